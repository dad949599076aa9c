# One small town is written once for all tests here; files are read back with plain readers, not with the loaders.
from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from loaders.town.generate import TownSummary, generate

PEOPLE, SEED = 2500, 11


class Row(NamedTuple):
    """One person as one record has them."""

    feed: str
    record_key: str
    name: str
    citizen_id: str
    phone: str
    birth: str


class Files:
    """The files of one town, decoded as FEEDS says."""

    def __init__(self, folder: Path, summary: TownSummary) -> None:
        self.folder, self.summary = folder, summary

    def csv(self, feed: str, encoding: str, delimiter: str = ",") -> list[dict[str, str]]:
        with (self.folder / f"{feed}.csv").open(encoding=encoding, newline="") as file:
            return list(csv.DictReader(file, delimiter=delimiter))

    def lines(self, feed: str) -> list[dict[str, Any]]:
        text = (self.folder / f"{feed}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def sheet(self, feed: str) -> list[list[Any]]:
        return CalamineWorkbook.from_path(str(self.folder / f"{feed}.xlsx")).get_sheet_by_index(0).to_python()

    def parquet(self, feed: str) -> list[dict[str, Any]]:
        return pl.read_parquet(self.folder / f"{feed}.parquet").to_dicts()

    def truth(self, table: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "truth" / f"{table}.parquet")

    def structures(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.folder / "truth" / "structures.json").read_text("utf-8"))
        return found

    def persons(self) -> list[Row]:
        return [row for row in self._persons() if row.record_key.partition("#")[0]]

    def _persons(self) -> Iterator[Row]:
        for r in self.csv("police_population", "gb18030"):
            yield _row("police_population", r["XH"], "person", r["XM"], r["GMSFHM"], r["LXDH"], r["CSRQ"])
        for r in self.csv("health_records", "utf-8-sig"):
            yield _row(
                "health_records", r["健康档案编号"], "person", r["姓名"], r["证件号码"], r["联系电话"], r["出生日期"]
            )
        for r in self.csv("housing_register", "utf-8", ";"):
            yield _row("housing_register", r["业务号"], "owner", r["权利人"], r["权利人证件号"], r["权利人电话"])
            if r["承租人"]:
                yield _row("housing_register", r["业务号"], "tenant", r["承租人"], r["承租人证件号"], r["承租人电话"])
        for r in self.csv("market_businesses", "gb18030"):
            phone = r["联系电话"] if r["企业类型"] == "个体工商户" else ""
            key, name, number = r["注册号"], r["法定代表人"], r["法定代表人证件号"]
            yield _row("market_businesses", key, "legal_representative", name, number, phone)
        for q in self.parquet("social_insurance"):
            key, birth = q["baz159"], str(q["aac006"] or "")
            yield _row("social_insurance", key, "person", q["aac003"], q["aac002"], q["aae005"], birth)
        for s in self.sheet("civil_assistance")[2:]:
            yield _row("civil_assistance", s[1], "person", s[2], s[3], _number(s[9]), str(s[5]))
        for u in self.csv("utility_accounts", "utf-8", "|"):
            yield _row("utility_accounts", u["户号"], "holder", u["户名"], u["证件号"], u["联系电话"])
        for s in self.sheet("property_owners")[1:]:
            yield _row("property_owners", s[0], "owner", s[5], "", _number(s[6]))
        for v in self.lines("grid_visits"):
            who = v["resident"]
            yield _row(
                "grid_visits", v["visitId"], "person", who["name"], who.get("idNo"), who.get("phone"), who.get("birth")
            )
        for v in self.lines("grid_mediations"):
            for place, who in enumerate(v["parties"]):
                key, mention = v["disputeNo"], f"party.{place}"
                yield _row("grid_mediations", key, mention, who["name"], who.get("idNo"), who.get("phone"))
        for v in self.lines("police_incidents"):
            for mention, who in (("reporter", v["bjr"]), *((f"party.{i}", p) for i, p in enumerate(v["dsr"]))):
                yield _row("police_incidents", v["jjdbh"], mention, who["xm"], who.get("sfzh"), who.get("lxdh"))
        for v in self.lines("hotline_complaints"):
            name, key = v["callerName"], v["workOrderNo"]
            anonymous = name.endswith(("女士", "先生")) or name == "匿名"
            yield _row("hotline_complaints", key, "caller", "" if anonymous else name, "", v["callerPhone"])


def _number(value: object) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)


def _row(
    feed: str, key: str | None, mention: str, name: object, number: object, phone: object, birth: object = ""
) -> Row:
    date = "".join(c for c in str(birth or "") if c.isdigit())
    return Row(feed, f"{key or ''}#{mention}", str(name or ""), str(number or "").upper(), str(phone or ""), date)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("town")
    return Files(folder, generate(folder, people=PEOPLE, seed=SEED))
