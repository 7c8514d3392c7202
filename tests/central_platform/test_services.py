# SPDX-License-Identifier: Apache-2.0
"""Consents, the digital space, tickets, appointments, help, life events, post, and what everybody may read."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from central_platform.content import notices_open, policies_in_force
from central_platform.context import HALL_TIME
from central_platform.items import shipped_items
from central_platform.life_events import shipped_life_events
from central_platform.sample_times import offer_sample_times
from central_platform.working_days import is_working_day
from kiosk.platform_client.enrolment import enrol
from kiosk.protocol.envelope import Payload, PlainAttachment
from kiosk.protocol.messages import RECEIPT_PURPOSE, DeviceReport, Heartbeat, PlatformReceipt
from tests.support.platform_asking import resident, staff, terminal

ITEM = "old-age-allowance"
LI = ("李测试", "360702198507010013")
CHEN = ("陈𬱖样", "360702199005190047")


def application(desk: Any, *who: str, item: str = ITEM, **payload: Any) -> UUID:
    sealed = desk.seal(item, payload=Payload(grant=desk.log_in(*who), **payload))
    desk.deliver(sealed)
    found: UUID = sealed.manifest.id
    return found


# --- consents and the space ---------------------------------------------------------------------


def test_a_consent_is_an_act_on_record_and_its_giver_takes_it_back(desk: Any) -> None:
    act = desk.consent(ITEM, "allowance-review").model_dump(mode="json")
    wang = resident(desk)
    record = wang("/consents", item=ITEM, act=act)
    assert record.status_code == 201
    assert record.json()["text_sha256"] == act["text_sha256"]
    refusal = wang("/consents", item=ITEM, act={**act, "given": False})
    assert (refusal.status_code, refusal.json()["given"]) == (201, False)
    other = wang("/consents", item=ITEM, act={**act, "text_sha256": "0" * 64})
    assert (other.status_code, other.json()["code"]) == (409, "consent.other_text")
    address = f"/consents/{record.json()['id']}/revoke"
    assert resident(desk, *LI)(address).status_code == 404
    first, again = wang(address).json(), wang(address).json()
    assert first["revoked_at"] is not None
    assert first == again


def test_the_space_holds_licences_results_and_papers_of_one_person(desk: Any) -> None:
    paper = PlainAttachment("household.pdf", "application/pdf", b"%PDF a page")
    signature = PlainAttachment("signature.png", "image/png", b"\x89PNG")
    for _ in range(2):  # the same paper twice is one
        payload = Payload(form={}, grant=desk.log_in(*LI))
        desk.deliver(desk.seal(payload=payload, attachments=(paper, signature)))
    proof = application(
        desk, *LI, item="social-insurance-proof", form={"purpose": "loan", "period": "months-12"}
    )
    desk.client.result(proof, "proof")
    answer = resident(desk, *LI)("/space")
    held = answer.json()
    assert {(each["code"], each["state"]) for each in held["licences"]} == {
        ("household-register", "held"),
        ("residence-permit", "expired"),
    }
    assert [(each["submission"], each["code"]) for each in held["results"]] == [
        (str(proof), "proof")
    ]
    assert [each["name"] for each in held["materials"]] == ["household.pdf"]
    assert UUID(answer.headers["Hall24-Trace"])
    theirs = resident(desk)("/space").json()
    assert (theirs["results"], theirs["materials"]) == ([], [])


def test_a_licence_comes_as_a_sealed_page_with_its_trace(desk: Any) -> None:
    consent = desk.consent(ITEM, "allowance-prefill").model_dump(mode="json")
    ask = resident(desk, *CHEN)
    answer = ask("/licences/document", item=ITEM, licence="household-register", consent=consent)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert UUID(answer.headers["Hall24-Trace"])
    assert len(PdfFileReader(io.BytesIO(answer.content)).embedded_signatures) == 1
    missing = resident(desk, "赵样本", "360702195503200035")(
        "/licences/document", item=ITEM, licence="household-register", consent=consent
    )
    assert missing.json()["code"] == "licence.not_held"
    unasked = ask("/licences/document", item=ITEM, licence="elder-card", consent=consent)
    assert unasked.json()["code"] == "licence.not_for_item"


# --- tickets ------------------------------------------------------------------------------------


def ticket(desk: Any, about: UUID, kind: str = "ticket", form: Any = None) -> str:
    payload = Payload(about=str(about), form=form or {}, grant=desk.log_in())
    signed = desk.deliver(desk.seal(kind=kind, payload=payload))
    words = signed.raw_body().decode()
    return words.partition("Ticket ")[2].partition('"')[0]


def test_the_same_matter_filed_again_is_one_ticket(desk: Any) -> None:
    about = application(desk)
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: ticket(desk, about, form={"words": "again"}), range(4)))
    assert len(set(numbers)) == 1
    visit = ticket(desk, about, form={"kind": "home_visit"})
    assert visit != numbers[0]  # another matter
    operator = staff(desk)
    rows = operator("GET", "/operations/tickets").json()["tickets"]
    assert {row["number"]: row["repeats"] for row in rows} == {numbers[0]: 3, visit: 0}
    notes = f"/operations/tickets/{numbers[0]}/notes"
    done = operator("POST", notes, json={"state": "closed", "words": "已电话回复"})
    assert done.json()["notes"][0]["by"] == "operator of the tests"
    late = operator("POST", notes, json={"state": "working", "words": "x"})
    assert (late.status_code, late.json()["code"]) == (409, "ticket.state")
    assert ticket(desk, about) != numbers[0]  # closed: the matter opens a new one


def test_a_bad_rating_is_a_ticket_due_in_one_working_day(desk: Any, hall_clock: Any) -> None:
    number = ticket(desk, application(desk), "rating", {"grade": 1, "reasons": ["waited"]})
    ask = staff(desk, "auditor")
    (row,) = ask("GET", "/operations/tickets", params={"state": "open"}).json()["tickets"]
    assert (row["number"], row["cause"], row["due"]) == (number, "bad_rating", "2026-11-25")
    assert not row["overdue"]
    assert ask("GET", f"/operations/tickets/{number}").status_code == 403  # words are for work
    hall_clock.go(days=2)
    assert staff(desk)("GET", "/operations/tickets").json()["tickets"][0]["overdue"]


# --- appointments -------------------------------------------------------------------------------


def slot(desk: Any, capacity: int = 1, hour: int = 3) -> int:
    body = {
        "place": {"zh": "章贡区便民服务中心3号窗", "en": "Window 3"},
        "item": ITEM,
        "starts_at": f"2026-11-25T0{hour}:00:00Z",
        "ends_at": f"2026-11-25T0{hour}:30:00Z",
        "capacity": capacity,
    }
    answer = staff(desk)("POST", "/operations/slots", json=body)
    assert staff(desk)("POST", "/operations/slots", json=body).status_code == 409
    found: int = answer.json()["id"]
    return found


def test_the_last_place_goes_to_one_person(desk: Any) -> None:
    wanted = slot(desk)
    people = [resident(desk), resident(desk, *LI), resident(desk, *CHEN)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda ask: ask("/appointments", slot=wanted), people))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    winner = next(i for i, answer in enumerate(answers) if answer.status_code == 200)
    booking = answers[winner].json()
    assert people[winner]("/appointments", slot=wanted).json()["number"] == booking["number"]
    assert terminal(desk)("GET", "/appointments/slots", params={"item": ITEM}).json() == {
        "slots": []
    }
    address = f"/appointments/{booking['number']}/cancel"
    assert people[winner - 1](address).status_code == 404  # another's
    with ThreadPoolExecutor(3) as pool:
        gone = list(pool.map(lambda _: people[winner](address), range(3)))
    assert {answer.json()["state"] for answer in gone} == {"cancelled"}
    (free,) = terminal(desk)("GET", "/appointments/slots", params={"item": ITEM}).json()["slots"]
    assert free["free"] == 1
    assert people[winner - 1]("/appointments", slot=wanted).status_code == 200
    assert people[winner]("/appointments/mine").json()["bookings"][0]["state"] == "cancelled"


def test_a_time_that_is_over_cannot_be_taken(desk: Any, hall_clock: Any) -> None:
    wanted = slot(desk)
    hall_clock.go(days=1, hours=3)
    assert resident(desk)("/appointments", slot=wanted).json()["code"] == "slot.unknown"


# --- help ---------------------------------------------------------------------------------------


def test_who_asks_for_a_person_waits_in_turn(desk: Any) -> None:
    ask, operator = terminal(desk), staff(desk)
    assert ask("POST", "/assistance", json={"kind": "call_back"}).status_code == 422
    body = {"kind": "call_back", "phone": "13800000000"}
    first, second = (ask("POST", "/assistance", json=body).json() for _ in range(2))
    assert (first["ahead"], second["ahead"]) == (0, 1)
    address = f"/operations/assistance/{first['number']}"
    assert operator("POST", address, json={"state": "done"}).status_code == 409
    assert operator("POST", address, json={"state": "taken"}).json()["state"] == "taken"
    assert ask("GET", f"/assistance/{second['number']}").json()["ahead"] == 0
    assert operator("POST", address, json={"state": "done"}).json()["state"] == "done"
    gone = ask("POST", f"/assistance/{second['number']}/withdraw")
    assert gone.json()["state"] == "withdrawn"
    assert operator("GET", "/operations/assistance").json() == {"requests": []}


def test_a_helper_acts_only_within_a_delegation(desk: Any, hall_clock: Any) -> None:
    ask, wang = terminal(desk), resident(desk)
    wanted = {"helper": "HELPER-0001", "item": ITEM, "hours": 2}
    assert wang("/delegations", **{**wanted, "helper": "HELPER-9999"}).status_code == 404
    given = wang("/delegations", **wanted).json()
    address = f"/delegations/{given['id']}/check"
    right = {"helper": "HELPER-0001", "item": ITEM}
    assert ask("GET", address, params=right).status_code == 200
    for wrong in ({**right, "helper": "HELPER-0002"}, {**right, "item": "social-insurance-proof"}):
        assert ask("GET", address, params=wrong).json()["code"] == "delegation.none"
    revoke = f"/delegations/{given['id']}/revoke"
    assert resident(desk, *LI)(revoke).status_code == 404
    assert resident(desk, *LI)("/delegations/mine").json() == {"delegations": []}
    assert wang(revoke).json()["revoked_at"] is not None
    assert ask("GET", address, params=right).status_code == 403
    again = wang("/delegations", **wanted).json()
    hall_clock.go(hours=2)
    fresh = terminal(desk)
    ended = fresh("GET", f"/delegations/{again['id']}/check", params=right)
    assert ended.status_code == 403


# --- life events and post -----------------------------------------------------------------------


def test_a_life_event_shows_each_of_its_cases(desk: Any) -> None:
    wang = resident(desk)
    opened = wang("/bundles/cases", bundle="elder-care")
    assert opened.status_code == 201
    number = opened.json()["number"]
    assert [part["state"] for part in opened.json()["parts"]] == ["open", "open"]
    about = application(desk)
    parts = f"/bundles/cases/{number}/parts"
    for _ in range(2):
        shown = wang(parts, submission=str(about)).json()
    assert {part["item"]: part["state"] for part in shown["parts"]} == {
        "social-insurance-proof": "open",
        ITEM: "in_review",
    }
    assert not shown["finished"]
    assert wang(parts, submission=str(application(desk))).json()["code"] == "bundle.taken"
    assert wang(parts, submission=str(application(desk, *LI))).status_code == 404
    assert resident(desk, *LI)(f"/bundles/cases/{number}").status_code == 404
    assert wang("/bundles/cases", bundle="no-such-event").status_code == 404


@pytest.mark.parametrize("event", shipped_life_events(), ids=lambda event: event.code)
def test_every_life_event_is_begun_handed_in_and_tracked(desk: Any, event: Any) -> None:
    wang = resident(desk)
    number = wang("/bundles/cases", bundle=event.code).json()["number"]
    for item in event.items:
        about = application(desk, item=item, form=_answers(item))
        shown = wang(f"/bundles/cases/{number}/parts", submission=str(about))
        assert shown.status_code == 200
    told = wang(f"/bundles/cases/{number}").json()
    assert [part["item"] for part in told["parts"]] == list(event.items)
    for part in told["parts"]:
        assert part["case_number"]
        assert part["state"] != "open"
    assert told["finished"] is all(
        part["state"] in {"approved", "refused"} for part in told["parts"]
    )


def _answers(code: str) -> dict[str, Any]:
    """Return what the item's own file gives as examples, and the first of each choice."""
    item = next(each for each in shipped_items() if each.code == code)
    return {
        field.key: field.choices[0].value if field.choices else field.example
        for group in item.form.groups
        for field in group.fields
    }


def test_papers_go_by_post_for_ones_own_case_with_the_fee_told(desk: Any) -> None:
    about = str(application(desk))
    to = {
        "submission": about,
        "direction": "to_resident",
        "name": "王苗苗",
        "phone": "13800000000",
        "address": "章贡区演示路1号1栋101室",
    }
    wang, li = resident(desk), resident(desk, *LI)
    order = wang("/post", **to).json()
    assert (order["fee_cents"], order["state"]) == (0, "ordered")
    assert li("/post", **to).status_code == 404
    assert li(f"/post/{order['number']}").status_code == 404
    operator, address = staff(desk), f"/operations/post/{order['number']}"
    assert operator("POST", address, json={"tracking": "EX123456789CN"}).status_code == 200
    assert operator("POST", address, json={"tracking": "EX999999999CN"}).status_code == 409
    assert wang(f"/post/{order['number']}").json()["tracking"] == "EX123456789CN"


# --- what everybody may read --------------------------------------------------------------------


def test_an_ended_policy_is_never_shown(desk: Any, hall_clock: Any) -> None:
    shown = terminal(desk)("GET", "/policies").json()
    assert shown["as_of"] == "2026-11-24"
    assert {policy["handling"] for policy in shown["policies"]} == {
        "without_application",
        "on_application",
        "promised",
    }
    hall_clock.go(days=8)
    codes = [each["code"] for each in terminal(desk)("GET", "/policies").json()["policies"]]
    assert codes == ["micro-interest-2026", "stable-jobs-2026"]
    assert all(policy.ends >= date(2030, 1, 1) for policy in policies_in_force(date(2030, 1, 1)))
    assert [each.code for each in notices_open(date(2026, 11, 24))] == [
        "survey-2026-011",
        "audit-2026-007",
    ]


def test_a_region_that_cannot_says_what_to_do_instead(desk: Any) -> None:
    ask = terminal(desk)
    shown = ask("GET", "/regions", params={"item": ITEM}).json()["regions"]
    modes = {each["region"]: each["mode"] for each in shown}
    assert modes["360702"] == "online"
    assert modes["440304"] == "not_yet"
    assert all(each["instead"] for each in shown if each["mode"] == "not_yet")
    assert ask("GET", "/regions", params={"item": "no-such-item"}).status_code == 404
    events = ask("GET", "/bundles").json()["bundles"]
    elder_care = next(each for each in events if each["code"] == "elder-care")
    assert elder_care["items"] == ["social-insurance-proof", ITEM]
    assert ask("GET", "/intermediaries").json()["notices"]


def test_the_map_knows_what_another_machine_can_do_now(
    desk: Any, tmp_path: Any, hall_clock: Any
) -> None:
    other = enrol(desk.running.url, desk.running.enrolment_token(), tmp_path / "other")
    ask = terminal(desk)

    def seen() -> dict[str, Any]:
        (point,) = ask("GET", "/map", params={"item": ITEM}).json()["points"]
        found: dict[str, Any] = point
        return found

    assert (seen()["health"], seen()["can_do"]) == ("never_seen", False)
    there = type(desk)(desk.running, hall_clock, other, type(desk.client)(other))

    def beat(condition: str) -> None:
        device = DeviceReport(slot="reader-1", role="id_card", condition=condition)
        body = Heartbeat(software="0.1", queued=0, devices=(device,)).model_dump(mode="json")
        assert terminal(there)("POST", "/heartbeat", json=body).status_code == 200

    beat("online")
    assert (seen()["terminal"], seen()["can_do"]) == (other.terminal, True)
    beat("hardware_error")
    assert (seen()["can_do"], seen()["why_not"]) == (False, ["id_card"])
    beat("online")
    hall_clock.go(minutes=5)
    assert (seen()["health"], seen()["can_do"]) == ("down", False)
    assert ask("GET", "/map").json()["points"][0]["why_not"] == []


def test_somebody_elses_numbers_and_made_up_ones_look_the_same(desk: Any) -> None:
    application(desk)
    li = resident(desk, *LI)
    for path in (
        f"/consents/{uuid4()}/revoke",
        "/appointments/Y261124-000000-0/cancel",
        "/bundles/cases/B261124-000000-0",
        "/post/P261124-000000-0",
    ):
        assert li(path).status_code == 404


def report(desk: Any, **form: str) -> str:
    """File an anonymous report and return the ticket's number."""
    sealed = desk.seal(
        "old-age-allowance", kind="ticket", payload=Payload(form={"step": "identity", **form})
    )
    receipt = desk.deliver(sealed).verified_body(RECEIPT_PURPOSE, desk.enrolled.signing_keys)
    return str(PlatformReceipt.model_validate_json(receipt).note.zh)


def test_the_same_fault_of_a_machine_is_one_ticket_until_somebody_adds_to_it(desk: Any) -> None:
    first = report(desk, code="card.unreadable", device="id_card")
    assert report(desk, code="card.unreadable", device="id_card") == first
    assert report(desk, code="media.out", device="receipt_printer") != first
    assert report(desk, code="card.unreadable", device="id_card", words="卡是新的") != first
    called = report(desk, code="card.unreadable", device="id_card", phone="13800000000")
    assert called != first
    again = report(desk, code="card.unreadable", device="id_card", phone="13800000000")
    assert again == called


def test_matters_that_may_be_booked_are_told_with_their_places(desk: Any) -> None:
    assert desk.client.bookable_matters().matters == ()
    wanted = slot(desk)
    (matter,) = desk.client.bookable_matters().matters
    assert (matter.item, [place.en for place in matter.places]) == (ITEM, ["Window 3"])
    assert matter.name.zh
    grant = desk.log_in()
    booking = desk.client.book(grant, wanted)
    assert [each.free for each in desk.client.times(ITEM).slots] == [0]  # full, and told so
    assert desk.client.book(grant, wanted) == booking
    assert desk.client.my_bookings(grant).bookings == (booking,)
    assert desk.client.cancel_booking(grant, booking.number).state == "cancelled"
    assert [each.free for each in desk.client.times(ITEM).slots] == [1]


def test_invented_times_are_offered_once_on_working_days(desk: Any, hall_clock: Any) -> None:
    new = offer_sample_times(desk.running.context)
    assert new > 0
    assert offer_sample_times(desk.running.context) == 0
    codes = {matter.item for matter in desk.client.bookable_matters().matters}
    assert {"hall-appointment", "notary-appointment"} <= codes
    days = {slot.starts_at.astimezone(HALL_TIME).date() for slot in desk.client.times(ITEM).slots}
    hall = {
        slot.starts_at.astimezone(HALL_TIME).date()
        for slot in desk.client.times("hall-appointment").slots
    }
    assert all(is_working_day(day) for day in days | hall)
    hall_clock.go(days=1)
    assert 0 < offer_sample_times(desk.running.context) < new
