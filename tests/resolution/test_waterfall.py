"""The picture of a verdict."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from resolution.narrate import LANGUAGES
from resolution.waterfall import waterfall
from tests.resolution.little_world import WANG, Records, World


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_picture_is_sound_and_drawn_to_scale(records: Records, lang: str) -> None:
    told = World(records("person", [WANG, WANG | {"phone": "16111111111"}])).explain(0, 1)
    root = ElementTree.fromstring(waterfall(told, lang=lang))
    space = "{http://www.w3.org/2000/svg}"
    texts = [element.text or "" for element in root.iter(f"{space}text")]
    assert any(("姓名相同" if lang == "zh" else "same name") in text for text in texts)
    bars = list(root.iter(f"{space}rect"))[2:]
    widths = {round(float(bar.get("width", "0")), 1) for bar in bars}
    assert len(bars) == 1 + len(told.reasons) + 1
    prior, name = bars[0], bars[1]
    assert float(name.get("width", 0)) / float(prior.get("width", 1)) == pytest.approx(0.9, abs=0.02)
    assert min(widths) > 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_picture_has_room_for_its_words_and_names_the_records(records: Records, lang: str) -> None:
    told = World(records("person", [WANG, WANG])).explain(0, 1)
    long = replace(told.reasons[0], level_zh="很长的说明" * 12, level_en="a long explanation " * 6)
    drawn = waterfall(replace(told, reasons=(long,)), lang=lang, name=lambda record: f"feed/{record}")
    root = ElementTree.fromstring(drawn)
    notes = [one for one in root.iter("{http://www.w3.org/2000/svg}text") if one.get("text-anchor") == "start"]
    for note in notes:
        em = float(note.get("font-size", 0)) * (1.0 if lang == "zh" else 0.55)
        words = (note.text or "").partition("  ")[2] or ""
        assert float(note.get("x", 0)) + em * len(words) <= float(root.get("width", 0))
    assert any(
        "很长的说明" * 12 in (note.text or "") or "a long explanation " * 6 in (note.text or "") for note in notes
    )
    title = root.findtext("{http://www.w3.org/2000/svg}title") or ""
    assert all(text in title for text in (f"feed/{told.record_a}", f"feed/{told.record_b}", told.entity_a))
