"""LibreOffice recalculates what the program wrote: every formula gives the number that stands cached beside it."""

import subprocess
from pathlib import Path

import openpyxl
import pytest
from summaries import several, unit_book
from workbooks import COMPLETE, SAMPLE, TEMPLATE, clean_rows, rows_of, write

import perf_excel

#: Recalculate on load, whatever the file says.
_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
"""
RULES = """
extends = "财政部"
name = "测试"
source = "测试"
[attainment.lower]
source = "测试"
variant = "ratio"
[attainment.over]
source = "测试"
above = 1.2
below = 0.8
deduction = 2
[satisfaction]
source = "测试"
[[satisfaction.bands]]
from = 90
share = 100
[[satisfaction.bands]]
from = 80
share = 80
[caps]
source = "测试"
[[caps.bands]]
below = 0.8
most = 60
"""
#: One row for each way of scoring.
ROWS = (
    ("产出指标", "数量指标", "≥", "15", "个", 10, "6"),
    ("产出指标", "数量指标", "＝", "7", "个", 10, "5"),
    ("产出指标", "质量指标", "≥", "0", "个", 5, "-1"),
    ("产出指标", "质量指标", "＞", "0", "个", 5, "0"),
    ("产出指标", "时效指标", "≤", "12月底前", None, 5, "11月"),
    ("产出指标", "时效指标", "＝", "30", "天", 5, "37"),
    ("产出指标", "成本指标", "≤", "17.28", "万元", 10, "20.01"),
    ("产出指标", "成本指标", "≤", "0", "次", 5, "1"),
    ("效益指标", "社会效益指标", "定性", "明显改善", None, 10, "明显改善"),
    ("效益指标", "社会效益指标", "≥", "-3", "%", 5, "-2"),
    ("效益指标", "经济效益指标", "≥", "100", "户", 10, "140"),
    ("满意度指标", "服务对象满意度指标", "≥", "95", "%", 10, "86.5"),
)


def varied(path: Path) -> Path:
    rows = clean_rows()
    rows["indicators"], rows["actuals"] = rows_of(ROWS)
    rows["funds"][0] |= {"budget": 20, "executed": 13.7}
    rows["actuals"][0] |= {"deduction": 1.5, "typed_score": 4}
    more, done = rows_of(ROWS[:3], project_no=2, first=20)
    more[1] |= {"new_target": "取消", "new_basis": "某财绩〔2024〕18号"}
    done[2]["actual"] = ""
    rows["indicators"] += more
    rows["actuals"] += done
    third, finished = rows_of(ROWS[:4], project_no=3, first=30)
    third[0] |= {"new_target": "取消", "new_basis": "某财绩〔2024〕18号"}
    rows["indicators"] += third
    rows["actuals"] += finished
    rows["projects"] += [
        {**rows["projects"][0], "project_no": n, "name": f"测试项目{n}", "code": None} for n in (2, 3, 4)
    ]
    rows["projects"][3]["exempt_reason"] = "年中已取消"
    rows["funds"] += [{**rows["funds"][0], "project_no": 3, "budget": 0, "executed": 0}]
    return write(path, rows)


def recalculated(soffice: str, path: Path, folder: Path) -> Path:
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_RECALCULATE)
    out = folder / "out"
    command = [
        soffice,
        f"-env:UserInstallation=file://{profile}",
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(out),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return out / path.name


def differences(stored: Path, again: Path) -> tuple[int, list[str]]:
    formulas, cached, fresh = (
        openpyxl.load_workbook(stored),
        openpyxl.load_workbook(stored, data_only=True),
        openpyxl.load_workbook(again, data_only=True),
    )
    count, wrong = 0, []
    for sheet in formulas.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                count += 1
                old, new = (book[sheet.title][cell.coordinate].value for book in (cached, fresh))
                old, new = ("" if value is None else value for value in (old, new))
                nearly = 0.00005 if "%" in cell.number_format else 0.005
                close = isinstance(old, (int, float)) and isinstance(new, (int, float)) and abs(old - new) < nearly
                if old != new and not close:
                    wrong.append(f"{sheet.title}!{cell.coordinate}: {old!r} cached, {new!r} recalculated, {cell.value}")
    return count, wrong


@pytest.mark.parametrize("rules", [None, "own"])
@pytest.mark.parametrize("name", ["sample", "varied"])
def test_every_formula_gives_its_cached_value(soffice, tmp_path, name, rules):
    source = SAMPLE if name == "sample" else varied(tmp_path / "varied.xlsx")
    if rules:
        rules = str(tmp_path / "own.toml")
        Path(rules).write_text(RULES, encoding="utf-8")
    perf_excel.run(source, tmp_path / "output", rules=rules, annotate=False)
    (made,) = (tmp_path / "output").glob("*.xlsx")
    count, wrong = differences(made, recalculated(soffice, made, tmp_path))
    print(f"{made.name}: {count} formula cells compared, {len(wrong)} different")
    assert count > 150
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["complete", "forty", "one", "exempt"])
def test_every_formula_of_a_deliverable(soffice, tmp_path, name):
    sources = {
        "complete": lambda: COMPLETE,
        "forty": lambda: unit_book(tmp_path / "a.xlsx", "虚构县财政局", 40, open_score=2, exempt=3),
        "one": lambda: unit_book(tmp_path / "a.xlsx", "虚构县文化馆", 1),
        "exempt": lambda: unit_book(tmp_path / "a.xlsx", "虚构县文化馆", 2, open_score=1, exempt=2),
    }
    perf_excel.run(sources[name](), tmp_path / "output", annotate=False)
    (made,) = (tmp_path / "output").glob("*.xlsx")
    count, wrong = differences(made, recalculated(soffice, made, tmp_path))
    print(f"{made.name}: {count} formula cells compared, {len(wrong)} different")
    assert count > 100
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("odd", [(), ("?局", "~局", "局" * 300, "虚构县民政局等", "=1+1", "虚构县Ab局", "虚构县aB局")])
def test_every_formula_of_the_summary_of_a_run(soffice, tmp_path, odd):
    (tmp_path / "in").mkdir()
    names = [unit_book(tmp_path / "in" / f"u{n}.xlsx", unit, 2, first=100 + 9 * n) for n, unit in enumerate(odd)]
    perf_excel.run([*several(tmp_path / "in"), *names], tmp_path / "output", annotate=False)
    made = tmp_path / "output" / "汇总表_2024.xlsx"
    count, wrong = differences(made, recalculated(soffice, made, tmp_path))
    print(f"{made.name}: {count} formula cells compared, {len(wrong)} different")
    assert count > 150
    assert not wrong, "\n".join(wrong)


def test_template_formulas_give_their_cached_values(soffice, tmp_path):
    copy = tmp_path / "template.xlsx"
    copy.write_bytes(TEMPLATE.read_bytes())
    count, wrong = differences(copy, recalculated(soffice, copy, tmp_path))
    assert count > 2000
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize("suffix", ["xlsx", "ods", "xls"])
def test_a_file_saved_by_libreoffice_reads_the_same(soffice, tmp_path, suffix):
    from workbooks import evaluate

    out = tmp_path / "out"
    command = [soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", suffix]
    subprocess.run([*command, "--outdir", str(out), str(SAMPLE)], check=True, capture_output=True, timeout=180)
    stored, again = evaluate([SAMPLE]), evaluate([out / f"{SAMPLE.stem}.{suffix}"])
    assert [score.total for score in again.scores.values()] == [score.total for score in stored.scores.values()]
    assert again.findings == stored.findings
    assert again.completion.by_sheet == stored.completion.by_sheet
