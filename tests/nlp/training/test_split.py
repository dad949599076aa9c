# Texts made on the spot: some are near copies of others.

from __future__ import annotations

import numpy as np
import pytest

from nlp.training.calibration import expected_error, reliability, softmax, temperature
from nlp.training.split import folds, held_out, near_copies

STRATA = ["多"] * 80 + ["少"] * 20
BASE = "小区门口的路灯坏了一个多月晚上很黑老人出行不安全希望有关部门尽快派人来修理"


def test_the_held_out_part_is_a_fifth_of_every_stratum_and_the_same_for_a_seed() -> None:
    learnt, kept = held_out(STRATA, 3)

    assert [STRATA[row] for row in kept].count("多") == 16
    assert len(kept) == 20
    assert sorted([*learnt, *kept]) == list(range(100))
    assert np.array_equal(kept, held_out(STRATA, 3)[1])
    assert not np.array_equal(kept, held_out(STRATA, 4)[1])


def test_near_copies_stay_on_one_side() -> None:
    texts = [f"第{number}号问题{number * 7919}各不相同的内容{number * 104729}" for number in range(60)]
    texts += [BASE, BASE + "谢谢", "请问" + BASE, BASE]
    groups = near_copies(texts)

    assert len(set(groups[60:])) == 1
    assert len(set(groups)) == 61
    for seed in range(8):
        _, kept = held_out(["同"] * 64, seed, groups=groups)
        assert len(set(kept) & {60, 61, 62, 63}) in (0, 4)
    for learnt, kept in folds(["同"] * 64, 4, 1, groups):
        assert not {groups[row] for row in learnt} & {groups[row] for row in kept}


def test_folds_cover_every_row_once() -> None:
    parts = folds(STRATA, 5, 1)

    assert sorted(row for _, kept in parts for row in kept) == list(range(100))
    assert {[STRATA[row] for row in kept].count("少") for _, kept in parts} == {4}


def test_temperature_makes_boasting_scores_honest() -> None:
    random = np.random.default_rng(1)
    scores = random.normal(size=(4_000, 3))
    chances = softmax(scores)
    true = np.array([random.choice(3, p=row) for row in chances])

    heat = temperature(scores * 5, true)

    assert heat == pytest.approx(5, rel=0.1)

    def error(probabilities: np.ndarray) -> float:
        return expected_error(reliability(probabilities.max(1), probabilities.argmax(1) == true))

    assert error(softmax(scores * 5)) > 0.2
    assert error(softmax(scores * 5 / heat)) < 0.03
