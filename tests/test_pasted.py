"""S13: what pasting destroyed is reported by range, and nothing is reported that pasting did not destroy."""

import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from workbooks import SAMPLE, TEMPLATE, clean_rows, findings_of, rows_of, spoil, write

import perf_excel
from perf_excel.names import column_letter
from perf_excel.workbook import standard
from perf_excel.workbook.cells import blocks, column_number, runs, say_rows, shortest
from perf_excel.workbook.dressing import dressing, number_formats, percentages
from perf_excel.workbook.template import Content, write_filled

CLEAN = {"unit_name": "测试单位", "year": 2024, "finance_head": "李某"}


def filled(path: Path, rows=None, source: bytes | None = None) -> Path:
    """Write the clean workbook, or one with these rows, with all the room of the template."""
    path.write_bytes(source or write_filled(Content(CLEAN, clean_rows() if rows is None else rows)))
    return path


def many(count: int = 8):
    """Rows of a workbook with one project and so many indicators."""
    rows = clean_rows()
    one = ("产出指标", "数量指标", "＝", "5", "台", 90 / count, "5")
    rows["indicators"], rows["actuals"] = rows_of([one] * count)
    return rows


def uncover(path: Path, sheet: str, cells: str) -> Path:
    """Take the validations away from a block of cells, as pasting does."""
    workbook = openpyxl.load_workbook(path)
    gone = set(CellRange(cells).cells)
    for rule in workbook[sheet].data_validations.dataValidation:
        kept = [cell for part in rule.sqref.ranges for cell in part.cells if cell not in gone]
        rule.sqref = MultiCellRange(shortest(f"{column_letter(at - 1)}{row}" for row, at in kept).replace(",", " "))
    workbook.save(path)
    return path


def unformat(path: Path, sheet: str, cells: str, code: str = "General") -> Path:
    """Give cells another number format, as pasting does."""
    workbook = openpyxl.load_workbook(path)
    for row in workbook[sheet][cells]:
        for cell in row:
            cell.number_format = code
    workbook.save(path)
    return path


def pasted(*paths: Path) -> list[tuple[str, str, str]]:
    """Return (sheet, cell, title of the entry) of what was pasted over."""
    kinds = {"下拉框": "rule", "文本格式": "format", "印好": "keys"}
    return [
        (item.sheet, item.cell, next(kind for word, kind in kinds.items() if word in item.message))
        for item in findings_of(*paths)
        if item.code == "S13"
    ]


# ---------------------------------------------------------------- drop-downs


def test_a_drop_down_that_is_gone_is_reported_by_range(tmp_path):
    rows = clean_rows()
    rows["funds"] *= 4
    path = uncover(filled(tmp_path / "a.xlsx", rows), "项目资金", "B3:B5")
    found = [item for item in findings_of(path) if item.code == "S13"]
    assert [(item.sheet, item.cell, item.severity) for item in found] == [("项目资金", "B3:B5", "可优化")]
    assert "“资金来源”第3行到第5行" in found[0].message
    assert "数值" in found[0].fix


def test_a_pasted_block_is_one_finding(tmp_path):
    path = uncover(filled(tmp_path / "a.xlsx", many()), "绩效指标", "B3:F7")
    assert pasted(path) == [("绩效指标", "B3:D7,F3:F7", "rule")]


def test_only_rows_that_hold_data_are_reported(tmp_path):
    path = uncover(filled(tmp_path / "a.xlsx", many(3)), "绩效指标", "C4:C300")
    assert pasted(path) == [("绩效指标", "C4:C5", "rule")]


def test_a_column_pasted_over_as_a_whole(tmp_path):
    path = uncover(filled(tmp_path / "a.xlsx"), "项目资金", "B1:B1000")
    assert pasted(path) == [("项目资金", "B3", "rule")]


def test_rows_typed_below_the_room_of_the_template_were_never_covered(tmp_path):
    path = filled(tmp_path / "a.xlsx", many())
    below = standard.INDICATORS.room + standard.FIRST_ROW + 2
    rows = {"A": "ZB901", "B": 1, "C": "产出指标", "D": "数量指标", "E": "补充", "F": "＝", "G": "5", "I": 1}
    assert pasted(spoil(path, path, **{f"绩效指标_{letter}{below}": value for letter, value in rows.items()})) == []


def test_a_workbook_of_another_program_without_validations_is_left_alone(tmp_path):
    path = filled(tmp_path / "a.xlsx", many())
    workbook = openpyxl.load_workbook(path)
    for sheet in workbook.worksheets:
        sheet.data_validations.dataValidation.clear()
    workbook.save(path)
    assert pasted(path) == []


def test_a_workbook_with_a_single_drop_down_of_its_own_is_left_alone(tmp_path):
    path = filled(tmp_path / "a.xlsx", many())
    workbook = openpyxl.load_workbook(path)
    for sheet in workbook.worksheets:
        rules = sheet.data_validations.dataValidation
        rules[:] = [rule for rule in rules if "F3" in rule.sqref and rule.type == "list"]
    workbook.save(path)
    assert pasted(path) == []


# ---------------------------------------------------------------- text formats


def test_a_text_format_that_is_gone_is_reported_by_range(tmp_path):
    path = unformat(filled(tmp_path / "a.xlsx", many()), "完成情况", "F4:F6")
    found = [item for item in findings_of(path) if item.code == "S13"]
    assert [(item.sheet, item.cell) for item in found] == [("完成情况", "F4:F6")]
    assert "实际完成值" in found[0].message


def test_the_only_code_of_a_workbook_counts(tmp_path):
    path = unformat(filled(tmp_path / "a.xlsx"), "项目信息", "B3:B3", "0.00E+00")
    assert pasted(path) == [("项目信息", "B3", "format")]


def test_blank_cells_and_columns_that_need_no_text_format_are_left_alone(tmp_path):
    path = unformat(filled(tmp_path / "a.xlsx", many(3)), "绩效指标", "J3:J9")  # 调整后指标值, blank
    path = unformat(path, "绩效指标", "H3:H9")  # 度量单位
    assert pasted(unformat(path, "项目信息", "C3:C9")) == []


def test_a_column_without_any_text_format_was_made_elsewhere(tmp_path):
    path = unformat(filled(tmp_path / "a.xlsx", many()), "绩效指标", f"G1:G{standard.INDICATORS.room + 2}")
    assert pasted(path) == []


def test_a_percentage_that_is_said_is_not_said_twice(tmp_path):
    rows = clean_rows()
    for row in rows["actuals"]:
        row["actual"] = 0.96
    for row in rows["indicators"]:
        row["unit"] = "%"
    path = unformat(filled(tmp_path / "a.xlsx", rows), "完成情况", "F3:F7", "0%")
    assert pasted(path) == []


# ---------------------------------------------------------------- pre-printed keys


def keyed(path: Path, keys: dict[int, str], sheet: str = "绩效指标", count: int = 8) -> Path:
    return spoil(filled(path, many(count)), path, **{f"{sheet}_A{row}": key for row, key in keys.items()})


def test_a_run_of_keys_that_were_replaced_is_reported(tmp_path):
    path = keyed(tmp_path / "a.xlsx", {4: "1.1", 5: "1.2", 6: "1.3"})
    found = [item for item in findings_of(path) if item.code == "S13"]
    assert [(item.sheet, item.cell) for item in found] == [("绩效指标", "A4:A6")]
    assert "1.1" in found[0].message


def test_a_run_of_keys_pasted_a_second_time_is_reported(tmp_path):
    keys = {row: f"ZB00{row - 5}" for row in range(6, 9)}
    assert ("绩效指标", "A6:A8", "keys") in pasted(keyed(tmp_path / "a.xlsx", keys))


@pytest.mark.parametrize(
    "keys",
    [
        {4: "1.1", 5: "1.2"},  # two: each is named where nothing stands for it on the other sheet
        {4: "ZB006", 5: "ZB007", 6: "ZB008", 8: "ZB002", 9: "ZB003", 10: "ZB004"},  # sorted
        {4: "zb 002", 5: "ＺＢ003", 6: "ZB004 "},
        {},
    ],
)
def test_other_keys_are_left_alone(tmp_path, keys):
    assert pasted(keyed(tmp_path / "a.xlsx", keys)) == []


def test_rows_below_the_printed_ones_have_keys_of_their_own(tmp_path):
    rows = many(6)
    for sheet in ("indicators", "actuals"):
        for number, row in enumerate(rows[sheet][2:], start=1):
            row["indicator_no"] = f"新增{number}"
    assert pasted(write(tmp_path / "a.xlsx", rows)) == []  # without room: no printed key stands below


# ---------------------------------------------------------------- no false alarms


@pytest.mark.parametrize("source", [SAMPLE, TEMPLATE], ids=["sample", "template"])
def test_what_the_program_ships_is_quiet(source, tmp_path):
    assert pasted(source) == []
    assert pasted(spoil(tmp_path / "a.xlsx", source)) == []  # loaded and saved by openpyxl


def test_what_the_program_writes_is_quiet_when_it_is_read_again(tmp_path):
    perf_excel.run(SAMPLE, tmp_path / "output")
    written = [path for path in (tmp_path / "output").rglob("*.xlsx") if not path.name.startswith("汇总表")]
    assert len(written) == 2
    for path in written:
        assert pasted(path) == [], path.name


def test_a_file_saved_by_libreoffice_is_quiet_and_still_tells_what_is_gone(soffice, tmp_path):
    spoiled = uncover(filled(tmp_path / "gone.xlsx", many()), "绩效指标", "C4:C6")
    unformat(spoiled, "绩效指标", "G4:G6")
    command = [soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
    for path in (SAMPLE, spoiled):
        subprocess.run([*command, "--outdir", tmp_path / "saved", path], check=True, capture_output=True, timeout=180)
    assert pasted(tmp_path / "saved" / SAMPLE.name) == []
    assert sorted(pasted(tmp_path / "saved" / "gone.xlsx")) == [
        ("绩效指标", "C4:C6", "rule"),
        ("绩效指标", "G4:G6", "format"),
    ]


def rewritten(path: Path, change) -> Path:
    """Change the stored parts of the sheets, as other programs write them."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, change(data) if name.startswith("xl/worksheets/sheet") else data)
    return path


def test_rules_over_whole_columns_are_understood(tmp_path):
    def change(data: bytes) -> bytes:
        return data.replace(b'sqref="C3:C502"', b'sqref="C3:C10 C11:C1048576"')

    assert pasted(rewritten(filled(tmp_path / "a.xlsx", many()), change)) == []


def test_rules_in_the_extension_of_newer_programs_are_understood():
    sheet = (
        b'<worksheet><sheetData><row r="3"><c r="B3" s="1"><v>1</v></c></row></sheetData><extLst><ext>'
        b'<x14:dataValidations count="2"><x14:dataValidation type="list" prompt="a &gt; b"><x14:formula1><xm:f>X!$A$1'
        b"</xm:f></x14:formula1><xm:sqref>B3:B9 B12</xm:sqref></x14:dataValidation>"
        b"<x14:dataValidation><xm:sqref>C3:C9</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
    )
    assert dressing(sheet, [], {}).rules == (("list", (1, 3, 1, 9)), ("list", (1, 12, 1, 12)))


def test_number_formats_by_number_and_by_code():
    styles = (
        b'<styleSheet><numFmts count="3"><numFmt numFmtId="165" formatCode="@"/>'
        b'<numFmt numFmtId="166" formatCode="0.00"/><numFmt formatCode="[>1]0.0&#37;" numFmtId="167"/></numFmts>'
        b'<cellStyleXfs><xf numFmtId="49"/></cellStyleXfs>'
        b'<cellXfs count="6"><xf numFmtId="0"/><xf numFmtId="49"/><xf numFmtId="165"><alignment/></xf>'
        b'<xf numFmtId="166"/><xf numFmtId="10"/><xf numFmtId="167"/></cellXfs>'
        b'<dxfs><dxf><numFmt numFmtId="166" formatCode="0%"/></dxf></dxfs></styleSheet>'
    )
    assert number_formats(styles) == ["", "@", "@", "0.00", "0.00%", "[>1]0.0%"]
    assert number_formats(b"<styleSheet/>") == []


def test_cells_that_show_percentages():
    sheet = b'<row r="3"><c r="A3"/><c s="1" r="B3"><v>1</v></c><x:c r="C3" s="1"/><c r="D3" s="9"/><c r="E3"/></row>'
    assert percentages(sheet, ["", "0%"], {"A3", "B3", "C3", "D3"}) == ["B3", "C3"]
    assert percentages(sheet, ["0%"], {"E3"}) == ["E3"]
    assert percentages(sheet, [], {"B3"}) == []


# ---------------------------------------------------------------- cells by name


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ("H5 H6 H7 H8 H9 K3", "H5:H9,K3"),
        ("H5 I5 J5", "H5:J5"),
        ("A1", "A1"),
        ("AA3 Z3 B4", "B4,Z3:AA3"),
        ("B3 C3 D3 B4 C4 D4 F4", "B3:D4,F4"),
        ("B9 B3 B3", "B3,B9"),
    ],
)
def test_the_shortest_list_of_cells(cells, text):
    assert shortest(cells.split()) == text


def test_cells_by_name():
    assert shortest([]) == ""
    assert [column_number(letters) for letters in ("A", "Z", "AA", "XFD")] == [0, 25, 26, 16383]
    assert blocks("B3:B5 $C$7 D:D 2:3 #REF!") == [
        (1, 3, 1, 5),
        (2, 7, 2, 7),
        (3, 1, 3, 1048576),
        (0, 2, 16383, 3),
    ]
    assert runs([5, 3, 4, 9, 3]) == [(3, 5), (9, 9)]
    assert say_rows([(3, 5), (9, 9)]) == "第3行到第5行、第9行"
    assert say_rows([(n, n) for n in (1, 3, 5, 7)]) == "第1行、第3行、第5行等4处"
