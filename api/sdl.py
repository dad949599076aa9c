"""The schema as text, and what a new text takes away from whoever wrote queries for the old one.

The schema has a version: the number of its last break, told in its first line. A break is a change that can fail a
query that was valid before; each is named in docs/api-changes.md with the version that it begins, or it is refused.
"""

from __future__ import annotations

import re
from typing import Final

from graphql import build_schema, find_breaking_changes

from api.schema.build import schema

_VERSION: Final = re.compile(r"\A# Version (\d+)\b")
_ROW: Final = re.compile(r"^\| *(\d+) *\|([^|]*)\|([^|]*)\|", re.MULTILINE)
_NAME: Final = re.compile(r"`(@?[\w.]+)`")
# What a change of graphql-core is about, the first that fits: an argument counts as its field.
_SUBJECTS: Final = tuple(
    re.compile(pattern) for pattern in (r"union type (\w+)", r"scalar (\w+)", r"(@\w+|[A-Z_]\w*\.\w+)", r"^(\w+)")
)


def print_sdl() -> str:
    """The SDL of the schema, ending in a newline; equal for equal code."""
    return schema().as_str().rstrip() + "\n"


def versioned(sdl: str, changes: str) -> str:
    """The SDL under its version, the newest that the table of changes knows."""
    return f"# Version {newest(changes)}; docs/api-changes.md tells what each version broke.\n\n{sdl}"


def newest(changes: str) -> int:
    """The newest version of the table `| version | date | what | why |`; 1 where it is empty."""
    return max((int(version) for version, _, _ in _ROW.findall(changes)), default=1)


def unnamed_breaks(before: str, after: str, changes: str) -> list[str]:
    """What breaks clients between two SDLs and is named in no row of `changes` newer than `before`.

    Each as `Person.residences: Field Person.residences was removed.`; what stands before the colon is the name to give.
    """
    known = _VERSION.match(before)
    since = int(known[1]) if known else 1
    named = {name for version, _, what in _ROW.findall(changes) if int(version) > since for name in _NAME.findall(what)}
    breaks = [change.description for change in find_breaking_changes(build_schema(before), build_schema(after))]
    return [f"{_subject(text)}: {text}" for text in breaks if _subject(text) not in named]


def _subject(description: str) -> str:
    found = (pattern.search(description) for pattern in _SUBJECTS)
    return next((match[1] for match in found if match), description)
