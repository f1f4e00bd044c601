"""What the styles of a Word document bring to a paragraph: heading level, place on the line, list, being hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from perf_excel.audit.markup import LEVELS, W, attribute, first, number, on, val

_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录)\s*[1-9]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph or character style, its ancestors included.

    Attributes:
        level: of the heading, 0 for none.
        centred, hidden: as a reader sees it.
        contents: a line of an automatic table of contents.
        list_id: the list that it counts with, "" for none.
        list_level: the level from 0 that it gives, None where it gives none.
    """

    level: int = 0
    centred: bool = False
    hidden: bool = False
    contents: bool = False
    list_id: str = ""
    list_level: int | None = None


class Styles:
    """All styles of a document, each resolved when it is first asked for."""

    def __init__(self, root: Any) -> None:
        """Read the root of styles.xml, None where there is none."""
        elements = () if root is None else root.findall(W + "style")
        self._elements = {attribute(element, "styleId"): element for element in elements}
        self._resolved: dict[str, Style] = {}
        defaults = (key for key, element in self._elements.items() if _is_default(element))
        #: The style of paragraphs that name none.
        self.default = next(defaults, "")

    def get(self, key: str) -> Style:
        """Return a style; one that does not exist brings nothing."""
        chain: dict[str, Any] = {}
        while key in self._elements and key not in self._resolved and key not in chain:
            chain[key] = self._elements[key]
            key = val(first(chain[key], "basedOn"))
        style = self._resolved.get(key, Style())
        for key, element in reversed(chain.items()):
            style = self._resolved[key] = _derived(style, element)
        return style

    def list_of(self, list_style: str) -> str:
        """Return the id of the list that a list style stands for."""
        return val(first(self._elements.get(list_style), "pPr", "numPr", "numId"))


def outline(element: Any, default: int) -> int:
    """Return the heading level that an `outlineLvl` gives, 0 for body text."""
    level = default if element is None else number(element, LEVELS) + 1
    return level if 0 <= level <= LEVELS else 0


def centred(element: Any, default: bool) -> bool:
    """Tell whether a `jc` puts the text in the middle."""
    return default if element is None else val(element) == "center"


def _is_default(element: Any) -> bool:
    return attribute(element, "type") == "paragraph" and attribute(element, "default") in ("1", "true", "on")


def _derived(base: Style, element: Any) -> Style:
    name = val(first(element, "name")).strip()
    heading = _HEADING.fullmatch(name)
    properties, hidden = first(element, "pPr"), first(element, "rPr", "vanish")
    lists = first(properties, "numPr")
    return Style(
        level=outline(first(properties, "outlineLvl"), int(heading[1]) if heading else base.level),
        centred=centred(first(properties, "jc"), base.centred),
        hidden=base.hidden if hidden is None else on(hidden),
        contents=base.contents or _CONTENTS.fullmatch(name) is not None,
        list_id=val(first(lists, "numId")) or base.list_id,
        list_level=base.list_level if lists is None else number(first(lists, "ilvl"), 0),
    )
