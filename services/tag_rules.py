"""The rules in force: the built-in files, and what was saved over them or beside them in the lake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from core.catalogue import Level
from core.clock import local_now
from core.errors import AccessDenied, TagRuleInvalid
from core.values import redact
from governance.access import AccessContext, Role, Visibility, visibility
from graph.tags.rules import PERSONAL, TagRule, body_text, builtin_rules, levels, parse_rule, read_file, tag_id
from services.app import App
from services.tag_trial import try_out

_EDIT: Final = frozenset({Role.ANALYST, Role.DATA_OFFICER, Role.DEVELOPMENT})


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule and where it stands: `origin` is builtin (a file) or saved; `at` and `by` tell of the saving."""

    rule: TagRule
    origin: str
    enabled: bool
    at: datetime | None = None
    by: str | None = None


def may_edit(context: AccessContext) -> None:
    """Raises `AccessDenied` for a reader who may not try out or change rules."""
    if context.role not in _EDIT:
        raise AccessDenied("这个角色不能试算或修改标签规则", remedy="请联系数据管理员或分析人员。")


def rules(app: App, context: AccessContext) -> list[RuleState]:
    """Every rule by name, disabled ones too."""
    app.audit.record(context, "tag.rules", [])
    return sorted(_states(app).values(), key=lambda state: state.rule.name)


def rule_named(app: App, name: str) -> RuleState:
    """A rule by its name or its Chinese label. Raises `TagRuleInvalid` where there is none."""
    states = _states(app)
    found = states.get(name) or next((state for state in states.values() if state.rule.label == name), None)
    if found is None:
        raise TagRuleInvalid("没有这条规则", remedy="weinao tag rules 列出全部规则。")
    return found


def rule_file(path: Path) -> dict[str, Any]:
    """The JSON object of a rule from a YAML or JSON file; whether it is a rule is not looked at yet.

    Raises `TagRuleInvalid`.
    """
    raw = read_file(path)
    if not isinstance(raw, dict):
        raise TagRuleInvalid(f"{path.name}：应为键值对")
    return raw


def active_rules(app: App) -> tuple[TagRule, ...]:
    """The rules that tags are computed by. Raises `TagRuleInvalid` for one that this version cannot read any more."""
    return tuple(state.rule for state in _states(app).values() if state.enabled)


def save_rule(app: App, context: AccessContext, raw: Mapping[str, Any]) -> RuleState:
    """Save a rule beside the built-in ones, or over the one of the same name; its version follows the last one's.

    Saving what is in force changes nothing, what was disabled comes back. Raises `TagRuleInvalid`, also for one that
    cannot be computed in time, and `AccessDenied`.
    """
    may_edit(context)
    rule = parse_rule({"version": 1, **raw})
    with app.writing():
        states = _states(app)
        before = states.get(rule.name)
        if before is not None:
            same = body_text(before.rule) == body_text(rule)
            if same and before.enabled:
                return before
            rule = replace(rule, version=before.rule.version + (not same))
        _check_together(app, states, rule)
        try_out(app, rule)
        app.audit.record(context, "tag.rule.save", [rule.tag_id])
        at = _append(app, context, _row(rule), enabled=True)
    return RuleState(rule, "saved", enabled=True, at=at, by=context.subject)


def disable_rule(app: App, context: AccessContext, name: str) -> None:
    """Take a rule out of force, also one that this version cannot read; its taggings end with the next run.

    Raises `TagRuleInvalid`, `AccessDenied`.
    """
    may_edit(context)
    with app.writing():
        saved = _rows(app).get(name)
        row = saved or _row(rule_named(app, name).rule)
        if not row.get("enabled", True):
            return
        app.audit.record(context, "tag.rule.disable", [tag_id(row["name"])])
        _append(app, context, row, enabled=False)


def check_needs(app: App, rule: TagRule) -> None:
    """Raises `TagRuleInvalid` for a rule that asks for a tag nobody knows, or for one that waits for its own."""
    _check_needs(app, [state.rule for state in _states(app).values() if state.rule.name != rule.name], rule)


def _check_together(app: App, states: Mapping[str, RuleState], rule: TagRule) -> None:
    others = [state.rule for state in states.values() if state.rule.name != rule.name]
    if any(other.label == rule.label for other in others):
        raise TagRuleInvalid(f"已有规则叫“{rule.label}”", remedy="请换一个中文名，或用那条规则的 name 保存。")
    _check_needs(app, others, rule)
    _check_levels([rule, *others])
    before = states.get(rule.name)
    if before is not None and rule.level < before.rule.level:
        raise TagRuleInvalid("标签的级别不能降低，以前得到它的对象会因此公开", remedy="请换一个 name 和中文名另存。")


def _check_levels(rules: list[TagRule]) -> None:
    """Who bears a tag that asks for a sensitive one bears that one, too."""
    level = {word: each.level for each in rules for word in (each.name, each.label)}
    for rule in rules:
        highest = max((level[word] for word in rule.needs if word in level), default=Level.OPEN)
        if rule.applies_to in PERSONAL and rule.level < highest:
            raise TagRuleInvalid(
                f"标签“{rule.label}”用到{highest.label}级的标签，level 至少应为 {highest.name.lower()}"
            )


def level_in_force(app: App, rule: TagRule) -> Level:
    """The level of a rule, or that of the one whose name it has, whichever is higher."""
    known = _states(app).get(rule.name)
    return max(rule.level, known.rule.level) if known else rule.level


def _check_needs(app: App, others: list[TagRule], rule: TagRule) -> None:
    levels([rule, *others])
    by_rule = {word: each.label for each in (rule, *others) for word in (each.name, each.label)}
    given = app.lake.read("hand_tags", ["tag", "label"]).unique()
    known = by_rule | {word: row[1] for row in given.iter_rows() for word in row}
    if unknown := sorted(rule.needs - known.keys()):
        near = get_close_matches(unknown[0], known, n=1, cutoff=0.4)
        meant = f"是否指“{known[near[0]]}”？" if near else ""
        raise TagRuleInvalid(
            f"没有规则得出、也没有人手工加过标签“{redact(unknown[0])}”",
            remedy=f"{meant}weinao tag rules 列出全部规则。",
        )


def _append(app: App, context: AccessContext, row: Mapping[str, Any], *, enabled: bool) -> datetime:
    at = local_now()
    told = {name: row[name] for name in ("name", "version", "body")}
    app.lake.append("rules", pl.DataFrame([told | {"owner": context.subject, "at": at, "enabled": enabled}]))
    return at


def _row(rule: TagRule) -> dict[str, Any]:
    return {"name": rule.name, "version": rule.version, "body": body_text(rule)}


def _rows(app: App) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in app.lake.current("rules").iter_rows(named=True)}


def _states(app: App) -> dict[str, RuleState]:
    states = {rule.name: RuleState(rule, "builtin", enabled=True) for rule in builtin_rules()}
    for name, row in _rows(app).items():
        try:
            rule = parse_rule(orjson.loads(row["body"]) | {"version": row["version"]})
        except TagRuleInvalid as error:
            if row["enabled"]:
                raise TagRuleInvalid(
                    f"保存的规则 {name} 不再有效：{error.message}",
                    remedy=f"请改好后重新保存，或运行 weinao tag disable {name}。",
                ) from None
            states.pop(name, None)
        else:
            states[name] = RuleState(rule, "saved", row["enabled"], row["at"], row["owner"])
    return states


def known_rules(app: App) -> list[TagRule]:
    """Every rule, disabled ones too: their names are taken."""
    return [state.rule for state in _states(app).values()]


def hidden_tag(context: AccessContext, level: Level) -> bool:
    """Whether it is hidden from this reader who bears a tag of a level."""
    return visibility(context, level) is not Visibility.CLEAR


def level_of(tag: Mapping[str, Any]) -> Level:
    """The level that a Tag node states; one that states none is 备用."""
    return Level[str(tag.get("level") or Level.INTERNAL.name).upper()]
