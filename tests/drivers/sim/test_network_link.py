# SPDX-License-Identifier: Apache-2.0
"""The network link: what passes is unchanged, and each fault is the fault it says."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from drivers.sim.network_link import NetworkLink
from drivers.sim.simulator import ActionError


class Echo:
    """A platform that sends back what it gets, and hangs up when the other side is done."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve)
        self.threads: list[threading.Thread] = []
        self.thread.start()

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.listener.getsockname()[1])

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for thread in self.threads:
            thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.threads.append(threading.Thread(target=self._echo, args=(connection,)))
            self.threads[-1].start()

    def _echo(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(4096):
                    connection.sendall(data)
            except OSError:
                return


@pytest.fixture
def link() -> Iterator[NetworkLink]:
    echo = Echo()
    relay = NetworkLink("link", echo.address)
    relay.start()
    yield relay
    relay.stop()
    echo.stop()


def connect(link: NetworkLink) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(link.endpoint.rsplit(":", 1)[1])))
    connection.settimeout(3)
    return connection


def exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return data


def test_everything_passes_unchanged_and_ends_cleanly(link: NetworkLink) -> None:
    payload = bytes(range(256)) * 4000
    with connect(link) as connection:
        sender = threading.Thread(target=connection.sendall, args=(payload,))
        sender.start()
        assert exactly(connection, len(payload)) == payload
        sender.join()
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert link.state()["relayed_bytes"] == 2 * len(payload)


def test_connections_that_ended_are_forgotten(link: NetworkLink) -> None:
    for _ in range(20):
        with connect(link) as connection:
            connection.sendall(b"x")
            assert exactly(connection, 1) == b"x"
    with connect(link) as connection:
        connection.sendall(b"x")
        assert exactly(connection, 1) == b"x"
        assert int(link.state()["connections"] or 0) <= 2


def test_a_cut_resets_what_is_open_and_what_comes_until_restored(link: NetworkLink) -> None:
    with connect(link) as connection:
        connection.sendall(b"x")
        assert exactly(connection, 1) == b"x"
        link.cut()
        with pytest.raises(ConnectionError):
            connection.recv(1)
    with pytest.raises(ConnectionError), connect(link) as connection:
        connection.recv(1)
    link.restore()
    with connect(link) as connection:
        connection.sendall(b"y")
        assert exactly(connection, 1) == b"y"


def test_silence_accepts_and_says_nothing(link: NetworkLink) -> None:
    link.silence()
    with connect(link) as connection:
        connection.settimeout(0.2)
        connection.sendall(b"x")
        with pytest.raises(TimeoutError):
            connection.recv(1)
    link.restore()


def test_a_torn_answer_breaks_off_in_the_middle_once(link: NetworkLink) -> None:
    link.tear_next("100")
    with connect(link) as connection:
        connection.sendall(bytes(1000))
        # A reset throws away what was not read yet, so nothing may come at all.
        with pytest.raises(ConnectionError):
            exactly(connection, 1000)
    with connect(link) as connection:
        connection.sendall(bytes(1000))
        assert exactly(connection, 1000) == bytes(1000)
    assert link.state()["torn"] == 1


def test_a_slow_link_delays_and_limits(link: NetworkLink) -> None:
    link.slow("50", "10000")
    started = time.monotonic()
    with connect(link) as connection:
        connection.sendall(bytes(4000))
        assert exactly(connection, 4000) == bytes(4000)
    assert time.monotonic() - started > 0.3
    link.restore()
    assert link.state()["delay_ms"] == 0


def test_a_platform_that_is_down_is_a_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = taken.getsockname()
    lonely = NetworkLink("lonely", nobody)
    lonely.start()
    with pytest.raises(ConnectionError), connect(lonely) as connection:
        connection.recv(1)
    lonely.stop()
    lonely.stop()


@pytest.mark.parametrize("wrong", [("x",), ("-1",), ("1", "-1")])
def test_wrong_arguments_are_refused(link: NetworkLink, wrong: tuple[str, ...]) -> None:
    with pytest.raises(ActionError):
        link.slow(*wrong)
    with pytest.raises(ActionError):
        link.tear_next("x")
