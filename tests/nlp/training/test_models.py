# Models trained once a session on the made files of conftest.py; what is saved, loaded and tampered with is a copy.

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import spacy

import nlp.pipeline
from core.errors import ReadingModelInvalid, TrainingDataInvalid
from nlp.gazetteer import Gazetteer
from nlp.models.category import load_category_model
from nlp.models.sequence import load_sequence_model
from nlp.models.swap import use_models
from nlp.reading import read_text
from nlp.training.category import train_category
from nlp.training.evaluate import evaluate
from nlp.training.fitting import Recipe
from nlp.training.sequence import train_addresses, train_entities

SMALL = (Recipe(layers=("conv", "conv"), from_lac=False, width=16, epochs=6, batch=400),)
_DEEP = Recipe(layers=("gru",), from_lac=False, wide=False, width=16, epochs=6, batch=400, rate=1e-2)
RECURRENT = (replace(_DEEP, words=True, swap=0.3, unknown=0.02), *SMALL)
FEW = (replace(SMALL[0], feature_set="few-1", words=True, epochs=8),)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, complaints: Path, addresses: Path, entities: Path) -> Path:
    folder = tmp_path_factory.mktemp("models")
    train_category(complaints, folder / "category", licence="自拟")
    train_addresses(addresses, folder / "address", recipes=RECURRENT, licence="自拟")
    train_entities(entities, folder / "entities", recipes=FEW)
    return folder


def test_trained_models_read_what_they_have_not_seen(models: Path) -> None:
    category = load_category_model(models / "category")
    address = load_sequence_model(models / "address", "address")

    assert category.rank("红叶小区的邻居楼上敲击，半夜装修")[0][0] == "噪音扰民"
    text = "云杉区石榴路77号望月花园12幢"
    assert [text[start:end] + "/" + label for start, end, label in address.label([text])[0]] == [
        "云杉区/district",
        "石榴路/road",
        "77号/roadno",
        "望月花园/poi",
        "12幢/houseno",
    ]


def test_the_same_seed_gives_the_same_model_and_another_seed_another(
    tmp_path: Path, complaints: Path, entities: Path
) -> None:
    first = [
        train_entities(entities, tmp_path / name, recipes=SMALL, seed=seed).version
        for name, seed in zip("abc", (1, 1, 2), strict=True)
    ]
    second = [
        train_category(complaints, tmp_path / name, seed=seed).version
        for name, seed in zip("def", (1, 1, 2), strict=True)
    ]

    for same, again, other in (first, second):
        assert same == again
        assert same != other


@pytest.mark.parametrize("kind", ["category", "address", "entities"])
def test_a_saved_model_does_as_well_as_its_card_says(
    models: Path, tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    files = {"category": "complaints", "address": "addresses", "entities": "entities"}
    report = evaluate(models / kind, request.getfixturevalue(files[kind])).as_dict()
    card = json.loads((models / kind / "card.json").read_bytes())
    shutil.copytree(models / kind, tmp_path / "copy")

    score = report["macro_f1"] if kind == "category" else report["total"]["f1"]
    assert score > 0.95
    assert evaluate(tmp_path / "copy", request.getfixturevalue(files[kind])).as_dict() == report
    assert card["sources"][0]["rows"] == card["trained_on"] + card["measured_on"]


def test_reports_and_cards_hold_no_text_of_the_data(models: Path) -> None:
    for kind, words in (("category", "半夜装修"), ("address", "石榴路"), ("entities", "何晓枫")):
        for name in ("card.json", "CARD.md", "manifest.json"):
            assert words not in (models / kind / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["arrays.npz", "words.json", "manifest.json", "CARD.md"])
def test_a_changed_file_is_refused(models: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(models / "entities", folder)
    data = bytearray((folder / name).read_bytes())
    place = data.index(b"company") if name == "manifest.json" else len(data) // 2
    data[place] ^= 1
    (folder / name).write_bytes(data)

    with pytest.raises(ReadingModelInvalid, match="model"):
        load_sequence_model(folder)


def test_missing_foreign_and_escaping_files_are_refused(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(models / "entities", folder)
    with pytest.raises(ReadingModelInvalid, match="种类"):
        load_sequence_model(folder, "address")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "words.json").unlink()
    with pytest.raises(ReadingModelInvalid, match=r"缺少文件 words\.json"):
        load_sequence_model(folder)
    manifest["files"]["../words.json"] = manifest["files"].pop("words.json")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ReadingModelInvalid):
        load_sequence_model(folder)
    with pytest.raises(ReadingModelInvalid, match=r"manifest\.json"):
        load_sequence_model(tmp_path)


def test_a_folder_with_other_files_is_not_overwritten(tmp_path: Path, entities: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("留着", encoding="utf-8")

    with pytest.raises(ReadingModelInvalid, match="不会覆盖"):
        train_entities(entities, tmp_path / "mine", recipes=SMALL)

    assert [path.name for path in tmp_path.rglob("*.txt")] == ["letter.txt"]


def test_too_little_data_is_told(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("text,category\n路灯不亮,城管\n水压低,供水\n", encoding="utf-8")

    with pytest.raises(TrainingDataInvalid, match=r"few\.csv"):
        train_category(path, tmp_path / "out")


def test_categories_with_too_few_texts_are_named_with_their_counts(complaints: Path, tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    extra = "".join(f"第{number}盏路灯不亮已经很久,市政设施\n" for number in range(11))
    path.write_text(complaints.read_text(encoding="utf-8") + extra, encoding="utf-8")

    with pytest.raises(TrainingDataInvalid, match=r"13 条.*市政设施（11 条）") as refused:
        train_category(path, tmp_path / "out")

    assert "噪音扰民" not in refused.value.message


def test_rows_of_categories_that_a_model_does_not_know_are_left_out_and_counted(
    models: Path, complaints: Path, tmp_path: Path
) -> None:
    path = tmp_path / "newer.csv"
    path.write_text("text,category\n路灯不亮,路灯\n" + complaints.read_text(encoding="utf-8").split("\n", 1)[1])

    report = evaluate(models / "category", path).as_dict()

    assert report["unknown"] == {"路灯": 1}
    assert report["texts"] == evaluate(models / "category", complaints).as_dict()["texts"]
    path.write_text("text,category\n路灯不亮,路灯\n", encoding="utf-8")
    with pytest.raises(TrainingDataInvalid, match="路灯"):
        evaluate(models / "category", path)


def test_two_categories_are_enough(complaints: Path, tmp_path: Path) -> None:
    lines = complaints.read_text(encoding="utf-8").splitlines()
    (tmp_path / "two.csv").write_text("\n".join(line for line in lines if "停车管理" not in line), encoding="utf-8")

    trained = train_category(tmp_path / "two.csv", tmp_path / "model")

    assert trained.report.macro_f1 > 0.95
    assert load_category_model(trained.folder).rank("停水两天，水压不足")[0][0] == "供水供电"


def test_components_add_to_the_reader_and_are_saved_with_it(models: Path, tmp_path: Path) -> None:
    reader = nlp.pipeline.build_pipeline()
    use_models(reader, {kind: models / kind for kind in ("category", "entities", "address")})
    text = "何晓枫反映华辰物业乱收费。地址在青枫区梧桐路3号翠湖花园5幢，停水两天，水压不足。"

    reader.to_disk(tmp_path / "reader")
    for pipeline in (reader, spacy.load(tmp_path / "reader")):
        (doc,) = pipeline.pipe([text])
        assert {"何晓枫", "华辰物业"} <= {text[entity.start : entity.end] for entity in doc._.entities}
        assert ("华辰物业", "company") in {(span.text, span.label_) for span in doc.spans["named"]}
        assert doc._.categories[0].code == "0901"
        assert "梧桐路" in {span.text for span in doc.spans["address_parts"]}
        assert doc._.category == "0901"


@pytest.mark.parametrize(
    "text",
    ["", " \n", "🎈" * 400, "<b>何晓枫</b>'; DROP TABLE x", "0" * 3_000, "無人管理的樓道", "\ud800住", "甲" * 200_000],
    ids=["empty", "blank", "emoji", "markup", "digits", "traditional", "surrogate", "long"],
)
def test_any_text_is_read_with_models(models: Path, text: str) -> None:
    reading = read_text(text, Gazetteer(), models={kind: models / kind for kind in ("category", "entities", "address")})
    assert "无法解析" not in (reading.reason or "")
    assert all(0 <= entity.start < entity.end <= len(text) for entity in reading.entities)
