"""Explanations in words, Chinese or English: lines of plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from resolution.evidence import Change, Reason, Shown, english
from resolution.explain import Explanation
from resolution.explain_entity import EntityExplanation
from resolution.paths import Link

# Record id → how the reader knows the record (department, feed and key).
Name = Callable[[str], str]

_SHOWN_RECORDS: Final = 5
_SHOWN_JUDGEMENTS: Final = 10
_TO_THE_MINUTE: Final = len("2025-07-12 12:10")

_WORDS: Final = {
    "zh": {
        "same": "归为同一", "different": "未归为同一", "colon": "：", "semicolon": "；", "comma": "、",
        "total": "合计", "prior": "先验", "evidence": "逐项比较（位）",
        "head": "{verdict}：合计 {total} 位，阈值 {threshold}，复核区间 {lower} … {upper}",
        "in_review": "合计落在复核区间内：机器没有把握，请人工复核。",
        "decided": "由什么决定：", "frequency": "含取值频率 {bits}", "nothing": "无",
        "weight.same": "匹配权重超过阈值。", "weight.different": "匹配权重没有超过阈值。",
        "identical": "两条记录在参与比较的各项上完全相同，比较之前已并为一组。",
        "judgement": "人工判定，优先于权重。",
        "not_compared": "没有比较过：两条记录没有共同的分块键。以下权重是现在补算的。",
        "cannot_link": "两条记录的{label}都有效而不同，一个实体只能有一个；无论权重多高都不归为同一。",
        "clustering": "仅看这两条，权重足够；但两组记录合在一起并不吻合，聚类时分开。",
        "chain": "这两条记录直接相比并不足够，是经由其他记录连成一组的。",
        "rule": "不可相连：{label}不同", "keys": "试过的分块键：", "path": "相连的路径（每段取最强）：",
        "between": "两组之间比较过 {pairs} 对，权重减阈值合计 {sum} 位。",
        "shared": "相同", "different_key": "不同", "missing": "一方缺失",
        "oversized": "相同，但用它的记录太多，不作为键",
        "judgements": "人工判定：", "positive": "是同一个", "negative": "不是同一个", "unsure": "不确定",
        "changes": "怎样会改变结论（仅就这两条记录而言）：", "if": "若", "and": "，且", "then.same": "，则不再归为同一",
        "then.different": "，则会归为同一", "change": "“{label}”为“{level}”（{bits}）",
        "no_change": "三项以内的变化都不足以改变结论。", "rule_first": "但须先更正{label}：它不同，权重就不起作用。",
        "chain.change": "若路径中最弱的一段（{bits}）不成立，且没有别的路径{then}",
        "clustering.change": "若两组之间的证据合计（现为 {sum}）超过 0{then}",
        "number.same": "{label}相同。", "number.different": "{label}不同或缺失；这一类按编号归一，不比较别的。",
        "undo": "撤销上述人工判定后，由证据与聚类决定：", "undo.above": "这一对的权重高于阈值。",
        "undo.below": "这一对的权重不高于阈值。", "undo.rule": "{label}都有效而不同，不会归为同一。", "cut": "在此分开",
        "entity": "{entity}：{records} 条记录，{groups} 组互不相同的写法，阈值 {threshold}",
        "alike": "其中完全相同的记录并为一组：", "tree": "由这些最强的联系连成一体：", "more": "等 {count} 条",
        "alone": "只有一组记录，没有可比较的联系。",
        "weakest": "最弱的一环：{bits} 位。去掉它，就分成 {a} 条与 {b} 条：", "conflicts": "与此相左的证据：",
        "no_conflict": "没有相左的证据。", "below": "{bits} 位，未超过阈值", "two_values": "{label}都有效而不同",
        "held": "仅靠权重不足以连成一体，其余由人工判定连接：",
    },
    "en": {
        "same": "One entity", "different": "Kept apart", "colon": ": ", "semicolon": "; ", "comma": ", ",
        "total": "total", "prior": "prior",
        "evidence": "Comparisons (bits)",
        "head": "{verdict}: total {total} bits, threshold {threshold}, review band {lower} … {upper}",
        "in_review": "The total lies in the review band: the machine is not sure, a person should decide.",
        "decided": "Decided by: ", "frequency": "of which value frequency {bits}", "nothing": "none",
        "weight.same": "the match weight is above the threshold.",
        "weight.different": "the match weight is not above the threshold.",
        "identical": "the two records are alike in all that is compared and became one before comparison.",
        "judgement": "a person's judgement, which goes before weights.",
        "not_compared": "never compared: the two records share no blocking key. The weights below were computed now.",
        "cannot_link": "both hold a valid {label} and the two differ; an entity has one only, whatever the weight.",
        "clustering": "for these two alone the weight is enough, but their groups of records do not fit together.",
        "chain": "compared directly these two are not enough; they are connected through other records.",
        "rule": "cannot link: different {label}", "keys": "Blocking keys tried:",
        "path": "The path that connects them (the strongest links):",
        "between": "{pairs} pairs were compared between the two groups; weights over the threshold sum to {sum} bits.",
        "shared": "shared", "different_key": "different", "missing": "missing on a side",
        "oversized": "shared, but by too many records to be a key",
        "judgements": "Judgements:", "positive": "the same", "negative": "not the same", "unsure": "unsure",
        "changes": "What would change the verdict (for these two records alone):", "if": "If ", "and": " and ",
        "then.same": ", they would no longer be one entity", "then.different": ", they would be one entity",
        "change": "“{label}” were “{level}” ({bits})", "no_change": "No three changes would be enough.",
        "rule_first": "But {label} must be corrected first: while it differs, weights do not count.",
        "chain.change": "If the weakest link of the path ({bits}) did not hold, and there were no other path{then}",
        "clustering.change": "If the evidence between the two groups (now {sum}) were above 0{then}",
        "number.same": "the same {label}.",
        "number.different": "{label} differs or is missing; this kind goes by its number and by nothing else.",
        "undo": "With that judgement undone, evidence and clustering decide: ",
        "undo.above": "the weight of this pair is above the threshold.",
        "undo.below": "the weight of this pair is not above the threshold.",
        "undo.rule": "both hold a valid {label} and the two differ: two entities.", "cut": "cut here",
        "entity": "{entity}: {records} records in {groups} different wordings, threshold {threshold}",
        "alike": "Records alike in all that is compared:", "tree": "Held together by these strongest links:",
        "more": "and others, {count} in all", "alone": "One group of records only; there is nothing to connect.",
        "weakest": "The weakest bridge: {bits} bits. Without it there are {a} and {b} records:",
        "conflicts": "Evidence against:", "no_conflict": "No evidence against.",
        "below": "{bits} bits, not above the threshold", "two_values": "two different valid values of {label}",
        "held": "Weights alone do not connect all of it; judgements hold the rest:",
    },
}  # fmt: skip
LANGUAGES: Final = tuple(_WORDS)


def pair_lines(explanation: Explanation, name: Name, *, lang: str = "zh") -> Iterator[str]:
    """The verdict on two records, line by line."""
    words = _WORDS[lang]
    verdict = words["same" if explanation.same else "different"]
    if explanation.decided_by == "number":
        yield from _by_number(explanation, name, lang)
        return
    numbers = {key: signed(getattr(explanation, key)) for key in ("total", "threshold", "lower", "upper")}
    yield words["head"].format(verdict=verdict, **numbers)
    yield f"  A  {name(explanation.record_a)} → {explanation.entity_a}"
    yield f"  B  {name(explanation.record_b)} → {explanation.entity_b}"
    yield words["decided"] + _decided(explanation, lang)
    if explanation.in_review:
        yield words["in_review"]
    yield ""
    yield words["evidence"]
    yield f"  {signed(explanation.prior):>7}        {words['prior']}"
    for reason in explanation.reasons:
        yield from _reason(reason, lang)
    yield f"  {signed(explanation.total):>7}        {words['total']}"
    for rule in explanation.rules:
        yield f"  {words['rule'].format(label=_rule_label(explanation, lang))}{_values(rule.fields, lang)}"
    if explanation.decided_by == "not_compared":
        yield ""
        yield words["keys"]
        for key in explanation.keys:
            state = words["different_key" if key.state == "different" else key.state]
            yield f"  {key.label if lang == 'zh' else key.label_en} ({key.name}){words['colon']}{state}"
    if explanation.judgements:
        yield ""
        yield words["judgements"]
        for item in explanation.judgements:
            about = " · ".join(text for text in (item.who, item.at and item.at[:_TO_THE_MINUTE], item.why) if text)
            pair = "" if item.direct else f" ({name(item.record_a)} | {name(item.record_b)})"
            yield f"  {words[item.verdict]}{pair}{'  ' + about if about else ''}"
    if explanation.path:
        yield ""
        yield words["path"]
        yield from _links(explanation.path, name, lang)
    if explanation.decided_by == "clustering" and explanation.between:
        yield words["between"].format(pairs=explanation.between[0], sum=signed(explanation.between[1]))
    yield ""
    yield from _changes(explanation, lang)


def entity_lines(explanation: EntityExplanation, name: Name, *, lang: str = "zh") -> Iterator[str]:
    """What holds an entity together, line by line."""
    words = _WORDS[lang]
    yield words["entity"].format(
        entity=explanation.entity_id,
        records=len(explanation.records),
        groups=len(explanation.groups),
        threshold=signed(explanation.threshold),
    )
    shared = [group for group in explanation.groups if len(group) > 1]
    if shared:
        yield words["alike"]
        for group in shared:
            yield f"  {_some(group, name, lang)}"
    if len(explanation.groups) == 1:
        yield words["alone"]
        if len(explanation.records) == 1:
            yield f"  {name(explanation.records[0])}"
        return
    yield words["tree"]
    for branch in explanation.tree:
        yield f"  {signed(branch.link.weight):>7}  {name(branch.link.record_a)} — {name(branch.link.record_b)}"
        told = [f"{zh if lang == 'zh' else en} {signed(bits)}" for zh, en, bits in branch.because]
        yield "           " + words["semicolon"].join(told)
    if explanation.judgements:
        yield words["held" if len(explanation.tree) < len(explanation.groups) - 1 else "judgements"]
        for one, other, verdict in explanation.judgements[:_SHOWN_JUDGEMENTS]:
            yield f"  {words[verdict]}{words['colon']}{name(one)} — {name(other)}"
        if len(explanation.judgements) > _SHOWN_JUDGEMENTS:
            yield f"  … ({len(explanation.judgements):,})"
    if explanation.weakest:
        weakest = explanation.weakest
        yield words["weakest"].format(bits=signed(weakest.link.weight), a=len(weakest.side_a), b=len(weakest.side_b))
        for side in (weakest.side_a, weakest.side_b):
            yield f"  · {_some(side, name, lang)}"
    if not explanation.conflicts:
        yield words["no_conflict"]
        return
    yield words["conflicts"]
    for conflict in explanation.conflicts:
        against = (
            words["below"].format(bits=signed(conflict.weight))
            if conflict.weight is not None
            else words["two_values"].format(label=conflict.label if lang == "zh" else english(conflict.field or ""))
        )
        yield f"  {name(conflict.record_a)} — {name(conflict.record_b)}{words['colon']}{against}"


def _by_number(explanation: Explanation, name: Name, lang: str) -> Iterator[str]:
    words = _WORDS[lang]
    way = "same" if explanation.same else "different"
    (rule,) = explanation.rules
    yield f"{words[way]}{words['colon']}" + words[f"number.{way}"].format(label=_rule_label(explanation, lang))
    yield f"  A  {name(explanation.record_a)} → {explanation.entity_a}"
    yield f"  B  {name(explanation.record_b)} → {explanation.entity_b}"
    yield _values(rule.fields, lang)


def signed(bits: float) -> str:
    return f"{bits:+.2f}".replace("-", "−")


def _decided(explanation: Explanation, lang: str) -> str:
    words = _WORDS[lang]
    if explanation.decided_by == "weight":
        return words["weight.same" if explanation.same else "weight.different"]
    return words[explanation.decided_by].format(label=_rule_label(explanation, lang))


def _rule_label(explanation: Explanation, lang: str) -> str:
    """What the rule that both sides meet (there is one at most) is about."""
    return next((rule.label if lang == "zh" else english(rule.field) for rule in explanation.rules), "")


def _reason(reason: Reason, lang: str) -> Iterator[str]:
    words = _WORDS[lang]
    label = reason.label if lang == "zh" else english(reason.comparison)
    level = reason.level_zh if lang == "zh" else reason.level_en
    part = f" ({words['frequency'].format(bits=signed(reason.frequency))})" if reason.frequency else ""
    told = f"{label}{words['colon']}{level}{part}{_values(reason.values, lang)}"
    yield f"  {signed(reason.weight):>7}  {reason.share:>4.0%}  {told}"


def _values(values: Sequence[Shown], lang: str) -> str:
    nothing = _WORDS[lang]["nothing"]
    told = [
        f"{item.label if lang == 'zh' else english(item.field)} {item.a or nothing} | {item.b or nothing}"
        for item in values
    ]
    return "    " + _WORDS[lang]["semicolon"].join(told) if told else ""


def _changes(explanation: Explanation, lang: str) -> Iterator[str]:
    words = _WORDS[lang]
    if explanation.decided_by == "judgement":
        way = "rule" if explanation.rules else "above" if explanation.total > explanation.threshold else "below"
        yield words["undo"] + words[f"undo.{way}"].format(label=_rule_label(explanation, lang))
        return
    yield words["changes"]
    above = explanation.total > explanation.threshold
    if explanation.decided_by == "chain":
        weakest = min((link.weight for link in explanation.path), default=explanation.threshold)
        yield f"  {words['chain.change'].format(bits=signed(weakest), then=words['then.same'])}"
        return
    if explanation.decided_by == "clustering":
        total = signed(explanation.between[1]) if explanation.between else "0"
        yield f"  {words['clustering.change'].format(sum=total, then=words['then.different'])}"
        return
    if explanation.rules:
        yield f"  {words['rule_first'].format(label=_rule_label(explanation, lang))}"
    if above and not explanation.same:
        return
    for changes in explanation.changes:
        told = words["and"].join(_change(change, lang) for change in changes)
        yield f"  {words['if']}{told}{words['then.same' if above else 'then.different']}"
    if not explanation.changes:
        yield f"  {words['no_change']}"


def _change(change: Change, lang: str) -> str:
    zh = lang == "zh"
    label = change.label if zh else english(change.comparison)
    level = change.level_zh if zh else change.level_en
    return _WORDS[lang]["change"].format(label=label, level=level, bits=signed(change.difference))


def _links(path: Sequence[Link], name: Name, lang: str) -> Iterator[str]:
    for link in path:
        cut = f"  ✂ {_WORDS[lang]['cut']}" if link.cut else ""
        yield f"  {signed(link.weight):>7}  {name(link.record_a)} — {name(link.record_b)}{cut}"


def _some(records: Sequence[str], name: Name, lang: str) -> str:
    told = _WORDS[lang]["comma"].join(name(record) for record in records[:_SHOWN_RECORDS])
    more = _WORDS[lang]["more"].format(count=len(records))
    return told if len(records) <= _SHOWN_RECORDS else f"{told} {more}"
