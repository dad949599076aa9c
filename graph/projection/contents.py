"""What the graph holds, read back in windows of ids, in a form that compares with what the log says.

A row's form is JSON text: its id, an edge's ends, and its properties as the projection writes them (dates and numbers
of their type, no nulls). Its digest is eight bytes of BLAKE2b over that text; the checksum of a set of rows is the sum
of their digests modulo 2⁶⁴, so neither the order of the rows nor the way they were cut into windows matters, and the
same contents have the same checksum on every database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import orjson

from core.errors import StatementRefused
from graph.schema.nodes import NODES
from graph.schema.relations import RELATIONS
from graph.schema.types import ValueKind, property_types
from graph.store import GraphStore

MODULUS: Final = 2**64
# Rows of one answer; the embedded server holds a message of at most 16 MB.
_ANSWER_ROWS: Final = 8_000
_MORE: Final = "+"  # no property can be called so

Digests = list[tuple[str, int]]
"""Ids and digests of rows; an id that stands twice is in the graph twice."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Nodes of a label (`kind` is the label too), or edges of a type that leave nodes of a label."""

    kind: str
    label: str

    def __post_init__(self) -> None:
        if self.label not in NODES or (self.edges and self.kind not in RELATIONS):
            raise StatementRefused("图谱结构没有这种节点或关系")

    @property
    def edges(self) -> bool:
        return self.kind != self.label


def held(store: GraphStore, scope: Scope, low: str, high: str | None, keys: Collection[str]) -> Digests:
    """Digests of what the graph holds in the window `low` < id ≤ `high` (None: no end); of edges, the id is that of the
    node they leave.

    `keys`: the properties that the log knows there. One that the graph has beside them shows in the digest.
    """
    names = tuple(sorted(set(keys) - {"id"}))
    params = {"low": low} if high is None else {"low": low, "high": high}
    text = _statement(scope, names, high is not None, ordered=False)
    rows = store.read(text, **params, skip=0, limit=_ANSWER_ROWS)[0]["rows"]
    if len(rows) == _ANSWER_ROWS:  # far more than the log knows of: page by page, which needs an order
        rows, text = [], _statement(scope, names, high is not None, ordered=True)
        while part := store.read(text, **params, skip=len(rows), limit=_ANSWER_ROWS)[0]["rows"]:
            rows += part
    return list(_digests(scope, names, rows))


def written(scope: Scope, rows: Iterable[tuple[Any, ...]]) -> tuple[Digests, set[str]]:
    """Digests of rows of the log (id, props; of an edge: id, from_id, to_label, to_id, props) as the projection writes
    them, and the names of their properties.
    """
    makers = _makers(scope.kind)
    keys: set[str] = set()
    found: Digests = []
    for *ends, text in rows:
        props = {key: value for key, value in orjson.loads(text or "{}").items() if value is not None}
        keys.update(props)
        found.append((ends[0], _digest(ends, props, makers)))
    return found, keys


def count(store: GraphStore, kind: str) -> int:
    """How many nodes of a label, or edges of a type, there are. Both databases know it without looking."""
    if kind in NODES:
        return int(store.read(f"MATCH (n:{kind}) RETURN count(n) AS n")[0]["n"])
    if kind not in RELATIONS:
        raise StatementRefused("图谱结构没有这种节点或关系")
    return int(store.read(f"MATCH ()-[r:{kind}]->() RETURN count(r) AS n")[0]["n"])


def leaving(store: GraphStore, kind: str, labels: Collection[str], limit: int) -> list[str]:
    """Ids of edges of a type, at most `limit`, that leave nodes of other labels than `labels`."""
    if kind not in RELATIONS:
        raise StatementRefused("图谱结构没有这种关系")
    text = f"MATCH (a)-[r:{kind}]->() WHERE NOT labels(a)[0] IN $labels RETURN r.id AS id LIMIT $limit"
    return [str(row["id"]) for row in store.read(text, labels=sorted(labels), limit=limit)]


def _digests(scope: Scope, names: tuple[str, ...], rows: Iterable[list[Any]]) -> Iterator[tuple[str, int]]:
    makers = _makers(scope.kind)
    first = 4 if scope.edges else 1
    for row in rows:
        props = {name: value for name, value in zip(names, row[first + 1 :], strict=True) if value is not None}
        more = row[first] - len(props) - 1  # the id is a property too
        if more:
            props[_MORE] = more
        yield row[0], _digest(row[:first], props, makers)


def _digest(ends: list[Any], props: dict[str, Any], makers: Mapping[str, Callable[[Any], Any]]) -> int:
    for key, maker in makers.items():
        if key in props and (made := maker(props.pop(key))) is not None:
            props[key] = made
    props.pop("id", None)
    form = orjson.dumps([ends, props], option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(blake2b(form, digest_size=8).digest(), "big")


@lru_cache(maxsize=512)
def _statement(scope: Scope, names: tuple[str, ...], ends: bool, *, ordered: bool) -> str:
    if not all(name.isascii() and name.isidentifier() for name in names):
        raise StatementRefused("变更表里有不能用作属性名的键")
    held, types = "r" if scope.edges else "n", property_types(scope.kind)
    window = f"MATCH (n:{scope.label}) WHERE n.id > $low{' AND n.id <= $high' if ends else ''}"
    edges = f" MATCH (n)-[r:{scope.kind}]->(b)" if scope.edges else ""
    kept = "n, r, b" if scope.edges else "n"
    order = f" ORDER BY n.id{', r.id' if scope.edges else ''}" if ordered else ""
    seen = ["r.id", "n.id", "labels(b)[0]", "b.id"] if scope.edges else ["n.id"]
    seen += [f"size(keys({held}))"]
    seen += [_read(f"{held}.`{name}`", types.get(name)) for name in names]
    return f"{window}{edges} WITH {kept}{order} SKIP $skip LIMIT $limit RETURN collect([{', '.join(seen)}]) AS rows"


def _read(value: str, kind: ValueKind | None) -> str:
    # As text: the driver would take 13 µs to make a date of one.
    return f"toString({value})" if kind in {ValueKind.DATE, ValueKind.DATETIME} else value


def _moment(value: Any) -> Any:
    """`2025-11-08T14:30` and `2025-11-08T14:30:00.000` are one moment; text that is none stays as it is."""
    text = str(value)
    if text[4:5] != "-" or not text[:4].isdecimal():
        return text
    whole, _, fraction = text.partition(".")
    whole += "T00:00:00" if len(whole) == 10 else ":00" if len(whole) == 16 else ""
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def _number(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def maker(value: Any) -> Any:
        try:
            return make(value)
        except (TypeError, ValueError):
            return None  # what Cypher makes of it

    return maker


_MAKERS: Final[dict[ValueKind, Callable[[Any], Any]]] = {
    ValueKind.DATETIME: _moment,
    ValueKind.FLOAT: _number(float),
    ValueKind.INT: _number(int),
}


@lru_cache(maxsize=64)
def _makers(kind: str) -> dict[str, Callable[[Any], Any]]:
    return {key: _MAKERS[held] for key, held in property_types(kind).items() if held in _MAKERS}
