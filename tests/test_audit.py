"""Reports as offices write them, audited: what stands there is read, what is wrong is found, and nothing else.

Every report is written down as text (`written`), so that a case reads like the page that it stands for.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from office_reports import CORRECT, FOUR, FOUR_DECLARED, FOUR_SUMS, FOUR_UNREASONED
from reports import published
from written import docx

from perf_excel.audit.evaluate import Audit, Located, audit
from perf_excel.audit.outline import where
from perf_excel.findings import Severity
from perf_excel.scoring import add_up


def audited(folder: Path, *contents: bytes) -> Audit:
    """Audit Word files with these contents, called 1.docx, 2.docx …"""
    paths = [folder / f"{number}.docx" for number in range(1, len(contents) + 1)]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return audit(paths)


def read(folder: Path, text: str, **how):
    """Return the audit of one report, given as text."""
    return audited(folder, docx(text, **how))


def told(result: Audit, *codes: str, report: int | None = None) -> list[Located]:
    """Return the findings with one of these codes (all of them without), of one report where a number is given."""
    return [
        item
        for item in result.found
        if (not codes or item.finding.code in codes) and report in (None, item.finding.workbook)
    ]


def musts(result: Audit, report: int | None = None) -> list[str]:
    """Return the codes of what must be mended, in order."""
    return [item.finding.code for item in told(result, report=report) if item.finding.severity is Severity.MUST]


# ---------------------------------------------------------------- the four published reports, and four like them


def four(name: str) -> list[bytes]:
    if name == "own":
        return [docx(text) for text in FOUR]
    return published() or pytest.skip("the published reports are not there (../shared/seeds)")


@pytest.mark.parametrize("name", ["published", "own"])
def test_four_reports(name: str, tmp_path: Path) -> None:
    result = audited(tmp_path, *four(name))
    for number, report in enumerate(result.reports):
        total, declared = FOUR_SUMS[number], FOUR_DECLARED[number]
        assert add_up([item.awarded for item in report.leaves]) == total
        (result_of_sum,) = told(result, "A08", report=number)
        assert f"自评结果是{declared}分，各项得分加起来是{total}分" in result_of_sum.finding.message
        assert where(result_of_sum.spot) == "四、评价结论 第1段"
        unreasoned = [item.finding.message.split("”")[0].strip("“") for item in told(result, "E01", report=number)]
        assert unreasoned == list(FOUR_UNREASONED[number])
        assert bool(told(result, "B12", report=number)) == (number == 3)
        assert set(musts(result, number)) == {"A08", "E01"} | ({"B12"} if number == 3 else set())
        (shared,) = told(result, "E04", report=number)
        assert "、".join(f"{other + 1}.docx" for other in range(4) if other != number) in shared.finding.message
    brackets = {item.finding.workbook: item.finding.message for item in told(result, "E11")}
    assert sorted(brackets) == [2, 3]
    assert "“﹝﹞”" in brackets[2] and "“[]”" in brackets[3]


# ---------------------------------------------------------------- reports without a mistake


@pytest.mark.parametrize("name", CORRECT)
def test_correct_reports_are_left_alone(name: str, tmp_path: Path) -> None:
    result = read(tmp_path, CORRECT[name])
    # How a value was read is said (C03); nothing else.
    assert [(where(item.spot), item.finding.message) for item in told(result) if item.finding.code != "C03"] == []


def test_correct_reports_share_nothing(tmp_path: Path) -> None:
    result = audited(tmp_path, *map(docx, CORRECT.values()))
    assert {item.finding.code for item in told(result)} <= {"C03"}
