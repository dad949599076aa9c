"""Entities by exact keys: blind indexes of identifiers, names, standard address keys."""

from __future__ import annotations

from functools import lru_cache

from core.errors import EntityUnknown
from graph.reads.model import LABELS, Node, node_of
from graph.store import GraphStore

RECORD_KEYS = frozenset({"citizen_id_index", "phone_index", "name_index", "plate_index", "uscc", "record_key"})
DEFAULT_LIMIT = 100


def find_by_record_key(
    store: GraphStore, index: str, value: str, *, label: str | None = None, limit: int = DEFAULT_LIMIT
) -> list[str]:
    """Ids of the entities whose records bear this key, at most `limit`; of one `label` if given.

    `value` is the blind index of an identifier, a credit code, or a record key, never a citizen id or phone.
    """
    if index not in RECORD_KEYS or (label is not None and label not in LABELS):
        raise EntityUnknown("没有这种查询键")
    return [row["id"] for row in store.read(_by_record_key(index, label), value=value, limit=limit)] if value else []


@lru_cache(maxsize=64)
def _by_record_key(index: str, label: str | None) -> str:
    target = f"(n:{label})" if label else "(n)"
    return (
        f"MATCH (r:Record {{{index}: $value}})-[:DESCRIBES]->{target} "
        "RETURN DISTINCT n.id AS id ORDER BY id LIMIT $limit"
    )


def persons_by_name(
    store: GraphStore, *, name_key: str | None = None, pinyin: str | None = None, limit: int = DEFAULT_LIMIT
) -> list[Node]:
    """Persons by normalised name, or by toneless pinyin joined without blanks (any reading of the surname)."""
    if name_key:
        query = "MATCH (n:Person {name_key: $key}) RETURN n ORDER BY n.id LIMIT $limit"
        rows = store.read(query, key=name_key, limit=limit)
    elif pinyin:
        query = "MATCH (n:Person) WHERE $key IN n.pinyin RETURN n ORDER BY n.id LIMIT $limit"
        rows = store.read(query, key=pinyin.lower().replace(" ", ""), limit=limit)
    else:
        return []
    return [node_of("Person", row["n"]) for row in rows]


def organizations_by_name(store: GraphStore, name_key: str, *, limit: int = DEFAULT_LIMIT) -> list[Node]:
    query = "MATCH (n:Organization {name_key: $key}) RETURN n ORDER BY n.id LIMIT $limit"
    return [node_of("Organization", row["n"]) for row in store.read(query, key=name_key, limit=limit)]


def households_by_number(store: GraphStore, number: str, *, limit: int = DEFAULT_LIMIT) -> list[Node]:
    query = "MATCH (n:Household {household_no: $number}) RETURN n ORDER BY n.id LIMIT $limit"
    return [node_of("Household", row["n"]) for row in store.read(query, number=number, limit=limit)]


def dwellings_by_key(store: GraphStore, dwelling_key: str, *, limit: int = DEFAULT_LIMIT) -> list[Node]:
    """Dwellings by `StandardAddress.dwelling_key`; several where two streets have a compound of the same name.

    A key without a unit also finds the doors of that building that have one.
    """
    if not dwelling_key:
        return []
    query = "MATCH (n:Dwelling {dwelling_key: $key}) RETURN n ORDER BY n.id LIMIT $limit"
    rows = store.read(query, key=dwelling_key, limit=limit)
    if not rows and dwelling_key.count("|") == 3 and not dwelling_key.split("|")[2]:
        compound, building, _, room = dwelling_key.split("|")
        query = (
            "MATCH (n:Dwelling) WHERE n.dwelling_key STARTS WITH $head AND n.room = $room "
            "RETURN n ORDER BY n.id LIMIT $limit"
        )
        rows = store.read(query, head=f"{compound}|{building}|", room=room, limit=limit)
    return [node_of("Dwelling", row["n"]) for row in rows]


def dwellings_by_address(store: GraphStore, address: str, *, limit: int = DEFAULT_LIMIT) -> list[Node]:
    """Dwellings that an address in any spelling leads to; empty when it names no room."""
    from core.values import InvalidValue, StandardAddress

    try:
        key = StandardAddress.parse(address).dwelling_key
    except InvalidValue:
        return []
    return dwellings_by_key(store, key, limit=limit)
