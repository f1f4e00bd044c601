"""The official forms: one module each, one line here. A county's own form is a module and a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from perf_excel.render.forms import central, department, review, special, transfer

FORMS: dict[str, Callable[..., Any]] = {
    form.NAME: form.write for form in (special, department, central, transfer, review)
}

__all__ = ["FORMS"]
