"""Many workbooks in one pass: each comes out as it would alone."""

from dataclasses import replace

import pytest
from workbooks import SAMPLE, clean_rows, evaluate, spoil, write

import perf_excel


def several(folder):
    """A few workbooks that have little in common, an unreadable one among them."""
    spoiled = clean_rows()
    spoiled["actuals"][0]["actual"] = "约5"
    paths = [
        write(folder / "a.xlsx", settings={"unit_name": "甲"}),
        write(folder / "b.xlsx", spoiled, {"unit_name": "乙"}),
    ]
    paths.append(spoil(folder / "c.xlsx", 参数_B3="丙", 绩效指标_I3=15))
    (folder / "d.xlsx").write_bytes(b"no workbook")
    return [*paths, folder / "d.xlsx", SAMPLE]


def test_a_workbook_in_a_batch_gives_what_it_gives_alone(tmp_path):
    paths = several(tmp_path)
    together = evaluate(paths)
    for number, path in enumerate(paths):
        alone = evaluate([path])
        assert [replace(item, workbook=0) for item in together.findings_of()[number]] == alone.findings
        totals = [score.total for key, score in together.scores.items() if key[0] == number]
        assert totals == [score.total for score in alone.scores.values()]
        assert together.completion.by_sheet.get(number) == alone.completion.by_sheet.get(0)


def test_outputs_do_not_depend_on_the_company(tmp_path):
    paths = several(tmp_path)
    perf_excel.run(paths, tmp_path / "together")
    for number, path in enumerate(paths):
        perf_excel.run(path, tmp_path / f"alone{number}")
        for made in (tmp_path / f"alone{number}").rglob("*.xlsx"):
            twin = tmp_path / "together" / made.relative_to(tmp_path / f"alone{number}")
            assert made.read_bytes() == twin.read_bytes(), made.name


@pytest.mark.workers
def test_several_processes_write_the_same_bytes(tmp_path):
    paths = several(tmp_path)
    perf_excel.run(paths, tmp_path / "one", jobs=1)
    perf_excel.run(paths, tmp_path / "two", jobs=2)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.xlsx"))
    assert len(files) == 8
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_two_hundred_copies_in_one_call(tmp_path):
    for number in range(200):
        (tmp_path / f"{number:03d}.xlsx").write_bytes(SAMPLE.read_bytes())
    results = perf_excel.check(tmp_path)
    assert len(results.data["workbooks"]) == 200
    totals = [project["form_score"]["total"] for project in results.data["projects"]]
    assert totals == [100.0, 100.0, 100.0, None] * 200
    counts = results.findings["code"].value_counts()
    assert (counts["A08"], counts["B12"], counts["S05"], counts["E01"]) == (800, 200, 400, 2000)
    assert counts["S12"] == 2 * 199  # two of the four projects have a code, and all copies share it
