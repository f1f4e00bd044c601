"""Explain findings: what a code means, on what it rests, and how to mend it. Text from the catalogue alone."""

from __future__ import annotations

import re

from perf_excel.catalogue import CATALOGUE, Entry

_FIELD = re.compile(r"\{\w+\}")


def explain_all() -> str:
    """Return every code with its severity and title, one a line."""
    entries = {entry.code: entry for entry in reversed(CATALOGUE.values())}
    lines = [f"{entry.code}　{entry.severity}　{entry.title}" for _, entry in sorted(entries.items())]
    return "\n".join(
        [
            "编号　级别　　　问题",
            *lines,
            "",
            "看某一项的详细说明：perf-excel explain 编号，例如 perf-excel explain A08",
        ]
    )


def explain_code(code: str) -> str | None:
    """Return what a code means; None where there is no such code."""
    entries = [entry for entry in CATALOGUE.values() if entry.code == code.strip().upper()]
    return "\n\n".join(_explain(entry) for entry in entries) or None


def _explain(entry: Entry) -> str:
    lines = [
        f"{entry.code}　{entry.title}（{entry.severity}）",
        f"　说明：{_open(entry.message)}",
        f"　依据：{entry.basis}",
        f"　改法：{_open(entry.fix)}",
    ]
    if entry.wrong:
        lines.append(f"　例子：不对的写法“{entry.wrong}”；对的写法“{entry.right}”")
    return "\n".join(lines)


def _open(template: str) -> str:
    """Show a template with its fields as dots."""
    return _FIELD.sub("……", template)
