"""The little town with what the built-in rules look for, in an embedded database of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.embedded.server import EmbeddedServer
from graph.store import GraphStore
from tests.graph.linking.database import settle
from tests.graph.linking.town import TownBuilder, little_town


def tag_town() -> TownBuilder:
    town = little_town()
    # 402: seven lodgers, five under one head and no kin of his. 403: seven colleagues in a dormitory.
    for door, role in (("g402", "tenant"), ("g403", "dormitory")):
        town.entity("dwelling", door, address=f"青枫区桂花苑4幢1单元{door[1:]}室")
        for number in range(7):
            name = f"{door}_{number}"
            town.entity("person", name, name="孙明", birth_date="1990-02-03")
            town.lives(name, door, since="2025-01-01", role=role)
            if number < 5:
                town.entity("household", f"{door}_h", household_no=f"{door}_h")
                town.relation(
                    "MEMBER_OF",
                    town.record("person", name),
                    town.record("household", f"{door}_h"),
                    relation_to_head="02" if number == 0 else "99",
                )
    # 李秀英 calls three times within a year, 周强 twice and once long before.
    for number, day in enumerate(("2026-04-20", "2026-05-20", "2026-06-20")):
        event = town.event(f"RXL{number}", "hotline_complaints", "complaint", reported_at=f"{day}T09:00:00")
        town.party("person", "li", event, role="complainant", feed="hotline_complaints", key=f"RXL{number}#caller")
    for number, day in enumerate(("2024-12-20", "2026-02-20", "2026-06-20")):
        event = town.event(f"RXZ{number}", "hotline_complaints", "complaint", reported_at=f"{day}T09:00:00")
        town.party("person", "zhou", event, role="complainant", feed="hotline_complaints", key=f"RXZ{number}#caller")
    # The families of 501 and 503 quarrel twice within a year, by different members; 501 and 502 once.
    for name, day, accuser, accused in (
        ("TJA", "2025-10-01", "wang", "zhou"),
        ("TJB", "2026-05-01", "zhou", "li"),
        ("TJC", "2026-05-02", "alone", "li"),
    ):
        case = town.event(name, "grid_mediations", "dispute", occurred_at=day, reported_at=f"{day}T10:00:00")
        town.party("person", accuser, case, role="complainant", feed="grid_mediations", key=f"{name}#party.0")
        town.party("person", accused, case, role="respondent", feed="grid_mediations", key=f"{name}#party.1")
    for number in range(12):
        event = town.event(
            f"JJ{number}", "grid_mediations", "dispute", occurred_at="2026-06-01", reported_at="2026-06-02T09:00:00",
            address="梧桐街道桂花苑4幢",
        )  # fmt: skip
        town.party("person", "boss", event, role="witness", feed="grid_mediations", key=f"JJ{number}#party.0")
    return town


@pytest.fixture(scope="session")
def tag_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    server = EmbeddedServer(tmp_path_factory.mktemp("tags"), "384m")
    try:
        with GraphStore.connect(server.start()) as store:
            settle(store, tag_town())
            yield store
    finally:
        server.stop()
