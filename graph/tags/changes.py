"""Taggings over time: what an evaluation changes. A tag that no longer holds is ended, never deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import orjson
import polars as pl

from graph.linking.changes import EDGE_CHANGES, NODE_CHANGES
from graph.linking.frames import digest, nodes_of
from graph.linking.inputs import NODE_COLUMNS, GraphState
from graph.tags.rules import TagRule


class _Tagging(NamedTuple):
    edge_id: str
    label: str
    entity: str
    tag: str
    props: dict[str, Any]
    hash: str

    @property
    def ended(self) -> date | None:
        text = self.props.get("valid_to")
        return date.fromisoformat(text) if text else None


def tag_changes(
    previous: GraphState, taggings: pl.DataFrame, rules: Iterable[TagRule], *, as_of: date, seq: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Node and edge changes for the projection log.

    `previous`: the last state, with its Tag nodes and TAGGED edges; `taggings`: what `evaluate` gave for all `rules` on
    `as_of`. A tagging that goes on keeps its beginning; one that holds no more, or whose rule is gone, ends on `as_of`.
    """
    chosen = {rule.name: rule for rule in rules}
    known = _known(previous)
    rows: list[tuple[Any, ...]] = []
    held: set[str] = set()
    for name, version, label, entity, begins, evidence in taggings.iter_rows():
        tag = chosen[name].tag_id
        history = known.get((entity, tag), [])
        current = next((item for item in history if item.ended is None), None)
        if current is not None:
            start = str(current.props["valid_from"])
        else:
            last_end = max((item.ended for item in history if item.ended), default=date.min)
            # Facts may be older than a time in which they were known not to hold.
            start = max(begins or as_of, last_end).isoformat()
        tagging = _tagging(label, entity, tag, _props(name, version, evidence, start, None))
        held.add(tagging.edge_id)
        before = next((item for item in history if item.edge_id == tagging.edge_id), None)
        if before is None:
            rows.append(_row("create", tagging, seq))
        elif before.hash != tagging.hash:
            rows.append(_row("update", tagging, seq))
    for history in known.values():
        for item in history:
            if item.ended is None and item.edge_id not in held:
                end = max(as_of.isoformat(), str(item.props["valid_from"]))
                ended = _tagging(item.label, item.entity, item.tag, {**item.props, "valid_to": end})
                rows.append(_row("update", ended, seq))
    rows.sort(key=lambda row: str(row[3]))
    return _tag_nodes(previous, chosen.values(), seq), pl.DataFrame(rows, schema=EDGE_CHANGES, orient="row")


def _props(rule: str, version: int, evidence: str, start: str, end: str | None) -> dict[str, Any]:
    return {"rule": rule, "version": version, "evidence": evidence, "valid_from": start, "valid_to": end}


def _tagging(label: str, entity: str, tag: str, props: dict[str, Any]) -> _Tagging:
    edge_id = f"rel_{digest('TAGGED', entity, tag, str(props['valid_from']), '')}"
    return _Tagging(edge_id, label, entity, tag, props, digest(edge_id, _text(props)))


def _text(props: dict[str, Any]) -> str:
    return orjson.dumps({k: v for k, v in props.items() if v is not None}, option=orjson.OPT_SORT_KEYS).decode()


def _row(op: str, item: _Tagging, seq: int) -> tuple[Any, ...]:
    ends = (item.label, item.entity, "Tag", item.tag)
    return (seq, op, "TAGGED", item.edge_id, *ends, _text(item.props), item.hash)


def _known(previous: GraphState) -> dict[tuple[str, str], list[_Tagging]]:
    """Taggings so far by (entity, tag)."""
    found: dict[tuple[str, str], list[_Tagging]] = {}
    tagged = previous.edges.filter(pl.col("type") == "TAGGED")
    for edge_id, label, entity, tag, props, edge_hash in tagged.select(
        "id", "from_label", "from_id", "to_id", "props", "hash"
    ).iter_rows():
        item = _Tagging(edge_id, label, entity, tag, orjson.loads(props), edge_hash)
        found.setdefault((entity, tag), []).append(item)
    return found


def _tag_nodes(previous: GraphState, rules: Iterable[TagRule], seq: int) -> pl.DataFrame:
    wanted = nodes_of(
        "Tag",
        sorted(
            (
                rule.tag_id,
                {
                    "name": rule.name,
                    "label": rule.label,
                    "description": rule.description,
                    "level": rule.level.name.lower(),
                    "applies_to": rule.applies_to,
                    "version": rule.version,
                },
            )
            for rule in rules
        ),
    )
    before = {node_id: node_hash for label, node_id, _, node_hash in _tags(previous)}
    rows = [
        (seq, "update" if node_id in before else "create", label, node_id, props, node_hash)
        for label, node_id, props, node_hash in wanted.iter_rows()
        if before.get(node_id) != node_hash
    ]
    return pl.DataFrame(rows, schema=NODE_CHANGES, orient="row")


def _tags(previous: GraphState) -> Iterable[tuple[Any, ...]]:
    return previous.nodes.filter(pl.col("label") == "Tag").select(NODE_COLUMNS).iter_rows()
