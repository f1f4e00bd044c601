"""What a sheet's stored part says of its cells beside their content: data validations, and which are formatted as text.

Only what is asked is searched for, with byte patterns: a batch of hundreds of workbooks must not notice it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from perf_excel.workbook.cells import Block, blocks

_VALIDATION = re.compile(
    rb'<(?:\w+:)?dataValidation\b((?:[^>"]|"[^"]*")*?)(?:/>|>(.*?)</(?:\w+:)?dataValidation>)', re.DOTALL
)
_TYPE = re.compile(rb'\btype="(\w+)"')
_WHERE = re.compile(rb'\bsqref="([^"]*)"')
#: Newer programs keep what refers to another sheet in an extension, and there the cells are an element.
_WHERE_INSIDE = re.compile(rb"<(?:\w+:)?sqref>([^<]*)<")
_FORMATS = re.compile(rb"<(?:\w+:)?numFmt\b([^>]*)>")
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\b([^>]*)>")
_FORMAT_ID = re.compile(rb'\bnumFmtId="([0-9]+)"')
_STYLE_OF_CELL = re.compile(rb'\bs="([0-9]+)"')
_TEXT_CODE = b'formatCode="@"'
#: The number that every program knows for the text format.
_TEXT_ID = b"49"


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


def dressing(sheet: bytes, text_styles: frozenset[bytes], exact: Mapping[str, Collection[int]]) -> Dressing:
    """Read how the cells of a sheet are dressed.

    Args:
        sheet: its stored part.
        text_styles: the styles with the text format (`text_styles`).
        exact: the rows of interest by letter of the columns that should be formatted as text.
    """
    bare = {letter: rows for letter, own in exact.items() if own and (rows := _bare(sheet, letter, own, text_styles))}
    return Dressing(tuple(_rules(sheet)), bare)


def text_styles(styles: bytes) -> frozenset[bytes]:
    """Return the numbers of the cell styles whose number format is text, from the part that holds the styles."""
    ids = {_TEXT_ID}
    for form in _FORMATS.findall(styles):
        if _TEXT_CODE in form and (own := _FORMAT_ID.search(form)):
            ids.add(own[1])
    block = _STYLES.search(styles)
    if block is None:
        return frozenset()
    forms = (_FORMAT_ID.search(style) for style in _STYLE.findall(block[0]))
    return frozenset(b"%d" % number for number, form in enumerate(forms) if form is not None and form[1] in ids)


def _rules(sheet: bytes) -> list[tuple[str, Block]]:
    found = []
    for attributes, content in _VALIDATION.findall(sheet, max(0, sheet.rfind(b"sheetData>"))):
        kind, where = _TYPE.search(attributes), _WHERE.search(attributes) or _WHERE_INSIDE.search(content)
        if kind is not None and where is not None and kind[1] != b"none":
            found += [(kind[1].decode(), block) for block in blocks(where[1].decode("ascii", "replace"))]
    return found


def _bare(sheet: bytes, letter: str, rows: Collection[int], text_styles: frozenset[bytes]) -> list[int]:
    cell = re.compile(rb'<c r="' + letter.encode() + rb'([0-9]+)"([^>]*)>')
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
