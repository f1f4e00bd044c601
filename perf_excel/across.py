"""What concerns several workbooks of a run, worked out over what the ledger keeps of each (S12, E04)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Any

from perf_excel.findings import Finding, Place, finding
from perf_excel.ledger import Ledger
from perf_excel.text import shorten
from perf_excel.workbook.cells import join_cells

#: Files named in a message before they are only counted.
_NAMED = 3


def repeated_projects(ledger: Ledger) -> list[Finding]:
    """S12: the same 项目编码 in two workbooks of a run; every place but the first is a finding."""
    seen: dict[str, list[tuple[int, Place, str]]] = defaultdict(list)
    for number, project_no, shown, sheet, cell, code in ledger.repeated_codes():
        seen[code].append((number, Place(number, sheet, cell, project_no), shown))
    found = []
    for places in seen.values():
        numbers = list(dict.fromkeys(number for number, *_ in places))
        names = [Path(ledger.path(number)).name for number in numbers[:_NAMED]]
        files = "、".join(names) + (f"等{len(numbers)}个工作簿" if len(numbers) > _NAMED else "")
        found += [finding("S12", place, code=shorten(code), files=files) for _, place, code in places[1:]]
    return found


def repeated_passages(ledger: Ledger, again: Collection[int]) -> list[Finding]:
    """E04: passages that are the same, to the letter, in two workbooks of a run.

    Args:
        ledger: of the run.
        again: workbooks that hand in a project of another one again (S12); they share its texts as well.
    """
    shared: dict[tuple[int, str, int], list[tuple[str, str]]] = defaultdict(list)
    for number, other, sheet, cell, said in ledger.repeated_passages():
        if number not in again:
            shared[number, sheet, other].append((cell, said))
    found = []
    for (number, sheet, other), copied in shared.items():
        cells = [cell for cell, _ in copied]
        file = Path(ledger.path(other)).name
        fields: dict[str, Any] = {"count": len(copied), "file": file, "sheet": sheet, "cell": cells[0]}
        found.append(finding("E04.across", Place(number, sheet, join_cells(cells)), typed=copied[0][1], **fields))
    return found
