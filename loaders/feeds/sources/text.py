"""Decoded lines of a text file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loaders.feeds.sources.inspect import byte_lines
from loaders.feeds.sources.model import MAX_LINE_BYTES, Broken

TOO_LONG = Broken(
    "row.too_long",
    f"该行超过 {MAX_LINE_BYTES // 2**20} MiB",
    "请核对导出程序；该行未保存原文，须由来源部门更正。",
    None,
)


def text_lines(path: Path, encoding: str) -> Iterator[tuple[int, str | Broken]]:
    """Lines without their ends; a line that does not decode is `Broken`, and the next one goes on."""
    if encoding == "utf-16":
        with path.open(encoding=encoding, errors="replace", newline="\n") as file:
            for number, text in enumerate(file, 1):
                yield number, text.rstrip("\r\n")
        return
    for number, line in byte_lines(path):
        if line is None:
            yield number, TOO_LONG
            continue
        try:
            yield number, line.decode(encoding if number == 1 or encoding != "utf-8-sig" else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            yield (
                number,
                Broken(
                    "row.encoding",
                    f"该行含有不属于 {encoding} 编码的字节",
                    "请用同一种编码重新导出该行。",
                    line.decode(encoding, errors="backslashreplace").rstrip("\r\n"),
                ),
            )
