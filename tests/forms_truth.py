"""The forms as committed: what stands on each, cell by cell, in tests/truth. Refresh: python tests/forms_truth.py

Look at what changed (git diff tests/truth) and compare it with the layouts before committing it.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl

sys.path.insert(0, str(Path(__file__).parent.parent))

from workbooks import COMPLETE, SAMPLE

from perf_excel.book import Book
from perf_excel.pipeline import evaluate
from perf_excel.render import scorecard
from perf_excel.render.forms import FORMS
from perf_excel.render.share import shares
from perf_excel.render.trace import Trace

FOLDER = Path(__file__).parent / "truth"
REFRESH = "python tests/forms_truth.py"
SCORECARD = "打分表"
NAMES = (*FORMS, SCORECARD)
#: Name in the truth's file name, the workbook, the project.
SOURCES = {"示例1": (SAMPLE, 1), "完整3": (COMPLETE, 3)}


def forms_book(
    path: Path,
    names: Any = NAMES,
    projects: Any = None,
    *,
    rules: str | None = None,
    print_scores: bool = False,
    bare: bool = False,
) -> bytes:
    """Write forms of a workbook's projects, and 计算过程 behind them; sheets are called 专项预算1 and so on.

    `bare` leaves out what has no place on a page of its own: LibreOffice then prints forms alone.
    """
    (share,) = shares(evaluate([path], rules))
    book, trace = Book(), Trace(share)
    for name in names:
        for project in share.projects:
            if project.score.exempt or (projects and project.number not in projects):
                continue
            title = f"{name}{project.number}"
            if name != SCORECARD:
                FORMS[name](book, title, share, project, trace, print_scores=print_scores)
            elif project.scorecard:
                scorecard.write(book, title, share, project, trace)
    if not bare:
        trace.write(book, "")
    return book.close()


def loaded(content: bytes, *, values: bool = False) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def shown(value: Any, number_format: str) -> str:
    """Return what a cell shows, in the number formats that forms have."""
    if value is None or isinstance(value, str):
        return value or ""
    if number_format == "General":
        return f"{value:.10g}"
    part = number_format.split(";")[1 if value < 0 and ";" in number_format else 0]
    number = Decimal(repr(value)) * (100 if part.endswith("%") else 1)
    digits = part.strip("+-%").partition(".")[2]
    text = f"{abs(number).quantize(Decimal(1).scaleb(-len(digits)), ROUND_HALF_UP):f}"
    for _ in range(digits.count("#")):
        text = text.removesuffix("0")
    sign = "-" if number < 0 else "+" if part.startswith("+") else ""
    return sign + text + ("%" if part.endswith("%") else "")


def described(sheet: Any, values: Any) -> dict[str, Any]:
    """Return what of a form is compared."""
    cells, formats, fonts, formulas = {}, {}, Counter(), []
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is None:
                continue
            text = shown(values[cell.coordinate].value, cell.number_format)
            if cell.data_type == "f":
                formulas.append(cell.coordinate)
            if text:
                cells[cell.coordinate] = text
            if cell.number_format != "General":
                formats.setdefault(cell.number_format, []).append(cell.coordinate)
            fonts[f"{cell.font.name} {cell.font.size:g}{' 加粗' if cell.font.b else ''}"] += 1
    setup = sheet.page_setup
    return {
        "cells": cells,
        "merged": sorted((str(block) for block in sheet.merged_cells.ranges), key=_place),
        "formulas": " ".join(formulas),
        "formats": {name: " ".join(places) for name, places in formats.items()},
        "fonts": dict(fonts),
        "page": {
            "paper": setup.paperSize,
            "orientation": setup.orientation,
            "fit": [sheet.sheet_properties.pageSetUpPr.fitToPage, setup.fitToWidth or 1, setup.fitToHeight],
            "area": sheet.print_area,
            "repeated": sheet.print_title_rows,
            "breaks": [mark.id for mark in sheet.row_breaks.brk],
            "footer": re.sub(r"\d+项", "N项", f"{sheet.oddFooter.left.text or ''}|{sheet.oddFooter.right.text or ''}"),
        },
    }


def _place(block: str) -> tuple[int, int]:
    letters, digits = re.match(r"([A-Z]+)(\d+)", block).groups()
    return int(digits), openpyxl.utils.column_index_from_string(letters)


def truths() -> dict[str, dict[str, Any]]:
    """Return what every form shows of every source, by the name of its file."""
    found = {}
    for source, (path, number) in SOURCES.items():
        content = forms_book(path, projects={number})
        book, values = loaded(content), loaded(content, values=True)
        for name in NAMES:
            found[f"{name}_{source}"] = described(book[f"{name}{number}"], values[f"{name}{number}"])
    return found


def committed(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def refresh() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, truth in truths().items():
        text = json.dumps(truth, ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(FOLDER / f"{name}.json")


if __name__ == "__main__":
    refresh()
