"""Parties and the kind of relation of the reader against the gold set.

    python -m benchmarks.nlp.gold.parties [--home DIR] [--misses]

- `party`: a party counts when a gold party of its role and its kind shares a mention with it, one to one (the pairs
  that share most go first). A mention is shared when both end at the same character and one lies in the other, so that
  402的户主 is 户主, as MUC-7 compared minimal noun phrases; `party exact` wants equal spans.
- `mention`: F1 of mentions by that same rule, whoever is meant.
- `coreference`: B³ (Bagga and Baldwin 1998) over the mentions of both sides, a mention that only one side has counting
  as wrong there, as the scorer of CoNLL-2011/12 does (Pradhan et al. 2014).
- `role`: share of right roles among parties paired by a shared mention alone; `relation`: share of texts with the right
  kind of relation.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from core.settings import Settings
from nlp.gazetteer import Gazetteer
from nlp.gold import GOLD, Complaint
from nlp.gold.model import GoldParty, Range
from nlp.layers import Party
from nlp.reading import Reading
from services.app import open_app
from services.gazetteer import current_gazetteer

from .spans import FIRST_HALF, Row, Score, read_halves

Pair = tuple[GoldParty, Party]


class Figures(NamedTuple):
    """Counts over texts; `b_precision` and `b_recall` are sums over the found and the wanted mentions."""

    party: Score = Score()
    exact: Score = Score()
    mention: Score = Score()
    b_precision: float = 0.0
    b_recall: float = 0.0
    roles: Score = Score()
    relations: Score = Score()

    def __add__(self, other: object) -> Figures:
        if not isinstance(other, Figures):
            return NotImplemented
        return Figures(
            self.party + other.party,
            self.exact + other.exact,
            self.mention + other.mention,
            self.b_precision + other.b_precision,
            self.b_recall + other.b_recall,
            self.roles + other.roles,
            self.relations + other.relations,
        )

    @property
    def coreference(self) -> tuple[float, float, float]:
        """Precision, recall and F1 of B³."""
        precision = self.b_precision / self.mention.found if self.mention.found else 0.0
        recall = self.b_recall / self.mention.wanted if self.mention.wanted else 0.0
        both = precision + recall
        return precision, recall, 2 * precision * recall / both if both else 0.0


def aligned(gold: Complaint, read: Reading) -> dict[Range, Range]:
    """Gold mentions to the mentions of the reader that they share."""
    ends: dict[int, Range] = {end: (start, end) for party in read.parties for start, end in party.mentions}
    return {mention: ends[mention[1]] for party in gold.parties for mention in party.mentions if mention[1] in ends}


def pairs(gold: Complaint, read: Reading, shared: dict[Range, Range], *, typed: bool) -> list[Pair]:
    """Gold and found parties that share mentions, one to one; `typed` wants the same role and kind."""
    counts: Counter[tuple[int, int]] = Counter()
    owner = {mention: index for index, party in enumerate(read.parties) for mention in party.mentions}
    for number, wanted in enumerate(gold.parties):
        for mention in wanted.mentions:
            if (theirs := shared.get(mention)) is not None:
                found = read.parties[owner[theirs]]
                if not typed or (found.role, found.kind) == (wanted.role, wanted.kind):
                    counts[number, owner[theirs]] += 1
    chosen: list[Pair] = []
    left: set[int] = set()
    right: set[int] = set()
    for (number, index), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if number not in left and index not in right:
            left.add(number)
            right.add(index)
            chosen.append((gold.parties[number], read.parties[index]))
    return chosen


def _b_cubed(gold: Complaint, read: Reading, shared: dict[Range, Range]) -> tuple[float, float]:
    """Sums of the precision of every found and of the recall of every wanted mention."""
    precision = recall = 0.0
    found = [set(party.mentions) for party in read.parties]
    for wanted in gold.parties:
        theirs = {shared[mention] for mention in wanted.mentions if mention in shared}
        for cluster in found:
            both = len(theirs & cluster)
            precision += both * both / len(cluster)
            recall += both * both / len(wanted.mentions)
    return precision, recall


def figures(gold: Complaint, read: Reading) -> Figures:
    shared = aligned(gold, read)
    exact = {one: two for one, two in shared.items() if one == two}
    found, wanted = len(read.parties), len(gold.parties)
    untyped = pairs(gold, read, shared, typed=False)
    return Figures(
        Score(len(pairs(gold, read, shared, typed=True)), found, wanted),
        Score(len(pairs(gold, read, exact, typed=True)), found, wanted),
        Score(
            len(shared),
            sum(len(party.mentions) for party in read.parties),
            sum(len(party.mentions) for party in gold.parties),
        ),
        *_b_cubed(gold, read, shared),
        Score(sum(one.role == two.role for one, two in untyped), len(untyped), len(untyped)),
        Score(int(gold.relation == read.relation), 1, 1),
    )


def misses(rows: Iterable[Row]) -> Iterator[str]:
    """What is missed (-), too much (+) or has another role or kind (~), for the half that may be looked at."""
    for stem, gold, read in rows:
        if stem not in FIRST_HALF:
            continue
        met = pairs(gold, read, aligned(gold, read), typed=False)
        lines = [
            f"  ~ {two.role}.{two.kind} wants {one.role}.{one.kind}: {_words(gold.text, two.mentions)}"
            for one, two in met
            if (one.role, one.kind) != (two.role, two.kind)
        ]
        ours, theirs = {id(two) for _, two in met}, {id(one) for one, _ in met}
        lines += [
            f"  - {one.role}.{one.kind}: {_words(gold.text, one.mentions)}"
            for one in gold.parties
            if id(one) not in theirs
        ]
        lines += [
            f"  + {two.role}.{two.kind}: {_words(gold.text, two.mentions)}"
            for two in read.parties
            if id(two) not in ours
        ]
        for one, two in met:
            wrong = [mention for mention in two.mentions if mention[1] not in {end for _, end in one.mentions}]
            missed = [mention for mention in one.mentions if mention[1] not in {end for _, end in two.mentions}]
            if wrong or missed:
                lines.append(f"  = {one.id}: too much {_words(gold.text, wrong)}; missed {_words(gold.text, missed)}")
        if gold.relation != read.relation:
            lines.append(f"  relation {read.relation} wants {gold.relation}")
        if lines:
            yield "\n".join([gold.id, *lines])


def _words(text: str, mentions: Sequence[Range]) -> str:
    return " / ".join(f"{text[max(0, start - 4) : start]}[{text[start:end]}]" for start, end in mentions)


COLUMNS: Final = ("party", "party exact", "mention")


def report(rows: Sequence[Row]) -> str:
    total = sum((figures(gold, read) for _, gold, read in rows), start=Figures())
    lines = [
        f"  {name:12} {score.precision:6.3f} {score.recall:6.3f} {score.f1:6.3f}   {'/'.join(map(str, score))}"
        for name, score in zip(COLUMNS, total[:3], strict=True)
    ]
    lines.append("  {:12} {:6.3f} {:6.3f} {:6.3f}   B³".format("coreference", *total.coreference))
    lines += [
        f"  {name:12} {score.precision:6.3f}                 {score.right}/{score.found}"
        for name, score in (("role", total.roles), ("relation", total.relations))
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", help="a home whose places and organizations are known to the reader")
    parser.add_argument("--misses", action="store_true", help="list what is missed in the first half")
    told = parser.parse_args()
    gazetteer = Gazetteer()
    if told.home:
        with open_app(Settings(home=Path(told.home)), start_database=False) as app:
            gazetteer = current_gazetteer(app)
    rows = list(read_halves(gazetteer, sorted(GOLD.glob("*.txt"))))
    if told.misses:
        print("\n".join(misses(rows)))
    halves = (
        ("first half", [row for row in rows if row[0] in FIRST_HALF]),
        ("held out", [row for row in rows if row[0] not in FIRST_HALF]),
    )
    for half, chosen in halves:
        print(f"\n{half} ({len(chosen)} texts)    P      R      F1   right/found/wanted\n{report(chosen)}")


if __name__ == "__main__":
    main()
