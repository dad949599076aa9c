"""The master key: one file, made once, readable by its owner alone."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import HomeNotWritable, KeyUnusable
from core.settings import CryptoSuite

_HEADER = "weinao-key-1"


@dataclass(frozen=True, slots=True)
class MasterKey:
    """32 bytes, and the suite whose digest makes the blind indexes (fixed with the key, or lookups would miss)."""

    index_suite: CryptoSuite
    secret: bytes = field(repr=False)


def load_or_create_key(path: Path, suite: CryptoSuite, *, sealed_data_exists: bool) -> MasterKey:
    """The key in `path`; a new one where there is none and nothing has been sealed yet.

    Raises `KeyUnusable` when the file is missing though sealed data exists, malformed, or open to other users,
    and `HomeNotWritable` when a new key cannot be stored.
    """
    if not path.exists():
        if sealed_data_exists:
            raise KeyUnusable(f"找不到密钥文件 {path.name}，而数据湖中已有封存的数据")
        _create(path, suite)
    if path.stat().st_mode & 0o077:
        raise KeyUnusable(f"密钥文件 {path.name} 可被其他用户读取", remedy=f"请执行 chmod 600 {path.name}")
    parts = path.read_text(encoding="ascii", errors="replace").split()
    match parts:
        case [header, "sm" | "aes" as index_suite, digits] if header == _HEADER and re.fullmatch(
            "[0-9a-f]{64}", digits
        ):
            return MasterKey(CryptoSuite(index_suite), bytes.fromhex(digits))
    raise KeyUnusable(f"密钥文件 {path.name} 的内容不是 Weinao 的密钥")


def _create(path: Path, suite: CryptoSuite) -> None:
    line = f"{_HEADER} {suite.value} {secrets.token_hex(32)}\n"
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        # A link fails where another process was first, and that process's key stays the one key.
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError as error:
        raise HomeNotWritable(f"无法写入密钥目录 {path.parent}：{error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
