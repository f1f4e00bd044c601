"""The committed template and sample are what the declaration gives, and offer what the reader takes."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from workbooks import COMPLETE, SAMPLE, TEMPLATE, evaluate

from perf_excel.kinds import Choice
from perf_excel.text import fold
from perf_excel.workbook import standard
from perf_excel.workbook.template import blank_template, complete_sample, lists, sample

FILES = {
    "template": (TEMPLATE, blank_template, f"perf-excel template --force -o input_templates/{TEMPLATE.name}"),
    "sample": (SAMPLE, sample, f"perf-excel template --sample --force -o input_templates/{SAMPLE.name}"),
    "complete sample": (COMPLETE, complete_sample, "PYTHONPATH=. python docs/refresh.py"),
}


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize("name", FILES)
def test_committed_file_is_what_the_program_generates(name):
    path, generate, command = FILES[name]
    stored, made = parts(path.read_bytes()), parts(generate())
    different = sorted(part for part in stored.keys() | made.keys() if stored.get(part) != made.get(part))
    assert not different, f"{path.name} is out of date in {different}; refresh it: {command}"


def test_same_bytes_every_time():
    assert blank_template() == blank_template()


@pytest.fixture(scope="module")
def template():
    return openpyxl.load_workbook(TEMPLATE)


def test_sheets_and_titles(template):
    shown = [sheet.title for sheet in template.worksheets if sheet.sheet_state == "visible"]
    assert shown == [standard.GUIDE_SHEET, *(sheet.title for sheet in standard.SHEETS)]
    for sheet in standard.SHEETS:
        titles = [cell.value for cell in template[sheet.title][standard.TITLE_ROW] if cell.value]
        assert titles[: len(sheet.columns)] == [column.title for column in sheet.columns]


def test_public_titles_are_those_of_the_contract():
    """The titles are public; a change here breaks every workbook in use, so they are spelled out once more."""
    titles = {sheet.title: [column.title for column in sheet.columns] for sheet in standard.TABLE_SHEETS}
    assert titles == {
        "项目信息": "项目序号 项目编码 项目名称 预算单位 主管部门 项目类型 项目起止年限 中长期规划 资金管理办法 绩效分配方式 立项依据 使用范围 申报（补助）条件 年度目标 年度目标完成情况 "
        "项目实施内容及过程概述 自评总分（自评表） 自评总分（指标体系） 自评等级 评价结论 存在问题 改进措施 项目负责人 不纳入自评原因".split(),
        "项目资金": "项目序号 资金来源 下达文号 年初预算数 全年预算数 财政拨付数 实际到位数 全年执行数 自评执行率 自评执行得分 执行率未达标原因 预算调整理由".split(),
        "绩效指标": "指标编号 项目序号 一级指标 二级指标 三级指标 指标性质 指标值 度量单位 权重 调整后指标值 调整依据".split(),
        "完成情况": "指标编号 项目名称 三级指标 指标性质 指标值 实际完成值 完成档次 得分比例（%） 扣减分值 自评得分 偏差原因分析及改进措施 佐证材料".split(),
        "评价打分": "项目序号 指标类别 一级指标 二级指标 分值 得分 评分依据 扣分原因".split(),
        "报告内容": "项目序号 章节 内容".split(),
        "指标体系": "指标类别 适用项目类型 一级指标 二级指标 分值 评价要点".split(),
    }
    assert [setting.title for setting in standard.SETTINGS] == (
        "单位名称 主管部门 预算年度 填报阶段 金额单位 评分规则 自评表样式 单位负责人 财务负责人 填表人 联系电话 填报日期".split()
    )


def test_room_and_preprinted_keys(template):
    projects, indicators, actuals, scorecard = (
        template[title] for title in ("项目信息", "绩效指标", "完成情况", "评价打分")
    )
    assert [projects.cell(row, 1).value for row in (3, 4, 52)] == [1, 2, 50]
    assert [indicators.cell(row, 1).value for row in (3, 502)] == ["ZB001", "ZB500"]
    assert [actuals.cell(row, 1).value for row in (3, 502)] == ["ZB001", "ZB500"]
    assert [scorecard.cell(row, 1).value for row in (3, 19, 162)] == [1, 2, 10]


def test_value_cells_are_text(template):
    for title, key in (("项目信息", "code"), ("绩效指标", "target"), ("完成情况", "actual")):
        sheet = next(sheet for sheet in standard.TABLE_SHEETS if sheet.title == title)
        assert template[title].cell(3, sheet.position(key) + 1).number_format == "@"


def test_must_fill_columns_have_their_own_colour(template):
    from perf_excel.workbook.types import Required

    for sheet in standard.TABLE_SHEETS:
        cells = template[sheet.title][standard.TITLE_ROW]
        colours = {
            duty: {
                cells[i].fill.fgColor.rgb
                for i, c in enumerate(sheet.columns)
                if (c.required is Required.ALWAYS) is duty
            }
            for duty in (True, False)
        }
        assert len(colours[True]) <= 1
        assert not colours[True] & colours[False]


def test_drop_downs_take_their_lists_through_defined_names(template):
    names = lists()
    assert set(template.defined_names) >= names.keys()
    assert all(len(words) == len(set(words)) for words in names.values())
    for sheet in standard.TABLE_SHEETS:
        sources = {
            str(rule.sqref): rule.formula1
            for rule in template[sheet.title].data_validations.dataValidation
            if rule.type == "list"
        }
        choices = [column for column in sheet.columns if isinstance(column.kind, Choice) and not column.lookup]
        assert len(sources) == len(choices)
        for source in sources.values():
            assert source.removeprefix("=").split("(")[0] in {*names, "INDIRECT"}


@pytest.mark.parametrize("name", lists())
def test_what_a_drop_down_offers_is_taken_without_a_word(name):
    kinds = [
        column.kind
        for column in (*standard.SETTINGS, *(column for sheet in standard.TABLE_SHEETS for column in sheet.columns))
        if isinstance(column.kind, Choice) and f"列表_{column.kind.list_name}" == name
    ]
    for kind in kinds:
        for word in lists()[name]:
            reading = kind.parse(word, "")
            assert (reading.value, reading.code) == (word, "")


def test_second_levels_depend_on_the_first():
    assert "成本指标" in standard.LEVELS
    assert "成本指标" in standard.LEVELS["产出指标"]
    for first, second in standard.LEVELS.items():
        assert lists()[f"二级_{first}"] == second


def test_no_macros_and_no_external_links(template):
    names = parts(TEMPLATE.read_bytes())
    assert not [name for name in names if "vba" in name.lower() or "externalLink" in name]
    assert not any(sheet.protection.sheet for sheet in template.worksheets)


def test_hidden_sheet_says_kind_and_version(template):
    meta = template[standard.META_SHEET]
    assert meta.sheet_state == "veryHidden"
    assert (meta["A1"].value, meta["B1"].value) == (standard.WORKBOOK_KIND, standard.WORKBOOK_VERSION)


def test_live_line_of_weights(template):
    line = openpyxl.load_workbook(SAMPLE, data_only=True)["绩效指标"]["F1"].value
    assert line == "权重合计：项目1＝90　项目2＝90　项目3＝90　"
    assert template["绩效指标"]["F1"].value.startswith('="权重合计："&IF(COUNTIF(')
    assert len(template["绩效指标"]["F1"].value) < 8192


def test_lookups_show_the_target_in_force(tmp_path):
    from workbooks import clean_rows, write

    rows = clean_rows()
    rows["indicators"][0] |= {"new_target": "4", "new_basis": "某财绩〔2024〕18号"}
    sheet = openpyxl.load_workbook(write(tmp_path / "a.xlsx", rows), data_only=True)["完成情况"]
    assert [sheet.cell(3, column).value for column in range(1, 6)] == ["ZB001", "测试项目", "测试指标1", "＝", "4"]


def test_template_survives_openpyxl(template, tmp_path):
    """Staff's tools load and save the workbook; drop-downs, hints and look-ups must live through it."""
    path = Path(tmp_path / "saved.xlsx")
    template.save(path)
    again = openpyxl.load_workbook(path)
    for sheet in standard.SHEETS:
        before, after = (book[sheet.title].data_validations.dataValidation for book in (template, again))
        assert [(str(rule.sqref), rule.formula1, rule.prompt) for rule in before] == [
            (str(rule.sqref), rule.formula1, rule.prompt) for rule in after
        ]
    assert again["完成情况"]["B3"].value == template["完成情况"]["B3"].value


def test_every_hint_fits_excel():
    for column in (*standard.SETTINGS, *(column for sheet in standard.TABLE_SHEETS for column in sheet.columns)):
        assert len(column.title) <= 31
        assert len(f"{column.hint}例如：{column.example}") <= 250, column.title


def test_guide_lists_every_column(template):
    text = {fold(str(cell.value)) for row in template[standard.GUIDE_SHEET].iter_rows() for cell in row if cell.value}
    for sheet in standard.TABLE_SHEETS:
        assert {fold(column.title) for column in sheet.columns} <= text


def test_sample_has_what_was_published_and_no_more():
    evaluation = evaluate([SAMPLE])
    assert [len(evaluation.batch.tables[key]) for key in ("projects", "funds", "indicators", "scorecard")] == [
        4,
        4,
        18,
        64,
    ]
    codes = evaluation.batch.tables["projects"].column("code")
    assert codes == [None, "51172524T000011043675", "51172524T000011043203", None]
