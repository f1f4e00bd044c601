"""Figures for the charts by project, right of the table of 汇总表 and outside what it prints.

A chart's lines run beside its bars at both ends, and a bar chart cannot do that over the table alone: here each
project's figures stand a second time as formulas, between an empty row above and one below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perf_excel.book import DIGITS, Book, formula, put
from perf_excel.names import column_letter
from perf_excel.numbers import plain
from perf_excel.render.charts import DARK, LIGHT, Bars, Charts, Range
from perf_excel.render.summary_columns import COLUMNS
from perf_excel.render.summary_table import HEAD_ROW, TITLE, UNIT, Place
from perf_excel.rules import RuleSet

#: With more projects than this, bars by project say nothing any more: their distribution is drawn instead.
MOST = 30
#: With more than this, or longer names than this, 项目序号 stands below the bars.
_NAMED, _LONGEST = 8, 30
_SCORES, _RATE = ("自评表得分", "指标体系得分"), "预算执行率"
_COLUMN = {column.title: column for column in COLUMNS}
_WIDTH = 12


class ChartRows:
    """The columns of figures for the charts of one sheet 汇总表."""

    def __init__(
        self,
        book: Book,
        x: Any,
        place: Place,
        projects: Sequence[Mapping[str, Any]],
        rules: RuleSet,
        units: Sequence[str] = (),
    ) -> None:
        """Write the columns, for at most `MOST` projects.

        Args:
            book, x: where to.
            place: of the table.
            projects: its rows, by the titles of their columns.
            rules: the floors of the grades, and the rate below which a reason is due.
            units: 单位名称 of each row, in the summary of a run.
        """
        self.x, self.place, self.projects, self.rules = x, place, projects, rules
        names = [project["项目名称"] or "" for project in projects]
        self._label = "项目名称" if len(names) <= _NAMED and max(map(len, names)) <= _LONGEST else "项目序号"
        self._start = len(place.widths) + 1
        self._grey = {"font_size": 9, "font_color": "#7F7F7F", "align": "center"}
        self._book = book
        floors = [band for band in rules.grades if band.floor > 0]
        self._floors = [f"{band.name}{plain(band.floor)}" for band in floors]
        reason = f"{plain(rules.reason_below * 100)}%"
        self._names = [*([UNIT] if units else []), self._label]
        self._titles = [*self._names, *_SCORES, *self._floors, _RATE, reason]
        put(x, 0, self._start, "图表用的数（不打印）", book.format(font_size=9, font_color="#7F7F7F"))
        x.set_column(self._start, self._start + len(self._titles) - 1, _WIDTH)
        for position, title in enumerate(self._titles, start=self._start):
            put(x, 1, position, title, book.format(**self._grey))
        self._levels: list[list[Any]] = []
        if units:
            labels = [project[self._label] for project in projects]
            self._levels = [self._units(units), [None, *labels, None]]
        for title in (self._label, *_SCORES, _RATE):
            self._repeat(title)
        for band, title in zip(floors, self._floors, strict=True):
            self._line(title, band.floor, "General")
        self._line(reason, rules.reason_below, "0.00%")
        self._reason = reason

    @property
    def end(self) -> int:
        """Position of the first column behind them."""
        return self._start + len(self._titles)

    def charts(self, charts: Charts) -> list[Any]:
        """Return the charts of scores and rates; none over figures that are not there."""
        made = []
        axis = "" if self._label == "项目名称" else self._label
        names, levels = self._range(*self._names), self._levels
        found = [(title, colour) for title, colour in zip(_SCORES, (DARK, LIGHT), strict=True) if self._known(title)]
        if found:
            bars = [Bars(self._title(title), self._range(title), colour) for title, colour in found]
            lines = [(self._title(name), self._range(name)) for name in self._floors]
            top = _top(100, [value for title in _SCORES for value in self._known(title)])
            made.append(charts.scores("各项目得分", names, levels, bars, lines, axis=axis, top=top))
        rates = self._known(_RATE)
        if rates:
            bars = [Bars(self._title(_RATE), self._range(_RATE), LIGHT)]
            lines = [(self._title(self._reason), self._range(self._reason))]
            title = f"预算执行率（低于{self._reason}的要说明原因）"
            top = _top(1, rates)
            made.append(charts.scores(title, names, levels, bars, lines, axis=axis, top=top, step=0.2, rate=True))
        return made

    def _known(self, title: str) -> list[Any]:
        """Return the figures of a column, without the projects that have none."""
        return [value for project in self.projects if (value := project[title]) is not None]

    def _at(self, title: str) -> int:
        return self._start + self._titles.index(title)

    def _title(self, title: str) -> Range:
        return [TITLE, 1, self._at(title), 1, self._at(title)]

    def _range(self, *titles: str) -> Range:
        return [TITLE, HEAD_ROW - 1, self._at(titles[0]), self.place.total, self._at(titles[-1])]

    def _units(self, units: Sequence[str]) -> list[str | None]:
        """Name each unit at the first of its projects; the empty cells below it make them one group in the chart.

        Returns:
            What the cells show, those above and below the projects too.
        """
        style = self._book.format(**self._grey)
        shown: list[str | None] = [None]
        for offset, unit in enumerate(units):
            first = not offset or unit != units[offset - 1]
            shown.append(unit if first else None)
            if first:
                cell = self.place.cell(UNIT, self.place.first + offset)
                text = f'IF({cell}="","",{cell})'
                formula(self.x, self.place.first + offset, self._at(UNIT), text, style, unit)
        put(self.x, self.place.total, self._at(UNIT), " ", style)  # ends the last group
        return [*shown, " "]

    def _repeat(self, title: str) -> None:
        """Show the figures of a column of the table."""
        column = _COLUMN[title]
        form = {"num_format": column.form, "font_name": DIGITS} if column.form else {}
        style = self._book.format(**self._grey, **form)
        for offset, project in enumerate(self.projects):
            row = self.place.first + offset
            cell = self.place.cell(title, row)
            formula(self.x, row, self._at(title), f'IF({cell}="","",{cell})', style, project[title])

    def _line(self, title: str, value: Any, form: str) -> None:
        """Write the figure of a line across the chart: once, and as often again as the line has points."""
        style = self._book.format(**self._grey, num_format=form, font_name=DIGITS)
        column, first = self._at(title), HEAD_ROW - 1
        put(self.x, first, column, value, style)
        for row in range(first + 1, self.place.total + 1):
            formula(self.x, row, column, f"SUM({column_letter(column)}${first + 1})", style, value)


def _top(full: int, values: Sequence[Any]) -> float | None:
    """Return where the axis ends: with room for the labels above full marks; None where a figure is higher still."""
    return full + full / 10 if max(values) <= full else None
