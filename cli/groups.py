"""A command group that also is a command: `weinao review` asks, `weinao review list` lists."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

_HELP = ("-h", "--help")


class DefaultCommand(TyperGroup):
    """What does not begin with a command of the group goes to the first command that the group declares."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in _HELP):
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)
