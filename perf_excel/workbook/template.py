"""Write the sheets of the standard workbook from the declaration: blank, or filled from tables.

The blank template, the shipped sample and the input sheets of a 报送件 all come from here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from perf_excel.book import Book, formula, height, merge, put, table_page, validate
from perf_excel.kinds import Choice, Day, Validation, as_text
from perf_excel.names import column_letter
from perf_excel.numbers import plain, read_quantity
from perf_excel.workbook import standard
from perf_excel.workbook.guide import write_guide
from perf_excel.workbook.types import Column, Required, Sheet

_DATA = Path(__file__).parent.parent / "data"
_LINE = "#BFBFBF"
_MUST, _MAY, _LOOKUP = "#FFE699", "#DDEBF7", "#D9D9D9"
_GREY: dict[str, Any] = {"font_color": "#808080", "bg_color": "#F2F2F2"}
_FIRST = standard.FIRST_ROW - 1  # XlsxWriter counts from 0
_PROJECTS_IN_LINE = 50
_HIGHEST = 150

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """What the input sheets hold, as typed: settings by key, rows by sheet key."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)


def blank_template() -> bytes:
    """Return the blank standard workbook."""
    return write_filled(Content())


def sample() -> bytes:
    """Return the shipped sample workbook."""
    return write_filled(sample_content())


def complete_sample() -> bytes:
    """Return the second sample: three projects of an office that does not exist, filled in completely."""
    return write_filled(sample_content("fictitious"))


def sample_content(name: str = "sample") -> Content:
    """Return what a sample holds; `sample` has four real projects of 2024, gaps and wrong sums as published."""
    data = json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))
    return Content(data.pop("settings"), data)


def write_filled(content: Content) -> bytes:
    """Return a standard workbook with this content and room for more."""
    book = Book()
    write_guide(book)
    write_inputs(book, content, room=True)
    return book.close()


@lru_cache(maxsize=1)
def criteria() -> tuple[dict[str, Any], ...]:
    """Return the shipped 指标体系."""
    return tuple(json.loads((_DATA / "criteria.json").read_text(encoding="utf-8")))


def write_inputs(book: Book, content: Content, *, room: bool) -> None:
    """Write the input sheets and the hidden sheets behind them.

    Args:
        book: where to.
        content: what they hold.
        room: prepare empty rows to fill in; without, only the rows of `content` are written.
    """
    _write_settings(book, content.settings)
    for sheet in standard.TABLE_SHEETS:
        rows = content.rows.get(sheet.key)
        if rows is None:
            rows = criteria() if sheet is standard.CRITERIA else ()
        _write_sheet(book, sheet, rows, content, room=room)
    _write_lists(book)
    meta = book.sheet(standard.META_SHEET)
    put(meta, 0, 0, standard.WORKBOOK_KIND, None)
    put(meta, 0, 1, standard.WORKBOOK_VERSION, None)
    meta.very_hidden()


def _write_settings(book: Book, settings: Mapping[str, Any]) -> None:
    sheet = standard.SETTINGS_SHEET
    x = book.sheet(sheet.title)
    _page(x, sheet)
    merge(x, (0, 0), (0, 2), sheet.intro, book.format(text_wrap=True, font_color="#404040"))
    x.set_row(0, 30)
    titles = (*(column.title for column in sheet.columns), "说明")
    for position, (title, width) in enumerate(zip(titles, (18, 40, 60), strict=True)):
        x.set_column(position, position, width)
        put(
            x,
            1,
            position,
            title,
            book.format(bold=True, align="center", border=1, border_color=_LINE, bg_color=_MAY),
        )
    for offset, setting in enumerate(standard.SETTINGS):
        row = _FIRST + offset
        colour = _MUST if setting.required is Required.ALWAYS else _MAY
        put(x, row, 0, setting.title, book.format(border=1, border_color=_LINE, bg_color=colour))
        value = settings.get(setting.key)
        shown = Day().number_format if isinstance(value, date) else setting.kind.number_format
        put(x, row, 1, value, book.format(border=1, border_color=_LINE, align="left", num_format=shown))
        note = f"{setting.hint}例如：{setting.example}"
        put(x, row, 2, note, book.format(border=1, border_color=_LINE, font_color="#7F7F7F", text_wrap=True))
        _validate(x, setting, row, row, 1)
    line = book.format(border=1, border_color=_LINE, align="left", text_wrap=True)
    for row, text in enumerate(settings.get(standard.EXCEPTIONS.key, ()), start=_FIRST + len(standard.SETTINGS)):
        put(x, row, 0, standard.EXCEPTIONS.title, line)
        put(x, row, 1, text, line)


def _write_sheet(book: Book, sheet: Sheet, rows: Sequence[Row], content: Content, *, room: bool) -> None:
    x = book.sheet(sheet.title)
    _page(x, sheet)
    _write_head(book, x, sheet, content)
    last = max(len(rows), sheet.room if room else 0)
    shown = _Shown(content) if any(column.lookup for column in sheet.columns) else None
    wrapped = [column for column in sheet.columns if column.kind.align == "left" and not column.lookup]
    for offset, filled in enumerate(rows):
        texts = [(filled.get(column.key), column.width) for column in wrapped]
        x.set_row(_FIRST + offset, height(texts, most=_HIGHEST))
    for position, column in enumerate(sheet.columns):
        cells = book.format(
            border=1,
            border_color=_LINE,
            align=column.kind.align,
            text_wrap=column.kind.align == "left" and not column.lookup,
            num_format=column.kind.number_format,
            **(_GREY if column.lookup else {}),
        )
        x.set_column(position, position, column.width)
        for offset in range(last):
            row = _FIRST + offset
            value = rows[offset].get(column.key) if offset < len(rows) else _preprinted(sheet, column, offset)
            if column.lookup:
                number = rows[offset].get("indicator_no") if offset < len(rows) else None
                cached = shown.value(column.lookup, number) if shown and number else ""
                formula(x, row, position, _lookup(column.lookup, row + 1), cells, cached)
            elif isinstance(value, date):
                put(x, row, position, value, book.format(border=1, border_color=_LINE, num_format=Day().number_format))
            else:
                put(x, row, position, value, cells)
        if last:
            _validate(x, column, _FIRST, _FIRST + last - 1, position)


def _write_head(book: Book, x: Any, sheet: Sheet, content: Content) -> None:
    """Row 1 says what the sheet takes, and on 绩效指标 the weights so far; row 2 has the titles, coloured by duty."""
    intro = book.format(text_wrap=True, font_color="#404040")
    edge = len(sheet.columns) - 1
    if sheet is standard.INDICATORS:
        split = sheet.position("level3")
        merge(x, (0, 0), (0, split), sheet.intro, intro)
        live = book.format(text_wrap=True, bold=True, font_color="#1F4E78")
        x.merge_range(0, split + 1, 0, edge, "", live)
        formula(x, 0, split + 1, _weights_line(), live, _weights_shown(content))
    else:
        merge(x, (0, 0), (0, min(edge, 10)), sheet.intro, intro)
    x.set_row(0, 36)
    x.set_row(1, 32)
    for position, column in enumerate(sheet.columns):
        colour = _LOOKUP if column.lookup else _MUST if column.required is Required.ALWAYS else _MAY
        head = book.format(bold=True, align="center", text_wrap=True, border=1, border_color=_LINE, bg_color=colour)
        put(x, 1, position, column.title, head)
    x.freeze_panes(_FIRST, sheet.frozen)


def _page(x: Any, sheet: Sheet) -> None:
    table_page(x)
    x.repeat_rows(0, 1)
    x.hide_gridlines(0)


def _preprinted(sheet: Sheet, column: Column, offset: int) -> Any:
    """Return what the template prints into a row that nobody has filled yet."""
    if not column.preprinted and sheet is not standard.SCORECARD:
        return None
    if sheet is standard.SCORECARD:
        lines = _scorecard_lines()
        return lines[offset].get(column.key) if offset < len(lines) else None
    if column.key == "project_no":
        return offset + 1
    return f"ZB{offset + 1:03d}" if column.key == "indicator_no" else None


@lru_cache(maxsize=1)
def _scorecard_lines() -> tuple[dict[str, Any], ...]:
    """The lines of 评价打分 for the first projects: 通用指标 whole, the others to be chosen."""
    lines: list[dict[str, Any]] = [
        {key: row[key] for key in ("category", "level1", "level2", "full_marks") if key in row}
        for row in criteria()
        if row["category"] == standard.CATEGORIES[0]
    ]
    for name, count in standard.SCORECARD_OPEN_LINES.items():
        lines += [{"category": name}] * count
    numbers = range(1, standard.SCORECARD_PROJECTS + 1)
    return tuple({"project_no": number, **line} for number in numbers for line in lines)


# ---------------------------------------------------------------- look-ups and the line of weights


def _column(sheet: Sheet, key: str) -> str:
    letter = column_letter(sheet.position(key))
    return f"{sheet.title}!${letter}:${letter}"


def _lookup(path: str, row: int) -> str:
    """Return the formula of a grey look-up by 指标编号 in column A."""
    indicators, projects = standard.INDICATORS, standard.PROJECTS
    match = f"MATCH($A{row},{_column(indicators, 'indicator_no')},0)"
    if ">" in path:
        link, key = path.split(">")
        number = f"INDEX({_column(indicators, link)},{match})"
        inner = f"INDEX({_column(projects, key)},MATCH({number},{_column(projects, link)},0))"
        return f'IFERROR({inner}&"","")'
    *first, last = path.split("|")
    inner = f'INDEX({_column(indicators, last)},{match})&""'
    for key in reversed(first):
        cell = f"INDEX({_column(indicators, key)},{match})"
        inner = f'IF({cell}&""="",{inner},{cell}&"")'
    return f'IFERROR({inner},"")'


class _Shown:
    """What the grey look-ups show, for their cached values."""

    def __init__(self, content: Content) -> None:
        self._indicators = {
            _lower(row.get("indicator_no")): row for row in reversed(content.rows.get("indicators", ()))
        }
        self._projects = {_lower(row.get("project_no")): row for row in reversed(content.rows.get("projects", ()))}

    def value(self, path: str, number: Any) -> str:
        """Return what the look-up along `path` shows for an indicator."""
        row = self._indicators.get(_lower(number), {})
        if ">" in path:
            link, key = path.split(">")
            found = self._projects.get(_lower(row.get(link)), {}).get(key)
        else:
            found = next((value for key in path.split("|") if (value := row.get(key)) is not None), None)
        return "" if found is None else as_text(found)


def _lower(key: Any) -> Any:
    """Return a key as MATCH compares it: text without regard to case, figures as figures."""
    return key.casefold() if isinstance(key, str) else key


def _weights_line() -> str:
    """Return the live line 「项目1＝90　项目2＝85」 on 绩效指标."""
    indicators = standard.INDICATORS
    number, weight = (
        "$" + "$".join([letter, ":"]) + f"${letter}"
        for letter in (column_letter(indicators.position(key)) for key in ("project_no", "weight"))
    )
    number, weight = number.replace("$:", ":"), weight.replace("$:", ":")
    terms = "&".join(
        f'IF(COUNTIF({number},{n})=0,"","项目{n}＝"&SUMIF({number},{n},{weight})&"　")'
        for n in range(1, _PROJECTS_IN_LINE + 1)
    )
    return f'"权重合计："&{terms}'


def _weights_shown(content: Content) -> str:
    sums: dict[int, Any] = {}
    for row in content.rows.get("indicators", ()):
        number, weight = row.get("project_no"), row.get("weight")
        if isinstance(number, (int, float)) and isinstance(weight, (int, float)):
            value = read_quantity(weight).value
            sums[int(number)] = sums.get(int(number), 0) + (value or 0)
    return "权重合计：" + "".join(
        f"项目{number}＝{plain(total)}　" for number, total in sorted(sums.items()) if number <= _PROJECTS_IN_LINE
    )


# ---------------------------------------------------------------- drop-downs, hints, lists


def _validate(x: Any, column: Column, first_row: int, last_row: int, position: int) -> None:
    """Offer what the column's kind lets through, with the column's hint."""
    if column.lookup or (column.preprinted and column.key == "name"):
        return
    options: dict[str, Any] = {"validate": "any"}
    rule = column.kind.validation()
    if rule is not None:
        hint = column.hint or f"{column.kind.takes}。"
        options = _rule(rule, first_row) | {
            "error_title": "请检查",
            "error_message": f"{column.title}：{hint}{rule.words}"[:250],
            "error_type": "stop" if rule.strict else "warning",
        }
    if column.hint:
        example = f"例如：{column.example}" if column.example else ""
        options |= {"input_title": column.title[:31], "input_message": f"{column.hint}{example}"[:250]}
    if len(options) > 1:
        validate(x, (first_row, position), (last_row, position), options)


#: XlsxWriter's names of the validations that have bounds.
_BOUNDED = {"decimal": "decimal", "whole": "integer", "date": "date"}


def _rule(rule: Validation, first_row: int) -> dict[str, Any]:
    if rule.type == "list":
        letter = column_letter(standard.INDICATORS.position("level1"))
        return {"validate": "list", "source": "=" + rule.source.format(level1=f"${letter}{first_row + 1}")}
    if rule.type == "textLength":
        return {"validate": "length", "criteria": "<=", "value": rule.high}
    return {"validate": _BOUNDED[rule.type], "criteria": "between", "minimum": str(rule.low), "maximum": str(rule.high)}


def lists() -> dict[str, tuple[str, ...]]:
    """Return every drop-down list by its defined name."""
    found: dict[str, tuple[str, ...]] = {}
    for column in (
        *standard.SETTINGS,
        *(column for sheet in standard.TABLE_SHEETS for column in sheet.columns),
    ):
        if isinstance(column.kind, Choice) and not column.kind.source:
            found[f"列表_{column.kind.list_name}"] = column.kind.options
    for level1, names in standard.LEVELS.items():
        found[f"二级_{level1}"] = names
    found["二级_全部"] = standard.SECOND_LEVELS
    return found


def _write_lists(book: Book) -> None:
    x = book.sheet(standard.LISTS_SHEET)
    for position, (name, words) in enumerate(lists().items()):
        put(x, 0, position, name, None)
        for offset, word in enumerate(words, start=1):
            put(x, offset, position, word, None)
        letter = column_letter(position)
        if book.x.define_name(name, f"={standard.LISTS_SHEET}!${letter}$2:${letter}${len(words) + 1}"):
            raise RuntimeError(f"not a defined name: {name}")
    x.hide()
