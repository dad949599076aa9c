"""What a small linking run reads: what changed since the last one, and what that can reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from operator import or_
from typing import Final

import polars as pl

from graph.linking.changes import RULE_LABELS, RULE_TYPES
from graph.linking.inputs import EDGE_COLUMNS, NODE_COLUMNS, DesiredGraph, GraphState, LinkInputs
from graph.linking.link import DWELLINGS, dwelling_rows
from graph.linking.place_votes import build
from graph.linking.places import PlaceTree
from graph.linking.relations import LABELS, live_assignments
from graph.linking.replacing import moved
from graph.linking.scope import (
    HOME_TYPES,
    Change,
    Ground,
    Ids,
    Scope,
    abandoned,
    edges_within,
    nodes_within,
    open_homes,
    reach,
    with_inferred,
)
from loaders.feeds.opening import open_events, open_records
from loaders.lake.schema import TABLES, records_table
from resolution.golden import golden
from resolution.kinds import RESOLVED_KINDS
from services.app import App

HEADS: Final = (
    "record_id", "feed", "department", "record_key", "observed_at",
    "citizen_id_index", "phone_index", "name_index", "plate_index", "uscc", "grid_code",
)  # fmt: skip
ASSIGNMENT: Final = ("kind", "record_id", "entity_id", "probability", "run_id")
RELATION: Final = ("type", "from_id", "to_id", "valid_from", "valid_to", "observed_at", "feed", "props")
_DAYS: Final = ("event_id", "feed", "occurred_at", "reported_at", "observed_at")
_PROPS: Final = pl.Struct({"address": pl.String, "grid_code": pl.String, "record_count": pl.Int64})


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Ids of the rows that came since the last run."""

    records: Ids
    assigned: Ids
    relations: Ids
    events: Ids
    entities: Ids

    @property
    def size(self) -> int:
        return len(self.records | self.assigned) + len(self.events)


def since(app: App, covered: Mapping[str, int]) -> Since:
    """What the tables hold beyond the rows that a run has `covered`."""

    def ids(table: str, *columns: str) -> Ids:
        rows = app.lake.scan(table).filter(pl.col("seq") > covered.get(table, 0)).select(columns).collect()
        return frozenset(value for name in columns for value in rows[name].drop_nulls())

    return Since(
        records=reduce(or_, (ids(records_table(kind), "record_id") for kind in RESOLVED_KINDS)),
        assigned=ids("assignments", "record_id"),
        relations=ids("relations", "relation_id"),
        events=ids("events", "event_id") | ids("readings", "event_id") | ids("matters", "event_id"),
        entities=ids("entity_changes", "entity_id", "other_id"),
    )


def unfinished(app: App, batch: int) -> bool:
    """Whether a linking run wrote changes after `batch` and did not come to its end."""
    later = pl.col("batch") > batch
    nodes = app.lake.scan("graph_nodes").filter(later, ~pl.col("label").is_in(RULE_LABELS)).select(pl.len())
    edges = app.lake.scan("graph_edges").filter(later, ~pl.col("type").is_in(RULE_TYPES)).select(pl.len())
    return bool(nodes.collect().item() or edges.collect().item())


def scoped_inputs(app: App, new: Since) -> tuple[LinkInputs, Scope, Ground]:
    """What `link` must be told for the scope of what is `new`, but for `day`, `readings` and `changes`."""
    ground = _ground(app)
    touched = ground.entities(new.records | new.assigned) | new.entities
    before = nodes(app, pl.col("id").is_in(list(touched | new.events)))
    own = ground.records(touched)
    assigned, heads = _assigned(app, own), _heads(app, own)
    living = live_assignments(assigned, heads).filter(pl.col("entity_id").is_in(list(touched)))
    flipped = _entities_of(before) ^ frozenset(living["entity_id"])
    doors = golden_of(app, "dwelling", assigned, touched)
    tree, placed = _places(app, touched, doors.join(living, on="entity_id", how="semi"), before)
    related = _related(app, new.relations)
    change = Change(
        nodes=touched,
        stirred=new.records | new.assigned | ground.records(flipped),
        related=related,
        events=new.events,
        placed=placed,
    )
    scope = reach(change, ground)
    return _told(app, ground, scope, doors, tree), scope, ground


def _told(app: App, ground: Ground, scope: Scope, doors: pl.DataFrame, tree: PlaceTree) -> LinkInputs:
    own = ground.records(scope.known) | scope.events
    stated = _relations(app, own, scope, ground)
    ends = frozenset(stated["from_id"]) | frozenset(stated["to_id"])
    entities = scope.known | scope.nodes | ground.entities(ends)
    records = ground.records(entities)
    assigned = _assigned(app, records)
    parents = {one: parent for one, parent in tree.dwelling_parent.items() if one in scope.starts}
    return LinkInputs(
        vault=app.vault,
        golden={
            "person": golden_of(app, "person", assigned, scope.known),
            "organization": golden_of(app, "organization", assigned, scope.starts),
            "dwelling": doors,
            "household": golden_of(app, "household", assigned, scope.nodes),
        },
        assignments=assigned,
        records=_heads(app, records),
        relations=stated,
        events=_events(app, scope.events, ends),
        previous=GraphState(nodes=nodes(app, pl.col("id").is_in(list(scope.nodes | scope.events)))),
        tree=replace(tree, dwelling_parent=parents),
        only=scope.nodes | scope.events,
    )


def previous_within(app: App, scope: Scope, ground: Ground, desired: DesiredGraph) -> tuple[Scope, GraphState]:
    """The scope with its inferred households, and that part of the graph as it stands which is in scope."""
    scope = with_inferred(scope, ground, edges(app, edges_within(scope)), desired.edges)
    state = GraphState(nodes(app, nodes_within(scope)), edges(app, edges_within(scope)))
    gone = abandoned(state, desired)
    if gone:
        others = edges(app, (pl.col("type") == "HANDLED_BY") & pl.col("to_id").is_in(list(gone)))
        kept = others.filter(~pl.col("from_id").is_in(list(scope.events)))["to_id"]
        gone -= frozenset(kept)
    offices = frozenset(desired.nodes.filter(pl.col("label") == "Department")["id"]) | gone
    departments = nodes(app, (pl.col("label") == "Department") & pl.col("id").is_in(list(offices)))
    return scope, GraphState(pl.concat([state.nodes, departments]), state.edges)


def nodes(app: App, where: pl.Expr) -> pl.DataFrame:
    return app.lake.current("graph_nodes", NODE_COLUMNS, where=where)


def edges(app: App, where: pl.Expr) -> pl.DataFrame:
    return app.lake.current("graph_edges", EDGE_COLUMNS, where=where)


def golden_of(app: App, kind: str, assigned: pl.DataFrame, entities: Ids) -> pl.DataFrame:
    """Golden records of those `entities` that are of a kind."""
    chosen = assigned.filter(pl.col("kind") == kind, pl.col("entity_id").is_in(list(entities)))
    records = open_records(app.lake, kind, app.vault, where=pl.col("record_id").is_in(chosen["record_id"].to_list()))
    return golden(kind, records, chosen.select("record_id", "entity_id"))


def _ground(app: App) -> Ground:
    homes = app.lake.current(
        "graph_edges", ["type", "from_id", "to_id", "props"], where=pl.col("type").is_in(HOME_TYPES)
    )
    return Ground(
        assigned=app.lake.scan("assignments").select("record_id", "entity_id").drop_nulls().collect(),
        ends=app.lake.scan("relations").select("type", "from_id", "to_id").drop_nulls().collect(),
        homes=open_homes(homes),
    )


def _related(app: App, relations: Ids) -> Ids:
    rows = app.lake.scan("relations").filter(pl.col("relation_id").is_in(list(relations)))
    ends = rows.select("from_id", "to_id").collect()
    return frozenset(ends["from_id"].drop_nulls()) | frozenset(ends["to_id"].drop_nulls())


def _entities_of(before: pl.DataFrame) -> Ids:
    return frozenset(before.filter(pl.col("label").is_in(list(LABELS.values())))["id"])


def _assigned(app: App, records: Ids) -> pl.DataFrame:
    return app.lake.current("assignments", ASSIGNMENT, where=pl.col("record_id").is_in(list(records)))


def _heads(app: App, records: Ids) -> pl.DataFrame:
    chosen = list(records)
    return pl.concat([heads(app, kind, pl.col("record_id").is_in(chosen)) for kind in RESOLVED_KINDS], how="diagonal")


def heads(app: App, kind: str, where: pl.Expr | None = None) -> pl.DataFrame:
    """What linking reads of records beside their golden values."""
    table = records_table(kind)
    columns = [name for name in HEADS if name in TABLES[table].columns]
    return app.lake.current(table, columns, where=where).with_columns(kind=pl.lit(kind))


def _relations(app: App, own: Ids, scope: Scope, ground: Ground) -> pl.DataFrame:
    """The current relations of records and events in scope.

    A residence or membership of somebody who is not wholly known is left out: half of what there is to know about a
    person puts that person at a wrong door.
    """
    chosen = list(own)
    touching = pl.col("from_id").is_in(chosen) | pl.col("to_id").is_in(chosen)
    ids = app.lake.scan("relations").filter(touching).select("relation_id").unique().collect()["relation_id"]
    rows = app.lake.current("relations", RELATION, where=pl.col("relation_id").is_in(ids.to_list()))
    whole = pl.col("from_id").is_in(list(ground.records(scope.known)))
    return rows.filter(~pl.col("type").is_in(HOME_TYPES) | whole)


def _events(app: App, wanted: Ids, ends: Ids) -> pl.DataFrame:
    """Events in scope, and the days of those that parties in scope have to do with."""
    own = open_events(app.lake, app.vault, where=pl.col("event_id").is_in(list(wanted)))
    others = [one for one in ends - wanted if one.startswith("evt_")]
    return pl.concat([own, app.lake.current("events", _DAYS, where=pl.col("event_id").is_in(others))], how="diagonal")


def _places(app: App, touched: Ids, doors: pl.DataFrame, before: pl.DataFrame) -> tuple[PlaceTree, Ids]:
    """The place tree, and whose place in it is another than before."""
    known = _dwellings(nodes(app, pl.col("label") == "Dwelling"))
    kept = known.filter(~pl.col("entity_id").is_in(list(touched)))
    now = pl.concat([kept, doors.select(list(DWELLINGS))], how="vertical_relaxed")
    rows, old = dwelling_rows(now), dwelling_rows(known)
    tree = _tree(tuple(rows))
    if rows == old:
        return tree, frozenset()
    change = moved(_tree(tuple(old)), tree)
    texts = pl.concat(
        [
            app.lake.current("events", ["event_id", "address"]).rename({"event_id": "id", "address": "text"}),
            app.lake.current("readings", ["event_id", "place_text"]).rename({"event_id": "id", "place_text": "text"}),
            _addresses(nodes(app, pl.col("label") == "Organization")),
        ]
    ).drop_nulls()
    concerned = [text for text in texts["text"].unique() if change.concerns(text)]
    return tree, change.dwellings | frozenset(texts.filter(pl.col("text").is_in(concerned))["id"])


@lru_cache(maxsize=2)
def _tree(rows: tuple[tuple[str, str | None, str | None], ...]) -> PlaceTree:
    """The tree of these rows, kept: most changes move no door, and each would have it made anew. Only for reading."""
    return build(rows)


def _dwellings(frame: pl.DataFrame) -> pl.DataFrame:
    told = pl.col("props").str.json_decode(_PROPS).struct
    return frame.select(pl.col("id").alias("entity_id"), *(told.field(name) for name in list(DWELLINGS)[1:]))


def _addresses(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("id", pl.col("props").str.json_path_match("$.address").alias("text"))
