# SPDX-License-Identifier: Apache-2.0
"""A made-up world around the flow: a clock to be moved, devices and a platform that answer as told.

``Visit`` carries effects to scripted answers; ``Visit.walk`` is a resident who finishes any item by
reading nothing but views.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from central_platform.items import read_items
from drivers.core import (
    CardType,
    Condition,
    IdCard,
    Media,
    PrintOutcome,
    PrintResult,
    Status,
    Supply,
)
from kiosk.flows import effects, events, intents, views
from kiosk.flows.machine import Flow, Outcome
from kiosk.flows.settings import FlowSettings
from kiosk.protocol.catalogue import Catalogue, ServiceItem
from kiosk.protocol.messages import (
    CaseStatus,
    IdentityGrant,
    LicenceOffer,
    LicenceReference,
    NearbyPoint,
    PlaceProfile,
    Prefill,
    ResultReference,
)
from kiosk.protocol.wire import Text
from tests.flows.services_world import SLIP, answer_to

ITEMS = Path(__file__).parents[2] / "central_platform" / "catalogue" / "items"
WALL = datetime(2026, 11, 23, 2, 14, tzinfo=UTC).timestamp()
PNG = b"\x89PNG\r\n\x1a\nink"
ROLES = ("id_card", "receipt_printer", "page_printer", "document_scanner")

PERSON = IdCard(
    card_type=CardType.RESIDENT,
    name="王苗苗",
    sex="female",
    ethnicity="汉",
    birth=date(1938, 3, 12),
    address="江西省赣州市章贡区样例街道演示路1号1栋101室",
    number="36070219380312002X",
    valid_from=date(2010, 1, 1),
    long_term=True,
)
KNOWN = {
    "phone": "10000000002",
    "address": "江西省赣州市章贡区样例街道演示路1号1栋101室",
    "bank": "演示银行赣州章贡支行",
    "bank_account": "6200000000000000002",
}
GRANT = "opaque-grant-of-a-test"
PERSONAL = (
    "王苗苗",
    "36070219380312002X",
    "19380312",
    "样例街道",
    "10000000002",
    "6200000000000000002",
    GRANT,
    "DEMO-HKB",
)

_PASSING = {"identity": "ReadIdCard", "working": "Submit"}

Answerer = Callable[[effects.Effect], list[events.Event]]


def load_items() -> tuple[ServiceItem, ...]:
    return read_items(
        [ITEMS / f"{code}.yaml" for code in ("old-age-allowance", "social-insurance-proof")]
    )


def profile() -> PlaceProfile:
    return PlaceProfile(
        place=Text(zh="赣州市章贡区便民服务中心", en="Zhanggong Service Centre"),
        region="360702",
        duty_phone="0797-0000000",
        nearest=(
            NearbyPoint(
                name=Text(zh="邮政营业厅", en="Post office"),
                distance_m=320,
                direction=Text(zh="东边", en="east"),
            ),
        ),
    )


def grant() -> IdentityGrant:
    return IdentityGrant(
        grant=GRANT,
        assurance="card",
        display_name="王*苗",
        expires_at=datetime(2026, 11, 23, 4, tzinfo=UTC),
    )


@dataclass
class Visit:
    """The flow and its world."""

    flow: Flow
    online: bool = True
    now: float = 100.0
    answers: dict[str, Answerer | None] = field(default_factory=dict)
    """By effect name, instead of the usual answer; ``None`` keeps silent."""
    heard: list[events.Event] = field(default_factory=list)
    asked: list[effects.Effect] = field(default_factory=list)
    silent: list[effects.Effect] = field(default_factory=list)
    screens: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    submissions: int = 0
    wiped: int = 0

    @property
    def view(self) -> views.View:
        return self.flow.view

    @property
    def screen(self) -> str:
        return self.view.body.screen

    @property
    def session(self) -> int:
        return self.flow.state.session.number

    def send(self, event: events.Event) -> views.View:
        self.heard.append(event)
        outcome = self.flow.handle(event)
        self.outcomes.append(outcome)
        if not self.screens or self.screens[-1] != outcome.view.body.screen:
            self.screens.append(outcome.view.body.screen)
        for effect in outcome.effects:
            self.asked.append(effect)
            for answer in self.answer(effect):
                self.send(answer)
        return self.view

    def answer(self, effect: effects.Effect) -> list[events.Event]:
        name = type(effect).__name__
        if name in self.answers:
            answerer = self.answers[name]
            if answerer is None:
                self.silent.append(effect)
                return []
            return answerer(effect)
        return self.usual(effect)

    def usual(  # noqa: C901, PLR0911, PLR0912 - one return an effect
        self, effect: effects.Effect
    ) -> list[events.Event]:
        session = effect.session
        if not self.online and isinstance(
            effect,
            effects.IdentifyByCard
            | effects.AskPlatform
            | effects.FetchPrefill
            | effects.FetchLicence
            | effects.WatchCase
            | effects.FetchResult
            | effects.MakeHandover,
        ):
            name = type(effect).__name__
            about = type(effect.enquiry).__name__ if isinstance(effect, effects.AskPlatform) else ""
            return [events.Failed(session, name, "link.no_route", about)]
        match effect:
            case effects.ReadIdCard():
                return [
                    events.CardProgress(session, "card.waiting"),
                    events.CardProgress(session, "card.reading"),
                    events.CardRead(session, PERSON),
                ]
            case effects.IdentifyByCard():
                return [events.Identified(session, grant())]
            case effects.AskPlatform(enquiry=question):
                said = answer_to(question)
                name = type(question).__name__
                return [events.PlatformAnswered(session, name, said)] if said else []
            case effects.ReadSlipCode():
                return [events.SlipCodeRead(session, SLIP)]
            case effects.FetchPrefill():
                offer = LicenceOffer(
                    code="household-register",
                    name=Text(zh="居民户口簿", en="Household register"),
                    state="held",
                )
                return [events.Prefilled(session, Prefill(values=KNOWN, licences=(offer,)))]
            case effects.FetchLicence(licence=licence, material=material):
                reference = LicenceReference(
                    licence=licence, identifier="DEMO-HKB-1", trace="trace-1"
                )
                return [events.LicenceFetched(session, material, reference)]
            case effects.ScanMaterial(material=material, what=effects.OneCardSide(other=other)):
                return [events.CardSideScanned(session, material, PNG, pdf=other and b"%PDF-")]
            case effects.ScanMaterial(material=material):
                return [events.PageScanned(session, material, PNG)]
            case effects.Submit(kind=kind):
                return self._submitted(session, kind)
            case effects.WatchCase(submission=submission):
                return [events.CaseSeen(session, self.case(submission))]
            case effects.FetchResult(code=code):
                return [events.ResultReady(session, code, "证明", 1, "seal", b"%PDF-")]
            case effects.MakeHandover():
                return [events.HandoverReady(session, "https://platform.test/h/once")]
            case effects.PrintSlip():
                return [events.Printed(session, "slip", PrintOutcome(PrintResult.DONE))]
            case effects.PrintResult(code=code):
                return [events.Printed(session, code, PrintOutcome(PrintResult.DONE))]
            case effects.Wipe():
                self.wiped += 1
                return [events.Wiped(session)]
            case _:
                return []

    def _submitted(self, session: int, kind: str) -> list[events.Event]:
        self.submissions += 1
        submission = UUID(int=self.submissions)
        finalized = events.Finalized(session, submission, f"ZG-{self.submissions:04}", kind)
        if not self.online:
            failed = events.Failed(session, "Deliver", "link.no_route", str(submission))
            return [finalized, failed]
        number = f"GZ2026{self.submissions:06}" if kind == "application" else None
        day = "2026-11-30" if kind == "application" else None
        return [finalized, events.Delivered(session, submission, number, day)]

    def case(self, submission: UUID) -> CaseStatus:
        item = self.flow.state.session.item
        with_results = item is not None and item.results
        results = tuple(
            ResultReference(code=each.code, title=each.title, sha256="0" * 64, size=5)
            for each in (item.results if item else ())
        )
        return CaseStatus(
            id=submission,
            case_number=f"GZ2026{self.submissions:06}",
            state="approved" if with_results else "in_review",
            reason=Text(zh="材料齐全", en="Complete"),
            results=results,
        )

    # --- the machine

    def boot(self) -> Visit:
        self.tick(0)
        self.send(events.ProfileLoaded(profile()))
        items = load_items()
        self.send(events.CatalogueLoaded(Catalogue(version="1", items=items), WALL, fresh=True))
        self.send(events.StoreChanged(accepting=True))
        for role in ROLES:
            self.device(role)
        self.link(online=self.online)
        return self

    def device(
        self,
        role: str,
        condition: Condition = Condition.ONLINE,
        code: str = "",
        *,
        paper: Supply | None = None,
        media: Media | None = None,
    ) -> views.View:
        status = Status(condition, code, paper=paper, media=media)
        return self.send(events.DeviceChanged(role, status))

    def link(self, *, online: bool, code: str = "link.no_route") -> views.View:
        self.online = online
        return self.send(events.LinkChanged(online=online, code="" if online else code))

    # --- the resident

    def act(self, choice: str) -> views.View:
        return self.touch(intents.Act(choice))

    def touch(self, intent: intents.Intent) -> views.View:
        return self.send(events.Touch(intent))

    def tick(self, seconds: float, step: float = 0.5) -> views.View:
        end = self.now + seconds
        while True:
            self.now = min(end, self.now + step)
            view = self.send(events.Tick(self.now, WALL + self.now - 100.0))
            if self.now >= end:
                return view

    def to(self, screen: str, code: str = "old-age-allowance") -> Visit:
        """Walk until that screen is on the glass; the answer that would pass it by is kept back."""
        if screen in _PASSING:
            self.answers.setdefault(_PASSING[screen], None)
        for _ in range(60):
            if self.screen == screen:
                return self
            self.step(code)
        raise AssertionError(f"never came to {screen}: {self.screens}")

    def walk(self, code: str) -> Visit:
        """Do a whole visit, from touch to wipe."""
        self.step(code)
        for _ in range(80):
            if self.screen == "attract":
                return self
            self.step(code)
        raise AssertionError(f"never came to an end: {self.screens}")

    def step(self, code: str) -> None:  # noqa: C901 - one case a screen
        """Do what any resident would do who reads the screen."""
        if self.view.overlay is not None:
            self.act(self.view.overlay.actions[0].id)
            return
        match self.view.body:
            case views.Attract():
                self.act("start")
            case views.Home(tiles=tiles):
                assert code in {tile.code for tile in tiles}
                self.act(f"item:{code}")
            case views.Consent():
                self.act("agree")
            case views.FormPage() as page:
                self._fill(page)
                self.act("next")
            case views.Materials(materials=papers):
                for paper in papers:
                    if paper.state == "open":
                        self.act(paper.actions[0].id)
                self.act("next")
            case views.PromisePage(signature_needed=needed, signed=signed):
                if needed and not signed:
                    self.touch(intents.Sign(PNG, 3))
                self.act("next")
            case views.Rating(grades=grades):
                self.act(f"grade:{grades[0].value}")
            case _:
                self._press_primary()

    def _fill(self, page: views.FormPage) -> None:
        for question in page.fields:
            if question.value or question.locked or not question.required:
                continue
            value = question.choices[0].value if question.choices else question.example
            self.touch(intents.Edit(question.key))
            self.touch(intents.Answer(question.key, value))

    def _press_primary(self) -> None:
        actions = getattr(self.view.body, "actions", ())
        usable = [action for action in actions if action.enabled]
        primary = [action for action in usable if action.primary]
        if primary or usable:
            self.act((primary or usable)[0].id)
        else:
            self.tick(1.0)

    # --- what was asked

    def all_asked(self, kind: type) -> list:
        return [effect for effect in self.asked if isinstance(effect, kind)]


@pytest.fixture
def new_visit() -> Callable[..., Visit]:
    def make(*, online: bool = True, **settings: object) -> Visit:
        flow = Flow(FlowSettings(**settings), now=100.0, wall=WALL)  # type: ignore[arg-type]  # by name
        return Visit(flow, online=online).boot()

    return make


@pytest.fixture
def visit(new_visit: Callable[..., Visit]) -> Visit:
    return new_visit()


@pytest.fixture
def offline_visit(new_visit: Callable[..., Visit]) -> Visit:
    return new_visit(online=False)


@pytest.fixture
def personal() -> tuple[str, ...]:
    return PERSONAL
