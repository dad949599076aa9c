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
from typing import Annotated, Any, Final

import numpy as np
import orjson
from numpy.typing import DTypeLike, NDArray
from pydantic import Field

from core.clock import local_now
from core.errors import ReadingModelInvalid
from nlp.models.features import FEATURE_SET, FEATURE_SETS
from nlp.models.forms import Form, filled

FORMAT: Final = "weinao-text-model-1"
MANIFEST: Final = "manifest.json"
ARRAYS: Final = "arrays.npz"
ONNX: Final = "onnx-1"
"""Feature set of a transformer, in the manifest: its own tokenizer cuts the text."""
_FEATURES: Final = (*FEATURE_SETS, ONNX)
_VERSION_LENGTH: Final = 16
_LARGEST: Final = 1 << 30
_LONGEST_NAME: Final = 200

Arrays = dict[str, NDArray[Any]]


class Listed(Form):
    """A file of a directory."""

    bytes: Annotated[int, Field(ge=0, le=_LARGEST)]
    sha256: str


class Manifest(Form):
    """What a directory says that it holds: its files by name."""

    format: str
    kind: str
    version: str
    features: str
    settings: dict[str, Any]
    files: dict[str, Listed]
    made_at: str = ""


@dataclass(frozen=True)
class StoredModel:
    """A model as read: `settings` is what its kind needs beside arrays and other files. `name` is its directory's."""

    name: str
    kind: str
    version: str
    features: str
    settings: dict[str, Any]
    arrays: Arrays
    files: dict[str, bytes]

    def array(self, name: str, dtype: DTypeLike, *shape: int) -> NDArray[Any]:
        """An array of that type and shape, -1 where any size will do. Raises ReadingModelInvalid."""
        found = self.arrays.get(name)
        if found is None:
            raise ReadingModelInvalid(f"模型 {self.name} 的 {ARRAYS} 中没有 {name}")
        fits = found.ndim == len(shape) and all(
            wanted in (-1, size) for wanted, size in zip(shape, found.shape, strict=True)
        )
        if found.dtype != np.dtype(dtype) or not fits:
            raise ReadingModelInvalid(f"模型 {self.name} 的 {ARRAYS} 中 {name} 的类型或形状与 {MANIFEST} 不符")
        return found


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
    stated = (manifest.kind, manifest.version, manifest.features, manifest.settings)
    return StoredModel(folder.name, *stated, arrays, files)


def read_manifest(folder: Path, kind: str | None = None) -> Manifest:
    """What the directory says that it holds; its files are not looked at. Raises ReadingModelInvalid."""
    name = folder.name
    if not (folder / MANIFEST).is_file():
        raise ReadingModelInvalid(f"目录 {name} 中没有可读的 {MANIFEST}")
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise ReadingModelInvalid(f"目录 {name} 中没有可读的 {MANIFEST}") from error
    except orjson.JSONDecodeError as error:
        raise ReadingModelInvalid(f"模型 {name} 的 {MANIFEST} 无法解析") from error
    found = filled(Manifest, manifest, f"模型 {name} 的 {MANIFEST}")
    if found.format != FORMAT or found.features not in _FEATURES:
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


def listed_file(folder: Path, file: str) -> Path:
    """A file that a manifest lists. Raises ReadingModelInvalid where it is not there, or not in the directory."""
    if Path(file).name != file or not file.isprintable() or len(file.encode()) > _LONGEST_NAME:
        raise ReadingModelInvalid(f"模型 {folder.name} 的 {MANIFEST} 列出了不允许的文件")
    path = folder / file
    if not path.is_file():
        raise ReadingModelInvalid(f"模型 {folder.name} 缺少文件 {file}")
    return path


def _checked(folder: Path, file: str, listed: Listed) -> bytes:
    path = listed_file(folder, file)
    try:
        data = path.read_bytes() if path.stat().st_size == listed.bytes else b""
    except OSError as error:
        raise ReadingModelInvalid(f"模型 {folder.name} 的文件 {file} 无法读取") from error
    if len(data) != listed.bytes or _sha256(data) != listed.sha256:
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
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
            size = sum(member.file_size for member in members.values())
            arrays = {key: _array(archive.read(member)) for key, member in members.items()} if size <= _LARGEST else {}
    except Exception as error:  # zipfile, zlib and numpy each have errors of their own for what is damaged
        raise ReadingModelInvalid(f"模型 {name} 的 {ARRAYS} 无法读取") from error
    for key, array in arrays.items():
        if array.dtype.kind not in "fiu" or (array.dtype.kind == "f" and not np.isfinite(array).all()):
            raise ReadingModelInvalid(f"模型 {name} 的 {ARRAYS} 中 {key} 含有不是有限数的值")
    return arrays


def _array(data: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    return array


def _version(manifest: Mapping[str, Any]) -> str:
    content = {key: value for key, value in manifest.items() if key not in ("version", "made_at")}
    return _sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))[:_VERSION_LENGTH]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
