"""The units of a run: what their projects and findings come to, and how a formula finds them by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
class Figures:
    """What some projects come to.

    Attributes:
        projects: how many they are.
        budget, executed: their sums.
        scored, score: how many have a total, and the sum of these.
        grades: how many there are of each 自评等级, None for those without.
        findings: those of the projects, by severity.
    """

    projects: int = 0
    budget: Decimal = Decimal(0)
    executed: Decimal = Decimal(0)
    scored: int = 0
    score: Decimal = Decimal(0)
    grades: dict[str | None, int] = field(default_factory=dict)
    findings: dict[Severity, int] = field(default_factory=dict)

    def take(self, row: RunRow) -> None:
        """Take a project in."""
        values = row.values
        self.projects += 1
        self.budget += values["全年预算数"] or 0
        self.executed += values["全年执行数"] or 0
        if values["自评表得分"] is not None:
            self.scored += 1
            self.score += values["自评表得分"]
        grade = values["自评等级"] or None
        self.grades[grade] = self.grades.get(grade, 0) + 1
        for severity in Severity:
            if values[severity.value]:
                self.findings[severity] = self.findings.get(severity, 0) + values[severity.value]

    @property
    def average(self) -> Decimal | None:
        """The average of the projects' totals, to the cent; None where no project has one."""
        return round_half_up(EXACT.divide(self.score, Decimal(self.scored))) if self.scored else None


@dataclass(slots=True)
class Unit:
    """A unit.

    Attributes:
        figures: of its projects that count.
        first: its first project among the rows of 汇总表, from 0; None where it has none.
        findings: all that was found in its workbooks, by severity.
    """

    name: str
    figures: Figures = field(default_factory=Figures)
    first: int | None = None
    findings: dict[Severity, int] = field(default_factory=dict)


def units_of(rows: Iterable[RunRow], tallies: Iterable[Tally], units: Mapping[int, str]) -> tuple[list[Unit], Figures]:
    """Return the units of a run, and what all projects come to.

    Args:
        rows: of 汇总表.
        tallies: numbers of the findings that count.
        units: 单位名称 by workbook.

    Returns:
        The best average first. Names that differ in case alone are one: formulas take them so.
    """
    found: dict[str, Unit] = {}
    whole = Figures()
    for offset, row in enumerate(rows):
        unit = found.setdefault(row.unit_name.casefold(), Unit(row.unit_name))
        if unit.first is None:
            unit.first = offset
        if row.counted:
            unit.figures.take(row)
            whole.take(row)
    for workbook, severity, count in tallies:
        if workbook is not None and workbook in units:
            name = units[workbook]
            unit = found.setdefault(name.casefold(), Unit(name))
            unit.findings[severity] = unit.findings.get(severity, 0) + count
    return sorted(found.values(), key=_average, reverse=True), whole


def _average(unit: Unit) -> Decimal:
    average = unit.figures.average
    return Decimal(-1) if average is None else average


def criterion(name: str, cell: str) -> str:
    """Return the criterion that finds a name exactly, whatever signs are in it and however long it is."""
    if len(name) <= _CRITERION and not any(sign in name for sign in _SIGNS) and name[0] not in "<>=":
        return cell
    text = cell if len(name) <= _CRITERION else f"LEFT({cell},{_CRITERION})"
    for sign in _SIGNS:
        text = f'SUBSTITUTE({text},"{sign}","~{sign}")'
    return f'"="&{text}' + ('&"*"' if len(name) > _CRITERION else "")
