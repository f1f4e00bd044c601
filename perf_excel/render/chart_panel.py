"""Where charts stand: two by two below a table, as wide as it, no page break through any of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perf_excel.render.summary_table import MARGINS

_ROW_PIXELS, _GAP = 20, 10
_POINTS_PER_PIXEL = 0.75
#: A4 landscape, in inches.
_PAPER_WIDTH, _PAPER_HEIGHT = 11.69, 8.27
#: Part of a page that is reckoned with: programs do not agree to the last point on how high a row is.
_SAFE = 0.95


class Panel:
    """The room below a table."""

    def __init__(self, x: Any, row: int, widths: Sequence[float], used: float, head: float) -> None:
        """Begin below the table.

        Args:
            x: the sheet.
            row: the first row to use, from 0.
            widths: of the columns of the table, in characters.
            used: how high everything above is, in points.
            head: how high the rows are that every page repeats.
        """
        self.x, self.row = x, row
        self._width = sum(int(width * 7 + 0.5) + 5 for width in widths)
        self._used, self._head = used, head
        self._breaks: list[int] = []
        inches = _PAPER_WIDTH - MARGINS["left"] - MARGINS["right"]
        across = min(1.0, inches * 72 / (self._width * _POINTS_PER_PIXEL))
        self._page = (_PAPER_HEIGHT - MARGINS["top"] - MARGINS["bottom"]) * 72 / across * _SAFE

    def turn(self, needed: float) -> None:
        """Begin a new page unless what comes next, in points, has room on this one."""
        if self._used + needed > self._page:
            self._breaks.append(self.row)
            self.x.set_h_pagebreaks(self._breaks)
            self._used = self._head
            self.x.set_row(self.take(1, _GAP), _GAP)

    def take(self, rows: int, points: float) -> int:
        """Take the next rows, which together are that high, and return the first of them."""
        first = self.row
        self.row += rows
        self._used += points
        return first

    def add(self, charts: Sequence[Any], pixels: int) -> None:
        """Set charts side by side in pairs, each pair so many pixels high."""
        rows = -(-pixels // _ROW_PIXELS) + 1
        points = _ROW_PIXELS * _POINTS_PER_PIXEL
        half = (self._width - _GAP) // 2
        for start in range(0, len(charts), 2):
            self.turn(rows * points)
            row = self.take(rows, rows * points)
            for covered in range(row, row + rows):
                self.x.set_row(covered, points)
            for chart, offset in zip(charts[start : start + 2], (0, half + _GAP), strict=False):
                chart.set_size({"width": half, "height": pixels})
                self.x.insert_chart(row, 0, chart, {"x_offset": offset, "object_position": 2})
