# Models of conftest.py in a home's folder of their own for each test; a kill is a real one, of a real process.

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import onnx
import pytest

from core.errors import ReadingModelInvalid
from nlp.gazetteer import Gazetteer
from nlp.models.inuse import back, in_use, kept, off, use
from nlp.pipeline import build_pipeline
from nlp.reading import Item, read_complaints, read_text, reader_version

NOW = datetime(2026, 5, 6, 8, 30)  # noqa: DTZ001 - local, as the lake has it


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "models"


def test_a_model_in_use_reads_and_changes_the_readers_version(root: Path, category_models: tuple[Path, Path]) -> None:
    taken = use(root, str(category_models[0]), now=NOW, narrow=True)
    models = in_use(root)

    reading = read_text("停水两天，水压不足", Gazetteer(), models=models)
    assert reading.category_name == "供水供电"
    assert reading.categories[0].code == "0901"
    assert sum(guess.probability for guess in reading.categories) <= 1
    assert models == {"category": root / "category" / taken.version}
    assert reader_version(models) == f"{reader_version()}+category:{taken.version}"
    assert taken.figures["f1"] > 0.9


def test_workers_read_with_the_models_too(root: Path, category_models: tuple[Path, Path]) -> None:
    use(root, str(category_models[0]), now=NOW, narrow=True)
    items = [Item(str(number), "占用车位，没有车位") for number in range(5)]
    alone = list(read_complaints(items, Gazetteer(), models=in_use(root)))
    assert list(read_complaints(items, Gazetteer(), models=in_use(root), processes=2)) == alone
    assert alone[0].category_name == "停车管理"


def test_versions_are_kept_and_the_way_back_leads_step_by_step(root: Path, category_models: tuple[Path, Path]) -> None:
    one, two = (use(root, str(model), now=NOW, narrow=True).version for model in category_models)
    assert {(model.version, model.in_use) for model in kept(root)} == {(one, False), (two, True)}
    assert back(root, "category", now=NOW) == one
    assert in_use(root)["category"].name == one
    assert use(root, two, now=NOW, narrow=True).version == two  # by its version: the home has it
    off(root, "category", now=NOW)
    assert in_use(root) == {}
    assert back(root, "category", now=NOW) == two
    assert [back(root, "category", now=NOW), back(root, "category", now=NOW)] == [one, None]
    with pytest.raises(ReadingModelInvalid, match="没有更早的模型"):
        back(root, "category", now=NOW)
    assert len(kept(root)) == 2
    told = json.loads((root / "category" / "use.json").read_bytes())["history"]
    assert [entry["version"] for entry in told] == [one, two, one, two, None, two, one, None]


def test_taking_what_is_in_use_changes_nothing(root: Path, category_models: tuple[Path, Path]) -> None:
    use(root, str(category_models[0]), now=NOW, narrow=True)
    before = (root / "category" / "use.json").read_bytes()
    use(root, str(category_models[0]), now=NOW, narrow=True)
    assert (root / "category" / "use.json").read_bytes() == before


@pytest.mark.parametrize("name", ["arrays.npz", "card.json", "manifest.json"])
def test_a_tampered_model_is_refused_and_the_old_one_stays(
    root: Path, tmp_path: Path, category_models: tuple[Path, Path], name: str
) -> None:
    one = use(root, str(category_models[0]), now=NOW, narrow=True).version
    copy = tmp_path / "copy"
    shutil.copytree(category_models[1], copy)
    data = bytearray((copy / name).read_bytes())
    data[data.index(b"category") if name == "manifest.json" else len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(ReadingModelInvalid):
        use(root, str(copy), now=NOW, narrow=True)
    assert in_use(root)["category"].name == one
    assert [path.name for path in (root / "category").iterdir() if path.is_dir()] == [one]


def test_a_model_that_is_changed_or_lost_in_the_home_is_refused(root: Path, category_models: tuple[Path, Path]) -> None:
    one, two = (use(root, str(model), now=NOW, narrow=True).version for model in category_models)
    (root / "category" / one / "arrays.npz").write_bytes(b"")
    with pytest.raises(ReadingModelInvalid, match="改动过"):
        back(root, "category", now=NOW)
    with pytest.raises(ReadingModelInvalid, match="改动过"):
        use(root, one, now=NOW, narrow=True)
    shutil.rmtree(root / "category" / two)
    with pytest.raises(ReadingModelInvalid, match="已不在") as lost:
        in_use(root)
    assert "models off category" in lost.value.advice


def test_what_is_no_model_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    for given in (str(tmp_path / "letters"), str(tmp_path / "nowhere"), "0123456789abcdef", "../letters"):
        with pytest.raises(ReadingModelInvalid):
            use(root, given, now=NOW, narrow=True)
    with pytest.raises(ReadingModelInvalid, match="种类"):
        off(root, "weather", now=NOW)
    assert in_use(root) == {}


def test_foreign_categories_need_a_table(root: Path, tmp_path: Path, foreign_model: Path) -> None:
    with pytest.raises(ReadingModelInvalid, match="太吵了") as refused:
        use(root, str(foreign_model), now=NOW, narrow=True)
    assert "--taxonomy" in refused.value.advice
    table = tmp_path / "table.csv"
    table.write_text("name,code\n太吵了,0104\n车没地方放,0501\n", encoding="utf-8")
    with pytest.raises(ReadingModelInvalid, match="停水"):
        use(root, str(foreign_model), now=NOW, narrow=True, taxonomy=table)
    table.write_text("name,code\n太吵了,0104\n车没地方放,0501\n停水,0901\n", encoding="utf-8")
    mapped = use(root, str(foreign_model), now=NOW, narrow=True, taxonomy=table)
    assert read_text("停水两天，水压不足", Gazetteer(), models=in_use(root)).category == "0901"
    original = json.loads((foreign_model / "manifest.json").read_bytes())["version"]
    assert mapped.version != original  # the same weights with another meaning are another version
    table.write_text("name,code\n太吵了,9999\n", encoding="utf-8")
    with pytest.raises(ReadingModelInvalid, match="第 2 行"):
        use(root, str(foreign_model), now=NOW, narrow=True, taxonomy=table)


def test_an_onnx_export_is_taken_into_use_like_any_other(root: Path, category_export: Path) -> None:
    taken = use(root, str(category_export), now=NOW, narrow=True)
    assert (taken.kind, taken.engine) == ("category", "transformer")
    assert read_text("停水，没有水", Gazetteer(), models=in_use(root)).category_name == "供水供电"
    (root / "category" / taken.version / "model.onnx").write_bytes(b"other")
    with pytest.raises(ReadingModelInvalid, match="改动过"):
        build_pipeline(None, in_use(root))


KILLED = """
import os, sys, pathlib, datetime
from nlp.models import inuse
model, homes = sys.argv[1], [pathlib.Path(home) for home in sys.argv[2:]]
WATCHED = ("open", "os.rename", "os.mkdir", "shutil.copyfile", "os.remove", "os.rmdir")
def steps(root, target):
    seen = 0
    def step(event, args):
        nonlocal seen
        if event in WATCHED and str(root) in repr(args):
            seen += 1
            if seen == target:
                os.kill(os.getpid(), 9)
    sys.addaudithook(step)
    inuse.use(root, model, now=datetime.datetime(2026, 5, 6), narrow=True)
    return seen
for number, home in enumerate(homes):
    child = os.fork()
    if not child:
        steps(home, 1 + 2 * number)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 9:
        break
    print(home)
"""


@pytest.mark.long
def test_killed_anywhere_either_the_old_model_is_in_use_or_the_new_one(
    tmp_path: Path, category_models: tuple[Path, Path]
) -> None:
    root = tmp_path / "home" / "models"
    old = use(root, str(category_models[0]), now=NOW, narrow=True).version
    homes = [_copied(root, tmp_path / f"killed{number}") for number in range(60)]
    command = [sys.executable, "-c", KILLED, str(category_models[1]), *map(str, homes)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))
    killed = [Path(line) for line in run.stdout.splitlines()]
    new = in_use(homes[len(killed)])["category"].name  # the first that lived
    found = set()
    for home in killed:
        found.add(in_use(home)["category"].name)
        assert use(home, str(category_models[1]), now=NOW, narrow=True).version == new  # and the next try succeeds
        assert not list(home.glob(".text-*"))
    assert found <= {old, new}
    assert old in found
    assert len(killed) > 9


def _copied(root: Path, to: Path) -> Path:
    shutil.copytree(root, to / "models")
    return to / "models"


def test_a_model_of_few_categories_is_used_on_somebodys_word_alone(
    root: Path, category_models: tuple[Path, Path]
) -> None:
    with pytest.raises(ReadingModelInvalid, match=r"个二级类别中的 3 个，用 \d+ 条训练，留出部分的 F1 \d") as refused:
        use(root, str(category_models[0]), now=NOW)
    assert "--yes" in refused.value.advice
    assert in_use(root) == {}
    taken = use(root, str(category_models[0]), now=NOW, narrow=True)
    assert taken.coverage is not None
    assert taken.coverage.known == 3


def test_what_a_model_does_not_know_is_left_to_the_reader_that_ships(
    root: Path, category_models: tuple[Path, Path]
) -> None:
    text = "楼道里有很浓的煤气味，怀疑燃气管道漏气"
    before = read_text(text, Gazetteer())
    assert before.category is not None
    use(root, str(category_models[0]), now=NOW, narrow=True)

    reading = read_text(text, Gazetteer(), models=in_use(root))

    assert (reading.category, reading.category_score) == (before.category, before.category_score)
    assert read_text("停水两天，水压不足", Gazetteer(), models=in_use(root)).category_name == "供水供电"
    nobody_knows = read_text("吱呀吱呀呱啦呱啦", Gazetteer(), models=in_use(root))
    assert nobody_knows.category is None  # one of three categories, or of all the others?


def test_a_refused_model_goes_by_its_folders_name(
    root: Path, tmp_path: Path, category_models: tuple[Path, Path]
) -> None:
    shutil.copytree(category_models[0], tmp_path / "spring")
    (tmp_path / "spring" / "card.json").write_bytes(b"{}")
    with pytest.raises(ReadingModelInvalid, match="spring"):
        use(root, str(tmp_path / "spring"), now=NOW, narrow=True)


@pytest.mark.parametrize("positions", [None, [], "512", 0, -1, 2.5])
def test_an_export_with_an_odd_config_is_refused(
    root: Path, tmp_path: Path, category_export: Path, positions: object
) -> None:
    folder = Path(shutil.copytree(category_export, tmp_path / "export"))
    config = json.loads((folder / "config.json").read_bytes())
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": positions}), encoding="utf-8")
    with pytest.raises(ReadingModelInvalid, match=r"config\.json"):
        use(root, str(folder), now=NOW, narrow=True)
    assert in_use(root) == {}


def test_an_export_that_answers_with_no_numbers_is_refused(root: Path, tmp_path: Path, category_export: Path) -> None:
    folder = Path(shutil.copytree(category_export, tmp_path / "export"))
    made = onnx.load(folder / "model.onnx")
    table = np.full_like(onnx.numpy_helper.to_array(made.graph.initializer[0]), np.nan)
    made.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(table, "table"))
    onnx.save(made, folder / "model.onnx")
    with pytest.raises(ReadingModelInvalid, match=r"model\.onnx"):
        use(root, str(folder), now=NOW, narrow=True)
    assert in_use(root) == {}
    assert kept(root) == []
