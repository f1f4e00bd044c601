"""Deadlines: 「12月底前」「2024年12月31日前」「2024.12」 as ranges of days in 预算年度.

A date typed by a person is seldom one day: 「12月」 is any day of the month, 「9月前」 may or may not include September.
So a reading is a range, and a comparison that the ranges do not settle is None: the clerk is asked.
A bare figure in a cell for dates (2024.12, 20241231, the 45657 that a spreadsheet holds) is read apart: whoever reads it
must say so.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from perf_excel.numbers import from_float, plain
from perf_excel.text import halfwidth, squeeze

_EPOCH = date(1899, 12, 30)  # day 0 of the numbers that spreadsheets hold for dates
#: The numbers of the days that any date of ours may have: 2000-01-01 to 2100-12-31.
SERIALS = range(36526, 73416)
_FULL = re.compile(r"^(\d{4})(?:年|[-./])(\d{1,2})(?:(?:月|[-./])(?:(\d{1,2})[日号]?)?)?(?P<tail>\D*)$")
_MONTH = re.compile(r"^(\d{1,2})月(?:份)?(?:(\d{1,2})[日号])?(?P<tail>\D*)$")
_YEAR = re.compile(r"^(?:(\d{4})年?|当年|本年|年)(?P<tail>底|末|度?内)(?:之?前)?(?:完成)?$")
_TAIL = re.compile(
    r"^(?:份|上旬|中旬|下旬|初|底|末)?(?:之?前|以前|止|内)?(?:全部|按时|如期|按期)?(?:完成|完工|竣工|提交|到位|验收)*$"
)
_BOUNDED = ("底", "末", "日", "旬", "初", "内")
_MONTH_FIGURE = re.compile(r"^(\d{4})\.(\d{1,2})$")
_DAY_FIGURE = re.compile(r"^(\d{4})(\d{2})(\d{2})?$")
_NAMED_YEAR = re.compile(r"^(?:(次年|翌年|下年)|当年|本年)(?=\d)")
_MONTH_AND_DAY = re.compile(r"^(?:[1-9]|1[0-2])\.(?:0?[1-9]|[12]\d|3[01])$")
#: An undated month up to this one may be of the year in which the evaluation is written.
_EARLY = 3
_PARTS = {"上旬": (1, 10), "初": (1, 10), "中旬": (11, 20), "下旬": (21, 31)}


@dataclass(frozen=True, slots=True)
class Span:
    """A date as typed.

    Attributes:
        first, last: the days it may mean, both included.
        dated: the year was written.
        strict: as a deadline it is sure to include `last` (「9月底前」), where 「9月前」 is not.
    """

    first: date
    last: date
    dated: bool
    strict: bool = True


def read_span(raw: object, year: int) -> Span | None:
    """Read a date as people type it; None where it is none.

    Args:
        raw: the cell's content, text or a date.
        year: 预算年度, for a month without a year.
    """
    if isinstance(raw, datetime):
        return Span(raw.date(), raw.date(), True)
    if isinstance(raw, date):
        return Span(raw, raw, True)
    if not isinstance(raw, str):
        return None
    text = squeeze(halfwidth(raw)).lstrip("<=≤于在").rstrip("。;,")
    named = _NAMED_YEAR.match(text)
    if named is not None:
        text, year = text[named.end() :], year + (named[1] is not None)
    if match := _FULL.match(text):
        return _span(int(match[1]), int(match[2]), match[3], match["tail"], dated=True)
    if match := _MONTH.match(text):
        return _span(year, int(match[1]), match[2], match["tail"], dated=named is not None)
    if match := _YEAR.match(text):
        its_year = int(match[1] or year)
        if 1900 < its_year < 2200:
            return Span(date(its_year, 1, 1), date(its_year, 12, 31), match[1] is not None)
    return None


def _span(year: int, month: int, day: str | None, tail: str, *, dated: bool) -> Span | None:
    if not (1 <= month <= 12 and 1900 < year < 2200) or not _TAIL.match(tail):
        return None
    last_day = calendar.monthrange(year, month)[1]
    if day is not None:
        if not 1 <= int(day) <= last_day:
            return None
        exact = date(year, month, int(day))
        return Span(exact, exact, dated)
    part = next((days for word, days in _PARTS.items() if word in tail), (1, last_day))
    bounded = any(word in tail for word in _BOUNDED) or "前" not in tail
    return Span(date(year, month, part[0]), date(year, month, min(part[1], last_day)), dated, bounded)


def is_deadline(raw: object, year: int) -> bool:
    """Tell whether a target can only be meant as a date: it names a day, a year with a month, or 底 / 末 / 前 / 止."""
    if isinstance(raw, (date, datetime)):
        return True
    if not isinstance(raw, str) or read_span(raw, year) is None:
        return False
    text = squeeze(halfwidth(raw))
    return any(word in text for word in "底末前止日内") or _FULL.match(text) is not None


def figures(raw: object) -> str:
    """Return the bare figure that a cell holds, as text; "" where it holds anything else."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return plain(from_float(raw))
    text = squeeze(halfwidth(raw)).rstrip("。;,") if isinstance(raw, str) else ""
    return text if text.replace(".", "", 1).isdecimal() else ""


def read_figures(raw: object) -> Span | None:
    """Read a date written as a bare figure: 2024.12, 202412, 20241231, or the number that a spreadsheet holds for a day.

    The number 2024.1 may have been typed as 2024.10, which a number cell cannot keep: no reading.
    """
    text = figures(raw)
    if match := _MONTH_FIGURE.match(text):
        kept = isinstance(raw, str) or match[2] != "1"
        return _span(int(match[1]), int(match[2]), None, "", dated=True) if kept else None
    if match := _DAY_FIGURE.match(text):
        return _span(int(match[1]), int(match[2]), match[3], "", dated=True)
    day = serial_day(raw)
    return Span(day, day, True) if day else None


def serial_day(raw: object) -> date | None:
    """Return the day that a bare figure stands for in a spreadsheet, None for figures that no date of ours has."""
    text = figures(raw)
    number = int(text) if text.isdecimal() else 0
    return from_serial(number) if number in SERIALS else None


def is_month_and_day(raw: object) -> bool:
    """Tell whether a bare figure looks like a month and a day: 12.31."""
    return _MONTH_AND_DAY.match(figures(raw)) is not None


def serial(day: date) -> int:
    """Return the number that a spreadsheet holds for a date."""
    return (day - _EPOCH).days


def from_serial(number: float) -> date:
    """Return the date for which a spreadsheet holds a number."""
    return _EPOCH + timedelta(days=int(number))


def shown(span: Span) -> str:
    """Return a dated reading as it is put to the clerk: 2024-12-31, or 2024年12月."""
    return span.first.isoformat() if span.first == span.last else f"{span.first.year}年{span.first.month}月"


def may_be_next_year(actual: Span) -> bool:
    """Tell whether a date without its year may be of the year after, in which the evaluation is written."""
    return not actual.dated and actual.last.month <= _EARLY


def met(deadline: Span, actual: Span) -> bool | None:
    """Tell whether `actual` is in time; None where the texts leave it open."""
    this_year = _met(deadline, actual)
    if not may_be_next_year(actual):
        return this_year
    first, last = (_next_year(day) for day in (actual.first, actual.last))
    return this_year if this_year is _met(deadline, Span(first, last, False)) else None


def _next_year(day: date) -> date:
    last = calendar.monthrange(day.year + 1, day.month)[1]
    return day.replace(year=day.year + 1, day=min(day.day, last))


def _met(deadline: Span, actual: Span) -> bool | None:
    sure = deadline.last if deadline.strict else deadline.first - timedelta(days=1)
    if actual.last <= sure:
        return True
    if actual.first > deadline.last:
        return False
    return None
