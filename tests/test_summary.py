"""汇总表 of a 报送件 and of a run: charts over the right cells, links that lead somewhere, a page that prints."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import column_index_from_string, range_boundaries
from summaries import charts, several, unit_book
from workbooks import SAMPLE, TEMPLATE, clean_rows, write

import perf_excel
from perf_excel.rules import load_rules

RULES = load_rules("财政部")
FOUR = ["各项目得分", "预算执行率（低于90%的要说明原因）", "各一级指标失分（全部项目合计）", "问题数量"]


def made(folder: Path, *inputs: Path, **options) -> Path:
    """Run the program and return its output folder."""
    perf_excel.run(list(inputs), folder / "output", annotate=False, **options)
    return folder / "output"


def only(folder: Path) -> Path:
    (found,) = folder.glob("*_绩效自评.xlsx")
    return found


def figures(book, reference: str) -> list:
    """Return what the cells of a reference show."""
    sheet, cells = reference.split("!")
    found = book[sheet.strip("'")][cells.replace("$", "")]
    if not isinstance(found, tuple):
        return [found.value]
    return [cell.value for row in found for cell in row]


def table(sheet) -> tuple[dict[str, int], int, int]:
    """Return the positions of a summary's columns, its first row and its row of totals."""
    head = next(row for row in range(1, 9) if "项目编码" in [cell.value for cell in sheet[row]])
    total = next(row for row in range(head, sheet.max_row + 1) if sheet.cell(row, 1).value == "合计")
    return {cell.value: cell.column for cell in sheet[head] if cell.value}, head + 1, total


def column(sheet, title: str) -> list:
    columns, first, total = table(sheet)
    return [sheet.cell(row, columns[title]).value for row in range(first, total)]


def links(book) -> list[tuple[str, str, str, str]]:
    """Return (sheet, cell, sheet it goes to, cell it goes to) of every link within a workbook."""
    found = []
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink is not None:
                    assert cell.hyperlink.location, "a link that leads out of the workbook"
                    target, place = cell.hyperlink.location.rsplit("!", 1)
                    found.append((sheet.title, cell.coordinate, target.strip("'"), place))
    return found


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return only(made(tmp_path_factory.mktemp("sample"), SAMPLE))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Six projects, one that cannot be scored, one that need not be."""
    folder = tmp_path_factory.mktemp("mixed")
    return only(made(folder, unit_book(folder / "a.xlsx", "虚构县民政局", 6, open_score=2, exempt=3)))


@pytest.fixture(scope="module")
def forty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forty")
    return only(made(folder, unit_book(folder / "a.xlsx", "虚构县财政局", 40, open_score=2, exempt=3)))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return made(folder, *several(folder)) / "汇总表_2024.xlsx"


# ---------------------------------------------------------------- charts of a 报送件


def test_four_charts_two_by_two(mixed):
    found = charts(mixed, "汇总表")
    assert list(found) == FOUR
    last = table(openpyxl.load_workbook(mixed)["汇总表"])[0]["可优化"]
    places = [chart.place for chart in found.values()]
    assert places[0][1] == places[1][1] < places[2][1] == places[3][1]
    assert all(right <= last for _, _, right, _ in places), "beyond the width of the table"
    assert all(places[n][3] <= places[n + 2][1] for n in (0, 1))
    assert all(places[n][2] <= places[n + 1][0] for n in (0, 2))


@pytest.mark.parametrize("name", ["sample", "mixed", "forty", "run"])
def test_charts_show_what_their_cells_say(name, request):
    path = request.getfixturevalue(name)
    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in ("汇总表", "分单位") if name == "run" else ("汇总表",):
        for chart in charts(path, sheet).values():
            for series in chart.series:
                shown = [value if isinstance(value, (int, float)) else 0 for value in figures(book, series.values)]
                assert series.cached == pytest.approx(shown), chart.title
                names = figures(book, series.names)
                assert not len(names) % len(shown)  # a name a figure, or one on each of two levels
                assert any(shown) or chart.title == FOUR[2], f"an empty box: {chart.title}"


def test_scores_by_project_with_the_grades_of_the_rules(mixed):
    book = openpyxl.load_workbook(mixed, data_only=True)
    chart = charts(mixed, "汇总表")[FOUR[0]]
    bars = {figures(book, series.name)[0]: figures(book, series.values) for series in chart.series}
    assert list(bars) == ["自评表得分", "指标体系得分", *(f"{b.name}{b.floor}" for b in RULES.grades if b.floor)]
    for title in ("自评表得分", "指标体系得分"):
        shown = [value or None for value in bars[title]]
        assert shown == [None, *column(book["汇总表"], title), None]
    for band in RULES.grades[:-1]:
        assert set(bars[f"{band.name}{band.floor}"]) == {float(band.floor)}
    names = figures(book, chart.series[0].names)
    assert [name or None for name in names] == [None, *column(book["汇总表"], "项目名称"), None]


def test_lines_follow_an_own_rule_set(tmp_path):
    rules = tmp_path / "own.toml"
    rules.write_text(
        'extends = "财政部"\nname = "本县"\nsource = "本县"\n[execution.reason]\nsource = "本县"\nbelow = 0.95\n'
        '[grades]\nsource = "本县"\n[[grades.bands]]\ngrade = "合格"\nfrom = 70\n'
        '[[grades.bands]]\ngrade = "不合格"\nfrom = 0\n',
        encoding="utf-8",
    )
    path = only(made(tmp_path, unit_book(tmp_path / "a.xlsx", "虚构县民政局", 2), rules=str(rules)))
    book = openpyxl.load_workbook(path, data_only=True)
    found = charts(path, "汇总表")
    assert figures(book, found[FOUR[0]].series[-1].name) == ["合格70"]
    assert set(figures(book, found[FOUR[0]].series[-1].values)) == {70}
    rate = found["预算执行率（低于95%的要说明原因）"]
    assert set(figures(book, rate.series[-1].values)) == {0.95}


def test_rates_with_the_line_below_which_a_reason_is_due(mixed):
    book = openpyxl.load_workbook(mixed, data_only=True)
    bars, line = charts(mixed, "汇总表")[FOUR[1]].series
    shown = [value or None for value in figures(book, bars.values)]
    assert shown == [None, *column(book["汇总表"], "预算执行率"), None]
    assert set(figures(book, line.values)) == {float(RULES.reason_below)}


def test_points_lost_leave_out_what_cannot_be_scored(mixed):
    book = openpyxl.load_workbook(mixed, data_only=True)
    (series,) = charts(mixed, "汇总表")[FOUR[2]].series
    names, lost = figures(book, series.names), figures(book, series.values)
    assert names == ["预算执行", "产出指标", "效益指标", "满意度指标", "成本指标"]
    sheet = book["汇总表"]
    weights = {"预算执行": 10, "产出指标": 50, "效益指标": 30, "满意度指标": 10, "成本指标": 0}
    row = range_boundaries(series.values.split("!")[1].replace("$", ""))[1]
    for offset, (name, points) in enumerate(zip(names, lost, strict=True)):
        scores = [v for v in column(sheet, "执行得分" if name == "预算执行" else name) if isinstance(v, (int, float))]
        assert points == pytest.approx(weights[name] * len(scores) - sum(scores))
        full, scored, _, undecided = (sheet.cell(row + offset, at).value for at in (4, 5, 6, 7))
        assert (full, scored) == (pytest.approx(weights[name] * len(scores)), pytest.approx(sum(scores)))
        assert undecided == (1 if name == "产出指标" else 0)
    assert sum(lost) > 0


def test_findings_by_severity(sample):
    book = openpyxl.load_workbook(sample, data_only=True)
    (series,) = charts(sample, "汇总表")[FOUR[3]].series
    found = perf_excel.check(SAMPLE).findings
    assert figures(book, series.names) == ["必须修改", "建议修改", "可优化"]
    assert figures(book, series.values) == [(found.severity == name).sum() for name in figures(book, series.names)]


def test_many_projects_are_drawn_as_a_distribution(forty):
    book = openpyxl.load_workbook(forty, data_only=True)
    found = charts(forty, "汇总表")
    assert list(found) == ["各等级项目数", "预算执行率分布（项目数）", *FOUR[2:]]
    (grades,) = found["各等级项目数"].series
    names = figures(book, grades.names)
    assert names == ["优", "良", "中", "差", "未定", "不纳入"]
    given = [value or "未定" for value in column(book["汇总表"], "自评等级")]
    assert figures(book, grades.values) == [given.count(name) for name in names]
    (rates,) = found["预算执行率分布（项目数）"].series
    known = [value for value in column(book["汇总表"], "预算执行率") if isinstance(value, float | int)]
    assert figures(book, rates.values) == [sum(v >= 0.9 for v in known), sum(v < 0.9 for v in known), 1]


def test_no_chart_over_nothing(tmp_path):
    rows = clean_rows()
    del rows["indicators"], rows["actuals"], rows["funds"]
    bare = write(tmp_path / "bare.xlsx", rows)
    assert list(charts(only(made(tmp_path, bare)), "汇总表")) == ["问题数量"]
    blank = made(tmp_path / "blank", TEMPLATE)
    assert not [chart for path in blank.glob("*.xlsx") for chart in charts(path, "汇总表")]


def test_one_project_has_its_lines(tmp_path):
    path = only(made(tmp_path, unit_book(tmp_path / "a.xlsx", "虚构县文化馆", 1)))
    lines = charts(path, "汇总表")[FOUR[0]].series[2:]
    assert [series.cached for series in lines] == [[90.0] * 3, [80.0] * 3, [60.0] * 3]


# ---------------------------------------------------------------- links


def test_every_link_leads_to_a_sheet_and_back(mixed):
    book = openpyxl.load_workbook(mixed)
    every = links(book)
    assert {target for _, _, target, _ in every} <= set(book.sheetnames)
    sheet = book["汇总表"]
    columns, first, _ = table(sheet)
    for number in (1, 2, 4, 5, 6):
        row = first + number - 1
        for title, target in (("项目名称", f"自评表{number}"), ("指标体系得分", f"打分表{number}")):
            place = sheet.cell(row, columns[title]).coordinate
            assert ("汇总表", place, target, "A1") in every
            assert [back for source, _, back, cell in every if source == target and cell == f"A{row}"] == ["汇总表"]
    assert sheet.cell(first + 2, columns["项目名称"]).hyperlink is None  # need not be evaluated: has no form
    assert str(sheet.cell(first, columns["指标体系得分"]).value).startswith("=")
    assert [target for source, _, target, _ in every if source == "计算过程"] == ["汇总表"]


@pytest.mark.parametrize("options", [{}, {"print_scores": True}])
def test_back_links_are_not_printed(tmp_path, options):
    path = only(made(tmp_path, unit_book(tmp_path / "a.xlsx", "虚构县民政局", 2), **options))
    book = openpyxl.load_workbook(path)
    for source, place, target, _ in links(book):
        if target == "汇总表":
            sheet = book[source]
            assert sheet[place].value == "返回汇总表"
            _, _, last, bottom = range_boundaries(sheet.print_area.rpartition("!")[2].replace("$", ""))
            assert sheet[place].column > last
            if source == "计算过程":
                assert bottom == sheet.max_row


def test_a_name_too_long_for_a_link_is_linked_whole(tmp_path):
    rows = clean_rows()
    rows["projects"][0]["name"] = "购置设备" * 100
    path = only(made(tmp_path, write(tmp_path / "a.xlsx", rows)))
    book = openpyxl.load_workbook(path)
    assert ("汇总表", "C4", "自评表1", "A1") in links(book)
    assert book["汇总表"]["C4"].value == "购置设备" * 100


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize(
    ("name", "sheet"), [("mixed", "汇总表"), ("forty", "汇总表"), ("run", "汇总表"), ("run", "分单位")]
)
def test_the_page(name, sheet, request):
    path = request.getfixturevalue(name)
    x = openpyxl.load_workbook(path)[sheet]
    assert (x.page_setup.paperSize, x.page_setup.orientation) == (9, "landscape")
    assert x.sheet_properties.pageSetUpPr.fitToPage
    assert (x.page_setup.fitToWidth or 1, x.page_setup.fitToHeight) == (1, 0)
    assert x.print_title_rows == "$3:$3"
    assert "&P" in x.oddFooter.center.text
    assert x.freeze_panes == {"汇总表": "E4" if name == "run" else "D4", "分单位": "B4"}[sheet]
    left, top, right, bottom = range_boundaries(x.auto_filter.ref)
    ends = next(row for row in range(4, x.max_row + 1) if x.cell(row, 1).value == "合计") - 1
    assert (left, top, bottom) == (1, 3, ends)
    assert x.cell(3, right).value == ("备注" if (name, sheet) == ("run", "汇总表") else "可优化")
    assert not x.conditional_formatting
    _, _, last, end = range_boundaries(x.print_area.rpartition("!")[2].replace("$", ""))
    assert last == right
    assert all(chart.place[3] < end for chart in charts(path, sheet).values())


def test_same_bytes_twice(tmp_path):
    (tmp_path / "in").mkdir()
    books = several(tmp_path / "in")
    first, second = (made(tmp_path / name, *books) for name in ("one", "two"))
    names = sorted(path.name for path in first.glob("*.xlsx"))
    assert len(names) >= 5
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_ten_projects_are_small(tmp_path):
    path = only(made(tmp_path, unit_book(tmp_path / "a.xlsx", "虚构县财政局", 10)))
    print(f"ten projects: {path.stat().st_size:,} bytes")
    assert path.stat().st_size < 200_000


# ---------------------------------------------------------------- a run


def test_sheets_of_a_run(run):
    assert openpyxl.load_workbook(run).sheetnames == ["汇总表", "分单位", "问题清单"]


def test_projects_of_a_run_by_unit(run):
    book = openpyxl.load_workbook(run, data_only=True)
    found = charts(run, "汇总表")
    assert list(found) == FOUR[:2]
    names = figures(book, found[FOUR[0]].series[0].names)
    assert names[1::2][1:-1] == column(book["汇总表"], "项目序号")
    units = [name for name in names[::2] if name and name.strip()]
    assert units == ["虚构县民政局", "虚构县教育局", "虚构县民政局", ">虚构县*局"]


def by_unit(book) -> tuple[list[dict], dict]:
    rows = list(book["分单位"].iter_rows(min_row=3, values_only=True))
    heads = [value for value in rows[0] if value]
    end = next(n for n, row in enumerate(rows) if row[0] == "合计")
    lines = [dict(zip(heads, row, strict=False)) for row in rows[1 : end + 1]]
    return lines[:-1], lines[-1]


def test_units_add_up_what_counts(run):
    book = openpyxl.load_workbook(run, data_only=True)
    columns, first, total = table(book["汇总表"])
    rows = [{title: book["汇总表"].cell(row, at).value for title, at in columns.items()} for row in range(first, total)]
    units, whole = by_unit(book)
    assert {unit["单位名称"] for unit in units} == {"虚构县民政局", "虚构县教育局", ">虚构县*局", "e.xlsx"}
    for unit in [*units, whole]:
        own = [r for r in rows if not r["备注"] and unit["单位名称"] in (r["单位名称"], "合计")]
        assert unit["项目数"] == len(own)
        for title in ("全年预算数", "全年执行数"):
            assert unit[title] == pytest.approx(sum(row[title] for row in own))
        scores = [row["自评表得分"] for row in own if row["自评表得分"] is not None]
        average = unit["平均自评表得分"] or None
        assert average == (pytest.approx(sum(scores) / len(scores), abs=0.00501) if scores else None)
        grades = [row["自评等级"] or "未定" for row in own]
        for grade in ("优", "良", "中", "差", "未定", "不纳入"):
            assert unit[grade] == grades.count(grade)
    averages = [unit["平均自评表得分"] for unit in units if unit["平均自评表得分"]]
    assert averages == sorted(averages, reverse=True)
    assert [unit["名次"] for unit in units if unit["平均自评表得分"]] == [1, 2, 3]
    listed = [row[2] for row in book["问题清单"].iter_rows(min_row=4, values_only=True)]
    for severity in ("必须修改", "建议修改", "可优化"):
        assert whole[severity] == book["汇总表"].cell(total, columns[severity]).value == listed.count(severity)
    assert next(unit for unit in units if unit["单位名称"] == "e.xlsx")["必须修改"] >= 1


def test_the_most_frequent_findings(run):
    book = openpyxl.load_workbook(run, data_only=True)
    rows = list(book["分单位"].iter_rows(values_only=True))
    head = next(n for n, row in enumerate(rows) if row[:2] == ("问题", "编号"))
    block = [row[:4] for row in rows[head + 1 :] if row[1]]
    listed = [row[3] for row in book["问题清单"].iter_rows(min_row=4, values_only=True)]
    assert [(code, times) for _, code, _, times in block] == sorted(
        ((code, listed.count(code)) for code in set(listed)), key=lambda pair: (-pair[1], pair[0])
    )[:10]
    assert all(
        str(cell.value).startswith("=COUNTIF")
        for cell in openpyxl.load_workbook(run)["分单位"]["D"][head + 1 : head + 1 + len(block)]
    )


def test_charts_by_unit(run):
    book = openpyxl.load_workbook(run, data_only=True)
    found = charts(run, "分单位")
    assert list(found) == ["各等级项目数", "问题数量", "各单位平均自评表得分", "最多的问题（次数）"]
    (series,) = found["各单位平均自评表得分"].series
    assert len(figures(book, series.names)) == 3  # the unit without a score is no bar
    assert all(figures(book, series.values))


def test_links_of_a_run(run):
    book = openpyxl.load_workbook(run)
    every = links(book)
    assert {target for _, _, target, _ in every} <= set(book.sheetnames)
    assert {source for source, _, target, _ in every if target == "汇总表"} == {"分单位", "问题清单"}
    for source, place, target, cell in every:
        if source == "分单位" and place.startswith("A"):
            assert book[target][cell].value == book[source][place].value
    assert ("汇总表", "A2", "分单位", "A1") in every


def test_many_units_draw_the_lowest_thirty(tmp_path):
    (tmp_path / "in").mkdir()
    books = [unit_book(tmp_path / "in" / f"{n}.xlsx", f"虚构县第{n}小学", 1, first=n) for n in range(32)]
    path = made(tmp_path, *books) / "汇总表_2024.xlsx"
    book = openpyxl.load_workbook(path, data_only=True)
    found = charts(path, "分单位")
    (series,) = found["平均自评表得分最低的30个单位（共32个）"].series
    units, _ = by_unit(book)
    assert figures(book, series.values) == sorted((unit["平均自评表得分"] for unit in units), reverse=True)[2:]
    assert not charts(path, "汇总表")  # 32 projects are too many to draw one by one; they are drawn by unit


def test_columns_right_of_the_table_are_not_printed(mixed):
    x = openpyxl.load_workbook(mixed)["汇总表"]
    last = x.print_area.rpartition("!")[2].rpartition(":")[2].strip("$").partition("$")[0]
    helpers = [
        cell for row in x.iter_rows(min_row=1, max_row=1) for cell in row if cell.value == "图表用的数（不打印）"
    ]
    assert helpers
    assert all(cell.column > column_index_from_string(last) for cell in helpers)
