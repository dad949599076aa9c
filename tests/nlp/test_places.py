# A small gazetteer of an invented place, given here because places need their divisions; sentences of our own. The
# gold set is read once for the figures at the end. Only the components up to `address` run: what stands behind them
# cannot change a place.
"""Where it is: names, doors in every spelling, directions, and what does not fit the divisions."""

from __future__ import annotations

import time as clock
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from core.values import StandardAddress
from nlp.gazetteer import Gazetteer
from nlp.gold import read_gold
from nlp.layers import Place
from nlp.pipeline import build_pipeline
from nlp.reading import read_text
from nlp.relative import at_door, down_to, resolve

LEVELS = {"county": "青枫区", "street": "梧桐街道", "community": "枫桥社区"}
ROWS = [
    ("青枫区", "division", "880102", {"county": "青枫区"}),
    ("梧桐街道", "division", "880102001", {"county": "青枫区", "street": "梧桐街道"}),
    ("南桥街道", "division", "880102002", {"county": "青枫区", "street": "南桥街道"}),
    ("城关镇", "division", "880104001", {"county": "石桥县", "street": "城关镇"}),
    ("城关镇", "division", "880105001", {"county": "云岭县", "street": "城关镇"}),
    ("枫桥社区", "community", "880102001001", LEVELS),
    ("桂花苑", "compound", "cmp_guihua", LEVELS),
    ("桂花苑科技大厦", "compound", "桂花苑科技大厦", LEVELS),
    ("科技大厦", "building", "桂花苑科技大厦", LEVELS),
    ("翠湖花园", "compound", "cmp_cuihu", {"county": "青枫区", "street": "南桥街道"}),
    ("学府路", "road", "road_xuefu"),
    ("五一路", "road", "road_wuyi"),
    ("梧桐街道办事处", "organization", "org_street"),
]
HOME = StandardAddress.parse("青枫区梧桐街道桂花苑3幢1单元501室")
AT = datetime.fromisoformat("2026-05-06T10:00")
PARTS = ("county", "street", "community", "road", "road_no", "compound", "building", "unit", "floor", "room")


@pytest.fixture(scope="module")
def reader() -> Language:
    nlp = build_pipeline(Gazetteer.of(ROWS))
    nlp.select_pipes(enable=["normalize", "identifiers", "gazetteer", "when", "address"])
    return nlp


def read(reader: Language, text: str, home: StandardAddress | None = None) -> list[Place]:
    doc = reader.make_doc(text)
    doc._.at, doc._.home = AT, home
    return list(reader(doc)._.places)


def one(reader: Language, text: str, home: StandardAddress | None = None) -> Place:
    (place,) = read(reader, text, home)
    return place


def parts(address: StandardAddress | None) -> dict[str, str]:
    assert address is not None
    return {name: value for name in PARTS if (value := getattr(address, name)) is not None}


@pytest.mark.parametrize(
    ("door", "told"),
    [
        ("3幢", {"building": "3"}),
        ("3栋", {"building": "3"}),
        ("3号楼", {"building": "3"}),
        ("三号楼", {"building": "3"}),
        ("12号搂1单圆", {"building": "12", "unit": "1"}),
        ("3-1-501", {"building": "3", "unit": "1", "room": "501"}),
        ("3#501", {"building": "3", "room": "501"}),
        ("A座1204", {"building": "A", "room": "1204"}),
        ("3栋二单元一〇五室", {"building": "3", "unit": "2", "room": "105"}),
        ("４幢２单元顶楼702", {"building": "4", "unit": "2", "room": "702"}),
        ("小区3号楼2单元4楼", {"building": "3", "unit": "2", "floor": "4"}),
        ("<b>2幢</b>一楼", {"building": "2"}),
    ],
)
def test_a_door_in_every_spelling(reader: Language, door: str, told: dict[str, str]) -> None:
    place = one(reader, f"桂花苑{door}漏水")
    assert parts(place.address) == LEVELS | {"compound": "桂花苑"} | told
    assert place.keys == ("cmp_guihua",)


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("我住在玉苑3栋", "玉苑3栋", {"compound": "玉苑", "building": "3"}),
        ("投诉万科城5栋2单元", "万科城5栋2单元", {"compound": "万科城", "building": "5", "unit": "2"}),
        ("家住金域华府12号楼", "金域华府12号楼", {"compound": "金域华府", "building": "12"}),
        ("阳光100小区3栋的灯", "阳光100小区3栋", {"compound": "阳光100", "building": "3"}),
        ("家住金域湾，楼道黑", "金域湾", {"compound": "金域湾"}),
        ("住白杨路富园小区3幢", "白杨路富园小区3幢", {"road": "白杨路", "compound": "富园小区", "building": "3"}),
        ("前进村3组的路", "前进村3组", {"compound": "前进村3组"}),
        ("和平小区停水", "和平小区", {"compound": "和平小区"}),
        ("枫桥社区和平小区", "枫桥社区和平小区", LEVELS | {"compound": "和平小区"}),
        ("枫桥社区前街12号漏雨", "枫桥社区前街12号", LEVELS | {"road": "前街", "road_no": "12"}),
        ("白杨路12号1楼油烟", "白杨路12号1楼", {"road": "白杨路", "road_no": "12", "floor": "1"}),
        ("桂花苑二期没人管", "桂花苑二期", {"compound": "桂花苑2期"}),
        ("科技大厦1204漏水", "科技大厦1204", LEVELS | {"compound": "桂花苑科技大厦", "room": "1204"}),
    ],
)
def test_names_that_lists_know_or_not(reader: Language, text: str, words: str, told: dict[str, str]) -> None:
    place = read(reader, text)[0]
    assert text[place.start : place.end] == words
    known = {name: value for name, value in parts(place.address).items() if name in told or name not in LEVELS}
    assert known == told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("昨天晚上明月家园有人打架", "明月家园"),
        ("5月1号五一路12号停电", "五一路12号"),
        ("五一期间五一路堵车", "五一路"),
        ("下午三点半白杨路积水", "白杨路"),
    ],
)
def test_a_time_is_no_part_of_a_name(reader: Language, text: str, words: str) -> None:
    place = one(reader, text)
    assert text[place.start : place.end] == words


@pytest.mark.parametrize(
    "text",
    [
        "我们小区太吵了",
        "打了110和12345，花了1204元",
        "一共四栋楼，都是六层的老楼",
        "高速公路上堵车，走投无路",
        "5楼到八楼的通道",
        "2003，8000，加起来",
        "领导住在哪里",
        "从一楼到三楼",
        "",
    ],
)
def test_no_place_where_none_is_named(reader: Language, text: str) -> None:
    assert read(reader, text) == []


@pytest.mark.parametrize(
    ("text", "words", "relative"),
    [
        ("桂花苑3幢后面堆垃圾", "桂花苑3幢后面", "behind"),
        ("桂花苑1栋楼下开酒吧", "桂花苑1栋楼下", "downstairs"),
        ("桂花苑南门外摆摊", "桂花苑南门外", "gate"),
        ("桂花苑地下车库积水", "桂花苑地下车库", "basement"),
        ("桂花苑3号楼楼道里有人", "桂花苑3号楼楼道里", "corridor"),
        ("学府路与友谊巷交叉口积水", "学府路与友谊巷交叉口", "crossing"),
        ("桂花苑8幢和9幢之间的路", "桂花苑8幢和9幢之间", "between"),
        ("学府路中心小学门口堵车", "学府路中心小学门口", "gate"),
        ("桂花苑3号楼对过二楼", "桂花苑3号楼对过二楼", "opposite"),
        ("桂花苑B座楼下的中心广场太吵", "桂花苑B座楼下的中心广场", "downstairs"),
    ],
)
def test_a_direction_behind_a_place(reader: Language, text: str, words: str, relative: str) -> None:
    place = one(reader, text)
    assert (text[place.start : place.end], place.relative, place.of) == (words, relative, "parts")


@pytest.mark.parametrize(
    ("text", "words", "relative", "told"),
    [
        ("我家楼上漏水", "我家楼上", "upstairs", {"building": "3", "unit": "1", "room": "601"}),
        ("我家楼下太吵", "我家楼下", "downstairs", {"building": "3", "unit": "1", "room": "401"}),
        ("我家楼上602漏水", "我家楼上602", "upstairs", {"building": "3", "unit": "1", "room": "602"}),
        ("对门502天天吵", "对门502", "opposite", {"building": "3", "unit": "1", "room": "502"}),
        ("他住我家对门", "我家对门", "opposite", {"building": "3", "unit": "1", "floor": "5"}),
        ("隔壁单元装修", "隔壁单元", "next_unit", {"building": "3"}),
        ("小区东门没人管", "小区东门", "gate", {}),
        ("楼顶漏水", "楼顶", "roof", {"building": "3", "unit": "1"}),
        ("楼道里堆东西", "楼道里", "corridor", {"building": "3", "unit": "1"}),
        ("地下车库积水", "地下车库", "basement", {}),
        ("我家门口被泼水", "我家门口", "front", {"building": "3", "unit": "1", "room": "501"}),
        ("9号楼停水", "9号楼", "same", {"building": "9"}),
    ],
)
def test_from_the_callers_home(reader: Language, text: str, words: str, relative: str, told: dict[str, str]) -> None:
    place = one(reader, text, HOME)
    assert (text[place.start : place.end], place.relative, place.of) == (words, relative, "home")
    assert parts(place.address) == {"county": "青枫区", "street": "梧桐街道", "compound": "桂花苑"} | told


def test_from_the_place_spoken_of_before(reader: Language) -> None:
    text = "桂花苑3幢1单元501，楼下401也漏，隔壁单元没事，602漏得少。"
    first, below, beside, door = read(reader, text, StandardAddress.parse("翠湖花园1幢101"))
    assert (first.relative, below.of, beside.of, door.of) == (None, "text", "text", "text")
    assert [parts(place.address).get("room") for place in (first, below, beside, door)] == ["501", "401", None, "602"]
    assert all(parts(place.address)["compound"] == "桂花苑" for place in (below, beside, door))


def test_without_an_anchor_nothing_is_made_up(reader: Language) -> None:
    place = one(reader, "我家楼上漏水")
    assert (place.relative, place.of, place.address) == ("upstairs", "home", None)
    assert parts(one(reader, "我家楼上601漏水").address) == {"room": "601"}


def test_a_wrong_district_is_put_right_where_only_one_can_be_meant(reader: Language) -> None:
    place = one(reader, "白云区梧桐街道桂花苑3幢漏水")
    assert place.problems == ("梧桐街道不属于白云区，已按青枫区处理",)
    assert parts(place.address) == LEVELS | {"compound": "桂花苑", "building": "3"}
    moved = one(reader, "梧桐街道翠湖花园5栋")
    assert moved.problems == ("翠湖花园不属于梧桐街道，已按青枫区南桥街道处理",)
    assert parts(moved.address)["street"] == "南桥街道"


def test_a_wrong_district_stays_where_several_can_be_meant(reader: Language) -> None:
    place = one(reader, "家在白云区城关镇")
    assert place.problems == ("城关镇不属于白云区，且有多处同名，未作更正",)
    assert parts(place.address)["county"] == "白云区"


def test_what_fits_has_no_problem(reader: Language) -> None:
    assert one(reader, "青枫区梧桐街道枫桥社区桂花苑3幢").problems == ()


@pytest.mark.parametrize(
    ("anchor", "relative", "wanted"),
    [
        ("桂花苑3幢1单元501室", "upstairs", "桂花苑3栋1单元601室"),
        ("桂花苑3幢1单元1204室", "downstairs", "桂花苑3栋1单元1104室"),
        ("桂花苑3幢1单元901室", "upstairs", "桂花苑3栋1单元1001室"),
        ("桂花苑3幢1单元101室", "downstairs", None),
        ("桂花苑3幢1单元4层", "upstairs", "桂花苑3栋1单元5层"),
        ("桂花苑3幢1单元", "upstairs", "桂花苑3栋1单元"),
        ("桂花苑3幢1单元12345室", "upstairs", "桂花苑3栋1单元"),
        ("桂花苑3幢1单元501室", "next_door", "桂花苑3栋1单元5层"),
        ("桂花苑3幢1单元501室", "next_building", "桂花苑"),
        ("桂花苑3幢1单元501室", "gate", "桂花苑"),
        ("学府路12号", "behind", "学府路12号"),
    ],
)
def test_arithmetic_of_directions(anchor: str, relative: str, wanted: str | None) -> None:
    found = resolve(StandardAddress.parse(anchor), relative)
    assert (found.text if found else None) == wanted


def test_the_opposite_door_is_sure_only_of_two() -> None:
    anchor = StandardAddress.parse("桂花苑3幢1单元502室")
    sides = [resolve(anchor, "opposite", doors=doors) for doors in (None, 2, 4)]
    assert [side.text if side else None for side in sides] == [
        "桂花苑3栋1单元5层",
        "桂花苑3栋1单元501室",
        "桂花苑3栋1单元5层",
    ]


@given(st.integers(1, 40), st.integers(1, 20))
def test_up_and_down_again_is_where_one_was(floor: int, door: int) -> None:
    anchor = at_door(HOME, {"room": f"{floor}{door:02d}"})
    assert anchor is not None
    above = resolve(anchor, "upstairs")
    assert above is not None
    assert above.room == f"{floor + 1}{door:02d}"
    assert resolve(above, "downstairs") == anchor
    assert down_to(above, "unit") == down_to(anchor, "unit")


@given(st.text(alphabet="我家楼上下隔壁对门3幢栋号单元501室桂花苑学府路，。的青枫区 门口后面里", max_size=40))
def test_spans_lie_apart_and_in_the_text(reader: Language, text: str) -> None:
    end = 0
    for place in read(reader, text, HOME):
        assert end <= place.start < place.end <= len(text)
        end = place.end


@pytest.mark.parametrize("piece", ["青枫区", "桂花苑3幢1单元501，", "学府路与", "路", "楼上", "12号", "白杨路12号，"])
def test_a_long_text_is_read_in_linear_time(reader: Language, piece: str) -> None:
    started = clock.process_time()
    read(reader, piece * (18_000 // len(piece)), HOME)
    assert clock.process_time() - started < 5


def test_gold_places_are_found_and_taken_apart(reader: Language) -> None:
    """Every file of the gold set, without a gazetteer of its town."""
    found = wanted = hit = 0
    for gold in read_gold():
        home = StandardAddress.parse(gold.home) if gold.home else None
        doc = reader.make_doc(gold.text)
        doc._.at, doc._.home = gold.at, home
        places = reader(doc)._.places
        found += len(places)
        wanted += len(gold.addresses)
        hit += sum(any(a.start < p.end and p.start < a.end for p in places) for a in gold.addresses)
    assert hit / wanted > 0.8
    assert found < 1.2 * wanted


def test_a_direction_from_home_is_where_the_matter_is_when_nothing_else_was_said(gazetteer: Gazetteer) -> None:
    home = StandardAddress.parse("青枫区梧桐街道桂花苑3幢1单元501室")
    reading = read_text("我家楼上天天半夜装修，吵得睡不着", gazetteer, home=home)
    assert reading.place is not None
    assert reading.place.room == "601"
    assert read_text("我家楼上天天半夜装修，吵得睡不着", gazetteer).place is None


def test_home_is_where_the_matter_is_when_the_text_tells_of_it_alone(gazetteer: Gazetteer) -> None:
    home = StandardAddress.parse("青枫区梧桐街道桂花苑3幢1单元501室")
    assert read_text("我家里煤气味很大，快来人", gazetteer, home=home).place == home
    assert read_text("路灯坏了好几天", gazetteer, home=home).place is None
