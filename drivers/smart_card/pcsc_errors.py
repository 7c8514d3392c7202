# SPDX-License-Identifier: Apache-2.0
"""The one seam where PC/SC's result codes become our errors.

::

    the service is not there or went away          NotReadyError       reader.no_service
    we may not use it                              MisconfiguredError  dev.no_permission
    no such reader, or it was unplugged            NotPresentError     dev.not_present
    another program has the card                   NotReadyError       dev.port_taken
    the card was pulled                            CardError           card.removed
    the card does not answer or makes no sense     CardError           card.mute
    an exchange with the card failed               CardError           card.unreadable
    anything else                                  ProtocolError       reader.refused

Source of the codes: the PC/SC API of pcsc-lite (``pcsclite.h``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from smartcard import scard

from drivers.core import (
    CardError,
    DeviceError,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    ProtocolError,
    Recovery,
)

NO_SERVICE: Final = "reader.no_service"


def _no_service() -> DeviceError:
    # Whatever keeps the service alive starts it again; nobody has to touch the machine.
    return NotReadyError(NO_SERVICE, recovery=Recovery.WAIT)


_ERRORS: Final[Mapping[int, Callable[[], DeviceError]]] = {
    scard.SCARD_E_NO_SERVICE: _no_service,
    scard.SCARD_E_SERVICE_STOPPED: _no_service,
    scard.SCARD_E_INVALID_HANDLE: _no_service,
    scard.SCARD_F_COMM_ERROR: _no_service,
    scard.SCARD_W_SECURITY_VIOLATION: lambda: MisconfiguredError("dev.no_permission"),
    scard.SCARD_E_NO_READERS_AVAILABLE: NotPresentError,
    scard.SCARD_E_UNKNOWN_READER: NotPresentError,
    scard.SCARD_E_READER_UNAVAILABLE: NotPresentError,
    scard.SCARD_E_SHARING_VIOLATION: lambda: NotReadyError("dev.port_taken"),
    scard.SCARD_E_NO_SMARTCARD: lambda: CardError("card.removed"),
    scard.SCARD_W_REMOVED_CARD: lambda: CardError("card.removed"),
    scard.SCARD_W_UNRESPONSIVE_CARD: lambda: CardError("card.mute"),
    scard.SCARD_W_UNPOWERED_CARD: lambda: CardError("card.mute"),
    scard.SCARD_W_UNSUPPORTED_CARD: lambda: CardError("card.mute"),
    scard.SCARD_E_PROTO_MISMATCH: lambda: CardError("card.mute"),
    scard.SCARD_W_RESET_CARD: lambda: CardError("card.unreadable"),
    scard.SCARD_E_NOT_TRANSACTED: lambda: CardError("card.unreadable"),
    scard.SCARD_E_COMM_DATA_LOST: lambda: CardError("card.unreadable"),
}


def error_of(result: int) -> DeviceError:
    """Return our error for a result code that is not success."""
    known = _ERRORS.get(result)
    if known is not None:
        return known()
    return ProtocolError("reader.refused", params={"status": f"{result & 0xFFFFFFFF:08X}"})


def raise_for(result: int) -> None:
    """Raise our error unless ``result`` is success."""
    if result != scard.SCARD_S_SUCCESS:
        raise error_of(result)


def raise_for_answer(result: int) -> None:
    """Raise our error for a question to a service that let us in before.

    A service that dies at the wrong moment makes the library say "security violation" here.
    """
    raise_for(scard.SCARD_E_NO_SERVICE if result == scard.SCARD_W_SECURITY_VIOLATION else result)
