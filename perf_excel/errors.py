"""The one error that a wrong call raises; every kind of it, wherever it is told, is one of these."""

from __future__ import annotations


class PerfExcelError(Exception):
    """A wrong call: no such rule set or form, an output folder that cannot be used. The text is for the user."""
