"""First look at a file: can it be opened, what is its digest, how is its text encoded."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.errors import FileEmpty, FileUnreadable
from loaders.feeds.sources.model import MAX_LINE_BYTES

_BLOCK = 2**20
_SAMPLE_LINES = 20_000
_TOLERATED = 0.2  # share of undecodable lines up to which a file is taken, those lines quarantined
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FOREIGN = (
    (b"PK\x03\x04", "Excel 或压缩文件"),
    (b"PAR1", "Parquet 文件"),
    (b"\xd0\xcf\x11\xe0", "旧版 Excel 或加密文件"),
    (b"%PDF", "PDF 文件"),
    (b"\x1f\x8b", "gzip 压缩文件"),
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """`digest` is SHA-256 of the bytes; `lines` the number of line ends; `utf8` whether all of it is UTF-8."""

    digest: str
    size: int
    lines: int
    utf8: bool
    head: bytes


def inspect(path: Path) -> Inspection:
    """Read the file once through. Raises `FileUnreadable` and `FileEmpty`."""
    digest, size, lines, head = hashlib.sha256(), 0, 0, b""
    decoder, utf8 = codecs.getincrementaldecoder("utf-8")(), True
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
                lines += block.count(b"\n")
                head = head or block[:4096]
                utf8 = utf8 and _decodes(decoder, block)
    except IsADirectoryError:
        remedy = "请给出文件，或用 weinao load 目录 加载整个文件夹。"
        raise FileUnreadable(f"{path.name} 是文件夹，不是文件", remedy=remedy) from None
    except OSError as error:
        raise FileUnreadable(
            f"文件 {path.name} 无法打开：{error.strerror}", remedy="请检查路径，以及当前用户是否有读取权限。"
        ) from None
    if not head.removeprefix(codecs.BOM_UTF8).strip() and size <= len(head):
        raise FileEmpty(f"文件 {path.name} 没有内容")
    return Inspection(digest.hexdigest(), size, lines, utf8 and _decodes(decoder, b"", final=True), head)


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def refuse_foreign(path: Path, seen: Inspection, expected: str) -> None:
    """Raises `FileUnreadable` where a text file is expected and the bytes say that it is another kind."""
    for magic, what in _FOREIGN:
        if seen.head.startswith(magic):
            remedy = "请核对文件，或修改映射的 format。"
            raise FileUnreadable(f"文件 {path.name} 是{what}，不是 {expected}", remedy=remedy)


def other_encoding(path: Path) -> str | None:
    """The statistical guess, for text that decodes by accident (Big5 as GB18030) and makes no sense."""
    return _guess(b"".join(line for _, line in islice(byte_lines(path), 2_000) if line is not None)[: 2**18])


def encoding_of(path: Path, seen: Inspection, declared: str | None) -> str:
    """The encoding of a text file: byte order mark, then strict UTF-8, then the declared one, GB18030, and a guess.

    Text that is valid UTF-8 throughout is UTF-8, whatever was declared: GB18030 text practically never is. Where
    none fits wholly, the one with the fewest undecodable lines is taken if those are few. Raises `FileUnreadable`.
    """
    for mark, name in _BOMS:
        if seen.head.startswith(mark):
            return name
    if seen.utf8:
        return "utf-8"
    sample = [line for _, line in islice(byte_lines(path), _SAMPLE_LINES) if line is not None]
    candidates = [name for name in (declared, "gb18030", "utf-8") if name]
    best = min(candidates, key=lambda name: _undecodable(sample, name))
    if _undecodable(sample, best) <= _TOLERATED * len(sample):
        return best
    guessed = _guess(b"".join(sample)[: 2**18])
    if guessed and _undecodable(sample, guessed) <= _TOLERATED * len(sample):
        return guessed
    raise FileUnreadable(
        f"文件 {path.name} 的文字编码无法识别",
        remedy="请让来源部门用 UTF-8 或 GB18030 重新导出，或在映射中写明 encoding。",
    )


def _undecodable(lines: list[bytes], encoding: str) -> int:
    bad = 0
    for line in lines:
        try:
            line.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            bad += 1
    return bad


def _guess(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else None


def byte_lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers from 1, line ends kept; None for one longer than `MAX_LINE_BYTES`.

    Splitting bytes is right for UTF-8 and GB18030: no character of theirs holds a line feed byte.
    """
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES):
            number += 1
            if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                    pass
                yield number, None
            else:
                yield number, line
