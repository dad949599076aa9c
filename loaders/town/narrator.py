"""Tells a happening in words, and remembers which words name whom and which place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from loaders.town.addresses import Addresses, chinese
from loaders.town.model import Dwelling, Happening, Organization, Person, Town
from loaders.town.names import surname_of
from loaders.town.slips import Slips

_COUNT = ("两", "三", "四", "五", "好几", "不下十", "2", "3", "七八", "无数")
_SPANS = (
    "半个月",
    "一个多月",
    "三个月",
    "快半年",
    "半年多",
    "一年",
    "两年多",
    "好几年",
    "一个星期",
    "十来天",
    "四十多天",
    "从去年到现在",
    "整整一个夏天",
    "小半年",
    "个把月",
    "二十天",
)
_PARTS = ("早上", "上午", "中午", "下午", "傍晚", "晚上", "夜里", "凌晨")
_WEEKDAYS = "一二三四五六日"
_PLAYERS = ("楼上", "对门", "隔壁", "楼下", "同单元", "我家楼上", "边上那户")
_OPEN, _MID, _SHUT = "\ue000", "\ue001", "\ue002"


class Mention(NamedTuple):
    """`start` counts characters of the finished text."""

    role: str
    surface: str
    start: int
    kind: str
    entity: str


@dataclass(slots=True)
class Telling:
    text: str
    mentions: list[Mention]
    place_surface: str
    place_level: str
    lines: tuple[int, ...] = ()
    """Which sentences of its category say what happened."""


class Earlier(NamedTuple):
    """What was told of the happening before: when, under which work order, which sentences said what happened; whether
    by the same caller.
    """

    at: datetime
    number: str
    lines: tuple[int, ...]
    same_caller: bool


@dataclass(slots=True)
class Narrator:
    """Fills the slots of one happening. `voice` is `formal` (of the caller) or `spoken` (by the caller)."""

    town: Town
    addresses: Addresses
    slips: Slips
    rng: Random
    happening: Happening | None = None
    voice: str = "spoken"
    precise: bool = False
    place_surface: str = field(default="")
    place_level: str = field(default="")
    earlier: Earlier | None = None
    lines: list[int] = field(default_factory=list)

    def begin(self, happening: Happening, voice: str, *, precise: bool = False, earlier: Earlier | None = None) -> None:
        """`precise`: officers write whole names and addresses."""
        self.happening, self.voice, self.precise, self.earlier = happening, voice, precise, earlier
        self.lines = []
        self.place_surface, self.place_level = "", ""

    def finish(self, text: str) -> Telling:
        """Take the marks out of an expanded text and turn them into mentions."""
        mentions, out, length = [], [], 0
        for piece in text.split(_OPEN):
            if _SHUT in piece:
                marked, rest = piece.split(_SHUT, 1)
                what, surface = marked.split(_MID, 1)
                role, kind, entity = what.split("|")
                mentions.append(Mention(role, surface, length, kind, entity))
                out += [surface, rest]
                length += len(surface) + len(rest)
            else:
                out.append(piece)
                length += len(piece)
        return Telling("".join(out), mentions, self.place_surface, self.place_level, tuple(self.lines))

    def slot(self, name: str) -> str:
        """The text of a slot; raises `KeyError` for a slot that the grammar should not have."""
        method = _SLOTS[name]
        text: str = method(self)
        return text

    @property
    def event(self) -> Happening:
        if self.happening is None:
            raise ValueError("no happening begun")
        return self.happening

    # --- people ----------------------------------------------------------------------------------------------

    def _mark(self, role: str, kind: str, entity: str, surface: str) -> str:
        return f"{_OPEN}{role}|{kind}|{entity}{_MID}{surface}{_SHUT}"

    def me(self) -> str:
        if self.voice == "formal":
            return self.rng.choice(("其", "市民", "来电人", "该市民")) if not self.precise else self._reporter()
        return "我"

    def _reporter(self) -> str:
        person = self.town.persons[self.event.caller]
        surface = person.name if self.rng.random() < 0.6 else f"{surname_of(person.name)}某"
        return self._mark("complainant", "person", person.entity, surface)

    def my_home(self) -> str:
        return "其家" if self.voice == "formal" else self.rng.choice(("我家", "我们家", "我屋里", "咱家"))

    def we(self) -> str:
        return "其" if self.voice == "formal" else "我们"

    def named_self(self) -> str:
        person = self.town.persons[self.event.caller]
        return self._mark("complainant", "person", person.entity, person.name)

    def party(self) -> str:
        others = self.event.others
        if not others:
            return (
                self.rng.choice(("有人", "那户人家", "楼上", "隔壁", "一户人家", "某住户", "房东", "对方"))
                if not self.precise
                else "对方"
            )
        person = self.town.persons[others[0][1]]
        return self._mark("respondent", "person", person.entity, self._call(person))

    def _call(self, person: Person) -> str:
        """How one speaks of another: 张某, 王大妈, 楼上姓刘的, a whole name, or only a door."""
        rng, name = self.rng, person.name
        surname = surname_of(name)
        draw = rng.random()
        if self.precise:
            return name if draw < 0.6 else f"{surname}某" if draw < 0.85 else f"{surname}某某"
        if draw < 0.24:
            if rng.random() < 0.15:
                return self.slips.homophone(name, rng) or name
            return name
        age = (self.town.today - person.birth).days // 365
        if draw < 0.40:
            return self.rng.choice((f"{surname}某", f"{surname}某某", f"姓{surname}的"))
        if draw < 0.56:
            if age >= 55:
                title = rng.choice(("大妈", "阿姨", "大娘") if person.sex == 2 else ("大爷", "师傅", "伯伯", "老师傅"))
            elif person.sex == 2:
                title = rng.choice(("女士", "姐", "阿姨", "小姐"))
            else:
                title = rng.choice(("先生", "师傅", "哥", "老板"))
            return surname + title
        if draw < 0.68:
            return f"{'老' if age > 45 else '小'}{surname}"
        if draw < 0.82:
            return f"{rng.choice(_PLAYERS)}{rng.choice(('姓', '那个姓', '的姓'))}{surname}的"
        if person.household >= 0:
            home = self.town.dwellings[self.town.households[person.household].dwelling]
            tail = rng.choice(("的住户", "那家", "的人", "室那户", "的"))
            return f"{home.room}{tail}" if rng.random() < 0.7 else f"{rng.choice(_PLAYERS)}{home.room}"
        return f"{surname}老板"

    def organization(self) -> str:
        index = self.event.organization
        if index < 0:
            return self.rng.choice(("物业", "那家店", "这家公司", "他们单位", "对方公司"))
        organization: Organization = self.town.organizations[index]
        draw = self.rng.random()
        surface = organization.name if draw < 0.35 else organization.short if draw < 0.7 else organization.bare
        if draw > 0.9:
            if organization.kind == "property":
                surface = self.rng.choice(("物业", "物业公司", "小区物业"))
            else:
                surface = self.rng.choice(("这家单位", "他们", "店家" if organization.kind == "sole" else "公司"))
        return self._mark("respondent", "organization", organization.entity, surface)

    # --- places ----------------------------------------------------------------------------------------------

    def place(self) -> str:
        """The place, as fully as this teller cares to give it; the first telling counts as the event's place."""
        if self.place_surface and self.rng.random() < 0.6:
            return self.rng.choice(("这里", "这边", "我们这", "该处"))
        surface, level = self._place()
        if not self.place_surface:
            self.place_surface, self.place_level = surface, level
        return surface

    def _place(self) -> tuple[str, str]:
        """The words, and the level they reach: door, building, compound or public."""
        rng, addresses = self.rng, self.addresses
        event = self.event
        compound = self.town.compounds[event.compound]
        community = self.town.communities[event.community]
        if event.dwelling < 0:
            if event.organization >= 0 and rng.random() < 0.5:
                return self.town.organizations[event.organization].address, "public"
            front = rng.choice(("", community.street, f"{community.county}{community.street}"))
            return front + rng.choice(
                (
                    f"{compound.road}{compound.road_no}附近", f"{compound.road}{rng.randint(1, 400)}号",
                    f"{compound.name or compound.road}门口", f"{compound.road}与{self.road()}交叉口",
                    f"{community.name}{compound.road}", f"{compound.name or compound.road}北侧",
                )
            ), "public"  # fmt: skip
        dwelling: Dwelling = self.town.dwellings[event.dwelling]
        draw = rng.random()
        if self.precise or draw < 0.5:
            if rng.random() < (0.35 if self.precise else 0.12):
                return addresses.standard(dwelling), "door"
            return addresses.spelled(dwelling, rng), "door"
        if draw < 0.75:
            front = rng.choice(("", community.street, community.name, f"{compound.road}"))
            return front + addresses.building(dwelling), "building"
        front = rng.choice(("", community.street, community.name, f"{community.county}{community.street}"))
        return front + (compound.name or compound.road + compound.road_no), "compound"

    def compound(self) -> str:
        compound = self.town.compounds[self.event.compound]
        return compound.name or f"{compound.road}{compound.road_no}"

    def community(self) -> str:
        return self.town.communities[self.event.community].name

    def street(self) -> str:
        return self.town.communities[self.event.community].street

    def road(self) -> str:
        nearby = self.town.communities[self.event.community].compounds
        return self.town.compounds[nearby[int(self.rng.random() * len(nearby))]].road

    # --- times and numbers -----------------------------------------------------------------------------------

    def time(self) -> str:
        """When it happened, seen from the day of reporting."""
        rng, at, told = self.rng, self.event.at, self.event.reported
        days = (told.date() - at.date()).days
        part = _PARTS[min(max(at.hour - 5, 0) // 3, 6)] if at.hour >= 5 else "凌晨"
        choices = [f"{at.month}月{at.day}日", f"{at.month}月{at.day}号{part}", f"{at.month}.{at.day}{part}"]
        if days == 0:
            choices += ["今天", f"今天{part}", "刚才", "刚刚", f"今天{part}{at.hour % 12 or 12}点"]
        elif days == 1:
            choices += ["昨天", f"昨天{part}", "昨晚" if at.hour > 17 else "昨日"]
        elif days == 2:
            choices += ["前天", f"前天{part}"]
        if 2 <= days <= 12:
            week = "上" if at.isocalendar()[1] != told.isocalendar()[1] else "这"
            choices += [f"{week}周{_WEEKDAYS[at.weekday()]}{part}", f"{week}个星期{_WEEKDAYS[at.weekday()]}"]
        if rng.random() < 0.15:
            choices += ["前几天", "上个月", "最近", "这段时间", "国庆前后" if at.month in (9, 10) else "前一阵"]
        return rng.choice(choices)

    def day(self) -> str:
        day: date = (self.event.reported - timedelta(days=self.rng.randint(5, 80))).date()
        return self.rng.choice(
            (
                f"{day.month}月{day.day}日",
                f"{day.month}月{day.day}号",
                f"{day.year}年{day.month}月",
                f"{day.month}月{'初' if day.day < 11 else '中旬' if day.day < 21 else '底'}",
            )
        )

    def call_day(self) -> str:
        """The day of the earlier call, seen from this one."""
        if self.earlier is None:
            raise ValueError("no earlier call")
        at, told = self.earlier.at.date(), self.event.reported.date()
        choices = [f"{at.month}月{at.day}日", f"{at.month}月{at.day}号"]
        if at.month == told.month:
            choices.append(f"{at.day}号")
        if 7 <= (told - at).days + at.weekday() - told.weekday() <= 7:
            choices.append(f"上周{_WEEKDAYS[at.weekday()]}")
        return self.rng.choice(choices)

    def call_number(self) -> str:
        if self.earlier is None:
            raise ValueError("no earlier call")
        return self.earlier.number

    def hour(self) -> str:
        rng = self.rng
        hour = rng.choice((5, 6, 7, 9, 10, 11, 12, 1, 2))
        half = rng.choice(("", "", "半", "多", "一刻"))
        front = "早上" if 5 <= hour <= 7 else "晚上" if 9 <= hour <= 11 else "半夜" if hour == 12 else "凌晨"
        return rng.choice(
            (
                f"{front}{chinese(str(hour))}点{half}",
                f"{front}{hour}点{half}",
                f"{(hour + 12) % 24 if 9 <= hour <= 11 else hour % 12}:{rng.choice(('00', '30', '20', '45'))}",
            )
        )

    def span(self) -> str:
        return self.rng.choice(_SPANS)

    def sum(self) -> str:
        amount = self.event.amount
        value = (
            int(amount)
            if amount and self.rng.random() < 0.7
            else int(self.rng.choice((200, 600, 1500, 2800, 5000, 12000)) * self.rng.uniform(0.5, 3))
        )
        if value >= 10000 and self.rng.random() < 0.6:
            return f"{value / 10000:.1f}万".replace(".0万", "万") + self.rng.choice(("", "元", "块", "多"))
        return f"{value}{self.rng.choice(('元', '块', '块钱', '多块', '元左右'))}"

    def count(self) -> str:
        return self.rng.choice(_COUNT)

    def number(self) -> str:
        return self.rng.choice(("两", "三", "四", "五", "六", "七", "八", "2", "3", "4", "5", "6", "7"))

    def floor(self) -> str:
        number = str(self.rng.randint(2, 17))
        return chinese(number) if self.rng.random() < 0.4 else number

    def phone(self) -> str:
        number = self.town.persons[self.event.caller].phone
        if self.rng.random() < 0.15:
            return f"{number[:3]} {number[3:7]} {number[7:]}"
        return number


_SLOTS = {
    "我": Narrator.me, "我家": Narrator.my_home, "我们": Narrator.we, "报": Narrator.named_self, "地": Narrator.place,
    "人": Narrator.party, "单位": Narrator.organization, "时": Narrator.time, "久": Narrator.span, "钱": Narrator.sum,
    "次": Narrator.count, "点": Narrator.hour, "日": Narrator.day, "小区": Narrator.compound,
    "社区": Narrator.community, "街道": Narrator.street, "路": Narrator.road, "电话": Narrator.phone,
    "数": Narrator.number, "层": Narrator.floor, "前日": Narrator.call_day, "工单": Narrator.call_number,
}  # fmt: skip


def at_clock(moment: datetime, minutes: float) -> datetime:
    """`moment` plus `minutes`, to the second."""
    return (moment + timedelta(minutes=minutes)).replace(microsecond=0)
