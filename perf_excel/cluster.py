"""The same batches, handed to a Dask cluster over a shared folder; an optional extra."""

from __future__ import annotations

import contextlib
import importlib
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from typing import Any

from perf_excel.crew import Crew, Done, again_of
from perf_excel.errors import PerfExcelError
from perf_excel.work import Task

#: Tasks that are with the cluster at a time, for each of its threads.
_FOR_EACH = 2
_FEWEST = 4
_SECONDS = 15

_here = threading.local()


def watched(task: Task) -> list[Done]:
    """Do a task on a machine of the cluster, in a process of its own that is watched as on a single machine."""
    if not hasattr(_here, "crew"):
        _here.crew = Crew(1)
    return list(_here.crew.run([task]))


class Cluster:
    """Workers of a Dask cluster. One that dies loses no work: the scheduler gives its batch to another."""

    def __init__(self, address: str) -> None:
        """Connect to a scheduler.

        Raises:
            PerfExcelError: `distributed` is not installed, there is no scheduler, or it has no workers.
        """
        try:
            distributed = importlib.import_module("distributed")
        except ImportError:
            raise PerfExcelError(
                "没有安装集群用的组件。请让维护人员运行：pip install perf-excel[cluster]；不用集群就去掉 --scheduler。"
            ) from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it has to say is no news for a clerk
        try:
            self._client: Any = distributed.Client(address, timeout=_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise PerfExcelError(f"连不上集群“{address}”。请检查地址，例如：tcp://10.0.0.1:8786。") from error
        self._address, self._as_completed = address, distributed.as_completed
        try:
            self._client.wait_for_workers(1, timeout=_SECONDS)
        except (OSError, TimeoutError) as error:
            self.close()
            raise PerfExcelError(
                f"集群“{address}”里没有机器可以用。请让维护人员检查，或者去掉 --scheduler。"
            ) from error

    def run(self, tasks: Iterator[Task], ready: Callable[[], bool]) -> Iterator[Done]:
        """Do tasks; results come as they are ready."""
        waiting: list[Task] = []
        more = True
        open_tasks: dict[Any, Task] = {}
        tried: set[int] = set()
        queue = self._as_completed(loop=self._client.loop)
        while more or waiting or open_tasks:
            most = max(_FEWEST, self.hands * _FOR_EACH)
            while len(open_tasks) < most and (waiting or (more and ready())):
                task = waiting.pop() if waiting else next(tasks, None)
                if task is None:
                    more = False
                    break
                with self._connected():
                    future = self._client.submit(watched, task, pure=False)
                    queue.add(future)
                open_tasks[future] = task
            if not open_tasks:
                continue
            with self._connected():
                future = next(queue)
                found = _found(open_tasks.pop(future), future)
            for done in found:
                again = again_of(done, tried)
                waiting += again
                if not again:
                    yield done

    def close(self) -> None:
        """Take back what is not done, and go."""
        self._client.close()

    @property
    def hands(self) -> int:
        """How many tasks its machines do at a time."""
        with self._connected():
            return int(sum(self._client.nthreads().values()))

    @contextlib.contextmanager
    def _connected(self) -> Iterator[None]:
        try:
            yield
        except (OSError, CancelledError) as error:
            raise PerfExcelError(
                f"与集群“{self._address}”的连接断了，没有做完。已写好的文件都是完整的，再运行一次会接着做。"
            ) from error


def _found(task: Task, future: Any) -> list[Done]:
    """Return what came of a task; where no machine could do it, that."""
    if future.status == "error":
        return [Done(task, None, "crashed", repr(future.exception()))]
    found: list[Done] = future.result()
    return found
