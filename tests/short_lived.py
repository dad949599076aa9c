"""Embedded servers that live for seconds: the JVM's second compiler would work for longer than it saves."""

from __future__ import annotations

from graph.embedded import launch

_QUICK = "-XX:TieredStopAtLevel=1"


def short_lived_servers() -> None:
    """Whatever server this process starts from now on compiles once and lightly: half the work of start and tests."""
    if _QUICK not in launch._JVM:
        launch._JVM = (*launch._JVM, _QUICK)
