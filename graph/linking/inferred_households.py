"""Households of people whom no register's book holds, from the kin that were inferred at their doors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import polars as pl

from graph.linking.derived import household_homes
from graph.linking.inference import LARGEST_HOME, Kin, Person, marked


def memberships(
    stated: pl.DataFrame,
    homes: dict[str, list[Person]],
    stays: dict[str, tuple[str, date | None]],
    kin: list[Kin],
    token: Callable[..., str],
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """MEMBER_OF rows of people whom no book holds, and the households made for them."""
    relatives: dict[str, set[str]] = defaultdict(set)
    for item in kin:
        relatives[item.near.id].add(item.far.id)
        relatives[item.far.id].add(item.near.id)
    seat = dict(household_homes(stated).select("from_id", "to_id").iter_rows())
    rows: list[dict[str, Any]] = []
    made: dict[str, dict[str, Any]] = {}
    for dwelling, residents in sorted(homes.items()):
        unbooked = [person for person in residents if not person.household]
        if not unbooked or len(residents) > LARGEST_HOME:
            continue
        seated = {person.id: person.household for person in residents if seat.get(person.household) == dwelling}
        left = {person.id for person in unbooked}
        for group in _groups(left, relatives):
            books = {seated[other] for person in group for other in relatives[person] if other in seated}
            if len(books) == 1:
                household, rule = books.pop(), "member_by_kin"
            elif not books and len(group) > 1:
                household, rule = _new_household(made, dwelling, group, token), "home_of_kin"
                made[household] = {"household_type": "推断", "rule": rule}
            else:
                continue
            rows += [_member_row(person, household, rule, stays[person][1]) for person in group]
    return rows, made


def _new_household(made: dict[str, dict[str, Any]], dwelling: str, group: list[str], token: Callable[..., str]) -> str:
    """An id that is the door's; a second household at one door is told apart by its first member."""
    first = f"hou_{token('household at', dwelling)}"
    return first if first not in made else f"hou_{token('household at', dwelling, group[0])}"


def _groups(persons: set[str], relatives: dict[str, set[str]]) -> Iterator[list[str]]:
    left = set(persons)
    while left:
        border = [min(left)]
        group = set(border)
        while border:
            border = [other for person in border for other in relatives[person] & left if other not in group]
            group.update(border)
        left -= group
        yield sorted(group)


def _member_row(person: str, household: str, rule: str, since: date | None) -> dict[str, Any]:
    return marked(rule) | {
        "type": "MEMBER_OF",
        "from_label": "Person",
        "from_id": person,
        "to_label": "Household",
        "to_id": household,
        "valid_from": since,
    }
