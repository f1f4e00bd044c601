"""Commands, exit status, JSON, messages, the shipped sample, and the functions for Python (contract §3, §5, §6)."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from workbooks import (
    FUND,
    PROJECT,
    ROWS,
    SAMPLE,
    SETTINGS,
    TEMPLATE,
    cell_of,
    clean_rows,
    rows_of,
    sample_data,
    write,
)

import perf_excel
from perf_excel.catalogue import CATALOGUE
from perf_excel.cli import main
from perf_excel.workbook import standard

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT.parent / "shared" / "seeds" / "four_projects.json"

# ---------------------------------------------------------------- what a user may be shown

#: Words in Latin letters that a clerk knows: programs, formats, our own names; and what was typed, quoted back.
KNOWN_WORDS = {
    "wps", "excel", "word", "microsoft", "input", "output", "xlsx", "xlsm", "docx", "xls", "csv", "json", "perf", "run",
    "check", "template", "explain", "audit", "div", "name", "lock",
}  # fmt: skip


def foreign_words(text: str, *quoted: object) -> set[str]:
    """Return the Latin words in a text that is for a clerk, but for known ones, options and what is quoted."""
    for known in sorted((str(item) for item in quoted), key=len, reverse=True):
        text = text.replace(known, "")
    text = re.sub(r"--?[a-z][a-z-]*", "", text)
    return {word for word in re.findall(r"[A-Za-z]{3,}", text) if word.lower() not in KNOWN_WORDS}


def call(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, Any, str]:
    """Run a command with `--json`; return its status, the JSON (None if not written) and all that it said.

    What it says and finds must be Chinese, but for what the caller wrote himself.
    """
    words = [str(arg) for arg in args]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "结果.json")
        capsys.readouterr()
        status = main([*words, "--json", str(target)])
        said = "".join(capsys.readouterr())
        data = json.loads(target.read_text(encoding="utf-8")) if target.exists() else None
    quoted = [
        str(Path.cwd()),
        *words,
        *(os.path.realpath(word) for word in words),
        *(Path(word).name for word in words),
    ]
    assert "Traceback" not in said
    assert foreign_words(said, *filter(None, quoted)) == set(), said
    for item in data["findings"] if data else ():
        told = item["message"] + item["basis"] + item["fix"]
        assert foreign_words(told, *filter(None, quoted)) == set(), told
    return status, data, said


def plainly(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str]:
    """Run a command as it is given; return its status and all that it said."""
    capsys.readouterr()
    status = main([str(arg) for arg in args])
    said = "".join(capsys.readouterr())
    assert "Traceback" not in said
    return status, said


def is_chinese(text: str) -> bool:
    return re.search("[\u4e00-\u9fff]", text) is not None


# ---------------------------------------------------------------- wrong calls


@pytest.mark.parametrize(
    "args",
    [
        ["run", "{book}", "--nonsense"],
        ["run", "{book}", "--form", "没有的样式"],
        ["run", "{book}", "--rules", "没有的规则"],
        ["check", "{book}", "--rules", "没有的规则.toml"],
        ["run", "{book}", "-o", "{file}"],
        ["run", "{book}", "-o", "{file}/里面"],
        ["check", "{book}", "--annotate", "-o", "{file}"],
        ["run", "{book}", "--quiet=1"],
        ["nonsense", "{book}"],
        ["check", "{book}", "--form"],
    ],
    ids=lambda args: " ".join(args),
)
def test_wrong_call(args, tmp_path, capsys):
    book, file = write(tmp_path / "a.xlsx"), tmp_path / "占用"
    file.write_text("x")
    args = [arg.format(book=book, file=file) for arg in args]
    status, data, said = call(capsys, *args)
    assert status == 2
    assert data is None
    assert is_chinese(said)
    assert len(said.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "占用"]
    assert file.read_text() == "x"


@pytest.mark.parametrize(
    "args",
    [
        ["--nonsense"],
        ["explain", "Z99"],
        ["explain", "A08", "A09"],
        ["template", "--nonsense"],
        ["nonsense"],
        ["no'name"],
        [],
    ],
)
def test_wrong_call_without_a_workbook(args, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, said = plainly(capsys, *args)
    assert status == 2
    assert is_chinese(said)
    assert foreign_words(said, *args) == set()
    assert list(tmp_path.iterdir()) == []


def test_rules_file_with_a_mistake_is_a_wrong_call(tmp_path, capsys):
    rules = tmp_path / "本县.toml"
    for text in ("权重 = ", "[[[", "name = 3\n", "\ufeff# 空\n"):
        rules.write_text(text, encoding="utf-8")
        status, said = plainly(capsys, "check", write(tmp_path / "a.xlsx"), "--rules", rules)
        assert status == 2, text
        assert "本县" in said
        assert is_chinese(said)


def test_json_that_cannot_be_written_is_said(tmp_path, capsys):
    status, said = plainly(capsys, "check", write(tmp_path / "a.xlsx"), "--json", tmp_path)
    assert status == 2
    assert is_chinese(said.strip().splitlines()[-1])


@pytest.mark.parametrize("others", [[], ["b.xlsx"]], ids=["sample", "another"])
def test_workbook_behind_json_is_a_wrong_call(others, tmp_path, capsys, monkeypatch):
    """`--json a.xlsx`: the name of the result was forgotten. A workbook is not written over."""
    monkeypatch.chdir(tmp_path)
    book = write(tmp_path / "a.xlsx")
    write(tmp_path / "b.xlsx")
    before = book.read_bytes()
    status, said = plainly(capsys, "check", *others, "--json", "a.xlsx")
    assert book.read_bytes() == before
    assert status == 2
    assert is_chinese(said)


# ---------------------------------------------------------------- commands


@pytest.mark.parametrize(
    "args", [["--help"], ["-h"], *([name, "--help"] for name in ("run", "check", "template", "explain"))]
)
def test_help_is_chinese(args, capsys):
    status, said = plainly(capsys, *args)
    assert status == 0
    assert foreign_words(said) == set()
    assert "用法" in said


def test_options_of_the_contract_are_taken(tmp_path, capsys):
    book = write(tmp_path / "a.xlsx")
    options = [
        "--rules",
        "四川",
        "--form",
        "专项预算",
        "--print-scores",
        "--no-annotate",
        "--no-report",
        "--jobs",
        "1",
        "--force",
        "--quiet",
    ]
    assert plainly(capsys, "run", book, "-o", tmp_path / "output", *options) == (0, "")


def test_commands_of_the_contract_are_there(capsys):
    _, said = plainly(capsys, "--help")
    assert all(re.search(rf"^\s+{name}\s", said, re.MULTILINE) for name in ("run", "check", "template", "explain"))


def test_version(capsys):
    assert plainly(capsys, "--version") == (0, f"perf-excel {perf_excel.__version__}\n")


def test_explain_lists_every_code_and_explains_each(capsys):
    status, everything = plainly(capsys, "explain")
    assert status == 0
    for code in {entry.code for entry in CATALOGUE.values()}:
        assert re.search(rf"^{code}\b", everything, re.MULTILINE)
        status, said = plainly(capsys, "explain", code.lower())
        assert status == 0
        assert said.startswith(code)
        assert "{" not in said
        assert foreign_words(said) == set()


def test_template_is_a_blank_workbook_and_never_replaces_another(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert plainly(capsys, "template")[0] == 0
    made = tmp_path / TEMPLATE.name
    first = made.read_bytes()
    assert call(capsys, "check", made)[0] == 1
    made.write_bytes(b"mine")
    status, said = plainly(capsys, "template")
    assert status == 0
    assert made.read_bytes() == b"mine"
    assert made.with_name(f"{made.stem}_2.xlsx").read_bytes() == first
    assert "没有覆盖" in said
    assert plainly(capsys, "template", "--force")[0] == 0
    assert made.read_bytes() == first
    assert plainly(capsys, "template", "--sample", "-o", tmp_path / "示例.xlsx")[0] == 0
    assert call(capsys, "check", tmp_path / "示例.xlsx")[0] == 1
    assert plainly(capsys, "template", "-o", made / "x.xlsx")[0] == 2


def test_shipped_workbooks_are_what_the_program_writes():
    from perf_excel.workbook.template import blank_template, sample

    assert TEMPLATE.read_bytes() == blank_template()
    assert SAMPLE.read_bytes() == sample()


def test_check_writes_nothing_and_points_at_no_file_that_is_not_there(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = clean_rows()
    rows["projects"][0]["problems"] = "暂无"  # one 建议修改
    status, said = plainly(capsys, "check", write(tmp_path / "a.xlsx", rows))
    assert status == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]
    assert "待修改" not in said


def test_check_annotate_writes_the_marked_copy_alone(tmp_path, capsys):
    rows = clean_rows()
    rows["actuals"][0]["actual"] = None
    status, data, _ = call(capsys, "check", write(tmp_path / "a.xlsx", rows), "--annotate", "-o", tmp_path / "output")
    assert status == 1
    written = [p.relative_to(tmp_path / "output").as_posix() for p in (tmp_path / "output").rglob("*.xlsx")]
    assert written == ["待修改/a_问题标注.xlsx"]
    assert [Path(p).name for p in data["workbooks"][0]["outputs"]] == ["a_问题标注.xlsx"]


def test_run_without_input_takes_the_input_folder_then_the_sample(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, data, said = call(capsys, "run", "--no-annotate")
    assert status == 1
    assert Path(data["workbooks"][0]["input"]).name == SAMPLE.name
    assert "示例" in said.splitlines()[0]
    (tmp_path / "input").mkdir()
    write(tmp_path / "input" / "a.xlsx")
    status, data, said = call(capsys, "run")
    assert (status, [book["input"] for book in data["workbooks"]]) == (0, [str(Path("input") / "a.xlsx")])
    assert "示例" not in said


def test_run_without_input_says_what_it_cannot_read_in_the_input_folder(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "a.et").write_bytes(b"x")
    status, data, _ = call(capsys, "run")
    assert (status, [f["code"] for f in data["findings"]]) == (2, ["S01"])


def test_quiet_says_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    book = write(tmp_path / "a.xlsx")
    assert plainly(capsys, "run", book, "--quiet") == (0, "")
    assert plainly(capsys, "check", book, "--quiet") == (0, "")


def test_screen_names_every_must_with_its_place_and_the_files(tmp_path, capsys):
    rows = clean_rows()
    rows["actuals"][0]["actual"] = None
    _, data, said = call(capsys, "run", write(tmp_path / "a.xlsx", rows), "-o", tmp_path / "output")
    assert f"[B01] 完成情况 {cell_of('actuals', 'actual')}：" in said
    assert data["findings"][0]["message"] in said
    assert data["findings"][0]["fix"] in said
    assert "测试单位_2024_绩效自评.xlsx" in said
    assert "a_问题标注.xlsx" in said


def test_screen_counts_what_stands_on_actuals_with_its_project(tmp_path, capsys):
    """「必须修改」 of a project on the screen takes in 完成情况, as the summary does."""
    rows = clean_rows()
    rows["actuals"][0]["actual"] = None
    _, _, said = call(capsys, "check", write(tmp_path / "a.xlsx", rows))
    line = next(line for line in said.splitlines() if "测试项目" in line)
    assert line.split()[-1] == "1"


def test_as_a_process_on_a_gbk_console(tmp_path):
    """Chinese on a console of code page 936, an exit status, and no word of a traceback."""
    rows = clean_rows()
    rows["projects"][0]["name"] = "项目😀\u2f00"
    book = write(tmp_path / "a.xlsx", rows)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "perf_excel",
            "run",
            str(book),
            str(tmp_path / "没有.xlsx"),
            "-o",
            str(tmp_path / "output"),
        ],
        cwd=ROOT,
        env={"PYTHONIOENCODING": "gbk", "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == b""
    assert "必须修改 1 项" in done.stdout.decode("gbk")


# ---------------------------------------------------------------- the sample, as published

DATA = sample_data()
TOTALS = {1: 100, 2: 100, 3: 100, 4: None}
SUMS, DECLARED = {1: 93, 2: 92, 3: 93, 4: 92}, {1: 96, 2: 95, 3: 96, 4: 95}


@pytest.fixture(scope="module")
def sample_run(tmp_path_factory) -> tuple[Path, dict[str, Any], int]:
    folder = tmp_path_factory.mktemp("sample")
    status = main(["run", str(SAMPLE), "-o", str(folder / "output"), "--json", str(folder / "a.json"), "--quiet"])
    return folder / "output", json.loads((folder / "a.json").read_text(encoding="utf-8")), status


def row_of(sheet: str, number: int) -> int:
    return standard.FIRST_ROW + number


def test_sample_status(sample_run):
    assert sample_run[2] == 1
    assert sample_run[1]["workbooks"][0]["status"] == "needs_fix"


def test_sample_scores(sample_run):
    projects = {project["project_no"]: project for project in sample_run[1]["projects"]}
    assert {number: project["form_score"]["total"] for number, project in projects.items()} == TOTALS
    assert {number: project["scorecard"]["total"] for number, project in projects.items()} == SUMS
    assert {number: project["scorecard"]["declared"] for number, project in projects.items()} == DECLARED
    assert {number: project["form_score"]["grade"] for number, project in projects.items()} == {
        1: "优",
        2: "优",
        3: "优",
        4: None,
    }
    assert projects[4]["form_score"]["indicators"] == {}
    assert all(project["execution_rate"] == 1 for project in projects.values())
    for number, project in projects.items():
        own = [row for row in DATA["scorecard"] if row["project_no"] == number]
        for category in standard.CATEGORIES:
            assert project["scorecard"][category] == sum(row["awarded"] for row in own if row["category"] == category)


def test_sample_must_fix_exactly_what_is_wrong_in_it(sample_run):
    expected = {
        ("A08", "项目信息", cell_of("projects", "declared_scorecard", row_of("projects", n)), n + 1) for n in range(4)
    }
    for n, project in enumerate(DATA["projects"]):
        if not project.get("code"):
            expected.add(("S05", "项目信息", cell_of("projects", "code", row_of("projects", n)), project["project_no"]))
        if not any(row["project_no"] == project["project_no"] for row in DATA["indicators"]):
            expected.add(("B12", "项目信息", cell_of("projects", "name", row_of("projects", n)), project["project_no"]))
    for n, row in enumerate(DATA["scorecard"]):
        if row["awarded"] < row["full_marks"] and not row.get("reason"):
            expected.add(("E01", "评价打分", cell_of("scorecard", "reason", row_of("scorecard", n)), row["project_no"]))
    found = [f for f in sample_run[1]["findings"] if f["severity"] == "必须修改"]
    assert sorted((f["code"], f["sheet"], f["cell"], f["project_no"]) for f in found) == sorted(expected)
    assert {("S05", "项目信息", "B3", 1), ("S05", "项目信息", "B6", 4), ("B12", "项目信息", "C6", 4)} <= expected
    for item in found:
        if item["code"] == "A08":
            number = item["project_no"]
            assert f"{DECLARED[number]}" in item["message"]
            assert f"{SUMS[number]}" in item["message"]


def test_sample_says_how_it_read_98_percent(sample_run):
    expected = {
        ("完成情况", cell_of("actuals", "actual", row_of("actuals", n)), row["actual"])
        for n, row in enumerate(DATA["actuals"])
        if row["actual"] in ("98%", "96%", "13.60")
    } | {
        ("绩效指标", cell_of("indicators", "target", row_of("indicators", n)), row["target"])
        for n, row in enumerate(DATA["indicators"])
        if row["target"] == "13.60"
    }
    found = [f for f in sample_run[1]["findings"] if f["code"] == "C03"]
    assert {typed for *_, typed in expected} == {"98%", "96%", "13.60"}
    assert sorted((f["sheet"], f["cell"]) for f in found) == sorted((sheet, cell) for sheet, cell, _ in expected)
    assert {f["severity"] for f in found} == {"可优化"}


def printed(sheet: Any) -> dict[str, Any]:
    """Read a printed form 专项预算 back: its labels with what stands beside them, and its indicators."""
    found: dict[str, Any] = {"indicators": []}
    heads: list[Any] = []
    level1 = level2 = None
    for row in sheet.iter_rows(values_only=True):
        cells = list(row[:9])
        if cells[0] in ("项目名称", "预算单位", "项目类型"):
            found[cells[0]] = cells[1]
        elif isinstance(cells[1], str) and cells[1].strip("\u3000 ").startswith(
            ("年度资金总额", "其中", "其他资金", "项目起止年限")
        ):
            found[cells[1].strip("\u3000 ")] = cells[3]
        elif cells[3] == "三级指标":
            heads = cells[1:]
        elif heads and cells[3]:
            level1, level2 = cells[1] or level1, cells[2] or level2
            found["indicators"].append(dict(zip(heads, [level1, level2, *cells[3:]], strict=True)))
        elif cells[1] and not any(cells[2:]) and not cells[0]:
            found["goal"] = cells[1]
    return found


def as_read(value: Any) -> Any:
    """A target or actual of the sample as a form prints it: a figure where it is one."""
    try:
        return float(str(value).rstrip("%"))
    except ValueError:
        return value


def check_printed(
    output: Path, projects: list[dict[str, Any]], indicators: dict[int, list[dict[str, Any]]], budgets: dict[int, float]
) -> None:
    book = openpyxl.load_workbook(output / "渠县安全生产事务中心_2024_绩效自评.xlsx", data_only=True)
    assert [name for name in book.sheetnames if name.startswith("自评表")] == [
        f"自评表{p['project_no']}" for p in projects
    ]
    for project in projects:
        number = project["project_no"]
        form = printed(book[f"自评表{number}"])
        assert form["项目名称"] == "-".join(filter(None, (project.get("code"), project["name"])))
        assert form["预算单位"] == project["unit"]
        assert form["项目类型"] == project["project_type"]
        assert form["项目起止年限"] == project["period"]
        assert form["goal"] == project["goal"]
        assert form["年度资金总额："] == form["其中：财政拨款"] == budgets[number]
        assert form["其他资金"] is None
        assert form["indicators"] == [
            {
                "一级指标": row["level1"],
                "二级指标": row["level2"],
                "三级指标": row["level3"],
                "指标性质": row["nature"],
                "指标值": as_read(row["target"]),
                "度量单位": row.get("unit"),
                "权重": row["weight"],
                "实际完成指标值": as_read(row["actual"]),
            }
            for row in indicators[number]
        ]


def test_printed_form_holds_the_sample(sample_run):
    actuals = {row["indicator_no"]: row["actual"] for row in DATA["actuals"]}
    indicators = {
        project["project_no"]: [
            row | {"actual": actuals[row["indicator_no"]]}
            for row in DATA["indicators"]
            if row["project_no"] == project["project_no"]
        ]
        for project in DATA["projects"]
    }
    check_printed(
        sample_run[0], DATA["projects"], indicators, {row["project_no"]: row["budget"] for row in DATA["funds"]}
    )


@pytest.mark.skipif(not SEEDS.exists(), reason="needs ../shared")
def test_printed_form_holds_the_four_published_projects(sample_run):
    seeds = json.loads(SEEDS.read_text(encoding="utf-8"))["projects"]
    projects = [p | {"project_type": p["type"], "goal": p["annual_goal"]} for p in seeds]
    check_printed(
        sample_run[0],
        projects,
        {p["project_no"]: p["indicators"] for p in seeds},
        {p["project_no"]: sum(fund["budget"] for fund in p["funds"]) for p in seeds},
    )
    for project in seeds:
        scored = next(p for p in sample_run[1]["projects"] if p["project_no"] == project["project_no"])
        assert scored["scorecard"]["total"] == project["itemised_sum"]
        assert scored["scorecard"]["declared"] == project["declared_result"]


def test_printed_score_sheets_hold_the_scorecards(sample_run):
    book = openpyxl.load_workbook(sample_run[0] / "渠县安全生产事务中心_2024_绩效自评.xlsx", data_only=True)
    for number in SUMS:
        rows = list(book[f"打分表{number}"].iter_rows(values_only=True))
        total = next(row for row in rows if row[0] == "合计")
        assert (total[3], total[4]) == (100, SUMS[number])
        own = [row for row in DATA["scorecard"] if row["project_no"] == number]
        lines = {row[2]: (row[3], row[4]) for row in rows[4 : rows.index(total)]}
        assert lines == {row["level2"]: (row["full_marks"], row["awarded"]) for row in own}


def test_forms_are_drafts_while_something_must_be_mended(sample_run):
    book = openpyxl.load_workbook(sample_run[0] / "渠县安全生产事务中心_2024_绩效自评.xlsx")
    must = sum(f["severity"] == "必须修改" for f in sample_run[1]["findings"])
    for number in (1, 2, 3, 4):
        assert f"草稿：尚有{must}项必须修改" in (book[f"自评表{number}"].oddFooter.left.text or "")


def essence(data: dict[str, Any]) -> tuple[Any, ...]:
    return (
        [{key: value for key, value in project.items() if key != "workbook"} for project in data["projects"]],
        [[f[key] for key in ("code", "severity", "sheet", "cell", "project_no", "message")] for f in data["findings"]],
        [(book["unit"], book["year"], book["rules"], book["completion"]) for book in data["workbooks"]],
    )


@pytest.mark.parametrize("name", ["渠县安全生产事务中心_2024_绩效自评.xlsx", f"待修改/{SAMPLE.stem}_问题标注.xlsx"])
def test_what_was_written_is_a_good_input(name, sample_run, tmp_path, capsys):
    output, data, _ = sample_run
    taken = tmp_path / Path(name).name
    taken.write_bytes((output / name).read_bytes())
    status, again, _ = call(capsys, "run", taken, "-o", tmp_path / "output")
    assert status == 1
    assert essence(again) == essence(data)
    stem = Path(name).stem.removesuffix("_问题标注")
    written = sorted(p.relative_to(tmp_path / "output").as_posix() for p in (tmp_path / "output").rglob("*.xlsx"))
    assert written == sorted(["渠县安全生产事务中心_2024_绩效自评.xlsx", f"待修改/{stem}_问题标注.xlsx"])
    sheets = openpyxl.load_workbook(tmp_path / "output" / "待修改" / f"{stem}_问题标注.xlsx", read_only=True).sheetnames
    assert sheets[0] == "问题清单"
    assert sheets.count("问题清单") == 1


def test_deliverable_read_again_gives_the_same_input_sheets(sample_run, tmp_path):
    """The bureau's 报送件 of a 报送件 holds what the first one held."""
    name = "渠县安全生产事务中心_2024_绩效自评.xlsx"
    perf_excel.run(sample_run[0] / name, tmp_path / "output", annotate=False)
    first, second = (
        openpyxl.load_workbook(folder / name, read_only=True, data_only=True)
        for folder in (sample_run[0], tmp_path / "output")
    )
    assert first.sheetnames == second.sheetnames
    for title in [sheet.title for sheet in standard.SHEETS]:
        assert list(first[title].iter_rows(values_only=True)) == list(second[title].iter_rows(values_only=True))


def test_dates_typed_as_dates_survive_the_deliverable(tmp_path, capsys):
    """A deadline typed as a date is one for the bureau too."""
    import datetime

    rows = clean_rows()
    rows["indicators"][2] |= {"nature": "≤", "target": datetime.date(2024, 11, 30), "unit": None}
    rows["actuals"][2] |= {"actual": datetime.date(2024, 11, 1)}
    book = openpyxl.load_workbook(write(tmp_path / "a.xlsx", rows))
    for sheet, cell in (("绩效指标", "G5"), ("完成情况", "F5")):
        book[sheet][cell].number_format = "yyyy-mm-dd"
    book.save(tmp_path / "a.xlsx")
    _, first, _ = call(capsys, "run", tmp_path / "a.xlsx", "-o", tmp_path / "output")
    assert first["projects"][0]["form_score"]["indicators"]["ZB003"] == 10
    _, again, _ = call(capsys, "check", tmp_path / "output" / "测试单位_2024_绩效自评.xlsx")
    assert essence(again) == essence(first)


# ---------------------------------------------------------------- JSON

BOOK_KEYS = {"input", "status", "unit", "year", "rules", "outputs", "completion"}
PROJECT_KEYS = {
    "workbook",
    "project_no",
    "code",
    "name",
    "budget",
    "executed",
    "execution_rate",
    "form_score",
    "scorecard",
    "completion",
}
COMPLETION_KEYS = {"filled", "required", "rate", "missing"}
FORM_KEYS = {"execution", "indicators", "level1", "adjustments", "total", "range", "grade", "declared", "typed"}
FINDING_KEYS = {"code", "severity", "workbook", "sheet", "cell", "project_no", "message", "basis", "fix"}
WHOLE_FILE = {"S01", "S02", "S03", "S09", "S10"}
NUMBER = (int, float)


def check_shape(data: dict[str, Any]) -> None:
    """Assert the keys and types of contract §5 at every level."""
    assert set(data) == {"schema", "version", "workbooks", "projects", "findings"}
    assert data["schema"] == 1
    assert data["version"] == perf_excel.__version__
    for book in data["workbooks"]:
        assert set(book) == BOOK_KEYS
        assert book["status"] in ("ok", "needs_fix", "unreadable")
        assert isinstance(book["outputs"], list)
        assert set(book["completion"]) == {*COMPLETION_KEYS, "by_sheet"}
        assert isinstance(book["year"], int | None)
        counts = book["completion"]["by_sheet"].values()
        assert [book["completion"]["filled"], book["completion"]["required"]] == [
            sum(c[0] for c in counts),
            sum(c[1] for c in counts),
        ]
        assert all(0 <= filled <= required for filled, required in counts)
    for project in data["projects"]:
        assert set(project) == PROJECT_KEYS
        assert 0 <= project["workbook"] < len(data["workbooks"])
        assert isinstance(project["project_no"], int)
        assert isinstance(project["code"], str | None)
        for key in ("budget", "executed", "execution_rate"):
            assert project[key] is None or (isinstance(project[key], NUMBER) and not isinstance(project[key], bool))
        rate = project["execution_rate"]
        assert rate is None or rate == round(rate, 4)
        form = project["form_score"]
        assert set(form) == FORM_KEYS
        assert all(isinstance(form[key], dict) for key in ("indicators", "level1", "adjustments", "typed"))
        assert form["range"] is None or (len(form["range"]) == 2 and form["range"][0] <= form["range"][1])
        assert form["grade"] in ("优", "良", "中", "差", None)
        for value in (
            form["execution"],
            form["total"],
            form["declared"],
            *form["indicators"].values(),
            *form["level1"].values(),
        ):
            assert value is None or round(value, 2) == value
        if form["total"] is not None:
            parts = [form["execution"], *form["indicators"].values(), *form["adjustments"].values()]
            assert round(sum(parts), 2) == form["total"]
        card = project["scorecard"]
        assert card is None or set(card) == {*standard.CATEGORIES, "total", "declared"}
        assert set(project["completion"]) == COMPLETION_KEYS
    for item in data["findings"]:
        assert set(item) == FINDING_KEYS
        assert item["severity"] in ("必须修改", "建议修改", "可优化")
        assert re.fullmatch(r"[A-ESW]\d\d", item["code"])
        assert item["workbook"] is None or 0 <= item["workbook"] < len(data["workbooks"])
        assert all(item[key] for key in ("message", "basis", "fix"))
        if item["cell"] is None:
            assert item["code"] in WHOLE_FILE
        else:
            assert item["sheet"]
            assert all(re.fullmatch(r"[A-Z]+\d+(:[A-Z]+\d+)?", part) for part in item["cell"].split(","))


def spoiled_rows() -> dict[str, list[dict[str, Any]]]:
    """A workbook in which much is wrong at once."""
    rows = clean_rows()
    more, actuals = rows_of(ROWS, project_no=2, first=6)
    rows["projects"] += [
        PROJECT
        | {
            "project_no": 2,
            "code": "51172524T000011043676",
            "name": "第二个",
            "declared_form": 99,
            "declared_grade": "良",
        },
        PROJECT | {"project_no": 3, "code": None, "name": "没有资金"},
    ]
    rows["funds"] += [FUND | {"project_no": 2, "executed": 5.7599}]
    rows["indicators"] += more
    rows["actuals"] += actuals
    rows["actuals"][5] |= {"actual": "约5", "typed_score": 19}
    rows["actuals"][6] |= {"actual": "90", "typed_score": 20}
    rows["actuals"][8] |= {"actual": "较好"}
    rows["scorecard"] = [
        {
            "project_no": 2,
            "category": "通用指标",
            "level2": "决策程序",
            "full_marks": 6,
            "awarded": None,
            "evidence": "纪要",
        }
    ]
    return rows


@pytest.mark.parametrize("kind", ["sample", "clean", "spoiled", "unreadable", "blank", "mixed"])
def test_json_has_the_shape_of_the_contract(kind, tmp_path, capsys):
    clean, broken = write(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    broken.write_bytes(b"")
    spoiled = write(tmp_path / "c.xlsx", spoiled_rows())
    inputs = {
        "sample": [SAMPLE],
        "clean": [clean],
        "spoiled": [spoiled],
        "unreadable": [broken],
        "blank": [TEMPLATE],
        "mixed": [clean, broken, spoiled, TEMPLATE],
    }
    _, data, _ = call(capsys, "check", *inputs[kind])
    check_shape(data)


def test_json_of_figures(tmp_path, capsys):
    _, data, _ = call(capsys, "check", write(tmp_path / "a.xlsx", spoiled_rows()))
    project = next(p for p in data["projects"] if p["project_no"] == 2)
    assert project["execution_rate"] == 0.3333  # 5.7599 ÷ 17.28 = 0.333327…
    form = project["form_score"]
    assert form["execution"] == 3.33
    assert (form["total"], form["declared"], form["grade"]) == (None, 99, None)
    assert form["indicators"]["ZB006"] is None
    assert form["indicators"]["ZB007"] == 18.95  # 90/95·20
    assert form["typed"] == {"ZB006": 19, "ZB007": 20}
    assert form["level1"]["产出指标"] is None
    assert form["level1"]["满意度指标"] == 10
    assert form["range"][1] - form["range"][0] == 50  # one quantity of 20, one judgement of 30
    assert project["scorecard"]["total"] is None
    alone = next(p for p in data["projects"] if p["project_no"] == 3)
    assert (alone["budget"], alone["executed"], alone["execution_rate"], alone["scorecard"]) == (None, None, None, None)
    assert (alone["form_score"]["indicators"], alone["form_score"]["total"]) == ({}, None)


def test_json_is_written_beside_an_input_of_any_name(tmp_path, capsys):
    """A name that is no text (unzipped from a GBK archive) is no reason to stop."""
    folder = tmp_path / "收件"
    folder.mkdir()
    try:
        book = Path(os.fsdecode(os.fsencode(folder) + "/绩效".encode("gbk") + b".xlsx"))
        rows = clean_rows()
        rows["actuals"][0]["actual"] = None
        write(book, rows)
    except OSError:
        pytest.skip("this system has no such names")
    status = main(["run", str(folder), "-o", str(tmp_path / "output"), "--json", str(tmp_path / "a.json")])
    said = "".join(capsys.readouterr())
    assert status == 1, said
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["findings"][0]["code"] == "B01"
    assert not (tmp_path / "output" / ".perf-excel" / "lock").exists()
    assert main(["run", str(folder), "-o", str(tmp_path / "output"), "--quiet"]) == 1


# ---------------------------------------------------------------- completion


def test_completion_counted_by_hand(tmp_path, capsys):
    """Settings 2; project 4; money 4; five indicators of 7 cells and four units; five actuals; no passages."""
    rows = clean_rows() | {"passages": []}
    book = write(tmp_path / "a.xlsx", rows)
    expected = {"参数": [2, 2], "项目信息": [4, 4], "项目资金": [4, 4], "绩效指标": [39, 39], "完成情况": [5, 5]}
    _, data, _ = call(capsys, "check", book)
    whole = {"filled": 54, "required": 54, "rate": 1.0, "missing": {}}
    assert data["workbooks"][0]["completion"] == {**whole, "by_sheet": expected}
    assert data["projects"][0]["completion"] == {**whole, "filled": 52, "required": 52}


def test_completion_with_gaps_counted_by_hand(tmp_path, capsys):
    rows = clean_rows() | {"passages": []}
    rows["projects"][0]["goal"] = " "  # a space is nothing
    rows["projects"][0]["code"] = "\u3000\u200b"
    rows["funds"][0]["executed"] = "—"
    rows["indicators"][0]["unit"] = "\n"
    rows["actuals"][1]["actual"] = None
    rows["actuals"][2] |= {"actual": "40", "reason": None}  # points lost: a reason is must-fill now
    rows["actuals"][4] |= {"actual": "80", "reason": "问卷发放不足"}
    _, data, _ = call(capsys, "check", write(tmp_path / "a.xlsx", rows, {"year": " "}))
    assert data["workbooks"][0]["completion"]["by_sheet"] == {
        "参数": [1, 2],
        "项目信息": [2, 4],
        "项目资金": [3, 4],
        "绩效指标": [38, 39],
        "完成情况": [5, 7],
    }
    completion = data["projects"][0]["completion"]
    assert (completion["filled"], completion["required"]) == (48, 54)


def test_completion_of_adjusted_and_cancelled_targets(tmp_path, capsys):
    rows = clean_rows()
    rows["indicators"][0] |= {"new_target": "4", "new_basis": "某财绩〔2024〕18号"}
    rows["indicators"][1] |= {"new_target": "取消", "new_basis": "某财绩〔2024〕18号"}
    rows["actuals"][1]["actual"] = None  # nobody asks for the actual of a cancelled indicator
    rows["indicators"][2] |= {"new_target": "40"}
    _, data, _ = call(capsys, "check", write(tmp_path / "a.xlsx", rows))
    assert data["workbooks"][0]["completion"]["by_sheet"]["完成情况"] == [4, 4]
    filled, required = data["workbooks"][0]["completion"]["by_sheet"]["绩效指标"]
    assert required - filled == 1  # 调整依据 of the third


# ---------------------------------------------------------------- several workbooks


def another(path: Path, code: str = "51172524T000011043999", **settings: Any) -> Path:
    rows = clean_rows()
    rows["projects"][0] |= {"code": code, "name": f"{path.stem}的项目"}
    return write(path, rows, {"unit_name": f"{path.stem}单位"} | settings)


def run_summary(output: Path, year: int = 2024) -> tuple[dict[str, Any], list[dict[str, Any]], list[Any]]:
    """Read 汇总表 of a run: rows of projects by unit, the row of totals, and the codes of its 问题清单."""
    book = openpyxl.load_workbook(output / f"汇总表_{year}.xlsx", data_only=True)
    rows = list(book["汇总表"].iter_rows(values_only=True))
    heads = next(n for n, row in enumerate(rows) if "项目编码" in row)
    total = next(n for n, row in enumerate(rows) if row[0] == "合计")
    table = [dict(zip(rows[heads], row, strict=True)) for row in rows[heads + 1 : total]]
    listed = list(book["问题清单"].iter_rows(values_only=True))
    head = next(n for n, row in enumerate(listed) if "编号" in row)
    at = listed[head].index("编号")
    return dict(zip(rows[heads], rows[total], strict=True)), table, [row[at] for row in listed[head + 1 :]]


def test_summary_of_a_run_only_for_more_than_one_workbook(tmp_path, capsys):
    output = tmp_path / "output"
    call(capsys, "run", another(tmp_path / "甲.xlsx", "A1"), "-o", output)
    assert sorted(p.name for p in output.glob("*.xlsx")) == ["甲单位_2024_绩效自评.xlsx"]
    _, data, _ = call(capsys, "run", tmp_path / "甲.xlsx", another(tmp_path / "乙.xlsx", "A2"), "-o", output)
    assert sorted(p.name for p in output.glob("*.xlsx")) == sorted(
        ["甲单位_2024_绩效自评.xlsx", "乙单位_2024_绩效自评.xlsx", "汇总表_2024.xlsx"]
    )
    total, table, _ = run_summary(output)
    assert [row["单位名称"] for row in table] == [book["unit"] for book in data["workbooks"]]
    assert [row["自评表得分"] for row in table] == [100, 100]
    assert total["全年预算数"] == pytest.approx(34.56)


def test_summary_columns_are_those_of_the_contract(tmp_path, capsys):
    contract = "项目序号 项目编码 项目名称 全年预算数 全年执行数 预算执行率 执行得分 产出指标 效益指标 满意度指标 成本指标 自评表得分 自评表申报 自评等级 指标体系得分 指标体系申报 差异 应填 已填 必须修改 建议修改 可优化".split()
    call(
        capsys,
        "run",
        another(tmp_path / "甲.xlsx", "A1"),
        another(tmp_path / "乙.xlsx", "A2"),
        "-o",
        tmp_path / "output",
    )
    _, table, _ = run_summary(tmp_path / "output")
    assert [title for title in table[0] if title][: len(contract) + 1] == ["单位名称", *contract]
    own = openpyxl.load_workbook(tmp_path / "output" / "甲单位_2024_绩效自评.xlsx", data_only=True)["汇总表"]
    assert any([cell.value for cell in row][: len(contract)] == contract for row in own.iter_rows())


def test_years_have_their_own_summary(tmp_path, capsys):
    books = [another(tmp_path / f"{n}.xlsx", f"A{n}", year=year) for n, year in enumerate((2023, 2024, 2024))]
    call(capsys, "run", *books, "-o", tmp_path / "output")
    assert len(run_summary(tmp_path / "output", 2024)[1]) == 2
    assert len(run_summary(tmp_path / "output", 2023)[1]) == 1


def test_same_project_in_two_workbooks(tmp_path, capsys):
    books = [another(tmp_path / f"{name}.xlsx") for name in ("a", "b")] + [another(tmp_path / "c.xlsx", "A3")]
    status, data, said = call(capsys, "run", *books, "-o", tmp_path / "output")
    assert status == 1
    twice = [f for f in data["findings"] if f["code"] == "S12"]
    assert twice
    assert {f["severity"] for f in twice} == {"必须修改"}
    assert all(
        "51172524T000011043999" in f["message"] and "a.xlsx" in f["message"] and "b.xlsx" in f["message"] for f in twice
    )
    assert all(f["sheet"] == "项目信息" and f["cell"] == "B3" for f in twice)
    assert "S12" in said
    total, table, listed = run_summary(tmp_path / "output")
    assert [row["项目编码"] for row in table] == ["51172524T000011043999", "51172524T000011043999", "A3"]
    assert total["全年预算数"] == 17.28
    assert total["预算执行率"] == 1
    assert "S12" in listed


def test_same_project_does_not_change_a_workbooks_own_outputs(tmp_path, capsys):
    first, second = another(tmp_path / "a.xlsx"), another(tmp_path / "b.xlsx")
    call(capsys, "run", first, "-o", tmp_path / "alone")
    call(capsys, "run", first, second, "-o", tmp_path / "both")
    name = "a单位_2024_绩效自评.xlsx"
    assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "both" / name).read_bytes()
    assert not list((tmp_path / "both").glob("待修改/*"))


@pytest.mark.parametrize(
    "code", ["51172524t000011043999", "５１１７２５２４T000011043999", "51172524T0000 11043999\u200b"]
)
def test_same_project_in_another_spelling(code, tmp_path, capsys):
    status, data, _ = call(capsys, "check", another(tmp_path / "a.xlsx"), another(tmp_path / "b.xlsx", code))
    assert [f["code"] for f in data["findings"] if f["severity"] == "必须修改"] == ["S12"]
    assert status == 1


def test_worker_processes_write_the_same_bytes(tmp_path, capsys):
    books = [another(tmp_path / f"{n}.xlsx", f"A{n}") for n in range(3)]
    found = []
    for jobs in (1, 2):
        status, data, _ = call(capsys, "run", *books, "-o", tmp_path / f"output{jobs}", "--jobs", jobs)
        names = sorted(
            path.relative_to(tmp_path / f"output{jobs}") for path in (tmp_path / f"output{jobs}").glob("*.xlsx")
        )
        found.append(
            (status, [(name, (tmp_path / f"output{jobs}" / name).read_bytes()) for name in names], data["findings"])
        )
    assert found[0] == found[1]
    assert len(found[0][1]) == 4


@pytest.mark.parametrize("jobs", ["0", "-1", "x", "1.5"])
def test_wrong_number_of_jobs(jobs, tmp_path, capsys):
    assert call(capsys, "run", write(tmp_path / "a.xlsx"), "-o", tmp_path / "output", "--jobs", jobs)[:2] == (2, None)


# ---------------------------------------------------------------- from Python


def test_run_and_check_return_tables_and_print_nothing(tmp_path, capfd):
    for results in (
        perf_excel.check(str(SAMPLE)),
        perf_excel.run([SAMPLE], output=tmp_path / "output", annotate=False),
    ):
        assert list(results.findings.columns) == list(results.data["findings"][0])
        assert set(results.findings.columns) == FINDING_KEYS
        assert set(results.projects.columns) >= PROJECT_KEYS
        assert list(results.projects["project_no"]) == [1, 2, 3, 4]
        assert len(results.findings) == len(results.data["findings"])
        assert len(results.indicators) == len(DATA["indicators"])
        assert set(results.indicators.columns) >= {
            "workbook",
            "project_no",
            "indicator_no",
            "weight",
            "score",
            "typed",
            "trace",
        }
        assert results.exit_status == 1
        check_shape(results.data)
    assert capfd.readouterr() == ("", "")


def test_tables_have_their_columns_even_without_rows(tmp_path, capfd):
    results = perf_excel.check([tmp_path / "没有.xlsx"])
    assert set(results.findings.columns) == FINDING_KEYS
    assert set(results.projects.columns) >= PROJECT_KEYS
    assert set(results.indicators.columns) >= {"workbook", "project_no", "indicator_no", "score"}
    assert results.exit_status == 2
    assert perf_excel.check([write(tmp_path / "a.xlsx")]).findings.empty
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04", None])
def test_a_bad_file_raises_nothing(content, tmp_path):
    if content is not None:
        (tmp_path / "a.xlsx").write_bytes(content)
    results = perf_excel.run(tmp_path / "a.xlsx", output=tmp_path / "output")
    assert list(results.findings["code"]) == ["S01"]


@pytest.mark.parametrize("options", [{"rules": "没有的规则"}, {"forms": ["没有的样式"]}, {"output": "{file}"}])
def test_a_wrong_call_raises_one_error(options, tmp_path, capfd):
    (tmp_path / "占用").write_text("x")
    options = {key: str(tmp_path / "占用") if value == "{file}" else value for key, value in options.items()}
    with pytest.raises(perf_excel.PerfExcelError) as caught:
        perf_excel.run(write(tmp_path / "a.xlsx"), **{"output": tmp_path / "output", **options})
    assert is_chinese(str(caught.value))
    assert capfd.readouterr() == ("", "")


def test_wrong_rules_in_check(tmp_path):
    with pytest.raises(perf_excel.PerfExcelError):
        perf_excel.check(write(tmp_path / "a.xlsx"), rules="没有的规则")


def test_public_names():
    assert set(perf_excel.__all__) == {"PerfExcelError", "__version__", "check", "run"}


def test_python_and_command_give_the_same(tmp_path, capsys):
    book = write(tmp_path / "a.xlsx", spoiled_rows(), SETTINGS)
    _, data, _ = call(capsys, "check", book)
    assert perf_excel.check(book).data == data


def test_inputs_are_left_as_they_are(tmp_path, capsys):
    books = [write(tmp_path / "a.xlsx", spoiled_rows()), write(tmp_path / "b.xlsx")]
    before = [(hashlib.sha256(book.read_bytes()).hexdigest(), book.stat().st_mtime_ns) for book in books]
    call(capsys, "run", *books, "-o", tmp_path / "output")
    assert [(hashlib.sha256(book.read_bytes()).hexdigest(), book.stat().st_mtime_ns) for book in books] == before
