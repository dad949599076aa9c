"""`saveTagRule`, `disableTagRule`, and what is asked of rules and tags before and after."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON

from api.schema.changes.common import Change, Input, RequestId, Wait, change, make
from api.schema.connections import Asker
from api.schema.entities import Node
from core.errors import QueryInvalid
from services import changing, tag_reads, tag_rules
from services.tag_reads import Preview as Tried
from services.tag_rules import RuleState

_RULES = 50


@strawberry.type(description="一条标签规则")
class TagRule:
    name: str = strawberry.field(description="英文名")
    label: str = strawberry.field(description="中文名")
    description: str = strawberry.field(description="什么样的对象有这个标签")
    applies_to: str = strawberry.field(description="给哪类对象，例如 Person")
    level: str = strawberry.field(description="分类级别：open、internal、sensitive 或 restricted")
    version: int = strawberry.field(description="第几版")
    filter: JSON = strawberry.field(description="条件，写法同各处的 filter")
    valid_days: int | None = strawberry.field(description="条件不再成立后还保留几天")
    enabled: bool = strawberry.field(description="是否在用")
    origin: str = strawberry.field(description="builtin 自带，saved 另存的")
    at: datetime | None = strawberry.field(description="何时保存")
    by: str | None = strawberry.field(description="谁保存的")


@strawberry.type(description="一条规则试算的结果")
class TagRulePreview:
    rule: TagRule = strawberry.field(description="试算的规则")
    day: date = strawberry.field(description="按哪一天")
    bearers: int = strawberry.field(description="会有多少对象有这个标签")
    gaining: int = strawberry.field(description="其中多少现在还没有")
    losing: int = strawberry.field(description="多少现在有而会没有")
    sample: list[Node] = strawberry.field(description="会有的对象，至多 20 个", metadata={"expect": tag_reads.SAMPLE})
    gains: list[Node] = strawberry.field(description="会新有的对象，至多 20 个", metadata={"expect": tag_reads.SAMPLE})
    loses: list[Node] = strawberry.field(description="会没有的对象，至多 20 个", metadata={"expect": tag_reads.SAMPLE})


@strawberry.type(description="一个标签在一个对象上的一段时间")
class Tagging:
    tag: str = strawberry.field(description="标签的英文名")
    label: str = strawberry.field(description="标签的中文名")
    valid_from: date | None = strawberry.field(description="自哪天起（含）")
    valid_to: date | None = strawberry.field(description="到哪天为止（不含），空为至今")
    version: int | None = strawberry.field(description="规则的版本")
    because: list[str] = strawberry.field(description="规则依据的事实", metadata={"expect": 3})
    author: str | None = strawberry.field(description="谁加的；空为规则给出")
    reason: str | None = strawberry.field(description="加的理由")
    ended_by: str | None = strawberry.field(description="谁结束的")
    end_reason: str | None = strawberry.field(description="结束的理由")


@strawberry.type(description="一个对象有过的标签")
class TagHistory:
    entity_id: strawberry.ID = strawberry.field(description="对象的编号")
    taggings: list[Tagging] = strawberry.field(description="各段，早的在前", metadata={"expect": 10})
    withheld: int = strawberry.field(description="还有几段须说明用途才能看")


@strawberry.input(description="保存一条标签规则")
class SaveTagRuleInput:
    name: str = strawberry.field(description="英文名；已有的即改为新的一版")
    label: str = strawberry.field(description="中文名")
    applies_to: str = strawberry.field(description="给哪类对象，例如 Person")
    filter: JSON = strawberry.field(description="条件，写法同各处的 filter")
    level: str = strawberry.field(default="internal", description="分类级别：open、internal、sensitive 或 restricted")
    description: str | None = strawberry.field(default=None, description="什么样的对象有这个标签")
    valid_days: int | None = strawberry.field(default=None, description="条件不再成立后还保留几天")
    request_id: strawberry.ID | None = RequestId
    wait: float = Wait


@strawberry.input(description="停用一条标签规则")
class DisableTagRuleInput:
    name: str = strawberry.field(description="规则的英文名")
    request_id: strawberry.ID | None = RequestId
    wait: float = Wait


@strawberry.type(description="规则改动的结果")
class TagRulePayload(Change):
    rule: TagRule = strawberry.field(description="改动后的规则")


async def _save(info: Asker, input: Annotated[SaveTagRuleInput, Input]) -> TagRulePayload | None:
    made = await make(info, changing.save_tag_rule, _body(input), input.request_id, input.wait)
    return await _payload(info, made.told["rule"], made.common)


async def _disable(info: Asker, input: Annotated[DisableTagRuleInput, Input]) -> TagRulePayload | None:
    made = await make(info, changing.disable_tag_rule, {"name": input.name}, input.request_id, input.wait)
    return await _payload(info, made.told["rule"], made.common)


async def _rules(info: Asker) -> list[TagRule]:
    found = [_rule(state) for state in await info.context.call(tag_rules.rules)]
    info.context.spend(len(found))
    return found


async def _preview(
    info: Asker,
    rule: Annotated[SaveTagRuleInput | None, strawberry.argument(description="要试算的规则。")] = None,
    name: Annotated[str | None, strawberry.argument(description="或在用规则的英文名或中文名。")] = None,
) -> TagRulePreview:
    if (rule is None) == (name is None):
        raise QueryInvalid("tagRulePreview 请给出 rule 与 name 中的一个")
    tried: Tried = await info.context.call(tag_reads.preview, _body(rule) if rule else str(name))
    info.context.spend(len(tried.sample) + len(tried.gains) + len(tried.loses))
    shown: Any = {name: getattr(tried, name) for name in ("sample", "gains", "loses")}
    return TagRulePreview(
        rule=_rule(RuleState(tried.rule, "tried", enabled=False)),
        day=tried.day,
        bearers=tried.bearers,
        gaining=tried.gaining,
        losing=tried.losing,
        **shown,
    )


async def _history(
    info: Asker, id: Annotated[strawberry.ID, strawberry.argument(description="对象的编号。")]
) -> TagHistory:
    found = await info.context.call(tag_reads.tag_history, id)
    info.context.spend(len(found.taggings))
    return cast("TagHistory", found)


async def _payload(info: Asker, name: str, common: dict[str, Any]) -> TagRulePayload:
    states = await info.context.call(tag_rules.rules)
    return TagRulePayload(rule=next(_rule(state) for state in states if state.rule.name == name), **common)


def _rule(state: RuleState) -> TagRule:
    rule = state.rule
    return TagRule(
        name=rule.name,
        label=rule.label,
        description=rule.description,
        applies_to=rule.applies_to,
        level=rule.level.name.lower(),
        version=rule.version,
        filter=cast("JSON", dict(rule.filter)),
        valid_days=rule.valid_days,
        enabled=state.enabled,
        origin=state.origin,
        at=state.at,
        by=state.by,
    )


def _body(rule: SaveTagRuleInput) -> dict[str, Any]:
    """The JSON object that `save_rule` takes."""
    names = ("name", "label", "applies_to", "filter", "level", "description", "valid_days")
    return {name: value for name in names if (value := getattr(rule, name)) is not None}


save_tag_rule_field = change(_save, "保存一条标签规则；各对象的标签随即重算")
disable_tag_rule_field = change(_disable, "停用一条标签规则；它给出的标签随即结束")
tag_rules_field = strawberry.field(
    resolver=_rules, description="全部标签规则，停用的也在内", metadata={"expect": _RULES}
)
tag_rule_preview_field = strawberry.field(resolver=_preview, description="试算一条规则：会给哪些对象标签；什么都不写")
tag_history_field = strawberry.field(resolver=_history, description="一个对象有过的全部标签")
