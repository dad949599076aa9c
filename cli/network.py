"""`weinao path`, `weinao near`: how two entities are connected, and what lies around one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import out, print_json, print_table, say
from cli.session import Json, Purpose, opened, reader_of

if TYPE_CHECKING:
    from services.app import App
    from services.network import NetworkEdge, NetworkNode

Day = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="哪一天有效的关系；不写为现在。")]
Ever = Annotated[bool, typer.Option("--ever", help="不限日期，连同已经结束的关系。")]


def register(root: typer.Typer) -> None:
    root.command("path")(path)
    root.command("near")(near)


def path(
    source: Annotated[str, typer.Argument(metavar="起点", help="起点的编号。")],
    target: Annotated[str, typer.Argument(metavar="终点", help="终点的编号。")],
    via: Annotated[list[str] | None, typer.Option(help="沿哪种关系找，可写多次，例如 --via LIVES_IN。")] = None,
    every: Annotated[bool, typer.Option("--all", help="全部不绕圈的路径，而不只是最短的。")] = False,
    max_hops: Annotated[int | None, typer.Option(help="最多几步：最短路径至多 8，--all 至多 5。")] = None,
    limit: Annotated[int, typer.Option(help="最多几条，1–50。")] = 10,
    as_of: Day = None,
    ever: Ever = False,
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """两个对象怎样联系在一起：最短的路径，经过枢纽少的在前。

    编号可由 weinao ask 查得。例：weinao path per_… per_…
    """
    from services.network import paths

    with opened() as weinao:
        found = paths(
            weinao,
            reader_of(weinao, purpose),
            source,
            target,
            via=via or (),
            shortest=not every,
            max_hops=max_hops,
            limit=limit,
            as_of=_day(weinao, as_of, ever),
        )
    if as_json:
        print_json(asdict(found))
        return
    for number, one in enumerate(found.paths, 1):
        out.print(f"{number}. {one.length} 步，得分 {one.score:.2f}", style="bold")
        out.print(f"   {_told(one.nodes[0])}", soft_wrap=True)
        for place, node in enumerate(one.nodes[1:], 1):
            here = {place - 1, place}
            steps = "、".join(_relation(edge, one.nodes) for edge in one.edges if {edge.source, edge.target} == here)
            out.print(f"   ─ {steps} ─ {_told(node)}", soft_wrap=True)
    if not found.paths:
        say("没有找到路径。")
    if found.hubs:
        say(f"没有从这些关系太多的对象继续找：{'、'.join(node.label for node in found.hubs[:5])}")
    if not found.complete:
        say("可能还有别的路径：可减少 --max-hops，或用 --via 只沿几种关系找。")


def near(
    entity: Annotated[str, typer.Argument(metavar="编号", help="中心的编号。")],
    depth: Annotated[int, typer.Option(help="看几层，1–3。")] = 1,
    kind: Annotated[list[str] | None, typer.Option(help="只看哪类对象，可写多次，例如 --kind person。")] = None,
    limit: Annotated[int, typer.Option(help="最多几个对象，1–1000。")] = 50,
    as_of: Day = None,
    ever: Ever = False,
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """一个对象的周边：由近及远，每个对象一行，并说明它与谁是什么关系。"""
    from services.network import neighbourhood

    with opened() as weinao:
        canvas = neighbourhood(
            weinao,
            reader_of(weinao, purpose),
            entity,
            depth=depth,
            kinds=kind or (),
            limit=limit,
            as_of=_day(weinao, as_of, ever),
        )
    if as_json:
        print_json(asdict(canvas))
        return
    rows: list[tuple[Any, ...]] = []
    for place, node in enumerate(canvas.nodes):
        rows.append((node.distance, _told(node), _ties(place, canvas.nodes, canvas.edges), node.more or "", node.id))
    print_table(f"{_told(canvas.nodes[0])} 的周边", ("层", "对象", "关系", "未列", "编号"), rows)


def _day(weinao: App, as_of: datetime | None, ever: bool) -> date | None:
    from services.days import asked_day

    return None if ever else asked_day(weinao, as_of.date() if as_of else None)


def _told(node: NetworkNode) -> str:
    return f"{node.kind_label} {node.label}"


def _relation(edge: NetworkEdge, nodes: tuple[NetworkNode, ...]) -> str:
    """A relation in words, with the role (whose, among relatives) and with its end where it has ended."""
    whose = f"{nodes[edge.target].label}是" if edge.type == "KIN" and edge.role_label else ""
    notes = [f"{whose}{edge.role_label or ''}", f"至 {edge.valid_to}" if edge.valid_to else ""]
    told = "，".join(filter(None, notes))
    return f"{edge.label}（{told}）" if told else edge.label


def _ties(place: int, nodes: tuple[NetworkNode, ...], edges: tuple[NetworkEdge, ...]) -> str:
    """The relations of a node to those before it."""
    told = []
    for edge in edges:
        ends = {edge.source, edge.target}
        if place in ends and (other := min(ends)) < place:
            told.append(f"{_relation(edge, nodes)}：{nodes[other].label}")
    return "；".join(dict.fromkeys(told[:4])) + (f" 等 {len(told)} 条" if len(told) > 4 else "")
