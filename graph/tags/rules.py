"""Tag rules as data files, read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from core.catalogue import Level
from core.errors import TagRuleInvalid
from graph.reads.model import LABELS

BUILTIN = Path(__file__).parent / "rules"
_NAME = re.compile(r"[a-z][a-z0-9_]{2,63}")
# A rule reads. The server gets it in a reading session too; this says so before it is tried.
_WRITES = re.compile(r"\b(create|merge|set|delete|detach|remove|drop|foreach|load\s+csv|insert)\b", re.IGNORECASE)
_VALID = re.compile(r"\bVALID\((\w+)\)")
_COLUMN = re.compile(r"\bRETURN\b(?!.*\bRETURN\b)(.*)$", re.IGNORECASE | re.DOTALL)
_KEYS = frozenset(
    {
        "name",
        "label",
        "description",
        "applies_to",
        "level",
        "version",
        "parameters",
        "windows",
        "ages",
        "cypher",
        "evidence",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRule:
    """`rules/README.md` tells what each part means."""

    name: str
    label: str
    description: str
    applies_to: str
    level: Level
    version: int
    cypher: str
    evidence: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    windows: Mapping[str, int] = field(default_factory=dict)
    ages: Mapping[str, int] = field(default_factory=dict)

    @property
    def tag_id(self) -> str:
        return f"tag_{self.name}"

    @property
    def statement(self) -> str:
        """The Cypher as it is run."""
        return _VALID.sub(
            r"((\1.valid_from IS NULL OR \1.valid_from <= $as_of) AND (\1.valid_to IS NULL OR $as_of < \1.valid_to))",
            self.cypher,
        )

    def arguments(self, as_of: date) -> dict[str, Any]:
        """The parameters of the statement on a day."""
        return {
            **self.parameters,
            **{name: as_of - timedelta(days=days) for name, days in self.windows.items()},
            **{name: _years_before(as_of, years) for name, years in self.ages.items()},
            "as_of": as_of,
        }


def load_rules(folder: Path = BUILTIN) -> tuple[TagRule, ...]:
    """All rules of a folder, by name. Raises `TagRuleInvalid`."""
    rules = tuple(read_rule(path) for path in sorted(folder.glob("*.yaml")))
    names = [rule.name for rule in rules]
    if len(set(names)) < len(names):
        raise TagRuleInvalid("有两条规则同名")
    return rules


@lru_cache(maxsize=1)
def builtin_rules() -> tuple[TagRule, ...]:
    return load_rules()


def read_rule(path: Path) -> TagRule:
    """Raises `TagRuleInvalid` with the file's name and what is wrong."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TagRuleInvalid(f"{path.name}：文件无法读取（{type(error).__name__}）") from None
    if not isinstance(raw, dict):
        raise TagRuleInvalid(f"{path.name}：应为键值对")
    try:
        return parse_rule(raw)
    except TagRuleInvalid as error:
        raise TagRuleInvalid(f"{path.name}：{error.message}") from None


def parse_rule(raw: Mapping[str, Any]) -> TagRule:
    """Raises `TagRuleInvalid`."""
    if unknown := sorted(map(str, set(raw) - _KEYS)):
        raise TagRuleInvalid(f"不认识的键 {'、'.join(unknown)}")
    if missing := sorted({"name", "label", "applies_to", "level", "version", "cypher", "evidence"} - set(raw)):
        raise TagRuleInvalid(f"缺少 {'、'.join(missing)}")
    name, cypher, evidence = str(raw["name"]), str(raw["cypher"]).strip(), raw["evidence"]
    if not _NAME.fullmatch(name):
        raise TagRuleInvalid("name 只能用小写字母、数字和下划线，以字母开头")
    if raw["applies_to"] not in LABELS:
        raise TagRuleInvalid(f"applies_to 不是已知的对象种类：{raw['applies_to']}")
    if not isinstance(raw["version"], int) or isinstance(raw["version"], bool) or raw["version"] < 1:
        raise TagRuleInvalid("version 应为从 1 起的整数")
    if not isinstance(evidence, list) or not all(isinstance(column, str) for column in evidence):
        raise TagRuleInvalid("evidence 应为列名的列表")
    _check_statement(cypher, evidence)
    return TagRule(
        name=name,
        label=str(raw["label"]),
        description=str(raw.get("description", "")),
        applies_to=str(raw["applies_to"]),
        level=_level(raw["level"]),
        version=raw["version"],
        cypher=cypher,
        evidence=tuple(evidence),
        parameters=dict(raw.get("parameters") or {}),
        windows=_counts(raw.get("windows"), "windows"),
        ages=_counts(raw.get("ages"), "ages"),
    )


def _check_statement(cypher: str, evidence: Sequence[str]) -> None:
    if found := _WRITES.search(cypher):
        raise TagRuleInvalid(f"cypher 只能读取，不能含 {found.group(1).upper()}")
    returned = _COLUMN.search(cypher)
    if not returned:
        raise TagRuleInvalid("cypher 缺少 RETURN")
    columns = returned.group(1)
    for column in ("id", *evidence):
        if not re.search(rf"\b{re.escape(column)}\b", columns):
            raise TagRuleInvalid(f"cypher 没有返回列 {column}")


def _level(raw: Any) -> Level:
    try:
        return Level[str(raw).upper()]
    except KeyError:
        raise TagRuleInvalid(f"level 应为 {'、'.join(level.name.lower() for level in Level)} 之一") from None


def _counts(raw: Any, key: str) -> dict[str, int]:
    if not isinstance(raw or {}, dict) or not all(isinstance(v, int) and v >= 0 for v in (raw or {}).values()):
        raise TagRuleInvalid(f"{key} 应为 名称: 非负整数")
    return {str(name): int(value) for name, value in (raw or {}).items()}


def _years_before(day: date, years: int) -> date:
    """The latest birth date of whoever is `years` old on `day`."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
