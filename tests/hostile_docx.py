"""Files that are no honest Word report, made by script: cut, bent, blown up, disguised.

`FILES` gives for each its file name, its bytes, and the keys of `catalogue.READ_PROBLEMS` that may be the answer; ""
among them where it may be read as well.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterable

from reports import build, numbering, pack, paragraph

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXT = [
    ("title", "设备维护项目绩效评价报告"),
    ("h1", "一、项目概况"),
    *[("p", f"第{n}段，投入{n}万元。") for n in range(200)],
]

HONEST = build([*_TEXT, ("table", [["指标", "权重"], ["数量指标", "20"]])])
BROKEN, TOO_BIG, NOT_WORD, ANY = {"word_broken"}, {"word_too_big"}, {"not_word"}, {"", "word_broken", "not_word"}

Hostile = tuple[str, Callable[[], bytes], set[str]]


def _archive(members: Iterable[tuple[str, bytes | str]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def _ole(*streams: str) -> bytes:
    return _OLE + bytes(504) + b"".join(stream.encode("utf-16-le") for stream in streams)


def _body(content: str, *, head: str = "", names: str = "") -> bytes:
    return pack(
        {"word/document.xml": f'{head}<w:document xmlns:w="{_W}" {names}><w:body>{content}</w:body></w:document>'}
    )


def _flipped(seed: int) -> bytes:
    data, chance = bytearray(HONEST), random.Random(seed)
    for _ in range(8):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _without(part: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(HONEST)) as archive:
        return _archive((name, archive.read(name)) for name in archive.namelist() if name != part)


def _swapped(part: str, content: bytes | str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(HONEST)) as archive:
        return _archive((name, content if name == part else archive.read(name)) for name in archive.namelist())


def _lying_size(data: bytes, size: int) -> bytes:
    """The archive with another unpacked size in the directory and in front of every member."""
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = data.find(mark)
        while start >= 0:
            data = data[: start + place] + struct.pack("<I", size) + data[start + place + 4 :]
            start = data.find(mark, start + 4)
    return data


def _bomb() -> bytes:
    """Four hundred million blanks in the text, packed to less than half a million bytes."""
    return pack({"word/document.xml": b"<w:document>" + b" " * 400_000_000})


def _entities(levels: int) -> str:
    lines = ['<!ENTITY a0 "哈哈哈哈哈哈哈哈">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, levels)]
    return f"<!DOCTYPE w:document [{''.join(lines)}]>"


def _nested(name: str, depth: int) -> str:
    return f"<w:{name}>" * depth + f"</w:{name}>" * depth


def _nested_tables(depth: int) -> str:
    return "<w:tbl><w:tr><w:tc>" * depth + "<w:p/></w:tc></w:tr></w:tbl>" * depth


def _styles(inside: str) -> bytes:
    styles = f'<w:styles xmlns:w="{_W}">{inside}</w:styles>'
    content = "".join(paragraph(f"第{n}段", properties=f'<w:pStyle w:val="s{n}"/>') for n in range(2000))
    document = f'<w:document xmlns:w="{_W}"><w:body>{content}</w:body></w:document>'
    return pack({"word/document.xml": document, "word/styles.xml": styles})


def _style(key: str, base: str) -> str:
    return f'<w:style w:type="paragraph" w:styleId="{key}"><w:basedOn w:val="{base}"/></w:style>'


def _long_labels() -> bytes:
    items = [("list", 0, "项")] * 20_000
    return build(items, parts={"word/numbering.xml": numbering([("decimal", "长" * 500_000 + "%1")])})


def _wide_table(rows: int, cells: int) -> bytes:
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="999999"/></w:tcPr><w:p/></w:tc>'
    return _body(f"<w:tbl>{f'<w:tr>{cell * cells}</w:tr>' * rows}</w:tbl>")


FILES: dict[str, Hostile] = {
    # ------------------------------------------------------------ other formats under a report's name
    "empty": ("报告.docx", lambda: b"", {"empty"}),
    "text": ("报告.docx", lambda: "绩效评价报告".encode(), NOT_WORD),
    "text in gbk": ("报告.docx", lambda: "绩效评价报告".encode("gbk"), NOT_WORD),
    "rtf": ("报告.docx", lambda: rb"{\rtf1\ansi text}", NOT_WORD),
    "rtf as doc": ("报告.doc", lambda: rb"{\rtf1\ansi text}", {"doc"}),
    "web page": ("报告.docx", lambda: b"<html><body>1</body></html>", NOT_WORD),
    "mail archive": ("报告.doc", lambda: b"MIME-Version: 1.0\r\n", {"doc"}),
    "picture": ("报告.docx", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), NOT_WORD),
    "noise": ("报告.docx", lambda: random.Random(1).randbytes(100_000), NOT_WORD),
    "zeros": ("报告.docx", lambda: bytes(100_000), NOT_WORD),
    "pdf": ("报告.pdf", lambda: b"%PDF-1.7\n", {"pdf"}),
    "pdf as docx": ("报告.docx", lambda: b"\xef\xbb\xbf\n%PDF-1.4\n", {"pdf"}),
    "old word": ("报告.doc", lambda: _ole("WordDocument"), {"doc"}),
    "old word as docx": ("报告.docx", lambda: _ole("Root Entry", "WordDocument"), {"doc"}),
    "old word cut": ("报告.doc", lambda: _OLE, {"doc"}),
    "old workbook as docx": ("报告.docx", lambda: _ole("Workbook"), NOT_WORD),
    "wps": ("报告.wps", lambda: _ole("WordDocument"), {"wps_word"}),
    "wps template": ("报告.wpt", lambda: b"x", {"wps_word"}),
    "password": ("报告.docx", lambda: _ole("EncryptionInfo", "EncryptedPackage"), {"word_password"}),
    "password on wps": ("报告.wps", lambda: _ole("EncryptedPackage"), {"word_password"}),
    "workbook": (
        "报告.docx",
        lambda: pack({"xl/workbook.xml": '<workbook xmlns="x"/>'}, main="xl/workbook.xml"),
        NOT_WORD,
    ),
    "slides": ("报告.docx", lambda: pack({"ppt/p.xml": '<p xmlns="x"/>'}, main="ppt/p.xml"), NOT_WORD),
    "archive of papers": ("报告.docx", lambda: _archive([("材料.txt", "x")]), NOT_WORD),
    "archive of nothing": ("报告.docx", lambda: _archive([]), BROKEN),
    "open document": (
        "报告.docx",
        lambda: _archive([("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "<x/>")]),
        NOT_WORD,
    ),
    # ------------------------------------------------------------ cut and bent
    **{
        f"cut at {share}/16": ("报告.docx", lambda share=share: HONEST[: len(HONEST) * share // 16], BROKEN)
        for share in range(1, 16)
    },
    "cut after two letters": ("报告.docx", lambda: b"PK", BROKEN),
    "cut by one byte": ("报告.docx", lambda: HONEST[:-1], BROKEN | {""}),
    "cut in front": ("报告.docx", lambda: HONEST[100:], NOT_WORD),
    "something behind": ("报告.docx", lambda: HONEST + b"behind" * 100, BROKEN | {""}),
    **{f"bits flipped {seed}": ("报告.docx", lambda seed=seed: _flipped(seed), ANY) for seed in range(40)},
    "no text part": ("报告.docx", lambda: _without("word/document.xml"), BROKEN),
    "no relationships": ("报告.docx", lambda: _without("_rels/.rels"), {""}),
    "no styles": ("报告.docx", lambda: _without("word/styles.xml"), {""}),
    "blank text part": ("报告.docx", lambda: _swapped("word/document.xml", b""), BROKEN),
    "broken text part": ("报告.docx", lambda: _swapped("word/document.xml", "<w:document"), BROKEN),
    "broken styles": ("报告.docx", lambda: _swapped("word/styles.xml", "<w:styles"), BROKEN),
    "broken relationships": ("报告.docx", lambda: _swapped("_rels/.rels", "no markup"), BROKEN),
    "text part of another kind": ("报告.docx", lambda: _swapped("word/document.xml", "<html/>"), NOT_WORD),
    "no body": (
        "报告.docx",
        lambda: _swapped("word/document.xml", f'<w:document xmlns:w="{_W}"/>'),
        BROKEN,
    ),
    "way out of the archive": (
        "报告.docx",
        lambda: _archive([("../../word/document.xml", "<x/>"), ("/etc/passwd", "<x/>")]),
        NOT_WORD | BROKEN,
    ),
    "packed another way": ("报告.docx", lambda: _archive([("word/document.xml", "<x/>")], zipfile.ZIP_LZMA), BROKEN),
    "other encoding": (
        "报告.docx",
        lambda: _swapped("word/document.xml", f'<?xml version="1.0" encoding="UTF-7"?><w:document xmlns:w="{_W}"/>'),
        BROKEN,
    ),
    "two bytes a character": (
        "报告.docx",
        lambda: _swapped(
            "word/document.xml",
            f'<w:document xmlns:w="{_W}"><w:body>{paragraph("好")}</w:body></w:document>'.encode("utf-16"),
        ),
        {""},
    ),
    # ------------------------------------------------------------ blown up
    "zip bomb": ("报告.docx", _bomb, TOO_BIG),
    "zip bomb that lies": ("报告.docx", lambda: _lying_size(_bomb(), 1000), TOO_BIG | BROKEN),
    "sizes of four gigabytes": ("报告.docx", lambda: _lying_size(HONEST, 0xFFFFFFF0), ANY | TOO_BIG),
    "a hundred thousand members": (
        "报告.docx",
        lambda: _archive(((f"word/{n}.xml", b"") for n in range(100_000)), zipfile.ZIP_STORED),
        TOO_BIG,
    ),
    "entity bomb": ("报告.docx", lambda: _body(paragraph("甲").replace("甲", "&a9;"), head=_entities(10)), BROKEN),
    "entity bomb in an attribute": (
        "报告.docx",
        lambda: _body('<w:p><w:pPr><w:pStyle w:val="&a9;"/></w:pPr></w:p>', head=_entities(10)),
        BROKEN,
    ),
    "entity in two bytes": (
        "报告.docx",
        lambda: pack({"word/document.xml": f'{_entities(3)}<w:document xmlns:w="{_W}"/>'.encode("utf-16")}),
        BROKEN,
    ),
    "file of this machine": (
        "报告.docx",
        lambda: _body(
            paragraph("甲").replace("甲", "&x;"), head='<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        ),
        BROKEN,
    ),
    "fetched document type": (
        "报告.docx",
        lambda: _body(paragraph("甲"), head='<!DOCTYPE w:document SYSTEM "http://192.0.2.1/x.dtd">'),
        BROKEN,
    ),
    "nested 100,000 deep": ("报告.docx", lambda: _body(_nested("sdt", 100_000)), BROKEN),
    "nested 1,000 deep": ("报告.docx", lambda: _body(_nested("sdtContent", 1_000)), ANY),
    "runs nested 1,500 deep": ("报告.docx", lambda: _body(f"<w:p>{_nested('ins', 1_500)}</w:p>"), ANY),
    "tables in tables in tables": ("报告.docx", lambda: _body(_nested_tables(600)), ANY),
    "a million paragraphs": ("报告.docx", lambda: _body("<w:p/>" * 1_000_000), TOO_BIG),
    "ten million paragraphs": ("报告.docx", lambda: _body("<w:p/>" * 10_000_000), TOO_BIG),
    "three million runs": ("报告.docx", lambda: _body(f"<w:p>{'<w:r/>' * 3_000_000}</w:p>"), {""}),
    "nine million letters": ("报告.docx", lambda: _body(paragraph("长" * 3_000_000)), TOO_BIG),
    "thirty million letters": ("报告.docx", lambda: _body(paragraph("长" * 10_000_000)), TOO_BIG | BROKEN),
    "half a million attributes": (
        "报告.docx",
        lambda: _body("<w:p " + " ".join(f'a{n}="1"' for n in range(500_000)) + "/>"),
        ANY,
    ),
    "half a million name spaces": (
        "报告.docx",
        lambda: _body("<w:p/>", names=" ".join(f'xmlns:n{n}="x{n}"' for n in range(500_000))),
        ANY,
    ),
    "cells as wide as the sky": ("报告.docx", lambda: _wide_table(10, 10_000), TOO_BIG),
    "a table as wide as it is long": ("报告.docx", lambda: _wide_table(40_000, 3), TOO_BIG),
    "styles in a ring": ("报告.docx", lambda: _styles(_style("s1", "s2") + _style("s2", "s1")), {""}),
    "styles in a long chain": (
        "报告.docx",
        lambda: _styles("".join(_style(f"s{n}", f"s{n + 1}") for n in range(100_000))),
        {""},
    ),
    "labels as long as a book": ("报告.docx", _long_labels, TOO_BIG),
    "numbers beyond counting": (
        "报告.docx",
        lambda: build(
            [("list", 0, "项")],
            parts={
                "word/numbering.xml": numbering([("lowerRoman", "%1.")]).replace(
                    '<w:start w:val="1"/>', f'<w:start w:val="{"9" * 5000}"/>'
                )
            },
        ),
        {""},
    ),
    # ------------------------------------------------------------ honest, and read
    "macros": ("报告.docm", lambda: build(_TEXT, parts={"word/vbaProject.bin": "MACRO"}), {""}),
    "template": ("报告.dotx", lambda: HONEST, {""}),
    "new format as doc": ("报告.doc", lambda: HONEST, {""}),
    "no suffix": ("报告", lambda: HONEST, {""}),
    "honest": ("报告.docx", lambda: HONEST, {""}),
}
