"""How much room text takes on paper: the lines it wraps into in a cell, and how high a row must be to hold them.

No program is asked: the height is part of the file, and Excel, WPS and LibreOffice, with the fonts named or with what
stands in for them, must all have room enough. So everything here rather takes a little too much.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

#: Points that a column takes for each character of its width, and beside them, in the default font.
_CHARACTER, _PADDING = 5.25, 3.75
#: Points that a cell keeps free at its sides, and more where it is indented.
_EDGES, _INDENT = 5.0, 11.0
#: Widths in letter sizes: of a Chinese character (or what is as wide in a Chinese font), and of any other.
_WIDE, _NARROW = 1.0, 0.56
#: Height of a line in letter sizes: 宋体 takes less, the free fonts that stand in for it take this.
_LINE = 1.45
_ABOVE_AND_BELOW = 4.0
#: What stays on one line: a word or a number, an opening bracket with what follows, a stop with what stands before.
_PIECE = re.compile(r"[（《〔“「【]*(?:[!-~]+|.)[，。；：、！？）》〕”」】]*", re.DOTALL)


def points(widths: Sequence[float]) -> float:
    """Return how wide neighbouring columns are together, in points."""
    return sum(width * _CHARACTER + _PADDING for width in widths)


@lru_cache(maxsize=4096)
def height(text: str, width: float, size: float, *, indent: bool = False) -> float:
    """Return how high a row must be for a text.

    Args:
        text: may have line breaks of its own.
        width: of the cell, in points.
        size: of the letters.
        indent: the text is indented.
    """
    room = max(2.0, (width - _EDGES - (_INDENT if indent else 0.0)) / size)
    return sum(_lines(line, room) for line in text.split("\n")) * size * _LINE + _ABOVE_AND_BELOW


@lru_cache(maxsize=2048)
def _lines(text: str, room: float) -> int:
    if _width(text) <= room:
        return 1
    count, taken = 1, 0.0
    for piece in _PIECE.findall(text):
        wide = _width(piece)
        if taken + wide <= room:
            taken += wide
        elif wide <= room:
            count, taken = count + 1, wide
        else:  # a word longer than a line is broken anywhere
            more = math.ceil((taken + wide) / room) - 1
            count, taken = count + more, taken + wide - more * room
    return count


def _width(text: str) -> float:
    return sum(map(_letter, text))


@lru_cache(maxsize=8192)
def _letter(letter: str) -> float:
    return _WIDE if unicodedata.east_asian_width(letter) in "WFA" else _NARROW
