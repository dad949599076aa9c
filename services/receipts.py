"""Receipt codes: by his own a citizen sees how far his complaint has come, and nothing else.

A code is 17 random characters of Crockford's Base32 (85 bits, https://www.crockford.com/base32.html) and a check
character, in three groups of six. It is told once; what rests is a keyed digest of it. The check character is the
remainder of the code, taken as a polynomial over GF(32): it tells every single wrong character and every two that
changed places from a code that nobody was given.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from core.clock import local_now
from core.codes import table
from core.errors import ChangeInvalid
from governance.access import AccessContext
from nlp.tables import taxonomy
from services.app import App
from services.intake import current_event, may_report
from services.requests import Act, Content

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP: Final = 6
LENGTH: Final = 18
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_BETWEEN: Final = str.maketrans("", "", " -‐‑–—_.·\t\r\n")
_POLYNOMIAL: Final = 0b100101  # x⁵ + x² + 1, primitive over GF(2)
_RECEIVED: Final = "已登记"


class Found(StrEnum):
    FOUND = "found"
    UNKNOWN = "unknown"
    MISTYPED = "mistyped"


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime | None
    department: str | None
    action: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """What a citizen is told. `note`: how the matter ended, where its words are of the handling alone."""

    found: str
    message: str
    status: str | None = None
    status_label: str | None = None
    steps: tuple[Step, ...] = ()
    note: str | None = None


_MISTYPED: Final = Status(Found.MISTYPED, "受理码有误，请核对是否抄错了字符")
_UNKNOWN: Final = Status(Found.UNKNOWN, "没有查到这个受理码，请核对后再试")


# --- codes ---------------------------------------------------------------------------------------------------


def new_receipt() -> str:
    """A code that nobody can guess, as it is told: K7M3QD-9XW2TA-4PBV8W."""
    values = [secrets.randbelow(len(ALPHABET)) for _ in range(LENGTH - 1)]
    code = "".join(ALPHABET[value] for value in (*values, _remainder(values)))
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def read_receipt(text: str) -> tuple[str | None, bool]:
    """(code, mistyped): the code without its dashes, None for a text that is none; mistyped where only the check fails.

    O is read as 0, I and L as 1; case, width and dashes do not count.
    """
    folded = unicodedata.normalize("NFKC", text[:100]).upper().translate(_BETWEEN)
    values = [_VALUES[character] for character in folded if character in _VALUES]
    if len(values) != LENGTH or len(folded) != LENGTH:
        return None, False
    if _remainder(values[:-1]) != values[-1]:
        return None, True
    return "".join(ALPHABET[value] for value in values), False


def _remainder(values: Iterable[int]) -> int:
    rest = 0
    for value in values:
        rest = (rest ^ value) << 1
        rest = rest ^ _POLYNOMIAL if rest & 32 else rest
    return rest


# --- what rests ----------------------------------------------------------------------------------------------


def keep(app: App, event_id: str, receipt: str) -> None:
    """Make `receipt` the code of an event; one that it had before holds no longer.

    Without a transaction on purpose: a change that is made again after it was killed tells another code, and that one
    must hold.
    """
    row = {"event_id": event_id, "receipt": _token(app, read_receipt(receipt)[0] or ""), "at": local_now()}
    app.lake.append("receipts", pl.DataFrame([row]))


def renewing(receipt: str) -> Act:
    """The change that gives an event another code: for a citizen who lost his, or an answer that never came.

    Its content is `id`. Raises `AccessDenied`, `EntityUnknown`, `ChangeInvalid` for what is no complaint.
    """

    def renew_receipt(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
        del token
        may_report(context)
        event_id = content["id"]
        with app.writing():
            if current_event(app, context, event_id)["kind"] != "complaint":
                raise ChangeInvalid("id：不是诉求，没有受理码")
            app.audit.record(context, "receipt.renew", [event_id])
            keep(app, event_id, receipt)
        return {"event": event_id}

    return renew_receipt


def status_of(app: App, context: AccessContext, receipt: str) -> Status:
    """How far the complaint of a code has come, for whoever holds the code, in any role.

    Unknown codes and texts that are none get one answer, but for a failing check character.
    """
    code, mistyped = read_receipt(receipt)
    if mistyped:
        return _MISTYPED
    token = _token(app, code or "")
    app.audit.record(context, "receipt.status", [f"rcp_{token}"])
    event = _event_of(app, token)
    return _UNKNOWN if event is None else _told(app, event)


def _first_department(app: App, event_id: str) -> str | None:
    """The department that the complaint came in with: later steps hand it on, and change that of the event."""
    came = app.lake.scan("events").filter(pl.col("event_id") == event_id).select("seq", "department", "steps")
    first = came.sort("seq").head(1).collect()
    return first["department"].item() if first.height and not orjson.loads(first["steps"].item() or "[]") else None


def _token(app: App, code: str) -> str:
    return app.vault.token("receipt", code)


def _event_of(app: App, token: str) -> Mapping[str, Any] | None:
    given = app.lake.scan("receipts").filter(pl.col("receipt") == token).select("event_id").collect()
    if given.is_empty():
        return None
    event_id = str(given["event_id"][0])
    valid = app.lake.current("receipts", ["receipt"], where=pl.col("event_id") == event_id)
    if valid["receipt"].to_list() != [token]:
        return None
    columns = ["event_id", "status", "steps", "department", "reported_at", "outcome"]
    found = app.lake.current("events", columns, where=pl.col("event_id") == event_id)
    return found.row(0, named=True) if found.height else None


def _told(app: App, event: Mapping[str, Any]) -> Status:
    status = event["status"] or "open"
    codes = table("event_status")
    steps = [_step(raw) for raw in orjson.loads(event["steps"] or "[]")]
    first = _first_department(app, event["event_id"])
    return Status(
        found=Found.FOUND,
        message=f"您的诉求{codes.label(status)}",
        status=status,
        status_label=codes.label(status),
        steps=(Step(_moment(event["reported_at"]), _known(first), _RECEIVED), *steps),
        note=_note(event["outcome"]) if status == "closed" else None,
    )


def _step(raw: Mapping[str, Any]) -> Step:
    # What a department's own file says stands; a person at a form may write anything where a department is asked for.
    department = raw.get("department")
    return Step(_moment(raw.get("at")), _known(department) if raw.get("who") else department, raw.get("action"))


def _known(department: str | None) -> str | None:
    return department if department in {category.department for category in taxonomy().values()} else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _note(outcome: str | None) -> str | None:
    """The outcome in the words of the department, where it is made of the words of handling alone, else None.

    A text of people may name, place or describe somebody in any way that no reader finds: only words that are known to
    speak of the work are let through.
    """
    return outcome if outcome and _handling().fullmatch(outcome) else None


@lru_cache(maxsize=1)
def _handling() -> re.Pattern[str]:
    words = (Path(__file__).parent / "handling_words.txt").read_text(encoding="utf-8").split()
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(rf"(?>(?:{'|'.join(longest_first)})|[\s，,。；;、！!：:])+")
