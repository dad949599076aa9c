# Three texts written out as arrays by hand; what is varied is compared with them.

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from nlp.models.features import repeated
from nlp.models.tags import TagScheme
from nlp.training.examples import Examples, swapped

TEXTS = ("甲乙路3号", "丙路12号", "丁戊己路5号")
SPANS = (
    ((0, 3, "road"), (3, 5, "no")),
    ((0, 2, "road"), (2, 5, "no")),
    ((0, 4, "road"), (4, 6, "no")),
)


@pytest.fixture
def examples() -> Examples:
    scheme = TagScheme(("no", "road"))
    characters = [np.array([ord(character) for character in text]) for text in TEXTS]
    tags = [scheme.encode(len(text), spans) for text, spans in zip(TEXTS, SPANS, strict=True)]
    words = [row[:, None] for row in tags]
    return Examples(characters, words, tags, sparse.csr_matrix((0, 0)), scheme)


def test_spans_change_places_only_with_others_of_their_label(examples: Examples) -> None:
    made = swapped(examples, 1.0, np.random.default_rng(1))
    roads = {text[start:end] for text, spans in zip(TEXTS, SPANS, strict=True) for start, end, _ in spans[:1]}
    seen = set()
    for characters, words, tags in zip(made.characters, made.words, made.tags, strict=True):
        text = "".join(map(chr, characters))
        found = made.scheme.decode(tags)
        assert [label for *_, label in found] == ["road", "no"]
        assert found[-1][1] == len(text)
        assert text[: found[0][1]] in roads
        assert (words[:, 0] == tags).all()  # codes move with the characters that they belong to
        seen.add(text)
    assert not seen <= set(TEXTS)


def test_a_share_of_nothing_changes_nothing(examples: Examples) -> None:
    made = swapped(examples, 0.0, np.random.default_rng(1))
    assert ["".join(map(chr, row)) for row in made.characters] == list(TEXTS)


def test_what_is_said_twice_is_marked_in_both_places() -> None:
    codes = repeated(["浙江杭州浙江省", "1212路", "", "城城城"])[:, 0].tolist()
    assert codes[:7] == [1, 1, 0, 0, 2, 2, 0]
    assert codes[7:12] == [0] * 5  # numbers repeat without meaning anything
    assert codes[12:] == [1, 3, 2]
