"""Department files into the lake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import FeedUnknown
from core.progress import SILENT, Progress
from governance.access import AccessContext
from loaders.feeds.catalogue import builtin_mappings, load_mapping
from loaders.feeds.loading import load_file, load_folder
from services.app import App


def load_town(app: App, context: AccessContext, folder: Path, *, progress: Progress = SILENT) -> list[dict[str, Any]]:
    """Load every file of a folder that a built-in mapping recognises; returns a row for each load."""
    app.audit.record(context, "lake.load", [])
    with app.writing():
        reports = load_folder(
            folder, lake=app.lake, vault=app.vault, batch_rows=app.settings.batch_rows, progress=progress
        )
    return [report.as_dict() for report in reports]


def load_feed(
    app: App, context: AccessContext, feed: str, file: Path, *, mapping: Path | None = None, progress: Progress = SILENT
) -> dict[str, Any]:
    """Load one file by the built-in mapping of its feed, or by a user's own. Raises `FeedUnknown`, `LoadError`s."""
    app.audit.record(context, "lake.load", [])
    known = builtin_mappings()
    if mapping is not None:
        chosen = load_mapping(mapping)
        if chosen.feed != feed:
            raise FeedUnknown(
                f"映射文件描述的来源是 {chosen.feed}，不是 {feed}", remedy=f"请写成 weinao load {chosen.feed} …"
            )
    elif feed in known:
        chosen = known[feed]
    else:
        raise FeedUnknown(f"没有名为 {feed} 的内置来源")
    with app.writing():
        report = load_file(
            file, chosen, lake=app.lake, vault=app.vault, batch_rows=app.settings.batch_rows, progress=progress
        )
    return report.as_dict()


def known_feeds() -> list[dict[str, str]]:
    """feed, label, department, file pattern of each built-in mapping."""
    return [
        {"feed": name, "label": m.label, "department": m.department, "match": "、".join(m.match)}
        for name, m in builtin_mappings().items()
    ]
