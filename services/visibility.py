"""Which entities a reader may see at all: the access predicate, asked of the graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from core.filters import AllOf, Along, AnyOf, Condition, Count, Not, Ratio, Shares, parse
from governance.access import AccessContext, row_filter
from graph.filters import select
from services.app import App
from services.days import present

EVERYTHING = AllOf(())


def own(context: AccessContext, label: str) -> Condition:
    """The condition that an entity of `label` must fulfil for this reader; true of all where nothing is withheld."""
    return _parsed(label, context.grids) if context.grids else EVERYTHING


def bound(context: AccessContext, condition: Condition) -> Condition:
    """The condition, asked only of what the reader may see: a filter must not tell of others by what it counts."""
    if not context.grids:
        return condition
    match condition:
        case AllOf(parts):
            return AllOf(tuple(bound(context, part) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(bound(context, part) for part in parts))
        case Not(part):
            return Not(bound(context, part))
        case Along(link=link, where=where, target=target):
            ends = (target,) if target else link.targets
            inner = bound(context, where)
            ways = tuple(
                replace(
                    condition, where=AllOf((inner, own(context, end))), target=end if len(link.targets) > 1 else None
                )
                for end in ends
            )
            return ways[0] if len(ways) == 1 else AnyOf(ways)
        case Count():
            return _bound_count(context, condition)
        case Ratio(of=of, per=per):
            return replace(condition, of=_bound_count(context, of), per=_bound_count(context, per))
        case Shares(through=through, where=where):
            return replace(condition, where=AllOf((bound(context, where), own(context, through[-1].targets[0]))))
        case _:
            return condition


def _bound_count(context: AccessContext, count: Count) -> Count:
    where = bound(context, count.where)
    ends = count.path[-1].targets
    return replace(count, where=AllOf((where, own(context, ends[0]))) if len(ends) == 1 else where)


@lru_cache(maxsize=512)
def _parsed(label: str, grids: tuple[str, ...]) -> Condition:
    asked = row_filter(label, grids)
    return parse(label, asked) if asked is not None else EVERYTHING


def allowed(app: App, context: AccessContext, label: str, ids: Collection[str]) -> set[str]:
    """Those of `ids` that the reader may see: one statement, and none for a reader from whom nothing is withheld."""
    condition = own(context, label)
    if condition is EVERYTHING or not ids:
        return set(ids)
    selection = select(label, condition, as_of=present(app), blind=_no_identifiers, ids=sorted(ids))
    return {row["id"] for row in app.store.read(f"{selection.text} RETURN n.id AS id", **selection.params)}


def allowed_of(app: App, context: AccessContext, labels: Mapping[str, str] | Iterable[tuple[str, str]]) -> set[str]:
    """The same for ids of several labels, given as id → label."""
    by_label: dict[str, list[str]] = {}
    for node_id, label in dict(labels).items():
        by_label.setdefault(label, []).append(node_id)
    return {node_id for label, ids in by_label.items() for node_id in allowed(app, context, label, ids)}


def _no_identifiers(kind: str, key: str) -> str:
    raise AssertionError("an access predicate asks for no identifier")
