"""The one gate to XlsxWriter: new workbooks with the same bytes for the same content, and no silent loss.

XlsxWriter only warns and drops what Excel would refuse; here every such answer is an error of the program, because a
drop-down that is not there, or a text that is cut, would be found by a clerk.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlsxwriter.exceptions import FileCreateError

from perf_excel.plain_workbook import PlainWorkbook
from perf_excel.quick_sheet import SHEET, QuickSheet
from perf_excel.stored_text import stored
from perf_excel.text import lines, writable

_CREATED = datetime(2020, 1, 1)
_MAX_TEXT = 32767

SONG, HEI, TITLE, DIGITS = "宋体", "黑体", "方正小标宋简体", "Times New Roman"
PAPER_A4 = 9
#: Upper and lower margin of a table's page, in inches.
TABLE_MARGINS = {"top": 0.5, "bottom": 0.6}
LINE_HEIGHT = 1.36


class Book:
    """A workbook being written in memory.

    Attributes:
        x: the XlsxWriter workbook, for what this class has no word for.
        streaming: it takes its rows only from top to bottom.
    """

    def __init__(self, *, streaming: bool = False, folder: Path | None = None) -> None:
        """Begin a workbook.

        Args:
            streaming: it is never held whole, and takes its rows only from top to bottom.
            folder: where the rows of a streaming one wait; the system's own folder for such files where there is none.
        """
        self.streaming = streaming
        self._stream = io.BytesIO()
        self.x = PlainWorkbook(
            self._stream,
            {
                "constant_memory" if streaming else "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": str(folder) if folder is not None else None,
            },
        )
        self.x.set_properties({"created": _CREATED, "title": "", "author": ""})
        self.x.set_calc_mode("auto")
        self._formats: dict[frozenset[tuple[str, Any]], Any] = {}
        self._spelled: dict[tuple[tuple[str, Any], ...], Any] = {}

    def sheet(self, title: str) -> Any:
        """Add a sheet."""
        return self.x.add_worksheet(title, SHEET)

    def format(self, **properties: Any) -> Any:
        """Return the format with these properties, each combination once."""
        spelled = tuple(properties.items())
        form = self._spelled.get(spelled)
        if form is None:  # perhaps in another order
            key = frozenset(spelled)
            if key not in self._formats:
                self._formats[key] = self.x.add_format(
                    {"font_name": SONG, "font_size": 11, "valign": "vcenter", **properties}
                )
            form = self._spelled[spelled] = self._formats[key]
        return form

    def close(self) -> bytes:
        """Finish the workbook and return its bytes.

        Raises:
            OSError: what a streaming one keeps on disk cannot be written.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                self.x.close()
            except FileCreateError as error:
                raise error.args[0] from error
        for sheet in self.x.worksheets():
            sheet.workbook_add_format = None  # the only way back from a sheet: now nothing waits for the collector
        return self._stream.getvalue()


def table_page(sheet: Any, *, sides: float = 0.4) -> None:
    """Set up the page of a wide table: A4 landscape, fitted to its width, numbered.

    Args:
        sheet: the sheet.
        sides: the left and the right margin, in inches.
    """
    sheet.set_landscape()
    sheet.set_paper(PAPER_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=sides, right=sides, **TABLE_MARGINS)
    sheet.set_footer("&C第&P页，共&N页")


def must(answer: int | None) -> None:
    """Take an XlsxWriter answer: anything but success is an error of the program, never a silent loss."""
    if answer:
        raise RuntimeError(f"XlsxWriter refused: {answer}")


def put(sheet: Any, row: int, column: int, value: Any, form: Any) -> None:
    """Write a value by its type; text stays text whatever it begins with, None writes an empty bordered cell."""
    kind = type(value)
    if value is None or (kind is str and not value):
        sheet.write_blank(row, column, None, form)
    elif kind is str:
        must(sheet.write_string(row, column, clip(value), form))
    elif kind is Decimal:
        must(sheet.write_number(row, column, float(value), form))
    elif isinstance(value, bool):
        must(sheet.write_boolean(row, column, value, form))
    elif isinstance(value, (int, float, Decimal)):
        must(sheet.write_number(row, column, float(value), form))
    elif isinstance(value, (datetime, date)):
        must(sheet.write_datetime(row, column, value, form))
    else:
        must(sheet.write_string(row, column, clip(str(value)), form))


def put_line(book: Book, sheet: Any, row: int, points: float, values: Sequence[Any], forms: Sequence[Any]) -> None:
    """Write a row with its height: texts, figures and empty cells from the first column on, each with its format."""
    if book.streaming and isinstance(sheet, QuickSheet):
        must(sheet.write_line(row, points, [clip(v) if isinstance(v, str) else v for v in values], forms))
        return
    sheet.set_row(row, points)
    for column, (value, form) in enumerate(zip(values, forms, strict=True)):
        put(sheet, row, column, value, form)


def formula(sheet: Any, row: int, column: int, text: str, form: Any, cached: Any = "") -> None:
    """Write a live formula with the value that it gives, for programs that do not calculate (mail preview, phones)."""
    shown = "" if cached is None else float(cached) if isinstance(cached, Decimal) else cached
    if isinstance(shown, str):
        shown = stored(clip(shown))
    must(sheet.write_formula(row, column, f"={text}", form, shown))


def merge(sheet: Any, first: tuple[int, int], last: tuple[int, int], value: Any, form: Any) -> None:
    """Write a value over a block of cells, merged where it is more than one."""
    if first == last:
        put(sheet, *first, value, form)
        return
    must(sheet.merge_range(*first, *last, "", form))
    put(sheet, *first, value, form)


def validate(sheet: Any, first: tuple[int, int], last: tuple[int, int], options: Mapping[str, Any]) -> None:
    """Add a data validation or an input hint to a block of cells."""
    must(sheet.data_validation(*first, *last, dict(options)))


def height(cells: Iterable[tuple[Any, float]], *, size: float = 11, least: float = 20, most: float = 409) -> float:
    """Return how high a row must be for texts wrapped in columns of the given widths.

    Spreadsheet programs do not agree on whether a row without a height grows with its text, so every row has one.
    """
    needed = 1
    for text, width in cells:
        if isinstance(text, str) and text:
            needed = max(needed, lines(text, width * 11 / size))
    return min(most, max(least, needed * size * LINE_HEIGHT + 6))


def clip(text: str) -> str:
    """Return text as a cell can hold it: without what no file can hold, at most 32,767 characters.

    A character beyond the first 65,536 counts as two, as spreadsheet programs count.
    """
    short = 2 * len(text) <= _MAX_TEXT
    if short and text.isprintable():
        return text
    whole = writable(text)
    if short:
        return whole
    stored = whole.encode("utf-16-le")
    return whole if len(stored) <= 2 * _MAX_TEXT else stored[: 2 * _MAX_TEXT - 2].decode("utf-16-le", "ignore") + "…"
