# SPDX-License-Identifier: Apache-2.0
"""预约: the resident's appointments, one of them with its slip, giving one back."""

from __future__ import annotations

from kiosk.flows import asks, note_slip
from kiosk.flows.booking import MATTER, item_name, when_words
from kiosk.flows.effects import AskPlatform, RecordStep
from kiosk.flows.enquiries import CancelBooking, MyBookings
from kiosk.flows.events import Event, Failed, PlatformAnswered, Reply
from kiosk.flows.paging import page_of, turned
from kiosk.flows.sentences import both, button, code_words, tell, text
from kiosk.flows.services import home_page
from kiosk.flows.state import (
    APPOINTMENT,
    APPOINTMENTS,
    BOOKING,
    GOODBYE,
    Place,
    Stage,
    State,
    Turn,
    act_of,
)
from kiosk.flows.views import Action, Body, Choices, Option, Record, Row, Tone
from kiosk.protocol.services import Booking, BookingList

_SHOWN = 5
_SHOWN_ELDER = 3


# --- the list -----------------------------------------------------------------------------------


def enter(state: State) -> Turn:
    """Ask anew; who has none begins one at once, unless something is to be said here."""
    grant = state.session.person.grant
    if grant is None:
        return home_page(state), ()
    if asks.is_open(state, "AskPlatform", MyBookings.__name__):
        return state, ()
    return state, (AskPlatform(state.session.number, MyBookings(grant.grant)),)


def render(state: State) -> Body:
    """Show the appointments, those to come first."""
    desk = state.session.booking
    rows, page, pages = page_of(_sorted(state), desk.page, _size(state))
    told = desk.bookings is not None
    return Choices(
        heading=tell(state, "appointments.heading"),
        help=tell(
            state,
            "appointments.help" if rows else "appointments.none" if told else "booking.asking",
        ),
        options=tuple(_option(state, booking) for booking in rows),
        page=page + 1,
        pages=pages,
        notice=code_words(state, desk.notice) if desk.notice else "",
        notice_tone=Tone.WARNING,
        actions=(
            button(state, "home", icon="home"),
            button(state, "new_booking", icon="plus", primary=True),
        ),
    )


def react(state: State, event: Event) -> Turn:
    """Open one, make another, turn pages."""
    verb, _, value = act_of(event).partition(":")
    desk = state.session.booking
    match verb:
        case "choose":
            known = value in {booking.number for booking in desk.bookings or ()}
            return (_opened(state, value) if known else state), ()
        case "page":
            _, page, pages = page_of(_sorted(state), desk.page, _size(state))
            return state.booking_with(page=turned(page, pages, value)), ()
        case "new_booking":
            return _new(state), ()
        case "home":
            return home_page(state), ()
        case _:
            return state, ()


def answered(state: State, reply: Reply) -> Turn:
    """Take in the list, or what became of giving one back."""
    match reply:
        case PlatformAnswered(answer=BookingList(bookings=bookings)):
            state = state.booking_with(bookings=bookings)
            begin = not _coming(state) and not state.session.booking.notice
            return (_new(state) if begin and state.session.place == APPOINTMENTS else state), ()
        case PlatformAnswered(answer=Booking() as booking):
            return _cancelled(state, booking)
        case Failed(code=code, about="CancelBooking"):
            if state.session.place != APPOINTMENT:
                return state, ()
            state = state.booking_with(cancelling=False)
            return state.in_trouble(code, again=APPOINTMENTS, words="booking_failed"), ()
        case Failed(code=code) if state.session.place == APPOINTMENTS:
            return state.in_trouble(code, again=APPOINTMENTS, words="booking_failed"), ()
        case _:
            return state, ()


def _size(state: State) -> int:
    return _SHOWN_ELDER if state.session.modes.elder else _SHOWN


def _is_coming(state: State, booking: Booking) -> bool:
    return booking.state == "booked" and booking.slot.starts_at.timestamp() > state.wall


def _coming(state: State) -> tuple[Booking, ...]:
    return tuple(each for each in state.session.booking.bookings or () if _is_coming(state, each))


def _sorted(state: State) -> tuple[Booking, ...]:
    """Return those to come, the next first, then the others, the latest first."""
    bookings = state.session.booking.bookings or ()
    coming = sorted(_coming(state), key=lambda each: each.slot.starts_at)
    others = sorted(
        (each for each in bookings if not _is_coming(state, each)),
        key=lambda each: each.slot.starts_at,
        reverse=True,
    )
    return (*coming, *others)


def _status(state: State, booking: Booking) -> tuple[str, Tone]:
    if booking.state == "booked" and not _is_coming(state, booking):
        return tell(state, "appointment.state.over"), Tone.QUIET
    tone = Tone.GOOD if booking.state == "booked" else Tone.QUIET
    return tell(state, f"appointment.state.{booking.state}"), tone


def _option(state: State, booking: Booking) -> Option:
    status, tone = _status(state, booking)
    return Option(
        id=booking.number,
        label=when_words(state, booking.slot),
        detail=tell(
            state,
            "appointment.what",
            item=item_name(state, booking.slot.item),
            place=text(state, booking.slot.place),
        ),
        icon="calendar",
        status=status,
        tone=tone,
    )


def _opened(state: State, number: str) -> State:
    state = state.booking_with(shown=number, cancelling=False, notice="")
    booking = state.session.booking.booking
    coming = booking is not None and _is_coming(state, booking)
    state = note_slip.offer(state) if coming else state.session_with(note_slip=None)
    return state.at(APPOINTMENT)


def _new(state: State) -> State:
    state = state.booking_with(
        matters=None, slots=None, item="", place="", day=None, slot=0, notice=""
    )
    return state.session_with(note_slip=None).at(Place(BOOKING.stage, MATTER))


# --- one of them --------------------------------------------------------------------------------


def enter_one(state: State) -> Turn:
    """Stay where it is known; else the list comes first."""
    return (state if state.session.booking.booking is not None else state.at(APPOINTMENTS)), ()


def render_one(state: State) -> Body:
    """Show number, time and place, or ask whether it is to be given back."""
    desk = state.session.booking
    booking = desk.booking
    if booking is None:
        return render(state)
    _, tone = _status(state, booking)
    stem: str = "asking" if desk.cancelling else booking.state
    if booking.state == "booked" and not _is_coming(state, booking):
        stem = "over"
    return Record(
        heading=tell(state, f"appointment.{stem}.heading"),
        tone=Tone.WARNING if desk.cancelling else tone,
        number_label=tell(state, "appointment.number"),
        number=booking.number,
        facts=(
            Row(tell(state, "booking.when"), when_words(state, booking.slot)),
            Row(tell(state, "booking.where"), text(state, booking.slot.place)),
            Row(tell(state, "receipt.item"), item_name(state, booking.slot.item)),
        ),
        next_steps=_next(state, stem),
        papers=() if desk.cancelling else note_slip.shown(state),
        qr=_qr(booking) if stem == "booked" else "",
        qr_help=tell(state, "appointment.qr") if stem == "booked" else "",
        lit_slot=note_slip.lit(state),
        actions=_actions(state, booking),
    )


def react_one(state: State, event: Event) -> Turn:  # noqa: PLR0911 - one return a case
    """Print its slip, give it back after a question, go on."""
    desk = state.session.booking
    booking, grant = desk.booking, state.session.person.grant
    choice = act_of(event)
    if booking is None or grant is None:
        return state, ()
    match choice:
        case "cancel_ask" if _is_coming(state, booking):
            return state.booking_with(cancelling=True), ()
        case "cancel_keep":
            return state.booking_with(cancelling=False), ()
        case "cancel_yes" if desk.cancelling and not _working(state):
            question = CancelBooking(grant.grant, booking.number)
            return state, (AskPlatform(state.session.number, question),)
        case "leave_page" if not note_slip.printing(state):
            return state.at(GOODBYE), ()
        case "list":
            return state.at(APPOINTMENTS), ()
        case _:
            return note_slip.act(state, choice, _slip(state, booking))


def _working(state: State) -> bool:
    return asks.is_open(state, "AskPlatform", CancelBooking.__name__)


def _cancelled(state: State, booking: Booking) -> Turn:
    bookings = tuple(
        booking if each.number == booking.number else each
        for each in state.session.booking.bookings or ()
    )
    record = RecordStep(state.session.number, "appointment.cancelled", booking.slot.item)
    state = state.booking_with(bookings=bookings, cancelling=False)
    return state.session_with(note_slip=None), (record,)


def _next(state: State, stem: str) -> tuple[str, ...]:
    if stem == "booked":
        return tell(state, "appointment.bring"), tell(state, "appointment.come")
    return (tell(state, f"appointment.{stem}.next"),)


def _actions(state: State, booking: Booking) -> tuple[Action, ...]:
    if state.session.booking.cancelling:
        idle = not _working(state)
        return (
            button(state, "cancel_yes", icon="close", enabled=idle),
            button(state, "cancel_keep", icon="check", primary=True, enabled=idle),
        )
    offered = note_slip.buttons(state)
    cancel = (button(state, "cancel_ask", icon="close"),) if _is_coming(state, booking) else ()
    done = button(
        state,
        "leave_page",
        "finish",
        icon="next",
        primary=not any(action.primary for action in offered),
        enabled=not note_slip.printing(state),
    )
    return (*cancel, *offered, done)


def _qr(booking: Booking) -> str:
    """Return what a clerk's scanner reads: the number, nothing of the person."""
    return f"hall24/1 {booking.number} appointment"


def _slip(state: State, booking: Booking) -> note_slip.Slip:
    return note_slip.Slip(
        title=both(state, "appointment.slip"),
        rows=(
            (both(state, "booking.when"), when_words(state, booking.slot)),
            (both(state, "booking.where"), text(state, booking.slot.place)),
            (both(state, "slip.item"), item_name(state, booking.slot.item)),
        ),
        notes=(both(state, "appointment.bring"), both(state, "appointment.come")),
        number=booking.number,
        qr=_qr(booking),
    )


def _to_list(state: State) -> State:
    desk = state.session.booking
    if desk.cancelling:
        return state.booking_with(cancelling=False)
    return state if note_slip.printing(state) else state.at(APPOINTMENTS)


STAGE = Stage("appointments", render, react, enter, back=home_page)
ONE_STAGE = Stage("appointment", render_one, react_one, enter_one, back=_to_list)
