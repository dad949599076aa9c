"""`weinao town`: make a synthetic town."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from cli.console import print_json, print_table, progress, say
from cli.session import Json


def register(root: typer.Typer) -> None:
    root.command("town")(town)


def town(
    out: Annotated[Path, typer.Option("--out", help="写到哪个目录。")],
    people: Annotated[int, typer.Option(min=300, max=2_000_000, help="人口数。")] = 20_000,
    seed: Annotated[int, typer.Option(help="随机种子；同样的人口数与种子得到同样的文件。")] = 1,
    as_json: Json = False,
) -> None:
    """造一座合成小镇：各部门按各自习惯交来的文件，以及全部真值（truth 目录）。

    例：weinao town --people 2000 --seed 7 --out town
    """
    from loaders.town.generate import generate

    with progress() as bars:
        summary = generate(out, people=people, seed=seed, progress=bars)
    if as_json:
        print_json(dataclasses.asdict(summary))
        return
    print_table("合成小镇", ("来源", "行数"), list(summary.rows.items()))
    say(f"文件在 {out}，真值在 {out / 'truth'}")
