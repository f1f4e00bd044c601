"""Texts as openpyxl takes and gives them: what stands in the file, where `_x0041_` means a letter by its number.

Spreadsheet programs read that as A. A text in which somebody has typed just these characters is stored with its first
one written that way, and a text that is taken from a file is read back.
"""

from __future__ import annotations

import re

from perf_excel.book import clip

_LOOKS_STORED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_STORED = re.compile("_x([0-9A-Fa-f]{4})_")


def stored(text: str) -> str:
    """Return a text as it must be stored, cut and cleaned to what a cell can hold."""
    return _LOOKS_STORED.sub("_x005F_", clip(text))


def shown(text: str) -> str:
    """Return a stored text as it is shown."""
    return clip(_STORED.sub(lambda match: chr(int(match[1], 16)), text)) if "_x" in text else text
