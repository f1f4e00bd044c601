"""Names of WordprocessingML, and the few ways in which its elements are asked.

An element may be None where the markup lacks it; then every answer is the blank one.
"""

from __future__ import annotations

from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: Levels of lists and of headings.
LEVELS = 9

_VAL = W + "val"
_NOTHING: dict[str, Any] = {}


def attribute(element: Any, name: str) -> str:
    """Return `w:name` of an element, "" where it is not given."""
    return "" if element is None else element.get(W + name, "")


def val(element: Any) -> str:
    """Return `w:val` of an element, "" where it is not given."""
    return "" if element is None else element.get(_VAL, "")


def number(element: Any, default: int) -> int:
    """Return `w:val` of an element as a whole number of at most six digits, else `default`."""
    text = val(element)
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and digits.isascii() and len(digits) < 7 else default


def on(element: Any) -> bool:
    """Tell whether a switch is there and not turned off."""
    return element is not None and val(element) not in ("0", "false", "off")


def first(element: Any, *names: str) -> Any:
    """Return what stands at the end of a way of names, the first of each; None where it ends early."""
    for name in names:
        if element is None:
            return None
        # Half the time of `find`, which is asked a million times in a long report.
        element = next(element.iterchildren(W + name), None)
    return element


def children(element: Any) -> dict[str, Any]:
    """Return the children of an element by tag; of a tag that stands there twice the last."""
    return _NOTHING if element is None else {child.tag: child for child in element}
