"""Reports, checked: their own checks, and those of workbooks over the tables that they come to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perf_excel.audit.checks import CHECKS, grade_of_result, shared_passages
from perf_excel.audit.content import Filling, fill
from perf_excel.audit.context import OF_READING, SUITE, ReportContext
from perf_excel.audit.outline import Spot
from perf_excel.audit.report import Report, read_report
from perf_excel.catalogue import BASIS_IN_REPORTS, FIXES_IN_REPORTS, READ_PROBLEMS, WORDS_IN_REPORTS
from perf_excel.checks import complete, settle
from perf_excel.findings import SEVERITY_ORDER, Finding, Place, finding
from perf_excel.measures import measure
from perf_excel.pipeline import Evaluation
from perf_excel.rules import RuleSet, load_rules
from perf_excel.scoring import score
from perf_excel.workbook import standard
from perf_excel.workbook.binder import bind

_log = logging.getLogger("perf_excel")
#: Behind every report.
_LAST = 10**9


@dataclass(frozen=True, slots=True)
class Located:
    """A finding of a report: where it stands there, None for the file as a whole."""

    finding: Finding
    spot: Spot | None


@dataclass(frozen=True, slots=True)
class Audit:
    """Reports, checked.

    Attributes:
        reports: in the order given.
        fillings: the tables that each came to.
        evaluation: their scores, a source for each report; it has no findings.
        found: all findings, by report and place.
    """

    reports: list[Report]
    fillings: list[Filling]
    evaluation: Evaluation
    found: list[Located]


def audit(paths: Sequence[Path], rules: str | None = None) -> Audit:
    """Read and check reports.

    Args:
        paths: the files.
        rules: a rule set's name or file; else the default.

    Raises:
        RuleError: that rule set cannot be used.
    """
    in_force = load_rules(rules or standard.DEFAULT_RULES)
    reports = [read_report(path) for path in paths]
    fillings = [fill([report], in_force) if report.is_one else Filling() for report in reports]
    batch = bind(
        [
            filling.raw(report.path, report.document.digest, report.document.problem)
            for report, filling in zip(reports, fillings, strict=True)
        ]
    )
    measures, of_reading = measure(batch)
    every = [in_force] * len(reports)
    scores = score(batch, measures, every)
    context = ReportContext(batch, scores, every, reports=reports, fillings=fillings)
    completion = complete(context)
    raw = [item for item in (*batch.findings, *of_reading, *completion.findings) if item.code in OF_READING]
    raw += [item for check in SUITE for item in check(context)]
    raw = [item for item in raw if item.workbook is None or reports[item.workbook].is_one]
    found = [Located(_in_a_report(item), context.spot(item)) for item in settle(raw, context)]
    for number, report in enumerate(reports):
        found += _own(number, report, in_force)
    readable = [number for number, report in enumerate(reports) if report.is_one]
    for position, item, spot in shared_passages([reports[number] for number in readable]):
        found.append(Located(replace(item, workbook=readable[position]), spot))
    found = _once(found)
    found.sort(key=sort_key)
    return Audit(
        reports, fillings, Evaluation(batch, every, scores, completion, [item.finding for item in found], []), found
    )


def _own(number: int, report: Report, rules: RuleSet) -> list[Located]:
    """Return what the file itself, or the report's own checks, have to say."""
    if report.document.problem:
        reason, mend = READ_PROBLEMS[report.document.problem]
        return [Located(finding("S01", Place(number), name=report.path.name, reason=reason, mend=mend), None)]
    if not report.is_one:
        return [Located(finding("W03.other", Place(number)), None)]
    placed = [*(pair for check in CHECKS for pair in check(report)), *grade_of_result(report, rules)]
    return [Located(replace(item, workbook=number), spot) for item, spot in placed]


#: Blanks that the program left to fill in (W01) where these say already that something is missing.
_SAID_ALREADY = frozenset({"E01", "W08", "B01"})


def _once(found: list[Located]) -> list[Located]:
    """Say once of a paragraph that something is missing there."""
    said = {(item.finding.workbook, item.spot) for item in found if item.finding.code in _SAID_ALREADY}
    return [item for item in found if item.finding.code != "W01" or (item.finding.workbook, item.spot) not in said]


def _in_a_report(item: Finding) -> Finding:
    """Return a finding made for workbooks as it is told of a report: no sheet, no cell, and what to do there."""
    message, fix = item.message, FIXES_IN_REPORTS.get(item.code, item.fix)
    for of_workbooks, of_reports in WORDS_IN_REPORTS:
        message, fix = message.replace(of_workbooks, of_reports), fix.replace(of_workbooks, of_reports)
    basis = BASIS_IN_REPORTS.get(item.basis, item.basis)
    return replace(item, message=message, fix=fix, basis=basis, sheet=None, cell=None)


def sort_key(item: Located) -> tuple[int, int, int, str]:
    """Return what findings are sorted by: report, severity, place; those of the run as a whole last."""
    order = item.spot.order if item.spot else -1
    number = item.finding.workbook
    return _LAST if number is None else number, SEVERITY_ORDER[item.finding.severity], order, item.finding.code
