"""复核意见 and 整改情况: what people typed into earlier lists of a workbook, carried over to the next one.

The lists are read from the input itself and from earlier marked copies. A copy also knows what it was given, so that a
text that somebody typed, changed or deleted there stands over one that was only handed on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from perf_excel.findings import Finding
from perf_excel.kinds import as_text
from perf_excel.render.findings_sheet import (
    GIVEN_TITLE,
    HEADS,
    MENDED,
    TITLE,
    TYPED,
    UNLISTED,
    Carried,
    Names,
    project_of,
)
from perf_excel.text import fold, squeeze
from perf_excel.workbook.reader import RawSheet, read_workbook

#: The titles stand this near the top, also where somebody has inserted rows above them.
_DEPTH = 12
#: Titles under which two lines are the same finding: what is said of whom, else where it is said.
_SAME_WORDS = ("编号", "工作表", "项目", "问题")
_SAME_CELL = ("编号", "工作表", "单元格")
_SAME_PLACE = (*_SAME_CELL, "项目")
#: Where the user has a sheet with the list's title, ours has a number behind it.
_TITLES = (TITLE, f"{TITLE}1")
_WANTED = frozenset(fold(title) for title in (*_TITLES, GIVEN_TITLE))


@dataclass(frozen=True, slots=True)
class _Old:
    """A line of an earlier list that holds remarks, or held them.

    Attributes:
        words: the line by title.
        typed: the remarks as they stand.
        changed: which of them differ from what the list was given.
    """

    words: dict[str, str]
    typed: tuple[str, ...]
    changed: tuple[bool, ...]

    def key(self, titles: Sequence[str]) -> tuple[str, ...]:
        return tuple(squeeze(self.words[title]) for title in titles)


@dataclass(frozen=True, slots=True)
class _List:
    """An earlier list: the unit it was made for ("" where it does not say), its projects, its lines with remarks."""

    unit: str
    projects: frozenset[str]
    lines: list[_Old]


def carry_over(
    own: Path,
    earlier: Iterable[Path],
    findings: Sequence[Finding],
    projects: Names,
    unlisted: Sequence[Finding] = (),
    unit: str = "",
) -> Carried:
    """Read what was typed into earlier lists and give it to the findings that are still there.

    Args:
        own: the input, which may be a marked copy itself.
        earlier: marked copies of an input of this name, the newest first.
        findings: the new list.
        projects: 项目名称 by (workbook, 项目序号).
        unlisted: findings that are there, but not in the list.
        unit: 单位名称 of the input.
    """
    names = frozenset(squeeze(name) for name in projects.values())
    first = _read(own)
    copies = [found for path in earlier if (found := _read(path)) is not None and not _of_another(found, unit, names)]
    there = _Findings([*findings, *unlisted], projects)
    found_again: dict[int, list[_Old]] = defaultdict(list)
    gone: dict[Hashable, list[_Old]] = defaultdict(list)
    for source in (*([first] if first is not None else []), *copies):
        matched = there.match(source.lines)
        times: Counter[Hashable] = Counter()
        for place, line in enumerate(source.lines):
            if place in matched:
                found_again[matched[place]].append(line)
                continue
            key = line.key(_SAME_WORDS)
            times[key] += 1
            gone[key, times[key]].append(line)
    remarks = {number: typed for number, lines in found_again.items() if any(typed := _settled(lines))}
    listed = {number: typed for number, typed in remarks.items() if number < len(findings)}
    hidden = [(UNLISTED, found_again[number], typed) for number, typed in remarks.items() if number >= len(findings)]
    # An older copy may know a finding under words so different that it seems gone; its remark stands already.
    standing = {(line.key(_SAME_PLACE), line.typed) for lines in found_again.values() for line in lines}
    mended = [
        (MENDED, lines, typed)
        for lines in gone.values()
        if any(typed := _settled(lines)) and (lines[0].key(_SAME_PLACE), typed) not in standing
    ]
    rest = [
        (level, *(lines[0].words[title] for title in HEADS[2 : -len(TYPED)]), *typed)
        for level, lines, typed in (*hidden, *mended)
    ]
    return Carried(listed, tuple(rest))


def _settled(found: Sequence[_Old]) -> tuple[str, str]:
    """Return the remarks that count: the newest that somebody changed, else the newest that was handed on."""
    texts = []
    for column in range(len(TYPED)):
        changed = [line.typed[column] for line in found if line.changed[column]]
        handed_on = [line.typed[column] for line in found if line.typed[column]]
        texts.append((changed or handed_on or [""])[0])
    return texts[0], texts[1]


def _of_another(found: _List, unit: str, names: frozenset[str]) -> bool:
    """Tell whether a list was made for another workbook that happened to have the same name."""
    return bool(found.unit and unit and fold(found.unit) != fold(unit) and not found.projects & names)


# ---------------------------------------------------------------- reading a list


def _read(path: Path) -> _List | None:
    raw = read_workbook(path, _WANTED)
    lists = [raw.sheets[fold(title)] for title in _TITLES if fold(title) in raw.sheets]
    stored, head = next(((stored, head) for stored in lists if (head := _head(stored)) is not None), (None, None))
    if stored is None or head is None:
        return None
    number, at = head
    unit, given = _given(raw.sheets.get(fold(GIVEN_TITLE)))
    lines, projects = [], set()
    for row in stored.rows[number:]:
        words = dict.fromkeys(HEADS, "")
        words |= {title: as_text(row[place]) for title, place in at.items() if place < len(row)}
        projects.add(squeeze(words["项目"]))
        typed = tuple(words[title] for title in TYPED)
        before = given.get(words["序号"], ("",) * len(TYPED))
        if any(typed) or any(before):
            changed = tuple(now != then for now, then in zip(typed, before, strict=True))
            lines.append(_Old(words, typed, changed))
    return _List(unit, frozenset(projects - {""}), lines)


def _head(stored: RawSheet) -> tuple[int, dict[str, int]] | None:
    """Return the row of titles and the place of each; a list that lost the titles that matter is none."""
    for number, row in enumerate(stored.rows[:_DEPTH], start=1):
        titles = [fold(as_text(cell)) for cell in row]
        at = {title: titles.index(fold(title)) for title in HEADS if fold(title) in titles}
        if at.keys() >= set(_SAME_WORDS) and at.keys() & set(TYPED):
            return number, at
    return None


def _given(stored: RawSheet | None) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Return the unit and the remarks by 序号 from the hidden sheet."""
    if stored is None or not stored.rows or not stored.rows[0]:
        return "", {}
    width = 1 + len(TYPED)
    rows = [[as_text(cell) for cell in row[:width]] + [""] * (width - len(row)) for row in stored.rows[1:]]
    return as_text(stored.rows[0][0]), {number: tuple(typed) for number, *typed in rows}


# ---------------------------------------------------------------- old lines to new findings


class _Findings:
    """The findings of this run, to be found under the words of an earlier list."""

    def __init__(self, items: Sequence[Finding], projects: Names) -> None:
        self.items = items
        self._names = frozenset(squeeze(name) for name in projects.values())
        self._words = [
            {
                "编号": item.code,
                "工作表": squeeze(item.sheet or ""),
                "单元格": squeeze(item.cell or ""),
                "项目": squeeze(project_of(item, projects)),
                "问题": squeeze(item.message),
            }
            for item in items
        ]

    def match(self, old: Sequence[_Old]) -> dict[int, int]:
        """Return the finding of each old line, the surest pairs first; each of both is used once."""
        matched: dict[int, int] = {}
        for titles in ((*_SAME_WORDS, "单元格"), _SAME_WORDS, _SAME_CELL):
            taken = set(matched.values())
            free: dict[Hashable, list[int]] = defaultdict(list)
            for number, words in enumerate(self._words):
                if number not in taken:
                    free[tuple(words[title] for title in titles)].append(number)
            for place, line in enumerate(old):
                if place in matched:
                    continue
                candidates = free[line.key(titles)]
                if titles is _SAME_CELL:
                    candidates = [number for number in candidates if self._may_stand_here(line, number)]
                if candidates:
                    matched[place] = candidates[0]
                    free[line.key(titles)].remove(candidates[0])
        return matched

    def _may_stand_here(self, line: _Old, number: int) -> bool:
        """A cell that holds another project's row by now is another cell; what was mended stays mended."""
        before, now = squeeze(line.words["项目"]), self._words[number]["项目"]
        same = before == now or not before or not now or before not in self._names
        return same and line.words["级别"] != MENDED
