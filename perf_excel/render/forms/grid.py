"""A small grid helper that the official forms share: styles, merged blocks, row heights, page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from perf_excel.book import DIGITS, HEI, PAPER_A4, SONG, TITLE, Book, formula, height, merge

_ROW_HEIGHT = 24.0


class Grid:
    """One form sheet.

    Attributes:
        x: the XlsxWriter sheet.
        widths: column widths in characters, by position.
    """

    def __init__(self, book: Book, title: str, widths: Sequence[float], *, landscape: bool = False) -> None:
        self.book, self.widths = book, widths
        self.x = book.sheet(title)
        self._heights: dict[int, float] = {}
        if landscape:
            self.x.set_landscape()
        else:
            self.x.set_portrait()
        self.x.set_paper(PAPER_A4)
        self.x.fit_to_pages(1, 0)
        self.x.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
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
    ) -> Any:
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
        return self.book.format(**properties)

    def title(self, row: int, last: int, text: str) -> None:
        """Write the form's title over its width."""
        form = self.book.format(
            font_name=TITLE if len(text) < 40 else HEI, font_size=18, align="center", text_wrap=True
        )
        merge(self.x, (row, 0), (row, last), text, form)
        self.raise_to(row, 36)

    def subtitle(self, row: int, first: int, last: int, text: str, align: str = "center") -> None:
        """Write a line without borders, as the year under a title."""
        merge(self.x, (row, first), (row, last), text, self.book.format(align=align, font_size=11))
        self.raise_to(row, 20)

    def cell(
        self, row: int, first: int, last: int, value: Any, style: Any = None, *, rows: int = 1, size: int = 11
    ) -> None:
        """Write a value over a block of cells, and make its row high enough for it."""
        merge(self.x, (row, first), (row + rows - 1, last), value, style or self.style())
        if isinstance(value, str) and rows == 1:
            self.fit(row, value, sum(self.widths[first : last + 1]), size)

    def live(self, row: int, first: int, last: int, text: str, cached: Any, style: Any) -> None:
        """Write a live formula over a block of cells in one row."""
        if last > first:
            merge(self.x, (row, first), (row, last), None, style)
        formula(self.x, row, first, text, style, cached)

    def fit(self, row: int, text: str, width: float, size: int = 11) -> None:
        """Make a row high enough for `text` wrapped in `width` characters; a Chinese character is two wide."""
        self.raise_to(row, height([(text, width)], size=size))

    def raise_to(self, row: int, height: float) -> None:
        """Make a row at least that high."""
        if height > self._heights.get(row, _ROW_HEIGHT):
            self._heights[row] = height
            self.x.set_row(row, height)
        elif row not in self._heights:
            self._heights[row] = _ROW_HEIGHT
            self.x.set_row(row, _ROW_HEIGHT)

    def spread(self, row: int, count: int, text: str, width: float) -> None:
        """Make a block of rows high enough together for the text merged over them."""
        needed = height([(text, width)])
        present = sum(self._heights.get(r, _ROW_HEIGHT) for r in range(row, row + count))
        if needed > present:
            self.raise_to(row + count - 1, self._heights.get(row + count - 1, _ROW_HEIGHT) + needed - present)

    def footer(self, must: int) -> None:
        """Number the pages, and say that the form is a draft while something must be mended."""
        draft = f'&L&"{SONG}"草稿：尚有{must}项必须修改' if must else ""
        self.x.set_footer(f'{draft}&R&"{SONG}"第&P页')
        self.x.set_start_page(1)


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
