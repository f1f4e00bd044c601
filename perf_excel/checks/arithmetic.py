"""Arithmetic: sums, rates and totals that do not add up (domain §4.1, A01–A17)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from perf_excel.checks.context import Context, indicators, label
from perf_excel.findings import Finding, finding
from perf_excel.numbers import EXACT, is_money_unit, plain, round_half_up, to_wan
from perf_excel.scoring import ProjectScore, add_up, percent
from perf_excel.workbook import standard

_CENT = Decimal("0.01")


def _differ(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) >= _CENT


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
    table = context.table("scorecard")
    for index, (full, awarded) in enumerate(table.rows("full_marks", "awarded")):
        if full is not None and awarded is not None and not 0 <= awarded <= full:
            yield finding("A05", table.place(index, "awarded"), column="得分", typed=plain(awarded), full=plain(full))


def typed_scores(context: Context) -> Iterator[Finding]:
    """A06: 自评得分 differs from the rule's result by a cent or more."""
    for _, item in indicators(context.reported):
        difference, typed, weight = item.difference, item.measure.typed_score, item.measure.weight
        if difference is None or typed is None or weight is None or abs(difference) < _CENT:
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
        if typed is not None and _differ(declared, typed[0]):
            computed, basis = typed
        elif typed is None and project.total is not None and _differ(declared, project.total):
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
        if declared is not None and total is not None and _differ(declared, total):
            yield finding(
                "A08",
                context.table("projects").place(project.index, "declared_scorecard"),
                project=context.project_name(project),
                typed=plain(declared),
                computed=plain(total),
                difference=f"{declared - total:+.2f}".replace(".00", ""),
            )


def typed_rates(context: Context) -> Iterator[Finding]:
    """A09: 执行率 = 执行数 ÷ 调整后预算数, compared to as many digits as were typed (two at least)."""
    table = context.table("funds")
    rows = table.rows("workbook", "project_no", "source", "initial", "budget", "executed", "typed_rate")
    for index, (workbook, number, source, initial, budget, executed, typed) in enumerate(rows):
        project = context.scores.get((workbook, number))
        if source == standard.TOTAL_SOURCE and project is not None:
            execution = project.execution
            initial, budget, executed = execution.initial, execution.budget, execution.executed
        if typed is None or budget is None or executed is None or budget <= 0:
            continue
        places = max(2, -int(typed.as_tuple().exponent))
        if round_half_up(EXACT.divide(executed, budget), places) == typed:
            continue
        on_initial = initial and initial != budget and round_half_up(EXACT.divide(executed, initial), places) == typed
        yield finding(
            "A09",
            table.place(index, "typed_rate"),
            typed=context.typed("funds", index, "typed_rate"),
            executed=plain(executed),
            budget=plain(budget),
            computed=percent(executed / budget),
            initial="；您填的数是按年初预算数算的" if on_initial else "",
        )


def execution_score(context: Context) -> Iterator[Finding]:
    """A10: 执行得分 = 执行率 × 10, at most 10."""
    table = context.table("funds")
    for project in context.reported:
        score = project.execution.score
        for index in context.rows("funds", project):
            typed = table.get(index, "typed_score")
            if typed is not None and score is not None and _differ(typed, score):
                fields: dict[str, Any] = {
                    "typed": plain(typed),
                    "computed": plain(score),
                    "weight": plain(project.execution.weight),
                }
                yield finding("A10", table.place(index, "typed_score"), **fields)


def total_of_sources(context: Context) -> Iterator[Finding]:
    """A11: 年度资金总额 = Σ of the sources, column by column."""
    table = context.table("funds")
    keys = ("initial", "budget", "allocated", "received", "executed")
    for project in context.evaluated:
        rows = context.rows("funds", project)
        sources = [row for row in rows if table.get(row, "source") != standard.TOTAL_SOURCE]
        for index in sorted(set(rows) - set(sources)):
            for key in keys:
                typed = table.get(index, key)
                figures = [value for row in sources if (value := table.get(row, key)) is not None]
                computed = sum(figures, Decimal(0))
                if typed is not None and (figures or key == "budget") and _differ(typed, computed):
                    yield finding(
                        "A11",
                        table.place(index, key),
                        column=table.sheet.by_key[key].title,
                        typed=plain(typed),
                        computed=f"{plain(computed)}万元" if figures else "空白",
                    )


def executed_without_budget(context: Context) -> Iterator[Finding]:
    """A12: 全年预算数 is 0: no rate, division by zero."""
    for project in context.reported:
        budget, executed = project.execution.budget, project.execution.executed
        if budget is not None and executed is not None and budget <= 0:
            yield finding(
                "A12",
                context.table("funds").column_place(context.rows("funds", project), "budget"),
                project=context.project_name(project),
                budget=plain(budget),
                executed=plain(executed),
            )


def executed_above_budget(context: Context) -> Iterator[Finding]:
    """A13: 执行数 above 预算数 (102.59 % in print)."""
    table = context.table("funds")
    for index, (source, budget, executed) in enumerate(table.rows("source", "budget", "executed")):
        if source != standard.TOTAL_SOURCE and budget is not None and executed is not None and executed > budget > 0:
            fields: dict[str, Any] = {
                "executed": plain(executed),
                "budget": plain(budget),
                "rate": percent(executed / budget),
            }
            yield finding("A13", table.place(index, "executed"), name=source or "这一行", **fields)


#: A cost of one piece, of one person, of part of the work need not equal the project's money.
_PART_OF_COST = ("单", "每", "均", "/")


def cost_against_money(context: Context) -> Iterator[Finding]:
    """A14: the project's one cost indicator in money, its budget and its execution tell one story."""
    for project in context.reported:
        costs = [
            item
            for item in project.indicators
            if item.measure.cost
            and is_money_unit(item.measure.unit)
            and not any(word in item.measure.level3 for word in _PART_OF_COST)
        ]
        named = [item for item in costs if "总" in item.measure.level3] or costs
        if len(named) != 1:
            continue  # parts of the cost need not equal the whole
        item, execution = named[0], project.execution
        target_column = "new_target" if item.measure.adjusted else "target"
        target_place = context.table("indicators").place(item.measure.index, target_column)
        pairs = (
            ("指标值", item.measure.target, "全年预算数", execution.budget, target_place),
            ("实际完成值", item.measure.actual, "全年执行数", execution.executed, context.actual_place(item, "actual")),
        )
        for what, typed, other, expected, place in pairs:
            amount = to_wan(typed, item.measure.unit) if typed is not None else None
            if amount is None or expected is None or not _differ(amount, expected):
                continue
            if what == "指标值" and execution.initial is not None and not _differ(amount, execution.initial):
                continue  # set on the budget as it was approved
            yield finding(
                "A14",
                place,
                name=label(item),
                what=what,
                typed=f"{plain(amount)}万元",
                other=other,
                expected=f"{plain(expected)}万元",
                difference=f"{plain(abs(amount - expected))}万元",
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
        if typed not in standard.GRADES or score is None:
            continue
        expected = context.rules[project.workbook].grade(score)
        if typed != expected:
            place = context.table("projects").place(project.index, "declared_grade")
            name = context.project_name(project)
            yield finding("A16", place, project=name, typed=typed, score=plain(score), expected=expected)


_RATE_IN_TEXT = re.compile(r"(拨付率|使用率|执行率|到位率)(?:为|达到|达|是|：|:)?(\d+(?:\.\d+)?)\s*[%％]")
#: What a rate in prose divides by what, as keys and titles of 项目资金.
_RATES = {
    "拨付率": ("allocated", "budget"),
    "使用率": ("executed", "received"),
    "执行率": ("executed", "budget"),
    "到位率": ("received", "budget"),
}


def rates_in_text(context: Context) -> Iterator[Finding]:
    """A17: 财政资金拨付率, 单位资金使用率 in 评分依据 or a passage equal what the amounts give."""
    funds = context.table("funds")
    for project in context.reported:
        rows = [r for r in context.rows("funds", project) if funds.get(r, "source") != standard.TOTAL_SOURCE]
        amounts = {key: add_up([funds.get(row, key) for row in rows]) for pair in _RATES.values() for key in pair}
        for sheet, key in (("scorecard", "evidence"), ("passages", "text")):
            table = context.table(sheet)
            for index in context.rows(sheet, project):
                for match in _RATE_IN_TEXT.finditer(table.get(index, key) or ""):
                    part, whole = _RATES[match[1]]
                    above, below = amounts[part], amounts[whole]
                    if above is None or not below:
                        continue
                    typed = Decimal(match[2])
                    rate = EXACT.divide(above * 100, below)
                    places = max(0, -int(typed.as_tuple().exponent))
                    if round_half_up(rate, places) == typed:
                        continue
                    titles = [funds.sheet.by_key[name].title for name in (part, whole)]
                    yield finding(
                        "A17",
                        table.place(index, key),
                        typed=match[0],
                        name=match[1],
                        formula=f"{titles[0]}{plain(above)}÷{titles[1]}{plain(below)}",
                        computed=percent(rate / 100),
                    )
