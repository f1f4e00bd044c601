"""The same batches, handed to a Dask cluster over a shared folder; an optional extra."""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from perf_excel.crew import Done
from perf_excel.errors import PerfExcelError
from perf_excel.work import Task, do

#: Tasks that are with the cluster at a time, for each of its threads.
_FOR_EACH = 2
_FEWEST = 4
_SECONDS = 15


class Cluster:
    """Workers of a Dask cluster. One that dies loses no work: the scheduler gives its batch to another."""

    def __init__(self, address: str) -> None:
        """Connect to a scheduler.

        Raises:
            PerfExcelError: `distributed` is not installed, or there is no scheduler.
        """
        try:
            distributed = importlib.import_module("distributed")
        except ImportError:
            raise PerfExcelError(
                "没有安装集群用的组件。请让维护人员运行：pip install perf-excel[cluster]；不用集群就去掉 --scheduler。"
            ) from None
        try:
            self._client: Any = distributed.Client(address, timeout=_SECONDS, set_as_default=False)
            self._as_completed: Any = distributed.as_completed
        except (OSError, ValueError) as error:
            raise PerfExcelError(f"连不上集群“{address}”。请检查地址，例如：tcp://10.0.0.1:8786。") from error

    def run(self, tasks: Iterator[Task], ready: Callable[[], bool]) -> Iterator[Done]:
        """Do tasks; results come as they are ready."""
        waiting, more = deque[Task](), True
        open_tasks: dict[Any, Task] = {}
        queue = self._as_completed()
        while more or waiting or open_tasks:
            while len(open_tasks) < self._most() and (waiting or (more and ready())):
                task = waiting.popleft() if waiting else next(tasks, None)
                if task is None:
                    more = False
                    break
                future = self._client.submit(do, task, pure=False, retries=0)
                open_tasks[future] = task
                queue.add(future)
            if not open_tasks:
                continue
            future = next(queue)
            task = open_tasks.pop(future)
            done = _done(task, future)
            if done.outcomes is None and len(task.inputs) > 1:
                waiting.extend(task.single())
            else:
                yield done

    def close(self) -> None:
        """Take back what is not done, and go."""
        self._client.close()

    def _most(self) -> int:
        threads = sum(self._client.nthreads().values())
        return max(_FEWEST, int(threads) * _FOR_EACH)


def _done(task: Task, future: Any) -> Done:
    if future.status == "finished":
        return Done(task, future.result())
    return Done(task, None, "crashed", repr(future.exception()))
