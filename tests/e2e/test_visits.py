# SPDX-License-Identifier: Apache-2.0
"""Whole visits: online, offline and back, and what is left of the resident afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from terminal_rig import PlatformProcess, Rig, traces

from kiosk.documents.seals import verify_seal
from kiosk.flows.intents import Act, Exit
from kiosk.flows.views import ItemPage, ReceiptPage, Tone
from kiosk.supplies.ledger import Ledger
from kiosk.supplies.tally import Counter

pytestmark = [pytest.mark.daemon, pytest.mark.slow]

PROOF = "social-insurance-proof"
ALLOWANCE = "old-age-allowance"


def test_a_proof_is_applied_for_sealed_verified_printed_and_counted(
    make_rig: Callable[..., Rig], eventually: Callable[..., None]
) -> None:
    rig = make_rig()
    rig.ready()
    rig.open_item(PROOF)
    rig.show_card()
    rig.walk_until("receipt")
    rig.wait(lambda view: _paper(view.body, 0) == "done")
    receipt = rig.view.body
    assert isinstance(receipt, ReceiptPage)
    assert not receipt.provisional
    pdf = rig.pages.documents()[-1].read_bytes()
    assert verify_seal(pdf, rig.enrolled.seal_root_pem).pages >= 1
    [case] = rig.platform.submissions()
    assert case["case_number"] == receipt.number
    assert (case["item"], case["state"]) == (PROOF, "approved")

    def counted() -> bool:
        counters = Ledger(rig.data_dir).read().counters
        wanted = {("id_card", Counter.CARDS): 1, ("page_printer", Counter.DOCUMENTS): 1}
        return wanted.items() <= counters.items()

    eventually(counted, within_s=60)
    told = {slot: number for (slot, what), number in _counters(rig) if what is Counter.OPENS}
    assert set(told) == {"id_card", "receipt_printer", "page_printer"}
    assert all(number >= 1 for number in told.values())


def _counters(rig: Rig) -> list[tuple[tuple[str, Counter], int]]:
    return list(Ledger(rig.data_dir).read().counters.items())


def test_an_application_made_offline_is_provisional_and_delivered_once_when_the_link_is_back(
    make_rig: Callable[..., Rig], eventually: Callable[..., None]
) -> None:
    rig = make_rig()
    rig.ready()
    rig.link.cut()
    rig.wait(lambda view: view.link.tone is not Tone.GOOD)
    proof = rig.open_item(PROOF)
    assert isinstance(proof, ItemPage)
    assert proof.truth_tone is not Tone.GOOD
    assert "start" not in [action.id for action in proof.actions if action.enabled]
    rig.press("home")
    rig.wait_for("home")
    rig.press(f"item:{ALLOWANCE}")
    rig.wait_for("item")
    rig.show_card()
    rig.walk_until("receipt")
    receipt = rig.view.body
    assert isinstance(receipt, ReceiptPage)
    assert receipt.provisional
    assert rig.platform.submissions() == []
    rig.link.restore()
    eventually(lambda: len(rig.platform.submissions()) == 1, within_s=20)
    [case] = rig.platform.submissions()
    assert case["receipt"] == receipt.number
    assert case["case_number"]


def test_a_platform_that_dies_and_comes_back_gets_the_application_once(
    make_rig: Callable[..., Rig], platform: PlatformProcess, eventually: Callable[..., None]
) -> None:
    rig = make_rig()
    rig.ready()
    rig.open_item(ALLOWANCE)
    rig.show_card()
    rig.walk_until("review")
    platform.stop()
    rig.press("submit")
    rig.wait_for("receipt")
    assert isinstance(rig.view.body, ReceiptPage)
    assert rig.view.body.provisional
    platform.start()
    eventually(lambda: len(platform.submissions()) == 1, within_s=20)


@pytest.mark.parametrize("ending", ["finished", "exit", "offline"])
def test_after_the_visit_nothing_of_the_resident_is_readable(
    make_rig: Callable[..., Rig], tmp_path: Path, ending: str
) -> None:
    rig = make_rig()
    rig.ready()
    if ending == "offline":
        rig.link.cut()
        rig.wait(lambda view: view.link.tone is not Tone.GOOD)
    rig.open_item(ALLOWANCE)
    rig.show_card()
    rig.walk_until("review")
    if ending == "exit":
        rig.post(Exit())
        rig.wait(lambda view: view.overlay is not None)
        overlay = rig.view.overlay
        assert overlay is not None
        rig.post(Act(next(action.id for action in overlay.actions if not action.primary)))
    else:
        rig.press("submit")
        rig.wait_for("receipt")
        rig.wait(lambda view: _enabled(view.body, "next"))
        rig.press("next")
        rig.wait_for("rating")
        rig.press("skip")
        rig.wait_for("goodbye")
        rig.press("done")
    rig.wait_for("attract")
    rig.terminal.stop()
    assert traces(tmp_path / "data") == []


def _enabled(body: object, action: str) -> bool:
    return any(each.id == action and each.enabled for each in getattr(body, "actions", ()))


def _paper(body: object, index: int) -> str:
    papers = getattr(body, "papers", ())
    return papers[index].state if len(papers) > index else ""
