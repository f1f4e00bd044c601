"""perf-excel: 项目支出绩效自评, from the filled workbook to the forms, the findings and the scores.

`run` and `check` do what the commands of the same names do and return `Results`; nothing is printed, and only
`PerfExcelError` is raised, for a wrong call (contract §6).
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from perf_excel.errors import PerfExcelError
from perf_excel.version import __version__

if TYPE_CHECKING:
    from perf_excel.results import Results

__all__ = ["PerfExcelError", "__version__", "check", "run"]

_Inputs = str | PathLike[str] | Iterable[str | PathLike[str]]


def run(
    inputs: _Inputs,
    output: str | PathLike[str] = "output",
    rules: str | None = None,
    forms: Iterable[str] = (),
    print_scores: bool = False,
    annotate: bool = True,
    jobs: int | None = 1,
) -> Results:
    """Read, check and score workbooks, and write their outputs.

    Args:
        inputs: files and folders.
        output: the output folder.
        rules: a rule set's name or file, standing over 参数.评分规则.
        forms: forms to print, standing over 参数.自评表样式.
        print_scores: have 得分 inside the print area of forms that have no such column.
        annotate: write marked copies.
        jobs: worker processes. More than one asks for the usual `if __name__ == "__main__":` in a script.

    Raises:
        PerfExcelError: a wrong call.
    """
    from perf_excel.batch import Options, chosen_forms, run_workbooks
    from perf_excel.results import to_results

    chosen = chosen_forms([forms] if isinstance(forms, str) else forms)
    return to_results(run_workbooks(_paths(inputs), Path(output), Options(rules, chosen, print_scores, annotate, jobs)))


def check(inputs: _Inputs, rules: str | None = None) -> Results:
    """Read, check and score workbooks; write nothing.

    Args:
        inputs: files and folders.
        rules: a rule set's name or file, standing over 参数.评分规则.

    Raises:
        PerfExcelError: a wrong call.
    """
    from perf_excel.batch import Options, check_workbooks
    from perf_excel.results import to_results

    return to_results(check_workbooks(_paths(inputs), Options(rules)))


def _paths(inputs: _Inputs) -> list[Path]:
    return [Path(inputs)] if isinstance(inputs, (str, PathLike)) else [Path(item) for item in inputs]
