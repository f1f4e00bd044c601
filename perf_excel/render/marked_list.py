"""问题清单 as the first sheet of a marked copy: links that jump to the cell, a filter, room for what people type."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from perf_excel.render import findings_sheet
from perf_excel.render.findings_sheet import (
    CENTRED,
    GIVEN_TITLE,
    HEAD_COLOUR,
    HEAD_ROW,
    HEADS,
    TITLE,
    TYPED,
    WIDTHS,
    Line,
)
from perf_excel.render.memory import put_text

_LINK_AT, _LEVEL_AT = HEADS.index("单元格") + 1, HEADS.index("级别") + 1
_DEPTH = 12


def remove_list(workbook: Any) -> None:
    """Take away the list of an earlier run; a sheet of the user's own with that title stays."""
    for title in (TITLE, f"{TITLE}1"):
        if title in workbook.sheetnames and _is_our_list(workbook[title]):
            del workbook[title]
    if GIVEN_TITLE in workbook.sheetnames and workbook[GIVEN_TITLE].sheet_state != "visible":
        del workbook[GIVEN_TITLE]


def _is_our_list(sheet: Any) -> bool:
    rows = sheet.iter_rows(max_row=_DEPTH, max_col=2 * len(HEADS), values_only=True)
    return any(set(HEADS) - set(TYPED) <= {str(value) for value in row} for row in rows)


def write_list(workbook: Any, rows: Sequence[Line], note: str, unit: str) -> None:
    """Write the list as the first sheet, and the hidden one behind it.

    Args:
        workbook: as openpyxl has opened it.
        rows: the lines.
        note: stands under the title.
        unit: 单位名称.
    """
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet = workbook.create_sheet(TITLE, 0)
    workbook.active = 0
    for other in workbook.worksheets[1:]:
        other.sheet_view.tabSelected = False
    wrap, middle = (Alignment(wrap_text=True, vertical="center", horizontal=side) for side in (None, "center"))
    title, said = put_text(sheet.cell(1, 1), TITLE), put_text(sheet.cell(2, 1), note)
    title.font, title.alignment = Font(name="宋体", size=16, bold=True), middle
    said.font, said.alignment = Font(name="宋体", size=11), wrap
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(HEADS))
    sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=len(HEADS))
    sheet.row_dimensions[1].height = 28
    sheet.row_dimensions[2].height = findings_sheet.note_height(note)
    _write_heads(sheet, middle)
    titles = {other.title for other in workbook.worksheets}
    plain, link = Font(name="宋体", size=10), Font(name="宋体", size=10, underline="single", color="0563C1")
    look = _Looks(_border())
    for number, line in enumerate(rows, start=HEAD_ROW + 1):
        for position, (head, value) in enumerate(zip(HEADS, line.cells, strict=True), start=1):
            cell = sheet.cell(number, position)
            if isinstance(value, str):
                put_text(cell, value)
            else:
                cell.value = value
            colour = line.colour if position == _LEVEL_AT else ""
            linked = position == _LINK_AT and line.target is not None and line.target[0] in titles
            look.give(cell, link if linked else plain, middle if head in CENTRED else wrap, colour)
        sheet.row_dimensions[number].height = findings_sheet.row_height(line.cells)
        if line.target is not None and line.target[0] in titles:
            _link(sheet.cell(number, _LINK_AT), *line.target)
    sheet.freeze_panes = sheet.cell(HEAD_ROW + 1, 1)
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{sheet.cell(HEAD_ROW + len(rows), len(HEADS)).coordinate}"
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.oddFooter.center.text = "第&P页，共&N页"
    _write_given(workbook, rows, unit)


class _Looks:
    """Gives cells their look: openpyxl searches all styles of a workbook for each of them, here once for each look."""

    def __init__(self, border: Any) -> None:
        self._border = border
        self._known: dict[tuple[int, int, str], Any] = {}

    def give(self, cell: Any, font: Any, alignment: Any, colour: str) -> None:
        """Dress a cell; `colour` is that of its fill, "" for none."""
        from openpyxl.styles import PatternFill

        key = id(font), id(alignment), colour
        known = self._known.get(key)
        if known is None:
            cell.border, cell.font, cell.alignment = self._border, font, alignment
            if colour:
                cell.fill = PatternFill("solid", fgColor=colour.lstrip("#"))
            self._known[key] = copy(cell._style)
        else:
            cell._style = copy(known)


def _write_heads(sheet: Any, alignment: Any) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    for position, (title, width) in enumerate(zip(HEADS, WIDTHS, strict=True), start=1):
        head = put_text(sheet.cell(HEAD_ROW, position), title)
        head.font, head.border, head.alignment = Font(name="宋体", bold=True), _border(), alignment
        head.fill = PatternFill("solid", fgColor=HEAD_COLOUR.lstrip("#"))
        sheet.column_dimensions[get_column_letter(position)].width = width


def _border() -> Any:
    from openpyxl.styles import Border, Side

    line = Side(style="thin")
    return Border(left=line, right=line, top=line, bottom=line)


def _link(cell: Any, title: str, place: str) -> None:
    """Let a cell jump to a place in the same workbook, whatever the sheet is called."""
    from openpyxl.worksheet.hyperlink import Hyperlink

    quoted = title.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!{place}")


def _write_given(workbook: Any, rows: Sequence[Line], unit: str) -> None:
    sheet = workbook.create_sheet(GIVEN_TITLE)
    sheet.sheet_state = "veryHidden"
    for number, values in enumerate(findings_sheet.given(rows, unit), start=1):
        for position, value in enumerate(values, start=1):
            cell = sheet.cell(number, position)
            if isinstance(value, str):
                put_text(cell, value)
            else:
                cell.value = value
