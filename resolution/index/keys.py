"""Which nodes share a blocking key: found by binary search, kept up to date node by node.

The keys of a run lie in two sorted arrays, 12 bytes a key; what came since lies in a small dictionary beside them. A
key is a 64-bit digest of its values, which is only good within one process and never rests on a disk. That two of ten
million keys fall together by chance has a probability of 3 in a million, and would cost one idle comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolution.functions import to_text
from resolution.model.declaration import Declaration

_APART: Final = "\x1f"
_NULL: Final = "\x00"


class KeyIndex:
    """Nodes by their blocking keys, and by the key that rows share which are alike in everything.

    `columns` are those of the rows that it is asked about; the rows of `frame` are the first nodes.
    """

    def __init__(self, frame: pl.DataFrame, columns: Sequence[str], declared: Declaration) -> None:
        places = {column: place for place, column in enumerate(columns)}
        self._rules = [[places[column] for column in key.columns] for key in declared.blocking]
        self._identifier = -1 if declared.identifier is None else places[declared.identifier]
        # Lists are derived from the texts beside them, so equal texts have equal lists.
        self._plain = [places[column] for column in columns if not frame.schema[column].is_nested()]
        self._digests, self._nodes = self._built(frame.select(columns))
        self._since: dict[int, list[int]] = {}
        self._gone: set[int] = set()

    def digests(self, rows: Sequence[Sequence[Any]]) -> list[tuple[list[int], int | None]]:
        """Of each row: its blocking keys, without those that are null, and the key of rows alike in everything.

        Rows without identifier have no such key.
        """
        texts: list[str] = []
        counts = []
        for row in rows:
            texts += (
                _APART.join([str(number), *(_text(row[place]) for place in rule)])
                for number, rule in enumerate(self._rules)
                if all(row[place] is not None for place in rule)
            )
            whole = self._identifier >= 0 and row[self._identifier] is not None
            if whole:
                texts.append(_APART.join(["", *(_text(row[place]) for place in self._plain)]))
            counts.append((len(texts), whole))
        hashed: list[int] = pl.Series(texts, dtype=pl.String).hash().to_list()
        found: list[tuple[list[int], int | None]] = []
        start = 0
        for end, whole in counts:
            found.append((hashed[start : end - 1], hashed[end - 1]) if whole else (hashed[start:end], None))
            start = end
        return found

    def alike(self, left: Sequence[Any], right: Sequence[Any]) -> bool:
        """Whether two rows say the same in every plain column."""
        return all(left[place] == right[place] for place in self._plain)

    def find(self, digests: Sequence[int]) -> list[list[int]]:
        """The nodes of each key."""
        wanted = np.array(digests, dtype=np.uint64)
        lows = np.searchsorted(self._digests, wanted, "left").tolist()
        highs = np.searchsorted(self._digests, wanted, "right").tolist()
        found = []
        for digest, low, high in zip(digests, lows, highs, strict=True):
            nodes: list[int] = self._nodes[low:high].tolist()
            nodes += self._since.get(digest, ())
            found.append([node for node in nodes if node not in self._gone] if self._gone else nodes)
        return found

    def add(self, node: int, digests: Iterable[int]) -> None:
        for digest in digests:
            self._since.setdefault(digest, []).append(node)

    def remove(self, node: int) -> None:
        """A number that is gone is never given again."""
        self._gone.add(node)

    def _built(self, frame: pl.DataFrame) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        names = frame.columns
        keys = [
            pl.concat_str(pl.lit(str(number)), *(names[place] for place in rule), separator=_APART)
            for number, rule in enumerate(self._rules)
        ]
        if self._identifier >= 0:
            values = [pl.col(names[place]).cast(pl.String).fill_null(_NULL) for place in self._plain]
            known = pl.col(names[self._identifier]).is_not_null()
            keys.append(pl.when(known).then(pl.concat_str(pl.lit(""), *values, separator=_APART)))
        digests, nodes = [], []
        for key in keys:
            digest = frame.select(pl.when(key.is_not_null()).then(key.hash()).alias("digest")).to_series()
            nodes.append(np.flatnonzero(digest.is_not_null().to_numpy()).astype(np.int32))
            digests.append(digest.drop_nulls())
        every = pl.concat(digests)
        order = every.arg_sort()
        return every.gather(order).to_numpy(), np.concatenate(nodes)[order.to_numpy()]


def _text(value: Any) -> str:
    """As polars writes it."""
    return value if isinstance(value, str) else _NULL if value is None else to_text(value)
