"""Pages of entities that fulfil a filter, as one reader may see them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final

import orjson

from core.catalogue.links import LINKS, Link
from core.errors import QueryInvalid
from core.filters import AllOf, Condition, ValueKind, attributes, parse
from governance.access import AccessContext
from graph.filters.values import Blind
from graph.reads import pages
from graph.reads.model import Node
from services.app import App
from services.days import asked_day
from services.lookup import view_of
from services.permitted import permitted, permitted_ends
from services.views import View
from services.visibility import EVERYTHING

_ORDERED: Final = frozenset(
    {ValueKind.TEXT, ValueKind.NAME, ValueKind.NUMBER, ValueKind.AGE, ValueKind.DATE, ValueKind.MOMENT, ValueKind.CODE}
)


@dataclass(frozen=True, slots=True)
class OrderBy:
    """`by` names an attribute of the filter vocabulary."""

    by: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """One page. `cursors` has one for each item: the place after it."""

    items: Sequence[View]
    cursors: Sequence[str]
    more: bool


def browse(
    app: App,
    context: AccessContext,
    label: str,
    *,
    where: Mapping[str, Any] | None = None,
    order: OrderBy | None = None,
    after: str | None = None,
    first: int,
    as_of: date | None = None,
) -> Slice:
    """The next `first` entities of `label` that fulfil `where`, after the cursor `after`.

    Raises `FilterInvalid`, `QueryInvalid` for a cursor or an order that cannot be, `PurposeRequired` for a filter on
    sensitive values by a reader who may not see them.
    """
    ordering = ordering_of(label, order)
    asked = asked_of(app, context, label, where, as_of)
    found = pages.page(app.store, label, asked, order=ordering, after=_place(after, ordering), limit=first + 1)
    shown, more = found[:first], len(found) > first
    app.audit.record(context, f"{label.lower()}.browse", [node.id for node in shown])
    cursors = [_cursor(node, ordering) for node in shown]
    return Slice([view_of(app, context, node) for node in shown], cursors, more)


def count(
    app: App, context: AccessContext, label: str, *, where: Mapping[str, Any] | None = None, as_of: date | None = None
) -> int:
    """How many entities of `label` fulfil `where`. Raises as `browse` does."""
    total = pages.count(app.store, label, asked_of(app, context, label, where, as_of))
    app.audit.record(context, f"{label.lower()}.count", [])
    return total


def linked_counts(
    app: App,
    context: AccessContext,
    source: str,
    name: str,
    ids: Sequence[str],
    *,
    where: Mapping[str, Any] | None = None,
    target: str | None = None,
    as_of: date | None = None,
    history: bool = False,
) -> dict[str, int]:
    """How many entities each of `ids` is linked to by `name` that fulfil `where`."""
    link = LINKS[source, name]
    asked = filter_asked(app, context, link, target or link.targets[0], where, as_of)
    app.audit.record(context, f"{source.lower()}.{name}.count", [])
    return pages.linked_counts(
        app.store, link, ids, asked, history=history, target=target if where is not None else None
    )


def asked_of(
    app: App, context: AccessContext, label: str, where: Mapping[str, Any] | None, as_of: date | None
) -> pages.Asked:
    """A filter on nodes of `label` as this reader may ask it. Raises `FilterInvalid`, `PurposeRequired`."""
    condition: Condition = parse(label, where) if where else EVERYTHING
    return pages.Asked(permitted(app, context, label, condition), asked_day(app, as_of), blind_of(app))


def filter_asked(
    app: App, context: AccessContext, link: Link, label: str, where: Mapping[str, Any] | None, as_of: date | None
) -> pages.Asked:
    condition: Condition = parse(label, where) if where else EVERYTHING
    asked = permitted(app, context, label, condition, itself=False)
    return pages.Asked(AllOf((asked, permitted_ends(context, link))), asked_day(app, as_of), blind_of(app))


def blind_of(app: App) -> Blind:
    return partial(_blind, app)


def _blind(app: App, kind: str, key: str) -> str:
    return app.vault.blind_index(key, value_type=kind)


def ordering_of(label: str, order: OrderBy | None) -> pages.Ordering | None:
    if order is None:
        return None
    attribute = attributes(label).get(order.by)
    if attribute is None or attribute.kind not in _ORDERED:
        known = "、".join(name for name, each in attributes(label).items() if each.kind in _ORDERED)
        raise QueryInvalid(f"不能按此排序；可用 {known}")
    return pages.Ordering(attribute, order.descending)


# --- cursors: opaque to whoever holds them, and nothing but a place in an order ------------------------------


def _cursor(node: Node, ordering: pages.Ordering | None) -> str:
    value = ordering.value(node.props) if ordering else None
    typed = value.isoformat() if isinstance(value, date) else value
    mark = type(value).__name__ if isinstance(value, date) else ""
    return base64.urlsafe_b64encode(orjson.dumps([node.id, typed, mark, _order_name(ordering)])).decode()


def _place(cursor: str | None, ordering: pages.Ordering | None) -> pages.After | None:
    if not cursor:
        return None
    try:
        node_id, value, mark, order = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii", "strict")))
        if mark:
            value = {"date": date, "datetime": datetime}[mark].fromisoformat(value)
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
        raise QueryInvalid("after 不是本服务给出的游标") from None
    if not isinstance(node_id, str) or not isinstance(value, str | int | float | date | None):
        raise QueryInvalid("after 不是本服务给出的游标")
    if order != _order_name(ordering):
        raise QueryInvalid("after 是另一种排列的游标", remedy="翻页时请保持 orderBy 不变。")
    return pages.After(node_id, value if ordering else None)


def _order_name(ordering: pages.Ordering | None) -> str:
    return f"{ordering.attribute.name}{' desc' if ordering.descending else ''}" if ordering else ""
