"""The schema as text."""

from __future__ import annotations

from api.schema.build import schema


def print_sdl() -> str:
    """The SDL of the schema, ending in a newline; equal for equal code."""
    return schema().as_str().rstrip() + "\n"
