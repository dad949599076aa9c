# ONNX exports made on the spot (conftest.py): an embedding that votes for labels, with a real tokenizer file.

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
import spacy

from core.errors import ReadingModelInvalid
from nlp.gazetteer import Gazetteer
from nlp.models import transformer
from nlp.models.importing import as_stored
from nlp.models.transformer import load_transformer
from nlp.pipeline import build_pipeline
from nlp.reading import read_text


def test_an_export_decides_the_category(category_export: Path, tmp_path: Path) -> None:
    folder = as_stored(category_export, tmp_path / "model")
    reader = build_pipeline()
    reader.replace_pipe("category", "transformer_category", config={"model": str(folder)})
    doc = reader("天天吵吵吵")
    assert doc._.category == "0104"
    assert doc._.category_score > 0.9
    assert len(doc._.categories) == 3
    assert sum(guess.probability for guess in doc._.categories) == pytest.approx(1, abs=1e-3)
    assert reader("说水")._.category == "0901"


def test_an_export_names_people_and_organizations(entity_export: Path, tmp_path: Path) -> None:
    text = "天天说 张三，物业说水"
    reading = read_text(text, Gazetteer(), models={"entities": as_stored(entity_export, tmp_path / "model")})
    named = {(text[one.start : one.end], one.kind) for one in reading.entities}
    assert {("张三", "person"), ("物业", "organization")} <= named


def test_a_text_longer_than_the_model_reads_is_read_to_its_end(entity_export: Path) -> None:
    text = "天" * 300 + "张三" + "说" * 100 + "物业"
    spans = [span for span, _ in load_transformer(entity_export).spans(text)]
    assert spans == [(300, 302, "PER"), (402, 404, "ORG")]


@pytest.mark.parametrize("text", ["", "🎈" * 50, "<b>张</b>'; DROP TABLE", "0" * 5_000, "張三"])
def test_any_text_is_read(category_export: Path, entity_export: Path, text: str) -> None:
    assert load_transformer(category_export).probabilities(text).sum() == pytest.approx(1)
    for (start, end, _), certainty in load_transformer(entity_export).spans(text):
        assert 0 <= start < end <= len(text)
        assert 0 < certainty <= 1


def test_nothing_is_fetched(category_export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    assert load_transformer(category_export).probabilities("吵").argmax() == 1


def test_the_component_is_saved_with_the_reader(category_export: Path, tmp_path: Path) -> None:
    reader = build_pipeline()
    reader.replace_pipe("category", "transformer_category", config={"model": str(category_export)})
    reader.to_disk(tmp_path / "reader")
    assert spacy.load(tmp_path / "reader")("水水")._.category == "0901"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_or_broken_file_is_named(category_export: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "export"
    shutil.copytree(category_export, folder)
    (folder / name).write_bytes(b"{")
    with pytest.raises(ReadingModelInvalid, match=name):
        load_transformer(folder)
    (folder / name).unlink()
    with pytest.raises(ReadingModelInvalid, match=name):
        load_transformer(folder)


def test_the_missing_extra_is_told(category_export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transformer, "_NEEDED", ("onnxruntime", "tokenizers_that_nobody_has"))
    with pytest.raises(ReadingModelInvalid, match="没有安装") as refused:
        load_transformer(category_export)
    assert "transformer" in refused.value.advice


def test_an_export_of_the_other_task_is_refused(category_export: Path, entity_export: Path) -> None:
    with pytest.raises(ReadingModelInvalid, match="文本分类"):
        load_transformer(entity_export).probabilities("张三")
    with pytest.raises(ReadingModelInvalid, match="逐字标注"):
        load_transformer(category_export).spans("张三")
