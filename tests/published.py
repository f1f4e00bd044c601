"""Printed self-evaluation tables, entered through the standard workbook as a clerk would copy them.

A table is a mapping with the keys of `../shared/published/*.json`: unit, project, year, funds, indicators and
total_published. `funds.total_row` is an addition of ours: 年度资金总额, where it was printed with figures of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from workbooks import PROJECT, SETTINGS, write

from perf_excel.workbook import standard

FOLDER = Path(__file__).parents[2] / "shared" / "published"
NUMBERS = tuple("001 005 006 012 013 017 024 030 036 043 045 049 054 055 058 063".split())

Table = Mapping[str, Any]

_OPERATOR = re.compile(r"[<>=＜＞＝≤≥≦≧═]|不(?:少于|低于|超过|高于|大于|小于)|大于|小于")
#: A figure, perhaps with a unit behind it, and no date or turn of phrase.
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?[^\d前底末年月日以]{0,5}")


def load(number: str) -> dict[str, Any]:
    """Return a published table; where the folder is not there the test is skipped, always with this one reason."""
    if not FOLDER.is_dir():
        pytest.skip("the published tables are not there (../shared/published)")
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
    if total:  # rate and score are printed on the line of the total, where the form has one
        lines = [{"source": standard.TOTAL_SOURCE, **total, **declared}, {"source": standard.SOURCES[0], **amounts}]
    else:
        lines = [{"source": standard.SOURCES[0], **amounts, **declared}]
    pairs = [(f"ZB{number:03d}", row) for number, row in enumerate(table["indicators"], start=1)]
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
        "passages": [],  # a table is all that was printed
    }


def enter(path: Path, table: Table) -> Path:
    """Write a table as a filled standard workbook."""
    settings = {"unit_name": table["unit"], "year": table["year"], "money_unit": table["funds"]["unit"]}
    return write(path, rows(table), SETTINGS | settings)
