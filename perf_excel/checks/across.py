"""Between projects, and between a project and what surrounds it (domain §4.5, E03–E05)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from perf_excel.checks.context import Context, Text
from perf_excel.checks.lexicon import figure
from perf_excel.checks.likeness import alike
from perf_excel.dates import read_span
from perf_excel.findings import Finding, Place, finding
from perf_excel.kinds import Money
from perf_excel.measures import Measured
from perf_excel.numbers import is_money_unit, read_quantity, to_wan
from perf_excel.scoring import ProjectScore, add_up
from perf_excel.text import halfwidth, shorten
from perf_excel.workbook import standard
from perf_excel.workbook.cells import join_cells
from perf_excel.workbook.tables import Source
from perf_excel.workbook.types import Stage

# ---------------------------------------------------------------- scores


#: Two projects with full marks may be luck.
_SEVERAL = 3


def all_perfect(context: Context) -> Iterator[Finding]:
    """E03: every project of a workbook scores 100 (ten of ten in one review)."""
    by_workbook: dict[int, list[ProjectScore]] = defaultdict(list)
    for project in context.reported:
        by_workbook[project.workbook].append(project)
    for projects in by_workbook.values():
        if len(projects) >= _SEVERAL and all(_perfect(project) for project in projects):
            place = context.table("projects").column_place([project.index for project in projects], "name")
            yield finding("E03", Place(place.workbook, place.sheet, place.cell), count=len(projects))


def _perfect(project: ProjectScore) -> bool:
    card = project.scorecard.total if project.scorecard else None
    return project.total == 100 and card in (None, 100)


# ---------------------------------------------------------------- the same words


def similar_passages(context: Context) -> Iterator[Finding]:
    """E04: the same passage, or nearly the same, in several projects of a workbook.

    Texts of one column (on 报告内容 of one chapter) are compared; what several projects share is one finding with all
    places, and passages shared by the same projects in the same column are told together.
    """
    columns: dict[tuple[object, ...], list[Text]] = defaultdict(list)
    for text in context.passages:
        source, number = text.key_of_project
        if number is not None:
            columns[source, text.table.sheet.key, text.key, text.chapter].append(text)
    shared: dict[tuple[object, ...], list[tuple[list[Text], bool]]] = defaultdict(list)
    for (workbook, sheet, column, _), texts in columns.items():
        for group, identical in alike(texts, said=lambda text: text.said, owner=lambda text: text.key_of_project[1]):
            shared[workbook, sheet, column, _numbers(group)].append((group, identical))
    for groups in shared.values():
        first, projects = groups[0][0][0], _numbers(groups[0][0])
        cells = [text.place.cell or "" for group, _ in groups for text in group]
        how = "文字一字不差" if all(identical for _, identical in groups) else "文字大部分相同"
        more = f"（这样的共{len(groups)}段）。" if len(groups) > 1 else "。"
        fields: dict[str, Any] = {"projects": _told(projects), "how": how, "more": more}
        place = Place(first.place.workbook, first.place.sheet, join_cells(cells))
        yield finding("E04", place, column=first.title, typed=shorten(first.said).rstrip("。"), **fields)


def _numbers(texts: Sequence[Text]) -> tuple[int, ...]:
    """Return the 项目序号 of some texts, each once."""
    return tuple(sorted({text.key_of_project[1] or 0 for text in texts}))


def _told(numbers: Sequence[int]) -> str:
    """Return 项目序号 for a message, not more than a line of them."""
    few = "、".join(map(str, numbers[:_NAMED]))
    return few if len(numbers) <= _NAMED else f"{few}等{len(numbers)}个项目"


_NAMED = 8


# ---------------------------------------------------------------- what belongs elsewhere

_YEAR_IN_NAME = re.compile(r"(?<!\d)(20\d{2})(?=\s*(?:年|[-—–~～至到]\s*20\d{2}))|^(20\d{2})(?!\d)")
_YEARS = re.compile(r"(?<!\d)(20\d{2})(?!\d)")
_OPEN_END = re.compile(r"起|开始|至今|长期|以来|常年|持续|每年")
_CARRIED_OVER = ("结转", "结余", "上年结转资金")
_DECEMBER = 12


def years(context: Context) -> Iterator[Finding]:
    """E05: 预算年度 against 项目名称, 项目起止年限, deadlines and 填报日期: last year's copy, or the wrong year."""
    by_workbook: dict[int, list[ProjectScore]] = defaultdict(list)
    for project in context.evaluated:
        by_workbook[project.workbook].append(project)
    for workbook, projects in by_workbook.items():
        source = context.batch.sources[workbook]
        year = source.settings["year"]
        if year is None:
            continue
        off = [project for project in projects if _is_of_other_year(context, project, "name", year)]
        if len(off) == len(projects) >= _SEVERAL and "year" in source.setting_cells:
            yield _year_of_all(context, source, off, year)
            continue
        for project in projects:
            yield from _years_of(context, project, year)
    yield from _dates(context)


def _year_of_all(context: Context, source: Source, projects: Sequence[ProjectScore], year: int) -> Finding:
    """Every project names another year: it is 预算年度 itself that is asked about."""
    setting = standard.SETTING_BY_KEY["year"]
    place = Place(source.index, source.layouts[standard.SETTINGS_SHEET.key].title, source.setting_cells["year"])
    name = context.project_name(projects[0])
    why = f"而{len(projects)}个项目的名称写的都是别的年份，例如“{name}”"
    return finding("E05.year", place, column=setting.title, typed=year, year=year, why=why, example=setting.example)


def _years_of(context: Context, project: ProjectScore, year: int) -> Iterator[Finding]:
    table = context.table("projects")
    told: dict[str, Any] = {"year": year, "why": "两处不是同一年", "example": f"{year}年度"}
    for key in ("name", "period"):
        if _is_of_other_year(context, project, key, year):
            typed = context.typed("projects", project.index, key)
            yield finding(
                "E05.year", table.place(project.index, key), column=table.sheet.by_key[key].title, typed=typed, **told
            )
    for item in project.indicators:
        if item.measure.kind is Measured.DEADLINE:
            span = read_span(item.measure.target_text, year)
            if span is not None and span.dated and span.last.year < year:
                told |= {"why": "期限在这一年之前", "example": f"{year}年12月底前"}
                typed = shorten(item.measure.target_text)
                yield finding("E05.year", context.target_place(item), column="指标值", typed=typed, **told)


def _is_of_other_year(context: Context, project: ProjectScore, key: str, year: int) -> bool:
    """Tell whether 项目名称 or 项目起止年限 names years, and neither one of them nor their span takes in `year`."""
    text = halfwidth(context.table("projects").get(project.index, key) or "")
    pattern = _YEAR_IN_NAME if key == "name" else _YEARS
    named = [int(next(filter(None, match.groups()))) for match in pattern.finditer(text)]
    if not named or min(named) <= year <= max(named):
        return False
    if max(named) < year and _OPEN_END.search(text):
        return False
    carried = any(word in text for word in _CARRIED_OVER) or any(
        context.table("funds").get(row, "source") in _CARRIED_OVER for row in context.rows("funds", project)
    )
    return not (key == "name" and carried and max(named) == year - 1)


def _dates(context: Context) -> Iterator[Finding]:
    """填报日期 of each workbook."""
    setting = standard.SETTING_BY_KEY["date"]
    for source in context.batch.usable():
        day, year = source.settings["date"], source.settings["year"]
        why = _odd_date(day, year, source.stage) if isinstance(day, date) and year is not None else ""
        if why:
            place = Place(source.index, source.layouts[standard.SETTINGS_SHEET.key].title, source.setting_cells["date"])
            told: dict[str, Any] = {"typed": day.isoformat(), "year": year, "why": why}
            yield finding("E05.year", place, column=setting.title, example=f"{year + 1}-03-20", **told)


def _odd_date(day: date, year: int, stage: Stage) -> str:
    """Say what is odd about 填报日期: targets are set before or in the year, self-evaluation follows it."""
    if stage is Stage.TARGETS:
        return "" if year - 1 <= day.year <= year else "申报目标一般在上年底或当年"
    if day.year < year or (day.year == year and day.month < _DECEMBER):
        return "那时这一年还没有结束，不能自评"
    return "自评一般在第二年" if day.year > year + 1 else ""


_MONEY_IN_TEXT = re.compile(r"(?<![\d.])(\d[\d,]*(?:\.\d+)?)\s*(万元|元)")
_LEADING_YEAR = re.compile(r"^(?:20\d{2}(?:[-—至]20\d{2})?年(?:度)?)")
_OF_ANOTHER_YEAR = re.compile(r"上年|去年|同比|往年|增加|减少")
#: 「专家经费」 is a turn of phrase, 「煤炭资源整合经费」 is a project; 5万元 may be anybody's, 17.28万元 is not.
_SHORTEST_NAME, _LEAST_DIGITS = 8, 3


def copied_from_another(context: Context) -> Iterator[Finding]:
    """E05: another project's name, code or amount stands in this project's text (70 for 17 projects in one review)."""
    texts: dict[tuple[int, int | None], list[Text]] = defaultdict(list)
    for text in context.prose:
        texts[text.key_of_project].append(text)
    by_workbook: dict[int, list[ProjectScore]] = defaultdict(list)
    for project in context.evaluated:
        by_workbook[project.workbook].append(project)
    for projects in by_workbook.values():
        if 1 < len(projects) <= figure("similar", "most_projects"):
            marks = {project.project_no: _marks(context, project) for project in projects}
            owners = _owners(context, projects)
            for project in projects:
                own = context.table("projects").get(project.index, "name") or ""
                for text in texts[project.key]:
                    yield from _copied(context, project, own, text, marks, owners)


def _marks(context: Context, project: ProjectScore) -> tuple[str, ...]:
    """Return what tells a project from others: its name without the year, and its code."""
    table = context.table("projects")
    name, code = table.get(project.index, "name") or "", table.get(project.index, "code") or ""
    core = _LEADING_YEAR.sub("", name)
    return tuple(mark for mark in (core, name, code) if len(mark) >= _SHORTEST_NAME)


def _owners(context: Context, projects: Sequence[ProjectScore]) -> dict[Decimal, set[int]]:
    """Return the projects (项目序号) by each amount of money (万元) that is theirs."""
    table = context.table("funds")
    money = [column.key for column in table.sheet.read_columns if isinstance(column.kind, Money)]
    owners: dict[Decimal, set[int]] = defaultdict(set)
    for project in projects:
        rows = context.rows("funds", project)
        amounts = [table.get(row, key) for row in rows for key in money]
        amounts += [add_up([table.get(row, key) for row in rows]) for key in money]
        for item in project.indicators:
            if is_money_unit(item.measure.unit):
                figures = (item.measure.target, item.measure.actual)
                amounts += [to_wan(amount, item.measure.unit) for amount in figures if amount is not None]
        for amount in amounts:
            if amount:
                owners[amount.normalize()].add(project.project_no)
    return owners


def _copied(
    context: Context,
    project: ProjectScore,
    own: str,
    text: Text,
    marks: Mapping[int, Sequence[str]],
    owners: Mapping[Decimal, set[int]],
) -> Iterator[Finding]:
    said, mine = text.said, marks[project.project_no]
    for number, theirs in marks.items():
        found = next((m for m in theirs if m in said and m not in own and m not in mine), "")
        if number != project.project_no and found:
            yield _another(context, project, text, typed=shorten(found), whose=f"项目{number}的名称或编码")
            return
    for match in _MONEY_IN_TEXT.finditer(said):
        amount = read_quantity(match[0], "万元").value
        if not amount or len(amount.normalize().as_tuple().digits) < _LEAST_DIGITS:
            continue
        if _OF_ANOTHER_YEAR.search(said[max(0, match.start() - 10) : match.start()]):
            continue
        whose = owners.get(amount.normalize(), set())
        if whose and project.project_no not in whose:
            told = "、".join(map(str, sorted(whose)))
            yield _another(context, project, text, typed=match[0], whose=f"项目{told}的金额")
            return


def _another(context: Context, project: ProjectScore, text: Text, *, typed: str, whose: str) -> Finding:
    name = context.project_name(project)
    return finding("E05", text.place, typed=typed, whose=whose, project=name, column=text.name)
