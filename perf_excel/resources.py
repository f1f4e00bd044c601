"""Files that travel with the program: they stand beside it in the sources, and inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

TEMPLATE_NAME = "绩效自评填报模板.xlsx"
SAMPLE_NAME = "示例_渠县安全生产事务中心_2024.xlsx"
#: A workbook that an imaginary office has filled in completely, to look at while filling one's own.
COMPLETE_NAME = "示例_填写完整_虚构县文化馆_2024.xlsx"
#: The Word file that reports are poured into; an office edits it.
REPORT_TEMPLATE_NAME = "绩效自评报告模板.docx"


def input_templates() -> Path:
    """Return the folder `input_templates`."""
    inside = Path(__file__).parent / "input_templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "input_templates"
