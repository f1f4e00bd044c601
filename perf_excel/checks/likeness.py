"""Texts that are alike: to the letter, or nearly (domain §4.5, E04)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

from perf_excel.checks.lexicon import figure
from perf_excel.text import squeeze

T = TypeVar("T")


def alike(
    texts: Sequence[T], said: Callable[[T], str], owner: Callable[[T], Hashable]
) -> Iterator[tuple[list[T], bool]]:
    """Group texts of different owners that are alike.

    Args:
        texts: whatever holds a text.
        said: gives its words.
        owner: whose it is; a group that one owner has alone is none.

    Returns:
        Each group, and whether its texts are the same to the letter.
    """
    same: dict[str, list[T]] = defaultdict(list)
    for text in texts:
        same[squeeze(said(text))].append(text)
    keys = list(same)
    for keys_alike in _clusters(keys) if 1 < len(keys) <= figure("similar", "most_texts") else [[key] for key in keys]:
        group = [text for key in keys_alike for text in same[key]]
        if len({owner(text) for text in group}) > 1:
            yield group, len(keys_alike) == 1


def _clusters(keys: list[str]) -> list[list[str]]:
    """Put texts into groups whose members resemble the group's first one, compared by how they begin."""
    from rapidfuzz import fuzz, process

    heads = [key[: figure("similar", "compared")] for key in keys]
    scores = process.cdist(heads, heads, scorer=fuzz.ratio, score_cutoff=figure("similar", "alike"))
    clusters: list[list[str]] = []
    taken: set[int] = set()
    for first in range(len(keys)):
        if first not in taken:
            members = [
                other
                for other in range(first, len(keys))
                if other not in taken and scores[first][other] > 0 and _as_long(keys[first], keys[other])
            ]
            taken.update(members)
            clusters.append([keys[member] for member in members])
    return clusters


def _as_long(one: str, other: str) -> bool:
    """Tell whether two texts are of about one length; the likeness of their beginnings means little otherwise."""
    return bool(min(len(one), len(other)) * 100 >= max(len(one), len(other)) * figure("similar", "alike"))
