"""The Word report: what it says, how it is set, and what an office may do to its template."""

import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from test_cli import call
from workbooks import COMPLETE, PROJECT, SAMPLE, clean_rows, evaluate, rows_of, write

from perf_excel import resources
from perf_excel.render.report import TemplateBroken, report, usable_template
from perf_excel.render.report.blank import report_template
from perf_excel.render.report.facts import facts
from perf_excel.render.share import shares
from perf_excel.workbook import standard

SHIPPED = resources.input_templates() / resources.REPORT_TEMPLATE_NAME
REPORT = "报告/测试单位_2024_测试项目_绩效自评报告.docx"
CRITERIA = [
    ("通用指标", "项目决策", "决策程序", 6, 6, "有会议纪要", None),
    ("通用指标", "项目决策", "规划论证", 6, 4, "论证了可行性。", "没有论证风险。"),
    ("通用指标", "项目管理", "制度办法", 2, 2, "有办法.", None),
    ("专用指标", None, "用途合规性", 10, 10, "用途合规！", None),
    ("个性指标", None, "资料归档", 16, 16, "归档齐全", None),
]


def scorecard(*rows: tuple[Any, ...], project_no: int = 1) -> list[dict[str, Any]]:
    keys = ("category", "level1", "level2", "full_marks", "awarded", "evidence", "reason")
    return [{"project_no": project_no, **dict(zip(keys, row, strict=True))} for row in rows or CRITERIA]


def made(path: Path, number: int = 1, template: bytes | None = None) -> bytes:
    """The report of one project of a workbook."""
    (share,) = shares(evaluate([path]))
    project = next(project for project in share.projects if project.number == number)
    return report(template or SHIPPED.read_bytes(), share, project)


def written(tmp_path: Path, settings: dict[str, Any] | None = None, **rows: Any) -> docx.document.Document:
    """The report of the clean workbook with some of its rows changed."""
    return opened(made(write(tmp_path / "a.xlsx", clean_rows() | {"scorecard": scorecard()} | rows, settings)))


def opened(data: bytes) -> docx.document.Document:
    return docx.Document(io.BytesIO(data))


def lines(document: docx.document.Document) -> list[str]:
    """The paragraphs outside of tables."""
    return [paragraph.text for paragraph in document.paragraphs if paragraph.text]


def whole(document: docx.document.Document) -> str:
    return "\n".join([*lines(document), *(cell.text for table in document.tables for cell in table._cells)])


def grid(table: docx.table.Table) -> list[list[str]]:
    """The texts of a table, merged cells repeated in each place that they take."""
    return [[cell.text for cell in row.cells] for row in table.rows]


def after(document: docx.document.Document, heading: str) -> list[str]:
    """The paragraphs from a heading to the next one."""
    found: list[str] = []
    inside = False
    for paragraph in document.paragraphs:
        if paragraph.style.name.startswith("Heading"):
            inside = paragraph.text.endswith(heading)
        elif paragraph.text == "附件1":
            break
        elif inside and paragraph.text:
            found.append(paragraph.text)
    return found


# ---------------------------------------------------------------- what it says


@pytest.mark.parametrize("path", [SAMPLE, COMPLETE], ids=["sample", "complete"])
def test_figures_of_the_report_are_those_of_the_results(path, tmp_path, capsys):
    _, data, _ = call(capsys, "run", path, "-o", tmp_path / "output", "--quiet")
    outputs = [Path(name) for name in data["workbooks"][0]["outputs"] if name.endswith(".docx")]
    assert len(outputs) == len(data["projects"])
    for project, file in zip(data["projects"], outputs, strict=True):
        document = docx.Document(file)
        form, card = project["form_score"], project["scorecard"]
        said = " ".join(after(document, "四、评价结论"))
        if card["declared"] not in (None, card["total"]):
            gap = f"【待核对：申报{card['declared']:g}分，与各项合计相差{card['declared'] - card['total']:g}分】"
        else:
            gap = ""
        parts = "、".join(f"{name}{card[name]:g}分" for name in standard.CATEGORIES)
        assert f"指标体系得分{card['total']:g}分{gap}（{parts}）" in said
        if form["total"] is None:
            assert "自评表得分【待填写：自评表得分】分" in said
        else:
            assert f"自评表得分{form['total']:g}分，等级为“{form['grade']}”。" in said
        money = f"本项目全年预算数{project['budget']:g}万元"
        assert any(line.startswith(money) for line in after(document, "预算安排及分配管理"))
        funds, _, indicators, criteria = document.tables
        assert grid(funds)[-1][2] == f"{project['budget']:g}"
        kept = [row[8] for row in grid(indicators)[2:] if row[0] not in ("预算执行率", "合计")]
        assert kept == [f"{score:g}" for score in form["indicators"].values()]
        assert grid(criteria)[-1][3:5] == ["100", f"{card['total']:g}"]
        every = re.findall(r"该项指标得(\d+)分", "".join(lines(document)))
        assert sum(map(int, every)) == card["total"]


def test_chapters_stand_in_the_order_of_the_county(tmp_path):
    headings = [p.text for p in written(tmp_path).paragraphs if p.style.name.startswith("Heading")]
    assert headings == [
        "一、项目概况",
        "（一）设立背景及基本情况",
        "（二）实施目的及支持方向",
        "（三）预算安排及分配管理",
        "（四）项目绩效目标设置",
        "二、评价实施",
        "（一）评价目的",
        "（二）预设问题及评价重点",
        "（三）评价方法",
        "（四）评价组织",
        "三、绩效分析",
        "（一）通用指标绩效分析",
        "1.项目决策（12分）。",
        "2.项目管理（2分）。",
        "（二）专用指标绩效分析",
        "（三）个性指标绩效分析",
        "四、评价结论",
        "五、存在主要问题",
        "六、改进建议",
    ]


def test_items_end_with_one_full_stop_and_say_why_points_were_lost(tmp_path):
    said = lines(written(tmp_path))
    assert "（1）决策程序（6分）。有会议纪要。该项指标得6分。" in said
    assert "（2）规划论证（6分）。论证了可行性。扣2分：没有论证风险。该项指标得4分。" in said
    assert "（1）制度办法（2分）。有办法。该项指标得2分。" in said
    assert "1.用途合规性（10分）。用途合规！该项指标得10分。" in said


def test_title_does_not_repeat_the_year(tmp_path):
    assert lines(written(tmp_path))[:2] == ["2024年度测试项目", "绩效自评报告"]
    named = [PROJECT | {"name": "2024年测试项目"}]
    assert lines(written(tmp_path, projects=named))[0] == "2024年测试项目"
    assert lines(written(tmp_path, {"year": None}))[0] == "【待填写：预算年度】年度测试项目"


def test_money_is_told_as_far_as_it_is_known(tmp_path):
    fund = {"project_no": 1, "source": "财政拨款", "initial": 10, "budget": 12, "executed": 7.9}
    told = after(written(tmp_path, funds=[fund]), "预算安排及分配管理")[1]
    assert told == "本项目全年预算数12万元，全年执行数7.9万元；预算执行率65.83%。".replace("执行数7", "执行7")
    more = {**fund, "allocated": 12, "received": 10}
    other = {
        "project_no": 1,
        "source": "单位资金",
        "initial": 1,
        "budget": 3,
        "allocated": 3,
        "received": 2,
        "executed": 0.1,
    }
    document = written(tmp_path, funds=[more, other])
    assert after(document, "预算安排及分配管理")[1] == (
        "本项目全年预算数15万元，财政拨付15万元，实际到位12万元，全年执行8万元；"
        "财政资金拨付率100%，单位资金使用率66.67%，预算执行率53.33%。"
    )
    assert grid(document.tables[0])[1:] == [
        ["财政拨款", "10", "12", "12", "10", "7.9", "65.83%"],
        ["单位资金", "1", "3", "3", "2", "0.1", "3.33%"],
        ["合计", "11", "15", "15", "12", "8", "53.33%"],
    ]
    assert after(written(tmp_path, funds=[]), "预算安排及分配管理")[1] == "【待填写：项目资金】"


def test_money_in_yuan_is_printed_in_wan(tmp_path):
    fund = {"project_no": 1, "source": "财政拨款", "initial": 172800, "budget": 172800, "executed": 172800}
    document = written(tmp_path, {"money_unit": "元"}, funds=[fund])
    assert grid(document.tables[0])[-1][2] == "17.28"


def test_passages_come_from_the_chapters_or_else_from_the_project(tmp_path):
    passages = [
        {"project_no": 1, "chapter": "评价目的", "text": "第一段\n　　第二段\r\n\n第三段"},
        {"project_no": 1, "chapter": "存在主要问题", "text": "写在报告内容里"},
    ]
    document = written(tmp_path, passages=passages)
    assert after(document, "评价目的") == ["第一段", "第二段", "第三段"]
    styles = {p.style.name for p in document.paragraphs if p.text in ("第一段", "第二段", "第三段")}
    assert styles == {"报告正文"}
    assert after(document, "存在主要问题") == ["写在报告内容里"]
    assert after(document, "改进建议") == [PROJECT["improvements"]]
    assert after(document, "四、评价结论")[0] == PROJECT["conclusion"]


def test_form_is_shaped_as_the_official_one(tmp_path):
    overview = grid(written(tmp_path, projects=[PROJECT | {"allocation": "项目法、据实据效"}]).tables[1])
    assert overview[0][:2] == ["项目名称", "51172524T000011043675-测试项目"]
    assert [row[0] for row in overview] == [
        "项目名称",
        "预算单位",
        "项目类型",
        *["项目概况"] * 7,
        *["项目资金（万元）"] * 3,
        *["总体目标"] * 2,
    ]
    (boxes,) = (row[2] for row in overview if row[1] == "绩效分配方式")
    assert boxes == "□因素法　☑项目法　☑据实据效　□因素法与项目法相结合"
    assert [row[1:] for row in overview[10:13]] == [
        ["年度资金总额：", "17.28"],
        ["　其中：财政拨款", "17.28"],
        ["　　　　其他资金", ""],
    ]
    assert overview[-1][1] == PROJECT["goal"]


def test_table_of_indicators(tmp_path):
    rows = clean_rows()
    rows["actuals"][1] |= {"actual": "94", "reason": "两台设备返修", "deduction": 1}
    rows["actuals"][2] |= {"actual": "60", "reason": None}
    table = written(tmp_path, **rows).tables[2]
    shown = grid(table)
    assert shown[1] == [
        "一级指标",
        "二级指标",
        "三级指标",
        "指标性质",
        "指标值",
        "度量单位",
        "权重",
        "实际完成指标值",
        "得分",
        "偏差原因",
    ]
    assert shown[2] == ["产出指标", "数量指标", "测试指标1", "＝", "5", "台", "20", "5", "20", ""]
    assert shown[3][7:] == ["94", "18.79", "扣减1分：两台设备返修"]
    assert shown[4][9] == "【待填写：偏差原因】"
    assert [row[0] for row in shown[2:5]] == ["产出指标"] * 3
    assert shown[-2][0] == "预算执行率"
    assert shown[-2][6:9] == ["10", "100%", "10"]
    assert shown[-1][6] == "100"


def test_cancelled_indicators_are_in_the_table_and_told(tmp_path):
    rows = clean_rows()
    rows["indicators"][0] |= {"new_target": "取消", "new_basis": "某财绩〔2024〕18号"}
    document = written(tmp_path, **rows)
    shown = grid(document.tables[2])
    assert shown[2][2:9] == ["测试指标1", "＝", "5", "台", "20", "取消", ""]
    assert ["折算", "+20"] in [[row[0], row[8]] for row in shown]
    assert after(document, "项目绩效目标设置")[1] == (
        "本项目共设置一级指标3个、二级指标4个、三级指标4个，权重合计70分。另有三级指标1个经批准取消，权重20分。"
    )


def test_scores_that_nobody_knows_are_left_to_fill_in(tmp_path):
    rows = clean_rows()
    rows["actuals"][3]["actual"] = "基本安全"
    document = written(
        tmp_path, **rows, scorecard=scorecard(("通用指标", "项目决策", "决策程序", 6, None, None, "待查"))
    )
    said = lines(document)
    assert "（1）决策程序（6分）。【待填写：决策程序的评分依据】。该项指标得【待填写：决策程序的得分】分。" in said
    assert (
        "经自评，指标体系得分【待填写：指标体系得分】分（通用指标【待填写：通用指标得分】分）；"
        "自评表得分【待填写：自评表得分】分，等级为“【待填写：自评等级】”。"
    ) in said
    assert "【待填写：专用指标的打分】" in said
    assert grid(document.tables[2])[5][8] == "【待填写：得分】"


def test_projects_without_indicators_or_scorecard(tmp_path):
    document = written(tmp_path, indicators=[], actuals=[], scorecard=[])
    said = lines(document)
    assert "【待填写：绩效指标】" in said
    assert [line for line in said if "的打分】" in line] == [
        f"【待填写：{name}的打分】" for name in standard.CATEGORIES
    ]
    assert "经自评，自评表得分【待填写：自评表得分】分，等级为“【待填写：自评等级】”。" in said
    assert "附件2" not in said
    assert len(document.tables) == 3


def test_draft_in_the_footer(tmp_path):
    def footers(document):
        return [p.text for section in document.sections for p in section.footer.paragraphs]

    assert "草稿：尚有1项必须修改" in footers(written(tmp_path, projects=[PROJECT | {"code": None}], scorecard=[]))
    clean = footers(opened(made(write(tmp_path / "b.xlsx"))))
    assert not [text for text in clean if "草稿" in text]
    assert clean
    assert all(text.startswith("— ") for text in clean)


# ---------------------------------------------------------------- how it is set


def test_headings_and_fonts_are_as_reviewers_ask(tmp_path):
    document = written(tmp_path)
    wanted = {
        "Title": ("方正小标宋简体", 22, None),
        "Heading 1": ("黑体", 16, None),
        "Heading 2": ("楷体_GB2312", 16, True),
        "Heading 3": ("仿宋_GB2312", 16, True),
        "报告正文": ("仿宋_GB2312", 16, None),
    }
    for name, (font, size, bold) in wanted.items():
        style = document.styles[name]
        fonts = style.element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == font
        assert {fonts.get(qn(f"w:{key}")) for key in ("ascii", "hAnsi", "cs")} == {"Times New Roman"}
        assert (style.font.size.pt, style.font.bold) == (size, bold)
        assert str(style.font.color.rgb) == "000000"
    body = document.styles["报告正文"].element.pPr
    assert body.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"
    spacing = body.find(qn("w:spacing"))
    assert (spacing.get(qn("w:line")), spacing.get(qn("w:lineRule"))) == ("600", "exact")
    for style in document.styles.element.findall(qn("w:style")):
        if style.get(qn("w:type")) == "paragraph":
            assert style.rPr.rFonts.get(qn("w:eastAsia")), style.get(qn("w:styleId"))
    first = document.sections[0]
    sides = (first.top_margin, first.bottom_margin, first.left_margin, first.right_margin)
    assert [round(side.cm, 1) for side in sides] == [3.7, 3.5, 2.8, 2.6]
    assert (round(first.page_width.cm, 1), round(first.page_height.cm, 1)) == (21.0, 29.7)


def test_rows_stay_whole_heads_repeat_and_tables_fit_the_page(tmp_path):
    document = written(tmp_path)
    widths = [section.page_width - section.left_margin - section.right_margin for section in document.sections]
    for table, room, heads in zip(document.tables, (widths[0], *widths[1:] * 3), (1, 0, 2, 1), strict=True):
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        assert sum(row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows) == heads
        assert sum(column.width for column in table.columns) <= room
        for row in table.rows:
            assert sum(cell.width for cell in dict.fromkeys(row.cells)) <= room


def test_equal_levels_are_one_merged_cell(tmp_path):
    document = written(tmp_path)
    first = [row._tr.tc_lst[0].vMerge for row in document.tables[2].rows[2:7]]
    assert first == ["restart", "continue", "continue", None, None]
    categories = [row._tr.tc_lst[0].vMerge for row in document.tables[3].rows[1:]]
    assert categories == ["restart", "continue", "continue", None, None, None]
    # A 一级指标 is not merged across two categories, though both have none.
    assert [row._tr.tc_lst[1].vMerge for row in document.tables[3].rows[4:6]] == [None, None]
    assert "\U0010fff0" not in whole(document)
    assert "\U0010fff1" not in whole(document)


@pytest.mark.parametrize("path", [SAMPLE, COMPLETE], ids=["sample", "complete"])
def test_what_is_left_to_fill_in_is_yellow_and_nothing_else_is(path):
    (share,) = shares(evaluate([path]))
    for project in share.projects:
        document = opened(report(SHIPPED.read_bytes(), share, project))
        runs = [run for node in document.element.iter(qn("w:r")) for run in [docx.text.run.Run(node, None)] if run.text]
        marked = [run.text for run in runs if run.font.highlight_color]
        assert all(re.fullmatch(r"【待(填写|核对)：[^】]+】", text) for text in marked)
        assert "".join(marked) == "".join(re.findall(r"【待[^】]*】", "".join(run.text for run in runs)))
        assert bool(marked) == (path == SAMPLE)


def test_pages_open_in_an_office_suite(tmp_path, soffice):
    """Forty indicators, a text of a thousand characters in a cell: nothing is lost on the way to paper."""
    rows = clean_rows()
    targets, actuals = rows_of([("产出指标", "数量指标", "≥", "5", "台", 2, "5")] * 40)
    actuals[7]["reason"] = "头" + "很长的原因，" * 200 + "尾"
    rows |= {"indicators": targets, "actuals": actuals, "scorecard": scorecard()}
    file = tmp_path / "报告.docx"
    file.write_bytes(made(write(tmp_path / "a.xlsx", rows)))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", tmp_path, file]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    text = (tmp_path / "报告.txt").read_text(encoding="utf-8-sig")
    assert all(f"测试指标{number}\n" in text for number in range(1, 41))
    assert "头很长的原因" in text
    assert "原因，尾" in text


# ---------------------------------------------------------------- the same again


def test_shipped_template_is_what_the_program_makes():
    """Part by part: how well a part is packed is the business of the library that packs it."""

    def parts(data: bytes) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return {name: package.read(name) for name in package.namelist()}

    stale = "out of date; refresh it: PYTHONPATH=. python docs/refresh.py"
    assert parts(SHIPPED.read_bytes()) == parts(report_template()), f"{SHIPPED.name} is {stale}"


def test_same_results_give_the_same_bytes_in_every_process(tmp_path):
    book = write(tmp_path / "a.xlsx", clean_rows() | {"scorecard": scorecard()})
    first = made(book)
    assert made(book) == first
    code = f"import sys; from pathlib import Path; from test_report import made; sys.stdout.buffer.write(made(Path({str(book)!r})))"
    places = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {places!r}; {code}"], capture_output=True, check=True
    )
    assert done.stdout == first


# ---------------------------------------------------------------- what staff type


HOSTILE = {
    "xml": "<w:p>&amp;</w:p>]]><!-- x -->",
    "jinja": "{{ 1+1 }}{% for x in y %}{# z #}",
    "formula": "=1+1",
    "quotes": "\"a\" 'b' “c”",
    "emoji": "好👍🏽𠀀",
    "private use": "\ue000\uf8ff字",
    "placeholder": "【待填写：这是我自己写的】",
    "long": "长" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_text_appears_to_the_letter_wherever_it_is_typed(name, tmp_path):
    text = HOSTILE[name]
    rows = clean_rows()
    rows["projects"][0] |= {"name": text, "goal": text, "basis": text, "unit": text}
    rows["indicators"][0]["level3"] = rows["actuals"][0]["reason"] = text
    rows["scorecard"] = scorecard(("通用指标", text, text, 6, 5, text, text))
    rows["passages"] = [{"project_no": 1, "chapter": chapter, "text": text} for chapter in standard.CHAPTERS]
    document = written(tmp_path, **rows)
    said = whole(document)
    assert after(document, "评价目的") == [text]
    assert said.count(text) >= 20
    assert "<Markup" not in said


def test_characters_that_word_does_not_take_are_left_out():
    from perf_excel.render.report.words import clean

    assert clean("a\x00b\x1f\x7f\ud800\ufffe\U0010fff0\U0010fff1c") == "abc"
    assert clean("a\r\nb\rc\x0bd\u2028e\tf") == "a\nb\nc\nd\ne f"
    assert clean(None) == ""


def test_line_breaks_in_a_cell_become_paragraphs_of_the_cell(tmp_path):
    rows = clean_rows()
    rows["actuals"][0]["reason"] = "第一行\n第二行"
    cell = written(tmp_path, **rows).tables[2].rows[2].cells[9]
    assert [paragraph.text for paragraph in cell.paragraphs] == ["第一行", "第二行"]
    assert {paragraph.style.name for paragraph in cell.paragraphs} == {"附表文字"}


def test_line_breaks_in_an_item_leave_it_one_paragraph(tmp_path):
    document = written(tmp_path, scorecard=scorecard(("通用指标", None, "决策程序", 6, 6, "开了会\n有纪要；\n", None)))
    assert "1.决策程序（6分）。开了会。有纪要。该项指标得6分。" in lines(document)


# ---------------------------------------------------------------- files


def two_projects(name: str = "测试项目") -> dict[str, list[dict[str, Any]]]:
    rows = clean_rows()
    targets, actuals = rows_of(project_no=2, first=51)
    rows["projects"].append(
        PROJECT | {"project_no": 2, "name": name, "code": "51172524T000011043676", "leader": "钱某"}
    )
    rows["funds"].append({"project_no": 2, "source": "财政拨款", "initial": 1, "budget": 1, "executed": 1})
    rows["indicators"] += targets
    rows["actuals"] += actuals
    return rows


def reports(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "报告").glob("*"))


def test_equal_names_get_a_number(tmp_path, capsys):
    call(capsys, "run", write(tmp_path / "a.xlsx", two_projects()), "-o", tmp_path / "output")
    assert reports(tmp_path / "output") == [
        "测试单位_2024_测试项目_绩效自评报告.docx",
        "测试单位_2024_测试项目_绩效自评报告_2.docx",
    ]


def test_names_that_no_system_takes_are_mended(tmp_path, capsys):
    rows = clean_rows()
    rows["projects"][0] |= {"name": 'a/b:*?"<>|' + "长" * 300, "unit": "单\\位" * 100}
    _, data, _ = call(capsys, "run", write(tmp_path / "a.xlsx", rows, {"year": None}), "-o", tmp_path / "output")
    (name,) = reports(tmp_path / "output")
    assert len(name.encode()) <= 255
    assert re.fullmatch(r"单_位.+_未填年度_a_b_长+_绩效自评报告\.docx", name)
    assert not [item for item in data["findings"] if item["code"] == "S10"]


def test_projects_not_to_be_evaluated_get_none(tmp_path, capsys):
    rows = two_projects("停办的项目")
    rows["projects"][1]["exempt_reason"] = "年中已取消，资金全部收回"
    _, data, _ = call(capsys, "run", write(tmp_path / "a.xlsx", rows), "-o", tmp_path / "output")
    assert reports(tmp_path / "output") == ["测试单位_2024_测试项目_绩效自评报告.docx"]
    assert str(tmp_path / "output" / REPORT) in data["workbooks"][0]["outputs"]


def test_no_report_where_none_is_wanted(tmp_path, capsys):
    call(capsys, "run", write(tmp_path / "a.xlsx"), "-o", tmp_path / "output", "--no-report")
    assert not (tmp_path / "output" / "报告").exists()


def test_report_that_a_person_has_completed_is_never_replaced(tmp_path, capsys):
    output, book = tmp_path / "output", write(tmp_path / "a.xlsx")
    call(capsys, "run", book, "-o", output)
    document = docx.Document(output / REPORT)
    document.paragraphs[4].add_run("（本单位补充）")
    document.save(output / REPORT)
    completed = (output / REPORT).read_bytes()
    write(book, clean_rows(), {"unit_name": "测试单位", "head": "张某"})
    _, _, said = call(capsys, "run", book, "-o", output)
    assert (output / REPORT).read_bytes() == completed
    assert len(reports(output)) == 2
    assert "测试单位_2024_测试项目_绩效自评报告_2.docx" in said
    assert "没有覆盖" in said


def test_other_processes_write_the_same_reports(tmp_path, capsys):
    books = [write(tmp_path / f"{n}.xlsx", clean_rows(), {"unit_name": f"单位{n}"}) for n in range(3)]
    for jobs in (1, 2):
        call(capsys, "run", *books, "-o", tmp_path / f"output{jobs}", "--jobs", jobs, "--quiet")
    names = reports(tmp_path / "output1")
    assert len(names) == 3
    for name in names:
        one, two = ((tmp_path / f"output{jobs}" / "报告" / name).read_bytes() for jobs in (1, 2))
        assert one == two


# ---------------------------------------------------------------- what an office does to the template


def edited(old: str, new: str) -> bytes:
    """The template with some words replaced, as somebody does it in Word."""
    document = docx.Document(SHIPPED)
    paragraphs = [*document.paragraphs]
    for table in document.tables:
        paragraphs += [paragraph for cell in table._cells for paragraph in cell.paragraphs]
    hits = [run for paragraph in paragraphs for run in paragraph.runs if old in run.text]
    assert hits, f"not in the template: {old}"
    hits[0].text = hits[0].text.replace(old, new)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


BROKEN = {
    "unknown name": (edited("{{ 预算单位 }}", "{{ 预算单为 }}"), "预算单为", "是不是要写“预算单位”"),
    "unknown name of a row": (edited("{{ 行.执行率 }}", "{{ 行.执行律 }}"), "{{ 行.执行律 }}", "是不是要写“执行率”"),
    "end of a loop missing": (edited("{%p endfor %}", "（删掉了）"), "{%p for 类 in 各类指标 %}", "少了一个结尾"),
    "start of a loop missing": (
        edited("{%p for 项 in 组.各项 %}", ""),
        "的打分】”后面的",
        "没有对应的开头",
    ),
    "braces not closed": (edited("{{ 项目编码 }}", "{{ 项目编码"), "项目编码：{{ 项目编码", "没有写完整"),
    "full-width braces": (edited("{{ 项目编码 }}", "｛｛ 项目编码 ｝｝"), "｛｛ 项目编码", "半角"),
    "two names in one tag": (
        edited("{{ 项目编码 }}", "{{ 项目编码 项目名称 }}"),
        "{{ 项目编码 项目名称 }}",
        "写法不对",
    ),
    "forbidden attribute": (edited("{{ 项目编码 }}", "{{ 项目编码.__class__.__mro__ }}"), "__class__", "不允许"),
    "a calculation": (edited("{{ 项目编码 }}", "{{ 项目编码 / 2 }}"), "{{ 项目编码 / 2 }}", "算不出"),
    "a loop over rows outside of a table": (
        edited("{%p for 项 in 组.各项 %}", "{%tr for 项 in 组.各项 %}"),
        "{%tr for 项 in 组.各项 %}",
        "不在表格里",
    ),
    "an end of another kind": (
        edited("{%tr endfor %}", "{%p endfor %}"),
        "{%tr for 行 in 项目资金 %}",
        "不是一种写法",
    ),
    "no Word file": (b"hello", "不是Word文档", "另存为"),
    "a workbook": (SAMPLE.read_bytes(), "不是Word文档", "另存为"),
    "cut off": (SHIPPED.read_bytes()[:3000], "不是Word文档", "另存为"),
    "no tags": (
        (lambda stream: (docx.Document().save(stream), stream.getvalue())[1])(io.BytesIO()),
        "没有一个标签",
        "项目名称",
    ),
    "deleted": (None, "找不到这个文件", "template --report"),
}


def run(*args: object) -> tuple[int, dict[str, Any]]:
    """Run the program; return its status and the JSON."""
    from perf_excel.cli import main

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.json"
        status = main(["run", *map(str, args), "--json", str(file), "--quiet"])
        return status, json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A folder of templates of an office; the function given puts a report template there."""
    folder = tmp_path / "模板"
    folder.mkdir()
    monkeypatch.setattr(resources, "input_templates", lambda: folder)

    def put(data: bytes | None) -> Path:
        path = folder / resources.REPORT_TEMPLATE_NAME
        if data is not None:
            path.write_bytes(data)
        return path

    return put


@pytest.mark.parametrize("name", BROKEN)
def test_broken_template_is_one_finding_that_names_the_place(name, office, tmp_path):
    data, *said = BROKEN[name]
    path = office(data)
    output = tmp_path / "output"
    status, result = run(write(tmp_path / "a.xlsx", two_projects("另一项目")), "-o", output)
    found = [item for item in result["findings"] if item["code"] == "W02"]
    assert len(found) == 1
    assert found[0]["severity"] == "必须修改"
    assert (found[0]["workbook"], found[0]["sheet"], found[0]["cell"]) == (None, None, None)
    assert str(path) in found[0]["message"]
    for words in said:
        assert words in found[0]["message"] + found[0]["fix"]
    assert "template --report" in found[0]["fix"]
    assert status == 1
    assert not (output / "报告").exists()
    assert (output / "测试单位_2024_绩效自评.xlsx").is_file()


def test_template_that_fails_for_some_projects_alone(office, tmp_path):
    """Tried with the first project, it works; the second has no name of that length."""
    office(edited("{{ 项目编码 }}", "{% if 项目名称 != '测试项目' %}{{ 项目编码.缺 }}{% endif %}"))
    status, result = run(write(tmp_path / "a.xlsx", two_projects("另一项目")), "-o", tmp_path / "output")
    (found,) = (item for item in result["findings"] if item["code"] == "W02")
    assert "另一项目" in found["message"]
    assert status == 1
    assert reports(tmp_path / "output") == ["测试单位_2024_测试项目_绩效自评报告.docx"]


def test_office_may_word_its_template_anew(office, tmp_path):
    office(edited("经自评，", "经本单位自评，{{ 预算年度 }}年"))
    run(write(tmp_path / "a.xlsx", clean_rows() | {"scorecard": scorecard()}), "-o", tmp_path / "output")
    said = lines(docx.Document(tmp_path / "output" / REPORT))
    assert any(line.startswith("经本单位自评，2024年指标体系得分38分") for line in said)


def test_tags_cut_up_by_word_are_read(tmp_path):
    """Word spreads a tag over several runs as soon as it is touched."""
    document = docx.Document(SHIPPED)
    (paragraph,) = (p for p in document.paragraphs if "项目编码" in p.text)
    paragraph.clear()
    for piece in ("项目编码：{", "{ 项目", "编码 }", "}"):
        paragraph.add_run(piece).bold = piece == "编码 }"
    stream = io.BytesIO()
    document.save(stream)
    said = lines(opened(made(write(tmp_path / "a.xlsx"), template=stream.getvalue())))
    assert "项目编码：51172524T000011043675" in said


def test_cell_that_a_condition_empties_is_still_a_cell(tmp_path):
    """Word calls a file broken whose cell has no paragraph at all."""
    document = docx.Document(SHIPPED)
    cell = document.tables[0].rows[-1].cells[0]
    for text in ("{%p if 取消指标数 %}", "有取消", "{%p endif %}"):
        cell.add_paragraph(text)
    cell._tc.remove(cell.paragraphs[0]._p)
    stream = io.BytesIO()
    document.save(stream)
    made_of_it = opened(made(write(tmp_path / "a.xlsx"), template=stream.getvalue()))
    assert [p.text for p in made_of_it.tables[0].rows[-1].cells[0].paragraphs] == [""]


def test_template_cannot_reach_the_program(tmp_path):
    for attack in (
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ 项目资金.__init__.__globals__ }}",
        "{{ 项目资金.append(1) }}",
        "{{ self.__init__ }}",
    ):
        with pytest.raises(TemplateBroken):
            made(write(tmp_path / "a.xlsx"), template=edited("{{ 项目编码 }}", attack))


def test_template_is_compiled_once(tmp_path, monkeypatch):
    from perf_excel.render.report import template

    template.load.cache_clear()
    for _ in range(3):
        made(write(tmp_path / "a.xlsx"))
    assert (template.load.cache_info().misses, template.load.cache_info().hits) == (1, 2)


def test_original_template_is_written_again(office, tmp_path, capsys, monkeypatch):
    path = office(b"broken")
    status, said = _template(capsys, "--report")
    assert status == 0
    assert path.read_bytes() == b"broken"
    assert f"{path.stem}_2.docx" in said
    status, said = _template(capsys, "--report", "--force")
    assert path.read_bytes() == report_template()
    status, said = _template(capsys, "--report", "-o", tmp_path / "另存.docx")
    assert (tmp_path / "另存.docx").read_bytes() == report_template()
    status, said = _template(capsys, "--report", "--sample")
    assert status == 2


def _template(capsys, *args: object) -> tuple[int, str]:
    from perf_excel.cli import main

    status = main(["template", *map(str, args)])
    return status, "".join(capsys.readouterr())


def test_usable_template_says_why_it_cannot_be_read(tmp_path):
    (share,) = shares(evaluate([SAMPLE]))
    assert usable_template(tmp_path / "nothing", share, share.projects[0]).kind == "missing"
    assert usable_template(tmp_path, share, share.projects[0]).kind == "locked"
    assert usable_template(SHIPPED, share, share.projects[0]) == SHIPPED.read_bytes()


def test_every_problem_of_a_template_is_in_words():
    from perf_excel.catalogue import REPORT_PROBLEMS

    fields = dict.fromkeys(("tag", "name", "text", "end", "start", "guess"), "某")
    for reason, mend in REPORT_PROBLEMS.values():
        assert reason.format_map(fields)
        assert not mend.format_map(fields).endswith("。")


def test_every_name_of_the_template_is_explained():
    """docs/report.md lists what an office may write into the template."""
    page = (Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")
    (share,) = shares(evaluate([COMPLETE]))
    known = facts(share, share.projects[0])
    for name, value in known.items():
        assert f"`{name}`" in page, name
        for row in value[:1] if isinstance(value, list) else [value] if isinstance(value, dict) else []:
            for key in row:
                assert f"`{key}`" in page, f"{name}.{key}"
