"""Scores of whole workbooks: rows, execution, deductions, 折算, 封顶, range, grade. By hand, and by an oracle."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_attainment import cents, oracle
from workbooks import FUND, PROJECT, ROWS, cell_of, rows_of, write

import perf_excel
from perf_excel.rules import load_rules
from perf_excel.scoring import execution

CAPS = """
extends = "财政部"
name = "某县"
source = "某县财绩〔2025〕1号"
[attainment.lower]
source = "某县财绩〔2025〕1号第五条"
variant = "ratio"
[caps]
source = "某县财绩〔2025〕1号第九条"
bands = [{below = 0.5, most = 59}, {below = 0.6, most = 69}, {below = 0.7, most = 79}, {below = 0.8, most = 89}]
"""
CANCEL = {"new_target": "取消", "new_basis": "某财绩〔2024〕18号"}
LATE = ("产出指标", "时效指标")
COUNT = ("产出指标", "数量指标")


def check(tmp_path, rows, funds=None, rules=None, **settings):
    """Score a workbook with one project.

    A row is a tuple as in `workbooks.ROWS`, and then what stands in further columns of either sheet.
    """
    targets, actuals = rows_of([row[:7] for row in rows])
    for target, actual, row in zip(targets, actuals, rows, strict=True):
        for key, value in (row[7] if len(row) > 7 else {}).items():
            (target if key in ("new_target", "new_basis") else actual)[key] = value
    sheets = {
        "projects": [PROJECT],
        "funds": [FUND] if funds is None else [{"project_no": 1, "source": "财政拨款"} | fund for fund in funds],
        "indicators": targets,
        "actuals": actuals,
    }
    if rules is not None:
        (tmp_path / "规则.toml").write_text(rules, encoding="utf-8")
    path = write(tmp_path / "a.xlsx", sheets, settings)
    return perf_excel.check(path, rules=None if rules is None else str(tmp_path / "规则.toml"))


def form(tmp_path, rows, funds=None, rules=None, **settings):
    return check(tmp_path, rows, funds, rules, **settings).data["projects"][0]["form_score"]


def with_row(index, *, actual=..., **more):
    """The clean form, one of its rows changed."""
    rows = [[*row, {}] for row in ROWS]
    if actual is not ...:
        rows[index][6] = actual
    rows[index][7] = more
    return rows


# ---------------------------------------------------------------- a row

#: 一级, 二级, 性质, 指标值, 单位, 实际完成值, further columns -> points of 20
ROW_CASES = {
    "short": (*COUNT, "≥", "50", "个", "45", {}, 18.0),
    "nature and unit written into the target": (*COUNT, None, "≥50个", None, "45", {}, 18.0),
    "amounts in two units": (*COUNT, "≤", "90", "万元", "945000元", {}, 19.0),
    "a typed score is compared, never taken": (*COUNT, "≥", "50", "个", "45", {"typed_score": 20}, 18.0),
    "blank": (*COUNT, "≥", "50", "个", None, {}, None),
    "words for a figure": (*COUNT, "≥", "50", "个", "已完成", {}, None),
    # ＝ and more than the target
    "＝ over": (*COUNT, "＝", "10", "个", "12", {}, 20.0),
    "＝ over, a cost": ("成本指标", "经济成本指标", "＝", "10", "万元", "12", {}, 16.0),
    "＝ over, a cost under 产出": ("产出指标", "成本指标", "＝", "10", "万元", "12", {}, 16.0),
    "＝ short, a cost": ("成本指标", "经济成本指标", "＝", "10", "万元", "8", {}, 16.0),
    "＝ over, a duration": (*LATE, "＝", "10", "天", "12", {}, 16.0),
    "＝ over, a duration in months": (*LATE, "＝", "10", "个月", "12", {}, 16.0),
    "＝ over, a rate of punctuality": (*LATE, "＝", "90", "%", "95", {}, 20.0),
    "＝ over, days that are no duration": (*COUNT, "＝", "10", "天", "12", {}, 20.0),
    # the target in force
    "a new target": (*COUNT, "≥", "50", "个", "40", {"new_target": "40", "new_basis": "某文"}, 20.0),
    "a new target without its document": (*COUNT, "≥", "50", "个", "40", {"new_target": "40"}, 16.0),
    # deadlines
    "a deadline met": (*LATE, "定性", "12月底前", None, "11月", {}, 20.0),
    "a deadline met, under ≤": (*LATE, "≤", "2024年12月31日前", None, "2024-12-31", {}, 20.0),
    "a deadline met, 2 off": (*LATE, "定性", "12月底前", None, "11月", {"deduction": 2}, 18.0),
    "a deadline missed": (*LATE, "定性", "12月底前", None, "2025年1月", {}, None),
    "a deadline missed and judged": (*LATE, "定性", "12月底前", None, "2025年1月", {"grade": "部分达成", "ratio": 70}, 14.0),
    "a deadline missed, judged out of its band": (*LATE, "定性", "12月底前", None, "2025年1月", {"grade": "达成", "ratio": 70}, None),
    "a deadline left open": (*LATE, "定性", "9月前", None, "9月", {}, None),
    "a deadline left open and judged": (*LATE, "定性", "9月前", None, "9月", {"grade": "达成", "ratio": 90}, 18.0),
    "a deadline left open, in the target's own words": (*LATE, "定性", "9月前", None, "9月前", {}, 20.0),
    "a month that may be next year's": (*LATE, "定性", "12月底前", None, "1月", {}, None),
    # judged
    "the target's own words": (*COUNT, "定性", "明显改善", None, "明显改善。", {}, 20.0),
    "other words": (*COUNT, "定性", "明显改善", None, "有所改善", {}, None),
    "other words, judged": (*COUNT, "定性", "明显改善", None, "有所改善", {"grade": "部分达成", "ratio": 60}, 12.0),
    "other words, a score in the band": (*COUNT, "定性", "明显改善", None, "有所改善", {"grade": "部分达成", "typed_score": 15}, 15.0),
    "other words, a score above the band": (*COUNT, "定性", "明显改善", None, "有所改善", {"grade": "部分达成", "typed_score": 16}, None),
    "judged, the actual blank": (*COUNT, "定性", "明显改善", None, None, {"grade": "达成", "ratio": 90}, None),
    # a negative target missed: by 得分比例
    "negative, met": (*COUNT, "≤", "-5", "%", "-6", {}, 20.0),
    "negative, missed": (*COUNT, "≤", "-5", "%", "-4", {}, None),
    "negative, missed, by hand": (*COUNT, "≤", "-5", "%", "-4", {"ratio": 60}, 12.0),
    "negative, missed, nothing": (*COUNT, "≤", "-5", "%", "-4", {"ratio": 0}, 0.0),
    "negative, missed, more than all": (*COUNT, "≤", "-5", "%", "-4", {"ratio": 101}, None),
    "negative, missed, by hand, in its band": (*COUNT, "≤", "-5", "%", "-4", {"ratio": 60, "grade": "部分达成"}, 12.0),
    "negative, missed, by hand, out of its band": (*COUNT, "≤", "-5", "%", "-4", {"ratio": 60, "grade": "达成"}, None),
    "negative, met, 得分比例 is not asked": (*COUNT, "≤", "-5", "%", "-6", {"ratio": 60}, 20.0),
    # deductions
    "2 off full marks": (*COUNT, "≥", "50", "个", "50", {"deduction": 2}, 18.0),
    "3 off a part": (*COUNT, "≥", "50", "个", "40", {"deduction": 3}, 13.0),
    "more off than there is": (*COUNT, "≥", "50", "个", "40", {"deduction": 25}, 0.0),
    "less than nothing off": (*COUNT, "≥", "50", "个", "40", {"deduction": -8}, 16.0),
    "off a judgement": (*COUNT, "定性", "明显改善", None, "明显改善", {"deduction": 2.5}, 17.5),
    "off an unknown": (*COUNT, "≥", "50", "个", None, {"deduction": 2}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", ROW_CASES)
def test_a_row(tmp_path, name):
    level1, level2, nature, target, unit, actual, more, expected = ROW_CASES[name]
    score = form(tmp_path, [(level1, level2, nature, target, unit, 20, actual, more)])
    assert score["indicators"] == {"ZB001": expected}
    assert score["total"] == (None if expected is None else 10 + expected)


@pytest.mark.parametrize(("nature", "scored_as"), [("＞", "≥"), ("＜", "≤")])
def test_the_trace_says_that_an_open_comparison_scores_as_the_closed_one(tmp_path, nature, scored_as):
    trace = check(tmp_path, [(*COUNT, nature, "50", "个", 20, "50")]).indicators["trace"][0]
    assert nature in trace
    assert scored_as in trace


def test_a_trace_carries_the_figures_and_the_result(tmp_path):
    trace = check(tmp_path, [(*COUNT, "≥", "95", "%", 20, "90", {"deduction": 3})]).indicators["trace"][0]
    for figure in ("95", "90", "20", "18.95", "3", "15.95"):
        assert figure in trace


def test_repeating_the_words_of_the_target_is_said_in_the_trace(tmp_path):
    same, other = check(
        tmp_path,
        [
            (*COUNT, "定性", "明显改善", None, 20, "明显改善"),
            (*COUNT, "定性", "明显改善", None, 20, "差", {"grade": "达成", "ratio": 100}),
        ],
    ).indicators["trace"]
    assert "文字相同" in same
    assert "文字相同" not in other


@pytest.mark.parametrize("ratio", [0.9, "0.9", 1])
def test_a_ratio_that_may_mean_two_things_is_asked(tmp_path, ratio):
    result = check(tmp_path, with_row(3, actual="略有改善", grade="达成", ratio=ratio))
    assert result.data["projects"][0]["form_score"]["indicators"]["ZB004"] is None
    asked = result.findings[result.findings["cell"] == cell_of("actuals", "ratio", 6)]
    assert list(asked["code"]) == ["C03"]
    assert list(asked["severity"]) == ["必须修改"]


# ---------------------------------------------------------------- execution


def fund(budget, executed, **more):
    return {"initial": budget, "budget": budget, "executed": executed} | more


TOTAL = {"source": "年度资金总额"}
#: rows of 项目资金 -> rate, points
EXECUTION = {
    "all": ([fund(17.28, 17.28)], 1.0, 10.0),
    "a part": ([fund(3, 2)], 0.6667, 6.67),
    "the rate is not rounded first": ([fund(10000, 9994.5)], 0.9995, 9.99),
    "nothing": ([fund(10, 0)], 0.0, 0.0),
    "more than there is": ([fund(10, 12)], 1.2, 10.0),
    "money paid back": ([fund(10, -1)], -0.1, 0.0),
    "of the adjusted budget": ([fund(100, 50, initial=50)], 0.5, 5.0),
    "several sources": ([fund(10, 5), fund(30, 30, source="其他资金")], 0.875, 8.75),
    "a source without a budget": ([fund(10, 5), fund(0, 0, source="其他资金")], 0.5, 5.0),
    "the total is never summed": ([fund(10, 5), fund(40, 40) | TOTAL], 0.5, 5.0),
    "the total alone": ([fund(10, 5) | TOTAL], None, None),
    "no budget": ([fund(0, 0)], None, None),
    "no budget but expenses": ([fund(0, 5)], None, None),
    "the budget is blank": ([{"initial": 10, "executed": 5}], None, None),
    "what was spent is blank": ([{"initial": 10, "budget": 5}], None, None),
    "blank in one of two sources": ([fund(10, 5), {"source": "其他资金", "budget": 10}], None, None),
    "no rows": ([], None, None),
}


@pytest.mark.parametrize("name", EXECUTION)
def test_execution(tmp_path, name):
    funds, rate, points = EXECUTION[name]
    result = check(tmp_path, ROWS, funds).data["projects"][0]
    assert (result["execution_rate"], result["form_score"]["execution"]) == (rate, points)
    total = None if points is None else round(90 + points, 2)
    assert result["form_score"]["total"] == total
    assert result["form_score"]["range"] == (None if total else [90, 100])


def test_amounts_may_be_given_in_yuan(tmp_path):
    result = check(tmp_path, ROWS, [fund("172800", "86400")], money_unit="元").data["projects"][0]
    assert (result["budget"], result["executed"], result["form_score"]["execution"]) == (17.28, 8.64, 5.0)


amounts = st.decimals(min_value=0, max_value=10**6, places=4)


@settings(deadline=None, database=None, max_examples=300)
@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=4))
def test_execution_is_the_share_of_all_money_spent(sources):
    result = execution([(None, budget, executed) for budget, executed in sources], load_rules("财政部"))
    budget, executed = (sum(map(Fraction, column)) for column in zip(*sources, strict=True))
    if budget == 0:
        assert result.score is None
    else:
        assert Fraction(result.score) == min(Fraction(10), cents(executed / budget * 10))
        assert 0 <= result.score <= 10


# ---------------------------------------------------------------- the total


def test_a_form_without_faults(tmp_path):
    score = form(tmp_path, ROWS)
    assert score["level1"] == {"产出指标": 50.0, "效益指标": 30.0, "满意度指标": 10.0}
    assert (score["total"], score["grade"], score["adjustments"], score["range"]) == (100.0, "优", {}, None)


def test_a_project_without_indicators_has_no_total(tmp_path):
    score = form(tmp_path, [])
    assert (score["indicators"], score["total"], score["range"], score["grade"]) == ({}, None, None, None)


#: rows, rules -> range of the total
RANGES = {
    "a blank actual": (with_row(0, actual=None), [80, 100]),
    "a blank actual, points off": (with_row(0, actual=None, deduction=5), [80, 95]),
    "a blank actual, more off than there is": (with_row(0, actual=None, deduction=50), [80, 80]),
    "a grade without a percentage": (with_row(3, actual="略有改善", grade="部分达成"), [88, 94]),
    "a percentage out of its band": (with_row(3, actual="略有改善", grade="未达成", ratio=70), [70, 88]),
    "a grade without a percentage, points off": (with_row(3, actual="略有改善", grade="达成", deduction=4), [90, 96]),
    "nothing chosen": (with_row(3, actual="略有改善"), [70, 100]),
}


@pytest.mark.parametrize("name", RANGES)
def test_a_missing_score_makes_the_total_null_with_its_range(tmp_path, name):
    rows, expected = RANGES[name]
    score = form(tmp_path, rows)
    assert (score["total"], score["grade"], score["adjustments"]) == (None, None, {})
    assert score["range"] == expected
    assert list(score["level1"].values()).count(None) == 1


@pytest.mark.parametrize("weight", [None, 0, -20])
def test_a_row_without_a_weight_is_worth_what_the_others_leave(tmp_path, weight):
    rows = with_row(0)
    rows[0][5] = weight
    score = form(tmp_path, rows)
    assert (score["indicators"]["ZB001"], score["total"]) == (None, None)
    assert score["range"] == [80, 100]


def test_a_missing_score_and_missing_money(tmp_path):
    assert form(tmp_path, with_row(0, actual=None), [fund(0, 0)])["range"] == [70, 100]


# ---------------------------------------------------------------- 折算 and 封顶


def test_cancelled_rows_are_left_out_and_the_rest_rescaled(tmp_path):
    score = form(tmp_path, with_row(2, **CANCEL))
    assert "ZB003" not in score["indicators"]
    assert score["level1"]["产出指标"] == 40
    assert (score["total"], score["adjustments"]) == (100, {"折算": 10})


def test_rescaling_is_a_row_of_its_own(tmp_path):
    rows = with_row(2, **CANCEL)
    rows[0][6] = "4"  # 16 of 20
    score = form(tmp_path, rows)
    assert (score["execution"], score["indicators"]["ZB001"]) == (10, 16)
    assert (score["total"], score["adjustments"]) == (95.56, {"折算": 9.56})  # 86×100÷90


def test_cancelling_needs_a_document(tmp_path):
    score = form(tmp_path, with_row(2, new_target="取消"))
    assert (score["indicators"]["ZB003"], score["total"], score["adjustments"]) == (10, 100, {})


def test_the_range_is_rescaled_too(tmp_path):
    rows = with_row(2, **CANCEL)
    rows[0][6] = None
    assert form(tmp_path, rows)["range"] == [77.78, 100]  # 70×100÷90


def test_a_project_with_every_row_cancelled_has_no_total(tmp_path):
    score = form(tmp_path, [(*row, CANCEL) for row in ROWS])
    assert (score["indicators"], score["total"]) == ({}, None)


@pytest.mark.parametrize(
    ("executed", "total", "capped"),
    [
        (100, 100, None),
        (80, 98, None),
        (79.99, 89, -9),
        (75, 89, -8.5),
        (70, 89, -8),
        (60, 79, -17),
        (50, 69, -26),
        (49, 59, -35.9),
        (0, 59, -31),
    ],
)
def test_a_low_rate_caps_the_total(tmp_path, executed, total, capped):
    score = form(tmp_path, ROWS, [fund(100, executed)], CAPS)
    assert score["total"] == total
    assert score["adjustments"] == ({} if capped is None else {"封顶": capped})


def test_a_cap_that_is_not_reached_is_no_row(tmp_path):
    score = form(tmp_path, with_row(0, actual="0"), [fund(100, 75)], CAPS)
    assert (score["total"], score["adjustments"]) == (77.5, {})


def test_the_cap_comes_after_rescaling(tmp_path):
    score = form(tmp_path, with_row(2, **CANCEL), [fund(100, 75)], CAPS)
    assert score["adjustments"] == {"折算": 9.72, "封顶": -8.22}  # 87.5×100÷90, then 89
    assert score["total"] == 89


def test_the_range_is_capped_too(tmp_path):
    assert form(tmp_path, with_row(0, actual=None), [fund(100, 75)], CAPS)["range"] == [77.5, 89]


def test_an_unknown_rate_may_bring_any_cap(tmp_path):
    assert form(tmp_path, ROWS, [fund(0, 0)], CAPS)["range"] == [59, 100]


# ---------------------------------------------------------------- grade


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        ("100", "优"),
        ("90", "优"),
        ("89.99", "良"),
        ("80", "良"),
        ("79.99", "中"),
        ("60", "中"),
        ("59.99", "差"),
        ("0", "差"),
    ],
)
@pytest.mark.parametrize("rules", ["财政部", "四川"])
def test_edges_of_grades(rules, total, grade):
    assert load_rules(rules).grade(Decimal(total)) == grade


@pytest.mark.parametrize(
    ("actual", "total", "grade"),
    [
        ("100", 100.0, "优"),
        ("88.888", 90.0, "优"),  # 79.9992 of 90
        ("88.88", 89.99, "良"),
        ("77.77", 79.99, "中"),
        ("55.55", 60.0, "中"),  # 49.995 of 90
        ("55.54", 59.99, "差"),
    ],
)
def test_the_grade_goes_by_the_rounded_total(tmp_path, actual, total, grade):
    score = form(tmp_path, [(*COUNT, "≥", "100", "%", 90, actual)])
    assert (score["total"], score["grade"]) == (total, grade)


def test_89_995_rounds_to_90_and_is_the_best_grade(tmp_path):
    # 21.95 of the 40 points that are left stand for 164: 89.995
    rows = [(*COUNT, "≥", "3000", "个", 30, "1195"), (*COUNT, "≥", "5", "个", 124, "5", CANCEL)]
    score = form(tmp_path, rows)
    assert (score["total"], score["grade"]) == (90.0, "优")


# ---------------------------------------------------------------- what must hold for every form


@pytest.mark.parametrize("more", [{"deduction": 0.125}, {"deduction": "2.004"}])
def test_points_have_two_places_after_a_deduction(tmp_path, more):
    """One rounding at the end: what is printed adds up to the total."""
    rows = [(*COUNT, "≥", "5", "个", 20, "5", more)] * 3
    score = form(tmp_path, rows)
    assert all(round(value, 2) == value for value in score["indicators"].values()), score["indicators"]
    assert round(sum(score["indicators"].values()) + 10, 2) == score["total"]


def test_typed_points_taken_over_have_two_places(tmp_path):
    rows = [(*COUNT, "定性", "明显改善", None, 20, "有所改善", {"grade": "达成", "typed_score": "17.125"})] * 3
    score = form(tmp_path, rows)
    assert round(sum(round(Decimal(str(value)), 2) for value in score["indicators"].values()) + 10, 2) == Decimal(
        str(score["total"])
    )


@pytest.mark.parametrize(
    "rows",
    [
        [(*COUNT, "≥", "5", "个", -10, "5"), (*COUNT, "≥", "5", "个", 90, "5", CANCEL)],
        [
            (*COUNT, "≥", "5", "个", -50, "5"),
            (*COUNT, "≥", "5", "个", 40, "5"),
            (*COUNT, "≥", "5", "个", 90, "5", CANCEL),
        ],
        [(*COUNT, "≥", "5", "个", None, "5"), (*COUNT, "≥", "5", "个", 90, "5", CANCEL)],
        [(*COUNT, "≥", "5", "个", 0, "5"), (*COUNT, "≥", "5", "个", 0, "5", CANCEL)],
    ],
)
def test_impossible_weights_never_stop_the_program(tmp_path, rows):
    score = form(tmp_path, rows)
    assert score["total"] is None
    assert score["indicators"]["ZB001"] is None


def test_the_two_scores_stay_apart(tmp_path):
    targets, actuals = rows_of(ROWS)
    card = [
        {
            "project_no": 1,
            "category": category,
            "level2": name,
            "full_marks": full,
            "awarded": awarded,
            "reason": "扣分",
        }
        for category, name, full, awarded in (
            ("通用指标", "决策程序", 54, 47),
            ("专用指标", "用途合规性", 30, 30),
            ("个性指标", "资料完备", 16, 16),
        )
    ]
    project = PROJECT | {"declared_form": 99, "declared_scorecard": 96}
    sheets = {"projects": [project], "funds": [FUND], "indicators": targets, "actuals": actuals, "scorecard": card}
    result = perf_excel.check(write(tmp_path / "a.xlsx", sheets)).data["projects"][0]
    assert (result["form_score"]["total"], result["form_score"]["declared"]) == (100, 99)
    assert result["scorecard"] == {"通用指标": 47, "专用指标": 30, "个性指标": 16, "total": 93, "declared": 96}


# ---------------------------------------------------------------- a random batch against the oracle

CAP_BANDS = ((Fraction(1, 2), 59), (Fraction(3, 5), 69), (Fraction(7, 10), 79), (Fraction(4, 5), 89))
JUDGED = {"达成": (80, 100), "部分达成": (60, 80), "未达成": (0, 60)}


def random_row(source):
    """One row in text, as people type; ends with what the oracle needs to know."""
    weight = source.choice((5, 10, 12.5, 20, 30, round(source.uniform(0.01, 60), 2)))
    more = {"deduction": source.choice((0.5, 1, 2.25, 40))} if source.random() < 0.2 else {}
    kind = source.random()
    if kind < 0.1:
        more |= CANCEL
    if kind > 0.75:
        grade, (low, high) = source.choice(list(JUDGED.items()))
        more |= {"grade": grade} | ({"ratio": source.randint(max(2, low), high - 1)} if source.random() < 0.7 else {})
        return (*COUNT, "定性", "明显改善", None, weight, "有所改善", more)
    level = source.choice((COUNT, ("成本指标", "经济成本指标"), ("效益指标", "社会效益指标")))
    target = source.choice((0, 5, 7, 95, 17.28, 1200, -5))
    actual = round(target * source.choice((0.3, 0.93, 1, 1.07, 1.5, 2.5)) + source.choice((0, 0, 0.5, -1)), 2)
    nature = source.choice("＝≥≤＞＜")
    return (*level, nature, str(target), "件", weight, str(actual) if source.random() < 0.9 else None, more)


def expected_row(row, variant):
    """Whether the points of a row are known, and the lowest and the highest that it can get."""
    level1, _, nature, target, _, weight, actual, more = row
    w = Fraction(str(weight))
    points, low, high = None, Fraction(0), w
    if nature == "定性":
        low, high = (w * edge / 100 for edge in JUDGED[more["grade"]])
        points = cents(w * more["ratio"] / 100) if "ratio" in more else None
    elif actual is not None:
        points = oracle(nature, target, actual, w, variant=variant, not_over=level1 == "成本指标" and nature == "＝")
    if points is not None:
        low = high = points
    off = Fraction(str(more.get("deduction", 0)))
    return points is not None, *(max(Fraction(0), cents(edge) - off) for edge in (low, high))


def expected_total(rows, exact, executed, caps):
    """折算 and 封顶 as contract §2.6 has them: rows between the sum and the total, and the total."""
    adjustments, total = {}, cents(exact)
    cancelled = sum(Fraction(str(row[5])) for row in rows if "new_target" in row[7])
    if cancelled:
        kept = 10 + sum(Fraction(str(row[5])) for row in rows if "new_target" not in row[7])
        rescaled = cents(exact * (kept + cancelled) / kept)
        adjustments["折算"], total = rescaled - total, rescaled
    cap = next((most for below, most in CAP_BANDS if caps and Fraction(executed, 100) < below), None)
    if cap is not None and total > cap:
        adjustments["封顶"], total = cap - total, Fraction(cap)
    return adjustments, total


def exact(value):
    return None if value is None else Fraction(str(value))


@pytest.mark.parametrize("caps", [False, True], ids=["linear", "ratio, capped"])
def test_a_random_batch_scores_as_the_oracle_says(tmp_path, caps):
    source = random.Random(7 + caps)
    projects = []
    for _ in range(150):
        projects.append(
            ([random_row(source) for _ in range(source.randint(1, 6))], source.choice((100, 97, 79, 66, 55, 31)))
        )
    sheets = {"projects": [], "funds": [], "indicators": [], "actuals": []}
    for number, (rows, executed) in enumerate(projects, start=1):
        first = len(sheets["indicators"]) + 1
        targets, actuals = rows_of([row[:7] for row in rows], number, first)
        for target, actual, row in zip(targets, actuals, rows, strict=True):
            for key, value in row[7].items():
                (target if key in CANCEL else actual)[key] = value
        sheets["projects"].append(PROJECT | {"project_no": number, "code": f"51172524T{number:012d}"})
        sheets["funds"].append(FUND | {"project_no": number, "initial": 100, "budget": 100, "executed": executed})
        sheets["indicators"] += targets
        sheets["actuals"] += actuals
    rules = tmp_path / "规则.toml"
    rules.write_text(CAPS, encoding="utf-8")
    result = perf_excel.check(write(tmp_path / "a.xlsx", sheets), rules=str(rules) if caps else None)

    seen, first = [], 1
    for (rows, executed), scored in zip(projects, result.data["projects"], strict=True):
        score = scored["form_score"]
        kept = {f"ZB{first + i:03d}": row for i, row in enumerate(rows) if "new_target" not in row[7]}
        first += len(rows)
        limits = {key: expected_row(row, "ratio" if caps else "linear") for key, row in kept.items()}
        points = {key: low if known else None for key, (known, low, _) in limits.items()}
        assert {key: exact(value) for key, value in score["indicators"].items()} == points, rows
        assert exact(score["execution"]) == Fraction(executed, 10)
        ends = [
            expected_total(rows, sum(end, Fraction(executed, 10)), executed, caps)
            for end in ([low for _, low, _ in limits.values()], [high for *_, high in limits.values()])
        ]
        if not kept:
            assert (score["total"], score["range"]) == (None, None)
        elif None in points.values():
            assert (score["total"], score["adjustments"]) == (None, {})
            assert [exact(end) for end in score["range"]] == [total for _, total in ends], rows
            seen.append("range")
        else:
            assert {name: exact(value) for name, value in score["adjustments"].items()} == ends[0][0], rows
            assert exact(score["total"]) == ends[0][1], rows
            parts = [score["execution"], *score["indicators"].values(), *score["adjustments"].values()]
            assert sum(map(exact, parts)) == exact(score["total"]), rows
            seen += ["total", *score["adjustments"]]
    assert min(map(seen.count, ["total", "range", "折算", *(["封顶"] if caps else [])])) > 10, "the batch is too tame"
