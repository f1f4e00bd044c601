"""The table of 汇总表: where it stands, its rows and its totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perf_excel.book import DIGITS, HEI, TABLE_MARGINS, Book, formula, height, merge, put, table_page
from perf_excel.names import column_letter
from perf_excel.numbers import round_half_up
from perf_excel.render.links import LINK, form_title, link, scorecard_title
from perf_excel.render.share import ProjectShare
from perf_excel.render.summary_columns import COLUMNS, Column, values
from perf_excel.render.trace import Trace

TITLE = "汇总表"
#: How many rows stand above the first project, the last of them the column titles.
HEAD_ROW = 3
HEAD_COLOUR = "#DDEBF7"
MARGINS = {"left": 0.3, "right": 0.3, **TABLE_MARGINS}
_TEXTS = ("项目编码", "项目名称")
_POSITION = {column.title: position for position, column in enumerate(COLUMNS)}
_NAME = _POSITION["项目名称"]
_SUMMED = [column.title for column in COLUMNS if column.total == "sum"]
#: What stands around the declared columns in the table of a run.
UNIT, _UNIT_WIDTH = "单位名称", 24
REMARK, _REMARK_WIDTH = "备注", 14
TWICE = "项目重复，不计入合计"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the table stands on its sheet.

    Attributes:
        count: how many projects it has.
        run: whether it is that of a run, with 单位名称 in front and 备注 behind.
    """

    count: int
    run: bool = False

    @property
    def first(self) -> int:
        """Row of the first project, from 0."""
        return HEAD_ROW

    @property
    def total(self) -> int:
        """Row of the totals, from 0."""
        return HEAD_ROW + self.count

    @property
    def widths(self) -> list[float]:
        """Widths of all columns."""
        widths = [column.width for column in COLUMNS]
        return [_UNIT_WIDTH, *widths, _REMARK_WIDTH] if self.run else widths

    def at(self, title: str) -> int:
        """Return the position of a column, from 0."""
        if title == UNIT:
            return 0
        return len(COLUMNS) + 1 if title == REMARK else _POSITION[title] + self.run

    def cell(self, title: str, row: int) -> str:
        """Return a cell as formulas name it."""
        return f"{column_letter(self.at(title))}{row + 1}"

    def span(self, title: str) -> str:
        """Return the cells of a column over all projects, as formulas name them."""
        letter = column_letter(self.at(title))
        return f"${letter}${self.first + 1}:${letter}${self.total}"


class Table:
    """The sheet 汇总表 while its table is being written.

    Attributes:
        x: the sheet.
        place: where the table stands.
        used: how high what is written is, in points.
        sums: what the rows come to that are counted, by title.
    """

    def __init__(self, book: Book, place: Place) -> None:
        self.book, self.place = book, place
        x = self.x = book.sheet(TITLE)
        table_page(x, sides=MARGINS["left"])
        x.hide_gridlines(2)
        for position, width in enumerate(place.widths):
            x.set_column(position, position, width)
        self.used = 0.0
        self.sums: dict[str, Any] = dict.fromkeys(_SUMMED, 0)

    def high(self, row: int, points: float) -> None:
        """Give a row its height."""
        self.x.set_row(row, points)
        self.used += points

    def head(self, title: str, unit: str, link_to: str = "") -> None:
        """Write the title, the unit (a link to another sheet, where one is named) and the column titles."""
        last = len(self.place.widths) - 1
        for row, points in enumerate((34, 20, 32)):
            self.high(row, points)
        merge(self.x, (0, 0), (0, last), title, self.book.format(font_name=HEI, font_size=18, align="center"))
        merge(self.x, (1, 0), (1, 8), unit, self.book.format(align="left"))
        if link_to:
            link(self.x, 1, 0, link_to, self.book.format(align="left", **LINK), text=unit)
        merge(self.x, (1, 9), (1, last), "单位：万元、分。差异＝申报－计算", self.book.format(align="right"))
        style = self.book.format(
            bold=True, align="center", text_wrap=True, border=1, bg_color=HEAD_COLOUR, font_size=10
        )
        titles = [column.title for column in COLUMNS]
        for position, text in enumerate([UNIT, *titles, REMARK] if self.place.run else titles):
            put(self.x, HEAD_ROW - 1, position, text, style)
        self.x.freeze_panes(HEAD_ROW, self.place.at("项目名称") + 1)
        self.x.repeat_rows(HEAD_ROW - 1)

    def row(self, offset: int, project: ProjectShare, trace: Trace) -> None:
        """Write one project of a workbook: formulas over its trace, with the values that they give."""
        row, found = HEAD_ROW + offset, values(project)
        self._high(row, found)
        cells = {column.title: self.place.cell(column.title, row) for column in COLUMNS}
        for position, column in enumerate(COLUMNS):
            target = self._target(column, project)
            style = self._style(column, linked=bool(target))
            if target:
                link(self.x, row, position, target, style)
            live = column.live(trace, project, cells)
            if live:
                formula(self.x, row, position, live, style, found[column.title])
            else:
                put(self.x, row, position, found[column.title], style)

    def run_row(self, offset: int, found: Mapping[str, Any], unit: str, *, counted: bool) -> None:
        """Write one project of a run: its values, 单位名称 in front and 备注 behind."""
        row, remark = HEAD_ROW + offset, "" if counted else TWICE
        self._high(row, found, (unit, _UNIT_WIDTH), (remark, _REMARK_WIDTH))
        put(self.x, row, 0, unit, self._style(COLUMNS[_NAME]))
        for position, column in enumerate(COLUMNS, start=1):
            put(self.x, row, position, found[column.title], self._style(column))
        put(self.x, row, self.place.at(REMARK), remark, self._style(COLUMNS[_NAME]))

    def _high(self, row: int, found: Mapping[str, Any], *more: tuple[str, float]) -> None:
        texts = [(found[title], COLUMNS[_POSITION[title]].width) for title in _TEXTS]
        self.high(row, height([*texts, *more], size=10, least=22))

    def _target(self, column: Column, project: ProjectShare) -> str:
        """Return the sheet to which a cell of a project links; "" for none."""
        if project.score.exempt:
            return ""
        if column.title == "项目名称" and project.info["name"]:
            return form_title(project)
        return scorecard_title(project) if column.title == "指标体系得分" and project.scorecard else ""

    def _style(self, column: Column, *, bold: bool = False, linked: bool = False) -> Any:
        properties: dict[str, Any] = {
            "border": 1,
            "font_size": 10,
            "align": "left" if column.title == "项目名称" else "center",
            "text_wrap": True,
            "bold": bold,
        }
        if column.form:
            properties |= {"num_format": column.form, "font_name": DIGITS}
        return self.book.format(**properties, **(LINK if linked else {}))

    def count(self, found: Mapping[str, Any]) -> None:
        """Have the totals take in a row, by the titles of its columns."""
        for title in _SUMMED:
            if found[title] is not None:
                self.sums[title] += found[title]

    def totals(self, extra: Mapping[str, int]) -> dict[str, Any]:
        """Write the row of totals, and the filter over the rows above it.

        Args:
            extra: by column, what belongs to no project.

        Returns:
            The totals by column.
        """
        place, row, found = self.place, self.place.total, dict[str, Any]()
        self.high(row, 22)
        merge(self.x, (row, 0), (row, place.at("项目名称")), "合计", self._style(COLUMNS[0], bold=True))
        for column in COLUMNS[_NAME + 1 :]:
            style, at = self._style(column, bold=True), place.at(column.title)
            if column.total == "sum":
                add = extra.get(column.title, 0)
                found[column.title] = self.sums[column.title] + add
                text = self._sum(column.title) + (f"+{add}" if add else "")
                formula(self.x, row, at, text, style, found[column.title])
            elif column.total == "rate":
                budget, executed = (found[title] for title in ("全年预算数", "全年执行数"))
                cells = [place.cell(title, row) for title in ("全年预算数", "全年执行数")]
                text = f'IF({cells[0]}>0,ROUND({cells[1]}/{cells[0]},4),"")'
                found[column.title] = round_half_up(executed / budget, 4) if budget > 0 else None
                formula(self.x, row, at, text, style, found[column.title])
            else:
                put(self.x, row, at, None, style)
        if place.run:
            put(self.x, row, place.at(REMARK), None, self._style(COLUMNS[_NAME]))
        if place.count:
            self.x.autofilter(HEAD_ROW - 1, 0, row - 1, len(place.widths) - 1)
        return found

    def _sum(self, title: str) -> str:
        if not self.place.count:
            return "0"
        span = self.place.span(title)
        return f'SUMIF({self.place.span(REMARK)},"",{span})' if self.place.run else f"SUM({span})"
