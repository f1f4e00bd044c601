"""From raw findings to those that are told: severity by stage, exceptions that the office has named, one message once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from perf_excel.catalogue import CATALOGUE, DESIGN_CODES
from perf_excel.checks.context import Context
from perf_excel.findings import Finding, Place, Severity, finding
from perf_excel.text import halfwidth, is_no_answer, shorten
from perf_excel.workbook import standard
from perf_excel.workbook.cells import join_cells
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

_HEAD = re.compile(r"\s*(?:第|项目)?(\d+|全部)(?:个项目)?((?:[\s,、:;.-]*[A-Za-z]\d{2})+)[\s,、:;.-]*")
_LONGEST_REASON = 60


@dataclass(frozen=True, slots=True)
class _Exception:
    """One line of 参数.例外: a project (None for what belongs to no project), codes, and why they may stay."""

    place: Place
    line: str
    project_no: int | None
    codes: frozenset[str]
    reason: str

    def concerns(self, item: Finding) -> bool:
        """Tell whether a finding is one of those named."""
        same = (item.workbook, item.project_no) == (self.place.workbook, self.project_no)
        return same and item.code in self.codes


def _except(found: list[Finding], context: Context) -> list[Finding]:
    """Lower what an office has named in 参数.例外 to 可优化, its reason behind it; 必须修改 cannot be excepted."""
    exceptions, told = [], []
    for place, line in _lines(context):
        read = _read(place, line)
        if isinstance(read, _Exception):
            exceptions.append(read)
        else:
            told.append(_not_taken(place, line, read))
    used: set[_Exception] = set()
    for item in found:
        named = next((exception for exception in exceptions if exception.concerns(item)), None)
        if named is not None:
            used.add(named)
            if item.severity is Severity.MUST:
                told.append(_not_taken(named.place, named.line, f"{item.code}在这个项目是必须修改的问题，不能列为例外"))
            else:
                message = f"{item.message}（已列为例外：{named.reason}）"
                item = replace(item, severity=Severity.COULD, message=message)
        told.append(item)
    told += [_not_taken(one.place, one.line, "这个项目没有这样的问题，用不上") for one in exceptions if one not in used]
    return told


def _lines(context: Context) -> Iterator[tuple[Place, str]]:
    for source in context.batch.usable():
        for cell, text in source.exceptions:
            title = source.layouts[standard.SETTINGS_SHEET.key].title
            yield from ((Place(source.index, title, cell), line) for line in text.splitlines() if line.strip())


def _read(place: Place, line: str) -> _Exception | str:
    """Read one line; the reason why it cannot be taken, in words, where it cannot."""
    head = _HEAD.match(halfwidth(line))
    if head is None:
        return "要先写项目序号，再写问题编号"
    # Half-width forms are as long as what was typed, so the reason keeps its own punctuation.
    reason = line[head.end() :].strip() if len(halfwidth(line)) == len(line) else halfwidth(line)[head.end() :].strip()
    codes = frozenset(code.upper() for code in re.findall(r"[A-Za-z]\d{2}", head[2]))
    unknown = sorted(codes - _CODES)
    if unknown:
        return f"没有编号为{'、'.join(unknown)}的问题"
    if is_no_answer(reason):
        return "没有写理由"
    return _Exception(place, line, None if head[1] == "全部" else int(head[1]), codes, shorten(reason, _LONGEST_REASON))


def _not_taken(place: Place, line: str, why: str) -> Finding:
    setting = standard.EXCEPTIONS
    return finding("S06.exception", place, column=setting.title, typed=shorten(line), why=why, example=setting.example)


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
