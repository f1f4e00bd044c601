"""Missing: reasons, conclusions, evidence and whole forms that are not there (domain §4.2).

Blank must-fill cells (B01, B02, B03, B05) are found by `completion`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perf_excel.checks.context import Context, indicators, is_blank, is_no_reason, label
from perf_excel.findings import Finding, Place, finding
from perf_excel.measures import Measured
from perf_excel.numbers import plain
from perf_excel.text import is_no_answer, shorten, squeeze
from perf_excel.workbook import standard

_DONE_ANSWERS = frozenset(
    [
        "完成",
        "已完成",
        "已经完成",
        "全部完成",
        "按时完成",
        "圆满完成",
        "顺利完成",
        "良好",
        "达成",
        "达到预期",
        "达到预期目标",
        "目标全部实现",
        "100%",
    ]
)
_PROMPT = re.compile(
    r"[（(【\[][^（(【\[]{0,20}\d+\s*字(?:以内|内|左右)[^）)】\]]{0,20}[）)】\]]|^请(?:填写|输入|说明|简要)|[（(]填写说明[）)]|^此处填写|【请[^】]{0,20}】"
)
_SURVEY = re.compile(r"\d")


def adjustment_reason(context: Context) -> Iterator[Finding]:
    """B04: 年中发生预算调整的应单独说明理由."""
    table = context.table("funds")
    rows = table.rows("workbook", "project_no", "source", "initial", "budget")
    for index, (workbook, number, source, initial, budget) in enumerate(rows):
        project = context.scores.get((workbook, number))
        if source == standard.TOTAL_SOURCE or project is None or project.exempt:
            continue
        if initial is not None and budget is not None and initial != budget:
            if is_no_reason(table.typed(index, "adjust_reason")):
                place = table.place(index, "adjust_reason")
                yield finding("B04", place, budget=plain(budget), initial=plain(initial))


def empty_conclusions(context: Context) -> Iterator[Finding]:
    """B06: 评价结论, 存在问题, 改进措施 are blank or only 「无」; the report's passages may hold them instead."""
    table, passages = context.table("projects"), context.table("passages")
    chapters = {
        "conclusion": standard.CHAPTER_CONCLUSION,
        "problems": standard.CHAPTER_PROBLEMS,
        "improvements": standard.CHAPTER_SUGGESTIONS,
    }
    for project in context.reported:
        written = {
            passages.get(row, "chapter")
            for row in context.rows("passages", project)
            if not is_blank(passages.typed(row, "text"))
        }
        for key, chapter in chapters.items():
            if not context.has_column(project.workbook, "projects", key):
                continue
            text = table.get(project.index, key)
            column = table.sheet.by_key[key]
            if text is None and context.prints(project.workbook, column):
                continue  # the form prints it: it is must-fill, and that was said
            if text is None and chapter not in written:
                what = "没有填"
            elif text is not None and is_no_answer(text):
                what = f"只写了“{text}”"
            else:
                continue
            yield finding(
                "B06", table.place(project.index, key), column=column.title, what=what, example=column.example
            )


def prompts_left_in(context: Context) -> Iterator[Finding]:
    """B07: prompt text of the blank form was left in a cell."""
    for table in context.batch.tables.values():
        if table.sheet is standard.CRITERIA:
            continue
        for column in table.sheet.read_columns:
            for index, text in enumerate(table.column(column.key)):
                match = _PROMPT.search(text) if isinstance(text, str) else None
                if match is not None:
                    typed, example = shorten(match[0]), column.example or "实际内容"
                    place = table.place(index, column.key)
                    yield finding("B07", place, column=column.title, typed=typed, example=example)


def texts_too_long(context: Context) -> Iterator[Finding]:
    """B08: longer than the form asks for."""
    for table in context.batch.tables.values():
        for column in table.sheet.read_columns:
            limit = column.kind.limit
            if not limit:
                continue
            for index, text in enumerate(table.column(column.key)):
                length = column.kind.characters(text) if isinstance(text, str) else 0
                if length > limit:
                    place = table.place(index, column.key)
                    yield finding("B08", place, column=column.title, length=length, limit=limit)


def empty_results(context: Context) -> Iterator[Finding]:
    """B09: 年度目标完成情况 is only 「完成」."""
    table = context.table("projects")
    column = table.sheet.by_key["goal_result"]
    for project in context.reported:
        text = table.get(project.index, "goal_result")
        if text is not None and squeeze(text).rstrip("。.") in _DONE_ANSWERS:
            place = table.place(project.index, "goal_result")
            yield finding("B09", place, column=column.title, typed=text, example=column.example)


def judged_without_reason(context: Context) -> Iterator[Finding]:
    """B10: 定性指标评分要写理由."""
    for _, item in indicators(context.reported):
        measure = item.measure
        if measure.kind is Measured.JUDGED and item.score is not None and item.score == measure.weight:
            there = all(context.has_column(measure.workbook, "actuals", key) for key in ("reason", "evidence"))
            if there and is_blank(measure.reason) and is_blank(measure.evidence):
                place = context.actual_place(item, "reason")
                yield finding("B10", place, name=label(item), score=plain(item.score))


def no_evidence(context: Context) -> Iterator[Finding]:
    """B11: no 佐证材料; for satisfaction, no survey with its date and number. One finding a project."""
    actuals = context.table("actuals")
    for project in context.reported:
        bare, surveys = [], []
        for item in project.indicators:
            measure = item.measure
            if measure.actual_index < 0 or not measure.actual_text:
                continue  # nothing was reported, so nothing needs evidence
            if measure.evidence is None or is_blank(measure.evidence):
                bare.append(measure.actual_index)
            elif measure.level1 == standard.SATISFACTION and not _SURVEY.search(measure.evidence):
                surveys.append(measure.actual_index)
        rows = sorted(bare + surveys)
        if not rows:
            continue
        place = actuals.column_place(rows, "evidence")
        survey = "（满意度指标要写调查时间和份数）" if surveys else ""
        yield finding("B11", place, project=context.project_name(project), count=len(rows), survey=survey)


def projects_without_form(context: Context) -> Iterator[Finding]:
    """B12: a project in the list without indicators: no form can be printed for it."""
    for project in context.evaluated:
        if not context.rows("indicators", project) and context.has_sheet(project.workbook, "indicators"):
            place = context.table("projects").place(project.index, "name")
            yield finding("B12", place, project=context.project_name(project))


def overview_left_blank(context: Context) -> Iterator[Finding]:
    """B13: 立项依据, 资金管理办法, 使用范围 are blank. One finding a project."""
    table = context.table("projects")
    for project in context.evaluated:
        keys = [
            key
            for key in ("fund_rules", "basis", "scope")
            if is_blank(table.typed(project.index, key)) and context.has_column(project.workbook, "projects", key)
        ]
        if keys:
            titles = "、".join(table.sheet.by_key[key].title for key in keys)
            place = table.place(project.index, *keys)
            yield finding("B13", place, project=context.project_name(project), columns=titles)


def no_signatories(context: Context) -> Iterator[Finding]:
    """B14: 项目负责人, 财务负责人 are blank. One finding for each place."""
    setting = standard.SETTING_BY_KEY["finance_head"]
    for source in context.batch.usable():
        cell = source.setting_cells.get(setting.key)
        if cell and is_blank(source.typed_settings.get(setting.key)):
            place = Place(source.index, source.layouts["settings"].title, cell)
            yield finding("B14", place, columns=setting.title)
    table = context.table("projects")
    column = table.sheet.by_key["leader"]
    for project in context.reported:
        if is_blank(table.typed(project.index, "leader")) and context.has_column(
            project.workbook, "projects", "leader"
        ):
            place = table.place(project.index, "leader")
            yield finding("B14", place, columns=f"“{context.project_name(project)}”的{column.title}")


def levels_missing(context: Context) -> Iterator[Finding]:
    """B15: no 满意度指标, or no 效益指标."""
    table = context.table("indicators")
    for project in context.evaluated:
        rows = context.rows("indicators", project)
        levels = {table.get(row, "level1") for row in rows}
        missing = [level for level in (standard.BENEFIT, standard.SATISFACTION) if level not in levels]
        if rows and missing and not any(level is None or level not in standard.LEVELS for level in levels):
            place = table.column_place(rows, "level1")
            yield finding("B15", place, project=context.project_name(project), level="、".join(missing))
