"""How long the start takes: `--help` against `import click`, one workbook against importing the libraries alone.

Run: python benchmarks/start.py [ROUNDS]
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from measuring import Taken, command, ratios, run, table

from perf_excel import resources

_SAMPLE = resources.input_templates() / resources.SAMPLE_NAME
_LIBRARIES = "import pandas, openpyxl, xlsxwriter, python_calamine, click"
_FORMS_ONLY = ("--no-annotate", "--no-report")


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    took: dict[str, list[Taken]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        run(command("run", _SAMPLE, "-o", Path(folder) / "first", "--quiet"))
        for number in range(rounds):
            outputs = (Path(folder) / f"{number} {kind}" for kind in ("forms", "all"))
            took["import click"].append(run(["-c", "import click"]))
            took["perf-excel --help"].append(run(command("--help")))
            took["perf-excel run --help"].append(run(command("run", "--help")))
            took["import of the libraries"].append(run(["-c", _LIBRARIES]))
            took["one workbook, forms"].append(
                run(command("run", _SAMPLE, "-o", next(outputs), "--quiet", *_FORMS_ONLY))
            )
            took["one workbook, everything"].append(run(command("run", _SAMPLE, "-o", next(outputs), "--quiet")))
    base = {"perf-excel --help": ("import click", "≤ 2"), "perf-excel run --help": ("import click", "≤ 2")}
    base |= {name: ("import of the libraries", "≤ 1.6" if "forms" in name else "") for name in took if "one" in name}
    rows = []
    for name, all_taken in took.items():
        seconds = sorted(taken.seconds for taken in all_taken)
        other, goal = base.get(name, ("", ""))
        found = [
            ratios(*([getattr(taken, key) for taken in took[which]] for which in (name, other))) if other else ""
            for key in ("seconds", "processor")
        ]
        rows.append(
            (name, f"{seconds[len(seconds) // 2] * 1000:.0f} ms", f"{seconds[0] * 1000:.0f} ms", other, goal, *found)
        )
    heads = ("", "median", "fastest", "against", "wanted", "ratio by the clock", "by processor time")
    table(heads, rows)


if __name__ == "__main__":
    main()
