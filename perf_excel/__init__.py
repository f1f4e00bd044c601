"""perf-excel: 项目支出绩效自评, from the filled workbook to the forms, the findings and the scores."""

__version__ = "0.1.0"
