"""The list of an audit's findings as a workbook: one sheet with the reports, one with what to mend in them."""

from __future__ import annotations

from typing import Any

from perf_excel.audit.outline import where
from perf_excel.audit.results import AuditResult
from perf_excel.book import Book, height, merge, put, table_page
from perf_excel.findings import Severity
from perf_excel.numbers import as_float
from perf_excel.render.findings_sheet import CENTRED, COLOURS, HEAD_COLOUR, TITLE, TYPED, count_words, note_height

_REPORTS = "报告一览"
_HEADS = ("序号", "级别", "编号", "报告", "位置", "原文", "问题", "依据", "修改方法", *TYPED)
_WIDTHS = (6, 10, 8, 24, 28, 28, 56, 34, 46, 16, 16)
_REPORT_HEADS = (
    "序号",
    "报告",
    "项目名称",
    "各项得分合计",
    "报告申报",
    "相差",
    "自评表得分",
    *(s.value for s in Severity),
)
_REPORT_WIDTHS = (6, 40, 40, 12, 10, 8, 12, 10, 10, 10)
_FIRST = 3


def write_list(result: AuditResult) -> bytes:
    """Return the workbook."""
    book = Book()
    _findings(book, result)
    _reports(book, result)
    return book.close()


def _sheet(book: Book, title: str, heads: tuple[str, ...], widths: tuple[int, ...], note: str) -> Any:
    x = book.sheet(title)
    table_page(x)
    last = len(heads) - 1
    merge(x, (0, 0), (0, last), title, book.format(bold=True, font_size=16, align="center"))
    merge(x, (1, 0), (1, last), note, book.format(text_wrap=True))
    x.set_row(1, note_height(note))
    titles = book.format(bold=True, align="center", border=1, bg_color=HEAD_COLOUR, text_wrap=True)
    for position, (head, width) in enumerate(zip(heads, widths, strict=True)):
        x.set_column(position, position, width)
        put(x, _FIRST - 1, position, head, titles)
    x.freeze_panes(_FIRST, 0)
    x.repeat_rows(_FIRST - 1)
    return x


def _findings(book: Book, result: AuditResult) -> None:
    x = _sheet(book, TITLE, _HEADS, _WIDTHS, count_words([item.finding for item in result.found]))
    plain = book.format(border=1, font_size=10, text_wrap=True)
    middle = book.format(border=1, font_size=10, text_wrap=True, align="center")
    for number, located in enumerate(result.found, start=1):
        item, spot = located.finding, located.spot
        name = result.rows[item.workbook].path.name if item.workbook is not None else ""
        place = where(spot), spot.quote if spot else ""
        cells = (number, item.severity.value, item.code, name, *place, item.message, item.basis, item.fix, "", "")
        level = book.format(border=1, font_size=10, text_wrap=True, align="center", bg_color=COLOURS[item.severity])
        for position, (head, value) in enumerate(zip(_HEADS, cells, strict=True)):
            look = level if head == "级别" else middle if head in CENTRED else plain
            put(x, _FIRST + number - 1, position, value, look)
        x.set_row(_FIRST + number - 1, height(zip(cells, _WIDTHS, strict=True), size=10))
    if result.found:
        x.autofilter(_FIRST - 1, 0, _FIRST - 1 + len(result.found), len(_HEADS) - 1)


def _reports(book: Book, result: AuditResult) -> None:
    x = _sheet(book, _REPORTS, _REPORT_HEADS, _REPORT_WIDTHS, f"共{len(result.rows)}份报告")
    plain = book.format(border=1, font_size=10, text_wrap=True)
    figure = book.format(border=1, font_size=10, align="center")
    for number, row in enumerate(result.rows, start=1):
        gap = row.declared - row.items if row.declared is not None and row.items is not None else None
        name = row.project or "（读不出来）"
        figures = [as_float(value) for value in (row.items, row.declared, gap, row.form)]
        cells = (number, row.path.name, name, *figures, *(row.counts[severity] for severity in Severity))
        for position, value in enumerate(cells):
            put(x, _FIRST + number - 1, position, value, plain if position in (1, 2) else figure)
        x.set_row(_FIRST + number - 1, height([(row.path.name, 40), (name, 40)], size=10))
