"""Mentions of one party brought together: by name, by noun, by what a pronoun can mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from nlp.parties.clusters import DIGITS, Cluster, sexes_in
from nlp.parties.deeds import deeds
from nlp.parties.mentions import FIRST, KIN, NAMED, NAMES, PRONOUNS, Mention
from nlp.parties.pronouns import SENTENCE, antecedent
from nlp.parties.speech import quoted, speeches

_TRADES: Final = {
    "property": ("物业", "物管"),
    "developer": ("置业", "地产", "开发", "房产"),
    "agent": ("中介", "房产", "房屋", "经纪"),
    "builder": ("建筑", "建设", "装饰", "工程", "装修"),
    "employer": ("公司", "厂", "集团", "店", "企业"),
    "utility": ("水", "电", "燃气", "热"),
    "upkeep": ("电梯", "维保", "养护", "园林"),
    "medic": ("医院", "卫生院", "诊所", "门诊"),
    "school": ("学校", "小学", "中学", "幼儿园"),
    "trader": ("店", "馆", "超市", "酒", "厅", "烧烤", "KTV", "铺", "楼", "吧", "行", "摊", "城"),
}
"""Signs in the name of an organization that a noun of the sort may mean it."""
_CALLED: Final = re.compile(r"[ ,，(（“\"「]{0,2}(?:名叫|叫做|叫|是|姓名|名字叫|姓名为|系|为)?[ ,，:：“\"「]?")
_VAGUE: Final = frozenset({"surname", "masked"})
_GENERIC: Final = frozenset({"someone", "neighbour", "wrong"})
_MANY: Final = 60
"""With more parties than that, only those count whom one of so many mentions around speaks of."""


def join(text: str, mentions: Sequence[Mention]) -> list[Cluster]:
    """Clusters by name and noun first, then the pronouns; `mentions` in order of their start."""
    clusters: list[Cluster] = []
    home: dict[int, Cluster] = {}
    caller = Cluster("person", role="complainant")
    spoken = list(speeches(text, mentions))
    waiting: list[tuple[int, Mention]] = []
    against = _against(text, mentions)

    def around(place: int, mention: Mention) -> list[Cluster]:
        barred = against.get(mention.start)
        other = home.get(barred.start) if barred is not None else None
        return [one for one in _around(clusters, mentions, home, place) if one is not caller and one is not other]

    for place, mention in enumerate(mentions):
        words = text[mention.start : mention.end]
        if mention.sort in FIRST:
            speech = quoted(mention, spoken)
            if speech is None or (speech.speaker is not None and speech.speaker.sort in FIRST):
                caller.add(mention, words)
                home[mention.start] = caller
            elif mention.sort != "self":
                waiting.append((place, mention))
        elif mention.sort in PRONOUNS:
            waiting.append((place, mention))
        elif mention.hint == "complainant":
            caller.add(mention, words)
            home[mention.start] = caller
        else:
            cluster = _known(text, mention, around(place, mention), caller)
            if cluster is None:
                cluster = Cluster(mention.kind)
                clusters.append(cluster)
            cluster.add(mention, words)
            home[mention.start] = cluster
    if caller.mentions:
        for cluster in [one for one in clusters if one.kind == "person" and _same_person(one, caller)]:
            caller.take(cluster)
            clusters.remove(cluster)
            home |= {mention.start: caller for mention in cluster.mentions}
        caller.kind = "group" if {m.sort for m in caller.mentions} == {"we"} else "person"
        clusters.insert(0, caller)
    stops = [stop.start() for stop in SENTENCE.finditer(text)]
    for place, mention in waiting:
        speech = quoted(mention, spoken)
        speaker = home.get(speech.speaker.start) if speech and speech.speaker else None
        if mention.sort in FIRST:
            cluster = speaker or (caller if caller.mentions else None)
        else:
            cluster = antecedent(mention, around(place, mention), stops)
            if cluster is None:
                cluster = Cluster(mention.kind)
                clusters.append(cluster)
        if cluster is None:
            continue  # 我 in the words of nobody knows whom
        cluster.add(mention, text[mention.start : mention.end])
        home[mention.start] = cluster
    return _introduced(text, clusters, home)


def _against(text: str, mentions: Sequence[Mention]) -> dict[int, Mention]:
    """By where a mention starts, whom it cannot mean: in 他打了陈刚, 他 is not 陈刚."""
    found = list(deeds(text, mentions))
    return {one.doer.start: one.sufferer for one in found} | {one.sufferer.start: one.doer for one in found}


def _around(
    clusters: list[Cluster], mentions: Sequence[Mention], home: Mapping[int, Cluster], place: int
) -> Iterable[Cluster]:
    """All clusters, or of very many those that are spoken of near the mention at a place."""
    if len(clusters) <= _MANY:
        return clusters
    near = (home.get(mention.start) for mention in mentions[max(0, place - _MANY) : place + _MANY])
    return dict.fromkeys(cluster for cluster in near if cluster is not None)


_NAMED_SO: Final = re.compile(r"(?:就|名字)?(?:是|叫|名叫|姓名是)|[(（]")


def _introduced(text: str, clusters: list[Cluster], home: dict[int, Cluster]) -> list[Cluster]:
    """他叫|高兴, 他（|赵志强: the name is that of the pronoun."""
    ends = {mention.end: mention for cluster in clusters for mention in cluster.mentions if mention.sort in _HE}
    for cluster in tuple(clusters):
        first = cluster.mentions[0]
        if first.sort not in NAMED or cluster.caller:
            continue
        for gap in range(1, 4):
            start = first.head - gap
            pronoun = ends.get(start)
            if pronoun is not None and _NAMED_SO.fullmatch(text, start, first.head):
                other = home[pronoun.start]
                if other is not cluster and not (other.name and cluster.name and other.name != cluster.name):
                    other.take(cluster)
                    clusters.remove(cluster)
                    home |= {mention.start: other for mention in cluster.mentions}
                break
    return clusters


_HE: Final = frozenset({"he", "she", "one"})


def _known(text: str, mention: Mention, clusters: Sequence[Cluster], caller: Cluster) -> Cluster | None:
    """The cluster that a mention by name or noun belongs to."""
    near = list(reversed(clusters))
    if mention.sort in NAMES:
        return _beside(text, mention, near) or _by_name(text, mention, near, caller)
    return _beside(text, mention, near) or _by_noun(text, mention, near)


def _by_name(text: str, mention: Mention, near: Iterable[Cluster], caller: Cluster) -> Cluster | None:
    words = text[mention.head : mention.end]
    if mention.name and mention.name == caller.name:
        return caller
    for cluster in near:
        if mention.sort == "org":
            if cluster.kind == "organization" and (_same_org(mention, words, cluster) or _trade(cluster, words)):
                return cluster
        elif cluster.kind == "person" and (
            (mention.name and mention.name == cluster.name) or words in cluster.forms or mention.same in cluster.same
        ):
            return cluster
    if mention.lead in KIN and mention.lead_same:
        unnamed = (c for c in near if not c.sorts & NAMED and mention.lead_same in c.same)
        return next(unnamed, None)
    if mention.sort == "org" or not mention.surname:
        return None
    alike = [
        cluster
        for cluster in near
        if cluster.surname == mention.surname
        and not (cluster.name and mention.name)
        and not _other_sex(mention, text, cluster)
    ]
    if len(alike) != 1:
        return None
    vague = mention.sort in _VAGUE or bool(alike[0].sorts & _VAGUE)
    return alike[0] if vague or (mention.name is None) != (alike[0].name is None) else None


def _same_person(one: Cluster, other: Cluster) -> bool:
    """Whether two parties are called the same; a surname in common proves nothing."""
    return bool(one.name and one.name == other.name) or bool(one.surname and not one.forms.isdisjoint(other.forms))


def _other_sex(mention: Mention, text: str, cluster: Cluster) -> bool:
    sexes = sexes_in(text[mention.start : mention.end])
    return len(sexes) == len(cluster.sexes) == 1 and sexes != cluster.sexes


def _same_org(mention: Mention, words: str, cluster: Cluster) -> bool:
    if mention.org and cluster.org:
        return mention.org == cluster.org
    if any("某" in form and words.endswith(form.rpartition("某")[2] or form) for form in cluster.forms):
        return True
    stem = words[:4] if len(words) > 6 else words[:2]
    return any(
        words in form or form in words or (len(stem) >= 2 and stem in form and "org" in cluster.sorts)
        for form in cluster.forms
    )


def _trade(cluster: Cluster, words: str) -> bool:
    """Whether a cluster of nouns alone (物业, 开发商) may be the organization now named."""
    return "org" not in cluster.sorts and any(
        sign in words for sort in cluster.sorts for sign in _TRADES.get(sort, ()) if sort != "employer"
    )


def _by_noun(text: str, mention: Mention, near: Sequence[Cluster]) -> Cluster | None:
    words = text[mention.start : mention.end]
    doors = set(DIGITS.findall(words))
    for cluster in near:
        if doors and cluster.doors and not doors & cluster.doors:
            continue
        if doors & cluster.doors and cluster.kind == "person" and mention.kind != "organization":
            return cluster
        if mention.same in cluster.same and _same_owner(mention, cluster):
            return cluster
        if cluster.sorts & NAMED and any(form.endswith(words) for form in cluster.forms):
            return cluster
        signs = _TRADES.get(mention.sort, ()) if "org" in cluster.sorts else ()
        if any(sign in cluster.words for sign in signs):
            return cluster
        if mention.sort in ("child", "elder") and _relative(mention, cluster):
            return cluster
        if (
            mention.sort in _GENERIC
            and words.startswith(("那", "这", "该"))
            and cluster.sorts & {"neighbour", "door", "someone", "wrong"}
            and cluster.kind == mention.kind
        ):
            return cluster
        if mention.sort == cluster_sort(cluster) and mention.sort in ("dogowner",):
            return cluster
    return None


def cluster_sort(cluster: Cluster) -> str:
    return cluster.mentions[0].sort if cluster.mentions else ""


def _same_owner(mention: Mention, cluster: Cluster) -> bool:
    return not mention.owner or mention.owner in cluster.owners or cluster.owners == {""}


def _relative(mention: Mention, cluster: Cluster) -> bool:
    """孩子 after 我女儿, 老人 after 我妈."""
    if mention.kind != cluster.kind:
        return False
    if mention.sort == "child":
        return bool(cluster.same & {"son", "daughter", "grandchild", "孩子"}) and mention.owner in ("", "i")
    return bool(
        cluster.same & {"mother", "father", "inlaw", "grandmother", "grandfather", "老人"}
    ) and mention.owner in ("", "i")


def _beside(text: str, mention: Mention, near: Sequence[Cluster]) -> Cluster | None:
    """The party that stands right before and is the same one: 402的户主叫|裴勇, 裴勇（|房东）, 开发商“|云泽置业."""
    for cluster in near[:3]:
        last = cluster.mentions[-1]
        gap = text[last.end : mention.start]
        if cluster.kind != mention.kind or len(gap) > 5 or last.end > mention.start:
            continue
        named, naming = last.sort in NAMES, mention.sort in NAMES
        fits = mention.sort != "org" or cluster.sorts & _TRADES.keys()
        if naming and not named and fits and _CALLED.fullmatch(gap) and gap not in (",", "，"):
            return cluster
        if named and not naming and last.sort != "org" and gap in ("(", "（", "是", "，系", "系", "作为"):
            return cluster
    return None
