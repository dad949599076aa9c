"""A trained model as a directory that can be loaded without executing anything of it.

    manifest.json   format, kind, feature set, settings, moment, and name, size and SHA-256 of every other file
    arrays.npz      numbers alone (`allow_pickle=False`)
    words.json      words of the lexicon, where the model has one
    card.json, CARD.md   what it was made of, and how well it does

A transformer has the files of an ONNX export in place of arrays and words (see `nlp.models.transformer`).

The version is a hash of the manifest's content, but for the moment: equal training gives an equal version. It finds
damage and changes of a copy; it is no signature: who can write the directory can write a whole other model.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from core.clock import local_now
from core.errors import ReadingModelInvalid
from nlp.models.features import FEATURE_SET, FEATURE_SETS

FORMAT: Final = "weinao-text-model-1"
MANIFEST: Final = "manifest.json"
ARRAYS: Final = "arrays.npz"
ONNX: Final = "onnx-1"
"""Feature set of a transformer, in the manifest: its own tokenizer cuts the text."""
_FEATURES: Final = (*FEATURE_SETS, ONNX)
_VERSION_LENGTH: Final = 16
_LARGEST: Final = 1 << 30

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Manifest:
    """What a directory says that it holds; `files` is size and SHA-256 by name."""

    kind: str
    version: str
    features: str
    settings: dict[str, Any]
    files: dict[str, dict[str, Any]]
    made_at: str = ""


@dataclass(frozen=True)
class StoredModel:
    """A model as read: `settings` is what its kind needs beside arrays and other files."""

    kind: str
    version: str
    features: str
    settings: dict[str, Any]
    arrays: Arrays
    files: dict[str, bytes]


def write_model(
    folder: Path,
    kind: str,
    settings: Mapping[str, object],
    arrays: Arrays | None,
    files: Mapping[str, bytes],
    features: str = FEATURE_SET,
) -> str:
    """Write the directory, all or nothing, in place of an older model of that name; gives the version.

    Only its owner can open it: a model knows words of the texts it was trained on.

    Raises ReadingModelInvalid where `folder` holds something else than a model.
    """
    folder = folder.absolute()
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise ReadingModelInvalid(f"目录 {folder.name} 已有其他文件，不会覆盖", remedy="请换一个空目录。")
    contents = {**files} if arrays is None else {ARRAYS: _packed(arrays), **files}
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "kind": kind,
        "features": features,
        "settings": dict(settings),
        "files": {name: {"bytes": len(data), "sha256": _sha256(data)} for name, data in sorted(contents.items())},
    }
    manifest["version"] = _version(manifest)
    manifest["made_at"] = local_now().isoformat(timespec="seconds")
    contents[MANIFEST] = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, data in contents.items():
            (fresh / name).write_bytes(data)
        _put_in_place(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return str(manifest["version"])


def _put_in_place(fresh: Path, folder: Path) -> None:
    old = fresh.with_name(fresh.name + "-old")
    if folder.exists():
        folder.rename(old)
    fresh.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def read_model(folder: Path, kind: str | None = None) -> StoredModel:
    """The model of a directory, every byte checked against its manifest.

    Raises ReadingModelInvalid where it is no model, of another format or kind, incomplete or changed.
    """
    manifest = read_manifest(folder, kind)
    if manifest.features not in FEATURE_SETS:
        raise ReadingModelInvalid(f"模型 {folder.name} 属于另一个版本的程序")
    files = {name: _checked(folder, name, facts) for name, facts in manifest.files.items()}
    arrays = _unpacked(folder.name, files.pop(ARRAYS, b""))
    return StoredModel(manifest.kind, manifest.version, manifest.features, manifest.settings, arrays, files)


def read_manifest(folder: Path, kind: str | None = None) -> Manifest:
    """What the directory says that it holds; its files are not looked at. Raises ReadingModelInvalid."""
    name = folder.name
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
        found = Manifest(
            str(manifest["kind"]),
            str(manifest["version"]),
            str(manifest["features"]),
            dict(manifest["settings"]),
            dict(manifest["files"]),
            str(manifest.get("made_at", "")),
        )
        known = manifest["format"] == FORMAT and found.features in _FEATURES
    except OSError as error:
        raise ReadingModelInvalid(f"目录 {name} 中没有可读的 {MANIFEST}") from error
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ReadingModelInvalid(f"模型 {name} 的 {MANIFEST} 无法解析") from error
    if not known:
        raise ReadingModelInvalid(f"模型 {name} 属于另一个版本的程序")
    if kind is not None and found.kind != kind:
        raise ReadingModelInvalid(f"模型 {name} 的种类是 {found.kind}，这里需要 {kind}")
    if _version(manifest) != found.version:
        raise ReadingModelInvalid(f"模型 {name} 的 {MANIFEST} 与其版本号不符")
    return found


def verify(folder: Path, kind: str | None = None) -> Manifest:
    """`read_manifest`, with every file it lists read and compared. Raises ReadingModelInvalid."""
    manifest = read_manifest(folder, kind)
    for file, facts in manifest.files.items():
        _checked(folder, file, facts)
    return manifest


def restate(folder: Path, settings: Mapping[str, object]) -> Manifest:
    """Give a directory that nobody uses yet other settings, and with them a version of its own."""
    manifest = orjson.loads((folder / MANIFEST).read_bytes())
    manifest["settings"] = dict(settings)
    manifest["version"] = _version(manifest)
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    return read_manifest(folder)


def _checked(folder: Path, file: str, facts: Mapping[str, Any]) -> bytes:
    try:
        size, digest = int(facts["bytes"]), str(facts["sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise ReadingModelInvalid(f"模型 {folder.name} 的 {MANIFEST} 无法解析") from error
    if Path(file).name != file or size > _LARGEST:
        raise ReadingModelInvalid(f"模型 {folder.name} 的 {MANIFEST} 列出了不允许的文件")
    try:
        data = (folder / file).read_bytes()
    except OSError as error:
        raise ReadingModelInvalid(f"模型 {folder.name} 缺少文件 {file}") from error
    if len(data) != size or _sha256(data) != digest:
        raise ReadingModelInvalid(f"模型 {folder.name} 的文件 {file} 被改动过")
    return data


def _packed(arrays: Arrays) -> bytes:
    """An .npz whose bytes depend on nothing but the arrays: equal training gives an equal version."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, array in sorted(arrays.items()):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), member.getvalue(), zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def _unpacked(name: str, data: bytes) -> Arrays:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise ReadingModelInvalid(f"模型 {name} 的 {ARRAYS} 无法读取") from error


def _version(manifest: Mapping[str, Any]) -> str:
    content = {key: value for key, value in manifest.items() if key not in ("version", "made_at")}
    return _sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))[:_VERSION_LENGTH]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
