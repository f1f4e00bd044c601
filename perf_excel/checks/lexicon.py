"""Word lists and thresholds of the checks: data (`data/checks.toml`), compiled once."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent.parent / "data" / "checks.toml"


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"), parse_float=Decimal)


@lru_cache(maxsize=64)
def words(section: str, key: str) -> re.Pattern[str]:
    """Return a pattern that finds any word of a list."""
    return re.compile("|".join(_data()[section][key]))


def figure(section: str, key: str) -> Any:
    """Return a threshold: a whole number, or a Decimal, or a list of them."""
    return _data()[section][key]


@lru_cache(maxsize=8)
def patterns(section: str) -> dict[str, re.Pattern[str]]:
    """Return a section that maps names to patterns."""
    return {name: re.compile(pattern) for name, pattern in _data()[section].items()}


def misfits(level2: str) -> list[list[str]]:
    """Return what a 三级指标 of that 二级指标 should not speak of: pairs of a word and what it belongs to."""
    found: list[list[str]] = _data()["fits"].get(level2, [])
    return found
