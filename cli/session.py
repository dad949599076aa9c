"""What every command does first: settings, logs, the application, the reader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from governance.access import AccessContext
    from services.app import App

Json = Annotated[bool, typer.Option("--json", help="在标准输出给出一个 JSON 对象，进度仍在标准错误。")]
Purpose = Annotated[str | None, typer.Option("--purpose", help="用途；说明用途才能看到敏感值，并记入审计。")]


@contextmanager
def opened(*, start_database: bool = True, most_wait: float | None = None) -> Iterator[App]:
    """The application under the settings of the environment, closed at the end.

    `most_wait`: seconds that it waits at most for another process to end its writing, whatever the settings say.
    """
    from core.log import configure_logging
    from core.settings import load_settings
    from services.app import open_app

    settings = load_settings()
    if most_wait is not None:
        settings = settings.model_copy(update={"write_wait": min(most_wait, settings.write_wait)})
    app = open_app(settings, start_database=start_database)
    configure_logging(settings)
    with app:
        yield app


def reader_of(weinao: App, purpose: str | None = None) -> AccessContext:
    """Who works at this terminal; every use case takes it."""
    from services.identity import reader

    return reader(weinao.settings, purpose=purpose)
