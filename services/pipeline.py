"""Everything that follows a load."""

from __future__ import annotations

from typing import Any

from core.progress import SILENT, Progress
from governance.access import AccessContext
from services.app import App
from services.projecting import link_and_project
from services.reading import read_events, read_from_home
from services.resolving import resolve_all
from services.tagging import run as compute_tags
from services.text_links import link_texts
from services.tidying import tidy_lake


def update(app: App, context: AccessContext, *, progress: Progress = SILENT) -> dict[str, Any]:
    """Read complaints, resolve, link and project, link what the texts mention, tag; then tidy the lake.

    Each step skips what has not changed. Where a caller lives is known after resolving: what counts from there is read
    once more then.
    """
    with app.writing():
        reading = read_events(app, context, progress=progress)
        runs = resolve_all(app, context, progress=progress)
        graph = link_and_project(app, context, progress=progress)
        read_from_home(app, context, progress=progress)
        links = link_texts(app, context, again=True, progress=progress)
        tags = compute_tags(app, context, progress=progress)
        tidy_lake(app, context)
    return {"reading": reading, "runs": runs, "graph": graph, "links": links, "tags": tags}
