"""A `State` on disk: sealed files in one folder, and a pointer to it that is replaced at once.

A snapshot is a cache. Killed anywhere, the pointer leads to the old one or to the new one, never to half of one; what
is damaged, of another format or of another declaration is `StateMissing`, and a run makes it anew. Every file is sealed
for its name and its snapshot, so that none can be exchanged for another.
"""

from __future__ import annotations

import errno
import io
import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import polars as pl

from core.errors import DiskFull, HomeNotWritable, ResolutionError, StateMissing
from resolution.clusters.threshold import Decision
from resolution.features.standardise import Context
from resolution.model.declaration import Declaration
from resolution.model.model import read_model
from resolution.state import State

# Both take the bytes and the name that they are bound to; opening raises `KeyUnusable`.
Seal = Callable[[bytes, str], bytes]
Open = Callable[[bytes, str], bytes]

FORMAT: Final = 1
_POINTER: Final = "current"
_MANIFEST: Final = "manifest.json"
_FRAMES: Final = ("nodes", "members", "pairs", "judgements")
_FREQUENCY: Final = "frequency."
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def save(state: State, folder: Path, seal: Seal) -> None:
    """Write `state` in place of what `folder` holds.

    Raises `DiskFull` and `HomeNotWritable`; what was there then stays.
    """
    name = secrets.token_hex(8)
    target = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.mkdir(mode=0o700)
        files = {part: _write(target / part, seal(data, f"{name}/{part}")) for part, data in _parts(state)}
        manifest = {"format": FORMAT, "declaration": _digest_of(state.model.declaration), "files": files}
        _write(target / _MANIFEST, json.dumps(manifest).encode())
        _flush(target)
        _write(folder / f"{_POINTER}.new", name.encode())
        (folder / f"{_POINTER}.new").replace(folder / _POINTER)
        _flush(folder)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        if error.errno in _FULL:
            raise DiskFull("保存归一状态时磁盘已满") from None
        raise HomeNotWritable(f"归一状态无法写入：{error.strerror}") from None
    for other in folder.iterdir():
        if other.is_dir() and other.name != name:
            shutil.rmtree(other, ignore_errors=True)


def load(folder: Path, open_: Open, declared: Declaration) -> State:
    """The state that was saved last. Raises `StateMissing`, and `KeyUnusable` where it was sealed by another key."""
    name, sealed = _sealed(folder, declared)
    parts = {part: open_(sealed.pop(part), f"{name}/{part}") for part in list(sealed)}
    try:
        return _state(parts, declared)
    except (ValueError, KeyError, TypeError, ResolutionError, pl.exceptions.PolarsError):
        raise StateMissing(f"“{declared.kind}”的归一状态不完整") from None


def run_of(folder: Path, open_: Open, declared: Declaration) -> str:
    """The run whose state was saved last, whole and to be opened; raises as `load` does."""
    name, sealed = _sealed(folder, declared)
    try:
        return str(json.loads(open_(sealed["facts"], f"{name}/facts"))["run_id"])
    except (ValueError, KeyError, TypeError):
        raise StateMissing(f"“{declared.kind}”的归一状态不完整") from None


def _sealed(folder: Path, declared: Declaration) -> tuple[str, dict[str, bytes]]:
    """The name of the snapshot, and its files as they rest. Raises `StateMissing`."""
    try:
        name = (folder / _POINTER).read_text(encoding="ascii")
        manifest = json.loads((folder / name / _MANIFEST).read_bytes())
        if manifest["format"] != FORMAT or manifest["declaration"] != _digest_of(declared):
            raise StateMissing(f"“{declared.kind}”的归一状态属于另一个版本的程序或匹配声明")
        sealed = {part: (folder / name / part).read_bytes() for part in manifest["files"]}
        torn = any(_digest(sealed[part]) != digest for part, digest in manifest["files"].items())
    except FileNotFoundError:
        raise StateMissing(f"还没有“{declared.kind}”的归一状态") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        torn = True
    if torn:
        raise StateMissing(f"“{declared.kind}”的归一状态已损坏")
    return name, sealed


def _parts(state: State) -> list[tuple[str, bytes]]:
    facts = {
        "run_id": state.run_id,
        "base": state.base,
        "model": state.model.to_json(),
        "context": state.context.to_json(),
        "population": state.population,
        "decision": asdict(state.decision),
        "covered": state.covered,
        "report": state.report,
    }
    frames = {name: getattr(state, name) for name in _FRAMES}
    frames |= {f"{_FREQUENCY}{column}": frame for column, frame in state.frequencies.items()}
    return [("facts", json.dumps(facts, ensure_ascii=False).encode()), *((k, _packed(v)) for k, v in frames.items())]


def _state(parts: dict[str, bytes], declared: Declaration) -> State:
    facts: dict[str, Any] = json.loads(parts.pop("facts"))
    frames = {name: pl.read_ipc(io.BytesIO(parts.pop(name))) for name in list(parts)}
    return State(
        run_id=facts["run_id"],
        base=facts["base"],
        model=read_model(facts["model"], "state", declared),
        context=Context.from_json(facts["context"]),
        population=facts["population"],
        decision=Decision(**facts["decision"]),
        covered=facts["covered"],
        report=facts["report"],
        frequencies={
            name.removeprefix(_FREQUENCY): frame for name, frame in frames.items() if name.startswith(_FREQUENCY)
        },
        **{name: frames[name] for name in _FRAMES},
    )


def _packed(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()


def _write(path: Path, data: bytes) -> str:
    """The digest of what is then on the disk for certain."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return _digest(data)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _digest_of(declared: Declaration) -> str:
    return _digest(repr(declared).encode())
