"""The root of what changes data. Each field stands in a module of `api.schema.changes`."""

from __future__ import annotations

import strawberry

from api.schema.changes.complaints import (
    ReceiptPayload,
    SubmitComplaintPayload,
    renew_receipt_field,
    submit_complaint_field,
)
from api.schema.changes.events import (
    EventPayload,
    ReportEventPayload,
    change_event_status_field,
    report_event_field,
)
from api.schema.changes.facts import FactPayload, confirm_fact_field, correct_fact_field
from api.schema.changes.judgements import JudgePayload, judge_field
from api.schema.changes.rules import TagRulePayload, disable_tag_rule_field, save_tag_rule_field
from api.schema.changes.tags import TagPayload, end_tag_field, tag_field
from api.schema.templates import TemplatePayload, remove_template_field, save_template_field


@strawberry.type(description="改变数据的入口。一次请求至多 5 个改动，按书写的先后逐个进行；一个失败，其余的照常进行。")
class Mutation:
    report_event: ReportEventPayload | None = report_event_field
    change_event_status: EventPayload | None = change_event_status_field
    submit_complaint: SubmitComplaintPayload | None = submit_complaint_field
    renew_receipt: ReceiptPayload | None = renew_receipt_field
    confirm_fact: FactPayload | None = confirm_fact_field
    correct_fact: FactPayload | None = correct_fact_field
    tag: TagPayload | None = tag_field
    end_tag: TagPayload | None = end_tag_field
    save_template: TemplatePayload | None = save_template_field
    remove_template: TemplatePayload | None = remove_template_field
    save_tag_rule: TagRulePayload | None = save_tag_rule_field
    disable_tag_rule: TagRulePayload | None = disable_tag_rule_field
    judge: JudgePayload | None = judge_field
