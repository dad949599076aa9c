"""Lines of text from bytes of which nobody said how they are encoded, as they come.

UTF-16 is known by its mark or by its look; of everything else each line is UTF-8 or GB 18030. What is of no encoding
becomes U+FFFD, and the rest of its line is read.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from loaders.feeds.sources.model import Broken
from loaders.feeds.sources.text import TOO_LONG

UNKNOWN: Final = "\ufffd"

_UTF16: Final = ("utf-16-le", "utf-16-be")
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ENOUGH: Final = 64
"""Bytes that show an encoding."""
_LOOKED_AT: Final = 4_096
_USUAL: Final = 0.75
"""Share of usual characters below which text is taken for that of another encoding."""
_RANGES: Final = (
    (" ", "~"), ("·", "·"), ("\u2010", "\u2030"), ("①", "⓿"), ("\u2600", "\u27bf"), ("\u3000", "\u303f"),
    ("\u4e00", "\u9fff"), ("\uff00", "\uffef"), ("\U0001f000", "\U0001faff"),
)  # fmt: skip
"""Characters of Chinese text: ASCII, punctuation, signs, hanzi, full-width forms, pictures."""


def encoding_by_look(head: bytes) -> str | None:
    """The encoding in which the first bytes of a text are usual characters: UTF-8, UTF-16 or GB 18030; or None."""
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked:
        return marked
    head = head[:_LOOKED_AT]
    if _mostly_utf8(head):
        return "utf-8"
    shares = {name: _usual(head, name) for name in ("gb18030", *_UTF16)}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _USUAL else None


def decoded_lines(blocks: Iterable[bytes | None]) -> Iterator[tuple[int, str | Broken]]:
    """Lines without their ends, counted from 1; `blocks` end at line feed bytes, None stands for a line too long."""
    stream = iter(blocks)
    head: list[bytes | None] = []
    for block in stream:
        head.append(block)
        if block is None or _shows(b"".join(filter(None, head))):
            break
    encoding = encoding_by_look(b"".join(filter(None, head)))
    whole = chain(head, stream)
    return _wide(whole, encoding) if encoding and encoding.startswith("utf-16") else _narrow(whole)


def _shows(head: bytes) -> bool:
    return len(head) >= _ENOUGH or (not head.isascii() and b"\0" not in head and _mostly_utf8(head))


def _wide(blocks: Iterable[bytes | None], encoding: str) -> Iterator[tuple[int, str | Broken]]:
    """Of UTF-16, in which half a character may look like a line feed."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    number, begun = 1, list[str]()
    for block in chain(blocks, (b"",)):
        if block is None:
            yield number, TOO_LONG
            continue
        *ended, rest = decoder.decode(block, final=not block).split("\n")
        for line in ended:
            yield number, "".join((*begun, line)).rstrip("\r")
            number += 1
            begun.clear()
        begun.append(rest)
    if any(begun):
        yield number, "".join(begun)


def _narrow(blocks: Iterable[bytes | None]) -> Iterator[tuple[int, str | Broken]]:
    encoding = "utf-8"
    for number, block in enumerate(blocks, 1):
        if block is None:
            yield number, TOO_LONG
            continue
        line = block.removeprefix(codecs.BOM_UTF8) if number == 1 else block
        encoding = _encoding(line, encoding)
        yield number, line.decode(encoding, errors="replace").rstrip("\r\n")


def _encoding(line: bytes, before: str) -> str:
    """UTF-8 or GB 18030, after the line before where the bytes may be either: a short word of one may be valid in both.

    A line of UTF-8 with a piece lost stays UTF-8, and does not turn the lines behind it into those of GB 18030.
    """
    if line.isascii():
        return before
    if before == "utf-8" and _is_utf8(line):
        return before
    return "utf-8" if _mostly_utf8(line) else "gb18030"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(data: bytes) -> bool:
    """Whether most of what is not ASCII are sequences of three bytes or four; few of GB 18030 happen to look so."""
    if b"\0" in data:
        return False
    if data.isascii():
        return True
    told = data.decode("utf-8", errors="ignore")
    wide = sum(3 + (character > "\uffff") for character in told if character > "\u07ff")
    return 2 * wide >= sum(byte > 127 for byte in data)


def _usual(head: bytes, encoding: str) -> float:
    told = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    usual = sum(character in "\t\r\n" or any(a <= character <= b for a, b in _RANGES) for character in told)
    return usual / max(1, len(told))
