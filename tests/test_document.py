"""Word reports as read: what a reader sees, and one clear problem for what cannot be read."""

import hashlib
import io
import re
import time
import zipfile
from pathlib import Path

import hostile_docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import (
    LEFT,
    UP,
    Markup,
    box,
    build,
    control,
    deleted,
    field,
    hidden,
    inserted,
    link,
    moved,
    numbering,
    pack,
    paragraph,
    published,
    run,
    symbol,
)

from perf_excel.audit.document import Cell, Document, Paragraph, Table, read_document
from perf_excel.audit.numbering import spell
from perf_excel.catalogue import READ_PROBLEMS

STYLE = '<w:style w:type="paragraph" w:styleId="{}"><w:name w:val="{}"/><w:basedOn w:val="{}"/>{}</w:style>'


def read(folder: Path, content: bytes, name: str = "报告.docx") -> Document:
    path = folder / name
    path.write_bytes(content)
    return read_document(path)


@pytest.fixture
def seen(tmp_path):
    """The texts of a report's paragraphs, and the grids of its tables, in order."""

    def texts(*content, **options):
        document = read(tmp_path, build(content, **options))
        assert document.problem == ""
        return [block.text if isinstance(block, Paragraph) else block.grid() for block in document.blocks]

    return texts


# ---------------------------------------------------------------- the published reports


@pytest.fixture(scope="module")
def reports():
    found = published()
    if not found:
        pytest.skip("the published reports are not there (../shared/seeds)")
    return found


def test_published_reports(reports, tmp_path):
    assert len(reports) == 4
    for number, content in enumerate(reports, start=1):
        document = read(tmp_path, content)
        assert document.problem == ""
        headings = [block.text for block in document.blocks if isinstance(block, Paragraph) and block.level == 1]
        assert [text[:2] for text in headings] == ["一、", "二、", "三、", "四、", "五、", "六、"]
        tables = [block.grid() for block in document.blocks if isinstance(block, Table)]
        assert len(tables) == (number < 4)
        for grid in tables:
            assert {len(row) for row in grid} == {9}
            indicators = [row[1:] for row in grid if row[1] in ("产出指标", "效益指标", "满意度\n指标", "成本指标")]
            assert [row[0] for row in indicators] == ["产出指标"] * 3 + ["效益指标", "满意度\n指标", "成本指标"]
            assert sum(int(row[6]) for row in indicators) == 90


# ---------------------------------------------------------------- paragraphs


def test_paragraphs_headings_and_place_on_the_line(tmp_path):
    content = build([("title", "报告"), ("h1", "一、概况"), ("p",), ("p", " "), ("p", "正文  "), ("h3", "1.事项")])
    document = read(tmp_path, content)
    assert document.blocks == (
        Paragraph("报告", 0, True),
        Paragraph("一、概况", 1),
        Paragraph("正文"),
        Paragraph("1.事项", 3),
    )
    assert document.digest == hashlib.sha256(content).hexdigest()
    assert (document.problem, document.revisions, document.comments) == ("", 0, 0)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (inserted("补"), "补"),
        (deleted("删"), ""),
        (moved("移"), ""),
        (hidden("密"), ""),
        (run("现", '<w:vanish w:val="0"/>'), "现"),
        (link("链"), "链"),
        (field("PAGE \\* MERGEFORMAT", "3"), "3"),
        (control("控"), "控"),
        (run("左\t右"), "左 右"),
        (run("上\n下"), "上\n下"),
        (Markup("<w:r><w:t>左\t右\n</w:t></w:r>"), "左 右 "),
        (Markup("<w:r><w:t>甲</w:t><w:noBreakHyphen/><w:t>乙</w:t></w:r>"), "甲-乙"),
        (Markup('<w:bookmarkStart w:id="1" w:name="a"/><w:bookmarkEnd w:id="1"/>'), ""),
        (Markup(f"<w:smartTag>{run('签')}</w:smartTag>"), "签"),
        (Markup(f'<w:fldSimple w:instr="DATE">{run("今日")}</w:fldSimple>'), "今日"),
        (Markup('<w:r><w:footnoteReference w:id="1"/></w:r>'), ""),
        (
            Markup(f"<w:ruby><w:rt>{run('jì')}</w:rt><w:rubyBase>{run('绩')}</w:rubyBase></w:ruby>"),
            "绩",
        ),
        (symbol("F052"), "☑"),
        (symbol("F0FE"), "☑"),
        (symbol("F0FD"), "☑"),
        (symbol("F0A3"), "□"),
        (symbol("F06F"), "□"),
        (symbol("F0A8"), "□"),
        (symbol("F021"), ""),
        (run("£", '<w:rFonts w:ascii="Wingdings 2" w:hAnsi="Wingdings 2"/>'), "□"),
        (run("\uf052"), "☑"),
        (run("£R"), "£R"),
        (
            Markup(
                '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/>'
                "</w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r>"
                '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
            ),
            "☑",
        ),
        (
            Markup(
                "<m:oMath><m:f><m:num><m:r><m:t>3</m:t></m:r></m:num><m:den><m:r><m:t>4</m:t></m:r></m:den></m:f></m:oMath>"
            ),
            "3/4",
        ),
    ],
)
def test_what_a_reader_sees_of_a_paragraph(part, text, seen):
    assert seen(("p", "前", part, "后")) == [f"前{text}后"]


def test_field_within_the_code_of_a_field(seen):
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    outer = Markup(
        mark.format("begin")
        + run("IF ", tag="instrText")
        + field("DOCPROPERTY", "内")
        + mark.format("separate")
        + run("外")
        + mark.format("end")
    )
    assert seen(("p", outer, "后")) == ["外后"]


def test_text_box_stands_behind_its_paragraph_once(seen):
    inner = box([("p", "框中框")])
    assert seen(("p", "甲", box([("p", "框一"), ("p", "框二", inner), ("table", [["格"]])]), "乙"), ("p", "丙")) == [
        "甲乙",
        "框一",
        "框二",
        "框中框",
        [["格"]],
        "丙",
    ]


def test_content_control_around_blocks(seen):
    assert seen(("control", [("p", "甲"), ("control", [("table", [["乙"]])])]), ("p", "丙")) == ["甲", [["乙"]], "丙"]


def test_struck_out_end_joins_paragraphs(seen):
    struck = "<w:rPr><w:del w:id='1' w:author='甲'/></w:rPr>"
    assert seen(
        ("xml", paragraph("得", deleted("六"), properties=struck)),
        ("p", "三分。"),
        ("xml", paragraph(deleted("全删"), properties=struck)),
        ("p", "下一段。"),
    ) == ["得三分。", "下一段。"]


def test_revisions_and_comments_are_counted(tmp_path):
    comments = '<w:comments xmlns:w="x"><w:comment/></w:comments>'.replace(
        '"x"', '"http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    )
    content = [("p", inserted("一"), deleted("二"), moved("三")), ("table", [[[("p", inserted("四"))]]])]
    document = read(tmp_path, build(content, parts={"word/comments.xml": comments}))
    assert (document.revisions, document.comments) == (4, 1)


def test_styles_bring_level_place_and_hiding(tmp_path):
    styles = "".join(
        (
            STYLE.format("b", "heading 2", "", ""),
            STYLE.format("c", "章", "b", '<w:pPr><w:jc w:val="center"/></w:pPr>'),
            STYLE.format("d", "轮廓", "", '<w:pPr><w:outlineLvl w:val="3"/></w:pPr>'),
            STYLE.format("e", "正", "c", '<w:pPr><w:outlineLvl w:val="9"/><w:jc w:val="left"/></w:pPr>'),
            STYLE.format("f", "暗", "", "<w:rPr><w:vanish/></w:rPr>"),
            STYLE.format("g", "toc 1", "", ""),
        )
    )
    names = ["b", "c", "d", "e", "f", "g", "没有"]
    items = [("xml", paragraph(name, properties=f'<w:pStyle w:val="{name}"/>')) for name in names]
    own = paragraph("h", properties='<w:pStyle w:val="b"/><w:jc w:val="center"/><w:outlineLvl w:val="0"/>')
    part = '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">' + styles + "</w:styles>"
    document = read(tmp_path, build([*items, ("xml", own)], parts={"word/styles.xml": part}))
    assert [(block.text, block.level, block.centred) for block in document.blocks] == [
        ("b", 2, False),
        ("c", 2, True),
        ("d", 4, False),
        ("e", 0, False),
        ("没有", 0, False),
        ("h", 1, True),
    ]


# ---------------------------------------------------------------- automatic lists


def test_lists_count_as_word_counts_them(seen):
    levels = [0, 1, 1, 2, 2, 1, 2, 0, 2]
    assert seen(*(("list", level, "项") for level in levels)) == [
        "一、项",
        "（一）项",
        "（二）项",
        "1.项",
        "2.项",
        "（三）项",
        "1.项",
        "二、项",
        "1.项",
    ]


def test_headings_with_automatic_numbers(tmp_path):
    content = [("h1", "项目概况"), ("h2", "设立背景"), ("h2", "目的"), ("h1", "评价实施"), ("h2", "目的")]
    document = read(tmp_path, build(content, numbered_headings=True))
    assert [(block.text, block.level) for block in document.blocks] == [
        ("一、项目概况", 1),
        ("（一）设立背景", 2),
        ("（二）目的", 2),
        ("二、评价实施", 1),
        ("（一）目的", 2),
    ]


@pytest.mark.parametrize(
    ("form", "pattern", "labels"),
    [
        ("decimal", "（%1）", "（1） （2） （3）"),
        ("chineseCountingThousand", "%1、", "一、 二、 三、"),
        ("japaneseCounting", "第%1章", "第一章 第二章 第三章"),
        ("ideographTraditional", "%1.", "一. 二. 三."),
        ("upperLetter", "%1.", "A. B. C."),
        ("lowerLetter", "%1)", "a) b) c)"),
        ("upperRoman", "%1.", "I. II. III."),
        ("lowerRoman", "%1.", "i. ii. iii."),
        ("decimalEnclosedCircle", "%1", "① ② ③"),
        ("decimalEnclosedCircleChinese", "%1", "① ② ③"),
        ("decimalZero", "%1.", "01. 02. 03."),
        ("decimalFullWidth", "%1．", "１． ２． ３．"),
        ("bullet", "●", ""),
        ("none", "注：", "注： 注： 注："),
    ],
)
def test_formats_of_labels(form, pattern, labels, seen):
    found = seen(*[("list", 0, "项")] * 3, lists=[(form, pattern)])
    assert [text.removesuffix("项").rstrip() for text in found] == (labels.split(" ") if labels else [""] * 3)


@pytest.mark.parametrize(
    ("number", "form", "label"),
    [
        (10, "chineseCounting", "十"),
        (11, "chineseCounting", "十一"),
        (20, "chineseCounting", "二十"),
        (99, "chineseCounting", "九十九"),
        (105, "chineseCountingThousand", "一百零五"),
        (110, "chineseCountingThousand", "一百一十"),
        (2024, "chineseCountingThousand", "二千零二十四"),
        (0, "chineseCounting", "零"),
        (27, "upperLetter", "AA"),
        (1994, "upperRoman", "MCMXCIV"),
        (20, "decimalEnclosedCircle", "⑳"),
        (21, "decimalEnclosedCircle", "㉑"),
        (36, "decimalEnclosedCircle", "㊱"),
        (51, "decimalEnclosedCircle", "51"),
        (7, "hebrew1", "7"),
        (100_000, "lowerRoman", ""),
    ],
)
def test_numbers_spelled(number, form, label):
    assert spell(number, form) == label


def test_labels_of_several_levels_and_of_levels_never_used(seen):
    lists = [("decimal", "%1"), ("decimal", "%1.%2"), ("decimal", "%1.%2.%3")]
    assert seen(*(("list", level, "项") for level in (0, 1, 1, 2, 0, 2)), lists=lists) == [
        "1 项",
        "1.1 项",
        "1.2 项",
        "1.2.1 项",
        "2 项",
        "2.1.1 项",
    ]


def test_digits_of_label_and_text_do_not_run_together(seen):
    assert seen(("list", 0, "2024年"), ("list", 0, "项"), lists=[("decimal", "%1.")]) == ["1. 2024年", "2.项"]


def test_arabic_digits_where_the_level_asks_for_them(seen):
    part = numbering([("chineseCounting", "%1、"), ("decimal", "%1.%2")], inside="<w:isLgl/>")
    assert seen(("list", 0, "项"), ("list", 1, "项"), parts={"word/numbering.xml": part}) == ["1、项", "1.1 项"]


def item(number: int, text: str = "项", level: int = 0):
    properties = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return ("xml", paragraph(text, properties=properties))


def test_second_list_counts_on_or_starts_anew(seen):
    def number(key, inside=""):
        return f'<w:num w:numId="{key}"><w:abstractNumId w:val="0"/>{inside}</w:num>'

    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{}"/></w:lvlOverride>'
    other = (
        '<w:lvlOverride w:ilvl="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperLetter"/>'
        '<w:lvlText w:val="%1."/></w:lvl></w:lvlOverride>'
    )
    numbers = number(1) + number(2) + number(3, anew.format(1)) + number(4, anew.format(5)) + number(5, other)
    part = numbering([("decimal", "%1.")], numbers=numbers)
    order = [1, 1, 2, 3, 3, 1, 4, 5, 0, 9]
    assert seen(*map(item, order), parts={"word/numbering.xml": part}) == [
        "1.项",
        "2.项",
        "3.项",
        "1.项",
        "2.项",
        "3.项",
        "5.项",
        "F.项",
        "项",
        "项",
    ]


def test_start_of_a_level_counts_when_that_level_is_used(seen):
    """As LibreOffice does: a list that begins below its overridden level leaves the level above alone."""
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    numbers = "".join(f'<w:num w:numId="{n}"><w:abstractNumId w:val="0"/>{anew * (n - 1)}</w:num>' for n in (1, 2))
    part = numbering([("decimal", "%1."), ("decimal", "%1.%2")], numbers=numbers)
    content = [item(1), item(2, level=1), item(1), item(2), item(2)]
    assert seen(*content, parts={"word/numbering.xml": part}) == ["1.项", "1.1 项", "2.项", "5.项", "6.项"]


def test_level_that_never_starts_anew(seen):
    part = numbering([("decimal", "%1."), ("decimal", "（%2）")], inside='<w:lvlRestart w:val="0"/>')
    found = seen(*(("list", level, "项") for level in (0, 1, 0, 1)), parts={"word/numbering.xml": part})
    assert found == ["1.项", "（1）项", "2.项", "（2）项"]


def test_struck_out_list_paragraph_is_not_counted(seen):
    lists = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    struck = paragraph(deleted("删"), properties=f'{lists}<w:rPr><w:del w:id="1" w:author="甲"/></w:rPr>')
    assert seen(("list", 0, "甲"), ("xml", struck), ("list", 0, "乙")) == ["一、甲", "二、乙"]


def test_list_behind_a_list_style(seen):
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    lists = (
        f'<w:numbering {w}><w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="ls"/></w:abstractNum>'
        '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/>'
        '<w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )
    styles = (
        f'<w:styles {w}><w:style w:type="numbering" w:styleId="ls"><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr>'
        "</w:pPr></w:style></w:styles>"
    )
    assert seen(item(1), parts={"word/numbering.xml": lists, "word/styles.xml": styles}) == ["3.项"]


# ---------------------------------------------------------------- tables


def test_merged_cells(tmp_path):
    rows = [["题", LEFT, LEFT], ["甲", "乙", "丙"], [UP, "丁", LEFT]]
    (table,) = read(tmp_path, build([("table", rows)])).blocks
    assert table == Table(
        (
            (Cell("题", 0, 3),),
            (Cell("甲", 0), Cell("乙", 1), Cell("丙", 2)),
            (Cell("", 0, continued=True), Cell("丁", 1, 2)),
        )
    )
    assert table.grid() == [["题"] * 3, ["甲", "乙", "丙"], ["甲", "丁", "丁"]]


def test_cell_of_several_paragraphs_with_a_table_in_it(seen):
    inside = [("list", 0, "甲"), ("p",), ("table", [["内", [("table", [["最内"]])]]]), ("list", 0, "乙")]
    assert seen(("table", [[inside, "丙"]]), ("p", "后")) == [
        [["一、甲\n二、乙", "丙"]],
        [["内", ""]],
        [["最内"]],
        "后",
    ]


def raw_table(*rows):
    return ("xml", f"<w:tbl>{''.join(rows)}</w:tbl>")


def cell(text, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def test_rows_that_begin_or_end_elsewhere(seen):
    first = f"<w:tr>{cell('甲')}{cell('乙')}{cell('丙')}</w:tr>"
    second = f'<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{cell("丁")}</w:tr>'
    old = "<w:tr>" + cell("戊", '<w:hMerge w:val="restart"/>') + cell("", "<w:hMerge/>") + cell("己") + "</w:tr>"
    assert seen(raw_table(first, second, old)) == [[["甲", "乙", "丙"], ["", "丁", ""], ["戊", "戊", "己"]]]


def test_struck_out_rows_and_cells_are_not_read(seen):
    gone = f'<w:tr><w:trPr><w:del w:id="1" w:author="甲"/></w:trPr>{cell("删")}</w:tr>'
    kept = "<w:tr>" + cell("甲") + cell("删", '<w:cellDel w:id="1" w:author="甲"/>') + cell("乙") + "</w:tr>"
    assert seen(raw_table(gone, kept)) == [[["甲", "乙"]]]


def test_cell_that_continues_nothing_keeps_its_text(seen):
    assert seen(raw_table(f"<w:tr>{cell('甲', '<w:vMerge/>')}</w:tr>")) == [[["甲"]]]


def test_rows_in_content_controls(seen):
    row = f"<w:sdt><w:sdtContent><w:tr><w:sdt><w:sdtContent>{cell('甲')}</w:sdtContent></w:sdt></w:tr></w:sdtContent></w:sdt>"
    assert seen(raw_table(row)) == [[["甲"]]]


# ---------------------------------------------------------------- packages


def test_strict_variant_and_other_name_of_the_text_part(tmp_path):
    content = build([("h1", "一、概况"), ("p", "正文")])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    strict = {
        name: text.replace(
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            "http://purl.oclc.org/ooxml/wordprocessingml/main",
        )
        .replace(
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        .replace("word/document.xml", "word/Document2.xml")
        for name, text in parts.items()
        if not name.startswith("word/_rels")
    }
    strict["word/Document2.xml"] = strict.pop("word/document.xml")
    strict["word/_rels/Document2.xml.rels"] = parts["word/_rels/document.xml.rels"]
    document = read(tmp_path, pack(strict, main="word/Document2.xml"))
    assert document.blocks == (Paragraph("一、概况", 1), Paragraph("正文"))


def test_python_docx_reads_what_the_builder_writes(tmp_path):
    docx = pytest.importorskip("docx")
    rows = [["甲", "乙"], [UP, "丙"]]
    written = docx.Document(io.BytesIO(build([("h1", "一、概况"), ("p", "正文"), ("table", rows)])))
    assert [one.text for one in written.paragraphs] == ["一、概况", "正文"]
    assert written.paragraphs[0].style.name.casefold() == "heading 1"
    assert [[one.text for one in row.cells] for row in written.tables[0].rows] == [["甲", "乙"], ["甲", "丙"]]


def test_what_python_docx_writes(tmp_path):
    docx = pytest.importorskip("docx")
    report = docx.Document()
    report.add_heading("一、概况", 1)
    report.add_paragraph("第一项", style="List Number")
    report.add_paragraph("第二项", style="List Number")
    table = report.add_table(2, 2)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "甲"
    table.cell(0, 1).text, table.cell(1, 1).text = "乙", "丙"
    report.save(tmp_path / "报告.docx")
    heading, one, two, grid = read_document(tmp_path / "报告.docx").blocks
    assert (heading, one, two) == (Paragraph("一、概况", 1), Paragraph("1.第一项"), Paragraph("2.第二项"))
    assert grid.grid() == [["甲", "乙"], ["甲", "丙"]]


# ---------------------------------------------------------------- files that are no honest report


@pytest.mark.parametrize("kind", hostile_docx.FILES)
def test_hostile_file(kind, tmp_path):
    name, content, problems = hostile_docx.FILES[kind]
    path = tmp_path / name
    path.write_bytes(content())
    begun = time.process_time()
    document = read_document(path)
    assert time.process_time() - begun < 20  # a few seconds; a busy machine may take longer
    assert document.problem in problems
    assert document.problem == "" or (document.problem in READ_PROBLEMS and document.blocks == ())
    for block in document.blocks:
        if isinstance(block, Table):
            assert len({len(row) for row in block.grid()}) == 1


def test_no_file(tmp_path):
    assert read_document(tmp_path / "没有.docx") == Document(tmp_path / "没有.docx", problem="missing")
    assert read_document(tmp_path / "a\0b.docx").problem == "missing"
    assert read_document(tmp_path).problem == "not_word"
    assert read_document(tmp_path / ("长" * 500)).problem in READ_PROBLEMS


def test_file_beyond_the_bound(tmp_path):
    path = tmp_path / "报告.docx"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    assert read_document(path).problem == "word_too_big"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(hostile_docx.HONEST) - 1), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, len(hostile_docx.HONEST)),
)
def test_any_damage_is_a_problem_or_sense(tmp_path_factory, changes, end):
    data = bytearray(hostile_docx.HONEST)
    for place, byte in changes:
        data[place] = byte
    path = tmp_path_factory.getbasetemp() / "损坏.docx"
    for damaged in (bytes(data), bytes(data[:end])):
        path.write_bytes(damaged)
        assert read_document(path).problem in {"", *READ_PROBLEMS}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_markup_is_a_problem_or_sense(tmp_path_factory, data):
    """Elements of the format in any order and depth."""
    names = "p r t tbl tr tc tcPr pPr rPr sdt sdtContent ins del fldChar sym drawing txbxContent numPr vMerge br pict".split()
    leaf = st.sampled_from([f'<w:{name} w:val="1" w:char="F0A3" w:fldCharType="begin"/>' for name in names] + ["字"])
    tree = st.recursive(
        leaf,
        lambda inside: st.builds(
            lambda name, parts: f"<w:{name}>{''.join(parts)}</w:{name}>",
            st.sampled_from(names),
            st.lists(inside, max_size=5),
        ),
        max_leaves=40,
    )
    path = tmp_path_factory.getbasetemp() / "乱.docx"
    path.write_bytes(build([("xml", "".join(data.draw(st.lists(tree, max_size=8))))]))
    document = read_document(path)
    assert document.problem == ""
    for block in document.blocks:
        if isinstance(block, Table):
            assert len({len(row) for row in block.grid()}) == 1
        else:
            assert block.text and block.text == block.text.rstrip()


def test_problems_speak_of_word_and_name_no_workbook():
    for key in ("doc", "pdf", "wps_word", "not_word", "word_broken", "word_too_big", "word_password"):
        assert not re.search("Excel|工作簿|xlsx|填报", "".join(READ_PROBLEMS[key]))
