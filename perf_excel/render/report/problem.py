"""Why a report template cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a template cannot be used: a key of `catalogue.REPORT_PROBLEMS`, and what its sentences name."""

    kind: str
    fields: Mapping[str, str] = field(default_factory=dict)


class TemplateBroken(Exception):
    """The template cannot be used."""

    def __init__(self, kind: str, **fields: str) -> None:
        super().__init__(kind)
        self.problem = Problem(kind, fields)
