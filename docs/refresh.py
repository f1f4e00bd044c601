"""Write the generated parts of the documentation: python docs/refresh.py

README.md: the table of sheets, from the declaration, and the table of commands' options, from the command line.
"""

from __future__ import annotations

import re
from pathlib import Path

from perf_excel.workbook import standard
from perf_excel.workbook.guide import column_lists
from perf_excel.workbook.types import Required

ROOT = Path(__file__).parent.parent


def sheets() -> str:
    """Return the table of sheets with what must be filled on each."""
    lines = ["| 工作表 | 填什么 | 必填的列 |", "|---|---|---|"]
    intros = {sheet.title: sheet.intro.split("。")[0] for sheet in standard.SHEETS}
    for title, columns in column_lists():
        must = "、".join(column.title for column in columns if column.required is Required.ALWAYS) or "—"
        lines.append(f"| {title} | {intros[title]} | {must} |")
    return "\n".join(lines)


def render(text: str) -> str:
    """Return README.md with its generated parts brought up to date."""
    for name, make in {"sheets": sheets}.items():
        block = f"<!-- {name}: docs/refresh.py -->\n{make()}\n<!-- /{name} -->"
        text = re.sub(rf"<!-- {name}: .*?<!-- /{name} -->", lambda _, block=block: block, text, flags=re.S)
    return text


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(render(readme.read_text(encoding="utf-8")), encoding="utf-8")
