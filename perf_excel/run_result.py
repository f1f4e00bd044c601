"""The result of a run, told from its ledger: for the screen, as JSON (contract §5), and as tables for Python."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from perf_excel.findings import Finding, Severity
from perf_excel.ledger import Ledger
from perf_excel.options import Options
from perf_excel.outcome import Outcome
from perf_excel.results import SCHEMA, finding_data, workbook_data
from perf_excel.version import __version__


@dataclass
class Run:
    """A run that is done. Whoever has it closes it.

    Attributes:
        ledger: what each workbook came to.
        options: what it was asked for.
        folder: the output folder; None where nothing was written.
        written: files of the run as a whole.
        notes: sentences for the screen.
        repeated: workbooks that hand in a project of another one again.
    """

    ledger: Ledger
    options: Options
    folder: Path | None = None
    written: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    repeated: set[int] = field(default_factory=set)
    _added: int = 0

    def __enter__(self) -> Run:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the ledger, and of the output folder."""
        self.ledger.close()

    def add(self, findings: Iterable[Finding]) -> None:
        """Add findings that no workbook alone has."""
        numbered = list(enumerate(findings, start=self._added))
        self._added += len(numbered)

        def write() -> None:
            for number, item in numbered:
                self.ledger.add(number, item, listed=self.options.lists(item))

        self.ledger.keep(write)

    @property
    def exit_status(self) -> int:
        """0: nothing must be mended; 1: something must; 2: no input could be read at all."""
        if not self.ledger.readable():
            return 2
        return int(self.ledger.counts()[Severity.MUST] > 0)

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        """Walk over what the workbooks came to, those with their status that repeat a project too."""
        for number, outcome in self.ledger.outcomes():
            if number in self.repeated:
                outcome.status = "needs_fix"
            yield number, outcome

    def findings(self, *, listed: bool = True) -> Iterator[Finding]:
        """Walk over the findings by workbook, those of the run as a whole last."""
        for number, _, findings in self.ledger.findings():
            for item in findings:
                if self.options.lists(item) is listed:
                    yield replace(item, workbook=number)
        yield from self.ledger.extras(listed=listed)

    def not_listed(self) -> str:
        """Say what --only and --ignore leave out of the lists; "" for nothing."""
        codes = self.ledger.codes(listed=False)
        counts = Counter[str]()
        for code, _, count in codes:
            counts[code] += count
        must = sum(count for _, severity, count in codes if severity is Severity.MUST)
        return not_listed(counts, must)

    def outputs(self, outcome: Outcome) -> list[Path]:
        """Return the files written for a workbook."""
        return [] if self.folder is None else [self.folder / file.name for file in outcome.files if file.name]

    # ------------------------------------------------------------ JSON

    def to_data(self) -> dict[str, Any]:
        """Return the result as contract §5 has it."""
        return {"schema": SCHEMA, "version": __version__} | {name: list(rows) for name, rows in self._parts()}

    def indicators(self) -> list[dict[str, Any]]:
        """Return a row an indicator."""
        return [{"workbook": number} | row for number, outcome in self.outcomes() for row in outcome.indicators]

    def write_json(self, file: IO[str]) -> None:
        """Write the same row by row, without holding it."""
        file.write(f'{{\n "schema": {SCHEMA},\n "version": {json.dumps(__version__)}')
        for name, rows in self._parts():
            file.write(f',\n "{name}": [')
            for position, row in enumerate(rows):
                file.write(",\n  " if position else "\n  ")
                file.write(json.dumps(row, ensure_ascii=False, allow_nan=False))
            file.write("\n ]")
        file.write("\n}\n")

    def _parts(self) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
        yield "workbooks", (self._workbook(outcome) for _, outcome in self.outcomes())
        projects = ((number, project) for number, outcome in self.outcomes() for project in outcome.projects)
        yield "projects", ({"workbook": number} | project for number, project in projects)
        yield "findings", (finding_data(item) for item in self.findings())

    def _workbook(self, outcome: Outcome) -> dict[str, Any]:
        outputs = [str(path) for path in self.outputs(outcome)]
        read = {"unit": outcome.unit, "year": outcome.year, "rules": outcome.rules}
        return workbook_data(outcome.path, outcome.status, outcome.by_sheet, outputs, read=read)


def not_listed(counts: Counter[str], must: int) -> str:
    """Say what is left out of the lists as asked; "" for nothing.

    Args:
        counts: findings by code.
        must: how many of them are 必须修改.
    """
    if not counts:
        return ""
    told = "、".join(f"{code}（{count}项）" for code, count in sorted(counts.items()))
    return f"按您的要求没有列出：{told}。" + (f"其中必须修改{must}项，仍然算没有改好。" if must else "")
