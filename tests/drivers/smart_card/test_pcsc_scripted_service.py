# SPDX-License-Identifier: Apache-2.0
"""What vpcd cannot play: a reader that leaves a living service, odd result codes. The library is scripted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from smartcard import scard

from drivers.core import (
    CardError,
    CommandContext,
    Condition,
    DeviceError,
    Media,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    ReadSocialCard,
)
from drivers.smart_card.pcsc import PcscReader
from drivers.smart_card.pcsc_errors import error_of

READER = "Some Reader 00 00"


class ScriptedService:
    """Readers by name with their state; every exchange ends with ``transmit_result``."""

    def __init__(self) -> None:
        self.readers: dict[str, int] = {READER: scard.SCARD_STATE_EMPTY}
        self.on_wait: Callable[[], int] = lambda: scard.SCARD_E_TIMEOUT
        self.connect_result = scard.SCARD_S_SUCCESS
        self.transmit_result = scard.SCARD_S_SUCCESS
        self.open_contexts = 0

    def establish(self, _scope: int) -> tuple[int, int]:
        self.open_contexts += 1
        return scard.SCARD_S_SUCCESS, 7

    def release(self, _context: int) -> int:
        self.open_contexts -= 1
        return scard.SCARD_S_SUCCESS

    def list_readers(self, _context: int, _groups: list[str]) -> tuple[int, list[str]]:
        if not self.readers:
            return scard.SCARD_E_NO_READERS_AVAILABLE, []
        return scard.SCARD_S_SUCCESS, list(self.readers)

    def status_change(
        self, _context: int, timeout_ms: int, asked: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        if timeout_ms:
            return self.on_wait(), []
        if any(name not in self.readers for name, _known in asked):
            return scard.SCARD_E_UNKNOWN_READER, []
        return scard.SCARD_S_SUCCESS, [(name, self.readers[name], []) for name, _known in asked]

    def connect(self, *_arguments: object) -> tuple[int, int, int]:
        return self.connect_result, 9, scard.SCARD_PROTOCOL_T1

    def transmit(self, *_arguments: object) -> tuple[int, list[int]]:
        return self.transmit_result, []


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> ScriptedService:
    scripted = ScriptedService()
    for name, function in {
        "SCardEstablishContext": scripted.establish,
        "SCardReleaseContext": scripted.release,
        "SCardListReaders": scripted.list_readers,
        "SCardGetStatusChange": scripted.status_change,
        "SCardConnect": scripted.connect,
        "SCardTransmit": scripted.transmit,
        "SCardDisconnect": lambda _card, _end: scard.SCARD_S_SUCCESS,
    }.items():
        monkeypatch.setattr(scard, name, function)
    return scripted


@pytest.fixture
def reader(service: ScriptedService) -> Iterator[PcscReader]:
    device = PcscReader("smart_card")
    yield device
    device.close()
    assert service.open_contexts == 0


def within(seconds: float) -> CommandContext:
    return CommandContext.within(seconds)


def code_of_failed_read(reader: PcscReader) -> str:
    with pytest.raises(DeviceError) as error:
        reader.read_social_card(ReadSocialCard(), within(3))
    return error.value.code


def test_a_reader_that_leaves_a_living_service_is_missed_and_welcomed_back(
    service: ScriptedService, reader: PcscReader
) -> None:
    reader.open(within(1))

    def unplugged() -> int:
        service.readers.clear()
        return scard.SCARD_E_UNKNOWN_READER

    service.on_wait = unplugged
    assert code_of_failed_read(reader) == "dev.not_present"
    gone = reader.status(within(1))
    assert (gone.condition, gone.code) == (Condition.NO_DEVICE, "dev.not_present")
    service.readers[READER] = scard.SCARD_STATE_EMPTY
    assert reader.status(within(1)).media is Media.NOT_PRESENT


def test_a_reader_plugged_in_under_another_number_is_found(service: ScriptedService) -> None:
    reader = PcscReader("smart_card", reader="Some Reader")
    reader.open(within(1))
    service.readers = {"Some Reader 01 00": scard.SCARD_STATE_EMPTY}
    assert reader.status(within(1)).condition is Condition.ONLINE
    service.readers = {"Some Readers 01 00": scard.SCARD_STATE_EMPTY}
    assert reader.status(within(1)).condition is Condition.NO_DEVICE
    reader.close()


def test_the_security_module_in_its_slot_is_no_card(
    service: ScriptedService, reader: PcscReader
) -> None:
    service.readers["Some Reader SAM 00 01"] = scard.SCARD_STATE_PRESENT
    assert reader.status(within(1)).media is Media.NOT_PRESENT


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (scard.SCARD_W_REMOVED_CARD, "card.removed"),
        (scard.SCARD_E_NO_SMARTCARD, "card.removed"),
        (scard.SCARD_E_SHARING_VIOLATION, "dev.port_taken"),
        (scard.SCARD_E_READER_UNAVAILABLE, "dev.not_present"),
        (scard.SCARD_F_INTERNAL_ERROR, "reader.refused"),
    ],
)
def test_a_card_that_cannot_be_connected_says_why(
    service: ScriptedService, reader: PcscReader, result: int, code: str
) -> None:
    service.readers[READER] = scard.SCARD_STATE_PRESENT
    service.connect_result = result
    assert code_of_failed_read(reader) == code


@pytest.mark.parametrize("result", [scard.SCARD_W_REMOVED_CARD, scard.SCARD_E_NO_SMARTCARD])
def test_a_handle_that_went_stale_is_a_card_that_was_pulled(
    service: ScriptedService, reader: PcscReader, result: int
) -> None:
    service.readers[READER] = scard.SCARD_STATE_PRESENT
    service.transmit_result = result

    def pulled() -> int:
        service.readers[READER] = scard.SCARD_STATE_EMPTY
        return scard.SCARD_S_SUCCESS

    service.on_wait = pulled
    assert code_of_failed_read(reader) == "card.removed"


def test_a_service_that_says_no_permission_while_it_dies_is_only_away(
    service: ScriptedService, reader: PcscReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.open(within(1))
    monkeypatch.setattr(
        scard, "SCardListReaders", lambda *_: (scard.SCARD_W_SECURITY_VIOLATION, [])
    )
    assert reader.status(within(1)).code == "reader.no_service"
    assert service.open_contexts == 0


def test_a_service_that_lets_nobody_in_is_a_matter_of_configuration(
    service: ScriptedService, reader: PcscReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        scard, "SCardEstablishContext", lambda _scope: (scard.SCARD_W_SECURITY_VIOLATION, 0)
    )
    status = reader.status(within(1))
    assert (status.condition, status.code) == (Condition.NO_DEVICE, "dev.no_permission")
    assert service.open_contexts == 0


def test_every_result_is_one_of_our_errors() -> None:
    kinds = {
        scard.SCARD_E_NO_SERVICE: NotReadyError,
        scard.SCARD_E_UNKNOWN_READER: NotPresentError,
        scard.SCARD_W_UNRESPONSIVE_CARD: CardError,
        scard.SCARD_W_SECURITY_VIOLATION: MisconfiguredError,
        0x12345678: DeviceError,
        -1: DeviceError,
    }
    assert all(isinstance(error_of(result), kind) for result, kind in kinds.items())
    assert str(error_of(0x80109999)) == "reader.refused status=80109999"
