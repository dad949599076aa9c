"""A model's directory copied for use: one of `weinao nlp train` as it is, an ONNX export with a manifest of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

import orjson

from core.errors import ReadingModelInvalid
from nlp.models.store import MANIFEST, ONNX, listed_file, read_manifest, write_model

MODEL: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
CONFIG: Final = "config.json"
_OPTIONAL: Final = ("model.onnx_data", "card.json", "CARD.md")
_KINDS: Final = {"ForSequenceClassification": "category", "ForTokenClassification": "entities"}


def as_stored(folder: Path, target: Path) -> Path:
    """Copy to `target` what the manifest lists, or the files of an export. Raises ReadingModelInvalid."""
    if not (folder / MANIFEST).is_file() and (folder / MODEL).is_file():
        return _exported(folder, target)
    manifest = read_manifest(folder)
    target.mkdir(mode=0o700)
    for name in (MANIFEST, *manifest.files):
        try:
            shutil.copyfile(listed_file(folder, name), target / name)
        except OSError as error:
            raise ReadingModelInvalid(f"模型 {folder.name} 的文件 {name} 无法复制：{error.strerror}") from error
    return target


def _exported(folder: Path, target: Path) -> Path:
    missing = [name for name in (TOKENIZER, CONFIG) if not (folder / name).is_file()]
    if missing:
        raise ReadingModelInvalid(
            f"目录 {folder.name} 缺少 {'、'.join(missing)}", remedy="请用 optimum-cli export onnx 导出整个目录。"
        )
    config = export_config(folder)
    told = config.get("architectures")
    architectures = [str(name) for name in told] if isinstance(told, list) else []
    kind = next((kind for end, kind in _KINDS.items() for name in architectures if name.endswith(end)), None)
    if kind is None:
        raise ReadingModelInvalid(
            f"{folder.name}/{CONFIG} 中的模型不是文本分类或逐字标注",
            remedy="需要 …ForSequenceClassification 或 …ForTokenClassification。",
        )
    settings: dict[str, Any] = {"engine": "transformer", "names": labels_of(config, folder.name)}
    names = [MODEL, TOKENIZER, CONFIG, *(name for name in _OPTIONAL if (folder / name).is_file())]
    write_model(target, kind, settings, None, {name: (folder / name).read_bytes() for name in names}, ONNX)
    return target


def export_config(folder: Path) -> dict[str, Any]:
    try:
        return dict(orjson.loads((folder / CONFIG).read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError, ValueError) as error:
        raise ReadingModelInvalid(f"{folder.name}/{CONFIG} 无法读取") from error


def labels_of(config: dict[str, Any], name: str) -> list[str]:
    """The labels of an export, by their number."""
    try:
        by_number = {int(number): str(label) for number, label in config["id2label"].items()}
        return [by_number[number] for number in range(len(by_number))]
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise ReadingModelInvalid(f"{name}/{CONFIG} 没有完整的 id2label") from error
