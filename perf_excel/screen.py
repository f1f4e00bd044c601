"""What the screen shows: a short table by project, what must be mended, and where the files lie."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

from perf_excel.findings import Finding, Severity
from perf_excel.numbers import plain
from perf_excel.outcome import Row
from perf_excel.run_result import Run
from perf_excel.terminal import say
from perf_excel.text import width
from perf_excel.workbook.filled import told, total

_MOST_FINDINGS = 30
_EXAMPLES = 2
_MOST_PROJECTS = 40
#: Of more workbooks than this, the cells to fill are not listed, only counted.
_FEW_WORKBOOKS = 3
_MOST_WORKBOOKS = 20
_MOST_FILES = 12
#: Characters of a list of cells.
_LONGEST_LIST = 60


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[int, int, str], None] | None]:
    """Show how far a run is: a bar, the rate, the time left, the last name; nothing where nobody looks at it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    name_column = TextColumn("{task.description}", markup=False)  # a name is not to be taken for instructions
    with Progress(*columns, name_column, console=Console(stderr=True), transient=True) as bar:
        task, began = bar.add_task("", total=None, rate=""), time.monotonic()

        def tell(done: int, total: int, name: str) -> None:
            rate = f"每秒{done / max(0.001, time.monotonic() - began):.1f}个"
            shown = cut("".join(filter(str.isprintable, name)), _MOST_NAME)
            bar.update(task, completed=done, total=total, description=shown, rate=rate)

        yield tell


def show(run: Run, output: Path | None) -> None:
    """Show a run's result."""
    _projects(run)
    _completion(run)
    _findings(run, written=output is not None)
    for note in filter(None, (*run.notes, run.not_listed())):
        say(f"注意：{note}")
    if output is not None:
        _files(run, output)


#: The columns of the table by project after its name, and those that make way first on a narrow screen.
_COLUMNS = ("执行率", "自评表得分", "等级", "体系得分", "体系申报", "已填/应填", "必须修改")
_MAKE_WAY = ("体系申报", "体系得分", "执行率", "已填/应填")
LEAST_NAME, _MOST_NAME, _GAP = 16, 34, 2


def _projects(run: Run) -> None:
    """Show a line a project; where the screen is narrow names are cut and columns left out, never a figure."""
    sizes = run.ledger.sizes()
    if not sizes.projects:
        return
    many = sizes.workbooks > 1
    names = 2 if many else 1
    titles = list(_COLUMNS)
    for making_way in _MAKE_WAY:
        if room_for_names(("序号", *titles), names) >= LEAST_NAME:
            break
        titles.remove(making_way)
    room = max(LEAST_NAME, min(_MOST_NAME, room_for_names(("序号", *titles), names)))
    lines = []
    for _, unit, row in islice(run.ledger.rows(), _MOST_PROJECTS):
        figures = _figures(row)
        names_shown = ((cut(unit or "", room),) if many else ()) + (str(row["项目序号"]),)
        lines.append((*names_shown, cut(row["项目名称"] or "", room), *(figures[title] for title in titles)))
    show_table((*(("单位",) if many else ()), "序号", "项目"), titles, lines)
    if sizes.projects > _MOST_PROJECTS:
        say(f"（共{sizes.projects}个项目，这里只列前{_MOST_PROJECTS}个，全部见汇总表）")


def _figures(row: Row) -> dict[str, str]:
    rate, total = row["预算执行率"], row["自评表得分"]
    return {
        "执行率": f"{rate * 100:.2f}%" if rate is not None else "—",
        "自评表得分": f"{total:.2f}" if total is not None else "—",
        "等级": row["自评等级"] or "—",
        "体系得分": plain(row["指标体系得分"]) or "—",
        "体系申报": plain(row["指标体系申报"]) or "—",
        "已填/应填": f"{row['已填']}/{row['应填']}",
        "必须修改": str(row[Severity.MUST.value]),
    }


def room_for_names(titles: Sequence[str], names: int) -> int:
    """Return how many columns of the screen are left for each of some names beside columns of figures."""
    taken = sum(max(8, width(title)) + _GAP for title in titles)
    return (_width() - taken) // names - _GAP


def show_table(names: Sequence[str], figures: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table that fits the screen already: columns of names to the left, of figures to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.ASCII if not _unicode() else box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in names:
        table.add_column(title, no_wrap=True, justify="left")
    for title in figures:
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    page = io.StringIO()
    Console(file=page, width=_WIDEST, no_color=True, highlight=False, markup=False).print(table)
    say("\n".join(line.rstrip() for line in page.getvalue().rstrip("\n").split("\n")))


def cut(text: str, room: int) -> str:
    """Return a text that takes at most so many columns of the screen."""
    if width(text) <= room:
        return text
    while width(text) > room - 2:
        text = text[:-1]
    return f"{text}…"


#: The table has been fitted already; rich must not fit it again.
_WIDEST = 400


def _completion(run: Run) -> None:
    """Say what is still to be filled in, by workbook and sheet; nothing where all is filled."""
    sizes = run.ledger.sizes()
    if not sizes.unfilled:
        return
    say("")
    for outcome in run.ledger.unfilled(_MOST_WORKBOOKS):
        every = total(outcome.by_sheet.values())
        name = f"{Path(outcome.path).name}：" if sizes.workbooks > 1 else ""
        rate = f"{(every.rate or 0) * 100:.2f}%"
        listed = sizes.unfilled <= _FEW_WORKBOOKS
        say(f"{name}必填项已填 {every.filled}/{every.required}（{rate}），还要填{every.left}格{'：' if listed else ''}")
        for title, count in outcome.by_sheet.items():
            if listed and count.left:
                say(f"  {title} {count.filled}/{count.required}：{told(title, count, _LONGEST_LIST)}")
    if sizes.unfilled > _MOST_WORKBOOKS:
        say(f"……还有{sizes.unfilled - _MOST_WORKBOOKS}个工作簿没有填全")


def _unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((110, 24)).columns


def _findings(run: Run, *, written: bool) -> None:
    """Show the counts, and what matters most: 必须修改 first, where there is none what should be looked at."""
    counts = run.ledger.counts(listed=True)
    say("")
    say("，".join(f"{severity.value} {counts[severity]} 项" for severity in Severity))
    worst = next((severity for severity in Severity if counts[severity]), None)
    if worst is None:
        return
    shown = (item for item in run.findings() if item.severity is worst)
    if counts[worst] <= _MOST_FINDINGS:
        for item in islice(shown, counts[worst]):
            _finding(run, item)
    else:
        _by_code(
            run, shown, {code: times for code, severity, times in run.ledger.codes(listed=True) if severity is worst}
        )
    rest = sum(counts.values()) - counts[worst]
    if rest or counts[worst] > _MOST_FINDINGS:
        say(f"  {f'另有{rest}项；' if rest else ''}完整的问题清单{_whole_list(run, written=written)}。")


def _whole_list(run: Run, *, written: bool) -> str:
    """Say where the whole list of findings stands, or how to get it."""
    if not written:
        return "加上 --annotate 可以生成"
    if run.options.annotate:
        return "见“待修改”文件夹里的问题清单"
    return f"见“{run.written[0].name}”" if run.written else "去掉 --no-annotate 可以生成"


def _finding(run: Run, item: Finding) -> None:
    many = run.ledger.sizes().workbooks > 1
    name = Path(run.ledger.path(item.workbook)).name if many and item.workbook is not None else ""
    place = " ".join(part for part in (name, item.sheet, item.cell) if part)
    say(f"  [{item.code}] {place + '：' if place else ''}{item.message}")
    say(f"        改法：{item.fix}")


def _by_code(run: Run, findings: Iterable[Finding], times: Mapping[str, int]) -> None:
    """Show many findings kind by kind, each with its number and an example or two, so that no kind hides another."""
    examples: dict[str, list[Finding]] = {}
    wanted = sum(min(_EXAMPLES, count) for count in times.values())
    for item in findings:
        mine = examples.setdefault(item.code, [])
        if len(mine) < _EXAMPLES:
            mine.append(item)
            wanted -= 1
        if not wanted:
            break
    for code, items in examples.items():
        for item in items:
            _finding(run, item)
        if times[code] > _EXAMPLES:
            say(f"        ……{code}这样的共{times[code]}项")


def _files(run: Run, output: Path) -> None:
    count = run.ledger.sizes().files + len(run.written)
    say("")
    if not count:
        say("没有写出文件。")
        return
    say(f"结果在文件夹：{output.resolve()}")
    files = (path for _, outcome in run.outcomes() for path in run.outputs(outcome))
    for path in islice(chain(run.written if count > _MOST_FILES else (), files, run.written), min(count, _MOST_FILES)):
        say(f"  {path.relative_to(output)}")
    if count > _MOST_FILES:
        say(f"  ……共{count}个文件")
