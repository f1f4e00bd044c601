"""Completion: which cells must be filled, which are, and a finding for each that is not.

The declaration says when a column must be filled; here the conditions are worked out over the tables. One blank cell
gives one finding, under the code that its column names, and silences whatever else depends on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from perf_excel.checks.context import Context, is_blank, is_failed, is_no_reason, label
from perf_excel.findings import Finding, Place, finding
from perf_excel.measures import Measured
from perf_excel.numbers import plain
from perf_excel.scoring import IndicatorScore, ProjectScore, percent
from perf_excel.workbook import standard
from perf_excel.workbook.tables import Source, Table, join_cells
from perf_excel.workbook.types import Column, Required, Stage

Count = tuple[int, int]


@dataclass(slots=True)
class Completion:
    """How far the must-fill cells are filled: (filled, required) of each project, sheet and workbook.

    Attributes:
        by_project: by (workbook, 项目序号).
        by_sheet: by workbook, then by sheet title.
        findings: one for each cell that is blank.
    """

    by_project: dict[tuple[int, int], Count] = field(default_factory=dict)
    by_sheet: dict[int, dict[str, Count]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def of_workbook(self, workbook: int) -> Count:
        """Return (filled, required) of a whole workbook."""
        counts = self.by_sheet.get(workbook, {}).values()
        return sum(filled for filled, _ in counts), sum(required for _, required in counts)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A must-fill cell.

    Attributes:
        workbook, sheet, project_no: where it counts.
        blank: the finding that it leaves while it is blank.
        failed: it is not filled either, but another finding says so (a formula without result).
    """

    workbook: int
    sheet: str
    project_no: int | None
    blank: Finding | None
    failed: bool = False


def complete(context: Context) -> Completion:
    """Work out the must-fill cells of the batch."""
    by_project: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    by_sheet: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    found = []
    for cell in _cells(context):
        counts = [by_sheet[cell.workbook][cell.sheet]]
        if cell.project_no is not None:
            counts.append(by_project[cell.workbook, cell.project_no])
        for count in counts:
            count[0] += cell.blank is None and not cell.failed
            count[1] += 1
        if cell.blank is not None:
            found.append(cell.blank)
    return Completion(
        {key: (count[0], count[1]) for key, count in by_project.items()},
        {book: {title: (c[0], c[1]) for title, c in sheets.items()} for book, sheets in by_sheet.items()},
        _grouped(found),
    )


def _grouped(found: list[Finding]) -> list[Finding]:
    """Say one thing once: the same column left blank on several rows of a project is one finding."""
    groups: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for item in found:
        same = item.code == "S05" and item.cell is not None
        key = (item.workbook, item.sheet, item.project_no, item.message) if same else (id(item),)
        groups[key].append(item)
    return [
        items[0] if len(items) == 1 else replace(items[0], cell=join_cells([item.cell or "" for item in items]))
        for items in groups.values()
    ]


def _cells(context: Context) -> Iterator[_Cell]:
    for source in context.batch.usable():
        yield from _settings(context, source)
    for sheet in standard.TABLE_SHEETS:
        for column in sheet.columns:
            if column.required is Required.ALWAYS and sheet is not standard.ACTUALS:
                yield from _column(context, context.table(sheet.key), column)
    yield from _qualified(context)
    for project in context.evaluated:
        yield from _money(context, project)
    for project in context.reported:
        yield from _of_actuals(context, project)
        yield from _low_execution(context, project)


def _settings(context: Context, source: Source) -> Iterator[_Cell]:
    layout = source.layouts.get(standard.SETTINGS_SHEET.key)
    for setting in standard.SETTINGS:
        if setting.required is not Required.ALWAYS or layout is None:
            continue
        # A setting whose row was deleted belongs below the others.
        cell = source.setting_cells.get(setting.key) or f"{layout.letters['value']}{layout.header_row + 1}"
        blank, failed = None, (source.index, layout.title, cell) in context.broken
        if is_blank(source.typed_settings.get(setting.key)) and not failed:
            blank = _blank(Place(source.index, layout.title, cell), setting)
        yield _Cell(source.index, standard.SETTINGS_SHEET.title, None, blank, failed)


def _column(context: Context, table: Table, column: Column) -> Iterator[_Cell]:
    """The cells of a column that must always be filled, over all rows that are asked for."""
    sheet, sources = table.sheet, context.batch.sources
    asked = [
        not source.problem
        and context.has_column(source.index, sheet.key, column.key)
        and (source.stage is Stage.SELF_EVALUATION or (column.stage is sheet.stage is Stage.TARGETS))
        for source in sources
    ]
    exempt = {key for key, project in context.scores.items() if project.exempt}
    joined = _given_in_target(context) if sheet is standard.INDICATORS and column.key == "nature" else set()
    keys = zip(table.rows("workbook", "project_no"), table.typed_column(column.key), strict=True)
    for index, ((workbook, number), raw) in enumerate(keys):
        if not asked[workbook] or (workbook, number) in exempt:
            continue
        blank, failed = None, is_failed(raw)
        if is_blank(raw) and index not in joined:
            place = table.place(index, column.key)
            failed = (workbook, place.sheet, place.cell) in context.broken
            blank = None if failed else _blank(place, column)
        yield _Cell(workbook, sheet.title, number, blank, failed)


def _given_in_target(context: Context) -> set[int]:
    """Rows of 绩效指标 whose nature was written into the target (「≥50个」), so that its own cell may stay blank."""
    return {
        item.measure.index
        for project in context.evaluated
        for item in (*project.indicators, *project.cancelled)
        if item.measure.nature
    }


def _blank(place: Place, column: Column) -> Finding:
    example = column.example or "见填报说明"
    if column.blank_code == "S11":
        return finding("S11", place, column=column.title, example=example)
    if column.blank_code == "A04":
        return finding("A04", place, what="没有填")
    return finding("S05", place, column=column.title, hint=column.hint, example=example)


def _qualified(context: Context) -> Iterator[_Cell]:
    """度量单位 of figures, 调整依据 of new targets, 扣分原因 of lost points."""
    table, sheet = context.table("indicators"), standard.INDICATORS
    for project in context.evaluated:
        for item in (*project.indicators, *project.cancelled):
            measure = item.measure
            if measure.nature not in ("", "定性") and measure.kind not in (
                Measured.DEADLINE,
                Measured.CANCELLED,
            ):
                place = table.place(measure.index, "unit")
                failed = (project.workbook, place.sheet, place.cell) in context.broken
                missing = not measure.unit and place.cell and not failed
                blank = finding("C06", place, name=label(item)) if missing else None
                yield _Cell(project.workbook, sheet.title, project.project_no, blank, failed)
            if not is_blank(table.typed(measure.index, "new_target")):
                blank = None
                if is_no_reason(table.typed(measure.index, "new_basis")):
                    told: dict[str, Any] = {
                        "column": sheet.by_key["new_basis"].title,
                        "new": context.typed("indicators", measure.index, "new_target"),
                        "old": context.typed("indicators", measure.index, "target"),
                        "example": sheet.by_key["new_basis"].example,
                    }
                    blank = finding("S05.basis", table.place(measure.index, "new_basis"), **told)
                yield _Cell(project.workbook, sheet.title, project.project_no, blank)
    table, sheet = context.table("scorecard"), standard.SCORECARD
    for project in context.reported:
        for index in context.rows("scorecard", project):
            full, awarded = table.get(index, "full_marks"), table.get(index, "awarded")
            if full is None or awarded is None or not 0 <= awarded < full:
                continue
            blank = None
            if is_no_reason(table.typed(index, "reason")):
                fields: dict[str, Any] = {"full": plain(full), "awarded": plain(awarded), "lost": plain(full - awarded)}
                name = table.get(index, "level2") or f"第{table.get(index, 'row')}行"
                blank = finding("E01", table.place(index, "reason"), name=name, **fields)
            yield _Cell(project.workbook, sheet.title, project.project_no, blank)


def _of_actuals(context: Context, project: ProjectScore) -> Iterator[_Cell]:
    """实际完成值 of every indicator that counts; 偏差原因 where points were lost or the target was far exceeded."""
    title = standard.ACTUALS.title
    lost_key = project.workbook in context.lost_keys
    if not context.has_sheet(project.workbook, "actuals") or not context.has_column(
        project.workbook, "actuals", "actual"
    ):
        return
    for item in project.indicators:
        measure = item.measure
        if not measure.unique or (lost_key and measure.actual_index < 0):
            continue
        raw = context.table("actuals").typed(measure.actual_index, "actual") if measure.actual_index >= 0 else None
        blank, failed = None, is_failed(raw)
        if is_blank(raw):
            place = context.actual_place(item, "actual")
            failed = (project.workbook, place.sheet, place.cell) in context.broken
            code = "B01.judged" if measure.nature == "定性" else "B01"
            blank = None if failed else finding(code, place, name=label(item), example=_example(item))
        yield _Cell(project.workbook, title, project.project_no, blank, failed)
        if blank is None and not failed and (off := _off_target(item)):
            if is_no_reason(measure.reason):
                blank = _reason(context, item, off)
            yield _Cell(project.workbook, title, project.project_no, blank)


def _example(item: IndicatorScore) -> str:
    """Return a good actual, which is never the target itself."""
    return "98.5" if item.measure.unit == "%" else "12"


def _off_target(item: IndicatorScore) -> str:
    """Tell whether a reason is due: B02 for lost points, B05 for a target far exceeded, "" for neither.

    A new target without its document is scored on the old one for the time being: the document is asked for first.
    """
    if item.measure.pending:
        return ""
    weight = item.measure.weight
    reached = item.score if item.score is not None else item.measure.typed_score
    if reached is not None and weight is not None and reached < weight:
        return "B02"
    return "B05" if item.points.over else ""


def _reason(context: Context, item: IndicatorScore, code: str) -> Finding:
    place = context.actual_place(item, "reason")
    if code == "B05":
        return finding(code, place, name=label(item), how=item.points.over)
    reached = item.score if item.score is not None else item.measure.typed_score
    return finding(code, place, name=label(item), score=plain(reached), weight=plain(item.measure.weight))


def _money(context: Context, project: ProjectScore) -> Iterator[_Cell]:
    """At least one source of money: without it there is no execution rate, and no total."""
    table = context.table("funds")
    sources = [i for i in context.rows("funds", project) if table.get(i, "source") != standard.TOTAL_SOURCE]
    if not sources and context.has_sheet(project.workbook, "funds"):
        place = context.table("projects").place(project.index, "name")
        blank = finding("S05.funds", place, project=context.project_name(project), sheet=standard.FUNDS.title)
        yield _Cell(project.workbook, standard.FUNDS.title, project.project_no, blank)


def _low_execution(context: Context, project: ProjectScore) -> Iterator[_Cell]:
    rules, rate = context.rules[project.workbook], project.execution.rate
    if rate is None or rate >= rules.reason_below:
        return
    table = context.table("funds")
    rows = [i for i in context.rows("funds", project) if table.get(i, "source") != standard.TOTAL_SOURCE]
    blank = None
    if all(is_no_reason(table.typed(index, "low_reason")) for index in context.rows("funds", project)):
        fields: dict[str, Any] = {
            "project": context.project_name(project),
            "rate": percent(rate),
            "line": percent(rules.reason_below),
        }
        blank = finding("B03", table.place(rows[0], "low_reason"), **fields)
    yield _Cell(project.workbook, standard.FUNDS.title, project.project_no, blank)
