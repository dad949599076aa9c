"""Quoted speech: in 他说“我没空”, 我 is whoever 他 is."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from nlp.parties.mentions import FIRST, Mention
from nlp.ranges import Ranges

_QUOTE: Final = re.compile('“([^“”]{2,200})”|「([^「」]{2,200})」|『([^『』]{2,200})』|"([^"\n]{2,200})"')
_SAYS: Final = re.compile(
    r"(?:说|讲|骂|喊|问|答复|回复|回|称|表示|告诉[^,，。]{0,4}|嚷|吼|叫嚣|威胁[^,，。]{0,3}|扬言|嘟囔|认为|一句|发[^,，。]{0,6}|写[^,，。]{0,4}|撂[^,，。]{0,4})"
    r"(?:了|道|着|过|我|过我)?(?:一句)?(?:话)?[:：,， ]{0,2}$"
)
_SENTENCE: Final = re.compile(r"[。！？!?\n]")
_REFLEXIVE: Final = re.compile(r"[一-龥]$(?<![是由对向和与跟给被让请为代，。])")
_BACK: Final = 24


class Speech(NamedTuple):
    """A quotation and the mention of who says it; None where nothing tells."""

    start: int
    end: int
    speaker: Mention | None


def speeches(text: str, mentions: Sequence[Mention]) -> Iterator[Speech]:
    """Quotations from left to right, with their speaker; `mentions` in order of their start."""
    if not any(mark in text for mark in '“「『"'):
        return
    for quote in _QUOTE.finditer(text):
        start = quote.start()
        verb = _SAYS.search(text, max(0, start - _BACK), start)
        if verb is None:
            yield Speech(start, quote.end(), None)
            continue
        near = mentions[bisect_left(mentions, start - 2 * _BACK, key=_start) : bisect_left(mentions, start, key=_start)]
        said = [m for m in near if m.end <= verb.start() and not _SENTENCE.search(text, m.end, verb.start())]
        yield Speech(start, quote.end(), _subject(text, said, verb.start()))


def _start(one: Mention | Speech) -> int:
    return one.start


def _subject(text: str, said: Sequence[Mention], verb: int) -> Mention | None:
    """Who speaks: the first mention of the last clause, as 他 in 他跟我说."""
    if not said:
        return None
    clause = max(text.rfind(comma, said[0].start, verb) for comma in ",，;；")
    inside = [m for m in said if m.start > clause]
    return (inside or said[-1:])[0]


def quoted(mention: Mention, spoken: Sequence[Speech]) -> Speech | None:
    """The quotation that a first person stands in."""
    if mention.sort not in FIRST:
        return None
    before = bisect_right(spoken, mention.start, key=_start)
    return spoken[before - 1] if before and mention.start < spoken[before - 1].end else None


def says_i(text: str, mentions: Iterable[Mention]) -> bool:
    """Whether the teller says 我 himself: a first person stands outside every quotation, and is no 张某本人."""
    quotes = Ranges(match.span() for match in _QUOTE.finditer(text))
    return any(
        mention.sort in FIRST
        and not quotes.touch(mention.start, mention.start + 1)
        and not (mention.sort == "self" and _REFLEXIVE.search(text, max(0, mention.start - 2), mention.start))
        for mention in mentions
    )
