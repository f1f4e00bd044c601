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
from perf_excel.results import RunResult, WorkbookResult
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
        run: reports in place of workbooks.
        found: the findings to list, each with its place.
        rows: one line a report.
        notes: sentences for the screen.
        written: files written.
    """

    run: RunResult
    found: list[Located]
    rows: list[ReportRow]
    notes: list[str] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)

    @property
    def exit_status(self) -> int:
        """As the run's: 0, 1, or 2 where no report could be read."""
        return self.run.exit_status

    def to_json(self) -> dict[str, Any]:
        """Return the result as contract §5 has it, with `place` beside each finding's cell."""
        data = self.run.to_json()
        for told, located in zip(data["findings"], self.found, strict=True):
            told["place"] = _place(located.spot)
        return data


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
    run = RunResult(findings=[item.finding for item in listed], unlisted=[item.finding for item in unlisted])
    rows = []
    for number, report in enumerate(audited.reports):
        own = [item.finding for item in (*listed, *unlisted) if item.finding.workbook == number]
        counts = {severity: sum(item.severity is severity for item in own) for severity in Severity}
        share = cut.get(number)
        if report.document.problem or share is None:
            run.workbooks.append(WorkbookResult(report.path, "unreadable"))
            rows.append(ReportRow(report.path, "", None, None, None, counts))
            continue
        status = "needs_fix" if counts[Severity.MUST] else "ok"
        by_sheet = audited.evaluation.completion.by_sheet.get(number, {})
        unit = report.labels["unit"][0] if "unit" in report.labels else None
        book = WorkbookResult(report.path, status, unit, report.year, share.rules.name, by_sheet=by_sheet)
        book.projects = list(share.projects)
        run.workbooks.append(book)
        stated = report.declared.get("scorecard") or report.declared.get("form")
        total = share.projects[0].score.total if share.projects else None
        items = add_up([item.awarded for item in report.leaves])
        rows.append(ReportRow(report.path, report.name, items, stated.value if stated else None, total, counts))
    return AuditResult(run, list(listed), rows)
