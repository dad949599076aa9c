"""Numbers that nobody real has: fictional provinces, unassigned mobile segments, organisation codes of MA."""

from __future__ import annotations

from datetime import date
from itertools import count
from random import Random

from core.values.citizen_id import check_character
from core.values.uscc import check_character as uscc_check_character
from core.values.uscc import organisation_check_character

_SEGMENTS = ("160", "161", "163", "164", "168", "169", "154")
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLATE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = "0123456789"


class Identifiers:
    """Hands out each number once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._given: set[str] = set()

    def citizen_id(self, area: str, birth: date, sex: int) -> str:
        for attempt in count():
            if attempt % 400 == 399:  # the numbers of that day are used up: an office that has since been merged
                area = f"{area[:4]}{30 + int(self._rng.random() * 60)}"
            first17 = f"{area}{birth:%Y%m%d}{self._rng.randrange(500) * 2 + (sex & 1):03d}"
            if first17 not in self._given:
                self._given.add(first17)
                return first17 + check_character(first17)
        raise AssertionError

    def mobile(self) -> str:
        rng = self._rng
        while True:
            number = f"{_SEGMENTS[int(rng.random() * 7)]}{int(rng.random() * 1e8):08d}"
            if number not in self._given and not 0 < len(set(number[3:])) < 3:
                self._given.add(number)
                return number

    def landline(self) -> str:
        return f"0880-{self._rng.randrange(5_200_000, 8_900_000)}"

    def uscc(self, area: str, sole: bool) -> str:
        rng = self._rng
        while True:
            first8 = "MA" + "".join(rng.choice(_USCC_ALPHABET) for _ in range(6))
            if first8 not in self._given:
                self._given.add(first8)
                first17 = ("92" if sole else "91") + area + first8 + organisation_check_character(first8)
                return first17 + uscc_check_character(first17)

    def plate(self) -> str:
        rng = self._rng
        while True:
            if rng.random() < 0.25:
                plate = f"云X{rng.choice('DF')}{int(rng.random() * 1e5):05d}"
            else:
                plate = "云X" + "".join(
                    rng.choice(_DIGITS if rng.random() < 0.75 else _PLATE_ALPHABET) for _ in "12345"
                )
            if plate not in self._given:
                self._given.add(plate)
                return plate
