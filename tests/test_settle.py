"""What is told in the end: severity by stage, exceptions with their reasons, one message once, --only and --ignore."""

from __future__ import annotations

import json

import pytest
from workbooks import SAMPLE, cell_of, clean_rows, codes, findings_of, write

import perf_excel
from perf_excel.cli import main
from perf_excel.findings import Severity
from perf_excel.workbook import standard


def with_exceptions(path, *lines, rows=None):
    return write(path, rows, {standard.EXCEPTIONS.key: lines})


def rows_with_insiders():
    rows = clean_rows()
    rows["indicators"][4]["level3"] = "上级部门满意度"
    return rows


def test_a_suggestion_excepted_with_its_reason_stays_in_the_list_as_the_least(tmp_path):
    rows = rows_with_insiders()
    (found,) = [f for f in findings_of(write(tmp_path / "a.xlsx", rows)) if f.code == "D09"]
    assert found.severity is Severity.SHOULD
    path = with_exceptions(tmp_path / "b.xlsx", "1 D09 本项目的服务对象就是上级部门", rows=rows)
    (excepted,) = [f for f in findings_of(path) if f.code == "D09"]
    assert excepted.severity is Severity.COULD
    assert excepted.message == found.message + "（已列为例外：本项目的服务对象就是上级部门）"
    assert not codes(findings_of(path), "建议修改")


@pytest.mark.parametrize("line", ["项目1：D09：就是上级", "１　Ｄ０９　就是上级", "1,d09,就是上级"])
def test_spellings_of_an_exception(tmp_path, line):
    path = with_exceptions(tmp_path / "a.xlsx", line, rows=rows_with_insiders())
    (found,) = [f for f in findings_of(path) if f.code == "D09"]
    assert found.severity is Severity.COULD and found.message.endswith("（已列为例外：就是上级）")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1 D09", "没有写理由"),
        ("1 D09 无", "没有写理由"),
        ("1 D99 没有这个编号", "没有编号为D99的问题"),
        ("就是不改", "要先写项目序号，再写问题编号"),
        ("D09 没有写项目", "要先写项目序号，再写问题编号"),
        ("1 B01 完成值不想填", "B01在这个项目是必须修改的问题，不能列为例外"),
        ("9 D09 没有这个项目", "这个项目没有这样的问题，用不上"),
        ("2 D09 别的项目", "这个项目没有这样的问题，用不上"),
    ],
)
def test_exception_that_cannot_be_taken_is_said(tmp_path, line, why):
    rows = rows_with_insiders()
    rows["actuals"][0]["actual"] = None
    found = findings_of(with_exceptions(tmp_path / "a.xlsx", line, rows=rows))
    cell = f"B{standard.FIRST_ROW + len(standard.SETTINGS)}"
    (said,) = [f for f in found if f.code == "S06"]
    assert (said.sheet, said.cell, said.severity) == ("参数", cell, Severity.SHOULD)
    assert why in said.message and line in said.message
    assert ("B01", "完成情况", cell_of("actuals", "actual")) in codes(found, "必须修改")
    assert [f.severity for f in found if f.code == "D09"] == [Severity.SHOULD]


def test_lines_of_one_cell_and_several_codes(tmp_path):
    rows = rows_with_insiders()
    rows["actuals"][1]["evidence"] = None
    rows["projects"][0]["leader"] = None
    lines = "1 D09、B11 省上定的，照办\n1-B14-负责人空缺"
    found = findings_of(with_exceptions(tmp_path / "a.xlsx", lines, rows=rows))
    assert {(f.code, f.severity) for f in found} == {(code, Severity.COULD) for code in ("D09", "B11", "B14")}
    assert all(f.message.endswith("（已列为例外：省上定的，照办）") for f in found if f.code != "B14")


def test_what_belongs_to_no_project_is_excepted_with_all(tmp_path):
    rows = clean_rows()
    path = write(
        tmp_path / "a.xlsx", rows, {"finance_head": None, standard.EXCEPTIONS.key: ["全部 B14 财务由局里代管"]}
    )
    assert [(f.code, f.severity) for f in findings_of(path)] == [("B14", Severity.COULD)]


def test_exceptions_go_along_into_the_deliverable(tmp_path):
    path = with_exceptions(tmp_path / "a.xlsx", "1 D09 甲", "1 B11 乙", rows=rows_with_insiders())
    assert main(["run", str(path), "-o", str(tmp_path / "out"), "--quiet"]) == 0
    (deliverable,) = (tmp_path / "out").glob("*.xlsx")
    assert codes(findings_of(deliverable)) == codes(findings_of(path))


@pytest.mark.parametrize(("stage", "severity"), [("绩效自评", Severity.SHOULD), ("目标申报", Severity.MUST)])
@pytest.mark.parametrize("code", ["D01", "D02"])
def test_design_is_a_must_only_while_targets_are_set(tmp_path, stage, severity, code):
    rows = clean_rows()
    name = {"D01": "项目总成本", "D02": "资金支付率"}[code]
    level2 = {"D01": "成本指标", "D02": "数量指标"}[code]
    rows["indicators"][0] |= {"level2": level2, "level3": name, "nature": "≥", "target": "17.28", "unit": "万元"}
    rows["actuals"][0]["actual"] = "17.28"
    found = findings_of(write(tmp_path / "a.xlsx", rows, {"stage": stage}))
    assert [f.severity for f in found if f.code == code] == [severity]


def test_same_message_over_many_cells_is_one_finding(tmp_path):
    rows = clean_rows()
    for row in rows["indicators"]:
        row["level1"] = "没有这种指标"
    found = [f for f in findings_of(write(tmp_path / "a.xlsx", rows)) if f.code == "S06"]
    first = cell_of("indicators", "level1")
    assert [f.cell for f in found] == [f"{first}:{first[0]}{standard.FIRST_ROW + 4}"]


def test_only_and_ignore_change_the_list_and_nothing_else(tmp_path, capsys):
    def run(*options):
        target = tmp_path / "out.json"
        status = main(["check", str(SAMPLE), "--json", str(target), "--quiet", *options])
        return status, {item["code"] for item in json.loads(target.read_text(encoding="utf-8"))["findings"]}

    status, everything = run()
    assert status == 1 and {"A08", "E01", "D06"} <= everything
    assert run("--only", "D06") == (1, {"D06"})
    assert run("--ignore", "E01", "--ignore", "a08") == (1, everything - {"E01", "A08"})
    assert run("--ignore", "E01,A08") == (1, everything - {"E01", "A08"})
    main(["check", str(SAMPLE), "--ignore", "A08"])
    assert "没有列出：A08（4项）。其中必须修改4项" in capsys.readouterr().out
    assert main(["check", str(SAMPLE), "--only", "A99"]) == 2
    assert "没有编号为“A99”的问题" in capsys.readouterr().err


def test_passages_shared_by_two_workbooks_are_told_once_in_the_run(tmp_path):
    rows = clean_rows()
    rows["projects"][0]["process"] = "三月签订合同并公示，六月完成全部设备的维护和调试，年底验收"
    first = write(tmp_path / "a.xlsx", rows, {"unit_name": "甲单位"})
    rows["projects"][0]["code"] = "51172524T000011043999"
    second = write(tmp_path / "b.xlsx", rows, {"unit_name": "乙单位"})
    results = perf_excel.check([first, second])
    found = results.findings[results.findings["code"] == "E04"]
    assert found[["workbook", "sheet", "cell"]].values.tolist() == [[1, "项目信息", cell_of("projects", "process")]]
    assert "a.xlsx" in found["message"].iloc[0] and found["severity"].iloc[0] == "可优化"
    assert not [f for f in findings_of(first, second) if f.code == "E04"], "a workbook's own findings know no other"


def test_workbook_handed_in_twice_is_said_once(tmp_path):
    rows = clean_rows()
    rows["projects"][0]["process"] = "三月签订合同并公示，六月完成全部设备的维护和调试，年底验收"
    paths = [write(tmp_path / f"{name}.xlsx", rows) for name in "ab"]
    assert perf_excel.check(paths).findings["code"].tolist() == ["S12"]
