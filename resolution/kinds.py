"""Which kinds are resolved, and which of them a register has numbered itself."""

from __future__ import annotations

from typing import Final

EXACT_KEYS: Final = {"household": "household_no"}
"""Kinds that carry a register's own number resolve by it; everything else is compared."""

RESOLVED_KINDS: Final = ("person", "organization", "dwelling", *EXACT_KEYS)
