"""What the screen shows of an audit: a line a report, then what must be mended, and what should be."""

from __future__ import annotations

from perf_excel.audit.evaluate import Located
from perf_excel.audit.outline import where
from perf_excel.audit.results import AuditResult
from perf_excel.findings import Severity
from perf_excel.numbers import plain
from perf_excel.screen import LEAST_NAME, cut, room_for_names, show_table
from perf_excel.terminal import say

_MOST_REPORTS = 40
_MOST_FINDINGS = 30
_EXAMPLES = 2
_FIGURES = ("各项合计", "报告申报", "自评表得分", *(severity.value for severity in Severity))


def show_audit(result: AuditResult) -> None:
    """Show an audit's result."""
    _reports(result)
    _findings(result)
    for note in result.notes:
        say(f"注意：{note}")
    for path in result.written:
        say(f"已写出：{path.resolve()}")


def _reports(result: AuditResult) -> None:
    room = max(LEAST_NAME, room_for_names(_FIGURES, 1))
    lines = [
        (
            cut(row.path.name, room),
            *(plain(value) or "—" for value in (row.items, row.declared, row.form)),
            *(str(row.counts[severity]) for severity in Severity),
        )
        for row in result.rows[:_MOST_REPORTS]
    ]
    if lines:
        show_table(("报告",), _FIGURES, lines)
    if len(result.rows) > _MOST_REPORTS:
        say(f"（共{len(result.rows)}份报告，这里只列前{_MOST_REPORTS}份，全部见 -o 生成的清单）")


def _findings(result: AuditResult) -> None:
    """Show what must be mended, then what should be; of many findings of one kind an example or two."""
    say("")
    counts = {severity: sum(item.finding.severity is severity for item in result.found) for severity in Severity}
    say("，".join(f"{severity.value} {count} 项" for severity, count in counts.items()))
    told = [item for item in result.found if item.finding.severity is Severity.MUST]
    told += [item for item in result.found if item.finding.severity is Severity.SHOULD]
    if len(told) <= _MOST_FINDINGS:
        for item in told:
            _finding(result, item)
    else:
        _by_code(result, told)
    left = len(result.found) - len(told)
    if left or len(told) > _MOST_FINDINGS:
        whole = "全部问题在下面写出的清单里。" if result.listed_in else "加上 -o 清单.xlsx 可以把全部问题存成清单。"
        say(f"  {f'另有可优化{left}项；' if left else ''}{whole}")


def _by_code(result: AuditResult, told: list[Located]) -> None:
    kinds: dict[tuple[Severity, str], list[Located]] = {}
    for item in told:
        kinds.setdefault((item.finding.severity, item.finding.code), []).append(item)
    for (_, code), items in kinds.items():
        for item in items[:_EXAMPLES]:
            _finding(result, item)
        if len(items) > _EXAMPLES:
            say(f"        ……{code}这样的共{len(items)}项")


def _finding(result: AuditResult, located: Located) -> None:
    item, spot = located.finding, located.spot
    name = result.rows[item.workbook].path.name if item.workbook is not None else ""
    name = name if len(result.rows) > 1 else ""
    quote = f"“{spot.quote}”" if spot and spot.quote else ""
    place = " ".join(part for part in (name, where(spot), quote) if part)
    say(f"  [{item.code}] {place}：{item.message}")
    say(f"        改法：{item.fix}")
