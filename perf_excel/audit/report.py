"""A report as the audit sees it: who and what it is about, its items, its tables, its figures, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from perf_excel.audit.document import Document, read_document
from perf_excel.audit.forms import Form, Row, Tables, read_tables, split_code
from perf_excel.audit.items import Item, groups, leaves, read_items
from perf_excel.audit.lexicon import meaning, patterns
from perf_excel.audit.marks import NUMBER, read_number
from perf_excel.audit.outline import Line, Outline, Spot, outline, under
from perf_excel.numbers import canonical_unit, read_quantity, to_wan
from perf_excel.text import halfwidth, squeeze, strip
from perf_excel.workbook import standard

_KIND = re.compile(
    r"(?:支出)?(?:项目)?(?:支出)?(?:预算)?(?:项目)?(?:支出)?绩效(?:自我?)?(?:评价|自评)(?:情况)?(?:的)?报告.*$"
)
_LEADING = re.compile(r"^(?:20\d{2}年度?)(?=20\d{2}年)")
_YEAR = re.compile(r"(20\d{2})\s*年")
_LABELLED = re.compile(r"^\s*([^：:]{2,12})[：:]\s*(\S.*)$")
#: What stands in a report until a person completes it, or looks at it again.
TO_FILL = re.compile(r"【待(?:填写|核对)[：:][^】]*】")
_TYPED_INSTEAD = re.compile(rf"^\s*(?:分\s*)?【待核对[：:]\s*申报\s*({NUMBER})\s*分")
_AMOUNT = r"[^\d，。；;,、（(]{0,8}(\d[\d,，]*(?:\.\d+)?)\s*(亿元|万元|元)"
_GRADE = re.compile(
    r"(?:等级|档次)[^，。；]{0,6}?[为是：:]\s*[“\"「『]?\s*([优良中差])|评?为?[“\"「『]([优良中差])[”\"」』]"
)
_NOT_OURS = re.compile(r"满意|问卷|考核|考试|测评|测试|上年|去年|上一年|财政评|重点评|主管部门|营商|复核|其中|扣|每")
_FULL_MARKS = re.compile(r"满分|总分(?:值)?(?:设|定|共|合计)?[为是]?$|共$")


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure that the text states: points, 万元 or a grade, as written, and where."""

    value: Decimal
    typed: str
    spot: Spot


@dataclass
class Report:
    """One report.

    Attributes:
        path: the file.
        document: as read.
        outline: its paragraphs and tables in their places.
        items: scored items and groups at the top, from the prose, or from a 打分表 where the prose has none.
        card: rows of the 打分表.
        tables: what its tables hold.
    """

    path: Path
    document: Document
    outline: Outline = field(default_factory=lambda: Outline((), ()))
    items: list[Item] = field(default_factory=list)
    card: list[Item] = field(default_factory=list)
    tables: Tables = field(default_factory=Tables)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return its paragraphs."""
        return self.outline.lines

    @cached_property
    def leaves(self) -> list[Item]:
        """Return the items proper: of the prose, or of the 打分表."""
        return leaves(self.items) or self.card

    @cached_property
    def groups(self) -> list[Item]:
        """Return the items that add up others."""
        return list(groups(self.items))

    @property
    def form(self) -> Form | None:
        """Return the 自评表, the first where there are several; None where there is none."""
        return next((form for form in self.tables.forms if form.indicators), None)

    @property
    def start(self) -> Spot:
        """Return where the report begins."""
        return self.lines[0].spot if self.lines else Spot("", 0, "")

    @cached_property
    def head(self) -> list[Line]:
        """Return the lines before the first heading."""
        found = []
        for line in self.lines:
            if line.heading:
                break
            found.append(line)
        return found

    @cached_property
    def labels(self) -> dict[str, tuple[str, Spot]]:
        """Return what forms, or lines below the title, say of the project, by key of 项目信息."""
        found: dict[str, tuple[str, Spot]] = {}
        for form in self.tables.forms:
            for key, value in form.labels.items():
                found.setdefault(key, value)
        for line in self.head[:20]:
            match = _LABELLED.match(line.text)
            label = meaning("labels", match[1]) if match else None
            if match and label:
                found.setdefault(label, (strip(match[2]), line.spot))
        if "name" in found:
            code, name = split_code(found["name"][0])
            found["name"] = name, found["name"][1]
            if code:
                found["code"] = code, found["name"][1]
        else:
            title = self._title()
            if title:
                found["name"] = title, self.start
        return found

    def _title(self) -> str:
        said = []
        for line in self.head[:6]:
            if not _LABELLED.match(line.text):
                said.append(squeeze(line.text))
            if _KIND.search("".join(said)):
                return _LEADING.sub("", _KIND.sub("", "".join(said)))
        return ""

    @property
    def name(self) -> str:
        """项目名称, or the file's name where none was found."""
        return self.labels["name"][0] if "name" in self.labels else self.path.stem

    @cached_property
    def year(self) -> int | None:
        """预算年度: the year in the name, else in 项目起止年限 or the title; None where nothing tells it."""
        texts = [self.name, *(self.labels[key][0] for key in ("period",) if key in self.labels)]
        texts += [line.text for line in self.head[:6]]
        return next((int(match[1]) for text in texts if (match := _YEAR.search(text))), None)

    @cached_property
    def passages(self) -> dict[str, tuple[str, Spot]]:
        """Return the text below each heading that is a chapter of 报告内容, with its place."""
        found: dict[str, tuple[str, Spot]] = {}
        for titles, lines in under(self.lines):
            chapter = next((c for title in reversed(titles) if (c := meaning("chapters", title))), None)
            if chapter is None or (chapter not in _ENDINGS and len(titles) < 2) or any(map(_is_analysis, titles)):
                continue
            text = "\n".join(shown(line) for line in lines)
            if chapter in found:
                text = f"{found[chapter][0]}\n{text}"
            found[chapter] = text, found[chapter][1] if chapter in found else lines[0].spot
        return found

    @cached_property
    def amounts(self) -> dict[str, list[Stated]]:
        """Return the amounts of money (万元) that the text states, by key of 项目资金."""
        found: dict[str, list[Stated]] = {}
        for line in self.lines:
            for key, pattern in patterns("amounts").items():
                for match in re.finditer(f"(?:{pattern.pattern}){_AMOUNT}", line.text):
                    value, unit = match.groups()[-2:]
                    amount = read_quantity(value, unit).value
                    if amount is not None and canonical_unit(unit):
                        found.setdefault(key, []).append(Stated(to_wan(amount, unit), match[0], line.spot))
        return found

    @cached_property
    def declared(self) -> dict[str, Stated]:
        """Return the results that the text declares, by `form` and `scorecard`."""
        concluding = [line for line in self.lines if any(meaning("chapters", t) == _CONCLUSION for t in line.chapter)]
        found: dict[str, Stated] = {}
        for kind, stated in _results(concluding):
            found.setdefault(kind or self._either, stated)
        if not found:
            for kind, stated in _results([line for line in self.lines if not any(map(_is_analysis, line.chapter))]):
                if kind or "自评" in stated.typed:
                    found.setdefault(kind or self._either, stated)
        return found

    @property
    def _either(self) -> str:
        return "scorecard" if self.leaves else "form"

    @cached_property
    def grade(self) -> tuple[str, Spot] | None:
        """Return the grade that the conclusion states."""
        for line in self.lines:
            match = (
                _GRADE.search(line.text) if any(meaning("chapters", t) == _CONCLUSION for t in line.chapter) else None
            )
            if match:
                return match[1] or match[2], line.spot
        return None


_CONCLUSION = standard.CHAPTER_CONCLUSION
#: Chapters of 报告内容 that are chapters of the report itself; the others stand below one.
_ENDINGS = (_CONCLUSION, standard.CHAPTER_PROBLEMS, standard.CHAPTER_SUGGESTIONS)


def read_report(path: Path) -> Report:
    """Read a report; what is wrong with the file stands in its document."""
    document = read_document(path)
    if document.problem:
        return Report(path, document)
    where = outline(document)
    tables = read_tables(where.tables)
    return Report(path, document, where, read_items(where.lines), [_card_item(row) for row in tables.scorecard], tables)


def shown(line: Line) -> str:
    """Return a paragraph with its number, as printed."""
    label = {0: "", 1: "{}、", 2: "（{}）", 3: "{}.", 4: "（{}）", 5: "{}）"}[line.level]
    number = "一二三四五六七八九十"[line.number - 1] if line.level in (1, 2) and 0 < line.number <= 10 else line.number
    return label.format(number) + line.text


def _is_analysis(title: str) -> bool:
    """Tell whether a chapter holds the scored items."""
    return "绩效分析" in title or meaning("categories", title) is not None


def _card_item(row: Row) -> Item:
    values = row.values
    full = read_quantity(values["full_marks"]).value or Decimal(0)
    awarded = read_quantity(values.get("awarded") or "").value
    category = meaning("categories", values.get("category", "")) or ""
    level1 = values.get("level1", "") if values["name"] != values.get("level1") else ""
    return Item(
        values["name"],
        full,
        awarded,
        category,
        level1,
        values.get("evidence", ""),
        values.get("reason", ""),
        row.spot,
        9,
    )


def _results(lines: Sequence[Line]) -> Iterator[tuple[str, Stated]]:
    """Walk over the results stated: their kind (`form`, `scorecard`, "" for either), and the figure."""
    for line in lines:
        said = halfwidth(line.text) if len(halfwidth(line.text)) == len(line.text) else line.text
        taken: list[int] = []
        for kind, pattern in patterns("results").items():
            for match in re.finditer(rf"(?:{pattern.pattern})[^，。；,;\d]{{0,8}}?({NUMBER})\s*分(?!值)", said):
                before = re.split(r"[，。；,;]", said[: match.start()])[-1][-12:]
                points = read_number(match[1])
                if points is None or match.end() in taken or _NOT_OURS.search(before):
                    continue
                if points == 100 and _FULL_MARKS.search(said[: match.start(1)]):
                    continue
                taken.append(match.end())
                instead = _TYPED_INSTEAD.match(said[match.end() :])
                value = (read_number(instead[1]) if instead else None) or points
                yield ("" if kind == "either" else kind), Stated(value, match[0], line.spot)
