"""`demand`: what the citizen wants, as spans with a kind.

A demand stands behind an asking word (要求, 请, 希望, 建议, 能否, 赶紧) up to the end of its clause, and goes on over a
comma while the next clause says more that is to be done in the same way. In a text that comes to ask (请问, 咨询), its
questions are demands to inform. What an opponent demands (房东要求我搬走) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import Demand, DemandKind, mark
from nlp.tables import demand_verbs

_ASK: Final = re.compile(
    r"(?P<noun>(?:诉求|请求|要求)(?:是|如下)?[:：])"
    r"|(?P<want>强烈要求|要求|请求|恳请|恳求|希望|盼望|建议|呼吁|拜托|麻烦|烦请|敬请|诚请|想请|就想|只想|只要|我就要|我要"
    r"|求求你们|求(?=你们|政府|领导)|要么|望(?=尽快|早日|有关|相关|领导|政府|转|贵|给|能|予)|应当?由|必须)"
    r"|(?P<please>(?<![申邀聘宴])请(?![问假客教示柬])(?!了|的|过|到)|(?<![一片])赶紧|(?<!手)(?<![凉痛])快(?=派|来|叫|联系|把|点|催|管|救|给|修)|尽快|赶快)"
    r"|(?P<bare>(?<![不没])给(?=一?个[^，。]{0,6}(?:说法|答复|回话|准话|准信|明白话|日子|解释|交代|回复))|管管|(?:(?<=^)|(?<=[，。！!？?；,\n]))先?把(?=[^，。]{2,16}(?:修|拆|清|退|换|补|还|停|关|撤|搬|挪|结|发|拉|堵|围|敲|查|装)))"
    r"|(?P<can>能不能|可不可以|可否|能否|是否(?:能|可以)|你们(?=管管|管一管|来管))"
)
_NOT_OURS: Final = re.compile(
    r"(?:不|他|她|(?<![我业主民户])们|对方|公司|物业|房东|老师|学校|老板|单位|人家|被|按照?|规定|政策|没有?|无|商家|店家|医院|的|符合|按)$"
)
_SUBJECT: Final = re.compile(
    r"(?:你们|您们?|大家|领导们?|[一-龥、和或者]{0,10}?(?:部门|机关|单位|政府|街道|社区|物业|公司|局|所|公安|城管|派出所|民警|消防|住建|交警|环卫"
    r"|医院|学校|妇联|法院|政府|开发商|工作人员|同志|市场监管|卫健委?|生态环境))?(?:能够?|能否|给我?(?=[一-龥]{2}))?(?:来|去)?"
)
_HARD_STOP: Final = re.compile(r"[。！？!?；;\n\x1a]|$|(?<=[^0-9])[0-9][.、．]|[一二三四五六七八九][是、]")
_LIST_STOP: Final = re.compile(r"[。！？!?\n\x1a]|$")
_COMMA: Final = re.compile(r"[，,；;、]?(?:(?<![0-9])[1-9][.、．)）]|[（(]?[一二三四五六七八九][、)）])|[，,；;]")
_NO_MORE: Final = re.compile(
    r"(?:我|他|她|因为|不然|否则|谢谢|感谢|电话|联系|如果|要是|但|可是|因|这|那|目前|现在|其|以便|以免|避免|免得|防止|以保|保障|还|让|使)"
)
_INQUIRY: Final = re.compile(r"请问|咨询|想问|问一下|问问|想了解|打听|想知道|我就问|问:|想核实|想确认|想弄明白|请教")
_QUESTION: Final = re.compile(
    r"吗|呢|多少|哪|什么|怎么|怎样|如何|几|是不是|能不能|要不要|有没有|算不算|是否|可不可以|还能|啥|不(?=$)|能否|谁"
)
_LICENCE: Final = re.compile(
    r"(?:带|要|需要?)(?:些|办|提供)?(?:什么|啥|哪些)(?:材料|手续|条件|证件)|(?:去|到|在)?哪(?:里|儿|个.{0,4})(?:可以|能)?办(?!公)|还能报"
)
_ANSWER: Final = re.compile("回复|答复|告知|公示|公开|公布|说法|回话|准话|准信|明白话|回访|回电")
_EDGE: Final = " 　，,。！!？?；;：:、“”\"'‘’（）()…~"
_LONGEST: Final = 60
_SHORTEST: Final = 2
_VERB_WITHIN: Final = 12
_ASKED_WITHIN: Final = 40


def _verbs() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, demand_verbs()), key=len, reverse=True)))


@Language.factory("demand", assigns=["doc._.demands", "doc.spans"], requires=["doc._.plain"])
class DemandReader:
    """Sets `doc._.demands`, in the order of the text and without overlap."""

    def __init__(self, nlp: Language, name: str) -> None:
        del nlp
        self.name = name
        self._verb = _verbs()
        self._kinds = demand_verbs()

    def __call__(self, doc: Doc) -> Doc:
        demands = self.find(doc._.plain)
        if demands:
            doc._.demands = tuple(demands)
            mark(doc, "demands", [(demand.start, demand.end, demand.kind) for demand in demands])
        return doc

    def find(self, text: str) -> list[Demand]:
        found: list[Demand] = []
        done = 0
        asking = bool(_INQUIRY.search(text, 0, _ASKED_WITHIN))
        for match in _ASK.finditer(text):
            if match.start() < done or (asking and match["can"]):
                continue
            if match["want"] and _NOT_OURS.search(text, max(0, match.start() - 4), match.start()):
                continue
            for demand in self._behind(text, match):
                found.append(demand)
                done = demand.end
        if _INQUIRY.search(text):
            taken = [(demand.start, demand.end) for demand in found]
            found += [d for d in _questions(text) if not any(d.start < end and start < d.end for start, end in taken)]
        return sorted(found, key=lambda demand: demand.start)

    def _behind(self, text: str, match: re.Match[str]) -> Iterator[Demand]:
        """The clauses behind an asking word; a new kind of deed begins a new demand."""
        start = match.start() if match["bare"] else match.end()
        stop = (_LIST_STOP if match["noun"] else _HARD_STOP).search(text, start)
        end = min(stop.start() if stop else len(text), start + _LONGEST * 2)
        subject = None if match["noun"] or match["bare"] else _SUBJECT.match(text, start, end)
        if subject and subject.end() < end - 1:
            start = subject.end()
        current: tuple[int, int, str] | None = None
        for first, last in _clauses(text, start, end):
            verb = _ANSWER.search(text, first, last) or self._verb.search(text, first, last)
            kind = str(self._kinds.get(verb.group(), "inform")) if verb else "other"
            if current is None:
                current = (first, last, kind)
            elif verb is None or verb.start() - first > _VERB_WITHIN or _NO_MORE.match(text, first):
                break
            elif kind == current[2]:
                current = (current[0], last, kind)
            else:
                yield from _demand(text, *current)
                current = (first, last, kind)
        if current:
            yield from _demand(text, *current)


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for comma in _COMMA.finditer(text, start, end):
        if comma.start() > start:
            yield start, comma.start()
        start = comma.end()
    if start < end:
        yield start, end


def _demand(text: str, start: int, end: int, kind: str) -> Iterator[Demand]:
    while start < end and text[start] in _EDGE:
        start += 1
    while start < end and text[end - 1] in _EDGE:
        end -= 1
    if end - start >= _SHORTEST:
        yield Demand(start, end, cast("DemandKind", kind))


def _questions(text: str) -> Iterator[Demand]:
    """The clauses of an inquiry that ask something, clauses next to each other as one."""
    start = 0
    for stop in re.finditer(r"[。！？!?；;\n，,：:]|$", text):
        first, last = start, stop.start()
        start = stop.end()
        head = _INQUIRY.search(text, first, last)
        if head:
            first = head.end()
        if last - first >= 3 and _QUESTION.search(text, first, last):
            kind = "licence" if _LICENCE.search(text, first, last) else "inform"
            yield from _demand(text, first, last, kind)
