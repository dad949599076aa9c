"""Parameters from records alone: by labels where there are some, else by expectation maximisation."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from core.errors import LevelUntrained, ModelInvalid
from core.progress import SILENT, Progress
from resolution.engine import open_engine
from resolution.features.standardise import fit_and_standardise
from resolution.model.adaptation import rare_session, sessions_without_labels, written
from resolution.model.declaration import Declaration
from resolution.model.estimation import Estimate, Floats, Parameters, Prior, Session, estimate, prior_of
from resolution.model.model import Model
from resolution.model.sampling import Sampler
from resolution.scoring import population_of

RANDOM_PAIRS: Final = 4_000_000
LABELLED_PAIRS: Final = 1_000_000
# Before anything is known: how the levels of a comparison share the matches, from the most to the least alike, and how
# little that belief weighs against the pairs.
_START: Final = 0.85
_START_PAIRS: Final = 10.0
_START_RANDOM_PAIRS: Final = 100.0
_START_RECORDS: Final = 50.0
# An expected half of a pair: a level that no pair of a sort showed is rarer than one in all of them.
_HALF: Final = 0.5


def train(
    declared: Declaration,
    records: pl.DataFrame,
    *,
    labels: pl.DataFrame | None = None,
    card: dict[str, Any] | None = None,
    mates: float = 2.0,
    progress: Progress = SILENT,
) -> Model:
    """Estimate m and u of every declared level from `records`; values that the declaration gives are kept.

    `labels` (record_id, entity) gives m from the true pairs, and the mean number of other records per record. Without
    labels both come from expectation maximisation, `mates` being the first guess. Raises `LevelUntrained` for a level
    that no pair ever showed, and `ModelInvalid` when no two records agree in any training rule.
    """
    ordered = records.sort("record_id")
    _, frame = fit_and_standardise(declared, ordered)
    label = None
    if labels is not None:
        truth = labels.select("record_id", pl.col("entity").alias("label"))
        label = ordered.select("record_id").join(truth, on="record_id", how="left", maintain_order="left")["label"]
        mates = _mates(label)
    with progress.task("训练", total=2, unit="步") as task, open_engine(frame.height) as engine:
        sampler = Sampler(engine, declared, frame, label)
        sessions = sessions_without_labels(sampler, RANDOM_PAIRS) if label is None else _labelled_sessions(sampler)
        task.advance()
        prior = prior_of(
            declared,
            _first_guess(declared, mates),
            population=population_of(frame),
            pairs=_START_PAIRS,
            random_pairs=_START_RANDOM_PAIRS,
            records=_START_RECORDS,
            keep=True,
        )
        done = estimate(sessions, prior, frame.height)
        task.advance()
    if not any(session.teaches_m and session.patterns.counts.sum() for session in sessions):
        raise ModelInvalid(f"“{declared.kind}”的训练规则在这批数据中找不到可比较的记录")
    parameters = _measured(declared, done, prior, sessions)
    if label is not None:
        parameters.mates = mates
    return Model(
        declaration=declared, parameters=written(declared, parameters), mates=parameters.mates, card=card or {}
    )


def _labelled_sessions(sampler: Sampler) -> list[Session]:
    everything = np.ones(len(sampler.declared.comparisons), dtype=np.bool_)
    random = Session(
        name="random",
        patterns=sampler.patterns(sampler.random(RANDOM_PAIRS)),
        open=everything,
        share=0.0,
        certain=True,
        teaches_u=True,
    )
    true = Session(
        name="labels",
        patterns=sampler.patterns(sampler.same_label(LABELLED_PAIRS)),
        open=everything,
        share=1.0,
        certain=True,
        teaches_m=True,
    )
    return [random, true, *rare_session(sampler, random.patterns, labelled=True)]


def _first_guess(declared: Declaration, mates: float) -> Parameters:
    """m falls from level to level, u rises."""
    m: list[Floats] = []
    u: list[Floats] = []
    for comparison in declared.comparisons:
        falling = _START * (1 - _START) ** np.arange(sum(not level.missing for level in comparison.levels))
        m.append(falling / falling.sum())
        u.append(falling[::-1] / falling.sum())
    return Parameters(m=m, u=u, mates=mates)


def _measured(declared: Declaration, done: Estimate, prior: Prior, sessions: list[Session]) -> Parameters:
    """What the pairs showed, without the first guess. Raises `LevelUntrained`."""
    m: list[Floats] = []
    u: list[Floats] = []
    unseen: list[str] = []
    for place, comparison in enumerate(declared.comparisons):
        of_m, of_u = done.seen_m[place], done.seen_u[place]
        fixed_m, fixed_u = prior.fixed_m[place], prior.fixed_u[place]
        m.append(np.where(fixed_m, prior.mean.m[place], np.maximum(of_m, _HALF) / max(of_m.sum(), 1.0)))
        u.append(
            np.where(fixed_u, prior.mean.u[place], np.maximum(of_u, _HALF) / np.maximum(done.trials_u[place], 1.0))
        )
        shown = np.zeros(len(of_m))
        for session in sessions:
            level = session.patterns.levels[:, place]
            shown += np.bincount(level[level >= 0], weights=session.patterns.counts[level >= 0], minlength=len(shown))
        names = [level.name for level in comparison.levels if not level.missing]
        blank = (shown == 0) & ~(fixed_m & fixed_u)
        unseen += [f"{comparison.name} / {name}" for name, never in zip(names, blank, strict=True) if never]
    if unseen:
        raise LevelUntrained(f"训练数据中从未出现“{declared.kind}”的级别：{'、'.join(unseen)}")
    return Parameters(m=m, u=u, mates=done.parameters.mates)


def _mates(labels: pl.Series) -> float:
    sizes = labels.drop_nulls().value_counts()["count"]
    return float((sizes * (sizes - 1)).sum() / max(int(sizes.sum()), 1))
