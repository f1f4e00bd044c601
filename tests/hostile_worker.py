"""Reads hostile workbooks one after another and says of each what came of it, how long it took and how much memory.

A process of its own, so that a file that ends it, or takes all memory, is named by what it has not answered. Paths come
in as lines, answers go out as lines of JSON: one before a file is read, and one after.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path

ADDRESS_SPACE = 4 << 30


def _limit() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


def _forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    """The most memory since `_forget_peak`, in MB; 0 where nobody can tell."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) // 1024
    return 0


def main() -> None:
    """Answer for each path."""
    _limit()
    from perf_excel.findings import Finding, Severity
    from perf_excel.pipeline import evaluate
    from perf_excel.render.marked import marked_copy

    one = Finding("A01", Severity.MUST, 0, "项目信息", "C3", 1, "问题甲", "依据", "改法")
    for line in sys.stdin:
        path = Path(json.loads(line))
        print(json.dumps({"path": str(path)}), flush=True)
        _forget_peak()
        begun = time.process_time()
        evaluation = evaluate([path])
        source = evaluation.batch.sources[0]
        marked = 0
        if not source.problem:
            marked = len(marked_copy(path, [one, *evaluation.findings], {}, source.layouts)[0])
        answer = {
            "path": str(path),
            "problem": source.problem,
            "findings": [(item.code, item.message, item.fix) for item in evaluation.findings[:50]],
            "totals": [str(score.total) for score in evaluation.scores.values()],
            "marked": marked,
            "seconds": time.process_time() - begun,
            "megabytes": _peak(),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
