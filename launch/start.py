"""Make the program's own Python environment beside it, once, then start the program or its tests.

run.sh, run.bat, audit.sh, audit.bat and test.sh only look for a Python and hand over to this file, so that what they share stands
once, for every system. It needs nothing but the standard library:

    python launch/start.py run [arguments of "perf-excel run"]
    python launch/start.py audit [arguments of "perf-excel audit"]
    python launch/start.py test [arguments of pytest]

With CI or PERF_EXCEL_NO_PAUSE set, it neither waits for a key nor opens a window.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

# absolute(), not resolve(): on Windows that turns the drive letter of a network folder back into \\server\…
HERE = Path(__file__).absolute().parent
ROOT = HERE.parent
WINDOWS = os.name == "nt"
UNATTENDED = bool(os.environ.get("CI") or os.environ.get("PERF_EXCEL_NO_PAUSE"))

# A change in any of these means: install again. The blank workbook in input_templates/ is left out, although
# it is packed too: people save into it, and offline that must not stop the program.
SOURCES = ("pyproject.toml", "perf_excel")

DONE = (0, 1)  # 1: there are items to be mended; they are in the output, so the run itself is done
NOT_READY = 3  # 0, 1 and 2 are the program's own
STOPPED = 130

PATH_OPTIONS = ("-o", "--output", "--json", "--roster", "--against", "--to-workbook")
WORD_OPTIONS = ("--form", "--jobs", "--only", "--ignore", "--scheduler")

PROBE = "import importlib.util as u, sys; sys.exit(any(u.find_spec(name) is None for name in sys.argv[1:]))"


class Problem(Exception):
    """Something the user has to be told; the text says what happened and what to do."""


def main(argv: Sequence[str]) -> int:
    """Prepare, run, show the result, wait for Enter where there is a window to keep open."""
    task, *args = argv
    caller = Path(os.environ.pop("PERF_EXCEL_FROM", "") or ROOT)
    os.chdir(ROOT)
    os.environ["PYTHONUTF8"] = "1"
    os.environ["PIP_USER"] = "0"  # "user = true" in a pip configuration cannot work inside an environment
    for name in ("PYTHONHOME", "PYTHONPATH"):
        os.environ.pop(name, None)

    last_words = ""
    try:
        if task == "test":
            status = run_tests(args)
        else:
            status, last_words = run_program(task, args, caller)
    except Problem as problem:
        status, last_words = NOT_READY, str(problem)
        say("\n" + last_words)
    except KeyboardInterrupt:
        status = STOPPED
        say("\n已停止。需要时重新双击即可。")
    except Exception:  # noqa: BLE001 - the window must stay open so that the text can be read
        traceback.print_exc()
        status = NOT_READY
        last_words = "启动程序时出了没有预料到的错误。请把窗口里的文字拍照，发给提供本程序的人。"
        say("\n" + last_words)

    if status not in (0, STOPPED) and windowless():
        show_dialog(last_words)
    wait_for_enter()
    return status


def run_program(task: str, args: Sequence[str], caller: Path) -> tuple[int, str]:
    """Run "perf-excel run" or "perf-excel audit"; gives the status to exit with and its last lines where nobody saw them."""
    env = ROOT / ".venv"
    prepare(env, ".", ("perf_excel",))
    args = from_caller(args, caller)
    # -P: the installed package, not the folder beside us. -m: works on when the whole folder has been moved.
    status, last_words = call([str(python_of(env)), "-P", "-m", "perf_excel", task, *args])
    if status not in DONE:
        return status, last_words
    if not {"-h", "--help"} & set(args):
        open_folder(output_folder(args) if task == "run" else ROOT / "output")
    return 0, ""


def run_tests(args: Sequence[str]) -> int:
    """Run the tests in an environment of their own, so that the user's stays as it is."""
    env = ROOT / ".venv-test"
    prepare(env, ".[test]", ("perf_excel", "pytest"))
    return call([str(python_of(env)), "-m", "pytest", "-q", *args])[0]


# --- the environment --------------------------------------------------------------------------------------


def prepare(env: Path, target: str, modules: Sequence[str]) -> None:
    """See to it that the environment holds this very version of the program."""
    if is_ready(env, modules):
        return
    try:
        with one_at_a_time():
            if not is_ready(env, modules):  # another window may just have done it
                build(env, target, modules)
    except OSError as error:
        raise Problem(
            f"没有准备好：在文件夹“{ROOT}”里写不了文件（{error.strerror or error}）。\n\n"
            "怎么办：\n"
            "  1. 把整个文件夹复制到本机硬盘上自己的目录（例如桌面），不要放在U盘或只读的文件夹里；\n"
            "  2. 看看硬盘是不是满了；\n"
            "  3. 关掉本程序的其他窗口，再双击一次。"
        ) from error


def is_ready(env: Path, modules: Sequence[str]) -> bool:
    """The marker is written last: a half-made one has none. The Python behind it may have gone since."""
    try:
        installed = marker_of(env).read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return False
    return installed == fingerprint() and works(env, modules)


def build(env: Path, target: str, modules: Sequence[str]) -> None:
    """Bring a whole but older environment up to date; make anything else anew."""
    wanted = fingerprint()
    marker = marker_of(env)
    if marker.is_file() and works(env, ("pip",)):
        say_first("程序有更新，正在装新版本，请稍等……")
    else:
        say_first("第一次使用，正在准备（约需一至三分钟，以后就不用等了），请不要关闭窗口……")
        create(env)
    marker.unlink(missing_ok=True)
    install(env, target)
    if not works(env, modules):
        raise Problem(install_failed(env))
    new = marker.with_name(".installed.new")
    new.write_text(wanted, "ascii")
    new.replace(marker)
    say("准备好了。\n")


def create(env: Path) -> None:
    """Make an empty environment in place of whatever stands there."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        raise Problem(
            f"没有准备好：这台电脑的 Python {version} 缺少 venv 组件。\n\n"
            "怎么办：请单位的信息中心（电脑管理员）装一个软件包，然后再双击一次：\n"
            f"      sudo apt install python{version}-venv\n"
            "  （没有这个名字的，装 python3-venv；统信 UOS、银河麒麟的应用商店或软件源里有。）"
        )
    if env.is_symlink() or env.is_file():
        env.unlink()
    made = quietly([sys.executable, "-m", "venv", "--clear", str(env)])
    if made.returncode != 0:
        env.mkdir(exist_ok=True)
        log_of(env).write_bytes(made.stdout)
        raise Problem(
            "没有准备好：建立运行环境没有成功。\n\n"
            "怎么办：\n"
            "  1. 关掉本程序的其他窗口，再双击一次；\n"
            "  2. 还是不行，把整个文件夹复制到本机硬盘上自己的目录（例如桌面），不要在U盘里直接运行；\n"
            f"  3. 仍然不行，把下面这个文件发给信息中心（电脑管理员）或提供本程序的人：\n      {log_of(env)}"
        )


def install(env: Path, target: str) -> None:
    """Install the program into the environment; where a folder wheels/ stands beside it, without the network.

    Whoever hands the program to offices without a network fills that folder on a like computer:
    pip download -d wheels . hatchling
    """
    offline = ["--no-index", "--find-links", "wheels"] if has_wheels() else []
    command = [str(python_of(env)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-q"]
    with log_of(env).open("wb") as log:
        pip = subprocess.Popen(
            [*command, *offline, target], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        with pip:
            while pip.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    pip.wait(timeout=3)
                    break
                if sys.stderr and sys.stderr.isatty():
                    print(".", end="", file=sys.stderr, flush=True)  # it is alive
    if pip.returncode != 0:
        raise Problem(install_failed(env))


def install_failed(env: Path) -> str:
    """The message, by the most likely cause."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if has_wheels():
        cause = f"wheels 文件夹里的安装包不全，或者与这台电脑（Python {version}）不配套。"
        first = "向提供本程序的人要一份适合这台电脑的完整安装包"
    else:
        cause = "最常见的原因是电脑没有联网。"
        first = "接上网络，再双击一次；不能上网的电脑，向提供本程序的人要带 wheels 文件夹的离线安装包"
    return (
        f"没有准备好：程序需要的组件没有装上。{cause}\n\n"
        "怎么办：\n"
        f"  1. {first}；\n"
        f"  2. 还是不行，把下面这个文件发给信息中心（电脑管理员）或提供本程序的人：\n      {log_of(env)}"
    )


def fingerprint() -> str:
    """A checksum of what gets installed."""
    digest = hashlib.sha256()
    for name in SOURCES:
        top = ROOT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                content = path.read_bytes()
                digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode())
                digest.update(content)
    return digest.hexdigest()


def works(env: Path, modules: Sequence[str]) -> bool:
    """Whether the environment's Python starts and finds these modules."""
    try:
        return quietly([str(python_of(env)), "-I", "-c", PROBE, *modules]).returncode == 0
    except OSError:
        return False


def quietly(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run a command without a word; what it says is in stdout."""
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )


def python_of(env: Path) -> Path:
    """The environment's Python."""
    return env / "Scripts" / "python.exe" if WINDOWS else env / "bin" / "python"


def marker_of(env: Path) -> Path:
    """Written last; holds the fingerprint of what is installed."""
    return env / ".installed"


def log_of(env: Path) -> Path:
    """What pip said."""
    return env / "install.log"


def has_wheels() -> bool:
    """Whether the parts to install came with the program."""
    return (ROOT / "wheels").is_dir()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second window wait while the first prepares. However that one ends, the system frees the lock."""
    with Path(__file__).open("rb") as file:
        waiting = False
        while not try_lock(file.fileno()):
            if not waiting:
                say("另一个窗口正在准备，请稍等……")
                waiting = True
            time.sleep(1)
        yield


def try_lock(descriptor: int) -> bool:
    """Lock this very file, so that no lock file is left about. Where there are no locks, go on without."""
    if sys.platform == "win32":
        import msvcrt

        # Far behind the file's end: others could not read a locked byte.
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return True
    else:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return True


# --- the program ------------------------------------------------------------------------------------------


def from_caller(args: Sequence[str], caller: Path) -> list[str]:
    """Paths typed in another folder stay paths of that folder, although the program runs in its own."""
    if caller == ROOT:
        return list(args)
    result = []
    before = ""
    for arg in args:
        name, equals, value = arg.partition("=")
        path = caller / arg
        if before in PATH_OPTIONS:
            result.append(str(path))
        elif name in PATH_OPTIONS and equals:
            result.append(f"{name}={caller / value}")
        elif before in WORD_OPTIONS or arg.startswith("-"):
            result.append(arg)
        elif path.is_file() or (path.is_dir() and before != "--rules"):
            result.append(str(path))
        else:
            result.append(arg)
        before = arg
    return result


def output_folder(args: Sequence[str]) -> Path:
    """Where the run has written."""
    folder = "output"
    for arg, following in pairwise([*args, ""]):
        if arg in ("-o", "--output"):
            folder = following
        elif arg.startswith("--output="):
            folder = arg.removeprefix("--output=")
    return ROOT / folder


def call(command: Sequence[str]) -> tuple[int, str]:
    """Run a command. Where no window shows what it prints, its last lines are kept for the dialog."""
    if not windowless():
        return shell_status(subprocess.run(command, check=False).returncode), ""
    last: deque[str] = deque(maxlen=15)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            last.append(line)
    return shell_status(running.returncode), "".join(last)


def shell_status(returncode: int) -> int:
    """A process ended by a signal has a negative return code; shells say 128 + its number."""
    return 128 - returncode if returncode < 0 and not WINDOWS else returncode


# --- what the user sees -----------------------------------------------------------------------------------


def say(text: str) -> None:
    """Print at once; standard output belongs to the program."""
    print(text, file=sys.stderr, flush=True)


def say_first(text: str) -> None:
    """Announce a long wait, also to those who have no window to read it in."""
    say(text)
    if windowless() and (notify := shutil.which("notify-send")):
        detached([notify, "绩效自评", text])


def desktop() -> bool:
    """Whether a Linux desktop is there."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def windowless() -> bool:
    """Double-clicked in a file manager that gave no terminal."""
    if UNATTENDED or WINDOWS or not desktop():
        return False
    return not any(stream and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def show_dialog(text: str) -> None:
    """Say it in a window of its own; does not wait for it to be closed."""
    detached(["sh", str(HERE / "dialog.sh"), text])


def open_folder(folder: Path) -> None:
    """Show the results in the file manager, if there is one; never wait, never fail."""
    if UNATTENDED or not folder.is_dir():
        return
    if sys.platform == "win32":
        with suppress(OSError):
            # A drive letter that stands for a network folder is gone a moment later, its real name stays.
            os.startfile(os.path.realpath(folder))
    elif desktop() and (opener := shutil.which("xdg-open")):
        detached([opener, str(folder)])


def detached(command: Sequence[str]) -> None:
    """Start something that lives on by itself."""
    with suppress(OSError):
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def wait_for_enter() -> None:
    """Keep the window open, where there is one."""
    if UNATTENDED or not all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        return
    with suppress(EOFError, KeyboardInterrupt, OSError):
        input("\n按回车键关闭窗口……")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
