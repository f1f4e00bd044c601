"""The one gate to Word files: a path in, the paragraphs and tables that a reader sees out, or one named problem.

A file that cannot be read never raises here: `Document.problem` names the reason, a key of `catalogue.READ_PROBLEMS`.

What counts as seen: inserted text, the results of fields, content controls, text boxes (behind their paragraph). What
does not: deleted and hidden text, field codes, notes, headers and footers, and an automatic table of contents, which
only repeats the headings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perf_excel.audit.archive import Package, Refused, check_kind, read_bytes
from perf_excel.audit.line import DELETED, Line, branches
from perf_excel.audit.markup import W, children, first, number, on, val
from perf_excel.audit.numbering import Lists
from perf_excel.audit.styles import Style, Styles, centred, outline

#: What a folder is searched for: everything that a clerk would call a report, also what cannot be read (and is said).
REPORT_SUFFIXES = frozenset({".docx", ".docm", ".dotx", ".dotm", ".doc", ".wps", ".wpt", ".pdf", ".rtf"})

MAX_CHARACTERS = 2_000_000
#: Paragraphs (blank ones too), rows and cells. A thousand pages full of tables have some 300,000.
MAX_PIECES = 600_000
#: Grid columns of a cell and of a table, and grid positions of all tables.
MAX_SPAN, MAX_COLUMNS, MAX_GRID = 64, 1_000, 2_000_000

_P, _TBL, _TR, _TC = (W + name for name in ("p", "tbl", "tr", "tc"))
_STYLE, _LIST, _OUTLINE, _PLACE, _MARK = (W + name for name in ("pStyle", "numPr", "outlineLvl", "jc", "rPr"))
_REVISIONS = (*DELETED, *(W + name for name in ("ins", "moveTo", "cellIns", "cellDel")))


#: The properties of a paragraph or a cell, by tag.
Properties = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as a reader sees it, with the label of an automatic list in front.

    Attributes:
        text: tabs are one space, soft breaks are line ends; nothing blank at its right.
        level: 1 to 9 for a heading (by style or outline level), else 0.
        centred: it stands in the middle of the line.
    """

    text: str
    level: int = 0
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: its paragraphs, one a line; a table within it is a table of its own.
        column: its first grid column, from 0.
        span: how many grid columns it covers.
        continued: it belongs to the cell above, and has no text.
    """

    text: str
    column: int
    span: int = 1
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table by rows. Tables within its cells follow it in `Document.blocks`."""

    rows: tuple[tuple[Cell, ...], ...]

    def grid(self) -> list[list[str]]:
        """Return the texts as a rectangle; a text stands in every position that its merged cell covers."""
        width = max((cell.column + cell.span for row in self.rows for cell in row), default=0)
        grid: list[list[str]] = []
        for row in self.rows:
            texts = [""] * width
            for cell in row:
                for column in range(cell.column, cell.column + cell.span):
                    texts[column] = grid[-1][cell.column] if cell.continued and grid else cell.text
            grid.append(texts)
        return grid


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Document:
    """A report as read.

    Attributes:
        path: where it lies.
        digest: SHA-256 of its bytes, "" where they could not be read.
        blocks: what a reader meets from top to bottom, blank paragraphs left out.
        problem: "" or the key of the reason why nothing could be read.
        revisions: tracked changes of text that nobody has accepted or rejected.
        comments: remarks in the margin.
    """

    path: Path
    digest: str = ""
    blocks: tuple[Block, ...] = ()
    problem: str = ""
    revisions: int = 0
    comments: int = 0


def read_document(path: Path) -> Document:
    """Read a Word report; whatever the file is, this returns."""
    try:
        data = read_bytes(path)
    except Refused as refusal:
        return Document(path, problem=refusal.problem)
    digest = hashlib.sha256(data).hexdigest()
    try:
        return _read(path, data, digest)
    except Refused as refusal:
        return Document(path, digest, problem=refusal.problem)
    except (RecursionError, MemoryError):  # nested deeper than any report
        return Document(path, digest, problem="word_broken")


def _read(path: Path, data: bytes, digest: str) -> Document:
    check_kind(path.suffix.lower(), data)
    package = Package(data)
    main = package.main()
    root = package.xml(main)
    if root.tag != W + "document":
        raise Refused("not_word")
    body = first(root, "body")
    if body is None:
        raise Refused("word_broken")
    if sum(1 for _ in body.iter(_P, _TR, _TC)) > MAX_PIECES:
        raise Refused("word_too_big")
    related = package.related(main)
    styles = Styles(package.xml(related.get("styles", "")))
    lists = Lists(package.xml(related.get("numbering", "")), styles.list_of)
    comments = package.xml(related.get("comments", ""))
    return Document(
        path,
        digest,
        tuple(_Reader(styles, lists).blocks(body)),
        revisions=sum(1 for _ in body.iter(*_REVISIONS)),
        comments=0 if comments is None else len(comments.findall(W + "comment")),
    )


class _Reader:
    """Reads blocks in their order, counting its lists, and the letters and grid positions that it has taken in."""

    def __init__(self, styles: Styles, lists: Lists) -> None:
        self._styles = styles
        self._lists = lists
        self._characters = 0
        self._positions = 0

    def blocks(self, parent: Any) -> list[Block]:
        """Return the paragraphs and tables under an element, in order."""
        blocks: list[Block] = []
        carried: list[str] = []  # paragraphs whose end is struck out: what is left of them runs on into the next
        for element in _below(parent, (_P, _TBL)):
            if element.tag == _TBL:
                blocks += self._table(element)
                continue
            properties = children(first(element, "pPr"))
            key = val(properties.get(_STYLE)) or self._styles.default
            style = self._styles.get(key)
            line = Line(self._styles, element, hidden=style.hidden)
            self._take(line.text)
            if _is_deleted(properties.get(_MARK)):
                carried.append(line.text)
            else:
                label = self._label(properties, style, key)
                blocks += self._paragraph("".join([*carried, line.text]), label, properties, style)
                carried.clear()
            for box in line.boxes:
                blocks += self.blocks(box)
        return blocks + self._paragraph("".join(carried), "", {}, Style())

    def _take(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > MAX_CHARACTERS:
            raise Refused("word_too_big")

    def _paragraph(self, text: str, label: str, properties: Properties, style: Style) -> list[Block]:
        text = text.lstrip("\n").rstrip()
        if not text or style.contents:
            return []
        # Text follows 「一、」 at once, as where it is typed; only digits must not run into one another.
        gap = " " if label and (label[-1].isalnum() or text[0].isdigit()) else ""
        level = outline(properties.get(_OUTLINE), style.level)
        return [Paragraph(label + gap + text, level, centred(properties.get(_PLACE), style.centred))]

    def _label(self, properties: Properties, style: Style, key: str) -> str:
        own = properties.get(_LIST)
        direct, level = val(first(own, "numId")), number(first(own, "ilvl"), -1)
        list_id = direct or style.list_id
        if not list_id or list_id == "0":  # 0 takes the list of the style away
            return ""
        if level < 0 and not direct:
            tied = self._lists.level_of_style(list_id, key)
            level = tied if tied is not None else style.list_level or 0
        label = self._lists.label(list_id, max(level, 0))
        self._take(label)
        return label

    def _table(self, element: Any) -> list[Block]:
        rows: list[tuple[Cell, ...]] = []
        nested: list[Block] = []
        width = 0
        above: frozenset[int] = frozenset()
        for row in _below(element, (_TR,)):
            properties = first(row, "trPr")
            if _is_deleted(properties):
                continue
            cells = self._row(row, _columns(first(properties, "gridBefore"), 0), above, nested)
            rows.append(cells)
            above = frozenset(column for cell in cells for column in range(cell.column, cell.column + cell.span))
            width = max(width, max(above, default=-1) + 1)
            if self._positions + width * len(rows) > MAX_GRID:
                raise Refused("word_too_big")
        self._positions += width * len(rows)
        return [Table(tuple(rows)), *nested] if width else nested

    def _row(self, row: Any, column: int, above: frozenset[int], nested: list[Block]) -> tuple[Cell, ...]:
        cells: list[Cell] = []
        for element in _below(row, (_TC,)):
            properties = children(first(element, "tcPr"))
            if W + "cellDel" in properties:
                continue
            content = self.blocks(element)
            nested += [block for block in content if isinstance(block, Table)]
            span = _columns(properties.get(W + "gridSpan"), 1)
            if cells and _continues(properties.get(W + "hMerge")):
                last = cells.pop()
                cells.append(Cell(last.text, last.column, last.span + span, last.continued))
            else:
                continued = _continues(properties.get(W + "vMerge")) and column in above
                text = "\n".join(block.text for block in content if isinstance(block, Paragraph))
                cells.append(Cell("" if continued else text, column, span, continued))
            column += span
            if column > MAX_COLUMNS:
                raise Refused("word_too_big")
        return tuple(cells)


def _columns(element: Any, least: int) -> int:
    return min(max(number(element, least), least), MAX_SPAN)


def _continues(merge: Any) -> bool:
    return merge is not None and val(merge) != "restart"


def _is_deleted(properties: Any) -> bool:
    return properties is not None and any(on(next(properties.iterchildren(tag), None)) for tag in DELETED)


def _below(parent: Any, wanted: tuple[str, ...]) -> Iterator[Any]:
    """Yield the wanted elements under a parent, looking through what only wraps them."""
    waiting: list[Iterator[Any]] = [iter(parent)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif element.tag in wanted:
            yield element
        else:
            waiting.append(iter(branches(element)))
