"""The double-click scripts: what they are made of, what they do with each exit status. Needs no network."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHELL_SCRIPTS = ("run.sh", "audit.sh", "test.sh", "launch/common.sh", "launch/dialog.sh")
WINDOWS_TEXT = "launch/no_python_gbk.txt"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BASH = shutil.which("bash")
NOT_READY = 3

needs_bash = pytest.mark.skipif(os.name == "nt" or BASH is None, reason="needs a shell")

# Stands in for the environment's Python: notes how it is called, makes each of its jobs end as told.
STUB = """#!/bin/sh
printf '%s|' "$@" >> "{calls}"
echo >> "{calls}"
case "$*" in
    *" -c "*) exit 0 ;;
    *" pip install "*) echo "pip says no"; exit "${{STUB_PIP:-0}}" ;;
esac
exit "${{STUB_STATUS:-0}}"
"""


class Launched:
    """A copy of the scripts in a folder with an awkward name, each environment being a stub."""

    def __init__(self, base):
        self.folder = base / "县 财政局（绩效） & a'b"
        self.calls_file = base / "calls"
        (self.folder / "perf_excel").mkdir(parents=True)
        (self.folder / "perf_excel" / "__init__.py").write_text("")
        (self.folder / "pyproject.toml").write_text("[project]\n")
        for name in ("run.sh", "audit.sh", "test.sh"):
            shutil.copy(ROOT / name, self.folder)
        shutil.copytree(ROOT / "launch", self.folder / "launch", ignore=shutil.ignore_patterns("__pycache__"))
        for env in (".venv", ".venv-test"):
            python = self.folder / env / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.write_text(STUB.format(calls=self.calls_file))
            python.chmod(0o755)
            (self.folder / env / ".installed").write_text(self.fingerprint())

    def fingerprint(self):
        return runpy.run_path(str(self.folder / "launch" / "start.py"))["fingerprint"]()

    def start(self, *args, script="run.sh", cwd=None, path=None, **variables):
        """Start a script; a Python new enough is on PATH, namely the one that runs this test."""
        if path is None:
            bin_folder = self.calls_file.parent / "bin"
            bin_folder.mkdir(exist_ok=True)
            python = bin_folder / "python3"
            if not python.exists():
                python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
                python.chmod(0o755)
            # Nothing else: neither another Python nor a browser for folders.
            for tool in ("sh", "readlink"):
                link = bin_folder / tool
                if not link.exists():
                    link.symlink_to(shutil.which(tool))
            path = str(bin_folder)
        return subprocess.run(
            [BASH, str(self.folder / script), *args],  # an absolute script stays what it is
            cwd=cwd or self.folder,
            env={"PATH": path, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def calls(self, word):
        """The calls of the environment's Python that have this word, each as the list of its arguments."""
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        return [call for call in (line.split("|")[:-1] for line in lines) if word in call]


@pytest.fixture
def launched(tmp_path):
    return Launched(tmp_path)


# --- the files ---


@pytest.mark.parametrize("name", SHELL_SCRIPTS)
def test_shell_scripts_have_unix_line_ends(name):
    assert b"\r" not in (ROOT / name).read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permission")
@pytest.mark.parametrize("name", ["run.sh", "audit.sh", "test.sh"])
def test_scripts_to_double_click_are_executable(name):
    assert os.access(ROOT / name, os.X_OK)
    assert (ROOT / name).read_bytes().startswith(b"#!/usr/bin/env bash\n")


@needs_bash
@pytest.mark.parametrize("shell", ["bash", "sh"])
@pytest.mark.parametrize("name", SHELL_SCRIPTS)
def test_shell_scripts_parse(name, shell):
    parsed = subprocess.run([shell, "-n", str(ROOT / name)], capture_output=True, text=True, check=False)
    assert (parsed.returncode, parsed.stderr) == (0, "")


@pytest.mark.parametrize("name", ["run.bat", "audit.bat"])
def test_batch_file_is_ascii_with_windows_line_ends(name):
    content = (ROOT / name).read_bytes()
    content.decode("ascii")
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")


def test_batch_file_jumps_only_to_labels_it_has():
    batch = (ROOT / "run.bat").read_text("ascii")
    labels = set(re.findall(r"^:(\w+)", batch, re.M)) | {"eof"}
    assert set(re.findall(r"(?:goto|call) :?(\w+)$", batch, re.M)) <= labels
    assert set(re.findall(r"call :(\w+)", batch)) <= labels


def test_batch_file_shows_a_gbk_text_that_is_there():
    assert f'type "{WINDOWS_TEXT}"'.replace("/", "\\") in (ROOT / "run.bat").read_text("ascii")
    content = (ROOT / WINDOWS_TEXT).read_bytes()
    text = content.decode("gbk")
    assert "Python 3.11" in text
    assert CHINESE.search(text)
    assert content.count(b"\r\n") == content.count(b"\n")


def test_line_ends_are_kept_by_git():
    attributes = (ROOT / ".gitattributes").read_text().split("\n")
    kept = {tuple(line.split()) for line in attributes}
    assert {("*.bat", "text", "eol=crlf"), ("*.sh", "text", "eol=lf"), ("*_gbk.txt", "-text")} <= kept


def test_the_batch_file_for_reports_hands_over_to_the_other():
    assert 'set "PERF_EXCEL_TASK=audit"' in (ROOT / "audit.bat").read_text("ascii")
    batch = (ROOT / "run.bat").read_text("ascii")
    assert batch.index('if not defined PERF_EXCEL_TASK set "PERF_EXCEL_TASK=run"') < batch.index("%PERF_EXCEL_TASK% %*")


# --- run.sh ---


@needs_bash
def test_the_script_for_reports_audits(launched):
    assert launched.start("--against", "表.xlsx", script="audit.sh").returncode == 0
    assert launched.calls("perf_excel")[-1] == ["-P", "-m", "perf_excel", "audit", "--against", "表.xlsx"]


@needs_bash
@pytest.mark.parametrize(("program", "script"), [(0, 0), (1, 0), (2, 2), (5, 5)])
def test_items_to_mend_count_as_done_and_other_statuses_are_passed_on(launched, program, script):
    assert launched.start(STUB_STATUS=str(program)).returncode == script


@needs_bash
def test_a_second_start_neither_installs_nor_says_anything(launched):
    started = launched.start()
    assert (started.returncode, started.stdout, started.stderr) == (0, "", "")
    assert launched.calls("pip") == []
    assert launched.calls("perf_excel")[-1] == ["-P", "-m", "perf_excel", "run"]


@needs_bash
def test_paths_typed_elsewhere_stay_paths_of_that_folder(launched, tmp_path):
    elsewhere = tmp_path / "别处"
    elsewhere.mkdir()
    (elsewhere / "我 的.xlsx").touch()
    link = tmp_path / "快捷方式"
    link.symlink_to(launched.folder / "run.sh")
    args = ["我 的.xlsx", "-o", "出", "--json=j", "--rules", "财政部", "没有.xlsx"]
    assert launched.start(*args, script=link, cwd=elsewhere).returncode == 0
    seen = [arg.replace(str(elsewhere), "别处") for arg in launched.calls("run")[-1][4:]]
    assert seen == [
        "别处/我 的.xlsx",
        "-o",
        "别处/出",
        "--json=别处/j",
        "--rules",
        "财政部",
        "没有.xlsx",
    ]


@needs_bash
@pytest.mark.parametrize("old", [None, "exit 1", "exit 9009", 'echo "Python 2.7" >&2; exit 1'])
def test_without_a_python_it_says_so_in_chinese(launched, tmp_path, old):
    bin_folder = tmp_path / "old"
    bin_folder.mkdir()
    if old:
        for name in ("python3", "python"):
            (bin_folder / name).write_text(f"#!{BASH}\n{old}\n")
            (bin_folder / name).chmod(0o755)
    started = launched.start(path=str(bin_folder))
    assert started.returncode == NOT_READY
    assert "没有找到 Python 3.11" in started.stderr
    assert "信息中心" in started.stderr
    assert "Traceback" not in started.stderr
    assert launched.calls("run") == []


@needs_bash
def test_an_updated_program_is_installed_again_once(launched):
    (launched.folder / "perf_excel" / "new.py").write_text("")
    assert launched.start().returncode == 0
    assert launched.start().returncode == 0
    assert len(launched.calls("install")) == 1
    assert launched.calls("install")[0][-1] == "."


@needs_bash
def test_with_wheels_beside_it_installs_from_them_alone(launched):
    (launched.folder / "wheels").mkdir()
    (launched.folder / "pyproject.toml").write_text("[project]\n\n")
    assert launched.start().returncode == 0
    assert launched.calls("install")[0][-4:] == ["--no-index", "--find-links", "wheels", "."]


@needs_bash
def test_a_failed_install_is_explained_and_tried_again(launched):
    (launched.folder / "perf_excel" / "new.py").write_text("")
    started = launched.start(STUB_PIP="1")
    log = launched.folder / ".venv" / "install.log"
    assert started.returncode == NOT_READY
    assert "联网" in started.stderr
    assert str(log) in started.stderr
    assert "Traceback" not in started.stderr
    assert log.read_text() == "pip says no\n"
    assert not (launched.folder / ".venv" / ".installed").exists()
    assert launched.calls("run") == []


@needs_bash
@pytest.mark.skipif(find_spec("ensurepip") is None, reason="this Python cannot make environments")
def test_a_half_made_environment_is_made_anew(launched):
    """Made for real; only the install has nothing to install from."""
    env = launched.folder / ".venv"
    (env / ".installed").unlink()
    started = launched.start(PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
    assert "第一次使用" in started.stderr
    assert started.returncode == NOT_READY
    assert (env / "pyvenv.cfg").is_file()
    assert not (env / ".installed").exists()


def test_the_fingerprint_follows_the_sources_alone(launched):
    before = launched.fingerprint()
    (launched.folder / "perf_excel" / "__pycache__").mkdir()
    (launched.folder / "perf_excel" / "__pycache__" / "a.pyc").write_bytes(b"1")
    (launched.folder / "output").mkdir()
    (launched.folder / "output" / "a.xlsx").write_bytes(b"1")
    assert launched.fingerprint() == before
    (launched.folder / "perf_excel" / "__init__.py").write_text("#")
    assert launched.fingerprint() != before


@needs_bash
def test_without_its_folder_it_says_to_unpack_the_whole(launched):
    shutil.rmtree(launched.folder / "launch")
    started = launched.start()
    assert started.returncode == NOT_READY
    assert "解压" in started.stderr


# --- test.sh ---


@needs_bash
@pytest.mark.parametrize("status", [0, 1, 5])
def test_the_status_of_the_tests_is_passed_on(launched, status):
    assert launched.start("-k", "a b", script="test.sh", STUB_STATUS=str(status)).returncode == status
    assert launched.calls("pytest")[-1] == ["-m", "pytest", "-q", "-k", "a b"]


@needs_bash
def test_tests_have_an_environment_of_their_own(launched):
    (launched.folder / ".venv-test" / ".installed").write_text("older")
    assert launched.start(script="test.sh").returncode == 0
    assert launched.calls("install")[0][-1] == ".[test]"
    assert not (launched.folder / ".venv" / "install.log").exists()
