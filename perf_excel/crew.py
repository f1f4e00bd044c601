"""Worker processes of this machine, watched: a task that takes too long or too much memory costs only itself.

A pool cannot stop one task, and a process that is out of hand cannot be trusted to stop itself. So each worker is a
process of its own that the parent watches, and kills; its batch is then repeated file by file until the culprit is
named.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from perf_excel.errors import PerfExcelError
from perf_excel.outcome import Outcome
from perf_excel.work import Task, do

_LENGTH = struct.Struct("<Q")
#: Seconds between two looks at the workers, and those that one may take to be gone.
_LOOK, _GIVE_UP = 0.2, 5.0
#: Seconds between two looks after which the machine must have slept.
_SLEPT = 30.0
#: How many tasks are taken for each worker, itself at work on one.
_FOR_EACH = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task may take.

    Attributes:
        seconds: for any task.
        seconds_per_mb: and for each MB of its inputs.
        memory: bytes of a worker.
    """

    seconds: float = 180.0
    seconds_per_mb: float = 400.0
    memory: int = 3 * 1024**3

    def time(self, task: Task) -> float:
        """Return how long a task may take."""
        return self.seconds + self.seconds_per_mb * sum(item.size for item in task.inputs) / 1024**2


@dataclass(frozen=True, slots=True)
class Done:
    """A task and what came of it: outcomes, or why there are none (`slow`, `hungry`, `crashed`) with details."""

    task: Task
    outcomes: list[Outcome] | None
    problem: str = ""
    details: str = ""


class Alone:
    """No workers: the work is done in this process, without a watch."""

    hands = 1

    def run(self, tasks: Iterable[Task], ready: Callable[[], bool] = lambda: True) -> Iterator[Done]:
        """Do tasks one after the other; what goes wrong is told as by workers."""
        tried: set[int] = set()
        for task in tasks:
            waiting = deque([task])
            while waiting:
                done = _attempt(waiting.popleft())
                again = again_of(done, tried)
                waiting.extendleft(reversed(again))
                if not again:
                    yield done

    def close(self) -> None:
        """Nothing is left open."""


def _attempt(task: Task) -> Done:
    try:
        return Done(task, do(task))
    except (KeyboardInterrupt, SystemExit, PerfExcelError):
        raise
    except BaseException:  # noqa: BLE001 - a panic of the reader is one; the batch is repeated file by file
        return Done(task, None, "crashed", traceback.format_exc())


class Crew:
    """Workers of this machine.

    Attributes:
        hands: how many they are.
    """

    def __init__(self, jobs: int, limits: Limits | None = None) -> None:
        """Prepare workers. The first is started at once, so that it is ready when the first task is.

        Args:
            jobs: how many.
            limits: what a task may take.
        """
        self._limits, self.hands = limits or Limits(), jobs
        self._news: queue.Queue[tuple[_Worker, Any]] = queue.Queue()
        self._workers: list[_Worker] = []
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._hire()
        threading.Thread(target=self._watch, daemon=True).start()

    def run(self, tasks: Iterable[Task], ready: Callable[[], bool] = lambda: True) -> Iterator[Done]:
        """Do tasks; results come as they are ready.

        Args:
            tasks: taken one by one, as workers get free.
            ready: tells whether further ones may be taken, so that none gets too far ahead of the slowest.
        """
        waiting, source, more = deque[Task](), iter(tasks), True
        open_tasks: dict[_Worker, Task] = {}
        tried: set[int] = set()
        while more or waiting or open_tasks:
            while more and len(open_tasks) + len(waiting) < self.hands * _FOR_EACH and ready():
                task = next(source, None)
                if task is None:
                    more = False
                else:
                    waiting.append(task)
            self._hand_out(waiting, open_tasks)
            if open_tasks:
                done = self._next(open_tasks)
                again = again_of(done, tried)
                waiting.extendleft(reversed(again))
                if not again:
                    yield done

    def close(self) -> None:
        """Stop all workers, whatever they are doing."""
        self._closed.set()
        with self._lock:
            workers, self._workers = self._workers, []
        for worker in workers:
            worker.kill("")
        for worker in workers:
            worker.stop()

    def _hand_out(self, waiting: deque[Task], open_tasks: dict[_Worker, Task]) -> None:
        idle = [worker for worker in self._workers if worker not in open_tasks]
        while waiting and (idle or len(self._workers) < self.hands):
            try:
                worker = idle.pop() if idle else self._hire()
            except PerfExcelError:
                if not open_tasks:
                    raise
                return  # those that are there go on
            task = open_tasks[worker] = waiting.popleft()
            with self._lock:
                worker.give(task, self._limits.time(task))

    def _hire(self) -> _Worker:
        try:
            worker = _Worker(self._news.put)
        except OSError as error:
            raise PerfExcelError("电脑太忙，没有能开始处理。请关闭一些程序再运行。") from error
        with self._lock:
            self._workers.append(worker)
        return worker

    def _next(self, open_tasks: dict[_Worker, Task]) -> Done:
        """Wait for a task to be over, well or not."""
        worker, news = self._news.get()
        task = open_tasks.pop(worker)
        gone = news is None or bool(worker.reason)  # one may have been stopped right after its answer
        with self._lock:
            if gone:
                self._workers.remove(worker)
        if gone:
            worker.stop()
        if news is None:
            return Done(task, None, worker.reason or "crashed")
        kind, content = news
        return Done(task, content) if kind == "done" else Done(task, None, "crashed", content)

    def _watch(self) -> None:
        """See that no worker is out of hand; time that the whole machine has slept is nobody's."""
        before = time.monotonic()
        while not self._closed.wait(_LOOK):
            now = time.monotonic()
            slept, before = now - before > _SLEPT, now
            with self._lock:
                for worker in self._workers:
                    deadline = worker.deadline
                    if deadline is None:
                        continue
                    if slept:
                        worker.deadline = now + worker.seconds
                    elif now > deadline:
                        worker.kill("slow")
                    elif memory_of(worker.process.pid) > self._limits.memory:
                        worker.kill("hungry")


def again_of(done: Done, tried: set[int]) -> list[Task]:
    """Return what is to be done again: the files of a batch one by one; one that died alone once more.

    A worker may be killed by others, the system itself where memory is short: that alone says nothing of its file.

    Args:
        done: a task that is over.
        tried: numbers of the inputs that were done once more.
    """
    if done.outcomes is not None:
        return []
    first, *more = done.task.inputs
    if more:
        return done.task.single()
    if done.problem != "crashed" or done.details or first.number in tried:
        return []
    tried.add(first.number)
    return [done.task]


class _Worker:
    """One worker process, and the thread that hands it its tasks and waits for what comes of them.

    Attributes:
        process: the process.
        deadline: when its task is to be done; None while it has none.
        seconds: that it has for its task.
        reason: why it was killed; "" where it was not.
    """

    def __init__(self, tell: Callable[[tuple[_Worker, Any]], None]) -> None:
        path = os.pathsep.join(each or os.getcwd() for each in sys.path)
        environment = os.environ | {"PYTHONPATH": path, "PYTHONUTF8": "1"}
        self.process = subprocess.Popen(  # -P: of this program's path, and of nothing that lies in the current folder
            [sys.executable, "-P", "-m", "perf_excel.worker", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.deadline: float | None = None
        self.seconds = 0.0
        self.reason = ""
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, args=(tell,), daemon=True)
        self._thread.start()

    def give(self, task: Task, seconds: float) -> None:
        """Hand over a task; that a worker is gone already is told like any other end of it."""
        self.seconds, self.deadline = seconds, time.monotonic() + seconds
        self._tasks.put(task)

    def kill(self, reason: str) -> None:
        """Stop it, and remember why."""
        self.reason = self.reason or reason
        self.process.kill()

    def stop(self) -> None:
        """Stop it and forget it."""
        self.process.kill()
        self._tasks.put(None)
        for wait in (self.process.wait, self._thread.join):
            with contextlib.suppress(subprocess.TimeoutExpired):  # one that hangs in the system is left to it
                wait(timeout=_GIVE_UP)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _serve(self, tell: Callable[[tuple[_Worker, Any]], None]) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        while (task := self._tasks.get()) is not None:
            with contextlib.suppress(OSError, ValueError):  # the answer says that it is gone
                send(self.process.stdin, task)
            answer = receive(self.process.stdout)
            self.deadline = None  # whoever is to hear it may take a while
            tell((self, answer))


def send(stream: IO[bytes], content: Any) -> None:
    """Write one object to a pipe between two processes of the program."""
    data = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one object; None where the other end is gone."""
    try:
        head = stream.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack(head)
        data = stream.read(length)
        return pickle.loads(data) if len(data) == length else None
    except Exception:  # noqa: BLE001 - what is no answer of this very program is none
        return None


def memory_of(pid: int) -> int:
    """Return how many bytes a process holds; 0 where nobody can say."""
    if os.name == "nt":
        return _memory_on_windows(pid)
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _memory_on_windows(pid: int) -> int:
    import ctypes

    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", ctypes.c_ulong),
            ("faults", ctypes.c_ulong),
            *((f"size{n}", ctypes.c_size_t) for n in range(8)),
        )

    kernel = ctypes.WinDLL("kernel32") if hasattr(ctypes, "WinDLL") else None
    handle = kernel.OpenProcess(0x1000 | 0x10, False, pid) if kernel else None
    if not kernel or not handle:
        return 0
    counters = Counters(cb=ctypes.sizeof(Counters))
    known = kernel.K32GetProcessMemoryInfo(handle, ctypes.byref(counters), counters.cb)
    kernel.CloseHandle(handle)
    return max(int(counters.size1), int(counters.size6)) if known else 0  # in memory, and in all
