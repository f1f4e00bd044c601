"""Word reports written down as plain text, the way that they are read:

    # 标题                     the title, in the middle
    ## 一、项目概况            a heading of the first level; ### and #### are deeper ones
    - 组织培训               a paragraph of the automatic list, `--` one level deeper
    | 一级指标 | 二级指标 |     a row of a table; a cell `^` belongs to the one above, `<` to the one on its left,
                            and `//` ends a line in it

Any other line is a paragraph, blank ones are left out. Headings may go without style: see `docx`.
"""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from reports import LEFT, UP, build

_HEADING = re.compile(r"(#{1,5})\s+(.*)")
_LISTED = re.compile(r"(-{1,3})\s+(.*)")
_CELLS = {"^": UP, "<": LEFT}


def items(text: str, *, styled: bool = True) -> list[tuple]:
    """What `reports.build` takes for a text; without `styled`, headings are paragraphs like any other."""
    found: list[tuple] = []
    for line in map(str.strip, dedent(text).splitlines()):
        heading, listed = _HEADING.fullmatch(line), _LISTED.fullmatch(line)
        if line.startswith("|"):
            cells = [cell.strip().replace("//", "\n") for cell in line.strip("|").split("|")]
            row = [_CELLS.get(cell, cell) for cell in cells]
            if found and found[-1][0] == "table":
                found[-1][1].append(row)
            else:
                found.append(("table", [row]))
        elif heading:
            level = len(heading[1]) - 1
            found.append(("title" if not level else f"h{level}" if styled else "p", heading[2]))
        elif listed:
            found.append(("list", len(listed[1]) - 1, listed[2]))
        elif line == "~":  # between two tables
            found.append(("p", ""))
        elif line:
            found.append(("p", line))
    return found


def docx(text: str, *, styled: bool = True, **how) -> bytes:
    """A Word document of a text; `how` as for `reports.build`."""
    return build(items(text, styled=styled), **how)


def save(folder: Path, text: str, name: str = "报告.docx", **how) -> Path:
    """Write a text as a Word document."""
    path = folder / name
    path.write_bytes(docx(text, **how))
    return path
