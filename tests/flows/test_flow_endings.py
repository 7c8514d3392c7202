# SPDX-License-Identifier: Apache-2.0
"""However a session ends: asked once, wiped, and nothing of it reaches the next resident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any
from uuid import UUID

import pytest

from drivers.core import CardType, IdCard, Media, PrintOutcome, PrintResult
from kiosk.flows import effects, events, intents, views

ALLOWANCE = "old-age-allowance"
PAGES = (
    "home",
    "item",
    "identity",
    "consent",
    "form",
    "materials",
    "promise",
    "review",
    "receipt",
    "rating",
)
Make = Callable[..., Any]


def wipes(visit: Any) -> list[str]:
    return [effect.reason for effect in visit.all_asked(effects.Wipe)]


def nothing_left(visit: Any) -> bool:
    session = visit.flow.state.session
    fresh = type(session)(session.number)
    ignored = {"visit", "arrived", "last_touch"}
    return all(
        getattr(session, field.name) == getattr(fresh, field.name)
        for field in fields(session)
        if field.name not in ignored
    )


@pytest.mark.parametrize("page", PAGES)
def test_idle_on_every_page_warns_counts_down_and_wipes(visit: Any, page: str) -> None:
    visit.to(page, ALLOWANCE)
    visit.touch(intents.SetMode("english", True))
    visit.tick(74)
    assert visit.view.overlay is None
    visit.tick(2)
    overlay = visit.view.overlay
    assert isinstance(overlay, views.IdleOverlay)
    assert 43 <= overlay.seconds_left <= 45
    visit.tick(43)
    assert wipes(visit) == []
    visit.tick(3)
    assert wipes(visit) == ["idle"]
    assert visit.screen == "attract"
    assert visit.view.modes == views.Modes()
    assert nothing_left(visit)


@pytest.mark.parametrize("page", PAGES)
def test_a_touch_on_the_question_goes_on_where_one_was(visit: Any, page: str) -> None:
    visit.to(page, ALLOWANCE)
    body = visit.view.body
    visit.tick(76)
    visit.act("submit")
    assert visit.view.overlay is None
    assert type(visit.view.body) is type(body), "what lies beneath the question is not pressed"
    visit.tick(76)
    visit.act("stay")
    visit.tick(60)
    assert visit.view.overlay is None
    assert wipes(visit) == []


def test_the_question_can_be_answered_with_an_end(visit: Any) -> None:
    visit.to("form", ALLOWANCE)
    visit.tick(76)
    visit.act("end")
    assert wipes(visit) == ["idle"]


def test_idle_while_waiting_for_a_card_ends_too(visit: Any) -> None:
    visit.to("identity")
    visit.tick(130)
    assert visit.screen == "attract"
    assert [each.role for each in visit.all_asked(effects.CancelDevice)] in ([], ["id_card"])


def test_idle_comes_sooner_while_a_card_lies_in_the_reader(visit: Any) -> None:
    visit.to("form", ALLOWANCE)
    visit.device("id_card", media=Media.PRESENT)
    visit.tick(41)
    assert isinstance(visit.view.overlay, views.IdleOverlay)


def test_idle_on_a_page_for_trouble(visit: Any) -> None:
    visit.to("consent", "social-insurance-proof")
    visit.act("refuse")
    assert visit.screen == "trouble"
    visit.tick(125)
    assert wipes(visit) == ["idle"]


@pytest.mark.parametrize("page", [*PAGES, "goodbye"])
def test_leaving_is_asked_once_and_wipes(visit: Any, page: str) -> None:
    visit.to(page, ALLOWANCE)
    assert visit.view.can_exit
    visit.touch(intents.Exit())
    assert visit.view.overlay.kind == "exit"
    visit.act("stay")
    assert visit.view.overlay is None
    visit.touch(intents.Exit())
    visit.act("leave_now")
    assert wipes(visit) == ["exit"]
    assert visit.screen == "attract"
    assert nothing_left(visit)


def test_leaving_after_sending_says_the_number(visit: Any) -> None:
    visit.to("receipt", ALLOWANCE)
    visit.touch(intents.Exit())
    assert visit.view.overlay.rows[0].value == "GZ2026000001"


def test_the_log_in_ends_with_the_session(visit: Any) -> None:
    visit.to("form", ALLOWANCE)
    visit.touch(intents.Exit())
    visit.act("leave_now")
    names = [type(effect).__name__ for effect in visit.asked]
    assert names.index("Logout") < names.index("Wipe")


@pytest.mark.parametrize("page", [*PAGES, "goodbye", "attract"])
def test_the_language_changes_on_every_page_and_back(visit: Any, page: str) -> None:
    visit.to(page, ALLOWANCE)
    chinese = visit.view
    visit.touch(intents.SetMode("english", True))
    assert visit.view.modes.language == "en"
    assert visit.view.place == "Zhanggong Service Centre"
    assert visit.view.body != chinese.body
    visit.touch(intents.SetMode("english", False))
    assert visit.view.body == chinese.body


@pytest.mark.parametrize("mode", ["elder", "contrast", "low", "voice"])
def test_modes_hold_through_the_visit_and_end_with_it(visit: Any, mode: str) -> None:
    visit.to("home")
    visit.touch(intents.SetMode(mode, True))
    visit.to("rating", ALLOWANCE)
    assert getattr(visit.view.modes, mode)
    visit.walk(ALLOWANCE)
    assert visit.view.modes == views.Modes()


def test_large_letters_come_with_the_voice(visit: Any) -> None:
    visit.to("home")
    visit.touch(intents.SetMode("elder", True))
    assert visit.view.modes.voice
    visit.touch(intents.SetMode("voice", False))
    assert not visit.view.modes.voice


def test_modes_set_on_the_attract_screen_and_left_go_back(visit: Any) -> None:
    visit.touch(intents.SetMode("english", True))
    visit.touch(intents.AskHelp())
    visit.tick(70)
    assert visit.view.modes.language == "en"
    visit.tick(10)
    assert visit.view.modes == views.Modes()
    assert visit.view.overlay is None


def test_late_answers_of_another_session_change_nothing(visit: Any) -> None:
    visit.to("identity")
    old = visit.session
    visit.touch(intents.Exit())
    visit.act("leave_now")
    assert visit.session == old + 1
    visit.to("identity")
    before = visit.flow.state
    card = IdCard(CardType.RESIDENT, name="李测试", number="360702198507010013")
    for late in (
        events.CardProgress(old, "card.reading"),
        events.CardRead(old, card),
        events.Failed(old, "ReadIdCard", "card.removed"),
        events.Finalized(old, UUID(int=9), "ZG-9", "application"),
        events.Delivered(old, UUID(int=9), "GZ-9", None),
        events.Printed(old, "slip", PrintOutcome(PrintResult.DONE)),
        events.Wiped(old),
    ):
        visit.send(late)
        assert visit.flow.state == before


def test_answers_nobody_asked_for_change_nothing(visit: Any) -> None:
    visit.to("form", ALLOWANCE)
    before = visit.flow.state
    session = visit.session
    for stray in (
        events.CardRead(session, IdCard(CardType.RESIDENT, name="李测试", number="1")),
        events.PageScanned(session, "household-register", b"\x89PNG"),
        events.Finalized(session, UUID(int=9), "ZG-9", "application"),
        events.Delivered(session, UUID(int=9), "GZ-9", None),
        events.HandoverReady(session, "https://elsewhere.test"),
        events.ResultReady(session, "proof", "t", 1, "s", b"%PDF"),
        events.Wiped(session),
        events.Failed(session, "Nonsense", "x"),
    ):
        visit.send(stray)
        assert visit.flow.state == before


def test_an_answer_for_another_item_is_dropped(visit: Any) -> None:
    visit.answers["FetchPrefill"] = None
    visit.to("form", ALLOWANCE)
    fetch = visit.silent[-1]
    while visit.screen != "home":
        visit.touch(intents.Back())
    visit.act("item:social-insurance-proof")
    visit.send(visit.usual(fetch)[0])
    assert visit.flow.state.session.draft.prefill is None


def test_nobody_waits_in_front_of_the_last_residents_paper(visit: Any) -> None:
    visit.to("receipt", ALLOWANCE)
    visit.answers["PrintSlip"] = None
    visit.act("print:slip")
    visit.touch(intents.Exit())
    visit.act("leave_now")
    assert wipes(visit) == []
    assert visit.view.body.heading == "正在收尾"
    session = visit.flow.state.session
    assert session.person.card is None, "what is known of the person is gone at once"
    assert session.matter.submission is None
    slip = visit.silent[-1]
    visit.send(events.Printed(slip.session, "slip", PrintOutcome(PrintResult.DONE)))
    assert wipes(visit) == ["exit"]
    assert visit.screen == "attract"


def test_the_wait_for_the_last_paper_is_bounded(visit: Any) -> None:
    visit.to("receipt", ALLOWANCE)
    visit.answers["PrintSlip"] = None
    visit.act("print:slip")
    visit.touch(intents.Exit())
    visit.act("leave_now")
    visit.tick(70)
    assert wipes(visit) == ["exit"]
    assert visit.screen == "attract"


def test_who_waits_for_a_printer_is_not_idle(visit: Any) -> None:
    visit.answers["PrintResult"] = None
    visit.to("receipt", "social-insurance-proof")
    visit.tick(120)
    assert visit.view.overlay is None
    visit.tick(70)
    assert visit.view.body.papers[0].state == "unknown"
    visit.tick(80)
    assert isinstance(visit.view.overlay, views.IdleOverlay)


def test_there_is_no_leaving_between_submit_and_a_safe_number(visit: Any) -> None:
    visit.to("working", ALLOWANCE)
    visit.touch(intents.Exit())
    assert visit.view.overlay is None
    submit = visit.silent[-1]
    visit.send(events.Finalized(submit.session, UUID(int=1), "ZG-1", "application"))
    visit.touch(intents.Exit())
    assert visit.view.overlay.rows[0].value == "ZG-1"


def test_a_wipe_that_fails_keeps_the_machine_closed_until_it_succeeds(visit: Any) -> None:
    visit.answers["Wipe"] = lambda effect: [events.Failed(effect.session, "Wipe", "scratch.busy")]
    visit.to("goodbye", ALLOWANCE)
    visit.act("done")
    assert visit.screen == "out_of_service"
    assert visit.view.body.reason == "正在清除上一位的信息"
    visit.act("start")
    assert visit.screen == "out_of_service"
    visit.tick(4)
    assert len(wipes(visit)) == 1
    del visit.answers["Wipe"]
    visit.tick(3)
    assert wipes(visit) == ["finished", "failure"]
    assert visit.screen == "attract"
    assert nothing_left(visit)


def test_a_wipe_that_says_nothing_is_asked_again(visit: Any) -> None:
    visit.answers["Wipe"] = None
    visit.to("home")
    visit.touch(intents.Exit())
    visit.act("leave_now")
    visit.tick(20)
    assert visit.screen == "out_of_service"
    assert len(wipes(visit)) >= 2
    visit.send(events.Wiped(visit.session))
    assert visit.screen == "attract"


def test_goodbye_ends_by_itself_and_a_touch_gives_more_time(visit: Any) -> None:
    visit.to("goodbye", ALLOWANCE)
    assert [reminder.id for reminder in visit.view.body.reminders] == ["card", "paper", "phone"]
    assert visit.view.body.seconds_left == 15
    visit.tick(10)
    assert visit.view.body.seconds_left == 5
    visit.touch(intents.Touched())
    assert visit.view.body.seconds_left == 15
    visit.tick(15)
    assert wipes(visit) == ["finished"]


def test_a_card_forgotten_in_the_reader_is_said_and_lit(visit: Any) -> None:
    visit.to("goodbye", ALLOWANCE)
    visit.device("id_card", media=Media.PRESENT)
    assert visit.view.body.heading == "请取走您的卡"
    assert visit.view.body.reminders[0].urgent
    assert visit.all_asked(effects.LightSlot)[-1].role == "id_card"


def test_help_names_phones_and_places_on_every_page(visit: Any) -> None:
    visit.to("form", ALLOWANCE)
    visit.touch(intents.AskHelp())
    overlay = visit.view.overlay
    assert [row.value for row in overlay.rows] == [
        "0797-0000000",
        "12345",
        "最近的办事点：邮政营业厅，东边320米",
    ]
    visit.touch(intents.Back())
    assert visit.view.overlay is None
    assert visit.screen == "form"


def test_the_audit_line_of_each_page_names_no_person(visit: Any, personal: tuple[str, ...]) -> None:
    visit.walk(ALLOWANCE)
    lines = [repr(effect) for effect in visit.all_asked(effects.RecordStep)]
    assert any("step.form" in line for line in lines)
    assert any("session.ended" in line and "finished" in line for line in lines)
    assert not [secret for secret in personal if any(secret in line for line in lines)]


def test_each_page_is_spoken_once_on_arriving(visit: Any) -> None:
    visit.to("review", ALLOWANCE)
    visit.tick(5)
    spoken = [outcome.view.speech for outcome in visit.outcomes if outcome.view.speech]
    assert spoken.count("请核对要提交的内容，再点提交") == 1
    visit.touch(intents.SetMode("voice", True))
    assert visit.view.speech == "请核对要提交的内容，再点提交"


def test_speech_names_no_person(new_visit: Make, personal: tuple[str, ...]) -> None:
    visit = new_visit()
    visit.walk(ALLOWANCE)
    spoken = " ".join(outcome.view.speech for outcome in visit.outcomes)
    assert not [secret for secret in personal if secret in spoken]


def test_the_revision_grows_exactly_when_the_view_changes(visit: Any) -> None:
    visit.to("form", ALLOWANCE)
    before = visit.view
    visit.touch(intents.Touched())
    assert visit.view.revision == before.revision
    visit.act("next")
    assert visit.view.revision == before.revision + 1


def test_a_simulated_machine_says_so_on_every_page(new_visit: Make) -> None:
    assert new_visit(simulated=True).view.simulated == "演示设备"
    assert new_visit().view.simulated == ""


def test_a_machine_that_is_starting_invites_and_claims_nothing(new_visit: Make) -> None:
    made = new_visit()
    starting = type(made)(type(made.flow)())
    body = starting.view.body
    assert (starting.screen, body.invitation) == ("attract", "点一下屏幕，开始办理")
    assert (body.can_now, body.cannot_now, body.checking) == ((), (), "正在查看现在能办哪些事")


def test_a_touch_while_starting_is_kept_and_answered(new_visit: Make) -> None:
    made = new_visit()
    known = made.flow.state.machine
    visit = type(made)(type(made.flow)())
    visit.act("start")
    assert (visit.screen, visit.view.body.invitation) == ("attract", "好的，马上打开")
    visit.send(events.CatalogueLoaded(known.catalogue, as_of=0.0, fresh=True))
    assert visit.screen == "attract", "the link has not spoken yet"
    visit.send(events.LinkChanged(online=True, code=""))
    assert visit.screen == "home"


def test_a_touch_on_a_machine_that_turns_out_to_be_broken_is_not_kept(new_visit: Make) -> None:
    made = new_visit()
    known = made.flow.state.machine
    visit = type(made)(type(made.flow)())
    visit.act("start")
    visit.send(events.StoreChanged(accepting=True, code=""))
    visit.send(events.LinkChanged(online=False, code="link.down"))
    assert visit.screen == "out_of_service"
    visit.send(events.CatalogueLoaded(known.catalogue, as_of=0.0, fresh=True))
    visit.send(events.LinkChanged(online=True, code=""))
    assert visit.screen == "attract", "nobody may stand there any more"
