"""Records by hand and a small generator of households with their errors.

Every id starts with a fictional province and every phone with a segment that no operator has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import polars as pl
import pytest

from core.catalogue import kind as catalogue_kind
from core.values.citizen_id import check_character

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈"
    "姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红梅建国志文斌鹏飞宇浩然子轩梓涵欣怡一诺晨曦雨桐佳"
    "琪思远嘉豪俊杰雪琳慧颖海燕春花秀珍凤淑荣福贵德胜永庆长生学东海波振国光明宝"
)
COMPOUNDS = ("桂花苑", "银杏园", "枫桥新村", "望湖花园", "清泉小区", "柳湾家园", "书香门第", "翠屏里")


def citizen_id(area: str, birth: str, sequence: int) -> str:
    first = f"{area}{birth}{sequence:03d}"
    return first + check_character(first)


def frame(kind: str, rows: list[dict[str, str | None]]) -> pl.DataFrame:
    """Records as the lake opens them; a row gives what it knows."""
    names = ("record_id", "feed", "department", "record_key", *catalogue_kind(kind).field_names)
    filled = [
        {
            "record_id": f"rec_{number:06d}",
            "feed": "health_records",
            "department": "卫健",
            "record_key": f"K{number:06d}#{kind}",
        }
        | row
        for number, row in enumerate(rows)
    ]
    table = pl.DataFrame({name: pl.Series(name, [row.get(name) for row in filled], pl.String) for name in names})
    start = datetime(2025, 1, 1)  # noqa: DTZ001 - the lake's times are local, without zone
    return table.with_columns(pl.Series("observed_at", [start + timedelta(hours=n) for n in range(len(rows))]))


@pytest.fixture(scope="session")
def records() -> Callable[[str, list[dict[str, str | None]]], pl.DataFrame]:
    return frame


@pytest.fixture(scope="session")
def make_id() -> Callable[[str, str, int], str]:
    return citizen_id


@dataclass
class Households:
    """Families of two to five: one surname for father and children, one door, a household phone beside the own ones."""

    random: Random
    rows: list[dict[str, str | None]] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)

    def add(self, number: int) -> None:
        pick = self.random.randint
        door = f"{self.random.choice(COMPOUNDS)}{pick(1, 20)}幢{pick(1, 3)}单元{pick(1, 18)}0{pick(1, 4)}室"
        shared, surname = self._phone(), self.random.choice(SURNAMES)
        for member in range(self.random.randint(2, 5)):
            year = self.random.randint(1950, 1985) + (25 if member > 1 else 0)
            birth = f"{year}{self.random.randint(1, 12):02d}{self.random.randint(1, 28):02d}"
            name = (self.random.choice(SURNAMES) if member == 1 else surname) + "".join(
                self.random.sample(GIVEN, self.random.choice((1, 2, 2, 2)))
            )
            sequence = self.random.randint(1, 999)
            person: dict[str, str | None] = {
                "name": name,
                "citizen_id": citizen_id(self.random.choice(("880102", "880103", "840101")), birth, sequence),
                "sex": "1" if sequence % 2 else "2",
                "birth_date": f"{birth[:4]}-{birth[4:6]}-{birth[6:]}",
                "phone": shared if self.random.random() < 0.3 else self._phone(),
                "address": door,
                "employer": f"澜江市{self.random.choice(GIVEN)}{self.random.choice(GIVEN)}贸易有限公司",
                "nation": "01" if self.random.random() < 0.93 else "11",
            }
            for _ in range(self.random.randint(1, 6)):
                self.rows.append(self._written(person, shared))
                self.truth.append(f"P{number}-{member}")

    def _phone(self) -> str:
        return f"160{self.random.randint(0, 99_999_999):08d}"

    def _written(self, person: dict[str, str | None], shared: str) -> dict[str, str | None]:
        row = dict(person)
        chance = self.random.random
        if chance() < 0.25:
            row["citizen_id"] = None
        elif chance() < 0.08:
            row["citizen_id"] = f"{row['citizen_id'] or '':.6}********{(row['citizen_id'] or '')[-4:]}"
        elif chance() < 0.05:
            row["citizen_id"] = self._mistyped(row["citizen_id"] or "", 17)
        if chance() < 0.15:
            row["phone"] = shared
        elif chance() < 0.05:
            row["phone"] = self._mistyped(row["phone"] or "", 11)
        if chance() < 0.06:
            row["name"] = self._misheard(row["name"] or "")
        for name, rate in (
            ("birth_date", 0.2),
            ("address", 0.3),
            ("employer", 0.6),
            ("sex", 0.2),
            ("nation", 0.4),
            ("phone", 0.2),
        ):
            if chance() < rate:
                row[name] = None
        if row["birth_date"] and chance() < 0.05:
            year, month, day = row["birth_date"].split("-")
            row["birth_date"] = self.random.choice((f"{year}-01-01", f"{year}-{month}-{(int(day) % 28) + 1:02d}"))
        return row

    def _mistyped(self, text: str, length: int) -> str:
        place = self.random.randrange(6, length)
        return text[:place] + str((int(text[place]) + self.random.randint(1, 9)) % 10) + text[place + 1 :]

    def _misheard(self, name: str) -> str:
        pairs = {
            "伟": "炜",
            "芳": "方",
            "静": "敬",
            "英": "音",
            "梅": "玫",
            "明": "铭",
            "红": "宏",
            "燕": "艳",
            "杰": "洁",
            "平": "萍",
        }
        changed = "".join(pairs.get(c, c) for c in name[1:])
        return name[0] + (changed if changed != name[1:] else self.random.choice(GIVEN) + name[2:])


@pytest.fixture(scope="session")
def households() -> Callable[[int, int], tuple[pl.DataFrame, pl.DataFrame]]:
    """(records, truth) of that many households for a seed."""

    def make(number: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        families = Households(Random(seed))
        for index in range(number):
            families.add(index)
        table = frame("person", families.rows)
        return table, table.select("record_id", "feed", "record_key", pl.Series("entity", families.truth))

    return make
