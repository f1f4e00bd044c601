"""Kill runs at random moments, and see that a rerun gives what an undisturbed run gives, byte by byte, and no stray file.

    python benchmarks/kills.py [KILLS] [WORKBOOKS] [--whole] [--seed N]

By turns the command or one of its workers is killed, in an empty output folder or in one that holds the results of
other contents of the same workbooks. `--whole` writes reports and marked copies as well. Exit status 1 if anything
differs. Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from workbooks import clean_rows, write  # noqa: E402 - the path is set above

_STATE = {".perf-excel/ledger.sqlite", ".perf-excel/log.txt"}


def make(folder: Path, count: int, executed: float) -> Path:
    """Write workbooks of one project each, some of which share their unit's name, some with a blank to fill."""
    folder.mkdir()
    for number in range(count):
        rows = clean_rows()
        rows["projects"][0]["code"] = f"51172524T{number:012d}"
        rows["funds"][0]["executed"] = executed
        if number % 3 == 0:
            rows["actuals"][0]["actual"] = None
        write(folder / f"{number:04d}.xlsx", rows, {"unit_name": f"单位{number // 2}"})
    return folder


class Runs:
    """The same run again and again.

    Attributes:
        work: a folder for all that is written.
        options: of the run.
    """

    def __init__(self, work: Path, options: list[str]) -> None:
        self.work, self.options = work, options
        self.inputs, self.output, self.json = work / "input", work / "output", work / "结果.json"
        self._log = (work / "said.txt").open("w", encoding="utf-8")

    def start(self) -> subprocess.Popen[bytes]:
        """Start the run."""
        words = ["run", "input", "-o", "output", "--json", self.json.name, "--jobs", "2", *self.options]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "perf_excel", *words]
        return subprocess.Popen(command, cwd=self.work, env=environment, stdout=self._log, stderr=self._log)

    def use(self, inputs: Path) -> None:
        """Take these workbooks for the next runs."""
        shutil.rmtree(self.inputs, ignore_errors=True)
        shutil.copytree(inputs, self.inputs)

    def result(self) -> tuple[dict[str, str], Any]:
        """Return the hash of every file that is there, the program's own state left out, and the result as JSON."""
        found = {}
        for path in self.output.rglob("*"):
            name = path.relative_to(self.output).as_posix()
            if path.is_file() and name not in _STATE:
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found, json.loads(self.json.read_text(encoding="utf-8"))

    def undisturbed(self, inputs: Path) -> tuple[tuple[dict[str, str], Any], float]:
        """Return what a run into an empty folder gives, and how long it takes."""
        self.use(inputs)
        shutil.rmtree(self.output, ignore_errors=True)
        began = time.monotonic()
        assert self.start().wait() in (0, 1)
        return self.result(), time.monotonic() - began


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except (OSError, ValueError):
            continue
    return found


def kill(run: subprocess.Popen[bytes], chance: random.Random, seconds: float, *, worker: bool) -> str:
    """Kill a run, or one of its workers, some time after its start; return what was hit."""
    time.sleep(seconds)
    if run.poll() is not None:
        return "已经结束"
    if not worker:
        run.kill()
        run.wait()
        return "主进程"
    while not (workers := children(run.pid)) and run.poll() is None:
        time.sleep(0.01)
    if workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(workers), signal.SIGKILL)
    run.wait()
    return "工作进程" if workers else "已经结束"


def main() -> int:
    """Do it, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=200)
    parser.add_argument("workbooks", type=int, nargs="?", default=200)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    chance, hit, wrong = random.Random(asked.seed), Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        runs = Runs(work, ["--quiet", *([] if asked.whole else ["--no-report", "--no-annotate"])])
        versions = [make(work / f"version{number}", asked.workbooks, 17.28 - number) for number in range(2)]
        expected, complete, seconds = [], [], 0.0
        for number, version in enumerate(versions):
            outcome, seconds = runs.undisturbed(version)
            expected.append(outcome)
            complete.append(shutil.copytree(runs.output, work / f"complete{number}"))
        print(f"{asked.workbooks}个工作簿，{len(expected[0][0])}个文件，不受干扰{seconds:.1f}秒", flush=True)
        for turn in range(asked.kills):
            shutil.rmtree(runs.output)
            runs.use(versions[0])
            if turn % 4 >= 2:  # a copy of a finished folder: its files are its own, wherever it lies
                shutil.copytree(complete[1], runs.output)
            hit[kill(runs.start(), chance, chance.uniform(0, 1.05 * seconds), worker=turn % 2 == 1)] += 1
            again = runs.start().wait()
            if again not in (0, 1) or runs.result() != expected[0]:
                wrong += 1
                print(f"第{turn + 1}次：结果不同（退出码{again}）", flush=True)
                _differences(expected[0], runs.result())
            if turn % 10 == 9:
                print(f"{turn + 1}次，{wrong}次不同", flush=True)
    print("、".join(f"{name}{count}次" for name, count in hit.items()) + f"；结果不同{wrong}次")
    return int(wrong > 0)


def _differences(expected: tuple[dict[str, str], Any], found: tuple[dict[str, str], Any]) -> None:
    for name in sorted(expected[0].keys() | found[0].keys()):
        if expected[0].get(name) != found[0].get(name):
            print(
                f"  {name}: {'多出来' if name not in expected[0] else '没有' if name not in found[0] else '内容不同'}"
            )
    if expected[1] != found[1]:
        print("  JSON不同")


if __name__ == "__main__":
    sys.exit(main())
