"""The same job as a capable colleague would script it in an afternoon: openpyxl in, pandas for each file, openpyxl out.

It reads the input sheets, computes the scores, checks must-fill cells and sums, and writes 汇总表 with charts, 自评表 and
打分表 of every project, 计算过程, and the input sheets with their drop-downs: formats, merges and heights as an office
prints them. It knows one form and one rule set, and trusts what it reads.

Run: python benchmarks/plain_script.py INPUTS OUTPUT
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

SHEETS = ("项目信息", "项目资金", "绩效指标", "完成情况", "评价打分", "报告内容", "指标体系")
MUST = {
    "项目信息": ("项目编码", "项目名称", "项目类型", "年度目标"),
    "项目资金": ("资金来源", "全年预算数", "全年执行数"),
    "绩效指标": ("一级指标", "二级指标", "三级指标", "指标性质", "指标值", "权重"),
    "完成情况": ("实际完成值",),
    "评价打分": ("得分",),
}
LISTS = {
    "项目类型": "行政运转,民生保障,产业发展,基础设施,其他",
    "资金来源": "财政拨款,上年结转资金,中央补助资金,地方资金,财政专户管理资金,单位资金,其他资金",
    "指标性质": "＝,≥,≤,＞,＜,定性",
    "完成档次": "达成,部分达成,未达成",
    "指标类别": "通用指标,专用指标,个性指标",
}
THIN = Side(style="thin")
BORDER = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
HEAD_FILL = PatternFill("solid", fgColor="DDEBF7")
FONT, BOLD, TITLE, DIGITS = (
    Font(name="宋体", size=11),
    Font(name="宋体", size=11, bold=True),
    Font(name="方正小标宋简体", size=18),
    Font(name="Times New Roman", size=11),
)
CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)


# ---------------------------------------------------------------- reading and scoring


def read(path: Path) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """Return the settings and a table of each sheet: titles in row 2, rows with nothing but printed keys left out."""
    book = load_workbook(path, data_only=True)
    settings = {str(row[0]): row[1] for row in book["参数"].iter_rows(min_row=3, values_only=True) if row[0]}
    tables = {}
    for title in SHEETS:
        rows = list(book[title].iter_rows(min_row=2, values_only=True))
        table = pd.DataFrame(rows[1:], columns=rows[0])
        content = (
            table.columns.difference(["项目序号", "指标编号", "项目名称"]) if title != "完成情况" else ["实际完成值"]
        )
        tables[title] = table.dropna(how="all", subset=list(content)).reset_index(drop=True)
    numbers = tables["项目信息"].dropna(subset=["项目名称"])["项目序号"]
    scores = tables["评价打分"]
    tables["评价打分"] = scores[scores["项目序号"].isin(numbers)].reset_index(drop=True)
    return settings, tables


def score(row: pd.Series) -> float | None:
    """Return the points of an indicator."""
    weight, target, actual = row["权重"], row["指标值"], row["实际完成值"]
    if row["指标性质"] == "定性":
        return weight if str(actual).strip() == str(target).strip() else None
    try:
        target, actual = float(target), float(actual)
    except (TypeError, ValueError):
        return None
    if row["指标性质"] in ("≤", "＜"):
        return weight if actual <= target else max(0.0, round(weight * (2 * target - actual) / target, 2))
    return weight if actual >= target else round(actual * weight / target, 2)


def evaluate(tables: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a row a project, and the indicators with their actuals and points."""
    actuals = tables["完成情况"][["指标编号", "实际完成值", "偏差原因分析及改进措施", "佐证材料"]]
    indicators = tables["绩效指标"].merge(actuals, on="指标编号", how="left")
    indicators["得分"] = indicators.apply(score, axis=1) if len(indicators) else None
    money = tables["项目资金"].groupby("项目序号")[["全年预算数", "全年执行数"]].sum()
    projects = tables["项目信息"].merge(money, left_on="项目序号", right_index=True, how="left")
    projects["执行率"] = projects["全年执行数"] / projects["全年预算数"]
    projects["执行得分"] = (projects["执行率"].clip(upper=1) * 10).round(2)
    for level in ("产出指标", "效益指标", "满意度指标", "成本指标"):
        points = indicators[indicators["一级指标"] == level].groupby("项目序号")["得分"].sum()
        projects[level] = projects["项目序号"].map(points)
    total = indicators.groupby("项目序号")["得分"].sum()
    projects["总分"] = projects["执行得分"] + projects["项目序号"].map(total)
    projects["等级"] = pd.cut(projects["总分"], [-1, 60, 80, 90, 1000], right=False, labels=["差", "中", "良", "优"])
    projects["体系得分"] = projects["项目序号"].map(tables["评价打分"].groupby("项目序号")["得分"].sum())
    return projects, indicators


def check(tables: dict[str, pd.DataFrame], projects: pd.DataFrame, indicators: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return what is to be mended: blank must-fill cells, weights and totals that do not add up."""
    found: list[tuple[str, ...]] = []
    for title, columns in MUST.items():
        table = tables[title]
        for column in columns:
            found += [("必须修改", title, column, f"第{row + 3}行没有填") for row in table.index[table[column].isna()]]
    weights = indicators.groupby("项目序号")["权重"].sum()
    found += [("建议修改", "绩效指标", "权重", f"项目{n}的权重合计是{w}") for n, w in weights.items() if w != 90]
    off = projects[(projects["自评总分（自评表）"] - projects["总分"]).abs() >= 0.01]
    found += [("必须修改", "项目信息", "自评总分（自评表）", f"项目{n}申报的总分不对") for n in off["项目序号"]]
    return found


# ---------------------------------------------------------------- writing


def put(sheet: Any, place: str, value: Any, font: Font = FONT, align: Alignment = CENTRE, number: str = "") -> None:
    """Write a value into a cell or a merged block with borders."""
    if ":" in place:
        sheet.merge_cells(place)
        for row in sheet[place]:
            for cell in row:
                cell.border = BORDER
    cell = sheet[place.partition(":")[0]]
    cell.value = None if isinstance(value, float) and pd.isna(value) else value
    cell.font, cell.alignment, cell.border = font, align, BORDER
    if number:
        cell.number_format = number


def page(sheet: Any, widths: tuple[float, ...], *, landscape: bool = False) -> None:
    """Set up a page: A4, fitted to its width, numbered."""
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = 9
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
    sheet.oddFooter.center.text = "第&P页，共&N页"
    for position, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width


def row_height(sheet: Any, row: int, *cells: tuple[Any, float]) -> None:
    """Make a row high enough for texts in columns of the given widths."""
    lines = max(len(str(text or "").encode("gbk", "replace")) / max(1, width - 1) for text, width in cells)
    sheet.row_dimensions[row].height = min(409, max(22, (int(lines) + 1) * 15 + 6))


def merge_equal(sheet: Any, column: str, first: int, values: list[Any]) -> None:
    """Merge runs of equal values downward."""
    start = 0
    for index in range(1, len(values) + 1):
        if index == len(values) or values[index] != values[start]:
            end = first + index - 1
            place = f"{column}{first + start}" + (f":{column}{end}" if index - start > 1 else "")
            put(sheet, place, values[start])
            start = index


def write_form(book: Workbook, project: pd.Series, funds: pd.DataFrame, indicators: pd.DataFrame, year: Any) -> None:
    """Write 自评表 of a project."""
    sheet = book.create_sheet(f"自评表{project['项目序号']}")
    page(sheet, (9, 11, 14, 22, 11, 12, 9, 7, 15, 2, 9, 10, 32, 24))
    put(sheet, "A1:I1", "专项预算项目绩效目标完成情况自评表", TITLE)
    put(sheet, "A2:I2", f"（{year}年度）")
    for row, name in enumerate(("项目名称", "预算单位", "项目类型"), start=3):
        put(sheet, f"A{row}", name)
        put(sheet, f"B{row}:I{row}", project[name], align=LEFT)
    overview = (
        "中长期规划",
        "资金管理办法",
        "绩效分配方式",
        "立项依据",
        "使用范围",
        "申报（补助）条件",
        "项目起止年限",
    )
    put(sheet, "A6:A12", "项目概况")
    for row, name in enumerate(overview, start=6):
        put(sheet, f"B{row}:C{row}", name)
        put(sheet, f"D{row}:I{row}", project[name], align=LEFT)
        row_height(sheet, row, (project[name], 76))
    put(sheet, "A13:A15", "项目资金\n（万元）")
    fiscal = funds[funds["资金来源"] == "财政拨款"]["全年预算数"].sum()
    put(sheet, "B13:C13", "年度资金总额：", align=LEFT)
    put(sheet, "D13:I13", "=SUM(D14:D15)", DIGITS, number="0.00####")
    for row, name, value in ((14, "其中：财政拨款", fiscal), (15, "其他资金", project["全年预算数"] - fiscal)):
        put(sheet, f"B{row}:C{row}", name, align=LEFT)
        put(sheet, f"D{row}:I{row}", value, DIGITS, number="0.00####")
    put(sheet, "A16:A17", "总体目标")
    put(sheet, "B16:I16", "年度目标")
    put(sheet, "B17:I17", project["年度目标"], align=LEFT)
    row_height(sheet, 17, (project["年度目标"], 100))
    heads = ("一级指标", "二级指标", "三级指标", "指标性质", "指标值", "度量单位", "权重", "实际完成值")
    aside = ("得分", "完成率", "偏差原因分析及改进措施", "佐证材料")
    for letter, head in zip("BCDEFGHI", heads, strict=True):
        put(sheet, f"{letter}18", head)
    for letter, head in zip("KLMN", aside, strict=True):
        put(sheet, f"{letter}18", head, BOLD)
    for row, (_, item) in enumerate(indicators.iterrows(), start=19):
        for letter, head in zip("DEFGHI", heads[2:], strict=True):
            put(sheet, f"{letter}{row}", item[head], align=LEFT if head == "三级指标" else CENTRE)
        put(sheet, f"K{row}", item["得分"], DIGITS, number="0.00")
        put(sheet, f"L{row}", f'=IFERROR(ROUND(I{row}/F{row},4),"")', DIGITS, number="0.00%")
        put(sheet, f"M{row}", item["偏差原因分析及改进措施"], align=LEFT)
        put(sheet, f"N{row}", item["佐证材料"], align=LEFT)
        row_height(sheet, row, (item["三级指标"], 22), (item["偏差原因分析及改进措施"], 32), (item["佐证材料"], 24))
    last = 18 + len(indicators)
    put(sheet, f"A18:A{max(19, last)}", "绩效指标")
    merge_equal(sheet, "B", 19, indicators["一级指标"].tolist())
    merge_equal(sheet, "C", 19, indicators["二级指标"].tolist())
    put(sheet, f"K{last + 1}", f"=SUM(K19:K{last})+{project['执行得分']}", DIGITS, number="0.00")
    put(sheet, f"L{last + 1}:M{last + 1}", "自评表总分（含预算执行率得分）", align=LEFT)
    put(sheet, f"N{last + 1}", project["等级"])
    sheet.print_area = f"A1:I{last}"
    sheet.print_title_rows = "18:18"


def write_scorecard(book: Workbook, project: pd.Series, rows: pd.DataFrame, points: dict[str, str], year: Any) -> None:
    """Write 打分表 of a project."""
    sheet = book.create_sheet(f"打分表{project['项目序号']}")
    page(sheet, (11, 12, 16, 7, 7, 60, 42, 30), landscape=True)
    put(sheet, "A1:H1", "项目支出绩效评价打分表", TITLE)
    put(sheet, "A2:H2", f"（{year}年度）")
    put(sheet, "A3:F3", f"项目名称：{project['项目名称']}", align=LEFT)
    put(sheet, "G3:H3", f"预算单位：{project['预算单位'] or ''}", align=LEFT)
    heads = ("指标类别", "一级指标", "二级指标", "分值", "得分", "评价要点", "评分依据", "扣分原因")
    for letter, head in zip("ABCDEFGH", heads, strict=True):
        put(sheet, f"{letter}4", head, BOLD)
    for row, (_, item) in enumerate(rows.iterrows(), start=5):
        for letter, head in zip("CDE", heads[2:5], strict=True):
            put(sheet, f"{letter}{row}", item[head])
        put(sheet, f"F{row}", points.get(item["二级指标"], ""), align=LEFT)
        put(sheet, f"G{row}", item["评分依据"], align=LEFT)
        put(sheet, f"H{row}", item["扣分原因"], align=LEFT)
        row_height(sheet, row, (points.get(item["二级指标"]), 60), (item["评分依据"], 42), (item["扣分原因"], 30))
    last = 4 + len(rows)
    merge_equal(sheet, "A", 5, rows["指标类别"].tolist())
    merge_equal(sheet, "B", 5, rows["一级指标"].tolist())
    put(sheet, f"A{last + 1}:C{last + 1}", "合计", BOLD)
    for letter in "DE":
        put(sheet, f"{letter}{last + 1}", f"=SUM({letter}5:{letter}{last})", BOLD)
    sheet.print_title_rows = "4:4"


def write_trace(book: Workbook, projects: pd.DataFrame, indicators: pd.DataFrame, scores: pd.DataFrame) -> None:
    """Write 计算过程: the figures of every score and its formula."""
    sheet = book.create_sheet("计算过程")
    widths = (8, 10, 26, 8, 12, 12, 8, 10, 8, 10, 10, 8, 50, 40)
    page(sheet, widths, landscape=True)
    put(sheet, "A1:N1", "计算过程", TITLE)
    heads = (
        "项目序号",
        "编号",
        "名称",
        "指标性质",
        "指标值A",
        "完成值B",
        "权重W",
        "计算得分",
        "扣减分值",
        "得分",
        "自评申报",
    )
    for position, head in enumerate((*heads, "差异", "怎样算的", "依据"), start=1):
        put(sheet, f"{get_column_letter(position)}2", head, BOLD)
        sheet.cell(2, position).fill = HEAD_FILL
    row = 3
    for _, project in projects.iterrows():
        number, first = project["项目序号"], row + 1
        put(sheet, f"A{row}:N{row}", f"项目{number}　{project['项目名称']}", BOLD, LEFT)
        lines = [(number, "执行", "预算执行率", "", project["全年预算数"], project["全年执行数"], 10)]
        columns = ["项目序号", "指标编号", "三级指标", "指标性质", "指标值", "实际完成值", "权重"]
        lines += indicators[indicators["项目序号"] == number][columns].itertuples(index=False, name=None)
        for line in lines:
            row += 1
            for letter, value in zip("ABCDEFG", line, strict=True):
                put(sheet, f"{letter}{row}", value)
            put(sheet, f"H{row}", f'=IF(COUNT(E{row},F{row})<2,"",MIN(G{row},ROUND(F{row}*G{row}/E{row},2)))', DIGITS)
            put(sheet, f"I{row}", None)
            put(sheet, f"J{row}", f'=IF(ISNUMBER(H{row}),MAX(0,H{row}-N(I{row})),"")', DIGITS, number="0.00")
            put(sheet, f"K{row}", None)
            put(sheet, f"L{row}", f'=IF(COUNT(K{row},J{row})<2,"",ROUND(K{row}-J{row},2))', DIGITS, number="0.00")
            put(sheet, f"M{row}", f"目标{line[4]}，实际{line[5]}，权重{line[6]}", align=LEFT)
            put(sheet, f"N{row}", "财预〔2020〕10号：完成指标值的记满分", align=LEFT)
        for name, text in (("各项得分合计", f"=SUM(J{first}:J{row})"), ("自评表总分", f"=J{row + 1}")):
            for letter in "ABCDEFGHIJKLMN":
                put(sheet, f"{letter}{row + 1}", None, BOLD)
            put(sheet, f"C{row + 1}", name, BOLD)
            put(sheet, f"J{row + 1}", text, BOLD, number="0.00")
            row += 1
        for _, item in scores[scores["项目序号"] == number].iterrows():
            row += 1
            line = (number, item["指标类别"], item["二级指标"], "", "", "", item["分值"], "", "", item["得分"], "", "")
            for letter, value in zip("ABCDEFGHIJKL", line, strict=True):
                put(sheet, f"{letter}{row}", value)
            put(sheet, f"M{row}", item["扣分原因"], align=LEFT)
            put(sheet, f"N{row}", "评价打分表，按填报的得分", align=LEFT)
        row += 1
    sheet.freeze_panes = "A3"


def write_summary(book: Workbook, projects: pd.DataFrame, unit: str, year: Any) -> None:
    """Write 汇总表: a row a project, totals, and two charts."""
    sheet = book.create_sheet("汇总表", 0)
    names = (
        "项目序号",
        "项目编码",
        "项目名称",
        "全年预算数",
        "全年执行数",
        "执行率",
        "执行得分",
        "产出指标",
        "效益指标",
    )
    names += ("满意度指标", "成本指标", "总分", "自评总分（自评表）", "等级", "体系得分", "自评总分（指标体系）")
    page(sheet, (6, 16, 30, *[10] * 13), landscape=True)
    put(sheet, "A1:P1", f"项目支出绩效自评汇总表（{year}年度）", TITLE)
    put(sheet, "A2:I2", unit, align=LEFT)
    put(sheet, "J2:P2", "单位：万元、分")
    for position, name in enumerate(names, start=1):
        put(sheet, f"{get_column_letter(position)}3", name, BOLD)
        sheet.cell(3, position).fill = HEAD_FILL
    for row, (_, project) in enumerate(projects.iterrows(), start=4):
        for position, name in enumerate(names, start=1):
            put(sheet, f"{get_column_letter(position)}{row}", project[name], number="0.00%" if name == "执行率" else "")
        row_height(sheet, row, (project["项目名称"], 30))
    last = 3 + len(projects)
    put(sheet, f"A{last + 1}:C{last + 1}", "合计", BOLD)
    for letter in "DE":
        put(sheet, f"{letter}{last + 1}", f"=SUM({letter}4:{letter}{last})", BOLD)
    sheet.auto_filter.ref = f"A3:P{last}"
    sheet.freeze_panes = "D4"
    for title, column, place in (("自评表得分", 12, f"A{last + 4}"), ("预算执行率", 6, f"I{last + 4}")):
        chart = BarChart()
        chart.title = title
        chart.add_data(Reference(sheet, min_col=column, min_row=3, max_row=last), titles_from_data=True)
        chart.set_categories(Reference(sheet, min_col=3, min_row=4, max_row=last))
        sheet.add_chart(chart, place)


def write_inputs(book: Workbook, settings: dict[str, Any], tables: dict[str, pd.DataFrame]) -> None:
    """Write the input sheets with their drop-downs."""
    sheet = book.create_sheet("参数")
    page(sheet, (18, 40, 60), landscape=True)
    for row, (name, value) in enumerate((("参数", "取值"), *settings.items()), start=2):
        put(sheet, f"A{row}", name)
        put(sheet, f"B{row}", value, align=LEFT)
    for title in SHEETS:
        sheet, table = book.create_sheet(title), tables[title]
        page(sheet, (14,) * len(table.columns), landscape=True)
        for position, name in enumerate(table.columns, start=1):
            letter = get_column_letter(position)
            put(sheet, f"{letter}2", name, BOLD)
            sheet.cell(2, position).fill = HEAD_FILL
            for row, value in enumerate(table[name], start=3):
                put(sheet, f"{letter}{row}", value, align=LEFT)
            if name in LISTS and len(table):
                rule = DataValidation(type="list", formula1=f'"{LISTS[name]}"', allow_blank=True)
                rule.add(f"{letter}3:{letter}{len(table) + 2}")
                sheet.add_data_validation(rule)
        for row, (_, line) in enumerate(table.iterrows(), start=3):
            row_height(sheet, row, *((value, 14) for value in line))
        sheet.freeze_panes = "B3"


def convert(path: Path, output: Path) -> tuple[pd.DataFrame, list[tuple[str, ...]]]:
    """Read one workbook and write its results; return its projects and what is to be mended."""
    settings, tables = read(path)
    projects, indicators = evaluate(tables)
    found = check(tables, projects, indicators)
    unit, year = settings.get("单位名称"), settings.get("预算年度")
    projects["预算单位"] = projects["预算单位"].fillna(unit)
    points = dict(zip(tables["指标体系"]["二级指标"], tables["指标体系"]["评价要点"], strict=True))
    book = Workbook()
    book.remove(book.active)
    write_summary(book, projects, unit, year)
    for _, project in projects.iterrows():
        number = project["项目序号"]
        funds, own = (table[table["项目序号"] == number] for table in (tables["项目资金"], indicators))
        write_form(book, project, funds, own, year)
    for _, project in projects.iterrows():
        rows = tables["评价打分"][tables["评价打分"]["项目序号"] == project["项目序号"]]
        if len(rows):
            write_scorecard(book, project, rows, points, year)
    write_trace(book, projects, indicators, tables["评价打分"])
    write_inputs(book, settings, tables)
    book.save(output / f"{unit}_{year}_绩效自评.xlsx")
    return projects.assign(单位名称=unit), found


def main() -> None:
    """Convert every workbook of a folder, and write the projects and the findings of all of them."""
    inputs, output = Path(sys.argv[1]), Path(sys.argv[2])
    output.mkdir(parents=True)
    projects, found = [], []
    for path in sorted(inputs.glob("*.xlsx")):
        own, to_mend = convert(path, output)
        projects.append(own)
        found += [(path.name, *item) for item in to_mend]
    with pd.ExcelWriter(output / "汇总表.xlsx", engine="openpyxl") as writer:
        pd.concat(projects).to_excel(writer, sheet_name="汇总表", index=False)
        pd.DataFrame(found, columns=["文件", "级别", "工作表", "列", "问题"]).to_excel(
            writer, sheet_name="问题清单", index=False
        )


if __name__ == "__main__":
    main()
