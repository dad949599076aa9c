"""Complaints read: text in, a `Reading` out.

A text that cannot be read never stops a batch: its reading is empty and says why. Offsets are those of the original
text.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from core.progress import SILENT, Progress
from core.values import StandardAddress
from nlp.components.address import best_place
from nlp.gazetteer import Gazetteer
from nlp.layers import Amount, Party, When
from nlp.pipeline import build_pipeline
from nlp.tables import taxonomy

READER_VERSION: Final = "rules-2"
LONGEST: Final = 20_000
"""Characters read of one text: a hotline call has hundreds; what is longer was pasted, and is cut with a reason."""

_GROUPS: Final = (
    "identifiers", "gazetteer", "places", "times", "amounts", "relations", "parties", "category", "urgency"
)  # fmt: skip
_CHUNK: Final = 200
_UNPRINTABLE: Final = dict.fromkeys(range(55296, 57344), "�")

Span = tuple[str, int, int]
Item = tuple[str, str, datetime | None]
"""An event's id, its text, and the local moment from which 昨天 and 上周 are counted."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says.

    `category` is a code of the taxonomy, None where the reader is unsure; `category_score` is between 0 and 1.
    `urgency` is normal, urgent or emergency. `times` and `amounts` are in the order of the text. `spans` are
    (label, start, end) with labels like `identifiers.phone` or `parties.person.respondent`. `reason` says in Chinese
    why little or nothing could be read, else None. `text_hash` tells equal texts; a short text could be guessed from
    it, so keep it keyed.
    """

    event_id: str
    text_hash: str
    category: str | None = None
    category_score: float = 0.0
    urgency: str = "normal"
    urgency_reasons: tuple[str, ...] = ()
    place_text: str | None = None
    place: StandardAddress | None = None
    place_keys: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()
    times: tuple[When, ...] = ()
    amounts: tuple[Amount, ...] = ()
    spans: tuple[Span, ...] = ()
    reason: str | None = None

    @property
    def category_name(self) -> str | None:
        return taxonomy()[self.category].name if self.category else None


def read_text(text: str, gazetteer: Gazetteer, *, event_id: str = "", at: datetime | None = None) -> Reading:
    """Read one text in this process."""
    return _read(_pipeline(gazetteer), (event_id, text, at))


def read_complaints(
    items: Iterable[Item], gazetteer: Gazetteer, *, processes: int = 1, progress: Progress = SILENT
) -> Iterator[Reading]:
    """Read texts, in their order, while they come.

    With more than one process, chunks go to worker processes that are started afresh (not forked: the caller may hold
    threads); a worker that dies is replaced by this process. Stopping early ends the workers.
    """
    with progress.task("读取诉求", unit="条") as task:
        readings = _in_process(items, gazetteer) if processes < 2 else _in_pool(items, gazetteer, processes)
        for reading in readings:
            task.advance()
            yield reading


def _in_process(items: Iterable[Item], gazetteer: Gazetteer) -> Iterator[Reading]:
    nlp = _pipeline(gazetteer)
    for item in items:
        yield _read(nlp, item)


def _in_pool(items: Iterable[Item], gazetteer: Gazetteer, processes: int) -> Iterator[Reading]:
    chunks = _chunks(items)
    pool = ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker, initargs=(gazetteer,)
    )
    waiting: deque[tuple[list[Item], Future[list[Reading]]]] = deque()
    try:
        for chunk in islice(chunks, processes * 2):
            waiting.append((chunk, pool.submit(_read_chunk, chunk)))
        while waiting:
            chunk, future = waiting.popleft()
            try:
                readings = future.result()
                if (following := next(chunks, None)) is not None:
                    waiting.append((following, pool.submit(_read_chunk, following)))
            except BrokenProcessPool:
                yield from _in_process(chunk, gazetteer)
                for chunk, _ in waiting:
                    yield from _in_process(chunk, gazetteer)
                for chunk in chunks:
                    yield from _in_process(chunk, gazetteer)
                return
            yield from readings
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


_worker_gazetteer: Gazetteer = Gazetteer()


def _start_worker(gazetteer: Gazetteer) -> None:
    global _worker_gazetteer  # noqa: PLW0603 - a worker process serves one gazetteer
    _worker_gazetteer = gazetteer
    _pipeline(gazetteer)


def _read_chunk(chunk: list[Item]) -> list[Reading]:
    return list(_in_process(chunk, _worker_gazetteer))


@lru_cache(maxsize=2)
def _pipeline(gazetteer: Gazetteer) -> Language:
    return build_pipeline(gazetteer)


def _read(nlp: Language, item: Item) -> Reading:
    event_id, text, at = item
    if not isinstance(text, str):
        return Reading(event_id, "", reason="不是文本")
    digest = text_hash(text)
    if not text.strip(" \t\r\n\0\u3000"):
        return Reading(event_id, digest, reason="文本为空")
    reason = f"文本过长，只读了前 {LONGEST} 个字" if len(text) > LONGEST else None
    try:
        doc = nlp.make_doc(text[:LONGEST].translate(_UNPRINTABLE))
        doc._.at = at
        doc = nlp(doc)
    except Exception as error:  # noqa: BLE001 - one bad text never stops a batch; the kind of error is kept
        return Reading(event_id, digest, reason=f"文本无法解析（{type(error).__name__}）")
    return _reading(doc, event_id, digest, reason)


def text_hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _reading(doc: Doc, event_id: str, digest: str, reason: str | None) -> Reading:
    place = best_place(doc._.places)
    spans = tuple(
        (f"{group}.{span.label_}" if group != "relations" else "relation", span.start_char, span.end_char)
        for group in _GROUPS
        for span in doc.spans.get(group, ())
    )
    return Reading(
        event_id=event_id,
        text_hash=digest,
        category=doc._.category,
        category_score=doc._.category_score,
        urgency=doc._.urgency,
        urgency_reasons=doc._.urgency_reasons,
        place_text=doc.text[place.start : place.end] if place else None,
        place=place.address if place else None,
        place_keys=place.keys if place else (),
        relations=tuple(doc.text[start:end] for start, end in doc._.relations),
        parties=doc._.parties,
        times=doc._.times,
        amounts=doc._.amounts,
        spans=spans,
        reason=reason or (None if _has_hanzi(doc._.plain) else "没有可读的中文内容"),
    )


def _has_hanzi(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
