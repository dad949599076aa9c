"""An index over what a run left: where a new record belongs, in real time, and the state with it in it.

The clusters are a function of the pair graph, and the pair graph one of the records, with the model, the context and
the frequencies of the run frozen. Every change keeps the graph exactly so and contracts the components that it touches
anew. So the order of the records does not matter, nor whether they come one by one or together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import polars as pl

from core.catalogue import KINDS
from resolution.clusters.contraction import MOST_BITS
from resolution.clusters.greedy import Contraction
from resolution.collapse import compared_columns
from resolution.features.standardise import read_row
from resolution.grouping import SAME_WEIGHT, judged, kept_apart
from resolution.index.answers import Delta, Match, Placement
from resolution.index.graph import PairGraph, Scored
from resolution.index.ids import Claim, Identities
from resolution.index.keys import KeyIndex
from resolution.index.links import Component
from resolution.index.members import Assignment, Members, probability
from resolution.index.nodes import NodeTable, Row
from resolution.index.scorer import Scorer
from resolution.state import State

Features = Mapping[str, Any]
NodePairs = set[tuple[int, int]]
_SHOWN: Final = 5


@dataclass(slots=True)
class _Work:
    """A change under way: the entity that each record had that was moved, and a node of each component to contract."""

    prior: dict[str, str | None] = field(default_factory=dict)
    dirty: set[int] = field(default_factory=set)


class LiveIndex:
    """Keeps a `State` up to date in memory; for one thread at a time."""

    def __init__(
        self,
        state: State,
        *,
        token: Callable[..., str],
        ages: Mapping[str, int] | None = None,
        homes: Mapping[str, str] | None = None,
    ) -> None:
        """`token` makes opaque ids. `ages` tells which entities are older (a smaller number): their ids are kept.

        `homes` names the entity that a record was of before that was merged into its present one.
        """
        declared = state.model.declaration
        columns = compared_columns(state.nodes.columns, declared)
        self._state = state
        self._declared = declared
        self._base = state.nodes.height
        self._members = Members(self._base, state.members)
        self._alone = kept_apart(state.judgements)
        self._judgements = state.judgements
        self._together, self._apart = self._verdicts()
        self._graph = PairGraph(
            NodeTable(state.nodes, columns),
            KeyIndex(state.nodes, columns, declared),
            Scorer(state.model, state.frequencies, state.population, columns),
            state.pairs,
            threshold=state.decision.threshold,
            limit=declared.block_limit,
        )
        for a, b in sorted(self._together):
            self._graph.unite(a, b)
        self._exclusive = columns.index(declared.cannot_link) if declared.cannot_link else None
        self._features: list[dict[str, Any]] = []
        self._weights: dict[int, float | None] = {}
        prefix = KINDS[declared.kind].id_prefix if declared.kind in KINDS else declared.kind
        self._ids = Identities(declared.kind, prefix, token, self._members.entities(), ages or {}, homes)

    def warm(self) -> None:
        """Take the seconds that make every later answer quick."""
        self._graph.table.encode()
        # Tables that the value types read at their first use are in memory after one record.
        sources = (source for feature in self._declared.features for source in feature.sources)
        self.decide(dict.fromkeys(sources, "张三"))

    def decide(self, record: Features) -> Placement:
        """Where `record` (record_id where it has one, and the declared fields in clear) belongs; changes nothing."""
        row = self._graph.table.row(read_row(self._declared, record, self._state.context))
        [(digests, whole)] = self._graph.keys.digests([row])
        record_id = str(record.get("record_id") or "")
        own = self._members.node(record_id) if record_id in self._members else None
        same = self._same(record_id, row, whole)
        if same is not None and self._others(same, record_id):
            entity_id = self._members.entity(same) or ""
            match = Match(self._others(same, record_id)[0], entity_id, SAME_WEIGHT)
            return Placement("existing", False, entity_id, (), SAME_WEIGHT, (match,))
        without = own if own is not None and not self._others(own, record_id) else None
        scored, joined = self._graph.preview(row, digests, without)
        number = len(self._graph.table)
        clusters = self._contracted(joined, {number: (record_id, row)})
        claims = [
            [(name, self._members.entity(n)) for n in cluster if n != number for name in self._members.records(n)]
            for cluster in clusters
        ]
        mine = next(place for place, cluster in enumerate(clusters) if number in cluster)
        return self._placed(mine, claims, self._matches(scored))

    def add(self, record: Features) -> Delta:
        """Take a record in; one that is known already is replaced."""
        row = read_row(self._declared, record, self._state.context)
        return self.apply({str(record["record_id"]): row})

    def remove(self, record_id: str) -> Delta:
        """Take a record out; nothing happens where it is unknown."""
        return self.apply(removed=[record_id])

    def apply(
        self,
        added: Mapping[str, Features] | None = None,
        removed: Iterable[str] = (),
        judgements: pl.DataFrame | None = None,
    ) -> Delta:
        """Take records in (record id → comparison columns) and out as one change.

        `judgements` are all that count from now on (record_a, record_b, verdict); None leaves them as they are.
        """
        work = _Work()
        gone = [record_id for record_id in dict.fromkeys(removed) if record_id in self._members]
        entering = dict(added or {})
        if judgements is not None:
            entering = self._readmitted(judgements, {*gone, *entering}) | entering
        for record_id in dict.fromkeys([*gone, *entering]):
            if record_id in self._members:
                self._take_out(record_id, work)
        self._take_in(entering, work)
        if judgements is not None or not self._judged.isdisjoint(work.prior):
            self._rejudge(work)
        delta = self._settled(work)
        delta.removed = [record_id for record_id in gone if record_id not in entering]
        return delta

    def state(self) -> State:
        """The state as it is now, nodes renumbered without those that are gone."""
        size, gone = len(self._graph.table), self._graph.gone
        alive = np.ones(size, dtype=np.bool_)
        alive[list(gone)] = False
        number = pl.Series(np.cumsum(alive) - 1, dtype=pl.Int64)
        schema = self._state.nodes.schema
        nodes = pl.concat([self._state.nodes, pl.DataFrame(self._features, schema=schema, orient="row")])
        pairs = self._graph.pairs()
        ends = [number.gather(pairs[name]).cast(pl.Int32).alias(name) for name in ("a", "b")]
        members = self._members.current(self._weights, gone)
        return replace(
            self._state,
            nodes=nodes.filter(pl.Series(alive)),
            members=members.with_columns(number.gather(members["node"]).alias("node")),
            pairs=pl.DataFrame([*ends, pairs["weight"]]),
            judgements=self._judgements,
        )

    def _others(self, node: int, record_id: str) -> list[str]:
        return [other for other in self._members.records(node) if other != record_id]

    def _same(self, record_id: str, row: Row, whole: int | None) -> int | None:
        """The node of records alike in everything, unless a human 'no' keeps either of them apart."""
        if record_id in self._alone:
            return None
        nodes = self._graph.same(row, whole)
        return next((n for n in nodes if not self._alone or self._alone.isdisjoint(self._members.records(n))), None)

    def _matches(self, scored: Scored) -> tuple[Match, ...]:
        best: dict[str, Match] = {}
        for node, weight in sorted(scored, key=lambda item: (-item[1], item[0])):
            entity_id = self._members.entity(node) or ""
            if entity_id not in best:
                best[entity_id] = Match(self._members.records(node)[0], entity_id, weight)
                if len(best) == _SHOWN:
                    break
        return tuple(best.values())

    def _placed(self, mine: int, claims: list[list[Claim]], matches: tuple[Match, ...]) -> Placement:
        """`claims[mine]` are the records that the new one would be with."""
        band = self._state.decision
        best = matches[0].weight if matches else None
        unclear = best is not None and band.lower <= best <= band.upper
        company = {entity_id for _, entity_id in claims[mine]}
        kept_out = best is not None and best > band.threshold and matches[0].entity_id not in company
        if not company:
            return Placement("new", unclear or kept_out, None, (), best, matches)
        ids, changes = self._ids.foresee([cluster for cluster in claims if cluster])
        entity_id = ids[sum(1 for cluster in claims[:mine] if cluster)]
        others = sorted(gone for change, gone, other in changes if change == "merged" and other == entity_id)
        origin = next((other for change, one, other in changes if change == "split" and one == entity_id), None)
        outcome = "splitting" if origin is not None else "merging" if others else "existing"
        return Placement(outcome, unclear or kept_out, origin or entity_id, tuple(others), best, matches)

    def _take_out(self, record_id: str, work: _Work) -> None:
        node = self._members.node(record_id)
        work.prior.setdefault(record_id, self._members.entity(node))
        self._members.remove(record_id)
        work.dirty |= {node} if self._members.records(node) else self._graph.remove(node)

    def _take_in(self, entering: Mapping[str, Features], work: _Work) -> None:
        rows = [self._graph.table.row(features) for features in entering.values()]
        digests = self._graph.keys.digests(rows)
        if len(rows) > 1:
            self._graph.prefetch([keys if whole is None else [*keys, whole] for keys, whole in digests])
        for (record_id, features), row, (keys, whole) in zip(entering.items(), rows, digests, strict=True):
            work.prior.setdefault(record_id, None)
            node = self._same(record_id, row, whole)
            if node is None:
                node, dirty = self._graph.insert(row, keys, whole)
                work.dirty |= dirty
                self._features.append(dict(features))
            work.dirty.add(node)
            self._members.add(record_id, node)

    def _readmitted(self, judgements: pl.DataFrame, without: set[str]) -> dict[str, Features]:
        """Takes the judgements over; the records that now stand alone, or no longer do, come in once more."""
        before, self._alone, self._judgements = self._alone, kept_apart(judgements), judgements
        names = sorted(name for name in (before ^ self._alone) - without if name in self._members)
        return {name: self._features_of(self._members.node(name)) for name in names}

    def _features_of(self, node: int) -> Features:
        if node < self._base:
            return self._state.nodes.row(node, named=True)
        return self._features[node - self._base]

    def _verdicts(self) -> tuple[NodePairs, NodePairs]:
        """What the judgements say of the nodes there are, as pairs in their order."""
        frame = self._judgements
        self._judged = {*frame["record_a"], *frame["record_b"]} if not frame.is_empty() else set()
        known = sorted(name for name in self._judged if name in self._members)
        members = pl.DataFrame(
            {"record_id": known, "node": [self._members.node(name) for name in known]},
            schema={"record_id": pl.String, "node": pl.Int64},
        )
        verdicts = judged(frame, members)
        both = [{(min(pair), max(pair)) for pair in pairs} for pairs in (verdicts.together, verdicts.apart)]
        return both[0], both[1]

    def _rejudge(self, work: _Work) -> None:
        before = self._together | self._apart
        self._together, self._apart = self._verdicts()
        for a, b in sorted(self._together):
            self._graph.unite(a, b)
        work.dirty |= {node for pair in before | self._together | self._apart for node in pair}

    def _settled(self, work: _Work) -> Delta:
        """Contract what was touched and give ids to what came of it."""
        links, members = self._graph.links, self._members
        roots = sorted({links.root(node) for node in work.dirty if node not in self._graph.gone})
        clusters: list[list[int]] = []
        best: dict[int, float] = {}
        for root in roots:
            component = links[root]
            found = self._contracted(component)
            label = {node: number for number, cluster in enumerate(found) for node in cluster}
            for a, b, bits in component.pairs:
                if label[a] == label[b]:
                    best[a] = max(best.get(a, bits), bits)
                    best[b] = max(best.get(b, bits), bits)
            clusters += found
        claims = [
            [(name, work.prior.get(name, members.entity(node))) for node in cluster for name in members.records(node)]
            for cluster in clusters
        ]
        ids, changes = self._ids.assign(claims)
        # A component is contracted whole, so an entity that no record claims any more has none left.
        claimed_by = {entity for cluster in claims for _, entity in cluster}
        retired = {entity for entity in work.prior.values() if entity is not None} - claimed_by
        delta = Delta(changes=[*changes, *(("retired", entity, None) for entity in sorted(retired))])
        for cluster, claimed, entity_id in zip(clusters, claims, ids, strict=True):
            before = dict(claimed)
            for node in cluster:
                records = members.records(node)
                weight: float | None = best.get(node)
                if len(records) > 1:
                    weight = max(SAME_WEIGHT, weight or 0.0)
                self._weights[node] = weight
                members.give(node, entity_id)
                delta.assignments += [
                    Assignment(name, entity_id, probability(weight), weight)
                    for name in records
                    if before[name] != entity_id
                ]
        return delta

    def _contracted(self, component: Component, extra: Mapping[int, tuple[str, Row]] | None = None) -> list[list[int]]:
        """The clusters of a component, as `resolution.clusters.contraction.cluster` makes them.

        `extra` gives the name and the row of a node that is not in the index.
        """
        nodes = component.nodes
        if len(nodes) == 1:
            return [nodes]
        extra = extra or {}
        names = {node: extra[node][0] if node in extra else self._members.records(node)[0] for node in nodes}
        nodes = sorted(nodes, key=names.__getitem__)
        place = {node: number for number, node in enumerate(nodes)}
        threshold = self._state.decision.threshold
        pairs = []
        for a, b, weight in component.pairs:
            x, y = place[a], place[b]
            bits = min(max(weight - threshold, -MOST_BITS), MOST_BITS)
            pairs.append((x, y, bits) if x < y else (y, x, bits))
        contraction = Contraction(self._exclusive_values(nodes, extra), pairs, self._declared.absent)
        contraction.judge(_inside(self._together, place), _inside(self._apart, place))
        contraction.run()
        clusters: dict[int, list[int]] = {}
        for node, label in zip(nodes, contraction.labels(), strict=True):
            clusters.setdefault(label, []).append(node)
        return list(clusters.values())

    def _exclusive_values(self, nodes: list[int], extra: Mapping[int, tuple[str, Row]]) -> list[int]:
        if self._exclusive is None:
            return [-1] * len(nodes)
        codes: dict[Any, int] = {None: -1}
        values = []
        for node in nodes:
            row = extra[node][1] if node in extra else self._graph.table[node]
            values.append(codes.setdefault(row[self._exclusive], len(codes) - 1))
        return values


def _inside(judged_pairs: NodePairs, place: Mapping[int, int]) -> list[tuple[int, int]]:
    if not judged_pairs:
        return []
    found = ((place[a], place[b]) for a, b in judged_pairs if a in place and b in place)
    return sorted((min(pair), max(pair)) for pair in found)
