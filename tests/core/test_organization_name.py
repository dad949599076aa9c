"""Names of organizations and their parts."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.values import InvalidValue, OrganizationName, value_type

NAME = value_type("organization_name")

TRADES = ("物业管理", "物业服务", "餐饮", "装饰工程", "网络科技", "家政服务", "商贸", "停车管理", "物流")
trade_names = st.text("华辰恒泰鑫隆嘉瑞诚佳博远", min_size=2, max_size=3)


@given(st.sampled_from(("澜江市", "青枫区", "云泽省", "澜江", "")), trade_names, st.sampled_from(TRADES))
def test_the_parts_of_a_company_name(region: str, trade_name: str, trade: str) -> None:
    name = OrganizationName.parse(f"{region}{trade_name}{trade}有限公司")
    assert (name.region, name.trade_name, name.trade, name.form) == (region, trade_name, trade, "有限公司")
    assert trade_name not in NAME.mask(name.text)


@given(trade_names, st.sampled_from(TRADES))
def test_spelling_variants_have_one_key(trade_name: str, trade: str) -> None:
    variants = [
        f"澜江市{trade_name}{trade}有限公司",
        f"澜江{trade_name}{trade}有限责任公司",
        f"{trade_name}{trade}(澜江)有限公司",
        f"{trade_name}（澜江市）{trade}有限公司",
        f" 瀾江市 {trade_name}{trade}【】有限責任公司",
        f"“澜江市{trade_name}{trade}有限公司”",
    ]
    assert len({NAME.key(variant) for variant in variants}) == 1


@example(raw='"=A')
@given(st.text(max_size=40) | st.text("澜江市华辰物业()有限公司店“", max_size=20))
def test_any_text_parses_to_a_fixed_point_or_is_refused(raw: str) -> None:
    try:
        parsed = NAME.parse(raw)
    except InvalidValue:
        return
    assert NAME.parse(parsed.text) == parsed
    assert NAME.key(parsed.text) == NAME.key(raw)


def test_one_trade_word_stands_for_its_variants() -> None:
    assert NAME.key("华辰物业管理有限公司") == NAME.key("华辰物业服务有限公司") == NAME.key("华辰物业有限责任公司")
    assert NAME.key("华辰物业有限公司") != NAME.key("华辰餐饮有限公司")


def test_a_branch_is_not_its_company() -> None:
    branch = OrganizationName.parse("云泽省华辰建设集团股份有限公司澜江分公司")
    assert (branch.region, branch.trade_name, branch.branch) == ("云泽省", "华辰", "澜江分公司")
    assert branch.key != OrganizationName.parse("云泽省华辰建设集团股份有限公司").key


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("澜江市华辰物业管理有限公司", ("澜江市", "华辰", "物业管理", "有限公司")),
        ("青枫区老王面馆", ("青枫区", "老王", "面馆", "")),
        ("澜江市恒泰餐饮经营部", ("澜江市", "恒泰", "餐饮", "经营部")),
        ("梧桐街道办事处", ("梧桐街道", "", "", "办事处")),
        ("华辰投资合伙企业(有限合伙)", ("", "华辰", "投资", "合伙企业(有限合伙)")),
    ],
)
def test_written_examples(raw: str, parts: tuple[str, ...]) -> None:
    name = OrganizationName.parse(raw)
    assert (name.region, name.trade_name, name.trade, name.form) == parts


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "organization_name.empty"),
        ("12345", "organization_name.characters"),
        ("=cmd|'/c calc'!A0", "text.formula"),
        ("公" * 201, "organization_name.too_long"),
    ],
)
def test_refusals(raw: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        OrganizationName.parse(raw)
    assert caught.value.reason == reason
