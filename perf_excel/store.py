"""The output folder: whole files or none, one run at a time, and nothing that a person changed is replaced.

The folder remembers the hash of everything that the program wrote there. A file whose hash says that somebody has
worked on it since is left alone; the new one gets `_2`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import socket
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from perf_excel.errors import PerfExcelError
from perf_excel.ledger import Ledger, names_in

STATE_FOLDER = ".perf-excel"
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp")
_LEDGER, _STAGING, _LOCK, LOG = "ledger.sqlite", "staging", "lock", "log.txt"


class StoreBusy(PerfExcelError):
    """Another run is writing into the folder, or has left its lock there."""

    def __init__(self, lock: Path) -> None:
        super().__init__(
            f"另一个perf-excel正在往这个输出文件夹里写，请等它结束再运行。如果确定没有别的在运行，请删除“{lock}”再试。"
        )


class WriteError(Exception):
    """A file could not be written; `reason` and `mend` are for the clerk."""

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.reason, self.mend = reason, mend


class StoreUnusable(PerfExcelError):
    """The folder cannot be made or written to."""

    def __init__(self, why: WriteError) -> None:
        super().__init__(f"输出文件夹不能写：{why.reason}。{why.mend}。")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file on its way to its place: its name below the output folder, its hash, and where it lies, or its bytes."""

    name: str
    digest: str
    staged: Path | None = None
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Written:
    """Where a file was put; `kept` is the file of a person that it made way for, if any."""

    path: Path
    kept: Path | None = None


class Store:
    """An output folder in use by this run. Made by `open_store`.

    Attributes:
        folder: the output folder.
        ledger: what is remembered there.
    """

    def __init__(self, folder: Path, ledger: Ledger, inputs: Iterable[Path] = ()) -> None:
        self.folder, self.ledger = folder, ledger
        self._inputs = {os.path.realpath(path) for path in inputs}

    @property
    def staging(self) -> Path:
        """Where workers lay down what they made."""
        return self.folder / STATE_FOLDER / _STAGING

    def write(self, relative: str, data: bytes) -> Written:
        """Write a file whole, beside its place first; make way for what a person has changed.

        Raises:
            WriteError: it cannot be written.
        """
        answer = self.put([Wanted(relative, hashlib.sha256(data).hexdigest(), data=data)])[0]
        if isinstance(answer, WriteError):
            raise answer
        return answer

    def put(self, files: Sequence[Wanted]) -> list[Written | WriteError]:
        """Put files in their places, all of them remembered before the first is moved and after the last one.

        So a run that is killed in between finds that they are its own, whichever of the two contents is there.
        """
        targets = [self._target(file) for file in files]
        names = [target.relative_to(self.folder).as_posix() for target in targets]
        try:
            with self.ledger.together():
                for file, name in zip(files, names, strict=True):
                    self.ledger.coming(name, file.digest)
            answers = [self._move(file, target) for file, target in zip(files, targets, strict=True)]
            with self.ledger.together():
                for file, name, answer in zip(files, names, answers, strict=True):
                    if isinstance(answer, Written):
                        self.ledger.there(name, file.digest)
        except OSError as error:
            return [_write_error(error) for _ in files]
        return answers

    def _target(self, file: Wanted) -> Path:
        wanted = self.folder / file.name
        target, number = wanted, 2
        while not self._may_replace(target, file.digest):
            target, number = wanted.with_name(f"{wanted.stem}_{number}{wanted.suffix}"), number + 1
        return target

    def _move(self, file: Wanted, target: Path) -> Written | WriteError:
        wanted = self.folder / file.name
        try:
            if target.exists() and self._digest(target) == file.digest:
                if file.staged is not None:
                    file.staged.unlink()
            elif file.staged is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(file.staged, target)
            else:
                replace(target, file.data)
        except OSError as error:
            return _write_error(error)
        return Written(target, wanted if target != wanted else None)

    def is_ours(self, name: str, digest: str) -> bool:
        """Tell whether a file is there as the program wrote it."""
        try:
            return digest in self.ledger.known(name) and self._digest(self.folder / name) == digest
        except OSError:
            return False

    def discard(self, relative: str) -> None:
        """Remove a file of an earlier run that is no longer true, unless a person has changed it."""
        target = self.folder / relative
        with contextlib.suppress(OSError):
            ours = target.exists() and self._digest(target) in self.ledger.known(relative)
            if ours and os.path.realpath(target) not in self._inputs:
                target.unlink()
                self.ledger.gone(relative)

    def _may_replace(self, target: Path, digest: str) -> bool:
        try:
            if not target.exists():
                return True
            present = self._digest(target)
        except OSError:
            return True  # let the writing say what is wrong
        if present == digest:
            return True
        ours = present in self.ledger.known(target.relative_to(self.folder).as_posix())
        return ours and os.path.realpath(target) not in self._inputs

    @staticmethod
    def _digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()


def written_in(folder: Path) -> frozenset[str]:
    """Return the names of the files that the program has written into an output folder, relative to it."""
    return names_in(folder / STATE_FOLDER / _LEDGER)


#: Output folders in use by this process.
_held: set[str] = set()


@contextmanager
def open_store(folder: Path, inputs: Iterable[Path] = ()) -> Iterator[Store]:
    """Take an output folder for this run.

    Args:
        folder: where to write.
        inputs: files that are read in this run and must stay as they are, also inside that folder.

    Raises:
        StoreBusy: another run is using it.
        StoreUnusable: it cannot be made or written to.
    """
    try:
        (folder / STATE_FOLDER).mkdir(parents=True, exist_ok=True)
        lock = _take(folder / STATE_FOLDER / _LOCK)
        _sweep(folder)
        (folder / STATE_FOLDER / _STAGING).mkdir(exist_ok=True)
    except OSError as error:
        raise StoreUnusable(_write_error(error)) from error
    _held.add(os.path.realpath(lock))
    ledger = None
    try:
        try:
            ledger = Ledger(folder / STATE_FOLDER / _LEDGER)
        except OSError as error:
            raise StoreUnusable(_write_error(error)) from error
        yield Store(folder, ledger, inputs)
    finally:
        if ledger is not None:
            ledger.close()
        shutil.rmtree(folder / STATE_FOLDER / _STAGING, ignore_errors=True)
        _held.discard(os.path.realpath(lock))
        with contextlib.suppress(OSError):
            lock.unlink()


def _sweep(folder: Path) -> None:
    """Remove what a killed run left half-written beside the places of its files, or has not put there yet."""
    shutil.rmtree(folder / STATE_FOLDER / _STAGING, ignore_errors=True)
    for inside in (folder, folder / STATE_FOLDER, *(path for path in folder.iterdir() if path.is_dir())):
        for path in inside.glob(".*.tmp"):
            if _TEMPORARY.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    path.unlink()


def _take(lock: Path) -> Path:
    mark = json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode()
    for _ in range(2):
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            if _alive(lock):
                raise StoreBusy(lock) from None
            with contextlib.suppress(OSError):
                lock.unlink()
        else:
            with os.fdopen(handle, "wb") as file:
                file.write(mark)
            return lock
    raise StoreBusy(lock)


def _alive(lock: Path) -> bool:
    """Tell whether the run that holds the lock is still there; a lock from another machine is taken at its word."""
    try:
        holder = json.loads(lock.read_text(encoding="utf-8"))
        pid, host = int(holder["pid"]), str(holder["host"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if host != socket.gethostname():
        return True
    if pid == os.getpid():
        return os.path.realpath(lock) in _held
    if os.name == "nt":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _alive_on_windows(pid: int) -> bool:
    import ctypes

    kernel = ctypes.WinDLL("kernel32") if hasattr(ctypes, "WinDLL") else None
    if kernel is None:
        return True
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return False
    kernel.CloseHandle(handle)
    return True


def replace(target: Path, data: bytes) -> None:
    """Put a file in its place in one step: a stopped run leaves the old one or the new one, never half of one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def _write_error(error: OSError) -> WriteError:
    if error.errno == errno.ENOSPC:
        return WriteError("磁盘满了", "请腾出一些空间")
    if isinstance(error, PermissionError) or error.errno in (errno.EROFS, errno.EACCES):
        return WriteError(
            "这个文件正被WPS或Excel打开，或者文件夹不允许写入", "请关闭这个文件，或换一个可以写入的文件夹"
        )
    if isinstance(error, (FileExistsError, NotADirectoryError, IsADirectoryError)):
        return WriteError("要写的位置被同名的文件或文件夹占用了", "请把同名的文件或文件夹移走")
    if error.errno == errno.ENAMETOOLONG:
        return WriteError("文件名太长", "请把输出文件夹移到靠近磁盘根目录的位置")
    return WriteError("写入文件时出错", "请检查磁盘和文件夹")


def put_whole(target: Path, data: bytes) -> None:
    """Write a file under a name that nobody else has.

    Raises:
        WriteError: it cannot be written; nothing is left of it.
    """
    try:
        with target.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            target.unlink()
        raise _write_error(error) from error


def replace_text(target: Path, write: Callable[[IO[str]], None]) -> None:
    """Put a text file in its place in one step, written piece by piece.

    Raises:
        WriteError: it cannot be written.
    """
    beside = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            write(file)
        os.replace(beside, target)
    except OSError as error:
        raise _write_error(error) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def put_beside(target: Path, data: bytes, *, force: bool = False) -> Path:
    """Write a single file outside any output folder; another content under its name stays, and this one gets `_2`.

    Raises:
        WriteError: it cannot be written.
    """
    wanted, number = target, 2
    try:
        while not force and target.exists() and target.read_bytes() != data:
            target, number = wanted.with_name(f"{wanted.stem}_{number}{wanted.suffix}"), number + 1
        replace(target, data)
    except OSError as error:
        raise _write_error(error) from error
    return target
