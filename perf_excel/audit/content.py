"""A report as a standard workbook: what it says, in the sheets and columns of the declaration, each cell with its place.

The audit checks these tables with the checks of workbooks, and `--to-workbook` writes them. Nothing is made up: what a
report does not say, or does not say clearly, stays blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from perf_excel.audit.forms import Form, Row, split_code
from perf_excel.audit.lexicon import meaning
from perf_excel.audit.outline import Spot
from perf_excel.audit.report import TO_FILL, Report
from perf_excel.names import column_letter
from perf_excel.numbers import NOTHING, as_float, canonical_unit, read_nature, read_quantity
from perf_excel.rules import RuleSet
from perf_excel.text import fold, halfwidth, squeeze, strip
from perf_excel.workbook import standard
from perf_excel.workbook.reader import RawSheet, RawWorkbook
from perf_excel.workbook.template import Content
from perf_excel.workbook.types import Sheet

_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MARKS = re.compile(r"[（(]\s*\d+(?:\.\d+)?\s*分?\s*[)）]$")
_DEDUCTION = re.compile(r"^扣(?:减)?(\d+(?:\.\d+)?)分[：:，,]?\s*")
_OFF = re.compile(r"(?<!每)扣(?:减|除)?(\d+(?:\.\d+)?)分")
_CANCELLED = re.compile(rf"^(.+?)(?:批准)?{standard.CANCELLED}")
_TICKS, _BOXES = "☑☒√✓✔■●", "□£○☐"
_MARKED = re.compile(rf"[{_TICKS}{_BOXES}]|[^{_TICKS}{_BOXES}\s、，,；;]+")
#: Columns that some forms do not have: nobody is asked to fill them in there.
_MAY_LACK = frozenset({standard.INDICATORS.by_key["weight"].key})
_AMOUNTS = ("initial", "budget", "allocated", "received", "executed")


@dataclass(frozen=True, slots=True)
class Filled:
    """A row: its values by column key, where it stands in the report, and where single cells do."""

    values: Mapping[str, Any]
    spot: Spot
    spots: Mapping[str, Spot] = field(default_factory=dict)


@dataclass(slots=True)
class Filling:
    """What reports come to: settings by key, and rows by sheet key."""

    settings: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[Filled]] = field(default_factory=lambda: {sheet.key: [] for sheet in standard.TABLE_SHEETS})

    def content(self) -> Content:
        """Return it as the content of a workbook; 指标体系 is the shipped one."""
        kept = {key: [row.values for row in rows] for key, rows in self.rows.items() if key != standard.CRITERIA.key}
        return Content(self.settings, kept)

    def raw(self, path: Path, digest: str, problem: str = "") -> RawWorkbook:
        """Return it as if it had been read from a file; with a problem, one that could not be."""
        if problem:
            return RawWorkbook(path, digest, problem=problem)
        sheets = {fold(sheet.title): _raw_sheet(sheet, rows) for sheet, rows in self._sheets()}
        title = standard.SETTINGS_SHEET.title
        lines = [[setting.title, self.settings.get(setting.key, "")] for setting in standard.SETTINGS]
        heads = [column.title for column in standard.SETTINGS_SHEET.columns]
        sheets[fold(title)] = RawSheet(title, [[""], heads, *lines], [])
        meta = RawSheet(standard.META_SHEET, [[standard.WORKBOOK_KIND, standard.WORKBOOK_VERSION]], [])
        return RawWorkbook(path, digest, sheets | {fold(standard.META_SHEET): meta}, tuple(sheets))

    def spot(self, title: str, cell: str) -> Spot | None:
        """Return where in the report a cell of the workbook comes from."""
        match = re.match(r"([A-Z]+)(\d+)", cell)
        sheet = next((sheet for sheet in standard.TABLE_SHEETS if sheet.title == title), None)
        if match is None or sheet is None:
            return None
        position = int(match[2]) - standard.FIRST_ROW
        rows = self.rows[sheet.key]
        if not 0 <= position < len(rows):
            return None
        key = next((c.key for i, c in enumerate(sheet.columns) if column_letter(i) == match[1]), "")
        return rows[position].spots.get(key, rows[position].spot)

    def _sheets(self) -> Iterable[tuple[Sheet, list[Filled]]]:
        return ((sheet, self.rows[sheet.key]) for sheet in standard.TABLE_SHEETS if sheet is not standard.CRITERIA)


def _raw_sheet(sheet: Sheet, rows: Sequence[Filled]) -> RawSheet:
    lacking = {key for key in _MAY_LACK if not any(row.values.get(key) for row in rows)}
    heads = ["" if column.key in lacking else column.title for column in sheet.columns]
    cells = [[_stored(row.values.get(column.key)) for column in sheet.columns] for row in rows]
    return RawSheet(sheet.title, [[""], heads, *cells], [])


def _stored(value: Any) -> Any:
    return "" if value is None else value


def fill(reports: Sequence[Report], rules: RuleSet) -> Filling:
    """Put reports into one workbook, a project for each, and for each further 自评表 in one of them."""
    filling = Filling()
    for report in reports:
        _Filler(filling, report, rules).fill()
    units = {report.labels["unit"][0] for report in reports if "unit" in report.labels}
    years = {report.year for report in reports if report.year}
    filling.settings = {
        "unit_name": units.pop() if len(units) == 1 else None,
        "year": years.pop() if len(years) == 1 else None,
    }
    return filling


class _Filler:
    def __init__(self, filling: Filling, report: Report, rules: RuleSet) -> None:
        self.rows, self.report, self.rules = filling.rows, report, rules
        self.number = len(self.rows["projects"])

    def fill(self) -> None:
        first, *others = self.report.forms or [[]]
        form = _with_indicators(first)
        self._project(form)
        self._funds(form or (first[0] if first else None))
        self._scorecard()
        for chapter, (text, spot) in self.report.passages.items():
            self._add("passages", {"chapter": chapter, "text": _completed(text)}, spot)
        self._indicators(form)
        for group in others:
            self._project_of(group)
            self._indicators(_with_indicators(group))

    def _indicators(self, form: Form | None) -> None:
        for row in form.indicators if form else ():
            self._indicator(row)

    def _add(self, sheet: str, values: Mapping[str, Any], spot: Spot, spots: Mapping[str, Spot] | None = None) -> None:
        own = {"project_no": self.number} if "project_no" in standard.SHEET_BY_KEY[sheet].by_key else {}
        self.rows[sheet].append(Filled(own | dict(values), spot, spots or {}))

    # ------------------------------------------------------------ the project

    def _project(self, form: Form | None) -> None:
        report = self.report
        self.number += 1
        labels = report.labels
        values: dict[str, Any] = {key: _completed(text) for key, (text, _) in labels.items()}
        values["allocation"] = _ticked(values.get("allocation"))
        spots = {key: spot for key, (_, spot) in labels.items()}
        for kind, key in (("form", "declared_form"), ("scorecard", "declared_scorecard")):
            if kind in report.declared:
                stated = report.declared[kind]
                values[key], spots[key] = as_float(stated.value), stated.spot
        if form and form.total and "declared_form" not in values:
            values["declared_form"] = _number(form.total.values.get("awarded"))
            spots["declared_form"] = form.total.spot
        if report.grade:
            grade, line = report.grade
            values["declared_grade"], spots["declared_grade"] = grade, line.spot
        self._add("projects", values, labels["name"][1] if "name" in labels else report.start, spots)

    def _project_of(self, forms: Sequence[Form]) -> None:
        """A further 自评表 in the same report is a project of its own, as long as it does not name the same one."""
        self.number += 1
        labels: dict[str, tuple[str, Spot]] = {}
        for form in reversed(forms):
            labels |= form.labels
        values: dict[str, Any] = {key: _completed(text) for key, (text, _) in labels.items()}
        code, name = split_code(values.get("name") or "")
        values |= {"name": name, "code": code or values.get("code"), "allocation": _ticked(values.get("allocation"))}
        form = _with_indicators(forms) or forms[0]
        spots = {key: spot for key, (_, spot) in labels.items()}
        if form.total:
            values["declared_form"], spots["declared_form"] = _number(form.total.values.get("awarded")), form.total.spot
        self._add("projects", values, form.spot, spots)
        for row in form.funds:
            if _has_amount(row):
                self._source(row)

    # ------------------------------------------------------------ money

    def _funds(self, form: Form | None) -> None:
        rows = self.report.tables.funds or (form.funds if form else [])
        sources = [row for row in rows if row.values["source"] != standard.TOTAL_SOURCE and _has_amount(row)]
        sources = [row for row in sources if not _is_nothing(row)] or sources
        totals = [row for row in rows if row.values["source"] == standard.TOTAL_SOURCE and _has_amount(row)]
        said = {key: stated[0] for key, stated in self.report.amounts.items()}
        if not sources:
            self._money_of_prose(totals[0] if totals else None)
            return
        for row in (*sources, *totals[:1]):
            # The text tells amounts of the whole: they are those of a source only where it is the one there is.
            added = {k: s for k, s in said.items() if not row.values.get(k)} if row is sources[0] == sources[-1] else {}
            self._source(row, {k: as_float(s.value) for k, s in added.items()}, {k: s.spot for k, s in added.items()})

    def _money_of_prose(self, total: Row | None) -> None:
        said = {key: stated[0] for key, stated in self.report.amounts.items()}
        budget = _number(total.values.get("budget")) if total else None
        values: dict[str, Any] = {key: as_float(stated.value) for key, stated in said.items()}
        values["budget"] = budget if isinstance(budget, float) else values.get("budget")
        if not any(value is not None for value in values.values()):
            return
        allocated = said.get("allocated")
        treasury = allocated is not None and values["budget"] is not None and float(allocated.value) == values["budget"]
        values["source"] = standard.SOURCES[0] if treasury else None
        spot = total.spot if total else next(iter(said.values())).spot
        self._add("funds", values, spot, {key: stated.spot for key, stated in said.items()})

    def _source(self, row: Row, more: Mapping[str, Any] | None = None, spots: Mapping[str, Spot] | None = None) -> None:
        values: dict[str, Any] = {"source": row.values["source"]}
        values |= {key: _number(row.values.get(key)) for key in _AMOUNTS}
        if row.values["source"] == standard.TOTAL_SOURCE:
            values |= {"typed_rate": _said(row.values.get("rate")), "typed_score": _number(row.values.get("awarded"))}
        self._add("funds", values | dict(more or {}), row.spot, spots)

    # ------------------------------------------------------------ scores

    def _scorecard(self) -> None:
        for item in self.report.leaves:
            values = {
                "category": item.category or None,
                "level1": item.level1 if item.level1 and not meaning("categories", item.level1) else None,
                "level2": item.name,
                "full_marks": as_float(item.full),
                "awarded": as_float(item.awarded),
                "evidence": _completed(item.evidence),
                "reason": _completed(item.reason),
            }
            self._add("scorecard", values, item.spot)

    def _indicator(self, row: Row) -> None:
        key = f"ZB{len(self.rows['indicators']) + 1:03d}"
        said = row.values
        target, actual = (_percentage(said.get(key), said.get("unit")) for key in ("target", "actual"))
        new: dict[str, Any] = {}
        if actual and squeeze(actual) == standard.CANCELLED:
            match = _CANCELLED.match(said.get("reason") or "")
            new, actual = (
                {"new_target": standard.CANCELLED, "new_basis": match[1].removeprefix("按") if match else None},
                None,
            )
        values = {
            "indicator_no": key,
            "level1": _MARKS.sub("", said.get("level1") or "") or None,
            "level2": _MARKS.sub("", said.get("level2") or "") or None,
            "level3": said["level3"],
            "nature": said.get("nature") or None,
            "target": target,
            "unit": said.get("unit") or None,
            "weight": _number(said.get("weight")),
        }
        self._add("indicators", values | new, row.spot)
        self.rows["actuals"].append(Filled({"indicator_no": key, "actual": actual} | self._score(said), row.spot))

    def _score(self, said: Mapping[str, str]) -> dict[str, Any]:
        """Return the typed score with what it rests on: a deduction, or the grade whose band it lies in."""
        reason, typed = said.get("reason") or "", _number(said.get("awarded"))
        weight = _number(said.get("weight"))
        deduction = _DEDUCTION.match(reason)
        values: dict[str, Any] = {"typed_score": typed, "reason": _completed(reason) or None}
        if deduction:
            values |= {"deduction": float(deduction[1]), "reason": reason[deduction.end() :] or None}
        if not isinstance(typed, float) or not isinstance(weight, float) or not 0 < typed <= weight:
            return values
        words = read_nature(said.get("nature") or "") == "定性" or read_quantity(said.get("actual") or "").value is None
        full = squeeze(said.get("actual") or "") == squeeze(said.get("target") or "") and typed == weight
        if words and not full and not deduction:
            percent = Decimal(str(typed)) * 100 / Decimal(str(weight))
            values["grade"] = next((band.grade for band in self.rules.judgements if band.holds(percent)), None)
        elif not deduction and typed < weight and _is_reached(said):
            lost = Decimal(str(weight)) - Decimal(str(typed))
            told = [Decimal(points) for points in _OFF.findall(reason)]
            values["deduction"] = float(lost) if told and sum(told) == lost else None
        return values


def _is_reached(said: Mapping[str, str]) -> bool:
    """Tell whether an actual reaches its target in figures, so that points off are a deduction."""
    unit = said.get("unit") or ""
    target, actual = (read_quantity(said.get(key) or "", unit).value for key in ("target", "actual"))
    if target is None or actual is None:
        return False
    nature = read_nature(said.get("nature") or "")
    return actual <= target if nature in ("≤", "＜") else actual >= target


def _with_indicators(forms: Sequence[Form]) -> Form | None:
    """Return the first form with indicators: a second one of the same project says the same again."""
    return next((form for form in forms if form.indicators), None)


def _has_amount(row: Row) -> bool:
    return any(_number(row.values.get(key)) is not None for key in _AMOUNTS)


def _is_nothing(row: Row) -> bool:
    """Tell whether a source was only printed: all its amounts are 0."""
    return all(_number(row.values.get(key)) in (None, 0) for key in _AMOUNTS)


def _number(text: str | None) -> float | str | None:
    """Return a plain number as one, anything else as written, None where nothing is."""
    bare = halfwidth(squeeze(text or "")).replace(",", "").removesuffix("分").removesuffix("万元")
    if bare in NOTHING or not bare:
        return None
    return float(bare) if _PLAIN_NUMBER.fullmatch(bare) else text


def _completed(text: str) -> str | None:
    """Return a text without what a person is still to fill in; None where nothing else is there."""
    return strip(TO_FILL.sub("", text)) or None


def _percentage(text: str | None, unit: str | None) -> str | None:
    """Return a value as written; 1 in print, with % as its unit, is 1%: only a cell may hold 1 and show 100%."""
    if not text:
        return None
    one = read_quantity(squeeze(text)).value == 1 and canonical_unit(unit or "") == "%"
    return f"{squeeze(text)}%" if one and "%" not in halfwidth(text) else text


def _said(text: str | None) -> str | None:
    """Return a text, None for a blank cell or a dash in place of one."""
    return text if text and squeeze(text) not in NOTHING else None


def _ticked(text: str | None) -> str | None:
    """Return the options that are ticked, before or behind them.

    None where the print does not tell: boxes none of which is ticked (ticks get lost), or every option without a box.
    """
    marked = _MARKED.findall(text or "")
    options = [part for part in marked if part not in _TICKS + _BOXES]
    if len(options) == len(marked):
        return None if set(standard.ALLOCATIONS) <= set(options) else "、".join(options) or None
    step = -1 if marked[0] in _TICKS + _BOXES else 1
    places = [place for place, part in enumerate(marked) if part in options]
    return (
        "、".join(marked[at] for at in places if 0 <= at + step < len(marked) and marked[at + step] in _TICKS) or None
    )
