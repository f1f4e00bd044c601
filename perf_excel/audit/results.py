"""What an audit came to: for the screen, the JSON of contract §5, and the list as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from perf_excel.audit.evaluate import Audit, Located
from perf_excel.audit.outline import Spot
from perf_excel.findings import Severity
from perf_excel.render.share import shares
from perf_excel.results import finding_data, project_data, result_data, workbook_data
from perf_excel.scoring import add_up


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report in a table: its name, its figures, and its findings by severity.

    Attributes:
        project: 项目名称 as found, "" for a file that could not be read.
        items: Σ of the items' scores, None where there are none or one is missing.
        declared: the result that the report declares.
        form: the score of its 自评表 by the rules.
    """

    path: Path
    project: str
    items: Decimal | None
    declared: Decimal | None
    form: Decimal | None
    counts: dict[Severity, int]


@dataclass(slots=True)
class AuditResult:
    """An audit's result.

    Attributes:
        found: the findings to list, each with its place.
        unlisted: those that the caller asked not to list; they count all the same.
        workbooks, projects: as contract §5 has them, reports in place of workbooks.
        rows: one line a report.
        notes: sentences for the screen.
        written: files written.
        listed_in: the list of all findings among them; None for none.
    """

    found: list[Located]
    unlisted: list[Located]
    rows: list[ReportRow]
    workbooks: list[dict[str, Any]]
    projects: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    listed_in: Path | None = None

    @property
    def exit_status(self) -> int:
        """0: nothing must be mended; 1: something must; 2: no report could be read at all."""
        if not any(book["status"] != "unreadable" for book in self.workbooks):
            return 2
        return int(any(item.finding.severity is Severity.MUST for item in (*self.found, *self.unlisted)))

    def to_json(self) -> dict[str, Any]:
        """Return the result as contract §5 has it, with `place` beside each finding's cell."""
        findings = [finding_data(item.finding) | {"place": _place(item.spot)} for item in self.found]
        return result_data(self.workbooks, self.projects, findings)


def _place(spot: Spot | None) -> dict[str, Any] | None:
    if spot is None:
        return None
    place = asdict(spot)
    del place["order"]
    return place | {"table": spot.table or None}


def to_result(audited: Audit, listed: Sequence[Located], unlisted: Sequence[Located]) -> AuditResult:
    """Return an audit's result.

    Args:
        audited: the audit.
        listed: the findings to list.
        unlisted: those that the caller asked not to list; they count all the same.
    """
    cut = {share.source.index: share for share in shares(audited.evaluation)}
    result = AuditResult(list(listed), list(unlisted), [], [], [])
    for number, report in enumerate(audited.reports):
        own = [item.finding for item in (*listed, *unlisted) if item.finding.workbook == number]
        counts = {severity: sum(item.severity is severity for item in own) for severity in Severity}
        share = cut.get(number)
        if report.document.problem or share is None:
            result.workbooks.append(workbook_data(str(report.path), "unreadable", {}))
            result.rows.append(ReportRow(report.path, "", None, None, None, counts))
            continue
        status = "needs_fix" if counts[Severity.MUST] else "ok"
        by_sheet = audited.evaluation.completion.by_sheet.get(number, {})
        unit = report.labels["unit"][0] if "unit" in report.labels else None
        read = {"unit": unit, "year": report.year, "rules": share.rules.name}
        result.workbooks.append(workbook_data(str(report.path), status, by_sheet, read=read))
        result.projects += [{"workbook": number} | project_data(project) for project in share.projects]
        stated = report.declared.get("scorecard") or report.declared.get("form")
        total = share.projects[0].score.total if share.projects else None
        items = add_up([item.awarded for item in report.leaves])
        result.rows.append(ReportRow(report.path, report.name, items, stated.value if stated else None, total, counts))
    return result
