from __future__ import annotations

import polars as pl
import pytest

from resolution.evaluation import baseline_key_joins, evaluate


def test_scores_agree_with_an_example_worked_by_hand() -> None:
    # Truth {1,2,3} {4,5}: 3 + 1 = 4 pairs. Found {1,2} {3,4,5}: 1 + 3 = 4 pairs. Right: 1-2 and 4-5.
    keys = ["1", "2", "3", "4", "5"]
    found = pl.DataFrame({"feed": "f", "record_key": keys, "entity_id": ["a", "a", "b", "b", "b"]})
    truth = pl.DataFrame({"feed": "f", "record_key": keys, "entity": ["X", "X", "X", "Y", "Y"]})
    scores = evaluate(found, truth)
    assert (scores.records, scores.true_pairs, scores.found_pairs, scores.right_pairs) == (5, 4, 4, 2)
    assert (scores.precision, scores.recall, scores.f1) == (0.5, 0.5, 0.5)


def test_records_that_one_side_lacks_do_not_count() -> None:
    found = pl.DataFrame({"feed": "f", "record_key": ["1", "2", "9"], "entity_id": ["a", "a", "a"]})
    truth = pl.DataFrame({"feed": ["f", "f", "g"], "record_key": ["1", "2", "9"], "entity": ["X", "X", "X"]})
    scores = evaluate(found, truth)
    assert (scores.records, scores.precision, scores.recall) == (2, 1.0, 1.0)


def test_a_result_of_nothing_but_singles_has_full_precision_and_no_recall() -> None:
    found = pl.DataFrame({"feed": "f", "record_key": ["1", "2"], "entity_id": ["a", "b"]})
    truth = pl.DataFrame({"feed": "f", "record_key": ["1", "2"], "entity": ["X", "X"]})
    scores = evaluate(found, truth)
    assert (scores.precision, scores.recall, scores.f1) == (1.0, pytest.approx(0.0), 0.0)


def test_the_baseline_closes_chains_of_exact_keys_and_never_joins_missing_ones() -> None:
    records = pl.DataFrame(
        {
            "record_id": ["a", "b", "c", "d", "e"],
            "feed": "f",
            "record_key": ["a", "b", "c", "d", "e"],
            "citizen_id": ["1", "1", None, None, None],
            "name": ["张伟", "张炜", "张炜", "李娜", "李娜"],
            "phone": [None, "16012345678", "16012345678", None, None],
        }
    )
    joined = dict(baseline_key_joins("person", records).select("record_key", "entity_id").iter_rows())
    assert joined["a"] == joined["b"] == joined["c"]
    assert joined["d"] != joined["e"]
