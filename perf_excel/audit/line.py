"""The text of one Word paragraph as a reader sees it, and the text boxes that hang on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from perf_excel.audit.markup import W, attribute, first, on, val
from perf_excel.audit.styles import Styles

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_ALTERNATE, _CHOICE, _FALLBACK = f"{_MC}AlternateContent", f"{_MC}Choice", f"{_MC}Fallback"

#: What tracked changes have taken away. Whatever stands in them is not read.
DELETED = (W + "del", W + "moveFrom")
#: Elements whose content stands where they stand.
_WRAPPERS = frozenset(
    W + name
    for name in (
        *("sdt", "sdtContent", "smartTag", "customXml", "hyperlink", "fldSimple", "dir", "bdo", "ruby", "rubyBase"),
        *("ins", "moveTo"),
    )
)
_RUN, _PROPERTIES, _TEXT, _BOX = W + "r", W + "rPr", W + "t", W + "txbxContent"
_FIELD, _SYMBOL = W + "fldChar", W + "sym"
_VANISH, _STYLE, _FONTS = W + "vanish", W + "rStyle", W + "rFonts"
_MARKS = {W + "tab": " ", W + "ptab": " ", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
_DRAWN = frozenset(W + name for name in ("drawing", "pict", "object"))

#: Boxes to tick: characters of the fonts Wingdings and Wingdings 2, by the last two digits of their code.
_BOXES = {"52": "☑", "FE": "☑", "FD": "☑", "A3": "□", "6F": "□", "A8": "□"}
_SYMBOL_FONT = "Wingdings"
#: How letters are read, in any font and in one of these.
_PLAIN: dict[int, str] = dict.fromkeys(map(ord, "\t\n\r"), " ") | {
    int("F0" + code, 16): _BOXES[code] for code in _BOXES
}
_IN_SYMBOL_FONT = _PLAIN | {int(code, 16): _BOXES[code] for code in _BOXES}


def branches(element: Any) -> Iterable[Any]:
    """Return what an element that only wraps others stands for; of alternatives the one that is shown."""
    if element.tag in _WRAPPERS:
        return element  # type: ignore[no-any-return]
    if element.tag != _ALTERNATE:
        return ()
    chosen = next(element.iterchildren(_CHOICE), None)
    return next(element.iterchildren(_FALLBACK), ()) if chosen is None else chosen


class Line:
    """A paragraph read.

    Attributes:
        text: as a reader sees it, the label of a list not included.
        boxes: the contents of its text boxes, as elements.
    """

    def __init__(self, styles: Styles, paragraph: Any, *, hidden: bool) -> None:
        """Read a paragraph; `hidden` where its style hides it."""
        self.boxes: list[Any] = []
        self._styles = styles
        self._hidden = hidden
        self._parts: list[str] = []
        self._fields: list[bool] = []  # of each field that is open: has its result begun
        self._read(paragraph)
        self.text = "".join(self._parts)

    def _read(self, parent: Iterable[Any]) -> None:
        for element in parent:
            if element.tag == _RUN:
                self._run(element, self._hidden, _PLAIN)
            elif element.tag.startswith(_MATH):
                self._formula(element)
            else:
                self._read(branches(element))

    def _run(self, parent: Iterable[Any], hidden: bool, letters: dict[int, str]) -> None:
        for element in parent:
            tag = element.tag
            if tag == _TEXT:
                self._add((element.text or "").translate(letters), hidden)
            elif tag == _PROPERTIES:
                hidden, letters = self._look(element, hidden, letters)
            elif tag in _MARKS:
                self._add(_MARKS[tag], hidden)
            elif tag == _FIELD:
                self._field(element, hidden)
            elif tag == _SYMBOL:
                self._symbol(element, hidden)
            elif tag in _DRAWN:
                if not hidden:
                    self._find_boxes(element)
            elif tag == _ALTERNATE:
                self._run(branches(element), hidden, letters)
            else:
                self._read(branches(element))

    def _look(self, properties: Any, hidden: bool, letters: dict[int, str]) -> tuple[bool, dict[int, str]]:
        """Return whether a run is hidden, and how its letters are read."""
        own = None
        for element in properties:
            tag = element.tag
            if tag == _VANISH:
                own = on(element)
            elif tag == _STYLE:
                hidden = hidden or self._styles.get(val(element)).hidden
            elif tag == _FONTS and _SYMBOL_FONT in attribute(element, "ascii"):
                letters = _IN_SYMBOL_FONT
        return hidden if own is None else own, letters

    def _add(self, text: str, hidden: bool) -> None:
        if not hidden and all(self._fields):
            self._parts.append(text)

    def _symbol(self, element: Any, hidden: bool) -> None:
        if _SYMBOL_FONT in attribute(element, "font"):
            self._add(_BOXES.get(attribute(element, "char")[-2:].upper(), ""), hidden)

    def _field(self, mark: Any, hidden: bool) -> None:
        kind = attribute(mark, "fldCharType")
        if kind == "begin":
            box = first(mark, "ffData", "checkBox")
            if box is not None:
                ticked = first(box, "checked")
                self._add("☑" if on(first(box, "default") if ticked is None else ticked) else "□", hidden)
            self._fields.append(False)
        elif self._fields and kind == "separate":
            self._fields[-1] = True
        elif self._fields and kind == "end":
            self._fields.pop()

    def _find_boxes(self, parent: Iterable[Any]) -> None:
        for element in parent:
            if element.tag == _BOX:
                self.boxes.append(element)
            else:
                self._find_boxes(branches(element) if element.tag == _ALTERNATE else element)

    def _formula(self, element: Any) -> None:
        """Read a formula on one line: a fraction with a slash, the rest as it comes."""
        if element.tag == f"{_MATH}t":
            self._add(element.text or "", self._hidden)
        elif element.tag == f"{_MATH}den":
            self._add("/", self._hidden)
        for child in element:
            self._formula(child)
