"""What a report says of a project: every name that the template may use, with its words and figures.

The names are Chinese because an office writes them into the template; docs/report.md lists them. Every value is a
string, a list of rows, or a row; what is not known is blank in a table and a place to fill in where a sentence needs it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from perf_excel.kinds import IndicatorNo, as_text
from perf_excel.measures import Measured
from perf_excel.numbers import plain, says_nothing
from perf_excel.render.forms import parts, special
from perf_excel.render.report import words
from perf_excel.render.report.words import clean, figure, merged_down, missing, passage, said, sentence, to_check
from perf_excel.render.share import ProjectShare, Row, Share
from perf_excel.scoring import IndicatorScore, add_up, form_order
from perf_excel.text import is_no_answer
from perf_excel.workbook import standard

#: Passages of 报告内容 that 项目信息 may hold instead.
INSTEAD = {
    standard.CHAPTER_CONCLUSION: "conclusion",
    standard.CHAPTER_PROBLEMS: "problems",
    standard.CHAPTER_SUGGESTIONS: "improvements",
}
_NUMERALS = "一二三四五六七八九十"


def names_of_overview() -> dict[str, str]:
    """Return the names under which the rows of 项目概况 are known to the template, by the keys of their columns."""
    columns = standard.PROJECTS.by_key
    return {key: columns[key].title.replace("（", "").replace("）", "") for _, key in special.OVERVIEW}


def facts(share: Share, project: ProjectShare) -> dict[str, Any]:
    """Return all that the report of a project is made of, by the names of the template."""
    return {
        **_head(share, project),
        **_passages(project),
        **_money(project),
        **_counts(project),
        **_analysis(project),
        **_conclusion(project),
        **_form(project),
        **_indicator_table(share, project),
        **_scorecard_table(project),
    }


# ---------------------------------------------------------------- title, passages


def _head(share: Share, project: ProjectShare) -> dict[str, Any]:
    info, year = project.info, share.year
    name = said(info["name"], "项目名称")
    stated = figure(None if year is None else Decimal(year), "预算年度")
    return {
        "报告标题": name if year and name.startswith(str(year)) else f"{stated}年度{name}",
        "项目名称": name,
        "项目编码": said(info["code"], "项目编码"),
        "编码和名称": clean(project.title),
        "预算单位": said(info["unit"], "预算单位"),
        "主管部门": clean(info["department"]),
        "项目类型": clean(info["project_type"]),
        "预算年度": stated,
        "年度": parts.year(share),
        "草稿": f"草稿：尚有{share.must}项必须修改" if share.must else "",
    }


def _passages(project: ProjectShare) -> dict[str, str]:
    written: dict[str, list[str]] = defaultdict(list)
    for row in project.passages:
        if row["chapter"] and not says_nothing(row["text"]):
            written[row["chapter"]].append(str(row["text"]))
    found = {}
    for chapter in standard.CHAPTERS:
        text = "\n".join(written[chapter]) or (project.info[INSTEAD[chapter]] if chapter in INSTEAD else None)
        found[chapter] = passage(text, chapter)
    return found


# ---------------------------------------------------------------- money


_AMOUNTS = {
    "initial": "年初预算数",
    "budget": "全年预算数",
    "allocated": "财政拨付数",
    "received": "实际到位数",
    "executed": "全年执行数",
}


def _money(project: ProjectShare) -> dict[str, Any]:
    rows = [row for row in project.funds if row["source"] != standard.TOTAL_SOURCE]
    totals = {key: add_up([row[key] for row in rows]) for key in _AMOUNTS}
    rates = {
        "财政资金拨付率": words.rate(totals["allocated"], totals["budget"]),
        "单位资金使用率": words.rate(totals["executed"], totals["received"]),
        "预算执行率": words.rate(totals["executed"], totals["budget"]),
    }
    return {
        "资金情况": _told(totals, rates),
        "项目资金": [{"资金来源": said(row["source"], "资金来源"), **_amounts(row)} for row in rows],
        "资金合计": _amounts(totals),
        **rates,
    }


def _amounts(row: Row) -> dict[str, str]:
    amounts = {name: figure(row[key]) for key, name in _AMOUNTS.items()}
    return {**amounts, "执行率": words.rate(row["executed"], row["budget"])}


def _told(totals: Mapping[str, Decimal | None], rates: Mapping[str, str]) -> str:
    """Say what became of the money, as far as it is known."""
    stated = {"budget": "全年预算数", "allocated": "财政拨付", "received": "实际到位", "executed": "全年执行"}
    amounts = "，".join(f"{name}{plain(totals[key])}万元" for key, name in stated.items() if totals[key] is not None)
    shares = "，".join(f"{name}{rate}" for name, rate in rates.items() if rate)
    told = "；".join(part for part in (amounts, shares) if part)
    return f"本项目{told}。" if told else missing(standard.FUNDS.title)


# ---------------------------------------------------------------- indicators


def _counts(project: ProjectShare) -> dict[str, Any]:
    """Count what was set, without what was cancelled later, as the checks of the workbook count."""
    measures = [item.measure for item in project.score.indicators]
    cancelled = project.score.cancelled
    return {
        "一级指标数": str(len({measure.level1 for measure in measures})),
        "二级指标数": str(len({(measure.level1, measure.level2) for measure in measures})),
        "三级指标数": str(len(measures)),
        "权重合计": figure(add_up([measure.weight for measure in measures]), "权重合计"),
        "取消指标数": str(len(cancelled)) if cancelled else "",
        "取消权重": figure(add_up([item.measure.weight for item in cancelled]), "取消指标的权重"),
    }


def _analysis(project: ProjectShare) -> dict[str, Any]:
    """Return the criteria of 评价打分 by category, and within it by 一级指标."""
    names = list(dict.fromkeys([*standard.CATEGORIES, *(row["category"] for row in project.scorecard)]))
    categories = []
    for number, name in enumerate(names):
        rows = [row for row in project.scorecard if row["category"] == name]
        title = said(name, "指标类别")
        categories.append({"序号": _NUMERALS[number % 10], "名称": title, "各组": _groups(rows)})
    return {"各类指标": categories}


def _groups(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return criteria by 一级指标; one that has none is numbered like a 一级指标 and has no heading."""
    groups: list[dict[str, Any]] = []
    of_level: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["level1"]:
            if row["level1"] not in of_level:
                groups.append({"名称": row["level1"]})
            of_level[row["level1"]].append(row)
        else:
            groups.append({"名称": "", "各项": [row]})
    for number, group in enumerate(groups, start=1):
        level = group["名称"]
        mine = of_level[level] if level else group["各项"]
        group["序号"] = str(number)
        group["分值"] = figure(add_up([row["full_marks"] for row in mine]), f"{level}的分值")
        group["各项"] = [_criterion(row, f"（{n}）" if level else f"{number}.") for n, row in enumerate(mine, start=1)]
        group["名称"] = clean(level)
    return groups


def _criterion(row: Row, label: str) -> dict[str, str]:
    name, full, awarded = said(row["level2"], "二级指标"), row["full_marks"], row["awarded"]
    lost = full - awarded if full is not None and awarded is not None and awarded < full else None
    return {
        "编号": label,
        "名称": name,
        "分值": figure(full, f"{name}的分值"),
        "评分依据": sentence(said(row["evidence"], f"{name}的评分依据")),
        "扣分": figure(lost),
        "扣分原因": sentence(_reason(row["reason"], f"{name}的扣分原因")),
        "得分": figure(awarded, f"{name}的得分"),
    }


def _reason(text: str | None, what: str) -> str:
    """Return a reason that is due; 「无」 is none."""
    return missing(what) if text is None or is_no_answer(text) else said(text, what)


def _conclusion(project: ProjectShare) -> dict[str, Any]:
    score, card = project.score, project.score.scorecard
    by_category = {} if card is None else card.by_category
    return {
        "打过分": card is not None,
        "指标体系得分": figure(card.total if card else None, "指标体系得分"),
        "指标体系核对": to_check(score.declared_scorecard, card.total if card else None),
        "各类得分": "、".join(
            f"{clean(name) or missing('指标类别')}{figure(value, f'{name}得分')}分"
            for name, value in by_category.items()
        ),
        "自评表得分": figure(score.total, "自评表得分"),
        "自评表核对": to_check(score.declared, score.total),
        "自评等级": said(score.grade, "自评等级"),
    }


# ---------------------------------------------------------------- the form


def _form(project: ProjectShare) -> dict[str, Any]:
    info = project.info
    overview = {name: clean(info[key]) for key, name in names_of_overview().items()}
    overview[names_of_overview()["allocation"]] = "　".join(clean(box) for box in special.ticks(info["allocation"]))
    return {
        **overview,
        "年度资金总额": figure(project.score.execution.budget),
        "财政拨款": figure(project.money(*special.FISCAL)),
        "其他资金": figure(project.money(*special.OTHER)),
        "年度目标": passage(info["goal"], "年度目标"),
    }


def _indicator_table(share: Share, project: ProjectShare) -> dict[str, Any]:
    score = project.score
    cancelled = {id(item) for item in score.cancelled}
    items = sorted([*score.indicators, *score.cancelled], key=form_order)
    first = merged_down([item.measure.level1 for item in items])
    second = merged_down([(item.measure.level1, item.measure.level2) for item in items])
    approved = _as_approved(share) if cancelled else {}
    rows = []
    for item, level1, level2 in zip(items, first, second, strict=True):
        row = _indicator(item) if id(item) not in cancelled else _cancelled(item, approved)
        rows.append({"一级指标": level1, "二级指标": level2, **row})
    execution = score.execution
    return {
        "绩效指标": rows,
        "执行": {
            "权重": figure(execution.weight),
            "执行率": words.rate(execution.executed, execution.budget),
            "得分": figure(execution.score, "预算执行率得分"),
            "原因": clean(parts.low_reason(project)),
        },
        "折算和封顶": [{"名称": name, "得分": _signed(value)} for name, value in score.adjustments.items()],
        "合计": {
            "权重": figure(parts.full_weight(project)) if score.indicators else "",
            "得分": figure(score.total, "自评表得分"),
            "等级": clean(score.grade),
        },
    }


def _signed(value: Decimal) -> str:
    return f"{'+' if value > 0 else ''}{plain(value)}"


def _row(item: IndicatorScore, target: str, actual: str, score: str, reason: str) -> dict[str, str]:
    measure = item.measure
    return {
        "三级指标": said(measure.level3, "三级指标"),
        "指标性质": clean(measure.nature),
        "指标值": target,
        "度量单位": clean(measure.unit),
        "权重": figure(measure.weight, "权重"),
        "实际完成指标值": actual,
        "得分": score,
        "偏差原因": reason,
    }


def _indicator(item: IndicatorScore) -> dict[str, str]:
    measure = item.measure
    known = measure.kind is Measured.FIGURE
    target = f"{measure.target:f}" if known and measure.target is not None else said(measure.target_text, "指标值")
    actual = f"{measure.actual:f}" if known and measure.actual is not None else said(measure.actual_text, "实际完成值")
    return _row(item, target, actual, figure(item.score, "得分"), _why(item))


def _why(item: IndicatorScore) -> str:
    """Return the reason for points lost or a target far exceeded, and what was taken off besides."""
    measure = item.measure
    off = f"扣减{plain(item.deduction)}分：" if item.deduction else ""
    lost = item.score is not None and measure.weight is not None and item.score < measure.weight
    due = bool(off) or lost or bool(item.points.over)
    return off + (_reason(measure.reason, "偏差原因") if due else clean(measure.reason))


def _cancelled(item: IndicatorScore, approved: Mapping[str, Row]) -> dict[str, str]:
    """Return the row of an indicator that was cancelled: its target as approved, and the document that took it back."""
    row = approved.get(item.measure.key, {})
    target, basis = (clean(as_text(row[key])) if row.get(key) else "" for key in ("target", "new_basis"))
    reason = f"按{basis}{standard.CANCELLED}" if basis else ""
    return _row(item, target or clean(item.measure.target_text), standard.CANCELLED, "", reason)


def _as_approved(share: Share) -> dict[str, Row]:
    """Return the rows of 绩效指标 as typed, by 指标编号."""
    rows: Iterable[Row] = share.content.rows["indicators"]
    return {IndicatorNo().parse(row["indicator_no"], "").value: row for row in rows if row.get("indicator_no")}


# ---------------------------------------------------------------- the indicator system


def _scorecard_table(project: ProjectShare) -> dict[str, Any]:
    rows = project.scorecard
    categories = merged_down([row["category"] for row in rows])
    firsts = merged_down([(row["category"], row["level1"]) for row in rows])
    card = project.score.scorecard
    total = card.total if card else None
    return {
        "打分": [
            {
                "指标类别": category,
                "一级指标": level1,
                "二级指标": said(row["level2"], "二级指标"),
                "分值": figure(row["full_marks"], "分值"),
                "得分": figure(row["awarded"], "得分"),
                "评分依据": said(row["evidence"], "评分依据"),
                "扣分原因": _reason(row["reason"], "扣分原因") if _lost(row) else clean(row["reason"]),
            }
            for row, category, level1 in zip(rows, categories, firsts, strict=True)
        ],
        "打分合计": {
            "分值": figure(add_up([row["full_marks"] for row in rows])),
            "得分": figure(total, "指标体系得分"),
        },
    }


def _lost(row: Row) -> bool:
    full, awarded = row["full_marks"], row["awarded"]
    return full is not None and awarded is not None and awarded < full
