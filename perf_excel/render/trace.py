"""计算过程: the numbers A, B, W, the formula and the words for every score (contract §4).

All other sheets of a 报送件 take their figures from here, so that a score stands as a number in one place only. The
rows are laid out first, because forms that stand before this sheet refer to its cells.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from perf_excel.book import Book, formula, height, merge, put, table_page
from perf_excel.measures import Measured
from perf_excel.numbers import plain
from perf_excel.render.share import ProjectShare, Share
from perf_excel.rules import RuleSet
from perf_excel.scoring import CAPPED, RESCALED, IndicatorScore, percent

TITLE = "计算过程"
_HEADS = (
    "项目序号",
    "编号",
    "名称",
    "指标性质",
    "指标值A",
    "完成值B",
    "权重W",
    "计算得分",
    "扣减分值",
    "得分",
    "自评申报",
    "差异",
    "怎样算的",
    "依据",
)
_WIDTHS = (9, 10, 26, 9, 12, 12, 9, 10, 9, 10, 10, 9, 62, 46)
_NUMBER, _CODE, _NAME, _NATURE, _A, _B, _W, _RAW, _OFF, _SCORE, _TYPED, _DIFF, _WORDS, _BASIS = range(14)
_LETTERS = "ABCDEFGHIJKLMN"
_FIRST = 6


class Trace:
    """The sheet 计算过程 of one 报送件: its layout, and the references into it."""

    def __init__(self, share: Share) -> None:
        self.share = share
        self._rows: dict[tuple[int, str], int] = {}
        row = _FIRST
        for project in share.projects:
            score = project.score
            keys = ["heading"]
            if not score.exempt:
                keys += ["execution", *(f"indicator {i}" for i in range(len(score.indicators)))]
                keys += [f"cancelled {i}" for i in range(len(score.cancelled))]
                keys += ["sum", *score.adjustments, "total"] if score.indicators else []
                keys += [f"card {i}" for i in range(len(project.scorecard))]
                keys += ["card total"] if project.scorecard else []
            for key in keys:
                self._rows[project.number, key] = row
                row += 1

    # ------------------------------------------------------------ references

    def ref(self, project: ProjectShare, key: str, column: int = _SCORE) -> str:
        """Return a reference to a cell from another sheet."""
        return f"{TITLE}!${_LETTERS[column]}${self._rows[project.number, key] + 1}"

    def score(self, project: ProjectShare, key: str) -> str:
        """Return a formula that shows a score, and nothing where there is none."""
        cell = self.ref(project, key)
        return f'IF({cell}="","",{cell})'

    def level(self, project: ProjectShare, level: str) -> str:
        """Return a formula for the sum of a 一级指标, nothing where one of its scores is missing."""
        cells, count = self._span(project, level, _SCORE)
        return f'IF(COUNT({cells})<{count},"",ROUND(SUM({cells}),2))'

    def weights(self, project: ProjectShare, level: str = "") -> str:
        """Return a reference to the weights of a 一级指标 that the project has; of none, to that of 预算执行."""
        return self._span(project, level, _W)[0] if level else self.ref(project, "execution", _W)

    def _span(self, project: ProjectShare, level: str, column: int) -> tuple[str, int]:
        """Return a reference to the cells of a 一级指标 in a column, and how many indicators it has."""
        rows = [i for i, item in enumerate(project.score.indicators) if item.measure.level1 == level]
        first, last = (self.ref(project, f"indicator {row}", column) for row in (rows[0], rows[-1]))
        return f"{first}:{last.partition('!')[2]}", len(rows)

    def rate(self, project: ProjectShare) -> str:
        """Return a formula for the execution rate, nothing where there is none."""
        budget, executed = self.ref(project, "execution", _A), self.ref(project, "execution", _B)
        return f'IF(COUNT({budget},{executed})<2,"",IF({budget}>0,ROUND({executed}/{budget},4),""))'

    def achieved(self, project: ProjectShare, index: int) -> str:
        """Return a formula for 完成率 of an indicator, nothing where there is none."""
        target, actual = (self.ref(project, f"indicator {index}", column) for column in (_A, _B))
        return f'IF(COUNT({target},{actual})<2,"",IF({target}>0,ROUND({actual}/{target},4),""))'

    def money(self, project: ProjectShare, column: str) -> str:
        """Return a formula that shows 全年预算数 ("budget") or 全年执行数 ("executed")."""
        cell = self.ref(project, "execution", _A if column == "budget" else _B)
        return f'IF({cell}="","",{cell})'

    def typed(self, project: ProjectShare, key: str) -> str:
        """Return a formula that shows the declared figure beside a total."""
        cell = self.ref(project, key, _TYPED)
        return f'IF({cell}="","",{cell})'

    # ------------------------------------------------------------ the sheet itself

    def write(self, book: Book, version: str) -> None:
        """Write the sheet."""
        x, rules, source = book.sheet(TITLE), self.share.rules, self.share.source
        table_page(x)
        for position, width in enumerate(_WIDTHS):
            x.set_column(position, position, width)
        merge(x, (0, 0), (0, 13), "计算过程", book.format(bold=True, font_size=16, align="center"))
        notes = (
            f"评分规则：{rules.name}（{rules.title}）。出处：{rules.source}",
            f"填报文件：{source.path.name}　SHA-256：{source.digest}",
            f"程序：perf-excel {version}。A为指标值，B为完成值，W为权重；得分四舍五入保留两位小数。自评表、打分表、汇总表的分数都取自本表。",
        )
        for row, note in enumerate(notes, start=1):
            merge(x, (row, 0), (row, 13), note, book.format(font_size=10, text_wrap=True))
        head = book.format(bold=True, align="center", border=1, text_wrap=True, bg_color="#DDEBF7")
        for position, title in enumerate(_HEADS):
            put(x, _FIRST - 1, position, title, head)
        x.freeze_panes(_FIRST, 3)
        x.repeat_rows(_FIRST - 1)
        for project in self.share.projects:
            _Block(self, book, x, project).write()

    def row(self, project: ProjectShare, key: str) -> int:
        """Return the row of a key, from 0."""
        return self._rows[project.number, key]


class _Block:
    """Writes the rows of one project."""

    def __init__(self, trace: Trace, book: Book, x: Any, project: ProjectShare) -> None:
        self.trace, self.x, self.project = trace, x, project
        self.rules: RuleSet = trace.share.rules
        base = {"border": 1, "font_size": 10}
        self.text = book.format(**base, text_wrap=True)
        self.centre = book.format(**base, align="center")
        self.figure = book.format(**base, align="right", num_format="0.######")
        self.points = book.format(**base, align="right", num_format="0.00")
        self.strong = book.format(**base, bold=True, bg_color="#F2F2F2", text_wrap=True)
        self.total = book.format(**base, bold=True, bg_color="#F2F2F2", align="right", num_format="0.00")

    def write(self) -> None:
        project, score = self.project, self.project.score
        row = self.trace.row(project, "heading")
        state = "（不纳入自评）" if score.exempt else ""
        merge(self.x, (row, 0), (row, 13), f"项目{project.number}　{project.title}{state}", self.strong)
        if score.exempt:
            return
        self._execution()
        for index, item in enumerate(score.indicators):
            self._indicator(f"indicator {index}", item)
        for index, item in enumerate(score.cancelled):
            self._indicator(f"cancelled {index}", item)
        if score.indicators:
            self._totals()
        self._scorecard()

    def _line(self, row: int, code: str, name: str, words: str, basis: str, *values: str) -> None:
        put(self.x, row, _NUMBER, self.project.number, self.centre)
        put(self.x, row, _CODE, code, self.centre)
        put(self.x, row, _NAME, name, self.text)
        put(self.x, row, _WORDS, words, self.text)
        put(self.x, row, _BASIS, basis, self.text)
        texts = [(name, _WIDTHS[_NAME]), (words, _WIDTHS[_WORDS]), (basis, _WIDTHS[_BASIS])]
        texts += [(value, _WIDTHS[_A]) for value in values]
        self.x.set_row(row, height(texts, size=10, least=18))

    def _figures(self, row: int, *figures: tuple[int, Any]) -> None:
        given = dict(figures)
        for column in range(_NATURE, _WORDS):
            if column == _NATURE:
                put(self.x, row, column, given.get(column), self.centre)
            elif isinstance(given.get(column), str):
                put(self.x, row, column, given[column], self.text)
            else:
                form = self.figure if column in (_A, _B, _W) else self.points
                put(self.x, row, column, given.get(column), form)

    def _execution(self) -> None:
        execution, row = self.project.score.execution, self.trace.row(self.project, "execution")
        self._line(row, "执行", "预算执行率", execution.trace, self.rules.sources["execution"])
        typed = next((fund["typed_score"] for fund in self.project.funds if fund["typed_score"] is not None), None)
        self._figures(row, (_A, execution.budget), (_B, execution.executed), (_W, execution.weight), (_TYPED, typed))
        a, b, w = (f"{_LETTERS[column]}{row + 1}" for column in (_A, _B, _W))
        text = f'IF(COUNT({a},{b})<2,"",IF({a}>0,MIN({w},MAX(0,ROUND({b}*{w}/{a},2))),""))'
        formula(self.x, row, _RAW, text, self.points, execution.score)
        self._final(row, execution.score)
        self._difference(row, typed, execution.score)

    def _indicator(self, key: str, item: IndicatorScore) -> None:
        measure, row = item.measure, self.trace.row(self.project, key)
        source = self.rules.sources.get(item.points.source, self.rules.source)
        figures = measure.kind is Measured.FIGURE
        words = () if figures else (measure.target_text, measure.actual_text)
        self._line(row, measure.key, measure.level3, item.trace, source, *words)
        self._figures(
            row,
            (_NATURE, measure.nature),
            (_A, measure.target if figures else measure.target_text),
            (_B, measure.actual if figures else measure.actual_text),
            (_W, measure.weight),
            (_OFF, item.deduction or None),
            (_TYPED, measure.typed_score),
        )
        if measure.kind is Measured.CANCELLED:
            return
        if item.points.formula:
            cells = {name: f"{_LETTERS[column]}{row + 1}" for name, column in (("A", _A), ("B", _B), ("W", _W))}
            formula(self.x, row, _RAW, item.points.formula.format(**cells), self.points, item.points.score)
        else:
            put(self.x, row, _RAW, item.points.score, self.points)
        self._final(row, item.score)
        self._difference(row, measure.typed_score, item.score)

    def _final(self, row: int, score: Decimal | None) -> None:
        """得分: within 0 and W, after the deduction, nothing where there is no score."""
        raw, off, w = (f"{_LETTERS[column]}{row + 1}" for column in (_RAW, _OFF, _W))
        formula(
            self.x,
            row,
            _SCORE,
            f'IF(ISNUMBER({raw}),MAX(0,MIN(ROUNDDOWN({w},2),ROUND({raw}-N({off}),2))),"")',
            self.points,
            score,
        )

    def _difference(self, row: int, typed: Decimal | None, score: Decimal | None) -> None:
        a, b = f"{_LETTERS[_TYPED]}{row + 1}", f"{_LETTERS[_SCORE]}{row + 1}"
        cached = typed - score if typed is not None and score is not None else None
        formula(self.x, row, _DIFF, f'IF(COUNT({a},{b})<2,"",ROUND({a}-{b},2))', self.points, cached)

    def _totals(self) -> None:
        project, score, trace = self.project, self.project.score, self.trace
        rows = [trace.row(project, "execution"), trace.row(project, f"indicator {len(score.indicators) - 1}")]
        letter = _LETTERS[_SCORE]
        cells = f"{letter}{rows[0] + 1}:{letter}{rows[1] + 1}"
        count = rows[1] - rows[0] + 1
        row = trace.row(project, "sum")
        exact = sum((item.score or Decimal(0) for item in score.indicators), score.execution.score or Decimal(0))
        self._bold(
            row,
            "各项得分合计",
            "",
            f'IF(COUNT({cells})<{count},"",ROUND(SUM({cells}),2))',
            exact if score.total is not None else None,
        )
        last = f"{letter}{row + 1}"
        for name, value in score.adjustments.items():
            row = trace.row(project, name)
            self._bold(row, name, self._words(name), self._adjustment(name, last, cells), value)
            last = f"{last},{letter}{row + 1}"
        row = trace.row(project, "total")
        parts = last.split(",")
        text = f'IF({parts[0]}="","",ROUND(SUM({last}),2))' if len(parts) > 1 else f'IF({last}="","",{last})'
        low_high = score.range
        words = (
            f"还有得分没有确定，总分在{plain(low_high[0])}到{plain(low_high[1])}之间"
            if low_high
            else f"等级：{score.grade}"
        )
        self._bold(row, "自评表总分", words, text, score.total, score.declared)

    def _words(self, name: str) -> str:
        rate = self.project.score.execution.rate
        if name == RESCALED:
            return "批准取消的指标不计分，其余得分按剩余权重折算到满分"
        return f"执行率{percent(rate)}，总分最高{plain(self.project.score.cap)}分" if rate is not None else ""

    def _adjustment(self, name: str, last: str, cells: str) -> str:
        subtotal = last.split(",")[0]
        running = f"SUM({last})"
        if name == RESCALED:
            weights = cells.replace(_LETTERS[_SCORE], _LETTERS[_W])
            first = self.trace.row(self.project, "cancelled 0") + 1
            end = first + len(self.project.score.cancelled) - 1
            cancelled = f"{_LETTERS[_W]}{first}:{_LETTERS[_W]}{end}"
            full = f"(SUM({weights})+SUM({cancelled}))"
            return f'IF({subtotal}="","",ROUND(SUM({cells})*{full}/SUM({weights}),2)-{running})'
        assert name == CAPPED
        execution = self.trace.row(self.project, "execution") + 1
        budget, executed = f"{_LETTERS[_A]}{execution}", f"{_LETTERS[_B]}{execution}"
        cap = "100"
        for band in reversed(self.rules.caps):
            cap = f"IF({executed}<{plain(band.floor)}*{budget},{plain(band.share)},{cap})"
        return f'IF({subtotal}="","",ROUND(MIN(0,{cap}-{running}),2))'

    def _bold(
        self, row: int, name: str, words: str, text: str, cached: Decimal | None, typed: Decimal | None = None
    ) -> None:
        for column in range(14):
            put(self.x, row, column, None, self.strong)
        put(self.x, row, _NUMBER, self.project.number, self.strong)
        put(self.x, row, _NAME, name, self.strong)
        put(self.x, row, _WORDS, words, self.strong)
        formula(self.x, row, _SCORE, text, self.total, cached)
        if typed is not None:
            put(self.x, row, _TYPED, typed, self.total)
            a, b = f"{_LETTERS[_TYPED]}{row + 1}", f"{_LETTERS[_SCORE]}{row + 1}"
            shown = typed - cached if cached is not None else None
            formula(self.x, row, _DIFF, f'IF(COUNT({a},{b})<2,"",ROUND({a}-{b},2))', self.total, shown)

    def _scorecard(self) -> None:
        project, card = self.project, self.project.score.scorecard
        for index, item in enumerate(project.scorecard):
            row = self.trace.row(project, f"card {index}")
            lost = (
                item["full_marks"] is not None and item["awarded"] is not None and item["awarded"] < item["full_marks"]
            )
            words = f"扣分原因：{item['reason'] or '没有写'}" if lost else ""
            self._line(row, item["category"] or "", item["level2"] or "", words, "评价打分表，按填报的得分")
            self._figures(row, (_W, item["full_marks"]), (_SCORE, item["awarded"]))
        if card is not None:
            first, last = (self.trace.row(project, f"card {i}") + 1 for i in (0, len(project.scorecard) - 1))
            cells = f"{_LETTERS[_SCORE]}{first}:{_LETTERS[_SCORE]}{last}"
            text = f'IF(COUNT({cells})<{len(project.scorecard)},"",ROUND(SUM({cells}),2))'
            row = self.trace.row(project, "card total")
            self._bold(
                row,
                "指标体系总分",
                "与自评表总分是两个分数，各自单列",
                text,
                card.total,
                project.score.declared_scorecard,
            )
