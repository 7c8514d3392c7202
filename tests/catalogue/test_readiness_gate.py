# SPDX-License-Identifier: Apache-2.0
"""The readiness gate: what works, what does not, why, and where else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from central_platform.items import read_items
from drivers.core import Condition, Status, Supply
from kiosk.catalogue.readiness import Reason, Surroundings, paper_trouble, readiness
from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.messages import NearbyPoint
from kiosk.protocol.wire import Text

ITEMS = Path(__file__).parents[2] / "central_platform" / "catalogue" / "items"
ONLINE = Status(Condition.ONLINE)


def item(name: str) -> ServiceItem:
    return read_items([ITEMS / f"{name}.yaml"])[0]


PROOF = item("social-insurance-proof")
ALLOWANCE = item("old-age-allowance")


def point(name: str, distance_m: int) -> NearbyPoint:
    both = Text(zh=name, en=name)
    return NearbyPoint(name=both, distance_m=distance_m, direction=both)


ALL_WELL = Surroundings(
    statuses={
        "id_card": ONLINE,
        "receipt_printer": ONLINE,
        "page_printer": ONLINE,
        "document_scanner": ONLINE,
    },
    online=True,
    nearest=(point("far", 900), point("near", 300)),
)


def with_status(role: str, status: Status | None, here: Surroundings = ALL_WELL) -> Surroundings:
    statuses = {key: value for key, value in here.statuses.items() if key != role}
    if status is not None:
        statuses[role] = status
    return replace(here, statuses=statuses)


@pytest.mark.parametrize("thing", [PROOF, ALLOWANCE])
def test_when_all_is_well_both_items_can_be_finished(thing: ServiceItem) -> None:
    answer = readiness(thing, ALL_WELL)
    assert answer.ready
    assert not answer.provisional
    assert answer.reasons == answer.notices == answer.alternatives == ()


def test_offline_the_proof_is_refused_and_the_nearest_place_comes_first() -> None:
    answer = readiness(PROOF, replace(ALL_WELL, online=False, link_code="link.tls"))
    assert not answer.ready
    assert answer.reasons[0] == Reason("link.tls")
    assert [place.distance_m for place in answer.alternatives] == [300, 900]


def test_offline_the_allowance_is_taken_in_provisionally() -> None:
    answer = readiness(ALLOWANCE, replace(ALL_WELL, online=False, link_code="link.tls"))
    assert answer.ready
    assert answer.provisional


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (None, "dev.starting"),
        (Status(Condition.STARTING), "dev.starting"),
        (Status(Condition.NOT_FITTED), "dev.not_fitted"),
        (Status(Condition.NO_DEVICE, "dev.not_present"), "dev.not_present"),
        (Status(Condition.POWERED_OFF), "condition.powered_off"),
        (Status(Condition.HARDWARE_ERROR, "dev.hardware"), "dev.hardware"),
    ],
)
def test_a_reader_that_does_not_work_or_has_not_spoken_is_a_reason(
    status: Status | None, code: str
) -> None:
    answer = readiness(ALLOWANCE, with_status("id_card", status))
    assert answer.reasons == (Reason(code, "id_card"),)


def test_a_busy_reader_works() -> None:
    assert readiness(ALLOWANCE, with_status("id_card", Status(Condition.BUSY))).ready


def test_without_paper_the_proof_goes_to_the_phone() -> None:
    answer = readiness(
        PROOF, with_status("page_printer", Status(Condition.ONLINE, paper=Supply.OUT))
    )
    assert answer.ready
    assert answer.notices == (Reason("media.out", "page_printer"),)


def test_without_paper_and_phone_the_proof_cannot_be_handed_out() -> None:
    only_paper = PROOF.model_copy(
        update={"requires": PROOF.requires.model_copy(update={"delivery": ("page_printer",)})}
    )
    here = with_status("page_printer", Status(Condition.ONLINE, paper=Supply.JAMMED))
    answer = readiness(only_paper, here)
    assert answer.reasons == (Reason("media.jam", "page_printer"),)


def test_a_result_that_only_a_phone_takes_needs_the_link() -> None:
    requires = PROOF.requires.model_copy(update={"delivery": ("handover",), "platform": "queue"})
    only_phone = PROOF.model_copy(update={"requires": requires})
    assert readiness(only_phone, with_status("page_printer", None)).ready
    offline = replace(ALL_WELL, online=False, link_code="link.timeout")
    assert readiness(only_phone, offline).reasons == (Reason("link.timeout"),)


def test_a_store_that_does_not_accept_refuses_everything_before_capture() -> None:
    answer = readiness(ALLOWANCE, replace(ALL_WELL, accepting=False, store_code="store.full"))
    assert answer.reasons == (Reason("store.full"),)


def test_a_paper_that_cannot_come_in_any_way_is_a_reason() -> None:
    strict = ALLOWANCE.model_copy(
        update={"materials": (ALLOWANCE.materials[0].model_copy(update={"deferrable": False}),)}
    )
    assert readiness(strict, with_status("document_scanner", None)).ready, "the licence is enough"
    offline = replace(with_status("document_scanner", None), online=False)
    assert Reason("material.no_way", "household-register") in readiness(strict, offline).reasons


def test_a_missing_slip_printer_is_only_a_notice() -> None:
    answer = readiness(ALLOWANCE, with_status("receipt_printer", None))
    assert answer.ready
    assert answer.notices == (Reason("dev.starting", "receipt_printer"),)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status(Condition.ONLINE, paper=Supply.LOW), None),
        (Status(Condition.ONLINE, paper=Supply.UNKNOWN), None),
        (Status(Condition.ONLINE, paper=None), None),
        (Status(Condition.ONLINE, cover_open=True), "media.cover_open"),
        (Status(Condition.USER_ERROR, "media.cutter"), "media.cutter"),
    ],
)
def test_paper_is_trouble_only_when_a_sensor_says_so(status: Status, code: str | None) -> None:
    trouble = paper_trouble(status)
    assert (trouble.code if trouble else None) == code


def demanding(assurance: str) -> ServiceItem:
    requires = ALLOWANCE.requires.model_copy(update={"assurance": assurance})
    return ALLOWANCE.model_copy(update={"requires": requires})


@pytest.mark.parametrize(
    ("role", "assurance", "ready"),
    [
        ("code_scanner", "code", True),
        ("code_scanner", "social_card", False),
        ("smart_card", "social_card", True),
        ("smart_card", "card", False),
        ("camera", "code", False),
    ],
)
def test_another_way_to_be_known_stands_in_for_the_card_reader_if_it_is_worth_enough(
    role: str, assurance: str, *, ready: bool
) -> None:
    broken = with_status("id_card", Status(Condition.HARDWARE_ERROR, "dev.hardware"))
    here = replace(broken, statuses={**broken.statuses, role: ONLINE})
    assert readiness(demanding(assurance), here).ready is ready
    offline = readiness(demanding(assurance), replace(here, online=False))
    assert Reason("dev.hardware", "id_card") in offline.reasons


def test_an_item_that_asks_for_the_face_needs_a_camera() -> None:
    answer = readiness(demanding("card+face"), ALL_WELL)
    assert answer.reasons == (Reason("dev.starting", "camera"),)
    assert readiness(demanding("card+face"), with_status("camera", ONLINE)).ready
