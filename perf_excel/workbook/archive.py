"""From a file that nobody vouches for to the parts of a workbook, within bounds, or one named reason why not.

Nothing is unpacked beyond its bound, whatever the headers say, and what is unpacked here is what any other program
finds in the file: an archive that two programs could take for two things is refused.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_ENTRIES = 10_000
MAX_PART_BYTES = 128 * 1024 * 1024
MAX_UNPACKED_BYTES = 256 * 1024 * 1024

_DIRECTORY_ENTRY, _END = b"PK\x01\x02", b"PK\x05\x06"
#: Bytes of unpacked parts that a package keeps for the next who asks.
_KEPT = 4 * 1024 * 1024
#: Signature, disks, entries here and in all, size and place of the directory, length of the remark.
_END_FORMAT = struct.Struct("<4s2H2HLLH")
_LONGEST_REMARK = 65535
#: Where the header in front of a part has the lengths of its two fields without fixed length.
_LOCAL_HEADER, _LOCAL_LENGTHS = 30, struct.Struct("<HH")
_ENCRYPTED = 0x1

#: How a part of text may begin, and the document type in one or two bytes a character.
_TWO_BYTES = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_MARKUP = (b"<", b"\xef\xbb\xbf<", *_TWO_BYTES)
_DTD = "<!DOCTYPE"
_DTD_IN_TWO_BYTES = (_DTD.encode("utf-16-le"), _DTD.encode("utf-16-be"))
_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")
#: In these the markup of a document type looks as it does in ASCII, or in two bytes.
_ENCODINGS = frozenset(
    {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"utf-16", b"iso-8859-1", b"gbk", b"gb2312", b"gb18030"}
)
#: Pictures of this kind often have a document type, and no program reads them as part of a table.
_DRAWN = ".svg"


class Refused(Exception):
    """The file is not read on; `problem` is a key of `catalogue.READ_PROBLEMS`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        Refused: it is not there, not a file, not to be read or too big.
    """
    try:
        # Asked before it is opened: a pipe would keep whoever opens it waiting.
        if not stat.S_ISREG(path.stat().st_mode):
            raise Refused("no_file")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # ValueError: a name that no system takes
        raise Refused("missing") from error
    except PermissionError as error:
        raise Refused("locked") from error
    except (OSError, MemoryError) as error:
        raise Refused("broken") from error
    if len(data) > MAX_FILE_BYTES:
        raise Refused("too_big")
    return data


class Package:
    """A zip archive of parts.

    Attributes:
        data: the archive as other programs may have it: what stood behind its end is cut off.
        names: of its parts.
    """

    def __init__(self, data: bytes) -> None:
        """Read the directory.

        Raises:
            Refused: it is broken, ambiguous or out of bounds.
        """
        self.data = _without_remark(data)
        try:
            with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
                self._entries = archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, OverflowError) as error:
            raise Refused("broken") from error
        if len(self._entries) > MAX_ENTRIES or sum(entry.file_size for entry in self._entries) > MAX_UNPACKED_BYTES:
            raise Refused("too_big")
        if any("\0" in entry.orig_filename for entry in self._entries):
            raise Refused("broken")
        self._by_name = {entry.filename: entry for entry in self._entries}
        self._kept: dict[int, bytes] = {}
        self._room = _KEPT
        self.names = frozenset(self._by_name)

    def read(self, name: str) -> bytes:
        """Return a part.

        Raises:
            Refused: it is broken, or larger than it says.
            KeyError: there is none of that name.
        """
        return self._content(self._by_name[name])

    def xml(self, name: str) -> Any:
        """Return the root element of a part; raises as `read` does."""
        data = self.read(name)
        check_markup(data)
        try:
            return ElementTree.fromstring(data)
        except (ElementTree.ParseError, ValueError, LookupError) as error:
            raise Refused("broken") from error

    def parts(self) -> Iterator[tuple[str, bytes | None]]:
        """Walk over all parts, those too whose name is there twice; None for one that cannot be unpacked.

        Raises:
            Refused: a part is larger than it says.
        """
        for entry in self._entries:
            try:
                data = self._content(entry)
            except Refused as error:
                if error.problem != "broken":
                    raise
                yield entry.filename, None
            else:
                if not entry.filename.casefold().endswith(_DRAWN):
                    check_markup(data)
                yield entry.filename, data

    def _content(self, entry: zipfile.ZipInfo) -> bytes:
        kept = self._kept.get(entry.header_offset)
        if kept is not None:
            return kept
        content = self._unpacked(entry)
        if len(content) <= self._room:
            self._room -= len(content)
            self._kept[entry.header_offset] = content
        return content

    def _unpacked(self, entry: zipfile.ZipInfo) -> bytes:
        if entry.flag_bits & _ENCRYPTED:
            raise Refused("password")
        if entry.file_size > MAX_PART_BYTES:
            raise Refused("too_big")
        begin = entry.header_offset + _LOCAL_HEADER
        if begin > len(self.data):
            raise Refused("broken")
        name, extra = _LOCAL_LENGTHS.unpack_from(self.data, begin - _LOCAL_LENGTHS.size)
        packed = memoryview(self.data)[begin + name + extra :][: entry.compress_size]
        if entry.compress_type == zipfile.ZIP_STORED:
            content = bytes(packed)
        elif entry.compress_type == zipfile.ZIP_DEFLATED:
            content = _inflated(packed, entry.file_size)
        else:
            raise Refused("broken")
        # The headers are believed nowhere: a part that unpacks to more than they say is not unpacked any further.
        if len(content) != entry.file_size:
            raise Refused("broken")
        return content


def check_markup(data: bytes) -> None:
    """See to it that a part has no document type, which could name files of this machine or swell without end.

    Raises:
        Refused: it has one, or is written so that nobody can tell.
    """
    if not data.startswith(_MARKUP):
        if data.lstrip(b" \t\r\n")[:1] != b"<":
            return  # no markup: no parser gets beyond its first letter
    declared = _ENCODING.match(data)
    if declared is not None and declared[1].lower() not in _ENCODINGS:
        raise Refused("entities")
    if _DTD.encode() in data:
        raise Refused("entities")
    if data.startswith(_TWO_BYTES) and any(mark in data for mark in _DTD_IN_TWO_BYTES):
        raise Refused("entities")


def _without_remark(data: bytes) -> bytes:
    """Cut off what stands behind the archive, and see to it that nothing stands in front of it.

    Raises:
        Refused: the directory does not stand where it says, right in front of the end.
    """
    # Counted before the directory is read: a million entries would take the memory, whatever its header says.
    if data.count(_DIRECTORY_ENTRY) > MAX_ENTRIES:
        raise Refused("too_big")
    end = data.rfind(_END, max(0, len(data) - _END_FORMAT.size - _LONGEST_REMARK))
    if end < 0 or end + _END_FORMAT.size > len(data):
        raise Refused("broken")
    _, disk, first_disk, here, entries, size, place, _ = _END_FORMAT.unpack_from(data, end)
    if disk or first_disk or here != entries or place + size != end or not data.startswith(b"PK\x03\x04"):
        raise Refused("broken")
    whole = end + _END_FORMAT.size
    return data if whole == len(data) and data.endswith(b"\0\0") else data[: whole - 2] + b"\0\0"


def _inflated(packed: memoryview, size: int) -> bytes:
    """Unpack at most one byte more than a part says to have.

    Raises:
        Refused: it cannot be unpacked.
    """
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        return unpacker.decompress(packed, size + 1)
    except (zlib.error, ValueError, OverflowError) as error:
        raise Refused("broken") from error
