"""Printed self-evaluation tables, entered through the standard workbook as a clerk would copy them.

A table is a mapping with the keys of `../shared/published/*.json`: unit, project, year, funds, indicators,
total_published. `funds.total_row` is an addition of ours: 年度资金总额 where it was printed with figures of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from workbooks import PROJECT, SETTINGS, write

FOLDER = Path(__file__).parents[2] / "shared" / "published"
NUMBERS = (
    "001",
    "005",
    "006",
    "012",
    "013",
    "017",
    "024",
    "030",
    "036",
    "043",
    "045",
    "049",
    "054",
    "055",
    "058",
    "063",
)

Table = Mapping[str, Any]

_OPERATOR = re.compile(r"[<>=＜＞＝≤≥≦≧═]")
#: A figure, perhaps with a unit behind it, and no date or turn of phrase.
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?[^\d前底末年月日以]{0,5}")
_TOTAL = "年度资金总额"


def load(number: str) -> dict[str, Any]:
    """Return a published table; where the folder is not there the test is skipped, always with this one reason."""
    if not FOLDER.is_dir():
        pytest.skip("the published tables (../shared/published) are not there")
    return json.loads((FOLDER / f"{number}.json").read_text(encoding="utf-8"))


def nature(target: str) -> str | None:
    """Return what a clerk chooses as 指标性质: nothing where the target holds an operator, for the program to split."""
    if _OPERATOR.match(target):
        return None
    return "＝" if _FIGURE.fullmatch(target) else "定性"


def rows(table: Table) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the standard workbook that hold a table; what was not printed stays blank."""
    funds, total = table["funds"], table["funds"].get("total_row")
    declared = {"typed_rate": funds["rate_published"], "typed_score": funds["score_published"]}
    amounts = {"initial": funds["initial_budget"], "budget": funds["budget"], "executed": funds["executed"]}
    # Where the form has a line for the total, rate and score stand there.
    lines = [{"source": "财政拨款", **amounts, **({} if total else declared)}]
    if total:
        lines.insert(0, {"source": _TOTAL, **total, **declared})
    numbers = [f"ZB{number:03d}" for number in range(1, len(table["indicators"]) + 1)]
    pairs = list(zip(numbers, table["indicators"], strict=True))
    return {
        "projects": [PROJECT | {"name": table["project"], "declared_form": table["total_published"]}],
        "funds": [{"project_no": 1, **line} for line in lines],
        "indicators": [
            {
                "indicator_no": number,
                "project_no": 1,
                "level1": row["level1"],
                "level2": row["level2"] or None,
                "level3": row["level3"],
                "nature": nature(row["target_raw"]),
                "target": row["target_raw"],
                "weight": row["weight"],
            }
            for number, row in pairs
        ],
        "actuals": [
            {
                "indicator_no": number,
                "actual": row["actual_raw"] or None,
                "typed_score": row["score_published"],
                "reason": row["reason_raw"] or None,
            }
            for number, row in pairs
        ],
    }


def enter(path: Path, table: Table) -> Path:
    """Write a table as a filled standard workbook."""
    settings = {"unit_name": table["unit"], "year": table["year"], "money_unit": table["funds"]["unit"]}
    return write(path, rows(table), SETTINGS | settings)
