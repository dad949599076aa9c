"""The review queue, from clusters and weights by hand: band -2 … 8 bits, prior -12 bits."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import polars as pl
import pytest

from resolution.clusters.threshold import Decision
from resolution.review import Band, band_of, questions

BAND = Band(lower=-2.0, upper=8.0, prior=-12.0)


def members(**entities: str) -> pl.DataFrame:
    """One record a node, named by a letter: node 0 is a."""
    rows = [(letter, ord(letter) - ord("a"), entity) for entity, letters in entities.items() for letter in letters]
    return pl.DataFrame(rows, schema=["record_id", "node", "entity_id"], orient="row")


def pairs(**weights: float) -> pl.DataFrame:
    rows = [(ord(name[0]) - ord("a"), ord(name[1]) - ord("a"), float(weight)) for name, weight in weights.items()]
    return pl.DataFrame(rows, schema={"a": pl.Int64, "b": pl.Int64, "weight": pl.Float64}, orient="row")


def judged(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(("record_a", "record_b", "verdict"), pl.String), orient="row")


def ask(entities: pl.DataFrame, links: pl.DataFrame, *answers: tuple[str, str, str]) -> list[tuple[str, str, int]]:
    """(reason, pair, records) of each question, in the order of the queue."""
    queue = questions(entities, links, BAND, judged(*answers))
    return list(queue.select("reason", pl.col("record_a") + pl.col("record_b"), "records").iter_rows())


def test_sure_pairs_are_no_question() -> None:
    assert ask(members(x="ab", y="c"), pairs(ab=20, ac=-9, bc=-15)) == []


def test_a_doubtful_pair_between_two_clusters_is_asked_once_by_its_most_doubtful_pair() -> None:
    assert ask(members(x="ab", y="cd"), pairs(ab=20, cd=20, ac=4, bc=-0.5, bd=-1.5)) == [("doubtful", "bc", 4)]


def test_more_records_make_a_question_worth_more_and_more_certainty_less() -> None:
    entities = members(large="abcd", small="e", other="f", third="g")
    firm = {"ab": 20, "ac": 20, "ad": 20, "bc": 20, "bd": 20, "cd": 20}
    asked = ask(entities, pairs(**firm, de=1, ef=1, fg=5))
    assert [pair for _, pair, _ in asked] == ["de", "ef", "fg"]


def test_the_value_is_the_entropy_of_the_posterior_times_the_records() -> None:
    row = questions(members(x="a", y="b"), pairs(ab=0), BAND, judged()).row(0, named=True)
    assert (row["probability"], row["uncertainty"], row["records"], row["value"]) == (0.5, 1.0, 2, 2.0)
    row = questions(members(x="a", y="b"), pairs(ab=2), BAND, judged()).row(0, named=True)
    assert row["probability"] == pytest.approx(0.8)
    assert row["value"] == pytest.approx(2 * 0.7219280948873623)


def test_likeness_that_a_rule_kept_apart_is_asked_before_doubtful_pairs_of_that_size() -> None:
    asked = ask(members(x="ab", y="cd", z="e"), pairs(ab=20, cd=20, ac=18, bd=19, de=3))
    assert asked[0] == ("kept_apart", "bd", 4)


def test_a_weak_link_that_alone_holds_two_parts_together_is_asked() -> None:
    assert ask(members(x="abcd"), pairs(ab=20, cd=20, bc=3)) == [("doubtful", "bc", 4)]


def test_a_weak_link_beside_firm_ones_is_settled_by_them() -> None:
    assert ask(members(x="abc"), pairs(ab=20, bc=20, ac=3)) == []
    # Little is known of a and c together, but nothing speaks against them.
    assert ask(members(x="abc"), pairs(ab=20, bc=20, ac=-11)) == []


def test_evidence_against_a_chain_is_asked_at_the_weakest_link_of_the_chain() -> None:
    # 9 bits for a - b - c - d over its weakest link, 12 bits against a = d beyond what is known of any pair.
    assert ask(members(x="abcd"), pairs(ab=9, bc=20, cd=20, ad=-24)) == [("held_together", "ad", 4)]
    assert ask(members(x="abcd"), pairs(ab=20, bc=20, cd=20, ad=-16)) == []


@pytest.mark.parametrize("verdict", ["positive", "negative", "unsure"])
def test_an_answer_settles_the_question_for_all_pairs_of_the_two_parts(verdict: str) -> None:
    entities, links = members(x="ab", y="cd"), pairs(ab=20, cd=20, ac=4, bd=-0.5)
    assert ask(entities, links, ("c", "b", verdict)) == []
    inside = pairs(ab=20, cd=20, bc=3, ad=2)
    assert ask(members(x="abcd"), inside, ("a", "d", verdict)) == []


def test_an_answer_about_records_that_have_gone_settles_nothing() -> None:
    assert len(ask(members(x="a", y="b"), pairs(ab=1), ("a", "gone", "negative"))) == 1


def test_records_alike_count_in_what_a_question_touches() -> None:
    entities = pl.DataFrame(
        {"record_id": ["p", "q", "r", "s"], "node": [0, 0, 0, 1], "entity_id": ["x", "x", "x", "y"]}
    )
    assert ask(entities, pairs(ab=1)) == [("doubtful", "ps", 4)]


def test_the_order_of_members_and_pairs_does_not_matter() -> None:
    random = Random(7)
    letters = "abcdefghijklmnopqrstuvwx"
    entities = members(u=letters[:6], v=letters[6:12], w=letters[12:18], x=letters[18:])
    links = pl.DataFrame(
        [
            (a, b, float(random.choice((-20, -1, 0, 1, 4, 15))))
            for a in range(24)
            for b in range(a + 1, 24)
            if random.random() < 0.3
        ],
        schema=["a", "b", "weight"],
        orient="row",
    )
    first = questions(entities, links, BAND, judged())
    assert first.height > 5
    again = questions(entities.sample(fraction=1, shuffle=True, seed=1), links.reverse(), BAND, judged())
    assert again.equals(first)


@pytest.mark.parametrize(
    ("threshold", "lower", "upper", "expected"),
    [
        (3.0, 0.0, 8.0, {0.0: 0.05, 4.0: 0.5, 8.0: 0.95}),  # both ends are where the calibration says
        (9.0, 0.0, 9.0, {0.0: 0.05}),  # the threshold has pushed the upper end out
        (-3.0, -3.0, 8.0, {8.0: 0.95}),
    ],
)
def test_the_probability_is_that_of_the_calibration_at_the_ends_of_the_band(
    threshold: float, lower: float, upper: float, expected: dict[float, float]
) -> None:
    decision = Decision(threshold, lower, upper, "f1", "anchor", 1.0, 1.0, 1, 1, 1, met=True)
    band = band_of(decision, 2.0**-12)
    assert band.prior == pytest.approx(-12.0, abs=0.001)
    for weight, probability in expected.items():
        links = pairs(ab=weight)
        row = questions(members(x="a", y="b"), links, replace(band, lower=-99, upper=99), judged()).row(0, named=True)
        assert row["probability"] == pytest.approx(probability)


def test_an_empty_home_has_an_empty_queue() -> None:
    assert ask(members(), pairs()) == []
