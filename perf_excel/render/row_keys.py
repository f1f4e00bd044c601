"""Cells by the names that stay when rows move: a key for the row, from the columns that identify it, and a column title.

The keys follow the declaration. A cell that has no such name (a sheet of the user's own, a line above the titles, a row
whose keys are blank) is named by its address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from perf_excel.kinds import as_text
from perf_excel.text import fold
from perf_excel.workbook import standard
from perf_excel.workbook.tables import Layout

#: The key of the row of titles.
_HEAD = "标题"
#: Between the parts of a key, and before the number among rows with equal parts.
_PART, _TIMES = "｜", "＃"


class RowKeys:
    """The names of a sheet's cells as its rows stand now."""

    def __init__(self, sheet: Any, layout: Layout | None = None, sheet_key: str = "") -> None:
        self._columns: dict[int, str] = {}
        self._rows: dict[int, str] = {}
        if layout is None:
            return
        declared = standard.SHEET_BY_KEY[sheet_key]
        cells = dict(sorted(sheet._cells.items()))  # iter_rows would make every cell up to the farthest one
        numbers = {key: _number(letter) for key, letter in layout.letters.items()}
        for (row, column), cell in cells.items():
            if row == layout.header_row and cell.value is not None:
                self._columns[column] = fold(str(cell.value))
        self._columns |= {number: fold(declared.by_key[key].title) for key, number in numbers.items()}
        self._rows[layout.header_row] = _HEAD
        identifying = [numbers[key] for key in declared.row_keys if key in numbers]
        times: Counter[str] = Counter()
        for row in dict.fromkeys(row for row, _ in cells if row > layout.header_row):
            found = (cells.get((row, column)) for column in identifying)
            parts = [fold(as_text(cell.value)) if cell is not None and cell.value is not None else "" for cell in found]
            if any(parts):
                key = _PART.join(parts)
                times[key] += 1
                self._rows[row] = f"{key}{_TIMES}{times[key]}"

    def row(self, number: int) -> str:
        """Return the key of a row, "" where it has none."""
        return self._rows.get(number, "")

    def column(self, number: int) -> str:
        """Return the folded title of a column, "" where it has none."""
        return self._columns.get(number, "")


def keys_of(workbook: Any, layouts: Mapping[str, Layout]) -> dict[str, RowKeys]:
    """Return the names of the cells of every sheet, by title.

    Args:
        workbook: as openpyxl has opened it.
        layouts: where the columns of the standard sheets stand in it, by sheet key.
    """
    known = {layout.title: (layout, key) for key, layout in layouts.items()}
    return {sheet.title: RowKeys(sheet, *known.get(sheet.title, ())) for sheet in workbook.worksheets}


def without_number(row_key: str) -> str:
    """Return a row's key without its number among rows with equal keys."""
    return row_key.rpartition(_TIMES)[0]


def _number(letters: str) -> int:
    from openpyxl.utils import column_index_from_string

    return column_index_from_string(letters)
