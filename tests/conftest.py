"""Shared fixtures; the helpers stand in `workbooks.py`."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from perf_excel import crew, engine

sys.path.insert(0, str(Path(__file__).parent))

# What lands must not hang on the luck of one run; at home every run tries other examples.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have runs do their work in this process, which is faster; tests marked `workers` have processes as users have."""
    if request.node.get_closest_marker("workers") is None:
        monkeypatch.setattr(engine, "Crew", lambda jobs: crew.Alone())


@pytest.fixture(scope="session")
def soffice() -> str:
    """LibreOffice, which opens what the program wrote as an office would."""
    found = shutil.which("soffice")
    if found is None:
        assert not os.environ.get("CI"), "CI installs LibreOffice; without it this test says nothing"
        pytest.skip("没有安装LibreOffice，跳过比对")
    return found
