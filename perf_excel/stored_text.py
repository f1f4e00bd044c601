"""Texts as they stand in the parts of a workbook, where `_x0041_` means a letter by its number.

Spreadsheet programs read that as A. So a text in which somebody has typed just these characters is stored with the
first one written by its number, and so is a carriage return, which XML would take for the end of a line.
"""

from __future__ import annotations

import re

_LOOKS_STORED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_STORED = re.compile("_x([0-9A-Fa-f]{4})_")


def stored(text: str) -> str:
    """Return a text as it must be stored."""
    return (_LOOKS_STORED.sub("_x005F_", text) if "_x" in text else text).replace("\r", "_x000D_")


def shown(text: str) -> str:
    """Return a stored text as it is shown."""
    return _STORED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
