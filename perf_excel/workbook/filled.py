"""How far must-fill cells are filled: a count that knows which cells are left, and how it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from perf_excel.numbers import EXACT, round_half_up
from perf_excel.text import fold
from perf_excel.workbook.cells import shortest

#: A rate of 1 is kept for what is complete: 29,999 of 30,000 is not.
NEARLY = Decimal("0.9999")


@dataclass(frozen=True, slots=True)
class Count:
    """Must-fill cells of a sheet, a project or a workbook. Two counts are equal wherever the cells stand.

    Attributes:
        filled, required: how many.
        missing: those that are not filled, as (sheet title, cell).
    """

    filled: int = 0
    required: int = 0
    missing: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def rate(self) -> Decimal | None:
        """Return the share that is filled, to 4 places; None where nothing is required."""
        if not self.required:
            return None
        rate = round_half_up(EXACT.divide(Decimal(self.filled), Decimal(self.required)), 4)
        return rate if self.filled == self.required else min(rate, NEARLY)

    @property
    def left(self) -> int:
        """Return how many are not filled."""
        return self.required - self.filled


Counts = Mapping[str, Count]


def total(counts: Iterable[Count]) -> Count:
    """Add counts up."""
    every = list(counts)
    return Count(
        sum(count.filled for count in every),
        sum(count.required for count in every),
        tuple(cell for count in every for cell in count.missing),
    )


def merged(parts: Iterable[Counts]) -> dict[str, Count]:
    """Add up counts by sheet title."""
    by_sheet: dict[str, list[Count]] = defaultdict(list)
    for part in parts:
        for title, count in part.items():
            by_sheet[title].append(count)
    return {title: total(counts) for title, counts in by_sheet.items()}


def missing_cells(counts: Counts) -> dict[str, str]:
    """Return the shortest list of cells still to be filled, by the title of the sheet on which they stand."""
    cells: dict[str, list[str]] = defaultdict(list)
    for count in counts.values():
        for title, cell in count.missing:
            cells[title].append(cell)
    return {title: shortest(names) for title, names in cells.items()}


def told(title: str, count: Count, limit: int) -> str:
    """Return the cells that a sheet still needs, in at most about `limit` characters, for people.

    A cell of another sheet (the project for which no row was filled in at all) is named with its sheet.
    """
    texts = []
    for sheet, cells in missing_cells({title: count}).items():
        whole = cells.replace(",", "、")
        if len(whole) > limit:
            whole = f"{whole[:limit].rpartition('、')[0] or whole.split('、')[0]}…等{_size(count, sheet)}格"
        texts.append(whole if fold(sheet) == fold(title) else f"见{sheet} {whole}")
    return "；".join(texts)


def _size(count: Count, sheet: str) -> int:
    return sum(title == sheet for title, _ in count.missing)
