"""The ids of a few clusters follow the rule of a whole run."""

from __future__ import annotations

from random import Random

import polars as pl
import pytest

from resolution.clusters.stable_ids import assign_ids
from resolution.index.ids import Identities


def token(*parts: str) -> str:
    return "-".join(parts)


@pytest.mark.parametrize("seed", range(150))
def test_as_a_whole_run_gives_them(seed: int) -> None:
    random = Random(seed)
    records = [f"r{number:02d}" for number in range(random.randint(1, 25))]
    spread = random.randint(1, 8)
    before = {record: f"per_{random.randint(1, spread)}" for record in records if random.random() < 0.8}
    after = {record: random.randint(0, spread) for record in records}
    ages = {entity: random.randint(1, 4) for entity in sorted(set(before.values()))}
    numbers = sorted(set(after.values()))
    clusters = [[(r, before.get(r)) for r in records if after[r] == number] for number in numbers]
    gone = [f"per_{number}" for number in range(9, 12)] + [f"per_{token('person', record)}" for record in records[:2]]
    homes = {r: random.choice([*gone, *before.values()]) for r in before if seed % 2 and random.random() < 0.5}
    ids, changes = Identities("person", "per", token, before.values(), ages, homes).assign(clusters)
    previous = pl.DataFrame(
        {"record_id": list(before), "entity_id": list(before.values()), "seq": [ages[e] for e in before.values()]},
        schema={"record_id": pl.String, "entity_id": pl.String, "seq": pl.Int64},
    )
    assigned, told = assign_ids(
        pl.DataFrame({"record_id": records, "cluster": [after[r] for r in records]}),
        previous,
        homes=pl.DataFrame(list(homes.items()), schema={"record_id": pl.String, "home": pl.String}, orient="row"),
        prefix="per",
        kind="person",
        token=token,
    )
    given = {record: entity_id for cluster, entity_id in zip(clusters, ids, strict=True) for record, _ in cluster}
    assert given == dict(assigned.iter_rows())
    assert sorted(changes, key=str) == sorted(told.iter_rows(), key=str)


def test_an_id_is_never_given_twice() -> None:
    identities = Identities("person", "per", token, ["per_person-r1"], {})
    assert identities.assign([[("r1", None)]])[0] == ["per_person-r1-1"]
    assert identities.foresee([[("r1", None)]])[0] == ["per_person-r1-2"]
    assert identities.assign([[("r1", None)]])[0] == ["per_person-r1-2"]
