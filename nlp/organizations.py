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
    r"|(?:公交|水务|燃气|供水|地铁|轨道交通|城投|交投|环卫|热力|自来水|电力)集团|集团|公司(?![里内上法章门])|厂(?![房家区长方里门商城])"
    r"|健身房|健身(?:会所|中心|俱乐部)|培训(?:中心|机构|学校)|美容院|养生馆|家具厂|加工厂|制造厂|机械厂|化工厂|食品厂|服装厂|KTV"
)
_PUBLIC: Final = re.compile(
    r"(?P<whole>[市省县区][一二三四五六七八九]院|[市省县区](?:第[一二三四五六七八九十])?(?:人民|中心|中医|妇幼|儿童)医院|[镇乡](?:中心)?卫生院)"
    r"|(?P<end>派出所|卫生院|医院|卫生服务中心|小学|中学|幼儿园|司法所|交警[大中]队)(?![生部门的]{2})"
)
_NO_BODY: Final = re.compile(
    r"(?:^[大小中]|当地|辖区|附近|相关|有关|地方|三甲|公立|私立|民办|公办|农村|重点|普通|定点|专科|综合|正规|最近|就近|县级|市级|省级|乡镇"
    r"|重大|两所|几所|一所|多所|所|家|间|各|某|整个|这个|那个|外地|城区|片区|配套|新建|规划|优质|名牌|示范|贵族|国际|双语|九年制|一贯制|[0-9一二三四五六七八九十百]+|社区|街道|小区|学校|邻近|周边|老家|基层|城市|居民|送到|送至|送|进|跑|看|出|打|上|读|念|报|考|各大|所有|全部|美容|整形|宠物|动物|孩子|妈妈|爸爸|情况|家人|牺牲|同意|归|多趟|惠民|公安|普遍|[百千]多|^中心|[属管性离建有改]|下区|完全|扩大|生育|入学|多名|几个|[中大])$"
    r"|小学|中学|幼儿园|医院|[踢即将并]|[入出]|配建|办成|营利"
)
"""What before 医院 or 小学 is no name: 三甲医院, 附近小学."""
_LONGEST: Final = 14
_SHORTEST: Final = {"公司": 3, "集团": 3}
"""How long the name before a bare ending must be: 房产公司 alone names nobody."""
_ALONE: Final = re.compile("(?:公交|水务|燃气|供水|轨道交通|城投|交投|热力|电力)集团")
"""Known by the trade alone, as there is one of them in a town."""
_TOWN: Final = 2
"""The characters of a town before 市人民医院."""
_DIVISIONS: Final = frozenset("省市县区")
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


_TRADES: Final = (
    r"烧烤|小炒|铁锅炖|火锅|米粉|粉[店馆]|面馆|饺子馆?|龙虾|大排档|餐馆|饭店|酒家|菜馆|土菜|炸鸡|卤味|蛋糕|奶茶|咖啡|茶馆|早[点餐]店?|超市|便利店|副食|水果|鲜果"
    r"|五金|建材|砂石|电梯|房产|置业|地产|装饰|家居|快运|汽修|洗车|洗衣|理发|美发|美容|足浴|琴行|画室|驾校"
    r"|教育|培训|家政|托管|养生|物流|健身|搬家|网吧|酒吧|KTV|台球|棋牌|宠物|诊所|药[房店]|大药房|口腔|眼镜|五金店|花店|书店|批发部|加工厂|门窗|服饰|通讯|数码|废品站?"
)
_SIGN: Final = re.compile(
    rf"[“\"「](?P<quoted>[一-龥A-Za-z0-9]{{2,8}}(?:{_TRADES}))[”\"」]"
    rf"|(?:店|吧|馆|厅|公司|中介|机构|商家|超市|一家|那家|这家)(?:名字?)?(?:叫做?|名叫|名为|是叫)"
    rf"(?P<called>[A-Za-z][A-Za-z0-9&' ]{{0,20}}[A-Za-z0-9]|[一-龥]{{1,6}}(?:{_TRADES}))(?![一-龥]*[”\"])"
    rf"|(?P<shop>(?<![一-龥])[一-龥]{{1,3}}记(?:{_TRADES})|(?:(?<=[的在叫去到家，。、和与“])|(?<![一-龥]))[老阿][一-龥](?:{_TRADES}))"
)
"""Shops by their sign: “恒源砂石”, 酒吧叫Blue Moon, 老强烧烤."""
_CALLED: Final = re.compile(
    r"(?:店|单位|公司|中介|开发商|机构|平台|商家|超市|饭店|酒吧|那家|这家|一家|家叫|名叫|店名|楼下的|自称)"
    r"[“\"「](?P<name>[一-龥A-Za-z0-9 ]{2,12})[”\"」]"
)
_NO_NAMES: Final = frozenset(
    ["平台客服", "官方客服", "客服", "工作人员", "公安民警", "黑店", "黑心", "霸王条款", "奇葩", "专家", "有关部门"]
)
_WITHHELD: Final = re.compile(r"(?:[一-龥]{2,3}[省市县区镇])?某$")
_VAGUE: Final = re.compile(
    r"^(?:有|无|求|至|为|台|户|月|会|得|知|卖|开了|请了|叫了|找了|一家|这家|那家|几家|多家)|[性制级档所层楼路学改]$|小区.{0,2}$"
)
_NO_MANAGER: Final = re.compile(r"[老新原前旧归查]$|^(?:[老新原前旧现]|麻烦|归|查)")
"""What before 物业 is no name: 老物业, 归物业管."""
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
        if _ALONE.fullmatch(match.group()) and text[start : match.start()] in _DIVISIONS:
            start = match.start()
        stem = text[start : match.start()]
        if (
            (len(stem) < _SHORTEST.get(match.group(), 2) and not _ALONE.fullmatch(match.group()))
            or stem in _GENERIC
            or stem[-2:] in _GENERIC
            or _VAGUE.search(stem)
            or (match.group() == "物业" and _NO_MANAGER.search(stem))
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
    names = {match["name"] for match in _CALLED.finditer(text)} - _NO_NAMES
    names |= {match["quoted"] or match["called"] or match["shop"] for match in _SIGN.finditer(text)}
    for name in names:
        start = text.find(name)
        while start >= 0:
            if taken.isdisjoint(range(start, start + len(name))):
                yield OrganizationMention(start, start + len(name), None, None, 0.7)
            start = text.find(name, start + len(name))


def public_bodies(text: str) -> Iterator[tuple[int, int]]:
    """Stations, hospitals and schools by name: 梧桐派出所, 市二院."""
    for match in _PUBLIC.finditer(text):
        start = match.start()
        if match["whole"]:
            begin = name_start(text, start, 6)
            start = begin if start - begin == _TOWN else start
        else:
            start = name_start(text, start, 8)
            start += text[start] in "读达属"
            stem = text[start : match.start()]
            if len(stem) < 2 or _NO_BODY.search(stem) or stem in _GENERIC:
                continue
        yield start, match.end()


def _known(match: Match) -> OrganizationMention:
    keys = {entry.key for entry in match.entries}
    if len(keys) == 1:
        return OrganizationMention(match.start, match.end, match.entries[0].name, match.entries[0].key, 0.95)
    return OrganizationMention(match.start, match.end, None, None, 0.6)
