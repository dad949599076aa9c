"""What a change can reach: the part of the graph that has to be made anew, and what must be known to make it.

A node hangs on its own records alone. An edge hangs on what its two ends say of each other; kin, households and their
homes hang on who shares a household or a door. So a change of a person reaches the members of the household, all who
live at their doors, and the households of these. To make those anew, the same step is taken once more to either side,
without writing what is found there.

Every step may take in too much (former residents, past assignments), never too little.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from graph.linking.derived import PLACE_PREFIX
from graph.linking.inputs import DesiredGraph, GraphState
from graph.linking.relations import LABELS

LIVES, MEMBER = "LIVES_IN", "MEMBER_OF"
HOME_TYPES: Final = (LIVES, MEMBER)
_EVENT_PREFIX: Final = "evt_"

Ids = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Who hangs together, by ids.

    assigned: record_id, entity_id, every assignment that ever was; ends: type, from_id, to_id (records and events),
    every relation that ever was; homes: type, from_id, to_id (entities), the residences and memberships of the graph as
    it stands.
    """

    assigned: pl.DataFrame
    ends: pl.DataFrame
    homes: pl.DataFrame

    def entities(self, records: Ids) -> Ids:
        return _across(self.assigned, "record_id", records, "entity_id")

    def records(self, entities: Ids) -> Ids:
        return _across(self.assigned, "entity_id", entities, "record_id")

    def others(self, ids: Ids) -> Ids:
        """Records and events at the other end of a relation."""
        return _across(self.ends, "from_id", ids, "to_id") | _across(self.ends, "to_id", ids, "from_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is new since the last run.

    nodes: entities whose records or assignments changed, those that lost them too. stirred: records that came, went or
    belong to another entity now, and all those of an entity that entered or left the graph. related: the ends of
    changed relations. events: changed events. placed: dwellings, organizations and events whose place is another.
    """

    nodes: Ids
    stirred: Ids
    related: Ids
    events: Ids
    placed: Ids = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """nodes: entities that are made anew, with their records; starts: entities whose outgoing edges are; events: events
    that are; records: the source records of these nodes and events. context: persons of whom every residence and
    membership must be known for that. inferred: households that no register knows.
    """

    nodes: Ids
    starts: Ids
    events: Ids
    records: Ids
    context: Ids
    inferred: Ids = frozenset()

    @property
    def known(self) -> Ids:
        """Entities of which linking must be told all relations."""
        return self.starts | self.context


def reach(change: Change, ground: Ground) -> Scope:
    """The scope of a change."""
    pointing = ground.others(change.stirred) | change.related
    moved = change.nodes | ground.entities(pointing)
    parties = ground.entities(ground.others(change.events))
    placed_events = _events(change.placed)
    homes = _with_stated_homes(ground, moved)

    books = _targets(homes, MEMBER, moved) | change.nodes
    members = _sources(homes, MEMBER, books)
    residents = _sources(homes, LIVES, _targets(homes, LIVES, moved | members))
    households = _targets(homes, MEMBER, residents | members | moved)
    starts = moved | members | residents | households | parties | (change.placed - placed_events)

    kin = _sources(homes, MEMBER, _targets(homes, MEMBER, starts) | starts)
    near = _sources(homes, LIVES, _targets(homes, LIVES, starts | kin))
    context = kin | near | _sources(homes, MEMBER, _targets(homes, MEMBER, near))

    events = change.events | placed_events | _events(pointing)
    records = ground.records(change.nodes) | {"rec_" + event.removeprefix(_EVENT_PREFIX) for event in events}
    return Scope(nodes=change.nodes, starts=starts, events=events, records=records, context=context)


def with_inferred(scope: Scope, ground: Ground, previous: pl.DataFrame, desired: pl.DataFrame) -> Scope:
    """The scope with the households that were or are inferred for its people; the frames hold edges."""
    theirs = pl.col("type") == MEMBER, pl.col("from_id").is_in(list(scope.starts))
    joined = {household for edges in (previous, desired) for household in edges.filter(*theirs)["to_id"]}
    booked = _across(ground.assigned, "entity_id", frozenset(joined), "entity_id")
    return replace(scope, inferred=frozenset(joined) - booked)


def nodes_within(scope: Scope) -> pl.Expr:
    """Which nodes are in scope: all places, and of the rest those named. Departments are decided apart."""
    label, node_id = pl.col("label"), pl.col("id")
    wanted = {
        **dict.fromkeys(LABELS.values(), scope.nodes),
        "Household": scope.nodes | scope.inferred,
        "Redirect": scope.nodes,
        "Event": scope.events,
        "Record": scope.records,
    }
    chosen = [(label == name) & node_id.is_in(list(ids)) for name, ids in wanted.items()]
    return pl.any_horizontal(label.is_in(list(PLACE_PREFIX)), *chosen)


def edges_within(scope: Scope) -> pl.Expr:
    """Which edges are in scope: those that begin at a place, or at what is named."""
    begins = scope.starts | scope.nodes | scope.events | scope.records | scope.inferred
    return pl.col("from_label").is_in(list(PLACE_PREFIX)) | pl.col("from_id").is_in(list(begins))


def desired_within(desired: DesiredGraph, scope: Scope) -> DesiredGraph:
    nodes = desired.nodes.filter(nodes_within(scope) | (pl.col("label") == "Department"))
    return DesiredGraph(nodes, desired.edges.filter(edges_within(scope)))


def abandoned(previous: GraphState, desired: DesiredGraph) -> Ids:
    """Departments that events in scope were handled by, and none of them is any more."""

    def departments(edges: pl.DataFrame) -> Ids:
        return frozenset(edges.filter(pl.col("type") == "HANDLED_BY")["to_id"])

    return departments(previous.edges) - departments(desired.edges)


def open_homes(edges: pl.DataFrame) -> pl.DataFrame:
    """`Ground.homes` from the edges of HOME_TYPES: those that hold now, and are a home to others at the door."""
    props = pl.col("props")
    ended = props.str.contains('"valid_to":', literal=True)
    no_home = props.str.contains('"role":"(dormitory|guest)"')
    return edges.filter(~ended, ~no_home).select("type", "from_id", "to_id")


def _with_stated_homes(ground: Ground, moved: Ids) -> pl.DataFrame:
    """The homes of the graph, and those that records state of the `moved`, whom the graph may not show there yet."""
    own = ground.assigned.filter(pl.col("entity_id").is_in(list(moved))).unique()
    stated = (
        ground.ends.filter(pl.col("type").is_in(HOME_TYPES))
        .join(own, left_on="from_id", right_on="record_id")
        .join(ground.assigned, left_on="to_id", right_on="record_id", suffix="_to")
        .select("type", pl.col("entity_id").alias("from_id"), pl.col("entity_id_to").alias("to_id"))
    )
    return pl.concat([ground.homes, stated.unique()])


def _across(frame: pl.DataFrame, near: str, ids: Ids, far: str) -> Ids:
    if not ids:
        return frozenset()
    return frozenset(frame.filter(pl.col(near).is_in(list(ids)))[far])


def _targets(homes: pl.DataFrame, kind: str, persons: Ids) -> Ids:
    return _across(homes.filter(pl.col("type") == kind), "from_id", persons, "to_id")


def _sources(homes: pl.DataFrame, kind: str, places: Ids) -> Ids:
    return _across(homes.filter(pl.col("type") == kind), "to_id", places, "from_id")


def _events(ids: Iterable[str]) -> Ids:
    return frozenset(one for one in ids if one.startswith(_EVENT_PREFIX))
