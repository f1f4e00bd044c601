"""Scores of a batch: every indicator, every project, each with its trace (contract §2).

Attainment of a row stands in `attainment`; here rows become totals: execution, deductions, 折算 after cancelled rows,
caps, grades, and the 100-point indicator system beside them. The two totals never mix (contract §2.8).
Scores are a plain pass over the batch's rows on exact decimals: it takes a small part of reading one workbook.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import Any

from perf_excel.attainment import Points, attain, judge
from perf_excel.measures import Measure, Measured
from perf_excel.numbers import EXACT, plain, round_half_up
from perf_excel.rules import RuleSet
from perf_excel.text import is_no_answer
from perf_excel.workbook import standard
from perf_excel.workbook.tables import Batch

_ZERO = Decimal(0)

#: Names of the rows that may stand between the scores and the total.
RESCALED = "折算"
CAPPED = "封顶"

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    """Score of one indicator.

    Attributes:
        measure: what the row says.
        points: what it attains before deductions.
        deduction: 扣减分值 taken off.
        score: points in the end, None where a person must score.
        low, high: the range that it can take.
        trace: the computation in Chinese.
    """

    measure: Measure
    points: Points
    deduction: Decimal
    score: Decimal | None
    low: Decimal
    high: Decimal
    trace: str

    @property
    def difference(self) -> Decimal | None:
        """Typed minus computed, None where either is missing."""
        typed = self.measure.typed_score
        return None if typed is None or self.score is None else typed - self.score


@dataclass(frozen=True, slots=True)
class Execution:
    """Budget execution of a project: amounts in 万元, the rate unrounded, the score in points."""

    budget: Decimal | None
    executed: Decimal | None
    initial: Decimal | None
    rate: Decimal | None
    weight: Decimal
    score: Decimal | None
    trace: str


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The 100-point indicator system of a project: sums by 指标类别, None where a score is missing."""

    rows: tuple[int, ...]
    by_category: dict[str, Decimal | None]
    total: Decimal | None


@dataclass(slots=True)
class ProjectScore:
    """Everything scored of one project.

    Attributes:
        index: its row in the table of 项目信息.
        exempt: it need not be evaluated (不纳入自评原因).
        indicators: kept rows, in the order of the form.
        cancelled: rows left out (取消).
        adjustments: rows between scores and total, by name.
        cap: the most points that the execution rate allows.
        total: of the form, None where a score is missing; `range` is then what it could be.
    """

    workbook: int
    project_no: int
    index: int
    exempt: bool
    execution: Execution
    indicators: list[IndicatorScore] = field(default_factory=list)
    cancelled: list[IndicatorScore] = field(default_factory=list)
    by_level: dict[str, Decimal | None] = field(default_factory=dict)
    adjustments: dict[str, Decimal] = field(default_factory=dict)
    cap: Decimal | None = None
    total: Decimal | None = None
    range: tuple[Decimal, Decimal] | None = None
    grade: str | None = None
    declared: Decimal | None = None
    declared_scorecard: Decimal | None = None
    scorecard: Scorecard | None = None

    @property
    def key(self) -> Key:
        """Workbook and 项目序号."""
        return self.workbook, self.project_no


def score(batch: Batch, measures: Sequence[Measure], rules: Sequence[RuleSet]) -> dict[Key, ProjectScore]:
    """Score all projects of the batch.

    Args:
        batch: the tables.
        measures: what `measures.measure` returned.
        rules: the rule set in force for each workbook.
    """
    scores = _projects(batch, rules)
    for item in measures:
        project = scores.get((item.workbook, item.project_no))
        if project is not None and not project.exempt:
            scored = _score_row(item, rules[item.workbook])
            (project.cancelled if item.kind is Measured.CANCELLED else project.indicators).append(scored)
    cards = _scorecards(batch)
    for key, project in scores.items():
        project.scorecard = cards.get(key)
        if not project.exempt:
            _complete(project, rules[project.workbook])
    return scores


def _projects(batch: Batch, rules: Sequence[RuleSet]) -> dict[Key, ProjectScore]:
    """One empty score a project, with its execution; of two rows with one number the first counts (S07)."""
    funds: dict[Key, list[tuple[Any, Any, Any]]] = defaultdict(list)
    names = ("workbook", "project_no", "source", "initial", "budget", "executed")
    for workbook, number, source, initial, budget, executed in batch.tables["funds"].rows(*names):
        if source != standard.TOTAL_SOURCE:
            funds[workbook, number].append((initial, budget, executed))
    scores: dict[Key, ProjectScore] = {}
    rows = batch.tables["projects"].rows(
        "workbook", "project_no", "exempt_reason", "declared_form", "declared_scorecard"
    )
    for index, (workbook, number, exempt, declared, declared_scorecard) in enumerate(rows):
        if number is None or (workbook, number) in scores:
            continue
        scores[workbook, number] = ProjectScore(
            workbook,
            number,
            index,
            exempt is not None and not is_no_answer(exempt),
            execution(funds.get((workbook, number), []), rules[workbook]),
            declared=declared,
            declared_scorecard=declared_scorecard,
        )
    return scores


def execution(amounts: Sequence[tuple[Decimal | None, Decimal | None, Decimal | None]], rules: RuleSet) -> Execution:
    """Score the execution of a budget: Σ执行数 ÷ Σ全年预算数 × weight, at most the weight (contract §2.6).

    Args:
        amounts: (年初预算数, 全年预算数, 全年执行数) in 万元, a row a source of money.
        rules: gives the weight.
    """
    initial, budget, executed = (add_up([row[i] for row in amounts]) for i in range(3))
    weight = rules.execution_weight
    if budget is None or executed is None:
        trace = "没有填资金来源" if not amounts else "全年预算数或全年执行数没有填全"
        return Execution(budget, executed, initial, None, weight, None, trace)
    if budget <= 0:
        return Execution(budget, executed, initial, None, weight, None, "全年预算数合计是0，执行率没法计算")
    rate = EXACT.divide(executed, budget)
    points = min(weight, max(_ZERO, round_half_up(EXACT.divide(EXACT.multiply(executed, weight), budget))))
    words = f"{plain(executed)}×{plain(weight)}÷{plain(budget)}＝{points:.2f}"
    trace = f"全年执行数{plain(executed)}万元，全年预算数{plain(budget)}万元，执行率{percent(rate)}：{words}"
    return Execution(budget, executed, initial, rate, weight, points, trace)


def percent(rate: Decimal) -> str:
    """Return a ratio as people print it: 98.50%."""
    return f"{round_half_up(rate * 100):.2f}%"


def add_up(values: Sequence[Decimal | None]) -> Decimal | None:
    """Add figures up; None where there are none, or one is missing."""
    figures = [value for value in values if value is not None]
    return sum(figures, _ZERO) if figures and len(figures) == len(values) else None


def _score_row(item: Measure, rules: RuleSet) -> IndicatorScore:
    weight = item.weight if item.weight is not None and item.weight > 0 else _ZERO
    points = _points(item, weight, rules)
    deduction = item.deduction if item.deduction is not None and item.deduction > 0 else _ZERO
    trace = f"{_facts(item)}{points.words}"
    if points.score is None:
        low = max(_ZERO, points.low - deduction)
        return IndicatorScore(item, points, deduction, None, low, max(low, points.high - deduction), trace)
    value = max(_ZERO, min(_floor(weight), round_half_up(points.score - deduction)))
    if deduction:
        trace += f"；另扣{plain(deduction)}分，得{value:.2f}"
    return IndicatorScore(item, points, deduction, value, value, value, trace)


def _floor(weight: Decimal) -> Decimal:
    """Return a weight without what is below a cent: no row scores above its weight, nor in fractions of a cent."""
    return weight.quantize(Decimal("0.01"), rounding=ROUND_DOWN)


def _facts(item: Measure) -> str:
    if item.kind is not Measured.FIGURE or item.actual is None:
        return ""
    note = {"＞": "（＞按≥计分）", "＜": "（＜按≤计分）"}.get(item.nature, "")
    return f"目标{plain(item.target)}{item.unit}，实际{plain(item.actual)}{item.unit}{note}，"


def _points(item: Measure, weight: Decimal, rules: RuleSet) -> Points:
    if item.kind is Measured.CANCELLED:
        return Points(_ZERO, _ZERO, _ZERO, "", "经批准取消，不计分")
    if not weight:
        # Nothing can be said of the score, but a target far exceeded still wants its reason.
        over = _points(item, Decimal(1), rules).over if item.kind is Measured.FIGURE else ""
        return Points(None, _ZERO, rules.indicator_weight, "", "权重没有填或不是正数", over=over)
    if not item.unique:
        return Points(None, _ZERO, weight, "", "指标编号重复，分不清该用哪个完成值")
    if item.kind is Measured.FIGURE and item.target is not None and item.actual is not None:
        not_over, satisfaction = item.cost or item.duration, item.level1 == standard.SATISFACTION and item.unit == "%"
        points = attain(
            item.nature, item.target, item.actual, weight, rules, not_over=not_over, satisfaction=satisfaction
        )
        return points if points.score is not None else _by_hand(item, weight, rules, points.words)
    if item.kind is Measured.UNKNOWN:
        return Points(None, _ZERO, weight, "", "指标性质或指标值读不出来")
    if not item.actual_text:
        return Points(None, _ZERO, weight, "", "没有填实际完成值")
    if item.kind is Measured.FIGURE:
        return Points(None, _ZERO, weight, "", "实际完成值读不出来")
    if item.kind is Measured.DEADLINE:
        if item.in_time:
            words = f"要求{item.target_text}，实际{item.actual_text}，按期完成，得满分{plain(weight)}"
            return Points(weight, weight, weight, "{W}", words)
        late = "没有按期完成" if item.in_time is False else f"{item.doubt}看不出是否按期完成"
        return _judge(item, weight, rules, f"要求{item.target_text}，实际{item.actual_text}，{late}")
    return _judge(item, weight, rules, "实际完成值与指标值的文字不同，看不出完成到什么程度")


def _judge(item: Measure, weight: Decimal, rules: RuleSet, why: str) -> Points:
    return judge(weight, item.grade, item.ratio, item.typed_score, rules, repeats=item.repeats, why=why)


def _by_hand(item: Measure, weight: Decimal, rules: RuleSet, why: str) -> Points:
    """Score a missed negative target: by 得分比例 alone, within the band of a grade where one is chosen."""
    if item.grade is None and item.ratio is not None and 0 <= item.ratio <= 100:
        value = min(weight, round_half_up(EXACT.multiply(weight, item.ratio) / 100))
        words = f"{why}：{plain(weight)}×{plain(item.ratio)}%＝{value:.2f}"
        return Points(value, value, value, "", words, "judgement")
    return judge(weight, item.grade, item.ratio, item.typed_score, rules, repeats=False, why=why)


def _scorecards(batch: Batch) -> dict[Key, Scorecard]:
    table = batch.tables["scorecard"]
    rows: dict[Key, list[int]] = defaultdict(list)
    for index, (workbook, number) in enumerate(table.rows("workbook", "project_no")):
        rows[workbook, number].append(index)
    category, awarded = table.column("category"), table.column("awarded")
    cards = {}
    for key, indexes in rows.items():
        names = list(dict.fromkeys([*(c for c in standard.CATEGORIES), *(category[i] for i in indexes)]))
        sums = {
            name: add_up([awarded[i] for i in indexes if category[i] == name])
            for name in names
            if any(category[i] == name for i in indexes)
        }
        cards[key] = Scorecard(tuple(indexes), sums, add_up([awarded[i] for i in indexes]))
    return cards


def _complete(project: ProjectScore, rules: RuleSet) -> None:
    """Order the rows as the form does and add them up, with 折算 and 封顶 as rows of their own."""
    if not project.indicators:
        return
    project.indicators.sort(key=form_order)
    levels: dict[str, list[Decimal | None]] = defaultdict(list)
    for item in project.indicators:
        levels[item.measure.level1].append(item.score)
    project.by_level = {level: add_up(values) for level, values in levels.items()}
    scores = [project.execution.score, *(item.score for item in project.indicators)]
    if any(item.measure.weight is None or item.measure.weight <= 0 for item in project.cancelled):
        scores.append(None)  # nobody knows what the full total was, so nothing can be brought back to it
    if any(value is None for value in scores):
        low = sum((item.low for item in project.indicators), project.execution.score or _ZERO)
        top = project.execution.score if project.execution.score is not None else project.execution.weight
        high = sum((item.high for item in project.indicators), top)
        if any(item.measure.weight is None or item.measure.weight <= 0 for item in project.indicators):
            high = min(high, max(Decimal(100), low))
        low, high = _finish(project, rules, low)[0], _finish(project, rules, high)[0]
        if project.execution.rate is None and rules.caps:
            low = min(low, *(band.share for band in rules.caps))
        project.range = low, high
        return
    exact = add_up(scores)
    assert exact is not None
    project.total, project.adjustments = _finish(project, rules, exact)
    project.grade = rules.grade(project.total)


def _finish(project: ProjectScore, rules: RuleSet, exact: Decimal) -> tuple[Decimal, dict[str, Decimal]]:
    """Return the total of scores that add up to `exact`, and the rows that lead there."""
    adjustments: dict[str, Decimal] = {}
    total = round_half_up(exact)
    if project.cancelled:
        kept = project.execution.weight + _weights(project.indicators)
        full = kept + _weights(project.cancelled)
        rescaled = round_half_up(EXACT.divide(EXACT.multiply(exact, full), kept)) if kept else total
        adjustments[RESCALED] = rescaled - total
        total = rescaled
    rate = project.execution.rate
    project.cap = rules.cap(rate) if rate is not None else None
    if project.cap is not None and total > project.cap:
        adjustments[CAPPED] = project.cap - total
        total = project.cap
    return total, adjustments


def _weights(items: Sequence[IndicatorScore]) -> Decimal:
    return sum((max(_ZERO, item.measure.weight or _ZERO) for item in items), _ZERO)


_LEVEL_ORDER = {level: order for order, level in enumerate(standard.LEVELS)}
_SECOND_ORDER = {level: order for order, level in enumerate(standard.SECOND_LEVELS)}


def form_order(item: IndicatorScore) -> tuple[int, str, int, str, int]:
    """Return the key that puts indicators in the order of the form."""
    measure = item.measure
    return (
        _LEVEL_ORDER.get(measure.level1, 9),
        measure.level1,
        _SECOND_ORDER.get(measure.level2, 99),
        measure.level2,
        measure.row,
    )
