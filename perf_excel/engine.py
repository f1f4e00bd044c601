"""The inside of a run: which workbooks are to be done, by whom, in what order they are put in their places.

Workers evaluate batches and stage what they made; here every workbook's files get their names and places, in the order
of the inputs, so that the results do not depend on who was faster. What each workbook came to goes to the ledger.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from perf_excel import across, resources
from perf_excel.catalogue import READ_PROBLEMS, REPORT_PROBLEMS
from perf_excel.crew import Alone, Crew, Done
from perf_excel.findings import Finding, Place, finding
from perf_excel.inputs import Found
from perf_excel.names import input_stem, shorten_bytes
from perf_excel.naming import Names, free
from perf_excel.options import Options, Write
from perf_excel.outcome import File, Outcome
from perf_excel.resume import Memory
from perf_excel.roster import Roster
from perf_excel.rules import load_rules
from perf_excel.run_result import Run
from perf_excel.store import Store, Wanted, WriteError, Written, why
from perf_excel.work import MARKED_FOLDER, REPORT_FOLDER, Input, Task

#: Bytes of an input's name that leave room for what is added to it.
_LONGEST = 200
#: A batch of large workbooks is smaller.
_BATCH_BYTES = 4 * 1024**2
#: Towards the end batches get smaller, down to this, so that no worker is left with a large one alone.
_SMALLEST = 5
#: How many workbooks may be done ahead of the first that is not: they wait for their places.
_AHEAD = 400
#: How many are put in their places together.
_TOGETHER = 50

_log = logging.getLogger("perf_excel")

#: Called with how many workbooks are done, of how many, and the name of the last.
Progress = Callable[[int, int, str], None]


class _Workers(Protocol):
    @property
    def hands(self) -> int:
        """How many tasks are done at a time."""

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


class Engine:
    """One run."""

    def __init__(self, found: Found, options: Options, wish: Wish, run: Run, store: Store | None, write: Write) -> None:
        self.found, self.options, self.wish, self.run, self.store, self.write = found, options, wish, run, store, write
        self.ledger, self.names = run.ledger, Names()
        self.workers = self._workers()
        self._reports: list[tuple[str, dict[str, str], list[str]]] = []
        self._waiting: dict[int, Outcome | None] = {}
        self._again: dict[int, list[File]] = {}
        self._ahead, self._told = 0, 0

    def go(self) -> None:
        """Do it."""
        with contextlib.closing(self.workers):
            self._prepare()
            self.ledger.begin()
            self._in_turn(range(len(self.inputs)), self._todo())
            again = sorted(self._again)
            self._in_turn(again, (self.inputs[number] for number in again))
        self._of_the_run()
        if self.store is not None and self.write is Write.EVERYTHING:
            self._summaries(self.store)
        if self.ledger.lost is not None:
            problem = why(self.ledger.lost)
            self.run.add([finding("S10", Place(), name="运行记录", reason=problem.reason, mend=problem.mend)])

    # ------------------------------------------------------------ what is to be done

    def _prepare(self) -> None:
        """Look at what is there, while the first worker gets ready."""
        self._template = self._read_template()
        if self.options.rules:
            load_rules(self.options.rules)  # a wrong name is a wrong call, and no fault of any workbook
        self.memory = None
        if self.store is not None:
            self.memory = Memory(self.store, self.options, self.write, self._template, self.wish.indicators)
        self.inputs = self._inputs()

    def _workers(self) -> _Workers:
        if self.options.scheduler:
            from perf_excel.cluster import Cluster

            return Cluster(self.options.scheduler)
        jobs = (os.cpu_count() or 1) if self.options.jobs is None else self.options.jobs
        return Crew(min(jobs, max(1, len(self.found.paths)))) if jobs else Alone()

    def _inputs(self) -> list[Input]:
        taken = set[str]()
        found = []
        for number, given in enumerate(self.found.paths):
            marked = free(shorten_bytes(input_stem(given), _LONGEST) or "工作簿", taken)
            try:
                size = given.stat().st_size
            except OSError:
                size = 0
            earlier = self.memory.copies.get(marked.casefold(), ()) if self.memory is not None else ()
            path = Path(os.path.abspath(given))
            found.append(Input(number, path, size, marked, earlier, self._key(path)))
        return found

    def _key(self, path: Path) -> str:
        """Return how the ledger names an input: as seen from the output folder, with which it may be moved."""
        if self.store is not None:
            with contextlib.suppress(ValueError):  # another drive
                return os.path.relpath(path, os.path.abspath(self.store.folder))
        return str(path)

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
        """Walk over the workbooks that must be done; for the others what was kept of them waits for its turn."""
        for item in self.inputs:
            if self.memory is None or not self.memory.knows(item):
                yield item
                continue
            self._waiting[item.number] = None
            if not item.number % _TOGETHER:
                self._commit()

    def _ready(self) -> bool:
        """Tell whether more may be begun: the first that is not done must not hold up too many."""
        return self._ahead < _AHEAD

    # ------------------------------------------------------------ doing it

    def _in_turn(self, numbers: Iterable[int], inputs: Iterator[Input]) -> None:
        """Do workbooks, and put them in their places in the order of their numbers."""
        self._turns = iter(numbers)
        self._next = next(self._turns, None)
        for done in self.workers.run(self._tasks(inputs), self._ready):
            for item, outcome in zip(done.task.inputs, done.outcomes or [_stopped(done)], strict=True):
                self._waiting[item.number] = outcome
                self._ahead += 1
            self._commit()
        self._commit()

    def _tasks(self, inputs: Iterator[Input]) -> Iterator[Task]:
        batch: list[Input] = []
        size = 0
        for item in inputs:
            if batch and sum(one.size for one in batch) + item.size > _BATCH_BYTES:
                yield self._task(batch)
                batch = []
            size = size if batch else self._size(item)
            batch.append(item)
            if len(batch) >= size:
                yield self._task(batch)
                batch = []
        if batch:
            yield self._task(batch)

    def _size(self, item: Input) -> int:
        """Return how many workbooks a batch may have that begins about here."""
        if self.workers.hands < 2:
            return self.options.batch
        share = (len(self.inputs) - item.number) // (2 * self.workers.hands)
        return min(self.options.batch, max(_SMALLEST, share))

    def _task(self, batch: Sequence[Input]) -> Task:
        """Return a task that means the same wherever it is done."""
        staging = Path(os.path.abspath(self.store.staging)) if self.store is not None else None
        rules = self.options.rules
        if rules and Path(rules).suffix:  # a file, not the name of a rule set
            rules = os.path.abspath(rules)
        options = replace(self.options, rules=rules)
        return Task(tuple(batch), options, self.write, staging, self._template, self.wish.indicators)

    def _commit(self) -> None:
        """Put what is ready in its place, in the order of the inputs."""
        ready: list[tuple[int, Outcome | None]] = []
        while self._next is not None and self._next in self._waiting:
            ready.append((self._next, self._waiting.pop(self._next)))
            self._next = next(self._turns, None)
            if len(ready) >= _TOGETHER:
                self._put(ready)
                ready = []
        if ready:
            self._put(ready)

    def _put(self, ready: Sequence[tuple[int, Outcome | None]]) -> None:
        entered: list[tuple[int, Outcome, bool]] = []  # with whether it was done in this run
        for number, done in ready:
            self._ahead -= done is not None
            outcome = self._named(number, done) if done is not None else self._kept(number)
            if outcome is not None:
                outcome.path = str(self.found.paths[number])
                entered.append((number, outcome, done is not None))
        self._move([(number, outcome) for number, outcome, fresh in entered if fresh])
        keys = [self._close(number, outcome, fresh=fresh) for number, outcome, fresh in entered]

        def enter() -> None:
            for (number, outcome, _), key in zip(entered, keys, strict=True):
                self._enter(number, outcome, key)

        self.ledger.keep(enter)
        self._told += len(entered)
        if self.wish.progress is not None and entered:
            self.wish.progress(self._told, len(self.inputs), self.found.paths[entered[-1][0]].name)

    def _named(self, number: int, outcome: Outcome) -> Outcome:
        """Give a workbook's files their names; those that it got already, where it had to be done again."""
        promised = self._again.get(number, [])
        same = [_asked(file) for file in promised] == [_asked(file) for file in outcome.files]
        names = promised if same else self.names.give(outcome.files)
        outcome.files = [replace(file, name=named.name) for file, named in zip(outcome.files, names, strict=True)]
        return outcome

    def _kept(self, number: int) -> Outcome | None:
        """Return what was kept of an unchanged workbook; None where its files must get other names than they have."""
        outcome = self.ledger.kept(self.inputs[number].key)
        if outcome is None:
            self._again[number] = []
            return None
        gone = any(file.wish and self.names.taken(file.name) for file in outcome.files)
        named = self.names.give(outcome.files)
        if gone or [file.name for file in named] != [file.wish or file.name for file in outcome.files]:
            self._again[number] = named
            return None
        for file in outcome.files:
            if file.wish:
                self.names.take(file.name)
                self._made_way(Path(file.wish), Path(file.name))
        return outcome

    def _move(self, fresh: Sequence[tuple[int, Outcome]]) -> None:
        if self.store is None:
            return
        staged = [
            (number, outcome, at) for number, outcome in fresh for at, file in enumerate(outcome.files) if file.staged
        ]
        wanted = []
        for number, outcome, at in staged:
            file = outcome.files[at]
            wanted.append(Wanted(file.name, file.digest, Path(file.staged), self.inputs[number].key))
        for (_, outcome, at), answer in zip(staged, self.store.put(wanted, self.names.taken), strict=True):
            file = outcome.files[at]
            if isinstance(answer, WriteError):
                outcome.files[at] = replace(file, staged="", problem=(answer.reason, answer.mend))
            else:
                wish = file.name if answer.kept is not None else ""
                outcome.files[at] = replace(file, staged="", name=self._place(answer), wish=wish)

    def _place(self, answer: Written) -> str:
        """Return where a file was put, below the output folder; say so where it had to make way."""
        assert self.store is not None
        name = answer.path.relative_to(self.store.folder).as_posix()
        self.names.take(name)
        if answer.kept is not None:
            self._made_way(answer.kept, answer.path)
        return name

    def _made_way(self, kept: Path, path: Path) -> None:
        self.run.notes.append(f"“{kept.name}”在上次运行后有人改过，没有覆盖；新的结果写在“{path.name}”。")

    def _close(self, number: int, outcome: Outcome, *, fresh: bool) -> str:
        """Say of a workbook what could not be written, and take away what an earlier run wrote and is no longer true.

        Returns:
            What the outcome depends on; "" where it is to be done again next time.
        """
        item, there = self.inputs[number], {file.name for file in outcome.files}
        key = self.memory.key(item, outcome.digest) if self.memory is not None else ""
        for file in outcome.files:
            reason, mend = file.problem
            if reason:
                outcome.findings.append(finding("S10", Place(0), name=file.name, reason=reason, mend=mend))
                outcome.status, key = "needs_fix", ""
        outcome.files = [file for file in outcome.files if not file.problem[0]]
        if outcome.no_report is not None:
            self._reports.append(outcome.no_report)
        if fresh and self.store is not None and outcome.status != "unreadable":
            for name in self.ledger.made_of(item.key):
                if name not in there and not self.names.taken(name) and self._writes(name):
                    if (left := self.store.discard(name)) is not None:
                        outcome.findings.append(_left_over(name, left, 0))
                        outcome.status, key = "needs_fix", ""
        return key

    def _writes(self, name: str) -> bool:
        """Tell whether this run writes files of a kind."""
        folder = name.rpartition("/")[0]
        if folder == MARKED_FOLDER:
            return self.options.annotate
        return self.write is Write.EVERYTHING and (folder != REPORT_FOLDER or self._template is not None)

    def _enter(self, number: int, outcome: Outcome, key: str) -> None:
        told: dict[bool, list[Finding]] = {True: [], False: []}
        for item in outcome.findings:
            told[self.options.lists(item)].append(item)
        self.ledger.enter(number, self.inputs[number].key, key, outcome, told)

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
        reason, mend = READ_PROBLEMS["closed_folder"]
        found += [finding("S01", Place(), name=f.name or str(f), reason=reason, mend=mend) for f in self.found.closed]
        if self._reports:
            found.append(_no_reports(self._reports))
        run.add(found)

    def _summaries(self, store: Store) -> None:
        """Write the summary of each year, and take those away that tell of what is no longer so."""
        from perf_excel.summaries import summaries

        written: set[str] = set()
        if len(self.inputs) > 1 or self.wish.roster is not None:
            for summary in summaries(self.run, self.wish.roster):
                try:
                    name = self._place(store.write(summary.name, summary.make(store.staging)))
                except WriteError as error:
                    _log.warning("not written: %s", summary.name, exc_info=error.__cause__)
                    self.run.add([finding("S10", Place(), name=summary.name, reason=error.reason, mend=error.mend)])
                    written |= {known for known in self.ledger.told() if known.startswith(Path(summary.name).stem)}
                else:
                    written.add(name)
                    self.run.written.append(store.folder / name)
                    self.ledger.keep(partial(self.ledger.tell, name, summary.year))
        folder = os.path.abspath(store.folder)
        for name in self.ledger.told() - written:
            keys = self.ledger.told_of(name)
            here = all(now for _, now in keys)  # and it was not written again
            if here or not all(os.path.exists(os.path.join(folder, key)) for key, _ in keys):
                if (left := store.discard(name)) is not None:
                    self.run.add([_left_over(name, left, None)])
                else:
                    self.ledger.keep(partial(self.ledger.tell_no_more, name))


def _left_over(name: str, left: WriteError, workbook: int | None) -> Finding:
    """Say that a result of an earlier run, which is no longer true, is still there."""
    reason, mend = f"里面是以前的结果，已经过时，要删除但没有删掉——{left.reason}", left.mend
    return finding("S10", Place(workbook), name=name, reason=reason, mend=mend)


def _asked(file: File) -> tuple[str, str, str, str]:
    """Return what a file's name is made of."""
    return file.folder, file.stem, file.tail, file.other


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
