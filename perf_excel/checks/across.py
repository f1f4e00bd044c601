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
from perf_excel.findings import Finding, Place, finding
from perf_excel.kinds import Money
from perf_excel.numbers import read_quantity
from perf_excel.scoring import ProjectScore, add_up
from perf_excel.text import halfwidth, shorten, squeeze
from perf_excel.workbook import standard
from perf_excel.workbook.tables import join_cells
from perf_excel.workbook.types import Stage

# ---------------------------------------------------------------- scores


def all_perfect(context: Context) -> Iterator[Finding]:
    """E03: every project of a workbook scores 100 (ten of ten in one review)."""
    by_workbook: dict[int, list[ProjectScore]] = defaultdict(list)
    for project in context.reported:
        by_workbook[project.workbook].append(project)
    for projects in by_workbook.values():
        if len(projects) > 1 and all(_perfect(project) for project in projects):
            place = context.table("projects").column_place([project.index for project in projects], "name")
            yield finding("E03", Place(place.workbook, place.sheet, place.cell), count=len(projects))


def _perfect(project: ProjectScore) -> bool:
    card = project.scorecard.total if project.scorecard else None
    return project.total == 100 and card in (None, 100)


# ---------------------------------------------------------------- the same words


def passages(context: Context) -> list[Text]:
    """Return the running texts that are long enough for their likeness to mean something."""
    shortest = figure("similar", "shortest")
    return [text for text in context.prose if len(squeeze(text.said)) >= shortest]


def similar_passages(context: Context) -> Iterator[Finding]:
    """E04: the same passage, or nearly the same, in several projects of a workbook.

    Texts of one column (on 报告内容 of one chapter) are compared; what several projects share is one finding with all
    places, and passages shared by the same projects in the same column are told together.
    """
    columns: dict[tuple[object, ...], list[Text]] = defaultdict(list)
    for text in passages(context):
        source, number = text.key_of_project
        if number is not None:
            columns[source, text.table.sheet.key, text.key, text.chapter].append(text)
    shared: dict[tuple[object, ...], list[tuple[list[Text], bool]]] = defaultdict(list)
    for (workbook, sheet, column, _), texts in columns.items():
        for group, identical in _alike(texts):
            shared[workbook, sheet, column, _numbers(group)].append((group, identical))
    for groups in shared.values():
        first, projects = groups[0][0][0], _numbers(groups[0][0])
        cells = [text.place.cell or "" for group, _ in groups for text in group]
        how = "文字一字不差" if all(identical for _, identical in groups) else "文字大部分相同"
        more = f"（这样的共{len(groups)}段）" if len(groups) > 1 else ""
        fields: dict[str, Any] = {"projects": "、".join(map(str, projects)), "how": how, "more": more}
        place = Place(first.place.workbook, first.place.sheet, join_cells(cells))
        yield finding("E04", place, column=first.title, typed=shorten(first.said), **fields)


def _numbers(texts: Sequence[Text]) -> tuple[int, ...]:
    """Return the 项目序号 of some texts, each once."""
    return tuple(sorted({text.key_of_project[1] or 0 for text in texts}))


def _alike(texts: Sequence[Text]) -> Iterator[tuple[list[Text], bool]]:
    """Group texts of different projects that are alike; tell for each group whether they are identical."""
    same: dict[str, list[Text]] = defaultdict(list)
    for text in texts:
        same[squeeze(text.said)].append(text)
    keys = list(same)
    for keys_alike in _clusters(keys) if 1 < len(keys) <= figure("similar", "most_texts") else [[key] for key in keys]:
        group = [text for key in keys_alike for text in same[key]]
        if len(_numbers(group)) > 1:
            yield group, len(keys_alike) == 1


def _clusters(keys: list[str]) -> list[list[str]]:
    """Put texts into groups whose members resemble the group's first one."""
    from rapidfuzz import fuzz, process

    alike = process.cdist(keys, keys, scorer=fuzz.ratio, score_cutoff=figure("similar", "alike"))
    clusters: list[list[str]] = []
    taken: set[int] = set()
    for first in range(len(keys)):
        if first not in taken:
            members = [other for other in range(first, len(keys)) if other not in taken and alike[first][other] > 0]
            taken.update(members)
            clusters.append([keys[member] for member in members])
    return clusters


# ---------------------------------------------------------------- what belongs elsewhere

_YEAR_IN_NAME = re.compile(r"(?<!\d)(20\d{2})(?=\s*(?:年|[-—–~～至到]\s*20\d{2}))")
_YEARS = re.compile(r"(?<!\d)(20\d{2})(?!\d)")
_UP_TO = re.compile(r"(?<!\d)(20\d{2})\D{0,8}[-—–~～至到]\D{0,3}(20\d{2})(?!\d)")
_DECEMBER = 12


def years(context: Context) -> Iterator[Finding]:
    """E05: 预算年度 against 项目名称, 项目起止年限 and 填报日期: last year's copy, or the year of the report for that of the money."""
    table = context.table("projects")
    for project in context.evaluated:
        year = context.batch.sources[project.workbook].settings["year"]
        if year is None:
            continue
        for key, pattern in (("name", _YEAR_IN_NAME), ("period", _YEARS)):
            text = table.get(project.index, key)
            if isinstance(text, str) and _other_year(halfwidth(text), pattern, year):
                column = table.sheet.by_key[key]
                told: dict[str, Any] = {"typed": shorten(text), "year": year, "why": "两处不是同一年"}
                place, example = table.place(project.index, key), f"{year}年度"
                yield finding("E05.year", place, column=column.title, example=example, **told)
    setting = standard.SETTING_BY_KEY["date"]
    for source in context.batch.usable():
        day, year = source.settings["date"], source.settings["year"]
        why = _odd_date(day, year, source.stage) if isinstance(day, date) and year is not None else ""
        if why:
            place = Place(source.index, source.layouts[standard.SETTINGS_SHEET.key].title, source.setting_cells["date"])
            told = {"typed": day.isoformat(), "year": year, "why": why}
            yield finding("E05.year", place, column=setting.title, example=f"{year + 1}-03-20", **told)


def _other_year(text: str, pattern: re.Pattern[str], year: int) -> bool:
    """Tell whether a text names years, and none of them, nor a span of them, takes in `year`."""
    if any(int(first) <= year <= int(last) for first, last in _UP_TO.findall(text)):
        return False
    named = {int(found) for found in pattern.findall(text)}
    return bool(named) and year not in named


def _odd_date(day: date, year: int, stage: Stage) -> str:
    """Say what is odd about 填报日期: targets are set before or in the year, self-evaluation follows it."""
    if stage is Stage.TARGETS:
        return "" if year - 1 <= day.year <= year else "申报目标一般在上年底或当年"
    if day.year < year or (day.year == year and day.month < _DECEMBER):
        return "那时这一年还没有结束，不能自评"
    return "自评一般在第二年" if day.year > year + 1 else ""


_MONEY_IN_TEXT = re.compile(r"(?<![\d.])(\d[\d,]*(?:\.\d+)?)\s*(万元|元)")
_LEADING_YEAR = re.compile(r"^(?:20\d{2}(?:[-—至]20\d{2})?年(?:度)?)")
#: 「专家经费」 is a turn of phrase, 「煤炭资源整合经费」 is a project; 5万元 may be anybody's, 17.28万元 is not.
_SHORTEST_NAME, _LEAST_DIGITS = 6, 3


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
            amounts += [item.measure.target, item.measure.actual]
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
    fields: dict[str, Any] = {"project": context.project_name(project), "column": text.name}
    for number, theirs in marks.items():
        found = next((m for m in theirs if m in text.said and m not in own and m not in marks[project.project_no]), "")
        if number != project.project_no and found:
            yield finding("E05", text.place, typed=shorten(found), whose=f"项目{number}的名称或编码", **fields)
            return
    for match in _MONEY_IN_TEXT.finditer(text.said):
        amount = read_quantity(match[0], "万元").value
        if not amount or len(amount.normalize().as_tuple().digits) < _LEAST_DIGITS:
            continue
        whose = owners.get(amount.normalize(), set())
        if whose and project.project_no not in whose:
            told = "、".join(map(str, sorted(whose)))
            yield finding("E05", text.place, typed=match[0], whose=f"项目{told}的金额", **fields)
            return
