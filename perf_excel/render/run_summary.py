"""汇总表_<预算年度>.xlsx: over all workbooks of a run and that year, unit by unit, with the run's 问题清单."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perf_excel.book import Book
from perf_excel.findings import Finding, Severity
from perf_excel.render import by_unit, findings_sheet, roster_sheets, summary
from perf_excel.render.chart_rows import MOST
from perf_excel.render.frequent import Listed
from perf_excel.render.links import back_link
from perf_excel.render.summary import Rows
from perf_excel.render.units import Tally
from perf_excel.roster import Compared
from perf_excel.rules import RuleSet

#: A larger workbook is written row by row, without holding it.
_LARGE = 5_000
#: More lines than this are of no use to anybody; each workbook has its own list.
MOST_LINES = 100_000


@dataclass(frozen=True, slots=True)
class Year:
    """What the summary of one year is made of.

    Attributes:
        year: 预算年度, None where it is blank.
        rows: a row a project.
        tallies: numbers of all findings that count, by workbook; walked over more than once.
        units: 单位名称 by workbook.
        codes: (code, severity, times) of the findings to be listed.
        findings: gives 单位名称, 项目名称 and finding of each, in their order.
        compared: with the list of what should have been handed in; None without one.
    """

    year: int | None
    rows: Rows
    tallies: Iterable[Tally]
    units: Mapping[int, str]
    codes: Sequence[tuple[str, Severity, int]]
    findings: Callable[[], Iterable[tuple[str, str, Finding]]]
    compared: Compared | None = None


def run_summary(told: Year, rules: RuleSet, folder: Path | None = None) -> bytes:
    """Return the summary of a run.

    Args:
        told: what it is made of.
        rules: gives the grade bands for the charts.
        folder: for the rows of a large one, which is never held whole.

    Raises:
        OSError: they cannot be written there.
    """
    listed = sum(times for *_, times in told.codes)
    lines = min(listed, MOST_LINES)
    book = Book(streaming=len(told.rows) > MOST and max(len(told.rows), lines) > _LARGE, folder=folder)
    counts: dict[Severity, int] = dict.fromkeys(Severity, 0)
    for _, severity, count in told.tallies:
        counts[severity] += count
    if told.compared is not None:  # the first thing that is asked of a run
        roster_sheets.write(book, told.compared)
    place = summary.write_run(book, told.year, told.rows, counts, rules, by_unit.TITLE if told.rows else "")
    if told.rows:
        by_unit.write(book, place, told.rows, told.tallies, Listed(lines, told.codes), told.units, rules)
    note = findings_sheet.counts_words(_by_severity(told.codes))
    if lines < listed:
        note += f"。共{listed}项，这里只列前{lines}项，全部见各单位的问题标注副本"
    findings_sheet.write_run(book, _first(told.findings(), lines), note)
    back_link(book, findings_sheet.TITLE, summary.TITLE)
    return book.close()


def _by_severity(codes: Sequence[tuple[str, Severity, int]]) -> dict[Severity, int]:
    found: dict[Severity, int] = dict.fromkeys(Severity, 0)
    for _, severity, times in codes:
        found[severity] += times
    return found


def _first(findings: Iterable[tuple[str, str, Finding]], count: int) -> Iterable[tuple[str, str, Finding]]:
    from itertools import islice

    return islice(findings, count)
