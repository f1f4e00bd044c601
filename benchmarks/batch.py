"""Where the time goes over 200 workbooks, and how far the whole is from plain reading plus plain writing.

The floor reads the same files with calamine and writes the same cells, with their formats and merges left out, with
XlsxWriter: nothing in between. Run: python benchmarks/batch.py [COPIES] [ROUNDS]
"""

from __future__ import annotations

import io
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import openpyxl
import python_calamine
import xlsxwriter

from perf_excel.batch import Options, run_workbooks
from perf_excel.checks import Context, check, complete
from perf_excel.measures import measure
from perf_excel.rules import load_rules
from perf_excel.scoring import score
from perf_excel.workbook.binder import WANTED, bind
from perf_excel.workbook.reader import read_workbook
from perf_excel.workbook.template import Content, sample_content, write_filled

Result = TypeVar("Result")
Cells = list[tuple[str, list[tuple[int, int, object, str | None]]]]


def copies(folder: Path, count: int) -> list[Path]:
    """Write copies of the sample, each with its own 单位名称."""
    content = sample_content()
    paths = []
    for number in range(count):
        settings = {**content.settings, "unit_name": f"第{number + 1}单位"}
        path = folder / f"{number + 1:04d}.xlsx"
        path.write_bytes(write_filled(Content(settings, content.rows)))
        paths.append(path)
    return paths


def cells_of(path: Path) -> Cells:
    """Return every cell of a workbook, with formulas and their cached values."""
    stored, shown = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    return [
        (
            sheet.title,
            [
                (
                    cell.row - 1,
                    cell.column - 1,
                    shown[sheet.title][cell.coordinate].value,
                    cell.value if cell.data_type == "f" else None,
                )
                for row in sheet.iter_rows()
                for cell in row
                if cell.value is not None
            ],
        )
        for sheet in stored.worksheets
    ]


def plain_write(cells: Cells) -> bytes:
    """Write cells as they come."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    for title, entries in cells:
        sheet = book.add_worksheet(title)
        for row, column, value, formula in entries:
            if formula is not None:
                sheet.write_formula(row, column, formula, None, "" if value is None else value)
            elif isinstance(value, str):
                sheet.write_string(row, column, value)
            else:
                sheet.write(row, column, value)
    book.close()
    return stream.getvalue()


def floor(paths: list[Path], cells: Cells, out: Path) -> None:
    """Read every file and write the same cells, with nothing in between."""
    for path in paths:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        for title in workbook.sheet_names:
            workbook.get_sheet_by_name(title).to_python(skip_empty_area=False)
        (out / path.name).write_bytes(plain_write(cells))


def stages(paths: list[Path]) -> dict[str, float]:
    """Return the seconds that each stage took."""
    took: dict[str, float] = {}

    def timed(name: str, action: Callable[[], Result]) -> Result:
        start = time.perf_counter()
        result = action()
        took[name] = took.get(name, 0) + time.perf_counter() - start
        return result

    raws = timed("读取", lambda: [read_workbook(path, WANTED) for path in paths])
    batch = timed("整理成表", lambda: bind(raws))
    rules = [load_rules("财政部")] * len(paths)
    measures, _ = timed("读指标", lambda: measure(batch))
    scores = timed("计分", lambda: score(batch, measures, rules))
    context = Context(batch, scores, rules)
    timed("检查", lambda: (complete(context), check(context)))
    return took


def whole(paths: list[Path], out: Path) -> None:
    """Do what `perf-excel run --no-annotate --no-report --jobs 1` does."""
    run_workbooks(paths, out, Options(annotate=False, jobs=1, report=False))


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "in").mkdir()
        paths = copies(root / "in", count)
        whole(paths[:2], root / "warm")
        cells = cells_of(next((root / "warm").glob("第1单位*.xlsx")))
        ratios, seconds = [], []
        for number in range(rounds):
            plain = root / f"floor{number}"
            plain.mkdir()
            start = time.perf_counter()
            floor(paths, cells, plain)
            base = time.perf_counter() - start
            start = time.perf_counter()
            whole(paths, root / f"out{number}")
            took = time.perf_counter() - start
            ratios.append(took / base)
            seconds.append((took, base))
        stage = stages(paths)
        took, base = (statistics.median(pair[i] for pair in seconds) for i in (0, 1))
    print(f"{count} 个工作簿（每个4个项目），{rounds} 轮，Python {platform.python_version()}，{os.cpu_count()} 核")
    print(f"{'全部（不含标注副本）':<14} {took:8.2f} 秒  每个 {took / count * 1000:6.1f} 毫秒")
    print(f"{'只读和只写同样的单元格':<14} {base:8.2f} 秒  每个 {base / count * 1000:6.1f} 毫秒")
    print(f"比值（中位数）{statistics.median(ratios):.2f}，最小 {min(ratios):.2f}，最大 {max(ratios):.2f}")
    for name, value in stage.items():
        print(f"  {name:<6} {value:8.3f} 秒  {value / took:6.1%}")
    rest = took - sum(stage.values())
    print(f"  {'写出':<6} {rest:8.3f} 秒  {rest / took:6.1%}（由总数减去以上各项）")


if __name__ == "__main__":
    main()
