"""From a file that nobody vouches for to the XML of its parts, within bounds, or one named reason why not.

Nothing of the file is run or fetched, no entity is replaced, and no part is unpacked beyond its bound, whatever the
headers of the archive say.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perf_excel.audit.markup import W
from perf_excel.workbook import archive
from perf_excel.workbook.archive import Refused

__all__ = ["Package", "Refused", "check_kind", "read_bytes"]

#: Opening brackets in a part: a bound on its elements before they take memory. A thousand pages have 1.5 million.
MAX_MARKUP = 6_000_000

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED, _OLD_WORD = "EncryptedPackage".encode("utf-16-le"), "WordDocument".encode("utf-16-le")
_NOT_OURS = {".pdf": "pdf", ".wps": "wps_word", ".wpt": "wps_word"}

#: The strict variant of the format differs in its names only.
_STRICT = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": W[1:-1].encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/math": b"http://schemas.openxmlformats.org/officeDocument/2006/math",
}
#: A document type, in one or two bytes a character.
_DTD = re.compile(rb"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E")
_TWO_BYTES = (b"\xff\xfe", b"\xfe\xff")
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


#: What is said of a workbook, in the words for a report.
_IN_A_REPORT = {
    "no_file": "not_word",
    "broken": "word_broken",
    "entities": "word_broken",
    "too_big": "word_too_big",
    "password": "word_broken",  # none of Word's own: an archive that somebody locked
}


@contextmanager
def _in_words_for_reports() -> Iterator[None]:
    try:
        yield
    except archive.Refused as error:
        raise Refused(_IN_A_REPORT.get(error.problem, error.problem)) from error


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        Refused: it is not there, not a file, not to be read or too big.
    """
    with _in_words_for_reports():
        return archive.read_bytes(path)


def check_kind(suffix: str, data: bytes) -> None:
    """Look at suffix and bytes only.

    Raises:
        Refused: this is no Word document of the new format.
    """
    if not data:
        raise Refused("empty")
    if b"%PDF-" in data[:1024]:
        raise Refused("pdf")
    if data.startswith(_OLE) and _ENCRYPTED in data:
        raise Refused("word_password")
    if suffix in _NOT_OURS:
        raise Refused(_NOT_OURS[suffix])
    if data.startswith(_OLE):
        raise Refused("doc" if _OLD_WORD in data or suffix == ".doc" else "not_word")
    if not data.startswith(b"PK"):
        # Under .doc, a web page or RTF: the same way out as for the old format itself.
        raise Refused("doc" if suffix == ".doc" else "not_word")


class Package:
    """A zip archive of parts that name one another. Every method raises `Refused` where the archive is broken."""

    def __init__(self, data: bytes) -> None:
        with _in_words_for_reports():
            self._parts = archive.Package(data)
        # Names of parts do not depend on case, and some programs write them with a backslash.
        self._entries = {_part(name): name for name in sorted(self._parts.names)}

    def main(self) -> str:
        """Return the name of the part that holds the text."""
        main = self.related("").get("officeDocument", "word/document.xml")
        if main not in self._entries:
            raise Refused("word_broken" if any(name.startswith("word/") for name in self._entries) else "not_word")
        return main

    def related(self, part: str) -> dict[str, str]:
        """Return the parts that a part names, the first of each kind; the package itself is the part ""."""
        folder, name = posixpath.split(part)
        root, found = self.xml(posixpath.join(folder, "_rels", f"{name}.rels")), dict[str, str]()
        for relationship in () if root is None else root.iter(_RELATIONSHIP):
            if relationship.get("TargetMode") != "External":
                kind = relationship.get("Type", "").rpartition("/")[2]
                found.setdefault(kind, _part(posixpath.join("/", folder, relationship.get("Target", ""))))
        return found

    def xml(self, name: str) -> Any:
        """Return the root element of a part, None where there is no such part."""
        stored = self._entries.get(_part(name)) if name else None
        if stored is None:
            return None
        with _in_words_for_reports():
            data = self._parts.read(stored)
        return _parse(data)


def _part(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").casefold()


def _parse(data: bytes) -> Any:
    from lxml import etree

    if data.count(b"<") > MAX_MARKUP:
        raise Refused("word_too_big")
    if _DTD.search(data):
        raise Refused("word_broken")
    for strict, usual in _STRICT.items():
        if strict in data:
            data = data.replace(strict, usual)
    parser = etree.XMLParser(
        # The format knows these two encodings only; in any other the checks above would have seen nothing.
        encoding="utf-16" if data.startswith(_TWO_BYTES) else "utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise Refused("word_broken") from error
