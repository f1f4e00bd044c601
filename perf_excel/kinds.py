"""Value kinds: one object says how a column's cells are read, offered, shown and explained.

A kind gives the parser (reader), the drop-down or validation and the number format (template), and the words for
the guide. Adding a column means choosing a kind, not writing a parser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from perf_excel import dates
from perf_excel.numbers import NATURES, from_float, plain, read_nature, read_quantity, to_wan
from perf_excel.text import fold, halfwidth, squeeze, strip

TEXT_FORMAT = "@"

#: How a problem of a figure is put to the clerk (fields of C01 and C03).
PROBLEM_WORDS = {
    "words": "不是一个数",
    "long": "位数太多，不像一个实际的数",
    "range": "是一个范围，看不出是哪个数",
    "month": "看不出是几个月，还是几月份",
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
    """What a cell lets through when typed into (Excel's data validation, in kinds all programs share).

    Attributes:
        type: list, decimal, whole.
        source: for a list, the defined name or formula behind `=`.
        low, high: bounds, both included, for the others.
        strict: refuse anything else; otherwise only warn.
    """

    type: str
    source: str = ""
    low: float = 0
    high: float = 0
    strict: bool = True


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
        return None


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
        text = as_text(raw)
        if text in self.options:
            return Reading(text)
        key = fold(text)
        for option in self.options:
            if fold(option) == key:
                return Reading(option, "C03", {"read": option})
        if key in self.spellings:
            option = self.spellings[key]
            return Reading(option, "C03", {"read": option})
        if self.other == "C03":
            return Reading(text, "C03", {"read": f"{text}（不在下拉框内，照原样采用）"})
        return Reading(text, self.other, {"options": "、".join(self.options)})

    def validation(self) -> Validation | None:
        """Offer the list; warn only, where other words are taken."""
        return Validation("list", self.source or f"列表_{self.list_name}", strict=self.other != "C03")


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
        return Reading(nature) if text == nature else Reading(nature, "C03", {"read": nature})


@dataclass(frozen=True, slots=True)
class Figure(Kind):
    """A figure in a fixed unit: points, per cent, a count.

    Attributes:
        unit: the unit that may be written behind it.
        low, high: what the template lets through.
    """

    unit: str = "分"
    low: float = 0
    high: float = 100
    takes: str = "数字"
    number_format: str = "General"
    align: str = "right"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read the figure exactly; C03 where the typed text was read differently, C01 where it is none."""
        return _figure(raw, self.unit)

    def validation(self) -> Validation | None:
        """Let through numbers within the bounds."""
        return Validation("decimal", low=self.low, high=self.high)


@dataclass(frozen=True, slots=True)
class Money(Kind):
    """An amount of money, given in the workbook's 金额单位 and held in 万元."""

    takes: str = "金额，只填数字"
    number_format: str = "#,##0.00####"
    align: str = "right"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read the amount; 「172800元」 in 万元 is 17.28, and said."""
        reading = _figure(raw, unit)
        if reading.value is not None and reading.value < 0:
            return Reading(reading.value, "C01", {"why": "是负数，金额不能为负", "example": "17.28"})
        if reading.value is None or unit == "万元":
            return reading
        return Reading(to_wan(reading.value, unit), reading.code, reading.fields)

    def validation(self) -> Validation | None:
        """Let through any amount that is not negative."""
        return Validation("decimal", low=0, high=1e12)


def _figure(raw: Any, unit: str) -> Reading:
    if not isinstance(raw, (str, int, float)) or isinstance(raw, bool):
        return Reading(None, "C01", {"why": PROBLEM_WORDS["words"], "example": "17.28"})
    quantity = read_quantity(raw, unit)
    if quantity.problem == "percent":
        share = read_quantity(raw, "").value or Decimal(0)
        return Reading(None, "C03.ask", {"share": as_text(raw), "percent": plain(share * 100)})
    if quantity.value is None:
        return Reading(
            None,
            "C01",
            {"why": PROBLEM_WORDS.get(quantity.problem, PROBLEM_WORDS["words"]), "example": "17.28"},
        )
    if quantity.changed and isinstance(raw, str):
        return Reading(quantity.value, "C03", {"read": plain(quantity.value)})
    return Reading(quantity.value)


@dataclass(frozen=True, slots=True)
class Rate(Kind):
    """自评执行率 as people print it; held as a ratio (1 for 100 %)."""

    takes: str = "百分数"
    number_format: str = "0.00%"
    align: str = "right"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read 98%, 98 or 0.98 as a ratio; which of them was meant is settled by comparing (A09)."""
        if isinstance(raw, str):
            text = squeeze(halfwidth(raw))
            quantity = read_quantity(text.rstrip("%"), "")
            if quantity.value is None:
                return Reading(None, "C01", {"why": PROBLEM_WORDS["words"], "example": "98.50%"})
            percent = text.endswith("%") or abs(quantity.value) > 2
            return Reading(quantity.value.scaleb(-2) if percent else quantity.value)
        if not isinstance(raw, (int, float)) or isinstance(raw, bool):
            return Reading(None, "C01", {"why": PROBLEM_WORDS["words"], "example": "98.50%"})
        value = from_float(raw)
        return Reading(value / 100 if abs(value) > 2 else value)

    def validation(self) -> Validation | None:
        """Let through a ratio or a percentage."""
        return Validation("decimal", low=0, high=1000)


@dataclass(frozen=True, slots=True)
class Value(Kind):
    """指标值, 实际完成值: read later, when nature and unit of the row are known (`measures`)."""

    takes: str = "数字，定性指标填文字"
    align: str = "center"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Keep the cell as typed, without outer spaces."""
        return Reading(strip(raw) if isinstance(raw, str) else raw)


@dataclass(frozen=True, slots=True)
class ProjectNo(Kind):
    """项目序号: a whole number from 1."""

    takes: str = "项目信息表里的序号"
    number_format: str = "0"
    align: str = "center"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read a whole number; anything else is an unknown key (S06)."""
        if not isinstance(raw, bool) and isinstance(raw, (str, int, float)):
            quantity = read_quantity(raw, "")
            value = quantity.value
            if (
                value is not None
                and not quantity.unit
                and not quantity.nature
                and value == value.to_integral_value()
                and 0 < value < 10**6
            ):
                return Reading(int(value))
        return Reading(None, "S06", {"options": "项目信息表里有的序号，如 1"})

    def validation(self) -> Validation | None:
        """Let through a whole number."""
        return Validation("whole", low=1, high=99999)


@dataclass(frozen=True, slots=True)
class IndicatorNo(Kind):
    """指标编号: the pre-printed key ZB001 …; case, width and spaces do not count."""

    takes: str = "已印好，不要改动"
    align: str = "center"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Return the key in capitals."""
        return Reading(squeeze(halfwidth(as_text(raw))).upper())


@dataclass(frozen=True, slots=True)
class Year(Kind):
    """预算年度, four digits."""

    takes: str = "四位年份"
    number_format: str = "General"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read 2024 or 2024年; anything else is no year (C01)."""
        text = squeeze(halfwidth(as_text(raw))).removesuffix("年度").removesuffix("年")
        if len(text) == 4 and text.isdigit() and 2000 <= int(text) <= 2100:
            return Reading(int(text))
        return Reading(None, "C01.other", {"why": "不是四位年份", "example": "2024"})

    def validation(self) -> Validation | None:
        """Let through the years of this century."""
        return Validation("whole", low=2000, high=2100)


@dataclass(frozen=True, slots=True)
class Day(Kind):
    """A date."""

    takes: str = "日期"
    number_format: str = "yyyy-mm-dd"

    def parse(self, raw: Any, unit: str) -> Reading:
        """Read a date in any common spelling; other words stay as typed and are asked about (C01)."""
        if isinstance(raw, (int, float)) and not isinstance(raw, bool) and 30000 < raw < 80000:
            raw = datetime.fromordinal(date(1899, 12, 30).toordinal() + int(raw))
        span = dates.read_span(raw, 2000)
        if span is not None and span.first == span.last and span.dated:
            return Reading(span.first)
        return Reading(None, "C01.other", {"why": "不是一个日期", "example": "2025-03-20"})
