"""`urgency`: how soon somebody should look, with the reasons that speak for it.

A cue of nlp/data/urgency_cues.csv counts where it is said of what is so now. Denied (没有人受伤) or a manner of
speaking (气得要跳楼) it counts for nothing; feared or supposed (怕起火, 万一塌了) it counts one step lower, and so does
an emergency that is over (上个月着过火). What somebody merely asks about (咨询危房改造) is not urgent. A cry for help
beside a danger that is there makes it an emergency. A letter of some length tells mostly of what was: there an
emergency needs a word of now in its sentence.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import ahocorasick
from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import mark
from nlp.ranges import Ranges
from nlp.tables import not_urgent, urgency_cues

LEVELS: Final = ("normal", "urgent", "emergency")
GAP: Final = "…"
"""Between two words of a cue that may have up to `_APART` other characters between them."""

_APART: Final = 12
_BACK: Final = 24
_STOP: Final = "。！？!?；;\n"
_APART_BY: Final = re.compile(f"[{_STOP}]")
_SENTENCE: Final = re.compile(f"[^{_STOP}]+")

# What stands before a cue within its clause.
_DENIED: Final = re.compile(
    r"(?:没有?(?!多久|几|法|想到|料到|人?[管来理处修接应敢])|未(?!成年|婚|来)|并?无(?!法)|不是(?!第)|不会|并非|从不|不准|严禁|禁止)"
    r"[一-龥]{0,4}$|不$"
)
_BETWEEN_DENIED: Final = re.compile(r"[没未不][一-龥]{0,2}$")
_FIGURE: Final = re.compile(
    r"(?:看着|看得|气得|气到|恨不得|就像|仿佛|犹如|如同|吵得|热得|烦得)[^，,。！？；]{0,6}$|(?<!好)像(?!是)[^，,。！？；]{0,3}$"
)
_HEAD_BURSTS: Final = re.compile(
    "(?:头|脑袋|脑壳|脑子|脑瓜|肺|耳朵|心态|群里?|网上|朋友圈)[^，,。！？；]{0,4}$|[气吵热晒][得到都要快]{0,2}$"
)
_CHIMNEY: Final = re.compile("烟囱|排放|偷排|排出|油烟|烧烤|尾气|排气|每天|天天|长期|整天|常年|搅拌|污染|废气")
_AROUND: Final = 14
_FEARED: Final = re.compile(
    r"(?:担心|(?<![可恐不哪])怕|万一|如果|要是|假如|倘若|一旦|会不会|容易|防止|防范|预防|避免|以免|免得|真有|真要|等到|等房子|哪天"
    r"|迟早|早晚|差点|险些|再不|敢不敢|是否会?|预案|宣传|演练|就会|会发生|会造成|引发|引起|导致|造成|若(?!干|无其事)|假使|设想|试想"
    r"|非得?等|非要等|难道要?等|要等|等着?出|随时[会可有都]|可能(?:会|发生|引|导|造|出)|极?易(?:发生|造成|引|导)|极易|恐(?![怖吓慌])|是不是要|会有|发生了?怎么"
    r"|提心吊胆|后怕|警惕|警示|谨防|严防|提防|抵御|隐患[：:，,、])[^。！？；，,]{0,10}$"
)
_FORMER: Final = re.compile(
    r"(?:去年|前年|上个?月|上上个?月|上次|上回|以前|之前|曾|当年|那年|那次|年前|个月前|[上前]个?(?:周|星期|礼拜)|前[几两]?天|经常|时常|多次|频繁|时有|每次|数次|屡次|屡屡|多起|早些?[几]?年|几年前|发生[^，。]{0,4}[次起]|发生过|(?P<year>(?:20)?[0-9]{2})年(?:(?P<since>[0-9]{1,2})月)?"
    r"|(?<![0-9月])(?P<alone>[0-9]{1,2})日"
    r"|(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})[日号])[^。！？；]{0,16}$"
)
_NOW: Final = re.compile(
    "今天|今早|今晚|今日|现在|刚刚|刚才|正在|目前|此刻|眼下|还在|马上|(?<![出发实体呈表展兑显再重浮])现(?![代场金状象实有房行浇])|仍|至今|到现在|生命垂危|快来|赶紧来"
)
_LETTER: Final = 400
"""Characters from which a text is a letter."""
_LONG_AGO: Final = re.compile(r"(?:去年|前年|以前|当年|那年|年前|曾经)[^。！？；]{0,16}$")
# What stands behind it.
_OVER: Final = re.compile(
    r"^[淹冲烧]?过(?!去|来|不)|^时|^[^。！？]{0,16}(?:扑灭|捂灭|浇灭|火灭|救出|脱险|出院|已经?修好|化解|虚惊|找到了|找回来)"
)
_ONLY_A_RISK: Final = re.compile(
    r"^(?:的)?(?:安全)?(?:隐患|风险|可能|怎么办|预案|事故预防|知识|演习|危险|问题|案例|现象|事故(?:频|多|的隐患|隐患|，?将)|等(?:事故|隐患|风险|问题|危险)"
    r"|(?:将|会)?(?:后果|谁[来负]|怎么))|^[^。！？；，,]{0,6}(?:都有可能|司空见惯|将会|的隐患)"
)
_CRY: Final = re.compile(
    r"快来人|快点来|快来(?!回)|赶快来|快派|快快快|快叫|快去救|救救|快救|救人|求救|救命(?![恩钱药稻])|快催|十万火急|急急急|快[！!]"
)
_ASKING: Final = re.compile("咨询|想了解|想问|请问|问一下")
_ASKED_WITHIN: Final = 40
_SUPPOSED_ANYWAY: Final = frozenset({"生命危险", "群体行动"})
"""Reasons that are always supposed before they are so: 要出人命, 再不管就去市里."""
_DANGERS: Final = frozenset({"火情", "燃气", "坍塌", "用电危险", "人员被困", "伤害威胁", "人身伤害", "生命危险"})

_NUMBER: Final = "(?:[三四五六七八九十百]{1,4}|[3-9]|[1-9][0-9]{1,2}|好几|无数|数|几十|N|n)"
_CALL: Final = "(?:投诉|反映|举报|来电|致电|打电话|打12345|打热线|拨打|上报|信访|报警|打110|留言)"
_AGAIN: Final = re.compile(
    f"第{_NUMBER}次.{{0,6}}?(?:{_CALL}|找你们|打来|找社区|了)|{_CALL}过?了?.{{0,6}}?{_NUMBER}(?:多|来)?(?:次|回|遍|趟)"
    f"|{_NUMBER}(?:多|来)?(?:次|回|遍)(?:向.{{2,12}})?{_CALL}|(?<!曾)多次.{{0,8}}?{_CALL}|{_CALL}过?多次"
    f"|打了?{_NUMBER}(?:次|遍|回)[^，。]{{0,3}}?(?:12345|热线|电话|市长)"
    "|跑了?[^，。]{0,8}(?:十[一-龥]?|几十|二十[一-龥]?|好几十|[0-9]{2,})趟"
)

_BEATEN: Final = re.compile(
    "被(?!动|迫)[^，,。！？；、没不]{1,8}?打(?:了(?![0-9电个招扰交叉折差包卡款水针疫几十罚官报断脸广]|一[个针次些遍点])|成)"
    "|(?<![拨要不])打(?:他|她|自己的?|亲)?(?:老婆|媳妇|妻子|女友|女朋友|老公|丈夫|母亲|父亲|妈妈|爸爸|老妈|老爸|爸妈|父母|婆婆|岳母|岳父|孕妇)"
    "(?!的?(?:电话|手机))"
)
"""Who was beaten by whom stands in between: 被业主打了, 打老婆."""

Found = tuple[int, int, int, str]


@Language.factory("urgency", assigns=["doc._.urgency", "doc._.urgency_reasons", "doc.spans"], requires=["doc._.plain"])
class UrgencyReader:
    """Sets the highest level that any cue asks for, and the distinct reasons in order of their level and place."""

    def __init__(self, nlp: Language, name: str) -> None:
        del nlp
        self.name = name
        self._automaton = _automaton()

    def __call__(self, doc: Doc) -> Doc:
        text: str = doc._.plain
        found = self.find(text, doc._.at)
        reasons: dict[str, int] = {}
        for _, _, rank, reason in found:
            reasons[reason] = max(rank, reasons.get(reason, 0))
        if reasons:
            doc._.urgency = LEVELS[max(reasons.values())]
            doc._.urgency_reasons = tuple(sorted(reasons, key=lambda reason: -reasons[reason]))
            mark(doc, "urgency", [(start, end, LEVELS[rank]) for start, end, rank, _ in found])
        return doc

    def find(self, text: str, at: datetime | None = None) -> list[Found]:
        """The (start, end, level, reason) cues that count, by place; levels as places in `LEVELS`; `at`: the call."""
        found: list[Found] = []
        present = False
        asking = bool(_ASKING.search(text, 0, _ASKED_WITHIN))
        letter = len(text) >= _LETTER
        now_told = _now_told(text) if letter else Ranges(())
        for start, end, level, reason in self._cues(text):
            rank, now = _weigh(text, start, end, level, at)
            if rank == 2 and letter and not now_told.touch(start, end):
                rank, now = 1, False
            if not rank and reason in _SUPPOSED_ANYWAY and not _DENIED.search(text[max(0, start - _BACK) : start]):
                rank = 1
            if rank > asking:
                found.append((start, end, rank, reason))
                present = present or (now and reason in _DANGERS)
        if present and not letter and (cry := _CRY.search(text)):
            found.append((*cry.span(), 2, "生命危险"))
        found += [(*match.span(), 1, "反复投诉") for match in _AGAIN.finditer(text)]
        found += [
            (*match.span(), 1, "人身伤害") for match in _BEATEN.finditer(text) if _weigh(text, *match.span(), 1, at)[0]
        ]
        return sorted(found)

    def _cues(self, text: str) -> list[Found]:
        """Every cue said, whatever is meant by it; of two words with a gap the second must follow in the sentence."""
        found: list[Found] = []
        opened: list[tuple[int, int, tuple[tuple[str, int, str], ...]]] = []
        for last, (word, alone, openings) in self._automaton.iter_long(text):
            start, end = last + 1 - len(word), last + 1
            opened = [entry for entry in opened if start - entry[1] <= _APART]
            for first, stop, closings in opened:
                for closing, level, reason in closings:
                    between = text[stop:start]
                    if word == closing and not (_APART_BY.search(between) or _BETWEEN_DENIED.search(between)):
                        found.append((first, end, level, reason))
            if alone:
                found.append((start, end, *alone))
            if openings:
                opened.append((start, end, openings))
        return found


def _weigh(text: str, start: int, end: int, level: int, at: datetime | None) -> tuple[int, bool]:
    """The level that a cue has where it stands, and whether it is so now."""
    before = text[max(0, start - _BACK) : start]
    for sign in _STOP:
        before = before.rpartition(sign)[2]
    after = text[end : end + _BACK]
    cue = text[start:end]
    if _DENIED.search(before) or _FIGURE.search(before) or ("炸" in cue and _HEAD_BURSTS.search(before)):
        return 0, False
    if cue.endswith("烟") and _CHIMNEY.search(text, max(0, start - _AROUND), end + _AROUND):
        return 0, False
    if _FEARED.search(before) or _ONLY_A_RISK.match(after):
        return level - 1, False
    if _OVER.match(after) or _is_former(before, at):
        return (1 if level == 2 else 1 - bool(_LONG_AGO.search(before))), False
    return level, True


def _is_former(before: str, at: datetime | None) -> bool:
    match = _FORMER.search(before)
    if match is None or _NOW.search(before):
        return False
    said = {name: int(number) for name, number in match.groupdict().items() if number}
    if at is None or not said:
        return True
    now = {"year": at.year, "since": at.month, "alone": at.day, "month": at.month, "day": at.day}
    return any(number % 2000 != now[name] % 2000 for name, number in said.items())


def _now_told(text: str) -> Ranges:
    """The sentences with a word of now."""
    return Ranges(one.span() for one in _SENTENCE.finditer(text) if _NOW.search(text, *one.span()))


def _automaton() -> Any:
    """Words with (word, (level, reason) where it is a cue alone, the (second word, level, reason) that it opens)."""
    alone: dict[str, tuple[int, str] | None] = dict.fromkeys(not_urgent())
    openings: dict[str, list[tuple[str, int, str]]] = {}
    for cue in urgency_cues():
        first, gap, second = cue.text.partition(GAP)
        level = LEVELS.index(cue.level)
        if gap:
            openings.setdefault(first, []).append((second, level, cue.reason))
            alone.setdefault(first, None)
            alone.setdefault(second, None)
        else:
            alone[first] = (level, cue.reason)
    automaton = ahocorasick.Automaton()
    for word, meaning in alone.items():
        automaton.add_word(word, (word, meaning, tuple(openings.get(word, ()))))
    automaton.make_automaton()
    return automaton
