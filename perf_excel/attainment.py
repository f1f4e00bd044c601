"""Attainment: how target A, actual B and weight W give points (contract §2.2–2.5).

A method stands here once: the exact computation, the live formula that gives the same number, and the words for the
trace. Products come before quotients, and there is one half-up rounding at the end, in Python and in the formula alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from perf_excel.numbers import EXACT, plain, round_half_up
from perf_excel.rules import RuleSet

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Points:
    """What a row attains before deductions.

    Attributes:
        score: points, None where a person must score.
        low, high: the range that it can take; both equal to `score` where there is one.
        formula: a spreadsheet formula over {A}, {B} and {W}, "" where the score is a constant or missing.
        words: the computation in Chinese.
        source: the section of the rule set that it rests on.
        over: far beyond the target, so that a reason is due; how, in words.
    """

    score: Decimal | None
    low: Decimal
    high: Decimal
    formula: str
    words: str
    source: str = "attainment"
    over: str = ""


@dataclass(frozen=True, slots=True)
class _Method:
    compute: Callable[[Decimal, Decimal, Decimal], Decimal]
    formula: str
    words: str


def _share(part: Decimal, weight: Decimal, whole: Decimal) -> Decimal:
    return round_half_up(EXACT.divide(EXACT.multiply(part, weight), whole))


_METHODS: dict[str, _Method] = {
    "proportion": _Method(
        lambda a, b, w: _share(max(b, _ZERO), w, a),
        "IF({B}>={A},{W},MAX(0,ROUND({B}*{W}/{A},2)))",
        "按比例：{b}×{w}÷{a}",
    ),
    "linear": _Method(
        lambda a, b, w: _ZERO if b >= 2 * a else _share(2 * a - b, w, a),
        "IF({B}<={A},{W},IF({B}>=2*{A},0,ROUND(ROUND(2*{A}-{B},8)*{W}/{A},2)))",
        "反向按超出的比例扣：（2×{a}－{b}）×{w}÷{a}，超过一倍得0分",
    ),
    "ratio": _Method(
        lambda a, b, w: _share(a, w, b),
        "IF({B}<={A},{W},ROUND({A}*{W}/{B},2))",
        "反向按比例：{a}×{w}÷{b}",
    ),
}
_EQUAL = "IF({B}<{A},MAX(0,ROUND({B}*{W}/{A},2)),%s)"
_ZERO_TARGETS = {"≤": "IF({B}<=0,{W},0)", "≥": "IF({B}>=0,{W},0)", "＞": "IF({B}>0,{W},0)"}
_COMPARISONS = {"≥": "{B}>={A}", "≤": "{B}<={A}", "＝": "{B}={A}"}


def attain(
    nature: str,
    target: Decimal,
    actual: Decimal,
    weight: Decimal,
    rules: RuleSet,
    *,
    not_over: bool = False,
    satisfaction: bool = False,
) -> Points:
    """Score an indicator whose target and actual are figures.

    Args:
        nature: ＝ ≥ ≤ ＞ ＜.
        target, actual, weight: A, B, W as typed.
        rules: the variants in force.
        not_over: under ＝, more than the target counts against it (成本指标, durations).
        satisfaction: a 满意度指标 in %, which a rule set may score by bands.
    """
    direction = {"＞": "≥", "＜": "≤"}.get(nature, nature)
    if satisfaction and rules.satisfaction and direction in ("≥", "＝"):
        return _by_bands(actual, weight, rules)
    if target == 0:
        points = _against_zero(nature, direction, actual, weight)
    elif target < 0:
        points = _against_negative(direction, target, actual, weight, not_over=not_over)
    else:
        points = _against_positive(direction, target, actual, weight, rules, not_over=not_over)
    # Under ＝ with nothing allowed above it, more than the target is a miss and less is one too: never over-fulfilled.
    over = "" if direction == "＝" and not_over else _over(direction, target, actual, rules)
    if not over or points.score is None:
        return points
    if not rules.over_deduction:
        return _replace(points, over=over)
    score = max(_ZERO, points.score - rules.over_deduction)
    formula = f"MAX(0,{points.formula}-{plain(rules.over_deduction)})" if points.formula else ""
    words = f"{points.words}；{over}，按规则扣{plain(rules.over_deduction)}分＝{plain(score)}"
    return Points(score, score, score, formula, words, "attainment.over", over)


def _replace(points: Points, over: str) -> Points:
    return Points(points.score, points.low, points.high, points.formula, points.words, points.source, over)


def _points(score: Decimal, formula: str, words: str, source: str = "attainment") -> Points:
    return Points(score, score, score, formula, words, source)


def _against_positive(direction: str, a: Decimal, b: Decimal, w: Decimal, rules: RuleSet, *, not_over: bool) -> Points:
    lower = _METHODS[rules.lower_variant]
    if direction == "≤":
        formula, name = lower.formula, rules.lower_variant
    elif direction == "＝" and not_over:
        formula, name = _EQUAL % lower.formula, "proportion" if b < a else rules.lower_variant
    else:
        formula, name = _METHODS["proportion"].formula, "proportion"
    reached = b <= a if name != "proportion" else b >= a
    source = "attainment" if name == "proportion" else "attainment.lower"
    if reached:
        return _points(w, formula, f"达到目标，得满分{plain(w)}", source)
    method = _METHODS[name]
    score = min(w, method.compute(a, b, w))
    negative = "（负数按0计）" if b < 0 else ""
    words = method.words.format(a=plain(a), b=plain(max(b, _ZERO)), w=plain(w))
    return _points(score, formula, f"{'正向' if direction == '≥' else ''}{words}{negative}＝{score:.2f}", source)


def _against_zero(nature: str, direction: str, b: Decimal, w: Decimal) -> Points:
    if direction in ("≤", "＝"):
        met, formula = b <= 0, _ZERO_TARGETS["≤"]
    elif nature == "＞":
        met, formula = b > 0, _ZERO_TARGETS["＞"]
    else:
        met, formula = b >= 0, _ZERO_TARGETS["≥"]
    words = f"目标是0，{'达到，得满分' + plain(w) if met else '没有达到，得0分'}"
    return _points(w if met else _ZERO, formula, words)


def _against_negative(direction: str, a: Decimal, b: Decimal, w: Decimal, *, not_over: bool) -> Points:
    comparison = "≥" if direction == "＝" and not not_over else direction
    met = {"≥": b >= a, "≤": b <= a, "＝": b == a}[comparison]
    if met:
        formula = f'IF({_COMPARISONS[comparison]},{{W}},"")'
        return _points(w, formula, f"达到目标，得满分{plain(w)}")
    return Points(None, _ZERO, w, "", "目标是负数而没有达到，没有公式可用，需要人工评分")


def _by_bands(actual: Decimal, weight: Decimal, rules: RuleSet) -> Points:
    share = next((band.share for band in rules.satisfaction if actual >= band.floor), _ZERO)
    formula = "0"
    for band in reversed(rules.satisfaction):
        formula = f"IF({{B}}>={plain(band.floor)},ROUND({{W}}*{plain(band.share)}/100,2),{formula})"
    score = min(weight, round_half_up(EXACT.multiply(weight, share) / 100))
    return _points(score, formula, f"满意度{plain(actual)}%，按档得权重的{plain(share)}%＝{score:.2f}", "satisfaction")


def _over(direction: str, target: Decimal, actual: Decimal, rules: RuleSet) -> str:
    """Tell in words how far beyond the target the actual is, "" within the thresholds (contract §2.3)."""
    if target <= 0:
        return ""
    percent = plain(round_half_up(EXACT.divide(actual * 100, target)))
    if direction in ("≥", "＝") and actual >= target * rules.over_above:
        return f"完成值是指标值的{percent}%"
    if direction == "≤" and actual <= target * rules.over_below:
        return f"完成值只有指标值的{percent}%"
    return ""


def judge(
    weight: Decimal,
    grade: str | None,
    percent: Decimal | None,
    typed: Decimal | None,
    rules: RuleSet,
    *,
    repeats: bool,
    why: str,
) -> Points:
    """Score an indicator that a person judges (contract §2.4).

    Args:
        weight: W.
        grade, percent, typed: 完成档次, 得分比例（%）, 自评得分 as typed.
        rules: the bands in force.
        repeats: the actual repeats the target's own words.
        why: why it cannot be computed, for the case that nothing settles it.
    """
    band = rules.judgement(grade) if grade else None
    if band is None and repeats:
        band = rules.judgements[0]
        if percent is None:
            return _judged(weight, Decimal(100), weight, "完成情况与指标值的文字相同，按达成记100%")
    if band is None:
        return Points(None, _ZERO, weight, "", why, "judgement")
    low, high = (EXACT.multiply(weight, edge) / 100 for edge in (band.low, band.high))
    limits = f"{plain(band.low)}%–{plain(band.high)}%"
    if percent is not None:
        if band.holds(percent):
            score = min(weight, round_half_up(EXACT.multiply(weight, percent) / 100))
            return _judged(weight, percent, score, f"{band.grade}，得分比例{plain(percent)}%")
        words = f"得分比例{plain(percent)}%不在“{band.grade}”的{limits}之间"
        return Points(None, round_half_up(low), round_half_up(high), "", words, "judgement")
    if typed is not None and (low <= typed <= high if band.high >= 100 else low <= typed < high):
        return Points(
            typed,
            typed,
            typed,
            "",
            f"{band.grade}（{limits}），没有填得分比例，采用自评得分{plain(typed)}",
            "judgement",
        )
    if repeats and band is rules.judgements[0]:
        return _judged(weight, Decimal(100), weight, "完成情况与指标值的文字相同，按达成记100%")
    return Points(None, round_half_up(low), round_half_up(high), "", f"选了“{band.grade}”，没有填得分比例", "judgement")


def _judged(weight: Decimal, percent: Decimal, score: Decimal, words: str) -> Points:
    return Points(score, score, score, "", f"{words}：{plain(weight)}×{plain(percent)}%＝{score:.2f}", "judgement")
