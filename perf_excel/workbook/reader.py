"""The one gate to reading Excel files: a path in, plain rows out, or one named problem.

calamine reads; nothing else of the program sees it. A file that cannot be read never raises here: `RawWorkbook.problem`
names the reason, a key of `catalogue.READ_PROBLEMS`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perf_excel.text import fold

#: What a folder is searched for: everything that a clerk would call a table, also what cannot be read (and is said).
SPREADSHEET_SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".et", ".ett", ".csv", ".xlsb", ".xltx"})

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_CELLS = 20_000_000

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


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
    """

    path: Path
    digest: str = ""
    sheets: dict[str, RawSheet] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    problem: str = ""


def read_workbook(path: Path, wanted: frozenset[str]) -> RawWorkbook:
    """Read the sheets of a workbook whose folded titles are `wanted`."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            return RawWorkbook(path, problem="too_big")
        data = path.read_bytes()
    except FileNotFoundError:
        return RawWorkbook(path, problem="missing")
    except PermissionError:
        return RawWorkbook(path, problem="locked")
    except OSError:
        return RawWorkbook(path, problem="broken")
    digest = hashlib.sha256(data).hexdigest()
    problem = _problem_of(path, data)
    if problem:
        return RawWorkbook(path, digest, problem=problem)
    return _read(path, data, digest, wanted)


def _problem_of(path: Path, data: bytes) -> str:
    """Look at name and first bytes only; "" where the reader may try."""
    suffix = path.suffix.lower()
    if not data:
        return "empty"
    if suffix in (".et", ".ett"):
        return "wps"
    if data.startswith(_OLE):
        if _ENCRYPTED_STREAM in data:
            return "password"
        return "" if suffix == ".xls" else "old_format"
    if not data.startswith(b"PK"):
        return "csv" if suffix == ".csv" or _looks_like_csv(data) else "not_excel"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return "broken"
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        return "too_big"
    names = {entry.filename for entry in entries}
    if any(name.startswith("word/") for name in names):
        return "word"
    if any(name.startswith("ppt/") for name in names):
        return "not_excel"
    return "" if any(name.startswith("xl/") for name in names) or "content.xml" in names else "not_excel"


def _looks_like_csv(data: bytes) -> bool:
    try:
        head = data[:4096].decode("utf-8-sig", "ignore")
        return csv.Sniffer().has_header(head) if head.count(",") > 3 else False
    except csv.Error:
        return False


def _read(path: Path, data: bytes, digest: str, wanted: frozenset[str]) -> RawWorkbook:
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        titles = tuple(workbook.sheet_names)
        if not titles:
            return RawWorkbook(path, digest, problem="broken")
        sheets = {}
        for title in titles:
            key = fold(title)
            if key not in wanted or key in sheets:
                continue
            sheet = workbook.get_sheet_by_name(title)
            if sheet.end is not None and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MAX_CELLS:
                return RawWorkbook(path, digest, problem="too_big")
            sheets[key] = RawSheet(title, sheet.to_python(skip_empty_area=False), _vertical_merges(sheet))
        return RawWorkbook(path, digest, sheets, titles)
    except python_calamine.PasswordError:
        return RawWorkbook(path, digest, problem="password")
    except (python_calamine.CalamineError, OSError, ValueError, OverflowError, MemoryError):
        return RawWorkbook(path, digest, problem="broken")
    except BaseException as error:
        # A panic inside the reader surfaces as a BaseException of this name; anything else is not ours to keep.
        if type(error).__name__ != "PanicException":
            raise
        return RawWorkbook(path, digest, problem="broken")


def _vertical_merges(sheet: Any) -> list[tuple[int, int, int]]:
    ranges = sheet.merged_cell_ranges or ()
    return [(top, bottom, left) for (top, left), (bottom, right) in ranges if bottom > top and left == right]
