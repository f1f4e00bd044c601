"""What is remembered of runs: what each workbook came to, and the hash of every file written. One SQLite file.

It makes a rerun do only what changed, and lets a run over any number of workbooks be told without holding them all.
"""

from __future__ import annotations

import contextlib
import errno
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from perf_excel.database import Database, DatabaseError, column
from perf_excel.findings import SEVERITY_ORDER, Finding, Severity
from perf_excel.outcome import Outcome, Packed, Row, pack, unpack, unpack_findings, unpack_rows
from perf_excel.text import fold

#: With other tables than these a file is begun anew: what is there is then taken for the work of people, and stays.
_VERSION = 3
_TABLES = """
CREATE TABLE IF NOT EXISTS outcome (
    path TEXT PRIMARY KEY, given TEXT, key TEXT NOT NULL, number INTEGER,
    unit TEXT, year INTEGER, readable INTEGER, projects INTEGER, unfilled INTEGER, files INTEGER,
    body BLOB, rows BLOB, findings BLOB);
CREATE INDEX IF NOT EXISTS outcome_number ON outcome (number);
CREATE TABLE IF NOT EXISTS output (name TEXT PRIMARY KEY, digest TEXT NOT NULL, coming TEXT, owner TEXT);
CREATE INDEX IF NOT EXISTS output_owner ON output (owner);
CREATE TABLE IF NOT EXISTS told (summary TEXT, path TEXT);
CREATE TABLE IF NOT EXISTS code (code TEXT, number INTEGER, project_no INTEGER, shown TEXT, sheet TEXT, cell TEXT);
CREATE INDEX IF NOT EXISTS code_code ON code (code);
CREATE TABLE IF NOT EXISTS passage (key TEXT, number INTEGER, seq INTEGER, sheet TEXT, cell TEXT, said TEXT);
CREATE INDEX IF NOT EXISTS passage_key ON passage (key);
CREATE TABLE IF NOT EXISTS tally (number INTEGER, code TEXT, severity TEXT, listed INTEGER, count INTEGER);
CREATE TABLE IF NOT EXISTS extra (seq INTEGER PRIMARY KEY, number INTEGER, listed INTEGER, findings BLOB);
"""
_PARTS, _IN_ORDER = ", ".join(Packed._fields), "WHERE number NOTNULL ORDER BY number"
_OF_A_RUN = ("code", "passage", "tally", "extra")


class Sizes(NamedTuple):
    """How large a run is: workbooks, projects, workbooks with blanks to fill, files."""

    workbooks: int
    projects: int
    unfilled: int
    files: int


class Ledger:
    """The open file. A run begins with `begin`, then every workbook is `enter`ed.

    All methods raise `DatabaseError` where the file cannot be read or written.

    Attributes:
        lost: why the file could not keep up with the run, which then goes on without it; None while it does.
    """

    def __init__(self, path: Path | None) -> None:
        """Open a ledger, or one that is forgotten in the end where no path is given."""
        self.lost: DatabaseError | None = None
        try:
            self._db = self._files = self._open(path)
        except DatabaseError as error:
            if path is None or error.errno != errno.EILSEQ:
                raise
            path.unlink()  # damaged: what is there is then taken for the work of people, and stays
            self._db = self._files = self._open(path)

    @staticmethod
    def _open(path: Path | None) -> Database:
        db = Database(path)
        try:
            version = db.row("PRAGMA user_version")
            if version not in ((0,), (_VERSION,)):
                db.script("".join(f"DROP TABLE IF EXISTS {name};" for name in ("outcome", "output", *_OF_A_RUN)))
            db.do("PRAGMA synchronous=NORMAL")
            db.script(_TABLES)
            db.do(f"PRAGMA user_version={_VERSION}")
        except BaseException:
            db.close()
            raise
        return db

    def close(self) -> None:
        """Close the file."""
        self._db.close()
        self._files.close()

    def keep(self, write: Callable[[], None]) -> None:
        """Write in one go what a run cannot do without: where the file fails, the run goes on in a copy of it.

        What is remembered of files is no use in a copy, and is always written into the file.

        Args:
            write: does it, perhaps a second time.
        """
        try:
            with self._db.together():
                write()
        except DatabaseError as error:
            if self.lost is not None:
                raise
            self.lost, self._db = error, self._db.copy()
            with self._db.together():
                write()

    # ------------------------------------------------------------ files

    def together(self) -> contextlib.AbstractContextManager[None]:
        """Have all that is remembered of files inside remembered, or nothing of it."""
        return self._files.together()

    def known(self, name: str) -> frozenset[str]:
        """Return the hashes that a file has if nobody but the program has written it."""
        row = self._files.row("SELECT digest, coming FROM output WHERE name=?", (name,))
        return frozenset(filter(None, row)) if row else frozenset()

    def coming(self, name: str, digest: str, owner: str, present: str) -> None:
        """Remember what is about to be put in a place.

        Args:
            name: of the place.
            digest: of what is coming.
            owner: the input that it is made of.
            present: digest of what lies there now: perhaps what came in a run that was killed before it could say so.
        """
        asked = """
            INSERT INTO output VALUES (?, '', ?, ?) ON CONFLICT(name) DO UPDATE
            SET digest = CASE WHEN coming = ? THEN coming ELSE digest END, coming = ?, owner = ?"""
        self._files.do(asked, (name, digest, owner, present, digest, owner))

    def there(self, name: str, digest: str) -> None:
        """Remember that it is there."""
        self._files.do("UPDATE output SET digest=?, coming=NULL WHERE name=?", (digest, name))

    def gone(self, name: str) -> None:
        """Forget a file."""
        self._files.do("DELETE FROM output WHERE name=?", (name,))

    def made_of(self, owner: str) -> list[str]:
        """Return the names of the files that were made of an input."""
        return [name for (name,) in self._files.rows("SELECT name FROM output WHERE owner=? ORDER BY name", (owner,))]

    # ------------------------------------------------------------ workbooks

    def begin(self) -> None:
        """Begin a run: what was told of an earlier one is forgotten, what its workbooks came to is kept."""
        with self._db.together():
            for table in _OF_A_RUN:
                self._db.do(f"DELETE FROM {table}")
            self._db.do("UPDATE outcome SET number=NULL")

    def key(self, path: str) -> str | None:
        """Return the key under which a workbook's outcome was kept."""
        row = self._db.row("SELECT key FROM outcome WHERE path=?", (path,))
        return row[0] if row else None

    def kept(self, path: str) -> Outcome | None:
        """Return what a workbook came to in an earlier run."""
        row = self._db.row(f"SELECT {_PARTS} FROM outcome WHERE path=?", (path,))
        try:
            return unpack(Packed(*row)) if row else None
        except (zlib.error, ValueError, KeyError, TypeError):  # damaged
            return None

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
        db.many(
            "INSERT INTO code VALUES (?, ?, ?, ?, ?, ?)",
            [(fold(c.code), number, c.project_no, c.code, c.sheet, c.cell) for c in outcome.codes],
        )
        db.many(
            "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?)",
            [(p.key, number, seq, p.sheet, p.cell, p.said) for seq, p in enumerate(outcome.passages)],
        )
        for told, findings in listed.items():
            counts = Counter((item.code, item.severity) for item in findings)
            rows = [(number, code, severity.value, int(told), count) for (code, severity), count in counts.items()]
            db.many("INSERT INTO tally VALUES (?, ?, ?, ?, ?)", rows)
        unfilled = sum(count.left for count in outcome.by_sheet.values())
        facts = (int(outcome.status != "unreadable"), len(outcome.rows), unfilled, len(outcome.files))
        given = (path, outcome.path, key, number, outcome.unit, outcome.year, *facts, *pack(outcome))
        db.do(f"INSERT OR REPLACE INTO outcome VALUES ({', '.join('?' * len(given))})", given)

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        """Walk over the workbooks of this run in their order, without their rows and findings."""
        for number, body in self._db.rows(f"SELECT number, body FROM outcome {_IN_ORDER}"):
            yield number, unpack(Packed(body, b"", b""))

    def workbooks(self) -> Iterator[tuple[int, str, str | None, int | None, int]]:
        """Walk over number, path as given, 单位名称, 预算年度 and the number of projects of the workbooks of this run."""
        return self._db.rows(f"SELECT number, given, unit, year, projects FROM outcome {_IN_ORDER}")

    def rows(self) -> Iterator[tuple[int, str | None, Row]]:
        """Walk over the rows of the run's 汇总表, each with the number of its workbook and 单位名称."""
        for number, unit, rows in self._db.rows(f"SELECT number, unit, rows FROM outcome {_IN_ORDER}"):
            yield from ((number, unit, row) for row in unpack_rows(rows))

    def findings(self) -> Iterator[tuple[int, dict[int, str], list[Finding]]]:
        """Walk over number, 项目名称 by 项目序号, and the findings of the workbooks of this run."""
        for number, findings in self._db.rows(f"SELECT number, findings FROM outcome {_IN_ORDER}"):
            yield number, *unpack_findings(findings)

    def names(self, number: int) -> dict[int, str]:
        """Return 项目名称 by 项目序号 of a workbook of this run."""
        row = self._db.row("SELECT findings FROM outcome WHERE number=?", (number,))
        return unpack_findings(row[0])[0] if row else {}

    def path(self, number: int) -> str:
        """Return the path of a workbook of the run, as it was given."""
        row = self._db.row("SELECT given FROM outcome WHERE number=?", (number,))
        assert row is not None
        return str(row[0])

    # ------------------------------------------------------------ the run

    def repeated_codes(self) -> list[tuple[int, int, str, str, str, str]]:
        """Return (number, 项目序号, 项目编码, sheet, cell, folded code) of projects that stand in several workbooks."""
        twice = "SELECT code FROM code GROUP BY code HAVING COUNT(DISTINCT number) > 1"
        asked = f"SELECT number, project_no, shown, sheet, cell, code FROM code WHERE code IN ({twice})"
        return list(self._db.rows(f"{asked} ORDER BY number, rowid"))

    def repeated_passages(self) -> Iterator[tuple[int, int, str, str, str]]:
        """Walk over texts that an earlier workbook has as well: (number, number there, sheet, cell, text)."""
        asked = """
            SELECT p.number, first.number, p.sheet, p.cell, p.said
            FROM passage p JOIN (SELECT key, MIN(number) AS number FROM passage GROUP BY key) first ON first.key = p.key
            WHERE p.number > first.number ORDER BY p.number, p.seq"""
        return self._db.rows(asked)

    def add(self, seq: int, item: Finding, *, listed: bool) -> None:
        """Keep a finding of the run, one that no workbook alone has."""
        findings = pack(Outcome("", "", "", findings=[item])).findings
        self._db.do("INSERT OR REPLACE INTO extra VALUES (?, ?, ?, ?)", (seq, item.workbook, int(listed), findings))
        row = (item.workbook, item.code, item.severity.value, int(listed), 1)
        self._db.do("INSERT INTO tally VALUES (?, ?, ?, ?, ?)", row)

    def extras(self, *, listed: bool) -> Iterator[Finding]:
        """Walk over the findings of the run."""
        for (findings,) in self._db.rows("SELECT findings FROM extra WHERE listed=? ORDER BY seq", (int(listed),)):
            yield from unpack_findings(findings)[1]

    def counts(self, *, listed: bool | None = None) -> Counter[Severity]:
        """Return how many findings there are of each severity."""
        asked = "SELECT severity, SUM(count) FROM tally WHERE ? IS NULL OR listed=? GROUP BY severity"
        chosen = None if listed is None else int(listed)
        return Counter({Severity(name): count for name, count in self._db.rows(asked, (chosen, chosen))})

    def codes(self, *, listed: bool, of: Collection[int] | None = None) -> list[tuple[str, Severity, int]]:
        """Return (code, severity, count) of the findings, the worst and the most frequent first.

        Args:
            listed: of those that are to be listed, or of the others.
            of: of these workbooks and of the run as a whole alone.
        """
        counts = Counter[tuple[str, str]]()
        asked = "SELECT number, code, severity, SUM(count) FROM tally WHERE listed=? GROUP BY number, code, severity"
        for number, code, severity, count in self._db.rows(asked, (int(listed),)):
            if of is None or number is None or number in of:
                counts[code, severity] += count
        rows = [(code, Severity(name), count) for (code, name), count in counts.items()]
        return sorted(rows, key=lambda row: (SEVERITY_ORDER[row[1]], -row[2], row[0]))

    def tallies(self) -> Iterator[tuple[int | None, Severity, int]]:
        """Walk over the numbers of findings by workbook and severity."""
        asked = "SELECT number, severity, SUM(count) FROM tally GROUP BY number, severity"
        return ((number, Severity(name), count) for number, name, count in self._db.rows(asked))

    def tell(self, summary: str, year: int | None) -> None:
        """Remember that a summary tells of the workbooks of this run that belong to a year."""
        self.tell_no_more(summary)
        asked = "SELECT ?, path FROM outcome WHERE number NOTNULL AND (year IS ? OR unit IS NULL)"
        self._db.do(f"INSERT INTO told {asked}", (summary, year))

    def tell_no_more(self, summary: str) -> None:
        """Forget a summary."""
        self._db.do("DELETE FROM told WHERE summary=?", (summary,))

    def told(self) -> set[str]:
        """Return the summaries of this run and of earlier ones."""
        return {name for (name,) in self._db.rows("SELECT DISTINCT summary FROM told")}

    def told_of(self, summary: str) -> list[tuple[str, bool]]:
        """Return the workbooks that a summary tells of, each with whether this run has it."""
        asked = """
            SELECT told.path, outcome.number NOTNULL FROM told LEFT JOIN outcome ON outcome.path = told.path
            WHERE summary=?"""
        return [(path, bool(now)) for path, now in self._db.rows(asked, (summary,))]

    def sizes(self) -> Sizes:
        """Return how large the run is."""
        asked = """
            SELECT COUNT(*), TOTAL(projects), COUNT(CASE WHEN unfilled > 0 THEN 1 END), TOTAL(files)
            FROM outcome WHERE number NOTNULL"""
        row = self._db.row(asked)
        assert row is not None
        return Sizes(*map(int, row))

    def unfilled(self, most: int) -> list[Outcome]:
        """Return the first workbooks of the run in which must-fill cells are blank, as `outcomes` does."""
        asked = "SELECT body FROM outcome WHERE number NOTNULL AND unfilled > 0 ORDER BY number LIMIT ?"
        return [unpack(Packed(body, b"", b"")) for (body,) in self._db.rows(asked, (most,))]

    def readable(self) -> bool:
        """Tell whether any workbook of the run could be read."""
        return self._db.row("SELECT 1 FROM outcome WHERE number NOTNULL AND readable LIMIT 1") is not None


def names_in(path: Path) -> frozenset[str]:
    """Return the names of all files that the runs remembered in a ledger have written; none where there is none."""
    return column(path, "SELECT name FROM output")
