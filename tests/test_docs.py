"""The documentation says what the program does."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_generated_parts_of_the_readme_are_up_to_date():
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
    refresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(refresh)
    assert refresh.render(README) == README, "README.md is out of date; refresh it: python docs/refresh.py"


def test_pictures_and_links_are_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize("command", ["run", "check", "template", "explain"])
def test_every_command_is_in_the_readme(command):
    assert f"perf-excel {command}" in README


def test_the_two_commands_stand_in_the_readme_and_exist():
    for script in ("./run.sh", "./test.sh"):
        assert script in README
        assert (ROOT / script).is_file()


def test_version_is_in_the_changelog():
    from perf_excel.version import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
