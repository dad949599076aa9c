"""The linking run: everything that the lake knows, as one desired graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from core.progress import SILENT, Progress
from graph.linking import kinship
from graph.linking.derived import (
    PLACE_PREFIX,
    PlaceId,
    aligned,
    household_homes,
    part_of,
    place_ids,
    premises,
    relation_frame,
)
from graph.linking.entities import Sealer, entity_nodes
from graph.linking.events import event_nodes, handlings, occurrences
from graph.linking.frames import edges, nodes_of
from graph.linking.inferred import infer
from graph.linking.inputs import DesiredGraph, LinkInputs, empty_nodes
from graph.linking.matters import matter_edges
from graph.linking.place_votes import build
from graph.linking.places import PlaceTree
from graph.linking.records import record_graph
from graph.linking.relations import (
    EDGE_PROPS,
    LABELS,
    TEXT_MENTION,
    assertions,
    entity_relations,
    live_assignments,
)

_NOBODY = pl.DataFrame(schema=dict.fromkeys(("entity_id", "name", "sex", "birth_date"), pl.String))
DWELLINGS = {"entity_id": pl.String, "address": pl.String, "grid_code": pl.String, "record_count": pl.Int64}
_STEP_PROPS = ("valid_from", "observed_at", "sources", "confidence", "step", "action", "at", "from", "to")


def link(inputs: LinkInputs, progress: Progress = SILENT) -> DesiredGraph:
    """The graph as it should be now. Same inputs give the same ids and, but for resealed values, the same props."""
    with progress.task("连接图谱", total=6, unit="步") as task:
        live = live_assignments(inputs.assignments, inputs.records)
        sealer = Sealer(inputs.vault, inputs.previous)
        readings = _readings(inputs.readings)
        place_id = place_ids(inputs.vault)
        tree = inputs.tree or build(dwelling_rows(_living_dwellings(inputs.golden, live)))
        made, events = _wanted(live, "entity_id", inputs.only), _wanted(inputs.events, "event_id", inputs.only)
        task.advance()
        relations, households = _relations(inputs, live, events, tree, readings, place_id)
        task.advance()
        # What a register states goes before what is inferred to begin on the same day.
        edge_frames = [edges(relations, EDGE_PROPS).unique("id", keep="first", maintain_order=True)]
        departments, steps = handlings(events, inputs.vault)
        if steps:
            edge_frames.append(edges(_step_frame(steps), _STEP_PROPS))
        edge_frames.append(matter_edges(inputs.matters, events))
        task.advance()
        node_frames = [
            entity_nodes(kind, inputs.golden[kind], set(_of_kind(made, kind)["entity_id"]), sealer)
            for kind in LABELS
            if kind in inputs.golden
        ]
        task.advance()
        if not events.is_empty():
            linked = set(live.filter(pl.col("record_key").str.contains(TEXT_MENTION, literal=True))["record_key"])
            linked |= set(inputs.relations["props"].str.json_path_match("$.mention").drop_nulls())
            node_frames.append(event_nodes(events, readings, linked, sealer))
        task.advance()
        names = sorted(departments.items())
        node_frames.append(nodes_of("Department", [(key, {"name": name}) for key, name in names]))
        node_frames.append(nodes_of("Household", sorted(households.items())))
        for label in PLACE_PREFIX:
            places = sorted((place, props) for place, props in tree.props.items() if place.label == label)
            node_frames.append(nodes_of(label, [(place_id(place), props) for place, props in places]))
        record_nodes, describes = record_graph(inputs.records, made, events)
        task.advance()
    every_node = pl.concat([*node_frames, record_nodes])
    return DesiredGraph(
        pl.concat([every_node, _redirects(inputs.changes, every_node)]), pl.concat([*edge_frames, describes])
    )


def _readings(readings: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["event_id"]: row for row in readings.iter_rows(named=True)}


def _of_kind(live: pl.DataFrame, kind: str) -> pl.DataFrame:
    return live.filter(pl.col("kind") == kind)


def _wanted(frame: pl.DataFrame, column: str, only: frozenset[str] | None) -> pl.DataFrame:
    return frame if only is None or frame.is_empty() else frame.filter(pl.col(column).is_in(list(only)))


def _living_dwellings(golden: Mapping[str, pl.DataFrame], live: pl.DataFrame) -> pl.DataFrame:
    frame = golden.get("dwelling")
    if frame is None:
        return pl.DataFrame(schema=DWELLINGS)
    return frame.join(live.select("entity_id").unique(), on="entity_id", how="semi")


def dwelling_rows(dwellings: pl.DataFrame) -> list[tuple[str, str | None, str | None]]:
    """What `build` makes the tree of, the surest first; `dwellings` has the columns DWELLINGS, or lacks `grid_code`."""
    aligned_rows = pl.concat([pl.DataFrame(schema=DWELLINGS), dwellings], how="diagonal_relaxed")
    surest = aligned_rows.sort("record_count", "entity_id", descending=[True, False], nulls_last=True)
    return list(surest.select("entity_id", "address", "grid_code").iter_rows())


def _relations(
    inputs: LinkInputs,
    live: pl.DataFrame,
    events: pl.DataFrame,
    tree: PlaceTree,
    readings: Mapping[str, Mapping[str, Any]],
    place_id: PlaceId,
) -> tuple[pl.DataFrame, dict[str, dict[str, Any]]]:
    """All relations but handling steps and provenance, in RELATION_SCHEMA; and the households that are inferred."""
    stated = aligned(entity_relations(assertions(inputs.relations, live, inputs.events), inputs.day))
    rows: list[dict[str, Any]] = []
    if not events.is_empty():
        asserted = set(stated.filter(pl.col("type") == "OCCURRED_AT")["from_id"])
        rows += occurrences(events, readings, tree, place_id, asserted)
    sources = _sources(live, inputs.records)
    rows += part_of(tree, place_id, sources)
    if "organization" in inputs.golden:
        known = inputs.golden["organization"].join(_of_kind(live, "organization"), on="entity_id", how="semi")
        rows += premises(known, tree, place_id, sources)
    composed = aligned(kinship.compose(stated))
    people = inputs.golden.get("person", _NOBODY).join(_of_kind(live, "person"), on="entity_id", how="semi")
    inferred = infer(stated, composed, people, inputs.vault.token, day=inputs.day)
    homes = aligned(household_homes(pl.concat([stated, inferred.relations])))
    every = pl.concat([stated, relation_frame(rows), composed, inferred.relations, homes])
    return every, inferred.households


def _sources(live: pl.DataFrame, records: pl.DataFrame) -> dict[str, list[str]]:
    """Places and premises: entity id → the feeds that know it."""
    known = live.filter(pl.col("kind").is_in(["dwelling", "organization"])).join(
        records.select("record_id", "feed"), on="record_id", how="inner"
    )
    return dict(known.group_by("entity_id").agg(pl.col("feed").unique().sort()).iter_rows())


def _step_frame(steps: list[dict[str, Any]]) -> pl.DataFrame:
    texts = ("type", "from_label", "from_id", "to_label", "to_id", "discriminator", "action", "at", "from", "to")
    schema: dict[str, pl.DataType] = {
        **dict.fromkeys(texts, pl.String()),
        "valid_from": pl.String(),
        "observed_at": pl.Datetime("us"),
        "sources": pl.List(pl.String()),
        "confidence": pl.Float64(),
        "step": pl.Int64(),
    }
    return pl.DataFrame([[row.get(name) for name in schema] for row in steps], schema=schema, orient="row")


def _redirects(changes: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """A `Redirect` node under the id of each entity that was merged away, naming the one it went into."""
    if changes.is_empty():
        return empty_nodes()
    merged = changes.filter(pl.col("change") == "merged").select("kind", "other_id", "entity_id")
    living = set(nodes["id"])
    rows = {
        gone: {"target": kept, "kind": kind}
        for kind, kept, gone in merged.iter_rows()
        if gone is not None and gone not in living
    }
    return nodes_of("Redirect", sorted(rows.items()))
