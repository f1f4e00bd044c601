"""The output folder: names, what stays text, whole files or none, one run at a time, nothing of a person's replaced."""

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_cli import another, call, plainly
from workbooks import PROJECT, SAMPLE, clean_rows, rows_of, write

import perf_excel
from perf_excel import store
from perf_excel.cli import main
from perf_excel.workbook import standard
from perf_excel.workbook.tables import Source

NAME = "测试单位_2024_绩效自评.xlsx"
MARKED = "待修改/a_问题标注.xlsx"
REPORT = "报告/测试单位_2024_测试项目_绩效自评报告.docx"


def files(folder: Path) -> dict[str, str]:
    """Every file under a folder but the program's own state, with the hash of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and store.STATE_FOLDER not in path.relative_to(folder).parts
    }


def gappy(path: Path, **settings: Any) -> Path:
    """A workbook in which one actual is missing, so that there is a marked copy."""
    rows = clean_rows()
    rows["actuals"][0]["actual"] = None
    return write(path, rows, settings)


@pytest.fixture
def book(tmp_path) -> Path:
    return gappy(tmp_path / "a.xlsx")


@pytest.fixture
def output(tmp_path) -> Path:
    return tmp_path / "output"


# ---------------------------------------------------------------- names

UNITS = {
    "up": "../../逃逸",
    "absolute": "/etc/单位",
    "backslash": "..\\..\\单位",
    "drive": "C:\\单位",
    "colon": "单位:流",
    "device": "CON",
    "device with ending": "nul.txt",
    "dots": "单位...",
    "only dots": "..",
    "spaces": "  单 位\u3000",
    "newline": "单位\n第二行",
    "tab and bell": "单位\t甲",
    "wildcards": 'a*b?c"d<e>f|g',
    "emoji": "单位😀👨‍👩‍👧",
    "direction": "单位\u202egnp.xlsx",
    "long": "很长的单位名称" * 43,
    "long latin": "unit" * 75,
    "long emoji": "😀" * 150,
    "hash": "#单位%20&'",
    "formula": "=1+1",
}


@pytest.mark.parametrize("kind", UNITS)
def test_unit_name_gives_a_safe_file_in_the_output_folder(kind, tmp_path, output, capsys):
    folder = tmp_path / "内" / "里"
    folder.mkdir(parents=True)
    book = write(folder / "a.xlsx", settings={"unit_name": UNITS[kind]})
    status, data, _ = call(capsys, "run", book, "-o", output, "--quiet")
    assert status == 0
    assert data["findings"] == []
    assert set(files(tmp_path)) == {"内/里/a.xlsx"} | {f"output/{name}" for name in files(output)}
    (name,) = (path.name for path in output.glob("*.xlsx"))
    assert re.fullmatch(r".+_2024_绩效自评\.xlsx", name)
    assert not re.search(r'[\\/:*?"<>|\x00-\x1f\u200b-\u200f\u202a-\u202e\ufeff]', name)
    assert not name.startswith((" ", ".", "~$"))
    assert len(name.encode()) <= 255
    assert data["workbooks"][0]["outputs"][0] == str(output / name)
    assert openpyxl.load_workbook(output / name, read_only=True).sheetnames[0] == "汇总表"


def test_long_names_of_two_inputs_and_volumes_still_fit(tmp_path, output, capsys):
    unit = "很长的单位名称" * 43
    books = [another(tmp_path / f"{n}{'长' * 70}.xlsx", f"51172524T{n:012d}", unit_name=unit) for n in range(2)]
    status, data, _ = call(capsys, "run", *books, "-o", output)
    assert (status, data["findings"]) == (0, [])
    assert len(list(output.glob("*_绩效自评*.xlsx"))) == 2


def test_input_with_the_longest_possible_name_gets_its_marked_copy(tmp_path, output, capsys):
    name = "绩" * 83 + ".xlsx"  # 254 bytes, the most that Linux allows for a Chinese name
    status, data, _ = call(capsys, "run", gappy(tmp_path / name), "-o", output)
    assert [f["code"] for f in data["findings"]] == ["B01"]
    assert len(list(output.glob("待修改/*.xlsx"))) == 1
    assert status == 1


@pytest.mark.parametrize("unit", [None, " ", "—"])
def test_unit_left_blank_takes_the_input_name(unit, tmp_path, output, capsys):
    _, data, _ = call(
        capsys, "run", write(tmp_path / "某乡镇_问题标注.xlsx", settings={"unit_name": unit}), "-o", output
    )
    assert [f["code"] for f in data["findings"]] == ["S05"]
    assert sorted(files(output)) == [
        "待修改/某乡镇_问题标注.xlsx",
        "报告/某乡镇_2024_测试项目_绩效自评报告.docx",
        "某乡镇_2024_绩效自评.xlsx",
    ]


def test_unit_name_of_the_default_folder_is_what_is_printed(tmp_path):
    assert Source(0, tmp_path / "b_问题标注.xlsx", "").unit_name == "b"


def test_year_left_blank(tmp_path, output, capsys):
    _, data, _ = call(capsys, "run", write(tmp_path / "a.xlsx", settings={"year": None}), "-o", output)
    assert data["workbooks"][0]["year"] is None
    assert [path.name for path in output.glob("测试单位_*_绩效自评.xlsx")]


def test_inputs_with_one_unit_name(tmp_path, output, capsys):
    """Sorted by path the first keeps the name, later ones get `_<input name>`, then `_2` (contract §4)."""
    for folder in ("一", "二", "三"):
        (tmp_path / folder).mkdir()
    paths = [
        tmp_path / "三" / "b.xlsx",
        tmp_path / "一" / "a.xlsx",
        tmp_path / "二" / "b.xlsx",
    ]  # 一 < 三 < 二 by code point
    books = [another(path, f"51172524T{n:012d}", unit_name="同一单位") for n, path in enumerate(paths)]
    _, data, _ = call(capsys, "run", *books, "-o", output)
    named = {
        book["input"]: [Path(p).name for p in book["outputs"] if p.endswith(".xlsx")] for book in data["workbooks"]
    }
    assert list(named) == sorted(str(path) for path in paths)
    assert list(named.values()) == [
        ["同一单位_2024_绩效自评.xlsx"],
        ["同一单位_2024_绩效自评_b.xlsx"],
        ["同一单位_2024_绩效自评_b_2.xlsx"],
    ]


def test_unit_names_that_differ_in_case_alone_do_not_meet(tmp_path, output, capsys):
    books = [
        another(tmp_path / f"{n}.xlsx", f"51172524T{n:012d}", unit_name=unit) for n, unit in enumerate(("Unit", "UNIT"))
    ]
    call(capsys, "run", *books, "-o", output, "--quiet")
    names = [path.name.casefold() for path in output.glob("*_绩效自评*.xlsx")]
    assert len(names) == len(set(names)) == 2


def test_inputs_with_one_name_have_marked_copies_of_their_own(tmp_path, output, capsys):
    books = []
    for folder in ("一", "二"):
        (tmp_path / folder).mkdir()
        books.append(gappy(tmp_path / folder / "a.xlsx", unit_name=folder))
    call(capsys, "run", *books, "-o", output, "--quiet")
    assert {name for name in files(output) if name.startswith("待修改")} == {MARKED, "待修改/a_2_问题标注.xlsx"}


def test_two_hundred_and_one_projects_make_a_second_volume(tmp_path, output, capsys):
    rows: dict[str, list[dict[str, Any]]] = {"projects": [], "funds": [], "indicators": [], "actuals": []}
    for number in range(1, 202):
        targets, actuals = rows_of([("产出指标", "数量指标", "＝", "5", "台", 90, "5")], number, number)
        rows["projects"].append(
            PROJECT | {"project_no": number, "code": f"51172524T{number:012d}", "name": f"项目{number}"}
        )
        rows["funds"].append({"project_no": number, "source": "财政拨款", "initial": 1, "budget": 1, "executed": 1})
        rows["indicators"] += targets
        rows["actuals"] += actuals
    book = write(tmp_path / "a.xlsx", rows)
    _, data, _ = call(capsys, "run", book, "-o", output, "--no-annotate", "--no-report", "--quiet")
    volumes = {name: openpyxl.load_workbook(output / name, read_only=True, data_only=True) for name in files(output)}
    assert list(volumes) == [NAME, NAME.replace(".xlsx", "_第2册.xlsx")]
    forms = [sum(name.startswith("自评表") for name in volume.sheetnames) for volume in volumes.values()]
    assert forms == [200, 1]
    second = volumes[NAME.replace(".xlsx", "_第2册.xlsx")]
    assert [row[0] for row in second["项目信息"].iter_rows(min_row=3, values_only=True)] == [201]
    assert [row[0] for row in second["完成情况"].iter_rows(min_row=3, values_only=True)] == ["ZB201"]
    total = next(row for row in second["汇总表"].iter_rows(values_only=True) if row[0] == "合计")
    heads = next(row for row in second["汇总表"].iter_rows(values_only=True) if "应填" in row)
    own = data["projects"][200]["completion"]
    assert total[heads.index("应填")] <= own["required"] + 2  # its one project and the two settings
    # Both volumes together are a good input again.
    _, again, _ = call(capsys, "check", *(output / name for name in volumes))
    keys = ("project_no", "code", "form_score", "scorecard", "completion")
    assert [[p[k] for k in keys] for p in again["projects"]] == [[p[k] for k in keys] for p in data["projects"]]


# ---------------------------------------------------------------- text stays text

ATTACKS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    '=HYPERLINK("http://a.b","点")',
    "=1+1",
    "\t=1",
    "{=1}",
    "http://a.b/c",
    "0012",
)


def attacked() -> dict[str, list[dict[str, Any]]]:
    """Attack in every text column of one project, with figures where the scores need them."""
    rows = clean_rows()
    texts = iter(ATTACKS * 20)
    for sheet in (standard.PROJECTS, standard.FUNDS, standard.INDICATORS, standard.ACTUALS):
        for row in rows[sheet.key]:
            for column in sheet.read_columns:
                free = type(column.kind).__name__ == "Kind" or (column.key == "target" and row.get("nature") == "定性")
                if free and column.key != "unit":
                    row[column.key] = next(texts)
    rows["scorecard"] = [
        {"project_no": 1, "category": "通用指标", "level1": next(texts), "level2": next(texts), "full_marks": 6, "awarded": 5, "evidence": next(texts), "reason": next(texts)},
    ]  # fmt: skip
    rows["passages"] = [{"project_no": 1, "chapter": "评价目的", "text": next(texts)}]
    rows["projects"][0]["exempt_reason"] = None  # or no form would be printed
    rows["actuals"][0]["actual"] = "=cmd|' /C calc'!A0"
    rows["indicators"][1]["unit"] = "=1+1"
    return rows


#: How our own formulas begin, each with its first function.
OURS = re.compile(r'^=(IF|IFERROR|SUM|SUMIF|COUNT|ROUND|MAX|MIN|"权重合计：")')


def formulas(path: Path) -> list[tuple[str, str, str]]:
    found = []
    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    found.append((sheet.title, cell.coordinate, str(getattr(cell.value, "text", cell.value))))
    return found


def test_typed_text_is_never_a_formula_in_any_output(tmp_path, output, capsys):
    first = write(
        tmp_path / "a.xlsx",
        attacked(),
        {"unit_name": "=cmd|' /C calc'!A0", "department": "+1+1", "finance_head": "@SUM(1)"},
    )
    second = write(tmp_path / "b.xlsx", attacked(), {"unit_name": "-2+3"})
    assert plainly(capsys, "run", first, second, "-o", output, "--quiet", "--print-scores") == (1, "")
    written = [output / name for name in files(output) if name.endswith(".xlsx")]
    assert {path.name.split("_")[-1] for path in written} == {"绩效自评.xlsx", "问题标注.xlsx", "2024.xlsx"}
    for path in written:
        for sheet, cell, text in formulas(path):
            assert OURS.match(text), (path.name, sheet, cell, text)
            assert not any(attack in text for attack in ATTACKS if len(attack) > 5), (path.name, sheet, cell, text)
        links = [
            cell.hyperlink.target
            for sheet in openpyxl.load_workbook(path).worksheets
            for row in sheet.iter_rows()
            for cell in row
            if cell.hyperlink and cell.hyperlink.target
        ]
        assert not [link for link in links if "a.b" in link]


def test_typed_text_is_printed_as_it_is(tmp_path, output, capsys):
    rows = clean_rows()
    rows["projects"][0]["name"] = "=1+1"
    rows["indicators"][0]["level3"] = "+2"
    call(capsys, "run", write(tmp_path / "a.xlsx", rows), "-o", output)
    book = openpyxl.load_workbook(output / NAME, data_only=True)
    values = [cell.value for row in book["自评表1"].iter_rows() for cell in row]
    assert "51172524T000011043675-=1+1" in values
    assert "+2" in values
    assert "=1+1" in [cell.value for row in book["汇总表"].iter_rows() for cell in row]
    _, again, _ = call(capsys, "check", output / NAME)
    assert again["projects"][0]["name"] == "=1+1"
    assert again["findings"] == []


# ---------------------------------------------------------------- what a person changed


def test_unchanged_run_keeps_the_same_bytes(book, output, capsys):
    call(capsys, "run", book, "-o", output)
    first = files(output)
    assert sorted(first) == sorted([NAME, MARKED, REPORT])
    _, _, said = call(capsys, "run", book, "-o", output)
    assert files(output) == first
    assert "没有覆盖" not in said


def test_outputs_depend_on_the_workbook_alone(tmp_path, capsys):
    """Another folder, another day, other workbooks beside it: the same bytes."""
    book = gappy(tmp_path / "a.xlsx")
    (tmp_path / "别处").mkdir()
    copy = tmp_path / "别处" / "a.xlsx"
    copy.write_bytes(book.read_bytes())
    os.utime(copy, (0, 0))
    call(capsys, "run", book, "-o", tmp_path / "一")
    call(capsys, "run", copy, another(tmp_path / "z.xlsx", "51172524T000000000009"), "-o", tmp_path / "二", "--quiet")
    first, second = files(tmp_path / "一"), files(tmp_path / "二")
    assert {name: second[name] for name in first} == first


@pytest.mark.parametrize("name", [NAME, MARKED, REPORT])
def test_output_changed_by_a_person_is_not_replaced(name, book, output, capsys):
    call(capsys, "run", book, "-o", output)
    original = (output / name).read_bytes()
    (output / name).write_bytes(b"worked on")
    for _ in range(2):  # the second time `_2` is the program's own and is kept up to date
        _, data, said = call(capsys, "run", book, "-o", output)
        second = (output / name).with_stem(f"{Path(name).stem}_2")
        assert (output / name).read_bytes() == b"worked on"
        assert second.read_bytes() == original
        assert second.name in [Path(p).name for p in data["workbooks"][0]["outputs"]]
        assert Path(name).name in said
        assert second.name in said
        assert "没有覆盖" in said
        assert len(files(output)) == 4
    second.write_bytes(b"also worked on")
    call(capsys, "run", book, "-o", output)
    assert second.read_bytes() == b"also worked on"
    assert (output / name).with_stem(f"{Path(name).stem}_3").read_bytes() == original


def test_file_that_the_program_did_not_write_is_not_replaced(book, output, capsys):
    output.mkdir()
    (output / NAME).write_bytes(b"somebody's")
    call(capsys, "run", book, "-o", output)
    assert (output / NAME).read_bytes() == b"somebody's"
    assert (output / NAME.replace(".xlsx", "_2.xlsx")).is_file()


def test_output_is_renewed_where_nobody_changed_it(book, output, capsys):
    call(capsys, "run", book, "-o", output)
    first = files(output)
    gappy(book, finance_head="赵某")
    call(capsys, "run", book, "-o", output)
    assert set(files(output)) == set(first)
    assert files(output)[NAME] != first[NAME]


def test_lost_state_makes_the_program_careful(book, output, capsys):
    call(capsys, "run", book, "-o", output)
    before = (output / NAME).read_bytes()
    for content in (b"", b"[]", b"SQLite format 3\0" + b"\xff" * 200, b"\xff\xfe"):
        (output / store.STATE_FOLDER / "ledger.sqlite").write_bytes(content)
        assert call(capsys, "run", book, "-o", output)[0] == 1
    (output / store.STATE_FOLDER / "ledger.sqlite").write_bytes(b"")
    gappy(book, finance_head="赵某")
    call(capsys, "run", book, "-o", output)
    assert (output / NAME).read_bytes() == before
    assert (output / NAME.replace(".xlsx", "_2.xlsx")).is_file()


def test_marked_copy_goes_when_all_is_mended_but_not_when_a_person_worked_on_it(tmp_path, output, capsys):
    book = gappy(tmp_path / "a.xlsx")
    call(capsys, "run", book, "-o", output)
    write(book)
    assert call(capsys, "run", book, "-o", output)[0] == 0
    assert sorted(files(output)) == sorted([NAME, REPORT])
    gappy(book)
    call(capsys, "run", book, "-o", output)
    (output / MARKED).write_bytes(b"worked on")
    write(book)
    call(capsys, "run", book, "-o", output)
    assert (output / MARKED).read_bytes() == b"worked on"


@pytest.mark.parametrize("name", [NAME, MARKED])
@pytest.mark.parametrize("options", [[], ["--no-annotate"]], ids=["run", "no-annotate"])
def test_input_that_lies_in_the_output_folder_is_not_changed(name, options, book, output, capsys):
    """Inputs are never changed, also where somebody drags an output on to the program."""
    call(capsys, "run", book, "-o", output)
    before = (output / name).read_bytes()
    status, data, _ = call(capsys, "run", output / name, "-o", output, *options)
    assert status == 1
    assert (output / name).read_bytes() == before
    assert data["projects"][0]["form_score"]["total"] is None


def test_output_folder_that_is_the_input_folder(tmp_path, capsys):
    """`-o .` beside the inputs: read again on the second run, and the outputs not taken for inputs."""
    gappy(tmp_path / "a.xlsx")
    statuses = []
    for _ in range(3):
        status, data, _ = call(capsys, "run", tmp_path, "-o", tmp_path)
        statuses.append(status)
        assert [Path(book["input"]).name for book in data["workbooks"]] == ["a.xlsx"]
        assert [f["code"] for f in data["findings"]] == ["B01"]
    assert statuses == [1, 1, 1]
    assert sorted(files(tmp_path)) == sorted(["a.xlsx", NAME, MARKED, REPORT])


def test_output_folder_inside_the_input_folder_is_skipped(tmp_path, capsys):
    gappy(tmp_path / "a.xlsx")
    for _ in range(2):
        _, data, _ = call(capsys, "run", tmp_path, "-o", tmp_path / "output")
        assert [Path(book["input"]).name for book in data["workbooks"]] == ["a.xlsx"]
    _, data, _ = call(capsys, "run", tmp_path, "-o", tmp_path / "另一个")
    assert [Path(book["input"]).name for book in data["workbooks"]] == ["a.xlsx"]


def test_inputs_keep_their_bytes(tmp_path, output, capsys):
    books = [gappy(tmp_path / "a.xlsx"), another(tmp_path / "b.xlsx"), tmp_path / "坏.xlsx"]
    books[2].write_bytes(b"PK\x03\x04")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in books}
    for options in ([], ["--force"], ["--no-annotate"]):
        call(capsys, "run", *books, "-o", output, "--quiet", *options)
    call(capsys, "check", *books, "--annotate", "-o", output, "--quiet")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in books} == before


# ---------------------------------------------------------------- files that cannot be written


@pytest.mark.parametrize("name", [NAME, MARKED, REPORT])
def test_output_that_cannot_be_written_is_said_and_the_others_are_done(name, book, output, capsys):
    (output / name).mkdir(parents=True)
    status, data, said = call(capsys, "run", book, "-o", output)
    assert status == 1
    found = [f for f in data["findings"] if f["code"] == "S10"]
    assert [(f["severity"], f["workbook"], f["sheet"], f["cell"]) for f in found] == [("必须修改", 0, None, None)]
    assert name in found[0]["message"]
    assert "S10" in said
    assert set(files(output)) == {NAME, MARKED, REPORT} - {name}
    assert {Path(p).name for p in data["workbooks"][0]["outputs"]} == {Path(p).name for p in files(output)}
    assert data["workbooks"][0]["status"] == "needs_fix"


def test_clean_workbook_whose_output_cannot_be_written_is_status_1(tmp_path, output, capsys):
    (output / NAME).mkdir(parents=True)
    status, data, _ = call(capsys, "run", write(tmp_path / "a.xlsx"), another(tmp_path / "b.xlsx"), "-o", output)
    assert status == 1
    assert [f["code"] for f in data["findings"]] == ["S10"]
    assert [book["status"] for book in data["workbooks"]] == ["needs_fix", "ok"]
    assert [name for name in sorted(files(output)) if name.endswith(".xlsx")] == [
        "b单位_2024_绩效自评.xlsx",
        "汇总表_2024.xlsx",
    ]


def test_summary_that_cannot_be_written_belongs_to_the_run(tmp_path, output, capsys):
    (output / "汇总表_2024.xlsx").mkdir(parents=True)
    status, data, _ = call(capsys, "run", write(tmp_path / "a.xlsx"), another(tmp_path / "b.xlsx"), "-o", output)
    assert (status, [(f["code"], f["workbook"]) for f in data["findings"]]) == (1, [("S10", None)])
    assert [book["status"] for book in data["workbooks"]] == ["ok", "ok"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        PermissionError(13, "Permission denied"),
        OSError(36, "File name too long"),
    ],
)
def test_failure_while_putting_a_file_in_its_place_leaves_the_old_one_whole(error, book, output, capsys, monkeypatch):
    call(capsys, "run", book, "-o", output)
    before = files(output)
    gappy(book, finance_head="赵某")
    calls = fail_once(monkeypatch, error)
    status, data, _ = call(capsys, "run", book, "-o", output)
    assert calls
    assert status == 1
    assert sorted(f["code"] for f in data["findings"]) == ["B01", "S10"]
    after = files(output)
    assert after[NAME] == before[NAME]
    assert after[MARKED] != before[MARKED]
    assert not strays(output)
    call(capsys, "run", book, "-o", output)
    assert files(output)[NAME] not in (before[NAME], after[MARKED])
    assert set(files(output)) == set(before)


def fail_once(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> list[object]:
    """Have the first `os.replace` on to an .xlsx file raise; return a list that then is not empty."""
    real, calls = os.replace, []

    def replace(source: Any, target: Any) -> None:
        if not calls and str(target).endswith(".xlsx"):
            calls.append(target)
            raise error
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    return calls


def strays(folder: Path) -> list[str]:
    """Files that no run should leave behind: temporary ones, and the lock."""
    return [p.name for p in folder.rglob("*") if p.name.endswith(".tmp") or p.name == "lock"]


def test_run_that_is_stopped_leaves_whole_files_and_no_lock(book, output, capsys, monkeypatch):
    call(capsys, "run", book, "-o", output)
    before = files(output)
    gappy(book, finance_head="赵某")
    fail_once(monkeypatch, KeyboardInterrupt())
    status, said = plainly(capsys, "run", book, "-o", output)
    assert status not in (0, 1)
    assert "停止" in said
    assert files(output) == before
    assert not strays(output)
    assert call(capsys, "run", book, "-o", output)[0] == 1
    assert files(output)[NAME] != before[NAME]


def test_no_stray_files(book, output, capsys):
    call(capsys, "run", book, "-o", output)
    assert not strays(output)
    assert {p.name for p in (output / store.STATE_FOLDER).iterdir()} <= {"ledger.sqlite", "log.txt"}


def test_crash_of_the_program_leaves_no_lock_and_one_sentence(book, output, capsys, monkeypatch):
    from perf_excel import engine

    def burst(*_: Any, **__: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(engine.Engine, "_put", burst)
    status, said = plainly(capsys, "run", book, "-o", output)
    assert status not in (0, 1, 2)
    assert "boom" not in said
    assert len(said.strip().splitlines()) == 1
    assert not strays(output)


# ---------------------------------------------------------------- one run at a time


def lock(output: Path, pid: int, host: str | None = None) -> Path:
    path = output / store.STATE_FOLDER / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": pid, "host": host or socket.gethostname()}), encoding="utf-8")
    return path


def dead_pid() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


@pytest.mark.parametrize("host", [None, "另一台电脑"])
def test_second_run_is_refused_while_another_writes(host, book, output, capsys):
    held = lock(output, os.getppid(), host)
    content = held.read_bytes()
    status, data, said = call(capsys, "run", book, "-o", output)
    assert (status, data) == (2, None)
    assert "另一个" in said
    assert files(output) == {}
    assert held.read_bytes() == content
    with pytest.raises(perf_excel.PerfExcelError, match="另一个"):
        perf_excel.run(book, output)
    assert main(["check", str(book), "--quiet"]) == 1  # reading needs no lock


def test_second_run_of_the_same_process_is_refused_too(book, output):
    with store.open_store(output), pytest.raises(store.StoreBusy), store.open_store(output):
        pass
    with store.open_store(output):
        pass


@pytest.mark.parametrize("content", [None, b"own", b"", b"{", b'{"pid": "x"}'])
def test_stale_lock_is_taken_over(content, book, output, capsys):
    held = lock(output, os.getpid() if content == b"own" else dead_pid())  # numbers of processes come again
    if content not in (None, b"own"):
        held.write_bytes(content)
    assert call(capsys, "run", book, "-o", output)[0] == 1
    assert NAME in files(output)
    assert not strays(output)


def test_temporary_files_of_a_killed_run_are_swept(book, output, capsys):
    """A run that lost its power leaves `.….tmp` behind; the next one takes it away."""
    call(capsys, "run", book, "-o", output)
    left = output / f".{'0' * 32}.tmp"
    left.write_bytes(b"half")
    call(capsys, "run", book, "-o", output)
    assert not left.exists()


# ---------------------------------------------------------------- the store itself


def test_replace_is_whole_or_nothing(tmp_path, monkeypatch):
    target = tmp_path / "里" / "a.bin"
    store.replace(target, b"old")

    def burst(*_: Any) -> None:
        raise OSError(5, "I/O error")

    monkeypatch.setattr(os, "replace", burst)
    with pytest.raises(OSError, match="I/O"):
        store.replace(target, b"new")
    assert [p.name for p in target.parent.iterdir()] == ["a.bin"]
    assert target.read_bytes() == b"old"


def test_store_remembers_only_what_it_wrote(tmp_path):
    with store.open_store(tmp_path) as first:
        first.write("里/a.txt", b"1")
        (tmp_path / "b.txt").write_bytes(b"mine")
        assert first.write("b.txt", b"2").kept == tmp_path / "b.txt"
    assert store.written_in(tmp_path) == {"里/a.txt", "b_2.txt"}
    with store.open_store(tmp_path) as second:
        second.discard("b.txt")
        second.discard("里/a.txt")
    assert {p.name for p in tmp_path.rglob("*.txt")} == {"b.txt", "b_2.txt"}


def test_sample_outputs_are_whole_packages(output):
    perf_excel.run(SAMPLE, output)
    for name in files(output):
        if name.endswith(".docx"):
            assert zipfile.ZipFile(output / name).testzip() is None
            continue
        book = openpyxl.load_workbook(output / name)
        assert all(not str(link).startswith("http") for link in getattr(book, "_external_links", []))
        assert len(book.sheetnames) == len(set(book.sheetnames))
