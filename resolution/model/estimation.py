"""Expectation maximisation of m and u on counted agreement patterns, with a prior (Dempster, Laird and Rubin 1977).

Every way of choosing pairs is a session of its own: random pairs teach u, pairs that agree in an identifier or in a
few columns teach m of all the comparisons that the choice leaves open. m and u are shared by all sessions, the share
of matches is each session's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolution.model.declaration import Declaration, Level

Floats = NDArray[np.float64]

MOST_ITERATIONS: Final = 200
# Bits that no weight moves by any more.
CONVERGED: Final = 0.005
# One pair or one record of the other sort is never ruled out.
_LEAST: Final = 1e-9
_SHARE_PSEUDO_PAIRS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Patterns:
    """`levels[k, c]`: the place of comparison c's level among those that are not missing, or -1; `counts[k]` pairs."""

    levels: NDArray[np.int64]
    counts: Floats


@dataclass(slots=True, kw_only=True)
class Session:
    """`open[c]` says whether comparison c may speak. `share` is the share of matches among the pairs.

    The share follows from `mates` where all pairs (`of_all`) or all candidates of `sampled` records are there; else it
    starts at `share` and is learned unless it is `certain`. `teaches_m` and `teaches_u` say what the pairs count for,
    each pair `weight` times. `rare` marks the levels of which all pairs of the `sampled` records are there: their u is
    counted among all pairs that these records are part of, for random pairs are too few to show them.
    """

    name: str
    patterns: Patterns
    open: NDArray[np.bool_]
    share: float = 0.5
    of_all: bool = False
    certain: bool = False
    teaches_m: bool = False
    teaches_u: bool = False
    sampled: int = 0
    weight: float = 1.0
    rare: list[NDArray[np.bool_]] | None = None


@dataclass(slots=True, kw_only=True)
class Parameters:
    """m and u of each comparison's levels that are not missing, in the declaration's order, and mates per record."""

    m: list[Floats]
    u: list[Floats]
    mates: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is believed before: `mean`, as strong as that many matching pairs, random pairs and records.

    `fixed_m`, `fixed_u`: levels that stay as they are; `least_m`: no m falls below it.
    """

    mean: Parameters
    pairs: float
    random_pairs: float
    records: float
    fixed_m: list[NDArray[np.bool_]]
    fixed_u: list[NDArray[np.bool_]]
    least_m: list[Floats]


@dataclass(slots=True, kw_only=True)
class Estimate:
    """`seen_m`, `seen_u`: (expected) pairs of each level, `trials_u` the non-matches that those of u are among.

    `matches[session]` is the expected number of matches.
    """

    parameters: Parameters
    iterations: int
    converged: bool
    seen_m: list[Floats]
    seen_u: list[Floats]
    trials_u: list[Floats]
    matches: dict[str, float] = field(default_factory=dict)


def estimate(sessions: Sequence[Session], prior: Prior, records: int) -> Estimate:
    """Maximum a posteriori m, u and mates for that many records."""
    now = prior.mean
    done = Estimate(parameters=now, iterations=0, converged=False, seen_m=[], seen_u=[], trials_u=[])
    known = _known(sessions, len(now.u))
    while done.iterations < MOST_ITERATIONS and not done.converged:
        done.iterations += 1
        done.seen_m, done.seen_u = [np.zeros(len(m)) for m in now.m], [np.zeros(len(u)) for u in now.u]
        done.trials_u = trials = [np.zeros(len(u)) for u in now.u]
        mates = now.mates
        for session in sessions:
            all_pairs = session.of_all or session.sampled > 0
            share = min(0.5, now.mates / max(records - 1, 1)) if all_pairs else session.share
            match = session.weight * session.patterns.counts * posterior(session, now, share)
            rest = session.weight * session.patterns.counts - match
            done.matches[session.name] = total = float(match.sum())
            if session.rare is not None:
                _count_rare(session, rest, done.seen_u, trials, known, session.sampled * (records - 1))
            elif session.sampled:
                mates = (total + prior.records * prior.mean.mates) / (session.sampled + prior.records)
            elif not session.of_all and not session.certain:
                session.share = (total + 1) / (total + float(rest.sum()) + 2)
            if session.teaches_m:
                _add(done.seen_m, session, match)
            if session.teaches_u:
                _add(done.seen_u, session, rest)
                for place, share_known in enumerate(known):
                    trials[place] += float(rest.sum()) * share_known
        new = Parameters(
            m=[
                np.maximum(np.where(fixed, mean, _shrunk(seen, seen.sum(), mean, prior.pairs)), least)
                for seen, mean, fixed, least in zip(
                    done.seen_m, prior.mean.m, prior.fixed_m, prior.least_m, strict=True
                )
            ],
            u=[
                np.where(fixed, mean, _shrunk(seen, of, mean, prior.random_pairs))
                for seen, of, mean, fixed in zip(done.seen_u, trials, prior.mean.u, prior.fixed_u, strict=True)
            ],
            mates=mates,
        )
        done.converged = _moved(now, new) < CONVERGED
        done.parameters = now = new
    return done


def posterior(session: Session, parameters: Parameters, share: float) -> Floats:
    """The probability that a pair of each pattern is a match, by the comparisons that the session leaves open."""
    if session.certain:
        return np.full(len(session.patterns.counts), session.share)
    share = min(max(share, _LEAST), 1 - _LEAST)
    weight = np.full(len(session.patterns.counts), np.log2(share / (1 - share)))
    for place, (m, u) in enumerate(zip(parameters.m, parameters.u, strict=True)):
        if session.open[place]:
            weight += np.append(np.log2(m / u), 0.0)[session.patterns.levels[:, place]]
    posterior: Floats = 1 / (1 + np.exp2(-np.clip(weight, -500, 500)))
    return posterior


def _add(seen: list[Floats], session: Session, counts: Floats) -> None:
    for place in range(len(seen)):
        if session.open[place]:
            level = session.patterns.levels[:, place]
            known = level >= 0
            seen[place] += np.bincount(level[known], weights=counts[known], minlength=len(seen[place]))


def _known(sessions: Sequence[Session], comparisons: int) -> Floats:
    """The share of random pairs in which each comparison is not missing."""
    for session in sessions:
        if session.teaches_u and session.patterns.counts.sum() > 0:
            known: Floats = session.patterns.counts @ (session.patterns.levels >= 0) / session.patterns.counts.sum()
            return known
    return np.ones(comparisons)


def _count_rare(
    session: Session, rest: Floats, seen: list[Floats], trials: list[Floats], known: Floats, pairs: float
) -> None:
    """Add what the random pairs lack: the non-matches of each rare level, and the pairs that they are among."""
    for place, rare in enumerate(session.rare or []):
        level = session.patterns.levels[:, place]
        counts = np.bincount(level[level >= 0], weights=rest[level >= 0], minlength=len(rare))
        seen[place] += np.where(rare, counts, 0.0)
        trials[place] += np.where(rare, pairs * known[place], 0.0)


def _shrunk(seen: Floats, trials: Floats | float, mean: Floats, strength: float) -> Floats:
    return np.maximum((seen + strength * mean) / (trials + strength), _LEAST)


def _moved(old: Parameters, new: Parameters) -> float:
    """The most bits by which a weight changed."""
    return max(
        float(np.abs(np.log2(old_m / old_u) - np.log2(new_m / new_u)).max())
        for old_m, old_u, new_m, new_u in zip(old.m, old.u, new.m, new.u, strict=True)
    )


def prior_of(
    declared: Declaration,
    mean: Parameters,
    *,
    population: int,
    pairs: float,
    random_pairs: float,
    records: float,
    keep: bool,
) -> Prior:
    """`mean` with the declaration's own values: a declared u stays, a declared m is the least (`keep`: it stays).

    `population` is the number of records that declared rivals are among.
    """
    levels = [[level for level in c.levels if not level.missing] for c in declared.comparisons]
    given_m = [np.array([np.nan if x.m is None else x.m for x in of], dtype=np.float64) for of in levels]
    given_u = [np.array([_given_u(level, population) for level in of], dtype=np.float64) for of in levels]
    return Prior(
        mean=Parameters(
            m=[np.where(np.isnan(own), m, own) if keep else m for own, m in zip(given_m, mean.m, strict=True)],
            u=[np.where(np.isnan(own), u, own) for own, u in zip(given_u, mean.u, strict=True)],
            mates=mean.mates,
        ),
        pairs=pairs,
        random_pairs=random_pairs,
        records=records,
        fixed_m=[~np.isnan(own) & keep for own in given_m],
        fixed_u=[~np.isnan(own) for own in given_u],
        least_m=[np.nan_to_num(own) for own in given_m],
    )


def _given_u(level: Level, population: int) -> float:
    if level.rivals is not None:
        return level.rivals / max(population - 1, 1)
    return np.nan if level.u is None else level.u
