"""What a Word report costs, and how far that is from docxtpl as it comes: the same template, the same facts.

As it comes, docxtpl opens, patches and compiles the template anew for every document. Here what was compiled is kept.
Run: python benchmarks/report.py [ROUNDS]
"""

from __future__ import annotations

import io
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable

from docxtpl import DocxTemplate

from perf_excel import resources
from perf_excel.pipeline import evaluate
from perf_excel.render.report import report
from perf_excel.render.report.facts import facts
from perf_excel.render.share import ProjectShare, Share, shares

TEMPLATE = resources.input_templates() / resources.REPORT_TEMPLATE_NAME
SAMPLES = (resources.SAMPLE_NAME, resources.COMPLETE_NAME)


def as_it_comes(share: Share, project: ProjectShare) -> bytes:
    """Render with docxtpl alone; without merged cells, paragraphs for line breaks and marks on what is to be filled in."""
    document, stream = DocxTemplate(TEMPLATE), io.BytesIO()
    document.render(facts(share, project), autoescape=True)
    document.save(stream)
    return stream.getvalue()


def seconds(action: Callable[[], bytes]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    template = TEMPLATE.read_bytes()
    found = [
        (share, project)
        for share in shares(evaluate([resources.input_templates() / name for name in SAMPLES]))
        for project in share.projects
    ]
    first = seconds(lambda: report(template, *found[0]))
    print(f"{rounds} 轮，Python {platform.python_version()}，{os.cpu_count()} 核；每份报告的毫秒数（中位数）")
    print(f"第一份（含读取和编译模板）{first * 1000:.1f}")
    print("项目                            本程序   docxtpl   比值")
    ratios = []
    for share, project in found:
        ours, theirs = [], []
        for _ in range(rounds):  # in turns, so that whatever else the machine does falls on both
            ours.append(seconds(lambda share=share, project=project: report(template, share, project)))
            theirs.append(seconds(lambda share=share, project=project: as_it_comes(share, project)))
        one, other = statistics.median(ours), statistics.median(theirs)
        ratios.append(one / other)
        print(f"{project.info['name']:　<16}{one * 1000:9.1f} {other * 1000:9.1f} {one / other:6.2f}")
    print(f"比值最大 {max(ratios):.2f}，目标 0.33")


if __name__ == "__main__":
    main()
