"""Everything that is written for one workbook: a job that needs nothing but itself, so that any process can do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perf_excel.findings import Finding
from perf_excel.render.report import Problem, TemplateBroken, report
from perf_excel.render.share import Share, volumes
from perf_excel.workbook.tables import Layout

#: Projects in a volume that every spreadsheet program can open.
_VOLUME = 200


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be written for one workbook.

    Attributes:
        path: the input.
        share: its results; None for a workbook without any, which gives no 报送件.
        forms, print_scores: as in `deliverable`.
        findings: what a marked copy shows; None for no marked copy.
        names: 项目名称 by (workbook, 项目序号), for the list of findings.
        layouts: where the columns of the input's sheets stand, by sheet key; a marked copy names its cells by them.
        earlier: marked copies of earlier runs, the newest first; what people typed into their lists is carried over.
        unlisted: findings that are there, but not in the list.
        unit: 单位名称 as typed.
        template: of the report, as a Word file; None for no reports.
    """

    path: Path
    share: Share | None
    forms: tuple[str, ...]
    print_scores: bool
    findings: tuple[Finding, ...] | None
    names: dict[tuple[int | None, int | None], str]
    layouts: dict[str, Layout] = field(default_factory=dict)
    earlier: tuple[Path, ...] = ()
    unlisted: tuple[Finding, ...] = ()
    unit: str = ""
    template: bytes | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of a workbook's outputs.

    Attributes:
        volumes: of the 报送件.
        marked: the marked copy with its suffix.
        reports: by 项目序号; where there is none, why the template could not be used.
    """

    volumes: tuple[bytes, ...]
    marked: tuple[bytes, str] | None
    reports: Mapping[int, bytes | Problem] = field(default_factory=dict)


def render(job: Job) -> Rendered:
    """Make the outputs of one workbook."""
    from perf_excel.render.deliverable import deliverable
    from perf_excel.render.marked import marked_copy

    made = []
    if job.share is not None:
        for share in volumes(job.share, _VOLUME):
            made.append(deliverable(share, job.forms, print_scores=job.print_scores))
    marked = None
    if job.findings is not None:
        marked = marked_copy(
            job.path, job.findings, job.names, job.layouts, job.earlier, unlisted=job.unlisted, unit=job.unit
        )
    return Rendered(tuple(made), marked, _reports(job))


def _reports(job: Job) -> dict[int, bytes | Problem]:
    """Make the reports of the projects that are evaluated."""
    made: dict[int, bytes | Problem] = {}
    if job.share is not None and job.template is not None:
        for project in job.share.projects:
            if not project.score.exempt:
                try:
                    made[project.number] = report(job.template, job.share, project)
                except TemplateBroken as error:
                    made[project.number] = error.problem
    return made
