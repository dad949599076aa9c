"""Places while they are read: named ones, and doors and directions that are counted from somewhere else."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from core.values import StandardAddress
from nlp.layers import Anchor
from nlp.placechains import Piece
from nlp.relative import NOWHERE, at_door, down_to, resolve


@dataclass(slots=True)
class Draft:
    """A place while it is being read: `named` by a chain, else a door or a direction alone with what it says."""

    start: int
    end: int
    address: StandardAddress | None = None
    keys: tuple[str, ...] = ()
    score: float = 0.0
    relative: str | None = None
    of: Anchor | None = None
    problems: tuple[str, ...] = ()
    said: dict[str, str] = field(default_factory=dict)
    run: list[Piece] = field(default_factory=list)
    ours: bool = False

    @property
    def named(self) -> bool:
        return bool(self.run)


_MEMORY: Final = 100
"""How many places before are remembered as what a door or a direction may be counted from."""


def anchor(drafts: list[Draft], home: StandardAddress | None) -> None:
    """Count what has no name from the caller's home or from the place spoken of before, and resolve it."""
    before: deque[Draft] = deque(maxlen=_MEMORY)
    named = [draft for draft in drafts if draft.named and draft.run[-1].kind in ("road", "compound", "building")]
    for draft in drafts:
        if draft.named:
            before.append(draft)
            continue
        draft.of = _of(draft, before, home)
        base = home if draft.of == "home" else _base(draft, before)
        if base is None and not draft.ours:
            base = _base(draft, named[:1])
        draft.address = _resolved(draft, base)
        before.append(draft)


def _of(draft: Draft, before: Sequence[Draft], home: StandardAddress | None) -> Anchor:
    """`home` where the words say so, or where nothing was said before that the direction could start from."""
    if draft.ours or not before:
        return "home"
    if home is not None and draft.relative == "same" and draft.said == {"room": home.room}:
        return "home"
    last = before[-1]
    if last.of == "home":
        return "home"
    storey = draft.relative in ("upstairs", "downstairs") and not any(_has_door(one) for one in before)
    return "home" if storey and draft.said else "text"


def _has_door(draft: Draft) -> bool:
    address = draft.address
    return address is not None and bool(address.room or address.floor)


def _base(draft: Draft, before: Sequence[Draft]) -> StandardAddress | None:
    """The nearest place before that is deep enough to start from, else the nearest."""
    told = [one for one in reversed(before) if one.named or one.said]  # not from where a direction led
    known = [one.address for one in told if one.address is not None and _is_place(one.address)]
    if "building" in draft.said:
        return next((value for value in known if value.compound or value.road_no), None)
    if draft.said.keys() <= {"unit", "floor", "room"}:
        return next((value for value in known if value.building or value.road_no), known[0] if known else None)
    return known[0] if known else None


def _is_place(value: StandardAddress) -> bool:
    return bool(value.compound or value.road)


def _resolved(draft: Draft, base: StandardAddress | None) -> StandardAddress | None:
    if base is None:
        said: dict[str, Any] = dict(draft.said)
        return replace(NOWHERE, **said) if said else None
    if not draft.said:
        return resolve(base, draft.relative or "same")
    if "road_no" in draft.said:
        base = down_to(base, "road_no") or base
    return at_door(base, draft.said)
