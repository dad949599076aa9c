"""What relations, and the roles in them, are called in Chinese."""

from __future__ import annotations

from typing import Final

from core.codes import table

RELATION_LABELS: Final = {
    "KIN": "亲属",
    "MEMBER_OF": "家庭成员",
    "LIVES_IN": "居住",
    "OWNS": "产权",
    "RENTS": "承租",
    "REGISTERED_AT": "户籍",
    "LEGAL_REPRESENTATIVE_OF": "法定代表人",
    "WORKS_AT": "工作",
    "PARTY_TO": "当事",
    "LOCATED_AT": "位于",
    "OCCURRED_AT": "发生于",
    "DUPLICATE_OF": "反映同一件事",
    "FOLLOWS": "跟进",
    "HANDLED_BY": "办理",
    "PART_OF": "属于",
    "TAGGED": "标签",
    "DESCRIBES": "来源记录",
}
ROLE_LABELS: Final = {
    "complainant": "投诉人",
    "respondent": "被投诉人",
    "victim": "受害人",
    "mediator": "调解人",
    "witness": "证人",
    "owner": "业主",
    "family": "家人",
    "tenant": "租住",
    "dormitory": "集体宿舍",
    "guest": "借住",
}
KIN_LABELS: Final = {
    "spouse": "配偶",
    "child": "子女",
    "parent": "父母",
    "grandchild": "孙子女",
    "grandparent": "祖父母",
    "sibling": "兄弟姐妹",
}


def role_label(relation_type: str, role: str) -> str:
    """The role in Chinese; what has no word is given as it is. Members of a household have codes of GB/T 4761."""
    if relation_type == "MEMBER_OF":
        kinship = table("kinship")
        return kinship.label(kinship.code(role)) if role in kinship else role
    return (KIN_LABELS if relation_type == "KIN" else ROLE_LABELS).get(role, role)
