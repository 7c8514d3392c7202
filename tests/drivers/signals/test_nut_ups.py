# SPDX-License-Identifier: Apache-2.0
"""What a UPS says becomes power, battery or honest ignorance; on virtual wires and with the real upsd."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import (
    CommandContext,
    Condition,
    DeviceError,
    MisconfiguredError,
    PowerState,
    ReadPower,
    Recovery,
    Role,
    SetLight,
    UnsupportedError,
    Verdict,
)
from drivers.host.process import perform
from drivers.signals.nut_protocol import VariableList, words_of
from drivers.signals.nut_ups import NutUps
from drivers.sim.nut_ups import UPS, NutDummyUps
from drivers.sim.pty_device import Piece
from drivers.testing.virtual_wire import VirtualClock, VirtualWire


def listing(**variables: str) -> bytes:
    lines = [f'VAR kiosk {name.replace("_", ".")} "{value}"\n' for name, value in variables.items()]
    return "".join(["BEGIN LIST VAR kiosk\n", *lines, "END LIST VAR kiosk\n"]).encode()


def ups_that_says(*pieces: bytes) -> tuple[NutUps, VirtualWire]:
    wire = VirtualWire(lambda _said: [Piece(piece, 0.01) for piece in pieces], VirtualClock())
    return NutUps("ups", url="virtual:", ups="kiosk", transport=wire), wire


@pytest.mark.parametrize(
    ("flags", "code", "on_battery", "low"),
    [
        ("OL", "", False, False),
        ("OL CHRG", "", False, False),
        ("OB DISCHRG", "power.on_battery", True, False),
        ("OB LB", "power.low_battery", True, True),
        ("OL FSD", "power.low_battery", False, True),
        ("OL OB", "power.on_battery", True, False),
        ("OL RB", "power.replace_battery", False, False),
        ("OL OVER", "power.overload", False, False),
        ("OL BYPASS", "power.bypass", False, False),
        ("ALARM OL", "power.alarm", False, False),
    ],
)
def test_flags_become_power(*, flags: str, code: str, on_battery: bool, low: bool) -> None:
    ups, wire = ups_that_says(
        listing(ups_status=flags, battery_runtime="1234.5", battery_charge="87")
    )
    status = ups.status(wire.context(3))
    assert (status.condition, status.code) == (Condition.ONLINE, code)
    assert status.details["runtime_s"] == "1200"
    assert status.details["charge_percent"] == "85"
    assert ups.read_power(ReadPower(), wire.context(3)) == PowerState(on_battery, low, 1234, 87)


@pytest.mark.parametrize("flags", ["WAIT", "", "CHRG", "HB"])
def test_what_does_not_tell_line_from_battery_is_unknown(flags: str) -> None:
    ups, wire = ups_that_says(listing(ups_status=flags))
    status = ups.status(wire.context(3))
    assert (status.condition, status.code) == (Condition.OFFLINE, "power.unknown")
    with pytest.raises(DeviceError):
        ups.read_power(ReadPower(), wire.context(3))


@pytest.mark.parametrize("number", ["", "many", "nan", "inf", "-1", "1e99"])
def test_numbers_that_are_none_are_not_told(number: str) -> None:
    ups, wire = ups_that_says(
        listing(ups_status="OL", battery_runtime=number, battery_charge=number)
    )
    state = ups.read_power(ReadPower(), wire.context(3))
    assert (state.runtime_s, state.charge_percent) == (None, None)


@pytest.mark.parametrize(
    ("answer", "code", "recovery"),
    [
        (b"ERR UNKNOWN-UPS\n", "power.no_such_ups", Recovery.CONFIGURE),
        (b"ERR ACCESS-DENIED\n", "power.access_denied", Recovery.CONFIGURE),
        (b"ERR DATA-STALE\n", "power.stale", Recovery.CLEAR),
        (b"ERR DRIVER-NOT-CONNECTED\n", "power.no_driver", Recovery.SERVICE),
        (b"ERR FEATURE-NOT-CONFIGURED\n", "power.refused", Recovery.SERVICE),
        (b"", "dev.mute", Recovery.RESET),
        (b"BEGIN LIST VAR kiosk\n", "dev.truncated", Recovery.RESET),
        (b"VAR kiosk ups.status", "dev.truncated", Recovery.RESET),
        (b"BEGIN LIST VAR other\n", "dev.garbage", Recovery.RESET),
        (b'VAR kiosk ups.status "OL"\n', "dev.garbage", Recovery.RESET),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "dev.garbage", Recovery.RESET),
        (b"\xff\xfe\n", "dev.garbage", Recovery.RESET),
        (b"x" * 5000, "dev.garbage", Recovery.RESET),
        (b"BEGIN LIST VAR kiosk\n" + b'VAR kiosk a "b"\n' * 1000, "dev.garbage", Recovery.RESET),
    ],
)
def test_refusals_and_nonsense_have_their_own_codes(
    answer: bytes, code: str, recovery: Recovery
) -> None:
    ups, wire = ups_that_says(answer)
    status = ups.status(wire.context(3))
    assert (status.code, status.recovery) == (code, recovery)
    assert status.condition in {Condition.OFFLINE, Condition.NO_DEVICE}
    assert not wire.is_open


def test_an_answer_in_pieces_is_whole() -> None:
    whole = listing(ups_status="OL", ups_model='A "quoted" \\\\ name'.replace('"', '\\"'))
    ups, wire = ups_that_says(*[whole[at : at + 7] for at in range(0, len(whole), 7)])
    assert ups.status(wire.context(3)).condition is Condition.ONLINE
    assert ups.info.model == 'A "quoted" \\ name'


@pytest.mark.parametrize("name", ["", "a b", "kiosk\nSHUTDOWN", "x" * 65, "名"])
def test_a_name_that_could_carry_a_second_command_is_refused(name: str) -> None:
    with pytest.raises(MisconfiguredError):
        NutUps("ups", url="tcp://127.0.0.1:3493", ups=name)


def test_a_ups_has_no_lamps() -> None:
    ups, wire = ups_that_says()
    with pytest.raises(UnsupportedError):
        perform(ups, SetLight(Role.ID_CARD), wire.context(1))


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40))
def test_any_quoted_value_comes_back(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert words_of(f'VAR kiosk x "{quoted}"'.encode()) == ("VAR", "kiosk", "x", value)


@given(st.lists(st.binary(max_size=60) | st.sampled_from(listing(ups_status="OL").split(b"\n"))))
def test_any_lines_are_a_list_or_one_of_our_errors(lines: list[bytes]) -> None:
    answer = VariableList("kiosk")
    try:
        for line in lines:
            if answer.take(line):
                break
    except DeviceError as error:
        assert error.code  # noqa: PT017 - any of our own tree


@given(st.lists(st.binary(max_size=400), max_size=6))
def test_whatever_a_server_says_the_status_says_something(pieces: list[bytes]) -> None:
    ups, wire = ups_that_says(*pieces)
    assert ups.status(wire.context(5)).code
    assert wire.context(0).clock() < 1000 + 5


# --- with the real upsd and dummy-ups --------------------------------------------------------------


@pytest.fixture
def simulator() -> Iterator[NutDummyUps]:
    simulator = NutDummyUps("ups")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.mark.daemon
@pytest.mark.slow
def test_a_power_cut_from_beginning_to_end(
    simulator: NutDummyUps, eventually: Callable[..., None]
) -> None:
    ups = NutUps("ups", url=simulator.endpoint, ups=UPS)

    def status_code() -> str:
        return ups.status(CommandContext.within(2)).code

    assert status_code() == ""
    assert ups.info.model == "Simulated UPS"
    simulator.actions()["power_cut"]()
    assert status_code() == "power.on_battery"
    simulator.actions()["low_battery"]()
    state = ups.read_power(ReadPower(), CommandContext.within(2))
    assert state == PowerState(on_battery=True, low=True, runtime_s=60, charge_percent=100)
    verdicts = [check.verdict for check in ups.diagnose(CommandContext.within(3))]
    assert verdicts == [Verdict.PASS, Verdict.PASS, Verdict.FAIL]
    simulator.actions()["power_back"]()
    assert status_code() == ""
    simulator.lose_driver()
    eventually(lambda: status_code() == "power.stale", within_s=10)
    simulator.find_driver()
    assert status_code() == ""
    other = NutUps("ups", url=simulator.endpoint, ups="attic")
    assert other.status(CommandContext.within(2)).code == "power.no_such_ups"
    other.close()
    ups.close()
