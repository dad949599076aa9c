"""Complaints read: text in, a `Reading` out.

A text that cannot be read never stops a batch: its reading is empty and says why. Offsets are those of the original
text.
"""

from __future__ import annotations

import multiprocessing
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from core.progress import SILENT, Progress
from core.values import StandardAddress
from nlp.clues import Clue, clues_of
from nlp.components.address import best_place
from nlp.gazetteer import Gazetteer
from nlp.layers import (
    Amount,
    Anchor,
    Demand,
    Entity,
    Guess,
    Identifier,
    Party,
    Place,
    RelationKind,
    Sentiment,
    When,
)
from nlp.models.swap import models_version
from nlp.pipeline import build_pipeline
from nlp.tables import taxonomy

READER_VERSION: Final = "rules-6"
LONGEST: Final = 20_000
"""Characters read of one text: a hotline call has hundreds; what is longer was pasted, and is cut with a reason."""

_GROUPS: Final = (
    "identifiers", "gazetteer", "entities", "places", "times", "amounts", "parties", "category", "urgency",
    "demands",
)  # fmt: skip
_CHUNK: Final = 200
_HOME: Final = re.compile(r"(?:我|我们|咱|咱们|俺|本人)家里?|我屋里|家里|屋里")
_UNPRINTABLE: Final = dict.fromkeys(range(55296, 57344), "�")

Span = tuple[str, int, int]
Models = Mapping[str, Path]
"""Folders of trained models by kind: category, entities, address."""
NO_MODELS: Final[Models] = MappingProxyType({})
_Fixed = tuple[tuple[str, Path], ...]


def reader_version(models: Models = NO_MODELS) -> str:
    """What the lake keeps beside a reading: what another version has read is read again."""
    return READER_VERSION + (models_version(models) if models else "")


class Item(NamedTuple):
    """A text; the local moment from which 昨天 and 上周 are counted; the caller's dwelling, for 我家楼上."""

    event_id: str
    text: str
    at: datetime | None = None
    home: StandardAddress | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says.

    `categories` are the three most probable of the taxonomy; `category` is the first where the reader is sure of it,
    None where a person should decide, with its probability `category_score`. `urgency` is normal, urgent or emergency.
    `place` is where the matter is: the most exact of `places`; `place_of` is what it is counted from. `of_home`: the
    text counts some place from the caller's home, known or not. `clues` go with `parties`, one each. `times` and
    `amounts` are in the order of the text. `spans` are (label, start, end) with labels like `identifiers.phone` or
    `parties.person.respondent`. `reason` says in Chinese why little or nothing could be read, else None. `text_hash`
    tells equal texts; a short text could be guessed from it, so keep it keyed.
    """

    event_id: str
    text_hash: str
    category: str | None = None
    category_score: float = 0.0
    categories: tuple[Guess, ...] = ()
    urgency: str = "normal"
    urgency_reasons: tuple[str, ...] = ()
    place_text: str | None = None
    place: StandardAddress | None = None
    place_keys: tuple[str, ...] = ()
    place_of: Anchor | None = None
    of_home: bool = False
    places: tuple[Place, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    entities: tuple[Entity, ...] = ()
    parties: tuple[Party, ...] = ()
    clues: tuple[Clue | None, ...] = ()
    relation: RelationKind = "none"
    sentiment: Sentiment = "neutral"
    demands: tuple[Demand, ...] = ()
    times: tuple[When, ...] = ()
    amounts: tuple[Amount, ...] = ()
    spans: tuple[Span, ...] = ()
    reason: str | None = None

    @property
    def category_name(self) -> str | None:
        return taxonomy()[self.category].name if self.category else None


def read_text(
    text: str,
    gazetteer: Gazetteer,
    *,
    event_id: str = "",
    at: datetime | None = None,
    home: StandardAddress | None = None,
    models: Models = NO_MODELS,
) -> Reading:
    """Read one text in this process. `models` are trained ones by kind (see `nlp.models.swap`)."""
    return _read(_pipeline(gazetteer, _fixed(models)), Item(event_id, text, at, home))


def read_complaints(
    items: Iterable[Item],
    gazetteer: Gazetteer,
    *,
    models: Models = NO_MODELS,
    processes: int = 1,
    progress: Progress = SILENT,
) -> Iterator[Reading]:
    """Read texts, in their order, while they come.

    With more than one process, chunks go to worker processes that are started afresh (not forked: the caller may hold
    threads); a worker that dies is replaced by this process. Stopping early ends the workers.
    """
    with progress.task("读取诉求", unit="条") as task:
        chosen = (gazetteer, _fixed(models))
        readings = _in_process(items, *chosen) if processes < 2 else _in_pool(items, *chosen, processes)
        for reading in readings:
            task.advance()
            yield reading


def _in_process(items: Iterable[Item], gazetteer: Gazetteer, models: _Fixed) -> Iterator[Reading]:
    nlp = _pipeline(gazetteer, models)
    for item in items:
        yield _read(nlp, item)


def _in_pool(items: Iterable[Item], gazetteer: Gazetteer, models: _Fixed, processes: int) -> Iterator[Reading]:
    chunks = _chunks(items)
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(gazetteer, models),
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
                yield from _in_process(chunk, gazetteer, models)
                for chunk, _ in waiting:
                    yield from _in_process(chunk, gazetteer, models)
                for chunk in chunks:
                    yield from _in_process(chunk, gazetteer, models)
                return
            yield from readings
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


_worker: tuple[Gazetteer, _Fixed] = (Gazetteer(), ())


def _start_worker(gazetteer: Gazetteer, models: _Fixed) -> None:
    global _worker  # noqa: PLW0603 - a worker process serves one gazetteer and the same models
    _worker = (gazetteer, models)
    _pipeline(gazetteer, models)


def _read_chunk(chunk: list[Item]) -> list[Reading]:
    return list(_in_process(chunk, *_worker))


def _fixed(models: Models) -> _Fixed:
    return tuple(sorted(models.items()))


@lru_cache(maxsize=2)
def _pipeline(gazetteer: Gazetteer, models: _Fixed) -> Language:
    return build_pipeline(gazetteer, dict(models))


def _read(nlp: Language, item: Item) -> Reading:
    event_id, text, at, home = item
    if not isinstance(text, str):
        return Reading(event_id, "", reason="不是文本")
    digest = text_hash(text)
    if not text.strip(" \t\r\n\0\u3000"):
        return Reading(event_id, digest, reason="文本为空")
    reason = f"文本过长，只读了前 {LONGEST} 个字" if len(text) > LONGEST else None
    try:
        doc = nlp.make_doc(text[:LONGEST].translate(_UNPRINTABLE))
        doc._.at, doc._.home = at, home
        doc = nlp(doc)
    except Exception as error:  # noqa: BLE001 - one bad text never stops a batch; the kind of error is kept
        return Reading(event_id, digest, reason=f"文本无法解析（{type(error).__name__}）")
    return _reading(doc, event_id, digest, reason)


def text_hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _reading(doc: Doc, event_id: str, digest: str, reason: str | None) -> Reading:
    told, home, text = best_place(doc._.places), _at_home(doc), doc.text
    place = told or (home if home and home.address else None)
    spans = tuple(
        (f"{group}.{span.label_}", span.start_char, span.end_char)
        for group in _GROUPS
        for span in doc.spans.get(group, ())
    )
    return Reading(
        event_id=event_id,
        text_hash=digest,
        category=doc._.category,
        category_score=doc._.category_score,
        categories=doc._.categories,
        urgency=doc._.urgency,
        urgency_reasons=doc._.urgency_reasons,
        place_text=text[place.start : place.end] if place else None,
        place=place.address if place else None,
        place_keys=place.keys if place else (),
        place_of=place.of if place else None,
        of_home=any(one.of == "home" for one in doc._.places) or (home is not None and told is None),
        places=doc._.places,
        identifiers=doc._.identifiers,
        entities=doc._.entities,
        parties=doc._.parties,
        clues=clues_of(doc._.parties, doc._.places, place, text),
        relation=doc._.relation,
        sentiment=doc._.sentiment,
        demands=doc._.demands,
        times=doc._.times,
        amounts=doc._.amounts,
        spans=spans,
        reason=reason or (None if _has_hanzi(doc._.plain) else "没有可读的中文内容"),
    )


def _at_home(doc: Doc) -> Place | None:
    """The caller's home, where the text tells of it: 我家里煤气味很大."""
    said = _HOME.search(doc._.plain)
    return Place(*said.span(), doc._.home, (), 0.0, "inside", "home") if said else None


def _has_hanzi(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
