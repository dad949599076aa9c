"""`weinao nlp`: complaint text into linked events."""

from __future__ import annotations

import typer

from cli import corrections, matters, mentions, models, readings
from cli.console import print_counts, print_json, progress
from cli.session import Json, opened, reader_of

app = typer.Typer(no_args_is_help=True, help="诉求解读：谁、在哪、什么事、针对谁。")


def register(root: typer.Typer) -> None:
    readings.register(app)
    mentions.register(app)
    models.register(app)
    matters.register(app)
    corrections.register(app)
    root.add_typer(app, name="nlp")


@app.command()
def run(as_json: Json = False) -> None:
    """解读数据湖中尚未解读的诉求，结果随下一次归一与建图连入图谱。"""
    from services.reading import read_events

    with opened() as weinao, progress() as bars:
        report = read_events(weinao, reader_of(weinao), progress=bars)
    if as_json:
        print_json(report)
    else:
        print_counts("诉求解读", report)
