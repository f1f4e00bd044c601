"""Findings: what was found, where, and how to mend it. Wording lives in `catalogue`, never here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from perf_excel.catalogue import CATALOGUE


class Severity(StrEnum):
    """How urgent a finding is; the values are public (contract §5)."""

    MUST = "必须修改"
    SHOULD = "建议修改"
    COULD = "可优化"


SEVERITY_ORDER = {severity: order for order, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding stands.

    Attributes:
        workbook: number of the workbook in the run, from 0; None for the run itself.
        sheet, cell: sheet title and cell (`H5`, `H5:H9` or a comma list); None for a whole file.
        project_no: 项目序号 of the project it concerns, if any.
    """

    workbook: int | None = None
    sheet: str | None = None
    cell: str | None = None
    project_no: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing for a person to look at. The fields are the JSON keys of contract §5."""

    code: str
    severity: Severity
    workbook: int | None
    sheet: str | None
    cell: str | None
    project_no: int | None
    message: str
    basis: str
    fix: str


def finding(code: str, place: Place, /, *, severity: Severity | None = None, **fields: Any) -> Finding:
    """Make a finding from its catalogue entry.

    Args:
        code: key of an entry of the catalogue, perhaps of a variant (`C03.ask`); the finding has its public code.
        place: where it stands.
        severity: only where the contract sets another than the entry's own.
        fields: what the entry's templates name.
    """
    entry = CATALOGUE[code]
    return Finding(
        code=entry.code,
        severity=severity or Severity(entry.severity),
        workbook=place.workbook,
        sheet=place.sheet,
        cell=place.cell,
        project_no=place.project_no,
        message=entry.message.format_map(fields),
        basis=entry.basis,
        fix=entry.fix.format_map(fields),
    )
