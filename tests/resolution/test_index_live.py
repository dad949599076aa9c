"""Records that come one by one make the clusters that a batch makes, in any order, and leave without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

import polars as pl
import pytest

from resolution.collapse import collapse
from resolution.engine import open_engine
from resolution.features.standardise import standardise
from resolution.grouping import clusters_of, contract, judged, kept_apart
from resolution.index.live import LiveIndex
from resolution.model.model import shipped_model
from resolution.run import resolve
from resolution.scoring import linker, scored_pairs
from resolution.state import State

Rows = list[dict[str, str | None]]
Records = Callable[[str, Rows], pl.DataFrame]
Households = Callable[[int, int], tuple[pl.DataFrame, pl.DataFrame]]
MakeId = Callable[[str, str, int], str]
Partition = set[frozenset[str]]

NONE = pl.DataFrame(schema={"record_a": pl.String, "record_b": pl.String, "verdict": pl.String})


def token(*parts: str) -> str:
    return "-".join(parts)


def of_run(records: pl.DataFrame) -> State:
    state = resolve("person", records, token=token, model=shipped_model("person")).state
    assert state is not None
    return state


def partition(frame: pl.DataFrame, by: str = "entity_id") -> Partition:
    return {frozenset(ids) for ids in frame.group_by(by).agg("record_id")["record_id"]}


def in_batch(state: State, records: pl.DataFrame, judgements: pl.DataFrame = NONE) -> Partition:
    """All records at once by Splink, with the model, the context and the frequencies of `state`."""
    declared = state.model.declaration
    ordered = records.sort("record_id")
    frame = standardise(declared, ordered, state.context)
    collapsed = collapse(frame, declared, alone=ordered["record_id"].is_in(list(kept_apart(judgements))))
    members = pl.DataFrame([ordered["record_id"], collapsed.node.alias("node")])
    with open_engine() as engine:
        made, _ = linker(engine, collapsed.frame, state.model, state.frequencies, state.population)
        pairs = scored_pairs(engine, made)
    verdicts = judged(judgements, members)
    clustering = contract(collapsed.frame, pairs, state.decision, verdicts, members, declared)
    return partition(clusters_of(members, pairs, clustering.labels), "cluster")


def limited(state: State, limit: int) -> State:
    return replace(state, model=replace(state.model, declaration=replace(state.model.declaration, block_limit=limit)))


def fed(state: State, records: pl.DataFrame, order: Iterable[int]) -> LiveIndex:
    index = LiveIndex(state, token=token)
    rows = records.rows(named=True)
    for place in order:
        index.add(rows[place])
    return index


@pytest.fixture(scope="module")
def people(households: Households) -> pl.DataFrame:
    return households(45, 6)[0]


@pytest.fixture(scope="module")
def half(people: pl.DataFrame) -> State:
    return of_run(people.gather_every(2))


@pytest.fixture(scope="module")
def rest(people: pl.DataFrame) -> pl.DataFrame:
    return people.gather_every(2, 1)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_one_by_one_is_one_batch(half: State, people: pl.DataFrame, rest: pl.DataFrame, seed: int) -> None:
    order = Random(seed).sample(range(rest.height), rest.height)
    index = fed(half, rest, order)
    assert partition(index.state().members) == in_batch(half, people)


def test_all_at_once_is_the_same(half: State, people: pl.DataFrame, rest: pl.DataFrame) -> None:
    index = LiveIndex(half, token=token)
    features = standardise(half.model.declaration, rest, half.context)
    index.apply(dict(zip(rest["record_id"], features.iter_rows(named=True), strict=True)))
    assert partition(index.state().members) == in_batch(half, people)


def test_what_goes_again_leaves_no_trace(half: State, rest: pl.DataFrame) -> None:
    index = fed(half, rest, range(rest.height))
    living = set(index.state().members["entity_id"])
    for record_id in Random(4).sample(rest["record_id"].to_list(), rest.height):
        for change, entity_id, _ in index.remove(record_id).changes:
            living = living | {entity_id} if change == "split" else living - {entity_id}
    after = index.state()
    assert living == set(after.members["entity_id"])
    assert partition(after.members) == partition(half.members)
    assert after.pairs["weight"].sort().to_list() == pytest.approx(half.pairs["weight"].sort().to_list(), abs=1e-9)


def test_a_record_whose_content_changes_is_as_if_it_had_always_been_so(half: State, people: pl.DataFrame) -> None:
    swapped = people.gather_every(2).with_columns(
        pl.col("name").shift(1, fill_value="王芳"), pl.lit(None).alias("phone")
    )
    changed = swapped.with_columns(pl.col("phone").cast(pl.String)).head(40)
    index = fed(half, changed, Random(1).sample(range(40), 40))
    everything = pl.concat([people.gather_every(2).join(changed, on="record_id", how="anti"), changed])
    assert partition(index.state().members) == in_batch(half, everything)


@pytest.mark.parametrize("limit", [2, 3, 5])
def test_keys_that_grow_too_common_and_shrink_back(
    people: pl.DataFrame, half: State, rest: pl.DataFrame, limit: int
) -> None:
    # The state must have been made under the limit, so it is built from nothing, record by record.
    small = limited(half, limit)
    empty = replace(small, nodes=small.nodes.clear(), members=small.members.clear(), pairs=small.pairs.clear())
    index = fed(empty, people, Random(limit).sample(range(people.height), people.height))
    assert partition(index.state().members) == in_batch(small, people)
    gone = Random(9).sample(people["record_id"].to_list(), people.height // 2)
    for record_id in gone:
        index.remove(record_id)
    assert partition(index.state().members) == in_batch(small, people.filter(~pl.col("record_id").is_in(gone)))


def test_a_saved_state_goes_on_where_the_index_stood(half: State, people: pl.DataFrame, rest: pl.DataFrame) -> None:
    first = fed(half, rest, range(0, rest.height, 2))
    first.remove(people["record_id"][0])
    second = fed(first.state(), rest, range(1, rest.height, 2))
    assert partition(second.state().members) == in_batch(half, people.slice(1))


def test_judgements_bind_and_can_be_taken_back(half: State, people: pl.DataFrame, rest: pl.DataFrame) -> None:
    index = fed(half, rest, range(rest.height))
    groups = sorted((sorted(group) for group in partition(index.state().members)), key=lambda g: (-len(g), g))
    rows = [(group[0], group[-1], "negative") for group in groups[:6]]
    rows += [(one[0], other[0], "positive") for one, other in zip(groups[6:12], groups[12:18], strict=True)]
    judgements = pl.DataFrame(rows, schema=NONE.schema, orient="row")
    index.apply(judgements=judgements)
    assert partition(index.state().members) == in_batch(half, people, judgements)
    index.remove(rows[0][0])
    index.add(people.filter(pl.col("record_id") == rows[0][0]).row(0, named=True))
    assert partition(index.state().members) == in_batch(half, people, judgements)
    again = LiveIndex(index.state(), token=token)
    again.apply(judgements=NONE)
    assert partition(again.state().members) == in_batch(half, people)


def test_a_decision_foretells_what_adding_does(half: State, rest: pl.DataFrame) -> None:
    index = LiveIndex(half, token=token)
    outcomes = set()
    for row in rest.iter_rows(named=True):
        known = set(index.state().members["entity_id"]) if row["record_id"].endswith("7") else None
        placed = index.decide(row)
        delta = index.add(row)
        given = {item.record_id: item.entity_id for item in delta.assignments}[row["record_id"]]
        outcomes.add(placed.outcome)
        if placed.outcome == "new":
            assert known is None or given not in known
            assert ("created", given, None) in delta.changes
        elif placed.outcome == "existing":
            assert given == placed.entity_id
        elif placed.outcome == "merging":
            assert given == placed.entity_id
            assert {("merged", other, given) for other in placed.others} <= set(delta.changes)
        else:
            assert ("split", given, placed.entity_id) in delta.changes
        if placed.matches:
            assert placed.weight == placed.matches[0].weight
    assert {"new", "existing"} <= outcomes


def test_deciding_changes_nothing(half: State, rest: pl.DataFrame) -> None:
    index = LiveIndex(half, token=token)
    row = rest.row(3, named=True)
    first = index.decide(row)
    for other in rest.head(30).iter_rows(named=True):
        index.decide(other)
    assert index.decide(row) == first
    assert index.state().members.equals(half.members.select(index.state().members.columns).sort("record_id"))


def test_a_known_record_is_not_evidence_for_itself(records: Records, make_id: MakeId, half: State) -> None:
    alone = {"record_id": "rec_zz", "name": "欧阳世上无", "citizen_id": make_id("880121", "19330303", 77)}
    index = LiveIndex(half, token=token)
    index.add(alone)
    assert index.decide(alone).outcome == "new"
    assert index.decide(alone | {"record_id": "rec_zzz"}).outcome == "existing"


def test_ids_stay_when_entities_merge_and_split(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    base = {"birth_date": "1958-03-12", "phone": "16012345678", "address": "桂花苑3幢2单元501室"}
    known = records(
        "person",
        [
            base | {"name": "欧阳建国", "citizen_id": number},
            {"name": "欧阳建国", "employer": "澜江市恒泰贸易有限公司", "phone": "16912345678"},
        ],
    )
    state = of_run(known)
    before = dict(state.members.select("record_id", "entity_id").iter_rows())
    assert len(set(before.values())) == 2
    index = LiveIndex(state, token=token, ages={before["rec_000000"]: 2, before["rec_000001"]: 1})
    bridge = base | {"record_id": "rec_9", "name": "欧阳建国", "citizen_id": number, "phone": "16912345678"}
    bridge["employer"] = "澜江市恒泰贸易有限公司"
    merged = index.add(bridge)
    # The older id is kept, though the younger entity is the better match.
    assert merged.changes == [("merged", before["rec_000000"], before["rec_000001"])]
    assert {item.entity_id for item in merged.assignments} == {before["rec_000001"]}
    split = index.remove("rec_9")
    assert [change for change, _, _ in split.changes] == ["split"]
    assert partition(index.state().members) == {frozenset({"rec_000000"}), frozenset({"rec_000001"})}
    # An id that was merged away is never given again.
    assert before["rec_000000"] not in set(index.state().members["entity_id"])
