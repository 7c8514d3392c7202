# SPDX-License-Identifier: Apache-2.0
"""What the terminal asks of a central platform, whatever gateway stands behind it.

``kiosk.platform_client.v1`` speaks protocol version 1; a provincial gateway is another class with
these methods. All calls block and are made from the platform thread or the sync thread, never from the
core or UI thread.

::

    PlatformError
    ├── LinkError            no answer that comes from the platform         link.*      (try again later)
    ├── BusyError            the platform asks for time (429, 503)          platform.busy
    ├── RefusedError         the platform understood and refuses            its own code
    │   ├── UnauthorizedError   this terminal is not known or was revoked   platform.unauthorized
    │   └── ConflictError       the same id was stored with another hash    submission.other_hash
    └── AnswerInvalidError   an answer that is not of the protocol          platform.answer_invalid
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol
from uuid import UUID

from kiosk.protocol.catalogue import Catalogue
from kiosk.protocol.configuration import TerminalConfiguration
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.messages import (
    CardIdentity,
    CaseStatus,
    ConsentAct,
    Handover,
    Heartbeat,
    HeartbeatAnswer,
    IdentityGrant,
    LicenceReference,
    Prefill,
    SocialCardIdentity,
)
from kiosk.protocol.services import (
    BookableMatters,
    Booking,
    BookingList,
    CaseList,
    ContentName,
    SlipState,
    SlotList,
)
from kiosk.protocol.wire import Signed


class PlatformError(Exception):
    """Base; ``code`` is stable. Never carries personal data."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code} {detail}".strip())


class LinkError(PlatformError):
    """No answer that comes from the platform.

    ``code`` names the step that failed: ``link.no_route``, ``link.refused``, ``link.name``, ``link.tls``,
    ``link.timeout``, ``link.cut``, ``link.captive`` (somebody else answered), ``link.tls_early`` and
    ``link.tls_late`` (the certificate is not valid yet, or no more, by our clock).
    """


class BusyError(PlatformError):
    """The platform asks for time; ``retry_after_s`` is its wish, ``None`` when it gave none."""

    def __init__(self, retry_after_s: float | None, code: str = "platform.busy") -> None:
        self.retry_after_s = retry_after_s
        super().__init__(code)


class RefusedError(PlatformError):
    """The platform understood and refuses; asking again will not help."""


class UnauthorizedError(RefusedError):
    """The platform does not know this terminal, or revoked it: the lane pauses, nothing is dropped."""


class ConflictError(RefusedError):
    """The same submission id was stored with another hash: quarantine and alarm."""


class AnswerInvalidError(PlatformError):
    """An answer that claims success but is not of the protocol, or whose signature does not verify."""


class ResidentServices(Protocol):
    """What residents ask beside the items; ``grant`` is their log-in."""

    def my_cases(self, grant: str) -> CaseList:
        """Return the cases of whoever is logged in, wherever they were handed in."""

    def case_of_slip(self, number: str, submission: UUID) -> SlipState:
        """Return the state of a slip's case. ``RefusedError("case.unknown")`` where both do not belong together."""

    def held_result(self, grant: str, submission: UUID, code: str) -> bytes:
        """Return a document of an own case, wherever it was handed in: a PDF, not yet verified."""

    def bookable_matters(self) -> BookableMatters:
        """Return the matters for which times are offered, and where."""

    def times(self, item: str) -> SlotList:
        """Return the times to come for an item, those that are full included."""

    def book(self, grant: str, slot: int) -> Booking:
        """Take a time; the same one again is the same appointment.

        Raises ``RefusedError`` with ``slot.full``, or ``slot.unknown`` when it is over.
        """

    def my_bookings(self, grant: str) -> BookingList:
        """Return the appointments of whoever is logged in."""

    def cancel_booking(self, grant: str, number: str) -> Booking:
        """Give a time back; twice is no harm. ``RefusedError("appointment.unknown")`` for another's."""


class Platform(ResidentServices, Protocol):
    """One platform, seen from one enrolled terminal."""

    def hang_up(self) -> None:
        """Close the connection of the calling thread; its next call opens another."""

    def heartbeat(self, beat: Heartbeat) -> HeartbeatAnswer:
        """Say how the terminal is; learn the platform's time."""

    def catalogue(self, etag: str | None) -> tuple[str, Signed, Catalogue] | None:
        """Return (etag, signed document, verified catalogue), or ``None`` when ``etag`` is still current."""

    def configuration(self, etag: str | None) -> tuple[str, Signed, TerminalConfiguration] | None:
        """Return (etag, signed document, verified content), or ``None`` when ``etag`` is still current."""

    def content(self, name: ContentName, etag: str | None) -> tuple[str, bytes] | None:
        """Return (etag, JSON of ``CONTENT[name]``) of what everybody may read; ``None`` when ``etag`` is current."""

    def refresh_keys(self) -> bool:
        """Learn the platform's keys as they are now; return whether there were newer ones."""

    def identify_card(self, card: CardIdentity) -> IdentityGrant:
        """Log in by card. Raises ``RefusedError("identity.unknown")`` for a person the platform cannot find."""

    def identify_social_card(self, card: SocialCardIdentity) -> IdentityGrant:
        """Log in by social security card.

        Raises ``RefusedError`` with ``identity.unknown``, ``identity.card_replaced`` or ``identity.card_lost``.
        """

    def identify_code(self, code: str) -> IdentityGrant:
        """Log in by a code that was shown, once: it is never sent again, whatever the answer.

        Raises ``RefusedError`` with ``identity.code_unknown``, ``identity.code_expired`` or
        ``identity.code_used``. After a ``LinkError`` nobody knows whether it was taken; a fresh code is needed.
        """

    def logout(self, grant: str) -> None:
        """End the log-in."""

    def prefill(self, grant: str, item: str, consent: ConsentAct) -> Prefill:
        """Return what is known for that item's form, and the licences held."""

    def fetch_licence(
        self, grant: str, item: str, licence: str, consent: ConsentAct
    ) -> LicenceReference:
        """Fetch one e-licence by reference."""

    def deliver(
        self,
        manifest: Manifest,
        open_part: Callable[[str], bytes],
        on_progress: Callable[[int, int], None],
    ) -> Signed:
        """Upload what is missing (tus 1.0, resumable) and put the manifest; return the signed receipt.

        Idempotent. ``on_progress(bytes_done, bytes_total)``. The receipt's signature, id and hash are
        verified before it is returned.
        """

    def case(self, submission: UUID) -> CaseStatus:
        """Return where the case of a submission stands. ``RefusedError("submission.unknown")`` when it is not there."""

    def result(self, submission: UUID, code: str) -> bytes:
        """Return a result document: a PDF as the platform sealed it (not yet verified)."""

    def handover(self, submission: UUID, code: str, grant: str | None = None) -> Handover:
        """Return a one-time address for the resident's phone; with their log-in, of any own case."""


PlatformFactory = Callable[[Mapping[str, str]], Platform]
