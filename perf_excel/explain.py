"""Explain findings: what a code means, on what it rests, and how to mend it. Text from the catalogue alone."""

from __future__ import annotations

import re

from perf_excel.catalogue import CATALOGUE, DESIGN_CODES, Entry

_FIELD = re.compile(r"\{(\w+)\}")
#: What stands for a field of a message where nothing particular is meant.
_ANY = {
    "project": "某项目",
    "name": "某项",
    "column": "某列",
    "sheet": "某表",
    "typed": "所填内容",
    "example": "见该列的填写提示",
    "options": "该列可以填的内容",
}
#: The groups of codes, by their letter.
GROUPS = {
    "S": "结构：读得出来、对得上号",
    "A": "算术：合计、得分、比率",
    "B": "缺项：该写没写",
    "C": "取值：填的不是该填的那种内容",
    "D": "指标设计：空泛、重复、考错了对象",
    "E": "项目之间、文字与表之间",
    "W": "Word报告",
}


def entries() -> dict[str, list[Entry]]:
    """Return the entries of every code, its variants together, in the order of the codes."""
    found: dict[str, list[Entry]] = {}
    for entry in CATALOGUE.values():
        found.setdefault(entry.code, []).append(entry)
    order = {letter: place for place, letter in enumerate(GROUPS)}
    return dict(sorted(found.items(), key=lambda pair: (order.get(pair[0][0], len(order)), pair[0])))


def explain_all() -> str:
    """Return every code with its severity and title, one a line."""
    lines = [f"{code}　{_severities(kinds)}　{kinds[0].title}" for code, kinds in entries().items()]
    return "\n".join(
        [
            "编号　级别　　　问题",
            *lines,
            "",
            "看某一项的详细说明：perf-excel explain 编号，例如 perf-excel explain A08",
        ]
    )


def _severities(kinds: list[Entry]) -> str:
    """Return the severities that a code can have, the usual one first."""
    return "或".join(dict.fromkeys(entry.severity for entry in kinds))


def explain_code(code: str) -> str | None:
    """Return what a code means; None where there is no such code."""
    return "\n\n".join(_explain(entry) for entry in entries().get(code.strip().upper(), ())) or None


def _explain(entry: Entry) -> str:
    lines = [
        f"{entry.code}　{entry.title}（{severity(entry)}）",
        f"　说明：{opened(entry.message)}",
        f"　依据：{entry.basis}",
        f"　改法：{opened(entry.fix)}",
    ]
    if entry.wrong:
        lines.append(f"　例子：不对的写法“{entry.wrong}”；对的写法“{entry.right}”")
    return "\n".join(lines)


def severity(entry: Entry) -> str:
    """Return the severity in words, also where it depends on 填报阶段 (contract §5)."""
    staged = entry.code in DESIGN_CODES and entry.severity == "必须修改"
    return "目标申报时必须修改，绩效自评时建议修改" if staged else entry.severity


def opened(template: str) -> str:
    """Show a template with words for its fields."""
    return _FIELD.sub(lambda match: _ANY.get(match[1], "…"), template)
