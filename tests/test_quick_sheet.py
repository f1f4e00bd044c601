"""The short way through XlsxWriter: the same bytes as through its own class."""

import io
import re
import zipfile
from datetime import datetime

import pytest
import xlsxwriter
from workbooks import COMPLETE, SAMPLE
from xlsxwriter.exceptions import OverlappingRange

from perf_excel import book, plain_workbook, quick_sheet
from perf_excel.pipeline import evaluate
from perf_excel.plain_workbook import PlainSheet
from perf_excel.quick_sheet import QuickSheet
from perf_excel.render.deliverable import deliverable
from perf_excel.render.share import shares
from perf_excel.workbook import standard
from perf_excel.workbook.template import blank_template


@pytest.fixture(scope="module")
def read():
    return shares(evaluate([SAMPLE, COMPLETE]))


def test_the_short_way_is_taken_with_this_version():
    assert quick_sheet.SHEET is QuickSheet


@pytest.mark.parametrize("form", standard.FORMS)
def test_whole_workbooks_have_the_same_bytes(read, form, monkeypatch):
    quick = [deliverable(share, (form,), print_scores=True) for share in read]
    monkeypatch.setattr(book, "SHEET", PlainSheet)
    assert quick == [deliverable(share, (form,), print_scores=True) for share in read]


def test_the_template_has_the_same_bytes(monkeypatch):
    quick = blank_template()
    monkeypatch.setattr(book, "SHEET", PlainSheet)
    assert quick == blank_template()


def written(sheet_class, write, streaming=False):
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"constant_memory" if streaming else "in_memory": True})
    workbook.set_properties({"created": datetime(2020, 1, 1)})
    sheet = workbook.add_worksheet("表", sheet_class)
    said = write(sheet, workbook.add_format({"border": 1}))
    workbook.close()
    return said, stream.getvalue()


def values(sheet, form):
    return [
        sheet.write_formula(3, 4, "=1>0", form, True),
        sheet.write_formula(4, 4, "=1/0", form, "#DIV/0!"),
        sheet.write_formula(5, 4, '="<&>"', form, '<&>"'),
        sheet.write_formula(6, 4, "=A1", form, ""),
        sheet.write_formula(7, 4, "=A1", None, 2),
        sheet.write_number(3, 2, 0.1, form),
        sheet.write_number(3, 3, 1e300),
        sheet.write_string(40, 0, " =1+1\n", form),
        sheet.write_string(41, 0, "无格式"),
        sheet.write_boolean(42, 0, True, form),
        sheet.write_blank(43, 9, None, form),
        sheet.write_blank(44, 9, None),
    ]


def places(sheet, form):
    return [
        sheet.merge_range(5, 3, 7, 4, "", form),
        sheet.write_string(5, 3, "合并", form),
        sheet.merge_range(9, 1, 9, 4, "直接写", form),
        sheet.merge_range(11, 1, 11, 4, "", None),
        sheet.set_row(20, 33),
        sheet.set_row(21, None, form),
        sheet.write_string(-1, 0, "不在表内", form),
        sheet.write_number(0, 16384, 1, form),
        sheet.merge_range(0, 0, 0, 16384, "", form),
    ]


def rules(sheet, form):
    return [
        sheet.data_validation(2, 0, 9, 0, {"validate": "list", "source": "=列表"}),
        sheet.data_validation(2, 1, 9, 1, {"validate": "list", "source": ["甲", "乙"]}),
        sheet.data_validation(2, 2, 9, 2, {"validate": "custom", "value": '=AND(A3<>"",B3>=2)'}),
    ]


@pytest.mark.parametrize("write", [values, places, rules])
def test_cells_of_every_kind_have_the_same_bytes(write):
    assert written(QuickSheet, write) == written(PlainSheet, write)


def rows(sheet, form):
    texts = ["甲", " 甲", "甲 ", "<甲>&", '"', "_x0041_", "甲\n乙", "<r>甲</r>", "", "甲" * 17000]
    said = [sheet.merge_range(0, 0, 0, 3, "标题", form), sheet.set_row(1, 30)]
    for row, text in enumerate(texts, start=2):
        said += [
            sheet.set_row(row, 20 + row),
            sheet.write_string(row, 0, text, form),
            sheet.write_blank(row, 5, "", form),
        ]
        said += [sheet.write_number(row, 1, row / 7, form), sheet.write_formula(row, 2, f"=B{row + 1}*2", form, text)]
        said += [sheet.write_string(row, 3, text), sheet.write_formula(row, 4, "=1/0", form, "#DIV/0!")]
    return [*said, sheet.set_row(30, 50), sheet.write_string(3, 0, "太晚了", form), sheet.autofilter(1, 0, 9, 3)]


@pytest.mark.parametrize("streaming", [False, True])
def test_rows_that_go_to_disk_at_once_have_the_same_bytes(streaming):
    said, quick = written(QuickSheet, rows, streaming)
    long_said, plain = written(PlainSheet, rows, streaming)
    assert said == long_said
    assert parts(quick) == parts(plain)


def parts(package):
    """Return the parts; those of a streaming workbook have the time of the day in front of them."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_is_no_figure_is_refused():
    def write(sheet, form):
        sheet.write_number(0, 0, float("inf"), form)

    with pytest.raises(TypeError):
        written(QuickSheet, write)


def test_merges_that_overlap_are_refused():
    def write(sheet, form):
        sheet.merge_range(0, 0, 1, 1, "", form)
        sheet.merge_range(1, 1, 2, 2, "", form)

    with pytest.raises(OverlappingRange):
        written(QuickSheet, write)


def test_formulas_arrive_as_they_are_and_need_no_prefix(read, monkeypatch):
    plain = PlainSheet()
    taken = []
    keep = QuickSheet._prepare_formula

    def prepared(sheet, formula, expand=False):
        taken.append(formula)
        return keep(sheet, formula, expand)

    monkeypatch.setattr(QuickSheet, "_prepare_formula", prepared)
    for share in read:
        deliverable(share, tuple(standard.FORMS))
    plain.use_future_functions = True
    assert len(set(taken)) > 500
    for formula in set(taken):
        assert plain._prepare_formula(formula) == formula.removeprefix("=")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("甲" * 32767, "甲" * 32767),
        ("甲" * 32768, "甲" * 32766 + "…"),
        ("😀" * 16383 + "甲", "😀" * 16383 + "甲"),
        ("😀" * 20000, "😀" * 16383 + "…"),
        ("甲" + "😀" * 16384, "甲" + "😀" * 16382 + "…"),
        ("甲\ud800乙", "甲乙"),
    ],
)
def test_a_text_that_no_cell_can_hold_is_cut(text, kept):
    assert book.clip(text) == kept
    made = book.Book()
    book.put(made.sheet("表"), 0, 0, text, made.format())
    assert made.close()


def test_texts_that_need_no_escape_are_stored_as_they_are(monkeypatch):
    texts = ["甲", " 甲", "甲 ", "甲 乙", "<甲>", "甲&乙", '"', "_x0041_", "甲\n乙", "\u3000甲", "<r>甲</r>", "甲_x"]

    def made():
        out = book.Book()
        sheet = out.sheet("表")
        for row, text in enumerate(texts):
            book.put(sheet, row, 0, text, out.format())
        return out.close()

    quick = made()
    monkeypatch.setattr(plain_workbook, "SPECIAL", re.compile(""))
    assert quick == made()
