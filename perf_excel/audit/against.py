"""Reports against the workbooks that they were written from, figure by figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from perf_excel.audit.content import Filling
from perf_excel.audit.outline import Spot
from perf_excel.audit.report import Report
from perf_excel.findings import Finding, Place, finding
from perf_excel.measures import Measured
from perf_excel.numbers import differ, plain, same_unit
from perf_excel.pipeline import Evaluation, evaluate
from perf_excel.scoring import IndicatorScore, ProjectScore, add_up
from perf_excel.text import fold, shorten
from perf_excel.workbook import standard
from perf_excel.workbook.tables import Table

_MONEY = ("initial", "budget", "allocated", "received", "executed")

Placed = tuple[int, Finding, Spot | None]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A report's project and the workbook's: what is compared, and how a message names the workbook."""

    number: int
    report: Report
    filling: Filling
    ours: ProjectScore
    theirs: ProjectScore
    report_tables: Mapping[str, Table]
    tables: Mapping[str, Table]
    file: str

    def differs(self, spot: Spot | None, what: str, typed: str, expected: str, place: Place) -> Placed:
        where = f"{place.sheet}表{place.cell}" if place.sheet and place.cell else place.sheet or ""
        told: dict[str, Any] = {"what": what, "typed": typed or "空白", "expected": expected or "空白", "where": where}
        item = finding("W04", Place(project_no=self.ours.project_no), file=self.file, **told)
        return self.number, replace(item, workbook=self.number), spot


def against(
    reports: Sequence[Report], fillings: Sequence[Filling], evaluation: Evaluation, workbooks: Sequence[Path]
) -> list[Placed]:
    """Compare reports with the workbooks that hold their projects.

    Args:
        reports, fillings, evaluation: as `evaluate.audit` returns them.
        workbooks: the files to compare with.

    Returns:
        Number of the report, the finding (W04 a figure that differs, W05 a project that is not there), its place.
    """
    theirs = evaluate(list(workbooks))
    known = _by_identity(theirs)
    seen: set[tuple[int, int]] = set()
    found: list[Placed] = []
    files = "、".join(path.name for path in workbooks[:3])
    for key, ours in evaluation.scores.items():
        number = key[0]
        other = _counterpart(evaluation.batch.tables["projects"], ours.index, known)
        if other is None:
            name = evaluation.batch.tables["projects"].get(ours.index, "name") or reports[number].name
            found.append((number, replace(finding("W05", Place(), file=files, name=name), workbook=number), None))
            continue
        seen.add(other.key)
        file = theirs.batch.sources[other.workbook].path.name
        tables = evaluation.batch.tables, theirs.batch.tables
        found += _compared(_Pair(number, reports[number], fillings[number], ours, other, *tables, file))
    projects = theirs.batch.tables["projects"]
    for key, score in theirs.scores.items():
        if key not in seen and not score.exempt:
            name = projects.get(score.index, "name") or f"项目{score.project_no}"
            file = theirs.batch.sources[score.workbook].path.name
            found.append((0, replace(finding("W05.report", Place(), file=file, name=name), workbook=None), None))
    return found


def _by_identity(theirs: Evaluation) -> dict[str, ProjectScore]:
    """Return the workbooks' projects by code and by name; what two projects share identifies neither."""
    projects = theirs.batch.tables["projects"]
    known: dict[str, ProjectScore] = {}
    twice: set[str] = set()
    for score in theirs.scores.values():
        for key in ("code", "name"):
            identity = fold(projects.get(score.index, key) or "")
            if identity and known.setdefault(identity, score) is not score:
                twice.add(identity)
    return {identity: score for identity, score in known.items() if identity not in twice}


def _counterpart(projects: Table, index: int, known: Mapping[str, ProjectScore]) -> ProjectScore | None:
    identities = [fold(projects.get(index, key) or "") for key in ("code", "name")]
    return next((known[identity] for identity in identities if identity in known), None)


def _compared(pair: _Pair) -> Iterator[Placed]:
    yield from _identity(pair)
    yield from _money(pair)
    yield from _items(pair)
    yield from _indicators(pair)
    yield from _totals(pair)


# ---------------------------------------------------------------- one thing after another


def _identity(pair: _Pair) -> Iterator[Placed]:
    ours, theirs = pair.report_tables["projects"], pair.tables["projects"]
    for key in ("code", "name", "project_type"):
        typed, expected = ours.get(pair.ours.index, key), theirs.get(pair.theirs.index, key)
        if typed and expected and fold(str(typed)) != fold(str(expected)):
            spot = pair.report.labels[key][1] if key in pair.report.labels else None
            title = ours.sheet.by_key[key].title
            yield pair.differs(spot, title, f"“{typed}”", f"“{expected}”", theirs.place(pair.theirs.index, key))


def _money(pair: _Pair) -> Iterator[Placed]:
    ours, theirs = pair.report_tables["funds"], pair.tables["funds"]
    mine, their = _rows(ours, pair.ours), _rows(theirs, pair.theirs)
    for key in _MONEY:
        typed, expected = (add_up([t.get(r, key) for r in rows]) for t, rows in ((ours, mine), (theirs, their)))
        if typed is not None and expected is not None and differ(typed, expected):
            spot = _spot(pair, ours, mine[0], key)
            title, place = ours.sheet.by_key[key].title, theirs.column_place(their, key)
            yield pair.differs(spot, title, f"{plain(typed)}万元", f"{plain(expected)}万元", place)


def _rows(table: Table, project: ProjectScore) -> list[int]:
    rows = enumerate(table.rows("workbook", "project_no", "source"))
    return [
        i for i, (book, number, source) in rows if (book, number) == project.key and source != standard.TOTAL_SOURCE
    ]


def _items(pair: _Pair) -> Iterator[Placed]:
    ours, theirs = pair.report_tables["scorecard"], pair.tables["scorecard"]
    mine, their = _by_name(ours, pair.ours, "level2"), _by_name(theirs, pair.theirs, "level2")
    for name, index in mine.items():
        if name not in their:
            shown = f"“{ours.get(index, 'level2')}”"
            place = Place(pair.theirs.workbook, theirs.sheet.title)
            yield pair.differs(_spot(pair, ours, index, "level2"), "评价打分的一项，", shown, "没有这一项", place)
            continue
        for key in ("full_marks", "awarded"):
            yield from _cell(
                pair, ours, index, theirs, their[name], key, f"“{shorten(ours.get(index, 'level2'), 20)}”的"
            )
    for name, index in their.items():
        if mine and name not in mine:
            shown = f"“{theirs.get(index, 'level2')}”"
            yield pair.differs(None, "评价打分的一项，", "没有这一项", shown, theirs.place(index, "level2"))


def _by_name(table: Table, project: ProjectScore, key: str) -> dict[str, int]:
    rows = enumerate(table.rows("workbook", "project_no", key))
    return {fold(name): i for i, (book, number, name) in rows if (book, number) == project.key and name}


def _cell(pair: _Pair, ours: Table, mine: int, theirs: Table, their: int, key: str, of: str) -> Iterator[Placed]:
    typed, expected = ours.get(mine, key), theirs.get(their, key)
    if isinstance(typed, Decimal) and isinstance(expected, Decimal) and typed != expected:
        title = ours.sheet.by_key[key].title
        place = theirs.place(their, key)
        yield pair.differs(_spot(pair, ours, mine, key), f"{of}{title}", plain(typed), plain(expected), place)


def _indicators(pair: _Pair) -> Iterator[Placed]:
    theirs = pair.tables["indicators"]
    if not pair.ours.indicators:
        return
    mine = {fold(item.measure.level3): item for item in (*pair.ours.indicators, *pair.ours.cancelled)}
    their = {fold(item.measure.level3): item for item in (*pair.theirs.indicators, *pair.theirs.cancelled)}
    table = pair.report_tables["indicators"]
    for name, item in mine.items():
        spot = _spot(pair, table, item.measure.index, "level3")
        if name not in their:
            place = Place(pair.theirs.workbook, theirs.sheet.title)
            yield pair.differs(spot, "自评表的一个指标，", f"“{item.measure.level3}”", "没有这个指标", place)
            continue
        other = their[name]
        for what, typed, expected, key in _figures(item, other):
            place = (
                pair.tables["actuals"].place(other.measure.actual_index, "actual")
                if key == "actual" and other.measure.actual_index >= 0
                else theirs.place(other.measure.index, key if key != "actual" else "level3")
            )
            yield pair.differs(spot, f"“{shorten(item.measure.level3, 20)}”的{what}", typed, expected, place)
    for name, item in their.items():
        if name not in mine:
            place = theirs.place(item.measure.index, "level3")
            yield pair.differs(None, "自评表的一个指标，", "没有这个指标", f"“{item.measure.level3}”", place)


def _figures(item: IndicatorScore, other: IndicatorScore) -> Iterator[tuple[str, str, str, str]]:
    """Walk over what two rows of one indicator say differently: what, here, there, column."""
    mine, theirs = item.measure, other.measure
    if mine.nature and theirs.nature and mine.nature != theirs.nature:
        yield "指标性质", mine.nature, theirs.nature, "nature"
    if mine.unit and theirs.unit and not same_unit(mine.unit, theirs.unit):
        yield "度量单位", mine.unit, theirs.unit, "unit"
    if mine.weight is not None and theirs.weight is not None and mine.weight != theirs.weight:
        yield "权重", plain(mine.weight), plain(theirs.weight), "weight"
    target = "new_target" if theirs.adjusted else "target"
    for what, key, column in (("指标值", "target", target), ("实际完成值", "actual", "actual")):
        if Measured.CANCELLED in (mine.kind, theirs.kind):
            continue
        values = getattr(mine, key), getattr(theirs, key)
        texts = getattr(mine, f"{key}_text"), getattr(theirs, f"{key}_text")
        if None not in values:
            if values[0] != values[1]:
                yield what, plain(values[0]), plain(values[1]), column
        elif fold(texts[0]) != fold(texts[1]):
            yield what, shorten(texts[0]), shorten(texts[1]), column


def _totals(pair: _Pair) -> Iterator[Placed]:
    """The results that the report declares, against those computed from the workbook."""
    card = pair.theirs.scorecard
    pairs: tuple[tuple[str, str, Decimal | None, str], ...] = (
        ("scorecard", "自评结果（指标体系）", card.total if card else None, "declared_scorecard"),
        ("form", "自评表总分", pair.theirs.total, "declared_form"),
    )
    for kind, what, expected, key in pairs:
        stated: Any = pair.report.declared.get(kind)
        if stated is not None and expected is not None and differ(stated.value, expected):
            place = pair.tables["projects"].place(pair.theirs.index, key)
            told = f"{plain(expected)}分（按各项合计）"
            yield pair.differs(stated.spot, what, f"{plain(stated.value)}分", told, Place(place.workbook, place.sheet))


def _spot(pair: _Pair, table: Table, index: int, key: str) -> Spot | None:
    place = table.place(index, key)
    return pair.filling.spot(place.sheet or "", place.cell or "")
