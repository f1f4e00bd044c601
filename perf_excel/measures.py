"""From typed targets and actuals to measures that can be compared: what each indicator's row really says.

Nature, target, unit and actual of a row explain one another (「≥50个」 with the nature left blank), so they are read
together, once, and every reading that is not simply what was typed leaves a finding at its cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from perf_excel import dates
from perf_excel.findings import Finding, Place, finding
from perf_excel.kinds import PROBLEM_WORDS, as_text, share_or_percent, told
from perf_excel.numbers import DURATIONS, Quantity, canonical_unit, is_money_unit, plain, read_quantity, says_nothing
from perf_excel.text import fold, is_error, is_no_answer, shorten, squeeze
from perf_excel.workbook import standard
from perf_excel.workbook.tables import Batch, Table

#: Stands in for 预算年度 where it is blank and only the shape of a date matters.
_NO_YEAR = 2000
#: Good actuals, for messages: never the row's own target, which nobody should copy.
_EXAMPLES = {"%": "98.5"}
#: Units under which a 时效指标 may still be a date.
_DATE_UNITS = ("", "日期", "时间", "年月日", "月日")
#: Problems of a text that is perhaps no figure at all: where no nature says that it should be one, that is asked first.
_WORDY = ("words", "mixed", "several", "letter", "numeral")


class Measured(StrEnum):
    """How an indicator can be scored."""

    FIGURE = "figure"  # target and actual are figures
    JUDGED = "judged"  # 定性: by grade and percentage
    DEADLINE = "deadline"  # a date
    CANCELLED = "cancelled"  # 「取消」: left out
    UNKNOWN = "unknown"  # a finding says why


@dataclass(slots=True)
class Measure:
    """One indicator with its actual.

    Attributes:
        workbook, row, index: identity; `index` is the row in the table of 绩效指标.
        actual_index: the row in the table of 完成情况, -1 where there is none.
        kind: how it can be scored.
        nature, unit: in force, also where they were written into the target.
        target, actual: exact figures (A, B), None where there is none.
        target_text, actual_text: as typed, for printing.
        weight: W in points.
        adjusted, pending: a new target is in force; or one waits for its document, and the old one counts.
        in_time: for deadlines: met, missed or (None) open.
        doubt: why it is open, in words, where that can be told.
        repeats: the actual repeats the target's own words.
        cost, duration: a ＝ target must not be exceeded.
        key: 指标编号, unique within the project.
    """

    workbook: int
    row: int
    index: int
    project_no: int
    key: str
    level1: str
    level2: str
    level3: str
    kind: Measured
    nature: str
    unit: str
    weight: Decimal | None
    target: Decimal | None = None
    actual: Decimal | None = None
    target_text: str = ""
    actual_text: str = ""
    adjusted: bool = False
    pending: bool = False
    in_time: bool | None = None
    doubt: str = ""
    repeats: bool = False
    cost: bool = False
    duration: bool = False
    unique: bool = True
    actual_index: int = -1
    grade: str | None = None
    ratio: Decimal | None = None
    deduction: Decimal | None = None
    typed_score: Decimal | None = None
    reason: str | None = None
    evidence: str | None = None


def measure(batch: Batch) -> tuple[list[Measure], list[Finding]]:
    """Read every indicator of the batch together with its actual.

    Returns:
        One measure for each indicator that names a project, and the findings of reading.
    """
    indicators, actuals = batch.tables["indicators"], batch.tables["actuals"]
    by_key = _actual_rows(actuals)
    measures: list[Measure] = []
    found: list[Finding] = []
    seen: dict[tuple[int, str], int] = {}
    rows_of_sheet = indicators.rows("workbook", "row", "project_no", "indicator_no")
    for index, (workbook, row, project_no, number) in enumerate(rows_of_sheet):
        if project_no is None:
            continue
        first = seen.setdefault((workbook, number), index) if number else index
        unique = number is not None and first == index
        rows = by_key.get((workbook, number), []) if unique else []
        actual_index = rows[0] if len(rows) == 1 else -1
        item = Measure(
            workbook=workbook,
            row=row,
            index=index,
            project_no=project_no,
            key=number if unique else f"{number or '无编号'}（第{row}行）",
            level1=indicators.get(index, "level1") or "",
            level2=indicators.get(index, "level2") or "",
            level3=indicators.get(index, "level3") or "",
            kind=Measured.UNKNOWN,
            nature=indicators.get(index, "nature") or "",
            unit=canonical_unit(indicators.get(index, "unit") or ""),
            weight=indicators.get(index, "weight"),
            unique=unique and len(rows) < 2,
            actual_index=actual_index,
        )
        if actual_index >= 0:
            for key in ("grade", "ratio", "deduction", "typed_score", "reason", "evidence"):
                setattr(item, key, actuals.get(actual_index, key))
        year = batch.sources[workbook].settings["year"]
        found += _Reader(item, indicators, actuals, year).read()
        measures.append(item)
    return measures, found


def _actual_rows(actuals: Table) -> dict[tuple[int, str], list[int]]:
    rows: dict[tuple[int, str], list[int]] = {}
    for index, (workbook, number) in enumerate(actuals.rows("workbook", "indicator_no")):
        if number:
            rows.setdefault((workbook, number), []).append(index)
    return rows


class _Reader:
    """Reads one row; collects what is to be said about it."""

    def __init__(self, item: Measure, indicators: Table, actuals: Table, year: int | None) -> None:
        self.item, self.indicators, self.actuals, self.year = item, indicators, actuals, year
        self.found: list[Finding] = []

    def read(self) -> list[Finding]:
        item = self.item
        column = self._target_column()
        raw_target = self._content(self.indicators, item.index, column)
        raw_actual = self._content(self.actuals, item.actual_index, "actual") if item.actual_index >= 0 else None
        item.target_text = "" if raw_target is None else as_text(raw_target)
        item.actual_text = "" if raw_actual is None else as_text(raw_actual)
        item.repeats = bool(item.actual_text) and _words(item.actual_text) == _words(item.target_text)
        item.cost = item.level1 == standard.COST or "成本" in item.level2
        if item.kind is Measured.CANCELLED or raw_target is None:
            return self.found
        if self._is_deadline(raw_target):
            self._read_deadline(column, raw_target, raw_actual)
        elif item.nature == "定性":
            self._read_judged(column, raw_target)
        elif not self._asks_for_date(column, raw_target):
            self._read_figures(column, raw_target, raw_actual)
        return self.found

    def _target_column(self) -> str:
        """Return the column of the target in force; a new target without its document does not count."""
        new, basis = (self.indicators.get(self.item.index, key) for key in ("new_target", "new_basis"))
        if new is None or basis is None or is_no_answer(basis):
            self.item.pending = new is not None
            return "target"
        self.item.adjusted = True
        if squeeze(as_text(new)) == standard.CANCELLED:
            self.item.kind = Measured.CANCELLED
        return "new_target"

    def _content(self, table: Table, index: int, key: str) -> Any:
        """Return a value cell exactly as typed, None where it is blank or shows an error."""
        value = table.get(index, key)
        if says_nothing(value) or (isinstance(value, str) and is_error(value)):
            return None
        return table.typed(index, key)

    @property
    def _year(self) -> int:
        return self.year or _NO_YEAR

    def _may_be_date(self) -> bool:
        return self.item.level2 == standard.TIMELINESS and self.item.unit in _DATE_UNITS

    def _is_deadline(self, raw: Any) -> bool:
        if dates.figures(raw):
            return self._may_be_date() and not dates.serial_day(raw) and dates.read_figures(raw) is not None
        return self.item.unit in _DATE_UNITS and dates.is_deadline(raw, self._year)

    def _asks_for_date(self, column: str, raw: Any) -> bool:
        """Ask what a bare figure means that may be a date: 45657, 12.31, the number 2024.1."""
        if not self._may_be_date():
            return False
        day, figures = dates.serial_day(raw), dates.figures(raw)
        if day is not None:
            why = f"看不出是一个数，还是日期变成的数字（{figures}是{day}）"
        elif len(figures) == 4 and figures.isdecimal() and 1900 < int(figures) < 2200:
            why = PROBLEM_WORDS["year"]
        elif dates.is_month_and_day(raw):
            why = PROBLEM_WORDS["day"]
        elif not isinstance(raw, str) and figures.endswith(".1") and 1900 < int(figures[:-2]) < 2200:
            why = f"看不出是{figures[:-2]}年1月，还是{figures[:-2]}年10月"
        else:
            return False
        place, title = self.indicators.place(self.item.index, column), self.indicators.sheet.by_key[column].title
        fields: dict[str, Any] = {"column": title, "typed": shorten(as_text(raw)), "why": why, "year": self._year}
        self.found.append(finding("C01.date", place, **fields))
        return True

    def _read_deadline(self, column: str, raw_target: Any, raw_actual: Any) -> None:
        item = self.item
        item.kind = Measured.DEADLINE
        target_place = self.indicators.place(item.index, column)
        deadline = self._span(raw_target, self._year, self.indicators, column, target_place)
        if deadline is None or (self.year is None and not deadline.dated):
            return  # without 预算年度 nobody knows which year is meant
        if raw_actual is None:
            return
        actual_place = self.actuals.place(item.actual_index, "actual")
        actual = self._span(raw_actual, self.year or deadline.last.year, self.actuals, "actual", actual_place)
        if actual is None:
            return
        item.in_time = dates.met(deadline, actual)
        if item.in_time is None and dates.may_be_next_year(actual):
            item.doubt = f"没有写年份，可能是次年{actual.first.month}月（请写上年份），"

    def _span(self, raw: Any, year: int, table: Table, key: str, place: Place) -> dates.Span | None:
        """Read a date; one that was written as a bare figure is said."""
        span = dates.read_figures(raw)
        if span is None:
            return dates.read_span(raw, year) if not dates.figures(raw) else None
        fields: dict[str, Any] = {"column": table.sheet.by_key[key].title, "typed": shorten(as_text(raw))}
        self.found.append(finding("C03", place, read=dates.shown(span), **fields))
        return span

    def _read_judged(self, column: str, raw_target: Any) -> None:
        """定性; but 「≥90%」 under it is a figure's target, and which of the two is meant must be asked."""
        item = self.item
        target = self._quantity(raw_target, item.unit)
        if target.value is not None and target.nature:
            place, title = self.indicators.place(item.index, column), self.indicators.sheet.by_key[column].title
            typed = shorten(as_text(raw_target))
            conflict: dict[str, Any] = {"column": title, "typed": typed, "nature": item.nature, "other": target.nature}
            self.found.append(finding("C05.conflict", place, **conflict))
        else:
            item.kind = Measured.JUDGED

    def _read_figures(self, column: str, raw_target: Any, raw_actual: Any) -> None:
        item = self.item
        target = self._quantity(raw_target, item.unit)
        place = self.indicators.place(item.index, column)
        fields: dict[str, Any] = {
            "column": self.indicators.sheet.by_key[column].title,
            "typed": shorten(as_text(raw_target)),
        }
        if target.value is None:
            self._problem(raw_target, target, place, fields, item.nature)
            item.nature = item.nature or target.nature
            self._read_actual(raw_actual)
            return
        if target.nature and item.nature and target.nature != item.nature:
            self.found.append(finding("C05.conflict", place, nature=item.nature, other=target.nature, **fields))
            return
        taken = []
        if target.nature and not item.nature:
            taken.append(f"指标性质{target.nature}")
        if target.unit and not item.unit:
            taken.append(f"度量单位{target.unit}")
        item.nature, item.unit = item.nature or target.nature, item.unit or target.unit
        if target.changed or taken:
            figure = plain(target.value)
            read = "，".join([f"指标值{figure}", *taken]) if taken else told(raw_target, figure)
            self.found.append(finding("C03", place, read=read, **fields))
        item.target = target.value
        item.duration = item.level2 == standard.TIMELINESS and item.unit in DURATIONS
        self._read_actual(raw_actual)
        if item.nature:
            item.kind = Measured.FIGURE

    def _read_actual(self, raw: Any) -> None:
        item = self.item
        if raw is None:
            return
        place = self.actuals.place(item.actual_index, "actual")
        fields: dict[str, Any] = {"column": self.actuals.sheet.by_key["actual"].title, "typed": shorten(as_text(raw))}
        bare = raw
        if isinstance(raw, str) and squeeze(raw).startswith("达到"):
            bare = squeeze(raw).removeprefix("达到")
        actual = self._quantity(bare, item.unit)
        if actual.nature:
            self.found.append(finding("C02", place, example=_EXAMPLES.get(item.unit, "12"), **fields))
        elif actual.value is None:
            self._problem(raw, actual, place, fields, "")
        elif (is_money_unit(actual.unit) or actual.unit == "万") and not item.unit:
            self._problem(raw, Quantity(problem="unit"), place, fields, "")  # 「5万元」 of what, if no unit is given?
        else:
            item.actual = actual.value
            if actual.changed or bare is not raw:
                self.found.append(finding("C03", place, read=told(raw, plain(actual.value)), **fields))

    def _quantity(self, raw: Any, unit: str) -> Quantity:
        if isinstance(raw, bool):
            return Quantity(problem="words")
        if not isinstance(raw, (str, int, float)):
            return Quantity(problem="date")
        quantity = read_quantity(raw, unit)
        if unit or quantity.value is None:
            return quantity
        if quantity.unit == "月" and quantity.value <= 12 and "个月" not in str(raw):
            return Quantity(nature=quantity.nature, problem="month")  # 「12月」: twelve months, or December?
        if quantity.unit.startswith("年") and 1900 < quantity.value < 2200:
            return Quantity(nature=quantity.nature, problem="year")
        return quantity

    def _problem(self, raw: Any, quantity: Quantity, place: Place, fields: dict[str, Any], nature: str) -> None:
        """Say why a value is no figure; nothing where no nature says that it should be one.

        Args:
            raw: as typed.
            quantity: its reading, without a value.
            place, fields: for the finding.
            nature: for a target, the nature beside it; for an actual "".
        """
        problem, example = quantity.problem, _EXAMPLES.get(self.item.unit, "12")
        if problem == "percent":
            self.found.append(finding("C03.ask", place, **(fields | share_or_percent(raw))))
        elif nature and problem in ("words", "mixed"):
            self.found.append(finding("C01.nature", place, nature=nature, example=example, **fields))
        elif problem in PROBLEM_WORDS and (problem not in _WORDY or self.item.nature):
            why = PROBLEM_WORDS[problem]
            if problem == "unit":
                unit = self.item.unit
                why = f"{why}（度量单位是“{unit}”）" if unit else "而度量单位没有填，看不出按什么单位算"
            self.found.append(finding("C01", place, why=why, example=example, **fields))


def _words(text: str) -> str:
    return fold(text).rstrip("。.;；,，")
