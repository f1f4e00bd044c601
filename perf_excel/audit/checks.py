"""What only a report can get wrong: sums in its prose, what it leaves out, how it counts, and what it shares with others."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from perf_excel.audit.items import Item, leaves
from perf_excel.audit.lexicon import meaning
from perf_excel.audit.marks import listed
from perf_excel.audit.outline import Line, Spot, where
from perf_excel.audit.report import TO_FILL, Report, Stated, amounts_in, name_of_part, scores_by_name
from perf_excel.checks.lexicon import figure
from perf_excel.checks.likeness import alike
from perf_excel.checks.money import RATES, rate_of, told_rates
from perf_excel.checks.texts import half_width_in, told_counts
from perf_excel.findings import Finding, Place, finding
from perf_excel.numbers import differ, plain, read_quantity
from perf_excel.rules import RuleSet
from perf_excel.scoring import add_up, percent
from perf_excel.text import shorten, squeeze
from perf_excel.workbook import standard

#: A finding of a report, and where it stands there.
Placed = tuple[Finding, Spot | None]

_FULL = Decimal(100)
#: Fewer items than this are no indicator system whose marks must come to 100.
_SEVERAL = 5
#: Places that a message names before it only counts them.
_NAMED = 5
_TITLES = {column.key: column.title for column in standard.FUNDS.columns}


def _made(code: str, spot: Spot | None, **fields: Any) -> Placed:
    return finding(code, Place(project_no=1), **fields), spot


# ---------------------------------------------------------------- sums


def declared_result(report: Report) -> Iterator[Placed]:
    """A08: the declared result = Σ of the items (96 declared, 93 added up), wherever it stands; it is one throughout."""
    total = add_up([item.awarded for item in report.leaves])
    first: dict[str, Stated] = {}
    told: set[tuple[str, Decimal]] = set()
    for of, stated in report.results:
        kind = report.kind_of(of, stated)
        before = first.setdefault(kind, stated)
        if (kind, stated.value) in told:
            continue
        told.add((kind, stated.value))
        if kind == "scorecard" and total is not None:
            if differ(stated.value, total):
                yield _result(stated, total, report.leaves)
        elif differ(stated.value, before.value):
            fields = {"typed": stated.typed, "other": before.typed, "place": where(before.spot)}
            yield _made("A08.twice", stated.spot, **fields)


def _result(stated: Stated, total: Decimal, items: Sequence[Item]) -> Placed:
    added = "＋".join(plain(item.awarded) for item in items)
    difference = plain(abs(stated.value - total))
    fields = {"typed": plain(stated.value), "computed": plain(total), "items": added, "difference": difference}
    return _made("A08.report", stated.spot, **fields)


def sums_of_groups(report: Report) -> Iterator[Placed]:
    """E13, A08: what a chapter of items says of its marks and of its score = Σ of its items."""
    for group in report.groups:
        full = sum((part.full for part in group.parts), Decimal(0))
        if differ(full, group.full):
            yield _made("E13.part", group.spot, name=group.name, typed=plain(group.full), computed=plain(full))
        awarded = add_up([item.awarded for item in leaves(group.parts)])
        if group.awarded is not None and awarded is not None and differ(awarded, group.awarded):
            yield _part(group.name, group.awarded, awarded, group.spot)


def sums_in_conclusion(report: Report) -> Iterator[Placed]:
    """A08: 「其中：决策得分17分」 in the conclusion is what the items of 决策 come to."""
    for line in report.summaries:
        for name, typed in scores_by_name(line):
            computed = report.sums.get(name_of_part(name))
            if computed is not None and differ(typed, computed):
                yield _part(name, typed, computed, line.spot)


def _part(name: str, typed: Decimal, computed: Decimal, spot: Spot) -> Placed:
    return _made("A08.part", spot, name=name, typed=plain(typed), computed=plain(computed))


def sums_of_card(report: Report) -> Iterator[Placed]:
    """A08, E13: 小计 and 合计 of the 打分表 = Σ of their rows."""
    for told in report.tables.sums:
        items = report.card[told.first : told.last + 1]
        for key, code, values in (
            ("weight", "E13.total", [item.full for item in items]),
            ("awarded", "A08.total", [item.awarded for item in items]),
        ):
            typed, computed = read_quantity(told.row.values.get(key) or "", "分").value, add_up(values)
            if typed is not None and computed is not None and differ(typed, computed):
                yield _made(code, told.row.spot, typed=plain(typed), computed=plain(computed))


def grade_of_result(report: Report, rules: RuleSet) -> Iterator[Placed]:
    """A16: the grade that the conclusion states is the band of the result: the one stated beside it, else the first."""
    if report.grade is None:
        return
    typed, line = report.grade
    beside = [stated for _, stated in report.results if stated.spot == line.spot]
    stated = [*beside, *(stated for _, stated in report.results)]
    items = add_up([item.awarded for item in report.leaves])
    score = stated[0].value if stated else items
    if score is not None and typed != (expected := rules.grade(score)):
        yield _made("A16.report", line.spot, typed=typed, score=plain(score), expected=expected)


def marks_of_all(report: Report) -> Iterator[Placed]:
    """E13: the marks of all items come to 100; those of known categories are checked one by one elsewhere."""
    items = report.leaves
    total = sum((item.full for item in items), Decimal(0))
    if len(items) >= _SEVERAL and not all(item.category for item in items) and differ(total, _FULL):
        yield _made("E13.whole", items[0].spot, total=plain(total))


def prose_against_card(report: Report) -> Iterator[Placed]:
    """A08: an item's score in the text = its score in the 打分表."""
    told = {squeeze(item.name): item for item in report.card}
    for item in report.leaves:
        other = told.get(squeeze(item.name))
        if other is None or other is item or None in (item.awarded, other.awarded):
            continue
        if item.awarded != other.awarded or item.full != other.full:
            fields = {"name": item.name, "typed": _points(item), "expected": _points(other)}
            yield _made("A08.card", item.spot, **fields)


def _points(item: Item) -> str:
    return f"{plain(item.full)}分得{plain(item.awarded)}分"


def amounts_that_differ(report: Report) -> Iterator[Placed]:
    """A14: an amount that the text states twice is the same, and the budget is that of the 自评表."""
    form = report.form
    totals = [row for row in (form.funds if form else ()) if row.values["source"] == standard.TOTAL_SOURCE]
    for key, stated in report.amounts.items():
        first = stated[0]
        for other in stated[1:]:
            if differ(other.value, first.value):
                yield _amount(key, other, f"前面写的“{first.typed}”", first.value)
                break
        if key in ("budget", "executed") and totals:
            amount = _decimal(totals[0].values.get(key))
            if amount is not None and differ(amount, first.value):
                yield _amount(key, first, "自评表的年度资金总额", amount)


def _amount(key: str, stated: Stated, other: str, value: Decimal) -> Placed:
    fields = {"what": _TITLES[key], "typed": stated.typed, "other": other, "expected": f"{plain(value)}万元"}
    return _made("A14.report", stated.spot, **fields)


def _decimal(text: str | None) -> Decimal | None:
    return read_quantity(text or "", standard.MONEY_UNITS[0]).value


def rates_against_amounts(report: Report) -> Iterator[Placed]:
    """A17: a rate that a paragraph states is what its own amounts give, else those of the report."""
    of_report = {key: stated[0].value for key, stated in report.amounts.items()}
    for line in report.lines:
        rates = list(told_rates(line.text))
        own: dict[str, Decimal] = {}
        for key, stated in amounts_in(line) if rates else ():
            own.setdefault(key, stated.value)
        for told, name, typed in rates:
            part, whole = RATES[name]
            amounts = own if part in own or whole in own else of_report
            above, below = amounts.get(part), amounts.get(whole)
            rate = rate_of(above, below, typed) if above is not None and below else None
            if rate is not None and above is not None:
                formula = f"{_TITLES[part]}{plain(above)}万元÷{_TITLES[whole]}{plain(below)}万元"
                fields = {"typed": told, "name": name, "formula": formula, "computed": percent(rate / 100)}
                yield _made("A17.report", line.spot, **fields)


def counted_indicators(report: Report) -> Iterator[Placed]:
    """E10: 「一级指标N个、二级指标M个」 as the 自评表 has them, or the indicator system by which points were given."""
    of_form, of_items = _levels_of_form(report), _levels_of_items(report)
    for line in report.lines if of_form else ():
        told = told_counts(line.text)
        if of_items and all(of_items.get(level) == count for _, level, count in told):
            continue
        for typed, level, count in told:
            if count != of_form[level]:
                yield _made("E10.report", line.spot, typed=typed, actual=of_form[level], level=level)


def _levels_of_form(report: Report) -> dict[str, int]:
    rows = [row.values for row in report.form.indicators] if report.form else []
    return _counted([row["level1"] for row in rows], [(row["level1"], row["level2"]) for row in rows], len(rows))


def _levels_of_items(report: Report) -> dict[str, int]:
    """Count the levels of a 打分表; prose does not tell which of its headings are levels."""
    rows = [row.values for row in report.tables.scorecard]
    if not rows or not all(row.get("level1") and row.get("level2") for row in rows):
        return {}
    third = len(rows) if all(row.get("level3") for row in rows) else 0
    return _counted([row["level1"] for row in rows], [(row["level1"], row["level2"]) for row in rows], third)


def _counted(first: Sequence[str], second: Sequence[tuple[str, str]], third: int) -> dict[str, int]:
    return dict(zip(_LEVELS, (len(set(first)), len(set(second)), third), strict=True)) if first else {}


_LEVELS = tuple(column.title for column in standard.INDICATORS.columns if column.key in ("level1", "level2", "level3"))


# ---------------------------------------------------------------- missing


def items_without_score(report: Report) -> Iterator[Placed]:
    """W08: an item has marks, and no score, or several of which none is the whole."""
    for item in report.leaves:
        if item.awarded is None:
            fields = {"name": item.name, "full": plain(item.full), "points": listed(item.several)}
            yield _made("W08.several" if item.several else "W08", item.spot, **fields)


def no_items(report: Report) -> Iterator[Placed]:
    """W03: no score at all, neither in the text nor in a table."""
    scored = report.form is not None and any(row.values.get("awarded") for row in report.form.indicators)
    if not report.leaves and not scored:
        yield _made("W03", None)


def no_form(report: Report) -> Iterator[Placed]:
    """B12: a report without a 自评表 (three forms for four projects)."""
    if report.form is None:
        yield _made("B12.report", None)


def chapters_missing(report: Report) -> Iterator[Placed]:
    """W06: a report has a conclusion, problems and suggestions, in chapters or on its 自评表."""
    found = {meaning("chapters", title) for line in report.lines if line.heading for title in line.chapter}
    titles = "".join(line.text for line in report.lines if line.heading)
    missing = [
        chapter
        for chapter, (sign, label) in _NEEDED.items()
        if chapter not in found and sign not in titles and label not in report.labels
    ]
    if missing:
        yield _made("W06", None, chapters="、".join(missing))


#: What tells each chapter that a report must have: a word of its title (「存在的问题及改进措施」 is two chapters in one),
#: and the place on the 自评表 where it may stand.
_NEEDED = dict(
    zip(
        (standard.CHAPTER_CONCLUSION, standard.CHAPTER_PROBLEMS, standard.CHAPTER_SUGGESTIONS),
        (("结论", "conclusion"), ("问题", "problems"), ("改进", "improvements")),
        strict=True,
    )
)


def left_to_fill(report: Report) -> Iterator[Placed]:
    """W01: what the program left for a person to fill in still stands there."""
    for line in report.lines:
        found = [text for text in TO_FILL.findall(line.text) if text.startswith("【待填写")]
        if found:
            yield _made("W01.report", line.spot, typed="、".join(dict.fromkeys(found)))


def tracked_changes(report: Report) -> Iterator[Placed]:
    """W07: changes not yet accepted, comments not yet removed."""
    parts = [(report.document.revisions, "处修订"), (report.document.comments, "条批注")]
    told = "、".join(f"{count}{what}" for count, what in parts if count)
    if told:
        yield _made("W07", None, found=told)


# ---------------------------------------------------------------- punctuation and numbering


def half_width_punctuation(report: Report) -> Iterator[Placed]:
    """E12: half-width punctuation between Chinese characters, all of a report in one finding."""
    found = [(line.spot, text) for line in report.lines for text in half_width_in(TO_FILL.sub("", line.text))]
    if found:
        places = list(dict.fromkeys(where(spot) for spot, _ in found))
        told = "、".join(places[:_NAMED]) + (f"等{len(places)}段" if len(places) > _NAMED else "")
        yield _made("E12.report", found[0][0], count=len(found), typed=found[0][1], places=told)


def numbering(report: Report) -> Iterator[Placed]:
    """E12: numbers of paragraphs count 1, 2, 3 …; a list that goes on without numbers has （1） alone.

    Headings and lists inside a chapter count each for themselves; a list may go on where one of an earlier chapter ended.
    """
    open_lists: dict[tuple[bool, int], list[Line]] = {}
    ended: dict[tuple[bool, int], int] = {}

    def close(key: tuple[bool, int]) -> Iterator[Placed]:
        lines = open_lists.pop(key)
        yield from _closed(report, lines, ended.get(key, 0))
        ended[key] = lines[-1].number

    for line in report.lines:
        if not line.level or not (line.number or line.heading):
            continue
        key = not line.heading, line.level
        for deeper in sorted(other for other in open_lists if other > key):
            yield from close(deeper)
        if line.number == 1 and key in open_lists:
            yield from close(key)
        if line.number:
            open_lists.setdefault(key, []).append(line)
    for key in sorted(open_lists):
        yield from close(key)


def _closed(report: Report, lines: Sequence[Line], ended: int) -> Iterator[Placed]:
    numbers = [line.number for line in lines]
    first = lines[0]
    column = first.chapter[-1] if first.chapter and not first.heading else "".join(first.chapter[-2:-1])
    fields: dict[str, Any] = {"column": column or "各章标题"}
    start = ended + 1 if numbers[0] == ended + 1 else 1
    if numbers == [1]:
        if _goes_on(report, first):
            yield _made("E12.alone", first.spot, typed=first.spot.quote, **fields)
    elif numbers != list(range(start, start + len(numbers))):
        at = next(line for line, due in zip(lines, range(start, start + len(lines)), strict=True) if line.number != due)
        yield _made("E12.number", at.spot, typed="、".join(map(str, numbers)), **fields)


_SECOND = re.compile(r"(?<!\d)2[.、．](?!\d)|[（(](?:2|二)[)）]|②")


def _goes_on(report: Report, first: Line) -> bool:
    """Tell whether paragraphs without a number follow the only one that has one, and it does not count on itself.

    Below a heading that is its own text.
    """
    if first.heading:
        return False
    after = report.lines[report.lines.index(first) + 1 :][:1]
    unnumbered = [line for line in after if not line.heading and not line.level and line.chapter == first.chapter]
    return bool(unnumbered) and _SECOND.search(first.text) is None


#: Each takes one report and returns what it found.
CHECKS: tuple[Callable[[Report], Iterable[Placed]], ...] = (
    declared_result,
    sums_of_groups,
    sums_in_conclusion,
    sums_of_card,
    marks_of_all,
    prose_against_card,
    amounts_that_differ,
    rates_against_amounts,
    counted_indicators,
    items_without_score,
    no_items,
    no_form,
    chapters_missing,
    left_to_fill,
    half_width_punctuation,
    tracked_changes,
    numbering,
)


# ---------------------------------------------------------------- between reports


def shared_passages(reports: Sequence[Report]) -> list[tuple[int, Finding, Spot | None]]:
    """E04: passages that are the same, or nearly, in several reports; one finding a report that has any.

    Returns:
        Number of the report, the finding, and the place of its first such passage.
    """
    if len(reports) < 2:
        return []
    shortest = figure("similar", "shortest")
    texts = [
        (number, line) for number, report in enumerate(reports) for line in report.lines if _is_prose(line, shortest)
    ]
    shared: dict[int, list[tuple[Line, set[int]]]] = defaultdict(list)
    exact = True
    for group, identical in alike(texts, said=lambda text: text[1].text, owner=lambda text: text[0]):
        owners = {number for number, _ in group}
        exact = exact and identical
        for number in owners:
            line = next(line for owner, line in group if owner == number)
            shared[number].append((line, owners - {number}))
    found = []
    for number, passages in sorted(shared.items()):
        passages.sort(key=lambda passage: passage[0].spot.order)
        others = sorted({other for _, owners in passages for other in owners})
        files = "、".join(reports[other].path.name for other in others[:3])
        files += f"等{len(others)}份报告" if len(others) > 3 else ""
        first = passages[0][0]
        count = sum(_is_prose(line, shortest) for line in reports[number].lines)
        fields: dict[str, Any] = {"count": len(passages), "of": count, "files": files, "typed": shorten(first.text)}
        found.append((number, *_made("E04.report", first.spot, how="一样" if exact else "一样或大部分一样", **fields)))
    return found


#: Of a sentence that is made of figures the words are the same everywhere.
_FIGURES_IN_PROSE = 0.12


def _is_prose(line: Line, shortest: int) -> bool:
    """Tell whether a paragraph is long enough to be compared, and was worded, not only filled with figures."""
    text = squeeze(line.text)
    digits = sum(character.isdigit() for character in text)
    return not line.heading and bool(line.chapter) and len(text) >= shortest and digits < len(text) * _FIGURES_IN_PROSE
