from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from resolution.clusters.stable_ids import assign_ids


def token(*parts: str) -> str:
    return "-".join(parts)


def clusters(**members: str) -> pl.DataFrame:
    rows = [(record, number) for number, records in enumerate(members.values()) for record in records]
    return pl.DataFrame(rows, schema=["record_id", "cluster"], orient="row")


def run(
    frame: pl.DataFrame, previous: pl.DataFrame | None = None, homes: pl.DataFrame | None = None
) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    ids, changes = assign_ids(frame, previous, homes=homes, prefix="per", kind="person", token=token)
    return dict(ids.iter_rows()), changes.rows()


def before(ids: dict[str, str], ages: dict[str, int] | None = None) -> pl.DataFrame:
    frame = pl.DataFrame(list(ids.items()), schema=["record_id", "entity_id"], orient="row")
    if ages is None:
        return frame
    return frame.with_columns(pl.col("entity_id").replace_strict(ages, return_dtype=pl.Int64).alias("seq"))


def test_a_first_run_creates_an_id_for_every_cluster() -> None:
    ids, changes = run(clusters(x="ab", y="c"))
    assert ids == {"a": "per_person-a", "b": "per_person-a", "c": "per_person-c"}
    assert changes == [("created", "per_person-a", None), ("created", "per_person-c", None)]


def test_a_second_run_on_the_same_records_changes_nothing() -> None:
    ids, _ = run(clusters(x="ab", y="c"))
    again, changes = run(clusters(y="c", x="ab"), before(ids))
    assert again == ids
    assert changes == []


def test_added_and_removed_records_keep_the_id() -> None:
    ids, _ = run(clusters(x="bcd"))
    again, changes = run(clusters(x="acd"), before(ids))
    assert set(again.values()) == {"per_person-b"}
    assert changes == []


def test_a_merge_keeps_the_older_id_even_when_it_is_the_smaller() -> None:
    previous = before({"a": "old", "b": "new", "c": "new"}, {"old": 1, "new": 2})
    ids, changes = run(clusters(x="abc"), previous)
    assert set(ids.values()) == {"old"}
    assert changes == [("merged", "new", "old")]


def test_without_ages_a_merge_keeps_the_id_of_the_larger_part() -> None:
    ids, changes = run(clusters(x="abc"), before({"a": "one", "b": "two", "c": "two"}))
    assert set(ids.values()) == {"two"}
    assert changes == [("merged", "one", "two")]


def test_a_split_keeps_the_id_with_the_larger_part() -> None:
    previous = before(dict.fromkeys("abc", "per_person-a"))
    ids, changes = run(clusters(x="a", y="bc"), previous)
    assert ids["b"] == ids["c"] == "per_person-a"
    # The name of the smaller part's first record is taken by the entity that lives on.
    assert ids["a"] == "per_person-a-1"
    assert changes == [("split", "per_person-a-1", "per_person-a")]


def test_a_record_that_moves_between_entities_moves_no_id() -> None:
    previous = before({"a": "one", "b": "one", "c": "one", "d": "two", "e": "two"})
    ids, changes = run(clusters(x="ab", y="cde"), previous)
    assert ids == {"a": "one", "b": "one", "c": "two", "d": "two", "e": "two"}
    assert changes == []


def test_an_entity_without_a_record_left_is_retired() -> None:
    ids, changes = run(clusters(x="a"), before({"a": "one", "b": "two", "c": "two"}))
    assert ids == {"a": "one"}
    assert changes == [("retired", "two", None)]


def test_a_new_entity_never_takes_the_id_of_one_that_lives_elsewhere() -> None:
    # Record a left the entity that was named after it.
    ids, changes = run(clusters(x="bc", y="a"), before(dict.fromkeys("abc", "per_person-a")))
    assert ids["a"] == "per_person-a-1"
    assert changes == [("split", "per_person-a-1", "per_person-a")]


_RECORDS = "abcdefghijkl"
_MEMBERS = st.lists(st.integers(0, 5), min_size=len(_RECORDS), max_size=len(_RECORDS))
_SEQS = st.lists(st.integers(1, 4), min_size=6, max_size=6)


def _previous(members: list[int], seqs: list[int], known: int) -> pl.DataFrame:
    rows = [(record, f"per_person-{_RECORDS[m]}", seqs[m]) for record, m in zip(_RECORDS, members, strict=True)]
    return pl.DataFrame(rows[:known], schema=["record_id", "entity_id", "seq"], orient="row")


@settings(max_examples=50, deadline=None)
@given(_MEMBERS, _MEMBERS, _SEQS, st.integers(1, 12), st.randoms(use_true_random=False))
def test_ids_are_unique_and_do_not_depend_on_the_order_of_rows(members, now, seqs, known, random) -> None:  # type: ignore[no-untyped-def]
    previous = _previous(members, seqs, known)
    frame = pl.DataFrame({"record_id": list(_RECORDS), "cluster": now})
    ids, changes = run(frame, previous)
    clustered = dict(frame.iter_rows())
    assert len({(clustered[record], ids[record]) for record in _RECORDS}) == len(set(now)) == len(set(ids.values()))
    shuffled = [random.sample(range(height), height) for height in (frame.height, previous.height)]
    assert run(frame[shuffled[0]], previous[shuffled[1]]) == (ids, changes)
    gone = {entity for change, entity, _ in changes if change in ("merged", "retired")}
    new = {entity for change, entity, _ in changes if change in ("created", "split")}
    assert (set(previous["entity_id"]) - gone) | new == set(ids.values())
    assert all(other in ids.values() for change, _, other in changes if change == "merged")


def homes(**by_home: str) -> pl.DataFrame:
    rows = [(record, home) for home, records in by_home.items() for record in records]
    return pl.DataFrame(rows, schema=["record_id", "home"], orient="row")


def test_a_merge_that_comes_apart_gives_every_id_its_records_back() -> None:
    # "two" brought more records into "one" than that had.
    previous, brought = before(dict.fromkeys("abcde", "one")), homes(two="cde")
    ids, changes = run(clusters(x="ab", y="cde"), previous, brought)
    assert ids == {"a": "one", "b": "one", "c": "two", "d": "two", "e": "two"}
    assert changes == [("split", "two", "one")]
    # Where the parts follow no seam, the id that never ended comes first.
    ids, changes = run(clusters(x="abcd", y="e"), previous, brought)
    assert ids == {**dict.fromkeys("abcd", "one"), "e": "per_person-e"}
    assert changes == [("split", "per_person-e", "one")]
    ids, changes = run(clusters(x="abcde"), previous, brought)
    assert (set(ids.values()), changes) == ({"one"}, [])


def test_an_id_that_is_taken_again_is_not_given_back() -> None:
    previous = before({"a": "one", "b": "one", "c": "one", "d": "one", "e": "two"})
    ids, _ = run(clusters(x="a", y="bcd", z="e"), previous, homes(two="bcd"))
    assert (ids["b"], ids["e"]) == ("one", "two")


def test_an_entity_without_records_of_its_own_keeps_its_id() -> None:
    ids, changes = run(clusters(x="a", y="bc"), before(dict.fromkeys("abc", "one")), homes(two="a", three="bc"))
    assert ids == {"a": "per_person-a", "b": "one", "c": "one"}
    assert changes == [("split", "per_person-a", "one")]
