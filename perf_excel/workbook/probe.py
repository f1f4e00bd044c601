"""Ask what calamine cannot tell: why a cell looks blank, and whether a number is shown as a percentage.

calamine gives a blank for a failed formula and for one that was never calculated. The stored parts tell the two apart
from a blank in a fraction of the time that opening the workbook again would take; only number formats, which few
workbooks need, are asked of openpyxl.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_NAME = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]+)</(?:\w+:)?v>")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
#: A formula cell without a type: a number, or nothing yet. The look-ups of the template have the type of text.
_BARE_FORMULA = re.compile(rb'<(?:\w+:)?c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?><(?:\w+:)?f\b')

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


def probe(path: Path, titles: Collection[str], numbers: Collection[Cell]) -> dict[Cell, Probe]:
    """Look behind cells, named by (sheet title, cell).

    Args:
        path: the workbook.
        titles: the sheets that are searched for error values and for formulas that nobody calculated.
        numbers: cells whose number format matters.

    Returns:
        What was found; a cell with nothing behind it is left out.
    """
    found = _stored(path, titles)
    if numbers:
        found |= _percentages(path, numbers)
    return found


def _stored(path: Path, titles: Collection[str]) -> dict[Cell, Probe]:
    found: dict[Cell, Probe] = {}
    try:
        with zipfile.ZipFile(path) as package:
            parts = _parts(package)
            for title in parts.keys() & set(titles):
                data = package.read(parts[title])
                if b't="e"' in data or _BARE_FORMULA.search(data):
                    found |= {(title, name): what for name, what in _behind(data)}
    except (OSError, zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, KeyError, ElementTree.ParseError):
        return found  # .xls and .ods have no such parts
    return found


def _behind(data: bytes) -> list[tuple[str, Probe]]:
    found = []
    for match in _CELL.finditer(data):
        attributes, content = match[1], match[2] or b""
        error = b't="e"' in attributes
        if not error and (b't="str"' in attributes or not _FORMULA.search(content)):
            continue
        name, value = _NAME.search(attributes), _VALUE.search(content)
        if name is None:
            continue
        if error:
            found.append((name[1].decode(), Probe(error=value[1].decode("utf-8", "replace") if value else "#N/A")))
        elif value is None:
            found.append((name[1].decode(), Probe(uncalculated=True)))
    return found


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


def _percentages(path: Path, numbers: Collection[Cell]) -> dict[Cell, Probe]:
    import openpyxl

    try:
        workbook: Any = openpyxl.load_workbook(path)
    except Exception:  # noqa: BLE001 - whatever openpyxl stumbles over, the number is asked about as it stands
        return {}
    shown = {(title, name): workbook[title][name].number_format or "" for title, name in numbers}
    return {cell: Probe(percent=True) for cell, form in shown.items() if "%" in form}
