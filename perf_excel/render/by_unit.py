"""分单位: what the projects of a run come to, unit by unit, and which findings are the most frequent.

Every figure is a formula over the run's 汇总表 or 问题清单. Units stand in the order of their average score, so that
the lowest of them are neighbours and can be drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from perf_excel.book import DIGITS, HEI, Book, formula, height, merge, put, table_page
from perf_excel.findings import Severity
from perf_excel.names import column_letter
from perf_excel.numbers import EXACT, round_half_up
from perf_excel.render import frequent
from perf_excel.render.chart_panel import Panel
from perf_excel.render.charts import SEVERITY_COLOURS, Charts, Range
from perf_excel.render.frequent import Listed
from perf_excel.render.links import LINK, back_link, link
from perf_excel.render.overview import UNDECIDED
from perf_excel.render.summary import Rows, cell_of
from perf_excel.render.summary_columns import EXEMPT
from perf_excel.render.summary_table import HEAD_COLOUR, MARGINS, REMARK, UNIT, Place
from perf_excel.render.summary_table import TITLE as SUMMARY
from perf_excel.render.units import Figures, Tally, Unit, criterion, units_of
from perf_excel.rules import RuleSet

TITLE = "分单位"
_HEAD_ROW = 3
_AVERAGE, _RANK = "平均自评表得分", "名次"
#: More units than this cannot be told apart in a chart.
_DRAWN = 30
_HEAD, _CHART, _LETTERS = 32, 300, 11
_SEVERITIES = {severity.value for severity in Severity}
#: More rows than this are not linked: a sheet holds 65,530 links, and each takes memory.
_LINKED = 10_000
#: Findings that belong to no unit: a result of the whole run that could not be written.
_OTHER = "不属于某个单位的问题"


def write(
    book: Book,
    place: Place,
    rows: Rows,
    tallies: Iterable[Tally],
    listed: Listed,
    units: Mapping[int, str],
    rules: RuleSet,
) -> None:
    """Write the sheet.

    Args:
        book: where to.
        place: of the table on 汇总表.
        rows: its rows.
        tallies: numbers of the findings that count.
        listed: those that stand in 问题清单.
        units: 单位名称 by workbook.
        rules: names of the grades.
    """
    _Sheet(book, place, rows, tallies, units, rules).write(listed)


class _Sheet:
    """The sheet being written."""

    def __init__(
        self,
        book: Book,
        place: Place,
        rows: Rows,
        tallies: Iterable[Tally],
        units: Mapping[int, str],
        rules: RuleSet,
    ) -> None:
        self.book, self.place = book, place
        self.units, self.whole = units_of(rows, tallies, units)
        self.ranks: dict[Decimal | None, int | None] = {None: None}
        for rank, unit in enumerate(self.units, start=1):
            self.ranks.setdefault(unit.figures.average, rank)
        self.findings = Counter[Severity]()
        for _, severity, count in tallies:
            self.findings[severity] += count
        grades = [grade for grade in self.whole.grades if grade not in (None, EXEMPT)]
        states = [*dict.fromkeys([*(band.name for band in rules.grades), *grades]), UNDECIDED]
        if EXEMPT in self.whole.grades:
            states.append(EXEMPT)
        self.states = states
        self.columns: dict[str, tuple[float, str]] = {
            UNIT: (34, ""),
            "项目数": (8, "0"),
            "全年预算数": (14, "#,##0.00####"),
            "全年执行数": (14, "#,##0.00####"),
            "预算执行率": (11, "0.00%"),
            _AVERAGE: (13, "0.00"),
            _RANK: (7, "0"),
            **dict.fromkeys(states, (7.0, "0")),
            **{severity.value: (9.0, "0") for severity in Severity},
        }
        self.at = {title: position for position, title in enumerate(self.columns)}
        self.total = _HEAD_ROW + len(self.units)
        x = self.x = book.sheet(TITLE)
        table_page(x, sides=MARGINS["left"])
        x.hide_gridlines(2)
        for position, (width, _) in enumerate(self.columns.values()):
            x.set_column(position, position, width)
        self.used = 0.0

    def write(self, listed: Listed) -> None:
        """Write the whole sheet."""
        last = len(self.columns) - 1
        self._heads(last)
        for row, unit in enumerate(self.units, start=_HEAD_ROW):
            self._unit(row, unit)
        self._totals()
        panel = Panel(self.x, self.total + 2, [width for width, _ in self.columns.values()], self.used + 15, _HEAD)
        block = frequent.write(self.book, self.x, panel, listed, last)
        self._charts(panel, block)
        self.x.print_area(0, 0, panel.row - 1, last)
        back_link(self.book, TITLE, SUMMARY)

    # ------------------------------------------------------------ by unit

    def _heads(self, last: int) -> None:
        for row, points in enumerate((34, 20, _HEAD)):
            self._high(row, points)
        merge(self.x, (0, 0), (0, last), "分单位汇总表", self.book.format(font_name=HEI, font_size=18, align="center"))
        said = "单位：万元、分。按平均自评表得分从高到低排列；重复报送的项目不计入"
        merge(self.x, (1, 0), (1, last), said, self.book.format(align="right", font_size=10))
        for position, title in enumerate(self.columns):
            put(self.x, _HEAD_ROW - 1, position, title, self._head())
        self.x.freeze_panes(_HEAD_ROW, 1)
        self.x.repeat_rows(_HEAD_ROW - 1)
        if self.units:
            self.x.autofilter(_HEAD_ROW - 1, 0, self.total - 1, last)

    def _head(self) -> Any:
        return self.book.format(bold=True, align="center", text_wrap=True, border=1, bg_color=HEAD_COLOUR, font_size=10)

    def _style(self, title: str, *, bold: bool = False, linked: bool = False) -> Any:
        form = self.columns[title][1]
        properties: dict[str, Any] = {"border": 1, "font_size": 10, "bold": bold, "text_wrap": True}
        properties["align"] = "center" if form else "left"
        if form:
            properties |= {"num_format": form, "font_name": DIGITS}
        return self.book.format(**properties, **(LINK if linked else {}))

    def _high(self, row: int, points: float) -> None:
        self.x.set_row(row, points)
        self.used += points

    def _unit(self, row: int, unit: Unit) -> None:
        self._high(row, height([(unit.name, self.columns[UNIT][0])], size=10))
        linked = unit.first is not None and row < _LINKED
        style = self._style(UNIT, linked=linked)
        if unit.first is not None and linked:
            link(self.x, row, 0, SUMMARY, style, cell=cell_of(unit.first))
        put(self.x, row, 0, unit.name, style)
        own = f"{self._span(UNIT)},{criterion(unit.name, f'$A{row + 1}')},{self._counted()}"
        self._figures(row, unit.figures, own)
        for severity in Severity:
            every = unit.findings.get(severity, 0)
            rest = every - unit.figures.findings.get(severity, 0)
            text = f"SUMIFS({self._span(severity.value)},{own})" + (f"+{rest}" if rest else "")
            self._live(row, severity.value, text, every)
        average, rank = self._cell(_AVERAGE, row), self.ranks.get(unit.figures.average)
        self._live(row, _RANK, f'IF({average}="","",RANK({average},{self._column(_AVERAGE)}))', rank)

    def _figures(self, row: int, figures: Figures, own: str = "") -> None:
        """Write the figures that units and totals have alike.

        Args:
            row: where to.
            figures: of the projects that count here.
            own: the criteria that find them; "" for the totals, which add up the units.
        """
        bold = not own
        sums = {"全年预算数": figures.budget, "全年执行数": figures.executed}
        lines: list[tuple[str, str, Any]] = [("项目数", f"COUNTIFS({own})", figures.projects)]
        lines += [(title, f"SUMIFS({self._span(title)},{own})", value) for title, value in sums.items()]
        for state in self.states:
            grade = None if state == UNDECIDED else state
            text = f'COUNTIFS({self._span("自评等级")},"{grade or ""}",{own})'
            lines.append((state, text, figures.grades.get(grade, 0)))
        for title, text, value in lines:
            self._live(row, title, text if own else f"SUM({self._column(title)})", value, bold=bold)
        budget, executed = (self._cell(title, row) for title in sums)
        whole, spent = sums.values()
        rate = round_half_up(EXACT.divide(spent, whole), 4) if whole > 0 else None
        self._live(row, "预算执行率", f'IF({budget}>0,ROUND({executed}/{budget},4),"")', rate, bold=bold)
        totals, criteria = self._span("自评表得分"), own or self._counted()
        text = f'IF(COUNTIFS({totals},">=0",{criteria})=0,"",ROUND(AVERAGEIFS({totals},{criteria}),2))'
        self._live(row, _AVERAGE, text, figures.average, bold=bold)

    def _counted(self) -> str:
        """Return the criterion of a project that counts: there is no remark on it."""
        return f'{self._span(REMARK)},""'

    def _totals(self) -> None:
        """Write what belongs to no unit, where there is such a thing, and the totals."""
        rest = Counter(self.findings)
        for unit in self.units:
            rest.subtract(unit.findings)
        rest = +rest
        if rest:
            for title in self.columns:
                value = _OTHER if title == UNIT else rest[Severity(title)] if title in _SEVERITIES else None
                put(self.x, self.total, self.at[title], value, self._style(title))
            self._high(self.total, 20)
            self.total += 1
        row = self.total
        put(self.x, row, 0, "合计", self._style(UNIT, bold=True))
        put(self.x, row, self.at[_RANK], None, self._style(_RANK, bold=True))
        self._figures(row, self.whole)
        for severity in Severity:
            letter = column_letter(self.at[severity.value])
            text = f"SUM({letter}{_HEAD_ROW + 1}:{letter}{row})"
            self._live(row, severity.value, text, self.findings[severity], bold=True)
        self._high(row, 22)

    def _live(self, row: int, title: str, text: str, cached: Any, *, bold: bool = False) -> None:
        formula(self.x, row, self.at[title], text, self._style(title, bold=bold), cached)

    def _cell(self, title: str, row: int) -> str:
        return f"{column_letter(self.at[title])}{row + 1}"

    def _column(self, title: str) -> str:
        """Return the cells of a column over all units."""
        letter = column_letter(self.at[title])
        return f"${letter}${_HEAD_ROW + 1}:${letter}${_HEAD_ROW + len(self.units)}"

    def _span(self, title: str) -> str:
        """Return the cells of a column of 汇总表 over all projects."""
        return f"{SUMMARY}!{self.place.span(title)}"

    # ------------------------------------------------------------ charts

    def _charts(self, panel: Panel, block: range) -> None:
        charts, first = Charts(self.book, _LETTERS), _HEAD_ROW
        made = []
        if self.whole.projects:
            made.append(charts.counts("各等级项目数", *self._across(self.states[0], self.states[-1])))
        if self.findings:
            names, values = self._across(Severity.MUST.value, Severity.COULD.value)
            made.append(charts.counts("问题数量", names, values, colours=tuple(SEVERITY_COLOURS.values())))
        if len(made) == 2:
            panel.add(made, _CHART)
            made = []
        pixels = _CHART
        known = sum(unit.figures.average is not None for unit in self.units)
        if known:
            drawn = min(known, _DRAWN)
            start, end = first + known - drawn, first + known - 1
            title = "各单位平均自评表得分"
            if known > drawn:
                title = f"平均自评表得分最低的{drawn}个单位（共{known}个）"
            names, values = ([TITLE, start, self.at[of], end, self.at[of]] for of in (UNIT, _AVERAGE))
            made.append(charts.counts(title, names, values, label="0.00", lying=True))
            pixels = max(pixels, 80 + 20 * drawn)
        if block:
            ends = [[TITLE, block[0], column, block[-1], column] for column in (frequent.NAME, frequent.TIMES)]
            made.append(charts.counts("最多的问题（次数）", *ends, lying=True))
            pixels = max(pixels, 90 + 22 * len(block))
        panel.add(made, pixels)

    def _across(self, first: str, last: str) -> tuple[Range, Range]:
        """Return the titles and the totals of neighbouring columns."""
        names, values = ([TITLE, row, self.at[first], row, self.at[last]] for row in (_HEAD_ROW - 1, self.total))
        return names, values
