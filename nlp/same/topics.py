"""Hot topics: where calls about one thing have become more, how surely, and in which words.

Whether a count has grown is tested by the conditional test for two Poisson rates (Przyborowski and Wilenski 1940):
given n + m calls in two windows of equal length, the later ones are binomial with one half where nothing has changed.
Telling words are those of the highest class-based TF-IDF (Grootendorst 2022).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

FEWEST: Final = 3
"""Calls, of two callers at least, from which there is a topic."""
_MOST_OF_IT: Final = 0.7
"""Share of a place's calls from which a part of it is where the matter is."""
_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Report:
    """One call. `places` are the ids of the places that it is in, smallest first; `caller` None is nobody known."""

    event_id: str
    at: datetime
    category: str
    places: tuple[str, ...]
    caller: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """`calls` of the window, newest first, and how many were `before` in the one before; `callers` known apart, each
    unknown one counted. `p` is the probability of as much growth by chance; `words` tell it from other topics.
    """

    place: str
    category: str
    calls: tuple[Report, ...]
    before: int
    callers: int
    first_at: datetime
    p: float
    words: tuple[str, ...]

    @property
    def growth(self) -> float | None:
        """0.5 is half as many more; None where there were none before."""
        return len(self.calls) / self.before - 1 if self.before else None

    @property
    def score(self) -> float:
        """Calls times surprise: many calls, and more than were to be expected."""
        return len(self.calls) * -math.log10(self.p)


def hot_topics(reports: Iterable[Report], since: datetime, *, fewest: int = FEWEST) -> list[Topic]:
    """Where there are more calls from `since` on than before it; the hottest first.

    The reports are those of two windows of equal length. Of a place and its parts, one is told: the part, where it has
    most of the calls.
    """
    now: defaultdict[tuple[str, str], list[Report]] = defaultdict(list)
    before: defaultdict[tuple[str, str], list[Report]] = defaultdict(list)
    inside: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for report in reports:
        keys = [(place, report.category) for place in report.places]
        for key in keys:
            (now if report.at >= since else before)[key].append(report)
        for depth, whole in enumerate(keys):
            inside[whole].update(keys[:depth])
    grown = {key: calls for key, calls in now.items() if _enough(calls, fewest) and len(calls) > len(before[key])}
    chosen = _chosen(grown, inside)
    weights = telling_words({key: [word for call in calls for word in call.words] for key, calls in now.items()})
    topics = [_topic(key, now[key], before[key], weights.get(key, ())) for key in chosen]
    return sorted(topics, key=lambda topic: (-topic.score, topic.place, topic.category))


def growth_p(now: int, before: int) -> float:
    """P(X ≥ now), X binomial of now + before draws with one half: as much growth by chance."""
    total = now + before
    tail: int = sum(math.comb(total, count) for count in range(now, total + 1))
    return float(Fraction(tail, 2**total))


def telling_words(classes: Mapping[tuple[str, str], Sequence[str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The words of the highest class-based TF-IDF: f(word, class) / |class| · log(1 + mean class size / f(word))."""
    counts = {key: Counter(words) for key, words in classes.items()}
    overall: Counter[str] = Counter()
    for count in counts.values():
        overall.update(count)
    mean = sum(overall.values()) / max(1, len(counts))

    def best(count: Counter[str]) -> tuple[str, ...]:
        size = count.total()
        weighed = {word: times / size * math.log1p(mean / overall[word]) for word, times in count.items() if times > 1}
        return tuple(sorted(weighed, key=lambda word: (-weighed[word], word))[:_WORDS])

    return {key: best(count) for key, count in counts.items()}


def _enough(calls: Sequence[Report], fewest: int) -> bool:
    return len(calls) >= fewest and _callers(calls) > 1


def _callers(calls: Sequence[Report]) -> int:
    known = {call.caller for call in calls if call.caller}
    return len(known) + sum(call.caller is None for call in calls)


def _chosen(
    found: Mapping[tuple[str, str], Sequence[Report]], inside: Mapping[tuple[str, str], set[tuple[str, str]]]
) -> list[tuple[str, str]]:
    """From the largest places down: a place is told unless one part of it has most of its calls."""
    told: list[tuple[str, str]] = []
    hidden: set[tuple[str, str]] = set()
    for key in sorted(found, key=lambda key: (-len(inside.get(key, ())), key)):
        if key in hidden:
            continue
        parts = [part for part in inside.get(key, ()) if part in found and part != key]
        if any(len(found[part]) >= _MOST_OF_IT * len(found[key]) for part in parts):
            continue
        told.append(key)
        hidden.update(parts)
    return told


def _topic(key: tuple[str, str], calls: Sequence[Report], before: Sequence[Report], words: tuple[str, ...]) -> Topic:
    ordered = sorted(calls, key=lambda call: (call.at, call.event_id), reverse=True)
    first = min(call.at for call in (*calls, *before))
    p = growth_p(len(calls), len(before))
    return Topic(key[0], key[1], tuple(ordered), len(before), _callers(calls), first, p, words)
