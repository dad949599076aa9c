"""`weinao db`: the graph database."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import out, print_json, print_table
from cli.session import Json, opened, reader_of

app = typer.Typer(no_args_is_help=True, help="图数据库：启动、停止、状态、执行只读 Cypher。")


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
