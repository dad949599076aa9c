"""One compiled function scores a pair as Splink's predict does, level by level and bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import polars as pl
import pytest

from core.errors import LevelUntrained
from core.values.uscc import check_character
from resolution.engine import open_engine
from resolution.features.standardise import fit_and_standardise
from resolution.index.scorer import Scorer
from resolution.model.declaration import declaration
from resolution.model.model import Model, shipped_model
from resolution.scoring import frequency_tables, linker, population_of

Rows = list[dict[str, str | None]]
Records = Callable[[str, Rows], pl.DataFrame]
Households = Callable[[int, int], tuple[pl.DataFrame, pl.DataFrame]]

NODES = 205  # all pairs among them are more than 20,000
KINDS = ("person", "organization", "dwelling")


def organizations(random: Random) -> Rows:
    rows: Rows = []
    while len(rows) < NODES:
        trade = "".join(random.sample("恒鑫宏金瑞泰华盛德永", 2))
        name = f"澜江市{trade}{random.choice(('贸易', '餐饮', '建筑'))}有限公司"
        first = "91880102MA" + "".join(random.choices("0123456789ABCDEFGH", k=7))
        code = first + check_character(first)
        head, door, phone = (
            trade[0] + "伟",
            f"桂花苑{random.randint(1, 9)}幢101室",
            f"1600000{random.randint(0, 9999):04d}",
        )
        for _ in range(random.randint(1, 4)):
            written = random.choice(
                (name, name, name[3:], name[:-4] + "公司", name.replace(trade[1], "某"), f"{trade}店")
            )
            number: str | None = random.choice((code, code, None, f"{code[:9]}{random.randint(0, 9)}{code[10:]}"))
            rows.append(
                {
                    "name": written,
                    "uscc": number,
                    "legal_representative": random.choice((head, None, "王芳")),
                    "address": random.choice((door, None)),
                    "phone": random.choice((phone, None)),
                }
            )
    return rows[:NODES]


def dwellings(random: Random) -> Rows:
    rows: Rows = []
    while len(rows) < NODES:
        compound = random.choice(("桂花苑", "银杏园", "枫桥新村"))
        building, unit, room = (
            random.randint(1, 3),
            random.randint(1, 2),
            f"{random.randint(1, 4)}0{random.randint(1, 2)}",
        )
        number = f"880102{random.randint(1, 40):022d}"
        for _ in range(random.randint(1, 4)):
            place = random.choice(("青枫区梧桐街道枫桥社区", "青枫区南桥街道", ""))
            unit_text = random.choice((f"{unit}单元", ""))
            rows.append(
                {
                    "property_no": random.choice((number, None)),
                    "address": f"{place}{compound}{building}幢{unit_text}{random.choice((f'{room}室', ''))}",
                }
            )
    return rows[:NODES]


@pytest.fixture(scope="module")
def standardised(records: Records, households: Households) -> dict[str, tuple[Model, pl.DataFrame]]:
    people, _ = households(22, 4)
    of_kind = {
        "person": people.head(NODES),
        "organization": records("organization", organizations(Random(1))),
        "dwelling": records("dwelling", dwellings(Random(2))),
    }
    return {
        kind: (shipped_model(kind), fit_and_standardise(declaration(kind), table)[1]) for kind, table in of_kind.items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_twenty_thousand_pairs_weigh_what_splink_says(
    kind: str, standardised: dict[str, tuple[Model, pl.DataFrame]]
) -> None:
    model, frame = standardised[kind]
    frequencies, population = frequency_tables(frame, model), population_of(frame)
    scorer = Scorer(model, frequencies, population)
    with open_engine() as engine:
        made, _ = linker(engine, frame, model, frequencies, population, detailed=True)
        every = engine.api.register("records", table_name="input_every")
        predicted = made.inference.predict_within(
            every, blocking_rules_to_generate_predictions=["l.node <> r.node"], warning_mode="never"
        )
        expected = engine.fetch(f"SELECT * FROM {predicted.physical_name} ORDER BY node_l, node_r")
    assert expected.height > 20_000
    rows = [scorer.row(row) for row in frame.iter_rows(named=True)]
    seen = set()
    for pair in expected.iter_rows(named=True):
        left, right = rows[pair["node_l"]], rows[pair["node_r"]]
        assert scorer.weight(left, right) == pytest.approx(pair["match_weight"], abs=1e-9)
        details = scorer.detail(left, right)
        assert scorer.prior + sum(d.bits + d.frequency_bits for d in details) == pytest.approx(pair["match_weight"])
        for detail in details:
            present = [level for level in detail.comparison.levels if not level.missing]
            gamma = -1 if detail.level.missing else len(present) - 1 - present.index(detail.level)
            assert gamma == pair[f"gamma_{detail.comparison.name}"]
            seen.add((detail.comparison.name, detail.level.name))
    # The pairs are worth comparing: most of what the model knows was met.
    assert len(seen) > 0.5 * sum(len(c.levels) for c in model.declaration.comparisons)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pair_weighs_the_same_from_both_sides(kind: str, standardised: dict[str, tuple[Model, pl.DataFrame]]) -> None:
    model, frame = standardised[kind]
    scorer = Scorer(model, frequency_tables(frame, model), population_of(frame))
    rows = [scorer.row(row) for row in frame.iter_rows(named=True)]
    for place, left in enumerate(rows):
        for right in rows[place:]:
            assert scorer.weight(left, right) == scorer.weight(right, left)


def test_a_value_never_counted_before_adds_nothing(standardised: dict[str, tuple[Model, pl.DataFrame]]) -> None:
    model, frame = standardised["person"]
    scorer = Scorer(model, frequency_tables(frame, model), population_of(frame))
    row = scorer.row(dict.fromkeys(scorer.columns) | {"name": "世上独一无二"})
    name = scorer.detail(row, row)[0]
    assert (name.level.name, name.frequency_bits) == ("same", 0.0)


def test_an_untrained_level_is_an_error() -> None:
    trained = shipped_model("person")
    parameters = {name: dict(levels) for name, levels in trained.parameters.items()}
    del parameters["sex"]["same"]
    broken = Model(declaration=trained.declaration, parameters=parameters, mates=1.0, card={})
    with pytest.raises(LevelUntrained):
        Scorer(broken, {}, 1000)
