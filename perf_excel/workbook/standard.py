"""The standard workbook, declared once (contract §1).

The blank template, the reader, the column checks, the guide and the documentation derive from this module; no sheet
or column title stands anywhere else. A new column is one line here.
"""

from __future__ import annotations

from decimal import Decimal

from perf_excel.kinds import (
    Choice,
    Day,
    Figure,
    IndicatorNo,
    Kind,
    Money,
    Nature,
    ProjectNo,
    Prose,
    Rate,
    Value,
    Year,
)
from perf_excel.workbook.types import Column, Gaps, Required, Sheet, Stage

#: What the hidden sheet says, so that the program knows its own workbooks, older ones too.
WORKBOOK_KIND = "perf-excel/项目支出绩效自评"
WORKBOOK_VERSION = 1
META_SHEET = "版本"
LISTS_SHEET = "选项"
GUIDE_SHEET = "填报说明"

TITLE_ROW = 2
FIRST_ROW = 3

DEFAULT_RULES = "财政部"
CANCELLED = "取消"
TOTAL_SOURCE = "年度资金总额"

RULE_SETS = ("财政部", "四川")
FORM_SPECIAL, FORM_DEPARTMENT, FORM_CENTRAL, FORM_TRANSFER, FORM_REVIEW = FORMS = (
    "专项预算",
    "部门预算",
    "中央",
    "转移支付",
    "复核",
)
STAGES = tuple(stage.value for stage in (Stage.SELF_EVALUATION, Stage.TARGETS))
DEFAULT_FORM = FORM_SPECIAL
MONEY_UNITS = ("万元", "元")
PROJECT_TYPES = ("行政运转", "民生保障", "产业发展", "基础设施", "其他")
ALLOCATIONS = ("因素法", "项目法", "据实据效", "因素法与项目法相结合")
#: 资金来源, in the order of the forms. 年度资金总额 is a figure to compare, never summed.
SOURCES = (
    "财政拨款",
    "上年结转资金",
    "中央补助资金",
    "地方资金",
    "财政专户管理资金",
    "单位资金",
    "其他资金",
    TOTAL_SOURCE,
)
OUTPUT, BENEFIT, SATISFACTION, COST = "产出指标", "效益指标", "满意度指标", "成本指标"
QUANTITY, TIMELINESS = "数量指标", "时效指标"
#: 一级指标 in the order of form 专项预算, each with its 二级指标 (财预〔2021〕101号; 成本指标 in both places).
LEVELS: dict[str, tuple[str, ...]] = {
    OUTPUT: (QUANTITY, "质量指标", TIMELINESS, COST),
    BENEFIT: ("经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标"),
    SATISFACTION: (SATISFACTION, "服务对象满意度指标"),
    COST: ("经济成本指标", "社会成本指标", "生态环境成本指标"),
}
SECOND_LEVELS = tuple(dict.fromkeys(name for names in LEVELS.values() for name in names))
GRADES_OF_COMPLETION = ("达成", "部分达成", "未达成")
GRADES = ("优", "良", "中", "差")
CATEGORIES = ("通用指标", "专用指标", "个性指标")
CHAPTER_CONCLUSION, CHAPTER_PROBLEMS, CHAPTER_SUGGESTIONS = "评价结论", "存在主要问题", "改进建议"
CHAPTERS = (
    "设立背景及基本情况",
    "实施目的及支持方向",
    "预算安排及分配管理",
    "项目绩效目标设置",
    "评价目的",
    "预设问题及评价重点",
    "评价方法",
    "评价组织",
    CHAPTER_CONCLUSION,
    CHAPTER_PROBLEMS,
    CHAPTER_SUGGESTIONS,
)
#: 打分表 rows that the template prints for each of the first projects: 通用指标 whole, lines to choose for the others.
SCORECARD_PROJECTS = 10
SCORECARD_OPEN_LINES = {"专用指标": 3, "个性指标": 3}

_TEXT = Kind()
_MONEY = Money()
_SCORE = Figure(takes="分数", unit="分")
#: A score whose bound stands in another column: the indicator's weight, the criterion's full marks.
_BOUND_SCORE = Figure(takes="分数", unit="分", named_by=("A05",))
_NAME = Kind(takes="文字", align="left")
_LEVEL1 = Choice(
    list_name="一级指标",
    options=tuple(LEVELS),
    spellings={
        "产出": OUTPUT,
        "效益": BENEFIT,
        "满意度": SATISFACTION,
        "成本": COST,
        "服务对象满意度指标": SATISFACTION,
    },
)
_LEVEL2 = Choice(
    list_name="二级指标",
    options=SECOND_LEVELS,
    spellings={name.removesuffix("指标"): name for name in SECOND_LEVELS},
    other="C03",
    source='INDIRECT("二级_"&IF({level1}="","全部",{level1}))',
)
_LATER = Stage.SELF_EVALUATION
_PROJECT_NO = Column(
    "project_no",
    "项目序号",
    ProjectNo(),
    "填项目信息表里该项目的序号。",
    "1",
    9,
    Required.ALWAYS,
    blank_code="S11",
)


def _long(limit: int = 0) -> Prose:
    return Prose(takes=f"文字，{limit}字以内" if limit else "文字", limit=limit)


SETTINGS: tuple[Column, ...] = (
    Column(
        "unit_name",
        "单位名称",
        _TEXT,
        "填报单位的全称，与公章一致。",
        "某县安全生产事务中心",
        40,
        Required.ALWAYS,
    ),
    Column("department", "主管部门", _TEXT, "没有主管部门的可以不填。", "某县应急管理局"),
    Column(
        "year",
        "预算年度",
        Year(),
        "钱是哪一年的就填哪一年：2025年做的自评填2024。",
        "2024",
        required=Required.ALWAYS,
    ),
    Column(
        "stage",
        "填报阶段",
        Choice(list_name="填报阶段", options=STAGES),
        "年初填目标选目标申报，年终选绩效自评；不填按绩效自评。",
        "绩效自评",
    ),
    Column(
        "money_unit",
        "金额单位",
        Choice(list_name="金额单位", options=MONEY_UNITS),
        "项目资金表里金额的单位；不填按万元。",
        "万元",
    ),
    Column(
        "rules",
        "评分规则",
        Choice(list_name="评分规则", options=RULE_SETS),
        "不填按财政部规则；选四川得分一样，依据写本省的统一报表。",
        "财政部",
    ),
    Column(
        "form",
        "自评表样式",
        Choice(list_name="自评表样式", options=FORMS),
        "不填按专项预算项目自评表。",
        "专项预算",
    ),
    Column("head", "单位负责人", _TEXT, "姓名。", "张某"),
    Column("finance_head", "财务负责人", _TEXT, "姓名。", "李某"),
    Column("filler", "填表人", _TEXT, "姓名。", "王某"),
    Column("phone", "联系电话", _TEXT, "填表人的电话。", "0818-1234567"),
    Column("date", "填报日期", Day(), "填报当天的日期。", "2025-03-20"),
)
#: A setting that the template does not print: whoever needs it adds a line below the others, or several.
EXCEPTIONS = Column(
    "exceptions",
    "例外",
    _TEXT,
    "确有理由、不用改的建议，写项目序号、问题编号和理由，一行写一条；必须修改的问题不能列。",
    "1 D09 本项目的服务对象就是上级部门",
)

SETTINGS_SHEET = Sheet(
    "settings",
    "参数",
    "每行一项设置，只填“取值”这一列。黄色的必须填。",
    (
        Column("name", "参数", _TEXT, width=16, preprinted=True),
        Column("value", "取值", _TEXT, width=44),
    ),
    room=len(SETTINGS),
)

PROJECTS = Sheet(
    "projects",
    "项目信息",
    "一行填一个项目。序号已印好，其他表用它认项目。标题黄色的列必须填；确实没有的内容写“无”或“不适用”。",
    (
        Column("project_no", "项目序号", ProjectNo(), "已印好，不要改动。", "1", 9, preprinted=True),
        Column(
            "code",
            "项目编码",
            _TEXT,
            "预算管理一体化系统里的21位编码，整串粘贴，不要手打。",
            "51172524T000011043675",
            25,
            Required.ALWAYS,
            exact=True,
        ),
        Column("name", "项目名称", _NAME, "与预算批复一致。", "2024年煤炭资源整合经费", 30, Required.ALWAYS),
        Column("unit", "预算单位", _NAME, "不填就是参数表里的单位名称。", "某县安全生产事务中心", 24),
        Column("department", "主管部门", _NAME, "不填就是参数表里的主管部门。", "某县应急管理局", 20),
        Column(
            "project_type",
            "项目类型",
            Choice(list_name="项目类型", options=PROJECT_TYPES, other="C03"),
            "从下拉框中选。",
            "行政运转",
            12,
            Required.ALWAYS,
        ),
        Column("period", "项目起止年限", _TEXT, "只做一年的写当年。", "2024年度", 14),
        Column("plan", "中长期规划", _TEXT, "规划的名称和文号，常年项目才填。", "不适用", 20),
        Column("fund_rules", "资金管理办法", _TEXT, "办法的名称和文号；没有写“无”。", "无", 20),
        Column(
            "allocation",
            "绩效分配方式",
            _TEXT,
            f"可以填：{'、'.join(ALLOCATIONS)}；不止一种的用顿号隔开。",
            "项目法、据实据效",
            18,
        ),
        Column("basis", "立项依据", _TEXT, "文件的名称和文号。", "无", 24),
        Column("scope", "使用范围", _TEXT, "这笔钱可以用在哪些方面。", "监测监控中心网络和设备的运行维护", 24),
        Column("conditions", "申报（补助）条件", _TEXT, "不需要申报的写“不适用”。", "不适用", 20),
        Column(
            "goal",
            "年度目标",
            _long(),
            "批复的年度总体目标，照抄。",
            "完成5家煤矿的复工复产验收",
            36,
            Required.ALWAYS,
        ),
        Column(
            "goal_result",
            "年度目标完成情况",
            _long(100),
            "对照年度目标写做成了什么，写出数量，100字以内。",
            "5家煤矿全部通过复工复产验收",
            36,
            Required.WITH_FORM,
            stage=_LATER,
            forms=(FORM_DEPARTMENT, FORM_CENTRAL, FORM_TRANSFER),
        ),
        Column(
            "process",
            "项目实施内容及过程概述",
            _long(),
            "按时间顺序写做了哪些事。",
            "3月签订合同，6月完成验收",
            36,
            stage=_LATER,
        ),
        Column(
            "declared_form",
            "自评总分（自评表）",
            _SCORE,
            "单位自己算的自评表总分，可以不填，程序会算出来对照。",
            "98.50",
            12,
            stage=_LATER,
        ),
        Column(
            "declared_scorecard",
            "自评总分（指标体系）",
            _SCORE,
            "单位自己算的百分制打分总分，程序会算出来对照。",
            "93",
            12,
            stage=_LATER,
        ),
        Column(
            "declared_grade",
            "自评等级",
            Choice(list_name="自评等级", options=GRADES),
            "优、良、中、差，可以不填。",
            "优",
            10,
            stage=_LATER,
        ),
        Column(
            "conclusion",
            "评价结论",
            _long(200),
            "得多少分、成效如何，200字以内。",
            "项目自评得分98.50分，等级为优",
            36,
            stage=_LATER,
        ),
        Column(
            "problems",
            "存在问题",
            _long(200),
            "写具体问题，200字以内。",
            "上半年执行进度偏慢",
            36,
            Required.WITH_FORM,
            stage=_LATER,
            forms=(FORM_DEPARTMENT,),
        ),
        Column(
            "improvements",
            "改进措施",
            _long(200),
            "一个问题对一条措施，200字以内。",
            "按季度编制用款计划",
            36,
            Required.WITH_FORM,
            stage=_LATER,
            forms=(FORM_DEPARTMENT,),
        ),
        Column("leader", "项目负责人", _TEXT, "姓名。", "赵某", 12, stage=_LATER),
        Column(
            "exempt_reason",
            "不纳入自评原因",
            _TEXT,
            "只有不用自评的项目才填，填了就不再检查这个项目。",
            "年中已取消，资金全部收回",
            24,
        ),
    ),
    room=50,
    frozen=3,
)

FUNDS = Sheet(
    "funds",
    "项目资金",
    "一行填一个项目的一种资金来源。全年预算数是调整以后的数。金额只填数字，单位在参数表里选。",
    (
        _PROJECT_NO,
        Column(
            "source",
            "资金来源",
            Choice(
                list_name="资金来源",
                options=SOURCES,
                spellings={
                    "上年结转": "上年结转资金",
                    "中央补助": "中央补助资金",
                    "中央资金": "中央补助资金",
                    "地方": "地方资金",
                    "财政专户资金": "财政专户管理资金",
                    "专户资金": "财政专户管理资金",
                    "自有资金": "单位资金",
                    "单位自有资金": "单位资金",
                    "其他": "其他资金",
                },
            ),
            "从下拉框中选；年度资金总额只用来核对。",
            "财政拨款",
            18,
            Required.ALWAYS,
        ),
        Column("document", "下达文号", _TEXT, "下达资金的文件号，年份用六角括号。", "某财预〔2024〕5号", 22),
        Column("initial", "年初预算数", _MONEY, "年初批复的数。", "17.28", 13),
        Column(
            "budget",
            "全年预算数",
            _MONEY,
            "年中调整以后的数；没有调整就等于年初预算数。",
            "17.28",
            13,
            Required.ALWAYS,
        ),
        Column("allocated", "财政拨付数", _MONEY, "财政已经拨付的数。", "17.28", 13, stage=_LATER),
        Column("received", "实际到位数", _MONEY, "单位实际收到的数。", "17.28", 13, stage=_LATER),
        Column(
            "executed",
            "全年执行数",
            _MONEY,
            "到年底实际支出的数。",
            "17.28",
            13,
            Required.ALWAYS,
            stage=_LATER,
        ),
        Column(
            "typed_rate",
            "自评执行率",
            Rate(),
            "可以不填，程序会算：全年执行数÷全年预算数。",
            "100.00%",
            12,
            stage=_LATER,
        ),
        Column("typed_score", "自评执行得分", _SCORE, "可以不填，程序会算。", "10", 12, stage=_LATER),
        Column(
            "low_reason",
            "执行率未达标原因",
            _long(100),
            "执行率偏低时必须写，100字以内。",
            "年底合同尾款未到支付期",
            30,
            Required.LOW_EXECUTION,
            "B03",
            _LATER,
        ),
        Column(
            "adjust_reason",
            "预算调整理由",
            _long(100),
            "全年预算数与年初预算数不同时写。",
            "年中按某财预〔2024〕20号追加",
            30,
        ),
    ),
    room=200,
    identity=("project_no", "source"),
)

INDICATORS = Sheet(
    "indicators",
    "绩效指标",
    "一行填一个三级指标，照批复的绩效目标填。编号已印好，完成情况表靠它对应，不要改动；用不到的行不用管。",
    (
        Column(
            "indicator_no",
            "指标编号",
            IndicatorNo(),
            "已印好，不要改动。",
            "ZB001",
            11,
            preprinted=True,
            blank_code="S11",
        ),
        _PROJECT_NO,
        Column("level1", "一级指标", _LEVEL1, "从下拉框中选。", OUTPUT, 12, Required.ALWAYS),
        Column("level2", "二级指标", _LEVEL2, "先选一级指标，再从下拉框中选。", QUANTITY, 16, Required.ALWAYS),
        Column("level3", "三级指标", _NAME, "指标的名称。", "监控煤矿数量", 32, Required.ALWAYS),
        Column("nature", "指标性质", Nature(), "＝ ≥ ≤ ＞ ＜ 或定性，从下拉框中选。", "＝", 10, Required.ALWAYS),
        Column(
            "target",
            "指标值",
            Value(),
            "定量的只填数字，单位填在度量单位列；定性的填文字。",
            "5",
            14,
            Required.ALWAYS,
            exact=True,
        ),
        Column(
            "unit",
            "度量单位",
            Kind(align="center"),
            "个、家、%、万元等；定性指标不填。",
            "家",
            11,
            Required.UNLESS_QUALITATIVE,
            "C06",
        ),
        Column(
            "weight",
            "权重",
            Figure(takes="分数", unit="分", low=Decimal("0.01"), named_by=("A01", "A04")),
            "一个项目的指标权重合计为90，另外10分是预算执行率。",
            "20",
            9,
            Required.ALWAYS,
            "A04",
        ),
        Column(
            "new_target",
            "调整后指标值",
            Value(),
            f"批准调整过的填新指标值；批准不做的填“{CANCELLED}”。",
            "4",
            14,
            exact=True,
        ),
        Column(
            "new_basis",
            "调整依据",
            _TEXT,
            "批准调整的文件名称和文号。",
            "某财绩〔2024〕18号",
            24,
            Required.WITH_NEW_TARGET,
            "S05.basis",
        ),
    ),
    room=500,
)

ACTUALS = Sheet(
    "actuals",
    "完成情况",
    "按指标编号填年终完成情况。灰色的列自动显示，只供查看。排序、插行、删行都不影响对应。",
    (
        Column(
            "indicator_no",
            "指标编号",
            IndicatorNo(),
            "已印好，不要改动。",
            "ZB001",
            11,
            preprinted=True,
            blank_code="S11",
        ),
        Column("project_name", "项目名称", _NAME, width=24, lookup="project_no>name"),
        Column("level3", "三级指标", _NAME, width=28, lookup="level3"),
        Column("nature", "指标性质", _NAME, width=9, lookup="nature"),
        Column("target", "指标值", Value(), width=12, lookup="new_target|target"),
        Column(
            "actual",
            "实际完成值",
            Value(),
            "定量的只填数字；定性的写完成的程度。",
            "5",
            14,
            Required.ALWAYS,
            "B01",
            exact=True,
        ),
        Column(
            "grade",
            "完成档次",
            Choice(list_name="完成档次", options=GRADES_OF_COMPLETION),
            "定性指标、没按期完成的时效指标要选。",
            "达成",
            11,
        ),
        Column(
            "ratio",
            "得分比例（%）",
            Figure(takes="0到100的数", unit="%"),
            "填90，不要填0.9。达成80到100，部分达成60到80以下，未达成60以下。",
            "90",
            12,
        ),
        Column("deduction", "扣减分值", _BOUND_SCORE, "另外要扣的分，写正数；要在偏差原因里说明。", "2", 10),
        Column("typed_score", "自评得分", _BOUND_SCORE, "可以不填，程序会算出来对照。", "20", 10),
        Column(
            "reason",
            "偏差原因分析及改进措施",
            _long(),
            "没得满分或者大幅超额的必须写，写“无”不算。",
            "两家煤矿停产整顿，未开展监控",
            36,
            Required.OFF_TARGET,
            "B02",
        ),
        Column("evidence", "佐证材料", _TEXT, "能证明完成值的材料名称；满意度写调查时间和份数。", "验收表5份", 28),
    ),
    room=500,
    stage=_LATER,
    gaps=Gaps.KEYLESS,
)

SCORECARD = Sheet(
    "scorecard",
    "评价打分",
    "按百分制指标体系给每个项目打分。前10个项目的通用指标已印好；不用这套指标体系打分的，整张表留空。",
    (
        Column(
            "project_no",
            "项目序号",
            ProjectNo(),
            "填项目信息表里该项目的序号。",
            "1",
            9,
            Required.ALWAYS,
            "S11",
            preprinted=True,
        ),
        Column(
            "category",
            "指标类别",
            Choice(list_name="指标类别", options=CATEGORIES),
            "从下拉框中选。",
            "通用指标",
            12,
            Required.ALWAYS,
            preprinted=True,
        ),
        Column("level1", "一级指标", _NAME, "专用指标、个性指标可以不填。", "项目决策", 14),
        Column(
            "level2",
            "二级指标",
            _NAME,
            "专用指标从指标体系表里选，个性指标自己定。",
            "决策程序",
            20,
            Required.ALWAYS,
        ),
        Column("full_marks", "分值", _SCORE, "这一项的满分。", "6", 9, Required.ALWAYS),
        Column("awarded", "得分", _BOUND_SCORE, "不能高于分值。", "6", 9, Required.ALWAYS),
        Column("evidence", "评分依据", _long(), "凭什么给这个分。", "有集体决策会议纪要", 40),
        Column(
            "reason",
            "扣分原因",
            _long(),
            "得分低于分值的必须写清为什么扣、扣几分。",
            "未单独制定管理办法，扣2分",
            40,
            Required.BELOW_FULL_MARKS,
            "E01",
        ),
    ),
    room=160,
    stage=_LATER,
    gaps=Gaps.NEVER,
    identity=("project_no", "category", "level2"),
)

PASSAGES = Sheet(
    "passages",
    "报告内容",
    "写绩效评价报告要用的文字，一行填一个项目的一个章节。",
    (
        _PROJECT_NO,
        Column(
            "chapter",
            "章节",
            Choice(list_name="章节", options=CHAPTERS),
            "从下拉框中选。",
            "评价目的",
            22,
            Required.ALWAYS,
        ),
        Column("text", "内容", _long(), "这一节的正文。", "了解资金使用的效果，为下年预算安排提供参考。", 90),
    ),
    room=200,
    stage=_LATER,
    identity=("project_no", "chapter"),
)

CRITERIA = Sheet(
    "criteria",
    "指标体系",
    "打分用的指标体系，供参考。本地财政局另有规定的，可以在这里改。",
    (
        Column("category", "指标类别", Choice(list_name="指标类别", options=CATEGORIES), width=12),
        Column("project_types", "适用项目类型", _NAME, width=14),
        Column("level1", "一级指标", _NAME, width=14),
        Column("level2", "二级指标", _NAME, width=20),
        Column("full_marks", "分值", _SCORE, width=9),
        Column("points", "评价要点", _long(), width=80),
    ),
    room=60,
    gaps=Gaps.NEVER,
    identity=("category", "project_types", "level2"),
)

#: The sheets that hold rows, in the order of the template.
TABLE_SHEETS = (PROJECTS, FUNDS, INDICATORS, ACTUALS, SCORECARD, PASSAGES, CRITERIA)
SHEETS = (SETTINGS_SHEET, *TABLE_SHEETS)
SHEET_BY_KEY = {sheet.key: sheet for sheet in SHEETS}
SETTING_BY_KEY = {setting.key: setting for setting in SETTINGS}
