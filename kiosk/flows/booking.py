# SPDX-License-Identifier: Apache-2.0
"""A new appointment: matter → place → day → hour → confirm. What needs no choosing is not asked.

A time is taken when the platform says so, not before. When its answer is lost, the list of the resident's
appointments tells, and nothing is claimed until then.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kiosk.flows import asks
from kiosk.flows.effects import AskPlatform, RecordStep
from kiosk.flows.enquiries import Book, BookableTimes, Times
from kiosk.flows.events import Event, Failed, PlatformAnswered, Reply
from kiosk.flows.note_slip import offer as offer_slip
from kiosk.flows.paging import page_of, turned
from kiosk.flows.sentences import button, code_words, date_words, tell, text
from kiosk.flows.state import (
    APPOINTMENT,
    APPOINTMENTS,
    BOOKING,
    HOME,
    Place,
    Stage,
    State,
    Turn,
    act_of,
)
from kiosk.flows.views import Body, Choices, Option, Row, Tone
from kiosk.protocol.services import BookableMatters, Booking, SlotList, SlotOffer

MATTER, WHERE, DAY, HOUR, CONFIRM = range(5)
_SHOWN = (6, 6, 8, 9, 1)
_SHOWN_ELDER = (3, 3, 4, 4, 1)
_UNSURE = ("link.", "flow.", "platform.")
"""Codes after which nobody here knows whether the time was taken."""


def enter(state: State) -> Turn:
    """Ask for what this step chooses from; pass over what leaves no choice."""
    state = state.booking_with(page=0)
    desk = state.session.booking
    step = state.session.place.index
    if step == MATTER and desk.matters is None:
        return _ask(state, BookableTimes())
    if step == WHERE and len(_places(state)) == 1:
        return _chose_place(state, _places(state)[0]), ()
    if step == DAY and desk.slots is None:
        return _ask(state, Times(desk.item))
    return state, ()


def render(state: State) -> Body:
    """Show what can be chosen in this step, and what was chosen before."""
    step = state.session.place.index
    name = ("matter", "place", "day", "hour", "confirm")[step]
    rows = _options(state)
    size = (_SHOWN_ELDER if state.session.modes.elder else _SHOWN)[step]
    shown, page, pages = page_of(rows, state.session.booking.page, size)
    waiting = _asking(state)
    nothing = not rows and step != CONFIRM and not waiting
    return Choices(
        heading=tell(state, f"booking.{name}.heading"),
        help=tell(
            state,
            "booking.asking" if waiting else "booking.none" if nothing else f"booking.{name}.help",
        ),
        options=shown,
        page=page + 1,
        pages=pages,
        compact=step in (DAY, HOUR),
        facts=_facts(state),
        notice=_notice(state),
        notice_tone=Tone.WARNING,
        actions=(
            (
                button(state, "other_time", icon="calendar"),
                button(state, "book", icon="check", primary=True, enabled=not waiting),
            )
            if step == CONFIRM
            else (button(state, "home", icon="home"),)
        ),
    )


def react(state: State, event: Event) -> Turn:
    """Choose, turn pages, confirm."""
    verb, _, value = act_of(event).partition(":")
    match verb:
        case "choose":
            return _chosen(state, value), ()
        case "page":
            step = state.session.place.index
            size = (_SHOWN_ELDER if state.session.modes.elder else _SHOWN)[step]
            _, page, pages = page_of(_options(state), state.session.booking.page, size)
            return state.booking_with(page=turned(page, pages, value)), ()
        case "book" if state.session.place.index == CONFIRM and not _asking(state):
            return _book(state)
        case "other_time" if not _asking(state):
            return state.at(Place(BOOKING.stage, HOUR)), ()
        case "home":
            return state.at(HOME), ()
        case _:
            return state, ()


def answered(state: State, reply: Reply) -> Turn:
    """Take in times, or the appointment, or why there is none."""
    match reply:
        case PlatformAnswered(answer=BookableMatters(matters=matters)):
            return state.booking_with(matters=matters), ()
        case PlatformAnswered(answer=SlotList(slots=slots)):
            return state.booking_with(slots=slots), ()
        case PlatformAnswered(answer=Booking() as booking):
            return _booked(state, booking)
        case Failed(code=code, about="Book"):
            return _not_booked(state, code)
        case Failed(code=code) if state.session.place.stage == BOOKING.stage:
            again = Place(BOOKING.stage, state.session.place.index)
            return state.in_trouble(code, again=again, words="booking_failed"), ()
        case _:
            return state, ()


def back(state: State) -> State:
    """One choice back; what was passed over is passed over on the way back, too."""
    step = state.session.place.index
    if step == MATTER:
        return state.at(APPOINTMENTS if _upcoming(state) else HOME)
    before = step - 1
    if before == WHERE and len(_places(state)) == 1:
        before = MATTER
    return state.booking_with(slots=None if before < DAY else state.session.booking.slots).at(
        Place(BOOKING.stage, before)
    )


def item_name(state: State, code: str) -> str:
    """Return the name of a matter in the session's language; its code where nobody knows it."""
    desk = state.session.booking
    known = next((each.name for each in desk.matters or () if each.item == code), None)
    if known is None and state.machine.catalogue is not None:
        item = state.machine.catalogue.item(code)
        known = item.name if item else None
    return text(state, known) or code


def when_words(state: State, slot: SlotOffer) -> str:
    """Say a time as people do: 11月25日（周三） 09:00–09:30."""
    starts, ends = _local(state, slot.starts_at), _local(state, slot.ends_at)
    return f"{date_words(state, starts.date())} {starts:%H:%M}–{ends:%H:%M}"


def _ask(state: State, enquiry: BookableTimes | Times) -> Turn:
    if asks.is_open(state, "AskPlatform", type(enquiry).__name__):
        return state, ()
    return state, (AskPlatform(state.session.number, enquiry),)


def _asking(state: State) -> bool:
    return any(
        asks.is_open(state, "AskPlatform", each.__name__) for each in (BookableTimes, Times, Book)
    )


def _local(state: State, at: datetime) -> datetime:
    return at.astimezone(state.settings.zone)


def _upcoming(state: State) -> bool:
    return bool(state.session.booking.bookings)


def _places(state: State) -> tuple[str, ...]:
    desk = state.session.booking
    matter = next((each for each in desk.matters or () if each.item == desk.item), None)
    return tuple(place.zh for place in matter.places) if matter else ()


def _here(state: State) -> tuple[SlotOffer, ...]:
    """Return the times of the matter at the place that was chosen."""
    desk = state.session.booking
    return tuple(slot for slot in desk.slots or () if slot.place.zh == desk.place)


def _days(state: State) -> tuple[date, ...]:
    """Return every day from the first to the last time, also those on which nobody is there."""
    days = [_local(state, slot.starts_at).date() for slot in _here(state)]
    if not days:
        return ()
    return tuple(days[0] + timedelta(days=ahead) for ahead in range((max(days) - days[0]).days + 1))


def _on(state: State, day: date | None) -> tuple[SlotOffer, ...]:
    return tuple(slot for slot in _here(state) if _local(state, slot.starts_at).date() == day)


def _options(state: State) -> tuple[Option, ...]:
    desk = state.session.booking
    match state.session.place.index:
        case 0:
            return tuple(
                Option(each.item, text(state, each.name), icon="calendar")
                for each in desk.matters or ()
            )
        case 1:
            matter = next((each for each in desk.matters or () if each.item == desk.item), None)
            return tuple(
                Option(str(number), text(state, place), icon="place")
                for number, place in enumerate(matter.places if matter else ())
            )
        case 2:
            return tuple(_day_option(state, day) for day in _days(state))
        case 3:
            return tuple(_hour_option(state, slot) for slot in _on(state, desk.day))
        case _:
            return ()


def _day_option(state: State, day: date) -> Option:
    slots = _on(state, day)
    free = sum(slot.free for slot in slots)
    words = "booking.closed" if not slots else "booking.free" if free else "booking.full"
    return Option(
        id=day.isoformat(),
        label=date_words(state, day),
        status=tell(state, words, count=free),
        tone=Tone.GOOD if free else Tone.WARNING if slots else Tone.QUIET,
        available=bool(free),
    )


def _hour_option(state: State, slot: SlotOffer) -> Option:
    return Option(
        id=str(slot.id),
        label=f"{_local(state, slot.starts_at):%H:%M}",
        status=tell(state, "booking.free" if slot.free else "booking.full", count=slot.free),
        tone=Tone.GOOD if slot.free else Tone.WARNING,
        available=bool(slot.free),
    )


def _facts(state: State) -> tuple[Row, ...]:
    desk, step = state.session.booking, state.session.place.index
    rows: list[Row] = []
    if step > MATTER:
        rows.append(Row(tell(state, "receipt.item"), item_name(state, desk.item)))
    if step > WHERE:
        place = next((slot.place for slot in _here(state)), None)
        rows.append(Row(tell(state, "booking.where"), text(state, place) or desk.place))
    if step == HOUR and desk.day is not None:
        rows.append(Row(tell(state, "booking.when"), date_words(state, desk.day)))
    if step == CONFIRM and desk.offer is not None:
        rows.append(Row(tell(state, "booking.when"), when_words(state, desk.offer)))
    return tuple(rows)


def _notice(state: State) -> str:
    code = state.session.booking.notice
    return code_words(state, code) if code else ""


def _chosen(state: State, value: str) -> State:
    step = state.session.place.index
    option = next((each for each in _options(state) if each.id == value), None)
    if option is None or not option.available:
        return state
    state = state.booking_with(notice="")
    match step:
        case 0:
            return state.booking_with(item=value, place="", slots=None).at(
                Place(BOOKING.stage, WHERE)
            )
        case 1:
            return _chose_place(state, _places(state)[int(value)])
        case 2:
            return state.booking_with(day=date.fromisoformat(value)).at(Place(BOOKING.stage, HOUR))
        case _:
            return state.booking_with(slot=int(value)).at(Place(BOOKING.stage, CONFIRM))


def _chose_place(state: State, place: str) -> State:
    return state.booking_with(place=place, slots=None).at(Place(BOOKING.stage, DAY))


def _book(state: State) -> Turn:
    grant, offer = state.session.person.grant, state.session.booking.offer
    if grant is None or offer is None:
        return state.at(HOME), ()
    record = RecordStep(state.session.number, "appointment.asked", offer.item)
    return state, (AskPlatform(state.session.number, Book(grant.grant, offer.id)), record)


def _booked(state: State, booking: Booking) -> Turn:
    desk = state.session.booking
    others = tuple(each for each in desk.bookings or () if each.number != booking.number)
    state = state.booking_with(bookings=(booking, *others), shown=booking.number, notice="")
    record = RecordStep(state.session.number, "appointment.booked", booking.slot.item)
    if state.session.place != Place(BOOKING.stage, CONFIRM):
        return state, (record,)
    return offer_slip(state).at(APPOINTMENT), (record,)


def _not_booked(state: State, code: str) -> Turn:
    """Lead on: from a time that is gone to the others; where nobody knows, to the resident's list."""
    record = RecordStep(state.session.number, "appointment.failed", "", code)
    here = state.session.place == Place(BOOKING.stage, CONFIRM)
    if not here:
        return state, (record,)
    if code.startswith(_UNSURE):
        state = state.booking_with(bookings=None, notice="booking.unsure")
        return state.at(APPOINTMENTS), (record,)
    state = state.booking_with(slots=None, notice=code)
    return state.at(Place(BOOKING.stage, DAY)), (record,)


STAGE = Stage("booking", render, react, enter, back=back)
