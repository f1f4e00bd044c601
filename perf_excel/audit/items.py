"""The scored items of a report's prose: 「（1）资金投向（6分）。……该项指标得3分。」, and the groups that they make up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from perf_excel.audit.lexicon import meaning, words
from perf_excel.audit.marks import NUMBER, plain_digits, read_awarded, read_number, without_statement
from perf_excel.audit.outline import Line, Spot, numbered
from perf_excel.text import squeeze

_LABEL = r"(?P<label>[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]、?|[①-⑳])?\s*"
_WORTH = r"(?:分值|满分|权重|标准分值?|标准分|满分值|总分|应得分?)"
_SCORED = (
    rf"[，,；;、/／\s]\s*(?:自评|实际|实|最终|评价|该项|本项)?(?P<off>扣)?(?:得分?|评分|分)?\s*[为：:]?"
    rf"\s*(?P<stated>{NUMBER})\s*分?"
)
#: 「决策程序（6分）」, 「决策程序（分值6分，得分3分）」.
_BRACKET = (
    rf"[（(\[【〔]\s*(?:(?P<worth>{_WORTH})\s*[为：:]?|[共计]{{1,2}})?\s*(?P<marks>{NUMBER})\s*(?P<points>分|%)?"
    rf"(?:{_SCORED})?\s*[)）\]】〕]"
)
#: 「决策程序，分值6分，得分3分」, 「决策程序6分，得3分」.
_PLAIN = rf"[，,：:、\s]*(?:分值|满分|权重|标准分值?)\s*[为是：:]?\s*(?P<plain>{NUMBER})\s*分"
_PAIR = rf"(?P<pair>\d{{1,3}})\s*分(?=[，,、]\s*(?:自评|实际|实)?得分?\s*[为：:]?\s*(?:{NUMBER})\s*分)"
#: A name with its marks behind it begins an item: at the start of a paragraph or of a sentence, or behind another score.
_NODE = re.compile(
    rf"(?:^|(?<=[。；;：:])|(?<=分[，,、]))\s*{_LABEL}[“\"]?"
    r"(?P<name>[^（()）\[【〔。；;，,：:“”\"]{2,30}?(?:[（(][^（）()\d]{1,12}[)）])?)[”\"]?\s*"
    rf"(?:{_BRACKET}|{_PLAIN}|{_PAIR})"
)
#: Below a heading or a numbered name: 「该指标分值6分，得6分。」
_OF_ABOVE = re.compile(
    rf"^\s*(?:[该本此]?项?(?:[二三]级)?指标|[该本此]项)?[，,：:]?\s*(?:{_BRACKET}|{_PLAIN})(?P<pair>)(?P<label>)"
)
#: Without a number in front, an item is deeper than any that has one.
_DEEPEST = 9
#: Fewer parts than this are no group whose heading shows neither by number nor by style that it is one.
_LEAST_PARTS = 2
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
        chapter: the headings above it.
        above: of a row of a table, the levels above it.
        several: scores that it states none of which is the whole.
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
    chapter: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    several: list[Decimal] = field(default_factory=list)
    parts: list[Item] = field(default_factory=list)

    @property
    def lost(self) -> Decimal | None:
        """Points lost; None where the score is not known."""
        return None if self.awarded is None else self.full - self.awarded


def read_items(lines: Sequence[Line]) -> list[Item]:
    """Return the items and groups of a report at the top: what belongs to a group is in its `parts`.

    A summary before the first chapter and the conclusion only repeat what the analysis says; they are read where
    nothing else has a score.
    """
    for kept in ([line for line in lines if _is_analysis(line)], lines):
        nodes = list(_nodes(kept))
        if any(node.awarded is not None for node in nodes):
            return _tree(nodes)
    return _tree(list(_nodes([line for line in lines if _is_analysis(line)])))


def _is_analysis(line: Line) -> bool:
    return bool(line.chapter) and not any(meaning("repeating", title) for title in line.chapter)


def _tree(nodes: Sequence[Item]) -> list[Item]:
    roots: list[Item] = []
    above: list[Item] = []
    for node in _with_groups(nodes):
        while above and (above[-1].level >= node.level or not _is_below(node, above[-1])):
            above.pop()
        if above:
            node.level1 = above[-1].name
            node.category = node.category or above[-1].category
            above[-1].parts.append(node)
        else:
            roots.append(node)
        above.append(node)
    return roots


def _is_below(node: Item, group: Item) -> bool:
    """Tell whether a node stands in the chapter of a group, or in the one that the group opens."""
    return node.chapter[: len(group.chapter)] == group.chapter


def _with_groups(nodes: Sequence[Item]) -> Iterator[Item]:
    """Raise what is a group though nothing but its sum shows it: 「项目决策（18分）」 above 6, 6 and 6 unnumbered.

    An unnumbered name with marks and without a score is an item only beside others that have one.
    """
    scored = {node.chapter for node in nodes if node.level == _DEEPEST and node.awarded is not None}
    for position, node in enumerate(nodes):
        if (
            node.level == _DEEPEST
            and not squeeze(node.evidence + node.reason)
            and _adds_up(node, nodes[position + 1 :])
        ):
            node.level -= 1
        if node.level < _DEEPEST or node.awarded is not None or node.chapter in scored:
            yield node


def _adds_up(node: Item, following: Sequence[Item]) -> bool:
    """Tell whether the next nodes, several of them and all unnumbered, have the marks of a node in all."""
    total = Decimal(0)
    for count, other in enumerate(following, start=1):
        total += other.full
        if other.level != _DEEPEST or total >= node.full:
            return other.level == _DEEPEST and total == node.full and count >= _LEAST_PARTS
    return False


def leaves(items: Sequence[Item]) -> list[Item]:
    """Return the items proper, in order."""
    return [leaf for item in items for leaf in (leaves(item.parts) if item.parts else [item])]


def groups(items: Sequence[Item]) -> Iterator[Item]:
    """Walk over the items that add up others."""
    for item in items:
        if item.parts:
            yield item
            yield from groups(item.parts)


# ---------------------------------------------------------------- names with marks, and the text below them


def _nodes(lines: Sequence[Line]) -> Iterator[Item]:
    """Walk over names with marks, each with the text up to the next, or to the next heading."""
    node: Item | None = None
    text: list[str] = []
    above: Line | None = None
    for line in lines:
        said = plain_digits(line.text)
        starts = [match for match in _NODE.finditer(said) if _is_node(match)]
        named = None if starts or above is None or not _may_name(above) else _OF_ABOVE.match(said)
        if node is not None and (named or (line.heading and not starts)):
            if named and above is not None and text[-1] == above.label + above.text:
                text.pop()  # it was the name of what begins here
            yield _finished(node, text)
            node = None
        if named and above is not None:
            node, text = _opened(above, named, above.text), [_behind(line.text[named.end() :])]
        elif node is not None:
            text.append(line.text[: starts[0].start()] if starts else line.label + line.text)
        for match, following in zip(starts, (*starts[1:], None), strict=False):
            if node is not None:
                yield _finished(node, text)
            rest = line.text[match.end() : following.start() if following else len(line.text)]
            node, text = _opened(line, match, match["name"]), [_behind(rest)]
        above = line
    if node is not None:
        yield _finished(node, text)


def _is_node(match: re.Match[str]) -> bool:
    """Tell whether a name with a figure behind it is one with its marks: 「（6）」 and 「（80%）」 are not."""
    if words("scores", "no_items").search(squeeze(match["name"])):
        return False
    return bool(match["plain"] or match["pair"] or match["points"] == "分" or match["worth"])


def _may_name(above: Line) -> bool:
    """Tell whether a line is a name alone, so that marks below it are its own."""
    return bool(above.level) and not re.search(r"[。；;，,]\S", above.text) and len(above.text) <= 30


def _behind(text: str) -> str:
    return text.lstrip("。.：:，,、 ")


def _opened(line: Line, match: re.Match[str], name: str) -> Item:
    label = match["label"] or ""
    first = not line.text[: match.start()].strip()
    level = line.level if first and not label else numbered(f"{label}名称")[0]
    category = next((c for title in reversed(line.chapter) if (c := meaning("categories", title))), "")
    full = read_number(match["marks"] or match["plain"] or match["pair"]) or Decimal(0)
    stated = read_number(match["stated"]) if match["stated"] else None
    if stated is not None and match["off"]:
        stated = full - stated
    return Item(
        squeeze(name).rstrip("。：:，,"),
        full,
        stated,
        category,
        "",
        "",
        "",
        line.spot,
        level or _DEEPEST,
        line.chapter,
    )


def _finished(node: Item, text: Sequence[str]) -> Item:
    """Give a node its score and its text."""
    said = "\n".join(part for part in text if part.strip())
    if node.awarded is None:
        node.awarded, node.several = read_awarded(said, node.full)
    before, after = _split(said, lost=bool(node.lost))
    node.evidence, node.reason = without_statement(before), without_statement(after)
    return node


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
