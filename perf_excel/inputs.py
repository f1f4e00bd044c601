"""The files that a run is given: named ones, and those in folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perf_excel.store import STATE_FOLDER, written_in
from perf_excel.workbook.reader import SPREADSHEET_SUFFIXES


@dataclass(frozen=True, slots=True)
class Found:
    """What files and folders given as input hold.

    Attributes:
        paths: the files, sorted by path.
        empty: folders without any.
        skipped: output folders of the program, which are passed over.
        closed: folders that nobody may look into.
    """

    paths: list[Path]
    empty: list[Path]
    skipped: list[Path]
    closed: list[Path]


#: What a bureau lays among the workbooks that it collects: the list of what it has asked for.
ROSTER_NAME = "应报清单.xlsx"


def find_workbooks(inputs: Sequence[Path], roster: Path | None = None) -> Found:
    """Find the workbooks among files and folders; the list of what was asked for is none of them."""
    found = find_files(inputs, SPREADSHEET_SUFFIXES)
    named = {os.path.realpath(path) for path in inputs}
    no_workbooks = {os.path.realpath(path) for path in found.paths if path.name == ROSTER_NAME} - named
    if roster is not None:
        no_workbooks.add(os.path.realpath(roster))
    paths = (
        [path for path in found.paths if os.path.realpath(path) not in no_workbooks] if no_workbooks else found.paths
    )
    return replace(found, paths=paths)


def roster_in(inputs: Sequence[Path]) -> Path | None:
    """Return the list of what was asked for that lies at the top of a folder given as input, if there is one."""
    lists = (folder / ROSTER_NAME for folder in inputs if folder.is_dir())
    return next((path for path in lists if path.is_file()), None)


def find_files(inputs: Sequence[Path], suffixes: frozenset[str]) -> Found:
    """Find files of a kind among files and folders; a file that is named is taken whatever it is called."""
    found: dict[str, Path] = {}
    empty, skipped, closed = [], [], list[Path]()
    for given in inputs:
        if given.is_dir():
            before = len(closed)
            inside, passed = _walk(given, suffixes, closed)
            skipped += passed
            if not inside and len(closed) == before:
                empty.append(given)
            for path in inside:
                found.setdefault(os.path.realpath(path), path)
        else:
            found.setdefault(os.path.realpath(given), given)
    return Found(sorted(found.values(), key=str), empty, skipped, closed)


def _walk(folder: Path, suffixes: frozenset[str], closed: list[Path]) -> tuple[list[Path], list[Path]]:
    """Walk a folder; hidden files, `~$…` and output folders of the program are skipped, link loops survived.

    An output folder that is itself given as the input holds inputs where a person has put some there.
    """
    seen: set[str] = set()
    found: list[Path] = []
    passed: list[Path] = []

    def told(error: OSError) -> None:
        closed.append(Path(error.filename))

    for top, folders, files in os.walk(folder, onerror=told, followlinks=True):
        here, real = Path(top), os.path.realpath(top)
        ours = (here / STATE_FOLDER).is_dir()
        if real in seen or (ours and here != folder):
            if real not in seen:
                passed.append(here)
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [] if ours else sorted(name for name in folders if not name.startswith("."))
        skipped = written_in(here) if ours else frozenset()
        for name in sorted(files):
            wanted = Path(name).suffix.lower() in suffixes and not name.startswith((".", "~$"))
            if wanted and name not in skipped:
                found.append(here / name)
    return found, passed
