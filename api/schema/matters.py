"""Matters: calls about one thing; and hot topics: what is complained of more than before."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.schema.connections import Asker, AsOf, First
from api.schema.reading import Reading
from services import matter_reads, topics
from services.matter_reads import Matter as Found
from services.views import View

if TYPE_CHECKING:
    from api.schema.entities import Event, Place

_CALLS, _TOPICS = 5, 10

_EventNode = Annotated["Event", strawberry.lazy("api.schema.entities")]
_PlaceNode = Annotated["Place", strawberry.lazy("api.schema.entities")]


@strawberry.type(description="一件事项中的一次来电")
class MatterCall:
    event: _EventNode = strawberry.field(description="这次来电")
    relation: str | None = strawberry.field(
        description="与较早来电的关系：DUPLICATE_OF 反映同一件事、FOLLOWS 跟进；首次来电没有"
    )
    label: str = strawberry.field(description="关系的中文名称")
    to: strawberry.ID | None = strawberry.field(description="较早的那次来电的编号，用 event(id) 查看")
    confidence: float | None = strawberry.field(description="可信度，0–1")
    reason: str | None = strawberry.field(description="依据，用文字说")


@strawberry.type(description="事项：说的是同一件事的来电，包括同一人的后续来电")
class Matter:
    id: strawberry.ID = strawberry.field(description="编号，取自最早的来电，有新的来电不变")
    call_count: int = strawberry.field(description="来电次数")
    caller_count: int | None = strawberry.field(description="来电人数，身份不明的各算一人；按网格授权的查询者看不到")
    first_at: datetime | None = strawberry.field(description="首次来电的时间")
    last_at: datetime | None = strawberry.field(description="最近来电的时间")
    calls: list[MatterCall] = strawberry.field(
        description="各次来电，早的在前，至多 100 次", metadata={"expect": _CALLS}
    )


@strawberry.type(description="热点：一个地点一类诉求，近期的来电与之前同样长的时间相比")
class HotTopic:
    title: str = strawberry.field(description="标题，例如 桂花苑3幢 渗漏水（12 起，7 人，较上周 +180%）")
    place: _PlaceNode = strawberry.field(description="楼栋、小区或社区")
    category: str = strawberry.field(description="诉求类别")
    words: list[str] = strawberry.field(description="有别于其他热点的词，至多 3 个")
    call_count: int = strawberry.field(description="来电次数")
    caller_count: int | None = strawberry.field(description="来电人数，身份不明的各算一人；按网格授权的查询者看不到")
    matter_count: int = strawberry.field(description="分属几件事项")
    before: int = strawberry.field(description="之前同样长的时间里的来电次数")
    growth: float | None = strawberry.field(description="增长，1.8 即 +180%；之前没有来电的为空")
    p_value: float = strawberry.field(description="若来电率没有变，偶然增长这么多的概率（泊松率比的条件检验）")
    first_at: datetime = strawberry.field(description="两段时间里最早的一次")
    last_at: datetime = strawberry.field(description="最近的一次")
    event_ids: list[strawberry.ID] = strawberry.field(
        description="依据：近期的来电，新的在前，至多 100 个，用 event(id) 查看"
    )


def matter_field() -> Any:
    """`Event.matter`: one call for all events of a level."""

    async def resolve(root: strawberry.Parent[View], info: Asker, as_of: AsOf = strawberry.UNSET) -> Matter | None:
        reading = info.context
        load = partial(_of_events, reading, reading.set_date(info.path, as_of))
        found: Any = await reading.loader(("matter", str(info.path.key)), load).load(root.id)
        reading.spend(len(found.calls) if found else 0)
        return found  # type: ignore[no-any-return]

    return strawberry.field(
        resolver=resolve, description="这件诉求所属的事项；不是诉求的没有", metadata={"expect": _CALLS}
    )


async def _of_events(reading: Reading, day: date | None, ids: list[str]) -> list[Found | None]:
    found = await reading.call(matter_reads.matters_of, ids, as_of=day)
    return [found.get(event) for event in ids]


async def _matter(
    info: Asker,
    id: Annotated[strawberry.ID, strawberry.argument(description="事项编号 mat_…")],
    as_of: AsOf = strawberry.UNSET,
) -> Matter | None:
    reading = info.context
    day = reading.set_date(info.path, as_of)
    found: Any = await reading.call(matter_reads.matter, str(id), as_of=day)
    reading.spend(len(found.calls) if found else 0)
    return found  # type: ignore[no-any-return]


async def _hot_topics(
    info: Asker,
    days: Annotated[int, strawberry.argument(description="看最近几天，1 到 92；与之前同样多的天数比。")] = 7,
    limit: First = _TOPICS,
    place: Annotated[
        strawberry.ID | None, strawberry.argument(description="只看这个楼栋、小区、社区或街道里的。")
    ] = None,
    as_of: AsOf = strawberry.UNSET,
) -> list[HotTopic]:
    reading = info.context
    reading.check_page(limit)
    day = reading.set_date(info.path, as_of)
    found = await reading.call(topics.hot_topics_of, days=days, as_of=day, limit=limit, place=place)
    reading.spend(sum(1 + len(topic.event_ids) for topic in found))
    return found  # type: ignore[return-value]


matter_query = strawberry.field(resolver=_matter, description="一件事项：说的是同一件事的来电")
hot_topics_field = strawberry.field(
    resolver=_hot_topics,
    description="热点：来电多而且增长快的在前；至少 3 起、2 人",
    metadata={"expect": _TOPICS},
)
