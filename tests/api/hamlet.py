"""A village of its own for complaints, where the couple of the first door share a phone; who asks, and for what."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from governance.access import AccessContext, Role
from services.app import App
from services.intake import change_status
from services.keeping import Keeper
from services.loading import load_feed
from services.pipeline import update
from services.requests import once
from tests.api.village import DOORS, NAMES, OFFICER, citizen_id, settle

CLERK = AccessContext(subject="zhao", role=Role.INTAKE, purpose="受理诉求")
CURIOUS = AccessContext(subject="qian", role=Role.INTAKE)
APPLICATION = AccessContext(subject="linli", role=Role.APPLICATION, purpose="受理诉求")
ELSEWHERE = AccessContext(subject="wu", role=Role.GRID_WORKER, grids=("880102999999999",), purpose="走访")
ANALYST = AccessContext(subject="sun", role=Role.ANALYST, purpose="分析")
PUBLIC = AccessContext(subject="public", role=Role.APPLICATION, grids=("880102999999999",))

SHARED = "16000009999"
LEAK = "枫桥新村3栋2单元305室卫生间天花板渗水三天了，一直没人管，要求尽快派人维修。"
READ = """
query ($text: String!, $at: DateTime, $caller: CallerInput) { readComplaint(text: $text, at: $at, caller: $caller) {
  spans { label start end }
  category { code name department } categories { code probability } department
  place { text address level node { ... on Dwelling { id } ... on Place { id } }
          path { __typename ... on Dwelling { id } ... on Place { id kind } } }
  places { text exact node { ... on Dwelling { id } ... on Place { id kind } } }
  time times { start end begin } amounts { value unit } urgency { level reasons } sentiment relation
  demands { kind start end }
  caller { ... on Person { id name } } callerCandidates { ... on Person { id name } }
  parties { index role kind name phone outcome node { ... on Person { id } } probability
            candidates { probability reasons node { ... on Person { id name } } } }
  similar { reasons event { id status outcome } } same { relation confidence reason event { id } } reason
} }"""
SUBMIT = """
mutation ($input: SubmitComplaintInput!) { submitComplaint(input: $input) {
  id receipt linked repeated burden { confirmed corrected typed untouched }
  event { status category address placeText department reportedAt occurredAt urgency urgencyLabel urgencyReasons
          parties { edges { role node { ... on Person { id name } ... on Organization { name } } } }
          locations { nodes { ... on Dwelling { id } ... on Place { id kind } } } }
} }"""
REPORT = "mutation ($input: ReportEventInput!) { reportEvent(input: $input) { id event { department occurredAt } } }"
STATUS = """
query ($receipt: String!) { complaintStatus(receipt: $receipt) {
  found message status statusLabel steps { at department action } note } }"""
RENEW = "mutation ($input: RenewReceiptInput!) { renewReceipt(input: $input) { id receipt repeated } }"
BURDEN = """
query ($days: Int!) { complaintBurden(days: $days) {
  submissions overall { fields typedShare } fields { field counts { confirmed corrected typed untouched } }
  weeks { week submissions counts { fields } } } }"""
TABLES = ("events", "records_person", "records_organization", "relations", "form_fields", "corrections", "requests")

Ask = Callable[..., dict[str, Any]]


def settle_hamlet(home: Path) -> App:
    """Taken the whole way; whoever asks for it closes it."""
    app = settle(home)
    rows = [f"{one},{NAMES[one]},{citizen_id(one)},{SHARED},{DOORS[0]},{1960 + one}-01-01,," for one in (0, 1)]
    (home / "people.csv").write_text(
        "\n".join(["no,who,id,tel,door,born,since,at", *(f"{row}2024-05-01" for row in rows)]) + "\n",
        encoding="utf-8",
    )
    load_feed(app, OFFICER, "visits", home / "people.csv", mapping=home / "visits.yaml")
    update(app, OFFICER)
    return app


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def stated(app: App) -> dict[str, int]:
    return {table: app.lake.last_seq(table) for table in (*TABLES, "receipts")}


def handled(app: App, keeper: Keeper, event_id: str, status: str, **more: str | None) -> None:
    content = {"id": event_id, "status": status, "department": None, "note": None} | more
    _, number = keeper.change(partial(once, app, CLERK, change_status, content)).result(60)
    assert keeper.shown(number).result(60)
