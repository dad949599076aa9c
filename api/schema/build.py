"""The schema, built once a process."""

from __future__ import annotations

from functools import lru_cache

import strawberry
from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.limits import LimitsExtension
from api.schema.fields import read
from api.schema.query import Query
from api.schema.scalars import SCALARS

CACHED_QUERIES = 256


class WeinaoSchema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: the errors of a query can quote its values. `api.problems` logs what is ours to mend."""


@lru_cache(maxsize=1)
def schema() -> WeinaoSchema:
    return WeinaoSchema(
        query=Query,
        config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS),
        extensions=[
            LimitsExtension,
            lambda: ParserCache(maxsize=CACHED_QUERIES),
            lambda: ValidationCache(maxsize=CACHED_QUERIES),
        ],
    )
