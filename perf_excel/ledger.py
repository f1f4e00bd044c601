"""What is remembered of runs: what each workbook came to, and the hash of every file written. One SQLite file.

It makes a rerun do only what changed, and lets a run over any number of workbooks be told without holding them all.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from perf_excel.findings import SEVERITY_ORDER, Finding, Severity
from perf_excel.outcome import Outcome, pack, unpack
from perf_excel.text import fold

_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS outcome (
    path TEXT PRIMARY KEY, given TEXT, key TEXT NOT NULL, number INTEGER,
    readable INTEGER, projects INTEGER, unfilled INTEGER, files INTEGER, body BLOB);
CREATE INDEX IF NOT EXISTS outcome_number ON outcome (number);
CREATE TABLE IF NOT EXISTS output (name TEXT PRIMARY KEY, digest TEXT NOT NULL, coming TEXT);
CREATE TABLE IF NOT EXISTS code (code TEXT, number INTEGER, project_no INTEGER, shown TEXT, sheet TEXT, cell TEXT);
CREATE INDEX IF NOT EXISTS code_code ON code (code);
CREATE TABLE IF NOT EXISTS passage (key TEXT, number INTEGER, seq INTEGER, sheet TEXT, cell TEXT, said TEXT);
CREATE INDEX IF NOT EXISTS passage_key ON passage (key);
CREATE TABLE IF NOT EXISTS tally (number INTEGER, code TEXT, severity TEXT, listed INTEGER, count INTEGER);
CREATE TABLE IF NOT EXISTS extra (seq INTEGER PRIMARY KEY, number INTEGER, listed INTEGER, body BLOB);
"""
_OF_A_RUN = ("code", "passage", "tally", "extra")


class Sizes(NamedTuple):
    """How large a run is: workbooks, projects, workbooks with blanks to fill, files."""

    workbooks: int
    projects: int
    unfilled: int
    files: int


class Ledger:
    """The open file. A run begins with `begin`, then every workbook is `enter`ed in its order."""

    def __init__(self, path: Path | None) -> None:
        """Open a ledger, or one that is forgotten in the end where no path is given.

        Raises:
            OSError: it cannot be opened or written.
        """
        try:
            self._db = self._open(path)
        except sqlite3.DatabaseError as error:
            if path is None or isinstance(error, sqlite3.OperationalError):
                raise OSError(str(error)) from error
            path.unlink()  # damaged: what is there is then taken for the work of people, and stays
            self._db = self._open(path)

    @staticmethod
    def _open(path: Path | None) -> sqlite3.Connection:
        db = sqlite3.connect(path or "", isolation_level=None)
        if db.execute("PRAGMA user_version").fetchone()[0] not in (0, _VERSION):
            db.executescript("".join(f"DROP TABLE IF EXISTS {name};" for name in ("outcome", *_OF_A_RUN)))
        db.execute("PRAGMA synchronous=NORMAL")
        db.executescript(_TABLES)
        db.execute(f"PRAGMA user_version={_VERSION}")
        return db

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Have all that is written inside written, or nothing of it.

        Raises:
            OSError: it cannot be written.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    # ------------------------------------------------------------ files

    def known(self, name: str) -> frozenset[str]:
        """Return the hashes that a file has if nobody but the program has written it."""
        row = self._db.execute("SELECT digest, coming FROM output WHERE name=?", (name,)).fetchone()
        return frozenset(filter(None, row)) if row else frozenset()

    def coming(self, name: str, digest: str) -> None:
        """Remember what is about to be put in a place."""
        given = (name, digest, digest)
        self._db.execute("INSERT INTO output VALUES (?, '', ?) ON CONFLICT(name) DO UPDATE SET coming=?", given)

    def there(self, name: str, digest: str) -> None:
        """Remember that it is there."""
        self._db.execute("UPDATE output SET digest=?, coming=NULL WHERE name=?", (digest, name))

    def gone(self, name: str) -> None:
        """Forget a file."""
        self._db.execute("DELETE FROM output WHERE name=?", (name,))

    # ------------------------------------------------------------ workbooks

    def begin(self) -> None:
        """Begin a run: what was told of an earlier one is forgotten, what its workbooks came to is kept."""
        with self.together():
            for table in _OF_A_RUN:
                self._db.execute(f"DELETE FROM {table}")
            self._db.execute("UPDATE outcome SET number=NULL")

    def key(self, path: str) -> str | None:
        """Return the key under which a workbook's outcome was kept."""
        row = self._db.execute("SELECT key FROM outcome WHERE path=?", (path,)).fetchone()
        return row[0] if row else None

    def kept(self, path: str) -> Outcome | None:
        """Return what a workbook came to in an earlier run."""
        row = self._db.execute("SELECT body FROM outcome WHERE path=?", (path,)).fetchone()
        return unpack(row[0]) if row else None

    def enter(
        self, number: int, path: str, key: str, outcome: Outcome, listed: Mapping[bool, Iterable[Finding]]
    ) -> None:
        """Keep what a workbook came to, as one of this run.

        Args:
            number: its place among the workbooks of the run.
            path: under which it is found again, from wherever a run is started.
            key: of its input and all that its outcome depends on; "" for what must be done again next time.
            outcome: what it came to.
            listed: its findings, those to be listed and the others.
        """
        db = self._db
        db.executemany(
            "INSERT INTO code VALUES (?, ?, ?, ?, ?, ?)",
            [(fold(c.code), number, c.project_no, c.code, c.sheet, c.cell) for c in outcome.codes],
        )
        db.executemany(
            "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?)",
            [(p.key, number, seq, p.sheet, p.cell, p.said) for seq, p in enumerate(outcome.passages)],
        )
        for told, findings in listed.items():
            counts = Counter((item.code, item.severity) for item in findings)
            rows = [(number, code, severity.value, int(told), count) for (code, severity), count in counts.items()]
            db.executemany("INSERT INTO tally VALUES (?, ?, ?, ?, ?)", rows)
        unfilled = sum(count.left for count in outcome.by_sheet.values())
        facts = (int(outcome.status != "unreadable"), len(outcome.rows), unfilled, len(outcome.files))
        given = (path, outcome.path, key, number, *facts, pack(outcome))
        db.execute("INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", given)

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        """Walk over the workbooks of this run in their order."""
        for number, body in self._db.execute("SELECT number, body FROM outcome WHERE number NOTNULL ORDER BY number"):
            yield number, unpack(body)

    def outcome(self, number: int) -> Outcome:
        """Return what one workbook of this run came to."""
        return unpack(self._db.execute("SELECT body FROM outcome WHERE number=?", (number,)).fetchone()[0])

    # ------------------------------------------------------------ the run

    def repeated_codes(self) -> list[tuple[int, int, str, str, str, str]]:
        """Return (number, 项目序号, 项目编码, sheet, cell, folded code) of projects that stand in several workbooks."""
        twice = "SELECT code FROM code GROUP BY code HAVING COUNT(DISTINCT number) > 1"
        asked = f"SELECT number, project_no, shown, sheet, cell, code FROM code WHERE code IN ({twice}) ORDER BY rowid"
        return self._db.execute(asked).fetchall()

    def repeated_passages(self) -> Iterator[tuple[int, int, str, str, str]]:
        """Walk over texts that an earlier workbook has as well: (number, number there, sheet, cell, text)."""
        asked = """
            SELECT p.number, first.number, p.sheet, p.cell, p.said
            FROM passage p JOIN (SELECT key, MIN(number) AS number FROM passage GROUP BY key) first ON first.key = p.key
            WHERE p.number > first.number ORDER BY p.number, p.seq"""
        return iter(self._db.execute(asked))

    def add(self, seq: int, item: Finding, *, listed: bool) -> None:
        """Keep a finding of the run, one that no workbook alone has."""
        body = pack(Outcome("", "", "", findings=[item]))
        self._db.execute("INSERT OR REPLACE INTO extra VALUES (?, ?, ?, ?)", (seq, item.workbook, int(listed), body))
        row = (item.workbook, item.code, item.severity.value, int(listed), 1)
        self._db.execute("INSERT INTO tally VALUES (?, ?, ?, ?, ?)", row)

    def extras(self, *, listed: bool) -> list[Finding]:
        """Return the findings of the run."""
        asked = self._db.execute("SELECT body FROM extra WHERE listed=? ORDER BY seq", (int(listed),))
        return [item for (body,) in asked for item in unpack(body).findings]

    def counts(self, *, listed: bool | None = None) -> Counter[Severity]:
        """Return how many findings there are of each severity."""
        asked = "SELECT severity, SUM(count) FROM tally WHERE ? IS NULL OR listed=? GROUP BY severity"
        chosen = None if listed is None else int(listed)
        return Counter({Severity(name): count for name, count in self._db.execute(asked, (chosen, chosen))})

    def codes(self, *, listed: bool, of: Collection[int] | None = None) -> list[tuple[str, Severity, int]]:
        """Return (code, severity, count) of the findings, the worst and the most frequent first.

        Args:
            listed: of those that are to be listed, or of the others.
            of: of these workbooks and of the run as a whole alone.
        """
        counts = Counter[tuple[str, str]]()
        asked = "SELECT number, code, severity, SUM(count) FROM tally WHERE listed=? GROUP BY number, code, severity"
        for number, code, severity, count in self._db.execute(asked, (int(listed),)):
            if of is None or number is None or number in of:
                counts[code, severity] += count
        rows = [(code, Severity(name), count) for (code, name), count in counts.items()]
        return sorted(rows, key=lambda row: (SEVERITY_ORDER[row[1]], -row[2], row[0]))

    def tallies(self) -> Iterator[tuple[int | None, Severity, int]]:
        """Walk over the numbers of findings by workbook and severity."""
        asked = "SELECT number, severity, SUM(count) FROM tally GROUP BY number, severity"
        return ((number, Severity(name), count) for number, name, count in self._db.execute(asked))

    def sizes(self) -> Sizes:
        """Return how large the run is."""
        asked = """
            SELECT COUNT(*), TOTAL(projects), COUNT(CASE WHEN unfilled > 0 THEN 1 END), TOTAL(files)
            FROM outcome WHERE number NOTNULL"""
        return Sizes(*map(int, self._db.execute(asked).fetchone()))

    def unfilled(self, most: int) -> list[Outcome]:
        """Return the first workbooks of the run in which must-fill cells are blank."""
        asked = "SELECT body FROM outcome WHERE number NOTNULL AND unfilled > 0 ORDER BY number LIMIT ?"
        return [unpack(body) for (body,) in self._db.execute(asked, (most,))]

    def readable(self) -> bool:
        """Tell whether any workbook of the run could be read."""
        asked = "SELECT 1 FROM outcome WHERE number NOTNULL AND readable LIMIT 1"
        return self._db.execute(asked).fetchone() is not None

    def path(self, number: int) -> str:
        """Return the path of a workbook of the run, as it was given."""
        return str(self._db.execute("SELECT given FROM outcome WHERE number=?", (number,)).fetchone()[0])


def names_in(path: Path) -> frozenset[str]:
    """Return the names of all files that the runs remembered in a ledger have written; none where there is none."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return frozenset(name for (name,) in db.execute("SELECT name FROM output"))
    except sqlite3.Error:
        return frozenset()
