"""The gold set: complaints in our own words with what a careful reader finds in each, to measure the reader by.

Its source is nlp/data/gold/*.txt, written by hand: a text as a citizen wrote it, and below it one line an annotation,
which quotes the words that it stands on. Offsets are computed when it is read, so a change of a text moves them or
fails with the line that no longer fits. nlp/data/gold/README.md is the guide for annotators.
"""

from __future__ import annotations

from nlp.gold.model import Complaint
from nlp.gold.source import GOLD, read_gold

__all__ = ["GOLD", "Complaint", "read_gold"]
