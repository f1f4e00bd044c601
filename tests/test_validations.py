"""What the template lets through, the check accepts: one rule in two places, proved equal column by column.

The rule of the template is read from the committed file, as users get it, and applied as Excel applies it. A new column
is covered by being declared.
"""

import re
import subprocess
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation
from workbooks import TEMPLATE, cell_of, clean_rows, findings_of, write

from perf_excel.kinds import TEXT_FORMAT, Choice, Figure, Kind
from perf_excel.names import column_letter
from perf_excel.numbers import says_nothing
from perf_excel.workbook import standard

quick = settings(deadline=None, database=None, max_examples=100)

BOOK = openpyxl.load_workbook(TEMPLATE)
NAMES = {name: defined.attr_text for name, defined in BOOK.defined_names.items()}
UNITS = standard.MONEY_UNITS
_EPOCH = date(1899, 12, 30)


# ---------------------------------------------------------------- the template's rules, as Excel applies them


@dataclass(frozen=True)
class Field:
    """A column of a sheet, or a setting, with the cells that the template prepares for it."""

    name: str
    sheet: str
    kind: Kind
    letter: str
    first: int
    last: int

    @property
    def rule(self) -> DataValidation | None:
        """The validation of the first cell; None where anything is let through."""
        cell = BOOK[self.sheet][f"{self.letter}{self.first}"].coordinate
        rules = [rule for rule in BOOK[self.sheet].data_validations.dataValidation if rule.type and cell in rule.sqref]
        assert len(rules) <= 1, f"{self.name}: {len(rules)} rules for one cell"
        return rules[0] if rules else None


def fields() -> list[Field]:
    found = [
        Field(f"参数.{setting.title}", standard.SETTINGS_SHEET.title, setting.kind, "B", row, row)
        for row, setting in enumerate(standard.SETTINGS, start=standard.FIRST_ROW)
    ]
    for sheet in standard.TABLE_SHEETS:
        last = standard.FIRST_ROW + sheet.room - 1
        for position, column in enumerate(sheet.columns):
            if not column.lookup:
                letter, name = column_letter(position), f"{sheet.title}.{column.title}"
                found.append(Field(name, sheet.title, column.kind, letter, standard.FIRST_ROW, last))
    return found


FIELDS = fields()
RULED = [field for field in FIELDS if field.rule is not None]
every = pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
every_ruled = pytest.mark.parametrize("field", RULED, ids=lambda field: field.name)


def of_type(*types: str) -> pytest.MarkDecorator:
    chosen = [field for field in RULED if field.rule.type in types]
    return pytest.mark.parametrize("field", chosen, ids=lambda field: field.name)


def words_of(name: str) -> list[str]:
    """Resolve a defined name to the words of its cells."""
    sheet, cells = NAMES[name].replace("'", "").split("!")
    return [cell.value for row in BOOK[sheet][cells.replace("$", "")] for cell in row]


def offered(rule: DataValidation) -> list[list[str]]:
    """Return what a drop-down offers: one list, or one for each word that the cell beside it may hold."""
    if rule.formula1 in NAMES:
        return [words_of(rule.formula1)]
    match = re.fullmatch(r'INDIRECT\("(\w+)"&IF\((\$(\w)3)="","(\w+)",\2\)\)', rule.formula1)
    assert match, f"the drop-down cannot be resolved: {rule.formula1}"
    beside = next(field for field in FIELDS if (field.sheet, field.letter) == ("绩效指标", match[3]))
    (choices,) = offered(beside.rule)
    return [words_of(match[1] + word) for word in (match[4], *choices)]


def bounds(rule: DataValidation) -> tuple[Decimal, Decimal]:
    if rule.operator == "lessThanOrEqual":
        return Decimal(0), Decimal(rule.formula1)
    return Decimal(rule.formula1), Decimal(rule.formula2)


def length(text: str) -> int:
    """LEN: units of UTF-16, everything counted."""
    return len(text.encode("utf-16-le")) // 2


def stored(value: Any) -> Any:
    """Return the number that a date cell holds."""
    if isinstance(value, datetime):
        return (value - datetime.combine(_EPOCH, datetime.min.time())) / timedelta(days=1)
    return (value - _EPOCH).days if isinstance(value, date) else value


def lets_through(rule: DataValidation, value: Any) -> bool:
    """Apply a rule to what a cell holds once it was typed; a number typed into a text cell is text by then."""
    if rule.type == "list":
        # A list that stands in cells is compared without regard to case.
        return any(str(value).casefold() == word.casefold() for words in offered(rule) for word in words)
    if rule.type == "textLength":
        return length(value) <= bounds(rule)[1]
    value = stored(value)
    if isinstance(value, (str, bool)):
        return False
    low, high = bounds(rule)
    whole = rule.type != "whole" or float(value).is_integer()
    return whole and low <= Decimal(repr(value)) <= high


SPECIAL = "，。、 \n\u3000字𠮷"
TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cs", "Cc"]), st.sampled_from(SPECIAL)), min_size=1)
PARTS = st.sampled_from(["字", "字 ", "字\n", "𠮷", "a，"])


def texts(least: int, most: int) -> st.SearchStrategy[str]:
    """Return texts of a length, made of one part repeated: Hypothesis seldom writes long ones by itself."""
    return st.builds(lambda part, count: (part * count)[:count].strip(), PARTS, st.integers(least, most))


def shown(value: float) -> float:
    """Return a number with the fifteen digits that can be typed."""
    return float(f"{value:.15g}")


def inside(rule: DataValidation) -> st.SearchStrategy[Any]:
    """Return what a rule lets through."""
    if rule.type == "list":
        words = st.sampled_from([word for group in offered(rule) for word in group])
        return st.one_of(words, words.map(str.swapcase))
    low, high = bounds(rule)
    if rule.type == "textLength":
        return st.one_of(texts(1, int(high)), texts(int(high) - 2, int(high)), TEXTS)
    edges = st.sampled_from([float(low), float(high)])
    whole = st.integers(-int(-low // 1), int(high))
    if rule.type == "whole":
        return st.one_of(edges, whole, whole.map(float))
    numbers = st.one_of(edges, whole, st.floats(float(low), float(high)).map(shown))
    if rule.type == "decimal":
        return numbers
    first, last = (_EPOCH + timedelta(days=int(edge)) for edge in (low, high))
    moments = st.datetimes(datetime(first.year, 1, 1), datetime(last.year, 12, 31))
    return st.one_of(numbers, st.dates(first, last), moments)


def outside(rule: DataValidation) -> st.SearchStrategy[Any]:
    """Return what a rule refuses: just outside, and far outside."""
    if rule.type == "list":
        words = st.sampled_from([word for group in offered(rule) for word in group])
        return st.one_of(TEXTS, words.map(lambda word: f"{word}等"), words.map(lambda word: word[:-1] or "约"))
    low, high = bounds(rule)
    if rule.type == "textLength":
        return st.one_of(texts(int(high) + 1, int(high) + 3), texts(int(high) + 1, 9 * int(high)))
    near = st.sampled_from([Decimal(step) for step in ("0.01", "0.5", "1", "10", "1000")])
    close = st.one_of(near.map(lambda step: float(low - step)), near.map(lambda step: float(high + step)))
    # What a calculation leaves below zero, finer than any program shows, is zero.
    far = st.one_of(st.floats(-1e300, float(low) - 1e-15), st.floats(float(high) + 0.01, 1e300)).map(shown)
    if rule.type == "whole":
        halves = st.integers(int(low), int(high) - 1).map(lambda number: number + 0.5)
        return st.one_of(close, far, halves)
    if rule.type == "decimal":
        return st.one_of(close, far)
    first, last = (_EPOCH + timedelta(days=int(edge)) for edge in (low, high))
    before = st.dates(date(1900, 3, 1), first - timedelta(days=1))
    return st.one_of(close, far, before, st.dates(last + timedelta(days=1), date(9999, 12, 31)))


def codes_of(field: Field, value: Any) -> set[str]:
    """Return what reading says of a value, in each 金额单位."""
    if field.kind.limit:
        return {"B08"} if field.kind.characters(value) > field.kind.limit else {""}
    return {field.kind.parse(value, unit).code for unit in UNITS}


def may_be_share(field: Field, value: Any) -> bool:
    """A small figure under % is a figure within the bounds, but which one must be asked."""
    return isinstance(field.kind, Figure) and field.kind.unit == "%" and 0 < abs(value) <= 1


#: Columns whose refused values reading itself names; those of the others are named by a check, as tested below.
NAMED_BY_READING = [field for field in RULED if not getattr(field.kind, "named_by", ())]


# ---------------------------------------------------------------- proved equal


@every_ruled
@quick
@given(data=st.data())
def test_what_is_let_through_is_accepted(field, data):
    rule = field.rule
    value = data.draw(inside(rule))
    assume(lets_through(rule, value) and not says_nothing(value))
    allowed = {"", "C03"} | ({"C03.ask"} if may_be_share(field, value) else set())
    assert codes_of(field, value) <= allowed


@pytest.mark.parametrize("field", NAMED_BY_READING, ids=lambda field: field.name)
@quick
@given(data=st.data())
def test_what_is_refused_is_named(field, data):
    rule = field.rule
    value = data.draw(outside(rule))
    assume(not lets_through(rule, value) and not says_nothing(value))
    # Outer spaces are not printed, and of a character outside the basic plane spreadsheet programs count one or two.
    assume(not field.kind.limit or (value == value.strip() and length(value) == len(value)))
    assert "" not in codes_of(field, value), "accepted, though the template refuses it"


@of_type("list")
def test_words_of_a_list_are_taken_without_a_word(field):
    for words in offered(field.rule):
        for word in words:
            reading = field.kind.parse(word, "")
            assert (reading.value, reading.code) == (word, "")


@of_type("list")
def test_more_than_a_list_offers_is_taken_only_with_a_word(field):
    """The check knows more spellings than the drop-down; each is said, never taken silently."""
    for words in offered(field.rule):
        for word in words:
            for spelling in (f"{word} ", f"\u3000{word}", f"{word[0]}\u200b{word[1:]}", f"{word}\n"):
                reading = field.kind.parse(spelling, "")
                assert (reading.value, reading.code) == (word, "C03")
    for spelling, word in field.kind.spellings.items():
        if not any(spelling in words for words in offered(field.rule)):
            reading = field.kind.parse(spelling, "")
            assert (reading.value, reading.code) == (word, "C03")


@of_type("decimal", "whole", "date")
def test_edges_belong_to_the_range(field):
    for edge in bounds(field.rule):
        assert codes_of(field, float(edge)) == {""}


#: What can be typed into a number cell but is no number as the check sees it: the rule lets it through in one program
#: or another, since the number behind it lies in the range. It is never taken for a figure in silence.
DISGUISED = [datetime(2024, 3, 4), date(2024, 3, 4), True]


@of_type("decimal", "whole")
@pytest.mark.parametrize("value", DISGUISED, ids=str)
def test_dates_and_truths_in_number_cells_are_asked_about(field, value):
    assert "" not in codes_of(field, value)


@of_type("decimal", "whole")
@pytest.mark.parametrize("value", ["约5", "5-6", "五", "abc", "5/6", "１e3", "≥5", "5。5"])
def test_words_pasted_into_number_cells_are_asked_about(field, value):
    assert not codes_of(field, value) & {"", "C03"}


# ---------------------------------------------------------------- figures that a check names

OUTSIDE = [-1, -0.01, 100.01, 150, 1e6]
NAMED = [
    (sheet, column)
    for sheet in standard.TABLE_SHEETS
    for column in sheet.read_columns
    if isinstance(column.kind, Figure) and sheet is not standard.CRITERIA
]


@pytest.mark.parametrize("value", OUTSIDE)
@pytest.mark.parametrize(("sheet", "column"), NAMED, ids=lambda item: getattr(item, "title", ""))
def test_a_figure_out_of_bounds_is_named_at_its_cell(tmp_path, sheet, column, value):
    """By the check that knows a closer bound (weight, full marks), or by reading; never by both."""
    rows = clean_rows()
    line = {"project_no": 1, "category": "通用指标", "level2": "决策程序", "full_marks": 6, "awarded": 6}
    rows["scorecard"] = [line | {"evidence": "有集体决策会议纪要", "reason": "少开一次会"}]
    rows[sheet.key][0][column.key] = value
    cell = cell_of(sheet.key, column.key)
    at_cell = [
        item
        for item in findings_of(write(tmp_path / "a.xlsx", rows))
        if item.sheet == sheet.title and covers(item, cell)
    ]
    expected = set(column.kind.named_by) or {"A05"}
    assert {item.code for item in at_cell} & expected
    assert len([item for item in at_cell if item.code == "A05"]) <= 1
    by_reading = [item for item in at_cell if "应在0到100之间" in item.message]
    assert len(by_reading) == (0 if column.kind.named_by else 1)


def covers(item: Any, cell: str) -> bool:
    """Tell whether a finding's place (`I3`, `I3:I7`, `F3,K6`) has a cell."""
    left, top, *_ = range_boundaries(cell)
    for part in (item.cell or "").split(","):
        if part:
            first, upper, last, lower = range_boundaries(part)
            if first <= left <= last and upper <= top <= lower:
                return True
    return False


def test_weight_of_nothing_is_refused_in_both_places():
    rule = next(field.rule for field in RULED if field.name == "绩效指标.权重")
    assert not lets_through(rule, 0)
    assert lets_through(rule, 0.01)


# ---------------------------------------------------------------- length of texts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("字" * 100, None),
        ("字" * 101, 101),
        ("字" * 99 + "，", None),
        ("字" * 100 + "。", 101),
        ("字 " * 50 + "字", 101),  # inner spaces count, as they do for LEN
        ("字\n" * 50 + "字", 101),
        ("  " + "字" * 100 + " \n", None),  # outer ones are not printed
        ("𠮷" * 100, None),  # one character to a reader, two units to some programs
    ],
)
def test_length_is_counted_as_the_template_counts(tmp_path, text, said):
    rows = clean_rows()
    rows["projects"][0]["goal_result"] = text
    cell = cell_of("projects", "goal_result")
    found = [item for item in findings_of(write(tmp_path / "a.xlsx", rows)) if item.code == "B08"]
    assert [item.cell for item in found] == ([] if said is None else [cell])
    assert said is None or f"写了{said}个字" in found[0].message


# ---------------------------------------------------------------- the template's validations


@every
def test_template_has_the_rule_that_its_kind_declares(field):
    rule, declared = field.rule, field.kind.validation()
    if declared is None:
        assert rule is None
        return
    assert rule is not None, "the declared rule is not in the template"
    assert rule.type == declared.type
    assert (rule.errorStyle or "stop") == ("stop" if declared.strict else "warning")
    assert rule.showErrorMessage
    assert rule.allowBlank
    assert declared.words in rule.error
    if declared.type != "list":
        assert bounds(rule) == (declared.low, declared.high)
    first, top, last, bottom = range_boundaries(str(rule.sqref))
    assert (column_letter(first - 1), top, column_letter(last - 1), bottom) == (
        field.letter,
        field.first,
        field.letter,
        field.last,
    )


@every
def test_text_cells_have_no_rule_for_numbers(field):
    """Digits typed into a text cell are text, and no rule for numbers would let them through."""
    number_format = BOOK[field.sheet][f"{field.letter}{field.first}"].number_format
    is_number = field.rule is not None and field.rule.type not in ("list", "textLength")
    assert (number_format == TEXT_FORMAT) <= (not is_number)


def all_rules() -> list[tuple[str, DataValidation]]:
    return [
        (f"{sheet.title}!{rule.sqref}", rule)
        for sheet in BOOK.worksheets
        for rule in sheet.data_validations.dataValidation
        if rule.type
    ]


def test_only_what_all_programs_evaluate_alike():
    """list, decimal, whole, date, textLength; between and at most; constants, defined names, INDIRECT of such."""
    assert {rule.type for _, rule in all_rules()} == {"list", "decimal", "whole", "date", "textLength"}
    for place, rule in all_rules():
        if rule.type == "list":
            assert offered(rule), place
            assert rule.operator in (None, "between")
        else:
            assert re.fullmatch(r"\d+(\.\d+)?", rule.formula1), place
            at_most = rule.operator == "lessThanOrEqual"
            assert at_most or rule.operator in (None, "between"), place
            assert at_most or re.fullmatch(r"\d+(\.\d+)?", rule.formula2), place


def test_no_rule_that_nobody_declared():
    declared = {(field.sheet, field.letter) for field in RULED}
    for sheet in BOOK.worksheets:
        for rule in sheet.data_validations.dataValidation:
            if rule.type:
                letter = column_letter(range_boundaries(str(rule.sqref))[0] - 1)
                assert (sheet.title, letter) in declared


def test_drop_downs_offer_what_is_declared():
    for field in RULED:
        if isinstance(field.kind, Choice):
            words = [word for group in offered(field.rule) for word in group]
            assert list(dict.fromkeys(words)) == list(field.kind.options), field.name


def test_libreoffice_keeps_every_rule(soffice, tmp_path):
    out = tmp_path / "out"
    command = [soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(out), str(TEMPLATE)], check=True, capture_output=True, timeout=180)
    again = openpyxl.load_workbook(out / TEMPLATE.name)
    kept = {
        f"{sheet.title}!{rule.sqref}": essence(rule)
        for sheet in again.worksheets
        for rule in sheet.data_validations.dataValidation
        if rule.type
    }
    assert kept == {place: essence(rule) for place, rule in all_rules()}
    assert {name: again.defined_names[name].attr_text.replace("'", "") for name in NAMES} == NAMES


def essence(rule: DataValidation) -> tuple[Any, ...]:
    """What a rule says, whether or not its defaults are written out."""
    operator = rule.operator or "between"
    second = rule.formula2 if rule.type != "list" and operator == "between" else None
    style = rule.errorStyle or "stop"
    return rule.type, operator, rule.formula1, second, style, rule.allowBlank, rule.showErrorMessage, rule.error
