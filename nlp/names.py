"""Personal names in running text: full names, 张某, 王大妈, 姓刘的租户, 老周.

A character that may be a surname proves nothing (高, 方, 应 are everyday words), so a full name is only taken where the
words before or after it call for one, and where its characters may stand in a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from nlp.tables import given_characters, not_names, person_titles, surnames

Form = Literal["full", "masked", "titled", "surname", "nick"]


class PersonMention(NamedTuple):
    """One mention; `name` is the full name if there is one, `hint` the role that a title or a noun suggests."""

    start: int
    end: int
    form: Form
    surname: str
    name: str | None
    hint: str
    certainty: float


_SURNAMES: Final = surnames()
_AMBIGUOUS: Final = frozenset(surname for surname, everyday in _SURNAMES.items() if everyday)
_GIVEN: Final = given_characters()
_NOT_NAMES: Final = not_names()
_SURNAME: Final = re.compile(
    "|".join([s for s in _SURNAMES if len(s) > 1] + [f"[{''.join(s for s in _SURNAMES if len(s) == 1)}]"])
)
# Surnames that are so much a function word that a form of address behind them proves nothing: 和老板, 向老师.
_FUNCTION_SURNAMES: Final = frozenset("和从都向应常时连于全成过来为要步由房车水江管费查关门单包")
# Characters that open a function word or a verb: no second character of a given name, and rarely a first.
_NEVER: Final = frozenset(
    "的了是在我你他她它这那哪不没未都也就又还要被把将给让叫对向跟与及或因所到从往去用请问说着吧吗呢啊呀只各并再最很更几"
    "号座室栋楼层处但已经过个们等电住反投拒欠女老男打骂某姓私总每天拿常偷扔停借卖租收带放"
)
_RARELY_LAST: Final = _NEVER | frozenset("家可来以会能和于先单多人里上下中内外前后开做出")
_WORD_START: Final = re.compile(
    r"家[里的门在住有人长具属庭电中]|可[以能是]|和[我他她你邻物]|来[电了到的找]|先生|会[不在把]|以[前后来及]|人[家员]|元"
)

_WORD_ENDS: Final = frozenset(
    ["感谢", "答谢", "多谢", "致谢", "谢谢", "一周", "上周", "下周", "本周", "每周", "这周", "四周", "两周", "健康", "现任", "前任", "责任", "担任", "信任", "时任"]
)

_ROLE_NOUNS: Final = (
    "租户|租客|承租人|住户|业主|户主|房东|二房东|邻居|邻里|居民|村民|市民|老板娘|老板|店主|摊主|经理|员工|职工|工人|保安|包工头|工头"
    "|负责人|法定代表人|法人代表|法人|代表|联系人|当事人|来电人|反映人|投诉人|被投诉人|举报人|申请人|被申请人|受害人|被害人|嫌疑人|肇事者"
    "|伤者|死者|司机|车主|中介|师傅|同事|室友|工友|老乡|男子|女子|男的|女的|老人|村干部|调解员|网格员|楼长|组长"
    "|丈夫|老公|妻子|老婆|爱人|前夫|前妻|儿子|女儿|儿媳|女婿|父亲|母亲|爸爸|妈妈|婆婆|公公|岳父|岳母|哥哥|弟弟|姐姐|妹妹|堂兄|表哥|侄子"
    "|青年|农民|牧民|兽医|商人|经销商|老太|老汉|接访员|所长|主任|科长|局长|书记|站长|队长|会长|院长|校长|老师|医生|警官|民警|教练|房客"
)
_LEFT: Final = re.compile(
    rf"(?:(?P<self>我是|我叫|我的名字是|本人姓名|本人叫|本人是|本人|来电人|反映人|投诉人|申请人|举报人|联系人)|(?P<noun>{_ROLE_NOUNS})"
    r"|(?P<named>姓名|名叫|名为|叫做|叫)|(?P<weak>投诉|举报|反映|状告|起诉|找到|找了|联系))(?:是|叫|为|姓名)?[:： (（\"“]?$"
)
_RIGHT: Final = re.compile(
    r"$|[^一-龥]|[的家把将被说在是和与对跟及给让叫住电手身男女先向从拒欠打骂不没未都也就又还要会总每天常偷扔停借卖租反投因等私到去上经长一两多夫半深晚早老答承占]|来[电调访找到了我家上]|调解|作证"
)
_STRONG_RIGHT: Final = re.compile(
    r"[,，(（ :：]*(?:(?:联系)?电话|手机|联系方式|身份证|男|女|\d{2}岁|等人|等\d|家(?:的|里|养|装|漏|住|在|又|天)|夫妇|夫妻|一家|\x1a)"
)
_VERB_RIGHT: Final = re.compile(
    r"拒不|拒绝|欠[我着了]|把|将|打了|打伤|骂|拖欠|承诺|答应|多次|经常|长期|总是|天天|每天|私自|擅自|又|却|就是|一直|半夜|深夜|说|表示|认为|要求|不肯|不愿|不给|不还|不退"
)
_NOT_PERSON: Final = re.compile(
    r"(?:小区|公司|村|街|路|单位|些|种|天|日|年|月|个|地|厂|镇|市|区|县|店|工程|项目|学校|医院)"
)
_TITLES: Final = person_titles()
_LONG_TITLE: Final = re.compile("|".join(title for title in _TITLES if len(title) > 1))
_OLD_TITLE: Final = re.compile("老汉|大妈|大爷|大娘|大伯|先生|女士|小姐|阿姨|奶奶|爷爷|婆婆")
_SHORT_TITLE: Final = re.compile(
    f"[{''.join(title for title in _TITLES if len(title) == 1)}](?![是会体共数量部监结理在经妹弟们夫哥姐叔])"
)
_OFTEN: Final = 3
_PLACE_LIKE: Final = re.compile(r"[镇湖村路街桥山河江湾坪塘洲岭冲站校院厂店馆司团场区市县乡园苑城寺井沟]$")
_PLACE_AFTER: Final = re.compile(r"[镇湖村路街桥湾坪塘洲岭冲站校院厂店馆区市县乡园苑城]|公司|集团|[大中小]学")
_LETTERS: Final = ("甲", "乙", "丙", "丁")
_NICK: Final = re.compile(rf"(?<![一-龥])[老小]({_SURNAME.pattern})(?=[的家说在和跟,，。、:：\"”]|因为|又|把)")
_SURNAMED: Final = re.compile(
    rf"(?:姓(?P<a>{_SURNAME.pattern})的?|(?<![百一老同])(?P<b>{_SURNAME.pattern})姓)(?P<noun>{_ROLE_NOUNS}|大妈|大爷|阿姨|先生|女士)?"
)


def person_mentions(text: str, taken: Sequence[tuple[int, int]] = ()) -> Iterator[PersonMention]:
    """Mentions of single people by name or surname, from left to right, never overlapping nor inside the `taken` ranges."""
    readers = (_surnamed, _nicknames, _named, _repeated)
    position = 0
    for found in sorted((m for reader in readers for m in reader(text)), key=lambda m: (m.start, -m.certainty, -m.end)):
        if found.start >= position and not any(start < found.end and found.start < end for start, end in taken):
            yield found
            position = found.end


def _surnamed(text: str) -> Iterator[PersonMention]:
    for match in _SURNAMED.finditer(text):
        surname = match["a"] or match["b"]
        if match["noun"] or (match["a"] and text[match.end() - 1] == "的"):
            yield PersonMention(*match.span(), "surname", surname, None, _hint(match["noun"] or ""), 0.85)


def _nicknames(text: str) -> Iterator[PersonMention]:
    for match in _NICK.finditer(text):
        if match[1] not in _AMBIGUOUS:
            yield PersonMention(*match.span(), "nick", match[1], None, "", 0.6)


def _repeated(text: str) -> Iterator[PersonMention]:
    """What looks like a full name and comes again and again is one, cue or no cue: 李明 … 李明 … 李明."""
    found: list[tuple[int, int, str]] = []
    for match in _SURNAME.finditer(text):
        start, end = match.span()
        if match.group() in _AMBIGUOUS or not _plausible(text, start, match.group(), text[end : end + 1] or "的"):
            continue
        second = text[end + 1 : end + 2]
        if second in _GIVEN and second not in _RARELY_LAST:
            found.append((start, end + 2, match.group()))
        found.append((start, end + 1, match.group()))
    counts = Counter(text[start:end] for start, end, _ in found)
    for start, end, surname in found:
        name = text[start:end]
        if _PLACE_LIKE.search(name) or _PLACE_AFTER.match(text, end):
            continue
        if counts[name] >= _OFTEN and (len(name) > 2 or counts[name] > _OFTEN) and _RIGHT.match(text, end):
            yield PersonMention(start, end, "full", surname, name, "", 0.7)


def _named(text: str) -> Iterator[PersonMention]:
    length = len(text)
    for match in _SURNAME.finditer(text):
        start, end = match.span()
        if end >= length:
            return
        if text[end] == "某" or (
            text[end] in _LETTERS and match.group() not in _AMBIGUOUS and _RIGHT.match(text, end + 1)
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
    if not _NOT_PERSON.match(text, end):
        left = _LEFT.search(text, max(0, start - 8), start)
        yield PersonMention(start, end, "masked", surname, None, _left_hint(left), 0.9)


def _titled(text: str, start: int, surname_end: int, surname: str) -> PersonMention | None:
    if surname in _FUNCTION_SURNAMES and not _OLD_TITLE.match(text, surname_end):
        return None
    for given in (0, 1, 2):
        begin = surname_end + given
        title = _LONG_TITLE.match(text, begin) or (_SHORT_TITLE.match(text, begin) if not given else None)
        if title is None:
            continue
        middle = text[surname_end:begin]
        if given and not _plausible(text, start, surname, middle):
            continue
        if len(title.group()) == 1 and (surname in _AMBIGUOUS or (start and "一" <= text[start - 1] <= "龥")):
            continue
        if not given and surname in _AMBIGUOUS and start and text[start - 1] in _GIVEN:
            continue
        name = surname + middle if given else None
        return PersonMention(start, title.end(), "titled", surname, name, _TITLES[title.group()], 0.9)
    return None


def _plausible(text: str, start: int, surname: str, given: str) -> bool:
    """Whether a surname with these characters may be a name before a form of address: not 项目|经理, 高学校|老师."""
    usual = all(c in _GIVEN and c not in _NEVER for c in given)
    return usual and surname + given[0] not in _NOT_NAMES and (surname not in _AMBIGUOUS or _free(text, start))


def _full(text: str, start: int, surname_end: int, surname: str) -> PersonMention | None:
    first = text[surname_end]
    if first in _NEVER or not "一" <= first <= "龥" or _WORD_START.match(text, surname_end):
        return None
    if text[start : surname_end + 1] in _NOT_NAMES or (start and text[start - 1] + surname in _WORD_ENDS):
        return None
    left = _LEFT.search(text, max(0, start - 8), start)
    named = left is not None and bool(left["named"] or left["self"])
    everyday = surname in _AMBIGUOUS
    if surname in _FUNCTION_SURNAMES and not named:
        return None
    for given in _lengths(text, surname_end):
        end = surname_end + given
        usual = all(c in _GIVEN for c in text[surname_end:end])
        if named and (usual or not everyday):
            certainty = 0.95 if usual else 0.8
        elif left is not None and not left["weak"] and (usual if given == 2 or not everyday else False):
            certainty = 0.8 if everyday else 0.9
        elif everyday or not usual:
            continue
        elif _STRONG_RIGHT.match(text, end):
            certainty = 0.85
        elif (
            given == 2
            and (left is not None or _VERB_RIGHT.match(text, end))
            and (left is not None or _free(text, start))
        ):
            certainty = 0.75
        else:
            continue
        return PersonMention(start, end, "full", surname, text[start:end], _left_hint(left), certainty)
    return None


def _lengths(text: str, surname_end: int) -> Iterator[int]:
    """How many characters the given name may have, the likelier first."""
    second = text[surname_end + 1 : surname_end + 2]
    if second and "一" <= second <= "龥" and second not in _RARELY_LAST and _RIGHT.match(text, surname_end + 2):
        yield 2
    if _RIGHT.match(text, surname_end + 1):
        yield 1


def _free(text: str, start: int) -> bool:
    return start == 0 or not "一" <= text[start - 1] <= "龥" or text[start - 1] in "是由被让叫找跟和与对向的但而"


def _left_hint(left: re.Match[str] | None) -> str:
    if left is None:
        return ""
    return "complainant" if left["self"] else _hint(left["noun"] or "")


def _hint(noun: str) -> str:
    return _NOUN_ROLES.get(noun, "")


_NOUN_ROLES: Final = {
    "来电人": "complainant",
    "反映人": "complainant",
    "投诉人": "complainant",
    "举报人": "complainant",
    "申请人": "complainant",
    "被投诉人": "respondent",
    "被申请人": "respondent",
    "嫌疑人": "respondent",
    "肇事者": "respondent",
    "受害人": "victim",
    "被害人": "victim",
    "伤者": "victim",
    "死者": "victim",
    "调解员": "mediator",
    "网格员": "mediator",
}
