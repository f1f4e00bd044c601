"""Number sense: what people type, the figure that it is, and what is no figure. Figures are exact throughout."""

from decimal import Decimal
from fractions import Fraction

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import cell_of, clean_rows, write

import perf_excel
from perf_excel.kinds import Money
from perf_excel.numbers import (
    canonical_unit,
    from_float,
    is_money_unit,
    plain,
    read_nature,
    read_quantity,
    round_half_up,
    same_unit,
    to_wan,
)

quick = settings(deadline=None, database=None, max_examples=300)

NBSP, ZERO_WIDTH, BOM, WIDE_SPACE = "\u00a0", "\u200b", "\ufeff", "\u3000"

#: typed, unit of the column -> figure, operator, unit in force
FIGURES = [
    # plain digits, in every width
    ("5", "家", "5", "", "家"),
    ("0", "个", "0", "", "个"),
    ("0", "%", "0", "", "%"),
    ("5.0", "个", "5", "", "个"),
    (".5", "个", "0.5", "", "个"),
    ("+5", "个", "5", "", "个"),
    ("-3.5", "%", "-3.5", "", "%"),
    ("−3.5", "%", "-3.5", "", "%"),  # U+2212
    ("－3.5", "%", "-3.5", "", "%"),
    ("１７.２８", "万元", "17.28", "", "万元"),
    ("１７．２８", "万元", "17.28", "", "万元"),
    ("1,234.5", "万元", "1234.5", "", "万元"),
    ("1，234.5", "万元", "1234.5", "", "万元"),
    ("1,234,567", "元", "1234567", "", "元"),
    ("5。", "个", "5", "", "个"),
    ("5；", "个", "5", "", "个"),
    # what cannot be seen
    ("100.00 ", "%", "100", "", "%"),
    (f"{NBSP}100{NBSP}", "%", "100", "", "%"),
    (f"1{ZERO_WIDTH}7.28", "万元", "17.28", "", "万元"),
    (f"{BOM}17.28", "万元", "17.28", "", "万元"),
    (f"{WIDE_SPACE}17.28{WIDE_SPACE}", "万元", "17.28", "", "万元"),
    ("17.28\n", "万元", "17.28", "", "万元"),
    ("≥\r\n50\t个", "个", "50", "≥", "个"),
    # units written behind
    ("5家", "家", "5", "", "家"),
    ("5 家", "家", "5", "", "家"),
    ("5家", "", "5", "", "家"),
    ("95％", "%", "95", "", "%"),
    ("95%", "％", "95", "", "%"),
    ("95", "百分比", "95", "", "%"),
    ("100百分比", "%", "100", "", "%"),
    ("0.5%", "%", "0.5", "", "%"),
    ("1%", "%", "1", "", "%"),
    ("1.5", "%", "1.5", "", "%"),
    ("100m²", "m2", "100", "", "m2"),
    ("5人次", "人次", "5", "", "人次"),
    ("12个月", "月", "12", "", "月"),
    ("1000元/人·月", "元/人·月", "1000", "", "元/人·月"),
    ("1000", "元/人·月", "1000", "", "元/人·月"),
    # money
    ("172800元", "万元", "17.28", "", "万元"),
    ("172,800.00元", "万元", "17.28", "", "万元"),
    ("17.28万元", "元", "172800", "", "元"),
    ("17.28万", "万元", "17.28", "", "万元"),
    ("17.28万", "元", "172800", "", "元"),
    ("0.1元", "万元", "0.00001", "", "万元"),
    ("3万", "人", "30000", "", "人"),
    ("3万", "万人", "3", "", "万人"),
    ("3万人", "万人", "3", "", "万人"),
    # operators written before and behind
    ("≥50个", "个", "50", "≥", "个"),
    ("≥50个", "", "50", "≥", "个"),
    ("≤90万元", "万元", "90", "≤", "万元"),
    ("≤90万元", "元", "900000", "≤", "元"),
    ("=100%", "%", "100", "＝", "%"),
    ("＝100％", "%", "100", "＝", "%"),
    ("＜5", "次", "5", "＜", "次"),
    (">5", "次", "5", "＞", "次"),
    ("98%以上", "%", "98", "≥", "%"),
    ("50个及以上", "个", "50", "≥", "个"),
    ("5%以内", "%", "5", "≤", "%"),
    ("控制在5%以内", "%", "5", "≤", "%"),
    ("不少于12种", "种", "12", "≥", "种"),
    ("小于5次", "次", "5", "＜", "次"),
    ("不超过17.28万元", "万元", "17.28", "≤", "万元"),
    ("达到95%", "%", "95", "≥", "%"),
    ("24小时内", "", "24", "≤", "小时"),
    ("30日内完成", "天", "30", "≤", "天"),
    ("≥95%（含）", "%", "95", "≥", "%"),
    ("95%（含）以上", "%", "95", "≥", "%"),
    # words around a figure that change nothing of it
    ("共5家", "家", "5", "", "家"),
    ("已完成5家", "家", "5", "", "家"),
    ("100%完成", "%", "100", "", "%"),
    ("达95%", "%", "95", "", "%"),
    ("百分之95", "%", "95", "", "%"),
    ("100%（含）", "%", "100", "", "%"),
    # one unit in two spellings
    ("1000元/人/月", "元/人·月", "1000", "", "元/人·月"),
    ("1000元/人.月", "元/人·月", "1000", "", "元/人·月"),
    ("1000元/月·人", "元/人·月", "1000", "", "元/人·月"),
    ("1000元每人每月", "元/人·月", "1000", "", "元/人·月"),
    ("1000元/人·月", "元/(人*月)", "1000", "", "元/(人*月)"),
    ("100㎡", "平方米", "100", "", "平方米"),
    ("5日", "天", "5", "", "天"),
    # money, spelled out
    ("￥172800元", "万元", "17.28", "", "万元"),
    ("￥172800", "元", "172800", "", "元"),
    ("人民币17.28万元", "万元", "17.28", "", "万元"),
    ("172800元整", "元", "172800", "", "元"),
    ("1.5亿", "万元", "15000", "", "万元"),
    (">=5", "个", "5", "≥", "个"),
    ("≧ 5", "个", "5", "≥", "个"),
]


@pytest.mark.parametrize(("typed", "unit", "figure", "nature", "in_force"), FIGURES)
def test_figures_are_read_as_people_mean_them(typed, unit, figure, nature, in_force):
    read = read_quantity(typed, unit)
    assert (read.value, read.nature, read.unit, read.problem) == (Decimal(figure), nature, in_force, "")


#: typed, unit of the column -> why there is no figure
NO_FIGURES = [
    ("", "个", "blank"),
    (f" {WIDE_SPACE}{NBSP}{ZERO_WIDTH}", "个", "blank"),
    ("—", "个", "blank"),
    ("——", "个", "blank"),
    ("-", "个", "blank"),
    ("−", "个", "blank"),
    ("/", "个", "blank"),
    ("*", "个", "blank"),
    ("无", "个", "words"),
    ("达成预期指标", "%", "words"),
    ("完成", "万元", "words"),
    ("≥", "个", "words"),
    ("一般", "个", "words"),
    ("②", "个", "words"),
    ("第5", "个", "mixed"),
    ("(5)", "个", "mixed"),
    ("达标率95%", "%", "mixed"),
    ("1e5", "个", "letter"),
    ("1.5E+05", "个", "letter"),
    ("O.5", "个", "letter"),
    ("l0", "个", "letter"),
    ("1O", "个", "letter"),
    ("1/3", "个", "several"),
    ("1:3", "个", "several"),
    ("5.5.5", "个", "several"),
    ("1。5", "个", "several"),
    ("1,23", "个", "several"),
    ("1,2345", "个", "several"),
    ("5（2）", "个", "several"),
    ("7×24小时", "小时", "several"),
    ("5①", "个", "several"),
    ("十二", "个", "numeral"),
    ("两次", "次", "numeral"),
    ("五家", "个", "numeral"),
    ("百分之九十五", "%", "numeral"),
    ("九十五%", "%", "numeral"),
    ("三分之二", "%", "numeral"),
    ("≥50且≤60", "个", "range"),
    ("50≤60", "个", "range"),
    ("90-95", "%", "range"),
    ("90~95", "%", "range"),
    ("90～95", "%", "range"),
    ("90－95%", "%", "range"),
    ("90%-95%", "%", "range"),
    ("90—95", "%", "range"),
    ("90–95", "%", "range"),
    ("90至95", "%", "range"),
    ("90到95", "%", "range"),
    ("≥90-95", "%", "range"),
    ("约50", "个", "about"),
    ("大约50个", "个", "about"),
    ("近50", "个", "about"),
    ("50余个", "个", "about"),
    ("50多个", "个", "about"),
    ("50个左右", "个", "about"),
    ("50+", "个", "about"),
    ("50↑", "个", "about"),
    ("50？", "个", "about"),
    ("≈50", "个", "about"),
    ("不足50", "个", "about"),
    ("5万多", "个", "about"),
    ("0.95", "%", "percent"),
    ("0.95", "百分比", "percent"),
    ("≥0.95", "%", "percent"),
    (0.95, "%", "percent"),
    ("1", "%", "percent"),
    (1, "%", "percent"),
    ("5家", "个", "unit"),
    ("30天", "月", "unit"),
    ("3万人", "人", "unit"),
    ("17.28万元", "%", "unit"),
    ("1000元/人·月", "元", "unit"),
    ("≥50个以下", "个", "unit"),
    ("5次/年", "次", "unit"),
    ("5‰", "%", "unit"),
    ("5个百分点", "%", "unit"),
    ("5家煤矿", "家", "unit"),
    ("5家未完工", "", "mixed"),
    ("超额完成5家", "家", "mixed"),
    ("5千", "", "mixed"),
    ("5w", "", "mixed"),
    ("1天半", "", "mixed"),
    ("5%%", "", "mixed"),
    ("伍拾", "个", "numeral"),
    ("≥50个以下", "", "mixed"),
    ("¥17.28", "万元", "mixed"),
]


@pytest.mark.parametrize(("typed", "unit", "problem"), NO_FIGURES)
def test_what_is_no_figure_or_may_mean_two_things_has_no_value_and_a_reason(typed, unit, problem):
    read = read_quantity(typed, unit)
    assert (read.value, read.problem) == (None, problem)


@pytest.mark.parametrize(
    ("typed", "unit", "said"),
    [
        ("5", "家", False),
        ("17.28", "万元", False),
        ("-3.5", "%", False),
        (5, "家", False),
        (5.0, "家", False),
        ("5家", "家", True),
        ("95％", "%", True),
        ("≥50", "个", True),
        ("1,234.5", "万元", True),
        ("１７.２８", "万元", True),
        ("172800元", "万元", True),
        ("17.28万", "元", True),
        ("−3.5", "%", True),
        ("100 ", "%", True),
    ],
)
def test_it_is_said_where_the_figure_differs_from_what_was_typed(typed, unit, said):
    assert read_quantity(typed, unit).changed is said


def test_as_many_digits_as_a_spreadsheet_keeps_stay_exact():
    digits = "123456789012345.123456789012345"
    assert read_quantity(digits, "个").value == Decimal(digits)
    assert plain(read_quantity(digits, "个").value) == digits


@pytest.mark.parametrize("typed", ["1" * 16, "0." + "0" * 30 + "1", 1e20])
def test_more_digits_than_a_spreadsheet_keeps_are_asked_about(typed):
    assert (read_quantity(typed, "个").value, read_quantity(typed, "个").problem) == (None, "long")


@pytest.mark.parametrize("number", [1e-40, -1e-40, 5e-324])
def test_what_a_calculation_leaves_of_zero_is_zero(number):
    read = read_quantity(number, "万元")
    assert (plain(read.value), read.problem, read.changed) == ("0", "", True)


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.1 + 0.2, "0.3"), (17.28, "17.28"), (172800.0, "172800"), (-0.07, "-0.07")],
)
def test_numeric_cells_hold_the_digits_that_a_spreadsheet_shows(number, shown):
    assert from_float(number) == read_quantity(number, "个").value == Decimal(shown)
    assert plain(from_float(number)) == shown


@pytest.mark.parametrize(
    ("typed", "figure"),
    [
        (1 / 30, "0.0333333333333333"),
        ("0.0333333333333333", "0.0333333333333333"),
        (1000 / 12 / 10000, "0.00833333333333333"),
        (20 / 300, "0.0666666666666667"),
    ],
)
def test_small_figures_that_a_formula_gave_are_figures(typed, figure):
    assert read_quantity(typed, "万元").value == Decimal(figure)


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False)


@quick
@given(st.decimals(min_value=0, max_value=10**12, places=3), st.sampled_from(["个", "万元", "元/人·月", ""]))
def test_every_way_to_write_a_figure_gives_the_same_figure(value, unit):
    digits = f"{value:f}"
    wide = digits.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    spellings = [
        digits,
        wide,
        f"{value:,f}",
        f"{digits}{unit}",
        f"{NBSP}{digits}{ZERO_WIDTH}\n",
        f"+{digits}",
        f"{digits}。",
    ]
    assert {read_quantity(text, unit).value for text in spellings} == {value}
    assert read_quantity(f"−{digits}", unit).value == -value
    for operator in "≥≤＝＞＜":
        read = read_quantity(f"{operator}{digits}{unit}", unit)
        assert (read.value, read.nature) == (value, operator)


@quick
@given(
    st.text(alphabet="0123456789.,-~至约余≥≤<=%个元万 \u3000/月无十e+", max_size=12),
    st.sampled_from(["", "%", "个", "万元"]),
)
def test_any_text_gives_either_a_figure_or_a_reason(text, unit):
    read = read_quantity(text, unit)
    assert (read.value is None) == (read.problem != "")
    assert read.value is None or any(ch.isdigit() for ch in text)


# ---------------------------------------------------------------- money

MONEY = {
    "元": 1,
    "百元": 100,
    "千元": 1000,
    "万元": 10**4,
    "十万元": 10**5,
    "百万元": 10**6,
    "千万元": 10**7,
    "亿元": 10**8,
}


@quick
@given(amounts, st.sampled_from(sorted(MONEY)), st.sampled_from(sorted(MONEY)))
def test_money_converts_exactly_between_any_two_units(amount, typed, column):
    expected = Fraction(amount) * MONEY[typed] / MONEY[column]
    assert Fraction(read_quantity(f"{amount:f}{typed}", column).value) == expected
    assert Fraction(to_wan(amount, typed)) == Fraction(amount) * MONEY[typed] / 10**4


@pytest.mark.parametrize(
    ("typed", "unit", "wan"),
    [
        ("172800元", "万元", "17.28"),
        ("172800", "元", "17.28"),
        (172800, "元", "17.28"),
        (17.28, "万元", "17.28"),
        ("17.28万元", "元", "17.28"),
        ("17.28万", "元", "17.28"),
        ("1,234.5", "万元", "1234.5"),
        ("0.01", "元", "0.000001"),
    ],
)
def test_amounts_are_held_in_wan(typed, unit, wan):
    assert Money().parse(typed, unit).value == Decimal(wan)


@pytest.mark.parametrize(
    ("unit", "money"),
    [
        ("元", True),
        ("万元", True),
        ("（万元）", True),
        ("亿元", True),
        ("元/人·月", False),
        ("万人", False),
        ("%", False),
        ("", False),
    ],
)
def test_units_of_money(unit, money):
    assert is_money_unit(unit) is money


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("％", "%"),
        ("百分比", "%"),
        ("（%）", "%"),
        ("﹪", "%"),
        (" 万元 ", "万元"),
        ("㎡", "m2"),
        ("个月", "月"),
        ("月份", "月"),
        ("家", "家"),
        ("元/人·月", "元/人·月"),
    ],
)
def test_units_have_one_spelling(spelling, unit):
    assert canonical_unit(spelling) == unit


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("元/人·月", "元/人/月", True),
        ("元/人·月", "元/月.人", True),
        ("元/人·月", "元/人", False),
        ("元/人·月", "万元/人·月", False),
        ("次/年", "次", False),
        ("m2", "平方米", True),
        ("km", "公里", True),
        ("人", "名", True),
        ("个", "家", False),
        ("天", "工作日", False),
        ("", "", True),
        ("", "个", False),
    ],
)
def test_spellings_of_one_unit(one, other, same):
    assert same_unit(one, other) is same
    assert same_unit(other, one) is same


# ---------------------------------------------------------------- 指标性质

NATURES = {
    "≥": [
        "≥",
        ">=",
        "=>",
        "＞＝",
        "＞=",
        "> =",
        "≧",
        "⩾",
        " ≥ ",
        "大于等于",
        "大于或等于",
        "不少于",
        "不低于",
        "不小于",
    ],
    "≤": ["≤", "<=", "=<", "＜＝", "≦", "⩽", "小于等于", "小于或等于", "不超过", "不高于", "不大于", "不多于"],
    "＝": ["＝", "=", "==", "═", "等于", "＝\n"],
    "＞": ["＞", ">", "﹥", "大于", "高于", "多于"],
    "＜": ["＜", "<", "﹤", "小于", "低于", "少于"],
    "定性": ["定性", " 定 性 ", "定性指标"],
    "": ["", "约", "≠", "!=", "正向", "是", "5", "定量"],
}


@pytest.mark.parametrize(
    ("spelling", "nature"), [(text, nature) for nature, texts in NATURES.items() for text in texts]
)
def test_every_spelling_of_a_nature(spelling, nature):
    assert read_nature(spelling) == nature


# ---------------------------------------------------------------- rounding and printing


def half_up(value: Fraction, places: int) -> Fraction:
    """四舍五入, by its definition."""
    scaled = abs(value) * 10**places
    rounded = Fraction(int(scaled + Fraction(1, 2)), 10**places)
    return rounded if value >= 0 else -rounded


@quick
@given(st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False), st.integers(0, 6))
def test_rounding_is_half_up_on_the_decimal_digits(value, places):
    assert Fraction(round_half_up(value, places)) == half_up(Fraction(value), places)


@quick
@given(st.integers(-(10**9), 10**9), st.integers(1, 4))
def test_halves_go_away_from_zero(number, places):
    tie = Decimal(10 * number + (5 if number >= 0 else -5)).scaleb(-places - 1)
    assert Fraction(round_half_up(tie, places)) == half_up(Fraction(tie), places)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("2.675", "2.68"),
        ("1.005", "1.01"),
        ("0.125", "0.13"),
        ("89.995", "90.00"),
        ("89.9949999999", "89.99"),
        ("-1.005", "-1.01"),
        ("7", "7.00"),
    ],
)
def test_rounding_by_hand(value, rounded):
    assert str(round_half_up(Decimal(value))) == rounded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("100.00", "100"),
        ("120", "120"),
        ("-0.50", "-0.5"),
        ("1E+2", "100"),
        ("1E-8", "0.00000001"),
        ("0.00", "0"),
        ("17.280", "17.28"),
    ],
)
def test_figures_are_printed_in_ordinary_digits(value, text):
    assert plain(Decimal(value)) == text


def test_no_figure_prints_as_nothing():
    assert plain(None) == ""


@quick
@given(st.decimals(min_value=-(10**15), max_value=10**15, allow_nan=False))
def test_printed_figures_say_the_same(value):
    text = plain(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))


# ---------------------------------------------------------------- a cell that shows 98% holds 0.98


@pytest.mark.parametrize(
    ("stored", "number_format", "score", "said"),
    [
        (0.96, "0%", 20.0, [("C03", "可优化")]),  # shows 96 %: reached, and said
        (0.76, "0.00%", 16.0, [("C03", "可优化")]),  # 76×20÷95
        (1, "0%", 20.0, [("C03", "可优化")]),
        (0.96, "General", None, [("C03", "必须修改")]),  # a share or a percentage: asked
        (1, "General", None, [("C03", "必须修改")]),
        (96, "General", 20.0, []),
    ],
)
def test_small_numbers_under_percent_are_read_with_their_format(tmp_path, stored, number_format, score, said):
    path = write(tmp_path / "a.xlsx")
    workbook = openpyxl.load_workbook(path)
    cell = workbook["完成情况"][cell_of("actuals", "actual", 4)]
    cell.value, cell.number_format = stored, number_format
    workbook.save(path)
    result = perf_excel.check(path)
    assert result.data["projects"][0]["form_score"]["indicators"]["ZB002"] == score
    found = [f for f in result.data["findings"] if (f["sheet"], f["cell"]) == ("完成情况", cell.coordinate)]
    assert [(f["code"], f["severity"]) for f in found] == said


HUGE = ["1" * 61, "9" * 200, "0." + "0" * 70 + "1"]


@pytest.mark.parametrize("digits", HUGE, ids=["61 digits", "200 digits", "70 noughts"])
@pytest.mark.parametrize(
    ("sheet", "column"),
    [
        ("indicators", "target"),
        ("indicators", "weight"),
        ("actuals", "actual"),
        ("actuals", "typed_score"),
        ("actuals", "deduction"),
        ("funds", "budget"),
        ("funds", "executed"),
        ("projects", "declared_form"),
    ],
)
def test_absurd_digits_never_stop_the_program(tmp_path, sheet, column, digits):
    rows = clean_rows()
    rows[sheet][0][column] = digits
    result = perf_excel.check(write(tmp_path / "a.xlsx", rows))
    assert len(result.projects) == 1
