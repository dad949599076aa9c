"""Behaviour of the shipped person model on records made by hand."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from resolution.features.standardise import fit_and_standardise
from resolution.model.declaration import declaration
from resolution.model.model import shipped_model
from resolution.run import Resolution, resolve

Row = dict[str, str | None]
Records = Callable[[str, list[Row]], pl.DataFrame]
MakeId = Callable[[str, str, int], str]

DOOR = "云泽省澜江市青枫区梧桐街道枫桥社区桂花苑3幢2单元501室"


def token(*parts: str) -> str:
    return "-".join(parts)


def resolved(frame: pl.DataFrame, previous: pl.DataFrame | None = None) -> Resolution:
    return resolve("person", frame, previous=previous, token=token, model=shipped_model("person"))


def groups(frame: pl.DataFrame, previous: pl.DataFrame | None = None) -> list[str]:
    """Entity ids in the order of the rows as they were made (record ids are numbered)."""
    result = resolved(frame, previous)
    return result.assignments.sort("record_id")["entity_id"].to_list()


def together(records: Records, *rows: Row) -> bool:
    return len(set(groups(records("person", list(rows))))) == 1


def test_fifteen_and_eighteen_digits_are_one_person(records: Records, make_id: MakeId) -> None:
    # The lake stores fifteen digits upgraded, so both rows carry the same text.
    number = make_id("880102", "19580312", 123)
    assert together(
        records,
        {"name": "王建国", "citizen_id": number, "birth_date": "1958-03-12"},
        {"name": "王建国", "citizen_id": number, "phone": "16012345678"},
    )


@pytest.mark.parametrize(
    "damage", [lambda n: f"{n[:9]}{(int(n[9]) + 3) % 10}{n[10:]}", lambda n: n[:15] + n[16] + n[15] + n[17]]
)
def test_a_typing_error_in_the_id_does_not_part_a_person(
    records: Records, make_id: MakeId, damage: Callable[[str], str]
) -> None:
    number = make_id("880102", "19580312", 127)
    assert damage(number) != number
    assert together(
        records,
        {"name": "王建国", "citizen_id": number, "birth_date": "1958-03-12", "phone": "16012345678"},
        {"name": "王建国", "citizen_id": damage(number), "sex": "1"},
    )


def test_a_masked_id_that_fits_joins_and_one_that_does_not_parts(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    whole: Row = {"name": "王建国", "citizen_id": number, "birth_date": "1958-03-12", "sex": "1"}
    masked = f"{number[:6]}********{number[14:]}"
    other = f"{number[:6]}********{(int(number[14]) + 1) % 10}{number[15:]}"
    assert together(records, whole, whole | {"citizen_id": masked, "birth_date": None, "address": DOOR})
    assert not together(records, whole, {"name": "王建国", "citizen_id": other, "sex": "1"})


def test_a_homophone_with_the_same_birth_date_and_phone_is_the_same_person(records: Records) -> None:
    assert together(
        records,
        {"name": "张伟", "birth_date": "1980-05-06", "phone": "16012345678"},
        {"name": "章炜", "birth_date": "1980-05-06", "phone": "16012345678"},
    )


@pytest.mark.parametrize(
    ("one", "other", "column"),
    [
        ("周喆", "周哲", "name_key"),
        ("阿依古丽·买买提", "阿依古丽买买提", "name_key"),
        ("张伟", "张伪", "name_tone"),
        ("刘晴", "刘睛", "name_shape"),
        ("陈静", "程静", "name_near"),
    ],
)
def test_names_that_are_written_or_heard_alike_agree_in_a_key(
    records: Records, one: str, other: str, column: str
) -> None:
    _, frame = fit_and_standardise(declaration("person"), records("person", [{"name": one}, {"name": other}]))
    assert frame["name"].n_unique() == 2
    assert frame[column].n_unique() == 1


def test_another_reading_of_a_surname_is_no_obstacle(records: Records) -> None:
    # 曾 is zēng as a surname and céng elsewhere: who read it the other way wrote another character.
    rows: list[Row] = [{"name": "曾静", "sex": "2"}, {"name": "岑静", "sex": "2"}, {"name": "层静", "sex": "2"}]
    _, frame = fit_and_standardise(declaration("person"), records("person", rows))
    sounds = [set(row) for row in frame["name_sounds"]]
    assert sounds[0] & sounds[2]
    assert not sounds[0] & sounds[1]
    shared: Row = {"birth_date": "1980-05-06", "phone": "16012345678"}
    assert together(records, rows[0] | shared, rows[2] | shared)


def test_a_former_name_counts(records: Records) -> None:
    assert together(
        records,
        {"name": "李雨桐", "former_name": "李招娣", "birth_date": "1990-01-22", "phone": "16012345678"},
        {"name": "李招娣", "birth_date": "1990-01-22", "phone": "16012345678"},
    )


def test_twins_stay_apart(records: Records, make_id: MakeId) -> None:
    born = "20100601"
    family: Row = {"birth_date": "2010-06-01", "address": DOOR, "phone": "16012345678", "sex": "1"}
    first, second = make_id("880102", born, 311), make_id("880102", born, 313)
    ids = groups(
        records(
            "person",
            [
                family | {"name": "陈子轩", "citizen_id": first},
                family | {"name": "陈子涵", "citizen_id": second},
                family | {"name": "陈子轩"},
                family | {"name": "陈子涵"},
            ],
        )
    )
    assert ids[0] == ids[2]
    assert ids[1] == ids[3]
    assert ids[0] != ids[1]


def test_parent_and_child_at_one_door_with_one_phone_stay_apart(records: Records) -> None:
    home: Row = {"address": DOOR, "phone": "16012345678", "sex": "1"}
    assert not together(
        records,
        home | {"name": "赵建军", "birth_date": "1965-04-02"},
        home | {"name": "赵磊", "birth_date": "1990-11-17"},
    )


def test_neighbours_of_the_same_name_stay_apart(records: Records) -> None:
    assert not together(
        records,
        {"name": "王芳", "birth_date": "1970-02-03", "phone": "16012345678", "address": DOOR},
        {"name": "王芳", "birth_date": "1988-09-21", "phone": "16198765432", "address": DOOR.replace("501", "301")},
    )


def test_two_people_under_one_number_stay_apart(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    assert not together(
        records,
        {"name": "王建国", "citizen_id": number, "birth_date": "1958-03-12", "sex": "1", "phone": "16012345678"},
        {"name": "周玉兰", "citizen_id": number, "birth_date": "1971-08-25", "sex": "2", "phone": "16198765432"},
    )


def test_a_chain_never_joins_two_valid_numbers(records: Records, make_id: MakeId) -> None:
    # The middle record fits both neighbours; the two ends have different valid ids.
    born: Row = {"name": "刘洋", "birth_date": "1985-07-08", "phone": "16012345678"}
    ids = groups(
        records(
            "person",
            [
                born | {"citizen_id": make_id("880102", "19850708", 101)},
                born,
                born | {"citizen_id": make_id("880102", "19850708", 225)},
            ],
        )
    )
    assert ids[0] != ids[2]


def test_a_placeholder_phone_joins_nobody(records: Records) -> None:
    names = [f"{s}{g}" for s in "王李张刘陈杨黄" for g in ("伟", "芳", "秀英", "强", "磊")]
    frame = records("person", [{"name": name, "phone": "16000000000", "employer": "青枫区小学"} for name in names])
    assert len(set(groups(frame))) == len(names)


def test_row_order_does_not_matter(households: Callable[[int, int], tuple[pl.DataFrame, pl.DataFrame]]) -> None:
    frame, _ = households(60, 5)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=3)
    assert groups(frame) == groups(shuffled)


def test_ids_stay_when_records_come_and_go(
    households: Callable[[int, int], tuple[pl.DataFrame, pl.DataFrame]],
) -> None:
    frame, _ = households(60, 6)
    first = resolved(frame[:-40])
    second = resolved(frame[40:], first.assignments)
    both = first.assignments.join(second.assignments, on="record_id", suffix="_now")
    kept = both.filter(pl.col("entity_id") == pl.col("entity_id_now")).height
    assert kept / both.height > 0.97
    again = resolved(frame[40:], second.assignments)
    assert again.changes.is_empty()
    assert again.assignments.equals(second.assignments)


def test_no_records_give_no_entities(records: Records) -> None:
    result = resolved(records("person", []))
    assert result.assignments.is_empty()
    assert result.assignments.columns == ["record_id", "entity_id", "probability", "weight"]
    assert result.report.as_dict()["clusters"] == 0
