"""Whether a workbook is small enough to be opened whole for marking: openpyxl makes an object of all that is in it."""

from __future__ import annotations

import re

from perf_excel.workbook.archive import Package, Refused
from perf_excel.workbook.cells import blocks

#: Opening brackets in sheets and texts: about 150 bytes each once they are opened. 2,500 projects have as many.
_MOST_MARKUP = 3_000_000
#: The same behind the cells of sheets and in all other parts, whose objects are larger: a style takes two thousand bytes.
_MOST_OTHER_MARKUP = 200_000
_MOST_ROWS = 200_000
#: A 报送件 of two hundred projects with every form has so many.
_MOST_SHEETS = 1_500
#: Cells in merged blocks, each of which becomes an object.
_MOST_MERGED = 500_000
#: Bytes in one element or text; longer ones are no work of a spreadsheet program and take a parser for ever.
_LONGEST = 512 * 1024

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^<>]*?\bref="([^"<>]*)"')


def markable(package: Package) -> bool:
    """Tell whether openpyxl may be given a workbook."""
    markup = other = rows = merged = 0
    try:
        for name, part in package.parts():
            if part is None or not name.casefold().endswith((".xml", ".rels", ".vml")):
                continue
            if max(map(len, part.split(b"<"))) > _LONGEST:
                return False
            count = part.count(b"<")
            if part.count(b"<sheet ") > _MOST_SHEETS:
                return False
            if b"sheetData" in part:
                behind = part.count(b"<", part.rfind(b"sheetData>"))
                markup, other, rows = markup + count - behind, other + behind, rows + part.count(b"<row ")
                merged += sum(map(_size, _MERGED.findall(part)))
            elif name.casefold().endswith("sharedstrings.xml"):
                markup += count
            else:
                other += count
            if markup > _MOST_MARKUP or other > _MOST_OTHER_MARKUP or rows > _MOST_ROWS or merged > _MOST_MERGED:
                return False
    except Refused:
        return False
    return True


def _size(merged: bytes) -> int:
    return sum(
        max(0, right - left + 1) * max(0, bottom - top + 1)
        for left, top, right, bottom in blocks(merged.decode("ascii", "replace"))
    )
