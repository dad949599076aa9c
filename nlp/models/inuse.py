"""Which trained models a home uses: versions kept side by side, one of each kind in use, a way back.

    models/<kind>/<version>/    a model as `nlp.models.store` describes it; the version is its content's hash
    models/<kind>/use.json      what was in use from when on; the last entry is what is in use now

A model is copied beside its place, verified there, and moved into it; only then is `use.json` replaced, in one step.
Whatever kills the process leaves the old model in use, or the new one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from core.errors import ReadingModelInvalid
from nlp.models.coverage import ENOUGH_ROWS, Coverage, coverage
from nlp.models.importing import as_stored
from nlp.models.labels import codes_of
from nlp.models.store import MANIFEST, Manifest, read_manifest, restate, verify

KINDS: Final = ("category", "entities", "address")
CARD: Final = "card.json"
_POINTER: Final = "use.json"
_UNFINISHED: Final = ".text-"


@dataclass(frozen=True, slots=True)
class Use:
    """What was taken into use at `at` (ISO 8601): a version, or None for the shipped rules.

    `before` is the place in the history of what a way back leads to, None where there is none.
    """

    version: str | None
    at: str
    before: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A model of the home. `figures` are those of its card: macro_f1 or f1, and on how many texts.

    `coverage` says of a category model how much of the taxonomy it knows.
    """

    kind: str
    version: str
    engine: str
    made_at: str
    figures: Mapping[str, float]
    in_use: bool
    fault: str | None = None
    coverage: Coverage | None = None


def in_use(root: Path) -> dict[str, Path]:
    """The folder of the model in use of each kind that has one. Raises ReadingModelInvalid for one that is gone."""
    found: dict[str, Path] = {}
    for kind in KINDS:
        history = _history(root, kind)
        version = history[-1].version if history else None
        if version is None:
            continue
        folder = root / kind / version
        if not (folder / MANIFEST).is_file():
            raise ReadingModelInvalid(
                f"正在使用的模型 {kind} {version} 已不在 models 目录中",
                remedy=f"请重新放回该目录，或运行 weinao nlp models off {kind}。",
            )
        found[kind] = folder
    return found


def kept(root: Path) -> list[Kept]:
    """Every model of the home, newest first within its kind."""
    found: list[Kept] = []
    for kind in KINDS:
        history = _history(root, kind)
        used = history[-1].version if history else None
        folders = [path for path in (root / kind).glob("*") if path.is_dir()]
        models = [_kept(folder, kind, in_use=folder.name == used) for folder in folders]
        found += sorted(models, key=lambda model: model.made_at, reverse=True)
    return found


def use(root: Path, given: str, *, now: datetime, taxonomy: Path | None = None, narrow: bool = False) -> Kept:
    """Take a model into the home and into use: `given` is a directory, or a version that the home has.

    The directory is one of `weinao nlp train` or an ONNX export (see `nlp.models.importing`). `taxonomy` is a table of
    the model's category names and our codes, needed where they are neither our codes nor our names. A category model
    that knows little (see `coverage.Coverage.narrow`) is taken with `narrow` alone. Raises ReadingModelInvalid for a
    model that is changed, foreign, narrow, or speaks of categories that the taxonomy does not know.
    """
    known = next((root / kind / given for kind in KINDS if (root / kind / given / MANIFEST).is_file()), None)
    folder = known if known and Path(given).name == given else Path(given)
    if not folder.is_dir():
        raise ReadingModelInvalid(
            f"没有版本或目录 {folder.name}", remedy="weinao nlp models 列出已有的版本；新模型请给出其目录。"
        )
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in root.glob(f"{_UNFINISHED}*"):  # by a process that was killed: writers come one at a time
        shutil.rmtree(left)
    scratch = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=root))
    try:
        copy = as_stored(folder, scratch / folder.resolve().name)
        manifest = verify(copy)
        if manifest.kind not in KINDS:
            raise ReadingModelInvalid(f"模型 {folder.name} 的种类 {manifest.kind} 不能使用")
        if manifest.kind == "category":
            manifest = _with_codes(copy, manifest, taxonomy)
            if not narrow:
                _refuse_narrow(folder.name, _kept(copy, manifest.kind, in_use=False))
        place = root / manifest.kind / manifest.version
        if not (place / MANIFEST).is_file():
            place.parent.mkdir(exist_ok=True, mode=0o700)
            copy.rename(place)
        else:
            verify(place)  # it was there before: is it still what it was?
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    history = _history(root, manifest.kind)
    if not history or history[-1].version != manifest.version:
        _append(root, manifest.kind, history, manifest.version, len(history) - 1, now)
    return _kept(place, manifest.kind, in_use=True)


def off(root: Path, kind: str, *, now: datetime) -> None:
    """Return to the shipped rules; the models stay."""
    history = _history(root, _checked_kind(kind))
    if history and history[-1].version is not None:
        _append(root, kind, history, None, len(history) - 1, now)


def back(root: Path, kind: str, *, now: datetime) -> str | None:
    """Return to what was in use before; gives its version, None for the shipped rules. Raises ReadingModelInvalid."""
    history = _history(root, _checked_kind(kind))
    earlier = history[-1].before if history else None
    if earlier is None:
        raise ReadingModelInvalid(f"{kind} 没有更早的模型可以退回", remedy="weinao nlp models 列出已有的版本。")
    version, before = (history[earlier].version, history[earlier].before) if earlier >= 0 else (None, None)
    if version is not None:
        verify(root / kind / version, kind)
    _append(root, kind, history, version, before, now)
    return version


def engine_of(folder: Path) -> str:
    """`transformer` or `trained`, the first half of the component's name."""
    return str(read_manifest(folder).settings.get("engine", "trained"))


def _with_codes(copy: Path, manifest: Manifest, taxonomy: Path | None) -> Manifest:
    """A category model whose names need a table carries it in its settings, and is a version of its own by that."""
    settings = manifest.settings
    names = [str(name) for name in settings.get("names", ())]
    codes = codes_of(names, taxonomy, settings.get("codes"))
    if taxonomy is None or codes == settings.get("codes"):
        return manifest
    return restate(copy, {**settings, "codes": codes})


def _refuse_narrow(name: str, model: Kept) -> None:
    known = model.coverage
    if known is None or not known.narrow:
        return
    rows = f"，用 {known.rows:,} 条训练" if known.rows is not None else ""
    f1 = f"，留出部分的 F1 {model.figures['f1']:.2f}" if "f1" in model.figures else ""
    raise ReadingModelInvalid(
        f"模型 {name} 认识诉求分类表 {known.total} 个二级类别中的 {known.known} 个{rows}{f1}",
        remedy=(
            f"覆盖不到三分之二或训练少于 {ENOUGH_ROWS:,} 条的模型容易误判；请补充数据重新训练。"
            "确要使用，请加 --yes：模型不认识的类别仍由自带的解读器判断。"
        ),
    )


def _coverage(manifest: Manifest, card: Mapping[str, Any]) -> Coverage | None:
    if manifest.kind != "category":
        return None
    names = [str(name) for name in manifest.settings.get("names", ())]
    try:
        codes = codes_of(names, stated=manifest.settings.get("codes"))
    except ReadingModelInvalid:
        return None  # not in our terms, and so never in use
    return coverage(frozenset(codes.values()), card.get("trained_on"))


def _kept(folder: Path, kind: str, *, in_use: bool) -> Kept:
    try:
        manifest = read_manifest(folder, kind)
        card = orjson.loads((folder / CARD).read_bytes()) if CARD in manifest.files else {}
    except ReadingModelInvalid as error:
        return Kept(kind, folder.name, "", "", {}, in_use, error.message)
    except (OSError, orjson.JSONDecodeError):
        return Kept(kind, folder.name, "", "", {}, in_use, f"{CARD} 无法读取")
    engine = str(manifest.settings.get("engine", "trained"))
    return Kept(
        kind, manifest.version, engine, manifest.made_at, _figures(card), in_use, coverage=_coverage(manifest, card)
    )


def _figures(card: Mapping[str, Any]) -> dict[str, float]:
    metrics = card.get("metrics", {})
    f1 = metrics.get("macro_f1", metrics.get("total", {}).get("f1"))
    measured = {"f1": f1, "measured_on": card.get("measured_on"), "calibration_error": metrics.get("calibration_error")}
    return {name: value for name, value in measured.items() if value is not None}


def _checked_kind(kind: str) -> str:
    if kind not in KINDS:
        raise ReadingModelInvalid(f"没有名为 {kind} 的模型种类", remedy="种类是 category、entities 或 address。")
    return kind


def _history(root: Path, kind: str) -> list[Use]:
    file = root / kind / _POINTER
    try:
        told = orjson.loads(file.read_bytes())
        return [Use(one["version"], str(one["at"]), one["before"]) for one in told["history"]]
    except FileNotFoundError:
        return []
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ReadingModelInvalid(
            f"models/{kind}/{_POINTER} 无法读取", remedy="请从备份恢复该文件；删除它则回到自带的规则。"
        ) from error


def _append(root: Path, kind: str, history: list[Use], version: str | None, before: int | None, now: datetime) -> None:
    (root / kind).mkdir(parents=True, exist_ok=True, mode=0o700)
    entries = [*history, Use(version, now.isoformat(timespec="seconds"), before)]
    file = root / kind / _POINTER
    fresh = file.with_suffix(".new")
    with fresh.open("wb") as out:
        out.write(orjson.dumps({"history": [asdict(entry) for entry in entries]}, option=orjson.OPT_INDENT_2))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
