"""Text sense: what counts as blank, one spelling for look-alike characters.

Nothing here knows a sheet, a rule or a finding.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

# Characters that look like nothing on the screen: every Unicode space, zero-width marks, byte-order marks,
# soft hyphens and direction marks. Staff paste them in from web pages and from Word.
INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
#: These, every Unicode space and the control characters below the space, one by one.
BLANKS = "".join(map(chr, (*range(0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F)))
BLANKS += "\u3000" + re.sub("(.)-(.)", lambda ends: "".join(map(chr, range(ord(ends[1]), ord(ends[2]) + 1))), INVISIBLE)
_BLANK = re.compile(f"[{re.escape(BLANKS)}]")
_ANYWHERE = re.compile(f"[{re.escape(BLANKS)}]+")

#: What Excel shows in a cell whose formula failed.
ERROR_VALUES = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)

#: Characters that no XML can hold, and so no workbook and no Word document.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def writable(text: str) -> str:
    """Return `text` without the characters that no file of an office program can hold; nobody sees them."""
    return text if text.isprintable() else _UNWRITABLE.sub("", text)


def strip(text: str) -> str:
    """Return `text` without the spaces and invisible marks at its ends."""
    return text.strip(BLANKS)


@lru_cache(maxsize=4096)
def squeeze(text: str) -> str:
    """Return `text` without any space, line break or invisible mark, for comparing words."""
    return _BLANK.sub("", text)


@lru_cache(maxsize=4096)
def halfwidth(text: str) -> str:
    """Return `text` with full-width letters, digits and signs in their ordinary form (NFKC)."""
    return unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return a key under which spellings of the same title or word are equal.

    Spaces, case, width of characters and the star that marks must-fill columns do not count.
    """
    return squeeze(halfwidth(text)).strip("*＊※").casefold()


#: Answers that say nothing where something is due, or that nothing is meant.
EMPTY_ANSWERS = frozenset(
    [
        "无",
        "暂无",
        "没有",
        "不存在",
        "无问题",
        "暂无问题",
        "无原因",
        "没有原因",
        "无偏差",
        "没有偏差",
        "不适用",
        "否",
        "不是",
        "略",
        "同上",
        "无明显问题",
        "暂未发现问题",
        "未发现问题",
        "无存在问题",
        "没有问题",
        "N/A",
        "n/a",
    ]
)


def is_no_answer(text: str) -> bool:
    """Tell whether a text only says that there is nothing: 「无」「暂无」."""
    bare = squeeze(text).strip("。.…/、，,-—*").removeprefix("原因：").removeprefix("原因:")
    return bare in EMPTY_ANSWERS or not any(character.isalpha() for character in bare)


def is_error(text: str) -> bool:
    """Tell whether `text` is what a spreadsheet shows for a failed formula."""
    return text.startswith("#") and text.upper() in ERROR_VALUES


def width(text: str) -> int:
    """Return how many columns of ordinary characters `text` takes; a Chinese character takes two, as in GBK."""
    return len(text.encode("gbk", "replace"))


def lines(text: str, columns: float) -> int:
    """Return how many lines `text` takes in a cell `columns` ordinary characters wide, wrapped anywhere."""
    room = max(2.0, columns - 1)
    if 2 * len(text) <= room and "\n" not in text:
        return 1
    return sum(max(1, math.ceil(width(line) / room)) for line in text.split("\n")) if text else 1


def shorten(text: str, limit: int = 40) -> str:
    """Return `text` on one line, cut to `limit` characters with an ellipsis, for quoting in a message."""
    line = _ANYWHERE.sub(" ", text).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"
