"""What the stored parts say of cells beside their content: data validations and number formats.

Only what is asked is searched for, with byte patterns: a batch of hundreds of workbooks must not notice it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape

from perf_excel.workbook.cells import Block, blocks

# No pattern looks for the end of an element: where it is missing, each beginning would be searched to the end of the part.
_VALIDATION = re.compile(rb'<(?:\w+:)?dataValidation\b((?:[^<>"]|"[^"<]*")*+)>')
_VALIDATION_END = b"dataValidation>"
_TYPE = re.compile(rb'\btype="(\w+)"')
_WHERE = re.compile(rb'\bsqref="([^"]*)"')
#: Newer programs keep what refers to another sheet in an extension, and there the cells are an element.
_WHERE_INSIDE = re.compile(rb"<(?:\w+:)?sqref>([^<]*)<")
#: More blocks than people make; what pasting has destroyed of so many is not looked for.
_MOST_BLOCKS = 2000
_FORMATS, _STYLES = b"numFmts", b"cellXfs"
_FORMAT = re.compile(rb'<(?:\w+:)?numFmt\b((?:[^<>"]|"[^"<]*")*+)>')
_CODE = re.compile(rb'\bformatCode="([^"]*)"')
_STYLE = re.compile(rb"<(?:\w+:)?xf\b([^<>]*)>")
_FORMAT_ID = re.compile(rb'\bnumFmtId="([0-9]+)"')
_CELL = re.compile(rb"<(?:\w+:)?c\b([^<>]*)>")
#: The name of a cell, in its attributes.
NAME = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_STYLE_OF_CELL = re.compile(rb'\bs="([0-9]+)"')
_TEXT = "@"
#: Of the formats that every program knows by number, those that matter here.
_KNOWN = {b"9": "0%", b"10": "0.00%", b"49": _TEXT}


@dataclass(frozen=True, slots=True)
class Dressing:
    """How cells of a sheet are dressed.

    Attributes:
        rules: the data validations that keep something out, as (type, block of cells).
        bare: by column letter, rows among those asked for whose cells are not formatted as text, though other cells
            of the column are.
    """

    rules: tuple[tuple[str, Block], ...] = ()
    bare: Mapping[str, list[int]] = field(default_factory=dict)


def dressing(sheet: bytes, formats: Sequence[str], exact: Mapping[str, Collection[int]]) -> Dressing:
    """Read how the cells of a sheet are dressed.

    Args:
        sheet: its stored part.
        formats: the number format of each cell style (`number_formats`).
        exact: the rows of interest by letter of the columns that should be formatted as text.
    """
    text_styles = frozenset(b"%d" % number for number, code in enumerate(formats) if code == _TEXT)
    bare = {letter: rows for letter, own in exact.items() if own and (rows := _bare(sheet, letter, own, text_styles))}
    return Dressing(tuple(_rules(sheet)), bare)


def number_formats(styles: bytes) -> list[str]:
    """Return the number format of each cell style, from the part that holds the styles: "" for one of no matter."""
    codes = dict(_KNOWN)
    for attributes in _FORMAT.findall(_inside(_FORMATS, styles)):
        number, code = _FORMAT_ID.search(attributes), _CODE.search(attributes)
        if number is not None and code is not None:
            codes[number[1]] = unescape(code[1].decode("utf-8", "replace"))
    numbers = (_FORMAT_ID.search(style) for style in _STYLE.findall(_inside(_STYLES, styles)))
    return ["" if number is None else codes.get(number[1], "") for number in numbers]


def percentages(sheet: bytes, formats: Sequence[str], cells: Collection[str]) -> list[str]:
    """Return those of some cells whose number format shows a percentage.

    Args:
        sheet: the stored part of their sheet.
        formats: the number format of each cell style (`number_formats`).
        cells: which are asked about.
    """
    shown = {b"%d" % number for number, code in enumerate(formats) if "%" in code}
    found = []
    for attributes in _CELL.findall(sheet) if shown else ():
        name, style = NAME.search(attributes), _STYLE_OF_CELL.search(attributes)
        if name is not None and (style[1] if style is not None else b"0") in shown and name[1].decode() in cells:
            found.append(name[1].decode())
    return found


def _inside(name: bytes, part: bytes) -> bytes:
    """Return what stands within the first element of a name."""
    start = re.search(rb"<(?:\w+:)?" + name + rb"\b", part)
    end = re.compile(rb"</(?:\w+:)?" + name + rb">").search(part, start.end()) if start is not None else None
    return part[start.end() : end.start()] if start is not None and end is not None else b""


def _rules(sheet: bytes) -> list[tuple[str, Block]]:
    found = []
    match = _VALIDATION.search(sheet, max(0, sheet.rfind(b"sheetData>")))
    while match is not None:
        following = _VALIDATION.search(sheet, match.end())
        kind, where = _TYPE.search(match[1]), _WHERE.search(match[1])
        if where is None and not match[1].endswith(b"/"):
            end = sheet.find(_VALIDATION_END, match.end(), following.start() if following is not None else len(sheet))
            where = _WHERE_INSIDE.search(sheet, match.end(), max(end, match.end()))
        if kind is not None and where is not None and kind[1] != b"none":
            found += [(kind[1].decode(), block) for block in blocks(where[1].decode("ascii", "replace"))]
            if len(found) > _MOST_BLOCKS:
                return []
        match = following
    return found


def _bare(sheet: bytes, letter: str, rows: Collection[int], text_styles: frozenset[bytes]) -> list[int]:
    cell = re.compile(rb'<c r="' + letter.encode() + rb'([0-9]+)"([^<>]*)>')
    end = sheet.find(b'<row r="%d"' % (max(rows) + 1))
    found, formatted = [], False
    for number, attributes in cell.findall(sheet, 0, end if end >= 0 else len(sheet)):
        if _has_style(attributes, text_styles):
            formatted = True
        elif int(number) in rows:
            found.append(int(number))
    if found and not formatted and end >= 0:
        formatted = any(_has_style(attributes, text_styles) for _, attributes in cell.findall(sheet, end))
    return found if formatted else []


def _has_style(attributes: bytes, styles: frozenset[bytes]) -> bool:
    style = _STYLE_OF_CELL.search(attributes)
    return style is not None and style[1] in styles
