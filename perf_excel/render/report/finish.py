"""The last hand on a rendered part: merged cells, paragraphs for line breaks, and colour on what is still to be filled in.

A template stays plain because of it: no tag is needed for any of the three.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from lxml import etree

from perf_excel.render.report.words import BELOW_MERGED, FIRST_OF_MERGED, PLACEHOLDER

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_SPECIAL = re.compile(f"[{FIRST_OF_MERGED}{BELOW_MERGED}\n]|【待")
#: What stands before w:highlight in a run's properties, and before w:vMerge in a cell's; Word insists on the order.
_BEFORE_HIGHLIGHT = frozenset(
    [
        "rStyle",
        "rFonts",
        "b",
        "bCs",
        "i",
        "iCs",
        "caps",
        "smallCaps",
        "strike",
        "dstrike",
        "outline",
        "shadow",
        "emboss",
        "imprint",
        "noProof",
        "snapToGrid",
        "vanish",
        "webHidden",
        "color",
        "spacing",
        "w",
        "kern",
        "position",
        "sz",
        "szCs",
    ]
)
_BEFORE_MERGE = frozenset(["cnfStyle", "tcW", "gridSpan", "hMerge"])
#: A template is an office's own file, but nothing outside of it is ever to be fetched.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def parse(part: bytes) -> Any:
    """Return the root of a part."""
    return etree.fromstring(part, _PARSER)


def finish(xml: str) -> bytes:
    """Return a rendered part as it goes into the file."""
    root = parse(xml.encode("utf-8"))
    for node in [node for node in root.iter(f"{W}t") if node.text and _SPECIAL.search(node.text)]:
        _merge(node)
        for piece in _split(node):
            _highlight(piece)
    for block in root.iter(f"{W}tc", f"{W}hdr", f"{W}ftr"):
        if not len(block) or block[-1].tag != f"{W}p":  # a condition took away all that was there; Word insists on one
            etree.SubElement(block, f"{W}p")
    whole: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return whole


def _merge(node: Any) -> None:
    """Turn the mark of a merged cell into Word's own; outside of a table it goes without a trace."""
    for mark, kind in ((FIRST_OF_MERGED, "restart"), (BELOW_MERGED, "continue")):
        if mark in node.text:
            node.text = node.text.replace(mark, "")
            cell = next(node.iterancestors(f"{W}tc"), None)
            if cell is not None:
                properties = cell.find(f"{W}tcPr")
                if properties is None:
                    properties = etree.Element(f"{W}tcPr")
                    cell.insert(0, properties)
                for earlier in properties.findall(f"{W}vMerge"):
                    properties.remove(earlier)
                _insert(properties, etree.Element(f"{W}vMerge", {f"{W}val": kind}), _BEFORE_MERGE)


def _insert(properties: Any, new: Any, before: frozenset[str]) -> None:
    place = sum(1 for child in properties if etree.QName(child).localname in before)
    properties.insert(place, new)


def _alone(node: Any) -> Any:
    """Return the run of a text, which holds nothing else afterwards: what stands around it gets runs of its own."""
    run = node.getparent()
    contents = [child for child in run if child.tag != f"{W}rPr"]
    place = contents.index(node)
    for neighbours, add in ((contents[:place], run.addprevious), (contents[place + 1 :], run.addnext)):
        if neighbours:
            beside = _run_like(run, *neighbours)
            add(beside)
    return run


def _split(node: Any) -> list[Any]:
    """Turn line breaks into paragraphs of the same kind; return the nodes that hold the text afterwards."""
    first, *rest = node.text.split("\n")
    if not rest:
        return [node]
    run = _alone(node)
    _put(node, first)
    nodes, last = [node], run.getparent()
    if last.tag != f"{W}p":  # inside a link or a content control: lines must do
        for line in rest:
            nodes.append(_text(line))
            run.extend((etree.Element(f"{W}br"), nodes[-1]))
        return nodes
    behind, properties = [*run.itersiblings()], last.find(f"{W}pPr")
    section = None if properties is None else properties.find(f"{W}sectPr")
    if section is not None:
        properties.remove(section)
    for line in rest:
        below = etree.Element(f"{W}p")
        if properties is not None:
            below.append(copy.deepcopy(properties))
        nodes.append(_text(line))
        below.append(_run_like(run, nodes[-1]))
        last.addnext(below)
        last = below
    last.extend(behind)
    if section is not None:
        last.find(f"{W}pPr").append(section)
    return nodes


def _highlight(node: Any) -> None:
    """Give every placeholder a run of its own, marked yellow."""
    pieces = [piece for piece in re.split(f"({PLACEHOLDER.pattern})", node.text or "") if piece]
    if not any(PLACEHOLDER.fullmatch(piece) for piece in pieces):
        return
    run = _alone(node)
    for piece in pieces:
        new = _run_like(run, _text(piece))
        if PLACEHOLDER.fullmatch(piece):
            _mark(new)
        run.addprevious(new)
    run.getparent().remove(run)


def _mark(run: Any) -> None:
    properties = run.find(f"{W}rPr")
    if properties is None:
        properties = etree.Element(f"{W}rPr")
        run.insert(0, properties)
    _insert(properties, etree.Element(f"{W}highlight", {f"{W}val": "yellow"}), _BEFORE_HIGHLIGHT)


def _run_like(run: Any, *contents: Any) -> Any:
    new = etree.Element(f"{W}r")
    properties = run.find(f"{W}rPr")
    if properties is not None:
        new.append(copy.deepcopy(properties))
    new.extend(contents)
    return new


def _text(text: str) -> Any:
    node = etree.Element(f"{W}t")
    _put(node, text)
    return node


def _put(node: Any, text: str) -> None:
    node.text = text
    node.set(_SPACE, "preserve")
