"""The root of the error tree, and how all that hangs on it is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar


class WeinaoError(Exception):
    """Base of every error that reaches a user."""

    code: ClassVar[str] = ""
    title: ClassVar[str] = ""
    remedy: ClassVar[str] = ""

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = remedy or self.remedy

    def __str__(self) -> str:
        return f"{self.code} {self.message}"

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "title": self.title, "message": self.message, "remedy": self.advice}


def concrete_errors(base: type[WeinaoError] = WeinaoError) -> Iterator[type[WeinaoError]]:
    """Every error class that has a code, in the order of their codes."""
    found: dict[str, type[WeinaoError]] = {}
    stack = [base]
    while stack:
        cls = stack.pop()
        stack.extend(cls.__subclasses__())
        if cls.code:
            found[cls.code] = cls
    yield from (found[code] for code in sorted(found))
