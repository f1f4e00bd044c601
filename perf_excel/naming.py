"""What the files of a run are called: of two with one name the first keeps it (contract §4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from perf_excel.outcome import File


class Names:
    """The names taken in a run so far, folder by folder; upper and lower case are one."""

    def __init__(self) -> None:
        self._taken: dict[str, set[str]] = defaultdict(set)

    def give(self, files: Iterable[File]) -> list[File]:
        """Return the files of one workbook with their names; the volumes of one 报送件 share theirs."""
        given: dict[tuple[str, str], str] = {}
        named = []
        for file in files:
            volumes = (file.folder, file.stem) if file.other else None
            stem = given.get(volumes) if volumes else None
            if stem is None:
                stem = self._free(file)
            if volumes:
                given[volumes] = stem
            folder = f"{file.folder}/" if file.folder else ""
            named.append(replace(file, name=f"{folder}{stem}{file.tail}"))
        return named

    def _free(self, file: File) -> str:
        taken, stem = self._taken[file.folder], file.stem
        if file.other and stem.casefold() in taken:
            stem = f"{stem}_{file.other}"
        return free(stem, taken)


def free(stem: str, taken: set[str]) -> str:
    """Return `stem`, or `stem_2` …, as a name that is not taken, and take it."""
    name, number = stem, 2
    while name.casefold() in taken:
        name, number = f"{stem}_{number}", number + 1
    taken.add(name.casefold())
    return name
