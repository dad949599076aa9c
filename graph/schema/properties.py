"""Property classes that store what Cypher itself can compare: neomodel's own keep dates as text or numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from neo4j.time import Date, DateTime
from neomodel.properties import Property


class NativeDate(Property[date]):
    """A Cypher `date`. A masked date (`2015-**-**`) is text and stays text."""

    form_field_class = "DateField"

    def inflate(self, value: Any, rethrow: bool = False) -> date | str:
        del rethrow
        return value.to_native() if isinstance(value, Date) else value

    def deflate(self, value: Any, rethrow: bool = False) -> Any:
        del rethrow
        return value


class NativeDateTime(Property[datetime]):
    """A Cypher `localdatetime`: local time (UTC+8), as departments write it."""

    form_field_class = "DateTimeField"

    def inflate(self, value: Any, rethrow: bool = False) -> datetime | str:
        del rethrow
        return value.to_native() if isinstance(value, DateTime) else value

    def deflate(self, value: Any, rethrow: bool = False) -> Any:
        del rethrow
        return value
