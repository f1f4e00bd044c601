"""Weights and the scores that they bound (domain §4.1, A01–A05)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from perf_excel.checks.context import Context, indicators
from perf_excel.findings import Finding, finding
from perf_excel.numbers import plain
from perf_excel.scoring import ProjectScore, add_up
from perf_excel.workbook import standard


def weights_total(context: Context) -> Iterator[Finding]:
    """A01: 绩效指标90分 — the weights of a project's indicators, cancelled ones included, make the full total."""
    for project in context.evaluated:
        rows = context.rows("indicators", project)
        total = add_up([context.table("indicators").get(row, "weight") for row in rows])
        rules = context.rules[project.workbook]
        if total is not None and total != rules.indicator_weight:
            yield finding(
                "A01",
                context.table("indicators").column_place(rows, "weight"),
                project=context.project_name(project),
                total=plain(total),
                expected=plain(rules.indicator_weight),
                execution=plain(rules.execution_weight),
            )


def _levels(context: Context, project: ProjectScore) -> dict[str, list[int]]:
    levels: dict[str, list[int]] = {}
    for row in context.rows("indicators", project):
        levels.setdefault(context.table("indicators").get(row, "level1") or "", []).append(row)
    return levels


def _level_sums(context: Context, project: ProjectScore) -> dict[str, tuple[Decimal, list[int]]]:
    """Weights by 一级指标 with their rows; nothing where a weight or a level is missing (said elsewhere)."""
    sums = {}
    for level, rows in _levels(context, project).items():
        total = add_up([context.table("indicators").get(row, "weight") for row in rows])
        if total is None or level not in standard.LEVELS:
            return {}
        sums[level] = total, rows
    return sums


def weights_of_levels(context: Context) -> Iterator[Finding]:
    """A02, A03: the weights of a 一级指标 are not those of the rules (in principle 50/30/10, or 20/40/20/10 with costs).

    Where the sum over all of them is right, the split was chosen, perhaps approved: A02, once. Where that sum is wrong
    too, or the rules bind, it is an error of arithmetic: A03, at each 一级指标 that is off.
    """
    table = context.table("indicators")
    for project in context.evaluated:
        rules, sums = context.rules[project.workbook], _level_sums(context, project)
        profile = rules.profile(frozenset(sums)) if sums else None
        if profile is None:
            continue
        name = context.project_name(project)
        wrong = {level: pair for level, pair in sums.items() if pair[0] != profile.weights.get(level, pair[0])}
        if rules.binding or sum(total for total, _ in sums.values()) != rules.indicator_weight:
            for level, (total, rows) in wrong.items():
                place, expected = table.column_place(rows, "weight"), plain(profile.weights[level])
                fields: dict[str, Any] = {
                    "level": level,
                    "total": plain(total),
                    "profile": profile.name,
                    "expected": expected,
                }
                yield finding("A03", place, project=name, **fields)
        elif wrong:
            yield finding(
                "A02",
                table.column_place([row for _, rows in wrong.values() for row in rows], "weight"),
                project=name,
                actual=" ".join(f"{level}{plain(total)}" for level, (total, _) in sums.items()),
                profile=profile.name,
                expected=" ".join(f"{level}{plain(weight)}" for level, weight in profile.weights.items()),
            )


def weights_not_positive(context: Context) -> Iterator[Finding]:
    """A04: 权重应大于0 (a blank one is found with the other blank cells)."""
    table = context.table("indicators")
    for index, weight in enumerate(table.column("weight")):
        if weight is not None and weight <= 0:
            yield finding("A04", table.place(index, "weight"), what=f"填的是{plain(weight)}")


def scores_out_of_range(context: Context) -> Iterator[Finding]:
    """A05: 得分不超过权重，不为负."""
    for _, item in indicators(context.reported):
        measure = item.measure
        typed, weight = measure.typed_score, measure.weight
        if typed is not None and weight is not None and not 0 <= typed <= weight:
            place = context.actual_place(item, "typed_score")
            yield finding("A05", place, column="自评得分", typed=plain(typed), full=plain(weight))
        off = measure.deduction
        if off is not None and weight is not None and not 0 <= off <= weight:
            place = context.actual_place(item, "deduction")
            yield finding("A05", place, column="扣减分值", typed=plain(off), full=plain(weight))
    table = context.table("scorecard")
    for index, (full, awarded) in enumerate(table.rows("full_marks", "awarded")):
        if full is not None and awarded is not None and not 0 <= awarded <= full:
            yield finding("A05", table.place(index, "awarded"), column="得分", typed=plain(awarded), full=plain(full))
