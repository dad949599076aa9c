"""Tags that a person gave: rows of the lake's `hand_tags` as TAGGED edges, which follow an entity through merges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import orjson
import polars as pl

from core.catalogue import KINDS
from graph.linking.changes import EDGE_CHANGES
from graph.linking.derived import PLACE_PREFIX
from graph.reads.fetch import redirects
from graph.store import GraphStore
from graph.tags.changes import HAND, edge_row, tagging_id
from graph.tags.rules import tag_id

_LABELS: Final = {kind.id_prefix: kind.node_label for kind in KINDS.values()} | {
    prefix: label for label, prefix in PLACE_PREFIX.items()
}
_EXISTING: Final = """
UNWIND $tags AS id MATCH (t:Tag {id: id})<-[r:TAGGED]-(n) WHERE r.author IS NOT NULL
RETURN labels(n)[0] AS label, n.id AS bearer, t.name AS tag, properties(r) AS props
"""


class HandTag(NamedTuple):
    """A tag that a person gave; `valid_to` None is open. Author and reason are of the last act that gave it, `ended_by`
    and `end_reason` of the act that took it back.
    """

    tagging_id: str
    entity_id: str
    tag: str
    label: str
    author: str
    reason: str
    valid_from: date
    valid_to: date | None
    at: datetime
    removed: bool
    ended_by: str | None = None
    end_reason: str | None = None

    def on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


COLUMNS: Final = HandTag._fields[:10]
"""Those of the lake's table, where each row is one act."""


def hand_tags(acts: Iterable[tuple[Any, ...]]) -> list[HandTag]:
    """The tags as the acts (COLUMNS, in their order) leave them."""
    found: dict[str, HandTag] = {}
    for act in acts:
        tag = HandTag(*act)
        before = found.get(tag.tagging_id)
        if tag.removed and before is not None:
            tag = before._replace(
                valid_to=tag.valid_to, at=tag.at, removed=True, ended_by=tag.author, end_reason=tag.reason
            )
        found[tag.tagging_id] = tag
    return list(found.values())


def label_of_id(entity_id: str) -> str | None:
    """The label that an id tells by its prefix; None for what can bear no tag."""
    return _LABELS.get(entity_id.partition("_")[0])


def living(store: GraphStore, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """id → (label, id) of the node that it stands for today; ids without one are absent."""
    found = _present(store, ids)
    targets = redirects(store, sorted(set(ids) - set(found)))
    there = _present(store, targets.values())
    return found | {merged: there[target] for merged, target in targets.items() if target in there}


def _present(store: GraphStore, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    by_label: dict[str, list[str]] = {}
    for each in sorted(set(ids)):
        if label := label_of_id(each):
            by_label.setdefault(label, []).append(each)
    return {
        row["id"]: (label, row["id"])
        for label, members in by_label.items()
        for row in store.read(f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN n.id AS id", ids=members)
    }


def hand_changes(store: GraphStore, given: Iterable[HandTag], seq: int) -> pl.DataFrame:
    """What must change (EDGE_CHANGES) for the graph to hold these taggings, all that there are of their tags."""
    chosen = list(given)
    bearers = living(store, [each.entity_id for each in chosen])
    wanted = {row[3]: row for each in chosen if (row := _row(each, bearers, seq))}
    before = {
        row["props"]["id"]: row for row in store.read(_EXISTING, tags=sorted({tag_id(each.tag) for each in chosen}))
    }
    rows = []
    for edge_id, row in wanted.items():
        if edge_id not in before:
            rows.append(row)
        elif _told(before[edge_id]["props"]) != orjson.loads(row[8]):
            rows.append((row[0], "update", *row[2:]))
    for edge_id in before.keys() - wanted.keys():
        old = before[edge_id]
        rows.append(edge_row("delete", edge_id, old["label"], old["bearer"], old["tag"], _told(old["props"]), seq))
    return pl.DataFrame(rows, schema=EDGE_CHANGES, orient="row").sort("id")


def _row(tag: HandTag, bearers: Mapping[str, tuple[str, str]], seq: int) -> tuple[Any, ...] | None:
    if tag.entity_id not in bearers:
        return None
    label, bearer = bearers[tag.entity_id]
    start = tag.valid_from.isoformat()
    props = {
        "author": tag.author,
        "evidence": orjson.dumps({HAND: tag.tagging_id}).decode(),
        "valid_from": start,
        "valid_to": tag.valid_to.isoformat() if tag.valid_to else None,
        "observed_at": tag.at.isoformat(timespec="seconds"),
        "confidence": 1.0,
        "sources": [HAND],
    }
    return edge_row("create", tagging_id(bearer, tag.tag, start, tag.tagging_id), label, bearer, tag.tag, props, seq)


def _told(props: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of an edge of the graph as the log writes them."""
    return {name: plain(value) for name, value in props.items() if name != "id" and value is not None}


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
