"""The command line. It is the only place that prints; what a command needs is imported where it is used."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from perf_excel.chinese_click import ChineseGroup, call
from perf_excel.errors import PerfExcelError
from perf_excel.version import __version__

if TYPE_CHECKING:
    from perf_excel.audit.command import Wanted
    from perf_excel.roster import Roster
    from perf_excel.run_result import Run

_INPUT_FOLDER, _OUTPUT_FOLDER = "input", "output"
_CRASHED = 70


@click.group(cls=ChineseGroup, context_settings={"help_option_names": ["--help", "-h"]})
@click.version_option(__version__, message="perf-excel %(version)s", help="显示版本。")
def cli() -> None:
    """项目支出绩效自评：读填报工作簿，逐格检查，按规则计分，生成自评表、汇总表和问题清单。"""


_inputs = click.argument("inputs", nargs=-1, type=click.Path(path_type=Path), metavar="[文件或文件夹]...")
_rules = click.option("--rules", metavar="名称或文件", help="评分规则：财政部、四川，或者自己的规则文件。")
_json = click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="文件", help="把结果另存为JSON。")
_quiet = click.option("--quiet", is_flag=True, help="不在屏幕上显示结果。")
_only = click.option("--only", multiple=True, metavar="编号", help="只列出这个编号的问题，可以写几次。")
_ignore = click.option("--ignore", multiple=True, metavar="编号", help="不列出这个编号的问题，可以写几次；问题还在。")
_jobs = click.option("--jobs", type=click.IntRange(min=1), metavar="个数", help="同时用几个进程，默认按处理器的个数。")
_output = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(_OUTPUT_FOLDER),
    metavar="文件夹",
    help="结果放在哪个文件夹，默认output。",
)


@cli.command()
@_inputs
@_output
@_json
@_rules
@click.option("--form", "forms", multiple=True, metavar="样式", help="自评表样式，可以写几次；默认按参数表。")
@click.option("--print-scores", is_flag=True, help="没有得分栏的自评表，把得分也印出来。")
@click.option("--no-annotate", is_flag=True, help="不生成标了问题的副本。")
@click.option("--no-report", is_flag=True, help="不生成Word报告。")
@_jobs
@click.option("--force", is_flag=True, help="没有变化的工作簿也全部重做。")
@click.option(
    "--roster",
    type=click.Path(path_type=Path),
    metavar="应报清单.xlsx",
    help="应报项目的清单（单位名称、项目编码、项目名称），汇总表里列出未报送和清单外的。",
)
@click.option("--scheduler", default="", metavar="地址", help="交给集群去做，写调度器的地址。")
@_only
@_ignore
@_quiet
def run(
    inputs: tuple[Path, ...],
    output: Path,
    json_file: Path | None,
    rules: str | None,
    only: tuple[str, ...],
    ignore: tuple[str, ...],
    forms: tuple[str, ...],
    print_scores: bool,
    no_annotate: bool,
    no_report: bool,
    jobs: int | None,
    force: bool,
    roster: Path | None,
    scheduler: str,
    quiet: bool,
) -> int:
    """检查、计分，生成自评表、汇总表、问题清单和每个项目的Word报告。

    不写文件名时处理input文件夹里的工作簿；input里没有工作簿就用自带的示例。
    文件夹里放一个“应报清单.xlsx”，汇总表里就列出谁还没有报送。
    """
    from perf_excel.batch import Wish, run_workbooks
    from perf_excel.inputs import roster_in
    from perf_excel.options import Options, chosen_forms
    from perf_excel.screen import progress

    _check_json_target(json_file, inputs)
    given = list(inputs) or _default_inputs(quiet)
    due = _roster(roster or roster_in(given))
    only, ignore = _codes(only), _codes(ignore)
    options = Options(
        rules, chosen_forms(forms), print_scores, not no_annotate, jobs, only, ignore, not no_report, force, scheduler
    )
    if output.exists() and not output.is_dir():
        raise PerfExcelError(f"“{output}”是一个文件，不能当作输出文件夹。")
    with progress(quiet=quiet) as tell:
        done = run_workbooks(given, output, options, Wish(due, tell))
    return _finish(done, json_file, quiet, output)


@cli.command()
@_inputs
@_json
@_rules
@click.option("--annotate", is_flag=True, help="另外生成标了问题的副本。")
@_output
@_jobs
@_only
@_ignore
@_quiet
def check(
    inputs: tuple[Path, ...],
    json_file: Path | None,
    rules: str | None,
    only: tuple[str, ...],
    ignore: tuple[str, ...],
    annotate: bool,
    output: Path,
    jobs: int | None,
    quiet: bool,
) -> int:
    """只检查：填全了没有、有什么问题，不写文件。"""
    from perf_excel.batch import Wish, annotate_workbooks, check_workbooks
    from perf_excel.options import Options
    from perf_excel.screen import progress

    _check_json_target(json_file, inputs)
    given = list(inputs) or _default_inputs(quiet)
    options = Options(rules, jobs=jobs, only=_codes(only), ignore=_codes(ignore))
    with progress(quiet=quiet) as tell:
        if annotate:
            done = annotate_workbooks(given, output, options, Wish(progress=tell))
        else:
            done = check_workbooks(given, options, Wish(progress=tell))
    return _finish(done, json_file, quiet, output if annotate else None)


@cli.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="文件", help="写到哪里，默认写在当前文件夹。")
@click.option("--sample", is_flag=True, help="写出自带的示例，不写空白模板。")
@click.option("--report", is_flag=True, help="写出Word报告的模板；不写文件名就写回程序取用的地方。")
@click.option("--force", is_flag=True, help="同名文件已经存在时覆盖它。")
def template(output: Path | None, sample: bool, report: bool, force: bool) -> int:
    """写出空白的填报模板，或者示例、Word报告的模板。"""
    from perf_excel import resources
    from perf_excel.store import WriteError, put_beside
    from perf_excel.terminal import say

    if sample and report:
        raise PerfExcelError("--sample 和 --report 一次只能写一个。")
    target, data = _blank(sample, report)
    if output is not None:
        target = output / target.name if output.is_dir() else output
    elif report:
        target = resources.input_templates() / target
    try:
        written = put_beside(target, data, force=force)
    except WriteError as error:
        raise PerfExcelError(f"没有能写出“{target}”：{error.reason}。{error.mend}，再运行一次。") from error
    if written != target:
        say(f"“{target.name}”已经存在而且内容不同，没有覆盖。")
    say(f"已写出：{written.resolve()}")
    return 0


def _blank(sample: bool, report: bool) -> tuple[Path, bytes]:
    """Return the name and the content of what `template` writes."""
    from perf_excel import resources

    if report:
        from perf_excel.render.report.blank import report_template

        return Path(resources.REPORT_TEMPLATE_NAME), report_template()
    from perf_excel.workbook import template as workbook

    if sample:
        return Path(resources.SAMPLE_NAME), workbook.sample()
    return Path(resources.TEMPLATE_NAME), workbook.blank_template()


@cli.command()
@click.argument("code", required=False, metavar="[编号]")
def explain(code: str | None) -> int:
    """说明某个编号的问题是什么意思、怎么改；不写编号就列出全部。"""
    from perf_excel.explain import explain_all, explain_code
    from perf_excel.terminal import say

    if code is None:
        say(explain_all())
        return 0
    text = explain_code(code)
    if text is None:
        raise PerfExcelError(f"没有编号为“{code}”的问题。不写编号可以看全部。")
    say(text)
    return 0


@cli.command()
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path), metavar="[报告.docx或文件夹]...")
@click.option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="工作簿",
    help="与填报工作簿逐个数对照，可以写几次，也可以写文件夹。",
)
@click.option(
    "--to-workbook",
    "workbook",
    type=click.Path(path_type=Path),
    metavar="文件.xlsx",
    help="把报告里的内容填进填报工作簿。",
)
@click.option(
    "-o", "--output", "list_file", type=click.Path(path_type=Path), metavar="文件.xlsx", help="把问题清单另存为工作簿。"
)
@_json
@_rules
@_only
@_ignore
@_quiet
def audit(
    inputs: tuple[Path, ...],
    against: tuple[Path, ...],
    workbook: Path | None,
    list_file: Path | None,
    json_file: Path | None,
    rules: str | None,
    only: tuple[str, ...],
    ignore: tuple[str, ...],
    quiet: bool,
) -> int:
    """检查已有的自评报告（Word）：各项得分与结果、金额与比率、个数、扣分原因、与工作簿是否一致。

    不写文件名时检查input文件夹里的报告，有填报工作簿的一并对照，问题清单放在output文件夹。
    """
    import json

    from perf_excel.audit.command import Wanted, audit_reports
    from perf_excel.audit.screen import show_audit
    from perf_excel.options import Options
    from perf_excel.store import WriteError

    _check_json_target(json_file, inputs)
    given = tuple(_workbook_name(path) for path in (list_file, workbook))
    options = Options(rules, only=_codes(only), ignore=_codes(ignore))
    wanted = Wanted(against, *given)
    if not inputs:
        inputs, wanted = _default_reports(wanted)
    try:
        result = audit_reports(inputs, options, wanted)
    except WriteError as error:
        raise PerfExcelError(f"没有能写出结果：{error.reason}。{error.mend}，再运行一次。") from error
    if not quiet:
        show_audit(result)
    if json_file is not None:
        _write_json(lambda file: json.dump(result.to_json(), file, ensure_ascii=False, indent=1), json_file)
    return result.exit_status


def _default_reports(wanted: Wanted) -> tuple[tuple[Path, ...], Wanted]:
    """Return `input/` where it holds Word reports, to be compared with its workbooks, and a list in `output/`."""
    from dataclasses import replace

    from perf_excel.audit.document import REPORT_SUFFIXES
    from perf_excel.inputs import find_files, find_workbooks

    folder = Path(_INPUT_FOLDER)
    if not folder.is_dir() or not find_files([folder], REPORT_SUFFIXES).paths:
        raise PerfExcelError(f"{_INPUT_FOLDER}文件夹里没有Word报告。请把要检查的报告（.docx）放进去，再运行一次。")
    if not wanted.against and find_workbooks([folder]).paths:
        wanted = replace(wanted, against=(folder,))
    if wanted.list_file is None:
        wanted = replace(wanted, list_file=Path(_OUTPUT_FOLDER) / "报告问题清单.xlsx")
    return (folder,), wanted


def _workbook_name(path: Path | None) -> Path | None:
    """Return the name of a workbook that is to be written; one without .xlsx would not open."""
    if path is None or path.suffix.lower() == ".xlsx":
        return path
    if path.suffix or path.is_dir():
        raise PerfExcelError(f"“{path}”要写成工作簿的文件名，例如：{path.stem or '清单'}.xlsx。")
    return path.with_name(f"{path.name}.xlsx")


def _default_inputs(quiet: bool) -> list[Path]:
    """Return the workbooks in `input/`, or the shipped sample, saying so."""
    from perf_excel import resources
    from perf_excel.inputs import find_workbooks
    from perf_excel.terminal import say

    folder = Path(_INPUT_FOLDER)
    if folder.is_dir() and find_workbooks([folder]).paths:
        return [folder]
    if not quiet:
        say(f"{_INPUT_FOLDER}文件夹里没有工作簿，下面用自带的示例演示；示例的结果不是您单位的，不要报送。\n")
    return [resources.input_templates() / resources.SAMPLE_NAME]


def _roster(path: Path | None) -> Roster | None:
    """Read what should have been handed in."""
    from perf_excel.roster import read_roster

    return None if path is None else read_roster(path)


def _codes(typed: Sequence[str]) -> tuple[str, ...]:
    """Return codes of findings as the catalogue spells them; several may be given with commas between them."""
    from perf_excel.catalogue import CATALOGUE
    from perf_excel.text import halfwidth

    codes = [code for text in typed for code in halfwidth(text).replace("、", ",").upper().replace(" ", ",").split(",")]
    known = {entry.code for entry in CATALOGUE.values()}
    for code in codes:
        if code and code not in known:
            raise PerfExcelError(f"没有编号为“{code}”的问题。运行 perf-excel explain 可以看全部编号。")
    return tuple(dict.fromkeys(code for code in codes if code))


def _finish(done: Run, json_file: Path | None, quiet: bool, output: Path | None) -> int:
    from perf_excel.screen import show

    with done:
        if not quiet:
            show(done, output)
        if json_file is not None:
            _write_json(done.write_json, json_file)
        return done.exit_status


def _check_json_target(path: Path | None, inputs: Sequence[Path]) -> None:
    """Refuse to write the result over a workbook: then the name of the JSON file was forgotten."""
    from perf_excel.workbook.reader import SPREADSHEET_SUFFIXES

    if path is not None and (path in inputs or path.suffix.lower() in SPREADSHEET_SUFFIXES or path.is_dir()):
        raise PerfExcelError(f"--json 后面要写结果文件的名字，例如 --json 结果.json；“{path.name}”不能用来存结果。")


def _write_json(write: Callable[[IO[str]], None], path: Path) -> None:
    from perf_excel.store import WriteError, replace_text

    try:
        replace_text(path, write)
    except WriteError as error:
        raise PerfExcelError(f"没有能写出“{path}”，请检查文件夹能不能写、文件是不是正打开着。") from error


def main(args: list[str] | None = None) -> int:
    """Run the command line and return its exit status. Nothing but Chinese sentences reaches the user."""
    from perf_excel.terminal import complain

    try:
        status = call(cli, args, complain, prog_name="perf-excel")
    except PerfExcelError as error:
        complain(str(error))
        status = 2
    except Exception:  # noqa: BLE001 - the last resort: the log keeps the details, the user gets a sentence
        complain(f"程序出了意外的错误，没有做完。请把这个文件发给维护人员：{_log_crash()}")
        status = _CRASHED
    if args is None:
        sys.exit(status)
    return status


def _log_crash() -> Path:
    """Write the exception being handled into a file and return its path."""
    import tempfile
    import traceback

    path = Path(tempfile.gettempdir()) / "perf-excel-error.txt"
    try:
        path.write_text(f"perf-excel {__version__}\n{sys.version}\n{traceback.format_exc()}", encoding="utf-8")
    except OSError:
        logging.getLogger("perf_excel").exception("crashed")
    return path
