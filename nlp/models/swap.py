"""The models of a home put into a reader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from spacy.language import Language

import nlp.models.components
import nlp.models.transformers  # noqa: F401 - registers its components with spaCy
from core.errors import ReadingModelInvalid
from nlp.models.store import read_manifest

_BEHIND: Final = {"category": ("category",), "entities": ("entities", "address"), "address": ("address",)}
"""The component of the rules that a model stands behind: the first of these that the reader has."""


def use_models(reader: Language, models: Mapping[str, Path]) -> None:
    """Add the component of each kind (category, entities, address) whose folder is given.

    Raises ReadingModelInvalid where a folder holds no model of that kind, or a changed one.
    """
    for kind, folder in models.items():
        manifest = read_manifest(folder, kind)
        factory = f"{manifest.settings.get('engine', 'trained')}_{kind}"
        if not reader.has_factory(factory):
            raise ReadingModelInvalid(f"没有运行 {kind} 模型 {folder.name} 的组件")
        config: dict[str, object] = {"model": str(folder)} | ({"beside": True} if kind == "category" else {})
        after = next(name for name in _BEHIND[kind] if name in reader.pipe_names)
        reader.add_pipe(factory, after=after, config=config)


def models_version(models: Mapping[str, Path]) -> str:
    """What tells readers with different models apart: `+category:0123456789abcdef`, nothing without models."""
    return "".join(f"+{kind}:{read_manifest(models[kind], kind).version}" for kind in sorted(models))
