"""Points as reports write them: 6分, （6 分）, 九十三分, 得满分, 不得分, 扣3分."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from perf_excel.audit.lexicon import words
from perf_excel.text import halfwidth

_DIGITS = {character: number for number, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE = "零〇一二两三四五六七八九十百点"
#: A number of points, in digits or in words.
NUMBER = rf"\d{{1,3}}(?:\.\d{{1,3}})?|[{_CHINESE}]{{1,9}}"

#: Full-width digits as ordinary ones, character by character, so that places in a text stay what they are.
_WIDE = {ord("０") + digit: ord("0") + digit for digit in range(10)} | {ord("．"): ".", ord("％"): "%"}

#: Behind 分 these make another word of it: 3分之一, 6分值, 30分钟.
_NO_POINTS = r"(?![值钟之为成别部析配摊项类局管])"
_GIVEN = (
    r"(?:(?<![扣获取值难])得|评(?:定)?|[计给赋记打])(?:予|了)?分?(?:数|情况)?\s*(?:[为是]|[：:])?\s*"
    rf"(?P<points>{NUMBER})\s*分{_NO_POINTS}"
)
_STATEMENT = re.compile(
    rf"{_GIVEN}"
    rf"|自评(?:得?分)?\s*[为是：:]?\s*(?P<judged>{NUMBER})\s*分{_NO_POINTS}"
    r"|(?:得分|自评分|自评)(?:值|数|情况)?\s*[为是：:]?\s*(?P<bare>\d{1,3}(?:\.\d{1,3})?)(?![\d.%]|\s*[个项条家人次年月])"
    r"|(?P<all>[得计评给]了?满分|满分得分|得全分|(?:^|(?<=[，。；;,、\s项标]))(?:不予?|未|没有|无)扣(?:减|除)?分(?:值)?(?!\d))"
    r"|(?P<none>不予?[得计给]分|得零分)"
)
_DEDUCTION = re.compile(
    rf"(?<![应可再倒])(?P<whole>共计?|合计|累计)?扣(?:减|除|掉|去)?分?(?P<lost>{NUMBER})\s*分{_NO_POINTS}"
)
_CLAUSE = re.compile(r"[，。；;,！!？?\n]")
#: How a rule ends before it says what it gives: 完成的得3分, 每发现一处扣1分.
_RULE = re.compile(r"(?:[的则者]|每[^，。；;,]{0,12}|否则|时)[，,、]?\s*(?:可|应|均|才|再|各|将)?\s*$")
_OWN = re.compile(r"(?:[该本此](?:项(?!目)|部分|类|指标|[二三]级指标)|指标)[^，。；;,]{0,8}$")
_TOTAL = re.compile(r"(?:共|合计|总计|综上|最终|最后|经自评|经评价|因此|综合评定)[^。；;]{0,14}$|(?:故|实|实际)$")
_SENTENCE_OF_POINTS = re.compile(
    r"[，,；;]?\s*(?:综上[，,]?|因此[，,]?|故)?(?:该项|本项|此项)?(?:指标)?(?:自评|实际|应)?(?:得|评|计)分?"
    rf"\s*[为是：:]?\s*(?:(?:{NUMBER})\s*分|满分)\s*(?=[。；;，,]|$)[。；;]?"
)


def plain_digits(text: str) -> str:
    """Return a text with full-width digits as ordinary ones; no character moves."""
    return text.translate(_WIDE)


def read_number(text: str) -> Decimal | None:
    """Return a number in digits or in Chinese words up to 一百; None for anything else."""
    bare = halfwidth(text).strip().replace("．", ".")
    if re.fullmatch(r"\d+(?:\.\d+)?", bare):
        return Decimal(bare)
    whole, point, rest = bare.partition("点")
    number = _read_whole(whole)
    if number is None or not point:
        return number
    digits = [_DIGITS.get(character) for character in rest]
    if not digits or None in digits:
        return None
    return Decimal(f"{number}.{''.join(map(str, digits))}")


def _read_whole(words: str) -> Decimal | None:
    if words in ("百", "一百"):
        return Decimal(100)
    if "百" in words or not words:
        return None
    tens, ten, ones = words.partition("十")
    if not ten:
        return Decimal(_DIGITS[words]) if words in _DIGITS else None
    if any(part and part not in _DIGITS for part in (tens, ones)):
        return None
    return Decimal(10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0))


# ---------------------------------------------------------------- the score of an item


@dataclass(frozen=True, slots=True)
class _Statement:
    """Points that a text gives: is it a rule, does it speak of the item itself, does it add up what went before."""

    points: Decimal
    rule: bool
    own: bool
    total: bool


def read_awarded(text: str, full: Decimal) -> tuple[Decimal | None, list[Decimal]]:
    """Return the points that a passage gives an item.

    A rule of scoring (每少一次扣1分) gives none, nor does what is said of the chapter or of the whole project.

    Args:
        text: what stands behind the item's name and marks.
        full: the item's marks, for 得满分 and 扣3分.

    Returns:
        The score, None where none is stated or several are and none of them is the sum; then all of them.
    """
    said = words("scores", "rules_begin").sub("", plain_digits(text))
    every = list(_statements(said, full))
    stated = [one for one in every if not one.rule]
    left = _after_deductions(said, full) if not stated else None
    if left is not None or not every:
        return left, []
    stated = stated or every
    last = stated[-1]
    # What is more than the marks was said of something else, unless nothing else was said.
    fitting = [one for one in stated if one.points <= full]
    if not last.own and fitting:
        stated, last = fitting, fitting[-1]
    if last.own or last.total or last.rule:
        return last.points, []
    own = [one for one in stated if one.own]
    if own:
        return own[-1].points, []
    points = [one.points for one in stated]
    if len(points) > 1 and sum(points) == full:
        return full, []
    return (points[-1], []) if len(set(points)) == 1 or sum(points) > full else (None, points)


def _statements(said: str, full: Decimal) -> Iterator[_Statement]:
    for match in _STATEMENT.finditer(said):
        sentence = re.split(r"[。；;\n]", said[: match.start()])[-1]
        clause = _CLAUSE.split(sentence)[-1]
        if words("scores", "of_others").search(clause):
            continue
        typed = match["points"] or match["judged"] or match["bare"]
        points = read_number(typed) if typed else full if match["all"] else Decimal(0)
        if points is not None:
            rule = _RULE.search(sentence) is not None
            own = bool(match["judged"]) or _OWN.search(clause) is not None
            yield _Statement(points, rule, own, _TOTAL.search(sentence) is not None)


def _after_deductions(said: str, full: Decimal) -> Decimal | None:
    """Return what is left of the marks where a text only says what was taken off."""
    lost: list[Decimal] = []
    for match in _DEDUCTION.finditer(said):
        points = read_number(match["lost"])
        if points is None or _RULE.search(said[: match.start()]):
            continue
        lost = [points] if match["whole"] else [*lost, points]
    left = full - sum(lost)
    return left if lost and left >= 0 else None


def without_statement(text: str) -> str:
    """Return a passage without the sentence that states the points."""
    return _SENTENCE_OF_POINTS.sub("", text).strip()


def listed(points: Sequence[Decimal]) -> str:
    """Return points as a message names them."""
    return "、".join(f"{value:f}分" for value in points)
