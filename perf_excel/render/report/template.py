"""The gate to docxtpl: an office's Word file becomes a compiled template, once, and renders one report after another.

docxtpl reads the tags as Word scatters them over its XML; compiling that is nine tenths of its time, so what was
compiled is kept by the content of the file. What an office can do wrong in Word is looked for before anything is
rendered, tag by tag, because the errors of a whole document name a line that nobody can see.
"""

from __future__ import annotations

import difflib
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from perf_excel.package import pack
from perf_excel.render.report.finish import W, finish, parse
from perf_excel.render.report.problem import TemplateBroken
from perf_excel.text import shorten

_TYPES = "[Content_Types].xml"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_PAGES = re.compile(
    rf"{re.escape(_MAIN)}|application/vnd\.openxmlformats-officedocument\.wordprocessingml\.(?:head|foot)er\+xml"
)
#: An honest template has some 50 KB; more than this is no template.
_TOO_LARGE = 50_000_000
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_LOOSE = re.compile(r"\{\{|\{%|%\}|\}\}|｛｛|｛%|｛％|\{％|％\}")
_STATEMENT = re.compile(r"\{%.*?%\}", re.DOTALL)
_INSIDE = re.compile(r"\{[{%][-+]?(?:(?P<unit>p|tr|tc|r)\s)?\s*(?P<inside>.*?)\s*[-+]?[}%]\}", re.DOTALL)
#: Tags that docxtpl reads itself.
_OF_DOCXTPL = frozenset({"vm", "hm", "colspan", "cellbg"})
_ENDS = {"for": "endfor", "if": "endif"}
_QUOTES = str.maketrans("“”‘’", "\"\"''")
#: Quoted in Jinja's own sentences.
_QUOTED = re.compile(r"'([^']+)'")
#: What an expression may raise when it is fed with what a workbook holds.
_FAILURES = (TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class _Page:
    """A part of the document that holds tags: as Jinja reads it, and compiled."""

    source: str
    compiled: Template


@dataclass(frozen=True, slots=True)
class ReportTemplate:
    """A template, ready to render.

    Attributes:
        parts: of the Word file, by name.
        pages: the parts that hold tags.
        tags: all tags as an office sees them.
        names: what the template takes from the facts of a report.
    """

    parts: Mapping[str, bytes]
    pages: Mapping[str, _Page]
    tags: tuple[str, ...]
    names: frozenset[str]

    def check(self, known: Collection[str]) -> None:
        """Refuse names that no report knows.

        Raises:
            TemplateBroken: there is one.
        """
        for name in sorted(self.names - set(known)):
            raise self._unknown(name, known)

    def render(self, facts: Mapping[str, Any]) -> bytes:
        """Return the report made of some facts.

        Raises:
            TemplateBroken: a tag asks for what is not there, or for what no template may have.
        """
        made = dict(self.parts)
        for name, page in self.pages.items():
            try:
                made[name] = finish(page.compiled.render(facts))
            except SecurityError as error:
                raise TemplateBroken("forbidden", tag=self._tag(_quoted(error), page, error)) from error
            except UndefinedError as error:
                of_rows = "has no" in str(error)
                names = _names_of_rows(facts) if of_rows else set(facts)
                raise self._unknown(_quoted(error), names, page, error) from error
            except _FAILURES as error:
                raise TemplateBroken("failed", text=_words(page.source, _line_of(error))) from error
            except etree.XMLSyntaxError as error:
                raise TemplateBroken("misplaced") from error
        return pack(made)

    def _unknown(
        self, name: str, known: Collection[str], page: _Page | None = None, error: Exception | None = None
    ) -> TemplateBroken:
        near = difflib.get_close_matches(name, sorted(known), 1, 0.5)
        guess = f"，是不是要写“{near[0]}”" if near else ""
        return TemplateBroken("unknown", name=name, tag=self._tag(name, page, error), guess=guess)

    def _tag(self, name: str, page: _Page | None, error: Exception | None) -> str:
        """Return the first tag that has a name in it, else the words of the paragraph where it went wrong."""
        whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        found = next((tag for tag in self.tags if name and whole.search(tag)), "")
        return found or (_words(page.source, _line_of(error)) if page and error else "") or name


@lru_cache(maxsize=4)
def load(data: bytes) -> ReportTemplate:
    """Compile a template; the same content is compiled once.

    Raises:
        TemplateBroken: it is no Word file, or its tags are wrong.
    """
    parts = _unpack(data)
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    patch = DocxTemplate(io.BytesIO(data)).patch_xml
    pages: dict[str, _Page] = {}
    tags: list[str] = []
    names: set[str] = set()
    for name in _page_names(parts):
        root = _parsed(parts[name])
        mine = list(_tags(root))
        if not mine:
            continue
        _check_tags(mine, environment)
        tags += [tag for tag, _ in mine]
        source = re.sub(r"<w:p([ >])", r"\n<w:p\1", patch(etree.tostring(root, encoding="unicode")))
        try:
            names |= meta.find_undeclared_variables(environment.parse(source))
            pages[name] = _Page(source, environment.from_string(source))
        except TemplateSyntaxError as error:
            raise TemplateBroken("near", text=_words(source, error.lineno) or tags[-1]) from error
    if not pages:
        raise TemplateBroken("no_tags")
    return ReportTemplate(parts, pages, tuple(tags), frozenset(names))


def _unpack(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if sum(entry.file_size for entry in package.infolist()) > _TOO_LARGE:
                raise TemplateBroken("not_word")
            return {entry.filename: package.read(entry) for entry in package.infolist() if not entry.is_dir()}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise TemplateBroken("not_word") from error


def _parsed(part: bytes) -> Any:
    try:
        return parse(part)
    except etree.XMLSyntaxError as error:
        raise TemplateBroken("not_word") from error


def _page_names(parts: Mapping[str, bytes]) -> list[str]:
    """Return the names of the parts that people write in: the text, headers and footers; the text comes first."""
    if _TYPES not in parts:
        raise TemplateBroken("not_word")
    found = {
        entry.get("PartName", "").lstrip("/"): entry.get("ContentType", "")
        for entry in _parsed(parts[_TYPES]).iter("{*}Override")
    }
    names = [name for name, kind in found.items() if name in parts and _PAGES.fullmatch(kind)]
    if not any(found[name] == _MAIN for name in names):
        raise TemplateBroken("not_word")
    return sorted(names, key=lambda name: (found[name] != _MAIN, name))


def _tags(root: Any) -> Iterator[tuple[str, str]]:
    """Yield the tags of a part as an office sees them, each with the words of the last paragraph that has any.

    Raises:
        TemplateBroken: one is not written to its end, or one for rows stands outside of a table.
    """
    near = ""
    for paragraph in root.iter(f"{W}p"):
        text = "".join(node.text or "" for node in paragraph.iter(f"{W}t"))
        if _LOOSE.search(_TAG.sub("", text)):
            raise TemplateBroken("unclosed", text=shorten(text, 60))
        near = text if _STATEMENT.sub("", text).strip() else near
        in_row = any(True for _ in paragraph.iterancestors(f"{W}tr"))
        for tag in _TAG.findall(text):
            match = _INSIDE.fullmatch(tag)
            if match and match["unit"] in ("tr", "tc") and not in_row:
                raise TemplateBroken("outside", tag=tag)
            yield tag, near


def _check_tags(tags: list[tuple[str, str]], environment: ImmutableSandboxedEnvironment) -> None:
    """Refuse loops and conditions that do not end where they should, and what Jinja cannot read."""
    opened: list[tuple[str, str, str | None]] = []
    for tag, near in tags:
        match = _INSIDE.fullmatch(tag)
        if match is None:
            continue  # a comment
        unit, inside = match["unit"], match["inside"].translate(_QUOTES)
        word = (inside.split() or [""])[0]
        if tag.startswith("{{"):
            alone = f"{{{{ {inside} }}}}"
        elif word in _ENDS:
            opened.append((tag, word, unit))
            alone = f"{{% {inside} %}}{{% {_ENDS[word]} %}}"
        elif word in _ENDS.values():
            if not opened or _ENDS[opened[-1][1]] != word:
                start = next(start for start, end in _ENDS.items() if end == word)
                raise TemplateBroken("stray", tag=tag, start=start, text=shorten(near, 60))
            start, _, unit_of_start = opened.pop()
            if unit != unit_of_start:
                raise TemplateBroken("unlike", tag=tag, start=start)
            continue
        elif word in ("else", "elif"):
            alone = f"{{% if 1 %}}{{% {inside} %}}{{% endif %}}"
        elif word in _OF_DOCXTPL:
            continue
        else:
            alone = f"{{% {inside} %}}"
        try:
            environment.parse(alone)
        except TemplateSyntaxError as error:
            raise TemplateBroken("syntax", tag=tag) from error
    if opened:
        tag, word, _ = opened[-1]
        raise TemplateBroken("endless", tag=tag, end=_ENDS[word])


def _names_of_rows(facts: Mapping[str, Any]) -> set[str]:
    """Return the names that the rows of facts have, and the rows in them."""
    found: set[str] = set()
    for value in facts.values():
        for row in value if isinstance(value, list) else [value]:
            if isinstance(row, Mapping):
                found |= row.keys() | _names_of_rows(row)
    return found


def _quoted(error: Exception) -> str:
    """Return the name that Jinja complains of: the first quoted one of a missing variable or a forbidden attribute."""
    quoted = _QUOTED.findall(str(error))
    return (
        (quoted[0] if isinstance(error, SecurityError) or "has no" not in str(error) else quoted[-1]) if quoted else ""
    )


def _words(source: str, number: int | None) -> str:
    """Return the words of a line of a page; a line is a paragraph."""
    lines = source.split("\n")
    text = lines[number - 1] if number and number <= len(lines) else ""
    return shorten(re.sub(r"<[^>]*>", "", text), 60)


def _line_of(error: Exception) -> int | None:
    """Return the line of the template that was being rendered."""
    line, step = None, error.__traceback__
    while step is not None:
        if "__jinja_template__" in step.tb_frame.f_globals or step.tb_frame.f_code.co_filename == "<template>":
            line = step.tb_lineno
        step = step.tb_next
    return line
