"""A complaint followed by its receipt, which tells how far it is and nothing else.

Fixture strategy: one village for all complaints (`hamlet.py`), taken the whole way once, with one keeper; each test
submits complaints of its own and asserts on those, so that they do not depend on each other.
"""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from api.asgi import create_app
from governance.access import AccessContext, Role
from services.app import App
from services.keeping import Keeper
from services.receipts import ALPHABET, new_receipt, read_receipt
from tests.api.conftest import Client
from tests.api.hamlet import LEAK, PUBLIC, RENEW, STATUS, SUBMIT, TABLES, Ask, codes, handled
from tests.api.village import door, person


def test_a_slip_of_the_pen_is_told_from_a_code_that_nobody_has() -> None:
    code = new_receipt()
    plain = code.replace("-", "")
    assert read_receipt(code.lower().replace("-", " ")) == (plain, False)
    wrong = [plain[:at] + other + plain[at + 1 :] for at in range(18) for other in ALPHABET if other != plain[at]]
    swapped = [
        plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :] for at in range(17) if plain[at] != plain[at + 1]
    ]
    assert all(read_receipt(text) == (None, True) for text in (*wrong, *swapped))
    assert len({new_receipt() for _ in range(1_000)}) == 1_000


def test_a_code_tells_how_far_it_is_and_nothing_else(ask: Ask, hamlet: App, hamlet_keeper: Keeper) -> None:
    made = ask(SUBMIT, text=LEAK, caller={"id": person(hamlet, "周永福")}, form={"placeId": door(hamlet, 5)})
    handled(hamlet, hamlet_keeper, made["id"], "processing", department="住建", note="业主周永福电话16000000010")
    told = ask(STATUS, PUBLIC, receipt=made["receipt"].lower())
    assert (told["found"], told["status"], told["statusLabel"], told["note"]) == ("found", "processing", "处理中", None)
    assert [(step["department"], step["action"]) for step in told["steps"]] == [("物业", "已登记"), ("住建", "处理中")]
    words = orjson.dumps(told).decode()
    assert not [hidden for hidden in ("周永福", "1600000", "枫桥", "渗水", made["id"], "zhao") if hidden in words]
    handled(hamlet, hamlet_keeper, made["id"], "closed", note="已维修，不再渗漏")
    assert ask(STATUS, PUBLIC, receipt=made["receipt"])["note"] == "已维修，不再渗漏"


@pytest.mark.parametrize("note", ["已通知住户王建国停工", "请致电16012340000"])
def test_a_note_about_somebody_is_not_told(ask: Ask, hamlet: App, hamlet_keeper: Keeper, note: str) -> None:
    made = ask(SUBMIT, text=LEAK)
    handled(hamlet, hamlet_keeper, made["id"], "closed", note=note)
    assert ask(STATUS, PUBLIC, receipt=made["receipt"])["note"] is None


def test_unknown_and_malformed_codes_get_one_answer(ask: Ask) -> None:
    unknown = ask(STATUS, PUBLIC, receipt=new_receipt())
    assert unknown["found"] == "unknown"
    for text in ("", "12", "ÄÖÜ", "U" * 18, "x' OR 1=1 --", "A" * 900):
        assert ask(STATUS, PUBLIC, receipt=text) == unknown


def everything_written(app: App) -> bytes:
    """All bytes of the home that are no database file, and the rows of the lake besides: Parquet is compressed."""
    files = [
        path for path in app.settings.home.rglob("*") if path.is_file() and app.settings.db_dir not in path.parents
    ]
    rows = [repr(app.lake.read(table).rows()).encode() for table in (*TABLES, "receipts") if app.lake.version(table)]
    return b"".join([*map(Path.read_bytes, files), *rows])


def test_a_code_is_nowhere_once_it_was_told(ask: Ask, hamlet: App) -> None:
    made = ask(SUBMIT, text=LEAK, requestId="secret-1")
    ask(STATUS, PUBLIC, receipt=made["receipt"])
    written = everything_written(hamlet)
    plain = made["receipt"].replace("-", "")
    assert made["id"].encode() in written
    assert made["receipt"].encode() not in written
    assert plain.encode() not in written


def test_another_code_ends_the_one_before(ask: Ask, hamlet: App) -> None:
    made = ask(SUBMIT, text=LEAK)
    assert codes(ask(RENEW, PUBLIC, id=made["id"])) == ["WN-GR-003"]
    renewed = ask(RENEW, id=made["id"])["receipt"]
    assert ask(STATUS, PUBLIC, receipt=made["receipt"])["found"] == "unknown"
    assert ask(STATUS, PUBLIC, receipt=renewed)["found"] == "found"


def test_codes_are_not_to_be_tried_out(ask: Ask, hamlet: App, hamlet_keeper: Keeper) -> None:
    guesser = AccessContext(subject="guesser", role=Role.APPLICATION)
    client = Client(create_app(hamlet, lambda _request: guesser, keeper=hamlet_keeper))
    fields = " ".join(f'a{number}: complaintStatus(receipt: "{new_receipt()}") {{ found }}' for number in range(20))
    answers = [client.ask(f"{{ {fields} }}") for _ in range(3)]
    refused = [code for answer in answers if "errors" in answer for code in codes(answer)]
    assert refused
    assert set(refused) == {"WN-AP-006"}
