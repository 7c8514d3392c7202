# SPDX-License-Identifier: Apache-2.0
"""Scripted chip, vpcd, the real pcscd and the driver together; the daemon is killed and frozen for real."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from drivers.core import (
    CancelledError,
    CommandContext,
    Condition,
    DeviceError,
    Media,
    NotPresentError,
    NotReadyError,
    Progress,
    ReadSocialCard,
    Recovery,
    Role,
    SocialCard,
    Verdict,
)
from drivers.host import DeviceHost, HostPolicy, SlotConfig
from drivers.sim.bench import bay_from
from drivers.sim.pcsc_service import PcscService
from drivers.sim.simulator import ActionError
from drivers.sim.social_card import SocialCardSimulator
from drivers.sim.social_card_chip import (
    HOLDERS,
    SocialCardChip,
    SyntheticSocialCard,
    social_card_of,
)
from drivers.smart_card import pcsc, pcsc_watch
from drivers.smart_card.pcsc import PcscReader
from kiosk.cli import main
from tests.support.patience import patience

pytestmark = pytest.mark.daemon

Eventually = Callable[..., None]


@pytest.fixture
def slot() -> Iterator[SocialCardSimulator]:
    simulator = SocialCardSimulator("smart_card")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def reader(slot: SocialCardSimulator) -> Iterator[PcscReader]:
    device = PcscReader("smart_card", reader="Virtual PCD", socket=slot.socket)
    yield device
    device.close()


class Reading(threading.Thread):
    """A read on a thread of its own; ``waits`` is set when it waits for a card."""

    def __init__(self, reader: PcscReader, seconds: float = 10) -> None:
        super().__init__(name="reading")
        self._reader = reader
        self.waits, self.reads = threading.Event(), threading.Event()
        base = CommandContext.within(seconds)
        self.context = CommandContext(base.deadline, on_progress=self._step)
        self._ended: SocialCard | DeviceError | None = None
        self.start()

    def _step(self, progress: Progress) -> None:
        (self.reads if progress.code == "card.reading" else self.waits).set()

    def run(self) -> None:
        try:
            self._ended = self._reader.read_social_card(ReadSocialCard(), self.context)
        except DeviceError as error:
            self._ended = error

    def ended(self) -> SocialCard | DeviceError | None:
        self.join(15)
        return self._ended


def within(seconds: float) -> CommandContext:
    return CommandContext.within(seconds)


def read(reader: PcscReader, seconds: float = 5) -> SocialCard:
    return reader.read_social_card(ReadSocialCard(), within(seconds))


def code_of_failed_read(reader: PcscReader, seconds: float = 5) -> str:
    with pytest.raises(DeviceError) as error:
        read(reader, seconds)
    return error.value.code


class ChipWith(SocialCardChip):
    """A chip that does something at one command."""

    def __init__(self, at: int, deed: Callable[[], None]) -> None:
        super().__init__(SyntheticSocialCard(social_card_of(HOLDERS["elder"])))
        self._at, self._deed = at, deed

    def answer(self, command: bytes) -> bytes | None:
        if self.commands == self._at:
            self._deed()
        return super().answer(command)


# --- reading ------------------------------------------------------------------------------------


def test_a_card_that_comes_while_waiting_is_read_and_missed_when_it_goes(
    slot: SocialCardSimulator, reader: PcscReader, eventually: Eventually
) -> None:
    reading = Reading(reader)
    assert reading.waits.wait(60)
    slot.place("rare-name")
    assert reading.ended() == social_card_of(HOLDERS["rare-name"])
    assert reader.status(within(2)).media is Media.PRESENT
    slot.remove()
    eventually(lambda: reader.status(within(2)).media is Media.NOT_PRESENT)
    assert reader.status(within(2)).condition is Condition.ONLINE


@pytest.mark.parametrize("version", ["1.00", "2.00", "3.00"])
def test_every_generation_is_read_without_a_pin(
    slot: SocialCardSimulator, reader: PcscReader, version: str
) -> None:
    slot.place("worker", version)
    card = read(reader)
    assert card.version == version
    assert (card.name is None) == (card.note is not None) == (version == "3.00")
    assert slot.state()["verify_tries"] == 0


def test_reading_takes_no_longer_than_the_commands_do(
    slot: SocialCardSimulator, reader: PcscReader
) -> None:
    slot.place("elder")
    read(reader)
    started = time.monotonic()
    read(reader)
    assert time.monotonic() - started < patience(0.5)


def test_the_card_has_no_power_after_reading(
    slot: SocialCardSimulator, reader: PcscReader, eventually: Eventually
) -> None:
    slot.place("elder")
    read(reader)
    chip = slot.chip
    assert chip is not None
    eventually(lambda: not chip.is_in_application)


def test_waiting_costs_no_work(reader: PcscReader) -> None:
    reading = Reading(reader, 30)
    assert reading.waits.wait(60)
    before = time.process_time()
    reading.join(1.0)
    spent = time.process_time() - before
    reading.context.cancelled.set()
    assert isinstance(reading.ended(), CancelledError)
    assert spent < 0.3


def test_a_cancel_ends_the_waiting_soon(reader: PcscReader) -> None:
    reading = Reading(reader, 30)
    assert reading.waits.wait(60)
    started = time.monotonic()
    reading.context.cancelled.set()
    assert isinstance(reading.ended(), CancelledError)
    assert time.monotonic() - started < patience(0.3)


def test_no_card_ends_at_the_deadline(reader: PcscReader) -> None:
    started = time.monotonic()
    assert code_of_failed_read(reader, 0.6) == "card.none"
    assert time.monotonic() - started < patience(0.9)


# --- cards in trouble ---------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 5, 14])
def test_a_card_pulled_in_the_middle_is_called_pulled(
    slot: SocialCardSimulator, reader: PcscReader, after: int
) -> None:
    slot.place("elder")
    slot.fail_next("pulled", after)
    assert code_of_failed_read(reader) == "card.removed"
    slot.place("worker")
    assert read(reader).name == "李测试"


def test_a_card_swapped_in_the_middle_never_mixes_two_people(
    slot: SocialCardSimulator, reader: PcscReader
) -> None:
    swapped = threading.Event()

    def swap() -> None:
        # From the chip's own thread: the other card goes in while this one still answers.
        threading.Thread(target=lambda: (slot.place("worker"), swapped.set())).start()

    slot.place_chip(ChipWith(5, swap))
    first = Reading(reader).ended()
    if isinstance(first, DeviceError):
        assert first.code == "card.removed"
    else:
        assert first in [social_card_of(HOLDERS[holder]) for holder in ("elder", "worker")]
    assert swapped.wait(60)
    assert read(reader).name == "李测试"


@pytest.mark.parametrize("fault", ["garbage", "short", "endless"])
def test_one_bad_answer_is_asked_again(
    slot: SocialCardSimulator, reader: PcscReader, fault: str
) -> None:
    slot.place("elder")
    slot.fail_next(fault, 1)
    if fault == "endless":
        assert code_of_failed_read(reader) == "card.unreadable"
    else:
        assert read(reader).name == "王苗苗"


def test_a_card_that_makes_no_sense_is_the_hosts_to_take_away(
    slot: SocialCardSimulator, reader: PcscReader, eventually: Eventually
) -> None:
    slot.place("elder")
    slot.fail_next("endless", 1)
    assert code_of_failed_read(reader) == "card.unreadable"
    status = reader.status(within(2))
    assert (status.condition, status.code) == (Condition.USER_ERROR, "card.unreadable")
    assert status.recovery is Recovery.CLEAR
    slot.remove()
    eventually(lambda: reader.status(within(2)).condition is Condition.ONLINE)


def test_a_card_that_falls_silent_is_mute_and_the_next_one_is_read(
    slot: SocialCardSimulator, reader: PcscReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcsc, "_ANSWER_S", 0.5)
    slot.place("elder")
    slot.fail_next("mute", 4)
    assert code_of_failed_read(reader) == "card.mute"
    assert reader.status(within(2)).code == "card.mute"
    slot.remove()
    slot.place("worker")
    assert read(reader).name == "李测试"


def test_a_cancel_breaks_an_exchange_with_a_silent_card(
    slot: SocialCardSimulator, reader: PcscReader
) -> None:
    slot.place("elder")
    slot.fail_next("mute", 4)
    reading = Reading(reader)
    assert reading.reads.wait(60)
    started = time.monotonic()
    reading.context.cancelled.set()
    assert isinstance(reading.ended(), CancelledError)
    assert time.monotonic() - started < patience(0.3)


def test_a_card_turned_round_is_called_mute(slot: SocialCardSimulator, reader: PcscReader) -> None:
    slot.place_mute()
    assert code_of_failed_read(reader) == "card.mute"


def test_a_bank_card_is_not_read(slot: SocialCardSimulator, reader: PcscReader) -> None:
    slot.place_other()
    assert code_of_failed_read(reader) == "card.not_social"
    assert slot.state()["commands"] == 1
    assert reader.status(within(2)).condition is Condition.ONLINE


# --- service and reader in trouble ---------------------------------------------------------------


def test_a_service_that_is_killed_and_comes_back_is_not_even_noticed_by_who_waits(
    slot: SocialCardSimulator, reader: PcscReader
) -> None:
    reading = Reading(reader)
    assert reading.waits.wait(60)
    slot.kill_service()
    slot.start_service()
    slot.place("elder")
    assert reading.ended() == social_card_of(HOLDERS["elder"])


def test_a_service_that_stays_away_is_named_and_its_return_needs_no_new_driver(
    slot: SocialCardSimulator, reader: PcscReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcsc_watch, "SERVICE_GRACE_S", 0.3)
    reading = Reading(reader)
    assert reading.waits.wait(60)
    slot.kill_service()
    away = reading.ended()
    assert isinstance(away, NotReadyError)
    assert away.code == "reader.no_service"
    status = reader.status(within(2))
    assert (status.condition, status.code) == (Condition.OFFLINE, "reader.no_service")
    assert status.recovery is Recovery.WAIT
    slot.start_service()
    assert reader.status(within(2)).condition is Condition.ONLINE
    slot.place("worker")
    assert read(reader).name == "李测试"


def test_a_deadline_while_the_service_is_away_is_not_blamed_on_the_resident(
    slot: SocialCardSimulator, reader: PcscReader
) -> None:
    reading = Reading(reader, 1.0)
    assert reading.waits.wait(60)
    slot.kill_service()
    away = reading.ended()
    assert isinstance(away, NotReadyError)
    assert away.code == "reader.no_service"


def test_closing_from_another_thread_ends_the_waiting_for_a_card(reader: PcscReader) -> None:
    reading = Reading(reader)
    assert reading.waits.wait(60)
    started = time.monotonic()
    reader.close()
    closed = reading.ended()
    assert isinstance(closed, NotPresentError)
    assert closed.code == "dev.closed"
    assert time.monotonic() - started < patience(0.5)


def test_a_service_killed_in_the_middle_of_reading_ends_the_reading(
    slot: SocialCardSimulator, reader: PcscReader
) -> None:
    slot.place_chip(ChipWith(5, slot._service.kill))
    assert code_of_failed_read(reader) in {"reader.no_service", "card.removed"}
    slot.kill_service()
    slot.start_service()
    slot.place("elder")
    assert read(reader).name == "王苗苗"


def test_a_reader_unplugged_while_waiting_is_missed(
    slot: SocialCardSimulator, reader: PcscReader
) -> None:
    reading = Reading(reader)
    assert reading.waits.wait(60)
    slot.unplug()
    assert isinstance(reading.ended(), NotPresentError)
    slot.replug()
    slot.place("elder")
    assert read(reader).name == "王苗苗"


def test_a_handle_from_before_is_never_used_again(
    slot: SocialCardSimulator, reader: PcscReader
) -> None:
    for holder in ("elder", "worker", "rare-name"):
        slot.place(holder)
        assert read(reader).name == HOLDERS[holder].card.name


def test_another_program_that_holds_the_card_is_named(
    slot: SocialCardSimulator, reader: PcscReader
) -> None:
    holds, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        holds.set()
        let_go.wait(10)

    slot.place_chip(ChipWith(3, hold))
    first = Reading(reader)
    assert holds.wait(60)
    second = PcscReader("smart_card", socket=slot.socket)
    # The service itself is busy with the silent card; then the card belongs to the first.
    with pytest.raises(DeviceError) as error:
        read(second, 1.0)
    assert error.value.code in {"dev.port_taken", "dev.deadline"}
    second.close()
    let_go.set()
    assert isinstance(first.ended(), SocialCard)


def test_diagnose_tells_service_reader_and_card_apart(
    slot: SocialCardSimulator, reader: PcscReader
) -> None:
    names = [(check.name, check.verdict) for check in reader.diagnose(within(5))]
    assert names == [
        ("pcsc_service", Verdict.PASS),
        ("reader", Verdict.PASS),
        ("card", Verdict.PASS),
    ]
    slot.unplug()
    verdicts = [check.verdict for check in reader.diagnose(within(5))]
    assert verdicts == [Verdict.PASS, Verdict.FAIL, Verdict.SKIPPED]
    slot.kill_service()
    checks = list(reader.diagnose(within(5)))
    assert [check.verdict for check in checks] == [Verdict.FAIL, Verdict.SKIPPED, Verdict.SKIPPED]
    assert checks[0].reason == "reader.no_service"


def test_a_reader_of_another_name_is_not_there(slot: SocialCardSimulator) -> None:
    other = PcscReader("smart_card", reader="Virtual PC", socket=slot.socket)
    with pytest.raises(NotPresentError):
        other.open(within(2))
    other.close()


# --- in the house --------------------------------------------------------------------------------


@pytest.mark.expected_logs("out of service: offline code=dev.process_lost")
def test_behind_the_host_a_killed_process_is_back_within_two_seconds(
    slot: SocialCardSimulator, eventually: Eventually
) -> None:
    host = DeviceHost(
        [
            SlotConfig(
                "smart_card",
                Role.SMART_CARD,
                "pcsc",
                {"reader": slot.endpoint, "socket": slot.socket},
            )
        ],
        on_status=lambda _slot, _status: None,
        policy=HostPolicy(poll_every_s=0.1, poll_absent_every_s=0.1),
    )
    host.start()
    try:
        eventually(lambda: host.status("smart_card").condition is Condition.ONLINE)
        slot.place("elder")
        started = time.monotonic()
        host.kill("smart_card")
        card = host.submit("smart_card", ReadSocialCard(), deadline_s=10).result(60)
        assert card == social_card_of(HOLDERS["elder"])
        assert time.monotonic() - started < patience(2)
        eventually(lambda: host.status("smart_card").media is Media.PRESENT)
    finally:
        host.stop()


def test_one_program_has_one_virtual_reader(slot: SocialCardSimulator) -> None:
    with pytest.raises(ActionError, match="one virtual reader"):
        PcscService().start()
    assert slot.state()["service"]


def test_the_bench_says_what_the_configuration_takes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bay = bay_from("smart_card=vpcd", tmp_path_factory.mktemp("bench"))
    bay.simulator.start()
    facts = bay.facts()
    bay.simulator.stop()
    assert facts["driver"] == "pcsc"
    assert set(facts) == {"driver", "reader", "socket"}


def test_actions_that_cannot_be_are_refused_in_words(slot: SocialCardSimulator) -> None:
    for action, arguments in (
        ("place", ("nobody",)),
        ("place", ("elder", "9")),
        ("fail_next", ("mute",)),
    ):
        with pytest.raises(ActionError):
            slot.actions()[action](*arguments)
    slot.place("elder")
    with pytest.raises(ActionError, match="faults"):
        slot.fail_next("no such fault")
    slot.unplug()
    with pytest.raises(ActionError, match="not there"):
        slot.place("elder")


# --- the command ---------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = 0
    try:
        main(["smart-card", "read", *words])
    except SystemExit as end:
        status = int(end.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def at_the_virtual_service(slot: SocialCardSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", slot.socket)


@pytest.mark.usefixtures("at_the_virtual_service")
def test_the_command_prints_masked_fields_unless_asked(
    slot: SocialCardSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    slot.place("elder")
    card = social_card_of(HOLDERS["elder"])
    status, out, err = run(capsys, "--json")
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert told["name"] == "王***"
    for secret in (card.name, card.number, card.card_number, card.identification):
        assert str(secret) not in out
    status, out, err = run(capsys, "--reader", "Virtual PCD", "--json", "--unmask")
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "version": "2.00",
        "card_number": card.card_number,
        "identification": card.identification,
        "region": "360700",
        "class": "1",
        "initialiser": card.initialiser,
        "issued": "2020-03-20",
        "valid_to": "2030-03-20",
        "number": card.number,
        "name": "王苗苗",
        "sex": "female",
        "ethnicity": "汉",
        "birthplace": "360702",
        "birth": "1938-03-12",
        "note": None,
    }


@pytest.mark.usefixtures("at_the_virtual_service")
def test_the_command_notes_what_the_third_generation_keeps(
    slot: SocialCardSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    slot.place("elder", "3.00")
    status, out, _err = run(capsys, "--json")
    told = json.loads(out)
    assert status == 0
    assert told["note"] == "needs the certified reader"
    assert (told["name"], told["number"], told["version"]) == (None, None, "3.00")


@pytest.mark.usefixtures("at_the_virtual_service")
def test_the_command_fails_in_one_line(
    slot: SocialCardSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "--timeout", "0.5")
    assert (status, out) == (1, "")
    assert err == "kiosk: no card was put in in time (card.none)\n"
    slot.place_other()
    assert run(capsys)[0] == 1
    status, _out, err = run(capsys, "--reader", "No Such Reader")
    assert (status, err) == (
        1,
        "kiosk: No Such Reader: there is no such reader (dev.not_present)\n",
    )
    slot.kill_service()
    status, _out, err = run(capsys)
    assert status == 1
    assert "pcscd" in err
    assert err.count("\n") == 1
