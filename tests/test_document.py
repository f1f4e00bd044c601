"""Word reports as read: what a reader sees, and one clear problem for what cannot be read."""

from pathlib import Path

import pytest
from reports import LEFT, UP, build, published

from perf_excel.audit.document import Cell, Document, Paragraph, Table, read_document


def read(folder: Path, content: bytes, name: str = "报告.docx") -> Document:
    path = folder / name
    path.write_bytes(content)
    return read_document(path)


# ---------------------------------------------------------------- the published reports


@pytest.fixture(scope="module")
def reports():
    found = published()
    if not found:
        pytest.skip("the published reports are not there (../shared/seeds)")
    return found


def test_published_reports(reports, tmp_path):
    assert len(reports) == 4
    for number, content in enumerate(reports, start=1):
        document = read(tmp_path, content)
        assert document.problem == ""
        headings = [block.text for block in document.blocks if isinstance(block, Paragraph) and block.level == 1]
        assert [text[:2] for text in headings] == ["一、", "二、", "三、", "四、", "五、", "六、"]
        tables = [block.grid() for block in document.blocks if isinstance(block, Table)]
        assert len(tables) == (number < 4)
        for grid in tables:
            assert {len(row) for row in grid} == {9}
            indicators = [row[1:] for row in grid if row[1] in ("产出指标", "效益指标", "满意度\n指标", "成本指标")]
            assert [row[0] for row in indicators] == ["产出指标"] * 3 + ["效益指标", "满意度\n指标", "成本指标"]
            assert sum(int(row[6]) for row in indicators) == 90


def test_merged_cells(tmp_path):
    rows = [["题", LEFT, LEFT], ["甲", "乙", "丙"], [UP, "丁", LEFT]]
    (table,) = read(tmp_path, build([("table", rows)])).blocks
    assert table == Table(
        (
            (Cell("题", 0, 3),),
            (Cell("甲", 0), Cell("乙", 1), Cell("丙", 2)),
            (Cell("", 0, continued=True), Cell("丁", 1, 2)),
        )
    )
    assert table.grid() == [["题"] * 3, ["甲", "乙", "丙"], ["甲", "丁", "丁"]]
