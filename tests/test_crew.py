"""Worker processes: one that sleeps, eats memory, dies or raises costs its own file alone; a cluster does the same work."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_cli import another, call, is_chinese, plainly
from test_runs import children, command, gone, mixed, result
from test_store import files, strays

import perf_excel
from perf_excel import engine, store
from perf_excel.catalogue import READ_PROBLEMS
from perf_excel.crew import Crew, Done, Limits, again_of, memory_of
from perf_excel.options import Options, Write
from perf_excel.work import Input, Task

pytestmark = pytest.mark.workers
_MB = 1024**2

#: Put in front of a worker's path: has it misbehave where a workbook's name says so.
_HOOK = """
import os, sys, time
if any(name.endswith("worker") or "worker" in name for name in sys.orig_argv):
    import perf_excel.work as work
    _do = work.do

    def do(task):
        for item in task.inputs:
            name = item.path.name
            if "睡" in name:
                time.sleep(600)
            if "吃" in name:
                eaten = []
                while True:
                    eaten.append(bytearray(os.urandom(1 << 20)))
                    time.sleep(0.001)
            if "退" in name:
                os._exit(3)
            if "错" in name:
                raise RuntimeError("some English words")
            if "慌" in name:
                class Panic(BaseException):
                    pass
                raise Panic("panicked at src/lib.rs")
            once = item.path.with_suffix(".once")
            if once.exists():
                once.unlink()
                os._exit(4)
        return _do(task)

    work.do = do
"""


@pytest.fixture
def hooked(tmp_path, monkeypatch) -> None:
    """Have workers look at the names of workbooks."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(_HOOK, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "hook")


def limited(monkeypatch: pytest.MonkeyPatch, **limits: Any) -> list[Crew]:
    """Give tasks these limits; return the crews that are made."""
    crews: list[Crew] = []

    def crew(jobs: int) -> Crew:
        crews.append(Crew(jobs, Limits(**{"seconds": 120, "seconds_per_mb": 0, **limits})))
        return crews[-1]

    monkeypatch.setattr(engine, "Crew", crew)
    return crews


def books(folder: Path, culprit: str, count: int = 5) -> Path:
    folder.mkdir()
    for number in range(count):
        name = culprit if number == 2 else f"b{number}"
        another(folder / f"{name}.xlsx", f"51172524T{number:012d}", unit_name=f"单位{number}")
    return folder


@pytest.mark.parametrize(
    ("culprit", "problem", "details", "limits"),
    [
        ("睡", "slow", "", {"seconds": 8}),
        ("吃", "hungry", "", {"memory": 500 * _MB}),
        ("退", "crashed", "", {}),
        ("错", "crashed", "RuntimeError: some English words", {}),
        ("慌", "crashed", "panicked at src/lib.rs", {}),
    ],
)
def test_only_the_culprit_is_named(culprit, problem, details, limits, hooked, tmp_path, monkeypatch, capsys):
    folder, output = books(tmp_path / "input", culprit), tmp_path / "output"
    limited(monkeypatch, **limits)
    status, data, said = call(capsys, "run", folder, "-o", output, "--no-report", "--jobs", 2)
    assert status == 1
    states = {Path(book["input"]).stem: book["status"] for book in data["workbooks"]}
    assert states == dict.fromkeys(("b0", "b1", "b3", "b4"), "ok") | {culprit: "unreadable"}
    (found,) = data["findings"]
    assert (found["code"], found["workbook"], found["severity"]) == ("S01", 4, "必须修改")
    reason, mend = READ_PROBLEMS[problem]
    assert reason in found["message"]
    assert mend in found["fix"]
    assert details not in said or not details
    log = (output / store.STATE_FOLDER / "log.txt").read_text(encoding="utf-8")
    assert f"{culprit}.xlsx" in log
    assert problem in log
    assert details in log
    assert len(files(output)) == 5
    assert not strays(output)
    assert {path.name for path in (output / store.STATE_FOLDER).iterdir()} == {"ledger.sqlite", "log.txt"}
    # What stopped its worker is tried again next time; the others are not.
    (folder / f"{culprit}.xlsx").rename(folder / "b2.xlsx")
    assert call(capsys, "run", folder, "-o", output, "--no-report")[0] == 0


def test_a_worker_that_was_killed_by_others_has_one_more_try(hooked, tmp_path, monkeypatch, capsys):
    folder, output = books(tmp_path / "input", "b2"), tmp_path / "output"
    limited(monkeypatch)
    for name in ("b1", "b2"):
        (folder / f"{name}.once").touch()
    status, data, _ = call(capsys, "run", folder, "-o", output, "--no-report", "--jobs", 1)
    assert (status, data["findings"]) == (0, [])
    assert not list(folder.glob("*.once"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_killed_from_outside_cost_nothing(tmp_path, monkeypatch, capsys):
    inputs, output = mixed(tmp_path / "input"), tmp_path / "output"
    expected = result(inputs, tmp_path / "expected", jobs=0)
    crews = limited(monkeypatch)
    stop = threading.Event()
    killed = []

    def kill() -> None:
        while not stop.wait(1.7):
            for worker in list(crews[0]._workers)[:1] if crews else []:
                if len(killed) < 4:
                    killed.append(worker.process.pid)
                    os.kill(worker.process.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        found = result(inputs, output, jobs=2, batch=4)
    finally:
        stop.set()
        killer.join()
    assert killed
    assert found == expected
    assert gone(killed)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_worker_is_left(tmp_path, monkeypatch, capsys):
    folder = books(tmp_path / "input", "b2")
    crews = limited(monkeypatch)
    before = set(children(os.getpid()))
    call(capsys, "run", folder, "-o", tmp_path / "output", "--jobs", 2)
    assert crews[0]._workers == []
    assert set(children(os.getpid())) <= before
    plainly(capsys, "run", folder, "-o", tmp_path / "other", "--rules", "没有的规则")
    assert set(children(os.getpid())) <= before
    assert threading.active_count() < 10


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_end_with_their_parent(hooked, tmp_path):
    run = command("run", books(tmp_path / "input", "睡"), "-o", tmp_path / "output", "--jobs", 1)
    try:
        end = time.monotonic() + 30
        while not (workers := children(run.pid)) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(1)
    finally:
        run.kill()
        run.communicate()
    assert workers
    assert gone(workers)


def test_a_worker_that_never_answers_a_long_task_is_stopped(tmp_path, monkeypatch):
    """The parent does not wait for a pipe that nobody empties."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, time\nif 'perf_excel.worker' in sys.orig_argv: time.sleep(600)\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    crew = Crew(1, Limits(seconds=1, seconds_per_mb=0))
    task = Task((Input(0, tmp_path / "a.xlsx"),), Options(), Write.NOTHING, template=b"x" * (8 * _MB))
    began = time.monotonic()
    (done,) = crew.run([task])
    crew.close()
    assert (done.problem, done.outcomes) == ("slow", None)
    assert time.monotonic() - began < 10


def test_what_is_done_again():
    inputs = tuple(Input(number, Path(f"{number}.xlsx")) for number in range(3))
    task = Task(inputs, Options(), Write.NOTHING)
    alone = Task(inputs[:1], Options(), Write.NOTHING)
    tried: set[int] = set()
    assert again_of(Done(task, []), tried) == []
    assert [one.inputs for one in again_of(Done(task, None, "slow"), tried)] == [(item,) for item in inputs]
    assert again_of(Done(alone, None, "slow"), tried) == []
    assert again_of(Done(alone, None, "crashed", "details"), tried) == []
    assert again_of(Done(alone, None, "crashed"), tried) == [alone]
    assert again_of(Done(alone, None, "crashed"), tried) == []


def test_memory_is_measured():
    assert memory_of(os.getpid()) > 10 * _MB
    assert memory_of(2**22 + 1) == 0


def test_limits_grow_with_the_inputs():
    small, large = (Task((Input(0, Path("a.xlsx"), size),), Options(), Write.NOTHING) for size in (10_000, 20 * _MB))
    assert Limits().time(small) < 300 < Limits().time(large)


# ---------------------------------------------------------------- a cluster

_DISTRIBUTED = importlib.util.find_spec("distributed") is not None
needs_cluster = pytest.mark.skipif(not _DISTRIBUTED, reason="没有安装集群用的组件（distributed），跳过")


def dask(*args: object) -> subprocess.Popen[str]:
    root = str(Path(perf_excel.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join((root, os.environ.get("PYTHONPATH", ""))), "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> None:
    """Kill a process with all that it has started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture
def scheduler() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = dask("scheduler", "--host", "127.0.0.1", "--port", 0, "--dashboard-address", "127.0.0.1:0")
    try:
        for line in process.stdout:
            found = re.search(r"Scheduler at:\s+(tcp://\S+)", line)
            if found:
                break
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield found[1], process
    finally:
        end(process)


def join(address: str, folder: Path) -> subprocess.Popen[str]:
    settings = ("--nworkers", 1, "--nthreads", 1, "--no-dashboard", "--local-directory", folder)
    process = dask("worker", address, *settings)
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return process


@needs_cluster
def test_a_cluster_gives_the_same_bytes_with_a_worker_killed_in_the_middle(scheduler, tmp_path, monkeypatch):
    address, _ = scheduler
    inputs = mixed(tmp_path / "input", 40)
    expected = result(inputs, tmp_path / "local", jobs=0)
    workers = [join(address, tmp_path / f"dask{number}") for number in range(2)]
    output = tmp_path / "cluster"
    monkeypatch.chdir(tmp_path)  # relative paths mean nothing to the workers

    def kill() -> None:
        while not list(output.glob("*_绩效自评*.xlsx")):
            time.sleep(0.05)
        os.killpg(workers[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        found = result(Path("input"), Path("cluster"), scheduler=address, batch=2)
        killer.join(5)
        assert workers[0].poll() is not None
    finally:
        for worker in workers:
            end(worker)
    text = repr(expected[0]).replace(str(tmp_path / "input"), "input")
    assert repr(found[0]).replace("cluster/", "输出/") == text
    assert files(output) == expected[1]
    assert not strays(output)


@needs_cluster
def test_a_culprit_on_a_cluster_is_named(scheduler, hooked, tmp_path, monkeypatch, capsys):
    address, _ = scheduler
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hook"))
    worker = join(address, tmp_path / "dask")
    try:
        folder, output = books(tmp_path / "input", "退"), tmp_path / "output"
        _, data, _ = call(capsys, "run", folder, "-o", output, "--no-report", "--scheduler", address)
    finally:
        end(worker)
    assert [item["code"] for item in data["findings"]] == ["S01"]
    assert [book["status"] for book in data["workbooks"]].count("ok") == 4


@needs_cluster
def test_a_scheduler_that_goes_away_is_one_sentence(scheduler, tmp_path, capsys):
    address, process = scheduler
    worker = join(address, tmp_path / "dask")
    inputs, output = mixed(tmp_path / "input", 40), tmp_path / "output"

    def kill() -> None:
        while not list(output.glob("*_绩效自评*.xlsx")):
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
    try:
        status, said = plainly(capsys, "run", inputs, "-o", output, "--quiet", "--scheduler", address)
    finally:
        end(worker)
    assert status == 2
    assert len(said.strip().splitlines()) == 1, said
    assert "断" in said
    assert not strays(output)


@needs_cluster
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "tcp://"])
def test_no_scheduler_is_one_sentence(address, tmp_path, capsys, monkeypatch):
    from perf_excel import cluster

    monkeypatch.setattr(cluster, "_SECONDS", 2)
    folder = books(tmp_path / "input", "b2", 1)
    status, said = plainly(capsys, "run", folder, "-o", tmp_path / "output", "--scheduler", address)
    assert status == 2
    assert len(said.strip().splitlines()) == 1, said
    assert is_chinese(said)


@needs_cluster
def test_a_cluster_without_workers_is_one_sentence(scheduler, tmp_path, capsys, monkeypatch):
    from perf_excel import cluster

    monkeypatch.setattr(cluster, "_SECONDS", 2)
    folder = books(tmp_path / "input", "b2", 1)
    status, said = plainly(capsys, "run", folder, "-o", tmp_path / "output", "--scheduler", scheduler[0])
    assert status == 2
    assert len(said.strip().splitlines()) == 1, said
    assert "没有机器" in said


def test_without_the_component_for_clusters(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    folder = books(tmp_path / "input", "b2", 1)
    status, said = plainly(capsys, "run", folder, "-o", tmp_path / "output", "--scheduler", "tcp://127.0.0.1:1")
    assert status == 2
    assert "没有安装" in said
    assert len(said.strip().splitlines()) == 1


# ---------------------------------------------------------------- what is nobody's fault


def test_time_that_the_parent_takes_is_not_that_of_a_worker(tmp_path):
    books(tmp_path / "input", "好")
    paths = sorted((tmp_path / "input").iterdir())
    tasks = [Task((Input(number, path),), Options(), Write.NOTHING) for number, path in enumerate(paths)]
    found = []
    with contextlib.closing(Crew(2, Limits(seconds=5, seconds_per_mb=0))) as workers:
        for done in workers.run(tasks):
            found.append(done.problem)
            if len(found) == 1:
                time.sleep(7)  # the others are done long since
    assert found == [""] * len(tasks)


def test_workers_run_nothing_that_lies_in_the_current_folder(tmp_path, monkeypatch, capsys):
    folder = books(tmp_path / "input", "好")
    (folder / "signal.py").write_text("raise SystemExit\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [str(Path(path).absolute()) for path in sys.path if path])
    _, data, _ = call(capsys, "check", ".")
    assert {book["status"] for book in data["workbooks"]} == {"ok"}


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_wrong_name_of_a_rule_set_is_no_fault_of_any_workbook(command, tmp_path, capsys):
    where = ["-o", tmp_path / "output"] if command == "run" else []
    status, said = plainly(capsys, command, books(tmp_path / "input", "好"), *where, "--rules", "没有的规则")
    assert status == 2
    assert "没有的规则" in said
    assert len(said.strip().splitlines()) == 1, said
