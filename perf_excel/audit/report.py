"""A report as the audit sees it: who and what it is about, its items, its tables, its figures, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from perf_excel.audit.document import Document, read_document
from perf_excel.audit.forms import Form, Row, Tables, read_tables, split_code
from perf_excel.audit.items import Item, groups, leaves, read_items
from perf_excel.audit.lexicon import meaning, patterns, words
from perf_excel.audit.marks import NUMBER, plain_digits, read_number
from perf_excel.audit.outline import Line, Outline, Spot, outline, under
from perf_excel.numbers import read_quantity, to_wan
from perf_excel.scoring import add_up
from perf_excel.text import squeeze, strip
from perf_excel.workbook import standard

_KIND = re.compile(
    r"(?:支出)?(?:项目)?(?:支出)?(?:预算)?(?:项目)?(?:支出)?绩效(?:自我?)?(?:评价|自评)(?:情况)?(?:的)?报告(?:书)?.*$"
)
_LEADING = re.compile(r"^(?:20\d{2}年度?)(?=20\d{2}年)")
#: A year, unless it begins or ends a span of them.
_YEAR = re.compile(r"(?<![\d至到~—–-])(20\d{2})\s*年(?!\s*[至到~—–-]\s*20\d{2})")
_LABELLED = re.compile(r"^\s*([^：:]{2,12})[：:]\s*(\S.*)$")
#: What stands in a report until a person completes it, or looks at it again.
TO_FILL = re.compile(r"【待(?:填写|核对)[：:][^】]*】")
_TYPED_INSTEAD = re.compile(rf"^\s*(?:分\s*)?【待核对[：:]\s*申报\s*({NUMBER})\s*分")
_AMOUNT = r"[^\d，。；;,、（(]{0,8}(\d[\d,，]*(?:\.\d+)?)\s*(亿元|万元|元)"
_POINTS = rf"[^，。；,;\d]{{0,8}}?({NUMBER})\s*分(?![值之钟])"
_CLAUSE = re.compile(r"[，。；,;\n]")
_TITLE_LINES = 6
#: As many scored items make a report, whatever it is called.
_SEVERAL = 3
_SCORE_OF_NAME = re.compile(
    r"(?P<name>[^，。；;：:、（()）\s\d]{2,20}?)(?:[（(]\d+(?:\.\d+)?分[)）])?(?:自评|实际)?"
    rf"(?:得分|得|评分)[^，。；,;\d]{{0,8}}?(?P<points>{NUMBER})\s*分(?![值之钟])"
)
_ENDING_OF_PART = re.compile(r"(?<=.{2})(?:绩效|指标|情况|分析|方面|部分|类)+$")
_SENTENCE = re.compile(r"[^。；;\n]+")
_GRADE = re.compile(
    r"(?:(?:等级|档次|结论|结果)[^，。；\d]{0,6}?(?:为|是|属于?|[：:])|(?:等级|档次)|[评定]为|属于|分\s*[（(])\s*[“\"「『]?\s*"
    r"([优良中差])(?:秀|好|等)?(?=[”\"」』）)。，,；;、\s]|$|等级|档)|[“\"「『]([优良中差])[”\"」』]"
)
#: 「90分以上为优，80分至90分为良」 explains the grades.
_GRADES_EXPLAINED = re.compile(r"优.{0,24}良.{0,24}[中差]")
_FULL_MARKS_TOLD = re.compile(r"[（(](?:满分|总分|百分制)[^（()）]*[)）]")


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

    @cached_property
    def forms(self) -> list[list[Form]]:
        """Return the forms by project: a form that names no other project is one of the project before it."""
        found: list[list[Form]] = []
        for form in self.tables.forms:
            name = _name_of(form)
            same = not name or next((n for one in found[-1:] for f in one if (n := _name_of(f))), name) == name
            if found and same:
                found[-1].append(form)
            else:
                found.append([form])
        return found

    @cached_property
    def sums(self) -> dict[str, Decimal]:
        """Return what the items of each chapter, category and upper level come to, by `name_of_part`."""
        below: dict[str, list[Item]] = {name_of_part(group.name): leaves(group.parts) for group in self.groups}
        for item in self.leaves:
            for name in {item.category, *item.above} - {""}:
                below.setdefault(name_of_part(name), []).append(item)
        sums = {name: add_up([item.awarded for item in items]) for name, items in below.items()}
        return {name: total for name, total in sums.items() if total is not None}

    @property
    def is_one(self) -> bool:
        """Tell whether this is a report of a self-evaluation at all."""
        titled = any(meaning("chapters", title) or _is_analysis(title) for line in self.lines for title in line.chapter)
        named = any("绩效" in line.text for line in self.lines[:_TITLE_LINES])
        return bool(self.form) or len(self.leaves) >= _SEVERAL or (named and (titled or bool(self.results)))

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
        for form in self.forms[0] if self.forms else ():
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
        for line in self.head[:_TITLE_LINES]:
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
        texts += [line.text for line in self.head[:_TITLE_LINES]]
        return next((int(match[1]) for text in texts if (match := _YEAR.search(text))), None)

    @cached_property
    def passages(self) -> dict[str, tuple[str, Spot]]:
        """Return the text below each heading that is a chapter of 报告内容, with its place."""
        found: dict[str, tuple[str, Spot]] = {}
        divided = {line.chapter[:depth] for line in self.lines for depth in range(1, len(line.chapter))}
        for titles, lines in under(self.lines):
            chapter = next((c for title in reversed(titles) if (c := meaning("chapters", title))), None)
            # What stands above the parts of a chapter is none of them.
            above = titles in divided and chapter not in _ENDINGS
            if chapter is None or above or any(map(_is_analysis, titles)):
                continue
            text = "\n".join(line.label + line.text for line in lines)
            if chapter in found:
                text = f"{found[chapter][0]}\n{text}"
            found[chapter] = text, found[chapter][1] if chapter in found else lines[0].spot
        return found

    @cached_property
    def amounts(self) -> dict[str, list[Stated]]:
        """Return the amounts of money (万元) that the text states, by key of 项目资金."""
        found: dict[str, list[Stated]] = {}
        for line in self.lines:
            for key, stated in amounts_in(line):
                found.setdefault(key, []).append(stated)
        return found

    @cached_property
    def results(self) -> list[tuple[str, Stated]]:
        """Return every result that the text declares: its kind (`form`, `scorecard`, "" for either), and the figure.

        The conclusion comes first, then what stands before the first chapter, then the rest. Outside of a conclusion
        a result is one only where it is called so.
        """
        elsewhere = [line for line in self.lines if not any(map(_is_analysis, line.chapter))]
        places = [
            (self._in(_is_conclusion), frozenset[str]()),
            ([*self.head, *elsewhere], frozenset({"bare"})),
            (self.lines, frozenset({"bare", "self"})),
        ]
        found: dict[int, list[tuple[str, Stated]]] = {}
        for lines, unless in places:
            for line in lines:
                if line.spot.order not in found:
                    found[line.spot.order] = list(_results(line, unless))
        return [result for results in found.values() for result in results]

    @cached_property
    def summaries(self) -> list[Line]:
        """Return the lines that may repeat what the items come to: before the first chapter, and in the conclusion."""
        return [*self.head, *self._in(_is_conclusion)]

    def _in(self, holds: Callable[[str], bool]) -> list[Line]:
        return [line for line in self.lines if line.chapter and any(map(holds, line.chapter))]

    @cached_property
    def declared(self) -> dict[str, Stated]:
        """Return the results that the text declares, by `form` and `scorecard`, the first of each."""
        found: dict[str, Stated] = {}
        for kind, stated in self.results:
            found.setdefault(self.kind_of(kind, stated), stated)
        return found

    def kind_of(self, kind: str, stated: Stated) -> str:
        """Tell which of the two scores a result is that does not say so itself."""
        if kind:
            return kind
        if not self.leaves:
            return "form"
        total = self.form.total if self.form else None
        of_form = read_quantity(total.values.get("awarded") or "").value if total else None
        items = add_up([item.awarded for item in self.leaves])
        return "form" if stated.value == of_form != items else "scorecard"

    @cached_property
    def grade(self) -> tuple[str, Line] | None:
        """Return the grade that the conclusion states, else one beside a result, and the paragraph."""
        told = {stated.spot.order for _, stated in self.results}
        for line in (*self._in(_is_conclusion), *(line for line in self.lines if line.spot.order in told)):
            for sentence in _SENTENCE.findall(line.text):
                match = None if _GRADES_EXPLAINED.search(sentence) else _GRADE.search(sentence)
                if match:
                    return match[1] or match[2], line
        return None


_FULL = Decimal(100)
_CONCLUSION = standard.CHAPTER_CONCLUSION
#: Chapters of 报告内容 that are chapters of the report itself; the others stand below one.
_ENDINGS = (_CONCLUSION, standard.CHAPTER_PROBLEMS, standard.CHAPTER_SUGGESTIONS)


def read_report(path: Path) -> Report:
    """Read a report; what is wrong with the file stands in its document."""
    document = read_document(path)
    if not document.problem and not document.blocks:
        document = replace(document, problem="word_blank")
    if document.problem:
        return Report(path, document)
    where = outline(document)
    tables = read_tables(where.tables)
    return Report(path, document, where, read_items(where.lines), [_card_item(row) for row in tables.scorecard], tables)


def _is_analysis(title: str) -> bool:
    """Tell whether a chapter holds the scored items."""
    return meaning("analysis", title) is not None or meaning("categories", title) is not None


def _is_conclusion(title: str) -> bool:
    return meaning("chapters", title) == _CONCLUSION


def _name_of(form: Form) -> str:
    return squeeze(split_code(form.labels["name"][0])[1]) if "name" in form.labels else ""


def _card_item(row: Row) -> Item:
    values = row.values
    category = (
        meaning("categories", values.get("category", "")) or meaning("categories", values.get("level1", "")) or ""
    )
    above = tuple(text for key in ("level1", "level2") if (text := squeeze(values.get(key, ""))) != values["name"])
    return Item(
        name=values["name"],
        full=read_quantity(values["full_marks"]).value or Decimal(0),
        awarded=read_quantity(values.get("awarded") or "", "分").value,
        category=category,
        level1=above[0] if above else "",
        evidence=values.get("evidence", ""),
        reason=values.get("reason", ""),
        spot=row.spot,
        level=0,
        above=above,
    )


def amounts_in(line: Line) -> Iterator[tuple[str, Stated]]:
    """Walk over the amounts of the project (万元) that a paragraph states, by key of 项目资金."""
    said = plain_digits(line.text)
    for key, pattern in patterns("amounts").items() if "元" in said else ():
        for match in re.finditer(f"(?:{pattern.pattern}){_AMOUNT}", said):
            if words("of_others", "amounts").search(_CLAUSE.split(said[: match.start()])[-1]):
                continue
            value, unit = match.groups()[-2:]
            amount = read_quantity(value.replace("，", ","), unit).value
            if amount is not None:
                yield key, Stated(to_wan(amount, unit), match[0], line.spot)


def name_of_part(name: str) -> str:
    """Return what a chapter of items is called where it is named in short: 决策 for 「决策指标情况」."""
    return _ENDING_OF_PART.sub("", squeeze(name))


def scores_by_name(line: Line) -> Iterator[tuple[str, Decimal]]:
    """Walk over the scores that a paragraph gives to something by its name: the name, the points."""
    for match in _SCORE_OF_NAME.finditer(plain_digits(line.text)):
        points = read_number(match["points"])
        if points is not None:
            yield match["name"].removeprefix("其中"), points


def _results(line: Line, unless: Collection[str]) -> Iterator[tuple[str, Stated]]:
    """Walk over the results that a paragraph states, those called by names of some kinds left out."""
    said = _FULL_MARKS_TOLD.sub("", plain_digits(line.text))
    taken: list[int] = []
    for kind, pattern in patterns("results").items() if "分" in said else ():
        for match in re.finditer(rf"(?:{pattern.pattern}){_POINTS}", said):
            before = _CLAUSE.split(said[: match.start()])[-1]
            points = read_number(match[1])
            if points is None or match.end() in taken or words("of_others", "results").search(before):
                continue
            taken.append(match.end())
            if kind in unless or (kind == "bare" and not words("of_others", "whole").fullmatch(before)):
                continue
            if points == _FULL and match[0].startswith("总分"):
                continue  # 「总分100分」 says what it could be
            instead = _TYPED_INSTEAD.match(said[match.end() :])
            value = (read_number(instead[1]) if instead else None) or points
            yield kind if kind in ("form", "scorecard") else "", Stated(value, match[0], line.spot)
