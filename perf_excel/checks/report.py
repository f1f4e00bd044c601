"""What the Word report cannot say because nobody has written it: passages, and what a score rests on (W01)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from perf_excel.checks.context import Context, is_blank
from perf_excel.findings import Finding, Place, finding
from perf_excel.scoring import ProjectScore
from perf_excel.workbook import standard
from perf_excel.workbook.cells import join_cells

#: Chapters that 项目信息 may hold instead; where they stand on neither sheet, B06 or S05 asks for them there.
_ON_PROJECTS = frozenset((standard.CHAPTER_CONCLUSION, standard.CHAPTER_PROBLEMS, standard.CHAPTER_SUGGESTIONS))


def chapters_not_written(context: Context) -> Iterator[Finding]:
    """W01: chapters without a row on 报告内容, or with a blank one. One finding a project.

    An office that fills in nothing there writes no report with the program, and is told once.
    """
    using = set(context.table(standard.PASSAGES.key).column("workbook"))
    told_once: set[int] = set()
    for project in context.reported:
        layout = context.batch.sources[project.workbook].layouts.get(standard.PASSAGES.key)
        if layout is None or not {"project_no", "chapter", "text"} <= layout.letters.keys():
            continue  # S03 or S04 has said so
        if project.workbook not in using:
            if project.workbook not in told_once:
                told_once.add(project.workbook)
                place = Place(project.workbook, layout.title, f"{layout.letters['text']}{layout.header_row}")
                yield finding("W01.none", place, sheet=layout.title)
            continue
        cells, written = _passages(context, project)
        missing = [chapter for chapter in standard.CHAPTERS if chapter not in written and chapter not in _ON_PROJECTS]
        if missing:
            heading = f"{layout.letters['text']}{layout.header_row}"
            named = [cell for chapter in missing for cell in cells.get(chapter, [heading])]
            place = Place(project.workbook, layout.title, join_cells(named), project.project_no)
            name, told = context.project_name(project), "、".join(missing)
            yield finding("W01", place, project=name, sheet=layout.title, chapters=told, count=len(missing))


def _passages(context: Context, project: ProjectScore) -> tuple[dict[str, list[str]], set[str]]:
    """Return the blank cells of 内容 by chapter, and the chapters that are written, or whose cell is broken (S08)."""
    table = context.table(standard.PASSAGES.key)
    cells: dict[str, list[str]] = defaultdict(list)
    written = set()
    for index in context.rows(standard.PASSAGES.key, project):
        chapter, place = table.get(index, "chapter"), table.place(index, "text")
        if chapter is None:
            continue
        if not is_blank(table.typed(index, "text")) or (place.workbook, place.sheet, place.cell) in context.broken:
            written.add(chapter)
        elif place.cell:
            cells[chapter].append(place.cell)
    return cells, written


def scores_without_evidence(context: Context) -> Iterator[Finding]:
    """W01: 评分依据 is blank. One finding a project."""
    table = context.table(standard.SCORECARD.key)
    column = table.sheet.by_key["evidence"]
    for project in context.reported:
        if not context.has_column(project.workbook, standard.SCORECARD.key, column.key):
            continue
        blank = []
        for index in context.rows(standard.SCORECARD.key, project):
            place = table.place(index, column.key)
            broken = (place.workbook, place.sheet, place.cell) in context.broken
            if is_blank(table.typed(index, column.key)) and not broken:
                blank.append(index)
        if blank:
            place = table.column_place(blank, column.key)
            name = context.project_name(project)
            yield finding("W01.evidence", place, project=name, column=column.title, count=len(blank))
