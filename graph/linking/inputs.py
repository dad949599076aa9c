"""What linking takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from core.sealing import Vault
from graph.linking.places import PlaceTree

NODE_COLUMNS = ("label", "id", "props", "hash")
EDGE_COLUMNS = ("type", "id", "from_label", "from_id", "to_label", "to_id", "props", "hash")


def empty_nodes() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(NODE_COLUMNS, pl.String))


def empty_edges() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(EDGE_COLUMNS, pl.String))


@dataclass(frozen=True, slots=True)
class GraphState:
    """Nodes (`NODE_COLUMNS`) and edges (`EDGE_COLUMNS`), all text; `props` is JSON text.

    Dates and date-times in props are ISO text; keys without a value are absent.
    """

    nodes: pl.DataFrame = field(default_factory=empty_nodes)
    edges: pl.DataFrame = field(default_factory=empty_edges)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkInputs:
    """Everything that one linking run looks at; all frames hold the current state, sensitive values in clear.

    golden: kind → entity_id, the catalogue fields of the kind, first_observed, last_observed, record_count.
    assignments: kind, record_id, entity_id, probability, run_id.
    records: record_id, kind, feed, department, record_key, observed_at and, where the kind has them,
        citizen_id_index, phone_index, name_index, plate_index, uscc, grid_code.
    relations: type, from_id, to_id (record or event ids), valid_from, valid_to, observed_at, feed, props.
    events: event_id, feed, department, record_key, observed_at, the catalogue fields of an event (`text` in clear),
        steps (JSON list of {department, action, at, from, to}).
    readings: event_id, category, place_text, parties (JSON list of {surface, role, …}).
    matters: event_id, relation, to_id, confidence, reason: what a call is to an earlier one.
    changes: entity changes of resolution (change, kind, entity_id, other_id); `entity_id` of a merge is gone and
        becomes a redirect to `other_id`.
    previous: the last linked state; sealed values of unchanged entities are taken over from it.
    day: the day on which it counts who is grown up; None is the newest observation of a relation.
    tree: the places, where the dwellings of `golden` are not all there are.
    only: ids of the entities and events whose nodes and records are wanted; the others are there for the sake of
        these. None is all.
    """

    vault: Vault
    golden: Mapping[str, pl.DataFrame]
    assignments: pl.DataFrame
    records: pl.DataFrame
    relations: pl.DataFrame
    events: pl.DataFrame
    readings: pl.DataFrame = field(default_factory=pl.DataFrame)
    matters: pl.DataFrame = field(default_factory=pl.DataFrame)
    changes: pl.DataFrame = field(default_factory=pl.DataFrame)
    previous: GraphState = field(default_factory=GraphState)
    day: date | None = None
    tree: PlaceTree | None = None
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class DesiredGraph:
    """The graph as it should be now. Tags are not part of it: rules compute them on the graph itself."""

    nodes: pl.DataFrame
    edges: pl.DataFrame

    @property
    def state(self) -> GraphState:
        return GraphState(self.nodes, self.edges)
