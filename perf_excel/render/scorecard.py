"""打分表: the 100-point indicator system of one project, with the reason for each deduction."""

from __future__ import annotations

from typing import Any

from perf_excel.render.forms.grid import Grid, runs
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace

_WIDTHS = (12, 14, 22, 8, 8, 46, 34)
_HEADS = ("指标类别", "一级指标", "二级指标", "分值", "得分", "评分依据", "扣分原因")
_LAST = 6


def write(book: Any, title: str, share: Share, project: ProjectShare, trace: Trace) -> None:
    """Write the indicator system of one project."""
    grid = Grid(book, title, _WIDTHS, landscape=True)
    left, points = grid.style("left", size=10), grid.style(figure="General")
    grid.title(0, _LAST, "项目支出绩效评价打分表")
    grid.subtitle(1, 0, _LAST, f"（{share.year}年度）" if share.year else "")
    grid.subtitle(2, 0, 4, f"项目名称：{project.title}", "left")
    grid.subtitle(2, 5, _LAST, f"预算单位：{project.info['unit'] or ''}", "right")
    for position, head in enumerate(_HEADS):
        grid.cell(3, position, position, head, grid.style(bold=True))
    first = 4
    for offset, item in enumerate(project.scorecard):
        row = first + offset
        grid.cell(row, 2, 2, item["level2"])
        grid.cell(row, 3, 3, item["full_marks"], points)
        grid.live(row, 4, 4, trace.score(project, f"card {offset}"), item["awarded"], points)
        grid.cell(row, 5, 5, item["evidence"], left, size=10)
        grid.cell(row, 6, 6, item["reason"], left, size=10)
    for start, length, value in runs(item["category"] for item in project.scorecard):
        grid.cell(first + start, 0, 0, value, rows=length)
    for start, length, value in runs((item["category"], item["level1"]) for item in project.scorecard):
        grid.cell(first + start, 1, 1, value[1], rows=length)
    row, bold = first + len(project.scorecard), grid.style(bold=True)
    card = project.score.scorecard
    total = card.total if card else None
    grid.cell(row, 0, 2, "合计", bold)
    cells = f"D{first + 1}:D{row}"
    full = [item["full_marks"] for item in project.scorecard]
    known = None if any(value is None for value in full) else sum(full)
    strong = grid.style(figure="General", bold=True)
    grid.live(row, 3, 3, f'IF(COUNT({cells})<{len(full)},"",ROUND(SUM({cells}),2))', known, strong)
    grid.live(row, 4, 4, trace.score(project, "card total"), total, strong)
    declared = project.score.declared_scorecard
    grid.cell(row, 5, _LAST, _remark(total, declared), grid.style("left", size=10))
    grid.x.repeat_rows(3)
    grid.x.print_area(0, 0, row, _LAST)
    grid.footer(share.must)


def _remark(total: Any, declared: Any) -> str:
    if total is None:
        return "有的得分没有填，合计暂缺。"
    if declared is not None and declared != total:
        return f"单位自报{declared}分，与各项得分合计相差{declared - total:+}分，请核对。"
    return ""
