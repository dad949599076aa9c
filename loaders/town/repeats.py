"""Calls about what was reported before: follow-ups by the same caller, neighbours about the same happening, and calls
that only look like it (the same caller about something else).

They are drawn apart from what happens in the town, so that no other file and no first call depends on them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Literal

from loaders.town.happenings import Plan
from loaders.town.model import Happening, Town

Relation = Literal["", "duplicate", "follows"]

_FEED = "hotline_complaints"
_FOLLOWED, _SHARED, _OTHERWISE = 0.05, 0.06, 0.03  # shares of first calls
_HEARD_BY_MANY = frozenset(
    {
        "噪音扰民", "物业服务", "停车管理", "楼道堆物", "违法建设", "犬只管理", "环境卫生", "供水供电", "道路交通",
        "消防安全", "油烟扰民", "电梯故障",
    }
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Repeat:
    """One more call. `first` is the call that opened its matter (None: its own), `to` the one that it relates to."""

    happening: Happening
    relation: Relation = ""
    first: Happening | None = None
    to: Happening | None = None


def plan_repeats(town: Town, rng: Random) -> list[Repeat]:
    """In the order of their reporting. A call to come after the town's last day is never made."""
    plan = Plan(town, rng)
    last = datetime.combine(town.today, time())
    found: list[Repeat] = []
    for happening in town.happenings:
        if happening.feed == _FEED and happening.structure < 0:
            draw = rng.random()
            if draw < _FOLLOWED:
                found += _followed(happening, rng)
            elif draw < _FOLLOWED + _SHARED and happening.category in _HEARD_BY_MANY:
                found += _shared(plan, happening, rng)
            elif draw > 1 - _OTHERWISE:
                found.append(_otherwise(plan, happening, rng))
    return sorted((one for one in found if one.happening.reported < last), key=lambda one: one.happening.reported)


def _followed(first: Happening, rng: Random) -> list[Repeat]:
    """The same caller again, up to three times."""
    found: list[Repeat] = []
    last = first
    for _ in range(1 + (rng.random() < 0.35) + (rng.random() < 0.12)):
        later = replace(first, reported=_later(last.reported, rng.uniform(3, 32) * 24, rng), others=list(first.others))
        found.append(Repeat(later, "follows", first, last))
        last = later
    return found


def _shared(plan: Plan, first: Happening, rng: Random) -> list[Repeat]:
    """Neighbours of the first caller, each once."""
    home = plan.home(first.caller)
    taken = {first.caller, *(person for _, person in first.others)}
    found: list[Repeat] = []
    for _ in range(1 + (rng.random() < 0.45) + (rng.random() < 0.25)):
        caller = plan.neighbour(home)
        if caller < 0 or caller in taken or not plan.town.persons[caller].phone:
            continue
        taken.add(caller)
        later = replace(
            first,
            reported=_later(first.reported, rng.uniform(0.3, 90), rng),
            caller=caller,
            dwelling=plan.home(caller).index if first.dwelling >= 0 else -1,
            others=list(first.others),
        )
        found.append(Repeat(later, "duplicate", first, first))
    return found


def _otherwise(plan: Plan, first: Happening, rng: Random) -> Repeat:
    """The same caller about something else."""
    while (row := plan.categories[_FEED].pick(rng))["category"] == first.category or row["target"] == "landlord":
        pass
    later = plan.event(_FEED, row["category"], first.caller, _later(first.reported, rng.uniform(2, 60) * 24, rng))
    later.reported = later.at
    if row["public"] == "1":
        later.dwelling = -1
    if row["target"] in ("neighbour", "above"):
        other = plan.neighbour(plan.home(first.caller), above=row["target"] == "above")
        later.others = [("respondent", other)] if other >= 0 else []
    elif row["target"] not in ("", "stranger", "family"):
        later.organization = plan.organization(row["target"], first.caller, later)
    return Repeat(later)


def _later(moment: datetime, hours: float, rng: Random) -> datetime:
    later = moment + timedelta(hours=hours)
    return (
        later.replace(hour=min(max(int(rng.gauss(15, 4)), 7), 22), microsecond=0)
        if hours > 48
        else later.replace(microsecond=0)
    )
