"""The trained text models of this home: which there are, which are in use, the way back to an earlier one."""

from __future__ import annotations

from pathlib import Path

from core.clock import local_now
from governance.access import AccessContext
from nlp.models import inuse
from nlp.models.inuse import Kept
from services.app import App


def models_in_use(app: App) -> dict[str, Path]:
    """Folder by kind, as readers take them; empty where the shipped rules read. Raises ReadingModelInvalid."""
    return inuse.in_use(_root(app))


def text_models(app: App, context: AccessContext) -> list[Kept]:
    """Every trained model of the home, with its figures and whether it is in use."""
    app.audit.record(context, "models.list", [])
    return inuse.kept(_root(app))


def use_model(
    app: App, context: AccessContext, given: str, *, taxonomy: Path | None = None, narrow: bool = False
) -> Kept:
    """Take a model into use (see `nlp.models.inuse.use`); complaints are read again at the next run or update."""
    app.audit.record(context, "models.use", [Path(given).name])
    with app.writing():
        return inuse.use(_root(app), given, now=local_now(), taxonomy=taxonomy, narrow=narrow)


def back_to_earlier(app: App, context: AccessContext, kind: str) -> str | None:
    """Return to what was in use before; gives its version, None for the shipped rules."""
    app.audit.record(context, "models.back", [kind])
    with app.writing():
        return inuse.back(_root(app), kind, now=local_now())


def without_model(app: App, context: AccessContext, kind: str) -> None:
    """Return to the shipped rules; the models stay in the home."""
    app.audit.record(context, "models.off", [kind])
    with app.writing():
        inuse.off(_root(app), kind, now=local_now())


def _root(app: App) -> Path:
    return app.settings.home / "models"
