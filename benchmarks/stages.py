"""Where the time goes in one process: reading, binding, checks, scoring, each kind of sheet; Word and marked copies.

Run: python benchmarks/stages.py [WORKBOOKS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import table
from workbooks import write_copies

from perf_excel import pipeline, resources
from perf_excel.findings import Finding
from perf_excel.options import Options
from perf_excel.render import deliverable, outputs
from perf_excel.render.report import usable_template
from perf_excel.render.share import Share, shares

_BATCH = Options().batch


class _Clock:
    """Adds up the processor time that functions take, each without the others that are called within it."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inside: list[str] = []
        self._since = 0.0

    def watch(self, owner: Any, name: str, title: str) -> None:
        """Add a function's time up under a title."""
        setattr(owner, name, self.timed(getattr(owner, name), title))

    def timed(self, function: Callable[..., Any], title: str) -> Callable[..., Any]:
        """Return the function with its time taken."""

        def call(*given: Any, **named: Any) -> Any:
            self._turn(push=title)
            try:
                return function(*given, **named)
            finally:
                self._turn()

        return call

    def _turn(self, push: str = "") -> None:
        now = time.process_time()
        if self._inside:
            self.seconds[self._inside[-1]] += now - self._since
        if push:
            self._inside.append(push)
        else:
            self._inside.pop()
        self._since = now


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder) / "inputs"
        write_copies(inputs, count)
        _watch(clock)
        paths = sorted(inputs.iterdir())
        evaluate = clock.timed(pipeline.evaluate, "sorting and the rest of evaluating")
        cut = clock.timed(shares, "cutting into one share a workbook")
        render = clock.timed(outputs.render, "the rest of writing")
        for start in range(0, count, _BATCH):
            evaluation = evaluate(paths[start : start + _BATCH])
            findings = evaluation.findings_of()
            for share in cut(evaluation):
                job = outputs.Job(share.source.path, share, (share.source.settings["form"],), False, None, {})
                render(job)
            last = [(share, findings) for share in shares(evaluation)]
        total = clock.seconds.total()
        rows = [(title, f"{s / count * 1000:.2f} ms", f"{s / total:.1%}") for title, s in clock.seconds.items()]
        print(f"{count} workbooks of four projects, in batches of {_BATCH}; processor time a workbook\n")
        table(("", "a workbook", "share"), [*rows, ("forms, all of it", f"{total / count * 1000:.2f} ms", "100%")])
        beside = _beside(last)
        table(("beside it", "a workbook"), [(t, f"{s / len(last) * 1000:.1f} ms") for t, s in beside.items()])


def _watch(clock: _Clock) -> None:
    steps = {
        "read_workbook": "reading",
        "bind": "binding to the declaration",
        "_look_behind": "asking what stands behind cells",
        "measure": "reading indicators",
        "score": "scoring",
        "complete": "must-fill cells",
        "check": "checks",
        "settle": "findings settled",
    }
    for name, title in steps.items():
        clock.watch(pipeline, name, title)
    for module, title in ((deliverable.summary, "汇总表"), (deliverable.scorecard, "打分表")):
        clock.watch(module, "write", title)
    clock.watch(deliverable.Trace, "write", "计算过程")
    clock.watch(deliverable, "write_inputs", "input sheets")
    clock.watch(deliverable.Book, "close", "the package: XML and compression")
    for name, form in list(deliverable.FORMS.items()):
        deliverable.FORMS[name] = clock.timed(form, "自评表")


def _beside(found: list[tuple[Share, dict[int, list[Finding]]]]) -> Counter[str]:
    """Time what the goals leave out: marked copies and Word reports."""
    clock = _Clock()
    for share, findings in found:
        _more(clock, share, findings)
    return clock.seconds


_MARKED, _WORD = "marked copy", "Word reports (four projects)"


def _more(clock: _Clock, share: Share, findings: dict[int, list[Finding]]) -> None:
    names = {(share.source.index, project.number): project.info["name"] or "" for project in share.projects}
    listed, layouts = tuple(findings[share.source.index]), share.source.layouts
    marked = outputs.Job(share.source.path, None, (), False, listed, names, layouts, unit=share.unit_name)
    clock.timed(outputs.render, _MARKED)(marked)
    path = resources.input_templates() / resources.REPORT_TEMPLATE_NAME
    template = usable_template(path, share, share.projects[0])
    if isinstance(template, bytes):
        for project in share.projects:
            clock.timed(outputs.report, _WORD)(template, share, project)


if __name__ == "__main__":
    main()
