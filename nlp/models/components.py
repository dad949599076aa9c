"""Trained models as spaCy components: `trained_category`, `trained_entities`, `trained_address`.

`use_models` puts those that a home uses into a reader, each behind the rules whose findings it adds to: a category
model behind the weights that ship, which keep what it lacks. The model's files are saved and loaded with the pipeline.
`nlp.models.transformers` has the same for ONNX exports.
"""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from spacy.language import Language
from spacy.tokens import Doc

from core.errors import ReadingModelInvalid
from nlp.layers import Entity, EntityKind, Guess, Place, mark
from nlp.models.cards import read_card
from nlp.models.category import CategoryModel, load_category_model
from nlp.models.coverage import combined, covered
from nlp.models.labels import codes_of
from nlp.models.parts import with_parts
from nlp.models.sequence import SequenceModel, load_sequence_model
from nlp.models.tags import Span
from nlp.tables import entity_labels

_BATCH: Final = 64
_TOP: Final = 3
_UNMEASURED: Final = 0.5


@cache
def one_thread() -> None:
    """From here on, this process multiplies matrices in one thread.

    Products of a few hundred rows are done three times sooner by one than by several that wait for one another, and
    complaints are read in as many processes as there are cores.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")


class Stored(ABC):
    """A component that runs the model of a directory."""

    def __init__(self, name: str, model: str) -> None:
        self.name = name
        self.folder = Path(model) if model else None
        one_thread()
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


class _Labelling(Stored):
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
        model: SequenceModel = loaded(self._model, self.name)
        documents = iter(stream)
        while batch := list(islice(documents, batch_size)):
            self._mark(model, batch)
            yield from batch

    @abstractmethod
    def _mark(self, model: SequenceModel, batch: list[Doc]) -> None:
        """Leave what the model finds on the documents."""


@Language.factory(
    "trained_category",
    assigns=["doc._.categories", "doc._.category", "doc._.category_score"],
    requires=["doc._.plain"],
    default_config={"model": "", "minimum": 0.5, "beside": False},
)
class TrainedCategory(Stored):
    """The three most probable codes of the taxonomy; the first is the category where it is probable enough.

    `beside` a reader of the whole taxonomy, what that one made of categories that the model lacks is kept (`combined`).
    The model's categories are our codes or current names, or its settings say which code each one is.
    """

    def __init__(self, nlp: Language, name: str, model: str, minimum: float, beside: bool) -> None:
        del nlp
        self.minimum, self.beside = minimum, beside
        self._model: CategoryModel | None = None
        self._codes: dict[str, str] = {}
        super().__init__(name, model)

    def _load(self, folder: Path) -> None:
        self._model = load_category_model(folder)
        self._codes = codes_of(self._model.names, stated=self._model.codes)

    def __call__(self, doc: Doc) -> Doc:
        ranked = loaded(self._model, self.name).rank(doc._.plain)
        give_categories(doc, ranked, self._codes, self.minimum, beside=self.beside)
        return doc


@Language.factory(
    "trained_entities",
    assigns=["doc._.entities", "doc.spans"],
    requires=["doc._.plain"],
    default_config={"model": ""},
)
class TrainedEntities(_Labelling):
    """Adds what the model names and the rules did not to `doc._.entities`; a certainty is the label's precision.

    All that it names stands in the span group `named` too, under the model's own labels.
    """

    kind = "entities"

    def _load(self, folder: Path) -> None:
        super()._load(folder)
        self._precision = read_card(folder).precision

    def _mark(self, model: SequenceModel, batch: list[Doc]) -> None:
        for doc, spans in zip(batch, model.label_all([doc._.plain for doc in batch]), strict=True):
            sure = [(span, self._precision.get(span[2], _UNMEASURED)) for span in spans]
            give_entities(doc, sure)


@Language.factory(
    "trained_address",
    assigns=["doc._.places", "doc.spans"],
    requires=["doc._.plain", "doc._.places"],
    default_config={"model": ""},
)
class TrainedAddress(_Labelling):
    """Cuts every place that the rules found into its parts: they complete its address, as span group `address_parts`.

    A relative place (我家楼上) has no parts to cut.
    """

    kind = "address"

    def _mark(self, model: SequenceModel, batch: list[Doc]) -> None:
        places = [(row, place) for row, doc in enumerate(batch) for place in doc._.places if place.relative is None]
        texts = [batch[row]._.plain[place.start : place.end] for row, place in places]
        found: dict[tuple[int, Place], tuple[Place, list[Span]]] = {}
        for (row, place), text, spans in zip(places, texts, model.label(texts), strict=True):
            address = with_parts(place.address, text, spans, sure=bool(place.keys))
            moved = [(place.start + start, place.start + end, label) for start, end, label in spans]
            found[row, place] = (replace(place, address=address), moved)
        for row, doc in enumerate(batch):
            parts = [span for place in doc._.places for span in found.get((row, place), (place, []))[1]]
            doc._.places = tuple(found.get((row, place), (place, []))[0] for place in doc._.places)
            mark(doc, "address_parts", parts)


def give_categories(
    doc: Doc, ranked: Sequence[tuple[str, float]], codes: Mapping[str, str], minimum: float, *, beside: bool = False
) -> None:
    """Put a model's (name, probability) pairs on the document; names of one code count together.

    The first is the category from `minimum` on, or where the reader `beside` decided for it and the model lacks it.
    """
    told: dict[str, float] = {}
    for name, probability in ranked:
        told[codes[name]] = told.get(codes[name], 0.0) + probability
    known = frozenset(codes.values())
    shipped = {one.code: one.probability for one in doc._.categories}
    total = combined(told, shipped, known) if beside else told
    best = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))[:_TOP]
    decided = doc._.category
    doc._.categories = tuple(Guess(code, round(probability, 4)) for code, probability in best)
    first = doc._.categories[0]
    kept = beside and first.code == decided and not covered(first.code, known)
    doc._.category_score = first.probability
    doc._.category = first.code if kept or first.probability >= minimum else None
    if first.code not in {span.label_ for span in doc.spans.get("category", ())}:
        mark(doc, "category", [])  # those words spoke for another


def give_entities(doc: Doc, found: Sequence[tuple[Span, float]]) -> None:
    """Add (span, certainty) pairs to the entities of the document, where those leave room."""
    taken: list[Entity] = list(doc._.entities)
    ends = [(entity.start, entity.end) for entity in taken]
    for (start, end, label), certainty in found:
        kind = _kind(label)
        if kind is not None and all(end <= begin or until <= start for begin, until in ends):
            taken.append(Entity(start, end, kind, certainty=round(certainty, 4)))
    doc._.entities = tuple(sorted(taken, key=lambda entity: (entity.start, entity.end)))
    mark(doc, "entities", [(entity.start, entity.end, entity.kind) for entity in doc._.entities])
    mark(doc, "named", [span for span, _ in found])


def _kind(label: str) -> EntityKind | None:
    kinds: dict[str, EntityKind] = {"person": "person", "organization": "organization", "place": "place"}
    return kinds.get(entity_labels().get(label.lower(), ""))


def loaded(model: Any, name: str) -> Any:
    if model is None:
        raise ReadingModelInvalid(f"组件 {name} 没有指定模型目录")
    return model
