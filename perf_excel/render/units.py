"""The units of a run: which projects and findings are theirs, and how a formula finds them by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from perf_excel.findings import Severity
from perf_excel.numbers import EXACT, round_half_up
from perf_excel.render.summary import RunRow

#: (workbook, severity, how many findings)
Tally = tuple[int | None, Severity, int]

#: A criterion of COUNTIFS holds at most 255 characters, and reads these signs as more than themselves.
_CRITERION, _SIGNS = 200, "~*?"


@dataclass(slots=True)
class Unit:
    """A unit.

    Attributes:
        rows: its projects that count.
        first: its first project among the rows of 汇总表, from 0; None where it has none.
        findings: all that was found in its workbooks, by severity.
        average: of the totals, to the cent; None where no project has one.
    """

    name: str
    rows: list[RunRow] = field(default_factory=list)
    first: int | None = None
    findings: Counter[Severity] = field(default_factory=Counter)
    average: Decimal | None = None


def average(rows: Sequence[RunRow]) -> Decimal | None:
    """Return the average of the projects' totals, to the cent; None where no project has one."""
    totals = [total for row in rows if (total := row.values["自评表得分"]) is not None]
    return round_half_up(EXACT.divide(sum(totals, Decimal(0)), Decimal(len(totals)))) if totals else None


def units_of(rows: Sequence[RunRow], tallies: Iterable[Tally], units: Mapping[int, str]) -> list[Unit]:
    """Return the units of a run.

    Args:
        rows: of 汇总表.
        tallies: numbers of the findings that count.
        units: 单位名称 by workbook.

    Returns:
        The best average first. Names that differ in case alone are one: formulas take them so.
    """
    found: dict[str, Unit] = {}
    for offset, row in enumerate(rows):
        unit = found.setdefault(row.unit_name.casefold(), Unit(row.unit_name))
        if unit.first is None:
            unit.first = offset
        if row.counted:
            unit.rows.append(row)
    for workbook, severity, count in tallies:
        if workbook is not None and workbook in units:
            name = units[workbook]
            found.setdefault(name.casefold(), Unit(name)).findings[severity] += count
    for unit in found.values():
        unit.average = average(unit.rows)
    return sorted(found.values(), key=lambda unit: Decimal(-1) if unit.average is None else unit.average, reverse=True)


def criterion(name: str, cell: str) -> str:
    """Return the criterion that finds a name exactly, whatever signs are in it and however long it is."""
    if len(name) <= _CRITERION and not any(sign in name for sign in _SIGNS) and name[0] not in "<>=":
        return cell
    text = cell if len(name) <= _CRITERION else f"LEFT({cell},{_CRITERION})"
    for sign in _SIGNS:
        text = f'SUBSTITUTE({text},"{sign}","~{sign}")'
    return f'"="&{text}' + ('&"*"' if len(name) > _CRITERION else "")
