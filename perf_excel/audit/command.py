"""The audit as a whole: find reports, check them, compare them, list what was found, move them into a workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perf_excel.audit.against import against
from perf_excel.audit.content import fill
from perf_excel.audit.document import REPORT_SUFFIXES
from perf_excel.audit.evaluate import Audit, Located, audit, sort_key
from perf_excel.audit.findings_list import write_list
from perf_excel.audit.results import AuditResult, to_result
from perf_excel.catalogue import READ_PROBLEMS
from perf_excel.findings import Place, Severity, finding
from perf_excel.inputs import find_files
from perf_excel.options import Options
from perf_excel.pipeline import evaluate
from perf_excel.rules import load_rules
from perf_excel.run_result import not_listed
from perf_excel.store import put_beside
from perf_excel.workbook import standard
from perf_excel.workbook.filled import told
from perf_excel.workbook.reader import SPREADSHEET_SUFFIXES
from perf_excel.workbook.template import write_filled

#: Characters of a list of cells on the screen.
_LONGEST_LIST = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What else an audit is asked for.

    Attributes:
        against: workbooks, or folders of them, to compare with.
        list_file: where the list of findings goes.
        workbook: where a workbook with what the reports hold goes.
    """

    against: tuple[Path, ...] = ()
    list_file: Path | None = None
    workbook: Path | None = None


def audit_reports(inputs: Sequence[Path], options: Options, wanted: Wanted) -> AuditResult:
    """Check reports, and do with them what is wanted.

    Args:
        inputs: files and folders.
        options: rule set, and which findings to list.
        wanted: what else.

    Raises:
        PerfExcelError: the rule set cannot be used.
        WriteError: a file that was asked for cannot be written.
    """
    found = find_files(inputs, REPORT_SUFFIXES)
    audited = audit(found.paths, options.rules)
    if wanted.against:
        books = find_files(wanted.against, SPREADSHEET_SUFFIXES).paths
        compared = against(audited.reports, audited.fillings, audited.evaluation, books)
        audited.found.extend(Located(item, spot) for _, item, spot in compared)
        audited.found.sort(key=sort_key)
    reason, mend = READ_PROBLEMS["no_report"]
    for folder in found.empty:
        nothing = finding("S01", Place(), name=folder.name or str(folder), reason=reason, mend=mend)
        audited.found.append(Located(nothing, None))
    listed = [item for item in audited.found if options.lists(item.finding)]
    unlisted = [item for item in audited.found if not options.lists(item.finding)]
    result = to_result(audited, listed, unlisted)
    if unlisted:
        must = sum(item.finding.severity is Severity.MUST for item in unlisted)
        result.notes.append(not_listed(Counter(item.finding.code for item in unlisted), must))
    if wanted.workbook is not None:
        _move(audited, wanted.workbook, options, result)
    if wanted.list_file is not None:
        result.listed_in = _write(wanted.list_file, write_list(result), result)
    return result


def _move(audited: Audit, target: Path, options: Options, result: AuditResult) -> None:
    """Write what the reports hold into a workbook, and say which cells are still to be filled."""
    readable = [report for report in audited.reports if not report.document.problem]
    if not readable:
        result.notes.append("没有读出内容，没有写填报工作簿。")
        return
    filling = fill(readable, load_rules(options.rules or standard.DEFAULT_RULES))
    written = _write(target, write_filled(filling.content()), result)
    evaluation = evaluate([written], options.rules)
    left = [(title, count) for title, count in evaluation.completion.by_sheet.get(0, {}).items() if count.left]
    if left:
        total = sum(count.left for _, count in left)
        cells = "；".join(f"{title}{told(title, count, _LONGEST_LIST)}" for title, count in left)
        result.notes.append(f"报告里没有的、读不准的都留空了，“{written.name}”还要填{total}格：{cells}")


def _write(target: Path, data: bytes, result: AuditResult) -> Path:
    written = put_beside(target, data)
    if written != target:
        result.notes.append(f"“{target.name}”已经存在而且内容不同，没有覆盖，写在“{written.name}”。")
    result.written.append(written)
    return written
