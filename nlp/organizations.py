"""Organizations in running text: those of the gazetteer, and those told by their ending."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from nlp.layers import Match
from nlp.stems import name_start


class OrganizationMention(NamedTuple):
    """One mention; `name` is the full name where known, `key` the gazetteer key where exactly one fits."""

    start: int
    end: int
    name: str | None
    key: str | None
    certainty: float


_ENDING: Final = re.compile(
    r"(?:股份|责任)?有限(?:责任)?公司(?:[一-龥]{2,6}分公司)?|(?:物业|置业|地产|房地产|装饰|装修|建筑|劳务|科技|传媒|保险|供水|燃气|供电|供热|公交|餐饮|家政|中介)公司"
    r"|(?:物业|置业|房产中介)(?![公费管服]|人员|经理|保安|前台|客服)|(?:火锅|烧烤|饭|面|药|酒|理发|美容|便利|水果|宠物|早餐|奶茶)店|酒店|宾馆|餐馆|餐厅|酒楼|酒吧|超市|茶楼|棋牌室|麻将馆"
    r"|集团|公司(?![里内上法章门])|厂(?![房家区长方里门商城])"
    r"|健身房|健身(?:会所|中心|俱乐部)|培训(?:中心|机构|学校)|美容院|养生馆|家具厂|加工厂|制造厂|机械厂|化工厂|食品厂|服装厂|KTV"
)
_LONGEST: Final = 14
_SHORTEST: Final = {"公司": 3, "集团": 3}
"""How long the name before a bare ending must be: 房产公司 alone names nobody."""
_LEADING: Final = frozenset("于在是与和对向到由")
_GENERIC: Final = frozenset(
    [
        "小区",
        "我们",
        "你们",
        "他们",
        "一些",
        "多家",
        "前期",
        "新的",
        "老的",
        "现在",
        "目前",
        "大型",
        "小型",
        "商业",
        "附近",
        "周边",
        "对面",
        "隔壁",
        "门口",
        "更换",
        "聘请",
        "联系",
        "当时",
        "当地",
        "社会",
        "公立",
        "私立",
        "民办",
        "配套",
    ]
)


_CALLED: Final = re.compile(
    r"(?:店|单位|公司|中介|开发商|机构|平台|商家|超市|饭店|酒吧|那家|这家|一家|家叫|名叫|店名|楼下的|自称)"
    r"[“\"「](?P<name>[一-龥A-Za-z0-9 ]{2,12})[”\"」]"
)
_WITHHELD: Final = re.compile(r"(?:[一-龥]{2,3}[省市县区镇])?某$")
_VAGUE: Final = re.compile(
    r"^(?:有|无|求|至|为|台|户|月|会|得|知|卖|开了|请了|叫了|找了|一家|这家|那家|几家|多家)|[性制级档所层楼路学改]$|小区.{0,2}$"
)
# Whom a complaint is made to, not about, unless the words say so.
AGENCY: Final = re.compile(
    r"(?:居委会|居民委员会|村委会|村民委员会|社区|派出所|街道|街道办事处|街道办|局|大队|支队|政府|司法所|信访办|综治中心|法院|检察院"
    r"|工作站|调解委员会|调委会|服务中心|指挥部|管委会|办公室|热线)$"
)


def organization_mentions(text: str, matches: Iterable[Match]) -> Iterator[OrganizationMention]:
    """Organizations by name, from left to right; gazetteer names win over endings."""
    known = [match for match in matches if match.entries[0].kind == "organization"]
    found = [_known(match) for match in known]
    for match in _ENDING.finditer(text):
        start = name_start(text, match.start(), _LONGEST)
        if withheld := _WITHHELD.search(text, max(0, start - 6), start):
            start = withheld.start()
        while text[start : start + 1] in _LEADING:
            start += 1
        stem = text[start : match.start()]
        if (
            len(stem) < _SHORTEST.get(match.group(), 2)
            or stem in _GENERIC
            or stem[-2:] in _GENERIC
            or _VAGUE.search(stem)
        ):
            continue
        if any(start < item.end and item.start < match.end() for item in known):
            continue
        full = match.group().startswith(("有限", "股份", "责任"))
        found.append(OrganizationMention(start, match.end(), text[start : match.end()] if full else None, None, 0.7))
    found += _quoted(text, found)
    yield from sorted(found, key=lambda mention: mention.start)


def _quoted(text: str, found: Iterable[OrganizationMention]) -> Iterator[OrganizationMention]:
    """A name in quotation marks behind what it is the name of (中介“恒信”), and wherever it comes again."""
    taken = {position for mention in found for position in range(mention.start, mention.end)}
    names = {match["name"] for match in _CALLED.finditer(text)}
    for name in names:
        start = text.find(name)
        while start >= 0:
            if taken.isdisjoint(range(start, start + len(name))):
                yield OrganizationMention(start, start + len(name), None, None, 0.7)
            start = text.find(name, start + len(name))


def _known(match: Match) -> OrganizationMention:
    keys = {entry.key for entry in match.entries}
    if len(keys) == 1:
        return OrganizationMention(match.start, match.end, match.entries[0].name, match.entries[0].key, 0.95)
    return OrganizationMention(match.start, match.end, None, None, 0.6)
