"""The labels that Word puts in front of list paragraphs by itself: 「一、」「（1）」「1.1」, counted as Word counts them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from perf_excel.audit.markup import LEVELS, W, attribute, first, number, on, val

_PLACE = re.compile(r"%([1-9])")
_DIGITS = "零一二三四五六七八九"
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ["m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"],
        strict=True,
    )
)
#: No list of a report counts further; what does is a broken file, and its label is left out.
_MOST = 9999


@dataclass(frozen=True, slots=True)
class _Level:
    """One level of a list as declared."""

    start: int
    form: str
    pattern: str
    plain: bool  # all numbers of the label in Arabic digits
    restart: int  # the level (from 1) whose step starts this one anew; 0: it never starts anew
    style: str  # the paragraph style tied to it


class Lists:
    """All lists of a document. Ask for labels in the order of the paragraphs: asking counts."""

    def __init__(self, root: Any, list_styles: Callable[[str], str]) -> None:
        """Read the declarations.

        Args:
            root: the root of numbering.xml, None where there is none.
            list_styles: for a list style (`numStyleLink`) the id of the list that it stands for.
        """
        self._list_styles = list_styles
        self._abstract: dict[str, Any] = {}
        self._numbers: dict[str, Any] = {}
        self._levels: dict[str, tuple[str, tuple[_Level | None, ...]]] = {}
        #: Where lists stand: the number of each level, None where it has not begun (again).
        self._counters: dict[str, list[int | None]] = {}
        self._used: set[tuple[str, int]] = set()
        if root is not None:
            self._abstract = {attribute(one, "abstractNumId"): one for one in root.findall(W + "abstractNum")}
            self._numbers = {attribute(one, "numId"): one for one in root.findall(W + "num")}

    def level_of_style(self, list_id: str, style: str) -> int | None:
        """Return the level (from 0) of a list that is tied to a paragraph style."""
        levels = self._of(list_id)[1]
        return next((index for index, level in enumerate(levels) if level and level.style == style), None)

    def label(self, list_id: str, index: int) -> str:
        """Count one paragraph on a level of a list (from 0) and return its label, "" for bullets."""
        key, levels = self._of(list_id)
        level = levels[index] if 0 <= index < LEVELS else None
        if level is None:
            return ""
        values = self._counters.setdefault(key, [None] * LEVELS)
        before = None if self._starts_anew(list_id, index) else values[index]
        values[index] = level.start if before is None else before + 1
        for upper in range(index):
            # A level that was never used counts as begun, as Word shows it.
            if values[upper] is None:
                values[upper] = _start(levels[upper])
        for deeper in range(index + 1, LEVELS):
            declared = levels[deeper]
            if declared is None or (declared.restart and index < declared.restart):
                values[deeper] = None
        return _text(level, levels, values)

    def _of(self, list_id: str) -> tuple[str, tuple[_Level | None, ...]]:
        """Return the key under which a list counts, and its levels."""
        if list_id not in self._levels:
            self._levels[list_id] = self._declared(list_id)
        return self._levels[list_id]

    def _declared(self, list_id: str) -> tuple[str, tuple[_Level | None, ...]]:
        number_element = self._numbers.get(list_id)
        key, abstract = self._abstract_of(number_element)
        linked = val(first(abstract, "numStyleLink")) if abstract is not None else ""
        if linked:
            key, abstract = self._abstract_of(self._numbers.get(self._list_styles(linked)))
        if number_element is None or abstract is None:
            return key, (None,) * LEVELS
        declared = _levels(abstract)
        for override in number_element.findall(W + "lvlOverride"):
            index = _index(override)
            if index is None:
                continue
            own = first(override, "lvl")
            if own is not None:
                declared[index] = _level(own, index)
            start, level = first(override, "startOverride"), declared[index]
            if start is not None and level is not None:
                declared[index] = replace(level, start=number(start, level.start))
        return key, tuple(declared)

    def _abstract_of(self, number_element: Any) -> tuple[str, Any]:
        if number_element is None:
            return "", None
        key = val(first(number_element, "abstractNumId"))
        return key, self._abstract.get(key)

    def _starts_anew(self, list_id: str, index: int) -> bool:
        """Tell whether a level is first used by a list that shares its counting and orders a start of its own."""
        if (list_id, index) in self._used:
            return False
        self._used.add((list_id, index))
        overrides = self._numbers[list_id].findall(W + "lvlOverride")
        return any(_index(one) == index and first(one, "startOverride") is not None for one in overrides)


def _index(element: Any) -> int | None:
    text = attribute(element, "ilvl")
    return int(text) if text in tuple("012345678") else None


def _levels(abstract: Any) -> list[_Level | None]:
    levels: list[_Level | None] = [None] * LEVELS
    for element in abstract.findall(W + "lvl"):
        index = _index(element)
        if index is not None:
            levels[index] = _level(element, index)
    return levels


def _level(element: Any, index: int) -> _Level:
    return _Level(
        number(first(element, "start"), 0),
        val(first(element, "numFmt")) or "decimal",
        val(first(element, "lvlText")),
        on(first(element, "isLgl")),
        number(first(element, "lvlRestart"), index),
        val(first(element, "pStyle")),
    )


def _start(level: _Level | None) -> int:
    return 1 if level is None else level.start


def _text(own: _Level, levels: tuple[_Level | None, ...], values: list[int | None]) -> str:
    if own.form == "bullet":
        return ""

    def shown(match: re.Match[str]) -> str:
        index = int(match[1]) - 1
        level, value = levels[index], values[index]
        if level is None or value is None:
            return ""
        return spell(value, "decimal" if own.plain and level.form != "none" else level.form)

    return _PLACE.sub(shown, own.pattern)


def spell(value: int, form: str) -> str:
    """Return a number in one of Word's number formats; an unknown format is Arabic digits."""
    if not 0 <= value <= _MOST or form in ("none", "bullet"):
        return ""
    if form == "decimalZero":
        return f"{value:02d}"
    if form == "decimalFullWidth":
        return "".join(chr(ord(digit) + 0xFEE0) for digit in str(value))
    if form.startswith(("chinese", "japanese", "taiwanese", "ideograph")) and "Enclosed" not in form:
        return _chinese(value)
    if value == 0:
        return "0"
    if form in ("upperLetter", "lowerLetter"):
        # Word goes on with AA, BB, CC.
        letter = chr(ord("A") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in ("upperRoman", "lowerRoman"):
        roman = _roman(value)
        return roman.upper() if form == "upperRoman" else roman
    if form.startswith("decimalEnclosedCircle"):
        return _circled(value)
    return str(value)


def _chinese(value: int) -> str:
    if value < 10:
        return _DIGITS[value]
    written, gap = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, size)
        if digit:
            written += ("零" if gap and written else "") + _DIGITS[digit] + unit
        gap = not digit
    return written.removeprefix("一") if written.startswith("一十") else written


def _roman(value: int) -> str:
    written = ""
    for size, letters in _ROMAN:
        times, value = divmod(value, size)
        written += letters * times
    return written


def _circled(value: int) -> str:
    for last, origin in ((20, 0x2460), (35, 0x3251 - 20), (50, 0x32B1 - 35)):
        if value <= last:
            return chr(origin + value - 1)
    return str(value)
