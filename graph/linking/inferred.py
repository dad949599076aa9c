"""Kin and households that no register states but doors, books, surnames and ages imply; always marked as inferred.

What the registers' own codes make certain is composed in `kinship`. Here are the rest: the pairs of one book that
composition leaves open, and people who share a door without a code that says what they are to each other. A pair that
a register has coded (a non-relative, say) is never overruled. Every rule has its confidence, measured or judged, in
`inference.yaml`.

Edges carry `sources` = ["inferred"], `rule` and `evidence`, so that nobody takes them for a register's statement. The
evidence names no age: the birth date of a child is sealed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import combinations
from typing import Any, Final

import polars as pl

from core.codes import table
from core.values import InvalidValue, PersonName
from graph.linking.derived import relation_frame
from graph.linking.inference import LARGEST_HOME, Kin, Person, marked, rules
from graph.linking.inferred_households import memberships
from graph.linking.kinship import HEAD, OWN_CHILD, SPOUSE

ASSERTED: Final = 0.9  # what is less sure is not written
_FATHER, _MOTHER = frozenset({"51"}), frozenset({"52"})
_YOUNGEST_PARENT, _OLDEST_PARENT = 16, 46
_SAME_GENERATION, _ADULT = 15, 20
_NO_HOME: Final = frozenset({"dormitory", "guest"})


@dataclass(frozen=True, slots=True)
class Inferred:
    """`relations`: KIN and MEMBER_OF rows of RELATION_SCHEMA with `rule` and `evidence`. `households`: id → props."""

    relations: pl.DataFrame
    households: dict[str, dict[str, Any]] = field(default_factory=dict)


def infer(
    stated: pl.DataFrame,
    composed: pl.DataFrame,
    people: pl.DataFrame,
    token: Callable[..., str],
    *,
    day: date | None = None,
    floor: float = ASSERTED,
) -> Inferred:
    """What `stated` relations (RELATION_SCHEMA) and `composed` kin leave unsaid, as sure as `floor` at least.

    `people`: golden records (entity_id, name, sex, birth_date). `token` makes the id of a household that no register
    knows; it is that of its door, so that it stays while the people move in and out. On `day` it counts who is grown
    up; None is the newest observation.
    """
    stays = _stays(stated)
    persons = _persons(stated, people)
    known = {
        frozenset(pair) for pair in composed.filter(pl.col("type") == "KIN").select("from_id", "to_id").iter_rows()
    }
    kin: dict[frozenset[str], Kin] = {}
    for members in _by_book(persons):
        _add(kin, known, _in_book(members))
    today = _years(day or stated["observed_at"].max()) or 0.0
    homes: dict[str, list[Person]] = defaultdict(list)
    for person, (dwelling, _) in sorted(stays.items()):
        if person in persons:
            homes[dwelling].append(persons[person])
    for residents in homes.values():
        if 1 < len(residents) <= LARGEST_HOME:
            _add(kin, known, _at_home(residents, today))
    wanted = [item for item in kin.values() if rules()[item.rule].confidence >= floor]
    rows = [_kin_row(item) for item in wanted]
    joins, households = memberships(stated, homes, stays, wanted, token)
    rows += [row for row in joins if row["confidence"] >= floor]
    ends = {row["to_id"] for row in rows if row["type"] == "MEMBER_OF"}
    made = relation_frame(sorted(rows, key=lambda row: (row["type"], row["from_id"], row["to_id"], row["rule"])))
    return Inferred(made, {key: props for key, props in households.items() if key in ends})


def _add(kin: dict[frozenset[str], Kin], known: set[frozenset[str]], found: Iterable[Kin]) -> None:
    """The first rule that speaks of a pair is kept: the rules of a book come before those of a door."""
    for item in found:
        pair = frozenset((item.near.id, item.far.id))
        if pair not in known:
            kin.setdefault(pair, item)


def _stays(stated: pl.DataFrame) -> dict[str, tuple[str, date | None]]:
    """person → (dwelling, since): the present home."""
    now = stated.filter(pl.col("type") == "LIVES_IN", pl.col("valid_to").is_null(), pl.col("to_label") == "Dwelling")
    kept = now.filter(~pl.col("role").fill_null("").is_in(list(_NO_HOME)))
    return {person: (home, since) for person, home, since in kept.select("from_id", "to_id", "valid_from").iter_rows()}


def _persons(stated: pl.DataFrame, people: pl.DataFrame) -> dict[str, Person]:
    codes = table("kinship")
    member: dict[str, tuple[str, str, datetime | None]] = {}
    rows = stated.filter(pl.col("type") == "MEMBER_OF", pl.col("valid_to").is_null()).sort("confidence", "to_id")
    for person, household, code, seen in rows.select("from_id", "to_id", "relation_to_head", "observed_at").iter_rows():
        member[person] = (household, codes.code(code) if code in codes else "", seen) if code else (household, "", seen)
    found = {}
    for person, name, sex, birth in people.select("entity_id", "name", "sex", "birth_date").iter_rows():
        household, code, seen = member.get(person, ("", "", None))
        found[person] = Person(person, _surname(name), sex or "", _years(birth), code, household, seen)
    return found


def _surname(name: str | None) -> str:
    try:
        return PersonName.parse(name).surname if name else ""
    except InvalidValue:
        return ""


def _years(birth: Any) -> float | None:
    try:
        return date.fromisoformat(str(birth)[:10]).toordinal() / 365.25 if birth else None
    except ValueError:
        return None


# --- one book ------------------------------------------------------------------------------------------------


def _by_book(persons: dict[str, Person]) -> Iterator[list[Person]]:
    books: dict[str, list[Person]] = defaultdict(list)
    for person in persons.values():
        if person.household and person.code:
            books[person.household].append(person)
    for _, members in sorted(books.items()):
        if sum(member.code in HEAD for member in members) == 1:
            yield sorted(members)


def _in_book(members: list[Person]) -> Iterator[Kin]:
    spouses = [member for member in members if member.code in SPOUSE]
    children = [member for member in members if member.code in OWN_CHILD]
    fathers = [member for member in members if member.code in _FATHER]
    mothers = [member for member in members if member.code in _MOTHER]
    if len(spouses) == 1:
        for child in children:
            if _parent_age(spouses[0], child, unknown=True):
                yield Kin(spouses[0], child, "child", "spouse_of_parent")
    if len(fathers) == len(mothers) == 1:
        yield _pair(fathers[0], mothers[0], "spouse", "two_parents")
    for elder in fathers + mothers:
        for child in children:
            yield Kin(elder, child, "grandchild", "grandparent")


# --- one door ------------------------------------------------------------------------------------------------


def _at_home(residents: list[Person], today: float) -> Iterator[Kin]:
    """Kin of people at one door of whom no register says what they are to each other; `today` in years."""
    open_pairs = [pair for pair in combinations(sorted(residents), 2) if not _coded(*pair)]
    if not open_pairs:
        return
    by_id = {person.id: person for person in residents}
    parents = {younger: elders for younger, elders in _elders(open_pairs).items() if not _rivals(elders)}
    for younger, elders in sorted(parents.items()):
        for elder in elders:
            yield Kin(elder, by_id[younger], "child", "parent_at_home")
    couples: dict[str, Person] = {}
    for one, other in open_pairs:
        others = [third for third in residents if third not in (one, other)]
        alone = not any(_same_generation(third, near, today) for third in others for near in (one, other))
        if alone and _could_be_couple(one, other, today):
            couples[one.id], couples[other.id] = other, one
            yield _pair(one, other, "spouse", "couple_at_home")
    for younger, elders in sorted(parents.items()):
        for elder in elders:
            partner = couples.get(elder.id)
            if partner and partner.id not in {one.id for one in elders} and _parent_age(partner, by_id[younger]):
                yield Kin(partner, by_id[younger], "child", "other_parent_at_home")
    for one, other in open_pairs:
        if {p.id for p in parents.get(one.id, ())} & {p.id for p in parents.get(other.id, ())}:
            yield _pair(one, other, "sibling", "siblings_at_home")


def _elders(pairs: list[tuple[Person, Person]]) -> dict[str, list[Person]]:
    """person → those of the same surname who are old enough, and young enough, to be a parent."""
    found: dict[str, list[Person]] = defaultdict(list)
    for pair in pairs:
        elder, younger = sorted(pair, key=lambda person: person.born or 0.0)
        if elder.surname and elder.surname == younger.surname and _parent_age(elder, younger):
            found[younger.id].append(elder)
    return found


def _rivals(elders: list[Person]) -> bool:
    """Two possible fathers, or two possible mothers: one is an uncle, an aunt or a young grandparent."""
    sexes = [elder.sex for elder in elders]
    return len(sexes) != len(set(sexes))


def _coded(one: Person, other: Person) -> bool:
    """Whether one book says what both are: then it is not for a rule to say more."""
    return bool(one.household and one.household == other.household and one.code and other.code)


def _parent_age(elder: Person, younger: Person, *, unknown: bool = False) -> bool:
    if elder.born is None or younger.born is None:
        return unknown
    return _YOUNGEST_PARENT <= younger.born - elder.born <= _OLDEST_PARENT


def _same_generation(third: Person, one: Person, today: float) -> bool:
    """Whether `third` is a grown-up of about the age of `one`, or may be: an unknown age leaves a doubt."""
    if third.born is None or one.born is None:
        return True
    return abs(third.born - one.born) < _SAME_GENERATION and _grown(third, today)


def _could_be_couple(one: Person, other: Person, today: float) -> bool:
    return (
        {one.sex, other.sex} == {"1", "2"}
        and bool(one.surname and other.surname)
        and one.surname != other.surname
        and one.born is not None
        and other.born is not None
        and abs(one.born - other.born) < _SAME_GENERATION
        and _grown(one, today)
        and _grown(other, today)
    )


def _grown(person: Person, today: float) -> bool:
    return person.born is not None and today - person.born >= _ADULT


def _pair(one: Person, other: Person, kind: str, rule: str) -> Kin:
    return Kin(one, other, kind, rule) if one.id <= other.id else Kin(other, one, kind, rule)


def _kin_row(item: Kin) -> dict[str, Any]:
    seen = [moment for moment in (item.near.observed_at, item.far.observed_at) if moment]
    return marked(item.rule) | {
        "type": "KIN",
        "from_label": "Person",
        "from_id": item.near.id,
        "to_label": "Person",
        "to_id": item.far.id,
        "discriminator": item.kind,
        "kind": item.kind,
        "observed_at": max(seen, default=None),
    }
