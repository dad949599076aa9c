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
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from core.errors import ReadingModelInvalid
from nlp.models.encoders import Floats, Indices, conv, gru, reversed_within
from nlp.models.features import KnownHashes, Lexicon, feature_hashes
from nlp.models.store import Arrays, StoredModel, read_model, write_model
from nlp.models.tags import Span, TagScheme
from nlp.models.viterbi import FORBIDDEN, best_tags

_BATCH: Final = 4_000
_PIECE: Final = re.compile(r"[^。！？；!?;\n，,]{1,120}[。！？；!?;\n，,]*|[。！？；!?;\n，,]+")
_SHORTEST: Final = 24

LEXICON_FILE: Final = "words.json"


@dataclass(frozen=True)
class Member:
    """One trained network with its transitions; names of arrays are those of `nlp.models.encoders`."""

    parameters: Mapping[str, Floats]
    layers: tuple[str, ...]

    def deep(self, characters: Indices, lengths: Indices) -> Floats:
        """Scores (texts, steps, tags) of the deep half; `characters` are rows of the embedding table."""
        values = self.parameters["embedding"][characters]
        backwards = reversed_within(lengths, characters.shape[1])
        mask = np.arange(characters.shape[1])[None, :] < lengths[:, None]
        for index, kind in enumerate(self.layers):
            if kind == "gru":
                values = gru(self.parameters, index, values, backwards)[0]
            else:
                values = conv(self.parameters, index, values * mask[:, :, None], mask)[0]
        scores: Floats = values @ self.parameters["output"]
        return scores


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
        cut = [list(clauses(text)) for text in texts]
        spans = iter(
            self.label([text[start:end] for text, pieces in zip(texts, cut, strict=True) for start, end in pieces])
        )
        return [[(start + a, start + b, label) for start, _ in pieces for a, b, label in next(spans)] for pieces in cut]

    def emissions(self, texts: Sequence[str]) -> tuple[Floats, Indices]:
        """Scores (texts, longest, tags), summed over the members, and the lengths."""
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        mask = np.arange(lengths.max())[None, :] < lengths[:, None]
        characters = np.zeros(mask.shape, dtype=np.int64)
        characters[mask] = character_rows("".join(texts), self.alphabet)
        scores = np.zeros((*mask.shape, len(self.scheme.tags)), dtype=np.float32)
        for member in self.members:
            scores += member.parameters["bias"]
            if member.layers:
                scores += member.deep(characters, lengths)
        if len(self.features.hashes):
            scores[mask] += self._wide(texts)
        return scores, lengths

    def _label_batch(self, texts: Sequence[str]) -> Iterator[list[Span]]:
        scores, lengths = self.emissions(texts)
        tags = best_tags(scores, lengths, *self._transitions())
        return (self.scheme.decode(row[:length]) for row, length in zip(tags, lengths, strict=True))

    def _wide(self, texts: Sequence[str]) -> Floats:
        words = np.concatenate([lexicon.codes(texts) for lexicon in self.lexicons], axis=1) if self.lexicons else None
        rows = self.features.rows(feature_hashes(texts, words))
        scores = np.zeros((len(rows), self.wide.shape[1]), dtype=np.float32)
        for column in range(rows.shape[1]):
            scores += self.wide[rows[:, column]]
        return scores

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
        }
        words = orjson.dumps([lexicon.words for lexicon in self.lexicons], option=orjson.OPT_SORT_KEYS)
        return write_model(folder, self.kind, stated, arrays, {LEXICON_FILE: words, **files})


def load_sequence_model(folder: Path, kind: str | None = None) -> SequenceModel:
    """Raises ReadingModelInvalid where the directory is no such model, or was changed."""
    return sequence_model(read_model(folder, kind))


def sequence_model(stored: StoredModel) -> SequenceModel:
    arrays, settings = stored.arrays, stored.settings
    try:
        members = tuple(
            Member(
                {
                    name.partition(".")[2]: array.astype(np.float32)
                    for name, array in arrays.items()
                    if name.startswith(f"{number}.")
                },
                tuple(layers),
            )
            for number, layers in enumerate(settings["layers"])
        )
        scheme = TagScheme(tuple(settings["labels"]))
        lexicons = tuple(Lexicon(words) for words in orjson.loads(stored.files[LEXICON_FILE]))
        wide = arrays["wide"].astype(np.float32)
        model = SequenceModel(
            stored.kind,
            scheme,
            KnownHashes(arrays["features"]),
            wide,
            arrays["alphabet"],
            members,
            lexicons,
            stored.version,
        )
        fits = wide.shape == (len(model.features.hashes) + 1, len(scheme.tags))
    except (KeyError, TypeError, ValueError) as error:
        raise ReadingModelInvalid(f"{stored.kind} 模型缺少组成部分") from error
    if not fits:
        raise ReadingModelInvalid(f"{stored.kind} 模型的权重与标签数不符")
    return model


def character_rows(text: str, alphabet: NDArray[np.int64]) -> Indices:
    """Rows of the embedding table; row 0 is that of every character that the model does not know."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    rows = np.searchsorted(alphabet, codes)
    rows[rows == len(alphabet)] = 0
    return np.where(alphabet[rows] == codes, rows + 1, 0) if len(alphabet) else np.zeros(len(codes), dtype=np.int64)


def clauses(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of pieces that end at a stop or comma and have two dozen characters or more, 150 at most."""
    start = end = 0
    for match in _PIECE.finditer(text):
        end = match.end()
        if end - start >= _SHORTEST:
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
