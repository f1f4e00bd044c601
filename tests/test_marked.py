"""The marked copy: marks go when the fault is mended, wherever rows have moved, and nothing of the user's own is lost."""

import copy
import hashlib
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Color, GradientFill, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from workbooks import FUND, PROJECT, SAMPLE, cell_of, clean_rows, rows_of, write

import perf_excel
from perf_excel.findings import Finding, Severity
from perf_excel.pipeline import evaluate
from perf_excel.render import findings_sheet, memory
from perf_excel.render.findings_sheet import HEADS, TITLE
from perf_excel.render.marked import marked_copy

OURS = {colour.lstrip("#") for colour in findings_sheet.COLOURS.values()}
HIDDEN = "标注前"


def mark(path: Path, target: Path, earlier=(), findings=None, **options) -> Path:
    """Write the marked copy of a workbook; its suffix may become another one."""
    evaluation = evaluate([path])
    source = evaluation.batch.sources[0]
    projects = evaluation.batch.tables["projects"]
    names = {(0, number): name for number, name in projects.rows("project_no", "name")}
    unit = source.settings.get("unit_name") or ""
    listed = evaluation.findings if findings is None else findings
    data, suffix = marked_copy(path, listed, names, source.layouts, earlier, unit=unit, **options)
    target = target.with_suffix(suffix)
    target.write_bytes(data)
    return target


def book_with_three(path: Path, change=None) -> Path:
    """A clean workbook with three projects; `change(rows)` spoils it."""
    rows: dict = {"projects": [], "funds": [], "indicators": [], "actuals": []}
    for number in (1, 2, 3):
        code = f"51172524T{number:012d}"
        texts = {key: f"{PROJECT[key]}（第{number}个）" for key in ("goal", "goal_result", "conclusion", "problems")}
        rows["projects"].append(PROJECT | texts | {"project_no": number, "code": code, "name": f"项目{number}"})
        rows["funds"].append(FUND | {"project_no": number})
        targets, actuals = rows_of(project_no=number, first=5 * number - 4)
        rows["indicators"] += targets
        rows["actuals"] += actuals
    if change:
        change(rows)
    return write(path, rows)


def edit(path: Path, change, target: Path | None = None) -> Path:
    """Let a person work on a workbook."""
    workbook = openpyxl.load_workbook(path)
    change(workbook)
    stream = io.BytesIO()
    workbook.save(stream)
    (target or path).write_bytes(stream.getvalue())
    return target or path


def arrange(sheet, order, first: int = 3) -> None:
    """Put rows into another order, with styles and comments, as spreadsheet programs do; None is an inserted row."""
    width = sheet.max_column
    rows = {
        row: [
            (cell.value, copy.copy(cell._style), copy.copy(cell.comment) if cell.comment else None)
            for cell in (sheet.cell(row, column) for column in range(1, width + 1))
        ]
        for row in range(first, sheet.max_row + 1)
    }
    sheet.delete_rows(first, sheet.max_row)
    for row, old in enumerate(order, start=first):
        for column, (value, style, said) in enumerate(rows[old] if old else (), start=1):
            cell = sheet.cell(row, column)
            cell.value, cell._style = value, style
            if said is not None:
                cell.comment = said


def look(cell):
    """What a person sees behind the value of a cell."""
    said = cell.comment
    fill = copy.copy(cell.fill)
    return repr(fill), (said.text, said.author) if said is not None else None


def looks(path: Path, sheet: str, key_columns=(1,)) -> dict:
    """The looks of a sheet's cells by row key and column."""
    stored = openpyxl.load_workbook(path)[sheet]
    found = {}
    for row in range(3, stored.max_row + 1):
        key = tuple(str(stored.cell(row, column).value) for column in key_columns)
        for column in range(1, stored.max_column + 1):
            found[key, column] = look(stored.cell(row, column))
    return found


def ours_in(path: Path) -> list[str]:
    """The cells that carry a comment of ours."""
    workbook = openpyxl.load_workbook(path)
    return [
        f"{sheet.title}!{cell.coordinate}"
        for sheet in workbook.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if memory.is_ours(cell.comment)
    ]


def lines_of(path: Path) -> list[dict]:
    """The lines of 问题清单 by title."""
    rows = list(openpyxl.load_workbook(path)[TITLE].iter_rows(min_row=4, values_only=True))
    return [dict(zip(HEADS, (value if value is not None else "" for value in row), strict=False)) for row in rows]


OWN_FILLS = {
    3: PatternFill("solid", fgColor="00CCFF"),
    4: PatternFill("solid", fgColor=Color(theme=4, tint=0.4)),
    5: PatternFill("lightUp", fgColor=Color(indexed=10), bgColor="FFFF00"),
    6: GradientFill(degree=90, stop=(Color("FFFFFF"), Color("FF0000"))),
    7: PatternFill("solid", fgColor="F8CBAD"),  # one of our own colours, put there by a person
}


def furnish(workbook) -> None:
    """Make a workbook somebody's own: fills, comments, drop-downs, widths, conditional formats."""
    sheet = workbook["完成情况"]
    for row, fill in OWN_FILLS.items():
        sheet.cell(row, 6).fill = copy.copy(fill)
    sheet["F3"].comment = Comment("王工：\n\n三月核对过", "王工", height=210, width=333)
    sheet["F9"].comment = Comment("不要动", "王工", height=50, width=60)
    sheet.column_dimensions["F"].width = 27.5
    sheet.conditional_formatting.add("F3:F9", CellIsRule("equal", ["5"], fill=PatternFill("solid", bgColor="00FF00")))
    offered = DataValidation("list", formula1='"甲,乙"')
    offered.add("P3:P9")
    sheet.add_data_validation(offered)
    funds = workbook["项目资金"]
    funds["H4"].fill = PatternFill("solid", fgColor="ABCDEF")
    funds["H4"].comment = Comment("附件二", "李工")


FAULTS = {"F3": "约5", "F4": "约96", "F5": "约28", "F6": None, "F7": "约92", "F9": "约96"}
MENDED = {"F3": "5", "F4": "96", "F5": "28", "F6": "明显改善", "F7": "92", "F9": "96"}


@pytest.fixture
def furnished(tmp_path):
    """A workbook of somebody's own with faults in it."""

    def change(workbook):
        furnish(workbook)
        for cell, value in FAULTS.items():
            workbook["完成情况"][cell].value = value
        workbook["项目资金"]["H4"].value = "约17"

    return edit(book_with_three(tmp_path / "a.xlsx"), change)


def a_finding(code="B01", sheet="完成情况", cell="F3", message="没有填。", severity=Severity.MUST, project_no=1):
    return Finding(code, severity, 0, sheet, cell, project_no, message, "依据", "填上。")


ONE, TWO, THREE = (
    a_finding(cell=f"F{row}", message=f"问题{word}。") for row, word in ((3, "甲"), (4, "乙"), (5, "丙"))
)


@pytest.fixture
def book(tmp_path):
    return book_with_three(tmp_path / "a.xlsx")


def mend(workbook) -> None:
    for cell, value in MENDED.items():
        workbook["完成情况"][cell].value = value
    workbook["项目资金"]["H4"].value = 17.28


def nothing(workbook) -> None:
    pass


def inserted(workbook) -> None:
    arrange(workbook["完成情况"], [None, 3, 4, None, None, *range(5, 18)])
    arrange(workbook["项目资金"], [None, 3, 4, 5])


def sorted_backwards(workbook) -> None:
    arrange(workbook["完成情况"], range(17, 2, -1))
    arrange(workbook["项目资金"], [5, 4, 3])


def deleted(workbook) -> None:
    arrange(workbook["完成情况"], [4, 6, 7, *range(9, 18)])
    arrange(workbook["项目资金"], [4, 5])


def line_above(workbook) -> None:
    """A line more above the titles."""
    for title in ("完成情况", "项目资金"):
        sheet = workbook[title]
        arrange(sheet, [None, *range(1, sheet.max_row + 1)], first=1)


@pytest.mark.parametrize("mended", [True, False], ids=["mended", "not mended"])
@pytest.mark.parametrize("move", [nothing, inserted, sorted_backwards, deleted, line_above])
def test_two_runs_leave_no_trace(furnished, tmp_path, move, mended):
    before = {sheet: looks(furnished, sheet) for sheet in ("完成情况", "项目资金")}
    first = mark(furnished, tmp_path / "a_问题标注.xlsx")
    marked = ours_in(first)
    assert {f"完成情况!{cell}" for cell in FAULTS} | {"项目资金!H4"} <= set(marked)

    def work(workbook):
        if mended:
            mend(workbook)
        move(workbook)

    edit(first, work)
    again = mark(first, tmp_path / "b_问题标注.xlsx", findings=[])
    assert ours_in(again) == []
    workbook = openpyxl.load_workbook(again)
    assert HIDDEN not in workbook.sheetnames
    for sheet, then in before.items():
        now = looks(again, sheet)
        assert {key: now[key] for key in now.keys() & then.keys()} == {
            key: then[key] for key in now.keys() & then.keys()
        }
    sheet = workbook["完成情况"]
    assert sheet.column_dimensions["F"].width == 27.5
    assert [str(block.sqref) for block in sheet.conditional_formatting] == ["F3:F9"]
    assert any(rule.formula1 == '"甲,乙"' for rule in sheet.data_validations.dataValidation)


def sizes(path: Path) -> list[tuple[str, str]]:
    """Width and height of every comment, from the drawings behind them."""
    with zipfile.ZipFile(path) as package:
        drawings = [package.read(name).decode() for name in package.namelist() if name.endswith(".vml")]
    return re.findall(r"width:([\d.]+)px;height:([\d.]+)px", "".join(drawings))


def test_comments_keep_their_sizes(furnished, tmp_path):
    first = mark(furnished, tmp_path / "a_问题标注.xlsx")
    again = mark(first, tmp_path / "b_问题标注.xlsx", findings=[])
    assert sorted(sizes(again)) == sorted(sizes(furnished))
    assert ("333", "210") in sizes(again)


def test_a_copy_marked_again_is_the_same_as_marked_once(furnished, tmp_path):
    first = mark(furnished, tmp_path / "a_问题标注.xlsx")
    assert mark(first, tmp_path / "b_问题标注.xlsx").read_bytes() == first.read_bytes()


def test_colours_over_several_findings_and_the_whole_sample(tmp_path):
    """Every cell of the sample looks as before after marking, taking the marks away and marking again."""
    first = mark(SAMPLE, tmp_path / "a_问题标注.xlsx")
    again = mark(first, tmp_path / "b.xlsx")
    assert again.read_bytes() == first.read_bytes()
    clean = openpyxl.load_workbook(mark(again, tmp_path / "c.xlsx", findings=[]))
    for sheet in openpyxl.load_workbook(SAMPLE).worksheets:
        now = {cell.coordinate: look(cell) for row in clean[sheet.title].iter_rows() for cell in row}
        assert now == {cell.coordinate: look(cell) for row in sheet.iter_rows() for cell in row}


def test_the_key_itself_is_mended(tmp_path):
    """A blank 资金来源 is part of its row's key: once it is filled in, the row has another key, and may have moved."""

    def change(workbook):
        workbook["项目资金"]["B4"].value = None
        workbook["项目资金"]["B4"].fill = copy.copy(OWN_FILLS[4])
        workbook["项目资金"]["B4"].comment = Comment("问过财政", "李工")

    book = edit(book_with_three(tmp_path / "a.xlsx"), change)
    first = mark(book, tmp_path / "a_问题标注.xlsx")
    assert "项目资金!B4" in ours_in(first)

    def work(workbook):
        workbook["项目资金"]["B4"].value = "财政拨款"
        arrange(workbook["项目资金"], [5, None, 3, 4])

    again = mark(edit(first, work), tmp_path / "b.xlsx", findings=[])
    sheet = openpyxl.load_workbook(again)["项目资金"]
    assert ours_in(again) == []
    assert look(sheet["B6"]) == (repr(OWN_FILLS[4]), ("问过财政", "李工"))


def test_a_copied_row_gets_rid_of_the_mark_too(furnished, tmp_path):
    first = mark(furnished, tmp_path / "a_问题标注.xlsx")
    edit(first, lambda workbook: arrange(workbook["项目资金"], [3, 4, 4, 5]))
    again = mark(first, tmp_path / "b.xlsx", findings=[])
    assert ours_in(again) == []
    sheet = openpyxl.load_workbook(again)["项目资金"]
    assert {sheet[cell].fill.fgColor.rgb for cell in ("H4", "H5")} == {"00ABCDEF"}


def test_what_a_person_changed_since_stays(furnished, tmp_path):
    first = mark(furnished, tmp_path / "a_问题标注.xlsx")

    def work(workbook):
        sheet = workbook["完成情况"]
        sheet["F3"].fill = PatternFill("solid", fgColor="123456")
        for cell, text in (("F3", "已请示领导"), ("F4", "这里也问过")):
            said = sheet[cell].comment.text
            sheet[cell].comment = Comment(f"{said}\n{text}", memory.AUTHOR)
        sheet["F5"].comment = Comment("换成我的", "赵工")
        sheet["F9"].comment = None

    again = mark(edit(first, work), tmp_path / "b.xlsx", findings=[])
    sheet = openpyxl.load_workbook(again)["完成情况"]
    assert sheet["F3"].fill.fgColor.rgb[-6:] == "123456"
    assert sheet["F3"].comment.text.split("\n")[-1] == "已请示领导"
    assert sheet["F3"].comment.text.startswith("王工：")
    assert sheet["F3"].comment.author == "王工"
    assert sheet["F4"].comment.text == "这里也问过"
    assert (sheet["F5"].comment.text, sheet["F5"].comment.author) == ("换成我的", "赵工")
    assert sheet["F9"].comment.text == "不要动"
    assert ours_in(again) == []


def test_a_program_that_writes_plain_text_as_rich_text_does_not_hide_the_marks(furnished, tmp_path):
    """LibreOffice gives every change between Chinese and Latin letters a font of its own."""
    first = mark(furnished, tmp_path / "a_问题标注.xlsx")

    def work(workbook):
        for row in workbook[HIDDEN].iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    half = len(cell.value) // 2
                    cell.value = CellRichText(TextBlock(InlineFont(sz=11), cell.value[:half]), cell.value[half:])

    again = mark(edit(first, work), tmp_path / "b.xlsx", findings=[])
    sheet = openpyxl.load_workbook(again)["完成情况"]
    assert [look(sheet.cell(row, 6))[0] for row in OWN_FILLS] == [repr(fill) for fill in OWN_FILLS.values()]


def test_text_in_several_fonts_stays(book, tmp_path):
    def change(workbook):
        workbook["项目信息"]["N3"].value = CellRichText("设备", TextBlock(InlineFont(b=True), "全年"), "正常运行")

    made = mark(edit(book, change), tmp_path / "b.xlsx", findings=[ONE])
    value = openpyxl.load_workbook(made, rich_text=True)["项目信息"]["N3"].value
    assert isinstance(value, CellRichText) and str(value) == "设备全年正常运行"


def test_marks_go_also_without_the_hidden_sheet(furnished, tmp_path):
    first = mark(furnished, tmp_path / "a_问题标注.xlsx")

    def work(workbook):
        del workbook[HIDDEN]

    again = mark(edit(first, work), tmp_path / "b.xlsx", findings=[])
    sheet = openpyxl.load_workbook(again)["完成情况"]
    assert ours_in(again) == []
    assert sheet["F4"].fill.fill_type is None
    assert "王工" in sheet["F3"].comment.text


@pytest.mark.parametrize("author", ["", "None", "微软用户"])
def test_marks_are_known_by_their_shape_where_the_author_is_lost(furnished, tmp_path, author):
    first = mark(furnished, tmp_path / "a_问题标注.xlsx")

    def work(workbook):
        for sheet in workbook.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.comment is not None:
                        cell.comment = Comment(cell.comment.text.replace("\n", "\r\n"), author)

    again = mark(edit(first, work), tmp_path / "b.xlsx", findings=[])
    assert ours_in(again) == []
    sheet = openpyxl.load_workbook(again)["完成情况"]
    assert look(sheet["F3"])[1] == ("王工：\n\n三月核对过", "王工")
    assert sheet["F4"].comment is None


@pytest.mark.parametrize(
    "text", ["【必须修改】请看这里", "必须修改：改法：重填", "【建议修改】B13", "见【必须修改】B01\n一\n改法：二"]
)
def test_comments_of_a_person_are_not_taken_for_ours(text):
    assert not memory.is_ours(Comment(text, "王工"))


def test_sheets_of_the_user_with_our_titles_stay(furnished, tmp_path):
    def change(workbook):
        for title in (TITLE, HIDDEN):
            workbook.create_sheet(title)["A1"] = "我的"

    edit(furnished, change)
    first = mark(furnished, tmp_path / "a_问题标注.xlsx")
    again = mark(first, tmp_path / "b.xlsx")
    assert again.read_bytes() == first.read_bytes()
    workbook = openpyxl.load_workbook(again)
    assert [workbook[title]["A1"].value for title in (TITLE, HIDDEN)] == ["我的"] * 2
    assert sum(sheet.sheet_state == "veryHidden" for sheet in workbook.worksheets) == 3  # 版本 and ours
    assert ours_in(mark(again, tmp_path / "c.xlsx", findings=[])) == []


# ---------------------------------------------------------------- what is said, and where


def test_links_jump_to_the_first_cell_of_any_sheet(tmp_path):
    def change(workbook):
        workbook.create_sheet("王工's 表")

    book = edit(book_with_three(tmp_path / "a.xlsx"), change)
    findings = [
        a_finding(sheet="王工's 表", cell="B2:B9"),
        a_finding(cell="J3,K4"),
        a_finding(sheet="不存在", cell="A1"),
    ]
    sheet = openpyxl.load_workbook(mark(book, tmp_path / "b.xlsx", findings=findings))[TITLE]
    links = [sheet.cell(row, 6).hyperlink for row in (4, 5, 6)]
    assert [link and link.location for link in links] == ["'王工''s 表'!B2", "'完成情况'!J3", None]


def test_the_first_cell_of_a_range_tells_it_whole(tmp_path):
    book = book_with_three(tmp_path / "a.xlsx")
    findings = [a_finding(cell="L3:L9,K4", message="没有写佐证材料。", severity=Severity.SHOULD)]
    sheet = openpyxl.load_workbook(mark(book, tmp_path / "b.xlsx", findings=findings))["完成情况"]
    assert sheet["L3"].comment.text == "【建议修改】B01\n没有写佐证材料。\n改法：填上。"
    assert {sheet[f"L{row}"].comment.text for row in range(4, 10)} == {"【建议修改】B01\n同L3：没有写佐证材料。"}
    assert all(sheet[cell].fill.fgColor.rgb[-6:] == "FFD966" for cell in ("L3", "L9", "K4"))


def test_a_cell_with_ten_findings_refers_to_the_list(tmp_path):
    book = book_with_three(tmp_path / "a.xlsx")
    findings = [a_finding(message=f"第{n}处。", severity=Severity.COULD) for n in range(9)] + [
        a_finding(message="要紧。")
    ]
    said = openpyxl.load_workbook(mark(book, tmp_path / "b.xlsx", findings=findings))["完成情况"]["F3"]
    assert said.comment.text.startswith("【必须修改】B01\n要紧。")
    assert said.comment.text.endswith("这一格共有10个问题，其余7个见“问题清单”。")
    assert said.fill.fgColor.rgb[-6:] == "F8CBAD"


def test_a_merged_block_is_marked_on_its_first_cell(tmp_path):
    book = edit(book_with_three(tmp_path / "a.xlsx"), lambda workbook: workbook["完成情况"].merge_cells("L3:L5"))
    sheet = openpyxl.load_workbook(mark(book, tmp_path / "b.xlsx", findings=[a_finding(cell="L4")]))["完成情况"]
    assert memory.is_ours(sheet["L3"].comment)


def test_a_cell_that_is_not_stored_looks_like_its_column(tmp_path):
    """A 21-digit code typed into a marked cell of a text column must not turn into a number."""

    def change(workbook):
        sheet = workbook["完成情况"]
        sheet.column_dimensions["P"].number_format = "@"
        sheet.column_dimensions["P"].fill = PatternFill("solid", fgColor="00CCFF")

    book = edit(book_with_three(tmp_path / "a.xlsx"), change)
    first = mark(book, tmp_path / "b.xlsx", findings=[a_finding(cell="P30")])
    assert openpyxl.load_workbook(first)["完成情况"]["P30"].number_format == "@"
    again = openpyxl.load_workbook(mark(first, tmp_path / "c.xlsx", findings=[]))["完成情况"]
    assert again["P30"].fill.fgColor.rgb == "0000CCFF"


def test_a_thousand_findings_are_still_usable(tmp_path):
    book = book_with_three(tmp_path / "a.xlsx")
    severities = [Severity.MUST] * 400 + [Severity.SHOULD] * 400 + [Severity.COULD] * 200
    findings = [
        a_finding(cell=f"F{3 + n}", message=f"第{n}个问题，" + "要说的话很长，" * (n % 20), severity=severity)
        for n, severity in enumerate(severities)
    ]
    made = mark(book, tmp_path / "b.xlsx", findings=findings)
    assert made.stat().st_size < 400_000
    sheet = openpyxl.load_workbook(made)[TITLE]
    assert [row[0] for row in sheet.iter_rows(min_row=4, values_only=True)] == list(range(1, 1001))
    assert (sheet.auto_filter.ref, sheet.freeze_panes, sheet.print_title_rows) == ("A3:K1003", "A4", "$3:$3")
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    assert {sheet.cell(row, 2).fill.fgColor.rgb[-6:] for row in (4, 403)} == {"F8CBAD"}
    assert sheet.cell(404, 2).fill.fgColor.rgb[-6:] == "FFD966"
    assert sheet.row_dimensions[4 + 19].height > sheet.row_dimensions[4].height


# ---------------------------------------------------------------- 复核意见 and 整改情况


def type_into(path: Path, remarks: dict[str, tuple[str, str]], target: Path | None = None) -> Path:
    """Let a person type into the list: remarks by a part of the message."""

    def change(workbook):
        sheet = workbook[TITLE]
        for row in range(4, sheet.max_row + 1):
            for part, (review, mending) in remarks.items():
                if part in str(sheet.cell(row, 7).value):
                    sheet.cell(row, 10).value, sheet.cell(row, 11).value = review or None, mending or None

    return edit(path, change, target)


def typed(path: Path) -> list[tuple[str, str, str, str]]:
    """The lines with remarks: (级别, 问题, 复核意见, 整改情况)."""
    keys = ("级别", "问题", "复核意见", "整改情况")
    return [tuple(line[key] for key in keys) for line in lines_of(path) if line["复核意见"] or line["整改情况"]]


@pytest.mark.parametrize("by", ["input", "earlier copy"])
def test_remarks_are_carried_over(book, tmp_path, by):
    first = mark(book, tmp_path / "a_问题标注.xlsx", findings=[ONE, TWO, THREE])
    type_into(first, {"问题甲": ("不同意", ""), "问题丙": ("同意", "已补")})
    order = [THREE, ONE, TWO]
    if by == "input":
        again = mark(first, tmp_path / "b.xlsx", findings=order)
    else:
        again = mark(book, tmp_path / "b.xlsx", [first], findings=order)
    assert typed(again) == [("必须修改", "问题丙。", "同意", "已补"), ("必须修改", "问题甲。", "不同意", "")]


def test_remarks_of_mended_findings_stay_at_the_end_and_are_not_doubled(book, tmp_path):
    first = mark(book, tmp_path / "a_问题标注.xlsx", findings=[ONE, TWO])
    type_into(first, {"问题甲": ("要改", "已改")})
    second = mark(book, tmp_path / "a_问题标注_2.xlsx", [first], findings=[TWO])
    third = mark(second, tmp_path / "a_问题标注_3.xlsx", [second, first], findings=[TWO])
    for made in (second, third):
        assert typed(made) == [("已改好", "问题甲。", "要改", "已改")]
        assert [line["序号"] for line in lines_of(made)] == [1, 2]
        sheet = openpyxl.load_workbook(made)[TITLE]
        assert sheet["F4"].hyperlink is not None and sheet["F5"].hyperlink is None
    back = mark(book, tmp_path / "d.xlsx", [third, second, first], findings=[ONE, TWO])
    assert typed(back) == [("必须修改", "问题甲。", "要改", "已改")]


def test_a_remark_follows_its_cell_where_the_words_have_changed(book, tmp_path):
    first = type_into(mark(book, tmp_path / "a_问题标注.xlsx", findings=[ONE, TWO]), {"问题甲": ("要改", "")})
    other = a_finding(cell="F3", message="问题甲改了说法。")
    assert typed(mark(book, tmp_path / "b.xlsx", [first], findings=[TWO, other])) == [
        ("必须修改", "问题甲改了说法。", "要改", "")
    ]
    of_another_project = a_finding(cell="F3", message="别的项目的问题。", project_no=2)
    assert typed(mark(book, tmp_path / "c.xlsx", [first], findings=[of_another_project])) == [
        ("已改好", "问题甲。", "要改", "")
    ]


def test_equal_findings_keep_their_remarks_apart(book, tmp_path):
    same = [a_finding(cell=f"F{row}", message="没有填。") for row in (3, 4, 5)]
    first = mark(book, tmp_path / "a_问题标注.xlsx", findings=same)

    def change(workbook):
        for row, word in ((4, "一"), (5, "二"), (6, "三")):
            workbook[TITLE].cell(row, 10).value = word

    edit(first, change)
    again = mark(book, tmp_path / "b.xlsx", [first], findings=same[1:])
    assert [line["复核意见"] for line in lines_of(again)] == ["二", "三", "一"]


def test_what_a_person_typed_last_counts(book, tmp_path):
    """A text that was only handed on never stands over one that somebody typed, changed or deleted."""
    first = type_into(mark(book, tmp_path / "a_问题标注.xlsx", findings=[ONE, TWO]), {"问题甲": ("一稿", "")})
    second = mark(book, tmp_path / "a_问题标注_2.xlsx", [first], findings=[ONE, TWO])
    type_into(first, {"问题甲": ("二稿", "")})  # somebody goes on working on the first copy
    assert typed(mark(book, tmp_path / "b.xlsx", [second, first], findings=[ONE, TWO]))[0][2] == "二稿"
    type_into(second, {"问题甲": ("三稿", "")})
    assert typed(mark(book, tmp_path / "c.xlsx", [second, first], findings=[ONE, TWO]))[0][2] == "三稿"
    type_into(second, {"问题甲": ("", "")})
    assert typed(mark(book, tmp_path / "d.xlsx", [second, first], findings=[ONE, TWO])) == []


def test_remarks_of_findings_that_are_not_listed_stay(book, tmp_path):
    first = type_into(mark(book, tmp_path / "a_问题标注.xlsx", findings=[ONE, TWO]), {"问题甲": ("要改", "")})
    second = mark(book, tmp_path / "b.xlsx", [first], findings=[TWO], unlisted=[ONE])
    assert typed(second) == [("未列出", "问题甲。", "要改", "")]
    assert typed(mark(book, tmp_path / "c.xlsx", [second], findings=[ONE, TWO])) == [
        ("必须修改", "问题甲。", "要改", "")
    ]


def test_a_list_that_a_person_has_worked_on_is_still_read(book, tmp_path):
    """Sorted, with lines inserted above and columns between, renamed by nobody."""
    first = type_into(mark(book, tmp_path / "a_问题标注.xlsx", findings=[ONE, TWO]), {"问题乙": ("2024", "已补\n两份")})

    def change(workbook):
        sheet = workbook[TITLE]
        for block in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(block))
        sheet.insert_cols(4)
        sheet.insert_rows(1, 2)

    again = mark(edit(first, change), tmp_path / "b.xlsx", findings=[TWO])
    assert typed(again) == [("必须修改", "问题乙。", "2024", "已补\n两份")]
    assert openpyxl.load_workbook(again).sheetnames.count(TITLE) == 1


def test_a_copy_of_another_unit_with_the_same_file_name_is_left_alone(book, tmp_path):
    rows = clean_rows()
    rows["projects"][0]["name"] = "别的项目"
    other = write(tmp_path / "other.xlsx", rows, {"unit_name": "另一单位"})
    first = type_into(mark(other, tmp_path / "a_问题标注.xlsx", findings=[ONE]), {"问题甲": ("要改", "")})
    assert typed(mark(book, tmp_path / "b.xlsx", [first], findings=[ONE])) == []


def test_earlier_copies_that_cannot_be_read_are_passed_over(book, tmp_path):
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04")
    assert (
        typed(mark(book, tmp_path / "b.xlsx", [tmp_path / "broken.xlsx", tmp_path / "no.xlsx"], findings=[ONE])) == []
    )


def test_remarks_over_whole_runs(tmp_path):
    """Typed into the output folder, carried on from run to run, and the outputs depend on nothing else."""
    rows = clean_rows()
    rows["actuals"][0]["actual"] = rows["actuals"][1]["actual"] = None
    book, output = write(tmp_path / "a.xlsx", rows), tmp_path / "output"
    folder = output / "待修改"
    first = folder / "a_问题标注.xlsx"
    perf_excel.run(book, output)
    type_into(first, {"ZB001": ("要补", ""), "测试指标1": ("要补", ""), "实际完成值": ("要补", "在办")})
    assert typed(first)
    kept = first.read_bytes()
    perf_excel.run(book, output)
    second = folder / "a_问题标注_2.xlsx"
    assert first.read_bytes() == kept
    assert typed(second) == typed(first)
    once = second.read_bytes()
    perf_excel.run(book, output)
    assert second.read_bytes() == once
    assert sorted(path.name for path in folder.iterdir()) == [first.name, second.name]
    rows["actuals"][0]["actual"] = "5"
    write(book, rows)
    perf_excel.run(book, output)
    levels = [line["级别"] for line in lines_of(second)]
    assert levels.count("已改好") == 1 and len(typed(second)) == len(typed(first))


# ---------------------------------------------------------------- what cannot be marked, or not kept


def with_parts(path: Path, parts: dict[str, bytes], change=None) -> Path:
    """Put parts into a package, and change others by `change(name, data)`."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(out, "w") as target:
        for name in package.namelist():
            data = package.read(name)
            target.writestr(name, change(name, data) if change else data)
        for name, data in parts.items():
            target.writestr(name, data)
    path.write_bytes(out.getvalue())
    return path


def note_of(path: Path) -> str:
    return openpyxl.load_workbook(path)[TITLE]["A2"].value


def as_macro_book(path: Path, *, vba: bool = True) -> Path:
    """Make a workbook one with macros."""
    target = path.with_suffix(".xlsm")
    target.write_bytes(path.read_bytes())

    def change(name, data):
        if name == "[Content_Types].xml":
            data = data.replace(
                b"openxmlformats-officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"
            ).replace(b"vnd.ms-excel", b"vnd.ms-excel")
            extra = b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
            data = data.replace(b"</Types>", extra) if vba else data
        if name == "xl/_rels/workbook.xml.rels" and vba:
            link = b'<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/></Relationships>'
            data = data.replace(b"</Relationships>", link)
        return data

    return with_parts(
        target, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0macros", "xl/vbaData.xml": b"<a/>"} if vba else {}, change
    )


@pytest.mark.parametrize("vba", [True, False])
def test_macros_stay(furnished, tmp_path, vba):
    book = as_macro_book(furnished, vba=vba)
    before = hashlib.sha256(book.read_bytes()).digest()
    first = mark(book, tmp_path / "b")
    assert first.suffix == ".xlsm"
    assert hashlib.sha256(book.read_bytes()).digest() == before
    again = mark(first, tmp_path / "c", findings=[a_finding(sheet="参数", cell="B3")])
    for made in (first, again):
        with zipfile.ZipFile(made) as package:
            names = package.namelist()
            assert len(names) == len(set(names))
            assert names == [names[0], *sorted(names[1:])]  # openpyxl takes the parts of macros in any order
            assert b"ms-excel.sheet.macroEnabled.main+xml" in package.read("[Content_Types].xml")
            assert ("xl/vbaProject.bin" in names) == vba
            if vba:
                assert package.read("xl/vbaProject.bin") == b"\xd0\xcf\x11\xe0macros"
            assert (b"vbaProject" in package.read("xl/_rels/workbook.xml.rels")) == vba
    assert ours_in(again) == ["参数!B3"]
    assert openpyxl.load_workbook(again)["完成情况"]["F3"].comment.text == "王工：\n\n三月核对过"


def test_a_workbook_that_openpyxl_cannot_open_gives_the_list_with_the_reason(book, tmp_path):
    spoilt = with_parts(
        book, {}, lambda name, data: data.replace(b"<font>", b'<font><charset val="x"/>') if "styles" in name else data
    )
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is
        openpyxl.load_workbook(spoilt)
    before = spoilt.read_bytes()
    made = mark(spoilt, tmp_path / "b.xlsx", findings=[ONE, TWO])
    assert "没有在表里加标注" in note_of(made)
    assert [line["问题"] for line in lines_of(made)] == ["问题甲。", "问题乙。"]
    assert spoilt.read_bytes() == before
    type_into(made, {"问题乙": ("要改", "")})
    second = mark(spoilt, tmp_path / "c.xlsx", [made], findings=[TWO])
    assert typed(second) == [("必须修改", "问题乙。", "要改", "")]
    type_into(made, {"问题乙": ("改了主意", "")})
    assert typed(mark(spoilt, tmp_path / "d.xlsx", [second, made], findings=[TWO]))[0][2] == "改了主意"


@pytest.mark.parametrize("suffix", [".xls", ".ods"])
def test_other_formats_give_the_list(book, tmp_path, suffix):
    other = tmp_path / f"b{suffix}"
    other.write_bytes(book.read_bytes())
    data, made = marked_copy(other, [ONE], {})
    assert made == ".xlsx"
    (tmp_path / "c.xlsx").write_bytes(data)
    assert "没法加标注" in note_of(tmp_path / "c.xlsx")


DRAWING = b"""<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:oneCellAnchor><xdr:from><xdr:col>1</xdr:col>
<xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext cx="9525" cy="9525"/>
<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="2" name="x"/><xdr:cNvSpPr/></xdr:nvSpPr><xdr:spPr/></xdr:sp>
<xdr:clientData/></xdr:oneCellAnchor></xdr:wsDr>"""


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"xl/drawings/drawing1.xml": DRAWING}, "形状"),
        ({"xl/drawings/drawing1.xml": DRAWING.replace(b"xdr:sp ", b"xdr:pic ")}, "图片"),
        ({"xl/ctrlProps/ctrlProp1.xml": b"<a/>"}, "按钮、复选框等控件"),
        ({"xl/slicers/slicer1.xml": b"<a/>"}, "切片器"),
        ({"xl/cellimages.xml": b"<a/>", "xl/richData/rdrichvalue.xml": b"<a/>"}, "单元格里的图片"),
        ({"customXml/item1.xml": b"<a/>", "customXml/itemProps1.xml": b"<a/>"}, "其他程序存放的数据"),
        ({"xl/webextensions/webextension1.xml": b"<a/>"}, "其他附加内容"),
        ({}, ""),
    ],
)
def test_what_the_copy_may_not_have_whole_is_said(book, tmp_path, parts, words):
    made = mark(with_parts(book, parts), tmp_path / "b.xlsx", findings=[ONE])
    said = f"原文件里的{words}在这份副本里可能不全，请在原文件里改。"
    assert (said in note_of(made)) if words else ("可能不全" not in note_of(made))


def test_pictures_and_charts_that_are_kept_are_not_complained_of(book, tmp_path):
    pytest.importorskip("PIL")
    from openpyxl.chart import BarChart, Reference
    from openpyxl.drawing.image import Image
    from PIL import Image as Picture

    Picture.new("RGB", (9, 9), "red").save(tmp_path / "p.png")

    def change(workbook):
        sheet = workbook["项目资金"]
        chart = BarChart()
        chart.add_data(Reference(sheet, range_string="项目资金!$E$3:$E$5"))
        sheet.add_chart(chart, "N3")
        sheet.add_image(Image(str(tmp_path / "p.png")), "N30")

    made = mark(edit(book, change), tmp_path / "b.xlsx", findings=[ONE])
    assert "可能不全" not in note_of(made)
    with zipfile.ZipFile(made) as package:
        assert {"xl/media/image1.png", "xl/charts/chart1.xml"} <= set(package.namelist())


def test_formulas_keep_what_they_show_so_that_the_copy_is_a_good_input(tmp_path):
    rows = clean_rows()
    rows["actuals"][0]["actual"] = None
    book = write(tmp_path / "a.xlsx", rows)
    target = cell_of("funds", "executed")

    def typed_as_formula(name, data):
        if name.endswith("sheet3.xml"):
            return re.sub(
                rb'<c r="%s"([^>]*)><v>[^<]*</v>' % target.encode(),
                rb'<c r="%s"\1><f>8.64*2</f><v>17.28</v>' % target.encode(),
                data,
            )
        return data.replace(b' fullCalcOnLoad="1"', b"")

    with_parts(book, {}, typed_as_formula)
    made = mark(book, tmp_path / "a_问题标注.xlsx")
    shown, stored = openpyxl.load_workbook(made, data_only=True), openpyxl.load_workbook(made)
    assert (stored["项目资金"][target].value, shown["项目资金"][target].value) == ("=8.64*2", 17.28)
    assert shown["完成情况"]["C3"].value == "测试指标1"
    assert [(f.code, f.cell) for f in evaluate([made]).findings] == [
        (f.code, f.cell) for f in evaluate([book]).findings
    ]


def test_drop_downs_over_several_sheets_stay(book, tmp_path):
    """Excel keeps a list that stands on another sheet in an extension that openpyxl drops."""
    extension = (
        b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" xmlns:x14="http://schemas.microsoft.com/office/'
        b'spreadsheetml/2009/9/main"><x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" '
        b'count="1"><x14:dataValidation type="list"><x14:formula1><xm:f>\xe9\x80\x89\xe9\xa1\xb9!$A$2:$A$3</xm:f>'
        b"</x14:formula1><xm:sqref>M3</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"
    )
    with_parts(
        book, {}, lambda name, data: data.replace(b"</worksheet>", extension) if name.endswith("sheet3.xml") else data
    )
    first = mark(book, tmp_path / "b.xlsx", findings=[ONE])
    again = mark(first, tmp_path / "c.xlsx", findings=[ONE])
    for made in (first, again):
        with zipfile.ZipFile(made) as package:
            found = [name for name in package.namelist() if b"<x14:dataValidation " in package.read(name)]
            assert found == ["xl/worksheets/sheet4.xml"]


def test_what_is_marked_is_shown_also_where_it_was_hidden_or_filtered_away(tmp_path):
    rows = clean_rows()
    rows["actuals"][0]["actual"] = None
    path = write(tmp_path / "a.xlsx", rows)
    workbook = openpyxl.load_workbook(path)
    workbook["完成情况"].row_dimensions[3].hidden = True
    workbook["完成情况"].row_dimensions[4].hidden = True
    workbook["完成情况"].sheet_state = "hidden"
    workbook.save(path)
    perf_excel.run(path, tmp_path / "out")
    sheet = openpyxl.load_workbook(next((tmp_path / "out").rglob("*_问题标注.xlsx")))["完成情况"]
    assert sheet.sheet_state == "visible"
    assert not sheet.row_dimensions[3].hidden and sheet.row_dimensions[4].hidden
