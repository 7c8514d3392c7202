# SPDX-License-Identifier: Apache-2.0
"""Carries out what the flow asks of the platform, each session on threads of its own: calls may block."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

from kiosk.flows import effects, events
from kiosk.platform_client.port import Platform, PlatformError
from kiosk.protocol.messages import CardIdentity, SocialCardIdentity
from kiosk.terminal.enquiry_answers import answer

_log = logging.getLogger("hall24.platform")

DECIDED = frozenset({"approved", "refused", "supplement"})
CASE_POLL_S = 0.5


class _Lane:
    """The calls of one session, one after the other, on a connection of their own.

    A call may wait for half a minute on a line that has gone silent; the next resident shall neither wait
    behind it nor speak on that line.
    """

    def __init__(self, session: int) -> None:
        self.session = session
        self.over = threading.Event()
        self.calls = ThreadPoolExecutor(max_workers=1, thread_name_prefix="platform")
        # Watching a case takes seconds; nobody's log-in shall wait behind it.
        self.watcher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="platform-watch")
        self._goodbyes: list[Future[None]] = []

    def end(self, hang_up: Callable[[], None]) -> None:
        """Let what was asked come to its end; returns at once."""
        self.over.set()
        for thread in (self.calls, self.watcher):
            self._goodbyes.append(thread.submit(hang_up))
            thread.shutdown(wait=False)

    @property
    def ended(self) -> bool:
        """Tell whether nothing of it runs any more."""
        return bool(self._goodbyes) and all(each.done() for each in self._goodbyes)

    def stop(self) -> None:
        """Drop what waits, let the running call end (its own time-out bounds it)."""
        self.over.set()
        for thread in (self.calls, self.watcher):
            thread.shutdown(wait=True, cancel_futures=True)


class PlatformEffects:
    """Log-in, pre-fill, licences, cases and results of the running session."""

    def __init__(
        self,
        platform: Platform,
        seal_root_pem: str,
        post: Callable[[events.Event], None],
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._platform = platform
        self._seal_root_pem = seal_root_pem
        self._post = post
        self._clock = clock
        self._wall = wall
        self._stopping = False
        self._lane = _Lane(0)
        self._former: list[_Lane] = []

    def stop(self) -> None:
        """Drop what waits, let running calls end (their own time-outs bound them)."""
        self._stopping = True
        for lane in (self._lane, *self._former):
            lane.stop()

    def _lane_of(self, session: int) -> _Lane:
        if session != self._lane.session:
            self._former = [lane for lane in self._former if not lane.ended]
            self._former.append(self._lane)
            self._lane.end(self._platform.hang_up)
            self._lane = _Lane(session)
        return self._lane

    def identify(self, effect: effects.IdentifyByCard) -> None:
        """Answer ``Identified`` or ``Failed``."""
        card = effect.card

        def call() -> events.Event:
            if card.number is None or (card.name or card.english_name) is None:
                return _failed(effect, "card.incomplete")
            identity = CardIdentity(
                card_type=card.card_type.value,
                name=card.name or card.english_name or "",
                number=card.number,
                birth=card.birth,
                face=effect.face,
            )
            grant = self._platform.identify_card(identity)
            return events.Identified(session=effect.session, grant=grant)

        self._run(effect, call)
        self._prepare_seals()

    def identify_by_social_card(self, effect: effects.IdentifyBySocialCard) -> None:
        """Answer ``Identified`` or ``Failed``."""
        card = effect.card

        def call() -> events.Event:
            if not (card.name and card.number and card.card_number):
                return _failed(effect, "card.incomplete")
            identity = SocialCardIdentity(
                card_number=card.card_number, name=card.name, number=card.number
            )
            grant = self._platform.identify_social_card(identity)
            return events.Identified(effect.session, grant, what=type(effect).__name__)

        self._run(effect, call)
        self._prepare_seals()

    def identify_by_code(self, effect: effects.IdentifyByCode) -> None:
        """Answer ``Identified`` or ``Failed``. The code leaves once, whatever comes back."""

        def call() -> events.Event:
            grant = self._platform.identify_code(effect.code)
            return events.Identified(effect.session, grant, what=type(effect).__name__)

        self._run(effect, call)
        self._prepare_seals()

    def logout(self, effect: effects.Logout) -> None:
        """No answer; a log-out that does not reach the platform expires there by itself."""

        def call() -> None:
            self._platform.logout(effect.grant)

        self._run(effect, call, silent=True)

    def prefill(self, effect: effects.FetchPrefill) -> None:
        """Answer ``Prefilled`` or ``Failed``."""

        def call() -> events.Event:
            known = self._platform.prefill(effect.grant, effect.item, effect.consent)
            return events.Prefilled(session=effect.session, prefill=known)

        self._run(effect, call)

    def fetch_licence(self, effect: effects.FetchLicence) -> None:
        """Answer ``LicenceFetched`` or ``Failed(about=material)``."""

        def call() -> events.Event:
            reference = self._platform.fetch_licence(
                effect.grant, effect.item, effect.licence, effect.consent
            )
            return events.LicenceFetched(
                session=effect.session, material=effect.material, reference=reference
            )

        self._run(effect, call, about=effect.material)

    def watch_case(self, effect: effects.WatchCase) -> None:
        """Answer ``CaseSeen`` on each change until the case is decided or the time is over."""
        ends = self._clock() + effect.deadline_s
        lane = self._lane_of(effect.session)

        def call() -> events.Event | None:
            seen = None
            while True:
                status = self._platform.case(effect.submission)
                if status != seen:
                    seen = status
                    self._post(events.CaseSeen(session=effect.session, status=status))
                if status.state in DECIDED or self._clock() >= ends:
                    return None
                if lane.over.wait(CASE_POLL_S):
                    return None

        self._run(effect, call, thread=lane.watcher)

    def ask(self, effect: effects.AskPlatform) -> None:
        """Answer ``PlatformAnswered`` or ``Failed``, both about the question's class name."""
        name = type(effect.enquiry).__name__

        def call() -> events.Event:
            said = answer(self._platform, effect.enquiry)
            return events.PlatformAnswered(session=effect.session, enquiry=name, answer=said)

        self._run(effect, call, about=name)

    def fetch_result(self, effect: effects.FetchResult) -> None:
        """Answer ``ResultReady`` only for a document whose seal verifies."""

        def call() -> events.Event:
            from kiosk.documents.seals import (  # noqa: PLC0415 - a third of the start-up time
                SealInvalidError,
                verify_seal,
            )

            platform, submission, code = self._platform, effect.submission, effect.code
            pdf = (
                platform.held_result(effect.grant, submission, code)
                if effect.grant
                else platform.result(submission, code)
            )
            try:
                at = datetime.fromtimestamp(self._wall(), UTC)
                facts = verify_seal(pdf, self._seal_root_pem, at=at)
            except SealInvalidError as error:
                return _failed(effect, error.code, effect.code)
            return events.ResultReady(
                session=effect.session,
                code=effect.code,
                title=effect.code,
                pages=facts.pages,
                sealed_by=facts.signer,
                pdf=pdf,
            )

        self._run(effect, call, about=effect.code)

    def make_handover(self, effect: effects.MakeHandover) -> None:
        """Answer ``HandoverReady`` or ``Failed``."""

        def call() -> events.Event:
            handover = self._platform.handover(effect.submission, effect.code, effect.grant or None)
            return events.HandoverReady(session=effect.session, url=handover.url)

        self._run(effect, call, about=effect.code)

    def _prepare_seals(self) -> None:
        """Load what checks seals while the resident reads the next screen, so that nobody waits for it."""
        self._lane.watcher.submit(importlib.import_module, "kiosk.documents.seals")

    def _run(
        self,
        effect: effects.Effect,
        call: Callable[[], events.Event | None],
        *,
        about: str = "",
        silent: bool = False,
        thread: ThreadPoolExecutor | None = None,
    ) -> None:
        def work() -> None:
            try:
                answer = call()
            except PlatformError as error:
                answer = None if silent else _failed(effect, error.code, about)
            except Exception as error:  # noqa: BLE001 - the resident must get an answer
                # Only the type: a message could quote what a resident typed.
                _log.error("platform call failed", extra={"error": type(error).__name__})
                answer = None if silent else _failed(effect, "software.fault", about)
            if answer is not None:
                self._post(answer)

        if not self._stopping:
            (thread or self._lane_of(effect.session).calls).submit(work)


def _failed(effect: effects.Effect, code: str, about: str = "") -> events.Failed:
    return events.Failed(session=effect.session, what=type(effect).__name__, code=code, about=about)
