# A home of its own under tmp_path; organizations are appended to its lake as the loaders do, nothing else is filled.
"""The gazetteer of a home is built once and again only when its sources change."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from core.settings import Settings
from services.app import App, open_app
from services.gazetteer import current_gazetteer


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_app(Settings(home=tmp_path / "home"), start_database=False) as opened:
        yield opened


def add(app: App, table: str, number: int, **values: str) -> None:
    row = {"record_id": f"rec_{number}", "row_id": f"row_{number}", "feed": "f", "record_key": str(number), **values}
    app.lake.append(table, pl.DataFrame([row | {"deleted": False}]), transaction=(f"test/{table}/{number}", 1))


def surfaces(app: App) -> set[str]:
    return {entry.surface for entry in current_gazetteer(app).entries}


def test_it_is_built_once_and_again_when_a_name_came(app: App) -> None:
    first = current_gazetteer(app)
    assert current_gazetteer(app) is first
    add(app, "records_organization", 1, name="澜江市华辰物业管理有限公司")
    assert {"澜江市华辰物业管理有限公司", "华辰物业"} <= surfaces(app)
    add(app, "records_dwelling", 1, address="青枫区梧桐街道桂花苑3栋1单元501室")
    assert "桂花苑" in surfaces(app)
    last = current_gazetteer(app)
    add(app, "records_person", 1, name="张建国")
    assert current_gazetteer(app) is last


def test_what_a_complaint_calls_somebody_is_no_name_of_the_town(app: App) -> None:
    first = current_gazetteer(app)
    add(app, "records_organization", 1, name="隔壁那家黑心公司", record_key="RX-1#text.0")
    assert current_gazetteer(app) is first


def test_many_threads_wait_for_one(app: App) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: current_gazetteer(app), range(16)))
    assert len({id(one) for one in found}) == 1


def test_a_building_with_a_name_of_its_own_is_known(app: App) -> None:
    add(app, "records_dwelling", 1, address="青枫区梧桐街道永宁坊3栋501室")
    add(app, "records_dwelling", 2, address="青枫区梧桐街道永宁坊科技大厦1204室")
    houses = [entry for entry in current_gazetteer(app).entries if entry.kind == "building"]
    assert [(entry.surface, entry.key) for entry in houses] == [("科技大厦", "永宁坊科技大厦")]


def test_each_home_has_its_own(app: App, tmp_path: Path) -> None:
    add(app, "records_organization", 1, name="澜江市华辰物业管理有限公司")
    with open_app(Settings(home=tmp_path / "other"), start_database=False) as other:
        assert "华辰物业" not in surfaces(other)
    assert "华辰物业" in surfaces(app)
