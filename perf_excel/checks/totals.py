"""Scores and totals that people typed, against what the rules give (domain §4.1, A06–A08, A15, A16)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from perf_excel.checks.context import Context, indicators, label
from perf_excel.findings import Finding, finding
from perf_excel.numbers import differ, plain
from perf_excel.scoring import ProjectScore, add_up, percent


def typed_scores(context: Context) -> Iterator[Finding]:
    """A06: 自评得分 differs from the rule's result by a cent or more."""
    for _, item in indicators(context.reported):
        difference, typed, weight = item.difference, item.measure.typed_score, item.measure.weight
        if difference is None or typed is None or weight is None or not differ(difference, Decimal(0)):
            continue
        if not 0 <= typed <= weight:
            continue  # A05 has said so
        yield finding(
            "A06",
            context.actual_place(item, "typed_score"),
            name=label(item),
            typed=plain(typed),
            computed=plain(item.score),
            difference=f"{difference:+.2f}",
            trace=item.trace,
        )


def form_total(context: Context) -> Iterator[Finding]:
    """A07: 自评总分 = Σ of the rows: of the typed ones where all are typed, else of the computed ones."""
    for project in context.reported:
        declared = project.declared
        if declared is None:
            continue
        typed = _typed_total(context, project)
        if typed is not None and differ(declared, typed[0]):
            computed, basis = typed
        elif typed is None and project.total is not None and differ(declared, project.total):
            computed, basis = project.total, "按规则计算的各项得分合计"
        else:
            continue
        yield finding(
            "A07" if computed <= 100 else "A07.over",
            context.table("projects").place(project.index, "declared_form"),
            project=context.project_name(project),
            typed=plain(declared),
            basis_of_sum=basis,
            computed=plain(computed),
            difference=f"{declared - computed:+.2f}",
        )


def _typed_total(context: Context, project: ProjectScore) -> tuple[Decimal, str] | None:
    """Sum of all typed scores of a form and what it is called; None unless every indicator has one.

    An execution score that nobody typed is taken as computed, and the words say so.
    """
    rows = context.rows("funds", project)
    typed = [context.table("funds").get(row, "typed_score") for row in rows]
    own = next((value for value in typed if value is not None), None)
    execution = own if own is not None else project.execution.score
    scores = [item.measure.typed_score for item in project.indicators]
    total = add_up([execution, *scores]) if scores else None
    if total is None:
        return None
    added = f"（含按规则计算的执行得分{plain(execution)}）" if own is None else ""
    return total, f"各项自评得分合计{added}"


def scorecard_total(context: Context) -> Iterator[Finding]:
    """A08: the declared result of the indicator system = Σ of its items (declared 96, items 93 in print)."""
    for project in context.reported:
        declared = project.declared_scorecard
        total = project.scorecard.total if project.scorecard else None
        if declared is not None and total is not None and differ(declared, total):
            yield finding(
                "A08",
                context.table("projects").place(project.index, "declared_scorecard"),
                project=context.project_name(project),
                typed=plain(declared),
                computed=plain(total),
                difference=f"{declared - total:+.2f}".replace(".00", ""),
            )


def total_above_cap(context: Context) -> Iterator[Finding]:
    """A15: a declared total above what the execution rate allows, where the rules cap it."""
    for project in context.reported:
        if project.cap is not None and project.declared is not None and project.declared > project.cap:
            assert project.execution.rate is not None
            yield finding(
                "A15",
                context.table("projects").place(project.index, "declared_form"),
                project=context.project_name(project),
                rate=percent(project.execution.rate),
                cap=plain(project.cap),
                typed=plain(project.declared),
            )


def typed_grade(context: Context) -> Iterator[Finding]:
    """A16: 自评等级 is the band of the score: of the form, or of the indicator system where there is no form total."""
    for project in context.reported:
        typed = context.table("projects").get(project.index, "declared_grade")
        score = project.total
        if score is None:
            score = project.scorecard.total if project.scorecard else None
        names = {band.name for band in context.rules[project.workbook].grades}
        if typed not in names or score is None:
            continue
        expected = context.rules[project.workbook].grade(score)
        if typed != expected:
            place = context.table("projects").place(project.index, "declared_grade")
            name = context.project_name(project)
            yield finding("A16", place, project=name, typed=typed, score=plain(score), expected=expected)
