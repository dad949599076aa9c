# The small graph of conftest.py, with an index made of its nodes, one event number, and a child's name in a record.
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from api.limits import LIMITS
from api.schema.fields import read
from api.schema.reading import Reading
from api.schema.scalars import SCALARS
from api.schema.search import SearchHit, search_field
from core.errors import GraphNotProjected, QueryInvalid, QueryTooComplex
from core.values import value_type
from governance.access import AccessContext, Role
from graph.search import store
from graph.search.store import Mark
from graph.search.terms import LABELS, entries
from services import lookup
from services.app import App
from services.indexing import search_folder
from services.search import Hit, search

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)
_NODES = "MATCH (n) WHERE labels(n)[0] IN $labels RETURN labels(n)[0] AS label, n AS node"


@strawberry.type
class Box:
    search: list[SearchHit] = search_field


SCHEMA = strawberry.Schema(Box, config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS))


_BY_ROAD = "青枫区梧桐街道枫桥社区白鹭路141号翠湖花园4幢1单元602室"
_MORE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Dwelling", {"id": "dwe_road", "address": _BY_ROAD}),
    ("Person", {"id": "per_few", "name": "钱有名", "record_count": 1}),
    ("Person", {"id": "per_many", "name": "钱有名", "record_count": 7}),
)


@pytest.fixture(scope="module")
def town(office: App) -> Iterator[App]:
    for label, props in _MORE:
        office.store.write(f"CREATE (n:{label}) SET n = $props", props=props)
    rows = office.store.read(_NODES, labels=list(LABELS))
    objects = [(row["node"]["id"], entries(row["label"], dict(row["node"]))) for row in rows]
    objects.append(("evt_1", entries("Event", {"record_key": "RX-0001-7", "feed": "hotline_complaints"})))
    objects.append(("per_merged", entries("Person", {"name": "张伟"})))  # the graph has it no more
    store.rebuild(search_folder(office), objects, Mark(1, "x", 0))
    index = office.vault.blind_index(value_type("person_name").key("张小明"), value_type="person_name")
    office.store.write(
        "MATCH (n:Person {id: 'per_m'}) CREATE (r:Record {id: 'rec_m', name_index: $index})-[:DESCRIBES]->(n)",
        index=index,
    )
    yield office
    office.store.write("MATCH (r:Record {id: 'rec_m'}) DETACH DELETE r")
    for label, props in _MORE:
        office.store.write(f"MATCH (n:{label} {{id: $id}}) DETACH DELETE n", id=props["id"])


def told(hits: list[Hit]) -> list[tuple[str, str]]:
    return [(hit.view.id, hit.reason.value) for hit in hits]


def asked(app: App, query: str, **variables: Any) -> dict[str, Any]:
    result = asyncio.run(SCHEMA.execute(query, variables, context_value=Reading(app, READER, LIMITS)))
    assert result.errors is None, result.errors
    data: dict[str, Any] = result.data or {}
    return data


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("张偉", ("per_a", "person_name")),
        ("lina", ("per_b", "pinyin")),
        ("王方", ("per_c", "sound")),
        ("HN-0001", ("hou_1", "number")),
        ("清泉物业", ("org_1", "part")),
        ("RX-0001-7", ("evt_1", "number")),
        ("枫桥新村3幢2单元105", ("dwe_1", "address")),
    ],
)
def test_every_kind_is_found(town: App, text: str, hit: tuple[str, str]) -> None:
    assert told(search(town, READER, text))[0] == hit


def test_identifiers_are_found_whole_and_shown_masked(town: App, citizen_id: str, shared_phone: str, uscc: str) -> None:
    (person,) = search(town, READER, citizen_id)
    assert (person.view.id, person.reason.value, person.matched) == ("per_a", "citizen_id", "citizen_id")
    assert citizen_id not in str(person.view.values)
    assert search(town, READER, citizen_id[:-1]) == []
    spelt = f"+86 {shared_phone[:3]} {shared_phone[3:7]} {shared_phone[7:]}"
    assert sorted(told(search(town, READER, spelt))) == [("per_a", "phone"), ("per_d", "phone")]
    assert told(search(town, READER, uscc)) == [("org_1", "uscc")]


def test_a_child_is_found_by_the_whole_name_alone_and_stays_masked(town: App) -> None:
    (child,) = [hit for hit in search(town, READER, "张小明") if hit.view.id == "per_m"]
    assert (child.reason.value, child.view.values["name"]) == ("record_name", "张**")
    for part in ("张小", "小明", "zhangxiaoming", "zxm", "张晓明", "张**"):
        assert "per_m" not in [hit.view.id for hit in search(town, READER, part)]


def test_what_was_merged_away_is_not_shown(town: App) -> None:
    assert told(search(town, READER, "张伟")) == [("per_a", "person_name")]


def test_a_name_with_an_address_is_one_of_the_namesakes(town: App) -> None:
    for text in ("张伟 枫桥新村", "枫桥新村3栋 张伟"):
        assert told(search(town, READER, text))[0] == ("per_a", "name_and_place")
    assert told(search(town, READER, "张伟 桃源湾")) == []


def test_of_namesakes_whoever_more_records_tell_of_comes_first(town: App) -> None:
    assert [hit.view.id for hit in search(town, READER, "钱有名")] == ["per_many", "per_few"]


def test_a_door_goes_by_its_road_too(town: App) -> None:
    def door(address: str) -> str | None:
        found = lookup.find(town, READER, "dwelling", key=("address", address))
        return found.id if found else None

    assert door("白鹭路141号4幢1单元602") == door("白鹭路141号4栋602室") == "dwe_road"
    for other in ("白鹭路141号4幢1单元603", "白鹭路141号4幢2单元602", "白鹭路141号4幢", "望江街道白鹭路143号4幢602"):
        assert door(other) is None
    folder = search_folder(town)
    aside = folder.rename(folder.with_name("aside"))
    try:
        assert door("白鹭路141号4幢1单元602") is None
    finally:
        aside.rename(folder)


def test_a_reader_from_whom_people_are_withheld_does_not_find_them(town: App) -> None:
    withheld = AccessContext(subject="tester", role=Role.GRID_WORKER, grids=("880102001001-99",))
    assert "per_a" not in [hit.view.id for hit in search(town, withheld, "张伟")]


def test_each_search_leaves_one_audit_line_without_what_was_typed(town: App, citizen_id: str) -> None:
    before = len(list(town.audit.entries()))
    search(town, READER, citizen_id)
    search(town, READER, "没有这个人")
    lines = list(town.audit.entries())[before:]
    assert [(line["action"], line["ids"]) for line in lines] == [("search", ["per_a"]), ("search", [])]
    assert citizen_id not in str(lines)


def test_kinds_and_limits_are_checked(town: App) -> None:
    assert {hit.kind for hit in search(town, READER, "枫桥新村3栋2单元105室", kinds=["dwelling"])} == {"dwelling"}
    assert search(town, READER, "张伟", kinds=["event", "place"]) == []
    with pytest.raises(QueryInvalid, match="没有要找的这一类"):
        search(town, READER, "张伟", kinds=["car"])
    for limit in (0, 101):
        with pytest.raises(QueryTooComplex):
            search(town, READER, "张伟", limit=limit)
    with pytest.raises(QueryInvalid):
        search(town, READER, "张" * 101)


def test_without_an_index_it_says_what_to_do(closed_office: App) -> None:
    with pytest.raises(GraphNotProjected) as caught:
        search(closed_office, READER, "张伟")
    assert "weinao project" in caught.value.advice


def test_graphql_tells_node_reason_and_label(town: App) -> None:
    query = """query($text: String!, $kinds: [SearchKind!]) { search(text: $text, kinds: $kinds, first: 5) {
      score reason reasonLabel matched
      node { __typename ... on Person { id name } ... on Household { id householdNo } ... on Dwelling { id address }
             ... on Organization { id } ... on Event { id kindLabel } ... on Place { id name } } } }"""
    (hit,) = asked(town, query, text="ZHANGWEI")["search"]
    assert hit["node"] == {"__typename": "Person", "id": "per_a", "name": "张伟"}
    assert (hit["reason"], hit["reasonLabel"], hit["matched"]) == ("pinyin", "拼音", "name")
    found = {
        text: asked(town, query, text=text)["search"][0]["node"]["__typename"] for text in ("HN-0001", "RX-0001-7")
    }
    assert found == {"HN-0001": "Household", "RX-0001-7": "Event"}
    assert asked(town, query, text="张伟", kinds=["PLACE"])["search"] == []
