"""What a rerun need not do again: workbooks of which nothing has changed, and whose files are there as they were."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections import defaultdict
from pathlib import Path

from perf_excel import rules
from perf_excel.names import MARKED_SUFFIX
from perf_excel.options import Options, Write
from perf_excel.outcome import Outcome
from perf_excel.rules import load_rules
from perf_excel.store import Store, digest_of
from perf_excel.version import __version__
from perf_excel.work import MARKED_FOLDER, Input

_MARKED_NAME = re.compile(rf"(?P<stem>.+){MARKED_SUFFIX}(?:_(?P<number>[0-9]+))?\.xls[xm]", re.IGNORECASE)


class Memory:
    """What the output folder remembers of the workbooks of this run.

    Attributes:
        copies: marked copies of earlier runs by name without mark and number, in lower case; the newest first.
    """

    def __init__(self, store: Store, options: Options, write: Write, template: bytes | None, *extra: object) -> None:
        """Look at the output folder.

        Args:
            store: the folder.
            options: of this run.
            write: what is written for each workbook.
            template: of the reports.
            extra: what else the outcome of a workbook depends on.
        """
        self._store, self._force = store, options.force
        self.copies = self._copies()
        self._typed: dict[int, list[str]] = {}
        self._common = _digest(
            __version__, _data(), load_rules(options.rules).digest if options.rules else "", options.forms,
            options.print_scores, options.annotate, options.only, options.ignore, write, template, *extra,
        )  # fmt: skip

    def knows(self, item: Input) -> bool:
        """Tell whether a workbook need not be done again."""
        typed = [_content(copy) for copy in item.earlier if not self._is_ours(copy)]
        if typed:
            self._typed[item.number] = typed
        known = None if self._force else self._store.ledger.key(item.key)
        if not known or self.key(item, _content(item.path)) != known:
            return False
        kept = self._store.ledger.kept(item.key)
        return kept is not None and self._untouched(kept)

    def key(self, item: Input, digest: str) -> str:
        """Return what a workbook's outcome depends on, as a hash.

        Args:
            item: the workbook, which `knows` has been asked about.
            digest: SHA-256 of its bytes, or "".

        Returns:
            "" for a workbook that was not read, and is to be done again in any case.
        """
        typed = self._typed.get(item.number, [])
        return _digest(self._common, digest, item.path.name, item.marked, typed) if digest else ""

    def _untouched(self, kept: Outcome) -> bool:
        """Tell whether all files are there as they were, and the files of people that they made way for are as well."""
        return all(
            self._store.is_ours(file.name, file.digest) and (not file.wish or self._store.is_theirs(file.wish))
            for file in kept.files
        )

    def _is_ours(self, copy: Path) -> bool:
        """Tell whether nobody has worked on a marked copy: then nothing in it is to be carried over."""
        known = self._store.ledger.known(copy.relative_to(self._store.folder).as_posix())
        return bool(known) and _content(copy) in known

    def _copies(self) -> dict[str, tuple[Path, ...]]:
        found: dict[str, list[tuple[int, str, Path]]] = defaultdict(list)
        with contextlib.suppress(OSError):  # no such folder yet
            for path in (self._store.folder / MARKED_FOLDER).iterdir():
                match = _MARKED_NAME.fullmatch(path.name)
                if match is not None:
                    found[match["stem"].casefold()].append((int(match["number"] or 1), path.name, path))
        return {stem: tuple(path for *_, path in sorted(copies, reverse=True)) for stem, copies in found.items()}


def _content(path: Path) -> str:
    """Return the SHA-256 of a file's bytes; "" where they cannot be read."""
    try:
        return digest_of(path)
    except OSError:
        return ""


def _data() -> str:
    """Return a hash of the words, bounds and rules that an office may have changed."""
    shipped = Path(rules.__file__).parent
    folders = [shipped, shipped.parent / "data"]
    files = sorted(path for folder in folders for path in folder.glob("*.toml"))
    return _digest([(path.name, _content(path)) for path in files])


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
