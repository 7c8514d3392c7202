# SPDX-License-Identifier: Apache-2.0
"""A UPS for the bench: NUT's own ``dummy-ups`` driver and ``upsd``, started in the foreground by us.

The driver reads its variables from a file and looks at it once a second, so an action takes about that
long. No garbage comes from a real server; for that one action another program takes its port.
"""

from __future__ import annotations

import getpass
import os
import random
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from drivers.sim.simulator import ActionError, Value

UPS: Final = "kiosk"
_START_S: Final = 8.0
_TAKES_EFFECT_S: Final = 5.0
_STALE_AFTER_S: Final = 2
_PLACES: Final = ("/lib/nut", "/usr/lib/nut", "/usr/libexec/nut", "/usr/lib/ups/driver")
"""Distributions keep drivers out of PATH, and Debian's upsd in PATH insists on /etc/nut."""


def is_installed() -> bool:
    """Tell whether the programs behind this simulator are on the machine."""
    return _program("upsd") is not None and _program("dummy-ups") is not None


class NutDummyUps:
    """One ``dummy-ups`` and one ``upsd``; see :class:`drivers.sim.simulator.Simulator`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._port = _free_port()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._driver: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._babbler: _Babbler | None = None
        self._frozen = False
        self._variables = {
            "ups.mfr": "Hall24",
            "ups.model": "Simulated UPS",
            "ups.serial": "0001",
            "ups.status": "OL",
            "battery.charge": "100",
            "battery.runtime": "1800",
        }
        self._written_at = 0

    @property
    def name(self) -> str:
        """The slot."""
        return self._name

    @property
    def endpoint(self) -> str:
        """The server's URL."""
        return f"tcp://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start both programs. Raises ``ActionError`` when they are missing or do not start."""
        if self._folder is not None:
            return
        if not is_installed():
            raise ActionError("needs upsd and dummy-ups (package nut-server)")
        self._folder = tempfile.TemporaryDirectory(prefix="hall24-ups-")
        place = Path(self._folder.name)
        self._write_file(place)
        files = {
            "ups.conf": f"pollinterval = 1\n[{UPS}]\n  driver = dummy-ups\n  port = {place}/ups.dev\n",
            "upsd.conf": f"LISTEN 127.0.0.1 {self._port}\nMAXAGE {_STALE_AFTER_S}\n",
            "upsd.users": "",
        }
        for name, text in files.items():
            (place / name).write_text(text, "utf-8")
            (place / name).chmod(0o600)
        self._start_driver()
        self._start_server()

    def stop(self) -> None:
        """End both programs. Never raises."""
        self._hush()
        self._end(self._server)
        self._end(self._driver)
        self._server = self._driver = None
        self._frozen = False
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    # --- actions ----------------------------------------------------------------------------------

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            "power_cut": lambda: self.set_status("OB DISCHRG", runtime_s=900),
            "low_battery": lambda: self.set_status("OB DISCHRG LB", runtime_s=60),
            "power_back": lambda: self.set_status("OL CHRG", runtime_s=1200),
            "replace_battery": lambda: self.set_status("OL RB", runtime_s=1800),
            "status": self.set_status,
            "cable_out": self.lose_driver,
            "cable_in": self.find_driver,
            "freeze": self.freeze,
            "thaw": self.thaw,
            "unplug": self.unplug,
            "replug": self.replug,
            "garbage": self.babble,
            "calm": self.calm,
        }

    def state(self) -> Mapping[str, Value]:
        """Tell how it is."""
        return {
            "status": self._variables["ups.status"],
            "runtime_s": self._variables["battery.runtime"],
            "running": self._server is not None,
            "frozen": self._frozen,
        }

    def set_status(self, flags: str, runtime_s: str | int = 1800) -> None:
        """Set NUT's status flags and the runtime; returns when the server tells them."""
        self._variables |= {"ups.status": flags, "battery.runtime": str(runtime_s)}
        if self._folder is None:
            raise ActionError(f"{self._name} is not running")
        self._write_file(Path(self._folder.name))
        if self._server is not None and self._driver is not None and not self._frozen:
            self._wait_until_told(_TAKES_EFFECT_S)

    def lose_driver(self) -> None:
        """Pull the UPS's cable: its driver goes silent and the server's data get old."""
        if self._driver is not None:
            self._driver.send_signal(signal.SIGSTOP)

    def find_driver(self) -> None:
        """Put the cable back."""
        if self._driver is not None:
            self._driver.send_signal(signal.SIGCONT)
            self._wait_until_told(_TAKES_EFFECT_S)

    def freeze(self) -> None:
        """Stop the server; connections are still taken by the kernel."""
        if self._server is not None:
            self._server.send_signal(signal.SIGSTOP)
            self._frozen = True

    def thaw(self) -> None:
        """Let the server go on."""
        if self._server is not None:
            self._server.send_signal(signal.SIGCONT)
        self._frozen = False

    def unplug(self) -> None:
        """End the server at once, frozen or not; its port is closed."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
        self._server = None
        self._frozen = False

    def replug(self) -> None:
        """Start the server again, at the same port."""
        if self._server is None:
            self._start_server()

    def babble(self) -> None:
        """Let something that is no NUT server sit at the port."""
        self.unplug()
        if self._babbler is None:
            self._babbler = _Babbler(self._port)

    def calm(self) -> None:
        """Bring the real server back."""
        self._hush()
        self.replug()

    # --- inside -----------------------------------------------------------------------------------

    def _hush(self) -> None:
        if self._babbler is not None:
            self._babbler.stop()
            self._babbler = None

    def _write_file(self, place: Path) -> None:
        fresh = place / "ups.new"
        lines = [f"{name}: {value}\n" for name, value in self._variables.items()]
        fresh.write_text("".join(lines), "utf-8")
        # The driver compares whole seconds of the file's time: two changes must not share one.
        self._written_at = max(self._written_at + 1, int(time.time()))
        os.utime(fresh, (self._written_at, self._written_at))
        fresh.replace(place / "ups.dev")

    def _start_driver(self) -> None:
        self._driver = self._spawn("dummy-ups", "-a", UPS)
        folder = self._folder
        if folder is not None:
            _wait(lambda: any(Path(folder.name).glob("dummy-ups-*")), _START_S, "dummy-ups")

    def _start_server(self) -> None:
        self._server = self._spawn("upsd")
        self._wait_until_told(_START_S)

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        if self._folder is None:
            raise ActionError(f"{self._name} is not running")
        place = self._folder.name
        places = {"NUT_CONFPATH": place, "NUT_STATEPATH": place, "NUT_ALTPIDPATH": place}
        return subprocess.Popen(
            [_program(program) or program, "-F", *arguments, "-u", getpass.getuser()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **places},
        )

    def _end(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_until_told(self, seconds: float) -> None:
        wanted = f'VAR {UPS} ups.status "{self._variables["ups.status"]}"'.encode()
        _wait(lambda: self._told() == wanted, seconds, "upsd")

    def _told(self) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self._port), 1) as line:
                line.sendall(f"GET VAR {UPS} ups.status\n".encode("ascii"))
                return line.recv(256).strip()
        except OSError:
            return b""


class _Babbler:
    """Answers everybody with random bytes."""

    def __init__(self, port: int) -> None:
        noise = random.Random(1)  # noqa: S311 - repeatable nonsense, no secret

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                while self.request.recv(256):
                    self.request.sendall(b"\xff\n" + noise.randbytes(200))

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="sim-babbler", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Hang up and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _wait(condition: Callable[[], bool], seconds: float, what: str) -> None:
    end, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        if time.monotonic() >= end:
            raise ActionError(f"{what} did not follow within {seconds:.0f} s")
        pause.wait(0.02)


def _program(name: str) -> str | None:
    for place in _PLACES:
        path = Path(place, name)
        if os.access(path, os.X_OK):
            return str(path)
    return shutil.which(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
