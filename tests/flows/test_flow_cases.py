# SPDX-License-Identifier: Apache-2.0
"""我的办件 and the code of a slip: where a case stands, its documents, papers that are wanted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from drivers.core import Condition, Supply
from kiosk.flows import effects, enquiries, events, views
from kiosk.flows.intents import Back
from kiosk.flows.progress import slip_facts
from kiosk.protocol.services import CaseList, CaseResult, CaseStep, CaseSummary, SlipState
from kiosk.protocol.wire import Text
from tests.flows.conftest import Visit

NewVisit = Callable[..., Visit]
At = Callable[..., Visit]
AtSlip = Callable[[str], Visit]

ALLOWANCE = UUID(int=101)
PROOF = UUID(int=102)
AT = datetime(2026, 11, 20, 1, 14, tzinfo=UTC)


def wanted_case(**changes: object) -> CaseSummary:
    facts: dict[str, object] = {
        "submission": ALLOWANCE,
        "number": "GZ2026000101",
        "item": "old-age-allowance",
        "state": "supplement",
        "received_at": AT,
        "promised_date": date(2026, 12, 4),
        "reason": Text(zh="户口簿看不清", en="The register cannot be read"),
        "wanted": ("household-register",),
        "steps": (CaseStep(at=AT, state="supplement"),),
    }
    return CaseSummary.model_validate({**facts, **changes})


def decided_case() -> CaseSummary:
    return CaseSummary(
        submission=PROOF,
        number="GZ2026000102",
        item="social-insurance-proof",
        state="approved",
        received_at=AT,
        promised_date=None,
        reason=None,
        results=(CaseResult(code="social-insurance-proof", title=Text(zh="参保证明", en="Proof")),),
    )


def answering(*cases: CaseSummary) -> Callable[[effects.Effect], list[events.Event]]:
    def answer(effect: effects.Effect) -> list[events.Event]:
        assert isinstance(effect, effects.AskPlatform)
        said = CaseList(cases=cases)
        return [events.PlatformAnswered(effect.session, type(effect.enquiry).__name__, said)]

    return answer


@pytest.fixture
def at_cases(new_visit: NewVisit) -> At:
    def make(*cases: CaseSummary) -> Visit:
        visit = new_visit()
        visit.answers["AskPlatform"] = answering(*cases)
        visit.act("start")
        visit.act("service:cases")
        return visit

    return make


def test_home_offers_the_own_cases_and_all_services(visit: Visit) -> None:
    visit.act("start")
    offered = visit.view.body.services
    assert offered[0].id == "cases"
    assert offered[-1].id == "more"
    assert all(option.available for option in offered)


def test_services_stand_on_a_page_of_their_own_and_lead_back(visit: Visit) -> None:
    visit.act("start")
    visit.act("service:more")
    assert visit.screen == "choices"
    assert "cases" in [option.id for option in visit.view.body.options]
    assert visit.view.can_back
    visit.touch(Back())
    assert visit.screen == "home"


def test_without_link_a_service_says_why_and_does_not_open(offline_visit: Visit) -> None:
    offline_visit.act("start")
    offered = offline_visit.view.body.services
    assert [option.available for option in offered if option.id == "cases"] == [False]
    assert offered[0].status
    offline_visit.act("service:cases")
    assert offline_visit.screen == "home"


def test_who_logs_in_sees_the_own_cases_with_state_and_day(at_cases: At) -> None:
    visit = at_cases(wanted_case(), decided_case())
    body = visit.view.body
    assert isinstance(body, views.Choices)
    assert all(option.label for option in body.options)
    assert [option.status for option in body.options] == ["要补材料", "已办好"]
    assert len(visit.all_asked(effects.IdentifyByCard)) == 1


def test_a_case_under_review_says_by_when(at_cases: At) -> None:
    visit = at_cases(wanted_case(state="in_review", wanted=(), steps=()))
    assert visit.view.body.options[0].status == "12月4日（周五）前办好"
    visit.act(f"choose:{ALLOWANCE}")
    body = visit.view.body
    assert isinstance(body, views.Record)
    assert body.number == "GZ2026000101"
    assert any("12月4日" in words for words in body.next_steps)
    assert [step.phase for step in body.history] == ["done", "now", "next"]


def test_an_overdue_case_is_said_to_be_so(at_cases: At) -> None:
    visit = at_cases(wanted_case(state="in_review", wanted=(), promised_date=date(2026, 11, 1)))
    visit.act(f"choose:{ALLOWANCE}")
    assert any("超期" in words for words in visit.view.body.next_steps)


def test_a_document_of_an_earlier_case_is_fetched_with_the_log_in_and_printed(at_cases: At) -> None:
    visit = at_cases(decided_case())
    visit.act(f"choose:{PROOF}")
    visit.act("take:social-insurance-proof")
    fetched = visit.all_asked(effects.FetchResult)
    assert [(each.submission, each.grant) for each in fetched] == [
        (PROOF, visit.flow.state.session.person.grant.grant)
    ]
    assert len(visit.all_asked(effects.PrintResult)) == 1
    assert visit.view.body.papers[0].state == "done"


def test_without_paper_the_telephone_takes_the_document_of_an_earlier_case(at_cases: At) -> None:
    visit = at_cases(decided_case())
    visit.device("page_printer", paper=Supply.OUT)
    visit.act(f"choose:{PROOF}")
    visit.act("take:social-insurance-proof")
    (asked,) = visit.all_asked(effects.MakeHandover)
    assert asked.grant == visit.flow.state.session.person.grant.grant  # type: ignore[union-attr]  # logged in
    body = visit.view.body
    assert isinstance(body, views.Record)
    assert body.qr == "https://platform.test/h/once"
    assert "手机" in body.papers[0].words
    assert visit.all_asked(effects.PrintResult) == []


def test_nobody_is_led_away_while_a_document_is_on_its_way(at_cases: At) -> None:
    visit = at_cases(decided_case())
    visit.answers["FetchResult"] = None
    visit.act(f"choose:{PROOF}")
    visit.act("take:social-insurance-proof")
    leave = next(each for each in visit.view.body.actions if each.id == "leave_page")
    assert not leave.enabled
    visit.act("leave_page")
    visit.touch(Back())
    assert visit.screen == "record"


def test_a_document_with_a_bad_seal_is_never_printed(at_cases: At) -> None:
    visit = at_cases(decided_case())
    visit.answers["FetchResult"] = lambda effect: [
        events.Failed(effect.session, "FetchResult", "seal.invalid", effect.code)
    ]
    visit.act(f"choose:{PROOF}")
    visit.act("take:social-insurance-proof")
    assert visit.all_asked(effects.PrintResult) == []
    assert visit.view.body.papers[0].state == "not_done"


def test_wanted_papers_are_scanned_and_handed_in_for_that_case(at_cases: At) -> None:
    visit = at_cases(wanted_case())
    visit.act(f"choose:{ALLOWANCE}")
    visit.act("supplement")
    assert visit.screen == "materials"
    assert [paper.code for paper in visit.view.body.materials] == ["household-register"]
    visit.act("scan:household-register")
    visit.act("scan_done")
    visit.act("next")
    assert visit.screen == "review"
    visit.act("submit")
    sent = visit.all_asked(effects.Submit)[-1]
    assert (sent.kind, sent.payload.about) == ("supplement", str(ALLOWANCE))
    assert [act["kind"] for act in sent.payload.acts] == ["scan"]
    assert len(sent.attachments) == 1
    assert visit.screen == "receipt"


def test_papers_are_kept_when_the_link_goes_while_they_are_scanned(at_cases: At) -> None:
    visit = at_cases(wanted_case())
    visit.act(f"choose:{ALLOWANCE}")
    visit.act("supplement")
    visit.act("scan:household-register")
    visit.act("scan_done")
    visit.link(online=False)
    visit.act("next")
    visit.act("submit")
    body = visit.view.body
    assert isinstance(body, views.ReceiptPage)
    assert body.provisional


def test_back_from_the_papers_leads_to_the_cases(at_cases: At) -> None:
    visit = at_cases(wanted_case())
    visit.act(f"choose:{ALLOWANCE}")
    visit.act("supplement")
    visit.touch(Back())
    assert visit.view.body.heading == "我的办件"
    visit.touch(Back())
    assert visit.screen == "home"


def test_after_papers_were_wanted_the_item_itself_begins_whole(at_cases: At) -> None:
    visit = at_cases(wanted_case())
    visit.act(f"choose:{ALLOWANCE}")
    visit.act("supplement")
    visit.touch(Back())
    visit.touch(Back())
    visit.act("item:old-age-allowance")
    item = visit.flow.state.session.item
    assert item.form.groups
    assert visit.flow.state.session.draft.supplements is None


def test_no_answer_to_the_list_is_a_page_with_a_way_on(new_visit: NewVisit) -> None:
    visit = new_visit()
    visit.answers["AskPlatform"] = None
    visit.act("start")
    visit.act("service:cases")
    visit.tick(20)
    assert visit.screen == "trouble"
    visit.send(events.Failed(visit.session, "AskPlatform", "link.timeout", "MyCases"))
    visit.answers["AskPlatform"] = answering(decided_case())
    visit.act("again")
    assert len(visit.view.body.options) == 1


def test_the_end_of_the_visit_forgets_the_cases(at_cases: At) -> None:
    visit = at_cases(wanted_case(), decided_case())
    visit.act(f"choose:{PROOF}")
    visit.act("leave_page")
    assert visit.screen == "goodbye"
    visit.act("done")
    assert visit.screen == "attract"
    assert "GZ2026000102" not in repr(visit.flow.state)
    assert visit.flow.state.session.cases.cases is None


def test_a_printed_number_is_in_no_repr_of_the_lists(at_cases: At) -> None:
    visit = at_cases(wanted_case())
    assert "高龄津贴" not in repr(visit.view.body)


# --- the slip -------------------------------------------------------------------------------------

SLIP_TEXT = f"hall24/1 GZ2026000101 {ALLOWANCE}"


def slip_answer(effect: effects.Effect) -> list[events.Event]:
    assert isinstance(effect, effects.AskPlatform)
    assert effect.enquiry == enquiries.CaseOfSlip("GZ2026000101", ALLOWANCE)
    state = SlipState(
        number="GZ2026000101",
        state="in_review",
        received_at=AT,
        promised_date=date(2026, 12, 4),
        wanted=False,
        results=False,
    )
    return [events.PlatformAnswered(effect.session, "CaseOfSlip", state)]


@pytest.fixture
def at_slip(new_visit: NewVisit) -> AtSlip:
    def make(shown: str) -> Visit:
        visit = new_visit()
        visit.device("code_scanner")
        visit.answers["AskPlatform"] = slip_answer
        visit.answers["ReadSlipCode"] = lambda effect: [events.SlipCodeRead(effect.session, shown)]
        visit.act("start")
        visit.act("service:cases")
        visit.act("choose:slip")
        return visit

    return make


def test_a_slip_shows_its_state_without_a_log_in(at_slip: AtSlip) -> None:
    visit = at_slip(SLIP_TEXT)
    body = visit.view.body
    assert isinstance(body, views.Record)
    assert (body.heading, body.number) == ("部门正在审核", "GZ2026000101")
    assert visit.all_asked(effects.IdentifyByCard) == []
    assert visit.flow.state.session.person.grant is None


@pytest.mark.parametrize(
    "shown", ["", "https://example.org/", "hall24/1 GZ1 no-uuid", "hall24/2 a b"]
)
def test_another_code_is_told_from_a_slip_and_asked_for_again(at_slip: AtSlip, shown: str) -> None:
    visit = at_slip(shown)
    assert slip_facts(shown) is None
    assert "不是办件凭条" in visit.view.body.notice
    assert visit.all_asked(effects.AskPlatform) == []
    assert "ticket" in [action.id for action in visit.view.body.actions]
    visit.answers["ReadSlipCode"] = lambda effect: [events.SlipCodeRead(effect.session, SLIP_TEXT)]
    visit.act("again")
    assert isinstance(visit.view.body, views.Record)


def test_a_scanner_that_fails_is_named_and_reads_when_it_is_back(new_visit: NewVisit) -> None:
    visit = new_visit()
    visit.device("code_scanner")
    visit.answers["ReadSlipCode"] = None
    visit.act("start")
    visit.act("service:cases")
    visit.act("choose:slip")
    assert visit.view.body.lit_slot == "code_scanner"
    visit.device("code_scanner", Condition.HARDWARE_ERROR)
    assert visit.view.body.notice


def test_leaving_the_slip_page_stops_the_scanner(at_slip: AtSlip) -> None:
    visit = at_slip("")
    visit.answers["ReadSlipCode"] = None
    visit.act("again")
    visit.touch(Back())
    assert effects.CancelDevice(visit.session, "code_scanner") in visit.asked


def test_the_slip_of_an_appointment_is_told_from_that_of_a_case(at_slip: AtSlip) -> None:
    visit = at_slip("hall24/1 Y20261124-00001 appointment")
    assert "预约凭条" in visit.view.body.notice
    assert visit.all_asked(effects.AskPlatform) == []
