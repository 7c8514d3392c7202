# SPDX-License-Identifier: Apache-2.0
"""Whatever residents, devices, platform and clock do in whatever order: the four promises of the screen."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.core import Condition, Media, PrintOutcome, PrintResult, Status, Supply
from kiosk.flows import effects, events, intents, views

MODES = ("elder", "contrast", "low", "voice", "english")
PAGES = (
    "attract",
    "home",
    "item",
    "identity",
    "consent",
    "form",
    "materials",
    "promise",
    "review",
    "working",
    "receipt",
    "rating",
    "goodbye",
)
PAGES_OF_PROOF = ("identity", "consent", "form", "review", "working", "receipt", "rating")
CODES = (
    "card.none",
    "card.removed",
    "card.unreadable",
    "dev.not_present",
    "dev.process_lost",
    "dev.cancelled",
    "link.timeout",
    "platform.busy",
    "identity.unknown",
    "licence.missing",
    "store.full",
    "seal.invalid",
    "media.out",
    "something.new",
)


# The fixtures make a new world at each call, so they may serve many examples.
shared = [HealthCheck.function_scoped_fixture]


class Walk:
    """A seeded world that answers, fails, keeps silent, answers twice or late, and pulls plugs."""

    def __init__(self, visit: Any, personal: tuple[str, ...], rng: random.Random) -> None:
        self.visit = visit
        self.personal = personal
        self.rng = rng
        self.owed: list[effects.Effect] = []
        self.stale: list[events.Event] = []

    def take(self, event: events.Event) -> None:
        outcome = self.visit.flow.handle(event)
        self.owed += outcome.effects
        self.check(outcome)

    def check(self, outcome: Any) -> None:
        view = outcome.view
        assert isinstance(view.body, views.Body)
        for effect in outcome.effects:
            self.hides_the_person(repr(effect))
        self.hides_the_person(repr(self.visit.flow.state))
        assert has_a_way_on(view), view.body
        assert len(view.steps) <= 5

    def hides_the_person(self, text: str) -> None:
        assert not [secret for secret in self.personal if secret in text]

    def step(self) -> None:
        chance = self.rng.random()
        if chance < 0.50:
            self.take(events.Touch(self.any_intent()))
        elif chance < 0.85 and self.owed:
            self.answer_one()
        elif chance < 0.88 and self.stale:
            self.take(self.rng.choice(self.stale))
        elif chance < 0.95:
            self.visit.now += self.rng.choice((0.25, 0.5, 1.0, 3.5, 9.0, 80.0))
            self.take(events.Tick(self.visit.now, 1.8e9 + self.visit.now))
        else:
            self.take(self.any_fact())

    def answer_one(self) -> None:
        effect = self.owed.pop(self.rng.randrange(len(self.owed)))
        if self.rng.random() < 0.2:
            name = type(effect).__name__
            about = getattr(effect, "material", getattr(effect, "code", "")) or getattr(
                effect, "kind", ""
            )
            if isinstance(effect, effects.AskPlatform):
                about = type(effect.enquiry).__name__
            failed = events.Failed(effect.session, name, self.rng.choice(CODES), str(about))
            self.take(failed)
            self.stale.append(failed)
            return
        for answer in self.visit.usual(effect):
            if isinstance(answer, events.Printed) and self.rng.random() < 0.6:
                outcome = PrintOutcome(self.rng.choice(list(PrintResult)), "media.out")
                answer = events.Printed(answer.session, answer.paper, outcome)  # noqa: PLW2901 - told otherwise
            self.take(answer)
            self.stale.append(answer)

    def any_intent(self) -> intents.Intent:
        view = self.visit.view
        offered = [action.id for action in offered_actions(view)]
        if offered and self.rng.random() < 0.75:
            return intents.Act(self.rng.choice(offered))
        body = view.body
        if isinstance(body, views.FormPage) and self.rng.random() < 0.6:
            question = self.rng.choice(body.fields)
            values = [choice.value for choice in question.choices] or [question.example, "", "1"]
            return self.rng.choice(
                (
                    intents.Answer(question.key, self.rng.choice(values)),
                    intents.Edit(question.key),
                )
            )
        return self.rng.choice(
            (
                intents.Back(),
                intents.Touched(),
                intents.Sign(b"\x89PNG\r\n\x1a\nx", self.rng.randrange(3)),
                intents.SetMode(self.rng.choice(MODES), self.rng.random() < 0.5),
                intents.Search(self.rng.choice(("", "sb", "高龄", "zzz"))),
                intents.AskHelp(),
                intents.Exit(),
                intents.Act("nonsense:1"),
                intents.Act("item:old-age-allowance"),
                intents.Act("change:form:0"),
                intents.Act("submit"),
                intents.Answer("name", "x"),
            )
        )

    def any_fact(self) -> events.Event:
        if self.rng.random() < 0.4:
            online = self.rng.random() < 0.6
            self.visit.online = online
            return events.LinkChanged(online=online, code="" if online else "link.timeout")
        if self.rng.random() < 0.2:
            accepting = self.rng.random() < 0.8
            return events.StoreChanged(accepting, "" if accepting else "store.full")
        status = Status(
            self.rng.choice(
                (Condition.ONLINE, Condition.ONLINE, Condition.NO_DEVICE, Condition.STARTING)
            ),
            paper=self.rng.choice((None, Supply.FULL, Supply.OUT, Supply.UNKNOWN)),
            media=self.rng.choice((None, Media.PRESENT, Media.NOT_PRESENT)),
        )
        roles = ("id_card", "code_scanner", "receipt_printer", "page_printer", "document_scanner")
        return events.DeviceChanged(self.rng.choice(roles), status)


def offered_actions(view: views.View) -> list[views.Action]:
    if view.overlay is not None:
        return [action for action in view.overlay.actions if action.enabled]
    body = view.body
    found = [action for action in getattr(body, "actions", ()) if action.enabled]
    if isinstance(body, views.Materials):
        found += [action for paper in body.materials for action in paper.actions]
    if isinstance(body, views.Rating):
        found += [views.Action(f"grade:{grade.value}", "") for grade in body.grades]
    if isinstance(body, views.Home):
        found += [views.Action(f"item:{tile.code}", "") for tile in body.tiles]
        found += [views.Action(f"service:{each.id}", "") for each in body.services]
    if isinstance(body, views.Choices):
        usable = [each for each in body.options if each.available]
        found += [views.Action(f"choose:{each.id}", "") for each in usable]
    if isinstance(body, views.Review):
        found += [
            views.Action(f"change:{part.id}", "") for part in body.sections if part.changeable
        ]
    if isinstance(body, views.Attract):
        found.append(views.Action("start", ""))
    return found


def has_a_way_on(view: views.View) -> bool:
    """Tell whether there is an action, a way out, or work that is bounded by its own deadline."""
    if offered_actions(view) or view.can_exit or view.can_back:
        return True
    if isinstance(view.body, views.OutOfService):
        return bool(view.body.phone)
    return isinstance(view.body, views.Working)


def walk(visit: Any, personal: tuple[str, ...], seed: int, steps: int) -> Walk:
    made = Walk(visit, personal, random.Random(seed))  # noqa: S311 - a test's dice
    code = made.rng.choice(("old-age-allowance", "social-insurance-proof"))
    pages = PAGES if code == "old-age-allowance" else PAGES_OF_PROOF
    visit.to(made.rng.choice(pages), code)
    if visit.screen == "home":
        visit.act(made.rng.choice(("service:more", "service:cases", "service:appointments")))
    made.owed += visit.silent
    for _ in range(steps):
        made.step()
    return made


def comes_to_rest(visit: Any) -> bool:
    """With everything answered, doing nothing leads back to a clean machine."""
    visit.answers = {}
    for _ in range(400):
        visit.now += 5.0
        visit.send(events.Tick(visit.now, 1.8e9 + visit.now))
        if visit.flow.state.session.place.stage == "attract":
            return True
    return False


@settings(max_examples=15, suppress_health_check=shared)
@given(seed=st.integers(0, 2**32))
def test_any_order_of_events_keeps_the_promises(
    seed: int, new_visit: Callable[..., Any], personal: tuple[str, ...]
) -> None:
    visit = new_visit()
    walk(visit, personal, seed, 120)
    assert visit.view.revision > 1


@pytest.mark.slow
@pytest.mark.timeout(400)
@settings(max_examples=300, suppress_health_check=shared)
@given(seed=st.integers(0, 2**32))
def test_any_order_of_events_keeps_the_promises_for_long(
    seed: int, new_visit: Callable[..., Any], personal: tuple[str, ...]
) -> None:
    visit = new_visit()
    walk(visit, personal, seed, 200)
    assert comes_to_rest(visit)


@settings(max_examples=15, suppress_health_check=shared)
@given(seed=st.integers(0, 2**32))
def test_from_everywhere_doing_nothing_ends_clean(
    seed: int, new_visit: Callable[..., Any], personal: tuple[str, ...]
) -> None:
    visit = new_visit()
    walk(visit, personal, seed, 80)
    assert comes_to_rest(visit), visit.flow.state
    session = visit.flow.state.session
    assert session.person.card is None
    assert session.person.grant is None
    assert not session.draft.values
    assert session.matter.submission is None


@pytest.mark.parametrize("seed", range(12))
def test_every_view_renders_in_both_languages(
    seed: int, new_visit: Callable[..., Any], personal: tuple[str, ...]
) -> None:
    made = Walk(new_visit(), personal, random.Random(seed))  # noqa: S311 - a test's dice
    made.visit.to(PAGES[seed % len(PAGES)])
    for _ in range(60):
        made.step()
        for english in (True, False):
            made.take(events.Touch(intents.SetMode("english", english)))


def test_a_submission_has_one_number_however_often_it_is_touched(visit: Any) -> None:
    visit.answers["Submit"] = None
    visit.to("review")
    for _ in range(5):
        visit.act("submit")
    assert len(visit.all_asked(effects.Submit)) == 1
    submit = visit.silent[0]
    visit.send(events.Finalized(submit.session, UUID(int=7), "ZG-7", "application"))
    visit.act("submit")
    assert len(visit.all_asked(effects.Submit)) == 1
