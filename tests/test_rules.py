"""Rule sets as data: the shipped ones, an office's own, and what is said about a file that cannot be used."""

import contextlib
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from workbooks import PROJECT, ROWS, rows_of, write

import perf_excel
from perf_excel.rules import RuleError, load_rules

SHIPPED = ("财政部", "四川")
FOLDER = Path(perf_excel.__file__).parent / "rules"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def file(tmp_path, text, name="规则.toml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def own(tmp_path, text, name="规则.toml"):
    """A file that says only what is different from 财政部, each section with a source."""
    with contextlib.suppress(tomllib.TOMLDecodeError):
        tomllib.loads(text)
        text = re.sub(r"^(\[[\w.]+\]\n)(?!source)", r'\1source = "无公开出处"\n', text, flags=re.MULTILINE)
    return load_rules(file(tmp_path, 'extends = "财政部"\n' + text, name))


# ---------------------------------------------------------------- shipped


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_rule_sets_load_and_say_where_each_part_comes_from(name):
    rules = load_rules(name)
    assert rules.name == name
    assert rules.title
    assert rules.source
    assert set(rules.sources) >= {
        "execution", "execution.reason", "profiles", "attainment", "attainment.lower", "attainment.over",
        "judgement", "satisfaction", "caps", "grades",
    }  # fmt: skip
    assert all(source.strip() for source in rules.sources.values())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_section_of_a_shipped_file_has_its_source(path):
    def sections(table, name):
        yield name, table
        for key, value in table.items():
            if isinstance(value, dict):
                yield from sections(value, f"{name}.{key}")

    data = tomllib.loads(path.read_text(encoding="utf-8"))
    assert path.stem in SHIPPED
    assert {name for name, table in sections(data, path.stem) if not table.get("source", "").strip()} == set()


@pytest.mark.parametrize("name", SHIPPED)
def test_the_figures_of_the_shipped_rule_sets(name):
    rules = load_rules(name)
    assert (rules.execution_weight, rules.indicator_weight, rules.reason_below) == (10, 90, Decimal("0.9"))
    assert (rules.lower_variant, rules.over_above, rules.over_below, rules.over_deduction) == (
        "linear", Decimal("1.3"), Decimal("0.7"), 0,
    )  # fmt: skip
    assert [(band.grade, band.low, band.high) for band in rules.judgements] == [
        ("达成", 80, 100), ("部分达成", 60, 80), ("未达成", 0, 60),
    ]  # fmt: skip
    assert [(band.name, band.floor) for band in rules.grades] == [("优", 90), ("良", 80), ("中", 60), ("差", 0)]
    assert rules.satisfaction == rules.caps == ()


@pytest.mark.parametrize(
    ("levels", "weights"),
    [
        ("产出 效益 满意度", (50, 30, 10, None)),
        ("产出 效益", (50, 40, None, None)),
        ("产出 效益 满意度 成本", (40, 20, 10, 20)),
        ("产出 效益 成本", (40, 30, None, 20)),
    ],
)
def test_the_weights_are_chosen_by_project(levels, weights):
    names = [f"{level}指标" for level in ("产出", "效益", "满意度", "成本")]
    profile = load_rules("财政部").profile(frozenset(f"{level}指标" for level in levels.split()))
    assert tuple(profile.weights.get(name) for name in names) == weights
    assert sum(profile.weights.values()) == 90


@pytest.mark.parametrize("binds", ["true", "false"])
def test_an_office_says_whether_the_weights_bind(tmp_path, binds):
    assert own(tmp_path, f"[profiles]\nbinding = {binds}\n").binding is (binds == "true")


# ---------------------------------------------------------------- extends


def test_extends_takes_over_what_the_file_does_not_say(tmp_path):
    central = load_rules("财政部")
    rules = own(tmp_path, 'name = "渠县"\n[attainment.lower]\nsource = "渠财绩〔2025〕5号"\nvariant = "ratio"\n')
    assert (rules.name, rules.lower_variant) == ("渠县", "ratio")
    assert rules.sources["attainment.lower"] == "渠财绩〔2025〕5号"
    assert (rules.grades, rules.judgements, rules.profiles) == (central.grades, central.judgements, central.profiles)
    assert {k: v for k, v in rules.sources.items() if k != "attainment.lower"} == {
        k: v for k, v in central.sources.items() if k != "attainment.lower"
    }


def test_a_file_may_extend_a_file(tmp_path):
    base = file(tmp_path, 'extends = "四川"\nname = "达州"\n[execution]\nsource = "达州"\nweight = 20\n', "达州.toml")
    rules = load_rules(
        file(tmp_path, f"extends = '{base}'\n" + 'name = "渠县"\n[execution.reason]\nsource = "渠县"\nbelow = 0.8\n')
    )
    assert (rules.name, rules.execution_weight, rules.reason_below) == ("渠县", 20, Decimal("0.8"))
    assert (
        rules.sources["profiles"] == load_rules("四川").sources["profiles"] != load_rules("财政部").sources["profiles"]
    )


def test_a_list_of_bands_is_replaced_as_a_whole(tmp_path):
    rules = own(tmp_path, '[grades]\nbands = [{grade = "合格", from = 60}, {grade = "不合格", from = 0}]\n')
    assert [rules.grade(Decimal(total)) for total in ("60", "59.99")] == ["合格", "不合格"]


def test_figures_are_exact_decimals(tmp_path):
    rules = own(tmp_path, "[attainment.over]\nabove = 1.1\nbelow = 0.1\ndeduction = 0.3\n")
    assert (str(rules.over_above), str(rules.over_below), str(rules.over_deduction)) == ("1.1", "0.1", "0.3")


def test_caps_may_stand_in_any_order(tmp_path):
    rules = own(tmp_path, "[caps]\nbands = [{below = 0.8, most = 89}, {below = 0.6, most = 69}]\n")
    assert [rules.cap(Decimal(rate)) for rate in ("0.59", "0.6", "0.79", "0.8", "1.2")] == [69, 89, 89, None, None]


@pytest.mark.parametrize(
    "change",
    [
        "[execution]\nweight = 20\n",
        "[execution.reason]\nbelow = 0.8\n",
        f"[profiles]\nbinding = {str(not load_rules('财政部').binding).lower()}\n",
        '[attainment.lower]\nvariant = "ratio"\n',
        "[attainment.over]\nabove = 1.2\n",
        "[attainment.over]\ndeduction = 2\n",
        "[satisfaction]\nbands = [{from = 90, share = 100}]\n",
        "[caps]\nbands = [{below = 0.8, most = 89}]\n",
        '[grades]\nbands = [{grade = "差", from = 0}]\n',
    ],
)
def test_the_digest_changes_with_any_figure(tmp_path, change):
    assert own(tmp_path, "", "same.toml").digest == load_rules("财政部").digest
    assert own(tmp_path, change).digest != load_rules("财政部").digest


def test_a_file_from_notepad_with_a_byte_order_mark(tmp_path):
    assert load_rules(file(tmp_path, '\ufeffextends = "财政部"\nname = "渠县"\n')).name == "渠县"


def test_a_file_that_was_mended_is_read_again(tmp_path):
    assert own(tmp_path, "[execution]\nweight = 10\n").execution_weight == 10
    assert own(tmp_path, "[execution]\nweight = 20\n").execution_weight == 20


# ---------------------------------------------------------------- mistakes

JUDGEMENT = '[[judgement.bands]]\ngrade = "{}"\nfrom = {}\nto = {}\n'


def judged(*bands):
    return "".join(JUDGEMENT.format(*band) for band in bands)


#: what the file says beside `extends = "财政部"` -> what the message names
MISTAKES = {
    # figures
    "a word for a figure": ('[execution]\nweight = "十"\n', ["execution.weight", "十"]),
    "a negative figure": ("[execution]\nweight = -1\n", ["execution.weight", "-1"]),
    "a figure too large": ("[execution]\nweight = 101\n", ["execution.weight", "101", "100"]),
    "true for a figure": ("[execution]\nweight = true\n", ["execution.weight"]),
    "nan for a figure": ("[execution]\nweight = nan\n", ["execution.weight"]),
    "a list for a figure": ("[execution]\nweight = [10]\n", ["execution.weight"]),
    "percent for a rate": ("[execution.reason]\nbelow = 90\n", ["execution.reason.below", "90"]),
    "a threshold below the target": ("[attainment.over]\nabove = 0.9\n", ["attainment.over.above", "0.9"]),
    "a threshold above the target": ("[attainment.over]\nbelow = 1.3\n", ["attainment.over.below", "1.3"]),
    "a word for points": ('[attainment.over]\ndeduction = "两分"\n', ["attainment.over.deduction", "两分"]),
    "a word for a weight": (
        '[profiles]\noptions = [{name = "自定", weights = {"产出指标" = "半"}}]\n', ["自定", "产出指标", "半"]
    ),
    # variants and switches
    "an unknown variant": ('[attainment.lower]\nvariant = "curve"\n', ["attainment.lower.variant", "curve", "ratio"]),
    "a figure for a variant": ("[attainment.lower]\nvariant = 1\n", ["attainment.lower.variant"]),
    "a word for a switch": ('[profiles]\nbinding = "false"\n', ["binding"]),
    "a word for a list of levels": (
        '[profiles]\noptions = [{name = "自定", when = "成本指标", weights = {"产出指标" = 90}}]\n', ["when"]
    ),
    # sources
    "an empty source": ('[execution]\nsource = " "\n', ["[execution]", "source"]),
    "an empty source further down": ('[attainment.lower]\nsource = ""\n', ["[attainment.lower]", "source"]),
    # bands
    "bands that are no list": ("[satisfaction]\nbands = 5\n", ["satisfaction.bands"]),
    "bands that are no tables": ('[caps]\nbands = ["a"]\n', ["caps.bands"]),
    "satisfaction from low to high": (
        "[satisfaction]\nbands = [{from = 60, share = 50}, {from = 90, share = 100}]\n", ["satisfaction.bands"]
    ),
    "the same floor twice": (
        "[satisfaction]\nbands = [{from = 60, share = 50}, {from = 60, share = 40}]\n", ["satisfaction.bands"]
    ),
    "a share above all": ("[satisfaction]\nbands = [{from = 60, share = 101}]\n", ["satisfaction.share", "101"]),
    "a band without its share": ("[satisfaction]\nbands = [{from = 60}]\n", ["satisfaction.share"]),
    "a cap without its line": ("[caps]\nbands = [{most = 59}]\n", ["caps.below"]),
    "a cap above all": ("[caps]\nbands = [{below = 0.6, most = 690}]\n", ["caps.most", "690"]),
    "grades from low to high": (
        '[grades]\nbands = [{grade = "差", from = 0}, {grade = "优", from = 90}]\n', ["grades.bands"]
    ),
    "grades that do not reach 0": ('[grades]\nbands = [{grade = "优", from = 90}]\n', ["grades.bands", "0"]),
    "no grades": ("[grades]\nbands = []\n", ["grades.bands"]),
    "a grade without a name": ("[grades]\nbands = [{from = 0}]\n", ["grade"]),
    "judgements in another order": (
        judged(("未达成", 0, 60), ("部分达成", 60, 80), ("达成", 80, 100)), ["judgement.bands"]
    ),
    "judgements with a gap": (
        judged(("达成", 80, 100), ("部分达成", 60, 75), ("未达成", 0, 60)), ["judgement.bands"]
    ),
    "judgements that overlap": (
        judged(("达成", 80, 100), ("部分达成", 60, 80), ("未达成", 0, 70)), ["judgement.bands"]
    ),
    "a judgement missing": (judged(("达成", 80, 100), ("未达成", 0, 80)), ["judgement.bands"]),
    "a judgement above all": (
        judged(("达成", 80, 120), ("部分达成", 60, 80), ("未达成", 0, 60)), ["judgement.to", "120"]
    ),
    # sections of another kind
    "a figure for a section": ("execution = 10\n", ["execution"]),
    "a list for a section": ("[attainment]\nlower = [1]\n", ["attainment.lower"]),
    "a figure for the weights": ("[profiles]\noptions = 5\n", ["profiles.options"]),
    "words for the weights": ('[profiles]\noptions = ["五三一一"]\n', ["profiles.options"]),
    "weights without levels": ('[profiles]\noptions = [{name = "自定", weights = 90}]\n', ["weights"]),
    "weights missing": ('[profiles]\noptions = [{name = "自定"}]\n', ["weights"]),
    # the file
    "broken in line 3": ("[execution]\nweight = \n", ["规则.toml", "第3行"]),
    "a key twice": ("[execution]\nweight = 10\nweight = 20\n", ["规则.toml", "第4行"]),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_file_is_said_in_chinese_by_its_key(tmp_path, name):
    text, named = MISTAKES[name]
    with pytest.raises(RuleError) as caught:
        own(tmp_path, text)
    message = message_of(caught, tmp_path)
    assert [word for word in named if word not in message] == []
    assert len(CHINESE.findall(message)) > 5
    assert not re.search(r"Error|Traceback|expected|Invalid", message)


WHOLE = ["name", "source", "execution", "execution.reason", "profiles", "attainment", "attainment.lower",
         "attainment.over", "judgement", "satisfaction", "caps", "grades"]  # fmt: skip


def without(text, key):
    """The text of a rule file without a section (its subsections go too) or a key at the top."""
    kept, section = [], ""
    for line in text.splitlines():
        section = line.strip("[]") if line.startswith("[") else section
        if not f"{section}.".startswith(f"{key}.") and not (section == "" and line.startswith(f"{key} =")):
            kept.append(line)
    return "\n".join(kept)


def message_of(caught, tmp_path):
    """What the user reads, but for the folder of the test, which holds English words."""
    return str(caught.value).replace(str(tmp_path), "")


@pytest.mark.parametrize("key", WHOLE)
def test_what_a_file_of_its_own_lacks_is_named(tmp_path, key):
    text = (FOLDER / "财政部.toml").read_text(encoding="utf-8")
    assert load_rules(file(tmp_path, text, "whole.toml")).digest == load_rules("财政部").digest
    with pytest.raises(RuleError) as caught:
        load_rules(file(tmp_path, without(text, key)))
    assert re.search(rf"[ \[]{re.escape(key)}[\] ]", message_of(caught, tmp_path))


@pytest.mark.parametrize("key", WHOLE[2:])
def test_a_section_without_its_source_is_named(tmp_path, key):
    text = (FOLDER / "财政部.toml").read_text(encoding="utf-8")
    head, tail = text.split(f"[{key}]\n")
    with pytest.raises(RuleError, match=re.escape(f"[{key}]") + ".*source"):
        load_rules(file(tmp_path, f"{head}[{key}]\n{tail.split(chr(10), 1)[1]}"))


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_a_file_that_is_not_utf8(tmp_path, encoding):
    with pytest.raises(RuleError, match=r"规则\.toml.*UTF-8"):
        load_rules(file(tmp_path, 'extends = "财政部"\n'.encode(encoding)))


@pytest.mark.parametrize("name", ["不存在", "不存在.toml", "", "../财政部"])
def test_a_name_that_is_none_gets_the_names_that_are(name):
    with pytest.raises(RuleError) as caught:
        load_rules(name)
    assert f"“{name}”" in str(caught.value)
    assert all(shipped in str(caught.value) for shipped in SHIPPED)


def test_a_folder_is_no_rule_set(tmp_path):
    with pytest.raises(RuleError, match="没有找到"):
        load_rules(tmp_path)


def test_extends_must_name_a_rule_set(tmp_path):
    with pytest.raises(RuleError, match=r"没有找到.*“广东”"):
        load_rules(file(tmp_path, 'extends = "广东"\n'))


def test_extends_must_not_come_back_to_itself(tmp_path):
    first, second = tmp_path / "甲.toml", tmp_path / "乙.toml"
    file(tmp_path, f"extends = '{second}'\n", "甲.toml")
    file(tmp_path, f"extends = '{first}'\n", "乙.toml")
    myself = tmp_path / "丙.toml"
    file(tmp_path, f"extends = '{myself}'\n", "丙.toml")
    for path in (first, second, myself):
        with pytest.raises(RuleError, match="extends"):
            load_rules(path)


@pytest.mark.parametrize("rules", ["不存在", "[execution]\nweight = 101\n", "[profiles]\noptions = 5\n"])
def test_from_python_a_rule_set_that_cannot_be_used_is_a_wrong_call(tmp_path, rules):
    given = rules if "\n" not in rules else str(file(tmp_path, 'extends = "财政部"\n' + rules))
    with pytest.raises(perf_excel.PerfExcelError) as caught:
        perf_excel.check(write(tmp_path / "a.xlsx"), rules=given)
    assert CHINESE.search(str(caught.value))


# ---------------------------------------------------------------- an office's own file, from end to end

COUNTY = """
extends = "四川"
name = "渠县"
title = "渠县2024年度项目支出绩效自评规则"
source = "渠财绩〔2025〕5号"

[execution]
source = "渠财绩〔2025〕5号第四条"
weight = 20

[execution.reason]
source = "渠财绩〔2025〕5号第四条"
below = 0.95

[attainment.lower]
source = "渠财绩〔2025〕5号第六条"
variant = "ratio"

[attainment.over]
source = "渠财绩〔2025〕5号第七条"
above = 1.5
below = 0.5
deduction = 2

[satisfaction]
source = "渠财绩〔2025〕5号第八条"
bands = [{from = 90, share = 100}, {from = 80, share = 80}, {from = 60, share = 50}]

[caps]
source = "渠财绩〔2025〕5号第九条"
bands = [{below = 0.7, most = 79}, {below = 0.8, most = 89}]

[judgement]
source = "渠财绩〔2025〕5号第五条"

[[judgement.bands]]
grade = "达成"
from = 80
to = 100

[[judgement.bands]]
grade = "部分达成"
from = 50
to = 80

[[judgement.bands]]
grade = "未达成"
from = 0
to = 50
"""


def county(tmp_path, executed, **more):
    targets, actuals = rows_of(
        [
            ("产出指标", "数量指标", "≥", "10", "个", 10, "15"),  # 150 %: 10 − 2
            ("产出指标", "时效指标", "≤", "30", "天", 20, "40"),  # ratio: 30×20÷40
            ("产出指标", "质量指标", "≥", "95", "%", 10, "57"),  # a rate, but no satisfaction: 57×10÷95
            ("效益指标", "社会效益指标", "定性", "明显改善", None, 30, "有所改善"),  # 部分达成, 55 %
            ("满意度指标", "服务对象满意度指标", "≥", "95", "%", 10, "85"),  # 80 % of 10
        ]
    )
    actuals[3] |= {"grade": "部分达成", "ratio": 55}
    fund = {"project_no": 1, "source": "财政拨款", "initial": 100, "budget": 100, "executed": executed}
    sheets = {"projects": [PROJECT], "funds": [fund], "indicators": targets, "actuals": actuals}
    rules = file(tmp_path, COUNTY, "渠县 评分规则.toml")
    return perf_excel.check(write(tmp_path / "a.xlsx", sheets, more), rules=str(rules))


def test_an_office_scores_by_its_own_file(tmp_path):
    result = county(tmp_path, 90)
    score = result.data["projects"][0]["form_score"]
    assert result.data["workbooks"][0]["rules"] == "渠县"
    assert score["execution"] == 18
    assert score["indicators"] == {"ZB001": 8, "ZB002": 15, "ZB003": 6, "ZB004": 16.5, "ZB005": 8}
    assert (score["total"], score["grade"], score["adjustments"]) == (71.5, "中", {})


def test_an_office_caps_by_its_own_file(tmp_path):
    rows = [(*row[:5], row[5] * 80 / 90, row[6]) for row in ROWS]
    targets, actuals = rows_of(
        [(*row[:5], weight, row[6]) for row, weight in zip(rows, (20, 20, 10, 20, 10), strict=True)]
    )
    fund = {"project_no": 1, "source": "财政拨款", "initial": 100, "budget": 100, "executed": 69}
    sheets = {"projects": [PROJECT], "funds": [fund], "indicators": targets, "actuals": actuals}
    rules = file(tmp_path, COUNTY)
    score = perf_excel.check(write(tmp_path / "a.xlsx", sheets), rules=str(rules)).data["projects"][0]["form_score"]
    assert (score["total"], score["grade"], score["adjustments"]) == (79, "中", {"封顶": -14.8})  # 13.8 + 80


def test_the_office_asks_for_its_own_reasons(tmp_path):
    def blank(executed):
        return [f["code"] for f in county(tmp_path, executed).data["findings"] if f["code"] in ("A01", "B03")]

    assert blank(94.99) == ["B03"]  # 95 % of its own; 80 points for indicators are right
    assert blank(95) == []


@pytest.mark.parametrize(
    ("in_workbook", "given", "expected"),
    [(None, None, "财政部"), ("四川", None, "四川"), ("四川", "财政部", "财政部"), (None, "四川", "四川")],
)
def test_the_call_stands_over_the_workbook_over_the_default(tmp_path, in_workbook, given, expected):
    path = write(tmp_path / "a.xlsx", settings={"rules": in_workbook} if in_workbook else {})
    assert perf_excel.check(path, rules=given).data["workbooks"][0]["rules"] == expected
