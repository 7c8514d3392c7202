# SPDX-License-Identifier: Apache-2.0
"""Every fault of a visit: plain words, another way on, recovery without restart."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from drivers.core import CardType, Condition, IdCard, PrintOutcome, PrintResult, Supply
from kiosk.flows import effects, events, intents, views

ALLOWANCE = "old-age-allowance"
PROOF = "social-insurance-proof"


def ids(visit: Any) -> list[str]:
    return [action.id for action in visit.view.body.actions if action.enabled]


def fail_reading(visit: Any, code: str) -> None:
    read = visit.silent[-1]
    assert isinstance(read, effects.ReadIdCard)
    visit.send(events.Failed(read.session, "ReadIdCard", code))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("card.none", "还没有看到卡"),
        ("card.removed", "卡拿早了，请再放一次"),
        ("card.unreadable", "这张卡读不出来，请擦一擦再放"),
        ("card.something_new", "卡没有读好，请再放一次"),
        ("dev.deadline", "身份证读卡器没有回应"),
        ("dev.process_lost", "身份证读卡器正在重新启动"),
        ("dev.protocol", "身份证读卡器没有正常工作"),
        ("software.fault", "没有办成，请再试一次"),
    ],
)
def test_trouble_with_the_card_is_said_in_plain_words_with_three_ways_on(
    visit: Any, code: str, words: str
) -> None:
    visit.to("identity")
    fail_reading(visit, code)
    assert visit.view.body.phase == "trouble"
    assert visit.view.body.trouble == words
    assert ids(visit) == ["ticket", "other_way", "again"]
    assert visit.view.can_exit
    del visit.answers["ReadIdCard"]
    visit.act("again")
    assert visit.screen == "consent"


def test_progress_of_reading_is_true(visit: Any) -> None:
    visit.to("identity")
    assert visit.view.body.phase == "waiting"
    assert visit.view.body.heading == "请放身份证"
    visit.send(events.CardProgress(visit.session, "card.reading"))
    assert visit.view.body.phase == "reading"
    visit.answers["IdentifyByCard"] = None
    from_card = IdCard(CardType.RESIDENT, name="李测试", number="360702198507010013")
    visit.send(events.CardRead(visit.session, from_card))
    assert visit.view.body.phase == "checking"
    assert visit.view.body.lit_slot == ""


def test_the_page_recovers_by_itself_when_the_reader_comes_back(visit: Any) -> None:
    visit.to("identity")
    fail_reading(visit, "dev.not_present")
    visit.device("id_card", Condition.NO_DEVICE, "dev.not_present")
    assert visit.view.body.trouble == "身份证读卡器没有连上"
    assert visit.view.body.lit_slot == ""
    assert "again" not in ids(visit)
    visit.device("id_card", Condition.ONLINE)
    assert visit.view.body.phase == "waiting"
    assert len(visit.all_asked(effects.ReadIdCard)) == 2


def test_a_reader_that_is_lost_before_its_answer_shows_at_once_and_reads_on_when_back(
    visit: Any,
) -> None:
    visit.to("identity")
    visit.device("id_card", Condition.STARTING, "dev.process_lost")
    assert visit.view.body.phase == "trouble"
    visit.device("id_card", Condition.ONLINE)
    assert visit.view.body.phase == "waiting", "the host may still answer the read it has"
    fail_reading(visit, "dev.process_lost")
    visit.device("id_card", Condition.ONLINE)
    assert visit.view.body.phase == "waiting"
    assert len(visit.all_asked(effects.ReadIdCard)) == 2


def test_a_card_without_a_number_is_unreadable(visit: Any) -> None:
    visit.to("identity")
    visit.send(events.CardRead(visit.session, IdCard(CardType.RESIDENT, name="李测试")))
    assert visit.view.body.trouble == "这张卡读不出来，请擦一擦再放"


def test_the_wait_for_a_mute_reader_is_bounded(visit: Any) -> None:
    visit.to("identity")
    for _ in range(7):
        visit.tick(10)
        visit.touch(intents.Touched())
    assert visit.view.body.phase == "trouble"
    assert "again" in ids(visit)


def test_going_back_cancels_the_reader_and_its_late_answer_is_dropped(visit: Any) -> None:
    visit.to("identity")
    read = visit.silent[-1]
    visit.touch(intents.Back())
    assert visit.screen == "item"
    assert [each.role for each in visit.all_asked(effects.CancelDevice)] == ["id_card"]
    visit.send(events.CardRead(read.session, IdCard(CardType.RESIDENT, name="李测试", number="1")))
    assert visit.flow.state.session.person.card is None
    visit.act("start")
    assert len(visit.all_asked(effects.ReadIdCard)) == 2
    visit.send(events.Failed(read.session, "ReadIdCard", "dev.cancelled"))
    assert visit.view.body.phase in ("waiting", "trouble")


def test_a_person_whom_the_platform_does_not_know_can_use_another_card(visit: Any) -> None:
    visit.answers["IdentifyByCard"] = lambda effect: [
        events.Failed(effect.session, "IdentifyByCard", "identity.unknown")
    ]
    visit.to("trouble", ALLOWANCE)
    assert visit.view.body.heading == "平台没有核实您的身份"
    assert visit.view.body.small_print == "identity.unknown"
    assert ids(visit) == ["ticket", "other_way", "again"]
    del visit.answers["IdentifyByCard"]
    visit.act("again")
    assert visit.screen == "consent"
    assert len(visit.all_asked(effects.ReadIdCard)) == 2


@pytest.mark.parametrize("code", ["link.timeout", "platform.busy", "platform.answer_invalid"])
def test_the_platform_lost_while_checking_keeps_a_queueable_item_going(
    visit: Any, code: str
) -> None:
    visit.answers["IdentifyByCard"] = lambda effect: [
        events.Failed(effect.session, "IdentifyByCard", code)
    ]
    visit.to("form", ALLOWANCE)
    assert visit.view.body.notice == "信息来自身份证芯片，平台还没有核实"


def test_the_platform_lost_while_checking_stops_an_online_item_and_it_can_be_tried_again(
    visit: Any,
) -> None:
    visit.answers["IdentifyByCard"] = lambda effect: [
        events.Failed(effect.session, "IdentifyByCard", "link.timeout")
    ]
    visit.to("trouble", PROOF)
    assert visit.view.body.heading == "现在连不上平台"
    del visit.answers["IdentifyByCard"]
    visit.act("again")
    assert visit.screen == "consent"
    assert len(visit.all_asked(effects.ReadIdCard)) == 1, "the card need not be read twice"


def test_known_data_that_does_not_come_is_typed(visit: Any) -> None:
    visit.answers["FetchPrefill"] = None
    visit.to("form", ALLOWANCE)
    visit.act("next")
    assert visit.view.body.notice == "正在取您已有的信息"
    visit.touch(intents.Answer("phone", "13800000000"))
    fetch = visit.silent[-1]
    visit.send(visit.usual(fetch)[0])
    assert visit.view.body.fields[0].value == "13800000000", "typed stays over fetched"
    assert visit.view.body.fields[1].source == "来自平台"


def test_known_data_that_never_comes_is_given_up(visit: Any) -> None:
    visit.answers["FetchPrefill"] = None
    visit.to("form", ALLOWANCE)
    visit.act("next")
    visit.tick(15)
    assert visit.view.body.notice == "没有取到已有信息，请自己填写"
    fetch = visit.silent[-1]
    visit.send(visit.usual(fetch)[0])
    assert visit.view.body.fields[0].value == "", "an answer after giving up changes nothing"
    visit.walk(ALLOWANCE)
    assert visit.wiped == 1


@pytest.mark.parametrize(
    ("effect", "choice", "code", "words"),
    [
        ("ScanMaterial", "scan", "media.no_documents", "没有看到材料，请放好再扫"),
        ("ScanMaterial", "scan", "media.jam", "扫描仪卡纸"),
        ("FetchLicence", "licence", "licence.missing", "没有取到电子证照，请换种方式"),
        ("FetchLicence", "licence", "link.timeout", "现在没有联网"),
    ],
)
def test_a_paper_that_cannot_be_had_one_way_is_open_for_another(
    visit: Any, effect: str, choice: str, code: str, words: str
) -> None:
    visit.answers[effect] = lambda asked: [
        events.Failed(asked.session, effect, code, "household-register")
    ]
    visit.to("materials", ALLOWANCE)
    visit.act(f"{choice}:household-register")
    assert visit.view.body.notice == words
    assert visit.view.body.materials[0].state == "open"
    visit.act("later:household-register")
    assert visit.view.body.notice == ""
    visit.act("next")
    assert visit.screen == "promise"


# --- submitting -----------------------------------------------------------------------------------


def test_progress_of_submitting_is_true_and_can_be_left_after_three_seconds(visit: Any) -> None:
    visit.to("working", ALLOWANCE)
    submit = visit.silent[-1]
    assert [step.state for step in visit.view.body.steps] == ["now", "next"]
    visit.tick(4)
    assert not visit.view.body.actions, "there is no number yet to take along"
    assert not visit.view.can_exit
    visit.send(events.Finalized(submit.session, UUID(int=1), "ZG-1", "application"))
    assert [step.state for step in visit.view.body.steps] == ["done", "now"]
    assert ids(visit) == ["leave"]
    visit.act("leave")
    assert visit.view.body.provisional
    assert visit.view.body.number == "ZG-1"


def test_without_a_platform_receipt_in_time_the_number_is_provisional(visit: Any) -> None:
    visit.to("working", ALLOWANCE)
    submit = visit.silent[-1]
    visit.send(events.Finalized(submit.session, UUID(int=1), "ZG-1", "application"))
    visit.tick(9)
    assert visit.screen == "receipt"
    assert visit.view.body.provisional


def test_with_the_link_known_to_be_down_nobody_waits_for_it(visit: Any) -> None:
    visit.to("working", ALLOWANCE)
    submit = visit.silent[-1]
    visit.send(events.Finalized(submit.session, UUID(int=1), "ZG-1", "application"))
    assert visit.screen == "working"
    visit.link(online=False)
    assert visit.screen == "receipt"
    assert visit.view.body.provisional


def test_a_card_whose_facts_break_the_items_rules_is_no_dead_end(visit: Any) -> None:
    foreign = IdCard(CardType.FOREIGN_2017, english_name="TEST, PERSON", number="AAA110090010011")
    visit.answers["ReadIdCard"] = lambda effect: [events.CardRead(effect.session, foreign)]
    visit.to("form", ALLOWANCE)
    name, number, birth = visit.view.body.fields
    assert (name.value, name.locked) == ("TEST, PERSON", True)
    assert (number.locked, birth.locked) == (False, False), "unknown or wrong, so it can be given"
    visit.touch(intents.Answer("number", "36070219380312002X"))
    visit.touch(intents.Answer("birth", "1938-03-12"))
    visit.act("next")
    assert visit.view.body.page == 1


def test_a_store_that_fails_is_no_submission_and_can_be_tried_again(visit: Any) -> None:
    visit.to("working", ALLOWANCE)
    submit = visit.silent[-1]
    visit.send(events.Failed(submit.session, "Submit", "store.full", "application"))
    assert visit.screen == "trouble"
    assert visit.view.body.heading == "没有提交成功"
    assert visit.view.body.number == ""
    del visit.answers["Submit"]
    visit.act("again")
    assert visit.screen == "review"
    visit.act("submit")
    assert visit.screen == "receipt"


def test_a_store_that_says_nothing_is_not_asked_twice(visit: Any) -> None:
    visit.to("working", ALLOWANCE)
    submit = visit.silent[-1]
    visit.tick(25)
    assert visit.view.body.heading == "不确定提交成功没有"
    assert "again" not in ids(visit)
    visit.send(events.Finalized(submit.session, UUID(int=1), "ZG-1", "application"))
    assert visit.screen == "working", "the truth came late and is the better news"
    visit.tick(9)
    assert visit.view.body.number == "ZG-1"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("store.full", "本机存满了，暂不收新件"),
        ("quota.items", "本机待送的件满了，暂不收新件"),
        ("quota.size", "本机待送的件满了，暂不收新件"),
        ("quota.oldest", "本机待送的件满了，暂不收新件"),
    ],
)
def test_a_full_queue_is_said_before_anybody_proves_who_they_are(
    visit: Any, code: str, words: str
) -> None:
    visit.to("item", ALLOWANCE)
    visit.send(events.StoreChanged(accepting=False, code=code))
    assert words in visit.view.body.truth
    assert "start" not in ids(visit)
    visit.act("start")
    assert visit.screen == "item"
    assert not visit.all_asked(effects.ReadIdCard)
    visit.send(events.StoreChanged(accepting=True, near=code))
    visit.act("start")
    assert visit.all_asked(effects.ReadIdCard)


def test_the_store_that_fills_up_on_the_way_is_said_before_anything_is_sent(visit: Any) -> None:
    visit.to("review", ALLOWANCE)
    visit.send(events.StoreChanged(accepting=False, code="store.full"))
    assert visit.view.body.notice == "现在还不能提交：本机存满了，暂不收新件"
    visit.act("submit")
    assert visit.screen == "trouble"
    assert not visit.all_asked(effects.Submit)
    visit.send(events.StoreChanged(accepting=True))
    visit.act("again")
    visit.act("submit")
    assert visit.screen == "receipt"


def test_the_link_lost_on_the_way_stops_an_online_item_before_it_is_sent(visit: Any) -> None:
    visit.to("review", PROOF)
    visit.link(online=False)
    visit.act("submit")
    assert visit.screen == "trouble"
    assert not visit.all_asked(effects.Submit)
    visit.link(online=True)
    visit.touch(intents.Back())
    assert visit.screen == "review"


def test_a_refused_case_says_the_reason_of_the_platform(visit: Any) -> None:
    def refused(effect: effects.WatchCase) -> list[events.Event]:
        status = visit.case(effect.submission)
        return [events.CaseSeen(effect.session, status.model_copy(update={"state": "refused"}))]

    visit.answers["WatchCase"] = refused
    visit.to("receipt", ALLOWANCE)
    page = visit.view.body
    assert page.heading == "平台没有通过"
    assert page.tone is views.Tone.WARNING
    assert "材料齐全" in [row.value for row in page.facts]


def test_a_decision_that_takes_long_leaves_with_the_case_number(visit: Any) -> None:
    visit.answers["WatchCase"] = None
    visit.to("working", PROOF)
    submit = visit.silent[-1]
    visit.send(events.Finalized(submit.session, UUID(int=1), "ZG-1", "application"))
    visit.send(events.Delivered(submit.session, UUID(int=1), "GZ-1", None))
    assert [step.state for step in visit.view.body.steps] == ["done", "done", "now"]
    visit.tick(16)
    assert visit.screen == "receipt"
    assert visit.view.body.heading == "平台已收到"
    assert "结果还没出来，可凭编号再来领取" in visit.view.body.next_steps


# --- printing -------------------------------------------------------------------------------------


def test_a_slip_printer_without_paper_is_said_before_the_job(visit: Any) -> None:
    visit.to("receipt", ALLOWANCE)
    visit.device("receipt_printer", paper=Supply.OUT)
    page = visit.view.body
    assert page.papers[0].words == "凭条打印机缺纸。凭条打不了，可拍下屏幕"
    assert page.qr
    assert "print:slip" not in ids(visit)
    visit.act("print:slip")
    assert not visit.all_asked(effects.PrintSlip)
    visit.device("receipt_printer", paper=Supply.FULL)
    assert "print:slip" in ids(visit)


def test_paper_out_in_the_middle_leaves_the_number_on_the_screen(visit: Any) -> None:
    visit.answers["PrintSlip"] = lambda effect: [
        events.Printed(effect.session, "slip", PrintOutcome(PrintResult.NOT_DONE, "media.out"))
    ]
    visit.to("receipt", ALLOWANCE)
    visit.act("print:slip")
    paper = visit.view.body.papers[0]
    assert (paper.state, paper.tone) == ("not_done", views.Tone.WRONG)
    assert "缺纸" in paper.words
    assert visit.view.body.qr
    assert "print:slip" in ids(visit)


@pytest.mark.parametrize(("said", "state"), [("yes:slip", "done"), ("no:slip", "not_done")])
def test_an_unknown_slip_is_asked_of_the_person_and_never_repeated(
    visit: Any, said: str, state: str
) -> None:
    visit.answers["PrintSlip"] = lambda effect: [
        events.Printed(effect.session, "slip", PrintOutcome(PrintResult.UNKNOWN, "dev.deadline"))
    ]
    visit.to("receipt", ALLOWANCE)
    visit.act("print:slip")
    assert visit.view.body.papers[0].words == "不确定打印好没有。凭条出来了吗？"
    visit.tick(30)
    assert len(visit.all_asked(effects.PrintSlip)) == 1
    visit.act(said)
    assert visit.view.body.papers[0].state == state


def test_a_print_that_is_never_answered_is_unknown(visit: Any) -> None:
    visit.answers["PrintSlip"] = None
    visit.to("receipt", ALLOWANCE)
    visit.act("print:slip")
    assert "next" not in ids(visit)
    visit.act("next")
    assert visit.screen == "receipt"
    visit.tick(61)
    assert visit.view.body.papers[0].state == "unknown"


@pytest.mark.parametrize(
    ("code", "state"), [("dev.not_present", "not_done"), ("dev.process_lost", "unknown")]
)
def test_a_printer_that_fails_before_the_first_byte_is_not_done_otherwise_unknown(
    visit: Any, code: str, state: str
) -> None:
    visit.answers["PrintSlip"] = lambda effect: [events.Failed(effect.session, "PrintSlip", code)]
    visit.to("receipt", ALLOWANCE)
    visit.act("print:slip")
    assert visit.view.body.papers[0].state == state


def test_a_page_printer_without_paper_sends_the_proof_to_the_phone(visit: Any) -> None:
    visit.device("page_printer", paper=Supply.OUT)
    visit.to("item", PROOF)
    assert visit.view.body.truth == "本机可以办。证明打印机缺纸，证明用手机领取"
    visit.to("receipt", PROOF)
    assert not visit.all_asked(effects.PrintResult)
    assert visit.view.body.qr == "https://platform.test/h/once"
    assert "请用手机扫码领取" in visit.view.body.papers[0].words
    visit.act("next")
    assert visit.screen == "rating", "the code is in the resident's hands"


def test_a_proof_that_did_not_print_goes_to_the_phone_and_can_be_tried_again(visit: Any) -> None:
    visit.answers["PrintResult"] = lambda effect: [
        events.Printed(effect.session, effect.code, PrintOutcome(PrintResult.NOT_DONE, "media.jam"))
    ]
    visit.to("receipt", PROOF)
    assert visit.view.body.papers[0].words == "证明打印机卡纸。请用手机扫码领取"
    del visit.answers["PrintResult"]
    visit.act("print:proof")
    assert visit.view.body.papers[0].state == "done"


def test_an_unknown_proof_is_asked_and_no_means_the_phone(visit: Any) -> None:
    visit.answers["PrintResult"] = lambda effect: [
        events.Printed(effect.session, effect.code, PrintOutcome(PrintResult.UNKNOWN, "dev.lost"))
    ]
    visit.to("receipt", PROOF)
    assert not visit.all_asked(effects.MakeHandover)
    visit.act("next")
    assert visit.view.overlay.kind == "skip_print"
    visit.act("stay")
    visit.act("no:proof")
    assert visit.all_asked(effects.MakeHandover)
    assert len(visit.all_asked(effects.PrintResult)) == 1


def test_leaving_without_the_proof_is_asked_once(visit: Any) -> None:
    visit.device("page_printer", paper=Supply.OUT)
    visit.answers["MakeHandover"] = lambda effect: [
        events.Failed(effect.session, "MakeHandover", "link.timeout")
    ]
    visit.to("receipt", PROOF)
    assert "领取码没有取到" in visit.view.body.papers[0].words
    assert "handover:proof" in ids(visit)
    visit.act("next")
    visit.act("go_on")
    assert visit.screen == "rating"


def test_a_proof_whose_seal_does_not_verify_is_never_printed(visit: Any) -> None:
    visit.answers["FetchResult"] = lambda effect: [
        events.Failed(effect.session, "FetchResult", "seal.invalid", effect.code)
    ]
    visit.to("receipt", PROOF)
    assert visit.view.body.papers[0].words.startswith("证明验章没有通过，不能打印")
    assert not visit.all_asked(effects.PrintResult)
    assert not [choice for choice in ids(visit) if choice.endswith(":proof")]


def test_a_proof_that_could_not_be_fetched_is_fetched_again_on_a_tap(visit: Any) -> None:
    visit.answers["FetchResult"] = lambda effect: [
        events.Failed(effect.session, "FetchResult", "link.cut", effect.code)
    ]
    visit.to("receipt", PROOF)
    del visit.answers["FetchResult"]
    visit.act("fetch:proof")
    assert visit.all_asked(effects.PrintResult)


# --- ratings ---------------------------------------------------------------------------------------


def test_a_rating_that_fails_is_the_machines_trouble_not_the_residents(visit: Any) -> None:
    visit.to("rating", ALLOWANCE)
    visit.answers["Submit"] = lambda effect: [
        events.Failed(effect.session, "Submit", "store.full", effect.kind)
    ]
    visit.act("grade:1")
    assert visit.screen == "goodbye"
    rating = visit.all_asked(effects.Submit)[-1]
    assert rating.payload.form == {"grade": 1}
    assert rating.payload.about == str(UUID(int=1))


def test_a_rating_can_be_skipped(visit: Any) -> None:
    visit.to("rating", ALLOWANCE)
    visit.act("skip")
    assert visit.screen == "goodbye"
    assert [each.kind for each in visit.all_asked(effects.Submit)] == ["application"]


def test_what_is_shown_without_a_link_says_as_of_when(visit: Any) -> None:
    visit.to("home")
    assert "截至" not in visit.view.body.help
    visit.link(online=False)
    assert visit.view.body.help.endswith("）")
    assert "资料截至" in visit.view.body.help
    visit.act("item:old-age-allowance")
    assert "资料截至" in visit.view.body.department
    visit.touch(intents.SetMode("english", on=True))
    assert "(as of " in visit.view.body.department
    visit.link(online=True)
    assert "as of" not in visit.view.body.department
