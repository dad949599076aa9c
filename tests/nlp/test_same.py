# Calls are written here in our own words and read by the real reader with the small gazetteer of `conftest`; the vault
# is a real one under a throw-away key. Floods and random towns of calls are made from imprints alone.
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import CryptoSuite
from core.values import value_type
from governance.keys import MasterKey
from governance.sealing import SealingVault
from nlp.gazetteer import Gazetteer
from nlp.reading import read_text
from nlp.same.calls import Call, calls_of
from nlp.same.candidates import REACH, candidate_pairs, stirred
from nlp.same.imprint import Imprint, imprint
from nlp.same.matters import LONGEST_ROW, Place, join, matter_id
from nlp.same.minhash import PERMUTATIONS, minhash, neutral

VAULT = SealingVault(MasterKey(CryptoSuite.AES, bytes(range(32))), CryptoSuite.AES)
KEY = b"k" * 16
DAY = datetime.fromisoformat("2026-03-02T09:00:00")
PIANO = "桂花苑3幢601每天晚上弹钢琴弹到十一点，吵得我们一家人睡不好觉，要求社区上门调解一下。"
PHONE, OTHER = "16012345670", "16087654321"

Teller = Callable[..., Call]


def phone_index(phone: str) -> str:
    return VAULT.blind_index(value_type("phone").key(phone), value_type="phone")


@pytest.fixture(scope="session")
def told(gazetteer: Gazetteer) -> Teller:
    """A call as it is kept: `days` after the first day, by the holder of a phone."""

    def make(name: str, text: str, days: float = 0, phone: str | None = None, number: str = "") -> Call:
        at = DAY + timedelta(days=days)
        reading = read_text(text, gazetteer, event_id=f"evt_{name}", at=at)
        assert reading.reason is None, reading.reason
        callers = (phone_index(phone),) if phone else ()
        return Call(imprint(reading, text, VAULT, number=number), at, callers)

    return make


def places(*calls: Call) -> dict[str, Place]:
    return {place.event_id.removeprefix("evt_"): place for place in join(calls_of(calls))}


def test_the_same_caller_again_follows_the_last_call(told: Teller) -> None:
    found = places(
        told("one", PIANO, phone="16012345670"),
        told("two", "我上次反映的弹琴的事，社区来过，好了两天又开始了，桂花苑3幢601晚上还在弹钢琴。", 9, "16012345670"),
        told("three", "这是第三次打电话了，还是桂花苑3幢601弹琴的事，到现在没解决。", 20, "16012345670"),
    )
    assert {place.matter for place in found.values()} == {"mat_one"}
    assert found["one"].relation is None
    assert (found["two"].relation, found["two"].to) == ("follows", "evt_one")
    assert (found["three"].relation, found["three"].to) == ("follows", "evt_two")
    assert "同一来电人" in (found["two"].reason or "")
    assert "说到上次反映的事" in (found["two"].reason or "")


def test_a_cited_work_order_number_is_enough(told: Teller) -> None:
    later = told("later", "补充工单RX-20260302-000123的情况，隔壁今天又来人量了一次，请尽快答复我们。", 12)
    found = places(told("first", PIANO, number="RX-20260302-000123"), later)
    assert (found["later"].relation, found["later"].to) == ("follows", "evt_first")
    assert "工单号" in (found["later"].reason or "")


def test_a_copied_text_from_the_same_door_is_a_duplicate_of_the_first(told: Teller) -> None:
    copies = [told(f"c{day}", PIANO.replace("十一点", f"{9 + day}点"), day, f"1601234567{day}") for day in range(3)]
    found = places(*copies)
    assert [found[name].relation for name in ("c0", "c1", "c2")] == [None, "duplicate", "duplicate"]
    assert {found["c1"].to, found["c2"].to} == {"evt_c0"}


@pytest.mark.parametrize(
    ("text", "days", "phone"),
    [
        ("翠湖花园5幢每天晚上有人弹钢琴弹到十一点，吵得我们一家人睡不好觉，要求社区上门调解一下。", 1, "16087654321"),
        ("枫林路88号的面馆拖欠我三个月工资一万二千元，老板不接电话，请劳动监察帮我要回来。", 3, "16012345670"),
        ("桂花苑3幢楼道里堆满了纸箱和旧家具，消防通道都堵住了，请物业清理。", 2, "16087654321"),
    ],
    ids=["another compound", "the same caller about something else", "the same building about something else"],
)
def test_what_only_looks_alike_stays_apart(told: Teller, text: str, days: float, phone: str) -> None:
    found = places(told("one", PIANO, phone="16012345670"), told("other", text, days, phone))
    assert found["other"].matter == "mat_other"
    assert found["other"].relation is None


def test_who_was_complained_of_and_complains_is_in_the_same_matter(told: Teller) -> None:
    first = told(
        "one", "桂花苑3幢402漏水把我家天花板泡坏了，户主叫裴勇，电话16127225711，要求他赔偿维修。", 0, "16012345670"
    )
    answer = told(
        "two", "我是402的业主，楼下说我家漏水，其实是公共水管漏水，天花板泡坏不该我赔偿，请调解。", 3, "16127225711"
    )
    assert places(first, answer)["two"].matter == "mat_one"


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("华辰物业的保安打人了，人还在流血。", PHONE),
        ("华辰物业把绿化砍了。", PHONE),
        ("我上次反映过的，华辰物业把绿化砍了。", PHONE),
        ("华辰物业的保安打人了，人还在流血。", OTHER),
    ],
    ids=["an assault", "another kind", "another kind, with a call cited that was elsewhere", "another caller"],
)
def test_one_company_is_not_one_matter(told: Teller, text: str, phone: str) -> None:
    found = places(told("one", "华辰物业电梯不修。", phone=PHONE), told("other", text, 1, phone))
    assert found["other"].matter == "mat_other"


def test_words_within_names_are_no_likeness(told: Teller) -> None:
    call = told("one", "华辰物业乱收停车费，翠湖花园的物业费也涨了。")
    assert "物业" not in call.imprint.words
    assert "物业费" in call.imprint.words


@pytest.mark.parametrize("phone", [PHONE, OTHER], ids=["the same caller", "a neighbour"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("桂花苑3幢电梯坏了三天了，一直停在一楼。", "桂花苑3幢电梯坏了，停在一楼和二楼当中，现在有人困在电梯里了！"),
        ("桂花苑3幢电梯坏了，现在有人困在电梯里了！", "我上次反映的电梯的事，桂花苑3幢电梯坏了三天了。"),
        ("桂花苑3幢305室天花板漏水，墙都湿了。", "桂花苑3幢106室厨房的顶上也漏水，天花板起泡。"),
        ("桂花苑3幢电梯又坏了。", "桂花苑3幢电梯里有人打人，人还在流血。"),
    ],
    ids=["an emergency after", "an emergency before", "another door", "an assault at the same lift"],
)
def test_what_somebody_has_to_go_to_stays_a_matter_of_its_own(
    told: Teller, before: str, after: str, phone: str
) -> None:
    found = places(told("one", before, phone=PHONE), told("other", after, 1, phone))
    assert found["other"].matter == "mat_other"


def test_an_emergency_is_not_joined_even_where_a_work_order_is_cited(told: Teller) -> None:
    first = told("one", "桂花苑3幢电梯坏了三天了，一直停在一楼。", phone=PHONE, number="RX-20260302-000123")
    cited = "工单RX-20260302-000123的电梯，桂花苑3幢现在有人困在电梯里了！"
    assert places(first, told("other", cited, 1, PHONE))["other"].matter == "mat_other"


def test_two_emergencies_are_joined(told: Teller) -> None:
    text = "桂花苑3幢电梯坏了，停在一楼和二楼当中，现在有人困在电梯里了！"
    found = places(told("one", text, phone=PHONE), told("other", text, 0.01, OTHER))
    assert found["other"].matter == "mat_one"


def test_a_reason_says_of_one_kind_only_what_is_of_one_kind(told: Teller) -> None:
    """The first call may be a matter of the other's kind, too; it is told to be of another."""
    one, other = ("0202", "0201"), ("0201", "0202")
    base = told("x", "桂花苑3幢电梯坏了三天了，一直停在一楼。", phone=PHONE, number="RX-20260302-000123")
    later = told("y", "工单RX-20260302-000123，桂花苑3幢电梯坏了五天了。", 1, PHONE)

    def reason_of(categories: tuple[str, ...]) -> str:
        calls = [replace(call, imprint=replace(call.imprint, categories=codes)) for call, codes in
                 ((base, one), (later, categories))]  # fmt: skip
        return places(*calls)["y"].reason or ""

    assert "同一类诉求" in reason_of(one)
    assert "工单号" in reason_of(other)
    assert "同一类诉求" not in reason_of(other)


def test_names_doors_and_numbers_do_not_rest_in_an_imprint(told: Teller) -> None:
    text = "我叫许慧，电话16012345670，桂花苑3幢402的裴勇家漏水，身份证88010219900101123X，请处理。"
    kept = repr(told("one", text, number="RX-1").imprint)
    for word in ("许慧", "裴勇", "16012345670", "桂花苑", "402", "8801", "RX"):
        assert word not in kept


def test_the_wording_is_compared_without_names_and_numbers() -> None:
    one = "3月5号楼上又漏水了，天花板塌了一块，物业说不归他们管，我们都不知道该找谁。"
    other = "4月17号楼上又漏水了，天花板塌了一块；物业说不归他们管，我们都不知道该找谁！"
    assert neutral(one) == neutral(other)
    assert similarity(one, other) == 1.0
    assert similarity(one, "小区东门的路灯坏了半个月，晚上回家黑灯瞎火，老人摔了一跤，请派人修一下。") < 0.1
    assert minhash(neutral("太吵了"), KEY) is None


def similarity(one: str, other: str) -> float:
    first, second = minhash(neutral(one), KEY), minhash(neutral(other), KEY)
    assert first is not None
    assert second is not None
    return float((first == second).mean())


def test_an_estimate_is_near_the_true_similarity() -> None:
    rng = Random(4)
    letters = [chr(0x4E00 + place) for place in range(3000)]
    for share in (0.2, 0.5, 0.8):
        errors = []
        for _ in range(40):
            text = "".join(rng.choices(letters, k=300))
            kept = int(300 * 2 * share / (1 + share))
            other = text[:kept] + "".join(rng.choices(letters, k=300 - kept))
            errors.append(similarity(text, other) - share)
        assert abs(float(np.mean(errors))) < 3 / (40 * PERMUTATIONS) ** 0.5


@given(st.text(max_size=300))
def test_any_text_has_an_imprint(text: str) -> None:
    reading = read_text(text, Gazetteer(), event_id="evt_x")
    assert imprint(reading, text, VAULT).event_id == "evt_x"


# --- what tells matters apart -----------------------------------------------------------------------------------
FORMS = {
    "plate": "车牌@的小轿车长期停在桂花苑消防通道上，物业说管不了，请交警尽快来处理，谢谢。",
    "wage": "我在桂花苑工地做工，老板@拖欠我三个月工资一万二千元，电话不接，请劳动监察帮我要回来。",
    "above": "我家楼上@每天晚上装修到十一点，电钻声吵得我们一家人睡不好觉，要求社区上门调解一下。",
    "door": "桂花苑3幢@每天晚上弹钢琴弹到十一点，吵得我们一家人睡不好觉，要求社区上门调解一下。",
    "order": "我在枫林路的家电城买了冰箱，订单号@，送来就是坏的，商家一直不肯退款，请帮助处理。",
    "shop": "枫林路@号的面馆油烟直排，熏得楼上居民不敢开窗，请环保部门查处并要求安装净化设备。",
    "shopn": "枫林路上的@油烟直排，熏得楼上居民不敢开窗，请环保部门查处并要求安装净化设备。",
    "money": "枫林路的健身房关门了，@，老板电话不接，要求退还预付的会员费，请市场监管部门帮助。",
    "lamp": "我家住桂花苑@，门口的路灯坏了半个月，晚上回家黑灯瞎火，老人摔了一跤，请派人修一下。",
    "leak": "我住桂花苑@，家里天花板漏水，墙皮都掉了，找物业报修半个月没人来，请尽快派人维修。",
    "groupf": "【物业问题】房屋地址：桂花苑@。业主反映物业乱收停车费，拒绝公开账目，要求主管部门查处并退费。",
    "heat": "桂花苑@室，家里暖气不热，室温只有十四度，多次找热力公司没有解决，请督促尽快维修。",
    "dog": "住在桂花苑@的一家养了三条大狗，遛狗从来不拴绳，孩子被吓哭好几次，要求上门管一管。",
    "nb": "楼上邻居@天天半夜打麻将，声音很大，桂花苑5幢整栋楼都睡不好，请民警上门处理。",
}
"""Forms of complaints; @ is what those who fill them in write."""

APART = [
    ("plate", "云A12345", "云A67890", OTHER),
    ("plate", "云A·12345", "云A·12346", OTHER),
    ("plate", "云A12345", "云A67890", PHONE),
    ("plate", "浙AD12345", "浙AF54321", OTHER),
    ("plate", "云A12345、云A23456", "云A67890", OTHER),
    ("wage", "张建国", "李大伟", OTHER),
    ("wage", "张建国", "李大伟", PHONE),
    ("wage", "张伟", "李伟", OTHER),
    ("wage", "张某", "李某", OTHER),
    ("wage", "老张", "老李", OTHER),
    ("wage", "张强", "张伟", OTHER),
    ("wage", "欧阳建国", "张建国", OTHER),
    ("above", "602", "702", OTHER),
    ("above", "602室", "702室", PHONE),
    ("door", "601", "602", OTHER),
    ("door", "2单元601", "1单元601", OTHER),
    ("order", "2026030112345678", "2026030187654321", OTHER),
    ("order", "2026030112345678", "2026030187654321", PHONE),
    ("shop", "12", "88", OTHER),
    ("shopn", "老周面馆", "兰州拉面馆", OTHER),
    ("shopn", "胖子烧烤店", "小李烧烤店", OTHER),
    ("money", "我叫陈立军，交了三千六百元", "我叫吴小梅，交了一千八百元", OTHER),
    ("lamp", "3幢602", "3幢301", OTHER),
    ("lamp", "3幢1单元602室", "8幢2单元301室", OTHER),
    ("leak", "3幢602室", "3幢402室", OTHER),
    ("leak", "3幢602室", "5幢402室", OTHER),
    ("heat", "3幢602", "3幢701", OTHER),
    ("dog", "3幢602", "3幢702", OTHER),
    ("dog", "3幢602", "4幢602", OTHER),
    ("nb", "张建国", "李大伟", OTHER),
    ("nb", "老张", "老李", OTHER),
    ("groupf", "3幢602室", "3幢301室", OTHER),
]
TOGETHER = [
    ("plate", "云A12345", "云a12345", OTHER),
    ("plate", "云A12345", "云A12345", OTHER),
    ("plate", "云A12345、云A67890", "云A67890", OTHER),
    ("plate", "云A12345", "云A 12345", OTHER),
    ("wage", "张建国", "张健国", OTHER),
    ("wage", "张建国", "张建固", OTHER),
    ("wage", "张建国", "张某", OTHER),
    ("wage", "张建国", "老张", OTHER),
    ("wage", "张伟", "张炜", OTHER),
    ("wage", "张某", "张某某", OTHER),
    ("wage", "张建国", "张总", OTHER),
    ("wage", "张建国", "", OTHER),
    ("wage", "", "张建国", OTHER),
    ("nb", "老张", "张建国", OTHER),
    ("nb", "姓张的", "张先生", OTHER),
    ("nb", "", "张先生", OTHER),
    ("above", "602", "602室", PHONE),
    ("door", "601", "601室", OTHER),
    ("door", "601", "", OTHER),
    ("door", "", "601", OTHER),
    ("door", "2单元601", "601", OTHER),
    ("door", "1单元", "1单元601", OTHER),
    ("shop", "12", "12", OTHER),
    ("shopn", "老周面馆", "青枫区老周面馆", OTHER),
    ("order", "2026030112345678", "2026030112345678", OTHER),
    ("lamp", "3幢602", "3幢602室", PHONE),
    ("leak", "3幢602室", "3幢602室", PHONE),
    ("dog", "3幢602", "3幢", OTHER),
    ("dog", "3幢", "3幢602", OTHER),
    ("dog", "3幢602", "3号楼602室", OTHER),
]


def filled(told: Teller, form: str, one: str, other: str, phone: str) -> dict[str, Place]:
    first = told("one", FORMS[form].replace("@", one), phone=PHONE)
    return places(first, told("other", FORMS[form].replace("@", other), 1, phone))


@pytest.mark.parametrize(("form", "one", "other", "phone"), APART)
def test_a_form_filled_in_for_something_else_is_another_matter(
    told: Teller, form: str, one: str, other: str, phone: str
) -> None:
    assert filled(told, form, one, other, phone)["other"].matter == "mat_other"


@pytest.mark.parametrize(("form", "one", "other", "phone"), TOGETHER)
def test_what_is_left_out_or_misspelt_makes_no_other_matter(
    told: Teller, form: str, one: str, other: str, phone: str
) -> None:
    assert filled(told, form, one, other, phone)["other"].matter == "mat_one"


def test_a_call_that_names_no_car_does_not_bring_two_cars_together(told: Teller) -> None:
    texts = [FORMS["plate"].replace("@", plate) for plate in ("云A12345", "", "云A67890")]
    found = places(*(told(str(day), text, day, f"1601234567{day}") for day, text in enumerate(texts)))
    assert [found[name].matter for name in ("0", "1", "2")] == ["mat_0", "mat_0", "mat_2"]


def test_short_words_without_a_place_join_nobody(told: Teller) -> None:
    text = "门口的路灯坏了半个月没人修，晚上看不见路，请派人来修。"
    assert places(told("one", text, phone=PHONE), told("other", text, 1, OTHER))["other"].matter == "mat_other"


def test_a_campaign_in_one_wording_is_as_many_matters_as_doors() -> None:
    hashes = minhash(neutral(PIANO + FORMS["leak"]), KEY)
    assert hashes is not None
    one = Imprint("", spots=("s",), categories=("0301",), wording=hashes.astype("<u4").tobytes())
    flood = [
        Call(
            replace(one, event_id=f"evt_{number:05d}", doors=(f"d{number}",) if number % 10 else ()),
            DAY + timedelta(minutes=number),
        )
        for number in range(3_000)
    ]
    found = join(calls_of(flood))
    assert len({place.matter for place in found}) >= 2_700


def test_the_way_from_any_call_of_one_caller_to_the_first_is_short() -> None:
    one = Imprint("", spots=("s",), categories=("0104",), again=("refers",), words=("钢琴", "噪音"))
    calls = [
        Call(replace(one, event_id=f"evt_{number:05d}"), DAY + timedelta(days=number), ("phone",))
        for number in range(200)
    ]
    found = {place.event_id: place for place in join(calls_of(calls))}
    assert {place.matter for place in found.values()} == {"mat_00000"}
    rows = {"evt_00000": 0}
    for event_id, place in found.items():
        if place.to is not None:
            rows[event_id] = rows[place.to] + 1
    assert max(rows.values()) <= LONGEST_ROW + 1


# --- many calls ----------------------------------------------------------------------------------------------


def crowd(count: int, seed: int) -> list[Call]:
    """Calls that share few places, people and categories, so that blocks overlap in every way."""
    rng = Random(seed)

    def some(kind: str, most: int, kinds: int) -> tuple[str, ...]:
        return tuple(f"{kind}{rng.randrange(kinds)}" for _ in range(rng.randint(0, most)))

    return [
        Call(
            Imprint(
                event_id=f"evt_{number:05d}",
                spots=some("spot", 2, 12),
                buildings=some("building", 1, 30),
                doors=some("door", 1, 90),
                categories=some("0", 1, 4),
                subjects=some("subject", 1, 20),
                people=some("caller", 1, 40),
                again=rng.choice([(), (), ("refers",)]),
                words=some("word", 4, 9),
            ),
            DAY + timedelta(minutes=rng.randrange(60 * 24 * 120)),
            some("caller", 1, 40),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_arrival_changes_nothing(seed: int) -> None:
    calls = crowd(300, seed)
    shuffled = Random(seed).sample(calls, len(calls))
    assert join(calls_of(calls)) == join(calls_of(shuffled))


@pytest.mark.parametrize("seed", range(5))
def test_every_matter_is_a_tree_below_its_oldest_call(seed: int) -> None:
    calls = {call.imprint.event_id: call for call in crowd(300, seed)}
    found = {place.event_id: place for place in join(calls_of(calls.values()))}
    assert any(place.relation for place in found.values())
    for place in found.values():
        first, steps = place, 0
        while first.to is not None:
            before = found[first.to]
            assert (calls[before.event_id].at, before.event_id) < (calls[first.event_id].at, first.event_id)
            first, steps = before, steps + 1
            assert steps < len(calls)
        assert place.matter == matter_id(first.event_id)
        assert (place.relation is None) == (place.to is None) == (place.reason is None)


def test_a_flood_makes_few_pairs_and_one_matter() -> None:
    one = Imprint("", spots=("s",), buildings=("b",), categories=("0901",), words=("停水", "水压"))
    flood = [
        Call(replace(one, event_id=f"evt_{number:05d}"), DAY + timedelta(minutes=number)) for number in range(5_000)
    ]
    calls = calls_of(flood)
    first, _ = candidate_pairs(calls)
    assert len(first) <= REACH * len(calls)
    assert {place.matter for place in join(calls)} == {"mat_00000"}


def test_the_time_grows_with_the_number_of_calls() -> None:
    def seconds(count: int) -> float:
        calls = calls_of(crowd(count, 1))
        start = process_time()
        join(calls)
        return process_time() - start

    seconds(500)
    assert seconds(8_000) < 40 * seconds(1_000)


def test_who_stands_behind_a_new_call_is_stirred_and_nobody_else() -> None:
    one = Imprint("", buildings=("b",))
    calls = calls_of(
        Call(replace(one, event_id=f"evt_{number:03d}"), DAY + timedelta(hours=number)) for number in range(60)
    )
    behind = stirred(calls, {"evt_020"})
    assert {f"evt_{number:03d}" for number in range(21, 21 + REACH)} <= behind
    assert "evt_019" not in behind
    assert "evt_059" not in behind
