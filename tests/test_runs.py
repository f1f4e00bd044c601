"""Runs over many workbooks: what a rerun does again, that nothing depends on the company, what failures leave behind."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_cli import another, call, plainly
from test_store import files, gappy, strays
from workbooks import PROJECT, clean_rows, write

import perf_excel
from perf_excel import crew, engine, resources, store
from perf_excel.crew import Alone, Done
from perf_excel.ledger import Ledger

MARKED = "待修改/a_问题标注.xlsx"


@pytest.fixture
def output(tmp_path) -> Path:
    return tmp_path / "output"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Three workbooks of three units, the first with something to be mended."""
    inputs = tmp_path / "input"
    inputs.mkdir()
    gappy(inputs / "a.xlsx", unit_name="甲")
    another(inputs / "b.xlsx", "51172524T000000000002", unit_name="乙")
    another(inputs / "c.xlsx", "51172524T000000000003", unit_name="丙")
    return inputs


@pytest.fixture
def done(monkeypatch) -> list[str]:
    """The names of the workbooks that were evaluated, in their order."""
    names: list[str] = []
    real = crew.do

    def do(task):
        names.extend(item.path.name for item in task.inputs)
        return real(task)

    monkeypatch.setattr(crew, "do", do)
    return names


def since(done: list[str]) -> list[str]:
    names = list(done)
    done.clear()
    return names


# ---------------------------------------------------------------- what a rerun does again


def test_unchanged_workbooks_are_not_done_again(folder, output, done, capsys):
    first = call(capsys, "run", folder, "-o", output)
    assert since(done) == ["a.xlsx", "b.xlsx", "c.xlsx"]
    before = files(output)
    assert call(capsys, "run", folder, "-o", output) == first
    assert since(done) == []
    assert files(output) == before
    assert call(capsys, "run", folder, "-o", output, "--force") == first
    assert since(done) == ["a.xlsx", "b.xlsx", "c.xlsx"]
    assert files(output) == before


def test_a_run_from_another_folder_finds_what_was_done(folder, output, done, capsys, monkeypatch):
    call(capsys, "run", folder, "-o", output)
    since(done)
    monkeypatch.chdir(folder.parent)
    status, data, _ = call(capsys, "run", "input", "-o", "output")
    assert (since(done), status) == ([], 1)
    assert data["workbooks"][0]["input"] == "input/a.xlsx"
    assert data["workbooks"][0]["outputs"][0].startswith("output/")


def touch_input(folder: Path, output: Path) -> None:
    another(folder / "b.xlsx", "51172524T000000000002", unit_name="乙", phone="0818-1234567")


def delete_output(folder: Path, output: Path) -> None:
    (output / "乙_2024_绩效自评.xlsx").unlink()


def delete_report(folder: Path, output: Path) -> None:
    next((output / "报告").glob("乙_*")).unlink()


def change_output(folder: Path, output: Path) -> None:
    (output / "乙_2024_绩效自评.xlsx").write_bytes(b"worked on")


@pytest.mark.parametrize("change", [touch_input, delete_output, delete_report, change_output])
def test_only_what_changed_is_done_again(change, folder, output, done, capsys):
    call(capsys, "run", folder, "-o", output)
    since(done)
    change(folder, output)
    resumed = call(capsys, "run", folder, "-o", output)
    assert since(done) == ["b.xlsx"]
    again = call(capsys, "run", folder, "-o", output)
    assert since(done) == []
    assert again == resumed
    assert ("没有覆盖" in resumed[2]) == (change is change_output)


def test_bytes_that_come_back_need_not_be_done_again(folder, output, done, capsys):
    call(capsys, "run", folder, "-o", output)
    since(done)
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    call(capsys, "run", folder, "-o", output)
    assert since(done) == []


@pytest.mark.parametrize(
    "options",
    [
        ["--form", "中央"],
        ["--print-scores"],
        ["--no-annotate"],
        ["--no-report"],
        ["--only", "B01"],
        ["--ignore", "B01"],
        ["--rules", "四川"],
    ],
    ids=lambda options: options[0],
)
def test_other_options_do_all_again(options, folder, output, done, capsys):
    call(capsys, "run", folder, "-o", output)
    since(done)
    call(capsys, "run", folder, "-o", output, *options)
    assert since(done) == ["a.xlsx", "b.xlsx", "c.xlsx"]
    call(capsys, "run", folder, "-o", output, *options)
    assert since(done) == []


def test_a_rule_file_that_changed_does_all_again(folder, tmp_path, output, done, capsys):
    rules = tmp_path / "本地.toml"
    text = 'extends = "财政部"\nname = "某县"\nsource = "某县财绩〔2025〕1号"\n'
    rules.write_text(text, encoding="utf-8")
    call(capsys, "run", folder, "-o", output, "--rules", rules)
    since(done)
    call(capsys, "run", folder, "-o", output, "--rules", rules)
    assert since(done) == []
    rules.write_text(f'{text}[attainment.lower]\nsource = "第八条"\nvariant = "ratio"\n', encoding="utf-8")
    call(capsys, "run", folder, "-o", output, "--rules", rules)
    assert len(since(done)) == 3


def test_another_version_does_all_again(folder, output, done, capsys, monkeypatch):
    from perf_excel import resume

    call(capsys, "run", folder, "-o", output)
    since(done)
    monkeypatch.setattr(resume, "__version__", "9.9.9")
    call(capsys, "run", folder, "-o", output)
    assert len(since(done)) == 3


def test_words_and_bounds_that_an_office_changed_do_all_again(folder, output, done, capsys, monkeypatch):
    from perf_excel import resume

    call(capsys, "run", folder, "-o", output)
    since(done)
    monkeypatch.setattr(resume, "_data", lambda: "changed")
    call(capsys, "run", folder, "-o", output)
    assert len(since(done)) == 3


def test_another_report_template_does_all_again(folder, tmp_path, output, done, capsys, monkeypatch):
    import docx

    templates = tmp_path / "templates"
    shutil.copytree(resources.input_templates(), templates)
    monkeypatch.setattr(resources, "input_templates", lambda: templates)
    call(capsys, "run", folder, "-o", output)
    since(done)
    call(capsys, "run", folder, "-o", output)
    assert since(done) == []
    template = templates / resources.REPORT_TEMPLATE_NAME
    document = docx.Document(str(template))
    document.add_paragraph("某县财政局监制")
    document.save(str(template))
    call(capsys, "run", folder, "-o", output)
    assert len(since(done)) == 3
    # A template that cannot be used is told again, without doing all again.
    document.add_paragraph("{{ 没有的字段 }")
    document.save(str(template))
    broken = plainly(capsys, "run", folder, "-o", output)
    assert "[W02]" in broken[1]
    since(done)
    assert plainly(capsys, "run", folder, "-o", output) == broken
    assert since(done) == []


def test_remarks_typed_into_a_marked_copy_are_carried_over_once(folder, output, done, capsys):
    call(capsys, "run", folder, "-o", output)
    since(done)
    book = openpyxl.load_workbook(output / MARKED)
    sheet = book["问题清单"]
    heads = next(row for row in sheet.iter_rows() if row[0].value == "序号")
    column = next(cell.column for cell in heads if cell.value == "整改情况")
    sheet.cell(heads[0].row + 1, column).value = "已联系填报人"
    book.save(output / MARKED)
    resumed = call(capsys, "run", folder, "-o", output)
    assert since(done) == ["a.xlsx"]
    again = openpyxl.load_workbook(output / MARKED.replace(".xlsx", "_2.xlsx"))["问题清单"]
    assert again.cell(heads[0].row + 1, column).value == "已联系填报人"
    assert call(capsys, "run", folder, "-o", output) == resumed
    assert since(done) == []


def test_workbook_that_could_not_be_read_is_tried_again_when_it_changed(folder, output, done, capsys):
    (folder / "b.xlsx").write_bytes(b"PK\x03\x04")
    call(capsys, "run", folder, "-o", output)
    since(done)
    status, data, _ = call(capsys, "run", folder, "-o", output)
    assert (since(done), status, data["workbooks"][1]["status"]) == ([], 1, "unreadable")
    another(folder / "b.xlsx", "51172524T000000000002", unit_name="乙")
    _, data, _ = call(capsys, "run", folder, "-o", output)
    assert (since(done), data["workbooks"][1]["status"]) == (["b.xlsx"], "ok")


# ---------------------------------------------------------------- a rerun gives what a fresh run gives


def told(result: tuple[int, Any, str], output: Path) -> Any:
    status, data, said = result
    return json.loads(json.dumps([status, data, said], ensure_ascii=False).replace(str(output), "输出"))


def assert_as_fresh(capsys, folder: Path, output: Path, *options: object) -> None:
    """A rerun into a folder that has seen other runs tells and writes what a run into an empty one does."""
    resumed = call(capsys, "run", folder, "-o", output, *options)
    fresh = output.with_name("fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    assert told(resumed, output) == told(call(capsys, "run", folder, "-o", fresh, *options), fresh)
    assert files(output) == files(fresh)


def test_an_input_that_vanished_is_no_longer_told_of(folder, output, capsys):
    call(capsys, "run", folder, "-o", output)
    (folder / "b.xlsx").unlink()
    status, data, said = call(capsys, "run", folder, "-o", output)
    assert [Path(book["input"]).name for book in data["workbooks"]] == ["a.xlsx", "c.xlsx"]
    assert status == 1
    assert "乙" not in said
    table = openpyxl.load_workbook(output / "汇总表_2024.xlsx")["汇总表"]
    units = {row[0] for row in table.iter_rows(min_row=4, values_only=True)} - {None, "合计"}
    assert units == {"甲", "丙"}
    assert (output / "乙_2024_绩效自评.xlsx").is_file()


def test_runs_with_different_inputs_leave_each_others_files(folder, output, done, capsys):
    call(capsys, "run", folder / "a.xlsx", "-o", output)
    before = files(output)
    call(capsys, "run", folder / "b.xlsx", "-o", output)
    since(done)
    call(capsys, "run", folder / "a.xlsx", "-o", output)
    assert since(done) == []
    assert {name: digest for name, digest in files(output).items() if name in before} == before
    assert (output / "乙_2024_绩效自评.xlsx").is_file()


def test_mended_workbook(folder, output, capsys):
    call(capsys, "run", folder, "-o", output)
    write(folder / "a.xlsx", settings={"unit_name": "甲"})
    assert_as_fresh(capsys, folder, output)


def test_unit_and_project_with_new_names_leave_no_files_of_the_old_ones(folder, output, capsys):
    call(capsys, "run", folder, "-o", output)
    rows = clean_rows()
    rows["projects"] = [PROJECT | {"name": "改了名的项目"}]
    write(folder / "a.xlsx", rows, {"unit_name": "改了名的单位"})
    assert_as_fresh(capsys, folder, output)


def test_units_that_swap_their_names(folder, output, capsys):
    call(capsys, "run", folder, "-o", output)
    gappy(folder / "a.xlsx", unit_name="乙")
    another(folder / "b.xlsx", "51172524T000000000002", unit_name="甲")
    assert_as_fresh(capsys, folder, output)


def test_names_move_up_when_the_first_of_a_name_goes(folder, output, done, capsys):
    for number, name in enumerate(("d", "e", "f")):
        (folder / name).mkdir()
        gappy(folder / name / "a.xlsx", unit_name="同名")
        book = another(folder / f"{name}.xlsx", f"51172524T00000000010{number}", unit_name="同名")
        assert book.is_file()
    call(capsys, "run", folder, "-o", output)
    shutil.rmtree(folder / "d")
    (folder / "d.xlsx").unlink()
    since(done)
    resumed = call(capsys, "run", folder, "-o", output)
    assert sorted(since(done)) == ["a.xlsx", "a.xlsx", "e.xlsx"]
    fresh = output.with_name("fresh")
    assert told(resumed, output) == told(call(capsys, "run", folder, "-o", fresh), fresh)
    assert files(output).keys() - files(fresh) == {"报告/同名_2024_d的项目_绩效自评报告.docx"}
    assert files(fresh).items() <= files(output).items()


def test_files_of_one_workbook_never_take_the_place_of_another(folder, output, capsys):
    """The file that makes way for a person's gets a name that no other workbook of the run has."""
    for name in ("一", "二", "三"):
        (folder / name).mkdir()
        another(folder / name / "x.xlsx", f"51172524T0000000002{ord(name) % 100:02d}", unit_name="同名")
    call(capsys, "run", folder, "-o", output)
    mine = output / "同名_2024_绩效自评_x.xlsx"
    mine.write_bytes(b"worked on")
    for _ in range(3):
        _, data, _ = call(capsys, "run", folder, "-o", output)
        outputs = [name for book in data["workbooks"] for name in book["outputs"]]
        assert len(outputs) == len(set(outputs))
        assert str(mine) not in outputs
        for book in data["workbooks"]:
            if Path(book["input"]).name == "x.xlsx":
                made = next(name for name in book["outputs"] if name.endswith("xlsx"))
                code = openpyxl.load_workbook(made)["项目信息"]["B3"].value
                assert code == openpyxl.load_workbook(book["input"])["项目信息"]["B3"].value
    assert mine.read_bytes() == b"worked on"


@pytest.mark.parametrize("options", [["--no-report"], ["--no-annotate"]], ids=lambda options: options[0])
def test_what_a_run_is_not_asked_for_stays(options, folder, output, capsys):
    call(capsys, "run", folder, "-o", output)
    before = files(output)
    call(capsys, "run", folder, "-o", output, *options)
    assert files(output).keys() == before.keys()


def test_every_option_gives_what_a_fresh_run_gives(folder, output, capsys):
    call(capsys, "run", folder, "-o", output)
    assert_as_fresh(capsys, folder, output, "--form", "中央", "--print-scores")
    assert_as_fresh(capsys, folder, output)


# ---------------------------------------------------------------- nothing depends on the company, the order, the workers


class Backwards(Alone):
    """Workers that are done in the opposite order."""

    def run(self, tasks, ready=lambda: True) -> Iterator[Done]:
        for task in reversed(list(tasks)):
            yield Done(task, crew.do(task))


def mixed(folder: Path, count: int = 23) -> Path:
    """Workbooks that share units, projects, texts and names, some with faults, one unreadable."""
    folder.mkdir()
    for number in range(count):
        inside = folder / f"科{number % 3}"
        inside.mkdir(exist_ok=True)
        rows = clean_rows()
        rows["projects"][0] |= {"code": f"51172524T{number // 2:012d}", "problems": "执行进度偏慢，" * (2 + number % 2)}
        if number % 4 == 0:
            rows["actuals"][0]["actual"] = None
        write(inside / f"表{number // 3 % 4}_{number}.xlsx", rows, {"unit_name": f"单位{number % 5}"})
    shutil.copy(next(iter(sorted((folder / "科1").iterdir()))), folder / "科2" / "表.xlsx")
    (folder / "科2" / "坏.xlsx").write_bytes(b"PK\x03\x04")
    return folder


def result(inputs: Path, output: Path, **options: Any) -> tuple[Any, dict[str, str]]:
    from perf_excel.batch import Wish, run_workbooks
    from perf_excel.options import Options

    with run_workbooks([inputs], output, Options(**options), Wish()) as run:
        data = json.loads(json.dumps(run.to_data(), ensure_ascii=False).replace(str(output), "输出"))
        return [data, run.notes, run.exit_status], files(output)


@pytest.mark.workers
def test_batches_workers_and_their_order_do_not_matter(tmp_path, monkeypatch):
    inputs = mixed(tmp_path / "input")
    expected = result(inputs, tmp_path / "0", jobs=0)
    assert len(expected[1]) > 40
    for number, options in enumerate(({"batch": 1}, {"batch": 7}, {"jobs": 1, "batch": 7}, {"jobs": 2, "batch": 3}), 1):
        assert result(inputs, tmp_path / str(number), **{"jobs": 0, **options}) == expected
    monkeypatch.setattr(engine, "Alone", Backwards)
    assert result(inputs, tmp_path / "backwards", jobs=0, batch=3) == expected


# ---------------------------------------------------------------- stopped, killed


def command(*args: object, **settings: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "perf_excel", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(Path(perf_excel.__file__).parents[1]), "PYTHONUTF8": "1"},
        **settings,
    )


def children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except (OSError, ValueError):
            continue
    return found


def gone(pids: list[int], seconds: float = 5) -> bool:
    """Tell whether processes are gone, or at least dead, within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_ctrl_c_stops_cleanly_and_a_rerun_goes_on(tmp_path, output):
    inputs = mixed(tmp_path / "input", 120)
    # A shell has what it starts in the background ignore Ctrl-C, and so does all that is started from there.
    listening = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    run = command("run", inputs, "-o", output, "--no-report", "--jobs", 2, **listening)
    try:
        while not list(output.glob("*_绩效自评*.xlsx")):
            assert run.poll() is None
            time.sleep(0.02)
        workers = children(run.pid)
        began = time.monotonic()
        run.send_signal(2)
        said = "".join(run.communicate(timeout=20))
    finally:
        run.kill()
    assert time.monotonic() - began < 10
    assert run.returncode == 130
    assert len(said.strip().splitlines()) == 1
    assert "停止" in said
    assert gone(workers)
    assert not strays(output)
    kept = files(output)
    assert 0 < len(kept) < 120
    resumed = result(inputs, output, jobs=0, report=False)
    assert resumed == result(inputs, tmp_path / "fresh", jobs=0, report=False)
    assert kept.items() <= resumed[1].items()


# ---------------------------------------------------------------- files that cannot be written, a ledger that fails


def full_after(monkeypatch: pytest.MonkeyPatch, count: int, error: OSError) -> None:
    """Let so many files be written, and no more."""
    left, real = [count], store.put_whole

    def put_whole(target: Path, data: bytes) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise store.write_error(error)
        real(target, data)

    monkeypatch.setattr(store, "put_whole", put_whole)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_full_disk_and_the_like(code, folder, output, capsys, monkeypatch):
    with monkeypatch.context() as patch:
        full_after(patch, 3, OSError(code, "…"))
        status, data, _ = call(capsys, "run", folder, "-o", output)
    assert status == 1
    found = [item for item in data["findings"] if item["code"] == "S10"]
    assert [item["workbook"] for item in found] == [1, 1, 2, 2, None][-len(found) :]
    assert sorted(name for book in data["workbooks"] for name in book["outputs"]) == sorted(
        str(output / name) for name in files(output)
    )
    assert not strays(output)
    assert_as_fresh(capsys, folder, output)


def test_output_open_in_another_program(folder, output, capsys, monkeypatch):
    call(capsys, "run", folder, "-o", output)
    touch_input(folder, output)
    real = os.replace

    def replace(source: Any, target: Any) -> None:
        if "乙" in str(target) and str(target).endswith(".xlsx"):
            raise PermissionError(13, "sharing violation")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        status, data, _ = call(capsys, "run", folder, "-o", output)
    assert status == 1
    (found,) = [item for item in data["findings"] if item["code"] == "S10"]
    assert "打开" in found["message"]
    assert not strays(output)
    assert_as_fresh(capsys, folder, output)


class Failing:
    """A connection that fails at some statements."""

    def __init__(self, db: sqlite3.Connection, when: str, error: sqlite3.Error) -> None:
        self._db, self._when, self._error = db, when, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, asked: str, *given: Any) -> Any:
        self._fail(asked)
        return self._db.execute(asked, *given)

    def executemany(self, asked: str, *given: Any) -> Any:
        self._fail(asked)
        return self._db.executemany(asked, *given)

    def _fail(self, asked: str) -> None:
        if self._when in asked:
            raise self._error


def fail(patch: pytest.MonkeyPatch, when: str, code: int) -> None:
    """Have the ledger of every run fail at some statements once the run has begun."""
    begin = Ledger.begin

    def begin_and_fail(self: Ledger) -> None:
        begin(self)
        self._db._db = Failing(self._db._db, when, sqlite_error(code))  # type: ignore[assignment]

    patch.setattr(Ledger, "begin", begin_and_fail)


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("…")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("when", ["INTO outcome", "INTO code", "COMMIT", "INTO output"])
@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY])
def test_ledger_that_cannot_be_written_in_the_middle(when, code, folder, output, capsys, monkeypatch):
    """The run goes on without it; what was done is told, and why a rerun will do it again."""
    with monkeypatch.context() as patch:
        fail(patch, when, code)
        status, data, _ = call(capsys, "run", folder, "-o", output)
    assert status == 1
    assert len(data["workbooks"]) == 3
    assert any(item["code"] == "S10" for item in data["findings"])
    assert not strays(output)
    assert_as_fresh(capsys, folder, output)


@pytest.mark.parametrize("asked", ["SELECT key", "SELECT body", "SELECT number", "SELECT severity", "SELECT digest"])
@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR])
def test_ledger_that_cannot_be_read_is_one_sentence(asked, code, folder, output, capsys, monkeypatch):
    call(capsys, "run", folder, "-o", output)
    before = files(output)
    with monkeypatch.context() as patch:
        fail(patch, asked, code)
        status, said = plainly(capsys, "run", folder, "-o", output, "--quiet")
    assert status == 2
    assert len(said.strip().splitlines()) == 1
    assert "运行记录" in said
    assert files(output) == before
    assert not strays(output)


def test_ledger_in_use_by_another_program(folder, output, capsys, monkeypatch):
    call(capsys, "run", folder, "-o", output)
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: real(*args, **{"timeout": 0.1, **more}))
    other = real(output / store.STATE_FOLDER / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    status, said = plainly(capsys, "run", folder, "-o", output)
    other.close()
    assert status == 2
    assert len(said.strip().splitlines()) == 1
    assert "占用" in said
    assert not strays(output)


def test_ledger_damaged_in_the_middle_of_the_file(folder, output, capsys):
    call(capsys, "run", folder, "-o", output)
    path = output / store.STATE_FOLDER / "ledger.sqlite"
    whole = path.read_bytes()
    for start in range(4096, len(whole), 4096):
        path.write_bytes(whole[:start] + os.urandom(4096) + whole[start + 4096 :])
        status, said = plainly(capsys, "run", folder, "-o", output, "--quiet")
        assert status in (1, 2)
        assert len(said.strip().splitlines()) <= 1
        assert not strays(output)
    path.unlink()
    assert_as_fresh(capsys, folder, output)


def test_log_that_cannot_be_written_is_no_news(folder, output, capsys):
    (output / store.STATE_FOLDER / "log.txt").mkdir(parents=True)
    (output / "汇总表_2024.xlsx").mkdir()
    status, said = plainly(capsys, "run", folder, "-o", output, "--quiet")
    assert (status, said) == (1, "")


# ---------------------------------------------------------------- many


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_summary_of_many_projects_is_never_held(tmp_path):
    """docs/performance.md has the figures for 100,000 projects; here there are enough to see what grows."""
    script = Path(__file__).with_name("large.py")
    words = [sys.executable, str(script), str(tmp_path), "3000", "4", "5000"]
    environment = os.environ | {"PYTHONPATH": str(Path(perf_excel.__file__).parents[1])}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=True)
    assert json.loads(done.stdout)["peak"] < 160
    book = openpyxl.load_workbook(tmp_path / "汇总表_2024.xlsx", read_only=True)
    assert book.sheetnames == ["汇总表", "分单位", "问题清单"]
    table = list(book["汇总表"].iter_rows(min_row=4, max_col=4, values_only=True))
    assert [row[:2] for row in table[:5]] == [("单位000000", n) for n in (1, 2, 3, 4)] + [("单位000001", 1)]
    assert table[12_000][0] == "合计"
    lines = list(book["问题清单"].iter_rows(max_col=2, values_only=True))
    assert len(lines) == 3 + 5000
    assert (
        lines[1][0]
        == "必须修改12000项，建议修改0项，可优化12000项。共24000项，这里只列前5000项，全部见各单位的问题标注副本"
    )
    data = json.loads((tmp_path / "结果.json").read_text(encoding="utf-8"))
    assert [len(data[name]) for name in ("workbooks", "projects", "findings")] == [3000, 12_000, 24_000]


# ---------------------------------------------------------------- progress


def on_a_terminal(*args: object) -> str:
    """Run a command whose error stream is a terminal; return what that shows."""
    import pty

    master, slave = pty.openpty()
    environment = {"PYTHONPATH": str(Path(perf_excel.__file__).parents[1]), "PYTHONUTF8": "1", "COLUMNS": "150"}
    run = subprocess.Popen(
        [sys.executable, "-m", "perf_excel", *map(str, args)],
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env=os.environ | environment,
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    run.wait()
    os.close(master)
    return shown.decode("utf-8", "replace")


@pytest.mark.skipif(sys.platform == "win32", reason="no such terminals")
def test_progress_is_shown_on_a_terminal_alone(tmp_path, output):
    folder = tmp_path / "input"
    folder.mkdir()
    names = ["甲", "乙\x1b[2J", "龘[red]" + "丙" * 60]
    for number, name in enumerate(names):
        another(folder / f"{name}.xlsx", f"51172524T{number:012d}", unit_name=f"单位{number}")
    shown = on_a_terminal("run", folder, "-o", output, "--no-report")
    assert "3/3" in shown
    assert "每秒" in shown
    assert "Traceback" not in shown
    assert "龘[red]丙丙丙" in shown
    assert "丙" * 30 not in shown
    assert "\x1b[2J" not in shown
    assert on_a_terminal("run", folder, "-o", output, "--no-report", "--quiet") == ""
    piped = command("run", folder, "-o", output, "--no-report", "--force")
    said, complained = piped.communicate()
    assert complained == ""
    assert "每秒" not in said


# ---------------------------------------------------------------- kills


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_runs_killed_at_random_moments_leave_nothing_half_done():
    """docs/performance.md has what two hundred kills gave."""
    script = Path(__file__).parents[1] / "benchmarks" / "kills.py"
    done = subprocess.run([sys.executable, str(script), "6", "12"], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "结果不同0次" in done.stdout


# ---------------------------------------------------------------- JSON


def test_json_is_written_in_every_case_but_a_wrong_call(folder, output, capsys, monkeypatch):
    (folder / "b.xlsx").write_bytes(b"PK\x03\x04")
    with monkeypatch.context() as patch:
        full_after(patch, 0, OSError(errno.ENOSPC, "…"))
        status, data, _ = call(capsys, "run", folder, "-o", output)
    assert (status, len(data["workbooks"])) == (1, 3)
    status, data, _ = call(capsys, "run", folder / "b.xlsx", "-o", output)
    assert (status, data["workbooks"][0]["status"]) == (2, "unreadable")
    (output / "空").mkdir(parents=True)
    status, data, _ = call(capsys, "run", output / "空", "-o", output)
    assert (status, data["workbooks"]) == (2, [])
    assert call(capsys, "run", folder, "-o", output, "--rules", "没有的规则")[:2] == (2, None)


def test_several_runs_at_once_over_a_stale_lock(folder, output):
    """One of them has the folder, the others are told so; nothing is mixed up."""
    for _ in range(3):
        lock = output / store.STATE_FOLDER / "lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.write_text(json.dumps({"pid": 2**22 + 1, "host": socket.gethostname()}), encoding="utf-8")
        runs = [command("run", folder, "-o", output, "--quiet", "--force", "--no-report") for _ in range(4)]
        said = [run.communicate()[1] for run in runs]
        statuses = sorted(run.returncode for run in runs)
        assert statuses[0] == 1
        assert set(statuses) <= {1, 2}
        for run, text in zip(runs, said, strict=True):
            assert ("另一个" in text) == (run.returncode == 2), text
        assert not strays(output)
        assert {path.name for path in (output / store.STATE_FOLDER).iterdir()} == {"ledger.sqlite"}


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="只有管理员能挂上一个小磁盘，跳过")
def test_a_small_disk_holds_what_fits_and_a_larger_one_the_rest(tmp_path, capsys):
    disk, inputs = tmp_path / "disk", mixed(tmp_path / "input", 24)
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("这里不让挂上一个小磁盘，跳过")
    try:
        output = disk / "output"
        status, data, _ = call(capsys, "run", inputs, "-o", output)
        assert status == 1
        assert {item["code"] for item in data["findings"]} >= {"S10"}
        assert len(data["workbooks"]) == 26
        written = files(output)
        assert len(written) > 10
        told = {name for book in data["workbooks"] for name in book["outputs"]}
        assert {str(output / name) for name in written} - told <= {str(output / "汇总表_2024.xlsx")}
        assert not strays(output)
        subprocess.run(["mount", "-o", "remount,size=50m", disk], check=True)
        assert result(inputs, output, jobs=0) == result(inputs, tmp_path / "fresh", jobs=0)
        assert written.items() - {("汇总表_2024.xlsx", written.get("汇总表_2024.xlsx"))} <= files(output).items()
    finally:
        subprocess.run(["umount", disk], check=True)
