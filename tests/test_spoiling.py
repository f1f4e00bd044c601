"""Several hundred random spoilings of a valid workbook: never a traceback, never a changed input, never a wrong row."""

from __future__ import annotations

import copy
import io
import re
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import codes, write

from perf_excel.cli import main
from perf_excel.findings import Severity
from perf_excel.pipeline import evaluate
from perf_excel.workbook import standard
from perf_excel.workbook.template import sample_content

CLEAN = sample_content("fictitious")
TABLES = ("projects", "funds", "indicators", "actuals", "scorecard", "passages")
#: What people paste, drag and mistype; a number keeps its place, text gets a mark of its own so that it can be found.
NASTY = (
    *("", " ", "　", "\u200b", "—", "/", "无", "#REF!", "#DIV/0!", "=1/0", "=cmd|'/c calc'!A1", "+1", "-", "@x"),
    *(
        "１２．５",
        "1,2,3",
        "约50",
        "90-95",
        "≥",
        "≥≤5",
        "98%",
        "0.98",
        "1e400",
        "-1",
        "0",
        "9" * 40,
        "1/0",
        "NaN",
        "inf",
    ),
    *(
        "2024-13-45",
        "12月底前",
        "45657",
        "取消",
        "定性",
        "<b>&amp;</b>",
        "{0}",
        "%s",
        "\x00",
        "😀",
        "\u202e",
        "../..",
        "'",
    ),
    *(0, -1, 0.98, 1e308, 1e-308, 10**15, 45657.5, True, False),
)
cell = st.tuples(st.sampled_from(TABLES), st.integers(0, 60), st.integers(0, 30), st.sampled_from(NASTY), st.booleans())
order = st.randoms(use_true_random=False)


def spoiled(cells: list[Any], random: Any) -> tuple[dict[str, Any], dict[str, tuple[str, str, str]], set[str]]:
    """Return rows with cells changed and rows shuffled, the marked cells, and the keys of indicators left alone."""
    rows = copy.deepcopy(dict(CLEAN.rows))
    marks, touched = {}, set()
    for number, (sheet, line, position, value, marked) in enumerate(cells):
        row = rows[sheet][line % len(rows[sheet])]
        keys = [column.key for column in standard.SHEET_BY_KEY[sheet].read_columns]
        key = keys[position % len(keys)]
        if marked and isinstance(value, str) and "\x00" not in value:
            value = f"坏{number}值{value}"
            marks[f"坏{number}值"] = (sheet, key, value)
        if "indicator_no" in row:
            touched.add(row["indicator_no"])
        row[key] = value
        if "indicator_no" in row:
            touched.add(row["indicator_no"])
    for sheet in ("indicators", "actuals", "funds", "scorecard", "passages"):
        random.shuffle(rows[sheet])
    return rows, marks, touched


def cells_of(text: str | None) -> set[str]:
    """Return every cell of `H5`, `H5:H9` or a comma list."""
    found = set()
    for part in (text or "").split(","):
        first, _, last = part.partition(":")
        edges = openpyxl.utils.range_boundaries(f"{first}:{last or first}")
        found |= {
            f"{openpyxl.utils.get_column_letter(column)}{row}"
            for column in range(edges[0], edges[2] + 1)
            for row in range(edges[1], edges[3] + 1)
        }
    return found


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(cell, min_size=1, max_size=5), order)
def test_random_spoilings(tmp_path_factory, cells, random):
    rows, marks, touched = spoiled(cells, random)
    path = write(tmp_path_factory.mktemp("spoiled") / "a.xlsx", rows, dict(CLEAN.settings))
    before = path.read_bytes()
    evaluation = evaluate([path])
    assert path.read_bytes() == before

    clean = {row["indicator_no"]: row for row in CLEAN.rows["actuals"]}
    targets = {row["indicator_no"]: row for row in CLEAN.rows["indicators"]}
    repeated = {f.message.split("”的“")[-1].split("”")[0] for f in evaluation.findings if f.code == "S07"}
    for project in evaluation.scores.values():
        for item in project.indicators:
            measure = item.measure
            if measure.key in touched or measure.key in repeated or measure.key not in clean:
                continue
            assert measure.actual_text == str(clean[measure.key]["actual"]), "an actual was paired with another target"
            assert measure.level3 == targets[measure.key]["level3"]

    shown = openpyxl.load_workbook(io.BytesIO(before))
    for found in evaluation.findings:
        assert found.message and found.fix and "None" not in found.message and "{" not in found.fix.replace("{0}", "")
        for mark in re.findall(r"坏\d值", found.message):
            held = (
                [str(shown[found.sheet][at].value) for at in cells_of(found.cell)] if found.sheet and found.cell else []
            )
            own = marks[mark][2]
            at_its_cell = any(mark in text for text in held)
            of_its_row = any(
                mark in str(other.value) for at in cells_of(found.cell) for other in shown[found.sheet][at_row(at)]
            )
            named = found.code in ("E03", "E04", "E05", "E07", "S06", "S07", "D03", "D06", "B12", "S05", "B13", "B15")
            assert at_its_cell or of_its_row or named or _names_it(found, marks[mark]), (found, own)


def at_row(at: str) -> int:
    return int(re.sub(r"\D", "", at))


def _names_it(found: Any, mark: tuple[str, str, str]) -> bool:
    """Tell whether the marked cell is a name, which every message about its project or indicator may quote."""
    sheet, key, _ = mark
    return (sheet, key) in {
        ("projects", "name"),
        ("indicators", "level3"),
        ("indicators", "target"),
        ("projects", "code"),
    }


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(cell, min_size=1, max_size=5), order)
def test_random_spoilings_through_the_whole_run(tmp_path_factory, cells, random):
    rows, _, _ = spoiled(cells, random)
    folder = tmp_path_factory.mktemp("run")
    path = write(folder / "a.xlsx", rows, dict(CLEAN.settings))
    before = path.read_bytes()
    assert main(["run", str(path), "-o", str(folder / "out"), "--quiet"]) in (0, 1)
    assert path.read_bytes() == before
    for made in (folder / "out").rglob("*.xlsx"):
        openpyxl.load_workbook(made)


def test_a_thousand_findings_are_still_of_use(tmp_path, capsys):
    rows = copy.deepcopy(dict(CLEAN.rows))
    rows["indicators"], rows["actuals"] = [], []
    for number in range(1, 501):
        key = f"ZB{number:03d}"
        rows["indicators"].append(
            {"indicator_no": key, "project_no": 1 + number % 3, "level1": "产出指标", "level2": "数量指标"}
            | {"level3": f"第{number}项工作量", "nature": "≥", "target": "10", "unit": "次", "weight": 1}
        )
        rows["actuals"].append({"indicator_no": key, "actual": "9次", "evidence": "台账"})
    path = write(tmp_path / "a.xlsx", rows, dict(CLEAN.settings))
    found = evaluate([path]).findings
    assert sum(f.code == "B02" for f in found) == 500
    assert [f.severity for f in found] == sorted((f.severity for f in found), key=list(Severity).index)
    assert len([f for f in found if f.code == "C03"]) == 3, "the same reading is said once a project"
    assert main(["run", str(path), "-o", str(tmp_path / "out")]) == 1
    assert len(capsys.readouterr().out.splitlines()) < 120
    marked = openpyxl.load_workbook(next((tmp_path / "out").rglob("*_问题标注.xlsx")))
    listed = marked.worksheets[0]
    links = [row[5].hyperlink for row in listed.iter_rows(min_row=4) if row[5].value]
    assert len(links) >= 500 and all(link is not None for link in links)
    assert listed.auto_filter.ref and listed.freeze_panes == "A4"


@pytest.mark.parametrize("sheet", TABLES)
def test_every_cell_of_a_sheet_blank_in_turn(tmp_path, sheet):
    """One blank cell is at most one 必须修改 at its own place, and what is computed from it."""
    for column in standard.SHEET_BY_KEY[sheet].read_columns:
        rows = copy.deepcopy(dict(CLEAN.rows))
        if rows[sheet][0].get(column.key) is None:
            continue
        rows[sheet][0][column.key] = None
        found = evaluate([write(tmp_path / f"{column.key}.xlsx", rows, dict(CLEAN.settings))]).findings
        must = [item for item in codes(found, "必须修改") if item[0] not in ("A01", "A03", "A07", "A08", "B12", "E14")]
        assert len(must) <= 2, (column.title, must)
