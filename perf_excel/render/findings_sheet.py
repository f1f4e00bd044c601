"""问题清单: its columns, declared once for every file that holds the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perf_excel.book import PAPER_A4, Book, height, merge, put
from perf_excel.findings import Finding, Severity

TITLE = "问题清单"
HEADS = (
    "序号",
    "级别",
    "编号",
    "项目",
    "工作表",
    "单元格",
    "问题",
    "依据",
    "修改方法",
    "复核意见",
    "整改情况",
)
WIDTHS = (6, 10, 8, 26, 12, 14, 56, 34, 50, 18, 18)
COLOURS = {Severity.MUST: "#F8CBAD", Severity.SHOULD: "#FFE699", Severity.COULD: "#E2EFDA"}

Names = Mapping[tuple[int | None, int | None], str]


def rows(findings: Sequence[Finding], projects: Names) -> list[tuple[object, ...]]:
    """Return the list's rows; `projects` gives 项目名称 by (workbook, 项目序号)."""
    return [
        (
            number,
            item.severity.value,
            item.code,
            projects.get((item.workbook, item.project_no), "") if item.project_no is not None else "",
            item.sheet or "",
            item.cell or "",
            item.message,
            item.basis,
            item.fix,
            "",
            "",
        )
        for number, item in enumerate(findings, start=1)
    ]


def write(
    book: Book,
    findings: Sequence[Finding],
    projects: Names,
    units: Mapping[int, str] | None = None,
    note: str = "",
) -> None:
    """Write the list into a new workbook.

    Args:
        units: 单位名称 by workbook; over a run it stands in front.
        note: a line under the title.
    """
    x = book.sheet(TITLE)
    x.set_landscape()
    x.set_paper(PAPER_A4)
    x.fit_to_pages(1, 0)
    x.set_footer("&C第&P页，共&N页")
    shift = 1 if units is not None else 0
    last = len(HEADS) - 1 + shift
    merge(x, (0, 0), (0, last), TITLE, book.format(bold=True, font_size=16, align="center"))
    merge(x, (1, 0), (1, last), note or count_words(findings), book.format(text_wrap=True))
    head = book.format(bold=True, align="center", border=1, bg_color="#DDEBF7", text_wrap=True)
    if shift:
        x.set_column(0, 0, 24)
        put(x, 2, 0, "单位名称", head)
    for position, (title, width) in enumerate(zip(HEADS, WIDTHS, strict=True), start=shift):
        x.set_column(position, position, width)
        put(x, 2, position, title, head)
    for offset, (item, row) in enumerate(zip(findings, rows(findings, projects), strict=True), start=3):
        cell = book.format(
            border=1,
            font_size=10,
            text_wrap=True,
            bg_color=COLOURS[item.severity] if item.severity is Severity.MUST else "#FFFFFF",
        )
        if units is not None:
            put(x, offset, 0, units.get(item.workbook, "") if item.workbook is not None else "", cell)
        for position, value in enumerate(row, start=shift):
            put(x, offset, position, value, cell)
        x.set_row(offset, row_height(row))
    x.freeze_panes(3, 0)
    x.repeat_rows(2)
    if findings:
        x.autofilter(2, 0, 2 + len(findings), last)


def row_height(row: Sequence[object]) -> float:
    """Return how high a row of the list must be."""
    return height(zip(row, WIDTHS, strict=True), size=10)


def count_words(findings: Sequence[Finding]) -> str:
    """Return 「必须修改17项，建议修改12项，可优化4项」."""
    counts = {severity: sum(item.severity is severity for item in findings) for severity in Severity}
    return "，".join(f"{severity.value}{count}项" for severity, count in counts.items())
