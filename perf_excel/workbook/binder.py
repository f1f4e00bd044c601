"""Bind raw sheets to the declaration: columns found by title, rows kept with their place, cells read by their kinds.

What reading alone shows is a finding here (S01–S04, S09, and what a kind says of a cell); everything that needs other
rows is a check.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

import pandas as pd

from perf_excel.catalogue import READ_PROBLEMS
from perf_excel.findings import Finding, Place, Severity, finding
from perf_excel.kinds import Choice, Kind, ProjectNo, Prose, Reading, as_text
from perf_excel.names import column_letter
from perf_excel.numbers import says_nothing
from perf_excel.text import fold, halfwidth, is_error, shorten, squeeze, strip
from perf_excel.workbook import standard
from perf_excel.workbook.cells import column_number, runs, say_rows
from perf_excel.workbook.reader import RawSheet, RawWorkbook
from perf_excel.workbook.tables import Batch, Layout, Source, Table
from perf_excel.workbook.types import Column, Gaps, Required, Sheet, Stage

#: Folded titles of all sheets that are read.
WANTED = frozenset(fold(title) for title in [*(s.title for s in standard.SHEETS), standard.META_SHEET])

_HEADER_DEPTH = 12
_DEFAULTS = {
    "stage": Stage.SELF_EVALUATION.value,
    "money_unit": standard.MONEY_UNITS[0],
    "rules": standard.DEFAULT_RULES,
    "form": standard.DEFAULT_FORM,
}
_CONTENT_OF_SCORECARD = ("awarded", "evidence", "reason")


def bind(raws: Sequence[RawWorkbook]) -> Batch:
    """Bind the workbooks of a batch; one that cannot be used leaves one finding and no rows."""
    findings: list[Finding] = []
    sources = [Source(index, raw.path, raw.digest, raw.problem, package=raw.package) for index, raw in enumerate(raws)]
    columns: dict[str, dict[str, list[Any]]] = {
        sheet.key: {"workbook": [], "row": [], **{column.key: [] for column in sheet.read_columns}}
        for sheet in standard.TABLE_SHEETS
    }
    for source, raw in zip(sources, raws, strict=True):
        if not raw.problem and not _is_ours(raw):
            source.problem = "foreign"
        if source.problem:
            findings.append(_unusable(source, raw))
            continue
        findings += _bind_settings(source, raw)
        for sheet in standard.TABLE_SHEETS:
            findings += _bind_sheet(source, sheet, raw, columns[sheet.key])
    tables: dict[str, Table] = {}
    for sheet in standard.TABLE_SHEETS:
        if sheet is standard.ACTUALS:
            columns[sheet.key]["project_no"] = _projects_of(columns[sheet.key], tables["indicators"])
        tables[sheet.key] = _read_cells(sheet, columns[sheet.key], sources, findings)
    _drop_unused_scorecard_rows(tables["scorecard"], tables["projects"])
    for source in sources:
        if not source.problem and _is_blank(source, tables):
            findings = [item for item in findings if item.workbook != source.index]
            findings.append(finding("S09", Place(source.index), name=source.path.name))
            source.problem = "blank"
    return Batch(sources, tables, findings)


def _is_ours(raw: RawWorkbook) -> bool:
    meta = raw.sheets.get(fold(standard.META_SHEET))
    if meta and any(standard.WORKBOOK_KIND in row for row in meta.rows[:3]):
        return True
    known = [sheet for sheet in standard.TABLE_SHEETS if fold(sheet.title) in raw.sheets]
    headed = [sheet for sheet in known if _header(sheet, raw.sheets[fold(sheet.title)]) is not None]
    return len(headed) >= 2


def _unusable(source: Source, raw: RawWorkbook) -> Finding:
    place, name = Place(source.index), source.path.name
    if source.problem == "foreign":
        return finding("S02", place, name=name, sheets=shorten("、".join(raw.titles), 60))
    reason, mend = READ_PROBLEMS[source.problem]
    return finding("S01", place, name=name, reason=reason, mend=mend)


def _is_blank(source: Source, tables: dict[str, Table]) -> bool:
    """Tell whether nobody has filled in anything but, perhaps, the settings."""
    keys = [sheet.key for sheet in standard.TABLE_SHEETS if sheet is not standard.CRITERIA]
    return all(source.index not in tables[key].column("workbook") for key in keys)


# ---------------------------------------------------------------- 参数


def _bind_settings(source: Source, raw: RawWorkbook) -> list[Finding]:
    sheet = standard.SETTINGS_SHEET
    source.settings = {setting.key: None for setting in standard.SETTINGS} | _DEFAULTS
    stored = raw.sheets.get(fold(sheet.title))
    if stored is None:
        return [finding("S03", Place(source.index, sheet.title), sheet=sheet.title)]
    header = _header(sheet, stored)
    if header is None:
        return [
            finding(
                "S04",
                Place(source.index, stored.title, "A1"),
                sheet=sheet.title,
                columns="参数、取值",
                guess="",
            )
        ]
    row_number, letters = header
    source.layouts[sheet.key] = Layout(stored.title, row_number, letters)
    name_at, value_at = (column_number(letters[key]) for key in ("name", "value"))
    by_title = {fold(setting.title): setting for setting in standard.SETTINGS}
    found: list[Finding] = []
    for offset, row in enumerate(stored.rows[row_number:], start=row_number + 1):
        title = fold(str(row[name_at])) if name_at < len(row) else ""
        if (
            title.rstrip("0123456789:") == fold(standard.EXCEPTIONS.title)
            and value_at < len(row)
            and not says_nothing(row[value_at])
        ):
            source.exceptions.append((f"{letters['value']}{offset}", as_text(row[value_at])))
        setting = by_title.get(title)
        if setting is None or setting.key in source.setting_cells:
            continue
        cell = f"{letters['value']}{offset}"
        source.setting_cells[setting.key] = cell
        value = _as_typed(row[value_at]) if value_at < len(row) else None
        source.typed_settings[setting.key] = value
        if says_nothing(value):
            continue
        reading = _parse(setting.kind, value, "")
        place = Place(source.index, stored.title, cell)
        if reading.code:
            found.append(_cell_finding(reading, setting, place, value))
        if reading.value is not None and not (reading.code == "S06" and setting.key in _DEFAULTS):
            source.settings[setting.key] = reading.value
    return found


# ---------------------------------------------------------------- one sheet of one workbook


def _bind_sheet(source: Source, sheet: Sheet, raw: RawWorkbook, into: dict[str, list[Any]]) -> list[Finding]:
    asked = source.stage is Stage.SELF_EVALUATION or sheet.stage is Stage.TARGETS
    stored = raw.sheets.get(fold(sheet.title))
    if stored is None:
        needed = asked and any(column.required is not Required.NO for column in sheet.columns)
        return [finding("S03", Place(source.index, sheet.title), sheet=sheet.title)] if needed else []
    header = _header(sheet, stored)
    if header is None:
        titles = "、".join(column.title for column in sheet.columns if column.required is Required.ALWAYS)
        place = Place(source.index, stored.title, f"A1:{column_letter(len(sheet.columns) - 1)}{standard.TITLE_ROW}")
        return [finding("S04", place, sheet=sheet.title, columns=titles, guess="")]
    header_row, letters = header
    layout = Layout(stored.title, header_row, letters)
    source.layouts[sheet.key] = layout
    found = _missing_columns(source, sheet, stored, layout) if asked else []
    found += _spread_merged(source, sheet, stored, layout)
    found += _collect_rows(source, sheet, stored, layout, into)
    return found


def _header(sheet: Sheet, stored: RawSheet) -> tuple[int, dict[str, str]] | None:
    """Find the row of column titles near the top: the one that has most of them, two at least."""
    best: tuple[int, dict[str, str]] | None = None
    for number, row in enumerate(stored.rows[:_HEADER_DEPTH], start=1):
        letters: dict[str, str] = {}
        for position, title in enumerate(row):
            column = sheet.by_title.get(fold(title)) if isinstance(title, str) and title else None
            if column is not None:
                letters.setdefault(column.key, column_letter(position))
        if len(letters) >= 2 and (best is None or len(letters) > len(best[1])):
            best = number, letters
    return best


def _missing_columns(source: Source, sheet: Sheet, stored: RawSheet, layout: Layout) -> list[Finding]:
    late = source.stage is Stage.SELF_EVALUATION
    asked = [column for column in sheet.read_columns if late or column.stage is Stage.TARGETS]
    missing = [column for column in asked if column.key not in layout.letters]
    if not missing:
        return []
    header = stored.rows[layout.header_row - 1]
    unknown = [str(title) for title in header if title and fold(str(title)) not in sheet.by_title]
    place = Place(
        source.index,
        stored.title,
        f"A{layout.header_row}:{column_letter(len(header) - 1)}{layout.header_row}",
    )
    found = []
    for column in missing:
        close = difflib.get_close_matches(column.title, unknown, 1, 0.4)
        guess = f"（是不是改成了“{shorten(close[0], 20)}”？）" if close else ""
        must = column.required is not Required.NO or column.preprinted
        severity = None if must else Severity.SHOULD
        found.append(finding("S04", place, severity=severity, sheet=sheet.title, columns=column.title, guess=guess))
    return found


def _spread_merged(source: Source, sheet: Sheet, stored: RawSheet, layout: Layout) -> list[Finding]:
    """Take a word merged over several rows for each of them; merged figures stay with their first row."""
    by_position = {column_number(letter): sheet.by_key[key] for key, letter in layout.letters.items()}
    found = []
    for top, bottom, left in stored.merges:
        column = by_position.get(left)
        if column is None or top < layout.header_row or not isinstance(column.kind, (ProjectNo, Choice)):
            if column is None or type(column.kind) not in (Kind, Prose) or top < layout.header_row:
                continue
        value = stored.rows[top][left] if left < len(stored.rows[top]) else ""
        if value == "":
            continue
        for row in stored.rows[top + 1 : bottom + 1]:
            if left < len(row) and row[left] == "":
                row[left] = value
        letter = layout.letters[column.key]
        place = Place(source.index, stored.title, f"{letter}{top + 1}:{letter}{bottom + 1}")
        read = f"每一行都是“{shorten(as_text(value), 20)}”（这几格合并在一起）"
        found.append(finding("C03", place, column=column.title, typed=shorten(as_text(value)), read=read))
    return found


def _collect_rows(
    source: Source, sheet: Sheet, stored: RawSheet, layout: Layout, into: dict[str, list[Any]]
) -> list[Finding]:
    """Append the rows that hold more than pre-printed keys; remember where the key-only rows stand.

    A line of totals, or the titles once more, is no row; that it was passed over is said.
    """
    found: list[Finding] = []
    present = [
        (column, column_number(layout.letters[column.key]))
        for column in sheet.read_columns
        if column.key in layout.letters
    ]
    absent = [column.key for column in sheet.read_columns if column.key not in layout.letters]
    content = [position for column, position in present if not column.preprinted]
    keys = [position for column, position in present if column.preprinted]
    take = _taker(content)
    untouched = ("",) * len(content)
    key_position = next((position for column, position in present if column.key == "indicator_no"), None)
    # Titles merged over two rows leave the lower one blank.
    head = max((bottom + 1 for top, bottom, _ in stored.merges if top < layout.header_row), default=0)
    blank: list[int] = []
    filled: list[int] = []
    for number, row in enumerate(stored.rows[layout.header_row :], start=layout.header_row + 1):
        typed = take(row)
        if typed == untouched or all(map(says_nothing, typed)):
            if key_position is not None and row[key_position] != "":
                layout.key_rows.setdefault(_key(row[key_position]), number)
            if sheet.gaps is Gaps.ALWAYS or all(says_nothing(row[at]) for at in keys):
                blank.append(number)
            continue
        passed = next((column for column, at in present if _is_no_row(sheet, column, row[at])), None)
        if passed is not None:
            cell = f"{layout.letters[passed.key]}{number}"
            said = shorten(as_text(row[column_number(layout.letters[passed.key])]))
            place, read = Place(source.index, stored.title, cell), "合计行或重复的标题行，不作为数据"
            found.append(finding("C03", place, column=passed.title, typed=said, read=read))
            continue
        filled.append(number)
        into["workbook"].append(source.index)
        into["row"].append(number)
        for column, position in present:
            into[column.key].append(_as_typed(row[position]))
        for key in absent:
            into[key].append(None)
    first = next((column for column, _ in present if not column.preprinted), None)
    if sheet.gaps is not Gaps.NEVER and first is not None:
        found += _gaps(
            Place(source.index, stored.title), layout.letters[first.key], [n for n in blank if n > head], filled
        )
    return found


def _taker(positions: Sequence[int]) -> Callable[[list[Any]], tuple[Any, ...]]:
    """Return what takes the cells at some positions out of a row."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda row: tuple(row[at] for at in positions)


def _gaps(place: Place, letter: str, blank: list[int], filled: list[int]) -> list[Finding]:
    """Say that rows were read although blank ones stand above them.

    Args:
        place: the sheet.
        letter: of the column at which the blank rows are shown.
        blank, filled: the rows without and with content.
    """
    gaps = runs(row for row in blank if filled and row < filled[-1])
    if not gaps:
        return []
    cells = ",".join(f"{letter}{top}" if top == end else f"{letter}{top}:{letter}{end}" for top, end in gaps)
    behind = next(row for row in filled if row > gaps[0][1]) if len(gaps) == 1 else None
    after = f"第{behind}行起" if behind else ""
    return [finding("C03.gap", replace(place, cell=cells), sheet=place.sheet, rows=say_rows(gaps), after=after)]


_TOTALS = frozenset({"合计", "总计", "小计", "合计：", "总计：", "合计:", "总计:"})


def _is_no_row(sheet: Sheet, column: Column, raw: Any) -> bool:
    """Tell whether a key cell says that its row is a line of totals, or the column's title once more."""
    if column.key not in ("project_no", "indicator_no") or not isinstance(raw, str):
        return False
    word = fold(raw)
    return word in _TOTALS or word == fold(column.title)


def _key(raw: Any) -> str:
    if isinstance(raw, str) and raw.isascii() and raw.isalnum():
        return raw.upper()  # as the template prints it
    return squeeze(halfwidth(as_text(raw))).upper()


def _as_typed(value: Any) -> Any:
    """Return the cell as typed; None where it holds nothing that can be seen."""
    if isinstance(value, str) and not strip(value):
        return None
    return value


# ---------------------------------------------------------------- cells of the whole batch


def _projects_of(actuals: dict[str, list[Any]], indicators: Table) -> list[Any]:
    """Return the 项目序号 of each row of 完成情况, which names only its indicator."""
    known: dict[tuple[int, Any], Any] = {}
    for workbook, number, project_no in indicators.rows("workbook", "indicator_no", "project_no"):
        known.setdefault((workbook, number), project_no)
    pairs = zip(actuals["workbook"], actuals["indicator_no"], strict=True)
    return [known.get((workbook, _key(number))) if number is not None else None for workbook, number in pairs]


def _read_cells(sheet: Sheet, typed: dict[str, list[Any]], sources: list[Source], findings: list[Finding]) -> Table:
    """Read every cell of a sheet by its kind, each distinct content once."""
    units = [source.settings.get("money_unit", "") for source in sources]
    workbooks = typed["workbook"]
    values: dict[str, list[Any]] = {"workbook": workbooks, "row": typed["row"]}
    issues: list[tuple[int, Column, Reading]] = []
    for column in sheet.read_columns:
        known: dict[Any, Reading] = {}
        read: list[Any] = []
        for index, raw in enumerate(typed[column.key]):
            if raw is None:
                read.append(None)
                continue
            content = (type(raw), raw, units[workbooks[index]])
            reading = known.get(content)
            if reading is None:
                reading = known[content] = _parse(column.kind, raw, content[2])
            read.append(reading.value)
            if reading.code:
                issues.append((index, column, reading))
        values[column.key] = read
    keys = [column.key for column in sheet.read_columns]
    if "project_no" not in keys and "project_no" in typed:
        values["project_no"] = typed["project_no"]
    table = Table(
        sheet,
        pd.DataFrame({key: pd.Series(column, dtype=object) for key, column in values.items()}),
        pd.DataFrame({key: pd.Series(typed[key], dtype=object) for key in keys}),
        sources,
    )
    table.values["workbook"] = table.values["workbook"].astype("int64")
    table.values["row"] = table.values["row"].astype("int64")
    if sheet is not standard.CRITERIA:
        findings += [
            _cell_finding(reading, column, table.place(index, column.key), typed[column.key][index])
            for index, column, reading in issues
        ]
    return table


def _parse(kind: Kind, raw: Any, unit: str) -> Reading:
    if says_nothing(raw):
        return Reading()
    if isinstance(raw, str) and is_error(strip(raw)):
        return Reading(None, "S08", {"why": f"显示为 {strip(raw)}，是公式出错的标志"})
    return kind.parse(raw, unit)


def _cell_finding(reading: Reading, column: Column, place: Place, raw: Any) -> Finding:
    fields: dict[str, Any] = {
        "column": column.title,
        "typed": shorten(as_text(raw)),
        **reading.fields,
        "example": column.example,
    }
    return finding(reading.code, place, **fields)


def _drop_unused_scorecard_rows(table: Table, projects: Table) -> None:
    """Leave out the pre-printed rows of 评价打分 that nobody means.

    A row without score, evidence or reason counts only for a project that exists, in a workbook whose office uses the
    sheet at all: then a blank score is one to be asked for.
    """
    if table.values.empty:
        return
    filled = ~table.raw[list(_CONTENT_OF_SCORECARD)].map(says_nothing).all(axis=1)
    using = set(table.values["workbook"][filled])
    using |= set(projects.values["workbook"][projects.values["declared_scorecard"].notna()])
    existing = set(projects.rows("workbook", "project_no"))
    meant = [key in existing and key[0] in using for key in table.rows("workbook", "project_no")]
    table.keep(filled | pd.Series(meant, index=table.values.index))
