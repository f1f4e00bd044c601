"""What the files of a run are called: of two with one name the first keeps it (contract §4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from perf_excel.outcome import File


class Names:
    """The names taken in a run so far; upper and lower case are one."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def taken(self, name: str) -> bool:
        """Tell whether a file of this run has that name."""
        return name.casefold() in self._taken

    def take(self, name: str) -> None:
        """Keep a name from others."""
        self._taken.add(name.casefold())

    def give(self, files: Iterable[File]) -> list[File]:
        """Return the files of one workbook with their names; the volumes of one 报送件 share theirs."""
        stems: dict[tuple[str, str, str], str] = {}
        named = []
        for file in files:
            volumes = (file.folder, file.stem, file.other)
            stem = stems.get(volumes, "") if file.other else ""
            if not stem:
                stem = stems[volumes] = next(stem for stem in _stems(file) if not self.taken(_name(file, stem)))
            name = _name(file, stem)
            self.take(name)
            named.append(replace(file, name=name))
        return named


def _stems(file: File) -> Iterator[str]:
    """Yield what a file may be called, the best first."""
    yield file.stem
    stem = f"{file.stem}_{file.other}" if file.other else file.stem
    if file.other:
        yield stem
    yield from (f"{stem}_{number}" for number in count(2))


def _name(file: File, stem: str) -> str:
    return f"{file.folder}/{stem}{file.tail}" if file.folder else f"{stem}{file.tail}"


def free(stem: str, taken: set[str]) -> str:
    """Return `stem`, or `stem_2` …, as a name that is not taken, and take it."""
    name, number = stem, 2
    while name.casefold() in taken:
        name, number = f"{stem}_{number}", number + 1
    taken.add(name.casefold())
    return name
