"""Files are written by the tests as departments would deliver them; the vault is the real one with a fixed key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from core.settings import CryptoSuite
from governance.keys import MasterKey
from governance.sealing import SealingVault
from loaders.feeds.catalogue import load_mapping
from loaders.feeds.loading import load_file
from loaders.feeds.mapping import Mapping
from loaders.feeds.report import LoadReport
from loaders.lake.store import Lake

PEOPLE = """
feed: people
label: 人员
department: 公安
match: people*.csv
format: csv
key: 编号
observed_at: 更新时间
mentions:
  person:
    kind: person
    fields:
      name: {column: 姓名, required: true}
      citizen_id: 身份证号
      birth_date: 出生日期
      phone: {column: 电话, invalid: flag}
      address: 住址
  residence:
    kind: dwelling
    when: {住址: present}
    fields: {address: 住址}
relations:
  - {type: LIVES_IN, from: person, to: residence, valid_from: 迁入}
"""

EVENTS = """
feed: disputes
label: 纠纷
department: 综治
match: disputes*.jsonl
format: jsonl
key: no
observed_at: at
optional_columns: [parties.phone, flow]
mentions:
  party:
    kind: person
    each: parties
    optional: true
    fields:
      name: {column: name, required: true}
      phone: phone
relations:
  - {type: PARTY_TO, from: party, to: event, props: {role: {column: role, codes: {甲: complainant, 乙: respondent}}}}
event:
  fields:
    kind: {constant: dispute}
    text: summary
    reported_at: at
  steps: {each: flow, department: unit, action: action, at: time}
"""

HEADER = ("编号", "姓名", "身份证号", "出生日期", "电话", "住址", "迁入", "更新时间")
# A made area code that no province has, and number segments that no operator has.
ID = "880102195803121231"
ROW = (
    "P1",
    "王建国",
    ID,
    "1958-03-12",
    "16012345678",
    "青枫区梧桐街道桂花苑3幢2单元501室",
    "2011-03-05",
    "2026-04-12 09:30:15",
)


def row(key: str, **changes: str) -> tuple[str, ...]:
    """The sample row under another key, with columns changed by name."""
    values = dict(zip(HEADER, ROW, strict=True)) | {"编号": key} | changes
    return tuple(values[name] for name in HEADER)


def csv_text(rows: Sequence[Sequence[str]], *, delimiter: str = ",", header: Sequence[str] = HEADER) -> str:
    return "".join(delimiter.join(cells) + "\r\n" for cells in (header, *rows))


@pytest.fixture
def vault() -> SealingVault:
    return SealingVault(MasterKey(CryptoSuite.SM, bytes(range(32))), CryptoSuite.SM)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def mapping(tmp_path: Path) -> Callable[[str], Mapping]:
    """The mapping of a YAML text."""

    def make(text: str) -> Mapping:
        path = tmp_path / "mapping.yaml"
        path.write_text(text, encoding="utf-8")
        return load_mapping(path)

    return make


@pytest.fixture
def people(mapping: Callable[[str], Mapping]) -> Mapping:
    return mapping(PEOPLE)


@pytest.fixture
def disputes(mapping: Callable[[str], Mapping]) -> Mapping:
    return mapping(EVENTS)


Load = Callable[..., LoadReport]


@pytest.fixture
def load(tmp_path: Path, lake: Lake, vault: SealingVault) -> Load:
    """Write `content` as a file and load it in this process."""

    def run(content: str | bytes, mapping: Mapping, *, name: str = "people.csv", batch_rows: int = 1_000) -> LoadReport:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load_file(path, mapping, lake=lake, vault=vault, batch_rows=batch_rows, workers=1)

    return run
