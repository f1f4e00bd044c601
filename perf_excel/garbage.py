"""When Python looks for garbage.

It looks again and again while a batch grows, through all that is there, and finds next to nothing: what is made for a
workbook is needed until the workbook is done.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_alone() -> Iterator[None]:
    """Let nothing be looked through until the end, and everything that was made since then.

    As a decorator it stands for the whole of a function, each call of which must keep within its memory.
    """
    if not gc.isenabled():
        yield  # within another one
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
