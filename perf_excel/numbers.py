"""Number sense: one place that turns what people type into exact figures, or says why it cannot.

Used by the value kinds (reading), by the checks and by the scores, so that all three agree on what a cell says.
Figures are `Decimal`s holding the typed digits; nothing passes through binary fractions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from perf_excel.text import fold, halfwidth, squeeze, strip

#: Wide enough that the product of two 15-digit figures, divided by a third, is never rounded before the end.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_CENT = Decimal("0.01")
#: A formula may give fifteen digits of a small figure (1÷30); what is larger or finer than this is no figure of a form.
_TOO_LARGE, _LEAST_EXPONENT = Decimal(10) ** 15, -30

#: Canonical 指标性质, in the order of the drop-down.
NATURES = ("＝", "≥", "≤", "＞", "＜", "定性")

_NATURE_SPELLINGS: dict[str, tuple[str, ...]] = {
    "≥": (
        ">=",
        "=>",
        "≥",
        "≧",
        "⩾",
        "≥=",
        "大于等于",
        "大于或等于",
        "不少于",
        "不低于",
        "不小于",
        "至少",
        "最少",
        "达到",
    ),
    "≤": (
        "<=",
        "=<",
        "≤",
        "≦",
        "⩽",
        "小于等于",
        "小于或等于",
        "不超过",
        "不高于",
        "不大于",
        "不多于",
        "至多",
        "最多",
        "控制在",
    ),
    "＝": ("=", "==", "═", "〓", "等于"),
    "＞": (">", "大于", "超过", "高于", "多于"),
    "＜": ("<", "小于", "低于", "少于"),
    "定性": ("定性", "定性指标", "定性描述"),
}
_NATURE_OF = {spelling: nature for nature, spellings in _NATURE_SPELLINGS.items() for spelling in spellings}
_PREFIXES = sorted((s for n, ss in _NATURE_SPELLINGS.items() if n != "定性" for s in ss), key=len, reverse=True)
_SUFFIXES = {
    "及以上": "≥",
    "或以上": "≥",
    "以上": "≥",
    "及以下": "≤",
    "或以下": "≤",
    "以下": "≤",
    "以内": "≤",
    "之内": "≤",
    "内": "≤",
}

#: A cell that holds only one of these says "there is nothing" (handling of published forms: 「—」「*」「/」).
NOTHING = frozenset({"—", "——", "-", "--", "―", "–", "/", "\\", "*"})

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+")
#: Two figures in one cell, or a circled or raised digit, must not run together into one figure.
_APART = re.compile(r"\d[\s\u3000\u00a0]+\d|\d[¹²³⁰-⁹]|[①-⒛]")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:\.\d+)?\D*")
_RANGE = re.compile(r"\d[^\d.,]{0,3}(?:[-~〜∼至到]|—+|–)[+-]?\d|\d[^\d.,]{0,4}(?:且|[<>≤≥])\D{0,4}\d")
_ABOUT = re.compile(
    r"^(?:大?约|大概|将?近|接近|不足|不到|超(?!额)|逾|≈|~)|(?<=[\d十百千万亿])[余多几]|\d\D{0,4}(?:左右|上下|[+↑↓?])$"
)
#: Words around a figure that change nothing of it: 「共5家」「100%完成」「≥95%（含）」.
_LEAD = re.compile(r"^(?:(?:已|已经|实际)?(?:一?共|总共)?完成了?|一?共计?|总[共计]|合计|实际|已?达(?!到))(?=[^率])")
_TRAIL = re.compile(r"(?:\(含(?:本数)?\)|(?:已|均|全部|都)*完成)$")
_PER_CENT = re.compile(r"百分之(\d+(?:\.\d+)?)")
_CURRENCY = re.compile(r"^(?:人民币|RMB|¥)")
_NUMERAL = re.compile(
    r"[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]+(?:点[零〇一二三四五六七八九]+)?(?P<unit>.*)"
)
_COUNTERS = frozenset(["", "%", *"个家次项户人件天日月年场种台套份名条处座所期批篇元"])
_FRACTION = re.compile(r"[一二三四五六七八九十百]+分之[零〇一二三四五六七八九十百点]+")
_LETTER = re.compile(r"\d[A-Za-z](?=[\d+-]|$)|[A-Za-z][.,]?\d")
#: What no unit contains; without a unit in its own column, such words behind a figure are not taken for one.
_NO_UNIT = re.compile(r"[未没不完内前后底末初且及或约的以含半、;:!?=<>≥≤+\"'“”()]|左右|^[.·十百千kKwW]$|%.|.%")
_UNIT_SPELLINGS = {
    "百分比": "%",
    "百分率": "%",
    "个百分比": "%",
    "％": "%",
    "﹪": "%",
    "月份": "月",
    "个月": "月",
    "天数": "天",
    "元整": "元",
    "圆": "元",
    "元人民币": "元",
    "万元整": "万元",
    "万元人民币": "万元",
}
#: Units that are one, though each is kept as it was written.
_SAME_UNITS = (
    ("天", "日"),
    ("人", "名"),
    ("个工作日", "工作日"),
    ("个小时", "小时"),
    ("周", "个星期", "星期"),
    ("m2", "平方米", "平米"),
    ("m3", "立方米"),
    ("公里", "千米", "km"),
    ("米", "m"),
    ("公斤", "千克", "kg"),
    ("吨", "t"),
)
_UNIT_KEYS = {unit: units[0] for units in _SAME_UNITS for unit in units}
_MONEY = {
    "元": 1,
    "百元": 100,
    "千元": 1000,
    "万元": 10**4,
    "十万元": 10**5,
    "百万元": 10**6,
    "千万元": 10**7,
    "亿元": 10**8,
}

#: Units of time: a 时效指标 in one of them is a duration.
DURATIONS = frozenset({"年", "季度", "月", "周", "日", "天", "工作日", "个工作日", "小时", "个小时", "分钟", "秒"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a typed value says.

    Attributes:
        value: the figure in `unit`; None where the text is no figure or may mean two things.
        nature: the operator written with the figure (「≥50个」 gives ≥), else "".
        unit: the unit in force: the one given by its column, else the one written with the figure.
        changed: the figure differs from the text as typed; the reader says so (C03).
        problem: "" or why there is no value: blank, words, mixed, several, letter, numeral, long, range, about,
            percent, unit.
    """

    value: Decimal | None = None
    nature: str = ""
    unit: str = ""
    changed: bool = False
    problem: str = ""


def says_nothing(raw: object) -> bool:
    """Tell whether a cell as typed says nothing: blank, only spaces or invisible marks, or a dash that means it."""
    if not raw or not isinstance(raw, str):
        return raw is None or raw == ""
    if "一" <= raw[0] <= "龥":
        return False  # most texts begin with a Chinese character
    text = squeeze(halfwidth(raw))
    return not text or text in NOTHING


def round_half_up(value: Decimal, places: int = 2) -> Decimal:
    """Return `value` rounded half up (四舍五入) on its decimal digits, as Excel's ROUND does."""
    step = _CENT if places == 2 else Decimal(1).scaleb(-places)
    return value.quantize(step, context=EXACT)


def differ(one: Decimal, other: Decimal) -> bool:
    """Tell whether two figures of a form differ by a cent or more (0.01 point, 0.01万元)."""
    return abs(one - other) >= _CENT


def from_float(number: float) -> Decimal:
    """Return the digits that a spreadsheet shows for `number`: fifteen significant ones."""
    return Decimal(f"{number:.15g}")


def plain(value: Decimal | None) -> str:
    """Return `value` in ordinary digits without idle zeros; "" for None."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_float(value: Decimal | None) -> float | None:
    """Return `value` as the number that a cell or JSON holds."""
    return None if value is None else float(value)


@lru_cache(maxsize=1024)
def read_nature(text: str) -> str:
    """Return the canonical 指标性质 for a spelling of it, "" where it is none."""
    return _NATURE_OF.get(fold(text), "")


@lru_cache(maxsize=1024)
def canonical_unit(text: str) -> str:
    """Return one spelling for a 度量单位: 「％」「百分比」「（%）」 all give %."""
    unit = squeeze(halfwidth(text))
    bare = unit.strip("()[]")
    unit = bare if bare.count("(") == bare.count(")") else unit
    return _UNIT_SPELLINGS.get(unit, unit)


@lru_cache(maxsize=1024)
def same_unit(one: str, other: str) -> bool:
    """Tell whether two units are one: 「元/人·月」「元/月/人」, 「㎡」「平方米」."""
    return one == other or _unit_key(one) == _unit_key(other)


def _unit_key(unit: str) -> tuple[str, ...]:
    """Return a unit's parts: what is counted, then in any order what it is counted by."""
    head, *below = re.split(r"[/每]+", canonical_unit(unit))
    parts = [part for text in below for part in re.split(r"[·.・•∙⋅*×()]+", text) if part]
    return _UNIT_KEYS.get(head, head), *sorted(_UNIT_KEYS.get(part, part) for part in parts)


def is_money_unit(unit: str) -> bool:
    """Tell whether `unit` is one of money."""
    return canonical_unit(unit) in _MONEY


def to_wan(value: Decimal, unit: str) -> Decimal:
    """Return an amount given in the money unit `unit` in 万元."""
    return EXACT.divide(EXACT.multiply(value, _MONEY[canonical_unit(unit)]), Decimal(10**4))


@lru_cache(maxsize=16384)
def read_quantity(raw: str | float | int, unit: str = "") -> Quantity:
    """Read a figure as people type it.

    Args:
        raw: the cell's content; a number for numeric cells.
        unit: the 度量单位 given in its own column; "" where there is none.

    Returns:
        The figure in `unit` (money converts between 元 and 万元, nothing else does), or the problem.
        A figure of at most 1 without % under a % unit may be a share or a percentage: problem `percent`.
    """
    given = canonical_unit(unit)
    if not isinstance(raw, str):
        value = from_float(raw)
        if not value.is_finite() or abs(value) >= _TOO_LARGE:
            return Quantity(unit=given, problem="long")
        exact = _sensible(value)
        if not exact:  # what a calculation leaves where it should give 0
            value = value.quantize(Decimal(1).scaleb(_LEAST_EXPONENT), context=EXACT) or Decimal(0)
        asked = given == "%" and 0 < abs(value) <= 1
        return Quantity(None if asked else value, "", given, not exact, "percent" if asked else "")
    if _APART.search(raw) and not _GROUPED.fullmatch(strip(raw)):
        return Quantity(unit=given, problem="several" if re.search(r"\d", raw) else "words")
    typed_text = squeeze(halfwidth(raw)).replace("−", "-")
    text = typed_text.rstrip("。;,.")
    if typed_text and not text:
        return Quantity(unit=given, problem="words")
    if not text or text in NOTHING:
        return Quantity(unit=given, problem="blank")
    if not any(ch.isdigit() for ch in text):
        return Quantity(unit=given, problem=_why(text, given))
    nature, text = _operator(_LEAD.sub("", text))
    text = _PER_CENT.sub(r"\1%", _TRAIL.sub("", text))
    bare = _CURRENCY.sub("", text)
    if _RANGE.search(bare):
        return Quantity(nature=nature, unit=given, problem="range")
    match = _NUMBER.match(bare)
    if match is None or _ABOUT.search(bare):
        return Quantity(nature=nature, unit=given, problem=_why(bare, given))
    value = Decimal(match[0].replace(",", ""))
    if not _sensible(value):
        return Quantity(unit=given, problem="long")
    typed = canonical_unit(bare[match.end() :])
    odd = any(ch.isdigit() for ch in typed.replace("m2", "").replace("m3", "")) or typed in ("O", "o", "l", "I")
    if odd and not same_unit(typed, given):
        return Quantity(unit=given, problem=_why(bare, given))
    if bare != text and typed not in (*_MONEY, "万", "亿"):
        if typed or given != "元":
            return Quantity(unit=given, problem="mixed")  # 「¥17.28」 in 万元: which of the two?
    if not given and _NO_UNIT.search(typed):
        return Quantity(nature=nature, problem="mixed")
    return _with_unit(value, typed, given, nature, changed=raw != plain(value))


def _operator(text: str) -> tuple[str, str]:
    """Split an operator, written before or behind, from the rest."""
    nature = ""
    for prefix in _PREFIXES:
        if text.startswith(prefix):
            nature, text = _NATURE_OF[prefix], text[len(prefix) :]
            break
    text = _TRAIL.sub("", text)
    for suffix, meaning in _SUFFIXES.items():
        if text.endswith(suffix) and not (nature and nature != meaning):
            return meaning, text[: -len(suffix)]
    return nature, text


def _why(text: str, given: str) -> str:
    """Say why a text is no figure."""
    if not any(ch.isdigit() for ch in text):
        match = _NUMERAL.fullmatch(text)
        counted = match is not None and (match["unit"] in _COUNTERS or canonical_unit(match["unit"]) == given)
        return "numeral" if counted or _FRACTION.match(text) else "words"
    if _ABOUT.search(text):
        return "about"
    if _LETTER.search(text):
        return "letter"
    return "several" if len(re.findall(r"\d+(?:\.\d+)?", text)) > 1 else "mixed"


def _sensible(value: Decimal) -> bool:
    """Tell whether a figure has no more digits than a spreadsheet keeps; what has more is no amount and no count."""
    return value.is_finite() and abs(value) < _TOO_LARGE and int(value.as_tuple().exponent) >= _LEAST_EXPONENT


def _with_unit(value: Decimal, typed: str, given: str, nature: str, *, changed: bool) -> Quantity:
    """Bring a figure with the unit typed behind it into the unit given in the column."""
    if not typed:
        if given == "%" and 0 < abs(value) <= 1:
            return Quantity(nature=nature, unit=given, problem="percent")
        return Quantity(value, nature, given, changed)
    if not given or same_unit(typed, given):
        return Quantity(value, nature, given or typed, changed)
    if typed == "亿" and given in _MONEY:
        return _with_unit(value, "亿元", given, nature, changed=changed)
    if typed == "万":
        # 「17.28万」 in a 万元 column is 17.28; 「3万」 in a 人 column is 30,000 of them.
        factor = 1 if given.startswith("万") else 10**4
        if given in _MONEY:
            factor, rest = divmod(10**4, _MONEY[given]) if _MONEY[given] <= 10**4 else (0, 1)
            if rest:
                return Quantity(nature=nature, unit=given, problem="unit")
        return Quantity(EXACT.multiply(value, factor), nature, given, True)
    if typed in _MONEY and given in _MONEY:
        amount = EXACT.divide(EXACT.multiply(value, _MONEY[typed]), Decimal(_MONEY[given]))
        return Quantity(amount, nature, given, True)
    return Quantity(nature=nature, unit=given, problem="unit")
