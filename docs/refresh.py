"""Write the generated files of the project: PYTHONPATH=. python docs/refresh.py

- README.md: the table of sheets, from the declaration;
- docs/findings.md: every finding, from the catalogue;
- docs/published.md: what the checks find in real published tables, where those lie beside the project;
- input_templates/: the blank template, the two samples and the Word template of the report.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from perf_excel import resources
from perf_excel.explain import GROUPS, entries, opened, severity
from perf_excel.pipeline import evaluate
from perf_excel.render.report.blank import report_template
from perf_excel.workbook import standard, template
from perf_excel.workbook.guide import column_lists
from perf_excel.workbook.types import Required

ROOT = Path(__file__).parent.parent
TEMPLATES = {
    resources.TEMPLATE_NAME: template.blank_template,
    resources.SAMPLE_NAME: template.sample,
    resources.COMPLETE_NAME: template.complete_sample,
    resources.REPORT_TEMPLATE_NAME: report_template,
}

#: What was seen when every finding over the published tables was read against the print.
READ = {
    "S05": "001的定性指标都答“达成预期指标”，不是指标值的原话，要人评档；其余是原表没有印的格子（013、049的资金，024的二级指标，055的年度）。",
    "S06": "049的一级指标写“项目完成指标”，不是规定的名称。",
    "A01": "印出来的权重合计确实不是90；001、012的表在公开时缺了最后几行，补全后可能就对了。",
    "A02": "013、017、045的比例与五三一一不同，属实；批复如此的说明即可。",
    "A03": "与A01同在权重合计不对的表上，逐级指出差在哪里。",
    "A04": "原表没有印权重。",
    "A06": "045达到目标只给7分、98%给了9分，054达到目标只给18分，都没有写扣分的理由。",
    "A07": "005各项合计110分印成100分，054、055按印出的权重合计也超过100分。",
    "A09": "001总额行印的是0；006执行率印0.1，实际14.46%；036印86.19%，应为86.18%；058印99%，应为99.99%。",
    "A10": "001印0分；006按20分制打2.9分；024的执行得分按20分印。",
    "A13": "012执行数大于预算数，102.59%。",
    "A14": "001成本指标完成值90万元，执行数89.974万元。",
    "B01": "017的完成值一格也没有印。",
    "B02": "045“政策知晓率”没有完成，原因栏空着。",
    "B03": "执行率都低于90%，原表没有印原因。",
    "B04": "年初数与全年数不同，原表没有印理由。",
    "B05": "完成值都在指标值的130%以上，原因栏空着。",
    "B10": "定性指标满分，没有写理由。",
    "B11": "原表没有佐证材料一栏，所以每张都报；填报工作簿里有这一栏。",
    "B12": "030在公开的网页上只有资金，没有指标。",
    "B15": "确实缺少效益或满意度指标；001、012、043、063的表缺了最后几行，不能据此下结论。",
    "C01": "013完成值写“完成”，049写“按合同10.5万元”，都不是一个数。",
    "C02": "005、055的完成值照抄了“≥…”，看不出实际数。",
    "C03": "原表把比较符号、数字和单位写在一格里，拆开以后逐项说明，读法都对。",
    "C04": "043的完成值比指标值的原话少了几个字。",
    "C06": "原表没有印单位。",
    "C08": "001、054的定量指标全部正好等于指标值。",
    "C10": "原表没有印指标性质，抄录时按“＝”；确实与指标值不等。",
    "C11": "001、045把比率写成≥100%。",
    "D01": "012要建4个示范村，却写成≤4。",
    "D04": "013经济成本放在产出下，036质量指标写完成率，058满意度放在效益下。",
    "D05": "013只有1个指标，017只有2个（60＋30）。",
    "D06": "都是“效果明显”“显著提高”“有效”一类的指标值。",
    "D07": "045“促进学校教育事业健康发展≥100%”，看不出是什么率。",
    "D11": "055、063的完成值是指标值的2.4到11.5倍。",
    "D13": "049的指标值是“美化环境”。",
    "E05": "006的项目名称是2019年，自评年度是2022年，需要核对。",
    "W01": "抄录的只是自评表，没有报告的文字，所以每张都报。",
}


def sheets() -> str:
    """Return the table of sheets with what must be filled on each."""
    lines = ["| 工作表 | 填什么 | 必填的列 |", "|---|---|---|"]
    intros = {sheet.title: sheet.intro.split("。")[0] for sheet in standard.SHEETS}
    for title, columns in column_lists():
        must = "、".join(column.title for column in columns if column.required is Required.ALWAYS) or "—"
        lines.append(f"| {title} | {intros[title]} | {must} |")
    return "\n".join(lines)


def render(text: str) -> str:
    """Return README.md with its generated parts brought up to date."""
    for name, make in {"sheets": sheets}.items():
        block = f"<!-- {name}: docs/refresh.py -->\n{make()}\n<!-- /{name} -->"
        text = re.sub(rf"<!-- {name}: .*?<!-- /{name} -->", lambda _, block=block: block, text, flags=re.S)
    return text


def findings_page() -> str:
    """Return docs/findings.md: meaning, basis, mend, a wrong and a right example of every finding."""
    lines = [
        "# 问题编号一览",
        "",
        "<!-- 本页由 docs/refresh.py 生成，不要直接改。 -->",
        "",
        "每个问题有一个编号。**必须修改**：数是错的，或者缺了内容，改好才能报送；**建议修改**：复核时会被退回或扣分；**可优化**：看一眼就行。",
        "同一个问题在命令行里也能查：`perf-excel explain A08`。",
    ]
    group = ""
    for code, kinds in entries().items():
        if code[0] != group:
            group = code[0]
            lines += ["", f"## {group}　{GROUPS[group]}"]
        lines += ["", f"### {code}　{kinds[0].title}"]
        for entry in kinds:
            title = f"**{entry.title}**，" if len(kinds) > 1 else ""
            lines += [
                "",
                f"- {title}{severity(entry)}",
                f"- 说明：{opened(entry.message)}",
                f"- 依据：{entry.basis}",
                f"- 改法：{opened(entry.fix)}",
            ]
            if entry.wrong:
                lines.append(f"- 例子：不对 `{entry.wrong}`　对 `{entry.right}`")
    return "\n".join(lines) + "\n"


def published_page() -> str | None:
    """Return docs/published.md, None where the published tables are not there."""
    sys.path.insert(0, str(ROOT / "tests"))
    import published

    if not published.FOLDER.is_dir():
        return None
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    with tempfile.TemporaryDirectory() as folder:
        for number in published.NUMBERS:
            path = published.enter(Path(folder) / f"{number}.xlsx", published.load(number))
            for item in evaluate([path]).findings:
                found[item.code][number] += 1
    lines = [
        "# 真实自评表上的检查结果",
        "",
        "<!-- 本页由 docs/refresh.py 生成，不要直接改。 -->",
        "",
        f"{len(published.NUMBERS)}张各地公开的自评表，照印出来的内容抄进填报工作簿，没有印的留空。表里是每种问题报了几项、在哪几张表上，"
        "以及逐项对照原表读过之后的看法。没有列出的编号，一项也没有报。",
        "",
        "项目信息（项目编码、负责人等）原表没有，抄录时统一填了样例，所以与它们有关的问题不在此列。",
        "",
        "| 编号 | 问题 | 项数 | 在哪几张表 | 对照原表 |",
        "|---|---|---|---|---|",
    ]
    for code, kinds in entries().items():
        if code in found:
            tables = "、".join(found[code])
            total = sum(found[code].values())
            lines.append(f"| {code} | {kinds[0].title} | {total} | {tables} | {READ.get(code, '')} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write everything that is generated."""
    readme = ROOT / "README.md"
    readme.write_text(render(readme.read_text(encoding="utf-8")), encoding="utf-8")
    (ROOT / "docs" / "findings.md").write_text(findings_page(), encoding="utf-8")
    page = published_page()
    if page is not None:
        (ROOT / "docs" / "published.md").write_text(page, encoding="utf-8")
    for name, make in TEMPLATES.items():
        (ROOT / "input_templates" / name).write_bytes(make())


if __name__ == "__main__":
    main()
