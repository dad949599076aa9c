"""Parties that have no name in the text: 物业, 楼上那家, 402的户主, 我六岁的女儿, 七八个流动摊贩; and pronouns.

One pass of an automaton finds the nouns; the words before a noun that belong to it are then drawn in. Words that only
hold a noun (物业费) are in the same automaton and lead to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

import ahocorasick

from nlp.layers import Kind
from nlp.namecues import SURNAME
from nlp.parties.mentions import KIN, PRONOUNS, Mention
from nlp.ranges import Ranges
from nlp.tables import Term, not_parties, party_terms

_FLOOR: Final = r"(?:[1-9]\d?|[一二三四五六七八九十]{1,3})"
_BESIDE: Final = r"(?:我?们?家?(?:楼[上下]|隔壁|对门|对面|对过|顶楼|旁边|边上))"
_DOOR: Final = (
    rf"(?:{_BESIDE}?(?:{_FLOOR}(?:号楼|栋|幢|号))?(?:{_FLOOR}单元)?(?:{_FLOOR}[楼层])?(?:(?<!\d)\d{{3,4}}室?)?"
    rf"|{_BESIDE})"
)
_COUNT: Final = r"(?:约|近|大约|好)?(?:[两二三四五六七八九十几多]+|\d{1,3}|十[几多来]|[几数]十|一[些帮群伙])(?:多|来)?"
_MEASURE: Final = r"(?:个|位|名|户|家|对|帮|群|伙)"
_THAT: Final = (
    r"(?:(?:这|那|该|某|另)(?:一|几|两)?(?:个|位|名|家|户|间|对|些|帮|群)?"
    r"|有?(?:一(?:个|位|名|家|户|间|对|些|帮|群))|有(?:个|位|名|家))"
)
_HOUSE: Final = (
    r"(?:社区|物业|小区|村里|村|街道|派出所|公司|学校|医院|单位|当地|本地|外地|附近|周边|周围|值班|现场|开发商|装修"
    r"|前台)"
)
_LIKE: Final = (
    r"(?:流动|年轻|中年|老年|独居|孤寡|退休|年迈|陌生|无证|外来|[一二三四五六七八九十\d]{1,3}多?岁|新来|姓[一-龥]|"
    r"戴[一-龥]{2,3}|喝[多醉]了?酒?|做[一-龥]{1,3}|开[一-龥]{1,2}|卖[一-龥]{1,2}|养[一-龥]{1,2}|喂狗|遛狗|捡垃圾|送外卖|装门|装修)的?"
)
_BEFORE: Final = re.compile(
    rf"(?:{_DOOR}的?)?(?:{_HOUSE}的?)?(?:{_THAT}|(?P<count>{_COUNT}){_MEASURE})?(?:{_LIKE})?的?$"
)
_OWNER: Final = re.compile(
    r"(?:(?P<i>我们?|俺们?|咱们?|本人)|(?P<he>他们?|其)|(?P<she>她们?|伊)|(?P<you>你们?|您))(?:家里?)?的?"
    r"(?:[一二三四五六七八九十两\d]{1,3}(?:个半?)?(?:多)?(?:岁|月|周岁)(?:大|多)?的?|亲|小|大|老|两个|[大二三四]|[一-龥]岁数大的)?的?$"
)
# 物业们都, 老板登记: speaks of everybody, or of a thing.
_AFTER: Final = re.compile(
    r"关系|纠纷|电器|矛盾|之间|大会|登记|合同|证|费|群里?|较多|众多|太多|很多|多[，,。]|[的]?身份证号"
)
_GENERAL: Final = re.compile(
    r"(?:(?:我|我们|本人|来电人|诉求人|市民|反映人)(?:也|就|都|作为|身为)?(?:是|系|作为|身为|属于|为)|作为|身为|各位|所有|其他|其它|每个|任何|哪个|什么"
    r"|没有|无|不是|成立)[^,，。;；、!！?？\n]{0,14}$|(?:每户|每家|更?换|选|选聘|聘请|哪家|哪个)$"
)
_WENT: Final = re.compile(r"(?:租|开|买|去|在|到|进|上|二手|做|当|是)了?(?:一?[个家间])?$")
_SPOT: Final = re.compile(
    r"(?:门口|附近|旁边?|对面|里面?|内|外|上班|工作|打工|住院|看病|的?后面|前面|楼下|楼上|周边|停车场|收银|大门|后门)"
)
_AGENT: Final = re.compile(
    r"(?:的?(?:人|工作人员|干部|领导|同志|老板|负责人|师傅)?)?(?:又|也|都|就|还|却|才|只|已经|曾|一直|每天|天天|多次|经常|至今|前天|昨天|今天|上次|那边|这边){0,6}"
    r"(?:说|称|讲|答复|回复|回应|表示|认为|告诉|通知|要求|让|叫|不|没|拒|拖|欠|推|收|派|来|去|到场|上门|出面|组织|协调|调解|拍|查|管|把|将|给|用|打|违|擅|私|偷|占|施工|排|放|卖|装|承诺|答应|处理|介入|承担|赔|退|扣|开具|联合|责令|立案|能|可以|应|会|是|有)"
)
_ASKED: Final = re.compile(
    r"(?:请|望|求|让|叫|找|找过|找了|向|跟|和|与|及|给|由|被|经|同|联系|投诉|举报|反映|状告|问|通知|要求|建议|督促|责令|麻烦|申请|把|将|对|、|或者?|归|为|靠|咬|送|带|接|抱|骗|打|救|骂|推|撞|踢)(?:过|了)?(?:我|我们|你们|当地)?$"
)
_TOLD: Final = re.compile(r"(?:反映|投诉|举报|求助|申请|报案|报警|打电话|说|咨询|询问|提出|交涉|索要|讨要|协商|沟通)")
_ACTS: Final = re.compile(
    r"(?:的?人|家?的?[狗犬猫])?(?:也|都|又|还|却|就|总是|总|老是|老|只|才|太|特别|一点|在(?:楼[道梯]|走廊|阳台|过道|门口)|已经|居然|竟然|竟|一直|经常|天天|每天|每晚|半夜|深夜|凌晨|晚上|白天|长期|多次|今天|昨天|昨晚|上周|自己){0,6}"
    r"(?:说|称|讲|嫌|骂|喊|敲|砸|弹|唱|跳|吵|闹|打|扔|丢|倒|泼|拖|搬|堆|占|放|养|装|改|拆|搭|建|开门|开|把|将|拿|不肯|不让|不给|不理|不认|不管|不开|不承认|不愿|拒|欠|威胁|在家|在装|往|报复|偷|圈|种|种了|晒|晾|做|拉|抽|叫|不讲理|不讲道理|赔|答应|承诺|同意|经营|排|喝)"
)
_DEALT: Final = re.compile(r"(?:投诉|举报|(?P<met>[跟和与向找]))(?:我?们?家?的?)?$")
_STOP: Final = re.compile(r"[,，。;；!！\n]|$")
_WITH: Final = re.compile(r"吵|打架|理论|交涉|说[过了]|讲[过了]")
"""跟|对门|吵架, 投诉|对门: the place stands for those who live there."""
_POINTED: Final = re.compile(r"(?:这|那|该|某|这家|那家|这个|那个|一名|一个|我们|他们|其)$")
_DESCRIBED: Final = re.compile(r"(?:\d|[楼层]的|[个位名]|社区的|物业的|村里的)$|\d室?的$")
_PEOPLE: Final = frozenset(
    {"someone", "worker", "guard", "trader", "neighbour", "agency", "child", "elder", "kin", "resident"}
)
_WITHIN: Final = frozenset({"trader", "medic", "employer", "school"})
_HOUSE_OF: Final = re.compile(
    rf"(?:{SURNAME.pattern})(?:氏(?:家族|一族|兄弟|姐妹|夫妇|父子)|家(?:兄弟|父子|姐妹|夫妇|两口子|母子|母女))"
)
_NUMBERED: Final = re.compile(
    rf"(?<![\dA-Za-z.:：年月#-])(?:{_BESIDE}的?(?:{_FLOOR}[楼层])?|{_FLOOR}[楼层])?(?:[1-9]\d?0[1-9]|[1-9]\d?[1-3]\d)室?(?![\d.:：年月日号元米平分块度%])"
)


def _automaton() -> Any:
    automaton = ahocorasick.Automaton()
    for term in party_terms():
        automaton.add_word(term.text, (len(term.text), term))
    for word in not_parties():
        automaton.add_word(word, (len(word), None))
    automaton.make_automaton()
    return automaton


_AUTOMATON: Final = _automaton()
_BY_TEXT: Final = {term.text: term for term in party_terms()}
_LONGEST: Final = max(map(len, _BY_TEXT))


def term_of(words: str) -> Term | None:
    """The longest term that some words end with."""
    for length in range(min(_LONGEST, len(words)), 0, -1):
        if (term := _BY_TEXT.get(words[-length:])) is not None:
            return term
    return None


def term_mentions(text: str, places: Ranges) -> Iterator[Mention]:
    """Mentions by noun or pronoun, from left to right and apart from each other; `places` are spans of addresses."""
    floor = 0
    for last, (length, term) in _AUTOMATON.iter_long(text):
        end = last + 1
        if term is None:
            floor = end
            continue
        mention = _mention(text, end - length, end, term, floor, places)
        if mention is not None:
            floor = floor if term.sort in PRONOUNS else end
            yield mention


def _kind(term: Term) -> Kind:
    return cast("Kind", term.kind)


def _mention(text: str, head: int, end: int, term: Term, floor: int, places: Ranges) -> Mention | None:
    if term.sort in PRONOUNS:
        return Mention(head, end, head, _kind(term), term.sort, term.same, term.role, certainty=0.5)
    if term.sort == "self":
        return Mention(head, end, head, "person", "self", "self", "complainant", certainty=0.7)
    if _AFTER.match(text, end):
        return None
    lowest = max(floor, head - 16)
    if term.sort in KIN and (owner := _OWNER.search(text, lowest, head)):
        if owner["you"]:
            return None
        return Mention(
            owner.start(),
            end,
            head,
            _kind(term),
            term.sort,
            term.same,
            term.role,
            owner=owner.lastgroup or "",
        )
    found = _BEFORE.search(text, lowest, head)
    start = before(text, head, lowest)
    doored = _DESCRIBED.search(text, start, head) is not None
    if doored and term.text == "男人":
        term = _BY_TEXT["男的"]  # 301的男人 is nobody's husband
    described = doored and term.sort in _PEOPLE
    if not (described or _stands(text, head, end, term, places)) or len(term.text) == 1:
        return None
    if _GENERAL.search(text, max(0, start - 20), start):
        return None
    kind = _kind(term)
    if found and found["count"] and term.kind == "person":
        kind = "group"
    return Mention(start, end, head, kind, term.sort, term.same, term.role)


def _stands(text: str, head: int, end: int, term: Term, places: Ranges) -> bool:
    """Whether a word that may be part of an address or a thing is somebody here."""
    if term.sort == "beside":
        dealt = _DEALT.search(text, max(0, head - 6), head)
        with_them = dealt is not None and (_WITH if dealt["met"] else _STOP).match(text, end) is not None
        return with_them or _ACTS.match(text, end) is not None
    if not term.doubtful:
        return True
    if _SPOT.match(text, end):
        return False
    acts = _AGENT.match(text, end) is not None
    place = next((start for start, _ in places.touching(head, end)), head)
    asked = _ASKED.search(text, max(0, place - 6), place) is not None
    if place < head:
        return acts or (asked and _TOLD.match(text, end) is not None)
    if term.sort in _WITHIN and _WENT.search(text, max(0, head - 4), head):
        return False
    return acts or asked or _POINTED.search(text, max(0, head - 3), head) is not None


def before(text: str, head: int, lowest: int = 0) -> int:
    """Where the phrase begins that ends in a name or a noun: [楼下]许女士, [对门202的]丁阿姨."""
    found = _BEFORE.search(text, max(lowest, head - 16), head)
    start = found.start() if found else head
    while start < head and text[start] in "的 ,，":
        start += 1
    return start


def door_mentions(text: str) -> Iterator[Mention]:
    """A door that stands for its people, told by what it does: 601又在弹琴, 楼上604说."""
    for match in _NUMBERED.finditer(text):
        if _ACTS.match(text, match.end()):
            yield Mention(*match.span(), match.start(), "person", "neighbour", match.group()[-3:], "respondent")


def house_mentions(text: str) -> Iterator[Mention]:
    """Families by their surname: 曹氏家族, 王家兄弟."""
    for match in _HOUSE_OF.finditer(text):
        yield Mention(*match.span(), match.start(), "group", "family", match.group(), "respondent")
