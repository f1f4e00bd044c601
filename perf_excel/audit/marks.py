"""Points as reports write them: 6分, （6 分）, 九十三分, 得满分, 不得分."""

from __future__ import annotations

import re
from decimal import Decimal

from perf_excel.text import halfwidth

_DIGITS = {character: number for number, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE = "零〇一二两三四五六七八九十百点"
#: A number of points, in digits or in words.
NUMBER = rf"\d{{1,3}}(?:[.．]\d{{1,2}})?|[{_CHINESE}]{{1,9}}"

_AWARDED = re.compile(
    rf"(?:(?<![扣获取应])得|自评|评|计)分?\s*[为是：:]?\s*(?P<points>{NUMBER})\s*分(?!值)"
    r"|得分\s*[为是：:]?\s*(?P<bare>\d{1,3}(?:\.\d{1,2})?)(?![\d%％.]|\s*[个项条家])"
    r"|(?P<all>[得计]满分)|(?P<none>不(?:予)?[得计]分)"
)
_STATEMENT = re.compile(
    rf"[，,；;]?\s*(?:综上[，,]?|因此[，,]?|故)?(?:该项|本项|此项)?(?:指标)?(?:自评|实际|应)?(?:得|评|计)分?"
    rf"\s*[为是：:]?\s*(?:(?:{NUMBER})\s*分|满分)\s*(?=[。；;，,]|$)[。；;]?"
)


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


def read_awarded(text: str, full: Decimal | None) -> Decimal | None:
    """Return the points that a passage gives an item: the last that it states; None where it states none.

    Args:
        text: what stands behind the item's name and marks.
        full: the item's marks, for 得满分.
    """
    found = None
    for match in _AWARDED.finditer(text):
        if match["all"]:
            found = full
        elif match["none"]:
            found = Decimal(0)
        else:
            number = read_number(match["points"] or match["bare"])
            found = found if number is None else number
    return found


def without_statement(text: str) -> str:
    """Return a passage without the sentence that states the points."""
    return _STATEMENT.sub("", text).strip()
