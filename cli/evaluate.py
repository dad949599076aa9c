"""`weinao evaluate`: how right the results are, against a truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import print_json, print_table
from cli.session import Json, opened, reader_of

app = typer.Typer(no_args_is_help=True, help="对照真值评估。")


@app.callback()
def group() -> None:
    """对照真值评估。"""


@app.command()
def resolution(
    truth: Annotated[Path | None, typer.Option(help="真值目录；默认用合成小镇的真值。")] = None,
    as_json: Json = False,
) -> None:
    """归一的成对精确率、召回率与 F1，以及“按键精确相等”基线的同样三个数。"""
    from services.evaluation import evaluate_resolution

    with opened() as weinao:
        scores = evaluate_resolution(weinao, reader_of(weinao), truth or weinao.settings.town_dir / "truth")
    if as_json:
        print_json({"resolution": scores})
    else:
        print_scores(scores)


def print_scores(scores: dict[str, dict[str, dict[str, float]]]) -> None:
    names = ("类别", "方法", "精确率", "召回率", "F1", "真实对数")
    rows = [
        (kind, method, s["precision"], s["recall"], s["f1"], s["true_pairs"])
        for kind, by_method in scores.items()
        for method, s in by_method.items()
    ]
    print_table("归一评估（成对）", names, rows)
