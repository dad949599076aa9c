"""The kinds that the outside benchmarks declare: no code of theirs, and labels in nothing but the score.

The people are made here: a few hundred, each with one record in either file, with one or two errors in it.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import polars as pl
import pytest

from benchmarks.er import datasets
from resolution.evaluation import evaluate
from resolution.expressions import compile_condition
from resolution.model.training import train
from resolution.run import resolve

PEOPLE = 250


def _people(random: Random) -> list[dict[str, str]]:
    syllables = ["mar", "lo", "ben", "ti", "ker", "sto", "wan", "del", "ris", "ho", "nel", "fa"]

    def word(length: int) -> str:
        return "".join(random.choice(syllables) for _ in range(length))

    return [
        {
            "given_name": word(2),
            "surname": word(3),
            "street_number": str(random.randint(1, 99)),
            "address_1": f"{word(3)} street",
            "address_2": word(4),
            "suburb": word(3),
            "postcode": str(random.randint(2000, 2099)),
            "state": random.choice(["nsw", "vic", "qld"]),
            "date_of_birth": f"19{random.randint(10, 99)}{random.randint(1, 12):02}{random.randint(1, 28):02}",
            "soc_sec_id": str(random.randint(1_000_000, 9_999_999)),
        }
        for _ in range(PEOPLE)
    ]


def _with_errors(person: dict[str, str], random: Random) -> dict[str, str]:
    wrong = dict(person)
    for one, other in (("given_name", "surname"), ("address_1", "address_2")):
        if random.random() < 0.1:
            wrong[one], wrong[other] = wrong[other], wrong[one]
    for field in random.sample(list(person), 2):
        text = wrong[field]
        place = random.randrange(len(text))
        wrong[field] = random.choice(["", text[:place] + "7" + text[place + 1 :], text[:place] + text[place + 1 :]])
    return wrong


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files as FEBRL writes them: blanks around names and values, the truth in `rec_id`."""
    random = Random(4)
    folder = tmp_path_factory.mktemp("febrl")
    people = _people(random)
    for file, suffix, rows in (
        ("dataset4a.csv", "org", people),
        ("dataset4b.csv", "dup-0", [_with_errors(person, random) for person in people]),
    ):
        numbered = [{"rec_id": f"rec-{number}-{suffix}", **row} for number, row in enumerate(rows)]
        random.shuffle(numbered)
        header = ", ".join(numbered[0])
        lines = [", ".join(row.values()) for row in numbered]
        (folder / file).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return folder


def test_what_is_resolved_does_not_tell_who_is_who(files: Path) -> None:
    data = datasets.read("febrl4", files)
    assert data.records.height == 2 * PEOPLE
    assert not data.records["record_id"].str.contains("rec-").any()
    assert set(data.records.columns) & set(data.truth.columns) == {"record_id"}


def test_two_files_are_linked_by_a_declaration_alone(files: Path) -> None:
    data = datasets.read("febrl4", files)
    model = train(datasets.declared("febrl4"), data.records)
    resolved = resolve("febrl4", data.records, model=model, token=lambda *parts: "-".join(parts))
    keyed = pl.lit("").alias("feed"), pl.col("record_id").alias("record_key")
    scores = evaluate(resolved.assignments.with_columns(keyed), data.truth.with_columns(keyed))
    assert scores.true_pairs == PEOPLE
    assert scores.f1 > 0.99


@pytest.mark.parametrize("name", ["historical", "febrl4"])
def test_every_condition_can_be_answered_without_a_database(name: str) -> None:
    declared = datasets.declared(name)
    conditions = [
        level.raw for comparison in declared.comparisons for level in comparison.levels if level.raw != "ELSE"
    ]
    assert all(callable(compile_condition(condition)) for condition in conditions)


def test_a_folder_without_the_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        datasets.read("febrl4", tmp_path)
