"""The Cypher of the links that can be followed: the pattern from `(a)`, who is asked about, to `(b)`, and the order.

Only text of this module and of `core.catalogue.links` ever becomes part of a statement.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from core.catalogue.links import Link, Order

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


@lru_cache(maxsize=4_096)
def pattern(link: Link, a: str = "a", b: str = "b", r: str = "r", *, only: str | None = None) -> str:
    """The path of a link from the variable `a` to `b`; `r` is its relation, where one stands for it.

    `only`: `b` must have this label of the link's targets.
    """
    # With many labels, what the relation can reach is told by its type alone.
    many = len(link.targets) >= _MANY_TARGETS and only is None
    end = f"({b})" if many else f"({b}:{only or '|'.join(link.targets)})"
    start = f"({a})<-[:PART_OF*0..{_DEEPEST_PLACE}]-()" if link.inside else f"({a})"
    return f"{start}{_arrow(link, r)}{end}"


@lru_cache(maxsize=4_096)
def pattern_back(link: Link, a: str, b: str, r: str) -> str:
    """The same path written from `b`, which is bound, to `a`: the embedded server expands from the left."""
    end = f"()-[:PART_OF*0..{_DEEPEST_PLACE}]->({a})" if link.inside else f"({a})"
    return f"({b}){_arrow(link, r, turned=True)}{end}"


def _arrow(link: Link, r: str, *, turned: bool = False) -> str:
    edge = f"[{r}:{link.type}]" if link.has_edge else f"[:{link.type}*1..{link.hops}]"
    if link.both:
        return f"-{edge}-"
    return f"<-{edge}-" if link.reverse != turned else f"-{edge}->"


def order(link: Link) -> str:
    """The ORDER BY terms of a link's own order, over `b` and `r`."""
    if link.order is Order.NAME and link.targets == ("Dwelling",):
        return "b.address, b.id"
    return _ORDERS[link.order]
