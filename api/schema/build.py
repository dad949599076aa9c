"""The schema, built once a process."""

from __future__ import annotations

from functools import lru_cache

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter

from api.schema.fields import read
from api.schema.mutation import Mutation
from api.schema.query import Query
from api.schema.scalars import SCALARS
from api.schema.subscription import Subscription


class Names(NameConverter):
    """Strawberry's names, each made once: it asks for the name of every argument in every request."""

    @lru_cache(maxsize=4_096)  # noqa: B019 - there is one converter, and it lives as long as the process
    def apply_naming_config(self, name: str) -> str:
        return super().apply_naming_config(name)


@lru_cache(maxsize=1)
def schema() -> strawberry.Schema:
    """Run by `api.execution`, which needs none of Strawberry's extensions."""
    config = StrawberryConfig(default_resolver=read, scalar_map=SCALARS, name_converter=Names())
    return strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription, config=config)
