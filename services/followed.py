"""What the log of changes says has changed, and what of it one reader may be told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson
import polars as pl

from core.catalogue.links import PLACES
from core.clock import local_now
from core.errors import PurposeRequired
from governance.access import AccessContext
from graph.reads.fetch import redirects
from graph.tags.rules import tag_id
from loaders.lake.store import Lake
from services.app import App
from services.lookup import views
from services.views import View
from services.visibility import allowed_of, withheld_tag

ENTITIES: Final = frozenset({"Person", "Household", "Dwelling", "Organization", "Event", *PLACES})
"""The labels that are followed when nobody says which."""

# Of these relations the far end is not changed: a compound by each of its dwellings, a tag by each of its bearers.
_ONE_SIDED: Final = frozenset({"PART_OF", "TAGGED"})
_WITHIN: Final = (
    "UNWIND $ids AS id MATCH (e:Event {id: id})-[:OCCURRED_AT]->(spot)-[:PART_OF*0..5]->(place) "
    "WHERE place.id IN $places RETURN DISTINCT id"
)
_TAGS: Final = "MATCH (t:Tag) WHERE t.name IN $tags OR t.label IN $tags RETURN properties(t) AS tag"


class Change(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    MERGED = "merged"


_OPS: Final = {"create": Change.CREATED, "update": Change.CHANGED, "delete": Change.REMOVED}


@dataclass(frozen=True, slots=True)
class Changed:
    """One object that a batch of the log changed; with `tag`, a tag's id: that it gained, kept or lost the tag."""

    batch: int
    label: str
    id: str
    change: Change
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody follows: objects (of `labels`, of `ids`), or tags (`tags`: their ids); None leaves a side open."""

    labels: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    tagging: bool = False

    def wants(self, changed: Changed) -> bool:
        if (changed.tag is not None) is not self.tagging:
            return False
        if self.tagging:
            return self.tags is None or changed.tag in self.tags
        within = changed.label in (ENTITIES if self.labels is None else self.labels)
        return within and (self.ids is None or changed.id in self.ids)


@dataclass(frozen=True, slots=True)
class Told:
    """A change as one reader is told it. `node` is the object as he may see it now, None for one that is gone; of a
    merged one, what it went into. `at`: when he is told, local time without zone.
    """

    id: str
    kind: str
    change: str
    at: datetime
    node: View | None
    tag: View | None = None


# --- the log -------------------------------------------------------------------------------------------------


def rows_between(lake: Lake, after: int, upto: int) -> int:
    """How many rows the log holds of the batches `after` < batch ≤ `upto`."""
    counts = [_between(lake, table, after, upto).select(pl.len()).collect().item() for table in _LOG]
    return int(sum(counts))


def newest(lake: Lake, after: int) -> int:
    """The highest batch of the log, at least `after`."""
    found = [lake.scan(table).filter(pl.col("batch") > after).select(pl.col("batch").max()) for table in _LOG]
    return max(after, *(frame.collect().item() or 0 for frame in found))


def changed_between(lake: Lake, after: int, upto: int) -> list[Changed]:
    """What those batches changed, in their order; within one batch each object once, and each of its tags once.

    A change of a relation is one of the objects at its ends.
    """
    tagging = pl.col("type") == "TAGGED"
    nodes = _between(lake, "graph_nodes", after, upto).select("batch", "op", "label", "id").collect()
    ends = ("from_label", "from_id", "to_label", "to_id")
    props = pl.when(tagging).then(pl.col("props")).alias("props")
    edges = _between(lake, "graph_edges", after, upto).select("batch", "op", "type", *ends, props).collect()
    found: dict[tuple[int, str, str | None], Changed] = {}
    merged = {row[:2] for row in nodes.filter(label="Redirect", op="create").select("batch", "id").iter_rows()}
    for batch, op, label, node_id in nodes.filter(pl.col("label") != "Redirect").iter_rows():
        change = Change.MERGED if op == "delete" and (batch, node_id) in merged else _OPS[op]
        found[batch, node_id, None] = Changed(batch, label, node_id, change)
    for each in _of_edges(edges):
        found.setdefault((each.batch, each.id, each.tag), each)
    return sorted(found.values(), key=lambda each: each.batch)


_LOG: Final = ("graph_nodes", "graph_edges")


def _between(lake: Lake, table: str, after: int, upto: int) -> pl.LazyFrame:
    return lake.scan(table).filter((pl.col("batch") > after) & (pl.col("batch") <= upto))


def _of_edges(edges: pl.DataFrame) -> Iterator[Changed]:
    for batch, op, kind, from_label, from_id, to_label, to_id, props in edges.iter_rows():
        if kind == "TAGGED":
            ended = op == "delete" or (op == "update" and orjson.loads(props or "{}").get("valid_to") is not None)
            yield Changed(batch, from_label, from_id, Change.REMOVED if ended else _OPS[op], tag=to_id)
            continue
        yield Changed(batch, from_label, from_id, Change.CHANGED)
        if kind not in _ONE_SIDED:
            yield Changed(batch, to_label, to_id, Change.CHANGED)


# --- the reader ----------------------------------------------------------------------------------------------


def asked_tags(app: App, context: AccessContext, tags: Sequence[str]) -> frozenset[str]:
    """The ids of tags by their names or Chinese labels; a name that nobody bears yet counts.

    Raises `PurposeRequired` for a sensitive one: silence would look like no change.
    """
    rows = app.store.read(
        "MATCH (t:Tag) WHERE t.name IN $tags OR t.label IN $tags RETURN properties(t) AS tag", tags=list(tags)
    )
    for row in rows:
        if withheld_tag(context, row["tag"]):
            raise PurposeRequired(f"标签“{row['tag'].get('label')}”为敏感级，订阅须说明用途")
    return frozenset(row["tag"]["id"] for row in rows) | {tag_id(tag) for tag in tags}


def living_ids(app: App, ids: Sequence[str]) -> frozenset[str]:
    """The ids, and those that merged ones among them lead to."""
    return frozenset(ids) | set(redirects(app.store, ids).values())


def told(
    app: App,
    context: AccessContext,
    changes: Sequence[Changed],
    *,
    event_kinds: Collection[str] | None = None,
    places: Collection[str] | None = None,
) -> list[Told]:
    """What the reader may be told of the changes, as he may see the objects now; one audit line.

    Who is bound to grids is not told that something is gone: whether it was his to see cannot be asked any more.
    `event_kinds` and `places` (ids; whatever lies in them counts) are for events; one that is gone has neither.
    """
    now = local_now()
    targets = redirects(app.store, {each.id for each in changes if each.change is Change.MERGED})
    shown = {targets.get(each.id, each.id): each.label for each in changes}
    seen = views(app, context, ((shown[node_id], node_id) for node_id in sorted(allowed_of(app, context, shown))))
    if places is not None:
        within = {row["id"] for row in app.store.read(_WITHIN, ids=list(seen), places=list(places))}
        seen = {node_id: view for node_id, view in seen.items() if node_id in within}
    if event_kinds is not None:
        seen = {node_id: view for node_id, view in seen.items() if view.values.get("kind") in event_kinds}
    tags = _tags(app, context, {each.tag for each in changes if each.tag is not None})
    strict = bool(context.grids) or places is not None or event_kinds is not None
    found = [made for each in changes if (made := _told(each, now, seen, targets, tags, strict=strict)) is not None]
    if found:
        app.audit.record(context, "follow.tag" if tags else "follow.entity", [each.id for each in found])
    return found


def _told(
    changed: Changed,
    now: datetime,
    seen: Mapping[str, View],
    targets: Mapping[str, str],
    tags: Mapping[str, View],
    *,
    strict: bool,
) -> Told | None:
    node = seen.get(targets.get(changed.id, changed.id))
    tag = tags.get(changed.tag) if changed.tag else None
    if changed.tag and (tag is None or node is None):
        return None
    if node is None and (strict or changed.change not in (Change.REMOVED, Change.MERGED)):
        return None
    shown = None if changed.change is Change.REMOVED and not changed.tag else node
    return Told(changed.id, changed.label.lower(), changed.change.value, now, shown, tag)


def _tags(app: App, context: AccessContext, ids: Collection[str]) -> dict[str, View]:
    if not ids:
        return {}
    open_to: dict[str, Any] = dict.fromkeys(allowed_of(app, context, dict.fromkeys(ids, "Tag")), "Tag")
    return views(app, context, ((label, node_id) for node_id, label in open_to.items()))
