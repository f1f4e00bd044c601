"""Links between the sheets of a workbook: from 汇总表 to what a project has, and back."""

from __future__ import annotations

from typing import Any

from perf_excel.book import Book, must
from perf_excel.render.share import ProjectShare
from perf_excel.workbook.cells import blocks

#: What a link looks like, on paper too: the underline tells it where the colour does not.
LINK = {"font_color": "#1F4E79", "underline": 1}


def form_title(project: ProjectShare) -> str:
    """Return the title of a project's first form sheet."""
    return f"自评表{project.number}"


def scorecard_title(project: ProjectShare) -> str:
    """Return the title of a project's sheet with the indicator system."""
    return f"打分表{project.number}"


def link(x: Any, row: int, column: int, title: str, style: Any, *, cell: str = "A1", text: str = "") -> None:
    """Make a cell a link to a cell of another sheet.

    What the cell shows may be written over it afterwards: a formula, or a text longer than a link's may be.

    Args:
        x: the sheet that holds the link.
        row, column: its cell.
        title: the sheet to go to; our own titles need no escape.
        style: of the cell.
        cell: where on that sheet.
        text: what the cell shows.
    """
    must(x.write_url(row, column, f"internal:'{title}'!{cell}", style, text or title, f"打开“{title}”"))


def back_link(book: Book, title: str, to: str, cell: str = "A1") -> None:
    """Write 「返回…」 on a sheet that is otherwise done, beside what it prints.

    A sheet without a print area gets one that ends where it ended before the link was there.

    Args:
        book: the workbook.
        title: the sheet.
        to: the sheet that the link goes to.
        cell: where on that sheet.
    """
    if book.streaming:
        return  # its first row is gone already
    x = book.x.get_worksheet_by_name(title)
    if not x.print_area_range:
        x.print_area(0, 0, *x.extent())
    column = _free(x)
    link(x, 0, column, to, book.format(font_size=10, **LINK), cell=cell, text=f"返回{to}")


def _free(x: Any) -> int:
    """Return the first column right of the print area, one left free between, with room for the words in row 1."""
    taken = x.table.get(0, {})
    ((_, _, last, _),) = blocks(x.print_area_range.rpartition("!")[2])
    column = last + 2
    while column in taken or column + 1 in taken:
        column += 1
    return column
