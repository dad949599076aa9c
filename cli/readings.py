"""`weinao nlp read`: what the reader makes of given texts, on the terminal or as JSON Lines."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from cli.console import print_table, progress, say
from cli.session import opened, reader_of
from nlp.words import DEMANDS, IDENTIFIERS, PARTY_KINDS, RELATIONS, ROLES, SENTIMENTS, UNITS, URGENCIES

Found = Mapping[str, Any]


def register(nlp: typer.Typer) -> None:
    nlp.command()(read)


def read(
    file: Annotated[str, typer.Argument(help="每行一条诉求的文本，或 .csv、.tsv、.jsonl 文件；- 表示标准输入。")] = "-",
    text: Annotated[str | None, typer.Option(help="文本所在的列；通常的列名会自动认出。")] = None,
    time: Annotated[str | None, typer.Option(help="来电时间所在的列；“昨天”由它算起，没有则由现在算起。")] = None,
    phone: Annotated[str | None, typer.Option(help="来电号码所在的列；图中查得到住处时，“我家楼上”由它读出。")] = None,
    name: Annotated[str | None, typer.Option(help="来电人姓名所在的列；一个号码几个人用时由它分清。")] = None,
    key: Annotated[str | None, typer.Option(help="编号所在的列；照原样写进 JSON 的 key。")] = None,
    caller: Annotated[str | None, typer.Option(metavar="PHONE", help="没有号码列时，来电人的电话号码。")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出每条诉求给出一行 JSON 对象。")] = False,
) -> None:
    """解读给出的文本并显示结果，不入库。

    例：echo '桂花苑3栋楼上天天半夜装修，物业也不管' | weinao nlp read -
    例：weinao nlp read 留言.csv --text 留言详情 --time 留言时间 --json > 解读.jsonl
    """
    from loaders.feeds.texts import Columns
    from services.previews import preview_file, preview_lines

    with opened() as weinao, progress() as bars:
        context = reader_of(weinao)
        columns = Columns(text, time, phone, name, key)
        found: Iterable[Found]
        if file == "-":
            found = preview_lines(weinao, context, sys.stdin.buffer, columns=columns, caller=caller)
        else:
            found = preview_file(weinao, context, Path(file), columns=columns, caller=caller, progress=bars)
        counts = Counter(mark for one in found for mark in _shown(one, as_json=as_json))
    if not as_json or counts["unread"]:
        say(f"共 {counts['all']:,} 条，其中 {counts['unread']:,} 条没有读出内容或没有读完")
    if counts["untimed"]:
        say(f"{counts['untimed']:,} 条没有可读的来电时间，按现在计算")
    if counts["unanswered"]:
        say(f"图数据库没有应答，{counts['unanswered']:,} 条没有按来电号码查到住处")


def _shown(found: Found, *, as_json: bool) -> list[str]:
    """Shows one, and says what it is to be counted as."""
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE))
    else:
        print_table(_title(found), ("项", "内容"), list(_rows(found)))
    marks = {
        "all": True,
        "unread": found["reason"],
        "untimed": found["timeMissing"],
        "unanswered": found["caller"] == "unanswered",
    }
    return [name for name, set_so in marks.items() if set_so]


def _title(found: Found) -> str:
    return f"第 {found['line']} 行{'，编号 ' + found['key'] if found['key'] else ''}"


def _rows(found: Found) -> Iterable[tuple[str, str]]:
    yield "原文", str(found["text"]).strip()
    sure = found["category"]
    options = "、".join(f"{one['name']} {one['probability']:.2f}" for one in found["categories"])
    yield "分类", f"{sure['name']}（{sure['department']}）" if sure else "不确定，请人工判断"
    if options:
        yield "最可能的三类", options
    yield "地点", found["place"] or found["placeText"] or "未读出"
    yield from (("地点·" + one["text"], "；".join(one["problems"])) for one in found["places"] if one["problems"])
    yield from (
        ("地点·" + one["text"], one["address"]) for one in found["places"] if one["relative"] and one["address"]
    )
    yield "紧急程度", URGENCIES[found["urgency"]]
    if found["urgencyReasons"]:
        yield "紧急的理由", "、".join(found["urgencyReasons"])
    yield "语气", SENTIMENTS[found["sentiment"]]
    if found["relation"] != "none":
        yield "双方关系", RELATIONS[found["relation"]]
    for one in found["parties"]:
        words = "、".join(dict.fromkeys(mention["text"] for mention in one["mentions"]))
        yield ROLES[one["role"]], f"{words}（{PARTY_KINDS[one['kind']]}，把握 {one['certainty']:.2f}）"
    yield from (("时间", _time(one)) for one in found["times"])
    yield from (("数额", _amount(one)) for one in found["amounts"])
    yield from ((IDENTIFIERS.get(one["kind"], one["kind"]), _identifier(one)) for one in found["identifiers"])
    yield from ((f"诉求·{DEMANDS[one['kind']]}", one["text"]) for one in found["demands"])
    if found["reason"]:
        yield "说明", found["reason"]


def _time(one: Found) -> str:
    ends: Sequence[str | None] = (one["begin"], one["until"])
    if not any(ends):
        return str(one["text"])
    return f"{one['text']} → {' 至 '.join((end or '…').replace('T', ' ') for end in ends)}"


def _amount(one: Found) -> str:
    return f"{one['text']} → {'约 ' if one['about'] else ''}{one['value']:g} {UNITS.get(one['unit'], one['unit'])}"


def _identifier(one: Found) -> str:
    return f"{one['masked']}{'' if one['valid'] else '（校验不符）'}"
