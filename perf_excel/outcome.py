"""What one workbook came to, small enough to be kept, sent and stored: no tables, no scores with their traces."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

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


class Packed(NamedTuple):
    """An outcome as bytes for the ledger, in parts that are needed one without the other.

    Attributes:
        body: all but the following.
        rows: of the run's 汇总表.
        findings: with the names of the projects.
    """

    body: bytes
    rows: bytes
    findings: bytes


def pack(outcome: Outcome) -> Packed:
    """Return an outcome as bytes."""
    counts = {title: (count.filled, count.required, count.missing) for title, count in outcome.by_sheet.items()}
    lists = (_plain(Code, outcome.codes), _plain(Passage, outcome.passages), _plain(File, outcome.files))
    alone = (outcome.path, outcome.digest, outcome.status, outcome.unit, outcome.year, outcome.rules, outcome.no_report)
    return Packed(
        _bytes((alone, counts, outcome.projects, outcome.indicators, *lists)),
        _bytes([[(title, _stored(value)) for title, value in row.items()] for row in outcome.rows]),
        _bytes((list(outcome.names.items()), _plain(Finding, outcome.findings))),
    )


def unpack(stored: Packed) -> Outcome:
    """Return what `pack` was given; without rows or findings where these parts are empty."""
    alone, counts, projects, indicators, codes, passages, files = _content(stored.body)
    path, digest, status, unit, year, rules, no_report = alone
    names, findings = unpack_findings(stored.findings)
    return Outcome(
        path,
        digest,
        status,
        unit,
        year,
        rules,
        {
            title: Count(filled, required, tuple(map(tuple, cells)))
            for title, (filled, required, cells) in counts.items()
        },
        projects,
        indicators,
        unpack_rows(stored.rows),
        names,
        [Code(*item) for item in codes],
        [Passage(*item) for item in passages],
        findings,
        [_file(item) for item in files],
        tuple(no_report) if no_report else None,
    )


def unpack_rows(stored: bytes) -> list[Row]:
    """Return the rows of the run's 汇总表."""
    return [{title: _restored(value) for title, value in row} for row in _content(stored)] if stored else []


def unpack_findings(stored: bytes) -> tuple[dict[int, str], list[Finding]]:
    """Return 项目名称 by 项目序号, and the findings."""
    names, findings = _content(stored) if stored else ((), ())
    return dict(names), [Finding(code, Severity(severity), *rest) for code, severity, *rest in findings]


def _plain(kind: Any, items: Iterable[Any]) -> list[Any]:
    fields = attrgetter(*kind.__dataclass_fields__)
    return [fields(item) for item in items]


def _file(fields: Iterable[Any]) -> File:
    folder, stem, tail, other, staged, digest, problem, name, wish = fields
    return File(folder, stem, tail, other, staged, digest, tuple(problem), name, wish)


def _bytes(content: Any) -> bytes:
    return zlib.compress(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)


def _content(stored: bytes) -> Any:
    return json.loads(zlib.decompress(stored).decode("utf-8", "surrogatepass"))


def _stored(value: Any) -> Any:
    """Keep the digits of a figure."""
    return [str(value)] if isinstance(value, Decimal) else value


def _restored(value: Any) -> Any:
    return Decimal(value[0]) if isinstance(value, list) else value
