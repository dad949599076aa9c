"""Who did what to whom: 男人又打老婆, 妹妹被她老公打了, 把老人撞倒了, 卷钱跑了，欠陈刚五万.

A deed is read from the words between two mentions that stand next to each other. Whoever does it is to blame and the
other is the victim, whatever both are to the caller; the caller is never more than the complainant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from nlp.parties.clusters import Cluster
from nlp.parties.mentions import Mention

_VERB: Final = (
    r"(?:殴打|毒打|暴打|打|辱骂|谩骂|骂|咬|撞|推搡|推|诈骗|欺骗|骗|敲诈|勒索|威胁|恐吓|虐待|家暴|欺负|骚扰|猥亵|跟踪|纠缠"
    r"|踢|踹|捅|砍|砸|掐|揍|抓|拖欠|欠)"
)
_DONE: Final = r"(?:伤|倒|死|残|坏|破|晕|翻)?(?:了|过|着)?(?:一[顿下把刀脚]|几[下拳脚刀]|一?耳光|一巴掌)?"
_HOW: Final = (
    r"(?:又|也|都|还|就|却|老是|总是|总|经常|常常|常年|长期|多次|一直|天天|每[天晚]|三天两头|刚才|刚刚|刚|昨[天晚]|今[天早晚]|前[天晚]"
    r"|晚上|半夜|正在|正|在家里?|在|当街|当众|酒后|喝[多醉]了?酒?|喝酒|动手|出手|故意|突然|无故|竟然|居然|要|想|开车|骑车|持刀){0,4}"
)
_DOG: Final = r"(?:家?(?:里|养)?的?(?:狗|犬|猫)|的车)?"
_FLED: Final = r"(?:卷(?:了|走)?(?:钱|款)(?:跑|逃)(?:路|走)?了?|跑路?了|失联了?|逃[走跑]了?)[,，]"
_ACTIVE: Final = re.compile(rf"{_DOG}{_HOW}(?:{_FLED}{_HOW})?{_VERB}{_DONE}")
_MOVED: Final = re.compile(rf"{_DOG}{_HOW}(?:把|将)")
_HURT: Final = re.compile(rf"(?:家?的?[^,，。;；!！?？\n的]{{0,4}})?(?:给|都)?{_HOW}{_VERB}(?!电话|扫)")
_PASSIVE: Final = re.compile(rf"{_HOW}(?:被|遭到?|让|叫)")
_BY: Final = re.compile(rf"{_DOG}(?:给)?{_HOW}{_VERB}(?!电话|扫)")
_NO_OBJECT: Final = re.compile(r"的?(?:电话|热线|客服|卡|钱|证|门|窗|墙|车位)")
"""打物业电话, 砸邻居的门: what is struck is no person."""
_CRIES: Final = re.compile(r"(?:一直|都|又)?在?(?:喊救命|呼救|求救|惨叫|大?哭)")


class Deed(NamedTuple):
    """`doer` and `sufferer` are mentions; either may be the caller's."""

    doer: Mention
    sufferer: Mention


def deeds(text: str, mentions: Sequence[Mention]) -> Iterator[Deed]:
    """Deeds between two mentions side by side; `mentions` in order and apart from each other."""
    for first, second in pairwise(mentions):
        between = (first.end, second.start)
        if between[1] <= between[0]:
            continue
        if _PASSIVE.fullmatch(text, *between) and _BY.match(text, second.end):
            yield Deed(second, first)
        elif (_ACTIVE.fullmatch(text, *between) and not _NO_OBJECT.match(text, second.end)) or (
            _MOVED.fullmatch(text, *between) and _HURT.match(text, second.end)
        ):
            yield Deed(first, second)


def blame(text: str, clusters: list[Cluster]) -> list[Cluster]:
    """The clusters with the roles that deeds give; who only cries out (女的在喊救命) is the one who suffers."""
    mentions = sorted((m for cluster in clusters for m in cluster.mentions), key=lambda m: m.start)
    home = {id(m): cluster for cluster in clusters for m in cluster.mentions}
    doers: list[Cluster] = []
    sufferers: list[Cluster] = []
    for deed in deeds(text, mentions):
        doer, sufferer = home[id(deed.doer)], home[id(deed.sufferer)]
        if doer is not sufferer and not doer.caller:
            doers.append(doer)
            sufferers.append(sufferer)
    for doer, sufferer in zip(doers, sufferers, strict=True):
        if doer.role is None:
            doer.role = "respondent"
        if sufferer.role is None and sufferer.kind != "organization":
            sufferer.role = "victim"
    return _cried(text, clusters, [one for one in sufferers if one.role == "victim"])


def _cried(text: str, clusters: list[Cluster], victims: Sequence[Cluster]) -> list[Cluster]:
    kept = list(clusters)
    for cluster in clusters:
        first = cluster.mentions[0]
        if cluster.role is not None or first.sort != "someone" or not _CRIES.match(text, first.end):
            continue
        same = [one for one in victims if one is not cluster and one.gender == cluster.gender != ""]
        if len(same) == 1 and all(m.sort == "someone" for m in cluster.mentions):
            same[0].take(cluster)
            same[0].mentions.sort(key=lambda m: m.start)
            kept.remove(cluster)
        else:
            cluster.role = "victim"
    return kept
