"""What running text says: against the tables, and as Chinese official prose (domain §4.5, E02, E06, E08–E12, E14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from perf_excel.checks.context import Context
from perf_excel.checks.lexicon import figure, words
from perf_excel.findings import Finding, Place, finding
from perf_excel.numbers import differ, plain, round_half_up
from perf_excel.scoring import ProjectScore, add_up
from perf_excel.text import shorten
from perf_excel.workbook import standard

_DIGITS = {character: number for number, character in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}

# ---------------------------------------------------------------- reasons

_POINTS_OFF = re.compile(r"(?<!每)(?:扣|减)(?:减|除|掉|分)?\s*(\d+(?:\.\d+)?|[一二两三四五六七八九十])\s*(分|[%％])")
_RULE_OF_DEDUCTION = re.compile(r"每[^，。；]{0,8}$")


def vague_reasons(context: Context) -> Iterator[Finding]:
    """E02: 酌情扣分, or the points stated are not the points lost; for 评价打分 and for 扣减分值."""
    table = context.table("scorecard")
    for project in context.reported:
        for index in context.rows("scorecard", project):
            full, awarded = table.get(index, "full_marks"), table.get(index, "awarded")
            reason = table.get(index, "reason")
            if reason and full is not None and awarded is not None and 0 <= awarded < full:
                title = table.sheet.by_key["reason"].title
                yield from _reason(reason, title, full - awarded, full, table.place(index, "reason"))
        for item in project.indicators:
            measure = item.measure
            if measure.reason and measure.deduction and measure.weight:
                title = standard.ACTUALS.by_key["reason"].title
                place = context.actual_place(item, "reason")
                yield from _reason(measure.reason, title, measure.deduction, measure.weight, place)


def _reason(text: str, column: str, lost: Decimal, full: Decimal, place: Place) -> Iterator[Finding]:
    vague = words("reasons", "vague").search(text)
    if vague:
        why = f"实际扣了{plain(lost)}分，看不出按什么标准扣"
        yield finding("E02", place, column=column, typed=shorten(text), why=why, lost=plain(lost))
        return
    told = [match for match in _POINTS_OFF.finditer(text) if not _RULE_OF_DEDUCTION.search(text[: match.start()])]
    stated = [_points(match[1]) if match[2] == "分" else full * _points(match[1]) / 100 for match in told]
    if stated and differ(sum(stated, Decimal(0)), lost) and all(differ(part, lost) for part in stated):
        why = f"实际扣了{plain(lost)}分，两处不一致"
        typed = "、".join(match[0] for match in told)
        yield finding("E02", place, column=column, typed=typed, why=why, lost=plain(lost))


def _points(typed: str) -> Decimal:
    return Decimal(_DIGITS[typed]) if typed in _DIGITS else Decimal(typed)


# ---------------------------------------------------------------- text against the tables


def department_wording(context: Context) -> Iterator[Finding]:
    """E06: 「部门整体」 in the self-evaluation of a project."""
    for text in context.sentences:
        found = words("department", "words").search(text.said)
        if found:
            before, after = text.said[: found.start()][-6:], text.said[found.end() :][:10]
            around = f"…{before}{found[0]}{after}…"
            yield finding("E06", text.place, column=text.name, typed=shorten(around))


_ITEMS = (
    re.compile(r"[一二三四五六七八九十]是"),
    re.compile(r"第[一二三四五六七八九十][，、,：:]"),
    re.compile(r"[（(][一二三四五六七八九十\d]{1,2}[）)]"),
    re.compile(r"(?<![\d.])\d{1,2}[.、．](?!\d)"),
    re.compile(r"(?:^|[。；\n])[一二三四五六七八九十]、"),
    re.compile(r"[①-⑳]"),
    re.compile(r"(?<![\d.（(])\d{1,2}[)）]"),
)


def _count_items(text: str) -> int:
    """Return how many items a text lists: as enumerated, else by its lines; one where nothing separates them."""
    counted = max(len(pattern.findall(text)) for pattern in _ITEMS)
    return counted or len([line for line in text.splitlines() if line.strip()])


def problems_and_measures(context: Context) -> Iterator[Finding]:
    """E08: the numbers of problems and of suggestions differ by more than one."""
    projects, passages = context.table("projects"), context.table("passages")
    keys = ("problems", "improvements")
    for project in context.reported:
        texts = [projects.get(project.index, key) for key in keys]
        titles = [projects.sheet.by_key[key].title for key in keys]
        place = projects.place(project.index, *keys)
        if any(not isinstance(text, str) or not text for text in texts):
            chapters = {passages.get(row, "chapter"): row for row in context.rows("passages", project)}
            rows = [chapters.get(name) for name in (standard.CHAPTER_PROBLEMS, standard.CHAPTER_SUGGESTIONS)]
            if any(row is None for row in rows):
                continue
            found = [row for row in rows if row is not None]
            texts, titles = (
                [passages.get(row, "text") for row in found],
                [passages.get(row, "chapter") for row in found],
            )
            place = passages.column_place(found, "text")
        if any(not isinstance(text, str) or not text for text in texts):
            continue
        counts = [_count_items(text) for text in texts]
        if abs(counts[0] - counts[1]) > figure("lists", "apart"):
            fields: dict[str, Any] = {"many": counts[0], "few": counts[1]}
            yield finding("E08", place, problems=titles[0], improvements=titles[1], **fields)


_SHARE = re.compile(
    r"占(?:比|总[^，。；]{0,6}的|全部[^，。；]{0,6}的|全年[^，。；]{0,6}的)?(?:为|是|达|达到)?\s*(\d+(?:\.\d+)?)\s*[%％]"
)
_OF_ONE_WHOLE = re.compile(r"分别|构成|组成|分为|分成")


def shares_of_a_whole(context: Context) -> Iterator[Finding]:
    """E09: percentages that should add to 100 do not (±5): the shares in one sentence that speaks of one whole."""
    for text in context.sentences:
        for sentence in re.split(r"[。\n]", text.said) if "占" in text.said else ():
            shares = _SHARE.findall(sentence)
            total = sum((Decimal(share) for share in shares), Decimal(0))
            if len(shares) > 1 and _OF_ONE_WHOLE.search(sentence) and abs(total - 100) > figure("shares", "apart"):
                typed = "、".join(f"{share}%" for share in shares)
                yield finding("E09", text.place, column=text.name, typed=typed, total=plain(total))


_COUNTED = re.compile(r"([一二三]级指标)(?:共计|共有|共|有|为)?\s*(\d{1,3}|[一二三四五六七八九十])\s*[个项条]")
_COUNTED_BEFORE = re.compile(r"(?<![\d])(\d{1,3}|[一二三四五六七八九十])\s*[个项条]\s*([一二三]级指标)")


def told_counts(said: str) -> list[tuple[str, str, int]]:
    """Return what a text says of the number of indicators: the words, the level, the number."""
    if "级指标" not in said:
        return []
    told = [(match[0], match[1], match[2]) for match in _COUNTED.finditer(said)]
    if not told:
        told = [(match[0], match[2], match[1]) for match in _COUNTED_BEFORE.finditer(said)]
    return [(typed, level, _DIGITS[count] if count in _DIGITS else int(count)) for typed, level, count in told]


def counted_indicators(context: Context) -> Iterator[Finding]:
    """E10: 「一级指标N个、二级指标M个」 as the table has them."""
    for text in context.sentences:
        project = context.project_of(text)
        if project is None or not project.indicators:
            continue
        for typed, level, count in told_counts(text.said):
            actual = _count_levels(project)[level]
            if count != actual:
                yield finding("E10", text.place, column=text.name, typed=typed, actual=actual)


def _count_levels(project: ProjectScore) -> dict[str, int]:
    measures = [item.measure for item in project.indicators]
    return {
        "一级指标": len({m.level1 for m in measures}),
        "二级指标": len({(m.level1, m.level2) for m in measures}),
        "三级指标": len(measures),
    }


_STATED_SCORE = re.compile(
    r"(?:总?得分|总分|总?评分|评分结果|评价结果|自评结果|自评总?得?)"
    r"(?:合计|共计)?(?:为|是|得|达到|达|：|:)?\s*(\d{1,3}(?:\.\d+)?)\s*(?:[（(]?分|(?=[，。；、]|$))"
)
#: The score of a survey, of another year or given by another office is another matter.
_OF_SOMETHING_ELSE = re.compile(r"满意|问卷|考核|考试|测评|测试|上年|去年|上一年|财政|重点|主管部门|营商|复核")
_FULL_MARKS = re.compile(r"总分|满分|共$")


def stated_scores(context: Context) -> Iterator[Finding]:
    """E14: the score in 评价结论 is one of those declared or computed (form, indicator system, their parts)."""
    conclusion = standard.PROJECTS.by_key["conclusion"].title
    for text in context.sentences:
        project = context.project_of(text)
        if text.name != conclusion or project is None:
            continue
        known = _known_scores(project)
        stated = [match for match in _STATED_SCORE.finditer(text.said) if _is_result(text.said, match)]
        scores = [*known.values(), *_parts(project)]
        if stated and known and not any(_agrees(match[1], score) for match in stated for score in scores):
            told = "，".join(f"{name}是{plain(score)}分" for name, score in known.items())
            yield finding("E14", text.place, column=text.name, typed=stated[0][0].strip(), known=told)


def _is_result(said: str, match: re.Match[str]) -> bool:
    """Tell whether a score is that of this self-evaluation, and not another's, nor the full marks."""
    before = said[max(0, match.start() - 10) : match.start()]
    before = re.split(r"[，。；]", before)[-1]
    full = match[1] in ("100", "90") and _FULL_MARKS.search(match[0][:4]) is not None
    return not full and not _OF_SOMETHING_ELSE.search(before)


def _agrees(typed: str, score: Decimal) -> bool:
    """Tell whether a score is what was written, to as many places as were written."""
    places = len(typed.split(".")[1]) if "." in typed else 0
    return Decimal(typed) in (round_half_up(score, places), score)


def _known_scores(project: ProjectScore) -> dict[str, Decimal]:
    card = project.scorecard
    scores = {
        "自评表申报的总分": project.declared,
        "自评表算出的总分": project.total,
        "指标体系申报的总分": project.declared_scorecard,
        "指标体系各项合计": card.total if card else None,
    }
    return {name: score for name, score in scores.items() if score is not None}


def _parts(project: ProjectScore) -> Iterator[Decimal]:
    """Walk over the scores of parts: a conclusion may name them beside the total."""
    parts = [project.execution.score, *project.by_level.values(), *(item.score for item in project.indicators)]
    parts.append(add_up([item.score for item in project.indicators]))
    if project.scorecard:
        parts += project.scorecard.by_category.values()
    return (part for part in parts if part is not None)


# ---------------------------------------------------------------- official prose

_DOCUMENT = re.compile(
    r"([\u4e00-\u9fff]{2,12})\s*([\[［﹝【（(〈<{])\s*((?:19|20)\d{2})(?:年)?\s*([\]］﹞】）)〉>}])\s*((?:第)?\d{1,5}号)"
)


_NOT_ISSUER = re.compile(r"^.*(?:根据|依据|按照|依照|参照|执行|按|由|和|与|及)(?=[\u4e00-\u9fff]{2})")


def document_brackets(context: Context) -> Iterator[Finding]:
    """E11: the year of a document number stands in 〔 〕 (〔2024〕, ﹝2019﹞ and [2021] side by side in print)."""
    for text in context.phrases:
        for match in _DOCUMENT.finditer(text.said) if "号" in text.said else ():
            issuer, opening, year, closing, number = match.groups()
            issuer = _NOT_ISSUER.sub("", issuer)
            yield finding(
                "E11",
                text.place,
                column=text.name,
                typed=f"{issuer}{match[0][len(match[1]) :]}",
                bracket=f"{opening}{closing}",
                mended=f"{issuer}〔{year}〕{number}",
            )


_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff”〕）][,;:?!][\u4e00-\u9fff“（]")


def half_width_in(said: str) -> list[str]:
    """Return the places in a text where half-width punctuation stands between Chinese characters, with some context."""
    return [said[max(0, match.start() - 3) : match.end() + 3] for match in _HALF_WIDTH.finditer(said)]


def half_width_punctuation(context: Context) -> Iterator[Finding]:
    """E12: half-width , ; : ? ! between Chinese characters. One finding a cell."""
    for text in context.sentences:
        found = half_width_in(text.said)
        if found:
            yield finding("E12", text.place, column=text.name, typed=shorten(found[0]))


_NUMBERED = (
    re.compile(r"(?:^|[。；;：:\s])\s*(\d{1,2})[.、．](?!\d)"),
    re.compile(r"(?:^|[。；;：:\s])\s*[（(](\d{1,2})[）)]"),
)


def numbering_gaps(context: Context) -> Iterator[Finding]:
    """E12: 1. 2. 4.: a number is missing, or stands twice."""
    for text in context.sentences:
        for pattern in _NUMBERED:
            numbers = [int(number) for number in pattern.findall(text.said)]
            if not _consecutive(numbers):
                typed = "、".join(str(number) for number in numbers)
                yield finding("E12.number", text.place, column=text.name, typed=typed)
                break


def _consecutive(numbers: list[int]) -> bool:
    """Tell whether numbers count from 1, perhaps several times, as a text with two lists does; none stands alone."""
    runs: list[list[int]] = []
    for number in numbers:
        if number == 1 or not runs:
            runs.append([])
        runs[-1].append(number)
    alone = len(runs) > 1 and any(len(run) == 1 for run in runs)
    return not alone and all(run == list(range(run[0], run[0] + len(run))) for run in runs)
