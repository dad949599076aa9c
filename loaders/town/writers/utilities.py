"""水电燃气: the accounts of one supplier, with the last readings of their meters.

A supplier knows the door exactly and the holder by name, with a telephone and the tail of an id. It does not ask who
lives there: owners keep the account of a flat that they let, buyers take it over late or never. What it does know is
whether anything was used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from loaders.town.model import Dwelling, Household, Person
from loaders.town.writers.desk import Desk, compact, csv_rows

_COLUMNS = (
    "户号", "用户地址", "户名", "证件号", "联系电话", "用户身份", "开户日期", "销户日期", "抄表日期", "近六月用量",
    "末次用量日期",
)  # fmt: skip
_COVERED: Final = 0.9  # of the doors: the rest is with another supplier
_TENANT_HOLDS: Final = 0.25  # of the let doors: the tenant opened the account
_HELD_BEFORE: Final = 0.6  # of former residents: had an account of their own, closed as they left
_IDLE_SHOWN_DAYS: Final = 45  # meters are read every other month
_ROUND_DAY: Final = 20  # readers come in the first twenty days of the month


@dataclass(frozen=True, slots=True)
class _Account:
    dwelling: int
    holder: int
    standing: str
    opened: date | None
    closed: date | None
    lived: bool
    last_used: date | None


def write_utilities(desk: Desk) -> None:
    """utility_accounts.csv: UTF-8, bars between the cells, compact dates; no reading without an account."""
    leavers = _leavers(desk)
    with csv_rows(desk.path, "utf-8", "|", "\n") as out:
        out.writerow(_COLUMNS)
        for dwelling in desk.town.dwellings:
            if desk.rng.random() >= _COVERED:
                continue
            for account in (*leavers.get(dwelling.index, ()), _present(desk, dwelling)):
                _row(desk, out, account)
                if desk.hand.again():
                    key = _row(desk, out, account)
                    desk.hand.start(key, "holder")
                    desk.hand.note("row", "duplicate_entry", desk.person(account.holder).entity, key)


def _leavers(desk: Desk) -> dict[int, list[_Account]]:
    """Closed accounts of former residents, by dwelling."""
    found: dict[int, list[_Account]] = {}
    for household in desk.town.households:
        for spell in household.former:
            if desk.rng.random() < (_HELD_BEFORE if spell.role == "owner" else _HELD_BEFORE * _TENANT_HOLDS):
                standing = "自住" if spell.role == "owner" else "承租"
                account = _Account(
                    spell.dwelling, household.members[0], standing, spell.start, spell.end, lived=True, last_used=None
                )
                found.setdefault(spell.dwelling, []).append(account)
    return found


def _present(desk: Desk, dwelling: Dwelling) -> _Account:
    town, rng = desk.town, desk.rng
    household = town.households[dwelling.household] if dwelling.household >= 0 else None
    holder, opened = dwelling.owners[0], dwelling.bought
    if household is None:
        # Nobody has moved in since the last residents left, or for years: nobody knows.
        last = min(dwelling.free_until, town.today) if dwelling.free_until > date.min else None
        left = last or town.today - timedelta(days=rng.randint(240, 1500))
        if opened and left < opened:
            left = opened
        return _Account(dwelling.index, holder, _told(desk, "自住", 0.3), opened, None, lived=False, last_used=left)
    since = household.since
    if household.role == "owner":
        kept = dwelling.former_owners and rng.random() < desk.hand.rate("row", "stale_holder")
        if kept:
            former = dwelling.former_owners[0]
            desk.hand.note("row", "stale_holder", desk.person(holder).entity, desk.person(former).entity)
            return _Account(dwelling.index, former, "自住", None, None, lived=True, last_used=None)
        return _Account(dwelling.index, holder, _told(desk, "自住", 0.85), since, None, lived=True, last_used=None)
    if rng.random() < _TENANT_HOLDS:
        own = household.members[0]
        return _Account(dwelling.index, own, _told(desk, "承租", 0.85), since, None, lived=True, last_used=None)
    return _Account(dwelling.index, holder, _told(desk, "出租", 0.55), opened, None, lived=True, last_used=None)


def _told(desk: Desk, standing: str, chance: float) -> str:
    return standing if desk.rng.random() < chance else ""


def _row(desk: Desk, out: Any, account: _Account) -> str:
    hand, rng = desk.hand, desk.rng
    desk.serial += 1
    desk.rows += 1
    key = f"YH{desk.serial:08d}"
    person: Person = desk.person(account.holder)
    hand.start(key, "dwelling")
    address = hand.address(account.dwelling)
    hand.start(key, "holder")
    read = desk.town.today.replace(day=1) - timedelta(days=1)
    read = account.closed or read.replace(day=1 + int(rng.random() * _ROUND_DAY))
    used = _used(desk, account, read)
    amount = _amount(desk, account, used, read)
    row = [
        key, address, hand.name(person), hand.citizen_id(person), hand.phone(person), account.standing,
        compact(account.opened), compact(account.closed), compact(read), amount, compact(used),
    ]  # fmt: skip
    hand.spoil(
        {"key": (row, 0), "name": (row, 2), "citizen_id": (row, 3), "phone": (row, 4), "date": (row, 6)}, "20190231"
    )
    out.writerow(row)
    desk.record(row[0], "holder", "person", person.entity)
    desk.record(row[0], "dwelling", "dwelling", desk.town.dwellings[account.dwelling].entity)
    return key


def _used(desk: Desk, account: _Account, read: date) -> date | None:
    """The last day for which the meter shows any use, as this supplier has it."""
    hand, rng = desk.hand, desk.rng
    if account.closed:
        return account.closed - timedelta(days=1 + int(rng.random() * _IDLE_SHOWN_DAYS))
    shown = read - timedelta(days=int(rng.random() * _IDLE_SHOWN_DAYS))
    if account.lived:
        if rng.random() < hand.rate("row", "meter_stopped"):
            stopped = read - timedelta(days=rng.randint(70, 400))
            hand.note("row", "meter_stopped", compact(shown), compact(stopped))
            return stopped
        return shown
    if rng.random() < hand.rate("row", "idle_current"):
        hand.note("row", "idle_current", compact(account.last_used), compact(shown))
        return shown
    return account.last_used


def _amount(desk: Desk, account: _Account, used: date | None, read: date) -> str:
    """kWh of the last six months."""
    if account.closed or used is None:
        return ""
    months = max(0.0, 6 - (read - used).days / 30.4)
    household: Household | None = None
    if desk.town.dwellings[account.dwelling].household >= 0:
        household = desk.town.households[desk.town.dwellings[account.dwelling].household]
    heads = len(household.members) if household else 0
    return f"{months * (18 + 55 * heads) * (0.7 + 0.6 * desk.rng.random()):.0f}"
