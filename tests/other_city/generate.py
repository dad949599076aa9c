"""Registers of another city than the demo town's, with their truth: `python -m tests.other_city.generate --help`.

Nothing is shared with the town but the fictional provinces: other departments, columns, file forms, address habits,
names and errors. What a user brings beside the files are the mappings in `mappings/` and the divisions.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.other_city.habits import Clerk, Truth
from tests.other_city.people import build_city
from tests.other_city.registers import REGISTERS

HERE = Path(__file__).parent
DIVISIONS = HERE / "divisions.csv"


def mapping_of(feed: str) -> Path:
    return HERE / "mappings" / f"{feed}.yaml"


def generate(out: Path, *, people: int, seed: int = 5) -> dict[str, Path]:
    """Write the nine files under `out` and the truth under `out/truth`; returns the file of each feed.

    The same `people` and `seed` give the same rows.
    """
    out.mkdir(parents=True, exist_ok=True)
    city, truth = build_city(people, seed), Truth()
    files = {}
    for feed, (name, fill, write) in REGISTERS.items():
        files[feed] = out / name
        write(files[feed], fill(city, Clerk(feed, city, truth, seed)))
    truth.write(out / "truth")
    return files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    generate(arguments.out, people=arguments.people, seed=arguments.seed)


if __name__ == "__main__":
    main()
