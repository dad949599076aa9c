"""`gazetteer`: the names of this place in the text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from spacy.language import Language
from spacy.tokens import Doc

from nlp.gazetteer import Entry, Gazetteer
from nlp.layers import Match, mark


@Language.factory("gazetteer", assigns=["doc._.matches", "doc.spans"], requires=["doc._.plain"])
class GazetteerFinder:
    """Finds the names of a `Gazetteer`, which `use` gives it; saved and loaded with the pipeline."""

    def __init__(self, nlp: Language, name: str) -> None:
        del nlp
        self.name = name
        self.gazetteer = Gazetteer()

    def use(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer

    def __call__(self, doc: Doc) -> Doc:
        matches = tuple(Match(*found) for found in self.gazetteer.find(doc._.plain))
        doc._.matches = matches
        mark(doc, "gazetteer", [(match.start, match.end, match.entries[0].kind) for match in matches])
        return doc

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        del exclude
        return json.dumps(self.gazetteer.entries, ensure_ascii=False).encode()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        del exclude
        rows = json.loads(data)
        self.gazetteer = Gazetteer(
            Entry(row[0], row[1], row[2], row[3], tuple((field, text) for field, text in row[4])) for row in rows
        )
        return self

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        path.mkdir(parents=True, exist_ok=True)
        (path / "entries.json").write_bytes(self.to_bytes(exclude=exclude))

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> Self:
        return self.from_bytes((path / "entries.json").read_bytes(), exclude=exclude)
