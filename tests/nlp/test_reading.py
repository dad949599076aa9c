"""What a clerk would expect of a reading: sentences of our own, each with what must be understood."""

from __future__ import annotations

import pytest

from nlp.gazetteer import Gazetteer
from nlp.reading import Reading, read_text


def parties(reading: Reading) -> list[tuple[str, str, str]]:
    return [(party.role, party.kind, party.surface) for party in reading.parties]


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("我住在桂花苑3号楼501，楼上漏水。", ("桂花苑", "3", None, "501")),
        ("青枫区梧桐街道桂花苑5栋2单元门口堆满垃圾", ("桂花苑", "5", "2", None)),
        ("地址：翠湖花园三栋二单元一〇五室。", ("翠湖花园", "3", "2", "105")),
        ("桂花苑小区3-2-501一直没有供暖", ("桂花苑", "3", "2", "501")),
        ("我们桂花苑没人管，3栋2单元的灯坏了半年", ("桂花苑", "3", "2", None)),
        ("翠湖花園8號樓半夜有人唱歌", ("翠湖花园", "8", None, None)),
        ("桂花苑１２号楼９０１室噪音扰民", ("桂花苑", "12", None, "901")),
        ("就在枫林路25号301这里", (None, None, None, "301")),
    ],
)
def test_place_down_to_the_door(
    gazetteer: Gazetteer, text: str, door: tuple[str | None, str | None, str | None, str | None]
) -> None:
    place = read_text(text, gazetteer).place
    assert place is not None
    assert (place.compound, place.building, place.unit, place.room) == door


def test_a_neighbours_door_is_not_the_place(gazetteer: Gazetteer) -> None:
    reading = read_text("我长期住桂花苑小区5号楼，701那家跟我对骂", gazetteer)
    assert reading.place_text == "桂花苑小区5号楼"
    assert [party.surface for party in reading.parties if party.role == "respondent"] == ["701那家"]


def test_a_short_compound_name_needs_more_than_its_characters() -> None:
    short = Gazetteer.of([("幸福", "compound", "cmp_xingfu")])
    assert read_text("大家都想过上幸福生活", short).place is None
    for text in ("我住幸福小区", "幸福3栋的电梯坏了"):
        place = read_text(text, short).place
        assert place is not None
        assert place.compound == "幸福"


def test_place_is_completed_from_the_gazetteer(gazetteer: Gazetteer) -> None:
    reading = read_text("桂花苑3栋的电梯坏了", gazetteer)
    assert reading.place is not None
    assert (reading.place.county, reading.place.street, reading.place.community) == ("青枫区", "梧桐街道", "枫桥社区")
    assert reading.place_keys == ("cmp_guihua",)
    assert reading.place_text == "桂花苑3栋"


def test_compound_and_road_that_no_list_knows() -> None:
    reading = read_text("我家住在明月家园6栋301，投诉楼下烧烤店油烟", Gazetteer())
    assert reading.place is not None
    assert (reading.place.compound, reading.place.building, reading.place.room) == ("明月家园", "6", "301")
    road = read_text("督促尽快修好白杨路12号门前的井盖", Gazetteer()).place
    assert road is not None
    assert (road.road, road.road_no) == ("白杨路", "12")


@pytest.mark.parametrize("text", ["我们小区太吵了", "两万块钱3个月不还", "高速公路上堵车", "领导不管，走投无路"])
def test_no_place_where_none_is_named(text: str) -> None:
    assert read_text(text, Gazetteer()).place is None


def test_relative_places_are_kept_as_said(gazetteer: Gazetteer) -> None:
    reading = read_text("我家楼上漏水，小区东门也没人管", gazetteer)
    told = [("我家楼上漏水，小区东门也没人管"[place.start : place.end], place.relative) for place in reading.places]
    assert told == [("我家楼上", "upstairs"), ("小区东门", "gate")]
    assert reading.place is None


def test_complainant_and_respondent_with_phone(gazetteer: Gazetteer) -> None:
    reading = read_text("我是桂花苑3栋的业主王建国，电话160 1234 5678，邻居李秀英半夜弹钢琴。", gazetteer)
    assert parties(reading) == [("complainant", "person", "王建国"), ("respondent", "person", "李秀英")]
    assert reading.parties[0].phone == "16012345678"
    assert reading.parties[1].name == "李秀英"


def test_own_phone_goes_to_the_complainant(gazetteer: Gazetteer) -> None:
    reading = read_text("本人李梅，被老板马大明打伤。我的联系电话16112345678", gazetteer)
    assert [(party.surface, party.phone) for party in reading.parties] == [("李梅", "16112345678"), ("马大明", None)]


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("投诉邻居张某在楼道堆放杂物", "张某"),
        ("301住着一个姓刘的租户，天天打麻将", "姓刘的租户"),
        ("楼下王大妈每天跳广场舞放音乐", "王大妈"),
        ("许甲占了公共走道", "许甲"),
        ("楼上住户往下扔烟头", "楼上住户"),
        ("房东不退押金", "房东"),
        ("赵姓男子持刀威胁", "赵姓男子"),
    ],
)
def test_people_without_a_full_name(gazetteer: Gazetteer, text: str, surface: str) -> None:
    party = read_text(text, gazetteer).parties[0]
    assert (party.surface, party.kind, party.name) == (surface, "person", None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("听说贾洁天天喂流浪狗", "贾洁"),
        ("李军一直在楼道堆东西", "李军"),
        ("要求张文静停止骚扰", "张文静"),
        ("我姓名阿迪力·阿卜杜拉，住三楼", "阿迪力·阿卜杜拉"),
        ("楼道被欧阳小梅占了", "欧阳小梅"),
    ],
)
def test_full_names_end_where_they_end(text: str, name: str) -> None:
    assert [party.name for party in read_text(text, Gazetteer()).parties] == [name]


@pytest.mark.parametrize("form", ["澜江市华辰物业管理有限公司", "华辰物业管理有限公司", "华辰物业"])
def test_organization_by_any_of_its_forms(gazetteer: Gazetteer, form: str) -> None:
    found = [p for p in read_text(f"{form}乱收费，物业也不公示。", gazetteer).parties if p.kind == "organization"]
    assert [(p.org, p.name) for p in found] == [("org_huachen", "澜江市华辰物业管理有限公司")]
    assert len(found[0].mentions) == 2


def test_an_agency_is_the_respondent_only_when_complained_of(gazetteer: Gazetteer) -> None:
    asked = read_text("我向梧桐街道办事处反映过漏水", gazetteer).parties
    assert [(party.role, party.org) for party in asked] == [("complainant", None), ("agency", "org_street")]
    blamed = read_text("投诉梧桐街道办事处不作为", gazetteer).parties
    assert [(party.role, party.org) for party in blamed] == [("respondent", "org_street")]


def test_ambiguous_short_form_is_no_silent_guess() -> None:
    two = Gazetteer.of(
        [("澜江市恒泰餐饮有限公司", "organization", "org_a"), ("青枫区恒泰餐饮服务部", "organization", "org_b")]
    )
    party = read_text("恒泰餐饮油烟太大", two).parties[0]
    assert (party.surface, party.org, party.name) == ("恒泰餐饮", None, None)


@pytest.mark.parametrize(
    "text", ["周边环境很差，任何人都不管", "我是经常路过的人", "希望严查", "物业费太贵", "感谢大家", "他说我们不对"]
)
def test_everyday_words_are_nobody(text: str) -> None:
    assert {party.surface for party in read_text(text, Gazetteer()).parties} <= {"我", "我们", "他"}


def test_mentions_of_one_person_are_one_party(gazetteer: Gazetteer) -> None:
    reading = read_text("我找到房东陈志强，陈志强不退押金，后来陈先生电话也不接，房东还骂人。", gazetteer)
    assert [party.surface for party in reading.parties] == ["我", "陈志强"]
    assert len(reading.parties[1].mentions) == 4


def test_roles_by_the_words_around(gazetteer: Gazetteer) -> None:
    reading = read_text("受害人吴小燕被打伤，调解员周建平来调解过，孙大爷可以作证", gazetteer)
    assert [(party.role, party.surface) for party in reading.parties] == [
        ("victim", "吴小燕"),
        ("mediator", "周建平"),
        ("bystander", "孙大爷"),
    ]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("楼上半夜拖椅子，脚步声很大，吵得睡不着", "噪音扰民"),
        ("卫生间天花板漏水，渗水发霉", "渗漏水"),
        ("包工头拖欠工资，农民工讨薪", "拖欠工资"),
        ("电梯故障困人，维保不到位", "电梯故障"),
        ("养狗不牵绳，还咬人", "犬只管理"),
    ],
)
def test_category(text: str, category: str) -> None:
    assert read_text(text, Gazetteer()).category_name == category


def test_unsure_is_said(gazetteer: Gazetteer) -> None:
    reading = read_text("今天天气不错", gazetteer)
    assert reading.category is None
    assert reading.category_score == 0.0


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("家里有煤气味，快来人", "emergency"),
        ("他持刀威胁要杀人", "emergency"),
        ("多次投诉没有结果", "urgent"),
        ("现在没有起火，只是灯坏了", "normal"),
        ("路灯坏了", "normal"),
    ],
)
def test_urgency(text: str, urgency: str) -> None:
    assert read_text(text, Gazetteer()).urgency == urgency


def test_identifiers_do_not_become_doors(gazetteer: Gazetteer) -> None:
    reading = read_text("桂花苑16012345678请回电", gazetteer)
    assert reading.place is not None
    assert reading.place.room is None
    assert ("identifiers.phone", 3, 14) in reading.spans
