# SPDX-License-Identifier: Apache-2.0
"""Where a page is entered: by its name, and by the answers that are its own."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from drivers.core import Role
from kiosk.flows import (
    appointments,
    attract,
    booking,
    cases,
    closing,
    consent,
    form,
    goodbye,
    home,
    identity,
    item,
    materials,
    matter,
    note_slip,
    papers,
    progress,
    promise,
    rating,
    reading,
    receipt,
    report,
    review,
    services,
    working,
)
from kiosk.flows.events import Failed, PlatformAnswered, Reply
from kiosk.flows.state import State, Turn

_PAGES = (
    attract.STAGE,
    home.STAGE,
    item.STAGE,
    identity.STAGE,
    consent.STAGE,
    form.STAGE,
    materials.STAGE,
    promise.STAGE,
    review.STAGE,
    working.STAGE,
    receipt.STAGE,
    rating.STAGE,
    goodbye.STAGE,
    closing.STAGE,
    services.STAGE,
    progress.STAGE,
    progress.SLIP_STAGE,
    cases.STAGE,
    cases.CASE_STAGE,
    report.STAGE,
    appointments.STAGE,
    appointments.ONE_STAGE,
    booking.STAGE,
    *reading.STAGES,
)
STAGES = MappingProxyType({stage.name: stage for stage in _PAGES})

Answered = Callable[[State, Reply], Turn]

_ENQUIRIES: dict[str, Answered] = {
    "MyCases": cases.answered,
    "CaseOfSlip": progress.answered,
    "BookableTimes": booking.answered,
    "Times": booking.answered,
    "Book": booking.answered,
    "MyBookings": appointments.answered,
    "CancelBooking": appointments.answered,
}
"""Whose question it was, by the question's class name."""


def _live_answered(state: State, reply: Reply) -> Turn:
    """Give a live picture, or why there is none, to the page whose camera it is."""
    role = reply.about if isinstance(reply, Failed) else getattr(reply, "role", "")
    is_paper = role == Role.DOCUMENT_SCANNER.value
    return materials.answered(state, reply) if is_paper else identity.answered(state, reply)


def _enquiry_answered(state: State, reply: Reply) -> Turn:
    match reply:
        case PlatformAnswered(enquiry=name) | Failed(about=name):
            return _ENQUIRIES[name](state, reply)
        case _:
            return state, ()


def _submission_answered(state: State, reply: Reply) -> Turn:
    """Tell a report from the matter that it may be about."""
    whose: Answered = report.answered if report.is_about(state, reply) else matter.answered
    return whose(state, reply)


def _slip_answered(state: State, reply: Reply) -> Turn:
    """Tell the slip of a service from that of a matter; only one of them is being printed."""
    whose: Answered = note_slip.answered if note_slip.printing(state) else papers.answered
    return whose(state, reply)


ANSWERED: MappingProxyType[str, Answered] = MappingProxyType(
    {
        "ReadIdCard": identity.answered,
        "ReadSocialCard": identity.answered,
        "ReadIdentityCode": identity.answered,
        "ReadSlipCode": progress.answered,
        "CaptureFace": identity.answered,
        "IdentifyByCard": identity.answered,
        "IdentifyBySocialCard": identity.answered,
        "IdentifyByCode": identity.answered,
        "AskPlatform": _enquiry_answered,
        "FetchPrefill": form.answered,
        "FetchLicence": materials.answered,
        "ScanMaterial": materials.answered,
        "ShowLivePicture": _live_answered,
        "Submit": _submission_answered,
        "Deliver": _submission_answered,
        "WatchCase": matter.answered,
        "FetchResult": papers.answered,
        "MakeHandover": papers.answered,
        "PrintSlip": _slip_answered,
        "PrintResult": papers.answered,
        "Wipe": closing.answered,
    }
)
"""Who takes an answer, by the class name of the effect that asked."""
