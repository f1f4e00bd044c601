"""应报清单: what should have been handed in, and how it compares with what was."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from perf_excel.errors import PerfExcelError
from perf_excel.kinds import as_text
from perf_excel.text import fold, strip

_TITLES = ("单位名称", "项目编码", "项目名称")
_HEADER_DEPTH = 12
#: How alike two names must be to be taken for the same misspelled, and how many are looked through.
_CLOSE, _MOST_COMPARED = 0.85, 500

#: 单位名称, 项目编码, 项目名称.
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Roster:
    """The list: a row a project; `path` is where it lies, if it was read from a file."""

    rows: Sequence[Row]
    path: Path | None = None


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
                rows = _rows(sheet.rows[number + 1 :], columns)
                if not rows:
                    raise PerfExcelError(f"应报清单“{path.name}”里一个项目也没有，请填好再运行。")
                return Roster(rows, path)
    raise PerfExcelError(
        f"应报清单“{path.name}”里没有找到标题行。清单要有这几列：{'、'.join(_TITLES)}（项目编码和项目名称至少有一列）。"
    )


def _rows(rows: Sequence[Sequence[object]], columns: Sequence[int | None]) -> list[Row]:
    """Return the rows that name a project; a 单位名称 merged over several rows holds for all of them."""
    found: list[Row] = []
    unit = ""
    for row in rows:
        texts = [
            strip(as_text(row[at])) if at is not None and at < len(row) and row[at] != "" else "" for at in columns
        ]
        unit = texts[0] or unit
        if texts[1] or texts[2]:
            found.append((unit, texts[1], texts[2]))
    return found


def compare(roster: Roster, handed_in: Iterable[Row]) -> Compared:
    """Compare the list with the projects of a run; what stands in either of them twice counts once.

    A project is the same where its code is, or, where one of the two has none, its unit and name are.

    Args:
        roster: what was due.
        handed_in: (单位名称, 项目编码, 项目名称) of every project.
    """
    due, handed = _Projects(roster.rows), _Projects(handed_in)
    missing = [Entry(*row, _why_missing(row, handed)) for row in due.rows if not handed.hold(row)]
    unasked = [Entry(*row, _why_unasked(row, due)) for row in handed.rows if not due.hold(row)]
    return Compared(len(due.rows), missing, unasked)


class _Projects:
    """Projects, each once, to be found by their codes or by their units and names.

    Attributes:
        rows: (单位名称, 项目编码, 项目名称) of each.
        names: by unit, by name: the codes, "" for none; units and names as `fold` has them.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        once: dict[Row, Row] = {}
        for row in rows:
            once.setdefault((fold(row[0]), fold(row[1]), fold(row[2])), row)
        self.rows = list(once.values())
        self._codes = {code for _, code, _ in once if code}
        self.names: dict[str, dict[str, list[str]]] = {}
        for (unit, _, name), (_, code, _) in once.items():
            named = self.names.setdefault(unit, {})
            if name:
                named.setdefault(name, []).append(code)

    def of(self, row: Row) -> list[str]:
        """Return the codes of the projects of that unit and name."""
        return self.names.get(fold(row[0]), {}).get(fold(row[2]), [])

    def hold(self, row: Row) -> bool:
        """Tell whether a project is among them."""
        code = row[1]
        return fold(code) in self._codes or any(not (code and known) for known in self.of(row))


def _why_missing(row: Row, handed: _Projects) -> str:
    """Say what a clerk should look at before asking for it."""
    unit, _, name = row
    if others := handed.of(row):
        return f"报送了同名的项目，但编码是{'、'.join(others)}"
    if fold(unit) not in handed.names:
        near = _close(fold(unit), handed.names)
        return f"这个单位还没有报送；报送的单位里有名称相近的“{near}”" if near else "这个单位还没有报送"
    near = _close(fold(name), handed.names[fold(unit)])
    return f"报送了名称相近的项目“{near}”" if near else ""


def _why_unasked(row: Row, due: _Projects) -> str:
    others = due.of(row)
    return f"清单里同名项目的编码是{'、'.join(others)}" if others else ""


def _close(text: str, among: Collection[str]) -> str:
    """Return what is spelled much like a text; "" where there is nothing, or too much to look through."""
    found = difflib.get_close_matches(text, among, 1, _CLOSE) if text and len(among) <= _MOST_COMPARED else []
    return found[0] if found else ""
