"""The one gate to Word files: a path in, the paragraphs and tables that a reader sees out, or one named problem.

A file that cannot be read never raises here: `Document.problem` names the reason, a key of `catalogue.READ_PROBLEMS`.
What is untrusted stays bounded: the file, each part as it is unpacked, the markup in it, the text that comes out. Nothing
of the file is ever run or fetched.

What counts as seen: inserted text, the results of fields, content controls, text boxes (behind their paragraph). What
does not: deleted and hidden text, field codes, notes, headers and footers, and an automatic table of contents, which
only repeats the headings.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perf_excel.audit.numbering import LEVELS, Lists, W, attribute, number

#: What a folder is searched for: everything that a clerk would call a report, also what cannot be read (and is said).
REPORT_SUFFIXES = frozenset({".docx", ".docm", ".dotx", ".dotm", ".doc", ".wps", ".wpt", ".pdf", ".rtf"})

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_ENTRIES = 10_000
MAX_PART_BYTES = 96 * 1024 * 1024
#: Opening brackets in a part: a bound on its elements before they take memory.
MAX_MARKUP = 6_000_000
MAX_CHARACTERS = 2_000_000
#: Paragraphs, also blank ones, and cells.
MAX_PIECES = 400_000
#: Grid positions of one table, and grid columns of one cell.
MAX_GRID = 1_000_000
MAX_SPAN = 64

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED, _OLD_WORD = "EncryptedPackage".encode("utf-16-le"), "WordDocument".encode("utf-16-le")
_DIRECTORY_ENTRY = b"PK\x01\x02"
_SUFFIXES = {".pdf": "pdf", ".wps": "wps_word", ".wpt": "wps_word"}

#: The strict variant of the format differs in its names only.
_STRICT = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": W[1:-1].encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/math": b"http://schemas.openxmlformats.org/officeDocument/2006/math",
}
_DTD = re.compile(rb"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E")
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_ALTERNATE, _CHOICE, _FALLBACK = f"{_MC}AlternateContent", f"{_MC}Choice", f"{_MC}Fallback"

_P, _TBL, _TR, _TC, _SDT, _BOX = (W + name for name in ("p", "tbl", "tr", "tc", "sdt", "txbxContent"))
_PPR, _RPR, _T, _RUN = W + "pPr", W + "rPr", W + "t", W + "r"
#: Elements whose content stands where they stand.
_TRANSPARENT = frozenset(
    [
        W + name
        for name in ("sdtContent", "smartTag", "customXml", "ins", "moveTo", "hyperlink", "fldSimple", "dir", "bdo")
    ]
    + [W + "rubyBase", W + "ruby", _SDT, _MATH + "oMath", _MATH + "oMathPara"]
)
_DELETED = tuple(W + name for name in ("del", "moveFrom"))
_REVISIONS = (*_DELETED, *(W + name for name in ("ins", "moveTo", "cellIns", "cellDel")))
_MARKS = {W + "tab": " ", W + "ptab": " ", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
_DRAWN = frozenset(W + name for name in ("drawing", "pict", "object"))
#: Boxes to tick, as characters of the fonts Wingdings and Wingdings 2.
_SYMBOLS = {"F052": "☑", "F0FE": "☑", "F0FD": "☑", "F0A3": "□", "F06F": "□", "F0A8": "□"}
_TYPED_SYMBOLS = {int(code, 16): box for code, box in _SYMBOLS.items()}
_SYMBOLS_IN_FONT = _TYPED_SYMBOLS | {int(code, 16) - 0xF000: box for code, box in _SYMBOLS.items()}
_BLANKS = str.maketrans("\t\n\r", "   ")

_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录)\s*[1-9]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as a reader sees it, with the label of an automatic list in front.

    Attributes:
        text: tabs are one space, soft breaks are line ends; nothing blank at its right.
        level: 1 to 9 for a heading (by style or outline level), else 0.
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
                last = cell.column + cell.span
                texts[cell.column : last] = (
                    grid[-1][cell.column : last] if cell.continued and grid else [cell.text] * cell.span
                )
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


class _Refused(Exception):
    """The file is not to be read on; the reason is a key of `catalogue.READ_PROBLEMS`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def read_document(path: Path) -> Document:
    """Read a Word report; whatever the file is, this returns."""
    try:
        data = _bytes(path)
    except _Refused as refusal:
        return Document(path, problem=refusal.problem)
    digest = hashlib.sha256(data).hexdigest()
    try:
        return _read(path, data, digest)
    except _Refused as refusal:
        return Document(path, digest, problem=refusal.problem)
    except (RecursionError, MemoryError):
        return Document(path, digest, problem="word_broken")


def _bytes(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _Refused("not_word")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # ValueError: a name that no system takes
        raise _Refused("missing") from error
    except PermissionError as error:
        raise _Refused("locked") from error
    except (OSError, MemoryError) as error:
        raise _Refused("word_broken") from error
    if len(data) > MAX_FILE_BYTES:
        raise _Refused("word_too_big")
    return data


def _read(path: Path, data: bytes, digest: str) -> Document:
    _check_kind(path.suffix.lower(), data)
    package = _Package(data)
    main = package.main()
    root = package.xml(main)
    if root is None or root.tag != W + "document":
        raise _Refused("not_word" if root is not None else "word_broken")
    body = root.find(W + "body")
    if body is None:
        raise _Refused("word_broken")
    related = package.related(main)
    styles = _Styles(package.xml(related.get("styles", "")))
    reader = _Reader(styles, Lists(package.xml(related.get("numbering", "")), styles.list_of))
    blocks = tuple(reader.blocks(body))
    comments = package.xml(related.get("comments", ""))
    return Document(
        path,
        digest,
        blocks,
        revisions=sum(1 for _ in body.iter(*_REVISIONS)),
        comments=0 if comments is None else len(comments.findall(W + "comment")),
    )


def _check_kind(suffix: str, data: bytes) -> None:
    """Refuse by first bytes and name what is no Word document of the new format."""
    if not data:
        raise _Refused("empty")
    if b"%PDF-" in data[:1024]:
        raise _Refused("pdf")
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise _Refused("word_password")
        if suffix in _SUFFIXES:
            raise _Refused(_SUFFIXES[suffix])
        raise _Refused("doc" if _OLD_WORD in data or suffix == ".doc" else "not_word")
    if suffix in _SUFFIXES:
        raise _Refused(_SUFFIXES[suffix])
    if not data.startswith(b"PK"):
        # Saved as a web page or as RTF under this name: the same way out as for the old format.
        raise _Refused("doc" if suffix == ".doc" else "not_word")


class _Package:
    """The zip archive and its parts, each read once and never beyond the bound."""

    def __init__(self, data: bytes) -> None:
        # Counted before the directory is read: a million entries would take the memory, whatever its header says.
        if data.count(_DIRECTORY_ENTRY) > MAX_ENTRIES:
            raise _Refused("word_too_big")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise _Refused("word_broken") from error
        # Names of parts do not depend on case, and some programs write them with a backslash.
        self._entries = {_part(entry.filename): entry for entry in self._archive.infolist()}

    def main(self) -> str:
        """Return the name of the part that holds the text."""
        if "[content_types].xml" not in self._entries:
            raise _Refused("not_word")
        main = self.related("").get("officeDocument", "word/document.xml")
        if main not in self._entries:
            raise _Refused("word_broken" if any(name.startswith("word/") for name in self._entries) else "not_word")
        return main

    def related(self, part: str) -> dict[str, str]:
        """Return the parts that a part names, the first of each kind; "" stands for the package."""
        folder, name = posixpath.split(part)
        root, found = self.xml(posixpath.join(folder, "_rels", f"{name}.rels")), dict[str, str]()
        for relationship in () if root is None else root.iter(_RELATIONSHIP):
            if relationship.get("TargetMode") != "External":
                kind = relationship.get("Type", "").rpartition("/")[2]
                found.setdefault(kind, _part(posixpath.join("/", folder, relationship.get("Target", ""))))
        return found

    def xml(self, name: str) -> Any:
        """Return the root of a part, None where the part does not exist."""
        entry = self._entries.get(_part(name)) if name else None
        return None if entry is None else _parse(self._content(entry))

    def _content(self, entry: zipfile.ZipInfo) -> bytes:
        # Other packings than these two are not Word's, and Python unpacks them without a bound.
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _Refused("word_broken")
        try:
            with self._archive.open(entry) as file:
                data = file.read(MAX_PART_BYTES + 1)
        # RuntimeError: an archive with a password, which is none of Word's own.
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError, OverflowError) as error:
            raise _Refused("word_broken") from error
        if len(data) > MAX_PART_BYTES:
            raise _Refused("word_too_big")
        return data


def _part(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").casefold()


def _parse(data: bytes) -> Any:
    """Return the root element; nothing is fetched, no entity is replaced."""
    from lxml import etree

    if data.count(b"<") > MAX_MARKUP:
        raise _Refused("word_too_big")
    if _DTD.search(data):
        raise _Refused("word_broken")
    for strict, usual in _STRICT.items():
        if strict in data:
            data = data.replace(strict, usual)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        raise _Refused("word_broken") from error
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise _Refused("word_broken")
    return root


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph or character style brings, its ancestors included."""

    level: int = 0
    centred: bool = False
    hidden: bool = False
    contents: bool = False
    list_id: str = ""
    list_level: int | None = None


class _Styles:
    """The styles of a document, resolved when asked for."""

    def __init__(self, root: Any) -> None:
        elements = () if root is None else root.findall(W + "style")
        self._elements = {attribute(one, "styleId"): one for one in elements}
        self._resolved: dict[str, _Style] = {}
        self.default = next(
            (
                key
                for key, one in self._elements.items()
                if attribute(one, "type") == "paragraph" and _on(attribute(one, "default") or "0")
            ),
            "",
        )

    def get(self, key: str) -> _Style:
        """Return a style; one that does not exist brings nothing."""
        if key not in self._resolved:
            self._resolved[key] = self._resolve(key)
        return self._resolved[key]

    def list_of(self, list_style: str) -> str:
        """Return the id of the list that a list style stands for."""
        return attribute(_find(self._elements.get(list_style), "pPr", "numPr", "numId"), "val")

    def _resolve(self, key: str) -> _Style:
        ancestors: list[str] = []
        while key in self._elements and key not in ancestors:
            ancestors.append(key)
            key = attribute(self._elements[key].find(W + "basedOn"), "val")
        style = _Style()
        for ancestor in reversed(ancestors):
            style = _derived(style, self._elements[ancestor])
        return style


def _derived(base: _Style, element: Any) -> _Style:
    name = attribute(element.find(W + "name"), "val").strip()
    heading = _HEADING.fullmatch(name)
    properties, hidden = element.find(_PPR), _find(element, "rPr", "vanish")
    lists = _find(properties, "numPr")
    list_id = attribute(_find(lists, "numId"), "val")
    return _Style(
        level=_outline(properties, int(heading[1]) if heading else base.level),
        centred=_centred(properties, base.centred),
        hidden=base.hidden if hidden is None else _on(attribute(hidden, "val")),
        contents=base.contents or _CONTENTS.fullmatch(name) is not None,
        list_id=list_id or base.list_id,
        list_level=base.list_level if lists is None else number(_find(lists, "ilvl"), 0),
    )


def _find(element: Any, *names: str) -> Any:
    """Go down by names; None where the way ends."""
    for name in names:
        if element is None:
            return None
        element = element.find(W + name)
    return element


def _on(value: str) -> bool:
    return value not in ("0", "false", "off")


def _outline(properties: Any, default: int) -> int:
    element = _find(properties, "outlineLvl")
    level = default if element is None else number(element, LEVELS) + 1
    return level if 0 <= level <= LEVELS else 0


def _centred(properties: Any, default: bool) -> bool:
    element = _find(properties, "jc")
    return default if element is None else attribute(element, "val") == "center"


class _Reader:
    """Reads blocks in their order, counting lists and what it has taken in."""

    def __init__(self, styles: _Styles, lists: Lists) -> None:
        self._styles = styles
        self._lists = lists
        self._characters = 0
        self._pieces = 0
        self._carried = ""

    def blocks(self, parent: Any) -> list[Block]:
        """Return the paragraphs and tables under an element, in order."""
        blocks: list[Block] = []
        for element in _stream(parent, (_P, _TBL)):
            blocks.extend(self._paragraph(element) if element.tag == _P else self._table(element))
        return blocks

    def _take(self, characters: int) -> None:
        self._characters += characters
        self._pieces += 1
        if self._characters > MAX_CHARACTERS or self._pieces > MAX_PIECES:
            raise _Refused("word_too_big")

    # ------------------------------------------------------------ paragraphs

    def _paragraph(self, element: Any) -> list[Block]:
        properties = element.find(_PPR)
        style = self._styles.get(attribute(_find(properties, "pStyle"), "val") or self._styles.default)
        line = _Line(self._styles, hidden=style.hidden)
        line.read(element)
        text, blocks = line.text(), list[Block]()
        if _is_deleted(_find(properties, "rPr")):
            # Its end is struck out: what is left of it runs on into the next paragraph.
            self._carried += text
            self._take(len(text))
        else:
            text, self._carried = self._carried + text, ""
            label = self._label(properties, style)
            text = text.lstrip("\n").rstrip()
            self._take(len(label) + len(text))
            if text.strip() and not style.contents:
                gap = " " if label and (label[-1].isalnum() or text[0].isdigit()) else ""
                blocks.append(
                    Paragraph(
                        label + gap + text, _outline(properties, style.level), _centred(properties, style.centred)
                    )
                )
        for box in line.boxes:
            blocks.extend(self.blocks(box))
        return blocks

    def _label(self, properties: Any, style: _Style) -> str:
        own = _find(properties, "numPr")
        direct = attribute(_find(own, "numId"), "val")
        list_id = direct or style.list_id
        if not list_id or list_id == "0":
            return ""
        level = number(_find(own, "ilvl"), -1)
        if level < 0 and not direct:
            key = attribute(_find(properties, "pStyle"), "val") or self._styles.default
            tied = self._lists.level_of_style(list_id, key)
            level = tied if tied is not None else style.list_level or 0
        return self._lists.label(list_id, max(level, 0))

    # ------------------------------------------------------------ tables

    def _table(self, element: Any) -> list[Block]:
        rows: list[tuple[Cell, ...]] = []
        nested: list[Block] = []
        width = 0
        covered: frozenset[int] = frozenset()
        for row in _stream(element, (_TR,)):
            if _is_deleted(row.find(W + "trPr")):
                continue
            cells = self._row(row, covered, nested)
            rows.append(cells)
            covered = frozenset(column for cell in cells for column in range(cell.column, cell.column + cell.span))
            width = max(width, max(covered, default=-1) + 1)
            if width * len(rows) > MAX_GRID:
                raise _Refused("word_too_big")
        return [Table(tuple(rows)), *nested] if any(rows) else nested

    def _row(self, row: Any, above: frozenset[int], nested: list[Block]) -> tuple[Cell, ...]:
        cells: list[Cell] = []
        column = _columns(_find(row, "trPr", "gridBefore"), 0)
        for element in _stream(row, (_TC,)):
            properties = element.find(W + "tcPr")
            if _find(properties, "cellDel") is not None:
                continue
            content = self.blocks(element)
            self._take(0)
            nested += [block for block in content if isinstance(block, Table)]
            span = _columns(_find(properties, "gridSpan"), 1)
            if cells and _continues(_find(properties, "hMerge")):
                last = cells.pop()
                cells.append(Cell(last.text, last.column, last.span + span, last.continued))
            else:
                continued = _continues(_find(properties, "vMerge")) and column in above
                text = "\n".join(block.text for block in content if isinstance(block, Paragraph))
                cells.append(Cell("" if continued else text, column, span, continued))
            column += span
        return tuple(cells)


def _columns(element: Any, least: int) -> int:
    return min(max(number(element, least), least), MAX_SPAN)


def _continues(merge: Any) -> bool:
    return merge is not None and attribute(merge, "val") != "restart"


def _is_deleted(properties: Any) -> bool:
    return properties is not None and any(properties.find(tag) is not None for tag in _DELETED)


def _stream(parent: Any, wanted: tuple[str, ...]) -> Iterator[Any]:
    """Yield the wanted elements under a parent, looking through what only wraps them."""
    waiting = [iter(parent)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif element.tag in wanted:
            yield element
        elif element.tag == _ALTERNATE:
            waiting.append(iter(_branch(element)))
        elif element.tag in _TRANSPARENT:
            waiting.append(iter(element))


def _branch(alternate: Any) -> Iterable[Any]:
    """Return the content of the one branch that is shown."""
    chosen = alternate.find(_CHOICE)
    if chosen is None:
        chosen = alternate.find(_FALLBACK)
    return () if chosen is None else chosen


class _Line:
    """The text of one paragraph, and the text boxes tied to it."""

    def __init__(self, styles: _Styles, *, hidden: bool) -> None:
        self.boxes: list[Any] = []
        self._styles = styles
        self._hidden = hidden
        self._parts: list[str] = []
        self._fields: list[bool] = []  # of each field that is open: has its result begun

    def text(self) -> str:
        """Return what was read."""
        return "".join(self._parts)

    def read(self, parent: Iterable[Any]) -> None:
        """Read the runs under an element."""
        for element in parent:
            tag = element.tag
            if tag == _RUN:
                self._run(element)
            elif tag in _TRANSPARENT:
                self.read(element)
            elif tag == _ALTERNATE:
                self.read(_branch(element))
            elif isinstance(tag, str) and tag.startswith(_MATH):
                self._formula(element)

    def _run(self, run: Any) -> None:
        properties = run.find(_RPR)
        hidden, symbols = self._hidden, _TYPED_SYMBOLS
        if properties is not None:
            hidden = self._is_hidden(properties)
            fonts = properties.find(W + "rFonts")
            if fonts is not None and "Wingdings" in attribute(fonts, "ascii"):
                symbols = _SYMBOLS_IN_FONT
        self._content(run, symbols, hidden)

    def _is_hidden(self, properties: Any) -> bool:
        own, named = properties.find(W + "vanish"), properties.find(W + "rStyle")
        if own is not None:
            return _on(attribute(own, "val"))
        return self._hidden or (named is not None and self._styles.get(attribute(named, "val")).hidden)

    def _content(self, parent: Iterable[Any], symbols: dict[int, str], hidden: bool) -> None:
        for element in parent:
            tag = element.tag
            if tag == _T:
                self._add((element.text or "").translate(_BLANKS).translate(symbols), hidden)
            elif tag in _MARKS:
                self._add(_MARKS[tag], hidden)
            elif tag == W + "fldChar":
                self._field(element, hidden)
            elif tag == W + "sym":
                self._add(_SYMBOLS.get(attribute(element, "char").upper(), ""), hidden)
            elif tag == _ALTERNATE:
                self._content(_branch(element), symbols, hidden)
            elif tag in _DRAWN and not hidden:
                self._find_boxes(element)
            elif tag in _TRANSPARENT:
                self.read(element)

    def _add(self, text: str, hidden: bool) -> None:
        if not hidden and all(self._fields):
            self._parts.append(text)

    def _field(self, mark: Any, hidden: bool) -> None:
        kind = attribute(mark, "fldCharType")
        if kind == "begin":
            box = _find(mark, "ffData", "checkBox")
            if box is not None:
                state = _find(box, "checked")
                state = _find(box, "default") if state is None else state
                ticked = state is not None and _on(attribute(state, "val"))
                self._add("☑" if ticked else "□", hidden)
            self._fields.append(False)
        elif self._fields and kind == "separate":
            self._fields[-1] = True
        elif self._fields and kind == "end":
            self._fields.pop()

    def _find_boxes(self, parent: Iterable[Any]) -> None:
        for element in parent:
            if element.tag == _BOX:
                self.boxes.append(element)
            else:
                self._find_boxes(_branch(element) if element.tag == _ALTERNATE else element)

    def _formula(self, element: Any) -> None:
        """Read a formula on one line: a fraction with a slash, the rest as it comes."""
        if element.tag == _MATH + "t":
            self._add(element.text or "", self._hidden)
        elif element.tag == _MATH + "den":
            self._add("/", self._hidden)
        for child in element:
            self._formula(child)
