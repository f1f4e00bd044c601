"""The tables of a batch: what all its workbooks hold, sheet by sheet, each row with its workbook and Excel row.

Row identity is assigned once, at the door: `row` is the Excel row, and no code computes it again. A cell is named by
`Table.place`, from the layout that the reader found in that workbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perf_excel.findings import Finding, Place
from perf_excel.names import unit_of
from perf_excel.workbook.cells import join_cells
from perf_excel.workbook.probe import Probe
from perf_excel.workbook.types import Sheet, Stage

if TYPE_CHECKING:
    import pandas as pd

    from perf_excel.workbook.archive import Package


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a sheet stand in one workbook.

    Attributes:
        title: the sheet's title as it stands there.
        header_row: Excel row of the column titles.
        letters: column letter by column key; a missing column is not in it.
        key_rows: Excel rows by 指标编号 of rows that hold nothing but pre-printed keys.
    """

    title: str
    header_row: int
    letters: dict[str, str]
    key_rows: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Source:
    """One workbook of the batch.

    Attributes:
        index: its number in the batch.
        path, digest: the file and the SHA-256 of its bytes.
        problem: "" or why it could not be used at all.
        settings: values of 参数 by key, defaults filled in.
        typed_settings: the same as typed.
        setting_cells: the cell of each setting.
        exceptions: lines of 参数 that name findings which may stay: cell and text.
        layouts: by sheet key.
        package: its stored parts, until they have been asked what stands behind cells.
        probes: what stands behind cells that look blank, by (sheet title, cell).
    """

    index: int
    path: Path
    digest: str
    problem: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    typed_settings: dict[str, Any] = field(default_factory=dict)
    setting_cells: dict[str, str] = field(default_factory=dict)
    exceptions: list[tuple[str, str]] = field(default_factory=list)
    layouts: dict[str, Layout] = field(default_factory=dict)
    package: Package | None = None
    probes: dict[tuple[str, str], Probe] = field(default_factory=dict)

    @property
    def stage(self) -> Stage:
        """填报阶段 in force."""
        return Stage(self.settings["stage"])

    @property
    def unit_name(self) -> str:
        """单位名称, or the input's name where it is blank."""
        return self.settings.get("unit_name") or unit_of(self.path)


@dataclass(slots=True)
class Table:
    """All rows of one sheet over the batch.

    Attributes:
        sheet: its declaration.
        values: `workbook`, `row`, then a column by key: what the program works with, None where blank or unreadable.
        raw: the same rows and keys as typed, None where blank.
    """

    sheet: Sheet
    values: pd.DataFrame
    raw: pd.DataFrame
    sources: list[Source]
    _columns: dict[str, list[Any]] = field(default_factory=dict)
    _typed: dict[str, list[Any]] = field(default_factory=dict)
    _of_projects: bool = False

    def __post_init__(self) -> None:
        self._of_projects = "project_no" in self.values

    def __len__(self) -> int:
        return len(self.values)

    def column(self, key: str) -> list[Any]:
        """Return a column of `values` as a list, for reading row by row."""
        known = self._columns.get(key)
        if known is None:
            known = self._columns[key] = self.values[key].tolist()
        return known

    def typed_column(self, key: str) -> list[Any]:
        """Return a column of `raw` as a list."""
        known = self._typed.get(key)
        if known is None:
            known = self._typed[key] = self.raw[key].tolist()
        return known

    def rows(self, *keys: str) -> Iterator[tuple[Any, ...]]:
        """Walk over the rows of `values`, with the columns asked for."""
        return zip(*(self.column(key) for key in keys), strict=True)

    def records(self, *, typed: bool = False) -> list[dict[str, Any]]:
        """Return the rows of `values`, or of `raw`, as dictionaries."""
        keys = [str(key) for key in (self.raw if typed else self.values)]
        read = self.typed_column if typed else self.column
        return [dict(zip(keys, row, strict=True)) for row in zip(*map(read, keys), strict=True)]

    def get(self, index: int, key: str) -> Any:
        """Return one value."""
        return self.column(key)[index]

    def typed(self, index: int, key: str) -> Any:
        """Return one cell as typed."""
        return self.typed_column(key)[index]

    def put(self, index: int, key: str, shown: Any, value: Any = None) -> None:
        """Take what a cell shows for what was typed there, and its reading (the same, where that comes later)."""
        self.raw.at[index, key] = shown
        self.values.at[index, key] = shown if value is None else value
        self._columns.clear()
        self._typed.clear()

    def keep(self, rows: pd.Series[bool]) -> None:
        """Drop all rows but these."""
        self.values = self.values[rows].reset_index(drop=True)
        self.raw = self.raw[rows].reset_index(drop=True)
        self._columns.clear()
        self._typed.clear()

    def cell(self, index: int, key: str) -> str | None:
        """Return the cell (`H5`) of a row's column, None where that workbook has no such column."""
        layout = self.sources[self.get(index, "workbook")].layouts[self.sheet.key]
        letter = layout.letters.get(key)
        return f"{letter}{self.get(index, 'row')}" if letter else None

    def place(self, index: int, *keys: str) -> Place:
        """Return the place of one or several cells of a row; without `keys`, of its first column."""
        cells = [cell for key in keys or (self.sheet.read_columns[0].key,) if (cell := self.cell(index, key))]
        return self.place_of_cells(index, cells)

    def column_place(self, indexes: Iterable[int], key: str) -> Place:
        """Return the place of one column over several rows of a project."""
        rows = list(indexes)
        return self.place_of_cells(rows[0], [cell for row in rows if (cell := self.cell(row, key))])

    def place_of_cells(self, index: int, cells: list[str]) -> Place:
        """Return a place of the row's workbook and project from cells already named."""
        workbook = self.get(index, "workbook")
        number = self.get(index, "project_no") if self._of_projects else None
        layout = self.sources[workbook].layouts[self.sheet.key]
        return Place(workbook, layout.title, join_cells(cells), number if isinstance(number, int) else None)


@dataclass(slots=True)
class Batch:
    """The workbooks of one pass and their tables.

    Attributes:
        tables: by sheet key.
        findings: what reading alone has found.
    """

    sources: list[Source]
    tables: dict[str, Table]
    findings: list[Finding]

    def usable(self) -> list[Source]:
        """Return the workbooks that could be read."""
        return [source for source in self.sources if not source.problem]
