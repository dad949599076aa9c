"""Reads, writes and transactions, the same on every database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest

from core.errors import StatementRefused
from graph.store import GraphStore


def test_rows_are_plain_python(store: GraphStore) -> None:
    store.write("CREATE (:Tag {id: 'tag_1', name: '独居'})<-[:TAGGED {id: 'rel_1'}]-(:Person {id: 'per_1'})")
    row = store.read(
        "MATCH (p:Person)-[r:TAGGED]->(t:Tag) "
        "RETURN p, r, t.name AS name, [p.id, t.id] AS ids, {a: 1.5, b: null} AS map, "
        "date('2024-02-29') AS day, localdatetime('2024-02-29T01:02:03') AS moment, true AS yes, null AS nothing"
    )[0]
    assert row == {
        "p": {"id": "per_1"},
        "r": {"id": "rel_1"},
        "name": "独居",
        "ids": ["per_1", "tag_1"],
        "map": {"a": 1.5, "b": None},
        "day": date(2024, 2, 29),
        "moment": datetime.fromisoformat("2024-02-29T01:02:03"),
        "yes": True,
        "nothing": None,
    }


def test_a_failing_transaction_leaves_nothing(store: GraphStore) -> None:
    def fail() -> None:
        with store.transaction() as transaction:
            transaction.run("CREATE (:Tag {id: 'tag_1'})")
            assert transaction.run("MATCH (t:Tag) RETURN count(t) AS n") == [{"n": 1}]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.read("MATCH (t:Tag) RETURN count(t) AS n") == [{"n": 0}]


def test_statements_of_a_transaction_take_effect_together(store: GraphStore) -> None:
    with store.transaction() as transaction:
        transaction.execute("CREATE (:Tag {id: 'tag_1'})")
        transaction.execute("CREATE (:Tag {id: 'tag_2'})")
    assert store.read("MATCH (t:Tag) RETURN t.id AS id ORDER BY id") == [{"id": "tag_1"}, {"id": "tag_2"}]


def test_a_refused_statement_has_a_code_and_no_value(store: GraphStore) -> None:
    with pytest.raises(StatementRefused) as caught:
        store.read("MATCH (n {name: $secret} RETURN n", secret="13800000000")
    assert "13800000000" not in str(caught.value)


def test_writers_on_one_counter_lose_nothing(store: GraphStore) -> None:
    store.write("CREATE (:Tag {id: 'tag_1', count: 0})")

    def add(_: int) -> None:
        store.write("MATCH (t:Tag {id: 'tag_1'}) SET t.count = t.count + 1")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(80)))
    assert store.read("MATCH (t:Tag) RETURN t.count AS n") == [{"n": 80}]


def test_threads_share_a_store(store: GraphStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: store.read("RETURN $n AS n", n=n)[0]["n"], range(200)))
    assert found == list(range(200))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE (:Tag {id: 'tag_2'})",
        "MATCH (t:Tag) DETACH DELETE t",
        "MATCH (t:Tag) SET t.name = 'x'",
        "MERGE (:Tag {id: 'tag_2'})",
        "UNWIND [1] AS x CREATE (:Tag {id: 'tag_2'})",
        "CALL { CREATE (t:Tag {id: 'tag_2'}) RETURN t } RETURN t",
        "DROP INDEX tag_name IF EXISTS",
        "CREATE INDEX tag_label IF NOT EXISTS FOR (t:Tag) ON (t.label)",
        " /* MATCH */ CREATE INDEX tag_label IF NOT EXISTS FOR (t:Tag) ON (t.label)",
    ],
)
def test_a_typed_statement_reads_and_never_writes(store: GraphStore, statement: str) -> None:
    store.write("CREATE (:Tag {id: 'tag_1', name: '独居'})")
    indexes = store.read("SHOW INDEXES")
    with pytest.raises(StatementRefused):
        store.inspect(statement)
    assert store.inspect("MATCH (t:Tag) RETURN t") == [{"t": {"id": "tag_1", "name": "独居"}}]
    assert len(store.inspect("show indexes")) == len(indexes)


def test_a_typing_error_is_explained_in_the_words_of_the_database(store: GraphStore) -> None:
    with pytest.raises(StatementRefused, match=r"(?i)mtch|match|syntax|expect"):
        store.inspect("MATCH (t:Tag RETURN t")
