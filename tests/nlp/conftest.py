"""A small gazetteer of an invented place, shared by the tests of the reader."""

from __future__ import annotations

import pytest

from nlp.gazetteer import Gazetteer

LEVELS = {"county": "青枫区", "street": "梧桐街道", "community": "枫桥社区"}
ROWS = [
    ("青枫区", "division", "880102"),
    ("梧桐街道", "division", "880102001"),
    ("枫桥社区", "community", "880102001001"),
    ("桂花苑", "compound", "cmp_guihua", LEVELS),
    ("翠湖花园", "compound", "cmp_cuihu", {"county": "青枫区", "street": "南桥街道"}),
    ("枫林路", "road", "road_fenglin"),
    ("澜江市华辰物业管理有限公司", "organization", "org_huachen"),
    ("青枫区老周面馆", "organization", "org_zhou"),
    ("梧桐街道办事处", "organization", "org_street"),
]


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return Gazetteer.of(ROWS)
