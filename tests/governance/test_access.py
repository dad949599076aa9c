"""What each reader sees of a node."""

from __future__ import annotations

import base64

import pytest

from core.catalogue import Level
from core.settings import CryptoSuite
from governance.access import AccessContext, Role, Visibility, visibility
from governance.keys import MasterKey
from governance.masking import visible
from governance.sealing import SealingVault

VAULT = SealingVault(MasterKey(CryptoSuite.SM, bytes(range(32))), CryptoSuite.SM)


def sealed(value: str, field: str, owner: str) -> str:
    return base64.b64encode(VAULT.seal(value, field=field, owner=owner)).decode()


ADULT = {
    "id": "per_1",
    "name": "王建国",
    "phone": "160****5678",
    "phone_sealed": sealed("16012345678", "phone", "per_1"),
    "phone_index": "ab" * 16,
}
CHILD = {"id": "per_2", "name": "王**", "name_sealed": sealed("王小宝", "name", "per_2")}


def reader(role: Role, purpose: str | None = None) -> AccessContext:
    return AccessContext("someone", role, purpose=purpose)


@pytest.mark.parametrize("role", list(Role))
def test_without_a_purpose_nobody_sees_a_sensitive_value(role: Role) -> None:
    shown = visible(reader(role), "Person", ADULT, VAULT)
    assert shown == {"id": "per_1", "name": "王建国", "phone": "160****5678"}


def test_with_a_purpose_the_grid_worker_sees_it_and_the_analyst_does_not() -> None:
    assert visible(reader(Role.GRID_WORKER, "走访"), "Person", ADULT, VAULT)["phone"] == "16012345678"
    assert visible(reader(Role.ANALYST, "统计"), "Person", ADULT, VAULT)["phone"] == "160****5678"


def test_a_childs_name_counts_as_sensitive() -> None:
    assert visible(reader(Role.GRID_WORKER), "Person", CHILD, VAULT)["name"] == "王**"
    assert visible(reader(Role.GRID_WORKER, "走访"), "Person", CHILD, VAULT)["name"] == "王小宝"


def test_restricted_values_need_a_case_and_the_data_officer() -> None:
    with_case = AccessContext("officer", Role.DATA_OFFICER, purpose="核查", case="2026-17")
    assert visibility(with_case, Level.RESTRICTED) is Visibility.CLEAR
    assert visibility(reader(Role.DATA_OFFICER, "核查"), Level.RESTRICTED) is Visibility.HIDDEN
    assert visibility(reader(Role.GRID_WORKER, "走访"), Level.RESTRICTED) is Visibility.HIDDEN


def test_sealed_bytes_and_digests_never_leave() -> None:
    for purpose in (None, "走访"):
        shown = visible(reader(Role.GRID_WORKER, purpose), "Person", ADULT, VAULT)
        assert not [name for name in shown if name.endswith(("_sealed", "_index"))]
