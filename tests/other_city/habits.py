"""How the clerks of this city write what is true; the rates lie in `error_rates.csv`."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

import polars as pl
from pypinyin import lazy_pinyin

from tests.other_city.doors import WIDE, traditional, written_door
from tests.other_city.model import City, Home, Organization, Person
from tests.other_city.people import words

HERE = Path(__file__).parent
_READ_AS = {
    "0": "86",
    "1": "7",
    "2": "7",
    "3": "8",
    "4": "9",
    "5": "6",
    "6": "58",
    "7": "1",
    "8": "306",
    "9": "4",
    "X": "4",
}
_FILLERS = ("11111111111", "00000000000", "16400000000")
_REMARKS = ("（已故）", "（外出）", "(户主)", "（已搬离）")


@cache
def _confused(part: str) -> dict[str, str]:
    return {one: pair[1 - i] for pair in words(part) for i, one in enumerate(pair)}


@cache
def _rates() -> dict[tuple[str, str], list[tuple[str, float]]]:
    found: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    with (HERE / "error_rates.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for feed in row["feeds"].split("|"):
                found[row["field"], feed].append((row["error"], float(row["rate"])))
    return found


class Truth:
    """Who each record is about, and every mistake: `records.parquet` and `errors.parquet`."""

    def __init__(self) -> None:
        self.records: list[tuple[str, str, str, str]] = []
        self.errors: list[tuple[str, str, str, str]] = []

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows, columns in (
            ("records", self.records, ("feed", "record_key", "kind", "entity")),
            ("errors", self.errors, ("feed", "record_key", "field", "error")),
        ):
            pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row").write_parquet(
                folder / f"{name}.parquet"
            )


class Clerk:
    """The hand that fills one feed. `about` opens a record; the values that follow belong to it."""

    def __init__(self, feed: str, city: City, truth: Truth, seed: int) -> None:
        self.feed, self.city, self.truth = feed, city, truth
        self.rng = Random(f"{seed}:{feed}")
        self.record = ""

    def about(self, key: str, mention: str, kind: str, entity: str) -> None:
        self.turn_to(key, mention)
        self.truth.records.append((self.feed, self.record, kind, entity))

    def turn_to(self, key: str, mention: str) -> None:
        """Which record the next mistakes belong to."""
        self.record = f"{key}#{mention}"

    def happens(self, field: str, error: str) -> bool:
        return self.rng.random() < dict(self._errors(field)).get(error, 0.0)

    def note(self, field: str, error: str) -> None:
        self.truth.errors.append((self.feed, self.record, field, error))

    def _errors(self, field: str) -> list[tuple[str, float]]:
        return _rates()[field, self.feed] + _rates()[field, "*"]

    def _draw(self, field: str, *never: str) -> str:
        """At most one mistake a value, by one uniform number."""
        draw = self.rng.random()
        for error, rate in self._errors(field):
            draw -= rate
            if draw < 0:
                return "" if error in never else error
        return ""

    # --- people ------------------------------------------------------------------------------------------------

    def name(self, person: Person) -> str:
        if person.former_name and self.happens("name", "name_former"):
            self.note("name", "name_former")
            return person.former_name
        error = self._draw("name", "name_former")
        written = self._misname(person.name, error) if error else person.name
        if written != person.name:
            self.note("name", error)
        return written

    def _misname(self, name: str, error: str) -> str:
        rng = self.rng
        match error:
            case "name_padded":
                return f"{name[0]}　{name[1]}" if len(name) == 2 else name
            case "name_traditional":
                return traditional(name)
            case "name_pinyin":
                return " ".join((lazy_pinyin(name[0])[0].title(), "".join(lazy_pinyin(name[1:])).title()))
            case "name_cut":
                return name[:3] if len(name) > 3 else name[:2]
            case "name_remark":
                return name + rng.choice(_REMARKS)
        table = _confused("shape" if error == "name_shape" else "sound")
        places = [place for place in range(1, len(name)) if name[place] in table]
        if not places:
            return name
        place = rng.choice(places)
        return name[:place] + table[name[place]] + name[place + 1 :]

    def citizen_id(self, person: Person) -> str:
        error = self._draw("citizen_id")
        if not error:
            return person.citizen_id
        written = self._misnumber(person, error)
        if written != person.citizen_id:
            self.note("citizen_id", error)
        return written

    def _misnumber(self, person: Person, error: str) -> str:
        number, rng = person.citizen_id, self.rng
        match error:
            case "id_missing":
                return ""
            case "id_ocr_one":
                return self._misread(number)
            case "id_ocr_two":
                return self._misread(self._misread(number))
            case "id_short":
                place = rng.choice((17, 17, 17, rng.randint(6, 16)))
                return number[:place] + number[place + 1 :]
            case "id_rounded":
                return number[:15] + "000"
            case "id_old":
                return number[:6] + number[8:17] if number[6:8] == "19" else number
            case "id_wide":
                return number.translate(WIDE)
            case "id_spaced":
                return f"{number[:6]} {number[6:14]} {number[14:]}"
            case "id_open_ends":
                return f"{number[:3]}***********{number[14:]}"
            case "id_open_tail":
                return "*" * 14 + number[14:]
        partners = [one for one in self.city.families[person.family] if {one.role, person.role} == {"head", "spouse"}]
        return partners[0].citizen_id if partners else number

    def _misread(self, number: str) -> str:
        """One character of the scan is another; never one of the first four, so that no province becomes a real one."""
        place = self.rng.randint(4, len(number) - 1)
        return number[:place] + self.rng.choice(_READ_AS[number[place]]) + number[place + 1 :]

    def birth(self, person: Person) -> date | None:
        error, birth = self._draw("birth"), person.birth
        if not error:
            return birth
        self.note("birth", error)
        match error:
            case "birth_missing":
                return None
            case "birth_lunar":
                # The lunar calendar runs three to seven weeks behind.
                return birth - timedelta(days=self.rng.randint(20, 50))
            case "birth_first":
                return date(birth.year, 1, 1)
        return date(birth.year, birth.month, (birth.day + 9) % 28 + 1)

    def sex(self, person: Person, codes: dict[str, str]) -> str:
        error = self._draw("sex")
        if error == "sex_missing":
            return ""
        if error:
            self.note("sex", error)
        return codes[str(3 - int(person.sex)) if error else person.sex]

    def phone(self, person: Person) -> str:
        error = self._draw("phone")
        written = self._misdial(person, error) if error else person.phone
        if written != person.phone:
            self.note("phone", error)
        return written

    def _misdial(self, person: Person, error: str) -> str:
        rng, number, line = self.rng, person.phone, person.home.landline
        match error:
            case "phone_missing":
                return ""
            case "phone_office":
                return person.employer.phone if person.employer else number
            case "phone_family":
                others = [one.phone for one in self.city.families[person.family] if one.phone and one is not person]
                return rng.choice(others) if others else number
            case "phone_home":
                return rng.choice(("", "0846-", "(0846)")) + line if line else number
            case "phone_home_old":
                return line[1:] if line else number
            case "phone_changed":
                return person.old_phone or number
            case "phone_filler":
                return rng.choice(_FILLERS)
            case "phone_fellow":
                return rng.choice(self.city.people[:12]).phone or number
        if not number:
            return number
        place = rng.randint(3, 10)
        return number[:place] + rng.choice(_READ_AS[number[place]]) + number[place + 1 :]

    # --- places ------------------------------------------------------------------------------------------------

    def address(self, person: Person) -> tuple[str, Home]:
        """The text and the dwelling that it means; the text is empty where the list has none."""
        error, home = self._draw("address"), person.home
        if error == "address_moved" and person.old_home:
            home = person.old_home
        elif error == "address_no_room" and not home.room:
            error = ""
        elif error == "address_missing":
            self.note("address", error)
            return "", home
        if error and not (error == "address_moved" and home is person.home):
            self.note("address", error)
        return self.door(home, room=error != "address_no_room"), home

    def door(self, home: Home, *, room: bool = True) -> str:
        return written_door(home, self.rng, room=room)

    # --- organizations -----------------------------------------------------------------------------------------

    def organization(self, one: Organization) -> str:
        if one.former and self.happens("organization", "organization_former"):
            self.note("organization", "organization_former")
            return one.former
        error = self._draw("organization", "organization_former")
        if not error:
            return one.name
        self.note("organization", error)
        match error:
            case "organization_short":
                return one.short
            case "organization_bracket":
                stem = one.name.removeprefix("霁川市")
                return f"{stem[:2]}（霁川）{stem[2:]}" if stem != one.name else one.name
        table = _confused("sound")
        return "".join(table.get(c, c) if place == 4 else c for place, c in enumerate(one.name))

    def uscc(self, one: Organization) -> str:
        error, code = self._draw("uscc"), one.uscc
        if not error:
            return code
        self.note("uscc", error)
        match error:
            case "uscc_missing":
                return ""
            case "uscc_old":
                return f"{code[2:8]}2{one.index:08d}"
            case "uscc_letter":
                return code[:10] + code[10:].translate(str.maketrans("0125", "OIZS"))
        place = self.rng.randint(11, 17)
        return code[:place] + self.rng.choice("0123456789ABCDEFGH".replace(code[place], "")) + code[place + 1 :]
