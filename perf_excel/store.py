"""The output folder: whole files or none, one run at a time, and nothing that a person changed is replaced.

The folder remembers the hash of everything that the program wrote there. A file whose hash says that somebody has
worked on it since is left alone; the new one gets `_2`.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from perf_excel import lock
from perf_excel.database import DatabaseError
from perf_excel.errors import PerfExcelError
from perf_excel.ledger import Ledger, names_in

STATE_FOLDER = ".perf-excel"
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp")
#: Room that is kept for remembering what is written, when the disk is full.
_PAUSES = (0.05, 0.2, 0.5)
_RESERVE, _RESERVED = "reserve", 256 * 1024
_LEDGER, _STAGING, _LOCK, LOG = "ledger.sqlite", "staging", "lock", "log.txt"


class StoreBusy(PerfExcelError):
    """Another run is writing into the folder, or has left its lock there."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"另一个perf-excel正在往这个输出文件夹里写，请等它结束再运行。如果确定没有别的在运行，请删除“{place}”再试。"
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
        present = [_present(target) for target in targets]
        try:
            self._remember(files, names, present)
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

    def _remember(self, files: Sequence[Wanted], names: Sequence[str], present: Sequence[str]) -> None:
        """Remember what is coming; where the disk is full of what is to be moved, the reserve makes room for that."""
        try:
            with self.ledger.together():
                for file, name, there in zip(files, names, present, strict=True):
                    self.ledger.coming(name, file.digest, file.owner, there)
        except DatabaseError as error:
            reserve = self.staging / _RESERVE
            if error.errno != errno.ENOSPC or not reserve.exists():
                raise
            reserve.unlink()
            self._remember(files, names, present)

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
                _patiently(lambda: os.replace(file.staged, target))
        except OSError as error:
            with contextlib.suppress(OSError):
                file.staged.unlink()
            return write_error(error)
        return Written(target, wanted if target != wanted else None)

    def is_ours(self, name: str, digest: str) -> bool:
        """Tell whether a file is there as the program wrote it."""
        try:
            return digest in self.ledger.known(name) and digest_of(self.folder / name) == digest
        except OSError:
            return False

    def is_theirs(self, name: str) -> bool:
        """Tell whether a file is there, and not as the program wrote it."""
        try:
            target = self.folder / name
            return target.exists() and digest_of(target) not in self.ledger.known(name)
        except OSError:
            return True

    def discard(self, relative: str) -> WriteError | None:
        """Remove a file of an earlier run that is no longer true, unless a person has changed it.

        Returns:
            Why it is still there; None where it is not, or is a person's.
        """
        target = self.folder / relative
        try:
            if target.exists():
                ours = digest_of(target) in self.ledger.known(relative)
                if not ours or os.path.realpath(target) in self._inputs:
                    return None
                _patiently(target.unlink)
            with contextlib.suppress(DatabaseError):
                self.ledger.gone(relative)
        except OSError as error:
            return write_error(error)
        except DatabaseError as error:
            return why(error)
        return None

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


def _present(target: Path) -> str:
    """Return the SHA-256 of what lies in a place; "" for nothing, or what cannot be read."""
    try:
        return digest_of(target)
    except OSError:
        return ""


def _patiently(action: Callable[[], object]) -> None:
    """Do something with a file that a virus scanner may be holding for a moment."""
    for pause in _PAUSES if os.name == "nt" else ():
        try:
            action()
        except PermissionError:
            time.sleep(pause)
        else:
            return
    action()


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, however many there are."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def written_in(folder: Path) -> frozenset[str]:
    """Return the names of the files that the program has written into an output folder, relative to it."""
    return names_in(folder / STATE_FOLDER / _LEDGER)


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
            if not lock.take(state / _LOCK):
                raise StoreBusy(state / _LOCK)
            stack.callback(lock.leave, state / _LOCK)
            _sweep(folder)
            stack.callback(shutil.rmtree, state / _STAGING, ignore_errors=True)
            (state / _STAGING).mkdir(exist_ok=True)
            with contextlib.suppress(OSError):
                (state / _STAGING / _RESERVE).write_bytes(bytes(_RESERVED))
        except OSError as error:
            raise StoreUnusable(write_error(error)) from error
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
    return write_error(OSError(error.errno, str(error)))


def write_error(error: OSError) -> WriteError:
    """Return what kept a file from being written, in words for a clerk."""
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
        raise write_error(error) from error


def replace_text(target: Path, write: Callable[[IO[str]], None]) -> None:
    """Put a text file in its place in one step, written piece by piece.

    Raises:
        WriteError: it cannot be written.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f".{glob.escape(target.name)}.*.tmp"):  # by a run that was killed
            pid = left.name.split(".")[-2]
            if pid.isdecimal() and not lock.running(int(pid)):
                left.unlink(missing_ok=True)
        with beside.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            write(file)
        os.replace(beside, target)
    except OSError as error:
        raise write_error(error) from error
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
        raise write_error(error) from error
    return target
