"""评价打分 against 指标体系: the right set of criteria, the right marks (domain §4.5, E07, E13)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from perf_excel.checks.context import Context
from perf_excel.findings import Finding, finding
from perf_excel.numbers import differ, plain
from perf_excel.scoring import ProjectScore, add_up
from perf_excel.text import fold
from perf_excel.workbook import standard
from perf_excel.workbook.template import criteria

_CHOSEN_BY_TYPE, _FIXED = standard.CATEGORIES[1], standard.CATEGORIES[0]
_EVERY_TYPE = "全部"


def _criteria(context: Context, workbook: int) -> Sequence[Mapping[str, Any]]:
    """Return 指标体系 in force: the workbook's own sheet, which the county may edit, or the shipped one."""
    own = context.criteria.get(workbook)
    return own or [{**row, "full_marks": Decimal(row["full_marks"])} for row in criteria()]


def _types(row: Mapping[str, Any]) -> set[str]:
    return {part for part in re.split(r"[、,，;；/\s]+", row["project_types"] or "") if part}


def items_of_other_type(context: Context) -> Iterator[Finding]:
    """E07: the 专用指标 are those of another 项目类型 (an operating project scored with 项目验收 in print)."""
    table, projects = context.table("scorecard"), context.table("projects")
    for project in context.reported:
        kind = projects.get(project.index, "project_type")
        rows = [r for r in context.rows("scorecard", project) if table.get(r, "category") == _CHOSEN_BY_TYPE]
        if not kind or not rows:
            continue
        known = {
            fold(row["level2"]): _types(row)
            for row in _criteria(context, project.workbook)
            if row["category"] == _CHOSEN_BY_TYPE and _EVERY_TYPE not in _types(row)
        }
        if not any(kind in types for types in known.values()):
            continue  # 指标体系 has no set for this 项目类型, so there is nothing to choose from
        foreign = [r for r in rows if kind not in known.get(fold(table.get(r, "level2") or ""), {kind})]
        if foreign:
            items = "、".join(table.get(r, "level2") for r in foreign)
            belongs = "、".join(sorted({t for r in foreign for t in known[fold(table.get(r, "level2"))]}))
            fields: dict[str, Any] = {"type": kind, "items": items, "belongs": belongs}
            place = table.column_place(foreign, "level2")
            yield finding("E07", place, project=context.project_name(project), **fields)


def marks_of_the_system(context: Context) -> Iterator[Finding]:
    """E13: names and caps of 指标体系 (通用54 专用30 个性16 as shipped), the sum of each category, and 100 in all."""
    table = context.table("scorecard")
    for project in context.reported:
        rows = context.rows("scorecard", project)
        if not rows or any(table.get(row, key) is None for row in rows for key in ("category", "full_marks")):
            continue  # what is blank or was not read has been said
        system = _criteria(context, project.workbook)
        caps = {fold(row["level2"]): row["full_marks"] for row in system if row["category"] == _FIXED}
        off = []
        for index in rows:
            name, full = table.get(index, "level2") or "", table.get(index, "full_marks")
            cap = caps.get(fold(name)) if table.get(index, "category") == _FIXED else None
            if cap is not None and differ(full, cap):
                off.append(index)
                place = table.place(index, "full_marks")
                yield finding("E13.item", place, name=name, typed=plain(full), expected=plain(cap))
        if not off:
            yield from _sums(context, project, rows, _expected(system))


def _expected(system: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Return what each category must come to; 个性指标 take what is left of 100."""
    fixed = add_up([row["full_marks"] for row in system if row["category"] == _FIXED])
    sets: dict[str, list[Decimal | None]] = defaultdict(list)
    for row in system:
        if row["category"] == _CHOSEN_BY_TYPE:
            sets[row["project_types"] or ""].append(row["full_marks"])
    sums = {add_up(marks) for marks in sets.values()}
    chosen = sums.pop() if len(sums) == 1 else None
    if fixed is None or chosen is None:
        return {}
    return dict(zip(standard.CATEGORIES, (fixed, chosen, 100 - fixed - chosen), strict=True))


def _sums(
    context: Context, project: ProjectScore, rows: Sequence[int], expected: Mapping[str, Decimal]
) -> Iterator[Finding]:
    table = context.table("scorecard")
    name = context.project_name(project)
    categories = {category: [r for r in rows if table.get(r, "category") == category] for category in expected}
    wrong = False
    for category, mine in categories.items():
        total = add_up([table.get(row, "full_marks") for row in mine]) if mine else Decimal(0)
        if total is not None and differ(total, expected[category]):
            wrong = True
            place = table.column_place(mine or rows, "full_marks")
            fields: dict[str, Any] = {"what": category, "total": plain(total), "expected": plain(expected[category])}
            yield finding("E13", place, project=name, **fields)
    total = add_up([table.get(row, "full_marks") for row in rows])
    if not wrong and total is not None and differ(total, Decimal(100)):
        place = table.column_place(rows, "full_marks")
        yield finding("E13", place, project=name, what="各项", total=plain(total), expected="100")
