"""汇总表: one row a project, its columns declared once for a 报送件 (live formulas) and for a whole run (values)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from perf_excel.book import DIGITS, HEI, PAPER_A4, Book, formula, height, merge, put
from perf_excel.findings import Finding, Severity
from perf_excel.names import column_letter
from perf_excel.numbers import plain, round_half_up
from perf_excel.render import filling
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace
from perf_excel.rules import RuleSet

TITLE = "汇总表"
_HEAD_ROW = 3

Value = Callable[[ProjectShare], Any]
Live = Callable[[Trace, ProjectShare, "dict[str, str]"], str]


@dataclass(frozen=True, slots=True)
class _Column:
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


def _difference(project: ProjectShare) -> Decimal | None:
    score = project.score
    if score.declared_scorecard is not None and score.scorecard is not None and score.scorecard.total is not None:
        return score.declared_scorecard - score.scorecard.total
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


def _level(level: str) -> _Column:
    def live(trace: Trace, project: ProjectShare, _: dict[str, str]) -> str:
        return trace.level(project, level) if level in project.score.by_level else ""

    return _Column(level, 9, lambda project: project.score.by_level.get(level), live, "0.00")


def _scored(live: Live) -> Live:
    return lambda trace, project, cells: "" if project.score.exempt else live(trace, project, cells)


def _with(key: str, live: Live) -> Live:
    """Use a formula only where the project has an indicator form or a scorecard to refer to."""

    def chosen(trace: Trace, project: ProjectShare, cells: dict[str, str]) -> str:
        there = project.score.indicators if key == "form" else project.scorecard
        return live(trace, project, cells) if there and not project.score.exempt else ""

    return chosen


def _count(severity: Severity) -> _Column:
    return _Column(severity.value, 8, lambda project: project.counts.get(severity, 0), form="0", total="sum")


def _rate(project: ProjectShare) -> Decimal | None:
    rate = project.score.execution.rate
    return None if rate is None or project.score.exempt else round_half_up(rate, 4)


COLUMNS: tuple[_Column, ...] = (
    _Column("项目序号", 6, lambda project: project.number),
    _Column("项目编码", 23, lambda project: project.info["code"]),
    _Column("项目名称", 30, lambda project: project.info["name"]),
    _Column(
        "全年预算数",
        12,
        lambda p: p.score.execution.budget,
        _scored(lambda t, p, c: t.money(p, "budget")),
        "#,##0.00####",
        "sum",
    ),
    _Column(
        "全年执行数",
        12,
        lambda p: p.score.execution.executed,
        _scored(lambda t, p, c: t.money(p, "executed")),
        "#,##0.00####",
        "sum",
    ),
    _Column("预算执行率", 10, _rate, _scored(lambda t, p, c: t.rate(p)), "0.00%", "rate"),
    _Column(
        "执行得分",
        8,
        lambda p: p.score.execution.score,
        _scored(lambda t, p, c: t.score(p, "execution")),
        "0.00",
    ),
    _level("产出指标"),
    _level("效益指标"),
    _level("满意度指标"),
    _level("成本指标"),
    _Column("自评表得分", 10, lambda p: p.score.total, _with("form", lambda t, p, c: t.score(p, "total")), "0.00"),
    _Column(
        "自评表申报",
        10,
        lambda p: p.score.declared,
        _with("form", lambda t, p, c: t.typed(p, "total")),
        "0.00",
    ),
    _Column("自评等级", 8, lambda p: p.score.grade, _grade_live),
    _Column(
        "指标体系得分",
        10,
        lambda p: p.score.scorecard.total if p.score.scorecard else None,
        _with("card", lambda t, p, c: t.score(p, "card total")),
        "0.00",
    ),
    _Column(
        "指标体系申报",
        10,
        lambda p: p.score.declared_scorecard,
        _with("card", lambda t, p, c: t.typed(p, "card total")),
        "0.00",
    ),
    _Column("差异", 8, _difference, _difference_live, "+0.00;-0.00;0.00"),
    _Column("应填", 7, lambda p: p.required, form="0", total="sum"),
    _Column("已填", 7, lambda p: p.filled, form="0", total="sum"),
    _count(Severity.MUST),
    _count(Severity.SHOULD),
    _count(Severity.COULD),
)
_TEXTS = (("code", "项目编码"), ("name", "项目名称"))
_POSITION = {column.title: position for position, column in enumerate(COLUMNS)}


@dataclass(frozen=True, slots=True)
class RunRow:
    """One project in the summary of a run.

    Attributes:
        counted: whether the totals take it in; a project handed in twice is not (S12).
    """

    unit_name: str
    project: ProjectShare
    counted: bool = True


def write(book: Book, share: Share, trace: Trace, filled: tuple[int, int]) -> None:
    """Write 汇总表 of one workbook.

    Args:
        filled: (filled, required) of the whole workbook, the cells of no project included.
    """
    sheet = _Sheet(book, 0)
    sheet.head(
        f"项目支出绩效自评汇总表（{share.year}年度）" if share.year else "项目支出绩效自评汇总表",
        share.unit_name,
    )
    for offset, project in enumerate(share.projects):
        sheet.row(offset, project, trace)
    others = Counter(item.severity for item in share.findings if item.project_no is None)
    extra = {severity.value: others[severity] for severity in Severity}
    extra["已填"] = filled[0] - sum(project.filled for project in share.projects)
    extra["应填"] = filled[1] - sum(project.required for project in share.projects)
    sheet.finish(share.projects, extra=extra)
    sheet.links(share.projects)
    widths = [column.width for column in COLUMNS]
    below = filling.write(book, sheet.x, _HEAD_ROW + len(share.projects) + 2, share, widths)
    sheet.charts(len(share.projects), share.rules, below + 1)


def write_run(
    book: Book, year: int | None, rows: Sequence[RunRow], findings: Sequence[Finding], rules: RuleSet
) -> None:
    """Write 汇总表 over all workbooks of a run."""
    sheet = _Sheet(book, 1)
    units = len({row.unit_name for row in rows})
    title = f"项目支出绩效自评汇总表（{year}年度）" if year else "项目支出绩效自评汇总表"
    sheet.head(title, f"共{units}个单位，{len(rows)}个项目")
    for offset, row in enumerate(rows):
        sheet.row(offset, row.project, None, row.unit_name, row.counted)
    counts = Counter(item.severity for item in findings)
    extra = {s.value: counts[s] - sum(row.project.counts.get(s, 0) for row in rows if row.counted) for s in Severity}
    sheet.finish([row.project for row in rows if row.counted], extra=extra, rows=len(rows))
    sheet.charts(len(rows), rules, _HEAD_ROW + len(rows) + 3)


class _Sheet:
    """The sheet being written; `shift` columns stand in front of the declared ones."""

    def __init__(self, book: Book, shift: int) -> None:
        self.book, self.shift = book, shift
        x = self.x = book.sheet(TITLE)
        x.set_landscape()
        x.set_paper(PAPER_A4)
        x.fit_to_pages(1, 0)
        x.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
        x.set_footer("&C第&P页，共&N页")
        x.hide_gridlines(2)
        for position, column in enumerate(COLUMNS):
            x.set_column(position + shift, position + shift, column.width)
        if shift:
            x.set_column(0, 0, 24)
            x.set_column(len(COLUMNS) + shift, len(COLUMNS) + shift, 14)

    def head(self, title: str, unit: str) -> None:
        """Write the title, the unit and the column titles."""
        last = len(COLUMNS) - 1 + self.shift
        merge(self.x, (0, 0), (0, last), title, self.book.format(font_name=HEI, font_size=18, align="center"))
        self.x.set_row(0, 34)
        merge(self.x, (1, 0), (1, 8), unit, self.book.format(align="left"))
        merge(self.x, (1, 9), (1, last), "单位：万元、分。差异＝申报－计算", self.book.format(align="right"))
        style = self.book.format(bold=True, align="center", text_wrap=True, border=1, bg_color="#DDEBF7", font_size=10)
        if self.shift:
            put(self.x, _HEAD_ROW - 1, 0, "单位名称", style)
            put(self.x, _HEAD_ROW - 1, last + 1, "备注", style)
        for position, column in enumerate(COLUMNS):
            put(self.x, _HEAD_ROW - 1, position + self.shift, column.title, style)
        self.x.set_row(_HEAD_ROW - 1, 32)
        self.x.freeze_panes(_HEAD_ROW, 3 + self.shift)
        self.x.repeat_rows(_HEAD_ROW - 1)

    def row(
        self, offset: int, project: ProjectShare, trace: Trace | None, unit: str = "", counted: bool = True
    ) -> None:
        """Write one project: formulas over its trace, or values where there is none."""
        row = _HEAD_ROW + offset
        texts = ((project.info[key], COLUMNS[_POSITION[title]].width) for key, title in _TEXTS)
        self.x.set_row(row, height(texts, size=10, least=22))
        cells = {title: f"{column_letter(p + self.shift)}{row + 1}" for title, p in _POSITION.items()}
        if self.shift:
            put(self.x, row, 0, unit, self._style(COLUMNS[2]))
            remark = "" if counted else "项目重复，不计入合计"
            put(self.x, row, len(COLUMNS) + self.shift, remark, self._style(COLUMNS[2]))
        for position, column in enumerate(COLUMNS):
            value = column.value(project)
            live = column.live(trace, project, cells) if trace is not None else ""
            if live:
                formula(self.x, row, position + self.shift, live, self._style(column), value)
            else:
                put(self.x, row, position + self.shift, value, self._style(column))

    def _style(self, column: _Column, *, bold: bool = False) -> Any:
        align = "left" if column.title == "项目名称" else "center"
        properties: dict[str, Any] = {
            "border": 1,
            "font_size": 10,
            "align": align,
            "text_wrap": True,
            "bold": bold,
        }
        if column.form:
            properties |= {"num_format": column.form, "font_name": DIGITS}
        return self.book.format(**properties)

    def finish(self, counted: Sequence[ProjectShare], extra: dict[str, int], rows: int | None = None) -> None:
        """Write the row of totals; `extra` is what belongs to no project."""
        count = len(counted) if rows is None else rows
        row, first, last = _HEAD_ROW + count, _HEAD_ROW + 1, _HEAD_ROW + count
        remark = column_letter(len(COLUMNS) + self.shift)
        merge(self.x, (row, 0), (row, 2 + self.shift), "合计", self._style(COLUMNS[0], bold=True))
        cells = {title: f"{column_letter(p + self.shift)}{row + 1}" for title, p in _POSITION.items()}
        for position, column in enumerate(COLUMNS[3:], start=3):
            style, at = self._style(column, bold=True), position + self.shift
            letter = column_letter(at)
            span = f"{letter}{first}:{letter}{last}"
            if column.total == "sum":
                values = [value for project in counted if (value := column.value(project)) is not None]
                add = extra.get(column.title, 0)
                text = f'SUMIF({remark}{first}:{remark}{last},"",{span})' if self.shift else f"SUM({span})"
                formula(self.x, row, at, f"{text}+{add}" if add else text, style, sum(values) + add)
            elif column.total == "rate":
                budget, executed = (self._sum(counted, title) for title in ("全年预算数", "全年执行数"))
                text = f'IF({cells["全年预算数"]}>0,ROUND({cells["全年执行数"]}/{cells["全年预算数"]},4),"")'
                formula(self.x, row, at, text, style, round_half_up(executed / budget, 4) if budget else None)
            else:
                put(self.x, row, at, None, style)
        if count:
            self.x.autofilter(_HEAD_ROW - 1, 0, row - 1, len(COLUMNS) - 1 + self.shift + (1 if self.shift else 0))

    def _sum(self, projects: Sequence[ProjectShare], title: str) -> Decimal:
        column = COLUMNS[_POSITION[title]]
        return sum((value for project in projects if (value := column.value(project)) is not None), Decimal(0))

    def links(self, projects: Sequence[ProjectShare]) -> None:
        """Link each project's name to its form."""
        style = self._style(COLUMNS[2])
        for offset, project in enumerate(projects):
            if not project.score.exempt and project.info["name"] and len(project.info["name"]) <= 250:
                place = f"internal:'{form_title(project)}'!A1"
                self.x.write_url(_HEAD_ROW + offset, 2, place, style, project.info["name"])

    def charts(self, count: int, rules: RuleSet, top: int) -> None:
        """Draw the totals and the execution rates by project below the table, from a row on."""
        if not count:
            return
        first, last = _HEAD_ROW, _HEAD_ROW + count - 1
        names = [TITLE, first, 2 + self.shift, last, 2 + self.shift]
        series = (
            ("各项目得分", (("自评表得分", "#4F81BD"), ("指标体系得分", "#A6A6A6")), 0),
            ("预算执行率", (("预算执行率", "#7F7F7F"),), 10),
        )
        for title, columns, at in series:
            chart = self.book.x.add_chart({"type": "column"})
            for name, colour in columns:
                position = _POSITION[name] + self.shift
                values = [TITLE, first, position, last, position]
                chart.add_series(
                    {
                        "name": name,
                        "categories": names,
                        "values": values,
                        "fill": {"color": colour},
                        "gap": 80,
                    }
                )
            chart.set_title({"name": title, "name_font": {"size": 12}})
            if at == 0:
                chart.set_y_axis(
                    {"min": 0, "max": 100, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
                )
            else:
                chart.set_y_axis(
                    {
                        "min": 0,
                        "num_format": "0%",
                        "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
                    }
                )
                chart.set_legend({"none": True})
            chart.set_size({"width": 760, "height": 340})
            self.x.insert_chart(top, at + self.shift, chart)


def form_title(project: ProjectShare) -> str:
    """Return the title of a project's first form sheet."""
    return f"自评表{project.number}"
