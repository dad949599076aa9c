"""A made-up city as the search index sees it: nodes with the properties that can be searched, and no relations.

Names follow the frequencies of the town's generator; no number can belong to anybody (docs/decisions/0002).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from loaders.town.names import Names
from loaders.town.tables import parts, rows

Made = tuple[str, str, dict[str, Any]]
"""Label, id, properties."""

_DOORS: Final = 400  # of a compound
_DISTRICT: Final = "云泽省澜江市青枫区"


@dataclass
class City:
    """`people` persons in households of 2.6, an organization for every 16 of them and an event for every 7."""

    people: int
    seed: int = 1
    names: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    organizations: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def nodes(self) -> Iterator[Made]:
        """Every node once, those of a label together; the lists hold what was made, for queries."""
        rng = Random(self.seed)
        yield from self._places(rng)
        yield from self._persons(rng)
        yield from self._organizations(rng)
        for number in range(self.people // 7):
            key = f"RX-{20240101 + number % 700:08}-{number:06}"
            self.events.append(key)
            yield "Event", f"evt_{number:024x}", {"record_key": key, "feed": "hotline_complaints"}

    def _places(self, rng: Random) -> Iterator[Made]:
        words, roads = parts("compounds"), parts("roads")
        homes = round(self.people / 2.6)
        compounds = max(8, homes // _DOORS)
        plain = [
            head + middle + tail for tail in words["tail"] for middle in ("", "东", "南") for head in words["head"]
        ]
        rng.shuffle(plain)
        tails = [tail.split(":")[0] for tail in roads["tail"]]
        number = 0
        for index in range(compounds):
            name = plain[index % len(plain)] + (f"{index // len(plain) + 1}期" if index >= len(plain) else "")
            street = f"{roads['head'][index // 12 % len(roads['head'])]}街道"
            code = f"8801{index // 12:05}"
            road = f"{roads['head'][index % len(roads['head'])]}{tails[index // len(roads['head']) % len(tails)]}"
            front = f"{_DISTRICT}{street}{road}{index % 400 + 1}号{name}"
            yield "Compound", f"cmp_{index:024x}", {"name": name, "key": f"{code}|{name}"}
            for building in range(1, 11):
                props = {"name": f"{name}{building}幢", "key": f"{code}|{name}|{building}"}
                yield "Building", f"bld_{index * 10 + building:024x}", props
            for door in range(_DOORS):
                if number >= homes:
                    return
                building, unit, room = door // 40 + 1, door // 20 % 2 + 1, (door % 20 // 2 + 1) * 100 + door % 2 + 1
                address = f"{front}{building}栋{unit}单元{room}室"
                self.addresses.append(address)
                yield "Dwelling", f"dwe_{number:024x}", {"address": address}
                yield "Household", f"hou_{number:024x}", {"household_no": f"H{number:08}"}
                number += 1

    def _persons(self, rng: Random) -> Iterator[Made]:
        source = Names()
        surname = ""
        for number in range(self.people):
            nation = source.nation(rng)
            if number % 2 == 0 or not surname:
                surname = source.surname(rng, nation)
            name = source.full(rng, rng.choice((1, 2)), rng.randrange(1940, 2012), nation, surname)
            self.names.append(name)
            yield "Person", f"per_{number:024x}", {"name": name}

    def _organizations(self, rng: Random) -> Iterator[Made]:
        words = parts("trade_names")
        trades = [trade for row in rows("trades") for trade in row["trade"].split("|")]
        for number in range(self.people // 16):
            trade_name = rng.choice(words["first"]) + rng.choice(words["second"]) + rng.choice(("", *words["third"]))
            name = f"澜江市{trade_name}{rng.choice(trades)}{rng.choice(('有限公司', '经营部', '商行'))}"
            self.organizations.append(name)
            yield "Organization", f"org_{number:024x}", {"name": name, "uscc": f"91880102MA{number:08}"}
