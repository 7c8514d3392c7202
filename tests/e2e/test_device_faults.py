# SPDX-License-Identifier: Apache-2.0
"""Faults of devices in the middle of a visit: plain words, another way on, recovery without restart."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest
from terminal_rig import Rig

from kiosk.config import SessionSettings
from kiosk.flows.intents import SetMode
from kiosk.flows.views import Action, IdleOverlay, ReceiptPage
from tests.support.patience import patience

pytestmark = [pytest.mark.daemon, pytest.mark.slow]

PROOF = "social-insurance-proof"


def _at_the_reader(rig: Rig) -> None:
    rig.ready()
    rig.open_item(PROOF)
    rig.press("start")
    rig.wait(lambda view: getattr(view.body, "phase", "") in {"choose", "waiting"})
    if getattr(rig.view.body, "phase", "") == "choose":
        rig.press("way:id_card")
        rig.wait(lambda view: getattr(view.body, "phase", "") == "waiting")


@pytest.mark.parametrize("fault", ["card_removed", "card_removed_mid_frame", "not_genuine"])
def test_a_card_that_fails_leads_to_words_and_a_second_try(
    make_rig: Callable[..., Rig], fault: str
) -> None:
    rig = make_rig()
    _at_the_reader(rig)
    rig.reader.actions()["fail_next"](fault, "9")
    rig.reader.actions()["place"]("elder")
    body = rig.wait(lambda view: getattr(view.body, "phase", "") == "trouble").body
    assert getattr(body, "trouble", "")
    offered = [action.id for action in getattr(body, "actions", ()) if action.enabled]
    assert len(offered) >= 2, "one way on is no choice"
    rig.reader.actions()["clear_faults"]()
    rig.reader.actions()["remove"]()
    rig.press("again")
    rig.wait(lambda view: getattr(view.body, "phase", "") == "waiting")
    rig.reader.actions()["place"]("elder")
    rig.wait_for("consent")


@pytest.mark.expected_logs("id_card")
def test_a_reader_unplugged_and_back_recovers_on_the_same_screen(
    make_rig: Callable[..., Rig], eventually: Callable[..., None]
) -> None:
    rig = make_rig()
    _at_the_reader(rig)
    rig.reader.actions()["unplug"]()
    rig.wait(lambda view: getattr(view.body, "phase", "") == "trouble")
    eventually(lambda: rig.terminal.devices.status("id_card").condition == "no_device")
    rig.reader.actions()["replug"]()
    rig.wait(lambda view: getattr(view.body, "phase", "") == "waiting")
    rig.reader.actions()["place"]("elder")
    rig.wait_for("consent")


@pytest.mark.expected_logs("id_card")
@pytest.mark.parametrize("harm", ["kill", "freeze"])
def test_a_dead_or_frozen_device_process_leaves_the_terminal_answering_and_comes_back(
    make_rig: Callable[..., Rig], harm: str
) -> None:
    rig = make_rig()
    _at_the_reader(rig)
    host = rig.terminal.devices
    before = host.process_id("id_card")
    assert before is not None
    if harm == "kill":
        host.kill("id_card")
    else:
        os.kill(before, signal.SIGSTOP)
    slowest = 0.0
    for on in (True, False) * 5:
        asked = time.monotonic()
        rig.post(SetMode("contrast", on=on))
        rig.wait(lambda view, on=on: view.modes.contrast is on, 2)
        slowest = max(slowest, time.monotonic() - asked)
    assert slowest < patience(0.1), f"an answer took {slowest * 1000:.0f} ms"
    rig.wait(lambda _: host.process_id("id_card") not in {None, before})
    rig.wait(lambda view: getattr(view.body, "phase", "") == "waiting")
    rig.reader.actions()["place"]("elder")
    rig.wait_for("consent")


@pytest.mark.expected_logs("receipt_printer")
def test_a_slip_printer_without_paper_is_said_before_and_the_number_stands_on_the_screen(
    make_rig: Callable[..., Rig], eventually: Callable[..., None]
) -> None:
    rig = make_rig()
    rig.ready()
    rig.slips.actions()["paper_out"]()
    # A visit may be quicker than the next look at the printer; what is told before needs that look.
    eventually(lambda: rig.terminal.devices.status("receipt_printer").paper == "out")
    rig.open_item(PROOF)
    rig.show_card()
    rig.walk_until("receipt")
    receipt = rig.view.body
    assert isinstance(receipt, ReceiptPage)
    assert receipt.number
    assert receipt.qr
    assert "print:slip" not in [action.id for action in receipt.actions if action.enabled]


@pytest.mark.expected_logs("receipt_printer")
def test_paper_that_ends_in_the_middle_is_never_called_printed(
    make_rig: Callable[..., Rig], eventually: Callable[..., None]
) -> None:
    rig = make_rig()
    rig.ready()
    rig.open_item(PROOF)
    rig.show_card()
    rig.walk_until("receipt")
    rig.slips.actions()["paper_out_after"]("20")
    rig.wait(lambda view: any(a.id == "print:slip" and a.enabled for a in _actions(view.body)))
    rig.press("print:slip")
    rig.wait(
        lambda view: any(
            paper.state in {"not_done", "unknown"} for paper in getattr(view.body, "papers", ())
        )
    )
    receipt = rig.view.body
    assert isinstance(receipt, ReceiptPage)
    assert receipt.qr
    eventually(lambda: rig.terminal.devices.status("receipt_printer").paper == "out")


def test_nobody_there_leads_to_a_warning_a_countdown_and_a_wiped_session(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(SessionSettings(idle_s=5, idle_with_card_s=5, countdown_s=5))
    rig.ready()
    rig.open_item(PROOF)
    rig.show_card()
    rig.wait_for("consent")
    overlay = rig.wait(lambda view: isinstance(view.overlay, IdleOverlay)).overlay
    assert isinstance(overlay, IdleOverlay)
    assert 0 < overlay.seconds_left <= 5
    rig.wait(lambda view: view.body.screen == "attract")
    assert rig.view.overlay is None


def _actions(body: object) -> tuple[Action, ...]:
    return tuple(getattr(body, "actions", ()))
