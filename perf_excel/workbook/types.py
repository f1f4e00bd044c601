"""The types in which the standard workbook is declared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from perf_excel.kinds import Kind
from perf_excel.text import fold


class Stage(Enum):
    """填报阶段; a column or check may matter only from a stage on."""

    TARGETS = "目标申报"
    SELF_EVALUATION = "绩效自评"


class Gaps(Enum):
    """Whether rows that were left blank between filled ones are mentioned."""

    NEVER = "空行是模板留的"
    KEYLESS = "连编号也没有的才是空行"
    ALWAYS = "没有填内容的都是空行"


class Required(Enum):
    """When a column must be filled. The conditions are worked out over the tables in `checks.completion`."""

    NO = "可以不填"
    ALWAYS = "必填"
    UNLESS_QUALITATIVE = "定量指标必填"
    WITH_NEW_TARGET = "调整了指标值的必填"
    BELOW_FULL_MARKS = "得分低于分值的必填"
    OFF_TARGET = "未得满分或明显超额的必填"
    LOW_EXECUTION = "执行率偏低的必填"
    WITH_FORM = "所选的自评表印这一栏的必填"


@dataclass(frozen=True)
class Column:
    """One column of a sheet (or one setting of 参数).

    Attributes:
        key: its name in the tables, the field's English term.
        title: its public title, the only place where it is spelled.
        kind: how its cells are read and offered.
        hint: what to write, for the input hint and the guide.
        example: one good value, for the guide and messages.
        width: in characters.
        required: when it must be filled.
        blank_code: the finding for a blank cell that must be filled.
        stage: before this stage the column is not asked for.
        preprinted: the template fills it in; alone it makes no row.
        exact: what is typed must be stored to the letter; without the text format a spreadsheet would change it.
        lookup: a grey look-up for the eye, never read: keys of 绩效指标 columns, of which the first that is not
            blank is shown (`new_target|target`), or `project_no>KEY` for a column of the indicator's project.
        forms: the forms that print it, where it must be filled for them alone.
    """

    key: str
    title: str
    kind: Kind
    hint: str = ""
    example: str = ""
    width: int = 14
    required: Required = Required.NO
    blank_code: str = "S05"
    stage: Stage = Stage.TARGETS
    preprinted: bool = False
    exact: bool = False
    lookup: str = ""
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """One sheet of the standard workbook.

    Attributes:
        key: its table's name.
        title: its public title.
        intro: what stands in row 1.
        columns: in the order of the template; readers find them by title.
        room: rows that the template prepares.
        frozen: columns that stay in view when scrolling to the right.
        stage: before this stage the sheet is not asked for.
        gaps: whether blank rows between filled ones are mentioned; pre-printed rows leave some by design.
        identity: keys of the columns that tell one row from another wherever it stands; none: the first column alone.
    """

    key: str
    title: str
    intro: str
    columns: tuple[Column, ...]
    room: int
    frozen: int = 1
    stage: Stage = Stage.TARGETS
    gaps: Gaps = Gaps.ALWAYS
    identity: tuple[str, ...] = ()

    @cached_property
    def by_key(self) -> dict[str, Column]:
        """Columns by key."""
        return {column.key: column for column in self.columns}

    @cached_property
    def by_title(self) -> dict[str, Column]:
        """Columns by folded title, for finding them in a header row."""
        return {fold(column.title): column for column in self.columns}

    @cached_property
    def read_columns(self) -> tuple[Column, ...]:
        """The columns whose cells are read: all but the look-ups."""
        return tuple(column for column in self.columns if not column.lookup)

    @cached_property
    def read_keys(self) -> frozenset[str]:
        """The keys of the columns whose cells are read."""
        return frozenset(column.key for column in self.read_columns)

    @cached_property
    def row_keys(self) -> tuple[str, ...]:
        """The keys of the columns that tell one row from another."""
        return self.identity or (self.columns[0].key,)

    def position(self, key: str) -> int:
        """Return the column's place in the template, from 0."""
        return next(i for i, column in enumerate(self.columns) if column.key == key)
