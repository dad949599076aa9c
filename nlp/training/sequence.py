"""Address and entity models: a file in, a model directory with its card out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypedDict, Unpack

import numpy as np
from scipy import sparse

from core.errors import TrainingDataInvalid
from core.progress import SILENT, Progress
from nlp.models.encoders import Floats, Indices
from nlp.models.features import FEATURE_SETS, Hashes, KnownHashes, Lexicon, feature_hashes
from nlp.models.sequence import Member, SequenceModel, character_rows
from nlp.models.tags import TagScheme
from nlp.training.card import Card, card_files, source_of
from nlp.training.evaluate import measure_spans
from nlp.training.examples import Examples
from nlp.training.fitting import Recipe, conv_start, fit, random_start
from nlp.training.formats import READERS, TaggedText
from nlp.training.lac import Start, lac_start
from nlp.training.lexicon import division_words, learnt_words, training_codes
from nlp.training.report import SpanReport
from nlp.training.split import held_out

Kind = Literal["address", "entities"]
Setting = Literal["fast", "accurate"]

_RECURRENT: Final = Recipe(
    layers=("gru", "gru"),
    wide=False,
    words=True,
    swap=0.4,
    unknown=0.03,
    dropout=0.35,
    embedding_rate=0.0,
    epochs=13,
)
_LITERAL: Final = Recipe(layers=(), epochs=8, wide_dropout=0.3)

RECIPES: Final[dict[tuple[str, str], tuple[Recipe, ...]]] = {
    ("address", "fast"): (Recipe(words=True, wide_rate=0.05, wide_dropout=0.4, dropout=0.35),),
    ("address", "accurate"): (_RECURRENT, _RECURRENT, replace(_LITERAL, weight=0.6)),
    ("entities", "fast"): (Recipe(words=True, wide_rate=0.03, epochs=8, rarest=3, linked=False, feature_set="few-1"),),
    ("entities", "accurate"): (replace(_RECURRENT, epochs=8), replace(_LITERAL, weight=0.4)),
}
"""Networks of each setting. A recurrent network is trained apart from the wide half: together, the wide half learns
faster and leaves it nothing to find (addresses, F1 on a fifth of the training part: .882 together, .887 alone)."""

_LIKELY: Final = ("address",)
"""Kinds whose spans are decided one by one (F1 on a tenth of the training part: addresses .904 → .908; entities, of
which a text has few, .714 → .711)."""
_FEWEST: Final = 20


@dataclass(frozen=True)
class Trained:
    """What a training left: the model's directory and version, and how well it does on what was held out."""

    folder: Path
    version: str
    report: SpanReport


class Options(TypedDict, total=False):
    """The named arguments of `train_sequence`."""

    test: Path | None
    seed: int
    setting: Setting
    recipes: Sequence[Recipe] | None
    licence: str
    progress: Progress


def train_addresses(path: Path, out: Path, **options: Unpack[Options]) -> Trained:
    """Train on BIO tags (see `formats.read_bio`); options as of `train_sequence`."""
    return train_sequence("address", path, out, **options)


def train_entities(path: Path, out: Path, **options: Unpack[Options]) -> Trained:
    """Train on CLUENER's JSON lines (see `formats.read_cluener`); options as of `train_sequence`."""
    return train_sequence("entities", path, out, **options)


def train_sequence(
    kind: Kind,
    path: Path,
    out: Path,
    *,
    test: Path | None = None,
    seed: int = 1,
    setting: Setting = "fast",
    recipes: Sequence[Recipe] | None = None,
    licence: str = "未注明",
    progress: Progress = SILENT,
) -> Trained:
    """Train on `path` and measure on `test`, or on a fifth of `path` that is held out by `seed` (see `split`).

    `recipes` replaces those of the setting. `licence` is what the user says of the data; it stands in the card.
    Raises FileUnreadable and TrainingDataInvalid.
    """
    labelled = READERS[kind](path)
    rows, unseen = labelled.rows, READERS[kind](test).rows if test else ()
    if test is None:
        learnt, kept = held_out([""] * len(rows), seed)
        rows, unseen = tuple(labelled.rows[index] for index in learnt), tuple(labelled.rows[index] for index in kept)
    chosen = tuple(recipes or RECIPES[kind, setting])
    model = fit_sequence(kind, rows, chosen, seed, name=path.name, progress=progress)
    report = measure_spans(model, unseen)
    begun = lac_start() if any(recipe.from_lac for recipe in chosen) else None
    sources = [source_of(labelled, licence)]
    if test is not None:
        sources.append(source_of(READERS[kind](test), licence, "measured on"))
    named = "custom" if recipes else setting
    card = Card(
        kind=kind,
        sources=tuple(sources),
        seed=seed,
        setting=named,
        split="测试文件" if test else "按种子留出五分之一",
        trained_on=len(rows),
        measured_on=len(unseen),
        start=begun.name if begun else None,
        metrics=report.as_dict(),
    )
    made = {"setting": named, "seed": seed, "recipes": [asdict(recipe) for recipe in chosen]}
    version = model.save(out, settings=made, files=card_files(card))
    return Trained(out, version, report)


def fit_sequence(
    kind: Kind,
    rows: Sequence[TaggedText],
    recipes: Sequence[Recipe],
    seed: int,
    *,
    name: str,
    progress: Progress = SILENT,
) -> SequenceModel:
    """Train the networks of `recipes` on `rows`, one after another, each with a seed of its own."""
    labels = tuple(sorted({label for row in rows for *_, label in row.spans}))
    rows = [row for row in rows if row.text]
    if not labels or len(rows) < _FEWEST:
        raise TrainingDataInvalid(f"{name} 只有 {len(rows)} 条可学的文本，至少需要 {_FEWEST} 条，且要有标注")
    scheme = TagScheme(labels)
    texts = [row.text for row in rows]
    feature_set = recipes[0].feature_set
    templates = FEATURE_SETS[feature_set]
    codes = training_codes(rows, labels, seed, templates)
    hashes = feature_hashes(texts, codes, templates)
    start = lac_start() if any(recipe.from_lac for recipe in recipes) else None
    alphabet = start.alphabet if start else np.array(sorted({ord(sign) for text in texts for sign in text}), np.int64)
    distinct, counts = np.unique(hashes, return_counts=True)
    known = KnownHashes(distinct[counts >= min(recipe.rarest for recipe in recipes)])
    features = _sparse(hashes, known)
    tags = [scheme.encode(len(row.text), row.spans) for row in rows]
    words = np.split(codes, np.cumsum([len(text) for text in texts])[:-1])
    examples = Examples([character_rows(text, alphabet) for text in texts], words, tags, features, scheme)
    members = []
    wide = np.zeros((len(known.hashes) + 1, len(scheme.tags)), dtype=np.float32)
    total = sum(recipe.weight for recipe in recipes)
    for number, recipe in enumerate(recipes):
        begin = _begin(start, recipe, alphabet, seed + number)
        member, weights = fit(examples, begin, recipe, seed + number, progress=progress)
        share = np.float32(recipe.weight / total)
        wide[:-1] += share * weights
        members.append(_weighted(member, share))
    lexicons = (Lexicon(learnt_words(rows, labels)), Lexicon(division_words()))
    return SequenceModel(
        kind,
        scheme,
        known,
        wide,
        alphabet,
        tuple(members),
        lexicons,
        feature_set=feature_set,
        likely=kind in _LIKELY,
    )


def _begin(start: Start | None, recipe: Recipe, alphabet: Indices, seed: int) -> dict[str, Floats]:
    """The parameters that a network begins with: LAC's where there are such layers, else small random ones."""
    if start is None:
        return random_start(alphabet, recipe, seed)
    width = start.embedding.shape[1]
    if recipe.width < width and "gru" not in recipe.layers:
        return {**conv_start(recipe, recipe.width, seed), "embedding": _narrowed(start.embedding, recipe.width)}
    return {
        **{name: value for name, value in start.layers.items() if _of(name, recipe)},
        **conv_start(recipe, width, seed),
        "embedding": start.embedding,
    }


def _narrowed(vectors: Floats, width: int) -> Floats:
    """The vectors' first principal components, at the scale that they had."""
    middle = vectors - vectors.mean(0)
    _, _, axes = np.linalg.svd(middle, full_matrices=False)
    narrow = middle @ axes[:width].T
    result: Floats = (narrow * (vectors.std() / narrow.std())).astype(np.float32)
    return result


def _weighted(member: Member, share: np.float32) -> Member:
    """The network with its scores multiplied: those of the output, and of the transitions."""
    scored = ("output", "bias", "transitions", "starts", "ends")
    return replace(
        member,
        parameters={name: value * share if name in scored else value for name, value in member.parameters.items()},
    )


def _of(name: str, recipe: Recipe) -> bool:
    """Whether a parameter belongs to a layer of the recipe."""
    layer, _, _ = name.partition(".")
    return any(layer == f"{kind}{index}" for index, kind in enumerate(recipe.layers))


def _sparse(hashes: Hashes, known: KnownHashes) -> sparse.csr_matrix:
    rows = known.rows(hashes)
    kept = rows < len(known.hashes)
    ends = np.concatenate([[0], np.cumsum(kept.sum(1))])
    ones = np.ones(int(ends[-1]), dtype=np.float32)
    return sparse.csr_matrix((ones, rows[kept], ends), shape=(len(rows), len(known.hashes)))
