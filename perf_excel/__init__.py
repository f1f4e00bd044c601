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
    from perf_excel.run_result import Run

__all__ = ["PerfExcelError", "__version__", "check", "run"]

_Inputs = str | PathLike[str] | Iterable[str | PathLike[str]]


def run(
    inputs: _Inputs,
    output: str | PathLike[str] = "output",
    rules: str | None = None,
    forms: Iterable[str] = (),
    print_scores: bool = False,
    annotate: bool = True,
    jobs: int = 0,
) -> Results:
    """Read, check and score workbooks, and write their outputs.

    Args:
        inputs: files and folders.
        output: the output folder.
        rules: a rule set's name or file, standing over 参数.评分规则.
        forms: forms to print, standing over 参数.自评表样式.
        print_scores: have 得分 inside the print area of forms that have no such column.
        annotate: write marked copies.
        jobs: worker processes; 0 for none, all is done in this one.

    Raises:
        PerfExcelError: a wrong call.
    """
    from perf_excel.batch import Wish, run_workbooks
    from perf_excel.options import Options, chosen_forms

    chosen = chosen_forms([forms] if isinstance(forms, str) else forms)
    options = Options(rules, chosen, print_scores, annotate, jobs)
    return _results(run_workbooks(_paths(inputs), Path(output), options, Wish(indicators=True)))


def check(inputs: _Inputs, rules: str | None = None) -> Results:
    """Read, check and score workbooks; write nothing.

    Args:
        inputs: files and folders.
        rules: a rule set's name or file, standing over 参数.评分规则.

    Raises:
        PerfExcelError: a wrong call.
    """
    from perf_excel.batch import Wish, check_workbooks
    from perf_excel.options import Options

    return _results(check_workbooks(_paths(inputs), Options(rules, jobs=0), Wish(indicators=True)))


def _results(done: Run) -> Results:
    from perf_excel.results import to_results

    with done:
        return to_results(done.to_data(), done.indicators(), done.exit_status)


def _paths(inputs: _Inputs) -> list[Path]:
    return [Path(inputs)] if isinstance(inputs, (str, PathLike)) else [Path(item) for item in inputs]
