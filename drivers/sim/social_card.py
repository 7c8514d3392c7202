# SPDX-License-Identifier: Apache-2.0
"""A smart-card reader with social security cards: a scripted chip behind the real ``pcscd``.

The chip's side of the wire is vpcd's: we are the TCP client; two bytes of length, then one byte of
control (0 off, 1 on, 2 reset, 4 "the ATR, please") or a command. A connection is a card in the slot.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from drivers.sim.pcsc_service import READER, PcscService
from drivers.sim.simulator import ActionError, Value
from drivers.sim.social_card_chip import (
    HOLDERS,
    VERSIONS,
    ChipFault,
    PulledError,
    SocialCardChip,
    SyntheticSocialCard,
    social_card_of,
)

_LENGTH: Final = struct.Struct(">H")
_OFF, _ON, _RESET, _GIVE_ATR = 0, 1, 2, 4
_CONNECT_S: Final = 3.0
_RETRY_S: Final = 0.02
_NOTICE_S: Final = 3.0
_EMPTY_S: Final = 0.5
"""So long the slot stays empty between two cards. The service looks every 0.4 s, no hand is quicker, and
pcscd may never see a card that comes between a broken exchange and its next look."""

_HISTORICAL: Final = bytes.fromhex("0081313233866000000000000001")[:13]
_SENSIBLE_ATR: Final = b"\x3b\x6d\x00\x00" + _HISTORICAL
_SENSELESS_ATR: Final = b"\xff" * 40
"""More than an ATR may have: the service calls such a card mute."""


class SocialCardSimulator:
    """A reader named ``endpoint`` at the service ``socket``; see :class:`drivers.sim.simulator.Simulator`."""

    def __init__(self, name: str, *, seed: int = 1) -> None:
        self._name = name
        self._seed = seed
        self._service = PcscService()
        self._card: _CardInSlot | None = None
        self._holder: str | None = None
        self._plugged = False
        self._frozen = False
        self._pulled_at = 0.0

    @property
    def name(self) -> str:
        """The slot it plays."""
        return self._name

    @property
    def endpoint(self) -> str:
        """The reader's name."""
        return READER

    @property
    def socket(self) -> str:
        """Where the service listens."""
        return self._service.socket

    @property
    def chip(self) -> SocialCardChip | None:
        """The chip in the slot, for tests that look into it."""
        return self._card.chip if self._card is not None else None

    def start(self) -> None:
        """Start the service with an empty reader. Raises :class:`ActionError`."""
        self._service.start()
        self._plugged = True

    def stop(self) -> None:
        """Take card, reader and service away."""
        self.remove()
        self._service.stop()
        self._plugged = self._frozen = False

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            "place": self.place,
            "place_other": self.place_other,
            "place_mute": self.place_mute,
            "remove": self.remove,
            "people": self.people,
            "fail_next": self.fail_next,
            "freeze": self.freeze,
            "thaw": self.thaw,
            "unplug": self.unplug,
            "replug": self.replug,
            "kill_service": self.kill_service,
            "start_service": self.start_service,
        }

    def state(self) -> Mapping[str, Value]:
        """Tell how it is."""
        chip = self.chip
        return {
            "card": self._holder,
            "commands": chip.commands if chip is not None else 0,
            "verify_tries": chip.verify_tries if chip is not None else 0,
            "frozen": self._frozen,
            "plugged": self._plugged,
            "service": self._service.runs,
        }

    def people(self) -> list[str]:
        """List whose cards there are."""
        return list(HOLDERS)

    def place(self, person: str, version: str = "2.00") -> None:
        """Put somebody's card into the slot, in place of any other."""
        if person not in HOLDERS:
            raise ActionError(f"no such person; there are: {', '.join(HOLDERS)}")
        if version not in VERSIONS:
            raise ActionError(f"versions: {', '.join(VERSIONS)}")
        written = SyntheticSocialCard(social_card_of(HOLDERS[person], version))
        self.place_chip(SocialCardChip(written, seed=self._seed), person)

    def place_chip(self, chip: SocialCardChip, holder: str = "") -> None:
        """Put any chip into the slot (for tests with chips of their own)."""
        self._insert(chip, _SENSIBLE_ATR, holder)

    def place_other(self) -> None:
        """Put a bank card into the slot: the chip answers, the application is not there."""
        chip = SocialCardChip(SyntheticSocialCard(social_card_of(HOLDERS["elder"])))
        chip.is_bank_card = True
        self._insert(chip, _SENSIBLE_ATR, "other")

    def place_mute(self) -> None:
        """Put something into the slot that does not answer to power as a chip does."""
        chip = SocialCardChip(SyntheticSocialCard(social_card_of(HOLDERS["elder"])))
        self._insert(chip, _SENSELESS_ATR, "mute")

    def remove(self) -> None:
        """Pull the card."""
        card, self._card, self._holder = self._card, None, None
        if card is not None:
            card.pull()
            self._pulled_at = time.monotonic()

    def fail_next(self, fault: str, after: str | int = 0) -> None:
        """Let the command after ``after`` more go wrong, on the card in the slot."""
        chip = self.chip
        if chip is None:
            raise ActionError("no card in the slot")
        try:
            chip.expect(ChipFault(fault), int(after))
        except ValueError:
            raise ActionError(f"faults: {', '.join(ChipFault)}; then after how many") from None

    def freeze(self) -> None:
        """Stop the service in the middle of whatever it does."""
        self._service.freeze()
        self._frozen = True

    def thaw(self) -> None:
        """Let it go on."""
        self._service.thaw()
        self._frozen = False

    def unplug(self) -> None:
        """Pull the reader's plug, with the card in it.

        The virtual reader cannot leave a running service, so the service is killed and comes back without.
        """
        self.kill_service()
        self._service.start(with_reader=False)
        self._plugged = False

    def replug(self) -> None:
        """Plug it in again, empty."""
        if self._plugged:
            return
        self._service.kill()
        self._service.start()
        self._plugged = True

    def kill_service(self) -> None:
        """Kill the service; the card's connection breaks, so the slot is empty afterwards."""
        self._service.kill()
        self._frozen = False
        self.remove()
        self._pulled_at = 0.0

    def start_service(self) -> None:
        """Start it again, with the reader if that is plugged in."""
        self._service.start(with_reader=self._plugged)

    def _insert(self, chip: SocialCardChip, atr: bytes, holder: str) -> None:
        self.remove()
        if not (self._plugged and self._service.runs):
            raise ActionError("the reader is not there")
        threading.Event().wait(max(0.0, self._pulled_at + _EMPTY_S - time.monotonic()))
        self._card = _CardInSlot(chip, atr, self._service.port)
        self._holder = holder
        if not self._card.was_noticed.wait(_NOTICE_S) and not self._frozen:
            raise ActionError("the service does not notice the card")


class _CardInSlot:
    """One connection to the virtual reader, served by a thread of its own."""

    def __init__(self, chip: SocialCardChip, atr: bytes, port: int) -> None:
        self.chip = chip
        self.was_noticed = threading.Event()
        self._atr = atr
        self._wire = _connected(port)
        self._thread = threading.Thread(target=self._serve, name="vpcd-card", daemon=True)
        self._thread.start()

    def pull(self) -> None:
        """Leave the slot."""
        with suppress(OSError):
            self._wire.shutdown(socket.SHUT_RDWR)
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _serve(self) -> None:
        with self._wire, suppress(OSError, PulledError):
            while (message := self._next_message()) is not None:
                answer = self._answer(message)
                if answer is not None:
                    self._wire.sendall(_LENGTH.pack(len(answer)) + answer)

    def _answer(self, message: bytes) -> bytes | None:
        if len(message) > 1:
            return self.chip.answer(message)
        match message[0] if message else -1:
            case 4:
                self.was_noticed.set()
                return self._atr
            case 0 | 1 | 2:
                self.chip.power_on()
        return None

    def _next_message(self) -> bytes | None:
        head = self._exactly(_LENGTH.size)
        return self._exactly(_LENGTH.unpack(head)[0]) if head is not None else None

    def _exactly(self, size: int) -> bytes | None:
        data = b""
        while len(data) < size:
            # vpcd writes length and body apart; without this each waits 40 ms for the other's
            # acknowledgement.
            self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            piece = self._wire.recv(size - len(data))
            if not piece:
                return None
            data += piece
        return data


def _connected(port: int) -> socket.socket:
    end, pause = time.monotonic() + _CONNECT_S, threading.Event()
    while True:
        try:
            wire = socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_S)
        except OSError as refused:
            if time.monotonic() >= end:
                raise ActionError("the virtual reader does not answer") from refused
            pause.wait(_RETRY_S)
        else:
            wire.settimeout(None)
            return wire
