# SPDX-License-Identifier: Apache-2.0
"""A resident who finishes any item: looks at the screen, does the next sensible thing, until goodbye.

Nothing here knows an item. It presses the one primary button once everything before it is done, as
somebody does who reads a page from top to bottom.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kiosk.words import say
from ui.robot.finger import Script
from ui.robot.visit import RobotLostError, Visit

_STUCK_S: Final = 45.0
"""Nothing to do and nothing changed for so long: lost. Longer than any slip takes to print."""
_READING_S: Final = 0.1
_ANSWERS: Final = {
    "phone": "13800000000",
    "relative_phone": "13800000000",
    "address": "赣州市章贡区演示路1号2栋301室",
    "bank": "赣州农商银行演示支行",
    "bank_account": "6222000000000000",
}
_SERVED: Final = "service"
_ASKING: Final = ("cases.asking", "booking.asking")
"""What a list says while it is not there yet."""
_ENDS: Final = ("attract", "out_of_service")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What this resident wants and has at hand.

    ``answers`` are typed into empty fields and chosen by value; an unanswered choice takes the first.
    ``grade`` is 1 to 5, ``None`` skips the rating. ``refuse`` counts consents to refuse, by their
    number on the screen. ``way`` is how to prove who one is. The callbacks are the hands that the
    screen asks for: a card to put on the reader, a card to take away.
    """

    item: str
    answers: Mapping[str, str] = field(default_factory=dict)
    grade: int | None = 5
    print_papers: bool = True
    way: str = "id_card"
    service: str = ""
    """What they look for after the item, with the same log-in: a service of home, or of the page behind it."""
    timeout_s: float = 180.0
    give_card: Callable[[], None] = lambda: None
    take_card: Callable[[], None] = lambda: None


def complete_item(visit: Visit, wishes: Wishes) -> Script:
    """Make a whole visit, from the first screen until the terminal waits for somebody else.

    Raises :class:`RobotLostError` where a resident would walk away: trouble, a closed terminal, or
    nothing to do for long.
    """
    resident = _Resident(visit, wishes)
    yield from visit.wait_for_screen("attract", timeout_s=wishes.timeout_s)
    yield from visit.tap("act:start")
    yield from visit.wait_until(lambda: visit.sight.screen not in _ENDS, "a first screen")
    while visit.sight.screen not in _ENDS:
        yield from resident.do_next()
    yield from visit.look()


class _Resident:
    """Remembers what was tried, so that nothing is tried twice."""

    def __init__(self, visit: Visit, wishes: Wishes) -> None:
        self._visit = visit
        self._wishes = wishes
        self._answers = {**_ANSWERS, **wishes.answers}
        self._tried: set[str] = set()
        self._card_given = False
        self._idle_since = visit.now()
        self._seen: tuple[str, ...] = ()
        self._until = visit.now() + wishes.timeout_s

    def do_next(self) -> Script:
        """Do one thing, or wait one beat when there is nothing to do."""
        self._stay_awake()
        names = self._visit.sight.names
        screen = self._visit.sight.screen
        for name in ("act:go_on", "act:stay"):
            # "Leave without the paper?": it was asked for and did not come. Then "are you still there?".
            if name in names:
                yield from self._visit.tap(name)
                return
        if screen == "trouble":
            raise RobotLostError(f"trouble: {' / '.join(self._visit.sight.texts)}")
        handler = {
            "home": self._choose_item,
            "identity": self._identify,
            "form": self._fill,
            "materials": self._settle_papers,
            "promise": self._promise,
            "receipt": self._take_papers,
            "rating": self._rate,
            "goodbye": self._leave,
            "choices": self._choose,
        }.get(screen, self._press_primary)
        yield from handler(names)

    def _stay_awake(self) -> None:
        now = self._visit.now()
        texts = self._visit.sight.texts
        if texts != self._seen:
            self._seen, self._idle_since = texts, now
        if now - self._idle_since > _STUCK_S or now > self._until:
            raise RobotLostError(
                f"stuck on screen {self._visit.sight.screen!r}: {' / '.join(texts)}"
            )

    # -- one screen each ---------------------------------------------------------------------------

    def _choose_item(self, names: tuple[str, ...]) -> Script:
        if _SERVED in self._tried:
            wanted = f"service:{self._wishes.service}"
            yield from self._visit.tap(wanted if wanted in names else "service:more")
            yield from self._visit.wait_until(lambda: self._visit.sight.screen != "home", wanted)
            return
        tile = f"tile:{self._wishes.item}"
        if tile in names:
            yield from self._visit.tap(tile)
            yield from self._visit.wait_until(
                lambda: self._visit.sight.screen != "home", f"the guide of {self._wishes.item}"
            )
        elif not (yield from self._turn_page(names)):
            raise RobotLostError(f"no item {self._wishes.item} in the list")

    def _choose(self, names: tuple[str, ...]) -> Script:
        """Take the service that is looked for, else the first of what can be chosen."""
        texts = self._visit.sight.texts
        offered = [name for name in names if name.startswith("act:choose:") and self._usable(name)]
        wanted = f"act:choose:{self._wishes.service}"
        if offered:
            yield from self._press(wanted if wanted in offered else offered[0])
        elif any(say(key, lang) in texts for key in _ASKING for lang in ("zh", "en")):
            yield
        else:
            yield from self._press_primary(names)

    def _identify(self, names: tuple[str, ...]) -> Script:
        for name in (f"act:way:{self._wishes.way}", f"way:{self._wishes.way}"):
            if self._usable(name) and name not in self._tried:
                self._tried.add(name)
                yield from self._visit.tap(name)
                return
        if not self._card_given:
            self._card_given = True
            yield from self._visit.look()
            self._wishes.give_card()
        if self._usable("act:again"):
            raise RobotLostError(f"the card was not read: {' / '.join(self._visit.sight.texts)}")
        del names
        yield

    def _fill(self, names: tuple[str, ...]) -> Script:
        if "key:done" in names:  # a pad stands open that this resident did not open
            yield from self._visit.tap("key:done")
            return
        for name in names:
            kind, _, key = name.partition(":")
            if kind == "field" and self._wants_answer(key):
                yield from self._visit.tap(name)
                yield from self._visit.type_on_pad(self._answer(key))
                return
            if kind == "choice":
                key, _, value = key.partition(":")
                if self._chooses(key, value, names):
                    yield from self._visit.tap(name)
                    return
        if not (yield from self._turn_page(names)):
            yield from self._press_primary(names)

    def _settle_papers(self, names: tuple[str, ...]) -> Script:
        for way in ("licence", "later"):
            for name in names:
                if name.startswith(f"act:{way}:") and self._once(name):
                    yield from self._visit.tap(name)
                    yield from self._visit.pause(_READING_S)
                    return
        if not (yield from self._turn_page(names)):
            yield from self._press_primary(names)

    def _promise(self, names: tuple[str, ...]) -> Script:
        if "signature" in names and self._once("signature"):
            yield from self._visit.sign()
            yield from self._visit.wait_until(lambda: self._usable("act:next"), "act:next, signed")
            self._visit.picture()
        elif not (yield from self._turn_page(names)):
            yield from self._press_primary(names)

    def _take_papers(self, names: tuple[str, ...]) -> Script:
        for name in names:
            verb = name.removeprefix("act:").partition(":")[0]
            if not self._usable(name):
                continue
            # A printer that does not know asks: the resident has the paper in hand.
            wanted = verb == "yes" or (verb == "print" and self._wishes.print_papers)
            unwanted = verb == "skip" and not self._wishes.print_papers
            if (wanted or unwanted) and self._once(name):
                yield from self._visit.tap(name)
                yield from self._visit.pause(_READING_S)
                return
        if self._usable("act:handover") and self._once("act:handover"):
            yield from self._visit.tap("act:handover")
        else:
            if self._usable("act:next") and self._once("receipt"):
                self._visit.picture()  # how the papers went
            if any(name.startswith("act:print:") for name in names) and self._usable("act:next"):
                # It was tried and did not come: on without it, the number stands on the screen.
                yield from self._press("act:next")
            else:
                yield from self._press_primary(names)

    def _rate(self, names: tuple[str, ...]) -> Script:
        del names
        grade = self._wishes.grade
        yield from self._press(f"act:grade:{grade}" if grade else "act:skip")

    def _leave(self, names: tuple[str, ...]) -> Script:
        del names
        if self._once("goodbye"):
            self._wishes.take_card()
        if self._wishes.service and self._once(_SERVED):
            yield from self._press("act:more")
            return
        if self._usable("act:done"):
            yield from self._press("act:done")
        else:
            yield

    # -- hands and eyes ------------------------------------------------------------------------------

    def _press_primary(self, names: tuple[str, ...]) -> Script:
        """Press the button that looks like the one to press, if there is one."""
        for name in reversed(names):
            item = self._visit.sight.find(name) if name.startswith("act:") else None
            if item is not None and item.isEnabled() and item.property("primary") is True:
                yield from self._press(name)
                return
        yield

    def _press(self, name: str) -> Script:
        """Press a button and see something change; a page that goes on by itself meanwhile is as good."""
        screen = self._visit.sight.screen
        before = (self._visit.sight.names, self._visit.sight.texts)
        try:
            yield from self._visit.tap(name)
        except RobotLostError:
            if self._visit.sight.screen == screen:
                raise
            return
        yield from self._visit.wait_until(
            lambda: (self._visit.sight.names, self._visit.sight.texts) != before,
            f"change after {name}",
        )

    def _turn_page(self, names: tuple[str, ...]) -> Script:
        """Turn to the next page of the list, if there is one; returns whether."""
        for name in ("page:next", "act:page:next"):
            if name in names and self._usable(name):
                yield from self._press(name)
                return True
        return False

    def _usable(self, name: str) -> bool:
        return self._visit.sight.usable(name)

    def _once(self, name: str) -> bool:
        if name in self._tried:
            return False
        self._tried.add(name)
        return True

    def _wants_answer(self, key: str) -> bool:
        texts = self._visit.sight.texts_in(f"field:{key}")
        empty = any(say("ui.form.empty", language) in texts for language in ("zh", "en"))
        optional = any(say("ui.form.optional", language) in texts for language in ("zh", "en"))
        wanted = key in self._wishes.answers or not optional
        return empty and wanted and self._once(f"field:{key}") and self._usable(f"field:{key}")

    def _answer(self, key: str) -> str:
        try:
            return self._answers[key]
        except KeyError:
            raise RobotLostError(f"the resident has no answer to {key!r}") from None

    def _chooses(self, key: str, value: str, names: tuple[str, ...]) -> bool:
        wanted = self._answers.get(key)
        if wanted is not None and f"choice:{key}:{wanted}" in names:
            return value == wanted and self._once(f"choice:{key}")
        item = self._visit.sight.find(f"choice:{key}:{value}")
        if item is not None and item.property("selected") is True:
            self._tried.add(f"choice:{key}")
        return wanted is None and self._once(f"choice:{key}")
