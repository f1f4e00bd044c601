"""Broken and malicious workbooks: each is read with sense or named in a finding, and none harms another or this machine."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hostile_xlsx
import pytest
from hostile_xlsx import FILES, NAMES
from hypothesis import given, settings
from hypothesis import strategies as st

import perf_excel
from perf_excel.catalogue import READ_PROBLEMS
from perf_excel.names import file_name, input_stem, unit_of
from perf_excel.pipeline import Evaluation, evaluate
from perf_excel.workbook.archive import MAX_FILE_BYTES

HERE = Path(__file__).parent
#: Of a busy machine; alone it takes a few seconds at most.
MOST_SECONDS, MOST_MEGABYTES = 20, 500
_CHINESE = re.compile("[\u4e00-\u9fff]")
_WHOLE_FILE = {"foreign": "S02", "blank": "S09"}


@dataclass(frozen=True)
class Collection:
    """The files on disk, and what a process of its own has said of each."""

    paths: dict[tuple[str, str], Path]
    answers: dict[Path, dict[str, Any]]
    digests: dict[Path, str]
    died: dict[Path, str]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def ask(paths: list[Path]) -> tuple[dict[Path, dict[str, Any]], dict[Path, str]]:
    """What the worker says of each file, and of those that ended it, how."""
    answers: dict[Path, dict[str, Any]] = {}
    died: dict[Path, str] = {}
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    while left := [path for path in paths if path not in answers and path not in died]:
        lines = "".join(f"{json.dumps(str(path))}\n" for path in left)
        worker = subprocess.Popen(
            [sys.executable, HERE / "hostile_worker.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
        )
        try:
            out, errors = worker.communicate(lines, timeout=300)
        except subprocess.TimeoutExpired:
            worker.kill()
            out, errors = worker.communicate()
        last = None
        for answer in map(json.loads, out.splitlines()):
            last = Path(answer["path"])
            if "problem" in answer:
                answers[last] = answer
        if last is None or last in answers:
            assert worker.returncode == 0, errors
            break
        died[last] = f"{worker.returncode}: {errors[-2000:]}"
    return answers, died


@pytest.fixture(scope="module")
def collection(tmp_path_factory) -> Collection:
    folder = tmp_path_factory.mktemp("hostile")
    paths = {}
    for group, files in FILES.items():
        for number, (label, (name, make, _)) in enumerate(files.items()):
            path = folder / group / f"{number:03d}" / name
            path.parent.mkdir(parents=True)
            path.write_bytes(make())
            paths[group, label] = path
    digests = {path: digest(path) for path in paths.values()}
    by_group = [[path for (own, _), path in paths.items() if own == group] for group in FILES]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(ask, by_group))
    answers = {path: answer for part, _ in found for path, answer in part.items()}
    return Collection(paths, answers, digests, {path: how for _, part in found for path, how in part.items()})


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("good") / "好的.xlsx"
    path.write_bytes(hostile_xlsx.good())
    return path


def test_collection_is_large_and_always_the_same():
    assert sum(map(len, FILES.values())) >= 300
    for group in ("others", "cut", "bent", "entities", "related", "open", "old", "named"):
        for label, (_, make, _) in FILES[group].items():
            assert make() == make(), (group, label)


@pytest.mark.parametrize("group", FILES)
def test_each_file_is_read_with_sense_or_named(group, collection):
    wrong = []
    for label, (name, _, allowed) in FILES[group].items():
        path = collection.paths[group, label]
        if path in collection.died:
            wrong.append(f"{label}: ended the process: {collection.died[path]}")
            continue
        answer = collection.answers[path]
        problem, found = answer["problem"], answer["findings"]
        if problem not in allowed:
            wrong.append(f"{label}: {problem!r}, not one of {sorted(allowed)}")
        if problem:
            code = _WHOLE_FILE.get(problem, "S01")
            said = [own for own, message, fix in found if name in message and _CHINESE.search(fix)]
            if [own for own, *_ in found] != [code] or said != [code]:
                wrong.append(f"{label}: {problem!r} is said as {found}")
            if code == "S01" and READ_PROBLEMS[problem][0] not in found[0][1]:
                wrong.append(f"{label}: {problem!r} is said in other words: {found}")
        elif answer["totals"] != ["100.00"] and not found:
            wrong.append(f"{label}: neither scored ({answer['totals']}) nor anything found")
        elif not answer["marked"]:
            wrong.append(f"{label}: no marked copy")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("group", FILES)
def test_time_and_memory_are_bounded(group, collection):
    wrong = [
        f"{label}: {answer['seconds']:.1f} s, {answer['megabytes']} MB"
        for label in FILES[group]
        if (answer := collection.answers.get(collection.paths[group, label])) is not None
        and (answer["seconds"] > MOST_SECONDS or answer["megabytes"] > MOST_MEGABYTES)
    ]
    assert not wrong, "\n".join(wrong)


def told(evaluation: Evaluation, index: int) -> tuple[Any, ...]:
    """All that an evaluation says of one workbook, without its number."""
    source = evaluation.batch.sources[index]
    return (
        source.digest,
        source.settings,
        [(f.code, f.severity, f.sheet, f.cell, f.message, f.fix) for f in evaluation.findings if f.workbook == index],
        {number: score.total for (own, number), score in evaluation.scores.items() if own == index},
        [[table.get(row, "row") for row in range(len(table)) if table.get(row, "workbook") == index]
         for table in evaluation.batch.tables.values()],
    )  # fmt: skip


@pytest.mark.parametrize("group", FILES)
def test_none_changes_what_is_said_of_a_good_workbook(group, collection, good):
    paths = [path for (own, _), path in collection.paths.items() if own == group and path not in collection.died]
    half = len(paths) // 2
    evaluation = evaluate([*paths[:half], good, *paths[half:]])
    assert told(evaluation, half)[1:] == told(evaluate([good]), 0)[1:]
    assert {path: digest(path) for path in paths} == {path: collection.digests[path] for path in paths}


# ---------------------------------------------------------------- what is no file


def problem_of(path: Path) -> str:
    """Why a file could not be read; it must be said."""
    evaluation = evaluate([path])
    assert [item.code for item in evaluation.findings] == ["S01"]
    return evaluation.batch.sources[0].problem


def test_folder_that_is_called_a_workbook(tmp_path):
    (tmp_path / "填报.xlsx").mkdir()
    assert problem_of(tmp_path / "填报.xlsx") == "no_file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_pipe(tmp_path):
    os.mkfifo(tmp_path / "填报.xlsx")
    assert problem_of(tmp_path / "填报.xlsx") == "no_file"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices on this system")
def test_device_without_end(tmp_path):
    (tmp_path / "填报.xlsx").symlink_to("/dev/zero")
    assert problem_of(tmp_path / "填报.xlsx") == "no_file"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_that_lead_nowhere(tmp_path):
    (tmp_path / "环.xlsx").symlink_to(tmp_path / "环.xlsx")
    (tmp_path / "断.xlsx").symlink_to(tmp_path / "没有.xlsx")
    assert problem_of(tmp_path / "环.xlsx") == "broken"
    assert problem_of(tmp_path / "断.xlsx") == "missing"


def test_names_that_no_system_takes(tmp_path):
    assert problem_of(tmp_path / "a\0b.xlsx") == "missing"
    assert problem_of(tmp_path / ("长" * 500 + ".xlsx")) in READ_PROBLEMS
    assert problem_of(tmp_path / "没有" / "填报.xlsx") == "missing"


def test_file_beyond_the_bound(tmp_path):
    with (tmp_path / "填报.xlsx").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert problem_of(tmp_path / "填报.xlsx") == "too_big"


# ---------------------------------------------------------------- any damage at all


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(hostile_xlsx.good()) - 1), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, len(hostile_xlsx.good())),
)
def test_any_damage_is_a_problem_or_sense(tmp_path_factory, changes, end):
    data = bytearray(hostile_xlsx.good())
    for place, byte in changes:
        data[place] = byte
    path = tmp_path_factory.getbasetemp() / "损坏.xlsx"
    for damaged in (bytes(data), bytes(data[:end])):
        path.write_bytes(damaged)
        evaluate([path])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_markup_in_a_sheet_is_a_problem_or_sense(tmp_path_factory, data):
    """Elements of the format in any order and depth, with any places."""
    places = st.sampled_from(["A1", "C3", "Z99", "XFD1", "A1048576", "a1", "0", "1", "A", "-1", "ZZZZ9"])
    leaf = st.builds(
        lambda name, place, kind: f'<{name} r="{place}" ref="{place}:C9" t="{kind}" s="1" sqref="{place}">1</{name}>',
        st.sampled_from("c row v f is t mergeCell dataValidation dimension x:c".split()),
        places,
        st.sampled_from("s n str e b d inlineStr x".split()),
    )
    tree = st.recursive(
        leaf,
        lambda inside: st.builds(
            lambda name, parts: f"<{name}>{''.join(parts)}</{name}>",
            st.sampled_from("c row v is t r sheetData mergeCells dataValidations".split()),
            st.lists(inside, max_size=5),
        ),
        max_leaves=30,
    )
    markup = "".join(data.draw(st.lists(tree, max_size=8)))
    where = data.draw(st.sampled_from([hostile_xlsx.into_sheet, hostile_xlsx.behind_sheet]))
    path = tmp_path_factory.getbasetemp() / "乱.xlsx"
    path.write_bytes(where(markup))
    evaluate([path])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_damage_to_an_old_workbook_is_a_problem_or_sense(tmp_path_factory, changes):
    data = bytearray(hostile_xlsx.old_workbook())
    for place, byte in changes:
        data[place % len(data)] = byte
    path = tmp_path_factory.getbasetemp() / "旧.xls"
    path.write_bytes(data)
    evaluate([path])


# ---------------------------------------------------------------- names


_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"}
_DEVICES |= {f"{device}{number}" for device in ("com", "lpt") for number in "0123456789¹²³"}
#: Characters that no name may hold on Windows, or that hide or turn what is read.
_NEVER = re.compile(
    '[\\\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]'
)
_TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=400),
    st.text("./\\: ~_CONULcom1¹$\u202e\u3000", max_size=40),
    st.sampled_from(list(NAMES.values())),
)


def fits_any_system(name: str) -> bool:
    """Tell whether a name is one that Windows, macOS and Linux take for a plain file in its folder."""
    return (
        bool(name.strip())
        and not _NEVER.search(name)
        and name[-1] not in ". "
        and name[0] not in ".~ "
        and name.split(".")[0].strip().casefold() not in _DEVICES
        and len(name.encode()) <= 255
        and len(name.encode("utf-16-le")) // 2 <= 255
    )


@settings(max_examples=1000)
@given(_TEXTS, st.sampled_from(["未填单位", "工作簿", "项目1"]), st.integers(12, 200))
def test_any_text_gives_a_name_that_any_system_takes(text, fallback, limit):
    name = file_name(text, fallback, limit)
    assert fits_any_system(name)
    assert fits_any_system(f"{name}_2024_绩效自评.xlsx")
    assert len(name.encode()) <= limit + len(fallback.encode()) + 1


@given(_TEXTS)
def test_a_name_stays_as_it_is(text):
    name = file_name(text, "工作簿")
    assert file_name(name, "工作簿") == name


@given(_TEXTS)
def test_the_name_of_an_input_always_gives_a_unit(text):
    path = Path(f"{file_name(text, '工作簿')}.xlsx")
    assert unit_of(path)
    assert input_stem(path) == path.stem or path.stem.endswith(tuple("注0123456789"))


def test_no_name_from_a_workbook_writes_elsewhere(tmp_path):
    folder, output = tmp_path / "收件", tmp_path / "输出"
    for number, name in enumerate(NAMES.values()):
        (folder / f"{number:02d}").mkdir(parents=True)
        (folder / f"{number:02d}" / "填报.xlsx").write_bytes(hostile_xlsx.named(name))
    before = {path: digest(path) for path in folder.rglob("*") if path.is_file()}
    results = perf_excel.run(folder, output, forms=["部门预算"])
    assert len(results.data["workbooks"]) == len(NAMES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["收件", "输出"]
    assert {path: digest(path) for path in folder.rglob("*") if path.is_file()} == before
    assert "S10" not in set(results.findings["code"])
    for book in results.data["workbooks"]:
        assert len(book["outputs"]) >= 2
        for written in map(Path, book["outputs"]):
            assert written.is_file()
            assert written.resolve().is_relative_to(output.resolve())
            assert len(written.resolve().relative_to(output.resolve()).parts) <= 2
            assert fits_any_system(written.name), written.name
