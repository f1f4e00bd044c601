"""A small grid helper that the official forms share: styles, merged blocks, row heights, pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perf_excel.book import DIGITS, HEI, PAPER_A4, SONG, TITLE, Book, formula, height, merge

_ROW_HEIGHT = 24.0
#: The highest row that a spreadsheet program allows, with a little room; what needs more gets smaller letters.
_HIGHEST, _SMALLEST = 400.0, 6
_A4 = (595.0, 842.0)
_INCH = 72.0
_MARGINS = {"left": 0.5, "right": 0.5, "top": 0.6, "bottom": 0.7}
#: Points that a column takes for each character of its width, and beside them, in the default font.
_CHARACTER, _PADDING = 5.25, 3.75
#: Spreadsheet programs do not agree on where a page ends to the last line.
_ROOM_LEFT = 0.04

Style = Mapping[str, Any]


class Grid:
    """One form sheet.

    Attributes:
        x: the XlsxWriter sheet.
        widths: column widths in characters, by position; those of the form itself come first.
        columns: how many of them belong to the form; the rest stands beside it, outside the print area.
    """

    def __init__(
        self, book: Book, title: str, widths: Sequence[float], *, landscape: bool = False, columns: int | None = None
    ) -> None:
        self.book, self.widths = book, widths
        self.columns = len(widths) if columns is None else columns
        self.x = book.sheet(title)
        self._heights: dict[int, float] = {}
        self._repeated: int | None = None
        self._page = _A4[::-1] if landscape else _A4
        if landscape:
            self.x.set_landscape()
        else:
            self.x.set_portrait()
        self.x.set_paper(PAPER_A4)
        self.x.fit_to_pages(1, 0)
        self.x.set_margins(**_MARGINS)
        self.x.center_horizontally()
        self.x.hide_gridlines(2)
        for position, width in enumerate(widths):
            self.x.set_column(position, position, width)

    def style(
        self,
        align: str = "center",
        *,
        bold: bool = False,
        figure: str = "",
        aside: bool = False,
        size: int = 11,
    ) -> Style:
        """Return a cell style; `figure` is a number format and sets the digits' font, `aside` is outside the form."""
        properties: dict[str, Any] = {
            "align": align,
            "text_wrap": True,
            "border": 1,
            "bold": bold,
            "font_size": size,
        }
        properties["font_name"] = DIGITS if figure else SONG
        if figure:
            properties["num_format"] = figure
        if align == "left":
            properties["indent"] = 1
        if aside:
            properties |= {"border_color": "#BFBFBF", "font_color": "#595959", "bg_color": "#F7F7F7"}
        return properties

    def title(self, row: int, last: int, text: str) -> None:
        """Write the form's title over its width."""
        form = self.book.format(
            font_name=TITLE if len(text) < 40 else HEI, font_size=18, align="center", text_wrap=True
        )
        merge(self.x, (row, 0), (row, last), text, form)
        self.raise_to(row, max(36.0, height([(text, sum(self.widths[: last + 1]))], size=18)))

    def subtitle(self, row: int, first: int, last: int, text: str, align: str = "center") -> None:
        """Write a line without borders, as the year under a title or the signatures below a form."""
        merge(self.x, (row, first), (row, last), text, self.book.format(align=align, font_size=11))
        self.raise_to(row, 20)

    def cell(self, row: int, first: int, last: int, value: Any, style: Style | None = None, *, rows: int = 1) -> None:
        """Write a value over a block of cells, and make its row high enough for it."""
        look = dict(style or self.style())
        if isinstance(value, str):
            width = sum(self.widths[first : last + 1])
            look["font_size"] = _size(value, width, look["font_size"], _HIGHEST)
            if rows == 1:
                self.raise_to(row, height([(value, width)], size=look["font_size"], most=_HIGHEST))
        merge(self.x, (row, first), (row + rows - 1, last), value, self.book.format(**look))

    def live(self, row: int, first: int, last: int, text: str, cached: Any, style: Style) -> None:
        """Write a live formula over a block of cells in one row."""
        look = self.book.format(**style)
        if last > first:
            merge(self.x, (row, first), (row, last), None, look)
        formula(self.x, row, first, text, look, cached)
        self.raise_to(row, _ROW_HEIGHT)

    def raise_to(self, row: int, needed: float) -> None:
        """Make a row at least that high."""
        wanted = min(_HIGHEST, max(needed, self._heights.get(row, _ROW_HEIGHT)))
        if wanted != self._heights.get(row):
            self._heights[row] = wanted
            self.x.set_row(row, wanted)

    def spread(self, row: int, count: int, text: str, width: float) -> None:
        """Make a block of rows high enough together for the text merged over them."""
        needed = height([(text, width)], most=_HIGHEST * count)
        present = sum(self._heights.get(r, _ROW_HEIGHT) for r in range(row, row + count))
        for each in range(row + count - 1, row - 1, -1):
            if needed > present:
                before = self._heights.get(each, _ROW_HEIGHT)
                self.raise_to(each, before + needed - present)
                present += self._heights[each] - before

    def repeat(self, row: int) -> None:
        """Print a row of heads again on every further page."""
        self._repeated = row
        self.x.repeat_rows(row)

    def keep_together(self, first: int, last: int) -> None:
        """Have rows at the end of a form on one page, so that signatures never stand alone.

        Programs ignore page breaks where a sheet is fitted to the page's width, so the rows before are made higher.
        """
        pages, left = self._paginate(last)
        if pages[first] == pages[last] and left[last] >= _ROOM_LEFT * self._capacity():
            return
        missing = left[first - 1] + 1
        for row in range(first - 1, max(-1, first - 4), -1):
            added = min(missing, _HIGHEST - self._heights.get(row, _ROW_HEIGHT))
            self.raise_to(row, self._heights.get(row, _ROW_HEIGHT) + added)
            missing -= added

    def _capacity(self) -> float:
        """Return how many points of row height go on a page, at the scale that fits the form's width."""
        width = sum(w * _CHARACTER + _PADDING for w in self.widths[: self.columns])
        printable = self._page[0] - (_MARGINS["left"] + _MARGINS["right"]) * _INCH
        scale = min(1.0, printable / width)
        return (self._page[1] - (_MARGINS["top"] + _MARGINS["bottom"]) * _INCH) / scale

    def _paginate(self, last: int) -> tuple[list[int], list[float]]:
        """Return the page of each row, and the height that is left below it."""
        capacity, pages, left = self._capacity(), [], []
        page, rest = 1, capacity
        for row in range(last + 1):
            needed = self._heights.get(row, _ROW_HEIGHT)
            if needed > rest:
                repeated = self._repeated is not None and row > self._repeated
                page, rest = page + 1, capacity - (self._heights[self._repeated or 0] if repeated else 0)
            rest -= needed
            pages.append(page)
            left.append(max(0.0, rest))
        return pages, left

    def footer(self, must: int) -> None:
        """Number the pages, and say that the form is a draft while something must be mended."""
        draft = f'&L&"{SONG}"草稿：尚有{must}项必须修改' if must else ""
        self.x.set_footer(f'{draft}&R&"{SONG}"第&P页')
        self.x.set_start_page(1)


def _size(text: str, width: float, size: int, most: float) -> int:
    """Return the size of letters at which a text fits into the highest row."""
    while size > _SMALLEST and height([(text, width)], size=size, most=most + 1) > most:
        size -= 1
    return size


def runs(values: Iterable[Any]) -> list[tuple[int, int, Any]]:
    """Return (start, length, value) of each run of equal neighbours, for vertical merges."""
    found: list[tuple[int, int, Any]] = []
    for position, value in enumerate(values):
        if found and found[-1][2] == value:
            start, length, _ = found[-1]
            found[-1] = start, length + 1, value
        else:
            found.append((position, 1, value))
    return found
