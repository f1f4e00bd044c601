"""Structure: keys that are missing, repeated or point nowhere (S06, S07, S11), and scores that wait for a person."""

from __future__ import annotations

from collections.abc import Iterator

from perf_excel.checks.context import Context, is_blank, label
from perf_excel.findings import Finding, finding
from perf_excel.measures import Measured
from perf_excel.numbers import plain
from perf_excel.workbook import standard
from perf_excel.workbook.tables import Table


def projects_without_number(context: Context) -> Iterator[Finding]:
    """S11: a row of 项目信息 whose pre-printed number was deleted."""
    yield from _without_key(context.table("projects"), "project_no")


def indicators_without_number(context: Context) -> Iterator[Finding]:
    """S11: a row of 绩效指标 or 完成情况 whose pre-printed number was deleted."""
    for key in ("indicators", "actuals"):
        yield from _without_key(context.table(key), "indicator_no")


def _without_key(table: Table, key: str) -> Iterator[Finding]:
    column = table.sheet.by_key[key]
    for index, raw in enumerate(table.typed_column(key)):
        workbook = table.get(index, "workbook")
        if is_blank(raw) and key in table.sources[workbook].layouts[table.sheet.key].letters:
            yield finding("S11", table.place(index, key), column=column.title, example=column.example)


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
        if pair[1] is not None and first.setdefault(pair, index) != index:
            other = f"{table.cell(first[pair], key)}单元格"
            yield finding("S07", table.place(index, key), column=title, typed=pair[1], first=other)


def orphaned_project_numbers(context: Context) -> Iterator[Finding]:
    """S06: a row that names a project which 项目信息 does not have."""
    projects = standard.PROJECTS
    for sheet in (standard.FUNDS, standard.INDICATORS, standard.SCORECARD, standard.PASSAGES):
        table = context.table(sheet.key)
        column = sheet.by_key["project_no"].title
        for (workbook, number), rows in context.rows_of_project[sheet.key].items():
            if number is None or (workbook, number) in context.scores or not context.has_sheet(workbook, "projects"):
                continue
            place = table.column_place(rows, "project_no")
            yield finding("S06.orphan", place, what="项目", column=column, typed=number, where=projects.title)


def orphaned_actuals(context: Context) -> Iterator[Finding]:
    """S06: an actual of an indicator that 绩效指标 does not have."""
    known = set(context.table("indicators").rows("workbook", "indicator_no"))
    table = context.table("actuals")
    for index, (workbook, number) in enumerate(table.rows("workbook", "indicator_no")):
        if number and (workbook, number) not in known and context.has_sheet(workbook, "indicators"):
            yield finding(
                "S06.orphan",
                table.place(index, "indicator_no"),
                what="指标",
                column=table.sheet.by_key["indicator_no"].title,
                typed=number,
                where=standard.INDICATORS.title,
            )


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
            if item.score is None and measure.unique and measure.weight and measure.actual_text and waits:
                keys = ("ratio",) if measure.grade and measure.ratio is None else ("grade", "ratio")
                place = context.actual_place(item, *keys)
                yield finding("S05.judge", place, name=label(item), why=item.points.words, bands=bands)
