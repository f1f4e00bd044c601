"""Form 复核: the reviewer's sheet of a finance bureau, thirteen columns, one sheet a project (domain §2.7).

自评 values are filled in, review columns stay open, and the difference is a formula.
"""

from __future__ import annotations

from typing import Any

from perf_excel.names import column_letter
from perf_excel.render.forms import parts
from perf_excel.render.forms.grid import Grid
from perf_excel.render.forms.parts import Field, Line, figure
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace
from perf_excel.scoring import CAPPED, RESCALED
from perf_excel.workbook import standard

NAME = standard.FORM_REVIEW
_WIDTHS = (12, 15, 26, 10, 12, 10, 8, 13, 10, 13, 10, 14, 22)
_LAST = 12
_FIELDS = (
    Field("三级指标", parts.NAME),
    Field("指标性质", parts.NATURE),
    Field("指标值", figure("target")),
    Field("计量单位", parts.UNIT),
    Field("权重", parts.weight),
    Field("自评完成值", figure("actual")),
    Field("自评得分", parts.score),
)
_OPEN = ("复核完成值", "复核得分", "复核指标偏差", "备注")
_WEIGHT, _ACTUAL, _OWN, _REVIEWED, _DIFFERENCE = 6, 7, 8, 10, 11
_HEAD = 2


def write(book: Any, title: str, share: Share, project: ProjectShare, trace: Trace, *, print_scores: bool) -> None:
    """Write the review sheet of one project."""
    grid = Grid(book, title, _WIDTHS, landscape=True)
    grid.title(0, _LAST, f"{project.info['name'] or ''}项目支出绩效自评复核表")
    grid.subtitle(1, 0, 7, f"预算单位：{project.info['unit'] or ''}", "left")
    grid.subtitle(1, 8, _LAST, parts.year(share), "right")
    heads = ("一级指标", "二级指标", *(field.title for field in _FIELDS), *_OPEN)
    for position, head in enumerate(heads):
        grid.cell(_HEAD, position, position, head, grid.style(bold=True))
    grid.repeat(_HEAD)
    _execution(grid, _HEAD + 1, project, trace)
    first, items = _HEAD + 2, project.score.indicators
    row = first
    for index, item in enumerate(items):
        line = Line(grid, row, index, item, project, trace)
        for position, field in enumerate(_FIELDS, start=2):
            field.write(line, position)
        _open(grid, row)
        row += 1
    grid.merge_down(parts.levels(first, 0, items))
    for name, value in project.score.adjustments.items():
        grid.cell(row, 0, _WEIGHT - 1, name)
        given_back = [item.measure.weight for item in project.score.cancelled] if name == RESCALED else []
        parts.figures(grid, row, _WEIGHT, given_back, grid.style(figure="General"))
        grid.cell(row, _ACTUAL, _ACTUAL, None)
        grid.live(row, _OWN, _OWN, trace.score(project, name), value, grid.style(figure=parts.SIGNED))
        _open(grid, row)
        row += 1
    _total(grid, row, project, trace)
    grid.keep_together(row - 1, row)
    parts.note(grid, row + 2, _LAST, share)
    grid.finish(row, _LAST, share.must)


def _execution(grid: Grid, row: int, project: ProjectShare, trace: Trace) -> None:
    """The first line: 预算执行, its own figures as far as the columns have a place for them."""
    execution = project.score.execution
    grid.cell(row, 0, 2, "预算执行")
    for position, value in ((3, "＝"), (4, 100), (5, "%")):
        grid.cell(row, position, position, value, grid.style(figure="General") if position == 4 else None)
    grid.cell(row, _WEIGHT, _WEIGHT, execution.weight, grid.style(figure="General"))
    rate, points = parts.share_of(execution.rate), grid.style(figure=parts.POINTS)
    # The unit has a column of its own: 97.00 beside %, as indicators have it.
    text = f'IFERROR(ROUND({trace.rate(project)}*100,2),"")'
    grid.live(row, _ACTUAL, _ACTUAL, text, None if rate is None else rate * 100, points)
    grid.live(row, _OWN, _OWN, trace.score(project, "execution"), execution.score, points)
    _open(grid, row)


def _open(grid: Grid, row: int) -> None:
    """Leave the reviewer's columns open; the difference shows once a reviewed score is there."""
    points = grid.style(figure=parts.POINTS)
    grid.cell(row, _OWN + 1, _OWN + 1, None)
    grid.cell(row, _REVIEWED, _REVIEWED, None, points)
    own, reviewed = (f"{column_letter(column)}{row + 1}" for column in (_OWN, _REVIEWED))
    text = f'IF(COUNT({own},{reviewed})<2,"",ROUND({reviewed}-{own},2))'
    grid.live(row, _DIFFERENCE, _DIFFERENCE, text, None, grid.style(figure=parts.SIGNED))
    grid.cell(row, _LAST, _LAST, None, grid.style("left"))


def _total(grid: Grid, row: int, project: ProjectShare, trace: Trace) -> None:
    bold = grid.style(figure=parts.POINTS, bold=True)
    grid.cell(row, 0, _WEIGHT - 1, "合计", grid.style(bold=True))
    grid.cell(row, _ACTUAL, _ACTUAL, None)
    if project.score.indicators:
        weights, count = f"{column_letter(_WEIGHT)}{_HEAD + 2}:{column_letter(_WEIGHT)}{row}", row - _HEAD - 1
        needed = count - (CAPPED in project.score.adjustments)
        text = f'IF(COUNT({weights})<{needed},"",ROUND(SUM({weights}),2))'
        strong = grid.style(figure="General", bold=True)
        grid.live(row, _WEIGHT, _WEIGHT, text, parts.full_weight(project), strong)
        grid.live(row, _OWN, _OWN, trace.score(project, "total"), project.score.total, bold)
    else:
        grid.cell(row, _WEIGHT, _WEIGHT, None)
        grid.cell(row, _OWN, _OWN, None)
    grid.cell(row, _OWN + 1, _OWN + 1, None)
    letter = column_letter(_REVIEWED)
    cells, count = f"{letter}{_HEAD + 2}:{letter}{row}", row - _HEAD - 1
    text = f'IF(COUNT({cells})<{count},"",ROUND(SUM({cells}),2))'
    grid.live(row, _REVIEWED, _REVIEWED, text, None, bold)
    own = f"{column_letter(_OWN)}{row + 1}"
    difference = f'IF(COUNT({own},{letter}{row + 1})<2,"",ROUND({letter}{row + 1}-{own},2))'
    grid.live(row, _DIFFERENCE, _DIFFERENCE, difference, None, grid.style(figure=parts.SIGNED, bold=True))
    grid.cell(row, _LAST, _LAST, None)
