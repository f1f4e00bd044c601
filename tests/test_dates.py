"""Deadlines: dates as people type them are ranges of days; what the ranges do not settle is asked."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_excel.dates import (
    SERIALS,
    from_serial,
    is_deadline,
    is_month_and_day,
    met,
    read_figures,
    read_span,
    serial,
    shown,
)

YEAR = 2024

#: typed -> first and last day that it may mean
SPANS = [
    ("2024-12-31", "2024-12-31", "2024-12-31"),
    ("2024/12/31", "2024-12-31", "2024-12-31"),
    ("2024.12.31", "2024-12-31", "2024-12-31"),
    ("2024年12月31日", "2024-12-31", "2024-12-31"),
    ("2024 年 12 月 31 日", "2024-12-31", "2024-12-31"),
    ("２０２４年１２月３１日前", "2024-12-31", "2024-12-31"),
    ("2024年12月31日前", "2024-12-31", "2024-12-31"),
    ("12月31号前", "2024-12-31", "2024-12-31"),
    ("12月内", "2024-12-01", "2024-12-31"),
    ("12月底前完成验收", "2024-12-01", "2024-12-31"),
    ("次年1月", "2025-01-01", "2025-01-31"),
    ("当年1月15日", "2024-01-15", "2024-01-15"),
    ("2024年12月31日之前完成", "2024-12-31", "2024-12-31"),
    ("6月30日前", "2024-06-30", "2024-06-30"),
    ("2024.12", "2024-12-01", "2024-12-31"),
    ("2024-02", "2024-02-01", "2024-02-29"),
    ("2023年2月", "2023-02-01", "2023-02-28"),
    ("2024年12月", "2024-12-01", "2024-12-31"),
    ("12月", "2024-12-01", "2024-12-31"),
    ("9月份", "2024-09-01", "2024-09-30"),
    ("12月底前", "2024-12-01", "2024-12-31"),
    ("9月前", "2024-09-01", "2024-09-30"),
    ("年底前", "2024-01-01", "2024-12-31"),
    ("2024年底前", "2024-01-01", "2024-12-31"),
    ("当年底", "2024-01-01", "2024-12-31"),
    ("年内", "2024-01-01", "2024-12-31"),
    (datetime(2024, 12, 31, 17, 30), "2024-12-31", "2024-12-31"),
    (date(2025, 1, 5), "2025-01-05", "2025-01-05"),
]


@pytest.mark.parametrize(("typed", "first", "last"), SPANS)
def test_dates_as_people_type_them(typed, first, last):
    span = read_span(typed, YEAR)
    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("typed", "dated"),
    [("2024.12", True), ("2024年底前", True), ("12月", False), ("年底前", False), (date(2024, 1, 5), True)],
)
def test_it_is_known_whether_the_year_was_written(typed, dated):
    assert read_span(typed, YEAR).dated is dated


NO_DATES = [
    "2024-02-30", "2023年2月29日", "2月30日", "4月31日前", "13月", "0月", "2024.13", "2024.0", "2024-00-10", "12月0日",
    "0024年5月1日", "9999-12-31", "无", "", "—", "尚未完成", "按期完成", "5", "12.31", "100%", "3个月", "2024年度计划",
    None, True, 45657, 12.5,
]  # fmt: skip


@pytest.mark.parametrize("typed", NO_DATES)
def test_impossible_dates_and_other_words_are_no_dates(typed):
    assert read_span(typed, YEAR) is None
    assert not is_deadline(typed, YEAR)


def test_a_month_without_a_year_is_of_the_budget_year():
    assert read_span("2月", 2023).last == date(2023, 2, 28)
    assert read_span("2月29日", 2023) is None


DEADLINES = [
    "12月底前",
    "9月前",
    "年底前",
    "2024年12月31日前",
    "2024.12",
    "2024-12-31",
    "12月31日",
    "年内",
    date(2024, 6, 30),
    datetime(2024, 6, 30),
]


@pytest.mark.parametrize("typed", DEADLINES)
def test_targets_that_can_only_be_dates(typed):
    assert is_deadline(typed, YEAR)


@pytest.mark.parametrize("typed", ["12月", "3个月", "30天", "2024", "95", "按时完成"])
def test_targets_that_may_be_something_else(typed):
    assert not is_deadline(typed, YEAR)


MET, MISSED, OPEN = True, False, None

#: deadline, actual -> met, missed, or open: the clerk is asked
CASES = [
    ("12月底前", "12月", MET),
    ("12月底前", "11月30日", MET),
    ("12月底前", "2024年12月31日", MET),
    ("12月底前", datetime(2024, 12, 31, 23, 59), MET),
    ("12月底前", "2025年1月", MISSED),
    ("12月底前", date(2025, 1, 1), MISSED),
    ("2024年12月31日前", "2024-12-31", MET),
    ("2024年12月31日前", "2025-01-01", MISSED),
    ("2024年12月31日前", "12月", MET),
    ("2024.12", "2024.12", MET),
    ("2024.12", "2024.11.05", MET),
    ("2024.12", "2025.1", MISSED),
    ("2024-12-31", "12月20日", MET),
    # 「9月前」 may or may not include September
    ("9月前", "7月", MET),
    ("9月前", "8月31日", MET),
    ("9月前", "9月", OPEN),
    ("9月前", "9月1日", OPEN),
    ("9月前", "9月30日", OPEN),
    ("9月前", "10月", MISSED),
    ("9月前", "10月1日", MISSED),
    ("9月底前", "9月", MET),
    ("9月底前", "9月30日", MET),
    ("9月底前", "10月1日", MISSED),
    ("9月", "9月30日", MET),
    ("9月", "10月", MISSED),
    # a month against a day in it
    ("9月15日前", "9月15日", MET),
    ("9月15日前", "9月16日", MISSED),
    ("9月15日前", "9月", OPEN),
    ("9月15日前", "8月", MET),
    ("9月15日前", "10月", MISSED),
    # the end of the year
    ("年底前", "12月20日", MET),
    ("年底前", "11月", MET),
    ("年底前", "2024年12月31日", MET),
    ("年底前", "2025年1月10日", MISSED),
    # early in the year without a year: it may be the next one
    ("12月底前", "1月", OPEN),
    ("12月底前", "1月15日", OPEN),
    ("12月底前", "3月", OPEN),
    ("年底前", "2月", OPEN),
    ("10月底前", "3月5日", OPEN),
    ("12月底前", "2024年1月", MET),
    ("12月底前", "4月", MET),
    ("6月底前", "2月", OPEN),
    ("3月底前", "1月", OPEN),
    ("3月底前", "3月25日", OPEN),
    ("3月底前", "2024年1月", MET),
    ("3月底前", "当年1月", MET),
    ("12月底前", "次年1月", MISSED),
    ("1月15日前", "3月", MISSED),
    ("2025年6月底前", "1月", MET),
    ("3月底前", "4月", MISSED),
]  # fmt: skip


@pytest.mark.parametrize(("deadline", "actual", "expected"), CASES)
def test_deadlines(deadline, actual, expected):
    assert met(read_span(deadline, YEAR), read_span(actual, YEAR)) is expected


@pytest.mark.parametrize(
    ("deadline", "actual", "wrong"),
    [
        ("12月上旬", "12月20日", MET),
        ("2024年6月中旬", "6月30日", MET),
        ("10月初", "10月25日", MET),
        ("6月15日前", "6月下旬", MET),
        ("6月20日前", "6月上旬", MISSED),
        ("6月下旬", "6月30日", MISSED),
        ("12月上旬", "11月30日", MISSED),
    ],
)
def test_a_part_of_a_month_is_not_taken_for_the_whole(deadline, actual, wrong):
    assert met(read_span(deadline, YEAR), read_span(actual, YEAR)) is not wrong


#: a bare figure in a cell for dates -> how its reading is put to the clerk
FIGURES = [
    ("2024.12", "2024年12月"),
    ("２０２４．１２", "2024年12月"),
    ("2024.1", "2024年1月"),
    ("2024.10", "2024年10月"),
    (2024.12, "2024年12月"),
    (2024.2, "2024年2月"),
    ("202412", "2024年12月"),
    ("20241231", "2024-12-31"),
    (20241231, "2024-12-31"),
    (45657, "2024-12-31"),
    (45657.75, None),
    ("45657", "2024-12-31"),
    (36526, "2000-01-01"),
    (73415, "2100-12-31"),
    (36525, None),
    (73416, None),
    (2024.1, None),  # or was it 2024.10?
    ("2024.13", None),
    ("20241331", None),
    ("12.31", None),
    ("2024", None),
    ("5", None),
    ("12月", None),
    ("", None),
    (True, None),
    (None, None),
]


@pytest.mark.parametrize(("raw", "said"), FIGURES)
def test_dates_written_as_bare_figures(raw, said):
    span = read_figures(raw)
    assert (shown(span) if span else None) == said


@pytest.mark.parametrize(
    ("raw", "looks"),
    [("12.31", True), (12.31, True), ("1.5", True), ("13.5", False), ("12.32", False), ("12月", False)],
)
def test_figures_that_look_like_month_and_day(raw, looks):
    assert is_month_and_day(raw) is looks


@pytest.mark.parametrize("day", [date(2000, 1, 1), date(2024, 2, 29), date(2100, 12, 31)])
def test_numbers_that_spreadsheets_hold_for_days(day):
    assert from_serial(serial(day)) == day
    assert (serial(date(2000, 1, 1)), serial(date(2100, 12, 31)) + 1) == (SERIALS.start, SERIALS.stop)


days = st.dates(date(2024, 1, 1), date(2025, 12, 31))
quick = settings(deadline=None, database=None, max_examples=200)


@quick
@given(days, days)
def test_full_dates_are_compared_day_by_day(deadline, actual):
    spellings = [actual.isoformat(), f"{actual.year}年{actual.month}月{actual.day}日", f"{actual:%Y.%m.%d}", actual]
    limits = [deadline, f"{deadline.year}年{deadline.month}月{deadline.day}日前", deadline.isoformat()]
    results = {met(read_span(limit, YEAR), read_span(text, YEAR)) for limit in limits for text in spellings}
    assert results == {actual <= deadline}


@quick
@given(days, st.integers(1, 12))
def test_a_day_against_a_month(actual, month):
    last = (date(2024, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    assert met(read_span(f"{month}月底前", YEAR), read_span(actual, YEAR)) is (actual <= last)
    before = met(read_span(f"{month}月前", YEAR), read_span(actual, YEAR))
    assert before is (None if (actual.year, actual.month) == (2024, month) else actual < last)


@quick
@given(st.text(alphabet="0123456789年月日底前末内.-/上中下旬 ２", max_size=14))
def test_any_text_is_a_span_in_order_or_none(text):
    span = read_span(text, YEAR)
    assert span is None or span.first <= span.last
    assert span is not None or not is_deadline(text, YEAR)
