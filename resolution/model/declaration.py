"""A kind declared: features, comparisons with their levels, blocking keys, cannot-link, objective. Read from YAML.

`features` names a feature type for each field; `usage` counts by how many different owners a value is used; `derive`
adds columns by SQL over those before it. A level's `when` is SQL over the columns of two records, suffixed `_l` and
`_r`. Three macros write out the character-wise comparisons of fixed-length ASCII codes, so that DuckDB and Spark give
the same answer: ``{one_error:column:n}`` exactly one of n characters differs, ``{one_error_or_swap:column:n}`` that or
two neighbours swapped, ``{compatible:column:n}`` equal wherever neither side has a star.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from core.errors import ModelInvalid
from resolution.clusters.threshold import Objective, read_objective
from resolution.model.declared import check

FOLDER: Final = Path(__file__).resolve().parent.parent / "declarations"
_MOST_BYTES: Final = 1_000_000
_LONGEST_CODE: Final = 64
_MACRO: Final = re.compile(r"\{(\w+):(\w+):(\d+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A field of the records, read by a feature type; the first of `sources` that a record has gives the text."""

    name: str
    type: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The column `name` counts how many different values of feature `by` come with the value of feature `value`."""

    name: str
    value: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """`raw` is the condition with its macros, `when` the same written out.

    `frequency` names the column whose share among the records stands for u.

    `m` and `u` are declared, with the reason beside them, where no training data can be expected to show the level:
    random pairs are too few for a rare coincidence, and a register's own numbers are never wrong in a made town.
    `rivals` stands for u where a coincidence is as rare as there are records: so many others, on average, agree with a
    record at this level though they are of another entity, in a village and in a city alike.
    """

    name: str
    zh: str
    en: str
    when: str
    raw: str
    missing: bool
    frequency: str | None
    m: float | None
    u: float | None
    rivals: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Levels from the most to the least alike; an explanation shows the catalogue field (or feature) `shows`."""

    name: str
    zh: str
    shows: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingKey:
    """Records that agree in all `columns` are compared, unless more than the limit share the key."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One kind. `cannot_link` names the feature of which a cluster may hold one value only.

    `identifier` names the feature that tells entities apart where it is known: frequencies and u count its values, so
    that an entity with many records does not make its own name look common. `objective` is what the threshold is
    chosen for (see `resolution.clusters.threshold`); `absent` is how many bits a pair that no key brought together
    weighs against joining its clusters (see `resolution.clusters.contraction`); with `adopt` a record left alone joins
    the cluster of its strongest link (see `resolution.clusters.adoption`), in whole runs on one machine.
    """

    kind: str
    features: tuple[Feature, ...]
    usage: tuple[Usage, ...]
    derive: tuple[tuple[str, str], ...]
    comparisons: tuple[Comparison, ...]
    blocking: tuple[BlockingKey, ...]
    training: tuple[str, ...]
    cannot_link: str | None
    identifier: str | None
    objective: Objective
    absent: float
    adopt: bool
    block_limit: int

    def comparison(self, name: str) -> Comparison:
        """Raises `KeyError` for a comparison that is not declared."""
        for comparison in self.comparisons:
            if comparison.name == name:
                return comparison
        raise KeyError(name)


@cache
def declaration(kind: str) -> Declaration:
    """The shipped declaration of `kind`; raises `ModelInvalid` when there is none."""
    path = FOLDER / f"{kind}.yaml"
    if not path.is_file():
        raise ModelInvalid(f"没有“{kind}”的匹配声明")
    return load_declaration(path)


def load_declaration(path: Path) -> Declaration:
    """A declaration file, such as that of a user's own kind; raises `ModelInvalid`."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ModelInvalid(f"匹配声明 {path.name} 太大，超过 {_MOST_BYTES:,} 字节")
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise ModelInvalid(f"匹配声明 {path.name} 无法读取：{type(error).__name__}") from None
    return read_declaration(data)


def read_declaration(data: dict[str, Any]) -> Declaration:
    """Raises `ModelInvalid` naming what is missing or unknown."""
    try:
        declared = Declaration(
            kind=data["kind"],
            features=tuple(_feature(name, item) for name, item in data["features"].items()),
            usage=tuple(
                Usage(name=name, value=item["value"], by=item["by"]) for name, item in data.get("usage", {}).items()
            ),
            derive=tuple(data.get("derive", {}).items()),
            comparisons=tuple(_comparison(item) for item in data["comparisons"]),
            blocking=tuple(BlockingKey(name=item["name"], columns=tuple(item["columns"])) for item in data["blocking"]),
            training=tuple(data.get("training", ())),
            identifier=data.get("identifier"),
            cannot_link=data.get("cannot_link"),
            objective=read_objective(data["objective"]),
            absent=float(data.get("absent", 0.0)),
            adopt=bool(data.get("adopt", False)),
            block_limit=int(data["block_limit"]),
        )
        check(declared)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ModelInvalid(f"匹配声明缺少或写错了一项：{error}") from None
    return declared


def _feature(name: str, item: str | dict[str, Any]) -> Feature:
    if isinstance(item, str):
        return Feature(name=name, type=item, sources=(name,))
    sources = item.get("from", name)
    return Feature(name=name, type=item["type"], sources=(sources,) if isinstance(sources, str) else tuple(sources))


def _comparison(item: dict[str, Any]) -> Comparison:
    return Comparison(
        name=item["name"], zh=item["zh"], shows=item["shows"], levels=tuple(_level(level) for level in item["levels"])
    )


def _level(item: dict[str, Any]) -> Level:
    missing = bool(item.get("missing", False))
    return Level(
        name=item["name"],
        zh=item.get("zh", "缺失"),
        en=item.get("en", "missing"),
        when=_MACRO.sub(_expand, item.get("when", "ELSE")),
        raw=item.get("when", "ELSE"),
        missing=missing,
        frequency=item.get("frequency"),
        m=item.get("m"),
        u=item.get("u"),
        rivals=item.get("rivals"),
    )


def _expand(match: re.Match[str]) -> str:
    macro, column, length = match[1], match[2], int(match[3])
    if length > _LONGEST_CODE:
        raise ModelInvalid(f"匹配声明中的宏 {macro} 只用于至多 {_LONGEST_CODE} 位的编号：{column}")
    sides = f"length({column}_l) = {length} AND length({column}_r) = {length}"
    differing = " + ".join(f"CASE WHEN {_at(column, i)} THEN 0 ELSE 1 END" for i in range(1, length + 1))
    if macro == "one_error":
        return f"({sides} AND ({differing}) = 1)"
    if macro == "one_error_or_swap":
        swap = " OR ".join(
            f"(substr({column}_l, {i}, 1) <> substr({column}_l, {i + 1}, 1)"
            f" AND substr({column}_l, {i}, 1) = substr({column}_r, {i + 1}, 1)"
            f" AND substr({column}_l, {i + 1}, 1) = substr({column}_r, {i}, 1))"
            for i in range(1, length)
        )
        return f"({sides} AND (({differing}) = 1 OR (({differing}) = 2 AND ({swap}))))"
    if macro == "compatible":
        open_ = " AND ".join(
            f"({_at(column, i)} OR substr({column}_l, {i}, 1) = '*' OR substr({column}_r, {i}, 1) = '*')"
            for i in range(1, length + 1)
        )
        return f"({sides} AND {open_})"
    raise ModelInvalid(f"匹配声明中有未知的宏 {macro}")


def _at(column: str, place: int) -> str:
    return f"substr({column}_l, {place}, 1) = substr({column}_r, {place}, 1)"
