"""Cypher by hand, for whoever runs the installation."""

from __future__ import annotations

from typing import Any

from governance.access import AccessContext
from services.app import App

_NEVER_SHOWN = ("_sealed", "_index")


def run_cypher(app: App, context: AccessContext, statement: str) -> list[dict[str, Any]]:
    """The rows of one statement that only reads; sealed bytes and index digests are left out.

    Raises `StatementRefused` for a statement that writes or that the database does not understand.
    """
    app.audit.record(context, "cypher", [])
    return [{name: _plain(value) for name, value in row.items()} for row in app.store.inspect(statement)]


def _plain(value: Any) -> Any:
    """Nodes come as maps of their properties, so what is never shown is taken out wherever it stands."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if not name.endswith(_NEVER_SHOWN)}
    return [_plain(item) for item in value] if isinstance(value, list) else value
