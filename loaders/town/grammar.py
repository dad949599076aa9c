"""A small text grammar: lines with `[a|b]` choices and `{slot}` places, compiled once and expanded with a generator."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import yaml

from loaders.town.tables import DATA

Node = str | tuple[str, Any]
Fill = Callable[[str], str]
_TOKEN = re.compile(r"\[|\]|\||\{[^{}]+\}|[^\[\]|{}]+")


def compile_line(line: str) -> list[Node]:
    """Raises `ValueError` for brackets that do not match."""
    tokens = _TOKEN.findall(line)
    if "".join(tokens) != line:
        raise ValueError(f"stray brace in: {line}")
    nodes, rest = _sequence(tokens, 0, inside=False)
    if rest != len(tokens):
        raise ValueError(f"unmatched bracket in: {line}")
    return nodes


def _sequence(tokens: list[str], place: int, *, inside: bool) -> tuple[list[Node], int]:
    nodes: list[Node] = []
    while place < len(tokens):
        token = tokens[place]
        if token == "[":  # noqa: S105 — a bracket of the grammar
            branches, place = _branches(tokens, place + 1)
            nodes.append(("choice", branches))
        elif token in ("|", "]"):
            if inside:
                return nodes, place
            raise ValueError(f"stray {token}")
        else:
            nodes.append(("slot", token[1:-1]) if token[0] == "{" else token)
            place += 1
    if inside:
        raise ValueError("missing ]")
    return nodes, place


def _branches(tokens: list[str], place: int) -> tuple[list[list[Node]], int]:
    branches: list[list[Node]] = []
    while True:
        nodes, place = _sequence(tokens, place, inside=True)
        branches.append(nodes)
        place += 1
        if tokens[place - 1] == "]":
            return branches, place


def expand(nodes: list[Node], fill: Fill, rng: Random) -> str:
    """One text; `fill` gives the text of a slot."""
    out = []
    for node in nodes:
        if isinstance(node, str):
            out.append(node)
        elif node[0] == "slot":
            out.append(fill(node[1]))
        else:
            branches = node[1]
            out.append(expand(branches[int(rng.random() * len(branches))], fill, rng))
    return "".join(out)


class Grammar:
    """The rules of `data/hotline_grammar.yaml`, by section and rule."""

    def __init__(self) -> None:
        with (DATA / "hotline_grammar.yaml").open(encoding="utf-8") as file:
            raw: dict[str, dict[str, str]] = yaml.safe_load(file)
        self._rules = {
            (section, rule): [compile_line(line) for line in lines.splitlines() if line]
            for section, rules in raw.items()
            for rule, lines in rules.items()
        }

    def has(self, section: str) -> bool:
        return (section, "what") in self._rules

    def say(self, section: str, rule: str, fill: Fill, rng: Random) -> str:
        lines = self._rules[section, rule]
        return expand(lines[int(rng.random() * len(lines))], fill, rng)

    def several(self, section: str, rule: str, count: int, fill: Fill, rng: Random) -> list[str]:
        """`count` different lines of one rule at most."""
        return [text for _, text in self.chosen(section, rule, count, fill, rng)]

    def chosen(
        self, section: str, rule: str, count: int, fill: Fill, rng: Random, among: Sequence[int] = ()
    ) -> list[tuple[int, str]]:
        """The same with the numbers of the lines; `among`: of these lines alone."""
        lines = self._rules[section, rule]
        numbers = among or range(len(lines))
        picked = rng.sample(numbers, min(count, len(numbers)))
        return [(number, expand(lines[number], fill, rng)) for number in picked]
