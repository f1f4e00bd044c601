"""What earlier runs left, and what a kill left of one: a rerun makes it true again, or says what it could not."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_cli import another, call, plainly
from test_store import files, gappy, strays
from workbooks import write

import perf_excel
from perf_excel import crew, lock, store
from perf_excel.render import run_summary
from perf_excel.store import Wanted, open_store
from perf_excel.work import Task

ROOT = Path(store.__file__).parents[1]
SUMMARY = "汇总表_2024.xlsx"


@pytest.fixture
def output(tmp_path) -> Path:
    return tmp_path / "output"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two workbooks of two units, the first with something to be mended."""
    inputs = tmp_path / "input"
    inputs.mkdir()
    gappy(inputs / "a.xlsx", unit_name="甲")
    another(inputs / "b.xlsx", "51172524T000000000002", unit_name="乙")
    return inputs


def units(summary: Path) -> set[str]:
    table = openpyxl.load_workbook(summary)["汇总表"]
    return {row[0] for row in table.iter_rows(min_row=4, values_only=True)} - {None, "合计"}


# ---------------------------------------------------------------- results that are no longer true


def test_an_old_result_that_is_open_is_said_until_it_is_gone(folder, output, capsys, monkeypatch):
    call(capsys, "run", folder, "-o", output, "--no-report")
    marked = output / "待修改" / "a_问题标注.xlsx"
    assert marked.is_file()
    write(folder / "a.xlsx", settings={"unit_name": "甲"})
    real = Path.unlink

    def unlink(path: Path, *args: object, **options: object) -> None:
        if "问题标注" in path.name:
            raise PermissionError(13, "open elsewhere")
        real(path, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink)
        for _ in range(2):  # as long as it is open
            status, data, said = call(capsys, "run", folder, "-o", output, "--no-report")
            assert (status, [item["code"] for item in data["findings"]]) == (1, ["S10"])
            assert "a_问题标注.xlsx" in data["findings"][0]["message"]
            assert "过时" in said
    status, data, _ = call(capsys, "run", folder, "-o", output, "--no-report")
    assert (status, data["findings"]) == (0, [])
    assert not marked.exists()


def test_a_summary_goes_with_the_last_but_one_workbook(folder, output, capsys):
    call(capsys, "run", folder, "-o", output)
    assert units(output / SUMMARY) == {"甲", "乙"}
    call(capsys, "run", folder / "a.xlsx", "-o", output)
    assert units(output / SUMMARY) == {"甲", "乙"}  # the other one is still there
    (folder / "b.xlsx").unlink()
    call(capsys, "run", folder, "-o", output)
    assert not (output / SUMMARY).exists()


def test_a_summary_of_a_year_that_was_corrected_goes(folder, output, capsys):
    another(folder / "c.xlsx", "51172524T000000000003", unit_name="丙", year=2023)
    call(capsys, "run", folder, "-o", output)
    assert (output / "汇总表_2023.xlsx").is_file()
    another(folder / "c.xlsx", "51172524T000000000003", unit_name="丙")
    call(capsys, "run", folder, "-o", output)
    assert not (output / "汇总表_2023.xlsx").exists()
    assert units(output / SUMMARY) == {"甲", "乙", "丙"}


def test_summaries_of_years_that_are_run_one_after_the_other_stay(folder, output, tmp_path, capsys):
    (tmp_path / "2023").mkdir()
    for number in (3, 4):
        another(tmp_path / "2023" / f"{number}.xlsx", f"51172523T{number:012d}", unit_name=f"单位{number}", year=2023)
    call(capsys, "run", tmp_path / "2023", "-o", output)
    call(capsys, "run", folder, "-o", output)
    assert (output / "汇总表_2023.xlsx").is_file()
    assert units(output / SUMMARY) == {"甲", "乙"}


def test_a_summary_that_a_person_has_worked_on_stays(folder, output, capsys):
    call(capsys, "run", folder, "-o", output)
    book = openpyxl.load_workbook(output / SUMMARY)
    book["汇总表"]["A1"] = "我的"
    book.save(output / SUMMARY)
    (folder / "b.xlsx").unlink()
    call(capsys, "run", folder, "-o", output)
    assert openpyxl.load_workbook(output / SUMMARY)["汇总表"]["A1"].value == "我的"


def test_inputs_and_outputs_that_are_moved_together(tmp_path, capsys):
    before, after = tmp_path / "2024", tmp_path / "已移动"
    (before / "input").mkdir(parents=True)
    gappy(before / "input" / "a.xlsx", unit_name="甲")
    call(capsys, "run", before / "input", "-o", before / "output", "--no-report")
    before.rename(after)
    write(after / "input" / "a.xlsx", settings={"unit_name": "改了名的单位"})
    call(capsys, "run", after / "input", "-o", after / "output", "--no-report")
    assert set(files(after / "output")) == {"改了名的单位_2024_绩效自评.xlsx"}


# ---------------------------------------------------------------- kills

KILLED = """
import os, signal, sys
from perf_excel import engine
real = engine.Engine._move
def move(self, fresh):
    real(self, fresh)
    os.kill(os.getpid(), signal.SIGKILL)
engine.Engine._move = move
from perf_excel.cli import main
main(sys.argv[1:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="没有SIGKILL，跳过")
def test_a_file_beside_that_of_a_person_goes_after_a_kill_too(tmp_path, output, capsys):
    book = another(tmp_path / "a.xlsx", "51172524T000000000001", unit_name="甲")
    call(capsys, "run", book, "-o", output, "--no-report")
    result = output / "甲_2024_绩效自评.xlsx"
    whole = result.read_bytes()
    result.write_bytes(whole + b"x")
    call(capsys, "run", book, "-o", output, "--no-report", "--force")
    assert len(files(output)) == 2
    result.unlink()
    words = ["run", book, "-o", output, "--no-report", "--quiet", "--jobs", "1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", KILLED, *map(str, words)], env=environment)
    assert killed.returncode == -9
    _, said = plainly(capsys, "run", book, "-o", output, "--no-report")
    assert "有人改过" not in said
    assert {name: (output / name).read_bytes() for name in files(output)} == {result.name: whole}


def test_two_kills_with_another_input_between_them(output):
    def put(data: bytes, *, killed: str = "") -> None:
        with open_store(output) as opened:
            staged = opened.staging / "f"
            staged.write_bytes(data)

            def stop(*_: object) -> None:
                raise KeyboardInterrupt

            if killed:
                setattr(*{"after": (opened.ledger, "there", stop), "before": (opened, "_move", stop)}[killed])
            opened.put([Wanted("X.xlsx", hashlib.sha256(data).hexdigest(), staged, "a.xlsx")])

    put(b"1")
    for data, when in ((b"2", "after"), (b"3", "before")):
        with pytest.raises(KeyboardInterrupt):
            put(data, killed=when)
    put(b"3")
    assert files(output).keys() == {"X.xlsx"}
    assert (output / "X.xlsx").read_bytes() == b"3"


def test_what_a_kill_left_beside_the_json_goes(folder, output, tmp_path, capsys):
    gone, here = tmp_path / f".结果.json.{2**22 + 1}.tmp", tmp_path / f".结果.json.{os.getppid()}.tmp"
    for path in (gone, here):
        path.write_text("{", encoding="utf-8")
    plainly(capsys, "check", folder, "--json", tmp_path / "结果.json")
    assert json.loads((tmp_path / "结果.json").read_text(encoding="utf-8"))["schema"] == 1
    assert not gone.exists()
    assert here.exists()  # of a run that is still at work


# ---------------------------------------------------------------- where it cannot be read or written


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="只有管理员能挂上一个小磁盘，跳过")
def test_rows_of_a_large_summary_wait_in_the_output_folder(folder, output, tmp_path, capsys, monkeypatch):
    for number in range(3, 34):
        another(folder / f"{number}.xlsx", f"51172524T{number:012d}", unit_name=f"单位{number}")
    monkeypatch.setattr(run_summary, "_LARGE", 0)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", temporary], capture_output=True).returncode:
        pytest.skip("这里不让挂上一个小磁盘，跳过")
    try:
        monkeypatch.setattr("tempfile.tempdir", str(temporary))
        status, said = plainly(capsys, "run", folder, "-o", output, "--no-report", "--no-annotate")
        assert (status, "S10" in said) == (1, False)
        assert len(units(output / SUMMARY)) == 33
        assert not list(temporary.iterdir())
    finally:
        subprocess.run(["umount", temporary], check=True)
    assert not strays(output)


def test_a_large_summary_that_finds_no_room_is_said(folder, output, capsys, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr("perf_excel.render.findings_sheet.write_run", full)
    status, data, _ = call(capsys, "run", folder, "-o", output, "--no-report")
    assert status == 1
    told = [item["message"] for item in data["findings"] if item["code"] == "S10"]
    assert told == [f"没有能写出“{SUMMARY}”：磁盘满了。"]
    assert not strays(output)


def test_a_folder_that_nobody_may_look_into_is_said(folder, capsys, monkeypatch):
    (folder / "乙局").mkdir()
    real = os.scandir

    def scandir(path: object = ".") -> object:
        if str(path).endswith("乙局"):
            raise PermissionError(13, "no", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    status, data, _ = call(capsys, "check", folder)
    told = [item for item in data["findings"] if item["code"] == "S01"]
    assert (status, len(data["workbooks"]), len(told)) == (1, 2, 1)
    assert "乙局" in told[0]["message"]


def test_whether_a_process_is_there():
    assert lock.running(os.getpid())
    assert lock.running(1)  # of somebody else, perhaps
    assert not lock.running(2**22 + 1)


def test_without_workers_a_workbook_that_breaks_the_program_costs_only_itself(folder, monkeypatch):
    real = crew.do

    def do(task: Task) -> list[Any]:
        if any(item.path == sorted(folder.iterdir())[1] for item in task.inputs):
            raise RuntimeError("…")
        return real(task)

    monkeypatch.setattr(crew, "do", do)
    results = perf_excel.check(folder)
    statuses = [book["status"] for book in results.data["workbooks"]]
    assert statuses.count("unreadable") == 1
    assert len(statuses) == 2


def test_the_screen_points_to_lists_that_are_there(folder, output, tmp_path, capsys):
    for number in range(3, 20):
        gappy(folder / f"{number}.xlsx", unit_name=f"单位{number}")
    gaps = ["run", folder, "-o", output, "--no-report"]
    assert "完整的问题清单见“待修改”文件夹里的问题清单" in plainly(capsys, *gaps)[1]
    assert f"完整的问题清单见“{SUMMARY}”" in plainly(capsys, *gaps, "--no-annotate")[1]
    assert "加上 --annotate" in plainly(capsys, "check", folder)[1]
