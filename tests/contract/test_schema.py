"""Constraints and indexes: made once, kept, and used."""

from __future__ import annotations

from datetime import date

import pytest

from core.errors import StatementRefused
from graph.schema import install
from graph.schema.nodes import NODES, Person
from graph.store import GraphStore


def test_installing_twice_changes_nothing(store: GraphStore) -> None:
    def existing() -> list[tuple[object, ...]]:
        return sorted(
            (row["type"], row["labelsOrTypes"], row["properties"])
            for row in store.read("SHOW INDEXES")
            if row["labelsOrTypes"]
        )

    before = existing()
    install(store)
    assert existing() == before
    assert len(store.read("MATCH (v:SchemaVersion) RETURN v")) == 1


def test_an_index_that_was_dropped_comes_back(store: GraphStore) -> None:
    store.run("DROP INDEX person_name_key IF EXISTS")
    install(store)
    assert any(
        row["properties"] == ["name_key"] and row["labelsOrTypes"] == ["Person"] for row in store.read("SHOW INDEXES")
    )


@pytest.mark.parametrize("label", sorted(NODES))
def test_no_id_twice(store: GraphStore, label: str) -> None:
    store.write(f"CREATE (n:{label} {{id: 'x'}})")
    with pytest.raises(StatementRefused) as caught:
        store.write(f"CREATE (n:{label} {{id: 'x'}})")
    assert caught.value.code == "WN-GR-007"
    assert store.read(f"MATCH (n:{label}) RETURN count(n) AS n") == [{"n": 1}]


LOOKUPS = {
    **{label: f"MATCH (n:{label} {{id: $key}}) RETURN n" for label in NODES},
    "citizen id": "MATCH (r:Record {citizen_id_index: $key})-[:DESCRIBES]->(n:Person) RETURN n",
    "phone": "MATCH (r:Record {phone_index: $key})-[:DESCRIBES]->(n:Person) RETURN n",
    "name": "MATCH (n:Person {name_key: $key}) RETURN n",
    "organization name": "MATCH (n:Organization {name_key: $key}) RETURN n",
    "credit code": "MATCH (n:Organization {uscc: $key}) RETURN n",
    "door": "MATCH (n:Dwelling {dwelling_key: $key}) RETURN n",
    "compound": "MATCH (n:Compound {key: $key}) RETURN n",
    "household number": "MATCH (n:Household {household_no: $key}) RETURN n",
}


@pytest.mark.parametrize("lookup", sorted(LOOKUPS))
def test_exact_lookups_seek_an_index(store: GraphStore, lookup: str) -> None:
    plan = store.explain(LOOKUPS[lookup], key="x")
    assert "IndexSeek" in plan, plan
    assert "AllNodesScan" not in plan, plan


def test_neomodel_reads_what_cypher_wrote(store: GraphStore) -> None:
    store.write("CREATE (:Person {id: 'per_1', name: '欧阳修', birth_date: date('1990-01-02'), pinyin: ['ouyang']})")
    person = Person.nodes.get(uid="per_1")
    assert (person.name, person.birth_date, person.pinyin) == ("欧阳修", date(1990, 1, 2), ["ouyang"])
    person.name = "欧阳询"
    person.save()
    assert store.read("MATCH (n:Person) RETURN n.name AS name, n.birth_date AS born") == [
        {"name": "欧阳询", "born": date(1990, 1, 2)}
    ]
