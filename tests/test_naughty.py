"""Every text column fed with naughty strings (`naughty.txt`): what is written holds them as they are, and does nothing.

No text of a workbook becomes a formula, a link, a field or markup in any output, and none of it is changed, save that
characters are left out that no XML can hold. Those come into a workbook by their number (`_x0001_`), so that is how the
tests put them there.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from workbooks import COMPLETE, FUND, PROJECT, SAMPLE, rows_of, write

import perf_excel
from perf_excel.book import Book, put
from perf_excel.kinds import Kind, Prose
from perf_excel.numbers import says_nothing
from perf_excel.text import is_error, strip, writable
from perf_excel.workbook import standard

STRINGS: list[str] = [
    json.loads(line) for line in (Path(__file__).parent / "naughty.txt").read_text(encoding="utf-8").splitlines()
]
#: Projects in a workbook.
EACH = 28
#: Stand for characters that no XML holds, until they are written by their number.
_STANDS_FOR = 0xE100
_UNWRITABLE = sorted({character for text in STRINGS for character in text if not writable(character)})
_TO_STAND_IN = {ord(character): _STANDS_FOR + number for number, character in enumerate(_UNWRITABLE)}

_FORMULA = re.compile(r"<(?:\w+:)?f\b[^>]*>([^<]+)<")
_LINK = re.compile(r"<(?:\w+:)?hyperlink\b[^>]*>")
_FIELD = re.compile(r"<w:(?:instrText|fldSimple)\b[^>]*>[^<]*")
_REFERENCE, _FIGURE = re.compile(r"\$?[A-Z]{1,3}\$?[0-9]+"), re.compile(r"[0-9]+(?:\.[0-9]+)?")


# ---------------------------------------------------------------- workbooks to read


def arrived(text: str) -> str:
    """A string as it comes in: half a pair, and what is no character at all, cannot, and their number stays as it is."""
    return re.sub("[\ud800-\udfff\ufffe\uffff]", lambda no: f"_x{ord(no[0]):04X}_", text)


def comparable(text: str) -> str:
    """A text with one kind of line break; nothing where programs do not agree on what its halves of pairs are."""
    halves = re.search("_x(?:D[89A-F]..|FFF[EF])_", text)
    return "" if halves else re.sub("\r\n?", "\n", text)


def text_columns(sheet: Any) -> list[str]:
    """The keys of the columns of a sheet that take any text."""
    return [column.key for column in sheet.read_columns if type(column.kind) in (Kind, Prose)]


def filled(words: list[str], number: int) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """Rows and settings with a text in every text column; each project has one of its own."""
    rows: dict[str, list[dict[str, Any]]] = {
        key: [] for key in ("projects", "funds", "indicators", "actuals", "scorecard", "passages")
    }
    for index, text in enumerate(words, start=1):
        said = text.translate(_TO_STAND_IN)

        def own(sheet: Any, said: str = said) -> dict[str, str]:
            return dict.fromkeys(text_columns(sheet), said)

        code = {"code": f"{number:03d}{index:05d}", "project_type": "行政运转"}
        rows["projects"].append(PROJECT | own(standard.PROJECTS) | code | {"project_no": index, "exempt_reason": None})
        rows["funds"].append(FUND | own(standard.FUNDS) | {"project_no": index, "executed": 12})
        targets, actuals = rows_of(project_no=index, first=5 * index)
        qualitative = {"target": said, "actual": said}
        for target, actual in zip(targets, actuals, strict=True):
            is_text = target["nature"] == "定性"
            rows["indicators"].append(
                own(standard.INDICATORS) | target | {"level3": said} | ({"target": said} if is_text else {})
            )
            rows["actuals"].append(
                own(standard.ACTUALS)
                | actual
                | {"evidence": said}
                | ({"actual": qualitative["actual"]} if is_text else {})
            )
        rows["scorecard"].append(
            own(standard.SCORECARD) | {"project_no": index, "category": "通用指标", "full_marks": 20, "awarded": 18}
        )
        rows["passages"] += [
            own(standard.PASSAGES) | {"project_no": index, "chapter": chapter} for chapter in standard.CHAPTERS[:3]
        ]
    settings = {
        setting.key: words[place % len(words)].translate(_TO_STAND_IN)
        for place, setting in enumerate(standard.SETTINGS)
        if type(setting.kind) is Kind
    }
    return rows, settings | {"unit_name": words[-1].translate(_TO_STAND_IN)}


def save(path: Path, words: list[str], number: int) -> Path:
    """Write a workbook; what stands in for unwritable characters is replaced by their numbers."""
    rows, settings = filled(words, number)
    write(path, rows, settings)
    by_number = {chr(_TO_STAND_IN[ord(c)]).encode(): f"_x{ord(c):04X}_".encode() for c in _UNWRITABLE}
    stream = io.BytesIO()
    with zipfile.ZipFile(path) as made, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in made.namelist():
            data = made.read(name)
            for before, after in by_number.items():
                data = data.replace(before, after)
            target.writestr(name, data)
    path.write_bytes(stream.getvalue())
    return path


class Made:
    """What a run has made of workbooks."""

    def __init__(self, folder: Path, words: list[str], each: int = EACH) -> None:
        self.words = [words[start : start + each] for start in range(0, len(words), each)]
        self.inputs = [save(folder / f"填报{n:02d}.xlsx", own, n) for n, own in enumerate(self.words)]
        self.results = perf_excel.run(self.inputs, folder / "输出", forms=list(standard.FORMS))
        self.output = folder / "输出"
        self.of_input = [[Path(path) for path in book["outputs"]] for book in self.results.data["workbooks"]]

    def workbooks(self) -> Iterator[Path]:
        yield from (path for path in self.output.rglob("*") if path.suffix in (".xlsx", ".xlsm"))

    def reports(self) -> Iterator[Path]:
        yield from self.output.rglob("*.docx")


@pytest.fixture(scope="module")
def naughty(tmp_path_factory) -> Made:
    return Made(tmp_path_factory.mktemp("naughty"), STRINGS)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory) -> Made:
    """The same shape in other words, for what the program itself writes; some formulas depend on what a unit is called."""
    units = ["测试单位", "长" * 300, "甲*乙", "长*" * 150]
    return Made(
        tmp_path_factory.mktemp("harmless"), [word for unit in units for word in ("一句话", "又一句话", unit)], 3
    )


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("samples")
    perf_excel.run([COMPLETE, SAMPLE], output, forms=list(standard.FORMS))
    return output


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as package:
        return {
            name: package.read(name).decode("utf-8")
            for name in package.namelist()
            if name.endswith((".xml", ".rels", ".vml"))
        }


def cells(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """The texts of a workbook by sheet and place."""
    workbook = CalamineWorkbook.from_path(str(path))
    return {
        title: {
            (row, column): value
            for row, values in enumerate(workbook.get_sheet_by_name(title).to_python(skip_empty_area=False))
            for column, value in enumerate(values)
            if isinstance(value, str) and value
        }
        for title in workbook.sheet_names
    }


# ---------------------------------------------------------------- the list


def test_list_is_long_and_says_each_once():
    assert len(STRINGS) >= 200
    assert len(set(STRINGS)) == len(STRINGS)


@pytest.mark.parametrize("streaming", [False, True])
def test_a_workbook_of_either_kind_gives_each_string_back(streaming, tmp_path):
    book = Book(streaming=streaming)
    sheet, form = book.sheet("甲"), book.format()
    for row, text in enumerate(STRINGS):
        put(sheet, row, 0, text, form)
    (tmp_path / "a.xlsx").write_bytes(book.close())
    written = cells(tmp_path / "a.xlsx")["甲"]
    assert [written.get((row, 0), "") for row in range(len(STRINGS))] == [writable(text) for text in STRINGS]


def test_strings_come_into_the_tables_as_typed(naughty):
    """What is proved below is proved of these strings, and not of what a writer made of them."""
    read = {text for path in naughty.inputs for text in cells(path)[standard.PASSAGES.title].values()}
    assert [text for text in STRINGS if arrived(text) not in read] == []


# ---------------------------------------------------------------- nothing comes alive


def shape(formula: str) -> str:
    """A formula with its places and figures left out."""
    return _FIGURE.sub("9", _REFERENCE.sub("X", formula))


def formulas(folder: Path) -> set[str]:
    return {
        formula
        for path in folder.rglob("*.xls[xm]")
        for name, part in parts(path).items()
        if name.startswith("xl/worksheets/")
        for formula in _FORMULA.findall(part)
    }


def test_no_formula_but_ours(naughty, harmless, samples):
    known = {shape(formula) for formula in formulas(harmless.output) | formulas(samples)}
    typed = {text.strip().lstrip("=") for text in STRINGS}
    found = formulas(naughty.output)
    assert found
    assert {formula for formula in found if shape(formula) not in known} == set()
    assert not found & typed


def test_no_link_but_to_cells_of_the_same_workbook(naughty):
    count = 0
    for path in naughty.workbooks():
        stored = parts(path)
        titles = set(CalamineWorkbook.from_path(str(path)).sheet_names)
        for name, part in stored.items():
            assert 'TargetMode="External"' not in part, (path.name, name)
            assert not re.search("externalLink|connections|queryTable|embeddings|activeX", name), (path.name, name)
            for link in _LINK.findall(part):
                count += 1
                assert "r:id" not in link, (path.name, link)
                location = re.search(r'location="([^"]*)"', link)
                assert location is not None, (path.name, link)
                sheet = unescape(location[1]).rpartition("!")[0].strip("'").replace("''", "'")
                assert sheet in titles, (path.name, link)
    assert count


def test_no_field_or_link_in_reports_but_those_of_the_template(naughty, harmless):
    def alive(made: Made) -> set[str]:
        return {
            word
            for path in made.reports()
            for name, part in parts(path).items()
            for word in [*_FIELD.findall(part), *re.findall(r'<Relationship [^>]*TargetMode="External"[^>]*>', part)]
        }

    assert len(list(naughty.reports())) == len(STRINGS)
    assert alive(naughty) <= alive(harmless)


def test_every_part_is_whole(naughty):
    from lxml import etree

    for path in [*naughty.workbooks(), *naughty.reports()]:
        with zipfile.ZipFile(path) as package:
            assert package.testzip() is None
            for name in package.namelist():
                if name.endswith((".xml", ".rels", ".vml")):
                    etree.fromstring(package.read(name))


# ---------------------------------------------------------------- nothing is changed


def deliverable(made: Made, number: int) -> Path:
    (path,) = [path for path in made.of_input[number] if path.parent == made.output]
    return path


def marked(made: Made, number: int) -> Path:
    (path,) = [path for path in made.of_input[number] if path.parent.name == "待修改"]
    return path


def test_marked_copies_hold_every_cell_of_the_input(naughty):
    for number, path in enumerate(naughty.inputs):
        before, after = cells(path), cells(marked(naughty, number))
        for title, texts in before.items():
            changed = {
                place: (text, after[title].get(place))
                for place, text in texts.items()
                if after[title].get(place) != text
            }
            assert not changed, (path.name, title, list(changed.items())[:5])


def test_input_sheets_of_what_is_sent_hold_every_text(naughty):
    for number, path in enumerate(naughty.inputs):
        before, after = cells(path), cells(deliverable(naughty, number))
        for sheet in standard.TABLE_SHEETS:
            if sheet is standard.CRITERIA:
                continue
            written = set(after[sheet.title].values())
            lost = {text for text in before[sheet.title].values() if strip(text) and writable(text) not in written}
            assert not lost, (path.name, sheet.title, sorted(lost)[:5])


def test_forms_hold_the_names(naughty):
    for number, words in enumerate(naughty.words):
        written = cells(deliverable(naughty, number))
        for index, text in enumerate(words, start=1):
            name = strip(writable(arrived(text)))
            if not (says_nothing(name) or is_error(name)):
                said = "\n".join(written[f"自评表{index}"].values())
                assert name in said, (index, text)


def test_reports_hold_the_passages(naughty):
    import docx

    found = []
    for path in naughty.reports():
        document = docx.Document(str(path))
        texts = [paragraph.text for paragraph in document.paragraphs]
        texts += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        found.append("\n".join(texts))
    everything = "\n".join(found)
    for text in STRINGS:
        if says_nothing(text) or is_error(text):  # no passage; that is found and said
            continue
        # Word has no line breaks but its own, and a blank for a tab; staff's indents are not part of the text.
        lines = (
            re.sub("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]", "\n", strip(arrived(text))).replace("\t", " ").split("\n")
        )
        for line in (writable(line).replace("\x7f", "").strip("\u3000\u00a0 ") for line in lines):
            assert line in everything, (text, line)


def test_results_can_be_written_as_json(naughty):
    assert json.loads(json.dumps(naughty.results.data, ensure_ascii=False).encode("utf-8", "surrogatepass"))


# ---------------------------------------------------------------- an office opens it


def test_an_office_opens_what_is_written(naughty, soffice, tmp_path):
    """LibreOffice shows every text as it was typed; it is asked for plain text, as it does not keep all of them itself."""
    folder, shown = tmp_path / "写出", tmp_path / "打开"
    folder.mkdir()
    (folder / "报送件.xlsx").write_bytes(deliverable(naughty, -1).read_bytes())
    for number in range(len(naughty.inputs)):
        (folder / f"标注{number}.xlsx").write_bytes(marked(naughty, number).read_bytes())
    files = sorted(folder.iterdir())
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        [soffice, profile, "--headless", "--convert-to", every_sheet, "--outdir", shown, *files],
        check=True,
        capture_output=True,
        timeout=300,
    )
    for path in files:
        stored = cells(path)
        for sheet in (standard.PROJECTS, standard.PASSAGES):
            text = (shown / f"{path.stem}-{sheet.title}.csv").read_bytes().decode("utf-8")
            rows = list(csv.reader(io.StringIO(text, newline="")))
            changed = {
                (row, column): (typed, rows[row][column])
                for (row, column), typed in stored[sheet.title].items()
                if comparable(typed) not in ("", comparable(rows[row][column]))
            }
            assert not changed, (path.name, sheet.title, list(changed.items())[:5])
