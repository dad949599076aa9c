"""How entities hang together, as one reader may see it: paths between two, and the surroundings of one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from core.catalogue import EVENT, KINDS
from core.catalogue.words import RELATION_LABELS, role_label
from core.codes import table
from core.errors import QueryInvalid, QueryTooComplex
from governance.access import AccessContext
from governance.masking import visible
from graph.reads import neighbourhood as around
from graph.reads import paths as ways
from graph.reads.model import LABELS
from graph.reads.steps import Allowed, Relation, checked_types, node_values, relations_among
from services.app import App
from services.visibility import EVERYTHING, own
from services.visibility import allowed as seen_of

KIND_LABELS: Final = {kind.node_label: kind.label for kind in KINDS.values()} | {
    "Building": "楼栋",
    "Compound": "小区",
    "Community": "社区",
    "Grid": "网格",
    "Street": "街道",
    "Department": "部门",
    "Tag": "标签",
    "Record": "来源记录",
}
_LABEL_OF_KIND: Final = {label.lower(): label for label in LABELS}
_SOME_KINDS_SHORT: Final = "请减少层数或节点数，或只看几类对象。"


@dataclass(frozen=True, slots=True)
class NetworkNode:
    """`label` is what the node is called, masked where the reader must not see it in clear; `kind_label` what it is.

    `degree` and `more` as in `graph.reads.neighbourhood.Shown`; both None in a path.
    """

    id: str
    kind: str
    kind_label: str
    label: str
    distance: int
    degree: int | None = None
    more: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkEdge:
    """A relation from the node at the index `source` to the one at `target`, in the relation's own direction."""

    id: str
    type: str
    label: str
    role: str | None
    role_label: str | None
    source: int
    target: int
    valid_from: date | None
    valid_to: date | None
    confidence: float | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Canvas:
    """`nodes`: the centre first. `centre` is its id as it is called now."""

    centre: str
    nodes: tuple[NetworkNode, ...]
    edges: tuple[NetworkEdge, ...]


@dataclass(frozen=True, slots=True)
class NetworkPath:
    """`nodes` from end to end, `edges` in the order of the steps; see `graph.reads.paths.Path`."""

    length: int
    score: float
    nodes: tuple[NetworkNode, ...]
    edges: tuple[NetworkEdge, ...]


@dataclass(frozen=True, slots=True)
class NetworkPaths:
    """`paths`: the best first. `hubs`: nodes with so many relations that no path was sought beyond them."""

    paths: tuple[NetworkPath, ...]
    hubs: tuple[NetworkNode, ...]
    complete: bool


def paths(
    app: App,
    context: AccessContext,
    source: str,
    target: str,
    *,
    via: Collection[str] = (),
    shortest: bool = True,
    max_hops: int | None = None,
    limit: int = 10,
    as_of: date | None = None,
) -> NetworkPaths:
    """Paths between two entities, through nothing that the reader may not see; arguments, order and errors as in
    `graph.reads.paths.paths`.

    `max_hops` is at most 8 for the shortest paths (the default) and at most 5 for all simple ones. Raises
    `QueryInvalid` and `QueryTooComplex` for numbers out of range.
    """
    most = ways.MOST_HOPS_SHORTEST if shortest else ways.MOST_HOPS_ALL
    hops = _within("maxHops", max_hops if max_hops is not None else most, most)
    wanted = _within("limit", limit, ways.MOST_PATHS)
    found = ways.paths(
        app.store,
        source,
        target,
        via=via,
        shortest=shortest,
        max_hops=hops,
        limit=wanted,
        as_of=as_of,
        allowed=_allowed(app, context, _withheld(context)),
    )
    labels = found.labels | found.hubs
    values = node_values(app.store, labels, _CAPTION_KEYS)
    app.audit.record(context, "network.paths", list(dict.fromkeys([found.source, found.target, *labels])))

    def node(node_id: str, distance: int) -> NetworkNode:
        return _node(app, context, node_id, labels[node_id], values.get(node_id, {}), distance)

    return NetworkPaths(
        tuple(
            NetworkPath(
                path.length,
                path.score,
                tuple(node(node_id, place) for place, node_id in enumerate(path.nodes)),
                _edges(path.relations, path.nodes),
            )
            for path in found.paths
        ),
        tuple(node(node_id, 0) for node_id in found.hubs),
        found.complete,
    )


def neighbourhood(
    app: App,
    context: AccessContext,
    entity_id: str,
    *,
    depth: int = 1,
    kinds: Collection[str] = (),
    limit: int = 200,
    as_of: date | None = None,
) -> Canvas:
    """What lies around an entity, of what the reader may see; order and errors as in `graph.reads.neighbourhood`.

    `kinds` are labels in lower case (`person`, `building`, …). Raises `QueryInvalid` and `QueryTooComplex` for numbers
    out of range.
    """
    withheld = _withheld(context)
    found = around.neighbourhood(
        app.store,
        entity_id,
        depth=_within("depth", depth, around.DEEPEST),
        labels=_labels(kinds),
        limit=_within("limit", limit, around.MOST_NODES),
        as_of=as_of,
        allowed=_allowed(app, context, withheld),
        withheld=withheld,
        values=_CAPTION_KEYS,
    )
    ids = [shown.id for shown in found.nodes]
    app.audit.record(context, "network.neighbourhood", ids)
    nodes = tuple(
        _node(app, context, shown.id, shown.label, shown.values, shown.distance, shown.degree, shown.more)
        for shown in found.nodes
    )
    return Canvas(ids[0], nodes, _edges(found.relations, ids))


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Nodes, and the relations that join them directly."""

    nodes: tuple[NetworkNode, ...]
    edges: tuple[NetworkEdge, ...]


def subgraph(
    app: App,
    context: AccessContext,
    nodes: Mapping[str, str],
    distances: Mapping[str, int],
    *,
    types: Collection[str],
    as_of: date | None = None,
) -> Subgraph:
    """Nodes that the reader is known to see (id → label, id → distance) and their relations of `types`, to be drawn."""
    values = node_values(app.store, nodes, _CAPTION_KEYS)
    relations = relations_among(app.store, nodes, checked_types(types), as_of)
    app.audit.record(context, "network.subgraph", sorted(nodes))
    drawn = tuple(_node(app, context, key, label, values[key], distances[key]) for key, label in nodes.items())
    return Subgraph(drawn, _edges(relations, nodes))


def _withheld(context: AccessContext) -> frozenset[str]:
    """The labels of which there may be nodes that the reader may not see."""
    return frozenset(label for label in LABELS if own(context, label) is not EVERYTHING)


def _allowed(app: App, context: AccessContext, withheld: frozenset[str]) -> Allowed | None:
    return partial(seen_of, app, context) if withheld else None


def _labels(kinds: Collection[str]) -> list[str]:
    if any(kind not in _LABEL_OF_KIND for kind in kinds):
        raise QueryInvalid("没有这一类对象", remedy=f"类别可以是：{'、'.join(sorted(_LABEL_OF_KIND))}。")
    return [_LABEL_OF_KIND[kind] for kind in kinds]


def _within(name: str, value: int, most: int) -> int:
    if value < 1:
        raise QueryInvalid(f"{name} 至少为 1")
    if value > most:
        raise QueryTooComplex(f"{name} 不能超过 {most:,}", remedy=_SOME_KINDS_SHORT)
    return value


def _node(
    app: App,
    context: AccessContext,
    node_id: str,
    label: str,
    stored: Mapping[str, Any],
    distance: int,
    degree: int | None = None,
    more: int | None = None,
) -> NetworkNode:
    values = visible(context, label, stored, app.vault)
    caption = _CAPTIONS.get(label, _name)(values) or f"（{KIND_LABELS[label]}）"
    return NetworkNode(node_id, label.lower(), KIND_LABELS[label], caption, distance, degree, more)


def _edges(relations: Iterable[Relation], ids: Collection[str]) -> tuple[NetworkEdge, ...]:
    place = {node_id: index for index, node_id in enumerate(ids)}
    return tuple(
        NetworkEdge(
            relation.id,
            relation.type,
            RELATION_LABELS[relation.type],
            relation.role,
            role_label(relation.type, relation.role) if relation.role else None,
            place[relation.source],
            place[relation.target],
            relation.valid_from,
            relation.valid_to,
            relation.confidence,
            relation.sources,
        )
        for relation in relations
    )


# --- what a node is called -----------------------------------------------------------------------------------

_CAPTION_KEYS: Final = (
    "name",
    "name_sealed",
    "phone",
    "phone_sealed",
    "household_no",
    "address",
    "title",
    "kind",
    "category",
    "reported_at",
    "label",
    "department",
    "feed",
)


def _name(values: Mapping[str, Any]) -> str:
    return str(values.get("name") or "")


def _person(values: Mapping[str, Any]) -> str:
    """Who gave no name is told by the phone, masked as the reader may see it."""
    return _name(values) or (f"（未具名，{values['phone']}）" if values.get("phone") else "（未具名）")


def _household(values: Mapping[str, Any]) -> str:
    return f"{values['household_no']} 户" if values.get("household_no") else str(values.get("address") or "")


def _address(values: Mapping[str, Any]) -> str:
    return str(values.get("address") or "")


def _event(values: Mapping[str, Any]) -> str:
    kinds = table(EVENT.field("kind").type.removeprefix("code:"))
    kind = str(values.get("kind") or "")
    words = (kinds.label(kind) if kind in kinds else kind, values.get("title") or values.get("category") or "")
    return " ".join((*filter(None, words), str(values.get("reported_at") or "")[:10])).strip()


def _tag(values: Mapping[str, Any]) -> str:
    return str(values.get("label") or values.get("name") or "")


def _record(values: Mapping[str, Any]) -> str:
    return " ".join(str(values[key]) for key in ("department", "feed") if values.get(key))


_CAPTIONS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "Person": _person,
    "Household": _household,
    "Dwelling": _address,
    "Event": _event,
    "Tag": _tag,
    "Record": _record,
}
