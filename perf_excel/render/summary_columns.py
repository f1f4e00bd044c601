"""The columns of 汇总表, declared once for a 报送件 (live formulas) and for a whole run (values)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from perf_excel.findings import Severity
from perf_excel.numbers import plain, round_half_up
from perf_excel.render.share import ProjectShare
from perf_excel.render.trace import Trace
from perf_excel.workbook import standard

#: 自评等级 of a project that need not be evaluated.
EXEMPT = "不纳入"
#: The columns of points by 一级指标.
LEVELS = tuple(standard.LEVELS)

Value = Callable[[ProjectShare], Any]
Live = Callable[[Trace, ProjectShare, "dict[str, str]"], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, its value, and for a 报送件 the formula that gives it.

    `live` gets the trace, the project and the cells of the same row by title; "" means that the value is a constant.
    `total` is how the last row adds it up: "" not at all.
    """

    title: str
    width: float
    value: Value
    live: Live = lambda trace, project, cells: ""
    form: str = ""
    total: str = ""


def _card(project: ProjectShare) -> Decimal | None:
    card = project.score.scorecard
    return card.total if card is not None and not project.score.exempt else None


def _difference(project: ProjectShare) -> Decimal | None:
    score, card = project.score, _card(project)
    if score.declared_scorecard is not None and card is not None:
        return score.declared_scorecard - card
    if score.declared is not None and score.total is not None:
        return score.declared - score.total
    return None


def _difference_live(_: Trace, __: ProjectShare, cells: dict[str, str]) -> str:
    card, card_declared = cells["指标体系得分"], cells["指标体系申报"]
    form, form_declared = cells["自评表得分"], cells["自评表申报"]
    inner = f'IF(COUNT({form},{form_declared})=2,ROUND({form_declared}-{form},2),"")'
    return f"IF(COUNT({card},{card_declared})=2,ROUND({card_declared}-{card},2),{inner})"


def _grade_live(trace: Trace, project: ProjectShare, cells: dict[str, str]) -> str:
    if not project.score.indicators:
        return ""
    inner = f'"{trace.share.rules.grades[-1].name}"'
    for band in reversed(trace.share.rules.grades[:-1]):
        inner = f'IF({cells["自评表得分"]}>={plain(band.floor)},"{band.name}",{inner})'
    return f'IF({cells["自评表得分"]}="","",{inner})'


def _level(level: str) -> Column:
    def live(trace: Trace, project: ProjectShare, _: dict[str, str]) -> str:
        return trace.level(project, level) if level in project.score.by_level else ""

    return Column(level, 9, lambda project: project.score.by_level.get(level), live, "0.00")


def _scored(live: Live) -> Live:
    return lambda trace, project, cells: "" if project.score.exempt else live(trace, project, cells)


def _with(key: str, live: Live) -> Live:
    """Use a formula only where the project has an indicator form or a scorecard to refer to."""

    def chosen(trace: Trace, project: ProjectShare, cells: dict[str, str]) -> str:
        there = project.score.indicators if key == "form" else project.scorecard
        return live(trace, project, cells) if there and not project.score.exempt else ""

    return chosen


def _count(severity: Severity) -> Column:
    return Column(severity.value, 8, lambda project: project.counts.get(severity, 0), form="0", total="sum")


def _rate(project: ProjectShare) -> Decimal | None:
    rate = project.score.execution.rate
    return None if rate is None or project.score.exempt else round_half_up(rate, 4)


def values(project: ProjectShare) -> dict[str, Any]:
    """Return a project's row by the titles of its columns; None where there is nothing to say."""
    return {column.title: column.value(project) for column in COLUMNS}


COLUMNS: tuple[Column, ...] = (
    Column("项目序号", 6, lambda project: project.number),
    Column("项目编码", 25, lambda project: project.info["code"]),
    Column("项目名称", 30, lambda project: project.info["name"]),
    Column(
        "全年预算数",
        12,
        lambda p: p.score.execution.budget,
        _scored(lambda t, p, c: t.money(p, "budget")),
        "#,##0.00####",
        "sum",
    ),
    Column(
        "全年执行数",
        12,
        lambda p: p.score.execution.executed,
        _scored(lambda t, p, c: t.money(p, "executed")),
        "#,##0.00####",
        "sum",
    ),
    Column("预算执行率", 10, _rate, _scored(lambda t, p, c: t.rate(p)), "0.00%", "rate"),
    Column(
        "执行得分",
        8,
        lambda p: None if p.score.exempt else p.score.execution.score,
        _scored(lambda t, p, c: t.score(p, "execution")),
        "0.00",
    ),
    *(_level(level) for level in LEVELS),
    Column("自评表得分", 10, lambda p: p.score.total, _with("form", lambda t, p, c: t.score(p, "total")), "0.00"),
    Column("自评表申报", 10, lambda p: p.score.declared, _with("form", lambda t, p, c: t.typed(p, "total")), "0.00"),
    Column("自评等级", 8, lambda p: EXEMPT if p.score.exempt else p.score.grade, _grade_live),
    Column("指标体系得分", 10, _card, _with("card", lambda t, p, c: t.score(p, "card total")), "0.00"),
    Column(
        "指标体系申报",
        10,
        lambda p: p.score.declared_scorecard,
        _with("card", lambda t, p, c: t.typed(p, "card total")),
        "0.00",
    ),
    Column("差异", 8, _difference, _difference_live, "+0.00;-0.00;0.00"),
    Column("应填", 7, lambda p: p.required, form="0", total="sum"),
    Column("已填", 7, lambda p: p.filled, form="0", total="sum"),
    *(_count(severity) for severity in Severity),
)
