# What a newcomer relies on: same numbers, same bytes; every file decodes; nothing belongs to a real person.
from __future__ import annotations

import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.values.citizen_id import check_character
from loaders.town.generate import FILES, generate

if TYPE_CHECKING:
    from conftest import Files

REAL_PROVINCES = {
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83", "91",
}  # fmt: skip
UNASSIGNED = ("160", "161", "163", "164", "168", "169", "154")


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_gives_the_same_bytes_in_another_process_with_other_hashes(tmp_path: Path) -> None:
    generate(tmp_path / "one", people=400, seed=5)
    code = (
        "from pathlib import Path; from loaders.town.generate import generate; "
        f"generate(Path({str(tmp_path / 'two')!r}), people=400, seed=5)"
    )
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": str(root), "TZ": "America/New_York"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, env=environment)
    assert _digests(tmp_path / "one") == _digests(tmp_path / "two")


def test_another_seed_gives_another_town(tmp_path: Path) -> None:
    generate(tmp_path / "one", people=300, seed=1)
    generate(tmp_path / "two", people=300, seed=2)
    one, two = _digests(tmp_path / "one"), _digests(tmp_path / "two")
    assert not set(one.values()) & set(two.values())


@pytest.mark.parametrize("seed", range(4))
def test_the_smallest_town_has_every_file(tmp_path: Path, seed: int) -> None:
    summary = generate(tmp_path, people=300, seed=seed)
    assert {name for name, _ in FILES.values()} <= {path.name for path in tmp_path.iterdir()}
    assert all(summary.rows[feed] > 0 for feed in FILES)


def test_volumes_follow_the_number_of_people(town: Files) -> None:
    people = town.summary.people
    expected = {
        "police_population": 1.25, "social_insurance": 0.5, "health_records": 0.5, "housing_register": 0.42,
        "civil_assistance": 0.055, "grid_visits": 0.3, "property_owners": 0.3, "market_businesses": 0.06,
        "hotline_complaints": 0.06, "grid_mediations": 0.012, "police_incidents": 0.03, "urban_cases": 0.03,
        "sensor_alarms": 0.01,
    }  # fmt: skip
    for feed, share in expected.items():
        assert share * 0.65 <= town.summary.rows[feed] / people <= share * 1.4, feed


def test_rows_read_back_are_the_rows_counted(town: Files) -> None:
    rows = town.summary.rows
    assert len(town.csv("police_population", "gb18030")) == rows["police_population"]
    assert len(town.csv("market_businesses", "gb18030")) == rows["market_businesses"]
    assert len(town.csv("housing_register", "utf-8", ";")) == rows["housing_register"]
    assert len(town.sheet("civil_assistance")) == rows["civil_assistance"] + 2
    assert len(town.sheet("property_owners")) == rows["property_owners"] + 1
    assert len(town.parquet("social_insurance")) == rows["social_insurance"]
    for feed in ("police_incidents", "urban_cases", "grid_visits", "grid_mediations", "hotline_complaints"):
        assert len(town.lines(feed)) == rows[feed]
    assert (town.folder / "health_records.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(UnicodeDecodeError):
        (town.folder / "police_population.csv").read_text("utf-8")
    header = town.sheet("civil_assistance")[:2]
    assert header[0][2] == "基本信息"
    assert header[1][2] == "姓名"
    assert all(line["specversion"] == "1.0" and line["time"].endswith("Z") for line in town.lines("sensor_alarms"))


def test_no_number_could_belong_to_anybody(town: Files) -> None:
    people = town.truth("people")
    for number in people["citizen_id"]:
        assert number[:2] not in REAL_PROVINCES
        assert check_character(number[:17]) == number[17]
    written = {row.citizen_id for row in town.persons() if row.citizen_id}
    assert not {number for number in written if number[:2] in REAL_PROVINCES}
    assert all(phone.startswith(UNASSIGNED) for phone in people["phone"] if phone)
    codes = town.truth("organizations")["uscc"]
    assert all(code[8:10] == "MA" and code[2:4] == "88" for code in codes)


def test_no_key_looks_like_an_identifier(town: Files) -> None:
    looks = re.compile(r"(?<![0-9A-Za-z])(1[3-9]\d{9}|\d{17}[0-9X]|\d{15})(?![0-9])")
    for key in town.truth("records")["record_key"]:
        assert not looks.search(key)
