"""A small grid helper that the official forms share: styles, merged blocks, row heights, pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from perf_excel.book import DIGITS, HEI, PAPER_A4, SONG, TITLE, Book, formula, merge
from perf_excel.render.forms.letters import height, points

_ROW_HEIGHT = 22.0
#: The highest row that a spreadsheet program allows, with a little room; what needs more gets smaller letters.
_HIGHEST, _SMALLEST = 400.0, 6
_A4 = (595.0, 842.0)
_INCH = 72.0
_MARGINS = {"left": 0.5, "right": 0.5, "top": 0.5, "bottom": 0.6}
#: How much of a page is filled: programs do not agree on the width of a column, and so on the scale, to the last point.
_FILLED = 0.96
#: How often merged blocks are cut anew because making room for their texts moved the ends of pages.
_ROUNDS = 4
#: What adding up heights may lose.
_HAIR = 0.01
#: How many rows share the height that moves the end of a form to the next page.
_STRETCHED = 10


@dataclass(frozen=True, eq=False, slots=True)
class Style:
    """How a cell looks: `Book.format` takes the properties. Each combination is one object, told from others by itself."""

    properties: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Of the letters."""
        size: int = self.properties["font_size"]
        return size

    def smaller(self, size: int) -> Style:
        """Return the same with smaller letters."""
        return Style({**self.properties, "font_size": size})


@dataclass(frozen=True, slots=True)
class Block:
    """A text over some rows of one column, which is cut where a page ends so that every page shows it whole."""

    column: int
    row: int
    count: int
    text: str | None


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
        self._formats: dict[Style, Any] = {}
        self._points: dict[tuple[int, int], float] = {}
        self._repeated: int | None = None
        self._starts: set[int] = set()
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

    # ------------------------------------------------------------ cells

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
        return _style(align, bold, figure, aside, size)

    def title(self, row: int, last: int, text: str) -> None:
        """Write the form's title over its width."""
        name = TITLE if len(text) < 40 else HEI
        look = Style({"font_name": name, "font_size": 18, "align": "center", "text_wrap": True})
        self._text(row, 0, last, text, look)
        self.raise_to(row, 36)

    def subtitle(self, row: int, first: int, last: int, text: str, align: str = "center", *, size: int = 11) -> None:
        """Write a line without borders, as the year under a title or the signatures below a form."""
        self._text(row, first, last, text, Style({"align": align, "font_size": size, "text_wrap": True}))

    def cell(self, row: int, first: int, last: int, value: Any, style: Style | None = None, *, rows: int = 1) -> None:
        """Write a value over a block of cells, and make its rows high enough for it."""
        look = style or self.style()
        if isinstance(value, str):
            self._text(row, first, last, value, look, rows=rows)
            return
        self.raise_to(row, _ROW_HEIGHT)
        merge(self.x, (row, first), (row + rows - 1, last), value, self._format(look))

    def live(self, row: int, first: int, last: int, text: str, cached: Any, style: Style) -> None:
        """Write a live formula over a block of cells in one row."""
        look = self._format(style)
        if last > first:
            merge(self.x, (row, first), (row, last), None, look)
        formula(self.x, row, first, text, look, cached)
        self.raise_to(row, _ROW_HEIGHT)

    def _text(self, row: int, first: int, last: int, text: str, style: Style, *, rows: int = 1) -> None:
        width, indent = self._width(first, last), "indent" in style.properties
        needed, size = height(text, width, style.size, indent=indent), style.size
        while needed > _HIGHEST and size > _SMALLEST:
            size -= 1
            needed = height(text, width, size, indent=indent)
        look = style if size == style.size else style.smaller(size)
        self._make_room(row, rows, needed)
        merge(self.x, (row, first), (row + rows - 1, last), text, self._format(look))

    def _format(self, style: Style) -> Any:
        form = self._formats.get(style)
        if form is None:
            form = self._formats[style] = self.book.format(**style.properties)
        return form

    def _width(self, first: int, last: int) -> float:
        known = self._points.get((first, last))
        if known is None:
            known = self._points[first, last] = points(self.widths[first : last + 1])
        return known

    # ------------------------------------------------------------ row heights

    def raise_to(self, row: int, needed: float) -> None:
        """Make a row at least that high."""
        have = self._heights.get(row, _ROW_HEIGHT)
        self._heights[row] = have if needed <= have else min(_HIGHEST, needed)

    def _height(self, row: int) -> float:
        return self._heights.get(row, _ROW_HEIGHT)

    def _make_room(self, row: int, count: int, needed: float) -> None:
        """Make a block of rows that high together, each by the same part of what is missing."""
        if count == 1:
            self.raise_to(row, needed)
            return
        rows = range(row, row + count)
        missing = (min(needed, _HIGHEST) - sum(map(self._height, rows))) / count
        for each in rows:
            self.raise_to(each, self._height(each) + max(0.0, missing))

    # ------------------------------------------------------------ pages

    def repeat(self, row: int) -> None:
        """Print a row of heads again on every further page."""
        self._repeated = row
        self.x.repeat_rows(row)

    def merge_down(self, blocks: Iterable[Block], style: Style | None = None) -> None:
        """Write texts over several rows each; a block that a page's end would cut is written again on the next page.

        All rows that it goes over, and those before, must be written already.
        """
        look, pieces = style or self.style(), list(blocks)
        whole = pieces
        for _ in range(_ROUNDS):
            for piece in pieces:
                if piece.text:
                    needed = height(piece.text, self._width(piece.column, piece.column), look.size)
                    self._make_room(piece.row, piece.count, needed)
            before, pieces = pieces, self._cut(whole)
            if pieces == before:
                break
        for piece in pieces:
            self.cell(piece.row, piece.column, piece.column, piece.text, look, rows=piece.count)

    def _cut(self, blocks: Sequence[Block]) -> list[Block]:
        pages, _ = self._paginate(max((block.row + block.count for block in blocks), default=1) - 1)
        return [
            Block(block.column, block.row + start, count, block.text)
            for block in blocks
            for start, count, _ in runs(pages[block.row : block.row + block.count])
        ]

    def unbroken(self, first: int, last: int) -> None:
        """Begin a new page with these rows where they would else be cut by the end of one, and do fit on one."""
        pages, _ = self._paginate(last)
        if pages[first] != pages[last] and sum(map(self._height, range(first, last + 1))) <= self._fresh(first):
            self._starts.add(first)

    def keep_together(self, first: int, last: int) -> None:
        """Have rows at the end of a form on one page, so that signatures never stand alone.

        The rows before are made higher, which moves these to the next page also in a program that takes no page breaks
        where a sheet is fitted to the page's width.
        """
        while first < last - 1 and sum(map(self._height, range(first, last + 1))) > self._fresh(last):
            first += 1  # all of them do not go on one page, but the last ones do
        pages, left = self._paginate(last)
        if pages[first] == pages[last]:
            return
        rows = [row for row in range(first) if pages[row] == pages[first - 1]][-_STRETCHED:]
        for row in rows:
            self.raise_to(row, self._height(row) + left[first - 1] / len(rows))

    def _fresh(self, row: int) -> float:
        """Return the room on a new page that begins with this row, or a later one."""
        repeated = self._repeated is not None and row > self._repeated
        return self._capacity() - (self._height(self._repeated or 0) if repeated else 0)

    def _capacity(self) -> float:
        """Return how many points of row height go on a page, at the scale that fits the form's width."""
        printable = self._page[0] - (_MARGINS["left"] + _MARGINS["right"]) * _INCH
        scale = min(1.0, printable / points(self.widths[: self.columns]))
        return _FILLED * (self._page[1] - (_MARGINS["top"] + _MARGINS["bottom"]) * _INCH) / scale

    def _paginate(self, last: int) -> tuple[list[int], list[float]]:
        """Return the page of each row, and the height that is left below it."""
        pages: list[int] = []
        left: list[float] = []
        page, rest = 1, self._capacity()
        for row in range(last + 1):
            needed = self._height(row)
            if needed > rest + _HAIR or row in self._starts:
                page, rest = page + 1, self._fresh(row)
            rest -= needed
            pages.append(page)
            left.append(max(0.0, rest))
        return pages, left

    def finish(self, row: int, last: int, must: int) -> None:
        """Set the heights, what is printed, and where pages end; number them, and say while something must be mended.

        Args:
            row, last: the last row and column of the form.
            must: how many 必须修改 are left; with any, the form is a draft.
        """
        for each, high in self._heights.items():
            self.x.set_row(each, high)
        self.x.print_area(0, 0, row, last)
        pages, _ = self._paginate(row)
        self.x.set_h_pagebreaks([start for start, _, page in runs(pages) if page > 1])
        font = f'&"{SONG},Regular"'
        draft = f"&L{font}草稿：尚有{must}项必须修改" if must else ""
        self.x.set_footer(f"{draft}&R{font}第&P页")
        self.x.set_start_page(1)


@cache
def _style(align: str, bold: bool, figure: str, aside: bool, size: int) -> Style:
    properties: dict[str, Any] = {"align": align, "border": 1, "bold": bold, "font_size": size}
    if figure:
        # A figure cannot wrap: where its column is too narrow it gets smaller, or it would show as ####.
        properties |= {"font_name": DIGITS, "num_format": figure, "shrink": True}
    else:
        properties |= {"font_name": SONG, "text_wrap": True}
    if align == "left":
        properties["indent"] = 1
    if aside:
        properties |= {"border_color": "#BFBFBF", "font_color": "#595959", "bg_color": "#F7F7F7"}
    return Style(properties)


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
