"""What the parts need of the vault that seals sensitive values (`governance.sealing` holds the real one)."""

from __future__ import annotations

from typing import Protocol


class Vault(Protocol):
    def seal(self, value: str, *, field: str, owner: str) -> bytes:
        """Encrypt `value` so that it opens only as `field` of `owner` (a record or entity id)."""
        ...

    def open(self, sealed: bytes, *, field: str, owner: str) -> str:
        """Raises `KeyUnusable` when the key, the field or the owner is another."""
        ...

    def seal_bytes(self, data: bytes, *, field: str, owner: str) -> bytes:
        """The same for a file of any size."""
        ...

    def open_bytes(self, sealed: bytes, *, field: str, owner: str) -> bytes:
        """Raises `KeyUnusable` when the key, the field or the owner is another, or a part is missing or moved."""
        ...

    def blind_index(self, key: str, *, value_type: str) -> str:
        """A keyed digest for exact lookup: equal for equal compare keys of one value type, 32 hex digits."""
        ...

    def token(self, *parts: str) -> str:
        """A keyed digest of `parts`, 24 hex digits: opaque ids that give nothing away."""
        ...
