"""The files that a run is given: named ones, and those in folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
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
    """

    paths: list[Path]
    empty: list[Path]
    skipped: list[Path]


def find_workbooks(inputs: Sequence[Path]) -> Found:
    """Find the workbooks among files and folders."""
    return find_files(inputs, SPREADSHEET_SUFFIXES)


def find_files(inputs: Sequence[Path], suffixes: frozenset[str]) -> Found:
    """Find files of a kind among files and folders; a file that is named is taken whatever it is called."""
    found: dict[str, Path] = {}
    empty, skipped = [], []
    for given in inputs:
        if given.is_dir():
            inside, passed = _walk(given, suffixes)
            skipped += passed
            if not inside:
                empty.append(given)
            for path in inside:
                found.setdefault(os.path.realpath(path), path)
        else:
            found.setdefault(os.path.realpath(given), given)
    return Found(sorted(found.values(), key=str), empty, skipped)


def _walk(folder: Path, suffixes: frozenset[str]) -> tuple[list[Path], list[Path]]:
    """Walk a folder; hidden files, `~$…` and output folders of the program are skipped, link loops survived.

    An output folder that is itself given as the input holds inputs where a person has put some there.
    """
    seen: set[str] = set()
    found: list[Path] = []
    passed: list[Path] = []
    for top, folders, files in os.walk(folder, followlinks=True):
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
