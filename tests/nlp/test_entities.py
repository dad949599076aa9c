# The small invented gazetteer of conftest and sentences of our own. Only the components up to `entities` run.
"""Names in a text: people, organizations, places of the map, each once and none inside another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from nlp.gazetteer import Gazetteer
from nlp.layers import Entity
from nlp.pipeline import build_pipeline


@pytest.fixture(scope="module")
def reader(gazetteer: Gazetteer) -> Language:
    nlp = build_pipeline(gazetteer)
    nlp.select_pipes(enable=["normalize", "identifiers", "gazetteer", "when", "address", "entities"])
    return nlp


def read(reader: Language, text: str) -> list[tuple[str, str]]:
    entities: tuple[Entity, ...] = reader(text)._.entities
    return [(text[one.start : one.end], one.kind) for one in entities]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("青枫区梧桐街道桂花苑3幢漏水", [("青枫区梧桐街道", "place"), ("桂花苑", "place")]),
        ("枫桥社区前街12号", [("枫桥社区", "place"), ("前街", "place")]),
        ("枫林路与友谊巷交叉口", [("枫林路", "place"), ("友谊巷", "place")]),
        ("桂花苑小区门口", [("桂花苑小区", "place")]),
        ("枫林路双塔公园门口", [("枫林路双塔公园", "place")]),
        ("我向枫桥社区反映过", [("枫桥社区", "organization")]),
        ("枫桥社区工作人员来过", [("枫桥社区", "organization")]),
        ("梧桐街道办事处不作为", [("梧桐街道办事处", "organization")]),
        ("澜江市华辰物业管理有限公司乱收费", [("澜江市华辰物业管理有限公司", "organization")]),
        ("楼下王大妈跳广场舞", [("王大妈", "person")]),
        ("投诉邻居张某在楼道堆杂物", [("张某", "person")]),
    ],
)
def test_names_and_their_kinds(reader: Language, text: str, named: list[tuple[str, str]]) -> None:
    assert read(reader, text) == named


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("户主叫裴勇，电话打不通。我们上门，裴勇当场认了", ["裴勇", "裴勇"]),
        ("谢谢老曾帮忙", ["老曾"]),
        ("我是打铁街的老尤，又来打扰了", ["老尤"]),
        ("社区的小郭姑娘很负责", ["小郭"]),
        ("市民印女士反映噪音", ["印女士"]),
        ("隔壁孤老沈阿婆摔倒了", ["沈阿婆"]),
        ("我跟我前夫江波是前年离的婚", ["江波"]),
        ("我叫桑榆，住三楼", ["桑榆"]),
        ("投诉人姓名：代国平，要求回复", ["代国平"]),
        ("收款人姓名显示“*海龙”", ["*海龙"]),
        ("老板是个大光头，外号“三炮”", ["三炮"]),
        ("找店主小平商量过", ["小平"]),
        ("动手的是赵志强、崔国斌，都喝了酒", ["赵志强", "崔国斌"]),
    ],
)
def test_people_as_callers_name_them(reader: Language, text: str, people: list[str]) -> None:
    assert [name for name, kind in read(reader, text) if kind == "person"] == people


@pytest.mark.parametrize(
    ("text", "organizations"),
    [
        ("当晚就去东渡派出所报了案", ["东渡派出所"]),
        ("已经在市二院打了针", ["市二院"]),
        ("老太太已送镇卫生院", ["镇卫生院"]),
        ("希望公交集团公开数据", ["公交集团"]),
        ("货厢上喷着“恒源砂石”", ["恒源砂石"]),
        ("楼下的老强烧烤每天摆摊", ["老强烧烤"]),
        ("新开的酒吧叫Blue Moon，放音乐。Blue Moon没有隔音", ["Blue Moon", "Blue Moon"]),
    ],
)
def test_organizations_as_callers_name_them(reader: Language, text: str, organizations: list[str]) -> None:
    assert [name for name, kind in read(reader, text) if kind == "organization"] == organizations


@pytest.mark.parametrize(
    "text",
    [
        "另外老物业撤场前应当移交",
        "小区里的树归物业管",
        "麻烦物业来讲讲",
        "附近医院都去过",
        "当地人称和平沟",
        "儿子高兴得很",
        "我是居民，老房子漏水",
        "等了半个小时，打110也没用",
        "业主代表大会没有开",
    ],
)
def test_words_that_look_like_names_are_none(reader: Language, text: str) -> None:
    assert [name for name, kind in read(reader, text) if kind != "place"] == []


@pytest.mark.parametrize("text", ["楼上的邻居", "物业不管", "601的住户", "我们小区", "周边环境很差", "我家3幢501", ""])
def test_descriptions_are_no_names(reader: Language, text: str) -> None:
    assert read(reader, text) == []


def test_a_known_name_brings_its_key(reader: Language) -> None:
    keys = {one.key for one in reader("桂花苑的华辰物业乱收费")._.entities}
    assert keys == {"cmp_guihua", "org_huachen"}


def test_mentions_are_left_for_the_components_behind(reader: Language) -> None:
    doc = reader("邻居李秀英投诉华辰物业")
    assert [mention.name for mention in doc._.person_mentions] == ["李秀英"]
    assert [mention.key for mention in doc._.organization_mentions] == ["org_huachen"]


@given(st.text(alphabet="张王李某先生桂花苑枫桥社区华辰物业公园路派出所，。的向 3幢", max_size=40))
def test_names_lie_apart(reader: Language, text: str) -> None:
    end = 0
    for one in reader(text)._.entities:
        assert end <= one.start < one.end <= len(text)
        end = one.end
