"""Dispute networks: parties joined by shared disputes, and the patterns in them that call for action.

Four patterns. `component`: everybody reachable through shared disputes. `community`: a dense part of a large
component (Louvain, seeded). `repeat_pair`: two parties that meet in several disputes. `one_against_many`: one
party accused by many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import blake2b

import networkx as nx

from graph.analytics.participation import Dispute, Participation, disputes

HALF_LIFE_DAYS = 365.0  # a dispute of a year ago counts half


class Pattern(StrEnum):
    COMPONENT = "component"
    COMMUNITY = "community"
    REPEAT_PAIR = "repeat_pair"
    ONE_AGAINST_MANY = "one_against_many"

    @property
    def label(self) -> str:
        return {
            Pattern.COMPONENT: "关联纠纷群",
            Pattern.COMMUNITY: "密集纠纷圈",
            Pattern.REPEAT_PAIR: "反复纠纷双方",
            Pattern.ONE_AGAINST_MANY: "一对多集中投诉",
        }[self]


@dataclass(frozen=True, slots=True)
class DisputeGroup:
    """One finding with its evidence.

    `score` is the number of disputes (for one against many: of accusers), each halved per year before the newest
    dispute of the input, so findings of one pattern can be ranked. `dates` lists the days of `events`, in order.
    """

    id: str
    pattern: Pattern
    members: tuple[str, ...]
    events: tuple[str, ...]
    dates: tuple[date, ...]
    score: float
    centre: str | None = None

    @property
    def first(self) -> date | None:
        return self.dates[0] if self.dates else None

    @property
    def last(self) -> date | None:
        return self.dates[-1] if self.dates else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which size on a pattern is worth a person's attention."""

    component_members: int = 3
    large_component: int = 12
    repeat_disputes: int = 2
    accusers: int = 5
    seed: int = 20_240_601


def dispute_groups(participations: Iterable[Participation], thresholds: Thresholds | None = None) -> list[DisputeGroup]:
    """All findings, by pattern, highest score first. Equal input gives equal output, in any order of its rows."""
    limits = thresholds or Thresholds()
    cases = disputes(participations)
    weigh = _Weigher(cases)
    found = [
        *_components(cases, limits, weigh),
        *_repeat_pairs(cases, limits, weigh),
        *_one_against_many(cases, limits, weigh),
    ]
    order = list(Pattern)
    return sorted(found, key=lambda group: (order.index(group.pattern), -group.score, group.id))


class _Weigher:
    """Half-life weights relative to the newest dispute, and groups built from their evidence."""

    def __init__(self, cases: Sequence[Dispute]) -> None:
        days = [case.occurred_on for case in cases if case.occurred_on]
        self._newest = max(days, default=None)

    def weight(self, case: Dispute) -> float:
        if case.occurred_on is None or self._newest is None:
            return 0.5
        return float(0.5 ** ((self._newest - case.occurred_on).days / HALF_LIFE_DAYS))

    def group(
        self,
        pattern: Pattern,
        members: Iterable[str],
        cases: Iterable[Dispute],
        *,
        score: float | None = None,
        centre: str | None = None,
    ) -> DisputeGroup:
        evidence = sorted(cases, key=lambda case: (case.occurred_on or date.min, case.event_id))
        people = tuple(sorted(members))
        return DisputeGroup(
            id="dis_" + blake2b("|".join((pattern, centre or "", *people)).encode(), digest_size=13).hexdigest(),
            pattern=pattern,
            members=people,
            events=tuple(case.event_id for case in evidence),
            dates=tuple(case.occurred_on for case in evidence if case.occurred_on),
            score=round(sum(map(self.weight, evidence)) if score is None else score, 3),
            centre=centre,
        )


def network(cases: Iterable[Dispute]) -> nx.Graph[str]:
    """Parties as nodes; an edge's `weight` shares each dispute among its pairs, so crowds do not outweigh feuds."""
    graph: nx.Graph[str] = nx.Graph()
    for case in cases:
        pairs = list(case.pairs())
        share = 1 / max(len(case.parties) - 1, 1)
        for a, b in pairs:
            before = graph.get_edge_data(a, b, {"weight": 0.0})["weight"]
            graph.add_edge(a, b, weight=before + share)
    return graph


def _components(cases: Sequence[Dispute], limits: Thresholds, weigh: _Weigher) -> Iterable[DisputeGroup]:
    graph = network(cases)
    component_of: dict[str, int] = {}
    components = [sorted(nodes) for nodes in nx.connected_components(graph)]
    for number, nodes in enumerate(components):
        component_of.update(dict.fromkeys(nodes, number))
    evidence: dict[int, list[Dispute]] = defaultdict(list)
    for case in cases:
        home = next((component_of[party] for party in sorted(case.parties) if party in component_of), None)
        if home is not None:
            evidence[home].append(case)
    for number, nodes in enumerate(components):
        if len(nodes) < limits.component_members:
            continue
        yield weigh.group(Pattern.COMPONENT, nodes, evidence[number])
        if len(nodes) >= limits.large_component:
            yield from _communities(_ordered(graph, nodes), evidence[number], limits, weigh)


def _ordered(graph: nx.Graph[str], nodes: Sequence[str]) -> nx.Graph[str]:
    """A copy with nodes and edges in the order of ids: Louvain's result depends on it."""
    part: nx.Graph[str] = nx.Graph()
    part.add_nodes_from(nodes)
    edges = sorted((min(a, b), max(a, b), d["weight"]) for a, b, d in graph.subgraph(nodes).edges(data=True))
    part.add_weighted_edges_from(edges)
    return part


def _communities(
    part: nx.Graph[str], cases: Sequence[Dispute], limits: Thresholds, weigh: _Weigher
) -> Iterable[DisputeGroup]:
    communities = nx.community.louvain_communities(part, weight="weight", seed=limits.seed)
    if len(communities) < 2:
        return
    for members in communities:
        within = [case for case in cases if len(case.parties & members) >= 2]
        if len(members) >= limits.component_members and len(within) >= 2:
            yield weigh.group(Pattern.COMMUNITY, members, within)


def _repeat_pairs(cases: Sequence[Dispute], limits: Thresholds, weigh: _Weigher) -> Iterable[DisputeGroup]:
    shared: dict[tuple[str, str], list[Dispute]] = defaultdict(list)
    for case in cases:
        for pair in case.pairs():
            shared[pair].append(case)
    for pair, evidence in shared.items():
        if len(evidence) >= limits.repeat_disputes:
            yield weigh.group(Pattern.REPEAT_PAIR, pair, evidence)


def _one_against_many(cases: Sequence[Dispute], limits: Thresholds, weigh: _Weigher) -> Iterable[DisputeGroup]:
    against: dict[str, list[Dispute]] = defaultdict(list)
    for case in cases:
        for accused in case.accused:
            if case.accusing:
                against[accused].append(case)
    for accused, evidence in against.items():
        newest: dict[str, float] = {}
        for case in evidence:
            for accuser in case.accusing - {accused}:
                newest[accuser] = max(newest.get(accuser, 0.0), weigh.weight(case))
        if len(newest) >= limits.accusers:
            yield weigh.group(
                Pattern.ONE_AGAINST_MANY,
                {accused, *newest},
                evidence,
                score=sum(newest.values()),
                centre=accused,
            )
