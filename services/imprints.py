"""What is kept of the complaints that were read, to tell later which of them speak of the same matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any, Final

import numpy as np
import polars as pl

from loaders.lake.schema import TABLES
from nlp.reading import Reading
from nlp.same.imprint import Imprint, imprint, wording
from nlp.same.minhash import bands
from services.app import App

_TRAITS: Final = tuple(field.name for field in fields(Imprint) if field.name not in ("event_id", "wording"))


def store_imprints(app: App, batch: pl.DataFrame, readings: Sequence[Reading], transaction: tuple[str, int]) -> None:
    """Append the imprints of the complaints among the events of a `batch` that was read, in the same order."""
    told = zip(batch.select("kind", "text", "record_key").iter_rows(), readings, strict=True)
    rows = [
        imprint_row(imprint(reading, text, app.vault, number=key or ""), app.vault.token)
        for (kind, text, key), reading in told
        if kind == "complaint"
    ]
    if rows:
        app.lake.append("imprints", imprint_frame(rows), transaction=transaction)


def imprint_row(own: Imprint, token: Any) -> dict[str, object]:
    """A row of the lake's table, without `seq`; `digest` is another for any other imprint."""
    hashes = wording(own.wording)
    found = [] if hashes is None else bands(hashes[None, :])[0].view(np.int64).tolist()
    digest = token("imprint", *(repr(value) for value in astuple(own)))
    return {"event_id": own.event_id, "digest": digest, "wording": own.wording or None, "bands": found} | {
        name: list(getattr(own, name)) for name in _TRAITS
    }


def imprint_frame(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    columns = {name: dtype for name, dtype in TABLES["imprints"].columns.items() if name not in ("seq", "deleted")}
    return pl.DataFrame(rows, schema=columns)


def imprint_of(row: Mapping[str, Any]) -> Imprint:
    """The imprint of a row of the lake's table."""
    return Imprint(row["event_id"], **{name: tuple(row[name] or ()) for name in _TRAITS}, wording=row["wording"] or b"")
