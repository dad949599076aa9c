"""What somebody who follows is told: objects, events, tags, as the graph shows them.

One home and one server for all (see conftest.py): a real server, a real socket, a real database.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from services.app import App
from services.projecting import apply_changes
from tests.api.changes import PHONE, edge, person, write
from tests.api.subscriptions.server import PERSONS, Server, until

ROOT = Path(__file__).resolve().parents[3]


def test_a_change_is_told_with_the_object_as_the_reader_may_see_it(server: Server, home: App) -> None:
    with server.client() as plain, server.client("opened") as opened:
        for client in (plain, opened):
            client.follow(server, PERSONS, ids=["per_1"])
        write(home, ("update", "Person", "per_1", person(home, "per_1", "张炜")))
        told = plain.told()
        assert told.pop("at").endswith("+08:00")
        node = {"name": "张炜", "phone": "160****5678"}
        assert told == {"id": "per_1", "kind": "PERSON", "change": "CHANGED", "node": node}
        assert opened.told()["node"]["phone"] == PHONE
    until(lambda: not server.follower._followings)


def test_created_merged_and_removed(server: Server, home: App) -> None:
    with server.client() as client:
        client.follow(server, "subscription { entityChanged(kinds: [PERSON]) { id change node { id } } }")
        write(home, *(("create", "Person", f"per_new{n}", person(home, f"per_new{n}", "李新")) for n in (1, 2)))
        created = sorted((client.told() for _ in range(2)), key=lambda told: str(told["id"]))
        assert created[0] == {"id": "per_new1", "change": "CREATED", "node": {"id": "per_new1"}}
        gone = ("delete", "Person", "per_new1", {})
        write(home, gone, ("create", "Redirect", "per_new1", {"target": "per_new2"}))
        assert client.told() == {"id": "per_new1", "change": "MERGED", "node": {"id": "per_new2"}}
        write(home, ("delete", "Person", "per_new2", {}))
        assert client.told() == {"id": "per_new2", "change": "REMOVED", "node": None}


def test_a_relation_changes_both_its_ends_and_a_place_is_not_changed_by_its_homes(server: Server, home: App) -> None:
    with server.client() as client:
        client.follow(server, "subscription { entityChanged { id change node { __typename } } }")
        owns = edge("OWNS", "Person", "per_1", "Dwelling", "dwe_1")
        write(
            home,
            ("create", "Dwelling", "dwe_3", {"address": "新房"}),
            edges=(owns, edge("PART_OF", "Dwelling", "dwe_3", "Building", "bld_1")),
        )
        told = {(each["id"], each["change"]) for each in (client.told() for _ in range(3))}
        assert told == {("per_1", "CHANGED"), ("dwe_1", "CHANGED"), ("dwe_3", "CREATED")}
        assert client.silent()


def test_links_of_the_object_are_read_as_in_a_query(server: Server, home: App) -> None:
    query = (
        'subscription { entityChanged(ids: ["dwe_1"]) { node { ... on Dwelling { residents { nodes { name } } } } } }'
    )
    with server.client() as client:
        client.follow(server, query)
        write(home, ("update", "Dwelling", "dwe_1", {"address": "房1", "area": 60}))
        assert len(client.told()["node"]["residents"]["nodes"]) == 1


def test_tags_come_and_go_and_sensitive_ones_need_a_purpose(server: Server, home: App) -> None:
    query = """subscription($tags: [String!]) {
      tagChanged(tags: $tags) { id change tag { label } node { ... on Person { name } } }
    }"""
    write(home, ("update", "Person", "per_2", person(home, "per_2", "王芳")))
    with server.client() as plain, server.client("opened") as opened:
        plain.follow(server, query)
        opened.follow(server, query, tags=["低保"])
        assert plain.refused(query, tags=["poor"]) == "WN-AC-003"
        for tag in ("quiet", "poor"):
            write(home, edges=(edge("TAGGED", "Person", "per_2", "Tag", f"tag_{tag}", valid_from="2024-01-01"),))
        ended = edge("TAGGED", "Person", "per_2", "Tag", "tag_quiet", "update", valid_to="2024-06-01")
        write(home, edges=(ended,))
        node = {"name": "王芳"}
        assert plain.told() == {"id": "per_2", "change": "CREATED", "tag": {"label": "安静"}, "node": node}
        assert plain.told() == {"id": "per_2", "change": "REMOVED", "tag": {"label": "安静"}, "node": node}
        assert opened.told() == {"id": "per_2", "change": "CREATED", "tag": {"label": "低保"}, "node": node}
        assert plain.silent()
        assert opened.silent()


def test_events_by_kind_and_by_place(server: Server, home: App) -> None:
    query = """subscription($kinds: [String!], $places: [ID!]) {
      eventChanged(kinds: $kinds, places: $places) { id change node { kind } }
    }"""
    with server.client() as here, server.client() as there, server.client() as disputes:
        here.follow(server, query, places=["grd_1"])
        there.follow(server, query, places=["grd_2", "dwe_2"])
        disputes.follow(server, query, kinds=["dispute"])
        for number, kind in ((1, "complaint"), (2, "dispute")):
            happened = edge("OCCURRED_AT", "Event", f"evt_{number}", "Dwelling", f"dwe_{number}")
            write(home, ("create", "Event", f"evt_{number}", {"kind": kind}), edges=(happened,))
        assert here.told() == {"id": "evt_1", "change": "CREATED", "node": {"kind": "complaint"}}
        second = {"id": "evt_2", "change": "CREATED", "node": {"kind": "dispute"}}
        assert there.told() == second
        assert disputes.told() == second
        assert all(client.silent() for client in (here, there, disputes))


def test_nothing_is_told_before_the_graph_shows_it_and_nothing_from_before(server: Server, home: App) -> None:
    write(home, ("update", "Person", "per_1", person(home, "per_1", "从前")))
    with server.client() as client:
        client.follow(server, PERSONS, ids=["per_1"])
        write(home, ("update", "Person", "per_1", person(home, "per_1", "以后")), apply=False)
        assert client.silent()
        apply_changes(home)
        assert client.told()["node"]["name"] == "以后"


def test_what_another_process_does_is_told(server: Server, home: App) -> None:
    program = """
import sys
from pathlib import Path
from core.settings import Settings
from services.app import open_app
from tests.api.changes import person, write
app = open_app(Settings(home=Path(sys.argv[1])), start_database=False)
write(app, ("update", "Person", "per_2", person(app, "per_2", "远方")))
app.close()
"""
    with server.client() as client:
        client.follow(server, PERSONS, ids=["per_2"])
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [sys.executable, "-c", program, str(home.settings.home)], cwd=ROOT, env=environment, check=True, timeout=60
        )
        assert client.told()["node"]["name"] == "远方"
