"""One statement against a database: what `weinao db shell` runs."""

from __future__ import annotations

from typing import Any

from core.errors import StatementRefused
from graph.store import Endpoint, GraphStore


def run_statement(endpoint: Endpoint, cypher: str) -> list[dict[str, Any]]:
    """The rows of a statement of any kind, run in a transaction of its own.

    Raises `StatementRefused` with the database's own words, which may quote the statement: for the eyes of whoever
    typed it, not for a log. Raises `GraphUnreachable`.
    """
    with GraphStore.connect(endpoint) as store:
        try:
            return store.run(cypher)
        except StatementRefused as error:
            raise StatementRefused(_words(error)) from error


def _words(error: StatementRefused) -> str:
    return str(getattr(error.__cause__, "message", "") or error.message)
