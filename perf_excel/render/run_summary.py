"""汇总表_<预算年度>.xlsx: over all workbooks of a run and that year, unit by unit, with the run's 问题清单."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perf_excel.book import Book
from perf_excel.findings import Finding
from perf_excel.render import by_unit, findings_sheet, summary
from perf_excel.render.findings_sheet import Names
from perf_excel.render.links import back_link
from perf_excel.render.summary import RunRow
from perf_excel.rules import RuleSet


def run_summary(
    year: int | None,
    rows: Sequence[RunRow],
    findings: Sequence[Finding],
    unlisted: Sequence[Finding],
    projects: Names,
    units: Mapping[int, str],
    rules: RuleSet,
) -> bytes:
    """Return the summary of a run.

    Args:
        year: 预算年度 of its workbooks.
        rows: a row a project.
        findings: what the list of findings shows.
        unlisted: findings that count but are not listed.
        projects: 项目名称 by (workbook, 项目序号).
        units: 单位名称 by workbook.
        rules: the grade bands for the charts.
    """
    book, every = Book(), [*findings, *unlisted]
    place = summary.write_run(book, year, rows, every, rules, by_unit.TITLE if rows else "")
    if rows:
        by_unit.write(book, place, rows, every, findings, units, rules)
    findings_sheet.write(book, findings, projects, units)
    back_link(book, findings_sheet.TITLE, summary.TITLE)
    return book.close()
