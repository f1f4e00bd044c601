"""The outline of a report: which chapter a paragraph belongs to, and where a clerk finds it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from perf_excel.audit.document import Document, Paragraph, Table
from perf_excel.audit.marks import read_number
from perf_excel.text import shorten

_ORDINAL = "[一二三四五六七八九十]{1,3}"
#: How headings and items are numbered, from the outside in.
_NUMBERED = (
    re.compile(rf"\s*(?:第({_ORDINAL})[章部][分]?|({_ORDINAL})[、．.])\s*"),
    re.compile(rf"\s*[（(]({_ORDINAL})[)）]、?\s*"),
    re.compile(r"\s*(\d{1,2})[.、．](?!\d)\s*"),
    re.compile(r"\s*[（(](\d{1,2})[)）]\s*"),
    re.compile(r"\s*(?:([①-⑳])|(\d{1,2})[)）])\s*"),
)
_HEADINGS = 2
_LONGEST_HEADING = 30
#: What is appended begins a chapter of its own.
_APPENDED = re.compile(rf"附(?:件|表|录)\s*(?:{_ORDINAL}|\d{{1,2}})?(?:\s*[:：]|$)")
_QUOTE = 24
_SENTENCE_END = re.compile(r"[。；;：:]")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands in a report.

    Attributes:
        chapter: the headings above it; of a table its title, "" where it has none.
        paragraph: its number below the last of them, 0 for the heading itself; in a table the row.
        quote: how it begins, for searching.
        table: number of the table in the report, 0 outside of tables.
        order: its place in the order of reading, for sorting.
    """

    chapter: str
    paragraph: int
    quote: str
    table: int = 0
    order: int = 0


def where(spot: Spot | None) -> str:
    """Return a place in words: 「四、评价结论 第1段」, 「表1（自评表）第10行」; 「全篇」 for the report as a whole."""
    if spot is None:
        return "全篇"
    if spot.table:
        title = f"（{spot.chapter}）" if spot.chapter else ""
        return f"表{spot.table}{title}第{spot.paragraph}行"
    at = f"第{spot.paragraph}段" if spot.paragraph else "标题"
    return f"{spot.chapter or '开头'} {at}"


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph in its place.

    Attributes:
        text: without the number in front.
        level: 1 一、 2 （一） 3 1. 4 （1） 5 ①; 0 without a number.
        number: what it is numbered, 0 without.
        chapter: the titles of the headings above it (of itself, for a heading), without numbers.
        heading: it is one.
    """

    spot: Spot
    text: str
    level: int
    number: int
    chapter: tuple[str, ...]
    heading: bool


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table, its number in the report, its title, and its place in the order of reading."""

    table: Table
    number: int
    title: str
    order: int

    def spot(self, row: int) -> Spot:
        """Return where a row (from 0) stands."""
        texts = [cell.text for cell in self.table.rows[row] if cell.text and not cell.continued]
        return Spot(self.title, row + 1, shorten(" ".join(texts), _QUOTE), self.number, self.order + row)


@dataclass(frozen=True, slots=True)
class Outline:
    """All of a report in order of reading."""

    lines: tuple[Line, ...]
    tables: tuple[PlacedTable, ...]


def outline(document: Document) -> Outline:
    """Put every paragraph and table of a report under its headings."""
    walker = _Walker()
    for block in document.blocks:
        if isinstance(block, Table):
            walker.table(block)
        else:
            walker.paragraph(block)
    return Outline(tuple(walker.lines), tuple(walker.tables))


class _Walker:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.tables: list[PlacedTable] = []
        self._titles: list[str] = []
        self._shown: list[str] = []
        self._numbers = [0] * _HEADINGS
        self._count = 0
        self._order = 0

    def table(self, table: Table) -> None:
        above = self.lines[-1].text if self.lines and self._order == self.lines[-1].spot.order + 1 else ""
        self.tables.append(PlacedTable(table, len(self.tables) + 1, _title_of(table, above), self._order))
        self._order += len(table.rows)

    def paragraph(self, paragraph: Paragraph) -> None:
        for text in filter(None, (part.strip() for part in paragraph.text.split("\n"))):
            if _APPENDED.match(text) and len(text) <= _LONGEST_HEADING:
                self._open(1, 0, text, text)
                self._add(text, text, 1, 0, heading=True)
                continue
            level, number, rest = numbered(text)
            title, body = _split_title(rest)
            if self._is_heading(level, number, title, paragraph):
                self._open(level, number, text[: len(text) - len(rest)] + title, title)
                self._add(text, title, level, number, heading=True)
                if body:
                    self._count += 1
                    self._add(body, body, 0, 0)
            else:
                self._count += 1
                self._add(text, rest, level, number)

    def _is_heading(self, level: int, number: int, title: str, paragraph: Paragraph) -> bool:
        if not 1 <= level <= _HEADINGS or not title:
            return False
        # A list inside a chapter begins again with 一; headings go on.
        return number > self._numbers[level - 1] or paragraph.level == level

    def _open(self, level: int, number: int, shown: str, title: str) -> None:
        self._numbers[level - 1 :] = [number] + [0] * (_HEADINGS - level)
        depth = min(level - 1, len(self._titles))
        self._titles, self._shown = [*self._titles[:depth], title], [*self._shown[:depth], shown]
        self._count = 0

    def _add(self, shown: str, text: str, level: int, number: int, *, heading: bool = False) -> None:
        spot = Spot("".join(self._shown), self._count, shorten(shown, _QUOTE), order=self._order)
        self._order += 1
        self.lines.append(Line(spot, text, level, number, tuple(self._titles), heading))


def _title_of(table: Table, above: str) -> str:
    """Return a table's title: its first row, where that is one cell, or the paragraph right above."""
    first = [cell.text for cell in table.rows[0] if cell.text] if table.rows else []
    title = first[0] if len(first) == 1 else above
    title = "".join(title.split())
    return title if "表" in title and len(title) <= _LONGEST_HEADING else ""


def numbered(text: str) -> tuple[int, int, str]:
    """Return (level, number, rest) of a paragraph; level and number are 0 where it is not numbered."""
    for level, pattern in enumerate(_NUMBERED, start=1):
        match = pattern.match(text)
        if match:
            label = next(filter(None, match.groups()))
            number = ord(label) - ord("①") + 1 if label in "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳" else int(read_number(label) or 0)
            return level, number, text[match.end() :]
    return 0, 0, text


def _split_title(text: str) -> tuple[str, str]:
    """Split a heading that runs into its text; ("", text) where a paragraph is too long to begin with a heading."""
    end = _SENTENCE_END.search(text)
    title = text[: end.start()] if end else text
    if len(title) > _LONGEST_HEADING:
        return "", text
    return title.strip(), text[end.end() :].strip() if end else ""


def under(lines: tuple[Line, ...]) -> Iterator[tuple[tuple[str, ...], list[Line]]]:
    """Walk over the chapters: their titles, and the lines below each up to the next heading."""
    titles: tuple[str, ...] = ()
    found: list[Line] = []
    for line in lines:
        if line.heading:
            if found:
                yield titles, found
            titles, found = line.chapter, []
        else:
            found.append(line)
    if found:
        yield titles, found
