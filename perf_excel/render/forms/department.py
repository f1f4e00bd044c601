"""Form 部门预算: 《部门预算项目支出绩效自评表》, Sichuan's unified system, 报表编号 510000_0013zp (domain §2.3).

Eleven columns. Weight 10 and its score stand on the line of the total, single sources show 「/」, 合计 is 100.
"""

from __future__ import annotations

from typing import Any

from perf_excel.numbers import plain
from perf_excel.render.forms import parts
from perf_excel.render.forms.grid import Block, Grid
from perf_excel.render.forms.parts import Field, Source, figure
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace
from perf_excel.workbook import standard

NAME = standard.FORM_DEPARTMENT
_WIDTHS = (10, 11, 13, 18, 9, 11, 9, 11, 6, 8, 19)
_LAST, _MONEY = 10, 7
_FIELDS = (
    Field("三级指标", parts.NAME),
    Field("指标性质", parts.NATURE),
    Field("指标值", figure("target")),
    Field("度量单位", parts.UNIT),
    Field("完成值", figure("actual")),
    Field("权重", parts.weight),
    Field("得分", parts.score),
    Field("未完成原因分析", parts.REASON),
)
_MONEY_HEADS = ("年初预算", "调整后预算数", "预算执行数", "预算执行率", "权重", "得分", "原因")
_COLUMNS = {"initial": 4, "budget": 5, "executed": 6, "rate": 7, "weight": 8, "score": 9}
#: 财政资金 is all that comes through the treasury, this year's and last year's, of whatever level.
_LINES = (
    Source("总额"),
    Source("其中：财政资金", ("财政拨款", "上年结转资金", "中央补助资金", "地方资金")),
    Source("　　　财政专户管理资金", ("财政专户管理资金",)),
    Source("　　　单位资金", ("单位资金",)),
    Source("　　　其他资金", ("其他资金",)),
)
#: The form's own note stands where the reason goes, and is no longer there once a reason is.
_NOTE = (
    "注：1.执行率按预算执行数÷调整后预算数计算，不到90%的在这里写明原因；2.年中调整过预算的，另写调整的理由；"
    "3.其他资金指社会投入的资金和银行贷款。"
)
_ENDINGS = (("评价结论", "conclusion"), ("存在问题", "problems"), ("改进措施", "improvements"))


def write(book: Any, title: str, share: Share, project: ProjectShare, trace: Trace, *, print_scores: bool) -> None:
    """Write the form of one project; it prints its scores in any case."""
    grid = Grid(book, title, _WIDTHS)
    info, left = project.info, grid.style("left")
    grid.title(0, _LAST, f"部门预算项目支出绩效自评表{parts.year(share)}")
    grid.cell(1, 0, 0, "项目名称")
    grid.cell(1, 1, _LAST, project.title, left)
    grid.cell(2, 0, 0, "主管部门")
    grid.cell(2, 1, 4, info["department"], left)
    grid.cell(2, 5, 6, "实施单位（盖章）")
    grid.cell(2, 7, _LAST, info["unit"], left)
    _overview(grid, 3, project)
    row = _money(grid, share, project, trace)
    label = f"绩效指标\n（{plain(share.rules.indicator_weight)}分）"
    row = parts.indicators(grid, row, project, trace, _FIELDS, label=label)
    row = parts.ending(grid, row, _MONEY, _LAST, (8, 9), "合计", project, trace)
    for label, key in _ENDINGS:
        row += 1
        grid.cell(row, 0, 0, label)
        grid.cell(row, 1, _LAST, info[key], left)
    row += 1
    grid.subtitle(row, 0, 4, f"项目负责人：{info['leader'] or ''}", "left")
    grid.subtitle(row, 5, _LAST, f"财务负责人：{share.source.settings.get('finance_head') or ''}", "left")
    grid.raise_to(row, 32)
    grid.keep_together(row - len(_ENDINGS), row)
    parts.note(grid, row + 2, _LAST, share)
    grid.finish(row, _LAST, share.must)


def _overview(grid: Grid, row: int, project: ProjectShare) -> None:
    info, left = project.info, grid.style("left")
    grid.cell(row, 1, 2, "1.项目年度目标完成情况", rows=2)
    grid.cell(row, 3, 5, "项目年度目标")
    grid.cell(row, 6, _LAST, "年度目标完成情况")
    grid.cell(row + 1, 3, 5, info["goal"], left)
    grid.cell(row + 1, 6, _LAST, info["goal_result"], left)
    grid.cell(row + 2, 1, 2, "2.项目实施内容及过程概述")
    grid.cell(row + 2, 3, _LAST, info["process"], left)
    grid.unbroken(row, row + 1)
    grid.merge_down([Block(0, row, 3, "项目基本情况")])


def _money(grid: Grid, share: Share, project: ProjectShare, trace: Trace) -> int:
    row, label = _MONEY - 1, f"预算执行情况\n（{plain(share.rules.execution_weight)}分）"
    grid.cell(row, 0, 0, label, rows=len(_LINES) + 1)
    grid.cell(row, 1, 3, "年度预算数（万元）")
    for position, head in enumerate(_MONEY_HEADS, start=4):
        grid.cell(row, position, position, head)
    reason = parts.low_reason(project) or _NOTE
    grid.cell(_MONEY, _LAST, _LAST, reason, grid.style("left", size=9), rows=len(_LINES))
    below = parts.money(grid, _MONEY, project, trace, _LINES, _COLUMNS, first=1)
    grid.unbroken(row, below - 1)
    return below
