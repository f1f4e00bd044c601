"""Values that were read, but do not look like what was meant (domain §4.3, C04, C07–C11; money in the other unit)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from perf_excel.checks.context import Context, indicators, label
from perf_excel.checks.lexicon import figure, patterns, words
from perf_excel.findings import Finding, finding
from perf_excel.kinds import Money, as_text
from perf_excel.measures import Measured
from perf_excel.numbers import plain
from perf_excel.scoring import IndicatorScore, ProjectScore
from perf_excel.text import halfwidth, shorten, squeeze


def judged_in_other_words(context: Context) -> Iterator[Finding]:
    """C04: 定性 is answered in the target's own words, or by one of the three grades (three grades: S03 of domain)."""
    for _, item in indicators(context.reported):
        measure = item.measure
        if measure.kind is not Measured.JUDGED or measure.repeats or not measure.actual_text:
            continue
        place, typed = context.actual_place(item, "actual"), shorten(measure.actual_text)
        said = _grade_in(measure.actual_text)
        if measure.grade is None and not said:
            target = shorten(measure.target_text)
            yield finding("C04", place, name=label(item), target=target, typed=typed)
        elif measure.grade is not None and said and said != measure.grade:
            yield finding("C04.conflict", place, name=label(item), typed=typed, grade=measure.grade, said=said)


def _grade_in(text: str) -> str:
    """Return the grade that an actual names, "" where it names none."""
    return next((grade for grade, pattern in patterns("grades").items() if pattern.search(squeeze(text))), "")


def is_rate(item: IndicatorScore) -> bool:
    """Tell whether an indicator is a share of a whole, which 100 % bounds."""
    name = item.measure.level3
    named = words("rates", "names").search(name) is not None
    return item.measure.unit == "%" and named and not words("rates", "unbounded").search(name)


def rates_above_hundred(context: Context) -> Iterator[Finding]:
    """C07: a 「率」 above 100 %."""
    for _, item in indicators(context.evaluated):
        if not is_rate(item):
            continue
        measure = item.measure
        if measure.actual is not None and measure.actual > 100:
            place, what, typed = context.actual_place(item, "actual"), "完成值", measure.actual
        elif measure.target is not None and measure.target > 100:
            place, what, typed = context.target_place(item), "指标值", measure.target
        else:
            continue
        yield finding("C07", place, name=label(item), what=what, typed=plain(typed))


def actuals_all_as_planned(context: Context) -> Iterator[Finding]:
    """C08: all actuals equal their targets exactly, as in many printed forms (three figures at least)."""
    for project in context.reported:
        measures = [item.measure for item in project.indicators if item.measure.kind is Measured.FIGURE]
        if len(measures) > 2 and all(m.actual is not None and m.actual == m.target for m in measures):
            place = context.table("actuals").column_place([m.actual_index for m in measures], "actual")
            yield finding("C08", place, project=context.project_name(project), count=len(measures))


def _why_no_code(raw: Any) -> str:
    """Say what is wrong with a 项目编码: 6 division + 2 year + 1 letter + 12 digits, stored as text (domain §2.6)."""
    text = squeeze(halfwidth(as_text(raw))).upper()
    if not isinstance(raw, str) or ("E+" in text and "." in text):
        return "是一个数字，长编码存成数字会丢掉后面的位数"
    if len(text) != 21:
        return f"共{len(text)}位，应当是21位"
    if not (text[:8].isdigit() and text[9:].isdigit() and text[:8].isascii() and text[9:].isascii()):
        return "除了第9位是字母，其余都应当是数字"
    return "" if "A" <= text[8] <= "Z" else "第9位应当是字母，例如T"


def project_codes(context: Context) -> Iterator[Finding]:
    """C09: 项目编码 has 21 characters and one division; a number has lost its last digits (5.1E+20)."""
    table = context.table("projects")
    divisions: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for index, raw in enumerate(table.typed_column("code")):
        if raw is None or table.get(index, "code") is None:
            continue
        why = _why_no_code(raw)
        if why:
            yield finding("C09", table.place(index, "code"), typed=shorten(as_text(raw)), why=why)
        else:
            divisions[table.get(index, "workbook")].append((index, squeeze(halfwidth(as_text(raw)))[:6]))
    for codes in divisions.values():
        (usual, count), *others = Counter(division for _, division in codes).most_common()
        for index, division in codes:
            if others and count > 1 and division != usual:
                typed = context.typed("projects", index, "code")
                fields: dict[str, Any] = {"typed": typed, "division": division, "usual": usual}
                yield finding("C09.division", table.place(index, "code"), **fields)


def equals_not_met(context: Context) -> Iterator[Finding]:
    """C10: under ＝ the actual is another figure than the target, and nobody says why (one system turns it red)."""
    for _, item in indicators(context.reported):
        measure = item.measure
        target, actual = measure.target, measure.actual
        if measure.nature != "＝" or target is None or actual is None or target == actual or measure.reason:
            continue
        if item.points.over or not context.has_column(measure.workbook, "actuals", "reason"):
            continue  # B05 asks for the reason; or there is no place where anybody could have said why
        how = f"{'多' if actual > target else '少'}了{plain(abs(actual - target))}{measure.unit}"
        fields: dict[str, Any] = {"target": plain(target), "actual": plain(actual), "how": how}
        yield finding("C10", context.actual_place(item, "actual"), name=label(item), **fields)


def rates_that_cannot_exceed(context: Context) -> Iterator[Finding]:
    """C11: ≥100 % as the target of a rate cannot be exceeded; ＝ says the same without inviting it."""
    for _, item in indicators(context.evaluated):
        measure = item.measure
        if measure.target is None or not is_rate(item):
            continue
        if (measure.nature == "≥" and measure.target == 100) or (measure.nature == "＞" and measure.target >= 99):
            fields: dict[str, Any] = {"nature": measure.nature, "target": plain(measure.target)}
            yield finding("C11", context.target_place(item), name=label(item), **fields)


def money_in_other_unit(context: Context) -> Iterator[Finding]:
    """C03: an amount of 一亿元, or ten thousand times another of the project, was perhaps typed in 元 for 万元."""
    for project in context.evaluated:
        unit = context.batch.sources[project.workbook].settings["money_unit"]
        amounts = list(_amounts(context, project))
        for key in dict.fromkeys(key for key, *_ in amounts):
            for why, rows in _suspect(amounts, key, unit).items():
                place, column = context.table("funds").column_place(rows, key), _funds_column(context, key)
                typed = context.typed("funds", rows[0], key)
                yield finding("C03.money", place, column=column, typed=typed, unit=unit, why=why)


def _funds_column(context: Context, key: str) -> str:
    return context.table("funds").sheet.by_key[key].title


def _amounts(context: Context, project: ProjectScore) -> Iterator[tuple[str, int, Decimal]]:
    """Walk over the amounts (万元) of a project: column, row, amount."""
    table = context.table("funds")
    for column in table.sheet.read_columns:
        if isinstance(column.kind, Money):
            for row in context.rows("funds", project):
                amount = table.get(row, column.key)
                if amount:
                    yield column.key, row, amount


def _suspect(amounts: list[tuple[str, int, Decimal]], key: str, unit: str) -> dict[str, list[int]]:
    """Return the rows whose amount in a column looks wrong, by the reason."""
    low, high = figure("amounts", "apart")
    found: dict[str, list[int]] = defaultdict(list)
    for row, amount in ((row, amount) for name, row, amount in amounts if name == key):
        in_yuan = unit == "元"
        if any(low <= amount / other <= high for *_, other in amounts):
            found["大约是同一项目里另一个金额的一万倍"].append(row)
        elif amount >= figure("amounts", "large") and not in_yuan:
            found["超过了一亿元"].append(row)
        elif in_yuan and amount < figure("amounts", "small"):
            found["还不到一百元，像是按万元填的"].append(row)
    return found
