"""Results of a run: plain objects for the screen, the JSON of contract §5, and three tables for Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perf_excel.findings import Finding, Place, Severity
from perf_excel.numbers import as_float, plain, round_half_up
from perf_excel.version import __version__
from perf_excel.workbook import standard
from perf_excel.workbook.filled import Count, Counts, missing_cells, total

if TYPE_CHECKING:
    import pandas as pd

    from perf_excel.render.share import ProjectShare

SCHEMA = 1
PROJECT_KEYS = [
    *("workbook", "project_no", "code", "name", "budget", "executed", "execution_rate"),
    *("form_score", "scorecard", "completion"),
]
INDICATOR_KEYS = [
    *("workbook", "project_no", "indicator_no", "level1", "level2", "level3", "nature", "target", "unit", "weight"),
    *("actual", "score", "typed", "difference", "trace"),
]


@dataclass(slots=True)
class WorkbookResult:
    """What one workbook came to.

    Attributes:
        status: ok, needs_fix or unreadable.
        by_sheet: must-fill cells by sheet title.
        projects: its projects with their scores.
        codes: (项目序号, 项目编码, place) of the projects that have one.
        outputs: files written for it.
    """

    path: Path
    status: str
    unit: str | None = None
    year: int | None = None
    rules: str | None = None
    by_sheet: dict[str, Count] = field(default_factory=dict)
    projects: list[ProjectShare] = field(default_factory=list)
    codes: list[tuple[int, str, Place]] = field(default_factory=list)
    outputs: list[Path] = field(default_factory=list)


@dataclass(slots=True)
class RunResult:
    """A run: its workbooks, all findings (sorted; those across workbooks last), and what is to be told.

    Attributes:
        unlisted: findings that the caller asked not to list; they count all the same.
        written: files of the run as a whole.
        notes: sentences for the screen.
    """

    workbooks: list[WorkbookResult] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unlisted: list[Finding] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def exit_status(self) -> int:
        """0: nothing must be mended; 1: something must; 2: no input could be read at all."""
        if not any(workbook.status != "unreadable" for workbook in self.workbooks):
            return 2
        return int(any(item.severity is Severity.MUST for item in (*self.findings, *self.unlisted)))

    def to_json(self) -> dict[str, Any]:
        """Return the result as contract §5 has it."""
        return {
            "schema": SCHEMA,
            "version": __version__,
            "workbooks": [_workbook(workbook) for workbook in self.workbooks],
            "projects": [
                _project(number, project)
                for number, workbook in enumerate(self.workbooks)
                for project in workbook.projects
            ],
            "findings": [asdict(item) | {"severity": item.severity.value} for item in self.findings],
        }

    def indicators(self) -> list[dict[str, Any]]:
        """Return one row an indicator: what was typed, measured and scored."""
        return [
            {
                "workbook": number,
                "project_no": project.number,
                "indicator_no": item.measure.key,
                "level1": item.measure.level1,
                "level2": item.measure.level2,
                "level3": item.measure.level3,
                "nature": item.measure.nature,
                "target": _shown(item.measure.target, item.measure.target_text),
                "unit": item.measure.unit,
                "weight": as_float(item.measure.weight),
                "actual": _shown(item.measure.actual, item.measure.actual_text),
                "score": as_float(item.score),
                "typed": as_float(item.measure.typed_score),
                "difference": as_float(item.difference),
                "trace": item.trace,
            }
            for number, workbook in enumerate(self.workbooks)
            for project in workbook.projects
            for item in project.score.indicators
        ]


def _shown(value: Decimal | None, text: str) -> str:
    return plain(value) if value is not None else text


def _workbook(workbook: WorkbookResult) -> dict[str, Any]:
    return {
        "input": str(workbook.path),
        "status": workbook.status,
        "unit": workbook.unit,
        "year": workbook.year,
        "rules": workbook.rules,
        "outputs": [str(path) for path in workbook.outputs],
        "completion": {
            **_completion(workbook.by_sheet),
            "by_sheet": {title: [count.filled, count.required] for title, count in workbook.by_sheet.items()},
        },
    }


def _completion(counts: Counts) -> dict[str, Any]:
    """Return how far cells are filled, and by sheet the shortest list of those that are not."""
    every = total(counts.values())
    return {
        "filled": every.filled,
        "required": every.required,
        "rate": as_float(every.rate),
        "missing": missing_cells(counts),
    }


def _project(workbook: int, project: ProjectShare) -> dict[str, Any]:
    score = project.score
    rate = score.execution.rate
    card = score.scorecard
    return {
        "workbook": workbook,
        "project_no": project.number,
        "code": project.info["code"],
        "name": project.info["name"],
        "budget": as_float(score.execution.budget),
        "executed": as_float(score.execution.executed),
        "execution_rate": None if rate is None else float(round_half_up(rate, 4)),
        "form_score": {
            "execution": as_float(score.execution.score),
            "indicators": {item.measure.key: as_float(item.score) for item in score.indicators},
            "level1": {level: as_float(value) for level, value in score.by_level.items()},
            "adjustments": {name: as_float(value) for name, value in score.adjustments.items()},
            "total": as_float(score.total),
            "range": [float(edge) for edge in score.range] if score.range else None,
            "grade": score.grade,
            "declared": as_float(score.declared),
            "typed": {
                item.measure.key: as_float(item.measure.typed_score)
                for item in score.indicators
                if item.measure.typed_score is not None
            },
        },
        "scorecard": None
        if card is None
        else {
            **{category: as_float(card.by_category.get(category)) for category in standard.CATEGORIES},
            "total": as_float(card.total),
            "declared": as_float(score.declared_scorecard),
        },
        "completion": _completion(project.completion),
    }


@dataclass(frozen=True)
class Results:
    """What `perf_excel.run` and `perf_excel.check` return.

    Attributes:
        projects: a row a project; the JSON keys, and nested ones as `form_score.total`.
        indicators: a row an indicator.
        findings: a row a finding; the JSON keys.
        data: the whole result as contract §5 has it.
        exit_status: as the command would have ended.
    """

    projects: pd.DataFrame
    indicators: pd.DataFrame
    findings: pd.DataFrame
    data: dict[str, Any]
    exit_status: int


def to_results(result: RunResult) -> Results:
    """Return a run's result as tables."""
    import pandas as pd

    data = result.to_json()
    projects = _flat(data["projects"])
    return Results(
        pd.DataFrame(projects, columns=None if projects else PROJECT_KEYS),
        pd.DataFrame(result.indicators(), columns=INDICATOR_KEYS),
        pd.DataFrame(data["findings"], columns=list(Finding.__dataclass_fields__)),
        data,
        result.exit_status,
    )


def _flat(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with their own keys, and with the keys of nested objects behind a dot."""
    return [
        row
        | {
            f"{key}.{inner}": content
            for key, value in row.items()
            if isinstance(value, dict)
            for inner, content in value.items()
        }
        for row in rows
    ]
