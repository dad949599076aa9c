"""What nodes are linked to: however many links are followed, from however many nodes, one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from core.catalogue.links import Link
from graph.filters import Compiler
from graph.reads.model import Edge, Related, node_of
from graph.reads.pages import Asked, Ordering
from graph.reads.relations import order as own_order
from graph.reads.relations import pattern
from graph.store import GraphStore

# KIN has one edge for two people; seen from its end, the word for the other one changes.
_INVERSE_KIN = {"child": "parent", "grandchild": "grandparent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A link followed from `ids`, nodes of its source: `limit` neighbours each, after the first `skip`.

    `day` keeps the relations valid on it; None gives the whole history. `asked` is what the neighbours must fulfil,
    a condition about nodes of `target` where the link leads to several kinds.
    """

    link: Link
    ids: Sequence[str]
    day: date | None
    limit: int
    skip: int = 0
    asked: Asked | None = None
    target: str | None = None
    order: Ordering | None = None


def follow(store: GraphStore, branches: Sequence[Branch]) -> list[dict[str, list[Related]]]:
    """The neighbours by id, for each branch; every id of a branch is a key."""
    found: list[dict[str, list[Related]]] = [{node_id: [] for node_id in branch.ids} for branch in branches]
    texts: list[str] = []
    params: dict[str, Any] = {}
    for number, branch in enumerate(branches):
        if branch.ids:
            texts.append(_text(number, branch, params))
    rows = store.read(" UNION ALL ".join(texts), **params) if texts else []
    for row in rows:
        number = row["branch"]
        link, neighbours = branches[number].link, found[number]
        for node_id, label, node, edge, *outgoing in row["rows"]:
            neighbours[node_id].append(Related(node_of(label, node), edge_of(link, edge, *outgoing)))
    return found


def _text(number: int, branch: Branch, params: dict[str, Any]) -> str:
    params[f"ids{number}"] = sorted(branch.ids)
    params[f"limit{number}"] = branch.limit
    if branch.skip:
        params[f"skip{number}"] = branch.skip
    timed = branch.link.timed and branch.day is not None
    if timed:
        params[f"day{number}"] = branch.day
    before, after = _around(branch.link, number, timed, branch.target, branch.order, skipping=branch.skip > 0)
    condition = ""
    if branch.asked:
        compiler = Compiler(branch.asked.as_of, branch.asked.blind, params)
        condition = compiler.where(branch.asked.condition, "b", "b")
    return f"{before}{_and(condition, timed)}{after}"


@lru_cache(maxsize=1_024)
def _around(
    link: Link, number: int, timed: bool, target: str | None, order: Ordering | None, *, skipping: bool
) -> tuple[str, str]:
    """The text before and after the condition on the neighbours."""
    valid = (
        f" WHERE (r.valid_from IS NULL OR r.valid_from <= $day{number}) "
        f"AND (r.valid_to IS NULL OR $day{number} < r.valid_to)"
    )
    # One row per neighbour where several paths may lead to it; any of the edges stands for them.
    one = "head(collect(r))" if link.several_ways else "r"
    pick = f"WITH b, {one} AS r" if link.has_edge else "WITH DISTINCT b, NULL AS r"
    by = order.terms("b") if order else own_order(link)
    skip = f" SKIP $skip{number}" if skipping else ""
    seen = ["id", "labels(b)[0]", "properties(b)", "properties(r)" if link.has_edge else "NULL"]
    seen += ["startNode(r).id = a.id"] if link.both else []
    head = (
        f"UNWIND $ids{number} AS id MATCH (a:{link.source} {{id: id}}) "
        f"CALL (a) {{ MATCH {pattern(link, only=target)}{valid if timed else ''}"
    )
    # One row that holds all: a row of its own for each node would cost the driver half as much again.
    rest = (
        f" {pick} RETURN b, r ORDER BY {by}{skip} LIMIT $limit{number} }} "
        f"RETURN {number} AS branch, collect([{', '.join(seen)}]) AS rows"
    )
    return head, rest


def _and(condition: str, timed: bool) -> str:
    if not condition:
        return ""
    return f" AND ({condition})" if timed else f" WHERE {condition}"


def edge_of(link: Link, props: dict[str, Any] | None, outgoing: bool | None = None) -> Edge | None:
    if props is None:
        return None
    leaves = not link.reverse if outgoing is None else outgoing
    if link.type == "KIN" and not leaves and props.get("kind") in _INVERSE_KIN:
        props = {**props, "kind": _INVERSE_KIN[props["kind"]]}
    return Edge(link.type, leaves, props)
