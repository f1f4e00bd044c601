"""Every check once: the complete sample is spoiled in one place, and the finding appears at exactly that cell.

No other 必须修改 may come of it than the consequences that the case declares. The sample as shipped gives no
必须修改 and no 建议修改 at all, so whatever appears comes of the spoiling.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from workbooks import COMPLETE, cell_of, codes, findings_of, write

from perf_excel.catalogue import CATALOGUE
from perf_excel.findings import Severity
from perf_excel.pipeline import evaluate
from perf_excel.workbook import standard
from perf_excel.workbook.filled import total
from perf_excel.workbook.template import sample_content

Rows = dict[str, Any]
CLEAN = sample_content("fictitious")


@dataclass(frozen=True)
class Case:
    """One spoiling: `sheet`, `key` and `line` (from 1) name the cell, or `cell` does; `also` are consequences."""

    code: str
    spoil: Callable[[Rows], Any]
    sheet: str
    key: str = ""
    line: int = 1
    cell: str = ""
    also: tuple[str, ...] = ()
    name: str = ""

    @property
    def place(self) -> tuple[str, str]:
        title = standard.SHEET_BY_KEY[self.sheet].title
        return title, self.cell or cell_of(self.sheet, self.key, standard.FIRST_ROW + self.line - 1)


def change(sheet: str, line: int, **values: Any) -> Callable[[Rows], Any]:
    """Return a spoiling that changes cells of one row."""
    return lambda rows: rows[sheet][line - 1].update(values)


def actual(line: int, value: Any, **more: Any) -> Callable[[Rows], Any]:
    return change("actuals", line, actual=value, **more)


def target(line: int, **values: Any) -> Callable[[Rows], Any]:
    return change("indicators", line, **values)


def both(*spoilings: Callable[[Rows], Any]) -> Callable[[Rows], Any]:
    return lambda rows: [spoil(rows) for spoil in spoilings]


def drop(sheet: str, *lines: int) -> Callable[[Rows], Any]:
    def spoil(rows: Rows) -> None:
        rows[sheet] = [row for number, row in enumerate(rows[sheet], start=1) if number not in lines]

    return spoil


def add(sheet: str, **values: Any) -> Callable[[Rows], Any]:
    return lambda rows: rows[sheet].append(values)


def settings(**values: Any) -> Callable[[Rows], Any]:
    return lambda rows: rows["settings"].update(values)


def setting_cell(key: str) -> str:
    position = next(place for place, setting in enumerate(standard.SETTINGS) if setting.key == key)
    return f"B{standard.FIRST_ROW + position}"


def cells(sheet: str, key: str, first: int, last: int) -> str:
    """Return the range of a column over lines."""
    row = standard.FIRST_ROW - 1
    return f"{cell_of(sheet, key, row + first)}:{cell_of(sheet, key, row + last)}"


def all_perfect(rows: Rows) -> None:
    for row in rows["funds"]:
        row.update(executed=row["budget"], typed_rate=None, typed_score=None)
    for row in rows["projects"]:
        row.update(declared_form=None, declared_scorecard=None, conclusion="按计划完成，没有重大变化")
    for row in rows["scorecard"]:
        row.update(awarded=row["full_marks"], reason=None)
    rows["actuals"][1].update(actual="41", typed_score=None)
    rows["actuals"][12].update(ratio=100)
    rows["actuals"][19].update(actual="26")
    rows["passages"] = []


ALL_MUST = Severity.MUST
NEW_TEXT = "1.去年的培训计划订得太晚。2.资料没有按月归档。3.两台设备没有贴标签。4.值班表缺页。"

CASES = (
    # ---------------------------------------------------------------- structure
    Case("S05", change("projects", 1, goal=None), "projects", "goal"),
    Case("S05", settings(unit_name=None), "settings", cell=setting_cell("unit_name"), name="setting"),
    Case("S05", drop("funds", 3), "projects", "name", 2, also=("A07",), name="funds"),
    Case("S05", target(15, new_basis=None), "indicators", "new_basis", 15, also=("B02", "A07"), name="basis"),
    Case("S05", actual(13, "两件投诉", grade=None, ratio=None), "actuals", cell="G15,H15", name="judge"),
    Case("S06", change("funds", 1, source="县里"), "funds", "source"),
    Case("S06", add("funds", project_no=9, source="财政拨款", budget=1, executed=1), "funds", "project_no", 6, name="orphan"),
    Case("S07", target(2, indicator_no="ZB001"), "indicators", "indicator_no", 2, also=("S06", "A07", "B01")),
    Case("S08", change("funds", 3, budget="#REF!"), "funds", "budget", 3, also=("A07",)),
    Case("S11", change("funds", 3, project_no=None), "funds", "project_no", 3, also=("S05",)),
    # ---------------------------------------------------------------- arithmetic
    Case("A01", target(1, weight=16), "indicators", cell=cells("indicators", "weight", 1, 7), also=("A03", "A07", "E14")),
    Case(
        "A02",
        both(target(1, weight=16), target(5, weight=14)),
        "indicators",
        cell=cells("indicators", "weight", 1, 6),
    ),
    Case(
        "A03",
        target(1, weight=16),
        "indicators",
        cell=cells("indicators", "weight", 1, 4),
        also=("A01", "A07", "E14"),
    ),
    Case("A04", target(1, weight=0), "indicators", "weight", also=("A01", "A03", "A07", "E14")),
    Case("A05", change("actuals", 1, typed_score=18), "actuals", "typed_score", also=("A07",)),
    Case("A06", change("actuals", 1, typed_score=14), "actuals", "typed_score"),
    Case("A07", change("projects", 2, declared_form=96), "projects", "declared_form", 2),
    Case("A08", change("projects", 2, declared_scorecard=99), "projects", "declared_scorecard", 2),
    Case("A09", change("funds", 3, typed_rate="99.00%"), "funds", "typed_rate", 3),
    Case("A10", change("funds", 3, typed_score=9), "funds", "typed_score", 3),
    Case("A11", add("funds", project_no=2, source=standard.TOTAL_SOURCE, budget=119, executed=120), "funds", "budget", 6),
    Case("A12", change("funds", 3, budget=0, initial=0), "funds", "budget", 3),
    Case("A13", change("funds", 3, executed=121, typed_rate=None), "funds", "executed", 3),
    Case("A14", target(8, target="118"), "indicators", "target", 8, also=("B02", "A07", "E14")),
    Case("A16", change("projects", 2, declared_grade="良"), "projects", "declared_grade", 2),
    Case("A17", change("scorecard", 7, evidence="执行率100%"), "scorecard", "evidence", 7),
    # ---------------------------------------------------------------- missing
    Case("B01", actual(1, None), "actuals", "actual"),
    Case("B02", change("actuals", 2, reason=None), "actuals", "reason", 2),
    Case("B03", change("funds", 3, executed=100, typed_rate=None, typed_score=None), "funds", "low_reason", 3, also=("A07", "E14")),
    Case("B04", change("funds", 2, adjust_reason=None), "funds", "adjust_reason", 2),
    Case("B05", actual(1, "400"), "actuals", "reason"),
    Case("B06", change("projects", 1, problems="暂无"), "projects", "problems"),
    Case("B07", change("projects", 1, goal_result="完成了全部场次（100字以内）"), "projects", "goal_result"),
    Case("B08", change("projects", 1, goal_result="全年开放" * 26), "projects", "goal_result"),
    Case("B09", change("projects", 1, goal_result="已完成"), "projects", "goal_result"),
    Case("B10", change("actuals", 6, reason=None, evidence=None), "actuals", "reason", 6),
    Case("B11", change("actuals", 1, evidence=None), "actuals", "evidence"),
    Case("B11", change("actuals", 7, evidence="问卷"), "actuals", "evidence", 7, name="survey"),
    Case(
        "B12",
        both(drop("indicators", *range(15, 22)), drop("actuals", *range(15, 22))),
        "projects",
        "name",
        3,
        also=("A07",),
    ),
    Case("B13", change("projects", 1, basis=None), "projects", "basis"),
    Case("B14", change("projects", 1, leader=None), "projects", "leader"),
    Case("B15", both(drop("indicators", 14), drop("actuals", 14), target(8, weight=30)), "indicators", cell=cells("indicators", "level1", 8, 13)),
    # ---------------------------------------------------------------- kinds of value
    Case("C01", actual(1, "完成"), "actuals", "actual"),
    Case("C02", actual(1, "≥312"), "actuals", "actual"),
    Case("C03", actual(1, "312天"), "actuals", "actual"),
    Case("C03", actual(3, 0.942), "actuals", "actual", 3, name="ask"),
    Case("C03", change("funds", 3, initial=1200000, budget=1200000), "funds", cell="D5,E5", also=("B03", "A07", "A09", "A10", "A16", "E14"), name="unit"),
    Case("C04", actual(6, "还可以"), "actuals", "actual", 6, also=("S05",)),
    Case("C04", change("actuals", 13, actual="未达成"), "actuals", "actual", 13, name="conflict"),
    Case("C05", target(1, nature="大约"), "indicators", "nature"),
    Case("C06", target(1, unit=None), "indicators", "unit"),
    Case("C07", actual(3, "940"), "actuals", "actual", 3),
    Case("C08", both(*(actual(n, t) for n, t in ((1, "300"), (2, "40"), (3, "90"), (4, "15"), (5, "60000"), (7, "90")))), "actuals", cell="F3:F7,F9", also=("A06", "A07", "E14")),
    Case("C09", change("projects", 1, code="51999924T00000000010"), "projects", "code"),
    Case("C09", change("projects", 1, code=5.1999924e19), "projects", "code", name="number"),
    Case("C09", change("projects", 1, code="51999824T000000000101"), "projects", "code", name="division"),
    Case("C10", actual(16, "21"), "actuals", "actual", 16),
    Case("C10", actual(16, "19"), "actuals", "actual", 16, also=("B02", "A07", "E14"), name="missed"),
    Case("C11", both(target(10, nature="≥")), "indicators", "target", 10),
    # ---------------------------------------------------------------- design
    Case("D01", target(8, nature="≥"), "indicators", "nature", 8),
    Case("D01", target(1, nature="≤", target="400"), "indicators", "nature", name="least"),
    Case("D01", target(5, level3="群众投诉件数", target="5", unit="件"), "indicators", "nature", 5, name="most"),
    Case("D02", target(1, level3="资金支付完成数"), "indicators", "level3"),
    Case("D03", target(2, level3="免费开放天数"), "indicators", cell=cells("indicators", "level3", 1, 2)),
    Case("D04", target(3, level3="公益培训完成率"), "indicators", "level3", 3),
    Case("D04", target(3, level2="经济成本指标"), "indicators", "level2", 3, name="level"),
    Case("D05", both(*(target(n, weight=w) for n, w in ((8, 20), (9, 0.5), (10, 60), (11, 0.5), (12, 3), (13, 3), (14, 3)))), "indicators", "weight", 10, also=("A07", "E14")),
    Case("D06", target(1, level3="进一步加强开放服务"), "indicators", "level3"),
    Case("D06", both(target(6, target="明显好转"), actual(6, "明显好转")), "indicators", "target", 6, name="target"),
    Case("D07", both(target(5, level3="丰富群众生活", unit="%", target="95"), actual(5, "96")), "indicators", "target", 5),
    Case("D08", both(target(1, nature="定性", target="全部开放", unit=None), actual(1, "全部开放")), "indicators", "nature"),
    Case("D09", target(7, level3="上级部门满意度"), "indicators", "level3", 7),
    Case("D10", target(7, level3="受益老年人满意度"), "indicators", "level3", 7),
    Case("D11", actual(1, "700"), "indicators", "target"),
    Case("D12", target(1, level3="投入人员数量"), "indicators", "level3"),
    Case("D13", both(target(6, target="较为理想"), actual(6, "较为理想")), "indicators", "target", 6),
    # ---------------------------------------------------------------- across
    Case("E01", change("scorecard", 7, reason=None), "scorecard", "reason", 7),
    Case("E02", change("scorecard", 7, reason="酌情扣分"), "scorecard", "reason", 7),
    Case("E02", change("scorecard", 7, reason="资金没有付清，扣3分"), "scorecard", "reason", 7, name="points"),
    Case("E03", all_perfect, "projects", cell=cells("projects", "name", 1, 3)),
    Case("E04", lambda rows: rows["projects"][1].update(process=rows["projects"][0]["process"]), "projects", cell=cells("projects", "process", 1, 2)),
    Case("E04", lambda rows: rows["projects"][1].update(process=rows["projects"][0]["process"].replace("12月", "11月")), "projects", cell=cells("projects", "process", 1, 2), name="nearly"),
    Case("E05", change("projects", 1, process="2月启动群众排练厅改造工程，12月完工"), "projects", "process"),
    Case("E05", change("projects", 2, process="到位资金58.2万元，全部用于改造"), "projects", "process", 2, name="amount"),
    Case("E05", change("projects", 1, name="2023年公共文化场馆免费开放经费"), "projects", "name", name="year"),
    Case("E05", change("projects", 1, period="2022年度"), "projects", "period", name="period"),
    Case("E05", settings(date="2024-03-12"), "settings", cell=setting_cell("date"), name="date"),
    Case("E06", change("projects", 1, process="对部门整体支出进行评价"), "projects", "process"),
    Case("E07", change("scorecard", 11, level2="项目验收"), "scorecard", "level2", 11),
    Case("E08", change("projects", 1, problems=NEW_TEXT), "projects", cell="U3,V3"),
    Case("E09", change("projects", 1, process="经费分为三块，其中水电占40%、保洁占30%、讲解占15%"), "projects", "process"),
    Case("E10", change("projects", 1, process="共设一级指标4个"), "projects", "process"),
    Case("E11", change("projects", 1, basis="虚财预[2024]3号"), "projects", "basis"),
    Case("E12", change("projects", 1, process="全年开放,全部免费"), "projects", "process"),
    Case("E12", change("projects", 1, process="1.先登记。2.再布展。4.后撤展。"), "projects", "process", name="number"),
    Case("E13", change("scorecard", 11, full_marks=9, awarded=9), "scorecard", cell=cells("scorecard", "full_marks", 11, 13), also=("A08", "E14")),
    Case("E13", change("scorecard", 1, full_marks=8), "scorecard", "full_marks", also=("E01",), name="item"),
    Case("E14", change("projects", 1, conclusion="自评表得分96分"), "projects", "conclusion"),
    # ---------------------------------------------------------------- the Word report
    Case("W01", change("passages", 5, text=None), "passages", "text", 5),
    Case("W01", drop("passages", *range(12, 23)), "passages", cell=cell_of("passages", "text", standard.TITLE_ROW), name="no row"),
    Case("W01", both(change("scorecard", 1, evidence=None), change("scorecard", 3, evidence="—")), "scorecard", cell="G3,G5", name="evidence"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}{'-' + case.name if case.name else ''}")
def test_a_spoiled_cell_gives_its_finding_and_no_more_than_follows(tmp_path, case):
    rows = copy.deepcopy(dict(CLEAN.rows))
    rows["settings"] = dict(CLEAN.settings)
    case.spoil(rows)
    found = findings_of(write(tmp_path / "a.xlsx", rows, rows.pop("settings")))
    assert case.place in [(f.sheet, f.cell) for f in found if f.code == case.code], codes(found)
    others = {f.code for f in found if f.severity is ALL_MUST} - {case.code, *case.also}
    assert not others, [(f.code, f.sheet, f.cell, f.message) for f in found if f.code in others]


def test_the_complete_sample_is_clean_and_scores_as_it_declares():
    evaluation = evaluate([COMPLETE])
    assert codes(evaluation.findings) == []
    assert not total(evaluation.completion.by_sheet[0].values()).left
    for project in evaluation.scores.values():
        assert project.total == project.declared < 100
        assert project.scorecard.total == project.declared_scorecard < 100
    assert "示例" in evaluation.batch.sources[0].unit_name and "虚构" in evaluation.batch.sources[0].unit_name


def test_the_complete_sample_is_clean_while_targets_are_set(tmp_path):
    at_the_time = dict(CLEAN.settings) | {"stage": "目标申报", "date": "2024-01-20"}
    assert codes(findings_of(write(tmp_path / "a.xlsx", dict(CLEAN.rows), at_the_time))) == []


#: Findings about a whole file, a sheet or a run, and those that need another rule set: each has its own tests.
ELSEWHERE = {"S01", "S02", "S03", "S04", "S09", "S10", "S12", "S13", "A15"}
#: From here on codes are about Word files, not about workbooks.
WORD_FILES = "W02"


def test_every_code_has_a_case():
    of_workbooks = {entry.code for entry in CATALOGUE.values() if entry.code < WORD_FILES}
    assert {case.code for case in CASES} | ELSEWHERE == of_workbooks
