"""Ask openpyxl what calamine cannot tell: why a cell looks blank, and whether a number is shown as a percentage.

Opening a workbook a second time costs many times the first reading, and a blank cell is nearly always just blank. So
the stored part is looked at first: only a cell with a formula or an error value in it is worth the question.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+\d+)"([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)', re.DOTALL)

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Probe:
    """What stands behind a cell.

    Attributes:
        error: the error value that the cell shows (`#DIV/0!`), else "".
        uncalculated: it holds a formula that no program has calculated.
        percent: its number format shows a percentage.
    """

    error: str = ""
    uncalculated: bool = False
    percent: bool = False


def probe(path: Path, blanks: Iterable[Cell], numbers: Iterable[Cell]) -> dict[Cell, Probe]:
    """Look behind cells, given as (sheet title, cell).

    Args:
        path: the workbook.
        blanks: cells that look blank though they should not.
        numbers: cells whose number format matters.

    Returns:
        What was found; a cell with nothing behind it is left out.
    """
    wanted = [*_suspects(path, list(blanks)), *numbers]
    if not wanted:
        return {}
    import openpyxl

    try:
        stored: Any = openpyxl.load_workbook(path, data_only=False)
        shown: Any = openpyxl.load_workbook(path, data_only=True)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        zipfile.BadZipFile,
        SyntaxError,
    ):
        # openpyxl refuses some files that other programs take; then the cell is simply reported as blank.
        return {}
    found = {}
    for title, name in wanted:
        cell, value = stored[title][name], shown[title][name].value
        error = value if isinstance(value, str) and value.startswith("#") else ""
        result = Probe(error, cell.data_type == "f" and value is None, "%" in (cell.number_format or ""))
        if result != Probe():
            found[title, name] = result
    return found


def _suspects(path: Path, blanks: list[Cell]) -> list[Cell]:
    """Return those of the cells whose stored form holds a formula or an error value."""
    if not blanks:
        return []
    try:
        with zipfile.ZipFile(path) as package:
            parts = _parts(package)
            suspects: set[Cell] = set()
            for title in {title for title, _ in blanks} & parts.keys():
                data = package.read(parts[title])
                if b"<f" in data or b":f>" in data or b't="e"' in data:
                    suspects |= {
                        (title, match[1].decode())
                        for match in _CELL.finditer(data)
                        if b't="e"' in match[2] or (match[3] and re.search(rb"<(?:\w+:)?f\b", match[3]))
                    }
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, KeyError, ElementTree.ParseError):
        return []
    return [cell for cell in blanks if cell in suspects]


def _parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Return the part that holds each sheet, by title."""
    relations = {
        element.get("Id"): element.get("Target", "")
        for element in ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    }
    parts = {}
    for element in ElementTree.fromstring(package.read("xl/workbook.xml")).iter():
        target = relations.get(element.get(_RELATION, ""))
        if element.tag.endswith("}sheet") and target:
            parts[element.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts
