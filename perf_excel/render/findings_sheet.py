"""问题清单: its columns and lines, declared once for every file that holds the list, and its form in a new workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from perf_excel.book import Book, height, merge, put, put_line, table_page
from perf_excel.findings import Finding, Severity

TITLE = "问题清单"
#: The columns that a person fills in.
TYPED = ("复核意见", "整改情况")
HEADS = ("序号", "级别", "编号", "项目", "工作表", "单元格", "问题", "依据", "修改方法", *TYPED)
WIDTHS = (6, 10, 8, 26, 12, 14, 56, 34, 50, 18, 18)
#: The columns whose few words stand in the middle.
CENTRED = frozenset({"序号", "级别", "编号", "工作表", "单元格"})
HEAD_ROW = 3
COLOURS = {Severity.MUST: "#F8CBAD", Severity.SHOULD: "#FFD966", Severity.COULD: "#E2EFDA"}
HEAD_COLOUR = "#DDEBF7"
#: 级别 of a line that stands only because of what a person typed into it: its finding is no longer there.
MENDED = "已改好"
#: The same where the finding is there, but not to be listed in this run.
UNLISTED = "未列出"
REST_COLOUR = "#D9D9D9"
#: Hidden behind a list that goes on from an earlier one: what it was given in the columns that a person fills in.
GIVEN_TITLE = "意见底稿"
#: More sheets than this are not counted up in the line under the title.
_SHEETS_COUNTED = 8

Names = Mapping[tuple[int | None, int | None], str]


@dataclass(frozen=True, slots=True)
class Carried:
    """What people typed into earlier lists of the same workbook.

    Attributes:
        remarks: 复核意见 and 整改情况 by place of the finding in the new list, from 0.
        rest: lines in the order of `HEADS`, without 序号, of findings that are not in the new list.
    """

    remarks: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    rest: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list.

    Attributes:
        cells: in the order of `HEADS`.
        colour: of 级别.
        target: (sheet, cell) to jump to, None where there is nothing to mend any more.
    """

    cells: tuple[object, ...]
    colour: str
    target: tuple[str, str] | None


def lines(findings: Sequence[Finding], projects: Names, carried: Carried | None = None) -> list[Line]:
    """Return the list's lines; `projects` gives 项目名称 by (workbook, 项目序号)."""
    known = carried or Carried()
    found = [
        _line(number, item, project_of(item, projects), known.remarks.get(number - 1, ("", "")))
        for number, item in enumerate(findings, start=1)
    ]
    rest = [
        Line((number, *cells), REST_COLOUR, None) for number, cells in enumerate(known.rest, start=len(findings) + 1)
    ]
    return [*found, *rest]


def _line(number: int, item: Finding, project: str, remarks: tuple[str, str] = ("", "")) -> Line:
    cells = (item.cell or "").replace(",", ", ")  # so that a long list of cells is wrapped
    place = (item.sheet, item.cell.split(",")[0].split(":")[0]) if item.sheet and item.cell else None
    told = (
        number,
        item.severity.value,
        item.code,
        project,
        item.sheet or "",
        cells,
        item.message,
        item.basis,
        item.fix,
    )
    return Line((*told, *remarks), COLOURS[item.severity], place)


def project_of(item: Finding, projects: Names) -> str:
    """Return 项目名称 as the list shows it."""
    return projects.get((item.workbook, item.project_no), "") if item.project_no is not None else ""


def given(rows: Sequence[Line], unit: str) -> list[tuple[object, ...]]:
    """Return the rows of the hidden sheet: 单位名称, then 序号 and the remarks that the list was given."""
    filled = [(line.cells[0], *line.cells[-len(TYPED) :]) for line in rows if any(line.cells[-len(TYPED) :])]
    return [(unit,), *filled]


def write(
    book: Book,
    findings: Sequence[Finding],
    projects: Names,
    note: str = "",
    carried: Carried | None = None,
) -> list[Line]:
    """Write the list of one workbook into a new one and return its lines.

    Args:
        book: where to.
        findings: in their order.
        projects: as in `lines`.
        note: a line under the title.
        carried: what was typed into earlier lists.
    """
    rows = lines(findings, projects, carried)
    _write(book, ((None, line) for line in rows), note or count_words(findings), shift=0)
    return rows


def write_run(book: Book, told: Iterable[tuple[str, str, Finding]], note: str) -> int:
    """Write the list of a run, 单位名称 in front, and return how many lines it has.

    Args:
        book: where to.
        told: 单位名称, 项目名称 and the finding, in their order.
        note: a line under the title.
    """
    rows = ((unit, _line(number, item, project)) for number, (unit, project, item) in enumerate(told, start=1))
    return _write(book, rows, note, shift=1)


def _write(book: Book, rows: Iterable[tuple[str | None, Line]], said: str, *, shift: int) -> int:
    x = book.sheet(TITLE)
    table_page(x)
    last = len(HEADS) - 1 + shift
    merge(x, (0, 0), (0, last), TITLE, book.format(bold=True, font_size=16, align="center"))
    x.set_row(1, note_height(said))
    merge(x, (1, 0), (1, last), said, book.format(text_wrap=True))
    titles = book.format(bold=True, align="center", border=1, bg_color=HEAD_COLOUR, text_wrap=True)
    if shift:
        x.set_column(0, 0, 24)
        put(x, HEAD_ROW - 1, 0, "单位名称", titles)
    for position, (title, width) in enumerate(zip(HEADS, WIDTHS, strict=True), start=shift):
        x.set_column(position, position, width)
        put(x, HEAD_ROW - 1, position, title, titles)
    plain = book.format(border=1, font_size=10, text_wrap=True)
    middle = book.format(border=1, font_size=10, text_wrap=True, align="center")
    forms = {
        colour: [plain] * shift
        + [_level(book, colour) if head == "级别" else middle if head in CENTRED else plain for head in HEADS]
        for colour in (*COLOURS.values(), REST_COLOUR)
    }
    count = 0
    for row, (unit, line) in enumerate(rows, start=HEAD_ROW):
        count += 1
        cells = line.cells if unit is None else (unit, *line.cells)
        put_line(book, x, row, row_height(line.cells), cells, forms[line.colour])
    x.freeze_panes(HEAD_ROW, 0)
    x.repeat_rows(HEAD_ROW - 1)
    if count:
        x.autofilter(HEAD_ROW - 1, 0, HEAD_ROW - 1 + count, last)
    return count


def _level(book: Book, colour: str) -> Any:
    return book.format(border=1, font_size=10, text_wrap=True, align="center", bg_color=colour)


def row_height(cells: Sequence[object]) -> float:
    """Return how high a line of the list must be."""
    return height(zip(cells, WIDTHS, strict=True), size=10)


def note_height(note: str) -> float:
    """Return how high the line under the title must be."""
    return height([(note, sum(WIDTHS))])


def count_words(findings: Sequence[Finding]) -> str:
    """Return 「必须修改17项，建议修改12项，可优化4项」."""
    return counts_words(Counter(item.severity for item in findings))


def counts_words(counts: Mapping[Severity, int]) -> str:
    """Return the same from numbers."""
    return "，".join(f"{severity.value}{counts.get(severity, 0)}项" for severity in Severity)


def sheet_words(findings: Sequence[Finding]) -> str:
    """Return 「项目信息8项，评价打分11项」; "" where nothing is gained by counting."""
    counts = Counter(item.sheet for item in findings if item.sheet)
    if not 1 < len(counts) <= _SHEETS_COUNTED:
        return ""
    return "，".join(f"{sheet}{count}项" for sheet, count in counts.items())
