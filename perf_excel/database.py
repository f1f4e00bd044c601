"""The one gate to SQLite: rows in and out, and every failure as one sentence."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from perf_excel.errors import PerfExcelError

_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
#: What SQLite says, as an operating system would.
_ERRORS = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_AUTH: errno.EACCES,
    sqlite3.SQLITE_BUSY: errno.EBUSY,
    sqlite3.SQLITE_LOCKED: errno.EBUSY,
}
_WORDS = {
    errno.ENOSPC: ("磁盘满了，写不进去", "请腾出一些空间，再运行一次"),
    errno.EROFS: ("不允许写入", "请检查文件夹的权限，或者换一个输出文件夹"),
    errno.EACCES: ("不允许打开", "请检查文件夹的权限，或者换一个输出文件夹"),
    errno.EBUSY: ("正被别的程序占用", "请等它结束，再运行一次"),
    errno.EILSEQ: ("坏了，读不出来", "请删除这个文件，再运行一次"),
}
_OTHER = ("读写时出错", "请检查磁盘和文件夹，再运行一次")


class DatabaseError(PerfExcelError):
    """A database cannot be read or written.

    Attributes:
        errno: why, as the operating system would say it; EILSEQ for a file that is damaged.
    """

    def __init__(self, path: Path | None, error: sqlite3.Error) -> None:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        self.errno = errno.EILSEQ if code in _BROKEN else _ERRORS.get(code, errno.EIO)
        why, mend = _WORDS.get(self.errno, _OTHER)
        super().__init__(f"运行记录“{path or '（临时文件）'}”{why}。{mend}。")


class Database:
    """An open database; every method raises `DatabaseError` where SQLite fails."""

    def __init__(self, path: Path | None) -> None:
        """Open one, or one that is forgotten in the end where no path is given."""
        self._path = path
        with self._told():
            self._db = sqlite3.connect(path or "", isolation_level=None)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise DatabaseError(self._path, error) from error

    def do(self, asked: str, given: Sequence[Any] = ()) -> None:
        """Run a statement."""
        with self._told():
            self._db.execute(asked, _texts(given))

    def many(self, asked: str, given: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of some rows."""
        with self._told():
            self._db.executemany(asked, map(_texts, given))

    def script(self, asked: str) -> None:
        """Run several statements."""
        with self._told():
            self._db.executescript(asked)

    def rows(self, asked: str, given: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Walk over the rows of an answer."""
        with self._told():
            yield from self._db.execute(asked, _texts(given))

    def row(self, asked: str, given: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of an answer."""
        with self._told():
            found: tuple[Any, ...] | None = self._db.execute(asked, _texts(given)).fetchone()
        return found

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Have all that is written inside written, or nothing of it."""
        self.do("BEGIN IMMEDIATE")
        try:
            yield
            self.do("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()
            raise

    def copy(self) -> Database:
        """Return a copy that is forgotten in the end."""
        fresh = Database(None)
        with self._told():
            self._db.backup(fresh._db)
        return fresh

    def close(self) -> None:
        """Close it."""
        self._db.close()


def _texts(given: Sequence[Any]) -> list[Any]:
    """Return values as SQLite takes them: what is no character in a file's name is written out."""
    return [item.encode("utf-8", "backslashreplace").decode() if isinstance(item, str) else item for item in given]


def column(path: Path, asked: str) -> frozenset[str]:
    """Return what a query gives of a database that may be in use, damaged, or not there at all: then nothing."""
    if not path.is_file():
        return frozenset()
    try:  # not read-only, so that what a killed run has left half-written is taken back
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as db:
            return frozenset(value for (value,) in db.execute(asked))
    except sqlite3.Error:
        return frozenset()
