"""What a run is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from perf_excel.errors import PerfExcelError
from perf_excel.findings import Finding
from perf_excel.workbook import standard


class Write(Enum):
    """What is written for each workbook."""

    EVERYTHING = "everything"
    MARKED = "marked copies"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for.

    Attributes:
        rules: a rule set's name or file, standing over 参数.评分规则.
        forms: forms to print, standing over 参数.自评表样式.
        print_scores: have 得分 inside the print area of forms that have no such column.
        annotate: write marked copies.
        jobs: worker processes; None for as many as there are processors, 0 for none: all is done in this process.
        only, ignore: codes of findings: list these alone, or all but these. What is not listed still counts.
        report: write the Word report of every project that is evaluated.
        force: do again what an earlier run has done.
        scheduler: address of a Dask scheduler that hands out the batches; "" for worker processes of this machine.
        batch: the most workbooks that are evaluated in one pass.
    """

    rules: str | None = None
    forms: tuple[str, ...] = ()
    print_scores: bool = False
    annotate: bool = True
    jobs: int | None = None
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    report: bool = True
    force: bool = False
    scheduler: str = ""
    batch: int = 20

    def lists(self, item: Finding) -> bool:
        """Tell whether a finding is to be listed."""
        return (not self.only or item.code in self.only) and item.code not in self.ignore


def chosen_forms(names: Iterable[str]) -> tuple[str, ...]:
    """Return the forms asked for, each once.

    Raises:
        PerfExcelError: there is no such form.
    """
    chosen = tuple(dict.fromkeys(names))
    unknown = next((name for name in chosen if name not in standard.FORMS), None)
    if unknown is not None:
        raise PerfExcelError(f"没有“{unknown}”这种自评表样式。可以用的有：{'、'.join(standard.FORMS)}。")
    return chosen
