"""`weinao tag`: compute the tags; rules, previews, tags by hand, and who bore what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import out, print_json, print_table, progress, say
from cli.groups import DefaultCommand
from cli.session import Json, Purpose, opened, reader_of

if TYPE_CHECKING:
    from services.tagging import Tagging
    from services.views import View

_HELP = """
动态标签：按规则计算、试算、保存规则，也可手工加标签。

\b
  weinao tag                         重新计算；只算有变化的部分，--full 全部重算
  weinao tag rules                   列出全部规则
  weinao tag show 独居老人           一条规则
  weinao tag preview 规则.yaml       试算：会找到谁，会增减谁，不写入
  weinao tag save 规则.yaml          保存规则，下一次计算起生效
  weinao tag set per_… 重点关注 --until 2026-12-31 --why 理由
  weinao tag bearers 独居老人 --as-of 2026-01-31
  weinao tag history per_…           一个对象有过的标签
"""

app = typer.Typer(cls=DefaultCommand, help=_HELP)
Name = Annotated[str, typer.Argument(metavar="标签", help="标签的英文名或中文名。")]
Entity = Annotated[str, typer.Argument(metavar="编号", help="per_…、hou_…、dwe_…、org_…、evt_… 或地点编号。")]
Why = Annotated[str, typer.Option("--why", help="理由，记入数据湖。")]
_DAYS = ["%Y-%m-%d"]


@app.command("run")
def run(
    full: Annotated[bool, typer.Option("--full", help="全部重新计算，而不只计算有变化的部分。")] = False,
    as_json: Json = False,
) -> None:
    """按规则重新计算动态标签；不再成立的标签记下结束日期。不写子命令时就是它。"""
    from services import tagging

    with opened() as weinao, progress() as bars:
        report = tagging.run(weinao, reader_of(weinao), full=full, progress=bars)
    if as_json:
        print_json({"tags": report})
    else:
        print_taggings(report)


def print_taggings(report: Sequence[Mapping[str, Any]]) -> None:
    """The report of a run, one rule a line."""
    rows = [[row["label"], row["bearers"], row["gained"], row["ended"]] for row in report]
    print_table("动态标签", ("标签", "对象数", "新增", "结束"), rows)
    for row in report:
        if row["error"]:
            say(row["error"])


@app.command("rules")
def rules(as_json: Json = False) -> None:
    """列出全部规则：内置的和保存的，停用的也在内。"""
    from services import tagging

    with opened(start_database=False) as weinao:
        states = tagging.rules(weinao, reader_of(weinao))
    told = [_rule(state.rule) | {"origin": state.origin, "enabled": state.enabled} for state in states]
    if as_json:
        print_json({"rules": told})
        return
    rows = [
        [row["name"], row["label"], _LABELS[row["applies_to"]], row["version"], _ORIGINS[row["origin"], row["enabled"]]]
        for row in told
    ]
    print_table("标签规则", ("名称", "标签", "对象", "版本", "状态"), rows)


@app.command("show")
def show(name: Name, as_json: Json = False) -> None:
    """一条规则：说明、条件、级别、版本。"""
    from services import tagging

    with opened(start_database=False) as weinao:
        state = tagging.rule_named(weinao, name)
    told = _rule(state.rule) | {"origin": state.origin, "enabled": state.enabled, "at": state.at, "by": state.by}
    if as_json:
        print_json(told)
        return
    import yaml

    out.print(f"{told['label']}（{told['name']}，第 {told['version']} 版，{_ORIGINS[state.origin, state.enabled]}）")
    out.print(told["description"])
    shown = {key: told[key] for key in ("applies_to", "level", "owner", "valid_days", "filter") if told.get(key)}
    out.print(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False).rstrip())


@app.command("preview")
def preview(
    rule: Annotated[str, typer.Argument(metavar="规则", help="规则文件，或已有规则的名称。")],
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """试算一条规则：今天会找到谁，与现有标签相比会增减谁。不写入任何内容。"""
    from services import tagging

    file = Path(rule)
    with opened() as weinao:
        asked = tagging.rule_file(file) if file.is_file() else rule
        found = tagging.preview(weinao, reader_of(weinao, purpose), asked)
    if as_json:
        views = {name: [asdict(view) for view in getattr(found, name)] for name in ("sample", "gains", "loses")}
        told = {"rule": _rule(found.rule), "day": found.day, "bearers": found.bearers}
        print_json(told | {"gaining": found.gaining, "losing": found.losing} | views)
        return
    out.print(
        f"{found.rule.label}：{found.day} 共 {found.bearers:,} 个，将新增 {found.gaining:,}，将结束 {found.losing:,}"
    )
    for title, chosen in (("找到的", found.sample), ("将新增的", found.gains), ("将结束的", found.loses)):
        if chosen:
            print_table(
                f"{title}（前 {len(chosen)} 个）", ("编号", "名称"), [[view.id, _name(view)] for view in chosen]
            )


@app.command("save")
def save(
    file: Annotated[Path, typer.Argument(metavar="文件", help="YAML 或 JSON 规则文件。")], as_json: Json = False
) -> None:
    """保存规则；与内置规则同名则代替它。版本自动升高，下一次计算起生效。"""
    from services import tagging

    with opened(start_database=False) as weinao:
        state = tagging.save_rule(weinao, reader_of(weinao), tagging.rule_file(file))
    if as_json:
        print_json(_rule(state.rule))
    else:
        say(f"已保存 {state.rule.label}（{state.rule.name}）第 {state.rule.version} 版；运行 weinao tag 生效。")


@app.command("disable")
def disable(name: Name) -> None:
    """停用一条规则，内置的也可以；它的标签在下一次计算时结束。"""
    from services import tagging

    with opened(start_database=False) as weinao:
        tagging.disable_rule(weinao, reader_of(weinao), name)
    say("已停用；运行 weinao tag 生效。再次保存同一规则即恢复。")


@app.command("set")
def set_(
    entity_id: Entity,
    tag: Name,
    why: Why,
    until: Annotated[datetime | None, typer.Option("--until", formats=_DAYS, help="截止日期；不写为长期。")] = None,
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """给一个对象手工加标签，立即生效；再加一次即改截止日期与理由。"""
    from services import tagging

    with opened() as weinao:
        end = until.date() if until else None
        given = tagging.set_tag(weinao, reader_of(weinao, purpose), entity_id, tag, reason=why, until=end)
    if as_json:
        print_json(given._asdict())
    else:
        say(f"已给 {given.entity_id} 加标签“{given.label}”，{_span(given.valid_from, given.valid_to)}。")


@app.command("end")
def end(entity_id: Entity, tag: Name, why: Why, as_json: Json = False) -> None:
    """结束手工加的标签。"""
    from services import tagging

    with opened() as weinao:
        given = tagging.end_tag(weinao, reader_of(weinao), entity_id, tag, reason=why)
    if as_json:
        print_json(given._asdict())
    else:
        say(f"{given.entity_id} 的标签“{given.label}”已于 {given.valid_to} 结束。")


@app.command("bearers")
def bearers(
    tag: Name,
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=_DAYS, help="哪一天；不写为现在。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="最多列出几个。")] = 20,
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """某一天有某个标签的对象。"""
    from services import tagging

    with opened() as weinao:
        day = as_of.date() if as_of else None
        found = tagging.bearers(weinao, reader_of(weinao, purpose), tag, as_of=day, limit=limit)
    if as_json:
        print_json(asdict(found))
        return
    rows = [[item.node.id, _name(item.node), *_given(item.taggings[0])] for item in found.items if item.taggings]
    print_table(f"{found.label}：{found.day} 共 {found.total:,} 个", ("编号", "名称", "时间", "来源", "依据"), rows)


@app.command("history")
def history(entity_id: Entity, purpose: Purpose = None, as_json: Json = False) -> None:
    """一个对象有过的标签，已结束的也在内。"""
    from services import tagging

    with opened() as weinao:
        found = tagging.tag_history(weinao, reader_of(weinao, purpose), entity_id)
    if as_json:
        print_json(asdict(found))
        return
    rows = [[given.label, *_given(given)] for given in found.taggings]
    print_table(f"{found.entity_id} 的标签", ("标签", "时间", "来源", "依据"), rows)
    if found.withheld:
        say(f"另有 {found.withheld} 个敏感级标签，说明用途（--purpose）后可见。")


_LABELS = {
    "Person": "人员",
    "Household": "家庭户",
    "Dwelling": "房屋",
    "Organization": "单位",
    "Event": "事件",
    "Building": "楼栋",
    "Compound": "小区",
    "Community": "社区",
    "Grid": "网格",
    "Street": "街道",
}
_ORIGINS = {
    ("builtin", True): "内置",
    ("builtin", False): "内置，已停用",
    ("saved", True): "已保存",
    ("saved", False): "已停用",
}


def _rule(rule: Any) -> dict[str, Any]:
    body: dict[str, Any] = rule.body()
    return body | {"version": rule.version}


def _name(view: View) -> str:
    shown = (view.values.get(key) for key in ("name", "address", "title", "household_no", "category"))
    return next((str(value) for value in shown if value), "—")


def _given(given: Tagging) -> list[str]:
    """When, from whom, why."""
    if given.author is None:
        return [_span(given.valid_from, given.valid_to), f"规则第 {given.version} 版", "；".join(given.because) or "—"]
    why = given.reason or "—"
    if given.end_reason:
        why += f"；{given.ended_by} 结束：{given.end_reason}"
    return [_span(given.valid_from, given.valid_to), given.author, why]


def _span(start: date | None, end: date | None) -> str:
    return f"{start or '—'} 起" if end is None else f"{start or '—'} 至 {end}"
