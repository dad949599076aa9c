"""`weinao nlp corrections`: what people corrected of the reader's work, as files to train on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.console import print_json, say
from cli.session import Json, Purpose, opened, reader_of

_LABELS = {"category": "事项分类", "parties": "当事人"}


def register(nlp: typer.Typer) -> None:
    nlp.command()(corrections)


def corrections(
    category: Annotated[Path | None, typer.Option(help="写出更正过分类的诉求：CSV，text 与 category 两列。")] = None,
    parties: Annotated[Path | None, typer.Option(help="写出更正过当事人的诉求：JSON Lines，形如 CLUENER。")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="只要这一天起更正的，例如 2026-01-31。")
    ] = None,
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """把人们对解读的更正写成训练文件，供 weinao nlp train 使用；含诉求原文，只有本人可读，不覆盖已有的文件。

    例：weinao nlp corrections --category 更正.csv --purpose 训练模型
    """
    from services.corrections import export_corrections

    with opened(start_database=False) as weinao:
        told = export_corrections(
            weinao,
            reader_of(weinao, purpose),
            category=category,
            parties=parties,
            since=since.date() if since else None,
        )
    if as_json:
        print_json({"corrections": told})
        return
    for name, path in (("category", category), ("parties", parties)):
        if path is not None:
            say(f"{_LABELS[name]}：{told[name]:,} 条，写入 {path}")
