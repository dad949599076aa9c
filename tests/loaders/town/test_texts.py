# Complaints must not read alike, must say where and against whom, and the truth must point at the very words.
from __future__ import annotations

from collections import Counter, defaultdict
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

import polars as pl
import pytest

from core.progress import SILENT
from loaders.town.addresses import Addresses
from loaders.town.generate import TODAY, build_town
from loaders.town.grammar import Grammar, compile_line, expand
from loaders.town.happenings import Plan
from loaders.town.narrator import Narrator, Telling
from loaders.town.slips import Slips
from loaders.town.writers.hotline import tell

if TYPE_CHECKING:
    from conftest import Files


@pytest.fixture(scope="module")
def tellings() -> list[Telling]:
    town, _ = build_town(3000, 3, TODAY, SILENT)
    plan, grammar = Plan(town, Random(9)), Grammar()
    narrator = Narrator(town, Addresses(town), Slips(), Random(10))
    return [tell(grammar, narrator, plan.ordinary("hotline_complaints")) for _ in range(5000)]


def test_no_two_texts_are_identical(tellings: list[Telling]) -> None:
    assert len({telling.text for telling in tellings}) == len(tellings)


def test_hardly_any_two_texts_are_nearly_the_same(tellings: list[Telling]) -> None:
    shingles = [{crc32(t.text[i : i + 5].encode()) for i in range(len(t.text) - 4)} for t in tellings]
    groups: dict[int, list[int]] = defaultdict(list)
    for index, found in enumerate(shingles):
        for value in sorted(found)[:10]:
            groups[value].append(index)
    pairs = Counter(
        (a, b) for members in groups.values() if len(members) < 60 for a in members for b in members if a < b
    )
    near = {
        a
        for (a, b), shared in pairs.items()
        if shared >= 3 and len(shingles[a] & shingles[b]) / len(shingles[a] | shingles[b]) > 0.5
    }
    assert len(near) / len(tellings) < 0.005


def test_lengths_and_slots(tellings: list[Telling]) -> None:
    assert all(40 <= len(telling.text) <= 400 for telling in tellings)
    assert not any(mark in telling.text for telling in tellings for mark in "{}[]|\ue000\ue001\ue002")
    with_phone = sum("16" in t.text and any(c.isdigit() for c in t.text) for t in tellings)
    assert with_phone > 50


def test_openings_and_places_vary(tellings: list[Telling]) -> None:
    openings = Counter(telling.text[:6] for telling in tellings)
    assert openings.most_common(1)[0][1] / len(tellings) < 0.05
    levels = Counter(telling.place_level for telling in tellings)
    assert min(levels[level] for level in ("door", "building", "compound", "public")) > 100


def test_mentions_point_at_their_words(town: Files) -> None:
    texts = {row["workOrderNo"]: row["content"] for row in town.lines("hotline_complaints")}
    mentions = town.truth("mentions")
    assert len(mentions) > 0.5 * len(texts)
    for _, key, _, surface, start, _, _ in mentions.iter_rows():
        assert texts[key][start : start + len(surface)] == surface


def test_every_event_has_its_category_and_place(town: Files) -> None:
    categories = town.truth("categories").filter(pl.col("feed") == "hotline_complaints")
    keys = {row["workOrderNo"] for row in town.lines("hotline_complaints") if row["workOrderNo"]}
    assert set(categories["key"]) == keys
    assert categories["category"].n_unique() >= 15
    places = town.truth("places").filter(pl.col("feed") == "hotline_complaints")
    texts = {row["workOrderNo"]: row["content"] for row in town.lines("hotline_complaints")}
    for _, key, surface, *_ in places.iter_rows():
        assert surface in texts[key]


def test_a_grammar_line_that_does_not_close_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        compile_line("甲[乙|丙")
    with pytest.raises(ValueError, match="stray"):
        compile_line("甲]乙")
    assert expand(compile_line("甲[乙|乙]{地}"), lambda slot: f"<{slot}>", Random(1)) == "甲乙<地>"
