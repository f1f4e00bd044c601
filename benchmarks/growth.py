"""How time and memory grow: 100, 1,000 and 10,000 workbooks of four projects, and one workbook of 5,000 projects.

Forms without Word reports and marked copies, as many processes as there are processors; memory is the most that the
parent, and any of its workers, has had. Run: python benchmarks/growth.py [WORKBOOKS,WORKBOOKS,…] [PROJECTS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measuring import Taken, command, run, table
from workbooks import write_copies, write_large


def main() -> None:
    """Print the table."""
    sizes = [int(size) for size in (sys.argv[1] if len(sys.argv) > 1 else "100,1000,10000").split(",")]
    projects = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    rows, before = [], None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            inputs = Path(folder) / "inputs"
            write_copies(inputs, size)
            taken = _run(inputs, Path(folder) / "output")
        growth = f"{taken.seconds / before:.1f}" if before else ""
        rows.append((f"{size:,} workbooks", *_told(taken, size), growth))
        before = taken.seconds
    if projects:
        with tempfile.TemporaryDirectory() as folder:
            large = Path(folder) / "large.xlsx"
            write_large(large, projects)
            rows.append((f"1 workbook of {projects:,} projects", *_told(_run(large, Path(folder) / "output"), 1), ""))
    table(("", "time", "a workbook", "processor time a workbook", "parent", "worker", "times the line above"), rows)


def _run(inputs: Path, output: Path) -> Taken:
    return run(command("run", inputs, "-o", output, "--no-annotate", "--no-report", "--quiet"), memory=True)


def _told(taken: Taken, count: int) -> tuple[str, ...]:
    each = (f"{value / count * 1000:,.0f} ms" for value in (taken.seconds, taken.processor))
    return f"{taken.seconds:,.0f} s", *each, f"{taken.parent:.0f} MB", f"{taken.worker:.0f} MB"


if __name__ == "__main__":
    main()
