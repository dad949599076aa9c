"""Tag rules: a name, and a filter of the filter language; as data files and as they are saved. `rules/README.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, TypeGuard

import orjson
import yaml

from core.catalogue import Level
from core.catalogue.links import PLACES
from core.errors import FilterInvalid, TagRuleInvalid
from core.filters import AllOf, Along, AnyOf, Condition, Count, Op, Test, ValueKind, conditions, parse
from graph.filters import select
from graph.linking.frames import digest

BUILTIN: Final = Path(__file__).parent / "rules"
BEARERS: Final = ("Person", "Household", "Dwelling", "Organization", "Event", *PLACES)
"""The labels whose nodes can bear a tag."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{2,63}")
_REQUIRED: Final = frozenset({"name", "label", "applies_to", "filter", "level", "version"})
_KEYS: Final = _REQUIRED | {"description", "owner", "valid_days"}
_LONGEST: Final = {"label": 30, "description": 300, "owner": 60}
_MAX_DAYS: Final = 36_500
# Of these a tag says something about few people; about a place or a firm it counts many.
PERSONAL: Final = frozenset({"Person", "Household", "Dwelling"})


@dataclass(frozen=True, slots=False, kw_only=True)
class TagRule:
    """`filter` as it was written, `condition` as it is asked. `valid_days`: so long a tag outlives its condition."""

    name: str
    label: str
    description: str
    applies_to: str
    level: Level
    version: int
    owner: str
    filter: Mapping[str, Any]
    condition: Condition
    valid_days: int | None = None

    @property
    def tag_id(self) -> str:
        return tag_id(self.name)

    @cached_property
    def needs(self) -> frozenset[str]:
        """Names and labels of the tags that the filter asks for."""
        return frozenset(name for names in _tags(self.condition) for name in names)

    def body(self) -> dict[str, Any]:
        """The rule as JSON, without its version; `parse_rule` reads it again."""
        told = {name: getattr(self, name) for name in ("name", "label", "description", "applies_to", "owner")}
        told |= {"level": self.level.name.lower(), "filter": self.filter}
        return told if self.valid_days is None else told | {"valid_days": self.valid_days}


def tag_id(name: str) -> str:
    """The id of the Tag node that stands for a name."""
    return f"tag_{name}"


def is_tag_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def rule_set(rules: Iterable[TagRule]) -> str:
    """A digest by which a set of rules is known: another one asks for other taggings."""
    return digest(*sorted(f"{rule.version} {body_text(rule)}" for rule in rules))


def body_text(rule: TagRule) -> str:
    return orjson.dumps(rule.body(), option=orjson.OPT_SORT_KEYS).decode()


# --- reading -------------------------------------------------------------------------------------------------


def load_rules(folder: Path = BUILTIN) -> tuple[TagRule, ...]:
    """All rules of a folder, by name. Raises `TagRuleInvalid`, also where tags wait for each other in a circle."""
    rules = tuple(read_rule(path) for path in sorted(folder.glob("*.yaml")))
    names = [rule.name for rule in rules]
    if len(set(names)) < len(names):
        raise TagRuleInvalid("有两条规则同名")
    known = {*names, *(rule.label for rule in rules)}
    for rule in rules:
        if unknown := sorted(rule.needs - known):
            raise TagRuleInvalid(f"规则 {rule.name} 用到的标签没有规则：{'、'.join(unknown)}")
    levels(rules)
    return rules


@lru_cache(maxsize=1)
def builtin_rules() -> tuple[TagRule, ...]:
    return load_rules()


def read_rule(path: Path) -> TagRule:
    """Raises `TagRuleInvalid` with the file's name and what is wrong."""
    try:
        return parse_rule(read_file(path))
    except TagRuleInvalid as error:
        raise TagRuleInvalid(f"{path.name}：{error.message}", remedy=error.advice) from None


def read_file(path: Path) -> object:
    """What a YAML or JSON file holds. Raises `TagRuleInvalid`."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise TagRuleInvalid(f"文件无法读取（{type(error).__name__}）") from None


def parse_rule(raw: object) -> TagRule:
    """Raises `TagRuleInvalid`; of a fault in the filter it tells the place."""
    if not isinstance(raw, Mapping) or not all(isinstance(key, str) for key in raw):
        raise TagRuleInvalid("应为键值对")
    if unknown := sorted(set(raw) - _KEYS):
        raise TagRuleInvalid(f"不认识的键 {'、'.join(unknown)[:120]}")
    if missing := sorted(_REQUIRED - set(raw)):
        raise TagRuleInvalid(f"缺少 {'、'.join(missing)}")
    name, applies_to, version = raw["name"], raw["applies_to"], raw["version"]
    if not isinstance(name, str) or not is_tag_name(name):
        raise TagRuleInvalid("name 只能用小写字母、数字和下划线，以字母开头，3–64 个字符")
    if applies_to not in BEARERS:
        raise TagRuleInvalid(f"applies_to 应为 {'、'.join(BEARERS)} 之一")
    if not _whole(version) or version < 1:
        raise TagRuleInvalid("version 应为从 1 起的整数")
    days = raw.get("valid_days")
    if days is not None and not (_whole(days) and 1 <= days <= _MAX_DAYS):
        raise TagRuleInvalid(f"valid_days 应为 1–{_MAX_DAYS} 的整数；不写表示随事实变化")
    try:
        condition = parse(applies_to, raw["filter"])
        # Also what the parser lets pass and no index could ever answer, such as an address without a room.
        select(applies_to, condition, as_of=date.max, blind=lambda kind, key: f"{kind}/{key}")
    except FilterInvalid as error:
        raise TagRuleInvalid(error.message) from None
    rule = TagRule(
        name=name,
        label=_text(raw, "label"),
        description=_text(raw, "description", ""),
        applies_to=applies_to,
        level=_level(raw["level"]),
        version=version,
        owner=_text(raw, "owner", ""),
        filter=raw["filter"],
        condition=condition,
        valid_days=days,
    )
    _check(rule)
    return rule


def _check(rule: TagRule) -> None:
    if not rule.filter:
        raise TagRuleInvalid("filter 是空的，所有对象都会有这个标签")
    tests = [part for part in conditions(rule.condition) if isinstance(part, Test)]
    if any(test.attribute.kind is ValueKind.BLIND for test in tests):
        raise TagRuleInvalid("规则里不能写某个人的证件号码、电话或车牌", remedy="请改用 set_tag 给这个对象手工加标签。")
    if rule.applies_to in PERSONAL:
        highest = max((test.attribute.level for test in tests), default=Level.OPEN)
        if highest.sealed and rule.level < highest:
            raise TagRuleInvalid(f"用到{highest.label}的数据项，level 至少应为 {highest.name.lower()}")
    for names in _tags(rule.condition):
        if not names:
            raise TagRuleInvalid("用标签作条件时要写明是哪个标签", remedy="请写 has: {tag: 名称}。")


def _text(raw: Mapping[str, Any], key: str, otherwise: str | None = None) -> str:
    value = raw.get(key, otherwise)
    if not isinstance(value, str) or (otherwise is None and not value.strip()) or not _printable(value):
        raise TagRuleInvalid(f"{key} 应为文字")
    if len(value) > _LONGEST[key]:
        raise TagRuleInvalid(f"{key} 超过 {_LONGEST[key]} 个字")
    return value.strip()


def _printable(text: str) -> bool:
    return all(character.isprintable() for character in text.strip())


def _level(raw: object) -> Level:
    try:
        return Level[str(raw).upper()]
    except KeyError:
        raise TagRuleInvalid(f"level 应为 {'、'.join(level.name.lower() for level in Level)} 之一") from None


def _whole(raw: object) -> TypeGuard[int]:
    return isinstance(raw, int) and not isinstance(raw, bool)


# --- tags of tags --------------------------------------------------------------------------------------------


def levels(rules: Iterable[TagRule]) -> tuple[tuple[TagRule, ...], ...]:
    """The rules in turns: each asks only for tags of turns before it. Raises `TagRuleInvalid` with a circle's names."""
    waiting = {rule.name: rule for rule in rules}
    by_word = {word: rule.name for rule in waiting.values() for word in (rule.name, rule.label)}
    asks = {rule.name: sorted({by_word[word] for word in rule.needs if word in by_word}) for rule in waiting.values()}
    turns: list[tuple[TagRule, ...]] = []
    while waiting:
        ready = [rule for name, rule in sorted(waiting.items()) if not any(need in waiting for need in asks[name])]
        if not ready:
            raise TagRuleInvalid(f"标签互相等待：{' → '.join(_circle(asks, waiting))}")
        turns.append(tuple(ready))
        for rule in ready:
            del waiting[rule.name]
    return tuple(turns)


def _circle(asks: Mapping[str, Sequence[str]], waiting: Mapping[str, TagRule]) -> list[str]:
    walk = [min(waiting)]
    while walk.count(walk[-1]) == 1:
        walk.append(next(need for need in asks[walk[-1]] if need in waiting))
    return walk[walk.index(walk[-1]) :]


def _tags(condition: Condition) -> Iterable[frozenset[str]]:
    """The names that each link to tags is asked for; an empty set where it is not told which tag."""
    for part in conditions(condition):
        match part:
            case Along(link=link, where=where) if link.type == "TAGGED" and not link.reverse:
                yield _names(where)
            case Count(path=path, where=where) if any(link.type == "TAGGED" for link in path):
                yield _names(where) if path[-1].name == "tags" else frozenset()
            case _:
                pass


def _names(where: Condition) -> frozenset[str]:
    match where:
        case Test(attribute=attribute, op=Op.EQ, value=value) if attribute.name in ("name", "label"):
            return frozenset({str(value)})
        case Test(attribute=attribute, op=Op.IN, value=tuple() as values) if attribute.name in ("name", "label"):
            return frozenset(map(str, values))
        case AnyOf(parts) if parts and all(_names(part) for part in parts):
            return frozenset[str]().union(*map(_names, parts))
        case AllOf(parts):
            return next((names for part in parts if (names := _names(part))), frozenset())
        case _:
            return frozenset()
