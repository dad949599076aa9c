"""Trained models as spaCy components: `trained_category`, `trained_entities`, `trained_address`.

They stand behind the components that read by rules (`nlp.add_pipe("trained_category", config={"model": DIR})`) and add
to what those found. The model's files are saved and loaded with the pipeline.
"""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from spacy.language import Language
from spacy.tokens import Doc

from core.errors import ReadingModelInvalid
from nlp.layers import mark
from nlp.models.category import CategoryModel, load_category_model
from nlp.models.sequence import SequenceModel, load_sequence_model
from nlp.tables import taxonomy

_BATCH: Final = 64


class _Stored(ABC):
    """A component that runs the model of a directory."""

    def __init__(self, name: str, model: str) -> None:
        self.name = name
        self.folder = Path(model) if model else None
        if self.folder is not None:
            self._load(self.folder)

    @abstractmethod
    def _load(self, folder: Path) -> None:
        """Take the model of a directory. Raises `ReadingModelInvalid`."""

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        del exclude
        if self.folder is None:
            raise ReadingModelInvalid(f"组件 {self.name} 还没有模型")
        shutil.copytree(self.folder, path, dirs_exist_ok=True)

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> Self:
        del exclude
        self._load(path)
        self.folder = path
        return self


class _Labelling(_Stored):
    """A component whose model marks parts of a text; many documents go through it together."""

    kind: ClassVar[str]

    def __init__(self, nlp: Language, name: str, model: str) -> None:
        del nlp
        self._model: SequenceModel | None = None
        super().__init__(name, model)

    def _load(self, folder: Path) -> None:
        self._model = load_sequence_model(folder, self.kind)

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe((doc,)))

    def pipe(self, stream: Iterable[Doc], batch_size: int = _BATCH) -> Iterator[Doc]:
        model: SequenceModel = _loaded(self._model, self.name)
        documents = iter(stream)
        while batch := list(islice(documents, batch_size)):
            self._mark(model, batch)
            yield from batch

    @abstractmethod
    def _mark(self, model: SequenceModel, batch: list[Doc]) -> None:
        """Leave what the model finds on the documents."""


@Language.factory(
    "trained_category",
    assigns=["doc._.topics", "doc._.category", "doc._.category_score"],
    requires=["doc._.plain"],
    default_config={"model": "", "minimum": 0.5},
)
class TrainedCategory(_Stored):
    """Puts the model's categories with their confidence, best first, into `doc._.topics`.

    Where the best is one of our taxonomy (by code or by name) and its confidence is `minimum` or more, it takes the
    place of what the rules said.
    """

    def __init__(self, nlp: Language, name: str, model: str, minimum: float) -> None:
        del nlp
        self.minimum = minimum
        self._model: CategoryModel | None = None
        self._codes: dict[str, str] = {}
        super().__init__(name, model)

    def _load(self, folder: Path) -> None:
        self._model = load_category_model(folder)
        ours = {row.name: row.code for row in taxonomy().values() if row.valid_to is None}
        self._codes = {name: name if name in taxonomy() else ours.get(name, "") for name in self._model.names}

    def __call__(self, doc: Doc) -> Doc:
        topics = _loaded(self._model, self.name).rank(doc._.plain)
        doc._.topics = tuple(topics)
        best, confidence = topics[0]
        if self._codes[best] and confidence >= self.minimum:
            doc._.category, doc._.category_score = self._codes[best], confidence
        return doc


@Language.factory("trained_entities", assigns=["doc.spans"], requires=["doc._.plain"], default_config={"model": ""})
class TrainedEntities(_Labelling):
    """Marks what the model names in the text as the span group `entities`."""

    kind = "entities"

    def _mark(self, model: SequenceModel, batch: list[Doc]) -> None:
        for doc, spans in zip(batch, model.label_all([doc._.plain for doc in batch]), strict=True):
            mark(doc, "entities", spans)


@Language.factory(
    "trained_address", assigns=["doc.spans"], requires=["doc._.plain", "doc._.places"], default_config={"model": ""}
)
class TrainedAddress(_Labelling):
    """Cuts every place that the rules found into its parts, as the span group `address_parts`."""

    kind = "address"

    def _mark(self, model: SequenceModel, batch: list[Doc]) -> None:
        places = [(number, place.start, place.end) for number, doc in enumerate(batch) for place in doc._.places]
        cut = model.label([batch[number]._.plain[start:end] for number, start, end in places])
        parts: list[list[tuple[int, int, str]]] = [[] for _ in batch]
        for (number, offset, _), spans in zip(places, cut, strict=True):
            parts[number] += [(offset + start, offset + end, label) for start, end, label in spans]
        for doc, found in zip(batch, parts, strict=True):
            mark(doc, "address_parts", found)


def _loaded(model: Any, name: str) -> Any:
    if model is None:
        raise ReadingModelInvalid(f"组件 {name} 没有指定模型目录")
    return model


def _register() -> None:
    if not Doc.has_extension("topics"):
        Doc.set_extension("topics", default=())


_register()
