"""What the server keeps of earlier calls: what comes is added, what is erased from the lake is not kept either."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from core.settings import Settings
from services.app import open_app
from services.same_matter import _current


def test_what_is_erased_from_the_lake_is_not_kept_in_memory(tmp_path: Path) -> None:
    with open_app(Settings(home=tmp_path), start_database=False) as app:
        assert _current(app, "matters").is_empty()
        for event, matter in (("evt_a", "m1"), ("evt_b", "m2"), ("evt_a", "m2")):
            app.lake.append("matters", pl.DataFrame({"event_id": [event], "matter": [matter]}))
            assert matter in _current(app, "matters")["matter"]
        assert sorted(_current(app, "matters").select("event_id", "matter").rows()) == [
            ("evt_a", "m2"),
            ("evt_b", "m2"),
        ]

        DeltaTable(str(tmp_path / "lake" / "matters")).delete("event_id = 'evt_a'")

        assert _current(app, "matters")["event_id"].to_list() == ["evt_b"]
