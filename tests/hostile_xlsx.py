"""Files that are no honest workbook, made by script: cut, bent, blown up, disguised, with names that lead elsewhere.

`FILES` gives for each group its files: by what they are, the name of the file, its bytes, and the answers that may be
given: keys of `catalogue.READ_PROBLEMS`, "foreign" or "blank"; "" among them where it may be read as well.
"""

from __future__ import annotations

import io
import random
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from workbooks import PROJECT, SETTINGS, clean_rows, write

Hostile = tuple[str, Callable[[], bytes], frozenset[str]]
Group = dict[str, Hostile]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCAL, _DIRECTORY, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NAME = "填报.xlsx"

#: The parts that tests bend: 项目信息, 完成情况, and what all sheets share.
INFO, ACTUALS = "xl/worksheets/sheet2.xml", "xl/worksheets/sheet5.xml"
STRINGS, STYLES, BOOK = "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"

_BROKEN, _READ = frozenset({"broken"}), frozenset({""})
_BENT = frozenset({"", "broken", "not_excel", "too_big", "too_many_cells", "entities", "foreign", "blank", "password"})
_CUT = frozenset({"broken", "not_excel", "empty"})


def _may(*answers: str) -> frozenset[str]:
    return frozenset(answers)


# ---------------------------------------------------------------- building


@cache
def good() -> bytes:
    """The clean workbook, with nothing to be mended."""
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / "a.xlsx").read_bytes()


@cache
def _parts() -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(good())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(members: Iterable[tuple[str, bytes | str]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return stream.getvalue()


def _with(*more: tuple[str, bytes | str]) -> bytes:
    """The clean workbook with parts put in place of its own, or added."""
    return _zip((dict(_parts()) | dict(more)).items())


def _changed(part: str, *changes: tuple[bytes | str, bytes | str]) -> bytes:
    """The clean workbook with words of a part replaced, each of which must be there."""
    data = _parts()[part]
    for before, after in changes:
        old, new = (text.encode() if isinstance(text, str) else text for text in (before, after))
        assert old in data, (part, before)
        data = data.replace(old, new, 1)
    return _with((part, data))


def into_sheet(content: str, part: str = INFO) -> bytes:
    """The clean workbook with something at the end of the rows of a sheet."""
    return _changed(part, ("</sheetData>", f"{content}</sheetData>"))


def behind_sheet(content: str, part: str = INFO) -> bytes:
    """The clean workbook with something behind the rows of a sheet."""
    return _changed(part, ("</sheetData>", f"</sheetData>{content}"))


def _name(content: str, attributes: str = "") -> bytes:
    """The clean workbook with another 项目名称, stored in any way."""
    data = _parts()[INFO]
    start = data.index(b'<c r="C3"')
    end = data.index(b"</c>", start) + len(b"</c>")
    return _with((INFO, data[:start] + f'<c r="C3" {attributes}>{content}</c>'.encode() + data[end:]))


def _value(content: str, attributes: str = "") -> bytes:
    """The clean workbook with another 实际完成值, stored in any way."""
    data = _parts()[ACTUALS]
    start = data.index(b'<c r="F3"')
    end = data.index(b"</c>", start) + len(b"</c>")
    return _with((ACTUALS, data[:start] + f'<c r="F3" {attributes}>{content}</c>'.encode() + data[end:]))


def _entities(levels: int = 10) -> str:
    lines = ['<!ENTITY a0 "哈哈哈哈哈哈哈哈">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, levels)]
    return f"<!DOCTYPE x [{''.join(lines)}]>"


def _with_head(data: bytes, head: str) -> bytes:
    """A part with something in front of its root element."""
    declaration, _, rest = data.partition(b"?>")
    return declaration + b"?>" + head.encode() + rest


def _flipped(seed: int, times: int = 6) -> bytes:
    data, chance = bytearray(good()), random.Random(seed)
    for _ in range(times):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _flipped_inside(part: str, seed: int) -> bytes:
    """Bits of an unpacked part turned, in an archive that is whole."""
    data, chance = bytearray(_parts()[part]), random.Random(seed)
    for _ in range(3):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return _with((part, bytes(data)))


def _blank_range(seed: int) -> bytes:
    data, chance = bytearray(good()), random.Random(seed)
    start, length = chance.randrange(len(data)), chance.randrange(1, 400)
    data[start : start + length] = bytes(len(data[start : start + length]))
    return bytes(data)


def _shifted(seed: int) -> bytes:
    """Bytes lost, or doubled, somewhere."""
    chance = random.Random(seed)
    data, at, length = good(), chance.randrange(len(good())), chance.randrange(1, 40)
    return data[:at] + data[at + length :] if seed % 2 else data[: at + length] + data[at:]


def _header(data: bytes, mark: bytes, place: int, value: bytes) -> bytes:
    """The archive with a field changed in each of its headers of a kind."""
    start = data.find(mark)
    while start >= 0:
        data = data[: start + place] + value + data[start + place + len(value) :]
        start = data.find(mark, start + 4)
    return data


def _lying(data: bytes, size: int) -> bytes:
    """Another unpacked size in all headers."""
    value = struct.pack("<L", size)
    return _header(_header(data, _DIRECTORY, 24, value), _LOCAL, 22, value)


def _places() -> dict[str, int]:
    """Where to cut the clean workbook: in front of each header, within it, and within what is packed behind it."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(good())) as archive:
        for entry in archive.infolist():
            found[f"in front of {entry.filename}"] = entry.header_offset
            found[f"in the header of {entry.filename}"] = entry.header_offset + 17
            found[f"inside of {entry.filename}"] = (
                entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2
            )
    at = good().find(_DIRECTORY)
    for number in range(0, 20, 4):
        found[f"in the directory {number}"] = at + 20
        at = good().find(_DIRECTORY, at + 4)
    end = good().rfind(_END)
    return found | {"in front of the end": end, "in the end": end + 10, "by one byte": len(good()) - 1}


def _spaces(part: str, count: int = 140_000_000) -> bytes:
    """A hundred million blanks and more in a part, packed to little."""
    data = _parts()[part]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _parts().items():
            if name != part:
                archive.writestr(name, content)
        entry = zipfile.ZipInfo(part)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w") as target:
            target.write(data[:-20])
            for _ in range(count // 10_000_000):
                target.write(b" " * 10_000_000)
            target.write(data[-20:])
    return stream.getvalue()


def _packed_spaces(part: str) -> bytes:
    """The same, and the headers say that it is small."""
    return _lying(
        _zip([*((name, data) for name, data in _parts().items() if name != part), (part, b" " * 150_000_000)]), 900
    )


def _strings(count: int, text: str = "", *, unique: str = "") -> bytes:
    """Shared texts of which there are many, or that say so."""
    shared = "".join(f"<si><t>{text}{number}</t></si>" for number in range(count))
    head = f'<sst xmlns="{_MAIN}" uniqueCount="{unique or count}">'
    before, _, rest = _parts()[STRINGS].partition(b"<si>")
    inside = rest.rpartition(b"</sst>")[0]
    return _with(
        (STRINGS, before[: before.index(b"<sst")] + head.encode() + b"<si>" + inside + shared.encode() + b"</sst>")
    )


def _corners(*cells: str) -> bytes:
    return into_sheet(
        "".join(
            f'<row r="{cell.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or 1}">{_figure_cell(cell)}</row>' for cell in cells
        )
    )


def _figure_cell(place: str) -> str:
    """A cell with a figure."""
    return f'<c r="{place}"><v>1</v></c>'


def _sheets(entries: str) -> bytes:
    """The clean workbook with more sheets in its list."""
    return _changed(BOOK, ("</sheets>", entries + "</sheets>"))


def _related(target: str, mode: str = "") -> bytes:
    """The clean workbook whose 项目信息 stands somewhere else."""
    return _changed(RELATIONS, ('Target="worksheets/sheet2.xml"', f'Target="{target}"{mode}'))


def _filled(**project: object) -> bytes:
    """A workbook with other words in 项目信息; what begins with `unit` or `sheet` is for the settings."""
    rows = clean_rows()
    rows["projects"] = [PROJECT | {key: value for key, value in project.items() if key != "unit_name"}]
    settings = {key: value for key, value in project.items() if key == "unit_name"}
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / "a.xlsx", rows, SETTINGS | settings).read_bytes()


# ---------------------------------------------------------------- other formats


def _ole(*streams: str) -> bytes:
    return _OLE + bytes(504) + b"".join(stream.encode("utf-16-le") for stream in streams)


def _package(*names: str) -> bytes:
    return _zip((name, "<x/>") for name in names)


_NO_WORKBOOK = _may("not_excel")
OTHERS: Group = {
    "empty": (_NAME, lambda: b"", _may("empty")),
    "one byte": (_NAME, lambda: b"P", _NO_WORKBOOK),
    "two bytes": (_NAME, lambda: b"PK", _BROKEN),
    "header only": (_NAME, lambda: _LOCAL, _BROKEN),
    "end only": (_NAME, lambda: _END + bytes(18), _BROKEN | _NO_WORKBOOK),
    "png": (_NAME, lambda: b"\x89PNG\r\n\x1a\n" + bytes(200), _NO_WORKBOOK),
    "jpeg": (_NAME, lambda: b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(200), _NO_WORKBOOK),
    "pdf": (_NAME, lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", _NO_WORKBOOK),
    "web page": (_NAME, lambda: b"<html><table><tr><td>1</td></tr></table></html>", _NO_WORKBOOK),
    "web page as xls": ("导出.xls", lambda: b"<html><table><tr><td>1</td></tr></table></html>", _NO_WORKBOOK),
    "markup of 2003": ("导出.xls", lambda: b'<?xml version="1.0"?><Workbook/>', _NO_WORKBOOK),
    "mail": ("导出.xls", lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", _NO_WORKBOOK),
    "rtf": (_NAME, lambda: rb"{\rtf1\ansi 1}", _NO_WORKBOOK),
    "json": (_NAME, lambda: b'{"a": [1, 2]}', _NO_WORKBOOK),
    "csv": ("导出.csv", lambda: "项目序号,项目名称\n1,甲\n".encode("gbk"), _may("csv")),
    "csv as xlsx": (_NAME, lambda: b"a,b,c,d,e\n1,2,3,4,5\n6,7,8,9,0\n", _may("csv", "not_excel")),
    "text in gbk": (_NAME, lambda: "绩效自评".encode("gbk"), _NO_WORKBOOK),
    "text in two bytes": (_NAME, lambda: "绩效自评".encode("utf-16"), _NO_WORKBOOK),
    "noise": (_NAME, lambda: random.Random(1).randbytes(100_000), _NO_WORKBOOK),
    "noise behind pk": (_NAME, lambda: _LOCAL + random.Random(2).randbytes(100_000), _BROKEN),
    "zeros": (_NAME, lambda: bytes(100_000), _NO_WORKBOOK),
    "gzip": (_NAME, lambda: b"\x1f\x8b\x08" + zlib.compress(b"x"), _NO_WORKBOOK),
    "rar": (_NAME, lambda: b"Rar!\x1a\x07\x01\0", _NO_WORKBOOK),
    "7z": (_NAME, lambda: b"7z\xbc\xaf\x27\x1c", _NO_WORKBOOK),
    "program": (_NAME, lambda: b"MZ" + bytes(500), _NO_WORKBOOK),
    "database": (_NAME, lambda: b"SQLite format 3\0" + bytes(100), _NO_WORKBOOK),
    "word": (_NAME, lambda: _package("[Content_Types].xml", "word/document.xml"), _may("word")),
    "slides": (_NAME, lambda: _package("[Content_Types].xml", "ppt/presentation.xml"), _NO_WORKBOOK),
    "papers": (_NAME, lambda: _package("材料.txt", "发票.jpg"), _NO_WORKBOOK),
    "nothing packed": (_NAME, lambda: _zip([]), _BROKEN | _NO_WORKBOOK),
    "drawing of wps": (_NAME, lambda: _package("content.xml", "xl/workbook.xml"), _NO_WORKBOOK),
    "binary workbook": ("填报.xlsb", lambda: _package("[Content_Types].xml", "xl/workbook.bin"), _may("xlsb")),
    "binary workbook as xlsx": (_NAME, lambda: _package("[Content_Types].xml", "xl/workbook.bin"), _may("xlsb")),
    "wps": ("填报.et", lambda: _ole("Workbook"), _may("wps")),
    "wps template": ("填报.ett", lambda: b"x", _may("wps")),
    "workbook as wps": ("填报.et", good, _may("wps")),
    "password": (_NAME, lambda: _ole("EncryptionInfo", "EncryptedPackage"), _may("password")),
    "password on xls": ("填报.xls", lambda: _ole("EncryptedPackage"), _may("password")),
    "old workbook as xlsx": (_NAME, lambda: _ole("Workbook"), _may("old_format")),
    "old word as xlsx": (_NAME, lambda: _ole("WordDocument"), _may("old_format")),
    "hollow workbook": (_NAME, lambda: _package("[Content_Types].xml", "xl/workbook.xml"), _BROKEN),
    "workbook as xls": ("填报.xls", good, _READ),
    "workbook as ods": ("填报.ods", good, _READ),
    "workbook as xlsm": ("填报.xlsm", good, _READ),
    "workbook as csv": ("填报.csv", good, _READ),
}

# ---------------------------------------------------------------- cut and bent

CUT: Group = {
    **{f"cut at {n}/20": (_NAME, lambda n=n: good()[: len(good()) * n // 20], _CUT) for n in range(1, 20)},
    **{f"cut {place}": (_NAME, lambda at=at: good()[:at], _CUT) for place, at in _places().items()},
    "cut in front": (_NAME, lambda: good()[100:], _NO_WORKBOOK),
    "something in front": (_NAME, lambda: b"MZ" + bytes(98) + good(), _NO_WORKBOOK),
    "another archive in front": (_NAME, lambda: _package("a.txt") + good(), _BROKEN),
    "something behind": (_NAME, lambda: good() + b"behind" * 100, _READ),
    "an end behind the end": (_NAME, lambda: good() + _END + bytes(18), _BROKEN | _NO_WORKBOOK),
    "a remark": (_NAME, lambda: good()[:-2] + struct.pack("<H", 5) + b"12345", _READ),
    "a remark as long as can be": (_NAME, lambda: good()[:-2] + b"\xff\xff" + bytes(65535), _READ),
    "twice": (_NAME, lambda: good() + good(), _BROKEN),
}
BENT: Group = {
    **{f"bits turned {seed}": (_NAME, lambda seed=seed: _flipped(seed), _BENT) for seed in range(40)},
    **{f"many bits turned {seed}": (_NAME, lambda seed=seed: _flipped(seed, 200), _BENT) for seed in range(10)},
    **{f"blank range {seed}": (_NAME, lambda seed=seed: _blank_range(seed), _BENT) for seed in range(20)},
    **{f"bytes lost or doubled {seed}": (_NAME, lambda seed=seed: _shifted(seed), _BENT) for seed in range(20)},
    **{
        f"bits turned in {part} {seed}": (_NAME, lambda part=part, seed=seed: _flipped_inside(part, seed), _BENT)
        for part in (INFO, ACTUALS, STRINGS, STYLES, BOOK, RELATIONS)
        for seed in range(5)
    },
}

# ---------------------------------------------------------------- each part damaged in turn


def _damaged(part: str) -> dict[str, Callable[[], bytes]]:
    return {
        "gone": lambda: _zip((name, data) for name, data in _parts().items() if name != part),
        "blank": lambda: _with((part, b"")),
        "cut": lambda: _with((part, _parts()[part][: len(_parts()[part]) // 2])),
        "no markup": lambda: _with((part, "没有内容")),
        "another root": lambda: _with((part, '<?xml version="1.0"?><x/>')),
        "two bytes a character": lambda: _with((part, _parts()[part].decode().encode("utf-16"))),
        "zero bytes": lambda: _with((part, _parts()[part].replace(b"><", b">\0<"))),
    }


DAMAGED: Group = {f"{part}: {how}": (_NAME, make, _BENT) for part in _parts() for how, make in _damaged(part).items()}
ENTITIES: Group = {
    **{
        f"entities in {part}": (
            _NAME,
            lambda part=part: _with((part, _with_head(_parts()[part], _entities()))),
            _may("entities"),
        )
        for part in _parts()
    },
    "entity that is used": (
        _NAME,
        lambda: _with((STRINGS, _with_head(_parts()[STRINGS], _entities()).replace(b"</t>", b"&a9;</t>", 1))),
        _may("entities"),
    ),
    "entity in an attribute": (
        _NAME,
        lambda: _with((BOOK, _with_head(_parts()[BOOK], _entities()).replace("参数".encode(), b"&a9;", 1))),
        _may("entities"),
    ),
    "entity in two bytes": (
        _NAME,
        lambda: _with((STRINGS, _with_head(_parts()[STRINGS], _entities(3)).decode().encode("utf-16"))),
        _may("entities"),
    ),
    "entity in four bytes": (
        _NAME,
        lambda: _with(
            ("docProps/app.xml", _with_head(_parts()["docProps/app.xml"], _entities(3)).decode().encode("utf-32"))
        ),
        _may("entities", ""),
    ),
    "entity in another alphabet": (
        _NAME,
        lambda: _with(
            (
                "docProps/app.xml",
                b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-',
            )
        ),
        _may("entities"),
    ),
    "file of this machine": (
        _NAME,
        lambda: _with(
            (
                STRINGS,
                _with_head(_parts()[STRINGS], '<!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]>').replace(
                    b"</t>", b"&x;</t>", 1
                ),
            )
        ),
        _may("entities"),
    ),
    "fetched document type": (
        _NAME,
        lambda: _with((BOOK, _with_head(_parts()[BOOK], '<!DOCTYPE workbook SYSTEM "http://192.0.2.1/x.dtd">'))),
        _may("entities"),
    ),
    "document type behind a long remark": (
        _NAME,
        lambda: _with((BOOK, _with_head(_parts()[BOOK], f"<!--{'x' * 200_000}-->{_entities()}"))),
        _may("entities"),
    ),
    "picture with a document type": (
        _NAME,
        lambda: _with(("xl/media/image1.svg", '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x" "y"><svg/>')),
        _READ,
    ),
    "unknown entity": (_NAME, lambda: _name("<is><t>&nichts;</t></is>", 't="inlineStr"'), _BENT),
}

# ---------------------------------------------------------------- archives

ARCHIVES: Group = {
    "small sizes": (_NAME, lambda: _lying(good(), 10), _may("too_big", "broken")),
    "sizes of nothing": (_NAME, lambda: _lying(good(), 0), _may("too_big", "broken", "empty")),
    "sizes of a hundred million": (_NAME, lambda: _lying(good(), 100_000_000), _may("too_big", "broken")),
    "sizes of four gigabytes": (_NAME, lambda: _lying(good(), 0xFFFFFFF0), _may("too_big", "broken")),
    "packed sizes of nothing": (_NAME, lambda: _header(good(), _DIRECTORY, 20, bytes(4)), _BROKEN),
    "packed sizes of four gigabytes": (_NAME, lambda: _header(good(), _DIRECTORY, 20, b"\xf0\xff\xff\xff"), _BENT),
    "wrong sums": (_NAME, lambda: _header(good(), _DIRECTORY, 16, b"1234"), _BROKEN),
    "other places": (_NAME, lambda: _header(good(), _DIRECTORY, 42, struct.pack("<L", 5000)), _BROKEN),
    "places behind the end": (_NAME, lambda: _header(good(), _DIRECTORY, 42, b"\xff\xff\xff\x7f"), _BROKEN),
    "all parts at one place": (_NAME, lambda: _header(good(), _DIRECTORY, 42, bytes(4)), _may("broken", "too_big")),
    "packing unknown": (_NAME, lambda: _header(good(), _DIRECTORY, 10, b"\x63\x00"), _BROKEN),
    "packed with lzma": (_NAME, lambda: _zip(_parts().items(), zipfile.ZIP_LZMA), _BROKEN),
    "packed with bzip2": (_NAME, lambda: _zip(_parts().items(), zipfile.ZIP_BZIP2), _BROKEN),
    "not packed": (_NAME, lambda: _zip(_parts().items(), zipfile.ZIP_STORED), _READ),
    "said to be encrypted": (_NAME, lambda: _header(good(), _DIRECTORY, 8, b"\x01\x00"), _may("password")),
    "newer than the world": (_NAME, lambda: _header(good(), _DIRECTORY, 6, b"\xff\xff"), _BROKEN),
    "number of parts too large": (_NAME, lambda: _header(good(), _END, 8, b"\xff\x00\xff\x00"), _BROKEN | _READ),
    "number of parts of none": (_NAME, lambda: _header(good(), _END, 8, bytes(4)), _BENT),
    "several disks": (_NAME, lambda: _header(good(), _END, 4, b"\x01\x00\x01\x00"), _BROKEN),
    "directory elsewhere": (_NAME, lambda: _header(good(), _END, 16, struct.pack("<L", 7)), _BROKEN),
    "directory of 4 GB": (_NAME, lambda: _header(good(), _END, 12, b"\xff\xff\xff\xff"), _BROKEN),
    "thousands of parts": (
        _NAME,
        lambda: _zip([*_parts().items(), *((f"xl/x{n}.xml", b"") for n in range(20_000))], zipfile.ZIP_STORED),
        _may("too_big"),
    ),
    "every part twice": (_NAME, lambda: _zip([*_parts().items(), *_parts().items()]), _BENT),
    "a part twice, the first one bad": (_NAME, lambda: _zip([(INFO, b"<x"), *_parts().items()]), _BENT),
    "a part twice, the second one bad": (_NAME, lambda: _zip([*_parts().items(), (INFO, b"<x")]), _BENT),
    "a part twice, in capitals": (_NAME, lambda: _zip([*_parts().items(), (INFO.upper(), b"<x")]), _BENT),
    "names in capitals": (_NAME, lambda: _zip((name.upper(), data) for name, data in _parts().items()), _BENT),
    "absolute names": (_NAME, lambda: _zip((f"/{name}", data) for name, data in _parts().items()), _BENT),
    "names with backslashes": (
        _NAME,
        lambda: _zip((name.replace("/", "\\"), data) for name, data in _parts().items()),
        _BENT,
    ),
    "names out of the archive": (
        _NAME,
        lambda: _with(
            ("../../../etc/cron.d/x", "x"), ("/etc/passwd", "x"), ("C:\\Windows\\x", "x"), ("xl/../../x", "x")
        ),
        _READ,
    ),
    "zero byte in a name": (
        _NAME,
        lambda: _zip([*_parts().items(), ("xl/abcd", b"x")]).replace(b"xl/abcd", b"xl/a\0cd"),
        _BROKEN,
    ),
    "blank name": (_NAME, lambda: _with(("", "x")), _BENT),
    "long name": (_NAME, lambda: _with(("xl/" + "长" * 20_000, "x")), _BENT),
    "folders as parts": (_NAME, lambda: _with(("xl/", ""), ("xl/worksheets/", "")), _READ),
    "archive in the archive": (_NAME, lambda: _with(("xl/embeddings/a.zip", good())), _READ),
    "blanks in a sheet": (_NAME, lambda: _spaces(INFO), _may("too_big")),
    "blanks in the texts": (_NAME, lambda: _spaces(STRINGS), _may("too_big")),
    "blanks in the styles": (_NAME, lambda: _spaces(STYLES), _may("too_big")),
    "blanks where nobody looks": (_NAME, lambda: _spaces("docProps/app.xml"), _may("too_big")),
    "blanks behind small sizes": (_NAME, lambda: _packed_spaces(INFO), _may("too_big", "broken")),
    "blanks behind a small size where nobody looks": (
        _NAME,
        lambda: _packed_spaces("docProps/app.xml"),
        _may("too_big", "broken"),
    ),
    "a hundred million blanks": (_NAME, lambda: _spaces(INFO, 100_000_000), _READ | _may("too_big")),
}

# ---------------------------------------------------------------- sheets


_ROW = '<row r="{0}"><c r="A{0}"><v>1</v></c></row>'
_TEXT_CELL = '<c r="{}" t="s"><v>{}</v></c>'


def _long_text() -> str:
    return "长" * 32_767


def _shared_by_all() -> bytes:
    """One long text that a hundred thousand cells show."""
    count = _parts()[STRINGS].count(b"<si>")
    rows = "".join(f'<row r="{n}">{_TEXT_CELL.format(f"Y{n}", count)}</row>' for n in range(10, 100_010))
    strings = _parts()[STRINGS].replace(b"</sst>", f"<si><t>{_long_text()}</t></si></sst>".encode())
    info = _parts()[INFO].replace(b"</sheetData>", rows.encode() + b"</sheetData>")
    return _with((STRINGS, strings), (INFO, info))


def _styles(count: int) -> bytes:
    formats = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' * count
    return _changed(STYLES, ("</cellXfs>", formats + "</cellXfs>"))


def _merged(count: int) -> bytes:
    return behind_sheet(
        "<mergeCells>" + "".join(f'<mergeCell ref="AA{n}:AB{n}"/>' for n in range(1, count)) + "</mergeCells>"
    )


SHEETS: Group = {
    "far corner": (_NAME, lambda: _corners("XFD1048576"), _may("too_many_cells")),
    "two far corners": (_NAME, lambda: _corners("A1048576", "XFD1048576"), _may("too_many_cells")),
    "far corner on another sheet": (
        _NAME,
        lambda: into_sheet(_ROW.format(9) + _figure_cell("XFD1048576"), "xl/worksheets/sheet9.xml"),
        _BENT,
    ),
    "far right": (_NAME, lambda: _corners("XFD4"), _READ),
    "far below": (_NAME, lambda: _corners("A1048576"), _may("too_many_cells")),
    "beyond the last column": (_NAME, lambda: _corners("XFE4"), _BROKEN),
    "beyond the last row": (_NAME, lambda: _corners("A1048577"), _BROKEN),
    "beyond counting": (_NAME, lambda: _corners("ZZZZZZZZZZ99999999999999"), _BROKEN),
    "far corner without content": (
        _NAME,
        lambda: into_sheet('<row r="1048576"><c r="XFD1048576" s="1"/></row>'),
        _READ,
    ),
    "far corner in single quotes": (
        _NAME,
        lambda: into_sheet("<row r='9'><c r='XFD1048576'><v>1</v></c></row>"),
        _may("too_many_cells"),
    ),
    "far corner with blanks": (
        _NAME,
        lambda: into_sheet('<row r="9"><c\n r = "XFD1048576"\t><v>1</v></c></row>'),
        _may("too_many_cells"),
    ),
    "far corner with a prefix": (
        _NAME,
        lambda: into_sheet(f'<x:row xmlns:x="{_MAIN}" r="9"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'),
        _may("too_many_cells"),
    ),
    "two places in one cell": (
        _NAME,
        lambda: into_sheet('<row r="9"><c r="A9" r="XFD1048576"><v>1</v></c></row>'),
        _may("too_many_cells", "broken"),
    ),
    "a place behind a closing bracket": (
        _NAME,
        lambda: into_sheet('<row r="9"><c r="A9" s=">" r="XFD1048576"><v>1</v></c></row>'),
        _may("too_many_cells", "broken"),
    ),
    "cells without place": (
        _NAME,
        lambda: into_sheet(f'<row r="9">{"<c><v>1</v></c>" * 16_000}</row>{_ROW.format(9999)}'),
        _may("too_many_cells"),
    ),
    "cells without place and without end": (
        _NAME,
        lambda: into_sheet(f'<row r="9">{"<c><v>1</v></row></c>" * 16_000}</row>{_ROW.format(9999)}'),
        _BROKEN,
    ),
    "rows without place": (_NAME, lambda: into_sheet("<row><c><v>1</v></c></row>" * 100_000), _READ | _may("blank")),
    "a hundred thousand rows": (
        _NAME,
        lambda: into_sheet("".join(_ROW.format(n) for n in range(10, 100_000)), "xl/worksheets/sheet9.xml"),
        _READ,
    ),
    "rows backwards": (
        _NAME,
        lambda: into_sheet("".join(f'<row r="{n}"><c r="Z{n}"><v>1</v></c></row>' for n in range(3000, 10, -1))),
        _READ,
    ),
    "a million empty rows": (
        _NAME,
        lambda: into_sheet("".join(f'<row r="{n}" ht="20"/>' for n in range(10, 1_000_010))),
        _READ,
    ),
    "three million empty rows": (
        _NAME,
        lambda: into_sheet('<row r="9" ht="20"/>' * 3_000_000),
        _READ | _may("too_big"),
    ),
    "ten million brackets": (_NAME, lambda: into_sheet("<row/>" * 10_000_000), _may("too_big")),
    "a dimension of everything": (_NAME, lambda: _changed(INFO, ('ref="A1:X3"', 'ref="A1:XFD1048576"')), _READ),
    "a dimension backwards": (_NAME, lambda: _changed(INFO, ('ref="A1:X3"', 'ref="XFD1048576:A1"')), _BENT),
    "a dimension of nonsense": (_NAME, lambda: _changed(INFO, ('ref="A1:X3"', 'ref="::::"')), _BENT),
    "row nought": (_NAME, lambda: _corners("A0"), _BROKEN | _READ),
    "negative row": (_NAME, lambda: into_sheet('<row r="-5"><c r="A-5"><v>1</v></c></row>'), _BROKEN),
    "a place of nonsense": (_NAME, lambda: into_sheet('<row r="9"><c r="甲9"><v>1</v></c></row>'), _BROKEN),
    "small letters": (_NAME, lambda: into_sheet('<row r="9"><c r="z9"><v>1</v></c></row>'), _READ),
    "a million styles": (_NAME, lambda: _styles(1_000_000), _READ),
    "a style that is not there": (_NAME, lambda: _value("<v>5</v>", 's="99999"'), _READ),
    "a style of nonsense": (_NAME, lambda: _value("<v>5</v>", 's="-1"'), _BENT),
    "a million merged cells": (_NAME, lambda: _merged(1_000_000), _may("too_many_cells")),
    "twenty thousand merged cells": (_NAME, lambda: _merged(19_000), _READ),
    "everything merged": (
        _NAME,
        lambda: behind_sheet('<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        _READ,
    ),
    "a column merged": (_NAME, lambda: behind_sheet('<mergeCells><mergeCell ref="A3:A1048576"/></mergeCells>'), _READ),
    "merged over one another": (
        _NAME,
        lambda: behind_sheet("<mergeCells>" + '<mergeCell ref="A3:A90000"/>' * 15_000 + "</mergeCells>"),
        _READ,
    ),
    "merged backwards": (_NAME, lambda: behind_sheet('<mergeCells><mergeCell ref="B9:A1"/></mergeCells>'), _BENT),
    "merged nonsense": (
        _NAME,
        lambda: behind_sheet('<mergeCells><mergeCell ref="甲"/><mergeCell/></mergeCells>'),
        _BENT,
    ),
    "a hundred thousand validations": (
        _NAME,
        lambda: behind_sheet(
            "<dataValidations>" + '<dataValidation type="list" sqref="F3"/>' * 100_000 + "</dataValidations>"
        ),
        _READ,
    ),
    "a validation of a million places": (
        _NAME,
        lambda: behind_sheet(
            f'<dataValidations><dataValidation type="list" sqref="{"F3 " * 1_000_000}"/></dataValidations>'
        ),
        _READ,
    ),
    "validations without end": (
        _NAME,
        lambda: behind_sheet("<!--" + '<dataValidation type="list">' * 300_000 + "-->"),
        _READ,
    ),
    "validations without bracket": (
        _NAME,
        lambda: behind_sheet("<!--" + '<dataValidation type="list" ' * 300_000 + "-->"),
        _READ,
    ),
    "cells without end in a remark": (
        _NAME,
        lambda: behind_sheet("<!--" + '<c r="F3" t="e">' * 300_000 + "-->", ACTUALS),
        _READ,
    ),
    "formats without end": (
        _NAME,
        lambda: _changed(STYLES, ("<numFmts", "<!--" + "<numFmts " * 300_000 + "--><numFmts")),
        _READ,
    ),
    "nested a hundred thousand deep": (_NAME, lambda: behind_sheet("<x>" * 100_000 + "</x>" * 100_000), _READ),
    "rows in rows": (_NAME, lambda: into_sheet("<row>" * 50_000 + "</row>" * 50_000), _READ | _BROKEN),
    "cells in cells": (_NAME, lambda: into_sheet(f'<row r="9">{"<c>" * 50_000}{"</c>" * 50_000}</row>'), _BENT),
    "texts in texts": (
        _NAME,
        lambda: _name(f"<is>{'<t>' * 100_000}甲{'</t>' * 100_000}</is>", 't="inlineStr"'),
        _BENT,
    ),
    "nested in the list of sheets": (
        _NAME,
        lambda: _changed(BOOK, ("<sheets>", "<x>" * 100_000 + "</x>" * 100_000 + "<sheets>")),
        _READ,
    ),
    "nested in the relations": (
        _NAME,
        lambda: _changed(RELATIONS, ("</Relationships>", "<x>" * 100_000 + "</x>" * 100_000 + "</Relationships>")),
        _READ,
    ),
    "half a million attributes": (
        _NAME,
        lambda: into_sheet("<row " + " ".join(f'a{n}="1"' for n in range(500_000)) + "/>"),
        _READ,
    ),
    "half a million attributes in a cell": (
        _NAME,
        lambda: into_sheet('<row r="9"><c ' + " ".join(f'a{n}="1"' for n in range(500_000)) + "><v>1</v></c></row>"),
        _READ | _may("too_big"),
    ),
    "half a million name spaces": (
        _NAME,
        lambda: _changed(
            INFO, ("<worksheet ", "<worksheet " + " ".join(f'xmlns:n{n}="x{n}"' for n in range(500_000)) + " ")
        ),
        _READ,
    ),
    "a hundred thousand names": (
        _NAME,
        lambda: _changed(
            BOOK,
            (
                "</definedNames>",
                "".join(f'<definedName name="n{n}">参数!$A$1</definedName>' for n in range(100_000))
                + "</definedNames>",
            ),
        ),
        _READ,
    ),
    "names that refer to one another": (
        _NAME,
        lambda: _changed(
            BOOK,
            (
                "</definedNames>",
                '<definedName name="甲">乙</definedName><definedName name="乙">甲</definedName></definedNames>',
            ),
        ),
        _READ,
    ),
    "links into the world": (
        _NAME,
        lambda: behind_sheet(
            "<hyperlinks>" + '<hyperlink ref="A1" location="http://192.0.2.1/"/>' * 1000 + "</hyperlinks>"
        ),
        _READ,
    ),
    "external links": (
        _NAME,
        lambda: _with(
            ("xl/externalLinks/externalLink1.xml", f'<externalLink xmlns="{_MAIN}"/>'),
            (
                "xl/externalLinks/_rels/externalLink1.xml.rels",
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
                'Type="x/externalLinkPath" Target="\\\\192.0.2.1\\c$\\x.xlsx" TargetMode="External"/></Relationships>',
            ),
        ),
        _READ,
    ),
    "macros": ("填报.xlsm", lambda: _with(("xl/vbaProject.bin", _ole("VBA"))), _READ),
    "macros in a plain workbook": (_NAME, lambda: _with(("xl/vbaProject.bin", b"x" * 1000)), _READ),
    "old macro sheet": (_NAME, lambda: _with(("xl/macrosheets/sheet1.xml", "<x/>")), _READ),
}

# ---------------------------------------------------------------- texts and values


TEXTS: Group = {
    "says to have many texts": (_NAME, lambda: _strings(0, unique="100000000"), _BROKEN),
    "says to have four thousand million texts": (_NAME, lambda: _strings(0, unique="4000000000"), _BROKEN),
    "says to have texts beyond counting": (_NAME, lambda: _strings(0, unique="9" * 19), _BROKEN),
    "says to have a number of texts of nonsense": (_NAME, lambda: _strings(0, unique="-1"), _BENT),
    "half a million texts": (_NAME, lambda: _strings(500_000, "甲"), _READ),
    "three million texts": (_NAME, lambda: _strings(3_000_000), _may("too_big")),
    "blank texts": (_NAME, lambda: _changed(STRINGS, ("</sst>", "<si/>" * 1_000_000 + "</sst>")), _READ),
    "a text shown by a hundred thousand cells": (_NAME, _shared_by_all, _may("too_big")),
    "a text as long as can be": (_NAME, lambda: _filled(implementation=_long_text()), _READ),
    "a text that is too long": (
        _NAME,
        lambda: _name(f"<is><t>{_long_text()}长</t></is>", 't="inlineStr"'),
        _may("long_text"),
    ),
    "ten million letters": (
        _NAME,
        lambda: _name(f"<is><t>{'长' * 10_000_000}</t></is>", 't="inlineStr"'),
        _may("long_text"),
    ),
    "ten million figures": (
        _NAME,
        lambda: _value(f"<is><t>{'9' * 10_000_000}</t></is>", 't="inlineStr"'),
        _may("long_text"),
    ),
    "a text of many pieces": (
        _NAME,
        lambda: _name(f"<is>{'<r><t>长</t></r>' * 100_000}</is>", 't="inlineStr"'),
        _may("long_text"),
    ),
    "figures without end": (_NAME, lambda: _value(f"<v>{'9' * 1_000_000}</v>"), _BENT),
    "a text that is not there": (_NAME, lambda: _name("<v>999999</v>", 't="s"'), _BENT),
    "a negative text": (_NAME, lambda: _name("<v>-1</v>", 't="s"'), _BENT),
    "a text of nonsense": (_NAME, lambda: _name("<v>甲</v>", 't="s"'), _BENT),
    "no text": (_NAME, lambda: _name("", 't="s"'), _BENT),
    "an unknown type": (_NAME, lambda: _value("<v>5</v>", 't="zz"'), _BENT),
    "an error": (_NAME, lambda: _value("<v>#DIV/0!</v>", 't="e"'), _READ),
    "an error of nonsense": (_NAME, lambda: _value(f"<v>{'#X' * 20_000}</v>", 't="e"'), _BENT),
    "a truth": (_NAME, lambda: _value("<v>1</v>", 't="b"'), _READ),
    "a truth of nonsense": (_NAME, lambda: _value("<v>7</v>", 't="b"'), _BENT),
    "a date": (_NAME, lambda: _value("<v>2024-12-31T00:00:00</v>", 't="d"'), _READ),
    "a date of nonsense": (_NAME, lambda: _value("<v>9999-99-99</v>", 't="d"'), _BENT),
    "a formula that was never calculated": (_NAME, lambda: _value("<f>1+1</f>"), _READ),
    "a formula that starts a program": (_NAME, lambda: _value("<f>cmd|' /C calc'!A0</f><v>5</v>"), _READ),
    "a formula as long as a book": (_NAME, lambda: _value(f"<f>{'1+' * 500_000}1</f><v>5</v>"), _READ),
    **{
        f"the figure {figure}": (_NAME, lambda figure=figure: _value(f"<v>{figure}</v>"), _BENT)
        for figure in "inf -inf nan 1e308 1e309 -1e308 1e-320 0x10 1_000 ١٢ 1,5 --5 5e 99999999999999999999999999".split()
    },
    **{
        f"{kind} {figure}": (_NAME, lambda kind=kind, figure=figure: _dated(kind, figure), _BENT)
        for kind in ("yyyy-mm-dd", "h:mm:ss", "[h]:mm", "yyyy-mm-dd hh:mm")
        for figure in ("-1", "0", "60", "0.99999999", "2958465", "2958466", "1e10", "1e300", "-1e300", "nan", "inf")
    },
    **{
        f"text {label}": (_NAME, lambda text=text: _name(f"<is><t>{text}</t></is>", 't="inlineStr"'), _BENT)
        for label, text in {
            "zero reference": "甲&#0;乙",
            "control reference": "甲&#x1;&#x1F;&#x7F;乙",
            "surrogate reference": "甲&#xD800;乙",
            "forbidden reference": "甲&#xFFFE;&#xFFFF;乙",
            "reference beyond": "甲&#x110000;乙",
            "escaped zero": "甲_x0000_乙",
            "escaped surrogate": "甲_xD800_乙",
            "escaped controls": "甲_x0001__x001F__x000D_乙",
            "escaped escape": "甲_x005F_x0041_乙",
        }.items()
    },
    "zero byte in a text": (_NAME, lambda: _name("<is><t>甲\0乙</t></is>", 't="inlineStr"'), _BENT),
    "text in gbk": (
        _NAME,
        lambda: _with(
            (
                INFO,
                _parts()[INFO].replace(
                    b"</row></sheetData>",
                    '<c r="Y3" t="inlineStr"><is><t>绩效自评</t></is></c></row></sheetData>'.encode("gbk"),
                ),
            )
        ),
        _BENT,
    ),
    "said to be gbk": (_NAME, lambda: _changed(STRINGS, ('encoding="UTF-8"', 'encoding="GBK"')), _BENT),
    "said to be unknown": (_NAME, lambda: _changed(STRINGS, ('encoding="UTF-8"', 'encoding="X-NO"')), _may("entities")),
}


def _dated(code: str, figure: str) -> bytes:
    """The clean workbook with a figure in a cell that shows dates or times."""
    styles = _parts()[STYLES].decode()
    count = styles[styles.index("<cellXfs") : styles.index("</cellXfs>")].count("<xf ")
    styles = styles.replace("</numFmts>", f'<numFmt numFmtId="190" formatCode="{code}"/></numFmts>')
    styles = styles.replace("</cellXfs>", '<xf numFmtId="190" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>')
    data = _parts()[ACTUALS]
    start = data.index(b'<c r="F3"')
    end = data.index(b"</c>", start) + len(b"</c>")
    cell = f'<c r="F3" s="{count}"><v>{figure}</v></c>'.encode()
    return _with((STYLES, styles), (ACTUALS, data[:start] + cell + data[end:]))


# ---------------------------------------------------------------- relations between parts


def _sheet(name: str, number: int = 99, relation: str = "rId2", state: str = "") -> str:
    return f'<sheet name="{name}" sheetId="{number}" r:id="{relation}"{state}/>'


RELATED: Group = {
    "a sheet out of the archive": (_NAME, lambda: _related("../../../../etc/passwd"), _BENT),
    "a sheet at an absolute place": (_NAME, lambda: _related("/xl/worksheets/sheet2.xml"), _READ),
    "a sheet at a roundabout place": (_NAME, lambda: _related("worksheets/../worksheets/sheet2.xml"), _BENT),
    "a sheet in the world": (_NAME, lambda: _related("http://192.0.2.1/sheet.xml", ' TargetMode="External"'), _BENT),
    "a sheet in a shared folder": (
        _NAME,
        lambda: _related("file://192.0.2.1/c$/x.xml", ' TargetMode="External"'),
        _BENT,
    ),
    "a sheet that is the list of sheets": (_NAME, lambda: _related("workbook.xml"), _BENT),
    "a sheet that is the texts": (_NAME, lambda: _related("sharedStrings.xml"), _BENT),
    "a sheet that is nowhere": (_NAME, lambda: _related(""), _BENT),
    "a sheet that is missing": (_NAME, lambda: _related("worksheets/sheet77.xml"), _BENT),
    "all sheets in one part": (
        _NAME,
        lambda: _with((RELATIONS, re.sub(rb"worksheets/sheet\d+", b"worksheets/sheet2", _parts()[RELATIONS]))),
        _BENT,
    ),
    "relations twice": (_NAME, lambda: _changed(RELATIONS, ('Id="rId2"', 'Id="rId1"')), _BENT),
    "no relations": (_NAME, lambda: _changed(RELATIONS, ("<Relationship ", "<x "), ("<Relationship ", "<x ")), _BENT),
    "relations in a ring": (
        _NAME,
        lambda: _with(
            (
                "xl/worksheets/_rels/sheet2.xml.rels",
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
                'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing" '
                'Target="../worksheets/sheet2.xml"/></Relationships>',
            )
        ),
        _READ,
    ),
    "all sheets hidden": (
        _NAME,
        lambda: _with((BOOK, re.sub(rb'(sheetId="\d+")(?: state="\w+")?', rb'\1 state="hidden"', _parts()[BOOK]))),
        _READ,
    ),
    "all sheets very hidden": (
        _NAME,
        lambda: _with((BOOK, re.sub(rb'(sheetId="\d+")(?: state="\w+")?', rb'\1 state="veryHidden"', _parts()[BOOK]))),
        _READ,
    ),
    "a sheet in an unknown state": (_NAME, lambda: _sheets(_sheet("甲", state=' state="x"')), _BENT),
    "no sheets": (
        _NAME,
        lambda: _with((BOOK, re.sub(rb"<sheet .*?/>", b"", _parts()[BOOK]))),
        _BROKEN,
    ),
    "a sheet without name": (_NAME, lambda: _sheets(_sheet("")), _BENT),
    "a sheet name of ten thousand letters": (_NAME, lambda: _sheets(_sheet("长" * 10_000)), _READ),
    "a sheet name of controls": (_NAME, lambda: _sheets(_sheet("甲&#10;&#9;&#13;乙")), _READ),
    "a sheet name that is a formula": (_NAME, lambda: _sheets(_sheet("=cmd|' /C calc'!A0")), _READ),
    "a sheet name with quotes": (_NAME, lambda: _sheets(_sheet("'&quot;]!$A$1[")), _READ),
    "a sheet name that goes up": (_NAME, lambda: _sheets(_sheet("../../x")), _READ),
    "sheets of one name": (_NAME, lambda: _sheets(_sheet("项目信息") * 50), _READ),
    "two thousand sheets": (_NAME, lambda: _sheets("".join(_sheet(f"表{n}", n) for n in range(100, 2100))), _READ),
    "a hundred thousand sheets": (
        _NAME,
        lambda: _sheets("".join(_sheet(f"表{n}", n) for n in range(100, 100_100))),
        _may("too_many_sheets"),
    ),
    "sheet numbers beyond counting": (_NAME, lambda: _changed(BOOK, ('sheetId="2"', f'sheetId="{"9" * 400}"')), _READ),
    "no content types": (_NAME, lambda: _with(("[Content_Types].xml", "<Types/>")), _READ),
}

# ---------------------------------------------------------------- open documents

_ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">{0}<office:body><office:spreadsheet>'
)
_ODS_TAIL = "</office:spreadsheet></office:body></office:document-content>"


def _ods(rows: str, *, tail: str = "</table:table>" + _ODS_TAIL, head: str = "", title: str = "项目信息") -> bytes:
    content = f'{_ODS_HEAD.format("")}<table:table table:name="{title}">{rows}{tail}'
    if head:
        content = content.replace("?>", "?>" + head, 1)
    return _zip(
        [
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", content),
            ("META-INF/manifest.xml", "<manifest/>"),
        ]
    )


def _ods_row(cells: str, times: str = "1") -> str:
    return f'<table:table-row table:number-rows-repeated="{times}">{cells}</table:table-row>'


def _ods_cell(text: str, times: str = "1") -> str:
    return f'<table:table-cell table:number-columns-repeated="{times}" office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


_ODS = "填报.ods"
OPEN: Group = {
    "a small table": (_ODS, lambda: _ods(_ods_row(_ods_cell("甲"))), _may("foreign")),
    "blank rows to the end": (
        _ODS,
        lambda: _ods(
            _ods_row(_ods_cell("甲")) + _ods_row('<table:table-cell table:number-columns-repeated="16384"/>', "1048575")
        ),
        _may("foreign"),
    ),
    "a row a million times": (_ODS, lambda: _ods(_ods_row(_ods_cell("甲", "1000"), "1048576")), _may("too_many_cells")),
    "a far cell": (
        _ODS,
        lambda: _ods(
            _ods_row("<table:table-cell/>", "1048575")
            + _ods_row('<table:table-cell table:number-columns-repeated="16383"/>' + _ods_cell("甲"))
        ),
        _may("too_many_cells"),
    ),
    "times beyond counting": (_ODS, lambda: _ods(_ods_row(_ods_cell("甲", "9" * 30))), _BROKEN),
    "negative times": (_ODS, lambda: _ods(_ods_row(_ods_cell("甲", "-1"))), _BROKEN),
    "times of nonsense": (_ODS, lambda: _ods(_ods_row(_ods_cell("甲", "viele"))), _BROKEN),
    "a long text many times": (_ODS, lambda: _ods(_ods_row(_ods_cell("长" * 30_000, "16384"))), _may("too_big")),
    "a thousand million blanks": (
        _ODS,
        lambda: _ods(_ods_row(_ods_cell('<text:s text:c="999999999"/>'))),
        _may("long_text"),
    ),
    "many blanks in many pieces": (
        _ODS,
        lambda: _ods(_ods_row(_ods_cell('<text:s text:c="30000"/>' * 10_000))),
        _may("too_big"),
    ),
    "a table without end": (_ODS, lambda: _ods(_ods_row(_ods_cell("甲")), tail=""), _BROKEN),
    "a row without end": (_ODS, lambda: _ods("<table:table-row>"), _BROKEN),
    "a remark without end": (
        _ODS,
        lambda: _ods('<table:table-row><table:table-cell office:value-type="string"><office:annotation>', tail=""),
        _BROKEN,
    ),
    "a table in a table": (_ODS, lambda: _ods('<table:table table:name="x"></table:table>'), _BROKEN),
    "an entity bomb": (_ODS, lambda: _ods(_ods_row(_ods_cell("&a9;")), head=_entities()), _may("entities")),
    "no table": (
        _ODS,
        lambda: _zip([("content.xml", _ODS_HEAD.format("") + _ODS_TAIL), ("META-INF/manifest.xml", "<m/>")]),
        _BROKEN,
    ),
    "content of another kind": (
        _ODS,
        lambda: _zip([("content.xml", "<x/>"), ("META-INF/manifest.xml", "<m/>")]),
        _BROKEN,
    ),
    "a hundred thousand tables": (
        _ODS,
        lambda: _ods(
            "",
            tail="</table:table>"
            + "".join(f'<table:table table:name="表{n}"></table:table>' for n in range(100_000))
            + _ODS_TAIL,
        ),
        _may("too_many_sheets"),
    ),
    "deep nesting": (_ODS, lambda: _ods("<text:p>" * 100_000 + "</text:p>" * 100_000), _BENT),
    "blanks in the content": (
        _ODS,
        lambda: _zip([("content.xml", b"<x>" + b" " * 150_000_000), ("META-INF/manifest.xml", "<m/>")]),
        _may("too_big"),
    ),
}

# ---------------------------------------------------------------- the old format


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _biff(cells: bytes, *, sheets: int = 1, texts: bytes = b"", dimensions: bytes = b"") -> bytes:
    """The records of a workbook of the old format; all its sheets stand at the same place."""
    begin = struct.pack("<HHHHLL", 0x600, 5, 0, 0, 0, 0)
    title = "项目信息".encode("utf-16-le")
    bound = struct.pack("<LHBB", 0, 0, 4, 1) + title
    head = _record(0x809, begin)
    place = len(head) + sheets * len(_record(0x85, bound)) + len(texts) + len(_record(0x0A))
    bounds = b"".join(_record(0x85, struct.pack("<L", place) + bound[4:]) for _ in range(sheets))
    return head + bounds + texts + _record(0x0A) + _record(0x809, begin) + dimensions + cells + _record(0x0A)


def _figure(row: int, column: int) -> bytes:
    return _record(0x203, struct.pack("<HHHd", row, column, 0, 1.0))


def _compound(stream: bytes, *, loop: str = "", **fields: int) -> bytes:
    """A file of sectors with one stream; `loop` makes one of its chains endless, `fields` are put into its header."""
    stream += bytes(-len(stream) % 512 or 0)
    stream += bytes(max(0, 4096 - len(stream)))
    count = len(stream) // 512
    tables = -(-(count + 2) // 126) + 1
    chain = [*range(1, count), 0xFFFFFFFE]
    follows = [*chain, 0xFFFFFFFE, *([0xFFFFFFFD] * tables)]
    directory, first_table = count, count + 1
    if loop == "directory":
        follows[directory] = directory
    elif loop == "stream":
        follows[count - 1] = 0
    follows += [0xFFFFFFFF] * (tables * 128 - len(follows))
    header = bytearray(512)
    header[:8] = _OLE
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<LL", header, 44, tables, directory)
    struct.pack_into("<LLLLL", header, 56, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    for number in range(109):
        struct.pack_into("<L", header, 76 + 4 * number, first_table + number if number < tables else 0xFFFFFFFF)
    for name, value in fields.items():
        struct.pack_into("<L", header, int(name.removeprefix("at")), value)
    if loop == "tables":
        struct.pack_into("<L", header, 68, 0)
        stream = stream[:508] + bytes(4) + stream[512:]
    entries = b""
    for name, kind, first, length in (("Root Entry", 5, 0xFFFFFFFE, 0), ("Workbook", 2, 0, len(stream))):
        entry = bytearray(128)
        entry[: 2 * len(name)] = name.encode("utf-16-le")
        struct.pack_into("<HBB", entry, 64, 2 * len(name) + 2, kind, 1)
        struct.pack_into("<LLL", entry, 68, 0xFFFFFFFF, 0xFFFFFFFF, 1 if kind == 5 else 0xFFFFFFFF)
        struct.pack_into("<LL", entry, 116, first, length)
        entries += bytes(entry)
    return bytes(header) + stream + entries.ljust(512, b"\0") + struct.pack(f"<{len(follows)}L", *follows)


def _texts(length: int) -> bytes:
    text = struct.pack("<HB", length, 0) + b"x" * length
    return _record(0xFC, struct.pack("<LL", 1, 1) + text)


_XLS = "填报.xls"
OLD: Group = {
    "one cell": (_XLS, lambda: _compound(_biff(_figure(0, 0))), _may("foreign")),
    "far corners": (_XLS, lambda: _compound(_biff(_figure(0, 0) + _figure(65535, 65535))), _may("too_many_cells")),
    "far corner of an old sheet": (
        _XLS,
        lambda: _compound(_biff(_figure(0, 0) + _figure(65535, 255))),
        _may("too_many_cells"),
    ),
    "says to have all cells": (
        _XLS,
        lambda: _compound(
            _biff(_figure(0, 0), dimensions=_record(0x200, struct.pack("<LLHHH", 0, 0xFFFFFFFF, 0, 255, 0)))
        ),
        _may("too_many_cells"),
    ),
    "says to have cells backwards": (
        _XLS,
        lambda: _compound(_biff(_figure(0, 0), dimensions=_record(0x200, struct.pack("<LLHHH", 9, 3, 0, 255, 0)))),
        _BROKEN,
    ),
    "a thousand sheets at one place": (_XLS, lambda: _compound(_biff(_figure(0, 0), sheets=1000)), _BROKEN),
    "thousands of sheets": (_XLS, lambda: _compound(_biff(_figure(0, 0), sheets=5000)), _may("too_many_sheets")),
    "a text shown by all cells": (
        _XLS,
        lambda: _compound(
            _biff(
                b"".join(_record(0xFD, struct.pack("<HHHL", n % 60000, n // 60000, 0, 0)) for n in range(100_000)),
                texts=_texts(8000),
            )
        ),
        _may("too_big"),
    ),
    "a ring of directories": (_XLS, lambda: _compound(_biff(_figure(0, 0)), loop="directory"), _BROKEN),
    "a ring of sectors": (_XLS, lambda: _compound(_biff(_figure(0, 0)), loop="stream"), _may("foreign", "broken")),
    "a ring of tables": (_XLS, lambda: _compound(_biff(_figure(0, 0)), loop="tables"), _BROKEN),
    "tables beyond the end": (_XLS, lambda: _compound(_biff(_figure(0, 0)), at44=0xFFFFFFFF), _BROKEN),
    "small sectors beyond the end": (_XLS, lambda: _compound(_biff(_figure(0, 0)), at64=0xFFFFFFFF), _BROKEN),
    "directory beyond the end": (_XLS, lambda: _compound(_biff(_figure(0, 0)), at48=0x7FFFFFFF), _BROKEN),
    "sectors of another size": (_XLS, lambda: _compound(_biff(_figure(0, 0)), at28=0x0010FFFE), _BROKEN),
    "names only": (_XLS, lambda: _ole("Workbook"), _BROKEN),
    "cut in the header": (_XLS, lambda: _compound(_biff(_figure(0, 0)))[:300], _BROKEN),
    "cut in the sectors": (_XLS, lambda: _compound(_biff(_figure(0, 0)))[:2000], _BROKEN),
    "noise in the sectors": (_XLS, lambda: _compound(random.Random(3).randbytes(20_000)), _BENT),
    "records without end": (
        _XLS,
        lambda: _compound(_biff(_figure(0, 0))[:-8] + b"\x03\x02\xff\xff"),
        _BENT | _may("foreign"),
    ),
    **{
        f"bits turned {seed}": (_XLS, lambda seed=seed: _old_flipped(seed), _BENT | _may("too_many_sheets"))
        for seed in range(20)
    },
}


@cache
def old_workbook() -> bytes:
    """A workbook of the old format with two figures and a text."""
    return _compound(_biff(_figure(0, 0) + _figure(9, 9), texts=_texts(20)))


def _old_flipped(seed: int) -> bytes:
    data, chance = bytearray(old_workbook()), random.Random(seed)
    for _ in range(8):
        data[
            chance.choice((chance.randrange(len(data)), chance.randrange(700), len(data) - 1 - chance.randrange(1100)))
        ] ^= 1 << chance.randrange(8)
    return bytes(data)


# ---------------------------------------------------------------- names

#: What units and projects are called that want to write elsewhere, or nowhere.
NAMES: dict[str, str] = {
    "up": "..",
    "far up": "../../../../tmp/x",
    "far up on Windows": "..\\..\\..\\x",
    "folder": "a/b",
    "root": "/etc/passwd",
    "drive": "C:\\x",
    "drive alone": "C:",
    "share": "\\\\192.0.2.1\\c$\\x",
    "stream": "a.xlsx:b:$DATA",
    "device": "CON",
    "device with ending": "NUL.txt",
    "device in small letters": "com1",
    "device with blank": "AUX .x",
    "device with superscript": "COM¹",
    "input device": "CONIN$",
    "points": "...",
    "point at the end": "单位.",
    "blanks at the end": "单位   ",
    "blank": " ",
    "long": "长" * 300,
    "long in ASCII": "x" * 300,
    "long in pairs": "😀" * 200,
    "emoji": "👩‍👩‍👧‍👦单位",
    "from right to left": "单位\u202egpj.exe",
    "direction mark": "\u200f单位\u200e",
    "zero width": "单\u200b位",
    "zero width alone": "\u200b\u200c\u200d\ufeff",
    "line break": "甲\n乙",
    "carriage return": "甲\r乙",
    "tab": "甲\t乙",
    "controls": "甲\x01\x1f乙",
    "delete": "甲\x7f乙",
    "new line of Unicode": "甲\u2028乙\u0085丙",
    "formula": "=cmd|' /C calc'!A0",
    "option": "-rf",
    "home": "~root",
    "variable": "$HOME %PATH%",
    "star": '*?<>|"',
    "quotes": "'\"`",
    "combining": "e\u0301" * 20 + "\u0301" * 50,
    "tags": "\U000e0001\U000e0041单位",
    "private": "\ue000单位",
    "hidden": ".hidden",
    "temporary": "~$单位",
    "state": ".perf-excel",
    "web": "%2e%2e%2fx",
}


def named(name: str) -> bytes:
    """A workbook whose unit and project have a name."""
    return _filled(unit_name=name, name=name)


NAMED: Group = {f"called {label}": (_NAME, lambda name=name: named(name), _READ) for label, name in NAMES.items()}

FILES: dict[str, Group] = {
    "others": OTHERS,
    "cut": CUT,
    "bent": BENT,
    "damaged": DAMAGED,
    "entities": ENTITIES,
    "archives": ARCHIVES,
    "sheets": SHEETS,
    "texts": TEXTS,
    "related": RELATED,
    "open": OPEN,
    "old": OLD,
    "named": NAMED,
}
