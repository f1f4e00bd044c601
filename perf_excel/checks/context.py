"""What a check sees: the tables of the batch and what was measured and scored from them. Checks change nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from perf_excel.checks.lexicon import figure
from perf_excel.findings import Finding, Place
from perf_excel.kinds import Kind, Prose, as_text
from perf_excel.numbers import says_nothing
from perf_excel.rules import RuleSet
from perf_excel.scoring import IndicatorScore, Key, ProjectScore
from perf_excel.text import is_error, is_no_answer, shorten, squeeze, strip
from perf_excel.workbook import standard
from perf_excel.workbook.tables import Batch, Table
from perf_excel.workbook.types import Column, Stage


class Said(Protocol):
    """Words somewhere: where, what a clerk calls the place, (workbook, 项目序号) of the project, and the words."""

    @property
    def place(self) -> Place:
        """Where they stand."""

    @property
    def name(self) -> str:
        """What a clerk calls that place."""

    @property
    def key_of_project(self) -> tuple[int, int | None]:
        """Whose they are."""

    @property
    def said(self) -> str:
        """The words."""


@dataclass(frozen=True, slots=True)
class Text:
    """A cell that holds words.

    Attributes:
        table, index, title, key: where it stands: table, row, title and key of the column.
        key_of_project: (workbook, 项目序号) of its project; the number is None where it names none.
        chapter: on 报告内容 the chapter that it belongs to, else "".
        running: it is made of sentences.
        said: the words.
    """

    table: Table
    index: int
    title: str
    key: str
    key_of_project: tuple[int, int | None]
    chapter: str
    running: bool
    said: str

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.table.place(self.index, self.key)

    @property
    def name(self) -> str:
        """What a clerk calls it: the chapter, or the column."""
        return self.chapter or self.title


@dataclass
class Context:
    """The batch as the checks see it.

    Attributes:
        batch: tables and sources.
        scores: by (workbook, 项目序号).
        rules: the rule set of each workbook.
        forms: forms to print, standing over 参数.自评表样式.
    """

    batch: Batch
    scores: dict[Key, ProjectScore]
    rules: list[RuleSet]
    forms: tuple[str, ...] = ()

    def prints(self, workbook: int, column: Column) -> bool:
        """Tell whether a form that was chosen for the workbook prints a column of 项目信息."""
        chosen = self.forms or (self.batch.sources[workbook].settings["form"],)
        return any(form in column.forms for form in chosen)

    @cached_property
    def broken(self) -> dict[tuple[int, str | None, str | None], str]:
        """Cells whose formula failed or was never calculated, by (workbook, sheet, cell): why, in words."""
        found: dict[tuple[int, str | None, str | None], str] = {}
        for source in self.batch.usable():
            for (title, cell), behind in source.probes.items():
                if behind.error:
                    found[source.index, title, cell] = f"显示为 {behind.error}，是公式出错的标志"
                elif behind.uncalculated:
                    found[source.index, title, cell] = "里面是公式，但还没有计算过"
        return found

    @cached_property
    def lost_keys(self) -> set[int]:
        """Workbooks with a 指标编号 on 完成情况 whose formula has no result: nobody can say whose actual that is."""
        lost = set()
        for workbook, sheet, cell in self.broken:
            layout = self.batch.sources[workbook].layouts.get("actuals")
            if (
                layout
                and layout.title == sheet
                and (cell or "").rstrip("0123456789") == layout.letters.get("indicator_no")
            ):
                lost.add(workbook)
        return lost

    def table(self, key: str) -> Table:
        """Return a table by its key."""
        return self.batch.tables[key]

    @cached_property
    def evaluated(self) -> list[ProjectScore]:
        """Projects that are to be evaluated."""
        return [project for project in self.scores.values() if not project.exempt]

    @cached_property
    def reported_keys(self) -> set[Key]:
        """The same by (workbook, 项目序号)."""
        return {project.key for project in self.reported}

    @cached_property
    def reported(self) -> list[ProjectScore]:
        """Projects whose year is over: those of workbooks in 绩效自评."""
        sources = self.batch.sources
        return [project for project in self.evaluated if sources[project.workbook].stage is Stage.SELF_EVALUATION]

    @cached_property
    def rows_of_project(self) -> dict[str, dict[Key, list[int]]]:
        """Rows of each table by (workbook, 项目序号)."""
        rows: dict[str, dict[Key, list[int]]] = {}
        for key, table in self.batch.tables.items():
            if "project_no" in table.values:
                rows[key] = defaultdict(list)
                for index, (workbook, number) in enumerate(table.rows("workbook", "project_no")):
                    rows[key][workbook, number].append(index)
        return rows

    def rows(self, table: str, project: ProjectScore) -> list[int]:
        """Return the rows of a table that belong to a project."""
        return self.rows_of_project[table].get(project.key, [])

    @property
    def sentences(self) -> Sequence[Said]:
        """What is checked as official prose: the running text."""
        return self.prose

    @property
    def phrases(self) -> Sequence[Said]:
        """What is checked word by word: all text."""
        return self.words

    @cached_property
    def prose(self) -> list[Text]:
        """Running text of the whole batch."""
        return [text for text in self.words if text.running]

    @cached_property
    def passages(self) -> list[Text]:
        """Running texts that are long enough for their likeness to mean something."""
        shortest = figure("similar", "shortest")
        return [text for text in self.prose if len(squeeze(text.said)) >= shortest]

    @cached_property
    def words(self) -> list[Text]:
        """Cells of text columns over the whole batch, running text and single phrases; not the reference data."""
        found = []
        for table in self.batch.tables.values():
            chapters = table.column("chapter") if "chapter" in table.values else None
            if table.sheet is standard.CRITERIA:
                continue
            projects = list(table.rows("workbook", "project_no"))
            for column in table.sheet.read_columns:
                running = isinstance(column.kind, Prose)
                if not (running or type(column.kind) is Kind):
                    continue
                for index, said in enumerate(table.column(column.key)):
                    if isinstance(said, str) and said:
                        chapter = (chapters[index] or "") if chapters else ""
                        of = projects[index]
                        found.append(Text(table, index, column.title, column.key, of, chapter, running, said))
        return found

    @cached_property
    def criteria(self) -> dict[int, list[dict[str, Any]]]:
        """指标体系 of each workbook, row by row; a workbook without the sheet, or with an empty one, is not in it."""
        keys = ("category", "project_types", "level2", "full_marks")
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for workbook, *values in self.table("criteria").rows("workbook", *keys):
            row = dict(zip(keys, values, strict=True))
            if row["level2"]:
                found[workbook].append(row)
        return found

    def project_of(self, text: Said) -> ProjectScore | None:
        """Return the project that a text belongs to, if it names one that is there."""
        workbook, number = text.key_of_project
        return None if number is None else self.scores.get((workbook, number))

    def project_name(self, project: ProjectScore) -> str:
        """Return 项目名称 for a message, or its number where the name is blank."""
        name = self.table("projects").get(project.index, "name")
        return shorten(name, 30) if name else f"项目{project.project_no}"

    def typed(self, table: str, index: int, key: str) -> str:
        """Return a cell as typed, for quoting."""
        raw = self.table(table).typed(index, key)
        return "" if raw is None else shorten(as_text(raw))

    def has_sheet(self, workbook: int, sheet: str) -> bool:
        """Tell whether the workbook has that sheet with its keys; where it has not, S03 or S04 has said all."""
        layout = self.batch.sources[workbook].layouts.get(sheet)
        keys = {"project_no", "indicator_no"} & standard.SHEET_BY_KEY[sheet].by_key.keys()
        return layout is not None and keys <= layout.letters.keys()

    def has_column(self, workbook: int, sheet: str, key: str) -> bool:
        """Tell whether the workbook has that column; where it has not, S04 has said so."""
        layout = self.batch.sources[workbook].layouts.get(sheet)
        return layout is not None and key in layout.letters

    def target_place(self, item: IndicatorScore) -> Place:
        """Return the cell of the target in force."""
        return self.table("indicators").place(item.measure.index, "new_target" if item.measure.adjusted else "target")

    def actual_place(self, item: IndicatorScore, *keys: str) -> Place:
        """Return the place of an indicator's cells on 完成情况; of its target where it has no row there."""
        measure, actuals = item.measure, self.table("actuals")
        if measure.actual_index >= 0:
            return actuals.place(measure.actual_index, *keys)
        layout = self.batch.sources[measure.workbook].layouts.get("actuals")
        row = layout.key_rows.get(measure.key) if layout else None
        if layout and row:
            letters = [layout.letters[key] for key in keys if key in layout.letters]
            return Place(
                measure.workbook,
                layout.title,
                ",".join(f"{letter}{row}" for letter in letters),
                measure.project_no,
            )
        return self.table("indicators").place(measure.index, "indicator_no")


Check = Callable[[Context], Iterable[Finding]]


#: Tells whether a cell as typed says nothing.
is_blank = says_nothing


def is_no_reason(raw: Any) -> bool:
    """Tell whether a reason that is due was not given: blank, or 「无」「暂无」."""
    return is_blank(raw) or (isinstance(raw, str) and is_no_answer(raw))


def is_failed(raw: Any) -> bool:
    """Tell whether a cell holds what a failed formula shows, pasted as text."""
    return isinstance(raw, str) and is_error(strip(raw))


def indicators(projects: Iterable[ProjectScore]) -> Iterator[tuple[ProjectScore, IndicatorScore]]:
    """Walk over the indicators that count, with their projects."""
    for project in projects:
        for item in project.indicators:
            yield project, item


def label(item: IndicatorScore) -> str:
    """Return an indicator's name for a message."""
    return shorten(item.measure.level3, 24) or str(item.measure.key)
