"""Sealed values, blind indexes and opaque tokens.

A sealed value is `version ‖ suite ‖ key id (4) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. Field and owner are bound as
associated data: a value that is moved to another row or column does not open. Keys for sealing, indexing and
tokens are derived from the master key by HKDF (RFC 5869), so that none tells of another.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import KeyUnusable
from core.settings import CryptoSuite
from governance.keys import MasterKey

_VERSION = 1
_SUITE_BYTE = {CryptoSuite.SM: 1, CryptoSuite.AES: 2}
_NONCE, _TAG, _HEAD = 12, 16, 18
_SEPARATOR = "\x1f"
# GCM holds a whole message in memory twice over.
_CHUNK = 16 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_T = TypeVar("_T")


class SealingVault:
    """The `core.sealing.Vault` of the application; picklable, so that worker processes can seal too."""

    def __init__(self, master: MasterKey, suite: CryptoSuite) -> None:
        self._master = master
        self._suite = suite
        self._sm4 = _derive(master.secret, "seal-sm4", 16)
        self._aes = AESGCM(_derive(master.secret, "seal-aes", 32))
        self._index_key = _derive(master.secret, "blind-index", 32)
        self._index_hash = hashes.SM3() if master.index_suite is CryptoSuite.SM else hashes.SHA256()
        self._token_key = _derive(master.secret, "token", 32)
        self._head = bytes((_VERSION, _SUITE_BYTE[suite])) + _derive(master.secret, "key-id", 4)

    def __reduce__(self) -> tuple[type[SealingVault], tuple[MasterKey, CryptoSuite]]:
        return SealingVault, (self._master, self._suite)

    def seal(self, value: str, *, field: str, owner: str) -> bytes:
        return self._seal(value.encode(), field, owner)

    def open(self, sealed: bytes, *, field: str, owner: str) -> str:
        """The clear value. Raises `KeyUnusable` when it was sealed by another key or for another field or owner."""
        return self._open(sealed, field, owner).decode()

    def seal_bytes(self, data: bytes, *, field: str, owner: str) -> bytes:
        """As `seal`, for a file: in chunks, each bound to its number and to how many there are."""
        starts = range(0, len(data), _CHUNK) or range(1)

        def chunk(number: int, start: int) -> bytes:
            return self._seal(data[start : start + _CHUNK], _chunk(field, number, len(starts)), owner)

        parts = _on_every_core(chunk, enumerate(starts))
        return b"".join(
            [_LENGTH.pack(len(starts)), *(piece for part in parts for piece in (_LENGTH.pack(len(part)), part))]
        )

    def open_bytes(self, sealed: bytes, *, field: str, owner: str) -> bytes:
        """What `seal_bytes` sealed; raises `KeyUnusable` as `open` does, and when a chunk is missing or moved."""
        view, spans = memoryview(sealed), []
        try:
            (count,), place = _LENGTH.unpack_from(view), _LENGTH.size
            for _ in range(count):
                (length,) = _LENGTH.unpack_from(view, place)
                place += _LENGTH.size + length
                spans.append((place - length, place))
        except struct.error:
            place = -1
        if place != len(sealed):
            raise KeyUnusable("封存的文件不完整")

        def chunk(number: int, span: tuple[int, int]) -> bytes:
            return self._open(bytes(view[slice(*span)]), _chunk(field, number, len(spans)), owner)

        return b"".join(_on_every_core(chunk, enumerate(spans)))

    def _seal(self, data: bytes, field: str, owner: str) -> bytes:
        nonce = os.urandom(_NONCE)
        bound = _bound(self._head, field, owner)
        if self._suite is CryptoSuite.AES:
            return self._head + nonce + self._aes.encrypt(nonce, data, bound)
        encryptor = Cipher(algorithms.SM4(self._sm4), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(bound)
        return self._head + nonce + encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def _open(self, sealed: bytes, field: str, owner: str) -> bytes:
        if len(sealed) < _HEAD + _TAG or sealed[0] != _VERSION or sealed[2:6] != self._head[2:6]:
            raise KeyUnusable("封存值不是用当前密钥封存的")
        nonce, body, bound = sealed[6:_HEAD], sealed[_HEAD:], _bound(sealed[:6], field, owner)
        try:
            if sealed[1] == _SUITE_BYTE[CryptoSuite.AES]:
                return self._aes.decrypt(nonce, body, bound)
            decryptor = Cipher(algorithms.SM4(self._sm4), modes.GCM(nonce, body[-_TAG:])).decryptor()
            decryptor.authenticate_additional_data(bound)
            return decryptor.update(body[:-_TAG]) + decryptor.finalize()
        except InvalidTag:
            raise KeyUnusable("封存值与其字段或所属记录不符") from None

    def blind_index(self, key: str, *, value_type: str) -> str:
        digest = hmac.HMAC(self._index_key, self._index_hash)
        digest.update(f"{value_type}{_SEPARATOR}{key}".encode())
        return digest.finalize()[:16].hex()

    def token(self, *parts: str) -> str:
        return hashlib.blake2b(_SEPARATOR.join(parts).encode(), key=self._token_key, digest_size=12).hexdigest()


def _on_every_core(work: Callable[[int, _T], bytes], items: Iterable[tuple[int, _T]]) -> list[bytes]:
    """Ciphers let other threads run, so threads are enough."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda item: work(*item), items))


def _derive(secret: bytes, purpose: str, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=None, info=f"weinao/{purpose}".encode()).derive(secret)


def _bound(head: bytes, field: str, owner: str) -> bytes:
    return head + f"{field}{_SEPARATOR}{owner}".encode()


def _chunk(field: str, number: int, count: int) -> str:
    return f"{field}{_SEPARATOR}{number}/{count}"
