"""Tags, rules and judgements as changes that may be sent twice; each returns the ids that it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from core.catalogue import KINDS
from core.errors import EntityUnknown
from core.values import shown_id
from governance.access import AccessContext
from resolution.judgements import Verdict
from resolution.kinds import RESOLVED_KINDS
from services import judging
from services.app import App
from services.hand_tags import end_tag as end_hand_tag
from services.hand_tags import set_tag as set_hand_tag
from services.record_values import entity_members, record_named
from services.requests import RESOLVES, Content
from services.tag_rules import disable_rule, save_rule
from services.visibility import allowed


def set_tag(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """`id`, `tag`, `reason`, `until` (ISO day, optional). Raises as `hand_tags.set_tag`."""
    del token  # given again, a tag is the same tag
    until = date.fromisoformat(content["until"]) if content["until"] else None
    given = set_hand_tag(app, context, content["id"], content["tag"], reason=content["reason"], until=until)
    return {"id": given.entity_id, "tag": given.tag}


def end_tag(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """`id`, `tag`, `reason`. Raises as `hand_tags.end_tag`."""
    del token
    ended = end_hand_tag(app, context, content["id"], content["tag"], reason=content["reason"])
    return {"id": ended.entity_id, "tag": ended.tag}


def save_tag_rule(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """The JSON object of a rule. Raises as `tag_rules.save_rule`."""
    del token  # saving what is in force changes nothing
    saved = save_rule(app, context, dict(content))
    return {"rule": saved.rule.name, "version": saved.rule.version}


def disable_tag_rule(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """`name`. Raises as `tag_rules.disable_rule`."""
    del token
    disable_rule(app, context, content["name"])
    return {"rule": content["name"]}


def judge(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """`a`, `b`: two entities or two records; `verdict`, `why`. Returns the judgements and a record of either side.

    Raises as `judging.judge`, `judging.merge` and `judging.differ`.
    """
    del token  # the same judgement made again is the same judgement
    a, b, verdict, why = (content[name] for name in ("a", "b", "verdict", "why"))
    judging.may_decide(context)
    kinds = [_kind(name) for name in (a, b)]
    _may_see(app, context, (a, b))
    if None in kinds:
        found, first = record_named(app, a)
        second = record_named(app, b)[1]
        made = judging.judge(app, context, found, a, b, verdict, why)
    else:
        found, first, second = _entities(app, a, b)
        if verdict == Verdict.POSITIVE:
            made = judging.merge(app, context, found, [a, b], why)
        else:
            made = judging.differ(app, context, found, a, b, verdict, why)
    told = {name: made[name] for name in ("judgements", "overruled")}
    return told | {"records": [first, second], RESOLVES: True}


def _may_see(app: App, context: AccessContext, names: Sequence[str]) -> None:
    """Raises `EntityUnknown` for what the reader may not see, as for what is not there."""
    if not context.grids:
        return
    for name in names:
        if (kind := _kind(name)) is None:
            label, node_id = "Record", record_named(app, name)[1]
        else:
            label, node_id = KINDS[kind].node_label, entity_members(app, name)[1]
        if not allowed(app, context, label, [node_id]):
            raise EntityUnknown(f"没有 {shown_id(name)}")


def homes(app: App, context: AccessContext, records: Sequence[str]) -> list[str | None]:
    """The entities that records belong to now, None where there is none; those of a judgement just made."""
    judging.may_decide(context)
    where = pl.col("record_id").is_in(list(records))
    told = dict(app.lake.current("assignments", ["record_id", "entity_id"], where=where).iter_rows())
    return [told.get(record) for record in records]


def _kind(name: str) -> str | None:
    """The kind of an entity id; None for the name of a record."""
    return next((one for one in RESOLVED_KINDS if name.startswith(f"{KINDS[one].id_prefix}_")), None)


def _entities(app: App, a: str, b: str) -> tuple[str, str, str]:
    """The kind of two entities, and a record of each."""
    (kind, _, one), (_, _, other) = entity_members(app, a), entity_members(app, b)
    return kind, one[0], other[0]
