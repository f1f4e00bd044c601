"""perf-excel: 项目支出绩效自评, from the filled workbook to the forms, the findings and the scores.

`run` and `check` do what the commands of the same names do and return `Results`; nothing is printed, and only
`PerfExcelError` is raised, for a wrong call (contract §6).
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from perf_excel.version import __version__

if TYPE_CHECKING:
    from perf_excel.results import Results

__all__ = ["PerfExcelError", "__version__", "check", "run"]

_Inputs = str | PathLike[str] | Iterable[str | PathLike[str]]


class PerfExcelError(Exception):
    """A wrong call: no such rule set or form, an output folder that cannot be used. The text is for the user."""


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
    from perf_excel.batch import Options, run_workbooks
    from perf_excel.results import to_results
    from perf_excel.rules import RuleError
    from perf_excel.store import StoreBusy, WriteError
    from perf_excel.workbook import standard

    chosen = tuple(dict.fromkeys([forms] if isinstance(forms, str) else forms))
    unknown = [name for name in chosen if name not in standard.FORMS]
    if unknown:
        raise PerfExcelError(f"没有“{unknown[0]}”这种自评表样式。可以用的有：{'、'.join(standard.FORMS)}。")
    try:
        return to_results(
            run_workbooks(_paths(inputs), Path(output), Options(rules, chosen, print_scores, annotate, jobs))
        )
    except RuleError as error:
        raise PerfExcelError(str(error)) from error
    except StoreBusy as error:
        raise PerfExcelError(str(error)) from error
    except WriteError as error:
        raise PerfExcelError(f"输出文件夹不能写：{error.reason}。") from error


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
    from perf_excel.rules import RuleError

    try:
        return to_results(check_workbooks(_paths(inputs), Options(rules)))
    except RuleError as error:
        raise PerfExcelError(str(error)) from error


def _paths(inputs: _Inputs) -> list[Path]:
    return [Path(inputs)] if isinstance(inputs, (str, PathLike)) else [Path(item) for item in inputs]
