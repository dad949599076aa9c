"""Parameters that fit the data at hand, without labels: the shipped model is the prior, the data speak.

u is learned from random pairs. m is learned from pairs that an identifier tells to be one entity, compared as if the
identifier were not known, and by expectation maximisation on pairs that agree in a few columns. The mean number of
records of an entity follows from the candidate pairs. How far the data move the prior grows with their number.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from core.errors import EvidenceMissing
from resolution.engine import open_engine
from resolution.model.declaration import Declaration
from resolution.model.dependence import fields_of, sure_columns
from resolution.model.estimation import Estimate, Parameters, Patterns, Session, estimate, prior_of
from resolution.model.model import Model
from resolution.model.sampling import Sampler, implied_column, training_rules
from resolution.scoring import population_of

# As many pairs of each sort are looked at, however many there are.
RANDOM_PAIRS: Final = 400_000
ALIKE_PAIRS: Final = 15_000
CANDIDATES_OF: Final = 2_000
# A level that fewer random pairs show is counted among the records that agree in one of its columns, of which not more
# than so many share the value.
_RARE: Final = 100
_RARE_BLOCK: Final = 5_000
_RARE_OF: Final = 1_000
# What the shipped parameters count as: pairs told alike, random pairs, records.
_PRIOR_PAIRS: Final = 8_000.0
_PRIOR_RANDOM_PAIRS: Final = 200_000.0
_PRIOR_RECORDS: Final = 500.0
# A person who looked at two records knows more than an identifier.
_JUDGED_WEIGHT: Final = 20.0
# Weights that moved by less are not worth a line in the report (bits).
_WORTH_TELLING: Final = 0.25
# A kind in which no pair could come this far above the prior (bits) cannot be resolved.
_USABLE: Final = 5.0


def adapt(model: Model, frame: pl.DataFrame, judged: pl.DataFrame | None = None) -> tuple[Model, dict[str, Any]]:
    """`model` with parameters that fit the standardised records `frame`, and a report of what moved.

    `judged`: rows `a`, `b` of `frame` and the `verdict` (positive, negative, unsure) of a person; a positive one
    counts as much as twenty pairs that an identifier tells. Deterministic, whatever the order of the rows. Raises
    `EvidenceMissing` when what the records have in common could never tell two of one entity.
    """
    if frame.height < 2:
        return model, {"adapted": False}
    _check_evidence(model, frame)
    declared = model.declaration
    prior = prior_of(
        declared,
        parameters_of(model),
        population=population_of(frame),
        pairs=_PRIOR_PAIRS,
        random_pairs=_PRIOR_RANDOM_PAIRS,
        records=_PRIOR_RECORDS,
        keep=False,
    )
    with open_engine(frame.height) as engine:
        sampler = Sampler(engine, declared, frame)
        sessions = [*sessions_without_labels(sampler), *_judged_session(sampler, judged)]
    done = estimate(sessions, prior, frame.height)
    adapted = with_parameters(model, done.parameters)
    report = _report(model, adapted, sessions, done)
    return with_parameters(model, done.parameters, report), report


def sessions_without_labels(sampler: Sampler, random_pairs: int = RANDOM_PAIRS) -> list[Session]:
    """What unlabelled records teach: u from random pairs, m from the identifier and from the training rules, mates."""
    declared = sampler.declared
    everything = np.ones(len(declared.comparisons), dtype=np.bool_)
    drawn = min(random_pairs, 50 * sampler.size)
    sessions = [
        Session(
            name="random",
            patterns=sampler.patterns(sampler.random(drawn)),
            open=everything,
            of_all=True,
            teaches_u=True,
        )
    ]
    if declared.identifier:
        told = sampler.told_alike(ALIKE_PAIRS)
        blinded = sampler.blinded(told)
        by = fields_of(declared, sampler.told_by())
        sessions.append(
            Session(
                name="identifier",
                patterns=sampler.patterns(told, blinded),
                open=open_to(declared, by),
                share=0.99,
                teaches_m=True,
            )
        )
    for columns in training_rules(declared):
        pairs = sampler.alike(columns, ALIKE_PAIRS)
        left = open_to(declared, fields_of(declared, columns))
        if left.sum() >= 2:
            sessions.append(
                Session(name="+".join(columns), patterns=sampler.patterns(pairs), open=left, teaches_m=True)
            )
    sampled = min(sampler.size, CANDIDATES_OF)
    some = sampler.sample(sampled)
    keys = [key.columns for key in declared.blocking]
    candidates = sampler.patterns(sampler.candidates(some, keys=keys, limit=declared.block_limit))
    sessions.append(Session(name="candidates", patterns=candidates, open=everything, sampled=sampled))
    return [*sessions, *rare_session(sampler, sessions[0].patterns)]


def rare_session(sampler: Sampler, random: Patterns, *, labelled: bool = False) -> list[Session]:
    """The pairs that show the rare levels, all of them non-matches where labels told; none where random pairs do."""
    rare, columns = _rare_levels(sampler.declared, random)
    if not columns:
        return []
    sampled = min(sampler.size, _RARE_OF)
    near = sampler.candidates(sampler.sample(sampled), keys=[[name] for name in columns], limit=_RARE_BLOCK)
    everything = np.ones(len(sampler.declared.comparisons), dtype=np.bool_)
    session = Session(name="near", patterns=sampler.patterns(near), open=everything, sampled=sampled, rare=rare)
    session.share, session.certain = 0.0, labelled
    return [session]


def _rare_levels(declared: Declaration, random: Patterns) -> tuple[list[Any], list[str]]:
    """The levels that random pairs hardly show though an equal column implies them, and those columns."""
    rare, columns = [], set()
    for place, comparison in enumerate(declared.comparisons):
        levels = [level for level in comparison.levels if not level.missing]
        known = random.levels[:, place] >= 0
        seen = np.bincount(random.levels[known, place], weights=random.counts[known], minlength=len(levels))
        implied = [
            implied_column(x) if x.u is None and x.rivals is None and n < _RARE else None
            for x, n in zip(levels, seen, strict=True)
        ]
        rare.append(np.array([column is not None for column in implied]))
        columns |= {column for column in implied if column}
    return rare, sorted(columns)


def open_to(declared: Declaration, chosen: set[str]) -> Any:
    """The comparisons that pairs chosen by these fields leave open: those about other fields."""
    return np.array([not chosen & fields_of(declared, sure_columns(c)) for c in declared.comparisons], dtype=np.bool_)


def _judged_session(sampler: Sampler, judged: pl.DataFrame | None) -> list[Session]:
    if judged is None:
        return []
    positive = judged.filter(pl.col("verdict") == "positive")
    if positive.is_empty():
        return []
    everything = np.ones(len(sampler.declared.comparisons), dtype=np.bool_)
    return [
        Session(
            name="judged",
            patterns=sampler.patterns(sampler.given(positive)),
            open=everything,
            share=1.0,
            certain=True,
            teaches_m=True,
            weight=_JUDGED_WEIGHT,
        )
    ]


def parameters_of(model: Model) -> Parameters:
    of = [
        [model.of(c.name, level.name) for level in c.levels if not level.missing] for c in model.declaration.comparisons
    ]
    return Parameters(
        m=[np.array([m for m, _ in levels]) for levels in of],
        u=[np.array([u for _, u in levels]) for levels in of],
        mates=model.mates,
    )


def with_parameters(model: Model, parameters: Parameters, report: dict[str, Any] | None = None) -> Model:
    """`model` with other parameters; a report becomes part of its card."""
    return Model(
        declaration=model.declaration,
        parameters=written(model.declaration, parameters),
        mates=parameters.mates,
        card=model.card if report is None else model.card | {"adapted": report},
    )


def written(declared: Declaration, parameters: Parameters) -> dict[str, dict[str, tuple[float, float]]]:
    """By comparison and level name. Declared and learned shares of a comparison may sum to a little over 1."""
    return {
        c.name: {
            level.name: (min(float(m), 1.0), min(float(u), 1.0))
            for level, m, u in zip((x for x in c.levels if not x.missing), of_m, of_u, strict=True)
        }
        for c, of_m, of_u in zip(declared.comparisons, parameters.m, parameters.u, strict=True)
    }


def _check_evidence(model: Model, frame: pl.DataFrame) -> None:
    """Raises `EvidenceMissing`; a comparison counts when at least two records have one of its sure columns."""
    best, usable = np.log2(model.prior(population_of(frame))), []
    for comparison in model.declaration.comparisons:
        if any(frame.height - frame[name].null_count() >= 2 for name in sure_columns(comparison)):
            usable.append(comparison.zh)
            best += max(model.weight(comparison.name, x.name) for x in comparison.levels if not x.missing)
    if best < _USABLE:
        said = f"只有“{'”“'.join(usable)}”有值" if usable else "比较用的字段全部为空"
        raise EvidenceMissing(f"“{model.kind}”的记录缺少可用的证据：{said}，不足以判断任何两条记录是否同一")


def _report(before: Model, after: Model, sessions: list[Session], done: Estimate) -> dict[str, Any]:
    moved: dict[str, dict[str, float]] = {}
    for comparison in before.declaration.comparisons:
        for level in comparison.levels:
            if not level.missing:
                bits = after.weight(comparison.name, level.name) - before.weight(comparison.name, level.name)
                if abs(bits) >= _WORTH_TELLING:
                    moved.setdefault(comparison.name, {})[level.name] = round(bits, 2)
    return {
        "adapted": True,
        "iterations": done.iterations,
        "converged": done.converged,
        "mates": {"before": round(before.mates, 3), "after": round(after.mates, 3)},
        "pairs": {s.name: int(s.patterns.counts.sum()) for s in sessions},
        "matches": {name: round(total, 1) for name, total in done.matches.items()},
        "moved": moved,
    }
