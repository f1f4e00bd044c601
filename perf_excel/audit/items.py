"""The scored items of a report's prose: 「（1）资金投向（6分）。……该项指标得3分。」, and the groups that they make up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from perf_excel.audit.lexicon import meaning, words
from perf_excel.audit.marks import NUMBER, read_awarded, read_number, without_statement
from perf_excel.audit.outline import Line, Spot, numbered

#: A name with its marks behind it begins an item: at the start of a paragraph, or of a sentence.
_NODE = re.compile(
    rf"(?:^|(?<=[。；;]))\s*(?P<label>[（(]?[一二三四五六七八九十\d]{{1,3}}[)）、.．]|[①-⑳])?\s*"
    rf"(?P<name>[^\s（()）。；;，,：:]{{2,30}})\s*"
    rf"[（(]\s*(?:分值|满分|权重|标准分)?\s*[为：:]?\s*(?P<marks>{NUMBER})\s*分"
    rf"(?:\s*[，,；;、]\s*(?:自评|实际)?得分?\s*[为：:]?\s*(?P<stated>{NUMBER})\s*分?)?\s*[)）]"
)
#: Without a number in front, an item is deeper than any that has one.
_DEEPEST = 9
_SENTENCE = re.compile(r"[^。；;]*[。；;]?")
_LOST = re.compile(r"(?:^|(?<=[。；;\n]))\s*扣\s*\d+(?:\.\d+)?\s*分[：:]")


@dataclass(slots=True)
class Item:
    """One scored item.

    Attributes:
        name, full: as written.
        awarded: its score, None where none is stated.
        category: 通用指标, 专用指标, 个性指标, "" where no heading says so.
        level1: the group that it belongs to, "" for none.
        evidence: its text without the score, and without the reason.
        reason: the sentences that say why points were lost; "" where none does.
        spot: where it stands.
        level: how deep it is numbered.
        parts: the items that it adds up; none for an item proper.
    """

    name: str
    full: Decimal
    awarded: Decimal | None
    category: str
    level1: str
    evidence: str
    reason: str
    spot: Spot
    level: int
    parts: list[Item] = field(default_factory=list)

    @property
    def lost(self) -> Decimal | None:
        """Points lost; None where the score is not known."""
        return None if self.awarded is None else self.full - self.awarded


def read_items(lines: Sequence[Line]) -> list[Item]:
    """Return the items and groups of a report at the top: what belongs to a group is in its `parts`."""
    found = list(_nodes(lines))
    roots: list[Item] = []
    above: list[Item] = []
    for node in found:
        while above and above[-1].level >= node.level:
            above.pop()
        if above:
            node.level1 = above[-1].name
            node.category = node.category or above[-1].category
            above[-1].parts.append(node)
        else:
            roots.append(node)
        above.append(node)
    return roots


def leaves(items: Sequence[Item]) -> list[Item]:
    """Return the items proper, in order."""
    return [leaf for item in items for leaf in (leaves(item.parts) if item.parts else [item])]


def groups(items: Sequence[Item]) -> Iterator[Item]:
    """Walk over the items that add up others."""
    for item in items:
        if item.parts:
            yield item
            yield from groups(item.parts)


def _nodes(lines: Sequence[Line]) -> Iterator[Item]:
    """Walk over names with marks, each with the text up to the next, or to the next heading."""
    node: Item | None = None
    text: list[str] = []
    for line in lines:
        starts = list(_NODE.finditer(line.text))
        if node is not None and line.heading and not starts:
            yield from _finished(node, text)
            node = None
        before = line.text[: starts[0].start()] if starts else line.text
        if node is not None:
            text.append(before)
        for match, following in zip(starts, (*starts[1:], None), strict=False):
            if node is not None:
                yield from _finished(node, text)
            rest = line.text[match.end() : following.start() if following else len(line.text)]
            node, text = _opened(line, match), [rest.lstrip("。.：: ")]
    if node is not None:
        yield from _finished(node, text)


def _opened(line: Line, match: re.Match[str]) -> Item:
    first = not line.text[: match.start()].strip()
    level = line.level if first and not match["label"] else numbered(f"{match['label'] or ''}名称")[0]
    category = next((c for title in reversed(line.chapter) if (c := meaning("categories", title))), "")
    stated = read_number(match["stated"]) if match["stated"] else None
    name, full = match["name"], read_number(match["marks"]) or Decimal(0)
    return Item(name, full, stated, category, "", "", "", line.spot, level or _DEEPEST)


def _finished(node: Item, text: Sequence[str]) -> Iterator[Item]:
    """Give a node its score and text; a bare name with marks, unnumbered and without a score, is no item."""
    said = "\n".join(part for part in text if part)
    node.awarded = node.awarded if node.awarded is not None else read_awarded(said, node.full)
    if node.level == _DEEPEST and node.awarded is None:
        return
    before, after = _split(said, lost=bool(node.lost))
    node.evidence, node.reason = without_statement(before), without_statement(after)
    yield node


def _split(said: str, *, lost: bool) -> tuple[str, str]:
    """Split a text into what a score rests on and why points were lost: 「扣3分：」 begins it, or sentences tell it."""
    if not lost:
        return said, ""
    told = _LOST.search(said)
    if told:
        return said[: told.start()], said[told.end() :]
    sentences = _SENTENCE.findall(said)
    reasons = [is_reason(sentence) for sentence in sentences]
    kept = "".join(sentence for sentence, reason in zip(sentences, reasons, strict=True) if not reason)
    return kept, "".join(sentence for sentence, reason in zip(sentences, reasons, strict=True) if reason)


def is_reason(text: str) -> bool:
    """Tell whether a sentence says why points were lost."""
    return words("reasons", "given").search(words("reasons", "denied").sub("", text)) is not None
