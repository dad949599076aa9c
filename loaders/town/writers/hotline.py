"""12345: complaints in free text, and their way through the departments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter
from random import Random
from typing import Any

from loaders.town.grammar import Grammar
from loaders.town.mistakes import Mistakes
from loaders.town.model import Happening
from loaders.town.names import surname_of
from loaders.town.narrator import Earlier, Mention, Narrator, Telling, at_clock
from loaders.town.repeats import Repeat, plan_repeats
from loaders.town.tables import rows
from loaders.town.writers.desk import Desk, json_lines, stamp

_LONGEST = 395
_CENTRE = "12345热线受理中心"
_REPLIES = (
    "经核实，已联系来电人，双方达成一致。",
    "已安排工作人员现场查看并督促整改。",
    "已向市民解释相关政策，市民表示理解。",
    "责任单位承诺三日内整改到位。",
    "经查情况属实，已下达整改通知书。",
    "现场未发现所述情况，将加强巡查。",
    "已转相关科室跟进，后续结果另行答复。",
    "因诉求涉及民事纠纷，建议通过司法途径解决。",
    "已组织调解，当事人暂未达成协议。",
)


def departments_of(feed: str) -> dict[str, list[str]]:
    """Category → name templates of the departments that may have to do with it."""
    return {row["category"]: row["departments"].split("|") for row in rows("event_categories") if row["feed"] == feed}


def write_hotline(desk: Desk) -> None:
    """hotline_complaints.jsonl: first calls and those about what was reported before, in the order of their time."""
    hotline = _Hotline(Grammar(), departments_of("hotline_complaints"))
    for happening in desk.town.happenings:
        if happening.feed == desk.feed:
            _take(hotline, desk, Repeat(happening))
    # Drawn and numbered behind all first calls, which are the same with them or without.
    seed = f"{desk.town.seed}:{desk.town.residents}"
    hand = Mistakes(desk.feed, desk.town, desk.truth, desk.hand.slips, desk.addresses, f"{seed}:repeats")
    again = replace(desk, hand=hand, rng=Random(f"{seed}:{desk.feed}:repeats"))
    for repeat in plan_repeats(desk.town, Random(f"{seed}:repeats")):
        _take(hotline, again, repeat)
    desk.rows, desk.serial = again.rows, again.serial
    with json_lines(desk.path) as out:
        for _, row in sorted(hotline.rows, key=itemgetter(0)):
            out.write(row)


@dataclass(slots=True)
class _Hotline:
    """The calls so far: texts that were used, keys and sentences by happening, rows with their time."""

    grammar: Grammar
    departments: dict[str, list[str]]
    seen: set[str] = field(default_factory=set)
    keys: dict[int, str] = field(default_factory=dict)
    lines: dict[int, tuple[int, ...]] = field(default_factory=dict)
    rows: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)


def _take(hotline: _Hotline, desk: Desk, call: Repeat) -> None:
    narrator = Narrator(desk.town, desk.addresses, desk.hand.slips, desk.rng)
    number, happening = hotline.keys.get(id(call.to), ""), call.happening
    lines = hotline.lines.get(id(call.first), ())
    earlier = Earlier(call.to.reported, number, lines, call.relation == "follows") if call.to else None
    telling = tell(hotline.grammar, narrator, happening, earlier)
    while telling.text in hotline.seen:
        telling = tell(hotline.grammar, narrator, happening, earlier)
    hotline.seen.add(telling.text)
    hotline.lines[id(happening)] = telling.lines
    row = _row(desk, happening, telling, hotline.departments)
    hotline.rows.append((happening.reported, row))
    key = row["workOrderNo"]
    if key and (call.first is None or id(call.first) in hotline.keys):
        hotline.keys[id(happening)] = key
        first = hotline.keys[id(call.first)] if call.first else key
        desk.truth.add("matters", desk.feed, key, first, call.relation, number)


def tell(grammar: Grammar, narrator: Narrator, happening: Happening, earlier: Earlier | None = None) -> Telling:
    """One complaint, 40 to 400 characters, in one of three voices; `earlier` is what was told of it before."""
    rng = narrator.rng
    draw = rng.random()
    style = "formal" if draw < 0.35 else "web" if draw < 0.55 else "spoken"
    while True:
        narrator.begin(happening, "formal" if style == "formal" else "spoken", earlier=earlier)
        sentences = _again if earlier and earlier.same_caller else _sentences
        text = _join(sentences(grammar, narrator, happening.category, style), style, narrator)
        telling = narrator.finish(text)
        if 40 <= len(telling.text) <= _LONGEST:
            return telling


def _sentences(grammar: Grammar, narrator: Narrator, category: str, style: str) -> list[str]:
    rng, fill = narrator.rng, narrator.slot

    def say(rule: str) -> str:
        return grammar.say("common", rule, fill, rng)

    where = "self" if narrator.event.dwelling >= 0 else "where"

    found = []
    if rng.random() < (0.95 if style == "formal" else 0.55):
        found.append(say(f"open_{style}"))
    if rng.random() < 0.16:
        found.append(say("named"))
    if rng.random() < 0.85:
        found.append(say(where))
    found += _what(grammar, narrator, category, 1 + (rng.random() < 0.55) + (rng.random() < 0.2))
    if not narrator.place_surface and (rng.random() < 0.6 or len("".join(found)) < 45):
        found.insert(rng.randint(0, len(found)), say(where))
    rest = []
    if rng.random() < 0.55:
        rest += grammar.several(category, "effect", 1 + (rng.random() < 0.25), fill, rng)
    if rng.random() < 0.45:
        rest.append(say("earlier"))
    if rng.random() < 0.22:
        rest.append(say("evidence"))
    rng.shuffle(rest)
    found += rest
    if rng.random() < 0.75:
        found += grammar.several(category, "ask", 1 + (rng.random() < 0.2), fill, rng)
    if rng.random() < 0.12:
        found.append(say("phone"))
    if rng.random() < 0.6:
        found.append(say(f"close_{style}"))
    if style != "formal":
        for place in range(len(found) - 1, 0, -1):
            if rng.random() < 0.08:
                found[place] = f"{say('filler')}，{found[place]}"
    return found


def _again(grammar: Grammar, narrator: Narrator, category: str, style: str) -> list[str]:
    """Who calls again says that first, and tells the rest shorter, for it is known; some tell all of it once more."""
    rng, fill = narrator.rng, narrator.slot
    numbered = bool(narrator.earlier and narrator.earlier.number) and rng.random() < 0.2
    found = [grammar.say("again", "open_numbered" if numbered else f"open_{style}", fill, rng)]
    if rng.random() < 0.65:
        found.append(grammar.say("common", "self" if narrator.event.dwelling >= 0 else "where", fill, rng))
    found += _what(grammar, narrator, category, 1 + (rng.random() < 0.2))
    found.append(grammar.say("again", "state", fill, rng))
    if rng.random() < 0.3:
        found += grammar.several(category, "effect", 1, fill, rng)
    if rng.random() < 0.7:
        found += grammar.several(category, "ask", 1, fill, rng)
    if rng.random() < 0.5:
        found.append(grammar.say("common", f"close_{style}", fill, rng))
    return found


def _what(grammar: Grammar, narrator: Narrator, category: str, count: int) -> list[str]:
    """What happened: of a happening that was told before, first of all something that was said of it then."""
    rng, fill = narrator.rng, narrator.slot
    told = narrator.earlier.lines if narrator.earlier else ()
    found = grammar.chosen(category, "what", 1, fill, rng, among=told) if told else []
    others = [] if len(found) >= count else grammar.chosen(category, "what", count - len(found), fill, rng)
    found += [(number, text) for number, text in others if number not in dict(found)]
    narrator.lines += [number for number, _ in found]
    return [text for _, text in found]


def _join(sentences: list[str], style: str, narrator: Narrator) -> str:
    """Punctuation as people write it: some never set a full stop, some set blanks only."""
    rng = narrator.rng
    draw = rng.random()
    marks = (
        ("，",)
        if draw < 0.22
        else (" ",)
        if draw < 0.27
        else ("。", "，", "。")
        if draw < 0.9
        else ("，", "！", "。", "……")
    )
    out = []
    for place, sentence in enumerate(sentences):
        out.append(sentence)
        if place < len(sentences) - 1:
            out.append("：" if place == 0 and style == "formal" and rng.random() < 0.6 else rng.choice(marks))
    end = (
        ""
        if draw < 0.35
        else "？"
        if sentences[-1].endswith(("吗", "没有", "办", "说法"))
        else "。"
        if style == "formal"
        else rng.choice(("。", "！", "", "！！", "。"))
    )
    return "".join(out) + end


def _row(desk: Desk, happening: Happening, telling: Telling, departments: dict[str, list[str]]) -> dict[str, Any]:
    hand, rng, town = desk.hand, desk.rng, desk.town
    desk.serial += 1
    desk.rows += 1
    at = happening.reported
    key = f"RX-{at:%Y%m%d}-{desk.serial:06d}"
    caller = desk.person(happening.caller)
    hand.start(key, "caller")
    draw = rng.random()
    if draw < 0.62:
        name = hand.name(caller)
    elif draw < 0.94:
        name = f"{surname_of(caller.name)}{'女士' if caller.sex == 2 else '先生'}"
    else:
        name = "匿名"
    place = town.communities[happening.community]
    names = [t.format(street=place.street, community=place.name) for t in departments[happening.category]]
    flow, status, closed = route(desk, happening, names)
    row: dict[str, Any] = {
        "workOrderNo": key, "callTime": stamp(at), "channel": rng.choice(("电话", "电话", "电话", "微信", "网站")),
        "callerName": name, "callerPhone": caller.phone if rng.random() < 0.95 else None, "content": telling.text,
        "area": place.street if rng.random() < 0.8 else None, "status": status, "handler": _in_charge(flow),
        "closeTime": closed, "reply": rng.choice(_REPLIES) if closed else None, "flow": flow,
    }  # fmt: skip
    slots: dict[str, Any] = {"key": (row, "workOrderNo"), "date": (row, "callTime")}
    if draw < 0.62:
        slots["name"] = (row, "callerName")
        if row["callerPhone"]:
            slots["phone"] = (row, "callerPhone")
    hand.spoil(slots, f"{at.year}-02-31 08:00:00")
    if row["workOrderNo"]:
        _truth(desk, happening, key, telling, caller.entity)
    return row


def _in_charge(flow: list[dict[str, Any]]) -> str:
    """The unit that had the work order last."""
    units = [str(step.get("to", step["unit"])) for step in flow]
    return next(unit for unit in reversed(units) if unit != _CENTRE)


def _truth(desk: Desk, happening: Happening, key: str, telling: Telling, caller: str) -> None:
    desk.record(key, "caller", "person", caller)
    desk.truth.add("categories", desk.feed, key, happening.category)
    for mention in telling.mentions:
        _add_mention(desk, key, mention)
    place_truth(desk, happening, key, telling.place_surface, telling.place_level)
    if happening.structure >= 0:
        desk.town.structures[happening.structure].keys.append((desk.feed, key))


def _add_mention(desk: Desk, key: str, mention: Mention) -> None:
    desk.truth.add(
        "mentions", desk.feed, key, mention.role, mention.surface, mention.start, mention.kind, mention.entity
    )


def place_truth(desk: Desk, happening: Happening, key: str, surface: str, level: str) -> None:
    """Where the event is as far as the words say (`level`: door, building, compound, public, or empty for no place)."""
    town = desk.town
    compound = town.compounds[happening.compound]
    code = town.communities[happening.community].code
    name = compound.name or compound.road + compound.road_no
    building = unit = room = entity = ""
    if level in ("door", "building"):
        dwelling = town.dwellings[happening.dwelling]
        building = dwelling.building
        if level == "door":
            unit, room, entity = dwelling.unit, dwelling.room, dwelling.entity
    elif level != "compound" and name not in surface:
        name = ""
    desk.truth.add("places", desk.feed, key, surface, name, building, unit, room, code if surface else "", entity)


def route(desk: Desk, happening: Happening, names: list[str]) -> tuple[list[dict[str, Any]], str, str | None]:
    """The steps of a work order, its status, and when it was closed."""
    rng = desk.rng
    clock = at_clock(happening.reported, rng.uniform(3, 40))
    today = datetime.combine(desk.town.today, datetime.min.time())
    structure = desk.town.structures[happening.structure] if happening.structure >= 0 else None
    passed = structure is not None and structure.kind == "passed_around"
    rounds = rng.randint(4, 7) if passed else 1 if rng.random() < 0.1 else 0
    steps: list[dict[str, Any]] = []

    def step(unit: str, action: str, source: str = "", target: str = "") -> None:
        nonlocal clock
        entry: dict[str, Any] = {"unit": unit, "action": action, "time": stamp(clock)}
        if source:
            entry["from"], entry["to"] = source, target
        steps.append(entry)
        clock = at_clock(clock, rng.uniform(40, 2400 if rounds else 1600))

    unit = rng.choice(names)
    step(_CENTRE, "派单", _CENTRE, unit)
    others = names if len(names) > 1 else [*names, "区政务服务中心"]
    for turn in range(rounds):
        if clock >= today:
            break
        step(unit, "退单", unit, _CENTRE)
        following = (
            others[(others.index(unit) + 1 + (rng.random() < 0.3)) % len(others)] if unit in others else others[0]
        )
        if following == unit:
            following = others[(others.index(unit) + 1) % len(others)]
        step(_CENTRE, "改派", _CENTRE, following)
        unit = following
        del turn
    if clock < today:
        step(unit, "签收")
    age = (desk.town.today - happening.reported.date()).days
    if clock < today and age > 3 and rng.random() < (0.55 if passed else 0.97):
        closed = stamp(clock)
        step(unit, "办结")
        if rng.random() < 0.6 and clock < today:
            step(_CENTRE, "回访", unit, "")
            steps[-1].pop("to")
        return steps, "已办结", closed
    if len(steps) == 1:
        return steps, "待派单" if rng.random() < 0.3 else "办理中", None
    return steps, "已退回" if passed or rng.random() < 0.1 else "办理中", None
