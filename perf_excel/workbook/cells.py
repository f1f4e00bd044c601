"""Cells by name: `H5` taken apart, and many cells written as the shortest list of ranges.

Columns are counted from 0, rows from 1, as everywhere in the program.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from perf_excel.names import column_letter

_LAST_ROW, _LAST_COLUMN = 1048576, 16383
_RANGE = re.compile(r"\$?([A-Z]*)\$?([0-9]*)(?::\$?([A-Z]*)\$?([0-9]*))?")

Point = tuple[int, int]
#: First column, first row, last column, last row.
Block = tuple[int, int, int, int]


def column_number(letters: str) -> int:
    """Return the number of a column, counted from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def split(cell: str) -> Point:
    """Return (column, row) of a cell: (7, 5) for `H5`."""
    letters = cell.rstrip("0123456789")
    return column_number(letters), int(cell[len(letters) :])


def blocks(ranges: str) -> list[Block]:
    """Return the blocks of a list of ranges as a sheet stores it (`B3:B12 B15`), whole columns and rows included."""
    found = []
    for text in ranges.split():
        match = _RANGE.fullmatch(text)
        if match is None:
            continue
        left, top, right, bottom = match.groups()
        if right is None and bottom is None:
            right, bottom = left, top
        found.append(
            (
                column_number(left) if left else 0,
                int(top) if top else 1,
                column_number(right) if right else _LAST_COLUMN,
                int(bottom) if bottom else _LAST_ROW,
            )
        )
    return found


def runs(numbers: Iterable[int]) -> list[Point]:
    """Return the runs of neighbours among numbers, as (first, last) in rising order."""
    found = []
    for _, run in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        found.append((members[0], members[-1]))
    return found


def say_rows(spans: Sequence[Point], most: int = 3) -> str:
    """Return runs of rows in words: 「第8行到第12行、第15行」; only the first where there are many."""
    words = [f"第{first}行" if first == last else f"第{first}行到第{last}行" for first, last in spans[:most]]
    return "、".join(words) + (f"等{len(spans)}处" if len(spans) > most else "")


def shortest(cells: Iterable[str]) -> str:
    """Write cells as the shortest list of ranges: `H5:H9,K3`; columns from left to right."""
    points = {split(cell) for cell in cells}
    by_column = _rectangles(points)
    by_row = [(left, top, right, bottom) for top, left, bottom, right in _rectangles({(row, at) for at, row in points})]
    return min((",".join(_name(*block) for block in sorted(found)) for found in (by_column, by_row)), key=len)


def join_cells(cells: Sequence[str]) -> str | None:
    """Write the cells of a finding: those of one column as ranges, others one by one in their order; None for none."""
    if len(cells) == 1:
        return cells[0]
    one_column = len({split(cell)[0] for cell in cells}) == 1
    return (shortest(cells) if one_column else ",".join(dict.fromkeys(cells))) or None


def _rectangles(points: set[Point]) -> list[Block]:
    """Cover points, given as (line, place): runs within a line, and equal runs of neighbouring lines as one block."""
    lines: dict[int, list[int]] = defaultdict(list)
    for line, place in points:
        lines[line].append(place)
    same: dict[Point, list[int]] = defaultdict(list)
    for line, places in lines.items():
        for run in runs(places):
            same[run].append(line)
    return [(first, start, last, end) for (start, end), own in same.items() for first, last in runs(own)]


def _name(left: int, top: int, right: int, bottom: int) -> str:
    first, last = f"{column_letter(left)}{top}", f"{column_letter(right)}{bottom}"
    return first if first == last else f"{first}:{last}"
