"""What is there, and whether it can be asked."""

from __future__ import annotations

from typing import Any

from core.errors import GraphError
from services.app import App
from services.projecting import projected


def lake_tables(app: App) -> list[dict[str, Any]]:
    """table, version, rows of each lake table that exists."""
    return [
        {"table": name, "version": version, "rows": app.lake.count(name)}
        for name, version in sorted(app.lake.versions().items())
    ]


def readiness(app: App) -> dict[str, bool]:
    """`graph`: the database answers; `projected`: it holds everything that the lake's projection log says."""
    try:
        return {"graph": True, "projected": projected(app)}
    except GraphError:
        return {"graph": False, "projected": False}
