# SPDX-License-Identifier: Apache-2.0
"""Who owes the flow an answer. Each effect is answered once, or given up, or ends with its session.

An answer that nobody waits for any more (given up, another item's, another session's) changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from drivers.core import Role
from kiosk.flows.effects import (
    AskPlatform,
    CancelDevice,
    CaptureFace,
    Effect,
    FetchLicence,
    FetchResult,
    HideLivePicture,
    Hush,
    IdentifyByCard,
    IdentifyByCode,
    IdentifyBySocialCard,
    LightSlot,
    Logout,
    MakeHandover,
    PrintResult,
    PrintSlip,
    ReadIdCard,
    ReadIdentityCode,
    ReadSlipCode,
    ReadSocialCard,
    RecordStep,
    ScanMaterial,
    ShowLivePicture,
    Speak,
    Submit,
    TryLink,
    WatchCase,
    Wipe,
)
from kiosk.flows.events import (
    CardProgress,
    CardRead,
    CardSideScanned,
    CaseSeen,
    CodeShown,
    Delivered,
    FaceCaptured,
    Failed,
    Finalized,
    HandoverReady,
    Identified,
    LicenceFetched,
    LivePictureShown,
    PageScanned,
    PlatformAnswered,
    Prefilled,
    Printed,
    Reply,
    ResultReady,
    ScanProgress,
    SheetScanned,
    SlipCodeRead,
    SocialCardRead,
    StackScanned,
    Wiped,
)
from kiosk.flows.state import Ask, State

NO_ANSWER = "flow.no_answer"
DELIVER = "Deliver"
SLACK_S = 5.0
"""Given to those that carry a deadline of their own."""

_LIMITS_S = {
    "IdentifyByCard": 15.0,
    "IdentifyBySocialCard": 15.0,
    "IdentifyByCode": 15.0,
    "AskPlatform": 15.0,
    "FetchPrefill": 12.0,
    "FetchLicence": 15.0,
    "Submit": 20.0,
    "FetchResult": 20.0,
    "MakeHandover": 10.0,
    "PrintSlip": 60.0,
    "PrintResult": 180.0,
    "ShowLivePicture": 12.0,
    "Wipe": 10.0,
}
_WITHOUT_ANSWER = (
    CancelDevice,
    HideLivePicture,
    Hush,
    Logout,
    LightSlot,
    RecordStep,
    Speak,
    TryLink,
)
_ANSWERS = {
    CardRead: ("ReadIdCard", ""),
    FaceCaptured: ("CaptureFace", ""),
    SocialCardRead: ("ReadSocialCard", ""),
    CodeShown: ("ReadIdentityCode", ""),
    SlipCodeRead: ("ReadSlipCode", ""),
    PlatformAnswered: ("AskPlatform", "enquiry"),
    Prefilled: ("FetchPrefill", ""),
    LicenceFetched: ("FetchLicence", "material"),
    LivePictureShown: ("ShowLivePicture", "role"),
    ScanProgress: ("ScanMaterial", "material"),
    PageScanned: ("ScanMaterial", "material"),
    SheetScanned: ("ScanMaterial", "material"),
    StackScanned: ("ScanMaterial", "material"),
    CardSideScanned: ("ScanMaterial", "material"),
    Finalized: ("Submit", "kind"),
    Delivered: (DELIVER, "submission"),
    CaseSeen: ("WatchCase", ""),
    ResultReady: ("FetchResult", "code"),
    HandoverReady: ("MakeHandover", ""),
    Wiped: ("Wipe", ""),
}
"""By answer: the effect, and the field that says what it is about. ``Failed`` and ``Printed`` name both,
``CardProgress`` and ``Identified`` the effect."""
READS = {
    "ReadIdCard": Role.ID_CARD,
    "ReadSocialCard": Role.SMART_CARD,
    "ReadIdentityCode": Role.CODE_SCANNER,
    "ReadSlipCode": Role.CODE_SCANNER,
    "CaptureFace": Role.CAMERA,
}
"""What waits for a resident to show something, and at which device."""
OF_A_DRAFT = ("application", "supplement")
"""Kinds of submissions that a resident fills in and waits for."""
JOBS = frozenset({"Submit", "PrintSlip", "PrintResult"})
"""A session does not end while one of these runs: a number or a paper would be left behind."""


def expect(state: State, effects: tuple[Effect, ...]) -> State:
    """Write down which of these effects owe an answer."""
    asks = tuple(
        Ask(
            name=type(effect).__name__,
            about=about_of(effect),
            until=state.now + _limit_s(effect),
            draft=None if _is_for_the_session(effect) else state.session.draft.number,
        )
        for effect in effects
        if owes_answer(effect)
    )
    return state.session_with(asks=state.session.asks + asks) if asks else state


def expect_delivery(state: State, submission: UUID) -> State:
    """After ``Finalized`` of an application, ``Delivered`` or ``Failed(Deliver)`` is owed."""
    until = state.now + state.settings.delivery_s
    ask = Ask(DELIVER, str(submission), until, state.session.draft.number)
    return state.session_with(asks=(*state.session.asks, ask))


def is_open(state: State, name: str, about: str = "") -> bool:
    """Tell whether such an answer is still awaited for this draft."""
    return any(
        ask.name == name
        and not ask.given_up
        and ask.draft in (None, state.session.draft.number)
        and (not about or ask.about == about)
        for ask in state.session.asks
    )


def cancelled_reads(state: State) -> tuple[Effect, ...]:
    """Return what ends every reading that waits for a resident."""
    return tuple(
        CancelDevice(state.session.number, role.value)
        for name, role in READS.items()
        if is_open(state, name)
    )


def busy(state: State) -> bool:
    """Tell whether a job runs that a session must not end in the middle of."""
    return any(ask.name in JOBS and not ask.given_up for ask in state.session.asks)


def give_up(state: State, *names: str) -> State:
    """Stop waiting for these: their answers will be dropped."""
    return state.session_with(
        asks=tuple(
            replace(ask, given_up=True) if ask.name in names else ask for ask in state.session.asks
        )
    )


def settle(state: State, reply: Reply) -> tuple[State, str, Reply]:
    """Strike the answered ask off; return its name if the answer still matters, else an empty one.

    A failure that does not say what it is about gets that from the ask it answers.

    What became of a submission matters as long as its draft lives, also after its time was over: the
    truth may come late but is never thrown away. (Their handlers compare the submission's id.)
    """
    name, about = _name_andabout_of(reply)
    always = isinstance(reply, (Delivered, CaseSeen))
    if isinstance(reply, (CardProgress, ScanProgress, SheetScanned)) or (
        isinstance(reply, CaseSeen) and not decided(reply)
    ):
        return state, name if always or is_open(state, name) else "", reply
    for place, ask in enumerate(state.session.asks):
        if ask.name == name and (not about or not ask.about or ask.about == about):
            asks = state.session.asks[:place] + state.session.asks[place + 1 :]
            mine = ask.draft in (None, state.session.draft.number)
            in_time = not ask.given_up or isinstance(reply, (Finalized, Wiped))
            matters = always or (mine and in_time)
            if isinstance(reply, Failed) and not reply.about:
                reply = replace(reply, about=ask.about)
            return state.session_with(asks=asks), name if matters else "", reply
    return state, name if always else "", reply


def overdue(state: State) -> tuple[State, tuple[Failed, ...]]:
    """Give up what is overdue and return the failures that stand for the missing answers."""
    late = [ask for ask in state.session.asks if not ask.given_up and state.now >= ask.until]
    if not late:
        return state, ()
    asks = tuple(replace(ask, given_up=True) if ask in late else ask for ask in state.session.asks)
    failures = tuple(
        Failed(state.session.number, ask.name, NO_ANSWER, ask.about)
        for ask in late
        if ask.draft in (None, state.session.draft.number)
    )
    return state.session_with(asks=asks), failures


def decided(reply: CaseSeen) -> bool:
    """Tell whether the platform has said its last word on the case."""
    return reply.status.state in ("approved", "refused", "supplement")


def _is_for_the_session(effect: Effect) -> bool:
    match effect:
        case ReadIdCard() | ReadSocialCard() | ReadIdentityCode() | CaptureFace() | Wipe():
            return True
        case IdentifyByCard() | IdentifyBySocialCard() | IdentifyByCode():
            return True
        case ReadSlipCode() | AskPlatform():
            return True
        case Submit(kind=kind):
            return kind not in OF_A_DRAFT
        case _:
            return False


def _limit_s(effect: Effect) -> float:
    if isinstance(effect, WatchCase):
        # It ends in silence when its own deadline passes without a decision.
        return effect.deadline_s
    if isinstance(
        effect,
        (ReadIdCard, ReadSocialCard, ReadIdentityCode, ReadSlipCode, CaptureFace, ScanMaterial),
    ):
        return effect.deadline_s + SLACK_S
    return _LIMITS_S[type(effect).__name__]


def owes_answer(effect: Effect) -> bool:
    """Tell whether an answer to it is awaited."""
    return not isinstance(effect, _WITHOUT_ANSWER)


def about_of(effect: Effect) -> str:  # noqa: PLR0911 - one return a case
    """Return what its answer is known by, beside its name."""
    match effect:
        case AskPlatform(enquiry=enquiry):
            return type(enquiry).__name__
        case FetchLicence(material=about) | ScanMaterial(material=about):
            return about
        case ShowLivePicture(role=about):
            return about
        case FetchResult(code=about) | MakeHandover(code=about) | PrintResult(code=about):
            return about
        case Submit(kind=kind):
            return kind
        case PrintSlip():
            return "slip"
        case _:
            return ""


def _name_andabout_of(reply: Reply) -> tuple[str, str]:
    """Return which effect this answers."""
    if isinstance(reply, Failed):
        return reply.what, reply.about
    if isinstance(reply, Printed):
        return "PrintSlip" if reply.paper == "slip" else "PrintResult", reply.paper
    if isinstance(reply, (CardProgress, Identified)):
        return reply.what, ""
    name, field = _ANSWERS.get(type(reply), ("", ""))
    return name, str(getattr(reply, field)) if field else ""
