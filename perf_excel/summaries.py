"""汇总表_<预算年度>.xlsx of a run, from its ledger, and what was due against what was handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from perf_excel.findings import Finding
from perf_excel.ledger import Ledger
from perf_excel.render.run_summary import Year, run_summary
from perf_excel.render.summary import RunRow
from perf_excel.render.units import Tally
from perf_excel.roster import Compared, Roster, compare
from perf_excel.rules import RuleSet, load_rules
from perf_excel.run_result import Run
from perf_excel.store import write_error
from perf_excel.workbook import standard


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of one year, yet to be made.

    Attributes:
        name: of the file.
        year: 预算年度, None where it is blank.
        make: returns its bytes, given a folder for what cannot be held; raises `WriteError`.
    """

    name: str
    year: int | None
    make: Callable[[Path], bytes]


def summaries(run: Run, roster: Roster | None) -> Iterator[Summary]:
    """Walk over the summaries of the years in a run.

    A workbook that could not be read belongs to every year, and so does a finding of the run.
    """
    units: dict[int, str] = {}
    years: dict[int | None, set[int]] = {}
    unread: set[int] = set()
    projects = Counter[int | None]()
    for number, path, unit, year, count in run.ledger.workbooks():
        units[number] = unit or Path(path).name
        (unread if unit is None else years.setdefault(year, set())).add(number)
        projects[year] += count
    twice = frozenset((number, project_no) for number, project_no, *_ in run.ledger.repeated_codes())
    rules = load_rules(run.options.rules or standard.DEFAULT_RULES)
    compared = compare(roster, _handed_in(run.ledger)) if roster is not None else None
    if compared is not None:
        run.notes.append(compared_words(compared))
        years = years or {None: set()}
    for year, numbers in years.items():
        rows = _Rows(run.ledger, numbers, projects[year], units, twice)
        own = numbers | unread
        told = Year(
            year,
            rows,
            _Tallies(run.ledger, own),
            units,
            run.ledger.codes(listed=True, of=None if len(years) < 2 else own),
            lambda own=own: _findings(run, own, units),  # type: ignore[misc]  # each year has its own
            compared,
        )
        yield Summary(f"汇总表_{year or '未填年度'}.xlsx", year, partial(_made, told, rules))


def _made(told: Year, rules: RuleSet, folder: Path) -> bytes:
    try:
        return run_summary(told, rules, folder)
    except OSError as error:
        raise write_error(error) from error


def compared_words(compared: Compared) -> str:
    """Return what the screen says of a comparison with a roster."""
    done = compared.due - len(compared.missing)
    more = f"；另有{len(compared.unasked)}个项目不在清单里" if compared.unasked else ""
    return f"应报清单里有{compared.due}个项目，已报{done}个，未报送{len(compared.missing)}个{more}，见汇总表。"


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of 汇总表, read from the ledger each time they are walked over: however many, they are never held.

    Attributes:
        numbers: the workbooks that they are of.
        count: how many there are.
        units: 单位名称 by workbook.
        twice: (workbook, 项目序号) of projects that are handed in twice.
    """

    ledger: Ledger
    numbers: set[int]
    count: int
    units: dict[int, str]
    twice: frozenset[tuple[int, int]]

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[RunRow]:
        for number, _, row in self.ledger.rows():
            if number in self.numbers:
                yield RunRow(self.units[number], row, (number, row["项目序号"]) not in self.twice)


@dataclass(frozen=True, slots=True)
class _Tallies:
    """The numbers of findings of some workbooks and of the run as a whole."""

    ledger: Ledger
    own: set[int]

    def __iter__(self) -> Iterator[Tally]:
        return (tally for tally in self.ledger.tallies() if tally[0] is None or tally[0] in self.own)


def _handed_in(ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    return ((unit or "", row["项目编码"] or "", row["项目名称"] or "") for _, unit, row in ledger.rows())


def _findings(run: Run, own: set[int], units: dict[int, str]) -> Iterator[tuple[str, str, Finding]]:
    """Walk over the findings to be listed with 单位名称 and 项目名称."""
    for number, names, findings in run.ledger.findings():
        if number in own:
            for item in findings:
                if run.options.lists(item):
                    yield units[number], names.get(item.project_no or 0, ""), item
    names, current = {}, -1
    for item in run.ledger.extras(listed=True):
        if item.workbook is None:
            yield "", "", item
        elif item.workbook in own:
            if item.workbook != current:
                current, names = item.workbook, run.ledger.names(item.workbook)
            yield units[item.workbook], names.get(item.project_no or 0, ""), item
