# SPDX-License-Identifier: Apache-2.0
"""预约: matter → place → day → hour → confirm → slip; full and closed in words; giving one back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kiosk.flows import effects, enquiries, events, views
from kiosk.flows.intents import Back
from kiosk.protocol.services import (
    BookableMatter,
    BookableMatters,
    Booking,
    BookingList,
    SlotList,
    SlotOffer,
)
from kiosk.protocol.wire import Text
from tests.flows.conftest import Visit

HALL = Text(zh="章贡区便民服务中心", en="Zhanggong")
STREET = Text(zh="南外街道便民服务中心", en="Nanwai")
MATTER = BookableMatter(
    item="hall-appointment", name=Text(zh="预约大厅窗口", en="Hall"), places=(HALL,)
)
FIRST = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)  # a Wednesday, nine o'clock in the hall


def slot(
    number: int, *, days: int = 0, hours: int = 0, free: int = 2, place: Text = HALL
) -> SlotOffer:
    starts = FIRST + timedelta(days=days, hours=hours)
    return SlotOffer(
        id=number,
        place=place,
        item=MATTER.item,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=30),
        free=free,
    )


@dataclass
class Office:
    """A platform that gives times."""

    matters: tuple[BookableMatter, ...] = (MATTER,)
    slots: tuple[SlotOffer, ...] = (
        slot(1),
        slot(2, hours=1, free=0),
        slot(3, days=1, free=0),
        slot(4, days=3),
    )
    bookings: list[Booking] = field(default_factory=list)
    refuses: str = ""
    silent: bool = False

    def __call__(self, effect: effects.Effect) -> list[events.Event]:
        assert isinstance(effect, effects.AskPlatform)
        name = type(effect.enquiry).__name__
        if self.silent:
            return []
        if name == "Book" and self.refuses:
            return [events.Failed(effect.session, "AskPlatform", self.refuses, name)]
        return [events.PlatformAnswered(effect.session, name, self._answer(effect.enquiry))]

    def _answer(self, question: enquiries.Enquiry) -> Any:
        match question:
            case enquiries.BookableTimes():
                return BookableMatters(matters=self.matters)
            case enquiries.Times():
                return SlotList(slots=self.slots)
            case enquiries.MyBookings():
                return BookingList(bookings=tuple(self.bookings))
            case enquiries.Book(slot=wanted):
                taken = next(each for each in self.slots if each.id == wanted)
                booking = Booking(number="Y20261124-00001", slot=taken, state="booked")
                self.bookings = [booking]
                return booking
            case enquiries.CancelBooking(number=number):
                (booking,) = (each for each in self.bookings if each.number == number)
                self.bookings = [booking.model_copy(update={"state": "cancelled"})]
                return self.bookings[0]
            case _:
                raise AssertionError(question)


@pytest.fixture
def at_office(new_visit: Callable[..., Visit]) -> Callable[[Office], Visit]:
    def make(office: Office) -> Visit:
        visit = new_visit()
        visit.answers["AskPlatform"] = office
        visit.act("start")
        visit.act("service:appointments")
        return visit

    return make


At = Callable[[Office], Visit]


def to_confirm(visit: Visit) -> Visit:
    visit.act("choose:hall-appointment")
    visit.act("choose:2026-11-25")
    visit.act("choose:1")
    assert visit.view.body.heading == "这样约对吗"
    return visit


def test_four_touches_after_the_log_in_lead_to_a_number(at_office: At) -> None:
    visit = to_confirm(at_office(Office()))
    assert visit.all_asked(effects.AskPlatform)[-1].enquiry == enquiries.Times("hall-appointment")
    visit.act("book")
    body = visit.view.body
    assert isinstance(body, views.Record)
    assert (body.heading, body.number) == ("已约好", "Y20261124-00001")
    assert "11月25日（周三） 09:00–09:30" in {row.value for row in body.facts}


def test_days_and_hours_say_in_words_what_is_full_and_what_is_closed(at_office: At) -> None:
    visit = at_office(Office())
    visit.act("choose:hall-appointment")
    days = {option.id: (option.status, option.available) for option in visit.view.body.options}
    assert days == {
        "2026-11-25": ("还能约2个", True),
        "2026-11-26": ("已约满", False),
        "2026-11-27": ("当天不开放", False),
        "2026-11-28": ("还能约2个", True),
    }
    visit.act("choose:2026-11-26")
    assert visit.view.body.heading == "哪一天来"
    visit.act("choose:2026-11-25")
    hours = [(option.label, option.available) for option in visit.view.body.options]
    assert hours == [("09:00", True), ("10:00", False)]
    visit.act("choose:2")
    assert visit.view.body.heading == "几点来"


def test_several_places_are_asked_about_and_one_is_not(at_office: At) -> None:
    both = MATTER.model_copy(update={"places": (HALL, STREET)})
    visit = at_office(Office(matters=(both,), slots=(slot(1), slot(9, place=STREET))))
    visit.act("choose:hall-appointment")
    assert visit.view.body.heading == "到哪里办"
    visit.act("choose:1")
    visit.act("choose:2026-11-25")
    assert [option.id for option in visit.view.body.options] == ["9"]


def test_back_goes_choice_by_choice_to_home(at_office: At) -> None:
    visit = to_confirm(at_office(Office()))
    for heading in ("几点来", "哪一天来", "约办什么事"):
        visit.touch(Back())
        assert visit.view.body.heading == heading
    visit.touch(Back())
    assert visit.screen == "home"


def test_a_time_that_was_just_taken_is_said_and_others_are_offered(at_office: At) -> None:
    visit = to_confirm(at_office(Office(refuses="slot.full")))
    visit.act("book")
    assert visit.view.body.heading == "哪一天来"
    assert "刚约满" in visit.view.body.notice


def test_after_a_lost_answer_nothing_is_claimed_and_the_list_tells(at_office: At) -> None:
    visit = to_confirm(at_office(Office(refuses="link.cut")))
    visit.act("book")
    body = visit.view.body
    assert body.heading == "我的预约"
    assert "不确定约上没有" in body.notice
    assert "Y20261124" not in repr(body)


def test_no_times_at_all_are_said_with_a_way_on(at_office: At) -> None:
    visit = at_office(Office(matters=()))
    assert visit.view.body.help == "现在没有可约的时间"
    visit.act("home")
    assert visit.screen == "home"


def test_its_slip_has_number_time_and_place_and_nobody(
    at_office: At, personal: tuple[str, ...]
) -> None:
    visit = to_confirm(at_office(Office()))
    visit.act("book")
    visit.act("slip_print")
    (printed,) = visit.all_asked(effects.PrintSlip)
    assert printed.receipt.number == "Y20261124-00001"
    assert printed.receipt.qr == "hall24/1 Y20261124-00001 appointment"
    assert not [secret for secret in personal if secret in str(printed.receipt)]


def test_who_has_one_sees_it_and_gives_it_back_after_a_question(at_office: At) -> None:
    office = Office(
        bookings=[Booking(number="Y20261124-00009", slot=slot(4, days=3), state="booked")]
    )
    visit = at_office(office)
    assert [option.status for option in visit.view.body.options] == ["已约好"]
    visit.act("choose:Y20261124-00009")
    visit.act("cancel_yes")  # not asked yet
    assert office.bookings[0].state == "booked"
    visit.act("cancel_ask")
    assert visit.view.body.heading == "要取消这个预约吗"
    visit.act("cancel_keep")
    visit.act("cancel_ask")
    visit.act("cancel_yes")
    assert office.bookings[0].state == "cancelled"
    assert visit.view.body.heading == "预约已取消"
    assert "cancel_ask" not in [action.id for action in visit.view.body.actions]


def test_one_that_is_over_cannot_be_given_back(at_office: At) -> None:
    gone = slot(4, days=-9)
    office = Office(
        bookings=[
            Booking(number="Y20261101-00001", slot=gone, state="booked"),
            Booking(number="Y20261124-00002", slot=slot(1), state="booked"),
        ]
    )
    visit = at_office(office)
    assert [option.status for option in visit.view.body.options] == ["已约好", "时间已过"]
    visit.act("choose:Y20261101-00001")
    assert "cancel_ask" not in [action.id for action in visit.view.body.actions]


def test_offline_it_is_refused_before_anybody_logs_in(offline_visit: Visit) -> None:
    offline_visit.act("start")
    (option,) = [each for each in offline_visit.view.body.services if each.id == "appointments"]
    assert not option.available
    assert option.status
    offline_visit.act("service:appointments")
    assert offline_visit.all_asked(effects.ReadIdCard) == []


def test_no_answer_is_a_page_with_a_way_on(at_office: At) -> None:
    office = Office(silent=True)
    visit = at_office(office)
    visit.tick(20)
    assert visit.screen == "trouble"
    assert {"ticket", "again"} <= {action.id for action in visit.view.body.actions}


def test_the_end_of_the_visit_forgets_the_appointment(at_office: At) -> None:
    visit = to_confirm(at_office(Office()))
    visit.act("book")
    visit.act("leave_page")
    visit.act("done")
    assert visit.wiped == 1
    assert visit.flow.state.session.booking.bookings is None
