"""What is asked about tags: what a rule would change, who bears one on a day, what one object bore and bears."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson

from core.errors import EntityUnknown, PurposeRequired, TagRuleInvalid
from core.values import shown_id
from governance.access import AccessContext
from graph.filters import select
from graph.tags.changes import HAND
from graph.tags.evidence import in_words
from graph.tags.hand import HandTag, living
from graph.tags.rules import TagRule, parse_rule, tag_id
from services.app import App
from services.browse import asked_of, browse, count
from services.days import asked_day, present
from services.hand_tags import given_to
from services.lookup import views
from services.tag_rules import check_needs, hidden_tag, known_rules, level_in_force, level_of, may_edit, rule_named
from services.views import View
from services.visibility import allowed

SAMPLE: Final = 20
_VALID: Final = "(r.valid_from IS NULL OR r.valid_from <= $day) AND (r.valid_to IS NULL OR $day < r.valid_to)"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule finds today, and what it would change; the views are of at most SAMPLE objects each."""

    rule: TagRule
    day: date
    bearers: int
    gaining: int
    losing: int
    sample: list[View]
    gains: list[View]
    loses: list[View]


@dataclass(frozen=True, slots=True)
class Tagging:
    """One tag of one object in its time. A rule gives evidence, and `because` in words; a person a reason."""

    tag: str
    label: str
    valid_from: date | None
    valid_to: date | None
    sources: tuple[str, ...]
    version: int | None
    evidence: Mapping[str, Any]
    because: tuple[str, ...]
    author: str | None
    reason: str | None = None
    ended_by: str | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Bearer:
    node: View
    taggings: list[Tagging]


@dataclass(frozen=True, slots=True)
class Bearers:
    """`total` counts those that the reader may see; `items` are the first of them by id."""

    tag: str
    label: str
    day: date
    total: int
    items: list[Bearer]


@dataclass(frozen=True, slots=True)
class TagHistory:
    """Taggings by their beginning, ended ones too. `withheld`: how many the reader may not see without a purpose."""

    entity_id: str
    taggings: list[Tagging]
    withheld: int


def preview(app: App, context: AccessContext, rule: Mapping[str, Any] | str) -> Preview:
    """What a rule (its JSON object, or the name of one in force) would do today; nothing is written.

    Raises `TagRuleInvalid`, `AccessDenied`, `PurposeRequired` for a rule on sensitive values.
    """
    may_edit(context)
    tried = rule_named(app, rule).rule if isinstance(rule, str) else parse_rule({"version": 1, **rule})
    check_needs(app, tried)
    if hidden_tag(context, level_in_force(app, tried)):
        raise PurposeRequired(f"标签“{tried.label}”为敏感级，试算须说明用途")
    asked = asked_of(app, context, tried.applies_to, tried.filter, None)
    found = {
        row["id"] for row in _rows(app, select(tried.applies_to, asked.condition, as_of=asked.as_of, blind=asked.blind))
    }
    held = allowed(app, context, tried.applies_to, _borne_today(app, tried.name))
    app.audit.record(context, "tag.preview", [tried.tag_id])
    return Preview(
        rule=tried,
        day=asked.as_of,
        bearers=len(found),
        gaining=len(found - held),
        losing=len(held - found),
        sample=_first(app, context, tried.applies_to, found),
        gains=_first(app, context, tried.applies_to, found - held),
        loses=_first(app, context, tried.applies_to, held - found),
    )


def bearers(app: App, context: AccessContext, tag: str, *, as_of: date | None = None, limit: int = SAMPLE) -> Bearers:
    """Who bears a tag (its name or Chinese label) on a day.

    Raises `TagRuleInvalid` for a tag that nobody knows, `PurposeRequired` for a sensitive one.
    """
    day = asked_day(app, as_of)
    node = _tag(app, tag)
    where = {"has": {"tag": node["name"]}}
    labels = app.store.read(
        "MATCH (t:Tag {id: $id})<-[:TAGGED]-(n) RETURN DISTINCT labels(n)[0] AS label ORDER BY label", id=node["id"]
    )
    if hidden_tag(context, level_of(node)):
        raise PurposeRequired(f"标签“{node['label']}”为敏感级，查看须说明用途")
    found: list[View] = []
    total = 0
    for row in labels:
        total += count(app, context, row["label"], where=where, as_of=day)
        if room := limit - len(found):
            page = browse(app, context, row["label"], where=where, first=room, as_of=day)
            found += [item for item in page.items if isinstance(item, View)]
    given = _taggings(app, context, node, found, day)
    items = [Bearer(view, given.get(view.id, [])) for view in found]
    return Bearers(node["name"], node["label"], day, total, items)


def tag_history(app: App, context: AccessContext, entity_id: str) -> TagHistory:
    """Every tag that an object bears or bore; a merged id stands for the one that it went into.

    Raises `EntityUnknown`.
    """
    found = living(app.store, [entity_id]).get(entity_id)
    if found is None or not allowed(app, context, found[0], [found[1]]):
        raise EntityUnknown(f"没有找到 {shown_id(entity_id)}")
    label, bearer = found
    rows = app.store.read(
        f"MATCH (n:{label} {{id: $id}})-[r:TAGGED]->(t:Tag) "
        "RETURN properties(t) AS tag, properties(r) AS edge ORDER BY r.valid_from, t.name, r.id",
        id=bearer,
    )
    by_hand = {given.tagging_id: given for given in given_to(app, bearer)}
    shown = [row for row in rows if not hidden_tag(context, level_of(row["tag"]))]
    app.audit.record(context, "tag.history", [bearer])
    taggings = _told(app, context, [(label, row["tag"], row["edge"]) for row in shown], by_hand)
    return TagHistory(bearer, taggings, len(rows) - len(shown))


def because_of(app: App, context: AccessContext, label: str, texts: Sequence[str]) -> list[list[str]]:
    """Evidence of tags that bearers labelled `label` have, each a JSON object as the edge holds it, in words."""
    told = [orjson.loads(text or "{}") for text in texts]
    names = _tag_names(app, context, told)
    return [list(_in_words(label, each, names)) for each in told]


def _in_words(label: str, evidence: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    return in_words(label, {name: value for name, value in evidence.items() if name != HAND}, names)


def _tag_names(app: App, context: AccessContext, told: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """id → label of the tags that evidence rests on and the reader may know; asks nothing where there are none."""
    found = (each for evidence in told for each in evidence.values() if isinstance(each, Mapping))
    ids = sorted({one for each in found for one in each.get("ids") or () if str(one).startswith(tag_id(""))})
    if not ids:
        return {}
    rows = app.store.read("MATCH (t:Tag) WHERE t.id IN $ids RETURN properties(t) AS tag", ids=ids)
    return {row["tag"]["id"]: row["tag"]["label"] for row in rows if not hidden_tag(context, level_of(row["tag"]))}


def _tag(app: App, tag: str) -> dict[str, Any]:
    rows = app.store.read("MATCH (t:Tag) WHERE t.name = $tag OR t.label = $tag RETURN properties(t) AS tag", tag=tag)
    if rows:
        found: dict[str, Any] = rows[0]["tag"]
        return found
    rule = next((rule for rule in known_rules(app) if tag in (rule.name, rule.label)), None)
    if rule is None:
        raise TagRuleInvalid("没有这个标签", remedy="weinao tag rules 列出全部标签。")
    return {"id": rule.tag_id, "name": rule.name, "label": rule.label, "level": rule.level.name}


def _taggings(
    app: App, context: AccessContext, node: Mapping[str, Any], found: Iterable[View], day: date
) -> dict[str, list[Tagging]]:
    by_label: dict[str, list[str]] = {}
    for view in found:
        by_label.setdefault(view.label, []).append(view.id)
    given: dict[str, list[Tagging]] = {}
    for label, ids in by_label.items():
        text = (
            f"UNWIND $ids AS id MATCH (n:{label} {{id: id}})-[r:TAGGED]->(t:Tag {{id: $tag}}) WHERE {_VALID} "
            "RETURN n.id AS id, properties(r) AS edge ORDER BY id, r.id"
        )
        rows = app.store.read(text, ids=ids, tag=node["id"], day=day)
        told = _told(app, context, [(label, node, row["edge"]) for row in rows], {})
        for row, tagging in zip(rows, told, strict=True):
            given.setdefault(row["id"], []).append(tagging)
    return given


def _told(
    app: App,
    context: AccessContext,
    rows: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Any]]],
    by_hand: Mapping[str, HandTag],
) -> list[Tagging]:
    """Of (label of the bearer, tag, edge)."""
    evidence = [orjson.loads(edge.get("evidence") or "{}") for _, _, edge in rows]
    names = _tag_names(app, context, evidence)
    return [_tagging(*row, each, by_hand, names) for row, each in zip(rows, evidence, strict=True)]


def _tagging(
    bearer: str,
    tag: Mapping[str, Any],
    edge: Mapping[str, Any],
    evidence: dict[str, Any],
    by_hand: Mapping[str, HandTag],
    names: Mapping[str, str],
) -> Tagging:
    given = by_hand.get(str(evidence.pop(HAND, "")))
    return Tagging(
        tag=tag["name"],
        label=tag["label"],
        valid_from=edge.get("valid_from"),
        valid_to=edge.get("valid_to"),
        sources=tuple(edge.get("sources") or ()),
        version=edge.get("version"),
        evidence=evidence,
        because=tuple(_in_words(bearer, evidence, names)),
        author=edge.get("author"),
        reason=given.reason if given else None,
        ended_by=given.ended_by if given else None,
        end_reason=given.end_reason if given else None,
    )


def _borne_today(app: App, name: str) -> set[str]:
    text = f"MATCH (t:Tag {{id: $id}})<-[r:TAGGED]-(n) WHERE r.author IS NULL AND {_VALID} RETURN n.id AS id"
    return {row["id"] for row in app.store.read(text, id=tag_id(name), day=present(app))}


def _rows(app: App, selection: Any) -> list[dict[str, Any]]:
    return app.store.read(f"{selection.text} RETURN n.id AS id", **selection.params)


def _first(app: App, context: AccessContext, label: str, ids: Iterable[str]) -> list[View]:
    chosen = sorted(ids)[:SAMPLE]
    found = views(app, context, [(label, each) for each in chosen])
    return [found[each] for each in chosen if each in found]
