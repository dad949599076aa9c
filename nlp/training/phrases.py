"""Complaints made of our own phrases, with the category that each is about.

nlp/training/data/phrases.txt and told.txt say in our own words what people complain of, by category; fillers.txt what
they say around it. The grammar of the made town and the cues of nlp/data/category_cues.csv add to them. A made
complaint is a matter with or without its harm and its demand, in words that say nothing of it, and often with a second
matter beside it that it is not about: as people write.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from nlp.tables import Cue

FOLDER: Final = Path(__file__).parent / "data"

Kinds = dict[str, tuple[str, ...]]
"""Kind (what, harm, want, ask, noun; open, self, past, mood, close for fillers) → phrases."""
Phrases = dict[str, Kinds]

_CHOICE: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_SLOT: Final = re.compile(r"\{(.*?)\}")
_BETWEEN: Final = " / "
_DECISIVE: Final = 3.0
_NOUNS: Final = (
    "反映{}问题", "关于{}的事", "投诉{}", "{}的问题", "{}没人管", "就是{}这个事", "{}怎么回事", "{}有问题", "{}",
    "说说{}", "咨询{}", "因为{}", "{}一直没有解决", "举报{}",
)  # fmt: skip
_MARKS: Final = ("，", "，", "，", "。", "。", " ", "；", "！", "")
_GRAMMAR_KINDS: Final = {"what": "what"}
"""Not its harms and wishes too: with them the weights learn the town and forget the world."""
_COMMON_KINDS: Final = {
    "open_formal": "open", "open_spoken": "open", "open_web": "open", "self": "self", "where": "self",
    "earlier": "past", "evidence": "past", "filler": "mood", "close_formal": "close", "close_spoken": "close",
    "close_web": "close",
}  # fmt: skip
_SLOTS: Final = {
    "人": "邻居 楼上住户 他 那家人 老张 楼上 对门 姓王的", "我": "我 本人", "我家": "我家 我们家", "我们": "我们",
    "地": "小区 3号楼", "单位": "他们公司 物业 店家 老板",
    "时": "昨天晚上 每天 半夜 上个月", "久": "半年 一个月 好几天",
    "钱": "三千块 两万元", "次": "三 好几", "点": "十点 凌晨两点", "日": "5月3日", "数": "三 五", "层": "三 六",
}  # fmt: skip
"""Words for the slots of the town's grammar; a slot that is not here is left empty."""


def read_phrases(names: Sequence[str] = ("phrases.txt", "told.txt")) -> Phrases:
    """The phrases of files under nlp/training/data, a section that stands in several put together."""
    found: Phrases = {}
    for name in names:
        section = ""
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                section = line.strip("[] ")
            elif line and not line.startswith("#"):
                kind, _, rest = line.partition(": ")
                _add(found, section, kind, rest.split(_BETWEEN))
    return found


def with_cues(phrases: Phrases, cues: Iterable[Cue]) -> Phrases:
    """The phrases with the decisive cues of each category among its nouns."""
    found = {section: dict(kinds) for section, kinds in phrases.items()}
    for cue in cues:
        if cue.weight >= _DECISIVE and len(cue.text) > 1:
            _add(found, cue.category, "noun", (cue.text,))
    return found


def with_grammar(phrases: Phrases, grammar: Mapping[str, Mapping[str, str]], codes: Mapping[str, str]) -> Phrases:
    """The phrases with those of a town's complaint grammar; `codes` gives the code of a category's name."""
    found = {section: dict(kinds) for section, kinds in phrases.items()}
    for name, kinds in grammar.items():
        known = _COMMON_KINDS if name == "common" else _GRAMMAR_KINDS
        for kind, lines in kinds.items():
            if kind in known and (name == "common" or name in codes):
                _add(found, codes.get(name, "any"), known[kind], lines.splitlines())
    return found


def _add(found: Phrases, section: str, kind: str, more: Sequence[str]) -> None:
    kinds = found.setdefault(section, {})
    kinds[kind] = kinds.get(kind, ()) + tuple(more)


def made_complaints(phrases: Phrases, each: int, seed: int) -> Iterator[tuple[str, str]]:
    """`each` (text, code) a category, the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - made texts, no secret
    codes = sorted(phrases.keys() - {"any"})
    for code in codes:
        for _ in range(each):
            yield _complaint(draw, phrases[code], phrases[draw.choice(codes)], phrases["any"]), code


def _complaint(draw: random.Random, kinds: Kinds, other: Kinds, around: Kinds) -> str:
    def say(source: Kinds, kind: str, chance: float) -> list[str]:
        return [_one(draw, source, kind)] if source.get(kind) and draw.random() < chance else []

    short = draw.random() < 0.25
    parts = say(around, "open", 0.6) + ([] if short else say(around, "self", 0.5)) + _matter(draw, kinds)
    if not short:
        parts += say(around, "past", 0.5) + say(kinds, "harm", 0.5) + say(around, "mood", 0.4)
        parts += say(kinds, "noun", 0.3) + say(around, "past", 0.4)
        # A second matter comes later, and is said in fewer words than the first.
        parts += say(other, draw.choice(("what", "noun", "harm")), 0.3) + say(around, "mood", 0.3)
    parts += say(kinds, "want", 0.3 if short else 0.6) + say(around, "close", 0.6)
    return "".join(part + draw.choice(_MARKS) for part in parts)


def _matter(draw: random.Random, kinds: Kinds) -> list[str]:
    shape = draw.random()
    if shape < 0.5:
        return [_one(draw, kinds, "what") for _ in range(draw.choice((1, 1, 2)))]
    if shape < 0.7 and "ask" in kinds:
        return [_one(draw, kinds, "ask") for _ in range(draw.choice((1, 1, 2)))]
    if "noun" not in kinds:
        return [_one(draw, kinds, "what")]
    return [_one(draw, kinds, "noun"), *([_one(draw, kinds, "what")] if draw.random() < 0.3 else [])]


def _one(draw: random.Random, kinds: Kinds, kind: str) -> str:
    text = _CHOICE.sub(lambda match: draw.choice(match.group(1).split("|")), draw.choice(kinds[kind]))
    text = _SLOT.sub(lambda match: draw.choice(_SLOTS.get(match.group(1), "").split() or [""]), text)
    return draw.choice(_NOUNS).format(text) if kind == "noun" else text
