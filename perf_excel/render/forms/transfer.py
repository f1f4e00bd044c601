"""Form 转移支付: 《转移支付区域（项目）绩效自评表》 of central transfers to local governments (domain §3.2).

It has no score column; what the workbook does not hold (中央主管部门) stays blank.
"""

from __future__ import annotations

from typing import Any

from perf_excel.render.forms import parts
from perf_excel.render.forms.grid import Grid
from perf_excel.render.forms.parts import Field, Source, joined_actual, joined_target, words
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace
from perf_excel.workbook import standard

NAME = standard.FORM_TRANSFER
_WIDTHS = (10, 11, 13, 20, 17, 17, 21)
_LAST = 6
_FIELDS = (
    Field("三级指标", parts.NAME),
    Field("年度指标值", words(joined_target)),
    Field("全年完成值", words(joined_actual)),
    Field("未完成原因和改进措施", parts.REASON),
)
_COLUMNS = {"budget": 4, "executed": 5, "rate": 6}
_LINES = (
    Source("年度资金总额："),
    Source("　其中：中央补助", ("中央补助资金",)),
    Source("　　　　地方资金", ("财政拨款", "上年结转资金", "地方资金")),
    Source("　　　　其他资金", ("财政专户管理资金", "单位资金", "其他资金")),
)


def write(book: Any, title: str, share: Share, project: ProjectShare, trace: Trace, *, print_scores: bool) -> None:
    """Write the form of one project; it has no place for scores."""
    grid = Grid(book, title, _WIDTHS)
    info, left = project.info, grid.style("left")
    grid.title(0, _LAST, f"转移支付区域（项目）绩效自评表{parts.year(share)}")
    grid.cell(1, 0, 1, "转移支付（项目）名称")
    grid.cell(1, 2, _LAST, project.title, left)
    grid.cell(2, 0, 1, "中央主管部门")
    grid.cell(2, 2, _LAST, None, left)
    grid.cell(3, 0, 1, "地方主管部门")
    grid.cell(3, 2, 3, info["department"], left)
    grid.cell(3, 4, 4, "实施单位")
    grid.cell(3, 5, _LAST, info["unit"], left)
    grid.cell(4, 0, 0, "项目资金\n（万元）", rows=len(_LINES) + 1)
    grid.cell(4, 1, 3, None)
    for position, head in enumerate(("全年预算数（A）", "全年执行数（B）", "预算执行率（B/A）"), start=4):
        grid.cell(4, position, position, head)
    row = parts.money(grid, 5, project, trace, _LINES, _COLUMNS, first=1)
    grid.unbroken(4, row - 1)
    grid.cell(row, 0, 0, "年度总体\n目标", rows=2)
    grid.cell(row, 1, 3, "年初设定目标")
    grid.cell(row, 4, _LAST, "全年实际完成情况")
    grid.cell(row + 1, 1, 3, info["goal"], left)
    grid.cell(row + 1, 4, _LAST, info["goal_result"], left)
    grid.unbroken(row, row + 1)
    row = parts.indicators(grid, row + 2, project, trace, _FIELDS, label="绩效指标")
    parts.note(grid, row + 1, _LAST, share)
    grid.finish(row - 1, _LAST, share.must)
