"""Structure: files that cannot be read, sheets, columns, keys and formulas that are not as they should be (S01–S11).

Each mistake gives one finding with its place, the exit status of contract §3, and Chinese sentences only.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pytest
from test_cli import call
from workbooks import FUND, PROJECT, SAMPLE, TEMPLATE, cell_of, clean_rows, codes, findings_of, rows_of, spoil, write

from perf_excel.catalogue import READ_PROBLEMS
from perf_excel.findings import Finding, Severity
from perf_excel.names import column_letter
from perf_excel.pipeline import evaluate
from perf_excel.workbook import standard
from perf_excel.workbook.template import sample_content
from perf_excel.workbook.types import Required

ACTUAL = cell_of("actuals", "actual")
MUST = Severity.MUST


# ---------------------------------------------------------------- files that are no workbook


def package(*names: str) -> bytes:
    """A zip archive with these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return stream.getvalue()


def ole(*streams: str) -> bytes:
    """The beginning of an OLE file that names these streams."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(s.encode("utf-16-le") for s in streams)


#: name, bytes, the reason of `READ_PROBLEMS` that the clerk must read.
UNREADABLE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("空.xlsx", lambda: b"", "empty"),
    "text": ("文字.xlsx", lambda: "这是一段文字\n".encode(), "not_excel"),
    "gbk text": ("文字.xlsx", lambda: "绩效自评\n".encode("gbk"), "not_excel"),
    "binary": ("乱.xlsx", lambda: bytes(range(256)) * 8, "not_excel"),
    "pdf": ("扫描件.xlsx", lambda: b"%PDF-1.7\n", "not_excel"),
    "web page": ("导出.xlsx", lambda: b"<html><table><tr><td>1</td></tr></table></html>", "not_excel"),
    "password": ("加密.xlsx", lambda: ole("EncryptionInfo", "EncryptedPackage"), "password"),
    "old workbook": ("旧.xlsx", lambda: ole("Workbook"), "old_format"),
    "broken old workbook": ("旧.xls", lambda: ole("Workbook"), "broken"),
    "word": ("报告.xlsx", lambda: package("[Content_Types].xml", "word/document.xml"), "word"),
    "slides": ("汇报.xlsx", lambda: package("[Content_Types].xml", "ppt/presentation.xml"), "not_excel"),
    "archive": ("材料.xlsx", lambda: package("材料.txt"), "not_excel"),
    "csv": ("导出.csv", lambda: "项目序号,项目名称\n1,甲\n".encode("gbk"), "csv"),
    "csv renamed": ("导出.xlsx", lambda: b"a,b,c\n1,2,3\n4,5,6\n", "csv"),
    "wps": ("填报.et", lambda: ole("Workbook"), "wps"),
    "wps holding xlsx": ("填报.et", lambda: SAMPLE.read_bytes(), "wps"),
    "truncated": ("断.xlsx", lambda: SAMPLE.read_bytes()[:20000], "broken"),
    "no end": ("断.xlsx", lambda: SAMPLE.read_bytes()[:-30], "broken"),
    "hollow": ("空壳.xlsx", lambda: package("[Content_Types].xml", "xl/workbook.xml"), "broken"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable_file(kind, tmp_path, capsys):
    name, content, reason = UNREADABLE[kind]
    path = tmp_path / name
    made = content()
    path.write_bytes(made)
    status, data, _ = call(capsys, "run", path, "-o", tmp_path / "output")
    assert [(f["code"], f["sheet"], f["cell"], f["workbook"]) for f in data["findings"]] == [("S01", None, None, 0)]
    assert READ_PROBLEMS[reason][0] in data["findings"][0]["message"]
    assert READ_PROBLEMS[reason][1] in data["findings"][0]["fix"]
    assert name in data["findings"][0]["message"]
    assert [book["status"] for book in data["workbooks"]] == ["unreadable"]
    assert status == 2
    assert path.read_bytes() == made


def test_missing_file(tmp_path, capsys):
    status, data, _ = call(capsys, "check", tmp_path / "没有.xlsx")
    assert [(f["code"], f["cell"]) for f in data["findings"]] == [("S01", None)]
    assert READ_PROBLEMS["missing"][0] in data["findings"][0]["message"]
    assert status == 2


def test_every_unreadable_file_is_said_once_and_the_readable_one_is_done(tmp_path, capsys):
    folder = tmp_path / "收件"
    folder.mkdir()
    for number, (name, content, _) in enumerate(UNREADABLE.values()):
        (folder / f"{number:02d}{name}").write_bytes(content())
    write(folder / "好的.xlsx")
    status, data, out = call(capsys, "run", folder, "-o", tmp_path / "output")
    books = {Path(book["input"]).name: book for book in data["workbooks"]}
    assert len(books) == len(UNREADABLE) + 1
    assert books.pop("好的.xlsx")["status"] == "ok"
    assert {book["status"] for book in books.values()} == {"unreadable"}
    assert sorted(f["code"] for f in data["findings"]) == ["S01"] * len(UNREADABLE)
    assert sorted(f["workbook"] for f in data["findings"]) == [
        n for n, book in enumerate(data["workbooks"]) if book["status"] == "unreadable"
    ]
    assert (tmp_path / "output" / "测试单位_2024_绩效自评.xlsx").is_file()
    assert all(name in out for name in books)
    assert status == 1


def test_all_unreadable_is_status_2_with_json(tmp_path, capsys):
    for name in ("甲.xlsx", "乙.xlsx"):
        (tmp_path / name).write_bytes(b"")
    status, data, _ = call(capsys, "run", tmp_path, "-o", tmp_path / "output")
    assert status == 2
    assert len(data["findings"]) == len(data["workbooks"]) == 2


def test_workbook_of_another_program(tmp_path, capsys):
    workbook = openpyxl.Workbook()
    workbook.active.title = "工资表"
    workbook.active.append(["姓名", "金额"])
    workbook.create_sheet("参数")
    workbook.save(tmp_path / "工资.xlsx")
    status, data, _ = call(capsys, "run", tmp_path / "工资.xlsx", "-o", tmp_path / "output")
    assert [(f["code"], f["sheet"], f["cell"]) for f in data["findings"]] == [("S02", None, None)]
    assert "工资.xlsx" in data["findings"][0]["message"]
    assert "工资表" in data["findings"][0]["message"]
    assert data["workbooks"][0]["status"] == "unreadable"
    assert status == 2
    assert not list((tmp_path / "output").glob("*.xlsx"))


def test_folder_without_workbooks(tmp_path, capsys):
    folder = tmp_path / "空文件夹"
    folder.mkdir()
    (folder / "说明.txt").write_text("没有工作簿", encoding="utf-8")
    status, data, _ = call(capsys, "run", folder, "-o", tmp_path / "output")
    assert [(f["code"], f["workbook"], f["sheet"], f["cell"]) for f in data["findings"]] == [("S01", None, None, None)]
    assert "空文件夹" in data["findings"][0]["message"]
    assert data["workbooks"] == []
    assert status == 2


def test_empty_folder_beside_a_readable_workbook(tmp_path, capsys):
    folder = tmp_path / "空文件夹"
    folder.mkdir()
    status, data, _ = call(capsys, "check", folder, write(tmp_path / "a.xlsx"))
    assert [f["code"] for f in data["findings"]] == ["S01"]
    assert status == 1


def test_hidden_and_lock_files_are_skipped(tmp_path, capsys):
    write(tmp_path / "a.xlsx")
    for name in ("~$a.xlsx", ".a.xlsx", "a.docx", "a.xlsx.bak"):
        (tmp_path / name).write_bytes(b"x")
    hidden = tmp_path / ".旧"
    hidden.mkdir()
    write(hidden / "b.xlsx")
    status, data, _ = call(capsys, "check", tmp_path)
    assert [Path(book["input"]).name for book in data["workbooks"]] == ["a.xlsx"]
    assert status == 0


def test_folders_are_walked(tmp_path, capsys):
    inner = tmp_path / "一" / "二"
    inner.mkdir(parents=True)
    write(inner / "深.XLSX")
    (tmp_path / "一" / "回").symlink_to(tmp_path, target_is_directory=True)  # a loop
    status, data, _ = call(capsys, "check", tmp_path)
    assert [Path(book["input"]).name for book in data["workbooks"]] == ["深.XLSX"]
    assert status == 0


def test_same_file_twice_is_read_once(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.xlsx")
    (tmp_path / "b.xlsx").symlink_to(tmp_path / "a.xlsx")
    status, data, _ = call(capsys, "check", "a.xlsx", "./a.xlsx", tmp_path / "a.xlsx", tmp_path, "b.xlsx")
    assert len(data["workbooks"]) == len(data["projects"]) == 1
    assert data["findings"] == []
    assert status == 0


# ---------------------------------------------------------------- blank templates


def test_blank_template(tmp_path, capsys):
    status, data, _ = call(capsys, "run", TEMPLATE, "-o", tmp_path / "output")
    assert [(f["code"], f["severity"], f["sheet"], f["cell"]) for f in data["findings"]] == [("S09", MUST, None, None)]
    assert TEMPLATE.name in data["findings"][0]["message"]
    assert data["workbooks"][0]["status"] == "needs_fix"
    assert status == 1
    assert not list((tmp_path / "output").glob("*.xlsx"))


@pytest.mark.parametrize(
    "cells", [{}, {"参数_B3": "某单位", "参数_B5": 2024}, {"项目信息_C3": "  ", "完成情况_F3": "\u200b"}]
)
def test_template_with_nothing_but_settings_or_spaces_is_blank(cells, tmp_path):
    assert codes(findings_of(spoil(tmp_path / "a.xlsx", TEMPLATE, **cells))) == [("S09", None, None)]


def test_template_with_a_project_name_is_not_blank(tmp_path):
    found = codes(
        findings_of(spoil(tmp_path / "a.xlsx", TEMPLATE, **{f"项目信息_{cell_of('projects', 'name')}": "甲"}))
    )
    assert ("S09", None, None) not in found
    assert ("S05", "项目信息", cell_of("projects", "code")) in found
    assert ("B12", "项目信息", cell_of("projects", "name")) in found


# ---------------------------------------------------------------- sheets and columns

ASKED = [sheet for sheet in standard.SHEETS if any(column.required is not Required.NO for column in sheet.columns)]


def test_clean_workbook_has_no_findings(tmp_path):
    assert findings_of(write(tmp_path / "a.xlsx")) == []


@pytest.mark.parametrize("sheet", [standard.SETTINGS_SHEET, *ASKED], ids=lambda sheet: sheet.title)
def test_sheet_missing(sheet, tmp_path, capsys):
    workbook = openpyxl.load_workbook(write(tmp_path / "a.xlsx"))
    del workbook[sheet.title]
    workbook.save(tmp_path / "a.xlsx")
    status, data, _ = call(capsys, "check", tmp_path / "a.xlsx")
    must = [(f["code"], f["sheet"]) for f in data["findings"] if f["severity"] == MUST]
    assert must == [("S03", sheet.title)]
    assert sheet.title in data["findings"][0]["message"]
    assert status == 1


def test_reference_sheets_may_be_deleted(tmp_path):
    workbook = openpyxl.load_workbook(write(tmp_path / "a.xlsx"))
    for title in (standard.CRITERIA.title, standard.LISTS_SHEET, standard.META_SHEET):
        del workbook[title]
    workbook.save(tmp_path / "a.xlsx")
    assert findings_of(tmp_path / "a.xlsx") == []


def test_renamed_sheet_is_a_missing_one(tmp_path):
    workbook = openpyxl.load_workbook(write(tmp_path / "a.xlsx"))
    workbook["完成情况"].title = "完成情况2024"
    workbook.save(tmp_path / "a.xlsx")
    assert codes(findings_of(tmp_path / "a.xlsx"), MUST) == [("S03", "完成情况", None)]


def rich_rows() -> dict[str, list[dict[str, Any]]]:
    """A workbook with something in every sheet and nothing to be mended."""
    rows = clean_rows()
    rows["scorecard"] = [row for row in sample_content("fictitious").rows["scorecard"] if row["project_no"] == 1]
    rows["passages"] = [{"project_no": 1, "chapter": "评价目的", "text": "了解资金使用的效果"}]
    rows["indicators"][0] |= {"new_target": "4", "new_basis": "某财绩〔2024〕18号"}
    rows["actuals"][0] |= {"actual": "3", "reason": "一台设备报废，未更新"}
    rows["funds"][0] |= {"executed": 12, "low_reason": "合同尾款未到支付期", "initial": 20, "adjust_reason": "年中调减"}
    return rows


COLUMNS = [
    (sheet, column)
    for sheet in standard.TABLE_SHEETS
    if sheet is not standard.CRITERIA
    for column in sheet.read_columns
]


@pytest.fixture(scope="module")
def renamed(tmp_path_factory) -> dict[tuple[str, str], list[Finding]]:
    """The findings of the rich workbook with one column's title changed, by (sheet, column); ("", "") is unchanged."""
    folder = tmp_path_factory.mktemp("renamed")
    source = write(folder / "all.xlsx", rich_rows())
    keys, paths = [("", "")], [source]
    for number, (sheet, column) in enumerate(COLUMNS):
        target = folder / f"{number}.xlsx"
        target.write_bytes(source.read_bytes())
        title = '<c r="{cell}" t="inlineStr"><is><t>（另一个标题）</t></is></c>'
        store(target, sheet.title, f"{column_letter(sheet.position(column.key))}{standard.TITLE_ROW}", title)
        keys.append((sheet.key, column.key))
        paths.append(target)
    found = evaluate(paths).findings_of()
    return {key: found[number] for number, key in enumerate(keys)}


def test_rich_workbook_has_no_must(renamed):
    assert codes(renamed["", ""], MUST) == []


@pytest.mark.parametrize(("sheet", "column"), COLUMNS, ids=lambda item: item.key)
def test_column_missing_is_one_finding_and_nothing_follows_from_it(sheet, column, renamed):
    before = {(f.code, f.sheet, f.cell) for f in renamed["", ""]}
    new = [f for f in renamed[sheet.key, column.key] if (f.code, f.sheet, f.cell) not in before]
    first, last = column_letter(0), column_letter(len(sheet.columns) - 1)
    assert [(f.code, f.sheet, f.cell) for f in new] == [
        ("S04", sheet.title, f"{first}{standard.TITLE_ROW}:{last}{standard.TITLE_ROW}")
    ]
    assert column.title in new[0].message
    must = column.required is not Required.NO or column.preprinted
    assert new[0].severity == (MUST if must else Severity.SHOULD)


def test_renamed_column_is_guessed(tmp_path, capsys):
    path = spoil(tmp_path / "a.xlsx", write(tmp_path / "b.xlsx"), 完成情况_F2="实际完成数值")
    status, data, out = call(capsys, "check", path)
    assert [(f["code"], f["sheet"], f["cell"]) for f in data["findings"]] == [("S04", "完成情况", "A2:L2")]
    assert "实际完成数值" in data["findings"][0]["message"]
    assert "S04" in out
    assert status == 1


def test_sheet_without_any_title_is_one_finding(tmp_path):
    source = write(tmp_path / "b.xlsx")
    workbook = openpyxl.load_workbook(source)
    workbook["项目资金"].delete_rows(2)
    workbook.save(source)
    found = findings_of(source)
    assert [(f.code, f.sheet) for f in found if f.severity is MUST] == [("S04", "项目资金")]
    assert found[0].cell


def test_deleted_setting_is_said(tmp_path):
    """A must-fill setting whose whole row was deleted is as missing as a blank one."""
    workbook = openpyxl.load_workbook(write(tmp_path / "a.xlsx"))
    sheet = workbook["参数"]
    row = next(cell.row for cell in sheet["A"] if cell.value == "预算年度")
    sheet.delete_rows(row)
    workbook.save(tmp_path / "a.xlsx")
    found = [f for f in findings_of(tmp_path / "a.xlsx") if f.severity is MUST]
    assert len(found) == 1
    assert found[0].sheet == "参数"
    assert "预算年度" in found[0].message


def test_findings_name_the_sheet_as_it_is_called(tmp_path):
    workbook = openpyxl.load_workbook(write(tmp_path / "a.xlsx", settings={"unit_name": None}))
    workbook["参数"].title = " 参 数 "
    workbook.save(tmp_path / "a.xlsx")
    assert codes(findings_of(tmp_path / "a.xlsx")) == [("S05", " 参 数 ", "B3")]


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("参数_B3", None, ("S05", "参数", "B3")),
        ("项目信息_B3", " \u3000", ("S05", "项目信息", "B3")),
        ("项目信息_B3", "——", ("S05", "项目信息", "B3")),
        ("项目信息_A3", None, ("S11", "项目信息", "A3")),
        ("绩效指标_A3", None, ("S11", "绩效指标", "A3")),
        ("绩效指标_B3", None, ("S11", "绩效指标", "B3")),
        ("完成情况_A3", None, ("S11", "完成情况", "A3")),
        ("项目资金_A3", None, ("S11", "项目资金", "A3")),
        ("项目资金_B3", "县里", ("S06", "项目资金", "B3")),
        ("项目资金_A3", "甲", ("S06", "项目资金", "A3")),
        ("项目资金_A3", 9, ("S06", "项目资金", "A3")),
        ("绩效指标_B3", 9, ("S06", "绩效指标", "B3")),
        ("绩效指标_C3", "过程指标", ("S06", "绩效指标", "C3")),
        ("完成情况_A3", "ZB999", ("S06", "完成情况", "A3")),
        ("完成情况_A4", "ZB001", ("S07", "完成情况", "A4")),
        ("绩效指标_A4", "ZB001", ("S07", "绩效指标", "A4")),
    ],
)  # fmt: skip
def test_spoiled_key_or_word_is_found_at_its_cell(cell, value, expected, tmp_path):
    found = findings_of(spoil(tmp_path / "a.xlsx", write(tmp_path / "b.xlsx"), **{cell: value}))
    assert expected in codes(found, MUST)
    assert codes(found).count(expected) == 1


def test_two_projects_with_one_number(tmp_path, capsys):
    rows = clean_rows()
    rows["projects"].append(PROJECT | {"code": "51172524T000011043676", "name": "另一个项目"})
    status, data, _ = call(capsys, "check", write(tmp_path / "a.xlsx", rows))
    assert [(f["code"], f["sheet"], f["cell"], f["project_no"]) for f in data["findings"]] == [
        ("S07", "项目信息", "A4", 1)
    ]
    assert "A3" in data["findings"][0]["message"]
    assert status == 1


def test_three_actuals_of_one_indicator(tmp_path):
    rows = clean_rows()
    rows["actuals"] += [{"indicator_no": "ZB001", "actual": "1"}, {"indicator_no": " zb００1", "actual": "2"}]
    assert codes(findings_of(write(tmp_path / "a.xlsx", rows)), MUST) == [
        ("S07", "完成情况", "A8:A9"),
    ]


def test_actual_of_a_deleted_indicator(tmp_path, capsys):
    rows = clean_rows()
    rows["actuals"].insert(2, {"indicator_no": "ZB077", "actual": "5"})
    status, data, _ = call(capsys, "check", write(tmp_path / "a.xlsx", rows))
    assert [(f["code"], f["sheet"], f["cell"]) for f in data["findings"]] == [("S06", "完成情况", "A5")]
    assert "ZB077" in data["findings"][0]["message"]
    assert status == 1
    assert data["projects"][0]["form_score"]["total"] == 100


def test_rows_of_a_project_that_is_not_there_are_one_finding(tmp_path):
    rows = clean_rows()
    targets, actuals = rows_of(project_no=7, first=51)
    rows["indicators"] += targets
    rows["actuals"] += actuals
    assert codes(findings_of(write(tmp_path / "a.xlsx", rows)), MUST) == [("S06", "绩效指标", "B8:B12")]


def test_preprinted_numbers_alone_are_no_rows(tmp_path):
    rows = clean_rows()
    rows["projects"] += [{"project_no": number} for number in range(2, 9)]
    rows["indicators"] += [{"indicator_no": f"ZB{number:03d}"} for number in range(6, 20)]
    rows["actuals"] += [{"indicator_no": f"ZB{number:03d}"} for number in range(6, 20)]
    rows["scorecard"] = [
        {"project_no": number, "category": "通用指标", "level2": "决策程序", "full_marks": 6} for number in (1, 2)
    ]
    evaluation = evaluate([write(tmp_path / "a.xlsx", rows)])
    assert evaluation.findings == []
    assert list(evaluation.scores) == [(0, 1)]


def test_project_not_to_be_evaluated_is_left_alone(tmp_path):
    rows = clean_rows()
    rows["projects"].append(
        {
            "project_no": 2,
            "code": "51172524T000011043676",
            "name": "取消的",
            "project_type": "其他",
            "goal": "无",
            "exempt_reason": "年中已取消",
        }
    )
    evaluation = evaluate([write(tmp_path / "a.xlsx", rows)])
    assert codes(evaluation.findings) == []
    assert evaluation.scores[0, 2].total is None


def test_findings_on_every_sheet_name_their_project(tmp_path):
    rows = clean_rows()
    rows["actuals"][0]["actual"] = "约5"
    rows["actuals"][1]["actual"] = None
    rows["indicators"][2]["weight"] = "十"
    found = findings_of(write(tmp_path / "a.xlsx", rows))
    assert {f.sheet for f in found} >= {"完成情况", "绩效指标"}
    assert {f.project_no for f in found} == {1}


# ---------------------------------------------------------------- formulas


def store(path: Path, sheet: str, cell: str, xml: str) -> Path:
    """Put a cell into a workbook as stored XML; openpyxl cannot write a formula together with its result."""
    stream = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        titles = re.findall(r'<sheet\b[^>]*? name="([^"]+)"', source.read("xl/workbook.xml").decode())
        member = f"xl/worksheets/sheet{titles.index(sheet) + 1}.xml"
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == member:
                old = rf'<c r="{cell}"[^>]*?(?:/>|>.*?</c>)'.encode()
                data, count = re.subn(old, xml.format(cell=cell).encode(), data, count=1, flags=re.DOTALL)
                assert count == 1
            target.writestr(entry, data)
    path.write_bytes(stream.getvalue())
    return path


ERRORS = {
    "formula": '<c r="{cell}" t="e"><f>A1/0</f><v>#DIV/0!</v></c>',
    "value": '<c r="{cell}" t="e"><v>#DIV/0!</v></c>',
    "text": '<c r="{cell}" t="inlineStr"><is><t>#DIV/0!</t></is></c>',
    "text of a formula": '<c r="{cell}" t="str"><f>A1&amp;""</f><v>#DIV/0!</v></c>',
    "name": '<c r="{cell}" t="e"><f>甲乙</f><v>#NAME?</v></c>',
}
UNCALCULATED = {
    "nothing": '<c r="{cell}"><f>2+3</f></c>',
    "empty": '<c r="{cell}"><f>2+3</f><v></v></c>',
    "closed": '<c r="{cell}"><f>2+3</f><v/></c>',
}


@pytest.mark.parametrize("kind", [*ERRORS, *UNCALCULATED])
def test_formula_without_result_in_an_actual(kind, tmp_path, capsys):
    path = store(write(tmp_path / "a.xlsx"), "完成情况", "F3", (ERRORS | UNCALCULATED)[kind])
    status, data, _ = call(capsys, "check", path)
    assert [(f["code"], f["sheet"], f["cell"]) for f in data["findings"]] == [("S08", "完成情况", "F3")]
    assert "实际完成值" in data["findings"][0]["message"]
    if kind in ERRORS:
        assert "#" in data["findings"][0]["message"]
    assert data["projects"][0]["form_score"]["total"] is None
    assert status == 1


@pytest.mark.parametrize("kind", ["formula", "text", "nothing"])
def test_formula_without_result_names_its_project_and_is_not_filled(kind, tmp_path, capsys):
    path = store(write(tmp_path / "a.xlsx"), "完成情况", "F3", (ERRORS | UNCALCULATED)[kind])
    _, data, _ = call(capsys, "check", path)
    assert data["workbooks"][0]["completion"]["by_sheet"]["完成情况"] == [4, 5]
    assert [f["project_no"] for f in data["findings"]] == [1]


@pytest.mark.parametrize("kind", ["formula", "value", "text", "nothing", "empty"])
@pytest.mark.parametrize(
    ("sheet", "key"),
    [
        ("funds", "budget"),
        ("funds", "executed"),
        ("indicators", "weight"),
        ("indicators", "target"),
        ("projects", "name"),
    ],
)
def test_formula_without_result_in_a_must_fill_cell(sheet, key, kind, tmp_path):
    title, cell = standard.SHEET_BY_KEY[sheet].title, cell_of(sheet, key)
    path = store(write(tmp_path / "a.xlsx"), title, cell, (ERRORS | UNCALCULATED)[kind])
    assert codes(findings_of(path), MUST) == [("S08", title, cell)]


@pytest.mark.parametrize(
    ("sheet", "key"),
    [
        ("actuals", "typed_score"), ("actuals", "ratio"), ("funds", "initial"), ("funds", "typed_rate"),
        ("projects", "declared_form"), ("projects", "conclusion"), ("indicators", "unit"), ("indicators", "new_target"),
        ("scorecard", "awarded"), ("scorecard", "reason"),
    ],
)  # fmt: skip
def test_formula_error_in_a_cell_that_may_be_blank_is_said(sheet, key, tmp_path):
    """An error is no blank: somebody meant something to stand there."""
    rows = rich_rows()
    rows["indicators"][0] |= {"new_target": None, "new_basis": None}
    title, cell = standard.SHEET_BY_KEY[sheet].title, cell_of(sheet, key)
    path = store(write(tmp_path / "a.xlsx", rows), title, cell, ERRORS["formula"])
    assert [place for place in codes(findings_of(path)) if place[0] == "S08"] == [("S08", title, cell)]


@pytest.mark.parametrize("kind", ["formula", "nothing"])
def test_formula_without_result_in_a_setting(kind, tmp_path):
    path = store(write(tmp_path / "a.xlsx"), "参数", "B5", (ERRORS | UNCALCULATED)[kind])
    assert codes(findings_of(path), MUST) == [("S08", "参数", "B5")]


@pytest.mark.parametrize(
    ("sheet", "key"),
    [("actuals", "typed_score"), ("funds", "typed_rate"), ("projects", "declared_form"), ("indicators", "unit")],
)
def test_formula_never_calculated_in_a_cell_that_may_be_blank_is_said(sheet, key, tmp_path):
    title, cell = standard.SHEET_BY_KEY[sheet].title, cell_of(sheet, key)
    path = store(write(tmp_path / "a.xlsx"), title, cell, UNCALCULATED["nothing"])
    assert codes(findings_of(path)) == [("S08", title, cell)]


def test_formula_error_in_a_key_is_one_finding(tmp_path):
    path = store(write(tmp_path / "a.xlsx"), "完成情况", "A3", ERRORS["formula"])
    assert codes(findings_of(path), MUST) == [("S08", "完成情况", "A3")]


def test_errors_in_look_ups_and_extra_columns_are_left_alone(tmp_path):
    source = spoil(
        tmp_path / "a.xlsx", write(tmp_path / "b.xlsx"), 完成情况_M2="我的备注", 完成情况_M3="x", 参数_D3="x"
    )
    for sheet, cell in (("完成情况", "C3"), ("完成情况", "M3"), ("参数", "D3")):
        store(source, sheet, cell, ERRORS["formula"])
    assert findings_of(source) == []


@pytest.mark.parametrize("ratio", [0.9, "0.9", 1])
def test_share_in_a_column_of_percentages_is_asked_about(ratio, tmp_path):
    rows = clean_rows()
    rows["actuals"][3] |= {"actual": "较好", "grade": "达成", "ratio": ratio}
    assert codes(findings_of(write(tmp_path / "a.xlsx", rows)), MUST) == [("C03", "完成情况", "H6")]


def test_only_an_error_in_a_row_of_actuals(tmp_path):
    rows = clean_rows()
    rows["actuals"][0] = {"indicator_no": "ZB001"}
    path = store(write(tmp_path / "a.xlsx", rows), "完成情况", "F3", ERRORS["formula"])
    assert codes(findings_of(path), MUST) == [("S08", "完成情况", "F3")]


def test_calculated_formulas_are_read(tmp_path):
    path = store(write(tmp_path / "a.xlsx"), "完成情况", "F3", '<c r="{cell}"><f>2+3</f><v>5</v></c>')
    store(path, "项目资金", "E3", '<c r="{cell}"><f>17+0.28</f><v>17.28</v></c>')
    evaluation = evaluate([path])
    assert evaluation.findings == []
    assert evaluation.scores[0, 1].total == 100


def test_formula_that_gives_nothing_is_a_blank_cell(tmp_path):
    path = store(write(tmp_path / "a.xlsx"), "完成情况", "F3", '<c r="{cell}" t="str"><f>A1&amp;""</f><v></v></c>')
    assert [place[1:] for place in codes(findings_of(path), MUST)] == [("完成情况", "F3")]


# ---------------------------------------------------------------- layouts that are as good as the template's


Truth = tuple[dict[int, Any], list[tuple[str, str, str]]]


def truth(path: Path) -> Truth:
    """What each project scored, and the findings without their cells, which move with the layout."""
    evaluation = evaluate([path])
    scores = {
        number: (
            score.total,
            {item.measure.key: item.score for item in score.indicators},
            score.scorecard and score.scorecard.total,
            evaluation.completion.by_project[0, number],
        )
        for (_, number), score in evaluation.scores.items()
    }
    return scores, sorted((f.code, f.sheet or "", f.message) for f in evaluation.findings)


@pytest.fixture(scope="module")
def sample_truth() -> Truth:
    return truth(SAMPLE)


@cache
def sample_rows() -> dict[str, list[tuple[Any, ...]]]:
    """The sample's sheets as rows of values."""
    workbook = openpyxl.load_workbook(SAMPLE, data_only=True)
    titles = [*(sheet.title for sheet in standard.SHEETS), standard.META_SHEET]
    return {title: list(workbook[title].iter_rows(values_only=True)) for title in titles}


def relaid(
    path: Path, change: Callable[[str, list[list[Any]]], list[list[Any]]], *, title: Callable[[str], str] = str
) -> Path:
    """Rewrite the sample, values only: `change` gets each sheet's rows and returns them as they are to stand."""
    target = openpyxl.Workbook(write_only=True)
    for name, rows in sample_rows().items():
        new = target.create_sheet(title(name))
        for row in change(name, [list(row) for row in rows]):
            new.append(row)
    target.save(path)
    return path


def backwards(_: str, rows: list[list[Any]]) -> list[list[Any]]:
    return [list(reversed(row)) for row in rows]


def with_extras(_: str, rows: list[list[Any]]) -> list[list[Any]]:
    return [
        ["备注", *row[:2], "我的列", *row[2:]] if n == 1 else [f"随手写{n}", *row[:2], n, *row[2:]] if any(row) else row
        for n, row in enumerate(rows)
    ]


def lower(_: str, rows: list[list[Any]]) -> list[list[Any]]:
    return [rows[0], ["某县财政局转发"], [], *rows[1:]]


def titled(_: str, rows: list[list[Any]]) -> list[list[Any]]:
    def other(title: Any) -> Any:
        if not isinstance(title, str):
            return title
        spelled = title.translate(str.maketrans("（）", "()")) if "（" in title else title
        return f"＊{spelled[:2]}\n {spelled[2:]}\u3000" if len(title) > 2 else f" {spelled} *"

    return [rows[0], *([other(title) for title in row] for row in rows[1:2]), *rows[2:]]


def with_gaps(_: str, rows: list[list[Any]]) -> list[list[Any]]:
    spread: list[list[Any]] = rows[:2]
    for number, row in enumerate(rows[2:]):
        spread += [[] for _ in range(number % 3 * 7)] + [row]
    return spread


def shuffled(title: str, rows: list[list[Any]]) -> list[list[Any]]:
    turns = {"绩效指标": 1, "完成情况": -1}
    step = turns.get(title)
    return rows[:2] + rows[2:][::step] if step else rows


def wide(_: str, rows: list[list[Any]]) -> list[list[Any]]:
    """Keys and figures in full-width digits with spaces of every kind around them."""
    table = str.maketrans("0123456789.%", "０１２３４５６７８９．％")

    def other(value: Any) -> Any:
        return f"\u00a0\u3000{str(value).translate(table)}\u200b\t\ufeff" if isinstance(value, (int, float)) else value

    return rows[:2] + [[other(value) for value in row] for row in rows[2:]]


def dashes(_: str, rows: list[list[Any]]) -> list[list[Any]]:
    """Blank cells of rows in use say 「—」."""
    return rows[:2] + [
        [("—" if value is None else value) for value in row] if any(v is not None for v in row[1:]) else row
        for row in rows[2:]
    ]


@pytest.mark.parametrize("change", [backwards, with_extras, lower, titled, with_gaps, shuffled])
def test_layout_does_not_matter(change, tmp_path, sample_truth):
    path = relaid(tmp_path / "a.xlsx", change)
    scores, found = truth(path)
    said = [item for item in found if "空行" in item[2]]
    assert (scores, [item for item in found if item not in said]) == sample_truth
    assert bool(said) == (change is with_gaps), "gaps are mentioned, and only they"


def test_sheet_titles_with_spaces_and_extra_sheets(tmp_path, sample_truth):
    path = relaid(tmp_path / "a.xlsx", lambda _, rows: rows, title=lambda title: f" {title[:2]}\u3000{title[2:]} ")
    workbook = openpyxl.load_workbook(path)
    workbook.create_sheet("我的草稿", 0).append(["项目序号", "项目编码"])
    workbook.create_chartsheet("图")
    workbook.save(path)
    scores, found = truth(path)
    # " 项目　信息 " is what the clerk sees: the findings name the sheet so.
    unspaced = sorted((code, re.sub(r"\s", "", sheet), message) for code, sheet, message in found)
    assert (scores, unspaced) == sample_truth


def test_full_width_digits_and_odd_spaces_give_the_same_scores(tmp_path, sample_truth):
    path = relaid(tmp_path / "a.xlsx", wide)
    assert truth(path)[0] == sample_truth[0]
    found, plain = ([f for f in findings_of(p) if f.code != "C03"] for p in (path, SAMPLE))
    assert [(f.code, f.sheet, f.cell) for f in found] == [(f.code, f.sheet, f.cell) for f in plain]


def test_dashes_say_nothing(tmp_path, sample_truth):
    path = relaid(tmp_path / "a.xlsx", dashes)
    assert truth(path) == sample_truth


def test_merged_project_numbers_stand_for_every_row(tmp_path):
    rows = clean_rows()
    rows["funds"] = [
        FUND | {"initial": 10, "budget": 10, "executed": 10},
        FUND | {"project_no": None, "source": "其他资金", "initial": 7.28, "budget": 7.28, "executed": 7.28},
    ]
    workbook = openpyxl.load_workbook(write(tmp_path / "a.xlsx", rows))
    workbook["项目资金"].merge_cells("A3:A4")
    workbook.save(tmp_path / "a.xlsx")
    evaluation = evaluate([tmp_path / "a.xlsx"])
    assert codes(evaluation.findings, MUST) == []
    assert str(evaluation.scores[0, 1].execution.budget) == "17.28"
    assert ("C03", "项目资金", "A3:A4") in codes(evaluation.findings)


def test_merge_that_reaches_over_a_blank_row_makes_no_row(tmp_path):
    workbook = openpyxl.load_workbook(write(tmp_path / "a.xlsx"))
    workbook["项目资金"].merge_cells("A3:A5")
    workbook.save(tmp_path / "a.xlsx")
    assert codes(findings_of(tmp_path / "a.xlsx"), MUST) == []


def test_merged_figures_are_not_multiplied(tmp_path):
    rows = clean_rows()
    rows["funds"].append({"project_no": 1, "source": "其他资金", "budget": None, "executed": 0, "initial": 0})
    workbook = openpyxl.load_workbook(write(tmp_path / "a.xlsx", rows))
    workbook["项目资金"].merge_cells("E3:E4")
    workbook.save(tmp_path / "a.xlsx")
    evaluation = evaluate([tmp_path / "a.xlsx"])
    assert evaluation.scores[0, 1].execution.budget is None  # whose money the second row is, only a person can tell
    assert codes(evaluation.findings, MUST) == [("S05", "项目资金", "E4")]


def test_older_workbook_is_read(tmp_path, sample_truth):
    path = relaid(tmp_path / "a.xlsx", lambda title, rows: [[rows[0][0], 0]] if title == standard.META_SHEET else rows)
    assert truth(path) == sample_truth


def as_ods(path: Path, source: Path) -> Path:
    """Write the values of a workbook as an OpenDocument table."""
    workbook = openpyxl.load_workbook(source, data_only=True)

    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        kind = f'float" office:value="{value}' if isinstance(value, (int, float)) else "string"
        return f'<table:table-cell office:value-type="{kind}"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    tables = "".join(
        f'<table:table table:name="{sheet.title}">'
        + "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in sheet.values)
        + "</table:table>"
        for sheet in workbook.worksheets
    )
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = f"<office:document-content{names}><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


@pytest.mark.parametrize("actual", [96, 0.96])
def test_open_document_is_read(actual, tmp_path, capsys):
    """Also where a number under % is asked about: its format cannot be looked up there."""
    rows = clean_rows()
    rows["actuals"][1]["actual"] = actual
    path = as_ods(tmp_path / "a.ods", write(tmp_path / "a.xlsx", rows))
    status, data, _ = call(capsys, "run", path, "-o", tmp_path / "output")
    asked = [("C03", "完成情况", "F4")] if actual < 1 else []
    assert [(f["code"], f["sheet"], f["cell"]) for f in data["findings"]] == asked
    assert status == len(asked)


def damaged(path: Path, member: str) -> Path:
    """Overwrite the packed bytes of one member of a package, so that they cannot be unpacked."""
    with zipfile.ZipFile(path) as package:
        entry = package.getinfo(member)
    data = bytearray(path.read_bytes())
    start = entry.header_offset + 30 + len(entry.filename.encode())
    data[start : start + 8] = b"\xff" * 8
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("member", ["docProps/core.xml", "xl/theme/theme1.xml"])
@pytest.mark.parametrize("actual", [None, 0.96], ids=["marked copy", "number format"])
def test_damage_where_nobody_looks_does_not_stop_the_run(member, actual, tmp_path, capsys):
    """What is filled in can be read; that the marked copy cannot be made of it is no reason to stop."""
    rows = clean_rows()
    rows["actuals"][1]["actual"] = actual
    first = damaged(write(tmp_path / "a.xlsx", rows), member)
    status, data, _ = call(
        capsys,
        "run",
        first,
        write(tmp_path / "b.xlsx", {**clean_rows(), "projects": [PROJECT | {"code": "51172524T000011043676"}]}),
        "-o",
        tmp_path / "output",
    )
    assert status == 1
    assert [f["code"] for f in data["findings"]] == ["B01" if actual is None else "C03"]
    assert [len(book["outputs"]) for book in data["workbooks"]] == [3, 2]


def test_catalogue_of_reading_problems_is_chinese():
    for reason, mend in READ_PROBLEMS.values():
        assert re.search("[\u4e00-\u9fff]", reason)
        assert re.search("[\u4e00-\u9fff]", mend)
        assert escape(reason) == reason


def test_json_of_a_finding_equals_the_finding(tmp_path, capsys):
    rows = clean_rows()
    rows["actuals"][0]["actual"] = None
    path = write(tmp_path / "a.xlsx", rows)
    _, data, _ = call(capsys, "check", path)
    (found,) = findings_of(path)
    assert data["findings"] == [
        json.loads(json.dumps({name: getattr(found, name) for name in Finding.__dataclass_fields__}))
    ]
