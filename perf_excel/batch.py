"""Many workbooks: find them, evaluate them, name and write their outputs."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perf_excel import resources
from perf_excel.catalogue import READ_PROBLEMS, REPORT_PROBLEMS
from perf_excel.errors import PerfExcelError
from perf_excel.findings import Finding, Place, Severity, finding
from perf_excel.names import MARKED_SUFFIX, file_name, input_stem, shorten_bytes
from perf_excel.pipeline import Evaluation, evaluate, repeated_passages, repeated_projects
from perf_excel.render.outputs import Job, render
from perf_excel.render.report import Problem, usable_template
from perf_excel.render.share import ProjectShare, Share, shares
from perf_excel.results import RunResult, WorkbookResult
from perf_excel.rules import load_rules
from perf_excel.store import LOG, STATE_FOLDER, Store, WriteError, open_store, written_in
from perf_excel.text import fold
from perf_excel.workbook import standard
from perf_excel.workbook.reader import SPREADSHEET_SUFFIXES
from perf_excel.workbook.tables import Source

MARKED_FOLDER, REPORT_FOLDER = "待修改", "报告"
#: Bytes of an input's name that leave room for what is added to it.
_LONGEST = 200
_MARKED_NAME = re.compile(rf"(?P<stem>.+){MARKED_SUFFIX}(?:_(?P<number>[0-9]+))?\.xls[xm]", re.IGNORECASE)
#: Starting worker processes takes about as long as writing this many workbooks.
_ENOUGH_FOR_PROCESSES = 60

_log = logging.getLogger("perf_excel")


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for.

    Attributes:
        rules: a rule set's name or file, standing over 参数.评分规则.
        forms: forms to print, standing over 参数.自评表样式.
        print_scores: have 得分 inside the print area of forms that have no such column.
        annotate: write marked copies.
        jobs: worker processes; None for the number of processors where there is enough to do.
        only, ignore: codes of findings: list these alone, or all but these. What is not listed still counts.
        report: write the Word report of every project that is evaluated.
    """

    rules: str | None = None
    forms: tuple[str, ...] = ()
    print_scores: bool = False
    annotate: bool = True
    jobs: int | None = None
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    report: bool = True

    def lists(self, item: Finding) -> bool:
        """Tell whether a finding is to be listed."""
        return (not self.only or item.code in self.only) and item.code not in self.ignore


def chosen_forms(names: Iterable[str]) -> tuple[str, ...]:
    """Return the forms asked for, each once.

    Raises:
        PerfExcelError: there is no such form.
    """
    chosen = tuple(dict.fromkeys(names))
    unknown = next((name for name in chosen if name not in standard.FORMS), None)
    if unknown is not None:
        raise PerfExcelError(f"没有“{unknown}”这种自评表样式。可以用的有：{'、'.join(standard.FORMS)}。")
    return chosen


@dataclass(frozen=True, slots=True)
class Found:
    """What files and folders given as input hold.

    Attributes:
        paths: the files, sorted by path.
        empty: folders without any.
        skipped: output folders of the program, which are passed over.
    """

    paths: list[Path]
    empty: list[Path]
    skipped: list[Path]


def find_workbooks(inputs: Sequence[Path]) -> Found:
    """Find the workbooks among files and folders."""
    return find_files(inputs, SPREADSHEET_SUFFIXES)


def find_files(inputs: Sequence[Path], suffixes: frozenset[str]) -> Found:
    """Find files of a kind among files and folders; a file that is named is taken whatever it is called."""
    found: dict[str, Path] = {}
    empty, skipped = [], []
    for given in inputs:
        if given.is_dir():
            inside, passed = _walk(given, suffixes)
            skipped += passed
            if not inside:
                empty.append(given)
            for path in inside:
                found.setdefault(os.path.realpath(path), path)
        else:
            found.setdefault(os.path.realpath(given), given)
    return Found(sorted(found.values(), key=str), empty, skipped)


def _walk(folder: Path, suffixes: frozenset[str]) -> tuple[list[Path], list[Path]]:
    """Walk a folder; hidden files, `~$…` and output folders of the program are skipped, link loops survived.

    An output folder that is itself given as the input holds inputs where a person has put some there.
    """
    seen: set[str] = set()
    found: list[Path] = []
    passed: list[Path] = []
    for top, folders, files in os.walk(folder, followlinks=True):
        here, real = Path(top), os.path.realpath(top)
        ours = (here / STATE_FOLDER).is_dir()
        if real in seen or (ours and here != folder):
            if real not in seen:
                passed.append(here)
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [] if ours else sorted(name for name in folders if not name.startswith("."))
        skipped = written_in(here) if ours else frozenset()
        for name in sorted(files):
            wanted = Path(name).suffix.lower() in suffixes and not name.startswith((".", "~$"))
            if wanted and name not in skipped:
                found.append(here / name)
    return found, passed


def check_workbooks(inputs: Sequence[Path], options: Options) -> RunResult:
    """Read, check and score; write nothing."""
    result, _, _ = _evaluate(find_workbooks(inputs), options)
    return result


def run_workbooks(inputs: Sequence[Path], output: Path, options: Options) -> RunResult:
    """Read, check, score, and write forms, marked copies and the summary of the run.

    Raises:
        RuleError: the rule set given cannot be used.
        StoreBusy, StoreUnusable: the output folder is in use, or cannot be written to.
    """
    found = find_workbooks(inputs)
    result, evaluation, cut = _evaluate(found, options, output)
    with open_store(output, found.paths) as store:
        handler = _log_to(output)
        try:
            _Writer(store, result, evaluation, cut, options).write()
        finally:
            _log.removeHandler(handler)
            handler.close()
    return result


def annotate_workbooks(inputs: Sequence[Path], output: Path, options: Options) -> RunResult:
    """Read, check and score, and write only the marked copies."""
    found = find_workbooks(inputs)
    result, evaluation, cut = _evaluate(found, options, output)
    with open_store(output, found.paths) as store:
        _Writer(store, result, evaluation, cut, options).write_marked_copies()
    return result


def _log_to(output: Path) -> logging.Handler:
    try:
        handler: logging.Handler = logging.FileHandler(output / STATE_FOLDER / LOG, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False
    return handler


def _evaluate(found: Found, options: Options, output: Path | None = None) -> tuple[RunResult, Evaluation, list[Share]]:
    evaluation = evaluate(found.paths, options.rules, options.forms)
    cut = shares(evaluation)
    by_source = {share.source.index: share for share in cut}
    findings = evaluation.findings_of()
    result = RunResult()
    for folder in found.skipped:
        if output is None or os.path.realpath(folder) != os.path.realpath(output):
            result.notes.append(
                f"文件夹“{folder}”是本程序的输出文件夹，没有读取；要处理里面的报送件，请把它们复制出来。"
            )
    for source in evaluation.batch.sources:
        if source.problem:
            status = "needs_fix" if source.problem == "blank" else "unreadable"
            result.workbooks.append(WorkbookResult(source.path, status))
            continue
        share = by_source[source.index]
        projects = evaluation.batch.tables["projects"]
        codes = [
            (project.number, project.info["code"], projects.place(project.score.index, "code"))
            for project in share.projects
            if project.info["code"] and not project.score.exempt
        ]
        result.workbooks.append(
            WorkbookResult(
                source.path,
                "needs_fix" if any(item.severity is Severity.MUST for item in findings[source.index]) else "ok",
                share.unit_name,
                share.year,
                share.rules.name,
                evaluation.completion.by_sheet.get(source.index, {}),
                list(share.projects),
                codes,
            )
        )
    repeated = repeated_projects(
        evaluation.batch.sources,
        ((number, *code) for number, workbook in enumerate(result.workbooks) for code in workbook.codes),
    )
    for item in repeated:
        if item.workbook is not None:
            result.workbooks[item.workbook].status = "needs_fix"
    reason, mend = READ_PROBLEMS["no_workbook"]
    nothing = [
        finding("S01", Place(), name=folder.name or str(folder), reason=reason, mend=mend) for folder in found.empty
    ]
    copied = repeated_passages(evaluation.batch.sources, evaluation.passages, repeated)
    found_all = [*evaluation.findings, *repeated, *copied, *nothing]
    result.findings = [item for item in found_all if options.lists(item)]
    result.unlisted = [item for item in found_all if not options.lists(item)]
    if result.unlisted:
        result.notes.append(not_listed(result.unlisted))
    return result, evaluation, cut


def not_listed(findings: Sequence[Finding]) -> str:
    """Say what --only and --ignore leave out of the lists."""
    counts = Counter(item.code for item in findings)
    told = "、".join(f"{code}（{count}项）" for code, count in sorted(counts.items()))
    must = sum(item.severity is Severity.MUST for item in findings)
    return f"按您的要求没有列出：{told}。" + (f"其中必须修改{must}项，仍然算没有改好。" if must else "")


class _Writer:
    """Writes the outputs of one run; a file that cannot be written leaves a finding, and the others are still done."""

    def __init__(
        self, store: Store, result: RunResult, evaluation: Evaluation, cut: Sequence[Share], options: Options
    ) -> None:
        self.store, self.result, self.evaluation, self.shares, self.options = store, result, evaluation, cut, options
        listed = evaluation.findings_of()
        self.findings = {number: [item for item in found if options.lists(item)] for number, found in listed.items()}
        self.unlisted = {
            number: [item for item in found if not options.lists(item)] for number, found in listed.items()
        }
        self.names: dict[tuple[int | None, int | None], str] = {
            (number, project.number): project.info["name"] or f"项目{project.number}"
            for number, workbook in enumerate(result.workbooks)
            for project in workbook.projects
        }

    def write(self) -> None:
        """Write everything."""
        self._write_workbooks(deliverables=True)
        self._summaries()

    def write_marked_copies(self) -> None:
        """Write the marked copies alone."""
        self._write_workbooks(deliverables=False)

    def _write_workbooks(self, *, deliverables: bool) -> None:
        """Make the outputs of each workbook, in several processes where that pays, and put them in their places."""
        sources = self.evaluation.batch.sources
        by_source = {share.source.index: share for share in self.shares}
        shares = [by_source.get(source.index) if deliverables else None for source in sources]
        marked_stems, copies = self._marked_stems(), self._earlier_copies()
        template = self._template() if deliverables else None
        jobs = [
            self._job(source, share, copies[stem.casefold()], template)
            for source, share, stem in zip(sources, shares, marked_stems, strict=True)
        ]
        stems, report_names = self._stems(shares), self._report_names(shares)
        problems: dict[tuple[int, int], Problem] = {}
        with _mapper(self.options.jobs, len(jobs)) as mapped:
            for source, made in zip(sources, mapped(render, jobs), strict=True):
                for number, data in enumerate(made.volumes, start=1):
                    self._put(
                        source.index, f"{stems[source.index]}{'' if number == 1 else f'_第{number}册'}.xlsx", data
                    )
                for project_no, data in made.reports.items():
                    place = source.index, project_no
                    if isinstance(data, Problem):
                        problems[place] = data
                    else:
                        self._put(source.index, f"{REPORT_FOLDER}/{report_names[place]}.docx", data)
                marked = f"{MARKED_FOLDER}/{marked_stems[source.index]}{MARKED_SUFFIX}"
                if made.marked is not None:
                    self._put(source.index, marked + made.marked[1], made.marked[0])
                elif self.options.annotate:  # what an earlier run marked is no longer true
                    for suffix in (".xlsx", ".xlsm"):
                        self.store.discard(marked + suffix)
        if problems:
            self._no_reports(next(iter(problems.values())), [self.names[place] for place in problems])

    def _template(self) -> bytes | None:
        """Return the template of the reports; None where none are to be written, or none can be, which W02 says."""
        evaluated = (pair for share in self.shares for pair in _evaluated(share))
        share, project = next(evaluated, (None, None)) if self.options.report else (None, None)
        if share is None or project is None:
            return None
        template = usable_template(resources.input_templates() / resources.REPORT_TEMPLATE_NAME, share, project)
        if isinstance(template, Problem):
            self._no_reports(template)
            return None
        return template

    def _no_reports(self, problem: Problem, projects: Sequence[str] = ()) -> None:
        """Say why there are no reports, of some projects or of all."""
        reason, mend = (words.format_map(problem.fields) for words in REPORT_PROBLEMS[problem.kind])
        named = "、".join(projects[:3]) + (f"等{len(projects)}个" if len(projects) > 3 else "")
        path = resources.input_templates() / resources.REPORT_TEMPLATE_NAME
        item = finding("W02", Place(), name=path, reason=reason, mend=mend, projects=named or "全部")
        (self.result.findings if self.options.lists(item) else self.result.unlisted).append(item)

    def _report_names(self, shares: Sequence[Share | None]) -> dict[tuple[int, int], str]:
        """Name the reports by (workbook, 项目序号); of equal names the later ones get a number."""
        taken: set[str] = set()
        names = {}
        for share, project in (pair for one in shares if one is not None for pair in _evaluated(one)):
            unit = file_name(project.info["unit"] or share.unit_name, "未填单位", 80)
            name = file_name(project.info["name"] or "", f"项目{project.number}", 110)
            stem = f"{unit}_{share.year or '未填年度'}_{name}_绩效自评报告"
            names[share.source.index, project.number] = _free(stem, "绩效自评报告", taken)
        return names

    def _marked_stems(self) -> list[str]:
        """Return what the marked copy of each workbook is called, without its mark."""
        taken: set[str] = set()
        sources = self.evaluation.batch.sources
        return [_free(shorten_bytes(input_stem(source.path), _LONGEST), "工作簿", taken) for source in sources]

    def _earlier_copies(self) -> dict[str, list[Path]]:
        """Return the marked copies of earlier runs by name without mark and number, the newest first."""
        found: dict[str, list[tuple[int, str, Path]]] = defaultdict(list)
        with contextlib.suppress(OSError):  # no such folder yet
            for path in (self.store.folder / MARKED_FOLDER).iterdir():
                match = _MARKED_NAME.fullmatch(path.name)
                if match is not None:
                    found[match["stem"].casefold()].append((int(match["number"] or 1), path.name, path))
        newest_first = {stem: [path for *_, path in sorted(copies, reverse=True)] for stem, copies in found.items()}
        return defaultdict(list, newest_first)

    def _job(self, source: Source, share: Share | None, earlier: Sequence[Path], template: bytes | None) -> Job:
        index, found = source.index, tuple(self.findings.get(source.index, ()))
        to_mend = any(item.severity is not Severity.COULD for item in found)
        mark = self.options.annotate and to_mend and source.problem in ("", "blank")
        return Job(
            path=source.path,
            share=share,
            forms=self.options.forms or (source.settings.get("form", standard.DEFAULT_FORM),),
            print_scores=self.options.print_scores,
            findings=found if mark else None,
            names={key: name for key, name in self.names.items() if key[0] == index},
            layouts=source.layouts,
            earlier=tuple(path for path in earlier if os.path.realpath(path) != os.path.realpath(source.path)),
            unlisted=tuple(self.unlisted.get(index, ())),
            unit=source.settings.get("unit_name") or "",
            template=template,
        )

    def _stems(self, shares: Sequence[Share | None]) -> dict[int, str]:
        """Name the 报送件: of two with one name, the first keeps it, and the later gets its input's name behind it."""
        stems: dict[int, str] = {}
        taken: set[str] = set()
        for share in shares:
            if share is None:
                continue
            stem = f"{file_name(share.unit_name, '未填单位')}_{share.year or '未填年度'}_绩效自评"
            if stem.casefold() in taken:
                stem = f"{stem}_{file_name(input_stem(share.source.path), '工作簿', 60)}"
            stems[share.source.index] = _free(stem, "绩效自评", taken)
        return stems

    def _summaries(self) -> None:
        from perf_excel.render.run_summary import run_summary
        from perf_excel.render.summary import RunRow

        if len(self.result.workbooks) < 2:
            return
        twice = self._twice()
        rules = load_rules(self.options.rules or standard.DEFAULT_RULES)
        units = {number: book.unit or book.path.name for number, book in enumerate(self.result.workbooks)}
        years: dict[int | None, list[int]] = defaultdict(list)
        for number, workbook in enumerate(self.result.workbooks):
            if workbook.unit is not None:
                years[workbook.year].append(number)
        unread = {number for number, workbook in enumerate(self.result.workbooks) if workbook.unit is None}
        for year, numbers in years.items():
            rows = [
                RunRow(units[number], project, (number, project.number) not in twice)
                for number in numbers
                for project in self.result.workbooks[number].projects
            ]
            own = {*numbers, *unread, None}
            findings = [item for item in self.result.findings if item.workbook in own]
            unlisted = [item for item in self.result.unlisted if item.workbook in own]
            data = run_summary(year, rows, findings, unlisted, self.names, units, rules)
            self._put(None, f"汇总表_{year or '未填年度'}.xlsx", data)

    def _twice(self) -> set[tuple[int, int]]:
        """Every project that stands in two workbooks, as (workbook, 项目序号), in each of them."""
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, workbook in enumerate(self.result.workbooks):
            for project_no, code, _ in workbook.codes:
                places[fold(code)].append((number, project_no))
        repeated = (found for found in places.values() if len({number for number, _ in found}) > 1)
        return {place for found in repeated for place in found}

    def _put(self, workbook: int | None, relative: str, data: bytes) -> None:
        try:
            written = self.store.write(relative, data)
        except WriteError as error:
            _log.warning("not written: %s", relative, exc_info=error.__cause__)
            place = Place(workbook)
            self.result.findings.append(finding("S10", place, name=relative, reason=error.reason, mend=error.mend))
            if workbook is not None:
                self.result.workbooks[workbook].status = "needs_fix"
            return
        if written.kept is not None:
            self.result.notes.append(
                f"“{written.kept.name}”在上次运行后有人改过，没有覆盖；新的结果写在“{written.path.name}”。"
            )
        if workbook is None:
            self.result.written.append(written.path)
        else:
            self.result.workbooks[workbook].outputs.append(written.path)


@contextmanager
def _mapper(jobs: int | None, count: int) -> Iterator[Callable[..., Iterable[Any]]]:
    """Give a `map` that works in this process, or in several where there is enough to do."""
    processes = min(jobs or os.cpu_count() or 1, count)
    if processes < 2 or (jobs is None and count < _ENOUGH_FOR_PROCESSES):
        yield map
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A fresh interpreter a worker, on every system alike: no state of this process leaks into an output.
    with ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_be_a_worker, initargs=(os.getpid(),)
    ) as pool:
        yield lambda action, items: pool.map(action, items, chunksize=4)


def _be_a_worker(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end with it: a worker that outlives its run is of no use to anybody."""
    import signal
    import threading
    import time

    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if os.name != "nt":  # there the number of a dead parent stays, and the broken pipe ends the worker
        threading.Thread(target=watch, daemon=True).start()


def _evaluated(share: Share) -> list[tuple[Share, ProjectShare]]:
    """Return a workbook's projects that are evaluated, each with the workbook."""
    return [(share, project) for project in share.projects if not project.score.exempt]


def _free(stem: str, fallback: str, taken: set[str]) -> str:
    """Return `stem`, or `stem_2` …, as a file name that is not taken in this run."""
    base = stem if stem.strip() else fallback
    name, number = base, 2
    while name.casefold() in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name.casefold())
    return name
