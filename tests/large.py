"""Synthesise a large run straight into a ledger, write its summary and its JSON, and say how much memory that took.

python large.py FOLDER WORKBOOKS PROJECTS LINES
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from perf_excel.catalogue import CATALOGUE
from perf_excel.findings import Finding, Severity
from perf_excel.ledger import Ledger
from perf_excel.options import Options
from perf_excel.outcome import Code, Outcome
from perf_excel.render import run_summary
from perf_excel.run_result import Run
from perf_excel.summaries import summaries

TITLES = (
    "项目序号 项目编码 项目名称 全年预算数 全年执行数 预算执行率 执行得分 产出指标 效益指标 满意度指标 成本指标 自评表得分 "
    "自评表申报 自评等级 指标体系得分 指标体系申报 差异 应填 已填 必须修改 建议修改 可优化"
).split()


def outcome(number: int, projects: int) -> Outcome:
    rows, codes = [], []
    for place in range(1, projects + 1):
        turn = number * projects + place
        score = Decimal(6000 + turn * 7 % 4000) / 100
        figures = [Decimal(turn % 1000), Decimal(turn % 900), Decimal("0.9"), *[Decimal(9)] * 5, score, score, "良"]
        name = f"{turn}号工作经费"
        code = f"51172524T{turn:012d}"
        rows.append(dict(zip(TITLES, [place, code, name, *figures, 90, 91, Decimal(1), 20, 20, 1, 0, 1], strict=True)))
        codes.append(Code(place, code, "项目信息", f"B{place + 2}"))
    told = next(iter(CATALOGUE.values()))
    findings = [
        Finding(told.code, Severity.MUST, 0, "项目信息", f"C{place + 2}", place, told.message, told.basis, told.fix)
        for place in range(1, projects + 1)
    ]
    findings += [replace(item, severity=Severity.COULD) for item in findings]
    names = {place: f"{number * projects + place}号工作经费" for place in range(1, projects + 1)}
    data = [{"project_no": place, "code": code.code, "name": names[place]} for place, code in enumerate(codes, 1)]
    path, unit = f"/收件/{number:06d}.xlsx", f"单位{number:06d}"
    return Outcome(path, "0" * 64, "needs_fix", unit, 2024, "财政部", {}, data, [], rows, names, codes, [], findings)


def main(folder: Path, workbooks: int, projects: int, lines: int) -> None:
    run_summary.MOST_LINES = lines
    run = Run(Ledger(folder / "ledger.sqlite"), Options())
    run.ledger.begin()
    for start in range(0, workbooks, 50):
        with run.ledger.together():  # of the same file
            for number in range(start, min(workbooks, start + 50)):
                done = outcome(number, projects)
                run.ledger.enter(number, done.path, "key", done, {True: done.findings, False: []})
    for summary in summaries(run, None):
        (folder / summary.name).write_bytes(summary.make(folder))
    with (folder / "结果.json").open("w", encoding="utf-8") as file:
        run.write_json(file)
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"peak": int(peak.split()[1]) // 1024}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
