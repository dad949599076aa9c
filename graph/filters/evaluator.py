"""What computes tags asks of whatever holds the graph: who fulfils a filter, and what made it true.

Two implementations: Cypher on the graph (`graph.tags.evaluate`), and the lake's columns. `told` says which parts of a
filter give evidence and under which names, so that both tell the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from core.filters import AllOf, Along, AnyOf, Condition, Count, Op, Ratio, Shares, Test, ValueKind

MOST_IDS: Final = 20
"""So many ids of objects stand in evidence, the first in their order; the count is of all."""

Finding: TypeAlias = Mapping[str, Any]
"""Name of a condition → {"count": n, "ids": [at most MOST_IDS, sorted]} for what a link led to; of an attribute, its
year (a date or an age) or its number, and True where the value itself is nobody's business."""


class Evaluator(Protocol):
    """Answers for one day; each object counts once, however many ways lead to it."""

    def bearers(self, label: str, condition: Condition) -> Iterable[str]:
        """Ids of the nodes of `label` that fulfil `condition`."""
        ...

    def evidence(self, label: str, condition: Condition, ids: Sequence[str]) -> Mapping[str, Finding]:
        """id → what made the condition true of it; what led nowhere (an alternative that is not true) is absent."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """A part of a filter that gives evidence.

    `steps` are the links that lead from the bearer to where `what` is asked; each must hold with its own conditions.
    """

    name: str
    steps: tuple[Along, ...]
    what: Along | Count | Shares | Test


def told(condition: Condition) -> tuple[Told, ...]:
    """What evidence of a filter tells, in the order of the filter, names unique (`events`, `events#2`).

    That is every link, count, ratio and share that must be true or may be (under `or`), nested ones by their whole
    path, and the attributes of the bearer itself; nothing under `not`, and no count that nothing at all would fulfil.
    """
    found: list[Told] = []
    seen: dict[str, int] = {}
    for name, steps, what in _told(condition, (), ""):
        if isinstance(what, Test) and name in seen:  # two bounds of one attribute tell the same
            continue
        seen[name] = seen.get(name, 0) + 1
        found.append(Told(name if seen[name] == 1 else f"{name}#{seen[name]}", steps, what))
    return tuple(found)


_Part: TypeAlias = tuple[str, tuple[Along, ...], Along | Count | Shares | Test]


def _told(condition: Condition, steps: tuple[Along, ...], before: str) -> Iterator[_Part]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _told(part, steps, before)
        case Test() if not steps and not (condition.op is Op.IS_NULL and condition.value):
            yield condition.attribute.name, (), condition
        case Along(link=link, where=where):
            yield f"{before}{link.name}", steps, condition
            yield from _told(where, (*steps, condition), f"{before}{link.name}.")
        case Count() if not _true_of_none(condition):
            yield before + _path(condition), steps, condition
        case Ratio(of=of, per=per):
            yield before + _path(of), steps, of
            yield before + _path(per), steps, per
        case Shares(through=through, to=to):
            yield before + ".".join(link.name for link in (*through, *to)), steps, condition
        case _:
            pass


def _path(count: Count) -> str:
    return ".".join(link.name for link in count.path)


def _true_of_none(count: Count) -> bool:
    """Whether a path that leads nowhere fulfils the count: then there is nothing to show."""
    limit = float(str(count.value))
    match count.op:
        case Op.EQ:
            return limit == 0
        case Op.NE:
            return limit != 0
        case Op.GT:
            return False
        case Op.GTE:
            return limit <= 0
        case Op.LT:
            return limit > 0
        case _:
            return True


def attribute_finding(test: Test, value: object) -> Any:
    """What evidence tells of an attribute: `value` is what the node holds, of an age its birth year.

    A year and a count of ours give nobody away; names, codes and sealed values are told by their attribute alone.
    """
    if value is not None and test.attribute.kind in (ValueKind.AGE, ValueKind.DATE, ValueKind.MOMENT):
        return int(str(value)[:4])
    return value if test.attribute.kind is ValueKind.NUMBER and value is not None else True
