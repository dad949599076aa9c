"""What is asked: the same of every contender, each in its own words, about the same random objects."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import orjson

from graph.store import GraphStore

SAMPLE = 3_000

ONE = "query($id: ID!) { person(id: $id) { id name sex birthDate address phone } }"
ONE_NEO4J = "query($id: ID!) { people(where: {id: {eq: $id}}) { id name sex birthDate address phone } }"
ONE_CYPHER = (
    "MATCH (n:Person {id: $id}) RETURN n.id AS id, n.name AS name, n.sex AS sex, n.birth_date AS birthDate, "
    "n.address AS address, n.phone AS phone"
)

# asOf null: the whole history, as a relationship of @neo4j/graphql has it.
WAY = (
    "query($id: ID!) { person(id: $id, asOf: null) { id livesIn { nodes { id address residents { nodes { id name "
    "sex } } } } } }"
)
WAY_NEO4J = "query($id: ID!) { people(where: {id: {eq: $id}}) { id livesIn { id address residents { id name sex } } } }"

HOUSEHOLD = """query($id: ID!) { dwelling(id: $id) { id address
  residents { edges { role validFrom node { id name sex birthDate phone
    tags { nodes { id label } }
    worksAt { nodes { id name } }
    events(filter: {status: {in: ["open", "processing", "returned"]}}) { nodes { id title status reportedAt } } } } }
  organizations { nodes { id name } }
  households { nodes { id householdNo tags { nodes { id label } } } } } }"""

# The same page for all times, as @neo4j/graphql can have it: without birth dates, which are text where they rest masked
# and moments, which it writes in another form. What is withheld from our reader is left out of theirs.
HOME = """query($id: ID!) { dwelling(id: $id, asOf: null) { id address
  residents { edges { role validFrom node { id name sex phone
    tags { nodes { id label } }
    worksAt { nodes { id name } }
    events(filter: {status: {in: ["open", "processing", "returned"]}}) { nodes { id title status } } } } }
  organizations { nodes { id name } }
  households { nodes { id householdNo tags { nodes { id label } } } } } }"""
HOME_NEO4J = """query($id: ID!) { dwellings(where: {id: {eq: $id}}) { id address
  residentsConnection { edges { properties { role validFrom } node { id name sex phone
    tags(where: {NOT: {level: {in: ["sensitive", "restricted"]}}}) { id label }
    worksAt { id name }
    events(where: {status: {in: ["open", "processing", "returned"]}}) { id title status } } } }
  organizations { id name }
  households { id householdNo tags(where: {NOT: {level: {in: ["sensitive", "restricted"]}}}) { id label } } } }"""

_ADULTS = (
    "MATCH (n:Person) WHERE n.name_sealed IS NULL AND n.birth_date IS NOT NULL AND n.address IS NOT NULL "
    "RETURN n.id AS id, n.birth_date AS born ORDER BY id"
)
_LIVED_IN = "MATCH (d:Dwelling)<-[r:LIVES_IN]-(:Person) WHERE r.valid_to IS NULL RETURN DISTINCT d.id AS id ORDER BY id"


def people(store: GraphStore) -> list[str]:
    """Ids of people whose values no contender has to treat in a special way (a child's birth date is masked)."""
    return _sample([row["id"] for row in store.read(_ADULTS) if isinstance(row["born"], date)])


def dwellings(store: GraphStore) -> list[str]:
    return _sample([row["id"] for row in store.read(_LIVED_IN)])


def bodies(query: str, ids: list[str]) -> list[bytes]:
    return [orjson.dumps({"query": query, "variables": {"id": node_id}}) for node_id in ids]


def facts(answer: Any) -> list[str]:
    """Everything that an answer says, whatever its form: its values as text, sorted, each once."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list):
        return sorted({fact for item in answer for fact in facts(item)})
    return [] if answer is None else [str(answer)]


def _sample(ids: list[str]) -> list[str]:
    return random.Random(7).sample(ids, min(SAMPLE, len(ids)))
