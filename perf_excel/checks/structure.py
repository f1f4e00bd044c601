"""Structure: keys that are missing, repeated or point nowhere (S06, S07, S11), and scores that wait for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from perf_excel.checks.context import Context, is_blank, label
from perf_excel.findings import Finding, Place, finding
from perf_excel.measures import Measured
from perf_excel.numbers import plain
from perf_excel.scoring import IndicatorScore
from perf_excel.text import fold
from perf_excel.workbook import standard
from perf_excel.workbook.tables import Table


def projects_without_number(context: Context) -> Iterator[Finding]:
    """S11: a row of 项目信息 whose pre-printed number was deleted."""
    yield from _without_key(context, context.table("projects"), "project_no")


def indicators_without_number(context: Context) -> Iterator[Finding]:
    """S11: a row of 绩效指标 or 完成情况 whose pre-printed number was deleted."""
    for key in ("indicators", "actuals"):
        yield from _without_key(context, context.table(key), "indicator_no")


def _without_key(context: Context, table: Table, key: str) -> Iterator[Finding]:
    column = table.sheet.by_key[key]
    for index, raw in enumerate(table.typed_column(key)):
        if not is_blank(raw):
            continue
        place = table.place(index, key)
        if place.cell and (place.workbook, place.sheet, place.cell) not in context.broken:
            yield finding("S11", place, column=column.title, example=column.example)


def repeated_project_numbers(context: Context) -> Iterator[Finding]:
    """S07: two projects with one 项目序号."""
    yield from _repeated(context.table("projects"), "project_no")


def repeated_indicator_numbers(context: Context) -> Iterator[Finding]:
    """S07: two indicators, or two actuals, with one 指标编号."""
    for key in ("indicators", "actuals"):
        yield from _repeated(context.table(key), "indicator_no")


def _repeated(table: Table, key: str) -> Iterator[Finding]:
    title = table.sheet.by_key[key].title
    first: dict[tuple[int, object], int] = {}
    for index, pair in enumerate(table.rows("workbook", key)):
        same = (pair[0], fold(pair[1]) if isinstance(pair[1], str) else pair[1])
        if pair[1] is not None and first.setdefault(same, index) != index:
            other = f"{table.cell(first[same], key)}单元格"
            yield finding("S07", table.place(index, key), column=title, typed=pair[1], first=other)


def repeated_codes(context: Context) -> Iterator[Finding]:
    """S07: one 项目编码 for two projects of a workbook."""
    yield from _repeated(context.table("projects"), "code")


def orphaned_project_numbers(context: Context) -> Iterator[Finding]:
    """S06: a row that names a project which 项目信息 does not have, unless a project there has lost its number (S11)."""
    projects = standard.PROJECTS
    without = Counter(
        workbook for workbook, number in context.table("projects").rows("workbook", "project_no") if number is None
    )
    for sheet in (standard.FUNDS, standard.INDICATORS, standard.SCORECARD, standard.PASSAGES):
        table = context.table(sheet.key)
        column = sheet.by_key["project_no"].title
        for (workbook, number), rows in context.rows_of_project[sheet.key].items():
            if number is None or (workbook, number) in context.scores or not context.has_sheet(workbook, "projects"):
                continue
            if without[workbook]:
                continue
            place = table.column_place(rows, "project_no")
            yield finding("S06.orphan", place, what="项目", column=column, typed=number, where=projects.title)


def orphaned_actuals(context: Context) -> Iterator[Finding]:
    """S06: an actual of an indicator that 绩效指标 does not have."""
    known = set(context.table("indicators").rows("workbook", "indicator_no"))
    table = context.table("actuals")
    indicators = context.table("indicators").rows("workbook", "indicator_no")
    mixed_up = {pair[0] for pair, count in Counter(indicators).items() if count > 1}  # S07 comes first
    for index, (workbook, number) in enumerate(table.rows("workbook", "indicator_no")):
        if (
            workbook not in mixed_up
            and number
            and (workbook, number) not in known
            and context.has_sheet(workbook, "indicators")
        ):
            yield finding(
                "S06.orphan",
                table.place(index, "indicator_no"),
                what="指标",
                column=table.sheet.by_key["indicator_no"].title,
                typed=number,
                where=standard.INDICATORS.title,
            )


def formulas_without_result(context: Context) -> Iterator[Finding]:
    """S08: a formula that failed, or was never calculated, in a cell that is read."""
    if not context.broken:
        return
    wanted = context.broken.keys()
    for source in context.batch.usable():
        for key, cell in source.setting_cells.items():
            title = source.layouts[standard.SETTINGS_SHEET.key].title
            if (source.index, title, cell) in wanted:
                setting = standard.SETTING_BY_KEY[key]
                yield _without_result(context, Place(source.index, title, cell), setting.title, setting.example)
    for table in context.batch.tables.values():
        for column in table.sheet.read_columns:
            for index, raw in enumerate(table.typed_column(column.key)):
                place = table.place(index, column.key) if raw is None else None
                if place is not None and (place.workbook, place.sheet, place.cell) in wanted:
                    yield _without_result(context, place, column.title, column.example)
    title, example = standard.ACTUALS.by_key["actual"].title, "5"
    for project in context.reported:
        for item in project.indicators:
            place = context.actual_place(item, "actual")
            on_actuals = place.sheet != context.table("indicators").place(item.measure.index).sheet
            if on_actuals and item.measure.actual_index < 0 and (place.workbook, place.sheet, place.cell) in wanted:
                yield _without_result(context, place, title, example)


def _without_result(context: Context, place: Place, column: str, example: str) -> Finding:
    assert place.workbook is not None
    why = context.broken[place.workbook, place.sheet, place.cell]
    return finding("S08", place, column=column, why=why, example=example)


def scores_left_to_a_person(context: Context) -> Iterator[Finding]:
    """S05: an indicator that only a person can score, and nobody has (contract §2.4 「Else null」)."""
    for project in context.reported:
        bands = "、".join(
            f"{b.grade}{plain(b.low)}–{plain(b.high)}" for b in context.rules[project.workbook].judgements
        )
        for item in project.indicators:
            measure = item.measure
            waits = measure.kind in (Measured.JUDGED, Measured.DEADLINE) or (
                measure.kind is Measured.FIGURE and measure.actual is not None
            )
            if _unread(context, item):
                continue  # what was typed there could not be read, and that was said
            if item.score is None and measure.unique and measure.weight and measure.actual_text and waits:
                keys = ("ratio",) if measure.grade and measure.ratio is None else ("grade", "ratio")
                place = context.actual_place(item, *keys)
                example = "部分达成，70" if measure.kind is Measured.DEADLINE else "达成，90"
                fields: dict[str, Any] = {"why": item.points.words, "bands": bands, "example": example}
                yield finding("S05.judge", place, name=label(item), **fields)


def _unread(context: Context, item: IndicatorScore) -> bool:
    """Tell whether 得分比例 was typed in a way that cannot be read."""
    index = item.measure.actual_index
    return index >= 0 and item.measure.ratio is None and not is_blank(context.table("actuals").typed(index, "ratio"))
