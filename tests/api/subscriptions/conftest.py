"""One home for all that is followed: a log of changes written by hand, applied to an embedded database.

Two grids with a home each: 张伟 lives at dwe_1 in grid g1, 王芳 at dwe_2 in g2. The header `Authorization` says who
reads. Each test makes changes of its own, and no test needs another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any

import pytest

from core.settings import Settings
from services.app import App, open_app
from tests.api.changes import edge, person, write
from tests.api.subscriptions.server import Server

DAY = date(2024, 6, 30)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(Settings(home=tmp_path_factory.mktemp("followed"))) as app:
        app.day_kept = (math.inf, DAY)
        places = [
            ("create", label, f"{prefix}_{number}", {"name": f"{name}{number}", "code": f"g{number}"})
            for number in (1, 2)
            for label, prefix, name in (("Grid", "grd", "网格"), ("Building", "bld", "楼"), ("Dwelling", "dwe", "房"))
        ]
        for _, label, _, props in places:
            if label != "Grid":
                del props["code"]
            if label == "Dwelling":
                props["address"] = props.pop("name")
        tags = [
            ("create", "Tag", "tag_quiet", {"name": "quiet", "label": "安静", "level": "internal"}),
            ("create", "Tag", "tag_poor", {"name": "poor", "label": "低保", "level": "sensitive"}),
        ]
        people = [
            ("create", "Person", "per_1", person(app, "per_1", "张伟")),
            ("create", "Person", "per_2", person(app, "per_2", "王芳")),
        ]
        edges = []
        for number in (1, 2):
            edges += [
                edge("PART_OF", "Dwelling", f"dwe_{number}", "Building", f"bld_{number}"),
                edge("PART_OF", "Building", f"bld_{number}", "Grid", f"grd_{number}"),
                edge("LIVES_IN", "Person", f"per_{number}", "Dwelling", f"dwe_{number}"),
            ]
        write(app, *places, *tags, *people, edges=tuple(edges))
        yield app


@pytest.fixture(scope="session")
def server(home: App) -> Iterator[Server]:
    made = Server(home)
    yield made
    made.stop()


@pytest.fixture
def serving(home: App) -> Iterator[Callable[..., Server]]:
    """Servers of a test's own."""
    with ExitStack() as stack:

        def make(**options: Any) -> Server:
            made = Server(home, **options)
            stack.callback(made.stop)
            return made

        yield make
