"""One run at a time in a folder: a lock with the name of its holder in it, and whether that one is still there."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import uuid
from pathlib import Path
from typing import Any

#: Locks held by this process.
_held: set[str] = set()

#: What Windows calls things: a process that is asked about, what a living one answers, and who may not be asked.
_QUERY, _STILL_ACTIVE, _ACCESS_DENIED = 0x1000, 259, 5


def take(lock: Path) -> bool:
    """Take a lock, which is there with the name of its holder in it, or not at all; False where another run has it."""
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
                return True
    finally:
        with contextlib.suppress(OSError):
            mark.unlink()
    return False


def leave(lock: Path) -> None:
    """Give a lock back."""
    _held.discard(os.path.realpath(lock))
    with contextlib.suppress(OSError):
        lock.unlink()


def running(pid: int) -> bool:
    """Tell whether there is a process of that number; one that nobody may ask is there."""
    if os.name == "nt":
        return _running_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _link(mark: Path, lock: Path) -> None:
    """Give a file a second name that is not there yet; on a disk without such names, copy it."""
    try:
        os.link(mark, lock)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        with lock.open("xb") as file:
            file.write(mark.read_bytes())


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
    return running(pid) and (not born or _born(pid) in ("", born))


def _born(pid: int) -> str:
    """Return when a process was started, which tells it from a later one of the same number; "" where unknown."""
    if os.name == "nt":
        return _born_on_windows(pid)
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _kernel() -> Any:
    import ctypes

    return ctypes.WinDLL("kernel32", use_last_error=True) if hasattr(ctypes, "WinDLL") else None


def _running_on_windows(pid: int) -> bool:
    import ctypes

    kernel = _kernel()
    if kernel is None:
        return True
    handle = kernel.OpenProcess(_QUERY, False, pid)
    if not handle:
        return bool(getattr(ctypes, "get_last_error", int)() == _ACCESS_DENIED)
    status = ctypes.c_ulong()
    known = kernel.GetExitCodeProcess(handle, ctypes.byref(status))
    kernel.CloseHandle(handle)
    return not known or status.value == _STILL_ACTIVE


def _born_on_windows(pid: int) -> str:
    import ctypes

    kernel = _kernel()
    handle = kernel.OpenProcess(_QUERY, False, pid) if kernel is not None else None
    if kernel is None or not handle:
        return ""
    times = [ctypes.c_ulonglong() for _ in range(4)]  # created, ended, in the system, in the program
    known = kernel.GetProcessTimes(handle, *map(ctypes.byref, times))
    kernel.CloseHandle(handle)
    return str(times[0].value) if known else ""
