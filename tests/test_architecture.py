"""Imports point one way: a module imports only what stands in a layer below its own, or in its own layer."""

import ast
from pathlib import Path

import perf_excel

ROOT = Path(perf_excel.__file__).parent

#: From the bottom up. A package stands for all its modules.
LAYERS = (
    ("version", "errors", "terminal", "text", "stored_text", "garbage", "package", "catalogue", "resources", "lock"),
    ("names", "numbers", "dates", "book", "quick_sheet", "plain_workbook", "rules"),
    ("findings", "kinds", "explain"),
    ("workbook",),
    ("roster",),
    ("measures", "attainment"),
    ("scoring",),
    ("checks",),
    ("pipeline",),
    ("render",),
    ("results",),
    ("options", "outcome", "database"),
    ("ledger",),
    ("store", "naming"),
    ("inputs", "work", "across", "run_result"),
    ("crew", "summaries", "resume"),
    ("cluster", "worker", "engine"),
    ("batch",),
    ("", "chinese_click", "screen"),
    ("audit",),
    ("cli",),
    ("__main__",),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
#: The libraries that read and write Office files, each with the modules that may import it.
GATES = {
    "python_calamine": {"workbook/reader.py"},
    "lxml": {"audit/archive.py", "render/report/finish.py", "render/report/template.py"},
    "docxtpl": {"render/report/template.py"},
    "jinja2": {"render/report/template.py"},
    "docx": {"render/report/blank.py"},
    "xlsxwriter": {"book.py", "plain_workbook.py", "quick_sheet.py"},
    "distributed": {"cluster.py"},
    "sqlite3": {"database.py"},
    "openpyxl": {f"render/{name}.py" for name in ("marked", "marked_list", "memory", "package_parts", "row_keys")},
}
#: Imported where they are used, so that `--help` comes at once.
SLOW = {"pandas", "openpyxl", "xlsxwriter", "python_calamine", "rich", "lxml", "docxtpl", "jinja2", "docx"}


def modules():
    return sorted(ROOT.rglob("*.py"))


def layer_of(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(path: Path):
    """Yield (line, full module name) of every import, those inside functions and type checks included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}:{node.lineno}: write the import from the package's root"
            if node.module == "perf_excel":
                for alias in node.names:
                    yield node.lineno, f"perf_excel.{alias.name}"
            else:
                yield node.lineno, node.module


def test_every_module_has_a_layer():
    names = {layer_of(f"perf_excel.{path.relative_to(ROOT).parts[0].removesuffix('.py')}") for path in modules()}
    assert names - {"__init__"} <= RANK.keys(), f"no layer in LAYERS for {sorted(names - RANK.keys())}"


def test_imports_point_downward():
    wrong = []
    for path in modules():
        own = path.relative_to(ROOT).parts[0].removesuffix(".py")
        rank = RANK["" if own == "__init__" else own]
        for line, name in imports(path):
            if name.split(".")[0] == "perf_excel" and RANK[layer_of(name)] > rank:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}, which stands above it")
    assert not wrong, "\n".join(wrong)


def test_one_gate_to_each_library():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules()
        for line, name in imports(path)
        for library, gates in GATES.items()
        if name.split(".")[0] == library and path.relative_to(ROOT).as_posix() not in gates
    ]
    assert not wrong, "\n".join(wrong)


def test_help_imports_nothing_slow():
    import subprocess
    import sys

    code = (
        "import sys; from perf_excel.cli import main; main(['run', '--help']);"
        f"print(sorted({SLOW!r} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stderr.strip() == "[]"


def test_the_parent_of_a_run_imports_no_tables():
    """The workers import pandas while the parent waits for them; once is enough."""
    import subprocess
    import sys

    code = "import sys, perf_excel.batch, perf_excel.summaries; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_titles_stand_in_the_declaration_alone():
    """No sheet or column title of the standard workbook is spelled a second time where it is read or written."""
    from perf_excel.workbook import standard

    titles = {f'"{sheet.title}"' for sheet in standard.SHEETS} | {
        f'"{column.title}"'
        for sheet in (standard.ACTUALS, standard.FUNDS)
        for column in sheet.columns
        if len(column.title) > 4
    }
    wrong = []
    for name in ("workbook/binder.py", "workbook/reader.py", "workbook/template.py", "measures.py", "scoring.py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        wrong += [f"{name} spells {title}" for title in titles if title in text]
    assert not wrong, "\n".join(wrong)
