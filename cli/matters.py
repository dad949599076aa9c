"""`weinao nlp matters` and `weinao nlp topics`: calls about one thing, and what there are more calls about."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cli.console import out, print_json, print_table
from cli.session import Json, opened, reader_of


def register(root: typer.Typer) -> None:
    root.command("matters")(matters)
    root.command("topics")(topics)


def matters(
    limit: Annotated[int, typer.Option(min=1, max=200, help="最多显示几件。")] = 10,
    as_json: Json = False,
) -> None:
    """事项：多次来电反映的同一件事，来电多的在前。"""
    from services.matter_reads import largest, matter_row

    with opened() as weinao:
        rows = [matter_row(one) for one in largest(weinao, reader_of(weinao), limit=limit)]
    if as_json:
        print_json({"matters": rows})
    elif rows:
        # Without the id, beside which a place would have room for three characters a line: it is in the JSON.
        columns = {
            "category": "类别",
            "place": "地点",
            "calls": "来电",
            "callers": "人数",
            "first": "首次",
            "last": "最近",
        }
        print_table("事项", list(columns.values()), [[row[name] for name in columns] for row in rows])
    else:
        out.print("没有事项：没有两次来电反映同一件事。")


def topics(
    days: Annotated[int, typer.Option(min=1, max=92, help="看最近几天，与之前同样多的天数比。")] = 7,
    limit: Annotated[int, typer.Option(min=1, max=100, help="最多显示几个。")] = 10,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至哪一天；不写则为数据中最近的一天。")
    ] = None,
    place: Annotated[str | None, typer.Option(help="只看这个楼栋、小区、社区或街道（编号）里的。")] = None,
    as_json: Json = False,
) -> None:
    """热点：哪里的哪类诉求多而且增长快。"""
    from nlp.same.topics import FEWEST
    from services.topics import hot_topics_of, topic_row

    day = as_of.date() if as_of else None
    with opened() as weinao:
        found = hot_topics_of(weinao, reader_of(weinao), days=days, as_of=day, limit=limit, place=place)
        rows = [topic_row(topic) for topic in found]
    if as_json:
        print_json({"topics": rows})
    elif rows:
        columns = ("热点", "来电", "事项", "首次", "最近", "偶然的概率")
        print_table("热点", columns, [list(row.values())[:6] for row in rows])
    else:
        out.print(f"没有热点：所看的 {days} 天里，没有一处由多人反映同一类诉求达 {FEWEST} 起。")
