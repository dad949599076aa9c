"""Make a database ready for this version of the program."""

from __future__ import annotations

from graph.schema.indexes import create_indexes, drop_indexes, missing_indexes
from graph.schema.migrations import migrate
from graph.store import GraphStore

__all__ = ["create_indexes", "drop_indexes", "install"]


def install(store: GraphStore, *, rebuilds: bool = True) -> None:
    """Constraints, indexes, and the steps of `graph.schema.migrations` that are missing; harmless when repeated.

    A step may have the graph forget how far it was projected, so that the next projection makes it anew: not without
    `rebuilds`. An index that somebody dropped comes back. Raises `SchemaTooNew` for a graph of a later version.
    """
    migrate(store, rebuilds=rebuilds)
    if missing_indexes(store):
        create_indexes(store)
