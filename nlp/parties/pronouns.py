"""Whom a pronoun of the third person means, by sex, number, nearness and how much the text is about the party."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from nlp.parties.clusters import Cluster
from nlp.parties.mentions import PRONOUNS, Mention

SENTENCE: Final = re.compile(r"[。！？!?\n]")


def antecedent(mention: Mention, clusters: Sequence[Cluster], stops: Sequence[int]) -> Cluster | None:
    """Whom a pronoun of the third person means: the likeliest of those spoken of before, else of those to come.

    `stops` are the ends of sentences.
    """
    fitting = [cluster for cluster in clusters if _fits(mention, cluster)]
    before = [
        (_salience(mention, cluster, last, stops), last.start, cluster)
        for cluster in fitting
        if (last := cluster.last_before(mention.start)) is not None
    ]
    if before:
        return max(before, key=lambda one: (one[0], one[1]))[2]
    return min(fitting, key=lambda cluster: cluster.mentions[0].start, default=None)


def _fits(mention: Mention, cluster: Cluster) -> bool:
    if cluster.caller or cluster.role == "complainant":
        return False
    if mention.sort in ("he", "she", "one"):
        return cluster.kind == "person" and (mention.sort == "one" or cluster.gender in ("", mention.sort))
    if mention.sort == "it":
        return cluster.kind == "organization" and not cluster.sorts & {"agency", "mediator"}
    if mention.sort == "they":
        return cluster.kind != "person" or bool(cluster.sorts & {"neighbour", "door", "guard", "landlord", "trader"})
    return True


_WEIGHT: Final = {"agency": -25, "mediator": -25, "worker": -12, "guard": -8, "committee": -15, "resident": -10}


def _salience(mention: Mention, cluster: Cluster, last: Mention, stops: Sequence[int]) -> float:
    """Nearness in characters and sentences, and how much the text is about the party."""
    distance = mention.start - last.end
    passed = bisect_left(stops, mention.start) - bisect_left(stops, last.end)
    weight = sum(_WEIGHT.get(sort, 0) for sort in cluster.sorts)
    weight += 10 * (cluster.role == "respondent" or cluster.accused) + 3 * min(4, len(cluster.mentions))
    if mention.sort == "they":
        weight += 15 * (cluster.kind == "group") + 5 * (cluster.kind == "organization")
    if last.sort in PRONOUNS and last.sort == mention.sort:
        weight += 12
    return weight - distance / 4 - 6 * passed
