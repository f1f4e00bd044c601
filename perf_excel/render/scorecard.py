"""打分表: the 100-point indicator system of one project, with what is looked at and the reason for each deduction."""

from __future__ import annotations

from typing import Any

from perf_excel.render.forms.grid import Block, Grid, runs
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace
from perf_excel.text import fold
from perf_excel.workbook.template import criteria

TITLE = "项目支出绩效评价打分表"
_WIDTHS = (11, 12, 16, 7, 7, 60, 42, 30)
_HEADS = ("指标类别", "一级指标", "二级指标", "分值", "得分", "评价要点", "评分依据", "扣分原因")
_FULL, _AWARDED, _POINTS, _EVIDENCE, _LAST = 3, 4, 5, 6, 7
_FIRST = 4


def write(book: Any, title: str, share: Share, project: ProjectShare, trace: Trace) -> None:
    """Write the indicator system of one project."""
    grid = Grid(book, title, _WIDTHS, landscape=True)
    grid.title(0, _LAST, TITLE)
    grid.subtitle(1, 0, _LAST, f"（{share.year}年度）" if share.year else "")
    grid.subtitle(2, 0, _POINTS, f"项目名称：{project.title}", "left")
    grid.subtitle(2, _EVIDENCE, _LAST, f"预算单位：{project.info['unit'] or ''}", "right")
    for position, head in enumerate(_HEADS):
        grid.cell(_FIRST - 1, position, position, head, grid.style(bold=True))
    grid.repeat(_FIRST - 1)
    _items(grid, share, project, trace)
    row = _FIRST + len(project.scorecard)
    _total(grid, row, project, trace)
    grid.keep_together(row - 1, row)
    grid.finish(row, _LAST, share.must)


def _items(grid: Grid, share: Share, project: ProjectShare, trace: Trace) -> None:
    points = _points(share)
    left, small, figure = grid.style("left", size=10), grid.style("left", size=9), grid.style(figure="General")
    for row, item in enumerate(project.scorecard, start=_FIRST):
        grid.cell(row, 2, 2, item["level2"])
        grid.cell(row, _FULL, _FULL, item["full_marks"], figure)
        grid.live(row, _AWARDED, _AWARDED, trace.score(project, f"card {row - _FIRST}"), item["awarded"], figure)
        grid.cell(row, _POINTS, _POINTS, points.get(fold(item["level2"] or "")), small)
        grid.cell(row, _EVIDENCE, _EVIDENCE, item["evidence"], left)
        grid.cell(row, _LAST, _LAST, item["reason"], left)
    categories = runs(item["category"] for item in project.scorecard)
    firsts = runs((item["category"], item["level1"]) for item in project.scorecard)
    blocks = [Block(0, _FIRST + start, length, value) for start, length, value in categories]
    grid.merge_down(blocks + [Block(1, _FIRST + start, length, value) for start, length, (_, value) in firsts])


def _points(share: Share) -> dict[str, str]:
    """Return 评价要点 by 二级指标: those of the workbook's own 指标体系, which the county may edit, or the shipped ones."""
    rows = share.content.rows.get("criteria") or criteria()
    return {fold(str(row["level2"])): str(row["points"]) for row in rows if row.get("level2") and row.get("points")}


def _total(grid: Grid, row: int, project: ProjectShare, trace: Trace) -> None:
    bold = grid.style(bold=True)
    card = project.score.scorecard
    total = card.total if card else None
    grid.cell(row, 0, 2, "合计", bold)
    cells = f"D{_FIRST + 1}:D{row}"
    full = [item["full_marks"] for item in project.scorecard]
    known = None if any(value is None for value in full) else sum(full)
    strong = grid.style(figure="General", bold=True)
    text = f'IF(COUNT({cells})<{len(full)},"",ROUND(SUM({cells}),2))'
    grid.live(row, _FULL, _FULL, text, known, strong)
    grid.live(row, _AWARDED, _AWARDED, trace.score(project, "card total"), total, strong)
    remark = _remark(total, project.score.declared_scorecard)
    grid.cell(row, _POINTS, _LAST, remark, grid.style("left", size=10))


def _remark(total: Any, declared: Any) -> str:
    if total is None:
        return "有的得分没有填，合计暂缺。"
    if declared is not None and declared != total:
        return f"单位自报{declared}分，与各项得分合计相差{declared - total:+}分，请核对。"
    return ""
