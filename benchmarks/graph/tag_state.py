"""A made-up state of the graph of any size, written as the two tables of the lake that hold it.

Ids are made, distributions are those of the synthetic town: households of 2.7 in a dwelling each, three people of ten
have moved, two to four records a person, .15 events a person, a tenth tagged. `props` are as long as real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks.graph.rows import Rows, framed
from loaders.lake.store import Lake

TODAY: Final = date(2026, 11, 1)
_CHUNK: Final = 250_000
_SEALED: Final = "AQFvKvBkrHH/bImakI8ay6SOdmSQwjB2q5xhcQz51qZkNwUMk2vUzYPmcr1K7PuxWFAelQ=="
_FEEDS: Final = ("police_population", "grid_visits", "health_records", "housing_register", "social_insurance")
_CATEGORIES: Final = (
    "诈骗",
    "噪音扰民",
    "邻里纠纷",
    "物业服务",
    "家庭纠纷",
    "渗漏水",
    "消防安全",
    "拖欠工资",
    "楼道堆物",
    "盗窃",
    "烟感报警",
)
_KINDS: Final = ("complaint", "complaint", "complaint", "dispute", "incident", "case", "alarm")
_TODAY: Final = np.datetime64(TODAY)


@dataclass(frozen=True, slots=True)
class Made:
    """What was written: rows of the two tables."""

    people: int
    nodes: int
    edges: int


def write_state(lake: Lake, people: int, blind: Callable[[str, str], str], seed: int = 7) -> Made:
    """Append the state of a town of `people` to an empty lake; `blind` makes the index of sealed values."""
    nodes = edges = 0
    for number, start in enumerate(range(0, people, _CHUNK)):
        chunk = _Chunk(number, min(_CHUNK, people - start), np.random.default_rng(seed + number), blind)
        made = {"graph_nodes": list(chunk.nodes()), "graph_edges": list(chunk.edges())}
        for table, frames in made.items():
            lake.append(table, pl.concat(frames).with_columns(batch=pl.lit(1), op=pl.lit("create"), hash=pl.lit("")))
        nodes += sum(frame.height for frame in made["graph_nodes"])
        edges += sum(frame.height for frame in made["graph_edges"])
    return Made(people, nodes, edges)


class _Chunk:
    """One part of the town; nothing in it is related to another part."""

    def __init__(self, number: int, people: int, rng: np.random.Generator, blind: Callable[[str, str], str]) -> None:
        self.number, self.rng, self.blind = number, rng, blind
        self.drawn = 0  # groups of edges so far
        sizes = rng.choice([1, 2, 3, 4, 5], people, p=[0.2, 0.27, 0.28, 0.17, 0.08])
        self.homes = int(np.searchsorted(np.cumsum(sizes), people)) + 1
        self.home = np.repeat(np.arange(self.homes), sizes[: self.homes])[:people]
        self.count = {
            "Person": people,
            "Household": self.homes,
            "Dwelling": int(self.homes * 1.06),
            "Organization": people // 18,
            "Event": people * 15 // 100,
            "Building": self.homes // 50 + 1,
            "Compound": self.homes // 130 + 1,
            "Grid": self.homes // 450 + 1,
            "Community": self.homes // 1_400 + 1,
            "Street": self.homes // 4_300 + 1,
            "Department": 40,
            "Tag": 6,
        }
        self.records = {
            "Person": np.repeat(np.arange(people), rng.integers(2, 5, people)),
            "Dwelling": np.repeat(np.arange(self.count["Dwelling"]), 3),
            "Household": np.repeat(np.arange(self.homes), 2),
            "Organization": np.repeat(np.arange(self.count["Organization"]), 4),
            "Event": np.arange(self.count["Event"]),
        }
        self.count["Record"] = sum(map(len, self.records.values()))
        self.reported = _TODAY - rng.integers(0, 900, self.count["Event"])

    def ids(self, label: str, numbers: np.ndarray[Any, Any]) -> pl.Series:
        # As scattered as digests are, and as long.
        scrambled = (numbers.astype(np.uint64) + np.uint64(self.number << 32)) * np.uint64(0x9E3779B97F4A7C15)
        text = pl.Series(scrambled).cast(pl.String).str.zfill(24)
        return pl.select(pl.lit(label.lower() + "_") + pl.lit(text)).to_series()

    def pick(self, values: tuple[str, ...], size: int) -> np.ndarray[Any, Any]:
        return np.asarray(values, dtype=object)[self.rng.integers(0, len(values), size)]

    # --- nodes -----------------------------------------------------------------------------------------------

    def nodes(self) -> Iterator[pl.DataFrame]:
        for label, size in self.count.items():
            make = getattr(self, f"_{label.lower()}", self._place)
            yield framed({"label": label, "id": self.ids(label, np.arange(size))}, make(label, size))

    def _person(self, _: str, size: int) -> Rows:
        born = _TODAY - self.rng.integers(0, 90 * 365, size)
        child = (_TODAY - born).astype(int) < 14 * 365
        years = pl.Series(born.astype("datetime64[Y]").astype(int) + 1970)
        dates = pl.Series(born).cast(pl.String)
        masked = years.cast(pl.String) + "-**-**"
        helped = self._sealed("assistance", {"低保": 0.03, "低保边缘": 0.006, "特困": 0.003}, size)
        disabled = self._sealed("disability", {"一级": 0.006, "二级": 0.01, "三级": 0.02, "四级": 0.02}, size)
        children = pl.Series(child)
        return {
            "address": pl.Series(["云泽省澜江市青枫区南桥街道春晖社区翠屏路431号西苑名苑3栋3单元502室"]).new_from_index(
                0, size
            ),
            "assistance_index": helped,
            "birth_date": masked.zip_with(children, dates) if size else dates,
            "birth_date_sealed": pl.Series([_SEALED]).new_from_index(0, size).set(~children, None),
            "birth_year": years,
            "disability_index": disabled,
            "disability_sealed": disabled.set(disabled.is_not_null(), _SEALED),
            "citizen_id": "880103********1544",
            "citizen_id_sealed": _SEALED,
            "education": "初中",
            "initials": "syl",
            "marital": self.pick(("10", "20", "30", "40"), size),
            "name": "申玉兰",
            "name_key": "申玉兰",
            "nation": "01",
            "phone": "154****4765",
            "phone_sealed": _SEALED,
            "record_count": np.bincount(self.records["Person"], minlength=size),
            "registered_address": "云泽省澜江市青枫区南桥街道春晖社区翠屏路431号西苑名苑3栋3单元502室",
            "sex": self.pick(("1", "2"), size),
        }

    def _sealed(self, field: str, shares: dict[str, float], size: int) -> pl.Series:
        """The keyed index of a sealed value that few have."""
        numbers = self.rng.choice(len(shares) + 1, size, p=[*shares.values(), 1 - sum(shares.values())])
        return pl.Series([*(self.blind(field, value) for value in shares), None]).gather(numbers)

    def _household(self, _: str, size: int) -> Rows:
        numbers = pl.Series(np.arange(size)).cast(pl.String)
        return {
            "household_no": "H" + numbers,
            "household_type": self.pick(("家庭户", "集体户", "流动人口户"), size),
            "record_count": 2,
        }

    def _dwelling(self, _: str, size: int) -> Rows:
        return {
            "address": "云泽省澜江市青枫区南桥街道南桥社区泰山路27号明珠小区1栋3单元202室",
            "area": np.round(self.rng.uniform(30, 160, size), 1),
            "building": "1",
            "compound": "明珠小区",
            "dwelling_key": "明珠|" + pl.Series(np.arange(size)).cast(pl.String),
            "record_count": 3,
            "room": "202",
            "unit": "3",
            "usage": "住宅",
        }

    def _organization(self, _: str, size: int) -> Rows:
        return {
            "address": "云泽省澜江市青枫区梧桐街道和平北路181号1层127室",
            "industry": self.pick(("餐饮业", "建筑业", "零售业", "软件业"), size),
            "name": "澜江中元鑫火锅店",
            "phone_sealed": _SEALED,
            "record_count": 4,
            "registered_on": "2023-08-07",
            "status": "存续",
        }

    def _event(self, _: str, size: int) -> Rows:
        status = self.pick(("closed",) * 15 + ("processing", "open"), size)
        reported = pl.Series(self.reported).cast(pl.String) + "T14:33:44"
        closed = pl.Series(self.reported + 5).cast(pl.String) + "T09:00:00"
        return {
            "category": self.pick(_CATEGORIES, size),
            "closed_at": closed.set(pl.Series(status != "closed"), None),
            "department": "梧桐街道办事处",
            "feed": "hotline_complaints",
            "kind": self.pick(_KINDS, size),
            "outcome": "已向市民解释相关政策，市民表示理解。",
            "reported_at": reported,
            "status": status,
            "text": "第2次留言了。我住在机床厂城2栋1单元801室。小严往楼下丢垃圾，晒的被子烧了洞，砸门，邻居都怕。",
            "text_sealed": _SEALED * 4,
        }

    def _record(self, _: str, size: int) -> Rows:
        return {
            "department": "公安",
            "feed": self.pick(_FEEDS, size),
            "kind": "person",
            "observed_at": "2025-04-02T15:43:24",
            "record_key": "P" + pl.Series(np.arange(size)).cast(pl.String).str.zfill(7) + "#residence",
        }

    def _tag(self, _: str, size: int) -> Rows:
        numbers = pl.Series(np.arange(size)).cast(pl.String)
        return {"label": "标签" + numbers, "name": "tag_" + numbers, "version": 1}

    def _place(self, label: str, size: int) -> Rows:
        return {"name": f"{label} {self.number} " + pl.Series(np.arange(size)).cast(pl.String)}

    # --- edges -----------------------------------------------------------------------------------------------

    def edges(self) -> Iterator[pl.DataFrame]:
        count, rng = self.count, self.rng
        people, homes = np.arange(count["Person"]), np.arange(self.homes)
        roles = self.pick(("family", "family", "owner", "tenant", "guest"), count["Person"])
        yield self._edges("LIVES_IN", "Person", people, "Dwelling", self.home, role=roles)
        moved = people[rng.random(len(people)) < 0.3]
        yield self._edges(
            "LIVES_IN", "Person", moved, "Dwelling", self._any("Dwelling", len(moved)), ended=True, role="tenant"
        )
        heads = np.r_[True, self.home[1:] != self.home[:-1]]
        relation = np.where(heads, "02", self.pick(("12", "20", "30", "99"), len(people)))
        yield self._edges("MEMBER_OF", "Person", people, "Household", self.home, relation_to_head=relation)
        kin = people[1:][~heads[1:]]
        kinds = self.pick(("child", "child", "spouse", "sibling", "grandchild"), len(kin))
        yield self._edges("KIN", "Person", kin - 1, "Person", kin, kind=kinds)
        for kind, share in (("REGISTERED_AT", 0.65), ("OWNS", 0.5), ("RENTS", 0.05)):
            some = people[rng.random(len(people)) < share]
            there = np.where(rng.random(len(some)) < 0.9, self.home[some], self._any("Dwelling", len(some)))
            yield self._edges(kind, "Person", some, "Dwelling", there)
        workers = people[rng.random(len(people)) < 0.5]
        yield self._edges("WORKS_AT", "Person", workers, "Organization", self._any("Organization", len(workers)))
        firms = np.arange(count["Organization"])
        yield self._edges("LEGAL_REPRESENTATIVE_OF", "Person", self._any("Person", len(firms)), "Organization", firms)
        yield self._edges("LOCATED_AT", "Household", homes, "Dwelling", homes)
        yield self._edges("LOCATED_AT", "Organization", firms, "Street", firms % count["Street"])
        yield from self._places()
        yield from self._events()
        for number, (label, numbers) in enumerate(self.records.items()):
            start = sum(len(some) for some in list(self.records.values())[:number])
            yield self._edges(
                "DESCRIBES", "Record", start + np.arange(len(numbers)), label, numbers, dated=False, probability=1.0
            )
        for label in ("Person", "Dwelling"):
            some = np.flatnonzero(rng.random(count[label]) < 0.1)
            yield self._edges("TAGGED", label, some, "Tag", some % count["Tag"], rule="tag")

    def _places(self) -> Iterator[pl.DataFrame]:
        dwellings = np.arange(self.count["Dwelling"])
        chain = (("Building", 50), ("Compound", 130), ("Community", 1_400), ("Street", 4_300))
        below, numbers, size = "Dwelling", dwellings, 1
        for above, width in chain:
            there = np.minimum(numbers * size // width, self.count[above] - 1)
            yield self._edges("PART_OF", below, numbers, above, there, dated=False)
            below, numbers, size = above, np.arange(self.count[above]), width
        for below, width in (("Building", 50), ("Compound", 130)):
            numbers = np.arange(self.count[below])
            there = np.minimum(numbers * width // 450, self.count["Grid"] - 1)
            yield self._edges("PART_OF", below, numbers, "Grid", there, dated=False)
        grids = np.arange(self.count["Grid"])
        yield self._edges(
            "PART_OF",
            "Grid",
            grids,
            "Community",
            np.minimum(grids * 450 // 1_400, self.count["Community"] - 1),
            dated=False,
        )

    def _events(self) -> Iterator[pl.DataFrame]:
        events = np.arange(self.count["Event"])
        # A few complain often: the square of an even draw.
        who = (self.rng.random(len(events)) ** 2 * self.count["Person"]).astype(int)
        against = self._any("Person", len(events))
        some = self.rng.random(len(events)) < 0.5
        on = self.reported
        yield self._edges("PARTY_TO", "Person", who, "Event", events, since=on, role="complainant")
        yield self._edges("PARTY_TO", "Person", against[some], "Event", events[some], since=on[some], role="respondent")
        firm = events[~some]
        yield self._edges(
            "PARTY_TO",
            "Organization",
            self._any("Organization", len(firm)),
            "Event",
            firm,
            since=on[firm],
            role="respondent",
        )
        for label, part in (("Dwelling", some), ("Compound", ~some)):
            there = self._any(label, int(part.sum()))
            yield self._edges("OCCURRED_AT", "Event", events[part], label, there, since=on[part])
        for step in (1, 2, 3):
            yield self._edges(
                "HANDLED_BY", "Event", events, "Department", self._any("Department", len(events)), since=on, step=step
            )

    def _any(self, label: str, size: int) -> np.ndarray[Any, Any]:
        return self.rng.integers(0, self.count[label], size)

    def _edges(
        self,
        kind: str,
        source: str,
        source_numbers: np.ndarray[Any, Any],
        target: str,
        target_numbers: np.ndarray[Any, Any],
        /,
        *,
        since: np.ndarray[Any, Any] | None = None,
        ended: bool = False,
        dated: bool = True,
        **props: Any,
    ) -> pl.DataFrame:
        size = len(source_numbers)
        begins = since if since is not None else _TODAY - self.rng.integers(400, 3_000, size)
        times = {"valid_from": pl.Series(begins).cast(pl.String)} if dated else {}
        if ended:
            times["valid_to"] = pl.Series(begins + self.rng.integers(30, 390, size)).cast(pl.String)
        always = {
            "confidence": 0.925,
            "observed_at": "2026-05-27T14:46:58",
            "sources": pl.Series([list(_FEEDS[:2])]).new_from_index(0, size),
        }
        self.drawn += 1
        edge_ids = self.ids(f"rel{self.drawn}", np.arange(size))
        ends = {
            "type": kind,
            "id": edge_ids,
            "from_label": source,
            "from_id": self.ids(source, source_numbers),
            "to_label": target,
            "to_id": self.ids(target, target_numbers),
        }
        return framed(ends, always | props | times)
