"""未报送 and 清单外: what a bureau asks first of a run, who has not handed in, and who was not asked to."""

from __future__ import annotations

from collections.abc import Sequence

from perf_excel.book import Book, height, merge, put, table_page
from perf_excel.render.findings_sheet import HEAD_COLOUR
from perf_excel.render.links import back_link
from perf_excel.render.summary_table import TITLE as SUMMARY
from perf_excel.roster import Compared, Entry

MISSING, UNASKED = "未报送", "清单外"
HEADS = ("序号", "单位名称", "项目编码", "项目名称", "说明")
_WIDTHS = (8, 36, 28, 44, 44)
_FIRST = 3


def write(book: Book, compared: Compared) -> None:
    """Write the two sheets."""
    done = compared.due - len(compared.missing)
    said = f"应报{compared.due}个项目，已报{done}个，还有{len(compared.missing)}个没有报送"
    _sheet(book, MISSING, said, compared.missing)
    _sheet(book, UNASKED, f"报送了、但应报清单里没有的项目：{len(compared.unasked)}个", compared.unasked)


def _sheet(book: Book, title: str, said: str, entries: Sequence[Entry]) -> None:
    x, last = book.sheet(title), len(HEADS) - 1
    table_page(x)
    merge(x, (0, 0), (0, last), title, book.format(bold=True, font_size=16, align="center"))
    merge(x, (1, 0), (1, last), said, book.format(text_wrap=True))
    head = book.format(bold=True, align="center", border=1, bg_color=HEAD_COLOUR)
    for position, (text, width) in enumerate(zip(HEADS, _WIDTHS, strict=True)):
        x.set_column(position, position, width)
        put(x, _FIRST - 1, position, text, head)
    plain = book.format(border=1, font_size=10, text_wrap=True)
    middle = book.format(border=1, font_size=10, align="center")
    for number, entry in enumerate(entries, start=1):
        cells = (number, entry.unit, entry.code, entry.name, entry.note)
        x.set_row(_FIRST + number - 1, height(zip(cells, _WIDTHS, strict=True), size=10))
        for position, value in enumerate(cells):
            put(x, _FIRST + number - 1, position, value, plain if position else middle)
    x.freeze_panes(_FIRST, 0)
    x.repeat_rows(_FIRST - 1)
    if entries:
        x.autofilter(_FIRST - 1, 0, _FIRST - 1 + len(entries), last)
    back_link(book, title, SUMMARY)
