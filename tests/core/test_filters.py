"""The parser of the filter language: what it takes becomes the right tree; every fault is told with its place.

Fixture strategy: none; filters are written out, and made at random from JSON values where any input will do.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue.links import LINKS, links_of
from core.errors import FilterInvalid
from core.filters import (
    AllOf,
    Along,
    AnyOf,
    Count,
    EdgeTest,
    Not,
    Op,
    Ratio,
    Same,
    Shares,
    ValueKind,
    attributes,
    conditions,
    edge_attributes,
    parse,
)
from core.filters import (
    Test as Comparison,
)
from core.filters.parse import MAX_DEPTH, MAX_LIST, MAX_TERMS, OPERATORS

Raw = dict[str, Any]


def person(name: str) -> Any:
    return attributes("Person")[name]


# --- what is taken -------------------------------------------------------------------------------------------


def test_nothing_asked_is_true_of_all() -> None:
    assert parse("Person", {}) == AllOf(())


def test_members_of_an_object_must_all_be_true() -> None:
    found = parse("Person", {"age": {"gte": 60, "lt": 70}, "sex": {"eq": "女"}})
    assert found == AllOf(
        (
            AllOf((Comparison(person("age"), Op.GTE, 60), Comparison(person("age"), Op.LT, 70))),
            Comparison(person("sex"), Op.EQ, "2"),
        )
    )


def test_a_code_may_be_written_as_its_label() -> None:
    assert parse("Person", {"sex": {"in": ["男", "2"]}}) == Comparison(person("sex"), Op.IN, ("1", "2"))


def test_dates_become_dates() -> None:
    assert parse("Person", {"birthDate": {"lte": "1960-02-29"}}) == Comparison(
        person("birthDate"), Op.LTE, date(1960, 2, 29)
    )


def test_alternatives_and_complements() -> None:
    found = parse("Person", {"or": [{"age": {"gte": 80}}, {"not": {"livesIn": {}}}], "and": []})
    home = links_of("Person")["livesIn"]
    age = Comparison(person("age"), Op.GTE, 80)
    assert found == AllOf((AnyOf((age, Not(Along(home, AllOf(()))))), AllOf(())))


def test_a_link_asks_of_its_end_and_of_its_relation() -> None:
    found = parse(
        "Person", {"livesIn": {"usage": {"eq": "住宅"}, "edge": {"role": {"in": ["tenant"]}, "anyTime": True}}}
    )
    role = Comparison(edge_attributes()["role"], Op.IN, ("tenant",))
    usage = Comparison(attributes("Dwelling")["usage"], Op.EQ, "住宅")
    assert found == Along(links_of("Person")["livesIn"], usage, EdgeTest((role,), any_time=True))


def test_where_a_link_has_several_ends_the_end_is_named() -> None:
    found = parse("Event", {"parties": {"person": {"age": {"lt": 18}}, "edge": {"asOf": "2020-01-01"}}})
    edge = EdgeTest(as_of=date(2020, 1, 1))
    assert found == Along(links_of("Event")["parties"], Comparison(person("age"), Op.LT, 18), edge, "Person")


def test_a_count_follows_a_path_and_asks_of_its_last_step() -> None:
    found = parse("Household", {"count": {"of": "members.events", "where": {"kind": {"eq": "投诉"}}, "gte": 2}})
    kind = Comparison(attributes("Event")["kind"], Op.EQ, "complaint")
    assert found == Count((links_of("Household")["members"], links_of("Person")["events"]), Op.GTE, 2, kind)


def test_several_counts_are_a_list() -> None:
    found = parse("Dwelling", {"count": [{"of": "residents", "eq": 0}, {"of": "registered", "gte": 1}]})
    assert isinstance(found, AllOf)
    assert [type(part) for part in found.parts] == [Count, Count]


def test_ratio_and_shares() -> None:
    ratio = parse("Compound", {"ratio": {"of": {"of": "events"}, "per": {"of": "dwellings"}, "gt": 0.05}})
    assert isinstance(ratio, Ratio)
    assert (ratio.op, ratio.value) == (Op.GT, 0.05)
    links = links_of("Person")["events"], links_of("Event")["parties"]
    assert parse("Person", {"shares": {"through": "events", "to": "parties"}}) == Shares((links[0],), (links[1],), 2)


def test_tags_and_records_in_short() -> None:
    found = parse("Person", {"has": {"tag": "独居老人", "record": "grid_visits"}})
    feed = Comparison(attributes("Record")["feed"], Op.EQ, "grid_visits")
    tag = attributes("Tag")
    named = AnyOf((Comparison(tag["name"], Op.EQ, "独居老人"), Comparison(tag["label"], Op.EQ, "独居老人")))
    links = links_of("Person")
    assert found == AllOf((Along(links["tags"], named), Along(links["records"], feed)))


def test_self_and_what_stands_below() -> None:
    found = parse("Person", {"livesIn": {"residents": {"not": {"self": True}}}})
    assert [type(part) for part in conditions(found)] == [Along, Along, Not, Same]


@pytest.mark.parametrize(("label", "name"), sorted(LINKS))
def test_every_link_can_be_asked_for(label: str, name: str) -> None:
    assert parse(label, {name: {}}) == Along(LINKS[label, name], AllOf(()))
    assert parse(label, {"count": {"of": name, "gte": 2}}) == Count((LINKS[label, name],), Op.GTE, 2)


def test_sealed_values_can_be_asked_for_exactly_or_not_at_all() -> None:
    kinds = {attribute.kind for attribute in attributes("Person").values() if attribute.level.sealed}
    assert kinds == {ValueKind.BLIND, ValueKind.SECRET}
    for kind in kinds:
        assert not {Op.STARTS, Op.CONTAINS, Op.GT, Op.LT} & set(OPERATORS[kind])
    assert {"health", "text"} & (attributes("Person").keys() | attributes("Event").keys()) == set()


# --- what is refused, and where ------------------------------------------------------------------------------

FAULTS: dict[str, tuple[str, Any, str]] = {
    "not an object": ("Person", [], "filter："),
    "nothing": ("Person", None, "filter："),
    "a key that is no text": ("Person", {1: {}}, "filter："),
    "unknown member": ("Person", {"height": {"gt": 1}}, "filter.height："),
    "unknown label": ("Alien", {"name": {"eq": "王"}}, "filter.name："),
    "sealed text": ("Event", {"text": {"contains": "王"}}, "filter.text："),
    "no comparison": ("Person", {"age": {}}, "filter.age："),
    "bare value": ("Person", {"age": 60}, "filter.age："),
    "unknown comparison": ("Person", {"age": {"between": 1}}, "filter.age.between："),
    "a comparison of another kind": ("Person", {"sex": {"gt": "1"}}, "filter.sex.gt："),
    "part of a sealed value": ("Person", {"phone": {"startsWith": "139"}}, "filter.phone.startsWith："),
    "age as text": ("Person", {"age": {"gt": "60"}}, "filter.age："),
    "age as truth": ("Person", {"age": {"gt": True}}, "filter.age："),
    "age with a fraction": ("Person", {"age": {"gt": 60.5}}, "filter.age："),
    "age below 0": ("Person", {"age": {"gt": -1}}, "filter.age："),
    "huge age": ("Person", {"age": {"gt": 10**30}}, "filter.age："),
    "huge number": ("Event", {"amount": {"gt": 10**400}}, "filter.amount："),
    "no number": ("Event", {"amount": {"gt": float("nan")}}, "filter.amount："),
    "infinite": ("Event", {"amount": {"lt": float("inf")}}, "filter.amount："),
    "number as text": ("Event", {"amount": {"gt": "1"}}, "filter.amount："),
    "unknown code": ("Person", {"sex": {"eq": "妖"}}, "filter.sex："),
    "no date": ("Person", {"birthDate": {"gt": "昨天"}}, "filter.birthDate："),
    "no such day": ("Person", {"birthDate": {"gt": "2023-02-29"}}, "filter.birthDate："),
    "date as number": ("Person", {"birthDate": {"gt": 20230101}}, "filter.birthDate："),
    "days below 0": ("Event", {"reportedAt": {"withinDays": -1}}, "filter.reportedAt："),
    "too many days": ("Event", {"reportedAt": {"olderThanDays": 10**9}}, "filter.reportedAt："),
    "days with a fraction": ("Event", {"reportedAt": {"withinDays": 1.5}}, "filter.reportedAt："),
    "isNull of a text": ("Person", {"name": {"isNull": "true"}}, "filter.name："),
    "empty text": ("Person", {"name": {"eq": "  "}}, "filter.name："),
    "long text": ("Person", {"name": {"eq": "王" * 201}}, "filter.name："),
    "control character": ("Person", {"name": {"eq": "王\x00芳"}}, "filter.name："),
    "turned text": ("Person", {"name": {"eq": "王\u202e芳"}}, "filter.name："),
    "half a character": ("Person", {"name": {"eq": "王\ud800"}}, "filter.name："),
    "text as list": ("Person", {"name": {"eq": ["王芳"]}}, "filter.name："),
    "list as text": ("Person", {"name": {"in": "王芳"}}, "filter.name："),
    "empty list": ("Person", {"name": {"in": []}}, "filter.name："),
    "long list": ("Person", {"name": {"in": ["王"] * (MAX_LIST + 1)}}, "filter.name："),
    "list in a list": ("Person", {"name": {"in": [["王"]]}}, "filter.name："),
    "and of an object": ("Person", {"and": {}}, "filter.and："),
    "or of a value": ("Person", {"or": [{"age": {"gt": 1}}, 7]}, "filter.or[1]："),
    "not of a list": ("Person", {"not": []}, "filter.not："),
    "self is false": ("Person", {"livesIn": {"residents": {"self": False}}}, "filter.livesIn.residents.self："),
    "deep in it": ("Person", {"livesIn": {"compound": {"nam": {"eq": "西苑"}}}}, "filter.livesIn.compound.nam："),
    "link of another kind": ("Household", {"livesIn": {}}, "filter.livesIn："),
    "relation of a tree": ("Dwelling", {"compound": {"edge": {"anyTime": True}}}, "filter.compound.edge："),
    "unknown of a relation": ("Person", {"livesIn": {"edge": {"share": {"eq": "1"}}}}, "filter.livesIn.edge.share："),
    "any time is false": ("Person", {"livesIn": {"edge": {"anyTime": False}}}, "filter.livesIn.edge.anyTime："),
    "as of no day": ("Person", {"livesIn": {"edge": {"asOf": "now"}}}, "filter.livesIn.edge.asOf："),
    "end that is not named": ("Event", {"parties": {"age": {"gt": 1}}}, "filter.parties.age："),
    "has nothing": ("Person", {"has": {}}, "filter.has："),
    "has what there is not": ("Person", {"has": {"alert": "x"}}, "filter.has.alert："),
    "count of nothing": ("Person", {"count": {"gte": 1}}, "filter.count.of："),
    "count without number": ("Person", {"count": {"of": "events"}}, "filter.count："),
    "count with two": ("Person", {"count": {"of": "events", "gt": 1, "lt": 3}}, "filter.count："),
    "count below 0": ("Person", {"count": {"of": "events", "gt": -1}}, "filter.count.gt："),
    "count of a part": ("Person", {"count": {"of": "events", "gt": 0.5}}, "filter.count.gt："),
    "huge count": ("Person", {"count": {"of": "events", "gt": 10**10}}, "filter.count.gt："),
    "broken path": ("Person", {"count": {"of": "events.livesIn", "gt": 1}}, "filter.count.of："),
    "long path": ("Person", {"count": {"of": ".".join(["kin"] * 6), "gt": 1}}, "filter.count.of："),
    "no counts": ("Person", {"count": []}, "filter.count："),
    "asked of several kinds": ("Event", {"count": {"of": "parties", "where": {}, "gt": 1}}, "filter.count.where："),
    "ratio without per": ("Compound", {"ratio": {"of": {"of": "events"}, "gt": 1}}, "filter.ratio.per："),
    "compared inside a ratio": (
        "Compound",
        {"ratio": {"of": {"of": "events", "gt": 1}, "per": {"of": "dwellings"}, "gt": 1}},
        "filter.ratio.of：",
    ),
    "ratio with no number": (
        "Compound",
        {"ratio": {"of": {"of": "events"}, "per": {"of": "dwellings"}, "gt": float("nan")}},
        "filter.ratio.gt：",
    ),
    "shares that do not come back": (
        "Person",
        {"shares": {"through": "livesIn", "to": "owners.owns"}},
        "filter.shares.to：",
    ),
    "shares of none": ("Person", {"shares": {"through": "events", "to": "parties", "atLeast": 0}}, "filter.shares："),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_place(name: str) -> None:
    label, raw, place = FAULTS[name]
    with pytest.raises(FilterInvalid) as told:
        parse(label, raw)
    assert told.value.message.startswith(place)


def test_values_stay_out_of_messages() -> None:
    secret = "110101199003070011"
    for raw in (
        {"citizenId": {"startsWith": secret}},
        {"age": {"gt": secret}},
        {"birthDate": {"gt": secret}},
        {"sex": {"eq": secret}},
        {secret: {"eq": 1}},
        {"livesIn": {"王芳": {}}},
        {"has": {"王芳": secret}},
        {"name": {secret: "王芳"}},
    ):
        with pytest.raises(FilterInvalid) as told:
            parse("Person", raw)
        assert secret not in str(told.value)
        assert "王芳" not in str(told.value)


# --- limits --------------------------------------------------------------------------------------------------

_ONE: Raw = {"age": {"gte": 60}}
_MANY: dict[str, Raw] = {
    "alternatives": {"or": [_ONE] * 10_000},
    "nothing asked": {"or": [{}] * 10_000},
    "counts": {"count": [{"of": "events", "gte": 1}] * 10_000},
    "ratios": {"ratio": [{"of": {"of": "events"}, "per": {"of": "kin"}, "gte": 1}] * 10_000},
    "shares": {"shares": [{"through": "events", "to": "parties"}] * 10_000},
    "nested": {"and": [{"or": [_ONE] * 100}] * 100},
}


@pytest.mark.parametrize("name", _MANY)
def test_too_many_terms_are_refused_at_once(name: str) -> None:
    started = time.process_time()
    with pytest.raises(FilterInvalid, match=str(MAX_TERMS)):
        parse("Person", _MANY[name])
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize("word", ["not", "and", "livesIn.residents"])
def test_deep_nesting_is_refused(word: str) -> None:
    def nested(levels: int) -> Raw:
        raw: Raw = {}
        for _ in range(levels):
            for key in reversed(word.split(".")):
                raw = {key: [raw]} if key == "and" else {key: raw}
        return raw

    with pytest.raises(FilterInvalid, match=f"超过 {MAX_DEPTH} 层"):
        parse("Person", nested(5_000))
    steps = len(word.split("."))
    parse("Person", nested((MAX_DEPTH - 1) // steps))


_WORDS = ("and", "or", "not", "has", "count", "ratio", "shares", "self", "of", "per", "where", "edge", "through", "to")
_NAMES = (*attributes("Person"), *links_of("Person"), *links_of("Dwelling"), *Op, *_WORDS, "tag", "anyTime", "asOf")
_KEYS = st.sampled_from(_NAMES) | st.text(max_size=5)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=20,
)


@given(st.sampled_from(["Person", "Dwelling", "Event", "Compound", "Record"]), _JSON)
def test_whatever_comes_is_a_filter_or_a_fault(label: str, raw: Any) -> None:
    """Nothing else is raised, however odd the value."""
    try:
        found = parse(label, raw)
    except FilterInvalid:
        return
    assert isinstance(raw, dict)
    assert next(iter(conditions(found))) is found
