"""Why the records of one entity are one: the tree of strongest links, its weakest bridge, what speaks against it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any, Final

import polars as pl

from resolution.evidence import field_label, fields_of
from resolution.explain import details, scorer_of
from resolution.paths import Link, Weave
from resolution.state import State

_STRONGEST: Final = 3  # reasons told for one link
_CONFLICTS: Final = 20  # conflicts told, the worst first


@dataclass(frozen=True, slots=True)
class Branch:
    """A link of the tree and the comparisons that weigh most in it, as (Chinese, English, bits)."""

    link: Link
    because: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, slots=True)
class Bridge:
    """The weakest link of the tree: without it (and links like it) the records fall into these two sides."""

    link: Link
    side_a: tuple[str, ...]
    side_b: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two records of the entity that speak against it: their pair lies at or below the threshold (`weight`, bits), or
    they hold two different values of a field (`label`) that one entity cannot have.
    """

    record_a: str
    record_b: str
    weight: float | None
    label: str | None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityExplanation:
    """`groups`: records that are alike in all that is compared, one group for each node. `tree` has one link less
    than groups where weights alone hold the entity together; fewer links mean that judgements do.
    """

    kind: str
    entity_id: str
    threshold: float
    groups: tuple[tuple[str, ...], ...]
    tree: tuple[Branch, ...]
    weakest: Bridge | None
    conflicts: tuple[Conflict, ...]
    judgements: tuple[tuple[str, str, str], ...]

    @property
    def records(self) -> tuple[str, ...]:
        return tuple(record for group in self.groups for record in group)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def explain_entity(state: State, entity_id: str) -> EntityExplanation:
    """Raises `KeyError` for an entity that the run did not make."""
    members = state.members.filter(pl.col("entity_id") == entity_id).sort("record_id")
    if members.is_empty():
        raise KeyError(entity_id)
    groups: dict[int, list[str]] = defaultdict(list)
    for record, node in members.select("record_id", "node").iter_rows():
        groups[node].append(record)
    node_of = {record: node for node, records in groups.items() for record in records}
    weave = Weave(state)
    tree = weave.tree(entity_id)
    held = set(node_of)
    told = state.judgements.filter(pl.col("record_a").is_in(list(held)) & pl.col("record_b").is_in(list(held)))
    return EntityExplanation(
        kind=state.model.kind,
        entity_id=entity_id,
        threshold=state.decision.threshold,
        groups=tuple(tuple(records) for records in groups.values()),
        tree=_branches(state, tree, node_of),
        weakest=_weakest(tree, groups, node_of),
        conflicts=_conflicts(state, weave, groups),
        judgements=tuple(told.select("record_a", "record_b", "verdict").iter_rows()),
    )


def _branches(state: State, tree: list[Link], node_of: dict[str, int]) -> tuple[Branch, ...]:
    rows = {node: state.nodes.row(node, named=True) for node in set(node_of.values())}
    scorer = scorer_of(state, list(rows.values()))
    branches = []
    for link in tree:
        pair = [rows[node_of[link.record_a]], rows[node_of[link.record_b]]]
        found = [(item.level.zh, item.level.en, item.bits + item.frequency_bits) for item in details(scorer, pair)]
        told = sorted((item for item in found if item[2]), key=lambda item: -abs(item[2]))
        branches.append(Branch(link, tuple(told[:_STRONGEST])))
    return tuple(branches)


def _weakest(tree: list[Link], groups: dict[int, list[str]], node_of: dict[str, int]) -> Bridge | None:
    if not tree:
        return None
    weakest = tree[-1]
    near: dict[int, set[int]] = defaultdict(set)
    for link in tree[:-1]:
        a, b = node_of[link.record_a], node_of[link.record_b]
        near[a].add(b)
        near[b].add(a)
    side = {node_of[weakest.record_a]}
    border = list(side)
    while border:
        border = [other for node in border for other in near[node] - side]
        side.update(border)
    ours = tuple(record for node, records in groups.items() if node in side for record in records)
    theirs = tuple(record for node, records in groups.items() if node not in side for record in records)
    return Bridge(weakest, ours, theirs)


def _conflicts(state: State, weave: Weave, groups: dict[int, list[str]]) -> tuple[Conflict, ...]:
    threshold = state.decision.threshold
    against = sorted((pair for pair in weave.inside(list(groups)) if pair[2] <= threshold), key=lambda pair: pair[2])
    found = [Conflict(groups[a][0], groups[b][0], weight, None) for a, b, weight in against[:_CONFLICTS]]
    held = state.model.declaration.cannot_link
    if held is not None:
        values = {node: state.nodes[held][node] for node in groups}
        first: dict[Any, int] = {}
        for node, value in values.items():
            if value is not None:
                first.setdefault(value, node)
        fields = fields_of(state.model.declaration, [held])
        field = fields[0] if fields else held
        label = field_label(state.model.kind, field)
        nodes = list(first.values())
        found += [Conflict(groups[nodes[0]][0], groups[other][0], None, label, field) for other in nodes[1:]]
    return tuple(found)
