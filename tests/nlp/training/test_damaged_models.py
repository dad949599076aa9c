# Models trained once on the made files of conftest.py; each test damages a copy and seals it anew, as one could who
# means harm: sizes, hashes and version are right, what they are of is not.
"""What is no model is not taken into use, whatever is wrong with it; what was in use stays."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray

from core.errors import ReadingModelInvalid
from nlp.gazetteer import Gazetteer
from nlp.models.inuse import in_use, kept, use
from nlp.reading import read_text
from nlp.training.category import train_category
from nlp.training.fitting import Recipe
from nlp.training.sequence import train_addresses, train_entities

NOW = datetime(2026, 5, 6, 8, 30)  # noqa: DTZ001 - local, as the lake has it
TINY = Recipe(layers=("conv", "conv"), from_lac=False, width=16, epochs=1, batch=400, words=True)
ODD: tuple[Any, ...] = (None, 7, -1.5, True, "words", "\x1b[31m" * 9, [], ["a", None], [[1]], {}, {"a": []}, [{}] * 3)
TEXT = "我叫王建国，住杭州市西湖区文三路100号青枫花园3幢2单元501室，停水两天。"

Arrays = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, complaints: Path, addresses: Path, entities: Path) -> Path:
    folder = tmp_path_factory.mktemp("models")
    train_category(complaints, folder / "category")
    train_addresses(addresses, folder / "address", recipes=(TINY,))
    train_entities(entities, folder / "entities", recipes=(TINY,))
    return folder


@pytest.fixture(scope="module")
def root(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all three are in use; no refusal changes it."""
    home = tmp_path_factory.mktemp("home") / "models"
    for kind in ("category", "address", "entities"):
        use(home, str(models / kind), now=NOW, narrow=True)
    return home


@pytest.fixture
def own(root: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(root, tmp_path / "home"))


def seal(folder: Path, manifest: Any) -> None:
    """Write the manifest with the sizes and hashes of what stands in the folder."""
    if isinstance(manifest, dict):
        if isinstance(manifest.get("files"), dict):
            for name in [*manifest["files"]]:
                if name.isascii() and (folder / name).is_file():
                    data = (folder / name).read_bytes()
                    manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        content = {key: value for key, value in manifest.items() if key not in ("version", "made_at")}
        if isinstance(manifest.get("version"), str):
            sealed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
            manifest["version"] = hashlib.sha256(sealed).hexdigest()[:16]
    (folder / "manifest.json").write_bytes(orjson.dumps(manifest))


def copied(models: Path, kind: str, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path / "given"
    shutil.copytree(models / kind, folder)
    return folder, orjson.loads((folder / "manifest.json").read_bytes())


def refused(root: Path, folder: Path) -> str:
    """The message of the refusal; nothing of the model is left, and what was in use is."""
    before = in_use(root)
    with pytest.raises(ReadingModelInvalid) as error:
        use(root, str(folder), now=NOW, narrow=True)
    assert in_use(root) == before
    assert not list(root.glob(".text-*"))
    assert [model.fault for model in kept(root)] == [None] * 3
    return error.value.message


@pytest.mark.parametrize("field", ["format", "kind", "version", "features", "settings", "files", "made_at"])
def test_a_manifest_with_odd_values_is_refused_by_name(models: Path, root: Path, tmp_path: Path, field: str) -> None:
    folder, manifest = copied(models, "entities", tmp_path)
    for odd in ODD:
        if field in ("made_at", "version") and isinstance(odd, str):
            continue
        seal(folder, {**manifest, field: odd})
        assert refused(root, folder)
    seal(folder, {name: value for name, value in manifest.items() if name != field})
    if field != "made_at":
        assert "manifest.json" in refused(root, folder)


@pytest.mark.parametrize("odd", [None, 7, "x", [], [[]], {}])
def test_a_manifest_that_is_no_object_is_refused(models: Path, root: Path, tmp_path: Path, odd: Any) -> None:
    folder, _ = copied(models, "category", tmp_path)
    seal(folder, odd)
    assert "manifest.json" in refused(root, folder)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *(("category", field) for field in ("names", "temperature", "views", "codes")),
        *(("address", field) for field in ("labels", "layers", "likely")),
        ("category", "engine"),
    ],
)
def test_settings_of_other_types_are_refused(models: Path, root: Path, tmp_path: Path, kind: str, field: str) -> None:
    folder, manifest = copied(models, kind, tmp_path)
    fine: tuple[Any, ...] = {"likely": (True,), "codes": (None, {}), "temperature": (7,)}.get(field, ())
    for odd in ODD:
        if odd not in fine or (field == "temperature" and odd is True):
            seal(folder, {**manifest, "settings": {**manifest["settings"], field: odd}})
            assert refused(root, folder)


def packed(folder: Path, change: Callable[[Arrays], None]) -> None:
    with np.load(folder / "arrays.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    change(arrays)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    (folder / "arrays.npz").write_bytes(buffer.getvalue())


def poisoned(name: str, value: float) -> Callable[[Arrays], None]:
    def change(arrays: Arrays) -> None:
        arrays[name].flat[arrays[name].size // 2] = value

    return change


def replaced(name: str, made: Callable[[NDArray[Any]], NDArray[Any]]) -> Callable[[Arrays], None]:
    def change(arrays: Arrays) -> None:
        arrays[name] = made(arrays[name])

    return change


MADE: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "cut": lambda array: array[:-1],
    "longer": lambda array: np.concatenate([array, array[:1]]),
    "another type": lambda array: array.astype(np.float64),
    "text": lambda array: np.array(["甲"] * 3),
    "complex": lambda array: array.astype(np.complex64),
    "empty": lambda array: array[:0],
    "a number": lambda array: np.array(1.0, dtype=np.float16),
    "another dimension": lambda array: array[None],
}


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("kind", ["category", "address"])
def test_weights_of_other_shapes_and_types_are_refused(
    models: Path, root: Path, tmp_path: Path, kind: str, made: str
) -> None:
    with np.load(models / kind / "arrays.npz") as stored:
        names = stored.files
    for number, name in enumerate(names):
        folder, manifest = copied(models, kind, tmp_path / str(number))
        packed(folder, replaced(name, MADE[made]))
        seal(folder, manifest)
        if ".words" in name and made in ("cut", "longer", "empty"):
            continue  # a table of codes may be of any length
        assert refused(root, folder), name


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("kind", "name"),
    [("category", "bias"), ("category", "0.weights"), ("address", "wide"), ("entities", "0.embedding")],
)
def test_weights_that_are_no_finite_numbers_are_refused(
    models: Path, root: Path, tmp_path: Path, kind: str, name: str, value: float
) -> None:
    folder, manifest = copied(models, kind, tmp_path)
    packed(folder, poisoned(name, value))
    seal(folder, manifest)
    told = refused(root, folder)
    assert "arrays.npz" in told
    assert name in told


@pytest.mark.parametrize("name", ["arrays.npz", "words.json", "card.json"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'[{"a": -1}]',
        b'[{"a": 1e99}]',
        b"\x93NUMPY" + b"\0" * 99,
        b"PK\x05\x06" + b"\0" * 18,
    ],
)
def test_files_that_hold_something_else_are_refused_by_name(
    models: Path, root: Path, tmp_path: Path, name: str, data: bytes
) -> None:
    folder, manifest = copied(models, "entities", tmp_path)
    (folder / name).write_bytes(data)
    seal(folder, manifest)
    if name == "words.json" and data == b"[]":
        return
    assert name in refused(root, folder)


@pytest.mark.parametrize(
    "card",
    [
        {"trained_on": "many"},
        {"metrics": None},
        {"metrics": {"macro_f1": "best"}},
        {"metrics": {"macro_f1": 7}},
        {"metrics": {"total": []}},
        {"metrics": {"labels": {"company": {"precision": 40}}}},
    ],
)
def test_a_card_that_boasts_is_refused(models: Path, root: Path, tmp_path: Path, card: dict[str, Any]) -> None:
    for number, kind in enumerate(("category", "entities")):
        folder, manifest = copied(models, kind, tmp_path / str(number))
        (folder / "card.json").write_bytes(orjson.dumps(card))
        seal(folder, manifest)
        assert "card.json" in refused(root, folder)


@pytest.mark.parametrize("share", [0, 1, 50, 99])
def test_truncated_weights_are_refused_sealed_or_not(models: Path, root: Path, tmp_path: Path, share: int) -> None:
    folder, manifest = copied(models, "category", tmp_path)
    data = (folder / "arrays.npz").read_bytes()
    (folder / "arrays.npz").write_bytes(data[: len(data) * share // 100])
    assert "arrays.npz" in refused(root, folder)
    seal(folder, manifest)
    assert "arrays.npz" in refused(root, folder)


def test_labels_that_were_swapped_or_lost_are_refused(models: Path, root: Path, tmp_path: Path) -> None:
    folder, manifest = copied(models, "category", tmp_path)
    names = manifest["settings"]["names"]
    swapped = {**manifest, "settings": {**manifest["settings"], "names": names[::-1]}}
    (folder / "manifest.json").write_bytes(orjson.dumps(swapped))  # not sealed: sealed it would be another model
    assert "manifest.json" in refused(root, folder)
    seal(folder, {**manifest, "settings": {**manifest["settings"], "names": names[1:]}})
    assert "arrays.npz" in refused(root, folder)


@pytest.mark.parametrize("name", ["../words.json", "..", "", "甲" * 300, "a\0b", "/etc/passwd", "nothing.bin"])
def test_files_outside_the_folder_are_refused(models: Path, root: Path, tmp_path: Path, name: str) -> None:
    folder, manifest = copied(models, "entities", tmp_path)
    manifest["files"][name] = manifest["files"]["words.json"]
    seal(folder, manifest)
    assert refused(root, folder)


def test_a_model_damaged_in_the_home_is_told_and_can_be_taken_in_again(models: Path, own: Path) -> None:
    root, before = own, read_text(TEXT, Gazetteer(), models=in_use(own))
    folder = in_use(root)["entities"]
    (folder / "words.json").write_bytes(b"[]")
    with pytest.raises(ReadingModelInvalid, match=r"正在使用的模型 entities .*words\.json") as told:
        in_use(root)
    assert "weinao nlp models off entities" in told.value.advice
    assert [model.kind for model in kept(root) if model.fault] == ["entities"]

    shutil.rmtree(folder)
    assert [model.fault for model in kept(root) if model.kind == "entities"] == ["已不在 models 目录中"]
    use(root, str(models / "entities"), now=NOW)
    assert in_use(root)["entities"] == folder
    (folder / "words.json").write_bytes(b"[]")
    use(root, str(models / "entities"), now=NOW)
    assert in_use(root)["entities"] == folder
    assert all(model.fault is None for model in kept(root))
    assert read_text(TEXT, Gazetteer(), models=in_use(root)) == before


@pytest.mark.parametrize("odd", [*ODD, {"history": [{"version": [], "at": "x", "before": 1}]}, {"history": {}}])
def test_a_damaged_list_of_what_is_in_use_is_told(own: Path, odd: Any) -> None:
    (own / "entities" / "use.json").write_bytes(orjson.dumps(odd))
    with pytest.raises(ReadingModelInvalid, match=r"use\.json"):
        in_use(own)
