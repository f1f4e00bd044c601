"""Sheets of XlsxWriter with a short way for each cell: the same bytes in half the time.

XlsxWriter asks of every cell what this program never writes: addresses in words, functions newer than Excel 2010,
array formulas. Here only what `book` writes is taken; the rest goes the long way. The short way reaches into
XlsxWriter, so it is taken with the version alone that it was made for (`SHEET`), and a test writes whole workbooks both
ways and compares the bytes.
"""

from __future__ import annotations

from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import CellBlankTuple, CellFormulaTuple, CellNumberTuple, CellStringTuple

from perf_excel.names import column_letter
from perf_excel.plain_workbook import SPECIAL, PlainSheet

_MADE_FOR = "3.3."
#: A span is said for so many rows together.
_ROWS = 16
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})


class _Letters(dict[int, str]):
    """The letters of columns, each worked out once."""

    def __missing__(self, column: int) -> str:
        self[column] = column_letter(column)
        return self[column]


_LETTERS = _Letters()


class QuickSheet(PlainSheet):
    """A sheet; its methods and their answers are those of XlsxWriter.

    A sheet of a streaming workbook (`constant_memory`) keeps one row, which goes to disk when the next one begins.
    """

    previous_row: int

    def write_blank(self, row: int, column: int, blank: Any, form: Any = None) -> int:
        """Write an empty cell; without a format there is none."""
        if form is None:
            return 0
        if self._check_dimensions(row, column):
            return -1
        if self.constant_memory and row > self.previous_row:
            self._write_single_row(row)
        self.table[row][column] = CellBlankTuple(form)
        return 0

    def write_string(self, row: int, column: int, text: str, form: Any = None) -> int:
        """Write a text."""
        if len(text) > self.xls_strmax // 2:
            return int(self._write_string(row, column, text, form))
        if self._check_dimensions(row, column):
            return -1
        if self.constant_memory and row > self.previous_row:
            self._write_single_row(row)
        stored = text if self.constant_memory else self.str_table._get_shared_string_index(text)
        self.table[row][column] = CellStringTuple(stored, form)
        return 0

    def write_number(self, row: int, column: int, number: float, form: Any = None) -> int:
        """Write a figure; infinity is none."""
        if number - number != 0:
            return int(self._write_number(row, column, number, form))
        if self._check_dimensions(row, column):
            return -1
        if self.constant_memory and row > self.previous_row:
            self._write_single_row(row)
        self.table[row][column] = CellNumberTuple(number, form)
        return 0

    def write_formula(self, row: int, column: int, text: str, form: Any = None, value: Any = 0) -> int:
        """Write a formula."""
        if self._check_dimensions(row, column):
            return -1
        if self.constant_memory and row > self.previous_row:
            self._write_single_row(row)
        self.table[row][column] = CellFormulaTuple(self._prepare_formula(text), form, value)
        return 0

    def merge_range(self, top: int, left: int, bottom: int, right: int, data: Any, form: Any = None) -> int:
        """Merge a block of cells, which are empty before anything is written into the first of them."""
        block = [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
        if (
            self.constant_memory
            or len(block) < 2
            or data
            or form is None
            or not self.merged_cells.keys().isdisjoint(block)
        ):
            return int(super().merge_range(top, left, bottom, right, data, form))
        if self._check_dimensions(top, left) or self._check_dimensions(bottom, right):
            return -1
        self.merge.append([top, left, bottom, right])
        self.merged_cells.update(dict.fromkeys(block, "merged"))
        blank = CellBlankTuple(form)
        for row, column in block:
            self.table[row][column] = blank
        return 0

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """Take a formula as it is: none has a function newer than Excel 2010, whose name would need a prefix."""
        return formula.removeprefix("=")

    def _check_dimensions(self, row: int, column: int, ignore_row: bool = False, ignore_col: bool = False) -> int:
        """Tell whether a cell can be there, and note how far the sheet goes: most cells make it no larger."""
        if self.dim_rowmin is not None and self.dim_colmin is not None:
            if self.dim_rowmin <= row <= self.dim_rowmax and self.dim_colmin <= column <= self.dim_colmax:
                if not self.constant_memory or row >= self.previous_row:
                    return 0
        return int(super()._check_dimensions(row, column, ignore_row, ignore_col))

    def _write_rows(self) -> None:
        self._calculate_spans()
        styles: dict[Any, str] = {}
        for row in range(self.dim_rowmin, self.dim_rowmax + 1):
            self._write_one(row, self.row_spans.get(row // _ROWS), styles)

    def _write_single_row(self, current_row_num: int = 0) -> None:
        self._write_one(self.previous_row, None, {})
        self.previous_row = current_row_num
        self.table.clear()

    def _write_one(self, row: int, span: str | None, styles: dict[Any, str]) -> None:
        """Write a row with its cells; `styles` holds the attributes of the formats met so far."""
        cells, info, write = self.table.get(row), self.row_info.get(row), self.fh.write
        if not cells:
            if info is not None:
                self._write_empty_row(row, span, info)
            return
        self._write_row(row, span, info)
        shared, number = not self.constant_memory, f"{row + 1}"
        for column in sorted(cells):
            cell = cells[column]
            form, kind = cell.format, type(cell)
            if form is None or kind not in _QUICK:
                self._write_cell(row, column, cell)
                continue
            style = styles.get(form)
            if style is None:  # a format gets its number when the first cell that has it is written
                style = styles[form] = f'" s="{form._get_xf_index()}"'
            place = f'<c r="{_LETTERS[column]}{number}{style}'
            if kind is CellBlankTuple:
                write(place + "/>")
            elif kind is CellStringTuple and shared:
                write(f'{place} t="s"><v>{cell.string}</v></c>')
            elif kind is CellNumberTuple:
                write(f"{place}><v>{cell.number:.16G}</v></c>")
            elif kind is CellStringTuple and cell.string.isprintable() and not SPECIAL.search(cell.string):
                write(f'{place} t="inlineStr"><is><t>{cell.string}</t></is></c>')
            elif kind is CellStringTuple or isinstance(cell.value, bool) or cell.value in _ERRORS:
                self._write_cell(row, column, cell)
            else:
                shown = ' t="str"' if isinstance(cell.value, str) and cell.value else ""
                formula, value = self._escape_data(cell.formula), self._escape_data(cell.value)
                write(f"{place}{shown}><f>{formula}</f><v>{value}</v></c>")
        self._xml_end_tag("row")

    def _calculate_spans(self) -> None:
        spans: dict[int, tuple[int, int]] = {}
        for row, cells in self.table.items():
            if cells:
                first, last = spans.get(row // _ROWS, (self.xls_colmax, 0))
                spans[row // _ROWS] = min(first, *cells), max(last, *cells)
        self.row_spans = {block: f"{first + 1}:{last + 1}" for block, (first, last) in spans.items()}


_QUICK = frozenset({CellBlankTuple, CellStringTuple, CellNumberTuple, CellFormulaTuple})
#: The class of sheets to write with.
SHEET: type[Any] = QuickSheet if xlsxwriter.__version__.startswith(_MADE_FOR) else PlainSheet
