"""Number sense from end to end: what clerks type into 指标值 and 实际完成值, what it is read as, and what they are told.

Every spelling has one reading, and is told where it is not simply what was typed; or it is asked about. Many are taken
from published tables, the others from what people type into such forms.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import range_boundaries
from workbooks import cell_of, clean_rows, evaluate, findings_of, write

from perf_excel.findings import Finding
from perf_excel.kinds import as_text
from perf_excel.measures import Measure
from perf_excel.numbers import plain, says_nothing
from perf_excel.text import shorten
from perf_excel.workbook import standard

#: What is said at the cell: nothing, how it was read, or what must be mended.
SILENT, SAID = None, ("C03", "可优化")
ASKED, NO_FIGURE = ("C03", "必须修改"), ("C01", "必须修改")
TARGET_WORDS, CONFLICT, BLANK = ("C02", "必须修改"), ("C05", "必须修改"), ("B01", "必须修改")
NO_TARGET, BY_HAND = ("S05", "必须修改"), ("S05", "必须修改")

NBSP, ZERO_WIDTH, WIDE = "\u00a0", "\u200b", "\u3000"
COUNT, QUALITY, TIME, COST = "数量指标", "质量指标", "时效指标", "成本指标"
LEVEL1 = {name: level for level, names in reversed(standard.LEVELS.items()) for name in names}


class Row(NamedTuple):
    """A row as typed into 绩效指标 and 完成情况."""

    level2: str
    nature: str | None
    target: Any
    unit: str | None
    actual: Any


#: typed as 实际完成值 under (二级指标, 指标性质, 指标值, 度量单位) -> the figure (None: none), what is said, and its words
COUNTED, RATE, MONEY = (COUNT, "≥", "5", "家"), (QUALITY, "≥", "95", "%"), (COST, "≤", "20", "万元")
PAY, TIMES, DAYS = (COST, "≤", "2000", "元/人·月"), (COUNT, "≥", "2", "次"), (TIME, "≤", "30", "天")
ACTUALS: list[tuple[tuple[str, str, str, str | None], Any, str | None, tuple[str, str] | None, str]] = [
    # plain figures, in every width
    (COUNTED, "5", "5", SILENT, ""),
    (COUNTED, 5, "5", SILENT, ""),
    (COUNTED, 5.0, "5", SILENT, ""),
    (COUNTED, "0", "0", SILENT, ""),
    (COUNTED, "-5", "-5", SILENT, ""),
    (COUNTED, "５", "5", SAID, "按“5”读取"),
    (COUNTED, "005", "5", SAID, "按“5”读取"),
    (COUNTED, "+5", "5", SAID, "按“5”读取"),
    (COUNTED, "5.", "5", SAID, "按“5”读取"),
    (COUNTED, "5.00", "5", SAID, "按“5”读取"),
    (COUNTED, "5；", "5", SAID, "按“5”读取"),
    (COUNTED, "1,234", "1234", SAID, "按“1234”读取"),
    (COUNTED, "1，234", "1234", SAID, "按“1234”读取"),
    (COUNTED, "1 234", "1234", SAID, "按“1234”读取"),
    (COUNTED, "１，２３４", "1234", SAID, "按“1234”读取"),
    (COUNTED, "1,234.5", "1234.5", SAID, "按“1234.5”读取"),
    (RATE, "100.00 ", "100", SAID, "按“100”读取"),
    # what cannot be seen
    (RATE, f"{NBSP}98", "98", SAID, "按“98（去掉了空格等看不见的字符）”读取"),
    (RATE, f"98{ZERO_WIDTH}.5", "98.5", SAID, "按“98.5”读取"),
    (RATE, f"{WIDE}98{WIDE}", "98", SAID, "按“98（去掉了空格等看不见的字符）”读取"),
    (RATE, "98\n", "98", SAID, "按“98（去掉了空格等看不见的字符）”读取"),
    (RATE, "98\n%", "98", SAID, "按“98”读取"),
    # the unit behind the figure
    (COUNTED, "5家", "5", SAID, "按“5”读取"),
    (COUNTED, "5 家", "5", SAID, "按“5”读取"),
    (COUNTED, "5（家）", "5", SAID, "按“5”读取"),
    (RATE, "95％", "95", SAID, "按“95”读取"),
    (RATE, "95 %", "95", SAID, "按“95”读取"),
    (RATE, "98.70%", "98.7", SAID, "按“98.7”读取"),
    (RATE, "１００％", "100", SAID, "按“100”读取"),
    (RATE, "100百分比", "100", SAID, "按“100”读取"),
    (RATE, "百分之95", "95", SAID, "按“95”读取"),
    (RATE, "115.25%", "115.25", SAID, "按“115.25”读取"),
    (TIMES, "2次", "2", SAID, "按“2”读取"),
    (DAYS, "28日", "28", SAID, "按“28”读取"),
    ((COUNT, "≥", "735", "人次"), "735人次", "735", SAID, "按“735”读取"),
    ((COUNT, "≥", "100", "人"), "120名", "120", SAID, "按“120”读取"),
    ((COUNT, "≥", "100", "平方米"), "120㎡", "120", SAID, "按“120”读取"),
    ((COUNT, "≥", "2", "次/年"), "2次/年", "2", SAID, "按“2”读取"),
    (PAY, "1500元/人·月", "1500", SAID, "按“1500”读取"),
    (PAY, "1500元/人.月", "1500", SAID, "按“1500”读取"),
    (PAY, "1500元/人/月", "1500", SAID, "按“1500”读取"),
    (PAY, "1500元每人每月", "1500", SAID, "按“1500”读取"),
    # words around it that change nothing
    (COUNTED, "共5家", "5", SAID, "按“5”读取"),
    (COUNTED, "完成5家", "5", SAID, "按“5”读取"),
    (COUNTED, "已完成5家", "5", SAID, "按“5”读取"),
    (RATE, "100%完成", "100", SAID, "按“100”读取"),
    (RATE, "完成100%", "100", SAID, "按“100”读取"),
    (RATE, "达到98%", "98", SAID, "按“98”读取"),
    (RATE, "达98%", "98", SAID, "按“98”读取"),
    (RATE, "100%（含）", "100", SAID, "按“100”读取"),
    # money
    (MONEY, "17.28", "17.28", SILENT, ""),
    (MONEY, 17.28, "17.28", SILENT, ""),
    (MONEY, "１７.２８", "17.28", SAID, "按“17.28”读取"),
    (MONEY, "１７．２８", "17.28", SAID, "按“17.28”读取"),
    (MONEY, "17.28万", "17.28", SAID, "按“17.28”读取"),
    (MONEY, "17.28万元", "17.28", SAID, "按“17.28”读取"),
    (MONEY, "15万元。", "15", SAID, "按“15”读取"),
    (MONEY, "172800元", "17.28", SAID, "按“17.28”读取"),
    (MONEY, "172,800.00元", "17.28", SAID, "按“17.28”读取"),
    (MONEY, "￥172800元", "17.28", SAID, "按“17.28”读取"),
    (MONEY, "人民币17.28万元", "17.28", SAID, "按“17.28”读取"),
    (MONEY, "172800元整", "17.28", SAID, "按“17.28”读取"),
    (MONEY, "￥17.28", None, NO_FIGURE, "数字前后还写了别的内容"),
    (MONEY, "按合同10.5万元。", None, NO_FIGURE, "数字前后还写了别的内容"),
    ((COST, "≤", "20", None), "17.28万元", None, NO_FIGURE, "度量单位没有填"),
    # a share or a percentage
    (RATE, "0.95", None, ASKED, "可能是0.95%，也可能是95%"),
    (RATE, 0.95, None, ASKED, "可能是0.95%，也可能是95%"),
    (RATE, "1", None, ASKED, "可能是1%，也可能是100%"),
    (RATE, "0.95%", "0.95", SAID, "按“0.95”读取"),
    # the target's words
    (COUNTED, "≥5家", None, TARGET_WORDS, "看不出实际完成多少"),
    (COUNTED, "5家以上", None, TARGET_WORDS, "看不出实际完成多少"),
    (COUNTED, "不少于5", None, TARGET_WORDS, "看不出实际完成多少"),
    (COUNTED, "＜5", None, TARGET_WORDS, "看不出实际完成多少"),
    (RATE, "98%以上", None, TARGET_WORDS, "看不出实际完成多少"),
    (RATE, ">=95 %", None, TARGET_WORDS, "看不出实际完成多少"),
    (RATE, "≥95%（含）", None, TARGET_WORDS, "看不出实际完成多少"),
    ((TIME, "≤", "24", "小时"), "24小时内", None, TARGET_WORDS, "看不出实际完成多少"),
    # about so many
    (COUNTED, "约50", None, NO_FIGURE, "是约数"),
    (COUNTED, "50余家", None, NO_FIGURE, "是约数"),
    (COUNTED, "50多家", None, NO_FIGURE, "是约数"),
    (COUNTED, "50家左右", None, NO_FIGURE, "是约数"),
    (COUNTED, "近50", None, NO_FIGURE, "是约数"),
    (COUNTED, "50+", None, NO_FIGURE, "是约数"),
    (COUNTED, "50↑", None, NO_FIGURE, "是约数"),
    (COUNTED, "5？", None, NO_FIGURE, "是约数"),
    (COUNTED, "不足5家", None, NO_FIGURE, "是约数"),
    # more than one figure
    (RATE, "90-95", None, NO_FIGURE, "是一个范围"),
    (RATE, "95%-100%", None, NO_FIGURE, "是一个范围"),
    (RATE, "90%～95%", None, NO_FIGURE, "是一个范围"),
    (COUNTED, "12-31", None, NO_FIGURE, "是一个范围"),
    (COUNTED, "5/5", None, NO_FIGURE, "不止一个数"),
    (COUNTED, "3/4", None, NO_FIGURE, "不止一个数"),
    (COUNTED, "5:3", None, NO_FIGURE, "不止一个数"),
    (COUNTED, "1.2.3", None, NO_FIGURE, "不止一个数"),
    (COUNTED, "1。5", None, NO_FIGURE, "不止一个数"),
    (COUNTED, "5 6", None, NO_FIGURE, "不止一个数"),
    (COUNTED, "5、6", None, NO_FIGURE, "不止一个数"),
    (COUNTED, "2+3家", None, NO_FIGURE, "不止一个数"),
    (COUNTED, "5家（含新增1家）", None, NO_FIGURE, "不止一个数"),
    (COUNTED, "5①", None, NO_FIGURE, "不止一个数"),
    ((TIME, "≤", "24", "小时"), "7×24小时", None, NO_FIGURE, "不止一个数"),
    # letters, brackets, numerals
    (COUNTED, "1e3", None, NO_FIGURE, "夹着字母"),
    (COUNTED, "1.5E+05", None, NO_FIGURE, "夹着字母"),
    (COUNTED, "O.5", None, NO_FIGURE, "夹着字母"),
    (COUNTED, "l0", None, NO_FIGURE, "夹着字母"),
    (COUNTED, "1O", None, NO_FIGURE, "夹着字母"),
    (COUNTED, "(5)", None, NO_FIGURE, "还写了别的内容"),
    (COUNTED, "第5", None, NO_FIGURE, "还写了别的内容"),
    (COUNTED, "“5”", None, NO_FIGURE, "还写了别的内容"),
    (RATE, "辖区企业满意率达95%以上。", None, TARGET_WORDS, "看不出实际完成多少"),
    (RATE, "达标率95%", None, NO_FIGURE, "还写了别的内容"),
    (COUNTED, "十二", None, NO_FIGURE, "用汉字写的数"),
    (COUNTED, "五家", None, NO_FIGURE, "用汉字写的数"),
    (TIMES, "两次", None, NO_FIGURE, "用汉字写的数"),
    (RATE, "百分之九十五", None, NO_FIGURE, "用汉字写的数"),
    (RATE, "九十五%", None, NO_FIGURE, "用汉字写的数"),
    (RATE, "三分之二", None, NO_FIGURE, "用汉字写的数"),
    # another unit
    (COUNTED, "5家煤矿", None, NO_FIGURE, "度量单位是“家”"),
    (COUNTED, "2次", None, NO_FIGURE, "度量单位是“家”"),
    (TIMES, "5次/年", None, NO_FIGURE, "度量单位是“次”"),
    (PAY, "1500元", None, NO_FIGURE, "度量单位是“元/人·月”"),
    (DAYS, "1个月", None, NO_FIGURE, "度量单位是“天”"),
    (RATE, "5‰", None, NO_FIGURE, "度量单位是“%”"),
    (RATE, "5个百分点", None, NO_FIGURE, "度量单位是“%”"),
    # words
    (RATE, "达成预期指标", None, NO_FIGURE, "不是一个数"),
    (RATE, "基本达成", None, NO_FIGURE, "不是一个数"),
    (COUNTED, "已完成", None, NO_FIGURE, "不是一个数"),
    (COUNTED, "全部完成", None, NO_FIGURE, "不是一个数"),
    (COUNTED, "半数", None, NO_FIGURE, "不是一个数"),
    (COUNTED, "待定", None, NO_FIGURE, "不是一个数"),
    (COUNTED, "无", None, NO_FIGURE, "不是一个数"),
    (COUNTED, True, None, NO_FIGURE, "不是一个数"),
    (COUNTED, datetime(2024, 3, 4), None, NO_FIGURE, "是一个日期或时间"),
    (COUNTED, "1" * 16, None, NO_FIGURE, "位数太多"),
    # nothing
    (COUNTED, "—", None, BLANK, "没有填实际完成值"),
    (COUNTED, "/", None, BLANK, "没有填实际完成值"),
    (COUNTED, f"{WIDE}{NBSP}", None, BLANK, "没有填实际完成值"),
]

#: typed as 指标值 under (二级指标, 指标性质, 度量单位) -> the figure, nature and unit in force, what is said, and its words
OPEN = (COUNT, None, None)
TARGETS: list[tuple[tuple[str, str | None, str | None], Any, str | None, str, str, tuple[str, str] | None, str]] = [
    # the central form's joined style: split, and said
    (OPEN, "≥50个", "50", "≥", "个", SAID, "按“指标值50，指标性质≥，度量单位个”读取"),
    (OPEN, "≤90万元", "90", "≤", "万元", SAID, "按“指标值90，指标性质≤，度量单位万元”读取"),
    (OPEN, "=100%", "100", "＝", "%", SAID, "按“指标值100，指标性质＝，度量单位%”读取"),
    (OPEN, "═100%", "100", "＝", "%", SAID, "按“指标值100，指标性质＝，度量单位%”读取"),
    (OPEN, "≧735人次", "735", "≥", "人次", SAID, "按“指标值735，指标性质≥，度量单位人次”读取"),
    (OPEN, "≥100百分比", "100", "≥", "%", SAID, "按“指标值100，指标性质≥，度量单位%”读取"),
    (OPEN, "≥2倍", "2", "≥", "倍", SAID, "按“指标值2，指标性质≥，度量单位倍”读取"),
    (OPEN, ">=95 %", "95", "≥", "%", SAID, "按“指标值95，指标性质≥，度量单位%”读取"),
    (OPEN, "≥\n50 个", "50", "≥", "个", SAID, "按“指标值50，指标性质≥，度量单位个”读取"),
    (OPEN, "＜5", "5", "＜", "", SAID, "按“指标值5，指标性质＜”读取"),
    (OPEN, "98%以上", "98", "≥", "%", SAID, "按“指标值98，指标性质≥，度量单位%”读取"),
    (OPEN, "95%（含）以上", "95", "≥", "%", SAID, "按“指标值95，指标性质≥，度量单位%”读取"),
    (OPEN, "≥95%（含）", "95", "≥", "%", SAID, "按“指标值95，指标性质≥，度量单位%”读取"),
    (OPEN, "不少于12种", "12", "≥", "种", SAID, "按“指标值12，指标性质≥，度量单位种”读取"),
    (OPEN, "小于5次", "5", "＜", "次", SAID, "按“指标值5，指标性质＜，度量单位次”读取"),
    (OPEN, "控制在5%以内", "5", "≤", "%", SAID, "按“指标值5，指标性质≤，度量单位%”读取"),
    (OPEN, "不超过1500元/人·月", "1500", "≤", "元/人·月", SAID, "按“指标值1500，指标性质≤，度量单位元/人·月”读取"),
    (OPEN, "达到95%", "95", "≥", "%", SAID, "按“指标值95，指标性质≥，度量单位%”读取"),
    (OPEN, "≥60％", "60", "≥", "%", SAID, "按“指标值60，指标性质≥，度量单位%”读取"),
    ((TIME, None, None), "24小时内", "24", "≤", "小时", SAID, "按“指标值24，指标性质≤，度量单位小时”读取"),
    ((TIME, None, None), "3个工作日内完成", "3", "≤", "个工作日", SAID, "按“指标值3，指标性质≤，度量单位个工作日”读取"),
    # the operator has its own column, the unit has not
    ((COUNT, "≥", None), "5家", "5", "≥", "家", SAID, "按“指标值5，度量单位家”读取"),
    ((COUNT, "≥", None), "≥5次/年", "5", "≥", "次/年", SAID, "按“指标值5，度量单位次/年”读取"),
    ((COST, "≤", None), "1.5亿元", "1.5", "≤", "亿元", SAID, "按“指标值1.5，度量单位亿元”读取"),
    ((TIME, "≤", None), "12个月", "12", "≤", "月", SAID, "按“指标值12，度量单位月”读取"),
    # both have
    ((COUNT, "≥", "个"), "50", "50", "≥", "个", SILENT, ""),
    ((COUNT, "≥", "个"), "≥50个", "50", "≥", "个", SAID, "按“50”读取"),
    ((COUNT, "≥", "家"), "完成5家", "5", "≥", "家", SAID, "按“5”读取"),
    ((COST, "≤", "万元"), "172800元", "17.28", "≤", "万元", SAID, "按“17.28”读取"),
    ((COST, "≤", "元"), "17.28万", "172800", "≤", "元", SAID, "按“172800”读取"),
    ((COST, "≤", "元/人/月"), "1500元/人·月", "1500", "≤", "元/人/月", SAID, "按“1500”读取"),
    ((COUNT, "＝", "个"), f"5{ZERO_WIDTH}", "5", "＝", "个", SAID, "按“5（去掉了空格等看不见的字符）”读取"),
    ((QUALITY, "≥", "%"), "0", "0", "≥", "%", SILENT, ""),
    # contradictions and doubts
    ((COUNT, "＝", "个"), "≥50个", None, "＝", "个", CONFLICT, "“指标性质”是“＝”，“指标值”里又写了“≥50个”"),
    ((COUNT, "定性", None), "≥90%", None, "定性", "", CONFLICT, "“指标性质”是“定性”"),
    ((COUNT, "≥", None), "≥50个以下", None, "≥", "", NO_FIGURE, "指标性质是“≥”"),
    ((QUALITY, "≥", "%"), "0.95", None, "≥", "%", ASKED, "可能是0.95%，也可能是95%"),
    ((QUALITY, "≥", "%"), "≥0.95", None, "≥", "%", ASKED, "可能是0.95%，也可能是95%"),
    ((QUALITY, "≥", "%"), 0.95, None, "≥", "%", ASKED, "可能是0.95%，也可能是95%"),
    ((QUALITY, "≥", "%"), "90-95", None, "≥", "%", NO_FIGURE, "是一个范围"),
    ((COUNT, None, None), "≥50且≤60", None, "≥", "", NO_FIGURE, "是一个范围"),
    ((COUNT, "≥", "个"), "约50", None, "≥", "个", NO_FIGURE, "是约数"),
    ((COUNT, "≥", "个"), "50余个", None, "≥", "个", NO_FIGURE, "是约数"),
    ((COUNT, "≥", "个"), "5/6", None, "≥", "个", NO_FIGURE, "不止一个数"),
    ((COUNT, "≥", "次"), "两次", None, "≥", "次", NO_FIGURE, "用汉字写的数"),
    ((COUNT, "≥", "次"), "全年开展5次培训", None, "≥", "次", NO_FIGURE, "指标性质是“≥”，要填数字"),
    ((QUALITY, "≥", "%"), "显著提高", None, "≥", "%", NO_FIGURE, "指标性质是“≥”，要填数字"),
    ((QUALITY, "≥", "%"), "达成预期指标", None, "≥", "%", NO_FIGURE, "指标性质是“≥”，要填数字"),
    ((COUNT, "≥", "家"), "无", None, "≥", "家", NO_FIGURE, "指标性质是“≥”，要填数字"),
    ((COUNT, "≥", "家"), datetime(2024, 3, 4), None, "≥", "家", NO_FIGURE, "是一个日期或时间"),
    ((COUNT, "≥", "家"), "—", None, "≥", "家", NO_TARGET, "“指标值”没有填"),
    # a period, or a date?
    ((TIME, "≤", None), "12月", None, "≤", "", NO_FIGURE, "看不出是几个月，还是几月份"),
    ((TIME, "≤", None), "2024年", None, "≤", "", NO_FIGURE, "看不出是哪一年，还是多少年"),
    ((TIME, "≤", None), "2024", None, "≤", "", NO_FIGURE, "看不出是哪一年，还是多少年"),
    ((TIME, "≤", None), "2020年全年。", None, "≤", "", NO_FIGURE, "看不出是哪一年，还是多少年"),
    ((TIME, "≤", None), "12.31", None, "≤", "", NO_FIGURE, "看不出是一个数，还是几月几日"),
    ((TIME, "≤", None), "45657", None, "≤", "", NO_FIGURE, "还是日期变成的数字（45657是2024-12-31）"),
    ((TIME, "≤", None), 45657, None, "≤", "", NO_FIGURE, "还是日期变成的数字（45657是2024-12-31）"),
    ((TIME, "≤", "天"), "45657", "45657", "≤", "天", SILENT, ""),
    ((TIME, "≤", None), 2024.1, None, "≤", "", NO_FIGURE, "看不出是2024年1月，还是2024年10月"),
    ((TIME, "≤", None), "1/2", None, "≤", "", NO_FIGURE, "不止一个数"),
    ((TIME, "≤", None), "12-31", None, "≤", "", NO_FIGURE, "是一个范围"),
]

#: deadline and actual of a 时效指标 without unit -> in time (None: open), what is said at the target and at the actual,
#: and words of the latter
DEADLINES: list[tuple[Any, Any, bool | None, tuple[str, str] | None, tuple[str, str] | None, str]] = [
    ("12月底前", "12月", True, SILENT, SILENT, ""),
    ("12月底前", "11月30日", True, SILENT, SILENT, ""),
    ("12月底前", "2025年1月", False, SILENT, BY_HAND, "没有按期完成"),
    ("12月底前", "次年1月", False, SILENT, BY_HAND, "没有按期完成"),
    ("12月底前", "1月", None, SILENT, BY_HAND, "没有写年份，可能是次年1月（请写上年份）"),
    ("3月底前", "1月", None, SILENT, BY_HAND, "没有写年份，可能是次年1月（请写上年份）"),
    ("3月底前", "2024年1月", True, SILENT, SILENT, ""),
    ("11月前", "10月", True, SILENT, SILENT, ""),
    ("9月前", "7月", True, SILENT, SILENT, ""),
    ("9月前", "9月", None, SILENT, BY_HAND, "看不出是否按期完成"),
    ("2024年12月31日前", "2024-12-31", True, SILENT, SILENT, ""),
    ("2024年12月31日前", "2025-01-01", False, SILENT, BY_HAND, "没有按期完成"),
    ("１２月３１号前", "12月", True, SILENT, SILENT, ""),
    ("2024年12月31日前", datetime(2024, 12, 31), True, SILENT, SILENT, ""),
    (datetime(2024, 12, 31), datetime(2024, 12, 30), True, SILENT, SILENT, ""),
    # bare figures where a date is due: read, and said
    (datetime(2024, 12, 31), 45650, True, SILENT, SAID, "按“2024-12-24”读取"),
    ("2024年12月31日前", "45658", False, SILENT, SAID, "按“2025-01-01”读取"),
    ("2024.12", "2024.11", True, SAID, SAID, "按“2024年11月”读取"),
    (2024.12, 2024.11, True, SAID, SAID, "按“2024年11月”读取"),
    ("20241231", "20241220", True, SAID, SAID, "按“2024-12-20”读取"),
    ("12月底前", 2024.1, None, SILENT, BY_HAND, "看不出是否按期完成"),
    ("12月底前", "12.20", None, SILENT, BY_HAND, "看不出是否按期完成"),
    ("12月底前", "12-31", None, SILENT, BY_HAND, "看不出是否按期完成"),
    ("12月底前", "11", None, SILENT, BY_HAND, "看不出是否按期完成"),
    ("12月底前", "已完成", None, SILENT, BY_HAND, "看不出是否按期完成"),
    ("12月底前", "达成预期指标", None, SILENT, BY_HAND, "看不出是否按期完成"),
]


class Told:
    """A workbook of rows, evaluated: what each row was read as, and what is said at its cells."""

    def __init__(self, path: Any, rows: list[Row]) -> None:
        book = clean_rows()
        book["indicators"], book["actuals"] = [], []
        for number, row in enumerate(rows, start=1):
            key = f"ZB{number:03d}"
            book["indicators"].append(
                {
                    "indicator_no": key,
                    "project_no": 1,
                    "level1": LEVEL1[row.level2],
                    "level2": row.level2,
                    "level3": f"测试指标{number}",
                    "nature": row.nature,
                    "target": row.target,
                    "unit": row.unit,
                    "weight": 1,
                }
            )
            book["actuals"].append({"indicator_no": key, "actual": row.actual, "reason": "两家停产"})
        evaluation = evaluate([write(path, book)])
        self.findings: dict[tuple[str, str], list[Finding]] = {}
        for item in evaluation.findings:
            for cell in cells(item):
                self.findings.setdefault((item.sheet or "", cell), []).append(item)
        self.measures: dict[str, Measure] = {
            item.measure.key: item.measure for item in evaluation.scores[0, 1].indicators
        }

    def measure(self, number: int) -> Measure:
        return self.measures[f"ZB{number:03d}"]

    def at(self, sheet: standard.Sheet, key: str, number: int) -> list[Finding]:
        """What is said of how a cell was read, and that nothing could be read from it."""
        cell = cell_of(sheet.key, key, standard.TITLE_ROW + number)
        reading = ("C01", "C02", "C03", "C05", "S05", "B01")
        return [item for item in self.findings.get((sheet.title, cell), []) if item.code in reading]

    def of_target(self, number: int) -> list[Finding]:
        return self.at(standard.INDICATORS, "target", number)

    def of_actual(self, number: int) -> list[Finding]:
        """At the actual; or, where a person must judge, at the cells that are to be filled instead."""
        return self.at(standard.ACTUALS, "actual", number) or self.at(standard.ACTUALS, "ratio", number)


def cells(item: Finding) -> list[str]:
    found = []
    for part in (item.cell or "").split(","):
        if part and item.sheet:
            left, top, right, bottom = range_boundaries(part)
            letters = [chr(64 + column) for column in range(left, right + 1)]
            found += [f"{letter}{row}" for letter in letters for row in range(top, bottom + 1)]
    return found


def check(told: list[Finding], expected: tuple[str, str] | None, typed: Any, words: str) -> None:
    """One finding or none, as expected, quoting what was typed and what it was read as."""
    assert [(item.code, str(item.severity)) for item in told] == ([] if expected is None else [expected])
    if expected is not None:
        assert words in told[0].message
        if expected not in (BLANK, NO_TARGET):
            assert shorten(as_text(typed)) in told[0].message


@pytest.fixture(scope="module")
def actuals(tmp_path_factory) -> Told:
    rows = [Row(*place, typed) for place, typed, *_ in ACTUALS]
    return Told(tmp_path_factory.mktemp("actuals") / "a.xlsx", rows)


@pytest.mark.parametrize("number", range(1, len(ACTUALS) + 1), ids=lambda n: f"{as_text(ACTUALS[n - 1][1])!r}")
def test_actuals(actuals, number):
    _, typed, figure, expected, words = ACTUALS[number - 1]
    read = actuals.measure(number).actual
    assert read == (None if figure is None else Decimal(figure))
    check(actuals.of_actual(number), expected, typed, words)


@pytest.fixture(scope="module")
def targets(tmp_path_factory) -> Told:
    rows = [Row(*place[:2], typed, place[2], "3") for place, typed, *_ in TARGETS]
    return Told(tmp_path_factory.mktemp("targets") / "a.xlsx", rows)


@pytest.mark.parametrize("number", range(1, len(TARGETS) + 1), ids=lambda n: f"{as_text(TARGETS[n - 1][1])!r}")
def test_targets(targets, number):
    _, typed, figure, nature, unit, expected, words = TARGETS[number - 1]
    measure = targets.measure(number)
    assert measure.target == (None if figure is None else Decimal(figure))
    assert (measure.nature, measure.unit) == (nature, unit)
    check(targets.of_target(number), expected, typed, words)


@pytest.fixture(scope="module")
def deadlines(tmp_path_factory) -> Told:
    rows = [Row(TIME, "≤", target, None, actual) for target, actual, *_ in DEADLINES]
    return Told(tmp_path_factory.mktemp("deadlines") / "a.xlsx", rows)


@pytest.mark.parametrize(
    "number",
    range(1, len(DEADLINES) + 1),
    ids=lambda n: "，".join(as_text(value) for value in DEADLINES[n - 1][:2]),
)
def test_deadlines(deadlines, number):
    target, actual, in_time, at_target, at_actual, words = DEADLINES[number - 1]
    measure = deadlines.measure(number)
    assert (measure.kind, measure.in_time) == ("deadline", in_time)
    check(deadlines.of_target(number), at_target, target, "按“")
    check(deadlines.of_actual(number), at_actual, actual, words)


def test_deadlines_are_of_the_budget_year(tmp_path):
    rows = clean_rows()
    rows["indicators"][2] |= {"target": "12月底前", "unit": None}
    rows["actuals"][2]["actual"] = "2024年12月20日"
    judged = {
        year: [item.code for item in findings_of(write(tmp_path / f"{year}.xlsx", rows, {"year": year}))].count("S05")
        for year in (2023, 2024)
    }
    assert judged == {2023: 1, 2024: 0}


# ---------------------------------------------------------------- never silently wrong, never a traceback

anything = st.one_of(
    st.text(alphabet="0123456789.,-~/:×≥≤<=>%％个家元万亿约余十百分之年月日底前内完成（）() \u3000+eOl", max_size=10),
    st.sampled_from([typed for _, typed, *_ in ACTUALS]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**6), 10**17),
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
)
rows_of_anything = st.builds(
    Row,
    st.sampled_from([COUNT, QUALITY, TIME, COST]),
    st.sampled_from([None, "≥", "≤", "＝", "定性"]),
    anything,
    st.sampled_from([None, "个", "%", "万元", "天", "元/人·月"]),
    anything,
)


@settings(deadline=None, database=None, max_examples=20)
@given(st.lists(rows_of_anything, min_size=30, max_size=60))
def test_whatever_is_typed_is_read_and_said_or_asked_about(tmp_path_factory, rows):
    told = Told(tmp_path_factory.mktemp("any") / "a.xlsx", rows)
    for number, row in enumerate(rows, start=1):
        measure = told.measure(number)
        sides = (
            (row.target, measure.target, told.of_target(number)),
            (row.actual, measure.actual, told.of_actual(number)),
        )
        for typed, figure, said in sides:
            if figure is not None and isinstance(typed, str) and plain(figure) != typed:
                assert [item.code for item in said] == ["C03"], (row, figure)
            if figure is None and measure.kind == "figure" and not says_nothing(typed):
                assert said, row
