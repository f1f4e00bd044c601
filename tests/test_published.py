"""Sixteen published self-evaluation tables: every value read or asked about, every wrong sum found.

The tables are real and lie outside the project (`../shared/published`); where they are not there their tests are
skipped, all with one reason. Four tables of our own, in the same shape, run always.

Published scores are people's judgement, so nothing here says that a computed score must equal a printed one. What is
wrong in print but is no arithmetic of the workbook is left out: an operator that points the wrong way (012), a unit
that does not fit its name (006), one indicator that carries all the weight (013, 017), help text left in a cell of
the form (017), an indicator whose name, target and actual are one sentence (049).
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from decimal import Decimal
from typing import Any

import openpyxl
import published
import pytest
from workbooks import SETTINGS, cell_of, write

import perf_excel
from perf_excel.findings import Finding
from perf_excel.measures import Measure, Measured
from perf_excel.names import column_letter
from perf_excel.pipeline import Evaluation, evaluate
from perf_excel.render import trace
from perf_excel.results import Results
from perf_excel.workbook import standard


def _funds(
    initial: float | None, budget: float, executed: float, rate: str | None, score: float | None, **more: Any
) -> dict[str, Any]:
    amounts = {"initial_budget": initial, "budget": budget, "executed": executed}
    return {"unit": "万元", **amounts, "rate_published": rate, "score_published": score, **more}


def _rows(*lines: tuple[str, str, str, str, float | None, float | None]) -> list[dict[str, Any]]:
    """二级指标, 指标值, 实际完成值, 权重, 自评得分 and, for 一级指标, the first two characters of its name."""
    level1 = {name[:2]: name for name in standard.LEVELS}
    return [
        {
            "level1": level1[level],
            "level2": level2,
            "level3": f"样例指标{number}",
            "target_raw": target,
            "actual_raw": actual,
            "weight": weight,
            "score_published": score,
            "reason_raw": "",
        }
        for number, (level, level2, target, actual, weight, score) in enumerate(lines, start=1)
    ]


MADE_UP: dict[str, dict[str, Any]] = {
    "nothing wrong": {
        "unit": "虚构县甲乡文化站",
        "project": "样例项目一",
        "year": 2024,
        "funds": _funds(12.5, 12.5, 12.5, "100%", 10),
        "total_published": 100,
        "indicators": _rows(
            ("产出", "数量指标", "≥40场", "46场", 20, 20),
            ("产出", "质量指标", "=100%", "100%", 15, 15),
            ("产出", "时效指标", "2024年11月底前", "2024年11月18日", 15, 15),
            ("效益", "社会效益指标", "稳步改善", "稳步改善", 30, 30),
            ("满意", "服务对象满意度指标", "≥90%", "93.5%", 10, 10),
        ),
    },
    "in yuan, with a line for the total": {
        "unit": "虚构县乙镇水管站",
        "project": "样例项目二",
        "year": 2024,
        "funds": _funds(
            500000,
            480000,
            455000.5,
            "94%",
            9.4,
            total_row={"initial": 500000, "budget": 480000, "executed": 455000.5},
        )
        | {"unit": "元"},
        "total_published": None,
        "indicators": _rows(
            ("产出", "数量指标", "≥1.2万人次", "11800人次", 20, 20),
            ("产出", "质量指标", "=0起", "0起", 20, 20),
            ("产出", "时效指标", "不超过3小时", "2.5小时", 10, 10),
            ("效益", "经济效益指标", "≥30万元", "310000元", 15, 15),
            ("效益", "社会效益指标", "运行良好", "基本良好", 15, 15),
            ("满意", "满意度指标", "≥85%", "0.86", 10, 10),
        ),
    },
    "actuals that are no figures": {
        "unit": "虚构县丙局",
        "project": "样例项目三",
        "year": 2024,
        "funds": _funds(None, 60, 60, "1", 10),
        "total_published": None,
        "indicators": _rows(
            ("产出", "数量指标", "≥300人", "≥300人", 15, 15),
            ("产出", "数量指标", "≥15家", "/", 10, None),
            ("产出", "质量指标", "100%", "全部", 15, 15),
            ("产出", "时效指标", "≤20天", "约18天", 5, 5),
            ("产出", "时效指标", "3月底前", "4月2日", 5, 4),
            ("效益", "社会效益指标", "≥80-90%", "85%", 30, 30),
            ("满意", "满意度指标", ">=90%", "达到91%", 10, 10),
        ),
    },
    "wrong sums": {
        "unit": "虚构县丁中心",
        "project": "样例项目四",
        "year": 2024,
        "funds": _funds(80, 80, 82.4, "103%", 10.3),
        "total_published": 97,
        "indicators": _rows(
            ("产出", "数量指标", "≥10次", "14次", 20, 20),
            ("产出", "数量指标", "≥200人", "150人", 20, 20),
            ("产出", "时效指标", "≤60天", "75天", 20, 16),
            ("效益", "社会效益指标", "≥90%", "88%", 25, 24.5),
            ("满意", "服务对象满意度指标", "≥95%", "100%", 15, 16),
        ),
    },
}

#: Published tables with what print left out: the weights that the notes imply (006), and weights and scores that show
#: a point booked to another group (024: 19 of 20 for outputs that were all met, nothing off where the target was missed).
WEIGHTS: dict[str, tuple[tuple[float, ...], tuple[float, ...] | None]] = {
    "006": ((20, 20, 20, 10, 10), None),
    "024": ((5, 5, 5, 5, 15, 15, 10, 10, 10), (5, 5, 5, 4, 15, 15, 10, 10, 10)),
}

NAMES = (*MADE_UP, *published.NUMBERS, *(f"{number} with weights" for number in WEIGHTS))


def table(name: str) -> dict[str, Any]:
    """Return a table by its name; a published one skips the test where it is not there."""
    if name in MADE_UP:
        return MADE_UP[name]
    number, _, filled = name.partition(" ")
    found = published.load(number)
    if number == "001":  # printed as 0 / 0 / 0 above the one source
        found["funds"]["total_row"] = {"initial": 0, "budget": 0, "executed": 0}
    if filled:
        weights, scores = WEIGHTS[number]
        for index, row in enumerate(found["indicators"]):
            row["weight"] = weights[index]
            if scores:
                row["score_published"] = scores[index]
    return found


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    """Return a function that gives the workbook into which a table was entered."""
    folder = tmp_path_factory.mktemp("entered")
    return functools.cache(lambda name: published.enter(folder / f"{name}.xlsx", table(name)))


@pytest.fixture(scope="module")
def evaluated(entered):
    return functools.cache(lambda name: evaluate([entered(name)]))


@pytest.fixture(scope="module")
def ran(entered, tmp_path_factory):
    """Return a function that gives the 报送件 of a table and what the run said."""

    def run(name: str):
        folder = tmp_path_factory.mktemp("output")
        results = perf_excel.run(entered(name), folder, annotate=False)
        (written,) = (path for path in results.data["workbooks"][0]["outputs"] if path.endswith(".xlsx"))
        return written, results

    return functools.cache(run)


def measures(evaluation: Evaluation) -> list[Measure]:
    (project,) = evaluation.scores.values()
    return sorted((item.measure for item in project.indicators), key=lambda measure: measure.row)


def cell(sheet: str, key: str, line: int = 1) -> str:
    return cell_of(sheet, key, standard.FIRST_ROW + line - 1)


def stands_at(finding: Finding, sheet: str, where: str) -> bool:
    """Tell whether a finding stands at a cell, also where it names a range or a list of cells."""
    if finding.sheet != standard.SHEET_BY_KEY[sheet].title or not finding.cell:
        return False
    match = re.fullmatch(r"([A-Z]+)(\d+)", where)
    assert match
    for part in finding.cell.split(","):
        first, _, last = part.partition(":")
        letters = {edge.rstrip("0123456789") for edge in (first, last or first)}
        numbers = [int(edge.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for edge in (first, last or first)]
        if match[1] in letters and numbers[0] <= int(match[2]) <= numbers[1]:
            return True
    return False


def public_code(finding: Finding) -> str:
    return finding.code.split(".")[0]


# ------------------------------------------------------------ every value is read, or asked about


@pytest.mark.parametrize("name", NAMES)
def test_every_target_and_actual_is_read_or_asked_about(name, evaluated):
    evaluation = evaluated(name)
    silent = []
    for line, item in enumerate(measures(evaluation), start=1):
        if item.kind in (Measured.JUDGED, Measured.DEADLINE):
            continue
        nature_cell = ("indicators", cell("indicators", "nature", line))
        places = {
            "target": ("indicators", cell("indicators", "target", line)),
            "actual": ("actuals", cell("actuals", "actual", line)),
        }
        for what, place in places.items():
            asked = any(stands_at(found, *at) for found in evaluation.findings for at in (place, nature_cell))
            if getattr(item, what) is None and not asked:
                silent.append((line, what, getattr(item, f"{what}_text")))
        if item.kind is Measured.UNKNOWN and not any(
            stands_at(found, *at) for found in evaluation.findings for at in (places["target"], nature_cell)
        ):
            silent.append((line, "nature", item.nature))
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_the_digits_that_were_printed(name, evaluated):
    wrong = []
    for row, item in zip(table(name)["indicators"], measures(evaluated(name)), strict=True):
        for what, value in (("target_raw", item.target), ("actual_raw", item.actual)):
            digits = re.search(r"\d+(?:\.\d+)?", row[what])
            if value is None or (digits and value == Decimal(digits[0])):
                continue
            if not (row[what].endswith("元") and item.unit.endswith("元")):  # 元 and 万元 convert
                wrong.append((row[what], value))
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_operator_and_unit_are_taken_out_of_the_target(name, evaluated):
    wrong = []
    for row, item in zip(table(name)["indicators"], measures(evaluated(name)), strict=True):
        if item.kind is Measured.FIGURE:
            operator = re.match(r"(>=|<=|[≥≧≤=═]|不超过)?", row["target_raw"])
            unit = re.search(r"[^\d.。]*。?$", row["target_raw"])
            assert operator is not None
            assert unit is not None
            nature = {">": "≥", "≥": "≥", "≧": "≥", "<": "≤", "≤": "≤", "不": "≤"}.get((operator[0] or "=")[0], "＝")
            expected = nature, {"百分比": "%"}.get(unit[0], unit[0].rstrip("。"))
            if (item.nature, item.unit) != expected:
                wrong.append((row["target_raw"], item.nature, item.unit))
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_operator_in_both_columns_reads_the_same(name, evaluated, tmp_path):
    """A clerk who chooses 指标性质 and leaves the operator in 指标值 as well says the same thing twice."""
    rows, split = published.rows(table(name)), measures(evaluated(name))
    asked = {"≥80-90%"}  # no figure there, so nothing was split
    for row, item in zip(rows["indicators"], split, strict=True):
        row["nature"] = item.nature or ("≥" if row["target"] in asked else None)
    settings = SETTINGS | {"year": table(name)["year"], "money_unit": table(name)["funds"]["unit"]}
    both = measures(evaluate([write(tmp_path / "both.xlsx", rows, settings)]))
    for one, other in zip(split, both, strict=True):
        if one.target_text not in asked:
            assert (one.kind, one.nature, one.unit) == (other.kind, other.nature, other.unit)
        assert (one.target, one.actual) == (other.target, other.actual)


def test_figure_under_a_qualitative_nature_is_asked_about(tmp_path):
    """定性 with a target of ≥90%, answered in its own words, would get full marks for nothing."""
    rows = published.rows(MADE_UP["nothing wrong"])
    rows["indicators"][4]["nature"] = "定性"
    rows["actuals"][4]["actual"] = rows["indicators"][4]["target"]
    findings = evaluate([write(tmp_path / "qualitative.xlsx", rows, SETTINGS)]).findings
    places = [("indicators", cell("indicators", key, 5)) for key in ("nature", "target")]
    places.append(("actuals", cell("actuals", "actual", 5)))
    asked = [item for item in findings for place in places if stands_at(item, *place)]
    assert {public_code(item) for item in asked} & {"C01", "C02", "C05"}


# ------------------------------------------------------------ what is wrong in print is found

#: (code, sheet, column, line) of what must be found. A finding about a column covers its first line.
WRONG: dict[str, tuple[tuple[str, str, str, int], ...]] = {
    "nothing wrong": (),
    "in yuan, with a line for the total": (
        ("A09", "funds", "typed_rate", 1),
        ("A10", "funds", "typed_score", 1),
        ("B04", "funds", "adjust_reason", 2),
        ("C01", "actuals", "actual", 1),
        ("S05", "actuals", "grade", 5),
        ("C03", "actuals", "actual", 6),
    ),
    "actuals that are no figures": (
        ("C02", "actuals", "actual", 1),
        ("B01", "actuals", "actual", 2),
        ("C01", "actuals", "actual", 3),
        ("C01", "actuals", "actual", 4),
        ("S05", "actuals", "grade", 5),
        ("B02", "actuals", "reason", 5),
        ("C01", "indicators", "target", 6),
    ),
    "wrong sums": (
        ("A01", "indicators", "weight", 1),
        ("A05", "actuals", "typed_score", 5),
        ("A06", "actuals", "typed_score", 2),
        ("A06", "actuals", "typed_score", 3),
        ("A06", "actuals", "typed_score", 4),
        ("A07", "projects", "declared_form", 1),
        ("A10", "funds", "typed_score", 1),
        ("A13", "funds", "executed", 1),
        ("B02", "actuals", "reason", 2),
        ("B02", "actuals", "reason", 3),
        ("B02", "actuals", "reason", 4),
        ("B05", "actuals", "reason", 1),
    ),
    "001": (
        ("A11", "funds", "initial", 1),
        ("A11", "funds", "budget", 1),
        ("A11", "funds", "executed", 1),
        ("A09", "funds", "typed_rate", 1),
        ("A10", "funds", "typed_score", 1),
    ),
    "005": (
        ("A01", "indicators", "weight", 1),
        ("A07", "projects", "declared_form", 1),
        *(("C02", "actuals", "actual", line) for line in (1, 2, 4, 5, 7, 9)),
    ),
    "006": (("A09", "funds", "typed_rate", 1), ("B03", "funds", "low_reason", 1)),
    "006 with weights": (
        ("A01", "indicators", "weight", 1),
        ("A05", "actuals", "typed_score", 3),
        ("A05", "actuals", "typed_score", 4),
        ("A05", "actuals", "typed_score", 5),
        ("A09", "funds", "typed_rate", 1),
        ("A10", "funds", "typed_score", 1),
        ("B05", "actuals", "reason", 3),
    ),
    "012": (("A13", "funds", "executed", 1), ("B05", "actuals", "reason", 3)),
    "013": (("C01", "actuals", "actual", 1), ("S05", "funds", "budget", 1), ("S05", "funds", "executed", 1)),
    "017": (("B01", "actuals", "actual", 1), ("B01", "actuals", "actual", 2), ("B04", "funds", "adjust_reason", 1)),
    "024": tuple(("A04", "indicators", "weight", line) for line in range(1, 10)),
    "024 with weights": (("A06", "actuals", "typed_score", 4), ("A06", "actuals", "typed_score", 9)),
    "030": (("B03", "funds", "low_reason", 1), ("B12", "projects", "name", 1)),
    "036": (("A09", "funds", "typed_rate", 1), ("B03", "funds", "low_reason", 1)),
    "043": (("B05", "actuals", "reason", 2), ("A04", "indicators", "weight", 3)),
    "045": (
        ("A06", "actuals", "typed_score", 3),
        ("A06", "actuals", "typed_score", 6),
        ("B02", "actuals", "reason", 6),
    ),
    "049": (("C01", "actuals", "actual", 2),),
    "054": (("A01", "indicators", "weight", 1), ("A06", "actuals", "typed_score", 4)),
    "055": (
        ("A01", "indicators", "weight", 1),
        ("A07", "projects", "declared_form", 1),
        ("B03", "funds", "low_reason", 1),
        ("B05", "actuals", "reason", 1),
        ("B05", "actuals", "reason", 5),
        ("B05", "actuals", "reason", 6),
        ("C02", "actuals", "actual", 7),
        ("S05", "settings", "value", 3),
    ),
    "058": (("A09", "funds", "typed_rate", 1),),
    # How far a target was exceeded does not depend on the weight, which print leaves out.
    "063": (("B03", "funds", "low_reason", 1), ("B05", "actuals", "reason", 1)),
}


@pytest.mark.parametrize("name", NAMES)
def test_errors_are_found_at_their_cells(name, evaluated):
    findings = evaluated(name).findings
    missed = [
        (code, sheet, key, line)
        for code, sheet, key, line in WRONG[name]
        if not any(public_code(found) == code and stands_at(found, sheet, cell(sheet, key, line)) for found in findings)
    ]
    assert missed == []


#: Codes that must not be found, because print is right there.
RIGHT: dict[str, tuple[str, ...]] = {
    "nothing wrong": ("A", "C01", "C02", "C06", "S", "B01", "B02", "B03", "B04", "B05"),
    "in yuan, with a line for the total": ("A01", "A06", "A07", "A11", "A12", "A13", "B03", "B05"),
    "actuals that are no figures": ("A", "B05"),
    "wrong sums": ("A09", "A11", "C01", "C02", "S05"),
    "005": ("A06", "A09", "A10"),
    "006 with weights": ("A07",),
    "012": ("A06", "A09", "A10"),  # 102.59 % is what the amounts give
    "017": ("A09", "A01"),
    "024 with weights": ("A07", "B02"),
    "030": ("A09",),  # 86 % is 85.76 % rounded to what was printed
    "036": ("A01", "A06", "A07", "A10", "A11"),  # 8.62 follows from the amounts, and 98.62 from the rows
    "043": ("A09", "A10", "B02"),
    "045": ("A01", "A05", "A07", "A09", "A10", "B03"),
    "054": ("A09", "A14"),  # 2万元 is the price of a piece, 30万元 the project's budget
    "055": ("A06", "A09", "A10"),
    "058": ("B03", "A10"),
    "063": ("A09", "A10"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_left_alone(name, evaluated):
    false = [item for item in evaluated(name).findings if item.code.startswith(RIGHT[name])]
    assert [(item.code, item.cell, item.message) for item in false] == []


def test_target_that_equals_the_first_budget_agrees_with_the_money(evaluated):
    """001: a cost target of 90 was approved with the budget of 90; only the actual differs from the money spent."""
    at = {item.sheet for item in evaluated("001").findings if item.code == "A14"}
    assert at == {standard.ACTUALS.title}


def test_blank_execution_score_is_computed_and_capped(evaluated):
    """012: 338.31 of 329.77 was spent; print leaves the score open."""
    ((_, project),) = evaluated("012").scores.items()
    assert (project.execution.score, project.execution.weight) == (10, 10)
    assert project.execution.rate > 1


def test_form_of_another_province_with_its_own_rules(entered, tmp_path):
    """006: 20 points for execution and 80 for the indicators, as an office would set it in a rule file of its own."""
    rules = tmp_path / "rules.toml"
    rules.write_text(
        'extends = "财政部"\nname = "二十比八十"\ntitle = "样例规则"\nsource = "样例"\n\n[execution]\nsource = "样例"\nweight = 20\n',
        encoding="utf-8",
    )
    evaluation = evaluate([entered("006 with weights")], str(rules))
    assert evaluation.scores[0, 1].execution.score == Decimal("2.89")
    assert "A01" not in {item.code for item in evaluation.findings}


# ------------------------------------------------------------ what a clerk reads


@pytest.mark.parametrize("name", NAMES)
def test_example_of_an_actual_is_a_figure(name, evaluated):
    """Where a figure is due, the example is one: never the target's text with its operator, nor its unit."""
    bad = []
    for item in evaluated(name).findings:
        if public_code(item) in ("C01", "C02", "B01") and item.sheet == standard.ACTUALS.title:
            example = re.search(r"例如：([^。；]+)", item.fix)
            line = int(item.cell.split(":")[0].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) - standard.FIRST_ROW
            qualitative = measures(evaluated(name))[line].nature == "定性"
            if not qualitative and (example is None or not re.fullmatch(r"-?\d+(\.\d+)?", example[1])):
                bad.append((item.code, item.cell, item.fix))
    assert bad == []


@pytest.mark.parametrize("name", NAMES)
def test_readings_that_are_told_differ_from_what_was_typed(name, evaluated):
    """C03 says how a cell was read; 「按“100%”读取」 for 100% tells a clerk nothing."""
    pattern = re.compile(r"写的是“(?P<typed>.*)”，按“(?P<read>.*)”读取")
    told = [
        match for item in evaluated(name).findings if item.code == "C03" and (match := pattern.search(item.message))
    ]
    assert [match[0] for match in told if match["typed"] == match["read"]] == []


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_told_to_declare_more_than_the_full_total(name, evaluated):
    """A07: rows that add up to 110 are wrong themselves; the total is not mended by writing 110."""
    told = [
        item.fix
        for item in evaluated(name).findings
        if item.code == "A07" and any(float(figure) > 100 for figure in re.findall(r"改成(\d+(?:\.\d+)?)", item.fix))
    ]
    assert told == []


def test_sum_of_typed_scores_counts_what_was_typed(evaluated):
    """054: the rows were typed and add up to 98, the execution score was not; a sum that holds it must say so."""
    told = [item.message for item in evaluated("054").findings if item.code == "A07"]
    assert all("执行" in message for message in told)


@pytest.mark.parametrize("name", ["in yuan, with a line for the total", "036", "045"])
def test_amounts_are_quoted_in_the_unit_of_the_workbook(name, evaluated):
    """A figure that the clerk typed in 元 is quoted as typed, or its unit is said."""
    amounts = [fund[key] for fund in published.rows(table(name))["funds"] for key in ("budget", "executed")]
    for item in evaluated(name).findings:
        if item.code in ("A09", "A11", "A12", "A13", "B04"):
            assert "万元" in item.message or any(f"{amount:.15g}" in item.message for amount in amounts), item.message


def test_quotient_that_is_told_is_true(tmp_path):
    """A09 on a line 年度资金总额 that is wrong itself: the amounts that it quotes must give the rate that it states."""
    made_up = MADE_UP["in yuan, with a line for the total"]
    total = {"initial": 500000, "budget": 600000, "executed": 300000}
    funds = made_up["funds"] | {"unit": "万元", "rate_published": "50%", "total_row": total}
    findings = evaluate([published.enter(tmp_path / "total.xlsx", made_up | {"funds": funds})]).findings
    (told,) = (item.message for item in findings if item.code == "A09")
    quotient = re.search(r"全年执行数([\d.]+)万元÷全年预算数([\d.]+)万元＝([\d.]+)%", told)
    assert quotient is not None
    assert float(quotient[3]) == pytest.approx(100 * float(quotient[1]) / float(quotient[2]), abs=0.01), told


@pytest.mark.parametrize("name", NAMES)
def test_one_mistake_is_not_told_twice_with_two_remedies(name, evaluated):
    """A02 (approved weights stay, name it under 存在问题) and A03 (change the weights) contradict each other."""
    by_code = {
        code: {item.project_no for item in evaluated(name).findings if item.code == code} for code in ("A02", "A03")
    }
    assert not by_code["A02"] & by_code["A03"]


@pytest.mark.parametrize("name", NAMES)
def test_range_of_an_open_total_holds_what_is_open(name, evaluated):
    """Without a weight nobody knows how much a row may bring, so the range is open or reaches the full total."""
    (project,) = evaluated(name).scores.values()
    if any(item.measure.weight is None for item in project.indicators):
        assert project.total is None
        assert project.range is None or project.range[1] - project.range[0] >= min(90, 100 - project.range[0])


# ------------------------------------------------------------ typed, computed and difference side by side


@pytest.mark.parametrize("name", NAMES)
def test_typed_and_computed_scores_stand_side_by_side(name, entered):
    rows = table(name)["indicators"]
    frame = perf_excel.check(entered(name)).indicators
    assert len(frame) == len(rows)
    if not rows:
        return
    frame = frame.set_index("indicator_no")
    for number, row in enumerate(rows, start=1):
        line = frame.loc[f"ZB{number:03d}"]
        typed = None if row["score_published"] is None else pytest.approx(row["score_published"])
        assert _number(line["typed"]) == typed
        both = _number(line["typed"]) is not None and _number(line["score"]) is not None
        assert _number(line["difference"]) == (pytest.approx(line["typed"] - line["score"]) if both else None)


@pytest.mark.parametrize("name", NAMES)
def test_sheet_of_computation_shows_typed_and_difference(name, ran):
    path, results = ran(name)
    sheet = openpyxl.load_workbook(path, data_only=True)[trace.TITLE]
    lines = list(sheet.iter_rows(values_only=True))
    heads = next(line for line in lines if line[0] == "项目序号")
    shown = {line[1]: dict(zip(heads, line, strict=True)) for line in lines if line[1]}
    funds = published.rows(table(name))["funds"]
    form = results.data["projects"][0]["form_score"]
    typed = next((fund["typed_score"] for fund in funds if fund["typed_score"] is not None), None)
    _same(shown["执行"], typed, form["execution"])
    for number, row in enumerate(table(name)["indicators"], start=1):
        key = f"ZB{number:03d}"
        _same(shown[key], row["score_published"], form["indicators"][key])


def _same(line: dict[str, Any], typed: float | None, score: float | None) -> None:
    assert _number(line["自评申报"]) == typed
    assert _number(line["得分"]) == score
    expected = None if typed is None or score is None else pytest.approx(typed - score)
    assert _number(line["差异"]) == expected


def _number(value: Any) -> float | None:
    """Return a figure of a table or a sheet, None for what stands for nothing there."""
    return None if value is None or value == "" or value != value else value


# ------------------------------------------------------------ the 报送件 is a good input


@pytest.mark.parametrize("name", NAMES)
def test_deliverable_is_read_again_alike(name, ran):
    path, results = ran(name)
    again = perf_excel.check(path)
    assert again.data["projects"][0]["form_score"] == results.data["projects"][0]["form_score"]
    first, second = (data["workbooks"][0]["completion"] for data in (results.data, again.data))
    assert {**second, "missing": None} == {**first, "missing": None}, "rows may move, so the cells to be filled may"
    assert second["missing"].keys() == first["missing"].keys()
    assert again.indicators.equals(results.indicators)
    assert _counted(again) == _counted(results)


def _counted(results: Results) -> Counter[tuple[str, str]]:
    return Counter(zip(results.findings["code"], results.findings["severity"], strict=True))


# ------------------------------------------------------------ the helper itself


def test_tables_are_entered_as_a_clerk_would():
    natures = {
        "≥60个": None,
        ">=90%": None,
        "═98%": None,
        "不超过3小时": None,
        "15": "＝",
        "7万元": "＝",
        "100%": "＝",
    }
    natures |= {"明显好转": "定性", "8月前": "定性", "2024年11月底前": "定性", "居民满意率达85%以上": "定性"}
    assert {target: published.nature(target) for target in natures} == natures
    rows = published.rows(MADE_UP["in yuan, with a line for the total"])
    assert [(fund["source"], fund.get("typed_rate")) for fund in rows["funds"]] == [
        ("年度资金总额", "94%"),
        ("财政拨款", None),
    ]
    assert all("unit" not in row for row in rows["indicators"])


def test_cells_of_a_finding_are_found_in_ranges_and_lists():
    place = {"sheet": "完成情况", "workbook": 0, "project_no": 1, "message": "", "basis": "", "fix": ""}
    finding = Finding(code="X", severity=None, cell="G3,H3:H9", **place)
    assert [stands_at(finding, "actuals", where) for where in ("G3", "H3", "H9", "G4", "H10", "F3")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert not stands_at(finding, "funds", "G3")
    assert column_letter(0) == "A"
