"""The work of a worker: one batch of workbooks in, what each of them came to out, its files staged beside the output.

A task needs nothing but itself, so that any process, on this machine or another, can do it.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perf_excel.findings import Finding, Severity
from perf_excel.names import MARKED_SUFFIX, file_name, input_stem
from perf_excel.options import Options, Write
from perf_excel.outcome import Code, File, Outcome, Passage
from perf_excel.text import shorten, squeeze
from perf_excel.workbook import standard

if TYPE_CHECKING:
    from perf_excel.pipeline import Evaluation
    from perf_excel.render.share import ProjectShare, Share
    from perf_excel.workbook.tables import Source

MARKED_FOLDER, REPORT_FOLDER = "待修改", "报告"


@dataclass(frozen=True, slots=True)
class Input:
    """One workbook of a task.

    Attributes:
        number: its place among the workbooks of the run.
        path: where it lies.
        size: in bytes.
        marked: what its marked copy is called, without its mark.
        earlier: marked copies of earlier runs, the newest first.
        key: how the ledger names it.
    """

    number: int
    path: Path
    size: int = 0
    marked: str = ""
    earlier: tuple[Path, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A batch.

    Attributes:
        inputs: its workbooks.
        options: of the run.
        write: what is written for each of them.
        staging: the folder for what is made; None where nothing is.
        template: of the reports; None for no reports.
        indicators: give a row an indicator as well.
    """

    inputs: tuple[Input, ...]
    options: Options
    write: Write
    staging: Path | None = None
    template: bytes | None = None
    indicators: bool = False

    def single(self) -> list[Task]:
        """Return the same work as one task a workbook."""
        return [replace(self, inputs=(item,)) for item in self.inputs]


def do(task: Task) -> list[Outcome]:
    """Evaluate a batch in one pass and make the files of its workbooks, one after the other."""
    from perf_excel.pipeline import evaluate
    from perf_excel.render.share import shares

    evaluation = evaluate([item.path for item in task.inputs], task.options.rules, task.options.forms)
    cut = {share.source.index: share for share in shares(evaluation)}
    findings, passages = evaluation.findings_of(), _passages(evaluation)
    outcomes = []
    for item, source in zip(task.inputs, evaluation.batch.sources, strict=True):
        share, found = cut.get(source.index), findings.get(source.index, [])
        outcome = _outcome(task, evaluation, source, share, [replace(one, workbook=0) for one in found])
        outcome.passages = passages.get(source.index, [])
        if task.staging is not None:
            _make(task, task.staging, item, source, share, found, outcome)
        outcomes.append(outcome)
    return outcomes


# ---------------------------------------------------------------- what a workbook came to


def _outcome(
    task: Task, evaluation: Evaluation, source: Source, share: Share | None, findings: list[Finding]
) -> Outcome:
    from perf_excel.render.summary_columns import values
    from perf_excel.results import indicator_rows, project_data

    if share is None:
        status = "needs_fix" if source.problem == "blank" else "unreadable"
        return Outcome(str(source.path), source.digest, status, findings=findings)
    must = any(item.severity is Severity.MUST for item in findings)
    projects = evaluation.batch.tables[standard.PROJECTS.key]
    codes = [
        (project, projects.place(project.score.index, "code"))
        for project in share.projects
        if project.info["code"] and not project.score.exempt
    ]
    return Outcome(
        str(source.path),
        source.digest,
        "needs_fix" if must else "ok",
        share.unit_name,
        share.year,
        share.rules.name,
        dict(evaluation.completion.by_sheet.get(source.index, {})),
        [project_data(project) for project in share.projects],
        [row for project in share.projects for row in indicator_rows(project)] if task.indicators else [],
        [values(project) for project in share.projects],
        {project.number: project.info["name"] or f"项目{project.number}" for project in share.projects},
        [Code(project.number, project.info["code"], at.sheet or "", at.cell or "") for project, at in codes],
        findings=findings,
    )


def _passages(evaluation: Evaluation) -> dict[int, list[Passage]]:
    """Return the long texts of each workbook, each with a key that equal texts share."""
    found: dict[int, list[Passage]] = {}
    for text in evaluation.passages:
        key = hashlib.sha256(squeeze(text.said).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        workbook, number = text.key_of_project
        place = text.place
        passage = Passage(key, number, place.sheet or "", place.cell or "", shorten(text.said))
        found.setdefault(workbook, []).append(passage)
    return found


# ---------------------------------------------------------------- its files


def _make(
    task: Task,
    staging: Path,
    item: Input,
    source: Source,
    share: Share | None,
    findings: Sequence[Finding],
    outcome: Outcome,
) -> None:
    """Make the files of one workbook and stage them."""
    from perf_excel.render.outputs import Job, render

    options, everything = task.options, task.write is Write.EVERYTHING
    listed = tuple(one for one in findings if options.lists(one))
    to_mend = any(one.severity is not Severity.COULD for one in listed)
    mark = options.annotate and to_mend and source.problem in ("", "blank")
    job = Job(
        path=item.path,
        share=share if everything else None,
        forms=options.forms or (source.settings.get("form", standard.DEFAULT_FORM),),
        print_scores=options.print_scores,
        findings=listed if mark else None,
        names={(source.index, number): name for number, name in outcome.names.items()},
        layouts=source.layouts,
        earlier=tuple(path for path in item.earlier if os.path.realpath(path) != os.path.realpath(item.path)),
        unlisted=tuple(one for one in findings if not options.lists(one)),
        unit=source.settings.get("unit_name") or "",
        template=task.template if everything else None,
    )
    made = render(job)
    if share is not None:
        stem, other = unit_stem(share), file_name(input_stem(item.path), "工作簿", 60)
        for number, data in enumerate(made.volumes, start=1):
            tail = ".xlsx" if number == 1 else f"_第{number}册.xlsx"
            outcome.files.append(_stage(staging, File("", stem, tail, other), data))
        _reports(staging, share, made.reports, outcome)
    if made.marked is not None:
        data, suffix = made.marked
        outcome.files.append(_stage(staging, File(MARKED_FOLDER, item.marked, f"{MARKED_SUFFIX}{suffix}"), data))


def _reports(staging: Path, share: Share, made: Any, outcome: Outcome) -> None:
    from perf_excel.render.report import Problem

    for project in share.projects:
        data = made.get(project.number)
        if isinstance(data, Problem):
            kind, fields, names = outcome.no_report or (data.kind, dict(data.fields), [])
            outcome.no_report = kind, fields, [*names, outcome.names[project.number]]
        elif data is not None:
            outcome.files.append(_stage(staging, File(REPORT_FOLDER, report_stem(share, project), ".docx"), data))


def unit_stem(share: Share) -> str:
    """Return what a workbook's 报送件 is called (contract §4)."""
    return f"{file_name(share.unit_name, '未填单位')}_{share.year or '未填年度'}_绩效自评"


def report_stem(share: Share, project: ProjectShare) -> str:
    """Return what a project's report is called (contract §4)."""
    unit = file_name(project.info["unit"] or share.unit_name, "未填单位", 80)
    name = file_name(project.info["name"] or "", f"项目{project.number}", 110)
    return f"{unit}_{share.year or '未填年度'}_{name}_绩效自评报告"


def _stage(staging: Path, file: File, data: bytes) -> File:
    """Write a file whole under a name that no other attempt has."""
    from perf_excel.store import WriteError, put_whole

    path, digest = staging / uuid.uuid4().hex, hashlib.sha256(data).hexdigest()
    try:
        put_whole(path, data)
    except WriteError as error:
        return replace(file, digest=digest, problem=(error.reason, error.mend))
    return replace(file, staged=str(path), digest=digest)
