"""Workbooks to measure with: copies of the shipped sample in which every text of a unit is its own.

Copies that were equal to the letter would let whatever is remembered between workbooks look better than it is.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from perf_excel.kinds import Kind, Prose
from perf_excel.workbook import standard
from perf_excel.workbook.template import Content, sample_content, write_filled

Row = dict[str, Any]
#: Projects of the sample.
PROJECTS = 4
#: The number of the copy that the others are made of; nothing else in it looks like this.
_NUMBER = 86_421


def write_copies(folder: Path, count: int) -> None:
    """Write copies of the sample into a new folder: one is made, and its number replaced in those that follow."""
    folder.mkdir(parents=True)
    content = sample_content()
    rows = {key: [_own(key, row, _NUMBER) for row in own] for key, own in content.rows.items()}
    made = write_filled(Content({**content.settings, "unit_name": f"第{_NUMBER}单位"}, rows))
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        parts = {entry: package.read(entry) for entry in package.infolist()}
    number = str(_NUMBER).encode()
    for copy in range(1, count + 1):
        with zipfile.ZipFile(folder / f"{copy:05d}.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
            for entry, data in parts.items():
                package.writestr(entry.filename, data.replace(number, b"%05d" % copy), compresslevel=1)


def write_large(path: Path, projects: int) -> None:
    """Write one workbook of many projects: those of the sample again and again."""
    content = sample_content()
    rows: dict[str, list[Row]] = {key: [] for key in content.rows}
    for turn in range(projects // PROJECTS):
        for key, own in content.rows.items():
            rows[key] += [_moved(_own(key, row, turn), turn) for row in own]
    path.write_bytes(write_filled(Content(content.settings, rows)))


def _own(sheet: str, row: Row, number: int) -> Row:
    """Return a row with the number of its unit behind every text, and a 项目编码 of its own."""
    changed = dict(row)
    for column in standard.SHEET_BY_KEY[sheet].read_columns:
        value = row.get(column.key)
        if column.key == "code" and value:
            changed["code"] = f"{str(value)[:-5]}{number:05d}"
        elif isinstance(value, str) and (isinstance(column.kind, Prose) or type(column.kind) is Kind):
            changed[column.key] = f"{value}（{number}）" if len(value) > 8 else value
    return changed


def _moved(row: Row, turn: int) -> Row:
    """Return a row with the numbers of another four projects."""
    changed = dict(row)
    if "project_no" in row:
        changed["project_no"] = row["project_no"] + PROJECTS * turn
    if "indicator_no" in row:
        changed["indicator_no"] = f"ZB{int(row['indicator_no'][2:]) + 100 * turn:03d}"
    return changed
