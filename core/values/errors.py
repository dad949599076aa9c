"""The one error of the value types."""

from __future__ import annotations


class InvalidValue(ValueError):
    """A value that cannot be read as its type.

    `reason` is a stable English key such as ``citizen_id.length``; `message` and `remedy` are Chinese sentences for
    people. None of the three ever holds the rejected value itself, so all may be logged.
    """

    def __init__(self, reason: str, message: str, remedy: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[InvalidValue], tuple[str, str, str]]:
        return type(self), (self.reason, self.message, self.remedy)
