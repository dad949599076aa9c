# A dozen hand-written objects in an index file of their own: every answer is known, and no database runs.
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.search import store
from graph.search.asked import Asked
from graph.search.find import Found, find
from graph.search.store import Mark
from graph.search.terms import LABELS, entries

FRONT = "云泽省澜江市青枫区梧桐街道枫桥社区枫林路12号枫桥新村"
TOWN: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Person", "per_zw", {"name": "张伟", "former_name": "张小伟"}),
    ("Person", "per_zw2", {"name": "张伟"}),
    ("Person", "per_zgq", {"name": "张国强"}),
    ("Person", "per_cl", {"name": "曾丽"}),
    ("Person", "per_zn", {"name": "郑娜"}),
    ("Person", "per_agl", {"name": "阿依古丽·买买提"}),
    ("Person", "per_child", {"name": "王**", "name_sealed": "AQ==", "birth_date": "2018-**-**"}),
    ("Household", "hou_1", {"household_no": "HN-00001"}),
    ("Dwelling", "dwe_105", {"address": f"{FRONT}3栋2单元105室", "property_no": "880102001001GB00001F00010001"}),
    ("Dwelling", "dwe_205", {"address": f"{FRONT}3栋1单元205室"}),
    ("Dwelling", "dwe_far", {"address": "云泽省澜江市青枫区南桥街道望江街360号桃源湾A座1单元1603室"}),
    ("Organization", "org_1", {"name": "澜江市清泉物业管理有限公司", "uscc": "91880102MA0000001X"}),
    ("Organization", "org_2", {"name": "枫桥便民超市"}),
    ("Event", "evt_1", {"record_key": "RX-20250601-000123", "feed": "hotline_complaints"}),
    ("Compound", "cmp_1", {"name": "枫桥新村", "key": "880102001|枫桥新村"}),
    ("Compound", "cmp_2", {"name": "桃源湾", "key": "880102002|桃源湾"}),
    ("Building", "bld_3", {"name": "枫桥新村3幢", "key": "880102001|枫桥新村|3"}),
    ("Community", "com_1", {"name": "枫桥社区", "key": "880102001001", "code": "880102001001"}),
    ("Street", "str_1", {"name": "梧桐街道", "key": "880102001", "code": "880102001"}),
    ("Grid", "grd_1", {"name": "880102001001-02", "key": "880102001001-02", "code": "880102001001-02"}),
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "index"
    store.rebuild(path, [(node_id, entries(label, props)) for label, node_id, props in TOWN], Mark(1, "x", 0))
    return path


@pytest.fixture(scope="session")
def ask(folder: Path) -> Callable[..., list[Found]]:
    def asked(text: str, labels: tuple[str, ...] = LABELS, limit: int = 20) -> list[Found]:
        with store.reading(folder) as file:
            return find(file, Asked.read(text), labels, limit)

    return asked
