"""`weinao find`: the search box at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import print_json, print_table
from cli.session import Json, Purpose, opened, reader_of

if TYPE_CHECKING:
    from services.search import Hit

_KIND_LABELS = {
    "person": "人员",
    "household": "家庭户",
    "dwelling": "房屋",
    "organization": "单位",
    "event": "事件",
    "place": "地点",
}
_SHOWN = ("name", "household_no", "title", "address", "category", "place_text")


def register(root: typer.Typer) -> None:
    root.command("find")(find)


def find(
    text: Annotated[list[str], typer.Argument(metavar="文字", help="姓名、号码、地址、单位、户号或事件编号。")],
    kind: Annotated[
        list[str] | None,
        typer.Option(help="只找一类，可写多次：person、household、dwelling、organization、event 或 place。"),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="最多显示几个。")] = 20,
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """搜索框：由一段文字找到人、户、房屋、单位、事件和地点，最像的在前，各有理由。

    姓名可以写繁体、拼音或首字母，错一个字也能找到；姓名后写地址可缩小范围。例：weinao find 张伟 枫桥新村
    """
    from services.search import search

    with opened() as weinao:
        hits = search(weinao, reader_of(weinao, purpose), " ".join(text), kinds=kind or (), limit=limit)
    if as_json:
        print_json({"hits": [_row(hit) for hit in hits]})
        return
    rows = [(_KIND_LABELS[hit.kind], _told(hit), hit.reason.label, f"{hit.score:.2f}", hit.view.id) for hit in hits]
    print_table(f"找到 {len(rows)} 个", ("类别", "对象", "理由", "得分", "编号"), rows)


def _row(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.kind,
        "id": hit.view.id,
        "score": hit.score,
        "reason": hit.reason.value,
        "reason_label": hit.reason.label,
        "matched": hit.matched,
        "values": dict(hit.view.values),
    }


def _told(hit: Hit) -> str:
    """The first two things that tell an object from others of its kind."""
    known = [str(value) for name in _SHOWN if (value := hit.view.values.get(name))]
    return "，".join(known[:2]) or hit.view.id
