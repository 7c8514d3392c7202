# SPDX-License-Identifier: Apache-2.0
"""Ways to be known besides the identity card: offered truthfully, one touch from each other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from drivers.core import CapturedFace, Condition, Media, SocialCard, Status
from kiosk.flows import effects, events, face, intents, views
from kiosk.protocol.catalogue import Catalogue
from kiosk.protocol.messages import Holder, IdentityGrant

CODE = "HALL24DEMO-secret-of-a-test"
ALLOWANCE = "old-age-allowance"


@pytest.fixture
def scanner(visit: Any) -> Any:
    """Fit a code scanner; nobody has logged in yet."""
    visit.device("code_scanner")
    for name in ("ReadIdCard", "IdentifyByCard", "ReadIdentityCode", "IdentifyByCode"):
        visit.answers[name] = None
    return visit


def holder_grant(assurance: str = "code") -> IdentityGrant:
    return IdentityGrant(
        grant="opaque-grant-of-a-test",
        assurance=assurance,  # type: ignore[arg-type]  # one of the literal's values
        display_name="王*苗",
        expires_at=datetime(2026, 11, 23, 4, tzinfo=UTC),
        holder=Holder(
            name="王苗苗", number="36070219380312002X", birth=date(1938, 3, 12), sex="female"
        ),
    )


def ids(visit: Any) -> list[str]:
    return [action.id for action in visit.view.body.actions if action.enabled]


def show_code(visit: Any) -> None:
    visit.act("way:code")
    visit.send(events.CodeShown(visit.session, CODE))


def test_with_two_ways_nothing_is_preselected_and_no_device_waits(scanner: Any) -> None:
    scanner.to("identity")
    body = scanner.view.body
    assert (body.phase, body.way, body.lit_slot) == ("choose", "", "")
    assert [way.id for way in body.ways] == ["id_card", "code"]
    assert all(way.available for way in body.ways)
    assert scanner.silent == []


def test_a_code_goes_to_the_platform_once_and_the_form_is_filled_from_the_log_in(
    scanner: Any,
) -> None:
    scanner.to("identity")
    show_code(scanner)
    [ask] = scanner.all_asked(effects.IdentifyByCode)
    assert ask.code == CODE
    assert scanner.view.body.phase == "checking"
    scanner.send(events.Identified(scanner.session, holder_grant(), what="IdentifyByCode"))
    assert scanner.screen == "consent"
    scanner.to("form")
    fields = {field.key: field for field in scanner.view.body.fields}
    assert fields["name"].value == "王苗苗"
    assert fields["number"].locked
    assert fields["birth"].source == "来自身份核实"
    scanner.walk(ALLOWANCE)
    submitted = next(each for each in scanner.all_asked(effects.Submit))
    assert submitted.payload.identity is None
    assert submitted.payload.grant


def test_the_code_is_in_no_state_no_view_and_no_repr(scanner: Any) -> None:
    scanner.to("identity")
    show_code(scanner)
    said = repr(scanner.asked) + repr(scanner.outcomes) + repr(scanner.flow.state)
    assert CODE not in said
    assert CODE not in repr(events.CodeShown(1, CODE))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("identity.code_used", "这个码用过了，请在手机上刷新"),
        ("identity.code_expired", "这个码过期了，请在手机上刷新"),
        ("identity.code_unknown", "平台不认识这个码，请打开赣通码再扫"),
        ("link.timeout", "现在没有联网"),
        ("platform.busy", "平台现在很忙"),
    ],
)
def test_a_code_that_is_refused_says_why_and_a_fresh_one_may_follow(
    scanner: Any, code: str, words: str
) -> None:
    scanner.to("identity")
    show_code(scanner)
    scanner.send(events.Failed(scanner.session, "IdentifyByCode", code))
    assert scanner.view.body.phase == "trouble"
    assert scanner.view.body.trouble == words
    assert ids(scanner) == ["ticket", "other_way", "again"]
    scanner.act("again")
    assert scanner.view.body.phase == "waiting"
    assert len(scanner.all_asked(effects.ReadIdentityCode)) == 2
    assert len(scanner.all_asked(effects.IdentifyByCode)) == 1


def test_another_way_is_one_touch_and_the_scanner_stops_looking(scanner: Any) -> None:
    scanner.to("identity")
    scanner.act("way:code")
    assert scanner.view.body.lit_slot == "code_scanner"
    assert ids(scanner) == ["other_way"]
    scanner.act("other_way")
    assert scanner.view.body.phase == "choose"
    assert effects.CancelDevice(scanner.session, "code_scanner") in scanner.asked
    scanner.send(events.CodeShown(scanner.session, CODE))
    assert scanner.all_asked(effects.IdentifyByCode) == []
    del scanner.answers["ReadIdCard"], scanner.answers["IdentifyByCard"]
    scanner.act("way:id_card")
    assert scanner.screen == "consent"


def test_back_leads_from_a_way_to_the_choice_and_from_the_choice_to_the_guide(
    scanner: Any,
) -> None:
    scanner.to("identity")
    scanner.act("way:code")
    scanner.touch(intents.Back())
    assert scanner.view.body.phase == "choose"
    scanner.touch(intents.Back())
    assert scanner.screen == "item"


def test_a_scanner_that_comes_back_reads_on_by_itself(scanner: Any) -> None:
    scanner.to("identity")
    scanner.act("way:code")
    scanner.send(events.Failed(scanner.session, "ReadIdentityCode", "dev.not_present"))
    scanner.device("code_scanner", Condition.NO_DEVICE, "dev.not_present")
    assert scanner.view.body.trouble == "扫码器没有连上"
    assert ids(scanner) == ["ticket", "other_way"]
    scanner.device("code_scanner", Condition.ONLINE)
    assert scanner.view.body.phase == "waiting"
    assert len(scanner.all_asked(effects.ReadIdentityCode)) == 2


def test_a_way_that_does_not_work_says_why_beside_the_others(scanner: Any) -> None:
    scanner.to("identity")
    scanner.device("code_scanner", Condition.NO_DEVICE, "dev.not_present")
    card, code = scanner.view.body.ways
    assert card.available
    assert (code.available, code.reason) == (False, "扫码器没有连上")
    scanner.device("code_scanner")
    scanner.link(online=False)
    _card, code = scanner.view.body.ways
    assert (code.available, code.reason) == (False, "现在没有联网")


def test_without_a_scanner_there_is_nothing_to_choose(visit: Any) -> None:
    visit.device("code_scanner", Condition.NOT_FITTED)
    visit.answers["ReadIdCard"] = None
    visit.to("identity")
    assert visit.view.body.phase == "waiting"
    assert [way.id for way in visit.view.body.ways] == ["id_card"]


def test_a_broken_card_reader_does_not_close_the_terminal_where_a_code_serves(
    scanner: Any,
) -> None:
    scanner.device("id_card", Condition.HARDWARE_ERROR, "dev.hardware")
    assert not scanner.view.body.cannot_now
    scanner.to("identity")
    card, code = scanner.view.body.ways
    assert (card.available, code.available) == (False, True)
    scanner.link(online=False)
    scanner.act("way:code")
    assert scanner.view.body.trouble == "现在没有联网"


def test_the_end_of_the_session_stops_the_scanner(scanner: Any) -> None:
    scanner.to("identity")
    scanner.act("way:code")
    scanner.touch(intents.Exit())
    scanner.act("leave_now")
    assert effects.CancelDevice(scanner.session - 1, "code_scanner") in scanner.asked


def social_card(**changes: Any) -> SocialCard:
    facts: dict[str, Any] = {
        "version": "2.00",
        "card_number": "S19380312",
        "number": "36070219380312002X",
        "name": "王苗苗",
    }
    return SocialCard(**{**facts, **changes})


@pytest.fixture
def slot(visit: Any) -> Any:
    """Fit a reader of social security cards; nobody has logged in yet."""
    visit.device("smart_card")
    for name in ("ReadIdCard", "ReadSocialCard", "IdentifyBySocialCard"):
        visit.answers[name] = None
    return visit.to("identity")


def test_a_social_card_is_read_checked_and_taken_out(slot: Any) -> None:
    slot.act("way:social_card")
    assert slot.view.body.lit_slot == "smart_card"
    slot.send(events.CardProgress(slot.session, "card.reading", "ReadSocialCard"))
    assert slot.view.body.phase == "reading"
    slot.send(events.SocialCardRead(slot.session, social_card()))
    assert slot.view.body.phase == "checking"
    grant = holder_grant("social_card")
    slot.send(events.Identified(slot.session, grant, what="IdentifyBySocialCard"))
    assert slot.screen == "consent"
    assert slot.flow.state.session.person.card is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"note": "card.needs_certified_reader", "name": None, "number": None},
            "这种卡要专用读卡器，请换种方式",
        ),
        ({"name": None}, "这张卡读不出来，请擦一擦再放"),
        ({"card_number": None}, "这张卡读不出来，请擦一擦再放"),
    ],
)
def test_a_social_card_without_the_needed_fields_is_not_sent(
    slot: Any, changes: dict[str, Any], words: str
) -> None:
    slot.act("way:social_card")
    slot.send(events.SocialCardRead(slot.session, social_card(**changes)))
    assert slot.view.body.trouble == words
    assert slot.all_asked(effects.IdentifyBySocialCard) == []
    assert ids(slot) == ["ticket", "other_way", "again"]


def test_a_social_card_forgotten_in_the_slot_is_said_and_lit(slot: Any) -> None:
    del slot.answers["ReadIdCard"]
    slot.act("way:id_card")
    slot.to("goodbye", ALLOWANCE)
    slot.device("smart_card", media=Media.PRESENT)
    assert slot.view.body.heading == "请取走您的卡"
    assert effects.LightSlot(slot.session, "smart_card") in slot.asked


# --- face and card --------------------------------------------------------------------------------


SEEN = CapturedFace(
    b"",
    liveness_by="no_liveness_detection",
    comparison_by="no_face_comparison",
)


@pytest.fixture
def camera(visit: Any) -> Any:
    """Fit a camera with the default adapters; nobody has logged in yet."""
    details = {"liveness_by": "no_liveness_detection", "comparison_by": "no_face_comparison"}
    visit.send(events.DeviceChanged("camera", Status(Condition.ONLINE, details=details)))
    for name in ("ReadIdCard", "CaptureFace", "IdentifyByCard"):
        visit.answers[name] = None
    return visit.to("identity")


def put_card(visit: Any) -> None:
    visit.send(visit.usual(effects.ReadIdCard(visit.session))[-1])


def known_by_card(visit: Any) -> None:
    [identified] = visit.usual(visit.all_asked(effects.IdentifyByCard)[-1])
    visit.send(identified)


def not_seen(visit: Any, code: str = "face.too_dark") -> None:
    visit.send(events.Failed(visit.session, "CaptureFace", code))


def test_the_face_is_the_last_way_and_begins_with_a_consent_of_its_own(camera: Any) -> None:
    assert [way.id for way in camera.view.body.ways] == ["id_card", "face"]
    camera.act("way:face")
    consent = camera.view.body
    assert isinstance(consent, views.Consent)
    assert "本机不比对人脸" in consent.data
    assert "本机不检测是否真人" in consent.data
    assert ids(camera) == ["refuse", "agree"]
    assert camera.silent == []


def test_refusing_leads_back_to_the_other_ways_and_no_camera_looks(camera: Any) -> None:
    camera.act("way:face")
    camera.act("refuse")
    assert camera.view.body.phase == "choose"
    assert camera.all_asked(effects.CaptureFace) == []
    refused = effects.RecordStep(camera.session, "consent.refused", ALLOWANCE, "face-check")
    assert refused in camera.asked
    camera.act("way:face")
    assert camera.screen == "consent", "a refusal is not for ever"


def test_card_then_face_and_only_findings_go_to_the_platform(camera: Any) -> None:
    camera.act("way:face")
    camera.act("agree")
    assert (camera.view.body.phase, camera.view.body.lit_slot) == ("waiting", "id_card")
    put_card(camera)
    assert (camera.view.body.phase, camera.view.body.lit_slot) == ("looking", "camera")
    assert camera.all_asked(effects.IdentifyByCard) == []
    camera.send(events.FaceCaptured(camera.session, SEEN))
    [ask] = camera.all_asked(effects.IdentifyByCard)
    assert ask.face is not None
    assert (ask.face.same, ask.face.alive) == (None, None)
    assert ask.face.comparison_assurance == "none"
    assert ask.face.consent.given
    assert ask.face.consent.text_sha256 == face.consent_text(camera.flow.state).text_sha256
    camera.send(events.Identified(camera.session, holder_grant("card")))
    assert camera.screen == "consent"
    assert camera.flow.state.session.place.stage == "consent"


def test_hints_are_written_and_said_as_they_change(camera: Any) -> None:
    camera.act("way:face")
    camera.act("agree")
    put_card(camera)
    assert camera.view.body.hint == "请看屏幕上方的摄像头"
    said = []
    for code in ("face.too_small", "face.too_small", "face.eyes_closed", "face.ok"):
        camera.send(events.CardProgress(camera.session, code, "CaptureFace"))
        said.append((camera.view.body.hint, camera.view.speech))
    assert said[0] == ("请往前走一步", "离得有点远，请往前走一步。")
    assert said[2][0] == "请睁开眼睛看镜头"
    assert said[3][1] == "很好，请保持不动。"
    assert camera.view.body.caveat == "本机的刷脸不能证明是本人"


def test_after_three_looks_in_vain_the_other_ways_come_by_themselves(camera: Any) -> None:
    camera.act("way:face")
    camera.act("agree")
    put_card(camera)
    for number in (1, 2, 3):
        assert camera.view.body.help.startswith(f"第{number}次，共3次")
        not_seen(camera)
    assert camera.view.body.phase == "choose"
    assert camera.view.body.help == "没有拍好，请换一种办法"
    card, by_face = camera.view.body.ways
    assert (by_face.available, by_face.reason) == (False, "没有拍好，请换一种办法")
    assert card.available
    assert len(camera.all_asked(effects.CaptureFace)) == 3
    camera.act("way:id_card")
    assert camera.view.body.phase == "checking", "the card was read before"
    known_by_card(camera)
    assert camera.screen == "consent"


def test_a_camera_unplugged_while_it_looks_goes_on_by_itself_without_asking_again(
    camera: Any,
) -> None:
    camera.act("way:face")
    camera.act("agree")
    put_card(camera)
    not_seen(camera, "dev.not_present")
    camera.device("camera", Condition.NO_DEVICE, "dev.not_present")
    assert camera.view.body.trouble == "摄像头没有连上"
    camera.device("camera")
    assert camera.view.body.phase == "looking"
    assert camera.flow.state.session.face_tries == 0
    assert len(camera.all_asked(effects.ReadIdCard)) == 1


def test_the_live_picture_is_shown_while_the_camera_looks_and_no_longer(camera: Any) -> None:
    camera.answers["ShowLivePicture"] = None
    camera.act("way:face")
    camera.act("agree")
    put_card(camera)
    session = camera.session
    assert camera.all_asked(effects.ShowLivePicture) == [effects.ShowLivePicture(session, "camera")]
    camera.send(events.LivePictureShown(session, "camera", "/proc/1/fd/9", 2**62))
    live = camera.view.body.live
    assert (live.place, live.token, live.mirrored) == ("/proc/1/fd/9", str(2**62), True)
    not_seen(camera)
    assert len(camera.all_asked(effects.ShowLivePicture)) == 1, "it goes on through the next look"
    camera.send(events.FaceCaptured(session, SEEN))
    assert camera.view.body.live.place == ""
    assert effects.HideLivePicture(session, "camera") in camera.asked


@pytest.mark.parametrize("leaving", ["other_way", "exit", "lost"])
def test_the_live_picture_ends_however_the_look_ends(camera: Any, leaving: str) -> None:
    camera.answers["ShowLivePicture"] = None
    camera.act("way:face")
    camera.act("agree")
    put_card(camera)
    session = camera.session
    if leaving == "other_way":
        camera.act("other_way")
    elif leaving == "exit":
        camera.touch(intents.Exit())
        camera.act("leave_now")
    else:
        not_seen(camera, "dev.process_lost")
    assert effects.HideLivePicture(session, "camera") in camera.asked
    camera.send(events.LivePictureShown(session, "camera", "/proc/1/fd/9", 7))
    assert camera.flow.state.session.live.place == ""


def test_without_a_live_picture_the_camera_looks_all_the_same(camera: Any) -> None:
    camera.answers["ShowLivePicture"] = None
    camera.act("way:face")
    camera.act("agree")
    put_card(camera)
    camera.send(events.Failed(camera.session, "ShowLivePicture", "dev.deadline", "camera"))
    assert camera.view.body.phase == "looking"
    assert camera.view.body.lit_slot == "camera"


def test_another_way_stops_the_camera(camera: Any) -> None:
    camera.act("way:face")
    camera.act("agree")
    put_card(camera)
    camera.act("other_way")
    assert effects.CancelDevice(camera.session, "camera") in camera.asked
    camera.send(events.FaceCaptured(camera.session, SEEN))
    assert camera.all_asked(effects.IdentifyByCard) == []


def test_without_its_card_reader_the_face_is_no_way(camera: Any) -> None:
    camera.device("id_card", Condition.NO_DEVICE, "dev.not_present")
    _card, by_face = camera.view.body.ways
    assert (by_face.available, by_face.reason) == (False, "身份证读卡器没有连上")


# --- what a log-in is worth -----------------------------------------------------------------------


def demand(visit: Any, assurance: str) -> None:
    """Let every item ask for that assurance."""
    items = tuple(
        item.model_copy(
            update={"requires": item.requires.model_copy(update={"assurance": assurance})}
        )
        for item in visit.flow.state.machine.catalogue.items
    )
    catalogue = Catalogue(version="2", items=items)
    visit.send(events.CatalogueLoaded(catalogue, 0.0, fresh=True))


def test_a_way_that_is_not_enough_for_the_item_says_so(scanner: Any) -> None:
    demand(scanner, "card")
    scanner.to("identity")
    card, code = scanner.view.body.ways
    assert card.available
    assert (code.available, code.reason) == (False, "办这件事，这种方式不够")


def test_who_is_known_by_less_is_asked_only_for_what_is_missing(scanner: Any) -> None:
    scanner.to("identity")
    show_code(scanner)
    scanner.send(events.Identified(scanner.session, holder_grant(), what="IdentifyByCode"))
    assert scanner.screen == "consent"
    demand(scanner, "card")
    for _ in range(2):
        scanner.touch(intents.Back())
    scanner.act("home")
    scanner.to("identity", "social-insurance-proof")
    assert scanner.view.body.phase == "choose"
    scanner.act("way:id_card")
    put_card(scanner)
    known_by_card(scanner)
    assert scanner.screen != "identity"
    assert scanner.flow.state.session.person.grant.assurance == "card"
    assert len(scanner.all_asked(effects.Logout)) == 1, "one log-in a session"


def test_a_step_up_to_the_face_does_not_read_the_card_again(camera: Any) -> None:
    camera.act("way:id_card")
    put_card(camera)
    known_by_card(camera)
    demand(camera, "card+face")
    camera.touch(intents.Back())
    camera.act("home")
    camera.to("identity", "social-insurance-proof")
    assert [way.available for way in camera.view.body.ways] == [False, True]
    camera.act("way:face")
    camera.act("agree")
    assert camera.view.body.phase == "looking"
    camera.send(events.FaceCaptured(camera.session, SEEN))
    camera.send(events.Identified(camera.session, holder_grant("card")))
    assert camera.view.body.heading == "这件事要到窗口核实身份", "the stand-in proves no face"
