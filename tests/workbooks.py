"""Workbooks for tests: written from rows, or the shipped sample (or a clean one) with some cells spoiled."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl

from perf_excel import resources
from perf_excel.book import Book
from perf_excel.findings import Finding
from perf_excel.pipeline import evaluate
from perf_excel.render.report.facts import INSTEAD
from perf_excel.workbook import standard
from perf_excel.workbook.template import Content, write_inputs

SAMPLE = resources.input_templates() / resources.SAMPLE_NAME
COMPLETE = resources.input_templates() / resources.COMPLETE_NAME
TEMPLATE = resources.input_templates() / resources.TEMPLATE_NAME
SETTINGS = {"unit_name": "测试单位", "year": 2024, "finance_head": "李某"}
PROJECT = {
    "project_no": 1,
    "code": "51172524T000011043675",
    "name": "测试项目",
    "project_type": "行政运转",
    "fund_rules": "无",
    "basis": "某县财预〔2024〕5号",
    "scope": "设备运行维护",
    "goal": "保障设备全年正常运行",
    "goal_result": "全年运行360天，维护设备5台",
    "conclusion": "项目按计划完成，设备全年运行稳定",
    "problems": "上半年执行进度偏慢",
    "improvements": "按季度编制用款计划",
    "leader": "赵某",
}
FUND = {"project_no": 1, "source": "财政拨款", "initial": 17.28, "budget": 17.28, "executed": 17.28}
#: nature, target, unit, weight, actual of a form that fits the profile 五三一一 and scores 100.
ROWS: tuple[tuple[str, str, str, str, str | None, float, str], ...] = (
    ("产出指标", "数量指标", "＝", "5", "台", 20, "5"),
    ("产出指标", "质量指标", "≥", "95", "%", 20, "96"),
    ("产出指标", "时效指标", "≤", "30", "天", 10, "28"),
    ("效益指标", "社会效益指标", "定性", "全年无安全责任事故", None, 30, "全年无安全责任事故"),
    ("满意度指标", "服务对象满意度指标", "≥", "90", "%", 10, "92"),
)


def rows_of(
    indicators: Any = ROWS, project_no: int = 1, first: int = 1
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return rows of 绩效指标 and 完成情况 for tuples as in `ROWS`."""
    targets, actuals = [], []
    for offset, (level1, level2, nature, target, unit, weight, actual) in enumerate(indicators):
        number = f"ZB{first + offset:03d}"
        targets.append(
            {
                "indicator_no": number,
                "project_no": project_no,
                "level1": level1,
                "level2": level2,
                "level3": f"测试指标{first + offset}",
                "nature": nature,
                "target": target,
                "unit": unit,
                "weight": weight,
            }
        )
        actuals.append({"indicator_no": number, "actual": actual, "evidence": "台账；12月问卷60份"})
    return targets, actuals


def clean_rows() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a workbook with one project and nothing to be mended."""
    targets, actuals = rows_of()
    return {"projects": [dict(PROJECT)], "funds": [dict(FUND)], "indicators": targets, "actuals": actuals}


def passages_of(projects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the chapters of the report of each project that 项目信息 has no column for, in words too few to compare."""
    return [
        {"project_no": project["project_no"], "chapter": chapter, "text": f"{chapter}见第{number}页"}
        for project in projects
        for number, chapter in enumerate(standard.CHAPTERS, start=1)
        if project.get("name") and chapter not in INSTEAD
    ]


def write(
    path: Path, rows: dict[str, list[dict[str, Any]]] | None = None, settings: dict[str, Any] | None = None
) -> Path:
    """Write a filled standard workbook; by default the clean one. Passages of the report are added where none are given."""
    given = clean_rows() if rows is None else rows
    content = {"passages": passages_of(given.get("projects", ())), **given}
    book = Book()
    write_inputs(book, Content(SETTINGS | (settings or {}), content), room=False)
    path.write_bytes(book.close())
    return path


def spoil(path: Path, source: Path = SAMPLE, **cells: Any) -> Path:
    """Copy a workbook with cells changed, given as 工作表_单元格=value (`完成情况_F3="约5"`)."""
    workbook = openpyxl.load_workbook(source)
    for name, value in cells.items():
        sheet, cell = name.rsplit("_", 1)
        workbook[sheet][cell] = value
    stream = io.BytesIO()
    workbook.save(stream)
    path.write_bytes(stream.getvalue())
    return path


def cell_of(sheet: str, key: str, row: int = standard.FIRST_ROW) -> str:
    """Return the cell of a column in a workbook as the template lays it out."""
    from perf_excel.names import column_letter

    return f"{column_letter(standard.SHEET_BY_KEY[sheet].position(key))}{row}"


def findings_of(*paths: Path, **options: Any) -> list[Finding]:
    """Return the findings of workbooks evaluated in one pass."""
    return evaluate(paths, **options).findings


def codes(findings: list[Finding], severity: str | None = None) -> list[tuple[str, str | None, str | None]]:
    """Return (code, sheet, cell) of findings, of one severity or all."""
    return [(f.code, f.sheet, f.cell) for f in findings if severity is None or f.severity == severity]


def sample_data() -> dict[str, Any]:
    """Return the data from which the sample is generated."""
    import perf_excel

    path = Path(perf_excel.__file__).parent / "data" / "sample.json"
    return json.loads(path.read_text(encoding="utf-8"))
