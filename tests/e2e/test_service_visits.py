# SPDX-License-Identifier: Apache-2.0
"""Residents' own matters from the first screen to the last: cases, a slip, papers that are wanted, a time, a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from terminal_rig import Rig, fitted, traces
from test_scanning_pages import lay_page, pages

from drivers.sim.code_scanner import CodeScannerSimulator
from drivers.sim.mjpeg_camera import MjpegCameraSimulator
from kiosk.documents.seals import verify_seal
from kiosk.flows.intents import Answer, AskHelp
from kiosk.flows.views import Choices, FormPage, ReceiptPage, Record, Tone
from tests.support.platform_asking import Ask, asking

pytestmark = [pytest.mark.daemon, pytest.mark.slow]

PROOF = "social-insurance-proof"
ALLOWANCE = "old-age-allowance"
PAPER = "household-register"
PHONE = "13800000000"


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[CodeScannerSimulator]:
    simulator = CodeScannerSimulator("code_scanner", tmp_path / "scanner")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def table() -> Iterator[MjpegCameraSimulator]:
    simulator = MjpegCameraSimulator()
    simulator.start()
    yield simulator
    simulator.stop()


def staff(rig: Rig, role: str) -> Ask:
    return asking(rig.platform.url, rig.platform.staff_token(role))


def log_in(rig: Rig) -> None:
    rig.wait(lambda view: getattr(view.body, "phase", "") in {"choose", "waiting"})
    if getattr(rig.view.body, "phase", "") == "choose":
        rig.press("way:id_card")
        rig.wait(lambda view: getattr(view.body, "phase", "") == "waiting")
    rig.reader.actions()["place"]("elder")


def go_on(rig: Rig) -> None:
    """From a receipt, without rating, to home."""
    rig.wait(lambda view: any(each.id == "next" and each.enabled for each in actions(view.body)))
    rig.press("next")
    rig.wait_for("rating")
    rig.press("skip")
    rig.wait_for("goodbye")
    rig.press("more")
    rig.wait_for("home")


def leave(rig: Rig) -> None:
    """From a service's page to the next resident."""
    rig.wait(
        lambda view: any(each.id == "leave_page" and each.enabled for each in actions(view.body))
    )
    rig.press("leave_page")
    rig.wait_for("goodbye")
    rig.press("done")
    rig.wait_for("attract")


def actions(body: object) -> tuple[Any, ...]:
    return tuple(getattr(body, "actions", ()))


def option(rig: Rig, label: str) -> str:
    """Wait for a list that has this entry and return the entry's id."""

    def found(body: object) -> str:
        shown = body.options if isinstance(body, Choices) else ()
        return next((each.id for each in shown if label in each.label), "")

    return found(rig.wait(lambda view: found(view.body)).body)


def record(rig: Rig, heading: str) -> Record:
    body = rig.wait(
        lambda view: isinstance(view.body, Record) and view.body.heading == heading
    ).body
    assert isinstance(body, Record)
    return body


def test_a_case_is_found_again_its_document_printed_and_its_slip_tells_the_state_alone(
    make_rig: Callable[..., Rig],
    scanner: CodeScannerSimulator,
    eventually: Callable[..., None],
    tmp_path: Path,
) -> None:
    slot = fitted("code_scanner", "serial_scanner", url=scanner.endpoint, profile="syn")
    rig = make_rig(slots=(slot,))
    eventually(lambda: rig.terminal.devices.status("code_scanner").condition == "online", 60)
    rig.ready()
    rig.open_item(PROOF)
    rig.show_card()
    receipt = rig.walk_until("receipt")
    assert isinstance(receipt, ReceiptPage)
    eventually(lambda: len(rig.pages.documents()) == 1, 60)
    slip, number = rig.view.body.qr, rig.view.body.number  # type: ignore[attr-defined]
    go_on(rig)
    rig.press("service:cases")  # nobody logs in twice
    rig.press("choose:" + option(rig, "参保证明"))
    body = record(rig, "已办好")
    assert body.number == number
    rig.press("take:proof")
    rig.wait(lambda view: any(each.state == "done" for each in getattr(view.body, "papers", ())))
    assert len(rig.pages.documents()) == 2
    printed = rig.pages.documents()[-1].read_bytes()
    leave(rig)

    # Somebody else with the slip: no log-in, the state and nothing of the person or the matter.
    rig.press("start")
    rig.wait_for("home")
    rig.press("service:cases")
    rig.wait(lambda view: isinstance(view.body, Choices) and len(view.body.options) == 2)
    rig.press("choose:slip")
    rig.wait(lambda view: getattr(view.body, "lit_slot", "") == "code_scanner")
    scanner.present(slip if slip.startswith("hall24/1") else f"hall24/1 {number} {_id(rig)}")
    body = record(rig, "已办好")
    assert body.number == number
    assert "参保" not in repr(body)
    assert rig.terminal._flow.state.session.person.grant is None
    rig.terminal.stop()
    # Only now: what checks seals takes seconds to load, and the simulators here would not answer meanwhile.
    assert verify_seal(printed, rig.enrolled.seal_root_pem).pages
    assert traces(tmp_path / "data") == []


def _id(rig: Rig) -> str:
    [case] = rig.platform.submissions()
    return str(case["id"])


def test_papers_that_an_officer_wants_are_scanned_and_reach_the_case(
    make_rig: Callable[..., Rig],
    table: MjpegCameraSimulator,
    eventually: Callable[..., None],
    tmp_path: Path,
) -> None:
    rig = make_rig(slots=(fitted("document_scanner", "overhead_camera", device=table.endpoint),))
    eventually(lambda: rig.terminal.devices.status("document_scanner").condition == "online", 60)
    rig.ready()
    rig.open_item(ALLOWANCE)
    rig.show_card()
    rig.walk_until("materials")
    rig.press(f"later:{PAPER}")
    rig.walk_until("receipt")
    go_on(rig)
    eventually(lambda: len(rig.platform.submissions()) == 1, 30)
    [case] = rig.platform.submissions()
    officer = staff(rig, "officer")
    words = {"zh": "户口簿看不清", "en": "The register cannot be read"}
    decision = {"state": "supplement", "reason": words, "wanted": [PAPER]}
    address = f"/officers/cases/{case['case_number']}"
    assert officer("POST", f"{address}/decision", json=decision).ok
    rig.press("service:cases")
    rig.press("choose:" + option(rig, "津贴"))
    body = record(rig, "要补材料")
    assert "户口簿看不清" in {row.value for row in body.facts}
    rig.press("supplement")
    rig.wait_for("materials")
    rig.press(f"scan:{PAPER}")
    rig.wait(lambda view: getattr(getattr(view.body, "live", None), "place", ""))
    lay_page(table, 40)
    rig.wait(lambda view: pages(view, 1))
    rig.press("scan_done")
    rig.wait_for("materials")
    rig.press("next")
    rig.wait_for("review")
    rig.press("submit")
    rig.wait_for("receipt")
    eventually(lambda: officer("GET", address).json()["case"]["state"] == "in_review", 30)
    assert officer("GET", address).json()["case"]["open_gaps"] == 0
    rig.wait(lambda view: not getattr(view.body, "provisional", True))
    assert rig.view.body.number == case["case_number"]  # type: ignore[attr-defined]
    go_on(rig)
    rig.press("service:cases")
    rig.wait(lambda view: _status(view.body).endswith("前办好"))
    leave(rig)
    rig.terminal.stop()
    assert traces(tmp_path / "data") == []


def _status(body: object) -> str:
    options = body.options if isinstance(body, Choices) else ()
    return options[0].status if options else ""


def offer_times(rig: Rig) -> None:
    """Offer two times of the day after tomorrow, one of which somebody else will take."""
    day = (datetime.now(UTC) + timedelta(days=2)).date()
    for hour in (1, 2):
        answer = staff(rig, "operator")(
            "POST",
            "/operations/slots",
            json={
                "place": {"zh": "章贡区便民服务中心", "en": "Zhanggong"},
                "item": "hall-appointment",
                "starts_at": f"{day}T0{hour}:00:00Z",
                "ends_at": f"{day}T0{hour}:30:00Z",
                "capacity": 1,
            },
        )
        assert answer.status_code == 201


def test_a_time_is_booked_its_slip_printed_and_given_back(
    make_rig: Callable[..., Rig], eventually: Callable[..., None], tmp_path: Path
) -> None:
    rig = make_rig()
    offer_times(rig)
    rig.ready()
    rig.press("start")
    rig.wait_for("home")
    rig.press("service:appointments")
    log_in(rig)
    rig.press("choose:" + option(rig, "预约"))
    rig.press("choose:" + option(rig, "周"))
    rig.press("choose:" + option(rig, "09:00"))
    rig.wait(lambda view: any(each.id == "book" for each in actions(view.body)))
    rig.press("book")
    body = record(rig, "已约好")
    before = len(rig.slips.slips())
    rig.press("slip_print")
    rig.wait(lambda view: any(each.state == "done" for each in getattr(view.body, "papers", ())))
    eventually(lambda: len(rig.slips.slips()) == before + 1)
    rig.press("cancel_ask")
    record(rig, "要取消这个预约吗")
    rig.press("cancel_yes")
    assert record(rig, "预约已取消").number == body.number
    leave(rig)
    rig.terminal.stop()
    assert traces(tmp_path / "data") == []


def test_a_report_made_offline_is_kept_sealed_and_becomes_one_ticket_with_its_telephone_number(
    make_rig: Callable[..., Rig], eventually: Callable[..., None], tmp_path: Path
) -> None:
    rig = make_rig()
    rig.ready()
    rig.link.cut()
    rig.wait(lambda view: view.link.tone is not Tone.GOOD)
    rig.press("start")
    rig.wait_for("home")
    services = {each.id: each for each in rig.view.body.services}  # type: ignore[attr-defined]
    assert not services["cases"].available
    assert services["cases"].status
    rig.post(AskHelp())
    rig.wait(lambda view: view.overlay is not None)
    rig.press("ticket")
    rig.wait(lambda view: isinstance(view.body, FormPage))
    rig.post(Answer("phone", PHONE))
    rig.press("send_report")
    body = record(rig, "已存好，联网后送达")
    assert traces(rig.data_dir, PHONE.encode()) == []
    rig.link.restore()
    operator = staff(rig, "operator")

    def tickets() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = operator("GET", "/operations/tickets").json()["tickets"]
        return found

    eventually(lambda: len(tickets()) == 1, 60)
    record(rig, "已收到您的反映")
    [ticket] = tickets()
    words = operator("GET", f"/operations/tickets/{ticket['number']}").json()["words"]
    assert (words["phone"], words["code"]) == (PHONE, "resident.asked")
    assert any(ticket["number"] in row.value for row in record(rig, "已收到您的反映").facts)
    assert body.number
    leave(rig)
    rig.terminal.stop()
    assert traces(tmp_path / "data", PHONE.encode()) == []
