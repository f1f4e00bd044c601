"""The most frequent findings of a run: a small table that counts them in 问题清单."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from perf_excel.book import DIGITS, Book, formula, merge, put
from perf_excel.explain import entries
from perf_excel.findings import Severity
from perf_excel.names import column_letter
from perf_excel.render.chart_panel import Panel
from perf_excel.render.findings_sheet import HEAD_COLOUR, HEAD_ROW, HEADS, TITLE

_MOST = 10
#: The columns of the table; the first one is wide.
NAME, CODE, SEVERITY, TIMES = range(4)
_TITLES = ("问题", "编号", "级别", "次数")
_ROW = 20.0


@dataclass(frozen=True, slots=True)
class Listed:
    """What 问题清单 of a run holds: its lines, and (code, severity, times) of its findings."""

    lines: int
    codes: Sequence[tuple[str, Severity, int]]


def write(book: Book, x: Any, panel: Panel, listed: Listed, last: int) -> range:
    """Write the table.

    Args:
        book, x: where to.
        panel: the room for it.
        listed: what stands in 问题清单, where 单位名称 stands in front.
        last: the last column of the sheet.

    Returns:
        Its rows, from 0; none where there are no findings.
    """
    counts = Counter[str]()
    severity: dict[str, str] = {}
    for code, worst, times in listed.codes:
        counts[code] += times
        severity.setdefault(code, worst.value)
    codes = sorted(counts, key=lambda code: (-counts[code], code))[:_MOST]
    if not codes:
        return range(0)
    common: dict[str, Any] = {"border": 1, "font_size": 10}
    head = book.format(bold=True, align="center", bg_color=HEAD_COLOUR, **common)
    left, middle = book.format(align="left", **common), book.format(align="center", **common)
    number = book.format(align="center", font_name=DIGITS, num_format="0", **common)
    rows = len(codes) + 2
    panel.turn(rows * _ROW)
    top = panel.take(rows + 1, rows * _ROW + 15)
    for row in range(top, top + rows):
        x.set_row(row, _ROW)
    words = f"最多的问题　（在“{TITLE}”里出现的次数）"
    merge(x, (top, 0), (top, last), words, book.format(bold=True, align="left"))
    for column, title in enumerate(_TITLES):
        put(x, top + 1, column, title, head)
    letter = column_letter(1 + HEADS.index("编号"))
    cells = f"{TITLE}!${letter}${HEAD_ROW + 1}:${letter}${HEAD_ROW + listed.lines}"
    kinds = entries()
    for row, code in enumerate(codes, start=top + 2):
        put(x, row, NAME, kinds[code][0].title, left)
        put(x, row, CODE, code, middle)
        put(x, row, SEVERITY, severity[code], middle)
        if sum(counts.values()) == listed.lines:
            formula(x, row, TIMES, f"COUNTIF({cells},{column_letter(CODE)}{row + 1})", number, counts[code])
        else:  # the list is cut
            put(x, row, TIMES, counts[code], number)
    return range(top + 2, top + rows)
