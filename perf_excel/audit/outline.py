"""The outline of a report: which chapter a paragraph belongs to, and where a clerk finds it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perf_excel.audit.document import Document, Paragraph, Table
from perf_excel.audit.lexicon import meaning
from perf_excel.audit.marks import read_number
from perf_excel.text import shorten, squeeze

_ORDINAL = "[一二三四五六七八九十]{1,3}"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
#: How headings and items are numbered, from the outside in: 第一部分, 一、, （一）, 1., （1）, ①.
_NUMBERED = (
    re.compile(rf"\s*第\s*({_ORDINAL}|\d{{1,2}})\s*(?:部分|章|篇)[、：:．.\s]*"),
    re.compile(rf"\s*(?:第({_ORDINAL})节[、：:．.\s]*|({_ORDINAL})[、．.]\s*)"),
    re.compile(rf"\s*[（(]({_ORDINAL})[)）]、?\s*"),
    re.compile(r"\s*(\d{1,2})[.、．](?!\d)\s*"),
    re.compile(r"\s*[（(](\d{1,2})[)）]、?\s*"),
    re.compile(rf"\s*(?:([{_CIRCLED}])|(\d{{1,2}})[)）])、?\s*"),
)
#: Levels of numbers that begin chapters; 一、 is where the chapters of most reports begin.
_HEADINGS, _CHAPTER = 3, 2
_DECIMAL = re.compile(r"\s*\d{1,2}(?:[.．]\d{1,2})*[.．、\s]\s*")
_LONGEST_HEADING = 30
#: A chapter's title without number and without style is short, and no sentence.
_LONGEST_BARE = 16
_NO_TITLE = re.compile(r"[，。；：！？,;:!?、\d]")
_REPORT = re.compile(r"报告(?:书|[（(].*[)）])?$")
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
        label: that number as printed.
        level: 1 第一部分 2 一、 3 （一） 4 1. 5 （1） 6 ①; of a heading by style alone what it would be, else 0.
        number: what it is numbered, 0 without.
        chapter: the titles of the headings above it (of itself, for a heading), without numbers.
        heading: it is one.
    """

    spot: Spot
    text: str
    label: str
    level: int
    number: int
    chapter: tuple[str, ...]
    heading: bool


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table, its number in the report, its title, what stands right above it, and its place in the order of reading."""

    table: Table
    number: int
    title: str
    above: str
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
    """Put every paragraph and table of a report under its headings.

    Headings are known by their numbers or by their style. Where no paragraph has either, the title of a known chapter
    that stands alone in its paragraph is a heading.
    """
    walker = _walked(document, bare=False)
    if not any(line.heading for line in walker.lines):
        walker = _walked(document, bare=True)
    return Outline(tuple(walker.lines), tuple(walker.tables))


def _walked(document: Document, *, bare: bool) -> _Walker:
    walker = _Walker(_top_style(document), _styled_numbers(document), bare=bare)
    for block in document.blocks:
        if isinstance(block, Table):
            walker.table(block)
        else:
            walker.paragraph(block)
    return walker


def _top_style(document: Document) -> int:
    """Return the level of style that chapters have: the title of the report may have a higher one."""
    levels = [
        block.level
        for block in document.blocks
        if isinstance(block, Paragraph) and block.level and not _REPORT.search(block.text)
    ]
    return min(levels, default=1)


def _styled_numbers(document: Document) -> frozenset[int]:
    """Return the levels of numbers that have the style of a heading somewhere: lists in the text do not have it."""
    styled = (block.text for block in document.blocks if isinstance(block, Paragraph) and block.level)
    return frozenset(numbered(text)[0] for text in styled)


class _Walker:
    def __init__(self, top: int, styled: frozenset[int], *, bare: bool) -> None:
        self.lines: list[Line] = []
        self.tables: list[PlacedTable] = []
        self._top, self._styled, self._bare = top, styled, bare
        self._titles: list[tuple[int, str, str]] = []
        self._numbers = [0] * (_HEADINGS + 1)
        self._listed = [0] * (_HEADINGS + 1)  # where a list inside the chapter stands
        self._count = 0
        self._order = 0

    def table(self, table: Table) -> None:
        above = self.lines[-1].text if self.lines and self._order == self.lines[-1].spot.order + 1 else ""
        self.tables.append(PlacedTable(table, len(self.tables) + 1, _title_of(table, above), above, self._order))
        self._order += len(table.rows)

    def paragraph(self, paragraph: Paragraph) -> None:
        for text in filter(None, (part.strip() for part in paragraph.text.split("\n"))):
            if _APPENDED.match(text) and len(text) <= _LONGEST_HEADING:
                self._open(_CHAPTER, 0, "", text)
                self._add("", text, _CHAPTER, 0, heading=True)
            else:
                self._text(text, paragraph)

    def _text(self, text: str, paragraph: Paragraph) -> None:
        level, number, rest = numbered(text)
        title, body = _split_title(rest)
        label = text[: len(text) - len(rest)]
        rank = self._rank(level, number, title, body, paragraph)
        if rank > _HEADINGS or not rank:
            if 1 <= level <= _HEADINGS:
                self._listed[level] = number
            self._count += 1
            self._add(label, rest, level or rank, number)
            return
        if not level and (decimal := _DECIMAL.match(title)):
            label, title = decimal[0], title[decimal.end() :]
        self._open(rank, number if rank == level else 0, label, title)
        self._add(label, title, rank, number, heading=True)
        if body:
            self._count += 1
            self._add("", body, 0, 0)

    def _rank(self, level: int, number: int, title: str, body: str, paragraph: Paragraph) -> int:
        """Return the level of a heading; more than headings have for one that only counts, 0 for none."""
        if not title or (not level and _REPORT.search(title)):
            return 0
        styled = paragraph.level - self._top + _CHAPTER if paragraph.level else 0
        if 1 <= level <= _HEADINGS:
            known = not body and _is_chapter(title)
            return level if styled or known or self._goes_on(level, number, body) else 0
        if level:
            return styled if styled <= _HEADINGS else 0
        if styled:
            return styled
        return _CHAPTER if self._bare and not body and _is_bare(title) else 0

    def _goes_on(self, level: int, number: int, body: str) -> bool:
        """Tell whether a number without style begins a chapter: it goes on, and not with a list inside the chapter."""
        in_list = self._listed[level] and number == self._listed[level] + 1
        bare = not body or (level >= _CHAPTER and level not in self._styled)
        return number > self._numbers[level] and not in_list and bare

    def _open(self, rank: int, number: int, label: str, title: str) -> None:
        self._numbers[rank:] = [number] + [0] * (_HEADINGS - rank)
        self._listed = [0] * (_HEADINGS + 1)
        self._titles = [above for above in self._titles if above[0] < rank] + [(rank, label + title, title)]
        self._count = 0

    def _add(self, label: str, text: str, level: int, number: int, *, heading: bool = False) -> None:
        chapter = "".join(shown for _, shown, _ in self._titles)
        spot = Spot(chapter, self._count, shorten(label + text, _QUOTE), order=self._order)
        self._order += 1
        titles = tuple(title for _, _, title in self._titles)
        self.lines.append(Line(spot, text, label, level, number, titles, heading))


def _is_chapter(title: str) -> bool:
    return meaning("chapters", title) is not None or meaning("analysis", title) is not None


def _is_bare(title: str) -> bool:
    return len(squeeze(title)) <= _LONGEST_BARE and not _NO_TITLE.search(title) and _is_chapter(title)


def _title_of(table: Table, above: str) -> str:
    """Return a table's title: its first row, where that is one cell, or the paragraph right above."""
    first = [cell.text for cell in table.rows[0] if cell.text] if table.rows else []
    title = squeeze(first[0] if len(first) == 1 else above)
    return title if "表" in title and len(title) <= _LONGEST_HEADING else ""


def numbered(text: str) -> tuple[int, int, str]:
    """Return (level, number, rest) of a paragraph; level and number are 0 where it is not numbered."""
    for level, pattern in enumerate(_NUMBERED, start=1):
        match = pattern.match(text)
        if match:
            label = next(filter(None, match.groups()))
            number = _CIRCLED.index(label) + 1 if label in _CIRCLED else int(read_number(label) or 0)
            return level, number, text[match.end() :]
    return 0, 0, text


def _split_title(text: str) -> tuple[str, str]:
    """Split a heading that runs into its text; ("", text) where a paragraph is too long to begin with a heading."""
    end = _SENTENCE_END.search(text)
    title = text[: end.start()] if end else text
    if len(title) > _LONGEST_HEADING:
        return "", text
    return title.strip(), text[end.end() :].strip() if end else ""


def under(lines: Sequence[Line]) -> Iterator[tuple[tuple[str, ...], list[Line]]]:
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
