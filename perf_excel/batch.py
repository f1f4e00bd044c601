"""A run over any number of workbooks: read, check, score, and write what is asked for."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from perf_excel.engine import Engine, Wish
from perf_excel.inputs import find_workbooks
from perf_excel.ledger import Ledger
from perf_excel.options import Options, Write
from perf_excel.run_result import Run
from perf_excel.store import LOG, STATE_FOLDER, open_store

__all__ = ["Wish", "annotate_workbooks", "check_workbooks", "run_workbooks"]


logging.getLogger("perf_excel").addHandler(logging.NullHandler())  # what no log keeps is nothing for the screen


def check_workbooks(inputs: Sequence[Path], options: Options, wish: Wish | None = None) -> Run:
    """Read, check and score; write nothing."""
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(Run(Ledger(None), options))
        Engine(find_workbooks(inputs), options, wish or Wish(), run, None, Write.NOTHING).go()
        stack.pop_all()
    return run


def run_workbooks(inputs: Sequence[Path], output: Path, options: Options, wish: Wish | None = None) -> Run:
    """Read, check, score, and write forms, reports, marked copies and the summary of the run.

    Raises:
        PerfExcelError: the rule set given cannot be used; the output folder is in use, or cannot be written to.
    """
    return _into(inputs, output, options, wish or Wish(), Write.EVERYTHING)


def annotate_workbooks(inputs: Sequence[Path], output: Path, options: Options, wish: Wish | None = None) -> Run:
    """Read, check and score, and write only the marked copies."""
    return _into(inputs, output, options, wish or Wish(), Write.MARKED)


def _into(inputs: Sequence[Path], output: Path, options: Options, wish: Wish, write: Write) -> Run:
    found = find_workbooks(inputs, wish.roster.path if wish.roster is not None else None)
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(open_store(output, found.paths))
        stack.enter_context(_logging(output))
        run = Run(store.ledger, options, output)
        Engine(found, options, wish, run, store, write).go()
        run.close = stack.pop_all().close  # type: ignore[method-assign]  # the folder is held until the result is told
    return run


@contextlib.contextmanager
def _logging(output: Path) -> Iterator[None]:
    log = logging.getLogger("perf_excel")
    handler = _Log(output / STATE_FOLDER / LOG, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        with contextlib.suppress(OSError):
            handler.close()


class _Log(logging.FileHandler):
    """The log of an output folder; where it cannot be written, that is no news for a clerk."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        try:
            super().emit(record)
        except OSError:  # it is opened with the first of them
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Go on without."""
