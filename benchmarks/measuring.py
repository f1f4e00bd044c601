"""Run a command and say what it took: time, processor time and the most memory of any of its processes."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: Of every process that is started: the sources of this folder are what is measured.
SURROUNDINGS = {**os.environ, "PYTHONPATH": str(ROOT)}
#: Modules are compiled once on every machine but some that build software; a start is not to pay for it.
SURROUNDINGS.pop("PYTHONDONTWRITEBYTECODE", None)
#: How often memory is looked at, in seconds. The system keeps the highest value itself.
_EVERY = 0.25


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command took.

    Attributes:
        seconds: on the clock.
        processor: in seconds, of all its processes.
        parent, worker: the most memory of the process itself and of any other that it started, in MB.
    """

    seconds: float
    processor: float
    parent: float = 0.0
    worker: float = 0.0


def run(arguments: Sequence[str | Path], *, memory: bool = False) -> Taken:
    """Run Python with some arguments."""
    start = time.perf_counter()
    with open(os.devnull, "w") as nowhere:
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            stdout=nowhere,
            stderr=subprocess.PIPE,
            text=True,
            env=SURROUNDINGS,
        )
        watch = _Watch(process.pid) if memory else None
        said = process.stderr.read() if process.stderr else ""
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    parent, worker = watch.stop() if watch else (0.0, 0.0)
    to_mend = process.returncode == 1 and "perf_excel" in arguments  # it ran, and found something
    if process.returncode and not to_mend:
        raise SystemExit(f"{' '.join(map(str, arguments))}: {process.returncode}\n{said}")
    return Taken(seconds, used.ru_utime + used.ru_stime, parent, worker)


def command(*arguments: str | Path) -> list[str | Path]:
    """Return the arguments of a call of perf-excel."""
    return ["-m", "perf_excel", *arguments]


class _Watch:
    """Looks at the memory of a process and of those below it, until it is stopped."""

    def __init__(self, pid: int) -> None:
        self._pid, self._highest = pid, dict[int, int]()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[float, float]:
        """Return the most that the process itself, and any other, has had, in MB."""
        self._stopped.set()
        self._thread.join()
        others = [kilobytes for pid, kilobytes in self._highest.items() if pid != self._pid]
        return self._highest.get(self._pid, 0) / 1024, max(others, default=0) / 1024

    def _look(self) -> None:
        while not self._stopped.wait(_EVERY):
            for pid in _family(self._pid):
                self._highest[pid] = max(self._highest.get(pid, 0), _most_memory(pid))


def _family(pid: int) -> set[int]:
    """Return a process and all those below it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has ended
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _most_memory(pid: int) -> int:
    """Return the most memory that a process has had so far, in kB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def ratios(one: Sequence[float], other: Sequence[float]) -> str:
    """Return the ratio of two things measured in turns: its median, and from where to where it goes."""
    found = sorted(a / b for a, b in zip(one, other, strict=True))
    return f"{statistics.median(found):.2f} ({found[0]:.2f}–{found[-1]:.2f})" if len(found) > 1 else f"{found[0]:.2f}"


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table as Markdown."""
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    print(flush=True)


def machine() -> None:
    """Print what is measured on."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    versions = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True, check=False
    ).stdout.split()
    wanted = ("pandas", "openpyxl", "xlsxwriter", "python-calamine", "click")
    table(
        ("machine", ""),
        [
            (
                "processor",
                f"{names[0].partition(':')[2].strip() if names else platform.machine()}, {os.cpu_count()} cores",
            ),
            ("memory", f"{memory:.1f} GB"),
            ("system", f"{platform.system()} {platform.release()}"),
            ("Python", platform.python_version()),
            (
                "libraries",
                ", ".join(v.replace("==", " ") for v in versions if v.lower().startswith(wanted) and "stubs" not in v),
            ),
            ("load when it began", f"{os.getloadavg()[0]:.1f}"),
        ],
    )
