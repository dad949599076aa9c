"""Answers over a real graph: links, dates, masks and exact keys, on the little office of conftest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.ask import ask
from governance.access import AccessContext, Role
from services.app import App

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)
OFFICER = AccessContext(subject="tester", role=Role.GRID_WORKER, purpose="核实住户信息")


def answer(app: App, query: str, reader: AccessContext = READER, **variables: Any) -> dict[str, Any]:
    found = ask(app, reader, query, variables)
    assert "errors" not in found, found
    data: dict[str, Any] = found["data"]
    return data


def test_who_lives_at_a_door_and_which_departments_know_them(office: App, address: str) -> None:
    data = answer(
        office,
        """query($address: String!, $day: Date) { dwelling(address: $address, asOf: $day) {
          id area
          residents { totalCount edges { validFrom sources role node {
            name sexLabel records { edges { probability node { department } } } household { nodes { id } } } } }
          owners { nodes { ... on Person { name } } }
          building { validFrom node { kind name } }
        } }""",
        address=address,
        day="2024-01-01",
    )
    door = data["dwelling"]
    assert door["id"] == "dwe_1"
    assert door["area"] == 88.5
    assert door["residents"]["totalCount"] == 3
    residents = {edge["node"]["name"]: edge for edge in door["residents"]["edges"]}
    assert set(residents) == {"张伟", "李娜", "张**"}
    first = residents["张伟"]
    assert first["validFrom"] == "2020-03-01"
    assert first["sources"] == ["police_population"]
    assert first["node"]["sexLabel"] == "男"
    assert first["node"]["records"] == {"edges": [{"probability": 0.97, "node": {"department": "公安"}}]}
    assert first["node"]["household"] == {"nodes": [{"id": "hou_1"}]}
    assert door["owners"] == {"nodes": [{"name": "张伟"}]}
    assert door["building"]["node"] == {"kind": "building", "name": "3栋"}


def test_who_lived_there_then(office: App) -> None:
    query = 'query($then: Date) { dwelling(id: "dwe_1") { residents(asOf: $then) { totalCount nodes { name } } } }'
    then = answer(office, query, then="2018-06-01")["dwelling"]["residents"]
    assert then == {"totalCount": 1, "nodes": [{"name": "王芳"}]}
    on_the_day_of_the_move = answer(office, query, then="2020-03-01")["dwelling"]["residents"]
    assert on_the_day_of_the_move["totalCount"] == 3
    assert "王芳" not in str(on_the_day_of_the_move)
    ever = answer(office, query, then=None)["dwelling"]["residents"]
    assert ever["totalCount"] == len(ever["nodes"]) == 4


def test_without_a_date_a_query_shows_what_holds_now(office: App) -> None:
    door = answer(office, '{ dwelling(id: "dwe_1") { residents { totalCount nodes { name } } } }')["dwelling"]
    assert door["residents"]["totalCount"] == 3
    assert "王芳" not in str(door)


def test_a_day_to_come_is_refused(office: App) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    for query in (
        'query($day: Date) { dwelling(id: "dwe_1", asOf: $day) { id } }',
        'query($day: Date) { dwelling(id: "dwe_1") { residents(asOf: $day) { totalCount } } }',
        "query($day: Date) { persons(asOf: $day) { totalCount } }",
    ):
        (error,) = ask(office, READER, query, {"day": tomorrow})["errors"]
        assert error["extensions"]["code"] == "WN-AP-002"
        assert "asOf" in error["message"]


def test_a_date_holds_for_all_links_below_until_another_is_given(office: App) -> None:
    data = answer(
        office,
        """{ dwelling(id: "dwe_1", asOf: "2018-06-01") {
          then: residents { nodes { name livesIn { edges { validFrom } } } }
          now: residents(asOf: "2024-01-01") { nodes { name livesIn { edges { validTo } } } }
          ever: residents(asOf: null) { nodes { name livesIn { totalCount } } }
        } }""",
    )["dwelling"]
    assert data["then"] == {"nodes": [{"name": "王芳", "livesIn": {"edges": [{"validFrom": "2015-01-01"}]}}]}
    assert len(data["now"]["nodes"]) == 3
    assert len(data["ever"]["nodes"]) == 4
    # The history goes on below: she who moved out lived here once.
    assert {person["livesIn"]["totalCount"] for person in data["ever"]["nodes"]} == {1}


def test_a_household_and_its_open_events(office: App) -> None:
    data = answer(
        office,
        """{ household(householdNo: "HN-0001") {
          members { edges { relationToHeadLabel node { name kin { edges { kindLabel node { id } } } } } }
          tags { edges { rule version evidence because validFrom node { label bearers { edges { because } } } } }
          openEvents { role node { id statusLabel kindLabel reportedAt
            handledBy { edges { step action from at node { name } } } } }
          dwelling { nodes { id } }
        } }""",
    )["household"]
    members = data["members"]["edges"]
    assert [edge["relationToHeadLabel"] for edge in members] == ["户主", "配偶", "子"]
    assert members[0]["node"]["kin"] == {"edges": [{"kindLabel": "子女", "node": {"id": "per_m"}}]}
    assert members[2]["node"]["kin"] == {"edges": [{"kindLabel": "父母", "node": {"id": "per_a"}}]}
    (tag,) = data["tags"]["edges"]
    words = ["家庭成员 1"]
    assert tag["because"] == words
    assert tag["node"] == {"label": "有幼童家庭", "bearers": {"edges": [{"because": words}]}}
    assert tag["validFrom"] == "2020-03-01"
    assert "per_m" in tag["evidence"]
    (event,) = data["openEvents"]
    assert event["node"]["id"] == "evt_1"
    assert event["node"]["statusLabel"] == "待受理"
    assert event["node"]["reportedAt"] == "2024-06-01T08:00:00+08:00"
    assert event["node"]["handledBy"]["edges"] == [
        {"step": 1, "action": "受理", "from": "12345", "at": "2024-06-01T09:00:00+08:00", "node": {"name": "城管"}}
    ]
    assert data["dwelling"] == {"nodes": [{"id": "dwe_1"}]}


def test_an_organizations_complainants_and_where_they_live(office: App, uscc: str) -> None:
    data = answer(
        office,
        """query($uscc: String!) { organization(uscc: $uscc) { name events { edges { role node {
          locations { nodes { __typename ... on Dwelling { id } ... on Place { name } } }
          parties { edges { role node { __typename
            ... on Person { name livesIn(asOf: "2024-06-01") { nodes { id } } } ... on Organization { name } } } }
        } } } } }""",
        uscc=uscc,
    )["organization"]
    edges = data["events"]["edges"]
    assert [edge["role"] for edge in edges] == ["respondent", "respondent"]
    for edge in edges:
        parties = {party["role"]: party["node"] for party in edge["node"]["parties"]["edges"]}
        assert parties["complainant"]["livesIn"] == {"nodes": [{"id": "dwe_1"}]}
        assert parties["respondent"]["__typename"] == "Organization"
        assert edge["node"]["locations"] == {"nodes": [{"__typename": "Dwelling", "id": "dwe_1"}]}


@pytest.mark.parametrize("spelling", [" {} ", "{}"])
def test_a_person_by_citizen_id(office: App, citizen_id: str, spelling: str) -> None:
    data = answer(office, "query($v: String){person(citizenId: $v){id}}", v=spelling.format(citizen_id))
    assert data["person"] == {"id": "per_a"}


def test_a_shared_phone_asks_for_another_key_and_persons_lists_them(office: App, shared_phone: str) -> None:
    found = ask(office, READER, "query($v: String){person(phone: $v){id}}", {"v": shared_phone})
    (error,) = found["errors"]
    assert found["data"] == {"person": None}
    assert error["extensions"]["code"] == "WN-GR-004"
    assert shared_phone not in str(found)
    listed = answer(office, "query($v: String!){persons(filter: {phone: {eq: $v}}){nodes{id}}}", v=shared_phone)
    assert {person["id"] for person in listed["persons"]["nodes"]} == {"per_a", "per_d"}


def test_persons_by_name_whatever_its_spelling(office: App) -> None:
    assert answer(office, '{persons(filter: {name: {eq: "張偉"}}){nodes{id}}}')["persons"]["nodes"] == [{"id": "per_a"}]
    assert answer(office, '{persons(filter: {name: {eq: "张三"}}){nodes{id}}}')["persons"]["nodes"] == []


def test_any_object_by_its_id(office: App) -> None:
    data = answer(
        office,
        """{ node(id: "dwe_1") { __typename id ... on Dwelling { area } }
          nodes(ids: ["per_a", "per_none", "bld_1"]) { __typename id } }""",
    )
    assert data["node"] == {"__typename": "Dwelling", "id": "dwe_1", "area": 88.5}
    assert data["nodes"] == [{"__typename": "Person", "id": "per_a"}, None, {"__typename": "Place", "id": "bld_1"}]


def test_what_is_unknown_is_null(office: App) -> None:
    data = answer(
        office, '{person(id: "per_none"){id} event(recordKey: "hotline_complaints/none"){id} node(id: "x"){id}}'
    )
    assert data == {"person": None, "event": None, "node": None}


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


def test_one_audit_line_a_read_and_no_value_in_it(office: App, citizen_id: str) -> None:
    before = len(list(office.audit.entries()))
    answer(
        office,
        "query($v: String){person(citizenId: $v){id livesIn{nodes{id residents{nodes{id}}}}}}",
        v=citizen_id,
    )
    answer(office, "query($v: String!){persons(filter: {citizenId: {eq: $v}}){totalCount nodes{id}}}", v=citizen_id)
    lines = list(office.audit.entries())[before:]
    actions = [line["action"] for line in lines]
    assert actions[:3] == ["person.find", "person.livesIn", "dwelling.residents"]
    assert sorted(actions[3:]) == ["person.browse", "person.count"]
    assert citizen_id not in str(lines)


def test_dispute_groups_tell_their_parties(office: App) -> None:
    data = answer(
        office, "{disputeGroups(minEvents: 1){kind label score partyCount eventIds firstAt parties{__typename}}}"
    )
    assert all(group["parties"] for group in data["disputeGroups"])


def test_the_server_answers_what_ask_answers(office: App, office_client: Any) -> None:
    query = '{household(id: "hou_1"){householdNo members{totalCount nodes{name}}}}'
    assert office_client.ask(query) == ask(office, READER, query)
