"""Reading many distinct texts on every core."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from core.values import InvalidValue
from resolution.features.feature_type import Row
from resolution.features.registry import FEATURE_TYPES

# Fewer texts are read before a worker process has started.
_WORTH_WORKERS: Final = 60_000
_CHUNK: Final = 10_000


def read_all(type_name: str, texts: list[str]) -> list[Row | None]:
    """What the feature type reads in each text; None where it says nothing."""
    workers = min(os.cpu_count() or 1, 8)
    if len(texts) < _WORTH_WORKERS or workers < 2:
        return read_chunk(type_name, texts)
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        read = pool.map(read_chunk, [type_name] * len(chunks), chunks)
        return [row for rows in read for row in rows]


def read_chunk(type_name: str, texts: list[str]) -> list[Row | None]:
    """The work of one worker."""
    read = FEATURE_TYPES[type_name].read
    rows: list[Row | None] = []
    for text in texts:
        try:
            rows.append(read(text))
        except InvalidValue:
            rows.append(None)
    return rows
