"""What people corrected of the reader's work: kept as codes and offsets, and written out as labelled text to train on.

The text itself stays sealed in its event; it is opened only for a file that a data officer asks for.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from core.catalogue import Level
from core.errors import AccessDenied, HomeNotWritable, InvalidSetting, PurposeRequired
from governance.access import AccessContext, Role, Visibility, visibility
from loaders.feeds.opening import open_events
from nlp.reading import reader_version
from nlp.tables import taxonomy
from services.app import App
from services.confirmed import Correction
from services.text_models import models_in_use

_MAY_EXPORT: Final = frozenset({Role.DATA_OFFICER, Role.DEVELOPMENT})
_LABELS: Final = {"person": "name", "organization": "organization"}  # as CLUENER calls them
_TABLE: Final = ("event_id", "field", "told", "at")


def keep(app: App, token: str, event_id: str, at: datetime, found: Sequence[Correction]) -> None:
    """Append the corrections of one form; the same token once."""
    if not found:
        return
    reader = reader_version(models_in_use(app))
    rows = [
        {
            "event_id": event_id,
            "field": one.field,
            "read": orjson.dumps(one.read).decode(),
            "told": orjson.dumps(one.told).decode(),
            "reader": reader,
            "at": at,
        }
        for one in found
    ]
    app.lake.append("corrections", pl.DataFrame(rows), transaction=(f"corrections:{token}", 1))


def export_corrections(
    app: App,
    context: AccessContext,
    *,
    category: Path | None = None,
    parties: Path | None = None,
    since: date | None = None,
) -> dict[str, int]:
    """Write labelled texts for `weinao nlp train`: a CSV (`text`, `category`: a name of the taxonomy), JSON lines of
    spans as CLUENER has them. Returns how many of each.

    New files of mode 600; the texts are in clear. Raises `AccessDenied`, `PurposeRequired`, `InvalidSetting` for a file
    that is there already, `HomeNotWritable`.
    """
    if context.role not in _MAY_EXPORT:
        raise AccessDenied("只有数据管理员可以导出更正过的诉求", remedy="请联系数据管理员。")
    if visibility(context, Level.SENSITIVE) is not Visibility.CLEAR:
        raise PurposeRequired("导出的文件含诉求原文，须说明用途", remedy="请加 --purpose，例如 --purpose 训练模型。")
    wanted = {"category": category, "parties": parties}
    chosen = {name: path for name, path in wanted.items() if path is not None}
    if not chosen:
        raise InvalidSetting("没有说导出什么", remedy="请给出 --category 或 --parties，后写文件名。")
    for path in chosen.values():
        if path.exists():
            raise InvalidSetting(f"{path} 已经存在，没有覆盖", remedy="请另写一个文件名，或先移走它。")
    rows = app.lake.current("corrections", _TABLE).filter(pl.col("field").is_in(list(chosen)))
    if since is not None:
        rows = rows.filter(pl.col("at").dt.date() >= since)
    ids = rows["event_id"].unique().sort().to_list()
    app.audit.record(context, "corrections.export", ids)
    texts = _texts(app, ids)
    told = {
        name: [(texts[one], orjson.loads(value)) for one, value in _of(rows, name) if one in texts] for name in chosen
    }
    for name, path in chosen.items():
        _write(path, _WRITERS[name](told[name]))
    return {name: len(labelled) for name, labelled in told.items()}


def _of(rows: pl.DataFrame, field: str) -> Iterator[tuple[str, str]]:
    yield from rows.filter(pl.col("field") == field).sort("event_id").select("event_id", "told").iter_rows()


def _texts(app: App, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    opened = open_events(app.lake, app.vault, where=pl.col("event_id").is_in(list(ids)))
    return {event_id: text for event_id, text in opened.select("event_id", "text").iter_rows() if text}


def _as_csv(labelled: Iterable[tuple[str, Any]]) -> str:
    names = {code: one.name for code, one in taxonomy().items()}
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(("text", "category"))
    writer.writerows((text, names.get(code, code)) for text, code in labelled)
    return written.getvalue()


def _as_lines(labelled: Iterable[tuple[str, Any]]) -> str:
    return "".join(
        orjson.dumps({"text": text, "label": _spans(text, parties)}).decode() + "\n" for text, parties in labelled
    )


def _spans(text: str, parties: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, list[list[int]]]]:
    """Kind → name → where it stands, both ends included."""
    found: dict[str, dict[str, list[list[int]]]] = {}
    for party in parties:
        label = _LABELS.get(party["kind"])
        for start, end in party["spans"] if label else ():
            places = found.setdefault(str(label), {}).setdefault(text[start:end], [])
            if [start, end - 1] not in places:
                places.append([start, end - 1])
    return found


_WRITERS: Final = {"category": _as_csv, "parties": _as_lines}


def _write(path: Path, content: str) -> None:
    """A new file that only its owner reads; one that came in the meantime is not overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(content)
    except FileExistsError:
        raise InvalidSetting(f"{path} 已经存在，没有覆盖", remedy="请另写一个文件名，或先移走它。") from None
    except OSError as error:
        raise HomeNotWritable(
            f"{path} 无法写入：{error.strerror}", remedy="请检查所在的文件夹是否存在、可写。"
        ) from None
