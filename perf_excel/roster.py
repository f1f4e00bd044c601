"""应报清单: what should have been handed in, and how it compares with what was."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from perf_excel.errors import PerfExcelError
from perf_excel.kinds import as_text
from perf_excel.text import fold, strip

_TITLES = ("单位名称", "项目编码", "项目名称")
_HEADER_DEPTH = 12
_CLOSE = 0.85


@dataclass(frozen=True, slots=True)
class Roster:
    """The list: a row a project, as (单位名称, 项目编码, 项目名称)."""

    rows: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A project of one of the two lists: 单位名称, 项目编码, 项目名称, and what is to be said of it."""

    unit: str
    code: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """A run against the list of what should have been handed in.

    Attributes:
        due: how many projects were due.
        missing: those that were not handed in.
        unasked: those that were, and were not due.
    """

    due: int
    missing: Sequence[Entry]
    unasked: Sequence[Entry]


def read_roster(path: Path) -> Roster:
    """Read a list of what should be handed in: a workbook with the columns 单位名称, 项目编码 and 项目名称.

    Raises:
        PerfExcelError: it cannot be read, or holds no such columns.
    """
    from perf_excel.catalogue import READ_PROBLEMS
    from perf_excel.workbook.reader import read_workbook

    raw = read_workbook(path, None)
    if raw.problem:
        reason, mend = READ_PROBLEMS[raw.problem]
        raise PerfExcelError(f"应报清单“{path.name}”读不出来：{reason}。请{mend}。")
    for sheet in raw.sheets.values():
        for number, row in enumerate(sheet.rows[:_HEADER_DEPTH]):
            at = {fold(str(title)): position for position, title in reversed(list(enumerate(row))) if title}
            columns = [at.get(fold(title)) for title in _TITLES]
            if columns[0] is not None and (columns[1] is not None or columns[2] is not None):
                return Roster(_rows(sheet.rows[number + 1 :], columns))
    raise PerfExcelError(
        f"应报清单“{path.name}”里没有找到标题行。清单要有这几列：{'、'.join(_TITLES)}（项目编码和项目名称至少有一列）。"
    )


def _rows(rows: Sequence[Sequence[object]], columns: Sequence[int | None]) -> list[tuple[str, str, str]]:
    """Return the rows that name a project; a 单位名称 merged over several rows holds for all of them."""
    found: list[tuple[str, str, str]] = []
    unit = ""
    for row in rows:
        texts = [
            strip(as_text(row[at])) if at is not None and at < len(row) and row[at] != "" else "" for at in columns
        ]
        unit = texts[0] or unit
        if texts[1] or texts[2]:
            found.append((unit, texts[1], texts[2]))
    return found


def compare(roster: Roster, handed_in: Iterable[tuple[str, str, str]]) -> Compared:
    """Compare the list with the projects of a run.

    A project is the same where its code is, or, where one of the two has none, its unit and name are.

    Args:
        roster: what was due.
        handed_in: (单位名称, 项目编码, 项目名称) of every project.
    """
    handed = list(handed_in)
    codes = {fold(code) for _, code, _ in handed if code}
    names = {(fold(unit), fold(name)): code for unit, code, name in handed if name}
    units = {fold(unit) for unit, *_ in handed}
    missing = []
    for unit, code, name in roster.rows:
        known = names.get((fold(unit), fold(name)))
        if (code and fold(code) in codes) or (known is not None and not (code and known)):
            continue
        missing.append(Entry(unit, code, name, _why_missing(unit, code, name, known, units, names)))
    due_codes = {fold(code) for _, code, _ in roster.rows if code}
    due_names = {(fold(unit), fold(name)): code for unit, code, name in roster.rows if name}
    unasked = []
    for unit, code, name in dict.fromkeys(handed):
        known = due_names.get((fold(unit), fold(name)))
        if (code and fold(code) in due_codes) or (known is not None and not (code and known)):
            continue
        note = f"清单里同名项目的编码是{known}" if known else ""
        unasked.append(Entry(unit, code, name, note))
    return Compared(len(roster.rows), missing, unasked)


def _why_missing(
    unit: str, code: str, name: str, other: str | None, units: set[str], names: dict[tuple[str, str], str]
) -> str:
    """Say what a clerk should look at before asking for it."""
    if other:
        return f"报送了同名的项目，但编码是{other}"
    if fold(unit) not in units:
        return "这个单位还没有报送"
    mine = [known for of, known in names if of == fold(unit)]
    close = difflib.get_close_matches(fold(name), mine, 1, _CLOSE) if name else []
    return f"报送了名称相近的项目“{close[0]}”" if close else ""
