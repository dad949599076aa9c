"""Whether the divisions that a text gives a place are those where it lies, and which are meant where they are not.

A wrong district is put right only where just one can be meant, and the place says so in Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nlp.gazetteer import Entry
from nlp.placechains import Piece

LEVELS: Final = ("province", "city", "county", "street", "community")
Levels = tuple[tuple[str, str], ...]


def checked_levels(run: Sequence[Piece]) -> tuple[Levels, tuple[str, ...]]:
    """The levels above the last name of a chain as far as they are known, and what does not fit, in Chinese.

    From the deepest name down which the list knows under one address; where several are of one name, the names above
    decide. Nothing is known of a chain whose names tell none: its words are then read as they stand.
    """
    problems: list[str] = []
    refuted: set[str] = set()
    levels: Levels = ()
    for index, piece in enumerate(run):
        entries = [entry for entry in piece.entries if entry.levels]
        if not entries:
            continue
        upper = [other for other in run[:index] if other.kind in ("division", "community")]
        above = [(_level(other), other.name) for other in upper if other.name not in refuted]
        fitting = [entry for entry in entries if all(_may_lie_in(entry, *said) for said in above)]
        if fitting:
            levels = fitting[0].levels if len({entry.levels for entry in fitting}) == 1 else levels
            continue
        wrong = next(said[1] for said in reversed(above) if not any(_may_lie_in(entry, *said) for entry in entries))
        refuted.add(wrong)
        if len({entry.levels for entry in entries}) == 1:
            levels = entries[0].levels
            problems.append(f"{piece.name}不属于{wrong}，已按{_home(entries[0], piece.name)}处理")
        else:
            problems.append(f"{piece.name}不属于{wrong}，且有多处同名，未作更正")
            levels = ()
    return levels, tuple(problems)


def _level(piece: Piece) -> str:
    """The level of a division by its entry, else by its name."""
    own = next((level for entry in piece.entries for level, text in entry.levels if text == piece.name), None)
    return own or ("city" if piece.name.endswith("市") else "county")


def _may_lie_in(entry: Entry, level: str, name: str) -> bool:
    """Whether nothing is known against it: a compound whose community nobody recorded may lie in any."""
    return dict(entry.levels).get(level, name) == name


def _home(entry: Entry, name: str) -> str:
    """The divisions right above a name: 青枫区, or 青枫区梧桐街道 of a compound."""
    known = dict(entry.levels)
    shown = [known[level] for level in ("county", "street") if known.get(level, name) != name]
    return "".join(shown) or known.get("city") or known.get("province") or ""
