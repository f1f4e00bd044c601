"""The sheet 填报说明: generated from the declaration, so that it cannot contradict the checks."""

from __future__ import annotations

from typing import Any

from perf_excel.book import PAPER_A4, SONG, Book, height, merge, put
from perf_excel.workbook import standard
from perf_excel.workbook.types import Column, Required, Stage

_STEPS = (
    ("一、怎样填", (
        "1. 先填“参数”表，再依次填项目信息、项目资金、绩效指标；年终再填完成情况、评价打分和报告内容。",
        "2. 标题是黄色的列必须填，蓝色的按情况填，灰色的列自动显示、不用填。点到单元格上会出现填写提示。",
        "3. 印好的项目序号和指标编号不要改；行可以排序、插入、删除，程序按编号对应，不会错位。",
        "4. 没有的内容写“无”或“不适用”，不要打空格；但要写原因的地方不能写“无”。数字只填数，单位写在单位列里；百分数写98或98%都可以。",
        "5. 从别处复制内容时，请用“选择性粘贴—数值”，免得冲掉下拉框和格式。",
        "6. 各表可以加自己的列和工作表，程序不会动它们；但不要改标题和工作表的名称。",
        f"7. 某条建议确有理由不改的，在“参数”表最下面加一行：参数写“{standard.EXCEPTIONS.title}”，取值写项目序号、问题编号和理由，"
        f"例如：{standard.EXCEPTIONS.example}。必须修改的问题不能这样处理。",
    )),
    ("二、怎样运行", (
        "1. 把填好的工作簿放进程序旁边的 input 文件夹，双击 run.bat（Windows）或 run.sh（国产Linux桌面）。",
        "2. 结果在 output 文件夹：报送用的工作簿、待修改文件夹里标了颜色和批注的副本。原来的文件不会被改动。",
        "3. 按“待修改”里的问题清单逐条改好原来的工作簿，再运行一次，直到没有“必须修改”。",
    )),
    ("三、怎样报送", (
        "output 文件夹里“单位名称_年度_绩效自评.xlsx”就是报送件：打印自评表签字盖章，文件用邮件发给财政局。",
    )),
)  # fmt: skip


def write_guide(book: Book) -> None:
    """Write 填报说明 as the first sheet."""
    x = book.sheet(standard.GUIDE_SHEET)
    x.set_portrait()
    x.set_paper(PAPER_A4)
    x.fit_to_pages(1, 0)
    x.hide_gridlines(2)
    for position, width in enumerate((12, 22, 14, 52, 36)):
        x.set_column(position, position, width)
    heading = book.format(bold=True, font_size=12)
    body = book.format(text_wrap=True)
    merge(
        x,
        (0, 0),
        (0, 4),
        "项目支出绩效自评填报说明",
        book.format(bold=True, font_size=16, align="center", font_name=SONG),
    )
    x.set_row(0, 32)
    row = 1
    for title, lines in _STEPS:
        merge(x, (row, 0), (row, 4), title, heading)
        row += 1
        for line in lines:
            merge(x, (row, 0), (row, 4), line, body)
            x.set_row(row, height(((line, 136),), least=18))
            row += 1
    merge(x, (row, 0), (row, 4), "四、每一列填什么", heading)
    _write_columns(book, x, row + 1)


def _write_columns(book: Book, x: Any, row: int) -> None:
    head = book.format(bold=True, align="center", border=1, bg_color="#DDEBF7")
    cell = book.format(border=1, text_wrap=True, font_size=10)
    centre = book.format(border=1, text_wrap=True, font_size=10, align="center")
    for position, title in enumerate(("工作表", "列（项目）", "要不要填", "填什么", "例子")):
        put(x, row, position, title, head)
    for sheet_title, columns in column_lists():
        first = row + 1
        for column in columns:
            row += 1
            put(x, row, 1, column.title, cell)
            put(x, row, 2, duty(column), centre)
            words = "自动显示，不用填。" if column.lookup else f"{column.hint}（{column.kind.takes}）"
            put(x, row, 3, words, cell)
            put(x, row, 4, column.example, cell)
            x.set_row(row, height(((words, 52), (duty(column), 14), (column.example, 36)), size=10, least=18))
        merge(x, (first, 0), (row, 0), sheet_title, centre)


def column_lists() -> list[tuple[str, tuple[Column, ...]]]:
    """Return sheet titles with their columns, settings first, as the guide and the documentation list them."""
    sheets = [(sheet.title, sheet.columns) for sheet in standard.TABLE_SHEETS]
    return [(standard.SETTINGS_SHEET.title, standard.SETTINGS), *sheets]


def duty(column: Column) -> str:
    """Return in words whether and when a column must be filled."""
    if column.lookup:
        return "不用填"
    if column.preprinted and column.required is Required.NO:
        return "已印好"
    later = "（年终）" if column.stage is Stage.SELF_EVALUATION and column.required is not Required.NO else ""
    return column.required.value + later
