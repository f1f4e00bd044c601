"""The marked copy: 问题清单 first, then the staff's own workbook, each faulty cell coloured and commented.

openpyxl opens a copy of the file; the input itself is never written. A workbook that openpyxl cannot open, or that is
not .xlsx or .xlsm, gives the list alone, with the reason.
"""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from perf_excel.book import Book, clip
from perf_excel.findings import SEVERITY_ORDER, Finding
from perf_excel.package import normalise
from perf_excel.render import findings_sheet
from perf_excel.render.findings_sheet import COLOURS, HEADS, TITLE, WIDTHS, Names

AUTHOR = "perf-excel"
#: Between a person's own comment and what is said below it.
_BREAK = "\n\n――――\n"
_MARKABLE = (".xlsx", ".xlsm")


def marked_copy(path: Path, findings: Sequence[Finding], projects: Names) -> tuple[bytes, str]:
    """Return the marked copy of a workbook and its suffix."""
    suffix = path.suffix.lower()
    note = "这种格式的文件没法加标注，请对照下面的单元格修改"
    if suffix in _MARKABLE:
        marked = _mark(path, findings, projects, macros=suffix == ".xlsm")
        if marked is not None:
            return marked, suffix
        note = "原文件里有标注程序不支持的内容，没有在表里加标注，请对照下面的单元格修改"
    book = Book()
    findings_sheet.write(book, findings, projects, note=f"{findings_sheet.count_words(findings)}。{note}。")
    return book.close(), ".xlsx"


def _mark(path: Path, findings: Sequence[Finding], projects: Names, *, macros: bool) -> bytes | None:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of what it does not keep; the input keeps it
        try:
            workbook = openpyxl.load_workbook(path, keep_vba=macros)
        except Exception:  # noqa: BLE001 - whatever openpyxl stumbles over, the list is still written
            return None
        if TITLE in workbook.sheetnames and _is_our_list(workbook[TITLE]):
            del workbook[TITLE]
        _write_list(workbook, findings, projects)
        _write_marks(workbook, findings)
        stream = io.BytesIO()
        workbook.save(stream)
    return normalise(stream.getvalue())


def _write_list(workbook: Any, findings: Sequence[Finding], projects: Names) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    sheet = workbook.create_sheet(TITLE, 0)
    workbook.active = 0
    for other in workbook.worksheets[1:]:
        other.sheet_view.tabSelected = False
    line = Side(style="thin")
    border = Border(left=line, right=line, top=line, bottom=line)
    wrap = Alignment(wrap_text=True, vertical="center")
    _text(sheet.cell(1, 1), TITLE).font = Font(name="宋体", size=16, bold=True)
    note = (
        f"{findings_sheet.count_words(findings)}。点“单元格”一列可以跳到要改的地方；请改原来的文件，改好后再运行一次。"
    )
    _text(sheet.cell(2, 1), note).font = Font(name="宋体")
    for position, (title, width) in enumerate(zip(HEADS, WIDTHS, strict=True), start=1):
        head = _text(sheet.cell(3, position), title)
        head.font, head.border, head.alignment = Font(name="宋体", bold=True), border, wrap
        head.fill = PatternFill("solid", fgColor="DDEBF7")
        sheet.column_dimensions[get_column_letter(position)].width = width
    rows = findings_sheet.rows(findings, projects)
    for number, (item, row) in enumerate(zip(findings, rows, strict=True), start=4):
        for position, value in enumerate(row, start=1):
            cell = sheet.cell(number, position)
            if isinstance(value, int):
                cell.value = value
            else:
                _text(cell, str(value))
            cell.border, cell.alignment, cell.font = border, wrap, Font(name="宋体", size=10)
        sheet.row_dimensions[number].height = findings_sheet.row_height(row)
        sheet.cell(number, 2).fill = PatternFill("solid", fgColor=COLOURS[item.severity].lstrip("#"))
        if item.sheet in workbook.sheetnames and item.cell:
            link = sheet.cell(number, 6)
            link.hyperlink = f"#'{item.sheet}'!{item.cell.split(',')[0]}"
            link.font = Font(name="宋体", size=10, underline="single", color="0563C1")
    sheet.freeze_panes = "A4"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr = _fit_to_width()
    sheet.page_setup.fitToHeight = 0


def _is_our_list(sheet: Any) -> bool:
    return [sheet.cell(3, position).value for position in range(1, len(HEADS) + 1)] == list(HEADS)


def _fit_to_width() -> Any:
    from openpyxl.worksheet.properties import PageSetupProperties

    return PageSetupProperties(fitToPage=True)


def _text(cell: Any, value: str) -> Any:
    """Write text that stays text, whatever it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub("", clip(value))
    cell.data_type = "s"
    return cell


def _remove_marks(workbook: Any) -> None:
    """Take away what an earlier marked copy has put there; what a person wrote stays."""
    from openpyxl.styles import PatternFill

    ours = {colour.lstrip("#") for colour in COLOURS.values()}
    for sheet in workbook.worksheets:
        marked = [cell for row in sheet.iter_rows() for cell in row if cell.comment and cell.comment.author == AUTHOR]
        for cell in marked:
            own = cell.comment.text.split(_BREAK)[0] if _BREAK in cell.comment.text else ""
            cell.comment = None
            if own:
                cell.comment = _comment(own, "")
            if str(cell.fill.fgColor.rgb)[-6:] in ours:
                cell.fill = PatternFill()


def _comment(text: str, author: str) -> Any:
    from openpyxl.comments import Comment

    height = min(400, 60 + 18 * (len(text) // 18 + 1))
    return Comment(clip(text)[:8000], author, height=height, width=320)


def _write_marks(workbook: Any, findings: Sequence[Finding]) -> None:
    from openpyxl.styles import PatternFill
    from openpyxl.utils import range_boundaries

    _remove_marks(workbook)
    by_cell: dict[tuple[str, int, int], list[Finding]] = defaultdict(list)
    for item in findings:
        if item.sheet is None or item.sheet not in workbook.sheetnames or not item.cell:
            continue
        for block in item.cell.split(","):
            edges: Any = range_boundaries(block)
            left, top, right, bottom = edges
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    by_cell[item.sheet, row, column].append(item)
    for (title, row, column), items in by_cell.items():
        cell = workbook[title].cell(row, column)
        if not hasattr(cell, "comment") or type(cell).__name__ == "MergedCell":
            continue  # the rest of a merged block: its first cell is marked
        worst = min(items, key=lambda item: SEVERITY_ORDER[item.severity])
        cell.fill = PatternFill("solid", fgColor=COLOURS[worst.severity].lstrip("#"))
        said = "\n\n".join(f"【{item.severity.value}】{item.code}\n{item.message}\n改法：{item.fix}" for item in items)
        own = cell.comment.text if cell.comment is not None and cell.comment.author != AUTHOR else ""
        cell.comment = _comment(f"{own}{_BREAK}{said}" if own else said, AUTHOR)
