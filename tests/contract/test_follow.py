"""Links followed from nodes, the same on every database: every link of the table, alone and all of them at once.

Random small graphs, written by hand; what a link leads to is worked out beside the database from its declaration.
"""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from core.catalogue.links import LINKS, Link
from core.filters import attributes, parse
from graph.reads.follow import Branch, follow
from graph.reads.pages import Asked, Ordering
from graph.store import GraphStore

DAY = date(2024, 6, 1)
SIMPLE = [link for link in LINKS.values() if link.hops == 1 and not link.inside]


class Drawn:
    """Nodes of every label, and random relations of every simple link between them."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        labels = sorted({label for link in SIMPLE for label in (link.source, *link.targets)})
        self.nodes = {f"{label.lower()}_{number}": label for label in labels for number in range(4)}
        self.edges: dict[str, tuple[str, str, str, date | None, date | None]] = {}
        for link in {(each.type, each.source, each.targets, each.reverse): each for each in SIMPLE}.values():
            for _ in range(5):
                near = draw.choice([node for node, label in self.nodes.items() if label == link.source])
                far = draw.choice([node for node, label in self.nodes.items() if label in link.targets])
                begin, end = (far, near) if link.reverse else (near, far)
                since, until = draw.choice([(None, None), (date(2024, 1, 1), None), (None, date(2024, 5, 1))])
                if near != far:
                    self.edges[f"rel_{len(self.edges):04}"] = (link.type, begin, end, since, until)

    def write(self, store: GraphStore) -> None:
        for label in sorted(set(self.nodes.values())):
            rows = [
                {"id": node, "name": node, "number": int(node[-1])} for node in self.nodes if self.nodes[node] == label
            ]
            store.write(f"UNWIND $rows AS row CREATE (n:{label}) SET n = row", rows=rows)
        for key, (kind, begin, end, since, until) in self.edges.items():
            store.write(
                f"MATCH (a:{self.nodes[begin]} {{id: $begin}}), (b:{self.nodes[end]} {{id: $end}}) "
                f"CREATE (a)-[r:{kind}]->(b) SET r = $props",
                begin=begin,
                end=end,
                props={"id": key, "valid_from": since, "valid_to": until},
            )

    def ends(self, link: Link, node: str, day: date | None) -> list[tuple[str, str]]:
        """(relation, neighbour), sorted."""
        found = set()
        for key, (kind, begin, end, since, until) in self.edges.items():
            held = day is None or not link.timed or ((since or day) <= day and (until is None or day < until))
            if kind != link.type or not held:
                continue
            ways = [(end, begin)] if link.reverse else [(begin, end)]
            for near, far in [*ways, *([(end, begin)] if link.both else [])]:
                if near == node and self.nodes[far] in link.targets:
                    found.add((key, far))
        return sorted(found)


@pytest.mark.parametrize("day", [None, DAY])
def test_all_links_at_once_lead_where_their_declarations_say(store: GraphStore, day: date | None) -> None:
    drawn = Drawn(3)
    drawn.write(store)
    sources = {link.source: [n for n, label in drawn.nodes.items() if label == link.source] for link in SIMPLE}
    branches = [Branch(link=link, ids=sources[link.source], day=day, limit=100) for link in SIMPLE]
    some = 0
    for branch, found in zip(branches, follow(store, branches), strict=True):
        assert set(found) == set(branch.ids)
        for node, neighbours in found.items():
            told = sorted((str(item.edge.props["id"]), item.node.id) for item in neighbours if item.edge)
            if branch.link.several_ways:  # any of several relations may stand for the neighbour
                assert {far for _, far in told} == {far for _, far in drawn.ends(branch.link, node, day)}
            else:
                assert told == drawn.ends(branch.link, node, day)
            some += len(told)
    assert some > 100


def test_each_branch_has_its_own_condition_order_and_page(store: GraphStore) -> None:
    drawn = Drawn(5)
    drawn.write(store)
    residents = LINKS["Dwelling", "residents"]
    homes = [node for node, label in drawn.nodes.items() if label == "Dwelling"]
    named = Asked(parse("Person", {"id": {"in": ["person_1", "person_2"]}}), DAY)
    other = Asked(parse("Person", {"not": {"id": {"in": ["person_1", "person_2"]}}}), DAY)
    by_id = Ordering(attributes("Person")["id"])
    asked: list[dict[str, Any]] = [
        {"asked": named, "limit": 9},
        {"asked": other, "limit": 9},
        {"asked": None, "limit": 9},
        {"asked": None, "limit": 1, "order": by_id},
        {"asked": None, "limit": 9, "skip": 1, "order": by_id},
    ]
    found = follow(store, [Branch(link=residents, ids=homes, day=None, **each) for each in asked])
    for home in homes:
        named_, other_, every, first, rest = ([item.node.id for item in part[home]] for part in found)
        assert set(named_) <= {"person_1", "person_2"}
        assert sorted(named_ + other_) == sorted(every)
        assert first + rest == sorted(every)
    assert sum(map(len, found[2].values())) > 2
