"""Bring the graph's schema up to this version of the program."""

from __future__ import annotations

from governance.access import AccessContext
from graph.schema.migrations import Step, Told, migrate, pending, plan
from services.app import App


def steps(app: App) -> list[Told]:
    """Every step, and whether the graph has taken it. Raises `SchemaTooNew`, `GraphUnreachable`."""
    return plan(app.store)


def take_steps(app: App, context: AccessContext) -> list[Step]:
    """Take the steps that are missing; returns those that changed something.

    After one that says `rebuild` the graph waits for the next projection. Raises as `steps` does, and `HomeBusy`.
    """
    app.audit.record(context, "graph.migrate", [])
    with app.writing():
        return migrate(app.store)


def take_light_steps(app: App) -> list[Step]:
    """Take the steps that need no rebuild, for a server that starts; returns those that the graph still lacks.

    Nothing that a server does of its own accord may empty the graph that it answers from. Raises as `steps` does.
    """
    migrate(app.store, rebuilds=False)
    return pending(app.store)
