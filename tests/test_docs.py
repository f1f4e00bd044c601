"""The documentation says what the program does."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


STALE = "out of date; refresh it: PYTHONPATH=. python docs/refresh.py"


@pytest.fixture(scope="module")
def refresh():
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_of_the_readme_are_up_to_date(refresh):
    assert refresh.render(README) == README, f"README.md is {STALE}"


def test_page_of_findings_is_up_to_date(refresh):
    assert refresh.findings_page() == (ROOT / "docs" / "findings.md").read_text(encoding="utf-8"), STALE


def test_page_of_published_tables_is_up_to_date(refresh):
    page = refresh.published_page()
    if page is None:
        pytest.skip("the published tables are not there (../shared/published)")
    assert page == (ROOT / "docs" / "published.md").read_text(encoding="utf-8"), STALE


def test_every_entry_says_what_is_wrong_and_what_is_right():
    from perf_excel.catalogue import CATALOGUE

    bare = [key for key, entry in CATALOGUE.items() if not all((entry.basis, entry.fix, entry.wrong, entry.right))]
    assert not bare


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
