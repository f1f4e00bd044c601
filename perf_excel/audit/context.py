"""Reports as the checks of workbooks see them: their tables, and every paragraph as words with a place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from perf_excel.audit.content import Filling
from perf_excel.audit.lexicon import meaning
from perf_excel.audit.outline import Line, Spot
from perf_excel.audit.report import TO_FILL, Report
from perf_excel.checks import across, design, money, system, texts, totals, values, weights
from perf_excel.checks.context import Context, Said
from perf_excel.findings import Finding, Place

#: The sheet and the column in which paragraphs stand for the checks; no workbook has a sheet of that name.
_PROSE, _COLUMN = "正文", "P"


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph as the checks take it (`checks.context.Said`)."""

    place: Place
    name: str
    key_of_project: tuple[int, int | None]
    said: str


@dataclass
class ReportContext(Context):
    """Reports in place of workbooks.

    Attributes:
        reports: one for each source of the batch.
        fillings: the tables that they came to.
    """

    reports: Sequence[Report] = ()
    fillings: Sequence[Filling] = field(default_factory=list)

    @cached_property
    def sentences(self) -> Sequence[Said]:
        """Every paragraph of every report."""
        return [
            Words(Place(number, _PROSE, f"{_COLUMN}{at + 1}", 1), _name(line), (number, 1), TO_FILL.sub("", line.text))
            for number, report in enumerate(self.reports)
            for at, line in enumerate(report.lines)
        ]

    @cached_property
    def phrases(self) -> Sequence[Said]:
        """The paragraphs, and the words that stand in tables."""
        of_tables = [text for text in self.words if text.table.sheet.key not in _IN_PROSE]
        return [*self.sentences, *of_tables]

    def spot(self, item: Finding) -> Spot:
        """Return where in its report a finding stands."""
        report = self.reports[item.workbook or 0]
        cell = (item.cell or "").split(",")[0].split(":")[0]
        if item.sheet == _PROSE:
            return report.lines[int(cell.removeprefix(_COLUMN)) - 1].spot
        found = self.fillings[item.workbook or 0].spot(item.sheet or "", cell)
        return found or report.start


#: Tables whose words come from paragraphs.
_IN_PROSE = frozenset({"passages", "scorecard"})


def _name(line: Line) -> str:
    """Return what a paragraph is about: the chapter of 报告内容 that it belongs to, or the heading above it."""
    title = line.chapter[-1] if line.chapter else "标题"
    chapter = meaning("chapters", title)
    return chapter if chapter and len(line.chapter) <= 2 else title


#: The checks of workbooks that a report can be asked as well.
SUITE: tuple[Callable[[Context], Iterable[Finding]], ...] = (
    weights.weights_total,
    weights.weights_of_levels,
    weights.weights_not_positive,
    weights.scores_out_of_range,
    totals.typed_scores,
    totals.form_total,
    money.typed_rates,
    money.execution_score,
    money.total_of_sources,
    money.executed_above_budget,
    money.cost_against_money,
    values.rates_above_hundred,
    values.judged_in_other_words,
    values.actuals_all_as_planned,
    values.project_codes,
    values.equals_not_met,
    *design.CHECKS,
    texts.vague_reasons,
    texts.department_wording,
    texts.problems_and_measures,
    texts.shares_of_a_whole,
    texts.document_brackets,
    texts.numbering_gaps,
    across.years,
    system.items_of_other_type,
    system.marks_of_the_system,
)
#: What reading cells and counting blank ones finds that holds for a report as well; blanks of a workbook are none there.
OF_READING = frozenset({"A04", "A05", "B01", "B02", "B05", "C01", "C02", "C03", "C05", "C06", "E01"})
