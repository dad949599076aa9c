"""What binds a run, from judgements by hand (oldest first)."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations, product

import networkx as nx
import polars as pl
import pytest

from resolution.judgements import effective, labels, pseudo_counts


def frame(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """(record, record, + - ?) in the order of being made; named j1, j2 …"""
    words = {"+": "positive", "-": "negative", "?": "unsure"}
    return pl.DataFrame(
        [(a, b, words[sign], f"j{number}") for number, (a, b, sign) in enumerate(rows, 1)],
        schema=["record_a", "record_b", "verdict", "judgement_id"],
        orient="row",
    )


def test_the_newest_judgement_of_a_pair_counts_whichever_way_round_it_names_the_records() -> None:
    bound = effective(frame(("a", "b", "+"), ("b", "a", "-")))
    assert bound.together.is_empty()
    assert bound.apart.rows() == [("a", "b")]
    assert bound.contradictions == ()


def test_an_unsure_judgement_binds_nothing_and_takes_an_earlier_one_back() -> None:
    bound = effective(frame(("a", "b", "+"), ("a", "b", "?"), ("c", "d", "?")))
    assert bound.together.is_empty()
    assert bound.apart.is_empty()


def test_no_judgement_binds_nothing() -> None:
    bound = effective(frame())
    assert (bound.together.height, bound.apart.height, bound.contradictions) == (0, 0, ())


@pytest.mark.parametrize(
    ("rows", "judgement", "against"),
    [
        ((("a", "b", "+"), ("b", "c", "+"), ("a", "c", "-")), "j1", ("j2", "j3")),
        ((("a", "c", "-"), ("a", "b", "+"), ("b", "c", "+")), "j1", ("j2", "j3")),
        ((("a", "b", "+"), ("c", "d", "+"), ("b", "c", "+"), ("a", "d", "-")), "j1", ("j3", "j2", "j4")),
    ],
)
def test_of_judgements_that_contradict_each_other_the_oldest_yields_and_is_named(
    rows: tuple[tuple[str, str, str], ...], judgement: str, against: tuple[str, ...]
) -> None:
    (told,) = effective(frame(*rows)).contradictions
    assert told.judgement == judgement
    assert sorted(told.against) == sorted(against)


def test_what_binds_never_contradicts_itself_and_nothing_is_set_aside_without_need() -> None:
    pairs = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")]
    for order, signs in product(permutations(pairs), product("+-", repeat=4)):
        rows = [(*pair, sign) for pair, sign in zip(order, signs, strict=True)]
        bound = effective(frame(*rows))
        groups = nx.Graph(bound.together.rows())
        groups.add_nodes_from("abcd")
        for a, b in bound.apart.iter_rows():
            assert not nx.has_path(groups, a, b)
        refused = {told.judgement for told in bound.contradictions}
        for number, (a, b, sign) in enumerate(rows, 1):
            if f"j{number}" not in refused:
                assert nx.has_path(groups, a, b) if sign == "+" else (a, b) in bound.apart.rows()
            else:
                newer = {f"j{later}" for later in range(number + 1, len(rows) + 1)}
                (told,) = [told for told in bound.contradictions if told.judgement == f"j{number}"]
                assert set(told.against) <= newer


def test_a_judgement_outlives_the_record_that_it_was_made_about() -> None:
    judged = frame(("a", "gone", "+"), ("gone", "b", "+"), ("gone", "x", "-"), ("gone2", "y", "-"))
    bound = effective(judged, ["a", "b", "x", "y"])
    assert bound.together.rows() == [("a", "b")]
    assert bound.apart.rows() == [("a", "x")]


def test_labels_are_what_people_decided_and_nobody_contradicted() -> None:
    judged = frame(("a", "b", "+"), ("b", "c", "+"), ("a", "c", "-"), ("x", "y", "?"))
    assert labels(judged).rows() == [("a", "c", "negative", 1.0), ("b", "c", "positive", 1.0)]


def test_taking_an_entity_apart_by_hand_is_one_decision_however_many_pairs_it_needs() -> None:
    at = datetime(2026, 1, 31, 9, 0)  # noqa: DTZ001 - the lake's times are local, without zone
    judged = frame(("a", "x", "-"), ("a", "y", "-"), ("b", "x", "-"), ("b", "y", "-"), ("p", "q", "+")).with_columns(
        origin=pl.Series(["unmerge"] * 4 + ["review"]), at=pl.lit(at)
    )
    weights = dict(labels(judged).group_by("verdict").agg(pl.col("weight").sum()).iter_rows())
    assert weights == {"negative": 1.0, "positive": 1.0}


def test_labels_add_to_the_counts_of_the_level_that_a_pair_is_on() -> None:
    judged = labels(frame(("a", "b", "+"), ("c", "d", "+"), ("e", "f", "-")))
    levels = pl.DataFrame(
        {
            "record_a": ["b", "c", "e"],
            "record_b": ["a", "d", "f"],
            "name": ["same", "same", "same"],
            "birth": ["same", None, "different"],
        }
    )
    assert pseudo_counts(judged, levels).rows() == [
        ("birth", "different", 0.0, 1.0),
        ("birth", "same", 1.0, 0.0),
        ("name", "same", 2.0, 1.0),
    ]
