"""Money: rates, sums of sources, and what is said of them elsewhere (domain §4.1, A09–A14, A17)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from perf_excel.checks.context import Context, label
from perf_excel.findings import Finding, finding
from perf_excel.numbers import EXACT, differ, is_money_unit, plain, round_half_up, to_wan
from perf_excel.scoring import add_up, percent
from perf_excel.workbook import standard


def typed_rates(context: Context) -> Iterator[Finding]:
    """A09: 执行率 = 执行数 ÷ 调整后预算数, compared to as many digits as were typed (two at least)."""
    table = context.table("funds")
    rows = table.rows("workbook", "project_no", "source", "initial", "budget", "executed", "typed_rate")
    for index, (workbook, number, source, initial, budget, executed, typed) in enumerate(rows):
        project = context.scores.get((workbook, number))
        if source == standard.TOTAL_SOURCE and project is not None:
            execution = project.execution
            initial, budget, executed = execution.initial, execution.budget, execution.executed
        if (
            typed is None
            or budget is None
            or executed is None
            or budget <= 0
            or (workbook, number) not in context.reported_keys
        ):
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
            if typed is not None and score is not None and differ(typed, score):
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
                if typed is not None and (figures or key == "budget") and differ(typed, computed):
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
_PART_OF_COST = (
    *("单", "每", "均", "/", "采购", "购置", "装备", "设备", "活动", "材料", "印刷", "宣传", "培训", "租", "节会"),
    *("维护", "办公", "人员", "劳务"),
)


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
            if amount is None or expected is None or not differ(amount, expected):
                continue
            if what == "指标值" and execution.initial is not None and not differ(amount, execution.initial):
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


_RATE_IN_TEXT = re.compile(
    r"(?<!合同)(?<!季度)(?<!半年)(拨付率|使用率|执行率|到位率)(?:为|达到|达|是|：|:)?(\d+(?:\.\d+)?)\s*[%％]"
    r"(?!\s*(?:以上|以下|以内|的得|得))"
)
_OF_PART_OF_THE_YEAR = re.compile(r"季度|上半年|下半年|合同|\d月|上年|去年")


#: What a rate in prose divides by what, as keys of 项目资金.
RATES = {
    "拨付率": ("allocated", "budget"),
    "使用率": ("executed", "received"),
    "执行率": ("executed", "budget"),
    "到位率": ("received", "budget"),
}


def told_rates(said: str) -> Iterator[tuple[str, str, Decimal]]:
    """Walk over the rates of the whole year that a text states: the words, the name, the percentage as written."""
    for match in _RATE_IN_TEXT.finditer(said):
        if not _OF_PART_OF_THE_YEAR.search(said[max(0, match.start() - 8) : match.start()]):
            yield match[0], match[1], Decimal(match[2])


def rate_of(part: Decimal, whole: Decimal, typed: Decimal) -> Decimal | None:
    """Return the percentage that two amounts give; None where it is the one that was typed, to as many places."""
    rate = EXACT.divide(part * 100, whole)
    places = max(0, -int(typed.as_tuple().exponent))
    return None if round_half_up(rate, places) == typed else rate


def rates_in_text(context: Context) -> Iterator[Finding]:
    """A17: 财政资金拨付率, 单位资金使用率 in 评分依据 or a passage equal what the amounts give."""
    funds = context.table("funds")
    for project in context.reported:
        rows = [r for r in context.rows("funds", project) if funds.get(r, "source") != standard.TOTAL_SOURCE]
        amounts = {key: add_up([funds.get(row, key) for row in rows]) for pair in RATES.values() for key in pair}
        for sheet, key in (("scorecard", "evidence"), ("passages", "text")):
            table = context.table(sheet)
            for index in context.rows(sheet, project):
                for told, name, typed in told_rates(table.get(index, key) or ""):
                    part, whole = RATES[name]
                    above, below = amounts[part], amounts[whole]
                    rate = rate_of(above, below, typed) if above is not None and below else None
                    if rate is None:
                        continue
                    titles = [funds.sheet.by_key[column].title for column in (part, whole)]
                    yield finding(
                        "A17",
                        table.place(index, key),
                        typed=told,
                        name=name,
                        formula=f"{titles[0]}{plain(above)}÷{titles[1]}{plain(below)}",
                        computed=percent(rate / 100),
                    )
