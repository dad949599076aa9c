# Asked of the small town in conftest.py: what a grid worker types, and what must come first and why.
from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import QueryInvalid
from graph.search.asked import Asked
from graph.search.find import Found

Ask = Callable[..., list[Found]]


@pytest.mark.parametrize(
    ("text", "node_id", "reason"),
    [
        ("张伟", "per_zw", "person_name"),
        ("張偉", "per_zw", "person_name"),
        ("张 伟", "per_zw", "person_name"),
        ("张小伟", "per_zw", "former_name"),
        ("zhangwei", "per_zw", "pinyin"),
        ("ZHANG WEI", "per_zw", "pinyin"),
        ("zhāng wěi", "per_zw", "pinyin"),
        ("zhang guo qiang", "per_zgq", "pinyin"),
        ("zw", "per_zw", "initials"),
        ("ZGQ", "per_zgq", "initials"),
        ("章伟", "per_zw", "sound"),
        ("张玮", "per_zw", "sound"),
        ("郑挪", "per_zn", "shape"),
        ("张围强", "per_zgq", "shape"),
        ("臧国强", "per_zgq", "near_sound"),
        ("国强", "per_zgq", "part"),
        ("强", "per_zgq", "part"),
        ("张国", "per_zgq", "part"),
        ("guoqiang", "per_zgq", "pinyin_part"),
        ("zhangguo", "per_zgq", "pinyin_part"),
        ("zengli", "per_cl", "pinyin"),
        ("cengli", "per_cl", "pinyin"),
        ("阿依古丽·买买提", "per_agl", "person_name"),
        ("阿依古丽买买提", "per_agl", "person_name"),
        ("阿依古丽．买买提", "per_agl", "person_name"),
        ("买买提", "per_agl", "part"),
        ("HN-00001", "hou_1", "number"),
        ("hn00001", "hou_1", "number"),
        ("91880102MA0000001X", "org_1", "uscc"),
        ("９１８８０１０２ma0000001x", "org_1", "uscc"),
        ("91880102MA", "org_1", "number_part"),
        ("澜江市清泉物业管理有限公司", "org_1", "name"),
        ("澜江清泉物业服务有限公司", "org_1", "name"),
        ("清泉物业", "org_1", "part"),
        ("清泉公司", "org_1", "abbreviation"),
        ("RX-20250601-000123", "evt_1", "number"),
        ("rx20250601000123", "evt_1", "number"),
        ("hotline_complaints/RX-20250601-000123", "evt_1", "number"),
        ("RX-202506", "evt_1", "number_part"),
        ("880102001001-02", "grd_1", "number"),
        ("880102001001GB00001F00010001", "dwe_105", "number"),
        ("枫桥新村", "cmp_1", "name"),
        ("枫桥新村小区", "cmp_1", "address"),
        ("fengqiaoxincun", "cmp_1", "pinyin"),
        ("风桥新村", "cmp_1", "sound"),
        ("枫桥新材", "cmp_1", "shape"),
        ("枫桥新村3栋", "bld_3", "address"),
        ("枫桥新村三号楼", "bld_3", "address"),
        ("枫桥新村3-2-105", "dwe_105", "address"),
        ("枫桥新村3幢2单元105", "dwe_105", "address"),
        ("枫桥新村3栋105室", "dwe_105", "address"),
        ("枫桥新村105室", "dwe_105", "address"),
        ("枫林路12号3栋2单元105室", "dwe_105", "address"),
        ("梧桐街道枫桥新村3栋2单元105", "dwe_105", "address"),
        ("枫桥3栋2单元105室", "dwe_105", "address"),
        ("枫林路12号", "cmp_1", "address"),
        ("枫林路", "cmp_1", "address_part"),
        ("梧桐街道枫桥社区", "com_1", "address"),
        ("梧桐", "str_1", "name"),
        ("桃源", "cmp_2", "part"),
    ],
)
def test_what_is_typed_comes_first_with_its_reason(ask: Ask, text: str, node_id: str, reason: str) -> None:
    first = ask(text)[0]
    assert (first.id, first.reason.value) == (node_id, reason)
    assert 0 < first.score <= 1


def test_namesakes_all_come_and_each_once(ask: Ask) -> None:
    assert [hit.id for hit in ask("张伟")][:2] == ["per_zw", "per_zw2"]
    ids = [hit.id for hit in ask("张伟", limit=100)]
    assert len(ids) == len(set(ids))


def test_only_the_kinds_that_were_asked_for(ask: Ask) -> None:
    assert {hit.label for hit in ask("枫桥")} == {"Compound", "Community", "Organization"}
    assert {hit.label for hit in ask("枫桥", labels=("Organization",))} == {"Organization"}
    assert ask("张伟", labels=("Event",)) == []


def test_no_more_than_the_limit(ask: Ask) -> None:
    assert len(ask("张", limit=2)) == 2


def test_a_door_brings_its_building_and_compound_behind_it(ask: Ask) -> None:
    assert [hit.id for hit in ask("枫桥新村3栋2单元105室")] == ["dwe_105", "bld_3", "cmp_1"]


def test_an_address_in_another_street_is_less_likely(ask: Ask) -> None:
    same, other = ask("梧桐街道桃源湾A座1单元1603室"), ask("南桥街道桃源湾A座1单元1603室")
    door = {name: next(hit.score for hit in hits if hit.id == "dwe_far") for name, hits in (("s", same), ("o", other))}
    assert door["s"] < door["o"]


@pytest.mark.parametrize("text", ["王*", "王**", "AQ==", "王小明", "w**"])
def test_a_sealed_name_cannot_be_found_by_what_stands_in_its_place(ask: Ask, text: str) -> None:
    assert "per_child" not in [hit.id for hit in ask(text)]


@pytest.mark.parametrize("text", ["", "  ", "\x00\x07", "***", "…。！", "张" * 101, "=1+cmd|x", "ﷺ" * 90])
def test_what_cannot_be_looked_for_is_refused_in_words(text: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        Asked.read(text)
    assert caught.value.code == "WN-AP-002"
    assert "姓名" in caught.value.advice


@given(st.text(max_size=100))
def test_no_text_breaks_it(ask: Ask, text: str) -> None:
    try:
        hits = ask(text)
    except QueryInvalid:
        return
    assert len(hits) <= 20
