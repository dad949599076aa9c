"""Names by generation and sex."""

from __future__ import annotations

from random import Random

from loaders.town.tables import Picker, rows, weighted

# Lists of popular characters end somewhere, names in life do not. With these shares of characters from the long tail
# 17 % of 20,000 residents share their whole name with another; without it half of them would.
_RARE_SINGLE, _RARE_PART = 0.55, 0.4
_TAIL_YEARS = 30


class _Given:
    """Given names of one decade and sex: common whole names, one character, or two composed."""

    __slots__ = ("first", "rare", "second", "single", "single_share", "whole", "whole_share")

    def __init__(self, kinds: dict[str, Picker[str]], rare: tuple[str, ...], single: float, whole: float) -> None:
        self.whole, self.first, self.second, self.single = (kinds[k] for k in ("whole", "first", "second", "single"))
        self.single_share, self.whole_share, self.rare = single, whole, rare

    def pick(self, rng: Random) -> str:
        draw = rng.random()
        if draw < self.single_share:
            return self.single.pick(rng) if rng.random() > _RARE_SINGLE else rng.choice(self.rare)
        if draw < self.single_share + self.whole_share:
            return self.whole.pick(rng)
        first = rng.choice(self.rare) if rng.random() < _RARE_PART else self.first.pick(rng)
        second = rng.choice(self.rare) if rng.random() < _RARE_PART else self.second.pick(rng)
        return first + second


def _tail(characters: dict[tuple[int, int], list[str]], decade: int, sex: int) -> tuple[str, ...]:
    """Characters that the neighbouring decades use for the same sex."""
    found = {
        character
        for (other, of_sex), words in characters.items()
        if of_sex == sex and abs(other - decade) <= _TAIL_YEARS
        for character in "".join(words)
    }
    return tuple(sorted(found))


def surname_of(name: str) -> str:
    """The surname of a Han name; four characters mean a double surname."""
    return name[:2] if len(name) == 4 and "·" not in name else name[:1]


class Names:
    """Draws surnames, given names and nations; frequencies lie in the data files."""

    def __init__(self) -> None:
        self._surnames = Picker((row["surname"], float(row["percent"])) for row in rows("surnames"))
        kinds: dict[tuple[int, int], dict[str, Picker[str]]] = {}
        characters: dict[tuple[int, int], list[str]] = {}
        for row in rows("given_names"):
            of_generation = kinds.setdefault((int(row["decade"]), int(row["sex"])), {})
            of_generation[row["kind"]] = weighted(row["items"].split(), falling=row["kind"] != "whole")
            words = "".join(item.split(":")[0] for item in row["items"].split())
            characters.setdefault((int(row["decade"]), int(row["sex"])), []).append(words)
        shares = {int(row["decade"]): (float(row["single"]), float(row["whole"])) for row in rows("single_share")}
        self._given = {key: _Given(value, _tail(characters, *key), *shares[key[0]]) for key, value in kinds.items()}
        self._nations = Picker((row["code"], float(row["share"])) for row in rows("nations"))
        self._minority: dict[tuple[str, int, str], Picker[str]] = {
            (row["nation"], int(row["sex"]), row["kind"]): weighted(row["items"].split())
            for row in rows("minority_names")
        }
        self.nation_labels = {row["code"]: row["label"] for row in rows("nations")}

    def nation(self, rng: Random) -> str:
        return self._nations.pick(rng)

    def surname(self, rng: Random, nation: str = "01") -> str:
        """Empty for a nation whose names have none."""
        if (nation, 1, "given") in self._minority or (nation, 1, "whole") in self._minority:
            return ""
        if nation == "03" and rng.random() < 0.35:
            return "马"
        return self._surnames.pick(rng)

    def given(self, rng: Random, sex: int, year: int) -> str:
        decade = min(max(year // 10 * 10, 1930), 2020)
        return self._given[decade, sex].pick(rng)

    def full(self, rng: Random, sex: int, year: int, nation: str, surname: str) -> str:
        """A whole name; the surname counts only where the nation has surnames."""
        if (nation, sex, "given") in self._minority:
            return f"{self._minority[nation, sex, 'given'].pick(rng)}·{self._minority[nation, 0, 'family'].pick(rng)}"
        if (nation, sex, "whole") in self._minority:
            return self._minority[nation, sex, "whole"].pick(rng)
        return (surname or self.surname(rng)) + self.given(rng, sex, year)
