"""Whether a workbook of the old format (.xls) may be given to the reader, told from its records.

The reader believes what stands in such a file: it follows chains of sectors that never end, and makes room for as many
cells as a sheet says to have. So the chains are walked here first, and the places of the cells looked at.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Sequence

from perf_excel.workbook.archive import Refused
from perf_excel.workbook.bounds import MAX_CELLS, MAX_MERGES, MAX_SHEETS, MAX_TEXTS

MAX_BYTES = 16 * 1024 * 1024

_HEADER = 512
_IN_HEADER = 109
_NO_SECTOR = 0xFFFFFFFA
_CHAIN_END = 0xFFFFFFFE
_ENTRY = 128
_MINI, _SMALLEST_IN_SECTORS = 64, 4096
#: The stream of the records, under the names that the reader looks for, in its order.
_STREAMS = ("Workbook", "Book", "WORKBOOK", "BOOK")

_BOUND_SHEET, _BEGIN, _STOP, _DIMENSIONS, _MERGES, _MANY = 0x85, 0x809, 0x0A, 0x200, 0xE5, 0xBD
_TEXTS, _MORE, _SHOWS_TEXT = 0xFC, 0x3C, 0xFD
_CELLS = frozenset({0x203, 0x204, 0xD6, 0x205, 0x27E, _SHOWS_TEXT, _MANY, 0x06})


def check_old_workbook(data: bytes) -> None:
    """Look through a workbook of the old format.

    Raises:
        Refused: it is broken or out of bounds.
    """
    if len(data) > MAX_BYTES:
        raise Refused("too_big")
    try:
        _check_records(_records_of(data))
    except (struct.error, IndexError) as error:
        raise Refused("broken") from error


# ---------------------------------------------------------------- sectors


def _records_of(data: bytes) -> bytes:
    """Return the stream of records."""
    (shift,) = struct.unpack_from("<H", data, 30)
    if shift not in (9, 12):
        raise Refused("broken")
    size = 1 << shift
    tables, directory, minis, mini_count, more = (struct.unpack_from("<L", data, at)[0] for at in (44, 48, 60, 64, 68))
    most = len(data) // size + 1
    if tables > most or mini_count > min(most, 4096):
        raise Refused("broken")

    def sector(number: int) -> bytes:
        if number >= most:
            raise Refused("broken")
        return data[(number + 1) * size : (number + 2) * size]

    own = _numbers(data[_HEADER - 4 * _IN_HEADER : _HEADER])
    for _ in range(most):
        if more >= _NO_SECTOR:
            break
        *listed, more = _numbers(sector(more))
        own += listed
    else:
        raise Refused("broken")
    following = [number for table in own if table < _NO_SECTOR for number in _numbers(sector(table))]

    def stream(first: int, length: int | None) -> bytes:
        return b"".join(
            sector(number) for number in _chain(first, following, None if length is None else -(-length // size))
        )

    entries = stream(directory, None)
    found: dict[str, tuple[int, int]] = {}
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        name = entries[at : at + 64].decode("utf-16-le", "replace").partition("\0")[0]
        found.setdefault(name, struct.unpack_from("<LL", entries, at + 116))
    if not entries:
        raise Refused("broken")
    root, root_length = struct.unpack_from("<LL", entries, 116)
    first, length = next((found[name] for name in _STREAMS if name in found), (None, 0))
    if first is None or length > len(data):
        raise Refused("broken")
    mini_stream = mini_following = b""
    if mini_count:
        mini_stream = stream(root, root_length)
        mini_following = stream(minis, mini_count * size)
    if length >= _SMALLEST_IN_SECTORS:
        return stream(first, length)[:length]
    chain = _chain(first, _numbers(mini_following), -(-length // _MINI))
    return b"".join(mini_stream[number * _MINI : (number + 1) * _MINI] for number in chain)[:length]


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack_from(f"<{len(data) // 4}L", data))


def _chain(first: int, following: Sequence[int], most: int | None) -> Iterator[int]:
    """Walk along a chain, at most so many sectors, and never longer than there are sectors."""
    number, left = first, len(following) if most is None else most
    while number != _CHAIN_END and left:
        yield number
        number, left = following[number], left - 1
    if number != _CHAIN_END and most is None:
        raise Refused("broken")


# ---------------------------------------------------------------- records


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _check_records(stream: bytes) -> None:
    places, texts, before = [], 0, 0
    for kind, record in _records(stream, 0):
        if kind == _STOP:
            break
        if kind == _BOUND_SHEET:
            places.append(struct.unpack_from("<L", record)[0])
        elif kind == _TEXTS or (kind == _MORE and before == _TEXTS):
            texts, kind = texts + len(record), _TEXTS
        before = kind
    if len(places) > MAX_SHEETS:
        raise Refused("too_many_sheets")
    # Sheets that begin at the same place would be read once for each; those of a program never do.
    if len(set(places)) < len(places):
        raise Refused("broken")
    cells = merges = read = 0
    shown: Counter[bytes] = Counter()
    for place in places:
        rows = columns = depth = 0
        for kind, record in _records(stream, place):
            read += 4 + len(record)
            if kind == _BEGIN:
                depth += 1
            elif kind == _STOP:
                depth -= 1
                if depth <= 0:
                    break
            elif kind == _DIMENSIONS:
                cells += _announced(record)
            elif kind == _MERGES:
                merges += len(record) // 8
            elif kind in _CELLS:
                row, column = struct.unpack_from("<HH", record)
                if kind == _MANY:
                    column += len(record) // 6
                elif kind == _SHOWS_TEXT:
                    shown[record[6:10]] += 1
                rows, columns = max(rows, row + 1), max(columns, column + 1)
        cells += rows * columns
        if cells > MAX_CELLS or merges > MAX_MERGES:
            raise Refused("too_many_cells")
        if read > 2 * len(stream):
            raise Refused("broken")
    # All texts together, shown as often as the one that is shown most, are more than what the cells hold.
    if texts * max(shown.values(), default=0) > 4 * MAX_TEXTS:
        raise Refused("too_big")


def _announced(record: bytes) -> int:
    """Return the number of cells for which the reader makes room at once."""
    form = {10: "<4H", 14: "<2L2H"}.get(len(record))
    if form is None:
        return 0
    top, bottom, left, right = (
        struct.unpack_from(form, record) if form == "<4H" else struct.unpack_from("<2L2H", record)
    )
    if left > 0xFF or right < left:
        left = 0
    if not bottom or not right:
        return 1
    if bottom < top:
        raise Refused("broken")
    return int((bottom - top) * (right - left))
