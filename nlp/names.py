"""Personal names in running text: full names, 张某, 王大妈, 姓刘的租户, 老周.

A character that may be a surname proves nothing (高, 方, 应 are everyday words), so a full name is only taken where the
words before or after it call for one, and where its characters may stand in a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from nlp.namecues import (
    ALIAS,
    BESIDE,
    BY_NAME,
    CALLED_YOUNG,
    CLOSED,
    DEED_LEFT,
    DOOR,
    DOTTED,
    EVERYDAY,
    FUNCTION_SURNAMES,
    GIVEN,
    INTRODUCED,
    KIN_LEFT,
    LEFT,
    LEFT_ENDS,
    LONG_TITLE,
    NEVER,
    NICKNAME,
    NOT_GIVEN,
    NOT_NAMES,
    NOT_PERSON,
    NOUN_ENDS,
    NOUN_LEFT,
    OF_PLACE,
    OLD_TITLE,
    PLACE_AFTER,
    PLACE_LIKE,
    RARE,
    RARELY_LAST,
    RIGHT,
    ROLES,
    SHORT_TITLE,
    SOFT_LEFT,
    STARRED,
    STRONG_RIGHT,
    SURNAME,
    SURNAMED,
    TITLES,
    USUAL,
    VERB_RIGHT,
    WORD_ENDS,
    WORD_START,
)
from nlp.ranges import Ranges

Form = Literal["full", "masked", "titled", "surname", "nick", "alias", "door"]


class PersonMention(NamedTuple):
    """One mention; `name` is the full name if there is one, `hint` the role that a title or a noun suggests."""

    start: int
    end: int
    form: Form
    surname: str
    name: str | None
    hint: str
    certainty: float


_OFTEN: Final = 3
_NOT_NICKNAMES: Final = frozenset(
    (
        "小时",
        "小金",
        "小高",
        "小康",
        "小方",
        "老路",
        "小路",
        "小石",
        "小汤",
        "小包",
        "小满",
        "小米",
        "老牛",
        "老马",
        "老赖",
    )
)
_THINGS: Final = frozenset(
    [
        "小孙",
        "小钱",
        "小段",
        "小庄",
        "小苗",
        "小田",
        "小叶",
        "小龙",
        "小熊",
        "小石",
        "小梁",
        "小麻",
        "小林",
        "小程",
        "小唐",
        "小苏",
        "小梅",
        "小丁",
        "小夏",
        "老庄",
        "老田",
        "老林",
        "老石",
        "老段",
        "老史",
        "老谭",
    ]
)
"""Behind 的 rather a thing than somebody: 门口的|小林荫道."""
_WORDS: Final = frozenset(
    [
        "高兴",
        "高明",
        "成功",
        "成长",
        "常在",
        "明白",
        "安心",
        "安全",
        "满意",
        "乐意",
        "江南",
        "江东",
        "华东",
        "华南",
        "东方",
        "马明",
        "包容",
        "康健",
        "米兰",
        "于家",
    ]
)
"""What looks like a surname with one character, and is a word even behind a relative: 儿子|高兴."""
_ESTABLISHED: Final = 0.85
_BEHIND_DOOR: Final = re.compile(r"(?<!\d)[1-9]\d{2,3}室?的$")
_AT_DOOR: Final = frozenset("于江")
"""Function words that are surnames behind a door: 202的|于英."""
_HOUSEHOLD: Final = re.compile(r"[那这一][家户](?:人家?)?")
_LETTERS: Final = ("甲", "乙", "丙", "丁")


def person_mentions(text: str, taken: Sequence[tuple[int, int]] = ()) -> Iterator[PersonMention]:
    """Mentions of single people by name or surname, left to right, apart from each other and the `taken` ranges."""
    readers = (_introduced, _surnamed, _nicknames, _aliases, _starred, _rare, _named, _repeated, _dotted, _doors)
    closed = Ranges(taken)
    found = list(_apart_from(closed, (mention for reader in readers for mention in reader(text))))
    again = [mention for reader in (_beside, _again) for mention in reader(text, found)]
    return _apart_from(closed, found + again) if again else iter(found)


def _apart_from(closed: Ranges, mentions: Iterable[PersonMention]) -> Iterator[PersonMention]:
    position = 0
    for found in sorted(mentions, key=lambda m: (m.start, -m.certainty, -m.end)):
        if found.start >= position and not closed.touch(found.start, found.end):
            yield found
            position = found.end


def _beside(text: str, found: Sequence[PersonMention]) -> Iterator[PersonMention]:
    """A name that stands in a row with one that is known: 赵志强、|崔国斌."""
    for known in found:
        if known.form != "full":
            continue
        match = BESIDE.match(text, known.end)
        if match is None or match["surname"] in FUNCTION_SURNAMES or match["name"][:2] in NOT_NAMES:
            continue
        start, end = match.span("name")
        if text[end - 1] not in RARELY_LAST and RIGHT.match(text, end) and not _like_place(text, start, end):
            yield PersonMention(start, end, "full", match["surname"], match["name"], known.hint, 0.8)


def _again(text: str, found: Sequence[PersonMention]) -> Iterator[PersonMention]:
    """Full names that stand elsewhere in the text, wherever they come again."""
    names = {m.name: m for m in found if m.name and m.surname and m.certainty >= _ESTABLISHED}
    starts = {mention.start for mention in found}
    for name, known in names.items():
        short = len(name) == len(known.surname) + 1
        for match in re.finditer(re.escape(name), text):
            start, end = match.span()
            if start in starts or _like_place(text, start, end):
                continue
            if not short or (known.surname not in EVERYDAY and (_apart(text, start) or RIGHT.match(text, end))):
                yield PersonMention(start, end, "full", known.surname, name, "", 0.85)


def _aliases(text: str) -> Iterator[PersonMention]:
    for match in ALIAS.finditer(text):
        if not _like_place(text, *match.span("a" if match["a"] else "b")):
            yield PersonMention(*match.span("a" if match["a"] else "b"), "alias", "", None, "", 0.85)


def _rare(text: str) -> Iterator[PersonMention]:
    for match in RARE.finditer(text):
        if match["name"]:
            yield PersonMention(*match.span("name"), "full", match["b"], match["name"], "", 0.85)
        elif _apart(text, match.start()):
            title = text[match.end("a") : match.end()]
            yield PersonMention(*match.span(), "titled", match["a"], None, TITLES[title], 0.85)


def _starred(text: str) -> Iterator[PersonMention]:
    if "*" not in text:
        return
    for match in STARRED.finditer(text):
        surname = match["surname"] or ""
        if surname not in EVERYDAY and (not surname or _apart(text, match.start())):
            yield PersonMention(*match.span(), "masked" if surname else "alias", surname, None, "", 0.8)


def _surnamed(text: str) -> Iterator[PersonMention]:
    for match in SURNAMED.finditer(text):
        surname = match["a"] or match["b"]
        if match["noun"] or (match["a"] and text[match.end() - 1] == "的"):
            end = house.end() if (house := _HOUSEHOLD.match(text, match.end())) else match.end()
            yield PersonMention(match.start(), end, "surname", surname, None, _hint(match["noun"] or ""), 0.85)


def _introduced(text: str) -> Iterator[PersonMention]:
    for match in INTRODUCED.finditer(text):
        name = match["name"]
        surname = SURNAME.match(name)
        given = name[surname.end() :] if surname else ""
        if surname and given and all(c in USUAL for c in given) and name[: surname.end() + 1] not in NOT_NAMES:
            yield PersonMention(*match.span("name"), "full", surname.group(), name, "complainant", 0.9)


def _nicknames(text: str) -> Iterator[PersonMention]:
    for match in NICKNAME.finditer(text):
        start, end = match.span()
        if match[1] in FUNCTION_SURNAMES or match.group() in _NOT_NICKNAMES:
            continue
        if _apart(text, start):
            clear = match[1] not in EVERYDAY or VERB_RIGHT.match(text, end) is not None
        else:
            clear = (
                match[1] not in EVERYDAY
                and match.group() not in _THINGS
                and (
                    CALLED_YOUNG.match(text, end) is not None
                    or (
                        start > 0
                        and text[start - 1] == "的"
                        and (RIGHT.match(text, end) or VERB_RIGHT.match(text, end)) is not None
                    )
                )
            )
        if clear:
            yield PersonMention(start, end, "nick", match[1], None, "", 0.7)
    for match in BY_NAME.finditer(text):
        yield PersonMention(*match.span("name"), "nick", "", None, "", 0.7)


def _dotted(text: str) -> Iterator[PersonMention]:
    for match in DOTTED.finditer(text):
        left = _cue(text, match.start())
        yield PersonMention(*match.span(), "full", "", match.group(), _left_hint(left), 0.85)


def _doors(text: str) -> Iterator[PersonMention]:
    for match in DOOR.finditer(text):
        yield PersonMention(*match.span(), "door", "", None, "", 0.6)


def _cue(text: str, start: int) -> re.Match[str] | None:
    """What calls for a name right before it."""
    return LEFT.search(text, max(0, start - 8), start) if start and text[start - 1] in LEFT_ENDS else None


def _behind_noun(text: str, start: int) -> bool:
    return start > 0 and text[start - 1] in NOUN_ENDS and NOUN_LEFT.search(text, max(0, start - 5), start) is not None


def _like_place(text: str, start: int, end: int) -> bool:
    return PLACE_LIKE.search(text, start, end) is not None or PLACE_AFTER.match(text, end) is not None


def _apart(text: str, start: int) -> bool:
    """Whether a new word begins here: after a mark, or after a word that often stands before a person."""
    before = text[start - 1] if start else ""
    if not "一" <= before <= "龥" or SOFT_LEFT.search(text, max(0, start - 6), start) is not None:
        return True
    return _behind_noun(text, start)


def _repeated(text: str) -> Iterator[PersonMention]:
    """What looks like a full name and comes again and again is one, cue or no cue: 李明 … 李明 … 李明."""
    found: list[tuple[int, int, str]] = []
    for match in SURNAME.finditer(text):
        start, end = match.span()
        if match.group() in EVERYDAY or not _plausible(text, start, match.group(), text[end : end + 1] or "的"):
            continue
        second = text[end + 1 : end + 2]
        if second in GIVEN and second not in RARELY_LAST:
            found.append((start, end + 2, match.group()))
        found.append((start, end + 1, match.group()))
    counts = Counter(text[start:end] for start, end, _ in found)
    often = [one for one in found if counts[text[one[0] : one[1]]] >= _OFTEN and not _like_place(text, one[0], one[1])]
    if not often:
        return
    clear = Counter(text[start:end] for start, end, _ in often if _apart(text, start) or RIGHT.match(text, end))
    for start, end, surname in often:
        name = text[start:end]
        if (len(name) > 2 or counts[name] > _OFTEN or clear[name] >= _OFTEN) and RIGHT.match(text, end):
            yield PersonMention(start, end, "full", surname, name, "", 0.7)


def _named(text: str) -> Iterator[PersonMention]:
    length = len(text)
    for match in SURNAME.finditer(text):
        start, end = match.span()
        if end >= length:
            return
        if text[end] == "某" or (
            text[end] in _LETTERS and match.group() not in EVERYDAY and RIGHT.match(text, end + 1)
        ):
            yield from _masked(text, start, end, match.group())
            continue
        titled = _titled(text, start, end, match.group())
        if titled is not None:
            yield titled
            continue
        full = _full(text, start, end, match.group())
        if full is not None:
            yield full


def _masked(text: str, start: int, surname_end: int, surname: str) -> Iterator[PersonMention]:
    end = surname_end + 1
    if text[end : end + 1] in _LETTERS or text[end : end + 1] == "某":
        end += 1
    if OF_PLACE.fullmatch(text, max(0, start - 1), surname_end):
        return
    if end > surname_end + 1 or not NOT_PERSON.match(text, end):
        left = _cue(text, start)
        yield PersonMention(start, end, "masked", surname, None, _left_hint(left), 0.9)


def _titled(text: str, start: int, surname_end: int, surname: str) -> PersonMention | None:
    if surname in FUNCTION_SURNAMES and not OLD_TITLE.match(text, surname_end):
        return None
    if start and text[start - 1] + surname in WORD_ENDS:
        return None
    for given in (0, 1, 2):
        begin = surname_end + given
        title = LONG_TITLE.match(text, begin) or (SHORT_TITLE.match(text, begin) if not given else None)
        if title is None:
            continue
        middle = text[surname_end:begin]
        if given and not _plausible(text, start, surname, middle):
            continue
        if len(title.group()) == 1 and not _apart(text, start):
            continue
        inside = not given and surname in EVERYDAY and start > 0 and text[start - 1] in GIVEN
        if inside and not (_behind_noun(text, start) and OLD_TITLE.match(text, begin)):
            continue
        name = surname + middle if given else None
        return PersonMention(start, title.end(), "titled", surname, name, TITLES[title.group()], 0.9)
    return None


def _plausible(text: str, start: int, surname: str, given: str) -> bool:
    """Whether a surname with these characters may be a name before a form of address: not 项目|经理, 高学校|老师."""
    usual = all(c in GIVEN and c not in NEVER for c in given)
    return usual and surname + given[0] not in NOT_NAMES and (surname not in EVERYDAY or _free(text, start))


def _full(text: str, start: int, surname_end: int, surname: str) -> PersonMention | None:
    first = text[surname_end]
    if first in NEVER or not "一" <= first <= "龥" or WORD_START.match(text, surname_end):
        return None
    if text[start : surname_end + 1] in NOT_NAMES or (start and text[start - 1] + surname in WORD_ENDS):
        return None
    left = _cue(text, start)
    named = left is not None and bool(left["named"] or left["self"])
    by_role = left is not None and (left["self"] or "").endswith("是")
    everyday = surname in EVERYDAY
    behind_door = _BEHIND_DOOR.search(text, max(0, start - 7), start) is not None
    kin = left is not None and KIN_LEFT.search(text, max(0, start - 5), start) is not None
    if surname in FUNCTION_SURNAMES and not (named or kin or (behind_door and surname in _AT_DOOR)):
        return None
    apart = _apart(text, start)
    for given in _lengths(text, surname_end):
        end = surname_end + given
        usual = all(c in GIVEN for c in text[surname_end:end])
        if named and (usual or not everyday) and not (everyday and by_role and not RIGHT.match(text, end)):
            certainty = 0.95 if usual else 0.8
        elif left is not None and left["self"] and "叫" in left["self"] and CLOSED.match(text, end):
            certainty = 0.85
        elif left is not None and not left["weak"] and (usual if given == 2 or not everyday else False):
            certainty = 0.8 if everyday else 0.9
        elif usual and everyday and given == 1 and kin and text[start:end] not in _WORDS:
            certainty = 0.8
        elif not all(c in USUAL for c in text[surname_end:end]) or _like_place(text, start, end):
            continue
        elif STRONG_RIGHT.match(text, end) and (apart or not everyday):
            certainty = 0.85
        elif apart and VERB_RIGHT.match(text, end):
            certainty = 0.8 if given == 2 and not everyday else 0.7
        elif (behind_door and (RIGHT if given == 2 or not everyday else VERB_RIGHT).match(text, end)) or (
            not everyday and ((apart and given == 2) or _suffers(text, start, end))
        ):
            certainty = 0.7
        else:
            continue
        return PersonMention(start, end, "full", surname, text[start:end], _left_hint(left), certainty)
    return None


def _suffers(text: str, start: int, end: int) -> bool:
    return RIGHT.match(text, end) is not None and DEED_LEFT.search(text, max(0, start - 5), start) is not None


def _lengths(text: str, surname_end: int) -> Iterator[int]:
    """How many characters the given name may have, the likelier first."""
    second = text[surname_end + 1 : surname_end + 2]
    hanzi = bool(second) and "一" <= second <= "龥" and second not in RARELY_LAST
    if hanzi and not NOT_GIVEN.match(text, surname_end + 1) and (second in USUAL or RIGHT.match(text, surname_end + 2)):
        yield 2
    if RIGHT.match(text, surname_end + 1) or VERB_RIGHT.match(text, surname_end + 1):
        yield 1


def _free(text: str, start: int) -> bool:
    return start == 0 or not "一" <= text[start - 1] <= "龥" or text[start - 1] in "是由被让叫找跟和与对向的但而"


def _left_hint(left: re.Match[str] | None) -> str:
    if left is None:
        return ""
    return "complainant" if left["self"] else _hint(left["noun"] or "")


def _hint(noun: str) -> str:
    return ROLES.get(noun, "")
