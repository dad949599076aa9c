"""A home or a place with all that it lies in."""

from __future__ import annotations

from typing import Final

from core.catalogue.links import PLACES
from governance.access import AccessContext
from graph.reads.model import node_of
from services.app import App
from services.lookup import view_of
from services.views import View
from services.visibility import allowed_of

DEPTHS: Final = {label: depth for depth, label in enumerate(("Dwelling", *PLACES))}
"""The labels of a path, the deepest first."""

# One statement with the values: reading them by label would be one more for each level.
_ABOVE: Final = (
    "MATCH (n:{label} {{id: $id}})-[:PART_OF*0..4]->(p) "
    "RETURN DISTINCT p.id AS id, labels(p)[0] AS label, properties(p) AS props"
)


def place_path(app: App, context: AccessContext, label: str, place_id: str) -> tuple[View, ...]:
    """The place of a label and an id and those above it, as far as the reader may see them, the deepest first; empty
    for one that is not there.

    The caller audits. Raises `KeyError` for a label that is of no place.
    """
    if label not in DEPTHS:
        raise KeyError(label)
    rows = app.store.read(_ABOVE.format(label=label), id=place_id)
    seen = allowed_of(app, context, {row["id"]: row["label"] for row in rows})
    nodes = [node_of(row["label"], row["props"]) for row in rows if row["id"] in seen]
    return tuple(view_of(app, context, node) for node in sorted(nodes, key=lambda node: DEPTHS[node.label]))
