"""Kin between persons, composed from each member's relation to the head of the household (GB/T 4761).

Only what composition makes certain. A child of the head need not be a child of the head's spouse, and two siblings of
the head may share no parent with each other: neither gives an edge. Adopted and step children are children, but not
siblings of the others.

One edge for two people. `child`: from the parent to the child; `grandchild`: from the grandparent; `spouse` and
`sibling` from the smaller id to the greater.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import polars as pl

from core.codes import table

HEAD = frozenset({"01", "02"})
SPOUSE = frozenset({"10", "11", "12"})
OWN_CHILD = frozenset(["20", "21", "22", "23", "24", "25", "26", "29", "30", "31", "32", "33", "34", "35", "36", "39"])
STEP_CHILD = frozenset({"27", "37"})
GRANDCHILD = frozenset({"40", "41", "42", "43", "44"})
PARENT = frozenset({"50", "51", "52", "57", "58"})
GRANDPARENT = frozenset({"60", "61", "62", "63", "64"})
SIBLING = frozenset({"70", "71", "73", "75", "77"})


class Member(NamedTuple):
    person: str
    code: str
    confidence: float
    observed_at: Any
    sources: tuple[str, ...]


def compose(relations: pl.DataFrame) -> pl.DataFrame:
    """KIN rows (columns as in `relations`) from the MEMBER_OF rows of `relations`."""
    rows = [
        {
            "type": "KIN",
            "from_label": "Person",
            "from_id": near.person,
            "to_label": "Person",
            "to_id": far.person,
            "discriminator": kin,
            "kind": kin,
            "observed_at": max(filter(None, (near.observed_at, far.observed_at)), default=None),
            "sources": sorted({*near.sources, *far.sources}),
            "confidence": round(min(near.confidence, far.confidence), 3),
        }
        for members in _households(relations).values()
        for near, far, kin in _kin(members)
    ]
    schema = {name: dtype for name, dtype in relations.schema.items() if name in (rows[0] if rows else ())}
    if not rows:
        return relations.clear()
    # Two households may give the same pair (grown children who stay in both books): the surer one is kept.
    ends = ["from_id", "to_id", "kind"]
    made = pl.DataFrame(rows, schema=schema).sort("confidence", descending=True, maintain_order=True)
    return made.unique(ends, keep="first", maintain_order=True).sort(ends)


def _households(relations: pl.DataFrame) -> dict[str, list[Member]]:
    found: dict[str, dict[str, Member]] = defaultdict(dict)
    rows = relations.filter(pl.col("type") == "MEMBER_OF", pl.col("valid_to").is_null()).with_columns(
        pl.col("sources").list.join("\n")  # text: reading lists row by row is slow
    )
    codes = table("kinship")
    wanted = ("to_id", "from_id", "relation_to_head", "confidence", "observed_at", "sources")
    for household, person, code, confidence, observed, sources in rows.select(wanted).iter_rows():
        if code is None or code not in codes:
            continue
        member = Member(person, codes.code(code), confidence, observed, tuple(sources.split("\n")))
        known = found[household].get(person)
        if known is None or known.confidence < confidence:
            found[household][person] = member
    return {household: sorted(members.values()) for household, members in sorted(found.items())}


def _kin(members: list[Member]) -> Iterator[tuple[Member, Member, str]]:
    heads = [member for member in members if member.code in HEAD]
    if len(heads) != 1:
        return  # two heads: one of the relations is wrong, and nobody can tell which
    head = heads[0]
    for member in members:
        if member.code in SPOUSE:
            yield (*_ordered(head, member), "spouse")
        elif member.code in OWN_CHILD | STEP_CHILD:
            yield head, member, "child"
        elif member.code in PARENT:
            yield member, head, "child"
        elif member.code in GRANDCHILD:
            yield head, member, "grandchild"
        elif member.code in GRANDPARENT:
            yield member, head, "grandchild"
        elif member.code in SIBLING:
            yield (*_ordered(head, member), "sibling")
    for one, other in combinations([member for member in members if member.code in OWN_CHILD], 2):
        yield (*_ordered(one, other), "sibling")


def _ordered(one: Member, other: Member) -> tuple[Member, Member]:
    return (one, other) if one.person <= other.person else (other, one)
