"""Load a rule set: every figure that a score depends on, with its source (contract §2.7).

A rule file is TOML. `extends = "财政部"` takes over everything that the file does not say itself, so an office's own
file holds only what is different there. What is wrong in a file is said in Chinese, by its key.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from perf_excel.errors import PerfExcelError

_FOLDER = Path(__file__).parent


class RuleError(PerfExcelError):
    """A rule set that is not there or cannot be used; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Band:
    """A half-open band of a scale: `floor` belongs to it, the floor of the next band up does not.

    Attributes:
        floor: lowest value that belongs to the band.
        name: what the band is called (a grade), if anything.
        share: what it gives: per cent of the weight, or the most points.
    """

    floor: Decimal
    name: str = ""
    share: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The band of 得分比例 (per cent) that a 完成档次 allows. `to` belongs to it only where it is 100."""

    grade: str
    low: Decimal
    high: Decimal

    def holds(self, percent: Decimal) -> bool:
        """Tell whether `percent` lies in the band."""
        return self.low <= percent <= self.high if self.high >= 100 else self.low <= percent < self.high


@dataclass(frozen=True, slots=True)
class Profile:
    """Weights by 一级指标, and when they apply."""

    name: str
    weights: Mapping[str, Decimal]
    when: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def fits(self, levels: frozenset[str]) -> bool:
        """Tell whether the profile is meant for a project that has these 一级指标."""
        return levels.issuperset(self.when) and not levels.intersection(self.without)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule set, ready for scoring. Points are of a total of 100, rates are ratios.

    Attributes:
        sources: where each part comes from, by the name of its section in the file.
        digest: changes whenever any figure does.
    """

    name: str
    title: str
    source: str
    execution_weight: Decimal
    reason_below: Decimal
    profiles: tuple[Profile, ...]
    binding: bool
    lower_variant: str
    over_above: Decimal
    over_below: Decimal
    over_deduction: Decimal
    judgements: tuple[Judgement, ...]
    satisfaction: tuple[Band, ...]
    caps: tuple[Band, ...]
    grades: tuple[Band, ...]
    sources: Mapping[str, str]
    digest: str

    @property
    def indicator_weight(self) -> Decimal:
        """What the weights of a project's indicators add up to."""
        return 100 - self.execution_weight

    def profile(self, levels: frozenset[str]) -> Profile | None:
        """Return the weights meant for a project with these 一级指标 (the first that fits)."""
        return next((profile for profile in self.profiles if profile.fits(levels)), None)

    def grade(self, total: Decimal) -> str:
        """Return 优良中差 for a total that is already rounded; bands are closed on the left."""
        return next((band.name for band in self.grades if total >= band.floor), "")

    def judgement(self, grade: str) -> Judgement | None:
        """Return the band of a 完成档次."""
        return next((band for band in self.judgements if band.grade == grade), None)

    def cap(self, rate: Decimal) -> Decimal | None:
        """Return the most points that an execution rate allows, None where there is no cap."""
        return next((band.share for band in self.caps if rate < band.floor), None)


def load_rules(name: str | Path) -> RuleSet:
    """Return the rule set of that name, or the one in that file.

    Raises:
        RuleError: there is none, or it cannot be used.
    """
    text = str(name)
    return _shipped(text) if _is_shipped(text) else _load(text)


@lru_cache(maxsize=8)
def _shipped(name: str) -> RuleSet:
    return _load(name)


def _is_shipped(name: str) -> bool:
    return name in {file.stem for file in _FOLDER.glob("*.toml")}


def _load(name: str) -> RuleSet:
    files: list[Mapping[str, Any]] = []
    data = _read(name, files)
    try:
        rules = _build(data)
    except KeyError as error:
        raise RuleError(f"评分规则“{name}”里缺少 {error.args[0]} 这一项。") from None
    for file in files:
        _check_sources(file)
    return rules


#: Every key that a rule file may have, by section.
_KEYS: dict[str, set[str]] = {
    "": {
        "name",
        "title",
        "source",
        "execution",
        "profiles",
        "attainment",
        "judgement",
        "satisfaction",
        "caps",
        "grades",
    },
    "execution": {"source", "weight", "reason"},
    "execution.reason": {"source", "below"},
    "profiles": {"source", "binding", "options"},
    "attainment": {"source", "lower", "over"},
    "attainment.lower": {"source", "variant"},
    "attainment.over": {"source", "above", "below", "deduction"},
    **{name: {"source", "bands"} for name in ("judgement", "satisfaction", "caps", "grades")},
}


def _check_keys(data: Mapping[str, Any], where: str = "") -> None:
    """Refuse a key that means nothing."""
    for key, value in data.items():
        path = f"{where}.{key}" if where else key
        if key not in _KEYS[where]:
            close = difflib.get_close_matches(key, _KEYS[where], 1)
            raise RuleError(f"评分规则里认不出 {path} 这一项" + (f"，是不是想写 {close[0]}？" if close else "。"))
        if isinstance(value, Mapping) and path in _KEYS:
            _check_keys(value, path)


def _check_sources(data: Mapping[str, Any], where: str = "") -> None:
    """Refuse figures of an office's own that would still stand under the source of the file that it extends."""
    for key, value in data.items():
        path = f"{where}.{key}" if where else key
        if isinstance(value, Mapping) and path in _KEYS:
            _check_sources(value, path)
            figures = value.keys() - {"source"} - {inner for inner in value if f"{path}.{inner}" in _KEYS}
            if figures and not str(value.get("source", "")).strip():
                raise RuleError(f"评分规则里 [{path}] 没有写出处（source）；没有公开出处的写“无公开出处”。")


def _read(
    name: str, files: list[Mapping[str, Any]], seen: tuple[str, ...] = (), beside: Path | None = None
) -> dict[str, Any]:
    """Read a rule file and what it extends; `files` collects what each of them says itself."""
    path = _FOLDER / f"{name}.toml" if _is_shipped(name) else (beside or Path()) / name
    try:
        there = path.is_file()
    except OSError:
        there = False
    if not there:
        names = "、".join(sorted(file.stem for file in _FOLDER.glob("*.toml")))
        raise RuleError(f"没有找到评分规则“{name[:80]}”。可以用的有：{names}，也可以写一个规则文件的路径。")
    if name in seen:
        raise RuleError(f"评分规则“{name}”的extends绕回了自己。")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError:
        raise RuleError(f"规则文件“{path.name}”不是UTF-8编码，请用记事本另存为UTF-8。") from None
    except tomllib.TOMLDecodeError as error:
        raise RuleError(
            f"规则文件“{path.name}”的格式不对：{_where(str(error))}，请对照自带的财政部规则检查。"
        ) from None
    except OSError:
        raise RuleError(f"规则文件“{path.name}”打不开。") from None
    parent = data.pop("extends", None)
    _check_keys(data)
    files.append(data)
    if not parent:
        return data
    return _merge(_read(str(parent), files, (*seen, name), path.parent), {"name": path.stem} | data)


def _where(error: str) -> str:
    import re

    match = re.search(r"line (\d+)", error)
    return f"第{match[1]}行附近" if match else "末尾附近"


def _merge(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _number(section: Mapping[str, Any], where: str, key: str, low: str = "0", high: str = "1000000") -> Decimal:
    value = section[key] if key in section else _missing(f"{where}.{key}")
    try:
        number = Decimal(str(value))
        inside = Decimal(low) <= number <= Decimal(high)
    except InvalidOperation:
        inside = False
    if not inside or isinstance(value, bool):
        raise RuleError(f"评分规则里 {where}.{key} 写的是“{value}”，应为{low}到{high}之间的数。")
    return number


def _missing(key: str) -> Any:
    raise KeyError(key)


def _section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value: Any = data
    for part in name.split("."):
        value = value[part] if isinstance(value, Mapping) and part in value else _missing(f"[{name}]")
    if not isinstance(value, Mapping):
        raise RuleError(f"评分规则里 {name} 应为一节（写成 [{name}]）。")
    if not str(value.get("source", "")).strip():
        raise RuleError(f"评分规则里 [{name}] 没有写出处（source）；没有公开出处的写“无公开出处”。")
    return value


def _bands(section: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    bands = section.get("bands", [])
    if not isinstance(bands, list) or not all(isinstance(band, Mapping) for band in bands):
        raise RuleError(f"评分规则里 {where}.bands 应为若干档，每档写成 [[{where}.bands]]。")
    return bands


def _build(data: dict[str, Any]) -> RuleSet:
    names = ("execution", "execution.reason", "profiles", "attainment", "attainment.lower", "attainment.over")
    parts = {name: _section(data, name) for name in (*names, "judgement", "satisfaction", "caps", "grades")}
    lower, over = parts["attainment.lower"], parts["attainment.over"]
    if lower.get("variant") not in ("linear", "ratio"):
        raise RuleError(f"评分规则里 attainment.lower.variant 写的是“{lower.get('variant')}”，应为 linear 或 ratio。")
    judgements = tuple(
        Judgement(
            str(band["grade"]),
            _number(band, "judgement", "from", high="100"),
            _number(band, "judgement", "to", high="100"),
        )
        for band in _bands(parts["judgement"], "judgement")
    )
    if [band.grade for band in judgements] != ["达成", "部分达成", "未达成"] or any(
        upper.low != lower_band.high for upper, lower_band in pairwise(judgements)
    ):
        raise RuleError("评分规则里 judgement.bands 应依次为达成、部分达成、未达成，上一档的from等于下一档的to。")
    grades = _descending(
        (Band(_number(b, "grades", "from", high="100"), str(b["grade"])) for b in _bands(parts["grades"], "grades")),
        "grades",
    )
    if not grades or grades[-1].floor != 0:
        raise RuleError("评分规则里 grades.bands 的最后一档应从0分开始。")
    satisfaction = _descending(
        (
            Band(
                _number(b, "satisfaction", "from", high="100"),
                "",
                _number(b, "satisfaction", "share", high="100"),
            )
            for b in _bands(parts["satisfaction"], "satisfaction")
        ),
        "satisfaction",
    )
    caps = tuple(
        sorted(
            (
                Band(_number(b, "caps", "below", high="10"), "", _number(b, "caps", "most", high="100"))
                for b in _bands(parts["caps"], "caps")
            ),
            key=lambda band: band.floor,
        )
    )
    return RuleSet(
        name=str(data["name"]),
        title=str(data.get("title", data["name"])),
        source=str(data["source"]),
        execution_weight=_number(parts["execution"], "execution", "weight", high="100"),
        reason_below=_number(parts["execution.reason"], "execution.reason", "below", high="1"),
        profiles=_profiles(parts["profiles"]),
        binding=_switch(parts["profiles"], "profiles", "binding"),
        lower_variant=lower["variant"],
        over_above=_number(over, "attainment.over", "above", low="1"),
        over_below=_number(over, "attainment.over", "below", high="1"),
        over_deduction=_number(over, "attainment.over", "deduction", high="100"),
        judgements=judgements,
        satisfaction=satisfaction,
        caps=caps,
        grades=grades,
        sources={name: str(part["source"]) for name, part in parts.items()},
        digest=_digest(data),
    )


def _descending(bands: Any, where: str) -> tuple[Band, ...]:
    found = tuple(bands)
    if any(upper.floor <= lower.floor for upper, lower in pairwise(found)):
        raise RuleError(f"评分规则里 {where}.bands 应从高到低排列。")
    return found


def _switch(section: Mapping[str, Any], where: str, key: str) -> bool:
    value = section.get(key, False)
    if not isinstance(value, bool):
        raise RuleError(f"评分规则里 {where}.{key} 写的是“{value}”，应为 true 或 false（不加引号）。")
    return value


def _profiles(section: Mapping[str, Any]) -> tuple[Profile, ...]:
    options = section.get("options", [])
    if not isinstance(options, list) or not all(isinstance(option, Mapping) for option in options):
        raise RuleError("评分规则里 profiles.options 应为若干种比例，每种写成 [[profiles.options]]。")
    return tuple(_profile(option) for option in options)


def _profile(option: Mapping[str, Any]) -> Profile:
    name, weights = str(option["name"]), option["weights"]
    if not isinstance(weights, Mapping) or not weights:
        raise RuleError(f'评分规则里 profiles.{name}.weights 应写成 {{ "产出指标" = 50, "效益指标" = 30 }} 的样子。')
    for key in ("when", "without"):
        levels = option.get(key, [])
        if not isinstance(levels, list) or not all(isinstance(level, str) for level in levels):
            raise RuleError(f'评分规则里 profiles.{name}.{key} 应写成 ["成本指标"] 的样子。')
    figures = {str(level): _number(weights, f"profiles.{name}.weights", level, high="100") for level in weights}
    return Profile(name, figures, tuple(option.get("when", ())), tuple(option.get("without", ())))


def _digest(data: Mapping[str, Any]) -> str:
    """Return a hash of everything but what the rule set is called."""
    figures = {key: value for key, value in data.items() if key not in ("name", "title")}
    return hashlib.sha256(json.dumps(figures, sort_keys=True, default=str).encode()).hexdigest()
