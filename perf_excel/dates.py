"""Deadlines: 「12月底前」「2024年12月31日前」「2024.12」 as ranges of days in 预算年度.

A date typed by a person is seldom one day: 「12月」 is any day of the month, 「9月前」 may or may not include September.
So a reading is a range, and a comparison that the ranges do not settle is None: the clerk is asked.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from perf_excel.text import halfwidth, squeeze

_FULL = re.compile(r"^(\d{4})(?:年|[-./])(\d{1,2})(?:(?:月|[-./])(?:(\d{1,2})日?)?)?(?P<tail>\D*)$")
_MONTH = re.compile(r"^(\d{1,2})月(?:份)?(?:(\d{1,2})日)?(?P<tail>\D*)$")
_YEAR = re.compile(r"^(?:(\d{4})年?|当年|本年|年)(?P<tail>底|末|度?内)(?:之?前)?(?:完成)?$")
_TAIL = re.compile(
    r"^(?:份|上旬|中旬|下旬|初|底|末)?(?:之?前|以前|止)?(?:全部|按时|如期|按期)?(?:完成|完工|竣工|提交|到位|验收)?$"
)
_BOUNDED = ("底", "末", "日", "旬", "初")
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
    if match := _FULL.match(text):
        return _span(int(match[1]), int(match[2]), match[3], match["tail"], dated=True)
    if match := _MONTH.match(text):
        return _span(year, int(match[1]), match[2], match["tail"], dated=False)
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


def met(deadline: Span, actual: Span) -> bool | None:
    """Tell whether `actual` is in time; None where the texts leave it open.

    A month without a year early in the year, against a deadline late in it, may be next year's.
    """
    if not actual.dated and actual.last.month <= 3 and deadline.last.month >= 10:
        return None
    sure = deadline.last if deadline.strict else deadline.first - timedelta(days=1)
    if actual.last <= sure:
        return True
    if actual.first > deadline.last:
        return False
    return None
