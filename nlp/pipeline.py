"""The reader as a spaCy pipeline; nlp/config.cfg is all of it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import spacy
from spacy.language import Language
from spacy.util import load_config, load_model_from_config

from nlp.components.gazetteer import GazetteerFinder
from nlp.gazetteer import Gazetteer

CONFIG: Final = Path(__file__).parent / "config.cfg"
_COMPONENTS: Final = (
    "normalize",
    "identifiers",
    "gazetteer",
    "when",
    "address",
    "entities",
    "amount",
    "parties",
    "relation",
    "category",
    "urgency",
    "sentiment",
    "demand",
)

for _name in _COMPONENTS:  # importing a component's module registers it with spaCy
    import_module(f"nlp.components.{_name}")


def build_pipeline(gazetteer: Gazetteer | None = None, models: Mapping[str, Path] | None = None) -> Language:
    """The pipeline of nlp/config.cfg, reading with the names of `gazetteer`.

    `models` are trained ones by kind (category, entities, address) that take the place of rules or add to them. Raises
    ReadingModelInvalid.
    """
    nlp = load_model_from_config(load_config(CONFIG), auto_fill=True)
    use_gazetteer(nlp, gazetteer or Gazetteer())
    if models:
        from nlp.models.swap import use_models

        use_models(nlp, models)
    return nlp


def load_pipeline(path: Path) -> Language:
    """A pipeline saved with `Language.to_disk`, gazetteer included."""
    return spacy.load(path)


def use_gazetteer(nlp: Language, gazetteer: Gazetteer) -> None:
    """Give a pipeline the names of a place, in exchange for those that it had."""
    finder = nlp.get_pipe("gazetteer")
    if not isinstance(finder, GazetteerFinder):
        raise TypeError("the pipeline's gazetteer component is not ours")
    finder.use(gazetteer)
