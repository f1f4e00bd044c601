"""What reading and writing alone would take: calamine reads, XlsxWriter writes, and there is nothing in between.

`bare` writes the cells with their values and formulas and nothing else. `same` makes the file that the program makes,
byte for byte: the calls of XlsxWriter were recorded once, with formats, merges, heights, drop-downs and charts, and are
repeated as they were, without the short way of `perf_excel.quick_sheet`. Both write the cells of the summary of the run.

Run: python benchmarks/floor.py bare|same INPUTS OUTPUT RECORDED, where RECORDED was made by `record`.
"""

from __future__ import annotations

import io
import pickle
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import python_calamine
import xlsxwriter

#: Sheets, each with its cells: row, column, value, formula.
Cells = list[tuple[str, list[tuple[int, int, Any, str | None]]]]
#: A call: of which object, which method, arguments, and as which object its answer is known.
Call = tuple[int, str, tuple[Any, ...], dict[str, Any], int]
_OPTIONS = {"in_memory": True, **dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)}


# ---------------------------------------------------------------- recording


class _Ref(int):
    """Stands for an object of XlsxWriter among the arguments of a call."""


class _Recorded:
    """Hands on what is asked of an object of XlsxWriter, and keeps a record of it."""

    def __init__(self, real: Any, number: int, calls: list[Call], known: dict[int, _Recorded]) -> None:
        self.__dict__.update(_real=real, _number=number, _calls=calls, _known=known)
        known[id(real)] = self

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._real, name)
        return self._call(name, value) if callable(value) else value

    def _call(self, name: str, method: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            answer = method(*map(_real, given), **{key: _real(value) for key, value in named.items()})
            if name == "extent":  # a question that only our sheets are asked
                return answer
            number = -1
            if type(answer).__module__.startswith("xlsxwriter") or type(answer).__module__.startswith("perf_excel"):
                wrapped = self._known.get(id(answer)) or _Recorded(answer, len(self._known), self._calls, self._known)
                answer, number = wrapped, wrapped._number
            arguments = given[:1] if name == "add_worksheet" else tuple(map(_ref, given))
            self._calls.append((self._number, name, arguments, {k: _ref(v) for k, v in named.items()}, number))
            return answer

        return call


def _real(value: Any) -> Any:
    return value._real if isinstance(value, _Recorded) else value


def _ref(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ref(item) for key, item in value.items()}
    return _Ref(value._number) if isinstance(value, _Recorded) else value


def record(path: Path, summary: Path) -> tuple[bytes, bytes]:
    """Record how the 报送件 of a workbook is written, and what is in it.

    Args:
        path: the workbook.
        summary: that of a run.

    Returns:
        What `main` takes as RECORDED, and the 报送件.
    """
    from perf_excel import book, plain_workbook
    from perf_excel.pipeline import evaluate
    from perf_excel.render.deliverable import deliverable
    from perf_excel.render.share import shares

    calls: list[Call] = []
    known: dict[int, _Recorded] = {}
    (share,) = shares(evaluate([path]))
    kept = book.PlainWorkbook, book.SHEET
    book.PlainWorkbook = lambda *given: _Recorded(xlsxwriter.Workbook(*given), 0, calls, known)
    book.SHEET = plain_workbook.PlainSheet
    try:
        made = deliverable(share, (share.source.settings["form"],))
    finally:
        book.PlainWorkbook, book.SHEET = kept
    return pickle.dumps((calls, _cells(io.BytesIO(made)), _cells(summary))), made


def _cells(file: Any) -> Cells:
    """Return every cell of a workbook that is not empty, with formulas and what they show."""
    import openpyxl

    stored, shown = openpyxl.load_workbook(file), openpyxl.load_workbook(file, data_only=True)
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


# ---------------------------------------------------------------- writing


def bare(cells: Cells) -> bytes:
    """Write cells as they come."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, _OPTIONS)
    for title, entries in cells:
        sheet = book.add_worksheet(title)
        for row, column, value, formula in entries:
            if formula is not None:
                sheet.write_formula(row, column, formula, None, "" if value is None else value)
            elif isinstance(value, str):
                sheet.write_string(row, column, value)
            elif isinstance(value, datetime):
                sheet.write_datetime(row, column, value)
            else:
                sheet.write(row, column, value)
    book.close()
    return stream.getvalue()


def same(calls: list[Call]) -> bytes:
    """Repeat calls as they were recorded."""
    stream = io.BytesIO()
    objects: dict[int, Any] = {0: xlsxwriter.Workbook(stream, _OPTIONS)}

    def real(value: Any) -> Any:
        if isinstance(value, _Ref):
            return objects[value]
        return {key: real(item) for key, item in value.items()} if isinstance(value, dict) else value

    for number, name, given, named, answer in calls:
        result = getattr(objects[number], name)(*map(real, given), **{key: real(value) for key, value in named.items()})
        if answer >= 0:
            objects[answer] = result
    return stream.getvalue()


def main() -> None:
    """Read every input and write the recorded file for it, and the summary once."""
    kind, inputs, output, recorded = sys.argv[1], *map(Path, sys.argv[2:5])
    calls, cells, summary = pickle.loads(recorded.read_bytes())
    output.mkdir(parents=True)
    for path in sorted(inputs.iterdir()):
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        for title in workbook.sheet_names:
            workbook.get_sheet_by_name(title).to_python(skip_empty_area=False)
        (output / path.name).write_bytes(bare(cells) if kind == "bare" else same(calls))
    (output / "汇总表.xlsx").write_bytes(bare(summary))


if __name__ == "__main__":
    import floor  # what was recorded names this module's classes by its name

    floor.main()
