# SPDX-License-Identifier: Apache-2.0
"""The end of a session: finish the paper that is coming, wipe, and only then the next resident.

Decided for the four promises:

- What the session knows of the person leaves the flow at once, whatever still runs.
- A submission on its way to the store and a paper on its way out are let finish (bounded by their own
  deadlines): a session never ends between a tap on 提交 and the number being safe, and nobody finds
  the last resident's paper coming out in front of them.
- Delivery is not waited for: it is the outbox's work and holds nothing readable.
- The screen returns only after ``Wiped``. A wipe that fails is tried again; until it succeeds the
  terminal is honestly out of service.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.core import Role
from kiosk.flows import asks, identity
from kiosk.flows.attract import duty_phone
from kiosk.flows.effects import CancelDevice, Effect, LightSlot, Logout, RecordStep, Wipe
from kiosk.flows.events import Event, Failed, Reply, Tick, Wiped
from kiosk.flows.sentences import code_words, nearest_words, tell
from kiosk.flows.state import CLOSING, Session, Stage, State, Turn
from kiosk.flows.views import Body, Modes, OutOfService, Working, WorkStep

_WIPE = "Wipe"
_RETRY_S = 5.0
_CODE = "wipe.failed"


def begin(state: State) -> Turn:
    """End the session for the reason it names."""
    session = state.session
    reason = session.ending or "failure"
    state, stopped = identity.leave(state)
    effects: list[Effect] = [*stopped]
    if asks.is_open(state, "ScanMaterial"):
        effects.append(CancelDevice(session.number, Role.DOCUMENT_SCANNER.value))
    if session.person.grant is not None:
        effects.append(Logout(session.number, session.person.grant.grant))
    if session.lit:
        effects.append(LightSlot(session.number, ""))
    item = session.item.code if session.item else ""
    effects.append(RecordStep(session.number, "session.ended", item, reason))
    bare = Session(
        number=session.number,
        place=CLOSING,
        visit=session.visit + 1,
        modes=session.modes,
        practice=session.practice,
        arrived=state.now,
        last_touch=state.now,
        ending=reason,
        asks=tuple(
            replace(ask, draft=None) if ask.name in asks.JOBS else replace(ask, given_up=True)
            for ask in session.asks
        ),
    )
    state, more = _wipe_when_quiet(replace(state, session=bare))
    return state, (*effects, *more)


def render(state: State) -> Body:
    """Show what is still being done, or that the terminal cannot serve the next one."""
    if state.session.identity_trouble == _CODE:
        return OutOfService(
            heading=tell(state, "out.heading"),
            reason=code_words(state, _CODE),
            nearest=nearest_words(state),
            phone=duty_phone(state),
            small_print=_CODE,
        )
    busy = asks.busy(state)
    return Working(
        heading=tell(state, "closing.heading"),
        help=tell(state, "closing.paper" if busy else "closing.help"),
        steps=(
            WorkStep(tell(state, "closing.finish"), "now" if busy else "done"),
            WorkStep(tell(state, "closing.wipe"), "next" if busy else "now"),
        ),
    )


def react(state: State, event: Event) -> Turn:
    """Wipe as soon as nothing runs any more; try again after a failure."""
    if not isinstance(event, Tick):
        return state, ()
    if state.session.identity_trouble == _CODE:
        if state.now - state.session.arrived < _RETRY_S:
            return state, ()
        state = state.session_with(arrived=state.now)
    return _wipe_when_quiet(state)


def answered(state: State, reply: Reply) -> Turn:
    """Open the terminal for the next resident, or stay out of service."""
    if isinstance(reply, Wiped):
        fresh = Session(
            number=state.session.number + 1, visit=state.session.visit + 1, modes=Modes()
        )
        return replace(state, session=replace(fresh, arrived=state.now, last_touch=state.now)), ()
    if isinstance(reply, Failed) and reply.what == _WIPE:
        record = RecordStep(state.session.number, "wipe.failed", "", reply.code)
        return state.session_with(identity_trouble=_CODE, arrived=state.now), (record,)
    return _wipe_when_quiet(state)


def _wipe_when_quiet(state: State) -> Turn:
    if asks.busy(state) or asks.is_open(state, _WIPE):
        return state, ()
    reason = "failure" if state.session.identity_trouble == _CODE else state.session.ending
    return state, (Wipe(state.session.number, reason or "failure"),)


STAGE = Stage("closing", render, react)
