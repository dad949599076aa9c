"""Pages of nodes of a label that fulfil a filter, and how many nodes others are linked to.

A page of a whole label goes on after the last node of the page before (keyset), so that deep pages cost what the first
does. Without another order, nodes come by id; ids are evenly spread, so a page is read from a window of ids that is
widened until it is full, instead of sorting the whole label: 3 against 149 ms among 20,000 people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from core.catalogue.links import Link
from core.codes import table
from core.filters import AllOf, Attribute, Condition, ValueKind
from graph.filters import Compiler, Selection, select
from graph.filters.values import Blind
from graph.reads.model import Node, node_of
from graph.reads.relations import pattern
from graph.store import GraphStore

EVERYTHING: Final = AllOf(())
_FEW: Final = 5_000  # so many are sorted at once
_SPACE: Final = 16**6


@dataclass(frozen=True, slots=True)
class Ordering:
    """By an attribute of the node, unknown values last, then by id. Codes that have a rank go by it."""

    attribute: Attribute
    descending: bool = False

    def terms(self, node: str) -> str:
        """The ORDER BY terms over nodes that a statement calls `node`."""
        held = self.held(node)
        return f"{held} IS NULL, {held}{' DESC' if self.down else ''}, {node}.id"

    def held(self, node: str) -> str:
        """The Cypher of the value that `node` is ordered by."""
        held = f"{node}.{self._prop}"
        cases = "".join(f" WHEN '{code}' THEN {rank}" for code, rank in self._ranks.items())
        return f"CASE {held}{cases} END" if cases else held

    def value(self, props: Mapping[str, Any]) -> Any:
        """What `held` is for a node of such properties."""
        value = props.get(self._prop)
        return self._ranks.get(value) if self._ranks and isinstance(value, str) else value

    @property
    def _ranks(self) -> dict[str, int]:
        coded = self.attribute.kind is ValueKind.CODE
        return table(self.attribute.type.removeprefix("code:")).ranks if coded else {}

    @property
    def _prop(self) -> str:
        # Birth dates of children rest masked, as texts, which no order joins with dates; their year does not.
        return "birth_year" if self.attribute.prop == "birth_date" else self.attribute.prop

    @property
    def down(self) -> bool:
        """Whether the property runs downwards: whoever is older was born earlier."""
        return self.descending != (self.attribute.kind is ValueKind.AGE)


@dataclass(frozen=True, slots=True)
class After:
    """Where the page before ended: the id of its last node and the value of that node's ordered property."""

    id: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every node of a page."""

    condition: Condition = EVERYTHING
    as_of: date = date.min
    blind: Blind = lambda _type, _key: ""


def page(
    store: GraphStore,
    label: str,
    asked: Asked,
    *,
    order: Ordering | None = None,
    after: After | None = None,
    limit: int,
) -> list[Node]:
    """At most `limit` nodes of `label` after the place `after`, in their order."""
    selection = select(label, asked.condition, as_of=asked.as_of, blind=asked.blind)
    if order is None and selection.anchor.scans and (total := size(store, label)) > _FEW:
        return _by_windows(store, label, selection, after, limit, total)
    where, params = _past(order, after)
    by = order.terms("n") if order else "n.id"
    text = f"{selection.text} WITH n{f' WHERE {where}' if where else ''} RETURN n ORDER BY {by} LIMIT $limit"
    rows = store.read(text, **selection.params, **params, limit=limit)
    return [node_of(label, row["n"]) for row in rows]


def count(store: GraphStore, label: str, asked: Asked) -> int:
    """How many nodes of `label` fulfil what is asked."""
    selection = select(label, asked.condition, as_of=asked.as_of, blind=asked.blind)
    return int(store.read(f"{selection.text} RETURN count(n) AS total", **selection.params)[0]["total"])


def size(store: GraphStore, label: str) -> int:
    """How many nodes a label has; the databases know it without looking."""
    return int(store.read(f"MATCH (n:{label}) RETURN count(n) AS total")[0]["total"])


def linked_counts(
    store: GraphStore, link: Link, ids: Sequence[str], asked: Asked, *, history: bool = False, target: str | None = None
) -> dict[str, int]:
    """How many entries the pages of each of `ids` have: relations, or nodes where several ways lead to one."""
    inner, params = _linked(link, asked, history, target)
    counted = "r" if link.has_edge and not link.several_ways else "DISTINCT b"
    text = (
        f"UNWIND $ids AS id MATCH (a:{link.source} {{id: id}}) "
        f"CALL (a) {{ {inner} RETURN count({counted}) AS total }} RETURN id, total"
    )
    rows = store.read(text, ids=sorted(set(ids)), **params) if ids else []
    return dict.fromkeys(ids, 0) | {row["id"]: row["total"] for row in rows}


def _linked(link: Link, asked: Asked, history: bool, target: str | None) -> tuple[str, dict[str, Any]]:
    compiler = Compiler(asked.as_of, asked.blind)
    valid = "" if history else compiler.valid(link, "r")
    where = " AND ".join(f"({part})" for part in (valid, compiler.where(asked.condition, "b", "b")) if part)
    text = f"MATCH {pattern(link, 'a', 'b', 'r', only=target)}"
    return (f"{text} WHERE {where}" if where else text), compiler.params


def _past(order: Ordering | None, after: After | None) -> tuple[str, dict[str, Any]]:
    """The condition that leaves out the pages before."""
    if after is None:
        return "", {}
    params: dict[str, Any] = {"after_id": after.id}
    if order is None:
        return "n.id > $after_id", params
    held = order.held("n")
    if after.value is None:
        return f"{held} IS NULL AND n.id > $after_id", params
    params["after_value"] = after.value
    beyond = f"{held} {'<' if order.down else '>'} $after_value"
    return f"{beyond} OR {held} IS NULL OR ({held} = $after_value AND n.id > $after_id)", params


def _by_windows(
    store: GraphStore, label: str, selection: Selection, after: After | None, limit: int, total: int
) -> list[Node]:
    found: list[Node] = []
    head = f"MATCH (n:{label}) WHERE n.id > $low AND n.id <= $high "
    # The conditions stand in the same clause as the window, so that its index range is what is read.
    rest = selection.text.removeprefix(f"MATCH (n:{label})").lstrip()
    rest = f"AND ({rest.removeprefix('WHERE ')})" if rest else ""
    for low, high in _windows(store, label, after.id if after else "", 4 * limit / total):
        rows = store.read(
            f"{head}{rest} RETURN n ORDER BY n.id LIMIT $limit",
            **selection.params,
            low=low,
            high=high,
            limit=limit - len(found),
        )
        found += [node_of(label, row["n"]) for row in rows]
        if len(found) >= limit:
            break
    return found


def _windows(store: GraphStore, label: str, start: str, share: float) -> Iterator[tuple[str, str]]:
    """Ranges of ids, from not included and to included, each twice as wide as the one before, up to the last id."""
    prefix = _prefix(store, label)
    digits = start.removeprefix(prefix)[:6]
    here = int(digits.ljust(6, "0"), 16) if start.startswith(prefix) and _is_hex(digits) else 0
    low, width = start, max(1, int(share * _SPACE))
    while (upper := here + width) < _SPACE:
        high = f"{prefix}{upper:06x}"
        if high > low:
            yield low, high
            low = high
        here, width = upper, width * 2
    yield low, "\U0010ffff"


def _prefix(store: GraphStore, label: str) -> str:
    rows = store.read(f"MATCH (n:{label}) RETURN n.id AS id LIMIT 1")
    return rows[0]["id"].partition("_")[0] + "_" if rows else ""


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdef" for character in text)
