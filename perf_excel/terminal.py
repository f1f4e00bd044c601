"""The two streams of a terminal. Nothing is imported here, so that what only says a sentence comes at once."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Print a line; a character that the console cannot show is replaced, never an error."""
    stream = sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def complain(text: str) -> None:
    """Print a line to the error stream."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "replace").decode(encoding) + "\n")
