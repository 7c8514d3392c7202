# SPDX-License-Identifier: Apache-2.0
"""What the flow asks the world to do. ``kiosk.app`` carries these out and answers with events.

Every effect carries the session's number. The answering events are named in each docstring; anything
that goes wrong is answered by ``Failed(what=<class name>)``, exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from drivers.core import CardSide, IdCard, Receipt, SocialCard
from kiosk.flows.enquiries import Enquiry
from kiosk.protocol.envelope import Kind, Payload, PlainAttachment
from kiosk.protocol.messages import ConsentAct, FaceCheck


@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""

    session: int


@dataclass(frozen=True, slots=True)
class ReadIdCard(Effect):
    """Wait for a card and read it. ``CardProgress``…, then ``CardRead`` or ``Failed``."""

    deadline_s: float = 60.0


@dataclass(frozen=True, slots=True)
class ReadSocialCard(Effect):
    """Wait for a social security card and read it. ``CardProgress``…, then ``SocialCardRead`` or ``Failed``."""

    deadline_s: float = 60.0


@dataclass(frozen=True, slots=True)
class ReadIdentityCode(Effect):
    """Wait for a code on a telephone (赣通码, 电子社保卡) and read it. ``CodeShown`` or ``Failed``."""

    deadline_s: float = 60.0


@dataclass(frozen=True, slots=True)
class ReadSlipCode(Effect):
    """Wait for the code of a slip and read it. ``SlipCodeRead`` or ``Failed``."""

    deadline_s: float = 60.0


@dataclass(frozen=True, slots=True)
class CaptureFace(Effect):
    """Look for one good picture of a face. ``CardProgress`` with hints…, then ``FaceCaptured`` or ``Failed``."""

    deadline_s: float = 15.0


@dataclass(frozen=True, slots=True)
class CancelDevice(Effect):
    """Cancel what that role is doing for this session; the cancelled effect answers ``Failed(dev.cancelled)``."""

    role: str


@dataclass(frozen=True, slots=True)
class ShowLivePicture(Effect):
    """Let that role's camera show what it sees. ``LivePictureShown``; failures carry ``about=role``.

    It ends with ``HideLivePicture``, with the session, and by itself after ``longest_s``.
    """

    role: str
    longest_s: float = 180.0


@dataclass(frozen=True, slots=True)
class HideLivePicture(Effect):
    """End that role's live picture; its pictures are overwritten. No answer."""

    role: str


@dataclass(frozen=True, slots=True)
class IdentifyByCard(Effect):
    """Log in at the platform. ``Identified``."""

    card: IdCard = field(repr=False)
    face: FaceCheck | None = None


@dataclass(frozen=True, slots=True)
class IdentifyBySocialCard(Effect):
    """Log in at the platform by what a social security card said. ``Identified``."""

    card: SocialCard = field(repr=False)


@dataclass(frozen=True, slots=True)
class IdentifyByCode(Effect):
    """Log in at the platform by a code, which goes there once and is kept nowhere. ``Identified``."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Logout(Effect):
    """End the log-in; no answer."""

    grant: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskPlatform(Effect):
    """Ask a question of the residents' services. ``PlatformAnswered``; both carry the question's class name."""

    enquiry: Enquiry


@dataclass(frozen=True, slots=True)
class FetchPrefill(Effect):
    """Ask what is known. ``Prefilled``."""

    grant: str = field(repr=False)
    item: str
    consent: ConsentAct


@dataclass(frozen=True, slots=True)
class FetchLicence(Effect):
    """Fetch the licence that replaces a material. ``LicenceFetched``; failures carry ``about=material``."""

    grant: str = field(repr=False)
    item: str
    licence: str
    material: str
    consent: ConsentAct


@dataclass(frozen=True, slots=True)
class OnePage:
    """One page of a paper. ``PageScanned``."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What lies in the feeder. ``SheetScanned`` a page, then ``StackScanned``."""

    most: int
    """Pages, not sheets."""
    both_sides: bool = False


@dataclass(frozen=True, slots=True)
class OneCardSide:
    """One side of a card. ``CardSideScanned``."""

    side: CardSide
    other: bytes = field(default=b"", repr=False)
    """The other side, if it was taken before."""
    surely_other: bool = False
    """The resident says that it is another side, however alike the two look."""


@dataclass(frozen=True, slots=True)
class ScanMaterial(Effect):
    """Scan a paper. ``ScanProgress``…, then what ``what`` says; failures carry ``about=material``."""

    material: str
    deadline_s: float = 60.0
    what: OnePage | Stack | OneCardSide = field(default_factory=OnePage)


@dataclass(frozen=True, slots=True)
class Submit(Effect):
    """Seal and store durably, then deliver if the link allows.

    ``Finalized`` as soon as it is durable (or ``Failed``), later ``Delivered`` when the platform's receipt
    is verified. If it cannot be delivered now, ``Failed(what="Deliver", code=link.* …)`` follows and the
    outbox goes on trying by itself.
    """

    kind: Kind
    item: str
    item_version: str
    payload: Payload = field(repr=False)
    attachments: tuple[PlainAttachment, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class WatchCase(Effect):
    """Ask where the case stands until it is decided or ``deadline_s`` passes. ``CaseSeen`` on each change."""

    submission: UUID
    deadline_s: float = 10.0


@dataclass(frozen=True, slots=True)
class FetchResult(Effect):
    """Fetch a result document and verify its seal. ``ResultReady``; a bad seal is ``Failed(seal.*)``, never printed."""

    submission: UUID
    code: str
    grant: str = field(default="", repr=False)
    """The log-in, for a case that was not handed in on this visit; else empty."""


@dataclass(frozen=True, slots=True)
class MakeHandover(Effect):
    """Get a one-time address for the phone. ``HandoverReady``."""

    submission: UUID
    code: str
    grant: str = field(default="", repr=False)
    """As in ``FetchResult``."""


@dataclass(frozen=True, slots=True)
class PrintSlip(Effect):
    """Print a slip. ``Printed(paper="slip")``."""

    receipt: Receipt = field(repr=False)


@dataclass(frozen=True, slots=True)
class PrintResult(Effect):
    """Print a verified result on A4. ``Printed(paper=code)``."""

    code: str
    pdf: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LightSlot(Effect):
    """Light the place of that role, or none (empty); no answer."""

    role: str


@dataclass(frozen=True, slots=True)
class TryLink(Effect):
    """Reach for the platform and send what waits, now; no answer but ``LinkChanged`` as always."""


@dataclass(frozen=True, slots=True)
class Speak(Effect):
    """Say this, instead of what is being said or after it (``append``); no answer."""

    text: str = field(repr=False)
    language: Literal["zh", "en"]
    slow: bool
    append: bool = False


@dataclass(frozen=True, slots=True)
class Hush(Effect):
    """Be silent at once; no answer."""


@dataclass(frozen=True, slots=True)
class Wipe(Effect):
    """Remove everything of the session from memory, scratch and devices. ``Wiped``."""

    reason: Literal["finished", "exit", "idle", "failure", "power"]


@dataclass(frozen=True, slots=True)
class EndTerminal(Effect):
    """End the program: nobody is in a session, nothing of one is left; no answer."""

    reason: str


@dataclass(frozen=True, slots=True)
class RecordStep(Effect):
    """Write one line into the audit chain: step, item code, result code, never content; no answer."""

    event: str
    item: str = ""
    code: str = ""
    submission: str = ""
