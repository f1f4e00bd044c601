"""Checks: one small function a rule, over the tables of the whole batch. A new rule is one function and one line here."""

from __future__ import annotations

from perf_excel.checks import across, design, missing, money, report, structure, system, texts, totals, values, weights
from perf_excel.checks.completion import Completion, complete
from perf_excel.checks.context import Check, Context, Text
from perf_excel.checks.settle import settle
from perf_excel.findings import SEVERITY_ORDER, Finding
from perf_excel.workbook import standard

SUITE: tuple[Check, ...] = (
    structure.projects_without_number,
    structure.indicators_without_number,
    structure.repeated_project_numbers,
    structure.repeated_indicator_numbers,
    structure.repeated_codes,
    structure.orphaned_project_numbers,
    structure.orphaned_actuals,
    structure.formulas_without_result,
    structure.scores_left_to_a_person,
    weights.weights_total,
    weights.weights_of_levels,
    weights.weights_not_positive,
    weights.scores_out_of_range,
    totals.typed_scores,
    totals.form_total,
    totals.scorecard_total,
    money.typed_rates,
    money.execution_score,
    money.total_of_sources,
    money.executed_without_budget,
    money.executed_above_budget,
    money.cost_against_money,
    totals.total_above_cap,
    totals.typed_grade,
    money.rates_in_text,
    missing.adjustment_reason,
    missing.empty_conclusions,
    missing.prompts_left_in,
    missing.texts_too_long,
    missing.empty_results,
    missing.judged_without_reason,
    missing.no_evidence,
    missing.projects_without_form,
    missing.overview_left_blank,
    missing.no_signatories,
    missing.levels_missing,
    values.money_in_other_unit,
    values.judged_in_other_words,
    values.rates_above_hundred,
    values.actuals_all_as_planned,
    values.project_codes,
    values.equals_not_met,
    values.rates_that_cannot_exceed,
    *design.CHECKS,
    texts.vague_reasons,
    across.all_perfect,
    across.similar_passages,
    across.copied_from_another,
    across.years,
    texts.department_wording,
    system.items_of_other_type,
    texts.problems_and_measures,
    texts.shares_of_a_whole,
    texts.counted_indicators,
    texts.document_brackets,
    texts.half_width_punctuation,
    texts.numbering_gaps,
    system.marks_of_the_system,
    texts.stated_scores,
    report.chapters_not_written,
    report.scores_without_evidence,
)

_SHEET_ORDER = {sheet.title: order for order, sheet in enumerate(standard.SHEETS)}


def check(context: Context) -> list[Finding]:
    """Run the whole suite."""
    return [found for rule in SUITE for found in rule(context)]


#: What is mended first: the keys on which everything else hangs; what is mended last: totals, which change with the rest.
_FIRST = frozenset({"S01", "S02", "S03", "S04", "S06", "S07", "S08", "S09", "S10", "S11"})
_LAST = frozenset({"A07", "A08", "A15", "A16"})


def sort_key(item: Finding) -> tuple[int, int, int, int, int, int, str]:
    """Order findings for a reader: by workbook and severity, keys first and totals last, then as sheets and rows run."""
    digits = "".join(ch if ch.isdigit() else " " for ch in item.cell or "").split()
    return (
        -1 if item.workbook is None else item.workbook,
        SEVERITY_ORDER[item.severity],
        0 if item.code in _FIRST else 2 if item.code in _LAST else 1,
        _SHEET_ORDER.get(item.sheet or "", 99),
        int(digits[0]) if digits else 0,
        len((item.cell or "").split(":")[0].rstrip("0123456789")),
        f"{item.cell}{item.code}",
    )


__all__ = ["SUITE", "Check", "Completion", "Context", "Text", "check", "complete", "settle", "sort_key"]
