"""Sealed values open only where they belong; the key is made once and guarded."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import KeyUnusable
from core.settings import CryptoSuite
from governance.keys import MasterKey, load_or_create_key
from governance.sealing import SealingVault

KEY = MasterKey(CryptoSuite.SM, bytes(range(32)))
OTHER_KEY = MasterKey(CryptoSuite.SM, bytes(32))


@pytest.mark.parametrize("suite", list(CryptoSuite))
@given(value=st.text(), field=st.text(max_size=8), owner=st.text(max_size=8))
def test_a_sealed_value_opens_as_itself(suite: CryptoSuite, value: str, field: str, owner: str) -> None:
    vault = SealingVault(KEY, suite)
    sealed = vault.seal(value, field=field, owner=owner)
    assert vault.open(sealed, field=field, owner=owner) == value


@pytest.mark.parametrize("suite", list(CryptoSuite))
def test_a_sealed_value_moved_elsewhere_does_not_open(suite: CryptoSuite) -> None:
    vault = SealingVault(KEY, suite)
    sealed = vault.seal("880102195803121234", field="citizen_id", owner="rec_1")
    for field, owner in (("citizen_id", "rec_2"), ("phone", "rec_1")):
        with pytest.raises(KeyUnusable):
            vault.open(sealed, field=field, owner=owner)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(KeyUnusable):
            vault.open(bytes(changed), field="citizen_id", owner="rec_1")


def test_values_sealed_under_one_suite_open_under_the_other() -> None:
    sealed = SealingVault(KEY, CryptoSuite.AES).seal("x", field="f", owner="o")
    assert SealingVault(KEY, CryptoSuite.SM).open(sealed, field="f", owner="o") == "x"


def test_another_key_neither_opens_nor_indexes_alike() -> None:
    ours, theirs = SealingVault(KEY, CryptoSuite.SM), SealingVault(OTHER_KEY, CryptoSuite.SM)
    with pytest.raises(KeyUnusable):
        theirs.open(ours.seal("x", field="f", owner="o"), field="f", owner="o")
    assert ours.blind_index("x", value_type="phone") != theirs.blind_index("x", value_type="phone")
    assert ours.token("x") != theirs.token("x")


def test_the_blind_index_is_stable_and_bound_to_the_value_type() -> None:
    vault = SealingVault(KEY, CryptoSuite.SM)
    again = pickle.loads(pickle.dumps(SealingVault(KEY, CryptoSuite.AES)))
    assert vault.blind_index("16012345678", value_type="phone") == again.blind_index("16012345678", value_type="phone")
    assert vault.blind_index("16012345678", value_type="phone") != vault.blind_index("16012345678", value_type="text")


def test_two_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    found: list[MasterKey] = []

    def start() -> None:
        found.append(load_or_create_key(path, CryptoSuite.SM, sealed_data_exists=False))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key.secret for key in found}) == 1
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_missing_key_with_sealed_data_is_an_error_not_a_new_key(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable):
        load_or_create_key(tmp_path / "master.key", CryptoSuite.SM, sealed_data_exists=True)
    assert not (tmp_path / "master.key").exists()


@pytest.mark.parametrize("content", ["", "weinao-key-1 sm 00", "weinao-key-1 rot13 " + "0" * 64, "x" * 100])
def test_a_malformed_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyUnusable):
        load_or_create_key(path, CryptoSuite.SM, sealed_data_exists=False)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    load_or_create_key(path, CryptoSuite.AES, sealed_data_exists=False)
    path.chmod(0o644)
    with pytest.raises(KeyUnusable):
        load_or_create_key(path, CryptoSuite.AES, sealed_data_exists=False)


@pytest.mark.parametrize("suite", list(CryptoSuite))
@pytest.mark.parametrize("size", [0, 1, 16 * 1024 * 1024, 16 * 1024 * 1024 + 5])
def test_a_sealed_file_opens_as_itself(suite: CryptoSuite, size: int) -> None:
    vault = SealingVault(KEY, suite)
    data = bytes(size)
    sealed = vault.seal_bytes(data, field="state", owner="person")
    assert vault.open_bytes(sealed, field="state", owner="person") == data


def test_a_sealed_file_that_was_cut_mixed_or_moved_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.sealing._CHUNK", 4)
    vault = SealingVault(KEY, CryptoSuite.AES)
    sealed = vault.seal_bytes(b"aaaabbbbcc", field="state", owner="person")
    part = 4 + 34 + 4  # the length of a chunk, its head, nonce and tag, and four bytes
    first, second, last = sealed[4 : 4 + part], sealed[4 + part : 4 + 2 * part], sealed[4 + 2 * part :]
    changed = [
        sealed[:-1],
        sealed + b"x",
        sealed[:4] + second + first + last,
        sealed[:4] + first + last,
        b"\0\0\0\2" + first + second,
        b"\0\0\0\4" + first + second + last + last,
        b"",
        sealed[:3],
    ]
    assert vault.open_bytes(sealed, field="state", owner="person") == b"aaaabbbbcc"
    for wrong in changed:
        with pytest.raises(KeyUnusable):
            vault.open_bytes(wrong, field="state", owner="person")
    for field, owner in (("pairs", "person"), ("state", "dwelling")):
        with pytest.raises(KeyUnusable):
            vault.open_bytes(sealed, field=field, owner=owner)
    with pytest.raises(KeyUnusable):
        SealingVault(OTHER_KEY, CryptoSuite.AES).open_bytes(sealed, field="state", owner="person")
