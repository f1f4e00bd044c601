"""填报情况 below the table of 汇总表: by sheet, how far the must-fill cells are filled and which are left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perf_excel.book import DIGITS, Book, formula, height, merge, put
from perf_excel.names import column_letter
from perf_excel.numbers import plain
from perf_excel.render.share import Share
from perf_excel.workbook.filled import NEARLY, told, total

_HEADS = ("工作表", "应填", "已填", "填报率", "还没填的单元格")
#: The columns of 汇总表 that a column of the block takes; the last one goes on to the end of the table.
_TITLE, _REQUIRED, _FILLED, _RATE, _CELLS = (0, 2), 3, 4, 5, 6
#: Characters of a list of cells: what a person goes through on paper; the rest stands in the list of findings.
_LONGEST = 600
#: Height of a row that nothing was done to.
_EMPTY = 15.0


def write(book: Book, sheet: Any, row: int, share: Share, widths: Sequence[float]) -> tuple[int, float]:
    """Write the block.

    Args:
        book, sheet: where to.
        row: its first row, from 0.
        share: the workbook's results.
        widths: of the columns of 汇总表.

    Returns:
        The row below the block, and how high it is in points, with an empty row above it.
    """
    block = _Block(book, sheet, len(widths) - 1)
    name = share.source.path.name
    block.intro(row, f"填报情况　（单元格是填报文件“{name}”里的位置）")
    block.heads(row + 1)
    first = row = row + 2
    counts, high = share.completion, _EMPTY + 24 + 20
    for title, count in counts.items():
        cells = told(title, count, _LONGEST) or "已填全"
        points = height([(cells, sum(widths[_CELLS:]))], size=10, least=20)
        sheet.set_row(row, points)
        high += points
        block.line(row, title, cells, count.rate)
        put(sheet, row, _REQUIRED, count.required, block.figure)
        put(sheet, row, _FILLED, count.filled, block.figure)
        row += 1
    every = total(counts.values())
    block.line(row, "合计", f"还要填{every.left}格" if every.left else "已填全", every.rate)
    for position, value in ((_REQUIRED, every.required), (_FILLED, every.filled)):
        letter = column_letter(position)
        formula(sheet, row, position, f"SUM({letter}{first + 1}:{letter}{row})", block.figure, value)
    sheet.set_row(row, 20)
    return row + 1, high + 20


class _Block:
    """The formats of the block, and what all its rows have."""

    def __init__(self, book: Book, sheet: Any, last: int) -> None:
        self.sheet, self.last = sheet, last
        common: dict[str, Any] = {"border": 1, "font_size": 10}
        self.above = book.format(bold=True, align="left")
        self.head = book.format(bold=True, align="center", bg_color="#DDEBF7", **common)
        self.title = book.format(align="center", **common)
        self.cells = book.format(align="left", text_wrap=True, **common)
        self.figure = book.format(align="center", font_name=DIGITS, num_format="0", **common)
        self.rate = book.format(align="center", font_name=DIGITS, num_format="0.00%", **common)

    def intro(self, row: int, text: str) -> None:
        """Write the line above the block."""
        merge(self.sheet, (row, 0), (row, self.last), text, self.above)
        self.sheet.set_row(row, 24)

    def heads(self, row: int) -> None:
        """Write the titles."""
        title, *figures, cells = _HEADS
        merge(self.sheet, (row, _TITLE[0]), (row, _TITLE[1]), title, self.head)
        for position, text in zip((_REQUIRED, _FILLED, _RATE), figures, strict=True):
            put(self.sheet, row, position, text, self.head)
        merge(self.sheet, (row, _CELLS), (row, self.last), cells, self.head)
        self.sheet.set_row(row, 20)

    def line(self, row: int, title: str, cells: str, rate: Any) -> None:
        """Write a sheet's title, its rate as a formula over its figures, and the cells that are left."""
        merge(self.sheet, (row, _TITLE[0]), (row, _TITLE[1]), title, self.title)
        required, filled = (f"{column_letter(position)}{row + 1}" for position in (_REQUIRED, _FILLED))
        share = f"MIN(ROUND({filled}/{required},4),IF({filled}<{required},{plain(NEARLY)},1))"
        formula(self.sheet, row, _RATE, f'IF({required}>0,{share},"")', self.rate, rate)
        merge(self.sheet, (row, _CELLS), (row, self.last), cells, self.cells)
