"""What a party has to do with the matter, by the words around its mentions and by what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from nlp.layers import Role
from nlp.parties.clusters import Cluster
from nlp.parties.mentions import FIRST, NAMED, PRONOUNS, Mention
from nlp.parties.speech import says_i

_SELF_RIGHT: Final = re.compile(r"(?:先生|女士)?(?:来电|致电|[,，]?反映(?:[^一-龥]|$)|投诉称|来访)")
_SELF_LEFT: Final = re.compile(
    r"(?:我是|我们是|本人是|本人系|我系|我叫|本人)[^,，。;；!！?？…:： ]{0,26}$|我姓.{1,2}[，,]?(?:单名)?叫$"
)
_VICTIM_RIGHT: Final = re.compile(
    r"(?:又|也|都|曾|不慎|不幸|当场|正好|突然){0,4}(?:被[^,，。]{0,10}(?:打|骂|撞|咬|砸|推|骗|伤|烫|绊|压|锁|困|扑)|受伤|摔伤|骨折|摔倒|摔了|滑倒|溺水|身亡|死亡|触电|住院|吓得|去世)"
)
_VICTIM_LEFT: Final = re.compile(
    r"(?:打伤|打了|殴打|咬伤|撞伤|骗了|受害人|伤者|撞倒|撞了|砸到|砸伤|推倒|咬了|困住|救救|救人)(?:了|是)?$"
)
_WITNESS: Final = re.compile(r"(?:也|都)?(?:可以|能|愿意)(?:给我)?作证|看[到见]了?|目睹")
_WITNESS_LEFT: Final = re.compile(r"(?:证人|目击者)(?:是|叫)?[:：]?$")
_MEDIATOR_RIGHT: Final = re.compile(r"(?:来|上门|出面|前来|去|陪着|主持)?(?:调解|劝过|协调过|劝阻|劝和|说和|做工作)")
_BLAMED: Final = re.compile(r"(?:投诉|举报|状告|控告|起诉|告)[^,，。]{0,4}$")
_BLAMED_RIGHT: Final = re.compile(
    r"(?:不作为|乱作为|踢皮球|推诿|推来推去|不管不问|互相推|拖着不|乱收费|态度(?:恶劣|很差|不好|差)|至今[没未不]|一直[没未不]|不履行|[违乱]|拒不|敷衍|收了钱)"
)
_HARMS: Final = re.compile(
    r"[^,，。;；!！?？\n]{0,8}?"
    r"(?:打我|打她|打他|骂我|骂她|家暴|动手|出轨|赌博|不给|不还|不养|不管|不付|拿走|拿了|卖了|偷|骗|威胁|霸占|独占|欠|转走|抢|不让|把我|赶我|砸|拖欠|拒绝|拒不|不肯|不同意|签字|一个人签|虐待|殴打|辱骂|要离婚|不签|不搬)"
)
_PEOPLE: Final = frozenset(
    {"neighbour", "landlord", "tenant", "trader", "dogowner", "builder", "ex", "wrong", "full", "masked"}
)
_MATTERS: Final = _PEOPLE | {
    "org",
    "developer",
    "agent",
    "employer",
    "utility",
    "upkeep",
    "door",
    "titled",
    "surname",
    "nick",
    "reseller",
}


def mention_role(text: str, mention: Mention) -> Role | None:
    """The role that the words around one mention give it; None where they say nothing."""
    start, end = mention.start, mention.end
    left = text[max(0, start - 10) : start]
    if mention.hint == "mediator" or (mention.kind == "person" and _MEDIATOR_RIGHT.match(text, end)):
        return "mediator"
    if mention.kind != "organization":
        if mention.hint == "victim" or _VICTIM_LEFT.search(left) or _VICTIM_RIGHT.match(text, end):
            return "victim"
        if mention.hint == "complainant" or (
            mention.sort in NAMED
            and (_SELF_RIGHT.match(text, end) or _SELF_LEFT.search(text, max(0, start - 30), start))
        ):
            return "complainant"
        if _WITNESS_LEFT.search(left) or _WITNESS.match(text, end):
            return "bystander"
    if _BLAMED.search(left):
        return "respondent"
    if mention.hint == "agency" and _BLAMED_RIGHT.match(text, end):
        return "respondent"
    if mention.sort in NAMED and mention.hint == "respondent":
        return "respondent"
    return None


def give_roles(text: str, clusters: Sequence[Cluster]) -> None:
    """Set the role of every cluster that has none."""
    for cluster in clusters:
        for mention in cluster.mentions:
            if cluster.role is None and mention.sort not in PRONOUNS:
                cluster.role = mention_role(text, mention)
        cluster.told = cluster.role is not None
    sure = any(c.role == "respondent" or (c.role is None and _accusable(c)) for c in clusters)
    for cluster in clusters:
        if cluster.role in (None, "victim") and cluster.sorts & {"spouse", "kin"} and _harms(text, cluster):
            cluster.role = "respondent"
            sure = True
    aloud = says_i(text, (mention for cluster in clusters for mention in cluster.mentions))
    told = not aloud and sum(1 for cluster in clusters if cluster.sorts & NAMED) > 1
    told_of = not aloud and sum(1 for cluster in clusters if _told_of(cluster) and not _of_office(cluster)) > 1
    for cluster in clusters:
        if cluster.role in (None, "victim") and told and cluster.sorts & _ASIDE and not _told_of(cluster):
            cluster.role = "bystander"
        if cluster.role is None:
            cluster.role = _usual(text, cluster, sure=sure)
        if told_of and cluster.role in _DISPUTING and _in_passing(cluster):
            cluster.role = "bystander"


_ASIDE: Final = frozenset(
    {
        "kin",
        "spouse",
        "ex",
        "child",
        "elder",
        "medic",
        "someone",
        "employer",
        "school",
        "resident",
        "neighbour",
        "trader",
        "wrong",
    }
)
"""Whoever has no name where a third person tells of parties that have one: their families, the hospital."""


_DISPUTING: Final = frozenset({"complainant", "respondent", "victim"})


def _in_passing(cluster: Cluster) -> bool:
    """Whether somebody without a name is spoken of only once, where others are told of by name."""
    return (
        (len(cluster.mentions) == 1 or cluster.sorts <= FIRST)
        and not cluster.sorts & NAMED
        and "某" not in cluster.words
    )


_ELDER: Final = re.compile(r"奶奶|爷爷|阿姨|大爷|大妈|婆婆|阿婆|大伯")
_DOORS: Final = ("楼", "室", "独居", *"0123456789")


def _told_of(cluster: Cluster) -> bool:
    """Whether a party is named, if only in part (某印染厂), or is more than somebody's family."""
    return bool(cluster.sorts & (NAMED | {"org"})) or "某" in cluster.words


def _of_office(cluster: Cluster) -> bool:
    return any(mention.office or mention.hint in ("agency", "mediator") for mention in cluster.mentions)


def _accusable(cluster: Cluster) -> bool:
    return bool(cluster.sorts & _MATTERS) and not any(
        m.office or m.hint not in ("", "respondent") for m in cluster.mentions
    )


def _harms(text: str, cluster: Cluster) -> bool:
    return any(_HARMS.match(text, mention.end) for mention in cluster.mentions)


def _usual(text: str, cluster: Cluster, *, sure: bool) -> Role:
    """The role of a party of its sort; `sure` says that somebody else is to blame."""
    first = cluster.mentions[0]
    if any(mention.office for mention in cluster.mentions):
        return "agency"
    if sure and cluster.sorts <= {"medic", "school"}:
        return "bystander"
    hints = [mention.hint for mention in cluster.mentions if mention.hint and mention.sort not in PRONOUNS]
    if "property" in cluster.sorts and not cluster.sorts & {"org"} and sure:
        return "bystander"
    if (
        sure
        and first.sort in ("titled", "nick")
        and cluster.sorts <= {"titled", "nick", "worker", "neighbour"}
        and len(cluster.mentions) == 1
    ):
        elder = cluster.gender and _ELDER.search(cluster.words)
        if elder and any(mark in cluster.words for mark in _DOORS):
            return "bystander"
    if "someone" in cluster.sorts and sure and cluster.sorts <= {"someone"} | PRONOUNS:
        return "bystander" if not text.startswith(("那", "这"), first.start) else "respondent"
    if hints:
        return hints[0]  # type: ignore[return-value]
    return "respondent"
