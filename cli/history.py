"""`weinao history`: what an entity was, what any past run said, and the feed of changes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.console import out, print_json, print_table
from cli.groups import DefaultCommand
from cli.lines import acts_of, minute, print_act, print_change
from cli.session import Json, opened, reader_of

_HELP = """
实体的来历，与任何一次过去的归一结果。

\b
  weinao history per_…                       一个实体：何时建立、合并、拆分，记录与判定
  weinao history --as-of 2026-01-31          那一天结束时每条记录归到哪里
  weinao history --run run_…                 某一次归一之后
  weinao history changes --since 2026-01-31  变化的流水，供别的系统跟进
"""

app = typer.Typer(cls=DefaultCommand, help=_HELP)


@app.command("show")
def show(
    entity_id: Annotated[str | None, typer.Argument(metavar="实体编号", help="per_…、org_…、dwe_… 或 hou_…。")] = None,
    run: Annotated[str | None, typer.Option(help="归一编号 run_…，见 weinao history changes。")] = None,
    as_of: Annotated[str | None, typer.Option(help="日期，例如 2026-01-31。")] = None,
    kind: Annotated[
        str, typer.Option(help="与 --as-of 同用：person、organization、dwelling 或 household。")
    ] = "person",
    limit: Annotated[int, typer.Option(min=1, help="最多列出几行；--json 总是给出全部。")] = 20,
    as_json: Json = False,
) -> None:
    """一个实体的来历；或（--run、--as-of）过去某时每条记录归到的实体。不写子命令时就是它。"""
    from core.errors import InvalidSetting
    from services.history import entity_history, past_assignments

    if entity_id is not None and (run or as_of):
        raise InvalidSetting(
            "实体编号不与 --run、--as-of 同用", remedy="weinao history 实体编号 列出它全部的来历，各有起止时间。"
        )
    if entity_id is None and run is None and as_of is None:
        raise InvalidSetting(
            "要看什么没有说清", remedy="请给出一个实体编号，或 --run、--as-of 之一；weinao history --help 有例子。"
        )
    with opened(start_database=False) as weinao:
        reader = reader_of(weinao)
        if entity_id is not None:
            _entity(entity_history(weinao, reader, entity_id), as_json)
        else:
            _past(past_assignments(weinao, reader, kind=kind, run_id=run, day=as_of), limit, as_json)


@app.command()
def changes(
    since: Annotated[str | None, typer.Option(help="归一编号 run_…（其后），或日期（当日起）；不写为全部。")] = None,
    kind: Annotated[str | None, typer.Option(help="只看一类。")] = None,
    limit: Annotated[int, typer.Option(min=1, help="最多列出几行，新的在前；--json 总是给出全部。")] = 50,
    as_json: Json = False,
) -> None:
    """变化的流水：建立、合并、拆分、消失（entity.created、.merged、.split、.retired），各由哪次归一、何时。"""
    from services.history import changes_since

    with opened(start_database=False) as weinao:
        rows = changes_since(weinao, reader_of(weinao), since=since, kind=kind)
    if as_json:
        print_json({"total": len(rows), "changes": rows})
        return
    out.print(f"共 {len(rows):,} 个变化，列出 {min(limit, len(rows))} 个，新的在前。")
    for row in rows[::-1][:limit]:
        print_change(row)


def _entity(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    living = told["living"]
    state = "现用" if living == told["entity_id"] else f"已并入 {living}" if living else "已没有记录"
    out.print(f"{told['entity_id']}（{state}）")
    for row in told["changes"]:
        print_change(row, "  ")
    out.print(f"记录 {len(told['records'])} 段：")
    for row in told["records"]:
        place = f"{row['feed']}/{row['record_key']}" if row["feed"] else "—"
        until = f" 至 {minute(row['until'])}" if row["until_run"] else "" if row["present"] else "（已不在来源中）"
        moved = f" → {row['moved_to']}" if row["moved_to"] else ""
        line = f"  {row['record_id']}  {place}  自 {minute(row['since'])}{until}{moved}"
        out.print(line, soft_wrap=True)
    if told["judgements"]:
        out.print("判定：")
    for act in acts_of(told["judgements"]):
        print_act(act)


def _past(told: dict[str, Any], limit: int, as_json: bool) -> None:
    frame = told.pop("assignments")
    if as_json:
        print_json(told | {"assignments": frame.to_dicts()})
        return
    out.print(f"{told['at']}：{told['records']:,} 条记录归为 {told['entities']:,} 个实体。")
    print_table(f"前 {min(limit, frame.height)} 条", ("记录", "实体", "概率"), frame.head(limit).rows())
