"""One batch: read → check → score. A single workbook is a batch of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perf_excel.checks import Completion, Context, Text, check, complete, settle, sort_key
from perf_excel.findings import Finding, Place, finding
from perf_excel.garbage import left_alone
from perf_excel.measures import measure
from perf_excel.numbers import canonical_unit, from_float, plain
from perf_excel.rules import RuleSet, load_rules
from perf_excel.scoring import Key, ProjectScore, score
from perf_excel.text import fold, halfwidth, shorten, squeeze
from perf_excel.workbook import standard
from perf_excel.workbook.binder import WANTED, bind
from perf_excel.workbook.cells import join_cells
from perf_excel.workbook.pasted import pasted_over, rows_of
from perf_excel.workbook.probe import Asked, probe
from perf_excel.workbook.reader import read_workbook
from perf_excel.workbook.tables import Batch, Source

#: A cell that shows 1000% holds 10; asking for the number format of larger numbers would cost much and tell nothing.
_LARGEST_SHARE = 10
#: What is said of a project also where it need not be evaluated: its keys must be right all the same.
_OF_KEYS = frozenset({"S06", "S07", "S11"})


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A batch, evaluated.

    Attributes:
        batch: the tables as read.
        rules: the rule set of each workbook.
        scores: by (workbook, 项目序号).
        completion: must-fill cells.
        findings: all of them, sorted; those across workbooks are not among them.
        passages: long texts of projects that are evaluated, for comparing workbooks.
    """

    batch: Batch
    rules: list[RuleSet]
    scores: dict[Key, ProjectScore]
    completion: Completion
    findings: list[Finding]
    passages: list[Text]

    def findings_of(self) -> dict[int, list[Finding]]:
        """Return the findings by workbook."""
        grouped: dict[int, list[Finding]] = defaultdict(list)
        for item in self.findings:
            if item.workbook is not None:
                grouped[item.workbook].append(item)
        return grouped


@left_alone()
def evaluate(paths: Sequence[Path], rules: str | None = None, forms: tuple[str, ...] = ()) -> Evaluation:
    """Read, check and score workbooks in one pass.

    Args:
        paths: the files.
        rules: a rule set's name or file that stands over 参数.评分规则.
        forms: forms to print, which stand over 参数.自评表样式; what they print must be filled.

    Raises:
        RuleError: that rule set cannot be used.
    """
    given = load_rules(rules) if rules else None
    batch = bind([read_workbook(path, WANTED) for path in paths])
    _look_behind(batch)
    in_force = [given or load_rules(source.settings.get("rules") or standard.DEFAULT_RULES) for source in batch.sources]
    measures, read_findings = measure(batch)
    scores = score(batch, measures, in_force)
    context = Context(batch, scores, in_force, forms)
    completion = complete(context)
    findings = [*batch.findings, *read_findings, *completion.findings, *check(context)]
    # A finding that can name no cell of its sheet rests on a column that is not there, and S04 has said so.
    findings = [item for item in findings if item.cell or item.sheet is None or item.code == "S03"]
    exempt = {key for key, project in scores.items() if project.exempt}
    findings = [item for item in findings if (item.workbook, item.project_no) not in exempt or item.code in _OF_KEYS]
    findings = sorted(settle(findings, context), key=sort_key)
    told = [text for text in context.passages if text.key_of_project not in exempt]
    return Evaluation(batch, in_force, scores, completion, findings, told)


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


def repeated_passages(sources: Sequence[Source], texts: Iterable[Text], repeated: Collection[Finding]) -> list[Finding]:
    """E04: passages that are the same, to the letter, in two workbooks of a run.

    Args:
        sources: the workbooks.
        texts: their long texts.
        repeated: what S12 has found; a workbook that hands in another's project again shares its texts as well.
    """
    again = {item.workbook for item in repeated}
    first: dict[str, Text] = {}
    shared: dict[tuple[int, str | None, int], list[Text]] = defaultdict(list)
    for text in texts:
        earlier = first.setdefault(squeeze(text.said), text)
        here, there = text.key_of_project[0], earlier.key_of_project[0]
        if here != there and here not in again:
            shared[here, text.place.sheet, there].append(text)
    found = []
    for (workbook, sheet, other), copied in shared.items():
        cells = [text.place.cell or "" for text in copied]
        place = Place(workbook, sheet, join_cells(cells))
        fields: dict[str, Any] = {
            "count": len(copied),
            "file": sources[other].path.name,
            "sheet": sheet,
            "cell": cells[0],
        }
        found.append(finding("E04.across", place, typed=shorten(copied[0].said), **fields))
    return found


def _look_behind(batch: Batch) -> None:
    """Ask what stands behind cells that look blank, and small numbers that may be percentages; what was pasted over."""
    shares, rows = _shares(batch), rows_of(batch)
    for source in batch.usable():
        asked = {}
        for sheet, layout in source.layouts.items():
            if sheet != standard.CRITERIA.key:
                read = standard.SHEET_BY_KEY[sheet].read_keys & layout.letters.keys()
                own = rows[source.index].get(layout.title)
                asked[layout.title] = Asked({layout.letters[key] for key in read}, own.exact() if own else None)
        mine = shares[source.index]
        numbers = [(share.sheet, share.cell) for share in mine]
        stored = probe(source.package, asked, numbers)
        source.probes = stored.probes
        batch.findings += pasted_over(source.index, rows[source.index], stored.dressed, frozenset(numbers))
        if any(behind.uncalculated for behind in source.probes.values()):
            _take_as_blank(batch, source)
        for share in mine:
            behind = source.probes.get((share.sheet, share.cell))
            if behind is not None and behind.percent:
                _take_as_shown(batch, source, share)
    for source in batch.sources:
        source.package = None


@dataclass(frozen=True, slots=True)
class _Share:
    """A number that may be a percentage: where it stands, in the workbook and in the tables."""

    sheet: str
    cell: str
    table: str
    row: int
    key: str


def _take_as_blank(batch: Batch, source: Source) -> None:
    """A formula that nobody calculated holds no figure, also where the writing program put a 0 there."""
    for table in batch.tables.values():
        for column in table.sheet.read_columns:
            for index, raw in enumerate(table.typed_column(column.key)):
                if raw == 0 and table.get(index, "workbook") == source.index:
                    place = table.place(index, column.key)
                    behind = source.probes.get((place.sheet or "", place.cell or ""))
                    if behind is not None and behind.uncalculated:
                        table.put(index, column.key, None)


def _take_as_shown(batch: Batch, source: Source, share: _Share) -> None:
    """Take what a cell in a percent format shows: 98%, whatever number is stored (contract §1)."""
    table = batch.tables[share.table]
    shown = f"{plain(from_float(table.typed(share.row, share.key)) * 100)}%"
    table.put(share.row, share.key, shown)
    if share.key != "ratio":
        return  # value cells are read with their row, later
    reading = table.sheet.by_key[share.key].kind.parse(shown, "")
    table.put(share.row, share.key, shown, reading.value)
    asked = (source.index, share.sheet, share.cell)
    batch.findings[:] = [item for item in batch.findings if (item.workbook, item.sheet, item.cell) != asked]
    place, title = table.place(share.row, share.key), table.sheet.by_key[share.key].title
    batch.findings.append(finding("C03", place, column=title, typed=shown, read=plain(reading.value)))


def _shares(batch: Batch) -> dict[int, list[_Share]]:
    """Small numbers in cells that hold percentages: 得分比例, and the values of indicators in %."""
    found: dict[int, list[_Share]] = defaultdict(list)
    indicators, actuals = batch.tables["indicators"], batch.tables["actuals"]
    percent = set()
    for index, (workbook, number, unit, target) in enumerate(
        indicators.rows("workbook", "indicator_no", "unit", "target")
    ):
        if canonical_unit(unit or "") == "%" or (not unit and isinstance(target, str) and "%" in halfwidth(target)):
            percent.add((workbook, number))
            _note_shares(found, batch, "indicators", index, ("target", "new_target"))
    for index, key in enumerate(actuals.rows("workbook", "indicator_no")):
        _note_shares(found, batch, "actuals", index, ("actual", "ratio") if key in percent else ("ratio",))
    return found


def _note_shares(
    found: dict[int, list[_Share]], batch: Batch, table_key: str, index: int, keys: tuple[str, ...]
) -> None:
    table = batch.tables[table_key]
    for key in keys:
        raw = table.typed(index, key)
        if isinstance(raw, (int, float)) and not isinstance(raw, bool) and 0 < abs(raw) <= _LARGEST_SHARE:
            place = table.place(index, key)
            if place.workbook is not None and place.sheet and place.cell:
                found[place.workbook].append(_Share(place.sheet, place.cell, table_key, index, key))
