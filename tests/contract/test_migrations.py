"""Graphs of earlier and later versions, made as those versions left them, on either database.

A graph of version 1 is a projected log whose `SchemaVersion` says 1 and has no history. A killed migration is a process
of its own that is ended by SIGKILL between the two parts of a step.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import HomeBusy, SchemaTooNew
from graph.projection import project, watermark
from graph.schema import SCHEMA_VERSION, install
from graph.schema.indexes import missing_indexes
from graph.schema.migrations import BASE, STEPS, Stage, Step, migrate, pending, plan, start_anew
from graph.store import GraphStore
from tests.contract.log import Log, held

VERSION = "MATCH (v:SchemaVersion) RETURN v.version AS version, v.history AS history"
INDEX = "CREATE INDEX person_employer IF NOT EXISTS FOR (n:Person) ON (n.employer)"


@pytest.fixture(autouse=True)
def _present_again(store: GraphStore) -> Iterator[None]:
    """The databases are shared with other tests, which expect a graph of this version."""
    yield
    store.run("DROP INDEX person_employer IF EXISTS")
    start_anew(store)
    install(store)


def _log(*, layout: int) -> Log:
    log = Log()
    for number in range(5):
        born = {"birth_year": 1980} if layout == 2 else {}
        log.node(1, "create", "Person", f"per_{number}", name=f"张{number}", birth_date="1980-02-29", **born)
    log.node(1, "create", "Dwelling", "dwe_1", usage="住宅")
    return log


def _made_by_version_1(store: GraphStore, log: Log) -> None:
    project(store, log)
    store.write("MATCH (v:SchemaVersion) SET v.version = $version REMOVE v.history", version=BASE)


def _version(store: GraphStore) -> int:
    return int(store.read(VERSION)[0]["version"])


def test_a_new_database_begins_with_the_present_version(store: GraphStore) -> None:
    store.write("MATCH (v:SchemaVersion) DELETE v")
    install(store)
    assert _version(store) == SCHEMA_VERSION
    assert not pending(store)
    assert not missing_indexes(store)


def test_an_old_graph_gets_its_indexes_and_keeps_its_content(store: GraphStore) -> None:
    log = _log(layout=2)
    _made_by_version_1(store, log)
    store.run("DROP INDEX person_assistance_index IF EXISTS")
    assert [step.number for step in pending(store)] == [2]
    assert [step.number for step in migrate(store)] == [2]
    assert not missing_indexes(store)
    assert watermark(store) is not None, "nothing has to be made anew"
    assert held(store) == log.expected()
    assert [told.stage for told in plan(store)] == [Stage.TAKEN] * len(STEPS)
    assert all(told.at for told in plan(store))


def test_a_graph_whose_nodes_lack_what_is_read_is_made_anew(store: GraphStore) -> None:
    log = _log(layout=1)
    _made_by_version_1(store, log)
    for number in range(5):
        log.node(2, "update", "Person", f"per_{number}", name=f"张{number}", birth_date="1980-02-29", birth_year=1980)
    install(store)
    assert _version(store) == SCHEMA_VERSION
    assert watermark(store) is None
    assert project(store, log).rebuilt
    assert held(store) == log.expected()
    assert not pending(store)


def test_a_server_does_not_have_the_graph_made_anew(store: GraphStore) -> None:
    _made_by_version_1(store, _log(layout=1))
    store.run("DROP INDEX person_assistance_index IF EXISTS")
    assert [step.number for step in migrate(store, rebuilds=False)] == [2]
    assert [(step.number, step.rebuild) for step in pending(store)] == [(3, True)]
    assert watermark(store) is not None
    assert _version(store) == 2


def test_looking_changes_nothing(store: GraphStore) -> None:
    _made_by_version_1(store, _log(layout=1))
    before = store.read(VERSION), store.read("SHOW INDEXES"), watermark(store)
    assert [told.stage for told in plan(store)] == [Stage.UNNEEDED, Stage.MISSING]
    assert (store.read(VERSION), store.read("SHOW INDEXES"), watermark(store)) == before


def test_a_graph_of_a_later_version_is_refused_until_it_is_dropped(store: GraphStore) -> None:
    log = _log(layout=2)
    project(store, log)
    store.write("MATCH (v:SchemaVersion) SET v.version = $version", version=SCHEMA_VERSION + 1)
    for ask in (install, plan, pending):
        with pytest.raises(SchemaTooNew, match=str(SCHEMA_VERSION + 1)):
            ask(store)
    assert held(store) == log.expected()
    start_anew(store)
    install(store)
    assert project(store, log).rebuilt
    assert held(store) == log.expected()


KILLED = f"""
import sys
from graph.schema.migrations import Step, migrate
from graph.store import Endpoint, GraphStore

def prepare(store):
    store.run("{INDEX}")
    print("prepared", flush=True)
    sys.stdin.read()

url, user, password, database = sys.stdin.readline().split()
with GraphStore.connect(Endpoint(url, user, password, database)) as store:
    migrate(store, steps=[Step(9, "", prepare=prepare, finish="CREATE (:Tag {{id: 'tag_9'}})")])
"""


def test_a_step_that_was_killed_is_taken_again(store: GraphStore) -> None:
    _made_by_version_1(store, _log(layout=2))
    child = subprocess.Popen([sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdin
        assert child.stdout
        at = store.endpoint
        child.stdin.write(f"{at.url} {at.user} {at.password} {at.database}\n")
        child.stdin.flush()
        assert child.stdout.readline() == "prepared\n"
    finally:
        child.kill()
        child.communicate()
    assert _version(store) == BASE
    assert store.read("MATCH (t:Tag) RETURN t") == []

    again = Step(9, "", prepare=lambda store: store.run(INDEX) and None, finish="CREATE (:Tag {id: 'tag_9'})")
    assert migrate(store, steps=[again]) == [again]
    assert store.read("MATCH (t:Tag) RETURN t.id AS id") == [{"id": "tag_9"}]
    assert store.read(VERSION)[0]["version"] == 9


def test_two_processes_take_a_step_once(store: GraphStore) -> None:
    _made_by_version_1(store, _log(layout=2))
    step = Step(3, "", finish="CREATE (:Tag {id: 'tag_' + toString(timestamp())})")

    def take(_: int) -> int:
        try:
            return len(migrate(store, steps=[step]))
        except HomeBusy:
            return 0

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(4)))
    assert sum(taken) == 1
    assert store.read("MATCH (t:Tag) RETURN count(t) AS n") == [{"n": 1}]


def test_steps_rise_and_say_what_they_do() -> None:
    numbers = [step.number for step in STEPS]
    assert numbers == list(range(BASE + 1, BASE + 1 + len(STEPS)))
    assert all(step.does for step in STEPS)
    assert all(step.prepare or step.finish for step in STEPS)
