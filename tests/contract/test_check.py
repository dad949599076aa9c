"""The check of a graph against the lake, on either database, over graphs that somebody has tampered with.

Fixture strategy: a made-up log of people and dwellings, with every type of property, is appended to a real lake and
projected; a test then changes the graph behind the program's back. Windows are made small, so that there are many.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from core.errors import GraphNotProjected, HomeBusy, InvalidSetting
from core.progress import SILENT
from core.settings import Settings
from graph.linking.changes import EDGE_CHANGES, NODE_CHANGES
from graph.projection import contents
from graph.schema.nodes import NODES
from graph.schema.relations import RELATIONS
from graph.store import GraphStore
from services import graph_check
from services.app import App, open_app
from services.graph_check import Check, Fault, check_graph
from services.identity import reader
from services.linking import append_changes
from services.projecting import apply_changes
from services.readiness import Lag, projection_lag
from tests.contract.log import EDGE_SCHEMA, NODE_SCHEMA, Log, random_log


def _log() -> Log:
    log = random_log(7, people=60, batches=3)
    log.node(4, "create", "Person", "Person:masked", birth_date="2015-**-**", birth_year=2015, name="小满")
    log.node(4, "create", "Organization", "Organization:1", name="早点铺", registered_on="2020-02-29")
    for number, moment in enumerate(("2025-03-01", "2025-03-01T08:30", "2025-03-01T08:30:00.120", "不详")):
        log.node(4, "create", "Event", f"Event:{number}", reported_at=moment, amount=3, parties_text=["甲", "乙"])
    log.node(4, "create", "Record", "Record:1", kind="event", feed='引号"与\\')
    log.edge(4, "create", "DESCRIBES", "rel_d", "Record:1", "Event:1", probability=1, run="run_1")
    log.edge(4, "create", "HANDLED_BY", "rel_h", "Event:1", "Organization:1", step=1, at="2025-03-01T08:30:00")
    return log


def _append(app: App, log: Log, seq: int) -> None:
    rows = ((log.node_rows, NODE_SCHEMA, NODE_CHANGES), (log.edge_rows, EDGE_SCHEMA, EDGE_CHANGES))
    frames = [
        pl.DataFrame(given, schema=schema, orient="row").filter(pl.col("seq") == seq)
        .with_columns(hash=pl.col("id")).select(list(changes))
        for given, schema, changes in rows
    ]  # fmt: skip
    append_changes(app, *frames)


@pytest.fixture
def app(store: GraphStore, tmp_path: Path) -> Iterator[App]:
    opened = open_app(Settings(home=tmp_path / "home"), start_database=False)
    opened.__dict__["store"] = store
    log = _log()
    for seq in range(1, log.newest() + 1):
        _append(opened, log, seq)
    apply_changes(opened, rebuild=True)
    return opened


@pytest.fixture(params=["one window", "many windows"])
def windows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "many windows":
        monkeypatch.setattr(graph_check, "_SLICE_ROWS", 50)
        monkeypatch.setattr(graph_check, "_WINDOW_ROWS", 7)
        monkeypatch.setattr(contents, "_ANSWER_ROWS", 9)


def _check(app: App, **options: Any) -> Check:
    return check_graph(app, reader(app.settings), **options)


def _faults(check: Check) -> dict[str, Fault]:
    return {key: fault for kind in check.kinds for key, fault in kind.faults.items()}


@pytest.mark.usefixtures("windows")
def test_a_graph_that_was_projected_is_the_same(app: App) -> None:
    check = _check(app)
    assert _faults(check) == {}
    assert check.same
    held = {kind.name: kind.lake for kind in check.kinds if kind.lake}
    log = _log()
    assert check.rows == len(log.node_state) + len(log.edge_state)
    assert set(held) == {"Person", "Dwelling", "Organization", "Event", "Record", "LIVES_IN", "DESCRIBES", "HANDLED_BY"}
    assert all(kind.lake_sum == kind.graph_sum for kind in check.kinds)


def test_checksums_do_not_depend_on_how_the_rows_are_cut(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [kind.graph_sum for kind in _check(app).kinds]
    monkeypatch.setattr(graph_check, "_SLICE_ROWS", 50)
    monkeypatch.setattr(graph_check, "_WINDOW_ROWS", 7)
    assert [kind.graph_sum for kind in _check(app).kinds] == whole


PERSON = "MATCH (p:Person {id: 'Person:masked'})"
EVENT = "MATCH (e:Event {id: 'Event:2'})"
HOME = "MATCH (p:Person)-[r:LIVES_IN]->(d:Dwelling) WITH p, r, d ORDER BY r.id LIMIT 1"
OTHER = "MATCH (o:Dwelling) WHERE o.id <> d.id WITH p, r, o ORDER BY o.id LIMIT 1"
TAMPERED = {
    "a node is gone": (f"{PERSON} DETACH DELETE p RETURN 'Person:masked' AS id", Fault.MISSING),
    "a node came": ("CREATE (p:Person {id: 'Person:zzz'}) RETURN p.id AS id", Fault.EXTRA),
    "a node came before all": ("CREATE (p:Person {id: 'A'}) RETURN p.id AS id", Fault.EXTRA),
    "a node of a label that had none": ("CREATE (p:Alert {id: 'alt_1'}) RETURN p.id AS id", Fault.EXTRA),
    "a value was changed": (f"{PERSON} SET p.name = '小暑' RETURN p.id AS id", Fault.DIFFERING),
    "a value is gone": (f"{PERSON} REMOVE p.name RETURN p.id AS id", Fault.DIFFERING),
    "a value came": (f"{PERSON} SET p.phone = '1' RETURN p.id AS id", Fault.DIFFERING),
    "a value of an unknown name": (f"{PERSON} SET p.unheard_of = 1 RETURN p.id AS id", Fault.DIFFERING),
    "text in place of a date": (
        "MATCH (o:Organization) SET o.registered_on = '2020-02-28' RETURN o.id AS id",
        Fault.DIFFERING,
    ),
    "another moment": (
        f"{EVENT} SET e.reported_at = localdatetime('2025-03-01T08:30:00.121') RETURN e.id AS id",
        Fault.DIFFERING,
    ),
    "a list in another order": (
        f"{EVENT} SET e.parties_text = ['乙', '甲'] RETURN e.id AS id",
        Fault.DIFFERING,
    ),
    "a relation is gone": (f"{HOME} WITH r, r.id AS id DELETE r RETURN id", Fault.MISSING),
    "a relation was changed": (f"{HOME} SET r.confidence = 0.25 RETURN r.id AS id", Fault.DIFFERING),
    "a relation came": (f"{HOME} CREATE (p)-[n:LIVES_IN {{id: 'rel_zzz'}}]->(d) RETURN n.id AS id", Fault.EXTRA),
    "a relation is there twice": (
        f"{HOME} CREATE (p)-[n:LIVES_IN]->(d) SET n = properties(r) RETURN n.id AS id",
        Fault.DIFFERING,
    ),
    "a relation leads elsewhere": (
        f"{HOME} {OTHER} CREATE (p)-[n:LIVES_IN]->(o) SET n = properties(r) WITH n, r DELETE r RETURN n.id AS id",
        Fault.DIFFERING,
    ),
    "a relation from a label that had none": (
        f"{HOME} MATCH (o:Organization) CREATE (o)-[n:LIVES_IN {{id: 'rel_o'}}]->(d) RETURN n.id AS id",
        Fault.EXTRA,
    ),
}


@pytest.mark.parametrize("how", TAMPERED)
@pytest.mark.usefixtures("windows")
def test_what_was_changed_behind_our_back_is_named(app: App, how: str) -> None:
    statement, fault = TAMPERED[how]
    changed = str(app.store.write(statement)[0]["id"])
    check = _check(app)
    found = _faults(check)
    assert not check.same
    assert found.pop(changed) is fault
    # With a node its relations go, and they are told of too.
    assert set(found.values()) <= ({Fault.MISSING} if how == "a node is gone" else set())


@pytest.mark.usefixtures("windows")
def test_many_more_than_the_log_knows(app: App) -> None:
    app.store.write("UNWIND range(1, 40) AS n CREATE (:Person {id: 'Person:1-1x' + n})")
    check = _check(app)
    assert len(_faults(check)) == 40
    assert set(_faults(check).values()) == {Fault.EXTRA}


def test_counts_see_numbers_and_nothing_else(app: App) -> None:
    assert _check(app, counts_only=True).same
    app.store.write(f"{PERSON} SET p.name = '小暑'")
    assert _check(app, counts_only=True).same
    app.store.write(f"{PERSON} DETACH DELETE p")
    wrong = [kind for kind in _check(app, counts_only=True).kinds if not kind.same]
    assert [(kind.name, kind.lake - kind.graph) for kind in wrong] == [("Person", 1)]


def test_one_kind_alone(app: App) -> None:
    app.store.write(f"{PERSON} SET p.name = '小暑'")
    assert not _check(app, kinds=["Person"]).same
    assert _check(app, kinds=["LIVES_IN", "Dwelling"]).same
    with pytest.raises(InvalidSetting) as caught:
        _check(app, kinds=["Persons"])
    assert set(NODES | RELATIONS) <= set(caught.value.advice.rstrip("。").removeprefix("可用的种类：").split("、"))


def test_a_graph_that_is_behind_is_not_compared(app: App) -> None:
    log = _log()
    log.node(5, "update", "Person", "Person:masked", name="小暑")
    log.node(6, "create", "Person", "Person:new", name="大暑")
    log.node(6, "create", "Person", "Person:newer", name="立秋")
    _append(app, log, 5)
    _append(app, log, 6)
    lag = projection_lag(app)
    assert lag
    assert (lag.batches, lag.rows) == (2, 3)
    assert 0 <= lag.seconds < 600
    with pytest.raises(GraphNotProjected, match="2 批"):
        _check(app)
    apply_changes(app)
    assert projection_lag(app) == Lag()
    assert _check(app).same


class _Meanwhile:
    """A progress that projects a batch of the log once the check has begun."""

    def __init__(self, app: App, log: Log, seq: int) -> None:
        self._app, self._log, self._seq = app, log, seq

    def task(self, *_: object, **__: object) -> Any:
        _append(self._app, self._log, self._seq)
        apply_changes(self._app)
        return SILENT.task("")


def test_what_is_written_during_the_check_is_set_aside(app: App) -> None:
    log = _log()
    log.node(5, "update", "Person", "Person:masked", name="小暑")
    log.node(5, "create", "Person", "Person:new", name="大暑")
    app.store.write("MATCH (d:Dwelling) WITH d ORDER BY d.id LIMIT 1 SET d.usage = 'x'")
    check = _check(app, progress=_Meanwhile(app, log, 5))
    assert [(key[:8], fault) for key, fault in _faults(check).items()] == [("Dwelling", Fault.DIFFERING)]
    assert _check(app, kinds=["Person"]).same
    log.node(6, "create", "Person", "Person:newer", name="立秋")
    with pytest.raises(HomeBusy):
        _check(app, counts_only=True, progress=_Meanwhile(app, log, 6))
