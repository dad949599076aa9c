"""A register of residents, written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from core.values.citizen_id import check_character
from governance.access import AccessContext, Role
from services.app import App
from services.export import assigned_records
from services.loading import load_feed

OFFICER = AccessContext(subject="li", role=Role.DATA_OFFICER)
_MAPPING = """
feed: residents
label: 居民名册
department: 街道
match: people.csv
format: csv
key: [no]
mentions:
  person:
    kind: person
    fields: {name: {column: who, required: true}, citizen_id: id, phone: tel, address: door}
"""


def load_residents(app: App, folder: Path, rows: Iterable[str]) -> None:
    """Load `rows` (number, name, citizen id, phone, door) as the register's newest file."""
    (folder / "residents.yaml").write_text(_MAPPING, encoding="utf-8")
    (folder / "people.csv").write_text("\n".join(["no,who,id,tel,door", *rows]) + "\n", encoding="utf-8")
    load_feed(app, OFFICER, "residents", folder / "people.csv", mapping=folder / "residents.yaml")


def entity_of(app: App, key: str) -> str:
    (owner,) = assigned_records(app, "person").filter(pl.col("record_key") == f"{key}#person")["entity_id"]
    return str(owner)


def people() -> Iterator[str]:
    """Twelve people, each known by number, name, phone and door in one row and by less in another, and three pairs in
    doubt.
    """
    names = (
        "王建国",
        "李秀英",
        "张玉兰",
        "刘志强",
        "陈海燕",
        "杨思远",
        "黄晓梅",
        "赵文斌",
        "吴雨桐",
        "周永福",
        "徐慧颖",
        "孙嘉豪",
    )
    for number, name in enumerate(names):
        body = f"880102{1950 + number}0312{100 + number}"
        door = f"桂花苑{number + 1}幢2单元{number % 6 + 1}01室"
        yield f"{number}a,{name},{body}{check_character(body)},1601234{number:04d},{door}"
        known = {0: (name, "", door), 1: (name, f"1601234{number:04d}", ""), 2: (name, "", ""), 3: (name[:2], "", door)}
        yield f"{number}b,{known[number % 4][0]},,{known[number % 4][1]},{known[number % 4][2]}"
    # One phone under two names that differ: one person miswritten, or two of one family.
    for number, (one, other) in enumerate((("郑国强", "郑国良"), ("冯玉梅", "冯玉红"), ("沈志远", "沈远")), 20):
        yield from (f"{number}{letter},{name},,1601234{number:04d}," for letter, name in (("a", one), ("b", other)))
