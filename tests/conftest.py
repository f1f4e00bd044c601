"""Shared fixtures; the helpers stand in `workbooks.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
