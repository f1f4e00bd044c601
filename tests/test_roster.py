"""应报清单: who has not handed in, and who was not asked to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_cli import call, plainly
from test_store import gappy
from workbooks import PROJECT, rows_of, write

from perf_excel.roster import Roster, compare, read_roster

HEADS = ("单位名称", "项目编码", "项目名称")


def roster(path: Path, rows: Any, heads: Any = HEADS, merged: str = "", above: int = 0) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for _ in range(above):
        sheet.append(["某县2024年应报项目清单"])
    sheet.append(list(heads))
    for row in rows:
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    book.save(path)
    return path


def handed_in(folder: Path) -> Path:
    """Two units with two projects each; one project has no code."""
    folder.mkdir(exist_ok=True)
    for unit, numbers in (("县民政局", (1, 2)), ("县教育局", (3, 4))):
        rows: dict[str, list[dict[str, Any]]] = {"projects": [], "funds": [], "indicators": [], "actuals": []}
        for place, number in enumerate(numbers, 1):
            code = None if number == 4 else f"51172524T{number:012d}"
            rows["projects"].append(PROJECT | {"project_no": place, "code": code, "name": f"项目{number}"})
            rows["funds"].append({"project_no": place, "source": "财政拨款", "initial": 1, "budget": 1, "executed": 1})
            targets, actuals = rows_of(project_no=place, first=place * 10)
            rows["indicators"] += targets
            rows["actuals"] += actuals
        write(folder / f"{unit}.xlsx", rows, {"unit_name": unit})
    return folder


def sheets(output: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The lines of the two sheets, without 序号."""
    book = openpyxl.load_workbook(output / "汇总表_2024.xlsx")
    assert book.sheetnames[:3] == ["未报送", "清单外", "汇总表"]
    found = {}
    for title in ("未报送", "清单外"):
        lines = list(book[title].iter_rows(max_col=5, values_only=True))
        assert lines[2] == ("序号", "单位名称", "项目编码", "项目名称", "说明")
        assert [line[0] for line in lines[3:]] == list(range(1, len(lines) - 2))
        found[title] = [line[1:] for line in lines[3:]]
    return found


def test_who_has_not_handed_in_and_who_was_not_asked_to(tmp_path, capsys):
    due = roster(
        tmp_path / "应报清单.xlsx",
        [
            ("县民政局", "51172524T000000000001", "项目1"),
            ("县教育局", None, "项目3"),  # by its name
            ("县教育局", "51172524T000000000004", "项目4"),  # handed in without its code
            ("县卫生局", "51172524T000000000009", "项目9"),
            ("县卫生局", "51172524T000000000009", "项目9"),  # twice in the list, once due
        ],
    )
    output = tmp_path / "output"
    status, data, said = call(capsys, "run", handed_in(tmp_path / "input"), "-o", output, "--roster", due)
    assert "应报清单里有4个项目，已报3个，未报送1个；另有1个项目不在清单里，见汇总表。" in said
    assert sheets(output) == {
        "未报送": [("县卫生局", "51172524T000000000009", "项目9", "这个单位还没有报送")],
        "清单外": [("县民政局", "51172524T000000000002", "项目2", None)],
    }
    assert openpyxl.load_workbook(output / "汇总表_2024.xlsx")["未报送"]["A2"].value == (
        "应报4个项目，已报3个，还有1个没有报送"
    )
    # The same comes of a rerun that does nothing, and goes when no list is given.
    assert call(capsys, "run", tmp_path / "input", "-o", output, "--roster", due) == (status, data, said)
    call(capsys, "run", tmp_path / "input", "-o", output)
    assert openpyxl.load_workbook(output / "汇总表_2024.xlsx").sheetnames[0] == "汇总表"


def test_one_workbook_is_compared_too(tmp_path, capsys):
    due = roster(tmp_path / "清单.xlsx", [("测试单位", PROJECT["code"], "测试项目"), ("乙", "2", "别的")])
    output = tmp_path / "output"
    book = write(tmp_path / "a.xlsx")
    _, data, said = call(capsys, "run", book, "-o", output, "--roster", due)
    assert "已报1个，未报送1个" in said
    assert [line[0] for line in sheets(output)["未报送"]] == ["乙"]
    assert sheets(output)["清单外"] == []
    assert data["findings"] == []


def test_a_list_laid_among_the_workbooks_is_taken_and_is_no_workbook(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder, output = handed_in(tmp_path / "input"), tmp_path / "output"
    due = roster(folder / "应报清单.xlsx", [("县卫生局", "51172524T000000000009", "项目9")])
    _, data, said = call(capsys, "run", "-o", output)
    assert "应报清单里有1个项目，已报0个，未报送1个" in said
    assert [line[0] for line in sheets(output)["未报送"]] == ["县卫生局"]
    assert len(data["workbooks"]) == 2
    assert "S02" not in {item["code"] for item in data["findings"]}
    # It is none in a check either, nor under another name; and a list that is named stands over the one that lies there.
    assert len(call(capsys, "check", folder)[1]["workbooks"]) == 2
    other = roster(folder / "清单.xlsx", [("县民政局", "51172524T000000000001", "项目1")])
    _, data, said = call(capsys, "run", folder, "-o", output, "--roster", other)
    assert "已报1个，未报送0个" in said
    assert len(data["workbooks"]) == 2
    # Named as an input it is what a clerk says it is.
    assert "S02" in plainly(capsys, "check", due)[1]


def test_nothing_that_could_be_read(tmp_path, capsys):
    due = roster(tmp_path / "清单.xlsx", [("测试单位", PROJECT["code"], "测试项目")])
    (tmp_path / "坏.xlsx").write_bytes(b"PK\x03\x04")
    status, _, said = call(capsys, "run", tmp_path / "坏.xlsx", "-o", tmp_path / "output", "--roster", due)
    assert status == 2
    assert "未报送1个" in said
    book = openpyxl.load_workbook(tmp_path / "output" / "汇总表_未填年度.xlsx")
    assert book["未报送"]["D4"].value == "测试项目"


def test_with_findings_and_without(tmp_path, capsys):
    due = roster(tmp_path / "清单.xlsx", [("测试单位", PROJECT["code"], "测试项目")])
    _, data, said = call(capsys, "run", gappy(tmp_path / "a.xlsx"), "-o", tmp_path / "output", "--roster", due)
    assert [item["code"] for item in data["findings"]] == ["B01"]
    assert "已报1个，未报送0个，见汇总表" in said


# ---------------------------------------------------------------- reading the list


def test_merged_units_titles_in_any_place_and_spelling(tmp_path):
    path = roster(
        tmp_path / "a.xlsx",
        [
            (1, "  县 民政局 ", "Ａ１", None),
            (2, None, "A2", "项目2"),
            (3, "县教育局", 51172524, "项目3"),
            (None, "合计", None, None),
        ],
        ("序号", "单位名称＊", " 项目编码", "项目 名称"),
        above=2,
    )
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("B4:B5")
    book.save(path)
    assert read_roster(path).rows == [
        ("县 民政局", "Ａ１", ""),
        ("县 民政局", "A2", "项目2"),
        ("县教育局", "51172524", "项目3"),
    ]


def test_the_list_may_stand_on_a_later_sheet(tmp_path):
    path = roster(tmp_path / "a.xlsx", [("甲", "1", "项目")])
    book = openpyxl.load_workbook(path)
    book.create_sheet("说明", 0)["A1"] = "先看这里"
    book.save(path)
    assert read_roster(path).rows == [("甲", "1", "项目")]


@pytest.mark.parametrize("heads", [("单位名称", "项目名称"), ("单位名称", "项目编码")], ids=["no codes", "no names"])
def test_one_of_code_and_name_is_enough(heads, tmp_path):
    assert len(read_roster(roster(tmp_path / "a.xlsx", [("甲", "一")], heads)).rows) == 1


def broken(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04")


def empty(path: Path) -> None:
    roster(path, [])


def foreign(path: Path) -> None:
    roster(path, [("甲", "1")], ("单位", "编号"))


def nowhere(path: Path) -> None:
    pass


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [broken, empty, foreign, nowhere, a_folder])
def test_a_list_that_cannot_be_used_is_a_wrong_call(make, tmp_path, capsys):
    path, book = tmp_path / "清单.xlsx", write(tmp_path / "a.xlsx")
    make(path)
    status, said = plainly(capsys, "run", book, "-o", tmp_path / "output", "--roster", path)
    assert status == 2
    assert len(said.strip().splitlines()) == 1
    assert "清单.xlsx" in said
    assert not (tmp_path / "output").exists()


# ---------------------------------------------------------------- comparing


def told(due: Any, handed: Any) -> tuple[int, list[Any], list[Any]]:
    found = compare(Roster(due), handed)
    return found.due, [(e.name, e.note) for e in found.missing], [(e.name, e.note) for e in found.unasked]


def test_spellings_do_not_matter():
    due = [("县民政局（本级）", "51172524Ｔ01", "项目１"), ("县 教育局", "", "ABC项目")]
    assert told(due, [("县民政局", "51172524T01", "别名"), ("县教育局", "9", "abc 项目")]) == (2, [], [])


def test_the_same_name_under_another_code_is_said_on_both_sides():
    due, handed = [("甲", "1", "项目"), ("甲", "2", "别的")], [("甲", "3", "项目"), ("甲", "2", "别的")]
    assert told(due, handed) == (
        2,
        [("项目", "报送了同名的项目，但编码是3")],
        [("项目", "清单里同名项目的编码是1")],
    )


def test_two_projects_of_one_name_are_told_apart_by_their_codes():
    due = [("甲", "1", "培训"), ("甲", "2", "培训")]
    assert told(due, [("甲", "1", "培训"), ("甲", "2", "培训")]) == (2, [], [])
    assert told(due, [("甲", "1", "培训")]) == (2, [("培训", "报送了同名的项目，但编码是1")], [])


def test_names_that_are_nearly_the_same_are_pointed_out():
    due = [("渠县民政局", "", "困难群众救助补助资金"), ("渠县教育和体育局", "", "校舍维修")]
    handed = [("渠县民政局", "", "困难群众救助补助资金项目"), ("渠县教育体育局", "", "校舍维修")]
    _, missing, unasked = told(due, handed)
    assert missing == [
        ("困难群众救助补助资金", "报送了名称相近的项目“困难群众救助补助资金项目”"),
        ("校舍维修", "这个单位还没有报送；报送的单位里有名称相近的“渠县教育体育局”"),
    ]
    assert len(unasked) == 2


def test_projects_without_code_and_name_do_not_meet():
    assert told([("甲", "", "一")], [("甲", "", ""), ("甲", "", "")])[0:2] == (1, [("一", "")])


def test_long_lists_are_compared_quickly():
    import time

    due = [(f"单位{number // 4}", f"{number}", f"项目{number}") for number in range(100_000)]
    handed = [(f"单位{number // 4}", f"{number + 5}", f"项目{number}") for number in range(100_000)]
    began = time.process_time()
    found = compare(Roster(due), handed)
    assert (len(found.missing), len(found.unasked)) == (5, 5)
    assert time.process_time() - began < 20
