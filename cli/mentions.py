"""`weinao nlp links`: whom a complaint's words were linked to, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cli.console import print_json, print_table, say
from cli.session import Json, opened, reader_of
from nlp.words import ROLES

_OUTCOMES = {"linked": "已对应", "ambiguous": "有几个可能", "new": "图中没有"}


def register(nlp: typer.Typer) -> None:
    nlp.command()(links)


def links(
    event: Annotated[str, typer.Argument(help="事件编号，evt_ 开头。")],
    as_json: Json = False,
) -> None:
    """一条诉求里提到的各方对应图谱中的谁、有多大把握、依据是什么。

    例：weinao nlp links evt_0123456789abcdef01234567
    """
    from services.linked_mentions import mentions_of, parties_confirmed

    with opened() as weinao:
        reader = reader_of(weinao)
        mentions = mentions_of(weinao, reader, event)
        confirmed = parties_confirmed(weinao, reader, event)
    if as_json:
        print_json({"confirmed": confirmed, "mentions": [asdict(one) for one in mentions]})
        return
    if confirmed:
        say("这条诉求的各方由人确认，不再由解读对应。")
        return
    rows = []
    for one in mentions:
        rows.append((one.surface, ROLES.get(one.role, one.role), _OUTCOMES[one.outcome], "", one.probability, ""))
        rows += [
            (
                "",
                "",
                "",
                f"{found.node.values.get('name') or ''} {found.node.id}",
                found.probability,
                "、".join(found.reasons),
            )
            for found in one.candidates
        ]
    print_table("提到的各方", ("原文", "角色", "结果", "可能是", "把握", "依据"), rows)
