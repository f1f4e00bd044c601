"""Names of files: what an input is called, and what its outputs may be called."""

from __future__ import annotations

import re
from pathlib import Path

from perf_excel.text import INVISIBLE

MARKED_SUFFIX = "_问题标注"
_MARKED = re.compile(rf"{MARKED_SUFFIX}(?:_\d+)?$")
_OURS = re.compile(r"_(?:\d{4}|未填年度)_绩效自评$")

#: Signs with a meaning in paths, controls, and what is not seen or turns the direction of what follows.
_ILLEGAL_IN_FILE_NAME = re.compile(
    rf'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u2028\u2029\ufff9-\uffff\U000e0000-\U000e0fff{INVISIBLE}]+'
)
_DEVICE_NAMES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *(f"{d}{i}" for d in ("COM", "LPT") for i in "0123456789¹²³")}
)
#: Windows drops points and blanks at the end; with the others in front, a file is hidden or passed over.
_EDGES = "._~ \u3000\xa0"


def input_stem(path: Path) -> str:
    """Return the input's name without its ending and without the mark of a marked copy."""
    return _MARKED.sub("", path.stem)


def unit_of(path: Path) -> str:
    """Return what stands in for a blank 单位名称: the input's name, without what a 报送件 has added to it."""
    return _OURS.sub("", input_stem(path)) or path.stem


def column_letter(number: int) -> str:
    """Return the letters of a column, counted from 0."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def file_name(text: str, fallback: str, limit: int = 120) -> str:
    """Return `text` as a name that any system takes for a file and that cannot leave its folder.

    Args:
        text: what a person typed, a unit or a project name.
        fallback: the name where nothing usable remains.
        limit: the most bytes kept (Linux allows 255 for a whole name, a Chinese character takes three).
    """
    whole = text.encode("utf-8", "ignore").decode("utf-8")  # a lone surrogate is no character
    name = shorten_bytes(_ILLEGAL_IN_FILE_NAME.sub("_", whole).strip(_EDGES), limit).strip(_EDGES)
    if not name or name.split(".")[0].strip().upper() in _DEVICE_NAMES:
        return f"{fallback}_{name}".strip("_")
    return name


def shorten_bytes(text: str, limit: int) -> str:
    """Return `text` cut so that it takes at most `limit` bytes, at the end of a character."""
    return text.encode("utf-8", "surrogateescape")[:limit].decode("utf-8", "ignore")
