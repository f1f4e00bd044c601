"""What only a report can get wrong: sums in its prose, what it leaves out, how it counts, and what it shares with others."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from perf_excel.audit.items import Item
from perf_excel.audit.lexicon import meaning
from perf_excel.audit.outline import Line, Spot, where
from perf_excel.audit.report import TO_FILL, Report, Stated
from perf_excel.checks.lexicon import figure
from perf_excel.checks.likeness import alike
from perf_excel.checks.texts import half_width_in
from perf_excel.findings import Finding, Place, finding
from perf_excel.numbers import differ, plain, read_quantity
from perf_excel.scoring import add_up
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
    """A08: the declared result = Σ of the items (96 declared, 93 added up)."""
    stated, total = report.declared.get("scorecard"), add_up([item.awarded for item in report.leaves])
    if stated is not None and total is not None and differ(stated.value, total):
        items = "＋".join(plain(item.awarded) for item in report.leaves)
        difference = plain(stated.value - total)
        told = {"typed": plain(stated.value), "computed": plain(total), "items": items, "difference": difference}
        yield _made("A08.report", stated.spot, **told)


def sums_of_groups(report: Report) -> Iterator[Placed]:
    """E13, A08: what a chapter of items says of its marks and of its score = Σ of its items."""
    for group in report.groups:
        full = sum((part.full for part in group.parts), Decimal(0))
        if differ(full, group.full):
            yield _made("E13.part", group.spot, name=group.name, typed=plain(group.full), computed=plain(full))
        awarded = add_up([part.awarded for part in group.parts])
        if group.awarded is not None and awarded is not None and differ(awarded, group.awarded):
            told = {"name": group.name, "typed": plain(group.awarded), "computed": plain(awarded)}
            yield _made("A08.part", group.spot, **told)


def marks_of_all(report: Report) -> Iterator[Placed]:
    """E13: the marks of all items come to 100; those of known categories are checked one by one elsewhere."""
    items = report.leaves
    total = sum((item.full for item in items), Decimal(0))
    if len(items) >= _SEVERAL and not any(item.category for item in items) and differ(total, _FULL):
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
                yield _amount(key, other, f"前面写的{first.typed}", first.value)
                break
        if key == "budget" and totals:
            amount = _decimal(totals[0].values.get("budget"))
            if amount is not None and differ(amount, first.value):
                yield _amount(key, first, "自评表的年度资金总额", amount)


def _amount(key: str, stated: Stated, other: str, value: Decimal) -> Placed:
    fields = {"what": _TITLES[key], "typed": stated.typed, "other": other, "expected": f"{plain(value)}万元"}
    return _made("A14.report", stated.spot, **fields)


def _decimal(text: str | None) -> Decimal | None:
    return read_quantity(text or "", "万元").value


# ---------------------------------------------------------------- missing


def items_without_score(report: Report) -> Iterator[Placed]:
    """W08: an item has marks, and no score."""
    for item in report.leaves:
        if item.awarded is None:
            yield _made("W08", item.spot, name=item.name, full=plain(item.full))


def no_items(report: Report) -> Iterator[Placed]:
    """W03: no scored item at all, neither in the text nor in a table."""
    if not report.leaves:
        yield _made("W03", None)


def no_form(report: Report) -> Iterator[Placed]:
    """B12: a report without a 自评表 (three forms for four projects)."""
    if report.form is None:
        yield _made("B12.report", None)


def chapters_missing(report: Report) -> Iterator[Placed]:
    """W06: a report has a conclusion, problems and suggestions."""
    found = {meaning("chapters", title) for line in report.lines if line.heading for title in line.chapter}
    titles = "".join(line.text for line in report.lines if line.heading)
    missing = [chapter for chapter in _NEEDED if chapter not in found and _SIGNS[chapter] not in titles]
    if missing:
        yield _made("W06", None, chapters="、".join(missing))


_NEEDED = (standard.CHAPTER_CONCLUSION, standard.CHAPTER_PROBLEMS, standard.CHAPTER_SUGGESTIONS)
#: 「存在的问题及改进措施」 is two chapters in one.
_SIGNS = dict(zip(_NEEDED, ("结论", "问题", "改进"), strict=True))


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
    """E12: numbers of paragraphs count 1, 2, 3 …; a list that goes on without numbers has （1） alone."""
    open_lists: dict[int, list[Line]] = {}
    for line in report.lines:
        if not line.level or not line.number:
            continue
        for deeper in [level for level in open_lists if level > line.level]:
            yield from _closed(report, open_lists.pop(deeper))
        if line.number == 1 and line.level in open_lists:
            yield from _closed(report, open_lists.pop(line.level))
        open_lists.setdefault(line.level, []).append(line)
    for level in sorted(open_lists):
        yield from _closed(report, open_lists[level])


def _closed(report: Report, lines: Sequence[Line]) -> Iterator[Placed]:
    numbers = [line.number for line in lines]
    first = lines[0]
    fields: dict[str, Any] = {"column": first.chapter[-1] if first.chapter else "标题"}
    if numbers == [1]:
        if _goes_on(report, first):
            yield _made("E12.alone", first.spot, typed=first.spot.quote, **fields)
    elif numbers != list(range(1, len(numbers) + 1)):
        at = next(line for line, due in zip(lines, range(1, len(lines) + 1), strict=True) if line.number != due)
        yield _made("E12.number", at.spot, typed="、".join(map(str, numbers)), **fields)


_SECOND = re.compile(r"(?<!\d)2[.、．](?!\d)|[（(](?:2|二)[)）]|②")


def _goes_on(report: Report, first: Line) -> bool:
    """Tell whether paragraphs without a number follow the only one that has one, and it does not count on itself."""
    after = report.lines[report.lines.index(first) + 1 :][:1]
    unnumbered = [line for line in after if not line.heading and not line.level and line.chapter == first.chapter]
    return bool(unnumbered) and _SECOND.search(first.text) is None


#: Each takes one report and returns what it found.
CHECKS: tuple[Callable[[Report], Iterable[Placed]], ...] = (
    declared_result,
    sums_of_groups,
    marks_of_all,
    prose_against_card,
    amounts_that_differ,
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
