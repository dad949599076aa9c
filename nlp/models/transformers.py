"""ONNX exports as spaCy components: `transformer_category` and `transformer_entities` (see `transformer`)."""

from __future__ import annotations

from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from nlp.models.components import Stored, give_categories, give_entities, loaded
from nlp.models.labels import codes_of
from nlp.models.store import MANIFEST, read_manifest
from nlp.models.transformer import Transformer, load_transformer


class _Export(Stored):
    def __init__(self, nlp: Language, name: str, model: str) -> None:
        del nlp
        self._model: Transformer | None = None
        super().__init__(name, model)

    def _load(self, folder: Path) -> None:
        self._model = load_transformer(folder)


@Language.factory(
    "transformer_category",
    assigns=["doc._.categories", "doc._.category", "doc._.category_score"],
    requires=["doc._.plain"],
    default_config={"model": "", "minimum": 0.5, "beside": False},
)
class TransformerCategory(_Export):
    """`trained_category` by a transformer; it reads the beginning of a text, as many tokens as it was made for."""

    def __init__(self, nlp: Language, name: str, model: str, minimum: float, beside: bool) -> None:
        self.minimum, self.beside = minimum, beside
        self._codes: dict[str, str] = {}
        super().__init__(nlp, name, model)

    def _load(self, folder: Path) -> None:
        super()._load(folder)
        stated = read_manifest(folder).settings.get("codes") if (folder / MANIFEST).is_file() else None
        self._codes = codes_of(loaded(self._model, self.name).labels, stated=stated)

    def __call__(self, doc: Doc) -> Doc:
        model: Transformer = loaded(self._model, self.name)
        ranked = zip(model.labels, model.probabilities(doc._.plain).tolist(), strict=True)
        give_categories(doc, list(ranked), self._codes, self.minimum, beside=self.beside)
        return doc


@Language.factory(
    "transformer_entities",
    assigns=["doc._.entities", "doc.spans"],
    requires=["doc._.plain"],
    default_config={"model": ""},
)
class TransformerEntities(_Export):
    """`trained_entities` by a transformer; the certainty of an entity is the mean probability of its tokens."""

    def __call__(self, doc: Doc) -> Doc:
        model: Transformer = loaded(self._model, self.name)
        give_entities(doc, model.spans(doc._.plain))
        return doc
