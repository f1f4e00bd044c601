"""Three small tables below 汇总表 of a 报送件: points lost by 一级指标, projects by grade, projects by execution rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from perf_excel.book import DIGITS, Book, formula, merge, put
from perf_excel.names import column_letter
from perf_excel.numbers import plain, round_half_up
from perf_excel.render.chart_rows import MOST
from perf_excel.render.charts import Charts, Range
from perf_excel.render.share import ProjectShare
from perf_excel.render.summary_columns import EXEMPT, LEVELS
from perf_excel.render.summary_table import HEAD_COLOUR, TITLE, Place
from perf_excel.render.trace import Trace
from perf_excel.rules import RuleSet

_EXECUTION = "执行得分"
#: First and last column of each column of the tables; more than one are merged.
_Cells = tuple[int, int]
_LEVEL, _FULL, _SCORED, _LOST, _OPEN = (0, 2), (3, 3), (4, 4), (5, 5), (6, 7)
_GRADE, _FLOOR, _PROJECTS = (9, 10), (11, 11), (12, 12)
_RATE, _RATED = (14, 16), (17, 18)
_ROW = 20.0
UNDECIDED = "未定"


@dataclass(frozen=True, slots=True)
class Weights:
    """Full marks by project and 一级指标, in columns right of the table and outside what it prints.

    Attributes:
        start: the first of the columns.
        full: the figures by title, for each project; None where it has no such 一级指标.
    """

    start: int
    full: dict[str, list[Decimal | None]]

    def letter(self, title: str) -> str:
        """Return the letters of a title's column."""
        return column_letter(self.start + list(self.full).index(title))


def weights(book: Book, x: Any, place: Place, projects: Sequence[ProjectShare], trace: Trace, start: int) -> Weights:
    """Write the columns of full marks; the first of them is `start`."""
    style = book.format(font_size=9, font_color="#7F7F7F", align="center", num_format="0.00", font_name=DIGITS)
    head = book.format(font_size=9, font_color="#7F7F7F", align="center")
    x.set_column(start, start + len(LEVELS), 14)
    full: dict[str, list[Decimal | None]] = {}
    for column, title in enumerate((_EXECUTION, *LEVELS), start=start):
        put(x, 1, column, f"满分：{'预算执行' if title == _EXECUTION else title}", head)
        full[title] = []
        for offset, project in enumerate(projects):
            text, value = _full(project, title, trace)
            full[title].append(value)
            if text:
                formula(x, place.first + offset, column, text, style, value)
    return Weights(start, full)


def _full(project: ProjectShare, title: str, trace: Trace) -> tuple[str, Decimal | None]:
    """Return the formula for the full marks of a project, and what it gives; "" and None where there are none."""
    score = project.score
    if score.exempt:
        return "", None
    if title == _EXECUTION:
        return f"SUM({trace.weights(project)})", score.execution.weight
    given = [item.measure.weight or Decimal(0) for item in score.indicators if item.measure.level1 == title]
    return (f"SUM({trace.weights(project, title)})", sum(given, Decimal(0))) if given else ("", None)


class Overview:
    """The three tables, side by side below the table of the projects."""

    def __init__(self, book: Book, x: Any, place: Place, projects: Sequence[ProjectShare], rules: RuleSet) -> None:
        self.x, self.place, self.projects, self.rules = x, place, projects, rules
        common: dict[str, Any] = {"border": 1, "font_size": 10, "align": "center"}
        self._above = book.format(bold=True, align="left")
        self._head = book.format(bold=True, bg_color=HEAD_COLOUR, text_wrap=True, **common)
        self._text = book.format(**common)
        self._points = book.format(font_name=DIGITS, num_format="0.00", **common)
        self._number = book.format(font_name=DIGITS, num_format="0", **common)
        self._grades = [band.name for band in rules.grades] + [UNDECIDED]
        if any(project.score.exempt for project in projects):
            self._grades.append(EXEMPT)
        self.rows = 2 + max(1 + len(LEVELS), len(self._grades), 3)
        self.height = 24 + 32 + (self.rows - 2) * _ROW

    def write(self, row: int, full: Weights) -> None:
        """Write the tables from a row on."""
        self.x.set_row(row, 24)
        self.x.set_row(row + 1, 32)
        for below in range(row + 2, row + self.rows):
            self.x.set_row(below, _ROW)
        self.top = row + 2
        self._by_level(row, full)
        self._by_grade(row)
        self._by_rate(row)

    def charts(self, charts: Charts) -> list[Any]:
        """Return the charts over the tables: points lost, and where there are many projects, their distribution."""
        made = []
        if len(self.projects) > MOST:
            names, values = self._range(_GRADE[0], len(self._grades)), self._range(_PROJECTS[0], len(self._grades))
            made.append(charts.counts("各等级项目数", names, values))
            made.append(charts.counts("预算执行率分布（项目数）", self._range(_RATE[0], 3), self._range(_RATED[0], 3)))
        count = 1 + len(LEVELS)
        if any(score is not None for title in (_EXECUTION, *LEVELS) for score in self._scores(title)):
            title = "各一级指标失分（全部项目合计）"
            made.append(charts.counts(title, self._range(_LEVEL[0], count), self._range(_LOST[0], count), label="0.00"))
        return made

    def _range(self, column: int, count: int) -> Range:
        return [TITLE, self.top, column, self.top + count - 1, column]

    def _heads(self, row: int, above: str, heads: dict[_Cells, str]) -> None:
        places = list(heads)
        merge(self.x, (row, places[0][0]), (row, places[-1][1]), above, self._above)
        for (first, last), text in heads.items():
            merge(self.x, (row + 1, first), (row + 1, last), text, self._head)

    def _cell(self, row: int, place: _Cells, text: str, style: Any, cached: Any) -> None:
        merge(self.x, (row, place[0]), (row, place[1]), None, style)
        formula(self.x, row, place[0], text, style, cached)

    # ------------------------------------------------------------ points lost by 一级指标

    def _scores(self, title: str) -> list[Decimal | None]:
        if title == _EXECUTION:
            return [None if p.score.exempt else p.score.execution.score for p in self.projects]
        return [project.score.by_level.get(title) for project in self.projects]

    def _by_level(self, row: int, full: Weights) -> None:
        heads = {_LEVEL: "一级指标", _FULL: "满分", _SCORED: "得分", _LOST: "失分", _OPEN: "得分未定的项目数"}
        self._heads(row, "各一级指标失分　（得分未定的项目，满分和得分都不计入）", heads)
        letters = {name: column_letter(column) for name, column in (("full", _FULL[0]), ("scored", _SCORED[0]))}
        for below, title in enumerate((_EXECUTION, *LEVELS), start=row + 2):
            merge(self.x, (below, _LEVEL[0]), (below, _LEVEL[1]), _named(title), self._text)
            scores, weights = self._scores(title), full.full[title]
            letter, span = full.letter(title), self.place.span(title)
            beside = f"${letter}${self.place.first + 1}:${letter}${self.place.total}"
            pairs = [(w, s) for w, s in zip(weights, scores, strict=True) if w is not None and s is not None]
            of, got = (round_half_up(sum(column, Decimal(0))) for column in (_column(pairs, 0), _column(pairs, 1)))
            self._cell(below, _FULL, f'ROUND(SUMIF({span},">=0",{beside}),2)', self._points, of)
            self._cell(below, _SCORED, f"ROUND(SUM({span}),2)", self._points, got)
            lost = f"ROUND({letters['full']}{below + 1}-{letters['scored']}{below + 1},2)"
            self._cell(below, _LOST, lost, self._points, of - got)
            undecided = sum(w is not None for w in weights) - len(pairs)
            self._cell(below, _OPEN, f"COUNT({beside})-COUNT({span})", self._number, undecided)

    # ------------------------------------------------------------ projects by grade and by rate

    def _by_grade(self, row: int) -> None:
        self._heads(row, "各等级项目数", {_GRADE: "自评等级", _FLOOR: "分数线", _PROJECTS: "项目数"})
        span = self.place.span("自评等级")
        grades = [EXEMPT if p.score.exempt else p.score.grade or "" for p in self.projects]
        bands = self.rules.grades
        floors = {band.name: f"{plain(band.floor)}分起" for band in bands[:-1]}
        if len(bands) > 1:
            floors[bands[-1].name] = f"{plain(bands[-2].floor)}分以下"
        for below, name in enumerate(self._grades, start=row + 2):
            merge(self.x, (below, _GRADE[0]), (below, _GRADE[1]), name, self._text)
            put(self.x, below, _FLOOR[0], floors.get(name, "—"), self._text)
            key = "" if name == UNDECIDED else name
            self._cell(below, _PROJECTS, f'COUNTIF({span},"{key}")', self._number, grades.count(key))

    def _by_rate(self, row: int) -> None:
        self._heads(row, "预算执行率分布", {_RATE: "预算执行率", _RATED: "项目数"})
        span, line = self.place.span("预算执行率"), self.rules.reason_below
        known = [
            round_half_up(p.score.execution.rate, 4)
            for p in self.projects
            if p.score.execution.rate is not None and not p.score.exempt
        ]
        reached = sum(rate >= line for rate in known)
        words = f"{plain(line * 100)}%"
        rows = (
            (f"达到{words}", f'COUNTIF({span},">={plain(line)}")', reached),
            (f"低于{words}", f'COUNTIF({span},"<{plain(line)}")', len(known) - reached),
            ("没有执行率", f'COUNTIF({span},"")', len(self.projects) - len(known)),
        )
        for below, (name, text, value) in enumerate(rows, start=row + 2):
            merge(self.x, (below, _RATE[0]), (below, _RATE[1]), name, self._text)
            self._cell(below, _RATED, text, self._number, value)


def _column(pairs: Sequence[tuple[Decimal, Decimal]], position: int) -> list[Decimal]:
    return [pair[position] for pair in pairs]


def _named(title: str) -> str:
    return "预算执行" if title == _EXECUTION else title
