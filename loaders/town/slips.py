"""How characters get mistaken for one another: by sound, by almost the same sound, by shape, by script."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from pypinyin import Style, lazy_pinyin

from loaders.town.tables import rows

_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"), ("h", "f"), ("ing", "in"), ("eng", "en"), ("ang", "an"))


class Slips:
    """Each method returns a changed name, or an empty string where the name offers nothing to mistake."""

    def __init__(self) -> None:
        self._sound: dict[str, str] = {}
        by_sound: dict[str, list[str]] = {}
        characters = {c for row in rows("homophone_characters") for c in row["characters"]}
        for row in rows("given_names"):
            for item in row["items"].split():
                characters.update(item.split(":")[0])
        for character in sorted(characters):
            sound = lazy_pinyin(character, style=Style.NORMAL)[0]
            self._sound[character] = sound
            by_sound.setdefault(sound, []).append(character)
        self._by_sound = by_sound
        self._surnames = {row["surname"] for row in rows("surnames")}
        self._near = {sound: [s for s in _near_sounds(sound) if s in by_sound] for sound in by_sound}
        self._shape: dict[str, list[str]] = {}
        for row in rows("look_alikes"):
            self._shape.setdefault(row["left"], []).append(row["right"])
        self._traditional = {row["simplified"]: row["traditional"] for row in rows("traditional")}

    def homophone(self, name: str, rng: Random) -> str:
        return self._replace(name, rng, self._same_sound)

    def near_homophone(self, name: str, rng: Random) -> str:
        return self._replace(name, rng, self._almost_same_sound)

    def look_alike(self, name: str, rng: Random) -> str:
        return self._replace(name, rng, lambda character: self._shape.get(character, []))

    def traditional(self, name: str, rng: Random) -> str:
        del rng
        written = "".join(self._traditional.get(character, character) for character in name)
        return written if written != name else ""

    def dotted(self, name: str, rng: Random) -> str:
        return name.replace("·", rng.choice(("•", "．", ".", "・", ""))) if "·" in name else ""

    def blank(self, name: str, rng: Random) -> str:
        return f"{name[0]}{rng.choice(('　', '  ', ' '))}{name[1]}" if len(name) == 2 else ""

    def _same_sound(self, character: str) -> list[str]:
        sound = self._sound.get(character)
        return [other for other in self._by_sound[sound] if other != character] if sound else []

    def _almost_same_sound(self, character: str) -> list[str]:
        sound = self._sound.get(character)
        return [other for near in self._near[sound] for other in self._by_sound[near]] if sound else []

    def _replace(self, name: str, rng: Random, candidates: Callable[[str], list[str]]) -> str:
        """Mistake one character; a surname only one time in six."""
        if "·" in name:
            return ""
        places = list(range(1, len(name))) or [0]
        rng.shuffle(places)
        if rng.random() < 0.17:
            places.insert(0, 0)
        for place in places:
            found = candidates(name[place])
            if place == 0 and len(name) > 1:  # a slip in the surname gives another surname
                found = [other for other in found if other in self._surnames]
            if found:
                return name[:place] + rng.choice(found) + name[place + 1 :]
        return ""


def _near_sounds(sound: str) -> list[str]:
    found = []
    for one, other in _NEAR:
        if len(one) > len(other) and one.endswith("g"):
            if sound.endswith(one):
                found.append(sound.removesuffix(one) + other)
            elif sound.endswith(other):
                found.append(sound.removesuffix(other) + one)
        elif sound.startswith(one):
            found.append(other + sound.removeprefix(one))
        elif sound.startswith(other):
            found.append(one + sound.removeprefix(other))
    return [near for near in dict.fromkeys(found) if near != sound]
