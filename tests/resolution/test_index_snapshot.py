"""What a run left is kept sealed, whole or not at all; an incremental batch goes on from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from core.errors import DiskFull, HomeNotWritable, KeyUnusable, StateMissing
from core.settings import CryptoSuite
from governance.keys import MasterKey
from governance.sealing import SealingVault
from resolution.index.live import LiveIndex
from resolution.index.snapshot import load, save
from resolution.index.update import update
from resolution.model.declaration import declaration
from resolution.model.model import shipped_model
from resolution.run import resolve
from resolution.state import State

Rows = list[dict[str, str | None]]
Households = Callable[[int, int], tuple[pl.DataFrame, pl.DataFrame]]
VAULT = SealingVault(MasterKey(CryptoSuite.SM, bytes(range(32))), CryptoSuite.SM)
PERSON = declaration("person")


def token(*parts: str) -> str:
    return "-".join(parts)


def seal(data: bytes, name: str, vault: SealingVault = VAULT) -> bytes:
    return vault.seal_bytes(data, field="state", owner=name)


def unseal(data: bytes, name: str, vault: SealingVault = VAULT) -> bytes:
    return vault.open_bytes(data, field="state", owner=name)


def current(folder: Path) -> Path:
    return folder / (folder / "current").read_text()


@pytest.fixture(scope="module")
def people(households: Households) -> pl.DataFrame:
    return households(25, 8)[0]


@pytest.fixture(scope="module")
def state(people: pl.DataFrame) -> State:
    made = resolve("person", people.gather_every(2), token=token, model=shipped_model("person"), run_id="run_1").state
    assert made is not None
    return replace(made, covered={"records_person": 17})


def test_a_state_comes_back_as_it_was(state: State, tmp_path: Path) -> None:
    save(state, tmp_path / "person", seal)
    back = load(tmp_path / "person", unseal, PERSON)
    for name in ("run_id", "base", "model", "context", "population", "decision", "covered", "report"):
        assert getattr(back, name) == getattr(state, name), name
    for name in ("nodes", "members", "pairs", "judgements"):
        assert getattr(back, name).equals(getattr(state, name)), name
    assert back.frequencies.keys() == state.frequencies.keys()


def test_nothing_of_a_person_rests_in_clear(state: State, people: pl.DataFrame, tmp_path: Path) -> None:
    save(state, tmp_path, seal)
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    values = [*people["citizen_id"].drop_nulls(), *people["name"].drop_nulls(), *people["phone"].drop_nulls()]
    assert not [value for value in values if value.encode() in written]
    assert (current(tmp_path).stat().st_mode & 0o077) == 0


def test_an_index_over_it_answers_as_before(state: State, people: pl.DataFrame, tmp_path: Path) -> None:
    save(state, tmp_path, seal)
    here, there = LiveIndex(state, token=token), LiveIndex(load(tmp_path, unseal, PERSON), token=token)
    there.warm()
    for row in people.gather_every(2, 1).iter_rows(named=True):
        assert here.decide(row) == there.decide(row)


def test_the_newest_replaces_the_one_before(state: State, tmp_path: Path) -> None:
    save(state, tmp_path, seal)
    save(replace(state, run_id="run_2"), tmp_path, seal)
    assert load(tmp_path, unseal, PERSON).run_id == "run_2"
    assert len([entry for entry in tmp_path.iterdir() if entry.is_dir()]) == 1


def test_none_or_another_version_is_told(state: State, tmp_path: Path) -> None:
    with pytest.raises(StateMissing, match="还没有"):
        load(tmp_path, unseal, PERSON)
    save(state, tmp_path, seal)
    with pytest.raises(StateMissing, match="另一个版本"):
        load(tmp_path, unseal, replace(PERSON, block_limit=7))
    manifest = current(tmp_path) / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 0'))
    with pytest.raises(StateMissing, match="另一个版本"):
        load(tmp_path, unseal, PERSON)


def test_a_torn_or_exchanged_file_is_told(state: State, tmp_path: Path) -> None:
    save(state, tmp_path, seal)
    for file in sorted(current(tmp_path).iterdir()):
        whole = file.read_bytes()
        for torn in (b"", whole[: len(whole) // 2], whole[:-1] + bytes((whole[-1] ^ 1,))):
            file.write_bytes(torn)
            with pytest.raises(StateMissing):
                load(tmp_path, unseal, PERSON)
        file.unlink()
        with pytest.raises(StateMissing):
            load(tmp_path, unseal, PERSON)
        file.write_bytes(whole)
    assert load(tmp_path, unseal, PERSON).run_id == "run_1"


def test_another_key_is_refused(state: State, tmp_path: Path) -> None:
    save(state, tmp_path, seal)
    other = SealingVault(MasterKey(CryptoSuite.SM, bytes(32)), CryptoSuite.SM)
    with pytest.raises(KeyUnusable):
        load(tmp_path, lambda data, name: unseal(data, name, other), PERSON)


def test_a_save_that_fails_leaves_the_one_before(state: State, tmp_path: Path) -> None:
    save(state, tmp_path, seal)
    count = 0

    def full(data: bytes, name: str) -> bytes:
        nonlocal count
        count += 1
        if count == 3:
            raise OSError(28, "No space left on device")
        return seal(data, name)

    with pytest.raises(DiskFull):
        save(replace(state, run_id="run_2"), tmp_path, full)
    assert load(tmp_path, unseal, PERSON).run_id == "run_1"
    assert len([entry for entry in tmp_path.iterdir() if entry.is_dir()]) == 1
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeNotWritable):
        save(state, tmp_path / "file", seal)


def test_stopped_anywhere_it_is_the_old_one_or_the_new_one(state: State, tmp_path: Path) -> None:
    save(state, tmp_path, seal)
    steps = len([file for file in current(tmp_path).iterdir() if file.name != "manifest.json"])
    for stopped_at in range(1, steps + 1):
        calls = 0

        def interrupted(data: bytes, name: str, last: int = stopped_at) -> bytes:
            nonlocal calls
            calls += 1
            if calls == last:
                raise KeyboardInterrupt  # nothing tidies up behind it
            return seal(data, name)

        with pytest.raises(KeyboardInterrupt):
            save(replace(state, run_id="run_2"), tmp_path, interrupted)
        assert load(tmp_path, unseal, PERSON).run_id == "run_1"
    # What the interrupted ones left is gone with the next that succeeds.
    save(replace(state, run_id="run_3"), tmp_path, seal)
    assert load(tmp_path, unseal, PERSON).run_id == "run_3"
    assert len([entry for entry in tmp_path.iterdir() if entry.is_dir()]) == 1


def test_an_incremental_batch_tells_what_changed(state: State, people: pl.DataFrame) -> None:
    rest = people.gather_every(2, 1)
    gone = people["record_id"][0]
    result = update(state, rest, [gone, "rec_unknown"], token=token, run_id="run_2", covered={"records_person": 40})
    assert result.state.run_id == "run_2"
    assert result.state.covered == {"records_person": 40}
    assert result.removed == [gone]
    before = state.members.select("record_id", "entity_id")
    after = result.state.members.select("record_id", "entity_id")
    assert set(after["record_id"]) == set(people["record_id"]) - {gone}
    changed = after.join(before, on=["record_id", "entity_id"], how="anti").sort("record_id")
    assert result.assignments.select("record_id", "entity_id").equals(changed)
    created = set(after["entity_id"]) - set(before["entity_id"])
    told = result.changes.filter(pl.col("change") != "merged")["entity_id"]
    assert set(told) == created
    assert result.report["reassigned"] == changed.height


def test_an_incremental_batch_of_nothing_changes_nothing(state: State, people: pl.DataFrame) -> None:
    result = update(state, people.clear(), token=token)
    assert result.assignments.is_empty()
    assert result.changes.is_empty()
    assert result.state.members.equals(state.members.select(result.state.members.columns).sort("record_id"))
