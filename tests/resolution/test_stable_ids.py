from __future__ import annotations

import polars as pl

from resolution.clusters.stable_ids import assign_ids


def token(*parts: str) -> str:
    return "-".join(parts)


def clusters(**members: str) -> pl.DataFrame:
    rows = [(record, number) for number, records in enumerate(members.values()) for record in records]
    return pl.DataFrame(rows, schema=["record_id", "cluster"], orient="row")


def run(frame: pl.DataFrame, previous: pl.DataFrame | None = None) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    ids, changes = assign_ids(frame, previous, prefix="per", kind="person", token=token)
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
