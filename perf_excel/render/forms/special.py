"""Form 专项预算: 《专项预算项目绩效目标完成情况自评表》 as 渠县 printed it for 2024 (domain §2.4).

A label column and eight data columns. The printed form has no score column; 得分, 完成率, 偏差原因 and 佐证材料 stand to
the right of the print area, and inside it only where asked for.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from perf_excel.measures import Measured
from perf_excel.render.forms.grid import Grid, runs
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace
from perf_excel.scoring import IndicatorScore
from perf_excel.workbook import standard

NAME = "专项预算"
_TITLE = "专项预算项目绩效目标完成情况自评表"
_HEADS = ("一级指标", "二级指标", "三级指标", "指标性质", "指标值", "度量单位", "权重", "实际完成指标值")
_ASIDE = ("得分", "完成率", "偏差原因分析及改进措施", "佐证材料")
_WIDTHS = (9, 12, 19, 28, 9, 13, 9, 8, 15, 2, 9, 10, 32, 24)
_LAST, _SIDE, _END = 8, 10, 13
_PERIOD = "项目起止年限"
_OVERVIEW = (
    ("中长期规划（名称、文号，仅指常年项目）", "plan"),
    ("资金管理办法（名称、文号）", "fund_rules"),
    ("绩效分配方式", "allocation"),
    ("立项依据", "basis"),
    ("使用范围", "scope"),
    ("申报（补助）条件", "conditions"),
    (_PERIOD, "period"),
)
#: 财政拨款 and 其他资金 of the form, by the sources of 项目资金.
_FISCAL = ("财政拨款", "上年结转资金", "中央补助资金", "地方资金")
_OTHER = tuple(s for s in standard.SOURCES if s not in (*_FISCAL, standard.TOTAL_SOURCE))
_MONEY = "0.00####"


def write(book: Any, title: str, share: Share, project: ProjectShare, trace: Trace, *, print_scores: bool) -> None:
    """Write the form of one project."""
    grid = Grid(book, title, _WIDTHS)
    left = grid.style("left")
    grid.title(0, _LAST, _TITLE)
    grid.subtitle(1, 0, _LAST, f"（{share.year}年度）" if share.year else "")
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
    grid.cell(row, 0, 0, "总体目标", rows=2)
    grid.cell(row, 1, _LAST, "年度目标")
    grid.cell(row + 1, 1, _LAST, project.info["goal"], left)
    row = _indicators(grid, row + 2, project, trace)
    _notes(grid, row, share, project, trace)
    grid.x.print_area(0, 0, row if print_scores else row - 1, _END if print_scores else _LAST)
    grid.footer(share.must)


def _overview(grid: Grid, row: int, project: ProjectShare) -> int:
    grid.cell(row, 0, 0, "项目概况", rows=len(_OVERVIEW))
    left = grid.style("left")
    for label, key in _OVERVIEW:
        value = _ticks(project.info["allocation"]) if key == "allocation" else project.info[key]
        grid.cell(row, 1, 2, label)
        grid.cell(row, 3, _LAST, value, left)
        row += 1
    return row


def _ticks(chosen: str | None) -> str:
    """Return the boxes of 绩效分配方式; 「因素法与项目法相结合」 ticks neither of the two it names."""
    rest = chosen or ""
    ticked = []
    for option in sorted(standard.ALLOCATIONS, key=len, reverse=True):
        if option in rest:
            ticked.append(option)
            rest = rest.replace(option, "")
    return "　".join(f"{'☑' if option in ticked else '□'}{option}" for option in standard.ALLOCATIONS)


def _money(grid: Grid, row: int, project: ProjectShare, trace: Trace) -> int:
    grid.cell(row, 0, 0, "项目资金\n（万元）", rows=3)
    grid.spread(row, 3, "项目资金\n（万元）", _WIDTHS[0])
    left, figure = grid.style("left"), grid.style("center", figure=_MONEY)
    grid.cell(row, 1, 2, "年度资金总额：", left)
    score = project.score
    if score.exempt:
        grid.cell(row, 3, _LAST, project.money(*_FISCAL, *_OTHER), figure)
    else:
        grid.live(row, 3, _LAST, trace.money(project, "budget"), score.execution.budget, figure)
        aside = grid.style(aside=True, figure="0.00")
        grid.live(row, _SIDE, _SIDE, trace.score(project, "execution"), score.execution.score, aside)
        percent = grid.style(aside=True, figure="0.00%")
        grid.live(row, _SIDE + 1, _SIDE + 1, trace.rate(project), _ratio(score.execution.rate), percent)
        reason = next((fund["low_reason"] for fund in project.funds if fund["low_reason"]), None)
        grid.cell(
            row,
            _SIDE + 2,
            _SIDE + 2,
            reason or "预算执行率的得分和比率",
            grid.style("left", aside=True, size=10),
        )
        grid.cell(row, _SIDE + 3, _SIDE + 3, None, grid.style(aside=True))
    grid.cell(row + 1, 1, 2, "　其中：财政拨款", left)
    grid.cell(row + 1, 3, _LAST, project.money(*_FISCAL), figure)
    grid.cell(row + 2, 1, 2, "　　　　其他资金", left)
    grid.cell(row + 2, 3, _LAST, project.money(*_OTHER), figure)
    return row + 3


def _ratio(value: Decimal | None) -> Decimal | None:
    from perf_excel.numbers import round_half_up

    return None if value is None else round_half_up(value, 4)


def _indicators(grid: Grid, row: int, project: ProjectShare, trace: Trace) -> int:
    head = row
    for position, title in enumerate(_HEADS, start=1):
        grid.cell(row, position, position, title)
    for position, title in enumerate(_ASIDE, start=_SIDE):
        grid.cell(row, position, position, title, grid.style(aside=True, bold=True))
    row += 1
    items = project.score.indicators
    for index, item in enumerate(items):
        _indicator(grid, row + index, index, item, project, trace)
    for start, length, value in runs(item.measure.level1 for item in items):
        grid.cell(row + start, 1, 1, value, rows=length)
        grid.spread(row + start, length, value, _WIDTHS[1])
    for start, length, value in runs((item.measure.level1, item.measure.level2) for item in items):
        grid.cell(row + start, 2, 2, value[1], rows=length)
        grid.spread(row + start, length, value[1], _WIDTHS[2])
    if not items:
        for position in range(1, _LAST + 1):
            grid.cell(row, position, position, None)
    count = max(1, len(items))
    grid.cell(head, 0, 0, "绩效指标", rows=count + 1)
    return row + count


def _indicator(grid: Grid, row: int, index: int, item: IndicatorScore, project: ProjectShare, trace: Trace) -> None:
    measure = item.measure
    grid.cell(row, 3, 3, measure.level3, grid.style("left"))
    grid.cell(row, 4, 4, measure.nature)
    figures = measure.kind is Measured.FIGURE
    for position, value, text in (
        (5, measure.target, measure.target_text),
        (8, measure.actual, measure.actual_text),
    ):
        if figures and value is not None:
            grid.cell(row, position, position, value, grid.style(figure=_as_typed(value)))
        else:
            grid.cell(row, position, position, text)
    grid.cell(row, 6, 6, measure.unit)
    grid.cell(row, 7, 7, measure.weight, grid.style(figure="General"))
    points = grid.style(aside=True, figure="0.00")
    grid.live(row, _SIDE, _SIDE, trace.score(project, f"indicator {index}"), item.score, points)
    percent = grid.style(aside=True, figure="0.00%")
    done = None
    if measure.target is not None and measure.actual is not None and measure.target > 0:
        done = _ratio(measure.actual / measure.target)
    grid.live(row, _SIDE + 1, _SIDE + 1, trace.achieved(project, index), done, percent)
    note = grid.style("left", aside=True, size=10)
    grid.cell(row, _SIDE + 2, _SIDE + 2, measure.reason, note, size=10)
    grid.cell(row, _SIDE + 3, _SIDE + 3, measure.evidence, note, size=10)


def _as_typed(value: Decimal) -> str:
    """Return a number format with as many decimals as were typed, so that 13.60 prints as 13.60."""
    places = max(0, -int(value.as_tuple().exponent))
    return "0." + "0" * places if places else "0"


def _notes(grid: Grid, row: int, share: Share, project: ProjectShare, trace: Trace) -> None:
    """Beside and below the form, outside its print area: the total, and which rules gave it."""
    score = project.score
    if score.indicators:
        aside = grid.style(aside=True, figure="0.00", bold=True)
        grid.live(row, _SIDE, _SIDE, trace.score(project, "total"), score.total, aside)
        words = "自评表总分（含预算执行率得分）"
        grid.cell(row, _SIDE + 1, _SIDE + 2, words, grid.style("left", aside=True, size=10))
        grid.cell(row, _SIDE + 3, _SIDE + 3, score.grade, grid.style(aside=True))
    variant = {"linear": "按超出的比例扣分", "ratio": "按指标值与完成值之比计分"}[share.rules.lower_variant]
    note = f"右侧各栏不属于官方表样，默认不打印。评分规则：{share.rules.name}；反向指标未达标的{variant}；＞、＜按≥、≤计分；计算过程见同名工作表。"
    grid.subtitle(row + 1, 0, _LAST, note, "left")
    grid.x.set_row(row + 1, 20)
