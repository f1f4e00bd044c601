"""How chapters, columns and labels of reports are called: data (`data/reports.toml`), compiled once."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from perf_excel.text import fold

_FILE = Path(__file__).parent.parent / "data" / "reports.toml"


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=32)
def patterns(section: str) -> dict[str, re.Pattern[str]]:
    """Return a section's patterns by what they stand for, in their order."""
    return {name: re.compile(pattern) for name, pattern in _data()[section].items()}


@lru_cache(maxsize=8)
def words(section: str, key: str) -> re.Pattern[str]:
    """Return a pattern that finds any of a list."""
    return re.compile("|".join(_data()[section][key]))


@lru_cache(maxsize=4096)
def meaning(section: str, title: str) -> str | None:
    """Return what a title stands for, the first pattern that is found in it; None where none is."""
    key = fold(title).rstrip(":;")
    return next((name for name, pattern in patterns(section).items() if pattern.search(key)), None)
