"""`tag`, `endTag`: tags that people give."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from api.schema.changes.common import Change, Input, RequestId, Wait, change, make, node_of
from api.schema.connections import Asker
from api.schema.entities import Node
from services import changing


@strawberry.input(description="给一个对象加标签")
class TagInput:
    id: strawberry.ID = strawberry.field(description="对象的编号")
    tag: str = strawberry.field(description="标签的英文名或中文名；没有用过的中文名即新标签")
    reason: str = strawberry.field(description="理由，不写号码")
    until: date | None = strawberry.field(default=None, description="到哪一天为止（不含）；不写则一直有效")
    request_id: strawberry.ID | None = RequestId
    wait: float = Wait


@strawberry.input(description="结束手工加的标签")
class EndTagInput:
    id: strawberry.ID = strawberry.field(description="对象的编号")
    tag: str = strawberry.field(description="标签的英文名或中文名")
    reason: str = strawberry.field(description="理由，不写号码")
    request_id: strawberry.ID | None = RequestId
    wait: float = Wait


@strawberry.type(description="标签改动的结果")
class TagPayload(Change):
    node: Node | None = strawberry.field(description="改动后的对象")
    tag: str = strawberry.field(description="标签的英文名")


async def _tag(info: Asker, input: Annotated[TagInput, Input]) -> TagPayload | None:
    until = input.until.isoformat() if input.until else None
    content = {"id": input.id, "tag": input.tag, "reason": input.reason, "until": until}
    made = await make(info, changing.set_tag, content, input.request_id, input.wait)
    return TagPayload(node=await node_of(info, made.told["id"]), tag=made.told["tag"], **made.common)


async def _end(info: Asker, input: Annotated[EndTagInput, Input]) -> TagPayload | None:
    content = {"id": input.id, "tag": input.tag, "reason": input.reason}
    made = await make(info, changing.end_tag, content, input.request_id, input.wait)
    return TagPayload(node=await node_of(info, made.told["id"]), tag=made.told["tag"], **made.common)


tag_field = change(_tag, "给一个对象加标签，自今天起；再加一次即改理由与期限")
end_tag_field = change(_end, "今天起结束手工加的标签")
