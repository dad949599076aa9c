"""What registers, visits, health files and meters say of one residence, reconciled. Each case states rows and the
intervals that a careful clerk would draw from them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.linking.authority import authority
from graph.linking.intervals import reconcile
from graph.linking.relations import entity_relations
from graph.linking.residence import single_residence

Row = tuple[str, str | None, str | None, str, str]  # dwelling, from, to, observed, feed
POLICE, VISIT, HEALTH, METER = "police_population", "grid_visits", "health_records", "utility_accounts"


def stated(*rows: Row, person: str = "p", role: str | None = None, used: str | None = None) -> pl.DataFrame:
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
                "role": role,
                "last_used": day(used) if feed == METER else None,
            }
            for dwelling, since, until, observed, feed in rows
        ],
        schema_overrides={"valid_from": pl.Date, "valid_to": pl.Date, "role": pl.String, "last_used": pl.Date},
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
        pytest.param(
            [
                ("a", "2019-01-01", "2021-03-01", "2022-01-01", POLICE),
                ("a", "2019-01-01", None, "2026-01-01", POLICE),
            ],
            [("a", "2019-01-01", "2021-03-01")],
            id="a register that struck out one of two rows",
        ),
        pytest.param(
            [
                ("a", "2019-01-01", "2021-03-01", "2022-01-01", HEALTH),
                ("a", "2019-01-01", None, "2026-01-01", POLICE),
            ],
            [("a", "2019-01-01", None)],
            id="another source knew better later",
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
    assert once["confidence"][0] == twice["confidence"][0] == 0.97
    assert agreed["confidence"][0] == 0.995
    assert agreed["sources"][0].to_list() == [HEALTH, POLICE]


# --- where a person lives now, and how sure that is ----------------------------------------------------------------

TODAY = date(2026, 6, 30)


def lived(*rows: Row, **about: str | None) -> dict[str, tuple[str | None, str | None, float]]:
    """dwelling → (from, to, confidence) as the graph would have it on `TODAY`."""
    told = entity_relations(stated(*rows, **about), TODAY)
    return {
        row["to_id"]: (row["valid_from"] and str(row["valid_from"]), row["valid_to"] and str(row["valid_to"]),
                       row["confidence"])
        for row in told.iter_rows(named=True)
    }  # fmt: skip


def test_two_homes_at_once_share_the_belief() -> None:
    alone = lived(("a", "2010-01-01", None, "2026-01-01", POLICE))["a"][2]
    both = lived(("a", "2010-01-01", None, "2026-01-01", POLICE), ("b", None, None, "2026-05-01", VISIT))
    (old, new) = both["a"][2], both["b"][2]
    assert both["b"][1] is None
    assert both["a"][1] is not None
    assert alone == 0.97
    assert 0.3 < new < 0.7, "a register still says something else"
    assert old + new < 1


def test_what_was_only_seen_wears_away_and_a_tenant_faster_than_an_owner() -> None:
    fresh = lived(("a", None, None, "2026-06-30", VISIT), role="owner")["a"][2]
    owner = lived(("a", None, None, "2023-06-30", VISIT), role="owner")["a"][2]
    tenant = lived(("a", None, None, "2023-06-30", VISIT), role="tenant")["a"][2]
    registered = lived(("a", "2010-01-01", None, "2011-01-01", POLICE), role="tenant")["a"][2]
    assert fresh == 0.98
    assert fresh > owner > 0.85
    assert 0.4 < tenant < 0.5, "three years after, every second tenant has left"
    assert registered == 0.97, "a register that dates its entries strikes them out"


def test_a_meter_confirms_and_a_still_meter_casts_doubt() -> None:
    register = ("a", "2015-01-01", None, "2026-01-01", POLICE)
    account = ("a", "2015-02-01", None, "2026-05-20", METER)
    used = lived(register, account, role="owner", used="2026-05-01")["a"]
    still = lived(register, account, role="owner", used="2025-03-01")["a"]
    assert used[:2] == still[:2] == ("2015-01-01", None)
    assert used[2] > 0.97
    assert still[2] < 0.7


def test_an_account_alone_is_no_home_of_somebody_who_lives_elsewhere() -> None:
    register = ("home", "2015-01-01", None, "2026-01-01", POLICE)
    let = ("let", "2005-02-01", None, "2026-05-20", METER)
    assert set(lived(register, let, role="owner", used="2026-05-01")) == {"home"}


def test_an_account_opened_after_the_last_move_on_file_is_a_move() -> None:
    register = ("old", "2015-01-01", None, "2020-01-01", POLICE)
    account = ("new", "2024-02-01", None, "2026-05-20", METER)
    homes = lived(register, account, role="owner", used="2026-05-01")
    assert homes["old"][1] == "2024-02-01"
    assert homes["new"][:2] == ("2024-02-01", None)
    unused = lived(register, account, role="owner", used="2025-01-01")
    assert set(unused) == {"old"}, "nobody uses anything there"
    unsaid = lived(register, account, used="2026-05-01")
    assert set(unsaid) == {"old"}, "the account does not say what its holder is there"


def test_an_account_that_a_newer_visit_belies_leaves_no_trace() -> None:
    homes = lived(
        ("old", "2015-01-01", None, "2020-01-01", POLICE),
        ("paid", "2024-02-01", None, "2026-05-20", METER),
        ("met", None, None, "2026-06-01", VISIT),
        role="owner",
        used="2026-05-01",
    )
    assert set(homes) == {"old", "met"}
    assert homes["met"][1] is None


def test_a_closed_account_ends_what_others_left_open() -> None:
    seen = ("a", None, None, "2023-01-01", VISIT)
    closed = ("a", "2019-05-01", "2024-02-01", "2024-02-01", METER)
    assert lived(seen, closed, role="owner")["a"][:2] == ("2019-05-01", "2024-02-01")


def test_seen_before_the_stated_start_but_not_before_having_left_the_last_home() -> None:
    homes = lived(
        ("old", "2010-01-01", "2022-03-01", "2026-01-01", POLICE),
        ("new", "2022-05-01", None, "2026-01-01", POLICE),
        ("new", None, None, "2021-01-01", HEALTH),
    )
    assert homes["new"][:2] == ("2022-03-01", None)


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
        draw(st.sampled_from([POLICE, VISIT, HEALTH, METER])),
    )


@settings(max_examples=60, deadline=None)
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
    final = entity_relations(stated(*rows, role="owner", used="2022-01-01"), TODAY)
    again = entity_relations(stated(*shuffled, role="owner", used="2022-01-01"), TODAY)
    order = ["to_id", "valid_from", "valid_to"]
    assert final.sort(order).equals(again.select(final.columns).sort(order))
    assert final["confidence"].is_between(0, 1).all()
    assert final.filter(pl.col("valid_to").is_null())["confidence"].sum() <= 1
