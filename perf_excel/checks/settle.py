"""From raw findings to those that are told: severity by stage, exceptions that the office has named, one message once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from perf_excel.catalogue import CATALOGUE, DESIGN_CODES
from perf_excel.checks.context import Context
from perf_excel.findings import Finding, Place, Severity, finding
from perf_excel.text import halfwidth, shorten
from perf_excel.workbook import standard
from perf_excel.workbook.tables import join_cells
from perf_excel.workbook.types import Stage

_CODES = frozenset(entry.code for entry in CATALOGUE.values())


def settle(found: Sequence[Finding], context: Context) -> list[Finding]:
    """Return the findings as they are told, in no particular order."""
    return _grouped(_except(_by_stage(found, context), context))


def _by_stage(found: Sequence[Finding], context: Context) -> list[Finding]:
    """Lower what concerns the design of approved indicators: in 绩效自评 it is at most 建议修改 (contract §5)."""
    late = {source.index for source in context.batch.usable() if source.stage is Stage.SELF_EVALUATION}
    return [
        replace(item, severity=Severity.SHOULD)
        if item.code in DESIGN_CODES and item.severity is Severity.MUST and item.workbook in late
        else item
        for item in found
    ]


# ---------------------------------------------------------------- exceptions

_EXCEPTION = re.compile(r"(?:项目)?(\d+)[\s,、:]*([A-Za-z]\d{2})[\s,、:]*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Exception:
    """One line of 参数.例外: a project, a code, and why it may stay."""

    workbook: int
    project_no: int
    code: str
    reason: str


def _except(found: list[Finding], context: Context) -> list[Finding]:
    """Lower what an office has named in 参数.例外 to 可优化, its reason behind it; 必须修改 cannot be excepted."""
    reasons: dict[tuple[int, int, str], str] = {}
    refused: list[Finding] = []
    for source in context.batch.usable():
        for cell, line in source.exceptions:
            read = _read(source.index, line)
            must = read is not None and any(item.severity is Severity.MUST and _concerns(item, read) for item in found)
            if read is None or must:
                refused.append(
                    _refused(Place(source.index, source.layouts[standard.SETTINGS_SHEET.key].title, cell), line)
                )
            else:
                reasons[read.workbook, read.project_no, read.code] = read.reason
    told = []
    for item in found:
        reason = reasons.get((item.workbook or 0, item.project_no or 0, item.code))
        if reason and item.severity is not Severity.MUST:
            item = replace(item, severity=Severity.COULD, message=f"{item.message}（已列为例外：{reason}）")
        told.append(item)
    return told + refused


def _read(workbook: int, line: str) -> _Exception | None:
    match = _EXCEPTION.fullmatch(halfwidth(line).strip())
    if match is None or not match[3].strip() or match[2].upper() not in _CODES:
        return None
    return _Exception(workbook, int(match[1]), match[2].upper(), match[3].strip())


def _concerns(item: Finding, exception: _Exception) -> bool:
    return (item.workbook, item.project_no, item.code) == (exception.workbook, exception.project_no, exception.code)


def _refused(place: Place, line: str) -> Finding:
    setting = standard.EXCEPTIONS
    options = f"项目序号、问题编号和理由，必须修改的问题不能列为例外；例如：{setting.example}"
    return finding("S06", place, column=setting.title, typed=shorten(line), options=options)


# ---------------------------------------------------------------- one message once


def _grouped(found: Sequence[Finding]) -> list[Finding]:
    """Say one thing once: the same message over many cells of a project is one finding (`H5:H9`)."""
    groups: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for item in found:
        key = (item.code, item.workbook, item.sheet, item.project_no, item.severity, item.message, item.fix)
        single = item.cell is not None and ":" not in item.cell
        groups[key if single else (id(item),)].append(item)
    return [
        items[0] if len(items) == 1 else replace(items[0], cell=join_cells(_cells(items))) for items in groups.values()
    ]


def _cells(items: Sequence[Finding]) -> list[str]:
    return [cell for item in items for cell in (item.cell or "").split(",")]
