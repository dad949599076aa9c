"""Load by `wrk`: one thread, eight connections, each sending its next request when it has its answer."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

CONNECTIONS = 8
_SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True, slots=True)
class Round:
    """`rate` is requests a second; latencies are milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float


def missing() -> str | None:
    """What must be installed first; None when all is there."""
    return None if shutil.which("wrk") else "wrk (Debian and Ubuntu: apt-get install wrk; macOS: brew install wrk)"


def rounds(contenders: Mapping[str, tuple[str, Sequence[bytes]]], count: int, seconds: int) -> dict[str, list[Round]]:
    """`count` rounds of each contender (name → address, bodies), taking turns, so that what else the machine does
    meets all of them alike. Raises `ValueError` when a request failed: the figures would mean nothing.
    """
    for address, bodies in contenders.values():
        _load(address, bodies, 2)
    found: dict[str, list[Round]] = {name: [] for name in contenders}
    for _ in range(count):
        for name, (address, bodies) in contenders.items():
            found[name].append(_load(address, bodies, seconds))
    return found


def median(of: Sequence[Round], figure: str) -> float:
    return float(statistics.median(getattr(one, figure) for one in of))


def ratio(ours: Sequence[Round], theirs: Sequence[Round]) -> float:
    """The median over the rounds of our rate in parts of theirs, each round against its neighbour."""
    return statistics.median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True))


def _load(address: str, bodies: Sequence[bytes], seconds: int) -> Round:
    with tempfile.NamedTemporaryFile(prefix="weinao-bench-") as file:
        file.write(b"\n".join(bodies) + b"\n")
        file.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(_SCRIPT), address]
        told = subprocess.run(
            command, env={**os.environ, "BODIES": file.name}, capture_output=True, text=True, check=True
        )
    figures: dict[str, Any] = orjson.loads(told.stdout.splitlines()[-1])
    if figures["failed"]:
        raise ValueError(f"{figures['failed']} requests to {address} failed; the figures would mean nothing")
    return Round(figures["requests"] / figures["seconds"], figures["p50"], figures["p95"], figures["p99"])
