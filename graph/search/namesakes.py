"""One of many people of a name, by where they live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.values import InvalidValue, PersonName, StandardAddress
from graph.search.asked import Asked
from graph.store import GraphStore

_NAMESAKES: Final = (
    "MATCH (n:Person {name_key: $name}) WHERE n.address CONTAINS $place OR n.registered_address CONTAINS $place "
    "OR EXISTS { MATCH (n)-[r:LIVES_IN]->(d:Dwelling) WHERE r.valid_to IS NULL AND d.address CONTAINS $place } "
    "RETURN n.id AS id ORDER BY id LIMIT $limit"
)


def name_and_place(asked: Asked) -> Iterator[tuple[str, str]]:
    """(name, place) of a text of several words, the name being the first or the last of them."""
    words = asked.text.split()
    if len(words) < 2 or not asked.hanzi:
        return
    for name, place in ((words[0], words[1:]), (words[-1], words[:-1])):
        try:
            read = PersonName.parse(name)
            where = StandardAddress.parse("".join(place))
        except InvalidValue:
            continue
        if read.surname and len(where.text) >= 2:
            yield read.text, where.text if where.level else where.rest or ""


def namesakes_at(store: GraphStore, name: str, place: str, *, limit: int) -> list[str]:
    """Ids of the people of a name who live or are registered where `place`, as addresses write it, is a part of it."""
    return [row["id"] for row in store.read(_NAMESAKES, name=name, place=place, limit=limit)]
