"""汇总表_<预算年度>.xlsx of a run, from its ledger, and what was due against what was handed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from perf_excel.findings import Finding
from perf_excel.render.run_summary import Year, run_summary
from perf_excel.render.summary import RunRow
from perf_excel.roster import Compared, Roster, compare
from perf_excel.rules import load_rules
from perf_excel.run_result import Run
from perf_excel.workbook import standard


def summaries(run: Run, roster: Roster | None) -> Iterator[tuple[str, bytes]]:
    """Make the summary of each year in a run: its name, and its bytes.

    A workbook that could not be read belongs to every year, and so does a finding of the run.
    """
    years: dict[int | None, list[RunRow]] = {}
    numbers: dict[int | None, set[int]] = {}
    units: dict[int, str] = {}
    unread: set[int] = set()
    twice = {(number, project_no) for number, project_no, *_ in run.ledger.repeated_codes()}
    for number, outcome in run.outcomes():
        units[number] = outcome.unit or Path(outcome.path).name
        if outcome.unit is None:
            unread.add(number)
            continue
        rows = years.setdefault(outcome.year, [])
        numbers.setdefault(outcome.year, set()).add(number)
        for row in outcome.rows:
            rows.append(RunRow(units[number], row, (number, row["项目序号"]) not in twice))
    rules = load_rules(run.options.rules or standard.DEFAULT_RULES)
    compared = compare(roster, _handed_in(years)) if roster is not None else None
    run.notes += [compared_words(compared)] if compared is not None else []
    for year, rows in years.items() or (((None, []),) if compared is not None else ()):
        own = numbers.get(year, set()) | unread
        told = Year(
            year,
            rows,
            [tally for tally in run.ledger.tallies() if tally[0] is None or tally[0] in own],
            units,
            run.ledger.codes(listed=True, of=None if len(years) < 2 else own),
            lambda own=own: _findings(run, own, units),  # type: ignore[misc]  # each year has its own
            compared,
        )
        yield f"汇总表_{year or '未填年度'}.xlsx", run_summary(told, rules)


def compared_words(compared: Compared) -> str:
    """Return what the screen says of a comparison with a roster."""
    done = compared.due - len(compared.missing)
    more = f"；另有{len(compared.unasked)}个项目不在清单里" if compared.unasked else ""
    return f"应报清单里有{compared.due}个项目，已报{done}个，未报送{len(compared.missing)}个{more}，见汇总表。"


def _handed_in(years: dict[int | None, list[RunRow]]) -> Iterable[tuple[str, str, str]]:
    return (
        (row.unit_name, row.values["项目编码"] or "", row.values["项目名称"] or "")
        for rows in years.values()
        for row in rows
    )


def _findings(run: Run, own: set[int], units: dict[int, str]) -> Iterator[tuple[str, str, Finding]]:
    """Walk over the findings to be listed with 单位名称 and 项目名称."""
    names: dict[int, str] = {}
    current = -1
    for number, outcome in run.ledger.outcomes():
        if number in own:
            for item in outcome.findings:
                if run.options.lists(item):
                    name = outcome.names.get(item.project_no, "") if item.project_no is not None else ""
                    yield units[number], name, replace(item, workbook=number)
    for item in run.ledger.extras(listed=True):
        if item.workbook is None or item.workbook in own:
            if item.workbook is not None and item.workbook != current:
                current, names = item.workbook, run.ledger.outcome(item.workbook).names
            known = names if item.workbook is not None else {}
            unit = units[item.workbook] if item.workbook is not None else ""
            yield unit, known.get(item.project_no or 0, ""), item
