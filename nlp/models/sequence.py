"""A sequence model: text in, labelled spans out.

A tag's score at a character is the sum of a wide half (weights of hashed n-grams and of words of the lexicon: what was
seen literally) and a deep half (a small network over the characters in their context: what resembles what was
seen), summed over the members where the model has several; transitions decide with them (a linear-chain conditional
random field, Lafferty and others 2001).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import Field

from core.errors import ReadingModelInvalid
from nlp.models.encoders import Floats, Indices, beside, conv, gru, reversed_within
from nlp.models.features import FEATURE_SET, FEATURE_SETS, KnownHashes, Lexicon, feature_hashes, word_codes
from nlp.models.forms import Form, filled
from nlp.models.likely import likely_spans
from nlp.models.store import MANIFEST, Arrays, StoredModel, read_model, write_model
from nlp.models.tags import Span, TagScheme
from nlp.models.viterbi import FORBIDDEN, best_tags

_BATCH: Final = 4_000
_PIECE: Final = re.compile(r"[^。！？；!?;\n，,]{1,120}[。！？；!?;\n，,]*|[。！？；!?;\n，,]+")
_SHORTEST: Final = 24
_NEAR: Final = 8
"""Networks that see a whole clause are given more of it; the others are faster on many short ones."""

LEXICON_FILE: Final = "words.json"
_MOST_LABELS: Final = 200
_REPEATED: Final = 4
"""Codes of `features.repeated`."""


@dataclass(frozen=True)
class Member:
    """One trained network with its transitions; names of arrays are those of `nlp.models.encoders`.

    A network with `words0`, `words1` … sees lexicon 0, 1 … too: the vector of a character's code is added to its own.
    """

    parameters: Mapping[str, Floats]
    layers: tuple[str, ...]

    def deep(self, characters: Indices, words: Indices, lengths: Indices) -> Floats:
        """Scores (characters of all texts, tags) of the deep half.

        `characters` are rows of the embedding table, `words` (characters, columns) codes, `lengths` those of the texts.
        """
        vectors = word_vectors(self.parameters, self.parameters["embedding"][characters], words)
        kept = self._apart(lengths) if "gru" not in self.layers else np.arange(lengths.max()) < lengths[:, None]
        values = np.zeros((*kept.shape, vectors.shape[1]), dtype=np.float32)
        values[kept] = vectors
        spread = None
        if self.layers[0] == "conv":
            spread = np.zeros((*kept.shape, 3 * vectors.shape[1]), dtype=np.float32)
            spread[kept] = word_vectors(self._spread, self._spread["embedding"][characters], words)
        for index, kind in enumerate(self.layers):
            if kind == "gru":
                values = gru(self.parameters, index, values, reversed_within(lengths, kept.shape[1]))[0]
            else:
                values = conv(self.parameters, index, values, kept, None if index else spread)[0]
                values *= kept[:, :, None]
        scores: Floats = values[kept] @ self.parameters["output"]
        return scores

    @cached_property
    def _spread(self) -> dict[str, Floats]:
        """What the first window makes of every character and code: looked up, it need not be multiplied out."""
        weights = beside(self.parameters["conv0.weights"])
        tables = [name for name in self.parameters if name == "embedding" or name.startswith("words")]
        return {name: self.parameters[name] @ weights for name in tables}

    def _apart(self, lengths: Indices) -> NDArray[np.bool_]:
        """One row (1, places) of all texts, with gaps as wide as the widest window: no padding to compute."""
        gap = 2 ** max(0, len(self.layers) - 1)
        kept = np.zeros((1, int(lengths.sum()) + gap * (len(lengths) + 1)), dtype=bool)
        kept[0, np.arange(int(lengths.sum())) + gap * (1 + np.repeat(np.arange(len(lengths)), lengths))] = True
        return kept


@dataclass(frozen=True)
class SequenceModel:
    """A loaded model; `alphabet` are the sorted code points that have a row in the embedding tables."""

    kind: str
    scheme: TagScheme
    features: KnownHashes
    wide: NDArray[Any]
    alphabet: NDArray[np.int64]
    members: tuple[Member, ...]
    lexicons: tuple[Lexicon, ...]
    version: str = ""
    feature_set: str = FEATURE_SET
    likely: bool = False
    """Whether spans that are more probable than not are given, in place of the likeliest sequence's."""

    def label(self, texts: Sequence[str]) -> list[list[Span]]:
        """Spans of each text; texts may be empty or of any length, but were trained on sentences: see `label_long`."""
        found: list[list[Span]] = [[] for _ in texts]
        order = sorted((index for index, text in enumerate(texts) if text), key=lambda index: len(texts[index]))
        for batch in _batches(order, [len(text) for text in texts]):
            for index, spans in zip(batch, self._label_batch([texts[index] for index in batch]), strict=True):
                found[index] = spans
        return found

    def label_long(self, text: str) -> list[Span]:
        """Spans of a long text, read clause by clause; offsets are those of the whole."""
        return self.label_all([text])[0]

    def label_all(self, texts: Sequence[str]) -> list[list[Span]]:
        """`label_long` of many texts, their clauses put together in batches."""
        shortest = _NEAR if self._looks_near else _SHORTEST
        cut = [list(clauses(text, shortest)) for text in texts]
        spans = iter(
            self.label([text[start:end] for text, pieces in zip(texts, cut, strict=True) for start, end in pieces])
        )
        return [[(start + a, start + b, label) for start, _ in pieces for a, b, label in next(spans)] for pieces in cut]

    @property
    def _looks_near(self) -> bool:
        """Whether a few characters around are all that a score depends on."""
        return all("gru" not in member.layers for member in self.members)

    def emissions(self, texts: Sequence[str]) -> tuple[Floats, Indices]:
        """Scores (characters of all texts, tags), summed over the members, and the texts' lengths."""
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        characters = character_rows("".join(texts), self.alphabet)
        words = word_codes(texts, self.lexicons, FEATURE_SETS[self.feature_set])
        if len(self.features.hashes):
            scores = self._wide(texts, words)
        else:
            scores = np.zeros((len(characters), len(self.scheme.tags)), dtype=np.float32)
        for member in self.members:
            scores += member.parameters["bias"]
            if member.layers:
                scores += member.deep(characters, words, lengths)
        return scores, lengths

    def _label_batch(self, texts: Sequence[str]) -> Iterator[list[Span]]:
        scores, lengths = self.emissions(texts)
        if self.likely:
            return iter(likely_spans(scores, lengths, self.scheme, *self._transitions))
        tags = best_tags(scores, lengths, *self._transitions)
        return (self.scheme.decode(row) for row in np.split(tags, np.cumsum(lengths)[:-1]))

    def _wide(self, texts: Sequence[str], codes: Indices) -> Floats:
        rows = self.features.rows(feature_hashes(texts, codes, FEATURE_SETS[self.feature_set]))
        scores = np.zeros((len(rows), self.wide.shape[1]), dtype=np.float32)
        for column in range(rows.shape[1]):
            scores += self.wide[rows[:, column]]
        return scores

    @cached_property
    def _transitions(self) -> tuple[Floats, Floats, Floats]:
        def total(name: str, allowed: NDArray[np.bool_]) -> Floats:
            summed = np.sum([member.parameters[name] for member in self.members], axis=0)
            return np.where(allowed, summed, FORBIDDEN).astype(np.float32)

        scheme = self.scheme
        return total("transitions", scheme.follows), total("starts", scheme.starts), total("ends", scheme.ends)

    def save(self, folder: Path, *, settings: Mapping[str, object], files: Mapping[str, bytes]) -> str:
        """Write the model's directory; gives its version."""
        arrays: Arrays = {
            "features": self.features.hashes,
            "wide": self.wide.astype(np.float16),
            "alphabet": self.alphabet,
        }
        for number, member in enumerate(self.members):
            arrays |= {f"{number}.{name}": value.astype(np.float16) for name, value in member.parameters.items()}
        stated = {
            **settings,
            "labels": list(self.scheme.labels),
            "layers": [list(member.layers) for member in self.members],
            "likely": self.likely,
        }
        words = orjson.dumps([lexicon.words for lexicon in self.lexicons], option=orjson.OPT_SORT_KEYS)
        return write_model(folder, self.kind, stated, arrays, {LEXICON_FILE: words, **files}, self.feature_set)


def load_sequence_model(folder: Path, kind: str | None = None) -> SequenceModel:
    """Raises ReadingModelInvalid where the directory is no such model, or was changed."""
    return sequence_model(read_model(folder, kind))


class _Settings(Form):
    labels: Annotated[list[str], Field(min_length=1, max_length=_MOST_LABELS)]
    layers: Annotated[list[Annotated[list[Literal["gru", "conv"]], Field(max_length=8)]], Field(min_length=1)]
    likely: bool = False


class _Words(Form):
    lexicons: list[dict[str, Annotated[int, Field(ge=0, lt=_MOST_LABELS)]]]


def sequence_model(stored: StoredModel) -> SequenceModel:
    settings = filled(_Settings, stored.settings, f"模型 {stored.name} 的 {MANIFEST} 的 settings")
    tags = 1 + 4 * len(settings.labels)
    features = stored.array("features", np.uint64, -1)
    wide = stored.array("wide", np.float16, len(features) + 1, tags)
    alphabet = stored.array("alphabet", np.int64, -1)
    lexicons = _lexicons(stored)
    kinds = [1 + max((4 * label + 4 for label in lexicon.words.values()), default=0) for lexicon in lexicons]
    members = []
    for number, layers in enumerate(settings.layers):
        for name, shape in (("transitions", (tags, tags)), ("starts", (tags,)), ("ends", (tags,)), ("bias", (tags,))):
            stored.array(f"{number}.{name}", np.float16, *shape)
        if layers:
            width = stored.array(f"{number}.embedding", np.float16, len(alphabet) + 1, -1).shape[1]
            stored.array(f"{number}.output", np.float16, _through(stored, number, layers, width), tags)
        parameters = {
            name.partition(".")[2]: array.astype(np.float32)
            for name, array in stored.arrays.items()
            if name.startswith(f"{number}.")
        }
        for column, count in enumerate((*kinds, _REPEATED)):
            if layers and f"words{column}" in parameters:
                table = stored.array(f"{number}.words{column}", np.float16, -1, width).astype(np.float32)
                missing = max(0, count - len(table))  # codes that no text of the training had
                parameters[f"words{column}"] = np.pad(table, ((0, missing), (0, 0)))
        members.append(Member(parameters, tuple(layers)))
    return SequenceModel(
        stored.kind,
        TagScheme(tuple(settings.labels)),
        KnownHashes(features),
        wide.astype(np.float32),
        alphabet,
        tuple(members),
        lexicons,
        stored.version,
        stored.features,
        settings.likely,
    )


def _through(stored: StoredModel, number: int, layers: Sequence[str], width: int) -> int:
    """The width that comes out of a member's layers, `width` going in. Raises ReadingModelInvalid where one misfits."""
    for layer, kind in enumerate(layers):
        name = f"{number}.{kind}{layer}"
        if kind == "gru":
            hidden = stored.array(f"{name}.recurrent", np.float16, 2, -1, -1).shape[1]
            stored.array(f"{name}.recurrent", np.float16, 2, hidden, 3 * hidden)
            stored.array(f"{name}.input", np.float16, 2, width, 3 * hidden)
            stored.array(f"{name}.input_bias", np.float16, 2, 3 * hidden)
            stored.array(f"{name}.recurrent_bias", np.float16, 2, 3 * hidden)
            width = 2 * hidden
        else:
            stored.array(f"{name}.weights", np.float16, 3 * width, width)
            stored.array(f"{name}.bias", np.float16, width)
    return width


def _lexicons(stored: StoredModel) -> tuple[Lexicon, ...]:
    where = f"模型 {stored.name} 的 {LEXICON_FILE}"
    try:
        told = orjson.loads(stored.files.get(LEXICON_FILE, b""))
    except orjson.JSONDecodeError as error:
        raise ReadingModelInvalid(f"{where} 缺少或无法解析") from error
    return tuple(Lexicon(words) for words in filled(_Words, {"lexicons": told}, where).lexicons)


def word_vectors(parameters: Mapping[str, Floats], vectors: Floats, words: Indices) -> Floats:
    """The vectors of the characters plus those of their codes in every lexicon that the network has learnt to see."""
    for lexicon in range(words.shape[-1]):
        table = parameters.get(f"words{lexicon}")
        vectors = vectors if table is None else vectors + table[words[..., lexicon]]
    return vectors


def character_rows(text: str, alphabet: NDArray[np.int64]) -> Indices:
    """Rows of the embedding table; row 0 is that of every character that the model does not know."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    rows = np.searchsorted(alphabet, codes)
    rows[rows == len(alphabet)] = 0
    return np.where(alphabet[rows] == codes, rows + 1, 0) if len(alphabet) else np.zeros(len(codes), dtype=np.int64)


def clauses(text: str, shortest: int = _SHORTEST) -> Iterator[tuple[int, int]]:
    """(start, end) of pieces that end at a stop or comma and have `shortest` characters or more, some 150 at most."""
    start = end = 0
    for match in _PIECE.finditer(text):
        end = match.end()
        if end - start >= shortest:
            yield start, end
            start = end
    if end > start:
        yield start, end


def _batches(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Texts of like length together, each batch at most `_BATCH` characters with its padding."""
    batch: list[int] = []
    for index in order:
        if batch and (len(batch) + 1) * lengths[index] > _BATCH:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
