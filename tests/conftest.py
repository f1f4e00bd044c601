"""Shared fixtures; the helpers stand in `workbooks.py`."""

import os
import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# What lands must not hang on the luck of one run; at home every run tries other examples.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
