"""The report template as the program ships it: a Word file made from here, which an office then edits as it likes.

python-docx gives the package and its footers; styles and tables are written as WordprocessingML, because what reviewers
look at (East-Asian fonts, indents in characters, rows that stay whole) has no other name.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from docx import Document
from docx.oxml import parse_xml

from perf_excel.book import DIGITS, HEI, SONG, TITLE
from perf_excel.package import normalise
from perf_excel.render import scorecard
from perf_excel.render.forms import special
from perf_excel.render.report.facts import names_of_overview
from perf_excel.workbook import standard

_IDLE = frozenset(
    [
        "thumbnail",
        "customXml",
        "numbering",
        "theme",
        "stylesWithEffects",
        "webSettings",
        "fontTable",
        "extended-properties",
    ]
)
FANG_SONG, KAI = "仿宋_GB2312", "楷体_GB2312"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
#: Ambiguous signs (“ ” — …) take the East-Asian font only where the run says so.
_EAST_ASIAN = '<w:rFonts w:hint="eastAsia"/>'
_TWIPS = 567  # a centimetre
_TITLE_SIZE, _BODY_SIZE, _TABLE_SIZE, _FORM_SIZE = 22.0, 16.0, 10.5, 9.0
_LINE = 30 * 20
_MARGINS = {"top": 3.7, "bottom": 3.5, "left": 2.8, "right": 2.6, "footer": 2.0}
_MARGINS_OF_FORMS = {"top": 1.8, "bottom": 2.2, "left": 1.8, "right": 1.8, "footer": 1.0}
_FUNDS_WIDTHS = (3.2, 2.1, 2.1, 2.1, 2.1, 2.1, 1.9)
_OVERVIEW_WIDTHS = (2.8, 4.4, 10.2)
_INDICATOR_WIDTHS = (1.5, 1.8, 2.7, 1.0, 1.7, 1.1, 1.1, 1.9, 1.2, 3.4)
_SCORECARD_WIDTHS = (1.5, 1.7, 2.4, 1.1, 1.1, 5.8, 3.8)

BODY, TABLE, FORM, ANNEX, NARROW = "报告正文", "表格文字", "附表文字", "附件", "间隔"


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: its text, how many columns it spans, its place in cells merged downward, and how it is set."""

    text: str
    span: int = 1
    merge: str = ""
    align: str = "center"
    bold: bool = False


def report_template() -> bytes:
    """Return the template as a Word file."""
    document = Document()
    _drop_idle_parts(document)
    _fill(document.settings.element, _SETTINGS)
    _set_styles(document)
    section = document.sections[0]
    footer = section.footer
    _fill(footer._element, _footer())
    last = document.element.body.sectPr
    reference = last[0]
    body = document.element.body
    for child in list(body):
        body.remove(child)
    _fill(body, [*_text(), _section_break(reference), *_forms()])
    body.append(parse_xml(_section(_MARGINS_OF_FORMS, _reference(reference), f"{_W} {_R}")))
    for name in ("author", "title", "comments"):
        setattr(document.core_properties, name, "")
    stream = io.BytesIO()
    document.save(stream)
    return normalise(stream.getvalue())


# ---------------------------------------------------------------- what it says


def _text() -> Iterable[str]:
    """The chapters."""
    yield _paragraph("{{ 报告标题 }}", "Title")
    yield _paragraph("绩效自评报告", "Title")
    yield _paragraph("")
    yield _paragraph("预算单位：{{ 预算单位 }}")
    yield _paragraph("项目编码：{{ 项目编码 }}")
    yield _heading(1, "一、项目概况")
    yield from _parts(standard.CHAPTERS[:3])
    yield _paragraph("{{ 资金情况 }}")
    yield from _funds()
    yield from _parts(standard.CHAPTERS[3:4], first=4)
    yield _paragraph("{%p if 绩效指标 %}")
    yield _paragraph(
        "本项目共设置一级指标{{ 一级指标数 }}个、二级指标{{ 二级指标数 }}个、三级指标{{ 三级指标数 }}个，"
        "权重合计{{ 权重合计 }}分。"
        "{% if 取消指标数 %}另有三级指标{{ 取消指标数 }}个经批准取消，权重{{ 取消权重 }}分。{% endif %}"
    )
    yield _paragraph("{%p else %}")
    yield _paragraph("【待填写：绩效指标】")
    yield _paragraph("{%p endif %}")
    yield _heading(1, "二、评价实施")
    yield from _parts(standard.CHAPTERS[4:8])
    yield _heading(1, "三、绩效分析")
    yield from _analysis()
    yield _heading(1, "四、评价结论")
    yield _paragraph(_tag(standard.CHAPTER_CONCLUSION))
    yield _paragraph(
        "经自评，{% if 打过分 %}指标体系得分{{ 指标体系得分 }}分{{ 指标体系核对 }}（{{ 各类得分 }}）；{% endif %}"
        "自评表得分{{ 自评表得分 }}分{{ 自评表核对 }}，等级为“{{ 自评等级 }}”。"
    )
    for label, chapter in (("五", standard.CHAPTER_PROBLEMS), ("六", standard.CHAPTER_SUGGESTIONS)):
        yield _heading(1, f"{label}、{chapter}")
        yield _paragraph(_tag(chapter))


def _parts(chapters: Sequence[str], first: int = 1) -> Iterable[str]:
    for number, chapter in enumerate(chapters, start=first):
        yield _heading(2, f"（{'一二三四'[number - 1]}）{chapter}")
        yield _paragraph(_tag(chapter))


def _funds() -> Iterable[str]:
    heads = ("资金来源", "年初预算数", "全年预算数", "财政拨付数", "实际到位数", "全年执行数", "执行率")
    yield _paragraph("项目资金（单位：万元）", TABLE, more="<w:keepNext/>", align="center")
    yield _table(
        _FUNDS_WIDTHS,
        TABLE,
        [
            _head(heads),
            [Cell("{%tr for 行 in 项目资金 %}", len(heads))],
            [Cell(_tag(f"行.{head}"), align="left" if head == heads[0] else "center") for head in heads],
            [Cell("{%tr endfor %}", len(heads))],
            [Cell("合计", bold=True), *(Cell(_tag(f"资金合计.{head}"), bold=True) for head in heads[1:])],
        ],
        together=True,
    )
    yield _paragraph("", NARROW)


def _analysis() -> Iterable[str]:
    yield _paragraph("{%p for 类 in 各类指标 %}")
    yield _heading(2, "（{{ 类.序号 }}）{{ 类.名称 }}绩效分析")
    yield _paragraph("{%p for 组 in 类.各组 %}")
    yield _paragraph("{%p if 组.名称 %}")
    yield _heading(3, "{{ 组.序号 }}.{{ 组.名称 }}（{{ 组.分值 }}分）。")
    yield _paragraph("{%p endif %}")
    yield _paragraph("{%p for 项 in 组.各项 %}")
    yield _paragraph(
        "{{ 项.编号 }}{{ 项.名称 }}（{{ 项.分值 }}分）。{{ 项.评分依据 }}"
        "{% if 项.扣分 %}扣{{ 项.扣分 }}分：{{ 项.扣分原因 }}{% endif %}该项指标得{{ 项.得分 }}分。"
    )
    yield _paragraph("{%p endfor %}")
    yield _paragraph("{%p endfor %}")
    yield _paragraph("{%p if not 类.各组 %}")
    yield _paragraph("【待填写：{{ 类.名称 }}的打分】")
    yield _paragraph("{%p endif %}")
    yield _paragraph("{%p endfor %}")


def _forms() -> Iterable[str]:
    """The 自评表 and the 打分表."""
    yield _paragraph("附件1", ANNEX)
    yield _paragraph(special.TITLE, "附表标题")
    yield _paragraph("{{ 年度 }}", FORM, align="center")
    yield _overview()
    yield _paragraph("", NARROW)
    yield _indicators()
    yield _paragraph("{%p if 打过分 %}")
    yield _paragraph("附件2", ANNEX, more="<w:pageBreakBefore/>")
    yield _paragraph(scorecard.TITLE, "附表标题")
    yield _paragraph("{{ 年度 }}", FORM, align="center")
    yield _scorecard()
    yield _paragraph("{%p endif %}")
    yield _paragraph("", NARROW)


def _overview() -> str:
    rows = [
        [Cell(label), Cell(_tag(name), 2, align="left")]
        for label, name in (("项目名称", "编码和名称"), ("预算单位", "预算单位"), ("项目类型", "项目类型"))
    ]
    names = names_of_overview()
    blocks = [
        ("项目概况", [(label, names[key]) for label, key in special.OVERVIEW]),
        (
            "项目资金（万元）",
            [("年度资金总额：", "年度资金总额"), ("　其中：财政拨款", "财政拨款"), ("　　　　其他资金", "其他资金")],
        ),
    ]
    for title, lines in blocks:
        for number, (label, name) in enumerate(lines):
            merged = Cell("" if number else title, merge="continue" if number else "restart")
            money = title != blocks[0][0]
            rows.append(
                [
                    merged,
                    Cell(label, align="left" if money else "center"),
                    Cell(_tag(name), align="center" if money else "left"),
                ]
            )
    rows += [
        [Cell("总体目标", merge="restart"), Cell("年度目标", 2)],
        [Cell("", merge="continue"), Cell(_tag("年度目标"), 2, align="left")],
    ]
    return _table(_OVERVIEW_WIDTHS, FORM, rows, heads=0)


def _indicators() -> str:
    heads = (
        "一级指标",
        "二级指标",
        "三级指标",
        "指标性质",
        "指标值",
        "度量单位",
        "权重",
        "实际完成指标值",
        "得分",
        "偏差原因",
    )
    left = {"三级指标", "偏差原因"}
    count, before = len(heads), heads.index("权重")
    return _table(
        _INDICATOR_WIDTHS,
        FORM,
        [
            [Cell("绩效指标", count, bold=True)],
            _head(heads),
            [Cell("{%tr for 行 in 绩效指标 %}", count)],
            [Cell(_tag(f"行.{head}"), align="left" if head in left else "center") for head in heads],
            [Cell("{%tr endfor %}", count)],
            [
                Cell("预算执行率", before),
                *(Cell(_tag(f"执行.{name}")) for name in ("权重", "执行率", "得分")),
                Cell("{{ 执行.原因 }}", align="left"),
            ],
            [Cell("{%tr for 行 in 折算和封顶 %}", count)],
            [Cell("{{ 行.名称 }}", before), Cell(""), Cell(""), Cell("{{ 行.得分 }}"), Cell("")],
            [Cell("{%tr endfor %}", count)],
            [
                Cell("合计", before, bold=True),
                Cell("{{ 合计.权重 }}", bold=True),
                Cell("{{ 合计.等级 }}", bold=True),
                Cell("{{ 合计.得分 }}", bold=True),
                Cell("{{ 自评表核对 }}", align="left"),
            ],
        ],
        heads=2,
    )


def _scorecard() -> str:
    heads = ("指标类别", "一级指标", "二级指标", "分值", "得分", "评分依据", "扣分原因")
    left = {"评分依据", "扣分原因"}
    return _table(
        _SCORECARD_WIDTHS,
        FORM,
        [
            _head(heads),
            [Cell("{%tr for 行 in 打分 %}", len(heads))],
            [Cell(_tag(f"行.{head}"), align="left" if head in left else "center") for head in heads],
            [Cell("{%tr endfor %}", len(heads))],
            [
                Cell("合计", 3, bold=True),
                Cell("{{ 打分合计.分值 }}", bold=True),
                Cell("{{ 打分合计.得分 }}", bold=True),
                Cell("{{ 指标体系核对 }}", 2, align="left"),
            ],
        ],
    )


def _footer() -> list[str]:
    number = (
        f"<w:r><w:rPr>{_EAST_ASIAN}</w:rPr><w:t xml:space='preserve'>— </w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText xml:space='preserve'> PAGE </w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>1</w:t></w:r>"
        f"<w:r><w:fldChar w:fldCharType='end'/></w:r><w:r><w:rPr>{_EAST_ASIAN}</w:rPr>"
        "<w:t xml:space='preserve'> —</w:t></w:r>"
    )
    return [
        _paragraph("{%p if 草稿 %}", "footer"),
        _paragraph("{{ 草稿 }}", "footer", align="left"),
        _paragraph("{%p endif %}", "footer"),
        f"<w:p {_W}><w:pPr><w:pStyle w:val='footer'/></w:pPr>{number}</w:p>",
    ]


def _tag(name: str) -> str:
    return f"{{{{ {name} }}}}"


def _head(titles: Sequence[str]) -> list[Cell]:
    return [Cell(title, bold=True) for title in titles]


# ---------------------------------------------------------------- how it is set


def _heading(level: int, text: str) -> str:
    return _paragraph(text, f"Heading{level}")


def _paragraph(text: str, style: str = BODY, *, align: str = "", more: str = "") -> str:
    """Return a paragraph; `style` is a style's identifier, which for those of our own is its name."""
    jc = f"<w:jc w:val='{align}'/>" if align else ""
    run = f"<w:r><w:rPr>{_EAST_ASIAN}</w:rPr><w:t xml:space='preserve'>{escape(text)}</w:t></w:r>" if text else ""
    return f"<w:p {_W}><w:pPr><w:pStyle w:val='{style}'/>{more}{jc}</w:pPr>{run}</w:p>"


def _table(
    widths: Sequence[float], style: str, rows: Sequence[Sequence[Cell]], *, heads: int = 1, together: bool = False
) -> str:
    """Return a table.

    Args:
        widths: in centimetres; no program changes them.
        style: of its paragraphs.
        rows: each stays whole where a page ends.
        heads: how many of the first rows are repeated on every page.
        together: keep the table on one page; only where it is short.
    """
    twips = [int(width * _TWIPS) for width in widths]  # never wider than the page, not by a hair
    grid = "".join(f"<w:gridCol w:w='{width}'/>" for width in twips)
    lines = []
    for number, row in enumerate(rows):
        cells, position = [], 0
        for cell in row:
            cells.append(
                _cell(
                    cell, sum(twips[position : position + cell.span]), style, keep=together and number < len(rows) - 1
                )
            )
            position += cell.span
        head = "<w:tblHeader/>" if number < heads else ""
        lines.append(f"<w:tr><w:trPr><w:cantSplit/>{head}<w:jc w:val='center'/></w:trPr>{''.join(cells)}</w:tr>")
    return (
        f"<w:tbl {_W}><w:tblPr><w:tblStyle w:val='TableGrid'/><w:tblW w:w='{sum(twips)}' w:type='dxa'/>"
        f"<w:jc w:val='center'/><w:tblLayout w:type='fixed'/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )


def _cell(cell: Cell, width: int, style: str, *, keep: bool) -> str:
    with_next = "<w:keepNext/>" if keep else ""
    span = f"<w:gridSpan w:val='{cell.span}'/>" if cell.span > 1 else ""
    merge = f"<w:vMerge w:val='{cell.merge}'/>" if cell.merge else ""
    bold = "<w:b/><w:bCs/>" if cell.bold else ""
    run = f"<w:r><w:rPr>{_EAST_ASIAN}{bold}</w:rPr><w:t xml:space='preserve'>{escape(cell.text)}</w:t></w:r>"
    return (
        f"<w:tc><w:tcPr><w:tcW w:w='{width}' w:type='dxa'/>{span}{merge}<w:vAlign w:val='center'/></w:tcPr>"
        f"<w:p><w:pPr><w:pStyle w:val='{style}'/>{with_next}<w:jc w:val='{cell.align}'/></w:pPr>{run if cell.text else ''}</w:p></w:tc>"
    )


def _section(margins: dict[str, float], reference: str, namespaces: str = "") -> str:
    sides = " ".join(f"w:{side}='{round(width * _TWIPS)}'" for side, width in margins.items())
    return (
        f"<w:sectPr {namespaces}>{reference}<w:type w:val='nextPage'/><w:pgSz w:w='11906' w:h='16838'/>"
        f"<w:pgMar {sides} w:header='851' w:gutter='0'/></w:sectPr>"
    )


def _reference(found: Any) -> str:
    kind, rid = (found.get(f"{{{space.split(chr(34))[1]}}}{name}") for space, name in ((_W, "type"), (_R, "id")))
    return f"<w:footerReference w:type='{kind}' r:id='{rid}'/>"


def _section_break(reference: Any) -> str:
    """Return the paragraph that ends the text: the forms stand on pages of their own, with narrower margins."""
    section = _section(_MARGINS, _reference(reference))
    return f"<w:p {_W} {_R}><w:pPr><w:pStyle w:val='{NARROW}'/>{section}</w:pPr></w:p>"


def _fill(element: Any, paragraphs: Iterable[str]) -> None:
    for child in list(element):
        element.remove(child)
    for text in paragraphs:
        element.append(parse_xml(text))


def _drop_idle_parts(document: Any) -> None:
    """Leave out what python-docx's own template brings along: a thumbnail of another document, themes, custom data."""
    for package in (document.part.package, document.part):
        for rid, relation in list(package.rels.items()):
            if relation.reltype.rpartition("/")[2] in _IDLE:
                del package.rels[rid]


_SETTINGS = (
    f"<w:defaultTabStop {_W} w:val='420'/>",
    f"<w:characterSpacingControl {_W} w:val='compressPunctuation'/>",
    f"<w:compat {_W}><w:useFELayout/><w:compatSetting w:name='compatibilityMode' "
    "w:uri='http://schemas.microsoft.com/office/word' w:val='15'/></w:compat>",
    f"<w:themeFontLang {_W} w:val='en-US' w:eastAsia='zh-CN'/>",
)


def _set_styles(document: Any) -> None:
    root = document.styles.element
    for child in list(root):
        root.remove(child)
    root.append(
        parse_xml(
            f"<w:docDefaults {_W}><w:rPrDefault><w:rPr>{_fonts(FANG_SONG)}{_size(_BODY_SIZE)}"
            "<w:lang w:val='en-US' w:eastAsia='zh-CN'/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        )
    )
    indent = "<w:ind w:firstLineChars='200' w:firstLine='640'/>"
    line = f"<w:spacing w:before='0' w:after='0' w:line='{_LINE}' w:lineRule='exact'/>"
    single = "<w:spacing w:before='0' w:after='0' w:line='288' w:lineRule='auto'/>"
    centred = "<w:jc w:val='center'/>"
    head = f"<w:keepNext/><w:keepLines/>{line}{indent}"
    styles = (
        _style("Normal", "Normal", FANG_SONG, _BODY_SIZE, f"{line}<w:jc w:val='both'/>", default=True),
        _style("Heading1", "heading 1", HEI, _BODY_SIZE, f"{head}<w:outlineLvl w:val='0'/>", after=BODY),
        _style("Heading2", "heading 2", KAI, _BODY_SIZE, f"{head}<w:outlineLvl w:val='1'/>", after=BODY, bold=True),
        _style(
            "Heading3", "heading 3", FANG_SONG, _BODY_SIZE, f"{head}<w:outlineLvl w:val='2'/>", after=BODY, bold=True
        ),
        _style(
            "Title",
            "Title",
            TITLE,
            _TITLE_SIZE,
            f"<w:spacing w:before='0' w:after='0' w:line='700' w:lineRule='exact'/>{centred}",
            after=BODY,
        ),
        _style(BODY, BODY, FANG_SONG, _BODY_SIZE, f"{line}{indent}"),
        _style(TABLE, TABLE, SONG, _TABLE_SIZE, f"{single}<w:jc w:val='left'/>"),
        _style(FORM, FORM, SONG, _FORM_SIZE, f"{single}<w:jc w:val='left'/>"),
        _style(ANNEX, ANNEX, HEI, _BODY_SIZE, f"<w:keepNext/>{line}<w:jc w:val='left'/>", after=BODY),
        _style("附表标题", "附表标题", TITLE, 18.0, f"<w:keepNext/>{line}{centred}", after=BODY),
        _style(NARROW, NARROW, FANG_SONG, 2.0, "<w:spacing w:before='0' w:after='0' w:line='40' w:lineRule='exact'/>"),
        _style("footer", "footer", SONG, 14.0, f"{single}{centred}"),
    )
    for style in styles:
        root.append(parse_xml(style))
    for style in _TABLE_STYLES:
        root.append(parse_xml(style))


def _style(
    identity: str,
    name: str,
    font: str,
    size: float,
    properties: str,
    *,
    after: str = "",
    bold: bool = False,
    default: bool = False,
) -> str:
    own = " w:customStyle='1'" if identity == name and not name.isascii() else ""
    based = "" if default else "<w:basedOn w:val='Normal'/>"
    following = f"<w:next w:val='{after}'/>" if after else ""
    weight = "<w:b/><w:bCs/>" if bold else ""
    return (
        f"<w:style {_W} w:type='paragraph'{own}{' w:default=' + chr(39) + '1' + chr(39) if default else ''} w:styleId='{identity}'>"
        f"<w:name w:val='{name}'/>{based}{following}<w:qFormat/><w:pPr>{properties}</w:pPr>"
        f"<w:rPr>{_fonts(font)}{weight}<w:color w:val='000000'/>{_size(size)}</w:rPr></w:style>"
    )


def _fonts(east_asian: str) -> str:
    return f"<w:rFonts w:ascii='{DIGITS}' w:hAnsi='{DIGITS}' w:eastAsia='{east_asian}' w:cs='{DIGITS}'/>"


def _size(points: float) -> str:
    return f"<w:sz w:val='{round(points * 2)}'/><w:szCs w:val='{round(points * 2)}'/>"


_EDGES = "".join(
    f"<w:{side} w:val='single' w:sz='4' w:space='0' w:color='000000'/>"
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_TABLE_STYLES = (
    f"<w:style {_W} w:type='character' w:default='1' w:styleId='DefaultParagraphFont'>"
    "<w:name w:val='Default Paragraph Font'/><w:uiPriority w:val='1'/><w:semiHidden/></w:style>",
    f"<w:style {_W} w:type='table' w:default='1' w:styleId='TableNormal'><w:name w:val='Normal Table'/><w:semiHidden/>"
    "<w:tblPr><w:tblInd w:w='0' w:type='dxa'/><w:tblCellMar><w:top w:w='14' w:type='dxa'/><w:left w:w='57' w:type='dxa'/>"
    "<w:bottom w:w='14' w:type='dxa'/><w:right w:w='57' w:type='dxa'/></w:tblCellMar></w:tblPr></w:style>",
    f"<w:style {_W} w:type='table' w:styleId='TableGrid'><w:name w:val='Table Grid'/><w:basedOn w:val='TableNormal'/>"
    f"<w:tblPr><w:tblBorders>{_EDGES}</w:tblBorders></w:tblPr></w:style>",
)
