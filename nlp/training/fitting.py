"""One network of a sequence model, trained: the loop over batches, forward, loss, backward, steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.progress import SILENT, Progress
from nlp.models.encoders import ConvCache, Floats, GruCache, Indices, conv, gru, reversed_within
from nlp.models.features import FEATURE_SET
from nlp.models.sequence import Member, word_vectors
from nlp.models.tags import TagScheme
from nlp.models.viterbi import FORBIDDEN
from nlp.training.crf import crf_gradient
from nlp.training.examples import Examples, swapped
from nlp.training.gradients import Gradients, conv_back, gru_back
from nlp.training.optimize import Adam, RowAdaGrad

_RATES: Final = {"transitions": 5.0, "starts": 5.0, "ends": 5.0, "bias": 5.0, "output": 2.0}
"""The parts that start from nothing learn faster than those that start from LAC."""
_WARM: Final = 0.05


@dataclass(frozen=True)
class Recipe:
    """How a network is made. Dropouts are shares; `batch` counts characters; rates fall linearly to nothing."""

    layers: tuple[str, ...] = ("conv", "conv")
    wide: bool = True
    weight: float = 1.0
    """Of this network among the others of a model."""
    rarest: int = 2
    """An n-gram that the training part has fewer times gets no weight."""
    epochs: int = 8
    batch: int = 2_500
    rate: float = 2e-3
    wide_rate: float = 0.1
    embedding_rate: float = 0.01
    input_dropout: float = 0.2
    dropout: float = 0.3
    wide_dropout: float = 0.5
    decay: float = 1e-4
    linked: bool = True
    """Whether transitions are learnt. Without, they only keep spans whole, and the best path is found faster."""
    words: bool = False
    """Whether the network sees the codes of the lexicons beside the characters."""
    swap: float = 0.0
    """Share of the spans that another one of its label takes the place of, anew in each epoch (Dai and Adel 2020)."""
    unknown: float = 0.0
    """Share of the characters that are shown as unknown ones."""
    from_lac: bool = True
    """Begin with LAC's weights where they are installed (see `lac`)."""
    width: int = 128
    """Of the character vectors and layers; LAC's have 128, of which fewer are its first principal components."""
    feature_set: str = FEATURE_SET
    """Of the wide half (see `nlp.models.features`); networks of one model share it."""


@dataclass
class _Batch:
    lengths: Indices
    mask: NDArray[np.bool_]
    characters: Indices
    words: Indices
    tags: Indices
    rows: Indices


def fit(
    examples: Examples, start: dict[str, Floats], recipe: Recipe, seed: int, *, progress: Progress = SILENT
) -> tuple[Member, Floats]:
    """The network and its wide weights (features, tags). `start` are the parameters to begin with, `embedding` too."""
    random = np.random.default_rng(seed)
    scheme = examples.scheme
    tags = len(scheme.tags)
    parameters = {name: value.astype(np.float32).copy() for name, value in start.items()}
    embedding = parameters.pop("embedding")
    zeros = {"transitions": (tags, tags), "starts": (tags,), "ends": (tags,), "bias": (tags,)}
    parameters |= {name: np.zeros(shape, dtype=np.float32) for name, shape in zeros.items()}
    if recipe.layers:
        width = _output_width(parameters, embedding, recipe)
        parameters["output"] = random.normal(0, 0.05, (width, tags)).astype(np.float32)
    wide = np.zeros((examples.features.shape[1], tags), dtype=np.float32)
    if recipe.words and recipe.layers:
        kinds = np.max([codes.max(0, initial=0) for codes in examples.words], axis=0)
        for lexicon, last in enumerate(kinds.tolist()):
            parameters[f"words{lexicon}"] = np.zeros((last + 1, embedding.shape[1]), dtype=np.float32)
    network = _Network(scheme, recipe, parameters, embedding, wide, random)
    lengths = examples.lengths
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    total = recipe.epochs * len(_dealt(lengths, recipe.batch, np.random.default_rng(seed)))
    with progress.task("训练", total=total, unit="批") as task:
        done = 0
        for _ in range(recipe.epochs):
            seen = swapped(examples, recipe.swap, random) if recipe.swap else examples
            lengths = seen.lengths
            for members in _dealt(lengths, recipe.batch, random):
                share = min(done / total, 1.0)
                pace = min(1.0, (share + 1 / total) / _WARM) * (1 - share)
                network.learn(_batch(seen, lengths, offsets, members), examples.features, pace)
                done += 1
                task.advance()
    if recipe.layers:
        parameters["embedding"] = embedding
    return Member(parameters, recipe.layers), wide


def random_start(alphabet: NDArray[np.int64], recipe: Recipe, seed: int) -> dict[str, Floats]:
    """Small random parameters, where there is nothing better to begin with."""
    random = np.random.default_rng(seed)
    width, hidden = recipe.width, recipe.width // 2
    found: dict[str, NDArray[np.floating]] = {"embedding": random.normal(0, 0.1, (len(alphabet) + 1, width))}
    for layer, kind in enumerate(recipe.layers):
        if kind == "gru":
            found[f"gru{layer}.input"] = random.normal(0, width**-0.5, (2, width, 3 * hidden))
            found[f"gru{layer}.recurrent"] = random.normal(0, hidden**-0.5, (2, hidden, 3 * hidden))
            found[f"gru{layer}.input_bias"] = np.zeros((2, 3 * hidden))
            found[f"gru{layer}.recurrent_bias"] = np.zeros((2, 3 * hidden))
    found |= conv_start(recipe, width, seed)
    return {name: value.astype(np.float32) for name, value in found.items()}


def conv_start(recipe: Recipe, width: int, seed: int) -> dict[str, Floats]:
    random = np.random.default_rng(seed + 1)
    found: dict[str, Floats] = {}
    for layer, kind in enumerate(recipe.layers):
        if kind == "conv":
            found[f"conv{layer}.weights"] = random.normal(0, (3 * width) ** -0.5, (3 * width, width)).astype(np.float32)
            found[f"conv{layer}.bias"] = np.zeros(width, dtype=np.float32)
    return found


def _output_width(parameters: dict[str, Floats], embedding: Floats, recipe: Recipe) -> int:
    last = len(recipe.layers) - 1
    width = 2 * parameters[f"gru{last}.recurrent"].shape[1] if recipe.layers[last] == "gru" else embedding.shape[1]
    return int(width)


def _dealt(lengths: Indices, size: int, random: np.random.Generator) -> list[Indices]:
    """Batches of like length in random order; texts of nearly the same length change places between epochs."""
    order = np.argsort(lengths + random.random(len(lengths)) * 3, kind="stable")
    batches: list[Indices] = []
    current: list[int] = []
    for index in order:
        if current and (len(current) + 1) * lengths[index] > size:
            batches.append(np.array(current))
            current = []
        current.append(int(index))
    batches.append(np.array(current))
    return [batches[index] for index in random.permutation(len(batches))]


def _batch(examples: Examples, lengths: Indices, offsets: Indices, members: Indices) -> _Batch:
    own = lengths[members]
    mask = np.arange(own.max())[None, :] < own[:, None]
    characters, tags = np.zeros(mask.shape, dtype=np.int64), np.zeros(mask.shape, dtype=np.int64)
    characters[mask] = np.concatenate([examples.characters[index] for index in members])
    tags[mask] = np.concatenate([examples.tags[index] for index in members])
    words = np.zeros((*mask.shape, examples.words[0].shape[1]), dtype=np.int64)
    words[mask] = np.concatenate([examples.words[index] for index in members])
    rows = np.concatenate([np.arange(offsets[index], offsets[index + 1]) for index in members])
    return _Batch(own, mask, characters, words, tags, rows)


class _Trail(NamedTuple):
    """What the way forward leaves for the way back."""

    values: Floats
    dropped: Floats
    caches: list[tuple[GruCache | ConvCache, Floats]]
    backwards: Indices


class _Network:
    """Parameters in training, with their optimizers."""

    def __init__(
        self,
        scheme: TagScheme,
        recipe: Recipe,
        parameters: dict[str, Floats],
        embedding: Floats,
        wide: Floats,
        random: np.random.Generator,
    ) -> None:
        self.scheme, self.recipe, self.random = scheme, recipe, random
        self.parameters, self.embedding, self.wide = parameters, embedding, wide
        self._adam = Adam(parameters)
        self._wide_steps = RowAdaGrad(wide)
        self._embedding_steps = RowAdaGrad(embedding, by_row=True)

    def learn(self, batch: _Batch, features: sparse.csr_matrix, pace: float) -> float:
        """One step; gives the loss a text, in nats. `pace` is the factor to all rates."""
        recipe, parameters = self.recipe, self.parameters
        bias = parameters["bias"]
        emissions = np.zeros((*batch.mask.shape, len(bias)), dtype=np.float32) + bias
        trail = self._read(batch) if recipe.layers else None
        if trail is not None:
            emissions += trail.values @ parameters["output"]
        own = features[batch.rows] if recipe.wide else None
        if own is not None:
            own.data = self._dropped(own.data.shape, recipe.wide_dropout)
            emissions[batch.mask] += own @ self.wide
        found = crf_gradient(emissions, batch.mask, batch.tags, *self._transitions())
        share = np.float32(1 / len(batch.lengths))
        gradients: Gradients = {
            "starts": found.starts * share,
            "ends": found.ends * share,
            "bias": found.emissions.sum((0, 1)) * share,
        }
        if recipe.linked:
            gradients["transitions"] = found.transitions * share
        if own is not None:
            self._learn_wide(own, found.emissions[batch.mask] * share, pace)
        if trail is not None:
            gradients |= self._go_back(batch, trail, found.emissions * share, pace)
        self._adam.step(gradients, _RATES, recipe.rate * pace)
        return found.loss * float(share)

    def _read(self, batch: _Batch) -> _Trail:
        """Forward through the layers, with dropout."""
        recipe = self.recipe
        backwards = reversed_within(batch.lengths, batch.mask.shape[1])
        dropped = self._dropped((*batch.mask.shape, self.embedding.shape[1]), recipe.input_dropout)
        characters = batch.characters
        if recipe.unknown:
            characters = np.where(self.random.random(characters.shape) < recipe.unknown, 0, characters)
        values = word_vectors(self.parameters, self.embedding[characters], batch.words)
        values = values * dropped * batch.mask[:, :, None]
        caches: list[tuple[GruCache | ConvCache, Floats]] = []
        for layer, kind in enumerate(recipe.layers):
            cache: GruCache | ConvCache
            if kind == "gru":
                values, cache = gru(self.parameters, layer, values, backwards)
            else:
                values, cache = conv(self.parameters, layer, values, batch.mask)
            keep = self._dropped(values.shape, recipe.dropout) * batch.mask[:, :, None]
            values = values * keep
            caches.append((cache, keep))
        return _Trail(values, dropped, caches, backwards)

    def _go_back(self, batch: _Batch, trail: _Trail, by_emissions: Floats, pace: float) -> Gradients:
        """Gradients of output and layers; the character vectors learn on the way."""
        output, values = self.parameters["output"], trail.values
        gradients: Gradients = {
            "output": values.reshape(-1, values.shape[2]).T @ by_emissions.reshape(-1, by_emissions.shape[2])
        }
        wanted = by_emissions @ output.T
        for layer in reversed(range(len(self.recipe.layers))):
            cache, keep = trail.caches[layer]
            wanted, layered = self._back(layer, cache, trail.backwards, wanted * keep)
            gradients |= layered
        if self.recipe.words:
            gradients |= self._by_words(batch, wanted * trail.dropped)
        if self.recipe.embedding_rate:
            self._learn_embedding(batch, wanted * trail.dropped, pace)
        return gradients

    def _transitions(self) -> tuple[Floats, Floats, Floats]:
        scheme, parameters = self.scheme, self.parameters
        return (
            np.where(scheme.follows, parameters["transitions"], FORBIDDEN),
            np.where(scheme.starts, parameters["starts"], FORBIDDEN),
            np.where(scheme.ends, parameters["ends"], FORBIDDEN),
        )

    def _back(
        self, layer: int, cache: GruCache | ConvCache, backwards: Indices, wanted: Floats
    ) -> tuple[Floats, Gradients]:
        if isinstance(cache, GruCache):
            return gru_back(self.parameters, layer, cache, backwards, wanted)
        return conv_back(self.parameters, layer, cache, wanted)

    def _learn_wide(self, own: sparse.csr_matrix, wanted: Floats, pace: float) -> None:
        rows = np.unique(own.indices)
        gradient = np.asarray((own.T.tocsr() @ wanted)[rows], dtype=np.float32) + self.recipe.decay * self.wide[rows]
        self._wide_steps.step(rows, gradient, self.recipe.wide_rate * pace)

    def _learn_embedding(self, batch: _Batch, wanted: Floats, pace: float) -> None:
        characters = batch.characters[batch.mask]
        order = np.argsort(characters, kind="stable")
        rows, first = np.unique(characters[order], return_index=True)
        gradient = np.add.reduceat(wanted[batch.mask][order], first, axis=0)
        self._embedding_steps.step(rows, gradient, self.recipe.embedding_rate * pace)

    def _by_words(self, batch: _Batch, wanted: Floats) -> Gradients:
        """Gradients of the code vectors, lexicon by lexicon."""
        flat, codes = wanted[batch.mask], batch.words[batch.mask]
        found: Gradients = {}
        for lexicon in range(codes.shape[1]):
            name = f"words{lexicon}"
            rows = np.arange(len(self.parameters[name]))
            found[name] = (rows[:, None] == codes[None, :, lexicon]).astype(np.float32) @ flat
        return found

    def _dropped(self, shape: tuple[int, ...], share: float) -> Floats:
        """Factors that blank a share of the values and keep the sum."""
        if not share:
            return np.ones(shape, dtype=np.float32)
        kept = self.random.random(shape, dtype=np.float32) >= share
        return kept.astype(np.float32) / np.float32(1 - share)
