"""Calls of different requests that wait at the same time run as one, and nobody notices but the database.

The database is the embedded one over the hand-written graph of conftest; what it is asked is counted on its way.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.coalescing import Coalescer
from core.errors import HomeNotWritable, QueryInvalid
from governance.access import AccessContext, Role
from services import lookup
from services.ahead import Follow, Tree, only, read_ahead
from services.app import App

PLAIN = AccessContext("tester", Role.GRID_WORKER)
STATED = AccessContext("visitor", Role.GRID_WORKER, purpose="走访")


def link(source: str, name: str) -> Tree:
    return only(Follow(source, name, None, 100))


def ends(found: Any) -> dict[str, int]:
    (links,) = found.values()
    return {node_id: len(each) for node_id, each in links.items()}


@pytest.fixture
def statements(office: App, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that the database is asked, as they come."""
    asked: list[str] = []
    read = office.store.read

    def counted(cypher: str, /, **params: Any) -> list[dict[str, Any]]:
        asked.append(cypher)
        return read(cypher, **params)

    monkeypatch.setattr(office.store, "read", counted)
    return asked


def together(office: App, calls: Callable[[Coalescer], list[Awaitable[Any]]]) -> list[Any]:
    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*calls(Coalescer(office)), return_exceptions=True)

    return asyncio.run(all_of_them())


def test_calls_that_wait_together_are_one_statement(office: App, statements: list[str]) -> None:
    ids = ["per_a", "per_b", "per_c", "per_a"]
    found = together(office, lambda join: [join.call(lookup.find, PLAIN, "person", id=node_id) for node_id in ids])
    assert [view.values["name"] for view in found] == ["张伟", "李娜", "王芳", "张伟"]
    assert len(statements) == 1


def test_each_reader_gets_what_that_reader_may_see(office: App) -> None:
    plain, stated = together(
        office, lambda join: [join.call(lookup.find, reader, "person", id="per_b") for reader in (PLAIN, STATED)]
    )
    assert plain.values["phone"] == "161****4321"
    assert stated.values["phone"] == "16187654321"


def test_each_call_leaves_its_own_audit_line(office: App) -> None:
    before = len(list(office.audit.entries()))
    together(
        office,
        lambda join: [
            join.call(read_ahead, PLAIN, link("Dwelling", "residents"), "Dwelling", ["dwe_1"]),
            join.call(read_ahead, STATED, link("Dwelling", "residents"), "Dwelling", ["dwe_nowhere"]),
        ],
    )
    lines = list(office.audit.entries())[before:]
    assert [(line["subject"], line["purpose"], line["ids"]) for line in lines] == [
        ("tester", None, ["per_a", "per_b", "per_c", "per_m"]),
        ("visitor", "走访", []),
    ]
    assert office.audit.verify() == []


def test_links_of_several_readers_are_one_statement(office: App, statements: list[str]) -> None:
    found = together(
        office,
        lambda join: [
            join.call(read_ahead, PLAIN, link("Person", "livesIn"), "Person", ids)
            for ids in (["per_a"], ["per_c", "per_a"], ["x"])
        ],
    )
    assert [ends(each) for each in found] == [
        {"per_a": 1},
        {"per_c": 1, "per_a": 1},
        {"x": 0},
    ]
    assert len(statements) == 1


def test_what_one_call_breaks_fails_that_call_alone(office: App) -> None:
    ids = ["per_a", "\ud800", "per_b"]  # half a character, which no statement can carry
    found = together(office, lambda join: [join.call(lookup.find, PLAIN, "person", id=node_id) for node_id in ids])
    assert [type(each).__name__ for each in found] == ["View", "UnicodeEncodeError", "View"]


def test_wrong_arguments_are_told_to_whoever_gave_them(office: App) -> None:
    wrong, right = together(
        office, lambda join: [join.call(lookup.find, PLAIN, "place", id=place) for place in ("per_a", "bld_1")]
    )
    assert isinstance(wrong, QueryInvalid)
    assert right.values["name"] == "3栋"


def test_a_call_that_gives_up_leaves_the_others_their_answers(office: App) -> None:
    async def one_gives_up() -> list[Any]:
        join = Coalescer(office)
        calls = [
            asyncio.ensure_future(join.call(lookup.find, PLAIN, "person", id=node_id)) for node_id in ("per_a", "per_b")
        ]
        await asyncio.sleep(0)  # both wait now
        calls[0].cancel()
        return await asyncio.gather(*calls, return_exceptions=True)

    gone, answered = asyncio.run(one_gives_up())
    assert isinstance(gone, asyncio.CancelledError)
    assert answered.values["name"] == "李娜"


def test_a_read_that_cannot_be_audited_is_answered_to_nobody(office: App, tmp_path: Any, monkeypatch: Any) -> None:
    blocked = tmp_path / "audit"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setattr(office.audit, "_folder", blocked)
    found = together(office, lambda join: [join.call(lookup.find, PLAIN, "person", id=i) for i in ("per_a", "per_b")])
    assert [type(each) for each in found] == [HomeNotWritable, HomeNotWritable]


def test_other_services_run_as_they_are(office: App) -> None:
    (found,) = together(office, lambda join: [join.call(lookup.find, PLAIN, "person", key=("phone", "16187654321"))])
    assert found is None  # the graph above indexes no such phone


def test_event_loops_may_take_turns(office: App) -> None:
    """As the clients of these tests do; a server has one loop."""
    join = Coalescer(office)
    trees = [link("Person", name) for name in ("livesIn", "kin", "tags", "events", "owns", "household")]

    async def many() -> int:
        found = await asyncio.gather(*(join.call(read_ahead, PLAIN, tree, "Person", ["per_a"]) for tree in trees))
        return sum(ends(each)["per_a"] for each in found)

    assert [asyncio.run(many()) for _ in range(3)] == [6, 6, 6]


def test_a_slow_statement_keeps_others_only_for_a_moment(office: App, monkeypatch: pytest.MonkeyPatch) -> None:
    read, slow = office.store.read, threading.Event()

    def slowed(cypher: str, /, **params: Any) -> list[dict[str, Any]]:
        if "KIN" in cypher or "OWNS" in cypher or "TAGGED" in cypher:
            assert slow.wait(30)
        return read(cypher, **params)

    monkeypatch.setattr(office.store, "read", slowed)

    async def answered() -> Any:
        join = Coalescer(office)
        waiting = [
            asyncio.ensure_future(join.call(read_ahead, PLAIN, link("Person", name), "Person", ["per_a"]))
            for name in ("kin", "owns", "tags")
        ]
        view = await join.call(lookup.find, PLAIN, "person", id="per_a")
        slow.set()
        await asyncio.gather(*waiting)
        return view

    assert asyncio.run(asyncio.wait_for(answered(), 20)).values["name"] == "张伟"
