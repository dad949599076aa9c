"""The schema, built once a process."""

from __future__ import annotations

from functools import lru_cache

import strawberry
from strawberry.schema.config import StrawberryConfig

from api.schema.fields import read
from api.schema.query import Query
from api.schema.scalars import SCALARS


@lru_cache(maxsize=1)
def schema() -> strawberry.Schema:
    """Run by `api.execution`, which needs none of Strawberry's extensions."""
    return strawberry.Schema(query=Query, config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS))
