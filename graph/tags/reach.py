"""Which objects a change of the graph can touch, for each rule: the paths of its filter walked backwards.

A filter looks at nodes and relations at the ends of paths from the bearer. What a change alters is a node, or a
relation; of those on a path that holds now or held before, take the altered relation nearest to the bearer: the way
from the bearer to its near end is as it was, so walking back from there on the graph of today finds the bearer. Dates
and conditions are ignored on the way, which finds too many, never too few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

import polars as pl

from core.catalogue.links import Link, links_of
from core.filters import AllOf, Along, AnyOf, Condition, Count, Not, Ratio, Shares, Test, ValueKind
from graph.reads.relations import pattern_back
from graph.store import GraphStore
from graph.tags.rules import TagRule

PLACED: Final = "PART_OF"
_DEEPEST_PLACE: Final = 5

Ids: TypeAlias = set[str]


@dataclass(frozen=True, slots=True)
class Way:
    """A path of links from bearers labelled `root`, each link with the label that it leads to."""

    root: str
    steps: tuple[tuple[Link, str], ...] = ()

    @property
    def end(self) -> str:
        return self.steps[-1][1] if self.steps else self.root

    def on(self, link: Link, label: str) -> Way:
        return Way(self.root, (*self.steps, (link, label)))


Watched: TypeAlias = tuple[Way, Link | None]
"""What a filter looks at where a way ends: the nodes there (None), or a link of theirs."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What batches of the log changed: label → ids of nodes; relation type → (from label, from id, to label, to id)."""

    nodes: Mapping[str, Ids]
    edges: Mapping[str, set[tuple[str, str, str, str]]]

    @classmethod
    def of(cls, nodes: pl.DataFrame, edges: pl.DataFrame) -> Changed:
        """From rows of the log's two tables."""
        found_nodes: dict[str, Ids] = defaultdict(set)
        for label, node_id in nodes.select("label", "id").iter_rows():
            found_nodes[label].add(node_id)
        found_edges: dict[str, set[tuple[str, str, str, str]]] = defaultdict(set)
        for kind, *ends in edges.select("type", "from_label", "from_id", "to_label", "to_id").iter_rows():
            found_edges[kind].add((ends[0], ends[1], ends[2], ends[3]))
        return cls(dict(found_nodes), dict(found_edges))

    def and_edges(self, edges: pl.DataFrame) -> Changed:
        """With the relations of further rows of the log."""
        more = Changed.of(pl.DataFrame(schema={"label": pl.String, "id": pl.String}), edges).edges
        kinds = self.edges.keys() | more.keys()
        return Changed(self.nodes, {kind: self.edges.get(kind, set()) | more.get(kind, set()) for kind in kinds})


def touched(store: GraphStore, rules: Iterable[TagRule], changed: Changed) -> dict[str, list[str]]:
    """Rule name → sorted ids that may have gained or lost its tag; rules that no change can touch are absent.

    One statement walks all ways of all rules, apart from those that tell what lies in changed places.
    """
    watched = {rule.name: watches(rule.applies_to, rule.condition) for rule in rules}
    starts = _Starts(store, changed)
    ends: dict[Way, Ids] = {}
    for way, link in (each for found in watched.values() for each in found):
        ends.setdefault(way, set()).update(starts.of(way.end, link))
    roots = _walk_back(store, ends)
    found = {
        name: sorted(set[str]().union(*(roots.get(way, set()) for way, _ in watches_)))
        for name, watches_ in watched.items()
    }
    return {name: ids for name, ids in found.items() if ids}


# --- what a filter looks at ----------------------------------------------------------------------------------


def watches(label: str, condition: Condition) -> frozenset[Watched]:
    """What a filter on nodes of `label` looks at; the nodes themselves always, since they may be new."""
    start = Way(label)
    return frozenset([(start, None), *_watches(condition, start)])


def _watches(condition: Condition, way: Way) -> Iterator[Watched]:
    match condition:
        case Test(attribute=attribute):
            yield way, None
            if attribute.kind is ValueKind.BLIND:  # the records have it
                records = links_of(way.end)["records"]
                yield way, records
                yield way.on(records, records.targets[0]), None
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _watches(part, way)
        case Not(part):
            yield from _watches(part, way)
        case Along(link=link, where=where, target=target):
            yield way, link
            for label in (target,) if target else link.targets:
                yield from _watches(where, way.on(link, label))
        case Count(path=path, where=where):
            yield from _along(path, way, where)
        case Ratio(of=of, per=per):
            yield from _watches(of, way)
            yield from _watches(per, way)
        case Shares(through=through, to=to, where=where):
            for end in _ends(through, way):
                yield from _along(to, end, AllOf(()))
            yield from _along(through, way, where)
        case _:
            pass


def _along(path: tuple[Link, ...], way: Way, where: Condition) -> Iterator[Watched]:
    link, rest = path[0], path[1:]
    yield way, link
    for label in link.targets:
        if not rest:
            yield from _watches(where, way.on(link, label))
        elif further := links_of(label).get(rest[0].name):
            yield from _along((further, *rest[1:]), way.on(link, label), where)


def _ends(path: tuple[Link, ...], way: Way) -> Iterator[Way]:
    for label in path[0].targets:
        here = way.on(path[0], label)
        if len(path) == 1:
            yield here
        elif further := links_of(label).get(path[1].name):
            yield from _ends((further, *path[2:]), here)


# --- from changes to nodes -----------------------------------------------------------------------------------


class _Starts:
    """The nodes at which a change can be seen, each question answered once."""

    def __init__(self, store: GraphStore, changed: Changed) -> None:
        self._store, self._changed = store, changed
        self._above: dict[str, Mapping[str, Ids]] = {}
        self._known: dict[tuple[str, Link | None], Ids] = {}

    def of(self, label: str, link: Link | None) -> Ids:
        if (label, link) not in self._known:
            self._known[label, link] = self._of(label, link)
        return self._known[label, link]

    def _of(self, label: str, link: Link | None) -> Ids:
        if link is None:
            return self._changed.nodes.get(label, set())
        edges = self._changed.edges.get(link.type, set())
        if link.has_edge and not link.inside:
            out = {one for from_label, one, _, _ in edges if from_label == label and (link.both or not link.reverse)}
            back = {one for _, _, to_label, one in edges if to_label == label and (link.both or link.reverse)}
            return out | back
        # Of places within places: all above the upper end of a change, or all below its lower end.
        parents = {(to_label, one) for _, _, to_label, one in self._changed.edges.get(PLACED, ())}
        if link.inside:
            return self._places(label, parents | {(to_label, one) for _, _, to_label, one in edges}, up=True)
        if link.reverse:
            return self._places(label, parents, up=True)
        return self._places(label, {(from_label, one) for from_label, one, _, _ in edges}, up=False)

    def _places(self, label: str, ends: set[tuple[str, str]], *, up: bool) -> Ids:
        by_label: dict[str, list[str]] = defaultdict(list)
        for end_label, one in sorted(ends):
            by_label[end_label].append(one)
        arrow = f"-[:{PLACED}*0..{_DEEPEST_PLACE}]-"
        path = f"(x){arrow}>(n:{label})" if up else f"(x)<{arrow}(n:{label})"
        return {
            row["id"]
            for end_label, ids in by_label.items()
            for row in self._store.read(
                f"UNWIND $ids AS id MATCH (x:{end_label} {{id: id}}) MATCH {path} RETURN DISTINCT n.id AS id", ids=ids
            )
        }


def _walk_back(store: GraphStore, ends: Mapping[Way, Ids]) -> dict[Way, Ids]:
    """The bearers from which each way leads to the nodes with the ids given for it."""
    roots = {way: set(ids) for way, ids in ends.items() if not way.steps}
    further = sorted((way for way in ends if way.steps), key=back)
    if not any(ends[way] for way in further):
        return roots
    # Ways without anything to begin at stay in it: the text, and with it the plan, is the same for every change.
    text = " UNION ALL ".join(back(way, number) for number, way in enumerate(further))
    params = {f"ids{number}": sorted(ends[way]) for number, way in enumerate(further)}
    for row in store.read(text, **params):
        roots.setdefault(further[row["way"]], set()).add(row["id"])
    return roots


@cache
def back(way: Way, number: int = 0) -> str:
    """Cypher for the ids of the bearers from which a way leads to the nodes whose ids are in a parameter."""
    clauses = [f"UNWIND $ids{number} AS id MATCH (x{len(way.steps)}:{way.end} {{id: id}})"]
    for step in range(len(way.steps), 0, -1):
        link, _ = way.steps[step - 1]
        near = way.steps[step - 2][1] if step > 1 else way.root
        path = pattern_back(link, f"x{step - 1}:{near}", f"x{step}", f"r{step}")
        clauses.append(f"MATCH {path} WITH DISTINCT x{step - 1}")
    return " ".join(clauses) + f" RETURN {number} AS way, x0.id AS id"
