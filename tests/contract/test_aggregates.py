"""Groups and their measures, the same on every database: a small town written by hand, counted by eye."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from core.errors import QueryInvalid, QueryTooComplex
from graph.reads.aggregates import DIMENSIONS, MEASURES, Aggregate, Dimension, Fragment, Measure, Order, aggregate
from graph.store import GraphStore

D, M = Dimension, Measure
MOVED = date(2024, 6, 1)


@pytest.fixture
def town(store: GraphStore) -> GraphStore:
    """Two streets with a compound each. The building of compound A lies in grid 1, its compound in grids 1 and 2.

    王 moved from A to B on 2024-06-01; 李 lives in both; 赵 lives nowhere. Three complaints and a case.
    """

    def node(label: str, node_id: str, /, **props: Any) -> None:
        store.write(f"CREATE (n:{label}) SET n = $props", props={"id": node_id, **props})

    def edge(kind: str, start: str, end: str, /, **props: Any) -> None:
        store.write(
            f"MATCH (a {{id: $start}}), (b {{id: $end}}) CREATE (a)-[r:{kind}]->(b) SET r = $props",
            start=start,
            end=end,
            props={"id": f"{kind}-{start}-{end}", **props},
        )

    for letter in "ab":
        for label in ("Street", "Community", "Compound", "Building"):
            node(label, f"{label}_{letter}", name=f"{label}{letter.upper()}")
        node("Dwelling", f"home_{letter}", area=80.0 if letter == "a" else 100.0, usage="住宅")
        edge("PART_OF", f"home_{letter}", f"Building_{letter}")
        for child, parent in (("Building", "Compound"), ("Compound", "Community"), ("Community", "Street")):
            edge("PART_OF", f"{child}_{letter}", f"{parent}_{letter}")
    for number in (1, 2):
        node("Grid", f"grid_{number}", name=f"网格{number}")
        edge("PART_OF", "Compound_a", f"grid_{number}")
        edge("PART_OF", f"grid_{number}", "Community_a")
    edge("PART_OF", "Building_a", "grid_2")
    node("Tag", "tag_1", name="alone", label="独居老人")
    for person, sex in (("wang", "1"), ("li", "2"), ("zhao", "1")):
        node("Person", person, sex=sex)
    edge("LIVES_IN", "wang", "home_a", valid_from=date(2020, 1, 1), valid_to=MOVED)
    edge("LIVES_IN", "wang", "home_b", valid_from=MOVED)
    edge("LIVES_IN", "li", "home_a")
    edge("LIVES_IN", "li", "home_b")
    edge("TAGGED", "li", "tag_1", valid_from=date(2024, 1, 1))
    node("Organization", "shop", status="存续", industry="餐饮业")
    edge("LOCATED_AT", "shop", "Street_a")
    for key, kind, day, category, amount, place in (
        ("e1", "complaint", "2024-01-31T23:59:59", "噪音扰民", None, "home_a"),
        ("e2", "complaint", "2024-02-01T00:00:00", "噪音扰民", 30.0, "Compound_a"),
        ("e3", "complaint", "2024-05-06T08:00:00", "占道经营", 10.0, "Street_b"),
        ("e4", "case", "2024-12-30T08:00:00", "噪音扰民", None, None),
    ):
        reported = datetime.fromisoformat(day)
        node("Event", key, kind=kind, category=category, reported_at=reported, amount=amount)
        if place:
            edge("OCCURRED_AT", key, place)
        edge("PARTY_TO", "wang", key, role="complainant", valid_from=reported.date())
    edge("OCCURRED_AT", "e1", "Compound_a")
    edge("PARTY_TO", "li", "e2", role="respondent", valid_from=date(2024, 2, 1))
    return store


def told(store: GraphStore, label: str, *by: Dimension, **wanted: Any) -> list[tuple[Any, ...]]:
    """(key, …, measure, …) of each group."""
    found = aggregate(store, Aggregate(label, by, **wanted))
    assert found.complete
    return [(*(key.name or key.value for key in group.keys), *group.measures.values()) for group in found.groups]


def test_events_by_place_count_once_in_each(town: GraphStore) -> None:
    assert told(town, "Event", D.STREET) == [("StreetA", 2), ("StreetB", 1), (None, 1)]
    assert set(told(town, "Event", D.COMPOUND)) == {("CompoundA", 2), (None, 2)}
    assert set(told(town, "Event", D.STREET, D.CATEGORY)) == {
        ("StreetA", "噪音扰民", 2),
        ("StreetB", "占道经营", 1),
        (None, "噪音扰民", 1),
    }


def test_people_count_where_they_live_on_the_day(town: GraphStore) -> None:
    assert set(told(town, "Person", D.STREET)) == {("StreetA", 2), ("StreetB", 2), (None, 1)}
    before = {("StreetA", 2), ("StreetB", 1), (None, 1)}
    assert set(told(town, "Person", D.STREET, as_of=date(2024, 5, 31))) == before
    assert set(told(town, "Person", D.COMMUNITY, as_of=MOVED)) == {("CommunityA", 1), ("CommunityB", 2), (None, 1)}
    both = told(town, "Person", D.STREET, D.COMPOUND, D.SEX, as_of=MOVED)
    assert set(both) == {
        ("StreetA", "CompoundA", "2", 1),
        ("StreetB", "CompoundB", "1", 1),
        ("StreetB", "CompoundB", "2", 1),
        (None, None, "1", 1),
    }


def test_a_home_lies_in_the_grid_of_its_building(town: GraphStore) -> None:
    assert set(told(town, "Dwelling", D.GRID)) == {("网格2", 1), (None, 1)}


def test_tags_and_who_has_none(town: GraphStore) -> None:
    assert told(town, "Person", D.TAG) == [(None, 2), ("独居老人", 1)]
    assert told(town, "Person", D.TAG, as_of=date(2023, 12, 31)) == [(None, 3)]


def test_a_series_in_time(town: GraphStore) -> None:
    series = {"order": Order.KEY}
    assert told(town, "Event", D.MONTH, **series) == [
        ("2024-01-01", 1), ("2024-02-01", 1), ("2024-05-01", 1), ("2024-12-01", 1),
    ]  # fmt: skip
    assert told(town, "Event", D.QUARTER, **series) == [("2024-01-01", 2), ("2024-04-01", 1), ("2024-10-01", 1)]
    assert told(town, "Event", D.YEAR) == [("2024-01-01", 4)]
    assert [key for key, _ in told(town, "Event", D.WEEK, **series)] == [
        "2024-01-29", "2024-05-06", "2024-12-30",
    ]  # fmt: skip
    assert told(town, "Event", D.DAY, **series)[0] == ("2024-01-31", 1)
    assert told(town, "Event", D.YEAR, as_of=date(2024, 1, 31)) == [("2024-01-01", 1)]
    assert told(town, "Event", D.YEAR, as_of=date(2024, 2, 1)) == [("2024-01-01", 2)]


def test_measures_of_the_distinct(town: GraphStore) -> None:
    every = (M.COUNT, M.PARTIES, M.DWELLINGS, M.SUM_AMOUNT, M.AVG_AMOUNT)
    assert told(town, "Event", D.CATEGORY, measures=every) == [
        ("噪音扰民", 3, 2, 1, 30.0, 30.0),
        ("占道经营", 1, 1, 0, 10.0, 10.0),
    ]
    assert told(town, "Dwelling", D.USAGE, measures=(M.PERSONS, M.SUM_AREA, M.AVG_AREA)) == [
        ("住宅", 2, 2, 180.0, 90.0)
    ]
    assert told(town, "Event", D.KIND, measures=(M.AVG_AMOUNT,))[1] == ("case", 1, None)


def test_only_among_the_wanted(town: GraphStore) -> None:
    among = Fragment("MATCH (p:Person {id: $p0})-[:PARTY_TO]->(n:Event)", {"p0": "li"})
    assert told(town, "Event", D.STREET, among=among) == [("StreetA", 1)]
    twice = Fragment("MATCH (p:Person)-[:PARTY_TO]->(n:Event) WHERE n.id = $p0", {"p0": "e2"})
    assert told(town, "Event", D.STREET, among=twice, measures=(M.SUM_AMOUNT,)) == [("StreetA", 1, 30.0)]


def test_more_groups_than_the_limit(town: GraphStore) -> None:
    found = aggregate(town, Aggregate("Event", (D.MONTH,), limit=3))
    assert len(found.groups) == 3
    assert not found.complete
    assert aggregate(town, Aggregate("Event", (D.MONTH,), limit=4)).complete


@pytest.mark.parametrize("label", sorted(DIMENSIONS))
@pytest.mark.parametrize("as_of", [None, MOVED])
def test_every_dimension_and_measure_is_understood(town: GraphStore, label: str, as_of: date | None) -> None:
    total = town.read(f"MATCH (n:{label}) RETURN count(n) AS n")[0]["n"]
    for dimension in sorted(DIMENSIONS[label]):
        found = aggregate(town, Aggregate(label, (dimension,), tuple(sorted(MEASURES[label])), as_of=as_of))
        assert found.groups
        assert sum(group.measures[M.COUNT] or 0 for group in found.groups) >= total - (label == "Event")


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Aggregate("Record", (D.DEPARTMENT,)), QueryInvalid),
        (Aggregate("Person", (D.MONTH,)), QueryInvalid),
        (Aggregate("Person", (D.SEX,), (M.SUM_AREA,)), QueryInvalid),
        (Aggregate("Event", ()), QueryInvalid),
        (Aggregate("Event", (D.DAY, D.DAY)), QueryInvalid),
        (Aggregate("Event", (D.DAY,), limit=0), QueryInvalid),
        (Aggregate("Event", (D.DAY,), limit=1_001), QueryTooComplex),
        (Aggregate("Event", (D.DAY, D.TAG, D.KIND, D.STATUS)), QueryTooComplex),
    ],
)
def test_what_cannot_be_grouped(store: GraphStore, wanted: Aggregate, error: type[Exception]) -> None:
    with pytest.raises(error):
        aggregate(store, wanted)
