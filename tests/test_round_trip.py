"""Workbook → report → audit says nothing new; workbook → report → workbook scores the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from workbooks import COMPLETE, SAMPLE, clean_rows, write

import perf_excel
from perf_excel.audit.command import Wanted, audit_reports
from perf_excel.audit.results import AuditResult
from perf_excel.options import Options
from perf_excel.pipeline import evaluate
from perf_excel.render.share import shares
from perf_excel.results import Results

Rows = dict[str, list[dict[str, Any]]]


def _there_and_back(workbook: Path, folder: Path) -> tuple[Results, AuditResult, Results]:
    """Return the workbook's results, the audit of its reports, and the results of the workbook made from them."""
    there = perf_excel.run(workbook, folder / "out", annotate=False)
    again = folder / "moved.xlsx"
    audited = audit_reports([folder / "out" / "报告"], Options(), Wanted((workbook,), None, again))
    return there, audited, perf_excel.check(again)


def _scores(result: Results) -> dict[str, Any]:
    """Return all that was scored, by 项目名称."""
    return {
        project["name"]: {
            "execution": project["form_score"]["execution"],
            "indicators": list(project["form_score"]["indicators"].values()),
            "adjustments": project["form_score"]["adjustments"],
            "total": project["form_score"]["total"],
            "grade": project["form_score"]["grade"],
            "scorecard": {**(project["scorecard"] or {}), "declared": None},
        }
        for project in result.data["projects"]
    }


def _spoiled(**changes: Any) -> Rows:
    """Return the clean workbook's rows with cells changed, given as 表_行_列=value (`actuals_0_actual="4"`)."""
    rows = clean_rows()
    for name, value in changes.items():
        table, index, key = name.split("_", 2)
        rows[table][int(index)][key] = value
    return rows


@pytest.mark.parametrize("workbook", [COMPLETE, SAMPLE], ids=["complete", "real"])
def test_samples_score_the_same_again(workbook: Path, tmp_path: Path) -> None:
    there, _, back = _there_and_back(workbook, tmp_path)
    assert _scores(back) == _scores(there)


def test_report_of_the_complete_sample_gives_no_finding(tmp_path: Path) -> None:
    there, audited, back = _there_and_back(COMPLETE, tmp_path)
    assert there.findings.empty
    assert [item.finding.message for item in audited.found] == []
    # A report tells neither 预算调整理由 nor 佐证材料 nor 财务负责人; nothing else is missing.
    assert set(back.findings["code"]) == {"B04", "B11", "B14"}


def test_report_of_the_real_sample_says_nothing_new(tmp_path: Path) -> None:
    there, audited, _ = _there_and_back(SAMPLE, tmp_path)
    known = set(there.findings["code"])
    # W01 is what the program itself left to fill in, where the workbook has a blank (S05) or no indicators (B12).
    # W04 compares a declared 96 with the 93 that the workbook's items come to: A08 in other words.
    new = {item.finding.code for item in audited.found} - known
    assert new <= {"W01", "W04"}
    blanks = [item for item in audited.found if item.finding.code == "W01"]
    assert len(blanks) == 4


@pytest.mark.parametrize(
    "rows",
    [
        _spoiled(actuals_0_actual="4", actuals_0_reason="一台设备停用，明年补上"),
        _spoiled(
            actuals_3_grade="部分达成",
            actuals_3_ratio=70,
            actuals_3_actual="一起轻微事故",
            actuals_3_reason="临时工未培训",
        ),
        _spoiled(actuals_3_ratio=90, actuals_3_grade="达成", actuals_3_reason="有一次险情"),
        _spoiled(actuals_1_deduction=2, actuals_1_reason="验收晚了一个月"),
        _spoiled(indicators_1_new_target="90", indicators_1_new_basis="某财绩〔2024〕18号"),
        _spoiled(indicators_2_new_target="取消", indicators_2_new_basis="某财绩〔2024〕18号", actuals_2_actual=None),
        _spoiled(funds_0_executed=12.5, funds_0_low_reason="尾款次年支付"),
        _spoiled(
            indicators_2_nature="＝", indicators_2_target="12月底前", indicators_2_unit=None, actuals_2_actual="11月"
        ),
        _spoiled(actuals_1_actual="60", actuals_1_reason="水质改造没有完成"),
        _spoiled(
            indicators_0_unit="万元",
            indicators_0_target="12.50",
            actuals_0_actual="13.333",
            actuals_0_reason="追加了工程",
        ),
    ],
    ids=[
        "missed",
        "partly",
        "reached at 90 %",
        "deducted",
        "new target",
        "cancelled",
        "spent less",
        "deadline",
        "proportion",
        "digits",
    ],
)
def test_what_moves_a_score_survives(rows: Rows, tmp_path: Path) -> None:
    there, _, back = _there_and_back(write(tmp_path / "a.xlsx", rows), tmp_path)
    assert _scores(back) == _scores(there)


def test_several_sources_of_money_survive(tmp_path: Path) -> None:
    rows = clean_rows()
    rows["funds"] = [
        {"project_no": 1, "source": "财政拨款", "initial": 10, "budget": 12, "executed": 9.5, "adjust_reason": "追加"},
        {"project_no": 1, "source": "单位资金", "initial": 5, "budget": 5.28, "executed": 5.28, "low_reason": "尾款"},
    ]
    there, _, back = _there_and_back(write(tmp_path / "a.xlsx", rows), tmp_path)
    assert _scores(back) == _scores(there)
    (moved,) = shares(evaluate([tmp_path / "moved.xlsx"]))
    assert [fund["source"] for fund in moved.projects[0].funds][:2] == ["财政拨款", "单位资金"]


def test_a_figure_changed_in_the_report_is_found(tmp_path: Path) -> None:
    import docx

    there = perf_excel.run(COMPLETE, tmp_path / "out", annotate=False)
    path = next(Path(name) for name in there.data["workbooks"][0]["outputs"] if name.endswith(".docx"))
    document = docx.Document(str(path))
    changed = next(p for p in document.paragraphs if "该项指标得6分" in p.text)
    changed.text = changed.text.replace("该项指标得6分", "该项指标得5分")
    document.save(str(path))
    audited = audit_reports([path], Options(), Wanted((COMPLETE,)))
    found = [item for item in audited.found if item.finding.code == "W04"]
    assert len(found) == 1
    assert "报告里是5，" in found[0].finding.message
    assert "是6（评价打分表" in found[0].finding.message
