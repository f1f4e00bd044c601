"""How fast a run is: against a plain script, against reading and writing alone, and two processes against one.

Each figure is that of a whole command, its start included, over the same workbooks and in turns; forms without Word
reports and marked copies. Run: python benchmarks/speed.py [WORKBOOKS] [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import floor
from measuring import Taken, command, ratios, run, table
from workbooks import write_copies

#: A workbook by the plain script takes so long that fewer of them tell as much.
_PLAIN = 4
_HERE = Path(__file__).parent
_ONE, _TWO = "perf-excel run --jobs 1", "perf-excel run --jobs 2"
_BARE, _SAME, _SCRIPT = "floor: bare cells", "floor: the same file", "plain script"


def main() -> None:
    """Print the tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    took: dict[str, list[Taken]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        inputs, few, recorded = root / "inputs", root / "few", root / "recorded"
        write_copies(inputs, count)
        write_copies(few, max(1, count // _PLAIN))
        run(_program(inputs, root / "first", 1))
        data, _ = floor.record(next(inputs.iterdir()), next((root / "first").glob("汇总表_*.xlsx")))
        recorded.write_bytes(data)
        for number in range(rounds):
            out = root / f"round {number}"
            took[_SCRIPT].append(_times(run([_HERE / "plain_script.py", few, out / "script"]), few, inputs))
            for name, kind in ((_BARE, "bare"), (_SAME, "same")):
                took[name].append(run([_HERE / "floor.py", kind, inputs, out / kind, recorded]))
            took[_ONE].append(run(_program(inputs, out / "one", 1)))
            took[_TWO].append(run(_program(inputs, out / "two", 2)))
    print(f"{count} workbooks of four projects, {rounds} rounds; medians\n")
    rows = []
    for name, all_taken in took.items():
        seconds, processor = (
            statistics.median(getattr(taken, key) for taken in all_taken) for key in ("seconds", "processor")
        )
        rows.append(
            (name, f"{seconds:.1f} s", f"{seconds / count * 1000:.0f} ms", f"{processor / count * 1000:.0f} ms")
        )
    table(("", "time", "a workbook", "processor time a workbook"), rows)
    wanted = (
        ("plain script / one process", _SCRIPT, _ONE, "≥ 10"),
        ("plain script / two processes", _SCRIPT, _TWO, "≥ 18"),
        ("one process / bare cells", _ONE, _BARE, "≤ 1.3"),
        ("one process / the same file", _ONE, _SAME, "≤ 1.3"),
        ("one process / two processes", _ONE, _TWO, "≥ 1.8"),
    )
    rows = [
        (title, goal, *(ratios(*([getattr(t, key) for t in took[name]] for name in (one, other))) for key in _KEYS))
        for title, one, other, goal in wanted
    ]
    table(("ratio", "wanted", "by the clock", "by processor time"), rows)


_KEYS = ("seconds", "processor")


def _program(inputs: Path, output: Path, jobs: int) -> list[str | Path]:
    return command("run", inputs, "-o", output, "--no-annotate", "--no-report", "--quiet", "--jobs", str(jobs))


def _times(taken: Taken, few: Path, inputs: Path) -> Taken:
    """Return what all workbooks would have taken, by what some of them took."""
    factor = len(list(inputs.iterdir())) / len(list(few.iterdir()))
    return Taken(taken.seconds * factor, taken.processor * factor)


if __name__ == "__main__":
    main()
