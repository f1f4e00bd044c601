"""Form 专项预算: 《专项预算项目绩效目标完成情况自评表》 as 渠县 printed it for 2024 (domain §2.4).

A label column and eight data columns. The printed form has no score column; 得分, 完成率, 偏差原因 and 佐证材料 stand to
the right of the print area, and inside it only where asked for.
"""

from __future__ import annotations

from typing import Any

from perf_excel.render.forms import parts
from perf_excel.render.forms.grid import Block, Grid
from perf_excel.render.forms.parts import Field, Line, figure
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace
from perf_excel.text import is_no_answer
from perf_excel.workbook import standard

NAME = standard.FORM_SPECIAL
TITLE = "专项预算项目绩效目标完成情况自评表"
_FIELDS = (
    Field("三级指标", parts.NAME),
    Field("指标性质", parts.NATURE),
    Field("指标值", figure("target")),
    Field("度量单位", parts.UNIT),
    Field("权重", parts.weight),
    Field("实际完成指标值", figure("actual")),
)
_ASIDE = ("得分", "完成率", "偏差原因分析及改进措施", "佐证材料")
_WIDTHS = (9, 11, 14, 22, 11, 12, 9, 7, 15, 2, 9, 10, 32, 24)
_LAST, _SIDE, _END = 8, 10, 13
#: The columns of each box of 绩效分配方式.
_BOXES = ((3, 3), (4, 4), (5, 5), (6, 8))
OVERVIEW = (
    ("中长期规划（名称、文号，仅指常年项目）", "plan"),
    ("资金管理办法（名称、文号）", "fund_rules"),
    ("绩效分配方式", "allocation"),
    ("立项依据", "basis"),
    ("使用范围", "scope"),
    ("申报（补助）条件", "conditions"),
    ("项目起止年限", "period"),
)
#: 财政拨款 and 其他资金 of the form, by the sources of 项目资金.
FISCAL = ("财政拨款", "上年结转资金", "中央补助资金", "地方资金")
OTHER = tuple(s for s in standard.SOURCES if s not in (*FISCAL, standard.TOTAL_SOURCE))


def write(book: Any, title: str, share: Share, project: ProjectShare, trace: Trace, *, print_scores: bool) -> None:
    """Write the form of one project."""
    columns = _END + 1 if print_scores else _LAST + 1
    grid = Grid(book, title, _WIDTHS, landscape=print_scores, columns=columns)
    left = grid.style("left")
    grid.title(0, _LAST, TITLE)
    grid.subtitle(1, 0, _LAST, parts.year(share))
    row = 2
    for label, value in (
        ("项目名称", project.title),
        ("预算单位", project.info["unit"]),
        ("项目类型", project.info["project_type"]),
    ):
        grid.cell(row, 0, 0, label)
        grid.cell(row, 1, _LAST, value, left)
        row += 1
    row = _overview(grid, row, project)
    row = _money(grid, row, project, trace)
    grid.unbroken(row - 3, row - 1)
    grid.cell(row, 0, 0, "总体目标", rows=2)
    grid.cell(row, 1, _LAST, "年度目标")
    grid.cell(row + 1, 1, _LAST, project.info["goal"], left)
    grid.unbroken(row, row + 1)
    row += 2
    for position, head in enumerate(_ASIDE, start=_SIDE):
        grid.cell(row, position, position, head, grid.style(aside=True, bold=True))
    for index, item in enumerate(project.score.indicators):
        _beside(Line(grid, row + 1 + index, index, item, project, trace))
    row = parts.indicators(grid, row, project, trace, _FIELDS, label="绩效指标")
    _total(grid, row, share, project, trace)
    grid.finish(row if print_scores else row - 1, _END if print_scores else _LAST, share.must)


def _overview(grid: Grid, row: int, project: ProjectShare) -> int:
    left, label_block = grid.style("left"), Block(0, row, len(OVERVIEW), "项目概况")
    for label, key in OVERVIEW:
        grid.cell(row, 1, 2, label)
        if key == "allocation":
            for (first, last), text in zip(_BOXES, ticks(project.info[key]), strict=True):
                grid.cell(row, first, last, text)
        else:
            grid.cell(row, 3, _LAST, project.info[key], left)
        row += 1
    grid.merge_down([label_block])
    return row


def ticks(chosen: str | None) -> list[str]:
    """Return the boxes of 绩效分配方式; 「因素法与项目法相结合」 ticks neither of the two it names.

    Words that are none of the options are printed under the last box: what was typed is not lost.
    """
    rest = chosen or ""
    ticked = []
    for option in sorted(standard.ALLOCATIONS, key=len, reverse=True):
        if option in rest:
            ticked.append(option)
            rest = rest.replace(option, "")
    boxes = [f"{'☑' if option in ticked else '□'}{option}" for option in standard.ALLOCATIONS]
    other = rest.strip("、,，;； /")
    if other and not is_no_answer(other):
        boxes[-1] += f"\n☑{other}"
    return boxes


def _money(grid: Grid, row: int, project: ProjectShare, trace: Trace) -> int:
    label = "项目资金\n（万元）"
    grid.cell(row, 0, 0, label, rows=3)
    left, money = grid.style("left"), grid.style("center", figure=parts.MONEY)
    grid.cell(row, 1, 2, "年度资金总额：", left)
    score = project.score
    grid.live(row, 3, _LAST, trace.money(project, "budget"), score.execution.budget, money)
    aside = grid.style(aside=True, figure=parts.POINTS)
    grid.live(row, _SIDE, _SIDE, trace.score(project, "execution"), score.execution.score, aside)
    percent = grid.style(aside=True, figure=parts.PERCENT)
    rate = parts.share_of(score.execution.rate)
    grid.live(row, _SIDE + 1, _SIDE + 1, trace.rate(project), rate, percent)
    reason = parts.low_reason(project) or "预算执行率的得分和比率"
    grid.cell(row, _SIDE + 2, _SIDE + 2, reason, grid.style("left", aside=True, size=10))
    grid.cell(row, _SIDE + 3, _SIDE + 3, None, grid.style(aside=True))
    for offset, (name, sources) in enumerate((("　其中：财政拨款", FISCAL), ("　　　　其他资金", OTHER)), start=1):
        grid.cell(row + offset, 1, 2, name, left)
        parts.amount(grid, row + offset, 3, project, sources, money, last=_LAST)
    return row + 3


def _beside(line: Line) -> None:
    """Beside the form, outside its print area: 得分, 完成率, reason and evidence of an indicator."""
    grid, measure = line.grid, line.item.measure
    points = grid.style(aside=True, figure=parts.POINTS)
    grid.live(
        line.row, _SIDE, _SIDE, line.trace.score(line.project, f"indicator {line.index}"), line.item.score, points
    )
    parts.achieved(line, _SIDE + 1, grid.style(aside=True, figure=parts.PERCENT))
    small = grid.style("left", aside=True, size=10)
    grid.cell(line.row, _SIDE + 2, _SIDE + 2, measure.reason, small)
    grid.cell(line.row, _SIDE + 3, _SIDE + 3, measure.evidence, small)


def _total(grid: Grid, row: int, share: Share, project: ProjectShare, trace: Trace) -> None:
    """Beside and below the form, outside its print area: the total, and which rules gave it."""
    score = project.score
    if score.indicators:
        aside = grid.style(aside=True, figure=parts.POINTS, bold=True)
        grid.live(row, _SIDE, _SIDE, trace.score(project, "total"), score.total, aside)
        words = "自评表总分（含预算执行率得分）"
        grid.cell(row, _SIDE + 1, _SIDE + 2, words, grid.style("left", aside=True, size=10))
        grid.cell(row, _SIDE + 3, _SIDE + 3, score.grade, grid.style(aside=True))
    parts.note(grid, row + 1, _LAST, share, "右侧各栏不属于官方表样，默认不打印。")
