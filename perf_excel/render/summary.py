"""汇总表: a row a project, what the rows come to, and charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from perf_excel.book import Book
from perf_excel.findings import Severity
from perf_excel.render import filling, overview
from perf_excel.render.chart_panel import Panel
from perf_excel.render.chart_rows import MOST, ChartRows
from perf_excel.render.charts import SEVERITY_COLOURS, Charts
from perf_excel.render.share import Share
from perf_excel.render.summary_columns import values
from perf_excel.render.summary_table import HEAD_ROW, TITLE, Place, Table
from perf_excel.render.trace import Trace
from perf_excel.rules import RuleSet
from perf_excel.workbook.filled import total

__all__ = ["TITLE", "Rows", "RunRow", "cell_of", "write", "write_run"]

_NAME = "项目支出绩效自评汇总表"
#: Height of the rows that every page repeats, and of the charts in pixels.
_HEAD, _CHART, _RUN_CHART = 32, 360, 400
#: The table is wide and printed small, so that letters of this size are read on paper.
_LETTERS = 13
#: The names of more units than this have no room below the bars of their projects.
_UNITS = 8


@dataclass(frozen=True, slots=True)
class RunRow:
    """One project in the summary of a run.

    Attributes:
        values: by the titles of the columns.
        counted: whether the totals take it in; a project handed in twice is not (S12).
    """

    unit_name: str
    values: Mapping[str, Any]
    counted: bool = True


class Rows(Protocol):
    """The rows of a run; there may be more than can be held, so each walk over them may read them again."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[RunRow]: ...


def write(book: Book, share: Share, trace: Trace) -> None:
    """Write 汇总表 of one workbook.

    Args:
        book: where to.
        share: the workbook's results.
        trace: its 计算过程, to which the formulas refer.
    """
    place = Place(len(share.projects))
    table = Table(book, place)
    table.head(_title(share.year), share.unit_name)
    for offset, project in enumerate(share.projects):
        table.row(offset, project, trace)
        table.count(values(project))
    others = Counter(item.severity for item in share.findings if item.project_no is None)
    extra = {severity.value: others[severity] for severity in Severity}
    of_none = total(share.others.values())
    extra |= {"已填": of_none.filled, "应填": of_none.required}
    totals = table.totals(extra)
    below, high = filling.write(book, table.x, place.total + 2, share, place.widths)
    panel = Panel(table.x, below + 1, place.widths, table.used + high, _HEAD)
    if share.projects:
        _picture(book, table, share, trace, panel, sum(totals[severity.value] for severity in Severity))
    table.x.print_area(0, 0, panel.row - 1, len(place.widths) - 1)


def cell_of(row: int) -> str:
    """Return the cell on 汇总表 where a project begins, by its place among the projects from 0."""
    return f"A{HEAD_ROW + row + 1}"


def _picture(book: Book, table: Table, share: Share, trace: Trace, panel: Panel, findings: int) -> None:
    """Write the tables and the charts below 填报情况, on one page together."""
    x, place, charts = table.x, table.place, Charts(book, _LETTERS)
    block = overview.Overview(book, x, place, share.projects, share.rules)
    made: list[Any] = []
    start = len(place.widths) + 1
    if len(share.projects) <= MOST:
        rows = ChartRows(book, x, place, [values(project) for project in share.projects], share.rules)
        made, start = rows.charts(charts), rows.end + 1
    full = overview.weights(book, x, place, share.projects, trace, start)
    panel.turn(block.height + 2 * _CHART * 0.75)
    block.write(panel.take(block.rows + 1, block.height + 10), full)
    x.set_row(panel.row - 1, 10)
    made += block.charts(charts)
    if findings:
        made.append(_severities(charts, place))
    panel.add(made, _CHART)


def _severities(charts: Charts, place: Place) -> Any:
    """Return the chart of findings by severity, over the row of totals."""
    first, last = (place.at(severity.value) for severity in (Severity.MUST, Severity.COULD))
    names = [TITLE, HEAD_ROW - 1, first, HEAD_ROW - 1, last]
    values = [TITLE, place.total, first, place.total, last]
    return charts.counts("问题数量", names, values, colours=tuple(SEVERITY_COLOURS.values()))


def write_run(
    book: Book,
    year: int | None,
    rows: Rows,
    counts: Mapping[Severity, int],
    rules: RuleSet,
    by_unit: str = "",
) -> Place:
    """Write 汇总表 over all workbooks of a run.

    Args:
        book: where to.
        year: 预算年度.
        rows: a row a project.
        counts: how many findings of each severity the totals count.
        rules: the lines in the charts.
        by_unit: title of the sheet by unit, to which a link leads; "" where there is none.

    Returns:
        Where the table stands.
    """
    place = Place(len(rows), run=True)
    table = Table(book, place)
    units = len({row.unit_name for row in rows})
    said = f"共{units}个单位，{len(rows)}个项目"
    table.head(_title(year), f"{said}　（各单位的合计和图表见“{by_unit}”）" if by_unit else said, by_unit)
    for offset, row in enumerate(rows):
        table.run_row(offset, row.values, row.unit_name, counted=row.counted)
        if row.counted:
            table.count(row.values)
    table.totals({s.value: counts.get(s, 0) - table.sums[s.value] for s in Severity})
    panel = Panel(table.x, place.total + 2, place.widths, table.used, _HEAD)
    if 0 < len(rows) <= MOST and units <= _UNITS:
        drawn = list(rows)
        names = [row.unit_name for row in drawn]
        figures = ChartRows(book, table.x, place, [row.values for row in drawn], rules, names)
        panel.add(figures.charts(Charts(book, _LETTERS)), _RUN_CHART)
    table.x.print_area(0, 0, panel.row - 1, len(place.widths) - 1)
    return place


def _title(year: int | None) -> str:
    return f"{_NAME}（{year}年度）" if year else _NAME
