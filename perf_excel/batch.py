"""A run over any number of workbooks: which are to be done, by whom, in what order they are put in their places.

Workers evaluate batches and stage what they made; here every workbook's files get their names and places, in the order
of the inputs, so that the results do not depend on who was faster. What each workbook came to goes to the ledger.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from perf_excel import across, resources
from perf_excel.catalogue import READ_PROBLEMS, REPORT_PROBLEMS
from perf_excel.crew import Alone, Crew, Done
from perf_excel.findings import Finding, Place, finding
from perf_excel.inputs import Found, find_workbooks
from perf_excel.ledger import Ledger
from perf_excel.names import MARKED_SUFFIX, input_stem, shorten_bytes
from perf_excel.naming import Names, free
from perf_excel.options import Options, Write
from perf_excel.outcome import File, Outcome
from perf_excel.roster import Roster
from perf_excel.rules import load_rules
from perf_excel.run_result import Run
from perf_excel.store import LOG, STATE_FOLDER, Store, Wanted, WriteError, Written, open_store
from perf_excel.version import __version__
from perf_excel.work import MARKED_FOLDER, Input, Task

_MARKED_NAME = re.compile(rf"(?P<stem>.+){MARKED_SUFFIX}(?:_(?P<number>[0-9]+))?\.xls[xm]", re.IGNORECASE)
#: Bytes of an input's name that leave room for what is added to it.
_LONGEST = 200
#: A batch of large workbooks is smaller.
_BATCH_BYTES = 4 * 1024**2
#: How many workbooks may be done ahead of the first that is not: they wait for their places.
_AHEAD = 400

_log = logging.getLogger("perf_excel")

#: Called with how many workbooks are done, of how many, and the name of the last.
Progress = Callable[[int, int, str], None]


class _Workers(Protocol):
    def run(self, tasks: Iterator[Task], ready: Callable[[], bool]) -> Iterator[Done]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What else a run is to do.

    Attributes:
        roster: what should have been handed in; None for no comparison.
        progress: told after every batch.
        indicators: keep a row an indicator as well.
    """

    roster: Roster | None = None
    progress: Progress | None = None
    indicators: bool = False


def check_workbooks(inputs: Sequence[Path], options: Options, wish: Wish | None = None) -> Run:
    """Read, check and score; write nothing."""
    found = find_workbooks(inputs)
    run = Run(Ledger(None), options)
    try:
        _Engine(found, options, wish or Wish(), run, None, Write.NOTHING).go()
    except BaseException:
        run.close()
        raise
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
    found = find_workbooks(inputs)
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(open_store(output, found.paths))
        stack.enter_context(_logging(output))
        run = Run(store.ledger, options, output)
        _Engine(found, options, wish, run, store, write).go()
        run.close = stack.pop_all().close  # type: ignore[method-assign]  # the folder is held until the result is told
    return run


@contextlib.contextmanager
def _logging(output: Path) -> Iterator[None]:
    try:
        handler: logging.Handler = logging.FileHandler(output / STATE_FOLDER / LOG, encoding="utf-8", delay=True)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False
    try:
        yield
    finally:
        _log.removeHandler(handler)
        handler.close()


class _Engine:
    """One run."""

    def __init__(self, found: Found, options: Options, wish: Wish, run: Run, store: Store | None, write: Write) -> None:
        self.found, self.options, self.wish, self.run, self.store, self.write = found, options, wish, run, store, write
        self.workers = self._workers()
        self.ledger, self.names = run.ledger, Names()
        self.inputs = self._inputs()
        self._keys: dict[int, str] = {}
        self._waiting: dict[int, Outcome] = {}
        self._next = 0
        self._again: list[int] = []
        self._reports: list[tuple[str, dict[str, str], list[str]]] = []
        self._template = self._read_template()
        self._common = _digest(
            __version__, load_rules(options.rules).digest if options.rules else "", options.forms, options.print_scores, options.annotate,
            options.only, options.ignore, wish.indicators, write, self._template,
        )  # fmt: skip

    def go(self) -> None:
        """Do it."""
        try:
            self.ledger.begin()
            self._do(self.workers, self._todo())
            for number in self._again:  # their names are not free any more: what was kept of them is no use
                self._do(self.workers, iter([self.inputs[number]]))
        finally:
            self.workers.close()
        self._of_the_run()
        if self.store is not None and self.write is Write.EVERYTHING:
            self._summaries(self.store)

    # ------------------------------------------------------------ what is to be done

    def _inputs(self) -> list[Input]:
        earlier, taken = self._earlier_copies(), set[str]()
        found = []
        for number, path in enumerate(self.found.paths):
            marked = free(shorten_bytes(input_stem(path), _LONGEST) or "工作簿", taken)
            try:
                size = path.stat().st_size
            except OSError:
                size = 0
            found.append(Input(number, path, size, marked, earlier.get(marked.casefold(), ())))
        return found

    def _earlier_copies(self) -> dict[str, tuple[Path, ...]]:
        """Return the marked copies of earlier runs by name without mark and number, the newest first."""
        found: dict[str, list[tuple[int, str, Path]]] = defaultdict(list)
        if self.store is not None:
            with contextlib.suppress(OSError):  # no such folder yet
                for path in (self.store.folder / MARKED_FOLDER).iterdir():
                    match = _MARKED_NAME.fullmatch(path.name)
                    if match is not None:
                        found[match["stem"].casefold()].append((int(match["number"] or 1), path.name, path))
        return {stem: tuple(path for *_, path in sorted(copies, reverse=True)) for stem, copies in found.items()}

    def _read_template(self) -> bytes | None:
        if self.write is not Write.EVERYTHING or not self.options.report:
            return None
        try:
            return (resources.input_templates() / resources.REPORT_TEMPLATE_NAME).read_bytes()
        except FileNotFoundError:
            self._reports.append(("missing", {}, []))
        except OSError:
            self._reports.append(("locked", {}, []))
        return None

    def _todo(self) -> Iterator[Input]:
        """Walk over the workbooks that must be done; those that need not be wait for their turn with what was kept."""
        for item in self.inputs:
            kept = self._kept(item)
            if kept is None:
                yield item
            else:
                self._waiting[item.number] = kept

    def _kept(self, item: Input) -> Outcome | None:
        """Return what an unchanged workbook came to in an earlier run whose files are all there as they were."""
        path = os.path.abspath(item.path)
        known = self.ledger.key(path) if self.store is not None and not self.options.force else None
        if not known or self._key(item) != known:
            return None
        kept = self.ledger.kept(path)
        assert self.store is not None
        if kept is None or not all(self.store.is_ours(file.name, file.digest) for file in kept.files):
            return None
        if any(file.wish and not (self.store.folder / file.wish).exists() for file in kept.files):
            return None  # what it made way for is gone
        kept.path = str(item.path)
        return kept

    def _key(self, item: Input) -> str:
        """Return what a workbook's outcome depends on, as a hash; "" where it cannot be read."""
        if item.number not in self._keys:
            try:
                content = hashlib.sha256(item.path.read_bytes()).hexdigest()
                typed = [copy for copy in item.earlier if not self._is_ours(copy)]
                remarks = [hashlib.sha256(copy.read_bytes()).hexdigest() for copy in typed]
            except OSError:
                return ""
            self._keys[item.number] = _digest(self._common, content, item.path.name, item.marked, remarks)
        return self._keys[item.number]

    def _is_ours(self, copy: Path) -> bool:
        """Tell whether nobody has worked on a marked copy: then nothing in it is to be carried over."""
        assert self.store is not None
        name = copy.relative_to(self.store.folder).as_posix()
        return any(self.store.is_ours(name, digest) for digest in self.ledger.known(name))

    # ------------------------------------------------------------ doing it

    def _workers(self) -> _Workers:
        if self.options.scheduler:
            from perf_excel.cluster import Cluster

            return Cluster(self.options.scheduler)
        jobs = (os.cpu_count() or 1) if self.options.jobs is None else self.options.jobs
        return Crew(min(jobs, max(1, len(self.found.paths)))) if jobs else Alone()

    def _do(self, workers: _Workers, inputs: Iterator[Input]) -> None:
        for done in workers.run(self._tasks(inputs), lambda: len(self._waiting) < _AHEAD):
            for item, outcome in zip(done.task.inputs, done.outcomes or [_stopped(done)], strict=True):
                self._waiting[item.number] = outcome
            self._commit()
        self._commit()

    def _tasks(self, inputs: Iterator[Input]) -> Iterator[Task]:
        batch: list[Input] = []
        for item in inputs:
            if batch and sum(one.size for one in batch) + item.size > _BATCH_BYTES:
                yield self._task(batch)
                batch = []
            batch.append(item)
            if len(batch) >= self.options.batch:
                yield self._task(batch)
                batch = []
        if batch:
            yield self._task(batch)

    def _task(self, batch: Sequence[Input]) -> Task:
        staging = self.store.staging if self.store is not None else None
        return Task(tuple(batch), self.options, self.write, staging, self._template, self.wish.indicators)

    def _commit(self) -> None:
        """Put what is ready in its place, in the order of the inputs."""
        ready = []
        while self._next in self._waiting:
            ready.append((self._next, self._waiting.pop(self._next)))
            self._next += 1
        late = [number for number in self._again if number in self._waiting]
        ready += [(number, self._waiting.pop(number)) for number in late]
        if ready:
            self._put(ready)
            if self.wish.progress is not None:
                self.wish.progress(self._next, len(self.inputs), Path(ready[-1][1].path).name)

    def _put(self, ready: Sequence[tuple[int, Outcome]]) -> None:
        entered = []
        wanted: list[tuple[Outcome, int, Wanted]] = []
        for number, outcome in ready:
            named = self.names.give(outcome.files)
            fresh = any(file.staged or file.problem[0] for file in outcome.files)
            if not fresh and [file.name for file in named] != [_wished(file) for file in outcome.files]:
                self._again.append(number)
                continue
            for file in outcome.files:
                if file.wish:
                    self._made_way(Path(file.wish), Path(file.name))
            if fresh:
                outcome.files = named
                wanted += [
                    (outcome, at, Wanted(file.name, file.digest, Path(file.staged)))
                    for at, file in enumerate(named)
                    if file.staged
                ]
            entered.append((number, outcome))
        self._move(wanted)
        with self.ledger.together():
            for number, outcome in entered:
                self._enter(number, outcome)

    def _move(self, wanted: Sequence[tuple[Outcome, int, Wanted]]) -> None:
        if self.store is None or not wanted:
            return
        answers = self.store.put([file for *_, file in wanted])
        for (outcome, at, _), answer in zip(wanted, answers, strict=True):
            file = outcome.files[at]
            if isinstance(answer, WriteError):
                outcome.files[at] = replace(file, staged="", problem=(answer.reason, answer.mend))
            else:
                wish = file.name if answer.kept is not None else ""
                outcome.files[at] = replace(file, staged="", name=self._told(answer), wish=wish)

    def _told(self, answer: Written) -> str:
        """Return where a file was put, below the output folder; say so where it had to make way."""
        assert self.store is not None
        if answer.kept is not None:
            self._made_way(answer.kept, answer.path)
        return answer.path.relative_to(self.store.folder).as_posix()

    def _made_way(self, kept: Path, path: Path) -> None:
        self.run.notes.append(f"“{kept.name}”在上次运行后有人改过，没有覆盖；新的结果写在“{path.name}”。")

    def _enter(self, number: int, outcome: Outcome) -> None:
        key = self._key(self.inputs[number]) if self.store is not None else ""
        for file in outcome.files:
            if file.problem[0]:
                reason, mend = file.problem
                name = file.name
                outcome.findings.append(finding("S10", Place(0), name=name, reason=reason, mend=mend))
                outcome.status, key = "needs_fix", ""
        outcome.files = [file for file in outcome.files if not file.problem[0]]
        if outcome.no_report is not None:
            self._reports.append(outcome.no_report)
            key = ""
        if self.store is not None and self.options.annotate:
            self._discard_marked(self.store, self.inputs[number], outcome)
        told: dict[bool, list[Finding]] = {True: [], False: []}
        for item in outcome.findings:
            told[self.options.lists(item)].append(item)
        self.ledger.enter(number, os.path.abspath(outcome.path), key, outcome, told)

    def _discard_marked(self, store: Store, item: Input, outcome: Outcome) -> None:
        """Remove what an earlier run marked and what is no longer true."""
        if not any(file.folder == MARKED_FOLDER for file in outcome.files):
            for suffix in (".xlsx", ".xlsm"):
                store.discard(f"{MARKED_FOLDER}/{item.marked}{MARKED_SUFFIX}{suffix}")

    # ------------------------------------------------------------ the run as a whole

    def _of_the_run(self) -> None:
        run = self.run
        for folder in self.found.skipped:
            if self.store is None or os.path.realpath(folder) != os.path.realpath(self.store.folder):
                run.notes.append(
                    f"文件夹“{folder}”是本程序的输出文件夹，没有读取；要处理里面的报送件，请把它们复制出来。"
                )
        reason, mend = READ_PROBLEMS["no_workbook"]
        found = across.repeated_projects(self.ledger)
        run.repeated = {item.workbook for item in found if item.workbook is not None}
        found += across.repeated_passages(self.ledger, run.repeated)
        found += [finding("S01", Place(), name=f.name or str(f), reason=reason, mend=mend) for f in self.found.empty]
        if self._reports:
            found.append(_no_reports(self._reports))
        run.add(found)

    def _summaries(self, store: Store) -> None:
        from perf_excel.summaries import summaries

        if len(self.inputs) < 2 and self.wish.roster is None:
            return
        for name, data in summaries(self.run, self.wish.roster):
            try:
                self.run.written.append(store.folder / self._told(store.write(name, data)))
            except WriteError as error:
                _log.warning("not written: %s", name, exc_info=error.__cause__)
                self.run.add([finding("S10", Place(), name=name, reason=error.reason, mend=error.mend)])


def _stopped(done: Done) -> Outcome:
    """Return the outcome of a workbook that its worker could not get done with."""
    path = done.task.inputs[0].path
    reason, mend = READ_PROBLEMS[done.problem]
    _log.error("%s: %s %s", path, done.problem, done.details)
    told = finding("S01", Place(0), name=path.name, reason=reason, mend=mend)
    return Outcome(str(path), "", "unreadable", findings=[told])


def _no_reports(problems: Sequence[tuple[str, dict[str, str], list[str]]]) -> Finding:
    """Say why there are no reports, of some projects or of all."""
    kind, fields, _ = problems[0]
    reason, mend = (words.format_map(fields) for words in REPORT_PROBLEMS[kind])
    names = [name for *_, projects in problems for name in projects]
    named = "、".join(names[:3]) + (f"等{len(names)}个" if len(names) > 3 else "")
    path = resources.input_templates() / resources.REPORT_TEMPLATE_NAME
    return finding("W02", Place(), name=path, reason=reason, mend=mend, projects=named or "全部")


def _wished(file: File) -> str:
    return file.wish or file.name


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
