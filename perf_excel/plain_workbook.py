"""Workbooks of XlsxWriter in which a text is a text.

XlsxWriter takes a text that begins with <r> and ends with </r> for markup of its own and writes it as it stands, so
that a cell of a user could break the file, or put anything into it.
"""

from __future__ import annotations

import re
from typing import Any

import xlsxwriter
from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings
from xlsxwriter.worksheet import Worksheet

from perf_excel.stored_text import stored

#: What a text may hold that is not stored as it stands, or needs a word on the spaces at its ends.
SPECIAL = re.compile(r"[&<>]|_x|^ | $")
#: A space or a line break at an end, as XlsxWriter looks for it.
_ENDS = re.compile(r"^\s|\s$")


def text_element(text: str) -> str:
    """Return a text as its element: escaped, and with a word on the spaces at its ends."""
    if text.isprintable() and not SPECIAL.search(text):
        return f"<t>{text}</t>"
    kept = stored(text)
    space = ' xml:space="preserve"' if _ENDS.search(kept) else ""
    return f"<t{space}>{kept.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</t>"


def _stored(data: Any) -> Any:
    return stored(data) if isinstance(data, str) else data


class PlainWorkbook(xlsxwriter.Workbook):  # type: ignore[misc]  # XlsxWriter has no types that are checked here
    """A workbook."""

    def _get_packager(self) -> Any:
        return _Packager()


class PlainSheet(Worksheet):  # type: ignore[misc]
    """A sheet that keeps its texts itself, as those of a workbook do that is never held whole."""

    _escape_control_characters = staticmethod(_stored)

    def extent(self) -> tuple[int, int]:
        """Return the last row and the last column so far, from 0; there must be one."""
        return self.dim_rowmax, self.dim_colmax

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        self._xml_inline_string(string, False, attributes)


class _Packager(Packager):  # type: ignore[misc]
    def _write_shared_strings_file(self) -> None:
        texts = _Texts()
        texts.string_table = self.workbook.str_table
        if texts.string_table.count:
            texts._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            texts._assemble_xml_file()


class _Texts(SharedStrings):  # type: ignore[misc]
    _escape_control_characters = staticmethod(_stored)

    def _write_si(self, string: str) -> None:
        self.fh.write(f"<si>{text_element(string)}</si>")

    def _xml_rich_si_element(self, string: str) -> None:
        self._xml_si_element(string)
