"""Groups over GraphQL, on the small graph of `conftest`: filtered, confined to what the reader may see, audited."""

from __future__ import annotations

from typing import Any

from api.ask import ask
from api.schema.aggregates import GroupBy, GroupOrder
from governance.access import AccessContext, Role
from services.aggregates import Dimension, Order
from services.app import App

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)
ELSEWHERE = AccessContext(subject="tester", role=Role.GRID_WORKER, grids=("no-such-grid",))

EVENTS = """query($by: [GroupBy!]!, $filter: EventFilter, $order: GroupOrder! = LARGEST, $day: Date) {
  eventGroups(by: $by, filter: $filter, order: $order, asOf: $day) {
    complete groups { count ...more keys { dimension value label } }
  }
}
fragment more on Group { parties dwellings sumAmount avgAmount }"""


def groups(app: App, query: str, reader: AccessContext = READER, **variables: Any) -> list[dict[str, Any]]:
    found = ask(app, reader, query, variables)
    assert "errors" not in found, found
    (answer,) = found["data"].values()
    assert answer["complete"]
    told: list[dict[str, Any]] = answer["groups"]
    return told


def code_of(app: App, query: str, reader: AccessContext = READER, **variables: Any) -> str:
    return str(ask(app, reader, query, variables)["errors"][0]["extensions"]["code"])


def test_complaints_by_status_in_words(office: App) -> None:
    found = groups(office, EVENTS, by=["KIND", "STATUS"], order="KEY")
    assert [[key["label"] for key in group["keys"]] for group in found] == [["投诉", "已办结"], ["投诉", "待受理"]]
    assert found[0]["keys"][1] == {"dimension": "STATUS", "value": "closed", "label": "已办结"}
    assert [(group["count"], group["parties"], group["dwellings"]) for group in found] == [(1, 2, 1), (1, 2, 1)]
    assert (found[0]["sumAmount"], found[0]["avgAmount"]) == (0, None)


def test_a_series_in_time_up_to_a_day(office: App) -> None:
    told = {group["keys"][0]["label"]: group["count"] for group in groups(office, EVENTS, by=["WEEK"], order="KEY")}
    assert told == {"2024-05-27 起一周": 2}
    before = groups(office, EVENTS, by=["DAY"], day="2024-06-01")
    assert [(group["keys"][0]["value"], group["count"]) for group in before] == [("2024-06-01", 1)]


def test_only_what_fulfils_a_filter(office: App) -> None:
    found = groups(office, EVENTS, by=["STATUS"], filter={"status": {"ne": "closed"}})
    assert [(group["keys"][0]["value"], group["count"]) for group in found] == [("open", 1)]


def test_what_is_not_asked_is_not_measured(office: App) -> None:
    (found,) = groups(office, "{ eventGroups(by: [YEAR]) { complete groups { count keys { label } } } }")
    assert found == {"count": 2, "keys": [{"label": "2024 年"}]}


def test_people_homes_and_organizations(office: App) -> None:
    sexes = groups(office, "{ personGroups(by: [SEX]) { complete groups { count keys { value label } } } }")
    assert {(one["keys"][0]["label"], one["count"]) for one in sexes} == {("男", 1), ("女", 1), ("（不详）", 3)}
    tagged = groups(office, "{ personGroups(by: [TAG]) { complete groups { count keys { value label } } } }")
    assert [(one["keys"][0]["label"], one["count"]) for one in tagged] == [("（无标签）", 5)]
    homes = groups(office, "{ dwellingGroups(by: [USAGE]) { complete groups { count persons sumArea } } }")
    assert homes == [{"count": 1, "persons": 3, "sumArea": 88.5}]
    assert groups(office, "{ organizationGroups(by: [STREET]) { complete groups { count } } }") == [{"count": 1}]


def test_who_is_bound_to_a_grid_counts_what_lies_there(office: App) -> None:
    plain = "{ eventGroups(by: [YEAR]) { complete groups { count } } }"
    assert groups(office, plain, ELSEWHERE) == []
    assert code_of(office, EVENTS, ELSEWHERE, by=["YEAR"]) == "WN-AC-001"


def test_a_count_leaves_a_line_without_ids(office: App) -> None:
    before = len(list(office.audit.entries()))
    groups(office, EVENTS, by=["KIND"])
    (line,) = list(office.audit.entries())[before:]
    assert (line["action"], line["ids"]) == ("event.aggregate", [])


def test_what_cannot_be_asked(office: App) -> None:
    assert code_of(office, EVENTS, by=["SEX"]) == "WN-AP-002"
    assert code_of(office, EVENTS, by=[]) == "WN-AP-002"
    assert code_of(office, EVENTS, by=["YEAR", "MONTH", "DAY", "KIND"]) == "WN-AP-001"
    assert code_of(office, "{ eventGroups(by: [DAY], limit: 1001) { complete } }") == "WN-AP-001"
    assert code_of(office, "{ personGroups(by: [SEX]) { groups { sumArea } } }") == "WN-AP-002"


def test_every_group_has_its_word() -> None:
    assert {each.value for each in GroupBy} == {each.value for each in Dimension}
    assert {each.value for each in GroupOrder} == {each.value for each in Order}
