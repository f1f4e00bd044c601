"""Results of a run: plain objects for the screen, the JSON of contract §5, and three tables for Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from perf_excel.findings import Finding
from perf_excel.numbers import as_float, plain, round_half_up
from perf_excel.version import __version__
from perf_excel.workbook import standard
from perf_excel.workbook.filled import Counts, missing_cells, total

if TYPE_CHECKING:
    import pandas as pd

    from perf_excel.render.share import ProjectShare

SCHEMA = 1
_NOTHING: Mapping[str, Any] = {}
PROJECT_KEYS = [
    *("workbook", "project_no", "code", "name", "budget", "executed", "execution_rate"),
    *("form_score", "scorecard", "completion"),
]
INDICATOR_KEYS = [
    *("workbook", "project_no", "indicator_no", "level1", "level2", "level3", "nature", "target", "unit", "weight"),
    *("actual", "score", "typed", "difference", "trace"),
]


def result_data(
    workbooks: Iterable[dict[str, Any]], projects: Iterable[dict[str, Any]], findings: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    """Return a result as contract §5 has it."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "workbooks": list(workbooks),
        "projects": list(projects),
        "findings": list(findings),
    }


def finding_data(item: Finding) -> dict[str, Any]:
    """Return a finding as contract §5 has it."""
    return {name: getattr(item, name) for name in Finding.__dataclass_fields__} | {"severity": item.severity.value}


def indicator_rows(project: ProjectShare) -> list[dict[str, Any]]:
    """Return one row an indicator of a project: what was typed, measured and scored; without `workbook`."""
    return [
        {
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
        for item in project.score.indicators
    ]


def _shown(value: Decimal | None, text: str) -> str:
    return plain(value) if value is not None else text


def workbook_data(
    path: str, status: str, by_sheet: Counts, outputs: Iterable[str] = (), *, read: Mapping[str, Any] = _NOTHING
) -> dict[str, Any]:
    """Return a workbook as contract §5 has it; `read` gives unit, year and rules, as far as they are known."""
    return {
        "input": path,
        "status": status,
        "unit": read.get("unit"),
        "year": read.get("year"),
        "rules": read.get("rules"),
        "outputs": list(outputs),
        "completion": {
            **_completion(by_sheet),
            "by_sheet": {title: [count.filled, count.required] for title, count in by_sheet.items()},
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


def project_data(project: ProjectShare) -> dict[str, Any]:
    """Return a project as contract §5 has it, without `workbook`."""
    score = project.score
    rate = score.execution.rate
    card = score.scorecard
    return {
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


def to_results(data: dict[str, Any], indicators: Sequence[dict[str, Any]], exit_status: int) -> Results:
    """Return a result as tables.

    Args:
        data: as contract §5 has it.
        indicators: a row an indicator.
        exit_status: as the command would have ended.
    """
    import pandas as pd

    projects = _flat(data["projects"])
    return Results(
        pd.DataFrame(projects, columns=None if projects else PROJECT_KEYS),
        pd.DataFrame(indicators, columns=INDICATOR_KEYS),
        pd.DataFrame(data["findings"], columns=list(Finding.__dataclass_fields__)),
        data,
        exit_status,
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
