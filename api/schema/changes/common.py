"""What all changes share: the end of every input, the beginning of every payload."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import strawberry

from api.schema.connections import Asker
from services import lookup
from services.requests import Act, Content

WAIT: Final = 5.0

RequestId = strawberry.field(
    default=None, description="这次改动的标识，由调用方自定；原样重发得到同一回答，不会重复写入。"
)
Wait = strawberry.field(default=WAIT, description="最多等几秒，让图跟上这次改动，0–30。")

Input = strawberry.argument(description="改动的内容。")
Why = strawberry.field(description="理由，不写号码")


@strawberry.type
class Change:
    """Base of the payloads."""

    linked: bool = strawberry.field(description="图是否已跟上：为 false 时改动已写入，稍后可见")
    repeated: bool = strawberry.field(description="这个 requestId 是否早已办过；为 true 时这次没有再写")
    request_id: strawberry.ID | None = strawberry.field(description="所给的 requestId")


@dataclass(frozen=True, slots=True)
class Made:
    """A change that was made: what the act told (ids and codes), and what every payload begins with."""

    told: dict[str, Any]
    common: dict[str, Any]


async def make(info: Asker, act: Act, content: Content, request_id: str | None, wait: float) -> Made:
    answer, linked = await info.context.change(act, content, request_id=request_id, wait=wait)
    return Made(answer.told, {"linked": linked, "repeated": answer.repeated, "request_id": request_id})


async def node_of(info: Asker, node_id: str | None) -> Any:
    """The object as the reader may see it after the change; None where it is not there yet or not his to see."""
    if node_id is None:
        return None
    reading = info.context
    reading.set_date(info.path, strawberry.UNSET)
    reading.spend(1)
    return (await reading.call(lookup.find_by_ids, [node_id])).get(node_id)


def change(resolver: Callable[..., Any], description: str) -> Any:
    """A field of `Mutation`. It is nullable: the answers of the changes before one that fails must not get lost."""
    return strawberry.field(resolver=resolver, description=description)
