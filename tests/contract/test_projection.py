"""The graph holds what the log says, however the log came to it."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from core.errors import GraphNotProjected
from graph.projection import project, watermark
from graph.store import GraphStore
from tests.contract.log import Log, held, random_log


@pytest.mark.parametrize("batch", [7, 1000])
def test_first_projection_holds_the_latest_state(store: GraphStore, batch: int) -> None:
    log = random_log(1)
    report = project(store, log, batch=batch)
    assert held(store) == log.expected()
    assert report.rebuilt
    assert report.seq == watermark(store).seq == log.newest()  # type: ignore[union-attr]


@pytest.mark.parametrize("batch", [7, 1000])
def test_following_batch_by_batch_equals_a_rebuild(store: GraphStore, batch: int) -> None:
    log = random_log(2)
    for seq in range(1, log.newest() + 1):
        part = log.upto(seq)
        report = project(store, part, batch=batch)
        assert held(store) == part.expected()
        assert report.rebuilt == (seq == 1)
    followed = held(store)
    project(store, log, rebuild=True, batch=batch)
    assert held(store) == followed == log.expected()


def test_a_log_without_news_changes_nothing(store: GraphStore) -> None:
    log = random_log(3)
    project(store, log)
    before = held(store)
    report = project(store, log)
    assert held(store) == before
    assert (report.nodes, report.edges, report.rebuilt) == ({}, {}, False)


def test_an_empty_log_makes_an_empty_graph(store: GraphStore) -> None:
    project(store, Log())
    assert held(store) == {"nodes": {}, "edges": {}}
    assert watermark(store).seq == 0  # type: ignore[union-attr]


def test_an_update_removes_what_is_gone(store: GraphStore) -> None:
    log = Log()
    log.node(1, "create", "Person", "Person:1", name="王芳", birth_date="1990-01-02", education="大学")
    project(store, log)
    log.node(2, "update", "Person", "Person:1", name="王芳", nation="01")
    project(store, log)
    assert store.read("MATCH (n:Person) RETURN n") == [{"n": {"id": "Person:1", "name": "王芳", "nation": "01"}}]


def test_values_keep_type_and_text(store: GraphStore) -> None:
    log = Log()
    text = "“引号'\\反斜杠” 𠮷 é\n第二行 🏠 {id: 1}"
    log.node(
        1,
        "create",
        "Event",
        "Event:1",
        text=text,
        reported_at="2024-03-01T08:09:10",
        occurred_at="2024-02-29",
        amount=12,
        parties_text=["甲", "乙 丙"],
        unforeseen="x",
    )
    log.node(1, "create", "Person", "Person:1", birth_date="1931-12-31", pinyin=["zeng", "ceng"], record_count=3)
    log.edge(1, "create", "PARTY_TO", "rel_1", "Person:1", "Event:1", role="complainant", sources=["a", "b"])
    project(store, log)
    event = store.read("MATCH (e:Event) RETURN e")[0]["e"]
    assert event == {
        "id": "Event:1",
        "text": text,
        "reported_at": datetime.fromisoformat("2024-03-01T08:09:10"),
        "occurred_at": datetime.fromisoformat("2024-02-29"),
        "amount": 12.0,
        "parties_text": ["甲", "乙 丙"],
        "unforeseen": "x",
    }
    assert isinstance(event["amount"], float)
    row = store.read(
        "MATCH (p:Person)-[r:PARTY_TO]->() RETURN p.birth_date AS born, p.pinyin AS pinyin, r.sources AS s"
    )
    assert row == [{"born": date(1931, 12, 31), "pinyin": ["zeng", "ceng"], "s": ["a", "b"]}]


def test_a_masked_date_stays_text_beside_real_ones(store: GraphStore) -> None:
    log = Log()
    log.node(1, "create", "Person", "Person:1", birth_date="2015-**-**")
    log.node(1, "create", "Person", "Person:2", birth_date="1980-05-06")
    project(store, log)
    rows = store.read("MATCH (n:Person) RETURN n.birth_date AS born ORDER BY n.id")
    assert [row["born"] for row in rows] == ["2015-**-**", date(1980, 5, 6)]
    young = store.read("MATCH (n:Person) WHERE n.birth_date < date('2000-01-01') RETURN n.id AS id")
    assert young == [{"id": "Person:2"}]


def test_long_texts_travel_in_smaller_batches(store: GraphStore) -> None:
    log = Log()
    for number in range(12):
        log.node(1, "create", "Event", f"Event:{number}", text="长" * 1_000_000)
    project(store, log, batch=1000)
    assert store.read("MATCH (e:Event) RETURN count(e) AS n, min(size(e.text)) AS size") == [
        {"n": 12, "size": 1_000_000}
    ]


def test_an_edge_without_its_node_is_refused_and_leaves_nothing(store: GraphStore) -> None:
    log = Log()
    log.node(1, "create", "Person", "Person:1")
    project(store, log)
    log.node(2, "create", "Person", "Person:2")
    log.edge(2, "create", "LIVES_IN", "rel_1", "Person:2", "Dwelling:nowhere")
    with pytest.raises(GraphNotProjected) as caught:
        project(store, log)
    assert "--rebuild" in caught.value.advice
    assert held(store)["edges"] == {}
    assert watermark(store).seq == 1  # type: ignore[union-attr]


def test_unknown_label_or_bad_property_name_never_reaches_cypher(store: GraphStore) -> None:
    for label, props in (("Person) DETACH DELETE (n", {}), ("Person", {"a` = 1 //": "x"})):
        log = Log()
        log.node_rows.append((1, "create", label, "x:1", "{}"))
        log.node_state["x:1"] = (label, props)
        with pytest.raises(GraphNotProjected):
            project(store, log, rebuild=True)
        assert held(store)["nodes"] == {}


def test_as_of_finds_who_lived_there_then(store: GraphStore) -> None:
    log = Log()
    log.node(1, "create", "Dwelling", "Dwelling:1")
    stays = {"a": ("2010-01-01", "2015-06-01"), "b": ("2015-06-01", None), "c": (None, "2010-01-01"), "d": (None, None)}
    for name, (begin, end) in stays.items():
        log.node(1, "create", "Person", f"Person:{name}")
        log.edge(1, "create", "LIVES_IN", f"rel_{name}", f"Person:{name}", "Dwelling:1", valid_from=begin, valid_to=end)
    project(store, log)
    query = (
        "MATCH (p:Person)-[r:LIVES_IN]->(:Dwelling {id: 'Dwelling:1'}) "
        "WHERE (r.valid_from IS NULL OR r.valid_from <= $day) AND (r.valid_to IS NULL OR $day < r.valid_to) "
        "RETURN p.id AS id ORDER BY id"
    )
    wanted = {date(2009, 12, 31): "cd", date(2010, 1, 1): "ad", date(2015, 5, 31): "ad", date(2015, 6, 1): "bd"}
    for day, names in wanted.items():
        assert [row["id"] for row in store.read(query, day=day)] == [f"Person:{name}" for name in names]
