"""The one gate to reading Excel files: a path in, plain rows out, or one named problem.

calamine reads; nothing else of the program sees it. A file that cannot be read never raises here: `RawWorkbook.problem`
names the reason, a key of `catalogue.READ_PROBLEMS`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from perf_excel.text import fold
from perf_excel.workbook.archive import Package, Refused, read_bytes
from perf_excel.workbook.bounds import MAX_CELLS, MAX_SHEETS, MAX_TEXT, check_package
from perf_excel.workbook.old_format import check_old_workbook

#: What a folder is searched for: everything that a clerk would call a table, also what cannot be read (and is said).
SPREADSHEET_SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".et", ".ett", ".csv", ".xlsb", ".xltx"})

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_BINARY_SHEETS = "xl/workbook.bin"


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One sheet as stored: `rows[0]` is Excel row 1; blank cells are "".

    Attributes:
        merges: vertical merges as (first row, last row, column), all from 0.
    """

    title: str
    rows: list[list[Any]]
    merges: list[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class RawWorkbook:
    """A file as read.

    Attributes:
        path: where it lies.
        digest: SHA-256 of its bytes, "" where they could not be read.
        sheets: the sheets asked for, by folded title.
        titles: all sheet titles in their order.
        problem: "" or the key of the reason why nothing could be read.
        package: its stored parts, of a file that has such parts.
    """

    path: Path
    digest: str = ""
    sheets: dict[str, RawSheet] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    problem: str = ""
    package: Package | None = None


def read_workbook(path: Path, wanted: frozenset[str] | None) -> RawWorkbook:
    """Read the sheets of a workbook whose folded titles are `wanted`, or all of them."""
    try:
        data = read_bytes(path)
    except Refused as error:
        return RawWorkbook(path, problem=error.problem)
    digest = hashlib.sha256(data).hexdigest()
    try:
        package = _checked(path.suffix.lower(), data)
        raw = _read(path, package.data if package is not None else data, digest, wanted)
        return replace(raw, package=package)
    except Refused as error:
        return RawWorkbook(path, digest, problem=error.problem)


def _checked(suffix: str, data: bytes) -> Package | None:
    """Look at what is to be given to the reader: an archive, or None for an old workbook, which has no parts.

    Raises:
        Refused: this is no workbook, or none within bounds.
    """
    if not data:
        raise Refused("empty")
    if suffix in (".et", ".ett"):
        raise Refused("wps")
    if data.startswith(_OLE):
        if _ENCRYPTED_STREAM in data:
            raise Refused("password")
        if suffix != ".xls":
            raise Refused("old_format")
        check_old_workbook(data)
        return None
    if not data.startswith(b"PK"):
        raise Refused("csv" if suffix == ".csv" or _looks_like_csv(data) else "not_excel")
    package = Package(data)
    if any(name.startswith("word/") for name in package.names):
        raise Refused("word")
    if _BINARY_SHEETS in package.names:
        raise Refused("xlsb")
    ours, open_document = any(name.startswith("xl/") for name in package.names), "content.xml" in package.names
    if ours == open_document or any(name.startswith("ppt/") for name in package.names):
        raise Refused("not_excel")  # the reader tries one format after another, and would take one for the other
    check_package(package)
    return package


def _looks_like_csv(data: bytes) -> bool:
    try:
        head = data[:4096].decode("utf-8-sig", "ignore")
        return csv.Sniffer().has_header(head) if head.count(",") > 3 else False
    except csv.Error:
        return False


def _read(path: Path, data: bytes, digest: str, wanted: frozenset[str] | None) -> RawWorkbook:
    """Let the reader read.

    Raises:
        Refused: it cannot.
    """
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        titles = tuple(workbook.sheet_names)
        if not titles:
            raise Refused("broken")
        if len(titles) > MAX_SHEETS:
            raise Refused("too_many_sheets")
        sheets = {}
        for title in titles:
            key = fold(title)
            if (wanted is not None and key not in wanted) or key in sheets:
                continue
            sheet = workbook.get_sheet_by_name(title)
            if sheet.end is not None and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MAX_CELLS:
                raise Refused("too_many_cells")
            rows = sheet.to_python(skip_empty_area=False)
            for row in rows:
                for cell in row:
                    if cell and type(cell) is str and len(cell) > MAX_TEXT:
                        raise Refused("long_text")
            sheets[key] = RawSheet(title, rows, _vertical_merges(sheet))
        return RawWorkbook(path, digest, sheets, titles)
    except python_calamine.PasswordError as error:
        raise Refused("password") from error
    except (python_calamine.CalamineError, OSError, ValueError, OverflowError, MemoryError) as error:
        raise Refused("broken") from error
    except BaseException as error:
        # A panic inside the reader surfaces as a BaseException of this name; anything else is not ours to keep.
        if type(error).__name__ != "PanicException":
            raise
        raise Refused("broken") from error


def _vertical_merges(sheet: Any) -> list[tuple[int, int, int]]:
    """Return the merges over several rows of one column; one that overlaps another is none in any program."""
    ranges = sheet.merged_cell_ranges or ()
    found: list[tuple[int, int, int]] = []
    for left, top, bottom in sorted(
        (left, top, bottom) for (top, left), (bottom, right) in ranges if bottom > top and left == right
    ):
        if not found or found[-1][2] != left or found[-1][1] < top:
            found.append((top, bottom, left))
    return found
