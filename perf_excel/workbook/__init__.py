"""The standard workbook: its declaration, and what derives from it (template, reader, binder, guide)."""
