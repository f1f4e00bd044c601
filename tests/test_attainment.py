"""Attainment: target A, actual B and weight W give points — by hand, by an oracle in fractions, by the live formula."""

import ast
import operator
import random
import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_excel.attainment import attain, judge
from perf_excel.rules import Band, Judgement, load_rules

LINEAR = load_rules("财政部")
RATIO = replace(LINEAR, lower_variant="ratio")
MINUS_TWO = replace(LINEAR, over_deduction=Decimal(2))
FIFTY = replace(
    LINEAR,
    judgements=tuple(
        Judgement(grade, Decimal(low), Decimal(high))
        for grade, low, high in (("达成", 80, 100), ("部分达成", 50, 80), ("未达成", 0, 50))
    ),
)
SURVEY = replace(
    LINEAR,
    satisfaction=tuple(Band(Decimal(floor), "", Decimal(share)) for floor, share in ((90, 100), (80, 80), (60, 50))),
)

NULL = None
quick = settings(deadline=None, database=None, max_examples=400)


def number(text):
    return None if text is None else Decimal(text)


# ---------------------------------------------------------------- an oracle of its own


def cents(points):
    """四舍五入 to two places, by its definition; points are not negative."""
    return Fraction(int(points * 100 + Fraction(1, 2)), 100)


def oracle(nature, a, b, w, *, variant="linear", not_over=False):
    """Contract §2.2 in fractions; None where a person must score."""
    a, b, w = Fraction(a), Fraction(b), Fraction(w)
    if a == 0:
        reached = {"≥": b >= 0, "＞": b > 0}.get(nature, b <= 0)
        return w if reached else Fraction(0)
    if a < 0:
        under = nature in "≤＜"
        reached = b <= a if under else b == a if nature == "＝" and not_over else b >= a
        return w if reached else None
    b = max(b, Fraction(0))
    if nature in "≥＞" or (nature == "＝" and (b < a or not not_over)):
        return w if b >= a else cents(b / a * w)
    if b <= a:
        return w
    if variant == "ratio":
        return cents(a / b * w)
    return cents((1 - (b - a) / a) * w) if b < 2 * a else Fraction(0)


# ---------------------------------------------------------------- by hand

#: 指标性质, A, B, W -> points
BY_HAND = [
    # ≥: reached gives W, else B/A·W
    ("≥", "50", "50", "20", "20"),
    ("≥", "50", "50.01", "20", "20"),
    ("≥", "50", "500", "20", "20"),
    ("≥", "95", "90", "20", "18.95"),
    ("≥", "3", "2", "10", "6.67"),
    ("≥", "3", "1", "10", "3.33"),
    ("≥", "16", "1", "10", "0.63"),  # 0.625
    ("≥", "200", "100.1", "10", "5.01"),  # 5.005
    ("≥", "2000", "1999", "10", "10"),  # 9.995
    ("≥", "0.1", "0.07", "10", "7"),
    ("≥", "50", "0", "20", "0"),
    ("≥", "50", "-5", "20", "0"),
    ("＞", "50", "51", "20", "20"),
    ("＞", "50", "50", "20", "20"),  # ＞ scores as ≥
    ("＞", "50", "49", "20", "19.6"),
    # ≤ linear: (1−(B−A)/A)·W, none from 2A on
    ("≤", "10", "10", "20", "20"),
    ("≤", "10", "8", "20", "20"),
    ("≤", "10", "0", "20", "20"),
    ("≤", "10", "-3", "20", "20"),
    ("≤", "10", "12", "20", "16"),
    ("≤", "10", "15", "20", "10"),
    ("≤", "30", "31", "10", "9.67"),
    ("≤", "17.28", "17.29", "20", "19.99"),
    ("≤", "16", "31", "10", "0.63"),  # 0.625
    ("≤", "10", "19.99", "20", "0.02"),
    ("≤", "10", "20", "20", "0"),
    ("≤", "10", "35", "20", "0"),
    ("＜", "10", "10", "20", "20"),  # ＜ scores as ≤
    ("＜", "10", "15", "20", "10"),
    # ＝: reached gives W, short is proportional, over is W
    ("＝", "5", "5", "20", "20"),
    ("＝", "5", "4", "20", "16"),
    ("＝", "7", "6", "20", "17.14"),
    ("＝", "5", "6", "20", "20"),
    ("＝", "5", "50", "20", "20"),
    ("＝", "5", "0", "20", "0"),
    ("＝", "5", "-1", "20", "0"),
    # A = 0
    ("≤", "0", "0", "20", "20"),
    ("≤", "0", "-1", "20", "20"),
    ("≤", "0", "0.01", "20", "0"),
    ("＜", "0", "0", "20", "20"),
    ("＜", "0", "1", "20", "0"),
    ("＝", "0", "0", "20", "20"),
    ("＝", "0", "-1", "20", "20"),
    ("＝", "0", "1", "20", "0"),
    ("≥", "0", "0", "20", "20"),
    ("≥", "0", "3", "20", "20"),
    ("≥", "0", "-0.01", "20", "0"),
    ("＞", "0", "0.01", "20", "20"),
    ("＞", "0", "0", "20", "0"),
    ("＞", "0", "-1", "20", "0"),
    # A < 0: nothing is counted as 0, and there is no formula for what is missed
    ("≥", "-5", "-5", "20", "20"),
    ("≥", "-5", "-3", "20", "20"),
    ("≥", "-5", "0", "20", "20"),
    ("≥", "-5", "-5.01", "20", NULL),
    ("＞", "-5", "-6", "20", NULL),
    ("≤", "-5", "-5", "20", "20"),
    ("≤", "-5", "-8", "20", "20"),
    ("≤", "-5", "-4.99", "20", NULL),
    ("≤", "-5", "0", "20", NULL),
    ("＜", "-5", "3", "20", NULL),
    ("＝", "-5", "-5", "20", "20"),
    ("＝", "-5", "-4", "20", "20"),
    ("＝", "-5", "-6", "20", NULL),
]

#: the same under the ratio variant: A/B·W
BY_HAND_RATIO = [
    ("≤", "10", "10", "20", "20"),
    ("≤", "10", "3", "20", "20"),
    ("≤", "10", "-3", "20", "20"),
    ("≤", "10", "12", "20", "16.67"),
    ("≤", "10", "15", "20", "13.33"),
    ("≤", "10", "20", "20", "10"),
    ("≤", "10", "40", "20", "5"),
    ("≤", "30", "31", "10", "9.68"),
    ("≤", "1", "16", "10", "0.63"),  # 0.625
    ("≤", "10", "100000", "20", "0"),
    ("＜", "10", "15", "20", "13.33"),
    ("≤", "0", "0.01", "20", "0"),
    ("≤", "-5", "-4", "20", NULL),
    ("≥", "3", "2", "10", "6.67"),
    ("＝", "5", "6", "20", "20"),
]

#: ＝ under 成本指标 and durations, where over counts as ≤: A, B, W -> linear, ratio
BY_HAND_NOT_OVER = [
    ("5", "5", "20", "20", "20"),
    ("5", "4", "20", "16", "16"),
    ("5", "0", "20", "0", "0"),
    ("5", "-1", "20", "0", "0"),
    ("5", "6", "20", "16", "16.67"),
    ("17.28", "17.29", "20", "19.99", "19.99"),
    ("5", "9", "20", "4", "11.11"),
    ("5", "10", "20", "0", "10"),
    ("5", "50", "20", "0", "2"),
    ("0", "0", "20", "20", "20"),
    ("0", "1", "20", "0", "0"),
    ("-5", "-5", "20", "20", "20"),
    ("-5", "-4", "20", NULL, NULL),
    ("-5", "-6", "20", NULL, NULL),
]

CASES = [
    *((LINEAR, False, *case) for case in BY_HAND),
    *((RATIO, False, *case) for case in BY_HAND_RATIO),
    *((LINEAR, True, "＝", a, b, w, linear) for a, b, w, linear, _ in BY_HAND_NOT_OVER),
    *((RATIO, True, "＝", a, b, w, ratio) for a, b, w, _, ratio in BY_HAND_NOT_OVER),
]
IDS = [f"{r.lower_variant}{'-cost' if n else ''} {c[0]}{c[1]} is {c[2]} of {c[3]}" for r, n, *c in CASES]


@pytest.mark.parametrize(("rules", "not_over", "nature", "a", "b", "w", "expected"), CASES, ids=IDS)
def test_points_by_hand(rules, not_over, nature, a, b, w, expected):
    points = attain(nature, number(a), number(b), number(w), rules, not_over=not_over)
    assert points.score == number(expected)
    given_by_oracle = oracle(nature, a, b, w, variant=rules.lower_variant, not_over=not_over)
    assert given_by_oracle == (None if expected is None else Fraction(expected)), "the oracle of the tests is wrong"
    if expected is None:
        assert (points.low, points.high, points.formula) == (0, number(w), "")
    else:
        assert points.low == points.score == points.high
        assert evaluate(points.formula, a, b, w) == Fraction(expected)


# ---------------------------------------------------------------- the formula as a spreadsheet computes it

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
}


def excel_round(value, places):
    """ROUND: half away from zero, on the fifteen digits that a spreadsheet shows."""
    return float(Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP))


@lru_cache
def _parse(formula):
    named = formula.format(A="A", B="B", W="W")
    return ast.parse(re.sub(r"(?<![<>=])=(?!=)", "==", named), mode="eval").body


def _value(node, cells):
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=value):
            return float(value)
        case ast.Name(id=name):
            return cells[name]
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            return _OPERATORS[type(op)](_value(left, cells), _value(right, cells))
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            return _value(then if _value(condition, cells) else otherwise, cells)
        case ast.Call(func=ast.Name(id=name), args=args):
            return {"MAX": max, "MIN": min, "ROUND": excel_round}[name](*(_value(arg, cells) for arg in args))
    raise AssertionError(f"not in the formulas of the program: {ast.dump(node)}")


def evaluate(formula, a, b, w):
    """Return what the cell shows with two places, as a fraction; None for an empty text."""
    shown = _value(_parse(formula), {"A": float(a), "B": float(b), "W": float(w)})
    return None if shown == "" else Fraction(Decimal(f"{shown:.15g}").quantize(Decimal("0.01"), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("ROUND(A*W/B,2)", "6.67"),
        ('IF(A=B,"",MAX(0,A-B))', "0"),
        ('IF(A=2,"",0)', None),
        ("ROUND(0.015,2)+MIN(W,1)", "1.02"),
    ],
)
def test_the_evaluator_of_these_tests(formula, shown):
    assert evaluate(formula, "2", "3", "10") == (None if shown is None else Fraction(shown))


def random_case(source):
    """A, B, W of a size and with digits that people type; often equal, often just a tie."""
    places = source.choice((0, 0, 1, 2, 4))
    top = source.choice((10, 100, 10**4, 10**6))
    a = Decimal(source.randint(-top // 5, top)).scaleb(-places)
    b = source.choice(
        (
            a,
            2 * a,
            a + Decimal(source.randint(-top, top)).scaleb(-places - 1),
            Decimal(source.randint(-top // 20, 3 * top)).scaleb(-places),
        )
    )
    if source.random() < 0.3:
        a = Decimal(source.choice((8, 16, 32, 80, 125, 160, 200, 400)))
        b = Decimal(source.randint(0, 500))
    w = source.choice((Decimal(source.choice((5, 10, 20, 30, 90))), Decimal(source.randint(1, 10000)).scaleb(-2)))
    return a, b, w


def test_oracle_score_and_formula_agree_over_thousands_of_cases():
    source = random.Random(2024)
    seen = dict.fromkeys(("null", "tie", "part"), 0)
    for _ in range(20000):
        nature, not_over = source.choice("＝≥≤＞＜"), source.random() < 0.5
        rules = source.choice((LINEAR, RATIO))
        a, b, w = random_case(source)
        points = attain(nature, a, b, w, rules, not_over=not_over)
        expected = oracle(nature, a, b, w, variant=rules.lower_variant, not_over=not_over and nature == "＝")
        case = (nature, str(a), str(b), str(w), rules.lower_variant, not_over)
        assert (None if points.score is None else Fraction(points.score)) == expected, case
        if expected is None:
            seen["null"] += 1
            continue
        assert 0 <= points.score <= w, case
        assert evaluate(points.formula, a, b, w) == expected, (case, points.formula)
        seen["part"] += 0 < expected < w
        seen["tie"] += 0 < expected < w and (Fraction(b) * Fraction(w) / Fraction(a) * 100).denominator == 2
    assert min(seen.values()) > 300, f"the cases are too tame: {seen}"


figures = st.decimals(min_value=-(10**6), max_value=10**6, places=3)
weights = st.decimals(min_value=Decimal("0.01"), max_value=100, places=2)


@quick
@given(
    st.sampled_from("＝≥≤＞＜"),
    figures,
    figures,
    weights,
    st.sampled_from([LINEAR, RATIO, MINUS_TWO, SURVEY]),
    st.booleans(),
    st.booleans(),
)
def test_points_lie_between_0_and_the_weight(nature, a, b, w, rules, not_over, satisfaction):
    points = attain(nature, a, b, w, rules, not_over=not_over, satisfaction=satisfaction)
    assert 0 <= points.low <= points.high <= w
    if points.score is None:
        assert a < 0
    else:
        assert points.low == points.score == points.high
        assert evaluate(points.formula, a, b, w) == Fraction(points.score)


@quick
@given(
    st.sampled_from("＝≥≤＞＜"),
    st.decimals(min_value=Decimal("0.001"), max_value=10**6, places=3),
    st.decimals(min_value=-10, max_value=10**6, places=3),
    weights,
    st.sampled_from([LINEAR, RATIO]),
)
def test_doing_better_never_scores_less(nature, a, b, w, rules):
    better = b - 1 if nature in "≤＜" else b + 1
    assert attain(nature, a, better, w, rules).score >= attain(nature, a, b, w, rules).score


# ---------------------------------------------------------------- far beyond the target


@pytest.mark.parametrize(
    ("nature", "a", "b", "over"),
    [
        ("≥", "100", "129.99", False),
        ("≥", "100", "130", True),
        ("＞", "9", "20", True),
        ("＝", "100", "129", False),
        ("＝", "100", "130", True),
        ("≤", "100", "70.01", False),
        ("≤", "100", "70", True),
        ("＜", "100", "0", True),
        ("≤", "100", "130", False),
        ("≥", "100", "70", False),
        ("≥", "0", "50", False),
        ("≤", "0", "-50", False),
        ("≥", "-10", "50", False),
        ("≤", "-10", "-50", False),
    ],
)
def test_over_the_threshold_is_full_marks_and_wants_a_reason(nature, a, b, over):
    points = attain(nature, number(a), number(b), Decimal(20), LINEAR)
    assert bool(points.over) is over
    if over:
        assert points.score == 20


@pytest.mark.parametrize(
    ("nature", "a", "b", "w", "not_over", "expected"),
    [
        ("≥", "100", "130", "20", False, "18"),
        ("＞", "100", "222", "20", False, "18"),
        ("≥", "100", "129.99", "20", False, "20"),
        ("≥", "100", "50", "20", False, "10"),
        ("＝", "100", "130", "20", False, "18"),
        ("≤", "100", "70", "20", False, "18"),
        ("≤", "100", "71", "20", False, "20"),
        ("≤", "100", "150", "20", False, "10"),
        ("≥", "100", "130", "1.5", False, "0"),
        ("＝", "100", "130", "20", True, "14"),  # a cost above its target is a target missed, not one exceeded
        ("＝", "100", "65", "20", True, "13"),
    ],
)
def test_a_rule_set_may_take_points_off_instead(nature, a, b, w, not_over, expected):
    points = attain(nature, number(a), number(b), number(w), MINUS_TWO, not_over=not_over)
    assert points.score == number(expected)
    assert evaluate(points.formula, a, b, w) == Fraction(expected)


def test_the_thresholds_are_rule_data():
    rules = replace(LINEAR, over_above=Decimal("1.2"), over_below=Decimal("0.5"))
    assert attain("≥", Decimal(100), Decimal(120), Decimal(10), rules).over
    assert not attain("≤", Decimal(100), Decimal(70), Decimal(10), rules).over


# ---------------------------------------------------------------- satisfaction by bands


@pytest.mark.parametrize(
    ("nature", "actual", "w", "expected"),
    [
        ("≥", "100", "10", "10"),
        ("≥", "90", "10", "10"),
        ("≥", "89.99", "10", "8"),
        ("＝", "80", "10", "8"),
        ("＞", "79.99", "10", "5"),
        ("≥", "60", "10", "5"),
        ("≥", "59.99", "10", "0"),
        ("≥", "0", "10", "0"),
        ("≥", "60", "7.25", "3.63"),  # 3.625
    ],
)
def test_satisfaction_by_bands(nature, actual, w, expected):
    points = attain(nature, Decimal(95), number(actual), number(w), SURVEY, satisfaction=True)
    assert points.score == number(expected)
    assert evaluate(points.formula, "95", actual, w) == Fraction(expected)


def test_bands_are_for_satisfaction_alone():
    assert attain("≥", Decimal(95), Decimal(59), Decimal(10), SURVEY).score == Decimal("6.21")
    assert attain("≥", Decimal(95), Decimal(59), Decimal(10), LINEAR, satisfaction=True).score == Decimal("6.21")


# ---------------------------------------------------------------- judged

REPEATS = True
#: 完成档次, 得分比例, 自评得分, repeats the target's words -> points of 20, or the range left
JUDGED = [
    ("达成", "100", None, False, "20"),
    ("达成", "90.5", None, False, "18.1"),
    ("达成", "80", None, False, "16"),
    ("达成", "79.99", None, False, ("16", "20")),
    ("达成", "100.01", None, False, ("16", "20")),
    ("部分达成", "79.99", None, False, "16"),  # 15.998
    ("部分达成", "60", None, False, "12"),
    ("部分达成", "80", None, False, ("12", "16")),
    ("部分达成", "59.99", None, False, ("12", "16")),
    ("未达成", "59.99", None, False, "12"),  # 11.998
    ("未达成", "0", None, False, "0"),
    ("未达成", "60", None, False, ("0", "12")),
    ("未达成", "-1", None, False, ("0", "12")),
    # the percentage is blank: 自评得分 within the band counts
    ("达成", None, "16", False, "16"),
    ("达成", None, "18.25", False, "18.25"),
    ("达成", None, "20", False, "20"),
    ("达成", None, "15.99", False, ("16", "20")),
    ("达成", None, "20.01", False, ("16", "20")),
    ("部分达成", None, "12", False, "12"),
    ("部分达成", None, "15.99", False, "15.99"),
    ("部分达成", None, "16", False, ("12", "16")),
    ("未达成", None, "0", False, "0"),
    ("未达成", None, "11.99", False, "11.99"),
    ("未达成", None, "12", False, ("0", "12")),
    ("未达成", None, "-1", False, ("0", "12")),
    # the percentage goes before 自评得分
    ("达成", "90", "17", False, "18"),
    ("达成", "50", "18", False, ("16", "20")),
    # nothing chosen
    (None, None, None, False, ("0", "20")),
    (None, "90", None, False, ("0", "20")),
    (None, None, "18", False, ("0", "20")),
    ("达成", None, None, False, ("16", "20")),
    ("部分达成", None, None, False, ("12", "16")),
    ("未达成", None, None, False, ("0", "12")),
    # the target's own words
    (None, None, None, REPEATS, "20"),
    ("达成", None, None, REPEATS, "20"),
    ("达成", "85", None, REPEATS, "17"),
    ("达成", None, "17", REPEATS, "17"),
    (None, "85", None, REPEATS, "17"),
    ("部分达成", "70", None, REPEATS, "14"),
    ("部分达成", None, None, REPEATS, ("12", "16")),
    ("未达成", None, "5", REPEATS, "5"),
]


@pytest.mark.parametrize(("grade", "percent", "typed", "repeats", "expected"), JUDGED)
def test_judged_points_by_hand(grade, percent, typed, repeats, expected):
    points = judge(Decimal(20), grade, number(percent), number(typed), LINEAR, repeats=repeats, why="说明")
    score, low, high = (None, *expected) if isinstance(expected, tuple) else (expected,) * 3
    assert (points.score, points.low, points.high) == (number(score), number(low), number(high))
    assert points.words


@pytest.mark.parametrize(
    ("grade", "percent", "expected"),
    [
        ("达成", "80", "16"),
        ("部分达成", "79.99", "16"),
        ("部分达成", "50", "10"),
        ("部分达成", "49.99", ("10", "16")),
        ("部分达成", "80", ("10", "16")),
        ("未达成", "49.99", "10"),
        ("未达成", "50", ("0", "10")),
    ],
)
def test_judged_in_bands_of_fifty(grade, percent, expected):
    points = judge(Decimal(20), grade, number(percent), None, FIFTY, repeats=False, why="说明")
    score, low, high = (None, *expected) if isinstance(expected, tuple) else (expected,) * 3
    assert (points.score, points.low, points.high) == (number(score), number(low), number(high))


@quick
@given(
    weights,
    st.sampled_from([("达成", 80, 100), ("部分达成", 60, 80), ("未达成", 0, 60), (None, 0, 100)]),
    st.none() | st.decimals(min_value=-10, max_value=110, places=2),
    st.none() | st.decimals(min_value=-1, max_value=101, places=2),
)
def test_judged_points_are_the_percentage_within_its_band(w, band, percent, typed):
    grade, low, high = band
    points = judge(w, grade, percent, typed, LINEAR, repeats=False, why="说明")

    def within(value, scale):
        return scale * low <= value < scale * high or value == scale * high == scale * 100

    expected = None
    if grade and percent is not None:
        expected = cents(Fraction(w) * Fraction(percent) / 100) if within(percent, 1) else None
    elif grade and typed is not None:
        expected = Fraction(typed) if within(typed, Fraction(w) / 100) else None
    assert (None if points.score is None else Fraction(points.score)) == expected
    assert 0 <= points.low <= points.high <= w
