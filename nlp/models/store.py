"""A trained model as a directory that can be loaded without executing anything of it.

    manifest.json   format, kind, feature set, settings, and name, size and SHA-256 of every other file
    arrays.npz      numbers alone (`allow_pickle=False`)
    words.json      words of the lexicon, where the model has one
    card.json, CARD.md   what it was made of, and how well it does

The version is a hash of the manifest's content. It finds damage and changes of a copy; it is no signature: who can
write the directory can write a whole other model.
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

from core.errors import ReadingModelInvalid
from nlp.models.features import FEATURE_SET

FORMAT: Final = "weinao-text-model-1"
MANIFEST: Final = "manifest.json"
ARRAYS: Final = "arrays.npz"
_VERSION_LENGTH: Final = 16
_LARGEST: Final = 1 << 30

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class StoredModel:
    """A model as read: `settings` is what its kind needs beside arrays and other files."""

    kind: str
    version: str
    settings: dict[str, Any]
    arrays: Arrays
    files: dict[str, bytes]


def write_model(
    folder: Path, kind: str, settings: Mapping[str, object], arrays: Arrays, files: Mapping[str, bytes]
) -> str:
    """Write the directory, all or nothing, in place of an older model of that name; gives the version.

    Only its owner can open it: a model knows words of the texts it was trained on.

    Raises ReadingModelInvalid where `folder` holds something else than a model.
    """
    folder = folder.absolute()
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise ReadingModelInvalid(f"目录 {folder.name} 已有其他文件，不会覆盖", remedy="请换一个空目录。")
    contents = {ARRAYS: _packed(arrays), **files}
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "kind": kind,
        "features": FEATURE_SET,
        "settings": dict(settings),
        "files": {name: {"bytes": len(data), "sha256": _sha256(data)} for name, data in sorted(contents.items())},
    }
    manifest["version"] = _version(manifest)
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
    name = folder.name
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
        stated = str(manifest["version"])
        found, listed = str(manifest["kind"]), dict(manifest["files"])
        known = (manifest["format"], manifest["features"]) == (FORMAT, FEATURE_SET)
    except OSError as error:
        raise ReadingModelInvalid(f"目录 {name} 中没有可读的 {MANIFEST}") from error
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ReadingModelInvalid(f"模型 {name} 的 {MANIFEST} 无法解析") from error
    if not known:
        raise ReadingModelInvalid(f"模型 {name} 属于另一个版本的程序")
    if kind is not None and found != kind:
        raise ReadingModelInvalid(f"模型 {name} 的种类是 {found}，这里需要 {kind}")
    if _version(manifest) != stated:
        raise ReadingModelInvalid(f"模型 {name} 的 {MANIFEST} 与其版本号不符")
    files = {file: _checked(folder, file, facts) for file, facts in listed.items()}
    return StoredModel(found, stated, dict(manifest["settings"]), _unpacked(name, files.pop(ARRAYS, b"")), files)


def _checked(folder: Path, file: str, facts: Mapping[str, Any]) -> bytes:
    if Path(file).name != file or facts["bytes"] > _LARGEST:
        raise ReadingModelInvalid(f"模型 {folder.name} 的 {MANIFEST} 列出了不允许的文件")
    try:
        data = (folder / file).read_bytes()
    except OSError as error:
        raise ReadingModelInvalid(f"模型 {folder.name} 缺少文件 {file}") from error
    if len(data) != facts["bytes"] or _sha256(data) != facts["sha256"]:
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
    content = {key: value for key, value in manifest.items() if key != "version"}
    return _sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))[:_VERSION_LENGTH]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
