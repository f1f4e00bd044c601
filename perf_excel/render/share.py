"""One workbook's share of a batch's results, in plain rows: all that rendering ever sees."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from perf_excel.findings import Finding, Severity
from perf_excel.kinds import IndicatorNo, ProjectNo
from perf_excel.rules import RuleSet
from perf_excel.scoring import ProjectScore, add_up
from perf_excel.workbook import standard
from perf_excel.workbook.filled import Count, Counts, merged, total
from perf_excel.workbook.tables import Source
from perf_excel.workbook.template import Content

if TYPE_CHECKING:
    from perf_excel.pipeline import Evaluation

Row = Mapping[str, Any]
#: Sheets whose rows are cut by project.
_ROWS = ("funds", "scorecard", "passages")


@dataclass(frozen=True, slots=True)
class ProjectShare:
    """One project, ready to print.

    Attributes:
        score: its scores.
        info: its row of 项目信息 as read, 预算单位 and 主管部门 filled in from 参数.
        funds, scorecard, passages: its rows of 项目资金, 评价打分 and 报告内容 as read.
        completion: must-fill cells by sheet title.
        counts: findings by severity.
    """

    score: ProjectScore
    info: Row
    funds: tuple[Row, ...]
    scorecard: tuple[Row, ...]
    passages: tuple[Row, ...]
    completion: Counts
    counts: Mapping[Severity, int]

    @property
    def number(self) -> int:
        """项目序号."""
        return self.score.project_no

    @property
    def filled(self) -> int:
        """Return how many must-fill cells are filled."""
        return total(self.completion.values()).filled

    @property
    def required(self) -> int:
        """Return how many cells must be filled."""
        return total(self.completion.values()).required

    @property
    def title(self) -> str:
        """项目编码 and 项目名称 as the forms print them."""
        return "-".join(text for text in (self.info["code"], self.info["name"]) if text)

    def money(self, *sources: str, key: str = "budget") -> Any:
        """Return the sum of an amount (万元) over sources of money; None where none is there, or one is blank."""
        return add_up([row[key] for row in self.funds if row["source"] in sources])


@dataclass(frozen=True)
class Share:
    """One workbook, ready to print.

    Attributes:
        content: its input sheets as typed.
        projects: in the order of 项目序号.
        others: must-fill cells of no project, by sheet title.
    """

    source: Source
    rules: RuleSet
    projects: tuple[ProjectShare, ...]
    findings: tuple[Finding, ...]
    content: Content
    others: Counts

    @property
    def completion(self) -> dict[str, Count]:
        """Must-fill cells by sheet title, in the order of the sheets."""
        counts = merged([self.others, *(project.completion for project in self.projects)])
        return {sheet.title: counts[sheet.title] for sheet in standard.SHEETS if sheet.title in counts}

    @property
    def unit_name(self) -> str:
        """单位名称."""
        return self.source.unit_name

    @property
    def year(self) -> int | None:
        """预算年度."""
        year: int | None = self.source.settings.get("year")
        return year

    @cached_property
    def must(self) -> int:
        """How many 必须修改 are left."""
        return sum(item.severity is Severity.MUST for item in self.findings)


def shares(evaluation: Evaluation) -> list[Share]:
    """Cut the results of a batch into one share a workbook; a workbook that cannot be used has none."""
    records: dict[str, list[Any]] = {key: evaluation.batch.tables[key].records() for key in ("projects", *_ROWS)}
    rows: dict[str, dict[tuple[int, Any], list[Row]]] = {}
    for key in _ROWS:
        rows[key] = defaultdict(list)
        for row in records[key]:
            rows[key][row["workbook"], row["project_no"]].append(row)
    findings = evaluation.findings_of()
    counts: dict[tuple[int | None, int | None], Counter[Severity]] = defaultdict(Counter)
    for item in evaluation.findings:
        counts[item.workbook, item.project_no][item.severity] += 1
    projects: dict[int, list[ProjectShare]] = defaultdict(list)
    for (workbook, number), score in evaluation.scores.items():
        info = dict(records["projects"][score.index])
        settings = evaluation.batch.sources[workbook].settings
        info["unit"] = info["unit"] or settings["unit_name"]
        info["department"] = info["department"] or settings["department"]
        completion = evaluation.completion.by_project.get((workbook, number), {})
        funds, scorecard, passages = (tuple(rows[key].get((workbook, number), ())) for key in _ROWS)
        own = counts[workbook, number]
        projects[workbook].append(ProjectShare(score, info, funds, scorecard, passages, completion, own))
    others: dict[int, list[Counts]] = defaultdict(list)
    for (workbook, of), completion in evaluation.completion.by_project.items():
        if (workbook, of) not in evaluation.scores:
            others[workbook].append(completion)
    contents = _contents(evaluation)
    return [
        Share(
            source,
            evaluation.rules[source.index],
            tuple(sorted(projects[source.index], key=lambda project: project.number)),
            tuple(findings[source.index]),
            contents[source.index],
            merged(others[source.index]),
        )
        for source in evaluation.batch.usable()
    ]


def _contents(evaluation: Evaluation) -> dict[int, Content]:
    """Return the input sheets of each workbook as typed, blank cells left out."""
    rows: dict[int, dict[str, list[Row]]] = defaultdict(lambda: {sheet.key: [] for sheet in standard.TABLE_SHEETS})
    for key, table in evaluation.batch.tables.items():
        for workbook, row in zip(table.column("workbook"), table.records(typed=True), strict=True):
            rows[workbook][key].append(row)
    for own in rows.values():
        # An indicator without an actual keeps its line on 完成情况, to be filled in.
        answered = {_key(row) for row in own["actuals"]}
        numbers = [row["indicator_no"] for row in own["indicators"] if row["indicator_no"] is not None]
        own["actuals"] += [
            {"indicator_no": number} for number in numbers if _key({"indicator_no": number}) not in answered
        ]
    return {source.index: Content(_settings(source), rows[source.index]) for source in evaluation.batch.usable()}


def _settings(source: Source) -> dict[str, Any]:
    """Return the settings as typed, with the exceptions below them."""
    return source.typed_settings | {standard.EXCEPTIONS.key: [text for _, text in source.exceptions]}


def volumes(share: Share, most: int) -> Iterator[Share]:
    """Cut a workbook into volumes of at most so many projects, each with their rows as they stand on the sheets."""
    if len(share.projects) <= most:
        yield share
        return
    volume = {project.number: place // most for place, project in enumerate(share.projects)}
    numbers = range(max(volume.values()) + 1)
    rows: list[dict[str, Sequence[Row]]] = [dict(share.content.rows) for _ in numbers]
    indicators: dict[Any, set[int]] = defaultdict(set)
    for key in ("projects", "funds", "indicators", "scorecard", "passages"):
        cut: list[list[Row]] = [[] for _ in numbers]
        for row in share.content.rows[key]:
            of = volume.get(_number(row))
            if of is not None:
                cut[of].append(row)
                if key == "indicators":
                    indicators[_key(row)].add(of)
        for own, taken in zip(rows, cut, strict=True):
            own[key] = taken
    answers = [(indicators.get(_key(row), ()), row) for row in share.content.rows["actuals"]]
    for of, own in enumerate(rows):
        own["actuals"] = [row for volumes_of, row in answers if of in volumes_of]
        projects, content = share.projects[of * most :][:most], Content(share.content.settings, own)
        yield Share(share.source, share.rules, projects, share.findings, content, share.others)


def _key(row: Row) -> Any:
    raw = row.get("indicator_no")
    return None if raw is None else IndicatorNo().parse(raw, "").value


def _number(row: Row) -> Any:
    raw = row.get("project_no")
    return None if raw is None else ProjectNo().parse(raw, "").value
