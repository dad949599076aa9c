# A lake is filled with made-up imprints, callers and events: in steps into one home, at once into another. No database
# runs: matters are of the lake, and what linking makes of them is compared as frames.
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from core.settings import Settings
from graph.linking.matters import matter_edges
from nlp.same.imprint import Imprint
from services.app import App, open_app
from services.imprints import imprint_frame, imprint_row
from services.matters import update_matters

START = datetime.fromisoformat("2026-03-02T08:00:00")


class Made:
    """One call as the lake would have it after reading and resolution."""

    def __init__(self, number: int, rng: Random) -> None:
        self.event = f"evt_{number:05d}"
        self.at = START + timedelta(minutes=rng.randrange(60 * 24 * 90))
        self.caller = f"phone{rng.randrange(30)}" if rng.random() < 0.8 else None
        self.retell(rng)

    def retell(self, rng: Random) -> None:
        spot = f"spot{rng.randrange(6)}"
        building = f"{spot}/{rng.randrange(3)}"
        category = f"0{rng.randint(1, 3)}01"
        self.imprint = Imprint(
            self.event,
            spots=(spot,),
            buildings=(building,) if rng.random() < 0.7 else (),
            categories=(category,),
            again=("refers",) if rng.random() < 0.3 else (),
            words=tuple(f"word{category}{rng.randrange(4)}" for _ in range(rng.randint(0, 3))),
        )


def calls(count: int, seed: int) -> list[Made]:
    rng = Random(seed)
    return [Made(number, rng) for number in range(count)]


def store(app: App, made: Sequence[Made]) -> None:
    told = [imprint_row(one.imprint, app.vault.token) for one in made]
    app.lake.append("imprints", imprint_frame(told))
    stamps = [one.at.isoformat() for one in made]
    ids = [one.event for one in made]
    app.lake.append(
        "events", pl.DataFrame({"event_id": ids, "kind": "complaint", "reported_at": stamps, "observed_at": stamps})
        .with_columns(pl.col("observed_at").str.to_datetime())
    )  # fmt: skip
    known = [one for one in made if one.caller]
    records = [f"rec_{one.event}" for one in known]
    app.lake.append(
        "records_person", pl.DataFrame({"record_id": records, "phone_index": [one.caller for one in known]})
    )
    app.lake.append(
        "relations",
        pl.DataFrame(
            {
                "relation_id": [f"rel_{one.event}" for one in known],
                "type": "PARTY_TO",
                "from_id": records,
                "to_id": [one.event for one in known],
                "props": '{"role":"complainant"}',
            }
        ),
    )


def matters(app: App) -> pl.DataFrame:
    return app.lake.current("matters").drop("seq").sort("event_id")


@pytest.fixture
def homes(tmp_path: Path) -> Iterable[tuple[App, App]]:
    """One that is filled in steps, and one at once."""
    with (
        open_app(Settings(home=tmp_path / "steps"), start_database=False) as steps,
        open_app(Settings(home=tmp_path / "once"), start_database=False) as once,
    ):
        yield steps, once


@pytest.mark.parametrize("seed", range(4))
def test_calls_that_come_one_by_one_make_the_same_matters(homes: tuple[App, App], seed: int) -> None:
    steps, once = homes
    made = calls(420, seed)
    Random(seed).shuffle(made)
    for start, end in ((0, 300), (300, 301), (301, 320), (320, 321), (321, 350), (350, 420)):
        store(steps, made[start:end])
        assert update_matters(steps) >= end - start
    store(once, made)
    update_matters(once)
    found = matters(steps)
    assert found.drop("digest").equals(matters(once).drop("digest"))
    assert found["relation"].drop_nulls().len() > 20


@pytest.mark.parametrize("seed", range(4))
def test_a_corrected_text_leaves_its_matter(homes: tuple[App, App], seed: int) -> None:
    steps, once = homes
    made = calls(300, seed)
    store(steps, made)
    update_matters(steps)
    rng = Random(seed + 100)
    for one in rng.sample(made, 6):
        one.retell(rng)
        store(steps, [one])
        update_matters(steps)
    store(once, made)
    update_matters(once)
    assert matters(steps).drop("digest").equals(matters(once).drop("digest"))


def test_a_repeated_run_changes_nothing(homes: tuple[App, App]) -> None:
    app, _ = homes
    store(app, calls(50, 1))
    assert update_matters(app) == 50
    version = app.lake.version("matters")
    assert update_matters(app) == 0
    store(app, calls(50, 1))  # the same once more, as new rows
    assert update_matters(app) == 0
    assert app.lake.version("matters") == version


def test_a_call_that_is_taken_back_leaves_the_others_their_matters(homes: tuple[App, App]) -> None:
    steps, once = homes
    made = calls(200, 3)
    store(steps, made)
    update_matters(steps)
    first = next(row["matter"] for row in matters(steps).iter_rows(named=True) if row["relation"])
    gone = "evt_" + first.removeprefix("mat_")
    steps.lake.append("events", pl.DataFrame({"event_id": [gone], "deleted": [True]}))
    update_matters(steps)
    store(once, [one for one in made if one.event != gone])
    update_matters(once)
    assert gone not in set(matters(steps)["event_id"])
    assert matters(steps).drop("digest").equals(matters(once).drop("digest"))


def test_relations_begin_on_the_day_of_the_later_call() -> None:
    told = pl.DataFrame(
        {
            "event_id": ["evt_b", "evt_c", "evt_a"],
            "relation": ["duplicate", "follows", None],
            "to_id": ["evt_a", "evt_b", None],
            "confidence": [0.9, 0.8, None],
            "reason": ["同一楼栋", "同一来电人", None],
        }
    )
    events = pl.DataFrame(
        {
            "event_id": ["evt_a", "evt_b"],
            "reported_at": ["2026-03-02T08:00:00", "2026-03-04T09:00:00"],
            "observed_at": [START, START],
        }
    )
    (edge,) = matter_edges(told, events).iter_rows(named=True)
    assert (edge["type"], edge["from_id"], edge["to_id"]) == ("DUPLICATE_OF", "evt_b", "evt_a")
    assert '"valid_from":"2026-03-04"' in edge["props"]
    assert '"reason":"同一楼栋"' in edge["props"]
    assert matter_edges(told.filter(pl.col("event_id") == "evt_a"), events).is_empty()
