"""A real, small home: two registers of twelve people at six doors, taken the whole way, for what changes data.

张伟 and 李娜 live at the first door, which is `ADDRESS` of the office's graph; each is known from both registers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from core.settings import Settings
from core.values.citizen_id import check_character
from governance.access import AccessContext, Role
from services.app import App, open_app
from services.export import assigned_records
from services.loading import load_feed
from services.pipeline import update

OFFICER = AccessContext(subject="li", role=Role.DATA_OFFICER)
NAMES: Final = (
    "张伟", "李娜", "王建国", "李秀英", "刘志强", "陈海燕", "杨思远", "黄晓梅", "赵文斌", "吴雨桐", "周永福", "徐慧颖",
)  # fmt: skip
DOORS: Final = tuple(f"青枫区梧桐街道枫桥社区枫桥新村3栋2单元{number}室" for number in (105, 106, 205, 206, 305, 306))
_MAPPING: Final = """
feed: {feed}
label: {label}
department: {department}
match: people.csv
format: csv
key: [no]
observed_at: at
mentions:
  person:
    kind: person
    fields: {{name: {{column: who, required: true}}, citizen_id: id, phone: tel, address: door, birth_date: born}}
  home:
    kind: dwelling
    fields: {{address: door}}
relations:
  - {{type: LIVES_IN, from: person, to: home, valid_from: since}}
"""
FEEDS: Final = (("households", "户籍名册", "公安", "2024-03-01"), ("visits", "走访名册", "综治", "2024-06-01"))


def phone(number: int) -> str:
    return f"1600000{number:04d}"


def citizen_id(number: int) -> str:
    stem = f"880102{1960 + number}0101{number:03d}"
    return stem + check_character(stem)


def settle(home: Path) -> App:
    """The village in a home of its own; whoever asks for it closes it."""
    app = open_app(Settings(home=home))
    for feed, label, department, day in FEEDS:
        (home / f"{feed}.yaml").write_text(
            _MAPPING.format(feed=feed, label=label, department=department), encoding="utf-8"
        )
        rows = [
            f"{number},{name},{citizen_id(number)},{phone(number)},{DOORS[number // 2]},{1960 + number}-01-01,"
            f"2020-03-01,{day}"
            for number, name in enumerate(NAMES)
        ]
        (home / "people.csv").write_text(
            "\n".join(["no,who,id,tel,door,born,since,at", *rows]) + "\n", encoding="utf-8"
        )
        load_feed(app, OFFICER, feed, home / "people.csv", mapping=home / f"{feed}.yaml")
    update(app, OFFICER)
    return app


def person(app: App, name: str) -> str:
    """The id of the villager of a name."""
    key = f"{NAMES.index(name)}#person"
    owners = assigned_records(app, "person").filter(pl.col("record_key") == key)["entity_id"].unique()
    return str(owners.item())


def door(app: App, number: int = 0) -> str:
    """The id of one of the `DOORS`."""
    key = f"{2 * number}#home"
    owners = assigned_records(app, "dwelling").filter(pl.col("record_key") == key)["entity_id"].unique()
    return str(owners.item())
