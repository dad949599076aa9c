"""Where a statement begins: at the condition that an index answers with the fewest nodes.

The ranks are an order, not counts: an id before a sealed identifier before an indexed value before what hangs on such a
node; a part of the graph that is small by nature (places, tags, departments) may be read whole. Measured on 20,000
people, the residents of one compound: 85 ms from the compound, 1,740 ms from the people.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from core.catalogue.links import PLACES
from core.filters import AllOf, Along, AnyOf, Condition, Op, Same, Test, ValueKind, conditions
from graph.schema.nodes import NODES

_SMALL: Final = frozenset({*PLACES, "Tag", "Department"})
_SCAN: Final = 100
NO_CHILD: Final = 40
"""From this age on nobody is taken for a child: the masked birth dates of children need no look."""
_KEY_PROPS: Final = {"person_name": "name_key", "organization_name": "name_key", "address": "dwelling_key"}


@dataclass(frozen=True, slots=True)
class Anchor:
    """`at` is the condition that begins the statement; None reads all nodes of the label.

    `inner` is the anchor within `at` where that follows a link, `branches` those of its alternatives.
    """

    name: str
    rank: int
    at: Condition | None = None
    inner: Anchor | None = None
    branches: tuple[Anchor, ...] = ()

    @property
    def scans(self) -> bool:
        """Whether all nodes of a large label are read."""
        found = (self.inner, *self.branches)
        return self.rank >= _SCAN or any(part.scans for part in found if part)


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """The conditions that must all be true."""
    if isinstance(condition, AllOf):
        return tuple(inner for part in condition.parts for inner in conjuncts(part))
    return (condition,)


def best(label: str, condition: Condition) -> Anchor:
    """The best beginning for nodes of `label` that fulfil `condition`."""
    whole = Anchor("small", 40) if label in _SMALL else Anchor("scan", _SCAN)
    found = [anchor for part in conjuncts(condition) if (anchor := _anchor(label, part))]
    return min([*found, whole], key=lambda anchor: anchor.rank)


def _anchor(label: str, part: Condition) -> Anchor | None:
    match part:
        case Test():
            return _of_test(label, part)
        case Along(link=link, where=where, target=target):
            # What speaks of the root cannot come before it; where labels are open, no index serves.
            if (len(link.targets) > 1 and target is None) or any(isinstance(c, Same) for c in conditions(part)):
                return None
            inner = best(target or link.targets[0], where)
            return None if inner.scans else Anchor(f"{link.name}.{inner.name}", inner.rank + 10, part, inner)
        case AnyOf(parts) if parts:
            branches = tuple(best(label, each) for each in parts)
            if any(branch.scans for branch in branches) or label in _SMALL:
                return None
            return Anchor("or", max(branch.rank for branch in branches) + 1, part, branches=branches)
        case _:
            return None


def _of_test(label: str, test: Test) -> Anchor | None:
    kind, op = test.attribute.kind, test.op
    exact = op in (Op.EQ, Op.IN)
    if kind is ValueKind.ID:
        return Anchor("id", 0, test)
    if kind is ValueKind.BLIND:
        return Anchor("blind index", 1, test)
    prop = test.attribute.prop
    if kind is ValueKind.NAME:
        prop = _KEY_PROPS[test.attribute.type]
    elif kind is ValueKind.SECRET:
        prop = f"{prop}_index"
    if prop not in indexed(label):
        return None
    if exact:
        return Anchor(f"{label}.{prop}", 2 if op is Op.EQ else 3, test)
    if op is Op.STARTS and prop != "dwelling_key":
        return Anchor(f"{label}.{prop} prefix", 35, test)
    if op is Op.WITHIN_DAYS:
        return Anchor(f"{label}.{prop} range", 25, test)
    if kind in (ValueKind.DATE, ValueKind.MOMENT) and op is not Op.IS_NULL:
        return Anchor(f"{label}.{prop} range", 80, test)
    # Whoever rests masked was a child when last seen; only among the old an index alone can tell.
    if kind is ValueKind.AGE and op in (Op.GT, Op.GTE) and int(str(test.value)) >= NO_CHILD:
        return Anchor(f"{label}.{prop} range", 81, test)
    return None


@cache
def indexed(label: str) -> frozenset[str]:
    """The properties of a label that have an index."""
    return frozenset(
        prop.get_db_property_name(name)
        for name, prop in NODES[label].defined_properties(rels=False, aliases=False).items()
        if prop.is_indexed
    )
