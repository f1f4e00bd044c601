"""A worker process: tasks in by standard input, what came of them out by standard output, until the parent is gone."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
import traceback
from typing import Any

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Work until there is nothing more to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    _end_with(int(sys.argv[1]))
    from perf_excel.crew import receive, send
    from perf_excel.work import do

    tasks = os.fdopen(os.dup(0), "rb")
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get among the results
    _prepare()
    while (task := receive(tasks)) is not None:
        news: tuple[str, Any]
        try:
            news = ("done", do(task))
        except BaseException:  # noqa: BLE001 - a panic of the reader is one; the parent repeats file by file, and logs
            news = ("failed", traceback.format_exc())
        try:
            send(results, news)
        except OSError:
            return


def _prepare() -> None:
    """Import what every task needs while the parent is still looking for its files."""
    import perf_excel.pipeline
    import perf_excel.render.deliverable  # noqa: F401


def _end_with(parent: int) -> None:
    """End with the parent: a worker that outlives its run is of no use to anybody, and may still be writing."""
    if sys.platform == "linux":  # at once, even in a library that lets no thread of this process run
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.name != "nt":  # there the broken pipe ends it
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main()
