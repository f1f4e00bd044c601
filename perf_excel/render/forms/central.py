"""Form 中央: 《项目支出绩效自评表》 of 财预〔2020〕10号 as filled in many provinces (domain §3.1).

年度指标值 is one string (「≥50个」); weight, rate and score of execution stand on the line of the total.
"""

from __future__ import annotations

from typing import Any

from perf_excel.render.forms import parts
from perf_excel.render.forms.grid import Grid
from perf_excel.render.forms.parts import Field, Source, joined_actual, joined_target, words
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace
from perf_excel.workbook import standard

NAME = standard.FORM_CENTRAL
_WIDTHS = (9, 11, 13, 18, 12, 12, 8, 9, 17)
_LAST, _MONEY = 8, 4
_FIELDS = (
    Field("三级指标", parts.NAME),
    Field("年度指标值", words(joined_target)),
    Field("实际完成值", words(joined_actual)),
    Field("分值", parts.weight),
    Field("得分", parts.score),
    Field("偏差原因分析及改进措施", parts.REASON),
)
_MONEY_HEADS = ("年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分")
_COLUMNS = {"initial": 3, "budget": 4, "executed": 5, "weight": 6, "rate": 7, "score": 8}
_LINES = (
    Source("年度资金总额："),
    Source("　其中：本年财政拨款", ("财政拨款", "中央补助资金", "地方资金")),
    Source("　　　　上年结转资金", ("上年结转资金",)),
    Source("　　　　其他资金", ("财政专户管理资金", "单位资金", "其他资金")),
)


def write(book: Any, title: str, share: Share, project: ProjectShare, trace: Trace, *, print_scores: bool) -> None:
    """Write the form of one project; it prints its scores in any case."""
    grid = Grid(book, title, _WIDTHS)
    info, left = project.info, grid.style("left")
    grid.title(0, _LAST, f"项目支出绩效自评表{parts.year(share)}")
    grid.cell(1, 0, 0, "项目名称")
    grid.cell(1, 1, _LAST, project.title, left)
    grid.cell(2, 0, 0, "主管部门")
    grid.cell(2, 1, 3, info["department"], left)
    grid.cell(2, 4, 4, "实施单位")
    grid.cell(2, 5, _LAST, info["unit"], left)
    grid.cell(3, 0, 0, "项目资金\n（万元）", rows=len(_LINES) + 1)
    grid.cell(3, 1, 2, None)
    for position, head in enumerate(_MONEY_HEADS, start=3):
        grid.cell(3, position, position, head)
    row = parts.money(grid, _MONEY, project, trace, _LINES, _COLUMNS, first=1, mark="—")
    grid.unbroken(_MONEY - 1, row - 1)
    grid.cell(row, 0, 0, "年度总体\n目标", rows=2)
    grid.cell(row, 1, 4, "预期目标")
    grid.cell(row, 5, _LAST, "实际完成情况")
    grid.cell(row + 1, 1, 4, info["goal"], left)
    grid.cell(row + 1, 5, _LAST, info["goal_result"], left)
    grid.unbroken(row, row + 1)
    row = parts.indicators(grid, row + 2, project, trace, _FIELDS, label="绩效指标", with_weight=True)
    row = parts.ending(grid, row, _MONEY, _LAST, (6, 7), "总分", project, trace)
    grid.keep_together(row - 1, row)
    parts.note(grid, row + 2, _LAST, share)
    grid.finish(row, _LAST, share.must)
