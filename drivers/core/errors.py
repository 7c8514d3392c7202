# SPDX-License-Identifier: Apache-2.0
"""The one tree of errors that a device may answer with.

::

    DeviceError
    ├── NotPresentError        nothing answers at the configured place          dev.not_present
    ├── NotReadyError          the device is there but refuses work now         dev.not_ready
    ├── DeadlineError          the deadline passed; see the verb for what holds dev.deadline
    ├── CancelledError         the caller cancelled; see the verb               dev.cancelled
    ├── ProtocolError          bytes came that the protocol does not allow      dev.protocol
    ├── CardError              the card, not the reader, is the trouble         card.*
    ├── CodeError              the shown code, not the scanner, is the trouble  code.*
    ├── FaceError              what the camera sees is no picture for a check   face.*
    ├── MediaError             paper or page: out, jammed, cover, cutter        media.*
    ├── HardwareFaultError     the device itself reports a defect               dev.hardware
    ├── UnsupportedError       this device cannot do that, by design            dev.unsupported
    ├── MisconfiguredError     the configuration can never work                 dev.misconfigured
    └── ProcessLostError       the device's process died or was killed          dev.process_lost

An error crosses process borders, so it carries nothing but a stable code, parameters that can be
translated (never personal data) and what to do about it. Foreign exceptions (serial, usb, sockets …)
are mapped to this tree at one seam per driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Self


class Recovery(StrEnum):
    """What brings the device back; the names follow XFS4IoT's error actions."""

    NONE = "none"
    """Nothing to do."""
    WAIT = "wait"
    """It recovers by itself."""
    RESET = "reset"
    """Software may reopen or reset it; the host tries this by itself."""
    CLEAR = "clear"
    """The host on site: paper, jam, cover, a forgotten card."""
    CONFIGURE = "configure"
    """The configuration names something that is not there."""
    SERVICE = "service"
    """A technician with tools."""
    SOFTWARE = "software"
    """Our fault or the vendor's: send the record to the maintainers."""


class DeviceError(Exception):
    """Base of all; ``code`` is stable, ``params`` are translatable, ``recovery`` says who can help."""

    default_code: ClassVar[str] = "dev.error"
    default_recovery: ClassVar[Recovery] = Recovery.RESET

    def __init__(
        self,
        code: str | None = None,
        *,
        recovery: Recovery | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> None:
        self.code = code or self.default_code
        self.recovery = recovery or self.default_recovery
        self.params: dict[str, str | int] = dict(params or {})
        super().__init__(self.code)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by value, so that an error reaches the core as it was raised."""
        return _rebuild, (type(self), self.code, self.recovery, self.params)

    def __str__(self) -> str:
        """Return the code and its parameters: safe to log."""
        details = " ".join(f"{key}={value}" for key, value in sorted(self.params.items()))
        return f"{self.code} {details}".strip()

    @classmethod
    def because(cls, code: str, **params: str | int) -> Self:
        """Build the error with a more specific code."""
        return cls(code, params=params)


def _rebuild(
    kind: type[DeviceError], code: str, recovery: Recovery, params: dict[str, str | int]
) -> DeviceError:
    return kind(code, recovery=recovery, params=params)


class NotPresentError(DeviceError):
    """Nothing answers at the configured place: unplugged, powered off, no such port."""

    default_code = "dev.not_present"
    default_recovery = Recovery.CLEAR


class NotReadyError(DeviceError):
    """The device is there but refuses work now; ``code`` says why."""

    default_code = "dev.not_ready"
    default_recovery = Recovery.WAIT


class DeadlineError(DeviceError):
    """The deadline passed before the completion; the verb's docstring says what may have happened."""

    default_code = "dev.deadline"
    default_recovery = Recovery.RESET


class CancelledError(DeviceError):
    """The caller cancelled; the verb's docstring says what may have happened."""

    default_code = "dev.cancelled"
    default_recovery = Recovery.NONE


class ProtocolError(DeviceError):
    """Bytes came that the protocol does not allow, and retrying did not help."""

    default_code = "dev.protocol"
    default_recovery = Recovery.RESET


class CardError(DeviceError):
    """The card, not the reader, is the trouble: ``card.none``, ``card.removed`` …."""

    default_code = "card.unreadable"
    default_recovery = Recovery.NONE


class CodeError(DeviceError):
    """The code that was shown is the trouble: ``code.none``, ``code.too_long``, ``code.not_text``."""

    default_code = "code.none"
    default_recovery = Recovery.NONE


class FaceError(DeviceError):
    """What the camera sees is the trouble: ``face.no_face``, ``face.too_dark`` … (hints of the face gate)."""

    default_code = "face.no_face"
    default_recovery = Recovery.NONE


class MediaError(DeviceError):
    """Paper or page is the trouble: ``media.out``, ``media.jam``, ``media.cover_open``, …."""

    default_code = "media.out"
    default_recovery = Recovery.CLEAR


class HardwareFaultError(DeviceError):
    """The device itself reports a defect."""

    default_code = "dev.hardware"
    default_recovery = Recovery.SERVICE


class UnsupportedError(DeviceError):
    """This device cannot do that, by design."""

    default_code = "dev.unsupported"
    default_recovery = Recovery.NONE


class MisconfiguredError(DeviceError):
    """The configuration can never work; retrying is useless until it is changed."""

    default_code = "dev.misconfigured"
    default_recovery = Recovery.CONFIGURE


class ProcessLostError(DeviceError):
    """The device's process died, hung or was killed; the host is restarting it."""

    default_code = "dev.process_lost"
    default_recovery = Recovery.WAIT
