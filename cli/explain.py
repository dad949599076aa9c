"""`weinao explain`, `claims`, `backing`: why records were joined or kept apart, where values and links come from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.console import out, print_json, print_table, say
from cli.session import Json, Purpose, opened, reader_of

Kind = Annotated[str | None, typer.Option(help="person、organization、dwelling 或 household；不写时由编号或记录判断。")]


def register(root: typer.Typer) -> None:
    root.command("explain")(explain)
    root.command("claims")(claims)
    root.command("backing")(backing)


def explain(
    first: Annotated[str, typer.Argument(metavar="记录或实体", help="rec_…、来源/记录键，或一个实体编号。")],
    second: Annotated[str | None, typer.Argument(metavar="记录", help="另一条记录；只给一个实体编号时不写。")] = None,
    kind: Kind = None,
    lang: Annotated[str, typer.Option(help="zh 或 en。")] = "zh",
    svg: Annotated[Path | None, typer.Option("--svg", help="把两条记录的证据画成瀑布图，写到这个文件。")] = None,
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """两条记录为什么归为（或没有归为）同一个，怎样会改变结论；或一个实体由什么连成一体。

    例：weinao explain police_population/P0000017#person health_records/JD880102-0000123#person
    """
    from core.errors import HomeNotWritable
    from services.explaining import explain_entity, explain_pair

    with opened(start_database=False) as weinao:
        reader = reader_of(weinao, purpose)
        if second is None:
            told = explain_entity(weinao, reader, kind, first)
        else:
            told = explain_pair(weinao, reader, kind, first, second)
        if svg is not None:
            try:
                svg.write_text(told.svg(lang), encoding="utf-8")
            except OSError as error:
                raise HomeNotWritable(f"{svg} 无法写入：{error.strerror or '路径不可用'}") from None
            say(f"瀑布图：{svg}")
        if as_json:
            print_json(told.as_dict())
            return
        for line in told.lines(lang):
            out.print(line, soft_wrap=True)


def claims(
    entity_id: Annotated[str, typer.Argument(metavar="实体编号", help="per_…、org_…、dwe_… 或 hou_…。")],
    field: Annotated[list[str] | None, typer.Option("--field", help="只看这一项，例如 phone；可写几次。")] = None,
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="只看到这一天为止。")] = None,
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """一个实体的每一项：各部门各怎么说、先后怎么说，取了哪一个，为什么。"""
    from services.claims import claims_of

    day = as_of.date() if as_of else None
    with opened(start_database=False) as weinao:
        told = claims_of(weinao, reader_of(weinao, purpose), entity_id, fields=field, as_of=day)
    if as_json:
        print_json({"entity_id": entity_id, "claims": [claim.as_dict() for claim in told]})
        return
    rows = [
        ("✓" if c.chosen else "", c.label, c.value, c.department, f"{c.feed}/{c.record_key}", str(c.observed_at)[:10],
         c.reason)
        for c in told
    ]  # fmt: skip
    print_table(f"{entity_id} 的各项说法", ("", "项", "值", "部门", "来源/记录键", "日期", "为什么"), rows)


def backing(
    edge_id: Annotated[str, typer.Argument(metavar="关系编号", help="rel_…，随查询结果给出。")],
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """一个关系的由来：哪些记录这样说、从哪天到哪天、多可信；没有记录写明的，由什么得出。"""
    from services.assertions import assertions_of

    with opened(start_database=False) as weinao:
        told = assertions_of(weinao, reader_of(weinao, purpose), edge_id)
    if as_json:
        print_json(told.as_dict())
        return
    sure = "" if told.confidence is None else f"，可信度 {told.confidence}"
    say(f"{told.origin_label}{sure}" + (f"：{told.because}" if told.because else ""))
    rows = [
        (one.feed_label, one.record_key or "", str(one.valid_from or ""), str(one.valid_to or ""),
         str(one.observed_at or "")[:10], one.authority, one.role or "", one.status_label)
        for one in told.assertions
    ]  # fmt: skip
    if rows:
        print_table(f"{edge_id} 的依据", ("来源", "记录键", "自", "至", "观察日期", "来源可信度", "角色", "说明"), rows)
