"""Completion: which cells must be filled, which are, and a finding for each that is not.

The declaration says when a column must be filled; what that means is a table of conditions here, each a small function
that yields the cells that are due. A new must-fill column is one line of the declaration; a new reason why a column
must be filled is one member of `Required` and one line of `_CONDITIONS`. A blank cell gives one finding, under the
code that its column names, and silences whatever else depends on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from perf_excel.checks.context import Context, is_blank, is_failed, is_no_reason, label
from perf_excel.findings import Finding, Place, finding
from perf_excel.kinds import Nature
from perf_excel.measures import Measured
from perf_excel.numbers import plain
from perf_excel.scoring import IndicatorScore, ProjectScore, percent
from perf_excel.workbook import standard
from perf_excel.workbook.filled import Count
from perf_excel.workbook.tables import Source
from perf_excel.workbook.types import Column, Required, Sheet, Stage


@dataclass(slots=True)
class Completion:
    """How far the must-fill cells are filled, and which are left.

    Attributes:
        by_project: by (workbook, 项目序号), then by sheet title; the number is None for cells of no project.
        by_sheet: by workbook, then by sheet title.
        findings: one for each cell that is blank.
    """

    by_project: dict[tuple[int, int | None], dict[str, Count]] = field(default_factory=dict)
    by_sheet: dict[int, dict[str, Count]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Due:
    """A cell that must be filled.

    Attributes:
        workbook, project_no: for which it counts.
        place: gives its place.
        raw: what is typed there.
        told: gives what its finding says beside the words of the column.
        code: the finding that it leaves while it is blank, where that is not the column's own.
        elsewhere: what belongs there was written into another cell.
    """

    workbook: int
    project_no: int | None
    place: Callable[[], Place]
    raw: Any
    told: Callable[[], Mapping[str, Any]] = dict
    code: str = ""
    elsewhere: bool = False


class _Tally:
    """Counts cells."""

    def __init__(self) -> None:
        self.filled = self.required = 0
        self.missing: list[tuple[str, str]] = []

    def add(self, missing: Place | None) -> None:
        """Count a cell; `missing` is its place where it is not filled."""
        self.required += 1
        if missing is None:
            self.filled += 1
        elif missing.sheet and missing.cell:
            self.missing.append((missing.sheet, missing.cell))

    def count(self) -> Count:
        """Return the result."""
        return Count(self.filled, self.required, tuple(self.missing))


def complete(context: Context) -> Completion:
    """Work out the must-fill cells of the batch."""
    by_project: dict[tuple[int, int | None], dict[str, _Tally]] = defaultdict(lambda: defaultdict(_Tally))
    by_sheet: dict[int, dict[str, _Tally]] = defaultdict(lambda: defaultdict(_Tally))
    found = []
    for sheet, column, due in _all_due(context):
        place, blank = _unfilled(context, column, due) or (None, None)
        by_sheet[due.workbook][sheet.title].add(place)
        by_project[due.workbook, due.project_no][sheet.title].add(place)
        if blank is not None:
            found.append(blank)
    return Completion(
        {key: _in_order(sheets) for key, sheets in by_project.items()},
        {workbook: _in_order(sheets) for workbook, sheets in by_sheet.items()},
        found,
    )


def _in_order(tallies: dict[str, _Tally]) -> dict[str, Count]:
    """Return the counts in the order of the sheets."""
    return {sheet.title: tallies[sheet.title].count() for sheet in standard.SHEETS if sheet.title in tallies}


def _all_due(context: Context) -> Iterator[tuple[Sheet, Column, _Due]]:
    for source in context.batch.usable():
        for setting, due in _settings(source):
            yield standard.SETTINGS_SHEET, setting, due
    for sheet in standard.TABLE_SHEETS:
        for column in sheet.columns:
            condition = _CONDITIONS.get(column.required)
            if condition is None:
                continue
            asked = [_is_asked(context, source, sheet, column) for source in context.batch.sources]
            for due in condition.cells(context, sheet, column):
                if asked[due.workbook]:
                    yield sheet, column, due
    for due in _projects_without_money(context):
        yield standard.FUNDS, standard.FUNDS.by_key["source"], due


def _is_asked(context: Context, source: Source, sheet: Sheet, column: Column) -> bool:
    """Tell whether a workbook has a column, and its stage asks for it; a column that is not there was said (S04)."""
    if source.problem or not context.has_column(source.index, sheet.key, column.key):
        return False
    return source.stage is Stage.SELF_EVALUATION or column.stage is sheet.stage is Stage.TARGETS


def _unfilled(context: Context, column: Column, due: _Due) -> tuple[Place, Finding | None] | None:
    """Return where a cell that is not filled stands, with its finding; None for one that is filled.

    A formula without result leaves no finding here, another one says so (S08).
    """
    condition = _CONDITIONS[column.required]
    if is_failed(due.raw):
        return due.place(), None
    if not condition.is_empty(due.raw):
        return None
    place = due.place()
    if (due.workbook, place.sheet, place.cell) in context.broken:
        return place, None
    if due.elsewhere:
        return None
    words: dict[str, Any] = {
        "column": column.title,
        "hint": column.hint,
        "example": column.example or "见填报说明",
        "what": "没有填",
        **due.told(),
    }
    return place, finding(due.code or column.blank_code, place, **words)


# ---------------------------------------------------------------- conditions


def _settings(source: Source) -> Iterator[tuple[Column, _Due]]:
    layout = source.layouts.get(standard.SETTINGS_SHEET.key)
    for setting in standard.SETTINGS:
        if setting.required is not Required.ALWAYS or layout is None:
            continue
        # A setting whose row was deleted belongs below the others.
        cell = source.setting_cells.get(setting.key) or f"{layout.letters['value']}{layout.header_row + 1}"
        place = partial(Place, source.index, layout.title, cell)
        yield setting, _Due(source.index, None, place, source.typed_settings.get(setting.key))


def _every_row(context: Context, sheet: Sheet, column: Column) -> Iterator[_Due]:
    """Every row of a project that is evaluated; on 完成情况 every indicator, whether it has a row there or not."""
    if sheet is standard.ACTUALS:
        yield from _every_indicator(context, column)
        return
    table = context.table(sheet.key)
    exempt = {key for key, project in context.scores.items() if project.exempt}
    joined = _natures_in_targets(context) if isinstance(column.kind, Nature) else frozenset()
    rows = zip(table.rows("workbook", "project_no"), table.typed_column(column.key), strict=True)
    for index, ((workbook, number), raw) in enumerate(rows):
        if (workbook, number) not in exempt:
            yield _Due(workbook, number, partial(table.place, index, column.key), raw, elsewhere=index in joined)


def _natures_in_targets(context: Context) -> frozenset[int]:
    """Rows of 绩效指标 whose nature was written into the target (「≥50个」), so that its own cell may stay blank."""
    return frozenset(
        item.measure.index
        for project in context.evaluated
        for item in (*project.indicators, *project.cancelled)
        if item.measure.nature
    )


def _every_indicator(context: Context, column: Column) -> Iterator[_Due]:
    """What is asked on 完成情况 for every indicator that counts."""
    for project, item in _counted(context):
        place = partial(context.actual_place, item, column.key)
        code = "B01.judged" if item.measure.nature == "定性" else ""
        words = partial(_words_of_actual, item)
        yield _Due(*project.key, place, _typed_actual(context, item, column.key), words, code)


def _words_of_actual(item: IndicatorScore) -> dict[str, Any]:
    """Name the indicator; the example is a good actual, which is never the target itself."""
    return {"name": label(item), "example": "98.5" if item.measure.unit == "%" else "12"}


def _counted(context: Context) -> Iterator[tuple[ProjectScore, IndicatorScore]]:
    """Walk over the indicators of which it is known which row of 完成情况 is theirs, or that they have none."""
    for project in context.reported:
        if context.has_sheet(project.workbook, standard.ACTUALS.key):
            lost_key = project.workbook in context.lost_keys
            for item in project.indicators:
                if item.measure.unique and not (lost_key and item.measure.actual_index < 0):
                    yield project, item


def _typed_actual(context: Context, item: IndicatorScore, key: str) -> Any:
    index = item.measure.actual_index
    return context.table(standard.ACTUALS.key).typed(index, key) if index >= 0 else None


def _figures(context: Context, sheet: Sheet, column: Column) -> Iterator[_Due]:
    """度量单位 of every indicator that is a figure; it may stand behind the figure itself (「50个」)."""
    table = context.table(sheet.key)
    for project in context.evaluated:
        for item in (*project.indicators, *project.cancelled):
            measure = item.measure
            if measure.nature in ("", "定性") or measure.kind in (Measured.DEADLINE, Measured.CANCELLED):
                continue
            yield _Due(
                *project.key,
                partial(table.place, measure.index, column.key),
                table.typed(measure.index, column.key),
                partial(_name_of, item),
                elsewhere=bool(measure.unit),
            )


def _name_of(item: IndicatorScore) -> dict[str, Any]:
    return {"name": label(item)}


def _adjusted(context: Context, sheet: Sheet, column: Column) -> Iterator[_Due]:
    """调整依据 of every new target."""
    table = context.table(sheet.key)
    for project in context.evaluated:
        for item in (*project.indicators, *project.cancelled):
            index = item.measure.index
            if not is_blank(table.typed(index, "new_target")):
                place, words = partial(table.place, index, column.key), partial(_words_of_new_target, context, index)
                yield _Due(*project.key, place, table.typed(index, column.key), words)


def _words_of_new_target(context: Context, index: int) -> dict[str, Any]:
    new, old = (context.typed(standard.INDICATORS.key, index, key) for key in ("new_target", "target"))
    return {"new": new, "old": old}


def _below_full_marks(context: Context, sheet: Sheet, column: Column) -> Iterator[_Due]:
    """扣分原因 of every criterion that lost points."""
    table = context.table(sheet.key)
    for project in context.reported:
        for index in context.rows(sheet.key, project):
            full, awarded = table.get(index, "full_marks"), table.get(index, "awarded")
            if full is None or awarded is None or not 0 <= awarded < full:
                continue
            words = {
                "name": table.get(index, "level2") or f"第{table.get(index, 'row')}行",
                "full": plain(full),
                "awarded": plain(awarded),
                "lost": plain(full - awarded),
            }
            place = partial(table.place, index, column.key)
            yield _Due(*project.key, place, table.typed(index, column.key), partial(dict, words))


def _off_target(context: Context, _: Sheet, column: Column) -> Iterator[_Due]:
    """偏差原因 where points were lost or the target was far exceeded; a blank actual is asked for first.

    A new target without its document is scored on the old one for the time being: the document is asked for first.
    """
    for project, item in _counted(context):
        actual, measure = _typed_actual(context, item, "actual"), item.measure
        if is_blank(actual) or is_failed(actual) or measure.pending:
            continue
        reached = item.score if item.score is not None else measure.typed_score
        lost = reached is not None and measure.weight is not None and reached < measure.weight
        if lost or item.points.over:
            words = {"name": label(item), "how": item.points.over}
            words |= {"score": plain(reached), "weight": plain(measure.weight)}
            place = partial(context.actual_place, item, column.key)
            raw, code = _typed_actual(context, item, column.key), "" if lost else "B05"
            yield _Due(*project.key, place, raw, partial(dict, words), code)


def _low_execution(context: Context, sheet: Sheet, column: Column) -> Iterator[_Due]:
    """执行率未达标原因: one for the project, on whichever of its rows."""
    table = context.table(sheet.key)
    for project in context.reported:
        line, rate = context.rules[project.workbook].reason_below, project.execution.rate
        if rate is None or rate >= line:
            continue
        rows = context.rows(sheet.key, project)
        given = [index for index in rows if not is_no_reason(table.typed(index, column.key))]
        index = given[0] if given else next(i for i in rows if table.get(i, "source") != standard.TOTAL_SOURCE)
        words = {"project": context.project_name(project), "rate": percent(rate), "line": percent(line)}
        place = partial(table.place, index, column.key)
        yield _Due(*project.key, place, table.typed(index, column.key), partial(dict, words))


def _printed(context: Context, sheet: Sheet, column: Column) -> Iterator[_Due]:
    """What a chosen form prints of every project."""
    table = context.table(sheet.key)
    for project in context.reported:
        if context.prints(project.workbook, column):
            place = partial(table.place, project.index, column.key)
            yield _Due(*project.key, place, table.typed(project.index, column.key))


def _projects_without_money(context: Context) -> Iterator[_Due]:
    """At least one source of money: without it there is no execution rate, and no total.

    There is no row yet, so the project itself is named.
    """
    table = context.table(standard.FUNDS.key)
    for project in context.evaluated:
        rows = context.rows(standard.FUNDS.key, project)
        there = any(table.get(index, "source") != standard.TOTAL_SOURCE for index in rows)
        if not there and context.has_sheet(project.workbook, standard.FUNDS.key):
            words = {"project": context.project_name(project), "sheet": standard.FUNDS.title}
            place = partial(context.table(standard.PROJECTS.key).place, project.index, "name")
            yield _Due(*project.key, place, None, partial(dict, words), "S05.funds")


@dataclass(frozen=True, slots=True)
class _Condition:
    """When cells of a column must be filled.

    Attributes:
        cells: yields those that are due.
        is_empty: tells whether what is typed there does not fill it; 「无」 is an answer, but no reason.
    """

    cells: Callable[[Context, Sheet, Column], Iterator[_Due]]
    is_empty: Callable[[Any], bool] = is_blank


_CONDITIONS: dict[Required, _Condition] = {
    Required.ALWAYS: _Condition(_every_row),
    Required.UNLESS_QUALITATIVE: _Condition(_figures),
    Required.WITH_NEW_TARGET: _Condition(_adjusted, is_no_reason),
    Required.BELOW_FULL_MARKS: _Condition(_below_full_marks, is_no_reason),
    Required.OFF_TARGET: _Condition(_off_target, is_no_reason),
    Required.LOW_EXECUTION: _Condition(_low_execution, is_no_reason),
    Required.WITH_FORM: _Condition(_printed),
}
