"""Candidate pairs are drawn from a Fellegi-Sunter model whose comparisons depend on each other.

Matches share the care with which a record was written, so their comparisons fail together; others are met by one of
three blocking keys, and a few are relatives who share more than chance would have it. The weights know nothing of this.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.errors import ModelInvalid
from resolution.clusters.threshold import Anchor, Objective, decide, read_objective

F1 = Objective(beta=1.0)
FIELDS, KEYS = 7, 3
Pairs = tuple[NDArray[np.float64], NDArray[np.bool_]]


def drawn(seed: int, dependence: float, matches: int = 20_000) -> Pairs:
    """Weights of candidate pairs, and which are matches."""
    random = np.random.default_rng(seed)
    agree = random.uniform(0.6, 0.95, FIELDS)
    chance = 10 ** random.uniform(-4, -0.7, FIELDS)
    care = random.normal(0, dependence, matches)[:, None]
    likely = 1 / (1 + np.exp(-(np.log(agree / (1 - agree)) + care)))
    same = random.random((matches, FIELDS)) < likely
    others = []
    for key in range(KEYS):
        count = int(min(3e9 * chance[key], 60_000))
        found = random.random((count, FIELDS)) < chance
        found[:, key] = True
        relatives = random.random(count) < 0.002
        found[relatives] |= random.random((int(relatives.sum()), FIELDS)) < 0.1 + 0.3 * dependence
        others.append(found)
    m = likely.mean(axis=0)
    same = same[same[:, :KEYS].any(axis=1)]
    agreements = np.concatenate([same, *others])
    weights = np.where(agreements, np.log2(m / chance), np.log2((1 - m) / (1 - chance))).sum(axis=1)
    return weights + np.log2(matches / 3e9), np.arange(len(agreements)) < len(same)


def quality(weights: NDArray[np.float64], truth: NDArray[np.bool_], threshold: float) -> tuple[float, float, float]:
    """True precision, recall and F1 of the links."""
    links = weights > threshold
    right = float((links & truth).sum())
    precision, recall = right / max(links.sum(), 1), right / truth.sum()
    return precision, recall, 2 * right / (links.sum() + truth.sum())


def best_f1(weights: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    return max(quality(weights, truth, threshold)[2] for threshold in np.unique(weights) - 1e-9)


def third(weights: NDArray[np.float64], truth: NDArray[np.bool_]) -> Anchor:
    """The identifier is known for a third of the pairs."""
    known = np.random.default_rng(0).random(len(weights)) < 1 / 3
    return Anchor(known, truth & known, np.where(known, weights, 0.0))


def linkable(weights: NDArray[np.float64], truth: NDArray[np.bool_], anchor: Anchor) -> Pairs:
    """The pairs without those of two different identifiers, which are never linked."""
    kept = ~(anchor.known & ~anchor.same)
    return weights[kept], truth[kept]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dependence", [0.0, 0.5, 1.0])
def test_with_an_anchor_the_threshold_is_as_good_as_labels_could_make_it(seed: int, dependence: float) -> None:
    weights, truth = drawn(seed, dependence)
    anchor = third(weights, truth)
    decision = decide(weights, F1, anchor=anchor)
    pairs = linkable(weights, truth, anchor)
    precision, recall, f1 = quality(*pairs, decision.threshold)
    assert decision.basis == "anchor"
    assert f1 > best_f1(*pairs) - 0.004
    assert decision.expected_precision == pytest.approx(precision, abs=0.01)
    assert decision.expected_recall == pytest.approx(recall, abs=0.01)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("dependence", "loss"), [(0.0, 0.01), (0.5, 0.01), (1.0, 0.03)])
def test_without_an_anchor_the_threshold_is_nearly_as_good(seed: int, dependence: float, loss: float) -> None:
    weights, truth = drawn(seed, dependence)
    decision = decide(weights, F1)
    assert decision.basis in {"mixture", "prior"}
    assert quality(weights, truth, decision.threshold)[2] > best_f1(weights, truth) - loss


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("target", [0.95, 0.99])
def test_a_precision_is_met_and_recall_not_given_away(seed: int, target: float) -> None:
    weights, truth = drawn(seed, 0.5)
    anchor = third(weights, truth)
    decision = decide(weights, Objective(precision=target), anchor=anchor)
    pairs = linkable(weights, truth, anchor)
    precision, recall, _ = quality(*pairs, decision.threshold)
    assert decision.met
    assert precision >= target - 0.004  # among the surest pairs a mistaken identifier and a wrong link look alike
    reachable = [quality(*pairs, t) for t in np.unique(weights) - 1e-9]
    assert recall > max(r for p, r, _ in reachable if p >= min(target + 0.005, 0.995)) - 0.02


def test_mistaken_identifiers_do_not_make_sure_links_doubtful() -> None:
    weights, truth = drawn(3, 0.5)
    anchor = third(weights, truth)
    mistaken = np.random.default_rng(1).random(len(weights)) < 0.02
    noisy = replace(anchor, same=anchor.same & ~mistaken)
    clean, put_right = (decide(weights, Objective(beta=0.25), anchor=told) for told in (anchor, noisy))
    assert put_right.threshold == pytest.approx(clean.threshold, abs=2.0)
    assert put_right.expected_recall > clean.expected_recall - 0.03


def test_the_truth_about_known_pairs_corrects_weights_that_are_far_off() -> None:
    weights, truth = drawn(1, 0.5)
    shifted = weights + 12.0
    blind, anchored = decide(shifted, F1), decide(shifted, F1, anchor=third(shifted, truth))
    pairs = linkable(shifted, truth, third(shifted, truth))
    f1 = quality(*pairs, anchored.threshold)[2]
    assert f1 > best_f1(*pairs) - 0.003
    assert f1 > quality(*pairs, blind.threshold)[2] + 0.01


def test_pairs_that_met_by_the_identifier_only_teach_nothing() -> None:
    weights, truth = drawn(2, 0.5)
    anchor = third(weights, truth)
    # As many matches again with nothing in common but the identifier.
    extra = int(truth.sum())
    more = np.concatenate([weights, np.full(extra, 5.0)])
    told = Anchor(
        np.append(anchor.known, np.ones(extra, dtype=bool)),
        np.append(anchor.same, np.ones(extra, dtype=bool)),
        np.append(anchor.without, np.full(extra, -12.0)),
    )
    hidden = replace(told, without=np.append(anchor.without, np.full(extra, np.nan)))
    with_them, without = decide(more, F1, anchor=told), decide(more, F1, anchor=hidden)
    assert quality(weights, truth, without.threshold)[2] > best_f1(weights, truth) - 0.01
    assert with_them.lower < without.lower


def test_a_wary_objective_accepts_less() -> None:
    weights, truth = drawn(0, 0.5)
    anchor = third(weights, truth)
    wanted = [Objective(beta=2.0), F1, Objective(beta=0.5), Objective(precision=0.999)]
    thresholds = [decide(weights, objective, anchor=anchor).threshold for objective in wanted]
    assert thresholds == sorted(thresholds)
    assert thresholds[0] < thresholds[-1]


def test_a_precision_out_of_reach_is_told() -> None:
    random = np.random.default_rng(0)
    weights, truth = random.normal(0, 1, 2_000), random.random(2_000) < 0.5
    known = np.arange(2_000) % 2 == 0
    anchor = Anchor(known, truth & known, weights)
    decision = decide(weights, Objective(precision=0.99), anchor=anchor)
    assert not decision.met
    assert decision.expected_precision < 0.99


def test_pairs_of_large_groups_and_links_made_before_count_for_what_they_are() -> None:
    weights = np.array([-20.0, 0.0, 20.0])
    alone = decide(weights, F1)
    assert decide(weights, F1, certain=1e6).expected_recall > alone.expected_recall
    # A doubtful pair that stands for nearly all pairs of records is worth its risk.
    assert decide(weights, Objective(beta=0.1)).accepted == 1
    assert decide(weights, Objective(beta=0.1), counts=np.array([1.0, 1_000.0, 1.0])).accepted == 2


@pytest.mark.parametrize(
    ("weights", "links"),
    [([], 0), ([12.0], 1), ([-12.0], 0), ([9.0] * 500, 500), ([-9.0] * 500, 0), ([np.nan, np.inf, -np.inf], 1)],
)
def test_where_there_is_nothing_to_learn_from_the_weights_are_taken_at_their_word(
    weights: list[float], links: int
) -> None:
    decision = decide(np.array(weights, dtype=np.float64), F1)
    assert (decision.basis, decision.accepted, decision.rejected) == ("prior", links, len(weights) - links)
    assert -4.0 < decision.threshold < 4.0
    assert decide(np.array(weights, dtype=np.float64), Objective(precision=0.9)).accepted == links


_OBJECTIVES = st.sampled_from([F1, Objective(beta=0.5), Objective(precision=0.9), Objective(precision=0.999)])


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(), st.floats(-30, 30)), max_size=300), _OBJECTIVES, st.booleans())
@example(values=[0.0, 0.11328125, 0.0, 0.0, 0.0], objective=F1, known=False)
def test_a_decision_is_always_whole(values: list[float], objective: Objective, known: bool) -> None:
    weights = np.array(values * 2, dtype=np.float64)
    truth = weights > 1.0
    anchor = Anchor(np.ones(len(weights), dtype=bool), truth, weights) if known else None
    decision = decide(weights, objective, anchor=anchor)
    assert decision.lower <= decision.threshold <= decision.upper
    assert decision.accepted + decision.rejected == len(weights)
    links = weights > decision.threshold
    assert decision.accepted == (links if anchor is None else links & anchor.same).sum()
    assert 0 <= decision.expected_precision <= 1
    assert 0 <= decision.expected_recall <= 1
    assert decision == decide(weights[::-1], objective, anchor=_reversed(anchor))


def _reversed(anchor: Anchor | None) -> Anchor | None:
    return anchor and Anchor(anchor.known[::-1], anchor.same[::-1], anchor.without[::-1])


@pytest.mark.parametrize(
    ("declared", "objective"),
    [("f1", F1), ({"f": 0.5}, Objective(beta=0.5)), ({"precision": 0.999}, Objective(precision=0.999))],
)
def test_an_objective_is_read(declared: object, objective: Objective) -> None:
    assert read_objective(declared) == objective


@pytest.mark.parametrize("declared", ["f2", None, {}, {"f": 0}, {"precision": 1}, {"precision": "high"}, {"f": True}])
def test_an_objective_that_means_nothing_is_refused(declared: object) -> None:
    with pytest.raises(ModelInvalid, match="objective"):
        read_objective(declared)
