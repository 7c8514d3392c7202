# SPDX-License-Identifier: Apache-2.0
"""What each role can do, in domain words: frozen commands in, frozen results out.

A command names its verb and carries its arguments; it crosses the process border by pickle. The host
gives it a deadline and answers with exactly one result or one ``DeviceError``.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar

from drivers.core.device import CommandContext, Device


class Role(StrEnum):
    """Kinds of slots a terminal may have; the values are used in configuration and item files."""

    ID_CARD = "id_card"
    SMART_CARD = "smart_card"
    CODE_SCANNER = "code_scanner"
    CAMERA = "camera"
    DOCUMENT_SCANNER = "document_scanner"
    RECEIPT_PRINTER = "receipt_printer"
    PAGE_PRINTER = "page_printer"
    SIGNALS = "signals"
    """Lamps, beeper and sensors of the cabinet."""
    POWER = "power"
    """What feeds the terminal: a UPS."""


# --- commands -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands; ``verb`` is the name in ``Device.capabilities``."""

    verb: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class ReadCard(Command):
    """Wait for a card and read it once. Result: :class:`IdCard`."""

    verb: ClassVar[str] = "read_card"
    with_photo: bool = False


@dataclass(frozen=True, slots=True)
class ReadSocialCard(Command):
    """Wait for a social security card (社会保障卡) and read what it gives freely. Result: :class:`SocialCard`."""

    verb: ClassVar[str] = "read_social_card"


@dataclass(frozen=True, slots=True)
class StartPreview(Command):
    """Let the camera show what it sees, in shared memory. Result: :class:`Preview`.

    It ends with :class:`StopPreview`, ``ResetDevice``, ``close``, the end of the process, or by itself after
    ``longest_s``; a second call changes nothing but that time.
    """

    verb: ClassVar[str] = "start_preview"
    longest_s: float = 180.0


@dataclass(frozen=True, slots=True)
class StopPreview(Command):
    """End the preview and overwrite its pictures with zeros. Result: ``None``; repeating it is allowed."""

    verb: ClassVar[str] = "stop_preview"


@dataclass(frozen=True, slots=True)
class CaptureFace(Command):
    """Wait for a picture of one face that is good enough for a check. Result: :class:`CapturedFace`."""

    verb: ClassVar[str] = "capture_face"
    reference: bytes = field(default=b"", repr=False)
    """A picture file to compare with; empty: nothing is compared."""
    with_picture: bool = True
    """False: the picture does not leave the camera's process; only what was concluded from it does."""


@dataclass(frozen=True, slots=True)
class ResetDevice(Command):
    """``Device.reset``. Result: ``None``."""

    verb: ClassVar[str] = "reset"


@dataclass(frozen=True, slots=True)
class SelfTest(Command):
    """``Device.self_test``. Result: tuple of ``Check``."""

    verb: ClassVar[str] = "self_test"


@dataclass(frozen=True, slots=True)
class Diagnose(Command):
    """``Device.diagnose``. Result: tuple of ``Check``."""

    verb: ClassVar[str] = "diagnose"


# --- results ------------------------------------------------------------------------------------


class CardType(StrEnum):
    """Kinds of cards a SAM reader reads (the character at offset 248 of the text block)."""

    RESIDENT = "resident"
    HMT_RESIDENCE = "J"
    FOREIGN_2017 = "I"
    FOREIGN_2023 = "Y"


@dataclass(frozen=True, slots=True)
class IdCard:
    """The text of one identity card. ``repr`` shows the kind only: the rest is a person.

    Absent fields are ``None``. ``valid_to`` is ``None`` for 长期 with ``long_term`` set.
    """

    card_type: CardType
    name: str | None = field(default=None, repr=False)
    english_name: str | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)
    """``"male"``, ``"female"``, ``"unknown"`` or ``"unstated"`` (GB/T 2261.1)."""
    ethnicity: str | None = field(default=None, repr=False)
    """The name, e.g. 汉; ``None`` where the card has none."""
    nationality: str | None = field(default=None, repr=False)
    birth: date | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    number: str | None = field(default=None, repr=False)
    issuer: str | None = field(default=None, repr=False)
    valid_from: date | None = field(default=None, repr=False)
    valid_to: date | None = field(default=None, repr=False)
    long_term: bool = field(default=False, repr=False)
    permit_number: str | None = field(default=None, repr=False)
    issue_count: int | None = field(default=None, repr=False)
    card_version: str | None = field(default=None, repr=False)
    previous_number_suffix: str | None = field(default=None, repr=False)
    photo_wlt: bytes | None = field(default=None, repr=False)
    """The raw compressed photo (1024 bytes); kept in memory only, decoded by no code of ours."""


@dataclass(frozen=True, slots=True)
class SocialCard:
    """What one social security card gives without any key. ``repr`` shows version and note: the rest is a person.

    Absent, protected and unreadable fields are ``None``; ``note`` and ``unreadable`` tell which it is.
    """

    version: str | None = None
    """Of the card's specification: ``"1.00"``, ``"2.00"``, ``"3.00"``."""
    note: str | None = None
    """``card.needs_certified_reader`` when fields are locked to readers with a security module."""
    unreadable: tuple[str, ...] = ()
    """Names of the fields that are there and make no sense."""
    card_number: str | None = field(default=None, repr=False)
    identification: str | None = field(default=None, repr=False)
    """The card's identification code: 32 hexadecimal digits; the first six are ``region``."""
    region: str | None = field(default=None, repr=False)
    card_class: str | None = field(default=None, repr=False)
    initialiser: str | None = field(default=None, repr=False)
    """Digits of the organisation that initialised the card."""
    issued: date | None = field(default=None, repr=False)
    valid_to: date | None = field(default=None, repr=False)
    number: str | None = field(default=None, repr=False)
    """The social security number, which is the citizen number."""
    name: str | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)
    """As in :class:`IdCard`."""
    ethnicity: str | None = field(default=None, repr=False)
    """The name, e.g. 汉."""
    birthplace: str | None = field(default=None, repr=False)
    """Six digits of a region."""
    birth: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Preview:
    """Where the pictures of a running preview are; ``drivers.camera.frame_ring.FrameReader`` reads them."""

    place: str
    """A path that any process of the same user may open while the preview runs."""
    token: int
    """What the memory at ``place`` has to begin with, so that nobody reads another's."""
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class CapturedFace:
    """One picture of one face. It is for one check and lives in memory only; ``repr`` shows no picture."""

    jpeg: bytes = field(repr=False)
    """The head and shoulders, not the room behind; empty where only conclusions were asked for."""
    width_px: int = 0
    height_px: int = 0
    liveness_by: str = ""
    """Name of the liveness adapter that looked at it; the default's name says that it is none."""
    liveness_assurance: str = "none"
    """What may be concluded: ``none``, ``declared_by_vendor`` or ``certified``. Never more than the adapter has."""
    alive: bool | None = None
    """What the adapter said; ``None`` when nothing looked, which is not a yes."""
    comparison_by: str = ""
    """Name of the comparison adapter, as above."""
    comparison_assurance: str = "none"
    same: bool | None = None
    """Whether it is the face of the reference; ``None`` when nothing was compared, which is not a yes."""


# --- roles --------------------------------------------------------------------------------------


class IdCardReader(Device):
    """Reads identity cards."""

    @abstractmethod
    def read_card(self, command: ReadCard, context: CommandContext) -> IdCard:
        """Wait for a card until the deadline, then read it.

        Progress: ``card.waiting``, ``card.reading``. Raises :class:`CardError` (``card.none`` at the
        deadline, ``card.removed`` when it was lifted while reading, ``card.unreadable``), other
        ``DeviceError``. After cancel, deadline or unplug nothing of the card is kept.
        """


class SmartCardReader(Device):
    """Reads chip cards."""

    @abstractmethod
    def read_social_card(self, command: ReadSocialCard, context: CommandContext) -> SocialCard:
        """Wait for a card until the deadline, then read what it gives without any key.

        Progress: ``card.waiting``, ``card.reading``. Raises :class:`CardError` (``card.none`` at the
        deadline, ``card.removed`` when it was pulled while reading, ``card.mute``, ``card.not_social``,
        ``card.blocked``, ``card.unreadable``), other ``DeviceError``. A PIN is never sent. After cancel,
        deadline or unplug nothing of the card is kept.
        """


class Camera(Device):
    """Looks at the person in front of the terminal, only while it is asked to."""

    @abstractmethod
    def start_preview(self, command: StartPreview, context: CommandContext) -> Preview:
        """Begin to write pictures into shared memory; returns when the first one is there.

        After cancel or deadline no preview runs. Unplugged later: the pictures are overwritten with zeros
        at once, ``status`` tells, and the same preview goes on by itself when the camera is back.
        """

    @abstractmethod
    def stop_preview(self, command: StopPreview, context: CommandContext) -> None:
        """End the preview; when it returns, every picture in shared memory is overwritten with zeros."""

    @abstractmethod
    def capture_face(self, command: CaptureFace, context: CommandContext) -> CapturedFace:
        """Wait until the deadline for one good picture; works with and without a preview.

        Progress: ``face.waiting``, then each hint when it changes (``face.no_face``, ``face.too_small`` …,
        ``face.ok``). Raises :class:`FaceError` with the hint that stood in the way most of the time, other
        ``DeviceError``. After cancel, deadline or unplug no picture is kept or returned.
        """
