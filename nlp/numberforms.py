"""How numbers that somebody or something is known by are written, and the words that say what a number is.

One pattern finds candidates by their form in a single pass; what a candidate is, nlp/components/identifiers.py decides
by its value type, its checks and the words in front. Every repetition is bounded.
"""

from __future__ import annotations

import re
from typing import Final

_GAP: Final = r"[ -]?"
_SOFT: Final = r"[ .·-]?"
_CODE: Final = "0-9A-HJ-NP-RTUW-Ya-hj-np-rtuw-y"
_PLATE: Final = "A-HJ-NP-Za-hj-np-z0-9"
_PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_IS: Final = r"(?:[为是：:,，(（\"“「 叫就]|应该){0,4}"
_NOTHING_BEFORE: Final = r"(?<![0-9A-Za-z*])(?<![0-9A-Za-z]-)(?<!\d\.)"
_NOTHING_BEHIND: Final = r"(?![0-9A-Za-z*]|-\d|\.\d)"

# A year, month and day in front of a running number, or the year alone: 20260309-00417.
_DATED: Final = r"(?:19|20)\d\d(?:-?[01]\d(?:-?[0-3]\d)?)?-?\d{3,10}"
_DOCUMENT: Final = (
    r"(?:[一-龥]{1,8}[(（][一-龥]{1,4}[)）])?[一-龥]{1,8}字?第?"
    r"[\[〔【(（]?(?:19|20)\d\d[\]〕】)）]?[-—第年]?\d{1,8}(?:号(?!楼|院))?"
)
_COURT: Final = r"[(（〔\[](?:19|20)\d\d[)）〕\]][一-龥]{1,2}\d{0,4}[一-龥]{1,4}\d{1,6}号"
_ORDER_WORDS: Final = (
    r"(?:工单|订单|运单|快递单|单据|账单|缴费单|收费单|缴款单|回执|受理|受案|案件|立案|报案|警情|接警|报警|投诉|信访|举报|诉求|来件|流水|交易|凭证|凭条"
    r"|票据|收据|发票|小票|罚单|合同|协议|保单|客户|用户|住户|燃气|水表|电表|气表|燃气表|热力|表具|电能表|户|表|设备|登记|备案|许可|执照|查询|取件|物流|通知书|决定书"
    r"|证书|产权证|房产证|病历|住院|门诊|就诊|会员|缴费|档案|网签|学籍|准考证|报名|预约|警|工|桩|杆|批|编|单|案|票|件|文)"
)
_ORDER_CUE: Final = rf"{_ORDER_WORDS}(?:登记|受理|查询|缴费)?(?:的)?(?:编号|单号|编码|代码|号码|号(?!楼|线|院)|码)"
# An unknown or misspelt word before 号: a number follows that is long, and no mobile.
_ANY_CUE: Final = (
    r"[一-龥](?<![机话线证卡账帐牌车型同信的打拨第一二三四五六七八九十])号码?"
    r"(?=[A-Za-z为是：:]|(?!1[3-9]\d{9}(?!\d))\d{7})"
)
_PARCEL_BEHIND: Final = "[^0-9。！？\\n]{0,8}(?:快递|订单|运单|工单|单号|包裹)"

CANDIDATE: Final = re.compile(
    rf"""
      (?P<email>(?<![A-Za-z0-9._+-])[A-Za-z0-9][A-Za-z0-9._+-]{{0,63}}@(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}[A-Za-z][A-Za-z0-9-]{{1,62}})
    | (?:{_ORDER_CUE}|{_ANY_CUE}|工单|订单|运单){_IS}(?P<order_number>(?:(?:[A-Za-z]{{1,6}}[-_/]?){{1,3}}\d(?:[\dA-Za-z]|[-_/](?=[\dA-Za-z])){{1,29}}|\d(?:[\dA-Za-z]|[-_/](?=[\dA-Za-z])){{5,29}}|{_DOCUMENT}|{_COURT}))(?![0-9A-Za-z年月])
    | {_NOTHING_BEFORE}(?:
        (?P<serial>[A-Za-z]{{1,6}}-?{_DATED})
      | (?P<long>(?:\d{{6}}{_GAP}[0-9*]{{8}}{_GAP}[0-9*]{{3}}[0-9Xx*]|\d{{2,6}}\*{{10,15}}[0-9Xx*]{{1,4}}|\d{{6}}[ -]?\d{{4}}[ -]\d{{2}}[ -]?\d{{2}}[ -]?\d{{3}}[0-9Xx]
            |\d{{3}}[ -]\d{{3}}[ -]\d{{4}}[ -]?\d{{4}}[ -]\d{{3}}[0-9Xx]|[0-9*]{{4}}(?:[ -][0-9*]{{4}}){{3}}(?:[ -][0-9*Xx]{{1,3}})?|\d{{14,19}}|\d{{6}}\*{{6,9}}\d{{3,4}}|\d{{4}}\*{{8,11}}\d{{4}}))
      | (?P<code>[159ANYany][1-9][0-9*]{{6}}{_GAP}[{_CODE}*]{{8,9}}{_GAP}[{_CODE}*]{{1,2}})
      | (?P<phone>(?:\+?0{{0,2}}86{_GAP}|0)?1[3-9](?:
            \d[\d*]{{8}}|\d{_SOFT}[\d*]{{4}}{_SOFT}[\d*]{{4}}|\d{{2}}{_SOFT}\d{{3}}{_SOFT}\d{{4}}|\d{{2}}{_SOFT}\d{{4}}{_SOFT}\d{{3}}
            |\d{_SOFT}\d{{3}}{_SOFT}\d{{5}}))
      | (?P<landline>(?:\+?0{{0,2}}86{_GAP})?(?:\(0\d{{2,3}}\)|（0\d{{2,3}}）|0\d{{2,3}})[ -]{{0,2}}[2-9*][\d*]{{2,3}}[ -]?[\d*]{{4}}(?:(?:转|-)\d{{1,4}})?
            |[48]00{_GAP}(?:\d{{3}}{_GAP}\d{{4}}|\d{{4}}{_GAP}\d{{3}})|[48]00\d-\d{{3}}-\d{{3}})
      | (?P<bare>\d{{9,13}}(?={_PARCEL_BEHIND}))
      ){_NOTHING_BEHIND}
    | (?P<plate>[{_PROVINCES}][A-HJ-NP-Za-hj-np-z][ ·.•-]?(?=[A-Za-z*]{{0,5}}\d)[{_PLATE}*]{{4,5}}[{_PLATE}*挂学警港澳])(?![0-9A-Za-z])
    | (?P<court>{_COURT})
    | (?P<tail_of>尾[号数](?:码)?[为是：: ,]{{0,2}})(?P<tail>\d{{2,6}}[Xx]?)(?![0-9A-Za-z])
    | (?<=[话机线])(?:号码|号)?{_IS}(?P<local>[2-8]\d{{2,3}}[ -]?\d{{4}})(?![0-9A-Za-z*]|-\d|\.\d)
    """,  # noqa: E501 - a pattern reads better on its line
    re.VERBOSE,
)
"""The group that matched names the form of the candidate."""

CUE: Final = re.compile(
    r"(?P<uscc>信用代码|营业执照|社会代码)|(?P<citizen_id>身份证|身份号|证件号|户口本|公民身份|残疾证|sfz)"
    r"|(?P<bank_card>银行卡|储蓄卡|信用卡|借记卡|工资卡|卡号|账号|帐号|账户|帐户|[张的]卡)"
    r"|(?P<order_number>单号|户号|表号|编号|案号|流水号|凭证号|回执号|票号|工单|订单|运单|受理号)"
    r"|(?P<plate>车牌|车号)|(?P<phone>电话|手机|拨打|致电|联系|微信|号码)"
)
"""Words that say what the number behind them is; the last one in front of a number counts."""
