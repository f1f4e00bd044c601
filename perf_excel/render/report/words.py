"""Words and figures of the report: text that any Word file can hold, sentences that end once, places left to fill in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from perf_excel.numbers import EXACT, differ, plain, round_half_up, says_nothing

#: Stand before the text of a table cell: it is the first of cells merged downward, or one below it. What staff typed
#: never holds them, so a template needs no tag for merged cells.
FIRST_OF_MERGED, BELOW_MERGED = "\U0010fff0", "\U0010fff1"

_BREAK = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_NOT_IN_XML = re.compile(
    f"[^\n\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[{FIRST_OF_MERGED}{BELOW_MERGED}]"
)
_IDLE_END = re.compile(r"[。．.，,；;、：:\s]+$")
_ENDED = re.compile(r"[！？!?…][”’」』）)]?$")
#: What a placeholder looks like; finding these in a finished report is how they come to be highlighted.
PLACEHOLDER = re.compile(r"【待(?:填写|核对)：[^】]*】")


def clean(text: object) -> str:
    """Return text as Word can hold it: without control characters, its line breaks of one kind."""
    if text is None:
        return ""
    return _NOT_IN_XML.sub("", _BREAK.sub("\n", str(text)).replace("\t", " "))


def missing(what: str) -> str:
    """Return what stands in for something that nobody has filled in."""
    return f"【待填写：{clean(what).translate({0x3010: None, 0x3011: None, 0x0A: None})}】"


def said(text: object, what: str) -> str:
    """Return a text, or the place that it is missing from."""
    return missing(what) if says_nothing(text) else clean(text).strip()


def passage(text: object, what: str) -> str:
    """Return a passage, each of its paragraphs on a line of its own, without the blanks that staff indent with."""
    if says_nothing(text):
        return missing(what)
    return "\n".join(line for part in clean(text).split("\n") if (line := part.strip("\u3000\u00a0 ")))


def sentence(text: str) -> str:
    """Return text on one line that ends with a full stop, and with one only; so does each of its lines."""
    return "".join(_ended(line.strip()) for line in text.split("\n") if line.strip())


def _ended(line: str) -> str:
    return line if _ENDED.search(line) else f"{_IDLE_END.sub('', line)}。"


def figure(value: Decimal | None, what: str = "") -> str:
    """Return a figure in ordinary digits; where there is none the place that it is missing from, or nothing."""
    return plain(value) if value is not None else missing(what) if what else ""


def rate(part: Decimal | None, whole: Decimal | None) -> str:
    """Return a share of a whole in per cent, with at most two decimals; nothing where there is none."""
    if part is None or whole is None or whole <= 0:
        return ""
    return f"{plain(round_half_up(EXACT.divide(EXACT.multiply(part, Decimal(100)), whole)))}%"


def to_check(declared: Decimal | None, total: Decimal | None) -> str:
    """Return what stands behind a score that an office has declared otherwise."""
    if declared is None or total is None or not differ(declared, total):
        return ""
    return f"【待核对：申报{plain(declared)}分，与各项合计相差{plain(abs(declared - total))}分】"


def merged_down(values: Sequence[object]) -> list[str]:
    """Return the texts of a column of cells, equal neighbours marked to be one merged cell.

    Args:
        values: texts, or tuples that end with the text and begin with what must be equal besides.
    """
    texts = []
    for position, value in enumerate(values):
        text = clean(value[-1] if isinstance(value, tuple) else value)
        if position and values[position - 1] == value:
            texts.append(BELOW_MERGED)
        elif values[position + 1 : position + 2] == [value]:
            texts.append(FIRST_OF_MERGED + text)
        else:
            texts.append(text)
    return texts
