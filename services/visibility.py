"""Which entities a reader may see at all: the access predicate, asked of the graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from core.catalogue import Level
from core.filters import AllOf, Condition, Not, Op, Test, attributes, parse
from governance.access import AccessContext, hidden_levels, row_filter
from graph.filters import select
from services.app import App
from services.days import present

EVERYTHING = AllOf(())


def own(context: AccessContext, label: str) -> Condition:
    """The condition that a node of `label` must fulfil for this reader; true of all where nothing is withheld."""
    if label == "Tag":
        return _open_tags(hidden_levels(context))
    return _within(label, context.grids) if context.grids else EVERYTHING


def allowed(app: App, context: AccessContext, label: str, ids: Collection[str]) -> set[str]:
    """Those of `ids` that the reader may see: one statement, and none for a reader from whom nothing is withheld."""
    condition = own(context, label)
    if condition is EVERYTHING or not ids:
        return set(ids)
    selection = select(label, condition, as_of=present(app), blind=_no_identifiers, ids=sorted(ids))
    return {row["id"] for row in app.store.read(f"{selection.text} RETURN n.id AS id", **selection.params)}


def allowed_of(app: App, context: AccessContext, labels: Mapping[str, str]) -> set[str]:
    """The same for ids of several labels, given as id → label."""
    by_label: dict[str, list[str]] = {}
    for node_id, label in labels.items():
        by_label.setdefault(label, []).append(node_id)
    return {node_id for label, ids in by_label.items() for node_id in allowed(app, context, label, ids)}


def withheld_tag(context: AccessContext, tag: Mapping[str, Any]) -> bool:
    """Whether it is hidden from the reader who bears a tag, given the properties of the tag's node."""
    return Level[str(tag.get("level") or "internal").upper()] in hidden_levels(context)


@lru_cache(maxsize=512)
def _within(label: str, grids: tuple[str, ...]) -> Condition:
    asked = row_filter(label, grids)
    return parse(label, asked) if asked is not None else EVERYTHING


@lru_cache(maxsize=16)
def _open_tags(hidden: frozenset[Level]) -> Condition:
    names = tuple(sorted(level.name.lower() for level in hidden))
    return Not(Test(attributes("Tag")["level"], Op.IN, names)) if names else EVERYTHING


def _no_identifiers(kind: str, key: str) -> str:
    raise AssertionError("an access predicate asks for no identifier")
