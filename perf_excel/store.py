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

from perf_excel.database import DatabaseError
from perf_excel.errors import PerfExcelError
from perf_excel.ledger import Ledger, names_in

STATE_FOLDER = ".perf-excel"
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp")
#: Room that is kept for remembering what is written, when the disk is full.
_RESERVE, _RESERVED = "reserve", 256 * 1024
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
    """A file on its way to its place.

    Attributes:
        name: below the output folder.
        digest: SHA-256 of its bytes.
        staged: where it lies.
        owner: the input that it is made of; "" for the run as a whole.
    """

    name: str
    digest: str
    staged: Path
    owner: str = ""


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

    def write(self, name: str, data: bytes) -> Written:
        """Write a file of the run as a whole.

        Raises:
            WriteError: it cannot be written.
        """
        staged = self.staging / uuid.uuid4().hex
        put_whole(staged, data)
        answer = self.put([Wanted(name, hashlib.sha256(data).hexdigest(), staged)])[0]
        if isinstance(answer, WriteError):
            raise answer
        return answer

    def put(
        self, files: Sequence[Wanted], taken: Callable[[str], bool] = lambda name: False
    ) -> list[Written | WriteError]:
        """Put files in their places, all of them remembered before the first is moved and after the last one.

        So a run that is killed in between finds that they are its own, whichever of the two contents is there.

        Args:
            files: where they lie, and what they are to be called.
            taken: tells the names that one making way for a person's file must not take.
        """
        targets = [self._target(file, taken) for file in files]
        names = [self._name(target) for target in targets]
        try:
            self._remember(files, names)
        except DatabaseError as error:  # a file that is not remembered would be taken for a person's
            for file in files:
                with contextlib.suppress(OSError):
                    file.staged.unlink()
            return [why(error) for _ in files]
        answers = [self._move(file, target) for file, target in zip(files, targets, strict=True)]
        with contextlib.suppress(DatabaseError), self.ledger.together():  # what is coming is known already
            for file, name, answer in zip(files, names, answers, strict=True):
                if isinstance(answer, Written):
                    self.ledger.there(name, file.digest)
        return answers

    def _remember(self, files: Sequence[Wanted], names: Sequence[str]) -> None:
        """Remember what is coming; where the disk is full of what is to be moved, the reserve makes room for that."""
        try:
            with self.ledger.together():
                for file, name in zip(files, names, strict=True):
                    self.ledger.coming(name, file.digest, file.owner)
        except DatabaseError as error:
            reserve = self.staging / _RESERVE
            if error.errno != errno.ENOSPC or not reserve.exists():
                raise
            reserve.unlink()
            self._remember(files, names)

    def _target(self, file: Wanted, taken: Callable[[str], bool]) -> Path:
        wanted = self.folder / file.name
        target, number = wanted, 2
        while not self._may_replace(target, file.digest) or (target != wanted and taken(self._name(target))):
            target, number = wanted.with_name(f"{wanted.stem}_{number}{wanted.suffix}"), number + 1
        return target

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _move(self, file: Wanted, target: Path) -> Written | WriteError:
        wanted = self.folder / file.name
        try:
            if target.exists() and digest_of(target) == file.digest:
                file.staged.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(file.staged, target)
        except OSError as error:
            with contextlib.suppress(OSError):
                file.staged.unlink()
            return _write_error(error)
        return Written(target, wanted if target != wanted else None)

    def is_ours(self, name: str, digest: str) -> bool:
        """Tell whether a file is there as the program wrote it."""
        try:
            return digest in self.ledger.known(name) and digest_of(self.folder / name) == digest
        except OSError:
            return False

    def discard(self, relative: str) -> None:
        """Remove a file of an earlier run that is no longer true, unless a person has changed it."""
        target = self.folder / relative
        with contextlib.suppress(OSError, DatabaseError):
            ours = target.exists() and digest_of(target) in self.ledger.known(relative)
            if ours and os.path.realpath(target) not in self._inputs:
                target.unlink()
                self.ledger.gone(relative)

    def _may_replace(self, target: Path, digest: str) -> bool:
        try:
            if not target.exists():
                return True
            present = digest_of(target)
        except OSError:
            return True  # let the writing say what is wrong
        if present == digest:
            return True
        ours = present in self.ledger.known(self._name(target))
        return ours and os.path.realpath(target) not in self._inputs


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, however many there are."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    state = folder / STATE_FOLDER
    with contextlib.ExitStack() as stack:
        try:
            state.mkdir(parents=True, exist_ok=True)
            stack.callback(_leave, _take(state / _LOCK))
            _sweep(folder)
            stack.callback(shutil.rmtree, state / _STAGING, ignore_errors=True)
            (state / _STAGING).mkdir(exist_ok=True)
            with contextlib.suppress(OSError):
                (state / _STAGING / _RESERVE).write_bytes(bytes(_RESERVED))
        except OSError as error:
            raise StoreUnusable(_write_error(error)) from error
        ledger = stack.enter_context(contextlib.closing(Ledger(state / _LEDGER)))
        yield Store(folder, ledger, inputs)


def _sweep(folder: Path) -> None:
    """Remove what a killed run left half-written beside the places of its files, or has not put there yet."""
    shutil.rmtree(folder / STATE_FOLDER / _STAGING, ignore_errors=True)
    for inside in (folder, folder / STATE_FOLDER, *(path for path in folder.iterdir() if path.is_dir())):
        for path in inside.glob(".*.tmp"):
            if _TEMPORARY.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    path.unlink()


def _take(lock: Path) -> Path:
    """Take the lock: it is there with the name of its holder in it, or not at all."""
    mark = lock.with_name(f".{uuid.uuid4().hex}.tmp")
    pid = os.getpid()
    try:
        mark.write_text(json.dumps({"pid": pid, "host": socket.gethostname(), "born": _born(pid)}), encoding="utf-8")
        for _ in range(2):
            try:
                _link(mark, lock)
            except FileExistsError:
                if _alive(lock) or not _clear(lock):
                    break
            else:
                _held.add(os.path.realpath(lock))
                return lock
    finally:
        with contextlib.suppress(OSError):
            mark.unlink()
    raise StoreBusy(lock)


def _link(mark: Path, lock: Path) -> None:
    """Give a file a second name that is not there yet; on a disk without such names, copy it."""
    try:
        os.link(mark, lock)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        with lock.open("xb") as file:
            file.write(mark.read_bytes())


def _leave(lock: Path) -> None:
    _held.discard(os.path.realpath(lock))
    with contextlib.suppress(OSError):
        lock.unlink()


def _clear(lock: Path) -> bool:
    """Take a stale lock away; not one that another run has just put in its place."""
    aside = lock.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        os.rename(lock, aside)
        fresh = _alive(aside)
        if fresh:
            os.replace(aside, lock)
        else:
            aside.unlink()
    except OSError:  # another run was faster
        return True
    return not fresh


def _alive(lock: Path) -> bool:
    """Tell whether the run that holds the lock is still there; a lock from another machine is taken at its word."""
    try:
        holder = json.loads(lock.read_text(encoding="utf-8"))
        pid, host, born = int(holder["pid"]), str(holder["host"]), str(holder.get("born", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
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
    return not born or _born(pid) in ("", born)


def _born(pid: int) -> str:
    """Return when a process was started, which tells it from a later one of the same number; "" where unknown."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


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


def why(error: DatabaseError) -> WriteError:
    """Return what kept a run from being remembered, in words for a file that could not be written."""
    return _write_error(OSError(error.errno, str(error)))


def _write_error(error: OSError) -> WriteError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WriteError("磁盘满了", "请腾出一些空间")
    if isinstance(error, PermissionError) or error.errno in (errno.EROFS, errno.EBUSY):
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
