"""Values that were read, but do not look like what was meant (domain §4.3, C04, C07–C11; money in the other unit)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from perf_excel.checks.context import Context, indicators, is_no_reason, label
from perf_excel.checks.lexicon import figure, patterns, words
from perf_excel.findings import Finding, Place, finding
from perf_excel.kinds import Money, as_text
from perf_excel.measures import Measured
from perf_excel.numbers import plain
from perf_excel.scoring import IndicatorScore, ProjectScore
from perf_excel.text import halfwidth, shorten, squeeze
from perf_excel.workbook import standard


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
        if measure.nature != "＝" or target is None or actual is None or target == actual:
            continue
        if not is_no_reason(measure.reason):
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
    """C03: an amount of 一亿元, or ten thousand times another of the project, was perhaps typed in 元 for 万元.

    One finding a project; where most projects of a workbook look so, it is the setting 金额单位 that is asked about.
    """
    doubtful: dict[int, list[tuple[Place, dict[str, Any]]]] = defaultdict(list)
    count: Counter[int] = Counter()
    for project in context.evaluated:
        unit = context.batch.sources[project.workbook].settings["money_unit"]
        amounts = list(_amounts(context, project))
        count[project.workbook] += bool(amounts)
        suspect = _suspect(amounts, unit)
        if suspect:
            why, found = next(iter(suspect.items()))
            table = context.table("funds")
            cells = [cell for key, row, _ in found if (cell := table.cell(row, key))]
            place = table.place_of_cells(found[0][1], cells)
            titles = "、".join(dict.fromkeys(table.sheet.by_key[key].title for key, *_ in found))
            told: dict[str, Any] = {"project": context.project_name(project), "column": f"“{titles}”", "why": why}
            told |= {"typed": context.typed("funds", found[0][1], found[0][0]), "unit": unit}
            advice = "按万元填的，金额单位改选万元" if unit == "元" else "按元填的，换算成万元再填，例如172800元填17.28"
            doubtful[project.workbook].append((place, told | {"advice": advice}))
    for workbook, items in doubtful.items():
        setting = context.batch.sources[workbook].setting_cells.get("money_unit")
        if len(items) >= _SEVERAL and 2 * len(items) > count[workbook] and setting:
            title = context.batch.sources[workbook].layouts[standard.SETTINGS_SHEET.key].title
            told = items[0][1] | {"project": f"{items[0][1]['project']}等{len(items)}个项目"}
            yield finding("C03.money", Place(workbook, title, setting), **told)
        else:
            for place, told in items:
                yield finding("C03.money", place, **told)


#: From so many projects on, one doubt about each is a doubt about the setting.
_SEVERAL = 3

_Amount = tuple[str, int, Decimal]


def _amounts(context: Context, project: ProjectScore) -> Iterator[_Amount]:
    """Walk over the amounts (万元) of a project: column, row, amount."""
    table = context.table("funds")
    for column in table.sheet.read_columns:
        if isinstance(column.kind, Money):
            for row in context.rows("funds", project):
                amount = table.get(row, column.key)
                if amount:
                    yield column.key, row, amount


def _suspect(amounts: list[_Amount], unit: str) -> dict[str, list[_Amount]]:
    """Return the amounts that look wrong, by the reason; of two kinds far apart, the rarer one is doubted."""
    low, high = figure("amounts", "apart")
    large = [one for one in amounts if any(low <= one[2] / other <= high for *_, other in amounts)]
    small = [one for one in amounts if any(low <= other / one[2] <= high for *_, other in amounts)]
    found: dict[str, list[_Amount]] = {}
    if large and len(large) <= len(small):
        found["大约是同一项目里另一个金额的一万倍"] = large
    elif small:
        found["大约只有同一项目里另一个金额的万分之一"] = small
    elif unit == "元" and (tiny := [one for one in amounts if one[2] < figure("amounts", "small")]):
        found["还不到一百元，像是按万元填的"] = tiny
    elif unit != "元" and (huge := [one for one in amounts if one[2] >= figure("amounts", "large")]):
        found["达到或超过了一亿元"] = huge
    return found
