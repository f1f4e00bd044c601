"""Design of indicators: what reviewers call unrelated, empty or not checkable (domain §4.4, D01–D13).

Approved indicators are not to be rewritten: in 绩效自评 these findings are at most 建议修改 (contract §5).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from perf_excel.checks.context import Check, Context, indicators, label
from perf_excel.checks.lexicon import figure, misfits, patterns, words
from perf_excel.checks.values import is_rate
from perf_excel.findings import Finding, Severity, finding
from perf_excel.measures import Measured
from perf_excel.numbers import is_money_unit, plain
from perf_excel.scoring import IndicatorScore, ProjectScore, percent
from perf_excel.text import fold, shorten
from perf_excel.workbook import standard


def costs_that_should_rise(context: Context) -> Iterator[Finding]:
    """D01: a cost indicator with ≥ or ＞ (统战特别费≥17.4万元): the more is spent, the better."""
    for _, item in indicators(context.evaluated):
        measure = item.measure
        rising = words("directions", "rising_costs").search(measure.level3)
        if measure.cost and measure.nature in ("≥", "＞") and not rising:
            # So much a person or a piece may be a standard that is to be kept: that is asked about.
            severity = Severity.SHOULD if "/" in measure.unit else None
            place = _nature_place(context, item)
            yield finding("D01", place, severity=severity, name=label(item), nature=measure.nature)


def quantities_that_should_fall(context: Context) -> Iterator[Finding]:
    """D01: ≤ on what is to be much: a 数量指标 (≤4 where four were to be built, in print), a rate, 满意度, 受益."""
    for _, item in indicators(context.evaluated):
        measure = item.measure
        if measure.nature not in ("≤", "＜") or measure.cost:
            continue
        grows = words("directions", "growing").search(measure.level3) is not None
        quantity = measure.level2 == standard.QUANTITY and not is_money_unit(measure.unit)
        if (quantity or grows or is_rate(item)) and not words("directions", "bounded_quantities").search(
            measure.level3
        ):
            fields: dict[str, Any] = {"level2": measure.level2 or measure.level1, "nature": measure.nature}
            yield finding("D01.least", _nature_place(context, item), name=label(item), **fields)


def harm_that_should_rise(context: Context) -> Iterator[Finding]:
    """D01: ≥ on what is to be little: 事故, 投诉, a time limit; an indicator upside down scores full for the worst."""
    for _, item in indicators(context.evaluated):
        measure = item.measure
        if measure.nature not in ("≥", "＞") or measure.cost:
            continue
        harm = words("directions", "harmful").search(measure.level3)
        good = words("directions", "handled").search(measure.level3)
        slow = measure.duration and not words("directions", "lasting").search(measure.level3)
        if (harm and not good) or slow:
            yield finding("D01.most", _nature_place(context, item), name=label(item), nature=measure.nature)


def _nature_place(context: Context, item: IndicatorScore) -> Any:
    """Return the cell of the operator: its own, or the target into which it was written."""
    table, index = context.table("indicators"), item.measure.index
    return table.place(index, "nature") if table.typed(index, "nature") is not None else context.target_place(item)


def payments_as_quantities(context: Context) -> Iterator[Finding]:
    """D02: 数量指标 that is 资金支付/拨付/预算执行 (review rule 10)."""
    for _, item in indicators(context.evaluated):
        found = words("inputs", "payments").search(item.measure.level3)
        counted = words("inputs", "payees").search(item.measure.level3)
        if item.measure.level2 == standard.QUANTITY and found and not counted:
            yield finding("D02", _name_place(context, item), name=label(item), word=found[0])


def _name_place(context: Context, item: IndicatorScore) -> Any:
    return context.table("indicators").place(item.measure.index, "level3")


def repeated_indicators(context: Context) -> Iterator[Finding]:
    """D03: the same 三级指标 twice, or in 产出 and 效益 (review rule 9: count one)."""
    for project in context.evaluated:
        same: dict[str, list[IndicatorScore]] = defaultdict(list)
        for item in project.indicators:
            if item.measure.level3:
                same[_bare(item.measure.level3)].append(item)
        for items in same.values():
            if len(items) > 1:
                place = context.table("indicators").column_place([item.measure.index for item in items], "level3")
                levels = "、".join(item.measure.level2 or item.measure.level1 for item in items)
                yield finding("D03", place, name=label(items[0]), count=len(items), levels=levels)


def _bare(name: str) -> str:
    """Return a name without number, unit in brackets and 的, so that spellings of one indicator are equal."""
    return re.sub(r"^\d+[.、．]|[（(][^（）()]*[）)]$|的", "", fold(name))


def names_that_do_not_fit(context: Context) -> Iterator[Finding]:
    """D04: 三级 does not fit 二级 (质量=「完成率」), or 二级 not 一级 (「经济成本」 under 产出); review rule 10."""
    for _, item in indicators(context.evaluated):
        measure = item.measure
        belongs = [level for level, names in standard.LEVELS.items() if measure.level2 in names]
        if belongs and measure.level1 in standard.LEVELS and measure.level1 not in belongs:
            fields: dict[str, Any] = {"level1": measure.level1, "level2": measure.level2, "belongs": "、".join(belongs)}
            yield finding(
                "D04.level", context.table("indicators").place(measure.index, "level2"), name=label(item), **fields
            )
            continue
        for word, what in misfits(measure.level2):
            if word in measure.level3 and not words("fits_not", "unless").search(measure.level3):
                fields = {"level2": measure.level2, "word": word, "belongs": what}
                yield finding("D04", _name_place(context, item), name=label(item), **fields)
                break


def weights_concentrated(context: Context) -> Iterator[Finding]:
    """D05: one indicator holds nearly all weight (90; 60+30 in print)."""
    heavy, least = figure("weights", "heavy"), figure("weights", "least_indicators")
    for project in context.evaluated:
        weighed = [(item.measure.weight, item.measure.index) for item in project.indicators if item.measure.weight]
        rows = [index for weight, index in weighed if weight >= heavy]
        if not rows and 0 < len(project.indicators) < least:
            rows = [index for _, index in weighed]
        if rows:
            top = max(weight for weight, _ in weighed)
            what = f"共{len(project.indicators)}个指标，最重的一个占{plain(top)}分"
            place = context.table("indicators").column_place(rows, "weight")
            yield finding("D05", place, project=context.project_name(project), what=what)


def empty_words(context: Context) -> Iterator[Finding]:
    """D06: empty words (有效提升, 明显, 一定范围内, 进一步加强): nobody can tell when they are reached."""
    for _, item in indicators(context.evaluated):
        found = _empty(item)
        if found:
            place = context.table("indicators").place(item.measure.index, *found)
            said = "”“".join(dict.fromkeys(found.values()))
            yield finding("D06", place, name=label(item), word=said)


def _empty(item: IndicatorScore) -> dict[str, str]:
    """Return the empty words of an indicator by the column in which they stand."""
    measure = item.measure
    found = {}
    counted = measure.nature != "定性" and words("empty", "countable").search(measure.level3)
    name = words("empty", "phrases").search(measure.level3)
    if name and not counted:
        found["level3"] = name[0]
    if measure.kind is Measured.JUDGED and not words("standards", "definite").search(measure.target_text):
        text = measure.target_text
        if target := words("empty", "phrases").search(text) or words("empty", "answers").search(text):
            found["new_target" if measure.adjusted else "target"] = target[0]
    return found


def benefits_without_formula(context: Context) -> Iterator[Finding]:
    """D07: 效益 as 「≥95%」 of nothing in particular, without a formula or a source (9 of 10 projects in one review)."""
    for _, item in indicators(context.evaluated):
        measure = item.measure
        if measure.level1 != standard.BENEFIT or measure.unit != "%" or measure.target is None:
            continue
        said = f"{measure.level3} {measure.evidence or ''} {measure.reason or ''}"
        if words("rates", "names").search(measure.level3) or words("rates", "unbounded").search(measure.level3):
            continue
        if not words("standards", "formulas").search(said):
            yield finding("D07", context.target_place(item), name=label(item), target=plain(measure.target))


def quantities_in_words(context: Context) -> Iterator[Finding]:
    """D08: 数量指标 set as 定性 (review rule 6: no deduction, but to be noted)."""
    for _, item in indicators(context.evaluated):
        if item.measure.level2 == standard.QUANTITY and item.measure.nature == "定性":
            yield finding("D08", _nature_place(context, item), name=label(item))


def satisfaction_of_insiders(context: Context) -> Iterator[Finding]:
    """D09: satisfaction asked of 上级, 本单位, 本部门 instead of those served."""
    for _, item in indicators(context.evaluated):
        found = words("satisfaction", "insiders").search(item.measure.level3)
        if item.measure.level1 == standard.SATISFACTION and found:
            yield finding("D09", _name_place(context, item), name=label(item), word=found[0])


def satisfaction_of_strangers(context: Context) -> Iterator[Finding]:
    """D10: the people asked do not occur in the project (「受益老年人」 in an ethnic-affairs project)."""
    for project, item in indicators(context.evaluated):
        if item.measure.level1 != standard.SATISFACTION:
            continue
        for group, kin in patterns("groups").items():
            story = _story(context, project, item) if group in item.measure.level3 else ""
            if story and not kin.search(story) and group not in story:
                yield finding("D10", _name_place(context, item), name=label(item), word=group)
                break


def _story(context: Context, project: ProjectScore, but: IndicatorScore) -> str:
    """Return all that is said of a project, but for one indicator and what speaks of satisfaction."""
    table = context.table("projects")
    told = [table.get(project.index, column.key) for column in table.sheet.read_columns]
    others = [
        i.measure.level3 for i in project.indicators if i is not but and i.measure.level1 != standard.SATISFACTION
    ]
    unit = context.batch.sources[project.workbook].settings.get("unit_name")
    return " ".join(text for text in (*told, *others, unit) if isinstance(text, str))


def targets_too_low(context: Context) -> Iterator[Finding]:
    """D11: the target was far exceeded (222 %, 289 %): it was set too low."""
    least = Decimal(figure("targets", "far_exceeded"))
    for _, item in indicators(context.reported):
        measure = item.measure
        target, actual = measure.target, measure.actual
        if measure.nature not in ("≥", "＞", "＝") or target is None or actual is None or target <= 0:
            continue
        if actual >= target * least and item.points.over and not (is_rate(item) and actual > 100):
            fields: dict[str, Any] = {"target": plain(target), "actual": plain(actual)}
            yield finding(
                "D11", context.target_place(item), name=label(item), percent=percent(actual / target), **fields
            )


def inputs_as_goals(context: Context) -> Iterator[Finding]:
    """D12: inputs (money, staff, material) used as goals; also a 数量指标 that is nothing but an amount of money."""
    for _, item in indicators(context.evaluated):
        measure = item.measure
        if measure.cost:
            continue
        if measure.level2 == standard.QUANTITY and words("inputs", "payments").search(measure.level3):
            continue  # D02 has said so
        if words("inputs", "held_by_others").search(measure.level3):
            continue
        found = words("inputs", "inputs").search(measure.level3)
        earned = words("inputs", "earnings").search(measure.level3)
        if found or (measure.level2 == standard.QUANTITY and is_money_unit(measure.unit) and not earned):
            word = found[0] if found else f"单位是{measure.unit}"
            yield finding("D12", _name_place(context, item), name=label(item), word=word)


def judged_without_standard(context: Context) -> Iterator[Finding]:
    """D13: 定性 without a pass standard (review rule 3: −30 % 「未制定」); where its words are empty D06 has said so."""
    longest = figure("standards", "longest_vague")
    for _, item in indicators(context.evaluated):
        measure = item.measure
        if measure.kind is not Measured.JUDGED or _empty(item).keys() & {"target", "new_target"}:
            continue
        if measure.level2 == standard.QUANTITY:
            continue  # D08 asks for a figure
        text = measure.target_text
        standard_given = words("standards", "definite").search(text) or words("standards", "concrete").search(text)
        if text and len(text) <= longest and not standard_given:
            yield finding("D13", context.target_place(item), name=label(item), target=shorten(text))


#: What is looked at of every indicator, of a workbook as of a report.
CHECKS: tuple[Check, ...] = (
    costs_that_should_rise,
    quantities_that_should_fall,
    harm_that_should_rise,
    payments_as_quantities,
    repeated_indicators,
    names_that_do_not_fit,
    weights_concentrated,
    empty_words,
    benefits_without_formula,
    quantities_in_words,
    satisfaction_of_insiders,
    satisfaction_of_strangers,
    targets_too_low,
    inputs_as_goals,
    judged_without_standard,
)
