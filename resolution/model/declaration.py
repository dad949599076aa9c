"""A kind declared: comparisons with their levels, blocking keys, cannot-link, threshold. Read from YAML.

A level's `when` is SQL over the feature columns, suffixed `_l` and `_r`. Three macros write out the character-wise
comparisons of fixed-length ASCII codes, so that DuckDB and Spark give the same answer:
``{one_error:column:n}`` exactly one of n characters differs, ``{one_error_or_swap:column:n}`` that or two neighbours
swapped, ``{compatible:column:n}`` equal wherever neither side has a star.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from core.errors import ModelInvalid

FOLDER: Final = Path(__file__).resolve().parent.parent / "declarations"
_MACRO: Final = re.compile(r"\{(\w+):(\w+):(\d+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """`frequency` names the column whose share among the records stands for u.

    `m` and `u` are declared, with the reason beside them, where no training data can be expected to show the level:
    random pairs are too few for a rare coincidence, and a register's own numbers are never wrong in a made town.
    """

    name: str
    zh: str
    en: str
    when: str
    missing: bool
    frequency: str | None
    m: float | None
    u: float | None


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
    that an entity with many records does not make its own name look common.
    """

    kind: str
    comparisons: tuple[Comparison, ...]
    blocking: tuple[BlockingKey, ...]
    training: tuple[str, ...]
    cannot_link: str | None
    identifier: str
    threshold: float
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
    return read_declaration(yaml.safe_load(path.read_text(encoding="utf-8")))


def read_declaration(data: dict[str, Any]) -> Declaration:
    """Raises `ModelInvalid` naming what is missing or unknown."""
    try:
        return Declaration(
            kind=data["kind"],
            comparisons=tuple(_comparison(item) for item in data["comparisons"]),
            blocking=tuple(BlockingKey(name=item["name"], columns=tuple(item["columns"])) for item in data["blocking"]),
            training=tuple(data.get("training", ())),
            identifier=data["identifier"],
            cannot_link=data.get("cannot_link"),
            threshold=float(data["threshold"]),
            block_limit=int(data["block_limit"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelInvalid(f"匹配声明缺少或写错了一项：{error}") from None


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
        missing=missing,
        frequency=item.get("frequency"),
        m=item.get("m"),
        u=item.get("u"),
    )


def _expand(match: re.Match[str]) -> str:
    macro, column, length = match[1], match[2], int(match[3])
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
