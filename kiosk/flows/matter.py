# SPDX-License-Identifier: Apache-2.0
"""What becomes of a submission: durable, delivered, decided. Each is said only when it is known.

The number of a submission exists from ``Finalized`` on; before it nothing is shown, after it nothing is
lost. ``Delivered`` is always taken in, however late: a provisional page becomes an accepted one.
"""

from __future__ import annotations

from kiosk.flows import asks, papers
from kiosk.flows.effects import Effect, RecordStep, WatchCase
from kiosk.flows.events import CaseSeen, Delivered, Failed, Finalized, Reply
from kiosk.flows.state import RECEIPT, REVIEW, WORKING, Draft, State, Turn


def answered(state: State, reply: Reply) -> Turn:  # noqa: PLR0911 - one return a case
    """Take in what store and platform said of a submission."""
    match reply:
        case Finalized(kind="application" | "supplement"):
            return _durable(state, reply)
        case Delivered():
            return _delivered(state, reply)
        case CaseSeen():
            return _seen(state, reply)
        case Failed(what="Submit"):
            return _not_kept(state, reply)
        case Failed(what="Deliver"):
            return _not_delivered(state, reply)
        case Failed(what="WatchCase"):
            return show_number(state), ()
        case _:
            return state, ()


def show_number(state: State) -> State:
    """Go from waiting to the number, if there is one and the resident still waits for it."""
    waiting = state.session.place == WORKING
    return state.at(RECEIPT) if waiting and state.session.matter.submission else state


def awaits_decision(state: State) -> bool:
    """Tell whether an item with results is still waiting for the platform's decision."""
    return state.item.is_awaited and asks.is_open(state, "WatchCase")


def _durable(state: State, reply: Finalized) -> Turn:
    """Note the number. What was typed is sealed in the submission and not needed here any longer."""
    state = state.matter_with(
        submission=reply.submission, receipt=reply.receipt, finalized_wall=state.wall
    )
    sent = Draft(number=state.session.draft.number, consents=state.session.draft.consents)
    state = state.session_with(draft=sent)
    if state.session.trouble is not None and state.session.place == WORKING:
        # It came after we had given up: the number is the better news.
        state = state.session_with(trouble=None)
    state = asks.expect_delivery(state, reply.submission)
    state = papers.offer_slip(state)
    return state, (_record(state, "submit.durable"),)


def _delivered(state: State, reply: Delivered) -> Turn:
    matter = state.session.matter
    if matter.submission is None or reply.submission != matter.submission or matter.delivered:
        return state, ()
    state = state.matter_with(
        delivered=True,
        deliver_code="",
        case_number=reply.case_number,
        promised_date=reply.promised_date,
    )
    state = papers.offer_slip(state)
    effects: list[Effect] = [
        _record(state, "submit.delivered"),
        WatchCase(state.session.number, reply.submission, _watch_s(state)),
    ]
    if not state.item.is_awaited:
        state = show_number(state)
    return state, tuple(effects)


def _watch_s(state: State) -> float:
    """Return how long to look at the case: a result is waited for, a state is only looked up."""
    settings = state.settings
    return settings.decision_s if state.item.is_awaited else settings.look_s


def _seen(state: State, reply: CaseSeen) -> Turn:
    matter = state.session.matter
    if matter.submission is None or reply.status.id != matter.submission:
        return state, ()
    news = matter.case is None or matter.case.state != reply.status.state
    state = state.matter_with(
        case=reply.status,
        case_number=reply.status.case_number or matter.case_number,
    )
    if not asks.decided(reply):
        return state, ()
    record = _record(state, "case.decided", reply.status.state)
    state, effects = papers.fetch_results(state) if news else (state, ())
    return show_number(state), (record, *effects)


def _not_kept(state: State, reply: Failed) -> Turn:
    if reply.about == "rating" or state.session.place != WORKING:
        return state, ()
    record = _record(state, "submit.failed", reply.code)
    if reply.code == asks.NO_ANSWER:
        # Perhaps it was kept: sending again could double it, so that is not offered.
        return state.in_trouble(reply.code, again=None, words="submit_unknown"), (record,)
    return state.in_trouble(reply.code, again=REVIEW, words="submit_failed"), (record,)


def _not_delivered(state: State, reply: Failed) -> Turn:
    matter = state.session.matter
    mine = reply.about in ("", str(matter.submission))
    if matter.submission is None or matter.delivered or not mine:
        return state, ()
    state = state.matter_with(deliver_code=reply.code)
    return show_number(state), (_record(state, "submit.provisional", reply.code),)


def _record(state: State, event: str, code: str = "") -> RecordStep:
    submission = state.session.matter.submission
    return RecordStep(
        state.session.number,
        event,
        state.session.item.code if state.session.item else "",
        code,
        str(submission) if submission else "",
    )
