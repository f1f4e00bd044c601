"""All benchmarks, one after the other, as Markdown.

Each runs in a process of its own, as it does alone. Run: python benchmarks/all.py [--quick]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import measuring

_HERE = Path(__file__).parent
#: Title, script, its arguments in full and for a look.
_PARTS = (
    ("Speed", "speed.py", ("200", "3"), ("20", "1")),
    ("Growth", "growth.py", ("100,1000,10000", "5000"), ("20,40", "40")),
    ("Start", "start.py", ("15",), ("2",)),
    ("Where the time goes", "stages.py", ("100",), ("20",)),
    ("Word reports", "report.py", ("20",), ("2",)),
)


def main() -> None:
    """Print everything."""
    quick = "--quick" in sys.argv[1:]
    measuring.machine()
    for title, script, full, look in _PARTS:
        print(f"## {title}\n\n`python benchmarks/{script} {' '.join(look if quick else full)}`\n", flush=True)
        subprocess.run(
            [sys.executable, _HERE / script, *(look if quick else full)], check=True, env=measuring.SURROUNDINGS
        )
        print(flush=True)


if __name__ == "__main__":
    main()
