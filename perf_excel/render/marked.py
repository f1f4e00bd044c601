"""The marked copy: 问题清单 first, then the staff's own workbook, each faulty cell coloured and commented.

openpyxl opens a copy of the file; the input itself is never written. A workbook that openpyxl cannot open, or that is
not .xlsx or .xlsm, gives the list alone, with the reason.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

from perf_excel.book import Book, put
from perf_excel.findings import SEVERITY_ORDER, Finding
from perf_excel.garbage import left_alone
from perf_excel.package import normalise
from perf_excel.render import findings_sheet, marked_list, memory
from perf_excel.render.findings_sheet import COLOURS, GIVEN_TITLE, TITLE, Carried, Names
from perf_excel.render.markable import markable
from perf_excel.render.package_parts import as_openpyxl_reads, lost, put_back, settle_comments
from perf_excel.render.remarks import carry_over
from perf_excel.render.row_keys import keys_of
from perf_excel.text import shorten
from perf_excel.workbook.archive import Package, read_bytes
from perf_excel.workbook.tables import Layout

_MARKABLE = (".xlsx", ".xlsm")
#: A cell's comment shows so many of its findings whole; 问题清单 has them all.
_SHOWN_IN_COMMENT = 3
#: Of a finding about more cells than this only the first one is marked: a whole sheet in one colour shows nothing.
_MOST_CELLS = 2000

#: By (sheet, row, column): the findings, each with the cell that tells it whole where that is another one.
_Places = dict[tuple[str, int, int], list[tuple[Finding, str]]]


@left_alone()
def marked_copy(
    path: Path,
    findings: Sequence[Finding],
    projects: Names,
    layouts: Mapping[str, Layout] | None = None,
    earlier: Sequence[Path] = (),
    unlisted: Sequence[Finding] = (),
    unit: str = "",
) -> tuple[bytes, str]:
    """Return the marked copy of a workbook and its suffix.

    Args:
        path: the workbook, perhaps a marked copy itself.
        findings: in the order of the list.
        projects: 项目名称 by (workbook, 项目序号).
        layouts: where the columns of the standard sheets stand in it, by sheet key.
        earlier: marked copies of earlier runs, the newest first, for what people typed into their lists.
        unlisted: findings that are there, but not in the list.
        unit: 单位名称.
    """
    carried = carry_over(path, earlier, findings, projects, unlisted, unit)
    suffix = path.suffix.lower()
    note = "这种格式的文件没法加标注，请对照下面的单元格修改"
    if suffix in _MARKABLE:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of what it does not keep; `lost` says it in plain words
            marked = _mark(path, findings, projects, layouts or {}, carried, unit)
        if marked is not None:
            return normalise(marked), suffix
        note = "原文件里有标注程序不支持的内容，没有在表里加标注，请对照下面的单元格修改"
    return _list_alone(findings, projects, carried, unit, note), ".xlsx"


def _list_alone(findings: Sequence[Finding], projects: Names, carried: Carried, unit: str, note: str) -> bytes:
    book = Book()
    said = f"{_counted(findings)}{note}。"
    rows = findings_sheet.write(book, findings, projects, note=said, carried=carried)
    given = book.sheet(GIVEN_TITLE)
    for number, values in enumerate(findings_sheet.given(rows, unit)):
        for position, value in enumerate(values):
            put(given, number, position, value, None)
    given.very_hidden()
    return book.close()


def _mark(
    path: Path,
    findings: Sequence[Finding],
    projects: Names,
    layouts: Mapping[str, Layout],
    carried: Carried,
    unit: str,
) -> bytes | None:
    """Return the marked package, None where openpyxl cannot open the file or cannot write what it has read."""
    try:
        package = Package(read_bytes(path))
        if not markable(package):
            return None
        return _marked_package(package.data, path.suffix.lower() == ".xlsm", findings, projects, layouts, carried, unit)
    except Exception:  # noqa: BLE001 - whatever openpyxl stumbles over, the list is still written
        return None


def _marked_package(
    data: bytes,
    macros: bool,
    findings: Sequence[Finding],
    projects: Names,
    layouts: Mapping[str, Layout],
    carried: Carried,
    unit: str,
) -> bytes:
    """Return the marked package; raises whatever openpyxl raises, some of it when it writes."""
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        keep_vba = "xl/vbaProject.bin" in package.namelist()
        opened: Any = openpyxl.load_workbook  # its type stubs do not know rich text
        workbook = opened(io.BytesIO(as_openpyxl_reads(data)), keep_vba=macros and keep_vba, rich_text=True)
        settle_comments(package, workbook)
        missing = lost(package, workbook)
        keys = keys_of(workbook, layouts)
        memory.forget(workbook, keys)
        marked_list.remove_list(workbook)
        places = _places(workbook, findings)
        _unhide(workbook, places)
        marks = [
            memory.mark_cell(
                _cell(workbook[title], row, column), keys[title], _comment(items), COLOURS[items[0][0].severity]
            )
            for (title, row, column), items in places.items()
        ]
        rows = findings_sheet.lines(findings, projects, carried)
        marked_list.write_list(workbook, rows, _note(findings, missing), unit)
        memory.remember(workbook, marks)
        stream = io.BytesIO()
        workbook.save(stream)
        return put_back(package, stream.getvalue(), macros=macros)


def _counted(findings: Sequence[Finding]) -> str:
    by_sheet = findings_sheet.sheet_words(findings)
    return f"{findings_sheet.count_words(findings)}{f'（{by_sheet}）' if by_sheet else ''}。"


def _note(findings: Sequence[Finding], missing: Sequence[str]) -> str:
    said = f"{_counted(findings)}点“单元格”一列可以跳到要改的地方；请改原来的文件，改好后再运行一次。"
    if missing:
        said += f"原文件里的{'、'.join(missing)}在这份副本里可能不全，请在原文件里改。"
    return said


def _places(workbook: Any, findings: Sequence[Finding]) -> _Places:
    """Return what is to be said of each cell, the most urgent first; of a merged block, its first cell."""
    sheets = {sheet.title: sheet for sheet in workbook.worksheets}
    covers = {
        title: {
            (row, column): (block.min_row, block.min_col)
            for block in sheet.merged_cells.ranges
            for row, column in block.cells
        }
        for title, sheet in sheets.items()
        if any(item.sheet == title for item in findings)
    }
    places: _Places = defaultdict(list)
    for item in sorted(findings, key=lambda item: SEVERITY_ORDER[item.severity]):
        if item.sheet is None or item.sheet not in sheets or not item.cell:
            continue
        cover = covers[item.sheet]
        cells = list(dict.fromkeys(cover.get(cell, cell) for cell in _cells_of(item.cell)))
        first = item.cell.split(",")[0].split(":")[0]
        for number, (row, column) in enumerate(cells if len(cells) <= _MOST_CELLS else cells[:1]):
            places[item.sheet, row, column].append((item, first if number else ""))
    return places


def _unhide(workbook: Any, places: _Places) -> None:
    """Show sheets, rows and columns with marks: a link into something hidden or filtered away leads nowhere."""
    from openpyxl.utils import get_column_letter

    for title, row, column in places:
        sheet = workbook[title]
        sheet.sheet_state = "visible"
        if row in sheet.row_dimensions:
            sheet.row_dimensions[row].hidden = False
        letter = get_column_letter(column)
        if letter in sheet.column_dimensions:
            sheet.column_dimensions[letter].hidden = False


def _cells_of(cells: str) -> Iterator[tuple[int, int]]:
    from openpyxl.utils import range_boundaries

    for block in cells.split(","):
        edges: Any = range_boundaries(block)
        left, top, right, bottom = edges
        yield from ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))


def _comment(items: Sequence[tuple[Finding, str]]) -> str:
    """Say what is wrong with a cell: of a finding about several cells the first one tells it whole."""
    said = []
    for item, first in items[:_SHOWN_IN_COMMENT]:
        words = f"同{first}：{shorten(item.message)}" if first else f"{item.message}\n改法：{item.fix}"
        said.append(f"【{item.severity.value}】{item.code}\n{words}")
    if len(items) > _SHOWN_IN_COMMENT:
        said.append(f"这一格共有{len(items)}个问题，其余{len(items) - _SHOWN_IN_COMMENT}个见“{TITLE}”。")
    return "\n\n".join(said)


def _cell(sheet: Any, row: int, column: int) -> Any:
    """Return a cell; one that is not stored yet looks as its row or column does (a text column stays one)."""
    from openpyxl.utils import get_column_letter

    known = (row, column) in sheet._cells
    cell = sheet.cell(row, column)
    if not known:
        if row in sheet.row_dimensions and sheet.row_dimensions[row].has_style:
            cell._style = copy(sheet.row_dimensions[row]._style)
        else:
            spans = sheet.column_dimensions.values()
            wide = next((span for span in spans if span.min and span.min <= column <= span.max), None)
            own = sheet.column_dimensions.get(get_column_letter(column), wide)
            if own is not None and own.has_style:
                cell._style = copy(own._style)
    return cell
