"""Charts of the summaries: native, each figure from a cell, shades that a grey printer keeps apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from perf_excel.book import HEI, SONG, Book
from perf_excel.findings import Severity

#: A range as XlsxWriter takes it: sheet, first row, first column, last row, last column.
Range = list[Any]
DARK, LIGHT = "#2E75B6", "#BDD7EE"
#: Dark, medium and light also where all that is printed is grey.
SEVERITY_COLOURS = {Severity.MUST: "#C00000", Severity.SHOULD: "#F4B942", Severity.COULD: "#E2EFDA"}
_EDGE = {"color": "#404040", "width": 0.75}
_GRID = {"visible": True, "line": {"color": "#D9D9D9", "width": 0.75}}
#: Bars that stand for no figure are labelled with nothing.
_SCORE_LABEL, _RATE_LABEL = "General;-General;", "0.0%;;"
_DASHES = ("solid", "dash", "round_dot", "dash_dot")
#: Bars are labelled one by one where there are no more of them than this.
_LABELLED = 10
#: From here on bars are so narrow that smaller letters stand beside them.
_CROWDED = 15


@dataclass(frozen=True, slots=True)
class Bars:
    """A series of bars: the cell that names it, its figures, its colour."""

    name: Range
    values: Range
    colour: str


class Charts:
    """Makes charts in one look.

    Attributes:
        size: of the text in points; what is printed smaller needs larger letters.
    """

    def __init__(self, book: Book, size: int) -> None:
        self.book, self.size = book, size

    def scores(
        self,
        title: str,
        names: Range,
        levels: Sequence[Sequence[Any]],
        bars: Sequence[Bars],
        lines: Sequence[tuple[Range, Range]],
        *,
        axis: str = "",
        top: float | None,
        step: float = 20,
        rate: bool = False,
    ) -> Any:
        """Return a chart of bars by project with lines across it.

        Args:
            title: what stands above.
            names: of the projects; before the first and after the last stands an empty one, so that a line begins
                and ends beside the bars, and its name has room at its end.
            levels: what the cells of `names` show, where they are several columns; XlsxWriter looks up only one itself.
            bars: the figures.
            lines: (name, values) of the lines across.
            axis: what the names are.
            top: where the axis of figures ends; None to leave that to the figures.
            step: between two marks of that axis.
            rate: whether the figures are rates.
        """
        count = names[3] - names[1] - 1
        chart = self.book.x.add_chart({"type": "column"})
        for series in bars:
            options: dict[str, Any] = {
                "name": series.name,
                "categories": names,
                "categories_data": [list(level) for level in levels],
                "values": series.values,
                "fill": {"color": series.colour},
                "border": _EDGE,
                "gap": 60,
                "overlap": 0,
            }
            if count * len(bars) <= _LABELLED:
                options["data_labels"] = {
                    "value": True,
                    "num_format": _RATE_LABEL if rate else _SCORE_LABEL,
                    "font": self._font(-1),
                }
            chart.add_series(options)
        across = self.book.x.add_chart({"type": "line"})
        for (name, values), dash in zip(lines, _DASHES * len(lines), strict=False):
            across.add_series(
                {
                    "name": name,
                    "categories": names,
                    "categories_data": [list(level) for level in levels],
                    "values": values,
                    "line": {"color": "#000000", "width": 1.25, "dash_type": dash},
                    "data_labels": {
                        "value": False,
                        "series_name": True,
                        "position": "right",
                        "font": self._font(-1),
                        "custom": [{"delete": True}] * (count + 1),
                    },
                }
            )
        if lines:
            chart.combine(across)
        self._dress(chart, title)
        level = self._font(-1) | {"rotation": 0}  # names are wrapped rather than turned
        chart.set_x_axis({"name": axis, "name_font": self._font(-1), "num_font": level})
        chart.set_y_axis(
            {
                "min": 0,
                "max": top,
                "major_unit": step,
                "num_format": "0%" if rate else "0",
                "major_gridlines": _GRID,
                "num_font": self._font(-1),
            }
        )
        if len(bars) > 1:
            named = range(len(bars), len(bars) + len(lines))
            chart.set_legend({"position": "bottom", "font": self._font(), "delete_series": list(named)})
        else:
            chart.set_legend({"none": True})
        return chart

    def counts(
        self,
        title: str,
        names: Range,
        values: Range,
        *,
        colours: Sequence[str] = (DARK,),
        label: str = "0",
        lying: bool = False,
    ) -> Any:
        """Return a chart of one figure by name, each bar labelled.

        Args:
            title: what stands above.
            names: of the bars.
            values: the figures.
            colours: of the bars; one for all of them, or one each.
            label: number format of the figures.
            lying: draw the bars from left to right, the first on top, for many or long names.
        """
        chart = self.book.x.add_chart({"type": "bar" if lying else "column"})
        font = self._font(-2 if values[3] - values[1] >= _CROWDED else 0)
        chart.add_series(
            {
                "name": title,
                "categories": names,
                "values": values,
                "fill": {"color": colours[0]},
                "border": _EDGE,
                "points": [{"fill": {"color": colour}, "border": _EDGE} for colour in colours]
                if len(colours) > 1
                else None,
                "gap": 90,
                "data_labels": {"value": True, "num_format": label, "font": font},
            }
        )
        self._dress(chart, title)
        # The labels say the figures; an axis of halves of a project would say nothing.
        figures = {"min": 0, "visible": False, "major_gridlines": {"visible": False}}
        across = {"num_font": font, "interval_unit": 1, "reverse": lying, "major_gridlines": {"visible": False}}
        chart.set_x_axis(figures if lying else across)
        chart.set_y_axis(across if lying else figures)
        chart.set_legend({"none": True})
        return chart

    def _dress(self, chart: Any, title: str) -> None:
        chart.set_title({"name": title, "name_font": {"name": HEI, "size": self.size + 3, "bold": False}})
        chart.set_chartarea({"border": {"color": "#A6A6A6"}})

    def _font(self, more: int = 0) -> dict[str, Any]:
        return {"name": SONG, "size": self.size + more, "bold": False}
