"""What stood in the marked cells before: a very hidden sheet, by which a later run takes the marks away again.

It names each cell by row key and column title, so that it is found wherever its row stands by then. The earlier fill
is the fill of a cell of the hidden sheet itself: spreadsheet programs keep it there as faithfully as anywhere else.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from perf_excel.book import clip
from perf_excel.findings import Severity
from perf_excel.render.findings_sheet import COLOURS
from perf_excel.render.row_keys import RowKeys, without_number
from perf_excel.stored_text import shown, stored
from perf_excel.text import lines, squeeze, strip

AUTHOR = "绩效自评检查"
#: Between a person's own comment and what is said below it.
BREAK = "――――"
_TITLE = "标注前"
_KIND = "perf-excel/标注前"
_HEADS = ("工作表", "行", "列", "单元格", "批注", "原批注", "原作者", "高", "宽")
_FILL_AT = _HEADS.index("单元格") + 1
_FIRST = 3
_OURS = frozenset(colour.lstrip("#") for colour in COLOURS.values())
#: A comment of ours by its shape, where a program has lost its author.
_SHAPE = re.compile(
    rf"(?:^|{BREAK}\n)【(?:{'|'.join(severity.value for severity in Severity)})】[A-Z]\d\d\n(?:.*\n改法：|同[A-Z]+\d+：)",
    re.DOTALL,
)
#: An author for words whose author is not known; openpyxl writes "None" where there is none at all.
_NOBODY = " "
_WIDTH, _COLUMNS, _LINE, _HIGHEST = 320, 46, 16, 420
#: Height and width of a comment whose size is not known.
_USUAL_SIZE, _LARGEST_SIZE = (79.0, 144.0), 10_000


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked cell and what stood there before.

    Attributes:
        sheet, row, column, cell: its sheet, row key, column title and address at that time.
        said: the comment that was put there.
        fill: its own fill.
        own: a person's comment, (text, author, height, width), None where there was none.
    """

    sheet: str
    row: str
    column: str
    cell: str
    said: str
    fill: Any
    own: tuple[str, str, float, float] | None


def comment(text: str, author: str = AUTHOR, size: tuple[float, float] | None = None) -> Any:
    """Return a comment, as large as its text needs where no size is given."""
    from openpyxl.comments import Comment

    kept = stored(clip(text))
    height, width = size or (min(_HIGHEST, lines(kept, _COLUMNS) * _LINE + 14), _WIDTH)
    return Comment(kept, author, height=round(height), width=round(width))


def put_text(cell: Any, text: str) -> Any:
    """Write text that stays text, whatever it begins with; return the cell."""
    if text:
        cell.value = stored(clip(text))
        cell.data_type = "s"
    return cell


def is_ours(said: Any) -> bool:
    """Tell whether a comment is one of ours, alone or below a person's own."""
    return said is not None and (said.author == AUTHOR or bool(_SHAPE.search(_even(said.text))))


def mark_cell(cell: Any, keys: RowKeys, said: str, colour: str) -> Mark:
    """Colour a cell and comment on it, below a person's own comment; return what stood there before."""
    from openpyxl.styles import PatternFill

    own = cell.comment
    before = Mark(
        cell.parent.title,
        keys.row(cell.row),
        keys.column(cell.column),
        cell.coordinate,
        said,
        copy(cell.fill),
        None if own is None else (_even(own.text), own.author, own.height, own.width),
    )
    cell.comment = None
    cell.comment = comment(said if own is None else f"{_even(own.text)}\n\n{BREAK}\n{said}")
    cell.fill = PatternFill("solid", fgColor=colour.lstrip("#"))
    return before


# ---------------------------------------------------------------- the hidden sheet


def remember(workbook: Any, marks: Sequence[Mark]) -> None:
    """Write the hidden sheet."""
    if not marks:
        return
    sheet = workbook.create_sheet(_TITLE)
    sheet.sheet_state = "veryHidden"
    _put(sheet, 1, (_KIND,))
    _put(sheet, _FIRST - 1, _HEADS)
    for number, mark in enumerate(marks, start=_FIRST):
        own = mark.own or ("", "", "", "")
        _put(sheet, number, (mark.sheet, mark.row, mark.column, mark.cell, mark.said, *own))
        sheet.cell(number, _FILL_AT).fill = mark.fill


def _put(sheet: Any, row: int, values: Iterable[object]) -> None:
    for position, value in enumerate(values, start=1):
        if isinstance(value, str):
            put_text(sheet.cell(row, position), value)
        else:
            sheet.cell(row, position).value = value


def _recall(workbook: Any) -> list[Mark]:
    """Read the hidden sheet and take it away."""
    sheet = next((s for s in workbook.worksheets if s.title.startswith(_TITLE) and str(s["A1"].value) == _KIND), None)
    if sheet is None:
        return []
    marks = []
    for number in sorted({row for row, _ in sheet._cells if row >= _FIRST}):
        cells = [sheet.cell(number, position) for position in range(1, len(_HEADS) + 1)]
        title, row, column, place, said, text, author = (
            "" if cell.value is None else shown(str(cell.value)) for cell in cells[:-2]
        )
        height, width = (_measure(cell.value) for cell in cells[-2:])
        own = (text, author, height or _USUAL_SIZE[0], width or _USUAL_SIZE[1]) if text else None
        marks.append(Mark(title, row, column, place, said, copy(cells[_FILL_AT - 1].fill), own))
    del workbook[sheet.title]
    return marks


def _measure(value: Any) -> float:
    """Return the size of a comment, 0 for what is none."""
    return float(value) if isinstance(value, (int, float)) and 0 < value < _LARGEST_SIZE else 0.0


# ---------------------------------------------------------------- taking marks away


@dataclass(frozen=True, slots=True)
class _Found:
    """A cell that carries a mark now, by the same names as a `Mark`."""

    at: Any
    sheet: str
    row: str
    column: str
    cell: str
    said: str


_Name = tuple[str, ...] | None


def _by_key_and_words(x: Mark | _Found) -> _Name:
    return (x.sheet, x.row, x.column, squeeze(x.said)) if x.column and x.said else None


def _by_part_of_key_and_words(x: Mark | _Found) -> _Name:
    return (x.sheet, without_number(x.row), x.column, squeeze(x.said)) if x.column and x.said else None


def _by_words(x: Mark | _Found) -> _Name:
    return (x.sheet, x.column, squeeze(x.said)) if x.said else None


def _by_key(x: Mark | _Found) -> _Name:
    return (x.sheet, x.row, x.column) if x.row and x.column else None


def _by_address(x: Mark | _Found) -> _Name:
    return (x.sheet, x.cell)


#: What a mark and a cell may have in common, the surest first: words move along with their cell when rows do.
_NAMES: tuple[Callable[[Mark | _Found], _Name], ...] = (
    _by_key_and_words,
    _by_part_of_key_and_words,
    _by_words,
    _by_key,
    _by_address,
)


def forget(workbook: Any, keys: Mapping[str, RowKeys]) -> None:
    """Take away what an earlier marked copy has put there; what a person has done since stays.

    A mark of ours that the hidden sheet does not know (somebody deleted the sheet, or copied the cell) goes too.

    Args:
        workbook: as openpyxl has opened it.
        keys: the names of its cells, by sheet title.
    """
    marks = _recall(workbook)
    rest = _restore_paired(marks, _marked_cells(workbook, keys, by_fill=bool(marks)))
    copied = {_by_part_of_key_and_words(mark): mark for mark in marks}
    for found in rest:
        if is_ours(found.at.comment):
            _restore(found.at, copied.get(_by_part_of_key_and_words(found)))


def _marked_cells(workbook: Any, keys: Mapping[str, RowKeys], *, by_fill: bool) -> list[_Found]:
    return [
        _Found(
            cell,
            sheet.title,
            keys[sheet.title].row(row),
            keys[sheet.title].column(column),
            cell.coordinate,
            _said(cell.comment),
        )
        for sheet in workbook.worksheets
        for (row, column), cell in sorted(sheet._cells.items())
        if is_ours(cell.comment) or (by_fill and _has_our_fill(cell))
    ]


def _restore_paired(marks: Sequence[Mark], cells: Sequence[_Found]) -> list[_Found]:
    """Give every mark that is still found its earlier state; return the marked cells that are left."""
    left, free = list(marks), list(cells)
    for name in _NAMES:
        by_name: dict[_Name, deque[_Found]] = defaultdict(deque)
        for found in free:
            by_name[name(found)].append(found)
        by_name.pop(None, None)
        still: list[Mark] = []
        taken: set[int] = set()
        for mark in left:
            candidates = by_name.get(name(mark))
            if not candidates:
                still.append(mark)
                continue
            found = candidates.popleft()
            taken.add(id(found))
            _restore(found.at, mark)
        left, free = still, [found for found in free if id(found) not in taken]
    return free


def _restore(cell: Any, mark: Mark | None) -> None:
    from openpyxl.styles import PatternFill

    if _has_our_fill(cell):
        cell.fill = PatternFill() if mark is None else copy(mark.fill)
    present, own = cell.comment, mark.own if mark is not None else None
    if present is not None and not is_ours(present):
        return
    kept = own if present is None else _own_words(present.text, mark)
    cell.comment = None
    if kept is not None:
        text, author, *size = kept
        cell.comment = comment(text, author, (size[0], size[1]) if size else None)


def _own_words(text: str, mark: Mark | None) -> Any:
    """Return a person's part of a comment: what stood there before, or with the words that were added since."""
    above, parted, below = _even(text).rpartition(f"{BREAK}\n")
    if mark is None:
        return (above.rstrip(), _NOBODY) if parted and above.strip() else None
    said = {strip(line) for line in mark.said.split("\n")} | {BREAK}
    kept = "\n".join(line for line in f"{above}{below}".split("\n") if strip(line) not in said)
    if mark.own is not None and squeeze(kept) == squeeze(mark.own[0]):
        return mark.own
    return (strip(kept), mark.own[1] if mark.own is not None else _NOBODY) if strip(kept) else None


def _said(present: Any) -> str:
    """Return our part of a comment."""
    return _even(present.text).rpartition(f"{BREAK}\n")[2] if is_ours(present) else ""


def _even(text: str) -> str:
    """Return the text of a comment, with the same ends of lines from any program."""
    return shown(text).replace("\r\n", "\n").replace("\r", "\n")


def _has_our_fill(cell: Any) -> bool:
    fill = cell.fill
    return fill.fill_type == "solid" and isinstance(fill.fgColor.rgb, str) and fill.fgColor.rgb[-6:].upper() in _OURS
