"""What must never happen: a total without ground, a figure that nobody typed, a mistake passed over in silence."""

import openpyxl
import pytest
from workbooks import FUND, ROWS, clean_rows, codes, evaluate, findings_of, rows_of, write

import perf_excel
from perf_excel.findings import Severity

MUST = Severity.MUST


def spoiled(tmp_path, change):
    rows = clean_rows()
    change(rows)
    return evaluate([write(tmp_path / "a.xlsx", rows)])


def set_actual(**cells):
    return lambda rows: rows["actuals"][0].update(cells)


#: Everything that leaves a project without a total, each with the code that says why.
WITHOUT_TOTAL = {
    "no source of money": (lambda rows: rows.update(funds=[]), "S05"),
    "only the line of the total": (lambda rows: rows.update(funds=[FUND | {"source": "年度资金总额"}]), "S05"),
    "no budget": (lambda rows: rows["funds"][0].update(budget=0, executed=0), "A12"),
    "blank budget": (lambda rows: rows["funds"][0].update(budget=None), "S05"),
    "no indicators": (lambda rows: rows.update(indicators=[], actuals=[]), "B12"),
    "blank actual": (set_actual(actual=None), "B01"),
    "unreadable actual": (set_actual(actual="约5"), "C01"),
    "two figures in one cell": (set_actual(actual="5\n10"), "C01"),
    "a circled figure": (set_actual(actual="①5"), "C01"),
    "blank weight": (lambda rows: rows["indicators"][0].update(weight=None), "A04"),
    "blank nature": (lambda rows: rows["indicators"][0].update(nature=None), "S05"),
    "blank target": (lambda rows: rows["indicators"][0].update(target=None), "S05"),
    "cancelled without a weight": (
        lambda rows: rows["indicators"][0].update(weight=None, new_target="取消", new_basis="某财绩〔2024〕18号"),
        "A04",
    ),
    "judged in other words": (lambda rows: rows["actuals"][3].update(actual="有点改善"), "S05"),
}


@pytest.mark.parametrize("name", WITHOUT_TOTAL)
def test_a_missing_total_has_a_finding_that_names_its_project(tmp_path, name):
    change, code = WITHOUT_TOTAL[name]
    evaluation = spoiled(tmp_path, change)
    assert evaluation.scores[0, 1].total is None
    assert evaluation.scores[0, 1].grade is None
    assert code in {item.code for item in evaluation.findings if item.severity is MUST and item.project_no == 1}


@pytest.mark.parametrize("word", ["无", "否", "不适用", "—", " "])
def test_a_word_for_nothing_does_not_exempt_a_project(tmp_path, word):
    evaluation = spoiled(tmp_path, lambda rows: rows["projects"][0].update(exempt_reason=word))
    assert evaluation.scores[0, 1].total == 100


def test_an_exempt_project_is_left_alone(tmp_path):
    def change(rows):
        rows["projects"][0].update(exempt_reason="年中取消，资金已收回", code=None, goal=None, conclusion="长" * 300)
        rows["funds"][0].update(executed=99, typed_rate="30%")
        rows["indicators"][0].update(weight=-5)

    evaluation = spoiled(tmp_path, change)
    assert codes(evaluation.findings) == []
    assert evaluation.scores[0, 1].exempt


@pytest.mark.parametrize("word", ["无", "暂无", "没有。", "—"])
def test_a_word_for_nothing_is_no_reason(tmp_path, word):
    def change(rows):
        rows["actuals"][0].update(actual="3", reason=word)
        rows["funds"][0].update(executed=10, low_reason=word, initial=20, adjust_reason=word)

    found = {item.code for item in spoiled(tmp_path, change).findings}
    assert {"B02", "B03", "B04"} <= found


@pytest.mark.parametrize("off", [-2, 50])
def test_a_deduction_out_of_range_is_said(tmp_path, off):
    evaluation = spoiled(tmp_path, set_actual(deduction=off, reason="扣减"))
    assert ("A05", "完成情况", "I3") in codes(evaluation.findings, MUST)


def test_negative_money_is_said(tmp_path):
    evaluation = spoiled(tmp_path, lambda rows: rows["funds"][0].update(executed=-5, low_reason="退回"))
    assert ("C01", "项目资金", "H3") in codes(evaluation.findings, MUST)


def test_a_rate_is_compared_to_the_digits_that_were_typed(tmp_path):
    def change(rows):
        rows["funds"][0].update(initial=100, budget=100, executed=99.6, typed_rate="100.00%")

    assert ("A09", "项目资金", "I3") in codes(spoiled(tmp_path, change).findings, MUST)


def test_a_unit_of_the_actual_alone_is_not_taken_for_the_row(tmp_path):
    def change(rows):
        rows["indicators"][0].update(unit=None)
        rows["actuals"][0].update(actual="5万")

    evaluation = spoiled(tmp_path, change)
    assert evaluation.scores[0, 1].total is None
    assert ("C01", "完成情况", "F3") in codes(evaluation.findings, MUST)


def test_a_deadline_without_the_year_of_the_budget_is_never_taken_as_met(tmp_path):
    row = ("产出指标", "时效指标", "定性", "2024年11月底前", None, 90, "12月15日")
    rows = clean_rows()
    rows["indicators"], rows["actuals"] = rows_of([row])
    evaluation = evaluate([write(tmp_path / "a.xlsx", rows, {"year": None})])
    assert evaluation.scores[0, 1].indicators[0].score is None


@pytest.mark.parametrize(
    ("cell", "number", "score"),
    [("F4", 0.96, 100), ("F4", 1.2, 100), ("H6", 0.9, 97)],
    ids=["actual", "actual above 100 %", "得分比例"],
)
def test_a_percent_format_says_what_the_cell_shows(tmp_path, cell, number, score):
    rows = clean_rows()
    rows["actuals"][3] |= {"grade": "达成", "reason": "已说明"}
    rows["actuals"][1] |= {"reason": "已说明"}
    workbook = openpyxl.load_workbook(write(tmp_path / "a.xlsx", rows))
    workbook["完成情况"][cell].value = number
    workbook["完成情况"][cell].number_format = "0%"
    workbook.save(tmp_path / "a.xlsx")
    evaluation = evaluate([tmp_path / "a.xlsx"])
    assert codes(evaluation.findings, MUST) == []
    assert evaluation.scores[0, 1].total == score
    assert ("C03", "完成情况", cell) in codes(evaluation.findings)


def test_a_new_target_without_its_document_waits(tmp_path):
    def change(rows):
        rows["indicators"][0].update(new_target="3")
        rows["actuals"][0].update(actual="3")

    evaluation = spoiled(tmp_path, change)
    assert codes(evaluation.findings, MUST) == [("S05", "绩效指标", "K3")]
    assert evaluation.scores[0, 1].total == 92  # by the target that was approved


def test_a_line_of_totals_is_no_row(tmp_path):
    evaluation = spoiled(
        tmp_path, lambda rows: rows["funds"].append({"project_no": "合计", "budget": 17.28, "executed": 17.28})
    )
    assert codes(evaluation.findings) == [("C03", "项目资金", "A4")]
    assert evaluation.scores[0, 1].total == 100


def test_keys_in_another_case_pair_and_stay_paired(tmp_path):
    rows = clean_rows()
    for row in rows["actuals"]:
        row["indicator_no"] = row["indicator_no"].lower()
    path = write(tmp_path / "a.xlsx", rows)
    perf_excel.run(path, tmp_path / "output")
    (made,) = (tmp_path / "output").glob("*.xlsx")
    assert codes(findings_of(made)) == codes(findings_of(path)) == []
    actuals = openpyxl.load_workbook(made, data_only=True)["完成情况"]
    assert actuals.max_row == 2 + len(ROWS)
    assert actuals["B3"].value == "测试项目"


def test_marks_go_when_the_fault_is_mended(tmp_path):
    rows = clean_rows()
    rows["actuals"][0]["actual"] = "约5"
    rows["actuals"][1]["actual"] = "约96"
    perf_excel.run(write(tmp_path / "a.xlsx", rows), tmp_path / "one")
    marked = tmp_path / "one" / "待修改" / "a_问题标注.xlsx"
    workbook = openpyxl.load_workbook(marked)
    assert workbook["完成情况"]["F3"].comment is not None
    workbook["完成情况"]["F3"].value = "5"
    workbook.save(tmp_path / "a_问题标注.xlsx")
    perf_excel.run(tmp_path / "a_问题标注.xlsx", tmp_path / "two")
    again = openpyxl.load_workbook(tmp_path / "two" / "待修改" / "a_问题标注.xlsx")["完成情况"]
    assert again["F3"].comment is None
    assert again["F3"].fill.fgColor.rgb[-6:] != again["F4"].fill.fgColor.rgb[-6:]
    assert again["F4"].comment is not None


def test_a_formula_that_a_program_never_calculated_is_no_nought(tmp_path):
    """XlsxWriter puts 0 behind a formula and asks for a calculation on load; until then nobody knows the figure."""
    from workbooks import SETTINGS

    from perf_excel.book import Book
    from perf_excel.workbook.template import Content, write_inputs

    book = Book()
    write_inputs(book, Content(SETTINGS, clean_rows()), room=False)
    sheet = book.x.get_worksheet_by_name("完成情况")
    sheet.write_formula(2, 5, "=2+3")
    (tmp_path / "a.xlsx").write_bytes(book.close())
    evaluation = evaluate([tmp_path / "a.xlsx"])
    assert codes(evaluation.findings, MUST) == [("S08", "完成情况", "F3")]
    assert evaluation.scores[0, 1].total is None
