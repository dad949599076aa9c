"""Names by generation and sex."""

from __future__ import annotations

from random import Random

from loaders.town.tables import Picker, rows, weighted


class _Given:
    """Given names of one decade and sex: common whole names, one character, or two composed."""

    __slots__ = ("first", "second", "single", "single_share", "whole", "whole_share")

    def __init__(self, kinds: dict[str, Picker[str]], single: float, whole: float) -> None:
        self.whole, self.first, self.second, self.single = (kinds[k] for k in ("whole", "first", "second", "single"))
        self.single_share, self.whole_share = single, whole

    def pick(self, rng: Random) -> str:
        draw = rng.random()
        if draw < self.single_share:
            return self.single.pick(rng)
        if draw < self.single_share + self.whole_share:
            return self.whole.pick(rng)
        while (first := self.first.pick(rng)) == (second := self.second.pick(rng)) and rng.random() < 0.7:
            pass
        return first + second


def surname_of(name: str) -> str:
    """The surname of a Han name; four characters mean a double surname."""
    return name[:2] if len(name) == 4 and "·" not in name else name[:1]


class Names:
    """Draws surnames, given names and nations; frequencies lie in the data files."""

    def __init__(self) -> None:
        self._surnames = Picker((row["surname"], float(row["percent"])) for row in rows("surnames"))
        kinds: dict[tuple[int, int], dict[str, Picker[str]]] = {}
        for row in rows("given_names"):
            of_generation = kinds.setdefault((int(row["decade"]), int(row["sex"])), {})
            of_generation[row["kind"]] = weighted(row["items"].split(), falling=row["kind"] != "whole")
        shares = {int(row["decade"]): (float(row["single"]), float(row["whole"])) for row in rows("single_share")}
        self._given = {key: _Given(value, *shares[key[0]]) for key, value in kinds.items()}
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
