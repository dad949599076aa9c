"""What registers, visits and health files say of one residence, reconciled. Each case states rows and the intervals
that a careful clerk would draw from them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.linking.authority import authority
from graph.linking.intervals import reconcile, single_residence

Row = tuple[str, str | None, str | None, str, str]  # dwelling, from, to, observed, feed
POLICE, VISIT, HEALTH = "police_population", "grid_visits", "health_records"


def stated(*rows: Row, person: str = "p") -> pl.DataFrame:
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    return pl.DataFrame(
        [
            {
                "type": "LIVES_IN",
                "from_label": "Person",
                "from_id": person,
                "to_label": "Dwelling",
                "to_id": dwelling,
                "discriminator": "",
                "valid_from": day(since),
                "valid_to": day(until),
                "observed_at": datetime.fromisoformat(observed),
                "feed": feed,
                "authority": authority("LIVES_IN", feed),
                "probability": 1.0,
                "role": None,
            }
            for dwelling, since, until, observed, feed in rows
        ],
        schema_overrides={"valid_from": pl.Date, "valid_to": pl.Date, "role": pl.String},
    )


def intervals(frame: pl.DataFrame) -> list[tuple[str, str | None, str | None]]:
    rows = frame.sort("to_id", "valid_from").select("to_id", "valid_from", "valid_to").iter_rows()
    return [(to_id, since and str(since), until and str(until)) for to_id, since, until in rows]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [("a", "2019-01-01", None, "2026-01-01", POLICE), ("a", "2019-01-20", None, "2025-01-01", HEALTH)],
            [("a", "2019-01-01", None)],
            id="two registers, nearly the same day",
        ),
        pytest.param(
            [
                ("a", "2019-01-01", "2021-03-01", "2026-01-01", POLICE),
                ("a", "2023-05-01", None, "2026-01-01", POLICE),
            ],
            [("a", "2019-01-01", "2021-03-01"), ("a", "2023-05-01", None)],
            id="moved away and back",
        ),
        pytest.param(
            [
                ("a", "2019-01-01", None, "2020-02-01", POLICE),
                ("a", "2019-01-01", "2021-03-01", "2026-01-01", POLICE),
                ("a", "2023-05-01", None, "2026-01-01", POLICE),
            ],
            [("a", "2019-01-01", "2021-03-01"), ("a", "2023-05-01", None)],
            id="an old open statement does not bridge the absence",
        ),
        pytest.param(
            [("a", "2019-01-01", None, "2026-01-01", POLICE), ("a", None, None, "2025-01-01", HEALTH)],
            [("a", "2019-01-01", None)],
            id="an undated file confirms",
        ),
        pytest.param(
            [("a", "2020-01-01", None, "2026-01-01", POLICE), ("a", None, None, "2019-06-01", VISIT)],
            [("a", "2019-06-01", None)],
            id="seen there before the register said so",
        ),
        pytest.param(
            [("a", "2020-01-01", "2022-01-01", "2026-01-01", POLICE), ("a", None, None, "2024-01-01", HEALTH)],
            [("a", "2020-01-01", "2022-01-01")],
            id="a health file keeps an old address",
        ),
        pytest.param(
            [("a", "2020-01-01", "2022-01-01", "2026-01-01", POLICE), ("a", None, None, "2024-01-01", VISIT)],
            [("a", "2020-01-01", "2022-01-01"), ("a", "2024-01-01", None)],
            id="met at the door after the register closed it",
        ),
        pytest.param(
            [("a", None, None, "2024-01-01", HEALTH), ("a", None, None, "2025-01-01", VISIT)],
            [("a", None, None)],
            id="nobody knows since when",
        ),
    ],
)
def test_one_dwelling(rows: list[Row], expected: list[tuple[str, str | None, str | None]]) -> None:
    assert intervals(reconcile(stated(*rows))) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [("a", "2020-01-01", None, "2026-01-01", POLICE), ("b", None, None, "2025-06-01", HEALTH)],
            [("a", "2020-01-01", None), ("b", None, "2020-01-01")],
            id="a weak source names another address",
        ),
        pytest.param(
            [("a", "2010-01-01", None, "2026-01-01", POLICE), ("b", None, None, "2026-05-01", VISIT)],
            [("a", "2010-01-01", "2026-01-02"), ("b", None, None)],
            id="moved without telling the police",
        ),
        pytest.param(
            [("a", "2024-02-01", None, "2026-01-01", POLICE), ("b", None, None, "2022-05-01", VISIT)],
            [("a", "2024-02-01", None), ("b", None, "2024-02-01")],
            id="visited before the move",
        ),
        pytest.param(
            [("a", "2020-01-01", "2023-01-01", "2026-01-01", POLICE), ("b", None, None, "2025-05-01", VISIT)],
            [("a", "2020-01-01", "2023-01-01"), ("b", "2023-01-01", None)],
            id="begins where the last residence ended",
        ),
    ],
)
def test_one_person_lives_in_one_place_at_a_time(
    rows: list[Row], expected: list[tuple[str, str | None, str | None]]
) -> None:
    assert intervals(single_residence(reconcile(stated(*rows)))) == expected


def test_agreement_raises_confidence_and_repetition_does_not() -> None:
    once = reconcile(stated(("a", "2020-01-01", None, "2026-01-01", POLICE)))
    twice = reconcile(stated(*[("a", "2020-01-01", None, "2026-01-01", POLICE)] * 2))
    agreed = reconcile(stated(("a", "2020-01-01", None, "2026-01-01", POLICE), ("a", None, None, "2026-01-01", HEALTH)))
    assert once["confidence"][0] == twice["confidence"][0] == 0.85
    assert agreed["confidence"][0] == 0.925
    assert agreed["sources"][0].to_list() == [HEALTH, POLICE]


days = st.integers(0, 3000).map(lambda n: date(2015, 1, 1) + timedelta(days=n))


@st.composite
def statement(draw: st.DrawFn) -> Row:
    since = draw(st.none() | days)
    until = draw(st.none() | days)
    if since and until and until < since:
        since, until = until, since
    return (
        draw(st.sampled_from("ab")),
        since and since.isoformat(),
        until and until.isoformat(),
        draw(days).isoformat(),
        draw(st.sampled_from([POLICE, VISIT, HEALTH])),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(statement(), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_whatever_is_stated(rows: list[Row], rng) -> None:
    shuffled = rows[:]
    rng.shuffle(shuffled)
    merged = reconcile(stated(*rows))
    other = reconcile(stated(*shuffled))
    assert merged.equals(other.select(merged.columns)), "the order of statements must not matter"
    apart = merged.sort("to_id", "valid_from")
    for dwelling in "ab":
        spans = apart.filter(pl.col("to_id") == dwelling).select("valid_from", "valid_to").rows()
        for (_, until), (since, _) in pairwise(spans):
            assert until is not None
            assert since is not None
            assert until <= since, "intervals of one dwelling must not overlap"
    settled = single_residence(merged)
    assert settled.filter(pl.col("valid_to").is_null()).height <= 1
    assert settled.height == merged.height
    assert not settled.filter(pl.col("valid_to") < pl.col("valid_from")).height
