# SPDX-License-Identifier: Apache-2.0
"""Visits of residents who prove who they are by something else than the identity card."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from terminal_rig import Rig, fitted, traces

from drivers.camera.frame_ring import FrameReader, RingError
from drivers.sim.camera import FaceCameraSimulator
from drivers.sim.code_scanner import CodeScannerSimulator
from drivers.sim.people import PEOPLE
from drivers.sim.social_card import SocialCardSimulator
from drivers.sim.social_card_chip import (
    HOLDERS,
    ChipFault,
    SocialCardChip,
    SyntheticSocialCard,
    social_card_of,
)
from kiosk.flows.effects import CaptureFace
from kiosk.flows.views import Body, Consent, Identity, ReceiptPage
from tests.support.running import running

pytestmark = [pytest.mark.daemon, pytest.mark.slow]

PROOF = "social-insurance-proof"
ALLOWANCE = "old-age-allowance"
NUMBER = PEOPLE["elder"].card.number or ""


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[CodeScannerSimulator]:
    with running(CodeScannerSimulator("code_scanner", tmp_path / "scanner")) as simulator:
        yield simulator


@pytest.fixture
def code_rig(
    scanner: CodeScannerSimulator, make_rig: Callable[..., Rig], eventually: Callable[..., None]
) -> Rig:
    slot = fitted("code_scanner", "serial_scanner", url=scanner.endpoint, profile="syn")
    rig = make_rig(slots=(slot,))
    eventually(lambda: rig.terminal.devices.status("code_scanner").condition == "online")
    return rig


@pytest.fixture
def slot() -> Iterator[SocialCardSimulator]:
    with running(SocialCardSimulator("smart_card")) as simulator:
        yield simulator


@pytest.fixture
def card_rig(
    slot: SocialCardSimulator, make_rig: Callable[..., Rig], eventually: Callable[..., None]
) -> Rig:
    reader = fitted("smart_card", "pcsc", reader=slot.endpoint, socket=slot.socket)
    rig = make_rig(slots=(reader,))
    eventually(lambda: rig.terminal.devices.status("smart_card").condition == "online")
    return rig


@pytest.fixture
def camera() -> Iterator[FaceCameraSimulator]:
    with running(FaceCameraSimulator("camera")) as simulator:
        yield simulator


@pytest.fixture
def face_rig(
    camera: FaceCameraSimulator, make_rig: Callable[..., Rig], eventually: Callable[..., None]
) -> Rig:
    rig = make_rig(slots=(fitted("camera", "uvc", device=camera.endpoint),))
    eventually(lambda: rig.terminal.devices.status("camera").condition == "online")
    return rig


def phase(rig: Rig, wanted: str) -> None:
    rig.wait(lambda view: getattr(view.body, "phase", "") == wanted)


def choose(rig: Rig, way: str, item: str = PROOF) -> None:
    """From the first screen to the device of that way."""
    rig.ready()
    rig.open_item(item)
    rig.press("start")
    phase(rig, "choose")
    rig.press(f"way:{way}")
    phase(rig, "waiting")


def leave(rig: Rig) -> None:
    """From the receipt to the next resident."""
    rig.wait(lambda view: any(a.id == "next" and a.enabled for a in _actions(view.body)))
    rig.press("next")
    rig.wait_for("rating")
    rig.press("skip")
    rig.wait_for("goodbye")
    rig.press("done")
    rig.wait_for("attract")


def test_a_whole_visit_by_code_leaves_neither_resident_nor_code(
    code_rig: Rig, scanner: CodeScannerSimulator, tmp_path: Path
) -> None:
    rig = code_rig
    choose(rig, "code", ALLOWANCE)
    code = rig.platform.identity_code(NUMBER)
    scanner.present(code)
    rig.wait_for("consent")
    rig.walk_until("receipt")
    receipt = rig.view.body
    assert isinstance(receipt, ReceiptPage)
    leave(rig)
    [case] = rig.platform.submissions()
    assert case["form"]["number"] == NUMBER
    assert case["case_number"]
    rig.terminal.stop()
    assert traces(tmp_path / "data", code.encode()) == []


def test_a_code_that_was_used_or_is_too_old_is_refused_in_words_and_a_fresh_one_gets_in(
    code_rig: Rig, scanner: CodeScannerSimulator
) -> None:
    rig = code_rig
    used, old = rig.platform.identity_code(NUMBER), rig.platform.identity_code(NUMBER, 0)
    choose(rig, "code")
    scanner.present(used)
    rig.wait_for("consent")
    rig.press("agree")
    rig.terminal.post(_exit())
    rig.wait(lambda view: view.overlay is not None)
    rig.press("leave_now")
    rig.wait_for("attract")
    choose(rig, "code")
    for words in ("这个码用过了，请在手机上刷新", "这个码过期了，请在手机上刷新"):
        phase(rig, "trouble")
        assert getattr(rig.view.body, "trouble", "") == words
        scanner.present(old if "用过" in words else rig.platform.identity_code(NUMBER))
        rig.press("again")
        rig.wait(lambda view: getattr(view.body, "phase", "") != "trouble")
    rig.wait_for("consent")


@pytest.mark.expected_logs("code_scanner")
def test_a_scanner_unplugged_and_back_reads_on_at_the_same_screen(
    code_rig: Rig, scanner: CodeScannerSimulator
) -> None:
    rig = code_rig
    choose(rig, "code")
    scanner.unplug()
    phase(rig, "trouble")
    scanner.present(rig.platform.identity_code(NUMBER))
    scanner.replug()
    rig.wait_for("consent")


def test_a_whole_visit_by_social_card_leaves_nothing_of_the_resident(
    card_rig: Rig, slot: SocialCardSimulator, tmp_path: Path
) -> None:
    rig = card_rig
    choose(rig, "social_card", ALLOWANCE)
    slot.place("elder")
    rig.wait_for("consent")
    rig.walk_until("receipt")
    slot.remove()
    leave(rig)
    [case] = rig.platform.submissions()
    assert case["form"]["number"] == NUMBER
    rig.terminal.stop()
    number = social_card_of(HOLDERS["elder"]).card_number or ""
    assert traces(tmp_path / "data", number.encode()) == []


def test_a_social_card_that_is_not_enough_says_why_and_the_identity_card_is_one_touch_away(
    card_rig: Rig, slot: SocialCardSimulator
) -> None:
    rig = card_rig
    choose(rig, "social_card")
    slot.place("elder", "3.00")
    phase(rig, "trouble")
    assert getattr(rig.view.body, "trouble", "") == "这种卡要专用读卡器，请换种方式"
    slot.place("granted")
    rig.press("again")
    rig.wait(lambda view: "挂失" in getattr(view.body, "trouble", ""))
    rig.press("other_way")
    phase(rig, "choose")
    rig.press("way:id_card")
    phase(rig, "waiting")
    rig.reader.actions()["place"]("elder")
    rig.wait_for("consent")


def test_a_social_card_pulled_in_the_middle_is_asked_for_again(
    card_rig: Rig, slot: SocialCardSimulator
) -> None:
    rig = card_rig
    choose(rig, "social_card")
    chip = SocialCardChip(SyntheticSocialCard(social_card_of(HOLDERS["elder"])))
    chip.expect(ChipFault.PULLED, 5)
    slot.place_chip(chip, "elder")
    phase(rig, "trouble")
    assert getattr(rig.view.body, "trouble", "") == "卡拿早了，请再放一次"
    slot.place("elder")
    rig.press("again")
    rig.wait_for("consent")


def ask_for_face(rig: Rig, item: str) -> Body:
    """From the first screen to the consent to a look at the face."""
    rig.ready()
    rig.open_item(item)
    rig.press("start")
    phase(rig, "choose")
    rig.press("way:face")
    return rig.wait_for("consent")


def test_a_whole_visit_by_card_and_face_leaves_neither_resident_nor_picture(
    face_rig: Rig, camera: FaceCameraSimulator, eventually: Callable[..., None], tmp_path: Path
) -> None:
    rig = face_rig
    asked = ask_for_face(rig, ALLOWANCE)
    assert isinstance(asked, Consent)
    assert "本机不比对人脸" in asked.data
    rig.press("refuse")
    phase(rig, "choose")
    rig.press("way:face")
    rig.wait_for("consent")
    rig.press("agree")
    phase(rig, "waiting")
    rig.reader.actions()["place"]("elder")
    rig.wait(lambda view: getattr(view.body, "hint", "") == "请站到屏幕正前方")
    live = rig.wait(lambda view: isinstance(view.body, Identity) and view.body.live.place).body
    assert isinstance(live, Identity)
    with FrameReader(live.live.place, int(live.live.token)) as pictures:
        eventually(lambda: pictures.newest() is not None)
    camera.scene("far")
    rig.wait(lambda view: getattr(view.body, "hint", "") == "请往前走一步")
    camera.scene("face")
    rig.wait(lambda view: isinstance(view.body, Consent) and view.body.total > 1)
    eventually(lambda: camera.state()["watchers"] == 0)
    with pytest.raises(RingError):
        FrameReader(live.live.place, int(live.live.token))
    rig.walk_until("receipt")
    leave(rig)
    [case] = rig.platform.submissions()
    assert case["form"]["number"] == NUMBER
    rig.terminal.stop()
    # A JPEG begins with these bytes; a picture that was kept anywhere would, too.
    for head in (b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\xff\xd8\xff\xdb\x00C"):
        assert traces(tmp_path / "data", head) == []


def test_three_looks_in_vain_lead_to_the_other_ways_by_themselves(
    face_rig: Rig, camera: FaceCameraSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = face_rig
    looks: list[float] = []
    capture = rig.terminal._devices.capture_face

    def short_look(effect: CaptureFace) -> None:
        looks.append(effect.deadline_s)
        capture(replace(effect, deadline_s=1.0))

    monkeypatch.setitem(rig.terminal._runners, CaptureFace, short_look)
    camera.scene("dark")
    ask_for_face(rig, PROOF)
    rig.press("agree")
    phase(rig, "waiting")
    rig.reader.actions()["place"]("elder")
    phase(rig, "looking")
    phase(rig, "choose")
    assert len(looks) == 3
    body = rig.view.body
    assert isinstance(body, Identity)
    assert [way.available for way in body.ways] == [True, False]
    rig.press("way:id_card")
    rig.wait_for("consent")


def _exit() -> object:
    from kiosk.flows.intents import Exit  # noqa: PLC0415 - only here

    return Exit()


def _actions(body: object) -> tuple[object, ...]:
    return tuple(getattr(body, "actions", ()))
