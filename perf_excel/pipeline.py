"""One batch: read → check → score. A single workbook is a batch of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from perf_excel.checks import Completion, Context, check, complete, sort_key
from perf_excel.findings import Finding, Place, finding
from perf_excel.measures import measure
from perf_excel.numbers import canonical_unit, from_float, plain
from perf_excel.rules import RuleSet, load_rules
from perf_excel.scoring import Key, ProjectScore, score
from perf_excel.text import fold, shorten
from perf_excel.workbook import standard
from perf_excel.workbook.binder import WANTED, bind
from perf_excel.workbook.probe import probe
from perf_excel.workbook.reader import read_workbook
from perf_excel.workbook.tables import Batch, Source


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A batch, evaluated.

    Attributes:
        batch: the tables as read.
        rules: the rule set of each workbook.
        scores: by (workbook, 项目序号).
        completion: must-fill cells.
        findings: all of them, sorted; those across workbooks are not among them.
    """

    batch: Batch
    rules: list[RuleSet]
    scores: dict[Key, ProjectScore]
    completion: Completion
    findings: list[Finding]

    def findings_of(self) -> dict[int, list[Finding]]:
        """Return the findings by workbook."""
        grouped: dict[int, list[Finding]] = defaultdict(list)
        for item in self.findings:
            if item.workbook is not None:
                grouped[item.workbook].append(item)
        return grouped


def evaluate(paths: Sequence[Path], rules: str | None = None) -> Evaluation:
    """Read, check and score workbooks in one pass.

    Args:
        paths: the files.
        rules: a rule set's name or file that stands over 参数.评分规则.

    Raises:
        RuleError: that rule set cannot be used.
    """
    given = load_rules(rules) if rules else None
    batch = bind([read_workbook(path, WANTED) for path in paths])
    _look_behind(batch)
    in_force = [given or load_rules(source.settings.get("rules") or standard.DEFAULT_RULES) for source in batch.sources]
    measures, read_findings = measure(batch)
    scores = score(batch, measures, in_force)
    context = Context(batch, scores, in_force)
    completion = complete(context)
    findings = [*batch.findings, *read_findings, *completion.findings, *check(context)]
    # A finding that can name no cell of its sheet rests on a column that is not there, and S04 has said so.
    findings = [item for item in findings if item.cell or item.sheet is None or item.code == "S03"]
    findings.sort(key=sort_key)
    return Evaluation(batch, in_force, scores, completion, findings)


def repeated_projects(sources: Sequence[Source], codes: Iterable[tuple[int, int, str, Place]]) -> list[Finding]:
    """S12: the same 项目编码 in two workbooks of a run.

    Args:
        sources: the workbooks.
        codes: (workbook, 项目序号, 项目编码, place) of every project that has a code.
    """
    seen: dict[str, list[tuple[int, Place, str]]] = defaultdict(list)
    for workbook, _, code, place in codes:
        seen[fold(code)].append((workbook, place, code))
    found = []
    for places in seen.values():
        workbooks = list(dict.fromkeys(workbook for workbook, *_ in places))
        if len(workbooks) > 1:
            names = [sources[workbook].path.name for workbook in workbooks]
            files = "、".join(names[:3]) + (f"等{len(names)}个工作簿" if len(names) > 3 else "")
            found += [finding("S12", place, code=shorten(code), files=files) for _, place, code in places[1:]]
    return found


def _look_behind(batch: Batch) -> None:
    """Ask what stands behind cells that look blank, and behind small numbers under a % unit."""
    shares = _shares(batch)
    for source in batch.usable():
        numbers = [(title, cell) for title, cell, *_ in shares[source.index]]
        titles = [layout.title for key, layout in source.layouts.items() if key != standard.CRITERIA.key]
        source.probes = probe(source.path, titles, numbers)
        for title, cell, table_key, row, key in shares[source.index]:
            behind = source.probes.get((title, cell))
            if behind is not None and behind.percent:
                # The cell shows 98%: that is what stands there, whatever number is stored.
                table = batch.tables[table_key]
                shown = f"{plain(from_float(table.typed(row, key)) * 100)}%"
                table.put(row, key, shown)


def _shares(batch: Batch) -> dict[int, list[tuple[str, str, str, int, str]]]:
    """Numbers of at most 1 in the value cells of indicators whose unit is %."""
    found: dict[int, list[tuple[str, str, str, int, str]]] = defaultdict(list)
    indicators, actuals = batch.tables["indicators"], batch.tables["actuals"]
    percent = set()
    for index, (workbook, number, unit) in enumerate(indicators.rows("workbook", "indicator_no", "unit")):
        if unit and canonical_unit(unit) == "%":
            percent.add((workbook, number))
            _note_shares(found, batch, "indicators", index, ("target", "new_target"))
    for index, key in enumerate(actuals.rows("workbook", "indicator_no")):
        if key in percent:
            _note_shares(found, batch, "actuals", index, ("actual",))
    return found


def _note_shares(
    found: dict[int, list[tuple[str, str, str, int, str]]],
    batch: Batch,
    table_key: str,
    index: int,
    keys: tuple[str, ...],
) -> None:
    table = batch.tables[table_key]
    for key in keys:
        raw = table.typed(index, key)
        if isinstance(raw, (int, float)) and not isinstance(raw, bool) and 0 < abs(raw) <= 1:
            place = table.place(index, key)
            if place.workbook is not None and place.sheet and place.cell:
                found[place.workbook].append((place.sheet, place.cell, table_key, index, key))
