"""Workbooks for the tests of the summaries, and what stands in the charts of a workbook."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

from workbooks import FUND, PROJECT, ROWS, rows_of, write

_CARD = (
    ("通用指标", "项目决策", "立项依据", 20),
    ("通用指标", "项目管理", "资金投向", 30),
    ("专用指标", "项目产出", "完成质量", 50),
)
#: What the indicators of `ROWS` came to, by turns: full marks, a little less, much less.
_DONE = (("5", "96", "28"), ("4", "90", "28"), ("5", "95", "36"), ("2", "40", "50"), ("5", "95", "30"))
_NS = {
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "d": "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing",
    "m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
}
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def unit_book(
    path: Path,
    unit: str,
    count: int,
    *,
    first: int = 0,
    open_score: int = 0,
    exempt: int = 0,
    same: int = 0,
    settings: dict[str, Any] | None = None,
) -> Path:
    """Write a workbook of a unit with several projects whose scores and rates differ.

    Args:
        path: where to.
        unit: 单位名称.
        count: how many projects.
        first: added to their numbers for their codes and scores.
        open_score: 项目序号 of one that cannot be scored.
        exempt: 项目序号 of one that need not be evaluated.
        same: 项目序号 of one whose code is the same in every workbook.
        settings: more of 参数.
    """
    rows: dict[str, list[dict[str, Any]]] = {
        "projects": [],
        "funds": [],
        "indicators": [],
        "actuals": [],
        "scorecard": [],
    }
    for number in range(1, count + 1):
        turn = first + number
        code = "51172524T000011049999" if number == same else f"51172524T{turn:012d}"
        rows["projects"].append(PROJECT | {"project_no": number, "code": code, "name": f"2024年第{turn}项工作经费"})
        budget = 10 + turn
        share = (100, 97, 85, 60)[turn % 4]
        rows["funds"].append(
            FUND | {"project_no": number, "initial": budget, "budget": budget, "executed": budget * share / 100}
        )
        done = iter(_DONE[turn % len(_DONE)])
        indicators = [(*row[:6], next(done, row[6])) if row[0] == "产出指标" else row for row in ROWS]
        targets, actuals = rows_of(indicators, number, (number - 1) * len(ROWS) + 1)
        if number == open_score:
            actuals[0]["actual"] = None
        if number == exempt:
            rows["projects"][-1]["exempt_reason"] = "年中已取消"
        rows["indicators"] += targets
        rows["actuals"] += actuals
        lost = turn % 3
        for category, level1, level2, full in _CARD:
            card = {
                "category": category,
                "level1": level1,
                "level2": level2,
                "full_marks": full,
                "awarded": full - lost,
            }
            rows["scorecard"].append({"project_no": number, "reason": "资料没有归档", **card})
    return write(path, rows, {"unit_name": unit} | (settings or {}))


def several(folder: Path) -> list[Path]:
    """Write workbooks of three units, one of them with an odd name and one with two workbooks, and one without projects.

    The first projects of two of them are the same.
    """
    return [
        unit_book(folder / "a.xlsx", "虚构县民政局", 3, same=1, open_score=2),
        unit_book(folder / "b.xlsx", "虚构县教育局", 4, first=20, same=1, exempt=3),
        unit_book(folder / "c.xlsx", "虚构县民政局", 2, first=40),
        unit_book(folder / "d.xlsx", ">虚构县*局", 1, first=60),
        write(folder / "e.xlsx", {}),
    ]


@dataclass
class Series:
    """A series of a chart: references as written, and the figures kept beside them."""

    name: str
    names: str
    values: str
    cached: list[float]


@dataclass
class Chart:
    """A chart: its title, where it stands as (first column, first row, last column, last row), its series."""

    title: str
    place: tuple[int, int, int, int]
    series: list[Series] = field(default_factory=list)


def charts(path: Path, sheet: str) -> dict[str, Chart]:
    """Return the charts of a sheet by title."""
    with zipfile.ZipFile(path) as package:
        workbook = ElementTree.fromstring(package.read("xl/workbook.xml"))
        number = next(n for n, s in enumerate(workbook.iterfind("m:sheets/m:sheet", _NS), 1) if s.get("name") == sheet)
        part = f"xl/worksheets/sheet{number}.xml"
        drawing = next((t for t in _targets(package, part).values() if "drawing" in t), None)
        if drawing is None:
            return {}
        targets = _targets(package, drawing)
        found = []
        for anchor in ElementTree.fromstring(package.read(drawing)):
            place = tuple(
                int(anchor.find(f"d:{end}/d:{of}", _NS).text) for end in ("from", "to") for of in ("col", "row")
            )
            frame = anchor.find(".//c:chart", _NS)
            found.append(_chart(package.read(targets[frame.get(_REL)]), place))
    assert len({chart.title for chart in found}) == len(found)
    return {chart.title: chart for chart in found}


def _targets(package: zipfile.ZipFile, part: str) -> dict[str, str]:
    path = PurePosixPath(part)
    name = f"{path.parent}/_rels/{path.name}.rels"
    if name not in package.namelist():
        return {}
    relations = ElementTree.fromstring(package.read(name))
    return {r.get("Id"): re.sub(r"^\.\.", "xl", r.get("Target")) for r in relations}


def _chart(xml: bytes, place: tuple[int, int, int, int]) -> Chart:
    root = ElementTree.fromstring(xml)
    title = "".join(t.text for t in root.iterfind("c:chart/c:title//a:t", _NS))
    chart = Chart(title, place)
    for series in root.iter(f"{{{_NS['c']}}}ser"):
        texts = [series.findtext(f"c:{of}//c:f", "", _NS) for of in ("tx", "cat", "val")]
        points = {int(pt.get("idx")): float(pt.findtext("c:v", "", _NS)) for pt in series.iterfind("c:val//c:pt", _NS)}
        count = int(series.find("c:val//c:ptCount", _NS).get("val"))
        chart.series.append(Series(*texts, [points.get(n, 0.0) for n in range(count)]))
    return chart
