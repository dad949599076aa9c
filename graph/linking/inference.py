"""What the rules of inference speak of, and how sure each rule is: `inference.yaml`."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

INFERRED: Final = "inferred"
LARGEST_HOME: Final = 8  # more people at one door are no family's home
_FILE: Final = Path(__file__).with_name("inference.yaml")


class Rule(NamedTuple):
    label: str
    evidence: str
    confidence: float


class Person(NamedTuple):
    """`born` in years; `code` is the relation to the head of `household` where a register gives one."""

    id: str
    surname: str
    sex: str
    born: float | None
    code: str
    household: str
    observed_at: datetime | None


class Kin(NamedTuple):
    near: Person
    far: Person
    kind: str
    rule: str


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    raw = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {str(name): Rule(row["label"], row["evidence"], float(row["confidence"])) for name, row in raw.items()}


def marked(name: str) -> dict[str, Any]:
    """The props that tell an inferred relation from a stated one."""
    rule = rules()[name]
    return {"sources": [INFERRED], "confidence": rule.confidence, "rule": name, "evidence": rule.evidence}
