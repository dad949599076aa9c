"""Tags that people give: kept in the lake with who, why and how long, and in the graph like the tags of rules."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from core.catalogue import Level
from core.clock import local_now
from core.errors import AccessDenied, EntityUnknown, PurposeRequired, TagRefused
from core.values import redact, shown_id
from governance.access import AccessContext, Role
from graph.linking.frames import digest
from graph.linking.inputs import NODE_COLUMNS
from graph.tags.changes import node_rows
from graph.tags.hand import COLUMNS, HandTag, hand_changes, hand_tags, living
from graph.tags.rules import is_tag_name, tag_id
from services.app import App
from services.days import present
from services.linking import append_changes, next_batch
from services.projecting import apply_log, projected
from services.tag_rules import hidden_tag, known_rules
from services.visibility import allowed

_SET: Final = frozenset({Role.GRID_WORKER, Role.INTAKE, Role.ANALYST, Role.DATA_OFFICER, Role.DEVELOPMENT})
_LONGEST_REASON: Final = 200
_LONGEST_LABEL: Final = 30


def set_tag(
    app: App, context: AccessContext, entity_id: str, tag: str, *, reason: str, until: date | None = None
) -> HandTag:
    """Give a tag to an entity from today on, before the day `until`; it is in the graph when this returns.

    `tag` is the name or the Chinese label of a rule or of a tag that was given before, or a new Chinese label. Given
    again, it has the new end and the new reason. A merged entity stands for the one that it went into.
    Raises `EntityUnknown`, `TagRefused`, `AccessDenied`, `PurposeRequired`.
    """
    label, bearer = _bearer(app, context, entity_id)
    why, today = _reason(reason), present(app)
    if until is not None and until <= today:
        raise TagRefused(f"截止日期须在 {today} 之后", remedy="请写将来的日期，或不写截止日期。")
    with app.writing():
        name, text = _named(app, context, tag, label)
        before = next((each for each in given_to(app, bearer) if each.tag == name and each.on(today)), None)
        start = before.valid_from if before else today
        own_id = before.tagging_id if before else f"htg_{app.vault.token(bearer, name, local_now().isoformat())}"
        given = HandTag(own_id, bearer, name, text, context.subject, why, start, until, local_now(), removed=False)
        app.audit.record(context, "tag.set", [bearer, tag_id(name)])
        _write(app, given)
    return given


def end_tag(app: App, context: AccessContext, entity_id: str, tag: str, *, reason: str) -> HandTag:
    """End a tag that was given by hand, today. Raises as `set_tag` does, `TagRefused` also where there is none."""
    _, bearer = _bearer(app, context, entity_id)
    why, today = _reason(reason), present(app)
    rule = next((rule for rule in known_rules(app) if tag in (rule.name, rule.label)), None)
    if rule is not None and hidden_tag(context, rule.level):
        raise PurposeRequired(f"标签“{rule.label}”为敏感级")
    with app.writing():
        found = next((each for each in given_to(app, bearer) if tag in (each.tag, each.label) and each.on(today)), None)
        if found is None:
            raise TagRefused("这个对象没有手工加的这个标签", remedy="规则给出的标签随事实结束；要改就改规则。")
        act = found._replace(valid_to=today, author=context.subject, reason=why, at=local_now(), removed=True)
        app.audit.record(context, "tag.end", [bearer, tag_id(act.tag)])
        _write(app, act)
    return found._replace(valid_to=today, at=act.at, removed=True, ended_by=act.author, end_reason=why)


def hand_batch(app: App, seq: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Node and edge changes that bring the graph to what `hand_tags` says."""
    return _batch(app, _current(app), seq)


def given_to(app: App, bearer: str) -> list[HandTag]:
    """All tags that were ever given by hand to an entity, or to what was merged into it, ended ones too."""
    given = _current(app)
    homes = living(app.store, {each.entity_id for each in given})
    return [each for each in given if homes.get(each.entity_id, ("", ""))[1] == bearer]


def _batch(app: App, given: list[HandTag], seq: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    known = app.lake.current("graph_nodes", NODE_COLUMNS, where=pl.col("label") == "Tag")
    there = set(known["id"])
    loose = {each.tag: each.label for each in given if tag_id(each.tag) not in there}
    told = {"level": Level.INTERNAL.name.lower(), "description": "手工加的标签"}
    nodes = node_rows(known, [(name, {"label": label} | told) for name, label in loose.items()], seq)
    return nodes, hand_changes(app.store, given, seq)


def _write(app: App, given: HandTag) -> None:
    app.lake.append("hand_tags", pl.DataFrame([given[: len(COLUMNS)]], schema=list(COLUMNS), orient="row"))
    if not projected(app):
        apply_log(app)
    siblings = [each for each in _current(app) if each.tag == given.tag]
    nodes, edges = _batch(app, siblings, next_batch(app))
    append_changes(app, nodes, edges)
    apply_log(app)


def _current(app: App) -> list[HandTag]:
    return hand_tags(app.lake.read("hand_tags", COLUMNS).iter_rows())


def _bearer(app: App, context: AccessContext, entity_id: str) -> tuple[str, str]:
    """(label, id) of the living entity; one that the reader may not see is as unknown as one that is not there."""
    if context.role not in _SET:
        raise AccessDenied("这个角色不能给对象加标签", remedy="请联系数据管理员。")
    found = living(app.store, [entity_id]).get(entity_id)
    if found is None or not allowed(app, context, found[0], [found[1]]):
        raise EntityUnknown(f"没有可以加标签的对象 {shown_id(entity_id)}")
    return found


def _named(app: App, context: AccessContext, tag: str, label: str) -> tuple[str, str]:
    """Name and Chinese label of a tag; a label that nobody used before gets a name."""
    text = tag.strip()
    rule = next((rule for rule in known_rules(app) if text in (rule.name, rule.label)), None)
    if rule is not None:
        if rule.applies_to != label:
            raise TagRefused(f"标签“{rule.label}”不用于这类对象")
        if hidden_tag(context, rule.level):
            raise PurposeRequired(f"标签“{rule.label}”为敏感级")
        return rule.name, rule.label
    known = next((each for each in _current(app) if text in (each.tag, each.label)), None)
    if known is not None:
        return known.tag, known.label
    if not text or len(text) > _LONGEST_LABEL or not text.isprintable() or is_tag_name(text) or redact(text) != text:
        raise TagRefused(
            "没有这个标签，也不能作新标签的名称", remedy=f"新标签请写不超过 {_LONGEST_LABEL} 个字的中文名，不含号码。"
        )
    return f"hand_{digest(text)[:12]}", text


def _reason(text: str) -> str:
    words = redact("".join(character for character in text if character.isprintable()).strip())[:_LONGEST_REASON]
    if not words:
        raise TagRefused("请写明理由")
    return words
