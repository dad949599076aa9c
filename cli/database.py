"""`weinao db`: the graph database."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import out, print_json, print_table, say
from cli.session import Json, opened, reader_of

app = typer.Typer(no_args_is_help=True, help="图数据库：启动、停止、状态、结构升级、执行只读 Cypher。")


@app.command()
def start(as_json: Json = False) -> None:
    """启动内置图数据库，并让它在后台运行（只绑定 127.0.0.1）。"""
    with opened() as weinao:
        weinao.keep_database = True
        endpoint = weinao.database.start()
    if as_json:
        print_json({"running": True, "url": endpoint.url})
    else:
        out.print(f"内置图数据库已启动：{endpoint.url}")


@app.command()
def stop(as_json: Json = False) -> None:
    """停止内置图数据库；没有运行时什么也不做。"""
    with opened() as weinao:
        was_running = weinao.database.stop()
    if as_json:
        print_json({"running": False, "stopped": was_running})
    else:
        out.print("内置图数据库已停止。" if was_running else "内置图数据库没有在运行。")


@app.command()
def status(as_json: Json = False) -> None:
    """内置图数据库是否在运行；没有运行时退出码为 3。"""
    with opened() as weinao:
        state = weinao.database.status()
    url = state.endpoint.url if state.endpoint else None
    if as_json:
        print_json({"running": state.running, "url": url, "pid": state.pid, "memory": state.memory})
    else:
        out.print(f"正在运行：{url}（进程 {state.pid}）" if state.running else "没有运行。")
    if not state.running:
        raise typer.Exit(3)


@app.command()
def shell(
    statement: Annotated[str | None, typer.Argument(help="一条 Cypher；省略时逐行读取标准输入。")] = None,
    as_json: Json = False,
) -> None:
    """执行只读 Cypher。结果含内部数据但敏感值只有掩码，执行本身记入审计。

    例：weinao db shell "MATCH (p:Person) RETURN count(p) AS people"
    """
    from services.shell import run_cypher

    statements = [statement] if statement else [line for line in typer.get_text_stream("stdin") if line.strip()]
    with opened() as weinao:
        for text in statements:
            rows = run_cypher(weinao, reader_of(weinao), text)
            if as_json:
                print_json({"rows": rows})
            elif rows:
                columns = list(rows[0])
                print_table("", columns, [[row[name] for name in columns] for row in rows])
            else:
                out.print("（无结果）")


_STAGES = {"taken": "已完成", "missing": "待执行", "unneeded": "无需改动"}


@app.command()
def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只列出各步，不执行。")] = False,
    as_json: Json = False,
) -> None:
    """把图谱结构升级到本版本：列出各步，执行缺少的。中断后重跑会继续；update 与 project 也会自动执行。"""
    from services.migrating import steps, take_steps

    with opened() as weinao:
        done = [] if dry_run else take_steps(weinao, reader_of(weinao))
        told = [step.as_dict() for step in steps(weinao)]
    if as_json:
        print_json({"steps": told, "done": [step.number for step in done]})
        return
    rows = [
        [one["number"], one["does"], _STAGES[one["stage"]], one["at"] or "", "重建" if one["rebuild"] else ""]
        for one in told
    ]
    print_table("图谱结构", ("步骤", "内容", "状态", "完成于", "方式"), rows)
    if done:
        say(f"本次执行了第 {'、'.join(str(step.number) for step in done)} 步。")
    if any(step.rebuild for step in done):
        say("图谱需要按数据湖重建：请运行 weinao project。")
