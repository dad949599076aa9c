"""Kin and households that no register states: what a grid worker would conclude at the door, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from graph.linking.derived import relation_frame
from graph.linking.inference import rules
from graph.linking.inferred import ASSERTED, Inferred, infer
from graph.linking.kinship import compose

PEOPLE = {
    "father": ("王建国", "1", "1975-03-12"),
    "mother": ("李秀英", "2", "1977-07-01"),
    "son": ("王子轩", "1", "2006-05-05"),
    "daughter": ("王雨桐", "2", "2010-08-09"),
    "grandfather": ("王德贵", "1", "1948-01-02"),
    "grandmother": ("赵桂兰", "2", "1950-11-20"),
    "uncle": ("王建军", "1", "1979-02-02"),
    "lodger": ("周强", "1", "1976-01-01"),
}


def frame(
    homes: Mapping[str, str],
    books: Mapping[str, tuple[str, str]] | None = None,
    roles: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """`homes`: person → dwelling. `books`: person → (household, relation to head)."""
    seen: dict[str, Any] = {"observed_at": datetime(2026, 4, 1), "sources": ["police_population"], "confidence": 0.95}  # noqa: DTZ001
    rows = [
        seen
        | {"type": "LIVES_IN", "from_label": "Person", "from_id": person, "to_label": "Dwelling", "to_id": home}
        | {"valid_from": date(2015, 3, 1), "role": (roles or {}).get(person)}
        for person, home in homes.items()
    ]
    rows += [
        seen
        | {"type": "MEMBER_OF", "from_label": "Person", "from_id": person, "to_label": "Household", "to_id": book}
        | {"relation_to_head": code}
        for person, (book, code) in (books or {}).items()
    ]
    return relation_frame(rows)


def inferred(stated: pl.DataFrame, people: Mapping[str, tuple[str, str, str | None]] | None = None) -> Inferred:
    known = pl.DataFrame(
        [(key, *values) for key, values in (people or PEOPLE).items()],
        schema=dict.fromkeys(("entity_id", "name", "sex", "birth_date"), pl.String),
        orient="row",
    )
    return infer(stated, compose(stated), known, lambda *parts: "-".join(parts))


def kin(found: Inferred) -> set[tuple[str, str, str]]:
    rows = found.relations.filter(pl.col("type") == "KIN")
    return set(rows.select("from_id", "to_id", "kind").iter_rows())


def members(found: Inferred) -> dict[str, str]:
    return dict(found.relations.filter(pl.col("type") == "MEMBER_OF").select("from_id", "to_id").iter_rows())


FAMILY = dict.fromkeys(("father", "mother", "son", "daughter"), "d1")


def test_a_book_leaves_the_other_parent_the_grandparents_and_their_couple_to_be_inferred() -> None:
    codes = {"father": "02", "mother": "12", "son": "20", "daughter": "30", "grandfather": "51", "grandmother": "52"}
    found = inferred(frame({}, {person: ("h1", code) for person, code in codes.items()}))
    assert kin(found) == {
        ("mother", "son", "child"),
        ("mother", "daughter", "child"),
        ("grandfather", "grandmother", "spouse"),
        *((elder, child, "grandchild") for elder in ("grandfather", "grandmother") for child in ("son", "daughter")),
    }


def test_a_step_child_is_not_given_another_parent_nor_one_whose_age_forbids_it() -> None:
    step = {"father": ("h1", "02"), "mother": ("h1", "12"), "son": ("h1", "27")}
    assert not kin(inferred(frame({}, step)))
    young = PEOPLE | {"mother": ("李秀英", "2", "1995-07-01")}
    own = {"father": ("h1", "02"), "mother": ("h1", "12"), "son": ("h1", "20")}
    assert not kin(inferred(frame({}, own), young))


def test_a_family_without_any_book_becomes_a_household_at_its_door() -> None:
    found = inferred(frame(FAMILY))
    assert kin(found) == {
        ("father", "mother", "spouse"),
        *((parent, child, "child") for parent in ("father", "mother") for child in ("son", "daughter")),
        ("daughter", "son", "sibling"),
    }
    (household,) = set(members(found).values())
    assert set(members(found)) == set(FAMILY)
    assert household in found.households
    assert found.relations["sources"].to_list() == [["inferred"]] * found.relations.height
    joined = found.relations.filter(pl.col("type") == "MEMBER_OF")
    assert joined["valid_from"].unique().to_list() == [date(2015, 3, 1)]


def test_the_id_of_an_inferred_household_stays_when_a_member_leaves() -> None:
    before, after = inferred(frame(FAMILY)), inferred(frame({k: v for k, v in FAMILY.items() if k != "daughter"}))
    assert set(before.households) == set(after.households)


def test_whoever_is_missing_from_the_book_joins_the_household_of_the_kin_at_the_door() -> None:
    books = {"father": ("h1", "02"), "mother": ("h1", "12")}
    found = inferred(frame(FAMILY, books))
    assert members(found) == {"son": "h1", "daughter": "h1"}
    assert not found.households
    assert ("father", "son", "child") in kin(found)


def test_strangers_at_one_door_stay_strangers() -> None:
    flat = {"father": "d1", "lodger": "d1"}
    assert inferred(frame(flat)).relations.is_empty()
    third = {"father": "d1", "mother": "d1", "lodger": "d1"}
    assert not kin(inferred(frame(third)))
    crowd = {f"p{n}": "d1" for n in range(12)}
    people = {key: ("王建国", "1", f"{1960 + 3 * n}-01-01") for n, key in enumerate(crowd)}
    assert inferred(frame(crowd), people).relations.is_empty()


@pytest.mark.parametrize("role", ["dormitory", "guest"])
def test_a_dormitory_bed_or_a_guest_room_is_no_home(role: str) -> None:
    roles = dict.fromkeys(FAMILY, role)
    assert inferred(frame(FAMILY, roles=roles)).relations.is_empty()


def test_a_register_that_calls_two_people_unrelated_is_not_overruled() -> None:
    books = {"father": ("h1", "02"), "mother": ("h1", "99"), "son": ("h1", "99")}
    homes = dict.fromkeys(books, "d1")
    assert not kin(inferred(frame(homes, books)))


def test_two_possible_fathers_are_no_father() -> None:
    found = inferred(frame(dict.fromkeys(("father", "uncle", "son"), "d1")))
    assert not kin(found)


def test_unknown_ages_infer_nothing_at_a_door() -> None:
    unknown = {key: (name, sex, None) for key, (name, sex, _) in PEOPLE.items()}
    assert inferred(frame(FAMILY), unknown).relations.is_empty()


def test_evidence_tells_the_rule_and_no_age_or_name() -> None:
    for name, rule in rules().items():
        assert rule.confidence >= ASSERTED, name
        assert rule.label
        assert not any(character.isdigit() for character in rule.evidence)
