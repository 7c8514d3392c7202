# SPDX-License-Identifier: Apache-2.0
"""办不成事反映: two touches from trouble, nothing of the person unless they add it, a number, a slip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from central_platform.items import read_items
from drivers.core import PrintOutcome, PrintResult, Supply
from kiosk.flows import effects, events, views
from kiosk.flows.intents import Answer, AskHelp, Back, Edit
from kiosk.protocol.catalogue import Catalogue
from kiosk.protocol.wire import Text
from tests.flows.conftest import ITEMS, WALL, Visit

PROOF = "social-insurance-proof"
PHONE = "13800000000"


def tickets(visit: Visit) -> list[Any]:
    return [each for each in visit.all_asked(effects.Submit) if each.kind == "ticket"]


def refused_consent(visit: Visit) -> Visit:
    visit.to("consent", PROOF)
    visit.act("refuse")
    assert visit.screen == "trouble"
    return visit


def test_two_touches_lead_from_trouble_to_a_number(visit: Visit, personal: tuple[str, ...]) -> None:
    refused_consent(visit)
    visit.act("ticket")
    assert isinstance(visit.view.body, views.FormPage)
    visit.act("send_report")
    (ticket,) = tickets(visit)
    assert ticket.payload.form == {"step": "consent", "item": PROOF, "code": "consent.refused"}
    assert ticket.payload.grant is None
    assert not [secret for secret in personal if secret in ticket.payload.model_dump_json()]
    body = visit.view.body
    assert isinstance(body, views.Record)
    assert body.number == "ZG-0001"


def test_what_happened_stands_there_already(visit: Visit) -> None:
    refused_consent(visit)
    visit.act("ticket")
    shown = {field.key: field.shown for field in visit.view.body.fields}
    assert shown["item"]
    assert shown["what"]
    locked = {field.key for field in visit.view.body.fields if field.locked}
    assert locked == {"what", "item"}


def test_the_same_trouble_is_reported_once_and_shows_its_number_again(visit: Visit) -> None:
    refused_consent(visit)
    visit.act("ticket")
    visit.act("send_report")
    visit.act("resume")
    assert visit.screen == "trouble"
    visit.act("ticket")
    assert visit.view.body.number == "ZG-0001"
    visit.act("send_report")
    assert len(tickets(visit)) == 1


def test_back_leads_to_the_very_trouble_it_came_from(visit: Visit) -> None:
    refused_consent(visit)
    before = visit.view.body
    visit.act("ticket")
    visit.touch(Back())
    assert visit.view.body == before


def test_a_telephone_number_is_asked_for_and_goes_along_only_when_given(visit: Visit) -> None:
    refused_consent(visit)
    visit.act("ticket")
    visit.touch(Edit("phone"))
    visit.touch(Answer("phone", "1380"))
    visit.act("send_report")
    phone = next(field for field in visit.view.body.fields if field.key == "phone")
    assert "11位" in phone.error
    assert tickets(visit) == []
    visit.touch(Answer("phone", PHONE))
    visit.act("send_report")
    assert tickets(visit)[0].payload.form["phone"] == PHONE
    assert PHONE not in repr(visit.flow.state)
    assert PHONE not in repr(visit.view)


def test_words_of_their_own_go_along_and_facts_cannot_be_typed_over(visit: Visit) -> None:
    refused_consent(visit)
    visit.act("ticket")
    visit.touch(Edit("what"))
    visit.touch(Answer("what", "别的"))
    visit.touch(Answer("words", "纸卡住了"))
    visit.act("send_report")
    form = tickets(visit)[0].payload.form
    assert form["words"] == "纸卡住了"
    assert form["code"] == "consent.refused"


def test_a_device_that_fails_is_named_in_the_report(visit: Visit) -> None:
    visit.answers["ReadIdCard"] = lambda effect: [
        events.Failed(effect.session, "ReadIdCard", "card.unreadable")
    ]
    visit.to("identity")
    visit.act("ticket")
    visit.act("send_report")
    form = tickets(visit)[0].payload.form
    assert (form["code"], form["device"], form["step"]) == (
        "card.unreadable",
        "id_card",
        "identity",
    )


def test_the_platforms_number_and_day_are_shown_when_it_is_delivered(visit: Visit) -> None:
    def told(effect: Any) -> list[events.Event]:
        return [
            events.Finalized(effect.session, UUID(int=7), "ZG-0007", "ticket"),
            events.Delivered(
                effect.session, UUID(int=7), None, "2026-11-24", Text(zh="工单号 T1", en="T1")
            ),
        ]

    refused_consent(visit)
    visit.answers["Submit"] = told
    visit.act("ticket")
    visit.act("send_report")
    body = visit.view.body
    assert "工单号 T1" in {row.value for row in body.facts}
    assert "11月24日（周二）前有人处理" in body.next_steps
    assert body.heading == "已收到您的反映"


def test_offline_it_is_kept_and_says_so(offline_visit: Visit) -> None:
    offline_visit.act("start")
    offline_visit.touch(AskHelp())
    offline_visit.act("ticket")
    offline_visit.act("send_report")
    body = offline_visit.view.body
    assert body.heading == "已存好，联网后送达"
    assert body.number == "ZG-0001"


def test_what_cannot_be_kept_shows_the_telephone_huge_and_can_be_tried_again(
    visit: Visit,
) -> None:
    visit.answers["Submit"] = lambda effect: [events.Failed(effect.session, "Submit", "store.full")]
    visit.to("home")
    visit.touch(AskHelp())
    visit.act("ticket")
    visit.act("send_report")
    assert (visit.view.body.heading, visit.view.body.number) == (
        "没有记录成功，请打电话反映",
        "0797-0000000",
    )
    del visit.answers["Submit"]
    visit.act("send_report")
    assert visit.view.body.number == "ZG-0001"


def test_its_slip_is_printed_and_an_uncertain_one_is_asked_about(visit: Visit) -> None:
    visit.answers["PrintSlip"] = lambda effect: [
        events.Printed(effect.session, "slip", PrintOutcome(PrintResult.UNKNOWN, "dev.deadline"))
    ]
    refused_consent(visit)
    visit.act("ticket")
    visit.act("send_report")
    visit.act("slip_print")
    (slip,) = visit.all_asked(effects.PrintSlip)
    assert slip.receipt.number == "ZG-0001"
    assert visit.view.body.papers[0].state == "unknown"
    visit.act("slip_no")
    del visit.answers["PrintSlip"]
    visit.act("slip_print")
    assert visit.view.body.papers[0].state == "done"


def test_without_paper_no_slip_is_offered_and_the_reason_stands_there(visit: Visit) -> None:
    visit.device("receipt_printer", paper=Supply.OUT)
    refused_consent(visit)
    visit.act("ticket")
    visit.act("send_report")
    assert "slip_print" not in [action.id for action in visit.view.body.actions]
    assert "缺纸" in visit.view.body.papers[0].words


def test_from_the_first_screen_a_report_is_a_visit_that_ends_with_a_wipe(visit: Visit) -> None:
    visit.touch(AskHelp())
    visit.act("ticket")
    visit.act("send_report")
    visit.act("leave_page")
    visit.act("done")
    assert visit.screen == "attract"
    assert visit.wiped == 1
    assert visit.flow.state.session.report is None


def test_nothing_is_reported_while_a_submission_is_on_its_way_to_the_disk(visit: Visit) -> None:
    visit.to("working")
    visit.touch(AskHelp())
    offered = {action.id: action.enabled for action in visit.view.overlay.actions}
    assert offered["ticket"] is False
    visit.act("ticket")
    assert visit.screen == "working"


@pytest.mark.parametrize("screen", ["home", "item", "form", "materials", "review", "receipt"])
def test_help_on_any_page_leads_to_a_report_and_back(
    new_visit: Callable[..., Visit], screen: str
) -> None:
    visit = new_visit().to(screen, "old-age-allowance")
    heading = getattr(visit.view.body, "heading", "")
    visit.touch(AskHelp())
    visit.act("ticket")
    visit.act("send_report")
    assert tickets(visit)[-1].payload.form["code"] == "resident.asked"
    visit.act("resume")
    assert visit.screen == screen
    assert getattr(visit.view.body, "heading", "") == heading


def test_a_report_from_home_is_about_no_matter_whatever_was_done_before(visit: Visit) -> None:
    visit.to("receipt", "old-age-allowance")
    visit.act("next")
    visit.act("skip")
    visit.act("more")
    visit.act("service:more")
    visit.act("choose:report")
    visit.act("send_report")
    ticket = tickets(visit)[-1]
    assert (ticket.item, ticket.payload.about) == ("", None)


def test_a_request_to_the_hotline_is_one_touch_from_a_report_that_is_about_nothing(
    visit: Visit,
) -> None:
    items = read_items([ITEMS / "complaint-12345.yaml", ITEMS / f"{PROOF}.yaml"])
    visit.send(events.CatalogueLoaded(Catalogue(version="2", items=items), WALL, fresh=True))
    visit.act("start")
    visit.act("service:more")
    visit.act("choose:report")
    visit.act("hotline")
    assert visit.screen == "item"
    assert "12345" in visit.view.body.name
    visit.act("home")
    visit.to("form", PROOF)
    visit.touch(AskHelp())
    visit.act("ticket")
    assert "hotline" not in [action.id for action in visit.view.body.actions]
