"""The pipeline as spaCy sees it: the config builds, and a saved pipeline reads as the one before."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from spacy.util import load_config

from nlp.gazetteer import Gazetteer
from nlp.layers import RelationKind, Role
from nlp.pipeline import CONFIG, build_pipeline, load_pipeline, use_gazetteer
from nlp.tables import category_cues, party_terms, relation_cues, surnames, taxonomy, urgency_cues

TEXT = "我是桂花苑3栋501的王建国，投诉华辰物业，电话16012345678"


def test_the_config_names_every_component() -> None:
    config = load_config(CONFIG)
    assert build_pipeline().pipe_names == config["nlp"]["pipeline"]


def test_a_saved_pipeline_reads_the_same(gazetteer: Gazetteer, tmp_path: Path) -> None:
    before = build_pipeline(gazetteer)
    before.to_disk(tmp_path / "reader")
    after = load_pipeline(tmp_path / "reader")
    for text in (TEXT, ""):
        one, two = before(text), after(text)
        assert one._.parties == two._.parties
        assert one._.places == two._.places
        assert {key: [(s.start, s.end, s.label_) for s in group] for key, group in one.spans.items()} == {
            key: [(s.start, s.end, s.label_) for s in group] for key, group in two.spans.items()
        }


def test_a_pipeline_survives_bytes(gazetteer: Gazetteer) -> None:
    before = build_pipeline(gazetteer)
    after = build_pipeline().from_bytes(before.to_bytes())
    assert after(TEXT)._.parties == before(TEXT)._.parties


def test_names_can_be_exchanged(gazetteer: Gazetteer) -> None:
    nlp = build_pipeline()
    assert nlp("华辰物业")._.matches == ()
    use_gazetteer(nlp, gazetteer)
    assert nlp("华辰物业")._.matches[0].entries[0].key == "org_huachen"


def test_gazetteers_are_equal_whatever_their_order(gazetteer: Gazetteer) -> None:
    other = Gazetteer(reversed(gazetteer.entries))
    assert (other, other.digest, hash(other)) == (gazetteer, gazetteer.digest, hash(gazetteer))
    assert Gazetteer(gazetteer.entries[1:]).digest != gazetteer.digest


def test_an_unknown_kind_of_name_is_refused() -> None:
    with pytest.raises(ValueError, match="planet"):
        Gazetteer.of([("火星", "planet", "mars")])


def test_the_tables_fit_together() -> None:
    categories = taxonomy()
    assert all(not c.parent or c.parent in categories for c in categories.values())
    assert {cue.category for cue in category_cues()} <= {code for code, c in categories.items() if c.parent}
    assert {cue.level for cue in urgency_cues()} == {"urgent", "emergency"}
    assert {term.kind for term in party_terms()} == {"person", "organization", "group"}
    assert {term.role for term in party_terms()} <= {"", *get_args(Role)}
    assert {cue.category for cue in relation_cues()} <= set(get_args(RelationKind))
    assert len(surnames()) > 200
