"""Calls of one use case that wait at the same time, answered as one.

Statement and audit lines are shared; masking is done for each reader. A call is joined with those of the same shape,
which is everything that decides about the statement besides the ids.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services import ahead, lookup
from services.app import App
from services.lookup import Asked

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joinable:
    """`split` takes the arguments of a call apart into shape and ids (None: it cannot be joined) and raises what is
    wrong with them; `answer` gives one result for each of the calls of a shape.
    """

    split: Callable[..., tuple[Hashable, Ids] | None]
    answer: Callable[[App, Any, Sequence[Asked]], Sequence[Any]]


def _split_find(
    kind: str, *, id: str | None = None, key: tuple[str, str] | None = None, as_of: date | None = None
) -> tuple[Hashable, Ids] | None:
    del key, as_of
    return ((kind, lookup.label_of(kind, id)), (id,)) if id else None


def _find(app: App, shape: tuple[str, str], asked: Sequence[Asked]) -> Sequence[Any]:
    return lookup.find_each(app, *shape, asked)


def _split_ahead(tree: ahead.Tree, label: str, ids: Sequence[str]) -> tuple[Hashable, Ids]:
    return (tree, label), tuple(ids)


def _ahead(app: App, shape: tuple[ahead.Tree, str], asked: Sequence[Asked]) -> Sequence[Any]:
    return ahead.read_ahead_each(app, *shape, asked)


JOINABLE: dict[Callable[..., Any], Joinable] = {
    lookup.find: Joinable(_split_find, _find),
    ahead.read_ahead: Joinable(_split_ahead, _ahead),
}
"""The use cases whose calls can be joined."""
