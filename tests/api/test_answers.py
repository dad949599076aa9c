"""Answers over a real graph: links, dates, masks, exact keys, and a number of reads that does not grow with rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api.ask import ask
from governance.access import AccessContext, Role
from graph.store import GraphStore
from services.app import App

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)
OFFICER = AccessContext(subject="tester", role=Role.GRID_WORKER, purpose="核实住户信息")


def answer(app: App, query: str, reader: AccessContext = READER, **variables: Any) -> dict[str, Any]:
    found = ask(app, reader, query, variables)
    assert "errors" not in found, found
    data: dict[str, Any] = found["data"]
    return data


@contextmanager
def counted_reads(app: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    statements: list[str] = []
    plain = GraphStore.read

    def read(store: GraphStore, cypher: str, /, **params: Any) -> list[dict[str, Any]]:
        statements.append(cypher)
        return plain(store, cypher, **params)

    with monkeypatch.context() as patch:
        patch.setattr(GraphStore, "read", read)
        yield statements


def test_who_lives_at_a_door_and_which_departments_know_them(office: App, address: str) -> None:
    data = answer(
        office,
        """query($address: String!, $day: Date) { dwelling(address: $address, asOf: $day) {
          id area
          residents { validFrom sources role node { name sexLabel records { probability node { department } } } }
          owners { node { name } } building { node { kind name } }
        } }""",
        address=address,
        day="2024-01-01",
    )
    door = data["dwelling"]
    assert door["id"] == "dwe_1"
    assert door["area"] == 88.5
    assert {link["node"]["name"] for link in door["residents"]} == {"张伟", "李娜", "张**"}
    first = next(link for link in door["residents"] if link["node"]["name"] == "张伟")
    assert first["validFrom"] == "2020-03-01"
    assert first["sources"] == ["police_population"]
    assert first["node"]["sexLabel"] == "男"
    assert first["node"]["records"] == [{"probability": 0.97, "node": {"department": "公安"}}]
    assert door["owners"] == [{"node": {"name": "张伟"}}]
    assert door["building"] == {"node": {"kind": "building", "name": "3栋"}}


def test_who_lived_there_then(office: App) -> None:
    query = 'query($then: Date) { dwelling(id: "dwe_1") { residents(asOf: $then) { node { name } } } }'
    then = answer(office, query, then="2018-06-01")["dwelling"]["residents"]
    assert then == [{"node": {"name": "王芳"}}]
    on_the_day_of_the_move = answer(office, query, then="2020-03-01")["dwelling"]["residents"]
    assert "王芳" not in str(on_the_day_of_the_move)
    ever = answer(office, query, then=None)["dwelling"]["residents"]
    assert len(ever) == 4


def test_a_date_holds_for_all_links_below_until_another_is_given(office: App) -> None:
    data = answer(
        office,
        """{ dwelling(id: "dwe_1", asOf: "2018-06-01") {
          then: residents { node { name residences { validFrom } } }
          now: residents(asOf: "2024-01-01") { node { name residences { validTo } } }
          ever: residents(asOf: null) { node { name } }
        } }""",
    )["dwelling"]
    assert data["then"] == [{"node": {"name": "王芳", "residences": [{"validFrom": "2015-01-01"}]}}]
    assert len(data["now"]) == 3
    assert len(data["ever"]) == 4


def test_a_household_and_its_open_events(office: App) -> None:
    data = answer(
        office,
        """{ household(householdNo: "HN-0001") {
          members { relationToHeadLabel node { name kin { kindLabel node { id } } } }
          tags { rule version evidence validFrom node { label } }
          openEvents { role node { id statusLabel kindLabel reportedAt handledBy { step action from at node { name } }
          } }
          dwellings { node { id } }
        } }""",
    )["household"]
    assert [link["relationToHeadLabel"] for link in data["members"]] == ["户主", "配偶", "子"]
    assert data["members"][0]["node"]["kin"] == [{"kindLabel": "子女", "node": {"id": "per_m"}}]
    assert data["members"][2]["node"]["kin"] == [{"kindLabel": "父母", "node": {"id": "per_a"}}]
    assert data["tags"][0]["node"] == {"label": "有幼童家庭"}
    (event,) = data["openEvents"]
    assert event["node"]["id"] == "evt_1"
    assert event["node"]["statusLabel"] == "待受理"
    assert event["node"]["reportedAt"] == "2024-06-01T08:00:00+08:00"
    assert event["node"]["handledBy"] == [
        {"step": 1, "action": "受理", "from": "12345", "at": "2024-06-01T09:00:00+08:00", "node": {"name": "城管"}}
    ]
    assert data["dwellings"] == [{"node": {"id": "dwe_1"}}]


def test_an_organizations_complainants_and_where_they_live(office: App, uscc: str) -> None:
    data = answer(
        office,
        """query($uscc: String!) { organization(uscc: $uscc) { name events { role node {
          locations { node { __typename ... on Dwelling { id } ... on Place { name } } }
          parties { role node { __typename
            ... on Person { name residences(asOf: "2024-06-01") { node { id } } } ... on Organization { name } } }
        } } } }""",
        uscc=uscc,
    )["organization"]
    assert [link["role"] for link in data["events"]] == ["respondent", "respondent"]
    for link in data["events"]:
        parties = {party["role"]: party["node"] for party in link["node"]["parties"]}
        assert parties["complainant"]["residences"] == [{"node": {"id": "dwe_1"}}]
        assert parties["respondent"]["__typename"] == "Organization"
        assert link["node"]["locations"] == [{"node": {"__typename": "Dwelling", "id": "dwe_1"}}]


@pytest.mark.parametrize("spelling", [" {} ", "{}"])
def test_a_person_by_citizen_id(office: App, citizen_id: str, spelling: str) -> None:
    data = answer(office, "query($v: String){person(citizenId: $v){id}}", v=spelling.format(citizen_id))
    assert data["person"] == {"id": "per_a"}


def test_a_shared_phone_asks_for_another_key_and_people_lists_them(office: App, shared_phone: str) -> None:
    found = ask(office, READER, "query($v: String){person(phone: $v){id}}", {"v": shared_phone})
    (error,) = found["errors"]
    assert found["data"] == {"person": None}
    assert error["extensions"]["code"] == "WN-GR-004"
    assert shared_phone not in str(found)
    listed = answer(office, "query($v: String){people(phone: $v){id}}", v=shared_phone)["people"]
    assert {person["id"] for person in listed} == {"per_a", "per_d"}


def test_people_by_name_and_page(office: App) -> None:
    assert answer(office, '{people(name: "張偉"){id}}')["people"] == [{"id": "per_a"}]
    assert answer(office, '{people(name: "张伟", offset: 1){id}}')["people"] == []


def test_what_is_unknown_is_null(office: App) -> None:
    data = answer(office, '{person(id: "per_none"){id} event(recordKey: "hotline_complaints/none"){id}}')
    assert data == {"person": None, "event": None}


def test_sensitive_values_are_masked_and_opened_for_a_purpose(office: App, citizen_id: str, shared_phone: str) -> None:
    query = '{a: person(id: "per_a"){name citizenId phone} m: person(id: "per_m"){name birthDate}}'
    masked = answer(office, query)
    assert masked["a"]["name"] == "张伟"
    assert citizen_id not in str(masked)
    assert shared_phone not in str(masked)
    assert "*" in masked["a"]["citizenId"]
    assert "*" in masked["a"]["phone"]
    assert masked["m"] == {"name": "张**", "birthDate": "2018-**-**"}
    opened = answer(office, query, OFFICER)
    assert opened["a"]["citizenId"] == citizen_id
    assert opened["m"]["name"] == "张小明"


@pytest.mark.parametrize("seed", range(2))
def test_reads_do_not_grow_with_rows(office: App, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    name = ("同名甲", "同名乙")[seed]
    people = [{"id": f"per_x{seed}_{i}", "name": name, "name_key": name} for i in range(60)]
    office.store.write(
        "UNWIND $people AS p CREATE (n:Person) SET n = p WITH n MATCH (d:Dwelling {id: 'dwe_1'}) "
        "CREATE (n)-[:OWNS {id: 'OWNS-' + n.id, sources: ['housing_register'], confidence: 0.9}]->(d)",
        people=people,
    )
    counts = []
    for limit in (1, 10, 60):
        with counted_reads(office, monkeypatch) as statements:
            data = answer(
                office,
                """query($name: String!, $limit: Int!) { people(name: $name, limit: $limit) {
                  owns { node { id residents { node { id tags { node { id } } records { node { id } } } } } }
                } }""",
                name=name,
                limit=limit,
            )
        assert len(data["people"]) == limit
        assert all(person["owns"][0]["node"]["id"] == "dwe_1" for person in data["people"])
        counts.append(len(statements))
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] <= 8


def test_one_audit_line_a_read_and_no_value_in_it(office: App, citizen_id: str) -> None:
    before = len(list(office.audit.entries()))
    answer(
        office, "query($v: String){person(citizenId: $v){id residences{node{id residents{node{id}}}}}}", v=citizen_id
    )
    lines = list(office.audit.entries())[before:]
    assert [line["action"] for line in lines] == ["person.find", "person.livesIn", "dwelling.residents"]
    assert citizen_id not in str(lines)


def test_dispute_groups_tell_their_parties(office: App) -> None:
    data = answer(
        office, "{disputeGroups(minEvents: 1){kind label score partyCount eventIds firstAt parties{__typename}}}"
    )
    assert all(group["parties"] for group in data["disputeGroups"])


def test_the_server_answers_what_ask_answers(office: App, office_client: Any) -> None:
    query = '{household(id: "hou_1"){householdNo members{node{name}}}}'
    assert office_client.ask(query) == ask(office, READER, query)
