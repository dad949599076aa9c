"""Dispute groups: findings about who quarrels with whom."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.schema.entities import Party


@strawberry.type(description="矛盾群：一再发生纠纷的一组当事人")
class DisputeGroup:
    id: strawberry.ID = strawberry.field(description="编号，数据不变则不变")
    kind: str = strawberry.field(
        description="component 关联纠纷群、community 密集纠纷圈、repeat_pair 反复纠纷双方、"
        "one_against_many 一对多集中投诉"
    )
    label: str = strawberry.field(description="中文名称")
    score: float = strawberry.field(description="严重程度，越大越该先看；只在同一类中可比")
    parties: list[Party] = strawberry.field(description="当事人，至多 50 个")
    party_count: int = strawberry.field(description="当事人总数")
    event_ids: list[strawberry.ID] = strawberry.field(description="依据：涉及的事件，用 event(id) 查看")
    first_at: datetime | None = strawberry.field(description="最早一件的时间")
    last_at: datetime | None = strawberry.field(description="最近一件的时间")
