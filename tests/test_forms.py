"""The official forms and 打分表: what stands on them, how they print, and that every figure on them is live."""

import hashlib
import io
import itertools
import math
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import openpyxl
import pytest
from forms_truth import NAMES, REFRESH, SCORECARD, SOURCES, committed, forms_book, loaded, truths
from openpyxl.utils import get_column_letter, range_boundaries
from python_calamine import CalamineWorkbook
from test_recalculation import RULES, differences, recalculated, varied
from workbooks import COMPLETE, PROJECT, ROWS, cell_of, clean_rows, codes, findings_of, rows_of, spoil, write

import perf_excel
from perf_excel.cli import main
from perf_excel.render.forms import FORMS
from perf_excel.render.forms.grid import Grid
from perf_excel.workbook import standard
from perf_excel.workbook.template import sample_content

LONG = (
    "一是按照年度工作计划，组织开展设备巡检和维护，全年完成5家煤矿的联网检查；二是对发现的37项问题逐项登记、限期整改；"
    * 10
)[:400]
FORM_SHEETS = tuple(FORMS)

# ---------------------------------------------------------------- hard data


def thirty():
    """30 indicators, some with long names and reasons, over several pages."""
    level3, reason = (
        "监测监控中心设备正常运行天数及联网煤矿上传数据完整情况",
        "受6月汛期影响，两家煤矿停产整顿，其余按计划完成",
    )
    kinds = (
        *[("产出指标", "数量指标", "≥", "15", "个", 3, "16")] * 10,
        *[("产出指标", "质量指标", "≥", "95", "%", 3, "96")] * 5,
        *[("产出指标", "时效指标", "≤", "12月底前", None, 1, "11月")] * 5,
        *[("效益指标", "社会效益指标", "定性", "群众安全感逐步提高", None, 3, "群众安全感逐步提高")] * 8,
        *[("满意度指标", "服务对象满意度指标", "≥", "90", "%", 5.5, "88")] * 2,
    )
    rows = clean_rows()
    rows["indicators"], rows["actuals"] = rows_of(kinds)
    for number, (target, actual) in enumerate(zip(rows["indicators"], rows["actuals"], strict=True)):
        target["level3"] = level3 * (number % 3 + 1)
        actual["reason"] = reason * (number % 4)
    rows["scorecard"] = [
        {"project_no": 1, "category": "通用指标", "level1": f"项目{n // 5}", "level2": f"指标{n}", "full_marks": 5}
        | {"awarded": 4, "evidence": LONG[: 7 * n], "reason": LONG[: 3 * n]}
        for n in range(20)
    ]
    return rows


def long():
    """400 characters in every text."""
    rows = clean_rows()
    names = "plan fund_rules basis scope conditions goal goal_result process conclusion problems improvements period".split()
    rows["projects"][0] |= dict.fromkeys(names, LONG)
    rows["projects"][0] |= {"name": LONG[:200], "unit": LONG[:200], "department": LONG[:200], "leader": LONG[:80]}
    rows["projects"][0]["allocation"] = f"项目法、{LONG[:100]}"
    rows["indicators"], rows["actuals"] = rows_of(
        (*ROWS[:3], ("效益指标", "社会效益指标", "定性", LONG, None, 30, LONG))
    )
    for target, actual in zip(rows["indicators"], rows["actuals"], strict=True):
        target |= {"level2": LONG[:150], "level3": LONG}
        actual |= {"reason": LONG, "evidence": LONG}
    rows["indicators"][0]["unit"] = LONG[:100]
    rows["funds"][0] |= {"low_reason": LONG, "adjust_reason": LONG[:200], "executed": 10}
    rows["scorecard"] = [
        {"project_no": 1, "category": "通用指标", "level1": LONG[:80], "level2": LONG[:100] + str(n), "full_marks": 10}
        | {"awarded": 9, "evidence": LONG, "reason": LONG}
        for n in range(5)
    ]
    return rows


def blank():
    return {"projects": [{"project_no": 1, "name": "空白项目"}], "funds": [], "indicators": [], "actuals": []}


def half_blank():
    rows = blank()
    rows["indicators"] = [{"indicator_no": f"ZB00{n}", "project_no": 1} for n in (1, 2, 3)]
    rows["funds"] = [
        {"project_no": 1, "source": "财政拨款", "initial": 3},
        {"project_no": 1, "initial": 4, "budget": 5},
    ]
    rows["scorecard"] = [{"project_no": 1, "category": "通用指标", "level2": "决策程序", "evidence": "会议纪要"}]
    return rows


def five_sources():
    """Every kind of money, 年度资金总额 among it, and two of one kind."""
    rows = clean_rows()
    rows["funds"] = [
        {"project_no": 1, "source": source, "initial": 10.5 + n, "budget": 12.25 + n, "executed": 9.123456 + n}
        for n, source in enumerate((*standard.SOURCES[:-1], standard.SOURCES[0]))
    ]
    rows["funds"].append({"project_no": 1, "source": standard.TOTAL_SOURCE, "budget": 70, "executed": 123456789.12})
    return rows


def capped():
    """Two indicators 取消, the rest brought back to the full total, and a cap by the execution rate (with RULES)."""
    rows = clean_rows()
    for number in (0, 2):
        rows["indicators"][number] |= {"new_target": "取消", "new_basis": "某财绩〔2024〕18号"}
    rows["funds"][0] |= {"budget": 20, "executed": 13.7}
    return rows


def unscored():
    """Scores that are not there: an actual, a judgement and a weight are missing."""
    rows = clean_rows()
    rows["actuals"][0]["actual"] = ""
    rows["actuals"][3]["actual"] = "还说不清"
    rows["indicators"][1]["weight"] = None
    return rows


def wide():
    """Figures that no column has room for."""
    rows = clean_rows()
    rows["indicators"][0]["target"] = "123456789012.55"
    rows["actuals"][0]["actual"] = "123456789012.5500000"
    rows["funds"][0] |= dict.fromkeys(("initial", "budget", "executed"), 123456789.123456)
    return rows


CASES = {case.__name__: case for case in (thirty, long, blank, half_blank, five_sources, capped, unscored, wide)}


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """Return the forms of each hard case, written once."""
    folder, made = tmp_path_factory.mktemp("hard"), {}
    rules = folder / "own.toml"
    rules.write_text(RULES, encoding="utf-8")
    for name, case in CASES.items():
        made[name] = forms_book(write(folder / f"{name}.xlsx", case()), rules=str(rules) if case is capped else None)
    made["complete"] = forms_book(COMPLETE)
    return made


@pytest.fixture(scope="module")
def books(contents):
    return {name: loaded(content) for name, content in contents.items()}


@pytest.fixture(scope="module")
def values(contents):
    return {name: loaded(content, values=True) for name, content in contents.items()}


def form_sheets(book):
    return [sheet for sheet in book.worksheets if sheet.title.rstrip("0123456789") in NAMES]


def printed(sheet):
    """Return (first column, first row, last column, last row) of the print area."""
    return range_boundaries(sheet.print_area.rpartition("!")[2].replace("$", ""))


def blocks(sheet):
    """Return (first column, first row, last column, last row) by the first cell of each merged block."""
    return {(r.min_row, r.min_col): (r.min_col, r.min_row, r.max_col, r.max_row) for r in sheet.merged_cells.ranges}


def widths(sheet):
    """Return the widths of columns in points, as Excel has them; neighbours of one width share an entry in the file."""
    found = {}
    for entry in sheet.column_dimensions.values():
        found |= dict.fromkeys(range(entry.min, entry.max + 1), round((entry.width - 0.7109375) * 7 + 5) * 0.75)
    return [found[column] for column in sorted(found)]


def covered(block):
    first, top, last, bottom = block
    return itertools.product(range(top, bottom + 1), range(first, last + 1))


def cells(sheet):
    """Yield (cell, its block) of everything printed."""
    first_column, first_row, last_column, last_row = printed(sheet)
    merged = blocks(sheet)
    for row in sheet.iter_rows(first_row, last_row, first_column, last_column):
        for cell in row:
            if cell.value is not None:
                own = (cell.column, cell.row, cell.column, cell.row)
                yield cell, merged.get((cell.row, cell.column), own)


# ---------------------------------------------------------------- what stands on a form


@pytest.fixture(scope="module")
def now():
    return truths()


@pytest.mark.parametrize("name", [f"{name}_{source}" for source in SOURCES for name in NAMES])
def test_a_form_is_as_committed(now, name):
    truth, made = committed(name), now[name]
    told = []
    for part in ("cells", "formats", "fonts", "page"):
        for key in truth[part] | made[part]:
            if truth[part].get(key) != made[part].get(key):
                told.append(f"{part} {key}: committed {truth[part].get(key)!r}, now {made[part].get(key)!r}")
    for part, split in (("merged", list), ("formulas", str.split)):
        gone, new = (set(split(a[part])) - set(split(b[part])) for a, b in ((truth, made), (made, truth)))
        told += [f"{part}: no longer {' '.join(sorted(gone))}"] if gone else []
        told += [f"{part}: new {' '.join(sorted(new))}"] if new else []
    assert not told, f"{name} differs from tests/truth; if that is meant, {REFRESH}:\n" + "\n".join(told)


#: The labels of each layout in reading order (domain: the forms in use).
LAYOUTS = {
    "专项预算": "专项预算项目绩效目标完成情况自评表 项目名称 预算单位 项目类型 项目概况 中长期规划（名称、文号，仅指常年项目） 资金管理办法（名称、文号）"
    " 绩效分配方式 □因素法 □项目法 □据实据效 ☑因素法与项目法相结合 立项依据 使用范围 申报（补助）条件 项目起止年限 项目资金（万元） 年度资金总额："
    " 其中：财政拨款 其他资金 总体目标 年度目标 绩效指标 一级指标 二级指标 三级指标 指标性质 指标值 度量单位 权重 实际完成指标值",
    "部门预算": "部门预算项目支出绩效自评表（2024年度） 项目名称 主管部门 实施单位（盖章） 项目基本情况 1.项目年度目标完成情况 项目年度目标 年度目标完成情况"
    " 2.项目实施内容及过程概述 预算执行情况（10分） 年度预算数（万元） 年初预算 调整后预算数 预算执行数 预算执行率 权重 得分 原因 总额 其中：财政资金"
    " / / 财政专户管理资金 / / 单位资金 / / 其他资金 / / 绩效指标（90分） 一级指标 二级指标 三级指标 指标性质 指标值 度量单位 完成值 权重 得分"
    " 未完成原因分析 合计 100 98.00 评价结论 存在问题 改进措施 项目负责人：郑某 财务负责人：孙某",
    "中央": "项目支出绩效自评表（2024年度） 项目名称 主管部门 实施单位 项目资金（万元） 年初预算数 全年预算数 全年执行数 分值 执行率 得分 年度资金总额："
    " 10 100.00% 10.00 其中：本年财政拨款 — — 上年结转资金 — — 其他资金 — — 年度总体目标 预期目标 实际完成情况 绩效指标 一级指标 二级指标 三级指标"
    " 年度指标值 实际完成值 分值 得分 偏差原因分析及改进措施 产出指标（50分） ≥100场 104场 效益指标（30分） 满意度指标（10分） 总分 100 98.00",
    "转移支付": "转移支付区域（项目）绩效自评表（2024年度） 转移支付（项目）名称 中央主管部门 地方主管部门 实施单位 项目资金（万元） 全年预算数（A） 全年执行数（B）"
    " 预算执行率（B/A） 年度资金总额： 其中：中央补助 地方资金 其他资金 年度总体目标 年初设定目标 全年实际完成情况 绩效指标 一级指标 二级指标 三级指标"
    " 年度指标值 全年完成值 未完成原因和改进措施",
    "复核": "2024年送戏下乡演出补助项目支出绩效自评复核表 预算单位：虚构县文化馆（示例） 一级指标 二级指标 三级指标 指标性质 指标值 计量单位 权重 自评完成值"
    " 自评得分 复核完成值 复核得分 复核指标偏差 备注 预算执行 ＝ 100 % 10 100.00 10.00 产出指标 合计 100 98.00",
    SCORECARD: "项目支出绩效评价打分表 （2024年度） 项目名称：51999924T000000000103-2024年送戏下乡演出补助 指标类别 一级指标 二级指标 分值 得分 评价要点"
    " 评分依据 扣分原因 通用指标 项目决策 决策程序 专用指标 个性指标 合计 100 93",
}


@pytest.mark.parametrize("name", NAMES)
def test_labels_stand_in_the_order_of_the_layout(name):
    truth = committed(f"{name}_完整3")["cells"]
    texts = iter("".join(text.split()) for text in truth.values())
    for label in LAYOUTS[name].split():
        assert label in texts, f"{label} is missing, or not where the layout has it"


def test_money_stands_where_the_form_has_its_source(values):
    """By the first two letters of each source: what each line adds up; the second 财政拨款 counts too."""
    budgets = {source: 12.25 + n for n, source in enumerate(standard.SOURCES[:-1])}
    budgets["财政拨款"] += 12.25 + 7
    expected = {
        "专项预算1": {"其中：财政拨款": "财政 上年 中央 地方", "其他资金": "专户 单位 其他"},
        "部门预算1": {
            "其中：财政资金": "财政 上年 中央 地方",
            "财政专户管理资金": "专户",
            "单位资金": "单位",
            "其他资金": "其他",
        },
        "中央1": {
            "其中：本年财政拨款": "财政 中央 地方",
            "上年结转资金": "上年",
            "其他资金": "专户 单位 其他",
        },
        "转移支付1": {
            "其中：中央补助": "中央",
            "地方资金": "财政 上年 地方",
            "其他资金": "专户 单位 其他",
        },
    }
    names = dict(zip("财政 上年 中央 地方 专户 单位 其他".split(), standard.SOURCES[:-1], strict=True))
    for title, lines in expected.items():
        sheet = values["five_sources"][title]
        column = 4 if title == "专项预算1" else 6 if title == "部门预算1" else 5
        found = {str(row[1].value).strip("　"): row[column - 1].value for row in sheet.iter_rows() if row[1].value}
        for label, parts in lines.items():
            assert found[label] == pytest.approx(sum(budgets[names[part]] for part in parts.split())), (title, label)
        total = next(found[label] for label in ("总额", "年度资金总额：") if label in found)
        assert total == pytest.approx(sum(budgets.values())), title


def test_boxes_are_ticked(tmp_path):
    rows = clean_rows()
    rows["projects"] = [
        {**PROJECT, "project_no": n, "allocation": typed}
        for n, typed in enumerate(("项目法、据实据效", "因素法与项目法相结合", "竞争立项", "不适用", None), start=1)
    ]
    book = loaded(forms_book(write(tmp_path / "a.xlsx", rows), ["专项预算"]))
    shown = [[sheet.cell(8, column).value for column in (4, 5, 6, 7)] for sheet in form_sheets(book)]
    plain = ["□因素法", "□项目法", "□据实据效", "□因素法与项目法相结合"]
    assert shown == [
        ["□因素法", "☑项目法", "☑据实据效", "□因素法与项目法相结合"],
        [*plain[:3], "☑因素法与项目法相结合"],
        [*plain[:3], "□因素法与项目法相结合\n☑竞争立项"],
        plain,
        plain,
    ]


def test_a_form_goes_by_the_rules_in_force(tmp_path):
    """The points in a form's labels, and the line below it, are those of the rule set."""
    rules = tmp_path / "own.toml"
    rules.write_text(RULES, encoding="utf-8")
    path = write(tmp_path / "a.xlsx")
    for given, variant in ((None, "按超出的比例扣分"), (str(rules), "按指标值与完成值之比计分")):
        for sheet in form_sheets(loaded(forms_book(path, FORM_SHEETS, rules=given))):
            last = printed(sheet)[3]
            below = " ".join(str(cell.value) for row in sheet.iter_rows(last + 1) for cell in row if cell.value)
            assert variant in below, sheet.title


def test_text_that_looks_like_a_formula_stays_text(tmp_path):
    rows = clean_rows()
    signs = ("=1+1", "+86", "-5家", "@某人")
    for number, sign in enumerate(signs):
        rows["indicators"][number]["level3"] = sign
        rows["actuals"][number]["reason"] = sign
    names = "goal goal_result conclusion problems basis scope process".split()
    rows["projects"][0] |= {key: f"={key}" for key in names}
    rows["scorecard"] = [
        {"project_no": 1, "category": "通用指标", "level2": sign, "full_marks": 5, "awarded": 5, "evidence": sign}
        for sign in signs
    ]
    book = loaded(forms_book(write(tmp_path / "a.xlsx", rows)))
    for sheet in form_sheets(book):
        found = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith(signs)]
        assert len(found) >= 4, sheet.title
        assert {cell.data_type for cell in found} == {"s"}, sheet.title


def test_a_county_adds_its_form_with_a_module_and_a_line(tmp_path, monkeypatch):
    def write_county(book, title, share, project, trace, *, print_scores):
        grid = Grid(book, title, (20, 40))
        grid.title(0, 1, "某县自评表")
        grid.cell(1, 0, 0, "总分")
        grid.live(1, 1, 1, trace.score(project, "total"), project.score.total, grid.style(figure="0.00"))
        grid.finish(1, 1, share.must)

    monkeypatch.setitem(FORMS, "某县", write_county)
    sheet = loaded(forms_book(write(tmp_path / "a.xlsx"), ["某县"]), values=True)["某县1"]
    assert (sheet["A1"].value, sheet["B2"].value, sheet.print_area) == ("某县自评表", 100, "'某县1'!$A$1:$B$2")


# ---------------------------------------------------------------- on paper


def lines_needed(text, points, size):
    """Count lines without any program's finesse: a Chinese letter as wide as it is high, others half of that."""
    wide = [1 if unicodedata.east_asian_width(letter) in "WF" else 0.5 for letter in text]
    return max(1, math.ceil(sum(wide) * size / points))


@pytest.mark.parametrize("case", [*CASES, "complete"])
def test_every_text_has_room(books, case):
    for sheet in form_sheets(books[case]):
        for cell, (first, top, last, bottom) in cells(sheet):
            if cell.data_type == "f" or not isinstance(cell.value, str):
                assert cell.alignment.shrink_to_fit and not cell.alignment.wrap_text, f"{cell.coordinate} could be ####"
                continue
            assert cell.alignment.wrap_text, f"{sheet.title} {cell.coordinate}"
            points = sum(widths(sheet)[first - 1 : last]) - 3
            needed = sum(lines_needed(line, points, cell.font.size) for line in cell.value.split("\n"))
            heights = [sheet.row_dimensions[row].height for row in range(top, bottom + 1)]
            assert all(heights), f"{sheet.title} {cell.coordinate}: a row without a height"
            assert sum(heights) >= needed * cell.font.size * 1.25, f"{sheet.title} {cell.coordinate}: {cell.value}"


def framed(sheet, spans, row, column):
    """Tell whether a cell has lines on all sides; inside a merged block only its outer sides count."""
    left, top, right, bottom = spans.get((row, column), (column, row, column, row))
    outer = {"left": column == left, "right": column == right, "top": row == top, "bottom": row == bottom}
    return all(getattr(sheet.cell(row, column).border, side).style for side, is_outer in outer.items() if is_outer)


@pytest.mark.parametrize("case", [*CASES, "complete"])
def test_borders_are_closed(books, case):
    for sheet in form_sheets(books[case]):
        first_column, first_row, last_column, last_row = printed(sheet)

        spans = {(row, column): span for span in blocks(sheet).values() for row, column in covered(span)}

        rows = [row for row in range(first_row, last_row + 1) if framed(sheet, spans, row, 1)]
        assert len(rows) >= 3
        for row in range(rows[0], rows[-1] + 1):
            for column in range(first_column, last_column + 1):
                assert framed(sheet, spans, row, column), f"{sheet.title} {get_column_letter(column)}{row}"


@pytest.mark.parametrize("case", [*CASES, "complete"])
def test_no_block_is_cut_by_the_end_of_a_page(books, case):
    for sheet in form_sheets(books[case]):
        breaks = [mark.id for mark in sheet.row_breaks.brk]
        for first, top, _, bottom in blocks(sheet).values():
            inside = [mark for mark in breaks if top <= mark < bottom]
            assert not inside, f"{sheet.title}: block at {get_column_letter(first)}{top} cut after row {inside}"


def test_thirty_indicators_take_pages_with_heads_on_each(books):
    for name in FORM_SHEETS:
        sheet = books["thirty"][f"{name}1"]
        assert len(sheet.row_breaks.brk) >= 2, name
        head = int(sheet.print_title_rows.split("$")[-1])
        assert "三级指标" in [cell.value for cell in sheet[head]]
        for mark in sheet.row_breaks.brk:
            below = [sheet.cell(mark.id + 1, column).value for column in (1, 2, 3)]
            assert any(below), f"{name}: nothing says whose rows begin page after row {mark.id}"


def pages_of(program, path, folder):
    """Return {sheet title: {row: page}} of the cells that hold a link to http://sheet/row, by LibreOffice."""
    command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=180)
    content = (folder / f"{path.stem}.pdf").read_bytes().decode("latin-1")
    links = dict(re.findall(r"(?m)^(\d+) 0 obj\s*<</Type/Annot/Subtype/Link.*?/URI\(http://([^)]+)\)", content))
    objects = dict(re.findall(r"(?ms)^(\d+) 0 obj\s*<</Type/Page/(.*?)endobj", content))
    kids = re.search(r"/Kids\[([^\]]+)\]", content).group(1).split(" 0 R")
    found = {}
    for page, kid in enumerate((kid.strip() for kid in kids if kid.strip()), start=1):
        notes = re.search(r"/Annots\[([^\]]+)\]", objects[kid])
        for note in re.findall(r"(\d+) 0 R", notes.group(1) if notes else ""):
            title, row = links[note].strip("/").split("/")
            found.setdefault(int(title), {})[int(row)] = page
    return found


def test_signatures_never_stand_alone(soffice, tmp_path):
    """The lines above the signatures in 40 lengths, so that they end anywhere on a page; the pages are LibreOffice's."""
    rows = clean_rows()
    rows["projects"], rows["funds"], rows["indicators"], rows["actuals"] = [], [], [], []
    for number in range(1, 41):
        text = LONG[: 10 * number]
        told = dict.fromkeys(("conclusion", "problems", "improvements"), text)
        rows["projects"].append(PROJECT | {"project_no": number, "name": f"项目{number}"} | told)
        targets, actuals = rows_of(ROWS * (2 + number % 2), project_no=number, first=number * 20)
        rows["indicators"] += targets
        rows["actuals"] += actuals
    book = loaded(forms_book(write(tmp_path / "in.xlsx", rows), ["部门预算"], bare=True))
    last, modelled = {}, {}
    for number, sheet in enumerate(book.worksheets, start=1):
        last[number] = printed(sheet)[3]
        breaks = [mark.id for mark in sheet.row_breaks.brk]
        modelled[number] = [sum(mark < row for mark in breaks) for row in range(last[number] - 4, last[number] + 1)]
        for row in range(last[number] - 4, last[number] + 1):
            sheet.cell(row, 1).hyperlink = f"http://{number}/{row}"
    book.save(tmp_path / "marked.xlsx")
    pages = pages_of(soffice, tmp_path / "marked.xlsx", tmp_path)
    assert len(pages) == 40
    moved = 0
    for number, row in last.items():
        assert modelled[number][-1] == modelled[number][-2], f"{number}: alone by the page breaks of the file"
        assert pages[number][row] == pages[number][row - 1], f"{number}: alone in LibreOffice"
        moved += modelled[number][-1] > 0
    assert 5 < moved < 40, "the lengths are to end on first and on second pages"


def test_a_page_is_never_more_than_full(books):
    """Row heights between two page breaks, at the scale that fits the width, go on the paper that is left by margins."""
    for sheet in itertools.chain.from_iterable(form_sheets(book) for book in books.values()):
        _, _, last_column, last_row = printed(sheet)
        width = sum(widths(sheet)[:last_column])
        paper = (595, 842) if sheet.page_setup.orientation == "portrait" else (842, 595)
        margins = sheet.page_margins
        scale = min(1, (paper[0] - (margins.left + margins.right) * 72) / width)
        room = (paper[1] - (margins.top + margins.bottom) * 72) / scale
        head = int(sheet.print_title_rows.split("$")[-1]) if sheet.print_title_rows else 0
        start = 1
        for end in [*(mark.id for mark in sheet.row_breaks.brk), last_row]:
            heights = [sheet.row_dimensions[row].height for row in range(start, end + 1)]
            heights += [sheet.row_dimensions[head].height] if start > head > 0 else []
            assert sum(heights) <= room, f"{sheet.title}: rows {start} to {end}"
            start = end + 1


# ---------------------------------------------------------------- live and equal


#: Columns all of whose figures are computed, and what else tells a line of titles.
COMPUTED = {"得分", "自评得分", "复核指标偏差", "执行率", "预算执行率", "预算执行率（B/A）", "完成率"}
TITLES = COMPUTED | {"权重", "分值", "三级指标", "二级指标", "全年执行数（B）"}
#: Lines all of whose figures are sums, and the columns of those that are not.
SUMS = {
    "总额": {"权重"},
    "年度资金总额：": {"分值"},
    "合计": set(),
    "总分": set(),
    "折算": {"权重", "分值"},
    "封顶": set(),
}


@pytest.mark.parametrize("case", [*CASES, "complete"])
def test_what_is_computed_is_a_formula(books, case):
    for sheet in form_sheets(books[case]):
        titles, count = {}, 0
        for row in sheet.iter_rows():
            texts = {cell.column: cell.value for cell in row if cell.data_type == "s" and cell.value}
            if len(TITLES & set(texts.values())) > 1:
                titles = texts
                continue
            line = next((texts[column] for column in (1, 2) if texts.get(column) in SUMS), None)
            for cell in row:
                title = titles.get(cell.column)
                if isinstance(cell.value, (int, float)):
                    place = f"{sheet.title} {cell.coordinate}: {cell.value}"
                    assert title not in COMPUTED, place
                    assert line is None or title in SUMS[line], place
                count += cell.data_type == "f"
        assert count > 1, sheet.title


def test_a_score_that_is_missing_is_empty(values):
    """A null score shows nothing, and neither does a total that depends on it."""
    book = values["unscored"]
    for title, label, column in (("部门预算1", "合计", 10), ("中央1", "总分", 8), ("复核1", "合计", 9)):
        rows = list(book[title].iter_rows())
        total = next(index for index, row in enumerate(rows) if row[0].value == label)
        assert [row[column - 1].value or None for row in rows[total - 5 : total + 1]] == [
            None,
            None,
            10,
            None,
            10,
            None,
        ]


def test_rescaling_and_cap_are_lines_of_their_own(values):
    for title, weights, scores in (("部门预算1", 9, 10), ("中央1", 7, 8), ("复核1", 7, 9)):
        lines = {row[0].value: (row[weights - 1].value, row[scores - 1].value) for row in values["capped"][title].rows}
        total = lines.get("合计") or lines["总分"]
        assert lines["折算"][0] == 30
        assert lines["折算"][1] > 0 > lines["封顶"][1]
        assert total == (100, 60)


@pytest.mark.parametrize("case", ["capped", "unscored", "five_sources", "half_blank", "complete"])
def test_libreoffice_gives_the_cached_values(soffice, tmp_path, contents, case):
    path = tmp_path / f"{case}.xlsx"
    path.write_bytes(contents[case])
    count, wrong = differences(path, recalculated(soffice, path, tmp_path))
    print(f"{case}: {count} formula cells compared, {len(wrong)} different")
    assert count > (40 if case == "half_blank" else 80)
    assert not wrong, "\n".join(wrong)


def test_all_forms_of_a_run_are_recalculated_to_the_cent(soffice, tmp_path):
    perf_excel.run(varied(tmp_path / "varied.xlsx"), tmp_path / "output", forms=FORMS, annotate=False)
    (made,) = (tmp_path / "output").glob("*.xlsx")
    count, wrong = differences(made, recalculated(soffice, made, tmp_path))
    print(f"{made.name}: {count} formula cells compared, {len(wrong)} different")
    assert count > 450
    assert not wrong, "\n".join(wrong)


# ---------------------------------------------------------------- choosing forms


def written(path, folder, **options):
    perf_excel.run(path, folder, annotate=False, **options)
    (made,) = folder.glob("*.xlsx")
    return openpyxl.load_workbook(made)


@pytest.mark.parametrize("order", [("部门预算", "中央"), ("中央", "部门预算"), ("复核", "专项预算", "转移支付")])
def test_further_forms_have_their_name_behind_the_number(tmp_path, order):
    book = written(COMPLETE, tmp_path / "output", forms=order)
    titles = [title for title in book.sheetnames if title.startswith("自评表")]
    assert titles == [f"自评表{n}{'_' + name if i else ''}" for i, name in enumerate(order) for n in (1, 2, 3)]
    for title in book.sheetnames:
        assert len(title) <= 31 and not re.search(r"[\[\]:*?/\\]", title)
    assert len({title.casefold() for title in book.sheetnames}) == len(book.sheetnames)
    heads = {name: LAYOUTS[name].split()[0][-10:-8] for name in order if name != "复核"}
    for i, name in enumerate(order):
        assert heads.get(name, "复核表") in book[f"自评表3{'_' + name if i else ''}"]["A1"].value


def test_a_form_named_twice_is_written_once(tmp_path):
    main(["run", str(COMPLETE), "-o", str(tmp_path / "output"), "--form", "中央", "--form", "中央", "--quiet"])
    (made,) = (tmp_path / "output").glob("*.xlsx")
    titles = openpyxl.load_workbook(made).sheetnames
    assert [title for title in titles if title.startswith("自评表")] == ["自评表1", "自评表2", "自评表3"]


@pytest.mark.parametrize("name", FORM_SHEETS)
def test_the_setting_chooses_the_form(tmp_path, name):
    path = write(tmp_path / "a.xlsx", settings={"form": name})
    title = written(path, tmp_path / "output")["自评表1"]["A1"].value
    assert title == loaded(forms_book(path, [name]))[f"{name}1"]["A1"].value


def test_an_unknown_form_is_a_wrong_call(tmp_path):
    with pytest.raises(
        perf_excel.PerfExcelError,
        match="没有“没有的样式”这种自评表样式。可以用的有：专项预算、部门预算、中央、转移支付、复核",
    ):
        perf_excel.run(COMPLETE, tmp_path / "output", forms=["没有的样式"])


def test_every_form_of_the_declaration_is_written():
    assert tuple(FORMS) == standard.FORMS


@pytest.mark.parametrize(
    ("form", "must"),
    [
        ("专项预算", ()),
        ("部门预算", ("goal_result", "problems", "improvements")),
        ("中央", ("goal_result",)),
        ("转移支付", ("goal_result",)),
        ("复核", ()),
    ],
)
@pytest.mark.parametrize("by", ["setting", "option"])
def test_what_a_form_prints_must_be_filled(tmp_path, form, must, by):
    rows = clean_rows()
    keys = ("goal_result", "problems", "improvements")
    rows["projects"][0] |= dict.fromkeys(keys)
    path = write(tmp_path / "a.xlsx", rows, {"form": form} if by == "setting" else None)
    found = codes(findings_of(path, forms=() if by == "setting" else (form,)))
    for key in keys:
        place = ("项目信息", cell_of("projects", key))
        assert (("S05", *place) in found) == (key in must), key
        if key in must:
            assert ("B06", *place) not in found, key
        elif key != "goal_result":
            assert ("B06", *place) in found, key


# ---------------------------------------------------------------- files


def ten(path):
    """The complete sample's projects, till there are ten."""
    content = sample_content("fictitious")
    rows = {key: [dict(row) for row in table] for key, table in content.rows.items()}
    for copy in range(1, 4):
        for key, table in content.rows.items():
            for row in table:
                more = dict(row)
                if "project_no" in row:
                    if row["project_no"] + 3 * copy > 10:
                        continue
                    more["project_no"] += 3 * copy
                if "code" in row:
                    more["code"] = f"{row['code'][:-3]}{copy}{row['code'][-2:]}"
                if "indicator_no" in row:
                    more["indicator_no"] = f"ZB{int(row['indicator_no'][2:]) + 100 * copy:03d}"
                rows[key].append(more)
    kept = {row["indicator_no"] for row in rows["indicators"]}
    rows["actuals"] = [row for row in rows["actuals"] if row["indicator_no"] in kept]
    return write(path, rows, dict(content.settings))


def test_ten_projects_with_two_forms_are_small(tmp_path):
    perf_excel.run(ten(tmp_path / "ten.xlsx"), tmp_path / "output", forms=["专项预算", "部门预算"], annotate=False)
    (made,) = (tmp_path / "output").glob("*.xlsx")
    sheets = openpyxl.load_workbook(made, read_only=True).sheetnames
    assert sum(title.startswith("自评表") for title in sheets) == 20
    print(f"{made.stat().st_size} bytes")
    assert made.stat().st_size < 200_000


def test_the_same_bytes_in_another_time_zone_and_locale(tmp_path):
    code = (
        "import hashlib, sys; sys.path[:0] = sys.argv[1:3]; from forms_truth import NAMES, forms_book, COMPLETE;"
        "print(*(hashlib.sha256(forms_book(COMPLETE, [name])).hexdigest() for name in NAMES))"
    )
    folder = Path(__file__).parent
    told = []
    for zone, locale, seed in (("Asia/Shanghai", "zh_CN.GB18030", "1"), ("America/New_York", "C", "2")):
        environment = os.environ | {"TZ": zone, "LANG": locale, "LC_ALL": locale, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-X", "utf8", "-c", code, str(folder), str(folder.parent)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, timeout=120)
        told.append(done.stdout.split())
    assert told[0] == told[1]
    assert told[0] == [hashlib.sha256(forms_book(COMPLETE, [name])).hexdigest() for name in NAMES]


@pytest.mark.parametrize("case", [*CASES, "complete"])
def test_other_readers_open_it(contents, books, case):
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(contents[case]))
    assert workbook.sheet_names == books[case].sheetnames
    for name in workbook.sheet_names:
        assert workbook.get_sheet_by_name(name).to_python()


def test_print_scores_puts_them_on_the_page(tmp_path):
    path = spoil(tmp_path / "a.xlsx", COMPLETE)
    for given, last in ((False, "I"), (True, "N")):
        sheet = loaded(forms_book(path, ["专项预算"], {1}, print_scores=given))["专项预算1"]
        area = sheet.print_area.rpartition("!")[2]
        assert area.rpartition("$")[0].endswith(f"${last}")
        assert sheet.page_setup.orientation == ("landscape" if given else "portrait")
