"""What the screen shows: a short table by project, what must be mended, and where the files lie."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from perf_excel.findings import Finding, Severity
from perf_excel.numbers import plain
from perf_excel.results import RunResult
from perf_excel.text import width
from perf_excel.workbook.filled import told, total

if TYPE_CHECKING:
    from perf_excel.render.share import ProjectShare

_MOST_FINDINGS = 30
_EXAMPLES = 2
_MOST_PROJECTS = 40
#: Of more workbooks than this, the cells to fill are not listed, only counted.
_FEW_WORKBOOKS = 3
_MOST_WORKBOOKS = 20
#: Characters of a list of cells.
_LONGEST_LIST = 60


def say(text: str) -> None:
    """Print a line; a character that the console cannot show is replaced, never an error."""
    stream = sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def complain(text: str) -> None:
    """Print a line to the error stream."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def show(result: RunResult, output: Path | None) -> None:
    """Show a run's result."""
    _projects(result)
    _completion(result)
    _findings(result, written=output is not None)
    for note in result.notes:
        say(f"注意：{note}")
    if output is not None:
        _files(result, output)


#: The columns of the table by project after its name, and those that make way first on a narrow screen.
_COLUMNS = ("执行率", "自评表得分", "等级", "体系得分", "体系申报", "已填/应填", "必须修改")
_MAKE_WAY = ("体系申报", "体系得分", "执行率", "已填/应填")
LEAST_NAME, _MOST_NAME, _GAP = 16, 34, 2


def _projects(result: RunResult) -> None:
    """Show a line a project; where the screen is narrow names are cut and columns left out, never a figure."""
    rows = [(book, project) for book in result.workbooks for project in book.projects]
    if not rows:
        return
    many = len(result.workbooks) > 1
    names = 2 if many else 1
    titles = list(_COLUMNS)
    for making_way in _MAKE_WAY:
        if room_for_names(("序号", *titles), names) >= LEAST_NAME:
            break
        titles.remove(making_way)
    room = max(LEAST_NAME, min(_MOST_NAME, room_for_names(("序号", *titles), names)))
    lines = []
    for book, project in rows[:_MOST_PROJECTS]:
        figures = _figures(project)
        names_shown = ((cut(book.unit or "", room),) if many else ()) + (str(project.number),)
        lines.append((*names_shown, cut(project.info["name"] or "", room), *(figures[title] for title in titles)))
    show_table((*(("单位",) if many else ()), "序号", "项目"), titles, lines)
    if len(rows) > _MOST_PROJECTS:
        say(f"（共{len(rows)}个项目，这里只列前{_MOST_PROJECTS}个，全部见汇总表）")


def _figures(project: ProjectShare) -> dict[str, str]:
    score = project.score
    rate, card = score.execution.rate, score.scorecard
    return {
        "执行率": f"{rate * 100:.2f}%" if rate is not None else "—",
        "自评表得分": f"{score.total:.2f}" if score.total is not None else "—",
        "等级": score.grade or "—",
        "体系得分": plain(card.total) if card and card.total is not None else "—",
        "体系申报": plain(score.declared_scorecard) or "—",
        "已填/应填": f"{project.filled}/{project.required}",
        "必须修改": str(project.counts.get(Severity.MUST, 0)),
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


def _completion(result: RunResult) -> None:
    """Say what is still to be filled in, by workbook and sheet; nothing where all is filled."""
    short = [book for book in result.workbooks if total(book.by_sheet.values()).left]
    if not short:
        return
    many = len(result.workbooks) > 1
    say("")
    for book in short[:_MOST_WORKBOOKS]:
        every = total(book.by_sheet.values())
        name = f"{book.path.name}：" if many else ""
        rate = f"{(every.rate or 0) * 100:.2f}%"
        listed = len(short) <= _FEW_WORKBOOKS
        say(f"{name}必填项已填 {every.filled}/{every.required}（{rate}），还要填{every.left}格{'：' if listed else ''}")
        for title, count in book.by_sheet.items():
            if listed and count.left:
                say(f"  {title} {count.filled}/{count.required}：{told(title, count, _LONGEST_LIST)}")
    if len(short) > _MOST_WORKBOOKS:
        say(f"……还有{len(short) - _MOST_WORKBOOKS}个工作簿没有填全")


def _unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((110, 24)).columns


def _findings(result: RunResult, *, written: bool) -> None:
    """Show the counts, and what matters most: 必须修改 first, where there is none what should be looked at."""
    findings = result.findings
    counts = {severity: sum(item.severity is severity for item in findings) for severity in Severity}
    say("")
    say("，".join(f"{severity.value} {count} 项" for severity, count in counts.items()))
    worst = next((severity for severity in Severity if counts[severity]), None)
    if worst is None:
        return
    shown = [item for item in findings if item.severity is worst]
    if len(shown) <= _MOST_FINDINGS:
        for item in shown:
            _finding(result, item)
    else:
        _by_code(result, shown)
    rest = len(findings) - len(shown)
    if rest or len(shown) > _MOST_FINDINGS:
        whole = "见“待修改”文件夹里的问题清单" if written else "加上 --annotate 可以生成"
        say(f"  {f'另有{rest}项；' if rest else ''}完整的问题清单{whole}。")


def _finding(result: RunResult, item: Finding) -> None:
    many = len(result.workbooks) > 1
    name = result.workbooks[item.workbook].path.name if many and item.workbook is not None else ""
    place = " ".join(part for part in (name, item.sheet, item.cell) if part)
    say(f"  [{item.code}] {place + '：' if place else ''}{item.message}")
    say(f"        改法：{item.fix}")


def _by_code(result: RunResult, findings: list[Finding]) -> None:
    """Show many findings kind by kind, each with its number and an example or two, so that no kind hides another."""
    kinds: dict[str, list[Finding]] = {}
    for item in findings:
        kinds.setdefault(item.code, []).append(item)
    for code, items in kinds.items():
        for item in items[:_EXAMPLES]:
            _finding(result, item)
        if len(items) > _EXAMPLES:
            say(f"        ……{code}这样的共{len(items)}项")


def _files(result: RunResult, output: Path) -> None:
    files = [path for book in result.workbooks for path in book.outputs] + result.written
    say("")
    if not files:
        say("没有写出文件。")
        return
    say(f"结果在文件夹：{output.resolve()}")
    for path in files[:12]:
        say(f"  {path.relative_to(output)}")
    if len(files) > 12:
        say(f"  ……共{len(files)}个文件")
