"""A home that holds only some kinds of data goes the whole way all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.ask import ask
from core.settings import Settings
from core.values.citizen_id import check_character
from services.app import App, open_app
from services.identity import reader
from services.loading import load_feed
from services.pipeline import update

pytestmark = pytest.mark.long

FILES = {"hotline_complaints": "hotline_complaints.jsonl", "sensor_alarms": "sensor_alarms.jsonl"}


@pytest.mark.parametrize("feed", list(FILES))
def test_one_department_alone_can_be_asked(finished: App, tmp_path: Path, feed: str) -> None:
    with open_app(Settings(home=tmp_path / "home")) as app:
        context = reader(app.settings)
        load_feed(app, context, feed, finished.settings.town_dir / FILES[feed])
        report = update(app, context)
        assert report["graph"]["node_changes"] > 0
        again = update(app, context)
        assert all(run["skipped"] for run in again["runs"])
        events = app.store.read("MATCH (e:Event) RETURN count(e) AS events")[0]["events"]
        assert events == app.lake.current("events", ["event_id"]).height


def test_a_birth_date_is_known_from_the_citizen_id(tmp_path: Path) -> None:
    mapping = tmp_path / "people.yaml"
    mapping.write_text(
        "feed: residents\nlabel: 居民名册\ndepartment: 街道\nmatch: people.csv\nformat: csv\nkey: [no]\n"
        "mentions:\n  person:\n    kind: person\n    fields: {name: {column: who, required: true}, citizen_id: id}\n",
        encoding="utf-8",
    )
    file = tmp_path / "people.csv"
    file.write_text(f"no,who,id\n1,王建国,88010219580312123{check_character('88010219580312123')}\n", encoding="utf-8")
    with open_app(Settings(home=tmp_path / "home")) as app:
        context = reader(app.settings)
        load_feed(app, context, "residents", file, mapping=mapping)
        update(app, context)
        asked = ask(app, context, '{ persons(filter: { name: { eq: "王建国" } }) { nodes { birthDate sex } } }')
        assert asked == {"data": {"persons": {"nodes": [{"birthDate": "1958-03-12", "sex": "1"}]}}}
