"""The tables of a report: 自评表 with its indicators and money, and a 打分表 with a column of scores.

Forms differ from office to office, and rows or heads of published ones are cut. So a row of indicators is known by its
指标性质, what stands to the left and right of it by the order of the official form, and heads help where they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from perf_excel.audit.document import Table
from perf_excel.audit.lexicon import meaning, patterns
from perf_excel.audit.outline import PlacedTable, Spot
from perf_excel.numbers import read_nature, read_quantity
from perf_excel.text import fold, squeeze, strip

#: Right of 指标性质, as 《专项预算项目绩效目标完成情况自评表》 has it.
_AFTER_NATURE = ("target", "unit", "weight", "actual", "awarded", "reason")
_LEVELS = ("level1", "level2", "level3")
_AMOUNTS = ("initial", "budget", "allocated", "received", "executed")
_LEAST_HEADS = 3
_CODE_AND_NAME = re.compile(r"^(\d{6}\d{2}[A-Z]\d{12})\s*[-—－_\s]?\s*(.+)$", re.DOTALL)


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
        funds: rows with source and amounts.
        total: the row 合计 or 总分, if any.
        spot: where the table begins.
    """

    spot: Spot
    labels: dict[str, tuple[str, Spot]] = field(default_factory=dict)
    indicators: list[Row] = field(default_factory=list)
    funds: list[Row] = field(default_factory=list)
    total: Row | None = None


@dataclass(slots=True)
class Tables:
    """What all tables of a report hold: forms, rows of a 打分表, and money outside of forms."""

    forms: list[Form] = field(default_factory=list)
    scorecard: list[Row] = field(default_factory=list)
    funds: list[Row] = field(default_factory=list)


def read_tables(placed: Sequence[PlacedTable]) -> Tables:
    """Read every table of a report; those that are none of ours are left alone."""
    found = Tables()
    for table in placed:
        reader = _TableReader(table)
        form = reader.read()
        found.scorecard += reader.scorecard
        if form.indicators or len(form.labels) > 1:
            before = found.forms[-1] if found.forms else None
            if (
                before is not None
                and not ("name" in form.labels and "name" in before.labels)
                and not (before.indicators and form.indicators)
            ):
                _join(before, form)
            else:
                found.forms.append(form)
        else:
            found.funds += form.funds
    return found


def _join(first: Form, second: Form) -> None:
    """A form that the report's author cut into two tables is one form."""
    first.labels = {**second.labels, **first.labels}
    first.indicators += second.indicators
    first.funds += second.funds
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
        self._heads: dict[int, str] = {}
        self._kind = ""
        self._asked: dict[int, str] = {}
        self._before: dict[str, str] = {}

    def read(self) -> Form:
        for number, slots in enumerate(_rows(self.placed.table)):
            if slots:
                self._row(slots, self.placed.spot(number))
        return self.form

    def _row(self, slots: Sequence[_Slot], spot: Spot) -> None:
        natures = [slot for slot in slots if read_nature(slot.text)]
        if self._head(slots):
            self._asked = {}
        elif natures and self._kind != "scorecard":
            self._indicator(slots, natures[0], spot)
        elif self._ending(slots, spot) or self._money(slots, spot) or self._label(slots, spot):
            pass
        elif self._kind:
            self._data(slots, spot)

    # ------------------------------------------------------------ heads

    def _head(self, slots: Sequence[_Slot]) -> bool:
        heads = _meanings("columns", slots)
        known = set(heads.values())
        if len(known) >= _LEAST_HEADS and known & {*_LEVELS} and known & {"target", "actual", "nature", "full_marks"}:
            self._heads, self._before = heads, {}
            self._kind = "indicators" if known & {"target", "actual", "nature"} else "scorecard"
            return True
        money = _meanings("money", slots)
        if len(set(money.values()) & set(_AMOUNTS)) > 1:
            # The rest of such a head are the columns of rate, weight and score of 预算执行率.
            self._heads, self._kind = {**heads, **money}, "funds"
            return True
        return False

    # ------------------------------------------------------------ indicators

    def _indicator(self, slots: Sequence[_Slot], nature: _Slot, spot: Spot) -> None:
        left = [slot for slot in slots if slot.column < nature.column]
        right = [slot for slot in slots if slot.column > nature.column]
        values = dict(zip(reversed(_LEVELS), (strip(slot.text) for slot in reversed(left)), strict=False))
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

    def _data(self, slots: Sequence[_Slot], spot: Spot) -> None:
        values: dict[str, str] = {}
        for slot in slots:
            key = self._heads.get(slot.column)
            if key and (not slot.continued or key in (*_LEVELS, "category")):
                values.setdefault(key, strip(slot.text))
        if self._kind == "indicators" and values.get("level3") and (values.get("target") or values.get("actual")):
            self._add({_indicator_key(key): text for key, text in values.items()} | _split_target(values), spot)
        elif self._kind == "scorecard" and read_quantity(values.get("full_marks") or "").value is not None:
            names = [text for key in ("level3", "level2", "level1") if (text := values.get(key))]
            if names:
                self.scorecard.append(Row(values | {"name": names[0]}, spot))

    def _ending(self, slots: Sequence[_Slot], spot: Spot) -> bool:
        """Leave out 合计, 预算执行率 …; the total is kept."""
        first = fold(slots[0].text) if slots else ""
        if self._kind == "funds" or not patterns("ends")["rows"].search(first):
            return False
        if self._kind == "indicators" and re.match("合计|总分|总计", first):
            values = {key: strip(slot.text) for slot in slots if (key := self._heads.get(slot.column))}
            self.form.total = self.form.total or Row(values, spot)
        return bool(self._kind)

    # ------------------------------------------------------------ money and labels

    def _money(self, slots: Sequence[_Slot], spot: Spot) -> bool:
        """Keep a row of money: below heads of amounts, or a source with one amount beside it."""
        for position, slot in enumerate(slots):
            source = meaning("sources", slot.text) if len(squeeze(slot.text)) <= 20 else None
            if source is None:
                continue
            if self._kind == "funds":
                values = {key: strip(s.text) for s in slots if (key := self._heads.get(s.column)) and s is not slot}
                self.form.funds.append(Row(values | {"source": source}, spot))
                return True
            following = slots[position + 1 :]
            plain = self._kind == "" and re.search("总额|财政拨款|资金", slot.text) is not None
            if plain and following and (not squeeze(following[0].text) or _is_amount(following[0].text)):
                self.form.funds.append(Row({"source": source, "budget": strip(following[0].text)}, spot))
                return True
        return False

    def _label(self, slots: Sequence[_Slot], spot: Spot) -> bool:
        """Keep what stands right of a label, or below one that has nothing to its right."""
        answered = False
        for slot in slots:
            key = self._asked.pop(slot.column, None)
            if key and not slot.continued and meaning("labels", slot.text) is None:
                self.form.labels.setdefault(key, (strip(slot.text), spot))
                answered = True
        fresh = [slot for slot in slots if not slot.continued]
        for position, slot in enumerate(fresh):
            key = meaning("labels", slot.text) if len(squeeze(slot.text)) <= 25 else None
            if key is None:
                continue
            answered = True
            following = fresh[position + 1 :]
            if following and meaning("labels", following[0].text) is None:
                texts = []
                for other in following:
                    if meaning("labels", other.text):
                        break
                    texts.append(strip(other.text))
                self.form.labels.setdefault(key, ("\n".join(filter(None, texts)), spot))
            else:
                self._asked[slot.column] = key
        return answered


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


def _meanings(section: str, slots: Sequence[_Slot]) -> dict[int, str]:
    """Return what each column of a row of heads stands for; of two that say the same, the first."""
    found: dict[int, str] = {}
    for slot in slots:
        key = meaning(section, slot.text) if len(squeeze(slot.text)) <= 20 and not slot.continued else None
        if key and key not in found.values():
            found[slot.column] = key
    return found


def _indicator_key(key: str) -> str:
    """On a 自评表 分值 is the weight."""
    return "weight" if key == "full_marks" else key


def _split_target(values: dict[str, str]) -> dict[str, str]:
    """Split 「≥50个」 into 指标性质, 指标值 and 度量单位, as the central form joins them."""
    if values.get("nature") or values.get("unit"):
        return {}
    read = read_quantity(values.get("target") or "")
    if read.value is None:
        return {"nature": "定性"} if values.get("target") else {}
    target = squeeze(values["target"])
    figure = re.search(r"\d[\d,，]*(?:\.\d+)?", fold(target))
    unit = read.unit or ""
    return {"nature": read.nature or "＝", "target": figure[0].replace(",", "") if figure else target, "unit": unit}


def _is_amount(text: str) -> bool:
    return read_quantity(strip(text), "万元").value is not None
