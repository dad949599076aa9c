"""The Cypher of the links that can be followed: the pattern from `(a)`, who is asked about, to `(b)`, and the order.

Only text of this module and of `core.catalogue.links` ever becomes part of a statement.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from core.catalogue.links import LINKS, Link, Order

_NEWEST_EDGE: Final = "coalesce(r.valid_from, date('0001-01-01')) DESC, b.id"
_ORDERS: Final = {
    Order.NEWEST: _NEWEST_EDGE,
    Order.EVENT: "b.reported_at DESC, b.id",
    Order.NAME: "b.name, b.id",
    Order.ROLE: "r.role, b.id",
    Order.HEAD: "r.relation_to_head, b.id",
    Order.STEP: "r.step, b.id",
    Order.FEED: "b.feed, b.record_key, b.id",
    Order.ID: "b.id",
}
_MANY_TARGETS: Final = 3
_DEEPEST_PLACE: Final = 5


def relation(source: str, name: str) -> Link:
    """Raises `KeyError` for a link that the label does not have."""
    return LINKS[source, name]


@lru_cache(maxsize=256)
def pattern(link: Link, a: str = "a", b: str = "b", r: str = "r") -> str:
    """The path of a link between the variables `a` and `b`; `r` is its relation, where one stands for it."""
    hops = "" if link.has_edge else f"*1..{link.hops}"
    edge = f"[{r}:{link.type}]" if link.has_edge else f"[:{link.type}{hops}]"
    # With many labels, what the relation can reach is told by its type alone.
    end = f"({b})" if len(link.targets) >= _MANY_TARGETS else f"({b}:{'|'.join(link.targets)})"
    start = f"({a})<-[:PART_OF*0..{_DEEPEST_PLACE}]-()" if link.inside else f"({a})"
    if link.both:
        return f"{start}-{edge}-{end}"
    return f"{start}<-{edge}-{end}" if link.reverse else f"{start}-{edge}->{end}"


def order(link: Link) -> str:
    """The ORDER BY terms of a link's own order, over `b` and `r`."""
    if link.order is Order.NAME and link.targets == ("Dwelling",):
        return "b.address, b.id"
    return _ORDERS[link.order]
