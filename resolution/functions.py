"""The functions that a declaration's SQL may call, in Python, with the answers that DuckDB gives.

None stands for NULL. Functions of `STRICT` are NULL when an argument is, and are never called with None. String
distances count bytes of UTF-8, as DuckDB's do: use them on ASCII columns only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from core.errors import ModelInvalid

_PREFIX_WEIGHT, _BOOST_FROM, _LONGEST_PREFIX = 0.1, 0.7, 4


def substr(text: str, start: int, length: int | None = None) -> str:
    """From the `start`-th character, 1 being the first and -1 the last; a negative `length` counts backwards."""
    # A start before the first character uses up the length on its way there.
    first = len(text) + start if start < 0 else start - 1
    end = len(text) if length is None else first + length
    return text[max(min(first, end), 0) : max(first, end, 0)]


def left(text: str, count: int) -> str:
    return text[:count]


def right(text: str, count: int) -> str:
    return text[-count:] if count > 0 else text[-count:] if count < 0 else ""


def lower(text: str) -> str:
    """Character by character, so that the length stays."""
    return text.lower() if text.isascii() else "".join(character.lower()[0] for character in text)


def starts_with(text: str, head: str) -> bool:
    return text.startswith(head)


def contains(text: str | Sequence[Any], part: Any) -> bool:
    return part in text


def list_has_any(left_items: Sequence[Any], right_items: Sequence[Any]) -> bool:
    return any(item is not None and item in right_items for item in left_items)


def list_intersect(left_items: Sequence[Any] | None, right_items: Sequence[Any] | None) -> list[Any] | None:
    """As DuckDB has it: NULL for a NULL on the left, empty for one on the right."""
    if left_items is None or right_items is None:
        return None if left_items is None else []
    return [item for item in dict.fromkeys(left_items) if item is not None and item in right_items]


def concat(*texts: Any) -> str:
    """NULL counts as nothing, unlike in `||`."""
    return "".join(str(text) for text in texts if text is not None)


def coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def greatest(*values: Any) -> Any:
    return max((value for value in values if value is not None), default=None)


def least(*values: Any) -> Any:
    return min((value for value in values if value is not None), default=None)


def to_integer(value: str | float) -> int:
    """Raises `ModelInvalid` for a text that is no number."""
    if not isinstance(value, str):
        return round(value)
    try:
        return int(Decimal(value.strip()).to_integral_value(ROUND_HALF_UP))
    except (ArithmeticError, ValueError):
        raise ModelInvalid("匹配声明把不是数字的文本转换为整数（CAST）") from None


def to_float(value: str | float) -> float:
    """Raises `ModelInvalid` for a text that is no number."""
    try:
        return float(value)
    except ValueError:
        raise ModelInvalid("匹配声明把不是数字的文本转换为小数（CAST）") from None


def to_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def append(head: Any, tail: Any) -> Any:
    """`||` of two texts, or of two lists."""
    return head + tail if type(head) is type(tail) else to_text(head) + to_text(tail)


def levenshtein(left_text: str, right_text: str) -> int:
    a, b = left_text.encode(), right_text.encode()
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        corner, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (x != y))
    return row[-1]


def damerau_levenshtein(left_text: str, right_text: str) -> int:
    """With adjacent transpositions, also of characters that are edited again (Lowrance and Wagner 1975)."""
    a, b = left_text.encode(), right_text.encode()
    far = len(a) + len(b)
    table: list[list[int]] = [[far] * (len(b) + 2), [far, *range(len(b) + 1)]]
    last_row: dict[int, int] = {}
    for i, x in enumerate(a, 1):
        row = [far, i]
        last_column = 0
        for j, y in enumerate(b, 1):
            k, m = last_row.get(y, 0), last_column
            swap = table[k][m] + (i - k - 1) + 1 + (j - m - 1)
            row.append(min(table[i][j] + (x != y), row[j] + 1, table[i][j + 1] + 1, swap))
            if x == y:
                last_column = j
        table.append(row)
        last_row[x] = i
    return table[-1][-1]


def jaro_winkler_similarity(left_text: str, right_text: str) -> float:
    """Jaro's similarity, raised for a common head of four at most where it is above 0.7 (Winkler 1990)."""
    a, b = left_text.encode(), right_text.encode()
    similarity = _jaro(a, b)
    if similarity <= _BOOST_FROM:
        return similarity
    prefix = 0
    for x, y in zip(a[:_LONGEST_PREFIX], b[:_LONGEST_PREFIX], strict=False):
        if x != y:
            break
        prefix += 1
    return similarity + prefix * _PREFIX_WEIGHT * (1 - similarity)


def _jaro(a: bytes, b: bytes) -> float:
    if not a or not b:
        return 0.0
    reach = max(max(len(a), len(b)) // 2 - 1, 0)
    taken = [False] * len(b)
    matched_a = []
    for i, x in enumerate(a):
        for j in range(max(0, i - reach), min(len(b), i + reach + 1)):
            if not taken[j] and b[j] == x:
                taken[j] = True
                matched_a.append(x)
                break
    if not matched_a:
        return 0.0
    matched_b = [y for y, hit in zip(b, taken, strict=True) if hit]
    count = len(matched_a)
    moved = sum(x != y for x, y in zip(matched_a, matched_b, strict=True)) // 2
    return (count / len(a) + count / len(b) + (count - moved) / count) / 3


def one_error(a: str | None, b: str | None, length: int) -> bool | None:
    """Both have `length` characters, and they differ in exactly one."""
    if a is None or b is None:
        return _unknown(a, b, length, certain=length > 1)
    return len(a) == length == len(b) and a != b and _differing(a, b) == 1


def one_error_or_swap(a: str | None, b: str | None, length: int) -> bool | None:
    """Both have `length` characters, and they differ in exactly one, or in two neighbours that are swapped."""
    if a is None or b is None:
        return _unknown(a, b, length, certain=length > 2)
    if len(a) != length or len(b) != length or a == b:
        return False
    first = next(i for i in range(length) if a[i] != b[i])
    rest = first + 1
    if a[rest:] == b[rest:]:
        return True
    return rest < length and a[first] == b[rest] and a[rest] == b[first] and a[rest + 1 :] == b[rest + 1 :]


def compatible(a: str | None, b: str | None, length: int) -> bool | None:
    """Both have `length` characters, equal wherever neither has a star."""
    if a is None or b is None:
        return _unknown(a, b, length, certain=False)
    if len(a) != length or len(b) != length:
        return False
    return all(x in (y, "*") or y == "*" for x, y in zip(a, b, strict=True))


def _unknown(a: str | None, b: str | None, length: int, *, certain: bool) -> bool | None:
    """What the written-out SQL says when a side is NULL: false as soon as one of its terms is, else NULL."""
    return False if certain or any(len(text) != length for text in (a, b) if text is not None) else None


def _differing(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a, b, strict=True))


# SQL name → Python; the names are those that a declaration writes.
STRICT: Final[dict[str, Callable[..., Any]]] = {
    "substr": substr,
    "left": left,
    "right": right,
    "length": len,
    "len": len,
    "lower": lower,
    "abs": abs,
    "starts_with": starts_with,
    "contains": contains,
    "list_contains": contains,
    "list_has_any": list_has_any,
    "levenshtein": levenshtein,
    "damerau_levenshtein": damerau_levenshtein,
    "jaro_winkler_similarity": jaro_winkler_similarity,
    "to_integer": to_integer,
    "to_float": to_float,
    "append": append,
    "to_text": to_text,
}
LENIENT: Final[dict[str, Callable[..., Any]]] = {
    "list_intersect": list_intersect,
    "concat": concat,
    "coalesce": coalesce,
    "greatest": greatest,
    "least": least,
    "one_error": one_error,
    "one_error_or_swap": one_error_or_swap,
    "compatible": compatible,
}
