"""Form 复核: the reviewer's sheet of a finance bureau, thirteen columns, one sheet a project (domain §2.7).

自评 values are filled in, review columns stay open, and the difference is a formula.
"""

from __future__ import annotations

from typing import Any

from perf_excel.names import column_letter
from perf_excel.render.forms import parts
from perf_excel.render.forms.grid import Grid, runs
from perf_excel.render.forms.parts import Field, Line, figure
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace
from perf_excel.workbook import standard

NAME = standard.FORM_REVIEW
_WIDTHS = (12, 15, 26, 9, 12, 10, 8, 13, 10, 13, 10, 10, 24)
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
_WEIGHT, _OWN, _REVIEWED, _DIFFERENCE = 6, 8, 10, 11
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
    row = _execution(grid, _HEAD + 1, project, trace)
    first, items = row, project.score.indicators
    for index, item in enumerate(items):
        line = Line(grid, row, index, item, project, trace)
        for position, field in enumerate(_FIELDS, start=2):
            field.write(line, position)
        _open(grid, row, item.score)
        row += 1
    for start, length, level in runs(item.measure.level1 for item in items):
        grid.cell(first + start, 0, 0, level, rows=length)
    for start, length, pair in runs((item.measure.level1, item.measure.level2) for item in items):
        grid.cell(first + start, 1, 1, pair[1], rows=length)
    for name, value in project.score.adjustments.items():
        grid.cell(row, 0, _OWN - 1, name)
        grid.live(row, _OWN, _OWN, trace.score(project, name), value, grid.style(figure=parts.POINTS))
        _open(grid, row, value)
        row += 1
    _total(grid, row, project, trace)
    grid.keep_together(row - 1, row)
    parts.note(grid, row + 2, _LAST, share)
    grid.x.print_area(0, 0, row, _LAST)
    grid.footer(share.must)


def _execution(grid: Grid, row: int, project: ProjectShare, trace: Trace) -> int:
    """The first line: 预算执行, its own figures as far as the columns have a place for them."""
    execution = project.score.execution
    grid.cell(row, 0, 2, "预算执行")
    for position, value in ((3, "＝"), (4, 100), (5, "%")):
        grid.cell(row, position, position, value, grid.style(figure="General") if position == 4 else None)
    grid.cell(row, _WEIGHT, _WEIGHT, execution.weight, grid.style(figure="General"))
    rate = parts.share_of(execution.rate)
    grid.live(row, 7, 7, trace.rate(project), rate, grid.style(figure=parts.PERCENT))
    points = grid.style(figure=parts.POINTS)
    grid.live(row, _OWN, _OWN, trace.score(project, "execution"), execution.score, points)
    _open(grid, row, execution.score)
    return row + 1


def _open(grid: Grid, row: int, score: Any) -> None:
    """Leave the reviewer's columns open; the difference shows once a reviewed score is there."""
    points = grid.style(figure=parts.POINTS)
    grid.cell(row, _OWN + 1, _OWN + 1, None)
    grid.cell(row, _REVIEWED, _REVIEWED, None, points)
    own, reviewed = (f"{column_letter(column)}{row + 1}" for column in (_OWN, _REVIEWED))
    text = f'IF(COUNT({own},{reviewed})<2,"",ROUND({reviewed}-{own},2))'
    grid.live(row, _DIFFERENCE, _DIFFERENCE, text, None, grid.style(figure="+0.00;-0.00;0.00"))
    grid.cell(row, _LAST, _LAST, None, grid.style("left"))


def _total(grid: Grid, row: int, project: ProjectShare, trace: Trace) -> None:
    bold = grid.style(figure=parts.POINTS, bold=True)
    grid.cell(row, 0, _WEIGHT - 1, "合计", grid.style(bold=True))
    grid.cell(row, _WEIGHT, _WEIGHT, 100, grid.style(figure="General", bold=True))
    grid.cell(row, 7, 7, None)
    if project.score.indicators:
        grid.live(row, _OWN, _OWN, trace.score(project, "total"), project.score.total, bold)
    else:
        grid.cell(row, _OWN, _OWN, None)
    grid.cell(row, _OWN + 1, _OWN + 1, None)
    letter = column_letter(_REVIEWED)
    cells, count = f"{letter}{_HEAD + 2}:{letter}{row}", row - _HEAD - 1
    text = f'IF(COUNT({cells})<{count},"",ROUND(SUM({cells}),2))'
    grid.live(row, _REVIEWED, _REVIEWED, text, None, bold)
    own = f"{column_letter(_OWN)}{row + 1}"
    difference = f'IF(COUNT({own},{letter}{row + 1})<2,"",ROUND({letter}{row + 1}-{own},2))'
    grid.live(row, _DIFFERENCE, _DIFFERENCE, difference, None, grid.style(figure="+0.00;-0.00;0.00", bold=True))
    grid.cell(row, _LAST, _LAST, None)
