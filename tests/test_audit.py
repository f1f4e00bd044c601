"""Reports as offices write them, audited: what stands there is read, what is wrong is found, and nothing else.

Every report is written down as text (`written`), so that a case reads like the page that it stands for.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from office_reports import CORRECT, FOUR, FOUR_DECLARED, FOUR_SUMS, FOUR_UNREASONED
from reports import box, build, control, deleted, hidden, inserted, published
from written import docx, items, save

from perf_excel.audit.content import fill
from perf_excel.audit.evaluate import Audit, Located, audit
from perf_excel.audit.outline import where
from perf_excel.cli import main
from perf_excel.findings import Severity
from perf_excel.rules import load_rules
from perf_excel.scoring import add_up
from perf_excel.text import squeeze
from perf_excel.workbook import standard


def audited(folder: Path, *contents: bytes) -> Audit:
    """Audit Word files with these contents, called 1.docx, 2.docx …"""
    paths = [folder / f"{number}.docx" for number in range(1, len(contents) + 1)]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return audit(paths)


def read(folder: Path, text: str, **how):
    """Return the audit of one report, given as text."""
    return audited(folder, docx(text, **how))


def told(result: Audit, *codes: str, report: int | None = None) -> list[Located]:
    """Return the findings with one of these codes (all of them without), of one report where a number is given."""
    return [
        item
        for item in result.found
        if (not codes or item.finding.code in codes) and report in (None, item.finding.workbook)
    ]


def musts(result: Audit, report: int | None = None) -> list[str]:
    """Return the codes of what must be mended, in order."""
    return [item.finding.code for item in told(result, report=report) if item.finding.severity is Severity.MUST]


# ---------------------------------------------------------------- the four published reports, and four like them


def four(name: str) -> list[bytes]:
    if name == "own":
        return [docx(text) for text in FOUR]
    return published() or pytest.skip("the published reports are not there (../shared/seeds)")


@pytest.mark.parametrize("name", ["published", "own"])
def test_four_reports(name: str, tmp_path: Path) -> None:
    result = audited(tmp_path, *four(name))
    for number, report in enumerate(result.reports):
        total, declared = FOUR_SUMS[number], FOUR_DECLARED[number]
        assert add_up([item.awarded for item in report.leaves]) == total
        (result_of_sum,) = told(result, "A08", report=number)
        assert f"自评结果是{declared}分，各项得分加起来是{total}分" in result_of_sum.finding.message
        assert where(result_of_sum.spot) == "四、评价结论 第1段"
        unreasoned = [item.finding.message.split("”")[0].strip("“") for item in told(result, "E01", report=number)]
        assert unreasoned == list(FOUR_UNREASONED[number])
        assert bool(told(result, "B12", report=number)) == (number == 3)
        assert set(musts(result, number)) == {"A08", "E01"} | ({"B12"} if number == 3 else set())
        (shared,) = told(result, "E04", report=number)
        assert "、".join(f"{other + 1}.docx" for other in range(4) if other != number) in shared.finding.message
    brackets = {item.finding.workbook: item.finding.message for item in told(result, "E11")}
    assert sorted(brackets) == [2, 3]
    assert "“﹝﹞”" in brackets[2] and "“[]”" in brackets[3]


# ---------------------------------------------------------------- reports without a mistake


@pytest.mark.parametrize("name", CORRECT)
def test_correct_reports_are_left_alone(name: str, tmp_path: Path) -> None:
    result = read(tmp_path, CORRECT[name])
    # How a value was read is said (C03); nothing else.
    assert [(where(item.spot), item.finding.message) for item in told(result) if item.finding.code != "C03"] == []


def test_correct_reports_share_nothing(tmp_path: Path) -> None:
    result = audited(tmp_path, *map(docx, CORRECT.values()))
    assert {item.finding.code for item in told(result)} <= {"C03"}


# ---------------------------------------------------------------- marks and scores in every wording

_FORM = """
| 一级指标 | 二级指标 | 三级指标 | 指标性质 | 指标值 | 度量单位 | 权重 | 实际完成值 |
| 产出指标 | 数量指标 | 修缮文物数量 | ＝ | 5 | 处 | 20 | 5 |
| 产出指标 | 质量指标 | 验收合格率 | ≥ | 95 | % | 10 | 97 |
| 产出指标 | 时效指标 | 修缮天数 | ≤ | 90 | 天 | 10 | 88 |
| 效益指标 | 社会效益指标 | 接待游客人数 | ≥ | 3000 | 人 | 20 | 3120 |
| 满意度指标 | 满意度指标 | 游客满意度 | ≥ | 90 | % | 10 | 95 |
| 成本指标 | 经济成本指标 | 项目总成本 | ≤ | 30 | 万元 | 20 | 30 |
"""


def report(analysis: str, conclusion: str = "项目按计划完成。", *, before: str = "", form: str = _FORM) -> str:
    """A short report with this text below 三、绩效分析."""
    chapters = f"""
# 2024年文物修缮经费项目绩效评价报告
{before}
## 一、项目概况
县文管所对5处文物进行修缮。
## 二、评价实施
逐处查看并核对付款凭证。
## 三、绩效分析
{analysis}
## 四、评价结论
{conclusion}
## 五、存在问题
修缮材料运输不便。
## 六、改进建议
提前联系马帮驮运。
"""
    return chapters + form


def items_of(result: Audit) -> list[tuple[str, str, str | None]]:
    """Return the items as (name, marks, score)."""
    return [
        (item.name, f"{item.full:f}", None if item.awarded is None else f"{item.awarded:f}")
        for item in result.reports[0].leaves
    ]


@pytest.mark.parametrize(
    ("text", "full", "awarded"),
    [
        ("（1）决策程序（6分）。经集体研究。该项指标得6分。", "6", "6"),
        ("（1）决策程序(6 分)。经集体研究。该项指标得 5 分，因纪要缺页扣1分。", "6", "5"),
        ("（1）决策程序（分值6分，得分3分）。因没有论证扣3分。", "6", "3"),
        ("（1）决策程序（分值：6分；自评得分：3分）。因没有论证扣3分。", "6", "3"),
        ("（1）决策程序（6分，得3分）。因没有论证扣3分。", "6", "3"),
        ("（1）决策程序（满分6分，实得3分）。因没有论证扣3分。", "6", "3"),
        ("（1）决策程序（6分/得3分）。因没有论证扣3分。", "6", "3"),
        ("（1）决策程序（6分，扣3分）。没有论证。", "6", "3"),
        ("（1）决策程序[6分]。经集体研究。得6分。", "6", "6"),
        ("（1）决策程序【6分】经集体研究。得6分。", "6", "6"),
        ("（1）“决策程序”（6分）：经集体研究，得6分。", "6", "6"),
        ("（1）决策程序（权重6%，得分5）。纪要缺页，扣1分。", "6", "5"),
        ("（1）决策程序，分值6分，得5分。纪要缺页。", "6", "5"),
        ("（1）决策程序：分值为6分，自评得分为5分。纪要缺页。", "6", "5"),
        ("（1）决策程序6分，得5分。纪要缺页。", "6", "5"),
        ("（1）决策程序（６分）。纪要缺页。该项指标得５．５分。", "6", "5.5"),
        ("（1）决策程序（6分）。纪要缺页，得5.25分。", "6", "5.25"),
        ("（1）决策程序（6分）。纪要缺页。自评得分：5分。", "6", "5"),
        ("（1）决策程序（6分）。纪要缺页。自评5分。", "6", "5"),
        ("（1）决策程序（6分）。纪要缺页，扣1分，得5分。", "6", "5"),
        ("（1）决策程序（6分）。纪要缺页，扣1分。", "6", "5"),
        ("（1）决策程序（6分）。纪要缺页扣1分；没有公示扣0.5分。", "6", "4.5"),
        ("（1）决策程序（6分）。纪要缺页扣1分，没有公示扣1分，共扣2分。", "6", "4"),
        ("（1）决策程序（6分）。经集体研究，得满分。", "6", "6"),
        ("（1）决策程序（6分）。经集体研究，本项不扣分。", "6", "6"),
        ("（1）决策程序（6分）。没有经过研究，本项不得分。", "6", "0"),
        ("（1）决策程序（6分）。没有经过研究，得0分。", "6", "0"),
        ("（1）决策程序（6分）。纪要缺页。本项得分5", "6", "5"),
        ("（1）决策程序（6分）。纪要缺页。本项得分：5。", "6", "5"),
        ("（1）决策程序（六分）。纪要缺页，得五分。", "6", "5"),
        ("（1）决策程序（二十分）。纪要缺页，得十九点五分。", "20", "19.5"),
        ("（1）决策程序（6分）。应得6分，纪要缺页，实得5分。", "6", "5"),
        ("（1）决策程序（6分）。实得5分，纪要缺页，应得6分。", "6", "5"),
        ("（1）决策程序（6分）。评分标准：程序完整得6分，每缺一项扣1分。纪要缺页，得5分。", "6", "5"),
        ("（1）决策程序（6分）。程序完整的得6分，缺一项的得3分。纪要缺页，本项得5分。", "6", "5"),
        ("（1）决策程序（6分）。每缺一项扣1分，未公示的不得分。纪要缺页，扣1分。", "6", "5"),
        ("（1）决策程序（6分）。有纪要得3分；有公示得2分，公示期不够；综上，得5分。", "6", "5"),
        ("（1）决策程序（6分）。有纪要得3分；有公示得3分。", "6", "6"),
        ("（1）决策程序（6分）。会议评议5次，得分率83%，计5分，纪要缺页。", "6", "5"),
        ("（1）决策程序（6分）。满意度测评得分95分。纪要缺页。该项得5分。", "6", "5"),
        ("（1）决策程序（6分）。纪要缺页。该项指标得5分。通用指标共得47分。", "6", "5"),
        ("（1）决策程序（6分）。纪要缺页。该项指标得7分。", "6", "7"),
    ],
)
def test_wording_of_a_score(text: str, full: str, awarded: str, tmp_path: Path) -> None:
    result = read(tmp_path, report(text))
    assert items_of(result) == [("决策程序", full, awarded)]
    assert set(musts(result)) == ({"A05"} if awarded == "7" else set())


@pytest.mark.parametrize(
    ("text", "code", "quote"),
    [
        ("（1）决策程序（6分）。经集体研究，程序完整。", "W08", "没有写得几分"),
        ("（1）决策程序（6分）。有纪要得3分；有公示得2分。", "W08", "3分、2分"),
    ],
)
def test_no_score_is_guessed(text: str, code: str, quote: str, tmp_path: Path) -> None:
    result = read(tmp_path, report(text))
    assert items_of(result) == [("决策程序", "6", None)]
    (missing,) = told(result, code)
    assert quote in missing.finding.message
    assert where(missing.spot) == "三、绩效分析 第1段"


_SIX = [("决策程序", "6", "6"), ("规划论证", "6", "6"), ("资金投向", "6", "3")]


@pytest.mark.parametrize(
    "analysis",
    [
        "一、决策程序（6分）。经集体研究，得6分。\n二、规划论证（6分）。有论证，得6分。\n三、资金投向（6分）。超出范围，得3分。",
        "（一）决策程序（6分）。经集体研究，得6分。\n（二）规划论证（6分）。有论证，得6分。\n（三）资金投向（6分）。超出范围，得3分。",
        "1.决策程序（6分）。经集体研究，得6分。\n2.规划论证（6分）。有论证，得6分。\n3.资金投向（6分）。超出范围，得3分。",
        "（1）决策程序（6分）。经集体研究，得6分。\n（2）规划论证（6分）。有论证，得6分。\n（3）资金投向（6分）。超出范围，得3分。",
        "①决策程序（6分）。经集体研究，得6分。\n②规划论证（6分）。有论证，得6分。\n③资金投向（6分）。超出范围，得3分。",
        "1)决策程序（6分）。经集体研究，得6分。\n2)规划论证（6分）。有论证，得6分。\n3)资金投向（6分）。超出范围，得3分。",
        "决策程序（6分）。经集体研究，得6分。\n规划论证（6分）。有论证，得6分。\n资金投向（6分）。超出范围，得3分。",
        "决策程序（6分）：经集体研究，得6分。规划论证（6分）：有论证，得6分。资金投向（6分）：超出范围，得3分。",
        "（1）决策程序（6分），经研究，得6分；（2）规划论证（6分），有论证，得6分；（3）资金投向（6分），超出范围，得3分。",
        "决策程序6分，得6分；规划论证6分，得6分；资金投向6分，得3分，超出范围扣3分。",
        "### （一）决策程序（6分）\n经集体研究。\n该项得6分。\n### （二）规划论证（6分）\n有论证。\n得6分。\n### （三）资金投向（6分）\n超出范围。\n得3分。",
        "#### 决策程序（6分）\n经集体研究。\n1）有纪要。\n2）有公示。\n该项得6分。\n#### 规划论证（6分）\n有论证。\n得6分。\n"
        "#### 资金投向（6分）\n超出范围。\n得3分。",
        "1.决策程序\n该指标分值6分，得6分。经集体研究。\n2.规划论证\n该指标分值6分，得6分。\n3.资金投向\n该指标分值6分，得3分。超出范围。",
        "（1）决策程序\n（6分）经集体研究，得6分。\n（2）规划论证\n（6分）有论证，得6分。\n（3）资金投向\n（6分）超出范围，得3分。",
        "- 决策程序（6分）。经集体研究，得6分。\n- 规划论证（6分）。有论证，得6分。\n- 资金投向（6分）。超出范围，得3分。",
    ],
)
def test_ways_to_set_items(analysis: str, tmp_path: Path) -> None:
    result = read(tmp_path, report(analysis), lists=[("decimal", "%1.")])
    assert items_of(result) == _SIX
    assert musts(result) == []
    result = read(
        tmp_path, report(analysis.replace("超出范围", "符合范围").replace("扣3分", "")), lists=[("decimal", "%1.")]
    )
    (reason,) = told(result, "E01")
    assert "资金投向" in reason.finding.message
    assert "资金投向" in reason.spot.quote or len(analysis.splitlines()) == 1
    assert musts(result) == ["E01"]


_GROUPS = """
{group}
决策程序（6分）。经集体研究，得6分。
规划论证（6分）。有论证，得6分。
资金投向（6分）。超出范围，得3分。
项目管理（8分），得8分。
制度办法（2分）。有办法，得2分。
绩效监控（6分）。按季监控，得6分。
"""


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("项目决策（18分）", []),
        ("项目决策（18分，得15分）", []),
        ("项目决策（18分），得15分。", []),
        ("1.项目决策（18分）。该部分得15分。", []),
        ("### （一）项目决策（18分）", []),
        ("### （一）项目决策（分值18分，自评得分15分）", []),
        ("项目决策（18分，得18分）", ["A08"]),
        ("1.项目决策（18分）。本部分合计得16分。", ["A08"]),
        ("1.项目决策（20分）。", ["E13"]),
        ("### （一）项目决策（20分，得15分）", ["E13"]),
    ],
)
def test_groups_add_up(group: str, codes: list[str], tmp_path: Path) -> None:
    text = _GROUPS.format(group=group)
    if not group.startswith("项目"):
        text = text.replace(
            "项目管理（8分），得8分。",
            group[: group.index("项目")].replace("1", "2").replace("一", "二") + "项目管理（8分）",
        )
    result = read(tmp_path, report(text))
    assert [name for name, _, _ in items_of(result)] == ["决策程序", "规划论证", "资金投向", "制度办法", "绩效监控"]
    assert {item.level1 for item in result.reports[0].leaves} == {"项目决策", "项目管理"}
    assert musts(result) == codes
    for item in told(result, *codes) if codes else ():
        if item.finding.severity is not Severity.MUST:
            continue  # fewer than 100 marks in all
        assert "项目决策" in item.finding.message and "项目决策" in item.spot.quote


# ---------------------------------------------------------------- moved into a workbook


Sheets = dict[str, list[dict[str, object]]]


def moved(folder: Path, text: str, **how) -> Sheets:
    """Return what a report comes to as a workbook: rows by sheet, values by column title, blank cells left out."""
    result = read(folder, text, **how)
    filling = fill(result.reports, load_rules(standard.DEFAULT_RULES))
    return {
        sheet.title: [
            {sheet.by_key[key].title: value for key, value in row.values.items() if value not in (None, "")}
            for row in filling.rows[sheet.key]
        ]
        for sheet in standard.TABLE_SHEETS[:-1]
    } | {"参数": [{standard.SETTING_BY_KEY[key].title: value for key, value in filling.settings.items() if value}]}


def opened(path: Path) -> Sheets:
    """Return the rows that a workbook holds, without what the template printed."""
    book = openpyxl.load_workbook(path)
    sheets: Sheets = {}
    for sheet in standard.TABLE_SHEETS[:-1]:
        titles, *rows = book[sheet.title].iter_rows(min_row=standard.TITLE_ROW, values_only=True)
        looked_up = {column.title for column in sheet.columns if column.lookup}
        printed = {column.title for column in sheet.columns if column.preprinted} | {"一级指标", "二级指标", "分值"}
        found = [
            {
                title: value
                for title, value in zip(titles, row, strict=True)
                if value is not None and title not in looked_up
            }
            for row in rows
        ]
        sheets[sheet.title] = [row for row in found if row.keys() - printed]
    settings = book[standard.SETTINGS_SHEET.title].iter_rows(min_row=standard.FIRST_ROW, values_only=True)
    sheets["参数"] = [{name: value for name, value, *_ in settings if name and value not in (None, "")}]
    return sheets


def column(rows: Sequence[dict[str, object]], *titles: str) -> list[object]:
    """Return columns of rows, None where a cell is blank."""
    return [tuple(row.get(title) for title in titles) if len(titles) > 1 else row.get(titles[0]) for row in rows]


_AS_WRITTEN = ("一级指标", "二级指标", "三级指标", "指标性质", "指标值", "度量单位", "权重")


def test_ministry_form_is_moved(tmp_path: Path) -> None:
    sheets = moved(tmp_path, CORRECT["clinics"])
    assert column(sheets["绩效指标"], *_AS_WRITTEN) == [
        ("产出指标", "数量指标", "重点人群签约人数", "≥", "15000", "人", 20),
        ("产出指标", "质量指标", "规范随访率", "≥", "90", "%", 10),
        ("产出指标", "时效指标", "补助资金发放天数", "≤", "15", "个工作日", 10),
        ("产出指标", "成本指标", "人均补助标准", "≤", "120", "元", 10),
        ("效益指标", "社会效益指标", "高血压患者规范管理人数", "≥", "6000", "人", 30),
        ("满意度指标", "服务对象满意度指标", "签约患者满意度", "≥", "90", "%", 10),
    ]
    assert column(sheets["完成情况"], "实际完成值", "自评得分") == [
        ("15230", 20), ("88.65", 9.85), ("15", 10), ("120", 10), ("6480", 30), ("88.65", 9.85),
    ]  # fmt: skip
    (project,) = sheets["项目信息"]
    assert project == {
        "项目序号": 1,
        "项目名称": "家庭医生签约服务补助",
        "预算单位": "安宁区基层卫生服务中心",
        "主管部门": "安宁区卫生健康局",
        "年度目标": "重点人群签约服务做到应签尽签。",
        "年度目标完成情况": "签约重点人群15230人，随访四次以上。",
        "自评总分（自评表）": 99.45,
        "自评等级": "优",
    }
    assert column(sheets["项目资金"], "资金来源", "年初预算数", "全年预算数", "全年执行数", "自评执行得分") == [
        ("财政拨款", 186.4, 186.4, 181.74, None),
        ("年度资金总额", 186.4, 186.4, 181.74, 9.75),
    ]
    assert sheets["评价打分"] == []


def test_form_of_the_province_is_moved(tmp_path: Path) -> None:
    sheets = moved(tmp_path, CORRECT["meals"])
    (project,) = sheets["项目信息"]
    assert project["项目编码"] == "51199924T000000060001"
    assert (project["项目名称"], project["预算单位"]) == ("社区助餐点运营补助", "南林市养老服务中心")
    assert project["年度目标"] == "28个助餐点全年运营。"
    assert project["年度目标完成情况"] == "28个助餐点服务老人21.4万人次。"
    assert project["项目实施内容及过程概述"] == "按季度核对就餐人次，审核以后拨付补助。"
    assert project["存在问题"] == "两个助餐点停业两个月。"
    assert (project["自评总分（自评表）"], project["自评等级"]) == (98.92, "优")
    assert column(sheets["绩效指标"], *_AS_WRITTEN)[3] == (
        "效益指标",
        "社会效益指标",
        "服务老年人次",
        "≥",
        "24",
        "万人次",
        10,
    )
    assert column(sheets["完成情况"], "实际完成值", "自评得分")[3] == ("21.4", 8.92)
    assert column(sheets["项目资金"], "资金来源", "年初预算数", "全年预算数", "全年执行数", "自评执行得分")[:2] == [
        ("财政拨款", 320, 320, 320, None),
        ("年度资金总额", 320, 320, 320, 10),
    ]


def test_form_of_the_transfer_is_moved(tmp_path: Path) -> None:
    sheets = moved(tmp_path, CORRECT["fields"])
    assert column(sheets["绩效指标"], "三级指标", "指标性质", "指标值", "度量单位", "权重") == [
        ("建成高标准农田面积", "≥", "12000", "亩", None),
        ("工程验收合格率", "≥", "95", "%", None),
        ("完工时限", None, "2024年4月30日前", None, None),
        ("亩均建设成本", "≤", "2000", "元", None),
        ("亩均增产粮食", "≥", "80", "公斤", None),
        ("受益农户满意度", "≥", "90", "%", None),
    ]
    assert column(sheets["项目资金"], "资金来源", "全年预算数", "全年执行数") == [
        ("中央补助资金", 1800, 1800),
        ("地方资金", 600, 528),
        ("年度资金总额", 2400, 2328),
    ]
    assert column(sheets["评价打分"], "一级指标", "二级指标", "分值", "得分", "扣分原因")[2] == (
        "过程", "资金管理", 15, 14, "有两笔工程款的附件不齐，扣1分。",
    )  # fmt: skip
    assert {row["自评总分（指标体系）"] for row in sheets["项目信息"]} == {96}


def test_form_in_yuan_is_moved(tmp_path: Path) -> None:
    sheets = moved(tmp_path, CORRECT["canals"])
    assert column(sheets["项目资金"], "资金来源", "全年预算数", "全年执行数", "自评执行率") == [
        ("财政拨款", 386, 370.56, None),
        ("年度资金总额", 386, 370.56, "96%"),
    ]


def test_heads_of_two_rows_are_moved(tmp_path: Path) -> None:
    sheets = moved(tmp_path, CORRECT["rivers"])
    assert column(sheets["绩效指标"], *_AS_WRITTEN) == [
        ("产出指标", "数量指标", "安装隔离网长度", "≥", "8.6", "公里", 20),
        ("产出指标", "质量指标", "设施验收合格率", "≥", "95", "%", 20),
        ("产出指标", "时效指标", "施工工期", "≤", "120", "天", 10),
        ("效益指标", "生态效益指标", "水质监测次数", "≥", "48", "次", 30),
        ("满意度指标", "服务对象满意度指标", "周边群众满意度", "≥", "90", "%", 10),
    ]
    assert column(sheets["完成情况"], "实际完成值", "自评得分") == [
        ("8.6", 20),
        ("98", 20),
        ("108", 10),
        ("50", 30),
        ("93", 10),
    ]
    assert column(sheets["项目资金"], "资金来源", "年初预算数", "全年预算数", "全年执行数")[0] == (
        "财政拨款",
        90,
        112,
        112,
    )


def test_scorecard_is_moved(tmp_path: Path) -> None:
    sheets = moved(tmp_path, CORRECT["shelters"])
    rows = column(sheets["评价打分"], "指标类别", "一级指标", "二级指标", "分值", "得分", "扣分原因")
    assert rows[:2] + rows[4:5] + rows[10:11] + rows[-1:] == [
        ("通用指标", "项目决策", "决策程序", 6, 6, None),
        ("通用指标", "项目决策", "规划论证", 6, 6, None),
        ("通用指标", "项目管理", "分配管理", 10, 8, "两个街道的检修费按人口平均分，与场所数量不匹配"),
        ("专用指标", None, "用途合规性", 10, 10, None),
        ("个性指标", None, "物资储备", 6, 5, "应急灯缺12盏"),
    ]
    (project,) = sheets["项目信息"]
    assert (project["自评总分（指标体系）"], project.get("自评总分（自评表）"), project["自评等级"]) == (
        93.5,
        None,
        "优",
    )
    assert project["项目名称"] == "应急避难场所维护经费"
    assert project["预算单位"] == "青川区应急管理局"
    assert column(sheets["项目资金"], "资金来源", "全年预算数", "全年执行数") == [
        ("财政拨款", 48, 48),
        ("年度资金总额", 48, None),
    ]


def test_prose_is_moved(tmp_path: Path) -> None:
    sheets = moved(tmp_path, CORRECT["schools"])
    rows = column(sheets["评价打分"], "指标类别", "一级指标", "二级指标", "分值", "得分", "评分依据", "扣分原因")
    assert rows[4] == (
        "通用指标", "项目管理", "分配管理", 10, 9, None, "按照学籍系统的在校人数分配，其中两所学校的人数核对晚了半个月，扣1分。",
    )  # fmt: skip
    assert rows[-1] == (
        "个性指标",
        None,
        "家长监督",
        6,
        5,
        None,
        "每校成立膳食委员会，但有4所学校的会议记录缺页，扣1分。",
    )
    assert column(sheets["报告内容"], "章节", "内容")[:2] == [
        (
            "设立背景及基本情况",
            "按照省教育厅《关于做好学生营养改善工作的通知》（川教〔2023〕19号），云溪县教育局为全县36所农村学校的学生提供营养午餐。",
        ),
        ("实施目的及支持方向", "让住得远的孩子中午吃上热饭，食材统一采购、统一配送，减轻家长负担。"),
    ]
    assert dict(column(sheets["报告内容"], "章节", "内容"))["预设问题及评价重点"] == (
        "1.预设问题。\n（1）食材价格是否高于市场价？\n（2）供餐是否间断？\n2.评价重点。\n"
        "（1）资金是否专款专用。\n（2）食品安全责任是否落实。"
    )
    assert column(sheets["项目资金"], "资金来源", "全年预算数", "财政拨付数", "实际到位数", "全年执行数") == [
        ("财政拨款", 1250, 1250, 1250, 1231.25),
        ("年度资金总额", 1250, None, None, None),
    ]
    assert sheets["参数"] == [{"单位名称": "云溪县教育局", "预算年度": 2024}]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("□因素法 | ☑项目法 | ☑据实据效 | □因素法与项目法相结合", "项目法、据实据效"),
        ("□因素法　☑项目法　□据实据效 | < | < | <", "项目法"),
        ("因素法□　项目法√　据实据效□ | < | < | <", "项目法"),
        ("□因素法 | 项目法 | 据实据效 | □因素法与项目法相结合", None),
        ("□因素法 | □项目法 | □据实据效 | □因素法与项目法相结合", None),
        ("因素法 | 项目法 | 据实据效 | 因素法与项目法相结合", None),
        ("项目法 | < | < | <", "项目法"),
        (" | < | < | <", None),
    ],
)
def test_ticked_boxes_are_moved(cell: str, expected: str | None, tmp_path: Path) -> None:
    form = f"| 项目名称 | 2024年文物修缮经费 | < | < | < |\n| 绩效分配方式 | {cell} |\n~\n{_FORM}"
    (project,) = moved(tmp_path, report("（1）决策程序（6分）。得6分。", form=form))["项目信息"]
    assert project.get("绩效分配方式") == expected


@pytest.mark.parametrize(
    ("target", "actual", "expected"),
    [
        ("≥50个", "52个", ("≥", "50", "个", "52")),
        ("≥50", "52", ("≥", "50", None, "52")),
        ("不低于95%", "96%", ("≥", "95", "%", "96")),
        ("50个以上", "52", ("≥", "50", "个", "52")),
        ("≤1,200万元", "1,180万元", ("≤", "1200", "万元", "1,180")),
        ("=5家", "5家", ("＝", "5", "家", "5")),
        ("50个", "52个", (None, "50", "个", "52")),
        ("100%", "100%", (None, "100", "%", "100")),
        ("2024年12月底前", "11月", (None, "2024年12月底前", None, "11月")),
        ("全年没有安全事故", "全年没有安全事故", ("定性", "全年没有安全事故", None, "全年没有安全事故")),
        ("≥50个", "52场", ("≥", "50", "个", "52场")),
        ("3-5个", "4个", (None, "3-5个", None, "4个")),
    ],
)
def test_joined_targets_are_moved(target: str, actual: str, expected: tuple[object, ...], tmp_path: Path) -> None:
    form = (
        "| 一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分 | 偏差原因 |\n"
        f"| 产出指标 | 数量指标 | 修缮文物数量 | {target} | {actual} | 50 | 50 | |\n"
    )
    sheets = moved(tmp_path, report("（1）决策程序（6分）。得6分。", form=form))
    (indicator,), (done,) = sheets["绩效指标"], sheets["完成情况"]
    assert (*column([indicator], "指标性质", "指标值", "度量单位")[0], done["实际完成值"]) == expected


@pytest.mark.parametrize("name", ["schools", "clinics", "shelters"])
def test_workbook_holds_what_was_read(name: str, tmp_path: Path) -> None:
    path = save(tmp_path, CORRECT[name])
    run(path, "--to-workbook", tmp_path / "填报.xlsx")
    written, expected = opened(tmp_path / "填报.xlsx"), moved(tmp_path, CORRECT[name])
    for sheet, rows in expected.items():
        assert written[sheet] == rows, sheet


@pytest.mark.parametrize(
    ("actual", "score", "reason", "deduction", "codes"),
    [
        ("52个", "48", "有两处返工，扣2分", 2, []),
        ("52个", "48", "有一处返工扣1分，另一处漏登记扣1分", 2, []),
        ("40个", "40", "少做10个，按比例扣10分", None, []),
        ("52个", "48", "有两处返工", None, ["A06"]),
        ("52个", "48", "有两处返工，扣3分", None, ["A06"]),
    ],
)
def test_deductions_on_a_form(
    actual: str, score: str, reason: str, deduction: int | None, codes: list[str], tmp_path: Path
) -> None:
    form = f"""
    | 项目名称 | 2024年文物修缮经费 | < | < | < | < | < | < |
    | 项目资金（万元） | | 年初预算数 | 全年预算数 | 全年执行数 | 分值 | 执行率 | 得分 |
    | ^ | 财政拨款 | 30 | 30 | 30 | 10 | 100% | 10 |
    | 一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分 | 偏差原因 |
    | 产出指标 | 数量指标 | 修缮文物数量 | ≥50个 | {actual} | 50 | {score} | {reason} |
    | 效益指标 | 社会效益指标 | 接待游客人数 | ≥3000人 | 3100人 | 30 | 30 | |
    | 满意度指标 | 满意度指标 | 游客满意度 | ≥90% | 95% | 10 | 10 | |
    """
    text = report("打分见自评表。", form=form)
    assert moved(tmp_path, text)["完成情况"][0].get("扣减分值") == deduction
    assert musts(read(tmp_path, text)) == codes


# ---------------------------------------------------------------- the declared result


@pytest.mark.parametrize(
    ("conclusion", "result", "grade"),
    [
        ("经自评，综合得分93分，等级为良。", "93", "良"),
        ("自评总分为93.5分，等级为优。", "93.5", "优"),
        ("最终评价得分为九十三分。", "93", None),
        ("最终得分：九十三点五分，评价等级“优”。", "93.5", "优"),
        ("评价结果：93分（优）。", "93", "优"),
        ("评价结果为优，得93分。", "93", "优"),
        ("项目评价得分 93 分，属于优秀等级。", "93", "优"),
        ("本项目得分93分，评定为优。", "93", "优"),
        ("经综合评价，本项目得分93分。", "93", None),
        ("得分93分。", "93", None),
        ("综合得分（满分100分）93分，评价等级为优。", "93", "优"),
        ("指标总分100分，自评得分93分。", "93", None),
        ("总分100分，本项目自评总分100分。", "100", None),
        ("满意度得分95分，上年得分90分，项目总得分93分。", "93", None),
        ("上年自评得分90分，本年自评得分93分。", "93", None),
        ("自评得分93分，其中：产出指标得分48分，效益指标得分29分，满意度指标得分9分。", "93", None),
        ("综合得分93分，同类项目平均得分88分，群众满意度测评得分97分。", "93", None),
        ("按90分以上为优、80分至90分为良、60分至80分为中、60分以下为差，本项目综合得分93分。", "93", None),
        ("满意度得分95分，上年得分90分。", None, None),
        ("其中：决策得分20分，过程得分18分，产出得分30分。", None, None),
        ("评价等级分为优、良、中、差四档。", None, None),
    ],
)
def test_wording_of_the_result(conclusion: str, result: str | None, grade: str | None, tmp_path: Path) -> None:
    found = read(tmp_path, report("无。", conclusion)).reports[0]
    assert [f"{stated.value:f}" for _, stated in found.results] == ([result] if result else [])
    assert (found.grade and found.grade[0]) == grade


_NINETY_THREE = "（1）决策程序（40分）。得40分。\n（2）规划论证（60分）。没有论证，得53分。"


@pytest.mark.parametrize(
    ("before", "conclusion", "places"),
    [
        ("", "综合得分93分。", []),
        ("", "综合得分96分。", ["四、评价结论 第1段"]),
        ("摘要：经自评，项目综合得分96分。", "项目按计划完成。", ["开头 第2段"]),
        ("摘要：经自评，项目综合得分96分。", "综合得分93分。", ["开头 第2段"]),
        ("## 摘要\n项目自评得分95分。", "综合得分96分。", ["摘要 第1段", "四、评价结论 第1段"]),
        ("", "综合得分九十六分。", ["四、评价结论 第1段"]),
    ],
)
def test_result_against_items(before: str, conclusion: str, places: list[str], tmp_path: Path) -> None:
    result = read(tmp_path, report(_NINETY_THREE, conclusion, before=before))
    assert [where(item.spot) for item in told(result, "A08")] == places
    assert all("相差" in item.finding.message for item in told(result, "A08"))


def test_results_that_differ_without_items(tmp_path: Path) -> None:
    result = read(tmp_path, report("打分见附件。", "综合得分96分。", before="摘要：项目综合得分95分。"))
    (twice,) = told(result, "A08")
    assert where(twice.spot) == "开头 第2段"
    assert (
        "“综合得分95分”" in twice.finding.message and "四、评价结论 第1段写的是“综合得分96分”" in twice.finding.message
    )


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("综合得分93分，等级为优。", None),
        ("综合得分93分，等级为良。", "优"),
        ("综合得分93分。\n评价等级：“中”。", "优"),
        ("项目按计划完成，评价等级为良。", "优"),
    ],
)
def test_grade_against_result(conclusion: str, expected: str | None, tmp_path: Path) -> None:
    result = read(tmp_path, report(_NINETY_THREE, conclusion))
    assert [f"得分93分对应的等级是“{expected}”" in item.finding.message for item in told(result, "A16")] == [
        True
    ] * bool(expected)


def test_sums_in_the_conclusion(tmp_path: Path) -> None:
    items = "1.决策（40分）。\n（1）程序（20分）。得20分。\n（2）论证（20分）。没有论证，得18分。\n2.效果（60分）。\n（1）质量（60分）。得60分。"
    right = read(tmp_path, report(items, "综合得分98分，其中决策得分38分，效果得分60分。"))
    assert musts(right) == []
    wrong = read(tmp_path, report(items, "综合得分98分，其中决策得分40分，效果得分60分。"))
    (part,) = told(wrong, "A08")
    assert "“决策”写的是得40分，它下面各项的得分加起来是38分" in part.finding.message
    assert where(part.spot) == "四、评价结论 第1段"


# ---------------------------------------------------------------- scores in tables


_CARD = """
| 一级指标 | 二级指标 | 三级指标 | 分值 | 得分 | 扣分原因 |
| 决策 | 立项 | 立项依据 | 20 | 20 | |
| ^ | ^ | 立项程序 | 20 | 18 | 纪要缺页 |
| 效果 | 质量 | 验收合格 | 40 | 40 | |
| ^ | 满意 | 群众满意 | 20 | 15 | 问卷回收较少 |
"""
_CARD_ITEMS = [("立项依据", "20", "20"), ("立项程序", "20", "18"), ("验收合格", "40", "40"), ("群众满意", "20", "15")]


@pytest.mark.parametrize(
    "table",
    [
        _CARD,
        _CARD + "| 合计 | < | < | 100 | 93 | |\n",
        _CARD.replace("| 效果 |", "| 小计 | < | < | 40 | 38 | |\n| 效果 |") + "| 总分 | < | < | 100 | 93 | |\n",
        _CARD.replace("| ^ |", "|  |"),
        _CARD.replace("得分", "自评得分").replace("分值", "标准分"),
        _CARD.replace("三级指标", "评价指标").replace("扣分原因", "扣分说明"),
        "| 绩效自评打分表 | < | < | < | < | < |" + _CARD,
        "| 一级指标 | 二级指标 | 三级指标 | 评分 | < | 扣分原因 |\n| ^ | ^ | ^ | 分值 | 得分 | ^ |\n"
        + "\n".join(_CARD.strip().splitlines()[1:]),
        "| 一级指标 | 分值 | 二级指标 | 分值 | 三级指标 | 分值 | 得分 | 扣分原因 |\n"
        "| 决策 | 40 | 立项 | 40 | 立项依据 | 20 | 20 | |\n"
        "| ^ | ^ | ^ | ^ | 立项程序 | 20 | 18 | 纪要缺页 |\n"
        "| 效果 | 60 | 质量 | 40 | 验收合格 | 40 | 40 | |\n"
        "| ^ | ^ | 满意 | 20 | 群众满意 | 20 | 15 | 问卷回收较少 |\n",
        "| 一级指标 | 二级指标 | 三级指标 | 得分 | 扣分原因 |\n"
        "| 决策（40分） | 立项（40分） | 立项依据（20分） | 20 | |\n"
        "| ^ | ^ | 立项程序（20分） | 18 | 纪要缺页 |\n"
        "| 效果（60分） | 质量（40分） | 验收合格（40分） | 40 | |\n"
        "| ^ | 满意（20分） | 群众满意（20分） | 15 | 问卷回收较少 |\n",
        "| 一级指标 | 二级指标 | 三级指标 | 目标值 | 完成值 | 分值 | 得分 | 扣分原因 |\n"
        "| 决策 | 立项 | 立项依据 | 充分 | 充分 | 20 | 20 | |\n"
        "| ^ | ^ | 立项程序 | 规范 | 规范 | 20 | 18 | 纪要缺页 |\n"
        "| 效果 | 质量 | 验收合格 | 100% | 100% | 40 | 40 | |\n"
        "| ^ | 满意 | 群众满意 | 90% | 85% | 20 | 15 | 问卷回收较少 |\n",
    ],
)
def test_scores_in_a_table(table: str, tmp_path: Path) -> None:
    right = read(tmp_path, report("打分见附表。", "综合得分93分。", form=f"{table}\n~\n{_FORM}"))
    assert items_of(right) == _CARD_ITEMS
    assert len(right.reports[0].form.indicators) == 6
    assert musts(right) == []
    wrong = read(
        tmp_path, report("打分见附表。", "综合得分96分。", form=f"{table}\n~\n{_FORM}".replace("问卷回收较少", ""))
    )
    assert musts(wrong) == ["A08", "E01"] or musts(wrong) == ["E01", "A08"]
    (reason,) = told(wrong, "E01")
    assert reason.spot.table == 1 and "群众满意" in reason.spot.quote


def test_marks_of_an_upper_level(tmp_path: Path) -> None:
    """One score for several third levels is the score of the second."""
    table = """
| 一级指标 | 二级指标 | 三级指标 | 分值 | 得分 | 扣分原因 |
| 决策 | 立项 | 立项依据 | 40 | 38 | 纪要缺页 |
| ^ | ^ | 立项程序 | ^ | ^ | ^ |
| 效果 | 质量 | 验收合格 | 60 | 60 | |
"""
    result = read(tmp_path, report("打分见附表。", "综合得分98分。", form=f"{table}\n~\n{_FORM}"))
    assert items_of(result) == [("立项", "40", "38"), ("验收合格", "60", "60")]
    assert musts(result) == []


@pytest.mark.parametrize(
    ("table", "code", "message"),
    [
        (_CARD + "| 合计 | < | < | 100 | 96 | |\n", "A08", "写的是得96分，它合计的各行得分加起来是93分"),
        (_CARD + "| 合计 | < | < | 110 | 93 | |\n", "E13", "写的是分值110分，它合计的各行分值加起来是100分"),
        (_CARD.replace("| 40 | 40 |", "| 40 | 45 |"), "A05", "得分写的是45，应在0到40之间"),
        (_CARD.replace("| 40 | 40 |", "| 40 | |"), "W08", "“验收合格”写了分值40分，没有写得几分"),
    ],
)
def test_faults_of_a_table(table: str, code: str, message: str, tmp_path: Path) -> None:
    result = read(tmp_path, report("打分见附表。", form=f"{table}\n~\n{_FORM}"))
    (found,) = told(result, code)
    assert message in found.finding.message.replace("“得分”", "得分")
    assert found.spot.table == 1
    assert musts(result) == [code]


def test_prose_and_table_disagree(tmp_path: Path) -> None:
    prose = "（1）立项依据（20分）。得20分。\n（2）立项程序（20分）。纪要缺页，得16分。\n（3）验收合格（40分）。得40分。\n（4）群众满意（20分）。问卷较少，得15分。"
    result = read(tmp_path, report(prose, "综合得分91分。", form=f"{_CARD}\n~\n{_FORM}"))
    (found,) = told(result, "A08")
    assert "“立项程序”正文写的是20分得16分，打分表写的是20分得18分" in found.finding.message
    assert where(found.spot) == "三、绩效分析 第2段"


def test_nested_table(tmp_path: Path) -> None:
    nested = build([*items(report("打分见附表。", "综合得分93分。")), ("table", [[[*items(_CARD)]]])])
    assert items_of(audited(tmp_path, nested)) == _CARD_ITEMS


# ---------------------------------------------------------------- several forms


_SECOND = """
| 项目名称 | {name} | < | < | < | < | < | < |
""" + _FORM.replace("修缮文物数量", "购置展柜数量").strip()


def test_two_forms_are_two_projects(tmp_path: Path) -> None:
    first = "| 项目名称 | 51199924T000000070001-2024年文物修缮经费 | < | < | < | < | < | < |\n" + _FORM.strip()
    text = report(
        "（1）决策程序（6分）。得6分。", form=f"{first}\n~\n{_SECOND.format(name='51199924T000000070002-展柜购置')}"
    )
    assert musts(read(tmp_path, text)) == []
    sheets = moved(tmp_path, text)
    assert column(sheets["项目信息"], "项目序号", "项目编码", "项目名称") == [
        (1, "51199924T000000070001", "2024年文物修缮经费"),
        (2, "51199924T000000070002", "展柜购置"),
    ]
    assert column(sheets["绩效指标"], "项目序号", "三级指标")[::6] == [(1, "修缮文物数量"), (2, "购置展柜数量")]
    assert column(sheets["绩效指标"], "指标编号") == column(sheets["完成情况"], "指标编号")
    assert len(sheets["绩效指标"]) == 12


def test_two_forms_of_one_project(tmp_path: Path) -> None:
    """The province's form and the county's, of the same project."""
    first = "| 项目名称 | 2024年文物修缮经费 | < | < | < | < | < | < |\n" + _FORM.strip()
    second = _SECOND.format(name="2024年文物修缮经费").replace("购置展柜数量", "修缮文物数量")
    sheets = moved(tmp_path, report("（1）决策程序（6分）。得6分。", form=f"{first}\n~\n{second}"))
    assert len(sheets["项目信息"]) == 1
    assert len(sheets["绩效指标"]) == 6


def test_form_in_two_pieces(tmp_path: Path) -> None:
    head = "| 项目名称 | 2024年文物修缮经费 |\n| 预算单位 | 某县文管所 |\n| 年度资金总额 | 30 |"
    rows = _FORM.strip().splitlines()
    pieces = f"{head}\n~\n{chr(10).join(rows[:4])}"
    sheets = moved(tmp_path, report("（1）决策程序（6分）。得6分。", form=pieces))
    assert column(sheets["项目信息"], "项目名称", "预算单位") == [("2024年文物修缮经费", "某县文管所")]
    assert column(sheets["绩效指标"], "三级指标") == ["修缮文物数量", "验收合格率", "修缮天数"]
    assert column(sheets["项目资金"], "全年预算数") == [30]


# ---------------------------------------------------------------- chapters


def chapters(result: Audit) -> list[str]:
    """Return where each paragraph that is no heading stands."""
    return list(dict.fromkeys(line.spot.chapter for line in result.reports[0].lines if not line.heading))


_PLAIN_CHAPTERS = """
# 2024年绿道养护经费项目绩效评价报告
{0}项目概况
{1}立项背景
全县绿道38公里，需要日常养护。
{1}资金安排
项目预算30万元。
{0}评价实施
{1}评价方法
逐段巡查，查看养护记录。
{0}绩效分析
养护到位（100分）。巡查发现两处破损，扣4分，得96分。
{0}评价结论
综合得分96分，等级为优。
{0}存在问题
巡查频次偏低。
{0}改进建议
每周增加一次巡查。
"""


def _with_heads(one: str, two: str, *, numbers: bool = True) -> str:
    """The report with these marks in front of chapters and parts; `{}` in them counts."""
    lines, counts = [], [0, 0]
    for line in _PLAIN_CHAPTERS.strip().splitlines():
        level = 0 if line.startswith("{0}") else 1 if line.startswith("{1}") else None
        if level is not None:
            counts[level:] = [counts[level] + 1] + [0] * (1 - level)
            mark = (one, two)[level].format("一二三四五六"[counts[level] - 1], n=counts[level], upper=counts[0])
            line = mark + line[3:]
        lines.append(line)
    return "\n".join(lines) + _FORM


@pytest.mark.parametrize(
    ("one", "two", "styled"),
    [
        ("## {}、", "### （{}）", True),
        ("{}、", "（{}）", False),
        ("{}．", "({})", False),
        ("## 第{}部分 ", "### {}、", True),
        ("第{}部分　", "{}、", False),
        ("第{}章 ", "第{}节 ", False),
        ("## ", "### ", True),
        ("### ", "#### ", True),
        ("## {n}. ", "### {upper}.{n} ", True),
        ("## {n} ", "### {upper}.{n} ", True),
        ("- ", "-- ", False),
        ("", "", False),
    ],
)
def test_ways_to_set_chapters(one: str, two: str, styled: bool, tmp_path: Path) -> None:
    text = _with_heads(one, two)
    result = read(tmp_path, text, styled=styled)
    report = result.reports[0]
    assert items_of(result) == [("养护到位", "100", "96")]
    assert [f"{stated.value:f}" for _, stated in report.results] == ["96"]
    assert (report.grade and report.grade[0]) == "优"
    assert [name for name in report.passages if name in standard.CHAPTERS[-3:]] == list(standard.CHAPTERS[-3:])
    assert set(standard.CHAPTERS) - set(report.passages) <= {
        *standard.CHAPTERS[1:2],
        *standard.CHAPTERS[3:6],
        "评价组织",
    }
    assert [(where(item.spot), item.finding.message) for item in told(result)] == []
    wrong = read(tmp_path, text.replace("综合得分96分", "综合得分98分"), styled=styled)
    (found,) = told(wrong, "A08")
    assert "评价结论 第1段" in where(found.spot)


def test_title_as_heading(tmp_path: Path) -> None:
    """The report's title has the style of a first heading, its chapters that of a second."""
    text = _with_heads("### {}、", "#### （{}）").replace("# 2024", "## 2024", 1)
    result = read(tmp_path, text)
    assert chapters(result)[1:3] == ["一、项目概况（一）立项背景", "一、项目概况（二）资金安排"]
    assert result.reports[0].name == "2024年绿道养护经费"
    assert told(result) == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("1.巡查。\n2.修补。\n3.记录。", []),
        ("1.巡查。\n2.修补。\n（1）路面。\n（2）护栏。\n3.记录。", []),
        ("一、巡查。\n二、修补。\n三、记录。", []),
        ("（一）巡查到位。\n1.人员。\n2.车辆。\n（二）修补及时。\n1.材料。\n2.工期。", []),
        ("（一）巡查到位。\n1.人员。\n2.车辆。\n（二）修补及时。\n3.材料。\n4.工期。", []),
        ("1.巡查。\n3.修补。\n4.记录。", ["E12"]),
        ("（1）巡查。\n（2）修补。\n（2）记录。", ["E12"]),
        ("（1）巡查护栏。\n修补路面。\n更换灯具。", ["E12"]),
    ],
)
def test_numbering(text: str, codes: list[str], tmp_path: Path) -> None:
    result = read(tmp_path, report("（1）决策程序（100分）。得100分。").replace("逐处查看并核对付款凭证。", text))
    assert [item.finding.code for item in told(result)] == codes
    for item in told(result):
        assert "评价实施" in item.spot.chapter


def test_numbering_of_chapters(tmp_path: Path) -> None:
    skipped = (
        report("（1）决策程序（100分）。得100分。").replace("五、存在", "六、存在").replace("六、改进", "七、改进")
    )
    (found,) = told(read(tmp_path, skipped))
    assert found.finding.code == "E12" and "1、2、3、4、6、7" in found.finding.message
    assert where(found.spot) == "六、存在问题 标题"
    twice = report("（1）决策程序（100分）。得100分。").replace("四、评价", "三、评价")
    (found,) = told(read(tmp_path, twice, styled=False))
    assert "1、2、3、3、5、6" in found.finding.message
    assert where(found.spot) == "三、评价结论 标题"


# ---------------------------------------------------------------- what Word does to a text


def test_changes_boxes_and_controls(tmp_path: Path) -> None:
    content = items(report("（1）决策程序（40分）。得40分。", "占位"))
    place = content.index(("p", "（1）决策程序（40分）。得40分。"))
    content[place + 1 : place + 1] = [
        ("p", "（2）规划论证（20分）。", deleted("得20分"), inserted("没有论证，得15分"), "。"),
        ("p", box([("p", "（3）资金投向（20分）。符合规定，得20分。")])),
        ("control", [("p", "（4）制度办法（20分）。", control("有办法，得20分"), "。")]),
    ]
    content = [
        ("p", "综合得分", hidden("100"), "95", inserted("分"), "。") if item == ("p", "占位") else item
        for item in content
    ]
    result = audited(tmp_path, build(content))
    assert [awarded for _, _, awarded in items_of(result)] == ["40", "15", "20", "20"]
    assert [item.finding.code for item in told(result)] == ["W07"]
    assert "处修订" in told(result)[0].finding.message


# ---------------------------------------------------------------- money


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("预算金额30万元，实际支出29.55万元，资金执行率98.5%。", []),
        ("项目预算300,000元，实际支出295,500元，预算执行率为98.5%。", []),
        ("项目预算0.003亿元，全年执行数29.55万元，预算执行率98.5％。", []),
        ("项目预算３０万元，实际支出29.55万元，执行率达到98.5%。", []),
        ("指标金额30万元，财政拨付资金29.55万元，财政资金拨付率98.5%。", []),
        ("上年预算数20万元，项目预算30万元，其中设备预算金额5万元，预算执行率上半年40%。", []),
        ("年初预算数25万元，全年预算数30万元，实际支出30万元，执行率100%。", []),
        ("项目预算30万元，合同金额28万元，第一批拨付资金10万元，第二批拨付资金20万元。", []),
        ("指标金额30万元，财政拨付资金28.5万元，财政资金拨付率98.5%。", ["A17"]),
        ("项目预算30万元，实际支出29.55万元，预算执行率89.5%。", ["A17"]),
        ("项目预算300,000元，实际支出285,500元，预算执行率98.5%。", ["A17"]),
        ("项目预算30万元。\n本年项目预算32万元全部下达。", ["A14"]),
    ],
)
def test_money_in_prose(text: str, codes: list[str], tmp_path: Path) -> None:
    spoken = report("（1）决策程序（100分）。得100分。").replace("县文管所对5处文物进行修缮。", text)
    result = read(
        tmp_path, spoken.replace("项目总成本 | ≤ | 30 | 万元 | 20 | 30", "每处修缮成本 | ≤ | 6 | 万元 | 20 | 6")
    )
    assert [item.finding.code for item in told(result)] == codes
    for item in told(result):
        assert item.spot.chapter == "一、项目概况"
        assert item.spot.quote[:4] in text


def test_budget_against_the_form(tmp_path: Path) -> None:
    form = (
        "| 项目名称 | 文物修缮 | < | < | < | < | < | < |\n| 年度资金总额 | 30 | < | < | < | < | < | < |\n"
        + _FORM.strip()
    )
    text = report("（1）决策程序（100分）。得100分。", form=form).replace("县文管所对", "项目预算32万元，县文管所对")
    (found,) = told(read(tmp_path, text), "A14")
    assert "“项目预算32万元”，自评表的年度资金总额是30万元" in found.finding.message
    assert where(found.spot) == "一、项目概况 第1段"


# ---------------------------------------------------------------- no report at all


def test_empty_document(tmp_path: Path) -> None:
    for content in (build([]), build([("p", ""), ("table", [["", ""]])])):
        result = audited(tmp_path, content)
        assert musts(result) in (["S01"], ["W03"])
        assert len(told(result)) == 1


def test_minutes_of_a_meeting(tmp_path: Path) -> None:
    text = """
    # 局务会议纪要
    时间：2024年5月6日　地点：三楼会议室
    一、传达学习上级会议精神
    会议学习了有关文件。
    二、研究采购事项
    会议同意采购办公电脑5台，预算2.5万元，由办公室按程序办理。
    （一）采购方式为网上超市。
    （二）6月底前完成。
    三、其他事项
    考勤满分100分，每迟到一次扣2分，本月最高得分98分。
    """
    result = read(tmp_path, text)
    assert [item.finding.code for item in told(result)] == ["W03"]
    assert "不像绩效自评报告" in told(result)[0].finding.message


def test_a_thousand_pages(tmp_path: Path) -> None:
    """Prose, and a hundred times as many scored items as a report has."""
    prose = "".join(
        f"第{number}段记录了当天的巡查路线和发现的问题，巡查人员签字确认，问题当天移交养护班组处理。\n"
        for number in range(18_000)
    )
    scored = "".join(
        f"（{(number - 1) % 99 + 1}）指标甲{number}（5分）。台账齐全。该项指标得5分。\n" for number in range(1, 1600)
    )
    content = docx(report(scored, "综合得分96分。").replace("逐处查看并核对付款凭证。", prose))
    started = time.perf_counter()
    result = audited(tmp_path, content)
    spent = time.perf_counter() - started
    assert len(result.reports[0].leaves) == 1599
    assert spent < 15, f"{spent:.1f}秒"  # some 2.5 where nothing else runs


# ---------------------------------------------------------------- correct reports, spoiled in one place

_ANALYSIS = "三、绩效分析（一）通用指标绩效分析"


@pytest.mark.parametrize(
    ("name", "right", "wrong", "found"),
    [
        ("schools", "本项目得分95.5分", "本项目得分96.5分", ["A08 四、评价结论 第1段"]),
        ("schools", "评价等级为“优”", "评价等级为“良”", ["A16 四、评价结论 第1段"]),
        ("schools", "通用指标得分51.5分", "通用指标得分52.5分", ["A08 四、评价结论 第1段"]),
        ("schools", "，其中两所学校的人数核对晚了半个月，扣1分", "", [f"E01 {_ANALYSIS} 第7段"]),
        ("schools", "2.项目管理（18分）", "2.项目管理（20分）", [f"E13 {_ANALYSIS} 第5段"]),
        ("schools", "单位资金使用率98.5%", "单位资金使用率99.5%", [f"A17 {_ANALYSIS} 第10段"]),
        ("schools", "三级指标6个", "三级指标8个", ["E10 一、项目概况（四）项目绩效目标设置 第1段"]),
        ("schools", "弄清营养餐的质量", "开展部门整体绩效评价，弄清营养餐的质量", ["E06 二、评价实施（一）评价目的 第1段"]),
        ("schools", "食材抽检合格率 | ≥ | 98 | % | 10", "食材抽检合格率 | ≥ | 98 | % | 15", ["A01 表1（专项预算项目绩效目标完成情况自评表）第11行", "A03 表1（专项预算项目绩效目标完成情况自评表）第11行"]),
        ("schools", "供餐学校数量 | ＝ | 36 | 所 | 20 | 36", "供餐学校数量 | ＝ | 36 | 所 | 20 | 全部", ["C01 表1（专项预算项目绩效目标完成情况自评表）第11行"]),
        ("schools", "其中：财政拨款 | < | 1,250", "其中：财政拨款 | < | 1,205", ["A11 表1（专项预算项目绩效目标完成情况自评表）第5行", f"A13 {_ANALYSIS} 第10段"]),
        ("roads", "项目综合得分93.5分", "项目综合得分95.5分", ["A08 三、综合评价情况及评价结论 第1段"]),
        ("roads", "决策得分17分", "决策得分18分", ["A08 三、综合评价情况及评价结论 第1段"]),
        ("roads", "| 1 | 清单中有1处涵洞漏计 |", "| 1 | |", ["E01 表1（附表：绩效评价指标体系打分表）第6行"]),
        ("roads", "| 100 | | 93.5 | |", "| 100 | | 94.5 | |", ["A08 表1（附表：绩效评价指标体系打分表）第19行"]),
        ("roads", "年度资金总额： | 860 | 860 | 817 | 10 | 95%", "年度资金总额： | 860 | 860 | 817 | 10 | 98%", ["A09 表2（附表：项目支出绩效自评表）第4行"]),
        ("roads", "| 100 | 99.5 | |", "| 100 | 100 | |", ["A07 表2（附表：项目支出绩效自评表）第16行"]),
        ("roads", "≥23.6公里 | 23.6公里", "≥23.6公里 | ≥23.6公里", ["C02 表2（附表：项目支出绩效自评表）第11行"]),
        ("roads", "≥95% | 100% | 20 | 20", "≥95% | | 20 | 20", ["B01 表2（附表：项目支出绩效自评表）第12行"]),
        ("clinics", "自评总分为99.45分", "自评总分为98.45分", ["A07 三、综合评价 第1段"]),
        ("clinics", "等级为优", "等级为良", ["A16 三、综合评价 第1段"]),
        ("clinics", "9.85 | 山区等候时间长；来年增加巡诊车辆", "9.85 | ", ["B02 表1（项目支出绩效自评表（2024年度））第17行"]),
        ("clinics", "四、存在的问题和改进措施", "四、其他情况", ["W06 全篇"]),
        ("fields", "评价结果：96分（优）", "评价结果：97分（优）", ["A08 第四部分 评价结论 第1段"]),
        ("fields", "三、产出（30分，得29分）", "三、产出（30分，得30分）", ["A08 第三部分 绩效分析三、产出（30分，得30分） 标题"]),
        ("fields", "；有两笔工程款的附件不齐，扣1分", "", ["E01 第三部分 绩效分析二、过程（25分，得23分） 第1段"]),
        ("fields", "其中：中央补助 | < | 1,800 | 1,800", "其中：中央补助 | < | 1,800 | 1,700", ["A11 表1（中央对地方转移支付区域绩效目标自评表）第6行", "A09 表1（中央对地方转移支付区域绩效目标自评表）第6行"]),
        ("reading", "九十六点九分", "九十七点九分", ["A08 评价结论 第1段"]),
        ("reading", "因两场活动临时改期，签到册与经费明细的日期对不上，扣2分，得8分。", "得8分。", ["E01 绩效分析通用指标 第7段"]),
        ("reading", "经费用于活动场地、图书采购和讲师课酬。得满分。", "经费用于活动场地、图书采购和讲师课酬。", ["W08 绩效分析通用指标 第4段"]),
        ("canals", "项目综合得分为94分", "项目综合得分为95分", ["A08 开头 第3段"]),
        ("canals", "自评得分28分）\n1.清淤", "自评得分30分）\n1.清淤", ["A08 三、指标完成情况分析（三）产出指标（分值30分，自评得分30分） 标题"]),
        ("canals", "全年执行数3,705,600元，预算执行率96%", "全年执行数3,705,600元，预算执行率98%", ["A17 一、项目基本情况（二）资金安排 第1段"]),
        ("canals", "全年预算数3,860,000元", "全年预算数3,680,000元", ["A14 一、项目基本情况（二）资金安排 第1段", "A17 一、项目基本情况（二）资金安排 第1段", "A17 三、指标完成情况分析（二）过程指标（分值20分，自评得分18分） 第1段"]),
        ("meals", "项目自评得分98.92分，评价", "项目自评得分99.92分，评价", ["A07 三、评价结论 第1段"]),
        ("meals", "| 20 | 天 | 18 | 20 | 20", "| 20 | 天 | 25 | 20 | 20", ["A06 表1（部门预算项目支出绩效自评表（2024年度））第16行", "B02 表1（部门预算项目支出绩效自评表（2024年度））第16行"]),
        ("rivers", "项目总得分97分", "项目总得分98分", ["A08 四、综合评价情况及评价结论 第1段"]),
        ("rivers", "项目决策得分19分", "项目决策得分20分", ["A08 四、综合评价情况及评价结论 第1段"]),
        ("rivers", "标志牌数量的目标与设计图相差3块，扣1分。", "标志牌按图安装。", ["E01 三、绩效评价指标分析（一）项目决策情况（满分20分，得19分） 第3段"]),
        ("shelters", "自评总分93.5分（优）", "自评总分95.5分（优）", ["A08 四、评价结论 第1段"]),
        ("shelters", "| 5 | 第四季度少开展一次 |", "| 5 | |", ["E01 表1（附表1绩效自评打分表）第8行"]),
        ("shelters", "| 小计 | < | 18 | | 15 | |", "| 小计 | < | 18 | | 16 | |", ["A08 表1（附表1绩效自评打分表）第9行"]),
        ("shelters", "51199924T000000080001", "51199924T00000008001", ["C09 表2（专项预算项目绩效目标完成情况自评表）第2行"]),
        ("survey", "合计得分97.5分", "合计得分98.5分", ["A08 四、评价结论 第1段"]),
        ("survey", "通用指标52.5分", "通用指标得分53.5分", ["A08 四、评价结论 第1段"]),
        ("survey", "有一个月因系统升级晚报了一天，扣0.5分，得2.5分", "按月完成，得2.5分", ["E01 三、绩效分析（一）通用指标绩效分析 第4段"]),
        ("survey", "川北财行〔2024〕6号", "川北财行[2024]6号", ["E11 一、项目概况（二）预算安排 第1段"]),
    ],
)  # fmt: skip
def test_spoiled_reports(name: str, right: str, wrong: str, found: list[str], tmp_path: Path) -> None:
    assert CORRECT[name].count(right) == 1
    result = read(tmp_path, CORRECT[name].replace(right, wrong))
    told_at = [f"{item.finding.code} {where(item.spot)}" for item in told(result) if item.finding.code != "C03"]
    assert sorted(told_at) == sorted(found)
    for item in told(result):
        if item.spot and item.finding.code != "C03":
            # The quote can be searched for in Word.
            assert squeeze(item.spot.quote.rstrip("…"))[:6] in squeeze(docx_text(result, item))


def docx_text(result: Audit, item: Located) -> str:
    """Return the paragraph or the row that a finding points at."""
    outline, spot = result.reports[item.finding.workbook].outline, item.spot
    if spot.table:
        return " ".join(cell.text for cell in outline.tables[spot.table - 1].table.rows[spot.paragraph - 1])
    return next(line.label + line.text for line in outline.lines if line.spot == spot)


# ---------------------------------------------------------------- what a clerk reads

#: As much as possible is wrong here.
_WRONG_FORM = """
| 专项预算项目绩效目标完成情况自评表 | < | < | < | < | < | < | < | < | < |
| 项目名称 | 5119-2023年文物修缮经费 | < | < | < | < | < | < | < | < |
| 项目类型 | 基础设施 | < | < | < | < | < | < | < | < |
| 项目起止年限 | 2023年度 | < | < | < | < | < | < | < | < |
| 项目资金（万元） | | 年初预算数 | 全年预算数 | 全年执行数 | 分值 | 执行率 | 得分 | < | < |
| ^ | 年度资金总额 | 30 | 35 | 36 | 10 | 80% | 11 | < | < |
| ^ | 财政拨款 | 30 | 30 | 36 | | | | < | < |
| 一级指标 | 二级指标 | 三级指标 | 指标性质 | 指标值 | 度量单位 | 权重 | 实际完成值 | 得分 | 偏差原因分析 |
| 产出指标 | 数量指标 | 资金支付率 | ≥ | 95 | % | 10 | 980 | 10 | |
| 产出指标 | 质量指标 | 任务完成率 | ≥ | 95 | | 10 | 90 | 10 | |
| 产出指标 | 数量指标 | 新建展厅数量 | ≤ | 4 | 个 | 0 | 4 | 0 | |
| 产出指标 | 时效指标 | 修缮及时率 | 大约 | 100 | % | 10 | 100 | 12 | |
| 产出指标 | 时效指标 | 修缮天数 | ＝ | 90 | 天 | 10 | 95 | 10 | |
| 效益指标 | 社会效益指标 | 有效提升保护水平 | 定性 | 明显 | | 10 | 还可以 | 6 | 无 |
| 效益指标 | 社会效益指标 | 群众投诉 | ≥ | 5 | 件 | 10 | ≥3 | 10 | |
| 效益指标 | 经济成本指标 | 保障率 | ≥ | 95 | % | 10 | 0.98 | 10 | |
| 满意度指标 | 满意度指标 | 上级部门满意度 | ≥ | 90 | % | 10 | 满意 | 10 | |
| 满意度指标 | 满意度指标 | 学生满意度 | ≥ | 90 | % | 10 | 250 | 10 | |
| 成本指标 | 经济成本指标 | 项目总成本 | ≥ | 40 | 万元 | 20 | 36 | 20 | |
| 成本指标 | 经济成本指标 | 投入资金 | ≤ | 40 | 万元 | 20 | 36 | 20 | |
| 合计 | < | < | < | < | < | 130 | | 150 | |
"""
_WRONG_ANALYSIS = """
### （一）通用指标
1.项目决策（20分）。
（1）决策程序（8分）。经研究，酌情扣分。该项指标得7分。
（2）规划论证（6分）。少开一次会，扣2分。该项指标得5分。
### （二）专用指标
1.用途合规性（10分）。合规。得12分。
2.程序合规性（10分）。合规。
3.标准合规性（10分）。有办法得3分；执行好得4分。
### （三）个性指标
1.资料（10分）。齐全,完整。该项指标得9分。
【待填写：其他个性指标】
"""
#: What only workbooks have.
_OF_WORKBOOKS = re.compile(
    "工作簿|工作表|下拉框|参数表|扣减分值|完成档次|得分比例|程序计算|资金表|指标表|评价打分|单元格|粘贴|填报说明|自评执行|[A-Z]{1,2}\\d+格"
)


def test_words_of_findings(tmp_path: Path) -> None:
    text = report(
        _WRONG_ANALYSIS, "自评得分99分，等级为良。经费构成：人员占40%，水电占50%，分为两块。", form=_WRONG_FORM
    )
    text = text.replace(
        "县文管所对5处文物进行修缮。",
        "根据某财预[2024]5号,县文管所设置三级指标8个。项目预算30万元，实际支出30万元，预算执行率90%。",
    ).replace("修缮材料运输不便。", "一是运输不便。二是资料不全。三是人员不足。")
    found = told(read(tmp_path, text))
    assert len({item.finding.code for item in found}) > 35
    for item in found:
        if item.finding.code != "W01":  # left by the program, which writes it from a workbook
            words = f"{item.finding.message}{item.finding.fix}{item.finding.basis}"
            assert not _OF_WORKBOOKS.search(words), words


# ---------------------------------------------------------------- the command


def run(*words: object) -> int:
    """Run `perf-excel audit`; return its exit status."""
    return main(["audit", "--quiet", *map(str, words)])


def test_command(tmp_path: Path) -> None:
    right = save(tmp_path, CORRECT["schools"], "学校.docx")
    wrong = save(tmp_path, CORRECT["roads"].replace("项目综合得分93.5分", "项目综合得分95.5分"), "道路.docx")
    (tmp_path / "旧.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert run(right) == 0
    assert run(right, wrong, "--json", tmp_path / "a.json", "-o", tmp_path / "清单.xlsx") == 1
    assert run(tmp_path / "旧.doc", "--json", tmp_path / "b.json") == 2
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert [book["status"] for book in data["workbooks"]] == ["ok", "needs_fix"]
    assert data["projects"][1]["scorecard"]["total"] == 93.5
    (found,) = [item for item in data["findings"] if item["severity"] == "必须修改"]
    assert (found["code"], found["workbook"], found["cell"]) == ("A08", 1, None)
    assert found["place"] == {
        "chapter": "三、综合评价情况及评价结论",
        "paragraph": 1,
        "quote": "经评价，项目综合得分93.5分，评价等级为“优…".replace("93.5", "95.5"),
        "table": None,
    }
    listed = openpyxl.load_workbook(tmp_path / "清单.xlsx")["问题清单"]
    row = next(row for row in listed.iter_rows(values_only=True) if row[2] == "A08")
    assert row[3:5] == ("道路.docx", "三、综合评价情况及评价结论 第1段")
    told = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))["findings"]
    assert [item["code"] for item in told] == ["S01"] and "另存为" in told[0]["fix"]
