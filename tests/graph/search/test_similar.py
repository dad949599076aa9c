# The table of look-alikes as a whole, and the near-sound key on pairs that people confuse.
from __future__ import annotations

import pytest

from core.values.text import simplify
from graph.search.similar import look_alikes, misread, near_sound


def test_likeness_is_mutual_between_different_simplified_characters() -> None:
    likes = look_alikes()
    assert sum(map(len, likes.values())) // 2 >= 400
    for character, others in likes.items():
        assert character not in others
        assert simplify(character) == character
        assert all(character in likes[other] for other in others)


def test_one_character_at_a_time_is_misread() -> None:
    found = set(misread("末日"))
    assert {"未日", "末曰", "末目"} <= found
    assert "未曰" not in found
    assert "末日" not in found


@pytest.mark.parametrize(
    ("one", "other"), [("zhāng wěi", "zang wei"), ("lín", "níng"), ("shū fēn", "su feng"), ("huáng", "fan")]
)
def test_what_southern_speakers_do_not_tell_apart(one: str, other: str) -> None:
    assert near_sound(one) == near_sound(other)
    assert near_sound(one) != near_sound("wáng")
