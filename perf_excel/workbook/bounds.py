"""What the reader would build of a workbook, told from its stored parts before anything is built.

The reader makes a full grid from the first cell to the last: two cells in far corners, a few hundred bytes, would take
more memory than any machine has. It also believes what a part says of itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from string import ascii_letters
from typing import Protocol, TypeVar
from xml.parsers import expat

from perf_excel.workbook.archive import Package, Refused
from perf_excel.workbook.cells import column_number

#: Rows × columns over all sheets that have to be counted; a workbook of ten thousand projects has fewer.
MAX_CELLS = 4_000_000
#: Opening brackets in a part: a bound on its elements. A workbook of five thousand projects has two million.
MAX_MARKUP = 8_000_000
MAX_MERGES = 20_000
MAX_SHEETS = 3_000
#: No spreadsheet program takes a longer text in one cell.
MAX_TEXT = 32_767
#: Bytes of text in all cells: many of them may show one and the same stored text, and the reader gives each its own.
MAX_TEXTS = 128 * 1024 * 1024

#: Parts smaller than this cannot reach the bounds on markup and merges.
_SMALL = 512 * 1024
_SHARED_STRINGS = "sharedstrings.xml"
#: A cell that is not written as every program writes it, or not near the first one: up to column DZ and row 9999, or Z
#: and 99999. A sheet without any is small enough, and need not be parsed.
_NOT_NEAR = tuple(
    re.compile(rb'<c\b(?! r="' + place + rb'"(?: s="[0-9]++")?+(?: t="[A-Za-z]++")?+/?>)')
    for place in (rb"[A-D]?[A-Z][0-9]{1,4}+", rb"[A-Z][0-9]{1,5}+")
)
_WITH_PREFIX = re.compile(rb":c[\s/>]")
_COUNT = re.compile(rb"""uniqueCount\s*=\s*["']?\s*([0-9]+)""")
#: A cell that shows a shared text takes this many bytes at least.
_SHORTEST_CELL = 22
_SHOWS_SHARED = b't="s"'
_SHARED = re.compile(rb't="s"/?><v>([0-9]{1,9})</v>')
_PLACE = re.compile("([A-Za-z]{1,3})([0-9]{1,7})")
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


def check_package(package: Package) -> None:
    """Look at all parts of an .xlsx, or an .ods, before the reader does.

    Raises:
        Refused: it is out of bounds, or broken where it cannot be read without.
    """
    cells, sheets, strings = 0, dict[str, int](), list[bytes]()
    for name, part in package.parts():
        kind = name.rpartition("/")[2].casefold()
        if part is None:
            if kind == _SHARED_STRINGS:
                raise Refused("broken")  # the reader would believe what its beginning says
            continue
        if len(part) > _SMALL:
            if part.count(b"<") > MAX_MARKUP:
                raise Refused("too_big")
            if part.count(b"mergeCell ") > MAX_MERGES:
                raise Refused("too_many_cells")
        if kind == _SHARED_STRINGS:
            _check_count(part)
            strings.append(part)
        elif kind == "content.xml":
            cells += _counted(_Repeated(), part).cells
        elif b"sheetData" in part:
            sheets[name] = len(part)
            if not _is_small(part):
                cells += _counted(_Span(), part).cells
        if cells > MAX_CELLS:
            raise Refused("too_many_cells")
    longest = max((len(text) for part in strings for text in part.split(b"si>")), default=0)
    if sum(sheets.values()) // _SHORTEST_CELL * longest > MAX_TEXTS:
        _check_shared(package, sheets, _lengths(strings), longest)


def _check_count(strings: bytes) -> None:
    """The reader makes room for as many texts as the part says to have."""
    if any(len(digits) > 9 or int(digits) > len(strings) for digits in _COUNT.findall(strings)):
        raise Refused("broken")


def _is_small(sheet: bytes) -> bool:
    """Tell of a sheet as programs write it, without parsing it, that it cannot have too many cells."""
    return _WITH_PREFIX.search(sheet) is None and any(pattern.search(sheet) is None for pattern in _NOT_NEAR)


def _lengths(strings: Sequence[bytes]) -> list[int]:
    """Return the length of each shared text; nothing where the parts are written so that they cannot be told apart."""
    if len(strings) != 1 or b"<!" in strings[0]:
        return []
    _, *texts = strings[0].split(b"si>")
    between = {text.strip() for text in texts[1:-1:2]}
    return [len(text) for text in texts[::2]] if len(between) < 2 and not any(b"/" in text for text in between) else []


def _check_shared(package: Package, sheets: Iterable[str], lengths: Sequence[int], longest: int) -> None:
    """Add up what the cells of all sheets show of the shared texts."""
    shown = 0
    for name in sheets:
        sheet = package.read(name)
        if _is_small(sheet):
            numbers = Counter(map(int, _SHARED.findall(sheet)))
            shown += (sheet.count(_SHOWS_SHARED) - numbers.total()) * longest
        else:
            numbers = _counted(_Span(), sheet).shared
        shown += sum(
            times * (lengths[number] if 0 <= number < len(lengths) else longest) for number, times in numbers.items()
        )
        if shown > MAX_TEXTS:
            raise Refused("too_big")


# ---------------------------------------------------------------- counting cells as markup passes by


class _Grid(Protocol):
    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, data: str) -> None: ...


_AnyGrid = TypeVar("_AnyGrid", bound=_Grid)


def _counted(grid: _AnyGrid, part: bytes) -> _AnyGrid:
    """Count the cells of a part; it must be whole: where the end of an element is missing, the reader goes astray."""
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = grid.start, grid.end
    parser.CharacterDataHandler = grid.text
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Refused("broken") from error
    return grid


class _Span:
    """The cells up to the farthest one of a sheet; without content it is none, and without a place it is the next.

    Attributes:
        shared: how many cells show each of the shared texts, by its number.
    """

    def __init__(self) -> None:
        self.shared: Counter[int] = Counter()
        self._row = self._column = self._rows = self._columns = 0
        self._place: tuple[int, int] | None = None
        self._inside = 0
        self._number: str | None = None

    @property
    def cells(self) -> int:
        """Rows × columns."""
        return self._rows * self._columns

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._place is not None:
            self._inside += 1
            row, column = self._place
            self._rows, self._columns = max(self._rows, row), max(self._columns, column)
            return
        local = name.partition(":")[2] or name
        if local == "row" and "r" in attributes:
            self._row = _place("A" + attributes["r"].lstrip(ascii_letters))[0] - 1
        elif local == "c":
            self._place = _place(attributes["r"]) if "r" in attributes else (self._row + 1, self._column + 1)
            self._column = self._place[1]
            self._number = "" if attributes.get("t") == "s" else None

    def end(self, name: str) -> None:
        if self._inside:
            self._inside -= 1
        elif self._place is not None:
            self._place = None
            if self._number:
                self.shared[int(self._number) if self._number.isdecimal() and len(self._number) < 10 else -1] += 1
            self._number = None
        elif (name.partition(":")[2] or name) == "row":
            self._row, self._column = self._row + 1, 0

    def text(self, data: str) -> None:
        if self._number is not None:
            self._number = (self._number + data.strip())[:10]


def _place(name: str) -> tuple[int, int]:
    """Return row and column of a cell, both from 1."""
    match = _PLACE.fullmatch(name)
    if match is None:
        raise Refused("broken")
    row, column = int(match[2]), column_number(match[1].upper()) + 1
    if row > _LAST_ROW or column > _LAST_COLUMN:
        raise Refused("broken")
    return row, column


_TABLE, _ROW, _SPACES = "table:table", "table:table-row", "text:s"
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_CONTENT = frozenset(
    [*(f"office:{kind}value" for kind in ("", "string-", "date-", "time-", "boolean-")), "table:formula"]
)


class _Repeated:
    """The cells of an open document, which are stored with the number of times that they stand side by side.

    Attributes:
        cells: rows × columns of its tables so far.
    """

    def __init__(self) -> None:
        self.cells = self._texts = 0
        self._in_table = self._in_row = False
        self._rows = self._wide = self._blank = self._filled = self._width = 0
        self._times = self._times_of_cell = 1
        self._text = self._text_of_row = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == _TABLE:
            if self._in_table:
                raise Refused("broken")
            self._in_table = True
            self._rows = self._wide = self._blank = 0
        elif name == _ROW:
            if self._in_row:
                raise Refused("broken")
            self._in_row = True
            self._times, self._width, self._filled = _times(attributes, "table:number-rows-repeated"), 0, 0
            self._text_of_row = 0
        elif name in _CELLS:
            self._times_of_cell = min(_times(attributes, "table:number-columns-repeated"), _LAST_COLUMN)
            self._width = min(self._width + self._times_of_cell, _LAST_COLUMN)
            self._text = sum(len(value) for key, value in attributes.items() if key in _CONTENT)
            if attributes.keys() & _CONTENT or attributes.get("office:value-type") == "string":
                self._filled = self._width
        elif name == _SPACES:
            spaces = _times(attributes, "text:c")
            if spaces > MAX_TEXT:
                raise Refused("long_text")
            self._text += spaces

    def end(self, name: str) -> None:
        if name in _CELLS:
            self._text_of_row += self._text * self._times_of_cell
        elif name == _ROW:
            self._in_row = False
            self._texts += self._text_of_row * min(self._times, _LAST_ROW)
            if self._filled:
                self._rows += self._blank + self._times
                self._wide, self._blank = max(self._wide, self._filled), 0
            else:
                self._blank += self._times
        elif name == _TABLE:
            self._in_table = False
            self.cells += self._rows * self._wide
            self._rows = 0
        if self.cells + self._rows * self._wide > MAX_CELLS:
            raise Refused("too_many_cells")
        if self._filled and self._texts > MAX_TEXTS:
            raise Refused("too_big")

    def text(self, data: str) -> None:
        self._text += len(data)


def _times(attributes: Mapping[str, str], name: str) -> int:
    value = attributes.get(name, "1")
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Refused("broken")
    return int(value)
