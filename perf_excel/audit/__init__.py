"""Audit: Word reports that others wrote, read and checked against themselves and against a workbook.

`document` is the one gate to Word files; what stands above it sees paragraphs and tables only.
"""
