"""What a reader gets: nodes and links with the values that this reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class View:
    """A node as the reader may see it: no sealed bytes, no index digests, masked where the policy says so."""

    label: str
    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Linked:
    """A neighbour and the relation that leads to it (`valid_from`, `valid_to`, `sources`, `confidence`, role …)."""

    node: View
    edge: Mapping[str, Any]
