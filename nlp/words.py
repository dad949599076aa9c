"""What the reader's words are called in Chinese, for tables and pages; JSON and the lake have the words themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ROLES: Final[Mapping[str, str]] = {
    "complainant": "投诉人",
    "respondent": "被投诉方",
    "victim": "受害人",
    "mediator": "调解人",
    "bystander": "其他知情方",
    "agency": "承办单位",
}
PARTY_KINDS: Final[Mapping[str, str]] = {"person": "人员", "organization": "单位", "group": "人群"}
RELATIONS: Final[Mapping[str, str]] = {
    "neighbours": "邻里",
    "landlord_tenant": "房东与租客",
    "owner_property": "业主与物业",
    "labour": "劳资",
    "family": "家庭",
    "consumer": "消费",
    "doctor_patient": "医患",
    "other": "其他",
    "none": "没有既存关系",
}
URGENCIES: Final[Mapping[str, str]] = {"normal": "一般", "urgent": "紧急", "emergency": "特急"}
SENTIMENTS: Final[Mapping[str, str]] = {"negative": "不满", "neutral": "平和", "positive": "肯定"}
DEMANDS: Final[Mapping[str, str]] = {
    "stop": "制止",
    "repair": "修复",
    "pay": "赔付",
    "refund": "退款",
    "investigate": "查处核实",
    "mediate": "调解",
    "inform": "答复告知",
    "licence": "办证审批",
    "other": "其他诉求",
}
IDENTIFIERS: Final[Mapping[str, str]] = {
    "citizen_id": "身份证号",
    "uscc": "统一社会信用代码",
    "phone": "手机号",
    "landline": "座机",
    "plate": "车牌",
    "order_number": "单号",
    "email": "邮箱",
    "bank_card": "银行卡号",
}
UNITS: Final[Mapping[str, str]] = {"CNY": "元", "m2": "平方米", "m": "米", "percent": "%", "month_wages": "个月工资"}
