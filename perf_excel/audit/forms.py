"""The tables of a report: 自评表 with its indicators and money, and a 打分表 with a column of scores.

Forms differ from office to office, and rows or heads of published ones are cut. So a row of indicators is known by its
指标性质, what stands to the left and right of it by the order of the official form, and heads help where they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from perf_excel.audit.document import Table
from perf_excel.audit.lexicon import meaning, patterns
from perf_excel.audit.marks import NUMBER, plain_digits
from perf_excel.audit.outline import PlacedTable, Spot
from perf_excel.numbers import NOTHING, canonical_unit, is_money_unit, plain, read_nature, read_quantity, to_wan
from perf_excel.text import fold, halfwidth, squeeze, strip
from perf_excel.workbook import standard

#: Right of 指标性质, as 《专项预算项目绩效目标完成情况自评表》 has it.
_AFTER_NATURE = ("target", "unit", "weight", "actual", "awarded", "reason")
_LEVELS = ("level1", "level2", "level3")
_AMOUNTS = ("initial", "budget", "allocated", "received", "executed")
#: Of columns that are called the same, the last one counts: 分值 of each level, 年度预算数 as the title of the rows.
_LAST_COUNTS = frozenset({"full_marks", "budget"})
_LEAST_HEADS = 3
_LONGEST_HEAD, _LONGEST_LABEL = 20, 25
#: A code as it should be, or anything like one with a dash behind it: what is wrong with it is said elsewhere.
_CODE_AND_NAME = re.compile(
    r"^(\d{6}\d{2}[A-Z]\d{12}(?=\s*[-—－–_\s]?\s*\S)|\d{4,}[0-9A-Za-z]{6,}(?=\s*[-—－–_]))\s*[-—－–_\s]?\s*(.+)$",
    re.DOTALL,
)
_LABELLED = re.compile(r"^\s*([^：:]{2,20})[：:]\s*(\S.*)$", re.DOTALL)
_MONEY_UNIT = re.compile(r"(?:[（(]|单位\s*[：:])\s*(?:金额)?(?:单位\s*[：:])?\s*(万元|元)\s*(?:[)）]|$)")
_MARKS_OF_NAME = re.compile(rf"\s*[（(]\s*({NUMBER})\s*分\s*[)）]$")
_UNIT_BEHIND = re.compile(r"^([^\d]*\d[\d,，]*(?:\.\d+)?)\s*([^\d.,，].*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: texts by what their columns stand for, and where it stands."""

    values: dict[str, str]
    spot: Spot


@dataclass(slots=True)
class Form:
    """One 自评表.

    Attributes:
        labels: what stands beside 项目名称, 预算单位 … with its place, by key.
        indicators: rows with level1, level2, level3, nature, target, unit, weight, actual, awarded, reason.
        funds: rows with source and amounts in 万元.
        execution: the row of 预算执行率 among the indicators, if any.
        total: the row 合计 or 总分, if any.
        spot: where the table begins.
    """

    spot: Spot
    labels: dict[str, tuple[str, Spot]] = field(default_factory=dict)
    indicators: list[Row] = field(default_factory=list)
    funds: list[Row] = field(default_factory=list)
    execution: Row | None = None
    total: Row | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """A row 小计 or 合计 of a 打分表, and the rows that it adds up, by their numbers."""

    row: Row
    first: int
    last: int


@dataclass(slots=True)
class Tables:
    """What all tables of a report hold: forms, rows of a 打分表 and their sums, and money outside of forms."""

    forms: list[Form] = field(default_factory=list)
    scorecard: list[Row] = field(default_factory=list)
    sums: list[Sum] = field(default_factory=list)
    funds: list[Row] = field(default_factory=list)


def read_tables(placed: Sequence[PlacedTable]) -> Tables:
    """Read every table of a report; those that are none of ours are left alone."""
    found = Tables()
    for table in placed:
        reader = _TableReader(table)
        form = reader.read()
        before = len(found.scorecard)
        found.scorecard += reader.scorecard
        found.sums += [Sum(one.row, one.first + before, one.last + before) for one in reader.sums]
        if not form.indicators and len(form.labels) <= 1:
            found.funds += form.funds
        elif found.forms and _continues(found.forms[-1], form):
            _join(found.forms[-1], form)
        else:
            found.forms.append(form)
    return found


def _continues(before: Form, form: Form) -> bool:
    """Tell whether a table is the rest of the form before it: a second one has a name or indicators of its own."""
    both_named = "name" in form.labels and "name" in before.labels
    return not both_named and not (before.indicators and form.indicators)


def _join(first: Form, second: Form) -> None:
    """A form that the report's author cut into two tables is one form."""
    first.labels = {**second.labels, **first.labels}
    first.indicators += second.indicators
    first.funds += second.funds
    first.execution = first.execution or second.execution
    first.total = first.total or second.total


def split_code(text: str) -> tuple[str, str]:
    """Split 项目编码-项目名称; the code is "" where there is none."""
    match = _CODE_AND_NAME.match(strip(text))
    return (match[1], strip(match[2])) if match else ("", strip(text))


@dataclass(frozen=True, slots=True)
class _Slot:
    """A cell of a row: its text (of the cell above, where it continues that), and its first grid column."""

    text: str
    column: int
    continued: bool


class _TableReader:
    def __init__(self, placed: PlacedTable) -> None:
        self.placed = placed
        self.form = Form(
            placed.spot(0) if placed.table.rows else Spot(placed.title, 0, "", placed.number, placed.order)
        )
        self.scorecard: list[Row] = []
        self.sums: list[Sum] = []
        self._heads: dict[int, str] = {}
        self._half: dict[int, str] = {}  # heads of a row whose rest may stand in the next one
        self._kind = ""
        self._money_unit = _money_unit(placed.above)
        self._asked: dict[int, str] = {}
        self._before: dict[str, str] = {}

    def read(self) -> Form:
        for number, slots in enumerate(_rows(self.placed.table)):
            if slots:
                self._row(slots, self.placed.spot(number))
        return self.form

    def _row(self, slots: Sequence[_Slot], spot: Spot) -> None:
        for slot in slots:
            self._money_unit = _money_unit(slot.text) or self._money_unit
        natures = [slot for slot in slots if read_nature(slot.text) and not slot.continued]
        if self._head(slots):
            self._asked = {}
        elif natures and self._kind != "scorecard":
            self._indicator(slots, natures[0], spot)
        elif not self._ending(slots, spot) and not self._data(slots, spot) and not self._money(slots, spot):
            self._label(slots, spot)

    # ------------------------------------------------------------ heads

    def _head(self, slots: Sequence[_Slot]) -> bool:
        """Take a row of heads; the second of two rows says what the cells of the first stand for."""
        own = _meanings("columns", slots)
        upper, self._half = self._half, {}
        if upper and own and _is_second_row(slots):
            own = _joined(upper, own)
        if len(set(own.values())) >= _LEAST_HEADS and _is_complete(set(own.values())):
            self._heads = self._half = own
            self._kind = "indicators" if {*own.values()} & {"target", "actual", "nature"} else "scorecard"
            return True
        money = _meanings("money", slots)
        if len(set(money.values()) & set(_AMOUNTS)) > 1:
            # The rest of such a head are the columns of rate, weight and score of 预算执行率.
            self._heads, self._kind = {**own, **money}, "funds"
            return True
        self._half = own if len({*own.values()} & {*_LEVELS}) > 1 else {}
        return bool(self._half)

    # ------------------------------------------------------------ indicators

    def _indicator(self, slots: Sequence[_Slot], nature: _Slot, spot: Spot) -> None:
        left = [slot for slot in slots if slot.column < nature.column]
        right = [slot for slot in slots if slot.column > nature.column]
        values = dict(zip(reversed(_LEVELS), (strip(slot.text) for slot in reversed(left)), strict=False))
        by_column = {slot.column: self._heads.get(slot.column) for slot in right}
        if self._kind == "indicators" and self._heads.get(nature.column) == "nature" and all(by_column.values()):
            values |= {_indicator_key(by_column[slot.column] or ""): strip(slot.text) for slot in right}
        else:
            order = self._order(nature) or _AFTER_NATURE
            values |= dict(zip(order, (strip(slot.text) for slot in right), strict=False))
        values["nature"] = strip(nature.text)
        self._add(values, spot)

    def _order(self, nature: _Slot) -> tuple[str, ...]:
        """Return what the heads say stands right of 指标性质, and behind them what the official form has there."""
        columns = sorted(self._heads)
        position = next((column for column in columns if self._heads[column] == "nature"), None)
        if position is None or self._kind != "indicators":
            return ()
        said = [_indicator_key(self._heads[column]) for column in columns if column > position]
        return (*said, *(key for key in _AFTER_NATURE if key not in said))

    def _add(self, values: dict[str, str], spot: Spot) -> None:
        """Keep a row; levels that a cut merge left blank are those of the row above."""
        for key in ("level1", "level2"):
            values[key] = squeeze(values.get(key) or "") or self._before.get(key, "")
        if not values.get("level3"):
            return
        self._before = values
        self.form.indicators.append(Row(values, spot))

    def _data(self, slots: Sequence[_Slot], spot: Spot) -> bool:
        """Keep a row below heads that has no 指标性质; tell whether it is one."""
        values: dict[str, str] = {}
        for slot in slots:
            key = self._heads.get(slot.column)
            if key and (not slot.continued or key in (*_LEVELS, "category")):
                values.setdefault(key, strip(slot.text))
        if self._kind == "indicators" and _is_of_system(values) and not self.form.indicators:
            self._kind = "scorecard"
        if self._kind == "indicators" and values.get("level3") and (values.get("target") or values.get("actual")):
            self._add({_indicator_key(key): text for key, text in values.items()} | _split_target(values), spot)
            return True
        return self._kind == "scorecard" and self._score(values, slots, spot)

    def _score(self, values: dict[str, str], slots: Sequence[_Slot], spot: Spot) -> bool:
        """Keep a row of a 打分表. Where its marks are those of the row above, both are one item, named a level higher."""
        for key in ("category", "level1"):
            values[key] = values.get(key) or self._before.get(key, "")
        levels = [text for key in reversed(_LEVELS) if (text := values.get(key))]
        if not levels:
            return False
        if any(slot.continued and self._heads.get(slot.column) == "full_marks" and slot.text for slot in slots):
            self._raise_last(values)
            return True
        name, marks = _without_marks(levels[0])
        full = read_quantity(values.get("full_marks") or marks, "分").value
        if full is not None:
            self._before = values
            self.scorecard.append(Row(values | {"name": name, "full_marks": plain(full)}, spot))
        return full is not None

    def _raise_last(self, values: Mapping[str, str]) -> None:
        last = self.scorecard[-1] if self.scorecard else None
        higher = values.get("level2") or values.get("level1")
        if last is not None and higher and higher in (last.values.get("level2"), last.values.get("level1")):
            self.scorecard[-1] = replace(last, values=last.values | {"name": _without_marks(higher)[0]})

    def _ending(self, slots: Sequence[_Slot], spot: Spot) -> bool:
        """Leave out 合计, 预算执行率 …; what they say of the whole is kept."""
        fresh = next((slot for slot in slots if not slot.continued and squeeze(slot.text)), None)
        if self._kind in ("", "funds") or fresh is None:
            return False
        first, ends = fold(fresh.text), patterns("ends")
        if not ends["scorecard" if self._kind == "scorecard" else "indicators"].search(first):
            return False
        values = {_indicator_key(key): strip(slot.text) for slot in slots if (key := self._heads.get(slot.column))}
        if self._kind == "scorecard":
            self._sum(values, spot, whole=ends["totals"].match(first) is not None)
        elif ends["totals"].match(first):
            self.form.total = self.form.total or Row(values, spot)
        elif ends["execution"].search(first):
            self.form.execution = self.form.execution or Row(values, spot)
        return True

    def _sum(self, values: dict[str, str], spot: Spot, *, whole: bool) -> None:
        """Keep a row 合计 of a 打分表, or a 小计 of the rows since the last one."""
        first = 0 if whole else max((one.last + 1 for one in self.sums), default=0)
        if len(self.scorecard) > first:
            self.sums.append(Sum(Row(values, spot), first, len(self.scorecard) - 1))

    # ------------------------------------------------------------ money and labels

    def _money(self, slots: Sequence[_Slot], spot: Spot) -> bool:
        """Keep a row of money: below heads of amounts, or a source with one amount beside it."""
        fresh = [slot for slot in slots if not slot.continued]
        for position, slot in enumerate(fresh):
            title, _, inside = slot.text.replace("：", ":").rpartition(":")
            title = title if inside and _is_amount(inside) else slot.text
            source = meaning("sources", title) if len(squeeze(title)) <= _LONGEST_HEAD else None
            if source is None:
                continue
            following = fresh[position + 1 :]
            if self._kind == "funds" and _are_amounts(following):
                values = {key: strip(s.text) for s in slots if (key := self._heads.get(s.column)) and s is not slot}
                self._fund(values | {"source": source}, spot)
                return True
            told = inside if title != slot.text else following[0].text if following else None
            plain_row = self._kind == "" and re.search("总额|财政拨款|资金", title) is not None
            if plain_row and told is not None and (not squeeze(told) or _is_amount(told)):
                self._fund({"source": source, "budget": strip(told)}, spot)
                return True
        return False

    def _fund(self, values: dict[str, str], spot: Spot) -> None:
        if self._money_unit == "元":
            values |= {key: _in_wan(values[key]) for key in _AMOUNTS if key in values}
        self.form.funds.append(Row(values, spot))

    def _label(self, slots: Sequence[_Slot], spot: Spot) -> bool:
        """Keep what stands right of a label, or below one that has nothing to its right."""
        answered = False
        for slot in slots:
            key = self._asked.pop(slot.column, None)
            if key and not slot.continued and _label_of(slot.text) is None:
                self.form.labels.setdefault(key, (strip(slot.text), spot))
                answered = True
        fresh = [slot for slot in slots if not slot.continued]
        for position, slot in enumerate(fresh):
            title, inside = _labelled(slot.text)
            key = _label_of(title)
            if key is None:
                continue
            answered = True
            texts = [inside] if inside else _up_to_label(fresh[position + 1 :])
            if texts is None:
                self._asked[slot.column] = key
            else:
                self.form.labels.setdefault(key, ("\n".join(filter(None, texts)), spot))
        return answered


def _label_of(text: str) -> str | None:
    return meaning("labels", text) if len(squeeze(text)) <= _LONGEST_LABEL else None


def _labelled(text: str) -> tuple[str, str]:
    """Split 「项目名称：某某经费」 in one cell; the second is "" where a cell holds nothing but a label."""
    match = _LABELLED.match(text)
    return (match[1], strip(match[2])) if match else (text, "")


def _up_to_label(following: Sequence[_Slot]) -> list[str] | None:
    """Return the texts up to the next label; None where one follows at once, or nothing does: they stand below."""
    texts: list[str] = []
    for slot in following:
        if _label_of(_labelled(slot.text)[0]):
            break
        texts.append(strip(slot.text))
    return texts or None


def _rows(table: Table) -> list[list[_Slot]]:
    """Return the cells of each row, those that continue the one above with its text."""
    above: dict[int, str] = {}
    rows = []
    for row in table.rows:
        slots = []
        for cell in row:
            text = above.get(cell.column, "") if cell.continued else cell.text
            above[cell.column] = text
            slots.append(_Slot(text, cell.column, cell.continued))
        rows.append(slots)
    return rows


# ---------------------------------------------------------------- rows of heads


def _meanings(section: str, slots: Sequence[_Slot]) -> dict[int, str]:
    """Return what each column of a row of heads stands for; of two that say the same, the first, or the last."""
    found: dict[int, str] = {}
    for slot in slots:
        key = meaning(section, slot.text) if len(squeeze(slot.text)) <= _LONGEST_HEAD and not slot.continued else None
        if key in _LAST_COUNTS:
            found = {column: other for column, other in found.items() if other != key}
        if key and key not in found.values():
            found[slot.column] = key
    return found


def _joined(upper: Mapping[int, str], own: Mapping[int, str]) -> dict[int, str]:
    """Return two rows of heads as one: what the second says, and what the first says of the columns left."""
    left = {column: key for column, key in upper.items() if key not in own.values() and column not in own}
    return left | dict(own)


def _is_complete(known: set[str]) -> bool:
    return bool(known & {*_LEVELS} and known & {"target", "actual", "nature", "full_marks", "awarded"})


def _is_second_row(slots: Sequence[_Slot]) -> bool:
    """Tell whether a row below heads is one itself: what is fresh in it are titles of columns."""
    fresh = [slot.text for slot in slots if not slot.continued and squeeze(slot.text)]
    return bool(fresh) and all(meaning("columns", text) or meaning("subheads", text) for text in fresh)


def _is_of_system(values: Mapping[str, str]) -> bool:
    """Tell whether a row is one of an indicator system (决策, 过程 …) that has its scores, though it has targets too."""
    scored = "awarded" in values and "full_marks" in values
    return scored and patterns("ends")["system"].search(fold(values.get("level1", ""))) is not None


# ---------------------------------------------------------------- values


def _without_marks(name: str) -> tuple[str, str]:
    """Split 「决策程序（6分）」 into the name and the marks, "" where it has none."""
    match = _MARKS_OF_NAME.search(plain_digits(name))
    return (squeeze(name[: match.start()]), match[1]) if match else (squeeze(name), "")


def _indicator_key(key: str) -> str:
    """On a 自评表 分值 is the weight."""
    return "weight" if key == "full_marks" else key


def _split_target(values: Mapping[str, str]) -> dict[str, str]:
    """Split 「≥50个」 into 指标性质, 指标值 and 度量单位, as the central form joins them.

    What cannot be told for sure stays blank: 「50个」 may be ＝ or ≥. The unit is taken from the actual too.
    """
    if "nature" in values or "unit" in values:
        return {}
    target, actual = squeeze(values.get("target") or ""), squeeze(values.get("actual") or "")
    read = read_quantity(target)
    if read.value is None:
        return {"nature": "定性"} if target and not re.search(r"\d", halfwidth(target)) else {}
    figure = re.search(r"\d[\d,，]*(?:\.\d+)?", halfwidth(target))
    split = {"nature": read.nature, "target": figure[0].replace(",", "") if figure else target, "unit": read.unit}
    behind = _UNIT_BEHIND.match(halfwidth(actual))
    if behind and read.unit and canonical_unit(behind[2]) == canonical_unit(read.unit):
        split["actual"] = behind[1]
    return split


def _is_amount(text: str) -> bool:
    return squeeze(text) in NOTHING or read_quantity(strip(text), standard.MONEY_UNITS[0]).value is not None


def _are_amounts(slots: Sequence[_Slot]) -> bool:
    """Tell whether what stands right of a source are its amounts: one of them at least, or nothing at all."""
    return not any(squeeze(slot.text) for slot in slots) or any(
        squeeze(slot.text) and _is_amount(slot.text) for slot in slots
    )


def _money_unit(text: str) -> str:
    match = _MONEY_UNIT.search(squeeze(text))
    return match[1] if match else ""


def _in_wan(text: str) -> str:
    """Return an amount typed in 元 as one in 万元; what is no figure, or has its own unit, as it is."""
    read = read_quantity(text)
    if read.value is None or (read.unit and is_money_unit(read.unit)):
        return text
    return plain(to_wan(read.value, standard.MONEY_UNITS[1]))
