"""Cells that were pasted over: drop-downs, text formats and pre-printed keys that are no longer there (S13).

Pasting takes a cell's validation and format along with its content. What is gone is compared with the declaration,
and reported by range: only in rows that hold data, and only where the rest of the sheet still has it. A workbook that
never had it, because another program made it, is left alone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from perf_excel.findings import Finding, Place, finding
from perf_excel.kinds import as_text
from perf_excel.text import halfwidth, shorten, squeeze
from perf_excel.workbook import standard
from perf_excel.workbook.cells import column_number, runs, say_rows, shortest
from perf_excel.workbook.dressing import Dressing
from perf_excel.workbook.probe import Cell
from perf_excel.workbook.tables import Batch, Layout, Table
from perf_excel.workbook.types import Column, Required, Sheet

#: So many neighbouring keys are replaced by pasting only; fewer are mistyped, and S06, S07 or S11 names each.
_KEYS_IN_A_ROW = 3
_MOST_TITLES = 4
_DIGITS = re.compile(r"[0-9]+")

#: Rules on the length of a text came later than the others: a workbook may have these without those.
_LENGTH = "textLength"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that one workbook has on one sheet.

    Attributes:
        table: the sheet over the batch.
        layout: where its columns stand in the workbook.
        indexes: of the rows in the table, one at least, as they stand on the sheet.
    """

    table: Table
    layout: Layout
    indexes: Sequence[int]

    @property
    def sheet(self) -> Sheet:
        """The sheet's declaration."""
        return self.table.sheet

    def numbers(self) -> list[int]:
        """Return the Excel rows."""
        rows = self.table.column("row")
        return [rows[index] for index in self.indexes]

    def filled(self, key: str) -> list[int]:
        """Return the Excel rows in which a column is filled in."""
        rows, typed = self.table.column("row"), self.table.typed_column(key)
        return [rows[index] for index in self.indexes if typed[index] is not None]

    def present(self) -> list[Column]:
        """Return the columns that the workbook has."""
        return [column for column in self.sheet.read_columns if column.key in self.layout.letters]

    def exact(self) -> dict[str, Collection[int]]:
        """Return the rows filled in, by letter, of the columns whose cells should be formatted as text."""
        return {
            self.layout.letters[column.key]: frozenset(self.filled(column.key))
            for column in self.present()
            if column.exact
        }


def rows_of(batch: Batch) -> dict[int, dict[str, Rows]]:
    """Return the rows of each workbook by sheet title, on the sheets that are filled in by people."""
    found: dict[int, dict[str, Rows]] = defaultdict(dict)
    for key, table in batch.tables.items():
        if table.sheet is standard.CRITERIA:
            continue
        by_workbook: dict[int, list[int]] = defaultdict(list)
        for index, workbook in enumerate(table.column("workbook")):
            by_workbook[workbook].append(index)
        for workbook, indexes in by_workbook.items():
            layout = batch.sources[workbook].layouts[key]
            found[workbook][layout.title] = Rows(table, layout, indexes)
    return found


def pasted_over(
    workbook: int, rows: Mapping[str, Rows], dressed: Mapping[str, Dressing], told: Collection[Cell]
) -> Iterator[Finding]:
    """Find what pasting has destroyed in a workbook.

    Args:
        workbook: its number in the batch.
        rows: its rows by sheet title.
        dressed: how the cells of its sheets are dressed, where that is known.
        told: cells whose number format is looked at anyway, because they may hold a percentage.
    """
    for title, own in rows.items():
        place = Place(workbook, title)
        if title in dressed:
            yield from _reported("S13", place, own, _without_rule(own, dressed[title]))
            yield from _reported("S13.format", place, own, _without_format(own, dressed[title], told))
        yield from _keys_replaced(place, own)


def _reported(code: str, place: Place, own: Rows, lost: Mapping[str, Sequence[int]]) -> Iterator[Finding]:
    """Report columns that lost the same rows, as they do when a block is pasted, in one finding."""
    together: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for key, rows in lost.items():
        together[tuple(rows)].append(key)
    for rows, keys in together.items():
        titles = [own.sheet.by_key[key].title for key in keys]
        columns = "、".join(titles[:_MOST_TITLES])
        if len(titles) > _MOST_TITLES:
            columns += f"等{len(titles)}列"
        cell = shortest(f"{own.layout.letters[key]}{row}" for key in keys for row in rows)
        at = Place(place.workbook, place.sheet, cell)
        words: dict[str, Any] = {"rows": say_rows(runs(rows)), "cell": shorten(cell, 60), "sheet": own.sheet.title}
        yield finding(code, at, columns=columns, **words)


# ---------------------------------------------------------------- drop-downs


def _without_rule(own: Rows, dressed: Dressing) -> dict[str, list[int]]:
    """Return the rows, by column, in which what the column lets through is no longer checked."""
    asked = {column.key: rule.type for column in own.present() if (rule := column.kind.validation()) is not None}
    spans = {key: _spans(dressed, column_number(own.layout.letters[key]), kind) for key, kind in asked.items()}
    rows = own.numbers()
    lost = {}
    for key, kind in asked.items():
        family = [spans[other] for other, its in asked.items() if (its == _LENGTH) == (kind == _LENGTH)]
        if any(top <= rows[0] and rows[-1] <= end for top, end in spans[key]):
            continue
        last = _extent(spans[key], family)
        gone = [row for row in rows if row <= last and not any(top <= row <= end for top, end in spans[key])]
        if gone:
            lost[key] = gone
    return lost


def _spans(dressed: Dressing, column: int, kind: str) -> list[tuple[int, int]]:
    """Return the rows that a column's rules cover; rules of the declared kind, or of any where there is none of it."""
    rules = [(own, top, end) for own, (left, top, right, end) in dressed.rules if left <= column <= right]
    return [(top, end) for own, top, end in rules if own == kind] or [(top, end) for _, top, end in rules]


def _extent(own: list[tuple[int, int]], family: list[list[tuple[int, int]]]) -> int:
    """Return the last row that the template has prepared: rows typed below it never had a rule.

    A column without any rule was pasted over as a whole, if most columns of its sheet still have theirs.
    """
    others = [spans for spans in family if spans]
    if not own and 2 * len(others) < len(family):
        return 0
    return max((end for spans in ([own] if own else others) for _, end in spans), default=0)


# ---------------------------------------------------------------- text formats


def _without_format(own: Rows, dressed: Dressing, told: Collection[Cell]) -> dict[str, list[int]]:
    """Return the rows, by column, whose cells are no longer formatted as text.

    One cell among several that are is no block of pasted cells: somebody formatted it so.
    """
    keys = {letter: key for key, letter in own.layout.letters.items()}
    lost = {}
    for letter, rows in dressed.bare.items():
        gone = [row for row in rows if (own.layout.title, f"{letter}{row}") not in told]
        if len(gone) > 1 or (gone and len(own.filled(keys[letter])) == 1):
            lost[keys[letter]] = gone
    return lost


# ---------------------------------------------------------------- pre-printed keys


def _keys_replaced(place: Place, own: Rows) -> Iterator[Finding]:
    """Say where a run of neighbouring keys is not what the template had printed there."""
    for column in own.present():
        if not column.preprinted or column.required is not Required.NO:
            continue  # 评价打分 prints the keys of its first rows only
        typed, rows = own.table.typed_column(column.key), own.table.column("row")
        keys = {rows[index]: _spelled(typed[index]) for index in own.indexes if typed[index] is not None}
        printed = own.layout.key_rows
        if _alike(keys.values(), printed):
            continue
        usual = Counter(_shape(key) for key in (*keys.values(), *printed)).most_common(1)[0][0]
        foreign = {row for row, key in keys.items() if _shape(key) != usual} | _repeated(keys)
        # Rows that somebody added below the printed ones have keys of their own.
        last = max((row for row in (*keys, *printed.values()) if row not in foreign), default=0)
        replaced = [run for run in runs(foreign) if run[1] - run[0] + 1 >= _KEYS_IN_A_ROW and run[1] < last]
        if replaced:
            letter = own.layout.letters[column.key]
            cell = shortest(f"{letter}{row}" for top, end in replaced for row in range(top, end + 1))
            at, typed_key = Place(place.workbook, place.sheet, cell), shorten(keys[replaced[0][0]])
            words: dict[str, Any] = {"columns": column.title, "rows": say_rows(replaced), "sheet": own.sheet.title}
            yield finding("S13.keys", at, typed=typed_key, **words)


def _alike(keys: Collection[str], printed: Collection[str]) -> bool:
    """Tell at little cost whether all is as printed: every key once, and in the shape of the first one."""
    shapes = {_shape(key) for key in (*keys, *islice(printed, 1))}
    return len(shapes) < 2 and len(set(keys)) == len(keys)


def _repeated(keys: Mapping[int, str]) -> set[int]:
    """Return the rows whose key stands in an earlier row."""
    first: dict[str, int] = {}
    return {row for row, key in sorted(keys.items()) if first.setdefault(key, row) != row}


def _spelled(raw: object) -> str:
    return squeeze(halfwidth(as_text(raw))).upper()


def _shape(key: str) -> str:
    """Return a key with 9 for every figure in it: ZB9 for ZB001."""
    return _DIGITS.sub("9", key)
