"""Keeping the lake quick to read, whatever many small changes it took in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from governance.access import AccessContext
from loaders.lake.schema import TABLES
from loaders.lake.tidying import MANY
from services.app import App


def tidy_lake(
    app: App, context: AccessContext, *, many: int = MANY, go_on: Callable[[], bool] = lambda: True
) -> list[dict[str, Any]]:
    """Make the small files of each table that has `many` of them few; rows, history and ids stay as they are.

    `go_on` is asked before each table. Returns table, before, after, deleted (numbers of files) of those made smaller.
    """
    told = []
    for table in TABLES:
        if not go_on():
            break
        with app.writing():
            done = app.lake.tidy(table, many=many)
        if done is not None:
            told.append(done.as_dict())
    if told:
        app.audit.record(context, "lake.tidy", [])
    return told
