"""Which trained models a home uses: versions kept side by side, one of each kind in use, a way back.

    models/<kind>/<version>/    a model as `nlp.models.store` describes it; the version is its content's hash
    models/<kind>/use.json      what was in use from when on; the last entry is what is in use now

A model is copied beside its place, verified and tried there, and moved into it; only then is `use.json` replaced, in
one step. Whatever kills the process leaves the old model in use, or the new one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

import orjson
from pydantic import Field

from core.errors import ReadingModelInvalid
from nlp.models.cards import Card, read_card
from nlp.models.coverage import ENOUGH_ROWS, Coverage, coverage
from nlp.models.forms import Form, filled
from nlp.models.importing import as_stored
from nlp.models.labels import codes_of
from nlp.models.store import MANIFEST, Manifest, read_manifest, restate, verify
from nlp.models.trial import try_model

KINDS: Final = ("category", "entities", "address")
_POINTER: Final = "use.json"
_KINDS_ARE: Final = "种类是 category、entities 或 address。"
_UNFINISHED: Final = ".text-"


@dataclass(frozen=True, slots=True)
class Use:
    """What was taken into use at `at` (ISO 8601): a version, or None for the shipped rules.

    `before` is the place in the history of what a way back leads to, None where there is none.
    """

    version: str | None
    at: str
    before: Annotated[int, Field(ge=-1)] | None


class _Pointer(Form):
    history: list[Use]


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
    """The folder of the model in use of each kind that has one.

    Raises ReadingModelInvalid for one that is gone or changed.
    """
    found: dict[str, Path] = {}
    for kind in KINDS:
        history = _history(root, kind)
        version = history[-1].version if history else None
        if version is None:
            continue
        fault = _fault_in_use(root / kind / version, kind)
        if fault:
            raise ReadingModelInvalid(
                f"正在使用的模型 {kind} {version} 不能再用：{fault}",
                remedy=f"请用原来的模型目录再次运行 weinao nlp models use，或运行 weinao nlp models off {kind} 停用。",
            )
        found[kind] = root / kind / version
    return found


def kept(root: Path) -> list[Kept]:
    """Every model of the home, newest first within its kind."""
    found: list[Kept] = []
    for kind in KINDS:
        history = _history(root, kind)
        used = history[-1].version if history else None
        versions = {path.name for path in (root / kind).glob("*") if path.is_dir()} | ({used} if used else set())
        models = [_kept(root / kind / version, kind, in_use=version == used) for version in versions]
        found += sorted(models, key=lambda model: model.made_at, reverse=True)
    return found


def use(root: Path, given: str, *, now: datetime, taxonomy: Path | None = None, narrow: bool = False) -> Kept:
    """Take a model into the home and into use: `given` is a directory, or a version that the home has.

    The directory is one of `weinao nlp train` or an ONNX export (see `nlp.models.importing`). `taxonomy` is a table of
    the model's category names and our codes, needed where they are neither our codes nor our names. A category model
    that knows little (see `coverage.Coverage.narrow`) is taken with `narrow` alone. Raises ReadingModelInvalid for a
    model that is changed, foreign, narrow, cannot read, or speaks of categories that the taxonomy does not know.
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
            raise ReadingModelInvalid(f"模型 {folder.name} 的种类不能使用", remedy=_KINDS_ARE)
        card = read_card(copy)
        if manifest.kind == "category":
            manifest = _with_codes(copy, manifest, taxonomy)
            if not narrow:
                _refuse_narrow(folder.name, card, _coverage(manifest, card))
        try_model(manifest.kind, copy)
        place = root / manifest.kind / manifest.version
        if _fault(place, manifest.kind):
            place.parent.mkdir(exist_ok=True, mode=0o700)
            if place.exists():
                place.rename(scratch / "damaged")
            copy.rename(place)
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
    if earlier is None or earlier >= len(history):
        raise ReadingModelInvalid(f"{kind} 没有更早的模型可以退回", remedy="weinao nlp models 列出已有的版本。")
    version, before = (history[earlier].version, history[earlier].before) if earlier >= 0 else (None, None)
    if version is not None:
        verify(root / kind / version, kind)
        try_model(kind, root / kind / version)
    _append(root, kind, history, version, before, now)
    return version


def engine_of(folder: Path) -> str:
    """`transformer` or `trained`, the first half of the component's name."""
    return str(read_manifest(folder).settings.get("engine", "trained"))


def _with_codes(copy: Path, manifest: Manifest, taxonomy: Path | None) -> Manifest:
    """A category model whose names need a table carries it in its settings, and is a version of its own by that."""
    settings = manifest.settings
    codes = codes_of(_names(manifest), taxonomy, settings.get("codes"))
    if taxonomy is None or codes == settings.get("codes"):
        return manifest
    return restate(copy, {**settings, "codes": codes})


def _names(manifest: Manifest) -> list[str]:
    """The categories of a model, whatever its settings hold for them."""
    names = manifest.settings.get("names")
    return [str(name) for name in names] if isinstance(names, list) else []


def _refuse_narrow(name: str, card: Card, known: Coverage | None) -> None:
    if known is None or not known.narrow:
        return
    rows = f"，用 {known.rows:,} 条训练" if known.rows is not None else ""
    f1 = f"，留出部分的 F1 {card.figures['f1']:.2f}" if "f1" in card.figures else ""
    raise ReadingModelInvalid(
        f"模型 {name} 认识诉求分类表 {known.total} 个二级类别中的 {known.known} 个{rows}{f1}",
        remedy=(
            f"覆盖不到三分之二或训练少于 {ENOUGH_ROWS:,} 条的模型容易误判；请补充数据重新训练。"
            "确要使用，请加 --yes：模型不认识的类别仍由自带的解读器判断。"
        ),
    )


def _coverage(manifest: Manifest, card: Card) -> Coverage | None:
    if manifest.kind != "category":
        return None
    try:
        codes = codes_of(_names(manifest), stated=manifest.settings.get("codes"))
    except ReadingModelInvalid:
        return None  # not in our terms, and so never in use
    return coverage(frozenset(codes.values()), card.trained_on)


def _kept(folder: Path, kind: str, *, in_use: bool) -> Kept:
    fault = _fault_in_use(folder, kind)
    try:
        manifest, card = read_manifest(folder, kind), read_card(folder)
    except ReadingModelInvalid as error:
        return Kept(kind, folder.name, "", "", {}, in_use, fault or error.message)
    engine = str(manifest.settings.get("engine", "trained"))
    known = _coverage(manifest, card)
    return Kept(kind, manifest.version, engine, manifest.made_at, card.figures, in_use, fault, known)


def _fault_in_use(folder: Path, kind: str) -> str | None:
    """What is wrong with a model of the home, if anything; its files are read again only when one has changed."""
    try:
        files = sorted((file.name, file.stat().st_size, file.stat().st_ctime_ns) for file in folder.iterdir())
    except OSError:
        return "已不在 models 目录中"
    return _known_fault(folder, kind, tuple(files))


@lru_cache(maxsize=32)
def _known_fault(folder: Path, kind: str, files: tuple[tuple[str, int, int], ...]) -> str | None:
    del files  # by which it is remembered
    return _fault(folder, kind)


def _fault(folder: Path, kind: str) -> str | None:
    try:
        verify(folder, kind)
    except ReadingModelInvalid as error:
        return error.message
    return None


def _checked_kind(kind: str) -> str:
    if kind not in KINDS:
        raise ReadingModelInvalid("没有这个模型种类", remedy=_KINDS_ARE)
    return kind


def _history(root: Path, kind: str) -> list[Use]:
    file = root / kind / _POINTER
    try:
        return filled(_Pointer, orjson.loads(file.read_bytes()), _POINTER).history
    except FileNotFoundError:
        return []
    except (OSError, orjson.JSONDecodeError, ReadingModelInvalid) as error:
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
