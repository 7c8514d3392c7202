# SPDX-License-Identifier: Apache-2.0
"""Bytes in, bytes out, and one error tree for everything that can happen to a wire."""

from __future__ import annotations

import os
import socket
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.core import (
    CancelledError,
    CommandContext,
    DeadlineError,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    ProtocolError,
)
from drivers.transports import SerialTransport, TraceEvent, Transport, open_transport
from tests.support.patience import patience


class Wire:
    """The far end of a transport under test."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        if kind == "serial":
            self.near_fd: int | None
            self.far_fd, self.near_fd = os.openpty()
            tty.setraw(self.far_fd)
            self.url = f"serial:{os.ttyname(self.near_fd)}?baud=115200"
        else:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.listener.settimeout(5)
            self.connection: socket.socket | None = None
            self.url = f"{kind}://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self) -> None:
        if self.kind != "serial":
            self.connection, _ = self.listener.accept()
            self.connection.settimeout(5)

    def send(self, data: bytes) -> None:
        if self.kind == "serial":
            os.write(self.far_fd, data)
        else:
            assert self.connection is not None
            self.connection.sendall(data)

    def receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            if self.kind == "serial":
                data += os.read(self.far_fd, count)
            else:
                assert self.connection is not None
                data += self.connection.recv(count)
        return data

    def unplug(self) -> None:
        if self.kind == "serial":
            if self.near_fd is not None:
                os.close(self.near_fd)
                os.close(self.far_fd)
                self.near_fd = None
        else:
            if self.connection is not None:
                self.connection.close()
            self.listener.close()


@pytest.fixture(params=["serial", "tcp", "socket"])
def wire(request: pytest.FixtureRequest) -> Iterator[Wire]:
    far = Wire(request.param)
    yield far
    far.unplug()


@pytest.fixture
def opened(wire: Wire) -> Iterator[Transport]:
    transport = open_transport(wire.url, read_timeout_s=0.1)
    transport.open(CommandContext.within(2))
    wire.accept()
    yield transport
    transport.close()


def test_bytes_of_every_value_pass_both_ways(wire: Wire, opened: Transport) -> None:
    every = bytes(range(256))
    opened.write(every, CommandContext.within(2))
    assert wire.receive(256) == every
    wire.send(every)
    assert opened.read_exactly(256, CommandContext.within(2)) == every
    assert opened.bytes_sent == 256


def test_read_returns_nothing_only_after_the_silence(opened: Transport) -> None:
    started = time.monotonic()
    assert opened.read(10, CommandContext.within(5)) == b""
    assert 0.09 <= time.monotonic() - started < patience(0.5)


def test_drain_drops_what_waits(wire: Wire, opened: Transport) -> None:
    wire.send(b"stale")
    assert opened.read(1, CommandContext.within(1)) == b"s"
    assert opened.drain() == 4
    assert opened.read(10, CommandContext.within(1)) == b""


def test_a_mute_device_and_a_truncated_answer_have_their_own_errors(
    wire: Wire, opened: Transport
) -> None:
    with pytest.raises(NotReadyError) as mute:
        opened.read_exactly(4, CommandContext.within(1))
    assert mute.value.code == "dev.mute"
    wire.send(b"ab")
    with pytest.raises(ProtocolError) as short:
        opened.read_exactly(4, CommandContext.within(1))
    assert short.value.params == {"got": 2, "wanted": 4}


def test_the_deadline_ends_a_read(opened: Transport) -> None:
    started = time.monotonic()
    with pytest.raises(DeadlineError):
        opened.read(1, CommandContext.within(0.1), timeout_s=10)
    assert time.monotonic() - started < patience(0.3)


def test_a_cancel_ends_a_read_within_100_ms(opened: Transport) -> None:
    context = CommandContext.within(10)
    cancelled_at: list[float] = []

    def cancel() -> None:
        cancelled_at.append(time.monotonic())
        context.cancelled.set()

    timer = threading.Timer(0.1, cancel)
    timer.start()
    with pytest.raises(CancelledError):
        opened.read(1, context, timeout_s=10)
    assert time.monotonic() - cancelled_at[0] < patience(0.1)
    timer.join()


def test_close_from_another_thread_breaks_a_read(opened: Transport) -> None:
    timer = threading.Timer(0.1, opened.close)
    timer.start()
    with pytest.raises(NotPresentError) as broken:
        opened.read(1, CommandContext.within(10), timeout_s=10)
    assert broken.value.code == "dev.closed"
    timer.join()


def test_unplugging_ends_a_read_and_leaves_the_transport_closed(
    wire: Wire, opened: Transport
) -> None:
    timer = threading.Timer(0.1, wire.unplug)
    timer.start()
    with pytest.raises(NotPresentError) as gone:
        opened.read(1, CommandContext.within(10), timeout_s=10)
    assert gone.value.code == "dev.unplugged"
    timer.join()
    assert not opened.is_open
    with pytest.raises(NotPresentError) as absent:
        opened.open(CommandContext.within(1))
    assert absent.value.code == "dev.not_present"


def test_open_and_close_may_be_repeated(opened: Transport) -> None:
    opened.open(CommandContext.within(1))
    opened.close()
    opened.close()
    assert not opened.is_open


def test_a_device_that_takes_nothing_ends_a_write_at_the_deadline(opened: Transport) -> None:
    with pytest.raises(DeadlineError):
        opened.write(bytes(32 << 20), CommandContext.within(0.3))
    assert 0 < opened.bytes_sent < 32 << 20


def test_a_port_that_another_program_holds_is_said_so() -> None:
    wire = Wire("serial")
    first, second = open_transport(wire.url), open_transport(wire.url)
    first.open(CommandContext.within(1))
    with pytest.raises(NotReadyError) as taken:
        second.open(CommandContext.within(1))
    assert taken.value.code == "dev.port_taken"
    first.close()
    second.open(CommandContext.within(1))
    second.close()
    wire.unplug()


def test_a_file_is_not_a_port(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MisconfiguredError) as wrong:
        open_transport(str(tmp_path / "file")).open(CommandContext.within(1))
    assert wrong.value.code == "dev.not_a_port"
    with pytest.raises(NotPresentError):
        open_transport(f"serial:{tmp_path}/none").open(CommandContext.within(1))


@pytest.mark.parametrize(
    "url", ["", "tcp://", "tcp://host", "tcp://h:99999", "usb:1", "serial:/dev/x?baud=fast"]
)
def test_a_url_that_means_nothing_is_misconfigured(url: str) -> None:
    with pytest.raises(MisconfiguredError) as wrong:
        open_transport(url)
    assert wrong.value.code == "dev.bad_url"


@pytest.mark.parametrize("path", ["/dev/a#b", "/dev/a%20b", "/dev/a?b", "/dev/中文 c", "/dev/a:b"])
@pytest.mark.parametrize(
    ("form", "baud"), [("{}", 115200), ("serial:{}", 115200), ("serial:{}?baud=9600", 9600)]
)
def test_a_path_is_taken_as_it_stands(path: str, form: str, baud: int) -> None:
    transport = open_transport(form.format(path))
    assert isinstance(transport, SerialTransport)
    assert (transport.path, transport.baud) == (path, baud)


def test_the_trace_has_sizes_but_no_bytes(wire: Wire) -> None:
    seen: list[TraceEvent] = []
    transport = open_transport(wire.url, trace=seen.append)
    transport.open(CommandContext.within(1))
    transport.write(b"secret", CommandContext.within(1))
    transport.close()
    assert [(event.action, event.size, event.payload) for event in seen] == [
        ("open", 0, None),
        ("write", 6, None),
        ("close", 0, None),
    ]
