"""How the command line speaks: tables and JSON on stdout, progress and errors on stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unicodedata import category

from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as RichProgress
from rich.progress import Task as RichTask
from rich.table import Table
from rich.text import Text

from cli.interrupts import check
from core.progress import Progress, Task

# Control characters and marks that turn the direction of writing; private and newer characters are names of people.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class _Plain(Console):
    """Prints text as text: brackets of a file are no markup, and nothing in it steers the terminal."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(_printable(each) if isinstance(each, str) else each for each in objects), **options)


out = _Plain(highlight=False, markup=False, emoji=False)
err = _Plain(stderr=True, highlight=False, markup=False, emoji=False)


class _Rate(ProgressColumn):
    def render(self, task: RichTask) -> Text:
        seconds = task.finished_time or task.elapsed
        speed = task.completed / seconds if seconds else 0
        return Text(f"{speed:,.0f} {task.fields['unit']}/秒" if speed else "", style="cyan")


class _Bar:
    def __init__(self, bars: RichProgress, number: Any) -> None:
        self._bars, self._number = bars, number

    def advance(self, amount: int = 1) -> None:
        check()
        self._bars.advance(self._number, amount)

    def total(self, amount: int) -> None:
        self._bars.update(self._number, total=amount)


class _Bars:
    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars

    @contextmanager
    def task(self, label: str, *, total: int | None = None, unit: str = "行") -> Iterator[Task]:
        check()
        number = self._bars.add_task(label, total=total, unit=unit)
        yield _Bar(self._bars, number)
        done = self._bars.tasks[number]
        reached = done.completed if done.total is None else done.total
        self._bars.update(number, total=reached, completed=reached)


@contextmanager
def progress() -> Iterator[Progress]:
    """Bars with rates on stderr, live on a terminal; elsewhere their last state is written once."""
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
    )
    with RichProgress(*columns, console=err, refresh_per_second=5) as bars:
        yield _Bars(bars)


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    import orjson

    sys.stdout.write(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table with a Chinese title; numbers stand to the right.

    Ids stay whole, for they are copied into the next command; on a narrow terminal the table is wider than it.
    """
    table = Table(title=_printable(title), title_justify="left", title_style="bold")
    for index, name in enumerate(columns):
        values = [row[index] for row in rows]
        numeric = bool(values) and all(isinstance(value, int | float) for value in values)
        whole = _holds_ids(name, values)
        table.add_column(
            _printable(name),
            justify="right" if numeric else "left",
            overflow="ignore" if whole else "fold",
            no_wrap=whole,
            min_width=max((cell_len(_printable(_cell(value))) for value in values), default=0) if whole else None,
        )
    for row in rows:
        table.add_row(*(_printable(_cell(value)) for value in row))
    out.print(table, crop=False)


_ID = re.compile(r"[a-z]{3}_[0-9A-Za-z_]+")


def _holds_ids(name: str, values: Sequence[object]) -> bool:
    if "编号" in name or name.rpartition(".")[2].lower() == "id":
        return True
    return bool(values) and all(isinstance(value, str) and _ID.fullmatch(value) for value in values)


def _printable(text: str) -> str:
    return "".join(character for character in text if character in "\n\t" or category(character) not in _UNSEEN)


COUNT_LABELS = {
    "read": "解读",
    "with_place": "读出地点",
    "with_category": "读出分类",
    "parties": "当事方",
    "urgent": "紧急",
    "unreadable": "读不出内容",
    "complaints": "诉求",
    "linked": "已对应",
    "ambiguous": "有几个可能",
    "new": "图中没有",
    "node_changes": "节点变化",
    "edge_changes": "关系变化",
    "seq": "批次",
    "rebuilt": "从头建立",
    "nodes": "写入节点",
    "edges": "写入关系",
    "seconds": "秒",
}


def print_counts(title: str, counts: Mapping[str, object]) -> None:
    """A report of counts, one a line, under Chinese names."""
    rows = [(COUNT_LABELS.get(name, name), _plain(value)) for name, value in counts.items()]
    print_table(title, ("项", "数量"), rows)


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "是" if value else "否"
    return sum(value.values()) if isinstance(value, dict) else value


# Words of the program's own, as people read them in tables; JSON keeps the originals.
_WORDS = {
    "person": "人员",
    "organization": "单位",
    "dwelling": "房屋",
    "household": "家庭户",
    "resolved": "归一",
    "baseline": "按键精确相等",
    "loaded": "已加载",
    "unchanged": "未变",
    "failed": "失败",
    "unmatched": "无映射",
    "graph": "图数据库应答",
    "projected": "图谱已跟上数据湖",
    "schema": "图谱结构是本版本的",
    "unlinked": "数据湖中未连接的行",
}


def _cell(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:,}" if isinstance(value, int) else _WORDS.get(str(value), str(value))


def say(text: str) -> None:
    """A line of the conversation, on stderr."""
    err.print(text)
