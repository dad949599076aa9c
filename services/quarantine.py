"""Rows that were set aside: listed without their values, shown masked, opened for a purpose, retried."""

from __future__ import annotations

from typing import Any

from core.catalogue import Level
from core.progress import SILENT, Progress
from governance.access import AccessContext, Visibility, visibility
from loaders.feeds.quarantine import list_entries, retry, show_entry
from services.app import App


def listed(app: App, context: AccessContext, *, feed: str | None, limit: int) -> tuple[list[dict[str, Any]], int]:
    """The first entries that wait, and the number of all of them."""
    app.audit.record(context, "quarantine.list", [])
    entries = list_entries(app.lake, feed=feed)
    return entries.head(limit).to_dicts(), entries.height


def shown(app: App, context: AccessContext, entry_id: str) -> dict[str, Any]:
    """One entry with its row: masked, or as delivered for a reader who states a purpose. Audited.

    Raises `QuarantineEntryUnknown`.
    """
    entry = show_entry(app.lake, app.vault, entry_id)
    # A row may hold anything, so it counts as sensitive whatever its columns are.
    clear = visibility(context, Level.SENSITIVE) is Visibility.CLEAR
    app.audit.record(context, "quarantine.show", [entry_id])
    return entry.entry | {"cells": entry.cells if clear else entry.masked}


def retried(app: App, context: AccessContext, *, feed: str | None, progress: Progress = SILENT) -> dict[str, Any]:
    """Read the waiting rows again by the present mappings and rules. Raises `FeedUnknown`."""
    app.audit.record(context, "quarantine.retry", [])
    with app.writing():
        return retry(app.lake, app.vault, feed=feed, progress=progress).as_dict()
