"""Writes values as one feed writes them, mistakes included; every mistake goes into the truth.

The rates lie in `data/error_rates.csv`. A field gets one mistake at most, drawn with one uniform number; a mistake
that does not apply (a traditional form of a name that has none) leaves the value as it is.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, MutableSequence
from datetime import date, timedelta
from random import Random
from typing import Any

from loaders.town.addresses import Addresses
from loaders.town.model import Dwelling, Organization, Person, Town
from loaders.town.slips import Slips
from loaders.town.tables import rows
from loaders.town.truth import Truth

PLACEHOLDERS = ("16000000000", "16888888888", "16123456789", "16012345678", "无")
_FORMULAS = (
    '=HYPERLINK("http://example.invalid/","点击")',
    "=1+1",
    "@SUM(A1:A9)",
    "+16000000000+1",
    "=cmd|' /C calc'!A0",
)
_MOBILE_FORMS = ("{0} {1} {2}", "{0}-{1}-{2}", "+86{0}{1}{2}", "0086{0}{1}{2}")
Slot = tuple[MutableSequence[Any] | MutableMapping[str, Any], Any]


class Mistakes:
    """The hand of one feed. `start(key, mention)` tells which record the next values belong to."""

    def __init__(self, feed: str, town: Town, truth: Truth, slips: Slips, addresses: Addresses, seed: str) -> None:
        self.feed, self.town, self.truth, self.slips, self.addresses = feed, town, truth, slips, addresses
        self.rng = Random(f"{seed}:{feed}")
        self.record_key = ""
        self._rates: dict[str, list[tuple[str, float]]] = {}
        self._totals: dict[str, float] = {}
        for row in rows("error_rates"):
            if row["feeds"] == "*" or feed in row["feeds"].split("|"):
                self._rates.setdefault(row["field"], []).append((row["error"], float(row["rate"])))
        for field in ("name", "citizen_id"):  # conditional rates are drawn apart, by the value they depend on
            self._rates[field] = [
                pair for pair in self._rates.get(field, []) if pair[0] not in ("former_name", "name_dot", "id_lower_x")
            ]
        self._rate = {(r["field"], r["error"]): float(r["rate"]) for r in rows("error_rates")
                      if r["feeds"] == "*" or feed in r["feeds"].split("|")}  # fmt: skip
        for field, unconditional in (("phone", "phone_old"), ("address", "")):
            self._rates[field] = [pair for pair in self._rates.get(field, []) if pair[0] != unconditional]
        self._rates["address"] = [
            pair for pair in self._rates["address"] if pair[0] in ("address_level_missing", "address_missing")
        ]
        self._totals = {field: sum(rate for _, rate in pairs) for field, pairs in self._rates.items()}

    def start(self, key: str, mention: str) -> None:
        self.record_key = f"{key}#{mention}" if mention else key

    def rate(self, field: str, error: str) -> float:
        return self._rate.get((field, error), 0.0)

    def _draw(self, field: str) -> str:
        draw = self.rng.random()
        if draw >= self._totals.get(field, 0.0):
            return ""
        for error, rate in self._rates[field]:
            draw -= rate
            if draw < 0:
                return error
        return ""

    def _log(self, field: str, error: str, truth: str, written: str) -> str:
        self.truth.add_error((self.feed, self.record_key, field, error, truth, written))
        return written

    def note(self, field: str, error: str, truth: str, written: str) -> None:
        """Record a mistake that a writer makes itself."""
        self._log(field, error, truth, written)

    # --- persons ---------------------------------------------------------------------------------------------

    def name(self, person: Person) -> str:
        name, rng = person.name, self.rng
        if person.former_name and rng.random() < self.rate("name", "former_name"):
            return self._log("name", "former_name", name, person.former_name)
        if "·" in name and rng.random() < self.rate("name", "name_dot"):
            return self._log("name", "name_dot", name, self.slips.dotted(name, rng))
        if error := self._draw("name"):
            change: Callable[[str, Random], str] = {
                "homophone": self.slips.homophone,
                "near_homophone": self.slips.near_homophone,
                "look_alike": self.slips.look_alike,
                "traditional": self.slips.traditional,
                "name_blank": self.slips.blank,
            }[error]
            if (written := change(name, rng)) and written != name:
                return self._log("name", error, name, written)
        return name

    def citizen_id(self, person: Person) -> str:
        number, rng = person.citizen_id, self.rng
        error = self._draw("citizen_id")
        if not error:
            if number[-1] == "X" and rng.random() < self.rate("citizen_id", "id_lower_x"):
                return self._log("citizen_id", "id_lower_x", number, number[:-1] + "x")
            return number
        if error == "id_missing":
            return self._log("citizen_id", error, number, "")
        if error == "id_15":
            if person.birth.year >= 1990:
                return number
            return self._log("citizen_id", error, number, number[:6] + number[8:17])
        if error == "id_masked_tail":
            return self._log("citizen_id", error, number, "*" * 14 + number[14:])
        if error == "id_masked":
            written = (
                number[:6] + "********" + number[14:] if rng.random() < 0.7 else number[:4] + "**********" + number[14:]
            )
            return self._log("citizen_id", error, number, written)
        # The first four digits stay, so that no typing error makes an id of a real province.
        place = 4 + int(rng.random() * 13)
        if error == "id_swap":
            if number[place] == number[place + 1] or not number[place + 1].isdigit():
                return number
            written = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        else:
            digit = str((int(number[place]) + 1 + int(rng.random() * 9)) % 10)
            written = number[:place] + digit + number[place + 1 :]
        return self._log("citizen_id", error, number, written)

    def phone(self, person: Person) -> str:
        """The number that the feed has; children and some of the old give a family member's."""
        rng, number = self.rng, person.phone
        if not number:
            other = self._family_phone(person)
            return self._log("phone", "phone_shared", "", other) if other and rng.random() < 0.75 else ""
        if person.old_phone and rng.random() < self.rate("phone", "phone_old"):
            return self._log("phone", "phone_old", number, person.old_phone)
        if error := self._draw("phone"):
            if error == "phone_missing":
                return self._log("phone", error, number, "")
            if error == "phone_placeholder":
                return self._log("phone", error, number, PLACEHOLDERS[int(rng.random() * 5)])
            if error == "phone_shared":
                other = self._family_phone(person)
                return self._log("phone", error, number, other) if other and other != number else number
            place = 3 + int(rng.random() * 8)
            digit = str((int(number[place]) + 1 + int(rng.random() * 9)) % 10)
            return self._log("phone", error, number, number[:place] + digit + number[place + 1 :])
        if rng.random() < 0.03:
            return _MOBILE_FORMS[int(rng.random() * 4)].format(number[:3], number[3:7], number[7:])
        return number

    def _family_phone(self, person: Person) -> str:
        persons = self.town.persons
        if person.household >= 0:
            for index in self.town.households[person.household].members:
                if index != person.index and persons[index].phone and persons[index].relation != "99":
                    return persons[index].phone
        return persons[person.father].phone if person.father >= 0 else ""

    def birth(self, person: Person) -> date | None:
        born, rng = person.birth, self.rng
        error = self._draw("birth_date")
        if not error:
            return born
        if error == "birth_missing":
            self._log("birth_date", error, born.isoformat(), "")
            return None
        if error == "month_day_swapped":
            written = born.replace(month=born.day, day=born.month) if born.day <= 12 else born
        elif error == "birth_near":
            written = born - timedelta(days=rng.randint(22, 48))
        else:
            year = born.year + rng.choice((-10, -1, 1, 10))
            written = born.replace(year=min(year, self.town.today.year - 1), day=min(born.day, 28))
        if written != born:
            self._log("birth_date", error, born.isoformat(), written.isoformat())
        return written

    def sex(self, person: Person) -> int:
        if self._draw("sex"):
            self._log("sex", "sex_wrong", str(person.sex), str(3 - person.sex))
            return 3 - person.sex
        return person.sex

    # --- places ----------------------------------------------------------------------------------------------

    def residence(self, person: Person) -> int:
        """The dwelling that the feed believes the person to live in (perhaps a former one); -1 for outsiders."""
        if person.household < 0:
            return -1
        household = self.town.households[person.household]
        if household.former:
            chance = self.rate("address", "address_old")
            if chance and self.rng.random() < chance:
                old, present = household.former[0].dwelling, household.dwelling
                self._log("address", "address_old", f"D{present:07d}", f"D{old:07d}")
                return old
        return household.dwelling

    def address(self, index: int) -> str:
        """The dwelling's address as this feed would write it."""
        dwelling: Dwelling = self.town.dwellings[index]
        rng, addresses = self.rng, self.addresses
        error = self._draw("address")
        standard = addresses.standard(dwelling)
        if error == "address_missing":
            return self._log("address", error, standard, "")
        if error == "address_level_missing":
            return self._log("address", error, standard, addresses.incomplete(dwelling, rng))
        if rng.random() < self.rate("address", "address_renamed_street") and (old := addresses.renamed(dwelling)):
            return self._log("address", "address_renamed_street", standard, old)
        if rng.random() < self.rate("address", "address_spelling"):
            return self._log("address", "address_spelling", standard, addresses.spelled(dwelling, rng))
        return standard

    # --- organizations ---------------------------------------------------------------------------------------

    def organization_name(self, organization: Organization) -> str:
        rng = self.rng
        error = self._draw("org_name")
        written = organization.name
        if error == "org_short":
            written = organization.short
        elif error == "org_region_missing":
            written = organization.bare
        elif error == "org_homophone":
            written = self.slips.homophone(organization.name, rng) or organization.name
        if written != organization.name:
            self._log("name", error, organization.name, written)
        return written

    def uscc(self, organization: Organization) -> str:
        error, code = self._draw("uscc"), organization.uscc
        if error == "uscc_missing":
            return self._log("uscc", error, code, "")
        if error == "uscc_typo":
            place = 10 + int(self.rng.random() * 6)
            other = "7" if code[place] != "7" else "1"
            return self._log("uscc", error, code, code[:place] + other + code[place + 1 :])
        return code

    # --- whole rows ------------------------------------------------------------------------------------------

    def again(self) -> bool:
        """Whether this person is entered a second time."""
        return self.rng.random() < self.rate("row", "duplicate_entry")

    def spoil(self, slots: dict[str, Slot], bad_date: object = "") -> bool:
        """Now and then make the row truly invalid. `slots` say where key, name, citizen_id, phone and a date stand.

        `bad_date` is 31 February in the feed's own format; a feed of typed columns has none.
        """
        rng = self.rng
        error = self._draw("invalid")
        if not error:
            return False
        if error == "invalid_date" and bad_date and "date" in slots:
            return self._spoil(slots["date"], "date", error, bad_date)
        if error == "invalid_id_length" and "citizen_id" in slots:
            row, place = slots["citizen_id"]
            number = str(row[place] or "")
            if len(number) == 18 and "*" not in number:
                cut = 6 + int(rng.random() * 11)
                return self._spoil(slots["citizen_id"], "citizen_id", error, number[:cut] + number[cut + 1 :])
            return False
        if error == "missing_key":
            return self._spoil(slots["key"], "key", error, "")
        if error == "formula" and "name" in slots:
            return self._spoil(slots["name"], "name", error, rng.choice(_FORMULAS))
        if error == "name_phone_swapped" and "name" in slots and "phone" in slots:
            (row, name), (other, phone) = slots["name"], slots["phone"]
            if row[name] and str(other[phone] or "")[:1] == "1":
                true_name, number = row[name], other[phone]
                self._spoil(slots["name"], "name", error, number)
                return self._spoil(slots["phone"], "phone", error, true_name)
        return False

    def _spoil(self, slot: Slot, field: str, error: str, written: object) -> bool:
        row, place = slot
        self._log(field, error, str(row[place] or ""), str(written))
        row[place] = written
        return True
