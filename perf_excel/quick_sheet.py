"""Sheets of XlsxWriter with a short way for each cell: the same bytes in half the time.

XlsxWriter asks of every cell what this program never writes: addresses in words, functions newer than Excel 2010,
array formulas. Here only what `book` writes is taken; the rest goes the long way. The short way reaches into
XlsxWriter, so it is taken with the version alone that it was made for (`SHEET`), and a test writes whole workbooks both
ways and compares the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import CellBlankTuple, CellFormulaTuple, CellNumberTuple, CellStringTuple, ColumnInfo, RowInfo

from perf_excel.names import column_letter
from perf_excel.plain_workbook import PlainSheet, text_element

_MADE_FOR = "3.3."
#: A span is said for so many rows together.
_BLOCK = 16
#: Rows and columns of a sheet.
_ROWS, _COLUMNS = 1_048_576, 16_384
#: What must be escaped in an attribute.
_ESCAPED = re.compile('["&<>\\n]')
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})


class _Letters(dict[int, str]):
    """The letters of columns, each worked out once."""

    def __missing__(self, column: int) -> str:
        self[column] = column_letter(column)
        return self[column]


class _High(dict[int, RowInfo]):
    """What XlsxWriter keeps of a row that has nothing but a height, by that in pixels."""

    def __missing__(self, pixels: int) -> RowInfo:
        self[pixels] = RowInfo(height=pixels)
        return self[pixels]


class _Styles(dict[Any, str]):
    """The attribute of a format, which gets its number when the first cell that has it is written."""

    def __missing__(self, form: Any) -> str:
        self[form] = f'" s="{form._get_xf_index()}"'
        return self[form]


class _Wide(dict[int, ColumnInfo]):
    """The same of a column that has nothing but a width."""

    def __missing__(self, pixels: int) -> ColumnInfo:
        self[pixels] = ColumnInfo(width=pixels)
        return self[pixels]


_LETTERS, _HIGH, _WIDE = _Letters(), _High(), _Wide()
#: A named tuple without the call that its own class makes of it.
_new: Any = tuple.__new__


def _is_special(value: Any) -> bool:
    """Tell whether what a formula gives is no figure and no text."""
    return isinstance(value, bool) or value in _ERRORS


class QuickSheet(PlainSheet):
    """A sheet; its methods and their answers are those of XlsxWriter.

    A sheet of a streaming workbook (`constant_memory`) keeps one row, which goes to disk when the next one begins. Any
    other is held whole, and how far it goes is asked when it is written.
    """

    previous_row: int

    def __init__(self) -> None:
        super().__init__()
        self._styles = _Styles()

    def write_blank(self, row: int, column: int, blank: Any, form: Any = None) -> int:
        """Write an empty cell; without a format there is none."""
        return 0 if form is None else self._keep(row, column, _new(CellBlankTuple, (form,)))

    def write_string(self, row: int, column: int, text: str, form: Any = None) -> int:
        """Write a text."""
        if len(text) > self.xls_strmax // 2:
            return int(self._write_string(row, column, text, form))
        if self.constant_memory or not (0 <= row < _ROWS and 0 <= column < _COLUMNS):
            return self._keep(row, column, _new(CellStringTuple, (text, form)))
        strings = self.str_table
        number = strings.string_table.get(text)
        if number is None:
            number = strings.string_table[text] = strings.unique_count
            strings.unique_count += 1
        strings.count += 1
        self.table[row][column] = _new(CellStringTuple, (number, form))
        return 0

    def write_number(self, row: int, column: int, number: float, form: Any = None) -> int:
        """Write a figure; infinity is none."""
        if number - number != 0:
            return int(self._write_number(row, column, number, form))
        return self._keep(row, column, _new(CellNumberTuple, (number, form)))

    def write_formula(self, row: int, column: int, text: str, form: Any = None, value: Any = 0) -> int:
        """Write a formula."""
        return self._keep(row, column, _new(CellFormulaTuple, (self._prepare_formula(text), form, value)))

    def _keep(self, row: int, column: int, cell: Any) -> int:
        """Put a cell in its place."""
        if self.constant_memory:
            if row != self.previous_row or self.dim_rowmax != row or not self.dim_colmin <= column <= self.dim_colmax:
                if self._check_dimensions(row, column):
                    return -1
                if row > self.previous_row:
                    self._write_single_row(row)
        elif not (0 <= row < _ROWS and 0 <= column < _COLUMNS):
            return -1
        self.table[row][column] = cell
        return 0

    def merge_range(self, top: int, left: int, bottom: int, right: int, data: Any, form: Any = None) -> int:
        """Merge a block of cells, which are empty before anything is written into the first of them."""
        rows, columns = range(top, bottom + 1), range(left, right + 1)
        block = [(row, column) for row in rows for column in columns]
        if (
            self.constant_memory
            or len(block) < 2
            or data
            or form is None
            or min(top, left) < 0
            or bottom >= _ROWS
            or right >= _COLUMNS
            or not self.merged_cells.keys().isdisjoint(block)
        ):
            self._measure()
            return int(super().merge_range(top, left, bottom, right, data, form))
        self.merge.append([top, left, bottom, right])
        self.merged_cells.update(dict.fromkeys(block, "merged"))
        blank = _new(CellBlankTuple, (form,))
        for row in rows:
            self.table[row].update(dict.fromkeys(columns, blank))
        return 0

    def set_column(
        self, first: int, last: int, width: float | None = None, form: Any = None, options: Any = None
    ) -> int:
        """Give columns their width, in characters."""
        if not width or width < 1 or form is not None or options or not 0 <= first <= last < _COLUMNS:
            return int(super().set_column(first, last, width, form, options))
        info = _WIDE[int(width * self.max_digit_width + 0.5) + self.cell_padding]
        self.col_info.update(dict.fromkeys(range(first, last + 1), info))
        self.col_size_changed = True
        return 0

    def set_row(self, row: int, height: float | None = None, form: Any = None, options: Any = None) -> int:
        """Give a row its height, in points."""
        if not height or height < 1 or form is not None or options or not 0 <= row < _ROWS:
            self._measure()
            return int(super().set_row(row, height, form, options))
        if self.constant_memory:
            if self._check_dimensions(row, self.dim_colmin or 0):
                return -1
        elif self.dim_rowmin is None and not self.table:
            self._check_dimensions(row, 0)
        info = self.row_info[row] = _HIGH[int(height * 4.0 / 3.0 + 0.5)]
        self.row_sizes[row] = [info.height, False]
        return 0

    def write_line(self, row: int, points: float, values: Sequence[Any], forms: Sequence[Any]) -> int:
        """Write a whole row of a streaming sheet below all others: its height, and from the first column on its cells.

        Args:
            row: from 0.
            points: its height.
            values: texts that a cell can hold, figures, or None.
            forms: the format of each.
        """
        last = len(values) - 1
        if row <= self.previous_row or self._check_dimensions(row, 0) or self._check_dimensions(row, last):
            return -1
        self._write_single_row(row)
        self._write_row(row, None, _HIGH[int(points * 4.0 / 3.0 + 0.5)])
        styles, number, done = self._styles, row + 1, []
        for column, (value, form) in enumerate(zip(values, forms, strict=True)):
            place = f'<c r="{_LETTERS[column]}{number}{styles[form]}'
            if value is None or value == "":
                done.append(place + "/>")
            elif isinstance(value, str):
                done.append(f'{place} t="inlineStr"><is>{text_element(value)}</is></c>')
            else:
                done.append(f"{place}><v>{value:.16G}</v></c>")
        done.append("</row>")
        self.fh.write("".join(done))
        return 0

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """Take a formula as it is: none has a function newer than Excel 2010, whose name would need a prefix."""
        return formula.removeprefix("=")

    def extent(self) -> tuple[int, int]:
        self._measure()
        return super().extent()

    def _measure(self) -> None:
        """Note how far the sheet goes, by the cells that are there."""
        if self.constant_memory:
            return
        filled = {row: cells for row, cells in self.table.items() if cells}
        columns = [column for cells in filled.values() for column in (min(cells), max(cells))]
        rows = [*self.row_info, *filled]
        if columns:
            self._check_dimensions(min(rows), min(columns))
            self._check_dimensions(max(rows), max(columns))
        elif rows:
            self._check_dimensions(max(rows), 0)

    def _assemble_xml_file(self) -> None:
        self._measure()
        super()._assemble_xml_file()

    # ------------------------------------------------------------ as it is stored

    def _write_rows(self) -> None:
        self._calculate_spans()
        for row in range(self.dim_rowmin, self.dim_rowmax + 1):
            self._write_one(row, self.row_spans.get(row // _BLOCK))

    def _write_single_row(self, current_row_num: int = 0) -> None:
        self._write_one(self.previous_row, None)
        self.previous_row = current_row_num
        self.table.clear()

    def _write_row(self, row: int, spans: str | None, row_info: Any = None, empty_row: bool = False) -> None:
        high: int | None = getattr(row_info, "height", None)
        if high is None or row_info is not _HIGH.get(high) or high == self.original_row_height:
            super()._write_row(row, spans, row_info, empty_row)
            return
        span = f' spans="{spans}"' if spans else ""
        end = "/>" if empty_row else ">"
        self.fh.write(f'<row r="{row + 1}"{span} ht="{high * 0.75:.16g}" customHeight="1"{end}')

    def _write_merge_cell(self, merged_range: list[int]) -> None:
        top, left, bottom, right = merged_range
        self.fh.write(f'<mergeCell ref="{_LETTERS[left]}{top + 1}:{_LETTERS[right]}{bottom + 1}"/>')

    def _xml_empty_tag(self, tag: str, attributes: Sequence[tuple[str, Any]] = ()) -> None:
        self._xml_tag(tag, attributes, "/>")

    def _xml_start_tag(self, tag: str, attributes: Sequence[tuple[str, Any]] = ()) -> None:
        self._xml_tag(tag, attributes, ">")

    def _xml_tag(self, tag: str, attributes: Sequence[tuple[str, Any]], end: str) -> None:
        """Write a tag; its attributes are looked at together, because hardly any has something to escape."""
        if _ESCAPED.search("".join([str(value) for _, value in attributes])):
            attributes = [(key, self._escape_attributes(value)) for key, value in attributes]
        self.fh.write(f"<{tag}" + "".join([f' {key}="{value}"' for key, value in attributes]) + end)

    def _write_one(self, row: int, span: str | None) -> None:
        """Write a row with its cells."""
        cells, info = self.table.get(row), self.row_info.get(row)
        if not cells:
            if info is not None:
                self._write_empty_row(row, span, info)
            return
        self._write_row(row, span, info)
        shared, number, styles = not self.constant_memory, row + 1, self._styles
        done: list[str] = []
        for column in sorted(cells):
            cell = cells[column]
            form, kind = cell.format, type(cell)
            if form is None or kind not in _QUICK or (kind is CellFormulaTuple and _is_special(cell.value)):
                self.fh.write("".join(done))
                done.clear()
                self._write_cell(row, column, cell)
                continue
            place = f'<c r="{_LETTERS[column]}{number}{styles[form]}'
            if kind is CellBlankTuple:
                text = "/>"
            elif kind is CellStringTuple and shared:
                text = f' t="s"><v>{cell.string}</v></c>'
            elif kind is CellNumberTuple:
                text = f"><v>{cell.number:.16G}</v></c>"
            elif kind is CellStringTuple:
                text = f' t="inlineStr"><is>{text_element(cell.string)}</is></c>'
            else:
                shown = ' t="str"' if isinstance(cell.value, str) and cell.value else ""
                formula, value = self._escape_data(cell.formula), self._escape_data(cell.value)
                text = f"{shown}><f>{formula}</f><v>{value}</v></c>"
            done.append(place + text)
        done.append("</row>")
        self.fh.write("".join(done))

    def _calculate_spans(self) -> None:
        spans: dict[int, tuple[int, int]] = {}
        for row, cells in self.table.items():
            if cells:
                first, last = spans.get(row // _BLOCK, (self.xls_colmax, 0))
                spans[row // _BLOCK] = min(first, *cells), max(last, *cells)
        self.row_spans = {block: f"{first + 1}:{last + 1}" for block, (first, last) in spans.items()}


_QUICK = frozenset({CellBlankTuple, CellStringTuple, CellNumberTuple, CellFormulaTuple})
#: The class of sheets to write with.
SHEET: type[Any] = QuickSheet if xlsxwriter.__version__.startswith(_MADE_FOR) else PlainSheet
