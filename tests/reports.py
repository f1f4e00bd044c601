"""Word reports for tests: our own, built from a short list of their content, and the four published ones.

`build` takes items in their order:

    ("h1", text) … ("h9", text)   headings
    ("title", text)               a centred paragraph
    ("p", part, part, …)          a paragraph; a part is a text, or the markup that one of the functions below returns
    ("list", level, part, …)      a paragraph of the automatic list 1, level from 0 (how it counts: `lists`)
    ("control", [items])          a content control around items
    ("table", [[cell, …], …])     a cell is a text, UP (belongs to the cell above), LEFT (to the cell on its left)
                                  or a list of items
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

PUBLISHED = Path(__file__).parents[2] / "shared" / "seeds" / "reports_as_published.txt"

UP, LEFT = object(), object()

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMES = (
    f'xmlns:w="{_W}" xmlns:r="{_OFFICE}"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
)
#: The kinds of the parts that a document names.
_KINDS = {"word/styles.xml": "styles", "word/numbering.xml": "numbering", "word/comments.xml": "comments"}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


class Markup(str):
    """A piece of WordprocessingML, taken as it is."""


# ---------------------------------------------------------------- parts of a paragraph


def run(text: str, properties: str = "", tag: str = "t") -> Markup:
    """A run of text; a tab in it is Word's tab, a line end a soft break."""
    pieces = re.split(r"([\t\n])", text)
    marks = {"\t": "<w:tab/>", "\n": "<w:br/>"}
    content = "".join(
        marks.get(piece) or f'<w:{tag} xml:space="preserve">{escape(piece)}</w:{tag}>' for piece in pieces if piece
    )
    return Markup(f"<w:r>{f'<w:rPr>{properties}</w:rPr>' if properties else ''}{content}</w:r>")


def inserted(text: str) -> Markup:
    return Markup(f'<w:ins w:id="1" w:author="甲">{run(text)}</w:ins>')


def deleted(text: str) -> Markup:
    return Markup(f'<w:del w:id="2" w:author="甲">{run(text, tag="delText")}</w:del>')


def moved(text: str) -> Markup:
    """A text where it was moved away from."""
    return Markup(f'<w:moveFrom w:id="3" w:author="甲">{run(text)}</w:moveFrom>')


def hidden(text: str) -> Markup:
    return run(text, "<w:vanish/>")


def link(text: str) -> Markup:
    return Markup(f'<w:hyperlink w:anchor="x">{run(text)}</w:hyperlink>')


def field(code: str, result: str) -> Markup:
    marks = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    return Markup(marks[0] + run(code, tag="instrText") + marks[1] + run(result) + marks[2])


def symbol(code: str) -> Markup:
    return Markup(f'<w:r><w:sym w:font="Wingdings 2" w:char="{code}"/></w:r>')


def control(text: str) -> Markup:
    return Markup(f"<w:sdt><w:sdtPr/><w:sdtContent>{run(text)}</w:sdtContent></w:sdt>")


def box(items: Sequence[tuple]) -> Markup:
    """A text box, in the two spellings that Word writes of it."""
    content = f"<w:txbxContent>{_items(items)}</w:txbxContent>"
    return Markup(
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><a:graphic><a:graphicData>'
        f"<wps:wsp><wps:txbx>{content}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )


# ---------------------------------------------------------------- a document


def paragraph(*parts: str, properties: str = "") -> Markup:
    content = "".join(part if isinstance(part, Markup) else run(part) for part in parts)
    return Markup(f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{content}</w:p>")


def _items(items: Sequence[tuple]) -> str:
    return "".join(_item(*item) for item in items)


def _item(kind: str, *content) -> str:
    if kind == "xml":
        return content[0]
    if kind == "p":
        return paragraph(*content)
    if kind == "title":
        return paragraph(*content, properties='<w:jc w:val="center"/>')
    if kind == "list":
        level, *parts = content
        return paragraph(*parts, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')
    if kind == "control":
        return f"<w:sdt><w:sdtPr/><w:sdtContent>{_items(content[0])}</w:sdtContent></w:sdt>"
    if kind == "table":
        return _table(content[0])
    assert re.fullmatch("h[1-9]", kind), kind
    return paragraph(*content, properties=f'<w:pStyle w:val="{kind[1]}"/>')


def _table(rows: Sequence[Sequence]) -> str:
    width = max(len(row) for row in rows)
    columns = '<w:gridCol w:w="900"/>' * width
    return f"<w:tbl><w:tblPr/><w:tblGrid>{columns}</w:tblGrid>{''.join(map(_row, rows, [*rows[1:], ()]))}</w:tbl>"


def _row(row: Sequence, below: Sequence) -> str:
    cells, place = "", 0
    while place < len(row):
        span = next((n for n, cell in enumerate(row[place + 1 :], start=1) if cell is not LEFT), len(row) - place)
        content = row[place]
        merge = ""
        if content is UP:
            merge = "<w:vMerge/>"
        elif place < len(below) and below[place] is UP:
            merge = '<w:vMerge w:val="restart"/>'
        properties = (f'<w:gridSpan w:val="{span}"/>' if span > 1 else "") + merge
        if content is UP:
            content = ""
        inside = [("p", line) for line in content.split("\n")] if isinstance(content, str) else [*content, ("p",)]
        cells += f"<w:tc><w:tcPr>{properties}</w:tcPr>{_items(inside)}</w:tc>"
        place += span
    return f"<w:tr>{cells}</w:tr>"


def build(
    content: Sequence[tuple],
    *,
    lists: Sequence[tuple[str, str]] = (("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")),
    numbered_headings: bool = False,
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """A Word document.

    Args:
        content: what stands in it (see above).
        lists: the levels of the automatic list: number format and label.
        numbered_headings: the heading styles count with that list.
        parts: more parts, or others in place of those written here, by name.
    """
    document = f"<w:document {_NAMES}><w:body>{_items(content)}<w:sectPr/></w:body></w:document>"
    return pack(
        {
            "word/document.xml": document,
            "word/styles.xml": _styles(numbered_headings),
            "word/numbering.xml": numbering(lists, tied=numbered_headings),
            **(parts or {}),
        }
    )


def pack(parts: Mapping[str, str | bytes], main: str = "word/document.xml") -> bytes:
    """A package of these parts with the list of types and the relationships that it needs; the same bytes each time."""
    folder, name = main.rsplit("/", 1)
    named = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{Path(part).name}"/>'
        for number, (part, kind) in enumerate(_KINDS.items())
        if part in parts
    )
    relationships = (
        f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
    )
    first = f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="{main}"/>'
    whole = {
        "[Content_Types].xml": _types({main, *parts}, main),
        "_rels/.rels": relationships % first,
        f"{folder}/_rels/{name}.rels": relationships % named,
        **parts,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in whole.items():
            entry = zipfile.ZipInfo(part)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text if isinstance(text, bytes) or text.startswith("<?xml") else _HEAD + text)
    return stream.getvalue()


def _types(parts: set[str], main: str) -> str:
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    kinds = {part: f"{office}.{kind}+xml" for part, kind in {**_KINDS, main: "document.main"}.items() if part in parts}
    overrides = "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in kinds.items())
    return (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _styles(numbered: bool) -> str:
    headings = "".join(
        f'<w:style w:type="paragraph" w:styleId="{level}"><w:name w:val="heading {level}"/><w:basedOn w:val="a"/><w:pPr>'
        + (f'<w:numPr><w:ilvl w:val="{level - 1}"/><w:numId w:val="1"/></w:numPr>' if numbered else "")
        + f'<w:outlineLvl w:val="{level - 1}"/></w:pPr></w:style>'
        for level in range(1, 10)
    )
    normal = '<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>'
    return f'<w:styles xmlns:w="{_W}">{normal}{headings}</w:styles>'


def numbering(
    lists: Sequence[tuple[str, str]],
    *,
    tied: bool = False,
    inside: str = "",
    numbers: str = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>',
) -> str:
    """The part that declares the automatic list 1; `inside` goes into each level, `numbers` are the lists over it."""
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        + (f'<w:pStyle w:val="{level + 1}"/>' if tied else "")
        + f'{inside}<w:lvlText w:val="{escape(label)}"/></w:lvl>'
        for level, (form, label) in enumerate(lists)
    )
    return f'<w:numbering xmlns:w="{_W}"><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>{numbers}</w:numbering>'


# ---------------------------------------------------------------- the published reports

_CHAPTER, _PART, _ITEM = (
    re.compile(r"[一二三四五六]、.{2,12}$"),
    re.compile(r"（[一二三四]）.{2,14}$"),
    re.compile(r"\d\..{2,20}$"),
)
_ARTEFACT = re.compile(r"\[bookmark: \w+\]")


def published() -> list[bytes]:
    """The four published reports as Word documents; an empty list where they are not there."""
    if not PUBLISHED.is_file():
        return []
    lines = PUBLISHED.read_text(encoding="utf-8").split("\n")
    starts = [_title_above(lines, place) for place, line in enumerate(lines) if line.strip() == "一、项目概况"]
    return [build(_report(lines[start:end])) for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def _title_above(lines: Sequence[str], chapter: int) -> int:
    """Where the title above the first chapter begins: its lines, after a blank one or at the top."""
    place = chapter - 1
    while not lines[place].strip():
        place -= 1
    while place > 0 and lines[place - 1].strip():
        place -= 1
    return place


def _report(lines: Sequence[str]) -> list[tuple]:
    first = next((place for place, line in enumerate(lines) if line.lstrip(" ").startswith("\t")), len(lines))
    items: list[tuple] = []
    title = True
    for line in lines[:first]:
        text = _ARTEFACT.sub("", line).rstrip()
        if not text:
            continue
        title = title and not _CHAPTER.match(text)
        items.append(("title", text) if title else (_kind(text), text))
    rows = _printed_rows(lines[first:])
    return [*items, ("table", rows)] if rows else items


def _kind(text: str) -> str:
    plain = text.replace("\t", "")
    return next((f"h{n}" for n, form in enumerate((_CHAPTER, _PART, _ITEM), start=1) if form.match(plain)), "p")


def _printed_rows(lines: Sequence[str]) -> list[list]:
    """The rows of a table as printed, made as wide as the widest.

    A row begins after a blank line. A line of one blank and a tab is where the print was cut: the end of the row above
    is lost, and so is the first cell of the row that it begins.
    """
    rows: list[list] = []
    cut: set[int] = set()
    fresh = True
    for line in lines:
        if not line:
            fresh = True
        elif line.startswith(" \t"):
            cut.add(len(rows) - 1)
            rows.append(["", line[2:]])
            fresh = False
        elif not line.startswith("\t"):
            rows[-1][-1] += f"\n{line}"
        elif fresh:
            rows.append([line[1:]])
            fresh = False
        else:
            rows[-1].append(line[1:])
    width = max(map(len, rows), default=0)
    whole = []
    for number, row in enumerate(rows):
        leading = 0 if number - 1 in cut else next((n for n, cell in enumerate(row) if cell), 0)
        whole.append([UP] * leading + row[leading:] + ["" if number in cut else LEFT] * (width - len(row)))
    return whole
