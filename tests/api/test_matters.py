# A graph of its own on the embedded database, written by hand: one leak in building 3 that two neighbours report, one
# of them again, and noise in a compound of another grid, twice as much in the last week as in the one before.
from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from api.ask import ask
from core.settings import Settings
from governance.access import AccessContext, Role
from services.app import App, open_app

DAY = date(2026, 4, 30)
EVERYWHERE = AccessContext(subject="tester", role=Role.ANALYST)
HERE = AccessContext(subject="tester", role=Role.GRID_WORKER, grids=("G1",))

LEAK = (("evt_a", 20, "per_1"), ("evt_b", 19, "per_2"), ("evt_c", 3, "per_1"))
"""Id, days before DAY, caller."""
RELATIONS = (("evt_b", "DUPLICATE_OF", "evt_a", "同一楼栋"), ("evt_c", "FOLLOWS", "evt_a", "同一来电人"))
NOISE = (("now", 6, 3), ("before", 3, 10))
"""Part of the id, how many calls, days before DAY."""

MATTER = """
query($id: ID!, $day: Date) { matter(id: $id, asOf: $day) {
  id callCount callerCount firstAt lastAt calls { relation label to confidence reason event { id category } }
} }"""
TOPICS = """
query($days: Int! = 7, $limit: Int! = 5, $place: ID) { hotTopics(days: $days, limit: $limit, place: $place) {
  title category callCount callerCount matterCount before growth pValue eventIds place { id name }
} }"""


def at(days: int) -> datetime:
    return datetime.combine(DAY - timedelta(days=days), datetime.min.time()) + timedelta(hours=9)


def events() -> Iterator[dict[str, Any]]:
    for name, days, caller in LEAK:
        yield {"id": name, "at": at(days), "category": "渗漏水", "place": "bld_3", "caller": caller}
    for name, count, days in NOISE:
        for number in range(count):
            yield {
                "id": f"evt_{name}{number}",
                "at": at(days - number % 4),
                "category": "噪音扰民",
                "place": "cmp_2",
                "caller": f"per_{number % 4}",
            }


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(Settings(home=tmp_path_factory.mktemp("matters"))) as app:
        app.day_kept = (math.inf, DAY)
        write = app.store.write
        write(
            "CREATE (:Building {id: 'bld_3', name: '3幢'})-[:PART_OF]->(:Compound {id: 'cmp_1', name: '桂花苑'}),"
            "(:Compound {id: 'cmp_2', name: '翠湖花园'}), "
            "(:Grid {id: 'grd_1', code: 'G1'}), (:Grid {id: 'grd_2', code: 'G2'})"
        )
        write("MATCH (b:Building {id: 'bld_3'}), (g:Grid {id: 'grd_1'}) CREATE (b)-[:PART_OF]->(g)")
        write("MATCH (c:Compound {id: 'cmp_2'}), (g:Grid {id: 'grd_2'}) CREATE (c)-[:PART_OF]->(g)")
        write("UNWIND $ids AS id CREATE (:Person {id: id})", ids=[f"per_{number}" for number in range(4)])
        for event in events():
            write(
                "MATCH (p {id: $place}), (c:Person {id: $caller}) "
                "CREATE (e:Event {id: $id, kind: 'complaint', category: $category, reported_at: $at}), "
                "(e)-[:OCCURRED_AT]->(p), (c)-[:PARTY_TO {role: 'complainant'}]->(e)",
                **event,
            )
        for start, relation, end, reason in RELATIONS:
            write(
                f"MATCH (a:Event {{id: $start}}), (b:Event {{id: $end}}) "
                f"CREATE (a)-[:{relation} {{id: $start, confidence: 0.9, reason: $reason, sources: ['derived']}}]->(b)",
                start=start,
                end=end,
                reason=reason,
            )
        yield app


def data(app: App, query: str, reader: AccessContext = EVERYWHERE, **variables: Any) -> Any:
    found = ask(app, reader, query, variables)
    assert "errors" not in found, found
    (answer,) = found["data"].values()
    return answer


def test_a_matter_tells_its_calls_and_what_ties_them(town: App) -> None:
    found = data(town, MATTER, id="mat_a")
    assert (found["id"], found["callCount"], found["callerCount"]) == ("mat_a", 3, 2)
    assert (found["firstAt"][:10], found["lastAt"][:10]) == ("2026-04-10", "2026-04-27")
    told = [(call["event"]["id"], call["label"], call["to"], call["reason"]) for call in found["calls"]]
    assert told == [
        ("evt_a", "首次来电", None, None),
        ("evt_b", "反映同一件事", "evt_a", "同一楼栋"),
        ("evt_c", "跟进前一次来电", "evt_a", "同一来电人"),
    ]


def test_the_id_of_a_call_that_joined_leads_to_the_matter(town: App) -> None:
    assert data(town, MATTER, id="mat_c")["id"] == "mat_a"
    assert data(town, MATTER, id="mat_none") is None


def test_a_day_in_the_past_knows_of_no_later_call(town: App) -> None:
    assert data(town, MATTER, id="mat_a", day="2026-04-11")["callCount"] == 2


def test_an_event_leads_to_its_matter_and_to_the_other_calls(town: App) -> None:
    query = """{ event(id: "evt_a") { matter { id callCount } duplicates { nodes { id } edges { reason } }
                 followedBy { nodes { id } } duplicateOf { nodes { id } } } }"""
    found = data(town, query)
    assert found["matter"] == {"id": "mat_a", "callCount": 3}
    assert found["duplicates"] == {"nodes": [{"id": "evt_b"}], "edges": [{"reason": "同一楼栋"}]}
    assert found["followedBy"]["nodes"] == [{"id": "evt_c"}]
    assert found["duplicateOf"]["nodes"] == []


def test_many_events_ask_once_for_their_matters(town: App) -> None:
    found = data(town, '{ events(filter: {category: {eq: "渗漏水"}}) { nodes { id matter { id } } } }')
    assert {node["id"]: node["matter"]["id"] for node in found["nodes"]} == dict.fromkeys(
        ("evt_a", "evt_b", "evt_c"), "mat_a"
    )


def test_what_has_grown_is_a_hot_topic(town: App) -> None:
    (topic,) = data(town, TOPICS)
    assert topic["title"] == "翠湖花园 噪音扰民（6 起，4 人，较上周 +100%）"
    assert (topic["callCount"], topic["before"], topic["growth"], topic["matterCount"]) == (6, 3, 1, 6)
    assert topic["place"] == {"id": "cmp_2", "name": "翠湖花园"}
    assert topic["pValue"] == pytest.approx(130 / 512)
    assert sorted(topic["eventIds"]) == [f"evt_now{number}" for number in range(6)]


def test_topics_of_a_longer_window_and_of_one_place(town: App) -> None:
    found = {topic["place"]["id"]: topic for topic in data(town, TOPICS, days=30)}
    assert found["bld_3"]["title"].startswith("桂花苑3幢 渗漏水（3 起，2 人，")
    assert found["bld_3"]["matterCount"] == 1
    assert found["cmp_2"]["callCount"] == 9
    assert [topic["place"]["id"] for topic in data(town, TOPICS, days=30, place="cmp_1")] == ["bld_3"]
    assert len(data(town, TOPICS, days=30, limit=1)) == 1


def test_a_reader_of_one_grid_sees_its_calls_alone_and_no_number_of_callers(town: App) -> None:
    found = data(town, TOPICS, HERE, days=30)
    assert [(topic["place"]["id"], topic["callCount"], topic["callerCount"]) for topic in found] == [("bld_3", 3, None)]
    assert "人" not in found[0]["title"]
    assert data(town, MATTER, HERE, id="mat_a")["callerCount"] is None
    assert data(town, MATTER, HERE, id="mat_now0") is None
    assert data(town, '{ event(id: "evt_now0") { matter { id } } }', HERE) is None


def test_a_window_that_cannot_be_is_refused(town: App) -> None:
    for variables in ({"days": 0}, {"days": 93}, {"limit": 1000}):
        assert "errors" in ask(town, EVERYWHERE, TOPICS, variables)


def test_reading_leaves_an_audit_line(town: App) -> None:
    data(town, MATTER, id="mat_a")
    data(town, TOPICS)
    lines = "".join(path.read_text(encoding="utf-8") for path in town.settings.audit_dir.glob("*"))
    assert '"matters.read"' in lines
    assert '"topics"' in lines
