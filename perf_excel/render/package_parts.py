"""What openpyxl does not keep of a workbook: put back where that is safe, named for the clerk where it is not.

Put back are the values that formulas show (phones and mail previews do not calculate, and the marked copy is a good
input again), drop-downs that point to another sheet, and the sizes of comments.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from perf_excel.package import pack

Sizes = Mapping[tuple[int, int], tuple[float, float]]

#: Parts that are lost, or that work no longer, and what a clerk calls them.
_LOST = (
    (r"xl/(?:ctrlProps|activeX)/", "按钮、复选框等控件"),
    (r"xl/slicer", "切片器"),
    (r"xl/timeline", "日程表"),
    (r"xl/(?:cellimages|richData/)", "单元格里的图片"),
    (r"xl/embeddings/", "嵌入的文件"),
    (r"xl/threadedComments/", "批注的回复"),
    (r"xl/(?:connections|queryTables/)", "外部数据连接"),
    (r"_xmlsignatures/", "数字签名"),
    (r"customXml/", "其他程序存放的数据"),
)
#: Parts that are kept, made anew, or not missed by anybody; pictures, charts and shapes are counted.
_KEPT = re.compile(
    r"\[Content_Types\]|_rels/|docProps/|customUI/|xl/(?:_rels/|workbook|styles|sharedStrings|theme/|calcChain|metadata|"
    r"worksheets/|chartsheets/|charts/|drawings/|media/|comments|persons/|tables/|pivot|externalLinks/|"
    r"printerSettings/|vba)"
)
#: What is lost of the inside of a sheet.
_LOST_IN_SHEET = (
    (rb"<(?:\w+:)?legacyDrawingHF\b", "页眉页脚里的图片"),
    (rb"<(?:\w+:)?conditionalFormatting xmlns:xm=|<x14:conditionalFormatting\b", "数据条、图标集等条件格式"),
    (rb"<(?:x14:)?sparkline\b", "迷你图"),
)
_PICTURE = re.compile(rb"<(?:\w+:)?pic\b[ >]")
_CHART = re.compile(rb"<(?:\w+:)?graphicFrame\b[ >]")
_SHAPE = re.compile(rb"<(?:\w+:)?(?:sp|cxnSp|grpSp)\b[ >]")

#: A cell with a formula, which stands first in it: attributes, formula, value.
_FORMULA_CELL = re.compile(
    rb"<(?:\w+:)?c ([^>]*)>(<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>))"
    rb"(?:<(?:\w+:)?v>([^<]*)</(?:\w+:)?v>|<(?:\w+:)?v ?/>)?"
)
_NAME = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_TYPE = re.compile(rb' ?\bt="(\w+)"')
_DROP_DOWNS = re.compile(rb"<((?:\w+:)?)ext\b[^>]*\{CCE6A557-97BC-4[Bb]89-ADB6-D9C93CAAB3DF\}.*?</\1ext>", re.DOTALL)

_NOTE = re.compile(r"<(?:\w+:)?shape\b(.*?)</(?:\w+:)?shape>", re.DOTALL)
_STYLE = re.compile(r"""\bstyle=(['"])(.*?)\1""", re.DOTALL)
_MEASURE = r"(?:^|;)\s*%s:\s*([\d.]+)(pt|px|in|cm|mm)"
_HEIGHT, _WIDTH = (re.compile(_MEASURE % side) for side in ("height", "width"))
_PIXELS = {"px": 1.0, "pt": 96 / 72, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
_ROW, _COLUMN = (re.compile(rf"<(?:\w+:)?{word}>\s*(\d+)\s*<") for word in ("Row", "Column"))
_CONTROL = re.compile(r"""ObjectType=(['"])(?!Note)""")

_PLAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_WITH_MACROS = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_CONTENT_TYPES = "[Content_Types].xml"
_ENTRY = re.compile(rb"<(?:\w+:)?(?:Default|Override)\b[^>]*/>")


#: openpyxl takes these letters out of every text that it reads: it knows `_x005F_` for the escape of an underscore, but
#: writes what is left as it is, where it means something else.
_TAKEN_OUT, _LEFT_OVER = b"x005F_", b"x0x005F_05F_"
_TEXT = re.compile(rb"(<(?:\w+:)?t\b[^<>]*>)([^<]*)")


def as_openpyxl_reads(data: bytes) -> bytes:
    """Return a package of which openpyxl reads the texts as they are stored."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    held = [name for name in parts if name.startswith("xl/") and _TAKEN_OUT in parts[name]]
    for name in held:
        parts[name] = _TEXT.sub(lambda text: text[1] + text[2].replace(_TAKEN_OUT, _LEFT_OVER), parts[name])
    return pack(parts) if held else data


def sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Return the part that holds each sheet, by title."""
    from openpyxl.reader.workbook import WorkbookParser
    from openpyxl.xml.constants import ARC_WORKBOOK

    parser: Any = WorkbookParser(package, ARC_WORKBOOK)
    parser.parse()
    return {sheet.name: relation.target for sheet, relation in parser.find_sheets()}


def settle_comments(package: zipfile.ZipFile, workbook: Any) -> None:
    """Give the comments of a workbook just opened their sizes, and let go of drawings that hold nothing else.

    openpyxl knows no sizes. With macros it keeps the drawings behind comments and would write them a second time under
    the same name; those without controls it makes anew.
    """
    names = set(package.namelist())
    for sheet in workbook.worksheets:
        part = next((rel.target for rel in sheet._rels if rel.Type.endswith("/vmlDrawing")), None)
        if part not in names:
            continue
        drawing = package.read(part).decode("utf-8", "replace")
        for (row, column), (height, width) in _sizes(drawing).items():
            cell = sheet._cells.get((row, column))
            if cell is not None and cell.comment is not None:
                cell.comment.height, cell.comment.width = round(height), round(width)
        if not _CONTROL.search(drawing):
            sheet.legacy_drawing = None


def _sizes(drawing: str) -> Sizes:
    found = {}
    for (shape,) in (match.groups() for match in _NOTE.finditer(drawing)):
        style, row, column = _STYLE.search(shape), _ROW.search(shape), _COLUMN.search(shape)
        if style is None or row is None or column is None:
            continue
        height, width = _HEIGHT.search(style[2]), _WIDTH.search(style[2])
        if height is not None and width is not None:
            found[int(row[1]) + 1, int(column[1]) + 1] = (
                float(height[1]) * _PIXELS[height[2]],
                float(width[1]) * _PIXELS[width[2]],
            )
    return found


def lost(package: zipfile.ZipFile, workbook: Any) -> list[str]:
    """Return what the copy of a workbook will not have, or not whole, in a clerk's words."""
    names = package.namelist()
    drawings = b"".join(package.read(name) for name in names if re.match(r"xl/drawings/drawing\d+\.xml$", name))
    sheets = b"".join(package.read(name) for name in names if re.match(r"xl/worksheets/[^/]+\.xml$", name))
    pages = [*workbook.worksheets, *workbook.chartsheets]
    found = []
    if len(_PICTURE.findall(drawings)) > sum(len(getattr(page, "_images", ())) for page in pages):
        found.append("图片")
    if len(_CHART.findall(drawings)) > sum(len(page._charts) for page in pages):
        found.append("图表")
    if _SHAPE.search(drawings):
        found.append("形状")
    found += [words for pattern, words in _LOST if any(re.match(pattern, name) for name in names)]
    found += [words for pattern, words in _LOST_IN_SHEET if re.search(pattern, sheets)]
    known = [_KEPT, *(re.compile(pattern) for pattern, _ in _LOST)]
    if any(not any(pattern.match(name) for pattern in known) for name in names):
        found.append("其他附加内容")
    return list(dict.fromkeys(found))


def put_back(package: zipfile.ZipFile, made: bytes, *, macros: bool) -> bytes:
    """Return the package that openpyxl has made, with what it dropped of the original, its parts in a fixed order.

    Args:
        package: the original.
        made: the copy, with the original's sheets under their titles.
        macros: it must say that it may hold macros.
    """
    from openpyxl.xml.constants import ARC_CORE

    names = set(package.namelist())
    before = {title: part for title, part in sheet_parts(package).items() if part in names}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as copy, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        title_of = {part: title for title, part in sheet_parts(copy).items()}
        for name in sorted(copy.namelist(), key=lambda name: (name != _CONTENT_TYPES, name)):
            data = copy.read(name)
            original = before.get(title_of.get(name, ""))
            if original is not None:
                data = _with_what_was_there(package.read(original), data)
            elif name == ARC_CORE and name in names:
                data = package.read(name)  # its author is not openpyxl
            elif name == _CONTENT_TYPES:
                data = _in_order(data.replace(_PLAIN, _WITH_MACROS) if macros else data)
            target.writestr(name, data)
    return out.getvalue()


def _in_order(content_types: bytes) -> bytes:
    """Sort the types of parts: openpyxl takes the parts of macros as they come out of a set."""
    entries = _ENTRY.findall(content_types)
    first = content_types.index(entries[0])
    return content_types[:first] + b"".join(sorted(entries)) + _ENTRY.sub(b"", content_types[first:])


def _with_what_was_there(original: bytes, made: bytes) -> bytes:
    values = {}
    for match in _FORMULA_CELL.finditer(original):
        name, kind = _NAME.search(match[1]), _TYPE.search(match[1])
        if name is not None and match[3] is not None and (match[3] or kind):  # an empty text is a result, too
            values[name[1]] = (kind[0] if kind is not None else b"", match[3])

    def filled(match: re.Match[bytes]) -> bytes:
        name = _NAME.search(match[1])
        known = values.get(name[1]) if name is not None else None
        if known is None or match[3]:
            return match[0]
        kind, value = known
        return b"<c %s%s>%s<v>%s</v>" % (_TYPE.sub(b"", match[1]), kind, match[2], value)

    if values:
        made = _FORMULA_CELL.sub(filled, made)
    offered = _DROP_DOWNS.search(original)
    if offered is not None and b"<extLst" not in made:
        made = _with_drop_downs(original, offered[0], made)
    return made


def _with_drop_downs(original: bytes, offered: bytes, made: bytes) -> bytes:
    """Append the extension that holds drop-downs over several sheets, with the prefixes that it uses."""
    used = set(re.findall(rb"</?(\w+):", offered))
    head = re.search(rb"<(?:\w+:)?worksheet\b[^>]*>", original)
    spaces = dict(re.findall(rb'xmlns:(\w+)="([^"]+)"', head[0])) if head is not None else {}
    declared = b"".join(b' xmlns:%s="%s"' % (prefix, spaces[prefix]) for prefix in sorted(used & spaces.keys()))
    whole = b"<extLst" + declared + b">" + offered + b"</extLst></worksheet>"
    return made.replace(b"</worksheet>", whole, 1)
