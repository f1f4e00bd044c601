"""What one workbook came to, small enough to be kept, sent and stored: no tables, no scores with their traces."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from perf_excel.findings import Finding, Severity
from perf_excel.workbook.filled import Count

#: What a row of the run's 汇总表 holds, by the titles of its columns.
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Code:
    """项目编码 of a project, and where it stands."""

    project_no: int
    code: str
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A long text: a key that equal texts share, whose it is, where it stands, and how it begins."""

    key: str
    project_no: int | None
    sheet: str
    cell: str
    said: str


@dataclass(frozen=True, slots=True)
class File:
    """A file made for a workbook.

    Attributes:
        folder: below the output folder, "" for itself.
        stem: what it is to be called, without what tells equal names apart.
        tail: what follows the stem and is never cut: a volume's number, the ending.
        other: what is put behind the stem where the name is taken already; "" for a number.
        staged: where it lies, "" where it could not be written, or is in its place.
        digest: SHA-256 of its bytes.
        problem: why it could not be written, and what to do.
        name: where it was put, below the output folder.
        wish: where it would have been put, had nobody worked on the file there; "" for `name`.
    """

    folder: str
    stem: str
    tail: str
    other: str = ""
    staged: str = ""
    digest: str = ""
    problem: tuple[str, str] = ("", "")
    name: str = ""
    wish: str = ""


@dataclass(slots=True)
class Outcome:
    """What one workbook came to.

    Attributes:
        path, digest: the input, and the SHA-256 of its bytes.
        status: ok, needs_fix or unreadable.
        unit, year, rules: as read; None for a workbook that could not be used.
        by_sheet: must-fill cells by sheet title.
        projects: as contract §5 has them, without `workbook`.
        indicators: a row an indicator, for the tables of `perf_excel.run`; only where asked for.
        rows: a row a project of the run's 汇总表.
        names: 项目名称 by 项目序号.
        codes, passages: for comparing workbooks.
        findings: all of them, `workbook` 0.
        files: what was made.
        no_report: why there are no reports: a key of `catalogue.REPORT_PROBLEMS`, its fields, the projects.
    """

    path: str
    digest: str
    status: str
    unit: str | None = None
    year: int | None = None
    rules: str | None = None
    by_sheet: dict[str, Count] = field(default_factory=dict)
    projects: list[dict[str, Any]] = field(default_factory=list)
    indicators: list[dict[str, Any]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    codes: list[Code] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    no_report: tuple[str, dict[str, str], list[str]] | None = None


def pack(outcome: Outcome) -> bytes:
    """Return an outcome as bytes for the ledger."""
    data = asdict(outcome)
    data["names"] = list(outcome.names.items())
    return zlib.compress(json.dumps(data, ensure_ascii=False, default=_stored).encode("utf-8", "surrogatepass"), 1)


def unpack(stored: bytes) -> Outcome:
    """Return what `pack` was given."""
    data = json.loads(zlib.decompress(stored).decode("utf-8", "surrogatepass"), object_hook=_restored)
    data["names"] = dict(data["names"])
    data["by_sheet"] = {title: _count(count) for title, count in data["by_sheet"].items()}
    for key, kind in (("codes", Code), ("passages", Passage)):
        data[key] = [kind(**item) for item in data[key]]
    data["files"] = [File(**item | {"problem": tuple(item["problem"])}) for item in data["files"]]
    data["findings"] = [Finding(**item | {"severity": Severity(item["severity"])}) for item in data["findings"]]
    data["no_report"] = tuple(data["no_report"]) if data["no_report"] else None
    return Outcome(**data)


def _count(stored: Mapping[str, Any]) -> Count:
    return Count(stored["filled"], stored["required"], tuple((sheet, cell) for sheet, cell in stored["missing"]))


def _stored(value: Any) -> Any:
    """Keep the digits of a figure."""
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    raise TypeError(f"not to be stored: {type(value).__name__}")


def _restored(data: dict[str, Any]) -> Any:
    return Decimal(data["decimal"]) if data.keys() == {"decimal"} else data
