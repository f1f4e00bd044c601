"""Completion as a result: how far the must-fill cells are filled, which are left, and where it is shown."""

import json
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from workbooks import clean_rows, codes, evaluate, findings_of, spoil, write

import perf_excel
from perf_excel.checks.completion import _CONDITIONS
from perf_excel.cli import main
from perf_excel.numbers import says_nothing
from perf_excel.workbook import standard
from perf_excel.workbook.filled import Count, merged, missing_cells, told, total
from perf_excel.workbook.template import Content, write_filled
from perf_excel.workbook.types import Gaps, Required

NOTHINGS = {
    "space": " ",
    "no-break space": "\u00a0",
    "wide space": "\u3000",
    "zero width": "\u200b",
    "byte-order mark": "\ufeff",
    "line break": "\n",
    "several": " \u00a0\u200b\t",
    "dash": "—",
}


def with_gaps_to_fill():
    """Rows with cells left blank in every way, and what is left by sheet."""
    rows = clean_rows()
    rows["projects"][0] |= {"goal": " ", "code": "\u3000\u200b"}
    rows["funds"][0]["executed"] = "—"
    rows["indicators"][0]["unit"] = "\n"
    rows["actuals"][0]["actual"] = rows["actuals"][1]["actual"] = None
    rows["actuals"][2] |= {"actual": "40", "reason": None}
    rows["passages"] = []  # no chapters: none of them must be named
    return rows, {"项目信息": "B3,N3", "项目资金": "H3", "绩效指标": "H3", "完成情况": "F3:F4,K5"}


# ---------------------------------------------------------------- what counts as filled


@pytest.mark.parametrize("name", NOTHINGS)
def test_what_cannot_be_seen_is_not_filled(tmp_path, name):
    rows = clean_rows()
    rows["projects"][0]["goal"] = NOTHINGS[name]
    completion = perf_excel.check(write(tmp_path / "a.xlsx", rows)).data["workbooks"][0]["completion"]
    assert completion["by_sheet"]["项目信息"] == [3, 4]
    assert completion["missing"] == {"项目信息": "N3"}


@pytest.mark.parametrize("raw", [None, "", *NOTHINGS.values(), "--", "／", "*"])
def test_says_nothing(raw):
    assert says_nothing(raw)


@pytest.mark.parametrize("raw", [0, 0.0, False, "0", "无", "-5", "a", "#REF!"])
def test_says_something(raw):
    assert not says_nothing(raw)


@pytest.mark.parametrize(
    ("value", "word"), [("=1+1", "还没有计算"), ("#REF!", "#REF!")], ids=["never calculated", "pasted as text"]
)
@pytest.mark.parametrize("cell", ["项目信息_N3", "项目资金_H3", "绩效指标_G3", "完成情况_F3", "参数_B3"])
def test_a_formula_without_result_is_said_and_not_filled(tmp_path, cell, value, word):
    path = spoil(tmp_path / "b.xlsx", write(tmp_path / "a.xlsx"), **{cell: value})
    sheet, name = cell.split("_")
    result = perf_excel.check(path)
    filled, required = result.data["workbooks"][0]["completion"]["by_sheet"][sheet]
    assert required - filled == 1
    assert result.data["workbooks"][0]["completion"]["missing"] == {sheet: name}
    said = [item for item in result.data["findings"] if (item["sheet"], item["cell"]) == (sheet, name)]
    assert [item["code"] for item in said] == ["S08"]
    assert word in said[0]["message"]


def test_a_broken_formula_is_said_and_not_filled(tmp_path):
    """A cell that shows #REF!, as a program stores it that has calculated the formula."""
    path = spoil(tmp_path / "a.xlsx", write(tmp_path / "a.xlsx"), 完成情况_F3="=Z1")
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    cell = re.compile(rb'(<c r="F3"[^>]*)><f>Z1</f><v ?/?>(?:</v>)?</c>')
    broken = {name: cell.sub(rb'\1 t="e"><f>#REF!</f><v>#REF!</v></c>', data) for name, data in parts.items()}
    assert broken != parts
    with zipfile.ZipFile(path, "w") as package:
        for name, data in broken.items():
            package.writestr(name, data)
    result = perf_excel.check(path)
    assert [(item["code"], item["cell"]) for item in result.data["findings"]] == [("S08", "F3")]
    assert "#REF!" in result.data["findings"][0]["message"]
    assert result.data["projects"][0]["completion"]["missing"] == {"完成情况": "F3"}


def test_a_reason_with_a_broken_formula_is_said_once(tmp_path):
    rows = clean_rows()
    rows["actuals"][2] |= {"actual": "40", "reason": "#REF!"}
    path = write(tmp_path / "a.xlsx", rows)
    assert codes(findings_of(path)) == [("S08", "完成情况", "K5")]
    assert perf_excel.check(path).data["projects"][0]["completion"]["missing"] == {"完成情况": "K5"}


def test_formatted_empty_rows_are_no_rows(tmp_path):
    path = write(tmp_path / "a.xlsx")
    plain = perf_excel.check(path).data
    workbook = openpyxl.load_workbook(path)
    for sheet in ("项目信息", "项目资金", "绩效指标", "完成情况", "报告内容"):
        for row in workbook[sheet].iter_rows(min_row=20, max_row=60, max_col=9):
            for cell in row:
                cell.fill = openpyxl.styles.PatternFill("solid", "FFFF00")
                cell.number_format = "0.00"
                cell.value = " " if cell.column == 5 else None
    workbook.save(path)
    again = perf_excel.check(path).data
    for kind in ("findings", "projects"):
        assert again[kind] == plain[kind]
    assert again["workbooks"][0]["completion"] == plain["workbooks"][0]["completion"]


def test_every_reason_why_a_column_must_be_filled_has_its_condition():
    assert set(Required) - {Required.NO} == set(_CONDITIONS)


def test_a_new_must_fill_column_is_one_line_of_the_declaration(tmp_path, monkeypatch):
    column = standard.PROJECTS.by_key["leader"]
    monkeypatch.setitem(column.__dict__, "required", Required.ALWAYS)
    rows = clean_rows()
    rows["projects"][0]["leader"] = None
    path = write(tmp_path / "a.xlsx", rows)
    assert ("S05", "项目信息", "W3") in codes(findings_of(path))
    assert evaluate([path]).completion.by_sheet[0]["项目信息"].missing == (("项目信息", "W3"),)


# ---------------------------------------------------------------- counts


def test_counts():
    count = Count(2, 4, (("甲", "B3"), ("甲", "B4")))
    assert (count.rate, count.left) == (Decimal("0.5"), 2)
    assert count == Count(2, 4)  # wherever the cells stand
    assert Count().rate is None
    assert Count(29999, 30000).rate == Decimal("0.9999")  # not complete
    assert Count(3, 3).rate == 1
    both = merged([{"甲": count}, {"甲": Count(1, 1), "乙": Count(0, 1, (("丙", "A1"),))}])
    assert {title: (part.filled, part.required) for title, part in both.items()} == {"甲": (3, 5), "乙": (0, 1)}
    assert missing_cells(both) == {"甲": "B3:B4", "丙": "A1"}
    assert total(both.values()).left == 3


def test_long_lists_of_cells_are_cut():
    count = Count(0, 40, tuple(("甲", f"H{row}") for row in range(3, 83, 2)))
    assert told("甲", count, 12) == "H3、H5、H7、H9…等40格"
    assert told("甲", count, 1) == "H3…等40格"
    assert len(told("甲", count, 1000).split("、")) == 40
    assert told("乙", Count(0, 1, (("甲", "C3"),)), 60) == "见甲 C3"
    assert told("甲", Count(1, 1), 60) == ""


# ---------------------------------------------------------------- where it is shown


def test_completion_in_json(tmp_path):
    rows, missing = with_gaps_to_fill()
    data = perf_excel.check(write(tmp_path / "a.xlsx", rows, {"year": " "})).data
    completion = data["workbooks"][0]["completion"]
    assert (completion["filled"], completion["required"]) == (47, 55)
    assert completion["rate"] == 0.8545
    assert completion["missing"] == {"参数": "B5", **missing}
    project = data["projects"][0]["completion"]
    assert project == {"filled": 46, "required": 53, "rate": 0.8679, "missing": missing}


def test_completion_of_what_cannot_be_read(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"")
    data = perf_excel.check(tmp_path / "a.xlsx").data
    assert data["workbooks"][0]["completion"] == {
        "filled": 0,
        "required": 0,
        "rate": None,
        "missing": {},
        "by_sheet": {},
    }


def test_a_project_without_money_is_named(tmp_path):
    rows = clean_rows()
    rows["funds"] = []
    data = perf_excel.check(write(tmp_path / "a.xlsx", rows)).data
    assert data["workbooks"][0]["completion"]["by_sheet"]["项目资金"] == [0, 1]
    assert data["workbooks"][0]["completion"]["missing"] == {"项目信息": "C3"}


def test_completion_on_the_screen(tmp_path, capsys):
    rows, _ = with_gaps_to_fill()
    main(["check", str(write(tmp_path / "a.xlsx", rows))])
    said = capsys.readouterr().out
    assert "已填 48/55（87.27%），还要填7格" in said
    assert "完成情况 3/6：F3:F4、K5" in said
    assert "参数" not in said


def test_completion_is_not_on_the_screen_where_all_is_filled(tmp_path, capsys):
    main(["check", str(write(tmp_path / "a.xlsx"))])
    assert "还要填" not in capsys.readouterr().out


def test_of_many_workbooks_the_screen_shows_the_counts_alone(tmp_path, capsys):
    rows, _ = with_gaps_to_fill()
    for number in range(25):
        write(tmp_path / f"{number:02d}.xlsx", rows, {"unit_name": f"单位{number}"})
    main(["check", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert sum("还要填7格" in line for line in lines) == 20
    assert "00.xlsx：必填项已填 48/55（87.27%），还要填7格" in lines
    assert not any("F3:F4" in line for line in lines if "已填" in line or "完成情况 3/6" in line)
    assert "……还有5个工作簿没有填全" in lines


def block_of(path) -> tuple[int, dict[str, tuple]]:
    """Return the row of the heads of 填报情况, and its lines by title."""
    sheet = openpyxl.load_workbook(path, data_only=True)["汇总表"]
    head = next(cell.row for cell in sheet["A"] if cell.value == "工作表")
    lines = {}
    for row in sheet.iter_rows(min_row=head + 1, values_only=True):
        if row[0] is None:
            break
        lines[row[0]] = tuple(row[3:7])
    return head, lines


def test_completion_in_the_summary(tmp_path):
    rows, _ = with_gaps_to_fill()
    perf_excel.run(write(tmp_path / "a.xlsx", rows), tmp_path / "output")
    path = tmp_path / "output" / "测试单位_2024_绩效自评.xlsx"
    head, lines = block_of(path)
    assert lines["完成情况"] == (6, 3, 0.5, "F3:F4、K5")
    assert lines["参数"] == (2, 2, 1, "已填全")
    assert lines["合计"] == (55, 48, 0.8727, "还要填7格")
    sheet = openpyxl.load_workbook(path)["汇总表"]
    assert "a.xlsx" in sheet.cell(head - 1, 1).value
    # The charts stand below it, and the print area takes all.
    last = head + len(lines)
    assert all(chart.anchor._from.row >= last for chart in sheet._charts)
    assert len(sheet._charts) == 2
    table = next(row for row in sheet.iter_rows(min_row=1, max_row=head) if row[0].value == "合计")
    assert table[0].row < head - 1


def test_many_cells_wrap_in_the_summary(tmp_path):
    rows = clean_rows()
    rows["passages"] = [{"project_no": 1, "chapter": None if n % 2 else "评价目的", "text": "文字"} for n in range(400)]
    perf_excel.run(write(tmp_path / "a.xlsx", rows), tmp_path / "output")
    path = tmp_path / "output" / "测试单位_2024_绩效自评.xlsx"
    head, lines = block_of(path)
    assert lines["报告内容"][3].endswith("…等200格")
    row = head + list(lines).index("报告内容") + 1
    assert openpyxl.load_workbook(path)["汇总表"].row_dimensions[row].height > 60


def test_volumes_count_their_own_projects(tmp_path):
    rows = clean_rows()
    rows["projects"] = [rows["projects"][0] | {"project_no": n, "code": f"5117{n:017d}"} for n in range(1, 203)]
    rows["projects"][201]["goal"] = None
    perf_excel.run(write(tmp_path / "a.xlsx", rows), tmp_path / "output")
    _, first = block_of(tmp_path / "output" / "测试单位_2024_绩效自评.xlsx")
    _, second = block_of(tmp_path / "output" / "测试单位_2024_绩效自评_第2册.xlsx")
    assert first["项目信息"][:2] == (800, 800)
    assert second["项目信息"] == (8, 7, 0.875, "N204")


def test_the_summary_of_a_run_has_no_block(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / f"{name}.xlsx", None, {"unit_name": name})
    perf_excel.run([tmp_path / "a.xlsx", tmp_path / "b.xlsx"], tmp_path / "output")
    sheet = openpyxl.load_workbook(tmp_path / "output" / "汇总表_2024.xlsx")["汇总表"]
    assert all(cell.value != "工作表" for cell in sheet["A"])


# ---------------------------------------------------------------- gaps


def gaps(path) -> list[tuple[str, str, str]]:
    return [(item.sheet, item.cell, item.message) for item in findings_of(path) if "空行" in item.message]


def moved(path, sheet: str, row: int, by: int):
    """Move the rows of a sheet from one on further down."""
    workbook = openpyxl.load_workbook(path)
    x = workbook[sheet]
    x.move_range(f"A{row}:{openpyxl.utils.get_column_letter(x.max_column)}{x.max_row}", rows=by)
    workbook.save(path)
    return path


def two_projects():
    rows = clean_rows()
    rows["projects"].append(rows["projects"][0] | {"project_no": 2, "code": "51172524T000011043999"})
    rows["funds"].append(rows["funds"][0] | {"project_no": 2})
    rows["passages"] = [{"project_no": n, "chapter": "评价目的", "text": f"文字{n}"} for n in (1, 2)]
    return rows


@pytest.mark.parametrize(("sheet", "letter"), [("项目信息", "B"), ("项目资金", "A"), ("报告内容", "A")])
def test_data_after_a_gap_is_read_and_the_gap_mentioned(tmp_path, sheet, letter):
    path = write(tmp_path / "a.xlsx", two_projects())
    plain = evaluate([path])
    assert gaps(path) == []
    apart = evaluate([moved(path, sheet, 4, 5)])
    said = f"“{sheet}”表第4行到第8行是空行，后面第9行起的内容照样读取了。"
    assert gaps(path) == [(sheet, f"{letter}4:{letter}8", said)]
    assert apart.completion.by_sheet == plain.completion.by_sheet
    assert apart.scores[0, 2].execution == plain.scores[0, 2].execution


def test_rows_that_are_only_formatted_are_a_gap_too(tmp_path):
    path = moved(write(tmp_path / "a.xlsx", two_projects()), "项目资金", 4, 2)
    workbook = openpyxl.load_workbook(path)
    workbook["项目资金"]["A4"].fill = openpyxl.styles.PatternFill("solid", "FFFF00")
    workbook["项目资金"]["B5"] = " "
    workbook.save(path)
    assert [place[:2] for place in gaps(path)] == [("项目资金", "A4:A5")]


def test_rows_with_nothing_but_a_printed_key_are_a_gap_among_targets_alone(tmp_path):
    rows = clean_rows()
    rows["indicators"].insert(2, {"indicator_no": "ZB050"})
    rows["actuals"].insert(2, {"indicator_no": "ZB050"})
    rows["projects"].insert(0, {"project_no": 9})
    found = gaps(write(tmp_path / "a.xlsx", rows))
    assert [place[:2] for place in found] == [("项目信息", "B3"), ("绩效指标", "B5")]


def test_a_row_without_its_key_is_a_gap_among_actuals(tmp_path):
    path = moved(write(tmp_path / "a.xlsx"), "完成情况", 5, 1)
    assert [place[:2] for place in gaps(path)] == [("完成情况", "F5")]


def test_several_gaps_are_one_finding(tmp_path):
    path = moved(moved(write(tmp_path / "a.xlsx"), "绩效指标", 6, 3), "绩效指标", 4, 1)
    said = "“绩效指标”表第4行、第7行到第9行是空行，后面的内容照样读取了。"
    assert gaps(path) == [("绩效指标", "B4,B7:B9", said)]


def test_printed_rows_and_lines_of_totals_are_no_gaps(tmp_path):
    rows = two_projects()
    rows["funds"].insert(1, {"project_no": "合计", "budget": 17.28})
    rows["scorecard"] = [
        {
            "project_no": 1,
            "category": "通用指标",
            "level2": "决策程序",
            "full_marks": 6,
            "awarded": 6,
            "evidence": "纪要",
        },
        {"project_no": 3, "category": "通用指标", "level2": "决策程序", "full_marks": 6},
        {},
        {
            "project_no": 2,
            "category": "通用指标",
            "level2": "决策程序",
            "full_marks": 6,
            "awarded": 6,
            "evidence": "纪要",
        },
    ]
    path = tmp_path / "a.xlsx"
    path.write_bytes(write_filled(Content({"unit_name": "测试单位", "year": 2024}, rows)))  # with room below
    assert gaps(path) == []


def test_titles_over_two_rows_are_no_gap(tmp_path):
    path = moved(write(tmp_path / "a.xlsx", two_projects()), "项目资金", 3, 1)
    assert [place[:2] for place in gaps(path)] == [("项目资金", "A3")]
    workbook = openpyxl.load_workbook(path)
    workbook["项目资金"].merge_cells("A2:A3")
    workbook.save(path)
    assert gaps(path) == []


def test_which_sheets_mention_gaps():
    assert {sheet.title: sheet.gaps for sheet in standard.TABLE_SHEETS} == {
        "项目信息": Gaps.ALWAYS,
        "项目资金": Gaps.ALWAYS,
        "绩效指标": Gaps.ALWAYS,
        "完成情况": Gaps.KEYLESS,
        "评价打分": Gaps.NEVER,
        "报告内容": Gaps.ALWAYS,
        "指标体系": Gaps.NEVER,
    }


def test_completion_survives_json(tmp_path):
    target = tmp_path / "a.json"
    rows, missing = with_gaps_to_fill()
    main(["check", str(write(tmp_path / "a.xlsx", rows)), "--json", str(target), "--quiet"])
    assert json.loads(target.read_text(encoding="utf-8"))["workbooks"][0]["completion"]["missing"] == missing
