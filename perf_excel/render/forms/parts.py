"""What the official forms have in common: the table of indicators, money by source, totals, the note on the rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from perf_excel.measures import Measured
from perf_excel.names import column_letter
from perf_excel.numbers import plain, round_half_up
from perf_excel.render.forms.grid import Block, Grid, Style, runs
from perf_excel.render.share import ProjectShare, Share
from perf_excel.render.trace import Trace
from perf_excel.scoring import RESCALED, IndicatorScore, add_up
from perf_excel.workbook import standard

MONEY, POINTS, PERCENT, SIGNED = "0.00####", "0.00", "0.00%", "+0.00;-0.00;0.00"
_OPERATORS = "＝≥≤＞＜=<>"


def share_of(value: Decimal | None) -> Decimal | None:
    """Return a ratio as the forms print it, to a hundredth of a per cent."""
    return None if value is None else round_half_up(value, 4)


# ---------------------------------------------------------------- indicators


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator on its way into a form: its row, its place among the project's indicators, itself."""

    grid: Grid
    row: int
    index: int
    item: IndicatorScore
    project: ProjectShare
    trace: Trace


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a form's table of indicators: its title, and what writes its cell."""

    title: str
    write: Callable[[Line, int], None]


def words(get: Callable[[IndicatorScore], Any], align: str = "center", size: int = 11) -> Callable[[Line, int], None]:
    """Return a writer of text."""

    def write(line: Line, column: int) -> None:
        line.grid.cell(line.row, column, column, get(line.item), line.grid.style(align, size=size))

    return write


def figure(which: str) -> Callable[[Line, int], None]:
    """Return a writer of 指标值 (`target`) or 完成值 (`actual`): a figure where it is one, else the words as typed."""

    def write(line: Line, column: int) -> None:
        measure = line.item.measure
        value, text = getattr(measure, which), getattr(measure, f"{which}_text")
        if measure.kind is Measured.FIGURE and value is not None:
            line.grid.cell(line.row, column, column, value, line.grid.style(figure=as_typed(value)))
        else:
            line.grid.cell(line.row, column, column, text)

    return write


def as_typed(value: Decimal) -> str:
    """Return a number format with as many decimals as were typed, so that 13.60 prints as 13.60."""
    places = max(0, -int(value.as_tuple().exponent))
    return "0." + "0" * places if places else "0"


def joined_target(item: IndicatorScore) -> str:
    """Return 年度指标值 as one string, operator, figure and unit (「≥50个」), as the central form has it."""
    measure = item.measure
    if measure.kind is Measured.FIGURE and measure.target is not None:
        return f"{measure.nature}{plain(measure.target)}{measure.unit}"
    operator = "" if measure.nature == "定性" or measure.target_text.startswith(tuple(_OPERATORS)) else measure.nature
    return f"{operator}{measure.target_text}"


def joined_actual(item: IndicatorScore) -> str:
    """Return the actual with its unit."""
    measure = item.measure
    if measure.kind is Measured.FIGURE and measure.actual is not None:
        return f"{plain(measure.actual)}{measure.unit}"
    return measure.actual_text


def weight(line: Line, column: int) -> None:
    """Write 权重 or 分值."""
    line.grid.cell(line.row, column, column, line.item.measure.weight, line.grid.style(figure="General"))


def score(line: Line, column: int) -> None:
    """Write 得分, live."""
    text = line.trace.score(line.project, f"indicator {line.index}")
    line.grid.live(line.row, column, column, text, line.item.score, line.grid.style(figure=POINTS))


def achieved(line: Line, column: int, style: Style) -> None:
    """Write 完成率, live."""
    measure = line.item.measure
    done = None
    if measure.target is not None and measure.actual is not None and measure.target > 0:
        done = share_of(measure.actual / measure.target)
    line.grid.live(line.row, column, column, line.trace.achieved(line.project, line.index), done, style)


NAME = words(lambda item: item.measure.level3, "left")
NATURE = words(lambda item: item.measure.nature)
UNIT = words(lambda item: item.measure.unit)
REASON = words(lambda item: item.measure.reason, "left", 10)


def indicators(
    grid: Grid,
    row: int,
    project: ProjectShare,
    trace: Trace,
    fields: Sequence[Field],
    *,
    label: str,
    with_weight: bool = False,
) -> int:
    """Write the table of indicators: a label column, 一级指标 and 二级指标 merged downward, then `fields`.

    Args:
        grid, row: where to.
        project, trace: whose.
        fields: the columns from the fourth on.
        label: what stands in the merged label column.
        with_weight: print the sum of the weights behind each 一级指标.

    Returns:
        The row below.
    """
    head = row
    for position, title in enumerate(("一级指标", "二级指标", *(field.title for field in fields)), start=1):
        grid.cell(row, position, position, title)
    row += 1
    items = project.score.indicators
    for index, item in enumerate(items):
        line = Line(grid, row + index, index, item, project, trace)
        for position, field in enumerate(fields, start=3):
            field.write(line, position)
    if not items:
        for position in range(1, len(fields) + 3):
            grid.cell(row, position, position, None)
    count = max(1, len(items))
    grid.repeat(head)
    grid.unbroken(head, row)
    grid.merge_down([Block(0, head, count + 1, label), *levels(row, 1, items, with_weight=with_weight)])
    return row + count


def levels(row: int, column: int, items: Sequence[IndicatorScore], *, with_weight: bool = False) -> list[Block]:
    """Return the blocks of 一级指标 and, one column to the right, 二级指标 of indicators from a row on."""
    blocks = []
    for start, length, level in runs(item.measure.level1 for item in items):
        points = add_up([item.measure.weight for item in items if item.measure.level1 == level])
        name = f"{level}\n（{plain(points)}分）" if with_weight and level and points is not None else level
        blocks.append(Block(column, row + start, length, name))
    for start, length, (_, second) in runs((item.measure.level1, item.measure.level2) for item in items):
        blocks.append(Block(column + 1, row + start, length, second))
    return blocks


def ending(
    grid: Grid,
    row: int,
    first: int,
    last: int,
    columns: tuple[int, int],
    label: str,
    project: ProjectShare,
    trace: Trace,
) -> int:
    """Write 折算 and 封顶, each a row of its own where there is one, and the total below them.

    Args:
        grid, row: where to, right below the indicators.
        first: the line of execution, whose weight is the first of the sum.
        last: the last column of the form.
        columns: of weights, and of scores beside them.
        label: what the form calls its total.
        project, trace: whose.

    Returns:
        The row of the total.
    """
    score, (weights, scores) = project.score, columns
    indicators_from = row - len(score.indicators)
    for name, value in score.adjustments.items():
        grid.cell(row, 0, weights - 1, name)
        given_back = [item.measure.weight for item in score.cancelled] if name == RESCALED else []
        figures(grid, row, weights, given_back, grid.style(figure="General"))
        grid.live(row, scores, scores, trace.score(project, name), value, grid.style(figure=SIGNED))
        grid.cell(row, scores + 1, last, None)
        row += 1
    grid.cell(row, 0, weights - 1, label, grid.style(bold=True))
    if score.indicators:
        letter = column_letter(weights)
        cells = f"{letter}{first + 1},{letter}{indicators_from + 1}:{letter}{row}"
        everything = full_weight(project)
        count = 1 + len(score.indicators) + (RESCALED in score.adjustments)
        text = f'IF(COUNT({cells})<{count},"",ROUND(SUM({cells}),2))'
        grid.live(row, weights, weights, text, everything, grid.style(figure="General", bold=True))
        bold = grid.style(figure=POINTS, bold=True)
        grid.live(row, scores, scores, trace.score(project, "total"), score.total, bold)
    else:
        grid.cell(row, weights, weights, None)
        grid.cell(row, scores, scores, None)
    grid.cell(row, scores + 1, last, None)
    return row


def full_weight(project: ProjectShare) -> Decimal | None:
    """Return what the weights of a form add up to, with those that 折算 gives back; None where one is missing."""
    score = project.score
    items = [*score.indicators, *(score.cancelled if RESCALED in score.adjustments else ())]
    return add_up([score.execution.weight, *(item.measure.weight for item in items)])


def figures(
    grid: Grid, row: int, column: int, values: Sequence[Decimal | None], style: Style, *, last: int = 0
) -> None:
    """Write the sum of some figures, as a sum where there is more than one, so that it shows what is in it."""
    known, last = add_up(values), max(column, last)
    if known is None or len(values) < 2:
        grid.cell(row, column, last, known, style)
    else:
        grid.live(row, column, last, "+".join(plain(value) for value in values if value is not None), known, style)


# ---------------------------------------------------------------- money


@dataclass(frozen=True, slots=True)
class Source:
    """A line of money on a form: its label, and the 资金来源 that it adds up; none for the line of the total."""

    label: str
    sources: tuple[str, ...] = ()


def money(
    grid: Grid,
    row: int,
    project: ProjectShare,
    trace: Trace,
    lines: Sequence[Source],
    columns: dict[str, int],
    *,
    first: int,
    mark: str = "/",
) -> int:
    """Write the lines of money, the total first: amounts, the rate, and for the total weight and score.

    Args:
        grid, row: where to.
        project, trace: whose.
        lines: the total, then the form's sources.
        columns: the columns of `initial`, `budget`, `executed`, `rate`, `weight`, `score`, as far as the form has them.
        first: the column of the labels, merged up to the first amount.
        mark: what the form prints for weight and score of a single source.

    Returns:
        The row below.
    """
    amounts = [key for key in ("initial", "budget", "executed") if key in columns]
    label_to = min(columns[key] for key in amounts) - 1
    left, amounts_style = grid.style("left"), grid.style(figure=MONEY)
    bottom = row + len(lines) - 1
    for line in lines:
        grid.cell(row, first, label_to, line.label, left)
        for key in amounts:
            column = columns[key]
            if line.sources:
                amount(grid, row, column, project, line.sources, amounts_style, key=key)
            else:
                letter = column_letter(column)
                text = _total(project, trace, key, f"{letter}{row + 2}:{letter}{bottom + 1}", lines)
                grid.live(row, column, column, text, getattr(project.score.execution, key), amounts_style)
        _rate(grid, row, project, trace, line, columns)
        for points in ("weight", "score"):
            if points in columns and line.sources:
                grid.cell(row, columns[points], columns[points], mark)
        if not line.sources and "score" in columns:
            execution = project.score.execution
            style = grid.style(figure=POINTS)
            grid.cell(row, columns["weight"], columns["weight"], execution.weight, grid.style(figure="General"))
            grid.live(
                row, columns["score"], columns["score"], trace.score(project, "execution"), execution.score, style
            )
        row += 1
    return row


def amount(
    grid: Grid,
    row: int,
    column: int,
    project: ProjectShare,
    sources: Sequence[str],
    style: Style,
    *,
    key: str = "budget",
    last: int = 0,
) -> None:
    """Write an amount of money over some 资金来源, blank where one of them has none."""
    figures(grid, row, column, [fund[key] for fund in project.funds if fund["source"] in sources], style, last=last)


def _total(project: ProjectShare, trace: Trace, key: str, cells: str, lines: Sequence[Source]) -> str:
    """Return the formula of an amount over all sources; 年初预算 is added up where it stands."""
    if key != "initial":
        return trace.money(project, key)
    funds = [fund for fund in project.funds if fund["source"] != standard.TOTAL_SOURCE]
    if project.score.execution.initial is None:
        return 'IF(TRUE,"","")'
    if all(any(fund["source"] in line.sources for line in lines) for fund in funds):
        return f"SUM({cells})"
    return "+".join(plain(fund[key]) for fund in funds)  # money of an unknown source stands on no line of the form


def _rate(grid: Grid, row: int, project: ProjectShare, trace: Trace, line: Source, columns: dict[str, int]) -> None:
    column, style = columns["rate"], grid.style(figure=PERCENT)
    if not line.sources:
        grid.live(row, column, column, trace.rate(project), share_of(project.score.execution.rate), style)
        return
    budget, executed = (project.money(*line.sources, key=key) for key in ("budget", "executed"))
    rate = share_of(executed / budget) if budget and executed is not None and budget > 0 else None
    a, b = (f"{column_letter(columns[key])}{row + 1}" for key in ("budget", "executed"))
    grid.live(row, column, column, f'IF(COUNT({a},{b})<2,"",IF({a}>0,ROUND({b}/{a},4),""))', rate, style)


def low_reason(project: ProjectShare) -> str:
    """Return why money was not spent, and why the budget was changed, as typed."""
    told = [fund[key] for key in ("low_reason", "adjust_reason") for fund in project.funds if fund[key]]
    return "\n".join(dict.fromkeys(told))


# ---------------------------------------------------------------- below the form


def note(grid: Grid, row: int, last: int, share: Share, more: str = "") -> None:
    """Say below the form, outside its print area, which variant of the rules was used."""
    variant = {"linear": "按超出的比例扣分", "ratio": "按指标值与完成值之比计分"}[share.rules.lower_variant]
    text = f"{more}评分规则：{share.rules.name}；反向指标未达标的{variant}；＞、＜按≥、≤计分；计算过程见同名工作表。"
    grid.subtitle(row, 0, last, text, "left")


def year(share: Share) -> str:
    """Return （2024年度）, nothing where 预算年度 is blank."""
    return f"（{share.year}年度）" if share.year else ""
