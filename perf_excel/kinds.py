"""Value kinds: one object says how a column's cells are read, offered, shown and explained.

A kind gives the parser (reader), the drop-down or validation and the number format (template), and the words for
the guide. Adding a column means choosing a kind, not writing a parser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from perf_excel import dates
from perf_excel.numbers import NATURES, from_float, plain, read_nature, read_quantity, to_wan
from perf_excel.text import fold, halfwidth, shorten, squeeze, strip

TEXT_FORMAT = "@"

#: How a problem of a figure is put to the clerk (fields of C01 and C03).
PROBLEM_WORDS = {
    "words": "不是一个数",
    "operator": "写了比较符号，看不出准确的数",
    "mixed": "数字前后还写了别的内容，看不出准确的数",
    "several": "里面不止一个数，看不出是哪个数",
    "letter": "数字里夹着字母，看不出准确的数",
    "numeral": "是用汉字写的数，没法计算",
    "date": "是一个日期或时间，多半是输入时被自动改成这样的",
    "long": "位数太多，不像一个实际的数",
    "range": "是一个范围，看不出是哪个数",
    "month": "看不出是几个月，还是几月份",
    "day": "看不出是一个数，还是几月几日",
    "year": "看不出是哪一年，还是多少年",
    "about": "是约数，看不出准确的数",
    "unit": "数字后面写的内容不是这里要求的单位，无法换算",
    "percent": "可能是百分数，也可能是比例",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A cell read by its kind.

    Attributes:
        value: what the program works with; None where the cell says nothing or cannot be read.
        code: "" or the finding that the reading leaves.
        fields: what that finding's templates need beside the cell and its title.
    """

    value: Any = None
    code: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Validation:
    """What a cell lets through when typed into (Excel's data validation, in the kinds that all programs share).

    Attributes:
        type: list, decimal, whole, date, textLength.
        source: for a list, the defined name or formula behind `=`.
        low, high: bounds, both included, for the others; a date's are the numbers that spreadsheets hold for it.
        strict: refuse anything else; otherwise only warn.
        words: what is wrong, for whoever typed something else.
    """

    type: str
    source: str = ""
    low: int | Decimal = 0
    high: int | Decimal = 0
    strict: bool = True
    words: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """Base of the kinds: free text.

    Attributes:
        takes: what the column takes, for the guide, in Chinese.
        number_format: the cells' number format.
        align: left, center or right.
        limit: the most characters asked for (B08), 0 for no limit.
    """

    takes: str = "文字"
    number_format: str = TEXT_FORMAT
    align: str = "left"
    limit: int = 0

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read a cell that is not blank. `unit` is the workbook's 金额单位."""
        return Reading(as_text(raw))

    def validation(self) -> Validation | None:
        """Return what the template lets through, None for anything."""
        if not self.limit:
            return None
        return Validation("textLength", high=self.limit, strict=False, words=f"写得太长了，最多{self.limit}个字。")

    def characters(self, text: str) -> int:
        """Count characters as the template's validation does, for the limit (B08).

        That is LEN: inner spaces, line breaks and punctuation count, as they take room in the form. Outer spaces do
        not, because no form prints them; and a character outside the basic plane counts once, where spreadsheet
        programs disagree between one and two. So whatever the validation lets through is within the limit here too.
        """
        return len(strip(text))


@dataclass(frozen=True, slots=True)
class Prose(Kind):
    """Sentences: what is read for its wording, not for a value."""


def as_text(raw: Any) -> str:
    """Return what a cell shows: text without outer spaces, a number in ordinary digits, a date as 2024-12-31."""
    if isinstance(raw, str):
        return strip(raw)
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, (int, float)):
        return plain(from_float(raw))
    if isinstance(raw, datetime):
        return raw.date().isoformat()
    return str(raw)


def told(raw: Any, read: str) -> str:
    """Return what a cell was read as, for C03; where only spaces differ, which nobody sees, it says so."""
    return f"{read}（去掉了空格等看不见的字符）" if shorten(as_text(raw)) == read else read


@dataclass(frozen=True, slots=True)
class Bounded(Kind):
    """A value between bounds: declared once, for the template's validation and for `parse`.

    Attributes:
        type: the validation's: decimal, whole or date.
        low, high: the bounds, both included.
    """

    type: str = "decimal"
    low: int | Decimal = 0
    high: int | Decimal = 0

    def holds(self, value: Decimal | float) -> bool:
        """Tell whether a value lies within the bounds."""
        return self.low <= value <= self.high

    def validation(self) -> Validation | None:
        """Let through what lies within the bounds."""
        return Validation(self.type, low=self.low, high=self.high, words=f"只能填{self.wanted()}。")

    def wanted(self) -> str:
        """Return what lies within the bounds, in words."""
        return f"{self.low}到{self.high}之间的{'整数' if self.type == 'whole' else '数'}"


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One word of a list.

    Attributes:
        list_name: title of the list on the sheet of lists, and of its defined name.
        options: the words.
        spellings: other spellings, taken and said (C03).
        other: the finding for any other word; the word itself is kept.
        source: a formula for a drop-down that depends on another cell.
    """

    list_name: str = ""
    options: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    other: str = "S06"
    source: str = ""
    takes: str = "从下拉框中选"
    align: str = "center"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Take an option, or a spelling of one."""
        if raw in self.options:
            return Reading(raw)
        text = as_text(raw)
        key = fold(text)
        for option in self.options:
            if fold(option) == key:
                return Reading(option, "C03", {"read": told(raw, option)})
        if key in self.spellings:
            option = self.spellings[key]
            return Reading(option, "C03", {"read": option})
        if self.other == "C03":
            return Reading(text, "C03", {"read": f"{text}（不在下拉框内，照原样采用）"})
        return Reading(text, self.other, {"options": "、".join(self.options)})

    def validation(self) -> Validation | None:
        """Offer the list; warn only, where other words are taken."""
        source = self.source or f"列表_{self.list_name}"
        return Validation("list", source, strict=self.other != "C03", words="下拉框里没有这个词。")


@dataclass(frozen=True, slots=True)
class Nature(Choice):
    """指标性质, in any of its spellings."""

    list_name: str = "指标性质"
    options: tuple[str, ...] = NATURES

    def parse(self, raw: Any, unit: str) -> Reading:
        """Take a spelling of an operator or 定性; anything else is asked about (C05)."""
        text = as_text(raw)
        nature = read_nature(text)
        if not nature:
            return Reading(None, "C05", {"options": "、".join(NATURES)})
        return Reading(nature) if raw == nature else Reading(nature, "C03", {"read": told(raw, nature)})


@dataclass(frozen=True, slots=True)
class Figure(Bounded):
    """A figure in a fixed unit: points, per cent, a count.

    Attributes:
        unit: the unit that may be written behind it.
        named_by: the checks that say so where a figure is out of bounds (they know closer ones than the template);
            where there are none, reading says it (A05).
    """

    unit: str = "分"
    named_by: tuple[str, ...] = ()
    high: int | Decimal = 100
    takes: str = "数字"
    number_format: str = "General"
    align: str = "right"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read the figure exactly; C03 where the typed text was read differently, C01 where it is none."""
        reading = _figure(raw, self.unit)
        value = read_quantity(raw, "").value if reading.code == "C03.ask" else reading.value
        if value is None or self.named_by or self.holds(value):
            return reading
        return Reading(None, "A05.bounds", {"low": self.low, "high": self.high})


@dataclass(frozen=True, slots=True)
class Money(Bounded):
    """An amount of money, given in the workbook's 金额单位 and held in 万元."""

    high: int | Decimal = 10**12
    takes: str = "金额，只填数字"
    number_format: str = "#,##0.00####"
    align: str = "right"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read the amount; 「172800元」 in 万元 is 17.28, and said."""
        reading = _figure(raw, unit)
        if reading.value is None:
            return reading
        if reading.value < self.low:
            return Reading(reading.value, "C01", {"why": "是负数，金额不能为负", "example": "17.28"})
        if not self.holds(reading.value):
            return Reading(None, "C01", {"why": PROBLEM_WORDS["long"], "example": "17.28"})
        return reading if unit == "万元" else Reading(to_wan(reading.value, unit), reading.code, reading.fields)

    def wanted(self) -> str:
        """Return what an amount is; nobody comes near the upper bound."""
        return "0或者正数"


def _figure(raw: Any, unit: str) -> Reading:
    if not isinstance(raw, (str, int, float)) or isinstance(raw, bool):
        why = "words" if isinstance(raw, bool) else "date"
        return Reading(None, "C01", {"why": PROBLEM_WORDS[why], "example": "17.28"})
    quantity = read_quantity(raw, unit)
    if quantity.problem == "percent":
        return Reading(None, "C03.ask", share_or_percent(raw))
    if quantity.value is None or quantity.nature:
        problem = quantity.problem or "operator"
        return Reading(None, "C01", {"why": PROBLEM_WORDS.get(problem, PROBLEM_WORDS["words"]), "example": "17.28"})
    if quantity.changed:
        return Reading(quantity.value, "C03", {"read": told(raw, plain(quantity.value))})
    return Reading(quantity.value)


def share_or_percent(raw: Any) -> dict[str, str]:
    """Return the two percentages that a small figure under a % unit may mean, for C03.ask."""
    share = read_quantity(raw, "").value or Decimal(0)
    return {"share": plain(share), "percent": plain(share * 100)}


@dataclass(frozen=True, slots=True)
class Rate(Bounded):
    """自评执行率 as people print it; held as a ratio (1 for 100 %)."""

    high: int | Decimal = 1000
    takes: str = "百分数"
    number_format: str = "0.00%"
    align: str = "right"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read 98%, 98 or 0.98 as a ratio; which of them was meant is settled by comparing (A09)."""
        if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
            return Reading(None, "C01", {"why": PROBLEM_WORDS["words"], "example": "98.50%"})
        text = squeeze(halfwidth(raw)) if isinstance(raw, str) else ""
        quantity = read_quantity(text.removesuffix("%") if text else raw, "")
        value = quantity.value
        if value is None or quantity.unit or quantity.nature:
            return Reading(None, "C01", {"why": PROBLEM_WORDS["words"], "example": "98.50%"})
        if not self.holds(value):
            return Reading(None, "A05.bounds", {"low": f"{self.low}%", "high": f"{self.high}%"})
        ratio = value.scaleb(-2) if text.endswith("%") or abs(value) > 2 else value
        read = f"{plain(ratio * 100)}%"
        same = not text or (raw == text and ratio * 100 == value)
        return Reading(ratio) if same else Reading(ratio, "C03", {"read": told(raw, read)})

    def wanted(self) -> str:
        """Return what a rate is; nobody comes near the upper bound."""
        return "百分数，不能是负数"


@dataclass(frozen=True, slots=True)
class Value(Kind):
    """指标值, 实际完成值: read later, when nature and unit of the row are known (`measures`)."""

    takes: str = "数字，定性指标填文字"
    align: str = "center"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Keep the cell as typed, without outer spaces."""
        return Reading(strip(raw) if isinstance(raw, str) else raw)


@dataclass(frozen=True, slots=True)
class ProjectNo(Bounded):
    """项目序号: a whole number from 1."""

    type: str = "whole"
    low: int | Decimal = 1
    high: int | Decimal = 99999
    takes: str = "项目信息表里的序号"
    number_format: str = "0"
    align: str = "center"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read a whole number; anything else is an unknown key (S06)."""
        if not isinstance(raw, bool) and isinstance(raw, (str, int, float)):
            quantity = read_quantity(raw, "")
            value = quantity.value
            if value is not None and not quantity.unit and not quantity.nature:
                if value == value.to_integral_value() and self.holds(value):
                    said = {"read": told(raw, plain(value))}
                    return Reading(int(value), "C03", said) if quantity.changed else Reading(int(value))
        return Reading(None, "S06", {"options": "项目信息表里有的序号，如 1"})


@dataclass(frozen=True, slots=True)
class IndicatorNo(Kind):
    """指标编号: the pre-printed key ZB001 …; case, width and spaces do not count."""

    takes: str = "已印好，不要改动"
    align: str = "center"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Return the key in capitals."""
        return Reading(squeeze(halfwidth(as_text(raw))).upper())


@dataclass(frozen=True, slots=True)
class Year(Bounded):
    """预算年度, four digits."""

    type: str = "whole"
    low: int | Decimal = 2000
    high: int | Decimal = 2100
    takes: str = "四位年份"
    number_format: str = "General"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read 2024 or 2024年; anything else is no year (C01)."""
        text = squeeze(halfwidth(as_text(raw))).removesuffix("年度").removesuffix("年")
        if len(text) == 4 and text.isdecimal() and self.holds(int(text)):
            same = not isinstance(raw, str) or raw == text
            return Reading(int(text)) if same else Reading(int(text), "C03", {"read": told(raw, text)})
        return Reading(None, "C01.other", {"why": "不是四位年份", "example": "2024"})


@dataclass(frozen=True, slots=True)
class Day(Bounded):
    """A date."""

    type: str = "date"
    low: int | Decimal = dates.SERIALS.start
    high: int | Decimal = dates.SERIALS.stop - 1
    takes: str = "日期"
    number_format: str = "yyyy-mm-dd"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read a date in any common spelling; other words stay as typed and are asked about (C01)."""
        typed = raw
        if isinstance(raw, (int, float)) and not isinstance(raw, bool) and self.holds(raw):
            raw = dates.from_serial(raw)
        span = dates.read_span(raw, 2000)
        if span is None or span.first != span.last or not span.dated:
            return Reading(None, "C01.other", {"why": "不是一个日期", "example": "2025-03-20"})
        if not self.holds(dates.serial(span.first)):
            return Reading(None, "C01.other", {"why": f"不在{self._bounds()}之间", "example": "2025-03-20"})
        shown = span.first.isoformat()
        if typed == shown or not isinstance(typed, str):
            return Reading(span.first)
        return Reading(span.first, "C03", {"read": told(typed, shown)})

    def wanted(self) -> str:
        """Return the dates of this century, in words."""
        return f"{self._bounds()}之间的日期"

    def _bounds(self) -> str:
        first, last = (dates.from_serial(int(number)) for number in (self.low, self.high))
        return f"{first}到{last}"
