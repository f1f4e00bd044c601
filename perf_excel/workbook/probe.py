"""Ask what calamine cannot tell: why a cell looks blank, how cells are dressed, whether a number shows a percentage.

calamine gives a blank for a failed formula and for one that was never calculated, and knows neither drop-downs nor
number formats. The stored parts tell all that in a fraction of the time that opening the workbook again would take.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from perf_excel.text import shorten
from perf_excel.workbook.archive import Package, Refused
from perf_excel.workbook.dressing import NAME, Dressing, dressing, number_formats, percentages

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# A cell ends where the next one begins: looking for its own end would take for ever in a part where there is none.
_CELL = re.compile(rb"<(?:\w+:)?c\b([^<>]*)>")
_CELL_END = re.compile(rb"</(?:\w+:)?c>")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]+)</(?:\w+:)?v>")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_DIGITS = "0123456789"
_WORKBOOK, _STYLES = "xl/workbook.xml", "xl/styles.xml"
_LONGEST_ERROR = 20

_ASKS_TO_CALCULATE = re.compile(rb'<(?:\w+:)?calcPr\b[^>]*\bfullCalcOnLoad="(?:1|true)"')

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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a sheet.

    Attributes:
        letters: of the columns that are read: they are searched for error values and for formulas that nobody
            calculated; the look-ups beside them are formulas by nature.
        exact: the rows of interest by letter of the columns whose cells should be formatted as text; None where
            nobody asks how the cells are dressed.
    """

    letters: Collection[str]
    exact: Mapping[str, Collection[int]] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        probes: what stands behind cells; one with nothing behind it is left out.
        dressed: by sheet title; nothing for a file whose parts are stored in another way (.xls, .ods).
    """

    probes: dict[Cell, Probe] = field(default_factory=dict)
    dressed: dict[str, Dressing] = field(default_factory=dict)


def probe(package: Package | None, sheets: Mapping[str, Asked], numbers: Collection[Cell]) -> Found:
    """Look behind the cells of a workbook.

    Args:
        package: its stored parts; None for a file that has no such parts (.xls).
        sheets: what is asked, by sheet title.
        numbers: cells, as (sheet title, cell), whose number format matters.
    """
    found = Found()
    if package is None:
        return found
    try:
        parts = _parts(package)
        # A program that writes formulas without calculating them puts 0 there and asks for a calculation on load.
        unset: set[bytes | None] = {None, b"0"} if _ASKS_TO_CALCULATE.search(package.read(_WORKBOOK)) else {None}
        formats = number_formats(package.read(_STYLES)) if _STYLES in package.names else []
        for title in parts.keys() & sheets.keys():
            data, asked = package.read(parts[title]), sheets[title]
            if b't="e"' in data or _has_bare_formula(data, asked.letters):
                behind = _behind(data, unset)
                found.probes.update(
                    {(title, name): what for name, what in behind if name.rstrip(_DIGITS) in asked.letters}
                )
            if asked.exact is not None:
                found.dressed[title] = dressing(data, formats, asked.exact)
            if own := {cell for sheet, cell in numbers if sheet == title}:
                percent = percentages(data, formats, own)
                found.probes.update({(title, cell): Probe(percent=True) for cell in percent})
    except (Refused, KeyError):
        return found  # .ods has other parts
    return found


def _has_bare_formula(data: bytes, letters: Collection[str]) -> bool:
    """Tell whether some columns have a formula cell without a type: it holds a number, or nothing yet."""
    prefix = rb"(?:\w+:)?" if b":f" in data else b""
    if not prefix and b'"><f>' not in data and b'"><f ' not in data:
        return False
    return _bare_formula(prefix, tuple(sorted(letters))).search(data) is not None


@lru_cache(maxsize=256)
def _bare_formula(prefix: bytes, letters: tuple[str, ...]) -> re.Pattern[bytes]:
    places = "|".join(letters).encode()
    cell = b"<%sc" % prefix + rb' r="(?:' + places + rb')[0-9]++"(?: s="[0-9]++")?+>'
    return re.compile(cell + b"<%sf" % prefix + rb"\b")


def _behind(data: bytes, unset: set[bytes | None]) -> list[tuple[str, Probe]]:
    found = []
    for match in _CELL.finditer(data):
        attributes = match[1]
        error = b't="e"' in attributes
        if attributes.endswith(b"/") or (not error and b't="str"' in attributes):
            continue
        following = _CELL.search(data, match.end())
        end = _CELL_END.search(data, match.end(), following.start() if following is not None else len(data))
        if end is None:
            continue
        name, value = NAME.search(attributes), _VALUE.search(data, match.end(), end.start())
        if name is None or (not error and not _FORMULA.search(data, match.end(), end.start())):
            continue
        if error:
            shown = shorten(value[1].decode("utf-8", "replace"), _LONGEST_ERROR) if value else "#N/A"
            found.append((name[1].decode(), Probe(error=shown)))
        elif (value[1] if value else None) in unset:
            found.append((name[1].decode(), Probe(uncalculated=True)))
    return found


def _parts(package: Package) -> dict[str, str]:
    """Return the part that holds each sheet, by title."""
    relations = {element.get("Id"): element.get("Target", "") for element in package.xml("xl/_rels/workbook.xml.rels")}
    parts = {}
    for element in package.xml(_WORKBOOK).iter():
        target = relations.get(element.get(_RELATION, ""))
        if element.tag.endswith("}sheet") and target:
            parts[element.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts
