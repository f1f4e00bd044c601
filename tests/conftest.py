"""Shared fixtures; the helpers stand in `workbooks.py`."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# What lands must not hang on the luck of one run; at home every run tries other examples.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def soffice() -> str:
    """LibreOffice, which opens what the program wrote as an office would."""
    found = shutil.which("soffice")
    if found is None:
        assert not os.environ.get("CI"), "CI installs LibreOffice; without it this test says nothing"
        pytest.skip("没有安装LibreOffice，跳过比对")
    return found
